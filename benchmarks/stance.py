"""How well stances are judged: our classifier on every benchmark, beside baselines run here and published systems.

    python benchmarks/stance.py [--model DIR] [--data DIR] [--only NAME ...] [--final] [--stage-one DIR]

Without --final only parts to choose by are measured: test parts are for figures after which nothing is changed.
Where a set has fewer labels than the classifier, the most probable of those that it has is the answer; below each table
stands which label of ours is which of theirs. Published figures are those that the sets' cards give for the test part;
"unchecked" are those that a card gives from memory.

majority            always the label that most rows of the part have
TF-IDF, LR          logistic regression on words and word pairs of claim and statement, and their cosine
MiniLM cosine, LR   logistic regression on one number, the cosine of claim and statement by the untrained base encoder:
                    how near the two are, from which no side can be told
stage one           the model of a training stage as it is, before it has seen the task (--stage-one)

Both regressions learn from what the recipe (--recipe) trains on: from the set's own train rows if it trains on those,
else from all.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
from rich.console import Console

from benchmarks.stance_scores import Floats
from benchmarks.stance_sets import BENCHMARKS, Benchmark, Question, draw, read_questions
from benchmarks.stance_systems import Baselines, Judge, answer, majority, stage_one
from benchmarks.stance_tables import Result, document, note_table, set_table
from data.errors import StanceError
from data.records import LABELS
from model.checkpoint import STANCE_CHECKPOINT, Checkpoint, read_checkpoint
from model.classifier import StanceClassifier
from training.metrics import rounded
from training.recipe import read_recipe

RECIPE = Path(__file__).parent.parent / "training" / "recipes" / "stance.toml"
ARTICLES = 100
"""Of FNC-1's 904 test articles: some 2,800 headlines, each with five sentences."""


def measure(benchmark: Benchmark, part: str, rows: Sequence[Question], judges: dict[str, Judge]) -> Result:
    """What each judge reaches on the rows of one part."""
    gold = np.array([LABELS.index(row.stance) for row in rows])
    scores = {name: answer(judge, rows) for name, judge in judges.items()}
    notes = sorted({row.note for row in rows} - {""})
    places = {note: np.flatnonzero([row.note == note for row in rows]) for note in notes}

    def right(found: Floats, note: str) -> float:
        return float((found.argmax(axis=1) == gold)[places[note]].mean())

    return Result(
        benchmark=benchmark,
        part=part,
        rows=len(rows),
        systems={name: rounded(benchmark.measure(found, gold, benchmark.labels)) for name, found in scores.items()},
        notes={note: rounded({name: right(found, note) for name, found in scores.items()}) for note in notes},
        note_rows={note: len(places[note]) for note in notes},
    )


def results(options: argparse.Namespace, checkpoint: Checkpoint) -> Iterator[Result]:
    """Every part that was asked for, set by set."""
    recipe = read_recipe(options.recipe)
    fixed: dict[str, Judge] = {f"ours, {checkpoint.version}": StanceClassifier(checkpoint).predict}
    if options.stage_one:
        fixed["stage one"] = stage_one(options.stage_one, recipe)
    baselines = Baselines(recipe, options.data)
    for benchmark in _chosen(options.only):
        for part in ("dev", "test") if options.final else ("dev",):
            print(f"{benchmark.name}, {part}", file=sys.stderr)
            rows = draw(read_questions(benchmark, part, options.data, articles=options.articles), options.sample)
            if rows:
                judges = {**fixed, **baselines.judges(benchmark.taught_by), "majority": majority(rows)}
                yield measure(benchmark, part, rows, judges)


def print_tables(found: Iterator[Result], *, final: bool) -> None:
    """A table for each set as soon as it is measured and, where its rows have notes, one by note."""
    console = Console(width=None if sys.stdout.isatty() else 150, highlight=False)
    for _, group in groupby(found, key=lambda result: result.benchmark.name):
        parts = list(group)
        console.print(set_table(parts))
        for result in parts:
            if result.notes:
                console.print(note_table(result))
    if not final:
        unseen = ", ".join(benchmark.name for benchmark in BENCHMARKS if not benchmark.dev)
        console.print(f"Test parts, and the sets that have no other ({unseen}), are measured with --final.")


def main() -> None:
    """Print the tables, or one JSON document."""
    options = _parser().parse_args()
    try:
        checkpoint = read_checkpoint(options.model, task="stance", labels=LABELS)
        found = results(options, checkpoint)
        if options.format == "json":
            print(json.dumps(document(list(found), checkpoint.identity), ensure_ascii=False, indent=2))
        else:
            print_tables(found, final=options.final)
    except StanceError as error:
        sys.exit(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = Path(os.environ.get("STANCE_DATA", "../shared/data"))
    names = [benchmark.name for benchmark in BENCHMARKS]
    parser.add_argument("--model", type=Path, default=STANCE_CHECKPOINT, metavar="DIR", help="stance checkpoint")
    parser.add_argument("--data", type=Path, default=data, metavar="DIR", help=f"where the sets are ({data})")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--final", action="store_true", help="measure the test parts too")
    parser.add_argument("--recipe", type=Path, default=RECIPE, metavar="FILE", help="what the baselines learn from")
    parser.add_argument("--stage-one", type=Path, metavar="DIR", help="a stage's model, such as runs/stance-1-*/done")
    parser.add_argument(
        "--articles", type=int, default=ARTICLES, help="articles of FNC-1 drawn, 0 for all (%(default)s)"
    )
    parser.add_argument("--sample", type=int, metavar="N", help="so many rows of each part, to see that it runs")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    return parser


def _chosen(names: Sequence[str]) -> list[Benchmark]:
    return [benchmark for benchmark in BENCHMARKS if benchmark.name in names]


if __name__ == "__main__":
    main()
