"""A retraining, end to end: real training of a tiny encoder from a store's current model, the gate, the promotion."""

import json
import logging
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from data.errors import BadInput, BadRecipe
from data.label_store import LabelStore
from data.records import LABELS, Example, LabelRecord, Pair
from data.splits import Side, side_of
from model.calibration import log_softmax
from model.checkpoint import read_checkpoint
from model.classifier import StanceClassifier
from model.store import GATE, ModelStore
from stance import app
from training.card import CARD, model_card
from training.evidence import FROZEN_FINGERPRINT, current_limits, frozen_examples
from training.gate import FROZEN, Limits
from training.recipe import Recipe, Stage
from training.retrain import Retraining, matched_threshold
from training.retrain_data import Labels, RetrainData, gather, read_labels

WORDS = {"support": "said", "denial": "denied", "hedge": "he", "unrelated": "she"}

LENIENT = Limits(
    frozen=FROZEN_FINGERPRINT,
    floors={},
    capability_floors={},
    standard_errors=50.0,
    ece_ceiling=1.0,
    ece_rise=1.0,
    capability_drop=1.0,
    pass_rate_drop=1.0,
    changed_labels=0.2,
    largest_shift=1.0,
    latency_ms=1000.0,
)
"""What lets a letter-by-letter encoder pass, which knows nothing of the frozen set."""

trains = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),  # transformers and accelerate warn of their own affairs while training
]

shares = st.integers(0, 1000).map(lambda number: number / 1000)
relevances = st.lists(shares, min_size=1, max_size=40)


@given(relevances, shares, st.data())
def test_threshold_shows_as_many_relevant_rows_as_before(before, threshold, data):
    after = np.array(data.draw(st.lists(shares, min_size=len(before), max_size=len(before), unique=True)))
    matched = matched_threshold(np.array(before), after, threshold=threshold)
    assert 0 <= matched <= 1
    shown = sum(value >= threshold for value in before)
    if shown:
        assert sum(after >= matched) == shown
    assert shown or matched == threshold


@given(relevances, shares)
def test_same_model_shows_the_same_rows(values, threshold):
    relevance = np.array(values)
    matched = matched_threshold(relevance, relevance, threshold=threshold)
    assert ((relevance >= matched) == (relevance >= threshold)).all()


def test_frozen_set_is_the_one_that_the_floors_were_set_on():
    limits = current_limits()
    assert Labels(frozen_examples(), ()).fingerprint == limits.frozen
    assert set(limits.floors) == {"macro_f1", "macro_f1_4", "support", "denial", "hedge"}
    assert len(limits.capability_floors) == 24


@pytest.fixture
def store(tmp_path, stance_checkpoint) -> ModelStore:
    """A store whose current model is the tiny one."""
    store = ModelStore(tmp_path / "store")
    store.promote(store.add(stance_checkpoint, gate={}).version, why="to begin with")
    return store


def invented(claims: int = 40) -> Labels:
    """Pairs whose statement gives its label away, so that even a tiny encoder learns them."""
    return Labels(
        tuple(
            Example(Pair(f"the wall {number}", f"{WORDS[label]} {WORDS[label]} {number}"), label, group=f"a{number}")
            for number in range(claims)
            for label in LABELS
        ),
        (),
    )


def retraining(store: ModelStore, labels: Labels, *, recipe: Recipe | None = None) -> Retraining:
    """With replay of the labels themselves: the corpus would take the tiny encoder a while."""
    nowhere = store.root / "nowhere"
    found = gather(labels, data=nowhere)
    found = RetrainData(found.splits, found.splits.train[:32], found.evaluation)
    return Retraining(labels, found, store=store, data=nowhere, recipe=recipe)


def pair_file(path: Path, labels: Labels) -> Path:
    rows = [
        {"claim": each.pair.claim, "statement": each.pair.statement, "stance": each.stance} for each in labels.examples
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def test_labels_fall_to_their_sides_beside_the_frozen_set(tmp_path):
    labels = invented()
    found = gather(labels, data=tmp_path)
    assert set(found.evaluation) == {FROZEN, "new"}
    assert found.evaluation["new"] == found.splits.test
    assert {side_of(row.pair.claim) for row in found.splits.train} == {Side.TRAIN}
    assert len(found.replay) == 512
    assert not {row.pair for row in found.replay} & {row.pair for row in frozen_examples()}
    more = gather(invented(120), data=tmp_path)
    assert found.replay == more.replay[:512], "the same rows come first whatever is new"


def test_labels_that_are_measured_with_are_not_learned(tmp_path):
    frozen = frozen_examples()
    found = gather(Labels((*frozen, *invented(8).examples), ()), data=tmp_path)
    assert not {row.pair for row in found.splits.train} & {row.pair for row in frozen}
    given = pair_file(tmp_path / "given.jsonl", invented(8))
    with pytest.raises(BadInput, match="expected labels to learn from, found 32 rows that are all measured with"):
        gather(invented(8), data=tmp_path, evaluation=[given])


def test_without_a_file_the_labels_of_the_store_are_read(tmp_path):
    with pytest.raises(BadInput, match=r"labels\.sqlite: expected labels there, found none"):
        read_labels([], store=tmp_path)
    pair, torn = Pair("the wall", "it fell"), Pair("the wall", "it stood")
    given = [
        (pair, "support", "Ana"),
        (pair, "support", "Bo"),
        (pair, "hedge", "Cy"),
        (torn, "denial", "Ana"),
        (torn, "hedge", "Bo"),
    ]
    with LabelStore.open(tmp_path / "labels.sqlite") as labels:
        labels.add(
            LabelRecord(pair=each, stance=LABELS[LABELS.index(stance)], annotator=who) for each, stance, who in given
        )
    found = read_labels([], store=tmp_path)
    assert [(example.pair, example.stance) for example in found.examples] == [(pair, "support")]
    assert len(found.set_aside) == 1


@pytest.fixture(scope="module")
def promoted(tmp_path_factory, stance_checkpoint):
    """A store after a retraining that the gate let pass, and what came of it."""
    store = ModelStore(tmp_path_factory.mktemp("promoted") / "store")
    store.promote(store.add(stance_checkpoint, gate={}).version, why="to begin with")
    return store, retraining(store, invented()).run(LENIENT, why="the desk's labels")


class TestPromotion:
    pytestmark = trains

    def test_candidate_is_current_and_whole(self, promoted):
        store, outcome = promoted
        assert outcome.decision.passed, outcome.decision.reasons
        assert outcome.promoted
        assert store.read("current") == outcome.candidate
        assert store.history[1] == outcome.document["champion"]["version"]
        assert [entry.what for entry in store.audit.entries()] == ["added", "promoted", "added", "promoted"]
        assert store.audit.entries()[-1].why == "the desk's labels"
        assert not any((store.root / "work").iterdir())

    def test_it_has_learned(self, promoted):
        store, outcome = promoted
        labels = [each for each in invented().examples if side_of(each.pair.claim) is Side.TRAIN]
        gold = [LABELS.index(each.stance) for each in labels]
        losses = []
        for model in (store.read(store.history[1]), outcome.candidate):
            told = log_softmax(StanceClassifier(model).logits([each.pair for each in labels]))
            losses.append(-told[np.arange(len(gold)), gold].mean())
        assert losses[1] < losses[0]

    def test_it_says_where_it_comes_from_and_nothing_of_this_machine(self, promoted, stance_checkpoint):
        store, outcome = promoted
        facts = outcome.candidate.facts
        champion = store.read(store.history[1])
        assert facts.name == champion.facts.name
        assert facts.base_model == f"tiny-stance {champion.version}"
        assert facts.recipe["retrained_from"] == champion.version
        assert facts.recipe["stages"][0]["files"] == ["labels.jsonl", "replay.jsonl"]
        assert set(facts.data) == {
            "labels.jsonl",
            "replay.jsonl",
            "calibration.jsonl",
            "corpus/dev.jsonl",
            "labels given",
        }
        assert str(store.root) not in (outcome.candidate.folder / "checkpoint.json").read_text()
        assert (outcome.candidate.folder / CARD).read_text() == model_card(outcome.candidate)

    def test_it_shows_as_much_as_before(self, promoted):
        store, outcome = promoted
        pairs = [each.pair for each in frozen_examples() if each.stance != "unrelated"]
        shares = []
        for model in (store.read(store.history[1]), outcome.candidate):
            relevance = 1 - StanceClassifier(model).predict(pairs)[:, 3]
            shares.append((relevance >= model.facts.relevance_threshold).mean())
        assert shares[1] == pytest.approx(shares[0], abs=0.1)

    def test_rollback_serves_the_champion_again(self, promoted, tmp_path):
        store, outcome = promoted
        copy = ModelStore(shutil.copytree(store.root, tmp_path / "copy"))
        assert copy.rollback(why="no").version == outcome.document["champion"]["version"]


class TestRefusal:
    pytestmark = trains

    def test_refused_candidate_is_kept_with_every_reason(self, store):
        before = store.history
        outcome = retraining(store, invented(16)).run(
            replace(LENIENT, size_mb=0.001, size_ratio=0.001, changed_labels=-1.0)
        )
        assert [reason.figure for reason in outcome.decision.reasons] == ["parity labels", "size"]
        assert not outcome.promoted
        assert store.history == before
        assert outcome.candidate.folder == store.root / "refused" / outcome.candidate.version
        kept = json.loads((outcome.candidate.folder / GATE).read_text())
        assert kept["reasons"] == [str(reason) for reason in outcome.decision.reasons]
        assert store.audit.entries()[-1].reasons == tuple(kept["reasons"])

    def test_data_that_change_before_the_gate_are_a_reason(self, store):
        labels = invented(16)
        first = retraining(store, labels)
        with first.working():
            files = first.found.write(first.work)
            candidate = first.candidate(files)
            files["labels.jsonl"].write_text("")
            found = first.judged(candidate, files)[1]
        assert found.changed_data == ("labels.jsonl",)

    def test_poisoned_labels_by_command(self, store, tmp_path):
        labels = pair_file(tmp_path / "labels.jsonl", invented(12))
        command = ["retrain", str(labels), "--store", str(store.root), "--data", str(tmp_path)]
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 1, done.output
        document = json.loads(done.stdout)
        assert document["passed"] is False
        assert document["promoted"] is False
        assert any(reason.startswith("frozen macro_f1") for reason in document["reasons"])
        assert "refused: frozen macro_f1" in done.stderr
        assert store.versions(refused=True) == [document["version"]]


class TestInterruption:
    pytestmark = trains

    def test_goes_on_where_it_was(self, store, caplog):
        labels = invented(16)
        first = retraining(store, labels)
        with first.working():
            candidate = first.candidate(first.found.write(first.work)).version
        again = retraining(store, labels)
        assert again.plan()["resumes"]
        with caplog.at_level(logging.INFO):
            outcome = again.run(LENIENT)
        assert outcome.candidate.version == candidate
        assert "stage" not in caplog.text

    def test_one_at_a_time(self, store):
        first, second = retraining(store, invented(16)), retraining(store, invented(16))
        with first.working(), pytest.raises(BadInput, match="the same retraining is under way in another process"):
            second.run(LENIENT)

    def test_model_promoted_meanwhile_is_not_pushed_aside(self, store, tmp_path_factory):
        from tests.conftest import write_tiny_checkpoint

        job = retraining(store, invented(16))
        other = store.add(write_tiny_checkpoint(tmp_path_factory.mktemp("other") / "it", "stance", seed=9), gate={})
        store.promote(other.version, why="meanwhile")
        with pytest.raises(BadInput, match="is current by now: run the retraining again"):
            job.run(LENIENT)
        assert store.history[0] == other.version


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_from_scratch_by_a_recipe(store, stance_checkpoint, tmp_path):
    pair_file(tmp_path / "base.jsonl", invented(6))
    recipe = Recipe(
        name="tiny",
        task="stance",
        base_model=str(stance_checkpoint),
        max_tokens=64,
        dev=("corpus/dev.jsonl",),
        stages=(Stage(name="base", files=(str(tmp_path / "base.jsonl"),), epochs=1, learning_rate=0.01, batch_size=8),),
    )
    outcome = retraining(store, invented(16), recipe=recipe).run(LENIENT, promote=False)
    assert outcome.decision.passed
    assert not outcome.promoted
    facts = read_checkpoint(outcome.candidate.folder, task="stance", labels=LABELS).facts
    assert facts.recipe["stages"][-1]["files"][-1] == "labels.jsonl"
    with pytest.raises(BadRecipe, match="expected a recipe for task stance, found one for attribution"):
        retraining(store, invented(16), recipe=recipe.model_copy(update={"task": "attribution"}))
    with pytest.raises(BadRecipe, match=r"teach against labels that they have not seen.* such as tiny\.toml"):
        retraining(store, invented(16), recipe=recipe.model_copy(update={"teachers": (recipe,)}))


def test_dry_run_says_what_would_be_done_and_does_nothing(store, tmp_path):
    labels = pair_file(tmp_path / "labels.jsonl", invented(12))
    labels.write_text(labels.read_text() + '\n{"claim": "the wall", "statement": "fell", "stance": "maybe"}')
    before = sorted(store.root.rglob("*"))
    command = ["retrain", str(labels), "--store", str(store.root), "--data", str(tmp_path), "--dry-run"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    plan = json.loads(done.stdout)
    assert plan["champion"]["version"] == store.history[0]
    assert plan["labels"]["train"] + plan["labels"]["calibration"] + plan["labels"]["test"] == 48
    assert plan["steps"] == -(-3 * (plan["labels"]["train"] + 512) // 32)
    assert plan["resumes"] is False
    assert "set aside:" in done.stderr
    assert sorted(store.root.rglob("*")) == before
