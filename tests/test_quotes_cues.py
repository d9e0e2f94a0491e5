"""What a cue turns on, what it does to the words that it introduces, and what act it reports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.records import Act, Cue, CueFlag, Span
from model.quotes.cues import act_of, read_cue
from model.quotes.lemmas import base_form
from model.quotes.lexicon import GRAMMAR, OPERATORS, Sense, lexicon

OPERATORS_AND_HEADS = [
    "not",
    "never",
    "would",
    "could",
    "refuse to",
    "seem",
    "deny",
    "said",
    "doubt",
    "ask",
    "yet",
    "'s",
]
PIECES = [*OPERATORS_AND_HEADS, "no", "idea", "a", "lie", "call", "it", "very", ","]
CUES = st.lists(st.sampled_from(PIECES)).map(" ".join) | st.text()


def read(text: str) -> Cue:
    return read_cue(text, Span(0, len(text)))


def flags(text: str) -> str:
    return " ".join(read(text).flags)


@pytest.mark.parametrize(
    ("text", "lemma"),
    [
        ("said", "say"),
        ("TOLD", "tell"),
        ("has repeatedly denied", "deny"),
        ("would not confirm", "confirm"),
        ("was quoted as saying", "say"),
        ("went on to explain", "explain"),
        ("began by noting", "note"),
        ("began arguing", "argue"),
        ("went on", "go on"),
        ("appeared to confirm", "confirm"),
        ("appeared", "appear"),
        ("according to", "according to"),
        ("’s according to", "according to"),
        ("made it perfectly clear", "make clear"),
        ("has made no secret of", "make no secret"),
        ("took issue with", "take issue"),
        ("point out", "point out"),
        ("declined to comment on", "comment"),
        ("declined", "decline"),
        ("refused to", "refuse"),
        ("in her view", "view"),
        ("his claim", "claim"),
        ("sharp criticism of", "criticism"),
        ("a tirade against", "tirade"),
        ("a warning", "warning"),
        ("warnings", "warning"),
        ("was warning", "warn"),
        ("is confident", "confident"),
        ("are deeply worried", "worried"),
        ("worried", "worry"),
        ("said he believes", "say"),
        ("said in a statement", "say"),
        ("through a lawyer, declined", "decline"),
        ("lambasted the claim", "lambast"),
        ("will skewer", "skewer"),
        ("’s", "be"),
        ("In", "in"),
        (":", ":"),
        ("—", "—"),
        (" \n", ""),
        ("", ""),
    ],
)
def test_the_lemma_is_the_word_that_the_cue_turns_on(text: str, lemma: str) -> None:
    assert read(text).lemma == lemma


def test_the_span_says_where_the_cue_stands() -> None:
    article = "“Go,” she didn’t say."
    assert read_cue(article, Span(10, 20)) == Cue("didn’t say", Span(10, 20), "say", (CueFlag.NEGATED,))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("said", ""),
        ("did not say", "negated"),
        ("didn’t say", "negated"),
        ("cannot say", "negated modal"),
        ("never claimed", "negated"),
        ("failed to mention", "negated"),
        ("never failed to mention", ""),
        ("stopped short of calling", "negated"),
        ("has yet to endorse", "negated"),
        ("without naming", "negated"),
        ("says nothing about", "negated"),
        ("made no mention of", "negated"),
        ("decided not to run", "negated"),
        ("said, without naming her", ""),
        ("not only said", ""),
        ("may have told", "modal"),
        ("he’d say", "modal"),
        ("he’d said", ""),
        ("was not willing to run", "negated"),
    ],
)
def test_negations_and_modals(text: str, expected: str) -> None:
    assert flags(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("declined to comment", "declined"),
        ("did not decline to comment", ""),
        ("refused to say", "declined"),
        ("has declined", "declined"),
        ("did not immediately respond to", "negated declined"),
        ("no comment", "negated declined"),
        ("would not say", "negated modal declined"),
        ("would not run", "negated modal"),
        ("could not confirm", "negated modal hedge"),
        ("was unable to confirm", "negated hedge"),
        ("neither confirmed nor denied", "negated declined"),
    ],
)
def test_an_answer_is_declined_by_will_and_not_by_want_of_means(text: str, expected: str) -> None:
    assert flags(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("denied ever saying", "denial"),
        ("strongly rejects", "denial"),
        ("disputed", "denial"),
        ("seemed to deny", "denial hedge"),
        ("called it a lie", "denial"),
        ("called it a success", ""),
        ("did not call it a hoax", "negated hedge"),
        ("did not deny", "negated hedge"),
        ("refused to rule out", "declined hedge"),
        ("would not rule out", "negated modal declined hedge"),
        ("suggested", "hedge"),
        ("never suggested", "negated"),
        ("hinted", "hedge"),
        ("reportedly said", "hedge"),
        ("believes it possible", "hedge"),
        ("cast serious doubt on", "hedge"),
        ("doubts", "hedge"),
        ("does not doubt", "negated"),
        ("is sure", ""),
        ("is not sure", "negated hedge"),
        ("is unaware", "hedge"),
        ("is not unaware", "negated"),
        ("is not known for", "negated"),
        ("wondered", "question"),
        ("did not ask", "negated"),
        ("asked for", ""),
        ("questioned whether", "hedge question"),
    ],
)
def test_polarity_composes(text: str, expected: str) -> None:
    assert flags(text) == expected


@pytest.mark.parametrize(
    ("act", "texts"),
    [
        (
            Act.STATEMENT,
            "said|shows|said he believes|vowed|promised|agreed to|declined|according to|skewered|:|look at",
        ),
        (Act.BELIEF, "believes|is convinced|knows|is considered|in her view|are of the opinion|seems|opposes|looks"),
        (Act.INTENTION, "plans to|hopes|’d like|is considering|is seeking to|decided to|was reluctant|in the hope of"),
    ],
)
def test_acts(act: Act, texts: str) -> None:
    assert {text: act_of(read(text)) for text in texts.split("|")} == dict.fromkeys(texts.split("|"), act)


def test_a_quotation_without_a_cue_is_said() -> None:
    assert act_of(None) is Act.STATEMENT


def test_every_entry_of_the_lexicon_is_found_by_its_own_words() -> None:
    known = lexicon()
    others = {*GRAMMAR, *OPERATORS, Sense.FALSEHOOD}
    entries = [entry for entry in known.entries() if entry.senses.isdisjoint(others) and "-ing" not in entry.words]
    assert len(entries) > 800
    leads = {"ed": "is ", "ing": "a "}  # what shows that "worried" and "warning" are no verbs here
    for entry in entries:
        lead = next((lead for ending, lead in leads.items() if entry.lemma.endswith(ending)), "")
        assert read(lead + " ".join(entry.words)).lemma == entry.lemma


@pytest.mark.parametrize(
    ("word", "base"),
    [
        *[("skewering", "skewer"), ("derides", "deride"), ("impugned", "impugn"), ("co-authored", "co-author")],
        *[("disgorging", "disgorge"), ("recused", "recuse"), ("plugged", "plug"), ("exculpates", "exculpate")],
        *[("parries", "parry"), ("lied", "lie"), ("boxes", "box"), ("analyses", "analysis"), ("rebooting", "reboot")],
        *[("swore", "swear"), ("consensus", "consensus"), ("king", "king"), ("naïve", "naïve"), ("", "")],
    ],
)
def test_base_forms_of_words_that_no_list_holds(word: str, base: str) -> None:
    assert base_form(word, {"swore": "swear", "analyses": "analysis"}, ()) == base


@given(CUES)
def test_any_text_can_be_read(text: str) -> None:
    cue = read(text)
    assert cue.text == text
    assert bool(cue.lemma) == bool(text.strip())
    assert list(cue.flags) == [flag for flag in CueFlag if flag in cue.flags]
    assert act_of(cue) in Act


def test_a_text_too_long_for_a_cue_is_read_by_its_beginning() -> None:
    assert read("denied " + "very " * 100_000 + "possibly").flags == (CueFlag.DENIAL,)


@given(CUES, st.sampled_from(["also", "clearly", "the", "he", "again"]))
def test_what_carries_no_meaning_changes_nothing(text: str, filler: str) -> None:
    assert read(f"{filler} {text} said").flags == read(f"{text} said").flags


@given(
    st.sampled_from(["would", "seemed to", "refused to", "never", "reportedly"]),
    st.sampled_from(["say", "run", "want"]),
)
def test_an_operator_keeps_the_lemma(operator: str, verb: str) -> None:
    assert read(f"{operator} {verb}").lemma == verb
