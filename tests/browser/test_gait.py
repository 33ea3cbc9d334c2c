"""The gait report, the protractor and two clips side by side; what is kept is asked for after a reload."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.test_accessibility import RULES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def staged(site):
    """Ids of clips and reports: a run, another one, and one from behind."""
    wanted = {"run": ("run.mp4", "7000"), "other": ("shoe-b.mp4", "7001"), "rear": ("behind.mp4", "7002", "rear")}
    return {name: stage(site, *arguments) for name, arguments in wanted.items()}


def stage(site, *arguments):
    command = [sys.executable, "-m", "tests.browser.stage_gait", *arguments]
    environment = {**os.environ, **site.settings, "DJANGO_SETTINGS_MODULE": "poseweb.settings"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True, timeout=240)
    return json.loads(done.stdout)


@pytest.fixture
def open_ready(browse):
    """A page whose script has everything at hand."""

    def open_ready(address, **look):
        page = browse(**look)
        page.goto(address)
        expect(page.locator("[data-ready]")).to_be_attached()
        return page

    return open_ready


def shown_s(page):
    return page.evaluate("document.querySelector('video').currentTime")


def test_an_event_leads_into_the_clip(staged, open_ready):
    page = open_ready(f"/gait/{staged['run']['report']}")
    mark = page.locator("#timeline .stance").nth(3)
    seconds = float(mark.get_attribute("data-seconds"))
    mark.click()
    expect(page.locator("clip-player .readout")).to_contain_text(f"{int(seconds * 60) / 60:.2f} s")
    assert shown_s(page) == pytest.approx(seconds, abs=0.02)
    page.get_by_role("button", name="Next contact").click()
    expect(page.locator("#event")).to_contain_text("foot lands at")
    assert shown_s(page) > seconds + 0.2


def test_a_card_lights_up_its_keypoints_in_its_frames(staged, open_ready):
    page = open_ready(f"/gait/{staged['run']['report']}")
    card = page.locator(".gait-card[data-value=knee_at_contact_deg]")
    card.get_by_role("button").click()
    expect(card.get_by_role("button")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".overlay circle.lit")).to_have_count(3)  # hip, knee and ankle of the leg that lands
    page.locator("clip-player").evaluate("player => player.step(12)")
    expect(page.locator(".overlay circle.lit")).to_have_count(0)  # the contact is over
    card.get_by_role("button").click()
    expect(page.locator(".overlay.lit")).to_have_count(0)


def test_who_clicks_on_somebody_chooses_the_runner_and_gets_another_report(site, staged, open_ready):
    page = open_ready(f"/gait/{staged['run']['report']}")
    page.get_by_text("What you know better").click()
    select = page.get_by_label("Runner")
    expect(select).to_have_value("")
    stage = page.locator("clip-player .stage").bounding_box()
    nose = page.locator(".overlay circle").first.bounding_box()
    assert stage["x"] < nose["x"] < stage["x"] + stage["width"]
    page.mouse.click(nose["x"] + nose["width"] / 2, nose["y"] + nose["height"] / 2)
    expect(select).to_have_value("1")
    page.get_by_label("Height in metres").fill("1.90")
    page.get_by_role("button", name="Make the report").click()
    page.wait_for_url(lambda address: staged["run"]["report"] not in address)
    expect(page.get_by_role("heading", level=1)).to_have_text("This is running.")
    page.reload()
    page.get_by_text("What you know better").click()
    expect(page.get_by_label("Runner")).to_have_value("1")
    expect(page.get_by_label("Height in metres")).to_have_value("1.9")


def test_without_scripts_the_report_can_be_read(staged, browse):
    page = browse(scripts=False)
    page.goto(f"/gait/{staged['run']['report']}")
    expect(page.locator(".gait-card").first).to_contain_text("steps/min")
    expect(page.locator("video")).to_have_attribute("controls", "")
    assert page.locator(".events a").first.get_attribute("href").split("#t=")[1]
    expect(page.locator(".with-script:visible")).to_have_count(0)


def test_a_reading_is_drawn_with_the_mouse_and_kept(staged, open_ready):
    page = open_ready(f"/gait/{staged['rear']['report']}/protractor")
    contact = page.locator(".contact", has_text="Right").nth(1)
    label = contact.inner_text()
    contact.click()
    expect(page.locator("#where")).to_contain_text("Right foot")
    expect(page.locator("#keep")).to_be_disabled()  # the lines lie where they began
    drag(page, "Heel line, lower end", 40, 0)
    expect(page.locator("#keep")).to_be_disabled()
    drag(page, "Leg line, upper end", 0, -20)
    expect(page.locator("#keep")).to_be_enabled()
    angle = page.locator("#angle").inner_text()
    assert float(angle.rstrip("°").replace("−", "-")) > 5  # the heel's lower end was dragged outwards
    page.locator("#keep").click()
    expect(page.locator(".contacts li", has_text=label)).to_contain_text(angle)
    page.reload()
    expect(page.locator(".contacts li", has_text=label)).to_contain_text(angle)
    expect(page.locator("#readings .facts")).to_contain_text("Right, mean of 1")
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".contacts li", has_text=label)).to_contain_text("not measured")
    page.reload()
    expect(page.locator("#readings")).to_contain_text("Nothing is measured yet.")


def test_a_reading_is_drawn_with_keys(staged, open_ready):
    page = open_ready(f"/gait/{staged['rear']['report']}/protractor")
    page.locator(".contact", has_text="Left").nth(2).click()
    expect(page.locator("#where")).to_contain_text("Left foot")
    page.get_by_label("Leg line, upper end").press("Shift+ArrowUp")
    for _ in range(2):
        page.get_by_label("Heel line, lower end").press("Shift+ArrowLeft")
    expect(page.locator("#angle")).to_contain_text("°")
    angle = page.locator("#angle").inner_text()
    assert float(angle.rstrip("°")) > 10  # outwards is to the left for the left foot
    before = page.locator("#where").inner_text()
    page.get_by_role("button", name="One frame on").click()
    expect(page.locator("#where")).not_to_have_text(before)
    expect(page.locator("#angle")).to_have_text(angle)  # the lines stay while frames go by
    page.locator("#keep").press("Enter")
    expect(page.locator("#readings .facts")).to_contain_text(f"Left, mean of 1 {angle}", use_inner_text=False)


def test_slow_motion_goes_round_the_contact(staged, open_ready):
    page = open_ready(f"/gait/{staged['rear']['report']}/protractor")
    contact = page.locator(".contact").nth(4)
    seconds = int(contact.get_attribute("data-ms")) / 1000
    contact.click()
    page.get_by_role("button", name="Slow motion around it").click()
    expect(page.locator("#slow")).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("() => !document.querySelector('video').paused")
    assert page.evaluate("document.querySelector('video').playbackRate") == pytest.approx(0.1)
    assert seconds - 0.2 < shown_s(page) < seconds + 0.4
    page.get_by_role("button", name="Slow motion around it").click()
    expect(page.locator("#slow")).to_have_attribute("aria-pressed", "false")


def test_two_clips_stand_at_the_same_contact(staged, open_ready):
    a, b = staged["run"]["report"], staged["other"]["report"]
    page = open_ready(f"/gait/compare?a={a}&b={b}")
    contacts = [page.request.get(f"/gait/{report}/report.json").json()["contacts_s"]["right"] for report in (a, b)]
    page.get_by_label("Foot").select_option("right")
    page.get_by_role("button", name="Next contact").click()
    expect(page.locator("#where")).to_contain_text("Contact 2 of")
    at(page, [times[1] for times in contacts])
    page.get_by_label("Milliseconds from contact").fill("200")
    at(page, [times[1] + 0.2 for times in contacts])
    expect(page.get_by_role("row", name="Cadence")).to_contain_text("steps/min")


def at(page, seconds):
    """Both videos stand there, to a frame and a half."""
    page.wait_for_function(
        """wanted => [...document.querySelectorAll("video")].every(
            (video, index) => Math.abs(video.currentTime - wanted[index]) < 0.025)""",
        arg=seconds,
    )


def drag(page, handle, dx, dy):
    box = page.get_by_label(handle).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx / 2, y + dy / 2)
    page.mouse.move(x + dx, y + dy)
    page.mouse.up()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_every_page_fits_and_is_for_everybody(staged, browse, width, dark):
    run, other, rear = (staged[name]["report"] for name in ("run", "other", "rear"))
    page = browse(width=width, dark=dark)
    addresses = (
        f"/gait/{run}", f"/gait/{rear}", f"/gait/{rear}/protractor", f"/gait/compare?a={run}&b={other}", "/gait/shoes",
    )  # fmt: skip
    for address in addresses:
        page.goto(address)
        if "shoes" not in address:
            expect(page.locator("[data-ready]")).to_be_attached()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(v["id"], [node["html"][:200] for node in v["nodes"][:3]]) for v in found] == [], address


def test_a_printed_report_holds_values_and_charts_and_no_buttons(staged, open_ready):
    page = open_ready(f"/gait/{staged['run']['report']}")
    page.emulate_media(media="print")
    expect(page.locator(".gait-card").first).to_be_visible()
    expect(page.locator(".chart svg").first).to_be_visible()
    expect(page.locator("button:visible")).to_have_count(0)
    assert page.pdf(format="A4").startswith(b"%PDF")
