"""FNC-1 as pairs: of a whole article the sentences nearest to the headline, since a judge takes a statement at a time.

Nearest by the cosine of TF-IDF vectors, with the document frequencies of all sentences drawn: the same sentences for
every system, so that what is compared is the judging.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from data.errors import BadInput
from data.records import Pair, Stance
from data.sources import Source
from data.tables import Reject, Row, parse_rows
from model.quotes.segments import paragraphs, sentences

__all__ = ["NEAREST", "Headline", "nearest_sentences", "read_bodies", "read_headlines"]

T = TypeVar("T")

NEAREST = 5
"""Sentences judged for a headline."""

SEED = 4
TASK_FILES = ("stance/train.jsonl.gz", "stance/dev.jsonl.gz")
TASK_GROUP = "fnc-train-"
"""Before a body's id, the group of the task's rows on that article."""


class Headline(NamedTuple):
    """A headline, the id of the article that it is held against, and how that stands to it."""

    body: str
    claim: str
    stance: Stance


def read_headlines(files: Iterable[Path], source: Source, folder: Path, *, articles: int) -> list[Headline]:
    """The headlines of the files on so many articles drawn by a fixed seed, 0 for all, in the order of their ids.

    Articles on which the task itself has labels are left out. Raises BadInput where a file cannot be read.
    """

    def parse(row: Row) -> Headline:
        return Headline(
            row.require_text("body_id"), row.require_text("claim"), source.labels[row.require_text("label")]
        )

    used = {group for name in TASK_FILES for group in _whole(parse_rows(folder / name, lambda row: row.text("group")))}
    found = [item for file in files for item in _whole(parse_rows(file, parse)) if TASK_GROUP + item.body not in used]
    ids = sorted({item.body for item in found})
    drawn = set(np.random.default_rng(SEED).permutation(ids)[: articles or None].tolist())
    return sorted(item for item in found if item.body in drawn)


def nearest_sentences(headlines: Iterable[Headline], texts: Mapping[str, str]) -> Iterator[tuple[Pair, ...]]:
    """For each headline, which come by article, its article's NEAREST sentences, each after the one before it."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    articles = [(body, list(rows)) for body, rows in groupby(headlines, key=attrgetter("body"))]
    cut = {body: _sentences(texts[body]) for body, _ in articles}
    vectors = TfidfVectorizer(sublinear_tf=True).fit([sentence for found in cut.values() for sentence in found])
    for body, rows in articles:
        found = cut[body]
        near = (vectors.transform([row.claim for row in rows]) @ vectors.transform(found).T).toarray()
        for row, scores in zip(rows, near, strict=True):
            best = np.sort(np.argsort(-scores, kind="stable")[:NEAREST]).tolist()
            yield tuple(Pair(row.claim, found[place], context=found[place - 1] if place else "") for place in best)


def read_bodies(file: Path) -> dict[str, str]:
    """The articles of FNC-1 by their id; raises BadInput."""
    return dict(_whole(parse_rows(file, lambda row: (row.require_text("id"), row.require_text("text")))))


def _sentences(text: str) -> list[str]:
    return [span.of(text) for paragraph in paragraphs(text) for span in sentences(text, paragraph)] or [text]


def _whole(rows: Iterable[T | Reject]) -> Iterator[T]:
    """The rows, none of which may be unreadable: a benchmark on fewer rows is another benchmark."""
    for row in rows:
        if isinstance(row, Reject):
            raise BadInput(str(row))
        yield row
