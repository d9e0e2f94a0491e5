"""One source, read: what kind of source it is and whose name the article gives for it.

A name is looked for in the source itself, then, for pronouns, for "who" and for roles, in what stands before.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from data.records import Span, SpeakerType
from model.quotes.coreference import Coreference
from model.quotes.genders import gender_of_noun, gender_of_pronoun
from model.quotes.names import DETERMINED, LINKING, POSSESSIVE, WORD, Name, apposed_name, head_name
from model.quotes.people import Mention, People, Person
from model.quotes.segments import STARTER
from model.quotes.source_types import OWNED, is_organisation_name, type_of

__all__ = ["Reader", "Reading"]

RELATIVE = re.compile(r"who|whom|whose", re.IGNORECASE)
NON_RESTRICTIVE = re.compile(r"(?:\s?\([^()]{1,40}\))?(?:,[^,;:“”\"]{1,90})?,\s+(?:and\s+)?")
RELATIVE_REACH = 120  # characters between a name and its "who": a long apposition
OF_PLACE = re.compile(r"\s(?:of|in|from|at)\s(?:the\s)?[A-Z][\w.]*(?:\s[A-Z][\w.]*)?$")
OBLIQUE = re.compile(
    r"(?:and\s(?:[^\W\d_][\w.]*\s){0,3}|(?:at|by|for|from|in|of|on|to|with)\s(?:[A-Z][a-z]{0,5}\.\s)?)$"
)
"""What stands before a name that need not be the one of a "who": the second of two, or somebody else’s."""
FIRST_PERSON = re.compile(r"I|me|my", re.IGNORECASE)
TURN = re.compile(r"\s*([^\W\d_][^\n:,]{0,40}):\s")
TURN_REACH = 1000  # characters from "I" back to the beginning of its line
ELDER = re.compile(r"\b(?:elder|eldest|junior|older|other|senior|younger|youngest)\b")  # of two with one surname
MODIFIED = re.compile(r"\s(?:who|whom|whose|that|which)\b")
INNER = frozenset(["and", "for", "of", "on", "the"])
"""Words in lower case inside the name of an organisation."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source is: its type, and the name of the person or organisation, as written somewhere."""

    type: SpeakerType
    name: Name | None = None


class Reader:
    """Reads the `sources` of an article, any of them in any order, each in time that does not grow with the article."""

    def __init__(
        self, article: str, sentences: Sequence[Span], quoted: Sequence[Span], sources: Collection[Span]
    ) -> None:
        self._article = article
        self._sentences = sentences
        self._people = People(article, sentences, quoted)
        for span in sorted(sources):
            self._take_as_human(span)
        self._coreference = Coreference(article, sentences, self._people, sources)

    def read(self, span: Span) -> Reading:
        """One source that is no compound."""
        bare = POSSESSIVE.sub("", span.of(self._article).strip())
        if gender_of_pronoun(bare):
            return Reading(SpeakerType.PERSON, self._name_of_pronoun(span, bare))
        if RELATIVE.fullmatch(bare):
            return self._relative(span)
        if FIRST_PERSON.fullmatch(bare):
            return Reading(SpeakerType.PERSON, self._name_of_turn(span))
        owner = self._owner(span)
        return self.read(owner) if owner else self._phrase(span)

    def _phrase(self, span: Span) -> Reading:
        """A noun phrase: the name that heads it, or the person who has the role that it gives."""
        text = span.of(self._article)
        determined = DETERMINED.match(text) is not None
        own = self._own_name(span, determined=determined)
        if own is None or (determined and type_of(text) is SpeakerType.DOCUMENT):
            return self._role(span)
        people = self._named(span, own)
        after_article = determined and " " not in self._article[span.start : own.span.start].strip()
        human = any(person.human for person in people) and not (after_article and len(own.words) == 1)
        organisation = after_article or is_organisation_name(list(own.words))
        kind = type_of(text, named=human or not organisation)
        if kind is not SpeakerType.PERSON:
            return self._nameless(span, kind)
        fuller = people[0].name_at(span.start) if len(people) == 1 and not ELDER.search(text) else None
        return Reading(kind, fuller if fuller and len(fuller.words) > len(own.words) else own)

    def _own_name(self, span: Span, *, determined: bool) -> Name | None:
        """The proper name that a noun phrase holds as its head or in apposition."""
        name = head_name(self._article, span)
        if name is None and determined:
            name = apposed_name(self._article, span)
        if name and not determined:
            name = self._people.unroled(name)
        if name and len(name.words) == 1 and not self._people.is_name(name.words[0], determined=determined):
            return None
        return name

    def _named(self, span: Span, name: Name) -> tuple[Person, ...]:
        titles = WORD.finditer(self._article, span.start, name.span.start)
        gender = next((found for word in titles if (found := gender_of_noun(word[0]))), None)
        return self._people.named(name, gender)

    def _nameless(self, span: Span, kind: SpeakerType) -> Reading:
        """A source that is no person by name; an organisation has its own."""
        return Reading(kind, self._organisation(span) if kind is SpeakerType.ORGANISATION else None)

    def _organisation(self, span: Span) -> Name | None:
        """The name of an organisation, without its article; None where a common noun is part of the phrase."""
        words = list(WORD.finditer(self._article, *span))
        if words and words[0][0].casefold() == "the":
            words.pop(0)
        inside = (word[0][0].isupper() or word[0] in INNER for word in words)
        end = next((place for place, proper in enumerate(inside) if not proper), len(words))
        if end < len(words) and words[end][0] not in LINKING:
            return None
        while end and words[end - 1][0] in INNER:
            end -= 1
        name = Name.of(words[:end]) if end else None
        if name is None or STARTER.fullmatch(name.words[0].casefold()) or "," in name.span.of(self._article):
            return None
        return name if len(name.words) > 1 or self._people.is_name(name.words[0], determined=False) else None

    def _role(self, span: Span) -> Reading:
        """A common noun: the person whom the article has tied to it."""
        text = span.of(self._article)
        kind = type_of(text)
        if kind not in (SpeakerType.PERSON, SpeakerType.ANONYMOUS) or MODIFIED.search(text):
            return self._nameless(span, kind)
        held = [mention for mention in self._mentions_at(span.start) if mention.span.end <= span.end]
        mention = max(held, key=lambda one: one.span.end, default=None)
        end = self._sentences[self._place(span.start)].end  # the name may follow: "the minister", then "Ines Farrow"
        name = _only_name(mention, end) if mention else None
        return Reading(SpeakerType.PERSON if name else kind, name)

    def _name_of_pronoun(self, span: Span, pronoun: str) -> Name | None:
        if self._people.is_quoted(span.start):
            return None
        for mention in self._mentions_at(span.start):
            return _only_name(mention, span.start)
        people = self._coreference.resolve(self._place(span.start), span.start, gender_of_pronoun(pronoun))
        return people[0].name_at(span.start) if people else None

    def _relative(self, span: Span) -> Reading:
        """What stands before "who": a name only after a comma, since what a relative sets apart is no name."""
        article = self._article
        sentence = self._place(span.start)
        mentions = self._coreference.mentions[sentence]
        last = bisect_left(mentions, span.start, key=lambda mention: mention.span.start)
        near = [one for one in mentions[max(0, last - 4) : last] if one.span.end <= span.start]
        start = max(self._sentences[sentence].start, span.start - RELATIVE_REACH)
        before = OF_PLACE.sub("", article[start : span.start].rstrip(" ,-–—"))
        named = any(mention.span.end == start + len(before) for mention in near)
        plural = bool(before) and type_of(before.split()[-1]) is SpeakerType.GROUP
        for mention in reversed(near):
            direct = span.start - mention.span.end < RELATIVE_REACH and NON_RESTRICTIVE.fullmatch(
                article, mention.span.end, span.start
            )
            if direct and not OBLIQUE.search(article, max(0, mention.span.start - 40), mention.span.start):
                name = _only_name(mention, span.start)
                return Reading(SpeakerType.PERSON if name or not plural else SpeakerType.GROUP, name)
        return Reading(SpeakerType.GROUP if plural and not named else SpeakerType.PERSON)

    def _name_of_turn(self, span: Span) -> Name | None:
        """The name before the colon that begins the line of an "I"."""
        start = max(self._article.rfind("\n", 0, span.start) + 1, span.start - TURN_REACH)
        turn = TURN.match(self._article, start, span.start)
        return self._phrase(Span(*turn.span(1))).name if turn else None

    def _owner(self, span: Span) -> Span | None:
        """Who owns an opinion: "his" of "his words", "Ruiz’s" of "Ruiz’s view"."""
        words = list(WORD.finditer(self._article, *span))
        if len(words) < 2 or not OWNED.fullmatch(words[-1][0]):
            return None
        owners = [word for word in words[:-1] if POSSESSIVE.search(word[0]) or gender_of_pronoun(word[0])]
        return Span(span.start, owners[-1].end()) if owners else None

    def _take_as_human(self, span: Span) -> None:
        """A source that a full name heads is a person; one word alone may name anything."""
        name = head_name(self._article, span)
        if name is None or len(name.words) < 2 or DETERMINED.match(span.of(self._article)):
            return
        people = self._people.named(name)
        if len(people) == 1 and not is_organisation_name(list(name.words)):
            people[0].human = True

    def _mentions_at(self, start: int) -> list[Mention]:
        mentions = self._coreference.mentions[self._place(start)]
        first = bisect_left(mentions, start, key=lambda mention: mention.span.start)
        last = bisect_right(mentions, start, key=lambda mention: mention.span.start)
        return mentions[first:last]

    def _place(self, start: int) -> int:
        """The sentence that a place stands in."""
        return max(0, bisect_right(self._sentences, start, key=lambda sentence: sentence.start) - 1)


def _only_name(mention: Mention, place: int) -> Name | None:
    return mention.people[0].name_at(place) if len(mention.people) == 1 else None
