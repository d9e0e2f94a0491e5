"""Annotated articles as training data of the statement tagger: windows with a gold label per token."""

from typing import TYPE_CHECKING

from data.records import AnnotatedArticle, Attribution, Span
from model.quotes.segments import paragraphs
from model.quotes.tags import BEGIN, INSIDE, TAGS, Role, Tag
from model.quotes.windows import MAX_TOKENS, Window, windows

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["IGNORED", "tag_windows"]

IGNORED = -100  # the target that torch's cross entropy leaves out
OUTSIDE = TAGS.index(Tag.OUTSIDE)
PAINTING_ORDER = (Role.CONTENT, Role.SOURCE, Role.CUE)


def tag_windows(
    article: AnnotatedArticle, tokenizer: "Tokenizer", max_tokens: int = MAX_TOKENS
) -> list[tuple[Window, list[int]]]:
    """The article's windows, each with one label id per token: an index into TAGS, or IGNORED.

    Specials and context are IGNORED, so that every token of the article counts once. A token belongs to the
    fragment that its offset overlaps. Each fragment begins with a B- label, and again in each further paragraph that
    it reaches into. Where fragments overlap, cue wins over source over content, and the shorter over the longer.
    """
    fragments, roles = _painted(article)
    tagged: list[tuple[Window, list[int]]] = []
    before = 0
    for window in windows(article.text, tokenizer, max_tokens):
        labels = [IGNORED] * len(window.token_ids)
        for place in range(window.first, len(labels)):
            start, end = window.offsets[place]
            if start == end:
                continue
            fragment = next((number for number in fragments[start:end] if number), 0)
            if not fragment:
                labels[place] = OUTSIDE
            else:
                labels[place] = (INSIDE if fragment == before else BEGIN)[roles[fragment]]
            before = fragment
        tagged.append((window, labels))
    return tagged


def _painted(article: AnnotatedArticle) -> tuple[list[int], dict[int, Role]]:
    """For each character of the article the number of its fragment, 0 outside, and each fragment's role."""
    stretches = paragraphs(article.text)
    fragments = [0] * len(article.text)
    roles: dict[int, Role] = {}
    for role in PAINTING_ORDER:
        spans = {span for attribution in article.attributions for span in _of_role(attribution, role)}
        for span in sorted(spans, key=lambda span: (span.start - span.end, span)):
            for paragraph in stretches:
                start, end = max(span.start, paragraph.start), min(span.end, paragraph.end)
                if start < end:
                    roles[len(roles) + 1] = role
                    fragments[start:end] = [len(roles)] * (end - start)
    return fragments, roles


def _of_role(attribution: Attribution, role: Role) -> tuple[Span, ...]:
    return {Role.SOURCE: attribution.source, Role.CUE: attribution.cue, Role.CONTENT: attribution.content}[role]
