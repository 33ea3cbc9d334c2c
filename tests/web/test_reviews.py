"""Corrections: what they may say, that the network's value stays, and that nobody's are lost."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from poseweb import media, results, services
from poseweb.errors import ReviewRefused
from poseweb.models import Job, PersonPose, Result
from poseweb.review import corrections, reviews
from poseweb.review.corrections import Correction
from tests.files import path_of, pictures_of
from tests.web.conftest import SIZE, finish, submit

WIDTH, HEIGHT = SIZE
NOSE, LEFT_EAR = 0, 17


@pytest.fixture
def result(alice):
    return finish(submit(alice), people=2).result


def as_said(result, index=0):
    """The first person's keypoints, as a correction that changes nothing."""
    return corrections.visibilities(result.poses.get(index=index).keypoints)


def moved(result, index=0, keypoint=NOSE, to=(5.0, 7.5, 2)):
    keypoints = as_said(result, index)
    keypoints[keypoint] = list(to)
    return Correction(index, keypoints)


def save(result, by, *said, **options):
    return reviews.save(result, by, result.revision, said, **options)


def picture(name):
    return np.asarray(Image.open(io.BytesIO(path_of(name).read_bytes())), dtype=int)


def test_a_correction_stands_beside_what_the_network_said(result, alice):
    before = result.poses.get(index=0).keypoints
    save(result, alice, moved(result))
    row = result.poses.get(index=0)
    assert row.keypoints == before
    assert row.corrected[NOSE] == [5.0, 7.5, 2]
    assert row.corrected[1] == [*before[1][:2], 2]
    assert (result.revision, result.corrected_by, result.reviewed_at) == (1, alice, None)
    stands, said = results.frame_of(result).poses[0], results.network_frame_of(result).poses[0]
    assert stands.keypoints[NOSE].tolist() == [5.0, 7.5, 1.0]
    assert stands.keypoints[1].tolist() == said.keypoints[1].tolist() == before[1]
    assert said.keypoints[NOSE].tolist() == before[NOSE]


@pytest.mark.parametrize(("visibility", "score"), [(2, 1.0), (1, 1.0), (0, 0.0)])
def test_visible_hidden_and_missing(result, alice, visibility, score):
    save(result, alice, moved(result, to=(5.0, 7.5, visibility)))
    assert result.poses.get(index=0).corrected[NOSE] == ([5.0, 7.5, visibility] if visibility else [0.0, 0.0, 0])
    assert results.frame_of(result).poses[0].keypoints[NOSE, 2] == score


def test_a_keypoint_that_the_network_missed(result, alice):
    save(result, alice, moved(result, keypoint=LEFT_EAR, to=(50, 20, 1)))
    assert results.frame_of(result).poses[0].keypoints[LEFT_EAR].tolist() == [50, 20, 1]


def test_remove_and_bring_back(result, alice):
    save(result, alice, Correction(0, as_said(result), removed=True))
    assert (result.people, len(results.frame_of(result).poses)) == (1, 1)
    assert len(results.network_frame_of(result).poses) == 2
    save(result, alice, Correction(0, as_said(result)))
    assert (result.people, len(results.frame_of(result).poses)) == (2, 2)
    assert (result.corrected_at, result.corrected_by) == (None, None)  # everything as the network said


def test_back_to_what_the_network_said(result, alice):
    save(result, alice, moved(result))
    save(result, alice, Correction(0))
    assert result.poses.get(index=0).corrected is None
    assert result.corrected_at is None
    assert result.revision == 2


def test_somebody_added_by_hand(result, alice):
    save(result, alice, Correction(None, as_said(result)))
    row = result.poses.get(index=2)
    assert row.added
    assert not np.any(row.keypoints)
    assert result.people == 3
    assert len(results.network_frame_of(result).poses) == 2
    assert results.frame_of(result).poses[2].keypoints[NOSE].tolist() == [20, 10, 1]
    save(result, alice, Correction(2, row.corrected, removed=True))
    assert result.poses.count() == 2
    assert result.corrected_at is None


def test_accepting_and_taking_it_back(result, alice, bob):
    save(result, bob, accept=True)
    assert (result.reviewed_by, result.revision, result.corrected_at) == (bob, 1, None)
    assert result.reviewed_at
    reviews.reopen(result, 1)
    assert (result.reviewed_by, result.reviewed_at, result.revision) == (None, None, 2)


def test_a_correction_after_the_review_takes_it_back(result, alice, bob):
    save(result, bob, moved(result), accept=True)
    assert (result.reviewed_by, result.corrected_by) == (bob, bob)
    save(result, alice, moved(result, to=(9, 9, 2)))
    assert (result.reviewed_by, result.reviewed_at, result.corrected_by) == (None, None, alice)


def test_who_says_nothing_new_changes_nothing(result, alice):
    files = pictures_of(result)
    save(result, alice, moved(result, to=(20, 10, 2)), Correction(1))
    assert (result.revision, result.corrected_at, pictures_of(result)) == (0, None, files)


def test_who_comes_second_is_told_and_overwrites_nothing(result, alice, bob, django_capture_on_commit_callbacks):
    seen_by_bob = Result.objects.get(pk=result.pk)
    with django_capture_on_commit_callbacks(execute=True):
        save(result, alice, moved(result))
    with pytest.raises(ReviewRefused) as refused:
        reviews.save(seen_by_bob, bob, 0, [moved(result, to=(1, 1, 2))])
    assert refused.value.code == "stale"
    result.refresh_from_db()
    assert result.poses.get(index=0).corrected[NOSE] == [5.0, 7.5, 2]
    assert (result.revision, result.corrected_by) == (1, alice)
    assert files_of(result) == pictures_of(result)  # no picture of Bob's is left, and none of before


def test_nobody_accepts_what_they_have_not_seen(result, alice, bob):
    seen_by_bob = Result.objects.get(pk=result.pk)
    save(result, alice, moved(result))
    for act in (lambda: reviews.save(seen_by_bob, bob, 0, [], accept=True), lambda: reviews.reopen(seen_by_bob, 0)):
        with pytest.raises(ReviewRefused, match="Somebody else"):
            act()
    result.refresh_from_db()
    assert result.reviewed_at is None


def files_of(result):
    return {str(file.relative_to(path_of(""))) for file in path_of("results").rglob("*.jpg")}


def test_the_pictures_show_the_people_as_they_stand(result, alice, django_capture_on_commit_callbacks):
    old = pictures_of(result)
    before = picture(result.annotated)
    with django_capture_on_commit_callbacks(execute=True):
        save(result, alice, *(Correction(index, as_said(result, index), removed=True) for index in (0, 1)))
    assert result.edition == "1.1"
    assert result.photo in old  # as it was
    assert files_of(result) == pictures_of(result)
    after = picture(result.annotated)
    assert after.shape == before.shape
    assert np.abs(after - 128).max() < 12  # nobody stands there any more: plain grey
    assert np.abs(before - 128).max() > 60


def test_on_a_photo_that_was_kept_smaller_everyone_is_where_they_are(result, alice):
    Result.objects.filter(pk=result.pk).update(width=2 * WIDTH, height=2 * HEIGHT)
    result.refresh_from_db()
    keypoints = [[0.0, 0.0, 0]] * 18
    keypoints[NOSE] = [2 * 100 + 0.5, 2 * 60 + 0.5, 2]
    save(result, alice, Correction(0, keypoints), Correction(1, removed=True))
    drawn = np.abs(picture(result.annotated) - 128).sum(axis=2)
    y, x = np.unravel_index(drawn.argmax(), drawn.shape)
    assert (abs(x - 100) <= 2, abs(y - 60) <= 2) == (True, True)


def test_without_the_photo_nothing_is_written(result, alice):
    media.remove([result.photo])
    with pytest.raises(ReviewRefused) as refused:
        save(result, alice, moved(result))
    assert refused.value.code == "file_missing"
    assert Result.objects.get(pk=result.pk).revision == 0
    assert result.poses.get(index=0).corrected is None


BAD = {
    "too few": [[1, 1, 2]] * 17,
    "too many": [[1, 1, 2]] * 19,
    "no list": "nose",
    "no number": [["1", 1, 2]] + [[1, 1, 2]] * 17,
    "not finite": [[float("nan"), 1, 2]] + [[1, 1, 2]] * 17,
    "infinite": [[1, float("inf"), 2]] + [[1, 1, 2]] * 17,
    "true": [[True, 1, 2]] + [[1, 1, 2]] * 17,
    "two numbers": [[1, 1]] + [[1, 1, 2]] * 17,
    "another flag": [[1, 1, 3]] + [[1, 1, 2]] * 17,
    "half a flag": [[1, 1, 0.5]] + [[1, 1, 2]] * 17,
    "left of it": [[-0.6, 1, 2]] + [[1, 1, 2]] * 17,
    "right of it": [[WIDTH - 0.4, 1, 2]] + [[1, 1, 2]] * 17,
    "above it": [[1, -1, 1]] + [[1, 1, 2]] * 17,
    "below it": [[1, HEIGHT, 1]] + [[1, 1, 2]] * 17,
    "nothing": [[0, 0, 0]] * 18,
}


@pytest.mark.parametrize("keypoints", BAD.values(), ids=BAD)
@pytest.mark.parametrize("index", [0, None])
def test_what_is_no_keypoint_of_the_photo_is_refused(result, alice, index, keypoints):
    with pytest.raises(ReviewRefused) as refused:
        save(result, alice, moved(result, index=1), Correction(index, keypoints))
    assert refused.value.code in {"bad_correction", "outside", "no_keypoints"}
    assert not PersonPose.objects.exclude(corrected=None).exists()  # not even the good one


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ([Correction(7)], "unknown_person"),
        ([Correction(0), Correction(0)], "bad_correction"),
        ([Correction(None)], "no_keypoints"),
        ([Correction(None, [[1, 1, 2]] * 18) for _ in range(corrections.MOST_PEOPLE)], "too_many_people"),
    ],
)
def test_what_does_not_fit_the_result_is_refused(result, alice, said, code):
    with pytest.raises(ReviewRefused) as refused:
        save(result, alice, *said)
    assert refused.value.code == code
    assert result.poses.count() == 2


def test_the_edges_of_the_photo_are_in_it(result, alice):
    keypoints = as_said(result)
    keypoints[0], keypoints[1] = [-0.5, -0.5, 2], [WIDTH - 0.5, HEIGHT - 0.5, 1]
    save(result, alice, Correction(0, keypoints))
    assert result.poses.get(index=0).corrected[:2] == keypoints[:2]


def test_running_the_photo_again_keeps_what_was_corrected(result, alice):
    save(result, alice, moved(result), accept=True)
    again = finish(services.run_again(result.job), people=1)
    assert again.result.pk != result.pk
    assert (again.result.corrected_at, again.result.reviewed_at) == (None, None)
    result.refresh_from_db()
    assert result.reviewed_by == alice
    assert result.poses.get(index=0).corrected[NOSE] == [5.0, 7.5, 2]
    assert not services.requeue(Job.objects.get(pk=result.job_id))  # what succeeded is not run over


def test_an_account_that_is_gone_leaves_its_reviews(result, bob):
    save(result, bob, moved(result), accept=True)
    services.delete_account(bob)
    result.refresh_from_db()
    assert result.reviewed_at
    assert (result.reviewed_by, result.corrected_by) == (None, None)


@pytest.mark.parametrize(
    "sent",
    [{}, "people", [1], [{"index": "0"}], [{"index": True}], [{"index": 0, "removed": 1}], [{"index": 0, "name": "x"}]],
)
def test_json_that_is_no_list_of_people(sent):
    with pytest.raises(ReviewRefused, match="cannot be read"):
        corrections.read_all(sent)


def test_json_of_people():
    sent = [{"index": 3, "keypoints": None, "removed": True}, {"index": None, "keypoints": [[1, 2, 2]]}]
    one, two = corrections.read_all(sent)
    assert one == Correction(3, None, removed=True)
    assert two == replace(one, index=None, keypoints=[[1, 2, 2]], removed=False)


def test_old_pictures_that_cannot_be_removed_take_no_new_ones_along(
    result, alice, monkeypatch, django_capture_on_commit_callbacks
):
    def fails(_):
        raise OSError("the bucket does not answer")

    monkeypatch.setattr(media, "remove", fails)
    with django_capture_on_commit_callbacks(execute=True):
        save(result, alice, moved(result))
    monkeypatch.undo()
    result.refresh_from_db()
    assert all(media.exists(name) for name in pictures_of(result))


def test_a_number_beyond_all_numbers_is_refused(result, alice):
    with pytest.raises(ReviewRefused) as refused:
        save(result, alice, moved(result, to=(10**400, 1, 2)))
    assert refused.value.code == "bad_correction"
