"""`stance models` as it is typed: on a store with versions, a refused one and a broken one."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from model.checkpoint import STANCE_CHECKPOINT
from model.store import ModelStore
from stance import app
from tests.conftest import write_tiny_checkpoint


@pytest.fixture
def store(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    """Two versions that passed, the first of them current, and a refused one."""
    folder = tmp_path_factory.mktemp("made")
    store = ModelStore(tmp_path / "store")
    made = [write_tiny_checkpoint(folder / str(seed), "stance", seed=seed) for seed in range(3)]
    first = store.add(made[0], gate={"passed": True}).version
    store.promote(first, why="first")
    store.add(made[1], gate={"passed": True, "champion": {"version": first}})
    store.add(made[2], gate={"passed": False}, reasons=("size: too large",))
    return store


def models(store: ModelStore, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["models", arguments[0], "--store", str(store.root), *arguments[1:]])


def second(store: ModelStore) -> str:
    [version] = set(store.versions()) - set(store.history)
    return version


def test_list_names_every_version_and_what_was_done(store: ModelStore) -> None:
    document = json.loads(models(store, "list", "--format", "json").stdout)
    assert document["models"][0]["state"] == "shipped"
    assert sorted(row["state"] for row in document["models"]) == ["current", "passed", "refused", "shipped"]
    assert [entry["what"] for entry in document["audit"]] == ["added", "promoted", "added", "refused"]
    table = models(store, "list").stdout
    for row in document["models"]:
        assert row["version"] in table


def test_list_without_a_store_names_the_shipped_model(tmp_path: Path) -> None:
    document = json.loads(models(ModelStore(tmp_path / "none"), "list", "--format", "json").stdout)
    assert [row["state"] for row in document["models"]] == ["current"]
    assert not (tmp_path / "none").exists()


def test_show_has_the_facts_and_the_gate(store: ModelStore) -> None:
    document = json.loads(models(store, "show", second(store)).stdout)
    assert document["version"] == second(store)
    assert document["name"] == "tiny-stance"
    assert document["gate"]["champion"]["version"] == store.history[0]
    assert json.loads(models(store, "show").stdout)["version"] == store.history[0]
    assert json.loads(models(store, "show", "shipped").stdout)["folder"] == str(STANCE_CHECKPOINT)


def test_verify_finds_the_one_that_is_not_whole(store: ModelStore) -> None:
    whole = models(store, "verify")
    assert whole.exit_code == 0
    assert whole.stdout.count("whole") == 4
    weights = store.root / "models" / second(store) / "model.safetensors"
    weights.chmod(0o644)
    weights.write_bytes(weights.read_bytes()[:-1])
    broken = models(store, "verify")
    assert broken.exit_code == 1
    assert "altered or cut short" in broken.stderr
    assert "not whole" in models(store, "list").stdout


def test_promote_and_roll_back(store: ModelStore) -> None:
    first, then = store.history[0], second(store)
    done = models(store, "promote", then, "--why", "agreed")
    assert done.stdout == f"{then} is current, after {first}\n"
    assert done.stderr == ""
    assert models(store, "rollback", "--why", "not so good").stdout == f"{first} is current, after {then}\n"
    assert [entry.why for entry in store.audit.entries()][-2:] == ["agreed", "not so good"]


def test_promotion_of_what_was_judged_beside_another_is_told(store: ModelStore) -> None:
    then = second(store)
    store.rollback(why="to the shipped one")
    done = models(store, "promote", then, "--why", "agreed")
    assert done.exit_code == 0
    assert f"the gate judged {then} beside" in done.stderr


def test_refused_version_is_not_promoted(store: ModelStore) -> None:
    [refused] = store.versions(refused=True)
    done = models(store, "promote", refused, "--why", "please")
    assert done.exit_code == 1
    assert "the gate refused it" in str(done.exception)
    assert models(store, "promote", refused).exit_code == 2, "a reason has to be given"


def test_compare_measures_both_on_the_same_rows(store: ModelStore, tmp_path: Path) -> None:
    rows = [{"claim": f"the wall {n}", "statement": "he said so", "stance": "support"} for n in range(4)]
    (tmp_path / "ours.jsonl").write_text("\n".join(map(json.dumps, rows)))
    done = models(
        store, "compare", "current", second(store), "--eval", str(tmp_path / "ours.jsonl"), "--format", "json"
    )
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["candidate"]["version"] == second(store)
    assert document["candidate"]["sets"].keys() == {"frozen", "given"}
    assert document["passed"] is False
    assert "card: does not say how it was trained" in document["reasons"]
    table = models(store, "compare", "current", "current").stdout
    assert "frozen macro_f1" in table
