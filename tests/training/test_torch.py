"""What the training's tests need."""

import pytest


def test_torch_is_the_one_that_the_requirements_name():
    torch = pytest.importorskip("torch", reason="no torch: pip install -r requirements-training.txt")
    assert torch.__version__.split("+")[0] == "2.13.0"
