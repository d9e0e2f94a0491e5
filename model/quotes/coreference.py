"""Whom "he" and "she" mean: one person in reach whom the article's own words let it be, or nobody.

A pronoun of the narrator is resolved in the order of reading, from the people mentioned outside quotation marks: in
its own sentence, else in the nearest sentence before it that mentions somebody who fits. Where two fit and neither is
the speaker or the subject there, it means nobody, and so do the pronouns that lean on it.
"""

from bisect import bisect_left
from collections.abc import Collection, Sequence

from data.records import Span
from model.quotes.genders import Gender
from model.quotes.names import LINKING
from model.quotes.people import Mention, People, Person
from model.quotes.roles import Roles

__all__ = ["Coreference"]

PRONOUNS = {
    form: gender
    for gender in Gender
    for pronoun in (gender.value, gender.value.capitalize())
    for form in (pronoun, *(f"{pronoun}{mark}{ending}" for mark in "’'" for ending in ("d", "ll", "s")))
}
"""Subject pronouns as they stand in texts, contracted verbs included."""

REACH = 4  # sentences with narration in them that a pronoun looks back
FURTHEST = 16  # sentences, those inside quotation marks included
CROWD = 24  # mentions of one sentence that are looked at


class Coreference:
    """Every mention of a person in an article's narration, resolved. `speakers` are the spans of sources."""

    def __init__(self, article: str, sentences: Sequence[Span], people: People, speakers: Collection[Span]) -> None:
        self._article = article
        self._sentences = sentences
        self._people = people
        self._ends = {span.end for span in speakers}
        self._starts = {span.start for span in speakers}
        self._roles = Roles(article, people)
        self.mentions: list[list[Mention]] = []
        for place, sentence in enumerate(sentences):
            self._read(place, sentence)

    def _read(self, place: int, sentence: Span) -> None:
        words = self._people.words[place]
        named = self._people.mentions[place]
        roles = self._roles.read(words, named, sentence)
        taken = {mention.span for mention in named}
        pronouns = [
            Mention(Span(*word.span()), (), PRONOUNS[word[0]], True, self._people.is_quoted(word.start()))
            for word in words
            if word[0] in PRONOUNS
        ]
        self.mentions.append([])
        for mention in sorted([*named, *roles, *pronouns], key=lambda one: one.span):
            if not mention.people and not mention.quoted and mention.span not in taken:
                mention.people = self.resolve(place, mention.span.start, mention.gender)
            self.mentions[-1].append(mention)

    def resolve(self, place: int, start: int, gender: Gender | None) -> tuple[Person, ...]:
        """Whom a pronoun at `start`, in the sentence at `place`, means: one person or nobody."""
        before = bisect_left(self.mentions[place], start, key=lambda mention: mention.span.start)
        own = [one for one in self.mentions[place][max(0, before - CROWD) : before] if one.span.end <= start]
        inside = [mention for mention in own if mention.subject and self._fits(mention, gender)]
        if inside:
            return self._choice(inside, gender)
        rivals = {person for mention in own if self._fits(mention, gender) for person in mention.people}
        if rivals and not self._opens_obliquely(place):
            return ()
        looked = 0
        for back in range(place - 1, max(-1, place - FURTHEST), -1):
            fitting = [mention for mention in self.mentions[back][-CROWD:] if self._fits(mention, gender)]
            if fitting:
                chosen = self._choice(fitting, gender, certain=bool(rivals))
                return () if rivals.intersection(chosen) else chosen
            looked += not self._people.is_quoted(self._sentences[back].start)
            if looked == REACH:
                break
        return ()

    def _opens_obliquely(self, place: int) -> bool:
        """Whether a sentence begins like "In an interview with Ann Ruiz," or "Asked about Ann Ruiz,"."""
        words = self._people.words[place]
        first = words[0][0].casefold() if words else ""
        return first in LINKING or first == "asked" or first.endswith("ing")

    def _fits(self, mention: Mention, gender: Gender | None) -> bool:
        if mention.quoted:
            return False
        if not mention.people:
            return mention.gender in (None, gender)
        fitting = [person for person in mention.people if person.gender in (None, gender)]
        return any(person.human or (mention.subject and len(person.forms[-1].words) > 1) for person in fitting)

    def _choice(
        self, fitting: Sequence[Mention], gender: Gender | None, *, certain: bool = False
    ) -> tuple[Person, ...]:
        """The one person among a sentence's mentions: the only one, else the only speaker, else the only subject."""
        speakers = [mention for mention in fitting if self._speaks(mention)]
        subjects = [mention for mention in fitting if mention.subject]
        for mentions in (fitting, speakers) if certain else (fitting, speakers, subjects):
            people = {person for mention in mentions for person in self._narrowed(mention, gender)}
            unknown = any(not self._narrowed(mention, gender) for mention in mentions)
            if len(people) == 1 and not unknown:
                person = people.pop()
                person.gender = person.gender or gender
                return (person,)
        return ()

    def _narrowed(self, mention: Mention, gender: Gender | None) -> list[Person]:
        fitting = [person for person in mention.people if person.human and person.gender in (None, gender)]
        return [person for person in fitting if person.gender] or fitting

    def _speaks(self, mention: Mention) -> bool:
        return mention.span.start in self._starts or mention.span.end in self._ends
