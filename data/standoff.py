"""Stand-off labels: stances on real news by offsets, without its text, and the pairs they become beside that text."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from data.errors import BadInput
from data.lines import parse_nested
from data.originals import Original
from data.records import LABELS, Example, Pair, Span, Stance
from data.spans import parse_fragments
from data.tables import Reject, Row, parse_rows

__all__ = ["ORIGINS", "SHIPPED", "Annotation", "Joined", "Origin", "join", "read_annotations"]

SHIPPED = Path(__file__).parent / "annotations"
"""The labels that ship: `train.jsonl.gz` and `dev.jsonl.gz`."""

_HASH_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a source's articles come from: its name in the `origin` column of pairs, and where to get the texts."""

    name: str
    texts: str


ORIGINS = {
    "polnear": Origin("polnear", "a checkout of https://github.com/networkdynamics/PolNeAR, its folder"),
    "fnc1": Origin("rumour-news", "train_bodies.csv of https://github.com/FakeNewsChallenge/fnc-1"),
    "news": Origin("general-news", "the collections in data/annotations/README.md, as JSON Lines with id and text"),
}
"""The sources of the labels, by their name in the `source` column."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """One label: the stance of a statement toward a claim, with the place of each text in the article.

    `sha256` is the first 16 hex digits of the article's hash; `implied` marks an attribution that the annotator, who
    listed the statements that come near the claim, left out: it counts as unrelated.
    """

    where: str
    id: str
    source: str
    article: str
    sha256: str
    claim: str
    stance: Stance
    statement: tuple[Span, ...]
    speaker: tuple[Span, ...]
    cue: tuple[Span, ...]
    context: tuple[Span, ...]
    implied: bool


@dataclass(frozen=True, slots=True)
class Joined:
    """What became of every label, in order: each row read is in exactly one of the three."""

    examples: tuple[Example, ...]
    missing: tuple[Annotation, ...]
    rejects: tuple[Reject, ...]


def read_annotations(path: Path) -> Iterator[Annotation | Reject]:
    """The labels of a file in order; a row that cannot be used comes as a Reject.

    Raises BadInput where the file as a whole cannot be read.
    """
    return parse_rows(path, _parse_annotation)


def join(labels: Iterable[Annotation | Reject], originals: Iterable[Original]) -> Joined:
    """Each label with the words that it points to, white space within them as one space.

    A label whose article is not among the originals is `missing`; one whose article is there with another hash only,
    or whose offsets do not fit, is among the rejects with the reason.
    """
    rows = list(labels)
    wanted = {row.article for row in rows if isinstance(row, Annotation)}
    texts: defaultdict[str, dict[str, str]] = defaultdict(dict)  # by article, then by hash: an id may name two versions
    for original in originals:
        if original.id in wanted:
            texts[original.id][_hash(original.text)] = original.text

    examples: list[Example] = []
    missing: list[Annotation] = []
    rejects: list[Reject] = []
    for row in rows:
        if isinstance(row, Reject):
            rejects.append(row)
        elif row.article not in texts:
            missing.append(row)
        else:
            try:
                examples.append(_example(row, _version(row, texts[row.article])))
            except BadInput as error:
                rejects.append(Reject(row.where, f"article {row.article!r}: {error}"))
    return Joined(tuple(examples), tuple(missing), tuple(rejects))


def _example(label: Annotation, text: str) -> Example:
    end = max(span.end for part in (label.statement, label.speaker, label.cue, label.context) for span in part)
    if end > len(text):
        raise BadInput(f"expected offsets up to its {len(text)} code points, found {end}: correct them")
    return Example(
        pair=Pair(
            claim=label.claim,
            statement=_words(text, label.statement, " ... "),
            speaker=_words(text, label.speaker, " ... "),
            cue=_words(text, label.cue, " ... "),
            context=_words(text, label.context, " "),
        ),
        stance=label.stance,
        id=label.id,
        group=label.article,
        origin=ORIGINS[label.source].name,
    )


def _version(label: Annotation, versions: dict[str, str]) -> str:
    if label.sha256 not in versions:
        raise BadInput(
            f"expected the text whose sha256 begins {label.sha256}, found {', '.join(versions)}: "
            "get it unchanged (in git: core.autocrlf=false)"
        )
    return versions[label.sha256]


def _words(text: str, spans: tuple[Span, ...], separator: str) -> str:
    words = [" ".join(span.of(text).split()) for span in spans]
    if not all(words):
        raise BadInput(f"expected words at {[[*span] for span in spans]}, found white space: correct the offsets")
    return separator.join(words)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]


def _parse_annotation(row: Row) -> Annotation:
    statement = _parse_spans(row, "statement")
    if not statement:
        raise BadInput("expected offsets in 'statement', found none: name where the statement stands or drop the row")
    implied = row.values.get("implied", False)
    if not isinstance(implied, bool):
        raise BadInput(f"expected true or false in 'implied', found {implied!r}: correct it")
    return Annotation(
        where=row.where,
        id=row.identifier("id") or row.short_place,
        source=_choice(row, "source", ORIGINS),
        article=row.require_text("article"),
        sha256=row.require_text("sha256"),
        claim=row.require_text("claim"),
        stance=Stance(_choice(row, "stance", LABELS)),
        statement=statement,
        speaker=_parse_spans(row, "speaker"),
        cue=_parse_spans(row, "cue"),
        context=_parse_spans(row, "context"),
        implied=implied,
    )


def _parse_spans(row: Row, column: str) -> tuple[Span, ...]:
    return parse_fragments(parse_nested(row.values.get(column)), column)


def _choice(row: Row, column: str, allowed: Collection[str]) -> str:
    value = row.require_text(column)
    if value not in allowed:
        raise BadInput(f"expected {column} to be one of {', '.join(allowed)}, found {value[:40]!r}: correct it")
    return value
