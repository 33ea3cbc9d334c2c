"""The JSON API's description of itself: as an OpenAPI document for programs, and as a page for people.

The page is ours and plain: what django-ninja brings along runs scripts that our content security policy forbids.
"""

import json
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from ninja.responses import NinjaJSONEncoder

from poseweb.api import frame, schemas

FORM = "form field"


@dataclass(frozen=True)
class Field:
    """Something that is sent, or a part of a shape."""

    name: str
    kind: str
    description: str = ""
    where: str = ""
    required: bool = False


@dataclass(frozen=True)
class Answer:
    """What may come back: a status, its name, and the shape or type of file that it carries."""

    status: str
    phrase: str
    kind: str


@dataclass(frozen=True)
class Endpoint:
    """One method of one address."""

    method: str
    path: str
    anchor: str
    summary: str
    description: str
    group: str
    fields: list[Field]
    answers: list[Answer]
    refusals: list[str]  # statuses


@login_not_required
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, version 3.1."""
    return HttpResponse(_text(), content_type="application/json")


@login_not_required
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The same, to read."""
    endpoints, shapes = _page()
    groups = [(name, list(group)) for name, group in groupby(endpoints, lambda endpoint: endpoint.group)]
    context = {"groups": groups, "shapes": shapes, "description": frame.DESCRIPTION}
    return render(request, "api.html", context | {"server": request.build_absolute_uri("/").rstrip("/")})


@cache
def _text() -> str:
    return json.dumps(frame.document(), cls=NinjaJSONEncoder, indent=1)


@cache
def _page() -> tuple[list[Endpoint], list[tuple[str, str, list[Field]]]]:
    """Endpoints, and shapes as (name, description, fields); everything once."""
    document = json.loads(_text())
    endpoints = [
        _endpoint(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    order = list(dict.fromkeys(endpoint.group for endpoint in endpoints))
    endpoints.sort(key=lambda endpoint: order.index(endpoint.group))
    return endpoints, [_shape(name, shape) for name, shape in sorted(document["components"]["schemas"].items())]


def _shape(name: str, shape: dict[str, Any]) -> tuple[str, str, list[Field]]:
    """Of a shape that is another one and more, only what is more. All of an answer is always there."""
    inherited = {field for parent in getattr(schemas, name).__bases__ for field in parent.model_fields}
    fields = [replace(field, required=False) for field in _fields(shape) if field.name not in inherited]
    return name, shape.get("description", ""), fields


def _endpoint(method: str, path: str, operation: dict[str, Any]) -> Endpoint:
    sent = [_parameter(parameter) for parameter in operation["parameters"] if parameter["in"] != "path"]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        sent += _fields(content["schema"], where=FORM)
    answers, refusals = [], []
    for status, answer in operation["responses"].items():
        if status < "400":
            answers.append(Answer(status, answer["description"], _content(answer)))
        else:
            refusals.append(status)
    anchor = operation["operationId"].replace("poseweb_api_", "")
    texts = operation["summary"], operation.get("description", "")
    return Endpoint(method.upper(), path, anchor, *texts, operation["tags"][0], sent, answers, refusals)


def _parameter(parameter: dict[str, Any]) -> Field:
    kind = _kind(parameter["schema"]).removesuffix(" or null")  # it may be left out
    description = parameter.get("description", "")
    return Field(parameter["name"], kind, description, parameter["in"], required=parameter["required"])


def _fields(shape: dict[str, Any], where: str = "") -> list[Field]:
    required = shape.get("required", [])
    return [
        Field(name, _kind(schema), schema.get("description", ""), where, required=name in required)
        for name, schema in shape["properties"].items()
    ]


def _content(answer: dict[str, Any]) -> str:
    for content_type, content in answer.get("content", {}).items():
        return _kind(content["schema"]) if content_type == "application/json" else content_type
    return ""


def _kind(schema: dict[str, Any]) -> str:
    """A JSON schema in a few words."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_kind(part) for part in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    if schema.get("format") == "binary":
        return "file"
    return schema.get("format") or schema.get("type", "anything")
