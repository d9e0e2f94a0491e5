"""The lexicon of cues: the words that they are made of and what each does there: what `cues.toml` lists."""

import re
import tomllib
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple

from model.quotes.lemmas import base_form

__all__ = ["FILLERS", "GRAMMAR", "UNLISTED", "Entry", "Lexicon", "Sense", "Word", "lexicon"]

COPULAS = frozenset(["be", "'s", "'re", "'m", "become", "get", "remain"])
TOKEN = re.compile(r"'(?:s|d|ll|re|ve|m)\b|[^\W_]+(?:-[^\W_]+)*|[,;:—–()\[\]…]")
CONTRACTED = re.compile(r"\b(wo|ca|sha)n't\b|n't\b|(?<=\bcan)not\b")
FULL = {"wo": "will not", "ca": "can not", "sha": "shall not", None: " not"}
UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))  # soft hyphens, joiners
APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´", "'"))


class Sense(StrEnum):
    """What an entry does in a cue: the names of the lists in cues.toml, which says what belongs to each."""

    BELIEF = "belief"
    INTENTION = "intention"
    STATEMENT = "statement"
    DENIAL = "denial"
    HEDGE = "hedge"
    QUESTION = "question"
    ASSURANCE = "assurance"
    ANSWER = "answer"
    DISCLOSURE = "disclosure"
    NAMING = "naming"
    FALSEHOOD = "falsehood"
    NEGATING = "negating"
    DISABLING = "disabling"
    DECLINING = "declining"
    HEDGING = "hedging"
    PLAIN = "plain"
    PREPOSITION = "preposition"
    AUXILIARY = "auxiliary"
    WILL = "will"
    ABLE = "able"
    MODAL = "modal"
    NEGATOR = "negator"
    EMPHASIS = "emphasis"
    UNCERTAIN = "uncertain"
    ADVERB = "adverb"
    ARTICLE = "article"
    PRONOUN = "pronoun"


OPERATORS = frozenset([Sense.NEGATING, Sense.DISABLING, Sense.DECLINING, Sense.HEDGING, Sense.PLAIN])
"""What hands on to the word after it."""

GRAMMAR = tuple(Sense)[tuple(Sense).index(Sense.PREPOSITION) :]
"""What a cue turns on only where it has no other word, in the order in which one of them is chosen then."""

GRAMMATICAL = frozenset(GRAMMAR)
NOUN_LEADERS = frozenset([Sense.ARTICLE, Sense.PREPOSITION])

FILLERS = frozenset([Sense.NEGATOR, Sense.UNCERTAIN, Sense.ADVERB, Sense.ARTICLE, Sense.PRONOUN])
"""What may stand between the words of an entry."""

CLOSED = frozenset(GRAMMAR) - {Sense.AUXILIARY}  # "willing" is no form of "will", nor "owned" of "own"
HAVE = frozenset([Sense.AUXILIARY])
MOST_FILLERS = 4  # in one entry: the bound keeps reading linear


class Entry(NamedTuple):
    """A word or phrase, the lemma that it has in a cue, and all that it does."""

    words: tuple[str, ...]
    lemma: str
    senses: frozenset[Sense]

    @property
    def hands_on(self) -> bool:
        """Whether this is an operator with the word that leads to its complement: "fail to", "begin by"."""
        return not self.senses.isdisjoint(OPERATORS) and len(self.words) > self.lemma.count(" ") + 1


UNLISTED = Entry((), "", frozenset())


class Word(NamedTuple):
    """A word or punctuation mark of a cue in lower case, its base form, and what it does as a word of grammar."""

    text: str
    base: str
    senses: frozenset[Sense]

    def fits(self, pattern: str) -> bool:
        """Whether this is the word that an entry asks for."""
        return pattern in (self.text, self.base) or (pattern == "-ing" and self.text.endswith("ing"))


class Lexicon:
    """The entries, found by their first word, and the base forms of words."""

    def __init__(self, lists: dict[str, dict[str, str]]) -> None:
        self.irregular = {
            form: forms[0] for forms in map(str.split, _items(lists.pop("irregular")["verbs"])) for form in forms[1:]
        }
        self._ly_verbs = frozenset(_items(lists["grammar"].pop("ly_verb")))
        gathered: dict[tuple[str, ...], tuple[str, set[Sense]]] = {}
        for sense, text in (pair for senses in lists.values() for pair in senses.items()):
            for words, lemma in _entries(text, alone=sense in OPERATORS):
                gathered.setdefault(words, (lemma, set()))[1].add(Sense(sense))
        self._entries = {words: Entry(words, lemma, frozenset(found)) for words, (lemma, found) in gathered.items()}
        self._beginning: dict[str, list[Entry]] = {}
        for entry in sorted(self._entries.values(), key=lambda entry: -len(entry.words)):
            self._beginning.setdefault(entry.words[0], []).append(entry)

    def entries(self) -> list[Entry]:
        """All of them, in the order of the file."""
        return list(self._entries.values())

    def words(self, text: str) -> list[Word]:
        """The words of a cue in order, contractions undone, with the punctuation that parts its clauses."""
        plain = text.translate(UNSEEN).translate(APOSTROPHES).casefold()
        plain = CONTRACTED.sub(lambda found: FULL[found[1]], plain)
        words: list[Word] = []
        before: Word | None = None
        place = 0
        for token in TOKEN.findall(plain):
            word = self._word(token, before)
            words.append(word)
            if before and before.text == "'d" and word.base != word.text:
                words[place] = Word("had", "have", HAVE)  # "he'd said", but "he'd say"
            if Sense.ADVERB not in word.senses:
                before, place = word, len(words) - 1
        return words

    def longest(self, words: Sequence[Word], place: int) -> tuple[Entry, int]:
        """The longest entry that begins at `place`, and the place after it; UNLISTED and the next place without one."""
        first = words[place]
        for key in dict.fromkeys((first.base, first.text)):
            for entry in self._beginning.get(key, ()):
                end = self._match(words, place, entry)
                if end and (key == first.text or end > place + 1 or entry.senses.isdisjoint(CLOSED)):
                    return entry, end
        return UNLISTED, place + 1

    def entry(self, lemma: str) -> Entry:
        """The entry of a single word or phrase; UNLISTED without one."""
        return self._entries.get(tuple(lemma.split()), UNLISTED)

    def _match(self, words: Sequence[Word], place: int, entry: Entry) -> int:
        """The place after the last word of an entry that begins at `place`, or 0. `-ing` is seen, not taken."""
        wanted = 1
        for end in range(place + 1, min(len(words), place + len(entry.words) + MOST_FILLERS)):
            if wanted == len(entry.words):
                break
            if words[end].fits(entry.words[wanted]):
                place, wanted = end, wanted + 1
            elif words[end].senses.isdisjoint(FILLERS):
                break
        return place + (entry.words[-1] != "-ing") if wanted == len(entry.words) else 0

    def _word(self, token: str, before: Word | None) -> Word:
        """A word read after another: "are worried" and "a warning" hold no verbs, so they are their own base forms."""
        grammar = self.entry(token).senses & GRAMMATICAL
        base = base_form(token, self.irregular, self._beginning)
        if token.isdigit() or (token.endswith("ly") and len(token) > 4 and token not in self._ly_verbs):
            grammar |= {Sense.ADVERB}
        grammar |= self.entry(base).senses & {Sense.AUXILIARY}
        listed = token in self._beginning
        adjective = token.endswith("ed") and before is not None and before.base in COPULAS
        noun = token.endswith("ing") and before is not None and not before.senses.isdisjoint(NOUN_LEADERS)
        if listed and (adjective or noun or base not in self._beginning or not grammar.isdisjoint(GRAMMAR)):
            base = self.irregular.get(token, token)
        return Word(token, base, grammar)


@cache
def lexicon() -> Lexicon:
    """The lexicon that ships, read once."""
    return Lexicon(tomllib.loads((Path(__file__).parent / "cues.toml").read_text(encoding="utf-8")))


def _items(text: str) -> list[str]:
    return [" ".join(item.split()) for item in text.split(",") if item.strip()]


def _entries(text: str, *, alone: bool) -> list[tuple[tuple[str, ...], str]]:
    """The words and the lemma of each item; `alone`: what stands before a bar is an entry too."""
    found = []
    for item in _items(text):
        words, _, lemma = item.partition("=")
        head, _, rest = words.partition("|")
        found.append(((*head.split(), *rest.split()), lemma or head))
        if rest and alone:
            found.append((tuple(head.split()), head))
    return found
