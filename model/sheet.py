"""The document of an analysis as a sheet: CSV with a row for each judgement in it, for spreadsheets and statistics."""

import csv
import re
from collections.abc import Mapping
from datetime import datetime
from io import StringIO
from typing import Any

__all__ = ["COLUMNS", "sheet"]

COLUMNS = (
    *("speaker", "name", "type", "cue", "statement", "start", "end", "claim"),
    *("stance", "relevance", "support", "denial", "hedge", "unrelated"),
    *("model_version", "date", "data_sha256"),
)
"""The first line. Whoever makes such a sheet elsewhere keeps to these names and this order."""

FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
"""How a cell begins that a spreadsheet may take for a formula, also where it drops white space before it."""


def sheet(document: Mapping[str, Any], *, made: datetime) -> str:
    """The sheet of `Analysis.document`, its columns COLUMNS; `made` is the time of the analysis.

    `stance` is `unrelated` where the judgement is not relevant, and `open` where it was left open. An apostrophe stands
    before a text that a spreadsheet would run as a formula; `start` and `end` lead to the text as the article has it.
    """
    file = StringIO(newline="")
    out = csv.writer(file)
    out.writerow(COLUMNS)
    model = document["model"]
    record = (model["version"], made.isoformat(timespec="seconds"), model["data"])
    for judgement in document["judgements"]:
        statement = document["statements"][judgement["statement"]]
        speaker, cue = statement["speaker"] or {}, statement["cue"] or {}
        texts = (speaker.get("text"), speaker.get("name"), speaker.get("type"), cue.get("text"), statement["text"])
        out.writerow(
            (
                *(_defused(text or "") for text in texts),
                statement["start"],
                statement["end"],
                _defused(document["claims"][judgement["claim"]]),
                _stance(judgement),
                judgement["relevance"],
                *(judgement["probabilities"][label] for label in ("support", "denial", "hedge", "unrelated")),
                *record,
            )
        )
    return file.getvalue()


def _stance(judgement: Mapping[str, Any]) -> str:
    """What a reader of the table is told."""
    if not judgement["relevant"]:
        return "unrelated"
    return "open" if judgement.get("open") else str(judgement["stance"])


def _defused(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) else text
