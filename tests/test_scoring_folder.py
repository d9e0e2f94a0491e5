"""The output folder: only whole shards count, whatever stopped the run before, and nothing is mixed."""

import json
from pathlib import Path
from typing import Any

import pytest

from data.errors import BadInput
from data.tables import Reject, Row
from serving.scoring.folder import Folder
from serving.scoring.job import Part
from serving.scoring.parts import Format
from serving.scoring.shards import JUDGEMENTS, Shard, Tally

MANIFEST: dict[str, Any] = {
    "input": [{"name": "a.jsonl", "bytes": 7, "sha256": "1" * 64}, {"name": "b.jsonl", "bytes": 7, "sha256": "2" * 64}],
    "model": {"stance": {"name": "stance", "version": "abc"}},
    "options": {"format": "jsonl", "shard_rows": 2, "all": False},
    "versions": {"engine": "openvino bf16"},
}


def shard(number: int) -> Shard:
    return Shard(number, [Row("a.jsonl:1", {}), Reject("a.jsonl:2", "broken")], 7)


def part(number: int) -> Part:
    tally = Tally(rows=2, rejected=1, judgements=1, distinct=1, stances={"hedge": 1})
    return Part({JUDGEMENTS: b'{"id": %d}\n' % number}, tally, [Reject(f"a.jsonl:{number}", "broken")])


def fill(path: Path, *numbers: int, manifest: dict[str, Any] = MANIFEST) -> None:
    with Folder(path, Format.JSONL) as folder:
        folder.begin(manifest)
        for number in numbers:
            folder.publish(shard(number), part(number))


def finish(path: Path, shards: int) -> None:
    with Folder(path, Format.JSONL) as folder:
        folder.begin(MANIFEST)
        total = sum((part(number).tally for number in range(shards)), Tally())
        folder.finish(total, shards=shards, summary={"rows": total.rows})


def test_a_finished_shard_is_known_again(tmp_path: Path) -> None:
    fill(tmp_path / "out", 0, 2)
    with Folder(tmp_path / "out", Format.JSONL) as folder:
        folder.begin(MANIFEST)
        assert [folder.finished(shard(number)) for number in range(3)] == [part(0).tally, None, part(2).tally]


@pytest.mark.parametrize("name", ["part-00000.jsonl", "_shards/00000.json"])
@pytest.mark.parametrize("harm", ["gone", "cut", "altered"])
def test_a_shard_that_was_harmed_is_scored_again(tmp_path: Path, name: str, harm: str) -> None:
    fill(tmp_path, 0)
    path = tmp_path / name
    content = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:-3] if harm == "cut" else content.replace(b'"', b"'", 1))
    with Folder(tmp_path, Format.JSONL) as folder:
        folder.begin(MANIFEST)
        assert folder.finished(shard(0)) is None


def test_a_shard_of_other_rows_is_not_the_same(tmp_path: Path) -> None:
    fill(tmp_path, 0)
    with Folder(tmp_path, Format.JSONL) as folder:
        folder.begin(MANIFEST)
        assert folder.finished(Shard(0, [Row("a.jsonl:1", {})], 7)) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"input": MANIFEST["input"][:1]}, r"another input \(2 then, 1 now\)"),
        (
            {"input": [MANIFEST["input"][0], MANIFEST["input"][1] | {"sha256": "3" * 64}]},
            r"another input \(number 2: sha256: 22222\S+ then, 33333",
        ),
        (
            {"model": {"stance": {"name": "stance", "version": "xyz"}}},
            "another model .stance: version: abc then, xyz now",
        ),
        ({"options": MANIFEST["options"] | {"all": True}}, "another option .all: False then, True now"),
        ({"versions": {"engine": "torch f32 cpu"}}, "another version .engine: openvino bf16 then, torch f32 cpu now"),
    ],
)
def test_what_was_begun_with_something_else_is_refused_with_the_reason(
    tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    fill(tmp_path, 0)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(BadInput, match=reason):
        fill(tmp_path, 1, manifest=MANIFEST | change)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_folder_with_other_things_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(BadInput, match=r"expected a new or empty folder, found thesis.txt: choose another --out"):
        fill(tmp_path)
    fill(tmp_path / "new" / "folder", 0)


def test_standard_input_cannot_be_gone_on_with(tmp_path: Path) -> None:
    manifest = MANIFEST | {"input": [{"name": "stdin", "bytes": 0, "sha256": ""}]}
    fill(tmp_path, 0, manifest=manifest)
    with pytest.raises(BadInput, match="standard input cannot be read a second time"):
        fill(tmp_path, 1, manifest=manifest)


def test_a_manifest_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, 0)
    (tmp_path / "_manifest.json").write_bytes(b"{")
    with pytest.raises(BadInput, match=r"_manifest.json: expected what a run wrote, found otherwise"):
        fill(tmp_path, 1)


def test_two_runs_do_not_write_to_one_folder(tmp_path: Path) -> None:
    with Folder(tmp_path, Format.JSONL), pytest.raises(BadInput, match="another run is writing to it"):
        Folder(tmp_path, Format.JSONL).__enter__()
    fill(tmp_path, 0)


def test_what_a_killed_run_left_half_is_swept(tmp_path: Path) -> None:
    fill(tmp_path, 0)
    (tmp_path / "part-00001.jsonl.tmp").write_bytes(b"{")
    (tmp_path / "_shards" / "00001.json.tmp").write_bytes(b"{")
    fill(tmp_path, 1)
    assert not list(tmp_path.rglob("*.tmp"))


def test_success_comes_last_and_goes_when_something_is_missing(tmp_path: Path) -> None:
    fill(tmp_path, 0)
    assert not (tmp_path / "_SUCCESS").exists()
    fill(tmp_path, 1)
    finish(tmp_path, 2)
    assert json.loads((tmp_path / "_SUCCESS").read_bytes()) == {"rows": 4}
    fill(tmp_path, 1)
    assert not (tmp_path / "_SUCCESS").exists()


@pytest.mark.parametrize("name", ["part-00001.jsonl", "part-00002.jsonl"])
def test_rows_are_counted_at_the_end(tmp_path: Path, name: str) -> None:
    fill(tmp_path, 0, 1)
    (tmp_path / name).write_bytes(b"{}\n{}\n")
    with pytest.raises(BadInput, match=r"expected 2 rows in 2 files part-\*.jsonl, found [34] in [23]"):
        finish(tmp_path, 2)
    assert not (tmp_path / "_SUCCESS").exists()


def test_rejects_say_file_line_and_reason_in_order(tmp_path: Path) -> None:
    fill(tmp_path, 10, 9)
    lines = (tmp_path / "rejects.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {"file": "a.jsonl", "line": number, "reason": "broken"} for number in (9, 10)
    ]


def test_a_folder_that_cannot_be_written_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        BadInput, match=r"file/out: expected a folder with room .*\(Not a directory\): mend that and run"
    ):
        fill(tmp_path / "file" / "out")
