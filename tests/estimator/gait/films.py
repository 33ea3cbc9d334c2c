"""Synthetic films for the gait tests."""

import numpy as np

from estimator.gait.accuracy import NOISE_FREE, Conditions, synthetic_film
from estimator.skeleton import BODY_25
from estimator.synthetic.body import keypoints
from estimator.synthetic.camera import RIGHT_SIDE, USUAL, Camera, shoot

__all__ = ["NOISE_FREE", "Conditions", "filmed", "numbers", "synthetic_film", "told"]


def filmed(motion, azimuth=RIGHT_SIDE, skeleton=BODY_25, fps=60, disturbance=USUAL, sway=0.0):
    """The track of any motion, filmed with noise."""
    camera = Camera(fps=fps, azimuth_deg=azimuth, sway=sway)
    return shoot(keypoints(motion), motion.height_m, camera, skeleton, disturbance, np.random.default_rng(7))


def told(report):
    """Names of the values that have a number."""
    return {name for name, value in report.values.items() if value.both is not None}


def numbers(report):
    """Name → (both, left, right) medians of what was told."""
    return {
        name: tuple(None if s is None else s.median for s in (value.both, value.left, value.right))
        for name, value in report.values.items()
        if value.both is not None
    }
