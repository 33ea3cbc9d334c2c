"""Bytes → upright RGB pictures, and pictures → JPEG or PNG bytes.

Pillow decodes, never OpenCV: `cv2.imdecode` spends gigabytes on a small compressed bomb before anyone can ask
how large the picture is. Pillow tells the size from the header first.
"""

import io
import warnings
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from estimator.errors import ImageError

Picture = NDArray[np.uint8]

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")


@dataclass(frozen=True)
class ImageLimits:
    """What a picture may measure, in pixels; checked from the header, before anything is decoded."""

    max_pixels: int = 64_000_000
    max_side: int = 16_000
    min_side: int = 16


def read_image(data: bytes, limits: ImageLimits | None = None) -> Picture:
    """Decode a picture the way a viewer shows it: EXIF orientation applied, alpha laid on white, 16 bits scaled.

    Args:
        data: the bytes of a JPEG, PNG, WebP, BMP, TIFF or GIF (first frame) file; HEIC where pillow-heif is installed.
        limits: sizes allowed; by default 64 Mpx, 16 to 16,000 pixels a side.

    Returns:
        (H, W, 3) uint8, RGB.

    Raises:
        ImageError: code `empty`, `not_a_picture`, `too_many_pixels`, `too_small` or `truncated`.
    """
    if not data:
        raise ImageError("The file is empty. Choose the photo again.", "empty")
    image = _open(data)
    _check_size(image.size, limits or ImageLimits())
    try:
        upright = ImageOps.exif_transpose(image)
        return np.asarray(_to_rgb(upright), dtype=np.uint8)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise ImageError(
            "The picture is damaged or cut short: it opens, but its pixels cannot be read to the end. "
            "Export or copy it again and upload the new file.",
            "truncated",
        ) from error


def _open(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # _check_size is stricter
            return Image.open(io.BytesIO(data), formats=_heif() if _is_heic(data) else FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels("far over") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise ImageError(
            f"This is not a picture we can read. Use one of {', '.join(FORMATS)}.", "not_a_picture"
        ) from error


def _is_heic(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS


def _heif() -> tuple[str, ...]:
    """Pillow's name of HEIC. What reads it turns the picture upright, and leaves no orientation in its EXIF."""
    try:
        from pillow_heif import register_heif_opener  # noqa: PLC0415  an extra
    except ImportError:
        raise ImageError(
            "This is a HEIC picture, and what reads those is not installed. "
            "Save it as JPEG, or install it: pip install -r requirements-heic.txt",
            "unsupported_format",
        ) from None
    register_heif_opener(thumbnails=False)
    return ("HEIF",)


def _check_size(size: tuple[int, int], limits: ImageLimits) -> None:
    width, height = size
    if width * height > limits.max_pixels or max(size) > limits.max_side:
        raise _too_many_pixels(f"{width} × {height}, over {limits.max_pixels / 1e6:g} Mpx or {limits.max_side}")
    if min(size) < limits.min_side:
        raise ImageError(
            f"The picture is {width} × {height} pixels; at least {limits.min_side} a side are needed.",
            "too_small",
        )


def _too_many_pixels(size: str) -> ImageError:
    return ImageError(f"The picture is too large ({size} pixels a side). Make it smaller first.", "too_many_pixels")


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        return _scale_to_8_bits(image).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")


def _scale_to_8_bits(image: Image.Image) -> Image.Image:
    """16-bit grey to 8 bits: Pillow's own conversion clips everything above 255 to white."""
    values = np.asarray(image, dtype=np.float32)
    top = 65535.0 if values.max(initial=0) > 255 else 255.0
    return Image.fromarray((np.clip(values / top, 0, 1) * 255).round().astype(np.uint8))


def shrink(image: Picture, side: int) -> Picture:
    """(H, W, 3) uint8 → the picture made small enough for side × side pixels; itself where it is."""
    height, width = image.shape[:2]
    scale = side / max(width, height)
    if scale >= 1:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def write_image(image: Picture, kind: str = "JPEG", quality: int = 90) -> bytes:
    """(H, W, 3) or (H, W, 4) uint8 → the bytes of a file. `kind` is a Pillow format, e.g. "JPEG" or "PNG"."""
    buffer = io.BytesIO()
    # PNG at level 1: of a photo a tenth larger than at 6, and written in less than half the time.
    Image.fromarray(image).save(buffer, kind, quality=quality, compress_level=1)
    return buffer.getvalue()
