"""An article cut into windows of tokens that a tagger can read, every token predicted in exactly one of them.

A window is ``[CLS] context [SEP] paragraph [SEP] paragraph [SEP]``: whole paragraphs packed greedily, after the tail of
the text before them, which the tagger reads but whose predictions do not count. A paragraph too long for one window is
cut at the ends of sentences, and a sentence too long for one wherever the room ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.errors import BadCheckpoint
from data.records import Span
from model.encoding import tokenizable
from model.quotes.segments import paragraphs, sentences

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["MAX_TOKENS", "Window", "windows"]

MAX_TOKENS = 256
CONTEXT_TOKENS = 64  # about one paragraph of news; a quarter of the window, where the window is smaller
NOWHERE = Span(0, 0)

Token = tuple[int, Span]


@dataclass(frozen=True, slots=True)
class Window:
    """One input of the tagger.

    `offsets` has one span into the article per token (code points), empty for [CLS] and [SEP];
    predictions count from token `first` on, the tokens before it are context.
    """

    token_ids: list[int]
    offsets: list[Span]
    first: int


def windows(article: str, tokenizer: "Tokenizer", max_tokens: int = MAX_TOKENS) -> list[Window]:
    """The windows of an article, in order, each of at most `max_tokens` tokens; none where there is nothing to read.

    The tokenizer must neither truncate nor pad. Takes time linear in the article.
    """
    if max_tokens < 8:
        raise ValueError(f"a window needs 8 tokens or more to hold any text, got max_tokens={max_tokens}")
    begin, separator = ((token_id, NOWHERE) for token_id in _special_ids(tokenizer))
    context_tokens = min(CONTEXT_TOKENS, max_tokens // 4)
    room = max_tokens - 1 - context_tokens  # [CLS] takes the one
    found: list[Window] = []
    context: list[Token] = []
    for body in _packed(_pieces(article, tokenizer, room - 1), max_tokens - 1, context_tokens, separator):
        tokens = [begin, *context, *body]
        if body[-1] != separator:
            tokens.append(separator)
        found.append(Window([token_id for token_id, _ in tokens], [span for _, span in tokens], 1 + len(context)))
        context = [*context, *body][-context_tokens:]
    return found


def _packed(
    pieces: Iterator[tuple[list[Token], bool]], room: int, context_tokens: int, separator: Token
) -> Iterator[list[Token]]:
    """Pieces gathered greedily into at most `room` tokens, of which context takes its share in all but the first.

    A separator follows each piece that ends its paragraph; one more place is kept for that of the last piece.
    """
    body: list[Token] = []
    used = 0
    for piece, ends in pieces:
        if body and used + len(piece) + 1 > room:
            yield body
            body, used = [], context_tokens
        body += piece
        if ends:
            body.append(separator)
        used += len(piece) + 1
    if body:
        yield body


def _pieces(article: str, tokenizer: "Tokenizer", room: int) -> Iterator[tuple[list[Token], bool]]:
    """The article's paragraphs in pieces of at most `room` tokens, and whether each piece ends its paragraph."""
    readable = tokenizable(article)
    spans = paragraphs(readable)
    encodings = tokenizer.encode_batch([span.of(readable) for span in spans], add_special_tokens=False)
    for span, encoding in zip(spans, encodings, strict=True):
        tokens = [
            (token_id, Span(span.start + start, span.start + end))
            for token_id, (start, end) in zip(encoding.ids, encoding.offsets, strict=True)
        ]
        cuts = [len(tokens)]
        if len(tokens) > room:
            cuts = _cuts(tokens, sentences(readable, span), room)
        start = 0
        for end in cuts:
            if end > start:  # a paragraph of control characters alone has no token
                yield tokens[start:end], end == len(tokens)
            start = end


def _cuts(tokens: list[Token], spans: list[Span], room: int) -> list[int]:
    """Where to end pieces of at most `room` tokens: after whole sentences while they fit, else where the room ends."""
    cuts: list[int] = []
    start = token = 0
    for span in spans:
        sentence_start = token
        while token < len(tokens) and tokens[token][1].start < span.end:
            token += 1
        if token - start > room and sentence_start > start:
            cuts.append(sentence_start)
            start = sentence_start
        while token - start > room:
            start += room
            cuts.append(start)
    return [*cuts, len(tokens)]


def _special_ids(tokenizer: "Tokenizer") -> tuple[int, int]:
    begin, separator = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    if begin is None or separator is None:
        raise BadCheckpoint("expected a tokenizer with [CLS] and [SEP], found none: use one of the BERT family")
    if tokenizer.truncation is not None or tokenizer.padding is not None:
        raise BadCheckpoint("expected a tokenizer that keeps all text, found truncation or padding set: turn both off")
    return begin, separator
