"""Submit, run again, requeue, cancel, delete: rows, files and bell."""

import threading
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from poseweb import media, services
from poseweb.errors import JobRefused, UploadRefused
from poseweb.models import Job, Upload
from poseweb.wishes import Wishes
from tests.files import path_of, pictures_of
from tests.web.conftest import fail, finish, photo, submit

S = Job.Status


def files():
    root = path_of("")
    return {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}


def messages(settings):
    """Names of the messages in the bell, once the ringing thread had its time."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and not (found := list(settings.BELL_DIR.glob("[!.]*.msg"))):
        time.sleep(0.01)
    return found


def test_a_photo_becomes_a_file_two_rows_and_a_ring(alice, settings, django_capture_on_commit_callbacks):
    sent = photo("holiday.jpg")
    with django_capture_on_commit_callbacks(execute=True):
        submission = services.submit(alice, sent)
    job = Job.objects.select_related("upload").get()
    assert submission == services.Submission(job, duplicate=False)
    assert (job.status, job.network, job.rings) == (S.QUEUED, "", 1)
    upload = job.upload
    assert (upload.owner, upload.name, upload.width, upload.height, upload.bytes) == (
        alice,
        "holiday.jpg",
        160,
        120,
        sent.size,
    )
    sent.seek(0)
    assert path_of(upload.file).read_bytes() == sent.read()
    assert files() == {upload.file}
    (message,) = messages(settings)
    assert str(job.pk) in message.read_text()


def test_the_name_is_cleaned_and_the_extension_is_that_of_the_content(alice):
    upload = submit(alice, "../../Ze\u0301\u202egpj.png").upload
    assert upload.name == "Zégpj.png"
    assert upload.file == media.upload_name(upload.pk, "jpg")


def test_a_refused_file_leaves_nothing(alice):
    for data in (b"", b"text", photo(size=(15, 15)).read()):
        with pytest.raises(UploadRefused):
            services.submit(alice, SimpleUploadedFile("photo.jpg", data))
    assert not Upload.objects.exists()
    assert files() == set()


def test_the_same_file_again_shows_the_job_there_is(alice):
    first = submit(alice)
    again = services.submit(alice, photo("another name.jpg"))
    assert again == services.Submission(first, duplicate=True)
    done = finish(first)
    assert services.submit(alice, photo()).job == done
    assert Upload.objects.count() == Job.objects.count() == 1
    assert files() == {first.upload.file, *pictures_of(done.result)}


def test_the_same_file_of_another_owner_is_another_upload(alice, charlie):
    assert submit(alice).upload_id != submit(charlie).upload_id
    assert len(files()) == 2


def test_what_did_not_fail_answers_before_what_did(alice):
    good = finish(submit(alice))
    bad = fail(services.run_again(good))
    assert services.submit(alice, photo()) == services.Submission(good, duplicate=True)
    good.delete()
    assert services.submit(alice, photo()) == services.Submission(bad, duplicate=True)


def test_another_network_is_another_question(alice, networks):
    anything = finish(submit(alice), network="better")
    assert services.submit(alice, photo(), Wishes("better")).job == anything
    other = services.submit(alice, photo(), Wishes("poseweb"))
    assert not other.duplicate
    assert services.submit(alice, photo(), Wishes("poseweb")) == services.Submission(other.job, duplicate=True)


def test_a_file_that_was_lost_is_mended_by_sending_it_again(alice):
    upload = submit(alice).upload
    media.remove([upload.file])
    assert services.submit(alice, photo()).duplicate
    assert path_of(upload.file).read_bytes() == photo().read()


@pytest.mark.django_db(transaction=True)
def test_the_same_file_sent_many_times_at_once_is_one_upload_and_one_job(alice):
    submissions, start = [], threading.Barrier(6)

    def send():
        start.wait()
        submissions.append(services.submit(alice, photo()))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    job = Job.objects.get()
    assert [submission.job for submission in submissions] == [job] * 6
    assert sorted(submission.duplicate for submission in submissions) == [False] + [True] * 5
    assert files() == {job.upload.file}


def test_an_unknown_network_is_refused_with_those_there_are(alice, networks):
    for attempt in (lambda: submit(alice, network="vgg"), lambda: services.run_again(submit(alice), Wishes("vgg"))):
        with pytest.raises(JobRefused, match=r"'vgg'\. Installed: better, poseweb\.") as caught:
            attempt()
        assert caught.value.code == "unknown_network"


def test_running_again_is_a_new_job_on_the_same_upload(alice, networks):
    old = finish(submit(alice))
    new = services.run_again(old, Wishes("poseweb"))
    assert (new.upload, new.network, new.status) == (old.upload, "poseweb", S.QUEUED)
    assert new != old


def test_requeue_rings(alice, settings, django_capture_on_commit_callbacks):
    job = fail(submit(alice))
    with django_capture_on_commit_callbacks(execute=True):
        assert services.requeue(job)
    assert len(messages(settings)) == 1
    assert Job.objects.get().rung_at
    assert not services.requeue(job)


def test_cancel(alice):
    job = submit(alice)
    assert services.cancel(job)
    assert not services.cancel(job)
    assert Job.objects.get().status == S.CANCELLED


def card(job):
    upload = Upload.objects.get(pk=job.upload_id)
    return upload.newest_job_id, upload.status, upload.people, upload.network


def test_a_job_called_off_leaves_the_card_to_what_was_found_before_until_it_is_asked_again(alice, networks):
    old = finish(submit(alice), people=2)
    found = (old.pk, S.SUCCEEDED, 2, "poseweb")
    queued, running = (services.run_again(old, Wishes(name)) for name in ("better", "poseweb"))
    assert card(old) == (running.pk, S.QUEUED, None, "poseweb")
    services.cancel(queued)  # not the newest: the card is not its own
    assert card(old) == (running.pk, S.QUEUED, None, "poseweb")
    claim = Job.objects.claim(running.pk)
    services.cancel(running)
    assert Job.objects.confirm_cancel(claim)
    assert card(old) == found
    services.requeue(running)
    assert card(old) == (running.pk, S.QUEUED, None, "poseweb")
    fail(running)
    assert card(old)[:2] == (running.pk, S.FAILED)  # that something is wrong has to be seen


def test_nothing_found_before_the_card_says_cancelled(alice):
    job = submit(alice)
    second = services.run_again(job)
    services.cancel(second)
    assert card(job)[:2] == (second.pk, S.CANCELLED)


def test_delete_takes_rows_and_files_of_all_jobs(alice, charlie, django_capture_on_commit_callbacks):
    kept = submit(charlie).upload
    job = finish(submit(alice))
    finish(services.run_again(job))
    services.run_again(job)
    assert len(files()) == 8
    with django_capture_on_commit_callbacks(execute=True):
        services.delete(job.upload)
    assert Upload.objects.get() == kept
    assert not Job.objects.filter(upload__owner=alice).exists()
    assert files() == {kept.file}


def test_a_broker_that_fails_does_not_fail_the_upload(alice, settings, django_capture_on_commit_callbacks, tmp_path):
    (tmp_path / "bell").write_text("a file where the bell's folder should be")
    with django_capture_on_commit_callbacks(execute=True):
        assert submit(alice).status == S.QUEUED
