"""Curves over the normalised stride agree with the runner's own."""

import numpy as np
import pytest

from estimator.gait import TYPICAL, read_gait, stride_curves
from estimator.gait.values import KINDS
from estimator.synthetic.camera import PERFECT
from estimator.synthetic.film import film
from estimator.synthetic.leg import SAMPLES
from estimator.synthetic.others import stand
from estimator.synthetic.runner import draw_runner
from tests.estimator.gait.films import filmed


def test_the_knee_over_a_stride():
    rng = np.random.default_rng(8000)
    runner = draw_runner(rng)
    curves = stride_curves(read_gait([film(runner, rng, disturbance=PERFECT).sequence]))
    for side, leg in (("left", runner.left), ("right", runner.right)):
        thigh, shank = leg.knee - leg.hip, leg.ankle - leg.knee
        angle = np.degrees(
            np.arctan2(thigh[:, 1] * shank[:, 0] - thigh[:, 0] * shank[:, 1], (thigh * shank).sum(axis=1))
        )
        truth = angle[np.linspace(0, SAMPLES - 1, 101).astype(int)]
        band = curves["knee_flexion_deg"][side]
        assert band.strides >= 10
        assert np.abs(band.middle - truth).mean() < 2.5
        assert (band.low <= band.high).all()
        assert curves["hip_height_ratio"][side].low.min() >= 0


def test_no_strides_no_curves():
    assert stride_curves(read_gait([])) == {}
    assert stride_curves(read_gait([filmed(stand(np.arange(300) / 60))])) == {}


@pytest.mark.parametrize("typical", TYPICAL, ids=lambda t: f"{t.name} {t.group}")
def test_what_is_typical_belongs_to_a_value_and_has_a_source(typical):
    assert typical.name in {kind.name for kind in KINDS}
    assert "doi:" in typical.source
