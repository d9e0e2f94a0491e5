"""The System One protocol: a choice question whose options are our labels, as a pair, and a judgement as its answer.

    {"state": the statement, "questions": {name: {"type": "choice", "instructions": the claim, "criteria": options}}}

What the protocol leaves to a model is settled here: a state may also be an object of a pair's fields, and where that
holds the claim the instructions are not read; neither are the options' descriptions, for the labels mean what the
annotation guideline says. `model` may name any: there is one, and the answer names it. One bad question refuses the
whole request, as the protocol has no errors among its answers.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.config import JsonDict
from pydantic_core import InitErrorDetails, PydanticCustomError, PydanticKnownError

from data.records import LABELS, Judgement, Pair, Stance
from serving.errors import RequestError, invalid
from serving.limits import LIMITS
from serving.schemas import NOT_BLANK, Answer, Claim, PairRequest, Probability, Source, Strict

__all__ = ["SystemOneRequest", "SystemOneResponse", "pairs_of", "read_system_one", "response_of"]

SUPPORTED = (
    "supported are choice questions with the options support, denial, hedge and, if wanted, unrelated, on a state that "
    "is a statement or an object of claim, statement, speaker, cue and context"
)

TEXT: JsonDict = {"type": "string", "pattern": NOT_BLANK}
Text = Annotated[str, Field(min_length=1, max_length=LIMITS.statement_characters, pattern=NOT_BLANK)]
# bounded so that pydantic looks at its characters at all: a lone surrogate could not be sent back
Name = Annotated[str, Field(max_length=LIMITS.claim_characters)]
Label = Literal["support", "denial", "hedge", "unrelated"]
Description = Annotated[Source | None, Field(description="Not read: the labels have their own definitions.")]


class Criteria(Strict):
    """The options, each with a description or null."""

    support: Description
    denial: Description
    hedge: Description
    unrelated: Description = None

    @property
    def options(self) -> list[Stance]:
        """Those that the question gives, in the order of LABELS."""
        return [label for label in LABELS if label in self.model_fields_set]


class ChoiceQuestion(Strict):
    """What a speaker's stance toward a claim is."""

    type: Literal["choice"]
    instructions: str | None = Field(
        default=None,
        max_length=LIMITS.claim_characters,
        description="The claim, one declarative sentence. Not read where the state holds the claim.",
    )
    criteria: Criteria


class State(PairRequest):
    """A statement with what helps to read it, and the claim where that is the same for every question."""

    claim: Claim | None = None  # type: ignore[assignment] # the question's instructions stand in for it


def _state(value: object) -> object:
    return {"statement": value} if isinstance(value, str) else value


def _few(value: object) -> object:
    """Refused before each question is looked at: saying what is wrong with 500,000 took 9.6 s."""
    if isinstance(value, dict) and len(value) > LIMITS.pairs:
        raise PydanticKnownError(
            "too_long", {"field_type": "Dictionary", "max_length": LIMITS.pairs, "actual_length": len(value)}
        )
    return value


class SystemOneRequest(Strict):
    """Questions on what one speaker said."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [  # where the claim is
                {"properties": {"state": {"type": "object", "required": ["claim"], "properties": {"claim": TEXT}}}},
                {
                    "properties": {
                        "questions": {
                            "additionalProperties": {"required": ["instructions"], "properties": {"instructions": TEXT}}
                        }
                    }
                },
            ],
            "examples": [
                {
                    "model": "stance",
                    "state": "Nobody warned us.",
                    "questions": {
                        "warned": {
                            "type": "choice",
                            "instructions": "The ministry was warned.",
                            "criteria": {"support": None, "denial": None, "hedge": None},
                        }
                    },
                },
                {
                    "state": {
                        "claim": "The dam was safe to open.",
                        "statement": "The dam was never safe.",
                        "speaker": "engineer Ada Novak",
                        "cue": "said",
                    },
                    "questions": {
                        "stance": {
                            "type": "choice",
                            "instructions": "Where does the speaker stand on the claim?",
                            "criteria": {"support": None, "denial": None, "hedge": None, "unrelated": None},
                        }
                    },
                },
            ],
        }
    )

    model: Source = Field(default="", description="Not read: one model is served, and the answer names it.")
    state: Annotated[State, BeforeValidator(_state, json_schema_input_type=Text | State)] = Field(
        description="What the speaker is reported to say, alone or with the other fields of a pair."
    )
    questions: Annotated[dict[Name, ChoiceQuestion], BeforeValidator(_few)] = Field(
        min_length=1, max_length=LIMITS.pairs, description="By a name of the client's, which the answer repeats."
    )


class ChoiceAnswer(Answer):
    """The most probable of the question's options."""

    type: Literal["choice"]
    choice: Label
    confidence: Probability = Field(description="0 where the options are equally likely, 1 where one is certain.")
    probabilities: dict[Label, Probability] = Field(description="Of the question's options; they sum to 1.")
    truncated: bool = Field(description="Some of the text was cut for length. Not part of the protocol.")


class Usage(Answer):
    """Tokens that the model read, the state counted for each question."""

    input_tokens: int = Field(ge=0)
    output_tokens: Literal[0]


class SystemOneResponse(Answer):
    """An answer to each question, by its name."""

    model: str = Field(description="Name and version of the model that answered.", examples=["stance-f6c4ef8eabd6"])
    answers: dict[str, ChoiceAnswer]
    usage: Usage


def read_system_one(document: object) -> SystemOneRequest:
    """The request in a JSON document; raises RequestError 422, which says what is supported."""
    try:
        asked = SystemOneRequest.model_validate(document)
        _require_claims(asked)
    except ValidationError as error:
        refused = invalid(error)
        raise RequestError(422, f"{refused.message}; {SUPPORTED}", details=refused.details) from None
    return asked


def pairs_of(asked: SystemOneRequest) -> list[Pair]:
    """A pair for each question, in order."""
    given = asked.state.model_dump()
    return [
        Pair(**given | {"claim": asked.state.claim or question.instructions}) for question in asked.questions.values()
    ]


def response_of(
    asked: SystemOneRequest, judgements: Sequence[Judgement], *, model: Mapping[str, str], input_tokens: int
) -> SystemOneResponse:
    """The answers that `judgements`, one a question, are; `model` is the checkpoint's identity."""
    return SystemOneResponse(
        model=f"{model['name']}-{model['version']}",
        answers={
            name: _answer(question.criteria.options, judgement)
            for (name, question), judgement in zip(asked.questions.items(), judgements, strict=True)
        },
        usage=Usage(input_tokens=input_tokens, output_tokens=0),
    )


def _require_claims(asked: SystemOneRequest) -> None:
    if asked.state.claim is not None:
        return
    missing: list[InitErrorDetails] = [
        {
            "type": PydanticCustomError("claim_missing", "must be the claim, as the state has none"),
            "loc": ("questions", name, "instructions"),
            "input": None,
        }
        for name, question in asked.questions.items()
        if not (question.instructions or "").strip()
    ]
    if missing:
        raise ValidationError.from_exception_data("SystemOneRequest", missing)


def _answer(options: Sequence[Stance], judgement: Judgement) -> ChoiceAnswer:
    """Probabilities among the options alone; the protocol's confidence is how far the best is above chance."""
    among = {label: judgement.probabilities[LABELS.index(label)] for label in options}
    best, total = max(among, key=among.__getitem__), sum(among.values())
    chance = 1 / len(among)
    # all of it may lie on `unrelated`, to the last bit, where that is no option
    probabilities = {label.value: value / total if total else chance for label, value in among.items()}
    return ChoiceAnswer.model_validate(
        {
            "type": "choice",
            "choice": best.value,
            "confidence": max(0.0, (probabilities[best.value] - chance) / (1 - chance)),
            "probabilities": probabilities,
            "truncated": judgement.truncated,
        }
    )
