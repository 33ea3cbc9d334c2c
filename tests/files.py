"""Where the files lie that rows name, for tests that look at them."""

from django.conf import settings

from poseweb.models import Result


def path_of(name):
    return settings.MEDIA_ROOT / name


def pictures_of(result):
    """The names of a result's pictures."""
    return {getattr(result, column) for column in Result.PICTURES}
