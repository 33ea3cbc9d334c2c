"""Does a worker's memory grow with the photos it has done?

    python -m bench.load_memory [--photos 2000]

Starts `manage.py run`'s web server and worker on a throwaway data folder, gives them that many different photos of
three sizes in turn, and looks at what the worker and its pool's process hold after each tenth. The last line is one
JSON object: `growth` is the last tenth over the second (the first one warms up).
"""

import argparse
import json
from pathlib import Path

from bench.load import jpeg, running
from tests.chaos.stacks import Stack
from tests.flows.conftest import wait_for

SIZES = ((320, 240), (640, 480), (480, 640))
TENTHS = 10


def main() -> None:
    """One tenth after the other."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--photos", type=int, default=2000)
    photos = parser.parse_args().photos
    with running() as stack:
        held = [tenth(stack, photos, number) for number in range(TENTHS)]
        pool = stack.pool()
    parents, children = zip(*held, strict=True)
    figures = {"photos": photos, "worker_mb": parents, "pool_mb": children}
    print(json.dumps(figures | {"growth": round(children[-1] / children[1], 3), "processes": len(pool)}))


def tenth(stack: Stack, photos: int, number: int) -> tuple[float, float]:
    """MB that the worker and its pool's process hold once this tenth of the photos is done."""
    seeds = range(number * photos // TENTHS, (number + 1) * photos // TENTHS)
    last = [stack.upload_until_taken(jpeg(seed, SIZES[seed % len(SIZES)])) for seed in seeds][-1]
    wait_for(lambda: stack.status(last).body["status"] == "succeeded", 3600, every=0.5)
    held = (memory_mb(stack.workers()[0]), memory_mb(stack.pool()[0]))
    print(
        f"{seeds.stop:6} photos: worker {held[0]:.0f} MB, pool process {stack.pool()[0]} {held[1]:.0f} MB", flush=True
    )
    return held


def memory_mb(pid: int) -> float:
    """What a process holds in memory of its own (Pss: shared pages are shared out)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(round(int(line.split()[1]) / 1024, 1) for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    main()
