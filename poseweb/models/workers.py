"""Workers, and the networks that they have installed."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from poseweb.models.jobs import PHOTOS_QUEUE

LEAST_SILENCE = timedelta(seconds=10)  # that says a worker is gone, however often it sweeps


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
