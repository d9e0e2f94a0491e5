"""The page's files as they are served: all of them, small, with a strict policy, and nothing that could break it."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from model.analyser import Analyser
from serving.http import create_app
from serving.keys import add_key
from serving.page import FILES, INDEX, POLICY, is_page
from serving.security import Access
from serving.table import STANCE_IS_NOT_TRUTH

ROOT = Path(__file__).parents[1]
WEB = ROOT / "serving" / "web"
SOURCES = {name: (WEB / name).read_text(encoding="utf-8") for name in (INDEX, *FILES)}
SCRIPTS = {name: text for name, text in SOURCES.items() if name.endswith(".js")}


@pytest.fixture(scope="module")
def client(analyser: Analyser) -> TestClient:
    return TestClient(create_app(analyser))


def test_every_file_is_served_and_no_other(client: TestClient) -> None:
    assert sorted((*FILES, INDEX)) == sorted(path.name for path in WEB.iterdir())
    for name in FILES:
        answer = client.get(f"/page/{name}")
        assert (answer.status_code, answer.text) == (200, SOURCES[name])
        assert answer.headers["content-type"].startswith("text/css" if name.endswith(".css") else "text/javascript")
    for other in ("/page/", "/page/index.html", "/page/../page.py", "/page/%2e%2e/page.py", "/page/app.js/x", "/page"):
        refused = client.get(other)
        assert (refused.status_code, refused.json()["error"]["type"]) == (404, "not_found")
    assert client.post("/page/app.js").status_code == 405


def test_page_is_served_with_the_policy(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.text == SOURCES[INDEX]
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["cache-control"] == "no-store"
    assert {part.split()[0] for part in POLICY.split("; ")} >= {"default-src", "base-uri", "form-action"}
    assert "unsafe" not in POLICY


def test_files_are_kept_and_asked_for_again(client: TestClient) -> None:
    first = client.get("/page/app.js")
    assert first.headers["cache-control"] == "no-cache"
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = client.get("/page/app.js", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get("/page/app.js", headers={"If-None-Match": '"other"'}).status_code == 200


def test_page_asks_for_the_key_and_needs_none_itself(analyser: Analyser, tmp_path: Path) -> None:
    key = add_key("desk", tmp_path / "keys.txt")
    client = TestClient(create_app(analyser, guards=Access(keys=tmp_path / "keys.txt").guards()))
    assert client.get("/").status_code == 200
    assert {client.get(f"/page/{name}").status_code for name in FILES} == {200}
    assert client.get("/v1/info").status_code == 401
    assert client.get("/page/other.js").status_code == 401
    assert client.get("/v1/info", headers={"Authorization": f"Bearer {key}"}).status_code == 200


@pytest.mark.parametrize("path", ["/v1/info", "/page/", "/page", "", "//", "/page/app.js/", "page/app.js", "app.js"])
def test_nothing_else_counts_as_the_page(path: str) -> None:
    assert not is_page(path)


def test_page_counts_under_its_own_route(client: TestClient) -> None:
    client.get("/page/app.js")
    assert 'route="/page"' in client.get("/metrics").text


def test_page_weighs_at_most_150_kb() -> None:
    assert sum(len(text.encode()) for text in SOURCES.values()) <= 150_000


def test_page_uses_exactly_its_files() -> None:
    index = SOURCES[INDEX]
    named = set(re.findall(r'(?:href|src)="page/([^"]+)"', index))
    for text in SCRIPTS.values():
        named |= set(re.findall(r'from "\./([^"]+)"', text))
    assert named == set(FILES)


def test_page_has_nothing_inline_and_nothing_from_elsewhere() -> None:
    index = SOURCES[INDEX]
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", index) == []
    addresses = set(re.findall(r"https?://[^\s'\")]+", "".join(SOURCES.values())))
    assert addresses <= {"http://www.w3.org/2000/svg"}  # a name of SVG's, which nobody asks for


def test_scripts_make_no_markup_and_no_code_of_texts() -> None:
    writing = re.compile(
        r"innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write|setHTML|createContextualFragment|DOMParser"
        r"|\beval\b|new Function|srcdoc|\.cssText\s*="
    )
    assert {name: writing.findall(text) for name, text in SCRIPTS.items() if writing.search(text)} == {}


def test_scripts_are_small_and_say_what_they_are() -> None:
    for name, text in SCRIPTS.items():
        assert text.startswith("/**"), name
        assert text.count("\n") <= 300, name


def test_page_says_always_that_stance_is_not_truth() -> None:
    assert f'<p class="permanent">{STANCE_IS_NOT_TRUTH}</p>' in SOURCES[INDEX]
    assert STANCE_IS_NOT_TRUTH in SOURCES["export.js"]


def test_example_is_the_one_of_the_readme() -> None:
    example = SOURCES["example.js"]
    paragraphs = (ROOT / "examples" / "seawall.txt").read_text(encoding="utf-8").strip().split("\n\n")
    claims = (ROOT / "examples" / "claims.txt").read_text(encoding="utf-8").strip().split("\n")
    assert re.findall(r'^  "(.*)",$', example, re.MULTILINE) == [*claims, *paragraphs]
