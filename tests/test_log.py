import io
import json
import logging

import pytest

from serving.log import Lines, place


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def logger(stream: io.StringIO) -> logging.Logger:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines())
    logger = logging.Logger("test")  # outside the tree of loggers, so that no other handler sees it
    logger.addHandler(handler)
    return logger


def test_a_record_is_one_line_with_its_fields(stream: io.StringIO, logger: logging.Logger) -> None:
    logger.info("two\nlines é", extra={"fields": {"status": 200, "key": None}})
    [line] = stream.getvalue().splitlines()
    document = json.loads(line)
    assert document.pop("time").endswith("+00:00")
    assert document == {"level": "info", "logger": "test", "message": "two\nlines é", "status": 200, "key": None}


def test_an_exception_is_its_type_and_place(stream: io.StringIO, logger: logging.Logger) -> None:
    with pytest.raises(ValueError, match="Expecting") as raised:
        json.loads("{canary}")
    told = f"never retrieved\nfuture: {raised.value!r} of {{canary}}"
    logger.error(told, exc_info=raised.value)
    assert "canary" not in stream.getvalue()
    document = json.loads(stream.getvalue())
    assert (document["message"], document["error"]) == ("never retrieved", "JSONDecodeError")
    [frame] = document["at"]  # none of the standard library's
    assert frame.startswith("tests/test_log.py:")
    assert place(raised.value) == {"error": "JSONDecodeError", "at": [frame]}
