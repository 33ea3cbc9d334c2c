"""Which network a command runs, on what: the only reader of the environment in the estimator."""

import argparse
import os
from pathlib import Path

from estimator.estimator import PoseEstimator
from estimator.network.engines import DEVICES, ENGINES
from estimator.network.zoo import Zoo
from estimator.options import Options


def add_network(parser: argparse.ArgumentParser) -> None:
    """The options that `open_estimator` reads."""
    parser.add_argument("--network", help="a network of `models list`; by default the most accurate one installed")
    parser.add_argument("--engine", choices=list(ENGINES), default="onnxruntime", help="what runs the network")
    parser.add_argument("--device", choices=DEVICES, default="cpu", help="cuda: an NVIDIA GPU")


def open_zoo(source: Path | None = None) -> Zoo:
    """The networks under POSEWEB_DATA (default: var), installed from POSEWEB_MODEL_SOURCE where that is set."""
    configured = os.environ.get("POSEWEB_MODEL_SOURCE")
    folder = Path(os.environ.get("POSEWEB_DATA", "var")) / "networks"
    return Zoo(folder, source or (Path(configured) if configured else None))


def open_estimator(parsed: argparse.Namespace, options: Options | None = None) -> PoseEstimator:
    """The estimator that `add_network`'s options ask for."""
    zoo = open_zoo()
    name = parsed.network or zoo.best().name
    return PoseEstimator.load(zoo, name, options, engine=parsed.engine, device=parsed.device)
