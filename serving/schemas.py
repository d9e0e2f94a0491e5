"""What is asked and what is answered over HTTP, field by field. The OpenAPI document is made from these classes."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from data.records import Pair
from serving.limits import LIMITS, Limits

__all__ = [
    "AnalyzeRequest",
    "AnalyzeResponse",
    "ErrorResponse",
    "InfoResponse",
    "Model",
    "PairRequest",
    "StanceRequest",
    "StanceResponse",
]

NOT_BLANK = r"\S"
"""A text must hold something besides white space."""


MOST_FIELDS = 64
"""Enough to name every misspelt field of a request that was meant."""


class Strict(BaseModel):
    """No field is converted, guessed or ignored: a request that is not understood is refused."""

    # python-re because its white space is str.strip's, which the model's own check for emptiness uses
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, regex_engine="python-re")

    @model_validator(mode="before")
    @classmethod
    def bound(cls, value: Any) -> Any:
        """Refuse at once what has far too many fields: naming 700,000 of them one by one took 3.3 s."""
        if isinstance(value, dict) and len(value) > MOST_FIELDS:
            raise PydanticCustomError("too_many_fields", "has {count} fields", {"count": len(value)})
        return value


Claim = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LIMITS.claim_characters,
        pattern=NOT_BLANK,
        description="One declarative sentence.",
        examples=["The dam was safe to open."],
    ),
]
Source = Annotated[str, Field(max_length=LIMITS.statement_characters)]


class AnalyzeRequest(Strict):
    """An article and the claims to hold its statements against."""

    article: str = Field(
        min_length=1,
        max_length=LIMITS.article_characters,
        pattern=NOT_BLANK,
        description="Plain text. Offsets in the answer are code points into exactly this text.",
        examples=['"The dam was never safe," said engineer Ada Novak. The ministry denied that it knew.'],
    )
    claims: list[Claim] = Field(min_length=1, max_length=LIMITS.claims)
    all: bool = Field(default=False, description="Return every judgement, also those that say nothing on the claim.")


class PairRequest(Strict):
    """A claim and a statement to be judged toward it, with what helps to read it."""

    claim: Claim
    statement: str = Field(
        min_length=1,
        max_length=LIMITS.statement_characters,
        pattern=NOT_BLANK,
        description="What the speaker is reported to say.",
        examples=["The dam was never safe."],
    )
    speaker: Source = Field(default="", examples=["engineer Ada Novak"])
    cue: Source = Field(default="", description="The word that introduces the statement.", examples=["said"])
    context: Source = Field(default="", description="The sentence or two around the statement.")

    def pair(self) -> Pair:
        """The same, as the model takes it."""
        return Pair(**self.model_dump())


class StanceRequest(Strict):
    """Pairs to be judged. Each is read on its own: one that is not a valid pair gets an error in its place."""

    pairs: list[Annotated[PairRequest | Any, Field(union_mode="left_to_right")]] = Field(
        min_length=1, max_length=LIMITS.pairs
    )


class Answer(BaseModel):
    """What the server sends."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Model(Answer):
    """Which model answered; `version` names its exact bytes."""

    name: str
    version: str


class Span(Answer):
    """Code points [start, end) of the article."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Cue(Span):
    """The word or phrase that introduces a statement."""

    text: str


class Speaker(Span):
    """The source as the article names it there, and the fullest name known for it."""

    text: str
    name: str | None


class Statement(Span):
    """What one source is reported to say; `start` and `end` enclose its fragments."""

    id: int = Field(ge=0)
    kind: Literal["direct", "mixed", "indirect"]
    text: str
    content: list[Span]
    speaker: Speaker | None
    cue: Cue | None
    context: Span


Probability = Annotated[float, Field(ge=0, le=1)]


class Probabilities(Answer):
    """Calibrated; they sum to 1."""

    support: Probability
    denial: Probability
    hedge: Probability
    unrelated: Probability


class PairJudgement(Answer):
    """A stance, always given, and how far to trust that it applies."""

    stance: Literal["support", "denial", "hedge"]
    probabilities: Probabilities
    relevance: Probability = Field(description="1 - unrelated")
    truncated: bool = Field(description="Some of the text was cut for length.")


class StatementJudgement(PairJudgement):
    """A statement's stance toward a claim, both by their place in the answer's lists."""

    statement: int = Field(ge=0)
    claim: int = Field(ge=0)
    relevant: bool


class AnalyzeResponse(Answer):
    """Who stands where on each claim."""

    model: Model
    claims: list[str]
    statements: list[Statement]
    judgements: list[StatementJudgement]


class Detail(Answer):
    """What is wrong with one field, such as `claims[0]`; `body` is the whole."""

    field: str
    message: str


class Error(Answer):
    """Why there is no answer."""

    type: str
    message: str
    request_id: str
    details: list[Detail] = Field(default=[], description="Only where the request was understood and is wrong.")


class ErrorResponse(Answer):
    """The one shape of every error."""

    error: Error


class StanceResponse(Answer):
    """A judgement or an error for each pair, in order."""

    model: Model
    judgements: list[PairJudgement | ErrorResponse]


class InfoResponse(Answer):
    """What is served: enough to tell whether two answers came from the same model on the same terms."""

    model: Model
    labels: list[str]
    engine: str
    max_tokens: int
    temperature: float
    thresholds: dict[str, float]
    data: dict[str, Any] = Field(description="What the model was trained on, by fingerprint.")
    metrics: dict[str, Any] = Field(description="What it reached on the development set when it was made.")
    limits: Limits
