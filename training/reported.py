"""Pairs that nobody has labelled, from plain news: what one statement reports is a claim for the article's others.

Teachers label them: claims and statements as they stand in the news, in the words of its reporters.
"""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from data.records import Act, Kind, Pair, Statement
from model.analyser import pair_of

__all__ = ["reported_pairs"]

CLAUSE = re.compile(r"(that\s+)?(\w[^\n\"“”]*\w)")
"""What an indirect statement says, without the word that joins it to its cue."""

WORDS = range(5, 26)
"""How long a claim is."""

VERBS = re.compile(
    "acknowledge|add|admit|allege|argue|assert|believe|claim|concede|conclude|contend|deny|explain|insist|know|"
    "maintain|say|state|tell|testify|think"
)
"""Cues that a whole clause follows, also without "that"."""

NO_CLAIM = re.compile(
    "about|and|as|because|being|but|for|he|her|hers|him|his|how|i|if|in|it|its|my|not|of|on|or|our|she|so|than|that|"
    "their|them|there|these|they|this|those|to|us|we|what|when|where|whether|which|who|why|with|you|your",
    re.IGNORECASE,
)
"""First words of what points elsewhere, or is no clause."""

CLAIMS = 2
"""Drawn of each article."""

OTHERS = 6
"""Statements beside its own that a claim meets, the nearest first: as many as there are, most would not bear on it."""


def reported_pairs(article: str, statements: Sequence[Statement], *, seed: Sequence[int]) -> Iterator[Pair]:
    """A few claims of the article, drawn by `seed`, each toward its own statement and the nearest others."""
    claims = [(place, claim) for place, one in enumerate(statements) if (claim := _claim(article, one))]
    drawn = np.random.default_rng(seed).permutation(len(claims))[:CLAIMS]
    for place, claim in (claims[index] for index in sorted(drawn)):
        near = sorted(range(len(statements)), key=lambda other, place=place: abs(other - place))  # type: ignore[misc]
        for other in near[: 1 + OTHERS]:
            yield pair_of(claim, statements[other], article)


def _claim(article: str, statement: Statement) -> str | None:
    """What the statement says, as a sentence; None where it would not stand alone."""
    if statement.kind is not Kind.INDIRECT or statement.act is not Act.STATEMENT or len(statement.content) > 1:
        return None
    clause = CLAUSE.fullmatch(statement.content[0].of(article).rstrip(".,;"))
    if not clause or not statement.cue or not (clause[1] or VERBS.fullmatch(statement.cue.lemma)):
        return None
    words = clause[2].split()
    if len(words) not in WORDS or NO_CLAIM.fullmatch(words[0]) or words[0].endswith("ing"):
        return None
    return f"{clause[2][0].upper()}{clause[2][1:]}."
