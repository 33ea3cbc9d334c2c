"""Log lines that say which job they are about: for people, or as JSON, one object a line."""

import json
import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_job: ContextVar[str] = ContextVar("job", default="")


@contextmanager
def about(job_id: uuid.UUID | str) -> Iterator[None]:
    """Everything that this thread logs meanwhile is about that job."""
    token = _job.set(str(job_id))
    try:
        yield
    finally:
        _job.reset(token)


class JobFilter(logging.Filter):
    """Lets every record pass, and gives it the job."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.job = _job.get()
        record.about = f" job {record.job}" if record.job else ""
        return True


class JsonLines(logging.Formatter):
    """time (ISO 8601, UTC), level, logger, process and message; job and exception where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if job := getattr(record, "job", ""):
            line["job"] = job
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
