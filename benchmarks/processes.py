"""Servers as processes: started, held still while others are measured, weighed, and ended with all their children."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["Server", "free_port"]

READY_SECONDS = 240
"""Importing PyTorch takes minutes where four servers start beside other work."""

MB = 1e6


def free_port() -> int:
    """A port of the loopback interface that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Server:
    """A server started by `command` on `port`; what it prints goes to `log`. `ready_seconds` is its time to ready.

    Raises RuntimeError, with the end of the log, where it ends or is not ready in time.
    """

    def __init__(
        self, command: Sequence[str], *, port: int, ready: str, env: Mapping[str, str], cwd: Path, log: Path
    ) -> None:
        started = time.perf_counter()
        self.port = port
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(command, cwd=cwd, env=env, stdout=output, stderr=output)
        try:
            self._wait_until_answered(ready, until=started + READY_SECONDS)
        except BaseException:
            self.stop()
            raise
        self.ready_seconds = time.perf_counter() - started

    def ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        """The body of the answer; raises OSError where there is none or it is not 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            if answer.status != 200:
                raise OSError(f"{path}: expected 200, found {answer.status}")
            return answer.read()

    def pause(self) -> None:
        """Stop all of its processes where they are."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let them go on."""
        self._signal(signal.SIGCONT)

    def memory(self) -> tuple[float, float]:
        """Resident MB of its largest process, which is the worker, and of all of them together."""
        sizes = [_resident(pid) for pid in self.processes()]
        return max(sizes), sum(sizes)

    def processor_seconds(self) -> float:
        """What all of its processes have used so far."""
        ticks = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                ticks += sum(map(int, _status(pid)[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def descriptors(self) -> int:
        """Open file descriptors of all of its processes."""
        count = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                count += sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
        return count

    def processes(self) -> list[int]:
        """Its process ids, parents before children."""
        children: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    children.setdefault(int(_status(int(entry.name))[1]), []).append(int(entry.name))
        found = [self._process.pid]
        for pid in found:
            found += children.get(pid, [])
        return found

    def stop(self) -> None:
        """End it, first kindly."""
        self.resume()
        born = {pid: _born(pid) for pid in self.processes()}
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        for pid, birth in born.items():
            if birth and _born(pid) == birth:  # the id may be another process's by now
                os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def _wait_until_answered(self, path: str, *, until: float) -> None:
        while not self._answers(path):
            if self._process.poll() is not None or time.perf_counter() > until:
                raise RuntimeError(f"not ready: {self._last_words()}")
            time.sleep(0.05)

    def _answers(self, path: str) -> bool:
        try:
            self.ask("GET", path)
        except (OSError, http.client.HTTPException):
            return False
        return True

    def _signal(self, sign: signal.Signals) -> None:
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"exit code {self._process.poll()}"


def _resident(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MB
    except OSError:
        return 0.0


def _status(pid: int) -> list[str]:
    """The fields of /proc/PID/stat that follow the name: state, parent, ...; raises OSError."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _born(pid: int) -> str:
    """When a process started, "" where there is none."""
    try:
        return _status(pid)[19]
    except OSError:
        return ""
