"""Everything that a user does first works where there is no network: a namespace with loopback alone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.namespaces import without_network
from tests.server_process import PATIENCE_SECONDS, environment

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
DEVICES = "import json, socket; print(json.dumps([name for _, name in socket.if_nameindex()]))"
ANSWERS = "tests/test_service.py::test_it_answers_as_in_process"


def run(command: list[str], home: Path) -> str:
    done = subprocess.run(
        without_network([sys.executable, *command]), cwd=ROOT, env=environment(home), timeout=2 * PATIENCE_SECONDS,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_there_is_no_network(tmp_path: Path) -> None:
    assert json.loads(run(["-c", DEVICES], tmp_path)) == ["lo"]


def test_an_article_is_analysed(tmp_path: Path) -> None:
    command = ["-m", "stance", "analyze", "examples/seawall.txt", "--claims", "examples/claims.txt", "--format", "json"]
    document = json.loads(run(command, tmp_path))
    assert document["statements"]
    assert document["judgements"]


def test_the_server_answers(tmp_path: Path) -> None:
    # by both commands that start it
    report = run(
        ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "in"), ANSWERS], tmp_path
    )
    assert "2 passed" in report
