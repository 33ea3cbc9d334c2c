"""Faults that pass without anybody changing the program: a full disk, a database that does not answer."""

import errno

from django.db import OperationalError

PASSING_ERRNOS = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EROFS}
)


def passing(error: BaseException | None) -> str:
    """Half a sentence for those who wait, where the fault is neither theirs nor the program's; else nothing."""
    if isinstance(error, OperationalError):
        return "The database does not answer well at the moment"
    if isinstance(error, OSError) and error.errno in PASSING_ERRNOS:
        return f"The server cannot work at the moment ({error.strerror})"
    return ""
