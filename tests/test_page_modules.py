"""The page's own rules, each asked of its module in the browser: code points, hashes, parts, flags; and the key."""

import hashlib
import json
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from model.sheet import COLUMNS
from serving.keys import add_key
from tests.browser import chromium, opened
from tests.server_process import Server, environment, free_port, running

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
KEY_NAME = "desk"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def key(home: Path) -> str:
    return add_key(KEY_NAME, home / "keys.txt")


@pytest.fixture(scope="module")
def server(home: Path, key: str, stance_checkpoint: Path, attribution_checkpoint: Path) -> Iterator[Server]:
    """It asks for a key, and has models that say anything at all."""
    models = {"STANCE_MODEL": str(stance_checkpoint), "STANCE_ATTRIBUTION_MODEL": str(attribution_checkpoint)}
    env, port = environment(home, STANCE_STORE=str(home / "store"), **models), free_port()
    command = [sys.executable, "-m", "stance", "serve", "--port", str(port), "--keys", str(home / "keys.txt")]
    with running(command, port=port, cwd=ROOT, env=env, log=home / "server.log") as started:
        yield started


@pytest.fixture(scope="module")
def page(browser: Browser, server: Server) -> Iterator[Page]:
    with opened(browser, server.url) as tab:
        yield tab.page


def ask(page: Page, module: str, program: str, given: Any = None) -> Any:
    """What `program`, a function of a module's exports and of `given`, comes to."""
    whole = f"async (given) => ({program})(await import('/page/{module}.js'), given)"
    return page.evaluate(whole, given)


TEXTS = ["", "plain", "a😀b", "😀😀", "👩‍👩‍👧 é ا", "x" * 55, "x" * 56, "x" * 64, "ü" * 1000]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_hash_is_sha256_of_utf_8(page: Page, text: str) -> None:
    assert ask(page, "sha256", "(m, text) => m.sha256Hex(text)", text) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_slices_are_python_s(page: Page, text: str) -> None:
    ends = [(start, end) for start in range(min(len(text), 8) + 1) for end in range(start, min(len(text), 8) + 1)]
    program = (
        "(m, {text, ends}) => { const p = new m.CodePoints(text); return [p.length, ends.map(e => p.slice(...e))] }"
    )
    length, slices = ask(page, "codepoints", program, {"text": text, "ends": ends})
    assert length == len(text)
    assert slices == [text[start:end] for start, end in ends]


SENTENCE = "Nobody knew 🌊 what to say. "
LONG = {
    "paragraphs": "\n\n".join(SENTENCE * 5 for _ in range(60)),
    "lines": "\n".join(SENTENCE * 5 for _ in range(60)),
    "sentences": SENTENCE * 300,
    "words": "word🌊 " * 2000,
    "nothing": "🌊" * 9000,
    "short": SENTENCE,
}


@pytest.mark.parametrize("name", LONG)
def test_parts_are_the_text_with_lead_ins(page: Page, name: str) -> None:
    text, most = LONG[name], 4000
    parts = ask(page, "parts", "(m, {text, most}) => m.partsOf(text, most)", {"text": text, "most": most})
    assert parts[0]["start"] == parts[0]["from"] == 0
    assert parts[-1]["end"] == len(text)
    for part, after in pairwise(parts):
        assert part["end"] == after["from"]
        assert after["start"] <= after["from"]
        cut = text[: part["end"]]
        assert cut.endswith({"paragraphs": "\n\n", "lines": "\n", "sentences": ". ", "words": " "}.get(name, "🌊"))
    for part in parts:
        assert part["text"] == text[part["start"] : part["end"]]
        assert len(part["text"]) <= most
    assert (len(parts) > 1) is (len(text) > most)


def statement(number: int, speaker: str | None, name: str | None, **more: Any) -> dict[str, Any]:
    span = {"start": 0, "end": 1}
    source = speaker and {"text": speaker, "name": name, "type": "person", "antecedent": None, **span}
    return {
        "id": number, "kind": "direct", "act": "statement", "text": "a", "content": [span], "verbatim": [span],
        "speaker": source, "cue": None, "context": span, **span, **more,
    }  # fmt: skip


def flags(page: Page, *said: tuple[str | None, str | None, str]) -> list[list[Any]]:
    """The flags of statements, each by its speaker as written, the name known for it, and a stance."""
    statements = [statement(number, speaker, name) for number, (speaker, name, _) in enumerate(said)]
    judgements = [
        {
            "statement": number, "claim": 0, "stance": stance, "relevant": True, "relevance": 0.9, "truncated": False,
            "probabilities": dict.fromkeys(("support", "denial", "hedge", "unrelated"), 0.25),
        }
        for number, (_, _, stance) in enumerate(said)
    ]  # fmt: skip
    document = {"model": {}, "statements": statements, "judgements": judgements}
    program = """async (m, document) => {
        const { Study } = await import("/page/study.js");
        const study = new Study({ article: "abc", claims: ["c"] });
        study.add(document, { start: 0, from: 0 });
        const rows = m.speakersOf([study]);
        return m.flagsOf(rows, ["c"]).map((flag) => [flag.kind, ...flag.rows.map((row) => row.name), ...flag.stances]);
    }"""
    found: list[list[Any]] = ask(page, "speakers", program, document)
    return found


def test_a_speaker_who_supports_and_denies_is_flagged(page: Page) -> None:
    assert flags(page, ("Ana Ruiz", "Ana Ruiz", "support"), ("she", "Ana Ruiz", "denial")) == [
        ["self", "Ana Ruiz", "support", "denial"]
    ]
    assert flags(page, ("Ana Ruiz", "Ana Ruiz", "support"), ("she", "Ana Ruiz", "hedge")) == []
    assert flags(page, ("he", None, "support"), ("he", None, "denial")) == []  # may be two men
    assert flags(page, (None, None, "support"), (None, None, "denial")) == []
    assert flags(page, ("The police", None, "support"), ("the police", None, "denial")) != []
    assert flags(page, ("Ana Ruiz", "Ana Ruiz", "support"), ("Ms Ruiz", None, "denial")) != []


@pytest.mark.parametrize(
    ("spokesman", "principal"),
    [
        ("Lena Osei, a spokeswoman for Mr Hale", "Corwin Hale"),
        ("Mr Hale’s spokesman", "Corwin Hale"),
        ("Lena Osei, a spokeswoman for the harbour authority", "Edwin Tarrant, the harbour master"),
        ("Lena Osei, a spokeswoman for the authority", "Corwin Hale, who chairs the authority"),
        ("a spokesman for the ministry", "The ministry"),
    ],
)
def test_a_spokesman_and_a_principal_who_differ_are_flagged(page: Page, spokesman: str, principal: str) -> None:
    [flag] = flags(page, (spokesman, None, "denial"), (principal, None, "support"))
    assert flag == ["principal", spokesman, principal, "denial", "support"]
    assert flags(page, (spokesman, None, "denial"), (principal, None, "denial")) == []


@pytest.mark.parametrize(
    ("spokesman", "other"),
    [
        ("Lena Osei, a spokeswoman for the defence ministry", "the finance ministry"),
        ("Lena Osei, a spokeswoman for Mr Hale", "Marta Quill"),
        ("Lena Osei", "Corwin Hale"),
        ("Lena Osei, a spokeswoman for the harbour", "Tom Reck, a spokesman for the harbour"),
    ],
)
def test_others_who_differ_are_not(page: Page, spokesman: str, other: str) -> None:
    assert flags(page, (spokesman, None, "denial"), (other, None, "support")) == []


def test_a_spreadsheet_gets_text_and_no_formula(page: Page) -> None:
    program = """async (m) => {
        const { Study } = await import("/page/study.js");
        const study = new Study({ article: "abc", claims: ["=1+1", '@x, "y"'] });
        const record = { model: "m", version: "v", data_fingerprint: "d", analysed_at: "t" };
        const statement = JSON.parse(given);
        const judgement = { statement: 0, stance: "hedge", relevant: true, probabilities: {} };
        study.add({ statements: [statement], judgements: [{ ...judgement, claim: 0 }, { ...judgement, claim: 1 }] },
            { start: 0, from: 0 });
        return m.csvOf([study], record);
    }"""
    text = ask(page, "export", program, json.dumps(statement(0, "-Ana", None)))
    assert text.startswith(f"\ufeff{','.join(COLUMNS)},human_stance,"), "the columns of the command line come first"
    assert "'=1+1," in text
    assert '"\'@x, ""y"""' in text
    assert "'-Ana" in text


def test_the_key_is_asked_for_once_and_kept_in_the_tab(browser: Browser, server: Server, key: str) -> None:
    with opened(browser, server.url) as tab:
        page = tab.page
        dialog = page.locator("#key")
        expect(dialog).to_contain_text("This server asks for a key.")
        page.fill("#key-field", "not-it")
        page.keyboard.press("Enter")
        expect(dialog).to_contain_text("found one that is none of this server's")
        page.fill("#key-field", key)
        page.keyboard.press("Enter")
        expect(page.locator("#model")).to_contain_text("tiny-stance")
        expect(page.locator("#counter")).to_have_text("0 new labels since the model was trained")
        page.reload()
        expect(page.locator("#model")).to_contain_text("tiny-stance")
        assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]


def test_without_a_key_the_page_says_why(browser: Browser, server: Server) -> None:
    with opened(browser, server.url) as tab:
        page = tab.page
        page.click("#key >> text=Cancel")
        expect(page.locator("#read-problem")).to_contain_text("Expected a key")
