"""A server in a process of its own, as a user starts it; shared by the tests that need one."""

import os
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

PATIENCE_SECONDS = 180
"""Importing the model libraries takes 10 s on an idle machine and much longer beside other work."""


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[bytes]
    url: str
    port: int
    log: Path

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; the exit code."""
        self.process.send_signal(sign)
        return self.process.wait(PATIENCE_SECONDS)


def environment(home: Path, **more: str) -> dict[str, str]:
    """A small environment: nothing of the test runner's, nothing of the user's."""
    return {
        "PATH": f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}",  # bentoml build calls uv
        "HOME": str(home),
        "BENTOML_HOME": str(home / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "True",
        "OMP_NUM_THREADS": "1",
        **more,
    }


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def running(command: Sequence[str], *, port: int, cwd: Path, env: Mapping[str, str], log: Path) -> Iterator[Server]:
    """The server that `command` starts on `port`, once it is ready; ended on leaving, with all its processes."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=cwd, env=env, stdout=output, stderr=output, start_new_session=True)
    server = Server(process, f"http://127.0.0.1:{port}", port, log)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        if process.poll() is None:
            try:
                server.stop()
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # its own session: the master and its workers, nothing else
                process.wait()


def _wait_until_ready(server: Server) -> None:
    for _ in range(2 * PATIENCE_SECONDS):
        assert server.process.poll() is None, f"ended before it was ready:\n{server.log.read_text()}"
        try:
            # the master listens before its worker does: without a timeout this would wait for the worker
            if httpx.get(f"{server.url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise AssertionError(f"not ready in time:\n{server.log.read_text()}")
