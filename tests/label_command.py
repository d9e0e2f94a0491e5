"""`stance labels` as its tests run it: in this process, in an empty folder, without anybody's settings."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from stance import main


class Outcome(NamedTuple):
    code: int
    out: str
    err: list[str]


Run = Callable[..., Outcome]


@pytest.fixture
def run_labels(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    for name in ("STANCE_STORE", "STANCE_LABELS_URL", "STANCE_DATA"):
        monkeypatch.delenv(name, raising=False)

    def run_main(*arguments: str | Path) -> Outcome:
        with pytest.raises(SystemExit) as exited:
            main(["labels", *map(str, arguments)])
        captured = capsys.readouterr()
        code = exited.value.code
        return Outcome(code if isinstance(code, int) else 0, captured.out, captured.err.splitlines())

    return run_main
