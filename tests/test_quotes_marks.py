"""Quotation marks of every kind, paired and unpaired, and the rule that what they hold is content."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.records import Span
from model.quotes.decoding import Fragment
from model.quotes.marks import marked_stretches
from model.quotes.quotations import quoted_content
from model.quotes.segments import paragraphs
from model.quotes.tags import Role

TEXTS = st.text(st.sampled_from("“”\"'‘’`«»„ as.,\n(—5")) | st.text()


def marked(text: str) -> list[str]:
    return [stretch.of(text) for stretch in marked_stretches(text, paragraphs(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“We go,” she said. “Now.”", ["“We go,”", "“Now.”"]),
        ('"We go," she said. "Now."', ['"We go,"', '"Now."']),
        ("''We go,'' she said. ``Now.''", ["''We go,''", "``Now.''"]),
        ("‘We won’t go,’ she said. 'It isn't far.'", ["‘We won’t go,’", "'It isn't far.'"]),
        ("« Nous partons », dit-elle. „Wir gehen“, sagte sie.", ["« Nous partons »", "„Wir gehen“"]),
        ("»Wir gehen«, sagte sie. 「行く」と言った。 ”Vi går”, sa hon.", ["»Wir gehen«", "「行く」", "”Vi går”"]),
        ('“We go," she said. "Now.”', ['“We go,"', '"Now.”']),
        ("“We go,“ she said, “now.“", ["“We go,“", "“now.“"]),
        ("“He said ‘go’ and “stay”,” she said.", ["“He said ‘go’ and “stay”,”"]),
        ('("We go"), she said—"now"—and left.', ['("We go")'[1:-1], '"now"']),
        ('" We go , " she said .', ['" We go , "']),
        ("The mayors' plan and the '90s dogs' park, rock 'n' roll, don't.", []),
        ("‘The mayors’ plan has failed,’ she said of the dogs’ park.", ["‘The mayors’ plan has failed,’"]),
        ("no marks", []),
        ("", []),
    ],
)
def test_pairs(text: str, expected: list[str]) -> None:
    assert marked(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('The 6\'2" man said: "We go."', ['"We go."']),
        ('"We go, she said. "Now." They left.', ['"Now."']),
        ('We go," she said. "Now."', ['"Now."']),
        ("“We go, she said. “Now.” They left.", ["“Now.”"]),
        ("We go,” she said. “Now.”", ["“Now.”"]),
        ("“We go.\n\nShe left. “Now.”", ["“Now.”"]),
    ],
)
def test_a_mark_missing_or_too_many_costs_only_its_own_pair(text: str, expected: list[str]) -> None:
    assert marked(text) == expected


@pytest.mark.parametrize("mark", ["“", '"', "''", "‘"])
def test_a_quotation_reopened_in_the_next_paragraph_reaches_to_the_end_of_its_own(mark: str) -> None:
    closing = {"“": "”", "‘": "’"}.get(mark, mark)
    text = f"She said: {mark}We go.\n\n{mark}We stay.{closing} They left."
    assert marked(text) == [f"{mark}We go.", f"{mark}We stay.{closing}"]


def test_an_inner_pair_does_not_end_a_reopened_quotation() -> None:
    assert marked("“He said ‘go’ twice.\n“We stay.”") == ["“He said ‘go’ twice.", "“We stay.”"]


@given(TEXTS)
def test_stretches_are_in_order_disjoint_and_within_paragraphs(text: str) -> None:
    blocks = paragraphs(text)
    stretches = marked_stretches(text, blocks)
    assert all(before.end <= after.start for before, after in pairwise(stretches))
    for stretch in stretches:
        assert any(block.start <= stretch.start < stretch.end <= block.end for block in blocks)


@pytest.mark.parametrize("unit", ["“", '"', "'", "“a” ", '‘“"„', "s' a ", "“a\n", "”", "''"])
def test_long_runs_of_marks_are_read_in_one_pass(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    assert all(stretch.start < stretch.end for stretch in marked_stretches(text, paragraphs(text)))


def test_a_long_paragraph_crowded_with_marks_quotes_nothing() -> None:
    assert len(marked("“a.” " * 30)) == 30
    assert marked("“a.”" * 100) == []
    assert marked("“a.”" * 100 + "\n\n“We go,” she said.") == ["“We go,”"]
    assert len(marked("“one two three” " * 1_000)) == 1_000


def ruled(text: str, *parts: tuple[str, Role]) -> list[tuple[str, Role]]:
    """The fragments after the rule, for fragments given by their texts in order."""
    fragments, place = [], 0
    for part, role in parts:
        place = text.index(part, place)
        fragments.append(Fragment(Span(place, place + len(part)), role))
        place += len(part)
    after = quoted_content(text, marked_stretches(text, paragraphs(text)), fragments)
    return [(span.of(text), role) for span, role in after]


CONTENT, CUE, SOURCE = Role.CONTENT, Role.CUE, Role.SOURCE


def test_five_marked_words_are_content_and_four_are_not() -> None:
    assert ruled("“One two three four five” and “one two three four” end.") == [("“One two three four five”", CONTENT)]


def test_content_over_half_of_a_stretch_grows_to_its_marks() -> None:
    assert ruled("It was “a disgrace” then.", ("disgrace", CONTENT)) == [("“a disgrace”", CONTENT)]
    assert ruled("It was “a real disgrace” then.", ("It was “a", CONTENT)) == [("It was “a", CONTENT)]


def test_content_that_reaches_out_of_its_marks_stays_whole() -> None:
    text = "He said it was “a disgrace” and “an outrage” for all."
    parts = ("He", SOURCE), ("said", CUE), ("it was “a disgrace” and “an outrage", CONTENT)
    assert ruled(text, *parts) == [*parts[:2], ("it was “a disgrace” and “an outrage”", CONTENT)]


def test_two_fragments_in_one_stretch_become_one() -> None:
    text = "“One two. Three four five.”"
    assert ruled(text, ("“One two.", CONTENT), ("Three four five.”", CONTENT)) == [(text, CONTENT)]


def test_a_quotation_in_a_quotation_is_the_outer_speakers() -> None:
    text = "“She said that we go,” Ruiz told me."
    parts = ("She", SOURCE), ("said", CUE), ("that we go", CONTENT), ("Ruiz", SOURCE), ("told", CUE)
    assert ruled(text, *parts) == [("“She said that we go,”", CONTENT), *parts[3:]]


def test_a_cue_that_runs_into_a_stretch_is_cut_there() -> None:
    text = "Ruiz called it “one two three four five” and left."
    assert ruled(text, ("called it “one two", CUE), ("five” and left", CUE)) == [
        ("called it", CUE),
        ("“one two three four five”", CONTENT),
        ("and left", CUE),
    ]


def test_a_title_is_content_only_where_the_tagger_says_so() -> None:
    text = "She read “The Night the Sea Came In” aloud."
    title = "“The Night the Sea Came In”"
    assert ruled(text) == []
    assert ruled(text, ("Night the Sea Came", CONTENT)) == [(title, CONTENT)]
    assert ruled("She read “The Night the sea was rough” aloud.") == [("“The Night the sea was rough”", CONTENT)]


def test_a_nickname_is_never_content() -> None:
    assert ruled("Jack “Lefty” Monroe left.", ("Jack", SOURCE), ("Lefty", CONTENT)) == [("Jack", SOURCE)]
    assert ruled("Anna ''Big Nan'' Holt left.", ("Big Nan", CONTENT)) == []
    assert ruled("Ruiz called Holt “Reckless,” Quill said.", ("Reckless", CONTENT)) == [("“Reckless,”", CONTENT)]
    assert ruled("He called Holt “reckless” Friday.", ("reckless", CONTENT)) == [("“reckless”", CONTENT)]


@st.composite
def tagged_texts(draw: st.DrawFn) -> tuple[str, list[Fragment]]:
    text = draw(st.text(st.sampled_from('“”" ab.\n'), max_size=80))
    places = sorted(draw(st.sets(st.integers(0, len(text)), max_size=12)))
    spans = [Span(start, end) for start, end in pairwise(places) if text[start:end].strip() == text[start:end] != ""]
    whole = [span for span in spans if "\n" not in span.of(text)]
    return text, [Fragment(span, draw(st.sampled_from(list(Role)))) for span in whole]


@given(tagged_texts())
def test_the_rule_leaves_fragments_in_order_disjoint_and_trimmed(case: tuple[str, list[Fragment]]) -> None:
    text, fragments = case
    stretches = marked_stretches(text, paragraphs(text))
    after = quoted_content(text, stretches, fragments)
    assert all(one.span.end <= other.span.start for one, other in pairwise(after))
    assert all(span.of(text).strip() == span.of(text) != "" for span, _ in after)
    assert quoted_content(text, stretches, after) == after
