"""Accounts: one's own page, passwords and their links, and the limit on guessing."""

import re

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse

from poseweb.accounts import access, limits
from poseweb.models import Tally, Upload
from tests.files import pictures_of
from tests.web.conftest import finish, signed_in, submit

PASSWORD, OTHER = "a long enough phrase", "another one, quite long"


@pytest.fixture
def dora(db):
    return User.objects.create_user("dora", "dora@example.org", PASSWORD)


def sign_in(client, name, password, **headers):
    return client.post(reverse("login"), {"username": name, "password": password}, **headers)


def test_the_account_says_what_it_fills(as_alice, alice, settings):
    settings.QUOTA_PHOTOS, settings.QUOTA_MB = 7, 3
    submit(alice)
    page = as_alice.get(reverse("account")).content.decode()
    assert "1 of 7" in page
    assert "of 3.0\xa0MB" in page
    assert "Invite people" not in page


def test_a_password_is_changed_and_other_browsers_are_signed_out(dora):
    here, there = signed_in(dora), signed_in(dora)
    form = {"old_password": PASSWORD, "new_password1": OTHER, "new_password2": OTHER}
    assert "Other browsers are signed out." in here.post("/account/password", form, follow=True).content.decode()
    assert there.get("/account").status_code == 302
    assert sign_in(Client(), "dora", PASSWORD).status_code == 200
    assert sign_in(Client(), "dora", OTHER).status_code == 302


@pytest.mark.parametrize("password", ["short", "password123", "dora@example.org"])
def test_a_poor_password_is_refused(dora, password):
    form = {"old_password": PASSWORD, "new_password1": password, "new_password2": password}
    response = signed_in(dora).post("/account/password", form)
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()


def test_staff_make_a_link_for_a_new_password(as_bob, dora):
    action = {"action": "password_links", "_selected_action": [dora.pk]}
    page = as_bob.post(reverse("admin:auth_user_changelist"), action, follow=True).content.decode()
    link = re.search(r"<code>http://testserver(/password/[^<]+)</code>", page)[1]
    client = Client()
    form = client.get(link, follow=True)
    assert "Set it" in form.content.decode()
    client.post(form.request["PATH_INFO"], {"new_password1": OTHER, "new_password2": OTHER})
    assert sign_in(Client(), "dora", OTHER).status_code == 302
    assert "This link is used up" in Client().get(link, follow=True).content.decode()


def test_a_link_for_a_new_password_ends(dora, settings):
    link = access.password_link(dora)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "This link is used up" in Client().get(link, follow=True).content.decode()


def test_only_who_may_do_everything_makes_such_links(dora, charlie):
    charlie.is_staff = True
    charlie.save()
    action = {"action": "password_links", "_selected_action": [dora.pk]}
    page = signed_in(charlie).post(reverse("admin:auth_user_changelist"), action, follow=True)
    assert "/password/" not in page.content.decode()


def test_a_link_comes_by_mail_where_mail_is_configured(client, dora, settings):
    settings.MAIL = ("mail.example", 465, "", "", True, False)
    for address in ("dora@example.org", "nobody@example.org"):
        response = client.post(reverse("password_reset"), {"email": address}, follow=True)
        assert "a link is on its way" in response.content.decode()
    assert [sent.to for sent in mail.outbox] == [["dora@example.org"]]
    link = re.search(r"http://testserver(/password/\S+)", mail.outbox[0].body)[1]
    assert "Set it" in client.get(link, follow=True).content.decode()


def test_without_mail_nobody_is_promised_one(client, dora):
    assert "Ask the person who runs this poseweb" in client.get(reverse("password_reset")).content.decode()
    assert client.post(reverse("password_reset"), {"email": "dora@example.org"}).status_code == 403
    assert mail.outbox == []


def test_mails_are_not_sent_without_end(client, dora, settings):
    settings.MAIL = ("mail.example", 465, "", "", True, False)
    asked = [client.post(reverse("password_reset"), {"email": "dora@example.org"}) for _ in range(6)]
    assert [response.status_code for response in asked] == [302] * limits.PASSWORD_MAILS + [429]
    assert len(mail.outbox) == limits.PASSWORD_MAILS


@pytest.mark.parametrize("door", ["login", "admin:login"])
def test_guessing_ends_soon_and_a_right_guess_is_not_told_from_a_wrong_one(dora, door):
    client = Client()
    form = {"username": "dora", "password": "wrong"}
    codes = [client.post(reverse(door), form).status_code for _ in range(limits.LOGINS_EACH + 1)]
    assert codes == [200] * limits.LOGINS_EACH + [429]
    right = client.post(reverse(door), {"username": "dora", "password": PASSWORD})
    assert right.status_code == 429
    assert 0 < int(right.headers["Retry-After"]) <= limits.LOGIN_WINDOW
    assert "Too many attempts to sign in." in right.content.decode()
    assert sign_in(Client(REMOTE_ADDR="10.0.0.9"), "dora", PASSWORD).status_code == 302, "Dora herself is elsewhere"


def test_who_signs_in_starts_afresh(dora):
    for _ in range(2):
        for _ in range(limits.LOGINS_EACH - 1):
            assert sign_in(Client(), "dora", "wrong").status_code == 200
        assert sign_in(Client(), "dora", PASSWORD).status_code == 302


def test_many_accounts_are_not_tried_from_one_address(db, monkeypatch):
    monkeypatch.setattr(limits, "LOGINS_IN_ALL", 3)
    codes = [sign_in(Client(), f"name{i}", "wrong").status_code for i in range(4)]
    assert codes == [200, 200, 200, 429]


def test_one_account_is_not_tried_from_many_addresses(dora, monkeypatch):
    monkeypatch.setattr(limits, "LOGINS_IN_ALL", 3)
    codes = [sign_in(Client(REMOTE_ADDR=f"10.0.0.{i}"), "dora", "wrong").status_code for i in range(4)]
    assert codes == [200, 200, 200, 429]


def test_what_is_typed_is_not_written_down(db):
    sign_in(Client(), "my password by mistake", "wrong")
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in Tally.objects.values_list("key", flat=True))


@pytest.mark.parametrize(("https", "expected"), [(True, "198.51.100.7"), (False, "127.0.0.1")])
def test_only_the_word_of_the_proxy_counts(rf, settings, https, expected):
    settings.HTTPS = https
    request = rf.get("/", headers={"X-Forwarded-For": "203.0.113.1, 198.51.100.7"})
    assert limits.client_address(request) == expected


def test_who_is_deleted_takes_photos_and_files_along(as_bob, alice, settings, django_capture_on_commit_callbacks):
    job = finish(submit(alice))
    files = [settings.MEDIA_ROOT / name for name in (job.upload.file, *pictures_of(job.result))]
    assert all(file.exists() for file in files)
    address = reverse("admin:auth_user_delete", args=[alice.pk])
    assert "and all their photos" in as_bob.get(address).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        as_bob.post(address, {"post": "yes"})
    assert not User.objects.filter(username="alice").exists()
    assert not Upload.objects.exists()
    assert not any(file.exists() for file in files)


def test_deleting_several_at_once_does_the_same(as_bob, alice, charlie, settings, django_capture_on_commit_callbacks):
    jobs = [finish(submit(owner)) for owner in (alice, charlie)]
    action = {"action": "delete_selected", "_selected_action": [alice.pk, charlie.pk], "post": "yes"}
    with django_capture_on_commit_callbacks(execute=True):
        as_bob.post(reverse("admin:auth_user_changelist"), action)
    assert list(User.objects.values_list("username", flat=True)) == ["bob"]
    assert not any((settings.MEDIA_ROOT / job.upload.file).exists() for job in jobs)
