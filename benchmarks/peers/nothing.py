"""A server that answers every request at once with the same bytes: what the load generator itself can do."""

import asyncio
import sys

BODY = b'{"model": {}, "judgements": []}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY


class Nothing(asyncio.Protocol):
    """Takes whatever arrives for a whole request."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - create_server makes no other
        self._transport = transport

    def data_received(self, _: bytes) -> None:
        """See asyncio.Protocol."""
        self._transport.write(ANSWER)


async def serve(port: int) -> None:
    """Serve until the process ends."""
    server = await asyncio.get_running_loop().create_server(Nothing, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[2])))
