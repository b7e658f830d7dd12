"""The contract of a compiled call: what it takes, what it gives, and what it says to a wrong call."""

import doctest
import inspect
import math
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import graphgrad as gg
import numpy as np
import pytest

GOLDEN = Path(__file__).parent / "golden" / "bce_source.py"


def waves(*shape):
    """Numbers of a shape, no two alike."""
    return np.cos(0.7 + np.arange(math.prod(shape))).reshape(shape)


def bce(x, y, w, b):
    """Logistic regression with its loss."""
    x, y = gg.Input(x, name="x"), gg.Input(y, name="y")
    w, b = gg.Parameter(w, name="w"), gg.Parameter(b, name="b")
    z = gg.Add(x @ w, b, name="z")
    p_hat = gg.Sigmoid(z, name="p_hat")
    return gg.bce(p_hat, y)


def data(rows, dtype="f8"):
    """Values for the leaves of :func:`bce`."""
    return {
        "x": waves(rows, 2).astype(dtype),
        "y": (waves(rows) > 0.2).astype(dtype),
        "w": np.array([0.5, -0.25], dtype),
        "b": np.dtype(dtype).type(0.125),
    }


def by_the_graph(build, values):
    """The value and the gradients of the graph that `build` makes of these values, by name."""
    loss = build(**values)
    loss.backward()
    leaves = [node for node in gg.topological(loss) if isinstance(node, gg.Parameter)]
    return loss.value, {leaf.name: leaf.grad for leaf in leaves}


def same(result, expected, tolerance=1e-12):
    """A value and its gradients by name, against others."""
    value, gradients = result
    wanted_value, wanted = expected
    assert gradients.keys() == wanted.keys()
    for actual, exact in [(value, wanted_value), *((gradients[name], wanted[name]) for name in wanted)]:
        assert (np.shape(actual), actual.dtype) == (np.shape(exact), exact.dtype)
        np.testing.assert_allclose(actual, exact, rtol=tolerance, atol=tolerance)


def identical(result, expected):
    """The same bits."""
    value, gradients = result
    assert gradients.keys() == expected[1].keys()
    for actual, exact in [(value, expected[0]), *((gradients[name], expected[1][name]) for name in gradients)]:
        np.testing.assert_array_equal(actual, exact, strict=True)


def function_of(text, name="f"):
    """The function that a text defines, which knows NumPy and nothing else."""
    names = {"np": np}
    exec(compile(text, "<emitted>", "exec"), names)
    return names[name]


# Wrong calls

WRONG_CALLS = [
    ({"b": None}, TypeError, "b: None has dtype object"),
    ({"x": "text"}, TypeError, "x: 'text' has dtype"),
    ({"w": ["one", "two"]}, TypeError, "w: "),
    ({"w": np.array([1j, 2.0])}, TypeError, "w: "),
    ({"b": 1j}, TypeError, "b: "),
    ({"b": 10**400}, TypeError, "b: "),
    ({"x": np.ones((3, 2), ">f8")}, TypeError, "x: "),
    ({"x": np.ones((3, 2), "f2")}, TypeError, "x: "),
    ({"b": 2**60 + 1}, TypeError, "b: "),
    ({"x": [[1.0, 2.0], [3.0]]}, TypeError, "x: "),
    ({"x": np.ma.masked_array(np.ones((3, 2)), True)}, TypeError, "x: a masked array would lose its mask"),
    ({"w": gg.Parameter([1.0, 2.0])}, TypeError, "w is a node"),
    ({"b": gg.Input(1.0)}, TypeError, "b is a node"),
    ({"w": np.ones(3)}, ValueError, "w has shape (3,), and the program takes (2,)"),
    ({"w": 1.0}, ValueError, "w has shape (), and the program takes (2,)"),
    ({"w": np.ones((2, 1))}, ValueError, "w has shape (2, 1)"),
    ({"b": [1.0]}, ValueError, "b has shape (1,), and the program takes a single number"),
    ({"x": np.ones((3, 3))}, ValueError, "x has shape (3, 3), and the program takes (rows, 2)"),
    ({"x": np.ones(3)}, ValueError, "x has shape (3,), and the program takes (rows, 2)"),
    ({"x": 1.0}, ValueError, "x has shape ()"),
    ({"y": np.ones((3, 1))}, ValueError, "y has shape (3, 1), and the program takes (rows,)"),
    ({"y": np.ones(4)}, ValueError, "the numbers of rows differ: x has 3, y has 4"),
    ({"x": np.ones((0, 2)), "y": np.ones(0)}, ValueError, "x has no rows"),
    ({"x": np.ones((0, 2))}, ValueError, "x has no rows"),
    ({"q": 1.0}, TypeError, "unknown q; the program takes x, y, w, b"),
    ({"W": 1.0, "q": 2.0}, TypeError, "unknown W, q"),
]


@pytest.mark.parametrize(("wrong", "error", "said"), WRONG_CALLS)
def test_a_wrong_call_names_the_culprit(wrong, error, said):
    program = gg.compile(bce(**data(4)))
    with pytest.raises(error) as raised:
        program(**{**data(3), **wrong})
    assert said in str(raised.value)
    assert str(raised.value).startswith("program(x=…, y=…, w=…, b=…): ")


@pytest.mark.parametrize("missing", ["x", "y", "w", "b"])
def test_a_missing_leaf_is_named(missing):
    program = gg.compile(bce(**data(4)))
    values = data(4)
    values.pop(missing)
    with pytest.raises(TypeError, match=f"missing {missing}; the program takes x, y, w, b"):
        program(**values)
    with pytest.raises(TypeError, match="missing x, y, w, b"):
        program()


def test_a_leaf_is_not_given_by_position():
    with pytest.raises(TypeError):
        gg.compile(bce(**data(4)))(*data(4).values())


def test_a_node_of_another_graph_is_refused():
    stranger = gg.Input(1.0, name="stranger")
    with pytest.raises(TypeError, match=r"stranger.* is no leaf of the compiled graph"):
        gg.compile(bce(**data(4)))({stranger: 1.0}, **data(4))


SCALAR_WRONG = [
    ({"w": None}, TypeError), ({"w": "1"}, TypeError), ({"w": 1j}, TypeError), ({"w": [1.0]}, ValueError),
    ({"w": np.ones(2)}, ValueError), ({"w": 10**400}, TypeError), ({"w": gg.Parameter(1.0)}, TypeError),
    ({"w": np.ma.masked}, TypeError), ({"w": np.datetime64("2020-01-01")}, TypeError),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "error"), SCALAR_WRONG)
def test_a_program_of_numbers_refuses_what_is_none(wrong, error):
    w, x = gg.Parameter(2.0, name="w"), gg.Input(3.0, name="x")
    program = gg.compile(w * x)
    with pytest.raises(error, match=r"program\(x=…, w=…\): w"):
        program(x=1.0, **wrong)
    with pytest.raises(TypeError, match="missing x"):
        program(w=1.0)
    with pytest.raises(TypeError, match="missing w"):
        program(x=1.0)
    with pytest.raises(TypeError, match="unknown v"):
        program(x=1.0, w=1.0, v=1.0)


def test_a_program_in_float32_refuses_arrays_of_float64_and_takes_numbers():
    program = gg.compile(bce(**data(4, "f4")))
    with pytest.raises(TypeError, match=r"w is float64, and the program was compiled for float32; give w\.astype"):
        program(**{**data(4, "f4"), "w": np.ones(2)})
    with pytest.raises(TypeError, match=r"b is float64"):
        program(**{**data(4, "f4"), "b": np.float64(1.0)})
    expected = by_the_graph(bce, {**data(4, "f4"), "w": np.array([1, 2], "f4"), "b": np.float32(0.5)})
    same(program(**{**data(4, "f4"), "w": [1.0, 2.0], "b": 0.5}), expected, 1e-6)
    same(program(**{**data(4, "f4"), "w": np.array([1, 2]), "b": np.float32(0.5)}), expected, 1e-6)


@pytest.mark.parametrize("wrong", [np.ones((4, 3)), np.ones(4), np.ones((0, 2)), "text", np.ones((4, 2)) * 1j])
@pytest.mark.parametrize("block", [None, 1])
def test_a_wrong_call_is_refused_before_any_work(wrong, block):
    """The matrix has no inverse, which the program would notice first if it ran."""
    x, m = gg.Input(np.ones((4, 2)), name="x"), gg.Parameter(np.eye(2), name="m")
    program = gg.compile(gg.Sum(x @ gg.Inv(m)), block=block)
    with pytest.raises((TypeError, ValueError), match=r"program\(x=…, m=…\): x"):
        program(x=wrong, m=np.zeros((2, 2)))
    with pytest.raises(np.linalg.LinAlgError):
        program(x=np.ones((4, 2)), m=np.zeros((2, 2)))


# Wrong compilations


def two_of_one_name():
    return gg.Input(1.0, name="a") * gg.Parameter(2.0, name="a")


def of_different_lengths():
    return gg.Sum(gg.Input(np.ones(3), name="x")) + gg.Sum(gg.Input(np.ones(4), name="q"))


LOSS = bce(**data(4))
WRONG_COMPILATIONS = [
    (lambda: gg.compile(3.0), TypeError, "3.0 is no node"),
    (lambda: gg.compile(None), TypeError, "None is no node"),
    (lambda: gg.compile(LOSS, wrt="q_"), ValueError, "wrt='q_'"),
    (lambda: gg.compile(LOSS, wrt=["w", "nothing"]), ValueError, "wrt='nothing'"),
    (lambda: gg.compile(LOSS, wrt=gg.Parameter(1.0, name="other")), ValueError, "other"),
    (lambda: gg.compile(LOSS, wrt=[3]), TypeError, "wrt holds 3"),
    (lambda: gg.compile(LOSS, wrt=3), TypeError, "3"),
    (lambda: gg.compile(LOSS, rows=("x", "nothing")), ValueError, "'nothing'"),
    (lambda: gg.compile(LOSS, rows=("b",)), ValueError, "'b'"),
    (lambda: gg.compile(LOSS, rows=("x", "w")), ValueError, "w: (2,)"),
    (lambda: gg.compile(LOSS, rows=3), TypeError, "3"),
    (lambda: gg.compile(gg.Input([1.0, 2.0], name="x") * 2.0, wrt="x"), ValueError, "shape (2,)"),
    (lambda: gg.compile(gg.Parameter([1.0, 2.0], name="w") * 2.0), ValueError, "shape (2,)"),
    (lambda: gg.compile(two_of_one_name()), ValueError, "two leaves are named 'a'"),
    (lambda: gg.compile(of_different_lengths()), ValueError, "x: (3,), q: (4,)"),
    *(
        (lambda name=name, number=number: gg.compile(LOSS, **{name: number}), ValueError, f"{name}={number!r}")
        for name in ("workers", "block")
        for number in (0, -1, 1.5, True, "2")
    ),
    (lambda: gg.compile(LOSS, workers=None), ValueError, "workers=None"),
    (lambda: gg.source(3.0), TypeError, "3.0 is no node"),
    (lambda: gg.source(LOSS, wrt="nothing"), ValueError, "wrt='nothing'"),
    (lambda: gg.source(LOSS, name="no identifier"), ValueError, "'no identifier'"),
    (lambda: gg.source(LOSS, name="lambda"), ValueError, "'lambda'"),
    (lambda: gg.source(LOSS, name=3), ValueError, "3"),
    (lambda: gg.source(gg.Parameter([1.0, 2.0], name="w") * 2.0), ValueError, "shape (2,)"),
    (lambda: gg.source(of_different_lengths()), ValueError, "x: (3,), q: (4,)"),
]


@pytest.mark.parametrize(("call", "error", "said"), WRONG_COMPILATIONS)
def test_a_wrong_compilation_names_the_culprit(call, error, said):
    with pytest.raises(error) as raised:
        call()
    assert said in str(raised.value)


def untraceable(forward, local):
    """An op that is right on numbers, and asks for them."""

    class Asking(gg.Elementwise):
        def forward(self, xp, x):
            return forward(xp, x)

        def local(self, xp, out, x):
            return (local(xp, x),)

    return Asking


ASKING = {
    "float": lambda xp, x: np.float64(float(x)) * 2.0,
    "int": lambda xp, x: np.float64(int(x)),
    "math": lambda xp, x: np.float64(math.exp(x)),
    "if": lambda xp, x: x * 2.0 if x > 0 else x * 3.0,
    "item": lambda xp, x: np.float64(np.asarray(x).item()) * 2.0,
    "range": lambda xp, x: np.float64(sum(1.0 for _ in range(int(x)))),
    "and": lambda xp, x: (x > 0 and x * 2.0) or x,
}


@pytest.mark.parametrize("name", ASKING)
@pytest.mark.parametrize("half", ["forward", "backward"])
@pytest.mark.parametrize("call", [gg.compile, gg.source])
def test_a_rule_that_asks_for_numbers_is_named(name, half, call):
    halves = (ASKING[name], lambda xp, x: 2.0) if half == "forward" else (lambda xp, x: x * 2.0, ASKING[name])
    x = gg.Parameter(2.0, name="x")
    loss = untraceable(*halves)(x)
    loss.backward()
    with pytest.raises(TypeError, match=f"the {half} rule of .* cannot be traced") as raised:
        call(loss)
    assert "Asking" in str(raised.value)


# Names


HOSTILE = [
    "x); import os; (", "__import__('os')", "x\nimport os", "x'''", 'x"""', "x\\", "#", "x # y", "{x}", "%s",
    "np", "t0", "t1", "v1", "v2", "out3", "a1", "loop", "rows", "run", "ones", "exp", "math", "pi", "inf", "nan", "d_w",
    "d_x", "lambda", "None", "match", "_", "__builtins__", "x_i", "c_d00", "block_0", "add_up", "copyto", "quiet_exp",
    "σ", "p̂", "x²", "٣", "１", "ｘ", "ﬁ", "1", "1x", " ", "a b", "x" * 500, "σ" * 500, "self", "given", "values",
    "ndarray", "float64", "float32", "float", "type", "NotPlain", "dtype_float64", "entry", "leave", "finished", "key0",
    "r0", "asarray", "print", "len", "f", "L", "m", "zip", "range", "int", "True", "pow", "fabs", "sqrt", "sum",
    "data1",
]  # fmt: skip


def hostile_graph(first, second, rows=0):
    """A graph whose leaves and nodes have these names, and the values of the leaves."""
    values = {first: waves(rows) if rows else 0.75, second: 1.25}
    x, w = gg.Input(values[first], name=first), gg.Parameter(values[second], name=second)
    inner = gg.Exp(gg.Mul(w, x), name="z")
    return gg.Mean(gg.Log(1.0 + inner) * w - inner), values


def with_harmless_names(rows):
    """The value and the slope of the same graph, as the graph itself gives them."""
    loss, _ = hostile_graph("x", "w", rows)
    loss.backward()
    return loss.value, loss.find("w").grad


@pytest.mark.parametrize("rows", [0, 3, 40])
@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_of_a_leaf_becomes_code(name, rows):
    for names in ((name, "w_"), ("x_", name)):
        loss, values = hostile_graph(*names, rows)
        value, slope = with_harmless_names(rows)
        result, gradients = gg.compile(loss)(**values)
        np.testing.assert_allclose([result, gradients[names[1]]], [value, slope], rtol=1e-12)
        np.testing.assert_allclose(function_of(gg.source(loss))(*values.values()), [value, slope], rtol=1e-12)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_of_a_node_becomes_code(name):
    x, w = gg.Input(waves(3), name="x"), gg.Parameter(1.5, name="w")
    inner = gg.Exp(w * x, name=name)
    loss = gg.Sum(inner * inner, name=name + "'")
    loss.backward()
    result, gradients = gg.compile(loss)(x=waves(3), w=1.5)
    np.testing.assert_allclose([result, gradients["w"]], [loss.value, w.grad], rtol=1e-12)
    np.testing.assert_allclose(function_of(gg.source(loss))(waves(3), 1.5), [loss.value, w.grad], rtol=1e-12)
    assert [*gg.compile(loss, wrt=inner)(x=waves(3), w=1.5)[1]] == [name]


@pytest.mark.parametrize(
    "names",
    [("a b", "a_b"), ("a_b", "a b"), ("a-b", "a b", "a_b_"), ("σ", "σ̂", "σ₁"), ("x" * 50, "x" * 60), ("d_w", "w")],
)
def test_names_that_would_be_one_identifier_stay_apart(names):
    values = {name: 1.0 + 0.25 * k for k, name in enumerate(names)}
    leaves = [gg.Parameter(value, name=name) for name, value in values.items()]
    loss = sum(gg.Sin((k + 1) * leaf) for k, leaf in enumerate(leaves)) * leaves[0]
    loss.backward()
    value, gradients = gg.compile(loss)(**values)
    np.testing.assert_allclose(value, loss.value, rtol=1e-12)
    for leaf in leaves:
        np.testing.assert_allclose(gradients[leaf.name], leaf.grad, rtol=1e-12)
    function = function_of(gg.source(loss, wrt=leaves))
    assert len(inspect.signature(function).parameters) == len(names)
    program = gg.compile(loss, wrt=leaves)
    np.testing.assert_allclose(
        function(*[values[name] for name in program.names]), [value, *[leaf.grad for leaf in leaves]], rtol=1e-12
    )


def test_a_text_holds_nothing_of_a_hostile_name():
    name = "x); import os; os.abort(); ("
    loss, values = hostile_graph(name, "w")
    for text in (gg.source(loss), gg.compile(loss).source):
        assert "import os" not in text
        assert "os.abort" not in text
    assert set(gg.compile(loss)(**values)[1]) == {"w"}


# Results


def test_results_are_read_only_and_share_no_memory_with_arguments():
    x, w = gg.Input(waves(3), name="x"), gg.Parameter(waves(3), name="w")
    program = gg.compile(gg.Sum(x * w), wrt=[x, w], rows=())
    given = {"x": waves(3), "w": waves(3) + 1}
    _, gradients = program(**given)
    for name, other in (("x", "w"), ("w", "x")):
        np.testing.assert_array_equal(gradients[name], given[other])
        assert not gradients[name].flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            gradients[name][0] = 1.0
        assert not any(np.shares_memory(gradients[name], value) for value in given.values())
    given["w"][:] = 0.0
    np.testing.assert_array_equal(gradients["x"], waves(3) + 1)


@pytest.mark.parametrize("op", [gg.Transpose, gg.Ravel, lambda x: x[::2], lambda x: gg.Reshape(x, (2, 4)), lambda x: x])
@pytest.mark.parametrize("rows", [(), ("x",)])
def test_an_array_that_is_the_value_shares_no_memory_with_arguments(op, rows):
    x = gg.Parameter(waves(4, 2), name="x")
    given = waves(4, 2)
    value, gradients = gg.compile(op(x), wrt=(), rows=rows)(x=given)
    np.testing.assert_array_equal(value, op(x).value, strict=True)
    assert gradients == {}
    assert not np.shares_memory(value, given)
    assert not value.flags.writeable


@pytest.mark.parametrize("block", [None, 2])
@pytest.mark.parametrize("rows", [3, 40])
def test_a_second_call_leaves_the_first_results_alone(rows, block):
    x, w = gg.Input(waves(3, 2), name="x"), gg.Parameter(waves(2), name="w")
    h = gg.Tanh(x * w)
    program = gg.compile(gg.Mean(h * h), wrt=[x, w], block=block)
    first = program(x=waves(rows, 2), w=waves(2))
    kept = first[0], {name: gradient.copy() for name, gradient in first[1].items()}
    second = program(x=waves(rows, 2) + 1, w=waves(2) - 2)
    identical(first, kept)
    assert not any(np.shares_memory(a, b) for a in first[1].values() for b in second[1].values())


@pytest.mark.parametrize("block", [None, 1, 2])
def test_arguments_are_never_written_to(block):
    given = data(5)
    kept = {name: np.copy(value) for name, value in given.items()}
    program = gg.compile(bce(**data(3)), wrt=["x", "y", "w", "b"], block=block)
    program(**given)
    for name, value in given.items():
        np.testing.assert_array_equal(value, kept[name])


def strided(x):
    """Every second element of a larger array."""
    return np.repeat(x, 2, axis=-1)[..., ::2]


LAYOUTS = {
    "fortran": np.asfortranarray,
    "strided": strided,
    "reversed": lambda x: np.flip(np.flip(x).copy()),
    "rows apart": lambda x: np.repeat(x, 3, axis=0)[::3],
    "unaligned": lambda x: np.frombuffer(b"\0" + x.tobytes(), dtype="f8", offset=1).reshape(x.shape),
    "subclass": lambda x: x.view(type("Mine", (np.ndarray,), {})),
    "float32": lambda x: x.astype("f4"),
    "list": lambda x: x.tolist(),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("rows", [1, 5, 40])
@pytest.mark.parametrize("block", [None, 3])
def test_arrays_of_any_layout_give_the_same(layout, rows, block):
    given = {name: np.round(value * 8) / 8 for name, value in data(rows).items()}  # what float32 holds
    given = {"x": given["x"] / 1.0, "y": given["y"] / 1.0, "w": given["w"] / 1.0, "b": float(given["b"])}
    program = gg.compile(bce(**data(3)), block=block)
    laid = {name: LAYOUTS[layout](value) if np.ndim(value) else value for name, value in given.items()}
    for value in laid.values():
        if isinstance(value, np.ndarray) and value.base is None:
            value.setflags(write=False)
    same(program(**laid), program(**given))
    same(program(**laid), by_the_graph(bce, given))


@pytest.mark.parametrize(
    "number", [2, True, 2.5, np.float64(2.5), np.float32(2.5), np.int64(2), np.array(2.5), np.True_]
)
def test_numbers_of_any_kind_are_taken(number):
    def build(x, w):
        return gg.Exp(gg.Input(x, name="x") * gg.Parameter(w, name="w"))

    program = gg.compile(build(x=1.0, w=1.0))
    same(program(x=number, w=0.5), by_the_graph(build, {"x": float(number), "w": 0.5}))
    same(program(x=0.5, w=number), by_the_graph(build, {"x": 0.5, "w": float(number)}))


def test_lists_ints_and_booleans_are_taken_as_arrays():
    program = gg.compile(bce(**data(4)))
    plain = {"x": [[1, 2], [3, 4], [0, 1]], "y": [True, False, True], "w": [1, -1], "b": False}
    exact = {"x": np.array(plain["x"], float), "y": np.array([1.0, 0, 1]), "w": np.array([1.0, -1]), "b": 0.0}
    same(program(**plain), by_the_graph(bce, exact))


@pytest.mark.parametrize("dtype", ["f8", "f4"])
@pytest.mark.parametrize("rows", [0, 1, 3, 40])
def test_numbers_come_back_as_those_of_numpy(rows, dtype):
    kind = np.dtype(dtype).type
    x = gg.Input(waves(rows).astype(dtype) if rows else kind(0.5), name="x")
    w = gg.Parameter(kind(1.5), name="w")
    value, gradients = gg.compile(gg.Mean(gg.Tanh(w * x)))(x=x.value, w=w.value)
    assert type(value) is kind
    assert type(gradients["w"]) is kind


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("ddof", [0, 1, 2])
@pytest.mark.parametrize("of", [np.var, np.std, np.cov], ids=lambda f: f.__name__)
def test_too_few_rows_give_what_the_graph_gives(of, ddof, dtype):
    """There a number that no array made is divided by, and it is 0: Python would raise where NumPy gives NaN."""

    def loss(rows):
        x, w = gg.Input(np.arange(rows, dtype=dtype), name="x"), gg.Parameter(np.ones((), dtype), name="w")
        return of(w * x, ddof=ddof)

    program, given = gg.compile(loss(5)), {}
    exec(gg.source(loss(5)), {"np": np}, given)
    for rows in (1, 2, 3):
        built = loss(rows)
        built.backward()
        x, w = (built.find(name) for name in "xw")
        value, gradients = program(x=x.value, w=w.value)
        for found, slope in ((value, gradients["w"]), given["f"](w=w.value, x=x.value)):
            assert found.dtype == slope.dtype == dtype
            np.testing.assert_allclose([found, slope], [built.value, w.grad], rtol=1e-5)


def test_a_gradient_that_nothing_flows_to_is_zeros():
    w, v = gg.Parameter(waves(2, 3), name="w"), gg.Parameter(np.float32(2.0), name="v")
    program = gg.compile(gg.Sum(gg.Floor(w)) + gg.Sign(v))
    _, gradients = program(w=waves(2, 3), v=np.float32(2.0))
    np.testing.assert_array_equal(gradients["w"], np.zeros((2, 3)), strict=True)
    assert gradients["v"] == 0
    assert gradients["v"].dtype == np.float32


# Threads


def test_eight_threads_share_a_program():
    counts = [1, 2, 3, 7, 24, 25, 100, 1001] * 3
    for workers, block in [(1, None), (1, 10), (2, 10)]:
        program = gg.compile(bce(**data(5)), workers=workers, block=block)
        expected = [program(**data(count)) for count in counts]
        fresh = gg.compile(bce(**data(5)), workers=workers, block=block)  # nothing of it is written yet
        together = Barrier(8)

        def call(count, program=fresh, together=together):
            together.wait()
            return program(**data(count))

        with ThreadPoolExecutor(8) as pool:
            for result, exact in zip(pool.map(call, counts), expected, strict=True):
                identical(result, exact)


def test_eight_threads_share_a_program_that_is_written_anew_for_each_number_of_rows():
    x, w = gg.Input(waves(5), name="x"), gg.Parameter(1.5, name="w")
    program = gg.compile(gg.Sum(gg.Flip(gg.Sin(w * x)) * gg.CumSum(x)))
    counts = list(range(1, 17)) * 3
    expected = [program(x=waves(count), w=1.5) for count in counts]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda count: program(x=waves(count), w=1.5), counts))
    for result, exact in zip(results, expected, strict=True):
        identical(result, exact)


@pytest.mark.parametrize("block", [1, 3, 7])
def test_workers_give_the_bits_of_one(block):
    one, two = (gg.compile(bce(**data(5)), workers=workers, block=block) for workers in (1, 2))
    for count in (1, 5, 50):
        identical(one(**data(count)), two(**data(count)))


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("block", [None, 2])
def test_an_error_in_a_block_reaches_the_caller_and_names_the_node(workers, block):
    x, w = gg.Input(np.stack([np.eye(2)] * 3), name="x"), gg.Parameter(2.0, name="w")
    inverse = gg.Inv(x * w, name="the_inverse")
    program = gg.compile(gg.Sum(inverse), workers=workers, block=block)
    singular = np.stack([np.eye(2)] * 9)
    singular[7] = 1.0
    with pytest.raises(np.linalg.LinAlgError) as raised:
        program(x=singular, w=2.0)
    assert "the_inverse" in "\n".join([str(raised.value), *getattr(raised.value, "__notes__", [])])
    value, _ = program(x=np.stack([np.eye(2)] * 9), w=2.0)
    assert value == 9.0


def test_an_error_without_rows_names_the_node():
    m = gg.Parameter(np.eye(2), name="m")
    program = gg.compile(gg.Sum(gg.Inv(m, name="the_inverse")))
    with pytest.raises(np.linalg.LinAlgError) as raised:
        program(m=np.ones((2, 2)))
    assert "the_inverse" in "\n".join([str(raised.value), *getattr(raised.value, "__notes__", [])])


# Where floating point ends

CORNERS = {
    "sigmoid": gg.Sigmoid, "log_sigmoid": gg.LogSigmoid, "softplus": gg.Softplus, "tanh": gg.Tanh, "exp": gg.Exp,
    "expm1": gg.Expm1, "exp2": gg.Exp2, "log": gg.Log, "neg_log": gg.NegLog, "log1p": gg.Log1p, "sqrt": gg.Sqrt,
    "cbrt": gg.Cbrt, "reciprocal": gg.Reciprocal, "square": gg.Square, "sinh": gg.Sinh, "cosh": gg.Cosh,
    "sin": gg.Sin, "arcsin": gg.ArcSin, "arccosh": gg.ArcCosh, "arctanh": gg.ArcTanh, "arctan": gg.ArcTan,
    "relu": gg.ReLU, "abs": gg.Abs, "sign": gg.Sign, "floor": gg.Floor, "cube": lambda z: z**3,
    "root": lambda z: z**0.5, "to a power": lambda z: 2.0**z, "over zero": lambda z: z / 0.0,
    "zero over": lambda z: 0.0 / z, "mod": lambda z: z % 0.7, "maximum": lambda z: gg.Maximum(z, 1.0),
    "minimum": lambda z: gg.Minimum(1.0, z), "xlogy": lambda z: gg.XLogY(z, z), "hypot": lambda z: gg.Hypot(z, 1e200),
    "logaddexp": lambda z: gg.LogAddExp(z, 0.0), "arctan2": lambda z: gg.ArcTan2(z, -1.0),
    "heaviside": lambda z: gg.Heaviside(z, 0.5), "clip": lambda z: gg.Clip(z, -1.0, 1.0),
    "where": lambda z: gg.Where(gg.Greater(z, 0.0), gg.Log(z), z), "bce": lambda z: gg.bce(gg.Sigmoid(z), 1.0),
}  # fmt: skip
PLACES = [800.0, -800.0, 30.0, -40.0, 0.0, -0.0, 1.0, -1.0, 1e-200, 1e200, -1e200, 1e300, np.inf, -np.inf, np.nan]
"""None of them so small that its reciprocal overflows: there a · (1 / b), as a graph has it, and a / b differ."""


def said_by(call):
    """What a call gives, and what NumPy warned of."""
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("always")
        result = call()
    kinds = {str(warning.message).split(" encountered")[0] for warning in caught}
    return result, kinds


def at_the_end(name, z, w):
    """A graph of one op at a place where floating point ends."""
    return gg.Mean(CORNERS[name](gg.Input(z, name="z") * gg.Parameter(w, name="w")))


@pytest.mark.parametrize("name", CORNERS)
@pytest.mark.parametrize("rows", [0, 3, 40])
def test_where_floating_point_ends_a_program_gives_what_the_graph_gives(name, rows):
    with np.errstate(all="ignore"):
        program = gg.compile(at_the_end(name, np.full(2, 0.5) if rows else 0.5, 1.0))
    for place in PLACES:
        z = np.concatenate([[place], np.full(rows - 1, 0.25)]) if rows else place
        expected, warned = said_by(
            lambda z=z: by_the_graph(lambda **given: at_the_end(name, **given), {"z": z, "w": 1.0})
        )
        result, warned_too = said_by(lambda z=z: program(z=z, w=1.0))
        np.testing.assert_allclose(result[0], expected[0], rtol=1e-12, err_msg=f"{name}({place})")
        np.testing.assert_allclose(
            result[1]["w"], expected[1]["w"], rtol=1e-12, atol=1e-14, err_msg=f"{name}'({place})"
        )
        assert warned_too <= warned, f"{name}({place}) warned of {warned_too - warned}"


@pytest.mark.parametrize("op", [gg.Max, gg.Min, gg.Sum, gg.Mean, gg.Prod, gg.LogSumExp, gg.Var, gg.Std, gg.Norm])
@pytest.mark.parametrize("rows", [3, 40])
@pytest.mark.parametrize("place", [np.nan, np.inf, -np.inf, 0.0, 1e200])
@pytest.mark.parametrize("where", [0, 1, 2])
def test_one_row_at_the_end_of_floating_point(op, rows, place, where):
    def build(x, w):
        return op(gg.Input(x, name="x") * gg.Parameter(w, name="w"))

    x = np.cos(np.arange(rows))
    x[where] = place
    for block in (None, 2):
        program = gg.compile(build(waves(4), 1.0), block=block)
        expected, warned = said_by(lambda: by_the_graph(build, {"x": x, "w": 1.5}))
        result, warned_too = said_by(lambda program=program: program(x=x, w=1.5))
        np.testing.assert_allclose(result[0], expected[0], rtol=1e-12)
        np.testing.assert_allclose(result[1]["w"], expected[1]["w"], rtol=1e-12, atol=1e-12)
        assert warned_too <= warned


@pytest.mark.parametrize("size", [1e200, 1e-200])
@pytest.mark.parametrize("rows", [3, 40])
def test_numbers_taken_out_of_a_sum_neither_overflow_nor_vanish(size, rows):
    """The product of all literals is beyond float64, and no number of the graph is."""

    def build(x, w):
        x, w = gg.Input(x, name="x"), gg.Parameter(w, name="w")
        return gg.Mean((size * x) * (size * (w * x)))

    given = {"x": np.abs(waves(rows)) / size**0.75, "w": 1.5}
    (value, gradients), (exact, slopes) = gg.compile(build(**given))(**given), by_the_graph(build, given)
    np.testing.assert_allclose(value, exact, rtol=1e-12)
    np.testing.assert_allclose(gradients["w"], slopes["w"], rtol=1e-12)


def test_a_loss_at_the_end_of_the_sigmoid_gives_no_warning_of_its_own():
    x, y = np.array([[800.0, 0.0], [-800.0, 1.0], [1.0, 2.0]]), np.array([1.0, 0.0, 1.0])
    program = gg.compile(bce(**data(4)))
    for times in (1, 20):
        many = {"x": np.tile(x, (times, 1)), "y": np.tile(y, times), "w": np.array([1.0, 0.5]), "b": 0.0}
        expected, warned = said_by(lambda many=many: by_the_graph(bce, many))
        result, warned_too = said_by(lambda many=many, program=program: program(**many))
        same(result, expected)
        assert warned_too <= warned


# Graphs of other kinds


def test_a_constant_array_is_part_of_the_program():
    weights = gg.Constant(np.array([1.0, 2.0, 4.0]))
    w = gg.Parameter(waves(3), name="w")
    value, gradients = gg.compile(gg.Sum(weights * w * w))(w=[1.0, 2.0, 3.0])
    assert value == 45.0
    np.testing.assert_array_equal(gradients["w"], [2.0, 8.0, 24.0])
    assert function_of(gg.source(gg.Sum(weights * w * w)))(np.array([1.0, 2.0, 3.0]))[0] == 45.0


def test_leaves_without_a_name_keep_their_values_unless_they_are_given_by_node():
    x, w = gg.Input([1.0, 2.0]), gg.Parameter(3.0)
    program = gg.compile(gg.Sum(x * w))
    assert program.names == ()
    assert program.wrt == (w,)
    assert program() == (9.0, {w: 3.0})
    assert program({w: 5.0}) == (15.0, {w: 3.0})
    assert program({x: [1.0, 2.0, 3.0], w: 1.0}) == (6.0, {w: 6.0})
    with pytest.raises(ValueError, match="an unnamed leaf"):
        program({w: [1.0]})


def test_a_named_leaf_may_be_given_by_node_too():
    x, w = gg.Input([1.0, 2.0], name="x"), gg.Parameter(3.0, name="w")
    program = gg.compile(gg.Sum(x * w))
    assert program({x: [2.0, 2.0]}, w=1.0) == (4.0, {"w": 4.0})


def test_a_leaf_is_a_program_too():
    w, v = gg.Parameter(3.0, name="w"), gg.Parameter(waves(3), name="v")
    assert gg.compile(w)(w=2.0) == (2.0, {"w": 1.0})
    value, gradients = gg.compile(v, wrt=())(v=[1.0, 2.0, 3.0])
    np.testing.assert_array_equal(value, [1.0, 2.0, 3.0])
    assert gradients == {}
    assert function_of(gg.source(w))(2.0) == (2.0, 1)


def test_a_graph_without_leaves_is_a_program_too():
    program = gg.compile(gg.Constant(2.0) * 3.0)
    assert program.names == program.wrt == ()
    assert program() == (6.0, {})
    assert function_of(gg.source(gg.Constant(2.0) * 3.0))() == 6.0


@pytest.mark.parametrize("rows", [1, 3, 40])
def test_without_wrt_only_the_value_is_computed(rows):
    loss = bce(**data(4))
    program = gg.compile(loss, wrt=())
    value, gradients = program(**data(rows))
    np.testing.assert_allclose(value, bce(**data(rows)).value, rtol=1e-12)
    assert gradients == {}
    text = gg.source(loss, wrt=())
    assert "backward" not in text
    np.testing.assert_allclose(function_of(text)(*data(rows).values()), value, rtol=1e-12)


def test_wrt_may_name_inputs_and_inner_nodes_in_any_order():
    loss = bce(**data(4))
    p_hat = loss.find("p_hat")
    for wrt in (["b", "x", p_hat, "z"], [p_hat, "z", "x", "b"], "z", p_hat):
        _, gradients = gg.compile(loss, wrt=wrt)(**data(6))
        names = [node if isinstance(node, str) else node.name for node in (wrt if isinstance(wrt, list) else [wrt])]
        assert list(gradients) == names
        exact = bce(**data(6))
        slopes = gg.grad(exact, [exact.find(name) for name in names])
        for name, slope in zip(names, slopes, strict=True):
            np.testing.assert_allclose(gradients[name], slope.value, rtol=1e-12)


def test_a_gradient_of_a_gradient_is_a_program_too():
    def slope(x, w):
        x, w = gg.Input(x, name="x"), gg.Parameter(w, name="w")
        return gg.Sum(gg.grad(gg.Sum(gg.Sin(x * w) * w), w) ** 2)

    program = gg.compile(slope(waves(4), 1.5))
    for count in (1, 4, 40):
        same(program(x=waves(count), w=0.5), by_the_graph(slope, {"x": waves(count), "w": 0.5}))


@pytest.mark.parametrize("step", [gg.Sin, gg.Neg, lambda v: 1.0 / (1.0 + v), lambda v: v - v * v / 2.0])
@pytest.mark.parametrize("rows", [0, 3, 40])
def test_a_graph_may_be_deep(step, rows):
    def chain(x, w):
        value = gg.Input(x, name="x") * gg.Parameter(w, name="w")
        for _ in range(1500):
            value = step(value)
        return gg.Mean(value)

    given = {"x": np.abs(waves(rows)) if rows else 0.5, "w": 0.75}
    loss = chain(**given)
    expected = by_the_graph(chain, given)
    same(gg.compile(loss)(**given), expected)
    value, slope = function_of(gg.source(loss))(*given.values())
    np.testing.assert_allclose([value, slope], [expected[0], expected[1]["w"]], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("rows", [0, 3, 40])
def test_no_node_is_made_by_a_call(rows, monkeypatch):
    w, x = gg.Parameter(2.0, name="w"), gg.Input(waves(5) if rows else 0.5, name="x")
    inner = gg.Sigmoid(w * x)
    programs = [
        gg.compile(gg.Mean(inner * inner)),
        gg.compile(gg.Sum(gg.CumSum(inner * inner))) if rows else gg.compile(inner),
    ]
    given = waves(rows) if rows else 0.25

    def refuse(*args, **given):
        raise AssertionError("a node was made")

    monkeypatch.setattr(gg.Node, "__init__", refuse)
    with pytest.raises(AssertionError, match="a node was made"):
        gg.Input(1.0)
    for program in programs:
        for _ in range(2):
            assert np.isfinite(program(x=given, w=0.5)[0])


# The bare function, and what a program tells of itself


def test_the_bare_function_takes_numbers_in_order():
    def build(x, w):
        return gg.Tanh(gg.Input(x, name="x") * gg.Parameter(w, name="w"))

    program = gg.compile(build(1.0, 1.0), wrt=["w", "x"])
    value, slope, other = program.bare(*[{"x": 0.5, "w": 0.25}[name] for name in program.names])
    result, gradients = program(x=0.5, w=0.25)
    assert (value, slope, other) == (result, gradients["w"], gradients["x"])
    assert {type(number) for number in (value, slope, other)} == {float}


@pytest.mark.parametrize("loss", [LOSS, gg.Sum(gg.Parameter(waves(3), name="w")), gg.Exp(gg.Parameter(2.0)) * 2.0])
def test_only_a_program_of_named_numbers_has_a_bare_function(loss):
    with pytest.raises(ValueError, match="only a program of single numbers"):
        _ = gg.compile(loss).bare


def test_a_program_tells_what_it_takes_and_gives():
    program = gg.compile(LOSS)
    assert program.names == ("x", "y", "w", "b")
    assert program.wrt == ("w", "b")
    assert (program.workers, program.block) == (1, None)
    assert repr(program) == "<Program of x, y, w, b: value and 2 gradients>"
    assert program.explain().startswith("Rows: the first axis of x, y.")
    compile(program.source, "<program>", "exec")


def test_arguments_are_data_before_parameters_as_they_are_met():
    b, w, y, x = (
        gg.Parameter(1.0, name="b"),
        gg.Parameter(1.0, name="w"),
        gg.Input(1.0, name="y"),
        gg.Input(2.0, name="x"),
    )
    loss = (y - gg.Tanh(b + w * x)) ** 2
    assert gg.compile(loss).names == ("x", "y", "w", "b")
    assert list(inspect.signature(function_of(gg.source(loss))).parameters) == ["x", "y", "w", "b"]
    assert list(gg.compile(loss, wrt=["w", "b"])(x=1.0, y=1.0, w=1.0, b=1.0)[1]) == ["w", "b"]


# The readable text


def test_the_text_of_logistic_regression_is_the_golden_one():
    loss = bce(**data(4))
    assert f"import numpy as np\n\n\n{gg.source(loss, name='bce')}\n" == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("rows", [1, 4, 100])
def test_the_golden_text_gives_what_the_graph_gives(rows):
    value, *gradients = function_of(GOLDEN.read_text(encoding="utf-8"), "bce")(*data(rows).values())
    expected, wanted = by_the_graph(bce, data(rows))
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    for gradient, exact in zip(gradients, wanted.values(), strict=True):
        np.testing.assert_allclose(gradient, exact, rtol=1e-12)


@pytest.mark.parametrize("function", [gg.source, gg.compile])
def test_the_example_of_the_docstring_is_right(function):
    (example,) = doctest.DocTestFinder(recurse=False).find(function, function.__name__, globs={"gg": gg})
    results = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example)
    assert results.attempted >= 2
    assert results.failed == 0


def test_the_text_is_the_same_in_every_order_of_building():
    assert gg.source(bce(**data(4))) == gg.source(bce(**data(9)))


def test_a_text_takes_the_names_of_the_caller_s_variables():
    w = gg.Parameter(2.0)
    doubled = w * 2.0
    loss = doubled * doubled
    text = gg.source(loss)
    assert list(inspect.signature(function_of(text)).parameters) == ["w"]
    assert "doubled = " in text
    assert "loss = " in text
    assert function_of(text)(2.0) == (16.0, 16.0)


def test_an_overflow_of_python_s_numbers_is_numpy_s_infinity():
    w = gg.Parameter(1.0, name="w")
    program = gg.compile(gg.Exp(w))
    with np.errstate(over="ignore"):
        assert program(w=1000.0) == (np.inf, {"w": np.inf})
    with pytest.raises(OverflowError):
        program.bare(1000.0)


def test_rows_that_do_not_fit_a_graph_computed_whole_are_named_as_such():
    x, k = gg.Input(np.arange(6.0), name="x"), gg.Parameter(np.arange(6.0), name="k")
    program = gg.compile(gg.Sum(gg.Sort(x) * k))
    with pytest.raises(ValueError, match=r"2 rows do not fit the graph, which was compiled with 6: .*do not broadcast"):
        program(x=[1.0, 2.0], k=np.arange(6.0))
