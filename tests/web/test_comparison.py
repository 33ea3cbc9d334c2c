"""Two runs of one photo beside each other: the numbers of both, and their difference."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from poseweb import services
from tests.web.conftest import fail, finish, submit


@pytest.fixture
def runs(alice, networks):
    """The same photo by two networks: one person, three people."""
    job = finish(submit(alice, "team.jpg"), people=1)
    return job, finish(services.run_again(job), people=3, network="better")


def get(client, job, other):
    return client.get(reverse("compare", args=[job.pk]), {"with": str(getattr(other, "pk", other))})


def test_both_pictures_and_their_numbers(as_alice, runs):
    left, right = runs
    page = get(as_alice, left, right).content.decode()
    for run in runs:
        assert f'src="{reverse("photo", args=[run.pk])}?attempt=1"' in page
        assert f'srcset="{reverse("image", args=[run.pk])}?attempt=1"' in page
    people = '<th scope="row">People</th><td>1</td><td>3</td><td>+2</td>'
    keypoints = '<th scope="row">Keypoints</th><td>17</td><td>51</td><td>+34</td>'
    assert people in page
    assert keypoints in page
    assert '<th scope="row">Mean score</th><td>0.75</td><td>0.75</td><td>same</td>' in page
    assert '<th scope="row">of that, network</th><td>80 ms</td><td>80 ms</td><td>same</td>' in page
    assert "The built-in one" in page
    assert "The better one" in page


def test_the_other_way_round_the_signs_turn(as_alice, runs):
    assert "<td>3</td><td>1</td><td>−2</td>" in get(as_alice, *reversed(runs)).content.decode()


def test_nobody_found_has_no_mean(as_alice, alice, networks):
    job = finish(submit(alice), people=0)
    other = finish(services.run_again(job), people=1)
    page = get(as_alice, job, other).content.decode()
    assert '<th scope="row">Mean score</th><td>–</td><td>0.75</td><td>–</td>' in page


def test_the_runs_of_a_photo_lead_there(as_alice, runs):
    left, right = runs
    page = as_alice.get(reverse("job", args=[left.pk])).content.decode()
    assert f'{reverse("compare", args=[left.pk])}?with={right.pk}"' in page


def test_only_finished_runs_of_the_same_photo(as_alice, alice, runs):
    left, right = runs
    another = finish(submit(alice, seed=5))
    failed = fail(services.run_again(left))
    for other in (left, another, failed, uuid.uuid4(), "no-id", ""):
        assert get(as_alice, left, other).status_code == 404
    assert get(as_alice, failed, right).status_code == 404
    assert str(failed.pk) not in get(as_alice, left, right).content.decode()


def test_who_may_not_see_the_photo_sees_no_comparison(as_charlie, client, runs):
    assert get(as_charlie, *runs).status_code == 404
    assert get(client, *runs).status_code == 302
    services.set_public(runs[0].upload, public=True)
    assert get(as_charlie, *runs).status_code == get(Client(), *runs).status_code == 200


def test_the_number_of_queries_does_not_grow(as_alice, runs, django_assert_max_num_queries):
    for _ in range(6):
        finish(services.run_again(runs[0]), people=4)
    with django_assert_max_num_queries(8):
        get(as_alice, *runs)
