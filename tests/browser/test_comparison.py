"""Two runs of a photo beside each other: one place, one set of controls, and the difference in numbers."""

import pytest
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def runs(site, photos):
    """The same photo looked at as usual, and quickly."""
    name, content = photos[0]
    return [site.job(site.finished(site.submit(name, content, **wish))) for wish in ({}, {"resolution": "-1x256"})]


@pytest.fixture
def page(browse, runs):
    page = browse(width=1440)
    page.goto(f"/jobs/{runs[0]['id']}")
    page.locator(".runs").get_by_role("link", name="Compare").first.click()
    expect(page.locator(".overlay")).to_have_count(2)
    return page


def test_the_runs_of_a_photo_lead_to_both_pictures(site, page, runs):
    assert runs[0]["id"] != runs[1]["id"]
    page.reload()
    for number, run in enumerate(runs):
        side = page.locator(".sides .one").nth(number)
        expect(side.locator(".overlay .pose")).to_have_count(len(site.poses(run["id"])["people"]))
    cells = page.locator(".numbers tbody tr").first.locator("td")
    assert [int(cells.nth(number).inner_text()) for number in (0, 1)] == [run["people"] for run in runs]


def places(page):
    return page.locator(".canvas").evaluate_all("all => all.map(canvas => canvas.style.transform)")


def test_both_look_at_the_same_place(page):
    page.get_by_role("button", name="Larger").first.click()
    page.locator(".stage").nth(1).focus()
    page.keyboard.press("ArrowLeft")
    first, second = places(page)
    assert first == second != ""
    assert "scale(1.6)" in first
    page.get_by_role("button", name="All of the photo").nth(1).click()
    assert set(places(page)) == {"translate(0%, 0%) scale(1)"}


def test_one_set_of_controls_for_both_and_it_is_remembered(page):
    page.get_by_label("Skeleton", exact=True).uncheck()
    page.reload()
    expect(page.get_by_label("Skeleton", exact=True)).not_to_be_checked()
    expect(page.locator(".overlay.without-skeleton")).to_have_count(2)


def test_without_javascript_two_pictures_beside_each_other(browse, runs):
    page = browse(scripts=False, width=1440)
    page.goto(f"/jobs/{runs[0]['id']}/compare?with={runs[1]['id']}")
    left, right = page.locator(".stage img").all()
    for image, run in ((left, runs[0]), (right, runs[1])):
        assert image.evaluate("image => image.decode().then(() => image.currentSrc)").endswith(
            f"/jobs/{run['id']}/image?attempt=1"
        )
    assert left.bounding_box()["y"] == right.bounding_box()["y"]
    assert left.bounding_box()["x"] < right.bounding_box()["x"]
