"""`stance serve`: the BentoML server in this process, until a signal ends it."""

import os
import socket
from pathlib import Path

from data.errors import BadInput

__all__ = ["serve"]

ROOT = Path(__file__).parents[1]
"""The folder that holds the packages: the checkout, or a Bento's `src`."""


def serve(host: str = "127.0.0.1", port: int = 3000, workers: int = 1) -> None:
    """Serve HTTP on `host`:`port` with `workers` processes; SIGINT and SIGTERM let requests under way finish.

    Who may ask is in the environment: security.Access. Raises BadInput where that would let in whoever comes or nobody,
    or where it cannot listen there, and SystemExit with one line where a model folder cannot be trusted.
    """
    from model.store import default_store
    from serving.security import Access

    address = _address(host, port)
    Access.from_environment().check(address)
    os.environ["BENTOML_DO_NOT_TRACK"] = "True"  # the word: BentoML takes 1 for no
    os.environ["STANCE_WORKERS"] = str(workers)
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")  # a pool for each thread costs 20 MB a worker and saves no time
    for name in ("STANCE_MODEL", "STANCE_ATTRIBUTION_MODEL", "STANCE_KEYS"):
        if os.environ.get(name):
            os.environ[name] = str(Path(os.environ[name]).absolute())  # the workers start in ROOT
    os.environ["STANCE_STORE"] = str(default_store())
    import bentoml

    bentoml.serve("serving.service:StanceService", working_dir=str(ROOT), host=address, port=port, blocking=True)


def _address(host: str, port: int) -> str:
    """The address of `host`, where `port` is free: BentoML takes no names, and ends in a traceback on a taken port."""
    try:
        family, *_, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port left a moment ago counts as free
            probe.bind(where)
        return str(where[0])
    except OSError as error:
        raise BadInput(f"cannot listen on {host}:{port}: {error.strerror}; choose another --host or --port") from None
