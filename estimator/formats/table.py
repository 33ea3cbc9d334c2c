"""Tidy CSV: one keypoint found a line."""

import csv
import io
from collections.abc import Mapping

import numpy as np

from estimator.errors import FormatError
from estimator.pose import Floats, Pose, PoseFrame
from estimator.skeleton import SKELETONS

People = dict[tuple[str, str], tuple[float, Floats]]  # (picture, number) → score, keypoints

COLUMNS = "picture width height skeleton person person_score keypoint x y score".split()


def to_csv(frames: Mapping[str, PoseFrame]) -> str:
    """A header and a line for each keypoint found; people count from 1. A picture with nobody in it has no line.

    Args:
        frames: file name → everyone in that picture.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for name, frame in frames.items():
        picture = [_harmless(name), frame.width, frame.height, frame.skeleton.name]
        for number, pose in enumerate(frame.poses, start=1):
            person = [*picture, number, f"{pose.score:.4f}"]
            for index in np.flatnonzero(pose.found):
                x, y, score = pose.keypoints[index].tolist()
                writer.writerow([*person, frame.skeleton.keypoints[index], f"{x:.3f}", f"{y:.3f}", f"{score:.4f}"])
    return text.getvalue()


def from_csv(text: str) -> dict[str, PoseFrame]:
    """Read what `to_csv` wrote. File name → everyone in that picture.

    Raises:
        FormatError: a column is missing or a value makes no sense; the sentence names the line.
    """
    frames: dict[str, PoseFrame] = {}
    people: People = {}
    for line, row in enumerate(_rows(text), start=2):
        try:
            _add(row, frames, people)
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(f"Line {line} of the table makes no sense ({error}).") from error
    return {name: _with_poses(name, frame, people) for name, frame in frames.items()}


def _rows(text: str) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text))
    try:
        columns, rows = reader.fieldnames, list(reader)
    except csv.Error as error:
        raise FormatError(f"This is no table with commas: {error}.") from error
    if columns != COLUMNS:
        raise FormatError(f"This is no keypoint table: its first line must be {','.join(COLUMNS)}.")
    return rows


def _add(row: Mapping[str, str], frames: dict[str, PoseFrame], people: People) -> None:
    skeleton = SKELETONS[row["skeleton"]]
    name = row["picture"].removeprefix("'")
    frames.setdefault(name, PoseFrame(skeleton, int(row["width"]), int(row["height"]), ()))
    blank = np.zeros((len(skeleton.keypoints), 3), np.float32)
    _, keypoints = people.setdefault((name, row["person"]), (float(row["person_score"]), blank))
    values = [float(row[column]) for column in ("x", "y", "score")]
    if not np.isfinite(values).all():
        raise ValueError(f"x, y and score are {values}")
    keypoints[skeleton.index(row["keypoint"])] = values


def _with_poses(name: str, frame: PoseFrame, people: People) -> PoseFrame:
    poses = (Pose(frame.skeleton, array, score) for (of, _), (score, array) in people.items() if of == name)
    return PoseFrame(frame.skeleton, frame.width, frame.height, tuple(poses))


def _harmless(name: str) -> str:
    """A spreadsheet takes a leading =, +, - or @ for a formula; an apostrophe makes it text."""
    return f"'{name}" if name[:1] in "=+-@\t\r" else name
