"""Batches of columns to columns: the rows of `stance score`, whoever calls with them."""

import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.texts import invented_pairs
from data.errors import BadCheckpoint, BadInput
from data.tables import Row
from model.classifier import StanceClassifier
from serving.scoring.pairs import PAIR_COLUMNS, PairScorer
from serving.scoring.parcel import pack, unpacked
from serving.scoring.predictor import PREDICTED_COLUMNS, StancePredictor
from serving.scoring.shards import JUDGEMENTS


@pytest.fixture(scope="module")
def predictor(stance_checkpoint: Path) -> StancePredictor:
    return StancePredictor(stance_checkpoint)


@pytest.fixture(scope="module")
def expected(stance_checkpoint: Path) -> list[dict[str, Any]]:
    """What `stance score` says of the pairs of `columns`."""
    rows = [Row(f"r:{place}", text._asdict()) for place, text in enumerate(invented_pairs(30, seed=0))]
    scored = PairScorer(StanceClassifier.load(stance_checkpoint))(rows)
    return [{name: row[name] for name in PAIR_COLUMNS if name != "id"} for row in scored.tables[JUDGEMENTS]]


def columns(**more: list[Any]) -> dict[str, list[Any]]:
    texts = invented_pairs(30, seed=0)
    return {"claim": [text.claim for text in texts], "statement": [text.statement for text in texts], **more}


def judged(table: dict[str, Any]) -> list[dict[str, Any]]:
    names = [name for name in PREDICTED_COLUMNS if name != "error"]
    return [dict(zip(names, row, strict=True)) for row in zip(*(table[name] for name in names), strict=True)]


def test_arrays_come_back_as_arrays_with_the_judgements_of_score(
    predictor: StancePredictor, expected: list[dict[str, Any]]
) -> None:
    batch = {name: np.array(values, dtype=object) for name, values in columns(id=list(range(30))).items()}
    found = predictor(batch)
    assert list(found) == ["claim", "statement", "id", *PREDICTED_COLUMNS]
    assert all(isinstance(values, np.ndarray) for values in found.values())
    assert [found[name].dtype.kind for name in PREDICTED_COLUMNS] == list("OfffffbOO")
    assert judged(found) == expected
    assert list(found["id"]) == list(range(30))
    assert set(found["error"]) == {""}


@pytest.mark.parametrize("size", [1, 7, 30])
def test_datasets_map_gives_the_same_in_batches_of_any_size(
    predictor: StancePredictor, expected: list[dict[str, Any]], size: int
) -> None:
    from datasets import Dataset

    found = Dataset.from_dict(columns(year=[2020] * 30)).map(predictor, batched=True, batch_size=size)
    assert found.column_names == ["claim", "statement", "year", *PREDICTED_COLUMNS]
    assert judged(found.to_dict()) == expected


def test_data_frames_of_spark_come_back_as_the_documentation_says(
    stance_checkpoint: Path, expected: list[dict[str, Any]]
) -> None:
    import pandas as pd

    def judge(frames: "Iterator[pd.DataFrame]") -> "Iterator[pd.DataFrame]":
        predictor = StancePredictor(stance_checkpoint)
        for frame in frames:
            yield pd.DataFrame(predictor(frame.to_dict("list")))

    frame = pd.DataFrame(columns(speaker=[None] * 29 + [float("nan")]))
    found = pd.concat(judge(iter([frame[:11], frame[11:]])))
    assert judged(found.to_dict("list")) == expected


def test_a_row_that_cannot_be_judged_hurts_only_itself_and_says_why(
    predictor: StancePredictor, expected: list[dict[str, Any]]
) -> None:
    batch = columns()
    batch["statement"][3], batch["claim"][8], batch["statement"][29] = None, 7, " "
    found = predictor(batch)
    bad = [3, 8, 29]
    assert [place for place, error in enumerate(found["error"]) if error] == bad
    assert found["error"][3] == "expected text in 'statement', found none: fill it in or drop the row"
    assert found["error"][8] == "expected text in 'claim', found int: write it as a string"
    assert {found["stance"][place] for place in bad} == {""}
    assert np.isnan([found[label][place] for place in bad for label in ("support", "relevance")]).all()
    kept = [row for place, row in enumerate(judged(found)) if place not in bad]
    assert kept == [row for place, row in enumerate(expected) if place not in bad]


def test_a_batch_of_unjudgeable_rows_and_one_of_none_keep_their_types(predictor: StancePredictor) -> None:
    for batch in ({"claim": np.array([""]), "statement": np.array(["x"])}, {"claim": np.array([]), "statement": []}):
        found = predictor(batch)
        assert [np.asarray(found[name]).dtype.kind for name in PREDICTED_COLUMNS] == list("OfffffbOO")
        assert len(found["error"]) == len(batch["claim"])


def test_a_column_whose_name_is_taken_is_kept_beside_it(predictor: StancePredictor) -> None:
    found = predictor(columns(stance=["a person's"] * 30, error=["e"] * 30))
    assert found["input_stance"] == ["a person's"] * 30
    assert found["input_error"] == ["e"] * 30
    assert found["error"] == [""] * 30


def test_a_batch_without_statements_is_refused(predictor: StancePredictor) -> None:
    with pytest.raises(BadInput, match="expected columns claim and statement, found claim, text: rename yours"):
        predictor({"claim": ["a"], "text": ["b"]})


def test_a_checkpoint_travels_as_bytes_and_leaves_no_folder(stance_checkpoint: Path, tmp_path: Path) -> None:
    parcel = pack(stance_checkpoint)
    with unpacked(parcel) as folder:
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == parcel
    assert not folder.exists()
    assert StancePredictor(parcel)(columns()) == StancePredictor(stance_checkpoint)(columns())


def test_a_checkpoint_that_is_not_whole_is_not_packed(stance_checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match="expected a checkpoint, found none that can be read"):
        pack(tmp_path)
    for name, content in pack(stance_checkpoint).items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "config.json").write_bytes(b"{}")
    with pytest.raises(BadCheckpoint, match=r"config.json: .* found it altered: put the original folder back"):
        pack(tmp_path)


def test_a_parcel_writes_nothing_outside_its_folder() -> None:
    with pytest.raises(BadCheckpoint, match="expected names of files"), unpacked({"../evil": b""}):
        pass


def test_another_process_loads_the_same_model_and_other_weights_are_another(
    predictor: StancePredictor, stance_checkpoint: Path, tmp_path: Path
) -> None:
    again = pickle.loads(pickle.dumps(predictor))  # noqa: S301 - what datasets and Ray do
    assert again(columns()) == predictor(columns())
    for name, content in pack(stance_checkpoint).items():
        (tmp_path / name).write_bytes(content)
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))  # other bytes of the same content
    assert StancePredictor(tmp_path).version != predictor.version


def test_the_shipped_model_is_the_default() -> None:
    from model.checkpoint import STANCE_CHECKPOINT

    assert StancePredictor().version == StancePredictor(str(STANCE_CHECKPOINT)).version
