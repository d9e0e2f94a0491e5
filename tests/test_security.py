import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from data.errors import BadInput
from model.analyser import Analyser
from serving.http import create_app
from serving.keys import add_key
from serving.openapi import OPERATIONS
from serving.schemas import ErrorResponse
from serving.security import Access, is_loopback

OPEN = {"/livez", "/readyz", "/"}
"""What any machine may load: the page asks its reader for the key."""
PAGE = "https://desk.example"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - said, never listened on


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.txt"


@pytest.fixture
def key(file: Path) -> str:
    return add_key("ana", file)


def client_of(analyser: Analyser, access: Access, *, url: str = "http://127.0.0.1:3000") -> TestClient:
    return TestClient(create_app(analyser, guards=access.guards()), base_url=url)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def error_of(answer: object) -> tuple[int, str]:
    """Status and type of an error, which has the one shape and the id of its header."""
    error = ErrorResponse.model_validate(answer.json()).error  # type: ignore[attr-defined]
    assert error.request_id == answer.headers["X-Request-ID"]  # type: ignore[attr-defined]
    return answer.status_code, error.type  # type: ignore[attr-defined]


PATHS = [(operation.method, operation.path) for operation in OPERATIONS] + [("get", "/nowhere"), ("put", "/v1/info")]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_with_keys_everything_but_the_probes_asks_for_one(
    analyser: Analyser, file: Path, key: str, method: str, path: str
) -> None:
    client = client_of(analyser, Access(keys=file))
    for headers in ({}, bearer("wrong"), {"Authorization": key}, {"Authorization": f"Basic {key}"}, bearer(f"{key} x")):
        answer = client.request(method, path, headers=headers)
        if path in OPEN:
            assert answer.status_code == 200
        else:
            assert error_of(answer) == (401, "unauthorized")
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert key not in answer.text
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert client.request(method, path, headers={"Authorization": f"{scheme} {key}"}).status_code != 401


def test_a_key_that_is_not_text_is_a_wrong_key(analyser: Analyser, file: Path, key: str) -> None:
    client = client_of(analyser, Access(keys=file))
    assert error_of(client.get("/v1/info", headers=[(b"Authorization", b"Bearer \xff\xfe")])) == (401, "unauthorized")


def test_refused_keys_are_counted_by_route(analyser: Analyser, file: Path, key: str) -> None:
    client = client_of(analyser, Access(keys=file))
    for _ in range(3):
        client.get("/v1/info", headers=bearer("wrong"))
    figures = client.get("/metrics", headers=bearer(key)).text
    assert 'stance_rejects_total{reason="unauthorized",what="request"} 3.0' in figures
    assert 'stance_requests_total{route="/v1/info",status="401"} 3.0' in figures


def test_a_key_is_taken_away_while_the_server_runs(analyser: Analyser, file: Path, key: str) -> None:
    client = client_of(analyser, Access(keys=file))
    assert client.get("/v1/info", headers=bearer(key)).status_code == 200
    file.write_text("")
    assert client.get("/v1/info", headers=bearer(key)).status_code == 401


def test_a_broken_file_lets_nobody_in_until_it_is_mended(analyser: Analyser, file: Path, key: str) -> None:
    client, good = client_of(analyser, Access(keys=file)), file.read_text()
    file.write_text("half a li")
    for path in ("/v1/info", "/readyz", "/metrics"):
        answer = client.get(path, headers=bearer(key))
        assert error_of(answer) == (503, "not_ready")
        assert int(answer.headers["Retry-After"]) > 0
        assert str(file) not in answer.text
    assert client.get("/livez").status_code == 200
    file.write_text(good)
    assert client.get("/readyz").status_code == 200
    assert client.get("/v1/info", headers=bearer(key)).status_code == 200


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:3000", True),
        ("http://127.8.9.1", True),
        ("http://[::1]:3000", True),
        ("http://192.0.2.7:3000", False),
        ("http://[2001:db8::1]:3000", False),
        ("http://desk.example", False),
    ],
)
def test_without_keys_this_machine_alone_is_let_in(analyser: Analyser, url: str, *, local: bool) -> None:
    """Starlette's test client puts the URL's host where a server puts the connection's own address."""
    client = client_of(analyser, Access(), url=url)
    for path in ("/livez", "/readyz"):
        assert client.get(path).status_code == 200
    answer = client.get("/v1/info")
    if local:
        assert answer.status_code == 200
    else:
        assert error_of(answer) == (401, "unauthorized")
        assert "STANCE_INSECURE=1" in answer.text
        assert client_of(analyser, Access(insecure=True), url=url).get("/v1/info").status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:3000", 200), ("localhost", 200), ("LOCALHOST:3000", 200), ("[::1]:3000", 200),
        ("news.example", 401), ("news.example:3000", 401), ("127.0.0.1.news.example", 401), ("[::1", 401), ("", 401),
    ],
)  # fmt: skip
def test_a_foreign_name_that_leads_here_is_not_this_machine(analyser: Analyser, host: str, status: int) -> None:
    """A browser sends the name that the page was asked for by: what DNS rebinding cannot hide."""
    answer = client_of(analyser, Access(), url="http://127.0.0.1:3000").get("/v1/info", headers={"Host": host})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True), ("127.0.0.2", True), ("::1", True), ("::ffff:127.0.0.1", True), ("localhost", True),
        (EVERYWHERE, False), ("::", False), ("::ffff:192.0.2.1", False), ("192.168.1.2", False), ("example.org", False),
        ("127.0.0.1.example.org", False), ("", False),
    ],
)  # fmt: skip
def test_loopback(host: str, *, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_listening_for_others_asks_for_keys_or_the_word(file: Path, key: str) -> None:
    with pytest.raises(BadInput, match=r"^expected keys where other machines can ask, on 0\.0\.0\.0, found none; make"):
        Access().check(EVERYWHERE)
    for fine in (Access(insecure=True), Access(keys=file)):
        fine.check(EVERYWHERE)
    Access().check("127.0.0.1")
    Access().check(None)


def test_keys_that_nobody_could_have_are_refused_at_the_start(file: Path) -> None:
    with pytest.raises(BadInput, match="expected a file of keys, found none: No such file"):
        Access(keys=file).check("127.0.0.1")
    file.write_text("# none yet\n")
    with pytest.raises(BadInput, match="expected keys, found none; add one with"):
        Access(keys=file, insecure=True).check("127.0.0.1")


def test_the_environment_says_who_may_ask(file: Path) -> None:
    assert Access.from_environment({}) == Access()
    everything = {"STANCE_KEYS": str(file), "STANCE_ALLOW_ORIGIN": f"{PAGE} http://[::1]:8080", "STANCE_INSECURE": "1"}
    expected = Access(keys=file, origins=(PAGE, "http://[::1]:8080"), insecure=True)
    assert Access.from_environment(everything) == expected
    assert Access.from_environment({"STANCE_INSECURE": "0", "STANCE_KEYS": ""}) == Access()
    with pytest.raises(BadInput, match="STANCE_INSECURE: expected 1 or 0"):
        Access.from_environment({"STANCE_INSECURE": "maybe"})


@pytest.mark.parametrize("origin", [f"{PAGE}/", "desk.example", "null", "https://*.example", "https://", "ftp://x"])
def test_what_is_no_origin_is_refused_at_the_start(origin: str) -> None:
    with pytest.raises(BadInput, match=rf"^expected an origin .* found {re.escape(origin)}$"):
        Access.from_environment({"STANCE_ALLOW_ORIGIN": origin})


def preflight(client: TestClient, **changed: str) -> dict[str, str]:
    """The headers of the answer to what a browser asks before a page's POST of JSON with a key."""
    asked = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-request-id",
    }
    asked |= {name.replace("_", "-"): value for name, value in changed.items()}
    answer = client.options("/v1/analyze", headers=asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["X-Request-ID"]
    return dict(answer.headers)


def test_a_preflight_is_answered_before_any_key_is_asked_for(analyser: Analyser, file: Path, key: str) -> None:
    client = client_of(analyser, Access(keys=file, origins=(PAGE, "https://other.example")))
    allowed = preflight(client)
    assert allowed["access-control-allow-origin"] == PAGE
    assert set(allowed["access-control-allow-methods"].split(", ")) == {"DELETE", "GET", "POST"}
    listed = set(allowed["access-control-allow-headers"].lower().split(", "))
    assert {"authorization", "content-type", "x-request-id"} <= listed
    assert "access-control-allow-credentials" not in allowed
    assert "Origin" in allowed["vary"]


def test_a_preflight_of_what_is_not_allowed_lists_it_nowhere(analyser: Analyser) -> None:
    client = client_of(analyser, Access(origins=(PAGE,)))
    for origin in ("https://evil.example", f"{PAGE}.evil.example", "http://desk.example", "null"):
        assert "access-control-allow-origin" not in preflight(client, Origin=origin)
    assert "PUT" not in preflight(client, Access_Control_Request_Method="PUT")["access-control-allow-methods"]
    refused = preflight(client, Access_Control_Request_Headers="x-evil")
    assert "x-evil" not in refused["access-control-allow-headers"].lower()


def test_every_answer_is_readable_by_the_page_that_asked(analyser: Analyser, file: Path, key: str) -> None:
    client = client_of(analyser, Access(keys=file, origins=(PAGE,)))
    for status, headers in ((401, {}), (200, bearer(key)), (401, bearer("wrong"))):
        answer = client.get("/v1/info", headers={"Origin": PAGE, **headers})
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (status, PAGE)
        assert set(answer.headers["Access-Control-Expose-Headers"].split(", ")) == {"X-Request-ID", "Retry-After"}
        assert "Origin" in answer.headers["Vary"]
    stranger = client.get("/v1/info", headers={"Origin": "https://evil.example", **bearer(key)})
    assert "Access-Control-Allow-Origin" not in stranger.headers


def test_a_star_is_for_those_who_ask_for_it_by_name(analyser: Analyser, file: Path, key: str) -> None:
    client = client_of(analyser, Access(keys=file, origins=("*",)))
    assert preflight(client)["access-control-allow-origin"] == "*"
    answer = client.get("/v1/info", headers={"Origin": PAGE, **bearer(key)})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_by_default_no_page_of_another_origin_can_ask(analyser: Analyser) -> None:
    client = client_of(analyser, Access())
    refused = client.options("/v1/analyze", headers={"Origin": PAGE, "Access-Control-Request-Method": "POST"})
    assert error_of(refused) == (405, "method_not_allowed")
    for answer in (refused, client.get("/v1/info", headers={"Origin": PAGE})):
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_every_answer_is_for_its_asker_alone(analyser: Analyser) -> None:
    client = client_of(analyser, Access())
    for path in ("/v1/info", "/nowhere", "/", "/docs.json", "/livez"):
        answer = client.get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
