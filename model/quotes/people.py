"""The people of an article: who is named, under which names from which place on, and where each is mentioned."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from data.records import Span
from model.quotes.genders import Gender, gender_of_given_name, gender_of_noun
from model.quotes.names import LONGEST, WORD, Name, agree, is_headline, is_title, name_of_run, runs_of_names
from model.quotes.source_types import ORGANISATION, is_organisation_name

__all__ = ["Mention", "People", "Person"]

MARKS = "\"'“‘«`"
NAMESAKES = 8  # people of one surname, or of one role: beyond that no short form is sure, and look-ups stay short
PLACE = re.compile("American|Fort|House|National|New|North|San|Senate|South|Super|Supreme|United|White")
"""First words of what is no person."""

NO_SURNAME = re.compile("^May$|(?:ese|ican|ist|ite)s?$|[ai]ans$")  # the month; Chinese, American, Texans
PARTISAN = re.compile("(?:conservative|democrat|independent|libertarian|republican)", re.IGNORECASE)
VERBAL = ("ed", "ing", "ly")
BEFORE_SUBJECT_WORDS = """
added after although and argued as asked because before but how if once or said says since than that though
unless until what when where whether while why
"""
BEFORE_SUBJECT = frozenset(BEFORE_SUBJECT_WORDS.split())
"""Words after which a clause, or the speaker of a quotation, begins."""


@dataclass(slots=True, eq=False)
class Person:
    """Somebody of whom an article speaks. `forms` are the names given, each fuller than the last, with no name for
    somebody who is only described; `human` says that more than a capital speaks for a person.
    """

    forms: list[Name] = field(default_factory=list)
    gender: Gender | None = None
    human: bool = False

    def name_at(self, place: int) -> Name | None:
        """The fullest name given before a place; None where there is none yet."""
        known = bisect_right(self.forms, place, key=lambda name: name.span.end)
        return self.forms[known - 1] if known else None


@dataclass(slots=True, eq=False)
class Mention:
    """A place that means somebody: any one of `people`, which is one person where the text is clear.

    `subject` says that a clause begins with it, `quoted` that it stands in quotation marks.
    """

    span: Span
    people: tuple[Person, ...]
    gender: Gender | None = None
    subject: bool = False
    quoted: bool = False


class People:
    """The people whom an article names, read in one pass over its `sentences`.

    `mentions` has the named mentions of each sentence in order; a look-up takes time logarithmic in the article.
    """

    def __init__(self, article: str, sentences: Sequence[Span], quoted: Sequence[Span]) -> None:
        self._article = article
        self._quoted = quoted
        self._common = {word[0].casefold() for word in WORD.finditer(article) if word[0][0].islower()}
        self._proper: set[str] = set()  # words with a capital that they do not owe to the beginning of a sentence
        self._by_surname: dict[str, list[Person]] = {}
        self._by_given_name: dict[str, list[Person]] = {}
        self.words = [list(WORD.finditer(article, *sentence)) for sentence in sentences]
        runs = [[] if is_headline(words) else list(runs_of_names(article, words)) for words in self.words]
        for words, sentence in zip(self.words, runs, strict=True):
            for run in sentence:
                owed = run[0] is words[0] or article[run[0].start() - 1] in MARKS
                found = Name.of(run).words
                self._proper.update(found[1:] if owed else found)
        self.mentions = [
            [mention for run in sentence if (mention := self._mention(words, run))]
            for words, sentence in zip(self.words, runs, strict=True)
        ]

    def is_quoted(self, place: int) -> bool:
        """Whether a place stands in quotation marks."""
        after = bisect_right(self._quoted, place, key=lambda stretch: stretch.start)
        return bool(after) and place < self._quoted[after - 1].end

    def unroled(self, name: Name) -> Name:
        """The name without a common noun before it, as at the beginning of a sentence: Physicist Ann Ruiz."""
        first = name.words[0]
        if len(name.words) < 3 or first.casefold() not in self._common or first in self._proper:
            return name
        return self._without_first(name)

    def is_name(self, word: str, *, determined: bool) -> bool:
        """Whether a single word is a name here: no common noun that begins a sentence, and no people of a kind."""
        plural = word.endswith("s") and (determined or word[:-1] in self._proper)
        return word in self._proper and word.casefold() not in self._common and not plural

    def named(self, name: Name, gender: Gender | None = None) -> tuple[Person, ...]:
        """The people known so far that a name can mean, those of another gender left out."""
        before = name.span.end
        known = self._by_surname.get(name.surname, ())
        if not known and len(name.words) == 1:
            known = self._by_given_name.get(name.words[0].casefold(), ())
        fitting = (
            person
            for person in known
            if (form := person.name_at(before)) is not None and (len(name.words) == 1 or agree(name, form))
        )
        return tuple(person for person in fitting if gender is None or person.gender in (None, gender))

    def _mention(self, words: Sequence[re.Match[str]], run: list[re.Match[str]]) -> Mention | None:
        """Take note of one run of capitals."""
        begins = run[0] is words[0]
        name = name_of_run(run)
        if name is None or len(name.words) > LONGEST:
            return None
        name = self.unroled(name)
        first = name.words[0]
        titled = any(is_title(word[0]) and not PARTISAN.match(word[0]) for word in run if word.end() <= name.span.start)
        if len(run) > 1 and ORGANISATION.fullmatch(name.words[-1]):  # the Republican Party
            return None
        common = first.casefold() in self._common and gender_of_given_name(first) is None
        if begins and not titled and len(name.words) > 1 and (common or first.endswith(VERBAL)):
            name = self._without_first(name)
        elif len(name.words) > 1 and common:
            return None
        if not titled and not self._may_be_person(words, run, name):
            return None
        gender = next((found for word in run if (found := gender_of_noun(word[0]))), None)
        people = self._people_of(name, gender, titled=titled)
        if not people:
            return None
        return Mention(name.span, people, gender, self._begins_clause(words, run), self.is_quoted(name.span.start))

    def _may_be_person(self, words: Sequence[re.Match[str]], run: list[re.Match[str]], name: Name) -> bool:
        known = any(person.human for person in self._by_surname.get(name.surname, ()))
        if PLACE.fullmatch(name.words[0]) or (not known and is_organisation_name(list(name.words))):
            return False
        if len(name.words) == 1 and not known and NO_SURNAME.search(name.words[0]):
            return False
        before = self._article[max(words[0].start(), run[0].start() - 5) : run[0].start()].casefold().split()
        if before[-1:] in (["the"], ["a"], ["an"]):
            return False
        return len(name.words) > 1 or self.is_name(name.words[0], determined=False)

    def _people_of(self, name: Name, gender: Gender | None, *, titled: bool) -> tuple[Person, ...]:
        """Whom a name means; somebody new where it fits nobody known."""
        people = self.named(name, gender)
        if not people:
            namesakes = self._by_surname.setdefault(name.surname, [])
            if len(namesakes) == NAMESAKES:
                return ()
            people = (Person([name]),)
            namesakes += people
            self._index(name, people[0])
        if len(people) == 1:
            person = people[0]
            latest = person.forms[-1]
            person.gender = person.gender or gender or gender_of_given_name(name.words[0])
            alone = len(name.words) == 1 < len(latest.words) and name.surname == latest.surname
            person.human = person.human or titled or person.gender is not None or alone
            if len(name.words) > len(latest.words):
                person.forms.append(name)
                self._index(name, person)
        return people

    def _index(self, name: Name, person: Person) -> None:
        if len(name.words) > 1:
            same = self._by_given_name.setdefault(name.words[0].casefold(), [])
            if len(same) < NAMESAKES and person not in same:
                same.append(person)

    def _begins_clause(self, words: Sequence[re.Match[str]], run: list[re.Match[str]]) -> bool:
        """Whether a run begins a sentence or a clause and owns nothing: a rough test for a subject."""
        if self._article[run[-1].start() : run[-1].end() + 2].endswith(("’s", "'s")) or run[-1][0].endswith(
            ("’", "'", "s’")
        ):
            return False
        before = self._article[max(words[0].start(), run[0].start() - 12) : run[0].start()].rstrip()
        if not before or not before[-1].isalnum():
            return True
        return before.split()[-1].casefold() in BEFORE_SUBJECT

    def _without_first(self, name: Name) -> Name:
        second = WORD.search(self._article, name.span.start + len(name.words[0]), name.span.end)
        start = second.start() if second else name.span.start
        return Name(name.words[1:], Span(start, name.span.end))
