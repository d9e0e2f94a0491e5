"""The text of a page is that of its article, paragraph by paragraph, with every quotation mark in its place."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.extraction import extract

ROOT = Path(__file__).parent.parent

TEXTS = [
    "“We had the survey in March,” Edwin Tarrant told the council on Monday. “We knew that the wall was cracked.”",
    "Lena Osei, his spokeswoman, said on Tuesday that Mr Tarrant had been tired and had thought of the old east pier.",
    "The engineer who led the survey remembers it otherwise. It described a crack two fingers wide, Marta Quill said.",
    "Corwin Hale, who chairs the port, dismissed the suggestion. ‘That is a fairy tale from start to end,’ he said.",
]
NAVIGATION = "<nav><ul><li><a href=/>Home</a></li><li><a href=/sport>Sport</a></li></ul></nav>"
FOOTER = "<footer><p>© The Harbour Post. Write to the desk for corrections.</p></footer>"
COMMENTS = (
    "<section id=comments class=comments><div class=comment><p>“Rubbish,” said Bob of the pier.</p></div></section>"
)


def page(body: str) -> str:
    return f"<!doctype html><html><head><title>T</title></head><body>{NAVIGATION}{body}{COMMENTS}{FOOTER}</body></html>"


def paragraphs(texts: list[str]) -> str:
    return "".join(f"<p>{text}</p>\n" for text in texts)


@pytest.mark.parametrize(
    "body",
    [
        "<article><h1>Wall</h1>{p}</article>",
        "<main><h1>Wall</h1>{p}</main>",
        "<div class=story><h1>Wall</h1><div>{p}</div></div>",
        "<article><h1>Wall</h1><div>{br}</div></article>",
        "<article><h1>Wall</h1><p>{br}</p></article>",
        "<div class=story><h1>Wall</h1>{div}</div>",
        "<article><h1>Wall</h1>{p}<script>document.write('<p>no</p>')</script><style>p {{}}</style></article>",
        "<article><h1>Wall</h1>{p}<figure><img src=a><figcaption>A wall. Photo: Ann</figcaption></figure></article>",
        "<article><h1>Wall</h1>{p}<aside><ul><li><a href=/1>Ten facts about harbours</a></li></ul></aside></article>",
        "<article><h1>Wall</h1><template><p>Not shown.</p></template>{p}</article>",
        "<article><h1>Wall</h1>{p}</article></body></html><p class=ad></p>",
    ],
)
def test_an_article_comes_out_whole_and_alone(body: str) -> None:
    filled = body.format(
        p=paragraphs(TEXTS), br="<br><br>\n".join(TEXTS), div="".join(f"<div>{text}</div>" for text in TEXTS)
    )
    assert extract(page(filled)).split("\n\n") == ["Wall", *TEXTS]


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<blockquote><p>First line.</p><p>Second line.</p></blockquote>", ["First line.", "Second line."]),
        ("<blockquote>“Never,” he said.</blockquote>", ["“Never,” he said."]),
        ("<ul><li>Ana: “We <b>never</b> paid.”</li><li>Ben: “Nor <a href=/x>we</a>.”</li></ul>",
         ["Ana: “We never paid.”", "Ben: “Nor we.”"]),
        ("<blockquote class=tweet><p>It is fine. 😀</p>&mdash; Corwin Hale (@hale) <a href=x>March 3</a></blockquote>",
         ["It is fine. 😀", "— Corwin Hale (@hale) March 3"]),
        ("<p>“It is <em>not</em> so,” <a href=/r>Ana</a><span> said</span>.</p>", ["“It is not so,” Ana said."]),
        ("<p>&ldquo;Caf&eacute;&rdquo; &amp; &#8216;x&#8217;&nbsp;&hellip; &#147;old&#148; &lt;b&gt;</p>",
         ["“Café” & ‘x’ … “old” <b>"]),
        ("<p>She said <q>we <q>never</q> <i>knew</i></q> and <q>“own marks”</q>.</p>",
         ["She said “we ‘never’ knew” and “own marks”."]),
        ("<p>“No.”</p><p>“No.”</p>", ["“No.”", "“No.”"]),
        ("<h2>‘A fairy tale’</h2><p>He left.</p>", ["‘A fairy tale’", "He left."]),
        ("<p>One.<br>Two.</p>", ["One.", "Two."]),
        ("<p>a\fb c\x1fd&#1;e&#x1F;\0</p>", ["a b cde"]),
        ("<table><tr><td colspan=1000 rowspan=1000>Hale</td><td>“No.”</td></tr></table>", ["Hale", "“No.”"]),
    ],
)  # fmt: skip
def test_what_stands_between_paragraphs(inside: str, expected: list[str]) -> None:
    found = extract(page(f"<article><h1>Wall</h1>{paragraphs(TEXTS[:2])}{inside}{paragraphs(TEXTS[2:])}</article>"))
    assert found.split("\n\n") == ["Wall", *TEXTS[:2], *expected, *TEXTS[2:]]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>He <i>denied</i> it.</p>", "He denied it."),
        ("<html><body><p>One.<p>Two.</body></html>", "One.\n\nTwo."),
        ("<html><main><p>In.</p></main><footer><p>Out.</p></footer></html>", "In."),
        ("<?xml version='1.0'?>\n<!-- note --> <html><p>&lt;script&gt; is text.</p></html>", "<script> is text."),
        ("<html><p>Never closed <b>and cut off", "Never closed and cut off"),
        ("<ul><li>Ana: “No.”<li>Ben: “Yes.”</ul>", "Ana: “No.”\n\nBen: “Yes.”"),
        ("<body><section>He denied it.<br>She left.</section></body>", "He denied it.\n\nShe left."),
        ("Only words", "Only words"),
        ("<p>One.</p></body></html><html><body><p>Two.", "One.\n\nTwo."),
    ],
)
def test_pages_of_all_kinds(source: str, text: str) -> None:
    assert extract(source) == text


@pytest.mark.parametrize("source", ["", " ", "<!-- x -->", "<title>t</title>", "<script>x</script>"])
def test_a_page_without_text_has_none(source: str) -> None:
    assert extract(source) == ""


def test_depth_is_refused_and_never_cut() -> None:
    deep = 1_000
    assert extract("<div>" * deep + "<p>He said no." + "</div>" * deep + "<p>She left.") == "He said no.\n\nShe left."
    with pytest.raises(ValueError, match="nested too deeply"):
        extract("<div>" * 10_000 + "He said no.")


@settings(max_examples=100)
@given(source=st.text(st.characters(exclude_categories=["Cs"])) | st.text("<>/&;!-pbq“\"' =\n\0"))
def test_any_string_has_a_text_in_paragraphs(source: str) -> None:
    for paragraph in extract(source).split("\n\n"):
        assert paragraph == " ".join(paragraph.split())


WATCHED = """
import sys
def refuse(event, _):
    if event.startswith(("socket.", "urllib.", "subprocess.", "os.system")):
        raise RuntimeError(event)
from serving.extraction import extract
sys.addaudithook(refuse)
link = "<!DOCTYPE html SYSTEM 'http://192.0.2.1/x.dtd'><html><head><base href=http://192.0.2.1/></head>"
print(extract(link + "<img src=http://192.0.2.1/x.jpg><p>He <a href=http://192.0.2.1/>said</a> no.</p>"))
"""


def test_nothing_is_fetched() -> None:
    done = subprocess.run([sys.executable, "-c", WATCHED], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "He said no.\n"), done.stderr
