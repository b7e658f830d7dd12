"""The gallery: each script runs, draws and prints what is right, and the pages hold what the scripts gave."""

import importlib.util
import json
import re
import runpy
from functools import cache
from itertools import combinations
from math import cos, exp, log, sin, sqrt
from pathlib import Path
from xml.etree import ElementTree

import graphgrad as gg
import numpy as np
import pytest
from test_drawing_geometry import SVG, along, boxes, groups, inside, lines, overlap, rectangle, written

DOCS = Path(__file__).parents[1] / "docs"
SPECIFICATION = importlib.util.spec_from_file_location("gallery", DOCS / "gallery.py")
gallery = importlib.util.module_from_spec(SPECIFICATION)
SPECIFICATION.loader.exec_module(gallery)

PAGE, MOST_BOXES, LONGEST_LINE = 700, 15, 84
"""How wide a picture may be, in pixels, and a line of code, in characters, to be read without zoom or scroll bar."""

each = pytest.mark.parametrize("script", gallery.SCRIPTS, ids=lambda script: script.stem)


@cache
def example(script):
    return gallery.run(script)


@cache
def pictures(script):
    """The pictures of a script as elements."""
    return [ElementTree.fromstring(picture.svg) for picture in example(script).pictures]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """All pages, written once."""
    folder = tmp_path_factory.mktemp("site") / "gallery"
    gallery.write(folder)
    return folder


def logistic(z):
    return 1 / (1 + np.exp(-np.asarray(z)))


P_THREE = logistic([1.0, -1.1, -0.05])
SOFTMAX = np.exp([2.0, 1.0, -1.0]) / np.sum(np.exp([2.0, 1.0, -1.0]))
SCORES = np.array([1.0, 0.5, 1.5]) / sqrt(2)
WEIGHTS = np.exp(SCORES) / np.sum(np.exp(SCORES))
VALUES = np.array([1.0, 2.0, 4.0])
SLOPES = [0.5 * exp(sin(0.64)) ** -0.5, exp(sin(0.64)), cos(0.64), 1.6]


def fit(w):
    """A mean squared error."""
    return np.mean((w * np.array([1, 2, 3]) - [1, 3, 5]) ** 2)


def residual(x):
    """Two residual blocks, and the same without the ways past them."""
    h = x + np.tanh(0.1 * x)
    return h + np.tanh(-0.2 * h), np.tanh(-0.2 * np.tanh(0.1 * x))


def normalised(x):
    """c · x̂."""
    return np.array([1.0, 0.0, 2.0]) @ ((x - x.mean()) / x.std())


def slope(function, x, step=1e-6):
    """A difference quotient, for each element."""
    moves = step * np.eye(np.size(x)) if np.ndim(x) else [step]
    return np.squeeze([(np.array(function(x + move)) - function(x - move)) / (2 * step) for move in moves])


PRINTED = {
    "product-and-sum": "∂L/∂a = 2, ∂L/∂b = 3, ∂L/∂c = 1",
    "flows-add": "the sum of the flows is 7, and 2x + 3 is 7",
    "local-gradients-multiply": f"local gradients: {' '.join(f'{one:.6f}' for one in SLOPES)}\n"
    f"their product:   {np.prod(SLOPES):.6f}\n"
    f"gradient at x:   {slope(lambda x: np.exp(np.sin(x**2)) ** 0.5, 0.8):.6f}",
    "broadcasting": "shape of ∂L/∂H: (3, 2)\nshape of ∂L/∂b: (2,)\nsum of the rows of ∂L/∂H: [-0.5 -1. ]",
    "neuron": "",
    "saturation": "",
    "corners-and-ties": "",
    "mean": "each example asks for [ -1.   0.  -3. -24.]\ntheir mean is -7, the gradient at w -7",
    "matrix-product": "Xᵀ @ ∂L/∂Z: (2, 3) @ (3, 2) gives (2, 2)\n"
    "∂L/∂Z @ Wᵀ: (3, 2) @ (2, 2) gives (3, 2)\n"
    "the same numbers at W: True\nthe same numbers at X: True",
    "gaussian": "one observation:    (μ − x)/σ² = -0.25, gradient -0.25\n"
    "three observations: (μ − mean)/σ² = -0.375, gradient -0.375",
    "l2-penalty": f"from the fit:     {slope(fit, 1.5):7.4f}\n"
    f"from the penalty:  0.3000, which is 2λw\ngradient at w:    {slope(fit, 1.5) + 0.3:7.4f}",
    "likelihood": f"1075 probabilities of one half\ntheir product:   0\nsum of the logs: {-1075 * log(2):.4f}",
    "bce": f"∂L/∂z = {-1 / (1 + exp(1)):.6f}, p̂ − y = {-1 / (1 + exp(1)):.6f}",
    "logistic-regression": f"∂L/∂z     = {((P_THREE - [1, 0, 1]) / 3).round(5)}\n"
    f"(p̂ − y)/3 = {((P_THREE - [1, 0, 1]) / 3).round(5)}",
    "stable-loss": "plain: inf, stable: 40 with gradient 1",
    "second-derivative": f"slope {-logistic(-0.5):.6f}, p̂ − 1 = {-logistic(-0.5):.6f}\n"
    f"second derivative {slope(logistic, 0.5):.6f}, p̂·(1 − p̂) = {slope(logistic, 0.5):.6f}",
    "softmax": f"∂L/∂z = {(SOFTMAX - [0, 1, 0]).round(4)}\np − y = {(SOFTMAX - [0, 1, 0]).round(4)}",
    "two-layers": "∂L/∂W₁ is ∂L/∂a times xᵀ: True\n∂L/∂w₂ is ∂L/∂z times hᵀ: True",
    "residual": f"gradient at x:        {slope(residual, 0.5)[0]:7.4f}\n"
    f"without the way past: {slope(residual, 0.5)[1]:7.4f}",
    "layer-norm": f"gradient at x: {slope(normalised, np.array([1.0, 2.0, 6.0])).round(4)}\n"
    "sums to 0: True\nat right angles to x̂: True",
    "attention": f"gradient at the scores:   {(WEIGHTS * (VALUES - WEIGHTS @ VALUES)).round(4)}\n"
    f"a times (v − their mean): {(WEIGHTS * (VALUES - WEIGHTS @ VALUES)).round(4)}",
    "jacobian": f"{np.array([[sqrt(3) / 2, -1], [0.5, sqrt(3)]]).round(4)}\ndeterminant 2, r = 2",
    "own-op": "",
    "broken-gradient": "check_grads: the derivative of Careless with respect to input 0 (z) is wrong, at order 1.\n"
    f"∂Careless/∂z: the rule gives {logistic(1):.7f}, the complex step {slope(lambda z: z * logistic(z), 1.0):.7f}.\n"
    "Mend local of Careless.",
}
"""What each script prints, by hand, from textbooks' formulas, and from difference quotients."""

SWISH = slope(lambda w: (2 * w * logistic(2 * w) - 1) ** 2, 0.5)
CARELESS = 2 * (logistic(1) - 1) * logistic(1) * 2
SHOWN = {
    "neuron": [f"∂p/∂w₁ ≈ {slope(logistic, 0.3):.4f}", f"∂p/∂w₂ ≈ −{2 * slope(logistic, 0.3):.4f}"],
    "saturation": [f"∂s/∂z ≈ [1 {1 - np.tanh(1) ** 2:.2f} {1 - np.tanh(5) ** 2:.4g}]"],
    "corners-and-ties": ["∂s/∂x = [0 0 1]", "∂top/∂v = [0.5 0 0.5]"],
    "likelihood": ["∂likelihood/∂p = [0.56 0.63 0.72]", f"value −{-log(0.9 * 0.8 * 0.7):.4f}"],
    "stable-loss": ["∂L/∂z = NaN", "⚠ the first ∞", "∂L/∂z = 1 + 0 = 1"],
    "second-derivative": [f"∂slope/∂p̂ ≈ −{exp(-0.5):.4f} + 1 + {exp(-0.5):.4f} = 1"],
    "own-op": [f"∂L/∂w ≈ −{-SWISH:.4g}", "∂h/∂z = σ(z) + h·σ(−z)"],
    "broken-gradient": [f"∂L/∂w ≈ −{-CARELESS:.4g}", "∂h/∂z = σ(z) ≈"],
}
"""What some pictures say, worked out in the same way."""


def test_there_are_at_least_twenty_each_with_a_title_and_a_name_of_its_own():
    examples = [example(script) for script in gallery.SCRIPTS]
    assert len(examples) >= 20
    assert len({one.title for one in examples}) == len({one.name for one in examples}) == len(examples)
    assert [one.name for one in examples] == list(PRINTED)
    assert [int(script.stem[:2]) for script in gallery.SCRIPTS] == list(range(1, len(examples) + 1))


@each
def test_what_is_printed_is_right(script):
    one = example(script)
    assert one.printed.rstrip("\n") == PRINTED[one.name]


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_drawn_is_right(name):
    (one,) = (one for one in map(example, gallery.SCRIPTS) if one.name == name)
    told = "\n".join(picture.text for picture in one.pictures)
    assert not [phrase for phrase in SHOWN[name] if phrase not in told]


@each
def test_the_text_is_short_and_the_lines_fit_the_page(script):
    one = example(script)
    assert 2 <= len(re.findall(r"\.(?=\s|$)", one.text)) <= 5
    assert len(one.title) <= 40
    assert max(map(len, one.lines.splitlines())) <= LONGEST_LINE
    assert one.lines.startswith("import graphgrad as gg\n")


@each
def test_pictures_fit_the_page(script):
    assert example(script).pictures
    for picture, root in zip(example(script).pictures, pictures(script), strict=True):
        assert float(root.get("width")) <= PAGE
        assert 2 <= picture._view.count <= MOST_BOXES


@each
def test_what_is_written_stays_in_its_box_and_apart(script):
    for root in pictures(script):
        placed = boxes(root)
        assert not [pair for pair in combinations(placed, 2) if overlap(placed[pair[0]], placed[pair[1]])]
        for key, group in (groups(root, "data-node") | groups(root, "data-edge")).items():
            texts = written(group)
            assert texts
            assert not [text for text, place in texts if not inside(place, placed[key], 0.1)], key
            assert not [pair for pair in combinations(texts, 2) if overlap(pair[0][1], pair[1][1], 0.5)], key


@each
def test_no_box_and_no_edge_lies_on_the_label_of_a_frame(script):
    for root in pictures(script):
        edges = [line for g in root.iter(f"{SVG}g") if g.get("class") == "gg-edge" for line, _ in lines(g)]
        for frame in (g for g in root.iter(f"{SVG}g") if g.get("class") == "gg-label"):
            ((text, (left, top, right, bottom)),) = written(frame)
            assert inside((left, top, right, bottom), rectangle(frame.find(f"{SVG}rect"))), text
            assert not [key for key, box in boxes(root).items() if overlap((left, top, right, bottom), box)], text
            crossed = [line for line in edges if any(left < x < right and top < y < bottom for x, y in along(line))]
            assert not crossed, text


@each
def test_a_page_holds_what_its_script_gave(script, folder):
    one = example(script)
    page = (folder / f"{one.name}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {one.title}\n\n{one.text}\n")
    assert ("```text\n" in page) == bool(one.printed)
    assert one.printed in page
    shown = re.findall(r'```{image} (\S+)\n:alt: (".*")\n```', page)
    for k, (picture, (file, alt)) in enumerate(zip(one.pictures, shown, strict=True), 1):
        assert file == f"{one.name}-{k}.svg"
        assert (folder / file).read_text(encoding="utf-8") == picture.svg
        assert 20 < len(json.loads(alt)) <= 300
        assert picture.text.split()[:5] == json.loads(alt).split()[:5]


@each
def test_the_lines_of_a_page_can_be_pasted_and_draw_its_pictures(script, folder, tmp_path):
    name = example(script).name
    (lines_shown,) = re.findall(
        r"```python\n(.*?)\n```", (folder / f"{name}.md").read_text(encoding="utf-8"), re.DOTALL
    )
    (tmp_path / "pasted.py").write_text(lines_shown, encoding="utf-8")
    drawn = [one for one in runpy.run_path(str(tmp_path / "pasted.py")).values() if isinstance(one, gg.Drawing)]
    for k, picture in enumerate(drawn, 1):
        assert (folder / f"{name}-{k}.svg").read_text(encoding="utf-8") == picture.svg
    assert len(drawn) == len(list(folder.glob(f"{name}-[0-9].svg")))


def test_the_index_leads_to_every_page_and_every_file_is_used(folder):
    index = (folder / "index.md").read_text(encoding="utf-8")
    names = list(PRINTED)
    assert re.findall(r"\]\(([a-z0-9-]+)\.md\)", index) == names
    assert re.search(r"```{toctree}\n:hidden:\n\n(.*?)\n```", index, re.DOTALL)[1].split() == names
    assert [example(script).title for script in gallery.SCRIPTS] == re.findall(r"only-dark}(.*?)\]", index)
    tiles = re.findall(r"!\[\]\(([^)]+)\){\.only-(light|dark)}", index)
    assert tiles == [
        (f"{name}-{end}.svg", paper) for name in names for end, paper in (("1", "light"), ("dark", "dark"))
    ]
    pages = "\n".join(page.read_text(encoding="utf-8") for page in folder.glob("*.md"))
    assert not [file.name for file in folder.glob("*.svg") if file.name not in pages]


def test_dark_tiles_differ_in_colour_alone(folder):
    for light in folder.glob("*-1.svg"):
        dark = light.with_name(light.name.replace("-1.svg", "-dark.svg"))
        texts = [path.read_text(encoding="utf-8") for path in (light, dark)]
        assert texts[0] != texts[1]
        assert re.sub("#[0-9a-f]{6}", "", texts[0]) == re.sub("#[0-9a-f]{6}", "", texts[1])
