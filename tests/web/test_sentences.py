"""What rows keep in English, and what the estimator names: marked for translation, and shown translated."""

import ast
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils.translation import override, trans_real

from estimator import SKELETONS, limb_names
from estimator.gait.ranges import TYPICAL
from estimator.gait.values import KINDS
from poseweb import sentences, tasks
from poseweb.gait import page as gait_page
from poseweb.pages import keypoint_names
from tests.web.conftest import fail, submit

ESTIMATOR = Path(keypoint_names.__file__).parents[2] / "estimator"


def said(*files):
    """Whole sentences without a number that these files of the estimator say, docstrings left out."""
    found = set()
    for file in files:
        tree = ast.parse((ESTIMATOR / file).read_text(encoding="utf-8"))
        parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            whole = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts | alone
            if whole and " " in node.value and node.value[0].isupper():
                found.add(node.value)
    return found


def test_every_keypoint_of_every_skeleton_has_its_name_marked():
    spelled = {keypoint_names.spelled(name) for skeleton in SKELETONS.values() for name in skeleton.keypoints}
    assert spelled == set(keypoint_names.SPELLED)
    assert len(keypoint_names.SPELLED) == len(spelled)


def test_limbs_are_named_by_their_ends():
    names = limb_names(SKELETONS["COCO-18"])
    assert keypoint_names.limb_title(names[0]) == "neck to right shoulder"
    assert [keypoint_names.side_of(name) for name in ("r_big_toe", "l_ear", "mid_hip")] == ["right", "left", ""]


def test_every_value_of_a_gait_report_has_its_title_marked():
    assert {kind.title for kind in KINDS} == set(sentences.VALUES)
    assert {typical.group for typical in TYPICAL} == set(gait_page.GROUPS)


def test_what_the_estimator_says_of_a_clip_is_marked():
    titles = {kind.title for kind in KINDS}
    assert said("gait/report.py", "gait/values.py") - titles == set(sentences.GAIT)
    assert {f"Needs a clip from {view}." for view in ("the side", "behind")} == set(sentences.VIEWS)
    assert said("images.py", "video.py") - set(sentences.FAULTS) == {
        "MP4, MOV, WebM, MKV or AVI"
    }  # goes into a sentence


def test_nothing_is_said_of_nothing():
    assert sentences.told("") == ""


@pytest.mark.django_db
def test_a_stored_sentence_is_translated_where_it_is_shown(alice, as_alice, monkeypatch):
    job = fail(submit(alice), sentence=tasks.INTERNAL)
    with override("en-gb"):
        catalogue = trans_real.catalog()  # of the language that the requests below are answered in
    said_so = catalogue.gettext
    monkeypatch.setattr(catalogue, "gettext", lambda text: "It broke." if text == tasks.INTERNAL else said_so(text))
    assert "It broke." in as_alice.get(reverse("job", args=[job.pk])).content.decode()
    assert as_alice.get(reverse("api-job", args=[job.pk])).json()["error"] == "It broke."
    job.refresh_from_db()
    assert job.error == tasks.INTERNAL
