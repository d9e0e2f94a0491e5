"""Labelled pairs: read, checked, merged and fingerprinted."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from data.errors import BadInput
from data.records import LABELS, Example, Pair, Stance
from data.tables import Reject, Row, parse_rows

__all__ = ["Conflict", "Label", "LabelledData", "fingerprint", "parse_pair", "read_labelled"]

_FINGERPRINTED = attrgetter("pair.claim", "pair.statement", "pair.speaker", "pair.cue", "pair.context", "stance")


class Label(NamedTuple):
    """Where a stance was given."""

    where: str
    stance: Stance


@dataclass(frozen=True, slots=True)
class Conflict:
    """A pair that was given more than one stance, with every row that labels it in the order of reading."""

    pair: Pair
    labels: tuple[Label, ...]

    def __str__(self) -> str:
        given = ", ".join(f"{stance} at {where}" for where, stance in self.labels)
        return f"expected one stance for a pair, found {given}: keep the right one"


@dataclass(frozen=True, slots=True)
class LabelledData:
    """What labelled files hold; each row read is in one of the first four.

    `examples` keeps the first row of each pair, in the order of reading; `duplicates` counts the rows that repeat one;
    every row of a pair in `conflicts` is set aside, for nothing says which is right; `fingerprint` is of `examples`.
    """

    examples: tuple[Example, ...]
    rejects: tuple[Reject, ...]
    duplicates: int
    conflicts: tuple[Conflict, ...]
    fingerprint: str


def read_labelled(paths: Sequence[Path]) -> LabelledData:
    """The labelled pairs of some files, taken together.

    Raises BadInput where a file cannot be read or no row of any can be used.
    """
    found: dict[Pair, list[tuple[str, Example]]] = {}
    rejects: list[Reject] = []
    for item in chain.from_iterable(parse_rows(path, lambda row: (row.where, _parse_example(row))) for path in paths):
        if isinstance(item, Reject):
            rejects.append(item)
        else:
            found.setdefault(item[1].pair, []).append(item)

    examples: list[Example] = []
    conflicts: list[Conflict] = []
    for pair, places in found.items():
        if len({example.stance for _, example in places}) == 1:
            examples.append(places[0][1])
        else:
            conflicts.append(Conflict(pair, tuple(Label(where, example.stance) for where, example in places)))
    if not examples:
        raise BadInput(_nothing_usable(paths, rejects, conflicts))
    return LabelledData(
        examples=tuple(examples),
        rejects=tuple(rejects),
        duplicates=sum(map(len, found.values())) - len(examples) - sum(len(conflict.labels) for conflict in conflicts),
        conflicts=tuple(conflicts),
        fingerprint=fingerprint(examples),
    )


def parse_pair(row: Row) -> Pair:
    """The pair that a row holds, its text exactly as it stands. Raises BadInput, which names no place."""
    return Pair(
        claim=row.require_text("claim"),
        statement=row.require_text("statement"),
        speaker=row.text("speaker"),
        cue=row.text("cue"),
        context=row.text("context"),
    )


def fingerprint(examples: Iterable[Example]) -> str:
    """SHA-256, in hex, of the set of pairs and stances: of any order, file format and cut into files the same."""
    lines = {json.dumps(_FINGERPRINTED(example)) for example in examples}
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _parse_example(row: Row) -> Example:
    pair = parse_pair(row)
    return Example(
        pair=pair,
        stance=_parse_stance(row.require_text("stance")),
        id=row.identifier("id") or row.short_place,
        group=row.identifier("group") or pair.claim,
        origin=row.identifier("origin"),
        annotator=row.identifier("annotator"),
        labelled_at=row.identifier("labelled_at"),
        note=note if isinstance(note := row.values.get("note"), str) else "",  # a column of the user's own may be more
    )


def _parse_stance(text: str) -> Stance:
    if text not in LABELS:
        raise BadInput(f"expected stance to be one of {', '.join(LABELS)}, found {text[:40]!r}: correct the label")
    return Stance(text)


def _nothing_usable(paths: Sequence[Path], rejects: Sequence[Reject], conflicts: Sequence[Conflict]) -> str:
    names = ", ".join(map(str, paths)) or "no file"
    why = [f"{len(rejects)} rejected, the first at {rejects[0]}"] if rejects else []
    why += [f"{len(conflicts)} pairs contradictory, the first: {conflicts[0]}"] if conflicts else []
    return (
        f"{names}: expected labelled pairs, found no usable row ({'; '.join(why) or 'no rows at all'}): mend the rows"
    )
