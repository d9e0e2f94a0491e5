"""The measurements that systems take turns in."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.bare_engine import CHECK_SEED, CHECKED
from benchmarks.figures import percentile
from benchmarks.jobs import Job, Result, drive
from benchmarks.processes import Server, free_port
from benchmarks.systems import OURS, ROOT, System
from benchmarks.texts import invented_pairs

__all__ = ["MANY", "Comparison", "Latency", "Measured", "Plan"]

MANY = 32
"""Pairs in a large request."""

MANY_CLIENTS = 8
"""256 pairs under way: enough to fill any system's batches."""

IDLE_PAUSE = 0.02
OPEN_CLIENTS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to measure with, and for how long each time."""

    model: Path
    seconds: float
    clients: int
    rounds: int
    workers: int
    peer_python: str

    @property
    def dtype(self) -> str:
        """What PyTorch computes fastest in here: bfloat16 where the processor has instructions for it."""
        flags = set(Path("/proc/cpuinfo").read_text(encoding="utf-8").split())
        return "bfloat16" if flags & {"amx_bf16", "avx512_bf16"} else "float32"


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of requests that were due at random times, `rate` a second on average."""

    rate: float
    median: float
    p99: float


@dataclass(slots=True)
class Measured:
    """A system's figures; rates are pairs a second, one for each round.

    `efficiency` is pairs a processor second: wall seconds are shared with whatever else runs, these hardly.
    """

    ready_seconds: float = 0.0
    memory: tuple[float, float] = (0.0, 0.0)
    same_labels: int = 0
    rates: list[float] = field(default_factory=list)
    rates_many: list[float] = field(default_factory=list)
    efficiency: list[float] = field(default_factory=list)
    efficiency_many: list[float] = field(default_factory=list)
    idle_ms: float = 0.0
    half: Latency | None = None
    peer_half: Latency | None = None
    failed: int = 0

    @property
    def rate(self) -> float:
        """Pairs a second, one in each request: the median over rounds."""
        return statistics.median(self.rates) if self.rates else 0.0


class Comparison:
    """Starts each of `systems`; `left_out` says by name why one is not there. `measure` fills `measured`."""

    def __init__(self, plan: Plan, systems: Sequence[System], logs: Path) -> None:
        self.plan = plan
        self.servers: dict[str, Server] = {}
        self.measured: dict[str, Measured] = {}
        self.left_out: dict[str, str] = {}
        self.bare: list[dict[str, Any]] = []
        self.ceiling = Result()
        self._systems: list[System] = []
        self._logs = logs
        self._wanted = systems

    def measure(self) -> None:
        """All of it; without rounds, the systems are only started."""
        self.ceiling = self._generator_alone()
        self.bare.append(self._bare_engine())  # also the labels that the systems are checked with
        for system in self._wanted:
            self._start(system)
        self.bare.clear()
        if not self.plan.rounds:
            return
        for number in range(self.plan.rounds):
            _say(f"round {number + 1} of {self.plan.rounds}")
            self.bare.append(self._bare_engine())
            for system in self._systems:
                self._round(system)
        rates = [self.measured[system.name].rate for system in self._systems if system is not OURS]
        for system in self._systems:
            self._latencies(system)
            if system is OURS and rates:  # at once: after standing still for long, all of its timers are due together
                self.measured[system.name].peer_half = self._at_rate(system, max(rates) / 2)

    def stop(self) -> None:
        """End every server."""
        for server in self.servers.values():
            server.stop()

    def _start(self, system: System) -> None:
        _say(f"starting {system.name}")
        python = sys.executable if system is OURS else self.plan.peer_python
        if system.package and subprocess.run([python, "-c", _FIND, system.package], check=False).returncode:
            self.left_out[system.name] = f"{system.package} is not installed"
            return
        port = free_port()
        log = self._logs / f"{system.name}.log"
        plan = self.plan
        command = system.command(python, port=port, workers=plan.workers, model=plan.model, dtype=plan.dtype)
        env = {**os.environ, "BENTOML_HOME": str(self._logs / system.name)}
        try:
            server = Server(command, port=port, ready=system.ready, env=env, cwd=ROOT, log=log)
        except RuntimeError as error:
            self.left_out[system.name] = str(error)
            return
        self.servers[system.name] = server
        self._systems.append(system)
        self.measured[system.name] = Measured(server.ready_seconds, same_labels=self._same_labels(system, server))
        server.pause()

    def _same_labels(self, system: System, server: Server) -> int:
        """How many of CHECKED pairs get the bare engine's label."""
        body = json.dumps(system.body(invented_pairs(CHECKED, seed=CHECK_SEED))).encode()
        labels = system.labels(json.loads(server.ask("POST", system.path, body)))
        return sum(map(str.__eq__, labels, self.bare[0]["labels"]))

    def _round(self, system: System) -> None:
        measured, server = self.measured[system.name], self.servers[system.name]
        shapes = (
            (1, self.plan.clients, measured.rates, measured.efficiency),
            (MANY, MANY_CLIENTS, measured.rates_many, measured.efficiency_many),
        )
        for pairs, clients, rates, efficiency in shapes:
            used = server.processor_seconds()
            result = self._drive(system, clients=clients, pairs=pairs)
            rates.append(pairs * result.answered)
            answered = sum(count for status, count in result.statuses.items() if status // 100 == 2)
            efficiency.append(pairs * answered / max(server.processor_seconds() - used, 0.01))

    def _latencies(self, system: System) -> None:
        measured = self.measured[system.name]
        measured.idle_ms = percentile(self._drive(system, clients=1, pause=IDLE_PAUSE).milliseconds, 0.5)
        measured.half = self._at_rate(system, measured.rate / 2)
        measured.memory = self.servers[system.name].memory()

    def _at_rate(self, system: System, rate: float) -> Latency:
        result = self._drive(system, clients=OPEN_CLIENTS, rate=rate)
        return Latency(rate, percentile(result.milliseconds, 0.5), percentile(result.milliseconds, 0.99))

    def _drive(self, system: System, **more: Any) -> Result:
        server = self.servers[system.name]
        with _running(server.resume, server.pause):
            result = drive(Job(system=system.name, port=server.port, seconds=self.plan.seconds, **more))
        self.measured[system.name].failed += sum(
            count for status, count in result.statuses.items() if status // 100 != 2
        )
        return result

    def _generator_alone(self) -> Result:
        """What the generator does against a server that does nothing."""
        port = free_port()
        command = [sys.executable, "-m", "benchmarks.peers.nothing", "-", str(port)]
        log = self._logs / "nothing.log"
        server = Server(command, port=port, ready="/", env=dict(os.environ), cwd=ROOT, log=log)
        with _running(lambda: None, server.stop):
            return drive(Job(system=OURS.name, port=port, seconds=self.plan.seconds, clients=self.plan.clients))

    def _bare_engine(self) -> dict[str, Any]:
        command = [sys.executable, "-m", "benchmarks.bare_engine", str(self.plan.model), str(self.plan.seconds)]
        output = subprocess.run(command, check=True, cwd=ROOT, capture_output=True).stdout
        found: dict[str, Any] = json.loads(output)
        return found


_FIND = "import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)"


@contextmanager
def _running(begin: Callable[[], None], end: Callable[[], None]) -> Iterator[None]:
    begin()
    try:
        yield
    finally:
        end()


def _say(line: str) -> None:
    print(line, file=sys.stderr)
