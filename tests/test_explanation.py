"""What is called evidence carries the stance: left out, it changes the answer more than other words would."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.labelled import read_labelled
from data.records import LABELS, STANCES, Cue, Kind, Pair, Span, Stance, Statement
from model.classifier import StanceClassifier
from model.explanation import MOST_EVIDENCE, Place, article_span, explain, leave_out, words

ROOT = Path(__file__).parent.parent
PAIR = Pair(
    claim="The firm paid bribes.",
    statement="that it didn’t pay ... 1,300 dollars",
    speaker="Ruiz",
    cue="flatly denied",
    context="Ruiz flatly denied that it didn’t pay anyone 1,300 dollars.",
)


@pytest.fixture(scope="module")
def classifier(stance_checkpoint: Path) -> StanceClassifier:
    return StanceClassifier.load(stance_checkpoint)


@pytest.fixture(scope="module")
def shipped() -> StanceClassifier:
    return StanceClassifier.load()


def texts(pair: Pair, places: list[Place]) -> list[str]:
    return [place.span.of(getattr(pair, place.part)) for place in places]


def test_words_are_those_of_the_cue_then_of_the_statement() -> None:
    assert texts(PAIR, words(PAIR)) == ["flatly", "denied", "that", "it", "didn’t", "pay", "1,300", "dollars"]


def test_a_word_is_left_out_of_the_context_too() -> None:
    denied, didnt, dollars = (words(PAIR)[index] for index in (1, 4, 7))
    without = leave_out(PAIR, [dollars, denied, didnt])
    assert without.cue == "flatly "
    assert without.statement == "that it pay ... 1,300 "
    assert without.context == "Ruiz flatly that it pay anyone 1,300 ."
    assert (without.claim, without.speaker) == (PAIR.claim, PAIR.speaker)


def test_a_context_without_the_statement_stays_as_it_is() -> None:
    pair = Pair(claim="It rained.", statement="it rained", cue="said", context="He said more. It was late.")
    assert leave_out(pair, words(pair)) == Pair(claim="It rained.", statement="", context=pair.context)


@given(st.text(), st.text(), st.text())
def test_nothing_left_out_is_the_same_pair_and_everything_leaves_no_word(statement: str, cue: str, rest: str) -> None:
    pair = Pair(claim="c", statement=statement, cue=cue, context=f"{rest}{cue} {statement}{rest}")
    assert leave_out(pair, []) == pair
    assert words(leave_out(pair, words(pair))) == []


@settings(max_examples=25)
@given(statement=st.text(max_size=200), cue=st.text(max_size=20), stance=st.sampled_from(STANCES))
def test_any_text_is_explained(classifier: StanceClassifier, statement: str, cue: str, stance: Stance) -> None:
    pair = Pair(claim="The firm paid.", statement=statement, cue=cue)
    explanation = explain(classifier, pair, stance)
    places = [item.place for item in explanation.evidence]
    assert all(text.strip() for text in texts(pair, places))
    for part in ("cue", "statement"):
        spans = sorted(place.span for place in places if place.part == part)
        assert all(before.end <= after.start for before, after in pairwise(spans))
    assert 0 <= explanation.without <= 1
    assert explain(classifier, pair, stance) == explanation


def test_scores_are_what_leaving_out_costs_strongest_first(classifier: StanceClassifier) -> None:
    explanation = explain(classifier, PAIR, Stance.DENIAL)
    scores = [item.score for item in explanation.evidence]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) >= 1
    column = LABELS.index(Stance.DENIAL)
    for item in explanation.evidence:
        before, after = classifier.predict([PAIR, leave_out(PAIR, [item.place])])[:, column]
        assert item.score == pytest.approx(np.log(before / (1 - before)) - np.log(after / (1 - after)), abs=0.05)
    left = leave_out(PAIR, [item.place for item in explanation.evidence])
    assert explanation.without == pytest.approx(classifier.predict([left])[0, column], abs=0.01)


def test_a_statement_without_a_word_has_no_evidence(classifier: StanceClassifier) -> None:
    pair = Pair(claim="The firm paid.", statement="…")
    explanation = explain(classifier, pair, Stance.HEDGE)
    assert explanation.evidence == ()
    assert explanation.without == pytest.approx(classifier.predict([pair])[0, LABELS.index(Stance.HEDGE)], abs=0.01)


def test_a_long_statement_is_searched_by_runs_of_words(classifier: StanceClassifier) -> None:
    pair = Pair(claim="The firm paid.", statement="not " * 1_000, cue="said")
    explanation = explain(classifier, pair, Stance.SUPPORT)
    assert len(explanation.evidence) <= MOST_EVIDENCE
    assert all(item.place.span.end <= len(pair.statement) for item in explanation.evidence)


@pytest.mark.parametrize("separator", ["", " ... "])
def test_places_of_a_statement_lead_back_to_its_article(separator: str) -> None:
    fragments = (f"“We did{separator} not,”", "“pay anyone.”")
    article = f"{fragments[0]} Ruiz said, {fragments[1]}"
    content = tuple(Span(article.index(text), article.index(text) + len(text)) for text in fragments)
    said = article.index("said")
    statement = Statement(
        kind=Kind.DIRECT,
        text=" ... ".join(span.of(article) for span in content),
        content=content,
        context=Span(0, len(article)),
        cue=Cue("said", Span(said, said + 4)),
    )
    pair = Pair(claim="c", statement=statement.text, cue="said", context=article)
    places = words(pair)
    assert texts(pair, places) == ["said", "We", "did", "not", "pay", "anyone"]
    for place in places:
        assert article_span(place, statement).of(article) == place.span.of(getattr(pair, place.part))


@pytest.mark.slow
def test_leaving_out_evidence_changes_the_stance_more_than_leaving_out_other_words(shipped: StanceClassifier) -> None:
    """Sixty pairs of the corpus: the stance loses five times as much by its evidence as by as many random words."""
    pairs = [example.pair for example in read_labelled([ROOT / "data" / "corpus" / "dev.jsonl"]).examples[::6]][:60]
    draw = np.random.default_rng(0)
    by_evidence, by_chance = [], []
    for pair, judgement in zip(pairs, shipped.judge(pairs), strict=True):
        explanation = explain(shipped, pair, judgement.stance)
        places = [item.place for item in explanation.evidence]
        every = words(pair)
        count = len(every) - len(words(leave_out(pair, places)))
        others = [leave_out(pair, [every[index] for index in draw.permutation(len(every))[:count]]) for _ in range(5)]
        kept = shipped.predict(others)[:, LABELS.index(judgement.stance)].mean()
        by_evidence.append(judgement.confidence - explanation.without)
        by_chance.append(judgement.confidence - kept)
    assert np.mean(by_evidence) > np.mean(by_chance) + 0.15
    assert np.mean(np.array(by_evidence) > np.array(by_chance)) > 0.85
