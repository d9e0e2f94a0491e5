"""Questions answered: prepared by threads beside the event loop, computed in turns with what others ask."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil
from typing import Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from data.errors import BadInput
from data.records import Judgement, Pair
from model.analyser import Analyser, Analysis
from model.explanation import Explanation, explanation_steps
from model.steps import Ask, Steps
from serving.article import page_text
from serving.batching import Batcher
from serving.limits import LIMITS
from serving.schedule import Outcome, Ticket
from serving.schemas import AnalyzeRequest

__all__ = ["Explained", "Inference", "Judged"]

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


@dataclass(frozen=True, slots=True)
class Explained:
    """A pair's judgement with the words that carry it."""

    judgement: Judgement
    explanation: Explanation


class Uncomputed(RuntimeError):
    """The model failed on a row."""


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
        with self._batcher.admit(self._pairs_cost(pairs), deadline=deadline) as ticket:
            return await self._judge(ticket, pairs)

    async def explain(self, pairs: Sequence[Pair], *, deadline: float) -> list[Explained | Exception]:
        """As `judge`, each judgement with the words that carry it."""
        with self._batcher.admit(EXPLAIN_COST * self._pairs_cost(pairs), deadline=deadline) as ticket:
            judged = await self._judge(ticket, pairs)
            return [await self._explain(ticket, pair, one) for pair, one in zip(pairs, judged, strict=True)]

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
            return await self._run(ticket, steps, self._articles)

    async def _judge(self, ticket: Ticket, pairs: Sequence[Pair]) -> list[Judged]:
        loop, classifier = asyncio.get_running_loop(), self._classifier
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

    async def _explain(self, ticket: Ticket, pair: Pair, judged: Judged) -> Explained | Exception:
        if isinstance(judged, Exception):
            return judged
        try:
            steps = explanation_steps(self._classifier, pair, judged.stance)
            return Explained(judged, await self._run(ticket, steps, self._pairs))
        except Uncomputed as error:  # hurts this pair alone
            return error

    async def _run(self, ticket: Ticket, steps: Steps[T], threads: ThreadPoolExecutor) -> T:
        """What the work comes to: its own part by one of `threads`, the model's in turns with what others ask."""
        loop = asyncio.get_running_loop()
        end: Ask | _End[T] = await loop.run_in_executor(threads, _advance, steps, None)
        while not isinstance(end, _End):
            logits = _logits(await self._batcher.submit(ticket, *end))
            end = await loop.run_in_executor(threads, _advance, steps, logits)
        return end.value

    def _pairs_cost(self, pairs: Sequence[Pair]) -> int:
        most = self._classifier.checkpoint.facts.max_tokens
        return sum(min(most, _characters(pair) // TOKEN_CHARACTERS + 1) for pair in pairs)


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
        raise Uncomputed("the model failed on a part of a text")
    return found


def _characters(pair: Pair) -> int:
    return len(pair.claim) + len(pair.statement) + len(pair.speaker) + len(pair.cue) + len(pair.context)


def _article_cost(asked: AnalyzeRequest) -> int:
    tokens = min(len(asked.article), LIMITS.article_characters) / TOKEN_CHARACTERS
    explained = EXPLAIN_COST if asked.explain else 1
    return ceil(tokens * (ARTICLE_COST + CLAIM_COST * explained * len(asked.claims)))


def _text_of(page: str) -> str:
    text = page_text(page)
    if len(text) > LIMITS.article_characters:
        raise BadInput(f"the page's text has {len(text):,} characters, expected at most {LIMITS.article_characters:,}")
    return text
