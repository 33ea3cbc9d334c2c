"""The rows, and every change of state a job can go through."""

from poseweb.models.clips import ClipChunk, ClipResult
from poseweb.models.doors import ApiToken, IdempotencyKey, Invitation, Tally
from poseweb.models.files import FILES, forget
from poseweb.models.found import MapPicture, PersonPose, Result
from poseweb.models.gait import AS_MEASURED, GaitResult, ProtractorReading
from poseweb.models.jobs import (
    CLIPS_QUEUE,
    FINDING,
    PHOTOS_QUEUE,
    Claim,
    Job,
)
from poseweb.models.uploads import Upload
from poseweb.models.workers import Network, Worker

__all__ = [
    "AS_MEASURED",
    "CLIPS_QUEUE",
    "FILES",
    "FINDING",
    "PHOTOS_QUEUE",
    "ApiToken",
    "Claim",
    "ClipChunk",
    "ClipResult",
    "GaitResult",
    "IdempotencyKey",
    "Invitation",
    "Job",
    "MapPicture",
    "Network",
    "PersonPose",
    "ProtractorReading",
    "Result",
    "Tally",
    "Upload",
    "Worker",
    "forget",
]
