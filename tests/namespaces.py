"""Commands in Linux namespaces of their own: without a network, or on a file system that cannot be written."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

UID = "10001"
"""The user of the Dockerfile, whom no system knows."""

LOOPBACK = """
import fcntl, os, socket, struct, sys
with socket.socket() as probe:  # SIOCSIFFLAGS, IFF_UP: a new namespace has its loopback device down
    fcntl.ioctl(probe, 0x8914, struct.pack("16sh22x", b"lo", 1))
os.execvp(sys.argv[1], sys.argv[1:])
"""

READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro / && exec unshare --user --map-user={uid} "$@"'


def without_network(command: Sequence[str]) -> list[str]:
    """`command` where there is no device but loopback; skips the test where the system forbids such a namespace."""
    return _allowed(["unshare", "--map-root-user", "--net", sys.executable, "-c", LOOPBACK], command)


def on_a_read_only_system(command: Sequence[str], *, writable: Path) -> list[str]:
    """`command` as an unknown user who can write to nothing of the root file system but the folder `writable`.

    Skips the test where the system forbids such a namespace.
    """
    script = READ_ONLY.format(uid=UID)
    return _allowed(["unshare", "--map-root-user", "--mount", "sh", "-c", script, str(writable)], command)


def _allowed(prefix: list[str], command: Sequence[str]) -> list[str]:
    if (
        shutil.which("unshare") is None
        or subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip(f"this system allows no such namespace: {' '.join(prefix[:3])}")
    return [*prefix, *command]
