"""Confidence maps and PAFs on demand: asked for on the page of a photo, drawn once, kept for a while."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from poseweb import services, tasks
from poseweb.models import Job
from tests.files import path_of
from tests.web.conftest import draw, finish, photo, submit

HTMX = {"HX-Request": "true"}


@pytest.fixture
def job(alice):
    return finish(submit(alice))


def ask(client, job, view="confidence:r_elbow", stage="1", headers=None, **more):
    return client.post(reverse("draw-map", args=[job.pk]), {"view": view, "stage": stage, **more}, headers=headers)


def test_the_page_offers_every_map_and_stage(as_alice, job):
    page = as_alice.get(reverse("job", args=[job.pk])).content.decode()
    assert '<option value="confidence:r_elbow">right elbow</option>' in page
    assert '<option value="paf:r_elbow-r_wrist">right elbow to right wrist</option>' in page
    assert "<option>1</option><option selected>2</option>" in page


def test_a_map_is_asked_for_polled_and_shown(as_alice, job):
    fragment = ask(as_alice, job, headers=HTMX).content.decode()
    drawing = Job.objects.get(kind=Job.Kind.MAP)
    assert drawing.options == {"view": "confidence:r_elbow", "stage": 1, "alone": False, "resolution": "-1x368"}
    assert drawing.network == "poseweb"
    assert f'hx-get="{reverse("map-status", args=[drawing.pk])}"' in fragment
    assert as_alice.get(reverse("map-image", args=[drawing.pk])).status_code == 404
    drawn = draw(job)
    assert drawn == drawing
    fragment = as_alice.get(reverse("map-status", args=[drawing.pk])).content.decode()
    assert "hx-get" not in fragment
    assert reverse("map-image", args=[drawing.pk]) in fragment
    picture = as_alice.get(reverse("map-image", args=[drawing.pk]))
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert b"".join(picture).startswith(b"\xff\xd8")


def test_without_javascript_the_page_of_the_photo_shows_it(as_alice, job):
    response = ask(as_alice, job, view="paf", stage="2", alone="on", follow=True)
    drawing = Job.objects.get(kind=Job.Kind.MAP)
    assert response.headers["Location"] == f"{reverse('job', args=[job.pk])}?map={drawing.pk}#maps"
    page = as_alice.get(response.headers["Location"]).content.decode()
    assert '<option value="paf" selected>' in page
    assert as_alice.get(f"{reverse('job', args=[job.pk])}?map=nonsense").status_code == 404


def test_the_same_map_is_drawn_once(job):
    first = draw(job)
    assert services.draw_map(job, "confidence:r_elbow", 1, alone=False) == first
    assert services.draw_map(job, "confidence:r_elbow", 2, alone=False) != first
    assert services.draw_map(job, "confidence:r_elbow", 1, alone=True) != first


@pytest.mark.parametrize("senseless", [{"view": "confidence:tail"}, {"stage": "3"}, {"stage": "x"}, {"view": ""}])
def test_there_is_no_such_map(as_alice, job, senseless):
    assert ask(as_alice, job, **senseless).status_code == 400
    assert not Job.objects.filter(kind=Job.Kind.MAP).exists()


def test_maps_are_no_photos(as_alice, job):
    """Neither the gallery, nor the runs of a photo, nor the API take a drawing for a job of its own."""
    drawn = draw(job)
    assert str(drawn.pk) not in as_alice.get(reverse("gallery")).content.decode()
    assert as_alice.get(reverse("job", args=[drawn.pk])).status_code == 404
    assert as_alice.get(reverse("api-job", args=[drawn.pk])).status_code == 404
    assert services.submit(job.upload.owner, photo()).job == job


def test_a_map_goes_with_its_photo_and_after_a_week(job, django_capture_on_commit_callbacks):
    drawn = draw(job)
    file = path_of(drawn.map_picture.picture)
    assert file.exists()
    Job.objects.filter(pk=drawn.pk).update(finished_at=timezone.now() - timedelta(days=8))
    tasks._forget_maps()
    assert not Job.objects.filter(pk=drawn.pk).exists()
    assert Job.objects.filter(pk=job.pk).exists()
    again = path_of(draw(job).map_picture.picture)
    assert again.exists()
    with django_capture_on_commit_callbacks(execute=True):
        services.delete(job.upload)
    assert not again.exists()
