"""The checksum that `manage.py copy_database` trusts. The copy itself: tests/production/test_copy_database.py."""

import pytest

from poseweb.management.commands.copy_database import _sum
from poseweb.models import PersonPose, Upload
from tests.web.conftest import finish, submit

pytestmark = pytest.mark.django_db


def total(model):
    return _sum(model, "default")


def test_any_change_is_seen(alice):
    pose = finish(submit(alice)).result.poses.get()
    count, before = total(PersonPose)
    assert count == 1
    pose.keypoints[3][1] += 0.001
    pose.save()
    assert total(PersonPose) != (count, before)


def test_two_rows_that_change_places_are_seen(alice):
    one, two = submit(alice, seed=1).upload, submit(alice, seed=2).upload
    before = total(Upload)
    for upload, name in ((one, "two.jpg"), (two, "one.jpg")):
        Upload.objects.filter(pk=upload.pk).update(name=name)
    assert total(Upload) != before


def test_a_negative_zero_is_no_change(alice):
    pose = finish(submit(alice)).result.poses.get()
    before = total(PersonPose)
    pose.keypoints[-1][0] = -0.0
    pose.save()
    assert total(PersonPose) == before
