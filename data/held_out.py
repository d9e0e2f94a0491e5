"""What is measured with and so never trained on: the pairs of dev, the behaviour suite and the benchmarks' test parts.

A row repeats a held-out pair where the two are nearly the same: most words of the claims, and at least half of the
three-word runs of the statements. To find it among tens of thousands in constant time, pairs that share one of the
SKETCH smallest hashes of their statement's runs are compared (a bottom-k sketch: Broder, 1997; two statements that have
half of their runs in common share none of eight with probability .004).
"""

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from heapq import nsmallest
from pathlib import Path
from typing import NamedTuple

from data.cases import read_cases
from data.labelled import parse_pair
from data.records import Example, Pair
from data.sources import read_held_out, sources
from data.tables import Reject, parse_rows

__all__ = ["OWN", "HeldOut", "held_out_pairs"]

OWN = Path(__file__).parent / "corpus" / "dev.jsonl"
"""The project's own dev pairs, held out whatever a recipe is chosen by."""

RUN = 3
SKETCH = 8
SAME_CLAIM = 0.75
"""Of the words of two claims together, so many in common: one word in seven may be another."""
SAME_STATEMENT = 0.5

WORD = re.compile(r"\w+")


class _Marks(NamedTuple):
    """A pair as it is compared: the claim's words, and the hashes of the statement's runs of words."""

    claim: frozenset[str]
    statement: frozenset[int]


class HeldOut:
    """Pairs, and groups of rows, that no training row may repeat."""

    def __init__(self, pairs: Iterable[Pair], groups: Iterable[str] = ()) -> None:
        self._groups = frozenset(groups)
        self._found: defaultdict[int, list[_Marks]] = defaultdict(list)
        for pair in dict.fromkeys(Pair(pair.claim, pair.statement) for pair in pairs):
            marks = _marks(pair)
            for number in _sketch(marks):
                self._found[number].append(marks)

    def holds(self, example: Example) -> bool:
        """Whether the example is of a group that is held out or nearly the same as a pair that is."""
        if example.group in self._groups:
            return True
        marks = _marks(example.pair)
        return any(_alike(marks, other) for number in _sketch(marks) for other in self._found.get(number, ()))


def held_out_pairs(folder: Path) -> Iterator[Pair]:
    """The own dev pairs, the behaviour suite, and what of the benchmarks' test parts lies below `folder`.

    A benchmark that is not there cannot be measured with either. Raises BadInput for one that cannot be read.
    """
    yield from (pair for pair in parse_rows(OWN, parse_pair) if not isinstance(pair, Reject))
    yield from (case.pair for case in read_cases())
    for source in sources().values():
        there = tuple(file for file in source.held_out if (folder / file).is_file())
        yield from read_held_out(source.model_copy(update={"held_out": there}), folder)


def _marks(pair: Pair) -> _Marks:
    words = _words(pair.statement)
    starts = range(max(len(words) - RUN + 1, 1))
    runs = (" ".join(words[start : start + RUN]).encode(errors="surrogatepass") for start in starts)
    return _Marks(frozenset(_words(pair.claim)), frozenset(map(zlib.crc32, runs)))


def _words(text: str) -> list[str]:
    """Its words without case and marks, or all of it where it has no word."""
    return WORD.findall(text.casefold()) or [text]


def _sketch(marks: _Marks) -> list[int]:
    return nsmallest(SKETCH, marks.statement)


def _alike(one: _Marks, other: _Marks) -> bool:
    return _shared(one.claim, other.claim) >= SAME_CLAIM and _shared(one.statement, other.statement) >= SAME_STATEMENT


def _shared(one: frozenset[str] | frozenset[int], other: frozenset[str] | frozenset[int]) -> float:
    """Jaccard's index: of all that is in either, the part that is in both."""
    return len(one & other) / max(len(one | other), 1)
