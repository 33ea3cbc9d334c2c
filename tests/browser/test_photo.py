"""The page of a photo and the gallery, in a real browser; each test asks what is stored, after a reload."""

import urllib.error

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import noise


def test_the_page_follows_its_job_to_the_end(site, browse):
    job_id = site.submit("follow.jpg", noise(30))
    page = browse()
    page.goto(f"/jobs/{job_id}")
    expect(page.locator(".count")).to_contain_text("0 people found")
    expect(page.get_by_label("Result and actions")).to_contain_text("Nobody found. What helps:")
    expect(page.locator("[hx-get*=status]")).to_have_count(0)
    assert page.title() == "follow.jpg · poseweb"


def test_run_again_keeps_both_runs(site, browse):
    job_id = site.submit("again.jpg", noise(31))
    page = browse()
    page.goto(f"/jobs/{job_id}")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(lambda address: job_id not in address)
    expect(page.locator(".count")).to_contain_text("0 people found")
    page.reload()
    expect(page.locator(".runs li")).to_have_count(2)
    assert site.job(page.url.rsplit("/", 1)[1])["status"] == "succeeded"
    assert site.job(job_id)["status"] == "succeeded"


def test_delete_asks_first_and_then_forgets(site, browse):
    job_id = site.submit("forget.jpg", noise(32))
    page = browse()
    page.goto(f"/jobs/{job_id}")
    expect(page.locator(".count")).to_be_visible()
    page.get_by_text("Delete", exact=True).click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.locator(".message")).to_contain_text("forget.jpg and everything found in it are deleted.")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        site.job(job_id)
    page.reload()
    expect(page.locator(".tile", has_text="forget.jpg")).to_have_count(0)


def test_the_download_is_named_after_the_photo(site, browse):
    job_id = site.submit("holiday.jpg", noise(33))
    page = browse()
    page.goto(f"/jobs/{job_id}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Annotated picture").click()
    assert download.value.suggested_filename == "holiday-pose.jpg"
    assert download.value.path().read_bytes().startswith(b"\xff\xd8\xff")


def test_load_more_and_the_way_back(site, browse):
    for seed in range(100, 142):
        site.submit(f"{seed}.jpg", noise(seed, size=(64, 48)))
    page = browse()
    page.goto("/photos")
    expect(page.locator(".tile")).to_have_count(40)
    page.get_by_role("link", name="Load more").click()
    expect(page.locator(".tile").nth(41)).to_be_visible()
    assert "through=" in page.url
    shown = page.locator(".tile a").evaluate_all("links => links.map(link => link.href)")
    assert len(set(shown)) == len(shown)
    page.locator(".tile a").last.click()
    page.wait_for_url("**/jobs/*")
    page.go_back()
    expect(page.locator(".tile")).to_have_count(len(shown))
    page.reload()
    expect(page.locator(".tile")).to_have_count(len(shown))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_sticks_out_at_any_width(site, browse, width, dark):
    job_id = site.submit("a name without any place to break it_" + "x" * 60 + ".jpg", noise(34))
    page = browse(width=width, dark=dark)
    for address in ("/", "/photos", f"/jobs/{job_id}", "/admin/poseweb/job/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


def test_a_page_that_is_not_there(site, browse):
    page = browse()
    page.goto("/nowhere")
    expect(page.get_by_role("heading")).to_have_text("There is nothing here")
    browse.complaints.clear()  # the browser's own line for the status 404
