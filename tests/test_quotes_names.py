"""Names in phrases: which words are the name, and which names can be one person's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.records import Span
from model.quotes.names import WORD, Name, agree, apposed_name, head_name, is_headline, is_title, runs_of_names


def words_of(text: str) -> Name:
    return Name.of(list(WORD.finditer(text)))


@pytest.mark.parametrize(
    ("phrase", "name"),
    [
        ("Ann  Ruiz’s", "Ann Ruiz"),
        ("Ann Ruiz, the mayor of Norfield,", "Ann Ruiz"),
        ("former Texas Gov. Ann B. Ruiz (R)", "Ann B. Ruiz"),
        ("Norfield’s Ann Ruiz", "Ann Ruiz"),
        ("Ludwig van der Meer", "Ludwig van der Meer"),
        ("Monday Ann Ruiz", "Ann Ruiz"),
        ("Ann Ruiz Monday", "Ann Ruiz"),
        ("Patty Judge", "Patty Judge"),
        ("Ann Bishop", "Ann Bishop"),
        ("the Rev. Al Pratt -- Ann Ruiz", "Al Pratt"),
        ("the minister", None),
        ("Ruiz of Norfield", None),
        ("Ann Ruiz and Tom Voss", None),
        ("the vote against Ann Ruiz", None),
        ("a man backing Ann Ruiz", None),
        ("the Republican", None),
    ],
)
def test_head_names(phrase: str, name: str | None) -> None:
    found = head_name(phrase, Span(0, len(phrase)))
    assert (found.text(phrase) if found else None) == name


def test_apposed_names() -> None:
    text = "the minister, Ann Ruiz, a lawyer"
    found = apposed_name(text, Span(0, len(text)))
    assert found is not None
    assert found == Name(("Ann", "Ruiz"), Span(14, 22))
    assert apposed_name("the minister, a lawyer", Span(0, 22)) is None
    assert apposed_name("the minister", Span(0, 12)) is None


@pytest.mark.parametrize(
    ("one", "other", "agreed"),
    [
        ("Ruiz", "Ann Ruiz", True),
        ("A. Ruiz", "Ann Ruiz", True),
        ("Ann Ruiz", "Ann B. Ruiz", True),
        ("Eva Ruiz", "Ann Ruiz", False),
        ("Tom Ruiz Jr.", "Tom Ruiz", False),
        ("Tom Ruiz Jr.", "Tom Ruiz Jr", True),
    ],
)
def test_agreement(one: str, other: str, agreed: bool) -> None:
    assert agree(words_of(one), words_of(other)) is agree(words_of(other), words_of(one)) is agreed


def test_surnames() -> None:
    assert words_of("Tom Ruiz Jr.").surname == "ruiz"
    assert words_of("III").surname == "iii"


def test_runs_end_at_marks_possessives_and_full_stops() -> None:
    text = "In Port Ellery’s hall. Ann B. Ruiz, Tom Voss and Ludwig van der Meer met Sen. Lind/Holt"
    runs = [" ".join(word[0] for word in run) for run in runs_of_names(text, WORD.finditer(text))]
    assert runs == ["In Port Ellery’s", "Ann B. Ruiz", "Tom Voss", "Ludwig van der Meer", "Sen. Lind", "Holt"]


def test_headlines() -> None:
    assert is_headline(list(WORD.finditer("Ruiz Slams Voss Over Bridge in Norfield")))
    assert not is_headline(list(WORD.finditer("Ann Ruiz met Tom Voss in Norfield")))
    assert not is_headline(list(WORD.finditer("Ann Ruiz Won")))


def test_titles() -> None:
    assert all(map(is_title, ["Mr.", "Mr", "Mayor", "spokeswoman", "SEN."]))
    assert not is_title("Ruiz")


@given(st.text())
def test_any_phrase(text: str) -> None:
    for found in (head_name(text, Span(0, len(text))), apposed_name(text, Span(0, len(text)))):
        assert found is None or found.span.of(text).startswith(found.words[0])
