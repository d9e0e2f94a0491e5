"""Whatever is sent to a real server, it answers in the one shape, goes on, and writes nothing of it down."""

import json
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from serving.body import read_json
from serving.edge import Edge
from serving.keys import add_key
from serving.limits import LIMITS
from serving.metrics import Metrics
from serving.schemas import AnalyzeResponse, ErrorResponse
from tests.server_process import PATIENCE_SECONDS, Server, environment, free_port, running

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
STANCE = [sys.executable, "-m", "stance", "serve", "--port"]
JSON = {"Content-Type": "application/json"}
ARTICLE = "“The dam was never safe to open,” Ada Novak said."
GOOD = json.dumps({"article": ARTICLE, "claims": ["The dam was safe."], "all": True}).encode()
CANARY = "cAnAry"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys") / "keys.txt"


@pytest.fixture(scope="module")
def key(keys: Path) -> str:
    return add_key("ana", keys)


@pytest.fixture(scope="module")
def server(
    stance_checkpoint: Path, attribution_checkpoint: Path, keys: Path, key: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:  # fmt: skip
    env = environment(
        tmp_path_factory.mktemp("home"),
        STANCE_MODEL=str(stance_checkpoint),
        STANCE_ATTRIBUTION_MODEL=str(attribution_checkpoint),
        STANCE_ALLOW_ORIGIN="https://desk.example",
    )
    port, log = free_port(), tmp_path_factory.mktemp("log") / "server.log"
    command = [*STANCE, str(port), "--keys", str(keys)]
    with running(command, port=port, cwd=ROOT, env=env, log=log) as server:
        yield server


@pytest.fixture(scope="module")
def client(server: Server, key: str) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=server.url, timeout=PATIENCE_SECONDS, headers={"Authorization": f"Bearer {key}"}
    ) as client:
        yield client


def error_of(answer: httpx.Response) -> tuple[int, str]:
    error = ErrorResponse.model_validate_json(answer.content).error
    assert error.request_id == answer.headers["X-Request-ID"]
    return answer.status_code, error.type


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {}, 400),
        (b"", {}, 400),
        (b'{"article": NaN, "claims": ["x"]}', {}, 400),
        (b'{"article": "x", "claims": Infinity}', {}, 400),
        (b'{"article": 1e999, "claims": []}', {}, 422),
        (b'{"article": "\xed\xa0\x80", "claims": ["x"]}', {}, 400),
        (b'{"article": "\\ud800", "claims": ["x"]}', {}, 422),
        (b'{"article":' + b"[" * 100_000 + b"]" * 100_000 + b"}", {}, 400),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, {}, 400),
        (b"[" * 100_000, {}, 400),
        (b'{"article": {"text": "x"}, "claims": "x", "all": "yes"}', {}, 422),
        (b"\x1f\x8b\x08\x00" + bytes(100), {"Content-Encoding": "gzip"}, 415),
        (GOOD, {"Content-Encoding": "br"}, 415),
        (GOOD, {"Content-Type": "multipart/form-data; boundary=" + "-" * 5_000}, 415),
    ],
)
def test_a_broken_body_is_refused_in_the_one_shape(
    client: httpx.Client, body: bytes, headers: dict[str, str], status: int
) -> None:
    assert error_of(client.post("/v1/analyze", content=body, headers={**JSON, **headers}))[0] == status


@pytest.mark.parametrize("announced", [True, False], ids=["with a length", "chunked"])
def test_a_hundred_megabytes_are_refused_while_they_come(client: httpx.Client, *, announced: bool) -> None:
    sent = 0

    def body() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1_600):
            sent += 65_536
            yield b" " * 65_536

    length = {"Content-Length": str(1_600 * 65_536)} if announced else {}
    answer = client.post("/v1/analyze", content=body(), headers={**JSON, **length})
    assert error_of(answer) == (413, "too_large")
    assert sent < 5 * LIMITS.body_bytes


def test_without_a_key_no_body_is_read(server: Server) -> None:
    kind = "Host: localhost\r\nContent-Type: application/json"
    head = f"POST /v1/analyze HTTP/1.1\r\n{kind}\r\nContent-Length: 100000000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1_000).startswith(b"HTTP/1.1 401")


def test_a_key_that_comes_twice_in_an_object_counts_the_last_time(client: httpx.Client) -> None:
    answer = client.post("/v1/analyze", content=b'{"article": 5, ' + GOOD[1:], headers=JSON)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "words",
    [
        "never \u202esafe\u202c to",
        "ne\u200bver \ufeffsafe",
        "n\u0435v\u0435r",
        "e\u0301\u0301" * 50,
        "\0\x07",
        "👩‍👩‍👧",
    ],
)
def test_characters_that_do_not_show_move_no_offset(client: httpx.Client, words: str) -> None:
    article = f"😀 “The dam was {words} open,” engineer Ada Novak told the council on Monday. \u2066It rained.\u2069"
    answer = client.post("/v1/analyze", json={"article": article, "claims": [f"Was {words}?"], "all": True})
    assert answer.status_code == 200
    document = AnalyzeResponse.model_validate_json(answer.content)
    assert document.statements
    for statement in document.statements:
        assert statement.text == article[statement.start : statement.end]
        assert (statement.start, statement.end) == (statement.content[0].start, statement.content[-1].end)


@pytest.mark.parametrize(
    "headers",
    [
        b"X-Large: " + b"a" * 1_000_000 + b"\r\n",
        b"X-Many: a\r\n" * 20_000,
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: -1\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"X-Broken\r\n",
        b"X: \x00\r\n",
    ],
)
def test_a_request_that_is_no_http_ends_its_connection_alone(
    server: Server, client: httpx.Client, headers: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_SECONDS) as connection:
        answer = b""
        try:
            connection.sendall(b"POST /v1/stance HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n")
            while part := connection.recv(65_536):
                answer += part
        except OSError:  # reset, as the rest was not read
            pass
    assert answer[:12] in {b"", b"HTTP/1.1 400", b"HTTP/1.1 501", b"HTTP/1.1 401"}
    assert client.get("/v1/info").status_code == 200


def test_a_body_that_comes_too_slowly_meets_the_deadline() -> None:
    async def read(request: Request) -> Response:
        return JSONResponse(await read_json(request, at_most=1_000))

    edge = Middleware(Edge, metrics=Metrics(), deadline_seconds=0.2)
    app = Starlette(routes=[Route("/", read, methods=["POST"])], middleware=[edge])
    head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n[1,"
    with in_thread(app) as port, socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(head.encode())
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 504")
    error = ErrorResponse.model_validate_json(answer.split(b"\r\n\r\n", 1)[1]).error
    assert error.type == "deadline_exceeded"


@contextmanager
def in_thread(app: Starlette) -> Iterator[int]:
    """The port of a server in a thread of this process."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(PATIENCE_SECONDS)


def test_the_log_is_json_and_holds_nothing_that_was_sent(server: Server, client: httpx.Client, key: str) -> None:
    pair = dict.fromkeys(("claim", "statement", "speaker", "cue", "context"), CANARY)
    sent: list[tuple[str, str, object]] = [
        ("POST", "/v1/analyze", {"article": f"“{CANARY},” said {CANARY}.", "claims": [CANARY], "all": True}),
        ("POST", "/v1/analyze", {"article": f"<p>“{CANARY},” said {CANARY}.", "format": "html", "claims": [CANARY]}),
        ("POST", "/v1/analyze", {"article": CANARY, "claims": [CANARY], CANARY: CANARY, "format": CANARY}),
        ("POST", "/v1/stance", {"pairs": [pair, CANARY, {**pair, CANARY: 1}]}),
        ("POST", "/v1/systemone", {"state": CANARY, "model": CANARY, "questions": {CANARY: {"type": CANARY}}}),
        ("POST", f"/v1/stance?{CANARY}={CANARY}", [CANARY]),
        ("GET", f"/{CANARY}/%0a{CANARY}", None),
        ("PURGE", f"/v1/info?{CANARY}", None),
    ]
    for method, path, body in sent:
        assert client.request(method, path, json=body).headers["X-Request-ID"]
    for name in ("Authorization", "X-Request-ID", "Origin", "User-Agent", "Cookie", "Content-Type", "traceparent"):
        client.post("/v1/stance", content=GOOD, headers={**JSON, name: f"Bearer {CANARY}"})
        client.post("/v1/stance", content=f"{{{CANARY}".encode(), headers={**JSON, name: f"{CANARY} {CANARY}"})
    assert client.request(CANARY, f"/v1/info?{CANARY}").status_code == 400  # no method of HTTP: uvicorn's own answer
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(f"{CANARY} {CANARY}\r\n{CANARY}\r\n\r\n".encode())
        connection.recv(1_000)
    client.get("/v1/info", headers={"X-Request-ID": "the-last"})
    client.get("/livez")  # a line is written after its answer, and before the next one

    log = server.log.read_text()
    assert CANARY.lower() not in log.lower()
    assert key not in log
    lines = [json.loads(line) for line in log.splitlines() if not line.startswith("INFO: Starting production")]
    [last] = [line for line in lines if line.get("request_id") == "the-last"]
    assert last == {
        "time": last["time"], "level": "info", "logger": "stance.http", "message": "request",
        "request_id": "the-last", "method": "GET", "route": "/v1/info", "status": 200, "ms": last["ms"],
        "bytes_in": 0, "bytes_out": last["bytes_out"], "key": "ana",
    }  # fmt: skip
    assert {"stance.http", "stance.keys"} <= {line["logger"] for line in lines}
