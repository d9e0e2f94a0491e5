"""Just enough HTTP/1.1 for a load generator that costs little: a request is bytes, an answer a status and its body."""

import asyncio
import json
from collections.abc import Callable
from typing import TypeAlias

__all__ = ["Answered", "Connection", "get", "post"]

BROKEN = 0
"""The status of a request whose connection ended before its answer."""

Answered: TypeAlias = "Callable[[Connection, int, bytes], None]"


def get(path: str) -> bytes:
    """A request for `path`."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def post(path: str, document: object) -> bytes:
    """A request that sends `document` as JSON."""
    body = json.dumps(document).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


class Connection(asyncio.Protocol):
    """One kept-alive connection with at most one request under way; `answered` is called at its end.

    `due` is when that request should have been sent, in the loop's seconds: waiting for a turn counts as waiting.
    """

    def __init__(self, answered: Answered) -> None:
        self.open = False
        self.due = 0.0
        self._answered = answered
        self._buffer = b""
        self._pending = False
        self._transport: asyncio.Transport | None = None

    def send(self, request: bytes, *, due: float) -> None:
        """Send `request`, the connection being open and idle."""
        assert self._transport  # noqa: S101 - set as soon as the connection is made
        self.due, self._pending = due, True
        self._transport.write(request)

    def close(self) -> None:
        """End the connection; a request under way is answered as BROKEN."""
        self.open = False
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - create_connection makes no other
        self._transport, self.open = transport, True

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._buffer += data
        head, blank, body = self._buffer.partition(b"\r\n\r\n")
        if not (blank and self._pending and _is_whole(head, body)):
            return
        self._buffer, self._pending = b"", False
        if b"connection: close" in head.lower():
            self.close()
        self._answered(self, int(head[9:12]), body)

    def connection_lost(self, _: Exception | None) -> None:
        """See asyncio.Protocol."""
        self.open = False
        if self._pending:
            self._pending = False
            self._answered(self, BROKEN, b"")


def _is_whole(head: bytes, body: bytes) -> bool:
    lower = head.lower()
    name = b"content-length:"
    start = lower.find(name)
    if start < 0:
        return body.endswith(b"0\r\n\r\n")  # chunked
    return len(body) >= int(lower[start + len(name) :].split(b"\r\n", 1)[0])
