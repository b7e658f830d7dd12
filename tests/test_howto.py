"""What the written pages say and doctests cannot show: a picture, links, and the player inside other pages."""

import doctest
import re
from itertools import pairwise
from pathlib import Path

import graphgrad as gg
import pytest
from browser import Played
from drawing_examples import bce_one, fan_out
from pypdfium2 import PdfDocument

DOCS = Path(__file__).parents[1] / "docs"
START, EMBED = DOCS / "start.md", DOCS / "howto" / "embed-a-player.md"
PICTURE = DOCS / "start.svg"
WRITTEN = [START, *sorted((DOCS / "howto").glob("*.md")), *sorted((DOCS / "explanation").glob("*.md"))]


def first_picture():
    """What the lines of the page draw, up to and with the one that draws."""
    names = {}
    for example in doctest.DocTestParser().get_examples(START.read_text(encoding="utf-8")):
        exec(example.source, names)
        if "picture" in names:
            return names["picture"]
    raise AssertionError("docs/start.md draws no picture")


def test_the_first_picture_is_what_its_lines_draw():
    assert PICTURE.read_text(encoding="utf-8") == first_picture().svg, (
        "docs/start.svg is not what draw() gives; look at the new one, and if it is right, python tests/test_howto.py"
    )


# Links


def slug(heading):
    """The anchor of a heading, as code hosts and MyST make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(page):
    return {slug(line.lstrip("#").strip()) for line in page.read_text(encoding="utf-8").splitlines() if line[:1] == "#"}


def links(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not link.startswith("https://")]


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    assert links(page)
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.stem)
def test_headings_are_in_order(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, flags=re.MULTILINE)]
    assert levels.count(1) == 1 == levels[0]
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


# A player inside another page

PLAIN, DETAILS, SLIDE = re.findall(r"```html\n(.*?)```", EMBED.read_text(encoding="utf-8"), flags=re.DOTALL)
BLOCKS = pytest.mark.parametrize("inside", [PLAIN, DETAILS, SLIDE], ids=["plain", "details", "slide"])
BLOG = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>A blog</title>{head}</head>
<body style="margin: 0"><input aria-label="Search">{inside}</body>
</html>
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Saved players by the names of their files."""
    folder = tmp_path_factory.mktemp("pages")
    runs = {"run.html": fan_out(), "bce.html": bce_one()}
    saved = {name: gg.player(out).save(folder / name).read_text(encoding="utf-8") for name, out in runs.items()}
    strict = '<meta http-equiv="Content-Security-Policy" content="script-src \'self\'">'
    return saved | {"strict.html": saved["run.html"].replace("<head>", f"<head>{strict}")}


@pytest.fixture
def blog(browser, pages):
    """Open a page of a site that has a player beside it. Nothing but these two files may be asked for."""
    contexts, asked = [], []

    def blog(inside, head="", **settings):
        page = BLOG.format(inside=inside.replace("data-src", "src"), head=head)
        files = {"https://blog.example/": page, **{f"https://blog.example/{name}": pages[name] for name in pages}}

        def answer(route):
            asked.append(route.request.url)
            route.fulfill(body=files[route.request.url], content_type="text/html; charset=utf-8")

        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
        context.set_default_timeout(15_000)
        contexts.append(context)
        context.route(re.compile("^https?:"), answer)
        tab = context.new_page()
        tab.goto("https://blog.example/")
        tab.asked = asked
        return tab

    yield blog
    for context in contexts:
        context.close()
    assert asked.pop(0) == "https://blog.example/"
    assert len(asked) <= 1


def played(tab):
    """The player in the frame of a page."""
    return Played(tab.frame_locator("iframe"))


def beyond(player):
    """How much of the page in the frame is out of sight: across, and down."""
    return player.host.evaluate(
        "() => { const all = document.documentElement; "
        "return [all.scrollWidth - all.clientWidth, all.scrollHeight - all.clientHeight]; }"
    )


@BLOCKS
def test_it_plays_in_a_frame_that_allows_scripts_alone(blog, inside):
    assert re.findall('sandbox="([^"]*)"', inside) == ["allow-scripts"]
    tab = blog(inside)
    if "<summary>" in inside:
        tab.get_by_text("Step through it").click()
    player = played(tab)
    player.button("Next").click()
    assert player.at == 1
    tab.keyboard.press("End")
    assert player.at == len(gg.player(fan_out()).steps) - 1


@BLOCKS
def test_its_title_is_that_of_the_player(inside):
    assert re.findall('title="([^"]*)"', inside) == [gg.player(fan_out()).title]


def test_it_leaves_the_keys_to_the_page_until_someone_clicks_into_it(blog):
    tab = blog(PLAIN)
    player = played(tab)
    tab.get_by_label("Search").focus()
    tab.keyboard.type("graph")
    assert tab.get_by_label("Search").input_value() == "graph"
    player.host.locator(".speech").click()
    tab.keyboard.press("ArrowRight")
    assert player.at == 1


def test_closed_details_fetch_nothing(blog):
    tab = blog(DETAILS)
    assert len(tab.asked) == 1
    tab.get_by_text("Step through it").click()
    played(tab).button("Next").click()
    assert played(tab).at == 1


@pytest.mark.parametrize("name", ["run", "bce"])
@pytest.mark.parametrize("width", [900, 1280])
def test_a_height_of_1000_shows_it_whole(blog, name, width):
    higher = PLAIN.replace("run.html", f"{name}.html").replace('height="760"', 'height="1000"')
    player = played(blog(higher, viewport={"width": width, "height": 1200}))
    player.button("Last").click()
    assert beyond(player) == [0, 0]


def test_on_a_telephone_it_scrolls_down_and_not_across(blog):
    player = played(blog(PLAIN, viewport={"width": 360, "height": 740}))
    player.button("Last").click()
    across, down = beyond(player)
    assert across == 0 < down


@pytest.mark.parametrize(("system", "paper"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 23, 29)")])
def test_in_a_frame_it_is_as_the_system_is(blog, system, paper):
    style = "<style>html { color-scheme: light }</style>"
    player = played(blog(PLAIN, style, color_scheme=system))
    player.button("Next").click()
    assert player.host.evaluate("() => getComputedStyle(document.body).backgroundColor") == paper


@pytest.mark.parametrize(
    "forbidding",
    [PLAIN.replace("allow-scripts", ""), PLAIN.replace("run.html", "strict.html")],
    ids=["sandbox", "policy"],
)
def test_where_scripts_are_forbidden_there_is_the_picture(blog, forbidding):
    frame = blog(forbidding).frame_locator("iframe")
    image = frame.get_by_role("img", name="Backpropagation of e, step by step")
    image.wait_for()
    assert image.bounding_box()["height"] > 300
    assert frame.get_by_role("button").count() == 0


@pytest.mark.parametrize(("source", "asked"), [("'none'", 1), ("'self'", 2)])
def test_the_policy_of_the_page_around_it_must_let_it_in(blog, source, asked):
    policy = f'<meta http-equiv="Content-Security-Policy" content="frame-src {source}">'
    tab = blog(PLAIN.replace('loading="lazy"', ""), policy)
    tab.wait_for_load_state()
    assert len(tab.asked) == asked


def network():
    """A network of 2, 3 and 1 units on the four rows of XOR."""
    x, y = gg.Input([[0, 0], [0, 1], [1, 0], [1, 1]], name="x"), gg.Input([[0], [1], [1], [0]], name="y")
    w1 = gg.Parameter([[0.5, -1.2, 0.3], [0.8, 0.4, -0.6]], name="W1")
    w2 = gg.Parameter([[0.7], [-0.3], [1.1]], name="W2")
    hidden = gg.Tanh(x @ w1 + gg.Parameter([0.1, 0.2, -0.1], name="b1"), name="h")
    return gg.bce(gg.Sigmoid(hidden @ w2 + gg.Parameter([0.05], name="b2"), name="p_hat"), y)


PRINTED = pytest.mark.parametrize("build", [fan_out, bce_one, network], ids=lambda build: build.__name__)


@PRINTED
@pytest.mark.parametrize("predicting", [False, True], ids=["step", "question"])
def test_on_paper_stand_the_picture_and_the_step(visit, tmp_path, build, predicting):
    tab = visit(gg.player(build(), predict=predicting).save(tmp_path / "run.html"))
    player = Played(tab)
    player.button("Last").click()
    player.button("Previous").click()
    player.button("Next").click()
    assert player.guess.is_visible() == predicting
    tab.emulate_media(media="print")
    assert player.picture.is_visible()
    assert player.host.locator(".equation").is_visible()
    assert player.host.locator(".words").is_visible()
    controls = player.host.locator("button, input, select")
    assert controls.count() > 10
    assert [control for control in controls.all() if control.is_visible()] == []


@PRINTED
@pytest.mark.parametrize("paper", [{"format": "A4"}, {"format": "Letter", "landscape": True}], ids=["A4", "Letter"])
def test_it_is_printed_on_one_page(visit, tmp_path, build, paper):
    tab = visit(gg.player(build()).save(tmp_path / "run.html"))
    player = Played(tab)
    player.button("Last").click()
    last = player.seen()["texts"][-1]
    document = PdfDocument(tab.pdf(**paper, margin=dict.fromkeys(("top", "right", "bottom", "left"), "1cm")))
    assert len(document) == 1
    text = document[0].get_textpage().get_text_bounded()
    assert last == "not yet known"  # the end of the legend, below everything else
    assert last in text  # so nothing of the picture is cut off


if __name__ == "__main__":
    first_picture().save(PICTURE)
