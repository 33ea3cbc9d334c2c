"""What can go wrong in the estimator, each with a sentence for the person who asked."""


class EstimatorError(Exception):
    """Base of every error raised on purpose here.

    Attributes:
        code: stable lower_case identifier for programs.
        user_message: a sentence saying what happened and what to do.
    """

    def __init__(self, user_message: str, code: str = "estimator_error") -> None:
        super().__init__(user_message)
        self.user_message = user_message
        self.code = code


class ImageError(EstimatorError):
    """The picture itself is at fault; running it again cannot help."""


class NetworkError(EstimatorError):
    """A network is missing, corrupt or of the wrong kind; the sentence says which command mends it."""

    def __init__(self, user_message: str, code: str = "network_unavailable") -> None:
        super().__init__(user_message, code)


class FormatError(EstimatorError):
    """A keypoint file does not follow its format."""

    def __init__(self, user_message: str, code: str = "bad_format") -> None:
        super().__init__(user_message, code)


class VideoError(EstimatorError):
    """The clip itself is at fault; running it again cannot help."""
