"""From a clip's upload to its gait report, through real workers; nobody asks for the report, and no sweep helps."""

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile

from estimator import Zoo
from poseweb import services
from poseweb.models import Job, Network
from poseweb.wishes import Wishes
from tests.estimator import clips
from tests.estimator.conftest import model_source, test_data
from tests.flows.conftest import Worker, until, wait_for

__all__ = ["model_source", "test_data"]

S = Job.Status
SELDOM = {"POSEWEB_SWEEP_SECONDS": "60"}


def send(path, wishes):
    owner = User.objects.create_user("clara")
    return services.submit(owner, SimpleUploadedFile(path.name, path.read_bytes()), wishes).job


def report_of(clip, seconds=30):
    """The report that follows, at its end."""
    job = wait_for(lambda: Job.objects.filter(kind=Job.Kind.GAIT, options__clip=str(clip.pk)).first())
    return Job.objects.select_related("gait").get(pk=until(job, S.SUCCEEDED, S.FAILED, seconds=seconds).pk)


def workers(start):
    """One for photos and reports, one for clips."""
    for what in ("photos", "clips"):
        start(Worker, "manage.py", "worker", what, **SELDOM).says("ready.")


def test_a_clip_without_anybody_has_a_report_that_says_so(start, site, tmp_path):
    workers(start)
    clip = send(clips.write(tmp_path / "walk.mp4", [33 * i for i in range(12)]), Wishes())
    assert until(clip, S.SUCCEEDED, S.FAILED).status == S.SUCCEEDED
    report = report_of(clip)
    assert (report.status, report.gait.summary) == (S.SUCCEEDED, "Nobody is seen for long enough.")


def test_the_walk_through_the_workers_says_walking(start, site, test_data, model_source):
    """walk-side.mp4 with the better network: every third frame is enough."""
    network = "human-pose-estimation-0001"
    Zoo(site / "networks", model_source).install(network)
    workers(start)
    wait_for(lambda: Network.objects.filter(pk=network).exists())
    clip = send(test_data / "media" / "walk-side.mp4", Wishes(network=network, every=3))
    assert until(clip, S.SUCCEEDED, S.FAILED, seconds=200).status == S.SUCCEEDED
    report = report_of(clip)
    assert report.gait.activity == "walking"
    assert report.gait.report["view"] == "side"
    assert all(value["both"] is None for value in report.gait.report["values"].values())
