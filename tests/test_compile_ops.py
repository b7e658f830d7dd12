"""Every op of the table, compiled and as emitted text: the same numbers as the graph gives."""

import inspect

import graphgrad as gg
import numpy as np
import pytest
from cases import CASES, TRIALS, Case, trial_id

COUNTS = (7, 30)
"""Numbers of rows that no block divides; of 24 rows and fewer, programs of numbers have a form of their own."""


def wavy(shape):
    """Numbers of a shape, no two alike, none of them round."""
    return np.cos(0.7 + np.arange(np.prod(shape, dtype=int))).reshape(shape)


def close(actual, expected, tolerance, scale=0.0):
    """Of one shape and dtype, and equal relative to each number, or to `scale`, the largest there is."""
    assert (np.shape(actual), actual.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance * scale)


def zeros_for(leaf):
    """Its gradient; zeros if nothing flowed to it."""
    return np.zeros(leaf.shape, leaf.dtype) if leaf.grad is None else leaf.grad


def by_the_graph(loss, leaves):
    """The value and the gradients, as the graph itself computes them."""
    loss.backward()
    return loss.value, [zeros_for(leaf) for leaf in leaves]


def same(result, expected, tolerance=1e-12):
    """A value and gradients as a program gives them, or the emitted text, against the graph's.

    The value is a sum in which numbers of about 1 cancel, so it is compared relative to 1 at least.
    """
    value, gradients = result
    wanted_value, wanted = expected
    close(value, wanted_value, tolerance, max(1.0, np.abs(wanted_value)))
    largest = max((np.abs(gradient).max(initial=0) for gradient in wanted), default=0)
    for gradient, exact in zip(gradients, wanted, strict=True):
        close(gradient, exact, tolerance, largest)


def listed(result):
    """What a program gives, without the names."""
    value, gradients = result
    return value, list(gradients.values())


def run_text(text, loss, given=None):
    """What the function of a text gives, as NumPy's scalars and arrays; it knows NumPy and nothing else.

    It takes the leaves of `loss`: those without a name as data1, data2, …
    """
    leaves = [node for node in gg.topological(loss) if isinstance(node, gg.Input)]
    unnamed = [leaf.value for leaf in leaves if leaf.name is None]
    values = {f"data{k}": value for k, value in enumerate(unnamed, start=1)}
    values |= {leaf.name: leaf.value for leaf in leaves if leaf.name} | (given or {})
    names = {"np": np}
    exec(compile(text, "<emitted>", "exec"), names)
    result = names["f"](*[values[name] for name in inspect.signature(names["f"]).parameters])
    value, *gradients = result if isinstance(result, tuple) else (result,)
    return np.asarray(value)[()], [np.asarray(gradient)[()] for gradient in gradients]


class Rowless:
    """A trial whose leaves hold no rows: a weighted sum of what the op gives."""

    def __init__(self, case, shapes, dtype="f8"):
        self.case, self.values = case, [np.asarray(value, dtype) for value in case.draw(shapes)]
        self.names = [f"a{k}" for k in range(len(self.values))]
        self.wanted = case.positions

    def leaves(self, values):
        """The op's leaves, named."""
        made = self.case.leaves(values)
        return [type(leaf)(leaf.value, name=name) for leaf, name in zip(made, self.names, strict=True)]

    def loss(self, leaves):
        """The number that is differentiated."""
        out = self.case.build(*leaves)
        return gg.Sum(out * wavy(out.shape))

    def expected(self, values):
        """What the graph gives at these values."""
        leaves = self.leaves(values)
        return by_the_graph(self.loss(leaves), [leaves[k] for k in self.wanted])

    @property
    def moved(self):
        """Other values of the same shapes."""
        return [
            np.flip(value).copy() if value.ndim == 1 and self.case.op not in LIKE else value for value in self.values
        ]


LIKE = {case.op for case in CASES if case.op.__name__ in ("Piece", "UnsortLike")}
"""What takes arrays for their lengths or their order."""

NO_ROW_IS_EMPTY = [(case, shapes) for case, shapes in TRIALS if all(shape[:1] != (0,) for shape in shapes)]
every_trial = pytest.mark.parametrize(("case", "shapes"), NO_ROW_IS_EMPTY, ids=trial_id)
LARGEST = list({case: (case, shapes) for case, shapes in NO_ROW_IS_EMPTY}.values())
every_largest = pytest.mark.parametrize(("case", "shapes"), LARGEST, ids=trial_id)


@every_trial
def test_without_rows_a_program_gives_what_the_graph_gives(case, shapes):
    trial = Rowless(case, shapes)
    names = [trial.names[k] for k in trial.wanted]
    program = gg.compile(trial.loss(trial.leaves(trial.values)), wrt=names, rows=())
    assert program.names
    for values in (trial.values, trial.moved):
        given = dict(zip(trial.names, values, strict=True))
        result = program(**{name: given[name] for name in program.names})
        assert list(result[1]) == names
        same(listed(result), trial.expected(values))


@every_trial
def test_without_rows_the_emitted_text_gives_what_the_graph_gives(case, shapes):
    trial = Rowless(case, shapes)
    leaves = trial.leaves(trial.values)
    loss = trial.loss(leaves)
    text = gg.source(loss, wrt=[leaves[k] for k in trial.wanted], rows=())
    same(run_text(text, loss), trial.expected(trial.values))


@every_largest
def test_in_float32_a_program_gives_what_the_graph_gives(case, shapes):
    trial = Rowless(case, shapes, "f4")
    program = gg.compile(trial.loss(trial.leaves(trial.values)), wrt=[trial.names[k] for k in trial.wanted], rows=())
    given = dict(zip(trial.names, trial.values, strict=True))
    same(listed(program(**{name: given[name] for name in program.names})), trial.expected(trial.values), 1e-5)


class Rowful(Rowless):
    """A trial of which some leaves hold rows, for as many rows as the op allows.

    The weights of the rows are a leaf too, `u`, where what the op gives has one row for each of theirs.
    """

    def __init__(self, case, shapes, holders, dtype="f8"):
        super().__init__(case, shapes, dtype)
        self.shapes, self.holders, self.dtype = shapes, holders, dtype
        self.compiled_with = shapes[holders[0]][0]
        found = {count: self.shape_for(count) for count in (self.compiled_with, *COUNTS)}
        axes = len(found[self.compiled_with])
        self.shape_by_count = {n: shape for n, shape in found.items() if shape is not None and len(shape) == axes}
        self.counts = list(self.shape_by_count)
        self.weighing = self.found_weighing()

    def values_for(self, count):
        """The op's inputs, with so many rows."""
        shapes = [(count, *shape[1:]) if k in self.holders else shape for k, shape in enumerate(self.shapes)]
        return [np.asarray(value, self.dtype) for value in self.case.draw(tuple(shapes))]

    def shape_for(self, count):
        """What shape the op gives for so many rows; None if it does not take so many."""
        try:
            out = self.case.build(*self.leaves(self.values_for(count)))
            out.backward(np.ones(out.shape))
        except (ValueError, IndexError):
            return None
        return out.shape

    def found_weighing(self):
        """Where what the op gives has its rows: the axis, None for nowhere, "along" where that has no one axis."""
        shapes = list(self.shape_by_count.values())
        if len({*shapes}) == 1:
            return None
        pairs = [(k, lengths) for k, lengths in enumerate(zip(*shapes, strict=True)) if len({*lengths}) > 1]
        return pairs[0][0] if [lengths for _, lengths in pairs] == [tuple(self.counts)] else "along"

    def weights_for(self, count):
        """The leaf `u`, rows first, if there is one."""
        if not isinstance(self.weighing, int):
            return []
        shape = self.shape_by_count[count]
        rest = shape[: self.weighing] + shape[self.weighing + 1 :]
        return [wavy((count, *rest)).astype(self.dtype)]

    def loss(self, leaves):
        """The number that is differentiated; of the leaves, the last is `u`, where there is one."""
        width = len(self.names)
        out = self.case.build(*leaves[:width])
        if self.weighing is None:
            return gg.Sum(out * wavy(out.shape))
        if self.weighing == "along":
            flat = gg.Ravel(out)
            return gg.Sum(flat * gg.Cos(0.7 + gg.CumSum(1 + 0 * flat)))
        return gg.Sum(out * gg.MoveAxis(leaves[-1], 0, self.weighing))

    def graph(self, count):
        """Leaves and the loss for so many rows: those that hold rows as Inputs, the others as Parameters."""
        values = [*self.values_for(count), *self.weights_for(count)]
        names = [*self.names, "u"]
        kinds = [gg.Input if k in self.holders or name == "u" else gg.Parameter for k, name in enumerate(names)]
        fit = [leaf if isinstance(leaf, gg.Parameter) else None for leaf in self.leaves(values[: len(self.names)])]
        leaves = [
            (gg.Input if k < len(fit) and fit[k] is None else kinds[k])(value, name=names[k])
            for k, value in enumerate(values)
        ]
        return leaves, self.loss(leaves)

    def program(self, block=None):
        """The compiled graph."""
        leaves, loss = self.graph(self.compiled_with)
        rows = [leaf.name for k, leaf in enumerate(leaves) if k in self.holders or leaf.name == "u"]
        present = {node.name for node in gg.topological(loss)}
        wrt = [self.names[k] for k in self.wanted]
        return gg.compile(loss, wrt=wrt, rows=[name for name in rows if name in present], block=block)

    def given(self, count, names):
        """The leaves by name."""
        leaves, _ = self.graph(count)
        return {leaf.name: leaf.value for leaf in leaves if leaf.name in names}

    def expected_for(self, count):
        """What the graph of so many rows gives, all leaves being Parameters."""
        leaves = self.leaves(self.values_for(count))
        weights = [gg.Input(weight) for weight in self.weights_for(count)]
        return by_the_graph(self.loss([*leaves, *weights]), [leaves[k] for k in self.wanted])


def ways_to_hold_rows(case, shapes):
    """Which leaves can hold rows: each that has an axis alone, and all of those as long as the first."""
    able = [k for k, shape in enumerate(shapes) if shape]
    alike = tuple(k for k in able if shapes[k][0] == shapes[able[0]][0])
    alone = [(k,) for k in able[:2]]
    ways = dict.fromkeys([alike, *alone] if able else [])
    return [way for way in ways if way and len(Rowful(case, shapes, way).counts) > 1]


WITH_ROWS = [(case, shapes, holders) for case, shapes in NO_ROW_IS_EMPTY for holders in ways_to_hold_rows(case, shapes)]
AT_ONE_COUNT = [
    (case, shapes) for case, shapes in LARGEST if shapes[0] and not any(other is case for other, _, _ in WITH_ROWS)
]
"""Ops that take only so many rows, such as a Reshape to (3, 2)."""


def row_id(item):
    """The name of a part of a trial in the test report."""
    return (
        "rows" + "".join(map(str, item))
        if isinstance(item, tuple) and item and isinstance(item[0], int)
        else (trial_id(item))
    )


every_way = pytest.mark.parametrize(("case", "shapes", "holders"), WITH_ROWS, ids=row_id)
LARGEST_WAYS = list({(case, len(way)): (case, shapes, way) for case, shapes, way in WITH_ROWS}.values())
every_largest_way = pytest.mark.parametrize(("case", "shapes", "holders"), LARGEST_WAYS, ids=row_id)


@every_way
def test_with_rows_a_program_gives_what_the_graph_gives(case, shapes, holders):
    trial = Rowful(case, shapes, holders)
    programs = [trial.program(block) for block in (None, 1, 2, 3)]
    for count in trial.counts:
        given, expected = trial.given(count, programs[0].names), trial.expected_for(count)
        for program in programs:
            same(listed(program(**given)), expected)
    assert programs[0].explain().startswith("Rows: the first axis of ")


@pytest.mark.parametrize(("case", "shapes"), AT_ONE_COUNT, ids=trial_id)
def test_of_one_number_of_rows_a_program_gives_what_the_graph_gives(case, shapes):
    trial = Rowful(case, shapes, (0,))
    program = trial.program()
    same(listed(program(**trial.given(shapes[0][0], program.names))), trial.expected_for(shapes[0][0]))


@every_way
def test_with_rows_the_emitted_text_gives_what_the_graph_gives(case, shapes, holders):
    trial = Rowful(case, shapes, holders)
    leaves, loss = trial.graph(trial.compiled_with)
    present = {node.name for node in gg.topological(loss)}
    rows = [leaf.name for k, leaf in enumerate(leaves) if (k in holders or leaf.name == "u") and leaf.name in present]
    text = gg.source(loss, wrt=[trial.names[k] for k in trial.wanted], rows=rows)
    counts = [trial.compiled_with] if "for arrays of these shapes" in text else trial.counts
    for count in counts:
        same(run_text(text, loss, trial.given(count, present)), trial.expected_for(count))


@every_largest_way
def test_with_rows_of_float32_a_program_gives_what_the_graph_gives(case, shapes, holders):
    trial = Rowful(case, shapes, holders, "f4")
    programs = [trial.program(block) for block in (None, 3)]
    for count in trial.counts:
        for program in programs:
            same(listed(program(**trial.given(count, program.names))), trial.expected_for(count), 1e-5)


TWICE = [
    (case, shapes)
    for case in CASES
    if case.order >= 2 and case.positions
    for shapes in [shapes for other, shapes in NO_ROW_IS_EMPTY if other is case][-2:]
]


def total_slope(trial, loss, leaves):
    """A weighted sum of the first derivatives, as a graph, and the leaves that it depends on."""
    wanted = [leaves[k] for k in trial.wanted]
    weights = [gg.Cos(0.3 + (np.nan_to_num(leaf) if np.isnan(leaf).any() else leaf)) for leaf in wanted]
    total = sum(gg.Sum(weight * slope) for weight, slope in zip(weights, gg.grad(loss, wanted), strict=True))
    return total, wanted


@pytest.mark.parametrize(("case", "shapes"), TWICE, ids=trial_id)
def test_a_compiled_gradient_is_differentiated_as_the_graph_is(case, shapes):
    trial = Rowless(case, shapes)
    leaves = trial.leaves(trial.values)
    total, wanted = total_slope(trial, trial.loss(leaves), leaves)
    program = gg.compile(total, wrt=wanted, rows=())
    given = {leaf.name: leaf.value for leaf in leaves if leaf.name in program.names}
    same(listed(program(**given)), by_the_graph(total, wanted))
    text = gg.source(total, wrt=wanted, rows=())
    same(run_text(text, total), by_the_graph(total, wanted))


TWICE_WITH_ROWS = [
    (case, shapes, holders)
    for case, shapes, holders in LARGEST_WAYS
    if case.order >= 2 and case.positions and shapes[holders[0]][0] > 1
]
"""Not of one row: there a gradient as a graph lacks the sums over rows, and more of them are refused."""


@pytest.mark.parametrize(("case", "shapes", "holders"), TWICE_WITH_ROWS, ids=row_id)
def test_with_rows_a_compiled_gradient_is_differentiated_as_the_graph_is(case, shapes, holders):
    trial = Rowful(case, shapes, holders)
    leaves, loss = trial.graph(trial.compiled_with)
    total, wanted = total_slope(trial, loss, leaves)
    present = {node.name for node in gg.topological(total)}
    rows = [leaf.name for k, leaf in enumerate(leaves) if (k in holders or leaf.name == "u") and leaf.name in present]
    programs = [gg.compile(total, wrt=wanted, rows=rows, block=block) for block in (None, 2)]
    for count in trial.counts:
        leaves = trial.leaves(trial.values_for(count))
        weights = [gg.Input(weight) for weight in trial.weights_for(count)]
        expected = by_the_graph(*total_slope(trial, trial.loss([*leaves, *weights]), leaves))
        for program in programs:
            same(listed(program(**trial.given(count, program.names))), expected)


def test_the_table_would_catch_a_wrong_instruction():
    """A program that takes an exponential of 1.001 · x fails."""
    case = Case(gg.Exp, np.exp, (lambda rng, shape: np.ones(shape),), [((2,),)])
    trial = Rowless(case, ((2,),))
    value, gradients = trial.expected([1.001 * value for value in trial.values])
    with pytest.raises(AssertionError):
        same((value, gradients), trial.expected(trial.values))
