"""Progress: a bar where somebody looks, lines where a program does, and nothing else."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.texts import invented_pairs
from data.tables import write_rows
from serving.scoring.progress import Mode, open_progress
from serving.scoring.shards import Tally
from serving.scoring.summary import Summary

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("mode", [Mode.AUTO, Mode.NONE])
def test_nothing_is_said_where_nobody_looks(mode: Mode, capsys: pytest.CaptureFixture[str]) -> None:
    with open_progress(mode, 100) as progress:
        progress.show(Tally(rows=10, judgements=10), 50, resumed=Tally())
    assert capsys.readouterr() == ("", "")


def test_what_was_there_before_is_not_counted_as_speed(capsys: pytest.CaptureFixture[str]) -> None:
    before = Tally(rows=900, judgements=900)
    with open_progress(Mode.JSON, 1000) as progress:
        progress.show(before, 900, resumed=before)
    assert '"judgements_per_second": 0.0, "seconds_left": null' in capsys.readouterr().err
    summary = Summary(before + Tally(rows=50, judgements=50), resumed=before, seconds=10, workers=2)
    assert summary.rate == 5
    assert "900 rows were finished before" in summary.lines()


def test_a_terminal_has_a_bar_with_rate_and_time_left(tmp_path: Path, stance_checkpoint: Path) -> None:
    source = tmp_path / "pairs.jsonl"
    write_rows(source, (pair._asdict() for pair in invented_pairs(3000, seed=0)))
    ours, theirs = pty.openpty()
    command = [sys.executable, str(ROOT / "stance.py"), "score", str(source), "--out", str(tmp_path / "out")]
    options = ["--shard-rows", "500", "--workers", "1", "--model", str(stance_checkpoint)]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "120"}
    process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:  # Linux says so when the last writer is gone
        pass
    os.close(ours)
    assert process.wait() == 0
    text = shown.decode()
    assert "loading the model" in text
    assert "judgements/s, 0:00:0" in text
    assert " left" in text
