"""The body of a request: only JSON, only so many bytes, counted while they arrive."""

import json
from typing import NoReturn

from starlette.requests import Request

from serving.errors import RequestError

__all__ = ["read_json"]


async def read_json(request: Request, *, at_most: int) -> object:
    """The JSON document that was sent; raises RequestError: 415, 413, or 400 where it is not JSON."""
    _require_json(request)
    return _parse(await _receive(request, at_most))


def _require_json(request: Request) -> None:
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() != "application/json" or charset not in {"", "utf-8"}:
        raise RequestError(415, "expected Content-Type: application/json in UTF-8")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise RequestError(415, "expected a body without Content-Encoding: compressed bodies are not taken")


async def _receive(request: Request, at_most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > at_most:
            raise RequestError(413, f"the body may have at most {at_most} bytes")
    return bytes(body)


def _parse(body: bytes) -> object:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse)  # text, as bytes may pass for UTF-16
    except json.JSONDecodeError as error:
        raise RequestError(400, f"malformed JSON: {error.msg}: line {error.lineno} column {error.colno}") from None
    except UnicodeDecodeError as error:
        raise RequestError(400, f"malformed JSON: byte {error.start} is not UTF-8") from None
    except RecursionError:
        raise RequestError(400, "malformed JSON: nested too deeply") from None
    except ValueError:  # a number of thousands of digits, NaN or Infinity
        raise RequestError(400, "malformed JSON: a number that cannot be read") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
