import asyncio
import logging

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from serving.edge import Edge
from serving.metrics import Metrics
from serving.schemas import ErrorResponse


async def broken(request: Request) -> Response:
    raise ValueError(f"the client wrote {request.query_params['text']}")


async def endless(_: Request) -> Response:
    await asyncio.Event().wait()
    raise AssertionError


async def fine(_: Request) -> Response:
    return PlainTextResponse("fine")


def client_of(*, deadline_seconds: float) -> TestClient:
    routes = [Route("/broken", broken), Route("/endless", endless), Route("/fine", fine)]
    edge = Middleware(Edge, metrics=Metrics(), deadline_seconds=deadline_seconds)
    return TestClient(Starlette(routes=routes, middleware=[edge]))


@pytest.fixture
def client() -> TestClient:
    return client_of(deadline_seconds=600)


def test_what_nobody_caught_is_one_500_and_tells_nothing(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="stance"):
        answer = client.get("/broken", params={"text": "canary"})
    assert answer.status_code == 500
    error = ErrorResponse.model_validate(answer.json()).error
    assert error.type == "internal_error"
    assert error.request_id == answer.headers["X-Request-ID"]
    assert "canary" not in answer.text
    assert "canary" not in caplog.text
    assert "ValueError" in caplog.text
    assert "test_edge.py" in caplog.text
    assert error.request_id in caplog.text
    assert client.get("/fine").status_code == 200


def test_past_the_deadline_is_504() -> None:
    answer = client_of(deadline_seconds=0.01).get("/endless")
    assert answer.status_code == 504
    assert ErrorResponse.model_validate(answer.json()).error.type == "deadline_exceeded"


@pytest.mark.parametrize("given", ["a", "req-1_2.3", "x" * 64])
def test_a_clients_request_id_is_kept(client: TestClient, given: str) -> None:
    assert client.get("/fine", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a;b", "é", "a\n"])
def test_any_other_request_id_is_replaced(client: TestClient, given: str) -> None:
    answer = client.get("/fine", headers=[(b"X-Request-ID", given.encode("latin-1"))])
    assert answer.headers["X-Request-ID"] not in {given, ""}
    assert answer.headers["X-Request-ID"] != client.get("/fine").headers["X-Request-ID"]
