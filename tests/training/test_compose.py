"""compose.py: canvases, and where the labels go with their people."""

import cv2
import numpy as np
import pytest

from training import compose, pictures


@pytest.fixture(scope="module")
def composer(pictures_folder):
    return compose.Composer([p for p in pictures.find(pictures_folder) if not p.held_out])


def test_a_seed_names_a_canvas(composer):
    first, again, other = (composer.canvas(np.random.default_rng([0, i])) for i in (5, 5, 6))
    np.testing.assert_array_equal(first.image, again.image)
    assert not np.array_equal(first.image, other.image)


def test_canvases_are_square_pictures_with_labels_inside(composer):
    canvases = [composer.canvas(np.random.default_rng(i)) for i in range(40)]
    assert all(c.image.shape == (256, 256, 3) and c.image.dtype == np.uint8 for c in canvases)
    people = [person for canvas in canvases for person in canvas.people]
    assert len(people) > 5
    for person in people:
        labelled = person[person[:, 2] > 0]
        assert (labelled[:, :2] >= 0).all()
        assert (labelled[:, :2] < 256).all()


@pytest.mark.parametrize("recipe", ["_whole", "_four"])
def test_labels_follow_the_picture_through_turn_scale_and_flip(tmp_path, recipe):
    image = np.zeros((100, 80, 3), np.uint8)
    cv2.circle(image, (20, 30), 4, (255, 255, 255), -1)  # the right wrist
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[4] = 20, 30, 1
    cv2.imwrite(str(tmp_path / "one.png"), image)
    kept = [pictures.Picture(tmp_path / "one.png", role, held_out=False, labels=keypoints)
            for role in ("person", "scene", "background")]  # fmt: skip
    composer, seen = compose.Composer(kept), set()
    for seed in range(30):
        canvas = getattr(composer, recipe)(np.random.default_rng(seed))
        for person in canvas.people:
            (channel,) = np.flatnonzero(person[:, 2])
            x, y = person[channel, :2].round().astype(int).clip(0, 255)
            assert canvas.image[y, x].min() > 120, f"seed {seed}: the label is not on its spot"
            seen.add(int(channel))
    assert seen == {4, 7}  # flipped, the right wrist is a left one


def test_four_pictures_lie_side_by_side(composer):
    four = [composer._four(np.random.default_rng(i)) for i in range(20)]
    quarters = {tuple((person[person[:, 2] > 0][0, :2] // 128).astype(int)) for c in four for person in c.people}
    assert quarters == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert max(len(canvas.people) for canvas in four) <= 4


def test_what_is_covered_is_not_labelled(composer):
    canvas = compose.Canvas(np.zeros((256, 256, 3), np.uint8), [np.tile(np.float32([50, 60, 1]), (18, 1))])
    compose._hide_labels(canvas, np.ones((256, 256)))
    assert canvas.people == []


def test_of_a_picture_larger_than_the_canvas_any_part_may_be_seen():
    shifts = np.stack([compose.slack(np.random.default_rng(i), (90, 300), scale=3.0) for i in range(200)])
    room = np.array([(90 * 3 - 256) / 2, (300 * 3 - 256) / 2])
    assert (np.abs(shifts) <= room).all()
    assert (shifts.min(axis=0) < -0.9 * room).all()
    assert (shifts.max(axis=0) > 0.9 * room).all()
    assert not compose.slack(np.random.default_rng(0), (90, 120), scale=1.0).any()


def test_a_missing_role_is_said(pictures_folder):
    people = [p for p in pictures.find(pictures_folder) if p.role == "person"]
    with pytest.raises(ValueError, match="scene, background"):
        compose.Composer(people)


def test_a_broken_picture_is_named(tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"broken\.jpg"):
        compose.read(pictures.Picture(tmp_path / "broken.jpg", "person", held_out=False))
