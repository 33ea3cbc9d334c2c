"""Pictures of a result that are drawn when somebody asks for them: with another threshold, as PNG, the skeletons alone,
and those of a result that somebody corrected.

A stored photo is at most results.PHOTO_SIDE pixels a side, so this is quick. It takes some memory: one at a time.
"""

import secrets
from collections.abc import Iterable
from functools import partial
from threading import Lock
from types import MappingProxyType

from estimator import Picture, PoseFrame, draw_poses, draw_skeletons, read_image, shrink, write_image
from poseweb import media, results
from poseweb.models import PersonPose, Result

_one_at_a_time = Lock()


def draw(result: Result, name: str, threshold: float) -> bytes:
    """A picture in the size of the stored photo, with everyone as they stand.

    Args:
        result: whose.
        name: one of DRAWINGS.
        threshold: keypoints of a lower score are left out, 0..1.

    Raises:
        FileNotFoundError: the photo is not in the storage.
    """
    with _one_at_a_time:
        with media.open(result.photo) as file:
            photo = read_image(file.read())
        return DRAWINGS[name](photo, results.fitted(results.frame_of(result), photo), threshold)


def redraw(result: Result, rows: Iterable[PersonPose]) -> dict[str, str]:
    """Draw the stored pictures of a result anew, with these people in them; column → name of the new file.

    Raises:
        FileNotFoundError: the photo is not in the storage.
    """
    edition = secrets.token_hex(4)  # not the revision: two who save at once must not write one file
    name = partial(media.result_name, result.job_id, result.attempt)
    files = {column: name(f"{edition}-{column}") for column in ("annotated", "thumbnail")}
    with _one_at_a_time:
        with media.open(result.photo) as file:
            photo = read_image(file.read())
        drawn = draw_poses(photo, results.fitted(results.frame_of(result, rows), photo))
        small = shrink(drawn, results.THUMBNAIL_SIDE)
        media.write(files["annotated"], write_image(drawn, quality=results.PICTURE_QUALITY))
        media.write(files["thumbnail"], write_image(small, quality=results.THUMBNAIL_QUALITY))
    return files


def _jpeg(photo: Picture, frame: PoseFrame, threshold: float) -> bytes:
    return write_image(draw_poses(photo, frame, threshold), quality=results.PICTURE_QUALITY)


def _png(photo: Picture, frame: PoseFrame, threshold: float) -> bytes:
    return write_image(draw_poses(photo, frame, threshold), "PNG")


def _skeletons(_photo: Picture, frame: PoseFrame, threshold: float) -> bytes:
    """To be laid over the photo."""
    return write_image(draw_skeletons(frame, threshold), "PNG")


# By what the name of the file ends on.
DRAWINGS = MappingProxyType({"pose.jpg": _jpeg, "pose.png": _png, "skeleton.png": _skeletons})
