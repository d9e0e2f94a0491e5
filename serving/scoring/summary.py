"""What a run came to, for a reader and for a program."""

from dataclasses import asdict, dataclass
from typing import Any

from data.records import STANCES
from serving.scoring.shards import Tally

__all__ = ["Summary"]


@dataclass(frozen=True, slots=True)
class Summary:
    """The counts of the whole output, of which `resumed` was there before this run."""

    total: Tally
    resumed: Tally
    seconds: float
    workers: int

    @property
    def rate(self) -> float:
        """Judgements that this run made in a second."""
        return (self.total.judgements - self.resumed.judgements) / self.seconds if self.seconds else 0.0

    def document(self) -> dict[str, Any]:
        """For a program. It has no time in it: the same input gives the same bytes."""
        counts = asdict(self.total)
        return counts | {"stances": {str(stance): self.total.stances.get(stance, 0) for stance in STANCES}}

    def lines(self) -> list[str]:
        """For a reader."""
        total, judged = self.total, max(1, self.total.judgements)
        stances = ", ".join(f"{total.stances.get(stance, 0):,} {stance}" for stance in STANCES)
        lines = [
            f"{total.rows:,} rows, {total.rejected:,} rejected",
            f"{total.judgements:,} judgements: {stances}",
            f"{total.relevant:,} ({total.relevant / judged:.0%}) relevant, {total.truncated:,} truncated",
            f"{total.distinct:,} pairs computed, after those that repeat within a shard",
        ]
        if total.statements:
            lines.append(f"{total.statements:,} statements")
        if self.resumed.rows:
            lines.append(f"{self.resumed.rows:,} rows were finished before")
        lines.append(f"{self.rate:,.0f} judgements a second in {self.seconds:,.1f} s, {self.workers} workers")
        return lines
