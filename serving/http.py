"""The routes: a request is read, checked, computed beside the event loop, and answered."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from data.errors import BadInput
from data.records import LABELS, Judgement, Pair
from model.analyser import Analyser, document_of, model_document
from serving.batching import Batcher, Full
from serving.body import read_json
from serving.edge import Edge
from serving.errors import RequestError, error_document, error_response, invalid, overloaded
from serving.inference import Explained, Inference, Judged
from serving.label_schemas import MOST_LABELS, LabelRequest
from serving.labels import Labels
from serving.limits import LIMITS
from serving.metrics import Metrics
from serving.openapi import OPERATIONS, Operation, openapi_document
from serving.page import page, page_files
from serving.schemas import AnalyzeRequest, InfoResponse, Model, PairRequest, StanceRequest
from serving.shedding import Shedding
from serving.systemone import pairs_of, read_system_one, response_of

__all__ = ["create_app"]

NUMBER = re.compile(r"[1-9][0-9]{0,9}")

ASKING = frozenset({"/v1/analyze", "/v1/stance", "/v1/systemone"})
"""The paths whose answer takes the model."""

UNCOMPUTED = "the model failed on this pair; the server's log says where"

Schema = TypeVar("Schema", bound=BaseModel)


def create_app(
    analyser: Analyser,
    *,
    batcher: Batcher | None = None,
    metrics: Metrics | None = None,
    labels: Labels | None = None,
    guards: Sequence[Middleware] = (),
) -> Starlette:
    """The whole HTTP contract on `analyser`, as an ASGI application with no other process around it.

    Without `labels` there are no routes for them. `guards` are what security.Access puts before it: without any,
    whoever comes is let in.
    """
    metrics = metrics or Metrics()
    batcher = batcher or Batcher(waiting_tokens=LIMITS.waiting_tokens, metrics=metrics)
    operations = [each for each in OPERATIONS if labels or not each.about_labels]
    endpoint = Endpoints(analyser, Inference(analyser, batcher), metrics, openapi_document(operations), labels)
    guards = [*guards, Middleware(Shedding, batcher=batcher, paths=ASKING)]
    app = Starlette(
        routes=[*_routes(operations, endpoint), page_files()],
        middleware=[Middleware(Edge, metrics=metrics, deadline_seconds=LIMITS.deadline_seconds, guards=guards)],
        exception_handlers={RequestError: _refuse, HTTPException: _refuse_route},
    )
    app.router.redirect_slashes = False  # a redirected POST loses its body in some clients; a 404 says what is wrong
    return app


class Endpoints:
    """One method for each route."""

    def __init__(
        self,
        analyser: Analyser,
        inference: Inference,
        metrics: Metrics,
        docs: Mapping[str, Any],
        labels: Labels | None,
    ) -> None:
        self._classifier = analyser.classifier
        self._inference = inference
        self._metrics = metrics
        self._model = model_document(self._classifier.checkpoint)
        self._docs = docs
        self._labels = labels

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
            ask = self._inference.explain if asked.explain else self._inference.judge
            found = await ask(pairs, deadline=request.state.deadline)
        answers = (_document(pair, one, asked.min_confidence) for pair, one in zip(pairs, found, strict=True))
        told = [next(answers) if isinstance(item, Pair) else item for item in items]
        self._metrics.count_judgements(judgement for one in found if (judgement := _judgement(one)))
        judgements = [self._tell(item, request.state.request_id) for item in told]
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

    async def add_label(self, request: Request) -> Response:
        """POST /v1/labels."""
        asked = await _read(LabelRequest, request)
        return JSONResponse(await self._store.add(asked, holder=_holder(request)), 201)

    async def count_labels(self, _: Request) -> Response:
        """GET /v1/labels."""
        return JSONResponse(await self._store.counts())

    async def withdraw_label(self, request: Request) -> Response:
        """DELETE /v1/labels/{id}."""
        number = _number(request.path_params["id"])
        return JSONResponse(await self._store.withdraw(number, holder=_holder(request)))

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
            keeps_labels=self._labels is not None,
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

    @property
    def _store(self) -> Labels:
        assert self._labels  # noqa: S101 - without labels nothing leads here
        return self._labels

    def _tell(self, item: dict[str, Any] | RequestError, request_id: str) -> dict[str, Any]:
        """What stands in a pair's place, which counts where it is an error."""
        if not isinstance(item, RequestError):
            return item
        self._metrics.count_reject("pair", item.status)
        return error_document(item, request_id)


Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


def _routes(operations: Sequence[Operation], endpoint: Endpoints) -> list[Route]:
    """One route for each path, so that a method that it does not take is told every one that it does."""
    handlers: dict[tuple[str, str], Handler] = {
        ("post", "/v1/analyze"): endpoint.analyze,
        ("post", "/v1/stance"): endpoint.stance,
        ("post", "/v1/systemone"): endpoint.systemone,
        ("post", "/v1/labels"): endpoint.add_label,
        ("get", "/v1/labels"): endpoint.count_labels,
        ("delete", "/v1/labels/{id}"): endpoint.withdraw_label,
        ("get", "/v1/info"): endpoint.info,
        ("get", "/livez"): endpoint.alive,
        ("get", "/readyz"): endpoint.alive,  # the application is made of loaded models: where it answers it is ready
        ("get", "/metrics"): endpoint.metrics,
        ("get", "/docs.json"): endpoint.docs,
        ("get", "/"): page,
    }
    by_path: dict[str, dict[str, Handler]] = {}
    for each in operations:
        by_path.setdefault(each.path, {})[each.method.upper()] = handlers[each.method, each.path]
    return [Route(path, _by_method(those), methods=list(those)) for path, those in by_path.items()]


def _by_method(handlers: Mapping[str, Handler]) -> Handler:
    async def handle(request: Request) -> Response:
        return await handlers["GET" if request.method == "HEAD" else request.method](request)

    return handle


@contextmanager
def _refusals() -> Iterator[None]:
    """What may be wrong with a request as a whole, as its answer."""
    try:
        yield
    except Full as full:
        raise overloaded(full.seconds) from None
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


def _document(pair: Pair, found: Judged | Explained, min_confidence: float | None) -> dict[str, Any] | RequestError:
    """What a pair is told."""
    match found:
        case Judgement():
            return document_of(found, min_confidence=min_confidence)
        case Explained(judgement, explanation):
            document = document_of(judgement, min_confidence=min_confidence)
            return {**document, "explanation": explanation.document(pair)}
    return RequestError(500, UNCOMPUTED)


def _judgement(found: Judged | Explained) -> Judgement | None:
    judged = found.judgement if isinstance(found, Explained) else found
    return judged if isinstance(judged, Judgement) else None


def _holder(request: Request) -> str | None:
    """Whose key it came with; None where no keys are asked for."""
    holder: str | None = getattr(request.state, "key", None)
    return holder


def _number(text: str) -> int:
    """The number of a label in a path; raises RequestError 404 for what is none."""
    if not NUMBER.fullmatch(text) or int(text) > MOST_LABELS:
        raise RequestError(404, f"expected the number of a label, from 1 to {MOST_LABELS}, found another word")
    return int(text)


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)  # noqa: S101 - Starlette types every handler for any exception
    return error_response(error, request.state.request_id)


async def _refuse_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    known = {404: "no such path; /docs.json lists them", 405: "this path does not take this method"}
    refused = RequestError(error.status_code, known.get(error.status_code, error.detail))
    return error_response(refused, request.state.request_id, headers=error.headers)
