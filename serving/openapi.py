"""The OpenAPI document, made from the schemas that requests are read with and from the errors that are raised."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving.errors import RequestError, error_document
from serving.label_schemas import MOST_LABELS, LabelRequest, LabelResponse, LabelsResponse
from serving.limits import LIMITS
from serving.schemas import (
    EXAMPLE_ARTICLE,
    EXAMPLE_STATEMENT,
    AnalyzeRequest,
    AnalyzeResponse,
    ErrorResponse,
    InfoResponse,
    StanceRequest,
    StanceResponse,
)
from serving.systemone import SystemOneRequest, SystemOneResponse

__all__ = ["OPERATIONS", "Operation", "openapi_document"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing to ask for. `answer` is the schema of a JSON answer, or the media type of any other.

    `example` is a question and its answer, or the answer alone where nothing is asked. `done` is the status of an
    answer. A `public` one asks for no key; what is `about_labels` is there only where labels are taken.
    """

    method: str
    path: str
    summary: str
    answer: type[BaseModel] | str
    question: type[BaseModel] | None = None
    errors: tuple[int, ...] = (401, 500, 503)
    example: tuple[Any, ...] = ()
    done: int = 200
    public: bool = False
    about_labels: bool = False


ASKED = (400, 401, 413, 415, 422, 429, 500, 503, 504)
"""What can go wrong where something is computed."""

KEPT = (401, 429, 500, 503, 504)
"""What can go wrong where the label store is asked."""

MADE = "2026-11-22T17:34:26+00:00"
MODEL = {"name": "stance", "version": "f6c4ef8eabd6", "created": MADE, "data": "d7" * 32}
JUDGEMENT = {
    "stance": "denial",
    "probabilities": {"support": 0.03, "denial": 0.85, "hedge": 0.04, "unrelated": 0.08},
    "relevance": 0.92,
    "truncated": False,
}
CLAIM = "The ministry knew that the dam was unsafe."

OPERATIONS = (
    Operation(
        method="post",
        path="/v1/analyze",
        summary="Find the quoted statements of an article and judge each toward each claim",
        question=AnalyzeRequest,
        answer=AnalyzeResponse,
        errors=ASKED,
        example=(
            {"article": EXAMPLE_ARTICLE, "claims": [CLAIM]},
            {
                "model": MODEL,
                "claims": [CLAIM],
                "statements": [EXAMPLE_STATEMENT],
                "judgements": [JUDGEMENT | {"statement": 1, "claim": 0, "relevant": True}],
            },
        ),
    ),
    Operation(
        method="post",
        path="/v1/stance",
        summary="Judge statements toward claims",
        question=StanceRequest,
        answer=StanceResponse,
        errors=ASKED,
        example=(
            {
                "pairs": [
                    {
                        "claim": "The dam was safe to open.",
                        "statement": "The dam was never safe.",
                        "speaker": "engineer Ada Novak",
                        "cue": "said",
                    }
                ]
            },
            {"model": MODEL, "judgements": [JUDGEMENT]},
        ),
    ),
    Operation(
        method="post",
        path="/v1/systemone",
        summary="Answer choice questions of the System One protocol whose options are the labels",
        question=SystemOneRequest,
        answer=SystemOneResponse,
        errors=ASKED,
    ),
    Operation(
        method="post",
        path="/v1/labels",
        summary="Keep what a reader says of a pair; it is on the disk when this is answered",
        question=LabelRequest,
        answer=LabelResponse,
        errors=ASKED,
        example=(
            {
                "pair": {"claim": CLAIM, "statement": "that it knew", "speaker": "The ministry", "cue": "denied"},
                "stance": "denial",
                "annotator": "ana",
                "suggestion": "hedge",
            },
            {"id": 12, "total": 40, "new": 3},
        ),
        done=201,
        about_labels=True,
    ),
    Operation(
        method="get",
        path="/v1/labels",
        summary="How many labels there are, and how many of them the model cannot know",
        answer=LabelsResponse,
        errors=KEPT,
        example=({"total": 40, "new": 3, "since": MADE},),
        about_labels=True,
    ),
    Operation(
        method="delete",
        path="/v1/labels/{id}",
        summary="Take a label back; with a key only one's own",
        answer=LabelResponse,
        errors=(404, *KEPT),
        example=({"id": 13, "total": 39, "new": 2},),
        about_labels=True,
    ),
    Operation(method="get", path="/v1/info", summary="Which model is served, and on which terms", answer=InfoResponse),
    Operation(
        method="get",
        path="/livez",
        summary="Whether the process answers",
        answer="text/plain",
        errors=(500,),
        example=("ok\n",),
        public=True,
    ),
    Operation(
        method="get",
        path="/readyz",
        summary="Whether questions are answered",
        answer="text/plain",
        errors=(500, 503),
        example=("ok\n",),
        public=True,
    ),
    Operation(method="get", path="/metrics", summary="Prometheus metrics", answer="text/plain"),
    Operation(method="get", path="/docs.json", summary="This document", answer="application/json"),
    Operation(method="get", path="/", summary="The page", answer="text/html", errors=(500,), public=True),
)
"""Every operation there is."""

DESCRIPTION = """Given an article and claims, finds every quoted statement with its speaker and labels each support,
denial or hedge toward each claim. All errors have one shape, including 404 for any other path and 405 for any other
method. Every answer carries X-Request-ID: the request's own where it matches [A-Za-z0-9._-]{1,64}, else a new one."""

ERRORS = {
    400: ("Not JSON", "malformed JSON: Expecting value: line 1 column 1"),
    401: ("No key, or a wrong one", "expected a key, as Authorization: Bearer KEY, found none"),
    404: ("Nothing of that name", "expected the number of a label of yours that stands, found none"),
    413: ("Too many bytes", f"the body may have at most {LIMITS.body_bytes} bytes"),
    415: ("Not sent as JSON", "expected Content-Type: application/json in UTF-8"),
    422: ("Understood and wrong, field by field", "claims must not be empty"),
    429: ("Too much is waiting", "too much is waiting; come back in 3 s"),
    500: ("An error on the server's side", "an error on our side; the server's log has it under this request_id"),
    503: ("The keys, or the labels, cannot be read for now", "the server cannot read its keys; its log says why"),
    504: ("Past the deadline", f"not done within {LIMITS.deadline_seconds} seconds; ask for less at once"),
}
"""What each status means, and a message."""

HEADERS = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"const": "Bearer"}}},
    429: {"Retry-After": {"required": True, "schema": {"type": "integer", "minimum": 1}, "description": "Seconds."}},
}
HEADERS[503] = HEADERS[429]
REFERENCE = "#/components/schemas/{model}"
EVERY = {
    "X-Request-ID": {"required": True, "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}},
    "X-Content-Type-Options": {"required": True, "schema": {"const": "nosniff"}},
    "Cache-Control": {"required": True, "schema": {"const": "no-store"}},
}
NUMBER = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "integer", "minimum": 1, "maximum": MOST_LABELS},
    "example": 12,
}
KEY = {
    "type": "http",
    "scheme": "bearer",
    "description": "Where the server was started with keys, everything but the probes asks for one; where it was not, "
    "it answers its own machine alone.",
}


def openapi_document(operations: Sequence[Operation] = OPERATIONS) -> dict[str, Any]:
    """The document behind `/docs.json`: OpenAPI 3.1."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = _describe(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Stance", "version": "1", "description": DESCRIPTION},
        "paths": paths,
        "components": {"schemas": _schemas(operations), "securitySchemes": {"key": KEY}},
    }


def _describe(operation: Operation) -> dict[str, Any]:
    done = {"description": "Done", "headers": EVERY, "content": _content(operation.answer, *operation.example[-1:])}
    described: dict[str, Any] = {
        "operationId": "_".join([operation.method, *(re.findall(r"\w+", operation.path) or ["index"])]),
        "summary": operation.summary,
        "security": [] if operation.public else [{"key": []}, {}],
        "responses": {str(operation.done): done} | {str(status): _error(status) for status in operation.errors},
    }
    if operation.path.endswith("{id}"):
        described["parameters"] = [NUMBER]
    if operation.question is not None:
        described["requestBody"] = {"required": True, "content": _content(operation.question, *operation.example[:1])}
    return described


def _error(status: int) -> dict[str, Any]:
    description, message = ERRORS[status]
    details = [{"field": "claims", "message": "must not be empty"}] if status == 422 else None
    example = error_document(RequestError(status, message, details=details), "6f1c3a5be0d94f5c8e0d1c2b3a495867")
    return {
        "description": description,
        "headers": EVERY | HEADERS.get(status, {}),
        "content": _content(ErrorResponse, example),
    }


def _content(body: type[BaseModel] | str, *example: Any) -> dict[str, Any]:
    """What a body holds, with at most one example of it."""
    media = {"examples": {"one": {"value": example[0]}}} if example else {}
    if isinstance(body, str):
        return {body: media}
    return {"application/json": {"schema": {"$ref": REFERENCE.format(model=body.__name__)}, **media}}


def _schemas(operations: Sequence[Operation]) -> dict[str, Any]:
    used: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [(ErrorResponse, "serialization")]
    for operation in operations:
        if operation.question is not None:
            used.append((operation.question, "validation"))
        if not isinstance(operation.answer, str):
            used.append((operation.answer, "serialization"))
    _, definitions = models_json_schema(used, ref_template=REFERENCE)
    schemas: dict[str, Any] = definitions["$defs"]
    return schemas
