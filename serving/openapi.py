"""The OpenAPI document, made from the schemas that requests are read with and from the errors that are raised."""

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving.errors import TYPES
from serving.schemas import (
    AnalyzeRequest,
    AnalyzeResponse,
    ErrorResponse,
    InfoResponse,
    StanceRequest,
    StanceResponse,
)

__all__ = ["OPERATIONS", "Operation", "openapi_document"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing to ask for. `answer` is the schema of a JSON answer, or the media type of any other."""

    method: str
    path: str
    summary: str
    answer: type[BaseModel] | str
    question: type[BaseModel] | None = None
    errors: tuple[int, ...] = field(default=(500,))


ASKED = (400, 413, 415, 422, 429, 500, 504)
"""What can go wrong where something is computed."""

OPERATIONS = (
    Operation(
        method="post",
        path="/v1/analyze",
        summary="Find the quoted statements of an article and judge each toward each claim",
        question=AnalyzeRequest,
        answer=AnalyzeResponse,
        errors=ASKED,
    ),
    Operation(
        method="post",
        path="/v1/stance",
        summary="Judge statements toward claims",
        question=StanceRequest,
        answer=StanceResponse,
        errors=ASKED,
    ),
    Operation(method="get", path="/v1/info", summary="Which model is served, and on which terms", answer=InfoResponse),
    Operation(method="get", path="/livez", summary="Whether the process answers", answer="text/plain"),
    Operation(method="get", path="/readyz", summary="Whether the models are loaded", answer="text/plain"),
    Operation(method="get", path="/metrics", summary="Prometheus metrics", answer="text/plain"),
    Operation(method="get", path="/docs.json", summary="This document", answer="application/json"),
    Operation(method="get", path="/", summary="What this is", answer="text/html"),
)
"""Every operation there is."""

DESCRIPTION = """Given an article and claims, finds every quoted statement with its speaker and labels each support,
denial or hedge toward each claim. All errors have one shape, including 404 for any other path and 405 for any other
method. Every answer carries X-Request-ID: the request's own where it matches [A-Za-z0-9._-]{1,64}, else a new one."""

REFERENCE = "#/components/schemas/{model}"
REQUEST_ID = {"X-Request-ID": {"required": True, "schema": {"type": "string"}}}
RETRY_AFTER = {"Retry-After": {"required": True, "schema": {"type": "integer"}, "description": "Seconds."}}


def openapi_document() -> dict[str, Any]:
    """The document behind `/docs.json`: OpenAPI 3.1."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _describe(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Stance", "version": "1", "description": DESCRIPTION},
        "paths": paths,
        "components": {"schemas": _schemas()},
    }


def _describe(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": f"{operation.method}_{operation.path.strip('/').replace('/', '_').replace('.', '_') or 'index'}",
        "summary": operation.summary,
        "responses": {"200": {"description": "Done.", "headers": REQUEST_ID, "content": _content(operation.answer)}}
        | {str(status): _error(status) for status in operation.errors},
    }
    if operation.question is not None:
        described["requestBody"] = {"required": True, "content": _content(operation.question)}
    return described


def _error(status: int) -> dict[str, Any]:
    headers = REQUEST_ID | RETRY_AFTER if status == 429 else REQUEST_ID
    return {"description": TYPES[status], "headers": headers, "content": _content(ErrorResponse)}


def _content(body: type[BaseModel] | str) -> dict[str, Any]:
    if isinstance(body, str):
        return {body: {}}
    return {"application/json": {"schema": {"$ref": REFERENCE.format(model=body.__name__)}}}


def _schemas() -> dict[str, Any]:
    used: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [(ErrorResponse, "serialization")]
    for operation in OPERATIONS:
        if operation.question is not None:
            used.append((operation.question, "validation"))
        if not isinstance(operation.answer, str):
            used.append((operation.answer, "serialization"))
    _, definitions = models_json_schema(used, ref_template=REFERENCE)
    schemas: dict[str, Any] = definitions["$defs"]
    return schemas
