"""Photos go in, skeletons come out: through a real browser, a real server and a real worker."""

from playwright.sync_api import expect

from tests.browser.conftest import drop, follow, noise


def job_ids(page):
    """Of the photos on the page, in its order."""
    links = page.locator("a[href*='/jobs/']").evaluate_all("links => links.map(link => link.pathname.split('/')[2])")
    return list(dict.fromkeys(links))


def shown_people(page):
    """How many people the page of a job says it found."""
    return int(page.locator(".count b").inner_text())


def test_drop_two_photos_watch_them_finish_open_the_gallery(site, browse, photos):
    page = browse()
    page.goto("/")
    drop(page, [(name, content + b"new here") for name, content in photos])  # other tests have sent these, too
    rows = page.locator("#uploads .row")
    expect(rows).to_have_count(2)
    expect(page.locator("#uploads .row.succeeded")).to_have_count(2)
    for (name, _), row in zip(photos, rows.all(), strict=True):
        expect(row).to_contain_text(name)
    uploaded = set(job_ids(page.locator("#uploads")))

    follow(page, page.get_by_role("link", name="Gallery"))
    page.reload()
    assert set(job_ids(page.locator("#grid"))[:2]) == uploaded
    expect(page.locator(".tile.succeeded").nth(1)).to_be_visible()
    for tile in page.locator(".tile img").all()[:2]:
        tile.evaluate("image => image.decode()")  # fails where the thumbnail is no picture

    for job_id in uploaded:
        stored = site.job(job_id)
        assert (stored["status"], stored["network"]) == ("succeeded", "poseweb")
        page.goto(f"/jobs/{job_id}")
        assert shown_people(page) == stored["people"] == len(site.poses(job_id)["people"])
        expect(page.locator(".person")).to_have_count(stored["people"])
        assert page.locator(".stage img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_a_file_that_fails_shows_its_sentence_and_the_others_go_on(site, browse):
    page = browse()
    page.goto("/")
    drop(page, [("good.jpg", noise(10)), ("<b>text</b>.jpg", b"no picture"), ("cut.jpg", noise(11)[:3000])])
    rows = page.locator("#uploads .row")
    expect(rows.nth(0)).to_contain_text("Nobody found")
    expect(rows.nth(1)).to_contain_text("This is neither a photo nor a clip.")
    expect(rows.nth(1)).to_contain_text("<b>text</b>.jpg")
    expect(rows.nth(2)).to_contain_text("cut short")
    good, cut = job_ids(page.locator("#uploads"))
    assert site.job(good)["status"] == "succeeded"
    assert site.job(cut)["error_code"] == "truncated"
    page.goto(f"/jobs/{cut}")
    expect(page.locator(".stage")).to_contain_text("cut short")
    # The browser itself writes a line for the answer that refused the text file; nothing else may be there.
    assert [complaint for complaint in browse.complaints if "422" not in complaint] == []
    browse.complaints.clear()


def test_the_same_photo_again_shows_what_it_gave_before(site, browse):
    page = browse()
    page.goto("/")
    drop(page, [("first.jpg", noise(12))])
    expect(page.locator("#uploads .row.succeeded")).to_have_count(1)
    drop(page, [("second.jpg", noise(12))])
    expect(page.locator("#uploads .row.succeeded")).to_have_count(2)
    expect(page.locator("#uploads")).to_contain_text("You uploaded this before")
    assert len(job_ids(page.locator("#uploads"))) == 1


def test_without_javascript(site, browse):
    page = browse(scripts=False)
    page.goto("/")
    files = [{"name": f"plain{seed}.jpg", "mimeType": "image/jpeg", "buffer": noise(seed)} for seed in (20, 21)]
    page.set_input_files("#file", files[:1])
    page.get_by_role("button", name="Find people").click()
    expect(page.locator(".count")).to_contain_text("0 people found")  # the page has refreshed itself to the end
    job_id = page.url.rsplit("/", 1)[1]
    assert site.job(job_id)["status"] == "succeeded"

    page.goto("/")
    page.set_input_files("#file", [*files, {"name": "text.jpg", "mimeType": "image/jpeg", "buffer": b"text"}])
    page.get_by_role("button", name="Find people").click()
    expect(page.locator("#uploads .row")).to_have_count(3)
    expect(page.locator("#uploads .row.failed")).to_contain_text("This is neither a photo nor a clip.")
    browse.complaints.clear()  # the browser's own line for the page's status 422
