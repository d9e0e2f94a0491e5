"""The model store under everything that may happen to it: two writers, a reader meanwhile, a kill at every line."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from data.errors import BadCheckpoint, BadInput
from model.audit import AuditLog, Entry, user
from model.checkpoint import STANCE_CHECKPOINT
from model.store import GATE, ModelStore, current_model, default_store
from tests.conftest import write_tiny_checkpoint

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def candidates(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three tiny checkpoints of different weights."""
    folder = tmp_path_factory.mktemp("candidates")
    return [write_tiny_checkpoint(folder / str(seed), "stance", seed=seed) for seed in range(3)]


@pytest.fixture
def store(tmp_path: Path, candidates: list[Path]) -> ModelStore:
    """A store with two versions, the first one current."""
    store = ModelStore(tmp_path / "store")
    first, _ = [store.add(folder, gate={"passed": True}).version for folder in candidates[:2]]
    store.promote(first, why="the first")
    return store


def other(store: ModelStore) -> str:
    [version] = set(store.versions()) - set(store.history)
    return version


def run(program: str, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_without_a_store_the_shipped_model_is_current(tmp_path: Path) -> None:
    assert current_model(tmp_path / "nowhere") == STANCE_CHECKPOINT
    assert not (tmp_path / "nowhere").exists()
    assert ModelStore(tmp_path / "nowhere").versions() == []


def test_where_the_store_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STANCE_STORE", raising=False)
    assert default_store() == tmp_path / "stance-store"
    monkeypatch.setenv("STANCE_STORE", "elsewhere")
    assert default_store() == tmp_path / "elsewhere"


def test_promotion_and_rollback_one_after_the_other(store: ModelStore) -> None:
    first, second = store.history[0], other(store)
    assert store.current_folder == store.root / "models" / first
    store.promote(second, why="better")
    assert store.history == (second, first)
    assert current_model(store.root) == store.root / "models" / second
    assert store.rollback(why="worse after all").version == first
    store.rollback(why="back to the start")
    assert store.current_folder == STANCE_CHECKPOINT
    with pytest.raises(BadInput, match="nothing to take back"):
        store.rollback(why="once more")


def test_promoting_what_is_current_changes_nothing(store: ModelStore) -> None:
    before = store.history, store.audit.file.read_bytes()
    store.promote(store.history[0], why="again")
    assert (store.history, store.audit.file.read_bytes()) == before


def test_candidate_is_not_promoted_past_a_model_it_was_not_judged_against(store: ModelStore) -> None:
    with pytest.raises(BadInput, match=f"was judged against 0123456789ab, but {store.history[0]} is current by now"):
        store.promote(other(store), why="late", judged_against="0123456789ab")
    store.promote(other(store), why="in time", judged_against=store.history[0])


def test_refused_version_is_kept_with_its_reasons_and_not_promoted(store: ModelStore, candidates: list[Path]) -> None:
    kept = store.add(candidates[2], gate={"passed": False}, reasons=("worse",))
    assert store.versions(refused=True) == [kept.version]
    assert store.gate(kept.version) == {"passed": False}
    assert store.audit.entries()[-1].reasons == ("worse",)
    with pytest.raises(BadInput, match="the gate refused it"):
        store.promote(kept.version, why="please")


def test_added_version_is_the_same_bytes_read_only(store: ModelStore, candidates: list[Path]) -> None:
    added = store.add(candidates[0], gate={"something": "else"})
    assert {path.name for path in added.folder.iterdir()} == {*(path.name for path in candidates[0].iterdir()), GATE}
    for path in candidates[0].iterdir():
        assert (added.folder / path.name).read_bytes() == path.read_bytes()
        assert (added.folder / path.name).stat().st_mode & 0o777 == 0o444
    assert store.gate(added.version) == {"passed": True}, "a version that is there stays as it is"


@pytest.mark.parametrize("name", ["model.safetensors", "checkpoint.json", "manifest.json", "tokenizer.json"])
def test_altered_version_is_neither_promoted_nor_returned_to(store: ModelStore, name: str) -> None:
    first, second = store.history[0], other(store)
    store.promote(second, why="better")
    file = store.root / "models" / first / name
    file.chmod(0o644)
    file.write_bytes(file.read_bytes().replace(b'"', b"'", 1) + b" ")
    before = store.history
    with pytest.raises(BadCheckpoint):
        store.rollback(why="back")
    with pytest.raises(BadCheckpoint):
        store.promote(first, why="back")
    assert store.history == before


def test_version_altered_together_with_its_manifest_is_refused_before_loading(
    store: ModelStore, candidates: list[Path]
) -> None:
    folder = store.root / "models" / store.history[0]
    shutil.rmtree(folder)
    shutil.copytree(candidates[2], folder)  # whole in itself, but not what its name says
    with pytest.raises(BadCheckpoint, match="altered: its manifest is that of version"):
        current_model(store.root)
    with pytest.raises(BadCheckpoint, match="altered: its manifest is that of version"):
        store.read(folder.name)


@pytest.mark.parametrize("content", [b"../../elsewhere\n", b"\xff\xfe", b"0123456789ab"])
def test_damaged_pointer_is_no_reason_to_serve_another_model(store: ModelStore, content: bytes) -> None:
    (store.root / "models" / "current").write_bytes(content)
    with pytest.raises(BadCheckpoint):
        current_model(store.root)


def test_names_of_versions(store: ModelStore, candidates: list[Path]) -> None:
    assert store.find("current") == store.current_folder
    assert store.find("shipped") == STANCE_CHECKPOINT
    assert store.find(str(candidates[2])) == candidates[2]
    with pytest.raises(BadInput, match="expected current, shipped, a version or a folder"):
        store.find("nothing")


def test_audit_log_says_who_what_and_why(store: ModelStore) -> None:
    second = other(store)
    store.promote(second, why="better on energy")
    last = store.audit.entries()[-1]
    assert (last.who, last.what, last.version, last.why) == (user(), "promoted", second, "better on energy")
    assert last.before == store.history[1]


def test_torn_line_of_the_log_hurts_no_other(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    entries = [Entry(who="Ana", what="promoted", version=str(number)) for number in range(2)]
    log.append(entries[0])
    with log.file.open("ab") as file:
        file.write(b'{"who": "An')
    log.append(entries[1])
    assert log.entries() == entries


PROMOTE = """
import sys
from pathlib import Path
from model.store import ModelStore
store = ModelStore(Path(sys.argv[1]))
print(flush=True)
sys.stdin.readline()
store.promote(sys.argv[2], why="racing", judged_against=sys.argv[3] if len(sys.argv) > 3 else None)
"""


def race(store: ModelStore, versions: list[str], *more: str) -> list[int]:
    """Promote all versions at once, each in a process of its own; their exit codes."""
    processes = []
    for version in versions:
        command = [sys.executable, "-c", PROMOTE, str(store.root), version, *more]
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        processes.append(process)
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
    return [process.returncode for process in processes]


def test_two_promotions_at_once_come_one_after_the_other(store: ModelStore, candidates: list[Path]) -> None:
    third = store.add(candidates[2], gate={}).version
    first, second = store.history[0], other_than(store, third)
    assert race(store, [second, third]) == [0, 0]
    assert sorted(store.history[:2]) == sorted([second, third])
    promoted = [entry for entry in store.audit.entries() if entry.why == "racing"]
    assert [entry.version for entry in promoted] == list(reversed(store.history[:2]))
    assert [entry.before for entry in promoted] == [first, promoted[0].version]


def other_than(store: ModelStore, version: str) -> str:
    [found] = set(store.versions()) - set(store.history) - {version}
    return found


def test_of_two_judged_against_the_same_model_one_is_promoted(store: ModelStore, candidates: list[Path]) -> None:
    third = store.add(candidates[2], gate={}).version
    first = store.history[0]
    assert sorted(race(store, [other_than(store, third), third], first)) == [0, 1]
    assert store.history[1:] == (first,)


READER = """
import sys
from pathlib import Path
from data.records import LABELS
from model.checkpoint import read_checkpoint
from model.store import current_model
print(flush=True)
seen = []
while not Path(sys.argv[2]).exists():
    seen.append(read_checkpoint(current_model(Path(sys.argv[1])), task="stance", labels=LABELS).version)
print(*seen)
"""


def test_reader_finds_one_whole_model_while_others_are_promoted(store: ModelStore, tmp_path: Path) -> None:
    first, second = store.history[0], other(store)
    reader = run(READER, store.root, tmp_path / "stop")
    assert reader.stdout is not None
    reader.stdout.readline()
    for _ in range(40):
        store.promote(second, why="to and fro")
        store.rollback(why="to and fro")
    (tmp_path / "stop").touch()
    seen, errors = reader.communicate()
    assert reader.returncode == 0, errors
    assert set(seen.split()) <= {first, second}
    assert len(seen.split()) > 10


KILL = """
import os, shutil, signal, sys
from pathlib import Path
import model.audit, model.store
from model.store import ModelStore

pristine, candidate, version, work = sys.argv[1:]

def job(store):
    added = store.add(Path(candidate), gate={"passed": True}, why="killed")
    store.promote(version, why="killed")
    store.promote(added.version, why="killed")
    store.rollback(why="killed")

def dies_at(step):
    count = 0
    def trace(frame, event, argument):
        nonlocal count
        if frame.f_globals.get("__name__") not in ("model.store", "model.audit"):
            return None
        if event == "line":
            count += 1
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace
    return trace

step = 0
while True:
    step += 1
    folder = Path(work) / str(step)
    shutil.copytree(pristine, folder)
    child = os.fork()
    if child == 0:
        sys.settrace(dies_at(step))
        job(ModelStore(folder))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        sys.exit(os.waitstatus_to_exitcode(status))
    assert os.WTERMSIG(status) == signal.SIGKILL
"""


@pytest.mark.slow
def test_killed_at_any_line_the_store_has_one_whole_model_and_goes_on(
    store: ModelStore, candidates: list[Path], tmp_path: Path
) -> None:
    work = tmp_path / "killed"
    work.mkdir()
    first, second = store.history[0], other(store)
    driver = run(KILL, store.root, candidates[2], second, work)
    _, errors = driver.communicate()
    assert driver.returncode == 0, errors
    killed = sorted(work.iterdir(), key=lambda path: int(path.name))
    assert len(killed) > 100, "the job has more lines than that"
    found = set()
    for folder in killed:
        left = ModelStore(folder)
        current = left.read("current").version
        found.add(current)
        assert left.history[-1] == first
        announced = [entry.version for entry in left.audit.entries() if entry.what in ("promoted", "rolled back")]
        assert current in announced, "whatever became current had been announced"
        for version in left.versions():
            assert left.read(version).version == version
        added = left.add(candidates[2], gate={"passed": True}).version
        left.promote(added, why="after the crash")
        assert left.read("current").version == added
        left.rollback(why="to see that nothing half is left behind")
        assert {path.name for path in (folder / "models").iterdir()} == {*left.versions(), "current"}
    assert len(found) == 3, "each of the three was current at some step"


def test_what_was_announced_and_did_not_happen_is_said(store: ModelStore) -> None:
    version = other(store)
    store.audit.append(Entry(who="Ana", what="promoted", version=version, why="killed before the pointer moved"))
    store.rollback(why="next")
    assert [entry.what for entry in store.audit.entries()][-3:] == ["promoted", "interrupted", "rolled back"]


@pytest.mark.slow
def test_killed_at_random_moments(store: ModelStore) -> None:
    version = other(store)
    program = PROMOTE.replace(
        'store.promote(sys.argv[2], why="racing", ', "while True:\n    store.promote(sys.argv[2], "
    )
    program = program.replace("judged_against=sys.argv[3] if len(sys.argv) > 3 else None", 'why="again and again"')
    program += '\n    store.rollback(why="again and again")\n'
    for milliseconds in range(1, 40, 2):
        command = [sys.executable, "-c", program, str(store.root), version]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdin is not None
            process.stdout.readline()
            process.stdin.write(b"\n")
            process.stdin.flush()
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(milliseconds / 1000)
            os.kill(process.pid, signal.SIGKILL)
        assert store.read("current").version in store.versions()
    for line in store.audit.file.read_text().splitlines():
        assert json.loads(line)["who"]
