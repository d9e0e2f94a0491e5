"""The artefact that users get: built offline, started where the checkout cannot be imported, asked one question."""

import json
import shutil
import signal
import subprocess
import sysconfig
import tomllib
import venv
from pathlib import Path

import httpx
import pytest
from packaging.requirements import Requirement

from model.analyser import Analyser
from tests.server_process import PATIENCE_SECONDS, environment, free_port, running

ROOT = Path(__file__).parents[1]
PACKAGES = ("data", "model", "serving", "training")
ARTICLE = "“The dam was never safe to open in winter,” engineer Ada Novak said. 😀 The ministry denied that it knew."
CLAIMS = ["The dam was safe.", "The ministry knew."]


def test_the_bentos_requirements_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    wanted = {requirement.name: requirement.specifier for requirement in map(Requirement, project)}
    lines = (ROOT / "serving" / "requirements.txt").read_text().splitlines()
    for line in map(Requirement, [line for line in lines if not line.startswith("#")]):
        assert wanted[line.name] == line.specifier


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which every way out leads to a closed port."""
    wall = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
    return environment(tmp_path_factory.mktemp("home"), **wall, NO_PROXY="127.0.0.1", UV_OFFLINE="1", PIP_NO_INDEX="1")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with this one's libraries and without the checkout.

    The libraries come in by a .pth file, and the .pth files that lie beside them (an editable install's names the
    checkout) are not read a second time. What the interpreter starts, as a server its workers, is no different.
    """
    folder = tmp_path_factory.mktemp("venv") / "venv"
    venv.create(folder, symlinks=True)
    paths = sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)})
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(paths["purelib"]) / "libraries.pth").write_text("\n".join(sorted(libraries)) + "\n")
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def analyser(stance_checkpoint: Path, attribution_checkpoint: Path) -> Analyser:
    return Analyser.load(stance=stance_checkpoint, attribution=attribution_checkpoint)


@pytest.fixture(scope="module")
def bento(
    elsewhere: Path, offline: dict[str, str], stance_checkpoint: Path, attribution_checkpoint: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:  # fmt: skip
    """A Bento built from a copy of the checkout in which tiny models take the place of the shipped ones."""
    copy = tmp_path_factory.mktemp("checkout")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__", "checkpoints"))
    for name in ("bentofile.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(stance_checkpoint, copy / "model" / "checkpoints" / "stance")
    shutil.copytree(attribution_checkpoint, copy / "model" / "checkpoints" / "attribution")
    (copy / "tests" / "data").mkdir(parents=True)
    (copy / "tests" / "data" / "stray.py").write_text("")
    built = subprocess.run(
        [elsewhere, "-m", "bentoml", "build", "--version", "test"],
        cwd=copy, env=offline, timeout=PATIENCE_SECONDS, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    shutil.rmtree(copy)  # nothing may lead back to it
    return Path(offline["BENTOML_HOME"]) / "bentos" / "stance" / "test"


@pytest.mark.slow
def test_the_bento_holds_what_is_served_and_no_more(bento: Path) -> None:
    files = {path.relative_to(bento / "src") for path in (bento / "src").rglob("*") if path.is_file()}
    assert {file.parts[0] for file in files} <= {"data", "model", "serving", "bentofile.yaml"}
    code = {file for file in files if file.suffix == ".py"}
    assert code == {
        path.relative_to(ROOT) for package in ("data", "model", "serving") for path in (ROOT / package).rglob("*.py")
    }
    for name in ("stance", "attribution"):
        assert Path("model", "checkpoints", name, "model.safetensors") in files


@pytest.mark.slow
def test_in_the_bento_the_checkout_cannot_be_imported(bento: Path, elsewhere: Path, offline: dict[str, str]) -> None:
    where = "import importlib.util as u, json; print(json.dumps([getattr(u.find_spec(n), 'origin', None) for n in {}]))"
    found = subprocess.run(
        [elsewhere, "-c", where.format(PACKAGES)],
        cwd=bento / "src", env=offline, timeout=PATIENCE_SECONDS, capture_output=True, check=True,
    )  # fmt: skip
    *inside, training = json.loads(found.stdout)
    assert all(Path(origin).is_relative_to(bento) for origin in inside)
    assert training is None


@pytest.mark.slow
def test_the_bento_answers_as_the_checkout_does(
    bento: Path, elsewhere: Path, offline: dict[str, str], analyser: Analyser, tmp_path: Path
) -> None:
    port = free_port()
    command = [str(elsewhere), "-m", "bentoml", "serve", str(bento), "--port", str(port)]
    with running(command, port=port, cwd=bento / "src", env=offline, log=tmp_path / "server.log") as server:
        question = {"article": ARTICLE, "claims": CLAIMS, "all": True}
        answer = httpx.post(f"{server.url}/v1/analyze", json=question, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 200, server.log.read_text()
        got, expected = answer.json(), analyser.analyse(ARTICLE, CLAIMS, every=True).document()
        assert got["statements"] == expected["statements"]
        assert got["model"] == expected["model"]
        for mine, theirs in zip(got["judgements"], expected["judgements"], strict=True):
            assert mine["probabilities"] == pytest.approx(theirs["probabilities"], abs=1e-5)
        assert server.stop() in {0, -signal.SIGTERM, 128 + signal.SIGTERM}
