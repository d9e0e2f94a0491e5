"""The same answers as the analyser gives alone, however many ask at once."""

import asyncio
import math
import random
import time

import pytest

from data.records import Judgement, Pair
from model.analyser import Analyser
from serving.batching import Batcher, Full
from serving.inference import Explained, Inference
from serving.schemas import AnalyzeRequest

ARTICLE = """“The old dam was never safe to open in winter,” engineer Ada Novak told the council on Monday.

The ministry denied that it had known. “We have seen no report, and nobody warned us,” said Piotr Lang."""
CHANCE = random.Random(5)  # noqa: S311
PAIRS = [Pair(f"Claim {number}.", "No. " * CHANCE.randint(1, 20), cue="said") for number in range(100)]
NEAR = 1e-3
"""bfloat16 in a batch of another shape."""


@pytest.fixture
def inference(analyser: Analyser) -> Inference:
    return Inference(analyser, Batcher(waiting_tokens=1_000_000))


def assert_same(found: list[Judgement], expected: list[Judgement]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=NEAR)
        assert one.truncated is other.truncated


def test_many_at_once_are_told_what_the_analyser_says(inference: Inference, analyser: Analyser) -> None:
    asked = [AnalyzeRequest(article=ARTICLE * number, claims=["It rained.", "It held."], all=True) for number in (1, 4)]
    parts = [PAIRS[:1], PAIRS, PAIRS[40:73], []]

    async def scenario() -> None:
        analyses = asyncio.gather(*(inference.analyse(one, deadline=math.inf) for one in asked))
        judged = asyncio.gather(*(inference.judge(part, deadline=math.inf) for part in parts))
        for part, found in zip(parts, await judged, strict=True):
            assert_same([item for item in found if isinstance(item, Judgement)], analyser.classifier.judge(part))
        for one, analysis in zip(asked, await analyses, strict=True):
            expected = analyser.analyse(one.article, one.claims, every=True)
            assert analysis.statements == expected.statements
            assert_same(
                [item.judgement for item in analysis.judgements], [item.judgement for item in expected.judgements]
            )

    asyncio.run(scenario())


def test_past_the_deadline_nothing_is_computed(inference: Inference) -> None:
    late = time.monotonic() - 1
    with pytest.raises(TimeoutError):
        asyncio.run(inference.judge(PAIRS, deadline=late))
    with pytest.raises(TimeoutError):
        asyncio.run(inference.analyse(AnalyzeRequest(article=ARTICLE, claims=["It rained."]), deadline=late))


def test_an_article_costs_more_with_more_claims(analyser: Analyser) -> None:
    batcher = Batcher(waiting_tokens=2_000)
    inference = Inference(analyser, batcher)
    with batcher.admit(10_000):
        asyncio.run(inference.analyse(AnalyzeRequest(article=ARTICLE, claims=["It rained."]), deadline=math.inf))
        with pytest.raises(Full):
            asyncio.run(
                inference.analyse(AnalyzeRequest(article=ARTICLE, claims=["It rained."] * 20), deadline=math.inf)
            )


def test_an_explanation_costs_more_than_a_judgement(analyser: Analyser) -> None:
    batcher = Batcher(waiting_tokens=2_000)
    inference = Inference(analyser, batcher)
    with batcher.admit(10_000):
        assert len(asyncio.run(inference.judge(PAIRS[:20], deadline=math.inf))) == 20
        with pytest.raises(Full):
            asyncio.run(inference.explain(PAIRS[:20], deadline=math.inf))
    explained = asyncio.run(inference.explain(PAIRS[:5], deadline=math.inf))
    assert [type(item) for item in explained] == [Explained] * 5
