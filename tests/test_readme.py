"""What the README shows is what the commands print."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMMAND = ["analyze", "examples/seawall.txt", "--claims", "examples/claims.txt"]


def lines(text: str) -> list[str]:
    """Without percentages, which may round the other way on another processor, and white space at line ends."""
    return [re.sub(r"\d+ %", "n %", line).rstrip() for line in text.strip().splitlines()]


def test_example_is_real_output() -> None:
    shown = (ROOT / "README.md").read_text(encoding="utf-8").split(f"$ stance {' '.join(COMMAND)}\n")[1].split("```")[0]
    done = subprocess.run(
        [sys.executable, "-m", "stance", *COMMAND],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"COLUMNS": "100"},
    )

    assert lines(shown) == lines(done.stdout)
