import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from data.errors import BadInput
from data.records import Pair, Stance
from data.sources import Source, read_held_out, read_source, sources

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("STANCE_DATA", Path(__file__).parents[2] / "shared" / "data"))
TRAINING = {name: source for name, source in sources().items() if source.files}


def source(**changes) -> Source:
    settings = {
        "files": ["some.jsonl"],
        "labels": {"PRO": "support", "CON": "denial"},
        "origin": "invented",
        "licence": "CC0 1.0",
    }
    return Source.model_validate({name: value for name, value in (settings | changes).items() if value is not None})


def written(folder: Path, *rows: object) -> Path:
    (folder / "some.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


def hub_repository(folder: Path, card: str = "") -> Path:
    """A data set as its repository on the hub holds it: Parquet with named classes, a README that says which split."""
    from datasets import ClassLabel, Dataset, Features, Value

    features = Features(
        {
            "premise": Value("string"),
            "hypothesis": Value("string"),
            "label": ClassLabel(names=["entailment", "neutral", "contradiction"]),
        }
    )
    for split, shift in (("train", ""), ("validation", "not ")):
        rows = {
            "premise": [f"The bridge is {shift}{word}." for word in ("shut", "red", "long", "old")],
            "hypothesis": ["One cannot cross.", "It was painted.", "It is short.", "It is there."],
            "label": [0, 1, 2, -1],
        }
        (folder / "data").mkdir(parents=True, exist_ok=True)
        Dataset.from_dict(rows, features=features).to_parquet(folder / "data" / f"{split}-00000-of-00001.parquet")
    (folder / "README.md").write_text(card)
    return folder


def hub_source(**changes) -> Source:
    return source(
        files=None,
        hub="some-lab/bridges",
        columns={"claim": "hypothesis", "statement": "premise"},
        labels={"entailment": "support", "contradiction": "denial"},
        **changes,
    )


def run(program: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_labels_become_stances_and_what_is_not_mapped_is_left_out(tmp_path):
    rows = [{"claim": "c", "statement": "s", "label": label, "source_group": "g"} for label in ("PRO", "CON", "ODD")]
    examples = list(read_source(source(), written(tmp_path, *rows)))

    assert [example.stance for example in examples] == [Stance.SUPPORT, Stance.DENIAL]
    assert examples[0].group == "g"


def test_rows_without_text_are_left_out(tmp_path):
    rows = [{"claim": claim, "statement": "s", "label": "PRO"} for claim in ("", " ", None, "c")]

    assert len(list(read_source(source(), written(tmp_path, *rows)))) == 1


def test_columns_may_have_other_names(tmp_path):
    folder = written(tmp_path, {"hypothesis": "c", "statement": "s", "label": "1.5", "bucket": "PRO", "context": "x"})

    found = list(read_source(source(columns={"claim": "hypothesis", "label": "bucket"}), folder))

    assert [(example.pair, example.stance) for example in found] == [(Pair("c", "s", context="x"), Stance.SUPPORT)]


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path):
    folder = written(tmp_path, {"claim": "c", "statement": "s", "verdict": "PRO"})

    with pytest.raises(BadInput, match=r"some\.jsonl: expected a column 'label', found claim, statement, verdict"):
        list(read_source(source(), folder))


def test_files_whose_columns_differ_are_read_one_after_another(tmp_path):
    row = {"claim": "c", "statement": "s", "label": "PRO"}
    (tmp_path / "more.jsonl").write_text(json.dumps(row | {"votes": [1, 2]}))

    assert len(list(read_source(source(files=["some.jsonl", "more.jsonl"]), written(tmp_path, row)))) == 2


def test_broken_row_is_told_with_its_file_in_one_line(tmp_path):
    (tmp_path / "some.jsonl").write_text('{"claim": "c"}\n{"claim": ')

    with pytest.raises(
        BadInput, match=r"some\.jsonl: expected whole and readable rows, found otherwise \(.+\)"
    ) as told:
        list(read_source(source(), tmp_path))
    assert "\n" not in str(told.value)


def test_missing_file_is_told(tmp_path):
    with pytest.raises(BadInput, match=r"some\.jsonl: expected a file, found nothing there"):
        list(read_source(source(), tmp_path))


def test_held_out_pairs_come_whatever_their_label(tmp_path):
    folder = written(tmp_path, *({"claim": "c", "statement": label, "label": label} for label in ("PRO", "ODD")))

    assert list(read_held_out(source(files=None, held_out=["some.jsonl"]), folder)) == [
        Pair("c", "PRO"),
        Pair("c", "ODD"),
    ]


def test_a_copy_of_a_hub_set_is_read_by_the_names_of_its_classes(tmp_path):
    hub_repository(tmp_path / "some-lab" / "bridges")

    found = list(read_source(hub_source(), tmp_path))

    assert [(example.pair.claim, example.pair.statement, example.stance) for example in found] == [
        ("One cannot cross.", "The bridge is shut.", Stance.SUPPORT),
        ("It is short.", "The bridge is long.", Stance.DENIAL),
    ]


def test_several_splits_and_a_subset_of_a_hub_set_can_be_named(tmp_path):
    card = (
        "---\nconfigs:\n- config_name: plain\n  data_files:\n"
        "  - split: train_r1\n    path: data/train-*\n  - split: train_r2\n    path: data/validation-*\n---\n"
    )
    hub_repository(tmp_path / "some-lab" / "bridges", card)

    found = list(read_source(hub_source(subset="plain", split="train_r1+train_r2"), tmp_path))

    assert [example.pair.statement for example in found] == [
        "The bridge is shut.",
        "The bridge is long.",
        "The bridge is not shut.",
        "The bridge is not long.",
    ]


def test_a_hub_set_that_cannot_be_reached_gives_one_clear_error(tmp_path):
    program = """
import sys
from pathlib import Path
from data.errors import BadInput
from data.sources import read_source, sources
try:
    list(read_source(sources()["mnli"], Path(sys.argv[1])))
except BadInput as error:
    print(error)
"""
    done = run(program, tmp_path, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path / "home"))

    assert done.stdout.startswith("nyu-mll/multi_nli: expected a data set of the Hugging Face hub, found neither that")
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_reading_a_file_asks_no_network_and_leaves_no_cache(tmp_path):
    program = """
import sys
from pathlib import Path
asked = []
sys.addaudithook(lambda event, _: asked.append(event) if event in ("socket.connect", "socket.getaddrinfo") else None)
from data.sources import Source, read_source
labels = {"PRO": "support"}
source = Source(files=("some.jsonl",), labels=labels, origin="invented", licence="CC0 1.0")
print(len(list(read_source(source, Path(sys.argv[1])))), asked)
"""
    home = tmp_path / "home"
    folder = written(tmp_path, {"claim": "c", "statement": "s", "label": "PRO"})
    done = run(program, folder, HF_HOME=str(home), HF_HUB_OFFLINE="0", TMPDIR=str(tmp_path))

    assert done.stdout == "1 []\n", done.stderr
    assert not home.exists() or not any(home.rglob("*"))
    assert sorted(path.name for path in tmp_path.iterdir() if path != home) == ["some.jsonl"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"files": None}, "expected files or a hub name to train on, or files or groups to hold out"),
        ({"hub": "some-lab/bridges"}, "expected files or a hub name to train on"),
        ({"columns": {"premise": "statement"}}, "columns: no such thing as premise in a pair"),
        ({"weight": 0}, "greater than 0"),
        ({"weight": 1.5}, "less than or equal to 1"),
        ({"labels": {"PRO": "maybe"}}, "'support', 'denial', 'hedge' or 'unrelated'"),
        ({"label_map": {}}, "Extra inputs are not permitted"),
    ],
)
def test_a_source_that_contradicts_itself_is_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        source(**changes)


def test_nothing_that_is_held_out_trains():
    held_out = {file for source in sources().values() for file in source.held_out}
    trained = [file for source in sources().values() for file in source.files]

    assert not held_out & set(trained)
    assert len(trained) == len(set(trained))
    assert not [file for file in trained if "test" in file.name]
    assert not [source.split for source in sources().values() if "test" in source.split]


@pytest.mark.parametrize("name", ["emergent", "fnc1", "climate_fever", "commitmentbank"])
def test_a_set_that_is_all_benchmark_has_no_training_part(name):
    assert not sources()[name].trains


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"needs the public data sets in {SHARED}")
@pytest.mark.parametrize("name", TRAINING)
def test_every_source_has_at_least_two_stances_to_tell_apart(name):
    found = {example.stance for example in read_source(TRAINING[name], SHARED)}

    assert len(found) >= 2
    assert found <= set(TRAINING[name].labels.values())
