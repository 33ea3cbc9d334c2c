"""What can be told of a runner's gait, and what a person read off with the protractor."""

from types import MappingProxyType

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poseweb.models.jobs import Job

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
        LEFT = "left", _("Left")
        RIGHT = "right", _("Right")

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
