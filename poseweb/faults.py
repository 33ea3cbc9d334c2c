"""Faults that pass without anybody changing the program: a full disk, a database that does not answer."""

import errno
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import OperationalError
from django.utils.translation import gettext_noop

PASSING_ERRNOS = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EROFS}
)
DATABASE_ASKED = gettext_noop(
    "The database does not answer well at the moment. What was taken in is safe; try the rest again in a minute."
)
DATABASE_WAITS = gettext_noop("The database does not answer well at the moment; the job waits.")
SERVER_ASKED = gettext_noop(
    "The server cannot work at the moment (%(reason)s). What was taken in is safe; try the rest again in a minute."
)
SERVER_WAITS = "The server cannot work at the moment (%(reason)s); the job waits."  # stored with what it names


@dataclass(frozen=True)
class Passing:
    """A fault that is neither the program's nor of those who wait for it.

    Attributes:
        asked: a sentence for who asked, in English, to be translated and then filled in with `known`.
        waits: the same for who waits for a job.
        known: what the system says, for the sentences to name.
    """

    asked: str
    waits: str
    known: Mapping[str, str]


def passing(error: BaseException | None) -> Passing | None:
    """What passes of itself, if the error does."""
    if isinstance(error, OperationalError):
        return Passing(DATABASE_ASKED, DATABASE_WAITS, {})
    if isinstance(error, OSError) and error.errno in PASSING_ERRNOS:
        return Passing(SERVER_ASKED, SERVER_WAITS, {"reason": str(error.strerror)})
    return None
