"""Draw what was found, and the maps it was found in."""

from dataclasses import dataclass

import cv2
import numpy as np

from estimator.images import Picture
from estimator.maps import FieldMaps
from estimator.pose import Floats, Pose, PoseFrame
from estimator.preprocess import Blob
from estimator.skeleton import Limb, Skeleton

OPACITY = 0.8
DIMMED = 0.6  # the picture behind a map, so that the map stands out
RENDER_THRESHOLD = 0.05  # OpenPose's `--render_threshold`


def draw_poses(image: Picture, frame: PoseFrame, render_threshold: float = RENDER_THRESHOLD) -> Picture:
    """The picture with every pose's limbs and keypoints on it, as a new (H, W, 3) uint8 RGB array.

    Args:
        image: (H, W, 3) uint8 RGB that the frame belongs to.
        frame: everyone in it.
        render_threshold: keypoints of a lower score are left out, 0..1.
    """
    layer = image.copy()
    for pose in reversed(frame.poses):  # the best on top
        _draw_pose(layer, pose, render_threshold)
    return np.asarray(cv2.addWeighted(layer, OPACITY, image, 1 - OPACITY, 0), dtype=np.uint8)


def draw_skeletons(frame: PoseFrame, render_threshold: float = RENDER_THRESHOLD) -> Picture:
    """The poses alone on nothing: (H, W, 4) uint8 RGBA, to be laid over the picture that the frame belongs to."""
    layer = np.zeros((frame.height, frame.width, 4), np.uint8)
    for pose in reversed(frame.poses):
        _draw_pose(layer, pose, render_threshold)
    # Smooth edges were mixed with the black of nothing: what is half there is to be half clear, not half dark.
    edge = (layer[..., 3] > 0) & (layer[..., 3] < 255)
    mixed = layer[edge].astype(np.float32)
    layer[edge, :3] = np.minimum(mixed[:, :3] * 255 / mixed[:, 3:], 255).round()
    layer[..., 3] = (layer[..., 3] * OPACITY).astype(np.uint8)
    return layer


def _draw_pose(layer: Picture, pose: Pose, render_threshold: float) -> None:
    width = _line_width(pose)
    shown = pose.found & (pose.keypoints[:, 2] >= render_threshold)
    points = [(round(float(x)), round(float(y))) for x, y in pose.keypoints[:, :2]]
    colours = [(*colour, 255) for colour in pose.skeleton.colours]  # the last for layers that can be clear
    for limb in drawn_limbs(pose.skeleton):
        if shown[limb.start] and shown[limb.end]:
            cv2.line(layer, points[limb.start], points[limb.end], colours[limb.end], width, cv2.LINE_AA)
    for index in np.flatnonzero(shown):
        cv2.circle(layer, points[index], width + 1, (20, 20, 20, 255), cv2.FILLED, cv2.LINE_AA)
        cv2.circle(layer, points[index], width, colours[index], cv2.FILLED, cv2.LINE_AA)


def drawn_limbs(skeleton: Skeleton) -> tuple[Limb, ...]:
    """The limbs that make a picture of a person: the tree; the rest (shoulder to ear) is no bone."""
    return skeleton.limbs[: len(skeleton.keypoints) - 1]


def _line_width(pose: Pose) -> int:
    """Pixels, in proportion to the person: a thin line for a small one."""
    left, top, right, bottom = pose.box
    return int(np.clip(max(right - left, bottom - top) * 0.012, 1, 24))


@dataclass(frozen=True)
class MapView:
    """Which map to look at: "confidence" or "paf", of one keypoint or limb or (None) of all together.

    Attributes:
        kind: "confidence" or "paf".
        index: keypoint or limb, 0-based.
    """

    kind: str
    index: int | None = None

    @classmethod
    def parse(cls, text: str, skeleton: Skeleton) -> "MapView":
        """Read "confidence", "confidence:r_elbow", "paf" or "paf:r_elbow-r_wrist".

        Raises:
            ValueError: the sentence names what there is.
        """
        kind, _, part = text.partition(":")
        names = {"confidence": skeleton.keypoints, "paf": limb_names(skeleton)}.get(kind)
        if names is None:
            raise ValueError(f"{kind!r} is no kind of map; there are confidence and paf")
        if part and part not in names:
            raise ValueError(f"{skeleton.name} has no {part!r}; {kind} has {', '.join(names)}")
        return cls(kind, names.index(part) if part else None)


def limb_names(skeleton: Skeleton) -> tuple[str, ...]:
    """ "r_elbow-r_wrist" and so on, in the skeleton's order."""
    return tuple(f"{skeleton.keypoints[limb.start]}-{skeleton.keypoints[limb.end]}" for limb in skeleton.limbs)


def draw_map(image: Picture, maps: FieldMaps, blob: Blob, view: MapView, *, alone: bool = False) -> Picture:
    """A map as colours over the picture, or alone on black; a new (H, W, 3) uint8 RGB array.

    A confidence map is drawn on matplotlib's "inferno" scale, 0 = clear, 1 = bright yellow. A PAF's colour is its
    direction (red points right, and on around the wheel: yellow-green down, cyan left, violet up), its opacity the
    vector's length.

    Args:
        image: (H, W, 3) uint8 RGB, the picture the maps were made from.
        maps: of one stage.
        blob: that the maps were made from.
        view: which map.
        alone: without the picture behind it.
    """
    if view.kind == "confidence":
        opacity, colours = _confidence_colours(image, maps, blob, view.index)
    else:
        opacity, colours = _paf_colours(image, maps, blob, view.index)
    alpha = opacity[..., None]
    behind = 0 if alone else image * (DIMMED * (1 - alpha))
    return np.asarray(colours * alpha + behind, dtype=np.uint8)


def _confidence_colours(image: Picture, maps: FieldMaps, blob: Blob, keypoint: int | None) -> tuple[Floats, Picture]:
    """Opacity (H, W) 0..1 and colours (H, W, 3)."""
    chosen = maps.confidence_maps if keypoint is None else maps.confidence_maps[keypoint : keypoint + 1]
    strength = np.clip(_stretch(chosen.max(axis=0), image, maps, blob), 0, 1)
    level = np.asarray(64 + strength * 191, dtype=np.uint8)  # the scale's lowest quarter is black
    scale = cv2.applyColorMap(level, cv2.COLORMAP_INFERNO)
    return np.sqrt(strength), np.asarray(scale[..., ::-1], dtype=np.uint8)


def _paf_colours(image: Picture, maps: FieldMaps, blob: Blob, limb: int | None) -> tuple[Floats, Picture]:
    """Opacity (H, W) 0..1 and colours (H, W, 3): of all limbs, at each place the strongest."""
    limbs = maps.skeleton.limbs if limb is None else maps.skeleton.limbs[limb : limb + 1]
    fields = np.stack([maps.pafs[[each.x_channel, each.y_channel]] for each in limbs])
    strongest = np.hypot(fields[:, 0], fields[:, 1]).argmax(axis=0)
    x, y = np.take_along_axis(fields, strongest[None, None], axis=0)[0]
    x, y = _stretch(x, image, maps, blob), _stretch(y, image, maps, blob)
    hue = np.rad2deg(np.arctan2(y, x)) % 360
    full = np.ones_like(hue)
    colours = cv2.cvtColor(np.stack([hue, full, full], axis=2), cv2.COLOR_HSV2RGB)
    return np.clip(np.hypot(x, y), 0, 1), np.asarray(colours * 255, dtype=np.uint8)


def _stretch(values: Floats, image: Picture, maps: FieldMaps, blob: Blob) -> Floats:
    """A map (rows, columns) → the picture's size (H, W), each cell where it looked."""
    height, width = image.shape[:2]
    x, y = blob.scale_x / maps.stride, blob.scale_y / maps.stride
    picture_to_cell = np.array([[x, 0, 0.5 * x - 0.5], [0, y, 0.5 * y - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    stretched = cv2.warpAffine(
        np.ascontiguousarray(values), picture_to_cell, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(stretched, dtype=np.float32)
