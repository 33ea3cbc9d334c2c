"""Take the README's pictures from the running application.

    POSEWEB_DATA=/tmp/pictures PORT=8010 make run
    .venv/bin/python docs/images/take.py http://localhost:8010 PHOTO…

The photos in the README are public-domain portraits that packages ship: `skimage.data.astronaut()` and matplotlib's
`grace_hopper.jpg`.
"""

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking".split()
VIEW = "confidence"


def main(address: str, photos: list[str]) -> None:
    """Upload the photos, wait for the results, and take the pages: the gallery, the first photo's result, its maps."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": 1200, "height": 820}, color_scheme="light")
        page.goto(address)
        page.set_input_files("#file", photos)
        page.locator(".row.succeeded").nth(len(photos) - 1).wait_for(timeout=60_000)
        page.goto(f"{address}/photos")
        page.set_viewport_size({"width": 1200, "height": 500})
        take(page, "gallery")
        page.set_viewport_size({"width": 1200, "height": 820})
        page.locator(".tile.succeeded a", has_text=Path(photos[0]).name).click()
        page.locator("#maps").wait_for()
        take(page, "result")
        show_map(page)
        browser.close()


def show_map(page: Page) -> None:
    """Open the maps of the photo and take the panel."""
    page.locator("#maps > summary").click()
    page.select_option("#maps select[name=view]", VIEW)
    page.locator("#map img").wait_for(timeout=60_000)
    page.wait_for_load_state("networkidle")
    page.set_viewport_size({"width": 1200, "height": 1600})  # else the page's bar lies over the panel
    page.locator("#maps").screenshot(path=HERE / "maps.jpg", type="jpeg", quality=85)


def take(page: Page, name: str) -> None:
    """One screenshot, once every picture of the page is there."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=HERE / f"{name}.jpg", type="jpeg", quality=85)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
