"""The page in a real browser, on a real server with the models that ship, from pasting to what is taken along."""

import csv
import hashlib
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from data.label_store import LabelStore, labels_place
from data.records import Stance
from tests.browser import chromium, opened
from tests.server_process import Server, environment, free_port, running

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
ARTICLE = (ROOT / "examples" / "seawall.txt").read_text(encoding="utf-8").strip()
CLAIMS = (ROOT / "examples" / "claims.txt").read_text(encoding="utf-8").strip()

HOSTILE = "<img src=x onerror=\"window.hacked='img'\"><script>window.hacked='script'</script>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("served")
    env, port = environment(home, STANCE_STORE=str(home / "store")), free_port()
    command = [sys.executable, "-m", "stance", "serve", "--port", str(port)]
    with running(command, port=port, cwd=ROOT, env=env, log=home / "server.log") as started:
        yield started


def read(page: Page, article: str = ARTICLE, claims: str = CLAIMS) -> None:
    """Paste, ask and wait for the matrix."""
    page.fill("#article", article)
    page.fill("#claims", claims)
    page.click("#ask button.main")
    expect(page.locator("#read-progress")).to_be_hidden()
    page.wait_for_selector("#matrix table")


def store_of(server: Server) -> Path:
    return Path(labels_place(server.log.parent / "store", None))


def labels(server: Server) -> list[Any]:
    with LabelStore.open(store_of(server)) as store:
        return [stored.label for stored in store.labels()]


def taken(page: Page, name: str) -> str:
    with page.expect_download() as download:
        page.click(f"section:not([hidden]) .take button:has-text('{name}')")
    return Path(download.value.path()).read_bytes().decode()


def test_journey_from_pasting_to_the_store_and_what_is_taken_along(browser: Browser, server: Server) -> None:
    with opened(browser, server.url) as tab:
        page = tab.page
        page.fill("#name", "Ana")
        read(page)
        assert page.locator("#text p").all_text_contents() == ARTICLE.split("\n\n")
        page.locator("#matrix tr", has_text="Edwin Tarrant").locator("button.cell").first.click()
        card = page.locator(".card").first
        expect(card.locator(".evidence").first).to_be_visible()
        model = card.locator(".verdict .chip").inner_text()
        suggested = Stance(model.split()[0].lower())
        other = Stance.DENIAL if suggested is Stance.SUPPORT else Stance.SUPPORT
        before = len(labels(server)) if store_of(server).exists() else 0

        page.keyboard.press(other[0])
        expect(card.locator(".human")).to_contain_text("human label by Ana")
        expect(card.locator(".verdict .chip")).to_have_text(other.capitalize())
        expect(page.locator("#counter")).to_contain_text(f"{before + 1} new label")
        cell = page.locator("#matrix tr", has_text="Edwin Tarrant").locator("td").first
        expect(cell).to_contain_text("human label")
        expect(page.locator("#pin-1")).to_have_attribute("data-human", "")
        label = labels(server)[-1]
        assert (label.stance, label.annotator, label.suggestion) == (other, "Ana", suggested)
        assert label.pair.claim == CLAIMS.split("\n", maxsplit=1)[0]
        assert label.pair.statement == " ... ".join(ARTICLE[start:end] for start, end in label.spans)
        assert label.pair.speaker == "Edwin Tarrant, the harbour master"
        assert label.pair.context in ARTICLE
        assert label.article == hashlib.sha256(ARTICLE.encode()).hexdigest()

        document = json.loads(taken(page, "JSON"))
        [human] = [one["human"] for one in document["judgements"] if "human" in one]
        assert (human["stance"], human["annotator"]) == (other, "Ana")
        assert document["record"]["version"] == document["model"]["version"]
        assert re.fullmatch(r"[0-9a-f]{64}", document["record"]["data_fingerprint"])
        assert document["article_sha256"] == label.article
        rows = list(csv.DictReader(io.StringIO(taken(page, "CSV").removeprefix("\ufeff"))))
        assert [row["human_stance"] for row in rows if row["human_stance"]] == [other]
        assert {row["model_version"] for row in rows} == {document["model"]["version"]}
        assert all(row["data_sha256"] and row["date"] for row in rows)
        check_report(browser, taken(page, "Report"), document)

        page.keyboard.press("u")
        expect(card.locator(".human")).to_have_count(0)
        expect(card.locator(".verdict .chip")).to_have_text(model)
        assert len(labels(server)) == before
        assert tab.failures == []


def check_report(browser: Browser, text: str, document: dict[str, Any]) -> None:
    """It stands alone, says what it is cited by, and asks for nothing."""
    assert "<script" not in text
    context = browser.new_context(offline=True, java_script_enabled=False)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.route("http://report.invalid/", lambda route: route.fulfill(body=text, content_type="text/html"))
    page.goto("http://report.invalid/")
    assert asked == ["http://report.invalid/"]
    body = page.locator("body").inner_text()
    for needed in (document["model"]["version"], document["record"]["data_fingerprint"], document["article_sha256"]):
        assert needed in body
    assert "not what is true" in body
    assert document["record"]["analysed_at"] in body
    assert page.locator(".matrix tbody tr").count() > 5
    assert page.locator(".article p").all_text_contents() == ARTICLE.split("\n\n")
    # its own style applies: the policy's hash fits
    assert page.locator("mark").first.evaluate("mark => getComputedStyle(mark).textDecorationLine") == "underline"
    context.close()


def test_label_comes_back_with_the_same_text_in_the_same_tab(browser: Browser, server: Server) -> None:
    with opened(browser, server.url) as tab:
        page = tab.page
        read(page)
        page.locator("#matrix button.cell").first.click()
        page.keyboard.press("n")
        expect(page.locator(".card .human")).to_be_visible()
        page.reload()
        read(page)
        expect(page.locator("#matrix .human")).to_have_count(1)
        page.keyboard.press("Tab")
        page.locator("#matrix button.cell").first.click()
        page.keyboard.press("u")
        expect(page.locator("#matrix .human")).to_have_count(0)
        assert tab.failures == []


def test_keyboard_alone_is_enough(browser: Browser, server: Server) -> None:
    with opened(browser, server.url) as tab:
        page = tab.page
        press = page.keyboard.press

        def focused() -> str:
            return str(page.evaluate("document.activeElement.id || document.activeElement.className"))

        press("Tab")
        assert focused() == "skip"
        while focused() != "article":
            press("Tab")
        page.keyboard.insert_text(ARTICLE)
        while focused() != "claims":
            press("Tab")
        page.keyboard.insert_text(CLAIMS)
        press("Control+Enter")
        page.wait_for_selector("#matrix table")
        expect(page.locator("#matrix")).to_be_focused()
        press("Tab")
        assert focused() == "cell-0-0"
        press("ArrowDown")
        press("ArrowRight")
        assert focused() == "cell-1-1"
        press("Enter")
        expect(page.locator(".card").first).to_be_focused()
        press("h")
        expect(page.locator(".card .human")).to_be_visible()
        press("Escape")
        assert focused() == "cell-1-1"
        press("u")
        expect(page.locator("#matrix .human")).to_have_count(0)
        press("Enter")
        press("a")
        assert focused() == "pin-1"
        press("ArrowRight")
        assert focused() == "pin-2"
        press("Enter")
        expect(page.locator("#picked-title")).to_have_text("Statement 3")
        expect(page.locator(".card").first).to_be_focused()
        press("j")
        expect(page.locator(".card").nth(1)).to_be_focused()
        press("Escape")
        assert focused() == "pin-2"
        assert tab.failures == []


def violations(page: Page) -> list[str]:
    page.wait_for_timeout(300)  # transitions of the colour scheme and of scrolling
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{one['id']}: {[node['html'][:160] for node in one['nodes'][:3]]}" for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(browser: Browser, server: Server, scheme: Any) -> None:
    with opened(browser, server.url, scheme=scheme) as tab:
        page = tab.page
        assert violations(page) == []
        page.click("#ask button.main")
        expect(page.locator("#read-problem")).not_to_be_empty()
        assert violations(page) == []
        read(page)
        page.locator("#matrix button.cell").first.click()
        expect(page.locator(".evidence").first).to_be_visible()
        page.keyboard.press("d")
        expect(page.locator(".card .human")).to_be_visible()
        assert violations(page) == []
        page.keyboard.press("u")
        page.click("nav >> text=Compare")
        assert violations(page) == []
        compare(page)
        page.locator("td[data-changed] button.cell").first.click()
        assert violations(page) == []
        page.evaluate("document.getElementById('key').showModal()")
        assert violations(page) == []


def compare(page: Page) -> None:
    page.click("#compare-example")
    page.click("#compare-ask button.main")
    page.wait_for_selector("#courses table")


def test_compare_shows_changes_in_the_order_of_time(browser: Browser, server: Server) -> None:
    with opened(browser, f"{server.url}/#compare") as tab:
        page = tab.page
        page.click("#compare-example")
        dates = page.locator("[data-field=date]")
        dates.nth(0).fill("2026-12-24")  # the first text is now the last
        page.click("#compare-ask button.main")
        page.wait_for_selector("#courses table")
        heads = page.locator("#courses thead .number").all_inner_texts()
        assert heads == ["2026-07-14", "2026-10-05", "2026-12-24"]
        changed = page.locator("#courses tr", has_text="Ines Farrow").locator("td[data-changed]")
        changed.first.locator("button").click()
        expect(page.locator("#quotes .dated")).to_have_text(
            ["2026-07-14, Evening Post", "2026-10-05, Morning Call, radio"]
        )
        boxes = [page.locator("#quotes .card").nth(place).bounding_box() for place in (0, 1)]
        assert boxes[0] is not None
        assert boxes[1] is not None
        assert boxes[0]["y"] == boxes[1]["y"]  # side by side
        document = json.loads(taken(page, "JSON"))
        assert [source["date"] for source in document["sources"]] == heads
        assert "Ines Farrow" in taken(page, "CSV")
        assert "changed from" in taken(page, "Report")
        assert tab.failures == []


def test_markup_and_script_stay_text(browser: Browser, server: Server) -> None:
    article = f'"The dam was never safe {HOSTILE}," said Ada {HOSTILE} Novak. Mr Novak denied that <b>it</b> knew.'
    with opened(browser, server.url) as tab:
        page = tab.page
        page.fill("#name", HOSTILE)
        read(page, article, f"The dam was safe. {HOSTILE}")
        assert page.locator("#text").text_content() == article
        page.locator("#matrix button.cell").first.click()
        page.keyboard.press("s")
        expect(page.locator(".card .human").first).to_contain_text("<img src=x")
        report = taken(page, "Report")
        page.keyboard.press("u")
        page.click("nav >> text=Compare")
        page.fill("#claim", f"The dam was safe. {HOSTILE}")
        for place in (0, 1):
            source = page.locator(".source").nth(place)
            source.locator("[data-field=title]").fill(HOSTILE)
            source.locator("[data-field=speaker]").fill(f"Ada {HOSTILE}")
            source.locator("[data-field=text]").fill(f"It was never safe. {HOSTILE}")
        page.click("#compare-ask button.main")
        page.wait_for_selector("#courses table")
        page.locator("#courses button.cell").first.click()
        assert page.evaluate("[window.hacked, document.querySelectorAll('main img, main script, main b').length]") == [
            None,
            0,
        ]
        assert tab.failures == []
        page.set_content(report)
        page.wait_for_timeout(200)
        assert page.evaluate("[window.hacked, document.querySelectorAll('img, script, b').length]") == [None, 0]


def test_policy_keeps_what_slips_in_inert(browser: Browser, server: Server) -> None:
    with opened(browser, server.url) as tab:
        with tab.page.expect_console_message(lambda message: "Content Security Policy" in message.text):
            tab.page.evaluate(
                """markup => {
                    document.body.insertAdjacentHTML("beforeend", markup);
                    const script = document.createElement("script");
                    script.textContent = "window.hacked = 'inline'";
                    document.body.append(script);
                }""",
                HOSTILE,
            )
        tab.page.wait_for_timeout(300)
        assert tab.page.evaluate("window.hacked") is None
        assert any("Content Security Policy" in failure for failure in tab.failures)


def test_offsets_are_code_points(browser: Browser, server: Server) -> None:
    article = "😀😀 “We never paid, 🦊 not once,” Ana Ruiz said.\n\n👩‍👩‍👧 “I know nothing 🧨,” said Tom Bell."
    with opened(browser, server.url) as tab:
        read(tab.page, article, "The firm paid bribes.")
        marked = tab.page.locator("#text mark").all_text_contents()
        assert {"“We never paid, 🦊 not once,”", "“I know nothing 🧨,”"} <= set(marked)
        statements = json.loads(taken(tab.page, "JSON"))["statements"]
        fragments = [article[span["start"] : span["end"]] for one in statements for span in one["content"]]
        assert "".join(marked) == "".join(fragments)
        assert tab.failures == []


def test_right_to_left_text_keeps_its_direction(browser: Browser, server: Server) -> None:
    article = "قال الوزير إن السد آمن. “Never,” said Ada Novak.\n\n“It was safe,” said دانا الخطيب of the ministry."
    with opened(browser, server.url) as tab:
        read(tab.page, article, "The dam was safe.")
        directions = tab.page.eval_on_selector_all("#text p", "all => all.map(one => getComputedStyle(one).direction)")
        assert directions == ["rtl", "ltr"]
        assert tab.page.locator("#text p").all_text_contents() == article.split("\n\n")


def test_long_article_comes_in_parts_with_its_offsets(browser: Browser, server: Server) -> None:
    filler = "The lamps on the quay were lit, and nobody spoke of the wall for a while. 🌊\n\n"
    article = f"{ARTICLE}\n\n{filler * 180}“We never 🌊 knew,” said Ms Quill.\n\n{filler * 30}{ARTICLE}"
    assert len(article) > 16_000
    with opened(browser, server.url) as tab:
        read(tab.page, article, CLAIMS.split("\n")[0])
        document = json.loads(taken(tab.page, "JSON"))
        assert document["article"] == article
        found = document["statements"]
        assert [one["id"] for one in found] == list(range(len(found)))
        assert all(article[one["start"] : one["end"]] == one["text"] for one in found)
        assert all(one["speaker"] is None or one["speaker"]["text"] in article for one in found)
        starts = [one["start"] for one in found]
        assert starts == sorted(starts)
        assert len(starts) == len(set(starts))
        rows = tab.page.locator("#matrix tbody th bdi").all_inner_texts()
        assert rows.count("Marta Quill") == 1  # "Ms Quill" of the second part is she
        assert "Ms Quill" not in rows
        assert tab.failures == []


def test_file_and_source_of_a_page(browser: Browser, server: Server, tmp_path: Path) -> None:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in ARTICLE.split("\n\n"))
    page_file = tmp_path / "wall-2026-01-02.html"
    page_file.write_text(f"<!doctype html><title>t</title><article>{body}</article>", encoding="utf-8")
    with opened(browser, server.url) as tab:
        page = tab.page
        page.set_input_files("#file", page_file)
        expect(page.locator("#article-size")).to_contain_text("Source of a page")
        page.fill("#claims", CLAIMS)
        page.click("#ask button.main")
        page.wait_for_selector("#matrix table")
        assert "<p>" not in page.locator("#text").inner_text()
        (tmp_path / "broken.txt").write_bytes(b"PK\x03\x04\0\0\0")
        page.set_input_files("#file", tmp_path / "broken.txt")
        expect(page.locator("#read-problem")).to_contain_text("is not a text or HTML file")
        page.click("nav >> text=Compare")
        page.set_input_files("#files", page_file)
        expect(page.locator("[data-field=date]").first).to_have_value("2026-01-02")


def test_errors_are_sentences(browser: Browser, server: Server) -> None:
    with opened(browser, server.url) as tab:
        page = tab.page
        problem = page.locator("#read-problem")
        page.click("#ask button.main")
        expect(problem).to_have_text("There is no article yet. Paste one, or drop a file.")
        page.fill("#article", "Some text.")
        page.fill("#claims", f"Short.\n{'long ' * 500}")
        page.click("#ask button.main")
        expect(problem).to_have_text("Claim 2 must have at most 2000 characters.")
        page.context.set_offline(True)
        page.fill("#claims", "Short.")
        page.click("#ask button.main")
        expect(problem).to_contain_text("The server does not answer.")
        page.context.set_offline(False)
        page.click("#ask button.main")
        expect(problem).to_be_empty()


@pytest.mark.parametrize("width", [360, 1024, 2560])
def test_nothing_sticks_out(browser: Browser, server: Server, width: int) -> None:
    with opened(browser, server.url, width=width, height=800) as tab:
        page = tab.page
        read(page, ARTICLE, "\n".join(f"{claim} {number}" for number in range(5) for claim in CLAIMS.split("\n")))
        page.locator("#matrix button.cell").first.click()
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
        page.click("nav >> text=Compare")
        compare(page)
        page.locator("#courses button.cell").first.click()
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
        assert tab.failures == []
