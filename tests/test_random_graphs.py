"""Random graphs with reuse, fan-out and broadcasting: first and second derivatives."""

import graphgrad as gg
import numpy as np
import programs
from cases import CASES
from hypothesis import given, settings
from oracle import complex_step
from programs import NAMES, SMOOTH, drawn, leaf_shapes, random_programs, repeatable, run, seeds, step, use


def close(actual, expected, tolerance, scale=1.0):
    """Equal to `tolerance`, relative to the largest number there is, or to 1."""
    largest = max(scale, np.abs(expected).max(initial=0))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * largest)


@settings(repeatable, max_examples=1000)
@given(leaf_shapes, random_programs(12), seeds)
def test_gradients_are_the_complex_step_s(shapes, program, seed):
    values = drawn(shapes, seed)
    leaves = [gg.Parameter(value) for value in values]
    out = run(program, leaves)
    close(out.value, run(program, values), 1e-13)
    out.backward()
    slopes = gg.grad(out, leaves)
    for position, (leaf, slope) in enumerate(zip(leaves, slopes, strict=True)):
        expected = complex_step(lambda *moved: run(program, moved), values, position)
        assert leaf.grad.shape == slope.shape == leaf.shape
        close(leaf.grad, expected, 1e-12)
        close(slope.value, leaf.grad, 1e-14)


def gradients(program, values):
    """The gradient of a program at `values`, by the library."""
    leaves = [gg.Parameter(value) for value in values]
    return [slope.value for slope in gg.grad(run(program, leaves), leaves)]


def difference_along(program, values, directions, step=1e-3):
    """How the gradient changes along `directions`: a central difference of fourth order."""

    def at(offset):
        moved = [value + offset * step * along for value, along in zip(values, directions, strict=True)]
        return gradients(program, moved)

    quotients = zip(at(1), at(-1), at(2), at(-2), strict=True)
    return [(8 * (a - b) - (c - d)) / (12 * step) for a, b, c, d in quotients]


@repeatable
@given(leaf_shapes, random_programs(7, SMOOTH), seeds)
def test_second_derivatives_are_differences_of_the_first(shapes, program, seed):
    """The gradient of (gradient · direction) is the change of the gradient along that direction."""
    values, directions = drawn(shapes, seed), drawn(shapes, seed + 1)
    leaves = [gg.Parameter(value) for value in values]
    first = gg.grad(run(program, leaves), leaves)
    slope = sum(gg.Sum(along * gradient) for along, gradient in zip(directions, first, strict=True))
    second = gg.grad(slope, leaves)
    expected = difference_along(program, values, directions)
    scale = max(1.0, *(np.abs(change).max(initial=0) for change in expected))
    for actual, change in zip(second, expected, strict=True):
        close(actual.value, change, 1e-6, scale)


@settings(repeatable, max_examples=200)
@given(leaf_shapes, random_programs(8, SMOOTH), seeds)
def test_the_order_of_two_derivatives_does_not_matter(shapes, program, seed):
    """∂/∂b of ∂/∂a and ∂/∂a of ∂/∂b agree, whatever the graph."""
    leaves = [gg.Parameter(value) for value in drawn([*shapes, ()], seed)]
    a, b = leaves[0], leaves[-1]
    out = run(program, [a * b, *leaves])
    along = np.cos(np.arange(a.size)).reshape(a.shape)
    one_way = gg.grad(gg.Sum(gg.grad(out, a) * along), b).value
    other_way = np.sum(gg.grad(gg.grad(out, b), a).value * along)
    close(one_way, other_way, 1e-12)


@settings(repeatable, max_examples=200)
@given(leaf_shapes, random_programs(12), seeds)
def test_replace_is_building_anew(shapes, program, seed):
    leaves = [gg.Parameter(value) for value in drawn(shapes, seed)]
    others = [gg.Parameter(value) for value in drawn(shapes, seed + 1)]
    out, anew = run(program, leaves), run(program, others)
    new_values = {leaf: other.value for leaf, other in zip(leaves, others, strict=True)}
    assert out.replace(new_values).value == anew.value
    slope = gg.grad(out, leaves[0])
    replaced = slope.replace({leaf: new_values[leaf] for leaf in gg.topological(slope) if leaf in new_values})
    close(replaced.value, gg.grad(anew, others[0]).value, 1e-13)


def test_every_op_with_a_derivative_is_part_of_the_pool(monkeypatch):
    named = set()

    def noted(op, *inputs, **given):
        named.add(op)
        return use(op, *inputs, **given)

    monkeypatch.setattr(programs, "use", noted)
    samples = [gg.Parameter(np.full(shape, 0.5)) for shape in [(), (3,), (2, 3), (3, 3), (0, 3)]]
    results = [step(name, a, b, 1) for name in NAMES for a in samples for b in samples]
    built = {type(node) for result in results for node in gg.topological(result)}
    steps = {gg.Ceil, gg.Round, gg.FloorDivide}  # floor stands for them
    wanted = {case.op for case in CASES if case.positions and case.op.is_public} - steps
    assert wanted <= named | built, "add a line for each to the pool in programs.py"
