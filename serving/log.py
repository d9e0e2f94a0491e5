"""The log of a server: one JSON object a line on standard error, and nothing in it that a client wrote."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = ["Lines", "place", "start_log"]

ROOT = Path(__file__).parents[1]

BENTOMLS = ("bentoml", "uvicorn.error")
"""Loggers to which BentoML gives handlers of their own, with tracebacks that repeat what an exception says."""


class Lines(logging.Formatter):
    """A record as a line: `time`, `level`, `logger`, `message`, and what its `fields` hold.

    Of an exception it has the type and the place: its text may be the client's.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[1]:
            line["message"] = line["message"].split("\n", 1)[0]  # asyncio repeats the exception below
            line |= place(record.exc_info[1])
        return json.dumps(line | getattr(record, "fields", {}))


def place(error: BaseException) -> dict[str, Any]:
    """The type of an exception, and the lines of this project that it came through, the innermost last."""
    frames = [(Path(frame.filename), frame) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [
        f"{path.relative_to(ROOT)}:{frame.lineno} {frame.name}"
        for path, frame in frames
        if path.is_relative_to(ROOT) and "site-packages" not in path.parts
    ]
    return {"error": type(error).__name__, "at": ours}


def start_log() -> None:
    """Write everything that this process logs as lines to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in BENTOMLS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("stance").setLevel(logging.INFO)
