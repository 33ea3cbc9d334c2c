"""Photos are kept for as many days as the setting says; what is over goes with its files, in the sweep."""

from datetime import timedelta

import pytest
from django.utils import timezone

from poseweb import tasks
from poseweb.accounts import access, limits
from poseweb.models import Invitation, Job, Tally, Upload
from tests.files import pictures_of
from tests.web.conftest import draw, finish, submit

pytestmark = pytest.mark.django_db(transaction=True)  # files go when the transaction is through


@pytest.fixture
def old_and_new(alice):
    old, new = (finish(submit(alice, seed=seed)) for seed in range(2))
    draw(old)
    Upload.objects.filter(pk=old.upload.pk).update(created_at=timezone.now() - timedelta(days=30, minutes=1))
    return old, new


def files(settings):
    return {str(file.relative_to(settings.MEDIA_ROOT)) for file in settings.MEDIA_ROOT.rglob("*") if file.is_file()}


def test_what_is_too_old_goes_with_its_files(old_and_new, settings):
    _, new = old_and_new
    settings.KEEP_DAYS = 30
    tasks.sweep()
    assert Upload.objects.get().pk == new.upload.pk
    assert files(settings) == {new.upload.file, *pictures_of(new.result)}


def test_without_the_setting_everything_stays(old_and_new, settings):
    before = files(settings)
    tasks.sweep()
    assert Upload.objects.count() == 2
    assert files(settings) == before


def test_a_worker_busy_with_it_writes_nothing(alice, settings):
    job = submit(alice)
    claim = Job.objects.claim(job.pk)
    Upload.objects.update(created_at=timezone.now() - timedelta(days=400))
    settings.KEEP_DAYS = 365
    tasks.sweep()
    assert not Job.objects.succeed(claim)
    assert files(settings) == set()


def test_a_sweep_is_bounded(alice, settings, monkeypatch):
    monkeypatch.setattr(tasks, "SWEEP_ROWS", 2)
    settings.KEEP_DAYS = 1
    for seed in range(3):
        submit(alice, seed=seed)
    Upload.objects.update(created_at=timezone.now() - timedelta(days=2))
    left = []
    for _ in range(2):
        tasks.sweep()
        left.append(Upload.objects.count())
    assert left == [1, 0]


def test_used_up_invitations_and_counts_go_too(alice):
    now = timezone.now()
    stays = access.invite(alice).invitation
    access.invite(alice)
    Invitation.objects.exclude(pk=stays.pk).update(used_at=now)
    access.invite(alice)
    Invitation.objects.filter(used_at=None).exclude(pk=stays.pk).update(expires_at=now - timedelta(seconds=1))
    Tally.objects.create(key="old", ends_at=now - timedelta(seconds=1))
    limits.job_asked(alice)
    tasks.sweep()
    assert Invitation.objects.get().pk == stays.pk
    assert Tally.objects.get().key != "old"
