"""What the docs show is what the code gives: the README's picture, and the page of ops, made of their docstrings."""

import doctest
import inspect
import re
import sys
from pathlib import Path
from typing import Any

import graphgrad as gg
import numpy as np
import pytest
from cases import CASES, Case
from graphgrad.expression import write
from graphgrad.formula import local_gradient
from graphgrad.namespace import OPS
from graphgrad.protocol import NUMBERS_ONLY
from PIL import Image, ImageSequence

DOCS = Path(__file__).parents[1] / "docs"
PICTURE, FILM, TABLE = DOCS / "bce.svg", DOCS / "player.gif", DOCS / "ops.md"
SECONDS = 1.4
LABELS = ("Settings", "Shapes", "Domain", "Corners", "Raises")
"""What a docstring says of an op, in this order; Settings and Raises only where there is something to say."""

LABELLED = re.compile(rf"^({'|'.join(LABELS)}): (.*(?:\n    .*)*)", re.MULTILINE)
"""A label at the beginning of a line, and its text, which goes on in indented lines."""

GROUPS = {
    "elementwise": "Arithmetic, exponentials, activations",
    "powers": "More powers and logarithms",
    "trigonometry": "Angles and lengths",
    "kinks": "Kinks, jumps and choices",
    "comparisons": "Comparisons",
    "reductions": "Reductions",
    "statistics": "Reductions",
    "softmax": "Shares and their logarithms",
    "order": "Running sums and sorting",
    "linear": "Products that sum",
    "inverse": "Inverses, determinants and roots of matrices",
    "shape": "Shapes",
    "selection": "Selections",
    "joining": "Joining and cutting",
}
"""The heading under which the ops of a file stand."""

HEAD = """\
# The ops

Written by `python tests/test_docs.py` from the ops themselves.

An op is called by its class, `gg.Sigmoid(z)`, or, where NumPy has a function of that name, by NumPy: `np.tanh(node)`.
In programs for the command line the names are in lower case.

- **Local gradients** are written in the names of the op's inputs; `out` is its value, which `Sigmoid` calls p, and
  `[a > b]` is 1 where it is true and 0 elsewhere. Where a local gradient is no factor of the upstream gradient, what
  *flows* is said instead. *Rearranged* means that each gradient goes back to where its element came from.
- **Shapes**: *broadcast* is NumPy's word. From the right, each pair of lengths is equal, or one of them is 1. A
  *Reduction* goes over `axis`, a number, a tuple, or None for all axes; `keepdims` keeps these with length 1. An
  array without elements gives one without elements, and so does its gradient, unless something else is said.
- **Domain**: values are float64 or float32. Where a value or a gradient becomes infinite or NaN by the numbers given,
  NumPy's warnings are passed on.
- **Corners**: value and local gradients at kinks, ties, poles and limits. NaN in an element stays in that element,
  unless the op combines several.

The ops:
"""
TAIL = """
## Other functions of NumPy

They take nodes too, and are built of the ops above.

{words}

No gradient passes the following; they are computed from the values, and give NumPy's own results: {numbers}.

Nodes have the methods of arrays: `sum`, `mean`, `prod`, `max`, `min`, `var`, `std`, `cumsum`, `dot`, `clip`, `round`,
`reshape`, `ravel`, `flatten`, `squeeze`, `transpose`, `T`, `swapaxes`, `repeat`, `diagonal`, `trace`, `astype`, and,
without a gradient, `argmax`, `argmin`, `argsort`, `any`, `all`.

What is not here is refused with a TypeError that names it.
"""
KINDS = (gg.Op, gg.Elementwise, gg.Reduction, gg.Selection)
SHOWN = [op for op in dict.fromkeys(case.op for case in CASES) if op.__name__ in gg.__all__]


def example() -> gg.Drawing:
    x, y = gg.Input(2.0, name="x"), gg.Input(1.0, name="y")
    w, b = gg.Parameter(0.7, name="w"), gg.Parameter(-0.4, name="b")
    u = gg.Mul(w, x, name="u")
    z = gg.Add(u, b, name="z")
    loss = gg.bce(gg.Sigmoid(z, name="p_hat"), y)
    loss.name = "L"
    return gg.draw(loss)


def played() -> gg.Player:
    a, b = gg.Parameter(2.0, name="a"), gg.Parameter(5.0, name="b")
    c, d = gg.Mul(a, b, name="c"), gg.Add(b, 1, name="d")
    return gg.player(gg.Mul(c, d, name="e"))


def frames(path: Path) -> list[tuple[int, bytes]]:
    """How long each frame of a film is shown, and its pixels."""
    with Image.open(path) as film:
        return [(frame.info["duration"], frame.convert("RGB").tobytes()) for frame in ImageSequence.Iterator(film)]


def table() -> str:
    """The page of ops: an index, and a block for each, under the heading of its file."""
    groups: dict[str, list[Any]] = {}
    for op in SHOWN:
        groups.setdefault(GROUPS[op.__module__.rpartition(".")[2]], []).append(op)
    index = [f"- **{title}**: {', '.join(link(op.__name__) for op in ops)}" for title, ops in groups.items()]
    blocks = [f"## {title}\n\n" + "\n".join(map(block, ops)) for title, ops in groups.items()]
    return "\n".join([HEAD, *index, "", *blocks]) + others()


def link(name: str) -> str:
    """A link to the heading of an op."""
    return f"[{name}](#{name.lower()})"


def block(op: Any) -> str:
    """What is said of an op: its meaning, its local gradients, and what its docstring labels."""
    prose, said = parts(op)
    numpy = [f"`np.{name}`" for name in functions_of(op)]
    lines = [f"**NumPy**: {', '.join(numpy)}."] * bool(numpy) + [f"**Local gradients**: {gradients(op)}."]
    lines += [f"**{label}**: {markdown(text)}" for label, text in said.items()]
    return f"### {op.__name__}\n\n{markdown(prose)}\n\n" + "".join(f"- {line}\n" for line in lines)


def parts(op: Any) -> tuple[str, dict[str, str]]:
    """What an op's docstring says in prose, and what it says under each label; the example is left out."""
    said = dict(LABELLED.findall(inspect.cleandoc(op.__doc__)))
    prose = LABELLED.sub("", inspect.cleandoc(op.__doc__).partition("\n>>> ")[0])
    return prose.strip(), {label: " ".join(text.split()) for label, text in said.items()}


def markdown(text: str) -> str:
    """Text of a docstring as Markdown."""
    return re.sub("`+", "`", text).replace("*", r"\*")


def functions_of(op: Any) -> list[str]:
    """NumPy's functions that build an op."""
    found = [name for name, known in OPS.items() if known is op and name not in NUMBERS_ONLY]
    return [name for name in found if name.partition(".")[0] in vars(np)]


def reached_by_numpy() -> list[Any]:
    """The ops of ours that have no public class and are a function of NumPy."""
    ours = [op for op in dict.fromkeys(OPS.values()) if op.__module__.startswith("graphgrad.")]
    return sorted((op for op in ours if op not in SHOWN and functions_of(op)), key=functions_of)


def others() -> str:
    """What else NumPy can do with nodes."""
    words = "\n".join(map(line, reached_by_numpy()))
    return TAIL.format(words=words, numbers=listed(sorted(NUMBERS_ONLY)))


def line(op: Any) -> str:
    """What is said of a function of NumPy: its meaning, its settings, and its corners if it has any."""
    prose, said = parts(op)
    told = {label: markdown(said[label]) for label in ("Settings", "Corners") if said.get(label, "none.") != "none."}
    words = [" ".join(markdown(prose).split()), *(f"*{label}*: {text}" for label, text in told.items())]
    return f"- {listed(functions_of(op))}: {' '.join(words)}"


def flaws(docstring: str, settings: Any = ()) -> list[str]:
    """What a docstring of an op lacks."""
    said, example, _ = inspect.cleandoc(docstring).partition("\n\n>>> ")
    found = [label for label, _ in LABELLED.findall(said)]
    lacks = [label for label in ("Shapes", "Domain", "Corners") if label not in found]
    lacks += ["order"] * (found != [label for label in LABELS if label in found])
    lacks += ["meaning"] * (re.match(r"\S.{2,}\.(\n|$)", said) is None)
    lacks += ["example"] * (not example)
    return lacks + [setting for setting in settings if f"`{setting}`" not in said]


def listed(names: Any) -> str:
    """Functions of NumPy, one after another."""
    return ", ".join(f"`np.{name}`" for name in names)


def gradients(op: Any) -> str:
    """The local gradients of an op, as formulas over the names in its rule."""
    case = next(case for case in CASES if case.op is op)
    if case.is_composition:
        return "those of the ops that it is built of"
    node = sample(case)
    places = [k for k in range(len(node.inputs)) if k not in node.detached]
    found = [local_gradient(node, k) for k in places]
    if not found:
        return "none"
    if found[0].jacobian == "rearrangement":
        return "rearranged"
    if found[0].formula == "…":
        return "too long to be written out"
    formulas = [f"`{gradient.formula}`" for gradient in found]
    if found[0].jacobian == "product":
        formulas = [f"`upstream @ {found[0].formula}`", f"`{found[1].formula} @ upstream`"]
    if len(node.inputs) > 1:
        names = list(inspect.signature(op.forward).parameters)[2:]
        formulas = [f"{formula} for {names[k]}" for formula, k in zip(formulas, places, strict=True)]
    return "flows: " * (found[0].jacobian in ("general", "product")) + ", ".join(formulas)


def sample(case: Case) -> Any:
    """A node of an op, over leaves without names."""
    shapes = next(shapes for shapes in case.shapes if all(0 not in shape for shape in shapes))
    return case.build(*case.leaves(case.draw(shapes)))


def test_the_readme_shows_what_draw_draws() -> None:
    assert PICTURE.read_text(encoding="utf-8") == example().svg, (
        "docs/bce.svg is not what draw() gives; look at the new one, and if it is right, run python tests/test_docs.py"
    )


def test_the_readme_plays_what_the_player_plays(tmp_path: Path) -> None:
    """The frames are compared, not the bytes, which Pillow may pack otherwise in another version."""
    now, saved = (frames(path) for path in (played().save(tmp_path / "run.gif", seconds=SECONDS), FILM))
    assert now == saved, "docs/player.gif is old; look at a new one, and if it is right, run python tests/test_docs.py"


def test_the_page_of_ops_is_up_to_date() -> None:
    assert TABLE.read_text(encoding="utf-8") == table(), "docs/ops.md is old; run python tests/test_docs.py"


def test_the_page_of_ops_has_them_all() -> None:
    assert {op for op in OPS.values() if op.__name__ in gg.__all__ and op not in KINDS} == set(SHOWN)


DOCUMENTED = [*KINDS, *SHOWN, *reached_by_numpy()]


@pytest.mark.parametrize("op", DOCUMENTED, ids=lambda op: op.__name__)
def test_an_op_states_its_corners(op: Any) -> None:
    assert flaws(op.__doc__, op.settings) == []


WHOLE = """The sum.

Settings: `axis`, the
    axes.
Shapes: any.
Domain: all numbers.
Corners: none.

>>> 1 + 1
2
"""
SPOILED = {
    "Shapes": WHOLE.replace("Shapes: any.\n", ""),
    "Domain": WHOLE.replace("Domain: ", "Domain "),
    "Corners": WHOLE.replace("Corners: none.\n", ""),
    "order": WHOLE.replace("Shapes: any.\n", "").replace("none.\n", "none.\nShapes: any.\n"),
    "meaning": WHOLE.replace("The sum.", "The sum"),
    "example": WHOLE.replace(">>> 1 + 1\n2\n", ""),
    "axis": WHOLE.replace("`axis`", "axis"),
}


@pytest.mark.parametrize(("flaw", "docstring"), SPOILED.items(), ids=SPOILED)
def test_what_a_docstring_lacks_is_found(flaw: str, docstring: str) -> None:
    assert flaws(WHOLE, ["axis"]) == []
    assert flaws(docstring, ["axis"]) == [flaw]


def test_the_examples_of_all_ops_are_run() -> None:
    """As pytest finds them, in the modules of the ops."""
    modules = {sys.modules[op.__module__] for op in DOCUMENTED}
    found = {test.name for module in modules for test in doctest.DocTestFinder().find(module) if test.examples}
    assert {f"{op.__module__}.{op.__qualname__}" for op in DOCUMENTED} <= found


def test_the_links_of_the_page_of_ops_lead_to_its_headings() -> None:
    page = table()
    headings = [heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.*)", page, re.MULTILINE)]
    assert len(set(headings)) == len(headings)
    assert set(re.findall(r"\(#(.*?)\)", page)) == {op.__name__.lower() for op in SHOWN} <= set(headings)


@pytest.mark.parametrize("op", [op for op in SHOWN if isinstance(op, type)])
def test_notations_are_written_without_a_gap(op: Any) -> None:
    case = next(case for case in CASES if case.op is op)
    assert "<" not in re.sub(r"\[\w+ < \w+\]", "", write(sample(case)).text)


if __name__ == "__main__":
    example().save(PICTURE)
    played().save(FILM, seconds=SECONDS)
    TABLE.write_text(table(), encoding="utf-8")
