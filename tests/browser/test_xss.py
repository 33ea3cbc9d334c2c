"""A real browser on photos whose names are payloads: nothing runs, nothing is loaded, every name is only text."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import drop, noise
from tests.web.test_xss import PAYLOADS

MARK = "window.struck=true"
ARMED = [payload.replace("alert(1)", MARK) for payload in PAYLOADS if "/" not in payload and "\0" not in payload]


@pytest.mark.timeout(180)
def test_no_payload_runs(site, browse):
    """In the list of uploads (drawn by our script, then by htmx), in the gallery and on the page of a photo."""
    page = browse()
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto("/")
    chosen = ARMED[:12]
    drop(page, [(name, noise(9000 + number, (64, 48))) for number, name in enumerate(chosen)])
    expect(page.locator("#uploads .row.succeeded")).to_have_count(len(chosen), timeout=90_000)
    shown = page.locator("#uploads .name").all_inner_texts()
    assert len([name for name in shown if MARK in name]) == len([name for name in chosen if MARK in name])
    addresses = [link.get_attribute("href") for link in page.locator("#uploads .name a").all()]
    for address in ["/", "/photos", *addresses[:6]]:
        page.goto(address)
        assert page.evaluate("window.struck") is None, address
        assert page.locator("[onerror], [onload], [onfocus], [ontoggle], iframe").count() == 0
    assert dialogs == []
