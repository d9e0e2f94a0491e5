from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadCheckpoint, BadInput
from data.records import Act, Cue, Kind, Span, Speaker, Statement
from model.analyser import Analyser
from model.classifier import StanceClassifier

ARTICLE = 'The wall held. "We never signed 😀 it," Ana Ruiz said. "Not once." Rain fell.'


def span(text: str) -> Span:
    start = ARTICLE.index(text)
    return Span(start, start + len(text))


STATEMENT = Statement(
    kind=Kind.DIRECT,
    text='"We never signed 😀 it," ... "Not once."',
    content=(span('"We never signed 😀 it,"'), span('"Not once."')),
    context=Span(0, len(ARTICLE) - len(" Rain fell.")),
    speaker=Speaker("Ana Ruiz", span("Ana Ruiz"), name="Ana Ruiz"),
    cue=Cue("said", span("said")),
)
CLAIMS = ["The contract was signed.", "It rained."]


def extracting(*statements):
    """What turns ARTICLE into these statements, and any other text into none, without a model to ask."""

    def extract(article):
        yield from ()
        return list(statements) if article == ARTICLE else []

    return extract


@pytest.fixture(scope="module")
def classifier(stance_checkpoint):
    return StanceClassifier.load(stance_checkpoint)


@pytest.fixture(scope="module")
def analyser(classifier):
    return Analyser(classifier=classifier, extract=extracting(STATEMENT))


@pytest.fixture(scope="module")
def loaded(stance_checkpoint, attribution_checkpoint):
    return Analyser.load(stance=stance_checkpoint, attribution=attribution_checkpoint)


def test_every_statement_meets_every_claim_in_order(analyser):
    analysis = analyser.analyse(ARTICLE, CLAIMS, every=True)

    assert [(item.statement, item.claim) for item in analysis.judgements] == [(0, 0), (0, 1)]


def test_only_relevant_judgements_unless_asked(analyser, classifier):
    every = analyser.analyse(ARTICLE, CLAIMS, every=True).judgements
    threshold = classifier.checkpoint.facts.relevance_threshold

    assert analyser.analyse(ARTICLE, CLAIMS).judgements == tuple(item for item in every if item.relevant)
    assert all(item.relevant == (item.judgement.relevance >= threshold) for item in every)


def test_beliefs_and_intentions_can_be_left_out(classifier):
    acts = [Act.BELIEF, Act.STATEMENT, Act.INTENTION, Act.STATEMENT]
    found = [replace(STATEMENT, act=act, text=f"{act} {number}") for number, act in enumerate(acts)]
    analyser = Analyser(classifier=classifier, extract=extracting(*found))
    every = analyser.analyse(ARTICLE, CLAIMS, every=True)
    said = analyser.analyse(ARTICLE, CLAIMS, every=True, beliefs=False)

    assert [statement["act"] for statement in every.document()["statements"]] == acts
    assert [statement.text for statement in said.statements] == ["statement 1", "statement 3"]
    assert [statement["id"] for statement in said.document()["statements"]] == [0, 1]
    assert [(item.statement, item.claim) for item in said.judgements] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    probabilities = {(item.statement, item.claim): item.judgement.probabilities for item in every.judgements}
    for item in said.judgements:
        before = probabilities[2 * item.statement + 1, item.claim]
        assert item.judgement.probabilities == pytest.approx(before, abs=1e-5)


def test_the_article_comes_along_when_asked_for(analyser):
    analysis = analyser.analyse(ARTICLE, CLAIMS)

    assert list(analysis.document(with_article=True)) == ["model", "article", "claims", "statements", "judgements"]
    assert analysis.document(with_article=True) == {"article": ARTICLE} | analysis.document()


def test_document_is_the_contracts(analyser, classifier):
    document = analyser.analyse(ARTICLE, CLAIMS, every=True).document()

    assert list(document) == ["model", "claims", "statements", "judgements"]
    assert list(document["model"]) == ["name", "version", "created", "data"]
    assert document["model"]["version"] == classifier.checkpoint.version
    [statement] = document["statements"]
    assert " ".join(statement) == "id kind act text start end content verbatim speaker cue context"
    assert list(statement["speaker"]) == ["text", "start", "end", "type", "name", "antecedent"]
    assert list(statement["cue"]) == ["text", "start", "end", "lemma", "flags"]
    assert statement["text"] == '"We never signed 😀 it," Ana Ruiz said. "Not once."'
    for part in (statement, statement["speaker"], statement["cue"]):
        assert ARTICLE[part["start"] : part["end"]] == part["text"]
    assert statement["speaker"]["name"] == "Ana Ruiz"
    judgement = document["judgements"][0]
    assert list(judgement) == ["statement", "claim", "relevant", "stance", "relevance", "probabilities", "truncated"]
    assert list(judgement["probabilities"]) == ["support", "denial", "hedge", "unrelated"]
    assert judgement["relevance"] == pytest.approx(1 - judgement["probabilities"]["unrelated"])


def test_statement_without_speaker_and_cue_has_nulls(classifier):
    bare = Statement(kind=Kind.DIRECT, text="T", content=(Span(0, 1),), context=Span(0, 1))
    document = Analyser(classifier=classifier, extract=extracting(bare)).analyse(ARTICLE, ["y"]).document()

    assert document["statements"][0]["speaker"] is None
    assert document["statements"][0]["cue"] is None


def test_article_without_statements_is_an_empty_answer(analyser):
    document = analyser.analyse("Rain fell all day.", CLAIMS).document()

    assert document["statements"] == []
    assert document["judgements"] == []


@pytest.mark.parametrize(
    ("article", "claims", "message"),
    [
        (" \n", ["x"], "the article is empty"),
        ("x", [], "no claim given"),
        ("x", ["y", " "], "a claim is empty"),
    ],
)
def test_bad_input_is_refused_by_name(analyser, article, claims, message):
    with pytest.raises(BadInput, match=message):
        analyser.analyse(article, claims)


def test_missing_checkpoint_is_refused(stance_checkpoint, tmp_path):
    with pytest.raises(BadCheckpoint, match="not a checkpoint"):
        Analyser.load(stance=stance_checkpoint, attribution=tmp_path)


@settings(max_examples=30)
@given(article=st.text(min_size=1, max_size=400).filter(str.strip), claim=st.text(min_size=1).filter(str.strip))
def test_any_article_and_claim_has_an_answer_whose_offsets_are_true(loaded, article, claim):
    document = loaded.analyse(article, [claim], every=True).document()

    assert len(document["judgements"]) == len(document["statements"])
    for statement in document["statements"]:
        for part in filter(None, (statement, statement["speaker"], statement["cue"])):
            assert article[part["start"] : part["end"]] == part["text"]
        ends = [place for fragment in statement["content"] for place in (fragment["start"], fragment["end"])]
        assert ends == sorted(ends)
        assert all(fragment["start"] < fragment["end"] for fragment in statement["content"])
