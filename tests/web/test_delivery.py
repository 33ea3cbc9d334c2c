"""Keypoints as other programs read them."""

import json

import pytest
from django.http import Http404

from estimator import from_coco, from_csv
from poseweb.downloads import delivery
from poseweb.results import frame_of
from tests.web.conftest import finish, submit


def read(response):
    return response.content.decode()


READERS = {"coco": lambda text: from_coco(json.loads(text)), "csv": from_csv}


@pytest.mark.parametrize("kind", READERS)
def test_what_is_handed_out_reads_back_as_what_was_found(alice, kind):
    job = finish(submit(alice, "cat.jpg"), people=2)
    response = getattr(delivery, kind)(job)
    found = READERS[kind](read(response))
    assert list(found) == ["cat.jpg"]
    assert len(found["cat.jpg"].poses) == 2
    for pose, truth in zip(found["cat.jpg"].poses, frame_of(job.result).poses, strict=True):
        assert pose.keypoints == pytest.approx(truth.keypoints, abs=1e-3)
    assert response.headers["Content-Disposition"].startswith('attachment; filename="cat-')
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("kind", READERS)
def test_a_job_without_a_result_has_none(alice, kind):
    with pytest.raises(Http404):
        getattr(delivery, kind)(submit(alice))


def test_a_name_is_no_formula_in_a_spreadsheet(alice):
    job = finish(submit(alice, "=1+2.jpg"))
    assert read(delivery.csv(job)).splitlines()[1].startswith("'=1+2.jpg,")
