"""Each format reads back what it writes, and is what other programs read."""

import contextlib
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools.coco import COCO

from estimator import BODY_25, COCO_18, MPI_15, FormatError, Pose, PoseFrame
from estimator.formats import (
    COCO_17,
    KEYPOINT_SCALES,
    from_coco,
    from_csv,
    from_openpose,
    to_coco,
    to_csv,
    to_openpose,
)
from tests.estimator.conftest import standing

SKELETONS = pytest.mark.parametrize("skeleton", [COCO_18, BODY_25, MPI_15], ids=lambda s: s.name)


def frame_of(skeleton=COCO_18):
    poses = standing(10, 20, skeleton=skeleton), standing(150, 5, 0.8, skeleton, missing=("l_wrist", "r_ankle"))
    scored = [replace(p, score=s, keypoints=p.keypoints * [1, 1, s]) for p, s in zip(poses, (0.75, 0.5), strict=True)]
    return PoseFrame(skeleton, 320, 400, tuple(scored))


def assert_same(one, two, tolerance=1e-2):
    assert (one.skeleton, one.width, one.height) == (two.skeleton, two.width, two.height)
    assert len(one.poses) == len(two.poses)
    for a, b in zip(one.poses, two.poses, strict=True):
        assert np.allclose(a.keypoints, b.keypoints, atol=tolerance)
        assert np.array_equal(a.found, b.found)


@SKELETONS
@pytest.mark.parametrize("scale", KEYPOINT_SCALES)
def test_openpose_reads_back(skeleton, scale):
    frame = frame_of(skeleton)
    document = json.loads(json.dumps(to_openpose(frame, scale)))
    assert_same(from_openpose(document, skeleton, 320, 400, scale), frame)


def test_openpose_is_version_1_3_exactly():
    frame = frame_of()
    document = to_openpose(frame)
    assert document["version"] == 1.3
    person = document["people"][1]
    assert list(person) == [
        "person_id", "pose_keypoints_2d", "face_keypoints_2d", "hand_left_keypoints_2d", "hand_right_keypoints_2d",
        "pose_keypoints_3d", "face_keypoints_3d", "hand_left_keypoints_3d", "hand_right_keypoints_3d",
    ]  # fmt: skip
    assert person["person_id"] == [-1]
    assert len(person["pose_keypoints_2d"]) == 3 * 18
    wrist = 3 * COCO_18.index("l_wrist")
    assert person["pose_keypoints_2d"][wrist : wrist + 3] == [0, 0, 0]


def test_keypoint_scales_run_from_the_first_to_the_last_pixel():
    corners = np.zeros((18, 3), np.float32)
    corners[0], corners[1] = (0, 0, 1), (319, 399, 1)
    frame = PoseFrame(COCO_18, 320, 400, (Pose(COCO_18, corners),))
    assert to_openpose(frame, "0..1")["people"][0]["pose_keypoints_2d"][:6] == [0, 0, 1, 1, 1, 1]
    assert to_openpose(frame, "-1..1")["people"][0]["pose_keypoints_2d"][:9] == [-1, -1, 1, 1, 1, 1, 0, 0, 0]
    with pytest.raises(ValueError, match="keypoint_scale"):
        to_openpose(frame, "percent")


@pytest.mark.parametrize(
    ("version", "name"), [(1.0, "pose_keypoints"), (1.1, "pose_keypoints_2d"), (1.2, "pose_keypoints_2d")]
)
def test_older_openpose_files_read_too(version, name):
    frame = frame_of()
    people = [{name: person["pose_keypoints_2d"]} for person in to_openpose(frame)["people"]]
    assert_same(from_openpose({"version": version, "people": people}, COCO_18, 320, 400), frame)


@pytest.mark.parametrize(
    "document",
    [None, [], {}, {"people": 3}, {"people": [3]}, {"people": [{}]}, {"people": [{"pose_keypoints_2d": "abc"}]},
     {"people": [{"pose_keypoints_2d": [1, 2]}]}, {"people": [{"pose_keypoints_2d": [1.0] * 75}]},
     {"people": [{"pose_keypoints_2d": [float("nan")] * 54}]}, {"people": [{"pose_keypoints_2d": [[1, 2], [3]]}]}],
)  # fmt: skip
def test_what_is_no_openpose_file_is_refused(document):
    with pytest.raises(FormatError):
        from_openpose(document, COCO_18, 320, 400)


@SKELETONS
def test_coco_reads_back_with_scores(skeleton):
    frames = {"a.jpg": frame_of(skeleton), "nobody.jpg": PoseFrame(skeleton, 10, 20, ())}
    again = from_coco(json.loads(json.dumps(to_coco(frames))))
    assert list(again) == list(frames)
    for name, frame in frames.items():
        assert_same(again[name], frame)
    assert [pose.score for pose in again["a.jpg"].poses] == [0.75, 0.5]


@pytest.mark.parametrize("subset_17", [False, True])
def test_pycocotools_takes_the_file_as_it_is(tmp_path, subset_17):
    file = tmp_path / "coco.json"
    file.write_text(json.dumps(to_coco({"a.jpg": frame_of(), "b.jpg": frame_of()}, subset_17=subset_17)))
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(file))
        results = truth.loadRes(truth.loadAnns(truth.getAnnIds()))
    (category,) = truth.loadCats(truth.getCatIds())
    assert category["name"] == ("person" if subset_17 else "COCO-18")
    assert category["keypoints"] == list(COCO_17 if subset_17 else COCO_18.keypoints)
    assert len(results.getAnnIds()) == 4
    annotation = truth.loadAnns([2])[0]
    assert annotation["num_keypoints"] == 15 + (not subset_17)
    assert set(annotation["keypoints"][2::3]) == {0, 2}


def test_skeletons_without_the_17_say_so():
    with pytest.raises(ValueError, match="MPI-15"):
        to_coco({"a.jpg": frame_of(MPI_15)}, subset_17=True)


@pytest.mark.parametrize("document", [None, {}, {"images": [], "annotations": [{}], "categories": []}, {"images": 3}])
def test_what_is_no_coco_file_is_refused(document):
    with pytest.raises(FormatError):
        from_coco(document)


@SKELETONS
def test_csv_reads_back(skeleton):
    frames = {"a.jpg": frame_of(skeleton), '=evil,"b".jpg': frame_of(skeleton)}
    again = from_csv(to_csv(frames))
    assert list(again) == list(frames)
    for name, frame in frames.items():
        assert_same(again[name], frame)


def test_csv_is_tidy_and_no_formula():
    lines = to_csv({"=cmd.jpg": frame_of()}).splitlines()
    assert lines[0] == "picture,width,height,skeleton,person,person_score,keypoint,x,y,score"
    assert lines[1] == "'=cmd.jpg,320,400,COCO-18,1,0.7500,nose,60.000,40.000,0.7500"
    assert len(lines) == 1 + 18 + 16


@pytest.mark.parametrize("line", ["", "a,1", "a,x,1,COCO-18,1,1,nose,1,1,1", "a,1,1,COCO-18,1,1,tail,1,1,1",
                                  "a,1,1,COCO-99,1,1,nose,1,1,1", "a,1,1,COCO-18,1,1,nose,nan,1,1"])  # fmt: skip
def test_what_is_no_table_is_refused(line):
    header = to_csv({}) if line else "x"
    with pytest.raises(FormatError):
        from_csv(header + line)


coordinates = st.floats(0, 300, width=32)


@given(st.lists(st.tuples(coordinates, coordinates, st.floats(0.0078125, 1, width=32)), min_size=18, max_size=18))
def test_any_pose_survives_every_format(rows):
    frame = PoseFrame(COCO_18, 320, 400, (Pose(COCO_18, np.array(rows, np.float32), 0.5),))
    assert_same(from_openpose(to_openpose(frame), COCO_18, 320, 400), frame)
    assert_same(from_coco(to_coco({"a": frame}))["a"], frame)
    assert_same(from_csv(to_csv({"a": frame}))["a"], frame)


@pytest.mark.parametrize("subset_17", [True, False])
def test_coco_carries_the_visibility_that_people_gave(subset_17):
    frame = frame_of()
    flags = [[2] * 18, [2] * 18]
    flags[1][COCO_18.index("nose")] = 1
    flags[1][COCO_18.index("l_wrist")] = flags[1][COCO_18.index("r_ankle")] = 0
    document = to_coco({"a.jpg": frame}, subset_17=subset_17, visibility={"a.jpg": flags})
    names = document["categories"][0]["keypoints"]
    first, second = (dict(zip(names, row["keypoints"][2::3], strict=True)) for row in document["annotations"])
    assert set(first.values()) == {2}
    assert {name for name, flag in second.items() if flag == 1} == {"nose"}
    assert {name for name, flag in second.items() if flag == 0} == {"l_wrist", "r_ankle"}
    assert [row["num_keypoints"] for row in document["annotations"]] == [len(names), len(names) - 2]
