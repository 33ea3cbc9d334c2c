"""What somebody asks of a job, from the form to the network."""

import pytest
from django.urls import reverse

from estimator import NetResolution
from poseweb import results, services, tasks
from poseweb.errors import JobRefused
from poseweb.models import Job
from poseweb.wishes import RESOLUTIONS, USUAL, Wishes
from tests.web.conftest import finish, photo, submit


def test_every_resolution_on_offer_is_one_to_the_estimator():
    assert {str(NetResolution.parse(text).height) for text in RESOLUTIONS} == {"256", "368", "736"}


@pytest.mark.parametrize(
    ("sent", "wishes"),
    [
        ({}, Wishes()),
        ({"network": "", "resolution": "", "single": ""}, Wishes()),
        ({"network": "poseweb", "resolution": "-1x256", "single": "1"}, Wishes("poseweb", "-1x256", single=True)),
        ({"single": "false"}, Wishes()),
        ({"single": True}, Wishes(single=True)),
    ],
)
def test_a_form_is_read(sent, wishes):
    assert Wishes.read(sent) == wishes
    assert Wishes.kept(wishes.network, wishes.options) == wishes


@pytest.mark.parametrize(
    ("sent", "code"),
    [({"resolution": "9000x9000"}, "unknown_resolution"), ({"single": "perhaps"}, "unknown_choice")],
)
def test_what_is_not_on_offer_is_refused_with_a_sentence(as_alice, sent, code):
    with pytest.raises(JobRefused) as refused:
        Wishes.read(sent)
    assert refused.value.code == code
    page = as_alice.post("/", {"file": photo(), **sent})
    assert page.status_code == 422
    assert not Job.objects.exists()


def test_other_options_are_another_question(alice):
    usual = finish(submit(alice))
    for wishes in (Wishes(resolution="-1x256"), Wishes(single=True), Wishes(resolution="-1x256", single=True)):
        fresh = services.submit(alice, photo(), wishes)
        assert not fresh.duplicate
        assert services.submit(alice, photo(), wishes) == services.Submission(fresh.job, duplicate=True)
    assert services.submit(alice, photo()).job == usual
    Job.objects.filter(pk=usual.pk).update(options={})  # made by a program that says nothing: as usual
    assert services.submit(alice, photo()).job == usual


def test_the_form_of_the_page_asks_for_them_and_the_result_shows_them(as_alice):
    as_alice.post("/", {"file": photo(), "resolution": "-1x736", "single": "1"})
    job = finish(Job.objects.get())
    assert job.options == {"resolution": "-1x736", "single": True}
    address = reverse("job", args=[job.pk])
    page = as_alice.get(address).content.decode()
    assert "-1x736</dd>" in page
    assert "a single person</dd>" in page
    assert '<option value="-1x736" selected>' in page  # what is asked again is asked alike, unless somebody changes it
    as_alice.post(reverse("run-again", args=[job.pk]), {"resolution": "-1x256"})
    assert Job.objects.latest("created_at").options == {"resolution": "-1x256", "single": False}


@pytest.mark.django_db(transaction=True)  # the lease's thread must see the rows
def test_the_worker_looks_as_it_was_asked(alice, monkeypatch):
    seen, save = [], results.save
    monkeypatch.setattr(services, "ring_soon", lambda *_: None)
    monkeypatch.setattr(results, "save", lambda *args: (seen.append(args[2].options), save(*args))[1])
    for wishes in (Wishes(), Wishes(resolution="-1x256", single=True)):
        tasks.run_job(str(services.submit(alice, photo(), wishes).job.pk))
    assert [(str(options.net_resolution.height), options.single) for options in seen] == [
        (USUAL[3:], False),
        ("256", True),
    ]
    assert set(Job.objects.values_list("status", flat=True)) == {"succeeded"}
    _, second = Job.objects.order_by("created_at")
    monkeypatch.undo()
    drawing = services.draw_map(second, "confidence:nose", 1, alone=False)
    assert drawing.options["resolution"] == "-1x256"  # a map shows what the job saw
