"""The server as users start it, with `stance serve` and with `bentoml serve`."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from model.analyser import Analyser
from serving.keys import add_key
from serving.schemas import ErrorResponse
from tests.server_process import PATIENCE_SECONDS, Server, environment, free_port, running

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
EVERYWHERE = "0.0.0.0"  # noqa: S104 - with keys, or to see it refused
BODY = {"article": "“The dam was never safe to open,” Ada Novak said.", "claims": ["The dam was safe."], "all": True}
BENTOML = [sys.executable, "-m", "bentoml", "serve", "serving.service:StanceService", "--port"]
STANCE = [sys.executable, "-c", "import sys; from serving.server import serve; serve(port=int(sys.argv[1]))"]


@pytest.fixture(scope="module")
def env(
    stance_checkpoint: Path, attribution_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    home = tmp_path_factory.mktemp("home")
    models = {"STANCE_MODEL": str(stance_checkpoint), "STANCE_ATTRIBUTION_MODEL": str(attribution_checkpoint)}
    return environment(home, **models)


@pytest.fixture(scope="module", params=[BENTOML, STANCE], ids=["bentoml serve", "stance serve"])
def server(
    request: pytest.FixtureRequest, env: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    port = free_port()
    log = tmp_path_factory.mktemp("log") / "server.log"
    with running([*request.param, str(port)], port=port, cwd=ROOT, env=env, log=log) as server:
        yield server


def test_it_answers_as_in_process(server: Server, stance_checkpoint: Path, attribution_checkpoint: Path) -> None:
    analyser = Analyser.load(stance=stance_checkpoint, attribution=attribution_checkpoint)
    answer = httpx.post(f"{server.url}/v1/analyze", json=BODY, timeout=PATIENCE_SECONDS)
    assert answer.status_code == 200
    expected = analyser.analyse(str(BODY["article"]), ["The dam was safe."], every=True).document()
    got = answer.json()
    assert {**got, "judgements": None} == {**expected, "judgements": None}
    for mine, theirs in zip(got["judgements"], expected["judgements"], strict=True):
        assert mine["probabilities"] == pytest.approx(theirs["probabilities"], abs=1e-5)


@pytest.mark.parametrize("path", ["/nowhere", "/healthz", "/schema.json", "/static_content/x", "/livez/", "/%ff"])
def test_no_route_of_bentomls_shows_through(server: Server, path: str) -> None:
    answer = httpx.get(f"{server.url}{path}", headers={"X-Request-ID": "mine"})
    assert answer.status_code == 404
    assert ErrorResponse.model_validate(answer.json()).error.request_id == answer.headers["X-Request-ID"] == "mine"


def test_the_probes_refuse_other_methods_in_the_one_shape(server: Server) -> None:
    answer = httpx.post(f"{server.url}/readyz")
    assert (answer.status_code, ErrorResponse.model_validate(answer.json()).error.type) == (405, "method_not_allowed")


def test_docs_and_page_are_ours(server: Server) -> None:
    assert set(httpx.get(f"{server.url}/docs.json").json()["paths"]) >= {"/v1/analyze", "/v1/stance", "/v1/info"}
    assert "googletagmanager" not in httpx.get(server.url).text
    assert 'route="/docs.json",status="200"' in httpx.get(f"{server.url}/metrics").text


def test_it_listens_on_the_loopback_address_alone(server: Server) -> None:
    with pytest.raises(OSError, match=r"refused|timed out"):
        socket.create_connection(("127.0.0.2", server.port), timeout=5)


def test_the_log_has_a_line_for_each_request(server: Server) -> None:
    httpx.post(f"{server.url}/v1/analyze", json=BODY, headers={"X-Request-ID": "logged"}, timeout=PATIENCE_SECONDS)
    httpx.get(f"{server.url}/livez")  # the line is written after the answer, and before the next one
    lines = [line for line in server.log.read_text().splitlines() if "logged" in line]
    [line] = map(json.loads, lines)
    assert (line["route"], line["status"], line["key"]) == ("/v1/analyze", 200, None)
    assert line["bytes_in"] > 0 < line["bytes_out"]


HOSTS = [
    [sys.executable, "-m", "bentoml", "serve", "serving.service:StanceService", "--host", EVERYWHERE],
    [sys.executable, "-m", "stance", "serve", "--host", EVERYWHERE],
]


@pytest.mark.parametrize("command", HOSTS, ids=["bentoml serve", "stance serve"])
def test_it_does_not_listen_for_others_without_keys(command: list[str], env: dict[str, str]) -> None:
    ended = subprocess.run(
        [*command, "--port", str(free_port())],
        cwd=ROOT, env=env, timeout=PATIENCE_SECONDS, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    [line] = [line for line in ended.stderr.splitlines() if line.startswith("stance: ")]
    assert line.startswith(f"stance: expected keys where other machines can ask, on {EVERYWHERE}, found none; ")
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("command", HOSTS, ids=["bentoml serve", "stance serve"])
def test_it_listens_for_others_with_keys_or_where_that_is_asked_for_by_name(
    command: list[str], env: dict[str, str], tmp_path: Path
) -> None:
    keys = tmp_path / "keys.txt"
    authorization = {"Authorization": f"Bearer {add_key('ana', keys)}"}
    for more, status in (({"STANCE_KEYS": str(keys)}, 401), ({"STANCE_INSECURE": "1"}, 200)):
        port = free_port()
        started = [*command, "--port", str(port)]
        with running(started, port=port, cwd=ROOT, env={**env, **more}, log=tmp_path / "server.log"):
            elsewhere = f"http://127.0.0.2:{port}/v1/info"  # bound to the loopback address alone it would not answer
            assert httpx.get(elsewhere).status_code == status
            assert httpx.get(elsewhere, headers=authorization).status_code == 200


def test_workers_add_their_figures_up(env: dict[str, str], tmp_path: Path) -> None:
    port = free_port()
    with running(
        [*BENTOML, str(port)], port=port, cwd=ROOT, env={**env, "STANCE_WORKERS": "2"}, log=tmp_path / "server.log"
    ) as server:
        for _ in range(20):  # each on a connection of its own, so that both workers get some
            assert httpx.get(f"{server.url}/v1/info").status_code == 200
        for _ in range(5):
            assert 'route="/v1/info",status="200"} 20.0' in httpx.get(f"{server.url}/metrics").text


@pytest.mark.parametrize(("command", "sign"), [(BENTOML, signal.SIGTERM), (STANCE, signal.SIGINT)])
def test_a_signal_lets_a_request_under_way_finish(
    command: list[str], sign: signal.Signals, env: dict[str, str], tmp_path: Path
) -> None:
    port, body = free_port(), httpx.Request("POST", "http://x", json=BODY).content
    head = (
        "POST /v1/analyze HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    with (
        running([*command, str(port)], port=port, cwd=ROOT, env=env, log=tmp_path / "server.log") as server,
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as connection,
    ):
        connection.sendall(head.encode())
        assert b"100 Continue" in connection.recv(1000)  # the application has begun to read
        server.process.send_signal(sign)
        connection.sendall(body)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.endswith(b"}")
        assert server.process.wait(PATIENCE_SECONDS) in {0, -signal.SIGTERM, 128 + signal.SIGTERM}


@pytest.mark.parametrize("command", [BENTOML, STANCE], ids=["bentoml serve", "stance serve"])
@pytest.mark.parametrize("fault", ["missing", "cut short"])
def test_a_broken_model_folder_stops_the_start_with_one_line(
    command: list[str], fault: str, env: dict[str, str], stance_checkpoint: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "stance"
    if fault == "cut short":
        shutil.copytree(stance_checkpoint, folder)
        os.truncate(folder / "model.safetensors", 100)
    ended = subprocess.run(
        [*command, str(free_port())],
        cwd=ROOT, env={**env, "STANCE_MODEL": str(folder)}, timeout=PATIENCE_SECONDS, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    [line] = [line for line in ended.stderr.splitlines() if line.startswith("stance: ")]
    assert str(folder) in line
