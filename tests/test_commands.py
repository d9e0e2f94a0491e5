"""The command line: what it prints where, what it refuses in which words, and with which exit code."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest

from data.records import Pair
from model.analyser import Analyser, document_of, model_document
from model.classifier import StanceClassifier
from model.sheet import sheet
from stance import main

ROOT = Path(__file__).parent.parent
EXAMPLE = str(ROOT / "examples" / "seawall.txt")
CLAIMS = str(ROOT / "examples" / "claims.txt")
CLAIM = "The firm paid bribes."


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in this process."""

    def run_main(*arguments: str) -> Outcome:
        with pytest.raises(SystemExit) as exited:
            main(arguments)
        code = exited.value.code
        return Outcome(code if isinstance(code, int) else 0, *capsys.readouterr())

    return run_main


@pytest.fixture
def models(stance_checkpoint: Path, attribution_checkpoint: Path) -> list[str]:
    return ["--model", str(stance_checkpoint), "--attribution-model", str(attribution_checkpoint)]


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], str]:
    def write(content: bytes) -> str:
        path = tmp_path / "input.txt"
        path.write_bytes(content)
        return str(path)

    return write


def command(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "stance.py"), *arguments]


# analyze


@pytest.mark.parametrize("every", [False, True])
def test_json_is_the_analysis_and_nothing_else(run: Run, models: list[str], analyser: Analyser, every: bool) -> None:
    done = run("analyze", EXAMPLE, "--claims", CLAIMS, "--format", "json", *models, *(["--all"] if every else []))
    assert (done.code, done.err) == (0, "")
    article = Path(EXAMPLE).read_bytes().decode()
    claims = Path(CLAIMS).read_text(encoding="utf-8").splitlines()
    expected = analyser.analyse(article, claims, every=every).document()
    assert json.loads(done.out) == expected
    assert done.out == json.dumps(expected, ensure_ascii=False, indent=2) + "\n"
    for statement in expected["statements"]:
        assert article[statement["start"] : statement["end"]] == statement["text"]


def test_the_table_is_the_default(run: Run, models: list[str], analyser: Analyser) -> None:
    done = run("analyze", EXAMPLE, "--claim", CLAIM, *models)
    assert (done.code, done.err) == (0, "")
    found = len(analyser.analyse(Path(EXAMPLE).read_text(encoding="utf-8"), [CLAIM]).statements)
    assert f"claim 1  {CLAIM}" in done.out
    assert f"{found} statements found" in done.out
    assert max(map(len, done.out.splitlines())) <= 100
    assert "\x1b" not in done.out


def test_claims_of_the_line_come_before_those_of_the_file(
    run: Run, models: list[str], file: Callable[[bytes], str]
) -> None:
    claims = file("\ufeffSecond.\r\n\r\n  Third.  \n".encode())
    done = run("analyze", EXAMPLE, "--claims", claims, "--claim", "First.", "--format", "json", *models)
    assert json.loads(done.out)["claims"] == ["First.", "Second.", "Third."]


@pytest.mark.parametrize("form", ["table", "json", "csv", "html"])
def test_a_file_takes_the_result_in_place_of_standard_output(
    run: Run, models: list[str], tmp_path: Path, form: str
) -> None:
    out = tmp_path / "result"
    done = run("analyze", EXAMPLE, "--claim", "Élan “pays”.", "--format", form, "--out", str(out), *models)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert "Élan “pays”." in out.read_text(encoding="utf-8")


def test_csv_is_the_sheet_of_the_analysis(run: Run, models: list[str], analyser: Analyser) -> None:
    done = run("analyze", EXAMPLE, "--claim", CLAIM, "--format", "csv", *models)
    assert (done.code, done.err) == (0, "")
    found = list(csv.DictReader(StringIO(done.out, newline="")))
    made = datetime.fromisoformat(found[0]["date"])
    assert made.utcoffset() == timedelta(0)
    article = Path(EXAMPLE).read_bytes().decode()
    assert done.out == sheet(analyser.analyse(article, [CLAIM]).document(), made=made)


def test_a_page_goes_in_and_a_page_comes_out(run: Run, models: list[str], tmp_path: Path) -> None:
    page = tmp_path / "story.html"
    page.write_text("<html><nav>Menu</nav><p>“We never paid,” said Ana &amp; Ben.</p></html>", encoding="utf-8")
    done = run("analyze", str(page), "--claim", CLAIM, "--format", "html", *models)
    assert done.code == 0
    assert done.out.startswith("<!doctype html>")
    assert "Menu" not in done.out
    assert "Ben" in done.out


def test_the_text_of_a_page_comes_with_the_answer(
    run: Run, models: list[str], analyser: Analyser, tmp_path: Path
) -> None:
    page = tmp_path / "story.html"
    page.write_bytes(b"<html><meta charset=windows-1252><nav>Menu</nav><p>\x93We never paid,\x94 said Ana.<p>She left.")
    done = run("analyze", str(page), "--claim", CLAIM, "--format", "json", "--all", *models)
    assert (done.code, done.err) == (0, "")
    text = "“We never paid,” said Ana.\n\nShe left."
    document = json.loads(done.out)
    assert document == analyser.analyse(text, [CLAIM], every=True).document(with_article=True)
    assert document["article"] == text


def test_beliefs_are_left_out_when_asked(run: Run, stance_checkpoint: Path, file: Callable[[bytes], str]) -> None:
    """With the tagger that ships, which knows a statement when it sees one."""
    article = file(b'"We never paid," Ana Ruiz said.\n\nBen Ode believes that the firm paid everybody in the town.')
    arguments = ["analyze", article, "--claim", CLAIM, "--format", "json", "--model", str(stance_checkpoint)]
    acts = [statement["act"] for statement in json.loads(run(*arguments).out)["statements"]]
    assert acts == ["statement", "belief"]
    said = json.loads(run(*arguments, "--no-beliefs").out)["statements"]
    assert [(statement["id"], statement["speaker"]["name"]) for statement in said] == [(0, "Ana Ruiz")]


def test_the_statement_of_the_readme_is_one_of_the_example() -> None:
    shown = (ROOT / "README.md").read_text(encoding="utf-8").split("```json\n")[1].split("```")[0]
    article = Path(EXAMPLE).read_bytes().decode()
    document = Analyser.load().analyse(article, Path(CLAIMS).read_text(encoding="utf-8").splitlines()).document()
    assert json.loads(shown) in document["statements"]


def test_an_article_without_quotes_gives_an_empty_result(
    run: Run, stance_checkpoint: Path, file: Callable[[bytes], str]
) -> None:
    """With the tagger that ships, which knows a statement when it sees one."""
    arguments = ["analyze", file(b"It rained all day."), "--claim", CLAIM, "--model", str(stance_checkpoint)]
    table = run(*arguments)
    assert (table.code, table.err) == (0, "")
    assert "0 statements found" in table.out
    document = json.loads(run(*arguments, "--format", "json").out)
    assert (document["statements"], document["judgements"]) == ([], [])


def test_a_claim_of_two_thousand_words_is_judged_on_part_of_it(run: Run, models: list[str]) -> None:
    claim = "The firm paid " + "very " * 1_996 + "much."
    done = run("analyze", EXAMPLE, "--claim", claim, "--format", "json", "--all", *models)
    judgements = json.loads(done.out)["judgements"]
    assert judgements
    assert all(judgement["truncated"] for judgement in judgements)


@pytest.mark.slow
def test_five_megabytes_of_text_are_analysed(run: Run, models: list[str], file: Callable[[bytes], str]) -> None:
    line = b"He said: " + b"x" * 489 + b"\n\n"  # few tokens, so that this takes seconds
    article = file(line * (5_000_000 // len(line)))
    done = run("analyze", article, "--claim", CLAIM, "--format", "json", *models)
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["claims"] == [CLAIM]


def test_a_lone_surrogate_of_an_argument_is_escaped(run: Run, models: list[str]) -> None:
    done = run("analyze", EXAMPLE, "--claim", "bad \udcff byte", "--format", "json", *models)
    assert done.code == 0
    assert '"bad \\udcff byte"' in done.out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "input.txt: expected an article, found no text"),
        (b" \n\t", "input.txt: expected an article, found no text"),
        (b"\x89PNG\0", "input.txt: expected text in UTF-8, found a zero byte at byte 4"),
        (b"caf\xe9", "input.txt: expected text in UTF-8, found 0xe9 at byte 3"),
    ],
)
def test_an_article_that_is_none_is_one_line(
    run: Run, file: Callable[[bytes], str], content: bytes, message: str
) -> None:
    done = run("analyze", file(content), "--claim", CLAIM)
    assert_refused(done, message)


def test_files_that_cannot_be_opened_are_one_line(run: Run, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.txt")
    assert_refused(run("analyze", missing, "--claim", CLAIM), f"{missing}: No such file or directory")
    assert_refused(run("analyze", EXAMPLE, "--claims", missing), f"{missing}: No such file or directory")
    assert_refused(run("analyze", str(tmp_path), "--claim", CLAIM), f"{tmp_path}: Is a directory")


def test_a_claim_that_is_a_whole_file_is_refused(run: Run, file: Callable[[bytes], str]) -> None:
    done = run("analyze", EXAMPLE, "--claims", file(b"One.\n" + b"word " * 5_000))
    assert_refused(done, "input.txt:2: expected a claim of at most 20,000 characters, found 24,999")
    done = run("analyze", EXAMPLE, "--claims", file(b"One.\n" * 1_001))
    assert_refused(done, "expected at most 1,000 claims, found 1,001")


@pytest.mark.parametrize(
    "arguments",
    [
        ["analyze"],
        ["analyze", EXAMPLE],
        ["analyze", EXAMPLE, "--claim", " "],
        ["analyze", EXAMPLE, "--claims", os.devnull],
        ["analyze", EXAMPLE, "--claim", CLAIM, "--format", "pdf"],
        ["analyze", EXAMPLE, "--claim", CLAIM, "--out", "no/such/folder/out.json"],
        ["label", "--claim", CLAIM],
        ["label", "--claim", CLAIM, "--statement", ""],
        ["serve", "--port", "0"],
        ["keys", "add"],
        ["no-such-command"],
    ],
)
def test_wrong_usage_is_exit_code_2(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Usage: stance")


@pytest.mark.parametrize("option", ["--model", "--attribution-model"])
@pytest.mark.parametrize("damage", ["missing", "cut", "altered", "empty"])
def test_a_damaged_model_folder_is_one_line(
    run: Run, models: list[str], tmp_path: Path, option: str, damage: str
) -> None:
    place = models.index(option) + 1
    folder = tmp_path / "model"
    if damage != "missing":
        shutil.copytree(models[place], folder)
    weights = folder / "model.safetensors"
    if damage == "cut":
        weights.write_bytes(weights.read_bytes()[:-100])
    elif damage == "altered":
        content = bytearray(weights.read_bytes())
        content[-1] ^= 1
        weights.write_bytes(content)
    elif damage == "empty":
        shutil.rmtree(folder)
        folder.mkdir()
    models[place] = str(folder)
    assert_refused(run("analyze", EXAMPLE, "--claim", CLAIM, *models), str(folder))


def assert_refused(done: Outcome, message: str) -> None:
    """Exit code 1, nothing on standard output, one line on standard error."""
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("stance: ")
    assert done.err.count("\n") == 1
    assert message in done.err


# label


def test_label_is_the_classifier_s_judgement(run: Run, stance_checkpoint: Path) -> None:
    pair = Pair(claim=CLAIM, statement="We never paid.", speaker="Ruiz", cue="said", context="Ruiz said so.")
    given = [
        text
        for name in ("claim", "statement", "speaker", "cue", "context")
        for text in (f"--{name}", getattr(pair, name))
    ]
    done = run("label", *given, "--model", str(stance_checkpoint), "--format", "json")
    classifier = StanceClassifier.load(stance_checkpoint)
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out) == {
        "model": model_document(classifier.checkpoint),
        "judgements": [document_of(classifier.judge([pair])[0])],
    }
    table = run("label", *given, "--model", str(stance_checkpoint))
    assert "probabilities  support" in table.out
    assert "We never paid." in table.out


# the process


def test_an_article_on_standard_input(models: list[str], analyser: Analyser) -> None:
    article = "\ufeff“Nobody paid,” Ruiz said.\r\nThe ministry declined to comment.\r\n"
    done = subprocess.run(
        command("analyze", "-", "--claim", CLAIM, "--format", "json", "--all", *models),
        input=article.encode(),
        capture_output=True,
        check=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )
    assert done.stderr == b""
    assert json.loads(done.stdout) == analyser.analyse(article[1:], [CLAIM], every=True).document()


def test_a_reader_that_leaves_early_is_no_error(models: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command("analyze", EXAMPLE, "--claims", CLAIMS, *models), stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert done.stderr == b""
    assert done.returncode == 1


def test_an_interruption_is_exit_code_130(tmp_path: Path) -> None:
    article = tmp_path / "article.fifo"
    os.mkfifo(article)
    process = subprocess.Popen(command("analyze", str(article), "--claim", CLAIM), stderr=subprocess.PIPE)
    while process.poll() is None:
        try:
            writer = os.open(article, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody reads yet
            time.sleep(0.02)
        else:
            process.send_signal(signal.SIGINT)
            process.wait()
            os.close(writer)
    assert process.stderr
    with process.stderr as err:
        assert (process.returncode, err.read()) == (130, b"")


def test_the_version_is_that_of_the_project(run: Run) -> None:
    done = run("--version")
    assert (done.code, done.err) == (0, "")
    assert done.out == "stance 0.1.0\n"


@pytest.mark.parametrize("name", ["analyze", "label", "serve"])
def test_every_command_helps_with_an_example(run: Run, name: str) -> None:
    done = run(name, "--help")
    assert done.code == 0
    assert f"stance {name} " in done.out.split("Example:")[1]
