"""What is measured: our server and the ones that a user might pick instead, each with its own way to be asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.texts import Texts, invented_pairs
from benchmarks.wire import post

__all__ = ["OURS", "PEERS", "ROOT", "SYSTEMS", "System"]

ROOT = Path(__file__).parent.parent

DISTINCT = 16_384
"""Pairs before they repeat: more than any of the systems ever has waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A server. `body` puts pairs into a request and `labels` reads the most probable label of each from an answer."""

    name: str
    package: str = ""
    arguments: tuple[str, ...]
    path: str
    body: Callable[[Sequence[Texts]], object]
    labels: Callable[[Any], list[str]]
    ready: str = "/health"

    def command(self, python: str, **values: object) -> list[str]:
        """How it is started; `values` fill in port, workers, the checkpoint's folder and the precision."""
        return [python, "-m", *(argument.format(**values) for argument in self.arguments)]

    def requests(self, *, pairs: int, seed: int) -> list[bytes]:
        """Distinct requests of `pairs` pairs each."""
        texts = invented_pairs(DISTINCT, seed=seed)
        return [post(self.path, self.body(texts[start : start + pairs])) for start in range(0, DISTINCT, pairs)]


def _objects(pairs: Sequence[Texts]) -> object:
    return {"pairs": [pair._asdict() for pair in pairs]}


def _single_texts(pairs: Sequence[Texts]) -> object:
    return {"model": "stance", "input": [f"{pair.claim} {pair.statement}" for pair in pairs]}


def _best(probabilities: dict[str, float]) -> str:
    return max(probabilities, key=lambda label: probabilities[label])


def _judgements(answer: Any) -> list[str]:
    return [_best(judgement["probabilities"]) for judgement in answer["judgements"]]


def _each_best(answer: Any) -> list[str]:
    return [_best(probabilities) for probabilities in answer]


def _sorted_scores(answer: Any) -> list[str]:
    return [scores[0]["label"] for scores in answer["data"]]


def _peer(name: str, module: str, **more: Any) -> System:
    arguments = (f"benchmarks.peers.{module}", "{model}", "{port}", "{dtype}")
    return System(**{"name": name, "arguments": arguments, "body": _objects, "labels": _each_best, **more})


OURS = System(
    name="stance serve",
    arguments=("stance", "serve", "--port", "{port}", "--workers", "{workers}"),
    path="/v1/stance",
    ready="/readyz",
    body=_objects,
    labels=_judgements,
)

PEERS = (
    _peer("Starlette + pipeline", "starlette_pipeline", package="starlette", path="/classify"),
    _peer("LitServe", "litserve_pairs", package="litserve", path="/predict"),
    _peer("BentoML batchable", "bentoml_batchable", package="bentoml", path="/classify", ready="/readyz"),
    _peer(
        "infinity (one text)",
        "infinity_texts",
        package="infinity_emb",
        path="/classify",
        body=_single_texts,
        labels=_sorted_scores,
    ),
)

SYSTEMS = {system.name: system for system in (OURS, *PEERS)}
