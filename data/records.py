"""What a record is. Everything that crosses from one part of the project to another is one of these plain values."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

__all__ = [
    "LABELS",
    "STANCES",
    "AnnotatedArticle",
    "Attribution",
    "Cue",
    "Example",
    "Judgement",
    "Kind",
    "Pair",
    "Span",
    "Speaker",
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


class Span(NamedTuple):
    """A stretch of an article: code points ``[start, end)``."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The stretch itself."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Speaker:
    """The source of a statement as the article names it, and the fullest name known for it (None where unsure)."""

    text: str
    span: Span
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Cue:
    """The word or phrase that introduces a statement: "said", "denied", "according to"."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Statement:
    """What one source is reported to say.

    `content` holds its fragments in order and disjoint; `text` joins their texts with " ... ";
    `context` is the sentence before the statement and the sentences that hold it.
    """

    kind: Kind
    text: str
    content: tuple[Span, ...]
    context: Span
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
    """A labelled pair. `group` is the article or thread that it came from: a group never stands in two splits."""

    pair: Pair
    stance: Stance
    id: str = ""
    group: str = ""
    origin: str = ""
    annotator: str = ""
    labelled_at: str = ""


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
