"""Every op of the registry against its row in the table: values, first and second derivatives, dtypes."""

import graphgrad as gg
import numpy as np
import pytest
from cases import CASES, PAIRS, TRIALS, Case, trial_id
from graphgrad.formula import _names_in_rule, local_gradient
from graphgrad.namespace import OPS, nodes, numbers
from graphgrad.parse import parse
from oracle import central_difference, complex_step

every_case = pytest.mark.parametrize("case", CASES, ids=trial_id)
every_trial = pytest.mark.parametrize(("case", "shapes"), TRIALS, ids=trial_id)
CLASS_TRIALS = [(case, shapes) for case, shapes in TRIALS if not case.is_composition]
every_trial_of_a_class = pytest.mark.parametrize(("case", "shapes"), CLASS_TRIALS, ids=trial_id)
every_second_order_trial = pytest.mark.parametrize(
    ("case", "shapes"), [(case, shapes) for case, shapes in TRIALS if case.order >= 2 and case.positions], ids=trial_id
)

LARGEST = {case: shapes for case, shapes in TRIALS if all(0 not in shape for shape in shapes)}.items()
LAYOUTS = {
    "fortran": np.asfortranarray,
    "every second": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "reversed": lambda x: np.flip(np.flip(x).copy()),
    "transposed": lambda x: x.T.copy().T,
}


def unit_seeds(shape):
    """Each seed that picks one element of an array of that shape."""
    for index in np.ndindex(shape):
        seed = np.zeros(shape)
        seed[index] = 1.0
        yield index, seed


def jacobians(out, leaves):
    """The full Jacobian of `out` with respect to each Parameter, one backward pass per element of `out`."""
    results = {k: np.zeros(out.shape + leaf.shape) for k, leaf in enumerate(leaves) if isinstance(leaf, gg.Parameter)}
    for index, seed in unit_seeds(out.shape):
        out.backward(seed)
        for position, result in results.items():
            result[index] = leaves[position].grad
    return results


def oracle_jacobian(case, values, position):
    derivative = complex_step if case.analytic else central_difference
    return derivative(case.expected, values, position)


def close(actual, expected, tolerance):
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


def test_every_op_has_a_row():
    ours = {op for op in OPS.values() if op.__module__.startswith("graphgrad.")}
    assert {case.op for case in CASES} == ours


@pytest.mark.parametrize("op", [op for op in dict.fromkeys(OPS.values()) if op.__name__ in gg.__all__])
def test_every_public_op_is_tried_with_a_dozen_shapes(op):
    shapes = [shapes for case, shapes in TRIALS if case.op is op]
    assert len(shapes) >= 12
    assert any(0 in shape for inputs in shapes for shape in inputs)


@every_trial
def test_the_value_is_the_reference_s(case, shapes):
    values = case.draw(shapes)
    out = case.build(*case.leaves(values))
    expected = np.asarray(case.expected(*values))
    assert out.shape == expected.shape
    close(out.value, expected, 1e-14)


@every_trial
def test_the_full_jacobian(case, shapes):
    values = case.draw(shapes)
    leaves = case.leaves(values)
    out = case.build(*leaves)
    for position, jacobian in jacobians(out, leaves).items():
        if position in case.positions:
            close(jacobian, oracle_jacobian(case, values, position), 1e-13 if case.analytic else 1e-9)
        else:
            assert not jacobian.any()


@every_second_order_trial
def test_second_order(case, shapes):
    """∂/∂x of (a weighted sum of the first derivatives), through a graph of the gradient."""
    values = case.draw(shapes)
    leaves = case.leaves(values)
    out = case.build(*leaves)
    seed = np.cos(np.arange(out.size)).reshape(out.shape)
    first = gg.grad(out, leaves, seed=seed)
    weights = [np.sin(1 + np.arange(leaf.size)).reshape(leaf.shape) for leaf in leaves]
    total = sum(gg.Sum(weight * slope) for weight, slope in zip(weights, first, strict=True))
    second = gg.grad(total, leaves)

    def weighted_slope(*inputs):
        slopes = [oracle_jacobian(case, inputs, position) for position in case.positions]
        along = [np.tensordot(seed, slope, axes=seed.ndim) for slope in slopes]
        return sum(np.sum(weights[k] * slope) for k, slope in zip(case.positions, along, strict=True))

    for position in case.positions:
        close(second[position].value, central_difference(weighted_slope, values, position), 2e-8)


@every_trial
def test_arrays_and_nodes_give_the_same_bits(case, shapes):
    leaves = case.leaves(case.draw(shapes))
    out = case.build(*leaves)
    seed = np.cos(np.arange(out.size)).reshape(out.shape)
    out.backward(seed)
    wrt = [leaf for leaf in leaves if leaf.grad is not None]
    for leaf, slope in zip(wrt, gg.grad(out, wrt, seed=seed), strict=True):
        assert leaf.grad.dtype == slope.dtype == np.float64
        if case.op is gg.Pow and shapes == ((), ()):  # NumPy's power of scalars and of arrays differ in the last bit
            np.testing.assert_allclose(leaf.grad, slope.value, rtol=1e-15)
        else:
            np.testing.assert_array_equal(leaf.grad, slope.value)


@every_trial_of_a_class
def test_one_cotangent_per_input(case, shapes):
    leaves = case.leaves(case.draw(shapes))
    out = case.build(*leaves)
    upstream = np.ones(out.shape)
    values = [leaf.value for leaf in leaves]
    if out.by_local:
        on_numbers, on_nodes = out.local(numbers, out.value, *values), out.local(nodes, out, *leaves)
    else:
        on_numbers = out.vjp(numbers, upstream, out.value, *values)
        on_nodes = out.vjp(nodes, gg.Input(upstream), out, *leaves)
    for cotangents in (on_numbers, on_nodes):
        assert [k for k, item in enumerate(cotangents) if item is None] == sorted(out.detached)
        assert len(cotangents) == len(leaves)
        assert out.arity in (len(leaves), None)


@every_trial
@pytest.mark.parametrize("dtypes", [("f4", "f4"), ("f4", "f8"), ("f8", "f4")], ids="+".join)
def test_a_gradient_has_the_shape_and_dtype_of_its_leaf(case, shapes, dtypes):
    values = case.draw(shapes)
    leaves = case.leaves([value.astype(dtypes[k % 2]) for k, value in enumerate(values)])
    out = case.build(*leaves)
    seed = np.ones(out.shape)
    out.backward(seed)
    double = case.leaves([leaf.value.astype("f8") for leaf in leaves])
    wanted = [k for k, leaf in enumerate(leaves) if leaf.grad is not None]
    expected = gg.grad(case.build(*double), [double[k] for k in wanted], seed=seed)
    slopes = gg.grad(out, [leaves[k] for k in wanted], seed=seed)
    for leaf, slope, exact in zip([leaves[k] for k in wanted], slopes, expected, strict=True):
        assert leaf.grad.shape == slope.shape == leaf.shape
        assert leaf.grad.dtype == slope.dtype == leaf.dtype
        close(leaf.grad, exact.value, 1e-5)
        close(slope.value, exact.value, 1e-5)


@every_case
def test_float32_alone_stays_float32(case):
    leaves = case.leaves([value.astype("f4") for value in case.draw(case.shapes[0])])
    becomes_double = case.op.__name__ in ("Count", "AsType") or {"weights", "x"} & case.settings.keys()
    assert case.build(*leaves).dtype == (np.float64 if becomes_double else np.float32)


@pytest.mark.parametrize("case", [case for case in CASES if case.shapes is PAIRS], ids=trial_id)
@pytest.mark.parametrize("literal_first", [True, False])
def test_a_literal_leaves_float32_alone(case, literal_first):
    leaf = gg.Parameter(np.array([1.5, 0.5], "f4"))
    out = case.build(2.0, leaf) if literal_first else case.build(leaf, 2.0)
    assert out.dtype == np.float32


@pytest.mark.parametrize(("case", "shapes"), LARGEST, ids=trial_id)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_memory_layout_does_not_matter(case, shapes, layout):
    values = case.draw(shapes)
    arranged = [LAYOUTS[layout](value) if value.ndim else value for value in values]
    plain, other = case.leaves(values), case.leaves(arranged)
    out, same = case.build(*plain), case.build(*other)
    seed = np.cos(np.arange(out.size)).reshape(out.shape)
    out.backward(seed)
    same.backward(LAYOUTS[layout](seed) if seed.ndim else seed)
    close(same.value, out.value, 1e-15)
    for a, b in zip(plain, other, strict=True):
        if a.grad is not None:
            close(b.grad, a.grad, 1e-14)


@every_trial_of_a_class
def test_upstream_times_local_is_the_gradient(case, shapes):
    """What a picture prints on an edge gives what flows along it, for the Jacobians that are a factor."""
    leaves = case.leaves(case.draw(shapes))
    out = case.build(*leaves)
    seed = np.cos(np.arange(out.size)).reshape(out.shape)
    out.backward(seed)
    for position, (leaf, local) in enumerate(zip(leaves, out.local_gradients(), strict=True)):
        if position not in case.positions:
            assert local is None
            continue
        assert local.input is leaf
        assert local.formula
        assert local.latex
        if local.jacobian == "diagonal":
            product = np.broadcast_to(seed * local.value, out.shape)
            extra = tuple(range(out.ndim - leaf.ndim))
            stretched = tuple(len(extra) + k for k, length in enumerate(leaf.shape) if length == 1)
            close(np.sum(product, axis=extra + stretched).reshape(leaf.shape), leaf.grad, 1e-14)
        elif local.jacobian == "spread":
            axes = tuple(axis % leaf.ndim for axis in out.axes(leaf.ndim))
            spread = seed if out.keepdims or not axes else np.expand_dims(seed, axes)
            close(np.broadcast_to(spread * local.value, leaf.shape), leaf.grad, 1e-14)


FORMULAS = [
    (case, shapes)
    for case, shapes in LARGEST
    if not case.is_composition and case.positions and case.op.is_public and case.op is not gg.Prod  # others(x) is ours
    if case.op.jacobian == "diagonal" or (case.op.jacobian == "spread" and case.settings["axis"] is None)
]


@pytest.mark.parametrize(("case", "shapes"), FORMULAS, ids=trial_id)
def test_a_formula_read_back_has_the_value_of_the_local_gradient(case, shapes):
    values = case.draw(shapes)
    node = case.build(*case.leaves(values))
    names = _names_in_rule(case.op, len(values))
    given = {name: gg.Input(value) for name, value in zip(names, [node.value, *values], strict=True)}
    for position in case.positions:
        local = local_gradient(node, position)
        leaves = {"m": gg.Input(float(values[0].size)), **given}
        close(parse(local.formula, leaves).value, local.value, 1e-15)


@every_case
def test_only_what_is_wanted_is_computed(case):
    """With one Parameter among Inputs, the other inputs get no gradient."""
    values = case.draw(case.shapes[0])
    for position in case.positions:
        leaves = [gg.Parameter(v) if k == position else gg.Input(v) for k, v in enumerate(values)]
        out = case.build(*leaves)
        out.backward(np.ones(out.shape))
        assert [leaf.grad is not None for leaf in leaves] == [k == position for k in range(len(leaves))]


def test_the_table_would_catch_a_wrong_rule():
    """A rule with a fault of one part in a thousand fails the Jacobian test."""
    case = Case(gg.Exp, lambda x: np.exp(1.001 * x) / 1.001, (lambda rng, shape: np.ones(shape),), [((2,),)])
    with pytest.raises(AssertionError):
        test_the_full_jacobian(case, ((2,),))
