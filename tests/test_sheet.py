"""The sheet has a row for each judgement, reads back as it was, and runs nothing in a spreadsheet."""

import csv
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.analyser import Analyser, Analysis
from model.sheet import COLUMNS, sheet

MADE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ARTICLE = (
    "“We never paid, not once,” Ana Ruiz said.\n\nThe ministry denied that “the firm;\nits men, too” paid anybody."
)
CLAIMS = ["The firm paid.", '=HYPERLINK("https://example.org")']


@pytest.fixture(scope="module")
def analysis(stance_checkpoint: Path) -> Analysis:
    """With the tagger that ships, which knows a statement when it sees one."""
    return Analyser.load(stance=stance_checkpoint).analyse(ARTICLE, CLAIMS, every=True, min_confidence=0.5)


def rows(document: dict[str, Any]) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(sheet(document, made=MADE), newline="")))


def test_a_row_is_a_judgement_with_what_it_takes_to_cite_it(analysis: Analysis) -> None:
    document = analysis.document()
    assert document["judgements"]
    for row, judgement in zip(rows(document), document["judgements"], strict=True):
        statement = document["statements"][judgement["statement"]]
        speaker = statement["speaker"]
        assert tuple(row) == COLUMNS
        assert row["statement"] == statement["text"] == ARTICLE[int(row["start"]) : int(row["end"])]
        assert (row["speaker"], row["name"]) == (speaker["text"], speaker["name"] or "")
        assert (row["type"], row["cue"]) == (speaker["type"], statement["cue"]["text"])
        assert float(row["relevance"]) == judgement["relevance"]
        assert {label: float(row[label]) for label in judgement["probabilities"]} == judgement["probabilities"]
        assert (row["model_version"], row["data_sha256"]) == (document["model"]["version"], document["model"]["data"])
        assert row["date"] == "2026-01-02T03:04:05+00:00"


def test_a_stance_is_told_only_where_it_applies_and_is_certain_enough(analysis: Analysis) -> None:
    document = analysis.document()
    first, *_ = document["judgements"]
    for change, told in (
        ({"relevant": True, "open": False}, first["stance"]),
        ({"relevant": True, "open": True}, "open"),
        ({"relevant": False, "open": True}, "unrelated"),
    ):
        [row] = rows(document | {"judgements": [first | change]})
        assert row["stance"] == told
    asked_for_none = replace(analysis, min_confidence=None).document()
    assert "open" not in {row["stance"] for row in rows(asked_for_none)}


def test_who_is_not_named_is_empty(analysis: Analysis) -> None:
    document = analysis.document()
    statements = [each | {"speaker": None, "cue": None} for each in document["statements"]]
    assert {
        (row["speaker"], row["name"], row["type"], row["cue"]) for row in rows(document | {"statements": statements})
    } == {("", "", "", "")}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " \n =1", "\xa0=1", "＝1", "\nx"])
def test_no_text_is_a_formula(analysis: Analysis, text: str) -> None:
    document = analysis.document()
    document = document | {"claims": [text] * len(CLAIMS)}
    assert {row["claim"] for row in rows(document)} == {f"'{text}"}


@given(text=st.text(min_size=1))
def test_any_other_text_comes_back_as_it_was(analysis: Analysis, text: str) -> None:
    document = analysis.document() | {"claims": [text] * len(CLAIMS)}
    read = {row["claim"] for row in rows(document)}
    assert read in ({text}, {f"'{text}"})
    assert next(iter(read)).lstrip()[:1] not in {"=", "+", "-", "@"}
