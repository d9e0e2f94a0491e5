"""Who is let in: holders of a key; without keys whoever is on this machine; and pages of the origins that are named."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from data.errors import BadInput
from serving.errors import RequestError, error_response
from serving.keys import Keys, read_keys
from serving.page import is_page

__all__ = ["MENDED_SECONDS", "Access", "CrossOrigin", "KeyGuard", "LocalGuard", "is_loopback", "read_switch"]

ALIVE, READY = "/livez", "/readyz"
"""What an orchestrator asks, which has no key."""

BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
HOST = re.compile(r"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[^:\[\]]+))(?::\d+)?")
ORIGIN = re.compile(r"\*|https?://[^\s/?#@*]+")
SWITCH = {"": False, "0": False, "false": False, "no": False, "1": True, "true": True, "yes": True}

MENDED_SECONDS = 5
"""When to ask again where a file of the server's is broken: somebody is writing it, or has to."""

REMEDY = (
    "make a key with `stance keys add NAME --keys FILE` and start with STANCE_KEYS=FILE (--keys FILE), "
    "or let everybody in with STANCE_INSECURE=1 (--insecure)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may ask: with `keys` those who hold one, else this machine alone, or everybody where that is `insecure`.

    `origins` are those whose pages a browser lets ask.
    """

    keys: Path | None = None
    origins: tuple[str, ...] = ()
    insecure: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Access":
        """By STANCE_KEYS, STANCE_ALLOW_ORIGIN and STANCE_INSECURE; raises BadInput for what it cannot read."""
        keys, insecure = environment.get("STANCE_KEYS"), read_switch(environment, "STANCE_INSECURE")
        origins = tuple(environment.get("STANCE_ALLOW_ORIGIN", "").split())
        for origin in origins:
            if not ORIGIN.fullmatch(origin):
                raise BadInput(f"expected an origin such as https://example.org, without a path, found {origin}")
        return cls(keys=Path(keys).absolute() if keys else None, origins=origins, insecure=insecure)

    def check(self, host: str | None) -> None:
        """Raise BadInput where nobody could ask, or where listening on `host` would let in whoever comes."""
        if self.keys is not None:
            if not read_keys(self.keys):
                raise BadInput(
                    f"{self.keys}: expected keys, found none; add one with `stance keys add NAME --keys FILE`"
                )
        elif host is not None and not self.insecure and not is_loopback(host):
            raise BadInput(f"expected keys where other machines can ask, on {host}, found none; {REMEDY}")

    def guards(self) -> list[Middleware]:
        """What stands before the application, the outermost first; a preflight comes without a key."""
        guards = [Middleware(CrossOrigin, origins=self.origins)] if self.origins else []
        if self.keys is not None:
            guards.append(Middleware(KeyGuard, keys=Keys(self.keys)))
        elif not self.insecure:
            guards.append(Middleware(LocalGuard))
        return guards


class CrossOrigin(CORSMiddleware):
    """CORS without credentials: a key is sent by the page's own code, never by the browser on its own."""

    def __init__(self, app: ASGIApp, *, origins: tuple[str, ...]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=("DELETE", "GET", "POST"),
            allow_headers=("Authorization", "Content-Type", "X-Request-ID"),
            expose_headers=("X-Request-ID", "Retry-After"),
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """What is allowed, without a body: a browser goes by what is listed, and errors have another shape here."""
        response = super().preflight_response(request_headers)
        listed = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
        return Response(status_code=204, headers=listed)


class KeyGuard:
    """Lets in who sends `Authorization: Bearer KEY`, and says in the request's state whose key it was."""

    def __init__(self, app: ASGIApp, *, keys: Keys) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        refused = None
        if scope["type"] == "http" and scope["path"] != ALIVE and not is_page(scope["path"]):
            refused = self._admit(scope)
        await _answer(self._app, scope, receive, send, refused=refused)

    def _admit(self, scope: Scope) -> RequestError | None:
        given = BEARER.fullmatch(Headers(scope=scope).get("authorization", ""))
        try:
            holder = self._keys.holder(given[1] if given else "")
        except BadInput:
            return RequestError(503, "the server cannot read its keys; its log says why", retry_after=MENDED_SECONDS)
        if holder is None and scope["path"] != READY:
            found = "found one that is none of this server's" if given else "found none"
            return RequestError(401, f"expected a key, as Authorization: Bearer KEY, {found}")
        scope["state"]["key"] = holder
        return None


class LocalGuard:
    """Lets in who reached this machine by its loopback address, and asked for it by a name of its own.

    Whatever started the server may have bound it to any address without telling; a connection has its own. The name is
    for browsers: a foreign page whose name was made to lead here (DNS rebinding) sends that name as the host.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        refused = None
        open_to_all = scope["type"] != "http" or scope["path"] in {ALIVE, READY} or is_page(scope["path"])
        if not open_to_all and not _came_locally(scope):
            refused = RequestError(401, f"this server has no keys, so that it answers its own machine alone; {REMEDY}")
        await _answer(self._app, scope, receive, send, refused=refused)


def read_switch(environment: Mapping[str, str], name: str) -> bool:
    """Whether a variable says yes; unset it does not. Raises BadInput where it says neither."""
    switch = environment.get(name, "").lower()
    if switch not in SWITCH:
        raise BadInput(f"{name}: expected 1 or 0, found another word")
    return SWITCH[switch]


@lru_cache(maxsize=256)  # asked twice for each request
def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`, a name or an address."""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    if isinstance(address, IPv6Address) and address.ipv4_mapped:  # a server on :: sees 127.0.0.1 so
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


def _came_locally(scope: Scope) -> bool:
    server = scope.get("server")
    if server is None or (server[1] is not None and not is_loopback(server[0])):  # a Unix socket has no port
        return False
    asked = HOST.fullmatch(Headers(scope=scope).get("host", "localhost"))
    return asked is not None and is_loopback((asked["name"] or asked["address"]).lower())


async def _answer(app: ASGIApp, scope: Scope, receive: Receive, send: Send, *, refused: RequestError | None) -> None:
    answer = error_response(refused, scope["state"]["request_id"]) if refused else app
    await answer(scope, receive, send)
