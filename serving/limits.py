"""What one request may ask for. The numbers stand here alone: the schemas, the server and `/v1/info` read them."""

from dataclasses import dataclass

__all__ = ["LIMITS", "Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes in code points unless named otherwise."""

    body_bytes: int = 8 * 1024 * 1024  # 256 pairs with the longest statement and context are 5.4 MiB of Latin text
    article_characters: int = 60_000  # 10,000 words, a long magazine feature; with 20 claims 710,000 tokens to compute
    claims: int = 20
    claim_characters: int = 2_000
    pairs: int = 256
    statement_characters: int = 10_000  # also for a speaker, a cue and a context
    waiting_tokens: int = 131_072  # of others', that the largest requests take turns with: 8 s of two cores
    deadline_seconds: int = 120
    annotator_characters: int = 100
    note_characters: int = 1_000  # a label's article and the reason why it was asked for
    spans: int = 1_000  # of one label
    waiting_labels: int = 64  # a disk writes so many in a second


LIMITS = Limits()
"""The limits that are served."""
