"""The extractor from text to statements: a tagger that knows the answers, any text at all, and PolNeAR's own spans."""

import os
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.articles import read_articles
from data.records import AnnotatedArticle, Attribution, Kind, Span, Statement
from model.checkpoint import read_checkpoint
from model.quotes.extractor import QuoteExtractor
from model.quotes.tags import TAGS
from training.attributions import tag_windows
from training.quote_scores import attribution, score

SHARED = Path(os.environ.get("STANCE_DATA", Path(__file__).parents[2] / "shared" / "data"))
PART = re.compile(r"\{([sqc])(\d):(.*?)\}", re.DOTALL)
TEXTS = st.text() | st.text(st.sampled_from("aB. “”\"'\n\r\ud800é中,—"), max_size=300)


@pytest.fixture(scope="module")
def extractor(attribution_checkpoint: Path) -> QuoteExtractor:
    """The real way with a real, if random, tagger."""
    return QuoteExtractor.of(read_checkpoint(attribution_checkpoint, task="attribution", labels=TAGS))


def knowing(checkpoint: Path, articles: Sequence[AnnotatedArticle], *, max_tokens: int = 96) -> QuoteExtractor:
    """An extractor whose tagger gives the annotations of these articles as its scores."""
    tokenizer = read_checkpoint(checkpoint, task="attribution", labels=TAGS).tokenizer
    answers: dict[tuple[int, ...], NDArray[np.float32]] = {}
    for article in articles:
        for window, labels in tag_windows(article, tokenizer, max_tokens):
            answers[tuple(window.token_ids)] = 9 * np.eye(len(TAGS), dtype=np.float32)[np.maximum(labels, 0)]
    return QuoteExtractor(
        tokenizer=tokenizer, score=lambda rows: [answers[tuple(row.token_ids)] for row in rows], max_tokens=max_tokens
    )


def annotated(marked: str) -> AnnotatedArticle:
    """An article whose parts are marked {s1:source}, {q1:cue}, {c1:content}, by the number of their statement."""
    text, place = "", 0
    parts: dict[str, list[list[Span]]] = {}
    for match in PART.finditer(marked):
        text += marked[place : match.start()]
        span = Span(len(text), len(text) + len(match[3]))
        parts.setdefault(match[2], [[], [], []])["sqc".index(match[1])].append(span)
        text += match[3]
        place = match.end()
    attributions = tuple(Attribution(*map(tuple, spans)) for spans in parts.values())
    return AnnotatedArticle("a", text + marked[place:], attributions)


def extracted(checkpoint: Path, marked: str) -> tuple[str, list[Statement]]:
    article = annotated(marked)
    return article.text, knowing(checkpoint, [article]).extract(article.text)


def test_a_statement_has_all_its_parts(attribution_checkpoint: Path) -> None:
    text, (first, second) = extracted(
        attribution_checkpoint,
        "The bridge shut on Friday. Nobody had asked.\n\n"
        "{c1:“We never agreed,”} {q1:said} {s1:Mayor Ann Ruiz}, smiling. {c1:“Not once.”} Then rain fell.\n\n"
        "{s2:Ruiz} {q2:denied} {c2:that “a plan” was ready}.",
    )
    assert first.kind is Kind.DIRECT
    assert first.text == "“We never agreed,” ... “Not once.”"
    assert [span.of(text) for span in first.content] == ["“We never agreed,”", "“Not once.”"]
    assert first.context.of(text).startswith("Nobody had asked.")
    assert first.context.of(text).endswith("“Not once.”")
    assert first.cue is not None
    assert first.cue.text == first.cue.span.of(text) == "said"
    assert first.speaker is not None
    assert first.speaker.text == first.speaker.span.of(text) == "Mayor Ann Ruiz"
    assert first.speaker.name == "Ann Ruiz"
    assert second.kind is Kind.MIXED
    assert second.speaker is not None
    assert second.speaker.name == "Ann Ruiz"
    assert second.context.of(text) == "Then rain fell.\n\nRuiz denied that “a plan” was ready."


def test_speech_without_marks_is_indirect(attribution_checkpoint: Path) -> None:
    _, (statement,) = extracted(attribution_checkpoint, "{q1:According to} {s1:police}, {c1:the bridge is shut}.")
    assert (statement.kind, statement.text) == (Kind.INDIRECT, "the bridge is shut")
    assert statement.speaker is not None
    assert statement.speaker.name is None


def test_a_quotation_that_the_tagger_missed_is_found_by_its_marks(attribution_checkpoint: Path) -> None:
    text, (statement,) = extracted(attribution_checkpoint, "She left. “We will not sign this today,” it read.")
    assert statement.content == (Span(10, 40),)
    assert statement.text == "“We will not sign this today,”"
    assert statement.speaker is None
    assert statement.cue is None
    assert statement.context == Span(0, len(text))


def test_an_article_without_statements_gives_none(attribution_checkpoint: Path) -> None:
    assert extracted(attribution_checkpoint, "Rain fell on Friday.\n\nThe bridge is “shut”.")[1] == []


@pytest.mark.parametrize("text", ["", " \n\t", "\ud800", "\x00", "\u200b\n\u200b"])
def test_text_without_words_gives_none(extractor: QuoteExtractor, text: str) -> None:
    assert extractor.extract(text) == []


def check(article: str, statements: Sequence[Statement]) -> None:
    """What holds of the statements of any article whatsoever."""
    for one in statements:
        assert one.text == " ... ".join(span.of(article) for span in one.content)
        assert all(before.end <= after.start for before, after in pairwise(one.content))
        assert all(0 <= span.start < span.end <= len(article) for span in one.content)
        for part in [part for part in (one.speaker, one.cue) if part]:
            assert part.text == part.span.of(article) == part.text.strip() != ""
            assert one.context.start <= part.span.start <= part.span.end <= one.context.end
        assert one.context.start <= one.content[0].start <= one.content[-1].end <= one.context.end
    starts = [one.content[0].start for one in statements]
    assert starts == sorted(set(starts))


@settings(max_examples=150)
@given(article=TEXTS)
def test_any_string_is_read(extractor: QuoteExtractor, article: str) -> None:
    check(article, extractor.extract(article))


def test_a_long_article_is_read_in_one_pass(attribution_checkpoint: Path) -> None:
    article = annotated("{s1:He} {q1:said} {c1:so}. “" + "no " * 9 + "”\n\n")
    whole = AnnotatedArticle("a", article.text * 1_000, tuple(_moved(article, at) for at in range(1_000)))
    statements = knowing(attribution_checkpoint, [whole]).extract(whole.text)
    check(whole.text, statements)
    assert len(statements) == 1_000


def _moved(article: AnnotatedArticle, times: int) -> Attribution:
    (one,) = article.attributions
    by = times * len(article.text)
    parts = ((Span(start + by, end + by) for start, end in part) for part in (one.source, one.cue, one.content))
    return Attribution(*map(tuple, parts))


@pytest.mark.skipif(not (SHARED / "polnear").is_dir(), reason=f"needs the annotated news in {SHARED} (STANCE_DATA)")
def test_gold_spans_come_through_decoding_and_linking(attribution_checkpoint: Path) -> None:
    """What the steps after the tagger lose by themselves: on PolNeAR dev, next to nothing."""
    rows = read_articles(SHARED / "polnear" / "dev.jsonl.gz")
    articles = [row for row in rows if isinstance(row, AnnotatedArticle)]
    extract = knowing(attribution_checkpoint, articles).extract
    found = [extract(article.text) for article in articles]
    for article, statements in zip(articles, found, strict=True):
        check(article.text, statements)
    scores = score(articles, [[attribution(one) for one in statements] for statements in found])
    assert scores.content.exact.f1 > 0.975
    assert scores.source.exact.f1 > 0.99
    assert scores.cue.exact.f1 > 0.99
    assert scores.quote_and_speaker.f1 > 0.96
