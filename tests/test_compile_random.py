"""Random graphs, compiled and as emitted text: what the graph gives, with rows in blocks of any size and without."""

import graphgrad as gg
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import SMOOTH, drawn, exactly, leaf_shapes, random_programs, repeatable, run, seeds


def by_the_graph(loss, leaves):
    """The value and the gradients, as the graph itself computes them."""
    loss.backward()
    return [loss.value, *[np.zeros(leaf.shape, leaf.dtype) if leaf.grad is None else leaf.grad for leaf in leaves]]


def same(results, expected, tolerance):
    """Equal relative to the largest number of each array, or to 1, about which all numbers of a random graph are."""
    for result, exact in zip(results, expected, strict=True):
        assert (np.shape(result), result.dtype) == (np.shape(exact), exact.dtype)
        scale = max(1.0, np.abs(exact).max(initial=0))
        np.testing.assert_allclose(result, exact, rtol=0, atol=tolerance * scale)


def listed(result):
    """What a program gives, without the names."""
    value, gradients = result
    return [value, *gradients.values()]


def by_the_text(text, loss, given):
    """What the function of a text gives; it takes leaves without a name as data1, data2, …, in the graph's order."""
    names = {"np": np}
    exec(compile(text, "<emitted>", "exec"), names)
    function = names["f"]
    leaves = [node for node in gg.topological(loss) if isinstance(node, gg.Input)]
    unnamed = [leaf.value for leaf in leaves if leaf.name is None]
    known = {f"data{k}": value for k, value in enumerate(unnamed, start=1)} | given
    arguments = function.__code__.co_varnames[: function.__code__.co_argcount]
    return [np.asarray(result)[()] for result in function(*[known[name] for name in arguments])]


def parameters(values):
    """Named Parameters."""
    return [gg.Parameter(value, name=f"p{k}") for k, value in enumerate(values)]


def compiled_is_the_graph(shapes, program, seed, dtype, tolerance):
    """Compile at some values, and run there and elsewhere."""
    values, others = ([value.astype(dtype) for value in drawn(shapes, seed + k)] for k in (0, 1))
    leaves = parameters(values)
    loss = run(program, leaves)
    compiled = gg.compile(loss, wrt=leaves, rows=())
    for where in (values, others):
        at = parameters(where)
        expected = by_the_graph(run(program, at), at)
        same(listed(compiled(**{leaf.name: leaf.value for leaf in at})), expected, tolerance)


@repeatable
@given(leaf_shapes, random_programs(12), seeds)
def test_a_random_program_gives_what_the_graph_gives(shapes, program, seed):
    compiled_is_the_graph(shapes, program, seed, np.float64, 1e-12)


@settings(repeatable, max_examples=100)
@given(leaf_shapes, random_programs(8), seeds)
def test_in_float32_a_random_program_gives_what_the_graph_gives(shapes, program, seed):
    """To 1e-5, or a hundred roundings: a step of the pool multiplies an error by a few, and there are eight."""
    compiled_is_the_graph(shapes, program, seed, np.float32, 1e-5)


@settings(repeatable, max_examples=200)
@given(leaf_shapes, random_programs(12), seeds)
def test_the_emitted_text_of_a_random_program_gives_what_the_graph_gives(shapes, program, seed):
    leaves = parameters(drawn(shapes, seed))
    loss = run(program, leaves)
    text = gg.source(loss, wrt=leaves, rows=())
    results = by_the_text(text, loss, {leaf.name: leaf.value for leaf in leaves})
    same(results, by_the_graph(loss, leaves), 1e-12)


@settings(repeatable, max_examples=100)
@given(leaf_shapes, random_programs(6, SMOOTH), seeds)
def test_a_random_compiled_gradient_is_differentiated_as_the_graph_is(shapes, program, seed):
    leaves = parameters(drawn(shapes, seed))
    slopes = gg.grad(run(program, leaves), leaves)
    total = sum(gg.Sum(gg.Sin(1.0 + leaf) * slope) for leaf, slope in zip(leaves, slopes, strict=True))
    compiled = gg.compile(total, wrt=leaves, rows=())
    expected = by_the_graph(total, leaves)
    same(listed(compiled(**{leaf.name: leaf.value for leaf in leaves})), expected, 1e-12)


# Graphs over rows: every value has the rows along its first axis, and one or two axes.


def table(a):
    """A value with two axes, each row of it the two numbers that the row has, or one number and its square."""
    return a if a.ndim == 2 else gg.Stack([a, a * a], axis=1)


def column(a):
    """One number for each row."""
    return a if a.ndim == 1 else a[:, 0]


EACH = {
    "negative": lambda a, p: -a,
    "exp": lambda a, p: gg.Exp(gg.Sin(a)) / 2,
    "log": lambda a, p: gg.Log(a * a + 0.5),
    "sigmoid": lambda a, p: gg.Sigmoid(2 * a),
    "softplus": lambda a, p: gg.Softplus(a) / 2,
    "tanh": lambda a, p: gg.Tanh(a),
    "square": lambda a, p: gg.Tanh(a**2),
    "reciprocal": lambda a, p: 1 / (2 + a * a),
    "relu": lambda a, p: gg.ReLU(a + 0.05),
    "where": lambda a, p: gg.Where(gg.Greater(a, 0.1), a, 0.3 * a * a),
    "clip": lambda a, p: gg.Clip(a, -0.8, 0.7),
    "times a parameter": lambda a, p: a * p["s"],
    "plus a parameter": lambda a, p: table(a) + p["v"],
    "layer": lambda a, p: gg.Tanh(table(a) @ p["w"] + p["v"]),
    "linear": lambda a, p: table(a) @ p["v"] + p["s"],
    "softmax of each row": lambda a, p: gg.Softmax(table(a), axis=-1),
    "log_softmax of each row": lambda a, p: gg.LogSoftmax(table(a), axis=-1) / 2,
    "logsumexp of each row": lambda a, p: gg.LogSumExp(table(a), axis=1) / 2,
    "norm of each row": lambda a, p: gg.Norm(table(a) + 2.0, axis=1) / 3,
    "mean of each row": lambda a, p: gg.Mean(table(a), axis=1),
    "centred rows": lambda a, p: table(a) - gg.Mean(table(a), axis=1, keepdims=True),
    "largest of each row": lambda a, p: gg.Max(table(a) * p["v"], axis=1),
    "sorted rows": lambda a, p: gg.Sort(table(a), axis=1),
    "sums along rows": lambda a, p: gg.CumSum(table(a), axis=1) / 2,
    "one column": lambda a, p: table(a)[:, 1],
    "columns backwards": lambda a, p: table(a)[:, ::-1],
    "columns twice": lambda a, p: table(a)[:, [1, 0, 1]] @ p["m"],
    "new axis": lambda a, p: column(a)[:, None] * p["v"],
    "two transposes": lambda a, p: gg.Transpose(gg.Transpose(table(a)) * 0.5),
    "outer in each row": lambda a, p: gg.Sum(table(a)[:, :, None] * table(a)[:, None, :] * p["w"], axis=2),
    "einsum": lambda a, p: gg.Einsum("ij,jk->ik", table(a), p["w"]) / 2,
    "reshape": lambda a, p: gg.Reshape(table(a), (-1, 2, 1))[:, :, 0],
    "small matrices": lambda a, p: gg.Inv(0.1 * table(a)[:, :, None] * p["v"] + gg.Constant(2 * np.eye(2))) @ p["v"],
}
PAIRED = {
    "add": lambda a, b: (a + b) / 2,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / (b * b + 1),
    "maximum": lambda a, b: gg.Maximum(a, b - 0.1),
    "hypot": lambda a, b: gg.Hypot(a, b + 3.0) / 3,
    "concatenate": lambda a, b: gg.Concatenate([table(a), table(b)], axis=1)[:, 1:3],
    "stack": lambda a, b: gg.Stack([column(a), column(b)], axis=1),
}
TOGETHER = {
    "standardised": lambda a, p: (a - gg.Mean(a, axis=0)) / (gg.Std(a, axis=0) + 0.5),
    "over the root of the variance": lambda a, p: (a - gg.Mean(a, axis=0)) / gg.Sqrt(gg.Var(a, axis=0) + 0.5),
    "variance": lambda a, p: a * gg.Var(a, axis=0),
    "softmax over rows": lambda a, p: gg.Softmax(a, axis=0) * 2,
    "log_softmax over rows": lambda a, p: gg.LogSoftmax(a, axis=0) / 4,
    "logsumexp over rows": lambda a, p: (a - gg.LogSumExp(a, axis=0)) / 4,
    "largest over rows": lambda a, p: a / (1.5 + gg.Max(gg.Abs(a), axis=0)),
    "smallest over rows": lambda a, p: (a - gg.Min(a, axis=0, keepdims=True)) / 2,
    "largest of all": lambda a, p: a / (1.5 + gg.Max(a * a)),
    "mean of all": lambda a, p: a - gg.Mean(a),
    "norm over rows": lambda a, p: a / (gg.Norm(a, axis=0) + 1.0),
    "gram matrix": lambda a, p: table(a) @ (gg.Transpose(table(a)) @ table(a)) / (1.0 + gg.Sum(a * a)),
    "moment": lambda a, p: a * gg.Mean(a * a, axis=0, keepdims=True),
}
WHOLE = {
    "sorted": lambda a, p: gg.Sort(a, axis=0),
    "running sum": lambda a, p: gg.Tanh(gg.CumSum(a, axis=0) / 4),
    "upside down": lambda a, p: gg.Flip(a, axis=0) * a,
    "rolled": lambda a, p: gg.Roll(a, 1, axis=0) - a,
}
OF_ONE = EACH | TOGETHER | WHOLE
ENDS = {
    "mean": gg.Mean,
    "sum": lambda a: gg.Sum(a) / 8,
    "mean of sums": lambda a: gg.Mean(gg.Sum(a * a, axis=-1)),
    "logsumexp": lambda a: gg.LogSumExp(a),
    "variance": lambda a: gg.Var(a),
    "of each column": lambda a: gg.Sum(gg.Mean(a, axis=0) ** 2),
}


def row_data(rows, seed, dtype=np.float64):
    """Values of the leaves: the data, and the parameters."""
    rng = np.random.default_rng(seed)
    shapes = {"x": (rows, 2), "y": (rows,), "w": (2, 2), "m": (3, 2), "v": (2,), "s": ()}
    return {name: np.asarray(rng.uniform(-1, 1, shape), dtype)[()] for name, shape in shapes.items()}


def over_rows(steps, end, values):
    """A graph over rows, and its leaves: x and y are data, the others parameters; every value is used."""
    leaves = {
        name: (gg.Input if name in ("x", "y") else gg.Parameter)(value, name=name) for name, value in values.items()
    }
    pool, used = [leaves["x"], leaves["y"]], {0, 1}
    for name, i, j in steps:
        first, second = i % len(pool), j % len(pool)
        if name in PAIRED:
            a, b = pool[first], pool[second]
            a, b = (a, b) if a.ndim == b.ndim else (table(a), table(b))
            used |= {first, second}
            pool.append(PAIRED[name](a, b))
        else:
            used.add(first)
            pool.append(OF_ONE[name](pool[first], leaves))
    last = [value for k, value in enumerate(pool) if k not in used] or [pool[0] @ leaves["v"] - pool[1]]
    return sum(ENDS[end](value) for value in last), leaves


def row_programs(names, longest):
    """Steps of a graph over rows."""
    return exactly(st.tuples(st.sampled_from(names), st.integers(0, 99), st.integers(0, 99)), st.integers(1, longest))


counts = st.sampled_from([1, 2, 3, 5, 8, 17, 24, 25, 31, 53])
ends = st.sampled_from([*ENDS])


def rows_are_the_graph(steps, end, compiled_with, rows, seed, dtype, tolerance, ways):
    """Compile with some rows, and run with others, in all these ways."""
    built, leaves = over_rows(steps, end, row_data(compiled_with, seed, dtype))
    present = [node.name for node in gg.topological(built) if node.name in leaves]
    given = {name: value for name, value in row_data(rows, seed + 1, dtype).items() if name in present}
    loss, at = over_rows(steps, end, row_data(rows, seed + 1, dtype))
    expected = by_the_graph_of_all(loss, [at[name] for name in present])
    for workers, block in ways:
        program = gg.compile(built, wrt=present, workers=workers, block=block)
        same(listed(program(**given)), expected, tolerance)


def by_the_graph_of_all(loss, leaves):
    """The value and the gradients, with respect to Inputs too."""
    return [loss.value, *[slope.value for slope in gg.grad(loss, leaves)]]


def ways(rows):
    """Blocks of any size, by one thread or two."""
    return [(1, None), (1, 1), (1, 2), (1, 3), (1, 7), (1, rows), (2, 3), (2, None)]


@settings(repeatable, max_examples=150)
@given(row_programs([*EACH, *PAIRED, *TOGETHER], 7), ends, counts, counts, seeds)
def test_a_random_program_over_rows_gives_what_the_graph_gives(steps, end, compiled_with, rows, seed):
    rows_are_the_graph(steps, end, compiled_with, rows, seed, np.float64, 1e-12, ways(rows))


@settings(repeatable, max_examples=100)
@given(row_programs([*WHOLE, *EACH, *PAIRED, *TOGETHER, *WHOLE], 6), ends, counts, counts, seeds)
def test_a_random_program_that_needs_all_rows_at_once_gives_what_the_graph_gives(steps, end, compiled_with, rows, seed):
    rows_are_the_graph(steps, end, compiled_with, rows, seed, np.float64, 1e-12, ways(rows))


@settings(repeatable, max_examples=100)
@given(row_programs([*EACH, *PAIRED, *TOGETHER], 5), ends, counts, counts, seeds)
def test_in_float32_a_random_program_over_rows_gives_what_the_graph_gives(steps, end, compiled_with, rows, seed):
    """To 2e-5, or two hundred roundings: sums over 53 rows are added in another order."""
    rows_are_the_graph(steps, end, compiled_with, rows, seed, np.float32, 2e-5, [(1, None), (1, 2), (2, 7)])


@settings(repeatable, max_examples=100)
@given(row_programs([*OF_ONE, *PAIRED], 6), ends, counts, counts, seeds)
def test_the_emitted_text_of_a_random_program_over_rows_gives_what_the_graph_gives(
    steps, end, compiled_with, rows, seed
):
    built, leaves = over_rows(steps, end, row_data(compiled_with, seed))
    present = [node.name for node in gg.topological(built) if node.name in leaves]
    text = gg.source(built, wrt=present)
    values = row_data(compiled_with if "for arrays of these shapes" in text else rows, seed + 1)
    loss, at = over_rows(steps, end, values)
    expected = by_the_graph_of_all(loss, [at[name] for name in present])
    same(by_the_text(text, loss, values), expected, 1e-12)


@settings(repeatable, max_examples=60)
@given(row_programs([*EACH, *PAIRED, *TOGETHER], 3), counts.filter(lambda count: count > 1), counts, seeds)
def test_a_random_compiled_gradient_over_rows_is_differentiated_as_the_graph_is(steps, compiled_with, rows, seed):
    """But for a gradient as a graph of one row: it lacks the sums over rows, and `replace` refuses more of them too."""

    def slope(values):
        loss, leaves = over_rows(steps, "mean", values)
        wanted = [leaves[node.name] for node in gg.topological(loss) if node.name in leaves]
        total = sum(gg.Sum(gg.Sin(1.0 + leaf) * part) for leaf, part in zip(wanted, gg.grad(loss, wanted), strict=True))
        return total, wanted

    built, wanted = slope(row_data(compiled_with, seed))
    values = row_data(rows, seed + 1)
    expected = by_the_graph_of_all(*slope(values))
    for block in (None, 2):
        program = gg.compile(built, wrt=wanted, block=block)
        same(listed(program(**{name: values[name] for name in program.names})), expected, 1e-12)


def test_a_gradient_as_a_graph_of_one_row_is_not_taken_for_one_of_many():
    """It gives the right numbers, or an error."""

    def slope(x):
        x = gg.Input(x, name="x")
        return gg.Sum(gg.Sin(gg.grad(gg.Sum((x - gg.Mean(x, axis=0, keepdims=True)) * x**2), x)))

    program = gg.compile(slope([0.5]), wrt="x")
    many = np.cos(np.arange(4.0))
    assert program(x=[0.25])[0] == slope([0.25]).value
    try:
        value, _ = program(x=many)
    except ValueError as error:
        assert "row" in str(error)  # noqa: PT017
    else:
        np.testing.assert_allclose(value, slope(many).value, rtol=1e-12)


@pytest.mark.parametrize("name", [*EACH, *TOGETHER, *WHOLE, *PAIRED])
@pytest.mark.parametrize("end", ENDS)
def test_every_step_over_rows_by_itself(name, end):
    for compiled_with, rows in [(4, 11), (1, 30), (25, 1)]:
        rows_are_the_graph([(name, 0, 1)], end, compiled_with, rows, 7, np.float64, 1e-12, [(1, None), (1, 2), (2, 3)])


def test_blocks_do_not_change_what_many_rows_give():
    """More rows than a block has by default, so that the default is more than one block; sums are added in parts."""
    steps = [("layer", 0, 0), ("standardised", 2, 0), ("softmax over rows", 3, 0), ("multiply", 3, 4)]
    built, _ = over_rows(steps, "mean", row_data(5, 0))
    values = row_data(300_001, 1)
    loss, leaves = over_rows(steps, "mean", values)
    expected = by_the_graph_of_all(loss, [leaves["w"], leaves["v"]])
    for workers, block in [(1, None), (2, None), (2, 65_537)]:
        program = gg.compile(built, wrt=["w", "v"], workers=workers, block=block)
        same(listed(program(**{name: values[name] for name in program.names})), expected, 1e-12)
