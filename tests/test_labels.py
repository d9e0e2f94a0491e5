"""What a reader says of a pair is in the store when it is answered, by its author, and can be taken back."""

import asyncio
import json
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from data.errors import BadInput
from data.label_store import LabelStore, Withdrawal
from data.records import LabelRecord, Pair, Span, Stance
from model.analyser import Analyser
from serving.errors import RequestError
from serving.http import create_app
from serving.keys import add_key
from serving.label_schemas import LabelRequest, LabelResponse, LabelsResponse
from serving.labels import Labels, labels_from_environment
from serving.limits import LIMITS
from serving.schemas import ErrorResponse
from serving.security import Access
from tests.server_process import PATIENCE_SECONDS, environment, free_port, running

ROOT = Path(__file__).parents[1]
PAIR = {"claim": "The dam was safe.", "statement": "It was never safe.", "speaker": "Ada Novak", "cue": "said"}
LABEL = {"pair": PAIR, "stance": "denial"}
FULL = LABEL | {
    "annotator": "ana",
    "article": "desk/7",
    "spans": [[3, 9], [20, 26]],
    "suggestion": "hedge",
    "reason": "unsure",
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "store" / "labels.sqlite"


def client_of(analyser: Analyser, place: Path | str, access: Access | None = None) -> TestClient:
    labels = Labels(place, analyser.classifier.checkpoint)
    return TestClient(
        create_app(analyser, labels=labels, guards=(access or Access()).guards()), base_url="http://127.0.0.1"
    )


@pytest.fixture
def client(analyser: Analyser, place: Path) -> TestClient:
    return client_of(analyser, place)


def error_of(answer: Any) -> tuple[int, str]:
    error = ErrorResponse.model_validate(answer.json()).error
    return answer.status_code, error.message


def test_a_label_is_in_the_store_as_it_was_given(client: TestClient, place: Path, analyser: Analyser) -> None:
    before = datetime.now(UTC)
    answer = client.post("/v1/labels", json=FULL)
    assert answer.status_code == 201
    kept = LabelResponse.model_validate(answer.json())
    assert (kept.total, kept.new) == (1, 1)
    with LabelStore.open(place) as store:
        [stored] = store.labels()
    at = stored.label.labelled_at
    assert at is not None
    assert before <= at <= datetime.now(UTC)
    assert stored.id == kept.id
    assert stored.label == LabelRecord(
        pair=Pair(**PAIR),
        stance=Stance.DENIAL,
        annotator="ana",
        labelled_at=at,
        group="desk/7",
        origin="page",
        model=analyser.classifier.checkpoint.version,
        suggestion=Stance.HEDGE,
        reason="unsure",
        article="desk/7",
        spans=(Span(3, 9), Span(20, 26)),
    )


def test_what_is_not_said_is_empty(client: TestClient, place: Path) -> None:
    client.post("/v1/labels", json=LABEL)
    with LabelStore.open(place) as store:
        [stored] = store.labels()
    label = stored.label
    assert (label.annotator, label.article, label.spans, label.suggestion, label.reason) == ("", "", (), None, "")


def test_the_counts_are_those_of_the_labels_in_force(client: TestClient, place: Path, analyser: Analyser) -> None:
    since = analyser.classifier.checkpoint.facts.created
    assert client.get("/v1/labels").json() == {"total": 0, "new": 0, "since": since}
    assert not place.parent.exists()  # made with the first label
    for stance in ("support", "denial"):
        client.post("/v1/labels", json=LABEL | {"stance": stance})
    client.post("/v1/labels", json=LABEL | {"annotator": "bo"})
    answer = client.get("/v1/labels")
    assert LabelsResponse.model_validate(answer.json()).total == 2
    assert "safe" not in answer.text


def test_only_what_came_after_the_model_is_new(place: Path, analyser: Analyser) -> None:
    checkpoint = analyser.classifier.checkpoint
    client_of(analyser, place).post("/v1/labels", json=LABEL)
    facts = checkpoint.facts.model_copy(update={"created": "2999-01-01T00:00:00+00:00"})
    later = Labels(place, type(checkpoint)(checkpoint.folder, checkpoint.version, facts))
    assert asyncio.run(later.counts()) == {"total": 1, "new": 0, "since": facts.created}


def test_taking_back_brings_the_one_before_back_and_forgets_nothing(client: TestClient, place: Path) -> None:
    first, second = (client.post("/v1/labels", json=LABEL | {"stance": s}).json()["id"] for s in ("hedge", "support"))
    answer = client.delete(f"/v1/labels/{second}")
    assert (answer.status_code, answer.json()["total"]) == (200, 1)
    with LabelStore.open(place) as store:
        [stored] = store.labels()
        *_, last = store.history()
    assert (stored.id, stored.label.stance) == (first, Stance.HEDGE)
    assert isinstance(last, Withdrawal)
    assert (last.id, last.label_id) == (answer.json()["id"], second)
    assert client.delete(f"/v1/labels/{first}").json()["total"] == 0


@pytest.mark.parametrize("number", ["0", "7", "-1", "1.0", "x", "01", "²", "9" * 30, "2147483648", "%20", "1%0a"])
def test_what_is_no_label_of_the_store_is_404(client: TestClient, place: Path, number: str) -> None:
    assert client.delete(f"/v1/labels/{number}").status_code == 404
    assert not place.exists()
    client.post("/v1/labels", json=LABEL)
    assert client.delete(f"/v1/labels/{number}").status_code == 404
    assert client.get("/v1/labels").json()["total"] == 1


def test_a_label_is_taken_back_once_and_a_withdrawal_never(client: TestClient) -> None:
    number = client.post("/v1/labels", json=LABEL).json()["id"]
    withdrawal = client.delete(f"/v1/labels/{number}").json()["id"]
    for gone in (number, withdrawal):
        assert error_of(client.delete(f"/v1/labels/{gone}"))[0] == 404


def test_with_keys_a_label_is_by_the_key_s_name_and_its_own_to_take_back(
    analyser: Analyser, place: Path, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.txt"
    ana, bo = ({"Authorization": f"Bearer {add_key(name, keys)}"} for name in ("ana", "bo"))
    client = client_of(analyser, place, Access(keys=keys))
    for method, path in (("POST", "/v1/labels"), ("GET", "/v1/labels"), ("DELETE", "/v1/labels/1")):
        assert client.request(method, path, json=LABEL).status_code == 401
    number = client.post("/v1/labels", json=FULL | {"annotator": "bo"}, headers=ana).json()["id"]
    assert client.delete(f"/v1/labels/{number}", headers=bo).status_code == 404
    with LabelStore.open(place) as store:
        assert [stored.label.annotator for stored in store.labels()] == ["ana"]
    assert client.delete(f"/v1/labels/{number}", headers=ana).status_code == 200
    with LabelStore.open(place) as store:
        assert [entry.annotator for entry in store.history() if isinstance(entry, Withdrawal)] == ["ana"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"pair": None}, "pair"),
        ({"pair": PAIR | {"claim": " "}}, "pair.claim"),
        ({"pair": PAIR | {"statement": "x" * (LIMITS.statement_characters + 1)}}, "pair.statement"),
        ({"pair": PAIR | {"cue": "sa\0id"}}, "body"),
        ({"stance": "maybe"}, "stance"),
        ({"stance": None}, "stance"),
        ({"suggestion": "skip"}, "suggestion"),
        ({"annotator": "a" * 101}, "annotator"),
        ({"annotator": "\0"}, "body"),
        ({"annotator": "\ud800"}, "annotator"),
        ({"article": "a" * (LIMITS.note_characters + 1)}, "article"),
        ({"spans": [[3]]}, "spans[0]"),
        ({"spans": [[3, 4, 5]]}, "spans[0]"),
        ({"spans": [[3, 3]]}, "spans"),
        ({"spans": [[5, 9], [3, 4]]}, "spans"),
        ({"spans": [[-1, 9]]}, "spans[0][0]"),
        ({"spans": [[0, True]]}, "spans[0][1]"),
        ({"spans": [[0, 10**40]]}, "spans[0][1]"),
        ({"spans": [{"start": 1, "end": 2}]}, "spans[0]"),
        ({"spans": [[0, 1]] * (LIMITS.spans + 1)}, "spans"),
        ({"labelled_at": "2020-01-01"}, "labelled_at"),
    ],
)
def test_a_label_that_is_wrong_is_422_and_kept_nowhere(
    client: TestClient, place: Path, change: dict[str, object], field: str
) -> None:
    answer = client.post("/v1/labels", content=json.dumps(FULL | change), headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    [detail] = ErrorResponse.model_validate(answer.json()).error.details
    assert detail.field == field
    assert not place.exists()


texts = st.text(max_size=20)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(pair=st.fixed_dictionaries({"claim": texts, "statement": texts, "context": texts}), annotator=texts)
def test_any_text_is_kept_letter_for_letter_or_refused(
    client: TestClient, place: Path, pair: dict[str, str], annotator: str
) -> None:
    body = json.dumps({"pair": pair, "stance": "hedge", "annotator": annotator})
    answer = client.post("/v1/labels", content=body, headers={"Content-Type": "application/json"})
    fine = pair["claim"].strip() and pair["statement"].strip() and "\0" not in "".join([*pair.values(), annotator])
    assert answer.status_code == (201 if fine else 422)
    if fine:
        with LabelStore.open(place) as store:
            *_, last = store.labels()
        assert (last.label.pair, last.label.annotator) == (Pair(**pair), annotator)


def test_a_store_that_cannot_be_written_is_503_with_a_sentence(
    analyser: Analyser, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked, broken = tmp_path / "file", tmp_path / "broken.sqlite"
    blocked.write_text("")
    broken.write_text("no database " * 100)
    for place in (blocked / "labels.sqlite", broken, "postgresql://nobody:secret@127.0.0.1:1/none"):
        client = client_of(analyser, place)
        answer = client.post("/v1/labels", json=LABEL)
        assert error_of(answer) == (503, "the label store cannot be read or written; the server's log says why")
        assert int(answer.headers["Retry-After"]) > 0
        assert client.get("/readyz").status_code == 200
    assert len(caplog.messages) >= 3
    assert not [line for line in caplog.messages if "secret" in line or "safe" in line]


def test_a_store_that_comes_back_takes_labels_again(analyser: Analyser, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    folder.write_text("in the way")
    client = client_of(analyser, folder / "labels.sqlite")
    assert client.post("/v1/labels", json=LABEL).status_code == 503
    folder.unlink()
    assert client.post("/v1/labels", json=LABEL).status_code == 201


def test_who_comes_when_too_many_wait_is_told_to_come_back(analyser: Analyser, place: Path) -> None:
    labels = Labels(place, analyser.classifier.checkpoint)
    asked = LabelRequest.model_validate(LABEL)

    async def scenario() -> None:
        first = await labels.add(asked, holder=None)
        other = sqlite3.connect(place, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        waiting = [asyncio.ensure_future(labels.add(asked, holder=str(n))) for n in range(LIMITS.waiting_labels)]
        await asyncio.sleep(0)
        with pytest.raises(RequestError) as refused:
            await labels.add(asked, holder=None)
        assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "1"})
        other.execute("COMMIT")
        other.close()
        assert len({answer["id"] for answer in await asyncio.gather(*waiting)} | {first["id"]}) == len(waiting) + 1
        assert (await labels.counts())["total"] == len(waiting) + 1

    asyncio.run(scenario())


def test_the_place_is_the_environment_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANCE_STORE", str(tmp_path))
    assert labels_from_environment({}) == tmp_path / "labels.sqlite"
    assert labels_from_environment({"STANCE_LABELS_URL": "postgresql://h/d"}) == "postgresql://h/d"
    assert labels_from_environment({"STANCE_NO_LABELS": "1"}) is None
    with pytest.raises(BadInput, match=r"^STANCE_NO_LABELS: expected 1 or 0"):
        labels_from_environment({"STANCE_NO_LABELS": "perhaps"})
    monkeypatch.delenv("STANCE_STORE")
    monkeypatch.chdir(tmp_path)
    assert labels_from_environment({}) == tmp_path / "stance-store" / "labels.sqlite"


@pytest.fixture(scope="module")
def env(
    stance_checkpoint: Path, attribution_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    models = {"STANCE_MODEL": str(stance_checkpoint), "STANCE_ATTRIBUTION_MODEL": str(attribution_checkpoint)}
    return environment(tmp_path_factory.mktemp("home"), PYTHONPATH=str(ROOT), **models)


@pytest.mark.slow
def test_labels_of_two_workers_outlive_a_server_that_is_killed(env: dict[str, str], tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "stance", "serve", "--port", str(port), "--workers", "2"]
    with running(command, port=port, cwd=tmp_path, env=env, log=tmp_path / "server.log") as server:
        for number in range(20):  # each on a connection of its own, so that both workers get some
            body = LABEL | {"annotator": str(number)}
            answer = httpx.post(f"{server.url}/v1/labels", json=body, timeout=PATIENCE_SECONDS)
            assert (answer.status_code, answer.json()["total"]) == (201, number + 1)
        assert httpx.get(f"{server.url}/v1/labels").json()["new"] == 20
        workers = psutil.Process(server.process.pid).children(recursive=True)
        for process in (server.process, *workers):  # of several workers each has a session of its own
            process.kill()
        server.process.wait()
        psutil.wait_procs(workers)
    with LabelStore.open(tmp_path / "stance-store" / "labels.sqlite") as store:  # where the server was started
        assert sorted(int(stored.label.annotator) for stored in store.labels()) == list(range(20))
    assert "Ada Novak" not in (tmp_path / "server.log").read_text()


@pytest.mark.slow
def test_the_store_is_where_the_command_says_and_labels_can_be_refused(env: dict[str, str], tmp_path: Path) -> None:
    for more, status in (([], 201), (["--no-labels"], 404)):
        port = free_port()
        command = [sys.executable, "-m", "stance", "serve", "--port", str(port), "--store", "desk", *more]
        with running(command, port=port, cwd=tmp_path, env=env, log=tmp_path / "server.log") as server:
            answer = httpx.post(f"{server.url}/v1/labels", json=LABEL, timeout=PATIENCE_SECONDS)
            assert answer.status_code == status
            assert httpx.get(f"{server.url}/v1/info").json()["keeps_labels"] is (status == 201)
    with LabelStore.open(tmp_path / "desk" / "labels.sqlite") as store:
        assert len(list(store.labels())) == 1
