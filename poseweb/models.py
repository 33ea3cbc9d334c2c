"""The rows, and every change of state a job can go through.

A transition is one conditional UPDATE by the database's own clock, the same on SQLite and PostgreSQL, and
answers whether it happened. The attempt number only ever grows: it is the token that fences off a worker that
lost its job.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from math import inf
from types import MappingProxyType
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Min, Q
from django.db.models.functions import Now
from django.utils import timezone

from poseweb import media

LEAST_SILENCE = timedelta(seconds=10)  # that says a worker is gone, however often it sweeps
ABSURD_LEASES = 4  # a lease further ahead than this many lease times: the clock went back
ABSURD_WAIT = timedelta(minutes=2)  # so long is no back-off
LONGEST_BACK_OFF_SECONDS = 16  # after a crash
PHOTOS_QUEUE, CLIPS_QUEUE = "celery", "clips"  # of the broker: a clip never holds up a photo
_FILTERED = ("status", "people", "network")


class UploadQuerySet(models.QuerySet["Upload"]):
    """Uploads go with everything that was made of them."""

    def forget(self) -> int:
        """Delete these uploads with their jobs and results: rows first, then files; how many there were.

        A worker busy with one of them notices, and writes nothing.
        """
        with transaction.atomic():
            ids = list(self.values_list("pk", flat=True))
            doomed = Upload.objects.filter(pk__in=ids)
            files = {name for column in FILES_OF_UPLOAD for name in doomed.values_list(column, flat=True) if name}
            doomed.delete()
            transaction.on_commit(partial(media.remove, files))
        return len(ids)


class Upload(models.Model):
    """A photo or a clip as its owner sent it.

    Width and height of a photo are the header's, before any EXIF rotation. Of a clip they are 0 until a worker has
    measured it: no other process opens one.

    Status, people and network are those of its newest job that looks for people, kept here too: the gallery filters by
    them, and among many photos no join is quick enough. They change in the transactions that change the job.
    """

    class Kind(models.TextChoices):
        PHOTO = "photo"
        CLIP = "clip"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads")
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.PHOTO)
    name = models.CharField(max_length=150)  # cleaned, for display only
    file = models.CharField(max_length=200)  # under media
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    note = models.CharField(max_length=500, blank=True)  # its owner's, and nobody else's
    newest_job = models.ForeignKey("Job", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=9, blank=True)
    people = models.PositiveIntegerField(null=True, blank=True)  # null: no result
    network = models.CharField(max_length=100, blank=True)  # that was asked for, then that looked
    public = models.BooleanField(default=False)  # for everybody to see, also without an account
    share_key = models.CharField(max_length=43, unique=True, null=True, blank=True)  # who has the link may see it
    # Not the database's Now(): SQLite would keep milliseconds as text, which no value of Python's ever equals, and the
    # gallery pages by comparing the two.
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = UploadQuerySet.as_manager()

    class Meta:
        indexes = [
            # The columns behind the order let a filter that few photos pass be decided within the index.
            models.Index(fields=["-created_at", "-id", *_FILTERED], name="upload_newest_first"),
            models.Index(
                fields=["-created_at", "-id", *_FILTERED], name="upload_newest_public", condition=Q(public=True)
            ),
            models.Index(fields=["owner", "-created_at", "-id", *_FILTERED], name="upload_newest_of_owner"),
        ]
        constraints = [models.UniqueConstraint(fields=["owner", "sha256"], name="upload_once_per_owner")]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Claim:
    """The right to work on a job until the lease ends: its id and the attempt it was claimed as."""

    job_id: uuid.UUID
    attempt: int


class JobQuerySet(models.QuerySet["Job"]):
    """The named transitions. Each returns whether this caller made it happen."""

    def become(self, job_id: uuid.UUID, **columns: Any) -> bool:
        """Change the job if it is among these; its photo's card then says the new status too, in one transaction."""
        with transaction.atomic():
            changed = bool(self.update(**columns))
            if changed:
                Upload.objects.filter(newest_job=job_id).update(status=columns["status"])
            return changed

    def ready(self) -> Self:
        """Queued jobs whose back-off is over, or ends absurdly far ahead."""
        over = Q(ready_at=None) | Q(ready_at__lte=Now()) | Q(ready_at__gt=Now() + ABSURD_WAIT)
        return self.filter(over, status=Job.Status.QUEUED)

    def expired(self) -> Self:
        """Running jobs whose worker is gone, or whose lease lies absurdly far ahead."""
        absurd = Now() + timedelta(seconds=ABSURD_LEASES * settings.LEASE_SECONDS)
        return self.filter(Q(lease_until__lt=Now()) | Q(lease_until__gt=absurd), status=Job.Status.RUNNING)

    def held(self, claim: Claim) -> Self:
        """The job of this claim, as long as the claim stands."""
        return self.filter(pk=claim.job_id, attempt=claim.attempt, status=Job.Status.RUNNING)

    def claim(self, job_id: uuid.UUID) -> Claim | None:
        """queued → running under a lease; nothing where another worker has it, or it need not run now."""
        with transaction.atomic():
            claimed = (
                self.ready()
                .filter(pk=job_id)
                .become(
                    job_id,
                    status=Job.Status.RUNNING,
                    attempt=F("attempt") + 1,
                    lease_until=_lease_end(),
                    started_at=Now(),
                    ready_at=None,
                    waiting_reason="",
                )
            )
            return Claim(job_id, self.values_list("attempt", flat=True).get(pk=job_id)) if claimed else None

    def renew(self, claim: Claim) -> bool:
        return bool(self.held(claim).update(lease_until=_lease_end()))

    def report(self, claim: Claim, **columns: Any) -> bool:
        """Write down how far the work on a clip is, for those who wait."""
        return bool(self.held(claim).update(**columns))

    def come_on(self, claim: Claim) -> bool:
        """A whole chunk of a clip is kept: only attempts that bring nothing count as crashes."""
        return bool(self.held(claim).update(crashes=0))

    def wanted(self, claim: Claim) -> bool:
        """Whether the claim stands and nobody asked to cancel: a read, cheap enough for every second."""
        return self.held(claim).filter(cancel_requested=False).exists()

    def succeed(self, claim: Claim) -> bool:
        """running → succeeded, unless the claim is lost or a cancel was accepted first."""
        return self.held(claim).filter(cancel_requested=False).become(claim.job_id, **_ended(Job.Status.SUCCEEDED))

    def fail(self, claim: Claim, code: str, sentence: str) -> bool:
        """running → failed, for good: running it again is for people to ask."""
        ended = _ended(Job.Status.FAILED, error_code=code, error=sentence)
        return self.held(claim).filter(cancel_requested=False).become(claim.job_id, **ended)

    def release(self, claim: Claim, reason: str, *, wait_seconds: float) -> bool:
        """running → queued without counting against the photo; `reason` is shown while it waits."""
        return self.held(claim).filter(cancel_requested=False).become(claim.job_id, **_queued(reason, wait_seconds))

    def confirm_cancel(self, claim: Claim) -> bool:
        """running → cancelled, where it was asked for: the worker has stopped."""
        return self.held(claim).filter(cancel_requested=True).become(claim.job_id, **_ended(Job.Status.CANCELLED))

    def cancel(self, job_id: uuid.UUID) -> bool:
        """queued → cancelled at once; a running job is asked to stop, and its worker confirms."""
        job = self.filter(pk=job_id)
        return bool(
            job.filter(status=Job.Status.QUEUED).become(job_id, **_ended(Job.Status.CANCELLED))
            or job.filter(status=Job.Status.RUNNING).update(cancel_requested=True)
        )

    def requeue(self, job_id: uuid.UUID) -> bool:
        """failed or cancelled → queued, with a clean slate but a growing attempt."""
        over = self.filter(pk=job_id, status__in=[Job.Status.FAILED, Job.Status.CANCELLED])
        fresh = {"crashes": 0, "error_code": "", "error": "", "cancel_requested": False, "finished_at": None}
        return over.become(job_id, **_queued("", 0), **fresh, asked_at=Now())

    def crashed(self, claim: Claim, crashes: int, sentence: str) -> bool:
        """An expired lease: cancelled where asked for, failed at the limit, else queued with a back-off."""
        expired = self.expired().filter(pk=claim.job_id, attempt=claim.attempt)
        if expired.filter(cancel_requested=True).become(claim.job_id, **_ended(Job.Status.CANCELLED)):
            return True
        if crashes >= settings.CRASH_LIMIT:
            change = _ended(Job.Status.FAILED, error_code="worker_crashed", error=sentence)
        else:
            change = _queued("", min(2**crashes, LONGEST_BACK_OFF_SECONDS))
        return expired.become(claim.job_id, crashes=crashes, **change)

    def unrung(self, patience_seconds: float) -> Self:
        """Ready jobs that no bell was rung for, or too long ago: the message may be lost. Oldest first."""
        silent = Q(rung_at=None) | Q(rung_at__lt=Now() - timedelta(seconds=patience_seconds))
        before_the_clock_went_back = Q(rung_at__gt=Now() + ABSURD_WAIT)
        return self.ready().filter(silent | before_the_clock_went_back).order_by("created_at")

    def next_due(self) -> float:
        """Seconds until the first lease runs out or back-off ends; endless where there is none."""
        lease = self.filter(status=Job.Status.RUNNING).aggregate(end=Min("lease_until"))["end"]
        waiting = self.filter(status=Job.Status.QUEUED, ready_at__gt=Now())
        back_off = waiting.aggregate(end=Min("ready_at"))["end"]
        now = timezone.now()
        return min(((end - now).total_seconds() for end in (lease, back_off) if end), default=inf)

    def longest_wait(self) -> timedelta:
        """How long the photo has been asked for that could run now and has waited longest; nothing waits: 0.

        Clips wait for each other as long as it takes.
        """
        oldest = self.ready().exclude(kind=Job.Kind.CLIP).aggregate(oldest=Min("asked_at"))["oldest"]
        return max(timezone.now() - oldest, timedelta()) if oldest else timedelta()

    def rung(self, job_ids: list[uuid.UUID]) -> int:
        return self.filter(pk__in=job_ids).update(rung_at=Now(), rings=F("rings") + 1)


def _lease_end() -> Any:
    return Now() + timedelta(seconds=settings.LEASE_SECONDS)


def _ended(status: "Job.Status", **columns: Any) -> dict[str, Any]:
    return {"status": status, "lease_until": None, "finished_at": Now(), "waiting_reason": "", **columns}


def _queued(reason: str, wait_seconds: float) -> dict[str, Any]:
    return {
        "status": Job.Status.QUEUED,
        "lease_until": None,
        "ready_at": Now() + timedelta(seconds=wait_seconds) if wait_seconds else None,
        "rung_at": None,
        "waiting_reason": reason,
    }


class Job(models.Model):
    """One request to analyse an upload. This row is the truth about it; the broker is only a bell."""

    class Kind(models.TextChoices):
        """What a job is for: the people in a photo or a clip, or a picture of one of the maps they were found in."""

        POSES = "poses"
        MAP = "map"
        CLIP = "clip"
        GAIT = "gait"

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    OVER = (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.POSES)
    network = models.CharField(max_length=100, blank=True)  # empty: the most accurate one installed
    # resolution; of poses and clips: single; of clips: every; of a map: view, stage, alone
    options = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=9, choices=Status, default=Status.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    crashes = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)  # the end of a back-off
    cancel_requested = models.BooleanField(default=False)
    rung_at = models.DateTimeField(null=True, blank=True)
    rings = models.PositiveIntegerField(default=0)
    waiting_reason = models.TextField(blank=True)
    error_code = models.CharField(max_length=50, blank=True)
    error = models.TextField(blank=True)
    frames_total = models.PositiveIntegerField(default=0)  # of a clip, to be estimated; 0: not measured yet
    frames_done = models.PositiveIntegerField(default=0)  # estimated
    frames_drawn = models.PositiveIntegerField(default=0)
    seconds_left = models.PositiveIntegerField(null=True, blank=True)  # null: nobody can say yet
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    asked_at = models.DateTimeField(db_default=Now(), editable=False)  # later than created_at where it was requeued
    started_at = models.DateTimeField(null=True, blank=True)  # of the latest attempt
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["status", "created_at"], name="job_by_status"),
            models.Index(fields=["-created_at", "-id"], name="job_newest_first"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="running", lease_until__isnull=False)
                | (~Q(status="running") & Q(lease_until__isnull=True)),
                name="job_leased_while_running",
            )
        ]

    def __str__(self) -> str:
        return f"{self.upload_id} {self.status}"

    @property
    def is_over(self) -> bool:
        """Whether the job has come to its end: nothing changes any more unless somebody asks."""
        return self.status in self.OVER

    @property
    def queue(self) -> str:
        """The broker's queue that its bell is rung in."""
        return CLIPS_QUEUE if self.kind == self.Kind.CLIP else PHOTOS_QUEUE

    @property
    def found(self) -> "Result | ClipResult":
        """What a finished job found, in a photo or in a clip."""
        return self.clip if self.kind == self.Kind.CLIP else self.result


FINDING = (Job.Kind.POSES, Job.Kind.CLIP)  # kinds of jobs that answer for an upload


class Result(models.Model):
    """What a job found, and what people made of it. Width and height: the upright picture's; the paths lie under media.

    Corrections (poseweb/reviews.py) stand beside what the network said, in the rows of its people. Each save counts
    `revision` up by one, and only who has seen the latest may save: that is how two editors do not undo each other.
    A result is reviewed where somebody has vouched for it as it stands; a correction after that takes this back.
    """

    PICTURES = ("photo", "annotated", "thumbnail")  # columns that name a file

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="result")
    attempt = models.PositiveIntegerField()
    network = models.CharField(max_length=100)
    stages = models.PositiveSmallIntegerField(default=1)  # of the network
    skeleton = models.CharField(max_length=50)
    engine = models.CharField(max_length=50)
    device = models.CharField(max_length=50)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    people = models.PositiveIntegerField()  # as corrected: without those removed, with those added
    photo = models.CharField(max_length=200)  # upright and encoded anew: what it shows, and nothing that it says
    annotated = models.CharField(max_length=200)
    thumbnail = models.CharField(max_length=200)
    seconds = models.FloatField()  # from claim to finish
    ms_network = models.FloatField()
    ms_decode = models.FloatField()
    revision = models.PositiveIntegerField(default=0)  # how often people saved something here
    corrected_at = models.DateTimeField(null=True, blank=True)  # last; null: everything stands as the network said
    corrected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["reviewed_at"], name="result_by_review")]

    def __str__(self) -> str:
        return f"{self.people} people by {self.network}"

    @property
    def files(self) -> set[str]:
        return {getattr(self, column) for column in self.PICTURES}

    @property
    def edition(self) -> str:
        """What its pictures show, for their addresses: the attempt, and the revision where people saved something."""
        return f"{self.attempt}.{self.revision}" if self.revision else str(self.attempt)


class MapPicture(models.Model):
    """A drawn confidence map or PAF: what a job of kind "map" makes. The path lies under media."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="map_picture")
    attempt = models.PositiveIntegerField()
    picture = models.CharField(max_length=200)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.picture


class ClipResult(models.Model):
    """What a job found in a clip. Width and height are of the upright frame; the paths lie under media."""

    FILES = ("annotated", "plain", "poster", "thumbnail", "poses", "keypoints")  # columns that name a file

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="clip")
    attempt = models.PositiveIntegerField()
    network = models.CharField(max_length=100)
    skeleton = models.CharField(max_length=50)
    engine = models.CharField(max_length=50)
    device = models.CharField(max_length=50)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    frames = models.PositiveIntegerField()  # estimated
    every = models.PositiveSmallIntegerField(default=1)  # every n-th frame of the file was
    fps = models.FloatField()  # of the estimated frames, by the median of their real timestamps
    duration_s = models.FloatField()  # from the first frame to the end of the last
    people = models.PositiveIntegerField()  # tracks that last
    lasting = models.JSONField(default=list)  # their ids
    glimpses = models.PositiveIntegerField(default=0)  # tracks too short to speak of a person
    annotated = models.CharField(max_length=200)  # MP4, skeletons drawn
    plain = models.CharField(max_length=200)  # MP4, the same frames without; nothing of the original's metadata
    poster = models.CharField(max_length=200)
    thumbnail = models.CharField(max_length=200)
    poses = models.CharField(max_length=200)  # .npz, every frame raw: the estimator's Chunk
    keypoints = models.CharField(max_length=200)  # JSON, tracks raw and smoothed: what the player draws
    seconds = models.FloatField()  # of the last attempt, from claim to finish
    ms_network = models.FloatField()  # mean of a forward pass

    def __str__(self) -> str:
        return f"{self.people} people in {self.frames} frames by {self.network}"

    @property
    def edition(self) -> str:
        """What its files show, for their addresses."""
        return str(self.attempt)

    @property
    def length(self) -> str:
        """As players write it: 0:07, 1:23."""
        minutes, seconds = divmod(round(self.duration_s), 60)
        return f"{minutes}:{seconds:02}"


class ClipChunk(models.Model):
    """Frames of a clip that an attempt has estimated and kept: the next attempt starts where the last one ends.

    They go when the job is over; the whole clip's poses are in its result then.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="chunks")
    attempt = models.PositiveIntegerField()
    network = models.CharField(max_length=100)
    start = models.PositiveIntegerField()  # index in the file from which on its frames were estimated …
    stop = models.PositiveIntegerField()  # … up to here
    frames = models.PositiveIntegerField()
    file = models.CharField(max_length=200)

    class Meta:
        ordering = ["start"]
        constraints = [models.UniqueConstraint(fields=["job", "start"], name="chunk_once_per_job")]

    def __str__(self) -> str:
        return f"{self.start} to {self.stop}"


class PersonPose(models.Model):
    """The keypoints of one person instance in pixels of the upright picture: what the network said, what people say.

    `keypoints` is the network's [[x, y, score], …], a missing one [0, 0, 0]; corrections never touch it. `corrected` is
    [[x, y, visibility], …] of all keypoints, or null where nobody changed any. Visibility is COCO's flag: 0 missing
    (not in the picture, or nobody can tell where; x and y are 0), 1 hidden (covered by something, placed by a guess),
    2 visible. Somebody `removed` is no person, and kept as what the network said. Somebody `added` was drawn by hand:
    the network's keypoints are all missing.
    """

    MISSING, HIDDEN, VISIBLE = 0, 1, 2

    result = models.ForeignKey(Result, on_delete=models.CASCADE, related_name="poses")
    index = models.PositiveIntegerField()
    score = models.FloatField()
    keypoints = models.JSONField()
    corrected = models.JSONField(null=True, blank=True)
    removed = models.BooleanField(default=False)
    added = models.BooleanField(default=False)

    class Meta:
        ordering = ["index"]
        constraints = [models.UniqueConstraint(fields=["result", "index"], name="person_once_per_result")]

    def __str__(self) -> str:
        return f"person {self.index}"


class Network(models.Model):
    """A network that a worker has installed; web and worker may be on different machines."""

    name = models.CharField(primary_key=True, max_length=100)
    title = models.CharField(max_length=200)
    licence = models.CharField(max_length=100)
    summary = models.TextField(blank=True)
    ap = models.FloatField(null=True, blank=True)
    rank = models.PositiveIntegerField()  # 0 is the most accurate one
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["rank"]

    def __str__(self) -> str:
        return self.title


class Invitation(models.Model):
    """A link that makes one account, once. Only the digest of its key is kept: reading this table opens no door."""

    digest = models.CharField(max_length=64, unique=True)
    note = models.CharField(max_length=100, blank=True)  # whom it is for
    staff = models.BooleanField(default=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations"
    )  # null: the command line
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.note or f"invitation {self.pk}"


class ApiToken(models.Model):
    """What a program shows instead of a password. Only the digest of it is kept: reading this table opens no door."""

    class Scope(models.TextChoices):
        READ = "read", "read only"
        WRITE = "write", "read and write"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)  # what it is for
    prefix = models.CharField(max_length=20)  # its beginning, for people to tell one from another
    digest = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=5, choices=Scope, default=Scope.READ)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)  # to the minute
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class IdempotencyKey(models.Model):
    """What a program called one of its uploads, so that sending it again is not another one. Kept for a day."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="idempotency_keys")
    digest = models.CharField(max_length=64)  # of the key
    request = models.CharField(max_length=64)  # a digest of what was sent under it
    job = models.ForeignKey(Job, on_delete=models.CASCADE, null=True, related_name="+")  # null: on its way
    duplicate = models.BooleanField(default=False)  # what the first answer said
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "digest"], name="idempotency_key_once_per_owner")]

    def __str__(self) -> str:
        return f"{self.digest[:8]} of {self.owner_id}"


class Tally(models.Model):
    """How often something was done in one window of time: what the limits of poseweb/limits.py count."""

    key = models.CharField(max_length=64)  # a digest: names and addresses that people type are nobody's to read
    ends_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "ends_at"], name="tally_once_per_window")]

    def __str__(self) -> str:
        return f"{self.count} until {self.ends_at}"


FILES = (  # every column that names a file under media
    (Upload, "file"),
    *((Result, column) for column in Result.PICTURES),
    (MapPicture, "picture"),
    *((ClipResult, column) for column in ClipResult.FILES),
    (ClipChunk, "file"),
)
FILES_OF_UPLOAD = (
    "file",
    *(f"jobs__result__{column}" for column in Result.PICTURES),
    "jobs__map_picture__picture",
    *(f"jobs__clip__{column}" for column in ClipResult.FILES),
    "jobs__chunks__file",
)


class WorkerQuerySet(models.QuerySet["Worker"]):
    def alive(self) -> Self:
        """Those seen lately: a worker that sweeps misses no three sweeps."""
        return self.filter(seen_at__gt=Now() - max(3 * timedelta(seconds=settings.SWEEP_SECONDS), LEAST_SILENCE))


class Worker(models.Model):
    """A worker, as its latest sweep wrote it down."""

    name = models.CharField(primary_key=True, max_length=300)  # host and process id
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    engine = models.CharField(max_length=50)
    device = models.CharField(max_length=50)
    queue = models.CharField(max_length=20, default=PHOTOS_QUEUE)  # what it takes: photos, or clips
    processes = models.PositiveIntegerField()  # jobs at once
    networks = models.JSONField(default=list)  # names, most accurate first
    started_at = models.DateTimeField(db_default=Now(), editable=False)
    seen_at = models.DateTimeField()

    objects = WorkerQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


# What nobody knows better: the first report of every clip is made with that.
AS_MEASURED = MappingProxyType({"track": None, "view": None, "slow_motion": 1.0, "height_m": None})


class GaitResult(models.Model):
    """What can be told of a runner's gait: what a job of kind "gait" reads from the poses of a clip's job.

    The job's options name that job as "clip", and what its person knows better: track, view, slow_motion, height_m.
    """

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="gait")
    attempt = models.PositiveIntegerField()
    activity = models.CharField(max_length=20)  # running, walking, cycling, standing, unclear
    summary = models.CharField(max_length=200)  # the same as a sentence
    report = models.JSONField()  # the estimator's: values with ± or a reason, contacts in seconds of the clip
    curves = models.JSONField()  # over the stride: curve → side → low, middle, high, strides
    people = models.JSONField()  # who may be meant: track, seconds, first_s

    def __str__(self) -> str:
        return self.summary


class ProtractorReading(models.Model):
    """An angle that a person read off one frame of a clip, at one contact of one foot: two lines drawn by hand."""

    class Side(models.TextChoices):
        LEFT = "left"
        RIGHT = "right"

    clip = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="readings")
    side = models.CharField(max_length=5, choices=Side)
    contact_ms = models.PositiveIntegerField()  # when the foot landed, from the clip's first frame
    frame_ms = models.PositiveIntegerField()  # when the frame is shown that the lines were drawn on
    leg = models.JSONField()  # [[x, y], [x, y]], upper point first, in pixels of the upright frame
    heel = models.JSONField()
    angle_deg = models.FloatField()  # heel line against leg line, outwards positive
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["contact_ms"]
        constraints = [
            models.UniqueConstraint(fields=["clip", "side", "contact_ms"], name="reading_once_per_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.angle_deg:.1f}°"
