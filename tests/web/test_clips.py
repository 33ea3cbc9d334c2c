"""Clips on the pages and in the API: taken in, shown, played in parts, downloaded, shared, deleted."""

import io
import json
import re
import zipfile

import av
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from estimator import read_frames
from poseweb import media, services
from poseweb.clips import results as clip_results
from poseweb.clips.validators import check_clip, is_clip
from poseweb.errors import UploadRefused
from poseweb.models import ClipChunk, ClipResult, Job, Upload
from poseweb.pages.progress import Progress
from poseweb.wishes import Wishes
from tests.files import path_of
from tests.web.clip_cast import FRAMES, SIZE, clip_file, finish_clip, found_in, submit_clip
from tests.web.conftest import submit

S = Job.Status


@pytest.fixture
def job(alice, tmp_path):
    return submit_clip(alice, tmp_path)


@pytest.fixture
def done(job):
    return finish_clip(job)


# ── Taken in ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("start", "extension"),
    [
        (b"\0\0\0\x18ftypisom\0\0\2\0", "mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\2\0", "mov"),
        (b"\0\0\x10\0mdat\0\0", "mov"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x82\x84webm", "webm"),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x82\x88matroska", "mkv"),
    ],
)
def test_a_clip_is_known_by_its_first_bytes(start, extension):
    assert is_clip(io.BytesIO(start))
    assert check_clip(io.BytesIO(start), 100).extension == extension


@pytest.mark.parametrize(
    "start", [b"", b"\xff\xd8\xff", b"\0\0\0\x18ftypheic", b"\0\0\0\x18ftypavif", b"#EXTM3U", b"GIF89a"]
)
def test_what_is_no_clip_is_left_to_the_checks_of_photos(start):
    assert not is_clip(io.BytesIO(start))


def test_a_clip_may_be_larger_than_a_photo_and_no_larger_than_a_clip(settings):
    settings.MAX_UPLOAD_BYTES, settings.MAX_CLIP_BYTES = 2**20, 2 * 2**20
    start = io.BytesIO(b"\0\0\0\x18ftypisom")
    assert check_clip(start, 2 * 2**20)
    with pytest.raises(UploadRefused, match="larger than 2 MB") as refused:
        check_clip(start, 2 * 2**20 + 1)
    assert refused.value.code == "too_large"


def test_a_clip_gets_a_job_of_its_kind_in_its_own_queue(job, alice):
    assert (job.kind, job.queue, job.upload.kind) == ("clip", "clips", "clip")
    assert (job.upload.width, job.upload.height) == (0, 0)  # nobody here opens it
    assert submit(alice).queue == "celery"


def test_the_same_clip_again_answers_with_its_job_unless_other_frames_are_asked_for(job, alice, tmp_path):
    assert submit_clip(alice, tmp_path).pk == job.pk
    assert submit_clip(alice, tmp_path, wishes=Wishes(every=2)).pk != job.pk


def test_a_clip_that_waits_is_behind_clips_only(job, alice, tmp_path, as_alice):
    submit(alice)
    later = submit_clip(alice, tmp_path, frames=4)
    assert "1 job ahead" in as_alice.get(reverse("job", args=[later.pk])).content.decode()
    assert "Next in line" in as_alice.get(reverse("job", args=[job.pk])).content.decode()


# ── On its way ──────────────────────────────────────────────────────────────────────────────────────


def test_the_page_says_how_far_a_clip_is(job, as_alice):
    claim = Job.objects.claim(job.pk)
    Job.objects.report(claim, frames_total=1200, frames_done=300, frames_drawn=0, seconds_left=130)
    page = as_alice.get(reverse("job-status", args=[job.pk])).content.decode()
    assert "Frame 300 of 1,200" in page
    assert "About 2 minutes left" in page
    assert 'value="0.225"' in page
    Job.objects.report(claim, frames_done=1200, frames_drawn=600, seconds_left=20)
    page = as_alice.get(reverse("job-status", args=[job.pk])).content.decode()
    assert "Drawing frame 600 of 1,200" in page
    assert "Less than a minute left" in page
    assert 'value="0.95"' in page


def test_a_fragment_that_shows_this_very_state_is_not_sent_again(job, as_alice):
    claim = Job.objects.claim(job.pk)
    Job.objects.report(claim, frames_total=10, frames_done=3)
    seen = Progress(Job.objects.get(pk=job.pk)).seen
    assert as_alice.get(reverse("job-status", args=[job.pk]), {"seen": seen}).status_code == 204
    Job.objects.report(claim, frames_done=4)
    assert as_alice.get(reverse("job-status", args=[job.pk]), {"seen": seen}).status_code == 200


def test_the_api_tells_of_frames(job, as_alice):
    Job.objects.report(Job.objects.claim(job.pk), frames_total=10, frames_done=3, seconds_left=7)
    answer = as_alice.get(reverse("api-job", args=[job.pk])).json()
    assert (answer["kind"], answer["frames_total"], answer["frames_done"], answer["seconds_left"]) == ("clip", 10, 3, 7)
    assert answer["video"] is None


def test_only_attempts_that_keep_no_chunk_count_as_crashes(job, settings):
    settings.CRASH_LIMIT = 2
    for row in range(4):
        Job.objects.filter(pk=job.pk).update(ready_at=None)
        claim = Job.objects.claim(job.pk)
        assert Job.objects.come_on(claim)
        Job.objects.filter(pk=job.pk).update(lease_until="2000-01-01T00:00Z")
        crashes = Job.objects.get(pk=job.pk).crashes
        assert Job.objects.crashed(claim, crashes + 1, "Gone."), row
    assert (Job.objects.get(pk=job.pk).status, Job.objects.get(pk=job.pk).crashes) == (S.QUEUED, 1)


def test_a_chunk_of_an_attempt_that_lost_its_claim_is_not_kept(job):
    claim = Job.objects.claim(job.pk)
    Job.objects.release(claim, "", wait_seconds=0)
    estimator = type("E", (), {"network": type("N", (), {"name": "poseweb"})})
    attempt = clip_results.Attempt(claim, job, estimator, None, None, 0.0)
    assert not clip_results.keep_chunk(attempt, 0, found_in(job))
    assert not ClipChunk.objects.exists()
    assert [file.name for file in path_of("results").rglob("*.npz")] == []


# ── Shown ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_plays_without_javascript_and_better_with(done, as_alice):
    page = as_alice.get(reverse("job", args=[done.pk])).content.decode()
    video = re.search(r"<video [^>]*>", page).group()
    assert f"/jobs/{done.pk}/video.mp4?attempt=1" in video  # the annotated one, with the browser's own controls
    assert " controls" in video
    player = re.search(r"<clip-player [^>]*>", page).group()
    assert f"/jobs/{done.pk}/plain.mp4?attempt=1" in player
    assert f"/jobs/{done.pk}/keypoints.json?attempt=1" in player
    assert "2 people found" in re.sub(r"<[^>]+>|\s+", " ", page).replace("  ", " ").replace("  ", " ")
    assert "js/clip.js" in page
    assert "Correct keypoints" not in page  # that is for photos
    assert (done.upload.width, done.upload.height) == SIZE


def test_the_tile_has_poster_and_length(done, as_alice):
    page = as_alice.get(reverse("gallery")).content.decode()
    assert f"/jobs/{done.pk}/thumbnail?attempt=1" in page
    assert "0:00" in page
    thumbnail = as_alice.get(reverse("thumbnail", args=[done.pk]))
    assert thumbnail["Content-Type"] == "image/jpeg"
    assert b"".join(thumbnail).startswith(b"\xff\xd8")


def test_a_tile_of_a_clip_that_nobody_has_measured_has_a_shape(job, as_alice):
    assert 'viewBox="0 0 16 9"' in as_alice.get(reverse("gallery")).content.decode()


def test_the_players_keypoints_are_by_frame_and_track(done, as_alice):
    document = json.loads(b"".join(as_alice.get(reverse("clip-keypoints", args=[done.pk]))))
    assert document["times"] == [0, 0.04, 0.08, 0.12, 0.16, 0.2]
    assert [track["id"] for track in document["tracks"]] == [1, 2]
    first = document["tracks"][0]
    assert len(first["smooth"]) == len(first["raw"]) == FRAMES
    assert first["raw"][3][0] == [230, 100, 75]  # the nose in the fourth frame: tenths of pixels, hundredths
    assert first["raw"][3][-1] is None


# ── In parts ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        (None, 200, slice(None)),
        ("bytes=0-", 206, slice(0, None)),
        ("bytes=0-99", 206, slice(0, 100)),
        ("bytes=100-100", 206, slice(100, 101)),
        ("bytes=50-999999999", 206, slice(50, None)),
        ("bytes=-10", 206, slice(-10, None)),
        ("bytes=-999999999", 200, slice(None)),
        ("bytes=9-3", 200, slice(None)),  # makes no sense
        ("bytes=0-3,5-9", 200, slice(None)),  # several
        ("lines=0-3", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
    ],
)
def test_a_video_is_handed_out_in_parts(done, as_alice, asked, status, part):
    whole = path_of(done.clip.annotated).read_bytes()
    response = as_alice.get(reverse("clip-video", args=[done.pk]), **({"HTTP_RANGE": asked} if asked else {}))
    body = b"".join(response)
    expected = whole[part]
    if status == 206 and expected == whole:
        status = 200  # all of it is no part
    assert response.status_code == status
    assert body == expected
    assert response["Accept-Ranges"] == "bytes"
    assert int(response["Content-Length"]) == len(body)
    assert response["Content-Type"] == "video/mp4"
    if status == 206:
        start = len(whole) + part.start if part.start < 0 else part.start
        assert response["Content-Range"] == f"bytes {start}-{start + len(body) - 1}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0"])
def test_a_part_beyond_the_end_is_refused(done, as_alice, asked):
    response = as_alice.get(reverse("clip-video", args=[done.pk]), HTTP_RANGE=asked)
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{media.size(done.clip.annotated)}"


def test_nginx_is_told_which_file_to_send(done, as_alice, settings):
    settings.ACCEL_REDIRECT = "/_media/"
    response = as_alice.get(reverse("clip-video", args=[done.pk]))
    assert response["X-Accel-Redirect"] == f"/_media/{done.clip.annotated}"
    assert response["Content-Type"] == "video/mp4"


def test_a_file_that_is_gone_is_not_found(done, as_alice):
    for column in ClipResult.FILES:
        media.remove([getattr(done.clip, column)])
    for name in ("video", "plain", "keypoints", "openpose", "csv", "coco"):
        assert as_alice.get(reverse(f"clip-{name}", args=[done.pk])).status_code == 404


# ── Downloads ───────────────────────────────────────────────────────────────────────────────────────


def test_openpose_json_for_every_frame(done, as_alice):
    response = as_alice.get(reverse("clip-openpose", args=[done.pk]))
    assert 'filename="walk-openpose.zip"' in response["Content-Disposition"]
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    assert archive.namelist() == [f"walk_{index:012}_keypoints.json" for index in range(FRAMES)]
    document = json.loads(archive.read(archive.namelist()[2]))
    assert document["version"] == 1.3
    assert sorted(person["person_id"] for person in document["people"]) == [[1], [2]]


def test_a_table_with_times_and_ids(done, as_alice):
    lines = as_alice.get(reverse("clip-csv", args=[done.pk])).content.decode().splitlines()
    assert lines[0] == "frame,time_s,person,person_score,keypoint,x,y,score"
    assert len(lines) == 1 + FRAMES * 2 * 17
    assert {line.split(",")[2] for line in lines[1:]} == {"1", "2"}


def test_coco_with_ids(done, as_alice):
    document = as_alice.get(reverse("clip-coco", args=[done.pk])).json()
    assert len(document["images"]) == FRAMES
    assert sorted({row["track_id"] for row in document["annotations"]}) == [1, 2]


def test_the_selections_zip_has_the_annotated_clip(done, alice, as_alice):
    submit(alice)
    response = as_alice.post(reverse("selection"), {"photo": [str(done.upload.pk)], "wish": "download"})
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response)))
    assert archive.read("annotated/walk.mp4") == path_of(done.clip.annotated).read_bytes()


# ── Run again, shared, gone ─────────────────────────────────────────────────────────────────────────


def test_run_again_with_every_second_frame(done, as_alice):
    as_alice.post(reverse("run-again", args=[done.pk]), {"every": "2"})
    fresh = Job.objects.latest("created_at")
    assert (fresh.kind, fresh.options["every"]) == ("clip", 2)
    assert as_alice.get(reverse("job", args=[done.pk])).status_code == 200  # with both runs


@pytest.mark.parametrize("every", ["0", "61", "-1", "x", "9999"])
def test_a_strange_number_of_frames_is_refused(done, as_alice, every):
    response = as_alice.post(reverse("api-again", args=[done.pk]), {"every": every})
    assert response.status_code in {400, 409, 422}
    assert Job.objects.filter(kind=Job.Kind.CLIP).count() == 1


def test_a_shared_clip_plays_for_who_has_the_link_and_for_nobody_after(done):
    services.share(done.upload)
    done.upload.refresh_from_db()
    visitor, key = Client(), done.upload.share_key
    page = visitor.get(reverse("shared", args=[key])).content.decode()
    for name in ("video", "plain", "keypoints", "image"):
        address = reverse(f"shared-{name}", args=[key])
        assert address in page
        response = visitor.get(address)
        assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
        assert b"".join(response)
    assert reverse("original", args=[done.upload.pk]) not in page
    services.stop_sharing(done.upload)
    assert visitor.get(reverse("shared-plain", args=[key])).status_code == 404


def test_nothing_of_the_metadata_is_in_what_others_see(alice, tmp_path, as_alice):
    made = clip_file(tmp_path, name="gps.mov").read()
    path = tmp_path / "made.mp4"
    with av.open(io.BytesIO(made)) as source, av.open(str(path), "w", format="mov") as target:
        target.metadata["com.apple.quicktime.location.ISO6709"] = "+47.0707+015.4395/"
        target.metadata["location"] = "+47.0707+015.4395/"
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    secret = path.read_bytes()
    assert b"+47.0707" in secret
    done = finish_clip(services.submit(alice, SimpleUploadedFile("gps.mov", secret)).job)
    for name in ("clip-video", "clip-plain"):
        assert b"+47.07" not in b"".join(as_alice.get(reverse(name, args=[done.pk])))


@pytest.mark.django_db(transaction=True)
def test_delete_takes_rows_and_files_of_a_clip_also_in_mid_work(done, alice, as_alice, tmp_path):
    other = submit_clip(alice, tmp_path, frames=4)
    estimator = type("E", (), {"network": type("N", (), {"name": "poseweb"})})
    attempt = clip_results.Attempt(Job.objects.claim(other.pk), other, estimator, None, None, 0.0)
    assert clip_results.keep_chunk(attempt, 0, found_in(other))
    for job in (done, other):
        as_alice.post(reverse("delete", args=[job.upload.pk]))
    assert not Upload.objects.exists()
    assert not ClipChunk.objects.exists()
    assert [file for file in path_of("").rglob("*") if file.is_file()] == []


def test_the_poster_and_both_videos_have_the_clips_frames(done):
    for column in ("annotated", "plain"):
        frames = list(read_frames(path_of(getattr(done.clip, column))))
        assert [round(frame.time_s, 3) for frame in frames] == [0, 0.04, 0.08, 0.12, 0.16, 0.2]
        assert frames[0].image.shape == (96, 160, 3)


def test_a_photo_has_no_video(alice, as_alice):
    job = submit(alice)
    assert as_alice.get(reverse("clip-video", args=[job.pk])).status_code == 404
