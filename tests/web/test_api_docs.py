"""The API's description of itself, for programs and for people."""

import json
import re

from django.test import Client
from django.utils.html import escape

from poseweb import urls
from poseweb.api.docs import _kind
from poseweb.api.frame import routes


def document():
    return Client().get("/api/v1/openapi.json").json()


def page():
    return Client().get("/api/v1/docs").content.decode()


def test_every_endpoint_is_described(db):
    described = {re.sub(r"\{\w+\}", "*", path) for path in document()["paths"]}
    assert described == {"/" + re.sub(r"<[\w:]+>", "*", str(route.pattern)) for route in routes(urls)}


def test_the_document_is_openapi_and_every_name_is_unique(db):
    found = document()
    operations = [operation for methods in found["paths"].values() for operation in methods.values()]
    assert found["openapi"].startswith("3.1")
    assert len({operation["operationId"] for operation in operations}) == len(operations) == 15
    for operation in operations:
        assert operation["summary"]
        assert operation["security"] == [{"Token": []}, {"Session": []}]
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert answer["content"]["application/json"]["schema"]["$ref"].endswith("/Error")
    references = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(found)))
    assert references <= set(found["components"]["schemas"])


def test_the_page_shows_every_endpoint_and_shape(db):
    found, shown = document(), page()
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            assert f"<b>{method.upper()}</b> <code>{path}</code>" in shown
            assert escape(operation["summary"]) in shown
    for name in found["components"]["schemas"]:
        assert f'id="{name}"' in shown
    links = set(re.findall(r'href="#(\w+)"', shown)) - {"main"}
    assert links
    assert all(f'id="{link}"' in shown for link in links)


def test_the_page_needs_no_account_and_no_script(db):
    assert "<script" not in page()


def test_types_are_spelled():
    assert _kind({"anyOf": [{"type": "integer"}, {"type": "null"}]}) == "integer or null"
    assert _kind({"type": "array", "items": {"$ref": "#/components/schemas/Job"}}) == "list of Job"
    assert _kind({"type": "string", "format": "binary"}) == "file"
    assert _kind({}) == "anything"


def test_of_a_shape_that_is_another_and_more_the_page_shows_what_is_more(db):
    article = page().partition('id="Submitted"')[2].partition("</article>")[0]
    assert "<code>duplicate</code>" in article
    assert "<code>status</code>" not in article
