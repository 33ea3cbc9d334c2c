"""The application for everybody in the house, in a real browser: invited, signed in, showing a photo to a stranger."""

import os
import re
import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, follow, noise
from tests.browser.test_accessibility import RULES

PASSWORD = "a long enough phrase"


@pytest.fixture(scope="module")
def invitation(served):
    """The path of a link that makes an account which may do everything."""
    command = [sys.executable, "manage.py", "invite", "--staff"]
    environment = {**os.environ, **served.settings}
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def pages(served, invitation, chromium):
    """Alice comes by her invitation and shares a photo: the pages that only such a site has, and who looks at them."""
    context = chromium.new_context(base_url=served.address)
    page = context.new_page()
    page.goto(invitation)
    page.get_by_label("Name", exact=True).fill("alice")
    for field in ("Password", "Password confirmation"):
        page.get_by_label(field, exact=True).fill(PASSWORD)
    follow(page, page.get_by_role("button", name="Make my account"))
    page.goto("/")
    page.set_input_files("#file", {"name": "shown.jpg", "mimeType": "image/jpeg", "buffer": noise(8000)})
    row = page.locator("#uploads .row.succeeded")
    expect(row).to_be_visible()
    follow(page, row.get_by_role("link", name="shown.jpg", exact=True))
    photo = page.url
    page.locator(".sharing summary").click()
    follow(page, page.get_by_role("button", name="Make a link"))
    shared = page.locator("#share-link").input_value()
    page.goto("/invitations")
    page.get_by_role("button", name="Make a link").click()
    fresh = page.locator("#invitation-link").input_value()
    yield {
        "signed in": (context, [photo, "/account", "/account/password", "/invitations", "/review", "/jobs"]),
        "anonymous": (None, [shared, fresh, "/login", "/password", "/password/sent", "/public", invitation]),
    }
    context.close()


def opened(browse, served, context, **how):
    """A page of that site, for who is signed in there; a context of nobody is None."""
    page = browse(at=served, **how)
    page.context.add_cookies(context.cookies() if context else [])
    return page


def forget_refusals(browse):
    """Chromium's own lines on 404 and 410."""
    browse.complaints[:] = [line for line in browse.complaints if "responded with a status of 4" not in line]


@pytest.mark.parametrize("who", ["signed in", "anonymous"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_shuts_anybody_out(served, browse, pages, who, width, dark):
    context, addresses = pages[who]
    page = opened(browse, served, context, width=width, dark=dark)
    found = {}
    for address in addresses:
        page.goto(address)
        expect(page.locator("main h1").first).to_be_visible()
        complaints = Axe().run(page, options=RULES)
        if complaints.violations_count or page.evaluate("document.documentElement.scrollWidth") > width:
            found[address] = complaints.generate_report()
    assert found == {}
    forget_refusals(browse)


def test_a_shared_photo_is_shown_to_who_has_the_link_until_it_is_taken_back(served, browse, pages):
    context, (photo, *_) = pages["signed in"]
    shared = pages["anonymous"][1][0]
    stranger = opened(browse, served, None)
    stranger.goto(shared)
    expect(stranger.locator(".overlay")).to_be_attached()
    stranger.goto(photo)
    expect(stranger).to_have_url(re.compile("/login"))

    owner = opened(browse, served, context)
    owner.goto(photo)
    follow(owner, owner.get_by_role("button", name="Take the link back"))
    stranger.goto(shared)
    expect(stranger.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    forget_refusals(browse)


def test_a_selection_is_shown_hidden_and_given_links(served, browse, pages):
    context, _ = pages["signed in"]
    page = opened(browse, served, context)
    page.goto("/")
    both = [{"name": f"pair-{i}.jpg", "mimeType": "image/jpeg", "buffer": noise(8100 + i)} for i in range(2)]
    page.set_input_files("#file", both)
    expect(page.locator("#uploads .row.succeeded")).to_have_count(2)
    for wish, seen, shown in (
        ("Show to everybody", "everybody", 2),
        ("Make private", "everybody", 0),
        ("Make a link of each", "link", 2),
        ("Take the links back", "link", 0),
    ):
        page.goto("/photos?q=pair")
        for tick in page.locator(".tile").get_by_role("checkbox").all():
            tick.check(force=True)
        page.locator(".selection summary", has_text="Share").click()
        follow(page, page.get_by_role("button", name=wish))
        expect(page.locator(".message")).to_contain_text("2 photos")
        page.goto(f"/photos?q=pair&seen={seen}")
        expect(page.locator(".tile")).to_have_count(shown)
