"""Paragraphs and sentences: real layouts, hard stops, and properties over any text."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.quotes.segments import paragraphs, sentences

INVISIBLE = "\u00ad\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
LETTERS = "aB .!?…'\"“”’)\n\r\u2028\u2029\t\u00a0\u200b\u200f\ufeff\u0301。Mr5-"
PIECES = [
    "The mayor said that the bridge",
    "Mr. Ruiz",
    "said",
    "“We go.”",
    "\n",
    "\r\n",
    "\n\n",
    " ",
    ".",
    ".The",
    "- a",
]
TEXTS = st.text() | st.text(alphabet=LETTERS) | st.lists(st.sampled_from(PIECES), max_size=20).map("".join)

WRAPPED = """RAIL LINK DELAYED AGAIN
By Ann Ruiz

The new rail link to Norfield will not open until the
spring, the operator said on Monday. Mr. Holt blamed
Vance Co. for the delay, and told the U.S.
President as much at 5 p.m. on Monday.

“We are sorry about that, and sorry for all of you.
We had no choice,” said Holt."""


def visible(text: str) -> str:
    return "".join(letter for letter in text if not letter.isspace() and letter not in INVISIBLE)


def parts(text: str) -> list[str]:
    return [paragraph.of(text) for paragraph in paragraphs(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One.\n\nTwo.\n\n\nThree.", ["One.", "Two.", "Three."]),
        ("One.\nTwo.\nThree.", ["One.", "Two.", "Three."]),
        ("One.\r\n\r\nTwo.\r\nThree.\rFour.", ["One.", "Two.", "Three.", "Four."]),
        ("\n \n  One. \t\n", ["One."]),
        ("One.\u2029Two.\u2028Three.\x85Four.\fFive.", ["One.", "Two.", "Three.", "Four.", "Five."]),
        ("\ufeffOne.\u200b\n\u200b\n\u00a0\u200fTwo.\u202f\u200e", ["One.", "Two."]),
        (
            "Ferry sinks at Norfield\nBy Ann Ruiz\nThe ferry sank.",
            ["Ferry sinks at Norfield", "By Ann Ruiz", "The ferry sank."],
        ),
        ("Bring:\n- a coat\n• two pens\nbread\nsalt", ["Bring:", "- a coat", "• two pens", "bread", "salt"]),
        ("", []),
        (" \n\t\r\n\ufeff\u200b", []),
    ],
)
def test_paragraphs_end_at_line_breaks(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\u2028"])
def test_lines_wrapped_by_hand_are_one_paragraph(line_end: str) -> None:
    found = [" ".join(part.split()) for part in parts(WRAPPED.replace("\n", line_end))]
    assert [part[:12] for part in found] == ["RAIL LINK DE", "By Ann Ruiz", "The new rail", "“We are sorr"]
    assert found[2].endswith(
        "until the spring, the operator said on Monday. Mr. Holt blamed Vance Co. for the delay, "
        "and told the U.S. President as much at 5 p.m. on Monday."
    )


def test_wrapped_lines_without_blank_lines_part_at_the_short_ones() -> None:
    body = WRAPPED[WRAPPED.index("The new") :].replace("\n\n", "\n")
    assert [part[:7] for part in parts(body)] == ["The new", "“We are"]


def test_an_indent_begins_a_paragraph_of_wrapped_lines() -> None:
    text = "The mayor said on Monday evening that the\nbridge would stay shut until the new year.\n  Holt gave no date."
    assert [part[:4] for part in parts(text)] == ["The ", "Holt"]


def test_blank_lines_within_a_sentence_are_no_end() -> None:
    text = (
        "Mayor Ann Ruiz said in an interview at the\n\nharbour that she would not open the Norfield\n\n"
        "Bridge before the spring.\n\nHolt agreed."
    )
    assert parts(text) == [text[:-14], "Holt agreed."]


def test_breaks_that_a_scraper_lost_are_found() -> None:
    text = (
        "The bridge is shut.Nobody knows why.“We go,” she said.The mayor left for St.Paul with J.K.Holt of L.A. "
        "See www.example.org/The.Page and report.The or Node.Js, 3.The rest of Holt.Ruiz is fine."
    )
    assert parts(text)[:3] == ["The bridge is shut.", "Nobody knows why.", "“We go,” she said."]
    assert parts(text)[3].startswith("The mayor left for St.Paul with J.K.Holt of L.A. See www.example.org/The.Page")


def test_long_lines_are_paragraphs_even_beside_blank_lines() -> None:
    line = (
        "The mayor said on Tuesday that the old bridge would stay shut until engineers had looked at each of its piers."
    )
    assert len(paragraphs(f"{line}\n{line}\n\nShe gave no date.")) == 3


@pytest.mark.parametrize(
    "marked",
    [
        "Mr. Ruiz met Sen. Ann B. Holt in St. Paul.| They agreed.",
        "The U.S. Senate knows it, Vance Co. Ltd. knows it.| Nobody else does.",
        "The U.S. President and J. R. Holt met.| It rained.",
        "He left the U.S.| The senate stayed.",
        "She spoke at 9 a.m.| They left at noon.",
        "It begins at 5 p.m. Monday and ends at 6 a.m. Tuesday.| Nobody knows why.",
        "It cost $3.5 million.| Nobody paid.",
        "Shares fell to 1.35.| Holt lost 2.5 percent.| Version 2.0.| Done.",
        "It weighed 55 lbs. (25 kg) at birth.| It lived.",
        "“We won’t go.”| He sat down.",
        '"Why?" he asked.| "Because."',
        "“Why?” Mayor Ann Ruiz asked.| “Because!” Mr. Holt said, and left.",
        "“Why?”| Then Ruiz said he was ill.| “No!”| Holt said that he was not.",
        "He left.| (She stayed.)",
        "He waited … and left.| Then he came back…| Nobody saw him.",
        "I . . . forgot.| So did she.",
        "“We go.| We stay.”| [He laughed.]| “We … sleep!”",
        "RIGA, Dec. 8 (Wire) — The talks failed.| No. 5 is closed.",
        "She said no.| Critics fell ill.| Doctors saw Art. 5 and Co. Vance vs. Holt.",
        "Write to ann.ruiz@mail.example.org or see www.example.org.| It is free.| Visit example.com/a.b?c!| Do.",
        "1. First the coat.| 2. Then the pens.| (C. And bread.)| Q. Why?| A. He said so.",
        "(He denied it.)| [She did not.]| Both left!",
        "It is shut.\u00a0|Nobody knows.\u202f|Dr.\u00a0Ruiz left.|\u200b So did Mr.\u200e Holt.\u200f”| Fine.",
        "😀 Great!| 😀 She left 🚢.| Cafe\u0301.| E\u0301. Holt ate.",
        "他说不。|她说好。”|完",
        "No end",
    ],
)
def test_sentences(marked: str) -> None:
    text = marked.replace("|", "")
    (paragraph,) = paragraphs(text)
    wanted = [sentence.strip(" \u00a0\u202f\u200b") for sentence in marked.split("|")]
    assert [sentence.of(text) for sentence in sentences(text, paragraph)] == wanted


@given(TEXTS)
def test_paragraphs_lose_only_what_cannot_be_seen(text: str) -> None:
    spans = paragraphs(text)
    assert visible("".join(span.of(text) for span in spans)) == visible(text)
    for before, after in pairwise(spans):
        assert before.end <= after.start
    for span in spans:
        assert visible(text[span.start]) == text[span.start]
        assert visible(text[span.end - 1]) == text[span.end - 1]


@given(TEXTS)
def test_sentences_lose_only_what_cannot_be_seen(text: str) -> None:
    for paragraph in paragraphs(text):
        spans = sentences(text, paragraph)
        assert spans[0].start == paragraph.start
        assert spans[-1].end == paragraph.end
        for before, after in pairwise(spans):
            assert before.end <= after.start
            assert not visible(text[before.end : after.start])


@given(TEXTS, TEXTS)
def test_text_after_a_full_stop_and_a_blank_line_changes_nothing(before: str, after: str) -> None:
    text = f"{before}\n\nDone.\n\n"
    spans = paragraphs(text)
    assert paragraphs(text + after)[: len(spans)] == spans


@given(TEXTS.filter(lambda text: "\r" not in text))
def test_line_ends_of_windows_and_of_old_macs_change_nothing(text: str) -> None:
    for line_end in ("\r\n", "\r"):
        found = parts(text.replace("\n", line_end))
        assert [part.replace(line_end, "\n") for part in found] == parts(text)


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        ".",
        ". ",
        "a.",
        "Mr. ",
        '"',
        "a\n",
        "\n",
        "… ",
        "(",
        "a. ”",
        "aaa.Aa",
        "aaa.A ",
        "A\n\n",
        "a\u0301",
        "\u200b\n",
    ],
)
def test_long_runs_of_anything_are_read_in_one_pass(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    spans = [sentence for paragraph in paragraphs(text) for sentence in sentences(text, paragraph)]
    assert visible("".join(span.of(text) for span in spans)) == visible(text)
