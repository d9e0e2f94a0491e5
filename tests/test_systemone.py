import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from data.records import LABELS, STANCES, Judgement, Pair
from model.analyser import Analyser
from model.classifier import StanceClassifier
from serving.errors import RequestError, error_response
from serving.http import create_app
from serving.limits import LIMITS
from serving.schemas import ErrorResponse
from serving.systemone import SystemOneRequest, SystemOneResponse, pairs_of, read_system_one, response_of

THREE = {"support": None, "denial": "The speaker rejects it.", "hedge": None}
FOUR = {**THREE, "unrelated": "It is about something else."}
QUESTION = {"type": "choice", "instructions": "The ministry was warned.", "criteria": THREE}
REQUEST = {"model": "jev", "state": "Nobody warned us.", "questions": {"warned": QUESTION}}
MODEL = {"name": "invented", "version": "0123456789ab"}

weights = st.one_of(st.just(0.0), st.floats(min_value=1e-12, max_value=1.0))


def changed(path: str, value: Any) -> dict[str, Any]:
    """The request with one field replaced."""
    request: dict[str, Any] = copy.deepcopy(REQUEST)
    *parents, last = path.split(".")
    inner = request
    for parent in parents:
        inner = inner[parent]
    inner[last] = value
    return request


def judgement(probabilities: tuple[float, float, float, float], *, truncated: bool = False) -> Judgement:
    best = max(STANCES, key=lambda stance: probabilities[LABELS.index(stance)])
    return Judgement(stance=best, probabilities=probabilities, truncated=truncated)


def answered(request: dict[str, Any], judged: Judgement) -> Any:
    asked = read_system_one(request)
    return response_of(asked, [judged] * len(asked.questions), model=MODEL, input_tokens=7).model_dump()


def test_a_text_is_the_statement_and_each_instruction_a_claim() -> None:
    other = {**QUESTION, "instructions": "The dam was safe.", "criteria": FOUR}
    asked = read_system_one({"state": "Nobody warned us.", "questions": {"b": QUESTION, "a": other}})
    assert pairs_of(asked) == [
        Pair(claim="The ministry was warned.", statement="Nobody warned us."),
        Pair(claim="The dam was safe.", statement="Nobody warned us."),
    ]


def test_an_object_holds_a_pairs_fields_and_its_claim_comes_first() -> None:
    said = {"statement": "Nobody warned us.", "speaker": "Piotr Lang", "cue": "said", "context": "He was angry."}
    assert pairs_of(read_system_one(changed("state", said))) == [Pair(claim="The ministry was warned.", **said)]
    with_claim = changed("state", {**said, "claim": "The dam was safe."})
    with_claim["questions"]["warned"]["instructions"] = "Where does the speaker stand on the claim?"
    assert pairs_of(read_system_one(with_claim)) == [Pair(claim="The dam was safe.", **said)]
    del with_claim["questions"]["warned"]["instructions"]
    assert pairs_of(read_system_one(with_claim)) == [Pair(claim="The dam was safe.", **said)]


def test_without_unrelated_probabilities_are_shared_among_the_stances() -> None:
    document = answered(REQUEST, judgement((0.1, 0.4, 0.0, 0.5), truncated=True))
    assert document == {
        "model": "invented-0123456789ab",
        "answers": {
            "warned": {
                "type": "choice",
                "choice": "denial",
                "confidence": pytest.approx(0.7),
                "probabilities": {"support": pytest.approx(0.2), "denial": pytest.approx(0.8), "hedge": 0.0},
                "truncated": True,
            }
        },
        "usage": {"input_tokens": 7, "output_tokens": 0},
    }


def test_unrelated_is_chosen_where_it_is_an_option() -> None:
    answer = answered(changed("questions.warned.criteria", FOUR), judgement((0.1, 0.3, 0.1, 0.5)))["answers"]["warned"]
    assert (answer["choice"], answer["confidence"]) == ("unrelated", pytest.approx(1 / 3))
    assert answer["probabilities"] == {"support": 0.1, "denial": 0.3, "hedge": 0.1, "unrelated": 0.5}


@given(raw=st.tuples(weights, weights, weights, weights).filter(any), criteria=st.sampled_from([THREE, FOUR]))
def test_answers_are_probabilities_and_agree_with_the_judgement(
    raw: tuple[float, float, float, float], criteria: dict[str, Any]
) -> None:
    total = sum(raw)
    judged = judgement((raw[0] / total, raw[1] / total, raw[2] / total, raw[3] / total))
    document = answered(changed("questions.warned.criteria", criteria), judged)
    SystemOneResponse.model_validate_json(json.dumps(document))
    answer = document["answers"]["warned"]
    assert set(answer["probabilities"]) == set(criteria)
    assert sum(answer["probabilities"].values()) == pytest.approx(1)
    assert answer["probabilities"][answer["choice"]] == max(answer["probabilities"].values())
    assert answer["choice"] in {judged.stance, "unrelated"}
    assert len(criteria) == 4 or answer["choice"] == judged.stance


@given(raw=st.tuples(weights, weights, weights, weights).filter(any), criteria=st.sampled_from([THREE, FOUR]))
def test_answers_are_those_of_the_reference_implementation(
    raw: tuple[float, float, float, float], criteria: dict[str, Any]
) -> None:
    decision = pytest.importorskip("transformers.decision")
    total = sum(raw)
    judged = judgement((raw[0] / total, raw[1] / total, raw[2] / total, raw[3] / total))
    request = changed("questions.warned.criteria", criteria)
    (question,) = decision.parse_questions(request["questions"], decision.DecisionConfig())
    ours = answered(request, judged)["answers"]["warned"]
    theirs = question.answer([ours["probabilities"][option] for option in question.options])
    chosen = theirs.pop("choice"), ours.pop("choice")  # of two that round to the same either will do
    assert len({ours["probabilities"][choice] for choice in chosen}) == 1
    assert {**theirs, "truncated": False} == {**ours, "confidence": pytest.approx(ours["confidence"])}


def test_the_shipped_examples_are_requests_of_ours_and_of_the_reference_implementation() -> None:
    decision = pytest.importorskip("transformers.decision")
    examples = SystemOneRequest.model_json_schema()["examples"]
    assert len(examples) == 2
    for example in examples:
        assert len(pairs_of(read_system_one(example))) == len(example["questions"])
        assert decision.parse_questions(example["questions"], decision.DecisionConfig())


def test_a_choice_is_what_the_classifier_says(stance_checkpoint: Path) -> None:
    classifier = StanceClassifier.load(stance_checkpoint)
    asked = read_system_one(
        changed("questions.other", {**QUESTION, "instructions": "She denied the x.", "criteria": FOUR})
    )
    judged = classifier.judge(pairs_of(asked))
    document = response_of(asked, judged, model=classifier.checkpoint.identity, input_tokens=1).model_dump()
    assert list(document["answers"]) == ["warned", "other"]
    assert document["answers"]["warned"]["choice"] == judged[0].stance
    assert tuple(document["answers"]["other"]["probabilities"].values()) == pytest.approx(judged[1].probabilities)
    assert document["model"] == f"tiny-stance-{classifier.checkpoint.version}"


@pytest.mark.parametrize(
    ("document", "fields"),
    [
        (None, ["body"]),
        ([], ["body"]),
        ({}, ["state", "questions"]),
        ({**REQUEST, "assets": {}}, ["assets"]),
        ({**REQUEST, "stream": False}, ["stream"]),
        (changed("model", 5), ["model"]),
        (changed("state", ""), ["state.statement"]),
        (changed("state", " \n"), ["state.statement"]),
        (changed("state", "\ud800"), ["state.statement"]),
        (changed("state", "x" * (LIMITS.statement_characters + 1)), ["state.statement"]),
        (changed("state", ["Nobody warned us."]), ["state"]),
        (changed("state", None), ["state"]),
        (changed("state", {"claim": "c"}), ["state.statement"]),
        (changed("state", {"statement": "s", "article": "a"}), ["state.article"]),
        (changed("state", {"statement": "s", "claim": " "}), ["state.claim"]),
        (changed("questions", {}), ["questions"]),
        (changed("questions", [QUESTION]), ["questions"]),
        (changed("questions", {"\ud800": QUESTION}), ["questions.\ufffd\ufffd\ufffd.[key]"]),
        (changed("questions", {"x" * 2001: QUESTION}), ["questions." + "x" * 190]),
        (changed("questions", {str(number): QUESTION for number in range(LIMITS.pairs + 1)}), ["questions"]),
        (changed("questions.warned", "choice"), ["questions.warned"]),
        (changed("questions.warned.type", "score"), ["questions.warned.type"]),
        (changed("questions.warned.type", "noul"), ["questions.warned.type"]),
        (changed("questions.warned.instructions", None), ["questions.warned.instructions"]),
        (changed("questions.warned.instructions", " "), ["questions.warned.instructions"]),
        (changed("questions.warned.instructions", {"text": "c"}), ["questions.warned.instructions"]),
        (
            changed("questions.warned.instructions", "c" * (LIMITS.claim_characters + 1)),
            ["questions.warned.instructions"],
        ),
        (changed("questions.warned.labels", []), ["questions.warned.labels"]),
        (changed("questions.warned.criteria", list(THREE)), ["questions.warned.criteria"]),
        (changed("questions.warned.criteria.maybe", None), ["questions.warned.criteria.maybe"]),
        (changed("questions.warned.criteria.hedge", {"text": "d"}), ["questions.warned.criteria.hedge"]),
        (
            changed("questions.warned.criteria", {"support": None, "denial": None}),
            ["questions.warned.criteria.hedge"],
        ),
        (
            changed("questions.other", {**QUESTION, "type": "score", "instructions": 1}),
            ["questions.other.type", "questions.other.instructions"],
        ),
    ],
)
def test_anything_else_is_refused_with_what_is_supported(document: Any, fields: list[str]) -> None:
    with pytest.raises(RequestError) as caught:
        read_system_one(document)
    assert caught.value.status == 422
    assert [detail["field"] for detail in caught.value.details or []][: len(fields)] == fields
    assert caught.value.message.startswith(fields[0])
    assert "; supported are choice questions with the options support, denial, hedge" in caught.value.message


def test_names_and_places_of_questions_are_kept_apart() -> None:
    one = {**QUESTION, "instructions": ""}
    with pytest.raises(RequestError, match=r"must be the claim, as the state has none \(and 1 more\)") as caught:
        read_system_one({"state": "s", "questions": {"good": QUESTION, "b": one, "a": one}})
    fields = [detail["field"] for detail in caught.value.details or []]
    assert fields == ["questions.b.instructions", "questions.a.instructions"]


@pytest.fixture(scope="module")
def client(stance_checkpoint: Path, attribution_checkpoint: Path) -> TestClient:
    return TestClient(create_app(Analyser.load(stance=stance_checkpoint, attribution=attribution_checkpoint)))


def test_the_route_answers_as_stance_does(client: TestClient) -> None:
    answer = client.post("/v1/systemone", json=changed("questions.warned.criteria", FOUR))
    assert answer.status_code == 200
    document = SystemOneResponse.model_validate_json(answer.content)
    pair = {"claim": QUESTION["instructions"], "statement": REQUEST["state"]}
    (judged,) = client.post("/v1/stance", json={"pairs": [pair]}).json()["judgements"]
    found = document.answers["warned"]
    assert found.probabilities == pytest.approx(judged["probabilities"], abs=1e-6)
    assert 2 < document.usage.input_tokens <= 96
    twice = client.post("/v1/systemone", json=changed("questions.again", QUESTION)).json()
    assert twice["usage"]["input_tokens"] == 2 * document.usage.input_tokens


def test_the_route_says_what_was_cut(client: TestClient) -> None:
    answers = client.post("/v1/systemone", json=changed("state", "Nobody warned us. " * 300)).json()["answers"]
    assert answers["warned"]["truncated"] is True


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b'{"state": "s"}', 422), (b" " * (LIMITS.body_bytes + 1), 413)]
)
def test_the_route_refuses_in_the_one_shape(client: TestClient, body: bytes, status: int) -> None:
    answer = client.post("/v1/systemone", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert ErrorResponse.model_validate(answer.json()).error.request_id == answer.headers["X-Request-ID"]
    assert status != 422 or "supported are choice questions" in answer.text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
near_questions = st.fixed_dictionaries(
    {"type": st.sampled_from(["choice", "score"]), "criteria": st.sampled_from([THREE, FOUR]) | json_values},
    optional={"instructions": st.text() | json_values},
)
near_requests = st.fixed_dictionaries(
    {
        "state": st.text() | st.fixed_dictionaries({"statement": st.text()}, optional={"claim": st.text()}),
        "questions": st.dictionaries(st.text(), near_questions, max_size=3),
    },
    optional={"model": st.text() | json_values},
)


@given(document=near_requests | json_values)
def test_any_json_is_pairs_or_a_refusal(document: Any) -> None:
    try:
        pairs = pairs_of(read_system_one(document))
    except RequestError as refused:
        error_response(refused, "id")
        return
    assert len(pairs) == len(document["questions"])
    assert all(pair.claim.strip() and pair.statement.strip() for pair in pairs)
