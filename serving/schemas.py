"""What is asked and what is answered over HTTP, field by field. The OpenAPI document is made from these classes."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from data.records import Pair
from serving.limits import LIMITS, Limits

__all__ = [
    "AnalyzeRequest",
    "AnalyzeResponse",
    "Answer",
    "ErrorResponse",
    "InfoResponse",
    "Model",
    "PairRequest",
    "StanceRequest",
    "StanceResponse",
    "Strict",
]

EXAMPLE_ARTICLE = '"The dam was never safe," said engineer Ada Novak. The ministry denied that it knew.'

EXAMPLE_STATEMENT: dict[str, Any] = {
    "id": 1,
    "kind": "indirect",
    "act": "statement",
    "text": "that it knew",
    "start": 71,
    "end": 83,
    "content": [{"start": 71, "end": 83}],
    "verbatim": [],
    "speaker": {
        "text": "The ministry",
        "start": 51,
        "end": 63,
        "type": "organisation",
        "name": None,
        "antecedent": None,
    },
    "cue": {"text": "denied", "start": 64, "end": 70, "lemma": "deny", "flags": ["denial"]},
    "context": {"start": 0, "end": 84},
}
"""What the shipped models find second in the article above."""

NOT_BLANK = r"[^\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
"""Something besides str.isspace's characters: in JSON Schema's regular expressions \\S leaves out others."""


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


MinConfidence = Annotated[
    float | None,
    Field(ge=0, le=1, description="Mark a judgement `open` whose stance is less probable than this."),
]

Explain = Annotated[bool, Field(description="Return the words that carry each stance; takes some 25 times as long.")]


class AnalyzeRequest(Strict):
    """An article and the claims to hold its statements against."""

    # the source of a page is many times as long as its text: only the body's size bounds it
    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"format": {"const": "text"}}},
            "then": {"properties": {"article": {"maxLength": LIMITS.article_characters}}},
        }
    )

    format: Literal["text", "html"] = Field(default="text", description="What `article` holds.")
    article: str = Field(
        min_length=1,
        pattern=NOT_BLANK,
        description="Plain text, or the source of an HTML page. Offsets in the answer are code points into exactly "
        "this text, or into the text that was found in the page, which then comes with the answer.",
        examples=[EXAMPLE_ARTICLE],
    )
    claims: list[Claim] = Field(min_length=1, max_length=LIMITS.claims)
    all: bool = Field(default=False, description="Return every judgement, also those that say nothing on the claim.")
    beliefs: bool = Field(
        default=True, description="Count also what people are reported to think, hope or plan, not only what they say."
    )
    min_confidence: MinConfidence = None
    explain: Explain = False

    @field_validator("article")
    @classmethod
    def bound_text(cls, value: str, info: ValidationInfo) -> str:
        """Refuse a text that is too long; a page's text is measured when it has been found."""
        if info.data.get("format") == "text" and len(value) > LIMITS.article_characters:
            raise PydanticCustomError("string_too_long", "is too long", {"max_length": LIMITS.article_characters})
        return value


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
    min_confidence: MinConfidence = None
    explain: Explain = False


class Answer(BaseModel):
    """What the server sends."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Model(Answer):
    """Which model answered; `version` names its exact bytes."""

    name: str
    version: str
    created: str = Field(default="", description="When it was made, in ISO 8601.")
    data: str = Field(default="", description="SHA-256 over the fingerprints of everything that it was trained on.")


class Span(Answer):
    """Code points [start, end) of the article."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Cue(Span):
    """The word or phrase that introduces a statement; `lemma` is the base form of the word that it turns on."""

    text: str
    lemma: str
    flags: list[Literal["negated", "modal", "declined", "denial", "hedge", "question"]]


class Speaker(Span):
    """The source as the article names it there, and the fullest name known for it.

    `antecedent` is where the article gives that name, when it is not all in `text`.
    """

    text: str
    type: Literal["person", "group", "organisation", "anonymous", "document"]
    name: str | None
    antecedent: Span | None


class Statement(Span):
    """What one source is reported to say; `start` and `end` enclose its fragments."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_STATEMENT]})

    id: int = Field(ge=0)
    kind: Literal["direct", "mixed", "indirect"] = Field(description="How much of it stands in quotation marks.")
    act: Literal["statement", "belief", "intention"] = Field(
        description="Whether the source says it, or is reported to think it, or to want or plan it."
    )
    text: str
    content: list[Span]
    verbatim: list[Span] = Field(description="What of the content stands in quotation marks.")
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


class Evidence(Span):
    """Words that carry a stance, as code points of the article; of the pair's cue or statement where pairs were sent.

    `score` is by how much the log-odds of the stance fall without them.
    """

    part: Literal["cue", "statement"]
    text: str
    score: float


class Explanation(Answer):
    """The strongest evidence first, and the probability that the stance keeps without any of it."""

    evidence: list[Evidence]
    without: Probability


class PairJudgement(Answer):
    """A stance, always given, and how far to trust that it applies."""

    stance: Literal["support", "denial", "hedge"]
    probabilities: Probabilities
    relevance: Probability = Field(description="1 - unrelated")
    truncated: bool = Field(description="Some of the text was cut for length.")
    open: bool = Field(default=False, description="Less confident than `min_confidence`; only where that was sent.")
    explanation: Explanation | None = Field(default=None, description="Only where `explain` was sent.")


class StatementJudgement(PairJudgement):
    """A statement's stance toward a claim, both by their place in the answer's lists."""

    statement: int = Field(ge=0)
    claim: int = Field(ge=0)
    relevant: bool


class AnalyzeResponse(Answer):
    """Who stands where on each claim."""

    model: Model
    article: str = Field(
        default="", description="The text that was found in the page; only where the question's format was html."
    )
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
    keeps_labels: bool = Field(default=False, description="Whether `/v1/labels` takes what readers correct.")
    limits: Limits
