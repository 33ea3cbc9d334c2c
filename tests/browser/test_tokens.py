"""Tokens on the account page: made, used by a program, taken back; and the page about the API."""

import json
import urllib.error
import urllib.request

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect


def ask(site, token):
    """The status with which the API answers who shows this token."""
    request = urllib.request.Request(f"{site.address}/api/v1/jobs", headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_token_is_made_used_and_taken_back(site, browse, scripts):
    page = browse(width=390, scripts=scripts)
    page.goto("/account")
    name = f"The camera in the hall, {scripts}"
    page.get_by_label("What it is for").fill(name)
    page.get_by_label("It works").select_option(label="for 30 days")
    page.get_by_role("button", name="Make a token").click()
    token = page.get_by_label("Copy it now").input_value()
    assert ask(site, token) == 200
    assert ask(site, token[:-1]) == 401

    page.goto("/account")
    listed = page.get_by_role("listitem").filter(has_text=name)
    expect(listed).to_contain_text("read only")
    expect(listed).not_to_contain_text("never used")
    assert token not in page.content()
    if scripts:
        assert Axe().run(page).violations_count == 0

    page.get_by_role("button", name=f"Take back {name}").click()
    expect(page.get_by_role("status")).to_contain_text("The token is taken back")
    page.reload()
    expect(page.get_by_text(name)).to_have_count(0)
    assert ask(site, token) == 401


def test_the_page_about_the_api_says_what_the_document_says(site, browse):
    with urllib.request.urlopen(f"{site.address}/api/v1/openapi.json") as answer:
        document = json.load(answer)
    page = browse(width=390, scripts=False)
    page.goto("/api/v1/docs")
    for path, methods in document["paths"].items():
        for method in methods:
            expect(page.get_by_text(f"{method.upper()} {path}", exact=True)).to_be_visible()
    page.get_by_role("link", name="Submitted").click()
    assert page.url.endswith("#Submitted")
