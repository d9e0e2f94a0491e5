"""Questions answered: prepared by threads beside the event loop, computed in turns with what others ask."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from math import ceil
from typing import Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from data.errors import BadInput
from data.records import Judgement, Pair
from model.analyser import Analyser, Analysis
from model.steps import Ask, Steps
from serving.article import page_text
from serving.batching import Batcher
from serving.limits import LIMITS
from serving.schedule import Outcome
from serving.schemas import AnalyzeRequest

__all__ = ["Inference", "Judged"]

T = TypeVar("T")

Judged: TypeAlias = Judgement | Exception
"""A pair's judgement, or why the model has none."""

TOKEN_CHARACTERS = 4
"""Of English text."""

ARTICLE_COST = 1.2
"""Tokens of windows for each token of a news article: they overlap."""

CLAIM_COST = 2.3
"""Tokens of pairs for each token of a news article and each claim: statements come with their context."""

EXPLAIN_COST = 25
"""Times the tokens of a pair that its explanation takes: once for each of some twenty words, and a few more."""

PAIRS_ENCODED_AT_ONCE = 16
"""0.7 MB of the longest texts: another request's pairs wait no longer than this takes."""

ARTICLE_THREADS = 4
"""They share one core, as Python computes on one; a short article need not wait for a long one to end."""

PAIR_THREADS = 2


class Inference:
    """The analyser, for many at a time."""

    def __init__(self, analyser: Analyser, batcher: Batcher) -> None:
        self._analyser = analyser
        self._classifier = analyser.classifier
        self._batcher = batcher
        self._articles = ThreadPoolExecutor(ARTICLE_THREADS, thread_name_prefix="article")
        self._pairs = ThreadPoolExecutor(PAIR_THREADS, thread_name_prefix="pair")

    async def judge(self, pairs: Sequence[Pair], *, deadline: float) -> list[Judged]:
        """What the classifier says of each pair, in order; raises Full and, past `deadline`, TimeoutError."""
        loop, classifier = asyncio.get_running_loop(), self._classifier
        with self._batcher.admit(self._pairs_cost(pairs), deadline=deadline) as ticket:
            rows = []
            for start in range(0, len(pairs), PAIRS_ENCODED_AT_ONCE):
                some = pairs[start : start + PAIRS_ENCODED_AT_ONCE]
                rows += await loop.run_in_executor(self._pairs, classifier.encode, some)
            outcomes = await self._batcher.submit(ticket, classifier.compute, rows)
        fine = [
            (row, outcome) for row, outcome in zip(rows, outcomes, strict=True) if not isinstance(outcome, Exception)
        ]
        judgements = iter(classifier.judgements([row for row, _ in fine], [logits for _, logits in fine]))
        return [outcome if isinstance(outcome, Exception) else next(judgements) for outcome in outcomes]

    async def analyse(self, asked: AnalyzeRequest, *, deadline: float) -> Analysis:
        """The analysis that a request asks for; raises BadInput, Full and, past `deadline`, TimeoutError."""
        with self._batcher.admit(_article_cost(asked), deadline=deadline) as ticket:
            article = asked.article
            if asked.format == "html":
                article = await asyncio.get_running_loop().run_in_executor(self._articles, _text_of, article)
            steps = self._analyser.steps(
                article,
                asked.claims,
                every=asked.all,
                beliefs=asked.beliefs,
                min_confidence=asked.min_confidence,
                explain=asked.explain,
            )
            end: Ask | _End[Analysis] = await self._advance(steps, None)
            while not isinstance(end, _End):
                end = await self._advance(steps, _logits(await self._batcher.submit(ticket, *end)))
            return end.value

    async def _advance(self, steps: Steps[T], logits: Sequence[NDArray[np.float32]] | None) -> "Ask | _End[T]":
        return await asyncio.get_running_loop().run_in_executor(self._articles, _advance, steps, logits)

    def _pairs_cost(self, pairs: Sequence[Pair]) -> int:
        most = self._classifier.checkpoint.facts.max_tokens
        return sum(min(most, sum(map(len, astuple(pair))) // TOKEN_CHARACTERS + 1) for pair in pairs)


@dataclass(frozen=True, slots=True)
class _End(Generic[T]):
    value: T


def _advance(steps: Steps[T], logits: Sequence[NDArray[np.float32]] | None) -> Ask | _End[T]:
    """What the work asks for next, or its end as a value: a future takes no StopIteration."""
    try:
        return next(steps) if logits is None else steps.send(logits)
    except StopIteration as end:
        return _End(end.value)


def _logits(outcomes: Sequence[Outcome]) -> list[NDArray[np.float32]]:
    found = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
    if len(found) < len(outcomes):
        raise RuntimeError("the model failed on a part of an article")
    return found


def _article_cost(asked: AnalyzeRequest) -> int:
    tokens = min(len(asked.article), LIMITS.article_characters) / TOKEN_CHARACTERS
    explained = EXPLAIN_COST if asked.explain else 1
    return ceil(tokens * (ARTICLE_COST + CLAIM_COST * explained * len(asked.claims)))


def _text_of(page: str) -> str:
    text = page_text(page)
    if len(text) > LIMITS.article_characters:
        raise BadInput(f"the page's text has {len(text):,} characters, expected at most {LIMITS.article_characters:,}")
    return text
