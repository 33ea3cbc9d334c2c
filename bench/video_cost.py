"""What a clip costs beside its network: decode, network, tracks, drawing and MP4 over the forward passes alone.

    python -m bench.video_cost VIDEO [--frames 60] [--rounds 3]

Both are timed in turn in one process, with the zoo's best installed network at its default size. Prints one JSON
line; the ratio of processor time is there because other work on the machine spoils that of the wall clock.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from estimator import PoseEstimator, Zoo
from estimator.clip import annotate, estimate_frames
from estimator.preprocess import make_blob
from estimator.tracking import link
from estimator.video import read_frames

Seconds = tuple[float, float]  # of the wall clock, of all processors together


def main() -> None:
    """Time both, several rounds, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    zoo = Zoo(Path(os.environ.get("POSEWEB_DATA", "var")) / "networks")
    estimator = PoseEstimator.load(zoo, zoo.best().name)
    rounds = [
        (_network(given.clip, estimator, given.frames), _whole(given.clip, estimator, given.frames))
        for _ in range(given.rounds)
    ]
    network, whole = np.median(np.array(rounds), axis=0) * 1e3 / given.frames
    ratio, cpu_ratio = np.median([np.divide(b, a) for a, b in rounds], axis=0)
    line = {
        "frames": given.frames,
        "network_ms": round(float(network[0]), 1),
        "whole_ms": round(float(whole[0]), 1),
        "whole_vs_network": round(float(ratio), 3),
        "cpu_whole_vs_network": round(float(cpu_ratio), 3),
    }
    print(json.dumps(line))


def _network(clip: Path, estimator: PoseEstimator, frames: int) -> Seconds:
    """Seconds of the forward passes alone: frames decoded and blobs made before the clock starts."""
    network = estimator.network
    blobs = [
        make_blob(frame.image, estimator.options.net_resolution, network.blob_format).array
        for frame in read_frames(clip, stop=frames)
    ]
    started = _clocks()
    for blob in blobs:
        estimator.engine.forward(blob, ("heatmaps", "pafs"))
    return _since(started)


def _whole(clip: Path, estimator: PoseEstimator, frames: int) -> Seconds:
    """Seconds from the file to the annotated MP4."""
    started = _clocks()
    found = estimate_frames(clip, estimator, 0, frames)
    if found is None:
        raise SystemExit("the clip has no frames")
    with tempfile.TemporaryDirectory() as folder:
        annotate(clip, Path(folder) / "out.mp4", found, link(found.frames, found.times_s))
    return _since(started)


def _clocks() -> Seconds:
    return time.perf_counter(), time.process_time()


def _since(started: Seconds) -> Seconds:
    wall, cpu = _clocks()
    return wall - started[0], cpu - started[1]


if __name__ == "__main__":
    main()
