"""Readers and loaders under random input: their own errors, and no others."""

import contextlib
import json
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from estimator import COCO_18, FormatError, ImageError, from_coco, from_csv, from_openpose, read_image
from poseweb.selectors import Cursor
from poseweb.validators import NAME_LENGTH, clean_name
from tests.web.conftest import alice, as_alice, folders, quick_passwords  # noqa: F401  fixtures

BOUNDED = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=12), inner, max_size=5),
    max_leaves=20,
)
STARTS = [b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"GIF89a", b"BM", b"II*\0\x08\0\0\0", b"MM\0*",
          b"RIFF\x40\0\0\0WEBPVP8 "]  # fmt: skip


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@BOUNDED
@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=400))
def test_bytes_are_a_picture_or_an_image_error(start, rest):
    with contextlib.suppress(ImageError):
        assert read_image(start + rest).ndim == 3


@BOUNDED
@given(content=JSON)
@example(content={"people": [{"pose_keypoints_2d": [float("nan")] * 54}]})
@example(content={"people": [{"pose_keypoints_2d": [1e308] * 54}]})
@example(content={"people": {}})
@example(content={"people": [{"pose_keypoints_2d": "x" * 54}]})
def test_openpose_json_is_read_or_a_format_error(content):
    with contextlib.suppress(FormatError):
        from_openpose(content, COCO_18, 640, 480)


@BOUNDED
@given(content=JSON, text=st.text(max_size=300))
@example(content={"images": [{}], "annotations": [{"keypoints": None}], "categories": []}, text="file,person\n,,")
@example(content={"images": 7, "annotations": {}, "categories": [[]]}, text='"')
def test_coco_and_csv_are_read_or_a_format_error(content, text):
    with contextlib.suppress(FormatError):
        from_coco(content)
    with contextlib.suppress(FormatError):
        from_csv(text)


@BOUNDED
@given(text=st.text(max_size=80))
@example(text="20260101T000000.000000_" + "0" * 32)
@example(text="99991231T235959.999999_" + "f" * 32)
def test_a_place_in_the_gallery_is_one_or_a_value_error(text):
    try:
        place = Cursor.parse(text)
    except ValueError:
        return
    assert Cursor.parse(str(place)) == place


@BOUNDED
@given(name=st.text(max_size=400))
def test_a_cleaned_name_is_short_visible_and_stays_as_it_is(name):
    cleaned = clean_name(name)
    assert 0 < len(cleaned) <= NAME_LENGTH
    assert cleaned.isprintable()
    assert "/" not in cleaned
    assert clean_name(cleaned) == cleaned


@settings(BOUNDED, max_examples=60)
@given(
    root=st.sampled_from(["/", "/api/v1/", "/api/v1/jobs/", "/jobs/", "/s/", "/photos/"]),
    path=st.text(max_size=60),
    listed=st.sampled_from([("gallery", "before"), ("public", "through"), ("cards", "watch")]),
    values=st.lists(st.text(max_size=30), max_size=3),
)
def test_no_address_breaks_a_page(as_alice, root, path, listed, values):  # noqa: F811
    assert as_alice.get(root + quote(path)).status_code < 500
    assert as_alice.get(reverse(listed[0]), {listed[1]: [*values, path]}).status_code < 500


@settings(BOUNDED, max_examples=60)
@given(network=st.text(max_size=200), name=st.text(max_size=300), content=st.binary(max_size=50), other=JSON)
def test_no_form_breaks_the_api(as_alice, network, name, content, other):  # noqa: F811
    file = SimpleUploadedFile("x", content)
    file._name = name or "x"
    answers = [
        as_alice.post("/api/v1/jobs", {"network": network, "file": file}),
        as_alice.post("/api/v1/jobs", json.dumps(other), content_type="application/json"),
    ]
    assert all(400 <= answer.status_code < 500 and answer.json()["error_code"] for answer in answers)
