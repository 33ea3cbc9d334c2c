"""A budget for every page: what it weighs before its pictures, what its largest paint waits for, what jumps."""

import pytest
from playwright.sync_api import expect

BYTES = 100_000  # of page, styles and scripts, as they travel
WATCH = """
    window.jumps = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.jumps += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
"""
WEIGHT = """
    [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
      .filter((entry) => !["img", "image", "video"].includes(entry.initiatorType))
      .filter((entry) => !/\\/(image|thumbnail|original|plain|poster)/.test(entry.name))
      .reduce((sum, entry) => sum + entry.transferSize, 0)
"""


def test_no_page_weighs_more_than_its_budget(browse, pages):
    heavy = {}
    for name, address in pages.items():
        page = browse(width=390)  # a profile of its own: nothing is cached
        page.goto(address, wait_until="load")
        weight = page.evaluate(WEIGHT)
        assert weight > 5000, f"{name}: that is not the weight of a page"
        if weight > BYTES:
            heavy[name] = weight
    assert heavy == {}


def test_no_script_holds_up_what_is_seen_first(browse, pages):
    page = browse()
    for name, address in pages.items():
        page.goto(address)
        blocking = page.evaluate(
            """[...document.querySelectorAll("head script[src]")]
                 .filter((script) => !script.defer && !script.async && script.type !== "module")
                 .map((script) => script.src)"""
        )
        assert blocking == [], name


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_jumps_in_the_gallery(browse, pages, width):
    page = browse(width=width)
    page.add_init_script(WATCH)
    page.goto(pages["gallery"])
    expect(page.locator(".tile").first).to_be_visible()
    for _ in range(4):
        page.mouse.wheel(0, 800)
        page.wait_for_timeout(150)
    assert page.evaluate("window.jumps") == 0
