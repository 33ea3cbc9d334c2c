"""`python -m estimator evaluate`: COCO accuracy over labelled pictures."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from estimator.cli.networks import add_network, open_estimator


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("--annotations", type=Path, required=True, help="COCO person keypoints, JSON")
    parser.add_argument("--images", type=Path, required=True, help="folder of the pictures")
    add_network(parser)
    parser.set_defaults(run=_run_evaluate)


def _run_evaluate(parsed: argparse.Namespace) -> int:
    # Only those who measure have pycocotools.
    from estimator.evaluation import evaluate  # noqa: PLC0415

    estimator = open_estimator(parsed)
    accuracy = evaluate(
        estimator, parsed.annotations, parsed.images, lambda ids: tqdm(list(ids), unit="picture", leave=False)
    )
    print(json.dumps({"network": estimator.network.name, **asdict(accuracy)}))
    return 0
