"""On a Ray cluster: the same bytes as here, whatever is killed; and a Ray Data job that loses and doubles no row."""

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from benchmarks.texts import invented_pairs
from data.records import LABELS
from data.tables import Row, read_rows, write_rows

psutil: Any = pytest.importorskip("psutil")  # ships no types

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not find_spec("ray"), reason="the extra `ray` is not installed"),
]

ROOT = Path(__file__).parent.parent
SECONDS = 120
ALONE = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""No reports, and loopback alone."""

Environment = dict[str, str]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Environment]:
    """The environment in which a driver finds a cluster of four cores, more than there may be."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
    environment = {
        **os.environ,
        **ALONE,
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    options = (
        "--head --block --num-cpus 4 --memory 4000000000 --object-store-memory 100000000 --include-dashboard false"
    )
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", *options.split(), "--port", port]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield environment | {"RAY_ADDRESS": f"127.0.0.1:{port}"}
    finally:
        for one in [*members(environment), *descendants(process.pid)]:
            one.kill()
        process.kill()
        process.wait(SECONDS)
    psutil.wait_procs(members(environment), timeout=60)
    assert members(environment) == []


def members(cluster: Environment, name: str = "") -> list[Any]:
    """The processes of a cluster that Ray calls by a name with `name` in it."""
    return [
        one
        for one in psutil.process_iter(["cmdline", "environ"])
        if (one.info["environ"] or {}).get("RAY_AUTH_TOKEN") == cluster["RAY_AUTH_TOKEN"]
        and name in " ".join(one.info["cmdline"] or [])
    ]


def descendants(pid: int) -> list[Any]:
    return list(psutil.Process(pid).children(recursive=True))


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("input") / "pairs.jsonl"
    texts = invented_pairs(600, seed=0)
    write_rows(path, ({"id": f"row {number}", **text._asdict(), "year": 2020} for number, text in enumerate(texts)))
    return path


@pytest.fixture(scope="module")
def local(pairs: Path, stance_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the local runner makes of the pairs."""
    out = tmp_path_factory.mktemp("local") / "out"
    run = score(pairs, out, stance_checkpoint, "--workers", 1, env=dict(os.environ))
    assert ended(run) == (0, "")
    return out


def score(source: Path, out: Path, model: Path, *options: object, env: Environment) -> "subprocess.Popen[bytes]":
    arguments = [source, "--out", out, "--model", model, "--shard-rows", 10, *options]
    command = [sys.executable, str(ROOT / "stance.py"), "score", *map(str, arguments)]
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def ended(run: "subprocess.Popen[bytes]") -> tuple[int, str]:
    """Its exit code, and what it said on standard error."""
    try:
        said = run.communicate(timeout=SECONDS)[1].decode()
    except subprocess.TimeoutExpired:
        run.kill()
        raise
    return run.returncode, said


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def until(condition: Callable[[], Any], run: "subprocess.Popen[bytes]") -> Any:
    deadline = time.monotonic() + SECONDS
    while not (found := condition()):
        assert run.poll() is None, run.communicate()[1].decode()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return found


def test_a_ray_of_this_machine_gives_the_same_bytes_listens_on_loopback_and_leaves_nothing(
    pairs: Path, local: Path, stance_checkpoint: Path, tmp_path: Path
) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    out = tmp_path / "out"
    run = score(pairs, out, stance_checkpoint, "--engine", "ray", "--workers", 1, env=environment)
    until(lambda: list(out.glob("_shards/*.json")), run)
    processes = descendants(run.pid)
    addresses = {
        connection.laddr.ip
        for process in processes
        if process.is_running()
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert ended(run) == (0, "")
    assert addresses
    assert addresses <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
    assert files(out) == files(local)
    assert psutil.wait_procs(processes, timeout=60)[1] == []


def test_whatever_is_killed_the_run_goes_on_and_ends_as_if_nothing_had_been(
    pairs: Path, local: Path, stance_checkpoint: Path, tmp_path: Path, cluster: Environment
) -> None:
    out = tmp_path / "out"
    options = ("--engine", "ray", "--workers", 1)
    run = score(pairs, out, stance_checkpoint, *options, env=cluster)
    until(lambda: len(list(out.glob("_shards/*.json"))) >= 2, run)
    [worker] = members(cluster, "ray::_Worker")
    worker.kill()  # it comes again by itself
    done = len(list(out.glob("_shards/*.json")))
    until(lambda: len(list(out.glob("_shards/*.json"))) >= done + 3, run)
    run.send_signal(signal.SIGKILL)
    run.communicate(timeout=SECONDS)
    assert not (out / "_SUCCESS").exists()
    assert ended(score(pairs, out, stance_checkpoint, *options, env=cluster)) == (0, "")
    assert files(out) == files(local)


def test_more_workers_than_there_is_room_for_are_refused(
    pairs: Path, stance_checkpoint: Path, tmp_path: Path, cluster: Environment
) -> None:
    run = score(pairs, tmp_path / "out", stance_checkpoint, "--engine", "ray", "--workers", 9, env=cluster)
    code, said = ended(run)
    assert code == 1
    assert "expected room for 9 workers of a core, found 4 cores and 0 GPUs in the cluster" in said


def test_the_job_in_the_documentation_loses_and_doubles_no_row_when_it_is_killed(
    pairs: Path, local: Path, stance_checkpoint: Path, tmp_path: Path, cluster: Environment
) -> None:
    [job] = re.findall(r"```python\n(import sys\n.*?)```", (ROOT / "docs" / "ray.md").read_text("utf-8"), re.DOTALL)
    smaller = job.replace("batch_size=1024", "batch_size=30").replace("per_block=8192", "per_block=30")
    (tmp_path / "job.py").write_text(smaller)
    source, judged, checkpoint = (tmp_path / name for name in ("pairs", "judged", "checkpoint"))
    source.mkdir()
    rows = [row.values for row in read_rows(pairs) if isinstance(row, Row)]
    for first in range(0, len(rows), 150):
        write_rows(source / f"{first:03}.parquet", rows[first : first + 150])
    command = [sys.executable, tmp_path / "job.py", source, judged, checkpoint, stance_checkpoint]

    def start() -> "subprocess.Popen[bytes]":
        return subprocess.Popen(list(map(str, command)), env=cluster, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    killed = start()
    until(lambda: [one for one in checkpoint.glob("*.parquet") if "pending" not in one.name], killed)
    for process in [psutil.Process(killed.pid), *members(cluster, "ray::Map"), *members(cluster, "ray::Write")]:
        process.kill()
    killed.communicate(timeout=SECONDS)
    before = Counter(row["id"] for row in parquet_rows(judged))
    assert 0 < before.total() < len(rows)
    code, said = ended(start())
    assert code == 0, said
    found = parquet_rows(judged)
    assert Counter(row["id"] for row in found) == Counter(row["id"] for row in rows)
    assert {row["error"] for row in found} == {""}

    expected = {
        row.values["id"]: row.values for path in local.glob("part-*") for row in read_rows(path) if isinstance(row, Row)
    }
    for row in found:
        ours = expected[row["id"]]
        assert [row[name] for name in ("stance", "truncated", "model")] == [
            ours[name] for name in ("stance", "truncated", "model")
        ]
        assert [row[label] for label in LABELS] == pytest.approx([ours[label] for label in LABELS], abs=1e-4)


def parquet_rows(folder: Path) -> list[dict[str, Any]]:
    return [row.values for path in folder.glob("*.parquet") for row in read_rows(path) if isinstance(row, Row)]
