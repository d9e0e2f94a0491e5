"""The text of an HTML page: source on standard input, paragraphs on standard output.

A process of its own, started by `serving/article.py`: a page may be made to cost minutes (100,000 attributes in one tag
take the parser minutes) or to kill the parser, and neither may happen to whoever asked.
"""

import re
import resource
import sys
from collections.abc import Iterator
from copy import copy
from typing import Any

from lxml import etree, html  # type: ignore[import-untyped] # ships no types
from trafilatura import bare_extraction
from trafilatura.settings import Document, use_config

__all__ = ["CPU_SECONDS", "extract", "main"]

CPU_SECONDS = 10
"""A page of 3,000 paragraphs and 1.2 MB takes 1.3 s, of which starting takes 0.3 s."""

MEMORY_BYTES = 2 * 1024**3
"""Seven times what the heaviest page took that ended in time."""

END = re.compile("</(?:body|html)[^>]*>", re.IGNORECASE)
"""The parser would drop what follows these, which browsers show."""

MARKS = (("“", "”"), ("‘", "’"))
OPENING_MARKS = ('"', "'", "“", "‘", "«", "„")

CONTROL = re.compile(
    r"[\0-\x08\x0e-\x1f\ufffe\uffff]|&#(?:0*(?:[1-8]|1[124-9]|2\d|3[01])|x0*(?:[1-8bcef]|1[\da-f]|fff[ef]));",
    re.IGNORECASE,
)
"""Characters that XML has no place for: trafilatura, which keeps its result in XML, gives up where it meets one."""

SPACE = re.compile(r"[\v\f]")
"""White space of HTML that is not XML's."""

INLINE = re.compile(
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|graphic|hi|i|img|ins|kbd|label|mark|ref|s|samp|small"
    "|span|strike|strong|sub|sup|time|tt|u|var|wbr"
)
"""The elements that end no paragraph: HTML's, and what trafilatura calls them in its result."""

BESIDE = "aside button footer head iframe nav noscript object script select style svg template textarea video"
"""The elements that are no part of the text where trafilatura finds none."""


def main() -> None:
    """Extract under limits that the system enforces; exits with 1 and a reason where the page cannot be read."""
    _limit(resource.RLIMIT_CPU, CPU_SECONDS)
    if sys.platform == "linux":  # elsewhere refused or ignored
        _limit(resource.RLIMIT_AS, MEMORY_BYTES)
    try:
        text = extract(sys.stdin.buffer.read().decode())
    except (MemoryError, ValueError) as error:
        sys.exit(str(error) or "too little memory")
    sys.stdout.buffer.write(text.encode())


def extract(page: str) -> str:
    """The page's text, a blank line between paragraphs and single spaces between words; "" where it has none.

    Raises ValueError where elements are nested deeper than the parser goes.
    """
    try:
        tree = _parse(page)
    except etree.ParserError:  # an empty document
        return ""
    _prepare(tree)
    settings = use_config()
    # a text below this, 250 characters by default, is taken for none: the whole page then, cut at every tag
    settings.set("DEFAULT", "MIN_EXTRACTED_SIZE", "0")
    found = bare_extraction(copy(tree), include_comments=False, config=settings)
    if isinstance(found, Document):
        return "\n\n".join(_paragraphs(found.body))
    # a bare list, a text with line breaks only
    etree.strip_elements(tree, *BESIDE.split(), with_tail=False)
    return "\n\n".join(_paragraphs(tree))


def _parse(page: str) -> Any:
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    source = SPACE.sub(" ", CONTROL.sub("", END.sub("", page)))
    tree = html.document_fromstring(source.encode(), parser=parser)
    if parser.error_log.filter_from_fatals():
        raise ValueError("elements are nested too deeply")
    return tree


def _prepare(tree: Any) -> None:
    """Leave the tree as trafilatura should see it."""
    for template in tree.xpath("//template[not(@shadowrootmode)]"):
        template.drop_tree()
    for cell in tree.iter("td", "th"):
        # it fills in what they span: 2,000 cells cost 96 s and 1.2 GB
        cell.attrib.pop("colspan", None)
        cell.attrib.pop("rowspan", None)
    for quotation in tree.iter("q"):
        _write_marks(quotation)
    etree.strip_tags(tree, "q")


def _write_marks(quotation: Any) -> None:
    """Put the marks around a <q> that a browser shows, unless its author wrote some too."""
    if quotation.text_content().lstrip().startswith(OPENING_MARKS):
        return
    opening, closing = MARKS[sum(1 for _ in quotation.iterancestors("q")) % 2]
    quotation.text = opening + (quotation.text or "")
    if len(quotation):
        quotation[-1].tail = (quotation[-1].tail or "") + closing
    else:
        quotation.text += closing


def _paragraphs(body: Any) -> Iterator[str]:
    paragraphs: list[list[str]] = [[]]
    for event, element in etree.iterwalk(body, events=("start", "end")):
        if not INLINE.fullmatch(element.tag):
            paragraphs.append([])
        paragraphs[-1].append((element.text if event == "start" else element.tail) or "")
    for parts in paragraphs:
        if words := "".join(parts).split():
            yield " ".join(words)


def _limit(kind: int, value: int) -> None:
    _, most = resource.getrlimit(kind)
    value = value if most == resource.RLIM_INFINITY else min(value, most)
    resource.setrlimit(kind, (value, value))


if __name__ == "__main__":
    main()
