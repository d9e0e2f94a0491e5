"""The stance benchmarks: where their rows are, what is reported on them, and what others have published.

A dev part is for choosing, a test part for final figures. No part is ever trained on: Emergent, which has no dev part,
lends its train part, which neither we nor the baselines learn from; of FNC-1's train part only articles count on which
the task has no labels; PERSPECTRUM's dev part and IBM's train part are trained on, which leaves their test parts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.stance_articles import nearest_sentences, read_bodies, read_headlines
from benchmarks.stance_scores import Figures, Floats, Labels, fnc_figures, public_figures, task_figures
from data.held_out import OWN
from data.labelled import read_labelled
from data.records import LABELS, Pair, Stance
from data.sources import read_source, sources

__all__ = ["BENCHMARKS", "TASK", "Benchmark", "Published", "Question", "draw", "read_questions"]

TASK = "task"
"""What the recipe's last stage learns from: the labelled pairs of the task and of the project's own corpus."""

KNOWN = sources()
SEED = 4


class Question(NamedTuple):
    """A row: the pair to be judged, or several of which the most relevant one's answer counts; and the gold label."""

    pairs: tuple[Pair, ...]
    stance: Stance
    note: str = ""


class Published(NamedTuple):
    """What a system reached on the test part by its card; `checked` unless the card gives it from memory."""

    system: str
    figures: Figures
    checked: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A set, by its name in `data/sources.toml` if it is a public one; parts are files below the data folder."""

    name: str
    dev: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    articles: str = ""
    """The file of the articles, where a statement is a whole one."""
    measure: Callable[[Floats, Labels, Sequence[Stance]], Figures] = public_figures
    published: tuple[Published, ...] = ()
    remark: str = ""

    @property
    def legend(self) -> str:
        """Which label of ours stands for which of theirs, and how one is chosen."""
        if self.name not in KNOWN:
            return "macro_f1 and f1: three stances, rows that are relevant; macro_f1_4: four labels, all rows"
        names = [f"{theirs} = {ours}" for theirs, ours in KNOWN[self.name].labels.items()]
        fewer = "" if len(self.labels) == len(LABELS) else f"; the most probable of these {len(self.labels)} is taken"
        return ", ".join(names) + fewer

    @property
    def labels(self) -> tuple[Stance, ...]:
        """The labels that it has, in our words and order."""
        source = KNOWN.get(self.name)
        return LABELS if source is None else tuple(label for label in LABELS if label in source.labels.values())

    @property
    def taught_by(self) -> str:
        """The name under which its own train part would be trained on."""
        return self.name if self.name in KNOWN else TASK


def read_questions(benchmark: Benchmark, part: str, folder: Path, *, articles: int = 0) -> list[Question]:
    """The rows of the part "dev" or "test", below `folder`; of whole articles those on `articles` of them, 0 for all.

    Empty where the set has no such part.

    Raises BadInput where a file is missing or cannot be read.
    """
    names = benchmark.dev if part == "dev" else benchmark.test
    files = [folder / name for name in names]
    if not files:
        return []
    source = KNOWN.get(benchmark.name)
    if source is None:
        examples = read_labelled(files).examples
        return [Question((example.pair,), example.stance, example.note) for example in examples]
    if benchmark.articles:
        headlines = read_headlines(files, source, folder, articles=articles)
        pairs = nearest_sentences(headlines, read_bodies(folder / benchmark.articles))
        return [Question(each, headline.stance) for each, headline in zip(pairs, headlines, strict=True)]
    part_alone = source.model_copy(update={"files": tuple(map(Path, names)), "hub": ""})
    return [Question((example.pair,), example.stance) for example in read_source(part_alone, folder)]


def draw(rows: list[Question], count: int | None) -> list[Question]:
    """So many rows drawn by a fixed seed, in their order; all where there are no more or none are asked for."""
    if count is None or count >= len(rows):
        return rows
    places = np.random.default_rng(SEED).choice(len(rows), size=count, replace=False)
    return [rows[place] for place in np.sort(places).tolist()]


BENCHMARKS = (
    Benchmark(name="stance", dev=("stance/dev.jsonl.gz",), measure=task_figures),
    Benchmark(name="corpus", dev=(str(OWN),), measure=task_figures),
    Benchmark(
        name="emergent",
        dev=("public/emergent/train.jsonl.gz",),
        test=("public/emergent/test.jsonl.gz",),
        remark="labels were given by the whole article, statements are headlines; dev is its train part, never trained "
        "on, though some of its rumours are in the task's news",
        published=(
            Published(
                "LR, features by hand (Ferreira and Vlachos 2016)",
                {"accuracy": 0.7328, "macro_f1": 0.723, "f1 support": 0.789, "f1 denial": 0.757, "f1 hedge": 0.623},
            ),
            Published("the same, question features and words", {"accuracy": 0.698}),
            Published("the same, question features alone", {"accuracy": 0.504}),
        ),
    ),
    Benchmark(
        name="rumoureval2019",
        dev=("public/rumoureval2019/dev.jsonl.gz",),
        test=("public/rumoureval2019/test.jsonl.gz",),
        remark="context: the parent post",
        published=(
            Published("BLCU_NLP, the winner", {"macro_f1": 0.6187}),
            Published("BUT-FIT, BERT ensemble", {"macro_f1": 0.6167}),
            Published(
                "branchLSTM, the organisers'",
                {
                    "accuracy": 0.841,
                    "macro_f1": 0.493,
                    "f1 support": 0.438,
                    "f1 denial": 0.071,
                    "f1 hedge": 0.55,
                    "f1 unrelated": 0.913,
                },
            ),
        ),
    ),
    Benchmark(
        name="perspectrum",
        test=("public/perspectrum/test.jsonl.gz",),
        published=(
            Published("a person", {"macro_f1": 0.909}, checked=False),
            Published("BERT (Chen et al. 2019)", {"macro_f1": 0.708}, checked=False),
        ),
    ),
    Benchmark(
        name="ibm_claim_stance",
        test=("public/ibm_claim_stance/test.jsonl.gz",),
        published=(Published("Bar-Haim et al. 2017", {"accuracy": 0.645}, checked=False),),
    ),
    Benchmark(name="climate_fever", test=("public/climate_fever/all.jsonl.gz",), remark="all of it is held out"),
    Benchmark(name="commitmentbank", test=("public/commitmentbank/all.jsonl.gz",), remark="all of it is held out"),
    Benchmark(
        name="fnc1",
        dev=("public/fnc1/train.jsonl.gz", "public/fnc1/train_unrelated.jsonl.gz"),
        test=("public/fnc1/test.jsonl.gz", "public/fnc1/test_unrelated.jsonl.gz"),
        articles="public/fnc1/bodies.jsonl.gz",
        measure=fnc_figures,
        remark="statements are whole articles: the sentences nearest to the headline by TF-IDF are judged, and the one "
        "that a system finds most relevant counts",
        published=(
            Published("summaries and RoBERTa (Sepúlveda-Torres 2021)", {"weighted": 0.9073}),
            Published("UCL, their code run again", {"weighted": 0.8213, "macro_f1": 0.563}),
            Published("Talos, the winner", {"weighted": 0.8201, "accuracy": 0.891, "macro_f1": 0.576}),
            Published("Athene", {"weighted": 0.8197, "macro_f1": 0.600, "f1 denial": 0.151}),
            Published("UCL", {"weighted": 0.8172}),
            Published("the organisers'", {"weighted": 0.7520}),
        ),
    ),
)
