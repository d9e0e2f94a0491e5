"""Who is named in an invented article, and what each mention means."""

from data.records import Span
from model.quotes.genders import Gender
from model.quotes.marks import marked_stretches
from model.quotes.names import head_name
from model.quotes.people import People
from model.quotes.segments import paragraphs, sentences


def people_in(text: str) -> People:
    blocks = paragraphs(text)
    parts = [sentence for block in blocks for sentence in sentences(text, block)]
    return People(text, parts, marked_stretches(text, blocks))


def test_every_mention_means_somebody() -> None:
    text = "Ilmar Tamm met Ann B. Ruiz at the Norfield Times on Monday. Later Mr. Tamm told Ruiz: “Dana Voss left.”"
    people = people_in(text)
    mentions = [mention for sentence in people.mentions for mention in sentence]
    assert [mention.span.of(text) for mention in mentions] == ["Ilmar Tamm", "Ann B. Ruiz", "Tamm", "Ruiz", "Dana Voss"]
    (tamm,), (ruiz,), (again,), (also,), (voss,) = (mention.people for mention in mentions)
    assert (tamm, ruiz) == (again, also)
    assert (tamm.gender, ruiz.gender, voss.gender) == (Gender.MASCULINE, Gender.FEMININE, None)
    assert (tamm.human, ruiz.human, voss.human) == (True, True, False)
    assert [mention.subject for mention in mentions] == [True, False, True, False, True]
    assert [mention.quoted for mention in mentions] == [False, False, False, False, True]


def test_a_person_has_the_fullest_name_given_so_far() -> None:
    text = "Mr. Tamm rose. Then Ilmar Tamm fell, and Ilmar B. Tamm with him."
    ((person,), *_) = (mention.people for sentence in people_in(text).mentions for mention in sentence)
    known = [name.text(text) for place in (0, 20, 40, 65) if (name := person.name_at(place))]
    assert known == ["Tamm", "Ilmar Tamm", "Ilmar B. Tamm"]


def test_a_name_of_two_people_means_both_until_a_gender_decides() -> None:
    text = "Lena Voss met Tom Voss. It was Voss"
    name = head_name(text, Span(31, 35))
    assert name is not None
    assert len(people_in(text).named(name)) == 2
    assert [person.gender for person in people_in(text).named(name, Gender.FEMININE)] == [Gender.FEMININE]


def test_past_a_crowd_of_namesakes_nobody_new_is_known() -> None:
    text = " ".join(f"There was {first}a Voss." for first in "BCDFGHJKLMNP")
    people = {person for sentence in people_in(text).mentions for mention in sentence for person in mention.people}
    assert len(people) == 8
