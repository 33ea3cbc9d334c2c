"""The result page: the overlay over the photo, drawn from what is stored; each test asks again after a reload."""

import json
import sqlite3
from contextlib import closing

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import noise


@pytest.fixture(scope="module")
def job(site, photos):
    """A finished job on a photo with people, where test data is at hand."""
    name, content = photos[0]
    return site.job(site.finished(site.submit(name, content)))


@pytest.fixture
def page(browse, job):
    if not job["people"]:
        pytest.skip("No photo with people: set POSEWEB_TEST_DATA.")
    return opened(browse(), job)


def opened(page, job):
    page.goto(f"/jobs/{job['id']}")
    expect(page.locator(".overlay")).to_be_attached()
    return page


def stored(site, job, person=0, keypoint=0):
    """x, y, score of a keypoint, as it is stored."""
    return site.poses(job["id"])["people"][person]["pose_keypoints_2d"][3 * keypoint : 3 * keypoint + 3]


def seen(page, marks):
    """How many of the overlay's marks are drawn."""
    return page.locator(f".overlay {marks}").evaluate_all("all => all.filter(mark => mark.checkVisibility()).length")


def picture_of(page):
    """The address of the picture, once the browser has read it."""
    return page.locator(".stage img").evaluate("image => image.decode().then(() => image.currentSrc)")


def on_screen(page, x, y):
    """Where a place in the picture is on the screen, by the overlay's own arithmetic turned round."""
    return page.locator(".overlay").evaluate(
        "(svg, [x, y]) => { const p = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM()); return [p.x, p.y]; }",
        [x, y],
    )


def test_the_overlay_draws_what_is_stored(site, page, job):
    people = site.poses(job["id"])["people"]
    expect(page.locator(".overlay .pose")).to_have_count(len(people))
    nose = page.locator(".overlay .pose").last.locator("circle").first  # the surest is drawn last, on top
    x, y, _ = stored(site, job)
    assert [float(nose.get_attribute(name)) for name in ("cx", "cy")] == pytest.approx([x, y], abs=0.001)
    found = sum(score >= 0.05 for person in people for score in person["pose_keypoints_2d"][2::3])
    assert seen(page, "circle") == found
    assert (
        page.locator(".stage img")
        .evaluate("image => image.decode().then(() => image.currentSrc)")
        .endswith("/photo?attempt=1")
    )


def test_the_photo_under_the_overlay_says_nothing_of_where_it_was_taken(page, job):
    content = page.request.get(f"/jobs/{job['id']}/photo").body()
    assert content.startswith(b"\xff\xd8")
    assert b"Exif" not in content


def test_what_is_drawn_is_remembered(page, job):
    for name in ("Skeleton", "Points"):
        page.get_by_label(name, exact=True).uncheck()
    page.get_by_label("Names", exact=True).check()
    assert (seen(page, "line"), seen(page, "circle")) == (0, 0)
    assert seen(page, "text") > 0
    page.reload()
    expect(page.get_by_label("Names", exact=True)).to_be_checked()
    expect(page.get_by_label("Skeleton", exact=True)).not_to_be_checked()
    assert (seen(page, "line"), seen(page, "circle")) == (0, 0)


def test_threshold_and_opacity_need_no_new_run(site, page, job):
    before, runs = seen(page, "circle"), page.locator(".runs li").count()
    page.locator("[name=threshold]").fill("0.7")
    page.locator("[name=opacity]").fill("0.5")
    scores = [score for person in site.poses(job["id"])["people"] for score in person["pose_keypoints_2d"][2::3]]
    assert seen(page, "circle") == sum(score >= 0.7 for score in scores) < before
    page.reload()
    expect(page.get_by_text("Threshold 0.70")).to_be_visible()
    expect(page.locator(".overlay")).to_have_css("opacity", "0.5")
    assert site.job(job["id"])["attempt"] == 1
    expect(page.locator(".runs li")).to_have_count(runs)


def test_each_person_on_and_off(site, page, job):
    if job["people"] < 2:
        pytest.skip("Two people are needed.")
    everyone = seen(page, "circle")
    surest = sum(stored(site, job, 0, keypoint)[2] >= 0.05 for keypoint in range(18))
    page.get_by_label("Person 1", exact=True).uncheck()
    assert seen(page, "circle") == everyone - surest
    page.get_by_label("Person 1", exact=True).check()
    page.get_by_role("button", name="Hide everyone").click()
    assert seen(page, "circle") == 0
    page.get_by_role("button", name="Show everyone").click()
    assert seen(page, "circle") == everyone


def test_a_keypoint_in_the_picture_is_one_in_the_table(site, page, job):
    x, y, score = stored(site, job)
    page.mouse.move(*on_screen(page, x, y))
    expect(page.locator(".readout")).to_have_text(f"Person 1, nose: x {x:.1f}, y {y:.1f}, score {score:.2f}")
    expect(page.locator(".person.lit tr.lit th")).to_have_text("nose")
    expect(page.locator(".overlay circle.lit")).to_have_count(1)
    page.mouse.move(2, 2)
    expect(page.locator("tr.lit")).to_have_count(0)


def test_a_click_picks_a_keypoint_until_the_next(site, page, job):
    x, y, _ = stored(site, job)
    page.mouse.click(*on_screen(page, x, y))
    page.mouse.move(2, 2)
    expect(page.locator("tr.lit th")).to_have_text("nose")
    page.locator(".stage").click(position={"x": 20, "y": 200})
    expect(page.locator("tr.lit")).to_have_count(0)


def test_the_table_highlights_in_the_picture_by_mouse_and_keyboard(page, job):
    page.locator(".person").first.locator("tbody tr").nth(1).hover()
    expect(page.locator(".overlay .pose.lit circle.lit")).to_have_count(1)
    page.locator(".person").first.locator("summary").focus()
    expect(page.locator(".overlay .pose.lit")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.locator(".readout")).to_contain_text("Person 1, nose")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".readout")).to_contain_text("Person 1, neck")
    expect(page.locator("tr.lit th")).to_have_text("neck")


def test_a_persons_switch_highlights_the_person_everywhere(page, job):
    if job["people"] < 2:
        pytest.skip("Two people are needed.")
    page.get_by_label("Person 2", exact=True).focus()
    expect(page.locator(".readout")).to_contain_text("Person 2, score")
    expect(page.locator(".person.lit summary")).to_contain_text("Person 2")
    expect(page.locator(".overlay .pose.lit")).to_have_count(1)
    page.get_by_label("Person 2", exact=True).blur()
    expect(page.locator(".lit")).to_have_count(0)


def zoom_of(page):
    return page.locator(".canvas").evaluate("canvas => new DOMMatrix(getComputedStyle(canvas).transform).a")


def test_zoom_by_wheel_buttons_keyboard_and_back(site, page, job):
    x, y, _ = stored(site, job)
    at = on_screen(page, x, y)
    page.mouse.move(*at)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    assert zoom_of(page) > 1
    assert on_screen(page, x, y) == pytest.approx(at, abs=2)  # what is under the pointer stays there
    expect(page.locator(".readout")).to_contain_text("nose")
    page.get_by_role("button", name="All of the photo").click()
    assert zoom_of(page) == 1
    page.get_by_role("button", name="Larger").click()
    assert zoom_of(page) == pytest.approx(1.6)
    page.locator(".stage").focus()
    page.keyboard.press("+")
    before = page.locator(".canvas").bounding_box()
    page.keyboard.press("ArrowLeft")
    assert page.locator(".canvas").bounding_box()["x"] > before["x"]
    page.keyboard.press("0")
    assert zoom_of(page) == 1


def test_the_zoomed_picture_is_dragged_and_a_drag_picks_nobody(page, job):
    page.get_by_role("button", name="Larger").click()
    box = page.locator(".stage").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = page.locator(".canvas").bounding_box()
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 60, middle[1] + 40, steps=4)
    page.mouse.up()
    after = page.locator(".canvas").bounding_box()
    assert (after["x"] - before["x"], after["y"] - before["y"]) == pytest.approx((60, 40), abs=1)
    expect(page.locator("tr.lit")).to_have_count(0)


def test_a_plain_wheel_scrolls_past_the_picture(page, job):
    page.locator(".stage").hover()
    page.mouse.wheel(0, 200)
    expect(page.locator(".brand")).to_be_in_viewport()  # the bar stays
    expect(page.locator("h1")).not_to_be_in_viewport()
    assert zoom_of(page) == 1


def test_two_fingers_zoom(chromium, site, job):
    if not job["people"]:
        pytest.skip("No photo with people: set POSEWEB_TEST_DATA.")
    context = chromium.new_context(base_url=site.address, viewport={"width": 390, "height": 844}, has_touch=True)
    page = opened(context.new_page(), job)
    box = page.locator(".stage").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fingers = context.new_cdp_session(page)
    for kind, apart in (("touchStart", 30), ("touchMove", 50), ("touchMove", 80), ("touchEnd", None)):
        points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}] if apart else []
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert zoom_of(page) == pytest.approx(80 / 30, rel=0.1)
    context.close()


def test_without_javascript_the_annotated_picture_is_shown(browse, job):
    page = browse(scripts=False)
    page.goto(f"/jobs/{job['id']}")
    image = page.locator(".stage img")
    expect(image).to_be_visible()
    assert picture_of(page).endswith("/image?attempt=1")
    for control in page.locator(".controls, .zoom").all():
        expect(control).to_be_hidden()


def test_a_result_that_comes_while_one_looks_has_its_overlay(site, browse):
    job_id = site.submit("watched.jpg", noise(71))
    page = browse()
    page.goto(f"/jobs/{job_id}")
    expect(page.locator(".count")).to_be_visible()
    expect(page.locator(".overlay")).to_be_attached()
    assert site.job(job_id)["status"] == "succeeded"


@pytest.mark.parametrize(
    ("link", "name", "kind"),
    [
        ("Annotated picture", "p2-pose.jpg", "JPEG"),
        ("As PNG", "p2-pose.png", "PNG"),
        ("Skeletons only", "p2-skeleton.png", "PNG"),
    ],
)
def test_a_downloaded_picture_follows_the_threshold(page, job, link, name, kind):
    def download():
        with page.expect_download() as got:
            page.get_by_role("link", name=link, exact=True).click()
        assert got.value.suggested_filename == name
        return Image.open(got.value.path())

    usual = download()
    assert (usual.format, usual.size) == (kind, (job["width"], job["height"]))
    page.locator("[name=threshold]").fill("1")
    page.reload()  # it is remembered, and so it counts for the download
    expect(page.get_by_text("Threshold 1.00")).to_be_visible()
    assert usual.tobytes() != download().tobytes()


def test_the_keypoints_are_downloaded_for_other_programs(page, job, tmp_path):
    for link, name in (("OpenPose JSON", None), ("COCO JSON", "p2-coco.json"), ("CSV", "p2-poses.csv")):
        with page.expect_download() as got:
            page.get_by_role("link", name=link, exact=True).click()
        assert name in (None, got.value.suggested_filename)
        got.value.save_as(tmp_path / link)
    assert len(json.loads((tmp_path / "COCO JSON").read_text())["annotations"]) == job["people"]
    assert len(json.loads((tmp_path / "OpenPose JSON").read_text())["people"]) == job["people"]
    rows = (tmp_path / "CSV").read_text().splitlines()[1:]
    assert {int(row.split(",")[4]) for row in rows} == set(range(1, job["people"] + 1))


def test_a_map_is_laid_over_the_photo_under_the_overlay(site, page, job):
    page.get_by_text("What the network sees").click()
    page.locator("[name=view]").select_option("confidence:nose")
    lay = page.get_by_role("button", name="Lay it over the photo")
    lay.click()
    layer = page.locator(".stage .laid-over")
    expect(lay).to_have_attribute("aria-pressed", "true")
    x, y, _ = stored(site, job)
    assert layer.evaluate(HEAT, [x, y]) > layer.evaluate(HEAT, [5, job["height"] - 5]) + 60
    first = layer.get_attribute("src")
    page.locator("[name=view]").select_option("paf")
    expect(layer).not_to_have_attribute("src", first)  # another map takes its place
    expect(layer).to_have_count(1)
    lay.click()
    expect(layer).to_have_count(0)


# How much redder than blue a layer is at x, y of the photo: where a confidence map is high, it burns.
HEAT = """async (layer, [x, y]) => {
    await layer.decode();
    const canvas = Object.assign(document.createElement("canvas"), {
        width: layer.naturalWidth, height: layer.naturalHeight,
    });
    const context = canvas.getContext("2d");
    context.drawImage(layer, 0, 0);
    const [red, , blue] = context.getImageData(x, y, 1, 1).data;
    return red - blue;
}"""


def test_run_again_with_other_options_keeps_what_was_asked(site, page, job):
    page.get_by_label("Resolution").select_option("-1x256")
    page.get_by_label("People", exact=True).select_option("A single person")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(lambda address: job["id"] not in address)
    expect(page.locator(".count")).to_contain_text("found")
    page.reload()
    again = site.job(page.url.rsplit("/", 1)[1])
    assert (again["status"], again["people"] <= 1) == ("succeeded", True)
    expect(page.locator(".runs")).to_contain_text("quick, single person")
    page.get_by_role("link", name="Compare").first.click()
    expect(page.locator(".sides h2").first).to_contain_text("quick, single person")


def test_who_has_the_link_sees_the_same_overlay(site, page, browse, job):
    upload = page.get_by_role("link", name="Original").get_attribute("href").split("/")[2]
    # One person's own machine has no form for it, as there is nobody to share with; the address is there all the same.
    token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    form = {"wish": "share", "csrfmiddlewaretoken": token}
    assert page.request.post(f"/photos/{upload}/sharing", form=form, headers={"Referer": page.url}).ok
    with closing(sqlite3.connect(site.data / "db.sqlite3")) as database:
        (key,) = database.execute(
            "SELECT share_key FROM poseweb_upload WHERE id = ?", [upload.replace("-", "")]
        ).fetchone()
    shared = browse()
    shared.goto(f"/s/{key}")
    expect(shared.locator(".overlay .pose")).to_have_count(shared.locator(".person").count())
    x, y = (float(cell) for cell in shared.locator("tr", has_text="nose").first.locator("td").all_inner_texts()[:2])
    shared.mouse.move(*on_screen(shared, x, y))
    expect(shared.locator("tr.lit th")).to_have_text("nose")
    assert picture_of(shared) == f"{site.address}/s/{key}/photo?attempt=1"


def test_fifty_people_of_body_25_keep_up_with_the_hand(page):
    """A tick of the slider and a move of the mouse change what is drawn; neither costs what drawing it anew would."""
    slider, mouse, anew, marks = page.locator("pose-view").evaluate(CROWD)
    assert marks == 50 * (25 + 24 + 25)
    assert slider < anew
    assert mouse < anew


# Draws 50 people of 25 keypoints, then moves the threshold and the pointer, each followed by the layout it causes.
CROWD = """viewer => {
    const { overlay, view } = viewer;
    const keypoints = Array.from({ length: 25 }, (_, k) => ({ name: `keypoint ${k}`, colour: "#40c0ff" }));
    const limbs = Array.from({ length: 24 }, (_, k) => [k, k + 1]);
    const place = (n, k) => [(37 * n + 11 * k) % 480 + 5, (23 * n + 17 * k) % 400 + 5, ((n + k) % 10 + 1) / 10];
    const person = (_, n) => ({ score: 0.5, keypoints: keypoints.map((_, k) => place(n, k)) });
    Object.assign(overlay.poses, { keypoints, limbs, people: Array.from({ length: 50 }, person) });
    overlay.draw();
    overlay.look({ names: true });
    const median = (act) => {
        const times = Array.from({ length: 20 }, (_, turn) => {
            const start = performance.now();
            act(turn);
            overlay.svg.querySelector("text").getBBox(); // the layout is part of it
            return performance.now() - start;
        });
        return times.sort((a, b) => a - b)[10];
    };
    const slider = median((turn) => overlay.look({ threshold: turn / 25 }));
    const mouse = median((turn) => overlay.light(overlay.nearest({ x: 20 * turn, y: 15 * turn }, 14)));
    const anew = median(() => overlay.draw());
    return [slider, mouse, anew, overlay.svg.querySelectorAll("circle, line, text").length];
}"""


def test_nothing_jumps_and_the_photo_waits_for_no_script(browse, job):
    page = browse(width=390)
    page.add_init_script(WATCH)
    page.goto(f"/jobs/{job['id']}")
    expect(page.locator(".overlay")).to_be_attached()
    page.wait_for_timeout(300)
    assert page.evaluate("window.jumps") == 0
    assert page.evaluate("window.largest").endswith("/photo?attempt=1")


def test_the_largest_paint_comes_where_no_script_arrives(browse, job):
    page = browse()
    page.route("**/*.js", lambda route: route.abort())
    page.add_init_script(WATCH)
    page.goto(f"/jobs/{job['id']}")
    expect(page.locator(".stage img")).to_be_visible()
    page.wait_for_timeout(300)
    assert page.evaluate("window.largest").endswith("/photo?attempt=1")
    browse.complaints.clear()  # the browser's own lines for what the test held back


# What shifted, and the address of the largest thing painted.
WATCH = """
    window.jumps = 0;
    window.largest = "";
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.jumps += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
    new PerformanceObserver((list) => {
        window.largest = list.getEntries().at(-1).url;
    }).observe({ type: "largest-contentful-paint", buffered: true });
"""
