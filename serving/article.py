"""An article as the reader gave it: a text or HTML file, or standard input, to the text that is analysed."""

import codecs
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

from data.errors import BadInput

__all__ = ["MAX_BYTES", "read_article", "read_text"]

MAX_BYTES = 20_000_000
"""Some three million words: longer than any article, and small enough to hold in memory several times over."""

STDIN = "-"
HTML_SUFFIXES = (".html", ".htm", ".xhtml")
HTML_OPENING = re.compile(r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)

SCOPES = ("article", "main")
HIDDEN = re.compile(
    "aside|button|canvas|dialog|figcaption|footer|head|iframe|nav|noscript|object|script|select|style|svg"
    "|template|textarea|video"
)
BLOCK = re.compile(
    "address|article|blockquote|body|br|d[dlt]|div|figure|h[1-6]|header|hr|li|main|[ou]l|p|pre|section|table|t[dhr]"
)


def read_article(path: str) -> str:
    """The article in the file `path`, or on standard input where `path` is "-"; offsets count its code points.

    An HTML page gives the text of its <article>, else <main>, else the whole page, a blank line between paragraphs.
    Raises BadInput where there is no text, OSError where there is no such file.
    """
    text = read_text(path)
    name = _name(path)
    if path.lower().endswith(HTML_SUFFIXES) or HTML_OPENING.match(text):
        text = _visible(text)
        name = f"{name}: the page"
    if not text.strip():
        raise BadInput(f"{name}: expected an article, found no text")
    return text


def read_text(path: str) -> str:
    """The file `path` (or standard input, "-") decoded as UTF-8; a byte order mark is no part of the text."""
    if path == STDIN:
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        with Path(path).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise BadInput(f"{_name(path)}: expected at most {MAX_BYTES // 1_000_000} MB of text, found more; split it")
    if b"\0" in content:
        raise BadInput(
            f"{_name(path)}: expected text in UTF-8, found a zero byte at byte {content.index(0)}: "
            "a binary file, or text in UTF-16; save it as plain text in UTF-8"
        )
    body = content.removeprefix(codecs.BOM_UTF8)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        offset = error.start + len(content) - len(body)
        raise BadInput(
            f"{_name(path)}: expected text in UTF-8, found 0x{content[offset]:02x} at byte {offset}; "
            "save it as plain text in UTF-8"
        ) from None


def _name(path: str) -> str:
    return "standard input" if path == STDIN else path


def _visible(page: str) -> str:
    parser = _Page()
    parser.feed(page)
    parser.close()
    scope = next((scope for scope in SCOPES if parser.text[scope]), "")
    paragraphs = (" ".join(paragraph.split()) for paragraph in "".join(parser.text[scope]).split("\f"))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


class _Page(HTMLParser):
    """Collects what a browser would show, by scope; a form feed, which HTML counts as a space, ends a paragraph."""

    def __init__(self) -> None:
        super().__init__()
        self.text: dict[str, list[str]] = {scope: [] for scope in ("", *SCOPES)}
        self._depth = dict.fromkeys(("", *SCOPES), 0)
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - HTMLParser's own
        if HIDDEN.fullmatch(tag):
            self._hidden.append(tag)
        elif tag in self._depth:
            self._depth[tag] += 1
        if BLOCK.fullmatch(tag):
            self._add("\f")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            # an unclosed child ends with its parent
            del self._hidden[self._hidden.index(tag) :]
        elif self._depth.get(tag):
            self._depth[tag] -= 1
        if BLOCK.fullmatch(tag):
            self._add("\f")

    def handle_data(self, data: str) -> None:
        self._add(" ".join(data.split("\f")))

    def _add(self, text: str) -> None:
        if self._hidden:
            return
        for scope, texts in self.text.items():
            if not scope or self._depth[scope]:
                texts.append(text)
