"""A clip's people with their ids, as files: OpenPose JSON a frame, CSV, COCO. The keypoints are raw."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from estimator.clip import Chunk, tracked_poses
from estimator.formats import to_coco, to_openpose
from estimator.pose import Pose, PoseFrame, PoseSequence

COLUMNS = "frame time_s person person_score keypoint x y score".split()


def clip_to_openpose(clip: Chunk, tracks: Sequence[PoseSequence], stem: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """OpenPose's `--write_json`: a file name and its document for each frame, the track's id as `person_id`.

    Args:
        clip: all its chunks, joined.
        tracks: raw, of `link`.
        stem: the name of the clip, without its extension.
    """
    for index, _, frame, ids in _frames(clip, tracks):
        document = to_openpose(frame)
        for person, track in zip(document["people"], ids, strict=True):
            person["person_id"] = [track]
        yield f"{stem}_{index:012}_keypoints.json", document


def clip_to_csv(clip: Chunk, tracks: Sequence[PoseSequence]) -> str:
    """A header and a line for each keypoint found, by frame of the file, its time and the track's id."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for index, time_s, frame, ids in _frames(clip, tracks):
        for track, pose in zip(ids, frame.poses, strict=True):
            person = [index, f"{time_s:.4f}", track, f"{pose.score:.4f}"]
            writer.writerows([*person, *row] for row in _found(pose))
    return text.getvalue()


def clip_to_coco(clip: Chunk, tracks: Sequence[PoseSequence], stem: str) -> dict[str, Any]:
    """A COCO data set with an image for each frame; beside COCO's own fields an annotation has `track_id`."""
    frames, ids = {}, []
    for index, _, frame, of_frame in _frames(clip, tracks):
        frames[f"{stem}_{index:012}.jpg"] = frame
        ids += of_frame
    document = to_coco(frames)
    for annotation, track in zip(document["annotations"], ids, strict=True):
        annotation["track_id"] = track
    return document


def _frames(clip: Chunk, tracks: Sequence[PoseSequence]) -> Iterator[tuple[int, float, PoseFrame, list[int]]]:
    """Index in the file, time, everyone in it as the tracks have them, and their ids."""
    rows = zip(clip.indices.tolist(), clip.times_s.tolist(), clip.frames, strict=True)
    for row, (index, time_s, frame) in enumerate(rows):
        people = tracked_poses(tracks, row)
        poses = tuple(pose for _, pose in people)
        yield index, time_s, PoseFrame(frame.skeleton, frame.width, frame.height, poses), [track for track, _ in people]


def _found(pose: Pose) -> Iterator[list[str]]:
    for index in np.flatnonzero(pose.found):
        x, y, score = pose.keypoints[index].tolist()
        yield [pose.skeleton.keypoints[index], f"{x:.3f}", f"{y:.3f}", f"{score:.4f}"]
