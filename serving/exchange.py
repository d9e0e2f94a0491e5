"""What a client sends, when it asks again and how it reads an answer: generators that do no input or output.

Each yields a Question, is sent the Reply, and returns the answer in the end; a client carries them, blocking or not.
"""

import json
import random
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Any, Generic, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from data.errors import BadInput, StanceError
from data.records import Pair
from serving.limits import LIMITS
from serving.schemas import AnalyzeResponse, Detail, ErrorResponse, InfoResponse, StanceResponse

__all__ = [
    "Question",
    "Reply",
    "RequestFailed",
    "Retry",
    "Steps",
    "analyze",
    "batches",
    "info",
    "retry_after",
    "stance",
]

T = TypeVar("T")
Schema = TypeVar("Schema", bound=BaseModel)

PASSING = frozenset({429, 502, 503, 504})
"""Statuses after which the same request may succeed a moment later."""

LOST = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout)
"""No connection, or one that broke. Not a slow answer: asking again would have the server compute it twice."""

UNREACHABLE = "unreachable"
OPENING, CLOSING = b'{"pairs":[', b"]}"


class RequestFailed(StanceError):
    """A request that got no answer, after every attempt that its Retry allows.

    `type` is the server's (`invalid_request`, `overloaded`, ...), or one of this side's: `unreachable`, `timeout`,
    `unexpected_answer`, `model_changed`. `status` is None where no answer came, `request_id` is what the server's log
    names it by, `details` what is wrong field by field, `retry_after` the seconds that the server asked to wait.
    """

    def __init__(
        self,
        message: str,
        *,
        type: str,  # noqa: A002 - the contract's word
        status: int | None = None,
        request_id: str | None = None,
        details: Sequence[Detail] = (),
        retry_after: float = 0.0,
    ) -> None:
        super().__init__(f"{type}: {message}" + (f" (request_id {request_id})" if request_id else ""))
        self.message = message
        self.type = type
        self.status = status
        self.request_id = request_id
        self.details = tuple(details)
        self.retry_after = retry_after

    @property
    def passing(self) -> bool:
        """Whether asking again may help: 429, 502, 503, 504, or no connection."""
        return self.status in PASSING or self.type == UNREACHABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often and how long to ask again: exponential back-off with full jitter, on top of any Retry-After.

    `attempts` counts the first one; no attempt starts later than `total_seconds` after the first one did. Raises
    BadInput for fewer than one attempt or negative seconds.
    """

    attempts: int = 6
    first_seconds: float = 0.5
    longest_seconds: float = 8.0
    total_seconds: float = 60.0

    def __post_init__(self) -> None:
        if self.attempts < 1 or not all(s >= 0 for s in (self.first_seconds, self.longest_seconds, self.total_seconds)):
            raise BadInput(f"expected at least one attempt and no negative seconds, found {self}")

    def wait(self, failures: int, *, elapsed: float, chance: float, asked: float = 0.0) -> float | None:
        """Seconds to wait after that many `failures`, or None to give up; `chance` in [0, 1] is the jitter.

        The jitter comes on top of what the server `asked`: clients told the same second do not return together.
        """
        ceiling = min(self.longest_seconds, self.first_seconds * 2.0 ** min(failures - 1, 60))
        seconds = asked + chance * ceiling
        return seconds if failures < self.attempts and elapsed + seconds <= self.total_seconds else None


Reply = httpx.Response | httpx.HTTPError


@dataclass(frozen=True, slots=True)
class Question(Generic[Schema]):
    """One request, to be sent `after` so many seconds: a POST of `body`, or a GET where there is none."""

    path: str
    answer: type[Schema]
    body: bytes | None = None
    after: float = 0.0

    @property
    def method(self) -> str:
        """GET or POST."""
        return "GET" if self.body is None else "POST"

    def read(self, reply: Reply) -> Schema:
        """The answer, without fields that this version does not know: a server may be newer. Raises RequestFailed."""
        if isinstance(reply, httpx.HTTPError):
            raise _unanswered(reply) from reply
        if reply.status_code != 200:
            raise _refused(reply)
        try:
            return self.answer.model_validate_json(reply.content, extra="ignore")
        except ValidationError:
            raise _unexpected(reply) from None


Steps = Generator[Question[Any], Reply, T]


def analyze(
    retry: Retry,
    article: str,
    claims: Sequence[str],
    *,
    all: bool,  # noqa: A002 - the contract's word
    html: bool,
    beliefs: bool,
) -> Steps[AnalyzeResponse]:
    """Ask who stands where on each claim."""
    if isinstance(claims, str):
        raise BadInput("expected a list of claims, found one string; put it in a list")
    body: dict[str, Any] = {"article": article, "claims": list(claims), "all": all}
    # said only where they say something, as a server of before knows neither
    body |= {"format": "html"} if html else {}
    body |= {} if beliefs else {"beliefs": False}
    return (yield from _ask(retry, Question("/v1/analyze", AnalyzeResponse, _encode(body))))


def stance(retry: Retry, pairs: Iterable[Pair | Mapping[str, Any]]) -> Steps[StanceResponse]:
    """Ask for each pair's judgement, in as many requests as it takes."""
    items = (_encode(asdict(pair) if isinstance(pair, Pair) else dict(pair)) for pair in pairs)
    answers: list[StanceResponse] = []
    for batch in batches(items):
        question = Question("/v1/stance", StanceResponse, OPENING + b",".join(batch) + CLOSING)
        answer = yield from _ask(retry, question)
        if len(answer.judgements) != len(batch):
            expected = f"expected {len(batch)} judgements, found {len(answer.judgements)}"
            raise RequestFailed(expected, type="unexpected_answer", status=200)
        answers.append(answer)
        if answer.model != answers[0].model:
            versions = f"{answers[0].model.version} to {answer.model.version}"
            raise RequestFailed(
                f"the model changed from {versions} between two requests; ask again", type="model_changed"
            )
    return StanceResponse(model=answers[0].model, judgements=[item for answer in answers for item in answer.judgements])


def info(retry: Retry) -> Steps[InfoResponse]:
    """Ask which model is served, and on which terms."""
    return (yield from _ask(retry, Question("/v1/info", InfoResponse)))


def batches(items: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Encoded pairs in order, in lists that one request may hold; a list that is too large only where one pair is.

    Of no items one empty list, so that the server says what it has against it.
    """
    batch: list[bytes] = []
    size = len(OPENING + CLOSING)
    for item in items:
        if batch and (len(batch) == LIMITS.pairs or size + 1 + len(item) > LIMITS.body_bytes):
            yield batch
            batch, size = [], len(OPENING + CLOSING)
        batch.append(item)
        size += 1 + len(item)
    yield batch


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that an answer asks to wait, 0 where it does not or not legibly: Retry-After in seconds or as a date.

    A date counts from the answer's own Date, so that the two clocks need not agree.
    """
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    until = _date(value)
    since = _date(headers.get("Date", "")) or datetime.now(UTC)
    return max(0.0, (until - since).total_seconds()) if until else 0.0


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)  # "-0000" is UTC of unknown origin


def _ask(retry: Retry, question: Question[Schema]) -> Steps[Schema]:
    """Ask until there is an answer, or an error that no further attempt may mend."""
    started = time.monotonic()
    for failures in count(1):
        reply = yield question
        try:
            return question.read(reply)
        except RequestFailed as failure:
            elapsed, chance = time.monotonic() - started, random.random()  # noqa: S311 - no secret
            wait = retry.wait(failures, elapsed=elapsed, chance=chance, asked=failure.retry_after)
            if wait is None or not failure.passing:
                raise
            question = replace(question, after=wait)
    raise AssertionError("counting has no end")


def _encode(value: Any) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput(f"expected what JSON can say: {error}") from None
    return text.encode("utf-8", "backslashreplace")  # a lone surrogate becomes JSON's own escape of it


def _unanswered(error: httpx.HTTPError) -> RequestFailed:
    kind = UNREACHABLE if isinstance(error, LOST) else "timeout" if isinstance(error, httpx.TimeoutException) else None
    return RequestFailed(f"{type(error).__name__}: {error}".rstrip(": "), type=kind or "unexpected_answer")


def _refused(response: httpx.Response) -> RequestFailed:
    try:
        error = ErrorResponse.model_validate_json(response.content, extra="ignore").error
    except ValidationError:
        return _unexpected(response)
    return RequestFailed(
        error.message,
        type=error.type,
        status=response.status_code,
        request_id=error.request_id,
        details=error.details,
        retry_after=retry_after(response.headers),
    )


def _unexpected(response: httpx.Response) -> RequestFailed:
    """An answer that is no stance server's: a proxy's page, or another service. Its text is not repeated."""
    kind = response.headers.get("Content-Type", "no content type")
    return RequestFailed(
        f"expected a stance server's answer, found HTTP {response.status_code} of {kind}; is the URL right?",
        type="unexpected_answer",
        status=response.status_code,
        request_id=response.headers.get("X-Request-ID"),
        retry_after=retry_after(response.headers),
    )
