import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from data.records import Act, Kind, Pair, Span, Stance, Statement
from model.analyser import Analyser, model_document
from model.checkpoint import Checkpoint
from model.classifier import StanceClassifier
from model.encoding import Encoded
from model.explanation import explain
from model.steps import Steps
from serving.batching import Batcher
from serving.http import create_app
from serving.labels import Labels
from serving.limits import LIMITS
from serving.schemas import AnalyzeResponse, ErrorResponse, InfoResponse, StanceResponse

ARTICLE = """“The old dam was never safe to open in winter,” engineer Ada Novak told the council on Monday. 😀

The ministry denied that it had known. “We have seen no report of the kind, and nobody warned us,” said Piotr Lang,
its spokesman."""
CLAIMS = ["The dam was safe.", "The ministry was warned."]
PAIRS = [
    {"claim": CLAIMS[0], "statement": "The dam was never safe.", "speaker": "Ada Novak", "cue": "told"},
    {"claim": CLAIMS[1], "statement": "Nobody warned us.", "context": "“Nobody warned us,” said Lang."},
]


@pytest.fixture(scope="session")
def client(analyser: Analyser) -> TestClient:
    return TestClient(create_app(analyser))


def error_of(answer: Any) -> Any:
    """The error of an answer, which has the one shape and the id of its header."""
    error = ErrorResponse.model_validate(answer.json()).error
    assert error.request_id == answer.headers["X-Request-ID"]
    return error


def test_analyze_is_what_the_analyser_says(client: TestClient, analyser: Analyser) -> None:
    answer = client.post("/v1/analyze", json={"article": ARTICLE, "claims": CLAIMS, "all": True})
    assert answer.status_code == 200
    document = answer.json()
    AnalyzeResponse.model_validate(document)
    assert document == json.loads(json.dumps(analyser.analyse(ARTICLE, CLAIMS, every=True).document()))
    assert document["statements"]
    assert len(document["judgements"]) == len(document["statements"]) * len(CLAIMS)
    for statement in document["statements"]:
        for part in statement["content"]:
            assert ARTICLE[part["start"] : part["end"]] in statement["text"]


MOST = f"{LIMITS.article_characters:,}"
PAGE = f"""<!doctype html><html><body><nav><a href=/>Home</a></nav>
<article><h1>Dam</h1><p>{ARTICLE.replace("😀", "&#128512;").replace(chr(10) * 2, "</p><p>")}</p></article>"""
PAGE_TEXT = "Dam\n\n" + "\n\n".join(" ".join(paragraph.split()) for paragraph in ARTICLE.split("\n\n"))


def test_a_page_is_analysed_by_the_text_that_comes_with_the_answer(client: TestClient, analyser: Analyser) -> None:
    answer = client.post("/v1/analyze", json={"article": PAGE, "format": "html", "claims": CLAIMS, "all": True})
    assert answer.status_code == 200
    document = answer.json()
    AnalyzeResponse.model_validate(document)
    assert document["article"] == PAGE_TEXT
    expected = analyser.analyse(PAGE_TEXT, CLAIMS, every=True).document(with_article=True)
    assert document == json.loads(json.dumps(expected))
    assert document["statements"]
    text = client.post("/v1/analyze", json={"article": PAGE_TEXT, "format": "text", "claims": CLAIMS, "all": True})
    assert text.json() == {name: part for name, part in document.items() if name != "article"}


def test_the_source_of_a_page_may_be_longer_than_a_text(client: TestClient) -> None:
    source = PAGE + "<script>" + " " * LIMITS.article_characters + "</script>"
    answer = client.post("/v1/analyze", json={"article": source, "format": "html", "claims": CLAIMS})
    assert (answer.status_code, answer.json()["article"]) == (200, PAGE_TEXT)


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("<html><script>x</script></html>", "the page: expected an article, found no text"),
        (
            "<div>" * 5_000 + "x",
            "the page cannot be read: elements are nested too deeply; save the article as plain text",
        ),
        (
            "<p>" + "word " * (LIMITS.article_characters // 5) + "end",
            f"the page's text has {LIMITS.article_characters + 3:,} characters, expected at most {MOST}",
        ),
    ],
)
def test_a_page_that_gives_no_article_is_422(client: TestClient, page: str, message: str) -> None:
    answer = client.post("/v1/analyze", json={"article": page, "format": "html", "claims": CLAIMS})
    assert answer.status_code == 422
    error = error_of(answer)
    assert (error.type, error.message) == ("invalid_request", message)
    assert [(detail.field, detail.message) for detail in error.details] == [("article", message)]


def test_beliefs_can_be_left_out(stance_checkpoint: Path) -> None:
    content = [Span(20 * number, 20 * number + 10) for number in range(3)]

    def extract(article: str) -> Steps[list[Statement]]:
        yield from ()
        return [
            Statement(kind=Kind.INDIRECT, text=span.of(article), content=(span,), context=span, act=act)
            for span, act in zip(content, (Act.BELIEF, Act.STATEMENT, Act.INTENTION), strict=True)
        ]

    client = TestClient(create_app(Analyser(classifier=StanceClassifier.load(stance_checkpoint), extract=extract)))
    acts = {
        beliefs: [
            (statement["id"], statement["act"])
            for statement in client.post("/v1/analyze", json={**GOOD, **asked}).json()["statements"]
        ]
        for beliefs, asked in {"default": {}, "on": {"beliefs": True}, "off": {"beliefs": False}}.items()
    }
    assert acts["default"] == acts["on"] == [(0, "belief"), (1, "statement"), (2, "intention")]
    assert acts["off"] == [(0, "statement")]


def test_analyze_leaves_out_what_says_nothing_unless_asked(client: TestClient) -> None:
    question = {"article": ARTICLE, "claims": CLAIMS}
    every = client.post("/v1/analyze", json={**question, "all": True}).json()["judgements"]
    some = client.post("/v1/analyze", json=question).json()["judgements"]
    assert some == [judgement for judgement in every if judgement["relevant"]]


def test_an_article_without_statements_has_an_empty_table(client: TestClient) -> None:
    document = client.post("/v1/analyze", json={"article": "?", "claims": CLAIMS}).json()
    assert (document["statements"], document["judgements"], document["claims"]) == ([], [], CLAIMS)


def test_stance_is_what_the_classifier_says_in_order(client: TestClient, analyser: Analyser) -> None:
    answer = client.post("/v1/stance", json={"pairs": PAIRS})
    assert answer.status_code == 200
    StanceResponse.model_validate(answer.json())
    assert answer.json()["model"] == client.get("/v1/info").json()["model"]
    for got, expected in zip(
        answer.json()["judgements"], analyser.classifier.judge([Pair(**pair) for pair in PAIRS]), strict=True
    ):
        assert got["stance"] == expected.stance
        assert tuple(got["probabilities"].values()) == expected.probabilities
        assert list(got["probabilities"]) == ["support", "denial", "hedge", "unrelated"]
        assert got["relevance"] == expected.relevance
        assert got["truncated"] is expected.truncated


def test_text_cut_for_length_says_so(client: TestClient) -> None:
    long = {**PAIRS[0], "statement": "The dam was never safe. " * 400}
    judgements = client.post("/v1/stance", json={"pairs": [PAIRS[0], long]}).json()["judgements"]
    assert [judgement["truncated"] for judgement in judgements] == [False, True]


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (3, "body"),
        (None, "body"),
        ([], "body"),
        ({}, "claim"),
        ({"claim": " ", "statement": "x"}, "claim"),
        ({"claim": "x", "statement": ""}, "statement"),
        ({"claim": "x", "statement": 5}, "statement"),
        ({"claim": "x", "statement": "y", "stance": "hedge"}, "stance"),
        ({"claim": "x", "statement": "y", "cue": None}, "cue"),
        ({"claim": "x", "statement": "\ud800"}, "statement"),
        ({"claim": "x", "statement": "y" * (LIMITS.statement_characters + 1)}, "statement"),
    ],
)
def test_a_bad_pair_hurts_only_itself(client: TestClient, bad: object, field: str) -> None:
    alone = client.post("/v1/stance", json={"pairs": PAIRS}).json()["judgements"]
    body = json.dumps({"pairs": [PAIRS[0], bad, PAIRS[1]]})
    answer = client.post("/v1/stance", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    StanceResponse.model_validate(answer.json())
    first, wrong, last = answer.json()["judgements"]
    assert [first, last] == alone
    error = wrong["error"]
    assert (error["type"], error["details"][0]["field"]) == ("invalid_request", field)
    assert error["request_id"] == answer.headers["X-Request-ID"]


def test_pairs_are_explained_by_offsets_into_their_own_texts(client: TestClient, analyser: Analyser) -> None:
    bad = {"claim": "x"}
    answer = client.post("/v1/stance", json={"pairs": [PAIRS[0], bad, PAIRS[1]], "explain": True})
    assert answer.status_code == 200
    StanceResponse.model_validate(answer.json())
    first, wrong, last = answer.json()["judgements"]
    assert set(wrong) == {"error"}
    alone = client.post("/v1/stance", json={"pairs": PAIRS}).json()["judgements"]
    for sent, judgement, plain in zip(PAIRS, (first, last), alone, strict=True):
        explanation = judgement.pop("explanation")
        assert judgement == plain
        found = explain(analyser.classifier, Pair(**sent), Stance(judgement["stance"]))
        assert explanation == found.document(Pair(**sent))
        for item in explanation["evidence"]:
            assert sent[item["part"]][item["start"] : item["end"]] == item["text"]


def test_only_bad_pairs_are_only_errors(client: TestClient) -> None:
    answer = client.post("/v1/stance", json={"pairs": [1, 2]})
    assert answer.status_code == 200
    assert [set(judgement) for judgement in answer.json()["judgements"]] == [{"error"}, {"error"}]


GOOD = {"article": ARTICLE, "claims": CLAIMS}


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("/v1/analyze", {**GOOD, "article": ""}, ["article"]),
        ("/v1/analyze", {**GOOD, "article": " \n\t"}, ["article"]),
        ("/v1/analyze", {**GOOD, "article": None}, ["article"]),
        ("/v1/analyze", {**GOOD, "article": "a\ud83d"}, ["article"]),
        ("/v1/analyze", {**GOOD, "article": "a" * (LIMITS.article_characters + 1)}, ["article"]),
        ("/v1/analyze", {**GOOD, "claims": []}, ["claims"]),
        ("/v1/analyze", {**GOOD, "claims": "one"}, ["claims"]),
        ("/v1/analyze", {**GOOD, "claims": ["x", "", 7]}, ["claims[1]", "claims[2]"]),
        ("/v1/analyze", {**GOOD, "claims": ["word " * 2000]}, ["claims[0]"]),
        ("/v1/analyze", {**GOOD, "claims": ["x"] * (LIMITS.claims + 1)}, ["claims"]),
        ("/v1/analyze", {**GOOD, "all": 1}, ["all"]),
        ("/v1/analyze", {**GOOD, "beliefs": "no"}, ["beliefs"]),
        ("/v1/analyze", {**GOOD, "format": "pdf"}, ["format"]),
        ("/v1/analyze", {**GOOD, "format": "html", "article": " "}, ["article"]),
        ("/v1/analyze", {**GOOD, "claim": "x"}, ["claim"]),
        ("/v1/analyze", {}, ["article", "claims"]),
        ("/v1/analyze", [], ["body"]),
        ("/v1/analyze", {**GOOD, "\udfff": 1}, ["body"]),
        ("/v1/analyze", {**GOOD, **{str(number): 1 for number in range(100_000)}}, ["body"]),
        ("/v1/stance", {"pairs": []}, ["pairs"]),
        ("/v1/stance", {"pairs": {}}, ["pairs"]),
        ("/v1/stance", {"pairs": PAIRS, "model": "x"}, ["model"]),
        ("/v1/stance", {"pairs": PAIRS, "explain": 1}, ["explain"]),
        ("/v1/stance", {"pairs": [1] * (LIMITS.pairs + 1)}, ["pairs"]),
        ("/v1/stance", "pairs", ["body"]),
    ],
)
def test_well_formed_and_wrong_is_422_field_by_field(
    client: TestClient, path: str, body: object, fields: list[str]
) -> None:
    answer = client.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    error = error_of(answer)
    assert error.type == "invalid_request"
    assert [detail.field for detail in error.details] == fields
    assert len(answer.content) < 5000


def test_the_full_limits_are_taken(client: TestClient) -> None:
    pair = {"claim": "c" * LIMITS.claim_characters, "statement": "😀" * LIMITS.statement_characters}
    assert "error" not in client.post("/v1/stance", json={"pairs": [pair]}).json()["judgements"][0]
    # one long word is one token: the tiny tagger finds statements in anything, and here only the length matters
    article = "a" * LIMITS.article_characters
    answer = client.post("/v1/analyze", json={"article": article, "claims": ["c"] * LIMITS.claims})
    assert answer.status_code == 200


JSON = {"Content-Type": "application/json"}
BODY = json.dumps(GOOD).encode()


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("GET", "/nowhere", {}, b"", 404),
        ("POST", "/v1/analyze/", JSON, BODY, 404),
        ("GET", "/healthz", {}, b"", 404),
        ("GET", "/schema.json", {}, b"", 404),
        ("GET", "/%0aX-Evil:1", {}, b"", 404),
        ("GET", "/v1/analyze", {}, b"", 405),
        ("PUT", "/v1/stance", JSON, BODY, 405),
        ("DELETE", "/livez", {}, b"", 405),
        ("POST", "/", JSON, BODY, 405),
        ("POST", "/v1/analyze", {}, BODY, 415),
        ("POST", "/v1/analyze", {"Content-Type": "text/plain"}, BODY, 415),
        ("POST", "/v1/analyze", {"Content-Type": "application/x-www-form-urlencoded"}, BODY, 415),
        ("POST", "/v1/analyze", {"Content-Type": "application/json; charset=utf-16"}, BODY, 415),
        ("POST", "/v1/analyze", {"Content-Type": "application/vnd.bentoml+pickle"}, BODY, 415),
        ("POST", "/v1/analyze", {**JSON, "Content-Encoding": "gzip"}, BODY, 415),
        ("POST", "/v1/analyze", JSON, b" " * (LIMITS.body_bytes + 1), 413),
        ("POST", "/v1/analyze", JSON, b"", 400),
        ("POST", "/v1/analyze", JSON, b"{", 400),
        ("POST", "/v1/analyze", JSON, b"\xff", 400),
        ("POST", "/v1/analyze", JSON, b"\xef\xbb\xbf" + BODY, 400),
        ("POST", "/v1/analyze", JSON, BODY.decode().encode("utf-16"), 400),
        ("POST", "/v1/analyze", JSON, b"NaN", 400),
        ("POST", "/v1/analyze", JSON, b'{"article": -Infinity}', 400),
        ("POST", "/v1/analyze", JSON, b"1" * 5000, 400),
        ("POST", "/v1/stance", JSON, b'{"pairs":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
        ("POST", "/v1/stance", JSON, b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400),
    ],
)
def test_a_refusal_has_the_one_shape(
    *, client: TestClient, method: str, path: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    answer = client.request(method, path, headers=headers, content=body)
    assert answer.status_code == status
    error_of(answer)


@pytest.mark.parametrize("kind", ["application/json", "APPLICATION/JSON", 'application/json;charset="UTF-8"'])
def test_json_by_any_of_its_spellings_is_taken(client: TestClient, kind: str) -> None:
    assert client.post("/v1/analyze", content=BODY, headers={"Content-Type": kind}).status_code == 200


def test_a_wrong_method_is_told_the_right_one(client: TestClient) -> None:
    assert client.get("/v1/analyze").headers["Allow"] == "POST"


def test_a_wrong_method_is_told_every_right_one(analyser: Analyser, tmp_path: Path) -> None:
    client = TestClient(create_app(analyser, labels=Labels(tmp_path / "labels", analyser.classifier.checkpoint)))
    assert set(client.put("/v1/labels").headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_a_body_of_unknown_length_is_counted_as_it_comes(client: TestClient) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(4 * LIMITS.body_bytes // 65_536):
            sent += 65_536
            yield b" " * 65_536

    answer = client.post("/v1/analyze", content=endless(), headers=JSON)
    assert (answer.status_code, error_of(answer).type) == (413, "too_large")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
near_requests = st.fixed_dictionaries(
    {},
    optional={
        "article": st.text() | json_values,
        "claims": st.lists(st.text() | json_values, max_size=3),
        "all": st.booleans() | json_values,
        "beliefs": st.booleans() | json_values,
        "format": st.just("text") | json_values,
        "pairs": st.lists(
            st.fixed_dictionaries(
                {"claim": st.text(), "statement": st.text()}, optional={"speaker": st.text(), "extra": json_values}
            )
            | json_values,
            max_size=3,
        ),
    },
)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from(["/v1/analyze", "/v1/stance"]), body=near_requests | json_values)
def test_any_json_gets_a_documented_answer(client: TestClient, path: str, body: Any) -> None:
    answer = client.post(path, content=json.dumps(body), headers=JSON)
    assert answer.status_code in {200, 422}
    schema: Any = AnalyzeResponse if path == "/v1/analyze" else StanceResponse
    TypeAdapter(schema if answer.status_code == 200 else ErrorResponse).validate_python(answer.json())


@settings(deadline=None, max_examples=100)
@given(body=st.binary(max_size=200))
def test_any_bytes_get_a_documented_answer(client: TestClient, body: bytes) -> None:
    assert client.post("/v1/stance", content=body, headers=JSON).status_code in {400, 422}


def test_info_says_what_is_served(client: TestClient, analyser: Analyser) -> None:
    answer = client.get("/v1/info")
    info = InfoResponse.model_validate_json(answer.content)
    checkpoint = analyser.classifier.checkpoint
    assert info.model.model_dump() == model_document(checkpoint)
    assert (info.model.name, info.model.version) == (checkpoint.facts.name, checkpoint.version)
    assert info.model.created == checkpoint.facts.created
    assert re.fullmatch("[0-9a-f]{64}", info.model.data)
    assert info.labels == ["support", "denial", "hedge", "unrelated"]
    assert info.thresholds == {"relevance": checkpoint.facts.relevance_threshold}
    assert info.data == checkpoint.facts.data
    assert info.limits == LIMITS


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200
    assert client.head(path).status_code == 200


def test_the_page_loads_nothing_from_elsewhere(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert not re.search(r"(src|href)=\"(https?:)?//", answer.text)
    for link in re.findall(r'href="(?!data:)([^"]+)"', answer.text):
        assert client.get(link).status_code == 200


def test_what_would_wait_for_too_much_is_refused_and_probes_answer(analyser: Analyser) -> None:
    batcher = Batcher(waiting_tokens=5_000)
    client = TestClient(create_app(analyser, batcher=batcher))
    with batcher.admit(1_000_000), batcher.admit(4_990):
        for path, body in (("/v1/analyze", {**GOOD, "article": ARTICLE * 50}), ("/v1/stance", {"pairs": PAIRS * 100})):
            refused = client.post(path, json=body)
            assert (refused.status_code, error_of(refused).type) == (429, "overloaded")
            assert int(refused.headers["Retry-After"]) >= 2
        assert client.post("/v1/stance", json={"pairs": PAIRS[:1]}).status_code == 200  # takes its turn
        assert client.get("/readyz").status_code == 200
        assert client.get("/v1/info").status_code == 200
    assert client.post("/v1/stance", json={"pairs": PAIRS * 100}).status_code == 200


class Fragile(StanceClassifier):
    """Fails on every row that holds a curly bracket."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__(checkpoint)
        poison, compute = checkpoint.tokenizer.token_to_id("{"), self.compute

        def fragile(rows: Sequence[Encoded]) -> list[NDArray[np.float32]]:
            if any(poison in row.token_ids for row in rows):
                raise ValueError("the client wrote {")
            return compute(rows)

        self.compute = fragile


def test_a_pair_that_the_model_fails_on_hurts_only_itself(analyser: Analyser, stance_checkpoint: Path) -> None:
    client = TestClient(create_app(Analyser(classifier=Fragile.load(stance_checkpoint), extract=analyser.extract)))
    poison = {**PAIRS[0], "statement": "The dam { was safe."}
    answer = client.post("/v1/stance", json={"pairs": [PAIRS[0], poison, 3, PAIRS[1]]})
    assert answer.status_code == 200
    StanceResponse.model_validate(answer.json())
    first, failed, wrong, last = answer.json()["judgements"]
    assert [first, last] == client.post("/v1/stance", json={"pairs": PAIRS}).json()["judgements"]
    assert (failed["error"]["type"], wrong["error"]["type"]) == ("internal_error", "invalid_request")
    assert "{" not in failed["error"]["message"]
    assert client.post("/v1/analyze", json={**GOOD, "claims": ["Curly {."], "all": True}).status_code == 500
    explained = client.post("/v1/stance", json={"pairs": [PAIRS[0], poison], "explain": True}).json()["judgements"]
    assert ["explanation" in explained[0], explained[1]["error"]["type"]] == [True, "internal_error"]
    figures = client.get("/metrics").text.splitlines()
    assert 'stance_rejects_total{reason="internal_error",what="pair"} 2.0' in figures
    assert 'stance_rejects_total{reason="internal_error",what="request"} 1.0' in figures
    assert 'stance_rejects_total{reason="invalid_request",what="pair"} 1.0' in figures


def test_metrics_count_what_was_judged(analyser: Analyser) -> None:
    client = TestClient(create_app(analyser))
    long = {**PAIRS[0], "statement": "The dam was never safe. " * 400}
    judged = client.post("/v1/stance", json={"pairs": [*PAIRS, long]}).json()["judgements"]
    judged += client.post("/v1/analyze", json=GOOD).json()["judgements"]
    figures = dict(line.rsplit(" ", 1) for line in client.get("/metrics").text.splitlines() if line[0] != "#")
    for stance in ("support", "denial", "hedge"):
        number = sum(judgement["stance"] == stance for judgement in judged)
        assert float(figures.get(f'stance_judgements_total{{stance="{stance}"}}', 0)) == number
    assert float(figures["stance_truncated_total"]) == sum(judgement["truncated"] for judgement in judged) > 0
    assert float(figures["stance_computed_tokens_total"]) > float(figures["stance_batch_rows_sum"]) > 0
    assert float(figures["stance_queue_requests"]) == float(figures["stance_queue_tokens"]) == 0


def test_metrics_count_by_template_and_cannot_be_made_to_grow(analyser: Analyser) -> None:
    client = TestClient(create_app(analyser))
    for path in ("/nowhere", "/livez", "/v1/analyze"):
        client.get(path)
    client.get("/metrics")
    before = client.get("/metrics").text
    for number in range(50):
        client.get(f"/nowhere/{number}")
        client.request(f"M{number}", "/livez")
    after = client.get("/metrics").text
    assert 'stance_requests_total{route="unmatched",status="404"} 51.0' in after
    assert 'stance_requests_total{route="/v1/analyze",status="405"} 1.0' in after
    assert 'stance_requests_total{route="/livez",status="405"} 50.0' in after
    assert 'stance_request_seconds_count{route="/livez"} 51.0' in after
    assert len(after.splitlines()) <= len(before.splitlines()) + 2
