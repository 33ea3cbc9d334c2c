"""What poseweb refuses, each with a stable code for programs and a sentence for people."""


class PosewebError(Exception):
    """Base of every error raised on purpose here.

    Attributes:
        code: stable lower_case identifier for programs.
        user_message: a sentence saying what happened and what to do, in the language of whoever asked: lazy sentences
            are spoken here.
    """

    def __init__(self, user_message: str, code: str) -> None:
        super().__init__(user_message)
        self.user_message = str(user_message)
        self.code = code


class UploadRefused(PosewebError):  # noqa: N818  a refusal is no accident
    """The file cannot be taken as it is."""


class JobRefused(PosewebError):  # noqa: N818
    """What is asked for cannot be had: a network or a resolution that there is not, a key that was used."""


class ReviewRefused(PosewebError):  # noqa: N818
    """Corrections that do not fit their photo, or the photo as it is by now (code `stale`)."""


class RateLimited(PosewebError):  # noqa: N818
    """Too often within a window of time; `retry_after_seconds` says when the next window opens."""

    def __init__(self, user_message: str, code: str, *, retry_after_seconds: int) -> None:
        super().__init__(user_message, code)
        self.retry_after_seconds = retry_after_seconds


class InvitationRefused(PosewebError):  # noqa: N818
    """The link makes no account any more."""
