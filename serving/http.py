"""The routes: a request is read, checked, computed beside the event loop, and answered."""

from collections.abc import Callable
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
from data.records import LABELS, Pair
from model.analyser import Analyser, document_of
from serving.body import read_json
from serving.edge import Edge
from serving.errors import RequestError, error_document, error_response, invalid
from serving.limits import LIMITS
from serving.metrics import Metrics
from serving.openapi import OPERATIONS, openapi_document
from serving.page import PAGE
from serving.schemas import AnalyzeRequest, InfoResponse, Model, PairRequest, StanceRequest
from serving.worker import Full, Worker

__all__ = ["create_app"]

RETRY_AFTER_SECONDS = 1

T = TypeVar("T")
Schema = TypeVar("Schema", bound=BaseModel)


def create_app(analyser: Analyser, *, worker: Worker | None = None, metrics: Metrics | None = None) -> Starlette:
    """The whole HTTP contract on `analyser`, as an ASGI application with no other process around it."""
    metrics = metrics or Metrics()
    endpoint = Endpoints(analyser, worker or Worker(waiting=LIMITS.waiting_requests), metrics)
    endpoints = {
        "/v1/analyze": endpoint.analyze,
        "/v1/stance": endpoint.stance,
        "/v1/info": endpoint.info,
        "/livez": endpoint.alive,
        "/readyz": endpoint.alive,  # the application is made of loaded models: where it answers at all it is ready
        "/metrics": endpoint.metrics,
        "/docs.json": endpoint.docs,
        "/": endpoint.index,
    }
    app = Starlette(
        routes=[Route(each.path, endpoints[each.path], methods=[each.method.upper()]) for each in OPERATIONS],
        middleware=[Middleware(Edge, metrics=metrics, deadline_seconds=LIMITS.deadline_seconds)],
        exception_handlers={RequestError: _refuse, HTTPException: _refuse_route},
    )
    app.router.redirect_slashes = False  # a redirected POST loses its body in some clients; a 404 says what is wrong
    return app


class Endpoints:
    """One method for each route."""

    def __init__(self, analyser: Analyser, worker: Worker, metrics: Metrics) -> None:
        self._analyser = analyser
        self._worker = worker
        self._metrics = metrics
        self._model = analyser.classifier.checkpoint.identity
        self._docs = openapi_document()

    async def analyze(self, request: Request) -> Response:
        """POST /v1/analyze."""
        asked = await _read(AnalyzeRequest, request)
        analysis = await self._compute(partial(self._analyser.analyse, asked.article, asked.claims, every=asked.all))
        return JSONResponse(analysis.document())

    async def stance(self, request: Request) -> Response:
        """POST /v1/stance: what is wrong with one pair is told in its place, and the others are judged."""
        asked = await _read(StanceRequest, request)
        items = [_read_pair(item) for item in asked.pairs]
        pairs = [item for item in items if isinstance(item, Pair)]
        judged = iter(await self._compute(partial(self._analyser.classifier.judge, pairs)))
        judgements = [
            document_of(next(judged)) if isinstance(item, Pair) else error_document(item, request.state.request_id)
            for item in items
        ]
        return JSONResponse({"model": self._model, "judgements": judgements})

    async def info(self, _: Request) -> Response:
        """GET /v1/info."""
        facts = self._analyser.classifier.checkpoint.facts
        answer = InfoResponse(
            model=Model(**self._model),
            labels=list(LABELS),
            engine="torch",
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

    async def _compute(self, work: Callable[[], T]) -> T:
        try:
            return await self._worker.run(work)
        except Full:
            raise RequestError(
                429, "as many requests are waiting as may wait; come back later", retry_after=RETRY_AFTER_SECONDS
            ) from None
        except BadInput as error:
            raise RequestError(422, str(error), details=[{"field": "body", "message": str(error)}]) from None


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
