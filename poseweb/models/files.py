"""Which columns name files, and how uploads go with all of them."""

from functools import partial

from django.db import models, transaction

from poseweb import media
from poseweb.models.clips import ClipChunk, ClipResult
from poseweb.models.found import MapPicture, Result
from poseweb.models.uploads import Upload

FILES = (  # every column that names a file under media
    (Upload, "file"),
    *((Result, column) for column in Result.PICTURES),
    (MapPicture, "picture"),
    *((ClipResult, column) for column in ClipResult.FILES),
    (ClipChunk, "file"),
)
FILES_OF_UPLOAD = (
    "file",
    *(f"jobs__result__{column}" for column in Result.PICTURES),
    "jobs__map_picture__picture",
    *(f"jobs__clip__{column}" for column in ClipResult.FILES),
    "jobs__chunks__file",
)


def forget(uploads: models.QuerySet[Upload]) -> int:
    """Delete these uploads with everything that was made of them: rows first, then files; how many there were.

    A worker busy with one of them notices, and writes nothing.
    """
    with transaction.atomic():
        ids = list(uploads.values_list("pk", flat=True))
        doomed = Upload.objects.filter(pk__in=ids)
        files = {name for column in FILES_OF_UPLOAD for name in doomed.values_list(column, flat=True) if name}
        doomed.delete()
        transaction.on_commit(partial(media.remove, files))
    return len(ids)
