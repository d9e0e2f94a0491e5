"""A PostgreSQL server of the tests' own: from Debian's package, in a temporary folder, on a Unix socket alone."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT_USER = 0


def binaries() -> Path | None:
    """The folder of the newest server that is installed, or None; only Debian's layout is looked at."""
    found = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    return max((path.parent for path in found), key=lambda path: int(path.parent.name), default=None)


@contextmanager
def running(programs: Path) -> Iterator[str]:
    """The URL of a fresh database, whose server stops at the end. PostgreSQL refuses root, which becomes `postgres`."""
    # a socket's path may have 107 bytes, which pytest's own folders can exceed
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        account = "postgres" if os.geteuid() == ROOT_USER else None
        if account:
            folder.chmod(0o755)
            data = folder / "data"
            data.mkdir()
            subprocess.run(["chown", account, str(folder), str(data)], check=True)

        def call(program: str, *arguments: str) -> None:
            subprocess.run([programs / program, *arguments], check=True, user=account, cwd=folder, capture_output=True)

        place = str(folder / "data")
        call("initdb", "-D", place, "-U", "stance", "-A", "trust", "--no-sync")
        options = f"-k {folder} -c listen_addresses=''"
        call("pg_ctl", "-D", place, "-o", options, "-l", f"{place}/log", "-w", "start")
        try:
            yield f"postgresql://stance@/postgres?host={folder}"
        finally:
            call("pg_ctl", "-D", place, "-m", "immediate", "-w", "stop")
