"""The cases of the behaviour suite: what a stance model must get right, one capability a file."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from data.errors import BadInput
from data.labelled import parse_pair
from data.records import Pair, Stance
from data.tables import Reject, Row, parse_rows

__all__ = ["BEHAVIOUR", "Case", "CaseKind", "read_cases"]

BEHAVIOUR = Path(__file__).parent / "behaviour"

Member = TypeVar("Member", bound=StrEnum)


class CaseKind(StrEnum):
    """The three kinds of behavioural test (Ribeiro et al., 2020, arXiv:2005.04118)."""

    MINIMUM = "minimum"
    """The label must be right."""
    INVARIANCE = "invariance"
    """The answer must be that to the base, from which the case differs only in what does not matter."""
    DIRECTION = "direction"
    """The case's label, which is not that of its base, must become clearly more probable than it was there."""


@dataclass(frozen=True, slots=True)
class Case:
    """A pair and what is expected of a model there.

    `base` is the id of the minimum case of the same capability that an invariance or direction case varies; a minimum
    case is its own.
    """

    id: str
    capability: str
    kind: CaseKind
    pair: Pair
    stance: Stance
    base: str


def read_cases(folder: Path = BEHAVIOUR) -> tuple[Case, ...]:
    """The cases of every capability, in the order of file names and lines.

    Raises BadInput at the first row that does not fit: a test that is left out would pass unseen.
    """
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise BadInput(f"{folder}: expected a .jsonl file for each capability, found none: check the path")
    return tuple(case for file in files for case in _read_capability(file))


def _read_capability(file: Path) -> list[Case]:
    found: dict[str, Case] = {}
    for item in parse_rows(file, lambda row: (row.where, _parse_case(row, capability=file.stem))):
        if isinstance(item, Reject):
            raise BadInput(str(item))
        where, case = item
        if case.id in found:
            raise BadInput(f"{where}: expected an id of its own, found {case.id!r} again: number the cases through")
        found[case.id] = case
        _check_base(where, case, found.get(case.base))
    return list(found.values())


def _parse_case(row: Row, *, capability: str) -> Case:
    identifier = row.require_text("id")
    if not identifier.startswith(f"{capability}-"):
        raise BadInput(f"expected an id that begins with {capability}-, found {identifier!r}: rename or move the case")
    return Case(
        id=identifier,
        capability=capability,
        kind=_one_of(CaseKind, row, "kind"),
        pair=parse_pair(row),
        stance=_one_of(Stance, row, "stance"),
        base=row.text("base") or identifier,
    )


def _one_of(members: type[Member], row: Row, column: str) -> Member:
    text = row.require_text(column)
    try:
        return members(text)
    except ValueError:
        raise BadInput(
            f"expected {column} to be one of {', '.join(members)}, found {text[:40]!r}: correct the row"
        ) from None


def _check_base(where: str, case: Case, base: Case | None) -> None:
    if base is None or base.kind is not CaseKind.MINIMUM or (base is case) != (case.kind is CaseKind.MINIMUM):
        raise BadInput(
            f"{where}: expected a base for invariance and direction and none for minimum, a minimum case further up, "
            f"found {case.base!r}: name the case that this one varies"
        )
    if base is not case and (base.stance is case.stance) != (case.kind is CaseKind.INVARIANCE):
        raise BadInput(
            f"{where}: expected the base's stance for invariance and another for direction, "
            f"found {case.stance} after {base.stance}: correct the kind or the stance"
        )
