"""Invented pairs to measure with: distinct, seeded, of about 60 tokens each."""

import random
from typing import NamedTuple

__all__ = ["Texts", "invented_pairs"]

WHO = [
    "harbour authority",
    "city council",
    "water company",
    "ferry operator",
    "school board",
    "ministry",
    "hospital trust",
    "port union",
]
DID = ["knew of", "paid for", "hid", "ordered", "cancelled", "read", "lost", "approved", "leaked", "challenged"]
WHAT = ["survey", "contract", "repair plan", "inspection report", "budget", "permit", "warning letter", "audit"]
WHEN = [
    "before the storm",
    "last spring",
    "in the first week of March",
    "two years ago",
    "after the flood",
    "during the strike",
]
VIEW = (
    "nobody here doubts that|we have never said that|it may well be that|there is no sign that|I cannot rule out that"
)
VIEWS = VIEW.split("|")
WHY = (
    "because the engineers had asked for it",
    "although the money had already been spent elsewhere",
    "while the residents were told to wait for an answer",
    "and the minutes of that meeting say as much in plain words",
    "which is what the inspectors wrote in their own notes at the time",
    "even if some of the figures were corrected later by a clerk",
)


class Texts(NamedTuple):
    """A claim and a statement."""

    claim: str
    statement: str


def invented_pairs(count: int, *, seed: int) -> list[Texts]:
    """`count` pairs, no two alike; the same for the same seed."""
    draw = random.Random(seed)  # noqa: S311 - texts, not secrets
    found: dict[Texts, None] = {}
    while len(found) < count:
        reasons = draw.sample(WHY, draw.choice((1, 2, 2, 3)))
        found[
            Texts(
                f"The {_event(draw)}.", f"{draw.choice(VIEWS).capitalize()} the {_event(draw)}, {', '.join(reasons)}."
            )
        ] = None
    return list(found)


def _event(draw: random.Random) -> str:
    sum_paid = f"of {draw.randrange(20, 980)},{draw.randrange(100, 999)} crowns"
    return f"{draw.choice(WHO)} {draw.choice(DID)} the {draw.choice(WHAT)} {sum_paid} {draw.choice(WHEN)}"
