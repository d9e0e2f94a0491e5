"""The server's end and its accidents: it drains when asked to stop, and a killed worker is replaced."""

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped] # ships no types
import pytest

from data.records import LABELS, Pair
from model.checkpoint import STANCE_CHECKPOINT
from model.classifier import StanceClassifier
from tests.server_process import PATIENCE_SECONDS, Server, environment, free_port, running

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
BENTOML = [sys.executable, "-m", "bentoml", "serve", "serving.service:StanceService", "--port"]
STANCE = [sys.executable, "-c", "import sys; from serving.server import serve; serve(port=int(sys.argv[1]))"]

ENDED = {0, -signal.SIGTERM, 128 + signal.SIGTERM}
"""Exit codes of a server that was asked to stop."""

CLAIM = "The dam was safe."
STATEMENTS = (
    "The dam was safe.",
    "It is a lie that the dam was safe.",
    "The dam may or may not have been safe, and I cannot say.",
    "I like cheese.",
    "We never opened it in winter.",
    "Nobody can doubt that it was safe.",
    "They declined to say whether it was safe.",
    "Engineers proved that the dam was safe, and so it was.",
)
PAIRS = [Pair(claim=CLAIM, statement=statement) for statement in STATEMENTS]
"""One for each client."""

SAME = 1e-3
"""A pair's probabilities may differ so much with what else is in its batch, where the engine computes in bfloat16."""


@pytest.fixture(scope="module")
def env(
    stance_checkpoint: Path, attribution_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    models = {"STANCE_MODEL": str(stance_checkpoint), "STANCE_ATTRIBUTION_MODEL": str(attribution_checkpoint)}
    return environment(tmp_path_factory.mktemp("home"), **models)


def until(happened: Callable[[], bool], what: str) -> None:
    for _ in range(10 * PATIENCE_SECONDS):
        if happened():
            return
        time.sleep(0.1)
    raise AssertionError(f"never: {what}")


@contextmanager
def request_under_way(server: Server, body: bytes) -> Iterator[socket.socket]:
    """A connection whose request the application has begun to read: all of it is there but `body`."""
    head = (
        "POST /v1/stance HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(head.encode())
        assert b"100 Continue" in connection.recv(1000)
        yield connection


def received(connection: socket.socket) -> bytes:
    """What comes until the connection is closed, by its end or by a reset."""
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            answer += part
    return answer


def workers(server: Server) -> set[int]:
    found = set()
    for child in psutil.Process(server.process.pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # also what was killed and is still listed
            if "_bentoml_impl.worker.service" in child.cmdline():
                found.add(child.pid)
    return found


def listens(worker: int) -> bool:
    try:
        found = psutil.Process(worker).net_connections(kind="tcp")
    except psutil.NoSuchProcess:
        return False
    return any(connection.status == psutil.CONN_LISTEN for connection in found)


def refused(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS):
            return False
    except ConnectionRefusedError:
        return True


def question(pair: Pair) -> dict[str, Any]:
    return {"pairs": [{"claim": pair.claim, "statement": pair.statement}]}


@pytest.mark.parametrize("command", [BENTOML, STANCE], ids=["bentoml serve", "stance serve"])
def test_sigterm_finishes_the_request_under_way_and_takes_no_other(
    command: list[str], env: dict[str, str], tmp_path: Path
) -> None:
    port, body = free_port(), httpx.Request("POST", "http://x", json=question(PAIRS[0])).content
    with (
        running([*command, str(port)], port=port, cwd=ROOT, env=env, log=tmp_path / "server.log") as server,
        request_under_way(server, body) as under_way,
    ):
        [worker] = workers(server)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: not listens(worker), "the worker takes no more connections")
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as late:
            late.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            under_way.sendall(body)
            assert received(under_way).startswith(b"HTTP/1.1 200")
            assert server.process.wait(PATIENCE_SECONDS) in ENDED
            assert received(late) == b""
        assert refused(port)


def test_a_request_that_never_ends_is_given_up_after_the_grace_period(env: dict[str, str], tmp_path: Path) -> None:
    port = free_port()
    command = [*BENTOML, str(port), "--timeout-graceful-shutdown", "1"]
    with (
        running(command, port=port, cwd=ROOT, env=env, log=tmp_path / "server.log") as server,
        request_under_way(server, b"{}") as connection,
    ):
        server.process.send_signal(signal.SIGTERM)
        # its own deadline, 120 s, would come after
        assert server.process.wait(60) in ENDED
        assert not received(connection).startswith(b"HTTP/1.1 200")


class Client(threading.Thread):
    """Asks for the same pair again and again, each time on a new connection, and holds every answer against `expected`.

    A connection that breaks is a request to repeat; any other answer than the expected one is a fault.
    """

    def __init__(self, url: str, pair: Pair, expected: list[float]) -> None:
        super().__init__(daemon=True)
        self.answers = 0
        self.broken = 0
        self.faults: list[str] = []
        self.stopped = threading.Event()
        self._url, self._pair, self._expected = url, pair, expected

    def run(self) -> None:
        while not self.stopped.is_set():
            try:
                answer = httpx.post(f"{self._url}/v1/stance", json=question(self._pair), timeout=PATIENCE_SECONDS)
            except httpx.TransportError:
                self.broken += 1
                continue
            if answer.status_code != 200 or self._got(answer) != pytest.approx(self._expected, abs=SAME):
                self.faults.append(answer.text)
            self.answers += 1

    def _got(self, answer: httpx.Response) -> list[float]:
        [judgement] = answer.json()["judgements"]
        return [judgement["probabilities"][label] for label in LABELS]


@contextmanager
def load(server: Server, expected: list[list[float]]) -> Iterator[list[Client]]:
    clients = [Client(server.url, pair, each) for pair, each in zip(PAIRS, expected, strict=True)]
    for client in clients:
        client.start()
    try:
        yield clients
    finally:
        for client in clients:
            client.stopped.set()
        for client in clients:
            client.join()


def until_all_have_more(clients: list[Client]) -> None:
    """Until each client has had an answer to a request that it made after this was called."""
    enough = [client.answers + 2 for client in clients]
    until(lambda: all(client.answers >= most for client, most in zip(clients, enough, strict=True)), "more answers")


def replaced(server: Server, known: set[int]) -> bool:
    return bool(workers(server) - known)


def test_a_killed_worker_is_replaced_and_nobody_gets_anothers_answer(env: dict[str, str], tmp_path: Path) -> None:
    # the shipped model: the tiny one says much the same of every pair
    env = env | {"STANCE_MODEL": str(STANCE_CHECKPOINT), "STANCE_WORKERS": "2"}
    expected = StanceClassifier.load(STANCE_CHECKPOINT).predict(PAIRS).tolist()
    for one, other in combinations(expected, 2):  # or a mix-up would not show
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) > 3 * SAME
    port, log = free_port(), tmp_path / "server.log"
    with (
        running([*BENTOML, str(port)], port=port, cwd=ROOT, env=env, log=log) as server,
        load(server, expected) as clients,
    ):
        until(lambda: len(workers(server)) == 2, "two workers")
        first = workers(server)
        for victim in sorted(first):
            until_all_have_more(clients)
            before = workers(server)
            os.kill(victim, signal.SIGKILL)
            until(partial(replaced, server, before), "a new worker")
        until_all_have_more(clients)  # from those that took the place of the first
        assert not workers(server) & first
    assert [fault for client in clients for fault in client.faults] == []
