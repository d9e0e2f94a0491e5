"""Proper names of people as an article writes them: which words of a phrase are the name, and how two names compare.

Titles, roles, possessive endings and the words that begin a sentence are no part of a name.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from data.records import Span
from model.quotes.genders import gender_of_given_name
from model.quotes.segments import STARTER

__all__ = [
    "DETERMINED",
    "LINKING",
    "PHRASE_END",
    "POSSESSIVE",
    "WORD",
    "Name",
    "agree",
    "apposed_name",
    "head_name",
    "is_headline",
    "is_title",
    "name_of_run",
    "runs_of_names",
]

WORD = re.compile(r"[^\W\d_]+(?:[’'.-][^\W\d_]+)*(?:\.|[’'](?=\s))?")
PHRASE_END = re.compile(r"[,;:(\[—–\"“”/]|''|``|\s-\s|--|\b(?:who|whom|whose|which|that)\b")
POSSESSIVE = re.compile(r"[’'][sS]?$")
DETERMINED = re.compile(r"\s*(?:the|an?|its|his|her|their|our|my)\s", re.IGNORECASE)
PARTICLES = frozenset(
    [
        "al",
        "bin",
        "da",
        "de",
        "del",
        "della",
        "der",
        "di",
        "dos",
        "du",
        "el",
        "ibn",
        "la",
        "le",
        "ten",
        "ter",
        "van",
        "von",
    ]
)
LINKING_WORDS = """
about after against among around as at before behind between by during for from in inside like near of on
outside over per since than to toward towards under via with within without
"""
LINKING = frozenset(LINKING_WORDS.split())
LITTLE = LINKING | {
    "a",
    "an",
    "and",
    "but",
    "if",
    "is",
    "it",
    "its",
    "nor",
    "not",
    "or",
    "s",
    "so",
    "t",
    "that",
    "the",
    "v",
    "vs",
}
SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV")
LONGEST = 5  # words: a longer run of capitals is a headline

TITLE_WORDS = """
activist actor actress adm admiral adviser advisor aide alderman ambassador analyst anchor archbishop attorney
author billionaire bishop brig businessman businesswoman candidate capt captain cardinal ceo chair chairman
chairwoman challenger chancellor chief coach col colonel columnist comedian commander commentator commissioner
congressional congressman congresswoman conservative contender correspondent councillor councilman councilor
councilwoman counsel dame democrat democratic democrats deputy detective director dr economist editor
entrepreneur father founder frontrunner gen general gov governor govs historian hopeful host imam independent
independents inspector investor journalist judge justice king lady lawmaker lawyer leader libertarian lobbyist
lord lt maj major manager mayor minister miss moderator mogul mr mrs ms mx neurosurgeon nominee officer official
pastor pollster pope premier president prince princess prof professor prosecutor queen rabbi rep reporter
representative reps republican republicans rev reverend rival scientist secretary sen senator sens sergeant sgt
sheikh sheriff singer sir sister socialite speaker spokesman spokesperson spokeswoman strategist superdelegate
superintendent supporter supt treasurer tycoon whip
"""
TITLES = frozenset(TITLE_WORDS.split())
"""Words that stand before a name and are no part of it, in lower case and without their full stop."""
SURNAMES_TOO = frozenset(["Bishop", "King", "Major", "Pope", "Prince"])
OFFICES = frozenset(
    ["Affairs", "Commerce", "Defence", "Defense", "Education", "Health", "House", "Intelligence", "State", "Staff"]
)
"""What one is secretary, speaker or chief of, before a name."""

DATE = re.compile(
    "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|June|July|August|September|October|"
    "November|December"
)

Words = Sequence[re.Match[str]]


@dataclass(frozen=True, slots=True)
class Name:
    """A name: its words without possessive endings, and where it stands in the article."""

    words: tuple[str, ...]
    span: Span

    @classmethod
    def of(cls, words: Words) -> Self:
        """The name that some words of an article are, of which there is at least one."""
        bare = tuple(_bare(word[0]) for word in words)
        return cls(bare, Span(words[0].start(), words[-1].start() + len(bare[-1])))

    @property
    def surname(self) -> str:
        """The last word that is no Jr. or III, in lower case."""
        return next((word for word in reversed(self.words) if not SUFFIX.fullmatch(word)), self.words[-1]).casefold()

    @property
    def suffix(self) -> str:
        """Jr, Sr, II and the like; empty for most."""
        return self.words[-1].rstrip(".") if SUFFIX.fullmatch(self.words[-1]) else ""

    def text(self, article: str) -> str:
        """The name as the article gives it, with single spaces."""
        return " ".join(self.span.of(article).split())


def head_name(article: str, span: Span) -> Name | None:
    """The name that heads the noun phrase at `span`, titles left out; None where a common noun heads it."""
    end = PHRASE_END.search(article, *span)
    words = list(WORD.finditer(article, span.start, end.start() if end else span.end))
    least = 1
    cut = next((place for place, word in enumerate(words) if place and word[0] in LINKING), None)
    if cut is not None:
        least = 2  # "Ann Ruiz of Norfield" holds a name, "Ministry of Defence" none that stands alone
        offices = [place for place, word in enumerate(words) if place > cut and word[0] in OFFICES]
        titled = words[cut][0] == "of" and offices and is_title(words[cut - 1][0])
        words = words[offices[-1] + 1 :] if titled else words[:cut]
    if any(word[0] in ("and", "or") for word in words):
        return None
    owners = [place for place, word in enumerate(words[:-1]) if POSSESSIVE.search(word[0])]
    if owners:
        least, words = 2, words[owners[-1] + 1 :]
    start = len(words)
    while start and (_is_capital(words[start - 1]) or (start < len(words) and words[start - 1][0] in PARTICLES)):
        start -= 1
    if 0 < start < len(words) and words[start - 1][0].endswith("ing"):  # a delegate supporting Ann Ruiz
        return None
    name = name_of_run(words[start:])
    if name is None or not least <= len(name.words) <= LONGEST or DATE.fullmatch(name.words[-1]):
        return None
    return name


def apposed_name(article: str, span: Span) -> Name | None:
    """The name that follows a role between commas: "the minister, Ann Ruiz,"."""
    comma = article.find(",", *span)
    if comma < 0:
        return None
    end = article.find(",", comma + 1, span.end)
    part = Span(comma + 1, span.end if end < 0 else end)
    words = list(WORD.finditer(article, *part))
    if len(words) < 2 or not all(_is_capital(word) or word[0] in PARTICLES for word in words):
        return None
    return head_name(article, part)


def runs_of_names(article: str, words: Iterable[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Words with a capital that stand side by side, particles between them included."""
    run: list[re.Match[str]] = []
    for word in words:
        if run:
            apart = word.start() - run[-1].end() != 1 or not article[word.start() - 1].isspace()
            lower = not (_is_capital(word) or word[0] in PARTICLES)
            if apart or lower or not _goes_on(run[-1][0]):
                yield run
                run = []
        if _is_capital(word) or run:
            run.append(word)
    if run:
        yield run


def name_of_run(words: Words) -> Name | None:
    """A run of capitalised words without what precedes a name in it; None where it ends with a title."""
    titles = [place for place, word in enumerate(words) if is_title(word[0])]
    if titles and titles[-1] == len(words) - 1 and titles[-1]:
        given = gender_of_given_name(words[-2][0])
        if given or words[-1][0] in SURNAMES_TOO:
            titles.pop()
    rest = list(words[titles[-1] + 1 if titles else 0 :])
    while rest and (STARTER.fullmatch(_bare(rest[0][0]).casefold()) or DATE.fullmatch(_bare(rest[0][0]))):
        rest.pop(0)
    while rest and (rest[-1][0] in PARTICLES or DATE.fullmatch(_bare(rest[-1][0]))):
        rest.pop()
    while len(rest) > 2 and rest[0][0] in OFFICES:  # Secretary of State Ann Ruiz
        rest.pop(0)
    return Name.of(rest) if rest else None


def agree(one: Name, other: Name) -> bool:
    """Whether two names with one surname can be the same person's: a given name or its initial in common."""
    if len(one.words) < 2 or len(other.words) < 2:
        return True
    first, second = one.words[0].rstrip(".").casefold(), other.words[0].rstrip(".").casefold()
    initial = min(len(first), len(second)) == 1 and first[:1] == second[:1]
    return (first == second or initial) and one.suffix == other.suffix


def is_title(word: str) -> bool:
    """Whether a word, an abbreviation with or without its full stop, can stand before a name as a title or a role."""
    return word.rstrip(".").casefold() in TITLES


def is_headline(words: Words) -> bool:
    """Whether most words have a capital and all others are little ones, so that capitals say nothing."""
    small = [word[0] for word in words if not _is_capital(word)]
    return len(words) > 4 and 2 * len(small) < len(words) and LITTLE.issuperset(small)


def _is_capital(word: re.Match[str]) -> bool:
    return word[0][0].isupper()


def _goes_on(word: str) -> bool:
    """Whether a name can go on after a word: not after a possessive, nor after the full stop of a sentence."""
    if word.endswith("."):
        return len(word) == 2 or is_title(word)
    return not POSSESSIVE.search(word)


def _bare(word: str) -> str:
    word = POSSESSIVE.sub("", word)
    return word if len(word) == 2 or SUFFIX.fullmatch(word) else word.rstrip(".")
