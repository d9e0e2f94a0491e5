"""Linking, on invented sentences whose parts are marked: {s:source}, {q:cue}, {c:content}."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.records import Span
from model.quotes.decoding import Fragment
from model.quotes.linking import link
from model.quotes.segments import paragraphs
from model.quotes.tags import Role

PART = re.compile(r"\{([sqc]):(.*?)\}", re.DOTALL)
ROLES = {"s": Role.SOURCE, "q": Role.CUE, "c": Role.CONTENT}

Parts = tuple[str | None, str | None, list[str]]


def linked(annotated: str) -> list[Parts]:
    """(source, cue, content) of each statement."""
    text, fragments, place = "", [], 0
    for match in PART.finditer(annotated):
        text += annotated[place : match.start()]
        fragments.append(Fragment(Span(len(text), len(text) + len(match[2])), ROLES[match[1]]))
        text += match[2]
        place = match.end()
    text += annotated[place:]
    return [
        (one.source and one.source.of(text), one.cue and one.cue.of(text), [span.of(text) for span in one.content])
        for one in link(text, paragraphs(text), fragments)
    ]


@pytest.mark.parametrize(
    ("annotated", "expected"),
    [
        ("{s:Ruiz} {q:said} {c:that we go}.", [("Ruiz", "said", ["that we go"])]),
        ("{c:“We go,”} {q:said} {s:Ruiz}.", [("Ruiz", "said", ["“We go,”"])]),
        ("{q:It is said that} {c:we go}.", [(None, "It is said that", ["we go"])]),
        ("{c:“We go,”} {s:Ruiz} {q:said}. {c:“Now.”}", [("Ruiz", "said", ["“We go,”", "“Now.”"])]),
        (
            "{s:The council} {q:said in a statement}:\n• We go.\n• {c:We pay}.\n\nShe left.\n\n• A list.",
            [("The council", "said in a statement", ["We go.", "We pay."])],
        ),
        (
            "{s:The council} {q:said:}\n\n1. We go.\n\n2. {c:We pay}, {s:Ruiz} {q:added}.\n\n3. We stay.",
            [("The council", "said:", ["We go.", "We stay."]), ("Ruiz", "added", ["We pay"])],
        ),
        ("{s:The council} {q:voted}.\n\n• We go.", []),
        ("{s:The council} {q:said} {c:so} in May:\n\n• We go.", [("The council", "said", ["so"])]),
        (
            "{s:Ruiz} {q:said} {c:we go}. {s:Holt} {q:denied} {c:it}.",
            [("Ruiz", "said", ["we go"]), ("Holt", "denied", ["it"])],
        ),
        (
            "{s:Ruiz} {q:said} {c:we go} and {q:promised} {c:help}.",
            [("Ruiz", "said", ["we go"]), ("Ruiz", "promised", ["help"])],
        ),
        (
            "{s:Ruiz} {q:said} {c:we go}. It is {q:expected} {c:to rain}.",
            [("Ruiz", "said", ["we go"]), (None, "expected", ["to rain"])],
        ),
        (
            "{c:“We go,”} {s:Ruiz} {q:said}, {q:meaning} {c:the team}. {c:“Now.”}",
            [("Ruiz", "said", ["“We go,”", "“Now.”"]), ("Ruiz", "meaning", ["the team"])],
        ),
    ],
)
def test_statements_of_one_paragraph(annotated: str, expected: list[Parts]) -> None:
    assert linked(annotated) == expected


def test_content_parted_by_white_space_alone_is_one_fragment() -> None:
    assert linked("{s:Ruiz} {q:said} {c:we go.} {c:We stay.}") == [("Ruiz", "said", ["we go. We stay."])]


@pytest.mark.parametrize(
    ("annotated", "expected"),
    [
        ("{s:Ruiz} {q:wrote:}\n\n{c:We go.}", [("Ruiz", "wrote:", ["We go."])]),
        ("{s:Ruiz} {q:said:} {c:“We go.}\n\n{c:“We stay.”}", [("Ruiz", "said:", ["“We go.", "“We stay.”"])]),
        ("{s:Ruiz} {q:said:} {c:“We go.}\n\n{c:“Stay.”} He left.", [("Ruiz", "said:", ["“We go.", "“Stay.”"])]),
        ("{c:“We go.}\n\n{c:“Stay,”} {s:he} {q:said}.", [("he", "said", ["“We go.", "“Stay,”"])]),
        (
            "{c:“We go,”} {s:he} {q:said}.\n\n{c:“Stay.”}\n\n{c:“Go.”}",
            [("he", "said", ["“We go,”", "“Stay.”", "“Go.”"])],
        ),
        (
            "{c:“We go,”} {s:he} {q:said}.\n\nNo.\n\n{c:“Stay.”}",
            [("he", "said", ["“We go,”"]), (None, None, ["“Stay.”"])],
        ),
        ("{c:“We go,”} {s:he} {q:said}.\n\n{c:“Stay.”} No.", [("he", "said", ["“We go,”"]), (None, None, ["“Stay.”"])]),
        ("{c:“We go.”} — {s:Ann Ruiz}", [("Ann Ruiz", None, ["“We go.”"])]),
    ],
)
def test_statements_over_paragraphs(annotated: str, expected: list[Parts]) -> None:
    assert linked(annotated) == expected


@pytest.mark.parametrize(
    ("annotated", "expected"),
    [
        (
            "{s:Ruiz} {q:said} {c:we go}.\n\n{c:“We stay.”}\n\n{c:“Now.”}",
            [("Ruiz", "said", ["we go"]), ("Ruiz", None, ["“We stay.”", "“Now.”"])],
        ),
        (
            "{s:Ruiz} {q:said} {c:we go}. {s:Holt} {q:denied} {c:it}.\n\n{c:“We stay.”}",
            [("Ruiz", "said", ["we go"]), ("Holt", "denied", ["it"]), (None, None, ["“We stay.”"])],
        ),
        (
            "{s:Ruiz} {q:named} {c:three aims}:\n\n- {c:“We stay.”}\n\n- {c:“We go.”}",
            [("Ruiz", "named", ["three aims"]), ("Ruiz", None, ["“We stay.”", "“We go.”"])],
        ),
        (
            "{s:Ruiz} {q:said of} {c:the wall:}\n\nIt fell. {c:“We stay.”}",
            [("Ruiz", "said of", ["the wall:"]), (None, None, ["“We stay.”"])],
        ),
        ("{s:Ruiz} {q:added:}\n\n1. {c:“We go.”}", [("Ruiz", "added:", ["“We go.”"])]),
    ],
)
def test_a_quotation_that_floats_has_the_only_speaker_of_the_paragraph_before(
    annotated: str, expected: list[Parts]
) -> None:
    assert linked(annotated) == expected


def test_content_stays_in_its_sentence_where_a_cue_is_there() -> None:
    assert linked("{c:“If so,”} {s:Ruiz} {q:said}, {c:“we go.”} {s:She} {q:laughed}.") == [
        ("Ruiz", "said", ["“If so,”", "“we go.”"])
    ]


@pytest.mark.parametrize(
    "annotated",
    [
        "{c:“shut”} it was",
        "{c:“the long grey thing”} stood.",
        "{c:“The Night the Sea Came In to Norfield”} ran.",
        "{s:Mayor} {c:‘knew that the wall was cracked’} before storm",
        "{c:‘We knew that the wall was cracked’}",
    ],
)
def test_without_a_cue_scare_quotes_titles_and_headlines_are_no_statements(annotated: str) -> None:
    assert linked(annotated) == []


def test_a_cue_without_content_and_content_without_cue_or_marks_are_no_statements() -> None:
    assert linked("{s:Ruiz} {q:said} so.\n\nThen {c:they go}.") == []


@st.composite
def fragmented_texts(draw: st.DrawFn) -> tuple[str, list[Fragment]]:
    text = draw(st.text(st.sampled_from('“”" ab.\nB'), max_size=120))
    places = sorted(draw(st.sets(st.integers(0, len(text)), max_size=24)))
    spans = [Span(*pair) for pair in pairwise(places)]
    whole = [span for span in spans if span.of(text).strip() == span.of(text) != "" and "\n" not in span.of(text)]
    return text, [Fragment(span, draw(st.sampled_from(list(Role)))) for span in whole]


@given(fragmented_texts())
def test_content_is_in_order_and_never_shared(case: tuple[str, list[Fragment]]) -> None:
    text, fragments = case
    links = link(text, paragraphs(text), fragments)
    assert all(before.end <= after.start for one in links for before, after in pairwise(one.content))
    everything = sorted(span for one in links for span in one.content)
    assert all(before.end <= after.start for before, after in pairwise(everything))
    given_cues = [span for span, role in fragments if role is Role.CUE]
    cues = [one.cue for one in links if one.cue]
    assert len(set(cues)) == len(cues)
    assert set(cues) <= set(given_cues)


def test_a_paragraph_of_thousands_of_statements_is_linked_in_one_pass() -> None:
    links = linked("{s:He} {q:said} {c:so}. " * 5_000)
    assert links == [("He", "said", ["so"])] * 5_000
