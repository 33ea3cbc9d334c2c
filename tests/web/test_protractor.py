"""The protractor: a hand's readings, kept per contact; and nothing anywhere that diagnoses."""

import json
import re
from pathlib import Path

import pytest
from django.urls import reverse

from estimator.gait import ranges, report, values
from poseweb import services
from poseweb.gait import page as gait_page
from poseweb.gait import protractor, readings
from poseweb.models import GaitResult, ProtractorReading
from tests.web import clips

ROOT = Path(__file__).parents[2]
LEG, HEEL = [[300.0, 400.0], [300.0, 500.0]], [[300.0, 500.0], [310.0, 550.0]]


@pytest.fixture
def rear(alice):
    return clips.report(clips.clip(alice, clips.run(rear=True), "behind.mp4"))


def form(job, side="right", number=2, **changes):
    contact = readings.contacts_ms(job.gait, side)[number]
    return {
        "side": side, "contact_ms": contact, "frame_ms": contact + 17, "leg": json.dumps(LEG), "heel": json.dumps(HEEL),
    } | changes  # fmt: skip


def keep(client, job, **form_fields):
    return client.post(reverse("protractor", args=[job.pk]), form(job, **form_fields))


@pytest.mark.parametrize(("side", "sign"), [("right", 1), ("left", -1)])
def test_outwards_is_positive_on_both_sides(side, sign):
    assert protractor.angle(side, LEG, HEEL) == pytest.approx(sign * 11.31, abs=0.01)
    assert protractor.angle(side, LEG, LEG) == 0


def test_an_angle_does_not_turn_with_the_camera_nor_grow_with_the_picture():
    turned = [[[y, -x] for x, y in line] for line in (LEG, HEEL)]
    larger = [[[3 * x + 40, 3 * y - 7] for x, y in line] for line in (LEG, HEEL)]
    expected = protractor.angle("right", LEG, HEEL)
    assert protractor.angle("right", *turned) == pytest.approx(expected)
    assert protractor.angle("right", *larger) == pytest.approx(expected)


def test_mean_and_spread_a_side():
    left, right = protractor.summarise([("right", 4.0), ("left", 2.0), ("right", 8.0)])
    assert (left.side, left.mean_deg, left.spread_deg, left.count) == ("left", 2.0, None, 1)
    assert (right.mean_deg, right.count) == (6.0, 2)
    assert right.spread_deg == pytest.approx(2.83, abs=0.01)
    assert protractor.summarise([]) == ()


def test_a_reading_is_kept_with_its_contact_and_shown(as_alice, rear):
    response = keep(as_alice, rear)
    assert response.headers["Location"] == reverse("protractor", args=[rear.pk]) + "#readings"
    row = ProtractorReading.objects.get()
    contact = readings.contacts_ms(rear.gait, "right")[2]
    assert (row.side, row.contact_ms, row.frame_ms, row.leg, row.heel) == ("right", contact, contact + 17, LEG, HEEL)
    assert row.angle_deg == pytest.approx(11.31, abs=0.01)
    text = as_alice.get(reverse("protractor", args=[rear.pk])).content.decode()
    assert "11.3°" in text
    assert "Right, mean of 1" in text


def test_measured_again_the_later_reading_counts(as_alice, rear):
    keep(as_alice, rear)
    keep(as_alice, rear, heel=json.dumps(LEG))
    assert ProtractorReading.objects.get().angle_deg == 0


def test_another_report_of_the_same_clip_has_the_same_readings(as_alice, rear, alice):
    keep(as_alice, rear)
    other = clips.report(rear.upload.jobs.get(pk=rear.options["clip"]), view="rear")
    assert "11.3°" in as_alice.get(reverse("protractor", args=[other.pk])).content.decode()


def test_readings_and_reports_go_with_their_clip(as_alice, rear):
    keep(as_alice, rear)
    services.delete(rear.upload)
    assert not ProtractorReading.objects.exists()
    assert not GaitResult.objects.exists()


def test_htmx_gets_the_readings_alone(as_alice, rear):
    fragment = as_alice.post(reverse("protractor", args=[rear.pk]), form(rear), headers={"HX-Request": "true"})
    assert fragment.content.decode().lstrip().startswith("<section")
    address = reverse("forget-reading", args=[rear.pk, ProtractorReading.objects.get().pk])
    assert "not measured" in as_alice.post(address, headers={"HX-Request": "true"}).content.decode()
    assert not ProtractorReading.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"contact_ms": "1"},
        {"contact_ms": "x"},
        {"side": "middle"},
        {"leg": "[]"},
        {"leg": "nonsense"},
        {"leg": "[[1,2],[1,2]]"},
        {"heel": "[[1,2],[3,4],[5,6]]"},
        {"heel": '[["a",2],[3,4]]'},
        {"heel": "[[1,2],[3,1e999]]"},
        {"heel": "{}"},
        {"frame_ms": ""},
        {"frame_ms": "-5"},
    ],
)
def test_what_is_no_reading_is_refused_and_nothing_kept(as_alice, rear, wrong):
    assert as_alice.post(reverse("protractor", args=[rear.pk]), form(rear) | wrong).status_code == 400
    assert not ProtractorReading.objects.exists()


def test_who_may_look_may_not_measure(as_charlie, client, rear):
    services.set_public(rear.upload, public=True)
    address = reverse("protractor", args=[rear.pk])
    text = as_charlie.get(address).content.decode()
    assert "Keep this reading" not in text
    assert as_charlie.post(address, form(rear)).status_code == 404
    assert client.post(address, form(rear)).status_code == 302
    assert not ProtractorReading.objects.exists()


def test_from_the_side_there_is_no_protractor(as_alice, alice):
    side = clips.report(clips.clip(alice, clips.run()))
    assert as_alice.get(reverse("protractor", args=[side.pk])).status_code == 404
    assert "protractor" not in as_alice.get(reverse("gait", args=[side.pk])).content.decode().lower()


def test_from_behind_the_report_leads_to_it_and_has_no_number_of_its_own(as_alice, rear):
    text = as_alice.get(reverse("gait", args=[rear.pk])).content.decode()
    assert reverse("protractor", args=[rear.pk]) in text
    assert "pronation" not in json.dumps(rear.gait.report).lower()


# ── Nobody is told what is wrong with them ──────────────────────────────────────────────────────────

DIAGNOSES = re.compile(
    r"diagnos|over-?pronat|under-?pronat|flat.?f[eo]+t|abnormal|patholog|symptom|therap|treatment|disorder|"
    r"injur|your risk|at risk|you should|we recommend|recommended (shoe|for you)|wear a|buy |too (much|little) pronat|"
    r"(good|bad|poor|wrong|correct|ideal|perfect|healthy) (form|gait|technique|posture|running)",
    re.IGNORECASE,
)
STUDIES = ROOT / "templates" / "gait" / "shoes.html"  # tells of others: injuries were counted there
VERDICTS = re.compile(
    r"diagnos|over-?pronat|your (foot|feet|shoe|risk)|you (should|need|are)|we recommend|buy ", re.IGNORECASE
)


PAGES = [*sorted((ROOT / "templates").rglob("*.html")), *sorted((ROOT / "static" / "js").glob("*.js"))]


@pytest.mark.parametrize("file", PAGES, ids=lambda f: f.name)
def test_no_template_and_no_script_diagnoses(file):
    words = VERDICTS if file == STUDIES else DIAGNOSES
    assert words.findall(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("module", [report, values, ranges, gait_page], ids=lambda m: m.__name__)
def test_no_sentence_of_a_gait_report_diagnoses(module):
    assert DIAGNOSES.findall(Path(module.__file__).read_text(encoding="utf-8")) == []


def test_the_words_are_found_where_they_are():
    assert DIAGNOSES.findall("You should wear a stability shoe: this is overpronation.")


@pytest.mark.parametrize("name", ["report", "protractor", "compare", "shoes"])
def test_no_medical_device(name):
    assert "not a medical device" in (ROOT / "templates" / "gait" / f"{name}.html").read_text(encoding="utf-8")


def test_the_page_on_shoe_studies_names_its_sources(client):
    text = client.get(reverse("shoe-studies")).content.decode()
    for doi in ("bjsports-2013-092202", "bjsports-2015-095031", "bjsm.2009.069849", "bjsports-2015-095054"):
        assert f"doi:10.1136/{doi}" in text
