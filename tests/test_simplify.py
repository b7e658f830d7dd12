"""The clean form of a graph: another way to write it, the same value."""

import graphgrad as gg
import numpy as np
import pytest
from graphgrad.expression import write
from graphgrad.namespace import nodes
from graphgrad.simplify import simplify

p, m = gg.Parameter(0.75, name="p"), gg.Parameter([[1.0, 2.0], [3.0, 4.0]], name="M")
v = gg.Parameter([5.0, 6.0], name="v")
one_half = gg.Constant(0.5)

IDENTITIES = [
    (p + 0, "p"),
    (0 + p, "p"),
    (p - 0, "p"),
    (0 - p, "−p"),
    (p * 1, "p"),
    (1 * p, "p"),
    (p * -1, "−p"),
    (-1 * p, "−p"),
    (p / 1, "p"),
    (p**1, "p"),
    (gg.Neg(gg.Neg(p)), "p"),
    (one_half * 4 - 1, "1"),
    (p * (one_half * 2), "p"),
    ((p + 0) * (0 - p), "p·(−p)"),
    (nodes.guard(p, p, 2.0), "p"),
    (nodes.broadcast_like(gg.Constant(1.0), m) * m, "M"),
    (nodes.broadcast_like(p, m) * m, "p·M"),
    (nodes.broadcast_like(gg.Constant(1.0), m) * p, "p"),
]
KEPT = [p + 1, p - p, p * 0, 0 * p, p / p, p**0, p * gg.Input(1.0, name="x"), nodes.broadcast_like(p, m) * v]


@pytest.mark.parametrize(("node", "text"), IDENTITIES, ids=[write(node).text for node, _ in IDENTITIES])
def test_an_identity_is_written_shorter_and_worth_the_same(node, text):
    clean = simplify(node)
    assert write(clean).text == text
    assert clean.shape == node.shape
    np.testing.assert_array_equal(clean.value, node.value)


@pytest.mark.parametrize("node", KEPT, ids=lambda node: write(node).text)
def test_what_merely_happens_to_be_0_or_1_stays(node):
    clean = simplify(node)
    assert write(clean).text == write(node).text
    np.testing.assert_array_equal(clean.value, node.value)


def test_known_nodes_stay_as_they_are():
    kept = p * 1
    assert simplify(kept, {kept}) is kept
    assert simplify(kept + 0, {kept}) is kept


def test_what_is_clean_is_not_built_again():
    node = gg.Sigmoid(p) * p
    assert simplify(node) is node
