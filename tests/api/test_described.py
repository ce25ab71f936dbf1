"""The API described: true, whole, and readable."""

import json
import re
import warnings

import pytest

from bookapp.api.views import AREAS, description
from bookapp.api.views.description import described
from tests.support.select import select


@pytest.fixture
def whole(app):
    return described()


def operations(whole):
    return [
        (path, method, operation)
        for path, methods in whole["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    ]


def test_every_door_is_described_once_with_a_name_of_its_own(app, whole):
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.endpoint.rpartition(".")[0] in {area.name for area in AREAS}
    }
    said = operations(whole)
    assert {(path, method) for path, method, _ in said} == routes
    names = [operation["operationId"] for _, _, operation in said]
    assert len(names) == len(set(names))
    for path, _method, operation in said:
        assert operation["summary"].endswith("."), path
        assert operation["tags"][0] in {tag["name"] for tag in whole["tags"]}
        refusals = {code for code in operation["responses"] if code >= "4"}
        assert {"400", "429", "503"} <= refusals
        assert ("401" in refusals) == (operation["security"] != [] or "login" in path or "refresh" in path), path
        assert ("422" in refusals) >= ("requestBody" in operation), path


def test_schemas_have_names_of_their_own(app):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        description._made(app, AREAS)


def test_every_field_that_is_sent_says_what_it_means(whole):
    silent = [
        f"{name}.{field}"
        for name, schema in whole["components"]["schemas"].items()
        for field, said in schema.get("properties", {}).items()
        if name.endswith("Input") and not said.get("description")
    ]
    assert silent == []


def test_it_is_openapi_31_with_examples_that_fit(client, whole):
    answer = client.get("/api/v1/openapi.json")
    assert answer.content_type == "application/json" and answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.json == json.loads(json.dumps(whole))
    assert whole["openapi"] == "3.1.0"
    assert whole["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    jsonschema = pytest.importorskip("jsonschema_rs")
    for path, method, operation in operations(whole):
        media = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if not media:
            continue
        examples = [one["value"] for one in media["examples"].values()] if "examples" in media else [media["example"]]
        schema = {**media["schema"], "components": whole["components"]}
        for example in examples:
            assert jsonschema.validator_for(schema).is_valid(example), (path, method, example)


def test_the_page_says_every_door(client, whole):
    answer = client.get("/api/v1/docs")
    assert answer.status_code == 200
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    for path, method, operation in operations(whole):
        (door,) = select(answer.text, f"#{operation['operationId']}")
        text = door.text
        assert path in text and method.upper() in text and "curl " in text


def test_a_command_brings_what_it_needs(client):
    page = client.get("/api/v1/docs")
    (search,) = select(page.text, "#search_rooms pre")[:1]
    assert search.text.startswith("curl 'http")
    assert "/api/v1/rooms/search?city=Berlin&date=2026-11-24&from=14:00" in search.text
    assert "Authorization" not in search.text
    commands = [one.text for one in select(page.text, "#create_booking > pre")]
    assert len(commands) == 3 and all("-X POST" in one and "Idempotency-Key: " in one for one in commands)
    assert '"room_id": 3' in commands[0] and '"session_id"' not in commands[0]
    (mine,) = select(page.text, "#list_bookings > pre")
    assert "Authorization: Bearer $TOKEN" in mine.text


def test_the_footer_leads_there(client):
    assert client.get("/login").text.count('href="/api/v1/docs"') == 1
