"""The estimator of this process, loaded on first use: in the pool's child, never before it was forked."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings

from estimator import NetResolution, Options, PoseEstimator, Zoo, ZooEntry, verify_device
from poseweb.wishes import Wishes


def installed_networks() -> tuple[ZooEntry, ...]:
    """What this machine can run, most accurate first."""
    return _zoo().installed()


def get_estimator(network: str, options: Options | None = None) -> PoseEstimator:
    """The estimator with that network; empty: the one in the settings, else the most accurate one installed.

    The network stays loaded whatever the options.

    Raises:
        NetworkError: it is not installed, or its file is damaged; the sentence says which command mends it.
    """
    return PoseEstimator(_loaded(network or settings.NETWORK or _zoo().best().name).engine, options)


def options_of(kept: Mapping[str, Any]) -> Options:
    """What a job was asked for, in the estimator's words."""
    wishes = Wishes.kept("", kept)
    return Options(net_resolution=NetResolution.parse(wishes.resolution), single=wishes.single)


def verify() -> None:
    """Run one real forward pass on the device of the settings; it stays loaded, so never before a fork.

    Raises:
        NetworkError: it cannot be done there; the sentence says what mends it.
    """
    verify_device(get_estimator("").engine, settings.DEVICE)


@lru_cache(maxsize=2)
def _loaded(network: str) -> PoseEstimator:
    engine, device = settings.ENGINE, settings.DEVICE
    return PoseEstimator.load(_zoo(), network, engine=engine, device=device, threads=settings.THREADS)


def _zoo() -> Zoo:
    return Zoo(settings.NETWORKS_DIR, settings.MODEL_SOURCE)
