"""What the docs show is what the code gives: the README's picture, and the table of ops."""

import inspect
import re
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

DOCS = Path(__file__).parents[1] / "docs"
PICTURE, TABLE = DOCS / "bce.svg", DOCS / "ops.md"
HEAD = """\
# The ops

Written by `python tests/test_docs.py` from the ops themselves. An op is called by its class, `gg.Sigmoid(z)`, or, where
NumPy has a function of that name, by NumPy: `np.tanh(node)`. In programs for the command line the names are in lower
case. `out` is the op's own value. Where a local gradient is no factor of the upstream gradient, what flows is said
instead; *rearranged* means that each gradient goes back to where its element came from. A *composition* is built of
other ops, which stand in the picture. `[a > b]` is 1 where it is true and 0 elsewhere.

| op | NumPy | meaning | local gradients |
|---|---|---|---|
"""
TAIL = """
Other functions of NumPy take nodes too, and are built of these ops: {words}.

No gradient passes the following; they are computed from the values, and give NumPy's own results: {numbers}.

Nodes have the methods of arrays: `sum`, `mean`, `prod`, `max`, `min`, `var`, `std`, `cumsum`, `dot`, `clip`, `round`,
`reshape`, `ravel`, `flatten`, `squeeze`, `transpose`, `T`, `swapaxes`, `repeat`, `diagonal`, `trace`, `astype`, and,
without a gradient, `argmax`, `argmin`, `argsort`, `any`, `all`.

What is not here is refused with a TypeError that names it.
"""
SHOWN = [op for op in dict.fromkeys(case.op for case in CASES) if op.__name__ in gg.__all__]


def example() -> gg.Drawing:
    x, y = gg.Input(2.0, name="x"), gg.Input(1.0, name="y")
    w, b = gg.Parameter(0.7, name="w"), gg.Parameter(-0.4, name="b")
    u = gg.Mul(w, x, name="u")
    z = gg.Add(u, b, name="z")
    loss = gg.bce(gg.Sigmoid(z, name="p_hat"), y)
    loss.name = "L"
    return gg.draw(loss)


def table() -> str:
    """The page of ops."""
    return HEAD + "".join(f"| {' | '.join(row(op))} |\n" for op in SHOWN) + others()


def row(op: Any) -> tuple[str, ...]:
    """The cells of an op."""
    numpy = [f"`np.{name}`" for name in functions_of(op)]
    meaning = inspect.cleandoc(op.__doc__).split("\n\n")[0].split("\n")
    said = re.sub("`+", "`", " ".join(meaning)).replace("|", r"\|").replace("*", r"\*")
    return f"`{op.__name__}`", " ".join(numpy), said, gradients(op)


def functions_of(op: Any) -> list[str]:
    """NumPy's functions that build an op."""
    found = [name for name, known in OPS.items() if known is op and name not in NUMBERS_ONLY]
    return [name for name in found if name.partition(".")[0] in vars(np)]


def others() -> str:
    """What else NumPy can do with nodes."""
    shown = {name for op in SHOWN for name in functions_of(op)}
    ours = [op for op in OPS.values() if op.__module__.startswith("graphgrad.")]
    words = sorted(name for op in ours for name in functions_of(op) if name not in shown)
    return TAIL.format(words=listed(dict.fromkeys(words)), numbers=listed(sorted(NUMBERS_ONLY)))


def listed(names: Any) -> str:
    """Functions of NumPy, one after another."""
    return ", ".join(f"`np.{name}`" for name in names)


def gradients(op: Any) -> str:
    """The local gradients of an op, as formulas over the names in its rule."""
    case = next(case for case in CASES if case.op is op)
    if case.is_composition:
        return "composition"
    node = sample(case)
    found = [local_gradient(node, k) for k in range(len(node.inputs)) if k not in node.detached]
    if not found:
        return "none"
    if found[0].jacobian == "rearrangement":
        return "rearranged"
    if found[0].jacobian == "product":
        return f"`upstream @ {found[0].formula}`, `{found[1].formula} @ upstream`"
    flows = "flows: " if found[0].jacobian == "general" else ""
    return flows + ", ".join(f"`{gradient.formula}`" for gradient in found)


def sample(case: Case) -> Any:
    """A node of an op, over leaves without names."""
    shapes = next(shapes for shapes in case.shapes if all(0 not in shape for shape in shapes))
    return case.build(*case.leaves(case.draw(shapes)))


def test_the_readme_shows_what_draw_draws() -> None:
    assert PICTURE.read_text(encoding="utf-8") == example().svg, (
        "docs/bce.svg is not what draw() gives; look at the new one, and if it is right, run python tests/test_docs.py"
    )


def test_the_page_of_ops_is_up_to_date() -> None:
    assert TABLE.read_text(encoding="utf-8") == table(), "docs/ops.md is old; run python tests/test_docs.py"


def test_the_page_of_ops_has_them_all() -> None:
    kinds = (gg.Op, gg.Elementwise, gg.Reduction, gg.Selection)
    assert {op for op in OPS.values() if op.__name__ in gg.__all__ and op not in kinds} == set(SHOWN)


@pytest.mark.parametrize("op", [op for op in SHOWN if isinstance(op, type)])
def test_notations_are_written_without_a_gap(op: Any) -> None:
    case = next(case for case in CASES if case.op is op)
    assert "<" not in re.sub(r"\[\w+ < \w+\]", "", write(sample(case)).text)


if __name__ == "__main__":
    example().save(PICTURE)
    TABLE.write_text(table(), encoding="utf-8")
