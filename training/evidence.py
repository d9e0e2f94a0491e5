"""What the gate is told of two models: everything measured here and now, on the same rows and the same machine."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.cases import BEHAVIOUR
from data.errors import BadCheckpoint
from data.held_out import OWN
from data.labelled import fingerprint, read_labelled
from data.records import Example, Pair, Stance
from data.splits import claim_key
from model.calibration import probabilities
from model.checkpoint import Checkpoint
from model.encoding import encode_pairs
from model.runtime import Runtime
from training.behaviour import measure_behaviour, read_floors
from training.card import CARD, model_card
from training.evaluate import label_ids
from training.gate import Evidence, Figures, Limits
from training.metrics import rounded
from training.resampling import ECE, SCORES, figures, noise, tally

__all__ = ["cpu_runtime", "current_limits", "frozen_examples", "judge"]

Floats = NDArray[np.floating[Any]]

FLOORS = {"macro_f1": 0.5, "macro_f1_4": 0.4, Stance.SUPPORT: 0.45, Stance.DENIAL: 0.4, Stance.HEDGE: 0.5}
"""About a tenth below the weakest shipped model on the frozen set (.618, .515, .585, .553, .715): twice its noise."""

FROZEN_FINGERPRINT = "677ab6e738a7b0330655e5ca8482fa0e70f2a6c8ab08852f242a11e9f3e81ee2"
"""That of `data/corpus/dev.jsonl`, which is changed on purpose or not at all."""

TIMED = 40


def current_limits() -> Limits:
    """What the gate allows, with the floors of the behaviour suite; raises BadInput where they cannot be read."""
    floors = {str(name): floor for name, floor in FLOORS.items()}
    return Limits(frozen=FROZEN_FINGERPRINT, floors=floors, capability_floors=read_floors(BEHAVIOUR / "floors.toml"))


def frozen_examples() -> tuple[Example, ...]:
    """The evaluation set that ships: the corpus's dev part, which nothing was ever trained on."""
    return read_labelled([OWN]).examples


def judge(
    champion: Checkpoint, candidate: Checkpoint, sets: Mapping[str, Sequence[Example]], files: Mapping[str, Path]
) -> tuple[Evidence, Evidence]:
    """The evidence of both, the candidate's with the noise of its differences, and its card and `files` looked at.

    `sets` are the evaluation sets by name; `files` are those that the candidate's facts must name, with their digests.
    """
    told = [{name: _answers(model, examples) for name, examples in sets.items()} for model in (champion, candidate)]
    first, second = (_measured(model, sets, told[place]) for place, model in enumerate((champion, candidate)))
    slower, faster = _latencies((champion, candidate), [example.pair for example in next(iter(sets.values()))])
    with_noise = {
        name: replace(
            second.sets[name],
            noise=noise(*(tally(answers[name], label_ids(examples), _claims(examples)) for answers in told)),
        )
        for name, examples in sets.items()
    }
    return replace(first, latency_ms=slower), replace(
        second,
        sets=with_noise,
        latency_ms=faster,
        changed_data=_changed(candidate.facts.data, files),
        card_gaps=_card_gaps(candidate),
    )


def _measured(checkpoint: Checkpoint, sets: Mapping[str, Sequence[Example]], told: Mapping[str, Floats]) -> Evidence:
    """What can be said of one model alone, by what it told of each set: probabilities (examples, 4)."""
    behaviour = measure_behaviour(checkpoint)
    frozen = next(iter(sets))
    exact = _probabilities(Runtime(checkpoint, engine="torch"), checkpoint, [each.pair for each in sets[frozen]])
    return Evidence(
        version=checkpoint.version,
        sets={name: _figures(examples, told[name]) for name, examples in sets.items()},
        pass_rate=behaviour["pass_rate"],
        capabilities=behaviour["capabilities"],
        changed_labels=float((exact.argmax(axis=1) != told[frozen].argmax(axis=1)).mean()),
        largest_shift=float(np.abs(exact - told[frozen]).max()),
        latency_ms=0.0,
        size_mb=sum(file.stat().st_size for file in checkpoint.folder.iterdir()) / 1e6,
    )


def cpu_runtime(checkpoint: Checkpoint) -> Runtime:
    """The engine that serves it without a GPU: OpenVINO, or PyTorch for an encoder that OpenVINO has no graph of."""
    try:
        return Runtime(checkpoint, engine="openvino")
    except BadCheckpoint:
        return Runtime(checkpoint, engine="torch")


def _answers(checkpoint: Checkpoint, examples: Sequence[Example]) -> Floats:
    return _probabilities(cpu_runtime(checkpoint), checkpoint, [example.pair for example in examples])


def _probabilities(runtime: Runtime, checkpoint: Checkpoint, pairs: Sequence[Pair]) -> Floats:
    rows = encode_pairs(checkpoint.tokenizer, pairs, max_tokens=checkpoint.facts.max_tokens)
    return probabilities(np.array(runtime.logits(rows)), checkpoint.facts.temperature)


def _figures(examples: Sequence[Example], told: Floats) -> Figures:
    counts = tally(told, label_ids(examples), _claims(examples))
    found = {name: float(values[0]) for name, values in figures(counts).items()}
    return Figures(
        fingerprint=fingerprint(examples),
        rows=len(examples),
        claims=len(counts.rows),
        scores=rounded({name: found[name] for name in SCORES}),
        ece=rounded(found[ECE]),
    )


def _claims(examples: Sequence[Example]) -> list[str]:
    return [claim_key(example.pair.claim) for example in examples]


def _latencies(models: Sequence[Checkpoint], pairs: Sequence[Pair]) -> list[float]:
    """The median milliseconds of one pair; the models take turns, so that a busy moment falls on all alike."""
    runtimes = [cpu_runtime(model) for model in models]
    encoded = [encode_pairs(model.tokenizer, pairs, max_tokens=model.facts.max_tokens)[:TIMED] for model in models]
    times: list[list[float]] = [[] for _ in models]
    for turn in zip(*encoded, strict=True):
        for place, row in enumerate(turn):
            start = time.perf_counter()
            runtimes[place].logits([row])
            times[place].append(1000 * (time.perf_counter() - start))
    return [round(median(each), 2) for each in times]


def _changed(recorded: Mapping[str, Any], files: Mapping[str, Path]) -> tuple[str, ...]:
    return tuple(
        name
        for name, file in files.items()
        if not file.is_file() or recorded.get(name) != hashlib.sha256(file.read_bytes()).hexdigest()
    )


def _card_gaps(checkpoint: Checkpoint) -> tuple[str, ...]:
    """What of a model's card is missing: what it was made from and how, its figures, or the card itself."""
    facts = checkpoint.facts
    there = {
        "what data it was made from": bool(facts.data),
        "how it was trained": bool(facts.recipe.get("stages")) and bool(facts.recipe.get("dev")),
        "from which model it was made": bool(facts.base_model),
        "when it was made": bool(facts.created),
        "its figures": {"n", "macro_f1", "f1", "ece", "confusion"} <= facts.metrics.keys(),
    }
    card = checkpoint.folder / CARD
    whole = card.is_file() and card.read_text(encoding="utf-8") == model_card(checkpoint)
    return (*(name for name, found in there.items() if not found), *(() if whole else ("what its facts say: no card",)))
