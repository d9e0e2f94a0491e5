"""A typed client of the server, blocking and asynchronous. Needs httpx and pydantic, none of the model libraries.

with StanceClient() as client:
    answer = client.analyze(article, ["The firm paid bribes."])
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from data.errors import BadInput
from data.records import Pair
from serving import exchange
from serving.exchange import Question, Reply, Retry, Steps
from serving.limits import LIMITS
from serving.schemas import AnalyzeResponse, InfoResponse, StanceResponse

__all__ = ["AsyncStanceClient", "StanceClient"]

T = TypeVar("T")

URL = "http://127.0.0.1:3000"
RETRY = Retry()
TIMEOUT = httpx.Timeout(LIMITS.deadline_seconds + 10, connect=5)
"""Seconds: the server answers by its own deadline, be it with a 504."""


class StanceClient:
    """Asks a server and waits for it. Threads may share one; leaving its `with` block closes its connections.

    `api_key` is sent as `Authorization: Bearer KEY`. `timeout` is in seconds, for connecting and for each wait on the
    network. `transport` is one of httpx's, where certificates or proxies need more than the environment says. Raises
    BadInput for a URL or a key that cannot be sent; every method raises exchange.RequestFailed where it gets no
    answer, and BadInput for what JSON cannot say.
    """

    def __init__(
        self,
        url: str = URL,
        *,
        api_key: str | None = None,
        timeout: float | httpx.Timeout = TIMEOUT,
        retry: Retry = RETRY,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._retry = retry
        self._http = httpx.Client(base_url=_base(url), headers=_headers(api_key), timeout=timeout, transport=transport)

    def analyze(
        self,
        article: str,
        claims: Sequence[str],
        *,
        all: bool = False,  # noqa: A002 - the contract's word
        html: bool = False,
        beliefs: bool = True,
    ) -> AnalyzeResponse:
        """Who stands where on each claim.

        `all` asks for judgements that say nothing on the claim too; `html` says that the article is a page's source;
        without `beliefs` only what people say counts, not what they are reported to think, hope or plan.
        """
        return self._run(exchange.analyze(self._retry, article, claims, all=all, html=html, beliefs=beliefs))

    def stance(self, pairs: Iterable[Pair | Mapping[str, Any]]) -> StanceResponse:
        """A judgement or an error for each pair, in order, however many requests that takes.

        Raises RequestFailed of type `model_changed` where two of those requests met different models.
        """
        return self._run(exchange.stance(self._retry, pairs))

    def info(self) -> InfoResponse:
        """Which model is served, and on which terms."""
        return self._run(exchange.info(self._retry))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def _run(self, steps: Steps[T]) -> T:
        try:
            question = next(steps)
            while True:
                question = steps.send(self._send(question))
        except StopIteration as done:
            answer: T = done.value
            return answer

    def _send(self, question: Question[Any]) -> Reply:
        time.sleep(question.after)
        try:
            return self._http.request(question.method, question.path, content=question.body)
        except httpx.HTTPError as error:
            return error


class AsyncStanceClient:
    """StanceClient for asyncio: the same arguments, answers and errors, every method awaited."""

    def __init__(
        self,
        url: str = URL,
        *,
        api_key: str | None = None,
        timeout: float | httpx.Timeout = TIMEOUT,
        retry: Retry = RETRY,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._retry = retry
        self._http = httpx.AsyncClient(
            base_url=_base(url), headers=_headers(api_key), timeout=timeout, transport=transport
        )

    async def analyze(
        self,
        article: str,
        claims: Sequence[str],
        *,
        all: bool = False,  # noqa: A002 - the contract's word
        html: bool = False,
        beliefs: bool = True,
    ) -> AnalyzeResponse:
        """As StanceClient.analyze."""
        return await self._run(exchange.analyze(self._retry, article, claims, all=all, html=html, beliefs=beliefs))

    async def stance(self, pairs: Iterable[Pair | Mapping[str, Any]]) -> StanceResponse:
        """As StanceClient.stance."""
        return await self._run(exchange.stance(self._retry, pairs))

    async def info(self) -> InfoResponse:
        """As StanceClient.info."""
        return await self._run(exchange.info(self._retry))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.close()

    async def _run(self, steps: Steps[T]) -> T:
        try:
            question = next(steps)
            while True:
                question = steps.send(await self._send(question))
        except StopIteration as done:
            answer: T = done.value
            return answer

    async def _send(self, question: Question[Any]) -> Reply:
        await asyncio.sleep(question.after)
        try:
            return await self._http.request(question.method, question.path, content=question.body)
        except httpx.HTTPError as error:
            return error


def _base(url: str) -> httpx.URL:
    try:
        base = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise BadInput(f"expected the server's URL, found {url!r}: {error}") from None
    if base.scheme not in {"http", "https"} or not base.host:
        raise BadInput(f"expected the server's URL, such as {URL}, found {url!r}")
    return base


def _headers(api_key: str | None) -> dict[str, str]:
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if api_key is not None:
        if not api_key.isascii() or not api_key.isprintable() or " " in api_key or not api_key:
            raise BadInput("expected an API key of printable ASCII without spaces; is the file's line end still on it?")
        headers["Authorization"] = f"Bearer {api_key}"
    return headers
