"""Clips made in memory, with known frames and timestamps."""

from fractions import Fraction

import av
import numpy as np


def picture(index, width=160, height=96):
    """A grey frame that says which one it is: a bright square whose x is 4 · index."""
    image = np.full((height, width, 3), 40, np.uint8)
    left = (4 * index) % (width - 16)
    image[8:24, left : left + 16] = 230
    return image


def index_of(image):
    """Which frame `picture` drew."""
    return round((np.flatnonzero(image[16, :, 1] > 135).min()) / 4)


def write(path, times_ms, codec="libx264", rotation=None, size=(160, 96), options=None):
    """Encode numbered frames with exactly these timestamps, in milliseconds."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=30, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p" if codec != "mjpeg" else "yuvj420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        if rotation:
            stream.set_display_rotation(**rotation)
        for index, time in enumerate(times_ms):
            frame = av.VideoFrame.from_ndarray(picture(index, *size), format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
