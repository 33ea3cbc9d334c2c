"""What goes in and out of the JSON API: the shapes that its OpenAPI document shows, and that answers are held to."""

import uuid
from datetime import datetime
from typing import Any, Literal

from django.utils.translation import override
from ninja import Field, Schema

from poseweb.wishes import MOST_EVERY, RESOLUTIONS, USUAL

with override(None):  # the description of the API speaks English
    MEANINGS = "; ".join(f"{name}: {meaning}" for name, meaning in RESOLUTIONS.items())
Kind = Literal["photo", "clip"]
Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class Error(Schema):
    """Every answer from 400 on."""

    error_code: str = Field(description="Stable, for programs.")
    error: str = Field(description="A sentence for people: what happened and what to do.")


class Asked(Schema):
    """What a job may be asked for; what is not sent is as usual."""

    network: str = Field("", description="Its name, from the list of networks; empty: the most accurate one.")
    resolution: str = Field(
        USUAL,
        description=f"{MEANINGS}.",
        json_schema_extra={"enum": list(RESOLUTIONS)},
    )
    single: str = Field(
        "false",
        description="Whether there is one person in the photo.",
        json_schema_extra={"enum": ["true", "false"]},
    )
    every: str = Field(
        "1",
        description=f"Of a clip: look only at every n-th frame, n from 1 to {MOST_EVERY}.",
        json_schema_extra={"pattern": "^([1-9]|[1-5][0-9]|60)$"},
    )


class Job(Schema):
    """One request to analyse a photo or clip. What only a result knows is null until there is one."""

    id: uuid.UUID
    kind: Kind
    status: Status
    url: str = Field(description="Where to ask for this job again.")
    page: str = Field(description="The page for people.")
    photo: str = Field(description="Where the photo or clip is, with all its jobs.")
    name: str = Field(description="The file's name, cleaned.")
    error_code: str | None = Field(description="Why it failed, for programs.")
    error: str | None = Field(description="Why it failed, for people.")
    waiting_reason: str | None = Field(description="Why it went back to the queue.")
    ahead: int = Field(description="How many jobs wait before this one.")
    attempt: int
    network: str | None
    resolution: str
    single: bool
    every: int | None = Field(description="Of a clip: every n-th frame is looked at.")
    frames_total: int | None = Field(description="Of a clip: how many there are to look at; 0: not known yet.")
    frames_done: int | None = Field(description="Of a clip: how many of them were looked at.")
    seconds_left: int | None = Field(description="Of a clip: about how long it will still take.")
    people: int | None
    seconds: float | None = Field(description="From start to result.")
    ms_network: float | None
    ms_decode: float | None
    skeleton: str | None
    width: int | None = Field(description="Pixels of the upright picture.")
    height: int | None
    reviewed_at: datetime | None = Field(description="When somebody vouched for the result as it stands.")
    poses: str | None = Field(description="The result as OpenPose JSON; of a clip, a ZIP of it.")
    coco: str | None = Field(description="The result as COCO keypoints.")
    csv: str | None = Field(description="The result as a table.")
    image: str | None = Field(description="The annotated picture.")
    video: str | None = Field(description="The annotated clip.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class Submitted(Job):
    """A Job, the one that answers for the photo; a duplicate where the same file was sent before."""

    duplicate: bool


class Jobs(Schema):
    """Some jobs, in the order asked for."""

    jobs: list[Job]


class JobsPage(Jobs):
    """Jobs, the newest of each photo; next is the address of the next page, null at the end."""

    next: str | None


class Photo(Schema):
    """A photo or clip as it was sent, and every job on it, newest first. Pixels are counted before any rotation."""

    id: uuid.UUID
    kind: Kind
    url: str
    name: str
    bytes: int
    width: int
    height: int
    public: bool
    created_at: datetime
    jobs: list[Job]


class Network(Schema):
    """A network that a worker has installed."""

    name: str
    title: str
    licence: str
    summary: str
    ap: float | None = Field(description="COCO AP as docs/accuracy.md measures it.")


class Networks(Schema):
    """The one that is used where none is asked for comes first."""

    networks: list[Network]


class OpenPose(Schema):
    """OpenPose JSON 1.3: x, y, score for each keypoint of each person; zeros where one is missing."""

    version: float
    people: list[dict[str, Any]]


class Coco(Schema):
    """COCO keypoints, as pycocotools loads them."""

    images: list[dict[str, Any]]
    annotations: list[dict[str, Any]]
    categories: list[dict[str, Any]]
