"""Photos and clips as their owners sent them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

_FILTERED = ("status", "people", "network")


class Upload(models.Model):
    """A photo or a clip as its owner sent it.

    Width and height of a photo are the header's, before any EXIF rotation. Of a clip they are 0 until a worker has
    measured it: no other process opens one.

    Its newest job is the one that was asked last to look for people; called off, it steps aside for one that found
    some. Status, people and network are that job's, kept here too: the gallery filters by them, and among many photos
    no join is quick enough. They change in the transactions that change the job.
    """

    class Kind(models.TextChoices):
        PHOTO = "photo", _("Photo")
        CLIP = "clip", _("Clip")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads", verbose_name=_("owner")
    )
    kind = models.CharField(_("kind"), max_length=5, choices=Kind, default=Kind.PHOTO)
    name = models.CharField(_("name"), max_length=150)  # cleaned, for display only
    file = models.CharField(_("file"), max_length=200)  # under media
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveBigIntegerField(_("bytes"))
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    note = models.CharField(_("note"), max_length=500, blank=True)  # its owner's; staff see it too, nobody else
    newest_job = models.ForeignKey(
        "Job", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("newest job")
    )
    status = models.CharField(_("status"), max_length=9, blank=True)
    people = models.PositiveIntegerField(_("people"), null=True, blank=True)  # null: no result
    network = models.CharField(_("network"), max_length=100, blank=True)  # that was asked for, then that looked
    public = models.BooleanField(_("public"), default=False)  # for everybody to see, also without an account
    # who has the link may see it
    share_key = models.CharField(_("share key"), max_length=43, unique=True, null=True, blank=True)
    # Not the database's Now(): SQLite would keep milliseconds as text, which no value of Python's ever equals, and the
    # gallery pages by comparing the two.
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("upload"), _("uploads")
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
