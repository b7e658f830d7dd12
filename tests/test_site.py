"""The site builds without a warning and without a network; its links lead somewhere; it holds every public name; and it
works in a browser, on a phone, in the dark, and for those who do not see it.

To draw the picture of the home page anew: python tests/test_site.py
"""

import functools
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import graphgrad as gg
import pytest
from browser import Played

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "docs" / "home.svg"

OFFLINE = """
import socket


def refuse(*_, **__):
    raise OSError("the site is built without a network")


socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
"""
"""What Python reads when it starts, for the build."""

ELSEWHERE = {
    "https://github.com/pradyunsg/furo",
    "https://doi.org/10.1093/imanum/draa038",
    "https://CRAN.R-project.org/package=Rmpfr/vignettes/log1mexp-note.pdf",
    "https://gohugo.io/content-management/static-files",
    "https://jekyllrb.com/docs/static-files/",
    "https://typst.app",
}
"""All addresses outside the site that a page links to. Look at a new one in a browser before you add it."""

OF_THE_VIEWS = {"Player.scene", "Player.view", "Player.layout", "Player.cues"}
"""What only graphgrad's own views read; nothing is promised about it."""

RULES = (gg.Op, gg.Elementwise, gg.Reduction, gg.Selection)

KINDS = [
    "docs/index",
    "docs/start",
    "docs/howto/embed-a-player",
    "docs/explanation/numerics",
    "docs/ops",
    "docs/benchmarks",
    "docs/gallery/index",
    "docs/gallery/attention",
    "docs/reference/drawing",
    "docs/reference/losses",
    "docs/reference/command-line",
    "notebooks/1-first-graph",
    "notebooks/3-train-a-classifier",
    "_modules/graphgrad/losses",
    "genindex",
    "search",
]
"""A page of each kind."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, built once."""
    work = tmp_path_factory.mktemp("site")
    (work / "sitecustomize.py").write_text(OFFLINE, encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-n", "-W", "--keep-going", "-c", "docs", ".", str(work / "html")]
    environment = {**os.environ, "PYTHONPATH": str(work)}
    built = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8")
    assert (built.returncode, built.stdout, built.stderr) == (0, "", ""), built.stderr
    return work / "html"


class Page(HTMLParser):
    """What a page links to, and the places in it that can be linked to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.links.add(value)
            elif name == "id" and value:
                self.places.add(value)


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[Path, Page]:
    """All pages by their files."""
    return {path: Page(path) for path in site.rglob("*.html")}


# What is built


def test_the_home_page_shows_what_its_lines_draw() -> None:
    assert HOME.read_text(encoding="utf-8") == picture().svg, (
        "docs/home.svg is not what draw() gives; look at the new one, and if it is right, run python tests/test_site.py"
    )


def picture() -> gg.Drawing:
    """What the lines on the home page draw."""
    a, b = gg.Parameter(2.0), gg.Parameter(5.0)
    c = a * b
    d = b + 1
    e = c * d
    return gg.draw(e, direction="LR")


def test_every_link_leads_somewhere(site: Path, pages: dict[Path, Page]) -> None:
    assert len(pages) > 80
    broken, outside = [], set()
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme == "data":
                continue
            if parts.scheme or parts.netloc:
                outside.add(link)
                continue
            file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            places = pages[file].places if file in pages else set()
            if not file.is_file() or (parts.fragment and unquote(parts.fragment) not in places):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert broken == []
    assert outside <= ELSEWHERE


def test_every_page_can_be_reached_from_the_home_page(site: Path, pages: dict[Path, Page]) -> None:
    reached, new = set(), {site / "index.html"}
    while new:
        reached |= new
        links = {(page.parent / unquote(urlsplit(link).path)).resolve() for page in new for link in pages[page].links}
        new = {file for file in links if file in pages} - reached
    of_sphinx = {site / "genindex.html", site / "py-modindex.html", site / "search.html", site / "_modules/index.html"}
    assert set(pages) - reached <= of_sphinx


def test_the_reference_has_every_public_name(site: Path) -> None:
    from sphinx.util.inventory import InventoryFile

    inventory = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="")
    entries = {name for kind, names in inventory.data.items() if kind.startswith("py:") for name in names}
    assert [name for name in gg.__all__ if f"graphgrad.{name}" not in entries] == []
    missing = [name for name, owners in methods().items() if not {f"graphgrad.{owner}" for owner in owners} & entries]
    assert set(missing) == OF_THE_VIEWS


def methods() -> dict[str, list[str]]:
    """The public methods of each public class, by the names under which they may be documented."""
    kinds = (property, functools.cached_property, classmethod)
    found = {}
    for name in gg.__all__:
        owner = getattr(gg, name)
        if not inspect.isclass(owner) or (issubclass(owner, gg.Op) and owner not in RULES):
            continue  # what an op has beyond those of all ops is its rule
        for method, value in inspect.getmembers_static(owner):
            if not method.startswith("_") and (inspect.isfunction(value) or isinstance(value, kinds)):
                found[f"{name}.{method}"] = [f"{base.__name__}.{method}" for base in owner.__mro__]
    return found


def test_an_op_is_shown_with_its_inputs_its_facts_and_an_example(site: Path) -> None:
    text = (site / "docs/ops.html").read_text(encoding="utf-8")
    entry = re.sub(r"<[^>]+>", "", text.partition('id="graphgrad.XLogY"')[2].partition("</section>")[0])
    facts = ["(x, y, *, name=None)", "Local gradients:log(y) for x", "Shapes:x and y broadcast", "Domain:", "Corners:"]
    places = [entry.replace("\n", "").find(fact) for fact in [*facts, "&gt;&gt;&gt; p = "]]
    assert places == sorted(places)
    assert -1 not in places


# In a browser

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

ALIKE = ["tr:nth-child(n + 6)", "#arithmetic-exponentials-activations ~ section"]
"""What axe need not read: the rows of a table after the first ones, and the ops after those of the first kind."""


@pytest.fixture
def opened(site: Path, browser: Any) -> Iterator[Callable[..., Any]]:
    """Open a page as from a server. At the end no page may have left an error, or asked for what the site has not."""
    faults: list[str] = []
    contexts: list[Any] = []

    def answer(route: Any) -> None:
        address = urlsplit(route.request.url)
        file = site / unquote(address.path).lstrip("/")
        if address.netloc == "site.test" and file.is_file():
            route.fulfill(path=file)
        else:
            faults.append(f"request: {route.request.url}")
            route.abort()

    def opened(page: str, **settings: Any) -> Any:
        contexts.append(context := browser.new_context(**{"viewport": DESKTOP, **settings}))
        context.set_default_timeout(10_000)
        context.route("**/*", answer)
        tab = context.new_page()
        tab.on("console", lambda said: faults.append(f"console: {said.text}") if said.type != "log" else None)
        tab.on("pageerror", lambda error: faults.append(f"error: {error}"))
        tab.goto(f"https://site.test/{page}.html")
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


@pytest.mark.parametrize(("viewport", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
@pytest.mark.parametrize("page", KINDS)
def test_axe_finds_nothing(opened: Any, page: str, viewport: Any, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    tab = opened(page, viewport=viewport, color_scheme=scheme)
    found = Axe().run(tab, context={"exclude": [[part] for part in ALIKE]}).response["violations"]
    assert [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found] == []


def test_no_page_is_wider_than_a_phone(site: Path, opened: Any, pages: dict[Path, Page]) -> None:
    tab = opened("docs/index", viewport=PHONE)
    wide = []
    for page in set(pages) - {site / "index.html"}:  # which goes on to another
        tab.goto(f"https://site.test/{page.relative_to(site).as_posix()}", wait_until="domcontentloaded")
        scrolls = tab.locator(".content")  # of furo, for the page as a whole
        if scrolls.evaluate("content => content.scrollWidth > window.innerWidth"):
            wide.append(page.relative_to(site))
    assert wide == []


def test_the_root_leads_home(opened: Any) -> None:
    tab = opened("index")
    tab.wait_for_url("**/docs/index.html")
    assert tab.get_by_role("heading", level=1).inner_text().startswith("graphgrad")


def test_what_scrolls_by_itself_is_reached_by_the_keys(opened: Any) -> None:
    tab = opened("docs/index", viewport=PHONE)
    tab.wait_for_selector(".picture[tabindex='0']").focus()
    tab.keyboard.press("ArrowRight")
    tab.wait_for_function("document.querySelector('.picture').scrollLeft > 0")
    tab.set_viewport_size(DESKTOP)
    tab.wait_for_selector(".picture:not([tabindex])")


def test_a_player_plays_in_a_tutorial(opened: Any) -> None:
    played = Played(opened("notebooks/1-first-graph"))
    assert played.at == 0
    played.button("Next").click()
    assert played.at == 1
    played.button("Next").press("ArrowRight")
    assert played.at == 2


def test_pictures_and_players_follow_the_theme_of_the_page(opened: Any) -> None:
    tab = opened("notebooks/1-first-graph", color_scheme="light")
    papers = """() => [
        getComputedStyle(document.querySelector(".picture > svg > rect")).fill,
        getComputedStyle(document.querySelector("[data-graphgrad]").shadowRoot.querySelector(".player")).backgroundColor,
        getComputedStyle(document.body).backgroundColor,
    ]"""
    assert tab.evaluate(papers) == ["rgb(255, 255, 255)"] * 3
    tab.locator(".theme-toggle:visible").click()
    tab.wait_for_selector("body[data-theme=dark]")
    assert tab.evaluate(papers) == ["rgb(20, 23, 29)"] * 3


@pytest.mark.parametrize(
    ("word", "page"),
    [("Sigmoid", "docs/ops.html"), ("surprise", "notebooks/"), ("embed", "docs/howto/embed-a-player.html")],
)
def test_search_finds_a_word(opened: Any, word: str, page: str) -> None:
    tab = opened("docs/index")
    field = tab.get_by_role("textbox", name="Search").first
    field.fill(word)
    field.press("Enter")
    found = tab.locator("ul.search li a")
    found.first.wait_for()
    assert any(page in link.get_attribute("href") for link in found.all())
    found.first.click()
    tab.wait_for_selector("article h1")
    assert "search.html" not in tab.url


def test_a_formula_is_mathml(opened: Any) -> None:
    formula = opened("notebooks/2-bce-step-by-step").locator("math").first
    assert formula.evaluate("formula => formula.namespaceURI") == "http://www.w3.org/1998/Math/MathML"
    assert formula.text_content().startswith("L=−ylogp")
    assert formula.bounding_box()["width"] > 100


def test_a_copied_example_has_no_prompts(opened: Any) -> None:
    tab = opened("docs/index", permissions=["clipboard-read", "clipboard-write"])
    block = tab.locator("div.highlight").first
    block.hover()
    block.get_by_role("button").click()
    tab.wait_for_selector("button.copybtn.success")
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines()[:2] == ["import graphgrad as gg", "a, b = gg.Parameter(2.0), gg.Parameter(5.0)"]


if __name__ == "__main__":
    picture().save(HOME)
