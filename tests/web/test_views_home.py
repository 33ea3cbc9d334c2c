"""The upload page, as it works without JavaScript: one form, several photos."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.html import escape

from poseweb.models import Job, Network, Result, Upload
from tests.web.conftest import finish, photo, submit


def test_the_form_offers_the_networks_best_first(as_alice, networks):
    page = as_alice.get("/").content.decode()
    assert page.index("The better one") < page.index("The built-in one")
    assert '<input type="radio" name="network" value="" checked>' in page
    assert page.count(" checked") == 1
    assert "most accurate" in page


def test_each_network_says_its_accuracy_its_time_here_and_its_licence(as_alice, alice, networks):
    Network.objects.filter(name="better").update(ap=0.343)
    for seed, seconds in enumerate((0.2, 0.4, 9.0)):
        Result.objects.filter(pk=finish(submit(alice, seed=seed), network="better").result.pk).update(seconds=seconds)
    close = finish(submit(alice, seed=5, resolution="-1x736"), network="poseweb")  # no usual request: tells nothing
    page = as_alice.get("/").content.decode()
    assert "COCO AP 0.34 · 0.40 s a photo here · MIT" in page
    assert "Accuracy not measured · not timed here yet · MIT" in page
    assert close.result.seconds


def test_the_options_stand_there_again_next_time(as_alice, networks):
    as_alice.post("/", {"file": photo(), "network": "poseweb", "resolution": "-1x736", "single": "1"})
    page = as_alice.get("/").content.decode()
    assert '<input type="radio" name="network" value="poseweb" checked>' in page
    assert '<option value="-1x736" selected>' in page
    assert '<option value="1" selected>' in page
    as_alice.cookies["wishes"] = "network%3Dgone%26resolution%3Dx"
    page = as_alice.get("/").content.decode()
    assert '<input type="radio" name="network" value="" checked>' in page


def test_the_setting_says_which_network_comes_first(as_alice, networks, settings):
    settings.NETWORK = "poseweb"
    page = as_alice.get("/").content.decode()
    assert page.index("The built-in one") < page.index("The better one")
    assert '<input type="radio" name="network" value="better">' in page


def test_without_any_network_yet_a_photo_can_be_sent_all_the_same(as_alice):
    assert "radio" not in as_alice.get("/").content.decode()
    assert as_alice.post("/", {"file": photo()}).status_code == 302


def test_one_photo_leads_to_its_job(as_alice, alice):
    response = as_alice.post("/", {"file": photo("cat.jpg")})
    job = Job.objects.get()
    assert response.headers["Location"] == reverse("job", args=[job.pk])
    assert (job.upload.owner, job.upload.name, job.status) == (alice, "cat.jpg", "queued")


def test_several_photos_lead_to_the_gallery(as_alice, networks):
    response = as_alice.post("/", {"file": [photo("a.jpg", 1), photo("b.jpg", 2)], "network": "poseweb"}, follow=True)
    assert response.redirect_chain == [("/photos", 302)]
    assert "2 photos are in." in response.content.decode()
    assert set(Job.objects.values_list("upload__name", "network")) == {("a.jpg", "poseweb"), ("b.jpg", "poseweb")}


def test_a_bad_file_gets_its_sentence_and_the_others_go_on(as_alice):
    files = [
        photo("good.jpg", 1),
        SimpleUploadedFile("empty.jpg", b""),
        SimpleUploadedFile("notes.jpg", b"only text, whatever its name says"),
        photo("fine.jpg", 2),
    ]
    response = as_alice.post("/", {"file": files})
    page = response.content.decode()
    assert response.status_code == 422
    assert set(Upload.objects.values_list("name", flat=True)) == {"good.jpg", "fine.jpg"}
    for name, sentence in {"empty.jpg": "The file is empty", "notes.jpg": "This is neither a photo nor a clip"}.items():
        start = page.index(f">{name}<")
        assert sentence in page[start : start + 200]
    for job in Job.objects.all():
        assert f'href="{reverse("job", args=[job.pk])}"' in page


def test_nothing_chosen_is_said(as_alice):
    response = as_alice.post("/", {})
    assert response.status_code == 422
    assert "Choose at least one photo first." in response.content.decode()


def test_an_unknown_network_is_refused_and_nothing_is_kept(as_alice, networks):
    response = as_alice.post("/", {"file": photo(), "network": "none-such"})
    assert response.status_code == 422
    assert escape("No worker has the network 'none-such'.") in response.content.decode()
    assert not Upload.objects.exists()


def test_the_same_photo_again_leads_to_the_job_it_has(as_alice, alice):
    job = finish(submit(alice))
    response = as_alice.post("/", {"file": photo()})
    assert response.headers["Location"] == reverse("job", args=[job.pk])
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=alert(1)>.jpg", '"><script>alert(1)</script>.jpg', "{{ 7|add:7 }}.jpg"]
)
def test_hostile_names_are_only_text(as_alice, name):
    as_alice.post("/", {"file": [photo(name, 1), SimpleUploadedFile(name, b"")]})
    job = finish(Job.objects.get())
    pages = ["/", "/photos", reverse("job", args=[job.pk])]
    for address in pages:
        page = as_alice.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "14.jpg" not in page
        assert escape(job.upload.name) in page


def test_the_latest_photos_stand_below(as_alice, alice):
    jobs = [finish(submit(alice, f"{i}.jpg", i)) for i in range(3)]
    page = as_alice.get("/").content.decode()
    found = [page.index(reverse("thumbnail", args=[job.pk])) for job in jobs]
    assert found == sorted(found, reverse=True)
