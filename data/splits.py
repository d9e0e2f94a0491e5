"""Which labels are learned from and which are measured with: by the claim alone, so that growing data moves no row.

A row's side is that of its claim, whatever else there is. An article (`group`) may hold statements on claims of two
sides; then its rows on the side that is learned from are left out, and never change over to the other.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from data.held_out import HeldOut
from data.records import Example

__all__ = ["Side", "Splits", "apart", "claim_key", "side_of", "split"]

WORD = re.compile(r"\w+")

SALT = "stance splits 1"
"""Another one would move every row, and a model would be measured with what the one before it has learned."""

TEST_PER_CENT = 8
CALIBRATION_PER_CENT = 4
"""An article with five claims is learned from where all five are: half of such rows. With 15 and 15 it was a sixth."""


class Side(StrEnum):
    """What a row is for."""

    TRAIN = "train"
    CALIBRATION = "calibration"
    """The temperature and the threshold are fitted on it."""
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Splits:
    """The rows of each side, and those left out: of an article of another side, or nearly the same as a row of it."""

    train: tuple[Example, ...]
    calibration: tuple[Example, ...]
    test: tuple[Example, ...]
    left_out: tuple[Example, ...]


def claim_key(claim: str) -> str:
    """The claim's words without case and marks: a full stop more does not make another claim."""
    return " ".join(WORD.findall(claim.casefold())) or claim


def side_of(claim: str) -> Side:
    """The side of every row on this claim."""
    digest = hashlib.sha256(f"{SALT}\n{claim_key(claim)}".encode(errors="surrogatepass")).digest()
    place = int.from_bytes(digest[:8]) % 100
    if place < TEST_PER_CENT:
        return Side.TEST
    return Side.CALIBRATION if place < TEST_PER_CENT + CALIBRATION_PER_CENT else Side.TRAIN


def split(examples: Iterable[Example], *, measured: Iterable[Example] = ()) -> Splits:
    """Each row on its side, test before calibration before training where an article or a near repetition ties them.

    What is `measured` with besides is held apart from the sides that are fitted.
    """
    rows = list(examples)
    sides = {side: [row for row in rows if side_of(row.pair.claim) is side] for side in Side}
    test = [*sides[Side.TEST], *measured]
    calibration, between = apart(sides[Side.CALIBRATION], test)
    train, beside = apart(sides[Side.TRAIN], [*test, *sides[Side.CALIBRATION]])
    return Splits(tuple(train), tuple(calibration), tuple(sides[Side.TEST]), (*between, *beside))


def apart(rows: Iterable[Example], measured: Iterable[Example]) -> tuple[list[Example], list[Example]]:
    """The rows that share no article with what is measured with and repeat nothing of it, and the others."""
    against = list(measured)
    held_out = HeldOut((row.pair for row in against), (row.group for row in against if row.group))
    kept: list[Example] = []
    left: list[Example] = []
    for row in rows:
        (left if held_out.holds(row) else kept).append(row)
    return kept, left
