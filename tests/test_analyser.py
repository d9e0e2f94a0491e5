import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadCheckpoint, BadInput
from data.records import Cue, Kind, Span, Speaker, Statement
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
    speaker=Speaker("Ana Ruiz", span("Ana Ruiz"), "Ana Ruiz"),
    cue=Cue("said", span("said")),
)
CLAIMS = ["The contract was signed.", "It rained."]


@pytest.fixture(scope="module")
def classifier(stance_checkpoint):
    return StanceClassifier.load(stance_checkpoint)


@pytest.fixture(scope="module")
def analyser(classifier):
    return Analyser(classifier=classifier, extract=lambda article: [STATEMENT] if article == ARTICLE else [])


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


def test_document_is_the_contracts(analyser, classifier):
    document = analyser.analyse(ARTICLE, CLAIMS, every=True).document()

    assert list(document) == ["model", "claims", "statements", "judgements"]
    assert document["model"] == {"name": "tiny-stance", "version": classifier.checkpoint.version}
    [statement] = document["statements"]
    assert list(statement) == ["id", "kind", "text", "start", "end", "content", "speaker", "cue", "context"]
    assert statement["text"] == '"We never signed 😀 it," Ana Ruiz said. "Not once."'
    for part in (statement, statement["speaker"], statement["cue"]):
        assert ARTICLE[part["start"] : part["end"]] == part["text"]
    assert statement["speaker"]["name"] == "Ana Ruiz"
    judgement = document["judgements"][0]
    assert list(judgement) == ["statement", "claim", "relevant", "stance", "relevance", "probabilities", "truncated"]
    assert list(judgement["probabilities"]) == ["support", "denial", "hedge", "unrelated"]
    assert judgement["relevance"] == pytest.approx(1 - judgement["probabilities"]["unrelated"])


def test_statement_without_speaker_and_cue_has_nulls(classifier):
    bare = Statement(kind=Kind.DIRECT, text="x", content=(Span(0, 1),), context=Span(0, 1))
    document = Analyser(classifier=classifier, extract=lambda article: [bare]).analyse("x", ["y"]).document()

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
