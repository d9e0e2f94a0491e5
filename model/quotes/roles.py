"""Roles: "the mayor", "a spokeswoman for the ministry", and which person an article has tied to each.

A person is tied to a role by standing directly beside it: "mayor Corwin Hale", "Corwin Hale, the mayor,", "the mayor of
Norfield, Corwin Hale,", "Corwin Hale is the mayor".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from data.records import Span
from model.quotes.genders import gender_of_noun
from model.quotes.names import LINKING, POSSESSIVE
from model.quotes.people import NAMESAKES, Mention, People, Person

__all__ = ["RolePhrase", "Roles"]

ROLE_WORDS = """
activist actor actress admiral adviser advisor aide ambassador analyst anchor architect artist athlete attorney
author baker banker billionaire biologist bishop blogger boss brother builder businessman businesswoman
candidate captain cardinal caterer ceo chair chairman chairwoman challenger chancellor chef chemist chief clerk
coach colleague colonel columnist comedian comic commander commentator commissioner congressman congresswoman
consultant contender coordinator coroner correspondent councillor councilman councilwoman counsel daughter dean
defendant democrat deputy designer detective developer diplomat director doctor driver economist editor engineer
entrepreneur executive expert farmer father fellow fisherman founder friend front-runner frontrunner general
governor guy heir historian host hostess husband imam immigrant incumbent independent inspector inventor
investigator investor journalist judge justice king lawmaker lawyer leader legislator librarian lobbyist
magistrate magnate man manager mason master mayor mechanic minister moderator mogul mother musician neighbor
neighbour neurosurgeon newcomer nominee novelist nurse officer official ombudsman operative organiser organizer
owner pastor physician physicist pilot plaintiff player poet politician pollster pope premier president priest
prince princess principal producer professor prosecutor psychologist publisher queen rabbi rancher rapper rector
repairman reporter representative republican researcher resident rival scholar scientist secretary senator
sergeant sheriff singer sister socialist sociologist soldier son speaker spokesman spokesperson spokeswoman star
strategist student superintendent supporter surgeon teacher technician texan treasurer trustee tycoon veteran
vicar voter warden widow widower wife winner witness woman worker writer
"""
ROLES = frozenset(ROLE_WORDS.split())
ABBREVIATED = {"sen": "senator", "gov": "governor", "rep": "representative", "dr": "doctor", "prof": "professor"}
NOUN_OF = {
    form: noun
    for noun, written in [
        *((role, role) for role in ROLES),
        *((noun, f"{short}.") for short, noun in ABBREVIATED.items()),
    ]
    for form in (written, f"{written}.", f"{written}’s", f"{written}'s")
}
"""The role that a word in lower case names, with a full stop or a possessive ending that it may have."""

BROAD_WORDS = """
candidate colleague friend guy lawmaker leader man nominee official rival speaker woman worker
"""
BROAD = frozenset(BROAD_WORDS.split())
"""Roles that so many have that the bare noun means nobody for sure: "the candidate"."""

CHANGED = re.compile("acting|assistant|associate|co-?|deputy|ex-?|former|incoming|interim|onetime|outgoing|vice|then-?")
"""Words that make another role of one: a former mayor is not the mayor."""

DEFINITE = re.compile("the|this|that")
INDEFINITE = re.compile("an?|another|any|each|every|no|one|some")
OWNER = re.compile("her|his|its|my|our|their|your|whose")
STOP_WORDS = """
and as but is nor or said says told than was were are when while who which if because after before asked
"""
STOPS = frozenset(STOP_WORDS.split())

LONGEST_PHRASE = 7  # words
COMPLEMENT = r"(?:\s(?:at|for|from|in|of|on)\s[\w.’'-]+(?:\s[\w.’'-]+){0,5}?)?"
BEFORE_NAME = re.compile(rf"{COMPLEMENT},\s")
CLOSED = re.compile(r"\s*(?:[,.;:!?)—–”\"]|$|\s(?:said|says|told|who|and)\b)")
AFTER_NAME = re.compile(r",\s(?:\d{1,3},\s)?|,?\s(?:who\s)?(?:is|was)\s|\s[(—–]\s?")
FOLLOWED = re.compile(r"$|[,.;:!?)—–”\"]|\s(?:at|for|from|in|of|on|to|with|who|whose|and)\b")
OF_PROPER = re.compile(r"\s(?:at|for|from|in|of|on)\s(?:the\s)?([^\W\d_][\w.’'-]*(?:\s[^\W\d_][\w.’'-]*){0,5})")
HYPHENATED = re.compile(r"[^\W\d_]+-[a-z]+")  # Hungarian-born: tells more of a person, and sets nobody apart


@dataclass(frozen=True, slots=True)
class RolePhrase:
    """A noun phrase for one person: its span up to the noun, the noun, and the words that set it apart from others."""

    span: Span
    noun: str
    changes: frozenset[str]
    apart: frozenset[str]
    definite: bool
    indefinite: bool
    owned: bool


@dataclass(frozen=True, slots=True)
class Tie:
    """A person in a role. `words` are the proper words that stood by it."""

    person: Person
    changes: frozenset[str]
    words: frozenset[str]


class Roles:
    """Which people are tied to which roles so far. `read` takes the sentences of the article in order."""

    def __init__(self, article: str, people: People) -> None:
        self._article = article
        self._people = people
        self._ties: dict[str, list[Tie]] = {}

    def read(self, words: Sequence[re.Match[str]], named: Sequence[Mention], sentence: Span) -> list[Mention]:
        """Tie the people named in a sentence to the roles beside their names; the other roles as mentions, in order.

        A role that means nobody known introduces a person without a name.
        """
        by_start = {mention.span.start: mention for mention in named}
        by_end = {mention.span.end: mention for mention in named}
        found = []
        for phrase in _phrases(self._article, words):
            mention = self._beside(phrase, by_start, by_end, sentence)
            if mention is not None:
                self._tie(phrase, mention, sentence)
                found.append(replace(mention, span=phrase.span))
            elif phrase.definite or phrase.indefinite or phrase.owned:
                found.append(self._mention(phrase, sentence))
        return found

    def _beside(
        self, phrase: RolePhrase, by_start: dict[int, Mention], by_end: dict[int, Mention], sentence: Span
    ) -> Mention | None:
        """The name to which a role belongs."""
        article, end = self._article, phrase.span.end
        following = next((by_start[at] for at in (end + 1, end + 2) if at in by_start), None)
        if following and article[end : following.span.start].strip(" .\u00a0") == "":
            return following
        for gap in range(2, 12):
            before = by_end.get(phrase.span.start - gap)
            if before and AFTER_NAME.fullmatch(article, before.span.end, phrase.span.start):
                return before if FOLLOWED.match(article, end, sentence.end) else None
        comma = BEFORE_NAME.match(article, end, sentence.end)
        after = by_start.get(comma.end()) if comma and (phrase.definite or phrase.owned) else None
        return after if after and CLOSED.match(article, after.span.end, sentence.end) else None

    def _tie(self, phrase: RolePhrase, mention: Mention, sentence: Span) -> None:
        if len(mention.people) != 1:
            return
        person = mention.people[0]
        person.human = True
        person.gender = person.gender or gender_of_noun(phrase.noun)
        after = max(phrase.span.end, mention.span.end)
        words = phrase.apart | self._complement(phrase.span.end, sentence) | self._complement(after, sentence)
        self._add(phrase, person, words)

    def _add(self, phrase: RolePhrase, person: Person, words: frozenset[str]) -> None:
        ties = self._ties.setdefault(phrase.noun, [])
        if len(ties) < 2 * NAMESAKES:
            ties.append(Tie(person, phrase.changes, words))

    def _mention(self, phrase: RolePhrase, sentence: Span) -> Mention:
        apart = phrase.apart | self._complement(phrase.span.end, sentence)
        people: set[Person] = set()
        ties = self._ties.get(phrase.noun, ())
        sure = phrase.noun not in BROAD or apart
        if phrase.definite and not phrase.owned and sure and len(ties) < 2 * NAMESAKES:
            people = {tie.person for tie in ties if tie.changes == phrase.changes and apart <= tie.words}
        gender = gender_of_noun(phrase.noun)
        if len(people) != 1:
            person = Person(gender=gender, human=True)
            people = {person}
            self._add(phrase, person, apart)
        quoted = self._people.is_quoted(phrase.span.start)
        before = self._article[max(sentence.start, phrase.span.start - 12) : phrase.span.start].rstrip()
        subject = not before or not before[-1].isalnum() or before.split()[-1].casefold() in STOPS
        return Mention(phrase.span, tuple(people), gender, subject, quoted)

    def _complement(self, place: int, sentence: Span) -> frozenset[str]:
        """The proper words of "of Norfield" after a place."""
        match = OF_PROPER.match(self._article, place, sentence.end)
        return _proper(match[1].split()) if match else frozenset()


def _phrases(article: str, words: Sequence[re.Match[str]]) -> Iterator[RolePhrase]:
    for place, word in enumerate(words):
        noun = NOUN_OF.get(word[0].casefold())
        if noun is not None:
            yield _phrase(article, words, place, noun)


def _phrase(article: str, words: Sequence[re.Match[str]], place: int, noun: str) -> RolePhrase:
    """The phrase that ends with a noun: back to its determiner, or to what cannot stand before a noun."""
    first = place
    definite = indefinite = owned = False
    while first and place - first < LONGEST_PHRASE:
        word = words[first - 1]
        lower = word[0].casefold()
        gap = article[word.end() : words[first].start()]
        if gap.strip() or not gap or lower in STOPS or lower in LINKING:
            break
        first -= 1
        definite = definite or DEFINITE.fullmatch(lower) is not None or POSSESSIVE.search(word[0]) is not None
        indefinite = INDEFINITE.fullmatch(lower) is not None
        owned = OWNER.fullmatch(lower) is not None
        if (definite and not POSSESSIVE.search(word[0])) or indefinite or owned:
            break
    before = [word[0] for word in words[first:place]]
    changes = frozenset(word.casefold() for word in before if CHANGED.fullmatch(word.casefold()))
    end = words[place].start() + len(POSSESSIVE.sub("", words[place][0]))
    return RolePhrase(
        Span(words[first].start(), end), noun, changes, _proper(before), definite and not indefinite, indefinite, owned
    )


def _proper(words: Sequence[str]) -> frozenset[str]:
    bare = (POSSESSIVE.sub("", word).rstrip(".") for word in words)
    return frozenset(
        word.casefold()
        for word in bare
        if word[:1].isupper()
        and not HYPHENATED.fullmatch(word)
        and not DEFINITE.fullmatch(word.casefold())
        and not CHANGED.fullmatch(word.casefold())
        and not INDEFINITE.fullmatch(word.casefold())
        and not OWNER.fullmatch(word.casefold())
    )
