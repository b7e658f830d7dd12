"""Graphs of derivatives, and ops that a user writes, draw themselves: their rules are all it takes."""

import graphgrad as gg
import numpy as np
import pytest
from cases import CASES, trial_id
from drawing_examples import drawn, seen, texts
from graphgrad.expression import Notation
from graphgrad.namespace import OPS
from graphgrad.ops import shorthands


@pytest.fixture(autouse=True)
def _as_before():
    """Ops that a test defines leave the registry with it."""
    known = dict(OPS)
    yield
    OPS.clear()
    OPS.update(known)


def test_the_graph_of_a_second_derivative():
    z = gg.Parameter(0.5, name="z")
    loss = gg.NegLog(gg.Sigmoid(z, name="p"), name="L")
    curvature = gg.grad(gg.Sum(gg.grad(loss, z)), z)
    drawing = drawn(curvature)
    drawing.png(0.5)
    said = texts(curvature)
    assert "value 0.5" in said["z"]
    curvature.backward()
    assert f"{z.grad:.4g}".replace("-", "−") in said["z"].split("\n")[-1]
    p = gg.Sigmoid(z).value
    assert f"value {p * (1 - p):.4g}" in "\n".join(said.values())


def test_a_user_s_elementwise_op_has_formula_and_chip():
    class Swish(gg.Elementwise):
        """x · σ(x)."""

        def forward(self, xp, x):
            return x / (1 + xp.exp(-x))

        def local(self, xp, out, x):
            return (out + xp.sigmoid(x) * (1 - out),)

    said = texts(Swish(gg.Parameter(1.0, name="x"), name="s"))
    assert said["s"] == "s = swish(x) output\nvalue 0.7311\n∂s/∂s = 1"
    assert said["∂s/∂x"] == "∂s/∂x = s + σ(x)·(1 − s) ≈ 0.9277\n1 × 0.9277 = 0.9277"


def test_a_user_s_notation_is_how_it_is_written():
    class Cube(gg.Elementwise):
        """x³."""

        written = Notation("<power>³", "<call>^3", "power")

        def forward(self, xp, x):
            return x * x * x

        def local(self, xp, out, x):
            return (3 * x * x,)

    said = texts(Cube(gg.Parameter(2.0, name="x"), name="c"))
    assert said["c"].startswith("c = x³ output\nvalue 8")
    assert said["∂c/∂x"] == "∂c/∂x = 3·x·x = 12\n1 × 12 = 12"


def test_an_op_that_states_its_vjp_alone_tells_the_flow_as_a_formula():
    class Norm(gg.Op):
        """The length of a vector."""

        def forward(self, xp, x):
            return xp.sqrt(xp.sum(x * x))

        def vjp(self, xp, upstream, out, x):
            return (upstream * x / out,)

    out = Norm(gg.Parameter([3.0, 4.0], name="x"), name="n")
    said = texts(gg.Mul(2, out, name="L"))
    assert said["n"].startswith("n = norm(x)\nvalue 5")
    assert said["∂n/∂x"] == "∂L/∂x = upstream·x/n\nflow [1.2 1.6]"
    assert drawn(out).svg


def test_an_input_without_a_derivative_has_an_edge_and_no_chip():
    class Where(gg.Elementwise):
        """x where the mask is 1, else 0."""

        detached = (1,)

        def forward(self, xp, x, mask):
            return x * mask

        def local(self, xp, out, x, mask):
            return mask, None

    x, mask = gg.Parameter([1.0, 2.0], name="x"), gg.Input([1.0, 0.0], name="mask")
    said = seen(gg.Sum(Where(x, mask, name="w"), name="L"))
    chips = {edge.tail: edge.chip for edge in said.edges}
    assert chips["n0"] is not None
    assert "∂w/∂mask" not in [box.title for box in said.boxes]


DRAWABLE = [
    case
    for case in CASES
    if case.op is not shorthands.Itself and case.positions and any(0 not in shape for shape in case.shapes[0])
]


@pytest.mark.parametrize("case", DRAWABLE, ids=trial_id)
def test_every_op_can_be_drawn(case):
    shapes = next(shapes for shapes in case.shapes if all(0 not in shape for shape in shapes))
    leaves = case.leaves(case.draw(shapes))
    for leaf, name in zip(leaves, "abc", strict=False):
        leaf.name = name
    node = case.build(*leaves)
    node.name = "f"
    out = gg.Sum(node, name="L")
    said = texts(out)
    assert said["f"].split("\n")[0].startswith("f = ")
    name = "abc"[case.positions[0]]
    if f"∂f/∂{name}" in said:
        chip = said[f"∂f/∂{name}"]
        assert "flow" in chip or "×" in chip
    else:
        assert case.is_composition
    drawing = drawn(out)
    assert drawing.svg
    assert drawing.digraph.source


@pytest.mark.parametrize(
    "shape", [(0,), (1,), (1, 1), (2, 0, 3), (6,), (7,), (2, 3), (1, 6), (6, 1), (1, 1, 1, 6), (2, 2, 2)]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_of_any_shape(shape, dtype):
    x = gg.Parameter(np.ones(shape, dtype), name="x")
    bias = gg.Parameter(dtype(0.5), name="b")
    out = gg.Sum(x * x + bias, name="L")
    assert drawn(out).svg
    assert "shape (" in texts(out)["x"] or x.size <= 6
