"""The outermost layer: nothing leaves without an id, a status, a count and a line in the log."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import getrandbits
from time import monotonic, perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.errors import RequestError, error_response
from serving.log import place
from serving.metrics import Metrics

__all__ = ["Edge"]

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

UNMATCHED = "unmatched"
"""The route of every request for a path that does not exist."""

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
"""Any other is the client's own text."""

PROBES = frozenset({"/livez", "/readyz", "/metrics"})
"""Asked every few seconds by machines: counted, and logged where refused."""

GONE = 499
"""The client closed the connection before it had its answer. Sent all the same: BentoML waits for some answer, else
for its own timeout, which is longer than the deadline, and does not end before."""

logger = logging.getLogger("stance.http")


@dataclass(slots=True)
class Traffic:
    """What came and went for one request."""

    route: str
    unread: bool
    status: int = 0
    bytes_in: int = 0
    bytes_out: int = 0


class Edge:
    """Gives each request an id and a deadline, turns what nobody caught into an answer, counts and logs.

    The deadline stands in the request's state, in time.monotonic's seconds. What a client that has gone asked for is
    cancelled. `guards`, the outermost first, stand inside, so that what they refuse is counted and logged too, and
    around whatever fails, so that also that answer gets their headers.

    The log has no text of a client's: not the path, and of an exception only its type and its place in our code.
    """

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, deadline_seconds: float, guards: Sequence[Middleware] = ()
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._deadline_seconds = deadline_seconds
        self._guarded: ASGIApp = self._rescue
        for guard in reversed(guards):
            self._guarded = guard.cls(self._guarded, *guard.args, **guard.kwargs)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = scope.setdefault("state", {})["request_id"] = _request_id(headers)
        scope["state"]["deadline"] = monotonic() + self._deadline_seconds
        started, traffic = perf_counter(), Traffic(route=_route(scope), unread=_has_body(headers))

        async def count() -> Message:
            message = await receive()
            traffic.bytes_in += len(message.get("body", b""))
            traffic.unread &= bool(message.get("more_body"))
            return message

        async def stamp(message: Message) -> None:
            if message["type"] == "http.response.start":
                traffic.status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Cache-Control", "no-store")
                if traffic.unread:  # else uvicorn reads on to its end, which may never come, and throws it away
                    headers["Connection"] = "close"
            traffic.bytes_out += len(message.get("body", b""))
            await send(message)

        await self._guarded(scope, count, stamp)
        self._tell(scope, traffic, perf_counter() - started)

    def _tell(self, scope: Scope, traffic: Traffic, seconds: float) -> None:
        """Count and log."""
        route, status = traffic.route, traffic.status
        self._metrics.record(route, status, seconds)
        fields = {
            "request_id": scope["state"]["request_id"],
            "method": scope["method"] if scope["method"] in METHODS else "other",
            "route": route,
            "status": status,
            "ms": round(1000 * seconds, 1),
            "bytes_in": traffic.bytes_in,
            "bytes_out": traffic.bytes_out,
            "key": scope["state"].get("key"),
        }
        level = logging.DEBUG if route in PROBES and status < 400 else logging.INFO
        logger.log(level, "request", extra={"fields": fields})

    async def _rescue(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, and answer where it did not."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        answer = await self._run(scope, receive, watched)
        if answer is not None and not begun:
            await answer(scope, receive, send)

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> Response | None:
        """Run the application; what to answer where it did not."""
        request_id = scope["state"]["request_id"]
        try:
            async with asyncio.timeout(self._deadline_seconds), _cancelled_when_gone(receive) as watched:
                await self._app(scope, watched, send)
        except TimeoutError:
            late = RequestError(504, f"not done within {self._deadline_seconds:g} seconds; ask for less at once")
            return error_response(late, request_id)
        except ClientDisconnect:
            return Response(status_code=GONE)
        except Exception as error:  # noqa: BLE001 - one request must never end the server or tell the client our insides
            fields = {"request_id": request_id, **place(error)}
            logger.error("unexpected", extra={"fields": fields})  # noqa: TRY400 - a traceback has the client's text
            ours = RequestError(500, "an error on our side; the server's log has it under this request_id")
            return error_response(ours, request_id)
        return None


@asynccontextmanager
async def _cancelled_when_gone(receive: Receive) -> AsyncIterator[Receive]:
    """`receive`, and from the end of the body on a watch: where the client goes, what runs inside ends.

    Then raises ClientDisconnect, as reading the body from such a client does.
    """
    task = asyncio.current_task()
    watch: asyncio.Task[None] | None = None
    gone = False

    async def wait_until_gone() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True
        if task:
            task.cancel()

    async def watched() -> Message:
        nonlocal watch
        message = await receive()
        if watch is None and message["type"] == "http.request" and not message.get("more_body"):
            watch = asyncio.create_task(wait_until_gone())
        return message

    try:
        yield watched
    except asyncio.CancelledError:
        if gone and task:
            task.uncancel()
            raise ClientDisconnect from None
        raise
    finally:
        if watch:
            watch.cancel()


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _route(scope: Scope) -> str:
    """The template of the route that the path leads to, also where the request was refused before it got there."""
    for route in scope["app"].routes if "app" in scope else ():
        if route.matches(scope)[0] is not Match.NONE:
            return str(route.path)
    return UNMATCHED


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else f"{getrandbits(128):032x}"
