"""Windows: every token predicted once, offsets true to the article, sizes kept."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from data.errors import BadCheckpoint
from data.records import Span
from model.quotes.segments import paragraphs
from model.quotes.windows import windows

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
TEXTS = st.text(st.characters()) | st.text(st.sampled_from("ab é한İ.\n\r“”'\ud800\U0001f600中"), max_size=400)


def uncased_wordpiece() -> Tokenizer:
    """A tokenizer of the kind that the checkpoints hold: each letter, alone or continuing, and a few words."""
    pieces = [*SPECIALS, *LETTERS, *(f"##{letter}" for letter in LETTERS), *'.,“”"中', "said", "the"]
    tokenizer = Tokenizer(WordPiece({piece: place for place, piece in enumerate(pieces)}))
    tokenizer.normalizer = BertNormalizer()
    tokenizer.pre_tokenizer = BertPreTokenizer()
    return tokenizer


TOKENIZER = uncased_wordpiece()
BEGIN, SEPARATOR = TOKENIZER.token_to_id("[CLS]"), TOKENIZER.token_to_id("[SEP]")


def counted(article: str, max_tokens: int) -> list[tuple[int, Span]]:
    """The tokens whose predictions count, over all windows."""
    return [
        (token_id, span)
        for window in windows(article, TOKENIZER, max_tokens)
        for token_id, span in zip(window.token_ids[window.first :], window.offsets[window.first :], strict=True)
        if span.start < span.end
    ]


def whole(article: str) -> list[tuple[int, Span]]:
    """The tokens of each paragraph, encoded alone."""
    tokens = []
    for paragraph in paragraphs(article):
        readable = "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in paragraph.of(article))
        encoding = TOKENIZER.encode(readable, add_special_tokens=False)
        start = paragraph.start
        tokens += [
            (token_id, Span(start + a, start + b))
            for token_id, (a, b) in zip(encoding.ids, encoding.offsets, strict=True)
        ]
    return tokens


@settings(max_examples=300)
@given(article=TEXTS, max_tokens=st.integers(8, 40))
def test_every_token_is_predicted_in_exactly_one_window(article: str, max_tokens: int) -> None:
    assert counted(article, max_tokens) == whole(article)


@given(article=TEXTS, max_tokens=st.integers(8, 40))
def test_windows_keep_their_size_and_shape(article: str, max_tokens: int) -> None:
    for window in windows(article, TOKENIZER, max_tokens):
        assert 2 < len(window.token_ids) == len(window.offsets) <= max_tokens
        assert (window.token_ids[0], window.token_ids[-1]) == (BEGIN, SEPARATOR)
        assert window.offsets[0] == window.offsets[-1] == Span(0, 0)
        assert 1 <= window.first < len(window.token_ids) - 1
        real = [span for span in window.offsets if span.start < span.end]
        assert all(span.end <= len(article) for span in real)
        assert real == sorted(real, key=lambda span: span.start)


@given(before=TEXTS, after=TEXTS, max_tokens=st.integers(8, 40))
def test_text_that_is_appended_changes_no_window_but_the_last(before: str, after: str, max_tokens: int) -> None:
    article = f"{before}\n\nThe end.\n\n"
    *full, _ = windows(article, TOKENIZER, max_tokens)
    assert windows(article + after, TOKENIZER, max_tokens)[: len(full)] == full


def test_offsets_slice_the_article() -> None:
    article = "  The café\u0301 😀 SAID\r\n\r\nA\u0301b."
    (window,) = windows(article, TOKENIZER)
    assert [span.of(article) for span in window.offsets] == [
        *["", "The", *"caf", "é", "😀", "SAID", "", "A", "b", ".", ""]
    ]


def test_short_paragraphs_share_a_window() -> None:
    (window,) = windows("the\n\nthe said\n\nsaid", TOKENIZER, 9)
    the, said = TOKENIZER.token_to_id("the"), TOKENIZER.token_to_id("said")
    assert window.token_ids == [BEGIN, the, SEPARATOR, the, said, SEPARATOR, said, SEPARATOR]
    assert window.first == 1


def test_a_later_window_begins_with_the_tail_of_the_text_before() -> None:
    first, second = windows("the the the the said\nsaid said", TOKENIZER, 8)
    the, said = TOKENIZER.token_to_id("the"), TOKENIZER.token_to_id("said")
    assert first.token_ids == [BEGIN, *[the] * 4, said, SEPARATOR]
    assert second.token_ids == [BEGIN, said, SEPARATOR, said, said, SEPARATOR]
    assert second.first == 3


def test_a_long_paragraph_is_cut_at_the_end_of_a_sentence() -> None:
    article = "The the said. " * 6
    ends = [window.offsets[-2].of(article) for window in windows(article, TOKENIZER, 16)]
    assert ends == ["."] * len(ends)
    assert len(ends) > 1


def test_text_without_tokens_has_no_window() -> None:
    assert windows("", TOKENIZER) == windows(" \n\n\u200b\x00 \ud800", TOKENIZER) == []


def test_a_long_article_is_cut_in_one_pass() -> None:
    article = "“the said,” said the. " * 5_000 + "\n" + "b" * 200_000 + "\n" + ". " * 20_000
    assert len(counted(article, 256)) == 5_000 * 8 + 1 + 20_000


def test_a_window_of_no_room_is_refused() -> None:
    with pytest.raises(ValueError, match="needs 8 tokens or more to hold any text, got max_tokens=7"):
        windows("the", TOKENIZER, 7)


def test_a_tokenizer_that_would_lose_text_is_refused() -> None:
    cutting = uncased_wordpiece()
    cutting.enable_truncation(16)
    with pytest.raises(BadCheckpoint, match="truncation or padding"):
        windows("the", cutting)


def test_a_tokenizer_without_separators_is_refused() -> None:
    with pytest.raises(BadCheckpoint, match=r"\[CLS\] and \[SEP\]"):
        windows("the", Tokenizer(WordPiece({"[UNK]": 0})))
