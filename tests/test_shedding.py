"""What is turned away before it is read: over the application, and over a connection that stays open or does not."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from model.analyser import Analyser
from serving.batching import PROMPT_TOKENS, Batcher
from serving.http import create_app
from serving.schemas import ErrorResponse

ASKED = {
    "/v1/analyze": {"article": "The wall stood, said Ana.", "claims": ["The wall stood."]},
    "/v1/stance": {"pairs": [{"claim": "The wall stood.", "statement": "It stood."}]},
}


@pytest.fixture
def batcher() -> Iterator[Batcher]:
    """One with no room."""
    batcher = Batcher(waiting_tokens=100)
    with batcher.admit(PROMPT_TOKENS):
        yield batcher


@pytest.mark.parametrize("path", ASKED)
def test_it_is_refused_as_the_contract_says_and_counted(analyser: Analyser, batcher: Batcher, path: str) -> None:
    client = TestClient(create_app(analyser, batcher=batcher))
    answer = client.post(path, json=ASKED[path], headers={"X-Request-ID": "mine"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    error = ErrorResponse.model_validate(answer.json()).error
    assert (error.type, error.request_id, answer.headers["X-Request-ID"]) == ("overloaded", "mine", "mine")
    assert "Connection" not in answer.headers  # the next request can come on it
    assert f'stance_requests_total{{route="{path}",status="429"}} 1.0' in client.get("/metrics").text


@pytest.mark.parametrize("path", ["/v1/info", "/readyz", "/docs.json", "/metrics"])
def test_what_takes_no_model_is_answered(analyser: Analyser, batcher: Batcher, path: str) -> None:
    assert TestClient(create_app(analyser, batcher=batcher)).get(path).status_code == 200


def test_a_wrong_method_stays_wrong(analyser: Analyser, batcher: Batcher) -> None:
    assert TestClient(create_app(analyser, batcher=batcher)).get("/v1/stance").status_code == 405


@pytest.mark.parametrize("arrived", [b"{", None], ids=["a part of the body", "nothing of the body"])
def test_a_connection_with_an_unread_body_is_ended(analyser: Analyser, batcher: Batcher, arrived: bytes | None) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        if arrived is None:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": arrived, "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/v1/stance",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"content-length", b"1000")],
    }
    asyncio.run(create_app(analyser, batcher=batcher)(scope, receive, send))

    assert sent[0]["status"] == 429
    assert (b"connection", b"close") in sent[0]["headers"]
