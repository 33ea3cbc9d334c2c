"""Invitations: the only way to an account; a link works once, for a while, until somebody takes it back."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from poseweb.accounts import access, limits
from poseweb.models import Invitation

FORM = {"username": "erin", "email": "", "password1": "a long enough phrase", "password2": "a long enough phrase"}


def make(client, **form):
    """An invitation as staff make it on the page; the path of its link."""
    page = client.post(reverse("invitations"), form).content.decode()
    return re.search(r">http://testserver(/join/[^<]+)</textarea>", page)[1]


def test_staff_invite_and_the_link_makes_one_account(as_bob):
    link = make(as_bob, note="Erin from next door")
    client = Client()
    assert "Welcome to poseweb" in client.get(link).content.decode()
    assert client.post(link, FORM).headers["Location"] == "/"
    erin = User.objects.get(username="erin")
    assert not erin.is_staff
    assert client.get("/account").status_code == 200, "she is signed in"
    assert Client().get(link).status_code == 410
    assert Client().post(link, {**FORM, "username": "mallory"}).status_code == 410
    assert not User.objects.filter(username="mallory").exists()


def test_the_link_is_shown_once_and_not_kept(as_bob):
    link = make(as_bob, note="Erin")
    page = as_bob.get(reverse("invitations")).content.decode()
    key = link.rpartition("/")[2]
    assert "Erin" in page
    assert key not in page
    assert key not in str(list(Invitation.objects.values()))


def test_an_invitation_ends(as_bob):
    link = make(as_bob)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    response = Client().get(link)
    assert response.status_code == 410
    assert "Ask the person who sent it for another one." in response.content.decode()


def test_an_invitation_is_withdrawn(as_bob):
    link = make(as_bob)
    as_bob.post(reverse("withdraw", args=[Invitation.objects.get().pk]))
    assert Client().get(link).status_code == 410


def test_a_form_that_is_not_right_costs_no_invitation(as_bob):
    link = make(as_bob)
    response = Client().post(link, {**FORM, "password2": "something else"})
    assert "errorlist" in response.content.decode()
    assert Client().post(link, {**FORM, "username": "bob"}).status_code == 200, "the name is taken"
    assert Client().post(link, FORM).status_code == 302


def test_of_two_with_the_same_link_the_first_gets_in(db, monkeypatch):
    link = access.invite(None)
    key = link.path.rpartition("/")[2]
    found = access.invitation_of(key)
    monkeypatch.setattr(access, "invitation_of", lambda _: found)  # both looked before either was through
    assert Client().post(link.path, FORM).status_code == 302
    assert Client().post(link.path, {**FORM, "username": "mallory"}).status_code == 410
    assert list(User.objects.values_list("username", flat=True)) == ["erin"]


def test_a_link_for_staff_makes_staff(as_bob):
    Client().post(make(as_bob, staff="on"), FORM)
    assert User.objects.get(username="erin").is_superuser


def test_staff_who_may_not_do_everything_cannot_invite_somebody_who_may(as_charlie, charlie):
    charlie.is_staff = True
    charlie.save()
    Client().post(make(as_charlie, staff="on"), FORM)
    assert not User.objects.get(username="erin").is_staff


@pytest.mark.parametrize("field", ["is_staff", "is_superuser", "user_permissions", "groups"])
def test_nobody_makes_themselves_staff(as_bob, field):
    Client().post(make(as_bob), {**FORM, field: "1"})
    erin = User.objects.get(username="erin")
    assert (erin.is_staff, erin.is_superuser) == (False, False)


def test_keys_are_not_guessed_without_end(db, monkeypatch):
    monkeypatch.setattr(limits, "JOINS", 3)
    assert [Client().get(f"/join/guess{i}").status_code for i in range(4)] == [410, 410, 410, 429]


def test_there_is_no_other_way_to_an_account(client, db):
    names = {route.name for route in get_resolver().url_patterns if hasattr(route, "name")}
    assert not {name for name in names if name and re.search("sign.?up|register", name)}
    assert client.post(reverse("login"), FORM).status_code == 200
    assert not User.objects.exists()


def test_the_first_account_comes_by_a_printed_link(db):
    first, again = access.first_invitation(), access.first_invitation()
    assert Client().get(first.path).status_code == 410, "the last one printed counts"
    Client().post(again.path, FORM)
    assert User.objects.get().is_superuser
    assert access.first_invitation() is None


def test_the_user_of_the_quick_start_is_no_first_account(db):
    local = User.objects.create_user("local", is_staff=True, is_superuser=True)
    assert not local.has_usable_password()
    assert access.first_invitation()


def test_the_command_prints_a_link(db):
    printed = StringIO()
    call_command("invite", "Erin", "--staff", stdout=printed)
    assert Client().post(printed.getvalue().strip(), FORM).status_code == 302
    assert User.objects.get().is_superuser
