import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimator import NetResolution
from estimator.preprocess import BlobFormat, make_blob

PLAIN = BlobFormat("BGR", (0, 0, 0), 1.0, 8)


@pytest.mark.parametrize(
    ("resolution", "size", "network"),
    [
        ("-1x368", (640, 480), (491, 368)),
        ("-1x368", (480, 640), (368, 491)),
        ("368x-1", (480, 640), (368, 491)),
        ("656x368", (640, 480), (491, 368)),
        ("656x368", (1000, 200), (656, 131)),
        ("-1x368", (10_000, 100), (1472, 15)),
    ],
)
def test_the_network_size_follows_the_picture(resolution, size, network):
    blob = make_blob(np.zeros((size[1], size[0], 3), np.uint8), NetResolution.parse(resolution), PLAIN)
    assert (blob.width, blob.height) == network
    assert all(side % 8 == 0 for side in blob.array.shape[2:])


@pytest.mark.parametrize("text", ["", "368", "0x368", "-1x-1", "axb", "-1x5000", "1x2x3", "-1x8"])
def test_a_senseless_resolution_is_refused(text):
    with pytest.raises(ValueError, match="net_resolution"):
        NetResolution.parse(text)


def test_channels_mean_and_scale_are_the_networks():
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = 200
    bgr = make_blob(red, NetResolution(64, 64), PLAIN).array
    assert bgr[0, :, 0, 0].tolist() == [0, 0, 200]
    rgb = make_blob(red, NetResolution(64, 64), BlobFormat("RGB", (100, 0, 0), 0.5, 8)).array
    assert rgb[0, :, 0, 0].tolist() == [50, 0, 0]


@given(st.integers(40, 900), st.integers(40, 900), st.floats(0, 1), st.floats(0, 1))
def test_points_find_their_way_back(width, height, x, y):
    blob = make_blob(np.zeros((height, width, 3), np.uint8), NetResolution(-1, 64), PLAIN)
    there = np.array([x * (blob.width - 1), y * (blob.height - 1)], np.float32)
    back = blob.to_picture(there)
    assert (back >= -0.5 * width).all()
    assert abs((back[0] + 0.5) * blob.width / width - 0.5 - there[0]) < 1e-2
    assert abs((back[1] + 0.5) * blob.height / height - 0.5 - there[1]) < 1e-2
