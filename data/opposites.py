"""Opposites of claims. A row whose claim is turned into its opposite changes sides, and its words stay: what it teaches
is that the side lies between claim and statement, not in a word like "denied" (contrast sets: Gardner et al. 2020)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from data.errors import BadInput
from data.records import Example, Stance
from data.tables import Reject, Row, parse_rows

__all__ = ["read_opposites", "turn_claims"]

_TURNED = {Stance.SUPPORT: Stance.DENIAL, Stance.DENIAL: Stance.SUPPORT, Stance.HEDGE: Stance.HEDGE}


def read_opposites(path: Path) -> dict[str, str]:
    """Of each claim in a table with the columns `claim` and `opposite`, the sentence that is true where it is false.

    Raises BadInput where a row has one of them only or a claim stands twice: each was written by hand.
    """
    found: dict[str, str] = {}
    for row in parse_rows(path, _parse_opposite):
        if isinstance(row, Reject):
            raise BadInput(str(row))
        where, claim, opposite = row
        if claim in found:
            raise BadInput(f"{where}: expected each claim once, found {claim[:60]!r} again: keep one of the two")
        found[claim] = opposite
    return found


def turn_claims(examples: Iterable[Example], opposites: Mapping[str, str]) -> Iterator[Example]:
    """Each example that bears on its claim once more, toward the claim's opposite: support and denial change places, a
    hedge stays one. Claims without an opposite are passed over, and so are unrelated rows, which teach nothing new."""
    for example in examples:
        if example.stance in _TURNED and (opposite := opposites.get(example.pair.claim)):
            yield replace(example, pair=replace(example.pair, claim=opposite), stance=_TURNED[example.stance])


def _parse_opposite(row: Row) -> tuple[str, str, str]:
    claim, opposite = row.require_text("claim"), row.require_text("opposite")
    if claim == opposite:
        raise BadInput("expected another sentence in 'opposite', found the claim: turn it or drop the row")
    return row.where, claim, opposite
