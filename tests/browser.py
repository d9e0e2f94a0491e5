"""Debian's Chromium, driven by Playwright; shared by the tests that look at the page as a reader does."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")

PATIENCE_MS = 120_000
"""For what waits on the model, beside other work on the machine."""


@dataclass
class Tab:
    """A page with what went wrong in it; nothing may."""

    page: Page
    failures: list[str] = field(default_factory=list)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; the tests that need it are skipped where it is not installed."""
    if not CHROMIUM.exists():
        pytest.skip(f"needs a browser at {CHROMIUM}: apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        # root, as in a container, has no sandbox to give
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Browser,
    url: str,
    *,
    width: int = 1280,
    height: int = 900,
    scheme: Literal["light", "dark"] = "light",
    **more: Any,
) -> Iterator[Tab]:
    """A fresh page at `url`; whatever its console complains of is gathered."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce", **more
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    tab = Tab(page)
    page.on("console", lambda message: tab.failures.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: tab.failures.append(str(error)))
    page.goto(url)
    page.locator("#model:not(:empty), dialog[open]").first.wait_for()
    yield tab
    context.close()
