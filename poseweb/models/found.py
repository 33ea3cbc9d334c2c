"""What jobs found in photos, and what people made of it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from poseweb.models.jobs import Job


class Result(models.Model):
    """What a job found, and what people made of it. Width and height: the upright picture's; the paths lie under media.

    Corrections (review/reviews.py) stand beside what the network said, in the rows of its people. Each save counts
    `revision` up by one, and only who has seen the latest may save: that is how two editors do not undo each other.
    A result is reviewed where somebody has vouched for it as it stands; a correction after that takes this back.
    """

    PICTURES = ("photo", "annotated", "thumbnail")  # columns that name a file

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="result", verbose_name=_("job"))
    attempt = models.PositiveIntegerField(_("attempt"))
    network = models.CharField(_("network"), max_length=100)
    stages = models.PositiveSmallIntegerField(_("stages"), default=1)  # of the network
    skeleton = models.CharField(_("skeleton"), max_length=50)
    engine = models.CharField(_("engine"), max_length=50)
    device = models.CharField(_("device"), max_length=50)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    people = models.PositiveIntegerField(_("people"))  # as corrected: without those removed, with those added
    # upright and encoded anew: what it shows, and nothing that it says
    photo = models.CharField(_("photo"), max_length=200)
    annotated = models.CharField(_("annotated"), max_length=200)
    thumbnail = models.CharField(_("thumbnail"), max_length=200)
    seconds = models.FloatField(_("seconds"))  # from claim to finish
    ms_network = models.FloatField(_("ms network"))
    ms_decode = models.FloatField(_("ms decode"))
    revision = models.PositiveIntegerField(_("revision"), default=0)  # how often people saved something here
    # last; null: everything stands as the network said
    corrected_at = models.DateTimeField(_("corrected at"), null=True, blank=True)
    corrected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("corrected by"),
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reviewed by"),
    )

    class Meta:
        verbose_name, verbose_name_plural = _("result"), _("results")
        indexes = [models.Index(fields=["reviewed_at"], name="result_by_review")]

    def __str__(self) -> str:
        told = ngettext("%(people)s person by %(network)s", "%(people)s people by %(network)s", self.people)
        return told % {"people": self.people, "network": self.network}

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
