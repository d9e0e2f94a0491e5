"""An article and claims in, judgements out: the one call that the command line, the server and the scorer make."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from data.errors import BadInput
from data.records import LABELS, Judgement, Pair, Span, Statement
from model.checkpoint import ATTRIBUTION_CHECKPOINT, STANCE_CHECKPOINT, Checkpoint, read_checkpoint
from model.classifier import StanceClassifier
from model.quotes.extractor import QuoteExtractor
from model.quotes.tags import TAGS

__all__ = ["Analyser", "Analysis", "ArticleJudgement", "document_of"]


@dataclass(frozen=True, slots=True)
class ArticleJudgement:
    """A judgement with the places of its statement and its claim in the analysis.

    `relevant` where its relevance reaches the checkpoint's threshold; below, the statement says nothing on the claim.
    """

    statement: int
    claim: int
    relevant: bool
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Analysis:
    """What an article's speakers say about some claims. `checkpoint` is the stance model that judged."""

    article: str
    claims: tuple[str, ...]
    statements: tuple[Statement, ...]
    judgements: tuple[ArticleJudgement, ...]
    checkpoint: Checkpoint

    def document(self) -> dict[str, Any]:
        """The analysis as the JSON document of the contract; offsets are code points into the article."""
        return {
            "model": self.checkpoint.identity,
            "claims": list(self.claims),
            "statements": [
                _statement_document(index, statement, self.article) for index, statement in enumerate(self.statements)
            ],
            "judgements": [
                {
                    "statement": item.statement,
                    "claim": item.claim,
                    "relevant": item.relevant,
                    **document_of(item.judgement),
                }
                for item in self.judgements
            ],
        }


class Analyser:
    """Both checkpoints, loaded. `extract` is anything that turns an article into its statements."""

    def __init__(self, *, classifier: StanceClassifier, extract: Callable[[str], list[Statement]]) -> None:
        self.classifier = classifier
        self.extract = extract

    @classmethod
    def load(cls, *, stance: Path = STANCE_CHECKPOINT, attribution: Path = ATTRIBUTION_CHECKPOINT) -> Self:
        """The analyser of two checkpoint folders; raises BadCheckpoint."""
        tagger = read_checkpoint(attribution, task="attribution", labels=TAGS)
        return cls(classifier=StanceClassifier.load(stance), extract=QuoteExtractor.of(tagger).extract)

    def analyse(self, article: str, claims: Sequence[str], *, every: bool = False) -> Analysis:
        """Each statement's stance toward each claim, in the order of the article, then of the claims.

        Judgements that are not relevant are left out unless `every` is set. Raises BadInput for an empty article, no
        claims or an empty claim.
        """
        if not article.strip():
            raise BadInput("the article is empty: expected some text")
        if not claims:
            raise BadInput("no claim given: expected one declarative sentence or more")
        if not all(claim.strip() for claim in claims):
            raise BadInput("a claim is empty: expected one declarative sentence")
        statements = tuple(self.extract(article))
        pairs = [_pair(claim, statement, article) for statement in statements for claim in claims]
        threshold = self.classifier.checkpoint.facts.relevance_threshold
        judgements = (
            ArticleJudgement(
                statement=place // len(claims),
                claim=place % len(claims),
                relevant=judgement.relevance >= threshold,
                judgement=judgement,
            )
            for place, judgement in enumerate(self.classifier.judge(pairs))
        )
        return Analysis(
            article=article,
            claims=tuple(claims),
            statements=statements,
            judgements=tuple(item for item in judgements if every or item.relevant),
            checkpoint=self.classifier.checkpoint,
        )


def document_of(judgement: Judgement) -> dict[str, Any]:
    """A judgement's own fields as JSON."""
    return {
        "stance": str(judgement.stance),
        "relevance": judgement.relevance,
        "probabilities": {str(label): value for label, value in zip(LABELS, judgement.probabilities, strict=True)},
        "truncated": judgement.truncated,
    }


def _pair(claim: str, statement: Statement, article: str) -> Pair:
    return Pair(
        claim=claim,
        statement=statement.text,
        speaker=statement.speaker.text if statement.speaker else "",
        cue=statement.cue.text if statement.cue else "",
        context=statement.context.of(article),
    )


def _statement_document(index: int, statement: Statement, article: str) -> dict[str, Any]:
    speaker, cue = statement.speaker, statement.cue
    whole = Span(statement.content[0].start, statement.content[-1].end)
    return {
        "id": index,
        "kind": str(statement.kind),
        **_part_document(whole, article),
        "content": [span._asdict() for span in statement.content],
        "speaker": _part_document(speaker.span, article) | {"name": speaker.name} if speaker else None,
        "cue": _part_document(cue.span, article) if cue else None,
        "context": statement.context._asdict(),
    }


def _part_document(span: Span, article: str) -> dict[str, Any]:
    return {"text": span.of(article), **span._asdict()}
