"""Transforms of graphs and of plain functions: against closed forms, against each other, nested, and misused."""

import copy
import warnings
from collections import OrderedDict, defaultdict, namedtuple
from concurrent.futures import ThreadPoolExecutor

import graphgrad as gg
import numpy as np
import pytest
from graphgrad.tree import beside, flatten
from oracle import central_difference

RNG = np.random.default_rng(7)
A, X = RNG.normal(size=(3, 3)), RNG.normal(size=3)


def close(actual, expected, tolerance=1e-13):
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


def quadratic(x):
    return x @ (A @ x) / 2 + np.sum(np.sin(x))


SLOPE = (A + A.T) @ X / 2 + np.cos(X)
CURVATURE = (A + A.T) / 2 - np.diag(np.sin(X))


# On graphs


def test_transforms_of_a_graph():
    x = gg.Parameter(X, name="x")
    out = quadratic(x)
    v = np.array([1.0, -2.0, 0.5])
    value, slope = gg.value_and_grad(out, x)
    assert value is out
    for node, expected in [
        (slope, SLOPE),
        (gg.jacobian(np.cos(x), x), -np.diag(np.sin(X))),
        (gg.jacobian(out, x), SLOPE),
        (gg.hessian(out, x), CURVATURE),
        (gg.jvp(np.tanh(x), x, v), v / np.cosh(X) ** 2),
        (gg.jvp(out, x, v), SLOPE @ v),
        (gg.vjp(np.tanh(x), x, v), v / np.cosh(X) ** 2),
        (gg.hvp(out, x, v), CURVATURE @ v),
    ]:
        assert isinstance(node, gg.Node)
        close(node.value, expected)


def test_their_results_are_graphs():
    x = gg.Parameter(X, name="x")
    hessian = gg.hessian(np.sum(x**3), x)
    close(gg.jacobian(hessian, x).value[1, 1], [0, 6, 0])
    close(hessian.replace(x=[1.0, 2.0, 3.0]).value, np.diag([6.0, 12.0, 18.0]))
    moved = gg.jvp(x**2, x, gg.Input([1.0, 1.0, 1.0], name="v"))
    close(moved.replace(v=[1.0, 0.0, 0.0]).value, [2 * X[0], 0, 0])


def test_many_targets_keep_their_form():
    w, b = gg.Parameter([1.0, 2.0], name="w"), gg.Parameter(3.0, name="b")
    out = np.sum(w * b) ** 2
    wrt = {"layer": [w, (b,)]}
    slopes = gg.grad(out, wrt)
    close(slopes["layer"][0].value, [54, 54])
    close(slopes["layer"][1][0].value, 54)
    second = gg.hessian(out, wrt)
    close(second["layer"][0]["layer"][0].value, np.full((2, 2), 18.0))
    close(second["layer"][1][0]["layer"][0].value, [36, 36])
    close(gg.jvp(out, wrt, {"layer": [[1.0, 0.0], (2.0,)]}).value, 54 + 2 * 54)
    close(gg.hvp(out, wrt, {"layer": [np.zeros(2), (1.0,)]})["layer"][1][0].value, 18)


def test_the_jacobian_of_what_is_empty():
    x = gg.Parameter(np.zeros((0, 2)), name="x")
    assert gg.jacobian(x * 2, x).shape == (0, 2, 0, 2)
    assert gg.jacobian_of(lambda x: x * 2)(np.zeros((0, 2))).shape == (0, 2, 0, 2)
    assert gg.hessian_of(np.sum)(np.zeros(0)).shape == (0, 0)


def test_the_form_of_one_element():
    x = gg.Parameter(np.full((1, 1), 2.0), name="x")
    assert gg.jacobian(x * x, x).shape == (1, 1, 1, 1)
    assert gg.grad(x * x, x).shape == (1, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x, y: gg.jacobian(2.0, x), r"jacobian\(out, wrt\): the output 2.0 is no node"),
        (lambda x, y: gg.hessian(np.sum(x), [x, 1.0]), r"wrt holds 1.0; give nodes"),
        (lambda x, y: gg.hessian(x, x), r"shape \(2,\), so there is no single gradient"),
        (lambda x, y: gg.jvp(x, x, [1.0]), r"tangent has shape \(1,\), but <Parameter x: .*> has shape \(2,\)"),
        (lambda x, y: gg.jvp(x, [x, x], [1.0, 2.0, 3.0]), r"tangent is \[1.0, 2.0, 3.0\]; give a list of 2"),
        (lambda x, y: gg.vjp(x, x, [1.0]), r"cotangent has shape \(1,\)"),
        (lambda x, y: gg.hvp(np.sum(x), {"x": x}, [1.0, 2.0]), r"give a dict with the keys \['x'\]"),
        (lambda x, y: gg.grad(np.sum(x), y, strict=True), r"the output does not depend on it"),
        (lambda x, y: gg.jvp(x, x, ["a", "b"]), r"tangent.*has dtype"),
    ],
)
def test_misuse_on_graphs(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call(gg.Parameter([1.0, 2.0], name="x"), gg.Parameter(3.0, name="y"))


# On functions


def test_transforms_of_a_function():
    v = np.array([1.0, -2.0, 0.5])
    for result, expected in [
        (gg.grad_of(quadratic)(X), SLOPE),
        (gg.value_and_grad_of(quadratic)(X)[0], quadratic(X)),
        (gg.value_and_grad_of(quadratic)(X)[1], SLOPE),
        (gg.jacobian_of(np.cos)(X), -np.diag(np.sin(X))),
        (gg.hessian_of(quadratic)(X), CURVATURE),
        (gg.jvp_of(np.tanh)(X, tangent=v), v / np.cosh(X) ** 2),
        (gg.vjp_of(np.tanh)(X, cotangent=v), v / np.cosh(X) ** 2),
        (gg.hvp_of(quadratic)(X, vector=v), CURVATURE @ v),
    ]:
        assert type(result) in (np.ndarray, np.float64)
        close(result, expected)


def test_results_belong_to_the_caller():
    x = np.array([1.0, 2.0])
    slope = gg.grad_of(lambda x: np.sum(x + x))(x)
    slope += 1
    value, slope_of_sum = gg.value_and_grad_of(lambda x: np.sum(x))(x)
    slope_of_sum[0] = 5
    assert (value, x.tolist(), slope.tolist()) == (3, [1, 2], [3, 3])
    assert gg.grad_of(lambda x: np.sum(x))(x).tolist() == [1, 1]


Layer = namedtuple("Layer", ["w", "b"])


def test_arguments_may_be_nested():
    def loss(layers, x, power=2):
        for layer in layers:
            w, b = layer["dense"]
            x = np.tanh(w @ x + (np.stack(b) if isinstance(b, list) else b))
        return np.sum(x**power)

    layers = [{"dense": Layer(RNG.normal(size=(2, 3)), 0.5)}, {"dense": Layer(RNG.normal(size=(2, 2)), [0.1, 0.2])}]
    slopes = gg.grad_of(loss)(layers, X, power=3)
    assert type(slopes[0]["dense"]) is Layer
    assert isinstance(slopes[1]["dense"].b, list)

    def of_the_first_matrix(w):
        return loss([{"dense": Layer(w, 0.5)}, {"dense": Layer(layers[1]["dense"].w, np.array([0.1, 0.2]))}], X, 3)

    close(slopes[0]["dense"].w, central_difference(of_the_first_matrix, [layers[0]["dense"].w], 0), 1e-8)


def test_results_may_be_nested():
    def two(x):
        return {"sum": np.sum(x), "parts": (x[:1], 2 * x)}

    jacobian = gg.jacobian_of(two)(np.array([3.0, 4.0]))
    assert jacobian["sum"].tolist() == [1, 1]
    assert jacobian["parts"][0].tolist() == [[1, 0]]
    assert jacobian["parts"][1].tolist() == [[2, 0], [0, 2]]
    moved = gg.jvp_of(two)(np.array([3.0, 4.0]), tangent=[1.0, 10.0])
    assert (moved["sum"], moved["parts"][1].tolist()) == (11, [2, 20])
    cotangent = {"sum": 1.0, "parts": ([5.0], [0.0, 1.0])}
    assert gg.vjp_of(two)(np.array([3.0, 4.0]), cotangent=cotangent).tolist() == [6, 3]


def test_chosen_arguments():
    def f(a, b, c):
        return a * b**2 + (c == "text")

    assert gg.grad_of(f, 1)(2.0, 3.0, "text") == 12
    assert gg.grad_of(f, (0, 1))(2.0, 3.0, "text") == (9, 12)
    assert gg.grad_of(f, -2)(2.0, 3.0, "text") == 12
    assert gg.grad_of(f, (0,))(2.0, 3.0, "text") == (9,)
    close(gg.hessian_of(f, (0, 1))(2.0, 3.0, ""), [[0, 6], [6, 4]])


def test_a_function_that_does_not_use_its_argument():
    assert gg.grad_of(lambda x: 3.0)([1.0, np.ones(2)])[1].tolist() == [0, 0]
    assert gg.jacobian_of(lambda x: np.ones(2))(np.ones(3)).tolist() == [[0, 0, 0], [0, 0, 0]]
    close(gg.jvp_of(lambda x: np.ones(2))(1.0, tangent=1.0), [0, 0])


def test_floats_keep_their_size():
    slope = gg.grad_of(lambda x: np.sum(x * np.array([1.0, 2.0])))(np.array([1, 2], np.float32))
    assert slope.dtype == np.float32
    assert gg.grad_of(lambda n: n * n)(3) == 6
    assert gg.grad_of(lambda n: n * n)(3).dtype == np.float64


# Nested


@pytest.mark.parametrize("order", range(1, 7))
def test_any_order(order):
    derivative = np.exp
    for _ in range(order):
        derivative = gg.grad_of(derivative)
    close(derivative(0.5), np.exp(0.5))


def test_inner_and_outer_variables_are_told_apart():
    def outer(x):
        return x * gg.grad_of(lambda y: x + y)(x)

    assert gg.grad_of(outer)(2.0) == 1

    def product(x):
        return x * gg.grad_of(lambda y: x * y)(3.0)  # x · x

    assert gg.grad_of(product)(2.0) == 4
    assert gg.grad_of(gg.grad_of(product))(2.0) == 2

    def thrice(x):
        return gg.grad_of(lambda y: gg.grad_of(lambda z: x * y * z * z)(x) * y)(x)  # ∂/∂y (2 x² y²) at y = x: 4 x³

    assert gg.grad_of(thrice)(2.0) == 48


def test_transforms_of_transforms():
    def f(x):
        return np.sum(x**3) + x[0] * x[1] * x[2]

    hessian = gg.hessian_of(f)(X)
    close(gg.jacobian_of(gg.grad_of(f))(X), hessian)
    close(gg.jvp_of(gg.grad_of(f))(X, tangent=[1.0, 2.0, 3.0]), hessian @ [1, 2, 3])
    close(gg.vjp_of(gg.grad_of(f))(X, cotangent=[1.0, 2.0, 3.0]), hessian @ [1, 2, 3])
    slope = gg.grad_of(lambda x: np.sum(gg.hvp_of(lambda y: np.sum(y**3))(x, vector=x)))(X)  # ∂/∂x Σ 6 x²
    close(slope, 12 * X)
    third = gg.jacobian_of(gg.hessian_of(f))(X)
    assert third.shape == (3, 3, 3)
    close(third[0, 1], [0, 0, 1])
    close(third[2, 2], [0, 0, 6])


def test_nodes_from_outside_give_nodes():
    w = gg.Parameter(2.0, name="w")
    slope = gg.grad_of(lambda x: w * x**2)(3.0)
    assert isinstance(slope, gg.Node)
    assert slope.replace(w=5.0).value == 30
    assert gg.grad(slope, w).value == 6
    value, slope = gg.value_and_grad_of(lambda x: x**2)(w)
    assert (type(value), value.value, slope.value) == (gg.Pow, 4, 4)
    assert isinstance(gg.jacobian_of(lambda x: x * w)(np.ones(2)), gg.Node)
    data = gg.Input(3.0, name="data")
    assert gg.grad_of(lambda x: data * x)(2.0) == 3  # data is no variable


def test_arrays_come_out_of_every_nest_of_arrays():
    x, y = np.array([0.5, 2.0]), np.array([0.3, -1.0])

    def f(x, y):
        return np.sum(x**2 * y**3)

    mixed = gg.jacobian_of(gg.grad_of(f, 1), 0)(x, y)
    assert type(mixed) is np.ndarray
    close(mixed, np.diag(6 * x * y**2))
    assert type(gg.grad_of(gg.grad_of(lambda x, y: x**2 * y**3, 1), 0)(0.5, 0.3)) is np.float64
    assert gg.grad_of(lambda x: x * gg.grad_of(lambda y: x + y)(2.0))(1.0) == 1
    assert type(gg.grad_of(lambda x: x * gg.grad_of(lambda y: x + y)(2.0))(1.0)) is np.float64

    def after_a_step(rate):
        w = np.array([1.0, -2.0])
        for _ in range(3):
            w = w - rate * gg.grad_of(lambda w: np.sum(w**4))(w)
        return np.sum(w**2)

    slope = gg.grad_of(after_a_step)(0.01)
    assert type(slope) is np.float64
    close(slope, central_difference(after_a_step, [np.array(0.01)], 0, step=1e-5), 1e-9)


def test_a_copy_of_an_argument_is_the_argument():
    w = np.array([1.0, 2.0])
    for copied in (copy.copy, copy.deepcopy, lambda w: w.copy(), np.copy, lambda w: copy.deepcopy({"w": w})["w"]):
        slope = gg.grad_of(lambda w, copied=copied: np.sum(copied(w) ** 2))(w)
        assert slope.tolist() == [2, 4]
    assert gg.grad_of(gg.grad_of(lambda x: copy.copy(x) ** 3))(2.0) == 12


def test_what_is_filled_with_a_node_has_its_gradient():
    assert gg.grad_of(lambda w: np.sum(np.full_like(w, w[0])))(np.ones(3)).tolist() == [3, 0, 0]
    assert gg.grad_of(lambda w: np.sum(np.full_like(w, 2.0) * np.zeros_like(w)))(np.ones(3)).tolist() == [0, 0, 0]
    assert gg.grad_of(lambda w: np.heaviside(0.0, w))(0.5) == 1


def test_dicts_keep_their_kind():
    slopes = gg.grad_of(lambda d: d["b"] * d["a"])(OrderedDict(b=2.0, a=3.0))
    assert type(slopes) is OrderedDict
    assert list(slopes.items()) == [("b", 3), ("a", 2)]
    counted = defaultdict(list, a=1.0)
    assert type(gg.grad_of(lambda d: d["a"])(counted)) is defaultdict


def test_threads_share_nothing():
    def f(x):
        return np.sum(np.sin(x) * x**2) * gg.grad_of(lambda y: np.prod(y))(x)[0]

    points = [RNG.normal(size=3) for _ in range(16)]
    expected = [(gg.grad_of(f)(x), gg.hessian_of(f)(x)) for x in points]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda x: (gg.grad_of(f)(x), gg.hessian_of(f)(x)), points * 4))
    for (slope, curvature), (exact_slope, exact_curvature) in zip(found, expected * 4, strict=True):
        np.testing.assert_array_equal(slope, exact_slope)
        np.testing.assert_array_equal(curvature, exact_curvature)


# Misuse


def returns_text(x):
    return "text"


def returns_pair(x):
    return x, x


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gg.grad_of(np.sin)(np.ones(3)), r"grad_of\(sin\): the function returned arrays of shape \(3,\)"),
        (lambda: gg.grad_of(returns_pair)(1.0), r"arrays of shape \(\), \(\), and a gradient is that of one number"),
        (lambda: gg.grad_of(returns_text)(1.0), r"grad_of\(returns_text\): the function returned 'text'"),
        (lambda: gg.grad_of(np.sin)("1.0"), r"has dtype <U3, and a node holds real numbers"),
        (lambda: gg.grad_of(np.sin)([[1.0], None]), r"has dtype object, and a node holds real numbers"),
        (lambda: gg.grad_of(np.sin)(1j), r"take value\.real"),
        (lambda: gg.grad_of(np.sin, 1)(1.0), r"grad_of\(sin\), argnums=1: the call has 1 argument"),
        (lambda: gg.grad_of(np.multiply, (0, -2))(1.0, 2.0), r"argnums=\(0, -2\): an argument is named twice"),
        (lambda: gg.grad_of(lambda x: x > 0)(1.0), r"returned np.True_; Booleans and whole numbers"),
        (lambda: gg.grad_of(np.argmax)(np.ones(2)), r"returned np.int64\(0\); Booleans and whole numbers"),
        (lambda: gg.grad_of(lambda x: np.allclose(x, x))(np.ones(2)), r"returned True; Booleans"),
        (lambda: gg.grad_of(np.sin, "x")(1.0), r"grad_of\(sin\), argnums='x'"),
        (lambda: gg.hessian_of(np.sin)(np.ones(3)), r"hessian_of\(sin\): the function returned arrays"),
        (lambda: gg.jvp_of(np.sin)(np.ones(3), tangent=np.ones(2)), r"tangent has shape \(2,\)"),
        (lambda: gg.vjp_of(np.sin)(np.ones(3), cotangent=np.ones(2)), r"cotangent has shape \(2,\)"),
        (lambda: gg.grad_of(lambda x: float(x))(1.0), r"is a node, not a number: leave float\(…\) out"),
        (lambda: gg.grad_of(lambda x: np.asarray(x).sum())(1.0), r"is a node, not an array: NumPy's functions take it"),
        (lambda: gg.grad_of(lambda x: np.unwrap(x))(np.ones(3)), r"np\.unwrap\(node\) is not supported"),
    ],
)
def test_misuse(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()


def test_assigning_names_the_cure():
    def f(x):
        x[0] = 1.0
        return np.sum(x)

    with pytest.raises(TypeError, match=r"cannot be assigned to: values never change.*np\.where"):
        gg.grad_of(f)(np.ones(2))


def test_nesting_has_a_limit():
    deep = 1.0
    for _ in range(101):
        deep = [deep]
    with pytest.raises(ValueError, match="more than 100 lists, tuples and dicts"):
        gg.grad_of(lambda x: 1.0)(deep)
    with pytest.raises(ValueError, match="more than 100"):
        flatten(deep)
    endless = []
    endless.append(endless)
    with pytest.raises(ValueError, match="more than 100"):
        flatten(endless)


def test_trees():
    leaves, rebuild = flatten([1, {"a": (2, []), "b": None}])
    assert leaves == [1, 2, None]
    assert rebuild([3, 4, 5]) == [3, {"a": (4, []), "b": 5}]
    assert beside([1, [2]], (7, ["x"]), "this") == [7, "x"]
    with pytest.raises(ValueError, match=r"this is 7; give a list of 2"):
        beside([1, 2], 7, "this")


def test_no_warning_of_our_own():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert gg.jvp_of(lambda x: x**2)(0.0, tangent=1.0) == 0
        assert gg.hessian_of(lambda x: x**3)(0.0) == 0
        assert np.isinf(gg.grad_of(np.sqrt)(4.0) * np.inf)


def test_an_inner_derivative_on_another_thread_sees_the_outer_argument():
    def outer(w):
        with ThreadPoolExecutor(1) as pool:
            return sum(pool.map(lambda x: gg.grad_of(lambda t: w * t * t)(x), [1.0]))

    assert gg.grad_of(outer)(3.0) == 2


def test_derivative_graphs_take_more_rows_or_other_shapes():
    x = gg.Parameter([1.0, 2.0, 3.0], name="x")
    more = np.arange(5.0)
    moved = gg.jvp(gg.Softmax(x), x, x * x).replace(x=more)
    again = gg.Parameter(more)
    close(moved.value, gg.jvp(gg.Softmax(again), again, more**2).value)
    a = gg.Parameter(np.arange(6.0).reshape(3, 2), name="a")
    slopes = gg.jacobian(np.ravel(a * a), a).replace(a=np.ones((2, 3)))
    close(slopes.value, 2 * np.eye(6).reshape(6, 2, 3))
