"""The player where notebooks are read: JupyterLab, Notebook 7, saved notebooks, nbconvert's pages, marimo's frames."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

import graphgrad as gg
import pytest
from drawing_examples import bce_one
from graphgrad.views.html import fragment, page
from jupyter_process import KERNEL, Server, jupyter, needs_jupyter

pytest.importorskip("playwright")

from playwright.sync_api import expect

STEPS = 50

CELLS = [
    """\
import graphgrad as gg
w, x = gg.Parameter(0.7), gg.Input(2.0)
b, y = gg.Parameter(-0.4), gg.Input(1.0)
z = w * x + b
p_hat = gg.Sigmoid(z)
loss = gg.bce(p_hat, y)
gg.player(loss)""",
    """\
widget = gg.player(loss).widget()
widget""",
    "",
]
STATIC, WIDGET, LAST = range(3)

IDLE = """() => {
    const panel = window.jupyterapp?.shell?.currentWidget
    return panel?.context?.sessionContext?.session?.kernel?.status === 'idle'
        && window.jupyterapp.commands.isEnabled('notebook:run-all-cells')
}"""
RUN_ALL = """async () => {
    await window.jupyterapp.commands.execute('notebook:run-all-cells')
    const outputs = window.jupyterapp.shell.currentWidget.content.widgets.flatMap((cell) => cell.model.outputs.toJSON())
    return outputs.filter((output) => output.output_type === 'error').map((error) => error.evalue)
}"""
RUN_LAST = """async (source) => {
    const notebook = window.jupyterapp.shell.currentWidget.content
    notebook.activeCellIndex = notebook.widgets.length - 1
    const cell = notebook.activeCell
    cell.model.sharedModel.setSource(source)
    await window.jupyterapp.commands.execute('notebook:run-cell')
    return cell.model.outputs.toJSON()
}"""
SEEN = """() => {
    const notebook = window.jupyterapp.shell.currentWidget.content
    const cells = notebook.widgets.map((cell) => [cell.model.type, cell.model.sharedModel.getSource()])
    return JSON.stringify([notebook.activeCellIndex, notebook.mode, cells])
}"""

OF_NOTEBOOK_7 = re.compile(r"reading 'schema'|Command 'filebrowser:open-path' not registered")
"""What Notebook 7.6 itself leaves uncaught as it starts."""


class Notebook:
    """A notebook in a browser."""

    def __init__(self, page):
        self.page = page

    def run(self):
        """Run all cells, once there is a kernel."""
        self.page.wait_for_function(IDLE)
        failed = self.page.evaluate(RUN_ALL)
        assert failed == []

    def python(self, source):
        """Run `source` in the last cell, and give back what it printed."""
        outputs = self.page.evaluate(RUN_LAST, source)
        assert all(output["output_type"] == "stream" for output in outputs), outputs
        return "".join(output["text"] for output in outputs)

    def widget(self):
        """Index, values and output of the widget, as Python sees them."""
        return json.loads(
            self.python("import json; print(json.dumps([widget.index, widget.values, float(widget.node.value)]))")
        )

    def becomes(self, index):
        """Wait until Python stands at a step: a page that is busy sends the last of several steps alone."""
        told = next((step for step, *_ in (self.widget() for _ in range(50)) if step == index), None)
        assert told == index

    def seen(self):
        """The active cell, the mode, and all cells: what keys that JupyterLab took would change."""
        return self.page.evaluate(SEEN)

    def player(self, cell):
        """What a cell of the notebook in front shows."""
        return (
            self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell").nth(cell).locator(".jp-Cell-outputArea")
        )


# JupyterLab and Notebook 7


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    needs_jupyter()
    with jupyter(tmp_path_factory.mktemp("jupyter")) as running:
        yield running


def written(server, name, cells, kernel=True):
    """A notebook file of the server, with the cells that are given, as text or with their outputs."""
    spec = {"name": KERNEL, "display_name": "graphgrad", "language": "python"}
    made = [
        cell
        if isinstance(cell, dict)
        else {"cell_type": "code", "metadata": {}, "source": cell, "outputs": [], "execution_count": None}
        for cell in cells
    ]
    content = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": spec} if kernel else {},
        "cells": [{**cell, "id": f"cell-{k}"} for k, cell in enumerate(made)],
    }
    (server.root / name).write_text(json.dumps(content), encoding="utf-8")
    return name


@contextmanager
def opened(browser, address, ours=""):
    """A page in a context of its own. It makes no request but to `ours`, and leaves no error of the player's."""
    context = browser.new_context(viewport={"width": 1280, "height": 1600})
    context.set_default_timeout(30_000)
    tab = context.new_page()
    requests, errors = [], []
    tab.on("request", lambda request: requests.append(request.url))
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on(
        "console", lambda said: errors.append(f"{said.text} {said.location['url']}") if said.type == "error" else None
    )
    try:
        tab.goto(address)
        yield tab
        assert [url for url in requests if not url.startswith((ours or address, "data:", "blob:"))] == []
        assert [error for error in errors if not OF_NOTEBOOK_7.search(error)] == []
    finally:
        context.close()


@pytest.fixture(scope="module")
def lab(browser, server):
    """A notebook in JupyterLab, whose cells have run."""
    with opened(browser, server.lab(written(server, "lab.ipynb", CELLS)), server.url) as tab:
        notebook = Notebook(tab)
        notebook.run()
        yield notebook


def next_button(player):
    return player.get_by_role("button", name="Next", exact=True)


def shows(player, index):
    """Wait until a player stands at a step."""
    expect(player.locator(".count")).to_have_text(f"Step {index + 1} of {STEPS}")


def at(notebook, index):
    """Bring the widget to a step from Python, and wait for the page."""
    notebook.python(f"widget.index = {index}")
    shows(notebook.player(WIDGET), index)


def field(player, symbol):
    return player.get_by_role("textbox", name=symbol, exact=True)


def picture(player):
    return player.locator(".stage > svg")


def empty_slots(player):
    """How much of the picture is not known yet."""
    return player.locator("[data-slot]").evaluate_all(
        "(slots) => slots.filter((s) => s.style.display !== 'none').length"
    )


KEYS = (
    *(
        "a",
        "b",
        "d",
        "d",
        "x",
        "c",
        "v",
        "z",
        "m",
        "y",
        "r",
        "1",
        "0",
        "0",
        "i",
        "i",
        "j",
        "k",
        "f",
        "h",
        "l",
        "o",
        "s",
    ),
    *("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"),
    *("Space", "Enter", "Shift+Enter", "Control+Enter", "Escape", "Delete", "Backspace"),
)
"""In JupyterLab they add, delete, cut, move, run and change cells, and restart the kernel."""


def presses(notebook, cell):
    """Press all keys on a button of a player: nothing of the notebook moves."""
    button = next_button(notebook.player(cell))
    button.focus()
    before = notebook.seen()
    for key in KEYS:
        button.focus()
        button.press(key)
        assert notebook.seen() == before, key
        expect(notebook.page.locator(".jp-Dialog")).to_have_count(0)


def test_both_players_show_and_step_by_mouse(lab):
    at(lab, 0)
    for cell in (STATIC, WIDGET):
        player = lab.player(cell)
        shows(player, 0)
        empty = empty_slots(player)
        assert empty > 30
        next_button(player).click()
        shows(player, 1)
        assert empty_slots(player) < empty
    lab.becomes(1)


@pytest.mark.parametrize("cell", [STATIC, WIDGET])
def test_jupyterlab_takes_no_key_of_the_player(lab, cell):
    presses(lab, cell)


def test_arrow_keys_step(lab):
    at(lab, 4)
    next_button(lab.player(WIDGET)).focus()
    before = lab.seen()
    lab.page.keyboard.press("ArrowRight")
    shows(lab.player(WIDGET), 5)
    lab.page.keyboard.press("ArrowLeft")
    lab.page.keyboard.press("ArrowLeft")
    shows(lab.player(WIDGET), 3)
    assert lab.seen() == before
    lab.becomes(3)


def test_python_moves_the_page(lab):
    at(lab, 20)
    some = empty_slots(lab.player(WIDGET))
    at(lab, STEPS - 1)
    assert some > empty_slots(lab.player(WIDGET)) == 0
    lab.python("widget.index, widget.playing = 47, True")
    shows(lab.player(WIDGET), STEPS - 1)
    lab.becomes(STEPS - 1)
    assert lab.python("print(widget.playing)") == "False\n"


def test_what_if_asks_python(lab):
    at(lab, 7)
    player = lab.player(WIDGET)
    field(player, "w").click()
    before = lab.seen()
    field(player, "w").fill("")
    lab.page.keyboard.type("0.9")
    lab.page.keyboard.press("Enter")  # which JupyterLab keeps from submitting a form
    expect(picture(player)).to_contain_text("value0.9")
    assert lab.seen() == before
    index, values, output = lab.widget()
    assert (index, values) == (7, {"y": 1.0, "w": 0.9, "x": 2.0, "b": -0.4})
    assert output == pytest.approx(float(bce_one().replace(w=0.9).value))
    shows(player, 7)

    field(player, "w").fill("much")
    player.get_by_role("button", name="Recompute").click()
    expect(player.get_by_role("alert").filter(has_text="'much' is no number")).to_be_visible()
    expect(field(player, "w")).to_have_accessible_description(re.compile("'much' is no number"))
    expect(picture(player)).to_contain_text("value0.9")
    assert lab.widget() == [index, values, output]

    player.get_by_role("button", name="Reset").click()
    expect(picture(player)).not_to_contain_text("value0.9")
    expect(field(player, "w")).to_have_value("0.7")
    expect(field(player, "w")).to_have_accessible_description("")
    assert lab.widget()[1] == {"y": 1.0, "w": 0.7, "x": 2.0, "b": -0.4}
    shows(player, 7)


def test_values_set_in_python_show_on_the_page(lab):
    player = lab.player(WIDGET)
    lab.python("widget.values = {'b': 1.5}")
    expect(field(player, "b")).to_have_value("1.5")
    lab.python("widget.values = {'b': -0.4}")
    expect(field(player, "b")).to_have_value("-0.4")
    refused = "try:\n    widget.values = {'c': 1}\nexcept Exception as error:\n    print(error)"
    assert lab.python(refused) == "values: there is no 'c' to change; there are y, w, x, b\n"


def test_the_player_without_python_says_what_it_takes(lab):
    expect(lab.player(STATIC)).to_contain_text("gg.player(…).widget()")
    expect(lab.player(STATIC).get_by_role("textbox")).to_have_count(0)


def test_a_prediction_is_typed(lab):
    to_come = "next(k for k, step in enumerate(widget.data['steps']) if step['answer'])"
    index, answer = json.loads(lab.python(f"k = {to_come}; print([k, widget.data['steps'][k]['answer'][0]])"))
    at(lab, index - 1)
    player = lab.player(WIDGET)
    player.get_by_role("button", name="Predict").click()
    next_button(player).click()
    lab.page.keyboard.type(str(answer))
    lab.page.keyboard.press("Enter")
    expect(player.locator(".verdict")).to_contain_text("Right")
    shows(player, index)
    player.get_by_role("button", name="Predict").click()
    lab.becomes(index)


PAPER = """(player) => {
    const [red, green, blue] = getComputedStyle(player).backgroundColor.match(/[0-9.]+/g).map(Number)
    return (red + green + blue) / 3
}"""


def test_the_theme_of_jupyterlab(lab):
    papers = [lab.player(cell).get_by_role("group").first for cell in (STATIC, WIDGET)]
    assert [paper.evaluate(PAPER) > 230 for paper in papers] == [True, True]
    lab.page.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })")
    lab.page.wait_for_function("() => document.body.dataset.jpThemeLight === 'false'")
    assert [paper.evaluate(PAPER) < 60 for paper in papers] == [True, True]


# Saved notebooks, and pages made of them


@pytest.fixture(scope="module")
def saved(lab, server):
    """The cells of a notebook with their outputs, as JupyterLab saves them."""
    lab.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    return json.loads((server.root / "lab.ipynb").read_text(encoding="utf-8"))["cells"]


def in_front(lab, name):
    """Open another notebook in the same JupyterLab, with a kernel that knows nothing of the first."""
    lab.page.evaluate("(path) => window.jupyterapp.commands.execute('docmanager:open', { path })", name)
    lab.page.wait_for_function("(path) => window.jupyterapp.shell.currentWidget?.context?.path === path", arg=name)


def test_a_notebook_that_is_not_trusted_shows_the_picture(lab, server, saved):
    in_front(lab, written(server, "untrusted.ipynb", saved[:1]))
    image = lab.player(STATIC).locator("img")
    expect(image).to_be_visible()
    assert image.get_attribute("alt") == "Backpropagation of loss, step by step"
    assert image.evaluate("(image) => image.complete && image.naturalWidth > 100")
    expect(lab.player(STATIC).get_by_role("button")).to_have_count(0)


def test_a_notebook_that_is_trusted_plays_though_nothing_ran(lab, server, saved):
    name = written(server, "trusted.ipynb", saved[:1])
    sign = [sys.executable, "-m", "jupyter", "trust", name]  # as for its author
    subprocess.run(sign, cwd=server.root, env=server.folders, check=True, capture_output=True)
    in_front(lab, name)
    player = lab.player(STATIC)
    next_button(player).click()
    shows(player, 1)
    expect(player.locator("img")).not_to_be_visible()


@pytest.fixture(scope="module")
def converted(server, saved, tmp_path_factory):
    """The page that nbconvert makes of the notebook, and the one it makes without the output of the player."""
    folder = tmp_path_factory.mktemp("nbconvert")
    bare = [{**cell, "outputs": []} for cell in saved]
    for name, cells in (("player", saved), ("bare", bare)):
        (folder / f"{name}.ipynb").write_bytes((server.root / written(server, f"{name}.ipynb", cells)).read_bytes())
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "player.ipynb", "bare.ipynb"]
    subprocess.run(command, cwd=folder, env=server.folders, check=True, capture_output=True)
    return folder


def test_a_page_of_nbconvert_plays(browser, converted):
    asked = {}
    for name in ("bare", "player"):
        context = browser.new_context()
        context.set_default_timeout(10_000)
        tab = context.new_page()
        requests, errors = asked[name] = [], []
        context.route(re.compile("^https?:"), lambda route: route.abort())
        tab.on("request", lambda request, kept=requests: kept.append(request.url.split("/")[-1]))
        tab.on("pageerror", lambda error, kept=errors: kept.append(str(error)))
        tab.on("console", lambda said, kept=errors: kept.append(said.text) if said.type == "error" else None)
        tab.goto((converted / f"{name}.html").as_uri())
        if name == "player":
            player = tab.locator("[data-graphgrad=player]")
            next_button(player).click()
            shows(player, 1)
        context.close()
    (bare, _), (played, _) = asked.values()
    assert played[1:] == bare[1:]  # the template's own: MathJax and RequireJS
    assert asked["player"][1] == asked["bare"][1]


def test_notebook_7(browser, server):
    address = server.notebook(written(server, "seven.ipynb", CELLS))
    with opened(browser, address, server.url) as tab:
        notebook = Notebook(tab)
        notebook.run()
        for cell in (STATIC, WIDGET):
            player = notebook.player(cell)
            shows(player, 0)
            next_button(player).click()
            shows(player, 1)
            presses(notebook, cell)
        at(notebook, 20)
        field(notebook.player(WIDGET), "w").fill("0.9")
        field(notebook.player(WIDGET), "w").press("Enter")
        expect(picture(notebook.player(WIDGET))).to_contain_text("value0.9")
        assert notebook.widget()[:2] == [20, {"y": 1.0, "w": 0.9, "x": 2.0, "b": -0.4}]


# Hosts that are not installed here


def test_marimo_gets_the_page_in_a_frame(browser):
    run = gg.player(bce_one())
    kind, html = run._mime_()
    assert kind == "text/html"
    found = re.fullmatch(r'<iframe title="([^"]*)" style="[^"]*" srcdoc="([^"]*)"></iframe>', html)
    assert unescape(found[1]) == run.title
    before, _ = page(run).split("<div data-graphgrad")
    assert unescape(found[2]).startswith(f"{before}{fragment(run)}\n</main>")
    assert unescape(found[2]).endswith("</script>\n</body>\n</html>\n")
    with opened(browser, "about:blank") as tab:
        tab.set_content(f"<!doctype html><p>Above</p>{html}")
        inside = tab.frame_locator("iframe")
        player = inside.locator("[data-graphgrad=player]")
        next_button(player).click()
        shows(player, 1)
        for width in (1200, 600, 1200):
            tab.set_viewport_size({"width": width, "height": 800})
            tab.wait_for_function(NOTHING_CUT)
        paper = player.get_by_role("group").first
        assert paper.evaluate(PAPER) > 230
        tab.evaluate("() => { document.body.style.colorScheme = 'dark' }")  # as marimo does
        tab.wait_for_function("() => getComputedStyle(document.querySelector('iframe')).colorScheme === 'dark'")
        assert paper.evaluate(PAPER) < 60


NOTHING_CUT = """() => {
    const frame = document.querySelector('iframe')
    return Math.abs(frame.clientHeight - frame.contentDocument.body.offsetHeight) < 2
}"""
"""The frame is as high as the player in it, which is higher where the page is narrow."""


VS_CODE = """(html) => {
    const output = document.body.appendChild(document.createElement('div'))
    output.innerHTML = html
    for (const script of [...output.getElementsByTagName('script')]) {
        const copy = document.createElement('script')
        copy.text = script.innerText
        if (script.type) copy.setAttribute('type', script.type)
        output.appendChild(copy).remove()
    }
}"""
"""What VS Code's renderer of text/html does: scripts run as copies, which are gone at once."""


def test_as_vs_code_renders_it(browser):
    html = fragment(gg.player(bce_one()))
    with opened(browser, "about:blank") as tab:
        for k in range(3):
            tab.evaluate(VS_CODE, html)
            player = tab.locator("[data-graphgrad=player]").nth(k)
            next_button(player).click()
            shows(player, 1)
        expect(tab.locator("[data-graphgrad=player]")).to_have_count(3)
        shows(tab.locator("[data-graphgrad=player]").first, 1)
