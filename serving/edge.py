"""The outermost layer: nothing leaves without an id, a status, a count and a line in the log."""

import asyncio
import logging
import re
import traceback
from time import perf_counter
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.errors import RequestError, error_response
from serving.metrics import Metrics

__all__ = ["Edge"]

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

UNMATCHED = "unmatched"
"""The route of every request for a path that does not exist."""

PROBES = frozenset({"/livez", "/readyz", "/metrics"})
"""Asked every few seconds by machines: counted, not logged."""

GONE = 499
"""Counted, never sent: the client closed the connection before its request had arrived."""

logger = logging.getLogger("stance.http")


class Edge:
    """Gives each request an id and a deadline, turns what nobody caught into an answer, counts and logs.

    The log has no text of a client's: not the path, and of an exception only its type and its place in our code.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics, deadline_seconds: float) -> None:
        self._app = app
        self._metrics = metrics
        self._deadline_seconds = deadline_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope.setdefault("state", {})["request_id"] = _request_id(Headers(scope=scope))
        started, status = perf_counter(), 0

        async def stamp(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        failure = await self._guard(scope, receive, stamp)
        if failure is not None and status == 0:
            await error_response(failure, request_id)(scope, receive, stamp)
        seconds = perf_counter() - started
        route = getattr(scope.get("route"), "path", UNMATCHED)
        self._metrics.record(route, status or GONE, seconds)
        level = logging.DEBUG if route in PROBES else logging.INFO
        logger.log(level, "%s %d %.1f ms request_id=%s", route, status or GONE, 1000 * seconds, request_id)

    async def _guard(self, scope: Scope, receive: Receive, send: Send) -> RequestError | None:
        """Run the application; what to answer where it did not."""
        try:
            async with asyncio.timeout(self._deadline_seconds):
                await self._app(scope, receive, send)
        except TimeoutError:
            return RequestError(504, f"not done within {self._deadline_seconds:g} seconds; ask for less at once")
        except ClientDisconnect:
            return None
        except Exception as error:  # noqa: BLE001 - one request must never end the server or tell the client our insides
            place = "".join(traceback.format_tb(error.__traceback__))
            logger.error("%s request_id=%s\n%s", type(error).__name__, scope["state"]["request_id"], place)  # noqa: TRY400
            return RequestError(500, "an error on our side; the server's log has it under this request_id")
        return None


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else uuid4().hex
