"""Media in an S3-compatible bucket. An object appears when its last byte has arrived, so it is whole or not at all."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

IN_MEMORY = 8 * 2**20  # bytes of a file being read; what is larger goes through a temporary file
PATIENCE = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3})


class Bucket:
    """The storage (storage.py) behind POSEWEB_S3_BUCKET."""

    def keep(self, draft: Path, name: str) -> None:
        with _faults(name):
            _client().upload_file(str(draft), settings.S3_BUCKET, name)
        draft.unlink()

    def open(self, name: str) -> BinaryIO:
        file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 the caller closes it
        try:
            with _faults(name):
                answer = _client().get_object(Bucket=settings.S3_BUCKET, Key=name)
                shutil.copyfileobj(answer["Body"], file)
        except OSError:
            file.close()
            raise
        file.seek(0)
        return file

    def part(self, name: str, start: int, length: int) -> BinaryIO:
        with _faults(name):
            asked = f"bytes={start}-{start + length - 1}"
            return _client().get_object(Bucket=settings.S3_BUCKET, Key=name, Range=asked)["Body"]

    def size(self, name: str) -> int:
        with _faults(name):
            found = _client().list_objects_v2(Bucket=settings.S3_BUCKET, Prefix=name, MaxKeys=1)
        for each in found.get("Contents", []):
            if each["Key"] == name:
                return each["Size"]
        raise FileNotFoundError(errno.ENOENT, "no such object", name)

    @contextmanager
    def local(self, name: str, copy: Path) -> Iterator[Path]:
        try:
            with self.open(name) as source, copy.open("xb") as target:
                shutil.copyfileobj(source, target)
            yield copy
        finally:
            copy.unlink(missing_ok=True)

    def exists(self, name: str) -> bool:
        """Asked as a list: the answer to a HEAD cannot tell a missing object from a missing bucket."""
        with _faults(name):
            found = _client().list_objects_v2(Bucket=settings.S3_BUCKET, Prefix=name, MaxKeys=1)
        return any(each["Key"] == name for each in found.get("Contents", []))

    def remove(self, name: str) -> None:
        with _faults(name):
            _client().delete_object(Bucket=settings.S3_BUCKET, Key=name)

    def old(self, folder: str, before: float) -> Iterator[str]:
        pages = _client().get_paginator("list_objects_v2")
        with _faults(folder):
            for page in pages.paginate(Bucket=settings.S3_BUCKET, Prefix=f"{folder}/"):
                for found in page.get("Contents", []):
                    if found["LastModified"].timestamp() < before:
                        yield found["Key"]


def _client() -> Any:
    return _client_of(os.getpid(), settings.S3_ENDPOINT)


@lru_cache(maxsize=1)
def _client_of(_process: int, endpoint: str) -> Any:
    """One for each process: a child must not talk on the connections of its parent."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=settings.S3_REGION,
        aws_access_key_id=settings.S3_ACCESS_KEY or None,
        aws_secret_access_key=settings.S3_SECRET_KEY or None,
        config=PATIENCE,
    )


@contextmanager
def _faults(name: str) -> Iterator[None]:
    """What a folder would raise: callers need not know where files lie."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            raise FileNotFoundError(errno.ENOENT, "no such object", name) from error
        raise OSError(errno.EIO, f"the storage refused: {error}", name) from error
    except (BotoCoreError, Boto3Error) as error:
        raise OSError(errno.EIO, f"the storage does not answer: {error}", name) from error
