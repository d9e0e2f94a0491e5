"""Cards: what a checkpoint or the corpus is, is for and was made of, with every figure from the files themselves."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from data.labelled import LabelledData
from data.records import LABELS
from data.sources import Source, sources
from model.checkpoint import Checkpoint

__all__ = ["CARD", "corpus_card", "model_card", "write_model_card"]

CARD = "CARD.md"
"""In a checkpoint it stands beside the files that the manifest covers: it may be written anew at any time."""


def write_model_card(checkpoint: Checkpoint) -> Path:
    """Write the card into the checkpoint's folder; where it is."""
    card = checkpoint.folder / CARD
    card.write_text(model_card(checkpoint), encoding="utf-8")
    return card


def model_card(checkpoint: Checkpoint) -> str:
    """The card of a checkpoint, from its facts and from where the public data sets that its recipe names are from."""
    facts = checkpoint.facts
    stages: list[dict[str, Any]] = facts.recipe.get("stages", [])
    return _render(
        "model_card.md",
        facts=facts,
        version=checkpoint.version,
        labels=LABELS,
        figures=list(_flat({name: value for name, value in facts.metrics.items() if name != "confusion"})),
        confusion=facts.metrics.get("confusion"),
        stages=stages,
        public=_public(stages),
    )


def corpus_card(parts: Mapping[str, LabelledData]) -> str:
    """The card of the project's own corpus, from what its files hold, each by its name."""
    notes = Counter(example.note for part in parts.values() for example in part.examples)
    return _render(
        "corpus_card.md",
        labels=LABELS,
        rows=[
            {
                "name": name,
                "n": len(part.examples),
                "claims": len({example.pair.claim for example in part.examples}),
                "stances": [sum(example.stance is label for example in part.examples) for label in LABELS],
                "fingerprint": part.fingerprint,
            }
            for name, part in parts.items()
        ],
        notes=[
            (note, [sum(example.note == note for example in part.examples) for part in parts.values()])
            for note, _ in sorted(notes.items(), key=lambda item: (-item[1], item[0]))
        ],
    )


def _render(template: str, **values: Any) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=False,  # noqa: S701 - Markdown of our own names and figures, no page
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(values)


def _public(stages: list[dict[str, Any]]) -> dict[str, Source]:
    """The public data sets of some stages, where they are still known."""
    known = sources()
    named = (name for stage in stages for name in stage.get("sources", ()))
    return {name: known[name] for name in named if name in known}


def _flat(figures: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Each figure by its path, to three places."""
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path} {name}".strip())
        else:
            shown = "–" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)
            yield f"{path} {name}".strip(), shown
