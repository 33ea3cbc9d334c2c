"""The gallery's promises in a real browser; each test asks what is stored, after a reload."""

import json
import time
import urllib.error
import zipfile
import zlib

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import follow, noise

PATIENCE_S = 60


@pytest.fixture
def photos(site, request):
    """Three finished photos of this test: their jobs by name."""
    start = zlib.crc32(request.node.name.encode())
    names = [f"{start}-{letter}.jpg" for letter in "abc"]
    jobs = {name: site.submit(name, noise(start + i, size=(200, 150))) for i, name in enumerate(names)}
    deadline = time.monotonic() + PATIENCE_S
    while any(site.job(job_id)["status"] != "succeeded" for job_id in jobs.values()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return jobs


def tile(page, name):
    return page.locator(".tile", has=page.get_by_text(f"Select {name}", exact=True))


def tick(page, name):
    tile(page, name).get_by_role("checkbox").check(force=True)


def mine(page, photos, **filters):
    """The gallery of this test's photos."""
    stem = next(iter(photos)).rpartition("-")[0]
    query = "&".join(f"{name}={value}" for name, value in {"q": stem, **filters}.items())
    page.goto(f"/photos?{query}")


def exists(site, job_id):
    try:
        return bool(site.job(job_id))
    except urllib.error.HTTPError:
        return False


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
def test_download_of_a_selection(site, browse, photos, scripts, tmp_path):
    page = browse(scripts=scripts)
    mine(page, photos)
    first, second, _ = photos
    tick(page, first)
    tick(page, second)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    with zipfile.ZipFile(download.value.path()) as file:
        stems = [name.removesuffix(".jpg") for name in (first, second)]
        assert {f"annotated/{stem}.jpg" for stem in stems} < set(file.namelist())
        for stem, name in zip(stems, (first, second), strict=True):
            people = json.loads(file.read(f"openpose/{stem}_keypoints.json"))
            assert people == site.poses(photos[name])


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
def test_remove_a_selection(site, browse, photos, scripts):
    page = browse(scripts=scripts)
    mine(page, photos)
    first, second, third = photos
    tick(page, first)
    tick(page, third)
    page.locator(".selection summary", has_text="Delete").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.locator(".message")).to_have_text("2 photos are deleted for good.")
    page.reload()
    expect(page.locator(".tile")).to_have_count(1)
    assert [exists(site, photos[name]) for name in (first, second, third)] == [False, True, False]


def test_again_with_other_options(site, browse, photos):
    page = browse()
    mine(page, photos)
    first, second, _ = photos
    tick(page, first)
    tick(page, second)
    page.locator(".selection summary", has_text="Run again").click()
    page.locator(".selection").get_by_label("Resolution").select_option("-1x256")
    page.locator(".selection").get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".message")).to_have_text("2 photos are in the queue again.")
    expect(page.locator(".tile.succeeded")).to_have_count(3)  # the cards follow their jobs
    page.reload()
    tile(page, first).get_by_role("link").click()
    expect(page.locator(".facts")).to_contain_text("-1x256")
    expect(page.locator(".runs li")).to_have_count(2)


def test_ticks_of_a_range_all_none_and_through_a_new_card(site, browse, photos):
    page = browse()
    mine(page, photos)
    boxes = page.locator(".tile .choose input")
    count = page.locator("#ticked")
    boxes.nth(0).check(force=True)
    boxes.nth(2).click(force=True, modifiers=["Shift"])
    expect(count).to_have_text("3")
    page.keyboard.press("Escape")
    expect(page.locator(".selection")).to_be_hidden()
    boxes.nth(1).check(force=True)
    page.locator(".tile a").nth(2).click()  # while photos are chosen, a click chooses another
    expect(count).to_have_text("2")
    page.get_by_role("button", name="All shown").click()
    expect(count).to_have_text("3")
    page.get_by_role("button", name="None").click()
    expect(page.locator(".selection")).to_be_hidden()

    site.submit(next(iter(photos)).replace("-a", "-d"), noise(99_000, size=(900, 700)), resolution="-1x736")
    page.reload()
    boxes.first.check(force=True)
    expect(page.locator(".tile.succeeded")).to_have_count(4)
    expect(boxes.first).to_be_checked()
    expect(count).to_have_text("1")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
def test_filter_and_clear(site, browse, photos, scripts):
    page = browse(scripts=scripts)
    page.goto("/photos")
    page.get_by_text("Filters", exact=True).click()
    filters = page.locator(".filters")
    filters.get_by_label("People").select_option("0")
    filters.get_by_label("Status").select_option("succeeded")
    page.get_by_role("searchbox").fill(next(iter(photos)).rpartition("-")[0])
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".tile")).to_have_count(3)
    expect(page.locator(".in-force")).to_contain_text("People: Nobody")
    page.reload()
    expect(page.locator(".tile")).to_have_count(3)
    page.goto(page.url.replace("people=0", "people=many"))
    expect(page.get_by_role("heading", name="No photo is like that")).to_be_visible()
    follow(page, page.get_by_role("link", name="Clear filters").last)
    assert page.url.endswith("/photos")
    expect(page.locator(".tile").nth(2)).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
def test_a_note_is_found_again(site, browse, photos, scripts):
    page = browse(scripts=scripts)
    name, job_id = next(iter(photos.items()))
    word = f"marathon{scripts}"
    page.goto(f"/jobs/{job_id}")
    page.get_by_text("Note", exact=True).first.click()
    page.locator("#note").fill(f"Berlin {word} <b>2026</b>")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.locator(".message")).to_contain_text("The note is kept.")  # the form has arrived
    page.reload()
    expect(page.locator("#note")).to_have_value(f"Berlin {word} <b>2026</b>")
    page.goto("/photos")
    page.get_by_role("searchbox").fill(f"{word} berlin")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".tile")).to_have_count(1)
    expect(tile(page, name)).to_be_visible()


def test_load_more_keeps_the_filters_and_the_back_button_honest(site, browse):
    for seed in range(400, 445):
        site.submit(f"honest-{seed}.jpg", noise(seed, size=(64, 48)))
    page = browse()
    page.goto("/photos?q=honest-4")
    expect(page.locator(".tile")).to_have_count(40)
    page.get_by_role("link", name="Load more").click()
    expect(page.locator(".tile")).to_have_count(45)
    assert "q=honest-4" in page.url
    page.locator(".tile a").last.click()
    page.wait_for_url("**/jobs/*")
    page.go_back()
    expect(page.locator(".tile")).to_have_count(45)
    page.reload()
    expect(page.locator(".tile")).to_have_count(45)


def test_thumbnails_are_lazy_and_fetched_once(site, browse, photos):
    page = browse()
    mine(page, photos)
    assert page.locator(".tile img[loading=lazy]").count() == page.locator(".tile img").count() == 3
    page.wait_for_load_state("networkidle")
    page.goto("/jobs")
    mine(page, photos)
    page.wait_for_load_state("networkidle")
    sizes = page.evaluate(
        "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/thumbnail'))"
        ".map(({ transferSize }) => transferSize)"
    )
    assert sizes == [0, 0, 0]  # bytes by way of the network


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_sticks_out_and_everybody_can_use_it(site, browse, photos, width, dark):
    page = browse(width=width, dark=dark)
    for address in ("/", "/photos?people=0&q=nothing", "/photos?since=x", "/jobs", "/photos"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, found.generate_report()
    page.locator(".tile .choose input").first.check(force=True)
    for summary in page.locator(".selection summary").all():
        summary.click()
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_load_more_says_that_it_did_not_work_and_works_again(site, browse):
    for seed in range(500, 542):
        site.submit(f"away-{seed}.jpg", noise(seed, size=(64, 48)))
    page = browse()
    page.goto("/photos?q=away-5")
    page.route("**/photos?*before=*", lambda route: route.abort())
    page.get_by_role("link", name="Load more").click()
    expect(page.get_by_role("alert")).to_contain_text("poseweb could not be reached")
    expect(page.locator(".tile")).to_have_count(40)
    page.unroute("**/photos?*before=*")
    page.get_by_role("link", name="Load more").click()
    expect(page.locator(".tile")).to_have_count(42)
    page.reload()
    expect(page.locator(".tile")).to_have_count(42)
    assert all(complaint.startswith(("htmx:", "Failed to load")) for complaint in browse.complaints)
    browse.complaints.clear()
