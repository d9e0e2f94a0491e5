"""An article as the reader gave it: a text or HTML file, or standard input, to the text that is analysed."""

import codecs
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from data.errors import BadInput

__all__ = ["MAX_BYTES", "Article", "page_text", "read_article", "read_text"]

MAX_BYTES = 20_000_000
"""Some three million words: longer than any article, and small enough to hold in memory several times over."""

STDIN = "-"
HTML_SUFFIXES = (".html", ".htm", ".xhtml")
# possessive, as the spans of comments can be divided in exponentially many ways
HTML_OPENING = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]*+>\s*+)?(?><!--.*?-->\s*+)*+<(?:!doctype\s++html|html)\b",
    re.IGNORECASE | re.DOTALL,
)

BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
DECLARED_WITHIN = 4096
"""Bytes. The standard asks for the first 1,024; programs that save pages write a comment before it."""

DECLARATION = re.compile(rb"""<(?:meta|\?xml)\b[^>]*?\b(?:charset|encoding)\s*=\s*["']?\s*([\w:.-]+)""", re.IGNORECASE)
ENCODING = re.compile(r"utf-8|windows-125[0-8]|iso-8859-(?:[2-9]|1[03-6])|macintosh")
AS_BROWSERS_READ = {
    "utf8": "utf-8",
    "utf-16": "utf-8",  # what declares this in ASCII is not in it
    "ascii": "windows-1252",  # has the curly marks, where the next four have control characters
    "us-ascii": "windows-1252",
    "latin1": "windows-1252",
    "iso-8859-1": "windows-1252",
}

EXTRACTION = Path(__file__).with_name("extraction.py")


class Article(NamedTuple):
    """The text that is analysed, whose code points offsets count, and whether it was found in an HTML page."""

    text: str
    from_page: bool


def read_article(path: str) -> Article:
    """The article in the file `path`, or on standard input where `path` is "-".

    Raises BadInput where there is no text, OSError where there is no such file.
    """
    try:
        content = _read(path)
        if path.lower().endswith(HTML_SUFFIXES) or HTML_OPENING.match(content):
            return Article(page_text(_decode_page(content)), from_page=True)
        text = _decode(content)
        if not text.strip():
            raise BadInput("expected an article, found no text")  # noqa: TRY301 - named like the others
    except BadInput as error:
        raise BadInput(f"{_name(path)}: {error}") from None
    return Article(text, from_page=False)


def read_text(path: str) -> str:
    """The file `path` (or standard input, "-") decoded as UTF-8; a byte order mark is no part of the text."""
    try:
        return _decode(_read(path))
    except BadInput as error:
        raise BadInput(f"{_name(path)}: {error}") from None


def page_text(page: str) -> str:
    """The article of an HTML page, from its source: a blank line between paragraphs, no navigation, no comments.

    Raises BadInput where it has no text, and within seconds where it cannot be read.
    """
    # -P, as the script's folder would otherwise come first on the path, and its http.py before Python's
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-P", str(EXTRACTION)], input=page.encode("utf-8", "replace"), capture_output=True, check=False
    )
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").splitlines() if done.returncode > 0 else []
        reason = lines[-1] if lines else "it takes too long"
        raise BadInput(f"the page cannot be read: {reason}; save the article as plain text")
    text = done.stdout.decode()
    if not text:
        raise BadInput("the page: expected an article, found no text")
    return text


def _name(path: str) -> str:
    return "standard input" if path == STDIN else path


def _read(path: str) -> bytes:
    if path == STDIN:
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        with Path(path).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise BadInput(f"expected at most {MAX_BYTES // 1_000_000} MB of text, found more; split it")
    return content


def _decode_page(content: bytes) -> str:
    """The source in the encoding that its byte order mark names, else the page itself, else UTF-8."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _decode(content, encoding=encoding, mark=mark)
    found = DECLARATION.search(content[:DECLARED_WITHIN])
    declared = found[1].decode("ascii", "replace").lower() if found else "utf-8"
    encoding = AS_BROWSERS_READ.get(declared, declared)
    if not ENCODING.fullmatch(encoding):
        raise BadInput(f"expected a page in UTF-8, found one in {declared}; save it in UTF-8")
    return _decode(content, encoding=encoding)


def _decode(content: bytes, *, encoding: str = "utf-8", mark: bytes = codecs.BOM_UTF8) -> str:
    if b"\0" in content and not encoding.startswith("utf-16"):
        raise BadInput(
            f"expected text in {encoding.upper()}, found a zero byte at byte {content.index(0)}: "
            "a binary file, or text in UTF-16; save it as plain text in UTF-8"
        )
    body = content.removeprefix(mark)
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        offset = error.start + len(content) - len(body)
        raise BadInput(
            f"expected text in {encoding.upper()}, found 0x{content[offset]:02x} at byte {offset}; "
            "save it as plain text in UTF-8"
        ) from None
