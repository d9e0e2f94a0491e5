"""An article reaches the analysis as the reader gave it, or is refused in words that help."""

import codecs
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from serving.article import MAX_BYTES, Article, read_article, read_text

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
    assert read_article(str(path)) == Article("article: " + text, from_page=False)


def test_line_ends_stay_and_the_byte_order_mark_goes(file: File) -> None:
    assert read_article(file(codecs.BOM_UTF8 + b"one\r\ntwo\rthree\n")).text == "one\r\ntwo\rthree\n"


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
    assert read_article(file(PAGE.encode())) == Article(PAGE_TEXT, from_page=True)


@pytest.mark.parametrize("name", ["story.HTM", "story.html", "story.xhtml"])
def test_an_html_file_is_known_by_its_ending_too(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("<p>He <i>denied</i> it.</p>", encoding="utf-8")
    assert read_article(str(path)) == Article("He denied it.", from_page=True)


@pytest.mark.parametrize(
    "opening", ["<!doctype html>", "\ufeff <HTML lang=en>", "<?xml version='1.0'?>\n<!-- a --> <!-- b --><html>"]
)
def test_a_page_is_known_by_how_it_begins(file: File, opening: str) -> None:
    assert read_article(file(f"{opening}<p>He denied it.".encode())) == Article("He denied it.", from_page=True)


@pytest.mark.parametrize("text", ["He wrote <p>one</p> and <html>.", "<!---->" * 1_000 + "no page", "<htmlish>"])
def test_plain_text_about_html_stays_as_it_is(file: File, text: str) -> None:
    assert read_article(file(text.encode())) == Article(text, from_page=False)


QUOTE = "<p>“We’d never say ‘so’ – naïve,” he said.</p>"


@pytest.mark.parametrize(
    ("declaration", "encoding"),
    [
        ("", "utf-8"),
        ("<meta charset=windows-1252>", "windows-1252"),
        ('<META content="text/html; charset=Windows-1252" http-equiv=Content-Type>', "windows-1252"),
        ("<meta charset='iso-8859-1'>", "windows-1252"),  # what browsers make of it
        ('<meta charset="macintosh">', "macintosh"),
        ("<meta charset=utf-16>", "utf-8"),
        ("<meta charset=windows-1252>", "utf-8-sig"),  # the byte order mark comes first
        ("<meta charset=utf-8>", "utf-16"),
    ],
)
def test_a_page_is_decoded_as_it_says(tmp_path: Path, declaration: str, encoding: str) -> None:
    path = tmp_path / "story.html"
    path.write_bytes(f"<html><head>{declaration}</head><body>{QUOTE}</body></html>".encode(encoding))
    assert read_article(str(path)).text == "“We’d never say ‘so’ – naïve,” he said."


def test_an_xml_declaration_counts_too(file: File) -> None:
    page = f'<?xml version="1.0" encoding="windows-1252"?><html>{QUOTE}</html>'
    assert read_article(file(page.encode("windows-1252"))).text.startswith("“We’d")


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (b"<html><p>caf\xe9", r"article\.txt: expected text in UTF-8, found 0xe9 at byte 12"),
        (b"<html><meta charset=windows-1252><p>\x81", "expected text in WINDOWS-1252, found 0x81 at byte 36"),
        (b"<html><meta charset=rot13><p>x", "expected a page in UTF-8, found one in rot13"),
        (b"<html><meta charset=utf-7><p>x", "expected a page in UTF-8, found one in utf-7"),
        (b"<html><p>\0", "found a zero byte at byte 9"),
    ],
)
def test_a_page_that_cannot_be_decoded_is_refused(file: File, page: bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read_article(file(page))


@pytest.mark.parametrize(
    "page",
    [
        # minutes for the parser, so that this takes all the time that a page may have
        pytest.param(f"<html><p {' '.join(f'a{n}' for n in range(100_000))}>He said no.", marks=pytest.mark.slow),
        "<html>" + "<div>" * 100_000 + "He said no.",
        "<html><p>" + "<b>" * 100_000 + "He said no.",
    ],
    ids=["attributes", "nested", "unclosed"],
)
def test_a_hostile_page_is_refused_with_advice(file: File, page: str) -> None:
    with pytest.raises(BadInput, match=r"article\.txt: the page cannot be read: .*; save the article as plain text"):
        read_article(file(page.encode()))


@settings(max_examples=5)
@given(
    markup=st.lists(
        st.sampled_from(["<p>", "</p>", "<", ">", "&#1;", "“no”", "<q>", "<table>", "<td colspan=9>", "<!--"])
    )
)
def test_any_markup_has_a_text_or_a_refusal(markup: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text("".join(markup), encoding="utf-8")
    with suppress(BadInput):
        assert read_article(str(path)).text.strip()
