"""What a recipe is made from: its files found, fingerprinted and turned into rows."""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from data.articles import read_articles, read_texts
from data.errors import BadInput, BadRecipe
from data.labelled import parse_pair, read_labelled
from data.records import AnnotatedArticle, Example, Stance
from data.sources import Source, read_source, sources
from data.tables import Reject, parse_rows
from training.recipe import Recipe, Stage
from training.rows import Row, article_rows, pair_rows

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["Ingredients"]

log = logging.getLogger(__name__)

T = TypeVar("T")

OWN_FOLDER = Path(__file__).parent.parent / "data"


class Ingredients:
    """A recipe's data, from the files below `folder` or, for the project's own corpus, beside the `data` package.

    Raises BadRecipe where a file or a source is not there: before any training, not after an hour of it.
    """

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        self.recipe = recipe
        self._folder = folder
        known = sources()
        self._sources: dict[str, Source] = {}
        stages = [stage for one in (recipe, *recipe.teachers) for stage in one.stages]
        for name in (name for stage in stages for name in stage.sources):
            if name not in known:
                raise BadRecipe(f"source {name}: not in data/sources.toml, which has {', '.join(known)}")
            self._sources[name] = known[name]
        self.sha256 = {
            name: hashlib.sha256(self._find(name).read_bytes()).hexdigest()
            for name in [*(name for stage in stages for name in self._names(stage)), *recipe.dev]
        }

    def fingerprint(self, stages: int) -> str:
        """Eight hex digits for all that decides the weights after the first `stages` stages: settings and bytes."""
        done = self.recipe.stages[:stages]
        settings = self.recipe.model_copy(update={"stages": done, "name": ""})
        done += tuple(stage for teacher in self.recipe.teachers for stage in teacher.stages)
        used = [self._sources[name].model_dump_json() for stage in done for name in stage.sources]
        names = [*(name for stage in done for name in self._names(stage)), *self.recipe.dev]
        text = "".join([settings.model_dump_json(), *used, *(self.sha256[name] for name in names)])
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def stage_rows(self, stage: Stage, tokenizer: "Tokenizer") -> list[Row]:
        """What one stage learns from."""
        rows: list[Row] = []
        for name in stage.sources:
            examples = list(read_source(self._sources[name], self._folder))
            taught = self._sources[name].labels.values()
            rows += pair_rows(examples, tokenizer, max_tokens=self.recipe.max_tokens, taught=taught)
            log.info("%s: %d pairs", name, len(examples))
        return rows + (self._rows(stage.files, tokenizer) if stage.files else [])

    def unlabelled_rows(self, stage: Stage, tokenizer: "Tokenizer") -> list[Row]:
        """What the teachers label for one stage; the labels in the rows stand for nothing."""
        texts = [self._find(name) for name in stage.unlabelled]
        if self.recipe.task == "attribution":
            articles = _drawn((read_texts(path) for path in texts), stage.unlabelled_sample, self.recipe.seed)
            return article_rows(articles, tokenizer, max_tokens=self.recipe.max_tokens)
        pairs = _drawn((parse_rows(path, parse_pair) for path in texts), stage.unlabelled_sample, self.recipe.seed)
        examples = [Example(pair=pair, stance=Stance.UNRELATED) for pair in pairs]
        return pair_rows(examples, tokenizer, max_tokens=self.recipe.max_tokens)

    def dev_rows(self, tokenizer: "Tokenizer") -> list[Row]:
        """What every stage is chosen by."""
        return self._rows(self.recipe.dev, tokenizer)

    def dev_examples(self) -> tuple[Example, ...]:
        """The labelled pairs of dev (task stance)."""
        return self._examples(self.recipe.dev)

    def dev_articles(self) -> list[AnnotatedArticle]:
        """The annotated articles of dev (task attribution)."""
        return list(self._articles(self.recipe.dev))

    def _rows(self, names: Sequence[str], tokenizer: "Tokenizer") -> list[Row]:
        if self.recipe.task == "attribution":
            return article_rows(self._articles(names), tokenizer, max_tokens=self.recipe.max_tokens)
        return pair_rows(self._examples(names), tokenizer, max_tokens=self.recipe.max_tokens)

    def _examples(self, names: Sequence[str]) -> tuple[Example, ...]:
        found = read_labelled([self._find(name) for name in names])
        for item in (*found.rejects, *found.conflicts):
            log.warning("set aside: %s", item)
        log.info("%s: %d pairs, %d duplicates merged", ", ".join(names), len(found.examples), found.duplicates)
        return found.examples

    def _articles(self, names: Sequence[str]) -> Iterator[AnnotatedArticle]:
        for name in names:
            for article in read_articles(self._find(name)):
                if isinstance(article, Reject):
                    raise BadInput(str(article))
                yield article

    def _names(self, stage: Stage) -> list[str]:
        files = (str(file) for name in stage.sources for file in self._sources[name].files)
        return [*files, *stage.files, *stage.unlabelled]

    def _find(self, name: str) -> Path:
        for root in (self._folder, OWN_FOLDER):
            if (root / name).is_file():
                return root / name
        raise BadRecipe(
            f"{name}: found neither in {self._folder} nor in {OWN_FOLDER}; name the folder with --data or STANCE_DATA"
        )


def _drawn(files: Iterable[Iterable[T | Reject]], count: int | None, seed: int) -> list[T]:
    """The rows of all files, or `count` of them drawn by `seed`; what cannot be read is left out, by name."""
    rows: list[T] = []
    for row in chain.from_iterable(files):
        if isinstance(row, Reject):
            log.warning("set aside: %s", row)
        else:
            rows.append(row)
    if count is None or count >= len(rows):
        return rows
    chosen = np.random.default_rng(seed).choice(len(rows), size=count, replace=False)
    return [rows[place] for place in sorted(chosen)]
