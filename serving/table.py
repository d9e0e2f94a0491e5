"""An analysis as a table that can be read at once: who said what, and how each statement stands to each claim."""

import textwrap
from collections.abc import Mapping, Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from data.records import LABELS, Judgement, Kind, Pair, Stance, Statement
from model.analyser import Analysis
from model.checkpoint import Checkpoint
from model.explanation import Explanation

__all__ = [
    "OPEN",
    "SIGNS",
    "STANCE_IS_NOT_TRUTH",
    "analysis_table",
    "counts",
    "judgement_table",
    "percent",
    "plain",
    "speaker_of",
]

SIGNS = {Stance.SUPPORT: "✓", Stance.DENIAL: "✗", Stance.HEDGE: "~", Stance.UNRELATED: "·"}
"""Beside the colour, so that it is never the only sign."""

STYLES = {Stance.SUPPORT: "green", Stance.DENIAL: "red", Stance.HEDGE: "yellow", Stance.UNRELATED: "dim"}

OPEN = "?"
"""The sign of a judgement that is left open because the model is less confident than the reader asks."""

STANCE_IS_NOT_TRUTH = "A stance is what the speaker says about the claim, not what is true."

Verdicts = Mapping[tuple[int, int], Text]

SPEAKER_CELLS = 16
SAID_CELLS = 24
GAP_CELLS = 2
SAID_LINES = 3

CLOSING = {"“": "”", '"': '"', "«": "»", "„": "“"}
SINGLE = "‘'"  # beside apostrophes these cannot be paired


def analysis_table(analysis: Analysis, *, width: int) -> RenderableType:
    """The analysis for a terminal of `width` cells: as many claims side by side as leave room for what was said."""
    at_least = analysis.min_confidence or 0.0
    verdicts = {
        (j.statement, j.claim): _verdict(j.judgement, relevant=j.relevant, min_confidence=at_least)
        for j in analysis.judgements
    }
    verdict_cells = GAP_CELLS + max((verdict.cell_len for verdict in verdicts.values()), default=0)
    speaker_cells = min(SPEAKER_CELLS, width // 4)
    room = width - speaker_cells - GAP_CELLS
    abreast = max(1, (room - SAID_CELLS) // verdict_cells)
    parts: list[RenderableType] = []
    for first in range(0, len(analysis.claims), abreast):
        numbers = range(first, min(first + abreast, len(analysis.claims)))
        # a tenth is lost to words that wrap
        at_most = SAID_LINES * (room - len(numbers) * verdict_cells) * 9 // 10
        table = _table(analysis.statements, verdicts, numbers, speaker_cells=speaker_cells, at_most=at_most)
        parts += [_claims(analysis.claims, numbers), Text(), table, Text()]
    return Group(*parts, *_notes(analysis))


def judgement_table(
    pair: Pair,
    judgement: Judgement,
    checkpoint: Checkpoint,
    *,
    min_confidence: float = 0.0,
    explanation: Explanation | None = None,
) -> RenderableType:
    """One pair's judgement, with all four probabilities; left open where it is less confident than `min_confidence`."""
    relevant = judgement.relevance >= checkpoint.facts.relevance_threshold
    shares = ", ".join(f"{label} {percent(p)}" for label, p in zip(LABELS, judgement.probabilities, strict=True))
    grid = Table.grid(padding=(0, GAP_CELLS))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("claim", Text(plain(pair.claim)))
    grid.add_row("statement", Text(plain(pair.statement)))
    grid.add_row("stance", _verdict(judgement, relevant=relevant, min_confidence=min_confidence))
    grid.add_row("probabilities", Text(shares))
    if explanation is not None:
        grid.add_row(f"{judgement.stance} by", _evidence(pair, judgement, explanation))
    return Group(grid, Text(), *_legend(truncated=judgement.truncated, checkpoint=checkpoint))


def percent(probability: float) -> str:
    """A probability as a whole percentage; a model is never certain, so neither 0 nor 100."""
    return f"{min(max(round(100 * probability), 1), 99)} %"


def counts(analysis: Analysis) -> str:
    """How many statements were found, and how many of them say nothing on any claim; a sentence."""
    found = len(analysis.statements)
    silent = found - len({j.statement for j in analysis.judgements if j.relevant})
    rest = f", {silent} of them on none of the claims" if silent else ""
    return f"{found} statement{'' if found == 1 else 's'} found{rest}."


def plain(text: str) -> str:
    """The text on one line, without characters that a terminal would obey instead of showing."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())


def speaker_of(statement: Statement) -> str:
    """The speaker's name where it is known, else the words of the article, without the comma that ends a clause."""
    speaker = statement.speaker
    return plain(speaker.name or speaker.text).rstrip(",;:") if speaker else "—"


def _claims(claims: Sequence[str], numbers: range) -> Table:
    grid = Table.grid(padding=(0, GAP_CELLS))
    grid.add_column(justify="right", style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for number in numbers:
        grid.add_row(f"claim {number + 1}", Text(plain(claims[number])))
    return grid


def _table(
    statements: Sequence[Statement], verdicts: Verdicts, numbers: range, *, speaker_cells: int, at_most: int
) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), leading=1, expand=True)
    table.add_column("speaker", width=speaker_cells, overflow="fold")
    table.add_column("said", ratio=1, overflow="fold")
    for number in numbers:
        table.add_column(f"claim {number + 1}", no_wrap=True)
    for index in sorted({statement for statement, claim in verdicts if claim in numbers}):
        cells = [verdicts.get((index, number), Text()) for number in numbers]
        table.add_row(Text(speaker_of(statements[index])), _said(statements[index], at_most=at_most), *cells)
    return table


def _said(statement: Statement, *, at_most: int) -> Text:
    """The cue, which belongs to the evidence, and the words, in quotation marks where all of them are quoted."""
    cue = f"{plain(statement.cue.text)}: " if statement.cue else ""
    words = plain(statement.text)
    if statement.kind is Kind.DIRECT and words[:1] not in {*CLOSING, *SINGLE}:
        words = f"“{words}”"
    return Text.assemble((cue, "dim"), _shorten(words, at_most=max(at_most - cell_len(cue), SAID_CELLS)))


def _shorten(words: str, *, at_most: int) -> str:
    if cell_len(words) <= at_most:
        return words
    kept = textwrap.shorten(words, at_most - 1, placeholder=" …")
    # one word longer than the room has no word boundary to cut at
    kept = kept.replace(" ... …", " …") if kept != "…" else f"{words[: at_most - 2]}…"
    return kept + _unclosed(kept)


def _unclosed(words: str) -> str:
    """The mark that closes the quotation in which a cut text ends, if it ends in one."""
    expected = ""
    for character in words:
        if character == expected:
            expected = ""
        elif not expected:
            expected = CLOSING.get(character, "")
    return expected


def _evidence(pair: Pair, judgement: Judgement, explanation: Explanation) -> Text:
    """The words that carry the stance, strongest first, and what is left of it without them."""
    found = [plain(item.place.span.of(getattr(pair, item.place.part))) for item in explanation.evidence]
    if not found:
        return Text("no single word")
    rest = f"without: {judgement.stance} {percent(explanation.without)}"
    return Text.assemble(*((f"{words}, ", "bold") for words in found[:-1]), (found[-1], "bold"), (f"; {rest}", "dim"))


def _verdict(judgement: Judgement, *, relevant: bool, min_confidence: float = 0.0) -> Text:
    if relevant and judgement.confidence < min_confidence:
        return Text(f"{OPEN} open")
    stance = judgement.stance if relevant else Stance.UNRELATED
    probability = judgement.probabilities[LABELS.index(stance)]
    mark = "*" if judgement.truncated else ""
    return Text(f"{SIGNS[stance]} {stance} {percent(probability)}{mark}", style=STYLES[stance])


def _notes(analysis: Analysis) -> list[Text]:
    shown = len({j.statement for j in analysis.judgements})
    hint = "" if shown == len(analysis.statements) else " --all shows every one."
    truncated = any(j.judgement.truncated for j in analysis.judgements)
    return [Text(counts(analysis) + hint), *_legend(truncated=truncated, checkpoint=analysis.checkpoint)]


def _legend(*, truncated: bool, checkpoint: Checkpoint) -> list[Text]:
    lines = ["* judged on part of the text: the rest was too long for the model."] if truncated else []
    lines += [
        STANCE_IS_NOT_TRUTH,
        f"Model {checkpoint.facts.name} {checkpoint.version}; percentages say how likely the label is.",
    ]
    return [Text(line, style="dim") for line in lines]
