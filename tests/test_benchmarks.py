import asyncio
import contextlib
import xml.etree.ElementTree as ET
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures import median_ratio, percentile, slope
from benchmarks.jobs import Job, Result
from benchmarks.load import Load
from benchmarks.soak import Sample, Soak, plot
from benchmarks.soak_mix import mixed_requests
from benchmarks.systems import OURS, SYSTEMS
from benchmarks.texts import invented_pairs
from data.records import Pair
from model.checkpoint import STANCE_CHECKPOINT, load_tokenizer
from model.encoding import encode_pairs

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
FULL = b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\nConnection: close\r\n\r\n"


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0, 1))
def test_percentiles_are_numpys_nearest_ranks(values: list[float], share: float) -> None:
    assert percentile(values, share) == np.quantile(values, share, method="inverted_cdf")


def test_nothing_measured_has_no_figure() -> None:
    assert np.isnan([percentile([], 0.5), median_ratio([], []), slope([(1.0, 2.0)])]).all()


def test_a_busy_round_does_not_move_the_ratio() -> None:
    assert median_ratio([30, 3, 33], [10, 1, 11]) == 3


@pytest.mark.parametrize("count", [20, 1001])
def test_outliers_do_not_move_the_slope(count: int) -> None:
    points = [(float(x), 5 + 0.25 * x) for x in range(count)]
    points[count // 3] = (points[count // 3][0], 1e6)
    assert slope(points) == pytest.approx(0.25)


def test_texts_are_distinct_repeatable_and_of_about_60_tokens() -> None:
    texts = invented_pairs(2000, seed=3)
    assert len(set(texts)) == 2000
    assert texts[:100] == invented_pairs(100, seed=3)
    assert not set(texts) & set(invented_pairs(2000, seed=4))
    tokenizer = load_tokenizer(STANCE_CHECKPOINT / "tokenizer.json")
    rows = encode_pairs(tokenizer, [Pair(*pair) for pair in texts], max_tokens=192)
    lengths = [len(row.token_ids) for row in rows]
    assert 55 < np.mean(lengths) < 70
    assert max(lengths) < 100


@pytest.mark.parametrize("name", SYSTEMS)
def test_requests_of_one_system_are_all_different(name: str) -> None:
    requests = SYSTEMS[name].requests(pairs=32, seed=0)
    assert len(set(requests)) == len(requests) == 512


def test_every_request_says_how_long_it_is() -> None:
    for request in mixed_requests():
        head, _, body = request.partition(b"\r\n\r\n")
        lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length")]
        assert sum(lengths) == len(body)


@pytest.mark.parametrize("rate", [0.0, 200.0])
def test_answers_in_pieces_are_counted_once(rate: float) -> None:
    result = load([[OK[:20], OK[20:] + b"{", b"}{}"]], rate=rate)
    assert set(result.statuses) == {200}
    assert 0 < len(result.milliseconds) <= result.statuses[200]
    assert result.answered > 0


def test_refusals_are_no_answers_and_a_closed_connection_is_opened_again() -> None:
    result = load([[OK + b"{}{}"], [FULL]])
    assert set(result.statuses) == {200, 429}
    assert result.statuses[429] > 1
    assert len(result.milliseconds) <= result.statuses[200]


def test_a_connection_that_breaks_is_counted_as_0() -> None:
    assert set(load([[]]).statuses) == {0}


def load(answers: Sequence[Sequence[bytes]], *, rate: float = 0.0) -> Result:
    """What the generator finds at a server that gives these answers in turn, each in pieces; [] hangs up."""
    turn = 0
    handlers: set[asyncio.Task[object] | None] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal turn
        handlers.add(asyncio.current_task())
        pieces: Sequence[bytes] = [b""]
        with contextlib.suppress(ConnectionError):  # the generator hangs up when its time is over
            while pieces and await reader.read(100_000):
                pieces, turn = answers[turn % len(answers)], turn + 1
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0.001)
            writer.close()
            await writer.wait_closed()

    async def run() -> Result:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            job = Job(system=OURS.name, port=port, seconds=0.3, warm_up=0.05, clients=4, rate=rate, patience=5)
            result = await Load(job).run()
            await asyncio.wait([handler for handler in handlers if handler])
            return result

    return asyncio.run(run())


def test_the_plot_says_the_slope_and_keeps_its_points_few() -> None:
    samples = [Sample(5.0 * step, 400 + 0.01 * step, 30, 9000) for step in range(1000)]
    drawing = ET.fromstring(plot(Soak(samples, Result())))  # noqa: S314 - our own
    texts = [element.text or "" for element in drawing.iter() if element.tag.endswith("text")]
    line = next(element for element in drawing.iter() if element.tag.endswith("polyline"))
    assert any("+7.2 MB an hour" in text for text in texts)
    assert len(line.attrib["points"].split()) <= 250
