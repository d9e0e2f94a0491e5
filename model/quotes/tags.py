"""The labels of the statement tagger, in the order of its logits: the one place where that order is defined."""

from enum import StrEnum

__all__ = ["BEGIN", "INSIDE", "TAGS", "Role", "Tag"]


class Role(StrEnum):
    """What a stretch of an article is to a statement: who says it, the words that say that, what is said."""

    SOURCE = "source"
    CUE = "cue"
    CONTENT = "content"


class Tag(StrEnum):
    """What a token is: outside every statement, the first token of a fragment, or a later one."""

    OUTSIDE = "O"
    BEGIN_SOURCE = "B-source"
    INSIDE_SOURCE = "I-source"
    BEGIN_CUE = "B-cue"
    INSIDE_CUE = "I-cue"
    BEGIN_CONTENT = "B-content"
    INSIDE_CONTENT = "I-content"


TAGS: tuple[Tag, ...] = tuple(Tag)
"""The seven tags; a tag's place here is its label id and its column in the tagger's logits."""

BEGIN: dict[Role, int] = {role: TAGS.index(Tag(f"B-{role}")) for role in Role}
"""Label id of the first token of a fragment of that role."""

INSIDE: dict[Role, int] = {role: TAGS.index(Tag(f"I-{role}")) for role in Role}
"""Label id of every later token of a fragment of that role."""
