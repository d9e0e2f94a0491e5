"""`stance score`: the same bytes from any number of workers and after any interruption; what it refuses, and how."""

import gzip
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.texts import invented_pairs
from data.records import LABELS
from data.tables import Row, read_rows, write_rows
from model.analyser import Analyser
from stance import main

ROOT = Path(__file__).parent.parent
SEAWALL = (ROOT / "examples" / "seawall.txt").read_text(encoding="utf-8")


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.jsonl"
    rows: list[dict[str, Any]] = [
        {"id": f"row {number}", **texts._asdict(), "stance": "a person's", "year": 2020}
        for number, texts in enumerate(invented_pairs(60, seed=0))
    ]
    write_rows(path, [*rows, *rows[:5]])
    return path


@pytest.fixture
def models(stance_checkpoint: Path, attribution_checkpoint: Path) -> list[str]:
    return ["--model", str(stance_checkpoint), "--attribution-model", str(attribution_checkpoint)]


def score(*arguments: object) -> int:
    with pytest.raises(SystemExit) as exited:
        main(["score", *map(str, arguments)])
    return exited.value.code if isinstance(exited.value.code, int) else 0


def process(*arguments: object, **options: Any) -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(ROOT / "stance.py"), "score", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def rows(folder: Path, table: str = "part") -> list[dict[str, Any]]:
    paths = sorted(folder.glob(f"{table}-*"))
    return [row.values for path in paths for row in read_rows(path) if isinstance(row, Row)]


def test_every_row_comes_out_in_order_with_its_own_columns(
    pairs: Path, models: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert score(pairs, "--out", tmp_path / "out", "--shard-rows", 25, "--workers", 1, *models) == 0
    out, err = capsys.readouterr()
    assert out.startswith("65 rows, 0 rejected\n65 judgements: ")
    assert err == ""
    found = rows(tmp_path / "out")
    assert [row["id"] for row in found] == [f"row {number}" for number in [*range(60), *range(5)]]
    assert list(found[0])[:9] == ["id", "stance", *LABELS, "relevance", "truncated", "model"]
    assert list(found[0])[9:] == ["claim", "statement", "input_stance", "year"]
    assert {len((tmp_path / "out" / f"part-0000{number}.jsonl").read_bytes().splitlines()) for number in (0, 1)} == {25}
    assert json.loads((tmp_path / "out" / "_SUCCESS").read_bytes())["rows"] == 65


@pytest.mark.slow
def test_any_number_of_workers_and_any_size_of_shard_give_the_same_rows(
    pairs: Path, models: list[str], tmp_path: Path
) -> None:
    for workers in (1, 3):
        assert score(pairs, "--out", tmp_path / str(workers), "--shard-rows", 7, "--workers", workers, *models) == 0
    assert files(tmp_path / "1") == files(tmp_path / "3")
    assert score(pairs, "--out", tmp_path / "whole", "--workers", 1, *models) == 0
    assert rows(tmp_path / "whole") == rows(tmp_path / "1")


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_and_ends_as_if_nothing_had_been(
    pairs: Path, models: list[str], tmp_path: Path
) -> None:
    arguments = [pairs, "--shard-rows", 3, "--workers", 1, *models]
    assert score(*arguments, "--out", tmp_path / "whole") == 0
    out = tmp_path / "killed"
    for finished in (2, 9):
        run = process(*arguments, "--out", out)
        while len(list(out.glob("_shards/*.json"))) < finished and run.poll() is None:
            time.sleep(0.002)
        run.kill()
        run.communicate()
    assert score(*arguments, "--out", out) == 0
    assert files(out) == files(tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_stopped_ends_cleanly_and_goes_on(
    pairs: Path, models: list[str], tmp_path: Path, number: signal.Signals, code: int
) -> None:
    out = tmp_path / "out"
    arguments = [pairs, "--out", out, "--shard-rows", 1, "--workers", 2, *models]
    run = process(*arguments, start_new_session=True)
    while not list(out.glob("_shards/*.json")) and run.poll() is None:
        time.sleep(0.002)
    os.killpg(run.pid, number)  # as a terminal does: the workers get it too
    said = run.communicate()[1].decode()
    assert run.returncode == code
    assert said == "stance: stopped; run the same command again to go on: finished shards are kept\n"
    assert not list(out.rglob("*.tmp"))
    assert (out / "rejects.jsonl").exists()
    assert not (out / "_SUCCESS").exists()
    assert score(*arguments) == 0
    assert len(rows(out)) == 65


def test_a_finished_run_is_verified_and_a_harmed_part_is_made_again(
    pairs: Path, models: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [pairs, "--out", tmp_path / "out", "--shard-rows", 30, "--workers", 1, *models]
    assert score(*arguments) == 0
    whole = files(tmp_path / "out")
    (tmp_path / "out" / "part-00001.jsonl").write_bytes(b"{}\n")
    capsys.readouterr()
    assert score(*arguments) == 0
    assert "35 rows were finished before" in capsys.readouterr().out
    assert files(tmp_path / "out") == whole
    assert score(*arguments, "--all") == 1
    assert "begun with another option (all: False then, True now)" in capsys.readouterr().err
    assert files(tmp_path / "out") == whole


def test_a_stream_goes_through_in_order(pairs: Path, models: list[str], tmp_path: Path) -> None:
    assert score(pairs, "--out", tmp_path / "out", "--workers", 1, *models) == 0
    run = process("-", "--out", "-", "--shard-rows", 10, "--workers", 1, *models, stdin=subprocess.PIPE)
    out, err = run.communicate(pairs.read_bytes() + b"{broken\n")
    assert run.returncode == 0
    assert out == (tmp_path / "out" / "part-00000.jsonl").read_bytes()
    assert err.decode().startswith("stdin:66: expected JSON, whole on one line")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_typed_and_untyped_formats_hold_the_same_rows(
    pairs: Path, models: list[str], tmp_path: Path, form: str
) -> None:
    typed = tmp_path / "pairs.parquet"
    write_rows(typed, (row.values for row in read_rows(pairs) if isinstance(row, Row)))
    assert score(typed, "--out", tmp_path / "jsonl", "--workers", 1, *models) == 0
    assert score(typed, "--out", tmp_path / form, "--format", form, "--workers", 1, *models) == 0
    expected = rows(tmp_path / "jsonl")
    if form == "csv":
        expected = [{k: v if isinstance(v, str) else json.dumps(v) for k, v in row.items()} for row in expected]
    assert rows(tmp_path / form) == expected


def test_rejects_are_written_and_more_than_allowed_end_the_run(
    models: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in" / "deep" / "rows.csv.gz"
    source.parent.mkdir(parents=True)
    source.write_bytes(gzip.compress(b"claim,statement\nThe dam held.,It held.\nThe dam held.,\nA,B,C\n"))
    arguments = [tmp_path / "in", "--out", tmp_path / "out", "--workers", 1, *models]
    assert score(*arguments, "--max-rejects", 1) == 1
    assert (
        "expected at most 1 rows that cannot be judged, found 2, the last at deep/rows.csv.gz:4"
        in capsys.readouterr().err
    )
    lines = (tmp_path / "out" / "rejects.jsonl").read_text(encoding="utf-8").splitlines()
    assert [(row["file"], row["line"]) for row in map(json.loads, lines)] == [
        ("deep/rows.csv.gz", 3),
        ("deep/rows.csv.gz", 4),
    ]
    assert not (tmp_path / "out" / "_SUCCESS").exists()
    assert score(*arguments, "--max-rejects", 2) == 0
    assert [row["id"] for row in rows(tmp_path / "out")] == ["deep/rows.csv.gz:2"]


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl"
    own = {"article": SEAWALL[:900], "claims": ["The dam broke.", "It rained."], "date": "2026-01-03"}
    first = {"id": "a", "article": SEAWALL, "date": "2026-01-02"}
    write_rows(path, [first, own, first | {"id": "b"}, {"id": "c", "article": " "}])
    return path


@pytest.mark.parametrize("every", [False, True])
def test_articles_give_what_the_analyser_finds(articles: Path, models: list[str], tmp_path: Path, every: bool) -> None:
    claims = tmp_path / "claims.txt"
    claims.write_text("The sea wall was cracked.\n\nThe terminal should stay closed.\n", encoding="utf-8")
    options = ["--claims", claims, "--out", tmp_path / "out", "--workers", 1, "--matrix", *(["--all"] if every else [])]
    assert score(articles, *options, *models) == 0
    analyser = Analyser.load(stance=Path(models[1]), attribution=Path(models[3]))
    given = [*claims.read_text(encoding="utf-8").split("\n\n")[:1], "The terminal should stay closed."]
    analysis = analyser.analyse(SEAWALL, given, every=every)
    found, said = rows(tmp_path / "out"), rows(tmp_path / "out", "statements")
    assert {row["id"] for row in said} == {"a", "articles.jsonl:2", "b"}
    assert [row["start"] for row in said if row["id"] == "a"] == [one.content[0].start for one in analysis.statements]
    for row in [*said, *found]:
        if row["id"] in {"a", "b"}:
            assert SEAWALL[row["start"] : row["end"]] == row["text"]
            assert row["cue"] is None or SEAWALL[row["cue_start"] : row["cue_end"]] == row["cue"]
            assert row["speaker"] is None or SEAWALL[row["speaker_start"] : row["speaker_end"]] == row["speaker"]
    first = [row for row in found if row["id"] == "a"]
    assert [(row["statement"], row["claim"]) for row in first] == [
        (item.statement, given[item.claim]) for item in analysis.judgements
    ]
    assert [row["support"] for row in first] == pytest.approx(
        [item.judgement.probabilities[0] for item in analysis.judgements], abs=0.01
    )
    assert {row["claim"] for row in found if row["id"] == "articles.jsonl:2"} <= {"The dam broke.", "It rained."}
    assert {row["date"] for row in first} == {"2026-01-02"}
    assert "article" not in first[0]
    rejects = (tmp_path / "out" / "rejects.jsonl").read_text(encoding="utf-8")
    assert json.loads(rejects)["line"] == 4


def test_disk_full_loses_nothing(pairs: Path, models: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = [pairs, "--out", out, "--shard-rows", 13, "--workers", 1, *models]

    def limit() -> None:  # a write beyond it fails as on a full disk, with another word
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))

    run = process(*arguments, preexec_fn=limit)
    said = run.communicate()[1].decode()
    assert run.returncode == 1
    assert said.startswith(f"stance: {out}: expected a folder with room to write in, found otherwise (File too large)")
    assert "run the same command again; finished shards are kept" in said
    assert score(*arguments) == 0
    assert len(rows(out)) == 65


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["nowhere.jsonl", "--out", "out"], 1, "nowhere.jsonl: expected a file that can be read, found otherwise"),
        (["in", "--out", "in/out"], 2, "--out in/out lies in the input in"),
        (["in", "--out", "-", "--format", "csv"], 2, "--out - writes JSON Lines alone"),
        (["in", "--out", "out", "--matrix"], 2, "--matrix expects articles"),
        (["in", "--out", "out", "--gpus", "1"], 2, "--gpus expects --engine ray"),
        (["in", "--out", "out", "--model", "nowhere"], 1, "nowhere: not a checkpoint"),
        (["in", "--out", "in.txt/out"], 1, "in.txt/out: expected a folder with room to write in"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(arguments: list[str], code: int, reason: str, workplace: Path) -> None:
    run = process(*arguments, "--workers", 1, cwd=workplace, env=os.environ | {"COLUMNS": "300"})
    said = run.communicate()[1].decode()
    assert (run.returncode, reason in said) == (code, True), said
    assert "Traceback" not in said
    assert files(workplace / "in").keys() == {"rows.jsonl"}


def test_without_ray_a_cluster_is_refused_with_what_to_install(workplace: Path) -> None:
    hidden = "import sys; sys.modules['ray'] = None; from stance import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", hidden, "score", "in", "--out", "out", "--engine", "ray"]
    run = subprocess.run(
        command, cwd=workplace, capture_output=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert run.returncode == 1
    assert run.stderr.decode().endswith("pip install 'stance-service[ray]'\n")


@pytest.fixture
def workplace(tmp_path: Path, pairs: Path) -> Path:
    (tmp_path / "in").mkdir()
    shutil.copy(pairs, tmp_path / "in" / "rows.jsonl")
    (tmp_path / "in.txt").touch()
    return tmp_path


def test_progress_lines_are_json(
    pairs: Path, models: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--shard-rows", 20, "--workers", 1, "--progress", "json"]
    assert score(pairs, "--out", tmp_path / "out", *options, *models) == 0
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert lines[0]["rows"] == 0
    assert (lines[-1]["rows"], lines[-1]["share"], lines[-1]["seconds_left"]) == (65, 1.0, 0.0)
