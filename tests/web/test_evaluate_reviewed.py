"""How right each network was, by the photos that people have reviewed."""

import io
import json
import zipfile

import pytest
from django.core.management import CommandError, call_command

from poseweb import services
from poseweb.review import corrections, reviews
from poseweb.review.corrections import Correction
from tests.web.conftest import finish, submit


def evaluated(**options):
    out = io.StringIO()
    call_command("evaluate_reviewed", resamples=5, stdout=out, **options)
    lines = out.getvalue().splitlines()
    assert len(lines) == 1
    return json.loads(lines[0])


def accept(job, by, *said):
    reviews.save(job.result, by, job.result.revision, said, accept=True)


def shifted(result, by):
    """The first person, elsewhere."""
    said = corrections.visibilities(result.poses.get(index=0).keypoints)
    return Correction(0, [[x + by, y, v] if v else [x, y, v] for x, y, v in said])


def test_a_network_that_needed_no_correction_is_right(alice):
    for seed in range(3):
        accept(finish(submit(alice, seed=seed), people=2), alice)
    found = evaluated()
    assert (found["photos"], found["people"]) == (3, 6)
    assert found["networks"]["poseweb"] == {
        "ap": 1.0, "ap50": 1.0, "ar": 1.0, "ap_low": 1.0, "ap_high": 1.0, "photos": 3, "corrected": 3,
    }  # fmt: skip


def test_every_network_is_judged_by_what_it_had_said(alice):
    jobs = [finish(submit(alice, seed=seed), people=2) for seed in range(2)]
    other = finish(services.run_again(jobs[0]), people=1, network="other")  # sees one of the two
    for job in jobs:
        accept(job, alice, shifted(job.result, 40))
    found = evaluated()["networks"]
    assert set(found) == {"poseweb", "other"}
    assert 0 < found["poseweb"]["ap"] < 1  # half of its people were put elsewhere
    assert (found["other"]["photos"], found["other"]["corrected"]) == (1, 0)
    assert other.result.reviewed_at is None


def test_what_nobody_vouches_for_is_no_truth(alice):
    accept(finish(submit(alice, seed=1)), alice)
    moved = finish(submit(alice, seed=2))
    reviews.save(moved.result, alice, 0, [shifted(moved.result, 30)])
    assert evaluated()["photos"] == 1


def test_nothing_reviewed_is_said(alice):
    finish(submit(alice))
    with pytest.raises(CommandError, match="Review"):
        call_command("evaluate_reviewed")


def test_the_set_can_be_kept(alice, tmp_path):
    accept(finish(submit(alice, "team.jpg")), alice)
    evaluated(save=tmp_path / "reviewed.zip")
    assert "images/team.jpg" in zipfile.ZipFile(tmp_path / "reviewed.zip").namelist()
