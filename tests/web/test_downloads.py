"""Files made on request: drawings with a threshold of one's own, COCO, CSV."""

import io

import numpy as np
import pytest
from django.urls import reverse
from PIL import Image

from poseweb import media, services
from tests.files import path_of
from tests.web.conftest import SIZE, finish, submit

PICTURES = {"pose.jpg": "JPEG", "pose.png": "PNG", "skeleton.png": "PNG"}
NOSE = (20, 10)  # where the test's first person has it, with a score of 0.75


@pytest.fixture
def job(alice):
    return finish(submit(alice, "cat.jpg"))


def get(client, job, name, **query):
    return client.get(reverse("download", args=[job.pk, name]), query)


def drawn(client, job, name, **query):
    return Image.open(io.BytesIO(get(client, job, name, **query).content))


@pytest.mark.parametrize("name", PICTURES)
def test_a_drawing_is_a_download_of_the_photos_size(as_alice, job, name):
    response = get(as_alice, job, name)
    assert response.headers["Content-Disposition"] == f'attachment; filename="cat-{name}"'
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    picture = Image.open(io.BytesIO(response.content))
    assert (picture.format, picture.size) == (PICTURES[name], SIZE)
    assert not picture.getexif()


def test_the_skeletons_alone_are_clear_but_for_the_skeletons(as_alice, job):
    layer = np.asarray(drawn(as_alice, job, "skeleton.png"))
    assert layer.shape == (SIZE[1], SIZE[0], 4)
    assert layer[NOSE[1], NOSE[0], 3] > 150
    assert layer[100, 150].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("name", PICTURES)
def test_the_threshold_leaves_out_what_is_less_sure(as_alice, job, name):
    usual, strict = (np.asarray(drawn(as_alice, job, name, threshold=least)) for least in ("0.7", "0.8"))
    nose = NOSE[1], NOSE[0]
    assert usual[nose].tolist() != strict[nose].tolist()
    assert np.asarray(drawn(as_alice, job, name))[nose].tolist() == usual[nose].tolist()


@pytest.mark.parametrize("threshold", ["x", "-0.1", "1.1", "nan", "inf"])
def test_a_threshold_is_from_0_to_1(as_alice, job, threshold):
    assert get(as_alice, job, "pose.png", threshold=threshold).status_code == 400


@pytest.mark.parametrize("name", ["pose.gif", "annotated", "..", "pose.jpg.exe"])
def test_no_other_file(as_alice, job, name):
    assert get(as_alice, job, name).status_code == 404


@pytest.mark.parametrize("name", ["coco.json", "poses.csv"])
def test_the_keypoints_for_other_programs(as_alice, job, name):
    response = get(as_alice, job, name)
    assert response.headers["Content-Disposition"] == f'attachment; filename="cat-{name}"'
    assert "cat.jpg" in response.content.decode()


def test_a_photo_larger_than_is_kept_is_drawn_in_the_size_that_is_kept(as_alice, job):
    with media.open(job.result.photo) as file:
        small = Image.open(file).resize((SIZE[0] // 2, SIZE[1] // 2))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG")
    media.write(job.result.photo, buffer.getvalue())
    layer = np.asarray(drawn(as_alice, job, "skeleton.png"))
    assert layer.shape[:2] == (SIZE[1] // 2, SIZE[0] // 2)
    assert layer[NOSE[1] // 2, NOSE[0] // 2, 3] > 150


def test_a_lost_photo_is_logged_and_404(as_alice, job, caplog):
    path_of(job.result.photo).unlink()
    assert get(as_alice, job, "pose.png").status_code == 404
    assert job.result.photo in caplog.text


def test_the_page_links_to_all_of_them(as_alice, client, job):
    services.share(job.upload)
    job.upload.refresh_from_db()
    pages = {"download": (as_alice, "job", job.pk), "shared-download": (client, "shared", job.upload.share_key)}
    for route, (visitor, page, key) in pages.items():
        content = visitor.get(reverse(page, args=[key])).content.decode()
        for name in ("pose.jpg", "pose.png", "skeleton.png", "coco.json", "poses.csv"):
            assert reverse(route, args=[key, name]) in content
