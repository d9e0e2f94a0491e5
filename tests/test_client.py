"""The client against the real server, and against one that refuses, breaks off and talks nonsense."""

import asyncio
import json
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from data.errors import BadInput
from data.records import Pair
from serving.client import AsyncStanceClient, StanceClient
from serving.exchange import RequestFailed, Retry
from serving.limits import LIMITS
from serving.schemas import AnalyzeResponse, ErrorResponse, InfoResponse, PairJudgement, StanceResponse
from tests.server_process import Server, environment, free_port, running

ROOT = Path(__file__).parents[1]
ARTICLE = "“The dam was never safe to open,” Ada Novak said. The ministry denied that it had been warned."
CLAIMS = ["The dam was safe.", "The ministry was warned."]
QUICK = Retry(attempts=4, first_seconds=0.001, longest_seconds=0.002, total_seconds=5)
TIMEOUT = 180
"""Seconds that a busy machine may take."""

Ask = Callable[..., Any]


def ask_blocking(url: str, method: str, *arguments: Any, asked: Mapping[str, Any] | None = None, **options: Any) -> Any:
    with StanceClient(url, **{"retry": QUICK, "timeout": TIMEOUT, **options}) as client:
        return getattr(client, method)(*arguments, **(asked or {}))


def ask_async(url: str, method: str, *arguments: Any, asked: Mapping[str, Any] | None = None, **options: Any) -> Any:
    async def run() -> Any:
        async with AsyncStanceClient(url, **{"retry": QUICK, "timeout": TIMEOUT, **options}) as client:
            return await getattr(client, method)(*arguments, **(asked or {}))

    return asyncio.run(run())


@pytest.fixture(params=[ask_blocking, ask_async], ids=["blocking", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """A method of a client, called; each test runs with both."""
    called: Ask = request.param
    return called


@pytest.fixture(scope="module")
def server(
    stance_checkpoint: Path, attribution_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    home, port = tmp_path_factory.mktemp("home"), free_port()
    command = [sys.executable, "-c", "import sys; from serving.server import serve; serve(port=int(sys.argv[1]))"]
    models = {"STANCE_MODEL": str(stance_checkpoint), "STANCE_ATTRIBUTION_MODEL": str(attribution_checkpoint)}
    env = environment(home, **models)
    with running([*command, str(port)], port=port, cwd=ROOT, env=env, log=home / "server.log") as server:
        yield server


@pytest.mark.slow
def test_analyze_is_what_the_server_answers(ask: Ask, server: Server) -> None:
    body = {"article": ARTICLE, "claims": CLAIMS, "all": True}
    raw = httpx.post(f"{server.url}/v1/analyze", json=body, timeout=TIMEOUT)
    answer = ask(server.url, "analyze", ARTICLE, CLAIMS, asked={"all": True})
    assert answer == AnalyzeResponse.model_validate_json(raw.content)
    assert answer.judgements
    relevant = ask(server.url, "analyze", ARTICLE, tuple(CLAIMS))
    assert relevant.judgements == [judgement for judgement in answer.judgements if judgement.relevant]


@pytest.mark.slow
def test_more_pairs_than_a_request_may_hold_are_judged_in_order(ask: Ask, server: Server) -> None:
    pairs: list[Pair | dict[str, Any]] = [
        Pair(claim=CLAIMS[place % 2], statement=f"Nobody warned us {'again ' * (place % 7)}", cue="said")
        for place in range(LIMITS.pairs + 9)
    ]
    pairs[3] = {"claim": "", "statement": "x"}
    pairs[LIMITS.pairs] = {"claim": "c", "statement": "\ud800"}
    before = stance_requests(server)
    answer = ask(server.url, "stance", iter(pairs))
    assert stance_requests(server) == before + 2
    wrong = {place for place, item in enumerate(answer.judgements) if isinstance(item, ErrorResponse)}
    assert wrong == {3, LIMITS.pairs}
    assert answer.judgements[3].error.details[0].field == "claim"
    assert answer.model == ask(server.url, "info").model
    for place in (0, 5, LIMITS.pairs - 1, LIMITS.pairs + 1, LIMITS.pairs + 8):
        alone = ask(server.url, "stance", [pairs[place]]).judgements[0]
        together = answer.judgements[place]
        assert isinstance(together, PairJudgement)
        # other neighbours in a batch, other rounding
        assert together.probabilities.model_dump() == pytest.approx(alone.probabilities.model_dump(), abs=1e-3)


def stance_requests(server: Server) -> float:
    lines = httpx.get(f"{server.url}/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith('stance_requests_total{route="/v1/stance"'))


@pytest.mark.slow
def test_info_has_the_limits_that_the_client_splits_by(ask: Ask, server: Server) -> None:
    assert ask(server.url, "info").limits == LIMITS


@pytest.mark.slow
def test_a_refusal_says_what_the_server_said(ask: Ask, server: Server) -> None:
    with pytest.raises(RequestFailed, match=r"^invalid_request: claims\[1\] must not be empty") as caught:
        ask(server.url, "analyze", ARTICLE, ["c", ""])
    failure = caught.value
    assert (failure.status, failure.type, failure.details[0].field) == (422, "invalid_request", "claims[1]")
    logged = f'"request_id": "{failure.request_id}"'
    for _ in range(500):  # the line is written once the answer is sent
        if logged in server.log.read_text():
            break
        time.sleep(0.02)
    assert logged in server.log.read_text()
    with pytest.raises(RequestFailed, match="pairs must not be empty"):
        ask(server.url, "stance", [])
    with pytest.raises(RequestFailed, match="not_found"):
        ask(f"{server.url}/elsewhere", "info")


RESET = object()
SLOW = object()


@dataclass
class Script:
    """What the scripted server answers, one reply a request, and what it was sent."""

    url: str = ""
    replies: list[Any] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    end: Event = field(default_factory=Event)


def handler_of(script: Script) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            script.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            script.headers.append(dict(self.headers))
            reply = script.replies.pop(0)  # atomic: each request has a thread of its own
            if reply is RESET:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                return
            if reply is SLOW:
                script.end.wait(TIMEOUT)
                return
            status, headers, body = reply
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST  # noqa: N815 - the base class's word

        def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - the base class's word
            pass

    return Handler


@pytest.fixture
def script() -> Iterator[Script]:
    script = Script()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler_of(script)) as server:
        script.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield script
        script.end.set()
        server.shutdown()
        thread.join()


def refusal(status: int, *, headers: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, str], bytes]:
    error = {"type": f"type_{status}", "message": f"message {status}", "request_id": "served-1"}
    return status, headers or {}, json.dumps({"error": error}).encode()


MODEL = {"name": "invented", "version": "0123456789ab"}
JUDGEMENT = {
    "stance": "denial",
    "probabilities": {"support": 0.1, "denial": 0.5, "hedge": 0.1, "unrelated": 0.3},
    "relevance": 0.7,
    "truncated": False,
}
GOOD: tuple[int, Mapping[str, str], bytes] = (200, {}, json.dumps({"model": MODEL, "judgements": [JUDGEMENT]}).encode())
PAIRS = [Pair(claim=CLAIMS[0], statement="The dam was never safe.", speaker="Ada Novak")]


@pytest.mark.parametrize(
    "passing",
    [
        [refusal(429, headers={"Retry-After": "0"})],
        [refusal(429, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), refusal(503), refusal(504)],
        [RESET, RESET, RESET],
        [(502, {"Content-Type": "text/html"}, b"<h1>Bad gateway</h1>")],
        [(503, {}, b""), RESET, refusal(429)],
    ],
)
def test_what_passes_is_asked_again(ask: Ask, script: Script, passing: list[Any]) -> None:
    script.replies = [*passing, GOOD]
    answer = ask(script.url, "stance", PAIRS)
    assert answer == StanceResponse.model_validate_json(GOOD[2])
    assert len(script.bodies) == len(passing) + 1
    assert len(set(script.bodies)) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 415, 422, 500])
def test_what_would_fail_again_is_asked_once(ask: Ask, script: Script, status: int) -> None:
    script.replies = [refusal(status, headers={"Retry-After": "0"}), GOOD]
    with pytest.raises(RequestFailed, match=f"^type_{status}: message {status} .request_id served-1.$") as caught:
        ask(script.url, "stance", PAIRS)
    failure = caught.value
    assert (failure.status, failure.type, failure.message) == (status, f"type_{status}", f"message {status}")
    assert (failure.request_id, failure.details) == ("served-1", ())
    assert len(script.bodies) == 1


def test_it_gives_up_after_its_attempts_with_the_last_failure(ask: Ask, script: Script) -> None:
    script.replies = [refusal(503), RESET, refusal(504), refusal(429), GOOD]
    with pytest.raises(RequestFailed) as caught:
        ask(script.url, "stance", PAIRS)
    assert (caught.value.status, len(script.bodies)) == (429, QUICK.attempts)


def test_it_does_not_wait_for_longer_than_it_may(ask: Ask, script: Script) -> None:
    script.replies = [refusal(429, headers={"Retry-After": "3600"}), GOOD]
    with pytest.raises(RequestFailed) as caught:
        ask(script.url, "info")
    assert (caught.value.status, caught.value.retry_after, len(script.bodies)) == (429, 3600, 1)


def test_a_server_that_breaks_off_each_time_is_unreachable(ask: Ask, script: Script) -> None:
    script.replies = [RESET] * QUICK.attempts
    with pytest.raises(RequestFailed) as caught:
        ask(script.url, "info")
    assert (caught.value.status, caught.value.type, len(script.bodies)) == (None, "unreachable", QUICK.attempts)


def test_nobody_there_is_unreachable(ask: Ask) -> None:
    with pytest.raises(RequestFailed, match=r"^unreachable: ConnectError") as caught:
        ask(f"http://127.0.0.1:{free_port()}", "info")
    assert isinstance(caught.value.__cause__, httpx.ConnectError)


def test_a_slow_answer_is_not_asked_for_twice(ask: Ask, script: Script) -> None:
    script.replies = [SLOW, GOOD]
    with pytest.raises(RequestFailed) as caught:
        ask(script.url, "stance", PAIRS, timeout=httpx.Timeout(TIMEOUT, read=0.2))
    assert (caught.value.type, len(script.bodies)) == ("timeout", 1)


@pytest.mark.parametrize(
    "nonsense",
    [
        (200, {}, b""),
        (200, {}, b"{"),
        (200, {}, b"\xff"),
        (200, {"Content-Type": "text/html"}, b"<p>canary</p>"),
        (200, {}, b'{"model": {"name": "a", "version": "b"}, "judgements": [{"stance": "maybe"}]}'),
        (200, {}, GOOD[2].replace(b'"judgements": [', b'"judgements": [{}, ')),
        (200, {"Content-Encoding": "gzip"}, b"no gzip"),
        (302, {"Location": "/elsewhere"}, b""),
        (404, {"Content-Type": "text/html"}, b"<p>canary</p>"),
        (422, {}, b'{"detail": "canary"}'),
    ],
)
def test_nonsense_is_an_unexpected_answer(ask: Ask, script: Script, nonsense: Any) -> None:
    script.replies = [nonsense, GOOD]
    with pytest.raises(RequestFailed, match=r"^unexpected_answer: ") as caught:
        ask(script.url, "stance", PAIRS)
    assert caught.value.type == "unexpected_answer"
    assert "canary" not in str(caught.value)
    assert len(script.bodies) == 1


def test_the_key_travels_as_a_bearer_token(ask: Ask, script: Script) -> None:
    script.replies = [GOOD, GOOD]
    ask(script.url, "stance", PAIRS, api_key="k3y-_.~+/=")
    ask(script.url, "stance", PAIRS)
    assert script.headers[0]["Authorization"] == "Bearer k3y-_.~+/="
    assert "Authorization" not in script.headers[1]
    assert script.headers[0]["Content-Type"] == "application/json"


@pytest.mark.parametrize("key", ["", "two words", "line\n", "schlüssel"])
def test_a_key_that_cannot_be_sent_is_refused_unseen(ask: Ask, key: str) -> None:
    with pytest.raises(BadInput, match="expected an API key") as caught:
        ask("http://127.0.0.1:1", "info", api_key=key)
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize("url", ["", "localhost:3000", "ftp://127.0.0.1", "http://", "http://127.0.0.1:port", "/v1"])
def test_a_url_that_is_none_is_refused(ask: Ask, url: str) -> None:
    with pytest.raises(BadInput, match="expected the server's URL"):
        ask(url, "info")


def test_fields_of_a_newer_server_are_no_failure(ask: Ask, script: Script) -> None:
    newer = {"model": MODEL | {"later": 1}, "judgements": [JUDGEMENT | {"later": {}}], "later": []}
    script.replies = [(200, {}, json.dumps(newer).encode())]
    assert ask(script.url, "stance", PAIRS) == StanceResponse.model_validate_json(GOOD[2])


def test_asynchronous_requests_wait_side_by_side(script: Script) -> None:
    script.replies = [RESET, refusal(503), GOOD, GOOD, GOOD, GOOD]

    async def run() -> list[StanceResponse]:
        async with AsyncStanceClient(script.url, retry=QUICK) as client:
            return await asyncio.gather(*(client.stance(PAIRS) for _ in range(4)))

    assert len(asyncio.run(run())) == 4
    assert len(script.bodies) == 6


def test_it_needs_none_of_the_model_libraries() -> None:
    program = "import sys, serving.client; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {"torch", "transformers", "tokenizers", "bentoml", "starlette", "numpy", "pyarrow", "openvino"}
    assert heavy & set(done.stdout.split()) == set()
    assert InfoResponse.__module__ in done.stdout.split()
