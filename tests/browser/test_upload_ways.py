"""Every way a photo comes in, and what may happen to it on the way; each test asks what is stored, after a reload."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import drop, noise
from tests.browser.test_upload import job_ids

SUBMIT = "**/api/v1/jobs"


def stored(page, name):
    """The jobs of photos of that name, by the gallery, read anew."""
    page.goto(f"/photos?q={name}")
    return job_ids(page.locator("#grid")) if page.locator("#grid").count() else []


def chosen(name, content, kind="image/jpeg"):
    return {"name": name, "mimeType": kind, "buffer": content}


def large(seed):
    """A photo that takes its time to be sent."""
    pixels = np.random.default_rng(seed).integers(0, 256, (900, 1200, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def hold(page):
    """Requests with a photo stop here: each is a function that lets it go on."""
    held = []

    def stop(route):
        held.append(route.continue_)

    page.route(SUBMIT, stop)
    return held


def slow_down(page, bytes_per_second):
    client = page.context.new_cdp_session(page)
    network = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second}
    client.send("Network.enable")
    client.send("Network.emulateNetworkConditions", network)


def test_a_pasted_picture_is_taken(site, browse):
    page = browse()
    page.goto("/")
    buffer = io.BytesIO()
    Image.open(io.BytesIO(noise(200))).save(buffer, "PNG")
    page.evaluate(
        """bytes => {
            const carried = new DataTransfer();
            carried.items.add(new File([new Uint8Array(bytes)], "image.png", { type: "image/png" }));
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true }));
        }""",
        list(buffer.getvalue()),
    )
    expect(page.locator("#uploads .row.succeeded")).to_contain_text("pasted ")
    (job_id,) = stored(page, "pasted")
    assert re.fullmatch(r"pasted [\d. -]+\.png", site.job(job_id)["name"])


def test_of_a_folder_the_photos_are_taken(site, browse, tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "folder-a.jpg").write_bytes(noise(201))
    (tmp_path / "inner" / "folder-b.jpg").write_bytes(noise(202))
    (tmp_path / "notes.txt").write_text("no photo")
    page = browse()
    page.goto("/")
    page.set_input_files("#folder", tmp_path)
    expect(page.locator("#uploads .row.succeeded")).to_have_count(2)
    expect(page.locator("#tally")).to_have_text("2 of 2 files sent · 1 other file of the folder left out")
    assert len(stored(page, "folder-")) == 2


def test_a_telephone_takes_a_photo(site, browse):
    page = browse(width=390)
    page.goto("/")
    assert page.locator("#camera").get_attribute("capture") == "environment"
    page.set_input_files("#camera", chosen("camera.jpg", noise(203)))
    expect(page.locator("#uploads .row.succeeded")).to_have_count(1)
    (job_id,) = stored(page, "camera.jpg")
    assert site.job(job_id)["status"] == "succeeded"


def test_what_cannot_be_taken_is_said_before_anything_is_sent(site, browse):
    page = browse()
    sent = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    page.goto("/")
    page.evaluate("document.getElementById('upload').dataset.most = 2 ** 20")
    files = [
        chosen("clip.txt", b"text", "text/plain"),
        chosen("early-empty.jpg", b""),
        chosen("early-large.jpg", b"x" * (2**20 + 1)),
    ]
    page.set_input_files("#file", files)
    rows = page.locator("#uploads .row.failed")
    expect(rows.nth(0)).to_contain_text("This is neither a photo nor a clip.")
    expect(rows.nth(1)).to_contain_text("The file is empty.")
    expect(rows.nth(2)).to_contain_text("larger than 1 MB")
    expect(page.locator("#tally")).to_have_text("0 of 3 files sent · 3 failed")
    assert sent == []
    assert stored(page, "early") == []


def test_three_are_sent_side_by_side_and_the_others_wait(site, browse):
    page = browse()
    held = hold(page)
    page.goto("/")
    drop(page, [(f"side-{seed}.jpg", noise(seed)) for seed in range(210, 215)])
    expect(page.locator("#uploads .row", has_text="Waiting to be sent")).to_have_count(2)
    page.wait_for_timeout(300)
    assert len(held) == 3
    for number in range(5):
        while len(held) <= number:
            page.wait_for_timeout(20)
        held[number]()
        expect(page.locator("#uploads .row", has_text="Waiting to be sent")).to_have_count(max(0, 1 - number))
    expect(page.locator("#uploads .row.succeeded")).to_have_count(5)
    assert len(stored(page, "side-")) == 5


def test_an_upload_is_cancelled_on_its_way_and_tried_again(site, browse):
    page = browse()
    page.goto("/")
    slow_down(page, 100_000)
    drop(page, [("stopped.jpg", large(220))])
    row = page.locator("#uploads .row")
    expect(row).to_contain_text(re.compile(r"Uploading [1-9]\d? %"))
    assert float(row.locator("progress").get_attribute("value") or row.locator("progress").evaluate("p => p.value")) > 0
    row.get_by_role("button", name="Cancel").click()
    expect(row).to_contain_text("Cancelled, nothing was kept")
    other = page.context.new_page()
    assert stored(other, "stopped.jpg") == []
    slow_down(page, -1)
    row.get_by_role("button", name="Try again").click()
    expect(page.locator("#uploads .row.succeeded")).to_have_count(1)
    assert len(stored(page, "stopped.jpg")) == 1


def test_all_that_failed_are_tried_again_at_once(site, browse):
    page = browse()
    page.goto("/")
    page.route(SUBMIT, lambda route: route.abort())
    drop(page, [(f"lost-{seed}.jpg", noise(seed)) for seed in (230, 231, 232)])
    expect(page.locator("#uploads .row.failed", has_text="could not be reached")).to_have_count(3)
    page.unroute(SUBMIT)
    page.get_by_role("button", name="Retry all failed").click()
    expect(page.locator("#uploads .row.succeeded")).to_have_count(3)
    expect(page.get_by_role("button", name="Retry all failed")).to_be_hidden()
    assert len(stored(page, "lost-")) == 3
    assert all("ERR_FAILED" in complaint for complaint in browse.complaints)  # the browser's own lines
    browse.complaints.clear()


def test_leaving_while_something_is_on_its_way_is_asked_first(site, browse):
    page = browse()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto("/")
    page.locator("#resolution").focus()
    page.keyboard.press("Tab")  # browsers ask only on behalf of pages that somebody has touched
    hold(page)
    drop(page, [("half.jpg", noise(240))])
    expect(page.locator("#uploads .row")).to_contain_text("%")
    page.goto("/photos?q=half.jpg")
    assert asked == ["beforeunload"]
    assert page.locator("#grid").count() == 0
    page.goto("/")
    page.goto("/photos")
    assert asked == ["beforeunload"]  # nothing was on its way


def fill_the_queue(site, count=30):
    """Photos that take the worker some seconds."""
    for seed in range(300, 300 + count):
        site.submit(f"queue-{seed}.jpg", noise(seed, size=(640, 480)), resolution="-1x736")


def test_a_waiting_photo_says_its_place_and_is_cancelled(site, browse):
    page = browse()
    page.goto("/")
    fill_the_queue(site)
    drop(page, [("behind.jpg", noise(250))])
    row = page.locator("#uploads .row")
    expect(row).to_contain_text(re.compile(r"\d+ jobs ahead in the queue"))
    row.get_by_role("button", name="Cancel").click()
    expect(row).to_contain_text("Cancelled")
    (job_id,) = stored(page, "behind.jpg")
    assert site.job(job_id)["status"] == "cancelled"

    page.goto("/jobs")
    expect(page.get_by_role("heading", name="On their way")).to_be_visible()
    shown = page.locator("ol.rows").first.locator(".row")
    shown.last.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel all").click()
    expect(page.locator("[data-watch]")).to_have_count(0)  # the one that ran has stopped
    page.reload()
    expect(page.get_by_role("heading", name="On their way")).to_have_count(0)
    page.locator(".row", has_text="behind.jpg").get_by_role("button", name="Try again").click()
    expect(page.locator(".row.succeeded", has_text="behind.jpg")).to_be_visible()  # followed by the one poll
    page.reload()
    expect(page.locator(".row", has_text="behind.jpg")).to_have_count(0)
    assert site.job(job_id)["status"] == "succeeded"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_options_are_used_and_remembered(site, browse, scripts):
    page = browse(scripts=scripts)
    page.goto("/")
    page.select_option("#resolution", "-1x256")
    page.select_option("#single", "1")
    page.set_input_files("#file", chosen("options.jpg", noise(260 + scripts)))
    if scripts:
        expect(page.locator("#uploads .row.succeeded")).to_have_count(1)
        page.goto(f"/jobs/{job_ids(page.locator('#uploads'))[0]}")
    else:
        page.get_by_role("button", name="Find people").click()
    expect(page.locator(".facts")).to_contain_text("-1x256")
    expect(page.locator(".facts")).to_contain_text("a single person")
    page.goto("/")
    expect(page.locator("#resolution")).to_have_value("-1x256")
    expect(page.locator("#single")).to_have_value("1")


def test_a_telephones_heic_is_taken_and_comes_out_upright(site, browse):
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    Image.open(io.BytesIO(noise(270, size=(320, 200)))).save(buffer, "HEIF", exif=exif.tobytes())
    page = browse()
    page.goto("/")
    page.set_input_files("#file", chosen("IMG_0270.HEIC", buffer.getvalue(), "image/heic"))
    expect(page.locator("#uploads .row.succeeded")).to_have_count(1)
    (job_id,) = stored(page, "IMG_0270")
    job = site.job(job_id)
    assert (job["width"], job["height"]) == (200, 320)


def test_cancelled_uploads_leave_no_job(site, browse):
    page = browse()
    hold(page)
    page.goto("/")
    drop(page, [(f"none-{seed}.jpg", noise(seed)) for seed in range(280, 285)])
    for row in page.locator("#uploads .row").all():
        row.get_by_role("button", name="Cancel").click()
    expect(page.locator("#uploads .row", has_text="Cancelled, nothing was kept")).to_have_count(5)
    assert stored(page, "none-") == []
