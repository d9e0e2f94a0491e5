"""The artefact that users get: built without a network, started with its own requirements alone, asked a question."""

import ast
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import httpx
import pytest
import yaml  # type: ignore[import-untyped] # ships no types
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from model.analyser import Analyser
from tests.namespaces import without_network
from tests.server_process import PATIENCE_SECONDS, environment, free_port, running

ROOT = Path(__file__).parents[1]
SERVED = ("data", "model", "serving")
ARTICLE = "“The dam was never safe to open in winter,” engineer Ada Novak said. 😀 The ministry denied that it knew."
CLAIMS = ["The dam was safe.", "The ministry knew."]

USES = """
import json, sys
from model.analyser import Analyser
from model.checkpoint import ATTRIBUTION_CHECKPOINT, STANCE_CHECKPOINT
import serving.service, serving.extraction
stance, attribution = map(__import__("pathlib").Path, sys.argv[1:])
Analyser.load(stance=stance, attribution=attribution).analyse("“No,” Ada Novak said.", ["It rained."])
print(json.dumps({name: getattr(module, "__file__", None) for name, module in sys.modules.items()}))
"""


def requirements(file: Path) -> dict[str, Requirement]:
    found = [Requirement(line.split("#")[0]) for line in file.read_text().splitlines() if line.split("#")[0].strip()]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


DIRECT = requirements(ROOT / "serving" / "requirements.in")
TAKEN_BY_UVICORN = {"httptools", "uvloop"}
"""Where they are installed, as faster parts of its own."""
PINNED = requirements(ROOT / "serving" / "requirements.txt")


def test_the_direct_requirements_are_what_the_service_imports(
    stance_checkpoint: Path, attribution_checkpoint: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", USES, str(stance_checkpoint), str(attribution_checkpoint)]
    done = subprocess.run(command, cwd=ROOT, env=environment(tmp_path), capture_output=True, check=True)
    loaded: dict[str, str | None] = json.loads(done.stdout)
    ours = [Path(file) for name, file in loaded.items() if name.split(".")[0] in SERVED and file]
    named = {name for file in ours for name in imported(file)} & {name.split(".")[0] for name in loaded}
    distributions = packages_distributions()
    outside = named - set(SERVED) - sys.stdlib_module_names
    used = {canonicalize_name(distributions[name][0]) for name in outside}
    assert used - {"pydantic-core"} == set(DIRECT) - TAKEN_BY_UVICORN  # pydantic's other half, whose version it fixes
    assert not {"torch", "transformers"} & set(loaded)


def imported(file: Path) -> set[str]:
    """The top-level packages that a module names in its import statements, wherever they stand."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_the_direct_requirements_have_the_floors_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    floors: dict[str, SpecifierSet] = {
        canonicalize_name(each.name): each.specifier for each in map(Requirement, project)
    }
    assert {name: each.specifier for name, each in DIRECT.items()} == {name: floors.get(name) for name in DIRECT}


def test_every_requirement_is_pinned_to_one_version_that_the_project_takes() -> None:
    pins = {name: re.fullmatch(r"==(\d[^*,]*)", str(each.specifier)) for name, each in PINNED.items()}
    assert [name for name, pin in pins.items() if pin is None] == []
    assert set(DIRECT) <= set(pins)
    for name, each in DIRECT.items():
        pin = pins[name]
        assert pin is not None
        assert each.specifier.contains(pin[1])


def test_nothing_in_the_bento_can_send_traces() -> None:
    assert [name for name in PINNED if name.startswith("opentelemetry-exporter")] == []


@pytest.fixture(scope="module")
def checkout(stance_checkpoint: Path, attribution_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout in which tiny models take the place of the shipped ones."""
    copy = tmp_path_factory.mktemp("checkout")
    for package in (*SERVED, "training"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__", "checkpoints"))
    for name in ("bentofile.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(stance_checkpoint, copy / "model" / "checkpoints" / "stance")
    shutil.copytree(attribution_checkpoint, copy / "model" / "checkpoints" / "attribution")
    (copy / "tests" / "data").mkdir(parents=True)
    (copy / "tests" / "data" / "stray.py").write_text("")
    return copy


UV = [sys.executable, "-m", "uv"]
BUILD = [sys.executable, "-m", "bentoml", "build", "--version", "test"]


@pytest.fixture(scope="module")
def bento(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    built = subprocess.run(
        BUILD, cwd=checkout, env=environment(home), timeout=PATIENCE_SECONDS, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    return home / "bentoml" / "bentos" / "stance" / "test"


@pytest.fixture(scope="module")
def clean(bento: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with what the Bento's requirements name, and nothing else: no checkout, no pip.

    A real installation, as no copy of this environment's packages can show that the pinned versions exist, fit
    together and are complete. uv links them from its cache in seconds, which after the first time needs no network.
    """
    python = tmp_path_factory.mktemp("clean") / "venv" / "bin" / "python"
    offline = ["--offline"] if {name for _, name in socket.if_nameindex()} == {"lo"} else []
    subprocess.run([*UV, "venv", "--quiet", "--python", sys.executable, python.parents[1]], check=True)
    wanted = bento / "env" / "python" / "requirements.txt"
    exactly = ["--no-deps", "--only-binary", ":all:", *offline]
    install: list[str | Path] = [*UV, "pip", "install", "--python", python, *exactly, "-r", wanted]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode and offline:
        pytest.skip("no network, and uv's cache does not hold what the Bento requires")
    assert done.returncode == 0, done.stderr
    subprocess.run([*UV, "pip", "check", "--python", python], check=True)
    return python


@pytest.mark.slow
def test_building_needs_no_network(checkout: Path, tmp_path: Path) -> None:
    built = subprocess.run(
        without_network(BUILD), cwd=checkout, env=environment(tmp_path), timeout=PATIENCE_SECONDS, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    assert (tmp_path / "bentoml" / "bentos" / "stance" / "test" / "src" / "serving" / "service.py").is_file()


@pytest.mark.slow
def test_the_bento_holds_what_is_served_and_no_more(bento: Path) -> None:
    files = {path.relative_to(bento / "src") for path in (bento / "src").rglob("*") if path.is_file()}
    assert {file.parts[0] for file in files} <= {*SERVED, "bentofile.yaml"}
    code = {file for file in files if file.suffix == ".py"}
    assert code == {path.relative_to(ROOT) for package in SERVED for path in (ROOT / package).rglob("*.py")}
    # what the code reads beside itself
    beside = {path for package in ("model", "serving") for path in (ROOT / package).rglob("*") if path.is_file()}
    tables = {path.relative_to(ROOT) for path in beside if path.suffix in {".toml", ".html", ".css", ".js"}}
    assert Path("model", "quotes", "cues.toml") in tables
    assert tables <= files
    for name in ("stance", "attribution"):
        assert Path("model", "checkpoints", name, "model.safetensors") in files


@pytest.mark.slow
def test_the_bento_asks_for_the_pinned_requirements(bento: Path) -> None:
    assert requirements(bento / "env" / "python" / "requirements.txt") == PINNED
    [env] = yaml.safe_load((bento / "bento.yaml").read_text())["envs"]
    assert (env["name"], env["value"]) == ("BENTOML_DO_NOT_TRACK", "True")


@pytest.mark.slow
def test_in_the_bento_the_checkout_cannot_be_imported(bento: Path, clean: Path, tmp_path: Path) -> None:
    names = [*SERVED, "training", "torch"]
    where = (
        f"import importlib.util as u, json; print(json.dumps([getattr(u.find_spec(n), 'origin', 0) for n in {names}]))"
    )
    found = subprocess.run(
        [clean, "-c", where],
        cwd=bento / "src", env=environment(tmp_path), timeout=PATIENCE_SECONDS, capture_output=True, check=True,
    )  # fmt: skip
    *inside, training, torch = json.loads(found.stdout)
    assert all(Path(origin).is_relative_to(bento) for origin in inside)
    assert (training, torch) == (0, 0)


@pytest.mark.slow
def test_the_bento_answers_as_the_checkout_does(
    bento: Path, clean: Path, checkout: Path, analyser: Analyser, tmp_path: Path
) -> None:
    shutil.move(checkout, tmp_path / "gone")  # nothing may lead back to it
    port = free_port()
    env = environment(tmp_path, BENTOML_HOME=str(bento.parents[2]), PATH=os.environ["PATH"])
    command = [str(clean), "-m", "bentoml", "serve", str(bento), "--port", str(port)]
    try:
        with running(command, port=port, cwd=bento / "src", env=env, log=tmp_path / "server.log") as server:
            question = {"article": ARTICLE, "claims": CLAIMS, "all": True}
            answer = httpx.post(f"{server.url}/v1/analyze", json=question, timeout=PATIENCE_SECONDS)
            assert answer.status_code == 200, server.log.read_text()
            got, expected = answer.json(), analyser.analyse(ARTICLE, CLAIMS, every=True).document()
            assert got["statements"] == expected["statements"]
            assert got["model"] == expected["model"]
            for mine, theirs in zip(got["judgements"], expected["judgements"], strict=True):
                assert mine["probabilities"] == pytest.approx(theirs["probabilities"], abs=1e-5)
            page = {"article": f"<p>{ARTICLE}</p>", "claims": CLAIMS, "format": "html"}
            assert httpx.post(f"{server.url}/v1/analyze", json=page, timeout=PATIENCE_SECONDS).status_code == 200
            assert server.stop() in {0, -signal.SIGTERM, 128 + signal.SIGTERM}
    finally:
        shutil.move(tmp_path / "gone", checkout)
