"""A photo with its overlay, as templates/fragments/viewer.html and static/js/overlay.js show it."""

import uuid
from types import MappingProxyType
from typing import Any

from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext as _

from estimator import RENDER_THRESHOLD, SKELETONS, Colour, PoseFrame, drawn_limbs, limb_names
from poseweb import results
from poseweb.models import Job, Network, Result
from poseweb.pages import keypoint_names, people
from poseweb.wishes import CLOSENESS, Wishes

FILES = MappingProxyType(
    {"jpeg": "pose.jpg", "png": "pose.png", "skeletons": "skeleton.png", "coco": "coco.json", "csv": "poses.csv"}
)


def shown(job: Job, key: uuid.UUID | str, prefix: str = "") -> dict[str, Any]:
    """What the fragments show of a finished job.

    Args:
        job: with its result.
        key: the argument of the routes of its files: its id, or the key of a link.
        prefix: of the names of these routes: "", or "shared-".
    """
    prefetch_related_objects([job.result], "poses")  # asked for twice
    frame = results.frame_of(job.result)
    edition = f"?attempt={job.result.edition}"
    files = {name: reverse(f"{prefix}download", args=[key, file]) for name, file in FILES.items()}
    return {
        "result": job.result,
        "people": people.described(job.result),
        "drawable": drawable(frame),
        "photo": reverse(f"{prefix}photo", args=[key]) + edition,
        "annotated": reverse(f"{prefix}image", args=[key]) + edition,
        "files": {"openpose": reverse(f"{prefix}poses", args=[key]), **files},
    }


def played(job: Job, key: uuid.UUID | str, prefix: str = "") -> dict[str, Any]:
    """The same of a finished job on a clip, as templates/fragments/player.html and static/js/clip.js show it."""
    clip = job.clip
    edition = f"?attempt={clip.edition}"
    files = prefix or "clip-"
    names = {"plain": f"{files}plain", "annotated": f"{files}video", "keypoints": f"{files}keypoints"}
    names["poster"] = f"{prefix}image"
    return {
        "result": clip,
        "lasting": clip.lasting,
        "glimpses": clip.glimpses,
        "drawable": drawable(PoseFrame(SKELETONS[clip.skeleton], clip.width, clip.height, ())),
        **{kind: reverse(name, args=[key]) + edition for kind, name in names.items()},
    }


def network_title(job: Job, networks: list[Network]) -> str:
    """What people call the network that made the job's result; its name, where it is no longer installed."""
    if job.status != Job.Status.SUCCEEDED:
        return ""
    return next((network.title for network in networks if network.name == job.found.network), job.found.network)


def run_title(job: Job, networks: list[Network]) -> str:
    """What tells a run of a photo from the others: its network, and what was asked for beyond the usual."""
    wishes = Wishes.kept(job.network, job.options)
    closeness = str(CLOSENESS.get(wishes.resolution, ""))
    parts = (network_title(job, networks), closeness, _("single person") if wishes.single else "")
    return ", ".join(part for part in parts if part)


def map_views(result: Result) -> list[tuple[str, list[tuple[str, str]]]]:
    """What maps there are to look at: groups of (view as MapView reads it, name for people)."""
    skeleton = SKELETONS[result.skeleton]
    keypoints = [(f"confidence:{name}", keypoint_names.title(name)) for name in skeleton.keypoints]
    limbs = [(f"paf:{name}", keypoint_names.limb_title(name)) for name in limb_names(skeleton)]
    return [
        (_("Confidence maps"), [("confidence", _("All keypoints")), *keypoints]),
        (_("Part affinity fields"), [("paf", _("All limbs")), *limbs]),
    ]


def drawable(frame: PoseFrame) -> dict[str, Any]:
    """What overlay.js draws: the skeleton, and x, y, score of everyone's keypoints, surest first.

    x and y are in pixels of the upright picture, 0, 0 the centre of the first one; a missing keypoint is 0, 0, 0.
    Scripts tell keypoints apart by `name`, people read `title`.
    """
    skeleton = frame.skeleton
    return {
        "width": frame.width,
        "height": frame.height,
        "threshold": RENDER_THRESHOLD,
        "keypoints": [
            {"name": keypoint_names.spelled(name), "title": keypoint_names.title(name), "colour": _hex(colour)}
            for name, colour in zip(skeleton.keypoints, skeleton.colours, strict=True)
        ],
        "limbs": [[limb.start, limb.end] for limb in drawn_limbs(skeleton)],
        "people": [{"score": pose.score, "keypoints": results.rounded(pose.keypoints)} for pose in frame.poses],
    }


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
