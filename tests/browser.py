"""A browser for the tests of the player: it opens pages, watches what they do, and plays runs on them."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OWN = ("file:", "data:", "blob:", "about:")
"""The addresses that a page of the player may ask for."""


def _missing(what: str) -> None:
    """Skip the test, and say why; on continuous integration, where nothing may be missing, fail."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is not installed")
    pytest.skip(f"{what} is not installed")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, once for all tests."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        _missing(f"none of {', '.join(BROWSERS)}")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open a page in a context of its own. At the end no page may have left an error, or asked the network."""
    contexts: list[Any] = []
    faults: list[str] = []

    def visit(page: Path | str, *, before: Callable[[Any], None] = lambda tab: None, **settings: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
        context.set_default_timeout(15_000)
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda said: faults.append(f"console: {said.text}") if said.type != "log" else None)
        tab.on("pageerror", lambda error: faults.append(f"error: {error}"))
        tab.on("dialog", lambda dialog: (faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        tab.on("request", lambda asked: None if asked.url.startswith(OWN) else faults.append(f"request: {asked.url}"))
        before(tab)
        tab.goto(page if isinstance(page, str) else page.as_uri())
        return tab

    yield visit
    for context in contexts:
        context.close()
    assert faults == []


SEEN = """
const seen = (host) => {
    const root = host.shadowRoot;
    const isSeen = (part) => part.getClientRects().length > 0;
    const svg = root.querySelector(".stage > svg");
    const frame = root.querySelector(".stage").getBoundingClientRect();
    const inFrame = (part) => {
        const one = part.getBoundingClientRect();
        return one.top >= frame.top && one.bottom <= frame.bottom && one.left >= frame.left && one.right <= frame.right;
    };
    const all = (selector, tell) => [...svg.querySelectorAll(selector)].map(tell);
    const boxes = [...svg.querySelectorAll("[data-node], [data-edge]")];
    const ringed = boxes.filter((box) => isSeen(box.querySelector(".gg-ring")));
    const key = (box) => box.dataset.node ?? box.dataset.edge;
    return {
        index: Number(root.querySelector("input[type=range]").value),
        said: root.querySelector("input[type=range]").getAttribute("aria-valuetext"),
        count: root.querySelector(".count").textContent,
        equation: root.querySelector(".equation").getAttribute("aria-label"),
        drawn: root.querySelector(".equation").textContent,
        words: root.querySelector(".words").textContent,
        heard: root.querySelector("[role=status]").textContent,
        shown: all("[data-stage]", (part) => [part.dataset.of, part.dataset.stage, isSeen(part)]),
        slots: all("[data-slot]", (part) => [part.dataset.of, part.dataset.slot, isSeen(part)]),
        texts: [...svg.querySelectorAll("text, path[aria-label]")]
            .filter(isSeen)
            .map((part) => part.getAttribute("aria-label") ?? part.textContent),
        ringed: ringed.map(key),
        inView: ringed.filter(inFrame).map(key),
        widths: all(".gg-edge", (edge) => getComputedStyle(edge.querySelector("path")).strokeWidth),
        list: [...root.querySelectorAll(".order button")].map((entry) =>
            [...entry.children].filter((part) => !part.hidden && part.textContent)
                .map((part) => part.textContent).join(" ")),
        current: [...root.querySelectorAll(".order [aria-current=step]")].map((entry) => Number(entry.dataset.index)),
        scrolled: [window.scrollX, window.scrollY],
        ends: ["first", "previous", "next", "last"].map(
            (name) => root.querySelector(`[data-name=${name}]`).getAttribute("aria-disabled")),
    };
};
"""

WALK = (
    "(host, indices) => {"
    + SEEN
    + """
    const slider = host.shadowRoot.querySelector("input[type=range]");
    return indices.map((index) => {
        slider.value = index;
        slider.dispatchEvent(new Event("input"));
        return seen(host);
    });
}"""
)


class Played:
    """A player on a page."""

    def __init__(self, tab: Any, nth: int = 0) -> None:
        self.tab = tab
        self.host = tab.locator("[data-graphgrad=player]").nth(nth)
        self.stage = self.host.locator(".stage")
        self.picture = self.stage.locator("> svg")
        self.slider = self.host.get_by_role("slider", name="Step")
        self.status = self.host.get_by_role("status")
        self.order = self.host.get_by_role("group", name="All steps")
        self.current = self.order.locator("[aria-current=step]")
        self.guess = self.host.get_by_role("textbox", name="Your number")
        self.verdict = self.host.locator(".verdict")

    def button(self, name: str) -> Any:
        """One of the buttons, by the name it has."""
        return self.host.get_by_role("button", name=name, exact=True)

    def field(self, symbol: str) -> Any:
        """The field of a leaf."""
        return self.host.get_by_role("textbox", name=symbol, exact=True)

    def box(self, key: str) -> Any:
        """A box or chip of the picture."""
        return self.picture.locator(f'[data-node="{key}"], [data-edge="{key}"]')

    def walk(self, *indices: int) -> list[dict[str, Any]]:
        """What is seen at some steps, in that order."""
        return self.host.evaluate(WALK, list(indices))

    def seen(self) -> dict[str, Any]:
        """What is seen now."""
        return self.host.evaluate("(host) => {" + SEEN + "return seen(host); }")

    @property
    def at(self) -> int:
        """The step that is shown, from 0."""
        return int(self.slider.input_value())
