"""PolNeAR scoring, every figure worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.records import AnnotatedArticle, Attribution, Cue, Kind, Span, Speaker, Statement
from training.quote_scores import Prf, QuoteScores, attribution, score

TEXT = "Ruiz said that we go. “Now,” she added. Holt denied it."


def spans(*parts: str) -> tuple[Span, ...]:
    return tuple(Span(TEXT.index(part), TEXT.index(part) + len(part)) for part in parts)


def article(*attributions: Attribution) -> AnnotatedArticle:
    return AnnotatedArticle("a", TEXT, attributions)


RUIZ = Attribution(spans("Ruiz"), spans("said"), spans("that we go", "“Now,”"))
HOLT = Attribution(spans("Holt"), spans("denied"), spans("it"))


def measured(gold: list[Attribution], *predicted: Attribution) -> QuoteScores:
    return score([article(*gold)], [predicted])


def test_the_same_is_perfect() -> None:
    perfect = Prf(1.0, 1.0, 1.0)
    scores = measured([RUIZ, HOLT], RUIZ, HOLT)
    for role in (scores.content, scores.source, scores.cue):
        assert (role.token, role.exact) == (perfect, perfect)
    assert scores.quote_and_speaker == perfect


def test_tokens_and_exact_spans_by_hand() -> None:
    """Gold content: that we go Now | it. Predicted: we go | added Holt | it."""
    found = [
        Attribution(spans("Ruiz"), spans("said"), spans("we go")),
        Attribution((), (), spans("added. Holt")),
        HOLT,
    ]
    scores = measured([RUIZ, HOLT], *found)
    assert scores.content.token == Prf(3 / 5, 3 / 5, 3 / 5)
    assert scores.content.exact == Prf(1 / 3, 1 / 2, 2 / 5)
    assert scores.source.token == scores.source.exact == Prf(1.0, 1.0, 1.0)


def test_punctuation_at_the_edges_is_free_and_a_split_span_is_one() -> None:
    found = Attribution(spans("Ruiz"), spans("said"), spans("that we go.", "Now"))
    assert measured([RUIZ], found).content.exact == Prf(1.0, 1.0, 1.0)
    half = Attribution(spans("Ruiz"), spans("said"), spans("that we go."))
    assert measured([RUIZ], half).content.exact == Prf(0.0, 0.0, 0.0)


def test_a_part_of_a_word_is_the_word() -> None:
    assert measured([HOLT], Attribution((), (Span(45, 47),), ())).cue.exact == Prf(1.0, 1.0, 1.0)


def test_a_span_shared_by_attributions_counts_once() -> None:
    second = Attribution(spans("Ruiz"), spans("added"), spans("it"))
    scores = measured([RUIZ, second], RUIZ)
    assert scores.source.exact == scores.source.token == Prf(1.0, 1.0, 1.0)
    assert scores.cue.exact == Prf(1.0, 1 / 2, 2 / 3)


def test_quotes_are_matched_from_jaccard_three_tenths() -> None:
    """RUIZ has four words of content. One of them is 1/4, too little; one and a wrong one less; two are 2/4."""
    one = Attribution(spans("Ruiz"), (), spans("that"))
    two = Attribution(spans("Ruiz"), (), spans("that we"))
    assert measured([RUIZ], one).quote_and_speaker == Prf(0.0, 0.0, 0.0)
    assert measured([RUIZ], two).quote_and_speaker == Prf(1.0, 1.0, 1.0)


def test_quotes_are_matched_one_to_one_and_the_best_first() -> None:
    better = Attribution(spans("Holt"), (), spans("that we go"))
    worse = Attribution(spans("Ruiz"), (), spans("Now"))
    whole = Attribution(spans("Ruiz"), (), spans("that we", "“Now,”"))
    assert measured([RUIZ], better, worse).quote_and_speaker == Prf(0.0, 0.0, 0.0)
    assert measured([RUIZ], whole, worse).quote_and_speaker == Prf(1 / 2, 1.0, 2 / 3)


def test_of_equally_good_contents_the_one_with_the_speaker_is_taken() -> None:
    wrong = Attribution(spans("Holt"), RUIZ.cue, RUIZ.content)
    assert measured([RUIZ], wrong, RUIZ).quote_and_speaker == Prf(1 / 2, 1.0, 2 / 3)


@pytest.mark.parametrize(
    ("gold", "predicted", "agrees"),
    [
        (("Ruiz",), ("Ruiz said",), True),
        (("Ruiz",), ("Holt",), False),
        (("Ruiz",), (), False),
        ((), ("Ruiz",), False),
        ((), (), True),
    ],
)
def test_speakers_agree_where_their_spans_meet_or_both_are_missing(
    gold: tuple[str, ...], predicted: tuple[str, ...], agrees: bool
) -> None:
    scores = measured([Attribution(spans(*gold), (), HOLT.content)], Attribution(spans(*predicted), (), HOLT.content))
    assert scores.quote_and_speaker.f1 == float(agrees)


def test_counts_are_summed_over_articles() -> None:
    scores = score([article(RUIZ), article(HOLT), article()], [[RUIZ], [], [HOLT]])
    assert scores.quote_and_speaker == Prf(1 / 2, 1 / 2, 1 / 2)
    assert scores.content.token == Prf(4 / 5, 4 / 5, 4 / 5)


def test_nothing_to_count_is_nought() -> None:
    nought = Prf(0.0, 0.0, 0.0)
    scores = score([article()], [[]])
    assert (scores.content.token, scores.cue.exact, scores.quote_and_speaker) == (nought, nought, nought)
    assert measured([], Attribution((), (), (Span(20, 21),))).content.exact == nought


def test_a_prediction_for_each_article_is_asked_for() -> None:
    with pytest.raises(ValueError, match="shorter"):
        score([article(RUIZ), article(HOLT)], [[RUIZ]])


def test_a_statement_has_the_spans_of_an_attribution() -> None:
    (speaker,), (cue,) = RUIZ.source, RUIZ.cue
    whole = Statement(
        Kind.MIXED, "", RUIZ.content, Span(0, 30), speaker=Speaker("Ruiz", speaker, "Ruiz"), cue=Cue("said", cue)
    )
    assert attribution(whole) == RUIZ
    assert attribution(Statement(Kind.INDIRECT, "", HOLT.content, Span(0, 30))) == Attribution((), (), HOLT.content)


@st.composite
def attributions(draw: st.DrawFn) -> list[Attribution]:
    places = st.integers(0, len(TEXT))
    parts = st.lists(st.tuples(places, places).map(lambda pair: Span(*sorted(pair))), max_size=2).map(tuple)
    return draw(st.lists(st.builds(Attribution, parts, parts, parts), max_size=4))


@given(gold=attributions(), predicted=attributions())
def test_precision_is_recall_the_other_way_round(gold: list[Attribution], predicted: list[Attribution]) -> None:
    there, back = score([article(*gold)], [predicted]), score([article(*predicted)], [gold])
    for role in ("content", "source", "cue"):
        for kind in ("token", "exact"):
            one, other = (getattr(getattr(scores, role), kind) for scores in (there, back))
            assert (one.p, one.r, one.f1) == (other.r, other.p, other.f1)
            assert 0 <= min(one.p, one.r) <= one.f1 + 1e-9
            assert one.f1 <= max(one.p, one.r) + 1e-9
