"""What the overlay is given to draw: numbers as they are stored, the skeleton by its names."""

import json
import re

from django.test import Client
from django.urls import reverse

from estimator import COCO_18, RENDER_THRESHOLD, PoseFrame
from poseweb import services
from poseweb.pages import viewer
from tests.web.conftest import finish, person, submit


def drawn(client, address):
    """The poses in a page."""
    page = client.get(address).content.decode()
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', page)[1])


def test_the_page_carries_what_is_stored(as_alice, alice):
    job = finish(submit(alice), people=2)
    poses = drawn(as_alice, reverse("job", args=[job.pk]))
    rows = list(job.result.poses.values_list("score", "keypoints"))
    assert [(each["score"], each["keypoints"]) for each in poses["people"]] == rows
    assert (poses["width"], poses["height"], poses["threshold"]) == (160, 120, RENDER_THRESHOLD)


def test_who_has_the_link_gets_the_same_overlay(alice, as_alice):
    job = finish(submit(alice), people=2)
    services.share(job.upload)
    job.upload.refresh_from_db()
    link = reverse("shared", args=[job.upload.share_key])
    assert drawn(Client(), link) == drawn(as_alice, reverse("job", args=[job.pk]))
    page = Client().get(link).content.decode()
    assert f'src="{link}/photo?attempt=1"' in page
    assert "/jobs/" not in page


def test_the_skeleton_is_named_and_coloured_as_in_the_annotated_picture():
    poses = viewer.drawable(PoseFrame(COCO_18, 160, 120, (person(),)))
    colour = "#{:02x}{:02x}{:02x}".format(*COCO_18.colours[3])
    assert poses["keypoints"][3] == {"name": "right elbow", "title": "right elbow", "colour": colour}
    assert len(poses["limbs"]) == 17, "shoulder to ear is no bone"
    assert poses["people"][0]["keypoints"][-1] == [0, 0, 0]


def test_fifty_people_are_no_heavy_page(as_alice, alice):
    job = finish(submit(alice), people=50)
    services.share(job.upload)
    job.upload.refresh_from_db()
    for address in (reverse("job", args=[job.pk]), reverse("shared", args=[job.upload.share_key])):
        response = as_alice.get(address, headers={"Accept-Encoding": "gzip"})
        assert response.headers["Content-Encoding"] == "gzip"
        assert len(response.content) < 20_000  # of 100,000 that page, styles and scripts may weigh
