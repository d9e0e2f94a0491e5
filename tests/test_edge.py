import asyncio
import json
import logging
from collections.abc import Sequence
from time import monotonic
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.edge import Edge
from serving.log import Lines
from serving.metrics import Metrics
from serving.schemas import ErrorResponse


async def broken(request: Request) -> Response:
    raise ValueError(f"the client wrote {request.query_params['text']}")


async def endless(_: Request) -> Response:
    await asyncio.Event().wait()
    raise AssertionError


async def fine(_: Request) -> Response:
    return PlainTextResponse("fine")


async def length(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


def client_of(*, deadline_seconds: float, guards: Sequence[Middleware] = ()) -> TestClient:
    routes = [
        Route("/broken", broken),
        Route("/endless", endless),
        Route("/fine", fine),
        Route("/length", length, methods=["POST"]),
    ]
    edge = Middleware(Edge, metrics=Metrics(), deadline_seconds=deadline_seconds, guards=guards)
    return TestClient(Starlette(routes=routes, middleware=[edge]))


@pytest.fixture
def client() -> TestClient:
    return client_of(deadline_seconds=600)


def lines_of(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """What the server would have written to standard error."""
    return [json.loads(Lines().format(record)) for record in caplog.records if record.name == "stance.http"]


def test_what_nobody_caught_is_one_500_and_tells_nothing(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="stance"):
        answer = client.get("/broken", params={"text": "canary"})
    assert answer.status_code == 500
    error = ErrorResponse.model_validate(answer.json()).error
    assert error.type == "internal_error"
    assert error.request_id == answer.headers["X-Request-ID"]
    unexpected, request = lines_of(caplog)
    assert unexpected["error"] == "ValueError"
    assert unexpected["at"][-1].startswith("tests/test_edge.py:")
    assert unexpected["at"][-1].endswith(" broken")
    assert (request["status"], request["route"]) == (500, "/broken")
    assert unexpected["request_id"] == request["request_id"] == error.request_id
    assert "canary" not in answer.text + json.dumps([unexpected, request])
    assert client.get("/fine").status_code == 200


def test_a_request_is_one_line(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="stance"):
        client.post("/length", params={"canary": "canary"}, content=b"canary" * 100, headers={"X-Request-ID": "mine"})
        client.request("CANARY", "/canary")
    first, second = lines_of(caplog)
    assert first.pop("time")
    assert first.pop("ms") >= 0
    assert first == {
        "level": "info", "logger": "stance.http", "message": "request", "request_id": "mine", "method": "POST",
        "route": "/length", "status": 200, "bytes_in": 600, "bytes_out": 3, "key": None,
    }  # fmt: skip
    assert (second["method"], second["route"], second["status"]) == ("other", "unmatched", 404)


@pytest.mark.parametrize(
    ("path", "body", "closes"),
    [("/length", b"read", False), ("/length", b"", False), ("/nowhere", b"unread", True), ("/nowhere", b"", False)],
)
def test_a_body_that_was_not_read_ends_the_connection(
    client: TestClient, path: str, body: bytes, *, closes: bool
) -> None:
    assert (client.post(path, content=body).headers.get("Connection") == "close") is closes


class Stamp:
    """A guard: what it adds, and whom it refuses."""

    def __init__(self, app: ASGIApp, *, name: str) -> None:
        self._app = app
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def stamp(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-guards", self._name.encode())]
            await send(message)

        refused = self._name in scope["query_string"].decode()
        await (PlainTextResponse("no", 403) if refused else self._app)(scope, receive, stamp)


def test_guards_stand_around_what_fails_and_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    guards = [Middleware(Stamp, name="outer"), Middleware(Stamp, name="inner")]
    client = client_of(deadline_seconds=0.01, guards=guards)
    for path, status in (("/fine", 200), ("/broken?text=", 500), ("/endless", 504), ("/nowhere", 404)):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["x-guards"]) == (status, "inner, outer")
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="stance"):
        refused = client.get("/endless?outer")
    assert (refused.status_code, refused.headers["x-guards"]) == (403, "outer")
    assert refused.headers["X-Request-ID"]
    [line] = lines_of(caplog)
    assert (line["route"], line["status"]) == ("/endless", 403)


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


class Caller:
    """A client that sends a request's parts, the last a disconnection, and takes what comes back."""

    def __init__(self, *parts: Message) -> None:
        self._parts = list(parts)
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        await asyncio.sleep(0)
        return self._parts.pop(0)

    async def send(self, message: Message) -> None:
        self.sent.append(message)


def call(caller: Caller, app: ASGIApp, metrics: Metrics) -> None:
    scope: Scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    asyncio.run(Edge(app, metrics=metrics, deadline_seconds=600)(scope, caller.receive, caller.send))


BODY = {"type": "http.request", "body": b"x", "more_body": True}
END = {"type": "http.request", "body": b"x", "more_body": False}
GONE = {"type": "http.disconnect"}


@pytest.mark.parametrize("parts", [(GONE,), (BODY, GONE), (BODY, BODY, END, GONE)])
def test_what_a_client_that_has_gone_asked_for_is_cancelled(parts: tuple[Message, ...]) -> None:
    metrics, caller, ended = Metrics(), Caller(*parts), []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await Request(scope, receive).body()
            await asyncio.Event().wait()
        finally:
            ended.append(scope["path"])

    call(caller, app, metrics)
    assert ended == ["/"]
    assert [message.get("status") for message in caller.sent] == [499, None]  # heard by BentoML alone
    figures = bytes(metrics.response().body).decode()
    assert 'stance_requests_total{route="unmatched",status="499"} 1.0' in figures
    assert 'stance_rejects_total{reason="client_gone",what="request"} 1.0' in figures


def test_a_cancellation_by_the_server_is_no_client_that_has_gone() -> None:
    metrics, caller = Metrics(), Caller(END, GONE)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        call(caller, app, metrics)


def test_the_deadline_stands_in_the_state() -> None:
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["state"]["deadline"])
        await PlainTextResponse("fine")(scope, receive, send)

    before = monotonic()
    call(Caller(END, GONE), app, Metrics())
    assert before + 600 <= seen[0] <= monotonic() + 600
