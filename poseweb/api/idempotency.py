"""`Idempotency-Key`: who sends a photo again because no answer came gets the answer to the first time.

`services.submit` answers the same file with the same job anyway. A key adds that nothing is counted twice, that the
answer is the first one, and that another file under the same name is a mistake that is noticed.
"""

import hashlib

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from poseweb import services
from poseweb.errors import JobRefused, PosewebError
from poseweb.models import IdempotencyKey
from poseweb.services import Submission
from poseweb.wishes import Wishes

REUSED = _("This Idempotency-Key stands for another photo, or other options. Use a new one for each photo.")


def submit_once(owner: User, key: str, uploaded: UploadedFile, wishes: Wishes) -> Submission:
    """`services.submit` under a key: the second time, the first answer.

    Raises:
        JobRefused: code `key_reused`, where the key was used for something else; else as `services.submit`.
    """
    request = _digest_of(uploaded, wishes)
    name = {"owner": owner, "digest": hashlib.sha256(key.encode()).hexdigest()}
    row, _made = IdempotencyKey.objects.select_related("job").get_or_create(**name, defaults={"request": request})
    if row.request != request:
        raise JobRefused(REUSED, "key_reused")
    if row.job is None:  # the first time; or that was cut off, or has not come to its end: either way it ends the same
        submission = _submit(row, uploaded, wishes)
        row = IdempotencyKey.objects.select_related("job").filter(pk=row.pk, job__isnull=False).first()
        if row is None:  # another one with this key was refused meanwhile, and forgot it
            return submission
    return Submission(row.job, row.duplicate)


def _submit(row: IdempotencyKey, uploaded: UploadedFile, wishes: Wishes) -> Submission:
    """Submit, and keep the answer; of several at once, the first one's. A refusal is no answer to keep."""
    mine = IdempotencyKey.objects.filter(pk=row.pk, job=None)
    try:
        submission = services.submit(row.owner, uploaded, wishes)
    except PosewebError:
        mine.delete()
        raise
    mine.update(job=submission.job, duplicate=submission.duplicate)
    return submission


def _digest_of(uploaded: UploadedFile, wishes: Wishes) -> str:
    digest = hashlib.sha256(repr(wishes).encode())
    for chunk in uploaded.chunks():
        digest.update(chunk)
    uploaded.seek(0)
    return digest.hexdigest()
