"""The pictures in small, for a machine that only so many bytes travel to.

A pack is a folder laid out like the pictures' own, so `label --pictures` takes it as it is. What is too much for one
journey comes in parts, which are laid over each other at the other end.
"""

from __future__ import annotations

import io
import tomllib
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from scipy.io import loadmat, savemat

from training.compose import read
from training.pictures import SOURCES, Picture, read_mask

LONGEST = 320  # pixels; a canvas is 256 wide
QUALITY = 55  # of WebP, two thirds of a JPEG that looks like it


def pack(root: Path, pictures: Sequence[Picture], out: Path, limit: int) -> list[Path]:
    """Write the pictures of `root` in parts of at most `limit` bytes; returns the folders `part-1`, `part-2`, …"""
    parts, room = [out / "part-1"], limit - _write(_small_joints(root, pictures), out / "part-1")
    for picture in pictures:
        files = _small(root, picture)
        size = sum(map(len, files.values()))
        if size > room:
            parts.append(out / f"part-{len(parts) + 1}")
            room = limit
        room -= _write(files, parts[-1])
    return parts


def _small(root: Path, picture: Picture) -> dict[Path, bytes]:
    """The picture's files, shrunk, by their place under the root."""
    image = read(picture)
    scale = _scale(image.shape)
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    files = {picture.path.relative_to(root).with_suffix(".webp"): _webp(image)}
    if picture.mask:
        mask = cv2.resize(read_mask(picture.mask), image.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        files[picture.mask.relative_to(root)] = _mat(groundtruth=mask)
    return files


def _small_joints(root: Path, pictures: Sequence[Picture]) -> dict[Path, bytes]:
    """The sources' label files, with every joint where it lies in the shrunk picture."""
    files = {}
    for entry in tomllib.loads(SOURCES.read_text())["source"]:
        if "joints" not in entry or not (root / entry["joints"]).exists():
            continue
        joints = loadmat(root / entry["joints"])["joints"].astype(np.float32)
        for picture in pictures:
            if picture.labels is not None and picture.path.is_relative_to(root / entry["folder"]):
                joints[:, :2, int(picture.path.stem[2:]) - 1] *= _scale(read(picture).shape)
        files[Path(entry["joints"])] = _mat(joints=joints)
    return files


def _scale(shape: tuple[int, ...]) -> float:
    return min(1.0, LONGEST / max(shape))


def _webp(image: np.ndarray) -> bytes:
    return cv2.imencode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])[1].tobytes()


def _mat(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    savemat(file, arrays, do_compression=True)
    return file.getvalue()


def _write(files: dict[Path, bytes], folder: Path) -> int:
    """Bytes written."""
    for place, data in files.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(data)
    return sum(map(len, files.values()))
