import json
import os
from pathlib import Path

import pytest

from data.errors import BadInput
from data.records import Stance
from data.sources import Source, read_source, sources

SHARED = Path(os.environ.get("STANCE_DATA", Path(__file__).parents[2] / "shared" / "data"))


def source(**changes) -> Source:
    settings = {
        "files": ["some.jsonl"],
        "labels": {"PRO": "support", "CON": "denial"},
        "origin": "invented",
        "licence": "CC0 1.0",
    }
    return Source.model_validate(settings | changes)


def written(folder: Path, *rows: object) -> Path:
    (folder / "some.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


def test_labels_become_stances_and_what_is_not_mapped_is_left_out(tmp_path):
    rows = [{"claim": "c", "statement": "s", "label": label, "source_group": "g"} for label in ("PRO", "CON", "ODD")]
    examples = list(read_source(source(), written(tmp_path, *rows)))

    assert [example.stance for example in examples] == [Stance.SUPPORT, Stance.DENIAL]
    assert examples[0].group == "g"


def test_rows_without_text_are_left_out(tmp_path):
    rows = [{"claim": claim, "statement": "s", "label": "PRO"} for claim in ("", " ", None, "c")]

    assert len(list(read_source(source(), written(tmp_path, *rows)))) == 1


def test_label_may_stand_in_another_column(tmp_path):
    folder = written(tmp_path, {"claim": "c", "statement": "s", "label": "1.5", "bucket": "PRO"})

    assert len(list(read_source(source(label_column="bucket"), folder))) == 1


def test_broken_row_is_told_with_its_place(tmp_path):
    (tmp_path / "some.jsonl").write_text('{"claim": ')

    with pytest.raises(BadInput, match=r"some\.jsonl:1: "):
        list(read_source(source(), tmp_path))


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"needs the public data sets in {SHARED}")
@pytest.mark.parametrize("name", sources())
def test_every_source_has_at_least_two_stances_to_tell_apart(name):
    found = {example.stance for example in read_source(sources()[name], SHARED)}

    assert len(found) >= 2
    assert found <= set(sources()[name].labels.values())
