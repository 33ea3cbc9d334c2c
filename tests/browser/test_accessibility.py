"""Every page of ours before axe, WCAG 2.2 AA: light and dark, on a phone and on a desk."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_shuts_anybody_out(browse, pages, width, dark):
    page = browse(width=width, dark=dark)
    found = {}
    for name, address in pages.items():
        page.goto(address)
        expect(page.locator("main h1").first).to_be_visible()
        complaints = Axe().run(page, options=RULES)
        if complaints.violations_count:
            found[name] = complaints.generate_snapshot() + complaints.generate_report()
    assert found == {}, "\n".join(f"{name}:\n{report}" for name, report in found.items())


def test_being_turned_down_is_readable_too(browse):
    page = browse()
    page.goto("/nothing")
    assert Axe().run(page, options=RULES).violations_count == 0
    assert len(browse.complaints) == 1  # Chromium's own line on a 404
    browse.complaints.clear()


def test_no_page_is_wider_than_a_phone(browse, pages):
    page = browse(width=390)
    wide = {}
    for name, address in pages.items():
        page.goto(address)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 390:
            wide[name] = width
    assert wide == {}


def test_everything_on_the_start_page_is_reached_by_keyboard(browse, pages):
    page = browse()
    page.goto(pages["start"])
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.outerHTML.slice(0, 80)"))
    wanted = page.evaluate(
        """[...document.querySelectorAll("a[href], button, input, select, summary")]
             .filter((element) => element.checkVisibility() && !element.disabled && element.tabIndex >= 0)
             .filter((element) => element.type !== "radio" || element.checked)
             .map((element) => element.outerHTML.slice(0, 80))"""
    )
    assert set(wanted[:50]) <= reached
