"""The routes: a request is read, checked, computed beside the event loop, and answered."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from data.errors import BadInput
from data.records import LABELS, Judgement, Pair
from model.analyser import Analyser, document_of
from serving.batching import Batcher, Full
from serving.body import read_json
from serving.edge import Edge
from serving.errors import RequestError, error_document, error_response, invalid
from serving.inference import Inference
from serving.limits import LIMITS
from serving.metrics import Metrics
from serving.openapi import OPERATIONS, openapi_document
from serving.page import PAGE
from serving.schemas import AnalyzeRequest, InfoResponse, Model, PairRequest, StanceRequest
from serving.systemone import pairs_of, read_system_one, response_of

__all__ = ["create_app"]

UNCOMPUTED = "the model failed on this pair; the server's log says where"

Schema = TypeVar("Schema", bound=BaseModel)


def create_app(
    analyser: Analyser,
    *,
    batcher: Batcher | None = None,
    metrics: Metrics | None = None,
    guards: Sequence[Middleware] = (),
) -> Starlette:
    """The whole HTTP contract on `analyser`, as an ASGI application with no other process around it.

    `guards` are what security.Access puts before it: without any, whoever comes is let in.
    """
    metrics = metrics or Metrics()
    batcher = batcher or Batcher(waiting_tokens=LIMITS.waiting_tokens, metrics=metrics)
    endpoint = Endpoints(analyser, Inference(analyser, batcher), metrics)
    endpoints = {
        "/v1/analyze": endpoint.analyze,
        "/v1/stance": endpoint.stance,
        "/v1/systemone": endpoint.systemone,
        "/v1/info": endpoint.info,
        "/livez": endpoint.alive,
        "/readyz": endpoint.alive,  # the application is made of loaded models: where it answers at all it is ready
        "/metrics": endpoint.metrics,
        "/docs.json": endpoint.docs,
        "/": endpoint.index,
    }
    app = Starlette(
        routes=[Route(each.path, endpoints[each.path], methods=[each.method.upper()]) for each in OPERATIONS],
        middleware=[Middleware(Edge, metrics=metrics, deadline_seconds=LIMITS.deadline_seconds, guards=guards)],
        exception_handlers={RequestError: _refuse, HTTPException: _refuse_route},
    )
    app.router.redirect_slashes = False  # a redirected POST loses its body in some clients; a 404 says what is wrong
    return app


class Endpoints:
    """One method for each route."""

    def __init__(self, analyser: Analyser, inference: Inference, metrics: Metrics) -> None:
        self._classifier = analyser.classifier
        self._inference = inference
        self._metrics = metrics
        self._model = self._classifier.checkpoint.identity
        self._docs = openapi_document()

    async def analyze(self, request: Request) -> Response:
        """POST /v1/analyze."""
        asked = await _read(AnalyzeRequest, request)
        with _refusals():
            analysis = await self._inference.analyse(asked, deadline=request.state.deadline)
        self._metrics.count_judgements(item.judgement for item in analysis.judgements)
        document = partial(analysis.document, with_article=asked.format == "html")
        return JSONResponse(await asyncio.to_thread(document))  # thousands of judgements take a while to write down

    async def stance(self, request: Request) -> Response:
        """POST /v1/stance: what is wrong with one pair is told in its place, and the others are judged."""
        asked = await _read(StanceRequest, request)
        items = [_read_pair(item) for item in asked.pairs]
        pairs = [item for item in items if isinstance(item, Pair)]
        with _refusals():
            judged = await self._inference.judge(pairs, deadline=request.state.deadline)
        self._metrics.count_judgements(item for item in judged if isinstance(item, Judgement))
        rest = iter(judged)
        judgements = [
            self._answer(next(rest) if isinstance(item, Pair) else item, asked.min_confidence, request.state.request_id)
            for item in items
        ]
        return JSONResponse({"model": self._model, "judgements": judgements})

    async def systemone(self, request: Request) -> Response:
        """POST /v1/systemone."""
        asked = read_system_one(await read_json(request, at_most=LIMITS.body_bytes))
        pairs = pairs_of(asked)
        with _refusals():
            judged = await self._inference.judge(pairs, deadline=request.state.deadline)
        judgements = [item for item in judged if isinstance(item, Judgement)]
        if len(judgements) < len(judged):
            raise RequestError(500, UNCOMPUTED)
        self._metrics.count_judgements(judgements)
        rows = await asyncio.to_thread(self._classifier.encode, pairs)  # again, to count: they share one statement
        tokens = sum(len(row.token_ids) for row in rows)
        return JSONResponse(response_of(asked, judgements, model=self._model, input_tokens=tokens).model_dump())

    async def info(self, _: Request) -> Response:
        """GET /v1/info."""
        facts = self._classifier.checkpoint.facts
        answer = InfoResponse(
            model=Model(**self._model),
            labels=list(LABELS),
            engine=self._classifier.engine,
            max_tokens=facts.max_tokens,
            temperature=facts.temperature,
            thresholds={"relevance": facts.relevance_threshold},
            data=facts.data,
            metrics=facts.metrics,
            limits=LIMITS,
        )
        return JSONResponse(answer.model_dump())

    async def alive(self, _: Request) -> Response:
        """GET /livez and /readyz."""
        return PlainTextResponse("ok\n")

    async def metrics(self, _: Request) -> Response:
        """GET /metrics."""
        return self._metrics.response()

    async def docs(self, _: Request) -> Response:
        """GET /docs.json."""
        return JSONResponse(self._docs)

    async def index(self, _: Request) -> Response:
        """GET /."""
        return HTMLResponse(PAGE, headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"})

    def _answer(self, item: Judgement | Exception, min_confidence: float | None, request_id: str) -> dict[str, Any]:
        """What stands in a pair's place."""
        if isinstance(item, Judgement):
            return document_of(item, min_confidence=min_confidence)
        error = item if isinstance(item, RequestError) else RequestError(500, UNCOMPUTED)
        self._metrics.count_reject("pair", error.status)
        return error_document(error, request_id)


@contextmanager
def _refusals() -> Iterator[None]:
    """What may be wrong with a request as a whole, as its answer."""
    try:
        yield
    except Full as full:
        raise RequestError(
            429, f"too much is waiting; come back in {full.seconds} s", retry_after=full.seconds
        ) from None
    except BadInput as error:
        raise RequestError(422, str(error), details=[{"field": "article", "message": str(error)}]) from None


async def _read(schema: type[Schema], request: Request) -> Schema:
    document = await read_json(request, at_most=LIMITS.body_bytes)
    try:
        return schema.model_validate(document)
    except ValidationError as error:
        raise invalid(error) from None


def _read_pair(item: Any) -> Pair | RequestError:
    """An element of `pairs` as the model takes it, or why it cannot."""
    try:
        return PairRequest.model_validate(item).pair()
    except ValidationError as error:
        return invalid(error)


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)  # noqa: S101 - Starlette types every handler for any exception
    return error_response(error, request.state.request_id)


async def _refuse_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    known = {404: "no such path; /docs.json lists them", 405: "this path does not take this method"}
    refused = RequestError(error.status_code, known.get(error.status_code, error.detail))
    return error_response(refused, request.state.request_id, headers=error.headers)
