"""Drawing: something is drawn where it belongs, nothing elsewhere, and the picture given stays as it was."""

import numpy as np
import pytest

from estimator import (
    COCO_18,
    FieldMaps,
    MapView,
    NetResolution,
    PoseFrame,
    draw_map,
    draw_poses,
    draw_skeletons,
    encode,
)
from estimator.preprocess import BlobFormat, make_blob
from tests.estimator.conftest import standing

GREY = np.full((320, 160, 3), 100, np.uint8)


@pytest.fixture
def seen():
    """A person, the maps a perfect network would give at half the picture's size, and their blob."""
    blob = make_blob(GREY, NetResolution(-1, 80), BlobFormat("BGR", (0, 0, 0), 1.0, 8))
    person = standing(10, 5, 0.5)
    maps = encode([person], COCO_18, blob.array.shape[2] // 8, blob.array.shape[3] // 8)
    return maps, blob


def changed(drawn):
    return (drawn != GREY).any(axis=2)


def test_poses_are_drawn_on_a_copy():
    person = standing(20, 10)
    drawn = draw_poses(GREY, PoseFrame(COCO_18, 160, 320, (person,)))
    assert (GREY == 100).all()
    x, y = person.keypoints[COCO_18.index("l_knee"), :2].astype(int)
    assert changed(drawn)[y, x]
    assert not changed(drawn)[:5].any()
    assert not changed(draw_poses(GREY, PoseFrame(COCO_18, 160, 320, ()))).any()


def test_the_render_threshold_hides_unsure_keypoints():
    frame = PoseFrame(COCO_18, 160, 320, (standing(20, 10),))
    assert not changed(draw_poses(GREY, frame, render_threshold=1.1)).any()


def test_a_confidence_map_glows_where_the_keypoint_is(seen):
    maps, blob = seen
    drawn = draw_map(GREY, maps, blob, MapView.parse("confidence:l_knee", COCO_18), alone=True)
    brightest = np.unravel_index(drawn.sum(axis=2).argmax(), drawn.shape[:2])
    keypoint = standing(10, 5, 0.5).keypoints[COCO_18.index("l_knee"), :2] * 2 + 0.5  # the picture is twice as large
    assert np.hypot(*(np.array(brightest[::-1]) - keypoint)) < 12
    assert drawn[:20].max() < 30


def test_a_paf_is_coloured_by_direction(seen):
    maps, blob = seen
    right = draw_map(GREY, maps, blob, MapView.parse("paf:neck-l_shoulder", COCO_18), alone=True)
    left = draw_map(GREY, maps, blob, MapView.parse("paf:neck-r_shoulder", COCO_18), alone=True)
    assert right.reshape(-1, 3).sum(axis=0).argmax() == 0  # red points right
    red, green, blue = left.reshape(-1, 3).sum(axis=0)
    assert min(green, blue) > 2 * red  # cyan points left


@pytest.mark.parametrize("view", ["confidence", "paf"])
def test_all_maps_together_lie_over_a_dimmed_picture(seen, view):
    maps, blob = seen
    drawn = draw_map(GREY, maps, blob, MapView.parse(view, COCO_18))
    assert drawn.shape == GREY.shape
    assert abs(drawn[0, 159].astype(int) - 60).max() <= 1


@pytest.mark.parametrize("text", ["", "heat", "confidence:tail", "paf:nose"])
def test_what_is_no_map_is_refused_with_what_there_is(text):
    with pytest.raises(ValueError, match=r"confidence|has no"):
        MapView.parse(text, COCO_18)


def test_maps_of_any_values_can_be_drawn(seen):
    maps, blob = seen
    wild = np.random.default_rng(0).normal(0, 5, maps.confidence_maps.shape).astype(np.float32)
    draw_map(GREY, FieldMaps(COCO_18, wild, np.repeat(wild, 3, axis=0)[:38], 8), blob, MapView("paf"))


def test_the_skeletons_alone_laid_over_the_photo_are_the_annotated_picture():
    frame = PoseFrame(COCO_18, 160, 320, (standing(20, 10),))
    layer = draw_skeletons(frame).astype(float)
    clear = 1 - layer[..., 3:] / 255
    laid = layer[..., :3] * (1 - clear) + GREY * clear
    assert np.abs(laid - draw_poses(GREY, frame)).max() < 4
    assert not layer[:5].any()
    assert not draw_skeletons(frame, render_threshold=1.1).any()
