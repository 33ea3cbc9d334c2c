"""All that reads for people. What somebody may not see does not exist for them."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from poseweb.models import FINDING, Job, Network, ProtractorReading, Result, Upload
from poseweb.wishes import Wishes

PAGE = 40  # photos that one "load more" brings
LONGEST_PAGE = 400  # photos that an address may ask for at once
LISTED = 50  # jobs that the page of the queue shows
TIMED = 200  # results that tell how long a photo takes
_ALL = Q()

Visitor = User | AnonymousUser
Rule = Callable[[Visitor, str], Q]


def visible_to(user: Visitor, upload: str = "") -> Q:
    """The one rule of who sees what: your own and what is public, staff everything.

    Args:
        user: anybody, also without an account.
        upload: the path to the upload's columns, such as "upload__".
    """
    return belongs_to(user, upload) | Q(**{f"{upload}public": True}) if not user.is_staff else Q()


def belongs_to(user: Visitor, upload: str = "") -> Q:
    """Who may change a photo, and have its original: the owner, and staff."""
    return Q() if user.is_staff else Q(**{f"{upload}owner": user.pk})


def owns(user: Visitor, upload: Upload) -> bool:
    """`belongs_to`, of an upload that is at hand."""
    return user.is_staff or upload.owner_id == user.pk


def uploads(user: Visitor, rule: Rule = belongs_to) -> QuerySet[Upload]:
    return Upload.objects.filter(rule(user, ""))


def shared_jobs(key: str) -> QuerySet[Job]:
    """What somebody may see who has the link: the jobs of one photo, the newest first."""
    shown = Job.objects.filter(upload__share_key=key.replace("\0", ""), kind__in=FINDING)  # PostgreSQL takes no NUL
    return shown.select_related("upload", "result", "clip").order_by("-created_at", "-id")


def jobs(user: Visitor, kinds: Iterable[str] = FINDING, rule: Rule = visible_to) -> QuerySet[Job]:
    """Jobs with upload and result at hand, and `ahead`: how many wait before a queued one in its queue."""
    queued = Job.objects.filter(status=Job.Status.QUEUED, created_at__lt=OuterRef("created_at"))
    clip = Q(kind=Job.Kind.CLIP)
    ahead = Case(
        When(clip, status=Job.Status.QUEUED, then=_count(queued.filter(clip))),
        When(status=Job.Status.QUEUED, then=_count(queued.exclude(clip))),
        default=Value(0),
        output_field=IntegerField(),
    )
    visible = Job.objects.filter(rule(user, "upload__"), kind__in=kinds)
    return visible.select_related("upload__owner", "result", "clip", "map_picture").annotate(ahead=ahead)


def _count(queued: QuerySet[Job]) -> Coalesce:
    return Coalesce(Subquery(queued.order_by().values("status").annotate(count=Count("pk")).values("count")), 0)


def jobs_on_their_way(user: Visitor) -> list[Job]:
    """One's own queued and running jobs, in the order in which they are taken; for staff, everybody's."""
    active = jobs(user, rule=belongs_to).filter(status__in=[Job.Status.QUEUED, Job.Status.RUNNING])
    return list(active.order_by("-status", "created_at", "id")[:LISTED])  # running before queued


def count_on_their_way(user: Visitor) -> int:
    active = Job.objects.filter(status__in=[Job.Status.QUEUED, Job.Status.RUNNING], kind__in=FINDING)
    return active.filter(belongs_to(user, "upload__")).count()


def maps(user: Visitor) -> QuerySet[Job]:
    """Jobs that draw a map."""
    return jobs(user, [Job.Kind.MAP])


def gait_reports(user: Visitor, rule: Rule = visible_to) -> QuerySet[Job]:
    """Jobs that read the gait from a clip."""
    return jobs(user, [Job.Kind.GAIT], rule).select_related("upload__owner", "gait")


def readings(report: Job) -> QuerySet[ProtractorReading]:
    """What a hand read off the frames of a report's clip, in the order of its contacts."""
    return ProtractorReading.objects.filter(clip_id=report.options["clip"])


def runs(upload: Upload) -> QuerySet[Job]:
    """Every job on one photo, newest first."""
    return upload.jobs.filter(kind__in=FINDING).select_related("result", "clip").order_by("-created_at", "-id")


def to_review(user: Visitor) -> QuerySet[Job]:
    """The newest result of every photo that somebody may change and nobody has vouched for, newest first."""
    done = Job.objects.filter(kind=Job.Kind.POSES, status=Job.Status.SUCCEEDED)
    same = done.filter(upload=OuterRef("upload"))
    newer = Q(created_at__gt=OuterRef("created_at")) | Q(created_at=OuterRef("created_at"), id__gt=OuterRef("id"))
    waiting = done.filter(belongs_to(user, "upload__"))
    waiting = waiting.filter(~Exists(same.filter(result__reviewed_at__isnull=False)), ~Exists(same.filter(newer)))
    return waiting.select_related("upload__owner", "result").order_by("-created_at", "-id")


def beside(waiting: QuerySet[Job], job: Job) -> tuple[Job | None, Job | None]:
    """Those right before and right after a job in the queue of reviews, wherever it stands or stood there."""
    # The database's own value: SQLite keeps it with fewer digits than Python would send.
    moment = Subquery(Job.objects.filter(pk=job.pk).values("created_at"))
    newer = Q(created_at__gt=moment) | Q(created_at=moment, id__gt=job.id)
    older = Q(created_at__lt=moment) | Q(created_at=moment, id__lt=job.id)
    return waiting.filter(newer).reverse().first(), waiting.filter(older).first()


def reviewed_results(user: Visitor) -> QuerySet[Result]:
    """Results that somebody vouched for, of the photos that one may change."""
    return Result.objects.filter(belongs_to(user, "job__upload__"), reviewed_at__isnull=False)


def networks() -> list[Network]:
    """What workers have installed: the default first (a setting, else the most accurate), the others by accuracy."""
    return sorted(Network.objects.all(), key=lambda network: (network.name != settings.NETWORK, network.rank))


def seconds_here() -> dict[str, float]:
    """Median seconds that a photo took of late, asked for as usual, by network; one that did not run is not there."""
    latest = Result.objects.order_by("-pk").values_list("network", "seconds", "job__options")[:TIMED]
    taken: dict[str, list[float]] = {}
    for network, seconds, options in latest:
        if Wishes.kept(network, options) == Wishes(network):
            taken.setdefault(network, []).append(seconds)
    return {network: median(some) for network, some in taken.items()}


@dataclass(frozen=True)
class Cursor:
    """A place in the gallery, newest first: the last photo shown. Stays right when photos come and go around it."""

    created_at: datetime
    id: uuid.UUID

    @classmethod
    def at(cls, upload: Upload) -> Self:
        return cls(upload.created_at, upload.id)

    @classmethod
    def parse(cls, text: str) -> Self:
        """What str() wrote; ValueError for anything else."""
        moment, _, upload_id = text.partition("_")
        return cls(datetime.strptime(moment, _MOMENT).replace(tzinfo=UTC), uuid.UUID(upload_id))

    def __str__(self) -> str:
        return f"{self.created_at.astimezone(UTC):{_MOMENT}}_{self.id.hex}"

    @property
    def older(self) -> Q:
        same_moment = Q(created_at=self.created_at, id__lt=self.id)
        # The first condition says nothing new: it lets the database start in the index where the cursor stands.
        return Q(created_at__lte=self.created_at) & (Q(created_at__lt=self.created_at) | same_moment)


_MOMENT = "%Y%m%dT%H%M%S.%f"


@dataclass(frozen=True)
class Photo:
    """An upload and its newest job, as the gallery shows it."""

    upload: Upload
    job: Job


@dataclass(frozen=True)
class GalleryPage:
    """Photos, newest first; `more` is where the next page starts, None at the end."""

    photos: tuple[Photo, ...]
    more: Cursor | None


def gallery(
    user: Visitor,
    *,
    public: bool = False,
    before: Cursor | None = None,
    through: Cursor | None = None,
    limit: int = PAGE,
    wanted: Q = _ALL,
) -> GalleryPage:
    """The newest photos; those before a cursor; or all from the newest through a cursor (at most LONGEST_PAGE).

    With `public`, everybody's public ones instead of one's own; of either, those that are `wanted`.
    """
    rows = Upload.objects.filter(public=True) if public else uploads(user)
    rows = everyone = rows.filter(wanted, newest_job__isnull=False)
    if before:
        rows = rows.filter(before.older)
    if through:
        rows, limit = rows.exclude(through.older), LONGEST_PAGE
    found = list(rows.order_by("-created_at", "-id")[: limit + 1])
    shown = found[:limit]
    more = len(found) > limit or (through and shown and everyone.filter(through.older).exists())
    return GalleryPage(_photos(user, shown), Cursor.at(shown[-1]) if more else None)


def _photos(user: Visitor, shown: list[Upload]) -> tuple[Photo, ...]:
    found = jobs(user).in_bulk([upload.newest_job_id for upload in shown])
    return tuple(Photo(upload, found[upload.newest_job_id]) for upload in shown if upload.newest_job_id in found)
