"""/metrics for Prometheus: jobs, queue and workers as the rows say, at the moment of the question.

Loaded only where POSEWEB_METRICS_TOKEN is set; prometheus-client comes with requirements-production.txt.
"""

from collections.abc import Iterator
from secrets import compare_digest

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Avg, Count, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from poseweb.models import Job, Result, Upload, Worker

LATEST = 100


class Rows(Collector):
    """What the rows say. Gauges all: rows may be deleted, so no number only grows."""

    def collect(self) -> Iterator[Metric]:
        yield self._jobs()
        yield _gauge("queue_wait_seconds", "How long the photo has waited that waits longest.", _longest_wait())
        yield _gauge("uploads", "Photos that are kept.", Upload.objects.count())
        yield _gauge("upload_bytes", "What they weigh.", Upload.objects.aggregate(all=Sum("bytes"))["all"] or 0)
        yield self._workers()
        yield from self._costs()

    def _jobs(self) -> Metric:
        counts = dict(Job.objects.values_list("status").annotate(Count("pk")))
        jobs = GaugeMetricFamily("poseweb_jobs", "Jobs in each state.", labels=["status"])
        for status in Job.Status.values:
            jobs.add_metric([status], counts.get(status, 0))
        return jobs

    def _workers(self) -> Metric:
        workers = GaugeMetricFamily("poseweb_workers", "Workers at work.", labels=["engine", "device"])
        for engine, device, count in (
            Worker.objects.alive().order_by().values_list("engine", "device").annotate(Count("pk"))
        ):
            workers.add_metric([engine, device], count)
        return workers

    def _costs(self) -> Iterator[Metric]:
        """Of the latest results: an average over all would hide what happens now."""
        latest = Result.objects.order_by("-pk")[:LATEST].aggregate(Avg("seconds"), Avg("ms_network"), Avg("ms_decode"))
        yield _gauge("job_seconds", f"Mean of the latest {LATEST} results, claim to finish.", latest["seconds__avg"])
        yield _gauge("network_milliseconds", f"Mean of the latest {LATEST} results.", latest["ms_network__avg"])
        yield _gauge("decode_milliseconds", f"Mean of the latest {LATEST} results.", latest["ms_decode__avg"])


@require_safe
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever sends the token: `Authorization: Bearer …`."""
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not compare_digest(sent.encode(), settings.METRICS_TOKEN.encode()):
        return HttpResponse("Send the metrics token.\n", status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    registry.register(Rows())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


urlpatterns = [path("metrics", metrics, name="metrics")]


def _gauge(name: str, text: str, value: float | None) -> Metric:
    return GaugeMetricFamily(f"poseweb_{name}", text, value=value or 0)


def _longest_wait() -> float:
    return Job.objects.longest_wait().total_seconds()
