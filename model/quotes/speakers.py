"""Names of speakers: the proper name in a source, and the fullest form of it that the article has given before.

A wrong name is worse than none. Pronouns, groups and roles have no name here, and a surname that two people of the
article share stays as it is.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from data.records import Span
from model.quotes.segments import STARTER

__all__ = ["Names"]

WORD = re.compile(r"[^\W\d_]+(?:[’'.-][^\W\d_]+)*(?:\.|[’'](?=\s))?")
PHRASE_END = re.compile(r"[,;:(\[—–\"“”/]|''|``|\s-\s|\b(?:who|whom|whose|which|that)\b")
POSSESSIVE = re.compile(r"[’'][sS]?$")
MARKS = "\"'“‘«`"
DETERMINED = re.compile(r"\s*(?:the|an?|its|his|her|their|our|my)\s", re.IGNORECASE)
PARTICLE = re.compile("al|bin|da|de|del|der|di|dos|du|el|ibn|la|le|ten|ter|van|von")
LINKING = re.compile("about|as|at|by|for|from|in|near|of|on|over|to|under|with")
SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV")
LONGEST = 5  # words: a longer run of capitals is a headline

TITLE = re.compile(
    "adm|admiral|adviser|advisor|aide|alderman|ambassador|analyst|archbishop|attorney|author|bishop|brig|candidate|"
    "capt|captain|cardinal|ceo|chair|chairman|chairwoman|chancellor|chief|coach|col|colonel|commander|commissioner|"
    "congressman|congresswoman|conservative|correspondent|councillor|councilman|councilor|councilwoman|counsel|dame|"
    "democratic|democrats?|deputy|detective|director|dr|economist|editor|father|founder|gen|general|gov|governor|host|"
    "imam|independents?|inspector|judge|justice|king|lady|lawmaker|lawyer|leader|libertarian|lord|lt|maj|major|"
    "manager|mayor|minister|miss|mr|mrs|ms|mx|nominee|officer|official|pastor|pollster|pope|premier|president|prince|"
    "princess|prof|professor|prosecutor|queen|rabbi|rep|reporter|representative|republicans?|rev|reverend|secretary|"
    "sen|senator|sergeant|sgt|sheikh|sheriff|sir|sister|speaker|spokesman|spokesperson|spokeswoman|strategist|"
    "superintendent|supt|treasurer|whip|sens|reps|govs",
    re.IGNORECASE,
)
SURNAMES_TOO = frozenset(["Bishop", "King", "Major", "Pope", "Prince"])
OFFICE = re.compile("Affairs|Commerce|Defen[cs]e|Education|Health|House|Intelligence|State|Staff")
"""What one is secretary, speaker or chief of, before a name."""

DATE = re.compile(
    "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|June|July|August|September|October|"
    "November|December"
)
PLACE = re.compile("American|Fort|House|National|New|North|San|Senate|South|Super|Supreme|United|White")
"""First words of what is no person."""

Name = tuple[str, ...]


class Names:
    """The people that an article names, place by place, from its `sentences` in order.

    Built in one pass over the article; a look-up is a search by halves.
    """

    def __init__(self, text: str, sentences: Iterable[Span]) -> None:
        self._text = text
        self._common = {word.casefold() for word in WORD.findall(text) if word[0].islower()}
        self._proper: set[str] = set()  # words with a capital that they do not owe to the beginning of a sentence
        self._known: dict[str, list[tuple[int, Name | None]]] = {}  # by surname: the full name, from which place on
        for sentence in sentences:
            words = list(WORD.finditer(text, *sentence))
            if not _is_headline([word[0] for word in words]):
                self._read(words)

    def of(self, span: Span) -> str | None:
        """The fullest name given before `span` for the speaker named in it; None where it names nobody for sure."""
        source = span.of(self._text)
        determined = DETERMINED.match(source) is not None
        name = _head_name(source) or (_apposed(source) if determined else ())
        if not determined:
            name = self._unroled(name)
        if not name or (len(name) == 1 and not self._is_one(name[0], determined=determined)):
            return None
        known = [] if determined and len(name) == 1 else self._known.get(_surname(name), [])
        place = bisect_left(known, span.start, key=lambda entry: entry[0])
        fuller = known[place - 1][1] if place else None
        if fuller and len(fuller) > len(name) and _agree(name, fuller):
            name = fuller
        return " ".join(name)

    def _read(self, words: Sequence[re.Match[str]]) -> None:
        """Take note of one sentence's proper names."""
        for run in _runs(words):
            begins = run[0] is words[0]
            owed = begins or self._text[run[0].start() - 1] in MARKS
            self._proper.update(_bare(word[0]) for word in (run[1:] if owed else run))
            name = _untitled([word[0] for word in run])
            while name and OFFICE.fullmatch(name[0]):  # Secretary of State Ann Ruiz
                name = name[1:]
            name = self._unroled(name)
            if not 2 <= len(name) <= LONGEST or PLACE.fullmatch(name[0]):
                continue
            common = name[0].casefold() in self._common
            if begins and (common or name[0].endswith(("ed", "ing", "ly"))):
                continue
            known = self._known.setdefault(_surname(name), [])
            latest = known[-1][1] if known else ()
            if latest is None:
                continue
            if (not latest and common) or not _agree(latest, name):
                known.append((run[0].start(), None))  # no sure name, or two people of one surname, from here on
            elif len(name) > len(latest) and not common:
                known.append((run[0].start(), name))

    def _unroled(self, name: Name) -> Name:
        """The name without a common noun before it, as at the beginning of a sentence: Physicist Ann Ruiz."""
        role = len(name) > 2 and name[0].casefold() in self._common and name[0] not in self._proper
        return name[1:] if role else name

    def _is_one(self, word: str, *, determined: bool) -> bool:
        """Whether a single word is a name here: no common noun that begins a sentence, and no people of a kind."""
        plural = word.endswith("s") and (determined or word[:-1] in self._proper)
        return word in self._proper and word.casefold() not in self._common and not plural


def _head_name(source: str) -> Name:
    """The words of the name that heads a noun phrase, titles left out; empty where a common noun heads it."""
    end = PHRASE_END.search(source)
    words = WORD.findall(source, 0, end.start() if end else len(source))
    if "and" in words or "or" in words:
        return ()
    least = 1
    cut = next((place for place, word in enumerate(words) if place and LINKING.fullmatch(word)), None)
    if cut is not None:
        least = 2  # "Ann Ruiz of Norfield" holds a name, "Ministry of Defence" none that stands alone
        offices = [place for place, word in enumerate(words) if place > cut and OFFICE.fullmatch(word)]
        titled = words[cut] == "of" and offices and TITLE.fullmatch(words[cut - 1])
        words = words[offices[-1] + 1 :] if titled else words[:cut]
    owners = [place for place, word in enumerate(words[:-1]) if POSSESSIVE.search(word)]
    if owners:
        least, words = 2, words[owners[-1] + 1 :]
    start = len(words)
    while start and (words[start - 1][0].isupper() or (start < len(words) and PARTICLE.fullmatch(words[start - 1]))):
        start -= 1
    name = _untitled(words[start:])
    return name if least <= len(name) <= LONGEST and not DATE.fullmatch(name[-1]) else ()


def _apposed(source: str) -> Name:
    """The name that follows a role: "the minister, Ann Ruiz,"."""
    parts = source.split(",", 2)
    words = WORD.findall(parts[1]) if len(parts) > 1 else []
    if len(words) < 2 or not all(word[0].isupper() or PARTICLE.fullmatch(word) for word in words):
        return ()
    return _head_name(parts[1])


def _runs(words: Iterable[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Words with a capital that stand side by side, particles between them included."""
    run: list[re.Match[str]] = []
    for word in words:
        apart = run and (word.start() - run[-1].end() != 1 or not _goes_on(run[-1][0]))
        if run and (apart or not (word[0][0].isupper() or PARTICLE.fullmatch(word[0]))):
            yield run
            run = []
        if word[0][0].isupper() or run:
            run.append(word)
    if run:
        yield run


def _untitled(words: Sequence[str]) -> Name:
    """A run of capitalised words without what precedes a name in it; empty where it ends with a title."""
    titles = [place for place, word in enumerate(words) if TITLE.fullmatch(word.rstrip("."))]
    if titles and titles[-1] == len(words) - 1 and titles[-1] and words[-1] in SURNAMES_TOO:
        titles.pop()
    rest = [_bare(word) for word in words[titles[-1] + 1 if titles else 0 :]]
    while rest and STARTER.fullmatch(rest[0].casefold()):
        rest.pop(0)
    while rest and PARTICLE.fullmatch(rest[-1]):
        rest.pop()
    return tuple(rest)


def _is_headline(words: Sequence[str]) -> bool:
    """Whether most words have a capital and none without one is long, so that capitals say nothing."""
    small = [word for word in words if not word[0].isupper()]
    return len(words) > 4 and 2 * len(small) < len(words) and all(len(word) < 5 for word in small)


def _goes_on(word: str) -> bool:
    """Whether a name can go on after a word: not after a possessive, nor after the full stop of a sentence."""
    if word.endswith("."):
        return len(word) == 2 or bool(TITLE.fullmatch(word[:-1]))
    return not POSSESSIVE.search(word)


def _bare(word: str) -> str:
    word = POSSESSIVE.sub("", word)
    return word if len(word) == 2 or SUFFIX.fullmatch(word) else word.rstrip(".")


def _surname(name: Name) -> str:
    return next((word for word in reversed(name) if not SUFFIX.fullmatch(word)), name[-1]).casefold()


def _agree(one: Name, other: Name) -> bool:
    """Whether two names with one surname can be the same person's: a given name or its initial in common."""
    if len(one) < 2 or len(other) < 2:
        return True
    first, second = one[0].rstrip(".").casefold(), other[0].rstrip(".").casefold()
    suffixes = {word.rstrip(".") for name in (one, other) for word in name[-1:] if SUFFIX.fullmatch(word)}
    shorter = min(len(first), len(second))
    same = first == second or (shorter == 1 and first[:1] == second[:1])
    return same and (not suffixes or one[-1].rstrip(".") == other[-1].rstrip("."))
