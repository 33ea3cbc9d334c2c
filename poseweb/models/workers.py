"""Workers, and the networks that they have installed."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from poseweb.models.jobs import PHOTOS_QUEUE

LEAST_SILENCE = timedelta(seconds=10)  # that says a worker is gone, however often it sweeps


class Network(models.Model):
    """A network that a worker has installed; web and worker may be on different machines."""

    name = models.CharField(_("name"), primary_key=True, max_length=100)
    title = models.CharField(_("title"), max_length=200)
    licence = models.CharField(_("licence"), max_length=100)
    summary = models.TextField(_("summary"), blank=True)
    ap = models.FloatField(null=True, blank=True)
    rank = models.PositiveIntegerField(_("rank"))  # 0 is the most accurate one
    seen_at = models.DateTimeField(_("seen at"))

    class Meta:
        verbose_name, verbose_name_plural = _("network"), _("networks")
        ordering = ["rank"]

    def __str__(self) -> str:
        return self.title


class WorkerQuerySet(models.QuerySet["Worker"]):
    def alive(self) -> Self:
        """Those seen lately: a worker that sweeps misses no three sweeps."""
        return self.filter(seen_at__gt=Now() - max(3 * timedelta(seconds=settings.SWEEP_SECONDS), LEAST_SILENCE))


class Worker(models.Model):
    """A worker, as its latest sweep wrote it down."""

    name = models.CharField(_("name"), primary_key=True, max_length=300)  # host and process id
    host = models.CharField(_("host"), max_length=255)
    pid = models.PositiveIntegerField()
    engine = models.CharField(_("engine"), max_length=50)
    device = models.CharField(_("device"), max_length=50)
    queue = models.CharField(_("queue"), max_length=20, default=PHOTOS_QUEUE)  # what it takes: photos, or clips
    processes = models.PositiveIntegerField(_("processes"))  # jobs at once
    networks = models.JSONField(_("networks"), default=list)  # names, most accurate first
    started_at = models.DateTimeField(_("started at"), db_default=Now(), editable=False)
    seen_at = models.DateTimeField(_("seen at"))

    objects = WorkerQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("worker"), _("workers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
