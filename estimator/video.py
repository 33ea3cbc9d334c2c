"""Video files → upright frames with their real timestamps, and frames → H.264 in MP4.

PyAV (FFmpeg) decodes. What a header says about length, frames and rate is a hint and nothing more: a patched
header has claimed 2,147,483,647 frames. Everything here counts what is really there, up to a limit.
"""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame as AvFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from estimator.errors import VideoError
from estimator.images import Picture

FORMATS = "MP4, MOV, WebM, MKV or AVI"
DEMUXERS = ("mov", "mp4", "matroska", "webm", "avi")  # a playlist or an image list would open other files
TICKS = 90_000  # a second, in the MP4 we write: MPEG's own clock
USUAL_FPS = 30


@dataclass(frozen=True)
class VideoLimits:
    """What a clip may measure.

    Attributes:
        max_seconds: by the timestamps of its frames.
        max_frames: really in the file.
        max_pixels: of one frame.
        min_side: in pixels.
    """

    max_seconds: float = 120
    max_frames: int = 15_000
    max_pixels: int = 3840 * 2160
    min_side: int = 64


@dataclass(frozen=True)
class VideoInfo:
    """What a clip measures; counted, not believed.

    Attributes:
        width, height: of the upright frame, in pixels.
        frames: in the file, ± the few that a decoder may hold back or drop.
        seconds: from the first timestamp to the last.
        fps: frames a second over the whole clip; the rate may vary inside it.
        codec: FFmpeg's name, e.g. "h264".
    """

    width: int
    height: int
    frames: int
    seconds: float
    fps: float
    codec: str


@dataclass(frozen=True, eq=False)
class VideoFrame:
    """One frame as a player shows it.

    Attributes:
        index: 0-based, counting every frame of the file.
        time_s: when it is shown, in seconds after the first one.
        image: (H, W, 3) uint8 RGB, upright, with square pixels.
    """

    index: int
    time_s: float
    image: Picture


def probe(path: Path, limits: VideoLimits | None = None) -> VideoInfo:
    """Measure a clip: reads it through without decoding more than one frame.

    Raises:
        VideoError: code `empty`, `not_a_video`, `no_frames`, `too_long`, `too_many_frames`, `too_many_pixels` or
            `too_small`.
    """
    limits = limits or VideoLimits()
    first = next(read_frames(path, limits))
    with _opened(path) as (container, stream):
        times = _packet_times(container, stream, limits)
        codec = stream.codec_context.name
    seconds = max(times) - min(times)
    fps = (len(times) - 1) / seconds if seconds > 0 else float(USUAL_FPS)
    height, width = first.image.shape[:2]
    return VideoInfo(width, height, len(times), seconds, fps, codec)


def read_frames(
    path: Path, limits: VideoLimits | None = None, *, start: int = 0, stop: int | None = None, every: int = 1
) -> Iterator[VideoFrame]:
    """Decode a clip frame by frame, in the order of showing.

    A damaged stretch is left out, as players do; the timestamps tell of the gap.

    Args:
        path: an MP4, MOV, WebM, MKV or AVI file.
        limits: what it may measure; checked on what is decoded, whatever the header says.
        start, stop: yield frames of index start … stop − 1 (stop None: to the end).
        every: yield only frames whose index is a multiple of it.

    Raises:
        VideoError: see `probe`; a limit that is passed late is raised when it is reached.
    """
    limits = limits or VideoLimits()
    index = -1
    with _opened(path) as (container, stream):
        _check_size(stream.codec_context.width, stream.codec_context.height, limits)
        pixel_ratio = float(stream.sample_aspect_ratio or 1)
        for index, (frame, time_s) in enumerate(_timed(_decoded(container, stream), stream)):
            if stop is not None and index >= stop:
                return
            _check_length(index, time_s, limits)
            _check_size(frame.width, frame.height, limits)
            if index >= start and index % every == 0:
                yield VideoFrame(index, time_s, _upright(frame, pixel_ratio))
    if index < 0:
        raise VideoError(
            "The file opens, but no frame of it can be decoded. Export the clip again, as MP4 (H.264) if you can.",
            "no_frames",
        )


@contextmanager
def _opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    if path.stat().st_size == 0:
        raise VideoError("The file is empty. Choose the clip again.", "empty")
    unreadable = VideoError(f"This is not a video we can read. Use {FORMATS}.", "not_a_video")
    try:
        container = av.open(str(path), options={"protocol_whitelist": "file"})
    except (FFmpegError, ValueError, OSError) as error:
        raise unreadable from error
    with container:
        known = set(container.format.name.split(",")) & set(DEMUXERS)
        if not known or not container.streams.video:
            raise unreadable
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        yield container, stream


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[AvFrame]:
    """Every frame that can be decoded; damaged packets are passed over."""
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except FFmpegError:
            continue


def _timed(frames: Iterable[AvFrame], stream: VideoStream) -> Iterator[tuple[AvFrame, float]]:
    """Each frame with its time after the first; frames without a timestamp follow at the stream's rate."""
    usual = 1 / float(stream.average_rate or stream.guessed_rate or USUAL_FPS)
    origin = last = None
    for frame in frames:
        stamp = frame.time if frame.time is not None else (0.0 if last is None else last + usual)
        if origin is None:
            origin = stamp
        if last is not None and stamp <= last:
            continue  # shown never or twice: a player drops it too
        last = stamp
        yield frame, stamp - origin


def _packet_times(container: InputContainer, stream: VideoStream, limits: VideoLimits) -> list[float]:
    """When each packet is shown, in seconds; raises as soon as a limit is passed."""
    usual = 1 / float(stream.average_rate or stream.guessed_rate or USUAL_FPS)
    times: list[float] = []
    for packet in container.demux(stream):
        if packet.size:
            stamp = packet.pts * float(packet.time_base) if packet.pts is not None else len(times) * usual
            times.append(stamp)
            _check_length(len(times) - 1, stamp - times[0], limits)
    return times


def _check_length(index: int, time_s: float, limits: VideoLimits) -> None:
    if time_s > limits.max_seconds:
        raise VideoError(
            f"The clip is longer than {limits.max_seconds:g} seconds. Cut out the part you want to see.",
            "too_long",
        )
    if index >= limits.max_frames:
        raise VideoError(
            f"The clip has more than {limits.max_frames} frames. Cut it, or lower its frame rate.",
            "too_many_frames",
        )


def _check_size(width: int, height: int, limits: VideoLimits) -> None:
    if width * height > limits.max_pixels:
        raise VideoError(
            f"A frame has {width} × {height} pixels, over {limits.max_pixels / 1e6:.1f} Mpx. Export it smaller.",
            "too_many_pixels",
        )
    if 0 < min(width, height) < limits.min_side:
        raise VideoError(
            f"A frame has {width} × {height} pixels; at least {limits.min_side} a side are needed.",
            "too_small",
        )


def _upright(frame: AvFrame, pixel_ratio: float) -> Picture:
    """RGB, with square pixels, turned and mirrored as the frame's display matrix says."""
    width = max(1, round(frame.width * pixel_ratio))
    image: Any = frame.to_ndarray(format="rgb24", width=width)
    matrix: Any = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return np.asarray(image, dtype=np.uint8)
    return _displayed(image, np.frombuffer(matrix, dtype=np.int32))


def _displayed(image: Picture, matrix: NDArray[np.int32]) -> Picture:
    """Apply a display matrix (`libavutil/display.h`): p' = a·p + c·q, q' = b·p + d·q, in quarter turns."""
    a, b, _, c, d = (int(value) for value in matrix[:5])
    if abs(b) > abs(a):
        image, a, d = image.transpose(1, 0, 2), c, b
    return np.ascontiguousarray(image[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1])


def write_video(path: Path, frames: Iterable[VideoFrame], *, fps: float = USUAL_FPS, quality: int = 23) -> int:
    """Write an MP4 that every browser plays: H.264, yuv420p, index in front (`faststart`), real timestamps.

    Args:
        path: replaced only when the whole clip is written.
        frames: in order of time, all of one size; an odd side is made even by repeating its last line.
        fps: about how many frames a second, for the encoder's rate control; the timestamps decide.
        quality: x264's constant rate factor, 0 (lossless) … 51.

    Returns:
        The number of frames written.

    Raises:
        ValueError: there are no frames.
    """
    with writing_video(path, fps=fps, quality=quality) as writer:
        for frame in frames:
            writer.add(frame)
    return writer.count


@contextmanager
def writing_video(path: Path, *, fps: float = USUAL_FPS, quality: int = 23) -> Iterator["VideoWriter"]:
    """`write_video` for those who have the frames one by one: the file is there when the block ends well."""
    partial = path.with_name(path.name + ".part")
    try:
        with av.open(str(partial), "w", format="mp4", options={"movflags": "faststart"}) as container:
            writer = VideoWriter(container, fps, quality)
            yield writer
            writer.finish()
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


class VideoWriter:
    """Encodes frame by frame into an open MP4; `count` says how many."""

    def __init__(self, container: Any, fps: float, quality: int) -> None:
        self._container, self._fps, self._quality = container, fps, quality
        self._stream: Any = None
        self._last = -1
        self.count = 0

    def add(self, frame: VideoFrame) -> None:
        image = _even(frame.image)
        self._stream = self._stream or _h264_stream(self._container, image, self._fps, self._quality)
        picture = AvFrame.from_ndarray(image, format="rgb24")
        self._last = picture.pts = max(round(frame.time_s * TICKS), self._last + 1)
        picture.time_base, picture.duration = Fraction(1, TICKS), max(1, round(TICKS / self._fps))
        self._container.mux(self._stream.encode(picture))
        self.count += 1

    def finish(self) -> None:
        """Write what the encoder still holds. Raises ValueError where there was no frame."""
        if self._stream is None:
            raise ValueError("a video needs at least one frame")
        self._container.mux(self._stream.encode(None))


def _h264_stream(container: Any, image: Picture, fps: float, quality: int) -> Any:
    options = {"crf": str(quality), "preset": "superfast"}
    stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001), options=options)
    stream.height, stream.width = image.shape[:2]
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = Fraction(1, TICKS)
    stream.codec_context.gop_size = max(1, math.ceil(fps))  # a key frame a second: scrubbing stays quick
    return stream


def _even(image: Picture) -> Picture:
    height, width = image.shape[:2]
    if height % 2 == width % 2 == 0:
        return image
    return np.asarray(cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE), dtype=np.uint8)
