"""Types of sources: one invented phrase for each edge that the module decides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.records import SpeakerType
from model.quotes.source_types import is_organisation_name, type_of

PHRASES = {
    SpeakerType.PERSON: [
        *(
            "he",
            "I",
            "Orlov",
            "Ann Ruiz",
            "Ann Sanders",
            "the mayor",
            "a voter",
            "a spokesman for the ministry",
            "his wife",
        ),
        *("one of the editors", "London’s mayor", "a woman in the crowd", "the boss"),
    ],
    SpeakerType.GROUP: [
        *(
            "they",
            "we",
            "many",
            "others",
            "officials",
            "police",
            "The police, who came,",
            "Other Republicans",
            "voters here",
        ),
        *(
            "57 percent of voters",
            "a majority of residents",
            "much of the electorate",
            "two senior officials",
            "people",
        ),
        *("several aides to Ann Ruiz", "spokesmen", "the two", "a group of experts", "none of the women"),
    ],
    SpeakerType.ORGANISATION: [
        *("it", "the ministry", "the White House", "the Kremlin", "Reuters", "FBI", "the U.S.", "the Ruiz campaign"),
        *("Norfield University", "the mayor’s office", "the Norfield Times", "norfield.com", "German authorities"),
        *("Bright Harbour, a charity,", "none of the banks", "Ministry of Defence", "two newspapers", "the system"),
    ],
    SpeakerType.ANONYMOUS: [
        *("a source", "sources", "a person familiar with the matter", "a senior official", "one adviser to Ann Ruiz"),
        *("officials who asked not to be named", "a nurse, who declined to be identified,", "Republican insiders"),
    ],
    SpeakerType.DOCUMENT: [
        *(
            "the report",
            "a new poll",
            "Ruiz’s letter",
            "the law",
            "exit polls",
            "the constitution",
            "a Norfield Times poll",
        ),
        *(
            "an analysis by the bank",
            "a court filing",
            "her memoir",
            "the Clean Harbours Act",
            "a lawsuit filed in May",
            "the 31-page agreement",
        ),
    ],
}


@pytest.mark.parametrize(("kind", "phrase"), [(kind, phrase) for kind in PHRASES for phrase in PHRASES[kind]])
def test_types(kind: SpeakerType, phrase: str) -> None:
    assert type_of(phrase) is kind


def test_a_known_name_is_a_person_whatever_it_looks_like() -> None:
    assert type_of("Sanders") is SpeakerType.GROUP
    assert type_of("Sanders", named=True) is SpeakerType.PERSON
    assert type_of("Sanders, who asked not to be named,", named=True) is SpeakerType.ANONYMOUS


@pytest.mark.parametrize(
    "name", ["CNN", "Reuters", "Norfield Times", "Port Authority", "the Kremlin", "Labor Department"]
)
def test_names_of_organisations(name: str) -> None:
    assert is_organisation_name(name.split())


@pytest.mark.parametrize("name", ["", "Orlov", "Ann Ruiz", "Michael Bloomberg", "the ministry"])
def test_no_names_of_organisations(name: str) -> None:
    assert not is_organisation_name(name.split())


@given(st.text(), st.booleans())
def test_any_text_has_a_type(text: str, named: bool) -> None:
    assert type_of(text, named=named) in SpeakerType
