"""Speakers of invented articles: the fullest name where the text decides it, no name where it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.records import Span, Speaker, SpeakerType
from model.quotes.marks import marked_stretches
from model.quotes.segments import paragraphs, sentences
from model.quotes.speakers import speakers_of

ARTICLE = (
    "Kremlin spokesman Dmitry Orlov met Sen. Ann B. Holt, a Democrat, in Norfield. Physicist Mara Quist was there. "
    "Foreign visitors greeted the Secretary of State Paul Lind. "
    "Governor Lena Voss and her brother Tom Voss stayed at home, as the physicist did. The House was shut. "
    "Police watched the White House and police saw a Republican and many Republicans near Karl Brandt Jr. on Monday."
)


def speakers_in(text: str, *spans: Span) -> list[Speaker | None]:
    blocks = paragraphs(text)
    parts = [sentence for block in blocks for sentence in sentences(text, block)]
    return speakers_of(text, parts, marked_stretches(text, blocks), spans)


def marked(text: str) -> tuple[str, Speaker]:
    """An article whose source stands in square brackets, without them, and the speaker there."""
    start, end = text.index("["), text.index("]") - 1
    bare = text.replace("[", "").replace("]", "")
    (speaker,) = speakers_in(bare, Span(start, end))
    assert speaker is not None
    assert speaker.text == bare[start:end]
    return bare, speaker


def name_in(article: str, source: str) -> str | None:
    """The name of a speaker that a last sentence brings in."""
    return marked(f"{article}\n\nIt ended there, [{source}] said.")[1].name


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("Orlov", "Dmitry Orlov"),
        ("Dmitry", "Dmitry Orlov"),
        ("Mr. Orlov", "Dmitry Orlov"),
        ("Orlov’s", "Dmitry Orlov"),
        ("Mr. Orlov, who had come late,", "Dmitry Orlov"),
        ("a weary Orlov", "Dmitry Orlov"),
        ("Ann Holt", "Ann B. Holt"),
        ("Senator Holt (D)", "Ann B. Holt"),
        ("Quist", "Mara Quist"),
        ("Mr. Brandt", "Karl Brandt Jr."),
        ("Police Chief Jon van der Meer", "Jon van der Meer"),
        ("Darrell Pratt, vice president of the union,", "Darrell Pratt"),
        ("Darrell Pratt, head of research and planning", "Darrell Pratt"),
        ("Secretary of State Paul Lind", "Paul Lind"),
        ("Lind", "Paul Lind"),
        ("Mary White", "Mary White"),
        ("Norfield’s mayor Eva Lund", "Eva Lund"),
        ("the mayor of Norfield, Eva Lund,", "Eva Lund"),
        ("Eva Lund of Norfield", "Eva Lund"),
        ("José Ibáñez-Núñez", "José Ibáñez-Núñez"),
        ("the Norfield Times", "Norfield Times"),
        ("the Ministry of Defence", "Ministry of Defence"),
        ("Orlov’s view", "Dmitry Orlov"),
    ],
)
def test_names(source: str, name: str) -> None:
    assert name_in(ARTICLE, source) == name


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("Orlov and Holt", "Dmitry Orlov and Ann B. Holt"),
        ("Mr. Orlov, Ms. Quist and Eva Lund", "Dmitry Orlov, Mara Quist and Eva Lund"),
        ("Eva Lund, a lawyer, and Mr. Orlov", "Eva Lund and Dmitry Orlov"),
        ("Orlov and his aides", None),
        ("Republicans and Democrats", None),
    ],
)
def test_compounds(source: str, name: str | None) -> None:
    _, speaker = marked(f"{ARTICLE}\n\nIt ended there, [{source}] said.")
    assert (speaker.name, speaker.antecedent) == (name, None)
    assert speaker.type is (SpeakerType.PERSON if name else SpeakerType.GROUP)


def test_a_surname_of_two_people_stays_as_it_is() -> None:
    assert name_in(ARTICLE, "Voss") == "Voss"
    assert name_in(ARTICLE, "Lena Voss") == "Lena Voss"
    assert name_in(ARTICLE.replace("Tom Voss", "Tom"), "Voss") == "Lena Voss"


def test_a_title_tells_two_people_of_one_surname_apart() -> None:
    assert name_in(ARTICLE, "Ms. Voss") == "Lena Voss"
    assert name_in(ARTICLE, "Mr. Voss") == "Tom Voss"
    assert name_in("There was Lena Holm.", "the younger Ms. Holm") == "Holm"


@pytest.mark.parametrize(
    "source",
    [
        *("they", "I", "we", "who", "Many", "Others", "it", "It"),
        *("a spokesman", "the president", "President", "the company", "officials in Norfield", "a Kremlin official"),
        *("Republicans", "many Republicans", "the Republicans", "Police", "police"),
        *("the ministry, which paid,", "Orlov’s lawyer", "a report on Monday", "a Norfield Times/Kremlin poll"),
        *("a delegate supporting Ann Holt", "the charge against Orlov", "the Voss campaign"),
        *("“", "123", "...", "’s"),
    ],
)
def test_no_name(source: str) -> None:
    assert name_in(ARTICLE, source) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        # the speaker of the statement before, also over quotations that name others
        ("Ann Ruiz said no. “Tom Voss lied,” [she] said.", "Ann Ruiz"),
        ("Mr. Tamm said no to Tom Voss. “I won’t,” [he] said.", "Tamm"),
        ("Ilmar Tamm, the mayor, left.\n\n“Tom Voss lied. He did.”\n\n“So I left,” [he] added.", "Ilmar Tamm"),
        ("Ann Ruiz met Tom Voss on Monday. [He] said no.", "Tom Voss"),
        ("Ann Ruiz met Tom Voss on Monday. [She] said no.", "Ann Ruiz"),
        ("Ann Ruiz spoke. She sat down. She rose. [She] said no.", "Ann Ruiz"),
        ("Bob Lind was calm. Asked about Tom Voss, [he] said no.", "Bob Lind"),
        ("Bob Lind was calm when Tom Voss rose. Asked about Tom Voss, [he] said no.", None),
        ("Tom Voss rose as [he] said so.", "Tom Voss"),
        ("Corwin Hale, a councilman, rose. [His] words were few.", "Corwin Hale"),
        # gender from what comes later
        ("Ilmar Tamm met Ketlin Kask. [She] said no. Ms. Kask left with Mr. Tamm.", "Ketlin Kask"),
        # nobody for sure
        ("Ilmar Tamm said no to Tom Voss. “I won’t,” [he] said.", None),
        ("Tom Voss and Bob Lind met. [He] said no.", None),
        ("Tom Voss and Bob Lind met. He was late. [He] said no.", None),
        ("A man rose after Tom Voss. [He] said no.", None),
        ("“Tom Voss lied,” a woman cried. [He] said no.", None),
        ("Norfield Times rose. [He] said no.", None),
        ("Tom Voss rose. Rain fell. Rain fell. Rain fell. Rain fell. Rain fell. [He] said no.", None),
        ("Tom Voss rose. “But [he] said no,” it went.", None),
    ],
)
def test_he_and_she(text: str, name: str | None) -> None:
    bare, speaker = marked(text)
    assert speaker.name == name
    assert speaker.type is SpeakerType.PERSON
    assert (speaker.antecedent.of(bare) if speaker.antecedent else None) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Corwin Hale, the mayor, rose. No, [the mayor] said.", "Corwin Hale"),
        ("The mayor, Corwin Hale, rose. No, [the mayor] said.", "Corwin Hale"),
        ("The mayor of Norfield, Corwin Hale, rose. No, [the mayor] said.", "Corwin Hale"),
        ("Mayor Corwin Hale rose. No, [the mayor] said.", "Corwin Hale"),
        ("Gov. Corwin Hale rose. No, [the governor] said.", "Corwin Hale"),
        ("Corwin Hale is the mayor. No, [the mayor] said.", "Corwin Hale"),
        ("Corwin Hale, 52, an engineer, rose. No, [the Hungarian-born engineer] said.", "Corwin Hale"),
        ("Lena Osei, a spokeswoman for the ministry, rose. No, [the ministry’s spokeswoman] said.", "Lena Osei"),
        ("[The ports minister], Ines Farrow, said no.", "Ines Farrow"),
        ("Texas Sen. Ann Ruiz met Iowa Sen. Tom Voss. No, [the Iowa senator] said.", "Tom Voss"),
        ("Texas Sen. Ann Ruiz met Iowa Sen. Tom Voss. No, [the senator] said.", None),
        ("Corwin Hale, the former mayor, rose. No, [the mayor] said.", None),
        ("Corwin Hale, the mayor, rose. A mayor of another town did. No, [the mayor] said.", None),
        ("Corwin Hale, the mayor, rose. No, [the mayor who had sat down] said.", None),
        ("Corwin Hale, the mayor, rose. No, [the Norfield mayor] said.", None),
        ("Corwin Hale, the mayor, rose. No, [his mayor] said.", None),
        ("Corwin Hale, the mayor, rose. No, [the mayor’s spokesman] said.", None),
        ("Corwin Hale, a candidate, rose. No, [the candidate] said.", None),
    ],
)
def test_roles(text: str, name: str | None) -> None:
    assert marked(text)[1].name == name


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("It was Corwin Hale, [who] said no.", SpeakerType.PERSON, "Corwin Hale"),
        ("Corwin Hale, the mayor of Norfield, [who] said no, left.", SpeakerType.PERSON, "Corwin Hale"),
        ("Corwin Hale (R), [whose] view it was, left.", SpeakerType.PERSON, "Corwin Hale"),
        ("There was Ann Sanders, [who] said no.", SpeakerType.PERSON, "Ann Sanders"),
        ("Aides to Corwin Hale [who] said no left.", SpeakerType.PERSON, None),
        ("Ann Ruiz and Corwin Hale, [who] said no, left.", SpeakerType.PERSON, None),
        ("It was Ann Ruiz and Texas Sen. Corwin Hale, [who] said no.", SpeakerType.PERSON, None),
        ("It was voters in Norfield, [who] said no.", SpeakerType.GROUP, None),
    ],
)
def test_who(text: str, kind: SpeakerType, name: str | None) -> None:
    speaker = marked(text)[1]
    assert (speaker.type, speaker.name) == (kind, name)


def test_i_is_whose_turn_it_is() -> None:
    assert marked("Ann Ruiz and Tom Voss met.\n\nRUIZ: No.\n\nVoss: [I] say no.")[1].name == "Tom Voss"
    assert marked("Ann Ruiz left.\n\n[I] say no.")[1].name is None


def test_a_first_name_that_is_also_a_word_leaves_the_surname_alone() -> None:
    article = "In a field stood Field Lind. Later Rosa Lind came as well."
    assert name_in("Then in a field stood Field Lind.", "Lind") == "Lind"
    assert name_in(article, "Lind") == "Rosa Lind"
    assert name_in("A bill was signed. Later Rosa Lind came as well.", "Lind") == "Rosa Lind"


def test_a_capital_owed_to_the_beginning_of_a_sentence_makes_no_name() -> None:
    speakers = speakers_in("Critics said no. “Experts agree,” she said.", Span(0, 7), Span(18, 25))
    assert [speaker.name for speaker in speakers if speaker] == [None, None]


def test_a_name_is_filled_in_from_what_stands_before_it_only() -> None:
    text = "Mr. Orlov said nothing. Later Dmitry Orlov left without Mr. Orlov."
    first, last = speakers_in(text, Span(0, 9), Span(len(text) - 10, len(text) - 1))
    assert first == Speaker("Mr. Orlov", Span(0, 9), name="Orlov")
    assert last is not None
    assert last.antecedent is not None
    assert last.name == last.antecedent.of(text) == "Dmitry Orlov"


def test_a_headline_is_no_evidence() -> None:
    assert name_in("Holt Slams Orlov Over Bridge Plan In Norfield\n\nMr. Orlov met a man.", "Orlov") == "Orlov"


def test_no_source_no_speaker() -> None:
    assert speakers_in("Nobody spoke.", *[]) == []
    text = "Ann Ruiz spoke."
    assert speakers_of(text, [Span(0, 15)], [], [None, Span(0, 8), None]) == [
        None,
        Speaker("Ann Ruiz", Span(0, 8), name="Ann Ruiz"),
        None,
    ]


WORDS = [
    "Ann ",
    "Ruiz",
    "he ",
    "She ",
    "who ",
    "the mayor",
    ", ",
    ". ",
    "“",
    "”",
    "’s ",
    "\n\n",
    " and ",
    "Mr. ",
    "of ",
    "\u00a0",
]


@given(text=st.text() | st.lists(st.sampled_from(WORDS)).map("".join), data=st.data())
def test_any_span_of_any_text_has_a_speaker_whose_name_stands_in_the_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    (speaker,) = speakers_in(text, Span(start, end))
    assert speaker is not None
    assert speaker.text == text[start:end]
    if speaker.antecedent:
        assert " ".join(speaker.antecedent.of(text).split()) == speaker.name
    elif speaker.name and " and " not in speaker.name:
        assert speaker.name in " ".join(text[start:end].split())


@given(st.lists(st.sampled_from(WORDS)).map("".join), st.text())
def test_what_follows_in_a_later_paragraph_names_nobody_before(text: str, later: str) -> None:
    text = f"Tom Voss met Eva Lund. {text}\n\nNo, he said."
    longer = f"{text}\n\n{later.lower()}"
    at = Span(len(text) - 8, len(text) - 6)
    (short,) = speakers_in(text, at)
    (long,) = speakers_in(longer, at)
    assert short is not None
    assert long is not None
    assert short.antecedent is None or long.antecedent in (short.antecedent, None)


@pytest.mark.parametrize(
    "part", ["Later Ann Holt quietly met Bo Holt, ", "he said ", "the mayor, Ann Holt, who ", "Aa", ", and ", "of Aa "]
)
def test_a_long_text_is_read_in_one_pass(part: str) -> None:
    text = part * 20_000
    spans = [Span(start, start + 8) for start in range(0, len(text) - 8, len(part) * 8)]
    speakers = speakers_in(text, *spans)
    assert [speaker.span for speaker in speakers if speaker] == spans
