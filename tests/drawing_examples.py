"""Example graphs for the tests of the pictures: each function builds one afresh."""

import os
import shutil
from typing import Any

import graphgrad as gg
import numpy as np
import pytest
from graphgrad.drawing.content import View


def bce_one() -> gg.Node:
    """One example: w = 0.7, x = 2, b = −0.4, y = 1."""
    w, x = gg.Parameter(0.7, name="w"), gg.Input(2.0, name="x")
    b, y = gg.Parameter(-0.4, name="b"), gg.Input(1.0, name="y")
    z = gg.Add(w * x, b, name="z")
    return gg.bce(gg.Sigmoid(z, name="p_hat"), y)


def bce_three() -> gg.Node:
    """A batch of three, with a weight and a bias that broadcast."""
    w, b = gg.Parameter(0.7, name="w"), gg.Parameter(-0.4, name="b")
    x, y = gg.Input([2.0, -1.0, 0.5], name="x"), gg.Input([1.0, 0.0, 1.0], name="y")
    z = gg.Add(w * x, b, name="z")
    return gg.bce(gg.Sigmoid(z, name="p_hat"), y)


def fan_out() -> gg.Node:
    """b is used twice: ∂e/∂b = 10 + 12."""
    a, b = gg.Parameter(2.0, name="a"), gg.Parameter(5.0, name="b")
    return gg.Mul(gg.Mul(a, b, name="c"), gg.Add(b, 1, name="d"), name="e")


def chain(length: int) -> gg.Node:
    """A chain of that many ops."""
    node: gg.Node = gg.Parameter(0.5, name="w")
    for _ in range(length):
        node = gg.Tanh(node)
    return node


def square() -> gg.Node:
    """x · x: two edges from one box."""
    x = gg.Parameter(3.0, name="x")
    return gg.Mul(x, x, name="s")


def double() -> gg.Node:
    """x + x."""
    x = gg.Parameter(3.0, name="x")
    return gg.Add(x, x, name="s")


def matrices() -> gg.Node:
    """A layer with a batch: matrix product, broadcast bias, transpose, reshape."""
    weights = gg.Parameter([[0.5, -1.0], [2.0, 0.25]], name="W")
    x, bias = gg.Input([[1.0, 2.0], [3.0, -1.0]], name="X"), gg.Parameter([0.1, -0.2], name="b")
    hidden = gg.Tanh(x @ weights.T + bias, name="H")
    return gg.Sum(gg.Reshape(hidden, (4,)) ** 2, name="S")


def reductions() -> gg.Node:
    """Sum, Mean and Prod over an axis and over all."""
    x = gg.Parameter([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], name="x")
    rows = gg.Sum(x, axis=1, name="r")
    columns = gg.Mean(x, axis=0, name="c")
    return gg.Add(gg.Prod(rows, name="q"), gg.Mean(columns, name="n"), name="out")


def large() -> gg.Node:
    """Arrays too large to be printed in full."""
    x = gg.Input(np.linspace(-1.0, 1.0, 1000), name="x")
    w = gg.Parameter(0.5, name="w")
    return gg.Mean(gg.Sigmoid(w * x, name="p") ** 2, name="L")


def nested() -> gg.Node:
    """Scopes in scopes, and one label twice."""
    w, x = gg.Parameter(0.5, name="w"), gg.Input(3.0, name="x")
    with gg.scope("net"):
        with gg.scope("layer"):
            h = gg.Tanh(w * x, name="h")
        with gg.scope("layer"):
            o = gg.Tanh(w * h + 0.1, name="o")
    return gg.mse(o, gg.Input(1.0, name="y"))


def multinomial() -> gg.Node:
    """Likelihoods and their logarithms: many ops, many scopes."""
    p, y = gg.Parameter([0.2, 0.9], name="p"), gg.Input([0.0, 1.0], name="y")
    return gg.Add(gg.negative_log_likelihood(p, y), gg.Sqrt(gg.likelihood(p, y)), name="L")


def second() -> gg.Node:
    """The graph of a second derivative."""
    z = gg.Parameter([0.5, -1.0], name="z")
    loss = gg.Sum(gg.Softplus(z) ** 2, name="L")
    return gg.grad(gg.Sum(gg.grad(loss, z)), z)


def logits() -> gg.Node:
    """BCE from logits: the logit is used twice, below a shared scope."""
    z, y = gg.Parameter(0.5, name="z"), gg.Input(1.0, name="y")
    return gg.bce_with_logits(z, y)


def not_finite() -> gg.Node:
    """0 · ∞ in the plain form of BCE."""
    with np.errstate(all="ignore"):
        return gg.bce(gg.Parameter(0.0, name="p"), gg.Input(0.0, name="y"))


def staircase() -> gg.Node:
    """A leaf with many consumers, and edges over many ranks."""
    x = gg.Parameter(0.5, name="x")
    total = x * 1
    for k in range(2, 8):
        total = total + x * k
    return total


def forward_only() -> gg.Node:
    """An array, without a seed."""
    w = gg.Parameter([1.0, 2.0], name="w")
    return gg.Mul(w, 3.0, name="v")


EXAMPLES = {
    build.__name__: build
    for build in (
        bce_one,
        bce_three,
        fan_out,
        square,
        double,
        matrices,
        reductions,
        large,
        nested,
        multinomial,
        second,
        logits,
        not_finite,
        staircase,
        forward_only,
    )
}


def drawn(_node: gg.Node, **settings: Any) -> gg.Drawing:
    """The picture of a node, whatever its values. (No variable here lends the node a name.)"""
    with np.errstate(all="ignore"):
        return gg.draw(_node, **settings)


def seen(_node: gg.Node, **settings: Any) -> View:
    """What the picture of a node says, without a layout."""
    return drawn(_node, **settings)._view


def texts(_node: gg.Node, **settings: Any) -> dict[str, str]:
    """The text of each box, by its title; of chips by theirs, where two of one title are joined."""
    found: dict[str, str] = {}
    for box in seen(_node, **settings).boxes:
        found[box.title] = f"{found[box.title]}\n{box.text}" if box.title in found else box.text
    return found


def needs_dot() -> None:
    """Skip a test where Graphviz is not installed; on continuous integration, where it must be, fail."""
    if shutil.which("dot") is None:
        if os.environ.get("CI"):
            pytest.fail("the program dot of Graphviz is not installed")
        pytest.skip("the program dot of Graphviz is not installed")
