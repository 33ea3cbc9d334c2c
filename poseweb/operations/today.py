"""The numbers of the day, for the first page of the admin: what became of the jobs that came since midnight."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from poseweb.models import FINDING, ClipResult, Job, Result


@dataclass(frozen=True)
class Today:
    """What happened since midnight in the time zone of the settings.

    Attributes:
        since: midnight.
        jobs: how many came for photos and clips; the maps that people look at do not count.
        by_status: each status in the language of whoever looks, and how many of them stand there.
        people: found in them, corrections in.
        seconds: the median photo took that long, claim to finish; None where there is none.
        failures: error code → how many of them failed with it, the most frequent first.
        reviewed: results that somebody vouched for since midnight, of whatever day.
    """

    since: datetime
    jobs: int
    by_status: list[tuple[str, int]]
    people: int
    seconds: float | None
    failures: dict[str, int]
    reviewed: int

    @property
    def query(self) -> str:
        """With which the admin's list of jobs shows those that `jobs` counts."""
        return urlencode({"kind__in": ",".join(FINDING), "created_at__gte": self.since.isoformat()})


def today() -> Today:
    """Seven queries, however many rows there are."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    jobs = Job.objects.filter(kind__in=FINDING, created_at__gte=midnight).order_by()
    counts = dict(jobs.values_list("status").annotate(Count("pk")))
    found = Result.objects.filter(job__in=jobs)
    failed = jobs.filter(status=Job.Status.FAILED).values_list("error_code").annotate(count=Count("pk"))
    return Today(
        since=midnight,
        jobs=sum(counts.values()),
        by_status=[(str(label), counts.get(status, 0)) for status, label in Job.Status.choices],
        people=_people(found) + _people(ClipResult.objects.filter(job__in=jobs)),
        seconds=_median(found),
        failures=dict(failed.order_by("-count", "error_code")),
        reviewed=Result.objects.filter(reviewed_at__gte=midnight).count(),
    )


def _people(found: QuerySet[Result] | QuerySet[ClipResult]) -> int:
    return found.aggregate(all=Sum("people"))["all"] or 0


def _median(found: QuerySet[Result]) -> float | None:
    """The middle one, the later of two: databases agree on no function for it."""
    seconds = found.order_by("seconds").values_list("seconds", flat=True)
    count = seconds.count()
    return seconds[count // 2] if count else None
