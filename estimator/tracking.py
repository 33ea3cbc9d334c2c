"""Poses frame by frame → tracks: who is the same person.

Each frame's poses are matched to the tracks so far by keypoint similarity (COCO's OKS with one constant for all
keypoints), the best total over all pairs at once (Hungarian algorithm). A track that is out of sight for a
moment waits for its person.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy
from numpy.typing import NDArray

from estimator.pose import Floats, Pose, PoseFrame, PoseSequence

REACH = 0.15  # of a person's size: how far a keypoint may be from where it is awaited for a similarity of e^-0.5
GROWTH = 2.0  # a second: how much wider the reach becomes while a person is out of sight
FRAGMENT = 0.5  # similarity from which a second pose without a common keypoint is the rest of the same person
SLACK = 0.02  # similarity that a fresh track must be better by: old ids win


@dataclass(frozen=True)
class LinkOptions:
    """When a pose continues a track.

    Attributes:
        min_similarity: 0..1; below it the pose begins a track of its own.
        max_gap_s: a track unseen for longer ends.
    """

    min_similarity: float = 0.2
    max_gap_s: float = 0.7


@dataclass
class _Track:
    """A track in the making: the latest place of every keypoint, and where the whole is going."""

    rows: list[int]
    poses: list[Pose]
    latest: Floats
    time_s: float
    velocity: Floats = field(default_factory=lambda: np.zeros(2, np.float32))

    def awaited(self, time_s: float) -> Floats:
        """(K, 3): the keypoints moved on with the person's speed."""
        moved = self.latest.copy()
        moved[:, :2] += self.velocity * np.float32(time_s - self.time_s)
        return moved

    def add(self, row: int, pose: Pose, time_s: float) -> None:
        common = pose.found & (self.latest[:, 2] > 0)
        if common.any():
            step = np.median(pose.keypoints[common, :2] - self.latest[common, :2], axis=0)
            self.velocity += 0.3 * (step / max(time_s - self.time_s, 1e-3) - self.velocity)
        moved = self.awaited(time_s)
        self.latest = np.where(pose.found[:, None], pose.keypoints, moved)
        self.time_s = time_s
        self.rows.append(row)
        self.poses.append(pose)


def link(
    frames: Sequence[PoseFrame], times_s: NDArray[np.float64], options: LinkOptions | None = None
) -> tuple[PoseSequence, ...]:
    """Link the poses of a clip into tracks.

    Args:
        frames: everyone found, frame by frame.
        times_s: (T,) when each frame was shown, in seconds, increasing.
        options: when a pose continues a track.

    Returns:
        One raw sequence a track, by id; every pose of every frame is in exactly one, where the two halves of a
        person whom the network saw as two are one again. Ids count from 1, who is seen in most frames first: people
        before glimpses. The same clip always gets the same ids.
    """
    options = options or LinkOptions()
    tracks: list[_Track] = []
    for row, (frame, time_s) in enumerate(zip(frames, times_s.tolist(), strict=True)):
        alive = [track for track in tracks if time_s - track.time_s <= options.max_gap_s]
        continued = _match(alive, frame.poses, time_s, options.min_similarity)
        for index, pose in enumerate(frame.poses):
            if index not in continued:
                tracks.append(_Track([row], [pose], pose.keypoints.copy(), time_s))
        for track, pose in _whole(frame.poses, continued):
            track.add(row, pose, time_s)
    tracks.sort(key=lambda track: -len(track.rows))
    return tuple(_sequence(number, track, times_s) for number, track in enumerate(tracks, start=1))


def _match(tracks: list[_Track], poses: Sequence[Pose], time_s: float, least: float) -> dict[int, _Track]:
    """Index of a pose → the track that it continues."""
    if not tracks or not poses:
        return {}
    table = np.array([[_similarity_to(track, pose, time_s) for pose in poses] for track in tracks])
    age = np.array([min(len(track.rows), 10) for track in tracks])[:, None]
    told = np.array([[_share_known(track, pose) for pose in poses] for track in tracks])
    chosen = scipy.optimize.linear_sum_assignment(table * told + SLACK * age / 10, maximize=True)
    pairs = zip(*(side.tolist() for side in chosen), strict=True)
    continued = {pose: track for track, pose in pairs if table[track, pose] >= least}
    for pose in set(range(len(poses))) - continued.keys():
        track = int(table[:, pose].argmax())
        halves = [other for other, of in continued.items() if of == track]
        if table[track, pose] >= FRAGMENT and not any((poses[h].found & poses[pose].found).any() for h in halves):
            continued[pose] = track
    return {pose: tracks[track] for pose, track in continued.items()}


def _whole(poses: Sequence[Pose], continued: dict[int, _Track]) -> Iterator[tuple[_Track, Pose]]:
    """Each track that goes on, with its one pose: the keypoints of all its fragments."""
    for track in {id(track): track for track in continued.values()}.values():
        parts = [poses[index] for index, of in continued.items() if of is track]
        together = np.stack([part.keypoints for part in parts]).sum(axis=0)
        yield track, Pose(parts[0].skeleton, together, max(part.score for part in parts))


def _similarity_to(track: _Track, pose: Pose, time_s: float) -> float:
    return similarity(track.awaited(time_s), pose.keypoints, 1 + GROWTH * (time_s - track.time_s))


def _share_known(track: _Track, pose: Pose) -> float:
    """0..1: of the pose's keypoints, how many the track has seen; a stray leg does not inherit a whole person."""
    return float((track.latest[pose.found, 2] > 0).mean()) if pose.found.any() else 0.0


def similarity(one: Floats, other: Floats, widening: float = 1.0) -> float:
    """0..1: the mean of exp(−d² / 2(size · reach)²) over the keypoints that both have; 0 where none is common.

    Args:
        one, other: (K, 3) x, y, score.
        widening: factor on the reach.
    """
    common = (one[:, 2] > 0) & (other[:, 2] > 0)
    if not common.any():
        return 0.0
    reach = max(_size(one), _size(other), 1.0) * REACH * widening
    squares = ((one[common, :2] - other[common, :2]) ** 2).sum(axis=1)
    return float(np.exp(-squares / (2 * reach**2)).mean())


def _size(keypoints: Floats) -> float:
    """Square root of the box around the keypoints found, in pixels."""
    points = keypoints[keypoints[:, 2] > 0, :2]
    return float(np.sqrt(np.prod(np.ptp(points, axis=0)))) if len(points) else 0.0


def _sequence(number: int, track: _Track, times_s: NDArray[np.float64]) -> PoseSequence:
    first, last = track.rows[0], track.rows[-1]
    skeleton = track.poses[0].skeleton
    keypoints = np.zeros((last - first + 1, len(skeleton.keypoints), 3), np.float32)
    for row, pose in zip(track.rows, track.poses, strict=True):
        keypoints[row - first] = pose.keypoints
    return PoseSequence(skeleton, number, first, times_s[first : last + 1], keypoints)
