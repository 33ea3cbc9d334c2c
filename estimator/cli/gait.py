"""`python -m estimator gait VIDEO`, and `gait --synthetic`: the report, and how far it may be off."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from estimator.cli.networks import add_network
from estimator.cli.video import estimate_clip
from estimator.gait import GaitOptions, GaitReport, Spread, Value, read_gait
from estimator.gait.accuracy import Conditions, Error, errors
from estimator.gait.view import VIEWS
from estimator.skeleton import SKELETONS
from estimator.synthetic.camera import PERFECT

SEEDS = 200
VIEW_WORDS = {"side": "the side", "rear": "behind"}


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("clip", nargs="?", type=Path, metavar="VIDEO")
    add_network(parser)
    add = parser.add_argument
    add("--view", choices=VIEWS, help="where the camera stands; by default measured")
    add("--slow-motion", type=float, default=1.0, help="how many times slower than life the clip plays")
    add("--height", type=float, help="of the runner in metres, for values in metres")
    add("--track", type=int, help="id of the runner's track; by default chosen")
    add("--every", type=int, default=1, help="estimate every n-th frame")
    add("--json", action="store_true", help="print JSON instead of a table")
    add("--synthetic", action="store_true", help="no clip: the error of every value on synthetic runners")
    add("--fps", type=float, default=60.0, help="of the synthetic films")
    add("--skeleton", choices=list(SKELETONS), default="BODY-25", help="of the synthetic runners")
    add("--runners", type=int, default=SEEDS, help="how many synthetic runners")
    parser.set_defaults(run=_run_gait)


def _run_gait(parsed: argparse.Namespace) -> int:
    if parsed.synthetic:
        return _run_synthetic(parsed)
    if parsed.clip is None:
        raise ValueError("gait needs a VIDEO, or --synthetic")
    options = GaitOptions(parsed.view, parsed.slow_motion, parsed.height, parsed.track)
    _, tracks = estimate_clip(parsed)
    report = read_gait(tracks, options)
    print(json.dumps(report.to_json()) if parsed.json else table(report))
    return 0


def table(report: GaitReport) -> str:
    """A gait report as lines of text."""
    seen = f"Seen from {VIEW_WORDS[report.view]}, {report.fps:.0f} frames a second."
    lines = [report.summary, *([seen] if report.fps else [])]
    return "\n".join(lines + list(_value_lines(list(report.values.values()))))


def _value_lines(values: list[Value]) -> Iterator[str]:
    """A line for each value that was found; then, once for each reason, those that were not."""
    yield from (_line(value, value.both) for value in values if value.both)
    missing = [value for value in values if not value.both]
    for reason in dict.fromkeys(value.reason for value in missing):
        titles = dict.fromkeys(value.title for value in missing if value.reason == reason)
        yield f"Not given: {'; '.join(titles)}. {reason}"


def _line(value: Value, both: Spread) -> str:
    sides = "".join(f"   {name} {_number(s)}" for name, s in (("left", value.left), ("right", value.right)) if s)
    rough = " (rough)" if value.rough else ""
    return f"{value.title:30} {_number(both)} {value.unit}{rough}, {both.strides} strides{sides}"


def _number(spread: Spread) -> str:
    return f"{spread.median:.3g} ± {spread.plus_minus:.2g} (IQR {spread.iqr:.2g})"


def _run_synthetic(parsed: argparse.Namespace) -> int:
    table = synthetic_table(parsed.fps, parsed.skeleton, parsed.runners)
    if parsed.json:
        print(json.dumps(table))
        return 0
    print(f"{'':28} {'median':>9} {'p95':>9} {'budget':>9}   without noise: median, p95, budget")
    for name, row in table.items():
        free = row["noise_free"]
        numbers = " ".join(f"{row[key]:9.4f}" for key in ("median", "p95", "budget"))
        print(f"{name:28} {numbers}   {free['median']:9.4f} {free['p95']:9.4f} {free['budget']:9.4f}")
    return 0


def synthetic_table(fps: float, skeleton: str, runners: int) -> dict[str, dict[str, Any]]:
    """Value → median, p95 and budget of its error with noise, and the same without as "noise_free"."""
    table: dict[str, dict[str, Any]] = {}
    for rear in (False, True):
        noisy = Conditions(fps=fps, skeleton=SKELETONS[skeleton], rear=rear)
        free = Conditions(fps, SKELETONS[skeleton], PERFECT, roll_deg=0.0, yaw_deg=0.0, rear=rear)
        found = [errors(_seeds(runners, rear=rear), conditions) for conditions in (noisy, free)]
        table |= {
            name: {**_entry(error), "noise_free": _entry(found[1][name])}
            for name, error in found[0].items()
            if name not in table
        }
    return table


def _seeds(runners: int, *, rear: bool) -> "tqdm[int]":
    return tqdm(range(runners), unit="runner", desc="from behind" if rear else "from the side", leave=False)


def _entry(error: Error) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(error).items()}
