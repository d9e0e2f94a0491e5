"""Keys: who may ask, in a file with a line `name:hash` for each.

The hash is SHA-256, not one of the slow ones for passwords: a key is 256 random bits, which nobody guesses at any
speed, and a slow hash on every request would let anybody keep the server busy with wrong keys.
"""

import hmac
import logging
import os
import re
import secrets
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from data.errors import BadInput

__all__ = ["Keys", "add_key", "read_keys"]

KEY_BYTES = 32
PREFIX = "stance_"
"""By which a search for leaked secrets knows a key."""

NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
LINE = re.compile(rf"({NAME.pattern}):([0-9a-f]{{64}})")

logger = logging.getLogger("stance.keys")


class Keys:
    """The keys of a file, as it is when one is asked for.

    The file is read every time and parsed when it has changed: 35 µs for 100 keys. A key whose line is gone is refused
    from then on, however the line went.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._content: bytes | None = None
        self._hashes: Mapping[str, str] = {}
        self._fault = ""

    def holder(self, key: str) -> str | None:
        """The name that `key` was made for, None where there is none; raises BadInput where the file is broken.

        Every entry is compared, in a time that does not depend on how much of it agrees.
        """
        digest, found = _hash(key), None
        for name, expected in self._current().items():
            if hmac.compare_digest(digest, expected):
                found = name
        return found

    def _current(self) -> Mapping[str, str]:
        try:
            self._refresh()
        except BadInput as error:
            if str(error) != self._fault:  # once, not for each request
                self._fault = str(error)
                logger.error("%s; until then every key is refused", error)  # noqa: TRY400 - our own text says it all
            raise
        self._fault = ""
        return self._hashes

    def _refresh(self) -> None:
        content = _content(self._path)
        if content != self._content:
            self._hashes = _parse(content, self._path)
            self._content = content
            logger.info("%d keys in %s", len(self._hashes), self._path)


def read_keys(path: Path) -> Mapping[str, str]:
    """The hash of each key by its name; raises BadInput where a line is wrong or the file cannot be read."""
    return _parse(_content(path), path)


def add_key(name: str, path: Path) -> str:
    """A new key, whose hash is now the last line of `path`; raises BadInput where `name` is unfit or taken.

    A file that was not there is its owner's alone to read.
    """
    if not NAME.fullmatch(name):
        raise BadInput("expected a name of at most 64 letters, digits, dots, dashes and underscores, found another")
    content = _content(path) if path.exists() else b""
    if name in _parse(content, path):
        raise BadInput(f"{path}: there is a key named {name}; take another name, or delete its line first")
    key = PREFIX + secrets.token_urlsafe(KEY_BYTES)
    separator = "" if content.endswith(b"\n") or not content else "\n"
    # appended in one piece: a server that reads meanwhile sees the line or does not, and mode and owner stay
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, f"{separator}{name}:{_hash(key)}\n".encode())
    finally:
        os.close(file)
    return key


def _hash(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: expected a file of keys, found none: {error.strerror}") from None


def _parse(content: bytes, path: Path) -> Mapping[str, str]:
    """No message repeats a line: somebody may have put the key itself there."""
    hashes: dict[str, str] = {}
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = LINE.fullmatch(line.strip())
        if match is None:
            raise BadInput(f"{path}:{number}: expected name:hash, found another line; `stance keys add` writes them")
        name, digest = match.groups()
        if name in hashes:
            raise BadInput(f"{path}:{number}: expected each name once, found {name} again; delete one of them")
        hashes[name] = digest
    return hashes
