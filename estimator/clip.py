"""A clip, estimated in chunks that survive the process: estimate some frames, save, go on, put them together.

Whoever runs it keeps each chunk as it comes. After a killed worker `estimate_chunks` starts where the kept
chunks end; nothing before that is estimated again.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import cv2
import numpy as np
from numpy.typing import NDArray

from estimator.errors import FormatError
from estimator.estimator import Estimate, PoseEstimator
from estimator.images import Picture
from estimator.pose import Pose, PoseFrame, PoseSequence
from estimator.prefetch import prefetch
from estimator.rendering import draw_poses
from estimator.skeleton import SKELETONS
from estimator.smoothing import smooth
from estimator.video import VideoFrame, VideoLimits, read_frames, writing_video

CHUNK_FRAMES = 30
LONGEST_SIDE = 1280  # of the annotated clip, in pixels: 720p


@dataclass(frozen=True, eq=False)
class Chunk:
    """Frames of a clip, estimated. Raw: nothing is linked, filled or smoothed.

    Attributes:
        indices: (T,) int, index of each frame in the file; increasing.
        times_s: (T,) float64, when each is shown, in seconds after the first of the file.
        frames: everyone found, frame by frame.
        ms_network: mean milliseconds of a forward pass.
    """

    indices: NDArray[np.int64]
    times_s: NDArray[np.float64]
    frames: tuple[PoseFrame, ...]
    ms_network: float

    @property
    def next_index(self) -> int:
        """Where the next chunk starts; 0 for an empty one."""
        return int(self.indices[-1]) + 1 if len(self.indices) else 0

    @property
    def fps(self) -> float:
        """Frames a second, by the median of the real timestamps; 1 where there is but one."""
        return 1 / float(np.median(np.diff(self.times_s))) if len(self.times_s) > 1 else 1.0

    @property
    def duration_s(self) -> float:
        """From the first frame's showing to the end of the last's."""
        return float(self.times_s[-1] - self.times_s[0]) + 1 / self.fps if len(self.times_s) else 0.0

    def save(self, path: Path) -> None:
        """Write one .npz file: plain numbers, no pickles. Whole or not at all."""
        poses = [pose for frame in self.frames for pose in frame.poses]
        first = self.frames[0]
        partial = path.with_name(path.name + ".part")
        with partial.open("wb") as file:
            np.savez_compressed(
                file,
                skeleton=first.skeleton.name,
                size=np.array([first.width, first.height]),
                indices=self.indices,
                times_s=self.times_s,
                people=np.array([len(frame.poses) for frame in self.frames]),
                keypoints=np.array([pose.keypoints for pose in poses], np.float32),
                scores=np.array([pose.score for pose in poses]),
                ms_network=self.ms_network,
            )
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Chunk":
        """Read what `save` wrote.

        Raises:
            FormatError: the file is no chunk, or a damaged one.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                return cls._from_arrays({name: stored[name] for name in stored.files})
        except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error) as error:
            raise FormatError(f"{path.name} is not a chunk of a clip: estimate those frames again.") from error

    @classmethod
    def _from_arrays(cls, stored: dict[str, NDArray[np.generic]]) -> "Chunk":
        skeleton = SKELETONS[str(stored["skeleton"])]
        width, height = stored["size"].tolist()
        scores = stored["scores"].tolist()
        poses = [Pose(skeleton, k, s) for k, s in zip(stored["keypoints"], scores, strict=True)]
        ends = np.cumsum(stored["people"]).tolist()
        frames = tuple(
            PoseFrame(skeleton, width, height, tuple(poses[start:end]))
            for start, end in zip([0, *ends[:-1]], ends, strict=True)
        )
        indices, times = stored["indices"].astype(np.int64), stored["times_s"].astype(np.float64)
        return cls(indices, times, frames, float(stored["ms_network"]))


def estimate_chunks(
    path: Path,
    estimator: PoseEstimator,
    *,
    start: int = 0,
    every: int = 1,
    size: int = CHUNK_FRAMES,
    limits: VideoLimits | None = None,
    on_frame: Callable[[int], None] | None = None,
) -> Iterator[Chunk]:
    """Estimate a clip from frame `start` on, chunk by chunk; decoding runs ahead of the network.

    Args:
        path: the video file.
        estimator: finds the poses.
        start: index of the first frame; after a crash, `next_index` of the last chunk kept.
        every: estimate only frames whose index is a multiple of it.
        size: frames a chunk.
        limits: what the clip may measure.
        on_frame: called with each frame's index before it is estimated; may raise to stop the work.

    Raises:
        VideoError: the clip is at fault.
    """
    found: list[_Estimated] = []
    frames = read_frames(path, limits, start=start, every=every)
    for estimated in _estimates(frames, estimator, on_frame):
        found.append(estimated)
        if len(found) == size:
            yield _chunk(found)
            found = []
    if found:
        yield _chunk(found)


def estimate_frames(
    path: Path,
    estimator: PoseEstimator,
    start: int,
    stop: int,
    *,
    every: int = 1,
    limits: VideoLimits | None = None,
) -> Chunk | None:
    """Estimate the frames of index start … stop − 1; None where the clip has none of them."""
    frames = read_frames(path, limits, start=start, stop=stop, every=every)
    found = list(_estimates(frames, estimator))
    return _chunk(found) if found else None


@dataclass(frozen=True)
class _Estimated:
    """What stays of a frame: not its picture, of which a chunk of 4K frames would fill the memory."""

    index: int
    time_s: float
    estimate: Estimate


def _estimates(
    frames: Iterable[VideoFrame], estimator: PoseEstimator, on_frame: Callable[[int], None] | None = None
) -> Iterator[_Estimated]:
    """Each frame with its estimate; one at a time, for two at once only get into each other's way."""
    for frame in prefetch(frames):
        if on_frame:
            on_frame(frame.index)
        yield _Estimated(frame.index, frame.time_s, estimator.estimate(frame.image))


def _chunk(found: list[_Estimated]) -> Chunk:
    indices = np.array([estimated.index for estimated in found], dtype=np.int64)
    times = np.array([estimated.time_s for estimated in found])
    milliseconds = float(np.mean([estimated.estimate.ms_network for estimated in found]))
    return Chunk(indices, times, tuple(estimated.estimate.frame for estimated in found), milliseconds)


def join(chunks: Iterable[Chunk]) -> Chunk:
    """Put chunks together, in order of their frames.

    Raises:
        ValueError: there are none, or two hold the same frame.
    """
    ordered = sorted(chunks, key=lambda chunk: int(chunk.indices[0]))
    indices = np.concatenate([chunk.indices for chunk in ordered]) if ordered else np.zeros(0, np.int64)
    if not len(indices) or (np.diff(indices) <= 0).any():
        raise ValueError("a clip needs at least one chunk, and every frame once")
    frames = tuple(frame for chunk in ordered for frame in chunk.frames)
    weights = [len(chunk.frames) for chunk in ordered]
    mean = float(np.average([chunk.ms_network for chunk in ordered], weights=weights))
    return Chunk(indices, np.concatenate([chunk.times_s for chunk in ordered]), frames, mean)


def tracked_poses(tracks: Sequence[PoseSequence], row: int) -> list[tuple[int, Pose]]:
    """Everyone in a row of the clip's frames, with the track's id; largest first."""
    seen = [(track.track, pose) for track in tracks if (pose := track.pose_at(row)) is not None]
    return sorted(seen, key=lambda pair: -_height(pair[1]))


def _height(pose: Pose) -> float:
    _, top, _, bottom = pose.box
    return bottom - top


def annotate(
    path: Path,
    target: Path,
    clip: Chunk,
    tracks: Sequence[PoseSequence],
    *,
    plain: Path | None = None,
    limits: VideoLimits | None = None,
    on_frame: Callable[[int], None] | None = None,
) -> int:
    """Write the clip as an MP4 for browsers, everyone's smoothed skeleton and track id drawn on it.

    Args:
        path: the video file that was estimated.
        target: the MP4 to write; at most 1280 pixels a side, so that 4K costs no more than it must.
        clip: all its chunks, joined; frames that were not estimated are left out.
        tracks: raw, of `link`.
        plain: another MP4 to write, of the very same frames without anything drawn on them.
        limits: what the clip may measure.
        on_frame: called with each frame's index; may raise to stop the work.

    Returns:
        The number of frames written.
    """
    quiet = [smooth(track) for track in tracks]
    rows = {index: row for row, index in enumerate(clip.indices.tolist())}

    def drawn() -> Iterator[tuple[VideoFrame, Picture]]:
        for frame in prefetch(read_frames(path, limits, stop=clip.next_index)):
            if frame.index in rows:
                if on_frame:
                    on_frame(frame.index)
                small = _small(frame.image)
                factor = small.shape[1] / frame.image.shape[1]
                people = tracked_poses(quiet, rows[frame.index])
                yield VideoFrame(frame.index, frame.time_s, small), _draw(small, people, factor)

    bare = writing_video(plain, fps=clip.fps) if plain else nullcontext()
    with writing_video(target, fps=clip.fps) as annotated, bare as plain_writer:
        for frame, picture in prefetch(drawn()):
            annotated.add(VideoFrame(frame.index, frame.time_s, picture))
            if plain_writer:
                plain_writer.add(frame)
    return annotated.count


def _small(image: Picture) -> Picture:
    """Brought to a size that browsers like."""
    factor = min(1.0, LONGEST_SIDE / max(image.shape[:2]))
    if factor == 1:
        return image
    height, width = (round(side * factor) for side in image.shape[:2])
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _draw(small: Picture, people: list[tuple[int, Pose]], factor: float) -> Picture:
    """Skeletons and track ids on a picture that is `factor` the size of the one they were found in."""
    if not people:
        return small
    height, width = small.shape[:2]
    poses = tuple(_shrunk(pose, factor) for _, pose in people)
    picture = draw_poses(small, PoseFrame(poses[0].skeleton, width, height, poses))
    for (track, _), pose in zip(people, poses, strict=True):
        left, top, right, _ = pose.box
        place = (round((left + right) / 2) - 8, max(round(top) - 12, 14))
        cv2.putText(picture, str(track), place, cv2.FONT_HERSHEY_SIMPLEX, 0.7, (20, 20, 20), 4, cv2.LINE_AA)
        cv2.putText(picture, str(track), place, cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 2, cv2.LINE_AA)
    return picture


def _shrunk(pose: Pose, factor: float) -> Pose:
    """In pixels of a picture that many times the size."""
    points = np.where(pose.found[:, None], (pose.keypoints[:, :2] + 0.5) * factor - 0.5, 0)
    return Pose(pose.skeleton, np.column_stack([points, pose.keypoints[:, 2]]), pose.score)
