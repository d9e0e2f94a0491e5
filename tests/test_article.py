"""An article reaches the analysis as the reader gave it, or is refused in words that help."""

import codecs
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from serving.article import MAX_BYTES, read_article, read_text

File = Callable[[bytes], str]

PAGE = """<!DOCTYPE html>
<html><head><title>A title</title><style>p { color: red }</style></head>
<body><nav><ul><li>Menu</li></ul></nav>
<article><header><h1>Oats &amp; barley</h1></header>
<p>“We never <b>sold</b> any,”
 said Ruiz.<script>document.write("<p>no</p>")</script></p><aside><p>Advertisement</p></aside><p>She left.<br>It rained.
</article><footer><p>Imprint</p></footer></body></html>
"""
PAGE_TEXT = "Oats & barley\n\n“We never sold any,” said Ruiz.\n\nShe left.\n\nIt rained."


@pytest.fixture
def file(tmp_path: Path) -> File:
    def write(content: bytes, name: str = "article.txt") -> str:
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    return write


@settings(deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_text_comes_back_as_it_was_written(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("article") / "article.txt"
    path.write_bytes(("article: " + text).encode())
    assert read_article(str(path)) == "article: " + text


def test_line_ends_stay_and_the_byte_order_mark_goes(file: File) -> None:
    assert read_article(file(codecs.BOM_UTF8 + b"one\r\ntwo\rthree\n")) == "one\r\ntwo\rthree\n"


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_invalid_utf_8_names_the_byte(file: File, mark: bytes) -> None:
    with pytest.raises(BadInput, match=rf"article\.txt: expected text in UTF-8, found 0xe9 at byte {len(mark) + 3};"):
        read_article(file(mark + "café".encode("latin-1")))


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "said".encode("utf-16")])
def test_a_binary_file_is_named_as_such(file: File, content: bytes) -> None:
    with pytest.raises(BadInput, match="a binary file, or text in UTF-16"):
        read_article(file(content))


@pytest.mark.parametrize("content", [b"", b" \r\n\t", codecs.BOM_UTF8, b"<html><script>x</script></html>"])
def test_an_article_without_text_is_refused(file: File, content: bytes) -> None:
    with pytest.raises(BadInput, match="expected an article, found no text"):
        read_article(file(content))


def test_the_bound_is_on_bytes_and_names_itself(file: File) -> None:
    assert len(read_text(file(b"a" * MAX_BYTES))) == MAX_BYTES
    with pytest.raises(BadInput, match="expected at most 20 MB of text, found more"):
        read_text(file(b"a" * (MAX_BYTES + 1)))


def test_a_page_gives_the_text_of_its_article(file: File) -> None:
    assert read_article(file(PAGE.encode())) == PAGE_TEXT


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<html><body><p>One.<p>Two.</body></html>", "One.\n\nTwo."),
        ("<html><main><p>In.</p></main><p>Out.</p></html>", "In."),
        ("<?xml version='1.0'?>\n<!-- note --> <html><p>&lt;script&gt; is text.</p></html>", "<script> is text."),
        ("<html><p>a<svg><title>no</title></svg>b<br/>c</p></html>", "ab\n\nc"),
        ("<html><p>Never closed <b>and cut off", "Never closed and cut off"),
    ],
)
def test_pages_of_all_kinds(file: File, page: str, text: str) -> None:
    assert read_article(file(page.encode())) == text


def test_an_html_file_is_known_by_its_ending_too(tmp_path: Path) -> None:
    path = tmp_path / "story.HTM"
    path.write_text("<p>He <i>denied</i> it.</p>", encoding="utf-8")
    assert read_article(str(path)) == "He denied it."


def test_plain_text_about_html_stays_as_it_is(file: File) -> None:
    assert read_article(file(b"He wrote <p>one</p> and <html>.")) == "He wrote <p>one</p> and <html>."
