"""Our server beside the ones that a user might pick instead: same checkpoint, same texts, one machine, one run.

    python benchmarks/serving.py [--seconds N] [--clients N] [--rounds N] [--workers N] [--only NAME ...]
                                 [--peer-python PYTHON]
    python benchmarks/serving.py --only "stance serve" --rounds 0 --soak MINUTES [--plot FILE.svg]

The servers take turns within a round, and whoever is not asked stands still (SIGSTOP); a ratio is the median over
rounds of a round's own ratio. All have as many threads as OMP_NUM_THREADS says, by default one for each core. The peers
compute in what PyTorch does fastest here, bfloat16 where the processor has it; our server as it is shipped. A request
carries distinct pairs of about 60 tokens. The load comes from a process of its own over the loopback interface.

Peers that are not installed are left out by name. LitServe is in the extra [bench]; infinity asks for an older numpy
than this project, so it needs an environment beside this one, named by --peer-python:

    python -m venv --without-pip DIR
    python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > DIR/lib/python3.11/site-packages/project.pth
    DIR/bin/python -m pip install litserve
    DIR/bin/python -m pip install --no-deps infinity-emb prometheus-fastapi-instrumentator posthog distro backoff orjson
"""

import argparse
import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from benchmarks.comparison import Comparison, Plan
from benchmarks.overload import overload
from benchmarks.soak import plot, soak
from benchmarks.systems import OURS, SYSTEMS
from benchmarks.tables import comparison_table, goals_table, overload_lines, soak_lines
from model.checkpoint import STANCE_CHECKPOINT

TABLE_CELLS = 150
"""The width of a table that does not go to a terminal."""


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement")
    parser.add_argument("--clients", type=int, default=64, help="that each send one pair after another")
    parser.add_argument("--rounds", type=int, default=3, help="of throughput; 0 goes on to the soak at once")
    parser.add_argument("--workers", type=int, default=1, help="of our server; the peers have one")
    parser.add_argument("--only", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS), metavar="NAME")
    parser.add_argument("--model", type=Path, default=STANCE_CHECKPOINT)
    parser.add_argument("--peer-python", default=sys.executable, help="the interpreter that has the peers")
    parser.add_argument(
        "--overload", type=float, default=60, metavar="SECONDS", help="at ten times our throughput; needs a round"
    )
    parser.add_argument("--soak", type=float, default=0, metavar="MINUTES", help="of mixed load on our server")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="memory over the soak")
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    asked = options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the servers must not outlive it
    os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count() or 1))
    os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", STANCE_MODEL=str(asked.model.absolute()))
    console = Console(width=None if sys.stdout.isatty() else TABLE_CELLS)
    plan = Plan(
        model=asked.model.absolute(),
        seconds=asked.seconds,
        clients=asked.clients,
        rounds=asked.rounds,
        workers=asked.workers,
        peer_python=asked.peer_python,
    )
    with ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        comparison = Comparison(plan, [SYSTEMS[name] for name in asked.only], logs)
        stack.callback(comparison.stop)
        comparison.measure()
        if asked.rounds:
            console.print(comparison_table(comparison), goals_table(comparison))
        if OURS.name in comparison.servers:
            server, rate = comparison.servers[OURS.name], comparison.measured[OURS.name].rate
            server.resume()
            if asked.overload and asked.rounds:
                console.print(*overload_lines(overload(server, rate=rate, seconds=asked.overload)), sep="\n")
            if asked.soak:
                found = soak(server, asked.soak)
                console.print(*soak_lines(found), sep="\n")
                if asked.plot:
                    asked.plot.write_text(plot(found), encoding="utf-8")


if __name__ == "__main__":
    main()
