"""Random graphs with reuse, fan-out and broadcasting, against the complex step and against all paths."""

from typing import Any

import graphgrad as gg
import numpy as np
import pytest
from cases import CASES
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracle import complex_step

REFERENCES = {case.op: case.reference for case in CASES}

# Each keeps what lies around [−1, 1] around it, so that errors of rounding stay small.
ONE = {
    "neg": lambda a: -a,
    "tanh": gg.Tanh,
    "sigmoid": gg.Sigmoid,
    "log_sigmoid": lambda a: gg.LogSigmoid(a) / 2,
    "softplus": lambda a: gg.Softplus(a) / 2,
    "exp": lambda a: gg.Exp(a) / 3,
    "log": lambda a: gg.Log(a * a + 1),
    "neg_log": lambda a: gg.NegLog(a * a + 0.5),
    "sqrt": lambda a: np.sqrt(a * a + 0.25),
    "square": lambda a: a**2,
    "mean": lambda a: gg.Mean(a, axis=0) if a.ndim else gg.Mean(a),
    "sum": lambda a: gg.Sum(a, axis=-1, keepdims=True) / 3 if a.ndim else a + a,
    "prod": lambda a: gg.Prod(a, axis=0) if a.ndim else a * a * a,
    "column": lambda a: gg.Reshape(a, (-1, 1)) if a.ndim < 2 else a,
    "transpose": lambda a: a.T,
}
TWO = {
    "add": lambda a, b: (a + b) / 2,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / (b * b + 1),
    "pow": lambda a, b: (a * a + 0.5) ** b,
    "xlogy": lambda a, b: gg.XLogY(a, b * b + 0.5),
    "matmul": lambda a, b: a @ b / 3,
}
SHAPES: list[tuple[int, ...]] = [(), (3,), (2, 3), (2, 1), (1, 3), (1,)]

steps = st.lists(st.tuples(st.sampled_from([*ONE, *TWO]), st.integers(0, 99), st.integers(0, 99)), max_size=12)
leaf_shapes = st.lists(st.sampled_from(SHAPES), min_size=1, max_size=4)
seeds = st.integers(0, 2**32 - 1)

derandomized = settings(max_examples=300, derandomize=True, deadline=None, database=None)


def fits(name: str, a: gg.Node, b: gg.Node) -> bool:
    """Whether the two can be combined."""
    if name == "matmul":
        return bool(a.ndim and b.ndim and a.shape[-1] == b.shape[max(b.ndim - 2, 0)])
    return all(m == n or 1 in (m, n) for m, n in zip(a.shape[::-1], b.shape[::-1], strict=False))


def build(leaves: list[gg.Node], program: list[tuple[str, int, int]]) -> gg.Node:
    """A scalar that every step leads to; each step takes any nodes built before it."""
    pool = list(leaves)
    for name, i, j in program:
        a, b = pool[i % len(pool)], pool[j % len(pool)]
        if name in ONE:
            pool.append(ONE[name](a))
        else:
            pool.append(TWO[name](a, b) if fits(name, a, b) else a * gg.Mean(b))
    return sum((gg.Mean(node) for node in pool[1:]), start=gg.Mean(pool[0]))


def rerun(out: gg.Node, values: dict[gg.Node, Any]) -> Any:
    """The value of `out` from other values of its leaves, by the reference functions alone."""
    results = dict(values)
    for node in gg.topological(out):
        if node.inputs:
            inputs = [results[source] for source in node.inputs]
            known = {"axis", "keepdims", "axes"}
            given_settings = {name: getattr(node, name) for name in type(node).settings if name in known}
            if isinstance(node, gg.Reshape):
                given_settings = {"shape": node.shape}
            results[node] = REFERENCES[type(node)](*inputs, **given_settings)
        elif node not in results:
            results[node] = node.value
    return results[out]


@derandomized
@given(leaf_shapes, steps, seeds)
def test_gradients_are_the_complex_step_s(shapes, program, seed):
    rng = np.random.default_rng(seed)
    values = [rng.uniform(-1, 1, shape) for shape in shapes]
    leaves = [gg.Parameter(value) for value in values]
    out = build(leaves, program)
    out.backward()
    slopes = gg.grad(out, leaves)
    for position, leaf in enumerate(leaves):
        expected = complex_step(lambda *moved: rerun(out, dict(zip(leaves, moved, strict=True))), values, position)
        tolerance = 1e-12 * max(1.0, np.abs(expected).max())
        np.testing.assert_allclose(leaf.grad, expected, rtol=0, atol=tolerance)
        np.testing.assert_allclose(slopes[position].value, leaf.grad, rtol=1e-13, atol=tolerance * 1e-2)


@settings(derandomized, max_examples=60)
@given(leaf_shapes, steps, seeds)
def test_a_derivative_graph_is_differentiated_like_any_other(shapes, program, seed):
    """∂/∂b of ∂/∂a and ∂/∂a of ∂/∂b agree, whatever the graph."""
    assume(not any(name == "prod" for name, _, _ in program))
    rng = np.random.default_rng(seed)
    leaves = [gg.Parameter(rng.uniform(-1, 1, shape)) for shape in [*shapes, ()]]
    a, b = leaves[0], leaves[-1]
    out = build([a * b, *leaves], program)
    along = np.cos(np.arange(a.size)).reshape(a.shape)
    one_way = gg.grad(gg.Sum(gg.grad(out, a) * along), b).value
    other_way = np.sum(gg.grad(gg.grad(out, b), a).value * along)
    np.testing.assert_allclose(one_way, other_way, rtol=1e-11, atol=1e-11)


@settings(derandomized, max_examples=60)
@given(leaf_shapes, steps, seeds)
def test_replace_is_building_anew(shapes, program, seed):
    rng = np.random.default_rng(seed)
    leaves = [gg.Parameter(rng.uniform(-1, 1, shape)) for shape in shapes]
    others = [gg.Parameter(rng.uniform(-1, 1, shape)) for shape in shapes]
    out, anew = build(leaves, program), build(others, program)
    new_values = {leaf: other.value for leaf, other in zip(leaves, others, strict=True)}
    assert out.replace(new_values).value == anew.value
    slope = gg.grad(out, leaves[0])
    replaced = slope.replace({leaf: new_values[leaf] for leaf in gg.topological(slope) if leaf in new_values})
    np.testing.assert_allclose(replaced.value, gg.grad(anew, others[0]).value, rtol=1e-13, atol=1e-13)


# Small integers: the gradient is the sum over all paths of the product of the local gradients, exactly

INTEGER_OPS = {
    "add": (lambda a, b: a + b, lambda a, b: (1, 1)),
    "sub": (lambda a, b: a - b, lambda a, b: (1, -1)),
    "mul": (lambda a, b: a * b, lambda a, b: (b, a)),
}


def sum_over_paths(edges: dict[int, list[tuple[int, int]]], start: int, end: int) -> int:
    """Σ over every path from `start` down to `end` of the product of the numbers on its edges."""
    if start == end:
        return 1
    return sum(local * sum_over_paths(edges, below, end) for below, local in edges.get(start, []))


@derandomized
@given(
    st.lists(st.integers(-3, 3), min_size=1, max_size=3),
    st.lists(st.tuples(st.sampled_from([*INTEGER_OPS]), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8),
)
def test_the_gradient_is_exactly_the_sum_over_paths(values, program):
    numbers, nodes = list(values), [gg.Parameter(value) for value in values]
    edges: dict[int, list[tuple[int, int]]] = {}
    for name, i, j in program:
        i, j = -1 - i % len(numbers) % 4, -1 - j % len(numbers) % 4  # mostly of what was built last
        i, j = i % len(numbers), j % len(numbers)
        if name == "mul" and abs(numbers[i] * numbers[j]) > 1000:
            name = "add"
        compute, local = INTEGER_OPS[name]
        edges[len(numbers)] = list(zip((i, j), local(numbers[i], numbers[j]), strict=True))
        nodes.append(compute(nodes[i], nodes[j]))
        numbers.append(compute(numbers[i], numbers[j]))
    expected = [sum_over_paths(edges, len(numbers) - 1, k) for k in range(len(values))]
    assume(max(map(abs, expected)) < 2**50)
    out = nodes[-1]
    reached = set(gg.topological(out))
    if not any(leaf in reached for leaf in nodes[: len(values)]):
        pytest.fail("every program leads back to a leaf")
    out.backward()
    assert out.value == numbers[-1]
    for leaf, slope, exact in zip(nodes, gg.grad(out, nodes[: len(values)]), expected, strict=False):
        assert slope.value == exact
        assert (leaf.grad if leaf in reached else 0) == exact
