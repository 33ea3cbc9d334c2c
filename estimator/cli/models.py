"""`python -m estimator models list | install | verify`."""

import argparse
from pathlib import Path

from estimator.cli.networks import open_zoo
from estimator.estimator import PoseEstimator


def add(parser: argparse.ArgumentParser) -> None:
    """Its verbs."""
    verbs = parser.add_subparsers(required=True, metavar="list | install | verify")
    verbs.add_parser("list", help="every network, most accurate first").set_defaults(run=_run_list)
    install = verbs.add_parser("install", help="download or copy, convert and check a network")
    install.add_argument("name")
    install.add_argument("--from", dest="source", type=Path, metavar="DIR", help="folder with the published files")
    install.add_argument("--accept-licence", action="store_true", help="you have read and accept the network's licence")
    install.set_defaults(run=_run_install)
    verbs.add_parser("verify", help="check every installed file").set_defaults(run=_run_verify)


def _run_list(_: argparse.Namespace) -> int:
    zoo = open_zoo()
    installed = zoo.installed()
    for entry in zoo.entries:
        state = "installed" if entry in installed else "available"
        accuracy = "not measured" if entry.ap is None else f"AP {entry.ap:.3f}"
        print(f"{entry.name:32} {state:10} {accuracy:13} {entry.gflops:6.1f} GFLOP  {entry.licence}")
        print(f"{'':32} {entry.summary}")
    return 0


def _run_install(parsed: argparse.Namespace) -> int:
    file = open_zoo(parsed.source).install(parsed.name, accept_licence=parsed.accept_licence, progress=True)
    print(f"Installed {file}")
    return 0


def _run_verify(_: argparse.Namespace) -> int:
    zoo = open_zoo()
    for entry in zoo.installed():
        PoseEstimator.load(zoo, entry.name)
        print(f"{entry.name}: the checksum fits and the network loads.")
    return 0
