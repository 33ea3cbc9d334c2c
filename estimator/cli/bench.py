"""`python -m estimator bench`: what it costs on this machine, as a table and one JSON line."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from estimator import bench
from estimator.cli.networks import add_network, open_estimator, open_zoo
from estimator.estimator import PoseEstimator
from estimator.images import Picture, read_image, write_image
from estimator.network.engines import open_engine
from estimator.network.zoo import Zoo

Row = tuple[str, float, str, float]  # what, milliseconds, against what, ratio
Race = Callable[[bench.Variants], bench.Medians]


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("--photo", type=Path, help="a photo with people in it; by default noise, with nobody")
    parser.add_argument("--rounds", type=int, default=15, help="how often each variant takes its turn")
    add_network(parser)
    parser.set_defaults(run=_run_bench)


def _run_bench(parsed: argparse.Namespace) -> int:
    zoo, estimator = open_zoo(), open_estimator(parsed)
    photo = _photo(parsed.photo)
    with tqdm(unit="race", leave=False) as bar:

        def race(variants: bench.Variants) -> bench.Medians:
            bar.update()
            return bench.race(variants, parsed.rounds)

        rows = [
            *_forward_rows(race, zoo, estimator, _resized(photo, 640, 480)),
            *_decode_rows(race),
            *_end_to_end_rows(race, estimator, photo),
        ]
    _print_table(rows)
    print(json.dumps(_summary(rows)))
    return 0


def _forward_rows(race: Race, zoo: Zoo, estimator: PoseEstimator, picture: Picture) -> list[Row]:
    """The same weights by other engines, and the other networks installed, against the network in use."""
    name = estimator.network.name
    engines = {name: estimator.engine, "cv2": open_engine(zoo.path(name), "opencv")}
    engines |= {entry.name: open_engine(zoo.path(entry.name)) for entry in zoo.installed() if entry.name != name}
    medians = race(bench.forwards(engines, estimator, picture))
    return [
        (f"forward {other}", ms, f"{name}: how many times as fast", medians.ratio(other, name))
        for other, ms in medians.ms.items()
    ]


def _decode_rows(race: Race) -> list[Row]:
    rows: list[Row] = []
    for people, height in ((0, 256), (6, 256), (20, 368)):
        medians = race(bench.decodes(bench.crowd_maps(people, height)))
        ratio = medians.ratio("upsampled", "ours")
        rows.append((f"decode, {people} people, {height} px", medians.ms["ours"], "upsampling every map", ratio))
    return rows


def _end_to_end_rows(race: Race, estimator: PoseEstimator, photo: Picture) -> list[Row]:
    rows: list[Row] = []
    for name, width, height in (("640×480", 640, 480), ("12 Mpx", 4000, 3000)):
        medians = race(bench.end_to_end(estimator, write_image(_resized(photo, width, height))))
        ratio = medians.ratio("whole", "forward")
        rows.append((f"JPEG in to JPEG out, {name}", medians.ms["whole"], "forward alone", ratio))
    return rows


def _photo(file: Path | None) -> Picture:
    if file:
        return read_image(file.read_bytes())
    return np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)  # enlarged, it becomes soft blotches


def _resized(photo: Picture, width: int, height: int) -> Picture:
    return np.asarray(cv2.resize(photo, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _print_table(rows: list[Row]) -> None:
    for what, ms, against, ratio in rows:
        print(f"{what:45} {ms:9.2f} ms   ×{ratio:6.2f}  {against}")


def _summary(rows: list[Row]) -> dict[str, float | None]:
    """The JSON line; a figure whose other side is not installed is null."""
    by_name = {what: (ms, ratio) for what, ms, _, ratio in rows}
    forward = next(ms for ms, _ in by_name.values())
    decode_ms, decode_ratio = by_name["decode, 6 people, 256 px"]
    int8 = next((ms for what, (ms, _) in by_name.items() if what.endswith("-int8")), None)
    return {
        "forward_ms": round(forward, 2),
        "forward_vs_cv2": round(by_name["forward cv2"][0] / forward, 3),
        "decode_ms": round(decode_ms, 3),
        "decode_vs_upsampled": round(decode_ratio, 2),
        "end_to_end_vs_forward": round(by_name["JPEG in to JPEG out, 640×480"][1], 3),
        "int8_vs_float": None if int8 is None else round(forward / int8, 3),
        "peak_rss_mb": round(bench.peak_rss_mb(), 1),
    }
