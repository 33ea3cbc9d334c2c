"""pictures.py: sources → pictures, each on one side of the split, none of them a test picture."""

import shutil

import numpy as np
import pytest

from training import pictures


def test_every_source_is_found_with_its_role_labels_and_masks(pictures_folder):
    found = pictures.find(pictures_folder)
    assert {p.role for p in found} == {"person", "scene", "background"}
    assert len(found) == 16
    assert sum(p.labels is not None for p in found) == 4
    assert sum(p.mask is not None for p in found) == 4
    assert 0 < sum(p.held_out for p in found) < len(found)


def test_the_split_is_the_same_every_time_and_about_one_in_sixteen():
    sides = [pictures.is_held_out(f"im{i:05d}") for i in range(8000)]
    assert sides == [pictures.is_held_out(f"im{i:05d}") for i in range(8000)]
    assert 1 / 20 < np.mean(sides) < 1 / 13


def test_test_pictures_are_left_out_by_name_and_by_content(pictures_folder, tmp_path):
    first, second, *_ = (p.path for p in pictures.find(pictures_folder))
    shutil.copy(first, tmp_path / "another-name.jpg")
    (tmp_path / second.name).write_bytes(b"another content")
    left = {p.path for p in pictures.find(pictures_folder, exclude=tmp_path)}
    assert first not in left
    assert not {p for p in left if p.name == second.name}
    assert left


def test_a_clip_stays_on_one_side_and_gives_every_sixth_frame(tmp_path):
    for clip in ("dance", "goat", "parkour"):
        (tmp_path / "davis/DAVIS/JPEGImages/480p" / clip).mkdir(parents=True)
        for frame in range(13):
            (tmp_path / "davis/DAVIS/JPEGImages/480p" / clip / f"{frame:05d}.jpg").touch()
    found = pictures.find(tmp_path)
    assert len(found) == 9
    for clip in ("dance", "goat", "parkour"):
        assert len({p.held_out for p in found if p.path.parent.name == clip}) == 1


def test_a_folder_without_sources_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"docs/training.md"):
        pictures.find(tmp_path)


def test_leeds_joints_become_coco_keypoints_with_the_neck_between_the_shoulders():
    joints = np.column_stack([np.arange(14) * 10.0, np.arange(14) + 1.0, np.ones(14)])
    joints[0, 2] = 0  # right ankle: not labelled
    keypoints = pictures.lsp_to_coco(joints)
    assert keypoints.shape == (18, 3)
    np.testing.assert_array_equal(keypoints[4], joints[6])  # right wrist
    np.testing.assert_array_equal(keypoints[13], joints[5])  # left ankle
    np.testing.assert_array_equal(keypoints[1], (joints[8] + joints[9]) / 2)
    assert keypoints[10, 2] == 0
    assert not keypoints[[0, 14, 15, 16, 17]].any()  # the face has no labels
