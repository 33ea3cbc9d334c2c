"""Photos that people have reviewed, as a data set: to train with, and to judge networks by."""

import json
import zipfile
from typing import BinaryIO

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from estimator import SKELETONS, has_coco_17
from poseweb import media, results
from poseweb.downloads.archive import stems
from poseweb.errors import ReviewRefused
from poseweb.models import Job, Result

MOST_BYTES = 2**30
ANNOTATIONS = "annotations/person_keypoints.json"
README = """Reviewed photos with the keypoints that people vouch for, in the format of COCO's person keypoints.

images/ holds the photos, upright and encoded anew; annotations/person_keypoints.json holds who is in them.
The third number of a keypoint: 0 missing, 1 hidden, 2 visible. Areas are 0.6 of the box around the keypoints,
about what a person fills.
`python -m estimator evaluate --annotations annotations/person_keypoints.json --images images` judges a network by them.
"""
LEFT_OUT = "Left out, for their files are gone from the server:\n"
TOO_LARGE = _("The reviewed photos are more than 1 GB together. `manage.py evaluate_reviewed --save` packs any number.")


def photos(rows: QuerySet[Result]) -> dict[str, Result]:
    """Of every photo among these results the result that was reviewed last, under a name of its own, after the photo's.

    Those of skeletons without COCO's 17 keypoints are no part of it.
    """
    done = rows.filter(reviewed_at__isnull=False).select_related("job__upload").prefetch_related("poses")
    latest = {result.job.upload_id: result for result in done.order_by("reviewed_at", "pk")}
    fitting = [result for result in latest.values() if has_coco_17(SKELETONS[result.skeleton])]
    fitting.sort(key=lambda result: (result.job.upload.created_at, result.pk))
    names = stems(result.job.upload.name for result in fitting)
    return {f"{name}.jpg": result for name, result in zip(names, fitting, strict=True)}


def pack(chosen: dict[str, Result], *, most_bytes: float) -> BinaryIO:
    """A ZIP of pictures and annotations, in a file without a name that is gone once it is closed.

    Raises:
        ReviewRefused: code `too_large`.
    """
    file = media.scratch()
    try:
        with zipfile.ZipFile(file, "w") as archive:
            _fill(archive, chosen, most_bytes)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def answers_of(chosen: dict[str, Result]) -> dict[str, dict[str, Result]]:
    """Network → name of the photo → what the network said of it, last; as stored, also by runs nobody reviewed."""
    names = {result.job.upload_id: name for name, result in chosen.items()}
    runs = Result.objects.filter(job__upload__in=names, job__kind=Job.Kind.POSES).prefetch_related("poses")
    found: dict[str, dict[str, Result]] = {}
    for result in runs.select_related("job").order_by("job__created_at", "pk"):
        if has_coco_17(SKELETONS[result.skeleton]):
            found.setdefault(result.network, {})[names[result.job.upload_id]] = result
    return found


def _fill(archive: zipfile.ZipFile, chosen: dict[str, Result], most_bytes: float) -> None:
    packed, left_out = {}, []
    for name, result in chosen.items():
        try:
            with media.open(result.photo) as picture:
                data = picture.read()
        except FileNotFoundError:
            left_out.append(name)
            continue
        if archive.fp.tell() + len(data) > most_bytes:
            raise ReviewRefused(TOO_LARGE, "too_large")
        archive.writestr(f"images/{name}", data)  # stored: a JPEG does not get smaller
        packed[name] = result
    archive.writestr(ANNOTATIONS, json.dumps(results.labelled(packed)), zipfile.ZIP_DEFLATED)
    gone = "\n".join([f"\n{LEFT_OUT}", *left_out, ""]) if left_out else ""
    archive.writestr("README.txt", README + gone)
