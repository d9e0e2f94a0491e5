"""What a recipe is made from: its files found, fingerprinted and turned into rows."""

import hashlib
import logging
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from data.articles import read_articles, read_texts
from data.cases import BEHAVIOUR
from data.errors import BadInput, BadRecipe
from data.held_out import OWN, HeldOut, held_out_pairs
from data.labelled import read_labelled
from data.opposites import read_opposites, turn_claims
from data.originals import Original, read_originals
from data.records import AnnotatedArticle, Example, Stance
from data.sources import Source, read_source, sources
from data.standoff import Annotation, join, read_annotations
from data.tables import Reject
from model.checkpoint import ATTRIBUTION_CHECKPOINT, Checkpoint, read_checkpoint
from model.quotes.extractor import QuoteExtractor
from model.quotes.tags import TAGS
from training.recipe import Recipe, Stage
from training.reported import reported_pairs
from training.rows import Row, article_rows, pair_rows

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["Ingredients"]

log = logging.getLogger(__name__)

T = TypeVar("T")

OWN_FOLDER = Path(__file__).parent.parent / "data"


class Ingredients:
    """A recipe's data, from the files below `folder` or, for the project's own corpus, beside the `data` package.

    Raises BadRecipe where a file or a source is not there: before any training, not after an hour of it. Whether the
    hub has what a source names is known only when its stage is read.
    """

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        self.recipe = recipe
        self._folder = folder
        known = self._known = sources()
        self._sources: dict[str, Source] = {}
        stages = [stage for one in (recipe, *recipe.teachers) for stage in one.stages]
        for name in (name for stage in stages for name in stage.sources):
            if name not in known:
                raise BadRecipe(f"source {name}: not in data/sources.toml, which has {', '.join(known)}")
            if not known[name].trains:
                raise BadRecipe(f"source {name}: held out to be measured with; take it out of the recipe")
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
        apart = self._held_out_sha256 if self.recipe.task == "stance" else ""
        if self.recipe.task == "stance" and any(stage.unlabelled for stage in done):
            apart += self._tagger.version
        text = "".join([settings.model_dump_json(), *used, *(self.sha256[name] for name in names), apart])
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def stage_rows(self, stage: Stage, tokenizer: "Tokenizer") -> list[Row]:
        """What one stage learns from: of each source its share, and nothing that repeats what is held out."""
        rows: list[Row] = []
        for name in stage.sources:
            examples = self.source_examples(name)
            taught = self._sources[name].labels.values()
            rows += pair_rows(examples, tokenizer, max_tokens=self.recipe.max_tokens, taught=taught)
        if stage.files and self.recipe.task == "attribution":
            rows += self._rows(stage.files, tokenizer)
        else:
            rows += pair_rows(self.task_examples(stage), tokenizer, max_tokens=self.recipe.max_tokens)
        return rows

    def task_examples(self, stage: Stage) -> list[Example]:
        """What a stage learns of the task itself: its files, its annotations, and both with their claims turned."""
        examples = list(self._examples(stage.files)) if stage.files else []
        if stage.annotations:
            examples += self._annotated(stage)
        kept = self._kept(", ".join((*stage.files, *stage.annotations)), examples)
        if stage.opposites:  # after what is held out has gone: a dev row with its claim turned would pass for a new one
            turned = self._kept(stage.opposites, [*turn_claims(kept, read_opposites(self._find(stage.opposites)))])
            log.info("%s: %d pairs more with the claim turned", stage.opposites, len(turned))
            kept += turned
        return kept

    def source_examples(self, name: str) -> list[Example]:
        """What a stage draws from a public data set that the recipe names: the same rows for the same seed."""
        source = self._sources[name]
        kept = self._kept(name, list(read_source(source, self._folder)))
        drawn = _sample(kept, round(len(kept) * source.weight), [self.recipe.seed, zlib.crc32(name.encode())])
        log.info("%s: %d pairs of %d", name, len(drawn), len(kept))
        return drawn

    def unlabelled_rows(self, stage: Stage, tokenizer: "Tokenizer") -> list[Row]:
        """What the teachers label for one stage; the labels in the rows stand for nothing."""
        texts = (read_texts(self._find(name)) for name in stage.unlabelled)
        articles = _drawn(texts, stage.unlabelled_sample, self.recipe.seed)
        if self.recipe.task == "attribution":
            return article_rows(articles, tokenizer, max_tokens=self.recipe.max_tokens)
        examples = self._kept(", ".join(stage.unlabelled), self._reported(articles))
        log.info("%s: %d pairs in %d articles", ", ".join(stage.unlabelled), len(examples), len(articles))
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

    def _annotated(self, stage: Stage) -> tuple[Example, ...]:
        labels = [label for name in stage.annotations for label in read_annotations(self._find(name))]
        wanted = {label.article for label in labels if isinstance(label, Annotation)}
        originals = (text for name in stage.originals for text in read_originals(self._find(name), wanted))
        joined = join(labels, (text for text in originals if isinstance(text, Original)))
        for reject in joined.rejects:
            log.warning("set aside: %s", reject)
        if joined.missing:
            articles = sorted({label.article for label in joined.missing})
            raise BadInput(
                f"{', '.join(stage.annotations)}: {len(articles)} articles are not in {', '.join(stage.originals)}, "
                f"the first is {articles[0]!r}: name the file that has them in originals"
            )
        log.info("%s: %d pairs", ", ".join(stage.annotations), len(joined.examples))
        return joined.examples

    def _reported(self, articles: Sequence[AnnotatedArticle]) -> list[Example]:
        """What the articles' statements say toward each other; the stance stands for nothing."""
        extractor = QuoteExtractor.of(self._tagger)
        return [
            Example(pair=pair, stance=Stance.UNRELATED, group=article.id)
            for place, article in enumerate(articles)
            for pair in reported_pairs(article.text, extractor.extract(article.text), seed=[self.recipe.seed, place])
        ]

    @cached_property
    def _tagger(self) -> Checkpoint:
        """Which finds statements in articles that nobody has annotated."""
        return read_checkpoint(ATTRIBUTION_CHECKPOINT, task="attribution", labels=TAGS)

    @cached_property
    def _held_out(self) -> HeldOut:
        dev = (example.pair for example in self.dev_examples())
        groups = chain.from_iterable(source.held_out_groups for source in self._known.values())
        return HeldOut(chain(dev, held_out_pairs(self._folder)), groups)

    @cached_property
    def _held_out_sha256(self) -> str:
        """Of every file that rows are held against and of the groups held out: it changes what is dropped."""
        measured = [self._folder / file for source in self._known.values() for file in source.held_out]
        files = [OWN, *sorted(BEHAVIOUR.glob("*.jsonl")), *(file for file in measured if file.is_file())]
        digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
        return "".join([*digests, *(group for source in self._known.values() for group in source.held_out_groups)])

    def _kept(self, name: str, examples: Sequence[Example]) -> list[Example]:
        kept = [example for example in examples if not self._held_out.holds(example)]
        if len(kept) < len(examples):
            log.info("%s: %d pairs dropped, which repeat what is held out", name, len(examples) - len(kept))
        return kept

    def _articles(self, names: Sequence[str]) -> Iterator[AnnotatedArticle]:
        for name in names:
            for article in read_articles(self._find(name)):
                if isinstance(article, Reject):
                    raise BadInput(str(article))
                yield article

    def _names(self, stage: Stage) -> list[str]:
        files = (str(file) for name in stage.sources for file in self._sources[name].files)
        turned = [stage.opposites] if stage.opposites else []
        return [*files, *stage.files, *stage.annotations, *stage.originals, *turned, *stage.unlabelled]

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
    return rows if count is None else _sample(rows, count, [seed])


def _sample(rows: list[T], count: int, seed: list[int]) -> list[T]:
    """So many of the rows drawn by the seed, in their order; all where there are no more."""
    if count >= len(rows):
        return rows
    chosen = np.random.default_rng(seed).choice(len(rows), size=count, replace=False)
    return [rows[place] for place in sorted(chosen)]
