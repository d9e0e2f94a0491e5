"""What a record is. Everything that crosses from one part of the project to another is one of these plain values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

__all__ = [
    "LABELS",
    "STANCES",
    "Act",
    "AnnotatedArticle",
    "Attribution",
    "Cue",
    "CueFlag",
    "Example",
    "Judgement",
    "Kind",
    "LabelRecord",
    "Pair",
    "Span",
    "Speaker",
    "SpeakerType",
    "Stance",
    "Statement",
]


class Stance(StrEnum):
    """What a speaker commits to about a claim. The order here is the order of every label column and logit."""

    SUPPORT = "support"
    DENIAL = "denial"
    HEDGE = "hedge"
    UNRELATED = "unrelated"


LABELS: tuple[Stance, ...] = tuple(Stance)
"""The four outputs of the classifier, in the order of its logits."""

STANCES: tuple[Stance, ...] = (Stance.SUPPORT, Stance.DENIAL, Stance.HEDGE)
"""The three that a judgement can carry; how far the statement bears on the claim at all is its relevance."""


class Kind(StrEnum):
    """How a statement is rendered: wholly in quotation marks, partly, or in the reporter's words."""

    DIRECT = "direct"
    MIXED = "mixed"
    INDIRECT = "indirect"


class Act(StrEnum):
    """What the source does, by its cue: says something, is reported to think it, or to want or plan it."""

    STATEMENT = "statement"
    BELIEF = "belief"
    INTENTION = "intention"


class SpeakerType(StrEnum):
    """What kind of source a speaker is."""

    PERSON = "person"
    """One person, or several who are named."""
    GROUP = "group"
    """People who are not named one by one: officials, critics, the residents."""
    ORGANISATION = "organisation"
    ANONYMOUS = "anonymous"
    """Somebody whose name is kept back: a source, a person familiar with the matter."""
    DOCUMENT = "document"
    """What is written or counted: a report, a law, a poll."""


class CueFlag(StrEnum):
    """What a cue does to the words that it introduces."""

    NEGATED = "negated"
    """"did not say", "never claimed"."""
    MODAL = "modal"
    """"would say", "may have told"."""
    DECLINED = "declined"
    """The source keeps its answer back: "declined to comment", "would not confirm"."""
    DENIAL = "denial"
    """The source takes the opposite side: "denied", "rejected", "called it a lie"."""
    HEDGE = "hedge"
    """The source stays uncommitted: "suggested", "doubts", "appeared to say"."""
    QUESTION = "question"
    """"asked", "wondered"."""


class Span(NamedTuple):
    """A stretch of an article: code points ``[start, end)``."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The stretch itself."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Speaker:
    """The source of a statement as the article names it, and the fullest name known for it (None where unsure).

    `antecedent` is where the article gives that name, when the span itself does not hold all of it.
    """

    text: str
    span: Span
    type: SpeakerType = SpeakerType.PERSON
    name: str | None = None
    antecedent: Span | None = None


@dataclass(frozen=True, slots=True)
class Cue:
    """The word or phrase that introduces a statement: "said", "denied", "according to".

    `lemma` is the base form of the word that it turns on: "confirm" for "would not confirm"; `flags` stand in the
    order of CueFlag.
    """

    text: str
    span: Span
    lemma: str = ""
    flags: tuple[CueFlag, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """What one source is reported to say.

    `content` holds its fragments in order and disjoint; `text` joins their texts with " ... "; `verbatim` is what
    of it stands in quotation marks; `context` is the sentence before the statement and the sentences that hold it.
    """

    kind: Kind
    text: str
    content: tuple[Span, ...]
    context: Span
    verbatim: tuple[Span, ...] = ()
    act: Act = Act.STATEMENT
    speaker: Speaker | None = None
    cue: Cue | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim and a statement to be judged toward it, with what the guideline lets a judge read."""

    claim: str
    statement: str
    speaker: str = ""
    cue: str = ""
    context: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled pair. `group` is the article or thread that it came from: a group never stands in two splits.

    `origin` and `note` say what kind of row it is, such as its phenomenon; figures are broken down by them.
    """

    pair: Pair
    stance: Stance
    id: str = ""
    group: str = ""
    origin: str = ""
    annotator: str = ""
    labelled_at: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRecord:
    """What one annotator answered about one pair, and where that comes from; times are aware and in UTC.

    `stance` is the answer; `rejected` is a stance that the annotator only says it is not; with neither the annotator
    skipped the pair. `guideline` names the version that was followed, `suggestion` what the model `model` said and
    `reason` why the pair was asked about. `spans` are the statement's fragments in the article with the id `article`.
    """

    pair: Pair
    stance: Stance | None = None
    rejected: Stance | None = None
    annotator: str = ""
    labelled_at: datetime | None = None
    group: str = ""
    origin: str = ""
    guideline: str = ""
    source: str = ""
    licence: str = ""
    model: str = ""
    suggestion: Stance | None = None
    reason: str = ""
    article: str = ""
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """A statement's stance toward one claim.

    `stance` is the most probable of the three STANCES, always given; `probabilities` are the four LABELS' in order
    and sum to 1; `truncated` says that some of the pair's text was cut for length.
    """

    stance: Stance
    probabilities: tuple[float, float, float, float]
    truncated: bool = False

    @property
    def relevance(self) -> float:
        """The probability that the statement bears on the claim at all."""
        return 1.0 - self.probabilities[LABELS.index(Stance.UNRELATED)]

    @property
    def confidence(self) -> float:
        """The probability of the given stance among the four LABELS: that it bears on the claim, and in this sense."""
        return self.probabilities[LABELS.index(self.stance)]


@dataclass(frozen=True, slots=True)
class Attribution:
    """One annotated statement of an article: each part is a tuple of fragments, empty where the part is missing."""

    source: tuple[Span, ...]
    cue: tuple[Span, ...]
    content: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class AnnotatedArticle:
    """An article with the statements that an annotator found in it."""

    id: str
    text: str
    attributions: tuple[Attribution, ...]
