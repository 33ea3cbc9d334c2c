"""All that writes on behalf of people: submit, run again, requeue, cancel, share, delete."""

import secrets
import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from poseweb import media
from poseweb.accounts import limits
from poseweb.clips.validators import check_clip, is_clip
from poseweb.errors import JobRefused, UploadRefused
from poseweb.models import FINDING, Job, Network, Upload, forget
from poseweb.tasks import ring_soon
from poseweb.validators import Header, check_picture, clean_name
from poseweb.wishes import AS_USUAL, Wishes


@dataclass(frozen=True)
class Submission:
    """The job that answers for an upload; `duplicate` where the same file was here before."""

    job: Job
    duplicate: bool


def submit(owner: User, uploaded: UploadedFile, wishes: Wishes = AS_USUAL) -> Submission:
    """Take a photo or a clip in and queue a job for it; the same file by the same owner answers with the job it has.

    Raises:
        UploadRefused: the file cannot be taken, or its owner's quota is full; it carries a code and a sentence.
        JobRefused: no worker has this network.
        RateLimited: the owner asks for too much within an hour.
    """
    _check_network(wishes.network)
    limits.job_asked(owner)
    kind = Upload.Kind.CLIP if is_clip(uploaded) else Upload.Kind.PHOTO
    header = (check_clip if kind == Upload.Kind.CLIP else check_picture)(uploaded, uploaded.size)
    draft = media.receive(uploaded.chunks())
    try:
        upload = _upload_of(owner, draft) or _keep(owner, draft, header, kind, clean_name(uploaded.name or ""))
    finally:
        draft.path.unlink(missing_ok=True)
    with transaction.atomic():
        Upload.objects.select_for_update().get(pk=upload.pk)  # the same file, sent twice at once, gets one job
        job = _answer(upload, wishes)
        return Submission(job or _find(upload, wishes), duplicate=job is not None)


def draw_map(job: Job, view: str, stage: int, *, alone: bool) -> Job:
    """The job that draws a map of what the network of a finished job sees in its photo: an old one, or a new one.

    Args:
        job: that found the poses.
        view: "confidence:r_elbow" and the like.
        stage: of the network, from 1.
        alone: without the photo behind it.

    Raises:
        RateLimited: the owner asks for too much within an hour.
    """
    options = {"view": view, "stage": stage, "alone": alone, "resolution": wishes_of(job).resolution}
    drawn = job.upload.jobs.filter(kind=Job.Kind.MAP, network=job.result.network)
    fine = drawn.exclude(status__in=[Job.Status.FAILED, Job.Status.CANCELLED])
    cached = next((other for other in fine if other.options == options), None)
    if cached:
        return cached
    limits.job_asked(job.upload.owner)
    return _queue(job.upload, job.result.network, kind=Job.Kind.MAP, options=options)


def read_gait(clip: Job, wishes: dict[str, Any]) -> Job:
    """The job that reads the gait from a finished clip: an old one with the same wishes, or a new one.

    Args:
        clip: the job that found the poses.
        wishes: as AS_MEASURED: track, view, slow_motion, height_m.

    Raises:
        RateLimited: the owner asks for too much within an hour.
    """
    options = {"clip": str(clip.pk), **wishes}
    asked = clip.upload.jobs.filter(kind=Job.Kind.GAIT)
    fine = asked.exclude(status__in=[Job.Status.FAILED, Job.Status.CANCELLED])
    known = next((job for job in fine if job.options == options), None)
    if known:
        return known
    limits.job_asked(clip.upload.owner)
    return _queue(clip.upload, "", kind=Job.Kind.GAIT, options=options)


def run_again(job: Job, wishes: Wishes = AS_USUAL) -> Job:
    """A new job on the same upload. Raises as `submit` does."""
    _check_network(wishes.network)
    limits.job_asked(job.upload.owner)
    return _find(job.upload, wishes)


def requeue(job: Job) -> bool:
    """Queue a failed or cancelled job again; whether it was in such a state."""
    done = Job.objects.requeue(job.pk)
    if done:
        _ring(job)
    return done


def cancel(job: Job) -> bool:
    """Cancel a queued job, ask a running one to stop; whether it was in such a state."""
    return Job.objects.cancel(job.pk)


def retry(job: Job) -> bool:
    """Queue a failed or cancelled job again for its owner. Raises RateLimited."""
    limits.job_asked(job.upload.owner)
    return requeue(job)


def cancel_all(jobs: QuerySet[Job]) -> int:
    """Cancel those of the jobs that are queued or running; how many were."""
    active = jobs.filter(status__in=[Job.Status.QUEUED, Job.Status.RUNNING]).order_by().values_list("pk", flat=True)
    return sum(Job.objects.cancel(job_id) for job_id in list(active))


def delete(upload: Upload) -> None:
    """The upload, its jobs, its results and their files."""
    forget(Upload.objects.filter(pk=upload.pk))


def delete_account(user: User) -> None:
    """The account with all its photos, results and files."""
    with transaction.atomic():
        forget(user.uploads.all())
        user.delete()


def set_public(upload: Upload, *, public: bool) -> None:
    """Show a photo and what was found in it to everybody, or to its owner alone; the original stays its owner's."""
    Upload.objects.filter(pk=upload.pk).update(public=public)


def share(upload: Upload) -> None:
    """Make the link under which the photo may be seen without an account; where there is one, it stays."""
    Upload.objects.filter(pk=upload.pk, share_key=None).update(share_key=secrets.token_urlsafe(32))


def stop_sharing(upload: Upload) -> None:
    """The link leads nowhere from now on; another one is another one."""
    Upload.objects.filter(pk=upload.pk).update(share_key=None)


def set_public_all(uploads: QuerySet[Upload], *, public: bool) -> int:
    """`set_public` of many; how many there are."""
    return uploads.update(public=public)


def share_all(uploads: QuerySet[Upload]) -> int:
    """`share` of many; how many there are."""
    with transaction.atomic():
        for upload in uploads:
            share(upload)
    return len(uploads)


def stop_sharing_all(uploads: QuerySet[Upload]) -> int:
    """`stop_sharing` of many; how many there are."""
    return uploads.update(share_key=None)


def delete_all(uploads: QuerySet[Upload]) -> int:
    """`delete` of many; how many there were."""
    return forget(uploads)


def write_note(upload: Upload, note: str) -> None:
    """What its owner wants to remember about a photo; longer than the column holds, it is cut."""
    kept = note.replace("\0", "")[: Upload._meta.get_field("note").max_length]  # PostgreSQL takes no NUL
    Upload.objects.filter(pk=upload.pk).update(note=kept)


def _check_network(network: str) -> None:
    if "\0" in network or (network and not Network.objects.filter(pk=network).exists()):  # PostgreSQL takes no NUL
        known = ", ".join(Network.objects.values_list("name", flat=True)) or _("none yet")
        sentence = _("No worker has the network %(network)s. Installed: %(known)s.")
        raise JobRefused(sentence % {"network": repr(network), "known": known}, "unknown_network")


def _upload_of(owner: User, draft: media.Draft) -> Upload | None:
    """The upload of the same file by the same owner, its file mended where somebody lost it."""
    upload = Upload.objects.filter(owner=owner, sha256=draft.sha256).first()
    if upload and not media.exists(upload.file):
        media.keep(draft, upload.file)
    return upload


def _keep(owner: User, draft: media.Draft, header: Header, kind: str, name: str) -> Upload:
    """File first, then row: a row never names a file that is not there."""
    upload_id = uuid.uuid4()
    file = media.upload_name(upload_id, header.extension)
    media.keep(draft, file)
    size = {"width": header.width, "height": header.height, "bytes": draft.bytes}
    try:
        upload = _insert(owner, draft, {"id": upload_id, "kind": kind, "name": name, "file": file, **size})
    except UploadRefused:
        media.remove([file])
        raise
    if upload.pk != upload_id:  # the same file came twice at once, and the other was first
        media.remove([file])
    return upload


def _insert(owner: User, draft: media.Draft, columns: dict[str, Any]) -> Upload:
    with transaction.atomic():
        User.objects.select_for_update().get(
            pk=owner.pk
        )  # uploads of one owner wait for each other: the quota is exact
        limits.check_quota(owner, draft.bytes)
        return Upload.objects.get_or_create(owner=owner, sha256=draft.sha256, defaults=columns)[0]


def wishes_of(job: Job) -> Wishes:
    """What the job was asked for."""
    return Wishes.kept(job.network, job.options)


def _answer(upload: Upload, wishes: Wishes) -> Job | None:
    """The job that already answers for this upload and these wishes: the newest that did not fail, else the newest."""
    network = wishes.network
    asked = Q(network=network) | Q(result__network=network) | Q(clip__network=network) if network else Q()
    jobs = upload.jobs.filter(asked, kind__in=FINDING).order_by("-created_at", "-id")
    alike = [job for job in jobs if wishes_of(job).options == wishes.options]
    fine = (job for job in alike if job.status not in {Job.Status.FAILED, Job.Status.CANCELLED})
    return next(fine, alike[0] if alike else None)


def _find(upload: Upload, wishes: Wishes) -> Job:
    """A job that looks for the people in a photo or a clip."""
    kind = Job.Kind.CLIP if upload.kind == Upload.Kind.CLIP else Job.Kind.POSES
    return _queue(upload, wishes.network, kind=kind, options=wishes.options)


def _queue(upload: Upload, network: str, **columns: Any) -> Job:
    with transaction.atomic():
        job = Job.objects.create(upload=upload, network=network, **columns)
        job.put_forward()
        _ring(job)
    return job


def _ring(job: Job) -> None:
    """Once the row is there for all to see; best effort, the sweep rings for whoever was not heard."""
    Job.objects.rung([job.pk])
    transaction.on_commit(lambda: ring_soon(job.pk, job.queue), robust=True)  # Django names what failed: no partial
