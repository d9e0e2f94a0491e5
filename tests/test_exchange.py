import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from data.records import Pair
from serving.exchange import Question, Reply, RequestFailed, Retry, Steps, analyze, batches, info, retry_after, stance
from serving.limits import LIMITS
from serving.schemas import ErrorResponse, PairJudgement

seconds = st.floats(min_value=0, max_value=1e6)
chances = st.floats(min_value=0, max_value=1)
retries = st.builds(
    Retry, attempts=st.integers(1, 50), first_seconds=seconds, longest_seconds=seconds, total_seconds=seconds
)
JUDGEMENT = {
    "stance": "hedge",
    "probabilities": {"support": 0.1, "denial": 0.1, "hedge": 0.5, "unrelated": 0.3},
    "relevance": 0.7,
    "truncated": False,
}
MODEL = {"name": "invented", "version": "0123456789ab"}


def judged(number: int) -> httpx.Response:
    return httpx.Response(200, json={"model": MODEL, "judgements": [JUDGEMENT] * number})


def carry(steps: Steps[Any], replies: list[Reply]) -> tuple[Any, list[Question[Any]]]:
    """What the steps return or raise when they are sent those replies, and what they asked."""
    asked = [next(steps)]
    for reply in replies:
        try:
            asked.append(steps.send(reply))
        except StopIteration as done:
            return done.value, asked
        except RequestFailed as failure:
            return failure, asked
    raise AssertionError(f"asks once more than {len(replies)} times")


@given(retry=retries, told=st.lists(st.tuples(chances, st.one_of(st.just(0.0), seconds)), min_size=50, max_size=50))
def test_waits_end_and_never_exceed_their_bounds(retry: Retry, told: list[tuple[float, float]]) -> None:
    elapsed, waits = 0.0, 0
    for failures, (chance, asked) in enumerate(told, start=1):
        wait = retry.wait(failures, elapsed=elapsed, chance=chance, asked=asked)
        if wait is None:
            break
        assert asked <= wait <= asked + retry.longest_seconds
        assert wait - asked <= retry.first_seconds * 2 ** (failures - 1) * (1 + 1e-9) + 1e-9
        elapsed += wait
        waits += 1
    assert elapsed <= retry.total_seconds
    assert waits < retry.attempts


@given(failures=st.integers(1, 10**9), elapsed=seconds)
def test_without_end_of_attempts_the_back_off_stays_at_its_longest(failures: int, elapsed: float) -> None:
    retry = Retry(attempts=10**9 + 1, first_seconds=0.5, longest_seconds=8, total_seconds=1e7)
    assert retry.wait(failures, elapsed=elapsed, chance=1.0) == min(8, 0.5 * 2.0 ** min(failures - 1, 10))


def test_the_jitter_is_full() -> None:
    retry = Retry(first_seconds=1)
    assert [retry.wait(3, elapsed=0, chance=chance) for chance in (0.0, 0.5, 1.0)] == [0.0, 2.0, 4.0]


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"first_seconds": -1}, {"total_seconds": float("nan")}])
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="at least one attempt"):
        Retry(**wrong)


statuses = st.sampled_from([200, 302, 400, 401, 404, 413, 422, 429, 500, 502, 503, 504])
replies = st.one_of(
    st.builds(
        lambda status, asked, body: httpx.Response(status, headers={"Retry-After": asked}, content=body),
        statuses,
        st.sampled_from(["0", "1", "30", "3600", "soon", "Wed, 21 Oct 2015 07:28:00 GMT"]),
        st.binary(max_size=20),
    ),
    st.sampled_from([httpx.ConnectError("refused"), httpx.ReadError("reset"), httpx.ReadTimeout("slow")]),
)


@given(sent=st.lists(replies, min_size=4, max_size=4))
def test_only_what_passes_is_asked_again_and_as_often_as_allowed(sent: list[Reply]) -> None:
    outcome, asked = carry(info(Retry(attempts=4, first_seconds=0.5, longest_seconds=2, total_seconds=60)), sent)
    assert isinstance(outcome, RequestFailed)
    assert len(asked) <= 4
    last = sent[len(asked) - 1]
    for again, reply in zip(asked[1:], sent, strict=False):
        assert not isinstance(reply, httpx.ReadTimeout)
        assert not isinstance(reply, httpx.Response) or reply.status_code in {429, 502, 503, 504}
        told = retry_after(reply.headers) if isinstance(reply, httpx.Response) else 0
        assert told <= again.after <= told + 2
        assert (again.path, again.method, again.body) == (asked[0].path, "GET", None)
    assert outcome.status == (last.status_code if isinstance(last, httpx.Response) else None)


@settings(max_examples=30)
@given(number=st.integers(0, 3 * LIMITS.pairs + 2))
def test_many_pairs_are_split_in_order(number: int) -> None:
    pairs = [Pair(claim="c", statement=f"“{place}”") for place in range(number)]
    numbers = [min(LIMITS.pairs, number - start) for start in range(0, number, LIMITS.pairs)] or [0]
    outcome, asked = carry(stance(Retry(), pairs), [judged(number) for number in numbers])
    assert len(outcome.judgements) == len(pairs)
    sent = [Pair(**pair) for question in asked for pair in json.loads(question.body or b"")["pairs"]]
    assert sent == pairs


@settings(max_examples=30)
@given(sizes=st.lists(st.integers(1, 2 * LIMITS.body_bytes // 3), max_size=6))
def test_a_batch_fits_the_bodys_limit(sizes: list[int]) -> None:
    items = [str(index).encode() + bytes(size) for index, size in enumerate(sizes)]
    found = list(batches(items))
    assert [item for batch in found for item in batch] == items
    for batch in found:
        assert len(b'{"pairs":[' + b",".join(batch) + b"]}") <= LIMITS.body_bytes
    for batch, following in pairwise(found):
        assert sum(map(len, batch)) + len(following[0]) + len(batch) + 12 > LIMITS.body_bytes


def test_one_pair_that_is_too_large_travels_alone() -> None:
    large = bytes(LIMITS.body_bytes)
    assert list(batches([b"1", large, b"2"])) == [[b"1"], [large], [b"2"]]


@given(text=st.text(st.characters(min_codepoint=0xD000, max_codepoint=0xE000) | st.sampled_from('\\"/u😀\n')))
def test_any_text_arrives_as_it_was(text: str) -> None:
    question = next(analyze(Retry(), text, [text], all=True, html=False, beliefs=True))
    body = json.loads((question.body or b"").decode("utf-8"))
    # a lone high surrogate before a lone low one is, in JSON, one character
    assert body == json.loads(json.dumps({"article": text, "claims": [text], "all": True}))


def test_newer_options_are_said_only_where_they_say_something() -> None:
    def body(**options: bool) -> Any:
        return json.loads(next(analyze(Retry(), "a", ["c"], all=False, **options)).body or b"")

    assert body(html=False, beliefs=True) == {"article": "a", "claims": ["c"], "all": False}
    assert body(html=True, beliefs=False) == body(html=False, beliefs=True) | {"format": "html", "beliefs": False}


def test_a_claim_that_is_no_list_is_refused() -> None:
    with pytest.raises(BadInput, match="put it in a list"):
        next(analyze(Retry(), "text", "The dam was safe.", all=False, html=False, beliefs=True))


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object()])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(BadInput, match="expected what JSON can say"):
        next(stance(Retry(), [{"claim": "c", "statement": value}]))


def test_a_bad_pair_comes_back_as_a_value() -> None:
    error = {"error": {"type": "invalid_request", "message": "claim is required", "request_id": "r", "later": 1}}
    mixed = httpx.Response(200, json={"model": MODEL, "judgements": [JUDGEMENT | {"later": 2}, error], "later": 3})
    outcome, _ = carry(stance(Retry(), [{}, {}]), [mixed])
    first, second = outcome.judgements
    assert isinstance(first, PairJudgement)
    assert isinstance(second, ErrorResponse)
    assert second.error.message == "claim is required"


def test_answers_of_two_models_are_not_mixed() -> None:
    other = httpx.Response(200, json={"model": MODEL | {"version": "other"}, "judgements": [JUDGEMENT]})
    outcome, asked = carry(stance(Retry(), [{}] * (LIMITS.pairs + 1)), [judged(LIMITS.pairs), other])
    assert (outcome.type, len(asked)) == ("model_changed", 2)


@pytest.mark.parametrize("number", [0, 2])
def test_another_number_of_judgements_than_of_pairs_is_no_answer(number: int) -> None:
    outcome, _ = carry(stance(Retry(), [{}]), [judged(number)])
    assert (outcome.type, outcome.status) == ("unexpected_answer", 200)


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", 0),
        (" 7 ", 7),
        ("9" * 400, float("inf")),
        ("Sun, 01 Mar 2026 12:00:09 GMT", 9),
        ("Sun, 01 Mar 2026 12:00:09 -0000", 9),
        ("Sunday, 01-Mar-26 12:00:09 GMT", 9),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("-3", 0),
        ("1.5", 0),
        ("²", 0),
        ("", 0),
        ("Sun, 99 Mar 2026 12:00:09 GMT", 0),
    ],
)
def test_retry_after_in_seconds_and_as_a_date(value: str, expected: float) -> None:
    headers = {"Retry-After": value, "Date": format_datetime(NOON, usegmt=True)}
    assert retry_after(headers) == expected


def test_a_date_without_the_servers_own_counts_from_now() -> None:
    tomorrow = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
    assert 0 < retry_after({"Retry-After": tomorrow}) <= 86_400


@given(value=st.text(), date=st.text())
def test_no_header_is_too_strange(value: str, date: str) -> None:
    assert retry_after({"Retry-After": value, "Date": date}) >= 0
