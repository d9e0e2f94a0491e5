"""The table says who said what and where it stands, on every width, in a pipe, and whatever the texts hold."""

import io
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console, RenderableType

from data.records import LABELS, Cue, Judgement, Kind, Pair, Span, Speaker, Stance, Statement
from model.analyser import Analysis, ArticleJudgement
from model.checkpoint import Checkpoint, read_checkpoint
from serving.table import analysis_table, judgement_table, percent

NAMES = {"Ruiz": "Ana Ruiz", "He": "Ana Ruiz"}
ARTICLE = (
    "“We never paid a single one of them anything,” Ruiz said. The ministry declined to say whether bribes were paid. "
    "He added that rain was due on Sunday, and that the harvest, which had been late, was safe in the barns at last."
)
CLAIMS = ("The firm paid bribes.", "The firm will close.", "It will rain.")


@pytest.fixture
def checkpoint(stance_checkpoint: Path) -> Checkpoint:
    return read_checkpoint(stance_checkpoint, task="stance", labels=LABELS)


def statement(kind: Kind, text: str, speaker: str | None, cue: str) -> Statement:
    def span(part: str) -> Span:
        start = ARTICLE.index(part)
        return Span(start, start + len(part))

    return Statement(
        kind=kind,
        text=text,
        content=(span(text),),
        context=Span(0, len(ARTICLE)),
        speaker=Speaker(speaker, span(speaker), name=NAMES.get(speaker)) if speaker else None,
        cue=Cue(cue, span(cue)),
    )


STATEMENTS = (
    statement(Kind.DIRECT, "“We never paid a single one of them anything,”", "Ruiz", "said"),
    statement(Kind.INDIRECT, "whether bribes were paid", "The ministry", "declined to say"),
    statement(
        Kind.INDIRECT,
        "rain was due on Sunday, and that the harvest, which had been late, was safe in the barns at last",
        None,
        "added",
    ),
)


def judged(index: int, claim: int, stance: Stance, *, truncated: bool = False) -> ArticleJudgement:
    shares = tuple(0.91 if label is stance else 0.03 for label in LABELS)
    chosen = Stance.SUPPORT if stance is Stance.UNRELATED else stance
    judgement = Judgement(chosen, shares, truncated)  # type: ignore[arg-type]
    return ArticleJudgement(statement=index, claim=claim, relevant=stance is not Stance.UNRELATED, judgement=judgement)


@pytest.fixture
def analysis(checkpoint: Checkpoint) -> Analysis:
    return Analysis(
        article=ARTICLE,
        claims=CLAIMS[:1],
        statements=STATEMENTS,
        judgements=(judged(0, 0, Stance.DENIAL), judged(1, 0, Stance.HEDGE)),
        checkpoint=checkpoint,
    )


def printed(table: RenderableType, *, width: int = 80, terminal: bool = False) -> str:
    file = io.StringIO()
    Console(file=file, width=width, force_terminal=terminal, color_system="standard" if terminal else None).print(table)
    return file.getvalue()


def unwrapped(text: str) -> str:
    return " ".join(text.split())


def test_a_row_says_who_said_what_and_how_sure(analysis: Analysis) -> None:
    lines = printed(analysis_table(analysis, width=80)).splitlines()
    assert unwrapped(lines[0]) == "claim 1 The firm paid bribes."
    [ruiz] = [line for line in lines if line.startswith("Ana Ruiz")]
    assert unwrapped(ruiz) == "Ana Ruiz said: “We never paid a single one of them ✗ denial 91 %"
    [ministry] = [line for line in lines if line.startswith("The ministry")]
    assert unwrapped(ministry) == "The ministry declined to say: whether bribes were paid ~ hedge 91 %"


def test_statements_on_no_claim_are_counted_and_shown_on_request(analysis: Analysis) -> None:
    text = unwrapped(printed(analysis_table(analysis, width=80)))
    assert "rain was due" not in text
    assert "3 statements found, 1 of them on none of the claims. --all shows every one." in text
    everything = replace(analysis, judgements=(*analysis.judgements, judged(2, 0, Stance.UNRELATED)))
    text = unwrapped(printed(analysis_table(everything, width=80)))
    assert "added: rain was due on Sunday" in text
    assert "· unrelated 91 %" in text
    assert "3 statements found, 1 of them on none of the claims. A stance" in text


def test_the_model_and_the_caveat_stand_below(analysis: Analysis, checkpoint: Checkpoint) -> None:
    text = unwrapped(printed(analysis_table(analysis, width=80)))
    assert "A stance is what the speaker says about the claim, not what is true." in text
    assert f"Model {checkpoint.facts.name} {checkpoint.version};" in text


def test_a_truncated_judgement_is_marked(analysis: Analysis) -> None:
    assert "*" not in printed(analysis_table(analysis, width=80))
    cut = replace(analysis, judgements=(judged(0, 0, Stance.DENIAL, truncated=True),))
    text = unwrapped(printed(analysis_table(cut, width=80)))
    assert "✗ denial 91 %*" in text
    assert "* judged on part of the text" in text


def test_a_statement_without_a_speaker_and_a_clause_after_one(analysis: Analysis) -> None:
    clause = replace(STATEMENTS[0], speaker=Speaker("Ruiz, who left,", Span(0, 1)))
    both = replace(
        analysis,
        statements=(clause, STATEMENTS[2]),
        judgements=(judged(0, 0, Stance.HEDGE), judged(1, 0, Stance.HEDGE)),
    )
    lines = printed(analysis_table(both, width=80)).splitlines()
    assert [line.split("  ")[0] for line in lines if "~ hedge" in line] == ["Ruiz, who left", "—"]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_every_line_fits_and_every_verdict_is_whole(analysis: Analysis, width: int) -> None:
    judgements = tuple(judged(index, claim, Stance.DENIAL) for index in range(3) for claim in range(3))
    text = printed(analysis_table(replace(analysis, claims=CLAIMS, judgements=judgements), width=width), width=width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert text.count("✗ denial 91 %") == len(judgements)
    assert {f"claim {number}" in text for number in (1, 2, 3)} == {True}


def said(table: str) -> str:
    """The second column of a table with one row."""
    lines = iter(table.splitlines())
    header = next(line for line in lines if line.startswith("speaker"))
    next(lines)  # the rule
    column = slice(header.index("said"), header.index("claim 1"))
    return unwrapped(" ".join(line[column] for line in takewhile(str.strip, lines)))


def test_long_statements_end_at_a_word_and_quotations_keep_their_marks(analysis: Analysis) -> None:
    direct = replace(analysis, judgements=(judged(0, 0, Stance.DENIAL),))
    assert said(printed(analysis_table(direct, width=100), width=100)) == f"said: {STATEMENTS[0].text}"
    assert said(printed(analysis_table(direct, width=40), width=40)) == "said: “We never paid a single …”"
    indirect = replace(analysis, judgements=(judged(2, 0, Stance.SUPPORT),))
    cut = said(printed(analysis_table(indirect, width=60), width=60))
    kept = cut.removeprefix("added: ").removesuffix(" …")
    assert STATEMENTS[2].text.startswith(kept + " ")
    assert len(kept) > 40


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("“We paid,” ... “and we never, ever will pay anyone again.”", "“We paid,” ... “and we …”"),
        ("“We never paid anyone,” ... “nor shall we.”", "“We never paid anyone,” …"),
        ("that it was “a fairy tale from start to finish”", "that it was “a fairy …”"),
        ("‘We’ve never paid anyone anything, ever.’", "‘We’ve never paid anyone …"),
        ("never" * 12, f"{'never' * 5}…"),
    ],
)
def test_a_cut_never_leaves_a_quotation_open(analysis: Analysis, text: str, shown: str) -> None:
    cut = replace(STATEMENTS[0], kind=Kind.MIXED, text=text, cue=None)
    table = analysis_table(replace(analysis, statements=(cut,), judgements=(judged(0, 0, Stance.DENIAL),)), width=36)
    assert said(printed(table, width=36)).replace(" ", "") == shown.replace(" ", "")


def test_an_unmarked_direct_quotation_gets_marks(analysis: Analysis) -> None:
    bare = replace(STATEMENTS[0], text="We never paid")
    text = unwrapped(printed(analysis_table(replace(analysis, statements=(bare, *STATEMENTS[1:])), width=80)))
    assert "said: “We never paid” ✗" in text


def test_an_article_without_statements_gives_an_empty_table(analysis: Analysis) -> None:
    text = unwrapped(printed(analysis_table(replace(analysis, statements=(), judgements=()), width=80)))
    assert "The firm paid bribes." in text
    assert "0 statements found. A stance" in text


def test_what_a_terminal_would_obey_is_not_printed(analysis: Analysis) -> None:
    hostile = "\x1b]0;\x07[red]x[/red]\u202e\r\n"
    statements = (replace(STATEMENTS[0], text=hostile, speaker=Speaker(hostile, Span(0, 1))), *STATEMENTS[1:])
    table = analysis_table(replace(analysis, claims=(hostile,), statements=statements), width=100)
    text = printed(table, width=100)
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(text)
    assert text.count("[red]x[/red]") == 3


def test_colour_is_only_for_terminals(analysis: Analysis) -> None:
    assert "\x1b[31m✗ denial" in printed(analysis_table(analysis, width=80), terminal=True)
    assert "\x1b" not in printed(analysis_table(analysis, width=80))


@settings(deadline=None)
@given(probability=st.floats(0, 1))
def test_no_percentage_claims_certainty(probability: float) -> None:
    shown = int(percent(probability).removesuffix(" %"))
    assert 1 <= shown <= 99
    assert abs(shown - 100 * probability) <= 1


def test_one_pair_shows_all_four_probabilities(checkpoint: Checkpoint) -> None:
    pair = Pair(claim="[b]The firm[/b] paid bribes.", statement="We never paid anyone.")
    text = unwrapped(printed(judgement_table(pair, judged(0, 0, Stance.DENIAL).judgement, checkpoint)))
    assert "claim [b]The firm[/b] paid bribes. statement We never paid anyone. stance ✗ denial 91 %" in text
    assert "support 3 %, denial 91 %, hedge 3 %, unrelated 3 %" in text
    off = unwrapped(printed(judgement_table(pair, judged(0, 0, Stance.UNRELATED).judgement, checkpoint)))
    assert "stance · unrelated 91 %" in off
