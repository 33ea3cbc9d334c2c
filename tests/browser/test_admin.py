"""The admin in a real browser, under our Content Security Policy; each test asks what is stored, after a reload."""

import itertools
import re
import urllib.error

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import follow, noise

SEEDS = itertools.count(7000)
LIST = "/admin/poseweb/job/"


def stored(site, job_id):
    """The job as it is stored, once it is over."""
    return site.job(site.finished(job_id))


@pytest.fixture
def job(site):
    return stored(site, site.submit("admin.jpg", noise(next(SEEDS))))


def act(page, job, action):
    """Choose one job in the list, and an action."""
    page.goto(f"{LIST}?q={job['id']}")
    page.locator(".action-select").check()
    page.get_by_label("Action:").select_option(label=action)
    button = page.get_by_role("button", name="Run", exact=True).or_(page.get_by_role("button", name="Go", exact=True))
    follow(page, button)


def test_every_page_of_the_admin_works_under_our_policy(browse, job):
    page = browse(width=1440)
    page.goto("/admin/")
    links = page.locator("#content-main a, #today a").evaluate_all("links => links.map(link => link.pathname)")
    lists = {link for link in links if link.startswith("/admin/") and not link.endswith("/add/")}
    assert {LIST, "/admin/poseweb/upload/", "/admin/poseweb/worker/", "/admin/auth/user/"} <= lists
    for address in [*sorted(lists), f"{LIST}{job['id']}/change/", f"{LIST}?review=open"]:
        answer = page.goto(address)
        assert answer.status == 200, address
        expect(page.locator("#content h1")).to_be_visible()


def test_the_first_page_counts_the_day(browse, job):
    page = browse()
    page.goto("/admin/")
    before = int(page.locator("#today tr", has_text="Jobs that came in").locator("td").inner_text())
    assert before >= 1
    act(page, job, "Mark the results reviewed, as they stand")
    page.goto("/admin/")
    page.reload()
    reviewed = page.locator("#today tr", has_text="Results reviewed").locator("td")
    assert int(reviewed.inner_text()) >= 1


def test_marking_reviewed(site, browse, job):
    page = browse()
    act(page, job, "Mark the results reviewed, as they stand")
    expect(page.locator(".messagelist")).to_contain_text("1 of 1 marked.")
    page.reload()
    expect(page.locator(".field-reviewed")).to_have_text("yes")
    page.goto(f"{LIST}?review=open&q={job['id']}")
    expect(page.locator(".field-photo")).to_have_count(0)


def test_the_skeleton_is_in_the_thumbnail(browse, job):
    page = browse()
    page.goto(f"{LIST}?q={job['id']}")
    loaded = page.locator(".field-thumbnail img").evaluate("image => image.decode().then(() => image.naturalWidth)")
    assert loaded > 0


def test_deleting_a_photo_asks_first(site, browse, job):
    page = browse()
    act(page, job, "Delete the photos, with all results and files")
    expect(page.locator("#content")).to_contain_text("1 photo will be removed for good")
    assert site.job(job["id"])["status"] == "succeeded"
    page.get_by_role("button", name="Delete for good").click()
    expect(page.locator(".messagelist")).to_contain_text("1 photo deleted.")
    page.reload()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        site.job(job["id"])


def test_requeue_and_cancel(site, browse):
    broken = stored(site, site.submit("broken.jpg", noise(next(SEEDS))[:-2000]))
    assert broken["status"] == "failed"
    page = browse()
    act(page, broken, "Requeue the failed and cancelled ones")
    expect(page.locator(".messagelist")).to_contain_text("1 of 1 queued again.")
    again = stored(site, broken["id"])
    assert (again["status"], again["attempt"]) == ("failed", 2)
    act(page, broken, "Cancel the waiting and running ones")
    expect(page.locator(".messagelist")).to_contain_text("1 of 1 not cancelled.")
    page.reload()
    expect(page.locator(".field-status")).to_have_text("Failed")


def test_filters_narrow_the_list(site, browse, job):
    stored(site, site.submit("broken.jpg", noise(next(SEEDS))[:-2000]))
    page = browse(width=1440)
    page.goto(LIST)
    page.locator("#changelist-filter").get_by_role("link", name="Failed", exact=True).click()
    expect(page).to_have_url(re.compile("status__exact=failed"))
    page.reload()
    assert set(page.locator(".field-status").all_inner_texts()) == {"Failed"}
    follow(page, page.locator("#changelist-filter").get_by_role("link", name="local", exact=True))
    assert set(page.locator(".field-owner").all_inner_texts()) == {"local"}
