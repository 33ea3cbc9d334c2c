"""The ZIP of a selection of photos: annotated pictures, OpenPose JSON, and one CSV and one COCO file of them all."""

import json
import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from itertools import tee
from pathlib import PurePath
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from poseweb import media, results
from poseweb.errors import JobRefused
from poseweb.models import Job, Result
from poseweb.sentences import told

MOST_BYTES = 2**30
NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f]')  # on Windows
TOO_LARGE = _("These photos are more than 1 GB together. Download fewer at once.")
NO_RESULT = _("It has no result.")
OF_A_CLIP = _("Its video is here; its keypoints, frame by frame, are downloads of its own page.")
FILE_GONE = _("Its annotated picture is gone from the server. Run it again.")


def pack(jobs: Iterable[Job]) -> BinaryIO:
    """Write the ZIP into a file without a name, and leave it at its start; it is gone once it is closed.

    A photo without a result has a line in `left-out.txt` instead.

    Args:
        jobs: with upload and result at hand.

    Raises:
        JobRefused: code `too_large`; there is more than fits.
    """
    file = media.scratch()
    try:
        with zipfile.ZipFile(file, "w") as archive:
            _fill(archive, _named(jobs))
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _fill(archive: zipfile.ZipFile, jobs: Iterable[tuple[str, Job]]) -> None:
    found: dict[str, Result] = {}
    left_out = []
    for name, job in jobs:
        if fault := _add(archive, name, job):
            left_out.append(f"{job.upload.name}: {fault}\n")
        elif job.kind == Job.Kind.CLIP:
            left_out.append(f"{job.upload.name}: {OF_A_CLIP}\n")
        else:
            found[f"{name}.jpg"] = job.result
    archive.writestr("keypoints.csv", results.csv_of(found), zipfile.ZIP_DEFLATED)
    archive.writestr("coco.json", json.dumps(results.coco_of(found)), zipfile.ZIP_DEFLATED)
    if left_out:
        archive.writestr("left-out.txt", "".join(left_out), zipfile.ZIP_DEFLATED)


def _add(archive: zipfile.ZipFile, name: str, job: Job) -> str:
    """Picture and keypoints of one photo; the sentence that says why not, where it cannot be."""
    if job.status != Job.Status.SUCCEEDED:
        return told(job.error) or str(NO_RESULT)
    try:
        if archive.fp.tell() + media.size(job.found.annotated) > MOST_BYTES:
            raise JobRefused(TOO_LARGE, "too_large")
        with media.open(job.found.annotated) as picture:
            extension = PurePath(job.found.annotated).suffix
            with archive.open(f"annotated/{name}{extension}", "w") as entry:  # neither JPEG nor MP4 gets smaller
                shutil.copyfileobj(picture, entry)  # in parts: a clip does not fit into memory
    except FileNotFoundError:
        return str(FILE_GONE)
    if job.kind == Job.Kind.CLIP:
        return ""
    keypoints = json.dumps(results.openpose_of(job.result))
    archive.writestr(f"openpose/{name}_keypoints.json", keypoints, zipfile.ZIP_DEFLATED)
    return ""


def _named(jobs: Iterable[Job]) -> Iterator[tuple[str, Job]]:
    """Each job with a name of its own, after the name of its photo."""
    for_names, jobs = tee(jobs)
    return zip(stems(job.upload.name for job in for_names), jobs, strict=True)


def stems(names: Iterable[str]) -> Iterator[str]:
    """For each name one without its ending that no other has, also where case does not count, for any file system."""
    taken: set[str] = set()
    for full in names:
        stem = NOT_IN_NAMES.sub("_", PurePath(full).stem).strip(". ") or "photo"
        name, number = stem, 1
        while name.lower() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.lower())
        yield name
