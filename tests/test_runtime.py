import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.records import LABELS
from model.checkpoint import STANCE_CHECKPOINT, read_checkpoint
from model.encoding import Encoded
from model.engines import open_engine
from model.quotes.tags import TAGS
from model.runtime import Runtime

ROOT = Path(__file__).parent.parent
EXACT = 2e-5
"""float32 sums in another order: logits of the tiny models lie within 10."""

HALF = 0.25
"""bfloat16 keeps 8 bits: a rounding is 1/256 of a logit of 10, and a row goes through some."""


def rows_of(*lengths: int, vocabulary: int = 60) -> list[Encoded]:
    random = np.random.default_rng(len(lengths))
    return [
        Encoded(
            random.integers(4, vocabulary, length).tolist(), [0] * (length // 2) + [1] * (length - length // 2), False
        )
        for length in lengths
    ]


@pytest.fixture(scope="module", params=["stance", "attribution"])
def checkpoint(request):
    folder = request.getfixturevalue(f"{request.param}_checkpoint")
    return read_checkpoint(folder, task=request.param, labels=LABELS if request.param == "stance" else TAGS)


@pytest.fixture(scope="module")
def exact(checkpoint) -> Runtime:
    return Runtime(checkpoint, engine="openvino-f32")


def test_the_graph_is_the_model_that_transformers_runs(checkpoint, exact):
    rows = rows_of(1, 2, 17, 64, 64, 96, 128)

    for ours, theirs in zip(exact.logits(rows), Runtime(checkpoint, engine="torch").logits(rows), strict=True):
        assert ours.shape == theirs.shape
        assert ours == pytest.approx(theirs, abs=EXACT)


def test_the_processor_s_own_precision_stays_near(checkpoint, exact):
    rows = rows_of(3, 40, 90)

    for fast, slow in zip(Runtime(checkpoint, engine="openvino").logits(rows), exact.logits(rows), strict=True):
        assert fast == pytest.approx(slow, abs=HALF)


def test_a_tagger_scores_each_token_and_a_classifier_each_row(checkpoint, exact):
    shapes = [values.shape for values in exact.logits(rows_of(5, 9))]

    assert shapes == ([(4,), (4,)] if checkpoint.facts.task == "stance" else [(5, 7), (9, 7)])


def test_no_rows_no_logits(exact):
    assert exact.logits([]) == []


@settings(max_examples=20)
@given(lengths=st.lists(st.integers(1, 128), min_size=1, max_size=60), order=st.randoms())
def test_neither_company_nor_order_changes_a_row(exact, lengths, order):
    rows = rows_of(*lengths)
    shuffled = list(range(len(rows)))
    order.shuffle(shuffled)

    together = exact.logits(rows)
    in_any_order = exact.logits([rows[index] for index in shuffled])

    for index, values in zip(shuffled, in_any_order, strict=True):
        assert values == pytest.approx(together[index], abs=EXACT)
    assert exact.logits(rows[:1])[0] == pytest.approx(together[0], abs=EXACT)


def test_what_stands_in_the_padding_does_not_matter(checkpoint, exact):
    [row] = rows_of(20)
    inputs = np.zeros((3, 1, 50), dtype=np.int32)
    inputs[:, 0, :20] = row.token_ids, row.type_ids, np.ones(20)
    inputs[0, 0, 20:] = 33

    padded = open_engine(checkpoint, "openvino-f32")(inputs)[0]
    alone = exact.logits([row])[0]

    assert (padded[:20] if padded.ndim == 2 else padded) == pytest.approx(alone, abs=EXACT)


def test_threads_that_ask_at_once_get_their_own_answers(exact):
    rows = rows_of(*range(1, 101))
    expected = [exact.logits([row])[0] for row in rows]

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda row: exact.logits([row])[0], rows))

    assert all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))


def test_the_longest_row_of_the_shipped_model_agrees_with_torch():
    shipped = read_checkpoint(STANCE_CHECKPOINT, task="stance", labels=LABELS)
    rows = rows_of(512, 100, vocabulary=30_000)

    ours, theirs = (Runtime(shipped, engine=name).logits(rows) for name in ("openvino-f32", "torch"))

    assert np.array(ours) == pytest.approx(np.array(theirs), abs=1e-3)


ASK = """
import sys
from model.analyser import Analyser

analysis = Analyser.load().analyse('"We never paid anyone," Ana Ruiz said.', ["The firm paid bribes."])
assert analysis.statements
print(*sorted(set(sys.argv[1:]) & {name for name, module in sys.modules.items() if module}))
"""


def test_an_analysis_imports_no_torch_and_leaves_nothing_behind(tmp_path):
    """OpenVINO as it comes reports its import to a server, and keeps an id for that in the home folder."""
    heavy = ("torch", "transformers", "onnx", "sklearn", "openvino_telemetry", "requests")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("STANCE_")}

    run = subprocess.run(
        [sys.executable, "-c", ASK, *heavy],
        cwd=ROOT,
        env={**environment, "HOME": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
    )

    assert run.stdout.split() == []
    assert not list(tmp_path.iterdir())
