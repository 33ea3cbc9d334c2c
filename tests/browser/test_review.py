"""Correcting keypoints in a real browser; each test asks what is stored, after a reload."""

import io
import itertools
import json
import urllib.request

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import follow, noise

SEEDS = itertools.count(5000)
NOSE, NECK = 0, 1


def stored(site, job_id):
    """The job as it is stored, once it is over."""
    return site.job(site.finished(job_id))


@pytest.fixture
def nobody(site):
    """A finished job on a photo in which the network found nobody."""
    return stored(site, site.submit("nobody.jpg", noise(next(SEEDS))))


@pytest.fixture
def people(site, photos):
    """A finished job of its own on a photo with people, where test data is at hand."""
    buffer = io.BytesIO()
    Image.open(io.BytesIO(photos[0][1])).save(buffer, "JPEG", quality=95, comment=str(next(SEEDS)).encode())
    job = stored(site, site.submit("people.jpg", buffer.getvalue()))
    if not job["people"]:
        pytest.skip("No photo with people: set POSEWEB_TEST_DATA.")
    return job


def opened(page, job, query=""):
    page.goto(f"/jobs/{job['id']}/review{query}")
    if page.evaluate("navigator.webdriver") is not None:
        expect(page.locator(".overlay")).to_be_attached()
    return page


def keypoint(site, job, person=0, index=NOSE, values="poses"):
    """x, y and score as they are stored."""
    address = f"{site.address}/jobs/{job['id']}/poses.json?values={values}"
    with urllib.request.urlopen(address) as answer:
        found = json.load(answer)["people"]
    return found[person]["pose_keypoints_2d"][3 * index : 3 * index + 3]


def on_screen(page, x, y):
    """Where a place in the picture is on the screen."""
    return page.locator(".overlay").evaluate(
        "(svg, [x, y]) => { const p = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM()); return [p.x, p.y]; }",
        [x, y],
    )


def drag(page, start, way):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + way[0] / 2, start[1] + way[1] / 2)
    page.mouse.move(start[0] + way[0], start[1] + way[1])
    page.mouse.up()


def save(page):
    follow(page, page.get_by_role("button", name="Save", exact=True))
    expect(page.locator(".message")).to_contain_text("is saved.")


def pixel(page):
    """Pixels of the picture in one of the screen."""
    (x, _), (right, _) = on_screen(page, 0, 0), on_screen(page, 100, 0)
    return 100 / (right - x)


def fields(page, person=0, index=NOSE):
    row = page.locator("[data-people] .person").nth(person).locator("tbody tr").nth(index)
    return [row.locator("[name=x]"), row.locator("[name=y]"), row.locator("[name=v]")]


def test_a_keypoint_is_dragged_with_the_mouse(site, browse, people):
    page = opened(browse(), people)
    x, y, score = keypoint(site, people)
    drag(page, on_screen(page, x, y), (30, -20))
    far = pixel(page)
    expect(page.get_by_role("status")).to_contain_text("Person 1, nose")
    save(page)
    page.reload()
    now = keypoint(site, people)
    assert now == pytest.approx([x + 30 * far, y - 20 * far, 1], abs=far)
    assert keypoint(site, people, values="network") == [x, y, score]
    expect(fields(page)[0]).to_have_value(f"{now[0]:.1f}")
    page.goto(f"/jobs/{people['id']}")
    expect(page.get_by_label("Result and actions")).to_contain_text("Corrected")
    expect(page.locator(".keypoints tr").filter(has_text="nose").first).to_contain_text(
        f"network said {x:.1f}, {y:.1f}"
    )


def test_a_keypoint_is_dragged_with_a_finger(site, browse, people):
    page = opened(browse(width=390), people)
    x, y, _ = keypoint(site, people)
    left, top = on_screen(page, x, y)
    touch = page.context.new_cdp_session(page)

    def send(kind, *points):
        touch.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": left + dx, "y": top + dy} for dx, dy in points]},
        )

    send("touchStart", (0, 0))
    send("touchMove", (10, 12))
    send("touchMove", (20, 25))
    send("touchEnd")
    far = pixel(page)
    save(page)
    page.reload()
    assert keypoint(site, people) == pytest.approx([x + 20 * far, y + 25 * far, 1], abs=2 * far)


def test_a_keypoint_is_moved_hidden_and_removed_by_keys(site, browse, people):
    page = opened(browse(), people)
    (x, y, _), far = keypoint(site, people), pixel(page)
    page.locator(".stage").focus()
    page.keyboard.press(".")
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    page.keyboard.press("h")
    page.keyboard.press(".")
    page.keyboard.press("Delete")
    expect(page.get_by_role("status")).to_contain_text("neck: missing")
    page.keyboard.press("Control+s")
    expect(page.locator(".message")).to_contain_text("is saved.")
    page.reload()
    assert keypoint(site, people) == pytest.approx([x + 2 * far, y + 10 * far, 1], abs=0.01)
    assert keypoint(site, people, index=NECK) == [0, 0, 0]
    expect(fields(page)[2]).to_have_value("1")  # hidden


def test_numbers_are_typed_too(site, browse, people):
    page = opened(browse(), people)
    y = keypoint(site, people)[1]
    fields(page)[0].fill("12.5")
    fields(page)[0].press("Tab")
    expect(page.get_by_role("status")).to_contain_text("nose: x 12.5")
    save(page)
    page.reload()
    assert keypoint(site, people)[:2] == [12.5, y]  # what was not typed is not rounded


def test_undo_and_redo(site, browse, people):
    page = opened(browse(), people)
    x, y, _ = keypoint(site, people)
    undo, redo, saves = (page.get_by_role("button", name=name, exact=True) for name in ("Undo", "Redo", "Save"))
    expect(saves).to_be_disabled()
    drag(page, on_screen(page, x, y), (30, 0))
    moved = fields(page)[0].input_value()
    undo.click()
    expect(fields(page)[0]).to_have_value(f"{x:.1f}")
    expect(saves).to_be_disabled()
    redo.click()
    expect(fields(page)[0]).to_have_value(moved)
    save(page)
    page.reload()
    assert keypoint(site, people)[0] == pytest.approx(float(moved), abs=0.06)


def test_back_to_what_the_network_said(site, browse, people):
    page = opened(browse(), people)
    said = keypoint(site, people)
    drag(page, on_screen(page, *said[:2]), (40, 10))
    save(page)
    assert keypoint(site, people) != said
    page.get_by_role("button", name="As the network said").first.click()
    save(page)
    page.reload()
    assert keypoint(site, people) == said
    page.goto(f"/jobs/{people['id']}")
    expect(page.get_by_label("Result and actions")).not_to_contain_text("Corrected")


def test_a_person_is_removed_and_brought_back(site, browse, people):
    page = opened(browse(), people)
    count = people["people"]
    page.get_by_role("button", name="Remove person 1").click()
    expect(page.locator(".overlay .pose").last).to_be_hidden()
    save(page)
    page.reload()
    assert site.job(people["id"])["people"] == count - 1
    page.get_by_role("button", name="Bring back").first.click()
    save(page)
    page.reload()
    assert site.job(people["id"])["people"] == count


def test_a_person_is_added_and_moved_as_a_whole(site, browse, nobody):
    page = opened(browse(), nobody)
    page.get_by_role("button", name="Add a person").click()
    x, y = (float(fields(page, index=index)[column].input_value()) for index, column in ((NECK, 0), (NECK, 1)))
    hip = [float(field.input_value()) for field in fields(page, index=8)[:2]]
    middle = on_screen(page, (x + hip[0]) / 2, (y + hip[1]) / 2)
    drag(page, middle, (40, 5))  # by a limb
    far = pixel(page)
    follow(page, page.get_by_role("button", name="Save", exact=True))
    page.reload()
    assert site.job(nobody["id"])["people"] == 1
    assert keypoint(site, nobody, index=NECK) == pytest.approx([x + 40 * far, y + 5 * far, 1], abs=far)
    assert keypoint(site, nobody, index=8) == pytest.approx([hip[0] + 40 * far, hip[1] + 5 * far, 1], abs=far)
    page.goto(f"/jobs/{nobody['id']}")
    expect(page.locator(".person")).to_contain_text("added by hand")


def test_a_missing_keypoint_is_placed_with_a_click(site, browse, nobody):
    page = opened(browse(), nobody)
    page.get_by_role("button", name="Add a person").click()
    fields(page)[2].select_option("missing")
    expect(page.get_by_role("status")).to_contain_text("missing; click where it is")
    page.mouse.click(*on_screen(page, 20, 30))
    save(page)
    page.reload()
    assert keypoint(site, nobody) == pytest.approx([20, 30, 1], abs=pixel(page))


def test_the_queue_is_walked_by_keys(site, browse):
    jobs = [stored(site, site.submit(f"queue{i}.jpg", noise(next(SEEDS)))) for i in range(3)]
    page = browse()
    page.goto("/review")
    page.locator(f'.tile a[href*="{jobs[2]["id"]}"]').click()
    expect(page.get_by_role("heading", level=1)).to_have_text("queue2.jpg")
    for key, name in (("j", "queue1.jpg"), ("j", "queue0.jpg"), ("k", "queue1.jpg"), ("a", "queue0.jpg")):
        expect(page.locator(".overlay")).to_be_attached()
        page.keyboard.press(key)
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.goto("/review")
    waiting = page.locator(".tile a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert [f"/jobs/{job['id']}/review?queue" in waiting for job in jobs] == [True, False, True]
    page.goto(f"/jobs/{jobs[1]['id']}")
    expect(page.get_by_label("Result and actions")).to_contain_text("Reviewed")


def test_single_keys_can_be_switched_off(site, browse, nobody):
    page = opened(browse(), nobody, "?queue")
    page.get_by_label("Keys", exact=True).uncheck()
    opened(page, nobody, "?queue")
    page.keyboard.press("a")
    page.keyboard.press("k")
    expect(page.get_by_label("Keys", exact=True)).not_to_be_checked()
    page.wait_for_timeout(300)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("nobody.jpg")
    expect(page.locator(".editor > header")).not_to_contain_text("reviewed")


def test_who_comes_second_loses_nothing(site, browse, people):
    first, second = opened(browse(), people), opened(browse(), people)
    x, y, _ = keypoint(site, people)
    neck = keypoint(site, people, index=NECK)
    drag(first, on_screen(first, x, y), (20, 0))
    save(first)
    theirs = keypoint(site, people)
    drag(second, on_screen(second, *neck[:2]), (0, 25))
    second.get_by_role("button", name="Save", exact=True).click()
    expect(second.get_by_role("alert")).to_contain_text("Somebody else saved this photo")
    assert keypoint(site, people, index=NECK) == neck
    assert keypoint(site, people) == theirs
    follow(second, second.get_by_role("button", name="Save mine all the same"))
    second.reload()
    far = pixel(second)
    assert keypoint(site, people, index=NECK) == pytest.approx([neck[0], neck[1] + 25 * far, 1], abs=far)
    browse.complaints.clear()  # Chromium's own line on a 409


def test_a_save_that_does_not_arrive_can_be_repeated(site, browse, nobody):
    page = opened(browse(), nobody)
    page.get_by_role("button", name="Add a person").click()
    page.route("**/review", lambda route: route.abort())
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing is lost")
    page.unroute("**/review")
    save(page)
    page.reload()
    assert site.job(nobody["id"])["people"] == 1
    browse.complaints.clear()  # Chromium's own line on what did not arrive


def test_leaving_what_is_not_saved_asks_first(browse, nobody):
    page = opened(browse(), nobody)
    page.get_by_role("button", name="Add a person").click()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.evaluate("location.assign('/photos')")
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(page.locator("[data-people] .person")).to_have_count(1)


def test_without_javascript_the_table_is_a_form(site, browse, people):
    page = browse(scripts=False)
    page.goto(f"/jobs/{people['id']}/review")
    x, y, visibility = fields(page)
    x.fill("33.5")
    y.fill("44")
    visibility.select_option("hidden")
    follow(page, page.get_by_role("button", name="Save person 1"))
    expect(page.locator(".message")).to_contain_text("is saved.")
    follow(page, page.get_by_role("button", name="Accept as it stands"))
    page.reload()
    assert keypoint(site, people) == [33.5, 44, 1]
    expect(page.get_by_label("Result and actions")).to_contain_text("Reviewed")
    page.get_by_role("link", name="Correct keypoints").click()
    expect(fields(page)[2]).to_have_value("1")


def test_without_javascript_a_person_is_added_and_removed(site, browse, nobody):
    page = browse(scripts=False)
    page.goto(f"/jobs/{nobody['id']}/review")
    page.locator("summary", has_text="Add a person").click()
    row = page.locator("tr", has_text="nose")
    row.locator("[name=x]").fill("50")
    row.locator("[name=y]").fill("60")
    row.locator("[name=v]").select_option("visible")
    follow(page, page.get_by_role("button", name="Save person 1"))
    page.reload()
    assert keypoint(site, nobody) == [50, 60, 1]
    follow(page, page.get_by_role("button", name="Remove person 1"))
    page.reload()
    assert site.job(nobody["id"])["people"] == 0


def test_the_reviewed_photos_are_downloaded(browse, nobody):
    page = opened(browse(), nobody)
    page.get_by_role("button", name="Add a person").click()
    follow(page, page.get_by_role("button", name="Save and accept"))
    page.goto("/review")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the reviewed photos").click()
    assert download.value.suggested_filename == "poseweb-reviewed.zip"
    assert download.value.path().read_bytes().startswith(b"PK")
