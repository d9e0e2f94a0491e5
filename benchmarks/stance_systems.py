"""What is measured: judges, each of which scores pairs (n, 4) in the order of LABELS, the rows summing to 1.

Beside a checkpoint stand the label that most rows have, two logistic regressions, and a first-stage model as it is.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.stance_scores import Floats
from benchmarks.stance_sets import KNOWN, TASK, Question
from data.records import LABELS, Example, Pair, Stance
from model.checkpoint import Facts, load_tokenizer, seal, write_weights
from model.classifier import StanceClassifier
from training.ingredients import Ingredients
from training.recipe import Recipe

__all__ = ["Baselines", "Cosine", "Features", "Judge", "Lesson", "Tfidf", "answer", "fit", "majority", "stage_one"]

Judge = Callable[[Sequence[Pair]], Floats]

SEED = 4
AT_ONCE = 64
LONGEST = 128
"""Tokens of a text that its vector is made of."""


class Lesson(NamedTuple):
    """Rows to learn from, and the labels that their set tells apart."""

    examples: Sequence[Example]
    labels: frozenset[Stance]


class Features(Protocol):
    """Pairs as rows of numbers, for a linear model."""

    at_most: int
    """Rows that are learned from, drawn where there are more."""

    def fit(self, pairs: Sequence[Pair]) -> Any:
        """Learn from these pairs what the rows are made of; the rows (pairs, features)."""

    def transform(self, pairs: Sequence[Pair]) -> Any:
        """The rows (pairs, features) of other pairs."""


class Tfidf:
    """TF-IDF of the claim's words and word pairs, of the statement's with its speaker and cue, and their cosine."""

    at_most = 100_000

    def __init__(self) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._claims, self._statements = (
            TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True) for _ in range(2)
        )
        self._words = TfidfVectorizer(sublinear_tf=True)

    def fit(self, pairs: Sequence[Pair]) -> Any:
        """See Features."""
        claims, statements = _texts(pairs)
        self._claims.fit(claims)
        self._statements.fit(statements)
        self._words.fit([*claims, *statements])
        return self.transform(pairs)

    def transform(self, pairs: Sequence[Pair]) -> Any:
        """See Features."""
        from scipy.sparse import csr_matrix, hstack

        claims, statements = _texts(pairs)
        shared = self._words.transform(claims).multiply(self._words.transform(statements)).sum(axis=1)
        parts = [self._claims.transform(claims), self._statements.transform(statements), csr_matrix(shared)]
        return hstack(parts, format="csr")


class Cosine:
    """The cosine of claim and statement by a sentence encoder: how near the two are, which tells no side."""

    at_most = 1_000

    def __init__(self, encoder: str) -> None:
        import torch
        from transformers import AutoModel
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self._tokenizer = load_tokenizer(Path(encoder) / "tokenizer.json")
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.enable_padding()
        self._model = AutoModel.from_pretrained(encoder, dtype=torch.float32).eval()

    def fit(self, pairs: Sequence[Pair]) -> Any:
        """See Features: there is nothing to learn."""
        return self.transform(pairs)

    def transform(self, pairs: Sequence[Pair]) -> Any:
        """See Features: (pairs, 1)."""
        texts = sorted({text for pair in pairs for text in (pair.claim, pair.statement)}, key=len)
        place = {text: index for index, text in enumerate(texts)}
        groups = [texts[start : start + AT_ONCE] for start in range(0, len(texts), AT_ONCE)]
        vectors = np.concatenate([self._encode(group) for group in groups])
        claims, statements = (
            vectors[[place[text] for text in side]]
            for side in ([pair.claim for pair in pairs], [pair.statement for pair in pairs])
        )
        return (claims * statements).sum(axis=1, keepdims=True)

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The mean of the last hidden states of length 1, (texts, hidden)."""
        import torch

        rows = self._tokenizer.encode_batch(list(texts))
        mask = torch.tensor([row.attention_mask for row in rows])
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = self._model(torch.tensor([row.ids for row in rows]), attention_mask=mask).last_hidden_state
        sums = (hidden.float() * mask[:, :, None]).sum(dim=1)
        vectors: NDArray[np.float32] = torch.nn.functional.normalize(sums, dim=1).numpy()
        return vectors


class Baselines:
    """The logistic regressions, fitted when they are first asked for on what a recipe trains on below `folder`."""

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        self._ingredients = Ingredients(recipe, folder)
        self._cosine = Cosine(recipe.base_folder)
        self._lessons: dict[str, list[Lesson]] = {}
        self._fitted: dict[tuple[str, ...], dict[str, Judge]] = {}
        self._names = (*dict.fromkeys(name for stage in recipe.stages for name in stage.sources), TASK)

    def judges(self, name: str) -> dict[str, Judge]:
        """Both by name, fitted on the set `name` alone if the recipe trains on it, else on all that it trains on."""
        names = (name,) if name in self._names else self._names
        if names not in self._fitted:
            lessons = [lesson for each in names for lesson in self._read(each)]
            features: dict[str, Features] = {"TF-IDF, LR": Tfidf(), "MiniLM cosine, LR": self._cosine}
            self._fitted[names] = {each: fit(made, lessons) for each, made in features.items()}
        return self._fitted[names]

    def _read(self, name: str) -> list[Lesson]:
        """What the set teaches, without what repeats a held-out row."""
        if name not in self._lessons:
            self._lessons[name] = self._task() if name == TASK else [self._public(name)]
        return self._lessons[name]

    def _public(self, name: str) -> Lesson:
        return Lesson(self._ingredients.source_examples(name), frozenset(KNOWN[name].labels.values()))

    def _task(self) -> list[Lesson]:
        stages = [stage for stage in self._ingredients.recipe.stages if stage.files or stage.annotations]
        return [Lesson(self._ingredients.task_examples(stage), frozenset(LABELS)) for stage in stages]


def fit(features: Features, lessons: Sequence[Lesson]) -> Judge:
    """A logistic regression for each label on the rows of the sets that have it, balanced.

    So a set without hedges does not teach that there are none. A label that no set has gets no score.
    """
    from sklearn.linear_model import LogisticRegression

    rows = [(example, lesson.labels) for lesson in lessons for example in lesson.examples]
    drawn = np.random.default_rng(SEED).permutation(len(rows))[: features.at_most].tolist()
    rows = [rows[place] for place in drawn]
    values = features.fit([example.pair for example, _ in rows])
    models = {}
    for column, label in enumerate(LABELS):
        known = np.array([label in labels for _, labels in rows], dtype=bool)
        right = np.array([example.stance is label for example, _ in rows])[known]
        if len(np.unique(right)) == 2:
            model = LogisticRegression(solver="liblinear", class_weight="balanced", random_state=SEED)
            models[column] = model.fit(values[np.flatnonzero(known)], right)

    def judge(pairs: Sequence[Pair]) -> Floats:
        scores = np.zeros((len(pairs), len(LABELS)))
        values = features.transform(pairs)
        for column, model in models.items():
            scores[:, column] = model.predict_proba(values)[:, 1]
        total: Floats = scores.sum(axis=1, keepdims=True)
        return scores / total

    return judge


def majority(questions: Sequence[Question]) -> Judge:
    """How often each label is right, for every pair: the most frequent one is always answered."""
    counts = np.bincount([LABELS.index(question.stance) for question in questions], minlength=len(LABELS))
    return lambda pairs: np.tile(counts / counts.sum(), (len(pairs), 1))


def stage_one(folder: Path, recipe: Recipe) -> Judge:
    """The model of a training stage, a transformers folder without tokenizer, as a judge that nobody has calibrated."""
    from transformers import AutoModelForSequenceClassification
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    facts = Facts(
        name=recipe.name,
        task="stance",
        labels=LABELS,
        max_tokens=recipe.max_tokens,
        base_model=recipe.base_model,
        created="",
        recipe={},
        data={},
        metrics={},
    )
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    with tempfile.TemporaryDirectory() as sealed:
        write_weights(Path(sealed), model=model, tokenizer=Path(recipe.base_folder) / "tokenizer.json")
        return StanceClassifier(seal(Path(sealed), facts)).predict


def answer(judge: Judge, questions: Sequence[Question]) -> Floats:
    """The scores (questions, 4): of each question those of the pair that the judge finds most relevant."""
    scores = judge([pair for question in questions for pair in question.pairs])
    starts = np.cumsum([0, *(len(question.pairs) for question in questions)])
    unrelated = scores[:, LABELS.index(Stance.UNRELATED)]
    spans = zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    return scores[[start + int(unrelated[start:end].argmin()) for start, end in spans]]


def _texts(pairs: Sequence[Pair]) -> tuple[list[str], list[str]]:
    return [pair.claim for pair in pairs], [f"{pair.speaker} {pair.cue} {pair.statement}" for pair in pairs]
