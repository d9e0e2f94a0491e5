"""Cues: the base form of the word that introduces a statement, what the phrase does to it, and what act it reports.

A cue is read from left to right. Negations, modals and operators ("refused to", "seemed to", "went on to") gather
until the word that the cue turns on, which is the first that the lexicon knows or that has a verb's ending; what has
gathered and what that word does by itself then compose into flags:

- negations cancel in pairs: "never failed to mention" is not negated;
- a negated denial is no affirmation: "did not deny" hedges, and so does "refused to rule out";
- a negated hedge hedges no more: "does not doubt"; a negated assurance does: "is not sure", "could not confirm";
- an answer is declined by those words ("refused to say") or by not giving it ("did not respond", "would not say").

The lemma is thus what was declined, negated or begun: "comment" for "declined to comment", and "decline" only where
the cue ends there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

from data.records import Act, Cue, CueFlag, Span
from model.quotes.lemmas import is_inflected
from model.quotes.lexicon import FILLERS, GRAMMAR, UNLISTED, Entry, Lexicon, Sense, Word, lexicon

__all__ = ["act_of", "read_cue"]

LONGEST_CUE = 500  # characters read: an article's whole sentence is shorter, and so no text can take long
PUNCTUATION = frozenset(",;:—–()[]…")
LEADS_TO_VERB = frozenset(["to", "do"])
MODALS = frozenset([Sense.WILL, Sense.ABLE, Sense.MODAL])
NEGATING = frozenset([Sense.NEGATOR, Sense.NEGATING, Sense.DISABLING])


class Due(Enum):
    """What the words before lead one to expect."""

    ANY = auto()
    VERB = auto()
    NOUN = auto()


def read_cue(article: str, span: Span) -> Cue:
    """The cue that stands at `span`, with its lemma and flags. Any text will do; time is linear in its length."""
    text = span.of(article)
    reading = _read(text)
    return Cue(text, span, reading.lemma, reading.flags())


def act_of(cue: Cue | None) -> Act:
    """What the source does by its cue; without a cue, a quotation, it says something.

    States of mind, attitudes among them ("supports", "fears"), are beliefs; wants, plans, decisions and attempts are
    intentions; promises, refusals, agreements and what documents show are statements, as is every word not known.
    """
    senses = _read(cue.text).entry.senses if cue else frozenset()
    if Sense.INTENTION in senses:
        return Act.INTENTION
    return Act.BELIEF if Sense.BELIEF in senses else Act.STATEMENT


@dataclass(slots=True)
class _Reading:
    """What has been gathered from a cue, and the word that it turns on."""

    entry: Entry = UNLISTED
    lemma: str = ""
    negated: bool = False
    declined: bool = False
    hedged: bool = False
    modal: bool = False
    wills: bool = False
    fails: bool = False
    false: bool = False

    def take(self, senses: frozenset[Sense]) -> None:
        """Let a negation, a modal or an operator work on what comes."""
        if Sense.DECLINING in senses:
            self.declined, self.negated = not self.negated, False
        elif senses & NEGATING:
            self.negated = not self.negated
        self.hedged |= Sense.HEDGING in senses or Sense.UNCERTAIN in senses
        self.modal |= not senses.isdisjoint(MODALS)
        self.wills |= Sense.WILL in senses
        self.fails |= Sense.ABLE in senses or Sense.DISABLING in senses

    def turn_on(self, entry: Entry, word: Word) -> None:
        """Take a word as the one that the cue turns on."""
        self.entry, self.lemma = entry, entry.lemma or word.base

    def flags(self) -> tuple[CueFlag, ...]:
        """The flags of the cue in the order of CueFlag."""
        does = self.entry.senses
        kept = Sense.ANSWER in does or (self.wills and Sense.DISCLOSURE in does)
        declined = self.declined or (self.negated and kept and not self.fails)
        denies = Sense.DENIAL in does or (self.false and Sense.NAMING in does)
        held_back = self.negated or declined
        unsure = denies or (Sense.ASSURANCE in does and not declined) if held_back else Sense.HEDGE in does
        raised = {
            CueFlag.NEGATED: self.negated,
            CueFlag.MODAL: self.modal,
            CueFlag.DECLINED: declined,
            CueFlag.DENIAL: denies and not held_back,
            CueFlag.HEDGE: self.hedged or unsure,
            CueFlag.QUESTION: Sense.QUESTION in does and not held_back,
        }
        return tuple(flag for flag, stands in raised.items() if stands)


@lru_cache(maxsize=256)  # articles repeat few cues, and each is read for its flags and for its act
def _read(text: str) -> _Reading:
    known = lexicon()
    words = known.words(text[:LONGEST_CUE])
    reading = _Reading()
    end = _to_head(known, words, reading)
    reading.lemma = reading.lemma or _of_grammar(known, words) or text.strip()[:1]
    _after_head(known, words[end:], reading)
    return reading


def _to_head(known: Lexicon, words: Sequence[Word], reading: _Reading) -> int:
    """Gather up to the word that the cue turns on, and give the place after it.

    A word that is neither known nor has a verb's form or place counts only where no better one follows before the next
    preposition ("sharp criticism of"); the last of such a run is the noun ("harsh tone toward").
    """
    place = end = 0
    due = Due.ANY
    while place < len(words):
        word = words[place]
        entry, after = known.longest(words, place)
        for between in words[place:after]:
            if Sense.NEGATOR in between.senses and between.text not in entry.words:
                reading.take(between.senses)
        reading.take(entry.senses)
        if word.text in PUNCTUATION or _is_grammar(entry, word):
            if Sense.PREPOSITION in entry.senses and reading.lemma and reading.entry is UNLISTED:
                break
            due = _due(due, entry, word)
        else:
            reading.turn_on(known.entry(entry.lemma) if entry.hands_on else entry, word)
            end = after
            if entry.hands_on:
                due = Due.VERB
            elif entry.senses or due is Due.VERB or (due is Due.ANY and is_inflected(word.text, known.irregular)):
                break
        place = after
    return end


def _is_grammar(entry: Entry, word: Word) -> bool:
    return not (entry.senses or word.senses).isdisjoint(GRAMMAR)


def _due(due: Due, entry: Entry, word: Word) -> Due:
    """What is to come after a word of grammar: a verb after "to", "did" and "would", a noun after an article."""
    if word.base in LEADS_TO_VERB or not entry.senses.isdisjoint(MODALS):
        return Due.VERB
    if Sense.ARTICLE in entry.senses:
        return Due.NOUN
    return due if word.senses <= FILLERS else Due.ANY


def _after_head(known: Lexicon, words: Sequence[Word], reading: _Reading) -> None:
    """Gather what follows the head in its clause: "says nothing", "decided not to", "called it a lie"."""
    adjacent = True
    for word in words:
        if word.text in PUNCTUATION:
            return
        adjacent = adjacent and not word.senses.isdisjoint(FILLERS)
        negates = adjacent and Sense.NEGATOR in word.senses and word.text != "nor"  # "neither confirmed nor denied"
        if negates or Sense.UNCERTAIN in word.senses:
            reading.take(word.senses)
        reading.false |= Sense.FALSEHOOD in known.entry(word.base).senses


def _of_grammar(known: Lexicon, words: Sequence[Word]) -> str:
    """The lemma of a cue that has only words of grammar: "in", "be", "would"; empty where it has no word at all."""
    ranked = [(GRAMMAR.index(sense), place) for place, word in enumerate(words) for sense in word.senses]
    if not ranked:
        return ""
    word = words[min(ranked)[1]]
    return known.entry(word.base).lemma or word.text
