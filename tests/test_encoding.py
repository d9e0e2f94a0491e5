import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from data.records import LABELS, Pair
from model.checkpoint import read_checkpoint
from model.encoding import encode_pairs, tokenizable

PAIR = Pair(claim="The firm paid.", statement="We never paid", speaker="Ana Ruiz", cue="said", context="Asked twice.")


@pytest.fixture(scope="module")
def tokenizer(stance_checkpoint) -> Tokenizer:
    return read_checkpoint(stance_checkpoint, task="stance", labels=LABELS).tokenizer


def text_of(tokenizer, encoded) -> str:
    return "".join(tokenizer.id_to_token(token_id).removeprefix("##") for token_id in encoded.token_ids)


def test_layout_is_claim_then_speaker_cue_statement_and_context(tokenizer):
    [encoded] = encode_pairs(tokenizer, [PAIR], max_tokens=96)

    assert text_of(tokenizer, encoded) == "[CLS]thefirmpaid.[SEP]anaruizsaid:weneverpaid||askedtwice.[SEP]"
    assert not encoded.truncated


def test_segments_tell_the_claim_from_the_rest(tokenizer):
    [encoded] = encode_pairs(tokenizer, [PAIR], max_tokens=96)

    first_separator = encoded.token_ids.index(tokenizer.token_to_id("[SEP]"))
    assert encoded.type_ids == [0] * (first_separator + 1) + [1] * (len(encoded.token_ids) - first_separator - 1)


def test_nothing_is_left_of_missing_parts(tokenizer):
    [encoded] = encode_pairs(tokenizer, [Pair(claim="a", statement="b")], max_tokens=96)

    assert text_of(tokenizer, encoded) == "[CLS]a[SEP]b[SEP]"


def test_context_gives_way_first_and_keeps_what_stands_nearest(tokenizer):
    pair = Pair(claim="the", statement="said", context="x y z")
    [encoded] = encode_pairs(tokenizer, [pair], max_tokens=8)

    assert text_of(tokenizer, encoded) == "[CLS]the[SEP]said||z[SEP]"
    assert encoded.truncated


@given(
    pairs=st.lists(st.builds(Pair, claim=st.text(), statement=st.text(), speaker=st.text(), context=st.text())),
    max_tokens=st.integers(8, 64),
)
def test_any_text_fits_and_has_its_answer_whatever_stands_beside_it(tokenizer, pairs, max_tokens):
    together = encode_pairs(tokenizer, pairs, max_tokens=max_tokens)

    assert all(len(encoded.token_ids) == len(encoded.type_ids) <= max_tokens for encoded in together)
    assert together == [encode_pairs(tokenizer, [pair], max_tokens=max_tokens)[0] for pair in pairs]


def test_truncation_is_said_exactly_when_text_is_cut(tokenizer):
    fitting, cut = encode_pairs(tokenizer, [PAIR, Pair(claim="a", statement="b " * 300)], max_tokens=96)

    assert not fitting.truncated
    assert cut.truncated
    assert len(cut.token_ids) == 96


def test_long_claim_leaves_room_for_the_statement(tokenizer):
    [encoded] = encode_pairs(tokenizer, [Pair(claim="a " * 2000, statement="denied")], max_tokens=96)

    assert encoded.truncated
    assert tokenizer.token_to_id("denied") in encoded.token_ids


def test_lone_surrogates_become_replacement_characters_of_the_same_length():
    assert tokenizable("a\ud800b\udfffc😀") == "a\ufffdb\ufffdc😀"
