"""A clip in a real browser: from the upload over its progress to a player that scrubs, steps and slows down."""

import json
import os
import urllib.request
from pathlib import Path

import av
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from estimator import read_frames
from estimator.video import write_video
from tests.browser.test_accessibility import RULES

FRAMES = 24
PATIENCE_MS = 120_000  # a frame takes half a second where others use the processors, too


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """Less than a second of a woman who walks, and of a man on a roof."""
    folder = os.environ.get("POSEWEB_TEST_DATA")
    if not folder:
        pytest.skip("POSEWEB_TEST_DATA is not set: no clip of people at hand")
    path = tmp_path_factory.mktemp("clip") / "walk.mp4"
    source = Path(folder) / "media" / "walk-side.mp4"
    write_video(path, read_frames(source, start=60, stop=60 + FRAMES), fps=30)
    return path


@pytest.fixture(scope="module")
def clip(site, walk):
    """The job of that clip, finished."""
    return site.finished(site.submit("walk.mp4", walk.read_bytes()))


def frames_told(page):
    return int(page.locator(".player .readout").text_content().split("frame ")[1].split(" of")[0])


def step(page, key, frame):
    page.locator(".stage").press(key)
    expect(page.locator(".player .readout")).to_contain_text(f"frame {frame} of {FRAMES}")


def drawn(page):
    """Where the overlay's circles are."""
    return page.eval_on_selector_all(
        ".overlay circle:not([display])", "marks => marks.map(mark => mark.getAttribute('cx'))"
    )


def test_a_clip_is_sent_followed_and_played(site, walk, browse):
    page = browse()
    page.goto("/")
    page.get_by_label("Photos and clips").set_input_files(str(walk))
    page.locator(".row .name a").click()
    expect(page.locator("#job strong")).to_contain_text(f"of {FRAMES}", timeout=PATIENCE_MS)  # frame by frame
    expect(page.locator("clip-player")).to_be_visible(timeout=PATIENCE_MS)  # without a reload
    expect(page.locator(".player")).to_be_visible()
    job = site.job(page.url.rsplit("/", 1)[1])
    assert (job["status"], job["kind"]) == ("succeeded", "clip")
    assert job["people"] == 2
    page.goto("/photos")
    expect(page.locator(".tile .length").first).to_contain_text("0:01")


def test_the_player_steps_scrubs_and_slows_down(clip, browse):
    page = browse()
    page.goto(f"/jobs/{clip}")
    expect(page.locator(".player .readout")).to_contain_text(f"frame 1 of {FRAMES}")
    assert "plain.mp4" in page.eval_on_selector("video", "video => video.currentSrc")
    first = drawn(page)
    assert len(first) > 10
    for frame in (2, 3, 4):
        step(page, ".", frame)
    step(page, ",", 3)
    assert drawn(page) != first
    page.get_by_label("Frame", exact=True).fill("20")
    expect(page.locator(".player .readout")).to_contain_text(f"frame 21 of {FRAMES}")
    assert page.eval_on_selector("video", "video => video.currentTime") == pytest.approx(20.5 / 30, abs=0.02)
    page.get_by_label("Speed").select_option("0.125")
    page.get_by_label("Frame", exact=True).fill("0")
    expect(page.locator(".player .readout")).to_contain_text(f"frame 1 of {FRAMES}")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    assert page.eval_on_selector("video", "video => video.playbackRate") == 0.125
    expect(page.locator(".player .readout")).not_to_contain_text("frame 1 of")  # all of it takes six seconds
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    assert 1 < frames_told(page) < FRAMES


def test_what_is_drawn_is_chosen_and_remembered(clip, browse):
    page = browse()
    page.goto(f"/jobs/{clip}")
    expect(page.locator(".player .readout")).to_contain_text(f"frame 1 of {FRAMES}")
    page.get_by_label("Frame", exact=True).fill("15")
    expect(page.locator(".overlay text.id")).to_have_count(2)
    page.get_by_label("Person 1").uncheck()
    expect(page.locator(".overlay text.id")).to_have_count(1)
    page.get_by_label("Skeleton").uncheck()
    expect(page.locator(".overlay.without-skeleton")).to_have_count(1)
    for frame in range(17, 20):
        step(page, ".", frame)
    smoothed = drawn(page)
    page.get_by_label("Keypoints").select_option("raw")
    expect(page.locator(".overlay circle").first).to_be_attached()
    assert drawn(page) != smoothed
    page.reload()
    expect(page.locator(".overlay.without-skeleton")).to_have_count(1)
    expect(page.get_by_label("Keypoints")).to_have_value("raw")
    expect(page.get_by_label("Person 1")).to_be_checked()  # who is in it is another matter in every clip


def test_without_javascript_the_annotated_clip_plays(clip, browse):
    page = browse(scripts=False)
    page.goto(f"/jobs/{clip}")
    expect(page.locator("video[controls][src*='video.mp4']")).to_be_visible()
    expect(page.locator(".player")).to_be_hidden()


def test_the_annotated_clip_is_one_that_browsers_begin_to_play_at_once(site, clip, tmp_path):
    with urllib.request.urlopen(f"{site.address}/jobs/{clip}/video.mp4") as answer:
        data = answer.read()
    path = tmp_path / "pose.mp4"
    path.write_bytes(data)
    assert data.index(b"moov") < data.index(b"mdat")  # faststart
    with av.open(str(path)) as video:
        stream = video.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
    assert len(list(read_frames(path))) == FRAMES
    with urllib.request.urlopen(f"{site.address}/jobs/{clip}/keypoints.json") as answer:
        assert len(json.load(answer)["times"]) == FRAMES


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("dark", [False, True])
def test_the_page_is_for_everybody(clip, browse, width, dark):
    page = browse(width=width, dark=dark)
    page.goto(f"/jobs/{clip}")
    expect(page.locator(".player .readout")).to_contain_text(f"of {FRAMES}")
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
