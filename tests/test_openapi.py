"""The OpenAPI document says what is served: every route, every status, every field, with examples that are answers."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from model.analyser import Analyser
from serving.http import create_app
from serving.keys import add_key
from serving.labels import Labels
from serving.limits import LIMITS
from serving.openapi import OPERATIONS
from tests.server_process import PATIENCE_SECONDS, environment, free_port, running

ROOT = Path(__file__).parents[1]

DOCUMENTED = {(each.path, each.method): {each.done, *each.errors} for each in OPERATIONS}

UNSAID = """
[[operations]]
include-name = "POST /v1/labels"
checks.positive_data_acceptance.expected-statuses = [201, 422]
"""
"""A schema cannot say that one number is less than the next, nor that no text holds a zero."""


@pytest.fixture(scope="module")
def client(analyser: Analyser, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    place = tmp_path_factory.mktemp("store") / "labels.sqlite"
    return TestClient(create_app(analyser, labels=Labels(place, analyser.classifier.checkpoint)))


def test_openapi_names_every_route_and_nothing_else(client: TestClient) -> None:
    document = client.get("/docs.json").json()
    assert document["openapi"] == "3.1.0"
    served = {
        (route.path, method.lower())
        for route in client.app.routes  # type: ignore[attr-defined]
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert served == {(path, method) for path, methods in document["paths"].items() for method in methods}
    for path, method in served:
        assert {int(status) for status in document["paths"][path][method]["responses"]} == DOCUMENTED[path, method]


def test_where_no_labels_are_taken_there_are_no_routes_for_them(client: TestClient, analyser: Analyser) -> None:
    without = TestClient(create_app(analyser))
    paths, fewer = (each.get("/docs.json").json() for each in (client, without))
    assert set(paths["paths"]) - set(fewer["paths"]) == {"/v1/labels", "/v1/labels/{id}"}
    assert "LabelRequest" not in fewer["components"]["schemas"]
    asked = (without.get("/v1/labels"), without.post("/v1/labels", json={}), without.delete("/v1/labels/1"))
    assert [answer.status_code for answer in asked] == [404, 404, 404]
    assert [each.get("/v1/info").json()["keeps_labels"] for each in (client, without)] == [True, False]


def test_openapi_references_resolve_and_describe_the_requests(client: TestClient) -> None:
    text = client.get("/docs.json").text
    schemas = json.loads(text)["components"]["schemas"]
    assert set(re.findall(r'"#/components/schemas/([^"]+)"', text)) <= set(schemas)
    assert schemas["AnalyzeRequest"]["required"] == ["article", "claims"]
    assert schemas["AnalyzeRequest"]["additionalProperties"] is False
    assert schemas["AnalyzeRequest"]["then"]["properties"]["article"]["maxLength"] == LIMITS.article_characters
    assert schemas["StanceRequest"]["properties"]["pairs"]["maxItems"] == LIMITS.pairs


def test_openapi_s_example_is_an_answer_to_its_question(client: TestClient) -> None:
    """With the models that ship."""
    schemas = client.get("/docs.json").json()["components"]["schemas"]
    [article] = schemas["AnalyzeRequest"]["properties"]["article"]["examples"]
    [example] = schemas["Statement"]["examples"]
    assert example in Analyser.load().analyse(article, ["The dam was safe."]).document()["statements"]
    assert "article" not in schemas["AnalyzeResponse"]["required"]
    assert {"act", "verbatim", "speaker", "cue"} <= set(schemas["Statement"]["required"])


def schema_of(document: dict[str, Any], schema: dict[str, Any]) -> jsonschema_rs.Validator:
    """A schema of the document, beside what it refers to."""
    return jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]}, validate_formats=True)


def media(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, status (or "asked") and media type object of every JSON body."""
    for path, methods in document["paths"].items():
        for operation in methods.values():
            if "requestBody" in operation:
                yield path, "asked", operation["requestBody"]["content"]["application/json"]
            for status, response in operation["responses"].items():
                if "schema" in response["content"].get("application/json", {}):
                    yield path, status, response["content"]["application/json"]


def test_every_example_is_what_its_schema_says(client: TestClient) -> None:
    document = client.get("/docs.json").json()
    shown = [
        (schema, example["value"])
        for _, _, schema in media(document)
        for example in schema.get("examples", {}).values()
    ]
    for schema, value in shown:
        schema_of(document, schema["schema"]).validate(value)
    of_schemas = document["components"]["schemas"]
    inner = [(part, value) for part in of_schemas.values() for value in part.get("examples", [])]
    inner += [
        (part, value)
        for schema in of_schemas.values()
        for part in schema.get("properties", {}).values()
        for value in part.get("examples", [])
    ]
    for schema, value in inner:
        schema_of(document, schema).validate(value)
    assert len(shown) > 20
    assert len(inner) > 5


def test_every_question_that_is_shown_gets_an_answer(client: TestClient) -> None:
    document = client.get("/docs.json").json()
    asked = [(path, schema) for path, status, schema in media(document) if status == "asked"]
    for path, schema in asked:
        name = schema["schema"]["$ref"].rpartition("/")[2]
        values = [example["value"] for example in schema.get("examples", {}).values()]
        values += document["components"]["schemas"][name].get("examples", [])
        assert values, path
        for value in values:
            answer = client.post(path, json=value)
            done = document["paths"][path]["post"]["responses"][str(answer.status_code)]["content"]["application/json"][
                "schema"
            ]
            assert answer.is_success
            schema_of(document, done).validate(answer.json())


def test_what_asks_for_a_key_says_so(client: TestClient) -> None:
    document = client.get("/docs.json").json()
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path, methods in document["paths"].items():
        for operation in methods.values():
            public = path in {"/livez", "/readyz", "/"}  # the page asks its reader for the key
            assert operation["security"] == ([] if public else [{"key": []}, {}])
            assert ("401" in operation["responses"]) is not public
            assert ("503" in operation["responses"]) is (path not in {"/livez", "/"})


def test_headers_are_those_that_are_sent(client: TestClient) -> None:
    document = client.get("/docs.json").json()
    for path, methods in document["paths"].items():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                expected = {"X-Request-ID", "X-Content-Type-Options", "Cache-Control"}
                expected |= {"429": {"Retry-After"}, "503": {"Retry-After"}, "401": {"WWW-Authenticate"}}.get(
                    status, set()
                )
                assert set(response["headers"]) == expected, (path, status)


@pytest.mark.slow
def test_schemathesis_finds_nothing(stance_checkpoint: Path, attribution_checkpoint: Path, tmp_path: Path) -> None:
    """All of its checks, some hundreds of requests, on a server that asks for a key."""
    models = {"STANCE_MODEL": str(stance_checkpoint), "STANCE_ATTRIBUTION_MODEL": str(attribution_checkpoint)}
    env = environment(tmp_path, **models, STANCE_STORE=str(tmp_path / "store"))
    port, keys = free_port(), tmp_path / "keys.txt"
    (tmp_path / "schemathesis.toml").write_text(UNSAID)
    key = add_key("schemathesis", keys)
    command = [sys.executable, "-m", "stance", "serve", "--port", str(port), "--keys", str(keys)]
    with running(command, port=port, cwd=ROOT, env=env, log=tmp_path / "server.log") as server:
        done = subprocess.run(
            [
                sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/docs.json", "--checks", "all",
                "--max-examples", "15", "--seed", "1", "--header", f"Authorization: Bearer {key}",
            ],
            cwd=tmp_path, env=env, timeout=PATIENCE_SECONDS, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    tested = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert tested is not None
    assert int(tested[1]) == int(tested[2]) > 100
    assert f"Tested: {len(OPERATIONS) - 1}\n" in done.stdout  # it leaves out the document that it reads
