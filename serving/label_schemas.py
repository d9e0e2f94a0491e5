"""What is asked and what is answered about labels over HTTP, field by field."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from data.errors import BadInput
from data.label_columns import require_text
from data.records import LabelRecord, Span, Stance
from data.spans import parse_fragments
from serving.limits import LIMITS
from serving.schemas import Answer, PairRequest, Strict

__all__ = ["MOST_LABELS", "LabelRequest", "LabelResponse", "LabelsResponse"]

MOST_LABELS = 2**31 - 1
"""The numbers of labels end where a database's usual integers do."""

Answered = Literal["support", "denial", "hedge", "unrelated"]
CodePoint = Annotated[int, Field(ge=0, le=MOST_LABELS)]
Note = Annotated[str, Field(max_length=LIMITS.note_characters)]


class LabelRequest(Strict):
    """What a reader says of one pair. What no file keeps, zeros and lone surrogates, is refused in every text."""

    pair: PairRequest
    stance: Answered = Field(description="`unrelated` where the statement says nothing on the claim.")
    annotator: str = Field(
        default="",
        max_length=LIMITS.annotator_characters,
        description="Who says so. With keys it is the key's name, whatever is sent.",
        examples=["ana"],
    )
    article: Note = Field(default="", description="An id or a hash of the article that the statement stands in.")
    spans: list[Annotated[list[CodePoint], Field(min_length=2, max_length=2)]] = Field(
        default=[],
        max_length=LIMITS.spans,
        description="Where: code points [start, end) of the article, in order and without overlap.",
        examples=[[[71, 83]]],
    )
    suggestion: Answered | None = Field(default=None, description="What the model said.")
    reason: Note = Field(default="", description="Why the reader was asked.")

    @field_validator("spans")
    @classmethod
    def check_spans(cls, value: list[list[int]]) -> list[list[int]]:
        """Refuse what is no list of fragments."""
        try:
            parse_fragments(value, "spans")
        except BadInput as error:
            raise PydanticCustomError("no_fragments", "are none: {reason}", {"reason": str(error)}) from None
        return value

    @model_validator(mode="after")
    def check_texts(self) -> "LabelRequest":
        """Refuse a text that no store takes."""
        try:
            require_text(self.record())
        except BadInput as error:
            raise PydanticCustomError("no_text", "cannot be kept: {reason}", {"reason": str(error)}) from None
        return self

    def record(self, *, annotator: str | None = None, model: str = "", at: datetime | None = None) -> LabelRecord:
        """The label as the store takes it, by `annotator` where that is known better, beside the served `model`.

        Its group is its article, so that one article never stands in two splits.
        """
        return LabelRecord(
            pair=self.pair.pair(),
            stance=Stance(self.stance),
            annotator=self.annotator if annotator is None else annotator,
            labelled_at=at,
            group=self.article,
            origin="page",
            model=model,
            suggestion=Stance(self.suggestion) if self.suggestion else None,
            reason=self.reason,
            article=self.article,
            spans=tuple(Span(start, end) for start, end in self.spans),
        )


class LabelsResponse(Answer):
    """How many labels there are: of each pair and annotator the last that was not taken back."""

    total: int = Field(ge=0)
    new: int = Field(ge=0, description="What came after `since`, so that the model cannot know it.")
    since: str = Field(description="When the served model was made, in ISO 8601.")


class LabelResponse(Answer):
    """The number of what was kept, a label or that one was taken back, and how many labels there are now."""

    id: int = Field(ge=1, le=MOST_LABELS)
    total: int = Field(ge=0)
    new: int = Field(ge=0, description="What came after the served model was made.")
