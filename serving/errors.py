"""Everything that can go wrong with a request, and the one shape in which it is told."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from starlette.responses import JSONResponse

__all__ = ["TYPES", "RequestError", "error_document", "error_response", "invalid", "overloaded"]

TYPES: Mapping[int, str] = {
    400: "malformed_json",
    401: "unauthorized",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid_request",
    429: "overloaded",
    500: "internal_error",
    503: "not_ready",
    504: "deadline_exceeded",
}
"""The `type` of an error by its status."""

DETAILS_SHOWN = 20
"""A body may hold a million wrong fields; the first few show what is wrong."""

FIELD_SHOWN = 200
"""A field's name may be megabytes of the client's own text."""

MESSAGES: Mapping[str, str] = {
    "bool_type": "must be true or false",
    "extra_forbidden": "is unknown",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "literal_error": "must be {expected}",
    "missing": "is required",
    "model_type": "must be an object",
    "string_pattern_mismatch": "must hold more than white space",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must not be empty",
    "string_type": "must be a string",
    "string_unicode": "holds a lone surrogate, which is no character",
    "too_long": "must have at most {max_length} elements",
    "too_many_fields": "has {count} fields, far more than there are",
    "too_short": "must not be empty",
}
"""In the words of JSON and of the client, where pydantic's are Python's. Keys are pydantic's error types."""


class RequestError(Exception):
    """A request that gets an error for an answer."""

    def __init__(
        self, status: int, message: str, *, details: list[dict[str, str]] | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.details = details
        self.headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        if status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"


def invalid(error: ValidationError) -> RequestError:
    """What a schema has against a value, field by field; never with the value itself."""
    problems = error.errors(include_url=False, include_input=False)
    details = [
        {
            "field": _field(problem["loc"]),
            "message": MESSAGES.get(problem["type"], problem["msg"]).format(**problem.get("ctx", {})),
        }
        for problem in problems[:DETAILS_SHOWN]
    ]
    first = details[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return RequestError(422, f"{first['field']} {first['message']}{more}", details=details)


def overloaded(seconds: int) -> RequestError:
    """What is told where too much is waiting, which is likely to be done in `seconds`."""
    return RequestError(429, f"too much is waiting; come back in {seconds} s", retry_after=seconds)


def error_document(error: RequestError, request_id: str) -> dict[str, Any]:
    """The body of an error; also what stands in the place of one bad pair."""
    content: dict[str, Any] = {"type": TYPES[error.status], "message": error.message, "request_id": request_id}
    if error.details is not None:
        content["details"] = error.details
    return {"error": content}


def error_response(error: RequestError, request_id: str, *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer to a request that failed."""
    return JSONResponse(error_document(error, request_id), error.status, {**error.headers, **(headers or {})})


def _field(location: tuple[int | str, ...]) -> str:
    """("claims", 0) as `claims[0]`, in characters that can be sent."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")
    return path[:FIELD_SHOWN].encode("utf-8", "replace").decode() or "body"
