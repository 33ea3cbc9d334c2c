"""The gait report: what a worker writes down, what its page shows, exports and two clips side by side."""

import csv
import io
from dataclasses import replace

import pytest
from django.urls import reverse

from estimator.gait.values import KINDS
from poseweb import media, services, tasks
from poseweb.gait import page as gait_page
from poseweb.gait import pipeline as gait_pipeline
from poseweb.models import AS_MEASURED, ClipResult, GaitResult, Job
from tests.web import clips
from tests.web.conftest import fail


@pytest.fixture
def running(alice):
    return clips.report(clips.clip(alice, clips.run()), height_m=1.78)


@pytest.fixture
def walking(alice):
    return clips.report(clips.clip(alice, clips.walk(), "walk.mp4"))


def page(client, job):
    response = client.get(reverse("gait", args=[job.pk]))
    assert response.status_code == 200
    return response.content.decode()


def test_the_walk_says_walking_and_gives_no_number(as_alice, walking):
    assert walking.gait.activity == "walking"
    text = page(as_alice, walking)
    assert "This looks like walking: gait values are for running." in text
    assert "gait-card" not in text
    assert text.count("None, because:") == 1
    assert "not a medical device" in text


def test_the_run_has_its_values_with_everything_that_belongs_to_them(as_alice, running):
    text = page(as_alice, running)
    report = running.gait.report
    cadence = report["values"]["cadence_spm"]["both"]
    assert running.gait.activity == "running"
    assert f">{cadence['median']:.1f}</b> steps/min" in text
    assert f"± {cadence['plus_minus']:.1f}" in text
    assert f"<dt>Strides</dt><dd>{cadence['strides']}</dd>" in text
    contact = report["values"]["contact_time_s"]
    for side in ("left", "right"):
        assert f"{1000 * contact[side]['median']:.0f} ±" in text
    assert "Typical: 283 ms in men at 10.5 km/h, 299 ms in women at 9 km/h." in text
    assert "doi:10.1177/23259671231204629" in text
    assert "Needs a clip from behind." in text
    assert text.count('class="chart panel"') == 3


def test_every_value_has_a_card_or_a_reason(running):
    told = {card.title for card in gait_page.cards(running.gait)}
    untold = {title for reason in gait_page.reasons(running.gait) for title in reason.titles}
    assert told | untold == {kind.title for kind in KINDS}
    assert {kind.name for kind in KINDS} == set(gait_page.MEANINGS)
    assert {kind.unit for kind in KINDS} <= set(gait_page.SHOWN_AS)


def test_a_chart_says_in_words_and_in_a_table_what_it_draws(running):
    (knee, *_) = gait_page.drawn(running.gait)
    assert knee.title == "Knee flexion"
    assert {line.side for line in knee.lines} == {"left", "right"}
    assert "Left: lowest" in knee.description
    assert [percent for percent, _ in knee.rows] == list(range(0, 101, 10))
    curve = running.gait.curves["knee_flexion_deg"]["left"]
    assert knee.rows[5][1][0] == f"{curve['middle'][50]:.1f} ({curve['low'][50]:.1f} to {curve['high'][50]:.1f})"


def test_wishes_make_another_report_and_the_same_ones_do_not(as_alice, alice):
    clip = clips.clip(alice, clips.run(fps=240.0, seconds=10.0))
    address = reverse("gait-of-clip", args=[clip.pk])
    first = clips.report(clip)
    form = {"track": "1", "view": "side", "slow_motion": "1", "height_m": "1.80"}
    asked = as_alice.post(address, form)
    assert as_alice.post(address, form).headers["Location"] == asked.headers["Location"]
    job = Job.objects.get(kind=Job.Kind.GAIT, options__height_m=1.8)
    assert asked.headers["Location"] == reverse("gait", args=[job.pk])
    assert job.options == {"clip": str(clip.pk), "track": 1, "view": "side", "slow_motion": 1.0, "height_m": 1.8}
    assert gait_pipeline.find_gait(job, Job.objects.claim(job.pk), clips.UNHURRIED)
    assert first.gait.report["values"]["overstride_m"]["both"] is None
    assert GaitResult.objects.get(job=job).report["values"]["overstride_m"]["both"] is not None
    assert as_alice.get(address).headers["Location"] == reverse("gait", args=[job.pk])


@pytest.mark.parametrize(
    "wrong", [{"track": "7"}, {"view": "top"}, {"slow_motion": "0"}, {"height_m": "17"}, {"slow_motion": ""}]
)
def test_wishes_that_cannot_be_are_said_beside_their_field(as_alice, alice, wrong):
    clip = clips.clip(alice, clips.run())
    clips.report(clip)
    form = {"track": "", "view": "", "slow_motion": "1", "height_m": ""} | wrong
    response = as_alice.post(reverse("gait-of-clip", args=[clip.pk]), form)
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert Job.objects.filter(kind=Job.Kind.GAIT).count() == 1


def test_slow_motion_is_undone_and_its_events_stay_on_the_clip(alice):
    clip = clips.clip(alice, clips.run())
    life, slow = clips.report(clip), clips.report(clip, slow_motion=1.25)
    one, other = (job.gait.report for job in (life, slow))
    assert other["values"]["cadence_spm"]["both"]["median"] == pytest.approx(
        1.25 * one["values"]["cadence_spm"]["both"]["median"], rel=0.01
    )
    assert other["contacts_s"]["left"] == pytest.approx(one["contacts_s"]["left"], abs=0.03)


def test_before_there_is_a_report_its_owner_is_asked_and_nobody_else(as_alice, as_charlie, alice):
    clip = clips.clip(alice, clips.run())
    address = reverse("gait-of-clip", args=[clip.pk])
    assert "Make the report" in as_alice.get(address).content.decode()
    services.set_public(clip.upload, public=True)
    assert as_charlie.get(address).status_code == 404


def test_the_page_follows_its_job_and_then_comes_whole(as_alice, alice):
    job = services.read_gait(clips.clip(alice, clips.run()), dict(AS_MEASURED))
    text = page(as_alice, job)
    address = reverse("gait-status", args=[job.pk])
    assert f'hx-get="{address}?seen=' in text
    assert "Next in line" in text
    assert "Next in line" in as_alice.get(address).content.decode()
    assert gait_pipeline.find_gait(job, Job.objects.claim(job.pk), clips.UNHURRIED)
    assert as_alice.get(address).headers["HX-Refresh"] == "true"


@pytest.mark.django_db(transaction=True)  # the lease's thread must see the rows
def test_poses_that_are_gone_are_said_so(as_alice, alice):
    clip = clips.clip(alice, clips.run())
    media.remove([ClipResult.objects.get(job=clip).poses])
    job = services.read_gait(clip, dict(AS_MEASURED))
    tasks.run_job(str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.error_code) == (Job.Status.FAILED, "poses_missing")
    assert "Run the clip again" in page(as_alice, job)


@pytest.mark.django_db(transaction=True)
def test_the_worker_reads_the_gait_of_a_clip(alice):
    job = services.read_gait(clips.clip(alice, clips.walk()), dict(AS_MEASURED))
    tasks.run_job(str(job.pk))
    job.refresh_from_db()
    assert job.status == Job.Status.SUCCEEDED
    assert job.gait.summary.startswith("This looks like walking")
    assert {"track", "seconds", "first_s"} == set(job.gait.people[0])


def test_csv_and_json_say_the_same(as_alice, running):
    rows = list(csv.DictReader(io.StringIO(as_alice.get(reverse("gait-csv", args=[running.pk])).content.decode())))
    found = as_alice.get(reverse("gait-json", args=[running.pk])).json()
    assert {row["value"] for row in rows} == set(found["values"])
    for row in rows:
        value = found["values"][row["value"]]
        assert row["none_because"] == value["reason"]
        if row["side"]:
            assert float(row["median"]) == value[row["side"]]["median"]
    assert found["options"] == {"track": None, "view": None, "slow_motion": 1.0, "height_m": 1.78}
    assert found["curves"]["knee_flexion_deg"]["left"]["strides"] > 10


def test_where_there_are_several_people_the_report_says_whom_it_is_about(as_alice, alice):
    clip = clips.clip(alice, clips.run())
    address = reverse("gait", args=[clips.report(clip).pk])
    assert "This is about person" not in as_alice.get(address).content.decode()
    clip.clip.people = 2
    clip.clip.save()
    assert "This is about person 1." in as_alice.get(address).content.decode()


@pytest.mark.parametrize(("wish", "words"), [(None, "Seen at an angle,"), ("rear", "Seen from behind,")])
def test_the_page_says_from_where_the_runner_was_seen(as_alice, running, wish, words):
    assert "Seen from the side," in page(as_alice, running)
    running.gait.report["view_measured"] = "oblique"
    running.gait.save()
    running.options["view"] = wish
    running.save()
    assert words in page(as_alice, running)


def test_where_nobody_was_seen_the_page_does_not_say_from_where(as_alice, alice):
    run = clips.run()
    empty = replace(run, frames=tuple(replace(frame, poses=()) for frame in run.frames))
    report = clips.report(clips.clip(alice, empty))
    assert report.gait.report["fps"] == 0
    text = page(as_alice, report)
    assert "Seen " not in text
    assert "Strides that count" not in text


def test_two_clips_side_by_side(as_alice, alice, running, walking):
    other = clips.report(clips.clip(alice, clips.run(7001), "shoe-b.mp4"), height_m=1.78)
    response = as_alice.get(reverse("gait-compare"), {"a": running.pk, "b": other.pk})
    text = response.content.decode()
    medians = [job.gait.report["values"]["cadence_spm"]["both"]["median"] for job in (running, other)]
    change = medians[1] - medians[0]
    assert f"{'+' if change > 0 else '−'}{abs(change):.1f} steps/min" in text
    assert "shoe-b.mp4" in text
    assert "Left, clip B" in text
    neither = as_alice.get(reverse("gait-compare"), {"a": walking.pk, "b": walking.pk}).content.decode()
    assert "Neither clip has a number to compare" in neither


def test_a_difference_within_what_both_may_be_off_is_none(running):
    same = gait_page.compared(running.gait, running.gait)
    assert not any(row.clear for row in same)
    assert {row.first.title for row in same} == {card.title for card in gait_page.cards(running.gait)}


@pytest.mark.parametrize("query", [{}, {"a": "x"}, {"a": "", "b": ""}])
def test_nothing_to_compare(as_alice, query):
    assert as_alice.get(reverse("gait-compare"), query).status_code == 404


def test_a_report_that_failed_is_no_dead_end(as_alice, alice):
    clip = clips.clip(alice, clips.run())
    fail(services.read_gait(clip, AS_MEASURED))
    text = as_alice.get(reverse("gait-of-clip", args=[clip.pk])).content.decode()
    assert 'name="slow_motion"' in text
