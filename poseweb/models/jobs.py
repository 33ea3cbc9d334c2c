"""Jobs, and every change of state that one can go through.

A transition is one conditional UPDATE by the database's own clock, the same on SQLite and PostgreSQL, and
answers whether it happened. The attempt number only ever grows: it is the token that fences off a worker that
lost its job.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Min, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poseweb.models.uploads import Upload

ABSURD_LEASES = 4  # a lease further ahead than this many lease times: the clock went back
ABSURD_WAIT = timedelta(minutes=2)  # so long is no back-off
LONGEST_BACK_OFF_SECONDS = 16  # after a crash
PHOTOS_QUEUE, CLIPS_QUEUE = "celery", "clips"  # of the broker: a clip never holds up a photo


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
            if changed and columns["status"] == Job.Status.CANCELLED:
                _step_aside(job_id)
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
        with transaction.atomic():
            done = over.become(job_id, **_queued("", 0), **fresh, asked_at=Now())
            if done:
                self.get(pk=job_id).put_forward()
            return done

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


def _step_aside(job_id: uuid.UUID) -> None:
    """A job that was called off leaves its photo's card to the newest one before it that found something."""
    done = Job.objects.filter(upload__newest_job=job_id, kind__in=FINDING, status=Job.Status.SUCCEEDED)
    earlier = done.select_related("result", "clip").order_by("-created_at", "-id").first()
    if earlier:
        earlier.put_forward()


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

        POSES = "poses", _("Poses")
        MAP = "map", _("Map")
        CLIP = "clip", _("Clip")
        GAIT = "gait", _("Gait")

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    OVER = (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="jobs", verbose_name=_("upload"))
    kind = models.CharField(_("kind"), max_length=5, choices=Kind, default=Kind.POSES)
    network = models.CharField(_("network"), max_length=100, blank=True)  # empty: the most accurate one installed
    # resolution; of poses and clips: single; of clips: every; of a map: view, stage, alone;
    # of gait: the job of the clip as "clip", and what its person knows better (gait.AS_MEASURED)
    options = models.JSONField(_("options"), default=dict, blank=True)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.QUEUED)
    attempt = models.PositiveIntegerField(_("attempt"), default=0)
    crashes = models.PositiveIntegerField(_("crashes"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    ready_at = models.DateTimeField(_("ready at"), null=True, blank=True)  # the end of a back-off
    cancel_requested = models.BooleanField(_("cancel requested"), default=False)
    rung_at = models.DateTimeField(_("rung at"), null=True, blank=True)
    rings = models.PositiveIntegerField(_("rings"), default=0)
    waiting_reason = models.TextField(_("waiting reason"), blank=True)
    error_code = models.CharField(_("error code"), max_length=50, blank=True)
    error = models.TextField(_("error"), blank=True)
    # of a clip, to be estimated; 0: not measured yet
    frames_total = models.PositiveIntegerField(_("frames total"), default=0)
    frames_done = models.PositiveIntegerField(_("frames done"), default=0)  # estimated
    frames_drawn = models.PositiveIntegerField(_("frames drawn"), default=0)
    seconds_left = models.PositiveIntegerField(_("seconds left"), null=True, blank=True)  # null: nobody can say yet
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    # later than created_at where it was requeued
    asked_at = models.DateTimeField(_("asked at"), db_default=Now(), editable=False)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)  # of the latest attempt
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("job"), _("jobs")
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
    def found(self) -> Any:
        """What a finished job found, in a photo or in a clip."""
        return self.clip if self.kind == self.Kind.CLIP else self.result

    def put_forward(self) -> None:
        """Make this job its photo's card; of those that look for nobody, such as a map's, there is none."""
        if self.kind in FINDING:
            found = self.found if self.status == self.Status.SUCCEEDED else None
            people, network = (found.people, found.network) if found else (None, self.network)
            card = {"newest_job": self, "status": self.status, "people": people, "network": network}
            Upload.objects.filter(pk=self.upload_id).update(**card)


FINDING = (Job.Kind.POSES, Job.Kind.CLIP)  # kinds of jobs that answer for an upload
