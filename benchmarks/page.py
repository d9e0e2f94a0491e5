"""How soon the page is there, and how soon it shows an answer.

    python benchmarks/page.py [ARTICLE] [--runs N] [--long]

A server is started and Debian's Chromium opens its page. First paint is the browser's own first contentful paint of a
fresh profile. The article is cut or repeated to 800 words and asked about with three claims; the time runs from the
key to the first frame that shows the matrix. `--long` reads 20,000 words with ten claims, and tells for how long at
most the page did not answer the reader meanwhile.
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.cold_start import CLAIMS, EXAMPLE, WORDS
from benchmarks.processes import Server, free_port
from serving.page import FILES, INDEX

CHROMIUM = "/usr/bin/chromium"
WEB = Path(__file__).parents[1] / "serving" / "web"
PATIENCE_MS = 900_000

SHOWN = """async () => {
  document.getElementById("results").hidden = true;
  const start = performance.now();
  document.getElementById("ask").requestSubmit();
  const frame = () => new Promise(requestAnimationFrame);
  while (document.getElementById("results").hidden || !document.getElementById("read-progress").hidden) await frame();
  await frame();
  return performance.now() - start;
}"""

STALLS = """() => {
  window.stalls = [0];
  new PerformanceObserver((list) => window.stalls.push(...list.getEntries().map((entry) => entry.duration)))
    .observe({ type: "longtask" });
}"""


def words(article: str, count: int) -> str:
    """The article cut, or repeated, at paragraphs to about so many words."""
    paragraphs, kept = article.strip().split("\n\n"), list[str]()
    while sum(len(paragraph.split()) for paragraph in kept) < count:
        kept.append(paragraphs[len(kept) % len(paragraphs)])
    return "\n\n".join(kept)


def opened(browser: Browser, url: str) -> Page:
    """The page in a fresh profile, once it knows the model."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(url)
    page.locator("#model:not(:empty)").wait_for()
    return page


def first_paint(browser: Browser, url: str) -> float:
    """Milliseconds to the first contentful paint."""
    page = opened(browser, url)
    paint: Any = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    page.context.close()
    return float(paint)


def shown(page: Page, article: str, claims: list[str]) -> float:
    """Milliseconds from the key to the matrix."""
    # not typed: Playwright's way into a field takes 10 s for 20,000 words, where pasting takes 0.1
    fields = {"article": article, "claims": "\n".join(claims)}
    page.evaluate("fields => { for (const id in fields) document.getElementById(id).value = fields[id]; }", fields)
    return float(page.evaluate(SHOWN))


def measure(browser: Browser, url: str, options: argparse.Namespace) -> dict[str, str]:
    """Each figure as text."""
    article = options.article.read_text(encoding="utf-8")
    paints = [first_paint(browser, url) for _ in range(options.runs + 1)][1:]  # the first also fills the disk's cache
    page = opened(browser, url)
    times = [shown(page, words(article, WORDS), list(CLAIMS)) for _ in range(options.runs + 1)][1:]
    figures = {
        "page weight": f"{sum((WEB / name).stat().st_size for name in (INDEX, *FILES)) / 1000:.0f} kB",
        "first paint, median": f"{statistics.median(paints):.0f} ms",
        "800 words, 3 claims, median": f"{statistics.median(times) / 1000:.2f} s",
    }
    if options.long:
        page.evaluate(STALLS)
        claims = [f"{claim[:-1]} in year {number}." for number in range(4) for claim in CLAIMS][:10]
        took = shown(page, words(article, 20_000), claims)
        figures["20,000 words, 10 claims"] = f"{took / 1000:.0f} s"
        figures["longest stall meanwhile"] = f"{page.evaluate('Math.max(...window.stalls)'):.0f} ms"
    return figures


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("article", nargs="?", type=Path, default=EXAMPLE)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--long", action="store_true")
    options = parser.parse_args()
    port, root = free_port(), Path(__file__).parents[1]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        env = {**os.environ, "STANCE_STORE": folder}
        command = [sys.executable, "-m", "stance", "serve", "--port", str(port)]
        server = Server(command, port=port, ready="/readyz", env=env, cwd=root, log=Path(folder) / "server.log")
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            figures = measure(browser, f"http://127.0.0.1:{port}/", options)
            browser.close()
        finally:
            server.stop()
    table = Table("figure", "measured")
    for name, value in figures.items():
        table.add_row(name, value)
    Console().print(table)


if __name__ == "__main__":
    main()
