"""The subcommands that use a model: analyze, label, serve. Heavy imports stand inside, so that --help is instant."""

import json
import os
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

import serving.key_commands
import serving.score_commands
from data.errors import BadInput
from data.records import Pair

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.console import Console

__all__ = ["analyze", "label", "register", "serve"]

MAX_CLAIMS = 1_000
MAX_CLAIM_CHARACTERS = 20_000
"""Over 3,000 words: a claim is one sentence, and more than this is the wrong file."""

PIPE_CELLS = 100
"""The width of a table that does not go to a terminal."""

ANALYZE_EXAMPLE = """Example:

\b
  stance analyze examples/seawall.txt --claim "The harbour authority knew that the wall was cracked."
  curl -s https://example.org/story | stance analyze - --claims claims.txt --format html --explain --out report.html"""

LABEL_EXAMPLE = """Example:

\b
  stance label --claim "The firm paid bribes." --speaker "Ana Ruiz" --cue said --statement "We never paid anyone."
  stance label --claim "The firm paid bribes." --statement "We never paid anyone." --min-confidence 0.6 --explain"""

SERVE_EXAMPLE = """Example:

\b
  stance serve --port 3000
  curl localhost:3000/v1/info
  stance keys add newsroom --keys keys.txt && stance serve --host 0.0.0.0 --keys keys.txt"""


class Format(StrEnum):
    """How a result is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


class PairFormat(StrEnum):
    """How a single judgement is written."""

    TABLE = "table"
    JSON = "json"


ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model",
        metavar="DIR",
        help="Stance checkpoint folder.",
        show_default="the current one of the store, else the shipped one",
    ),
]
AttributionModelOption = Annotated[
    Path | None,
    typer.Option(
        "--attribution-model", metavar="DIR", help="Attribution checkpoint folder.", show_default="the shipped one"
    ),
]


MinConfidenceOption = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        metavar="P",
        help="Leave a judgement open whose stance is less probable than this.",
    ),
]


def register(app: typer.Typer) -> None:
    """Mount the subcommands on `app`."""
    app.command(epilog=ANALYZE_EXAMPLE)(analyze)
    app.command(epilog=LABEL_EXAMPLE)(label)
    app.command(epilog=SERVE_EXAMPLE)(serve)
    serving.key_commands.register(app)
    serving.score_commands.register(app)


def analyze(
    article: Annotated[str, typer.Argument(metavar="ARTICLE|-", help="A text or HTML file; - reads standard input.")],
    *,
    claim: Annotated[list[str] | None, typer.Option(metavar="TEXT", help="A claim; may be repeated.")] = None,
    claims: Annotated[Path | None, typer.Option(metavar="FILE", help="A file with one claim per line.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to write the result.")] = Format.TABLE,
    every: Annotated[bool, typer.Option("--all", help="Also show statements that say nothing on a claim.")] = False,
    beliefs: Annotated[
        bool,
        typer.Option("--beliefs/--no-beliefs", help="Whether to count what people are said to think, hope or plan."),
    ] = True,
    min_confidence: MinConfidenceOption = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Find the words that carry each stance, for JSON and HTML.")
    ] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write to a file, not to standard output.")] = None,
    model: ModelOption = None,
    attribution_model: AttributionModelOption = None,
) -> None:
    """Show who said what in an article, claim by claim."""
    from serving.article import read_article

    every_claim = _claims(claim or [], claims)
    if out is not None and not out.parent.is_dir():
        raise typer.BadParameter(f"--out {out}: there is no folder {out.parent}")
    text, from_page = read_article(article)
    with _status("Loading the model"):
        from model.analyser import Analyser
        from model.checkpoint import ATTRIBUTION_CHECKPOINT
        from model.store import current_model

        analyser = Analyser.load(
            stance=model or current_model(), attribution=attribution_model or ATTRIBUTION_CHECKPOINT
        )
    with _status("Reading the article"):
        analysis = analyser.analyse(
            text, every_claim, every=every, beliefs=beliefs, min_confidence=min_confidence, explain=explain
        )

    with _output(out) as file:
        match form:
            case Format.JSON:
                _write_json(file, analysis.document(with_article=from_page))
            case Format.CSV:
                from model.sheet import sheet

                file.write(sheet(analysis.document(), made=datetime.now(UTC)))
            case Format.HTML:
                from serving.report import report

                file.write(report(analysis, made=datetime.now(UTC)))
            case Format.TABLE:
                from serving.table import analysis_table

                console = _console(file)
                console.print(analysis_table(analysis, width=console.width))


def label(
    *,
    claim: Annotated[str, typer.Option(metavar="TEXT", help="The claim.")],
    statement: Annotated[str, typer.Option(metavar="TEXT", help="What the speaker said.")],
    speaker: Annotated[str, typer.Option(metavar="TEXT", help="Who said it.")] = "",
    cue: Annotated[str, typer.Option(metavar="TEXT", help='The word that introduces it: "said", "denied".')] = "",
    context: Annotated[str, typer.Option(metavar="TEXT", help="The sentence or two around it.")] = "",
    min_confidence: MinConfidenceOption = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show the words that carry the stance.")] = False,
    form: Annotated[PairFormat, typer.Option("--format", help="How to write the result.")] = PairFormat.TABLE,
    model: ModelOption = None,
) -> None:
    """Judge one statement's stance toward one claim."""
    pair = Pair(
        claim=_claim(claim, option="--claim"),
        statement=_filled(statement, option="--statement"),
        speaker=speaker,
        cue=cue,
        context=context,
    )
    with _status("Loading the model"):
        from model.classifier import StanceClassifier
        from model.store import current_model

        classifier = StanceClassifier.load(model or current_model())
        [judgement] = classifier.judge([pair])
        explanation = None
        if explain:
            from model.explanation import explain as find_evidence

            explanation = find_evidence(classifier, pair, judgement.stance)
    checkpoint = classifier.checkpoint
    if form is PairFormat.JSON:
        from model.analyser import document_of, model_document

        document = document_of(judgement, min_confidence=min_confidence)
        if explanation is not None:
            document["explanation"] = explanation.document(pair)
        _write_json(sys.stdout, {"model": model_document(checkpoint), "judgements": [document]})
    else:
        from serving.table import judgement_table

        table = judgement_table(
            pair, judgement, checkpoint, min_confidence=min_confidence or 0.0, explanation=explanation
        )
        _console(sys.stdout).print(table)


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 3000,
    workers: Annotated[int, typer.Option(min=1, help="Processes, each with its own model.")] = 1,
    keys: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Ask for a key; `stance keys add` makes them.")
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(metavar="ORIGIN", help="Let pages of https://example.org ask; may be repeated, * is every page."),
    ] = None,
    insecure: Annotated[bool, typer.Option("--insecure", help="Let other machines ask without a key.")] = False,
    store: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where readers' labels are kept, and promoted models are.",
            show_default="STANCE_STORE, else ./stance-store",
        ),
    ] = None,
    no_labels: Annotated[bool, typer.Option("--no-labels", help="Take no labels from readers.")] = False,
    model: ModelOption = None,
    attribution_model: AttributionModelOption = None,
) -> None:
    """Answer over HTTP until interrupted."""
    from model.store import current_model
    from serving.server import serve as run

    if model is None and not os.environ.get("STANCE_MODEL"):
        model = current_model(store)  # once for all workers, whatever is promoted while they start
    # the server's processes read their settings from the environment
    settings = {
        "STANCE_MODEL": model,
        "STANCE_ATTRIBUTION_MODEL": attribution_model,
        "STANCE_KEYS": keys,
        "STANCE_ALLOW_ORIGIN": " ".join(allow_origin) if allow_origin else None,
        "STANCE_INSECURE": "1" if insecure else None,
        "STANCE_STORE": store,
        "STANCE_NO_LABELS": "1" if no_labels else None,
    }
    os.environ.update({variable: str(value) for variable, value in settings.items() if value is not None})
    run(host=host, port=port, workers=workers)


def _claims(given: list[str], file: Path | None) -> list[str]:
    from serving.article import read_text

    claims = [_claim(claim, option="--claim") for claim in given]
    if file is not None:
        for number, line in enumerate(read_text(str(file)).splitlines(), start=1):
            if line.strip():
                claims.append(_bounded(line.strip(), where=f"{file}:{number}"))
    if not claims:
        found = f"{file} has none" if file else "found none"
        raise typer.BadParameter(f"expected at least one claim, {found}; give --claim TEXT or --claims FILE")
    if len(claims) > MAX_CLAIMS:
        raise BadInput(f"expected at most {MAX_CLAIMS:,} claims, found {len(claims):,}; ask in several runs")
    return claims


def _claim(claim: str, *, option: str) -> str:
    return _bounded(_filled(claim, option=option), where=option)


def _filled(text: str, *, option: str) -> str:
    if not text.strip():
        raise typer.BadParameter(f"{option} expects some text, found none")
    return text


def _bounded(claim: str, *, where: str) -> str:
    if len(claim) > MAX_CLAIM_CHARACTERS:
        raise BadInput(
            f"{where}: expected a claim of at most {MAX_CLAIM_CHARACTERS:,} characters, found {len(claim):,}; "
            "a claim is one sentence"
        )
    return claim


def _status(message: str) -> "AbstractContextManager[Any]":
    """A spinner where standard error is a terminal, nothing elsewhere."""
    from rich.console import Console

    return Console(stderr=True).status(f"{message} …")


def _console(file: TextIO) -> "Console":
    from rich.console import Console

    width = None if file.isatty() or "COLUMNS" in os.environ else PIPE_CELLS
    return Console(file=file, width=width, highlight=False, markup=False)


def _write_json(file: TextIO, document: dict[str, Any]) -> None:
    file.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def _output(out: Path | None) -> "AbstractContextManager[TextIO]":
    """Standard output, or the file `out`. A lone surrogate, which only a mistyped argument has, is written escaped."""
    return nullcontext(sys.stdout) if out is None else out.open("w", encoding="utf-8", errors="backslashreplace")
