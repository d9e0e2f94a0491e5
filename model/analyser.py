"""An article and claims in, judgements out: the one call that the command line, the server and the scorer make."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Self

from data.errors import BadInput
from data.records import LABELS, Act, Cue, Judgement, Pair, Span, Speaker, Statement
from model.checkpoint import ATTRIBUTION_CHECKPOINT, STANCE_CHECKPOINT, Checkpoint, read_checkpoint
from model.classifier import StanceClassifier
from model.explanation import Explanation, explanation_steps
from model.quotes.extractor import QuoteExtractor
from model.quotes.tags import TAGS
from model.steps import Steps, run

__all__ = ["Analyser", "Analysis", "ArticleJudgement", "document_of", "model_document", "pair_of"]

PAIRS_AT_ONCE = 256
"""Encoded together: some four batches of the engine. An article with 20 claims may have 10,000 pairs."""


@dataclass(frozen=True, slots=True)
class ArticleJudgement:
    """A judgement with the places of its statement and its claim in the analysis.

    `relevant` where its relevance reaches the checkpoint's threshold; below, the statement says nothing on the claim.
    `explanation` only where it was asked for.
    """

    statement: int
    claim: int
    relevant: bool
    judgement: Judgement
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """What an article's speakers say about some claims. `checkpoint` is the stance model that judged.

    A judgement less confident than `min_confidence` is open; None where the reader did not ask.
    """

    article: str
    claims: tuple[str, ...]
    statements: tuple[Statement, ...]
    judgements: tuple[ArticleJudgement, ...]
    checkpoint: Checkpoint
    min_confidence: float | None = None

    def document(self, *, with_article: bool = False) -> dict[str, Any]:
        """The analysis as the JSON document of the contract; offsets are code points into the article.

        `with_article` adds the article, for a reader who has only the page that it was found in.
        """
        return {
            "model": model_document(self.checkpoint),
            **({"article": self.article} if with_article else {}),
            "claims": list(self.claims),
            "statements": [
                _statement_document(index, statement, self.article) for index, statement in enumerate(self.statements)
            ],
            "judgements": [
                {
                    "statement": item.statement,
                    "claim": item.claim,
                    "relevant": item.relevant,
                    **document_of(item.judgement, min_confidence=self.min_confidence),
                    **self._explanation_of(item),
                }
                for item in self.judgements
            ],
        }

    def _explanation_of(self, item: ArticleJudgement) -> dict[str, Any]:
        if item.explanation is None:
            return {}
        statement = self.statements[item.statement]
        pair = pair_of(self.claims[item.claim], statement, self.article)
        return {"explanation": item.explanation.document(pair, statement)}


class Analyser:
    """Both checkpoints, loaded. `extract` is anything that turns an article, in steps, into its statements."""

    def __init__(self, *, classifier: StanceClassifier, extract: Callable[[str], Steps[list[Statement]]]) -> None:
        self.classifier = classifier
        self.extract = extract

    @classmethod
    def load(cls, *, stance: Path = STANCE_CHECKPOINT, attribution: Path = ATTRIBUTION_CHECKPOINT) -> Self:
        """The analyser of two checkpoint folders; raises BadCheckpoint."""
        tagger = read_checkpoint(attribution, task="attribution", labels=TAGS)
        return cls(classifier=StanceClassifier.load(stance), extract=QuoteExtractor.of(tagger).steps)

    def analyse(
        self,
        article: str,
        claims: Sequence[str],
        *,
        every: bool = False,
        beliefs: bool = True,
        min_confidence: float | None = None,
        explain: bool = False,
    ) -> Analysis:
        """Each statement's stance toward each claim, in the order of the article, then of the claims.

        Judgements that are not relevant are left out unless `every` is set; without `beliefs`, so is what a source is
        only reported to think, hope or plan. With `explain`, each relevant judgement comes with its evidence.
        Raises BadInput for an empty article, no claims or an empty claim.
        """
        return run(
            self.steps(article, claims, every=every, beliefs=beliefs, min_confidence=min_confidence, explain=explain)
        )

    def steps(
        self,
        article: str,
        claims: Sequence[str],
        *,
        every: bool = False,
        beliefs: bool = True,
        min_confidence: float | None = None,
        explain: bool = False,
    ) -> Steps[Analysis]:
        """What `analyse` does, in steps: the tagger's, then the classifier's, some pairs at a time."""
        if not article.strip():
            raise BadInput("the article is empty: expected some text")
        if not claims:
            raise BadInput("no claim given: expected one declarative sentence or more")
        if not all(claim.strip() for claim in claims):
            raise BadInput("a claim is empty: expected one declarative sentence")
        extracted = yield from self.extract(article)
        statements = tuple(one for one in extracted if beliefs or one.act is Act.STATEMENT)
        pairs = (pair_of(claim, statement, article) for statement in statements for claim in claims)
        judged: list[Judgement] = []
        while some := list(islice(pairs, PAIRS_AT_ONCE)):
            judged += yield from self.classifier.steps(some)
        threshold = self.classifier.checkpoint.facts.relevance_threshold
        judgements = [
            ArticleJudgement(
                statement=place // len(claims),
                claim=place % len(claims),
                relevant=judgement.relevance >= threshold,
                judgement=judgement,
            )
            for place, judgement in enumerate(judged)
        ]
        if explain:
            for index, item in enumerate(judgements):
                if item.relevant:
                    pair = pair_of(claims[item.claim], statements[item.statement], article)
                    found = yield from explanation_steps(self.classifier, pair, item.judgement.stance)
                    judgements[index] = replace(item, explanation=found)
        return Analysis(
            article=article,
            claims=tuple(claims),
            statements=statements,
            judgements=tuple(item for item in judgements if every or item.relevant),
            checkpoint=self.classifier.checkpoint,
            min_confidence=min_confidence,
        )


def model_document(checkpoint: Checkpoint) -> dict[str, str]:
    """What a result must say of the model so that it can be cited: name, version, when it was made, and from what.

    `data` is one SHA-256 over the names and fingerprints of everything that it was trained on.
    """
    data = json.dumps(checkpoint.facts.data, sort_keys=True).encode()
    return {
        **checkpoint.identity,
        "created": checkpoint.facts.created,
        "data": hashlib.sha256(data).hexdigest(),
    }


def document_of(judgement: Judgement, *, min_confidence: float | None = None) -> dict[str, Any]:
    """A judgement's own fields as JSON; `open`, where a confidence is asked for, says that it falls below."""
    selective = {} if min_confidence is None else {"open": judgement.confidence < min_confidence}
    return {
        "stance": str(judgement.stance),
        "relevance": judgement.relevance,
        "probabilities": {str(label): value for label, value in zip(LABELS, judgement.probabilities, strict=True)},
        "truncated": judgement.truncated,
        **selective,
    }


def pair_of(claim: str, statement: Statement, article: str) -> Pair:
    """A claim and a statement of the article, with all that the classifier reads of it."""
    return Pair(
        claim=claim,
        statement=statement.text,
        speaker=statement.speaker.text if statement.speaker else "",
        cue=statement.cue.text if statement.cue else "",
        context=statement.context.of(article),
    )


def _statement_document(index: int, statement: Statement, article: str) -> dict[str, Any]:
    whole = Span(statement.content[0].start, statement.content[-1].end)
    return {
        "id": index,
        "kind": str(statement.kind),
        "act": str(statement.act),
        "text": whole.of(article),
        **whole._asdict(),
        "content": [span._asdict() for span in statement.content],
        "verbatim": [span._asdict() for span in statement.verbatim],
        "speaker": _speaker_document(statement.speaker) if statement.speaker else None,
        "cue": _cue_document(statement.cue) if statement.cue else None,
        "context": statement.context._asdict(),
    }


def _speaker_document(speaker: Speaker) -> dict[str, Any]:
    return {
        "text": speaker.text,
        **speaker.span._asdict(),
        "type": str(speaker.type),
        "name": speaker.name,
        "antecedent": speaker.antecedent._asdict() if speaker.antecedent else None,
    }


def _cue_document(cue: Cue) -> dict[str, Any]:
    return {"text": cue.text, **cue.span._asdict(), "lemma": cue.lemma, "flags": [str(flag) for flag in cue.flags]}
