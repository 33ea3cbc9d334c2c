"""A clip's people as files: the ids are the tracks', the keypoints raw, every frame of the file by its index."""

import csv
import io

import numpy as np

from estimator import COCO_18, Chunk, Pose, PoseFrame, clip_to_coco, clip_to_csv, clip_to_openpose, link
from estimator.formats import from_coco


def walker(row, left):
    keypoints = np.array([[left + row + 2 * i, 10 + 5 * i, 0.5] for i in range(18)], np.float32)
    keypoints[-1] = 0
    return Pose(COCO_18, keypoints, 0.5)


FRAMES = tuple(PoseFrame(COCO_18, 640, 480, (walker(row, 300), walker(row, 50))) for row in range(3))
CLIP = Chunk(np.array([0, 2, 4]), np.array([0.0, 0.08, 0.16]), FRAMES, 80.0)
TRACKS = link(CLIP.frames, CLIP.times_s)


def test_openpose_has_a_document_for_each_frame_with_ids():
    documents = dict(clip_to_openpose(CLIP, TRACKS, "walk"))
    assert list(documents) == [f"walk_{index:012}_keypoints.json" for index in (0, 2, 4)]
    for row, document in enumerate(documents.values()):
        by_id = {person["person_id"][0]: person["pose_keypoints_2d"][0] for person in document["people"]}
        assert by_id == {1: 300 + row, 2: 50 + row}


def test_csv_has_a_line_for_each_keypoint_found():
    rows = list(csv.DictReader(io.StringIO(clip_to_csv(CLIP, TRACKS))))
    assert len(rows) == 3 * 2 * 17
    assert {(row["frame"], row["time_s"]) for row in rows} == {("0", "0.0000"), ("2", "0.0800"), ("4", "0.1600")}
    noses = {(row["frame"], row["person"]): float(row["x"]) for row in rows if row["keypoint"] == "nose"}
    assert noses == {("0", "1"): 300, ("0", "2"): 50, ("2", "1"): 301, ("2", "2"): 51, ("4", "1"): 302, ("4", "2"): 52}


def test_coco_has_an_image_for_each_frame_and_ids():
    document = clip_to_coco(CLIP, TRACKS, "walk")
    assert [image["file_name"] for image in document["images"]] == [f"walk_{index:012}.jpg" for index in (0, 2, 4)]
    ids = {(row["image_id"], row["track_id"]): row["keypoints"][0] for row in document["annotations"]}
    assert ids == {(i + 1, track): left + i for i in range(3) for track, left in ((1, 300), (2, 50))}
    assert len(from_coco(document)) == 3
