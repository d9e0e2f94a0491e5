"""The stance benchmarks on invented rows; no row of a public set is read here."""

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from benchmarks.stance_articles import NEAREST, Headline, nearest_sentences, read_headlines
from benchmarks.stance_scores import fnc_figures, public_figures, task_figures
from benchmarks.stance_sets import BENCHMARKS, Question, draw, read_questions
from benchmarks.stance_systems import Lesson, Tfidf, answer, fit, majority
from benchmarks.stance_tables import Result, set_table
from data.errors import BadInput
from data.records import LABELS, Example, Pair, Stance
from data.sources import sources
from training.recipe import read_recipe

ROOT = Path(__file__).parent.parent
SUPPORT, DENIAL, HEDGE, UNRELATED = range(4)
COMMITMENTBANK, EMERGENT = (
    next(each for each in BENCHMARKS if each.name == name) for name in ("commitmentbank", "emergent")
)
ARTICLE = " ".join(f"The ferry to island {number} sails on day {number}." for number in range(10, 22))


def write(file: Path, rows: list[dict[str, Any]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    file.write_bytes(gzip.compress(text) if file.suffix == ".gz" else text)


def pair(text: str) -> Pair:
    return Pair("The ferry sank.", text)


def test_no_part_that_is_measured_is_trained_on() -> None:
    measured = {"corpus/dev.jsonl"} | {name for benchmark in BENCHMARKS for name in (*benchmark.dev, *benchmark.test)}
    trained = {str(file) for source in sources().values() for file in source.files}
    for file in (ROOT / "training" / "recipes").glob("*.toml"):
        recipe = read_recipe(file)
        stages = [stage for each in (recipe, *recipe.teachers) for stage in each.stages]
        trained |= {name for stage in stages for name in (*stage.files, *stage.unlabelled)}
    assert not measured & trained


@pytest.mark.parametrize("benchmark", [each for each in BENCHMARKS if each.test], ids=lambda each: each.name)
def test_what_repeats_a_test_row_of_pairs_is_held_out(benchmark: Any) -> None:
    held_out = {str(file) for file in sources()[benchmark.name].held_out}
    assert benchmark.articles or set(benchmark.test) <= held_out


@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda each: each.name)
def test_published_figures_are_shares_of_what_is_measured(benchmark: Any) -> None:
    found = benchmark.measure(np.eye(4), np.arange(4), benchmark.labels)
    for published in benchmark.published:
        assert published.figures.keys() <= found.keys()
        assert all(0 < value < 1 for value in published.figures.values())


def test_only_the_labels_of_a_set_are_answered() -> None:
    scores = np.array([[0.2, 0.1, 0.3, 0.4], [0.1, 0.2, 0.3, 0.4]])
    found = public_figures(scores, np.array([SUPPORT, DENIAL]), (Stance.SUPPORT, Stance.DENIAL))
    assert found == {"accuracy": 1.0, "macro_f1": 1.0, "f1 support": 1.0, "f1 denial": 1.0}


def test_macro_f1_is_the_mean_over_the_labels_of_the_set_even_where_one_is_never_right() -> None:
    gold = np.array([SUPPORT, SUPPORT, SUPPORT, DENIAL])
    found = public_figures(np.tile(np.eye(4)[SUPPORT], (4, 1)), gold, (Stance.SUPPORT, Stance.DENIAL))
    assert found["f1 support"] == pytest.approx(6 / 7)
    assert found["macro_f1"] == pytest.approx(3 / 7)


def test_the_weighted_score_is_that_of_the_challenge() -> None:
    gold = np.array([SUPPORT, DENIAL, HEDGE, UNRELATED, UNRELATED])
    answers = np.eye(4)[[SUPPORT, SUPPORT, UNRELATED, UNRELATED, HEDGE]]
    # right: 1; the wrong side: 1/4; called unrelated: 0; unrelated found: 1/4; missed: 0. The best is 3 + 2/4.
    assert fnc_figures(answers, gold, LABELS)["weighted"] == pytest.approx(1.5 / 3.5)
    everything_unrelated = np.tile(np.eye(4)[UNRELATED], (5, 1))
    assert fnc_figures(everything_unrelated, gold, LABELS)["weighted"] == pytest.approx(0.5 / 3.5)


def test_the_task_is_measured_as_stance_evaluate_does() -> None:
    found = task_figures(np.eye(4), np.arange(4))
    assert list(found) == ["macro_f1", "f1 support", "f1 denial", "f1 hedge", "macro_f1_4", "relevance_auc", "ece"]
    assert found["macro_f1"] == found["macro_f1_4"] == found["relevance_auc"] == 1.0


def test_the_most_relevant_sentence_answers_for_its_article() -> None:
    scores = {"a": [0.1, 0.1, 0.1, 0.7], "b": [0.1, 0.6, 0.1, 0.2], "c": [0.5, 0.1, 0.1, 0.3]}
    questions = [
        Question((pair("a"), pair("b"), pair("c")), Stance.DENIAL),
        Question((pair("a"),), Stance.UNRELATED),
        Question((pair("c"), pair("a")), Stance.SUPPORT),
    ]
    found = answer(lambda pairs: np.array([scores[each.statement] for each in pairs]), questions)
    assert found.tolist() == [scores["b"], scores["a"], scores["c"]]


def test_the_majority_is_counted_on_the_rows_themselves() -> None:
    questions = [Question((pair("x"),), stance) for stance in (Stance.HEDGE, Stance.HEDGE, Stance.DENIAL, Stance.HEDGE)]
    assert answer(majority(questions), questions).tolist() == [[0, 0.25, 0.75, 0]] * 4


def test_a_set_without_hedges_teaches_nothing_about_hedges() -> None:
    sides = [
        Example(pair(text), stance) for text, stance in (("yes it did", Stance.SUPPORT), ("no never", Stance.DENIAL))
    ]
    guarded = [Example(pair("perhaps yes it did"), Stance.HEDGE), Example(pair("yes it did"), Stance.SUPPORT)]
    two, all_labels = frozenset({Stance.SUPPORT, Stance.DENIAL}), frozenset(LABELS)
    few = [Lesson(sides * 4, two), Lesson(guarded * 4, all_labels)]
    many = [Lesson(sides * 4, two), Lesson(sides * 40, two), Lesson(guarded * 4, all_labels)]
    asked = [pair("perhaps yes it did"), pair("yes it did"), pair("no never")]
    found = fit(Tfidf(), few)(asked)
    assert found[:, [SUPPORT, DENIAL, HEDGE]].argmax(axis=1).tolist() == [2, 0, 1]
    assert found[:, UNRELATED].tolist() == [0, 0, 0]
    assert found.sum(axis=1) == pytest.approx(1)
    assert fit(Tfidf(), many)(asked)[0, HEDGE] > found[0, SUPPORT]


def test_sentences_nearest_to_each_headline_come_in_the_order_of_the_article() -> None:
    headlines = [
        Headline("1", "Ferry to island 17 sails on day 17", Stance.SUPPORT),
        Headline("1", "Day 13", Stance.HEDGE),
    ]
    seven, three = nearest_sentences(headlines, {"1": ARTICLE})
    assert len(seven) == len(three) == NEAREST
    assert pair_of(seven, "island 17").context == "The ferry to island 16 sails on day 16."
    assert pair_of(three, "island 13").claim == "Day 13"
    places = [ARTICLE.index(each.statement) for each in seven]
    assert places == sorted(places)


def pair_of(pairs: tuple[Pair, ...], words: str) -> Pair:
    return next(each for each in pairs if words in each.statement)


def test_a_text_without_sentences_is_one() -> None:
    assert list(nearest_sentences([Headline("1", "A ferry", Stance.HEDGE)], {"1": "ferry"})) == [
        (Pair("A ferry", "ferry"),)
    ]


def test_articles_on_which_the_task_has_labels_are_left_out(tmp_path: Path) -> None:
    for name, group in (("train", "fnc-train-2"), ("dev", "fnc-train-3")):
        row = {"claim": "A claim", "statement": f"said {name}", "stance": "hedge", "group": group}
        write(tmp_path / f"stance/{name}.jsonl.gz", [row])
    rows = [{"body_id": str(number % 6), "claim": f"Headline {number}", "label": "agree"} for number in range(12)]
    write(tmp_path / "headlines.jsonl", rows)
    files = [tmp_path / "headlines.jsonl"]
    found = read_headlines(files, sources()["fnc1"], tmp_path, articles=0)
    assert sorted({headline.body for headline in found}) == ["0", "1", "4", "5"]
    assert len(found) == 8
    drawn = read_headlines(files, sources()["fnc1"], tmp_path, articles=2)
    assert len(drawn) == 4
    assert drawn == read_headlines(files, sources()["fnc1"], tmp_path, articles=2)
    assert set(drawn) < set(found)


def test_a_row_that_cannot_be_read_ends_the_reading(tmp_path: Path) -> None:
    for name in ("train", "dev"):
        write(tmp_path / f"stance/{name}.jsonl.gz", [{"group": "x"}])
    write(tmp_path / "headlines.jsonl", [{"body_id": "1", "label": "agree"}])
    with pytest.raises(BadInput, match=r"headlines[.]jsonl:1: expected a column 'claim'"):
        read_headlines([tmp_path / "headlines.jsonl"], sources()["fnc1"], tmp_path, articles=0)


def test_a_part_that_a_set_does_not_have_has_no_rows(tmp_path: Path) -> None:
    assert read_questions(COMMITMENTBANK, "dev", tmp_path) == []
    with pytest.raises(BadInput, match="expected a file"):
        read_questions(COMMITMENTBANK, "test", tmp_path)


def test_drawn_rows_are_the_same_each_time() -> None:
    rows = [Question((pair(str(number)),), Stance.HEDGE) for number in range(50)]
    assert draw(rows, None) == draw(rows, 50) == rows
    assert draw(rows, 7) == draw(rows, 7)
    assert [row for row in rows if row in draw(rows, 7)] == draw(rows, 7)
    assert len(draw(rows, 7)) == 7


RECIPE = """
name = "small"
task = "stance"
base_model = "{base}"
max_tokens = 64
dev = ["stance/dev.jsonl.gz"]
[[stages]]
name = "both"
sources = ["rumoureval2019"]
files = ["stance/train.jsonl.gz"]
epochs = 1
learning_rate = 1e-3
batch_size = 4
"""

SAID = ("yes it did sink", "no it never sank", "perhaps it sank", "the weather was fine")


@pytest.fixture
def data(tmp_path: Path, stance_checkpoint: Path) -> Path:
    """A recipe, and below it the files of four sets with rows of every label, all invented."""
    for name, labels in {
        "rumoureval2019": ("support", "deny", "query", "comment"),
        "commitmentbank": ("fact", "counterfact", "uncertain"),
    }.items():
        column = "bucket" if name == "commitmentbank" else "label"
        rows = [
            {"claim": f"Ferry {number} sank.", "statement": f"{said} {number}", column: label}
            for number in range(6)
            for said, label in zip(SAID, labels, strict=False)
        ]
        for part in ("train", "dev", "test", "all"):
            write(
                tmp_path / f"public/{name}/{part}.jsonl.gz",
                [row | {"claim": f"{part}: {row['claim']}"} for row in rows],
            )
    stances = [{"statement": said, "stance": label, "group": "x"} for said, label in zip(SAID, LABELS, strict=True)]
    for part in ("train", "dev"):
        write(tmp_path / f"stance/{part}.jsonl.gz", [row | {"claim": f"A bus of {part} left."} for row in stances])
    for body, part in (("1", "train"), ("2", "test")):
        rows = [
            {"body_id": body, "claim": f"Island {n}", "label": label} for n, label in enumerate(("agree", "discuss"))
        ]
        write(tmp_path / f"public/fnc1/{part}.jsonl.gz", rows)
        write(
            tmp_path / f"public/fnc1/{part}_unrelated.jsonl.gz", [{"body_id": body, "claim": "A", "label": "unrelated"}]
        )
    write(tmp_path / "public/fnc1/bodies.jsonl.gz", [{"id": "1", "text": ARTICLE}, {"id": "2", "text": ARTICLE}])
    (tmp_path / "recipe.toml").write_text(RECIPE.format(base=stance_checkpoint))
    return tmp_path


@pytest.mark.slow
def test_every_system_is_measured_on_every_part_that_is_asked_for(data: Path, stance_checkpoint: Path) -> None:
    command: list[str | Path] = [
        sys.executable,
        "benchmarks/stance.py",
        "--data",
        data,
        "--recipe",
        data / "recipe.toml",
    ]
    command += ["--model", stance_checkpoint, "--stage-one", stance_checkpoint]
    command += ["--only", "stance", "rumoureval2019", "commitmentbank", "fnc1"]
    command += ["--final", "--format", "json"]
    found = {(each["name"], each["part"]): each for each in json.loads(run(command))["sets"]}
    assert {place: each["rows"] for place, each in found.items()} == {
        ("stance", "dev"): 4,
        ("rumoureval2019", "dev"): 24,
        ("rumoureval2019", "test"): 24,
        ("commitmentbank", "test"): 18,
        ("fnc1", "dev"): 3,
        ("fnc1", "test"): 3,
    }
    systems = ["ours", "stage one", "TF-IDF", "MiniLM cosine", "majority"]
    assert all([name.split(",")[0] for name in each["systems"]] == systems for each in found.values())
    rumours = found["rumoureval2019", "dev"]["systems"]
    assert (rumours["TF-IDF, LR"]["accuracy"], rumours["majority"]["accuracy"]) == (1, 0.25)


def test_a_table_shows_each_part_and_what_was_published() -> None:
    figures = COMMITMENTBANK.measure(np.eye(4)[:3], np.arange(3), COMMITMENTBANK.labels)
    parts = [Result(EMERGENT, part, 3, {"ours": figures}, {}, {}) for part in ("dev", "test")]
    console = Console(width=200, file=io.StringIO())
    console.print(set_table(parts))
    printed = console.file.getvalue() if isinstance(console.file, io.StringIO) else ""
    assert [printed.count(words) for words in ("dev, 3", "test, 3", "published:", "0.733")] == [1, 1, 3, 1]
    assert "for = support, against = denial, observing = hedge; the most probable of these 3 is taken" in printed


def run(command: list[str | Path]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
