"""How long it takes to save a run, how large the files are, and how quickly a page steps, in a real browser."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from peers import graphgrad_loss
from timing import absent, duration, interleaved, present, seconds_of, table

ROUNDS, FILM_ROUNDS, LOADS = 21, 3, 7
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]
STEP = """() => {
    const root = document.querySelector("[data-graphgrad]").shadowRoot;
    const slider = root.querySelector("input[type=range]");
    const times = [];
    for (let k = 1; k <= Math.min(+slider.max, 400); k++) {
        const start = performance.now();
        slider.value = k;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        root.host.getBoundingClientRect();  // until the layout is done
        times.push((performance.now() - start) / 1000);
    }
    return times;
}"""
"""Moves the slider through the first steps; the seconds that each takes, layout included."""


def report() -> Iterator[str]:
    """The tables of this file as Markdown."""
    yield "## Player: saving a run"
    yield (
        "The run of the BCE graph of one example, which is built anew with other names each time, is saved as a page, "
        "and as a film of 1 pixel per unit. Goals: a page below 300 kB, in 0.5 s."
    )
    yield table(["file", "median", "min", "max", "size", "goal"], _saved())
    yield "## Player: a page in Chromium"
    yield (
        "*Load* is from opening the file to the first step on the screen. *Step* is one move of the slider, layout "
        "included, over up to 400 steps. Goals: 16 ms a step with 50 nodes; 2,000 steps load in 2 s."
    )
    yield table(["page", "steps", "size", "load: median", "max", "step: median", "max"], _played())


def chain(length: int) -> Any:
    """tanh of tanh of … a parameter."""
    import graphgrad as gg

    node: gg.Node = gg.Parameter(0.5, name="x")
    for _ in range(length - 1):
        node = gg.Tanh(node)
    return node


def _saved() -> Iterator[list[str]]:
    import graphgrad as gg

    with tempfile.TemporaryDirectory() as folder:
        page, film = Path(folder, "run.html"), Path(folder, "run.gif")
        names = iter(range(1000))
        candidates: dict[str, Callable[[], float]] = {
            "html": partial(seconds_of, lambda: gg.player(graphgrad_loss()).save(page)),
            "html, names not seen before": partial(
                seconds_of, lambda: gg.player(graphgrad_loss(str(next(names)))).save(page)
            ),
        }
        for measure in candidates.values():  # warm
            measure()
        for name, sample in interleaved(candidates, ROUNDS).items():
            yield [name, *sample.cells(), _size(page), duration(0.5)]
        if not present("PIL"):
            yield absent("gif", 6)
            return
        films = interleaved({"gif": partial(seconds_of, lambda: gg.player(graphgrad_loss()).save(film))}, FILM_ROUNDS)
        yield ["gif", *films["gif"].cells(), _size(film), ""]


def _played() -> Iterator[list[str]]:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser or not present("playwright"):
        yield absent("chromium", 7)
        return
    import graphgrad as gg
    from playwright.sync_api import sync_playwright

    runs = {"BCE, one example": gg.player(graphgrad_loss())}
    runs |= {f"chain of {n} nodes": gg.player(chain(n)) for n in (50, 500)}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=FLAGS)
        for name, run in runs.items():
            file = run.save(Path(folder, "run.html"))
            loads, times = [], []
            for _ in range(LOADS):
                page = chromium.new_page()
                loads.append(seconds_of(partial(_open, page, file)))
                times += page.evaluate(STEP)
                page.close()
            yield [
                name,
                f"{len(run.steps):,}",
                _size(file),
                *(duration(f(loads)) for f in (statistics.median, max)),
                *(duration(f(times)) for f in (statistics.median, max)),
            ]
        chromium.close()


def _open(page: Any, file: Path) -> None:
    page.goto(file.as_uri())
    page.locator("[data-graphgrad] input[type=range]").wait_for()


def _size(file: Path) -> str:
    return f"{file.stat().st_size / 1000:,.0f} kB"
