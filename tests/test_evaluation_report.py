"""The reports of `stance evaluate`: one page each, escaped, self-contained, that says what was measured."""

import base64
import gzip
import hashlib
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from data.labelled import read_labelled
from data.records import LABELS, AnnotatedArticle, Attribution, Example, Pair, Span, Stance
from model.checkpoint import Checkpoint, read_checkpoint
from stance import app
from training.metrics import stance_metrics
from training.quote_report import quote_report
from training.quote_scores import matches
from training.report import ERRORS_PER_CELL, stance_report

ROOT = Path(__file__).parent.parent
MADE = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
EVIL = "<script>alert(1)</script> & 'so'"
VOID = {"meta", "line", "polyline", "circle"}
ACTIVE = {"script", "iframe", "object", "embed", "link", "img", "base", "form", "image", "use", "foreignobject"}


class Page(HTMLParser):
    """A page as a browser reads it: every element closed, nothing active, nothing from outside."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self._open: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)
        assert self._open == []
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.text += " "
        self.tags.add(tag)
        assert not {name for name, _ in attrs if name.startswith("on") or name in {"src", "href", "style"}}
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.text += " "
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.text += data


def checked(page: str) -> Page:
    parsed = Page(page)
    assert not parsed.tags & ACTIVE
    [style] = re.findall("<style>(.*?)</style>", page, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in page
    assert "url(" not in style
    assert "@import" not in style
    return parsed


@pytest.fixture(scope="module")
def checkpoint(stance_checkpoint: Path) -> Checkpoint:
    return read_checkpoint(stance_checkpoint, task="stance", labels=LABELS)


def stance_page(checkpoint: Checkpoint, examples: list[Example], probabilities: np.ndarray) -> Page:
    labels = np.array([LABELS.index(example.stance) for example in examples])
    figures = stance_metrics(probabilities, labels)
    figures |= {"model": checkpoint.identity, "data_sha256": "0" * 64}
    return checked(stance_report(examples, probabilities, figures=figures, checkpoint=checkpoint, made=MADE))


def example(stance: Stance, *, note: str = "", number: int = 0) -> Example:
    pair = Pair(claim=f"Claim {number}.", statement=EVIL, speaker="Ana & Ben", cue="“said”", context="It rained.")
    return Example(pair, stance, id=f"row-{number}", note=note, origin="news")


def test_the_most_confident_errors_of_each_kind_are_shown_as_text(checkpoint: Checkpoint) -> None:
    confidence = np.linspace(0.5, 0.9, 10)
    probabilities = np.stack([confidence, 1 - confidence, 0 * confidence, 0 * confidence], axis=1)
    page = stance_page(checkpoint, [example(Stance.DENIAL, number=number) for number in range(10)], probabilities)
    assert "denial called support : 10" in page.text
    shown = [int(number) for number in re.findall(r"row-(\d)", page.text)]
    assert shown == list(range(9, 9 - ERRORS_PER_CELL, -1))
    assert page.text.count(EVIL) == ERRORS_PER_CELL
    assert "Ana & Ben" in page.text
    assert "support 0.90, denial 0.10" in page.text


def test_rows_are_broken_down_by_what_tells_them_apart(checkpoint: Checkpoint) -> None:
    examples = [example(Stance.SUPPORT, note="irony"), example(Stance.HEDGE, note="<b>irony</b>")]
    examples.append(example(Stance.UNRELATED, note="irony"))
    probabilities = np.array([[0.7, 0.1, 0.1, 0.1], [0.7, 0.1, 0.1, 0.1], [0.1, 0.1, 0.1, 0.7]])
    text = stance_page(checkpoint, examples, probabilities).text
    assert "By note" in text
    assert "By origin" not in text
    assert "F1 hedge irony 2 1.000 1 1.000 1.000 – – <b>irony</b> 1 0.000 1 0.000 – – 0.000" in text


@pytest.mark.parametrize("stance", LABELS)
def test_a_file_of_one_stance_alone_has_a_page(checkpoint: Checkpoint, stance: Stance) -> None:
    right = np.array([[0.97 if label is stance else 0.01 for label in LABELS]])
    text = stance_page(checkpoint, [example(stance)], right).text
    assert "How well stances were judged" in text
    assert EVIL not in text


def test_evaluate_writes_the_page_and_prints_the_same_figures(stance_checkpoint: Path, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.jsonl"
    rows = [
        {"claim": "It rained.", "statement": f"{EVIL} {number}", "stance": str(LABELS[number % 4])}
        for number in range(20)
    ]
    pairs.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    out = tmp_path / "report.html"
    arguments = ["evaluate", str(pairs), "--model", str(stance_checkpoint), "--format", "json"]
    figures = json.loads(CliRunner().invoke(app, [*arguments, "--report", str(out)]).stdout)
    assert json.loads(CliRunner().invoke(app, arguments).stdout) == figures
    assert set(figures["selective"]) == {"100", "80", "60", "40"}
    assert figures["selective"]["100"]["macro_f1"] == figures["macro_f1"]
    page = checked(out.read_text(encoding="utf-8"))
    assert read_labelled([pairs]).fingerprint in page.text
    assert f"{figures['macro_f1']:.3f}" in page.text
    assert figures["model"]["version"] in page.text


def test_a_page_for_no_folder_is_wrong_usage(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["evaluate", "x.jsonl", "--report", str(tmp_path / "no" / "report.html")])
    assert done.exit_code == 2
    assert "there is no folder" in done.output


# quotes

TEXT = "“We <b>never</b> paid,” Ana Ruiz said. The minister denied that “bribes” were paid. Rain was due, others said."


def attribution(content: str, source: str) -> Attribution:
    def spans(part: str) -> tuple[Span, ...]:
        return (Span(TEXT.index(part), TEXT.index(part) + len(part)),) if part else ()

    return Attribution(source=spans(source), cue=(), content=spans(content))


GOLD = (
    attribution("“We <b>never</b> paid,”", "Ana Ruiz"),
    attribution("that “bribes” were paid", "The minister"),
    attribution("Rain was due", "others"),
)
FOUND = (
    attribution("“We <b>never</b> paid,”", "Ana Ruiz"),
    attribution("“bribes” were paid", "Ana Ruiz"),
    attribution("The minister", ""),
)


def test_matches_name_what_is_which() -> None:
    found = matches(TEXT, GOLD, FOUND)
    assert [(match.gold, match.found) for match in found] == [(0, 0), (1, 1)]
    assert [(match.exact, match.same_source) for match in found] == [(True, True), (False, False)]


def test_what_was_missed_and_made_up_stands_in_its_context(checkpoint: Checkpoint) -> None:
    prf = {"p": 0.5, "r": 0.5, "f1": 0.5}
    roles = {part: {"token": prf, "exact": prf} for part in ("content", "source", "cue")}
    figures = {**roles, "quote_and_speaker": prf, "model": checkpoint.identity, "data_sha256": "0" * 64}
    articles = [AnnotatedArticle("<i>one</i>", TEXT, GOLD), AnnotatedArticle("two", TEXT, FOUND)]
    page = quote_report(articles, [FOUND, FOUND], figures=figures, checkpoint=checkpoint, made=MADE)
    text = checked(page).text
    assert "direct 2 2 (100 %) 2 (100 %) 2 (100 %) 0" in text
    assert "mixed 2 2 (100 %) 1 (50 %) 1 (50 %) 0" in text
    assert "indirect 2 1 (50 %) 1 (50 %) 1 (50 %) 1" in text
    assert "<i>one</i> : F1 of quote and speaker 0.333; annotated 3, found 3, right 1" in text
    assert " two :" not in text
    assert "Another speaker: The minister, not Ana Ruiz" in text
    assert "Missed: others" in text
    assert '<mark class="missed">Rain was due</mark>' in page
    assert '<mark class="spurious">The minister</mark>' in page


def test_evaluate_writes_the_page_of_the_task_quotes(attribution_checkpoint: Path, tmp_path: Path) -> None:
    articles = tmp_path / "articles.jsonl.gz"
    row = {"id": "one", "text": TEXT, "attributions": [{"source": [], "cue": [], "content": [[0, 23]]}]}
    articles.write_bytes(gzip.compress(json.dumps(row).encode()))
    out = tmp_path / "report.html"
    arguments = ["evaluate", str(articles), "--task", "quotes", "--model", str(attribution_checkpoint)]
    done = CliRunner().invoke(app, [*arguments, "--format", "json", "--report", str(out)])
    page = checked(out.read_text(encoding="utf-8"))
    assert "1 article;" in page.text
    assert f"{json.loads(done.stdout)['content']['token']['f1']:.3f}" in page.text
