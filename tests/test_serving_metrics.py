"""Figures that several processes share, each of them real."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
WORKER = """
from serving.metrics import Metrics
metrics = Metrics()
metrics.show_queue(requests=3, tokens=500)
metrics.record_batch(rows=2, tokens=100, seconds=0.1)
print("shown", flush=True)
input()
"""
SCRAPE = """
import sys
from serving.metrics import Metrics
print(bytes(Metrics(shared=sys.argv[1]).response().body).decode())
"""


def test_a_killed_worker_leaves_its_counts_and_not_its_queue(tmp_path: Path) -> None:
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    def scrape() -> list[str]:
        command = [sys.executable, "-c", SCRAPE, str(tmp_path)]
        return subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, check=True
        ).stdout.splitlines()

    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER], cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"shown\n"
    assert {"stance_queue_tokens 1000.0", "stance_computed_tokens_total 200.0"} <= set(scrape())
    workers[0].kill()
    workers[0].communicate()
    assert {"stance_queue_tokens 500.0", "stance_computed_tokens_total 200.0"} <= set(scrape())
    workers[1].communicate(b"\n")
