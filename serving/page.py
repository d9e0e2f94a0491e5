"""The page at `/` and its files: each read once, none beside those named here, nothing from anywhere else let in."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

__all__ = ["FILES", "INDEX", "POLICY", "is_page", "page", "page_files"]

WEB = Path(__file__).with_name("web")

INDEX = "index.html"

FILES = (
    "analysis.js",
    "app.js",
    "article.js",
    "cards.js",
    "codepoints.js",
    "compare.js",
    "dom.js",
    "example.js",
    "export.js",
    "files.js",
    "labels.js",
    "legend.js",
    "marks.css",
    "matrix.js",
    "panel.js",
    "parts.js",
    "read.js",
    "report.js",
    "run.js",
    "server.js",
    "sha256.js",
    "sources.js",
    "speakers.js",
    "stance.css",
    "study.js",
    "walk.js",
)
"""What the page is made of besides INDEX, served under PREFIX."""

PREFIX = "/page"

PATHS = frozenset({"/", *(f"{PREFIX}/{name}" for name in FILES)})

MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing inline, nothing from elsewhere, in nobody's frame: markup that slipped into the page would stay inert."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file's bytes and what a browser must know of them."""

    body: bytes
    media_type: str
    etag: str

    @classmethod
    def read(cls, name: str) -> "File":
        """The file of that name in the page's folder."""
        body = (WEB / name).read_bytes()
        return cls(body, MEDIA_TYPES[Path(name).suffix], f'"{hashlib.sha256(body).hexdigest()[:32]}"')


async def page(_: Request) -> Response:
    """GET /: the page itself, never kept by a browser, so that a new version shows at once."""
    return Response((WEB / INDEX).read_bytes(), media_type="text/html", headers=HEADERS)


def page_files() -> Mount:
    """The routes to the page's files; browsers keep them and ask whether they are still the same."""
    files = {name: File.read(name) for name in FILES}

    async def answer(request: Request) -> Response:
        file = files.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        headers = {**HEADERS, "Cache-Control": "no-cache", "ETag": file.etag}
        known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
        if file.etag in known:
            return Response(status_code=304, headers=headers)
        return Response(file.body, media_type=file.media_type, headers=headers)

    return Mount(PREFIX, routes=[Route("/{name}", answer, methods=["GET"])])


def is_page(path: str) -> bool:
    """Whether a path leads to the page, which holds nobody's text and is there to ask for the key."""
    return path in PATHS
