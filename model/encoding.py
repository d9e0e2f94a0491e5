"""A (claim, statement) pair as token ids: the one layout that training and inference share.

    [CLS] claim [SEP] speaker cue : statement || context [SEP]

Context gives way first when a pair is too long, then the statement; what stands nearest to the statement is kept.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from data.records import Pair

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

__all__ = ["Encoded", "encode_pairs", "tokenizable"]

CLAIM_TOKENS = 64
"""The longest claim in the training data has 25 tokens; a second sentence still fits."""

SOURCE_TOKENS = 24
"""For a speaker and for a cue: 99.3 % of the speakers in the training data and every cue are shorter."""

LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Encoded(NamedTuple):
    """Token ids and segment ids of one pair, special tokens included; `truncated` where some of its text was cut."""

    token_ids: list[int]
    type_ids: list[int]
    truncated: bool


def tokenizable(text: str) -> str:
    """The text with lone surrogates, which no tokenizer takes, as U+FFFD; every offset stays as it was."""
    return LONE_SURROGATE.sub("\ufffd", text)


def encode_pairs(tokenizer: "Tokenizer", pairs: Sequence[Pair], *, max_tokens: int) -> list[Encoded]:
    """Each pair as at most `max_tokens` token ids, in order."""
    texts = {text for pair in pairs for text in (pair.claim, pair.speaker, pair.cue, pair.statement, pair.context)}
    unique = [*texts, ":", "||"]
    encodings = tokenizer.encode_batch([tokenizable(text) for text in unique], add_special_tokens=False)
    pieces = dict(zip(unique, encodings, strict=True))
    return [_encode(tokenizer, pair, pieces, max_tokens) for pair in pairs]


def _encode(tokenizer: "Tokenizer", pair: Pair, pieces: dict[str, "Encoding"], max_tokens: int) -> Encoded:
    room = max_tokens - tokenizer.num_special_tokens_to_add(is_pair=True)
    parts: list[Encoding] = []
    truncated = False

    def take(text: str, at_most: int, *, keep: str = "right") -> None:
        nonlocal room, truncated
        encoding = pieces[text]
        limit = max(min(at_most, room), 0)
        if len(encoding) > limit:
            truncated = True
            encoding = tokenizer.encode(tokenizable(text), add_special_tokens=False)  # truncate() works in place
            encoding.truncate(limit, direction=keep)
        room -= len(encoding)
        parts.append(encoding)

    take(pair.claim, CLAIM_TOKENS)
    take(pair.speaker, SOURCE_TOKENS)
    take(pair.cue, SOURCE_TOKENS)
    if pair.speaker or pair.cue:
        take(":", 1)
    take(pair.statement, room)
    if pair.context:
        take("||", 2)
        take(pair.context, room, keep="left")
    merged = tokenizer.post_process(parts[0], parts[0].merge(parts[1:]))
    return Encoded(token_ids=merged.ids, type_ids=merged.type_ids, truncated=truncated)
