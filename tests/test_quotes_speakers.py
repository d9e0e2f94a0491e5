"""Names of speakers, on invented articles: full names kept for later, and no name where none is sure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.records import Span
from model.quotes.segments import paragraphs, sentences
from model.quotes.speakers import Names

ARTICLE = (
    "Kremlin spokesman Dmitry Orlov met Sen. Ann B. Holt, a Democrat, in Norfield. Physicist Mara Quist was there. "
    "Foreign visitors greeted the Secretary of State Paul Lind. "
    "Governor Lena Voss and her brother Tom Voss stayed at home, as the physicist did. The House was shut. "
    "Police watched the White House and police saw a Republican and many Republicans near Karl Brandt Jr. on Monday."
)


def name_in(article: str, source: str) -> str | None:
    """The name of a speaker that a last sentence brings in."""
    text = f"{article}\n\nIt ended there, {source} said."
    start = len(text) - len(f"{source} said.")
    parts = [sentence for paragraph in paragraphs(text) for sentence in sentences(text, paragraph)]
    return Names(text, parts).of(Span(start, start + len(source)))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("Orlov", "Dmitry Orlov"),
        ("Mr. Orlov", "Dmitry Orlov"),
        ("Orlov’s", "Dmitry Orlov"),
        ("Mr. Orlov, who had come late,", "Dmitry Orlov"),
        ("Ann Holt", "Ann B. Holt"),
        ("Senator Holt (D)", "Ann B. Holt"),
        ("Quist", "Mara Quist"),
        ("Mr. Brandt", "Karl Brandt Jr."),
        ("Police Chief Jon van der Meer", "Jon van der Meer"),
        ("Darrell Pratt, vice president of the union,", "Darrell Pratt"),
        ("Secretary of State Paul Lind", "Paul Lind"),
        ("Lind", "Paul Lind"),
        ("Mary White", "Mary White"),
        ("Norfield’s mayor Eva Lund", "Eva Lund"),
        ("the mayor of Norfield, Eva Lund,", "Eva Lund"),
        ("Eva Lund of Norfield", "Eva Lund"),
        ("José Ibáñez-Núñez", "José Ibáñez-Núñez"),
    ],
)
def test_names(source: str, name: str) -> None:
    assert name_in(ARTICLE, source) == name


def test_a_surname_of_two_people_stays_as_it_is() -> None:
    assert name_in(ARTICLE, "Voss") == "Voss"
    assert name_in(ARTICLE, "Lena Voss") == "Lena Voss"
    assert name_in(ARTICLE.replace("Tom Voss", "Tom"), "Voss") == "Lena Voss"


@pytest.mark.parametrize(
    "source",
    [
        *("he", "She", "they", "I", "who", "Many", "Others"),
        *("a spokesman", "the president", "President", "the company", "officials in Norfield", "a Kremlin official"),
        *("Republicans", "many Republicans", "the Republicans", "Police", "police"),
        *("Orlov and Holt", "the ministry, which paid,", "Ministry of Defence", "Orlov’s lawyer", "a report on Monday"),
        *("", "“", "123", "...", "’s"),
    ],
)
def test_no_name(source: str) -> None:
    assert name_in(ARTICLE, source) is None


def test_a_first_name_that_is_also_a_word_leaves_the_surname_alone() -> None:
    article = "A bill was signed by Bill Lind. Later Rosa Lind came as well."
    assert name_in(article, "Lind") == "Lind"
    assert name_in(article.replace("A bill", "A law"), "Lind") == "Lind"
    assert name_in("A bill was signed. Later Rosa Lind came as well.", "Lind") == "Rosa Lind"


def test_a_capital_owed_to_the_beginning_of_a_sentence_makes_no_name() -> None:
    text = "Critics said no. “Experts agree,” she said."
    names = Names(text, sentences(text, Span(0, len(text))))
    assert names.of(Span(0, 7)) is names.of(Span(18, 25)) is None


def test_a_body_is_not_taken_for_a_longer_one() -> None:
    assert name_in(ARTICLE, "the House") != "White House"


def test_a_name_is_filled_in_from_what_stands_before_it_only() -> None:
    text = "Mr. Orlov said nothing. Later Dmitry Orlov left without Mr. Orlov."
    names = Names(text, sentences(text, Span(0, len(text))))
    assert names.of(Span(0, 9)) == "Orlov"
    assert names.of(Span(len(text) - 10, len(text) - 1)) == "Dmitry Orlov"


def test_a_headline_is_no_evidence() -> None:
    assert name_in("Holt Slams Orlov Over Bridge Plan In Norfield\n\nMr. Orlov met a man.", "Orlov") == "Orlov"


@given(text=st.text() | st.text(st.sampled_from("Aa. B’s,\n")), data=st.data())
def test_any_span_of_any_text_is_looked_up(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    parts = [sentence for paragraph in paragraphs(text) for sentence in sentences(text, paragraph)]
    name = Names(text, parts).of(Span(start, end))
    assert name is None or all(word.strip(".") in text for word in name.split())


def test_a_long_text_of_names_is_read_in_one_pass() -> None:
    assert name_in("Later Ann Holt quietly met Bo Holt. " * 5_000, "Mr. Holt") == "Holt"
