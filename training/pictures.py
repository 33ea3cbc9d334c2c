"""Sources of training pictures → a list of pictures, each on one side of the split, none of them a test picture."""

from __future__ import annotations

import hashlib
import tomllib
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import loadmat

SOURCES = Path(__file__).with_name("sources.toml")
HELD_OUT_SHARE = 16
FRAME_STEP = 6

# Leeds Sports Pose's 14 joints (right ankle … left wrist, neck, head top) → COCO-18's keypoints. Its neck lies
# higher than COCO-18's, which is the middle of the shoulders, so that one is computed; head top has no partner.
_LSP_TO_COCO = {0: 10, 1: 9, 2: 8, 3: 11, 4: 12, 5: 13, 6: 4, 7: 3, 8: 2, 9: 5, 10: 6, 11: 7}
_NECK, _RIGHT_SHOULDER, _LEFT_SHOULDER = 1, 2, 5


@dataclass(frozen=True)
class Picture:
    """One picture file. `labels`: one person in it, (18, 3) float32 x, y, flag in pixels; flag 0 = not labelled."""

    path: Path
    role: str
    held_out: bool
    mask: Path | None = None
    labels: np.ndarray | None = field(default=None, repr=False, compare=False)


def find(root: Path, exclude: Path | None = None, sources: Path = SOURCES) -> list[Picture]:
    """Every picture of every source that lies under `root`, sorted by source and name.

    A picture that is also in `exclude` (a folder of test pictures), by name or by content, is left out.
    FileNotFoundError: no source of `sources` lies under `root`.
    """
    entries = [s for s in tomllib.loads(sources.read_text())["source"] if (root / s["folder"]).is_dir()]
    if not entries:
        raise FileNotFoundError(f"no source of {sources.name} lies under {root}; docs/training.md says how to get them")
    names, digests = _fingerprints(exclude)
    found = [picture for entry in entries for picture in _of_source(root, entry)]
    return [p for p in found if p.path.name not in names and (not digests or _digest(p.path) not in digests)]


def _of_source(root: Path, entry: dict[str, Any]) -> list[Picture]:
    folder, clips = root / entry["folder"], entry.get("clips", False)
    masks = root / entry["masks"] if "masks" in entry else None
    joints = _lsp_labels(root / entry["joints"]) if "joints" in entry else {}
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp")):
        if clips and int(path.stem) % FRAME_STEP:
            continue
        found.append(
            Picture(
                path=path,
                role=entry["role"],
                held_out=is_held_out(path.parent.name if clips else path.stem),
                mask=masks and _existing(masks / f"{path.stem}.mat"),
                labels=joints.get(path.stem),
            )
        )
    return found


def is_held_out(key: str) -> bool:
    """Whether the picture (or clip) of this name is for choosing settings, not for training: about one in sixteen."""
    return zlib.crc32(key.encode()) % HELD_OUT_SHARE == 0


def _existing(path: Path) -> Path | None:
    return path if path.exists() else None


def read_mask(path: Path) -> np.ndarray:
    """(H, W) uint8, 255 where the person is: a Clothing Co-Parsing label file, in which 0 is the background."""
    return np.where(loadmat(path)["groundtruth"] > 0, 255, 0).astype(np.uint8)


def _lsp_labels(path: Path) -> dict[str, np.ndarray]:
    joints = loadmat(path)["joints"]  # (14, 3, N): x, y, flag
    return {f"im{i + 1:05d}": lsp_to_coco(joints[:, :, i]) for i in range(joints.shape[2])}


def lsp_to_coco(joints: np.ndarray) -> np.ndarray:
    """(14, 3) Leeds Sports Pose joints x, y, flag → (18, 3) COCO-18 keypoints, float32."""
    keypoints = np.zeros((18, 3), np.float32)
    for joint, keypoint in _LSP_TO_COCO.items():
        keypoints[keypoint] = joints[joint]
    shoulders = keypoints[[_RIGHT_SHOULDER, _LEFT_SHOULDER]]
    keypoints[_NECK] = shoulders.mean(axis=0) if shoulders[:, 2].all() else 0
    return keypoints


def _fingerprints(folder: Path | None) -> tuple[set[str], set[str]]:
    files = [p for p in folder.rglob("*") if p.is_file()] if folder else []
    return {p.name for p in files}, {_digest(p) for p in files}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
