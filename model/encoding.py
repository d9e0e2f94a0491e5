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
    pieces = {text: encoding.ids for text, encoding in zip(unique, encodings, strict=True)}
    frame = _frame(tokenizer, *encodings[-2:])
    return [_encode(frame, pair, pieces, max_tokens) for pair in pairs]


class _Frame(NamedTuple):
    """What the tokenizer puts before, between and after the two parts of a pair, and the segment ids of all five."""

    special: tuple[list[int], list[int], list[int]]
    segments: tuple[list[int], int, list[int], int, list[int]]


def _frame(tokenizer: "Tokenizer", first: "Encoding", second: "Encoding") -> _Frame:
    """Read off a pair of two short texts: merging encodings that were cut takes all of their cut-off parts along."""
    whole = tokenizer.post_process(first, second)
    own = [place for place, special in enumerate(whole.special_tokens_mask) if not special]
    start, split, end = own[0], own[len(first)], own[-1] + 1
    middle = start + len(first)
    ids, segments = whole.ids, whole.type_ids
    return _Frame(
        (ids[:start], ids[middle:split], ids[end:]),
        (segments[:start], segments[start], segments[middle:split], segments[split], segments[end:]),
    )


def _encode(frame: _Frame, pair: Pair, pieces: dict[str, list[int]], max_tokens: int) -> Encoded:
    room = max_tokens - sum(map(len, frame.special))
    parts: list[list[int]] = []
    truncated = False

    def take(text: str, at_most: int, *, last: bool = False) -> None:
        nonlocal room, truncated
        ids = pieces[text]
        limit = max(min(at_most, room), 0)
        if len(ids) > limit:
            truncated = True
            ids = ids[len(ids) - limit :] if last else ids[:limit]
        room -= len(ids)
        parts.append(ids)

    take(pair.claim, CLAIM_TOKENS)
    take(pair.speaker, SOURCE_TOKENS)
    take(pair.cue, SOURCE_TOKENS)
    if pair.speaker or pair.cue:
        take(":", 1)
    take(pair.statement, room)
    if pair.context:
        take("||", 2)
        take(pair.context, room, last=True)
    claim, statement = parts[0], [token for part in parts[1:] for token in part]
    before, between, after = frame.special
    opening, first, middle, second, closing = frame.segments
    return Encoded(
        token_ids=[*before, *claim, *between, *statement, *after],
        type_ids=[*opening, *([first] * len(claim)), *middle, *([second] * len(statement)), *closing],
        truncated=truncated,
    )
