"""What flows back is linear in the seed, the transpose of what flows forward, and nobody else's to change."""

import graphgrad as gg
import numpy as np
import pytest
from cases import TRIALS, trial_id
from hypothesis import given, settings
from oracle import central_difference, complex_step
from programs import drawn, leaf_shapes, random_programs, repeatable, run, seeds

differentiable = pytest.mark.parametrize(
    ("case", "shapes"), [(case, shapes) for case, shapes in TRIALS if case.positions], ids=trial_id
)


def close(actual, expected, tolerance):
    """Equal to `tolerance`, relative to the largest number there is, or to 1."""
    largest = max(1.0, np.abs(expected).max(initial=0))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * largest)


def noise(shape, number):
    """Numbers of that shape; the same on every run."""
    return np.asarray(np.random.default_rng(number).normal(size=shape))


def vjp(out, leaves, seed):
    """The gradients that a seed gives, one array per leaf."""
    out.backward(seed)
    return [leaf.grad for leaf in leaves]


def of_case(case, shapes):
    """The output of a row of the table, and the leaves that have a derivative."""
    leaves = case.leaves(case.draw(shapes))
    return case.build(*leaves), [leaves[k] for k in case.positions]


def array_from(program, leaves):
    """What a random program gives, as an array if its first leaf is one."""
    return leaves[0] * run(program, leaves) + leaves[-1]


def of_program(shapes, program, seed):
    """The output of a random program, and the leaves."""
    leaves = [gg.Parameter(value) for value in drawn(shapes, seed)]
    return array_from(program, leaves), leaves


# Linear in the seed


def check_linear(out, leaves):
    u, v, a, b = noise(out.shape, 1), noise(out.shape, 2), 1.7, -0.6
    of_u, of_v, of_both = (vjp(out, leaves, seed) for seed in (u, v, a * u + b * v))
    for from_u, from_v, both in zip(of_u, of_v, of_both, strict=True):
        close(both, a * from_u + b * from_v, 1e-13)
    for slope, both in zip(gg.grad(out, leaves, seed=a * u + b * v), of_both, strict=True):
        close(slope.value, both, 1e-13)


def check_scaled(out, leaves):
    """Twice the seed gives twice the gradient, its negative the negative, and 0 gives 0: to the bit."""
    u = noise(out.shape, 1)
    once = vjp(out, leaves, u)
    for factor in (2.0, -0.25, 0.0):
        for plain, scaled in zip(once, vjp(out, leaves, factor * u), strict=True):
            np.testing.assert_array_equal(scaled, factor * plain)


@differentiable
def test_gradients_of_an_op_are_linear_in_the_seed(case, shapes):
    check_linear(*of_case(case, shapes))


@differentiable
def test_gradients_of_an_op_scale_with_the_seed_to_the_bit(case, shapes):
    check_scaled(*of_case(case, shapes))


@settings(repeatable, max_examples=150)
@given(leaf_shapes, random_programs(10), seeds)
def test_gradients_of_a_graph_are_linear_in_the_seed(shapes, program, seed):
    out, leaves = of_program(shapes, program, seed)
    check_linear(out, leaves)
    check_scaled(out, leaves)


# The transpose of what flows forward: ⟨J v, u⟩ = ⟨v, Jᵀ u⟩


def along_by_reference(case, values, directions):
    """J · directions, from the op's reference in plain NumPy."""
    derivative = complex_step if case.analytic else central_difference

    def moved(t):
        return case.expected(*(value + t * along for value, along in zip(values, directions, strict=True)))

    return derivative(moved, [np.zeros(())], 0)


def along_by_jvp(case, values, directions):
    """J · directions, from the library."""
    leaves = case.leaves(values)
    wrt = [leaves[k] for k in case.positions]
    return gg.jvp(case.build(*leaves), wrt, [directions[k] for k in case.positions]).value


FORWARD = {"reference": along_by_reference, "jvp": along_by_jvp}
"""The ways to J · v that the transpose is held against."""


def check_transposed(out, leaves, directions, along):
    """Both ways round a seed gives the same number."""
    u = noise(out.shape, 3)
    back = vjp(out, leaves, u)
    down = sum(np.sum(v * slope) for v, slope in zip(directions, back, strict=True))
    across = np.sum(u * along)
    scale = max(1.0, np.sum(np.abs(u * along)))
    np.testing.assert_allclose(down, across, rtol=0, atol=1e-10 * scale)


@pytest.mark.parametrize("forward", FORWARD)
@differentiable
def test_an_op_flows_back_by_the_transpose_of_its_derivative(case, shapes, forward):
    values = case.draw(shapes)
    directions = [noise(value.shape, k) if k in case.positions else 0 * value for k, value in enumerate(values)]
    out, leaves = of_case(case, shapes)
    along = FORWARD[forward](case, values, directions)
    check_transposed(out, leaves, [directions[k] for k in case.positions], along)


@settings(repeatable, max_examples=150)
@given(leaf_shapes, random_programs(10), seeds)
def test_a_graph_flows_back_by_the_transpose_of_its_derivative(shapes, program, seed):
    out, leaves = of_program(shapes, program, seed)
    values, directions = drawn(shapes, seed), drawn(shapes, seed + 1)

    def moved(t):
        return array_from(program, [value + t * along for value, along in zip(values, directions, strict=True)])

    along = complex_step(moved, [np.zeros(())], 0)
    check_transposed(out, leaves, directions, along)
    close(gg.jvp(out, leaves, directions).value, along, 1e-12)


# The same again, whatever is done to what was given or returned


def bits(arrays):
    return [np.asarray(array).tobytes() for array in arrays]


def check_repeated(out, leaves):
    seed = noise(out.shape, 4)
    first, slopes = bits(vjp(out, leaves, seed)), bits(slope.value for slope in gg.grad(out, leaves, seed=seed))
    vjp(out, leaves, noise(out.shape, 5))
    assert bits(vjp(out, leaves, seed)) == first
    assert bits(slope.value for slope in gg.grad(out, leaves, seed=seed)) == slopes


@differentiable
def test_a_repeated_sweep_of_an_op_is_equal_to_the_bit(case, shapes):
    check_repeated(*of_case(case, shapes))


@settings(repeatable, max_examples=100)
@given(leaf_shapes, random_programs(10), seeds)
def test_a_repeated_sweep_of_a_graph_is_equal_to_the_bit(shapes, program, seed):
    check_repeated(*of_program(shapes, program, seed))


@differentiable
def test_arrays_may_change_after_they_were_given(case, shapes):
    """Neither the sources of the leaves nor the seed are read again."""
    sources = case.draw(shapes)
    leaves = case.leaves(sources)
    out = case.build(*leaves)
    wrt, seed = [leaves[k] for k in case.positions], noise(out.shape, 6)
    slopes = gg.grad(out, wrt, seed=seed)
    expected = bits(vjp(out, wrt, seed))
    unchanged, kept = bits([out.value, *(slope.value for slope in slopes)]), seed.copy()
    for array in (*sources, seed):
        array[...] = 99.0
    assert bits(leaf.grad for leaf in wrt) == expected
    assert bits([out.value, *(slope.value for slope in slopes)]) == unchanged
    assert bits(vjp(out, wrt, kept)) == expected
    assert out.replace({leaf: leaf.value for leaf in leaves}).value.tobytes() == out.value.tobytes()


@differentiable
def test_what_is_returned_cannot_be_written_to(case, shapes):
    out, leaves = of_case(case, shapes)
    gradients = vjp(out, leaves, noise(out.shape, 7))
    slopes = [slope.value for slope in gg.grad(out, leaves, seed=noise(out.shape, 7))]
    for array in [out.value, out.grad, *gradients, *slopes, *(leaf.value for leaf in leaves)]:
        with pytest.raises((ValueError, TypeError), match=r"read-only|does not support item assignment"):
            array[...] = 99.0


def fan_out():
    x, y = gg.Parameter([1.0, 2.0], name="x"), gg.Parameter([3.0, 4.0], name="y")
    return gg.Sum(x * [5.0, 6.0]) + gg.Sum((x + y) * [7.0, 8.0]), x, y


def test_what_is_added_for_one_node_does_not_reach_another():
    """x and y get the same flow from x + y, and x gets one more."""
    out, x, y = fan_out()
    out.backward()
    assert (x.grad.tolist(), y.grad.tolist()) == ([12, 14], [7, 8])
    assert [slope.value.tolist() for slope in gg.grad(out, [x, y])] == [[12, 14], [7, 8]]


def test_changing_what_is_returned_changes_nothing():
    out, x, y = fan_out()
    wrt = {"x": x, "y": y}
    for returned in (gg.topological(out), out.local_gradients(), out.parameters(), gg.grad(out, wrt)):
        returned.clear()
    assert list(wrt) == list(out.parameters()) == ["x", "y"]
    assert gg.topological(out)[-1] is out
    out.backward()
    assert (x.grad.tolist(), y.grad.tolist()) == ([12, 14], [7, 8])
    assert len(out.local_gradients()) == 2
