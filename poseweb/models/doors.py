"""Ways in, and how often they are used: invitations, tokens, idempotency keys, tallies."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poseweb.models.jobs import Job


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
        READ = "read", _("read only")
        WRITE = "write", _("read and write")

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
    """How often something was done in one window of time: what the limits of poseweb/accounts/limits.py count."""

    key = models.CharField(max_length=64)  # a digest: names and addresses that people type are nobody's to read
    ends_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "ends_at"], name="tally_once_per_window")]

    def __str__(self) -> str:
        return f"{self.count} until {self.ends_at}"
