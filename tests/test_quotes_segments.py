"""Paragraphs and sentences: real layouts, hard stops, and properties over any text."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.quotes.segments import paragraphs, sentences

TEXTS = st.text() | st.text(alphabet="aB .!?…'\"“”’)\n\r\u2028\t。Mr5-")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One.\n\nTwo.\n\n\nThree.", ["One.", "Two.", "Three."]),
        ("One.\nTwo.\nThree.", ["One.", "Two.", "Three."]),
        ("One.\r\n\r\nTwo.\r\nThree.\rFour.", ["One.", "Two.\r\nThree.\rFour."]),
        ("\n \n  One. \t\n", ["One."]),
        ("One.\u2029Two.", ["One.", "Two."]),
        ("", []),
        (" \n\t\r\n", []),
    ],
)
def test_paragraphs_end_at_line_breaks(text: str, expected: list[str]) -> None:
    assert [paragraph.of(text) for paragraph in paragraphs(text)] == expected


def test_lines_wrapped_by_hand_are_one_paragraph() -> None:
    text = "The mayor said that the\nbridge would stay shut.\n\nShe gave no date."
    assert [paragraph.of(text) for paragraph in paragraphs(text)] == [text[:47], text[49:]]


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
        "He left the U.S.| The senate stayed.",
        "She spoke at 9 a.m.| They left at noon.",
        "It cost $3.5 million.| Nobody paid.",
        "“We won’t go.”| He sat down.",
        '"Why?" he asked.| "Because."',
        "He waited … and left.| Then he came back…| Nobody saw him.",
        "I . . . forgot.| So did she.",
        "RIGA, Dec. 8 (Wire) — The talks failed.| No. 5 is closed.",
        "She said no.| Critics fell ill.| Doctors saw Art. 5 and Co. Vance vs. Holt.",
        "(He denied it.)| [She did not.]| Both left!",
        "他说不。|她说好。”|完",
        "No end",
    ],
)
def test_sentences(marked: str) -> None:
    text = marked.replace("|", "")
    (paragraph,) = paragraphs(text)
    wanted = [sentence.strip() for sentence in marked.split("|")]
    assert [sentence.of(text) for sentence in sentences(text, paragraph)] == wanted


@given(TEXTS)
def test_paragraphs_lose_only_white_space(text: str) -> None:
    spans = paragraphs(text)
    covered = "".join(span.of(text) for span in spans)
    assert "".join(covered.split()) == "".join(text.split())
    assert all(span.of(text) == span.of(text).strip() != "" for span in spans)


@given(TEXTS)
def test_sentences_lose_only_white_space(text: str) -> None:
    for paragraph in paragraphs(text):
        spans = sentences(text, paragraph)
        assert spans[0].start == paragraph.start
        assert spans[-1].end == paragraph.end
        for before, after in pairwise(spans):
            assert before.end <= after.start
            assert not text[before.end : after.start].strip()


@pytest.mark.parametrize("unit", ["a", ".", ". ", "a.", "Mr. ", '"', "a\n", "\n", "… ", "(", "a. ”"])
def test_long_runs_of_anything_are_read_in_one_pass(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    spans = [sentence for paragraph in paragraphs(text) for sentence in sentences(text, paragraph)]
    assert "".join("".join(span.of(text) for span in spans).split()) == "".join(text.split())
