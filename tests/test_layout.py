"""The house is what its plan says: packages of this checkout, a README that lists them, and an instant front door."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("data", "model", "training", "serving")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if path.name != "__init__.py")
HEAVY = (
    *(
        "torch",
        "transformers",
        "openvino",
        "tokenizers",
        "bentoml",
        "pyarrow",
        "sklearn",
        "numpy",
        "starlette",
        "jinja2",
        "sqlalchemy",
    ),
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("package", [*PACKAGES, "stance"])
def test_imports_resolve_to_this_checkout(package: str) -> None:
    assert Path(importlib.import_module(package).__file__ or "").is_relative_to(ROOT)


def test_readme_names_every_module() -> None:
    named = set(re.findall(r"[\w/]+\.py\b", (ROOT / "README.md").read_text(encoding="utf-8")))
    ours = {path for path in named if path.startswith(tuple(f"{package}/" for package in PACKAGES))}
    assert ours == {name(path) for path in MODULES}
    assert "stance.py" in named


@pytest.mark.parametrize("path", [ROOT / "stance.py", *MODULES], ids=name)
def test_public_names_are_listed_sorted_and_defined(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    defined: set[str] = set()
    listed: list[str] | None = None
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                defined.add(node.name)
            case ast.Assign(targets=[ast.Name(id="__all__")]):
                listed = ast.literal_eval(node.value)
            case ast.Assign(targets=[ast.Name(id=target)]) | ast.AnnAssign(target=ast.Name(id=target)):
                defined.add(target)
            case _:
                pass
    assert listed is not None
    assert len(set(listed)) == len(listed)
    assert set(listed) <= defined
    # constants, then classes, then functions: the order that ruff's RUF022 keeps
    assert listed == sorted(listed, key=lambda word: (not word.isupper(), not word[0].isupper(), word))


def test_no_part_of_the_project_is_mocked() -> None:
    patching = re.compile(r"unittest[.]mock|monkeypatch[.]setattr|\bMagicMock\b|mocker[.]")
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    assert len(tests) > 10
    assert [name(path) for path in tests if patching.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    "arguments",
    [
        [*command.split(), "--help"]
        for command in ("", "analyze", "score", "serve", "train", "labels import", "models list")
    ],
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys, stance\ntry: stance.main(sys.argv[1:])\nfinally: print(*sorted(sys.modules), file=sys.stderr)"
    )
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Usage: stance" in done.stdout
    assert set(HEAVY) & set(done.stderr.split()) == set()
    assert "typer" in done.stderr.split()


def test_the_licence_is_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
