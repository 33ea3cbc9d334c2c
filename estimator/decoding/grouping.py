"""Connections → people: put limbs together that share a peak, drop what is too little to be a person.

Cao et al., section 3.4 ("multi-person parsing"); the rules for conflicts follow OpenPose's `bodyPartConnectorBase`.
"""

from dataclasses import dataclass, field

import numpy as np

from estimator.decoding.limbs import Connections
from estimator.decoding.peaks import Peaks
from estimator.options import Thresholds
from estimator.pose import Floats
from estimator.skeleton import Skeleton


@dataclass
class Person:
    """The peaks of one person instance while people are being put together.

    Attributes:
        peaks: keypoint → index of its peak.
        limb_scores: score of each limb that holds the peaks together.
    """

    peaks: dict[int, int]
    limb_scores: list[float] = field(default_factory=list)


def group(connections: Connections, skeleton: Skeleton) -> list[Person]:
    """Merge connections into people, limb by limb in the skeleton's order."""
    people: list[Person] = []
    owner: dict[int, Person] = {}
    spanning = len(skeleton.keypoints) - 1  # limbs after the tree only complete people, they never found one
    rows = zip(connections.limb.tolist(), connections.start.tolist(), connections.end.tolist(), strict=True)
    for (limb_index, start, end), score in zip(rows, connections.score.tolist(), strict=True):
        limb = skeleton.limbs[limb_index]
        ends = {limb.start: start, limb.end: end}
        of_start, of_end = owner.get(start), owner.get(end)
        if of_start is None and of_end is None:
            if limb_index < spanning:
                person = Person(ends, [score])
                people.append(person)
                owner.update(dict.fromkeys(ends.values(), person))
        elif of_start is not None and of_end is not None:
            _join(of_start, of_end, score, people, owner, tree_limb=limb_index < spanning)
        else:
            _extend(of_start or of_end, ends, score, owner)
    return people


def _extend(person: Person | None, ends: dict[int, int], score: float, owner: dict[int, Person]) -> None:
    """Add the free end of a limb to the person who has the other, unless that keypoint is already found."""
    if person is None or any(person.peaks.get(keypoint, peak) != peak for keypoint, peak in ends.items()):
        return
    person.peaks.update(ends)
    person.limb_scores.append(score)
    owner.update(dict.fromkeys(ends.values(), person))


def _join(
    one: Person,
    other: Person,
    score: float,
    people: list[Person],
    owner: dict[int, Person],
    *,
    tree_limb: bool,
) -> None:
    """A limb between two people makes them one, where they share no keypoint."""
    if one is other:
        one.limb_scores.append(score)
    elif tree_limb and not one.peaks.keys() & other.peaks.keys():
        one.peaks.update(other.peaks)
        one.limb_scores += [*other.limb_scores, score]
        owner.update(dict.fromkeys(other.peaks.values(), one))
        people.remove(other)


def keep(person: Person, peaks: Peaks, thresholds: Thresholds) -> bool:
    """Whether there is enough of a person: keypoints, and mean score of keypoints and limbs."""
    if len(person.peaks) < thresholds.min_keypoints:
        return False
    return _mean_score(person, peaks) >= thresholds.min_score


def _mean_score(person: Person, peaks: Peaks) -> float:
    scores = [*peaks.score[list(person.peaks.values())].tolist(), *person.limb_scores]
    return float(np.mean(scores))


def pose_score(person: Person, peaks: Peaks, skeleton: Skeleton) -> float:
    """0..1: the sum of keypoint and limb scores over what a whole person could have; a whole person ranks first."""
    total = float(peaks.score[list(person.peaks.values())].sum()) + sum(person.limb_scores)
    return min(1.0, max(0.0, total / (len(skeleton.keypoints) + len(skeleton.limbs))))


def keypoints(person: Person, peaks: Peaks, skeleton: Skeleton) -> Floats:
    """(K, 3) float32 in cells: x, y and score 0..1; zeros where a keypoint is missing."""
    array = np.zeros((len(skeleton.keypoints), 3), np.float32)
    found, indices = list(person.peaks), list(person.peaks.values())
    array[found, :2] = peaks.xy[indices]
    array[found, 2] = np.minimum(peaks.score[indices], 1)
    return array
