"""What to label next: unsure, and not twice the same; and the encoder's space that says what is alike."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.records import LABELS, Pair
from model.checkpoint import STANCE_CHECKPOINT, read_checkpoint
from model.embedding import embed
from training.label_queue import choose, most_uncertain


def unit(*angles: float) -> NDArray[np.float32]:
    """Points on the circle, by degrees."""
    radians = np.radians(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def leading(*leads: float) -> NDArray[np.float64]:
    """Probabilities in which support leads denial by so much."""
    return np.array([[0.45 + lead / 2, 0.45 - lead / 2, 0.1, 0.0] for lead in leads])


def test_the_least_lead_comes_first() -> None:
    assert most_uncertain(leading(0.4, 0.1, 0.1, 0.2), 3).tolist() == [1, 2, 3]
    assert most_uncertain(leading(0.4), 9).tolist() == [0]


def test_of_equally_unsure_pairs_the_farthest_from_all_others_is_next() -> None:
    points = unit(0, 1, 90, 91, 180)
    places = [pick.place for pick in choose(leading(0, 0, 0, 0, 0), points, 3)]
    assert places[0] == 0
    assert places[1] == 4
    assert places[2] in (2, 3)


def test_a_sure_pair_is_left_however_far_it_is() -> None:
    assert [pick.place for pick in choose(leading(0, 0.9, 0), unit(0, 180, 60), 2)] == [0, 2]


def test_what_is_labelled_is_not_asked_again() -> None:
    picks = choose(leading(0, 0), unit(10, 80), 1, labelled=unit(0, 5))
    assert [pick.place for pick in picks] == [1]
    assert picks[0].distance == pytest.approx(1 - np.cos(np.radians(75)), abs=1e-6)


def test_a_pick_says_why() -> None:
    first, second = choose(np.array([[0.1, 0.3, 0.4, 0.2], [0.2, 0.3, 0.4, 0.1]]), unit(0, 60), 2)
    assert first.reason == "unsure: hedge 0.40, denial 0.30; the first"
    assert second.reason == "unsure: hedge 0.40, denial 0.30; 0.50 from the nearest that is labelled or picked"
    assert first.uncertainty == pytest.approx(0.9)


@given(st.integers(0, 30), st.integers(1, 12), st.integers(0, 5), st.integers(0, 9))
def test_each_pair_is_picked_once_and_the_order_is_the_same_each_time(
    pairs: int, count: int, labelled: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.ones(4), pairs)
    points = unit(*random.uniform(0, 360, pairs)).reshape(-1, 2)
    known = unit(*random.uniform(0, 360, labelled)).reshape(-1, 2)
    picks = choose(probabilities, points, count, labelled=known)
    assert len({pick.place for pick in picks}) == len(picks) == min(pairs, count)
    assert picks == choose(probabilities, points, count, labelled=known)
    for pick in picks:
        assert set(pick.likeliest) <= set(LABELS)
        assert pick.probabilities[0] >= pick.probabilities[1]


PAIRS = [
    Pair("The dam held.", "“It held,” she said."),
    Pair("The dam held.", "“It held”, she said!"),
    Pair("Bread is dearer.", "Nobody knows who baked it, and the oven has been cold since the war, they say."),
]


def test_embeddings_have_length_one_and_do_not_depend_on_company(stance_checkpoint: Path) -> None:
    checkpoint = read_checkpoint(stance_checkpoint, task="stance", labels=LABELS)
    points = embed(checkpoint, PAIRS)
    assert points.shape == (3, 16)
    assert points.dtype == np.float32
    assert np.linalg.norm(points, axis=1) == pytest.approx(1, abs=1e-5)
    alone = np.concatenate([embed(checkpoint, [pair]) for pair in PAIRS])
    assert alone == pytest.approx(points, abs=2e-2)  # bfloat16, where the processor has it
    assert embed(checkpoint, []).shape == (0, 16)


def test_embeddings_are_those_of_transformers(stance_checkpoint: Path) -> None:
    import torch
    from transformers import AutoModel

    from model.encoding import encode_pairs

    checkpoint = read_checkpoint(stance_checkpoint, task="stance", labels=LABELS)
    encoder = AutoModel.from_pretrained(stance_checkpoint, dtype=torch.float32).eval()
    for row, point in zip(
        encode_pairs(checkpoint.tokenizer, PAIRS, max_tokens=96), embed(checkpoint, PAIRS), strict=True
    ):
        with torch.inference_mode():
            ids, types = torch.tensor([row.token_ids]), torch.tensor([row.type_ids])
            mean = encoder(input_ids=ids, token_type_ids=types).last_hidden_state[0].mean(dim=0).numpy()
        assert mean / np.linalg.norm(mean) == pytest.approx(point, abs=2e-2)


def test_alike_pairs_lie_close_in_the_shipped_encoder() -> None:
    one, same, other = embed(read_checkpoint(STANCE_CHECKPOINT, task="stance", labels=LABELS), PAIRS)
    assert one @ same > one @ other + 0.1
