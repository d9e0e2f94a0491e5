"""A label as the columns of a row: the same names in files, in labelling tools and in the store.

An answer is one word or two: a stance, `not` and a stance, or `skip`; a row without one has not been labelled yet.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from data.errors import BadInput
from data.labelled import parse_pair
from data.lines import parse_nested
from data.records import LABELS, LabelRecord, Stance
from data.spans import parse_fragments
from data.tables import Row

__all__ = [
    "NOT",
    "SKIP",
    "answer_columns",
    "answer_text",
    "parse_answer",
    "parse_question",
    "parse_time",
    "question_columns",
    "require_text",
]

SKIP = "skip"
NOT = "not "


def parse_question(row: Row) -> LabelRecord:
    """What a row asks about, with its provenance, as yet without an answer. Raises BadInput, which names no place."""
    suggestion = row.text("suggestion").strip()
    question = LabelRecord(
        pair=parse_pair(row),
        group=row.identifier("group"),
        origin=row.identifier("origin"),
        guideline=row.identifier("guideline"),
        source=row.identifier("source"),
        licence=row.identifier("licence"),
        model=row.identifier("model"),
        suggestion=_parse_stance("suggestion", suggestion) if suggestion else None,
        reason=row.text("reason"),
        article=row.identifier("article"),
        spans=parse_fragments(parse_nested(row.values.get("spans") or None), "spans"),
    )
    require_text(question)
    return question


def parse_answer(question: LabelRecord, text: str, *, annotator: str, labelled_at: datetime | None) -> LabelRecord:
    """The question with an answer, which is read without regard to case. Raises BadInput, which names no place."""
    word = text.strip().casefold()
    given = replace(question, annotator=annotator, labelled_at=labelled_at)
    if word == SKIP:
        return given
    if word.startswith(NOT):
        return replace(given, rejected=_parse_stance("stance", word.removeprefix(NOT).strip()))
    return replace(given, stance=_parse_stance("stance", word))


def parse_time(value: Any) -> datetime | None:
    """A time in UTC from ISO 8601 or seconds since 1970, None for nothing; a time without a zone is in UTC.

    Raises BadInput, which names no place.
    """
    if value is None or value == "":
        return None
    try:
        time = _time(value)
    except (ValueError, OverflowError, OSError):  # OSError: beyond what the platform's clock knows
        raise BadInput(f"expected a time such as 2031-05-04T09:30:00Z, found {str(value)[:40]!r}: correct it") from None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)


def question_columns(label: LabelRecord) -> dict[str, Any]:
    """What is asked, by column; what `parse_question` reads back."""
    pair = label.pair
    return {
        "claim": pair.claim,
        "statement": pair.statement,
        "speaker": pair.speaker,
        "cue": pair.cue,
        "context": pair.context,
        "group": label.group,
        "origin": label.origin,
        "guideline": label.guideline,
        "source": label.source,
        "licence": label.licence,
        "model": label.model,
        "suggestion": label.suggestion or "",
        "reason": label.reason,
        "article": label.article,
        "spans": [[*span] for span in label.spans],
    }


def answer_columns(label: LabelRecord) -> dict[str, str]:
    """What was answered, by whom and when, by column."""
    return {
        "stance": answer_text(label),
        "annotator": label.annotator,
        "labelled_at": label.labelled_at.isoformat() if label.labelled_at else "",
    }


def answer_text(label: LabelRecord) -> str:
    """The answer in the words that `parse_answer` reads."""
    if label.stance is not None:
        return label.stance
    return f"{NOT}{label.rejected}" if label.rejected is not None else SKIP


def require_text(label: LabelRecord) -> None:
    """Raises BadInput where a text holds what no file or database keeps: half of a surrogate pair, or a zero."""
    for column, text in {**question_columns(label), "annotator": label.annotator}.items():
        try:
            kept = not isinstance(text, str) or b"\0" not in text.encode()
        except UnicodeEncodeError:
            kept = False
        if not kept:
            raise BadInput(f"expected {column} to be text in UTF-8 without zeros, found otherwise: take them out")


def _time(value: Any) -> datetime:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())


def _parse_stance(column: str, text: str) -> Stance:
    if text.casefold() not in LABELS:
        raise BadInput(
            f"expected {column} to be one of {', '.join(LABELS)}, {SKIP}, or {NOT}and a stance, found {text[:40]!r}: "
            "correct the label"
        )
    return Stance(text.casefold())
