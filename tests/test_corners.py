"""Corners: ties, zeros, tails and empties, judged by mpmath at 50 digits or by plain mathematics."""

import math

import graphgrad as gg
import mpmath
import numpy as np
import pytest

mpmath.mp.dps = 50
INF, NAN = math.inf, math.nan
SMALLEST_NORMAL = np.finfo(float).tiny


def value_and_gradients(build, *values):
    leaves = [gg.Parameter(float(value)) for value in values]
    with np.errstate(all="ignore"):
        out = build(*leaves)
        out.backward()
        slopes = gg.grad(out, leaves)
    for leaf, slope in zip(leaves, slopes, strict=True):
        np.testing.assert_array_equal(leaf.grad, slope.value)
    return [float(out.value), *(float(leaf.grad) for leaf in leaves)]


def plain_bce(z, y):
    return gg.bce(gg.Sigmoid(z), y)


POINTS = [
    ("relu at 0", gg.ReLU, [0.0], [0, 0]),
    ("sqrt at 0", gg.Sqrt, [0.0], [0, INF]),
    ("log at 0", gg.Log, [0.0], [-INF, INF]),
    ("neg log at 0", gg.NegLog, [0.0], [INF, -INF]),
    ("0**0", gg.Pow, [0, 0], [1, 0, 0]),
    ("0**2", gg.Pow, [0, 2], [0, 0, 0]),
    ("0**1", gg.Pow, [0, 1], [0, 1, 0]),
    ("(-2)**3", gg.Pow, [-2, 3], [-8, 12, NAN]),
    ("nan**0", gg.Pow, [NAN, 0], [1, NAN, NAN]),
    ("0 log 0", gg.XLogY, [0, 0], [0, -INF, 0]),
    ("0 log 2", gg.XLogY, [0, 2], [0, math.log(2), 0]),
    ("2 log 0", gg.XLogY, [2, 0], [-INF, -INF, INF]),
    ("sigmoid at 1000", gg.Sigmoid, [1000], [1, 0]),
    ("sigmoid at -1000", gg.Sigmoid, [-1000], [0, 0]),
    ("softplus at 1000", gg.Softplus, [1000], [1000, 1]),
    ("softplus at -1000", gg.Softplus, [-1000], [0, 0]),
    ("log sigmoid at -1000", gg.LogSigmoid, [-1000], [-1000, 1]),
    ("log sigmoid at inf", gg.LogSigmoid, [INF], [0, 0]),
    ("sigmoid at nan", gg.Sigmoid, [NAN], [NAN, NAN]),
    ("relu at nan", gg.ReLU, [NAN], [NAN, NAN]),
    ("plain -log sigmoid at -1000", lambda z: gg.NegLog(gg.Sigmoid(z)), [-1000], [INF, NAN]),
    ("plain bce, p = y = 0", lambda p: gg.bce(p, 0.0), [0], [NAN, NAN]),
    ("plain bce, p = 0, y = 1", lambda p: gg.bce(p, 1.0), [0], [INF, -INF]),
    ("plain bce at z = 37, y = 0", lambda z: plain_bce(z, 0.0), [37], [INF, NAN]),
    ("xlogy bce, p = y = 0", lambda p: -(gg.XLogY(0.0, p) + gg.XLogY(1.0, 1 - p)), [0], [0, 1]),
    ("xlogy bce, p = y = 1", lambda p: -(gg.XLogY(1.0, p) + gg.XLogY(0.0, 1 - p)), [1], [0, -1]),
]


@pytest.mark.parametrize(("build", "values", "expected"), [p[1:] for p in POINTS], ids=[p[0] for p in POINTS])
def test_value_and_gradients_at_a_corner(build, values, expected):
    np.testing.assert_allclose(value_and_gradients(build, *values), expected, rtol=1e-15)


def test_a_plain_graph_shows_where_it_breaks():
    """At z = −1000 the local gradient of −log is −∞, that of σ is 0, and their product is NaN."""
    z = gg.Parameter(-1000.0, name="z")
    p = gg.Sigmoid(z)
    with np.errstate(divide="ignore"):
        loss = gg.NegLog(p)
    assert loss.local_gradients()[0].value == -INF
    assert p.local_gradients()[0].value == 0


def test_what_a_user_s_values_cause_is_warned_of():
    with pytest.warns(RuntimeWarning, match="divide by zero encountered in log"):
        gg.Log(gg.Parameter(0.0))


def test_a_negative_base_is_differentiated_without_its_logarithm():
    x = gg.Parameter(-2.0)
    cube = x**3
    cube.backward()
    assert (cube.value, x.grad) == (-8, 12)


@pytest.mark.parametrize(("power", "order", "expected"), [(2, 2, 2), (2, 3, 0), (3, 3, 6), (3, 4, 0), (1, 2, 0)])
@pytest.mark.parametrize("as_node", [float, gg.Input])
def test_high_derivatives_of_a_power_at_0(power, order, expected, as_node):
    x = gg.Parameter(0.0)
    slope = x ** as_node(power)
    for _ in range(order):
        slope = gg.grad(slope, x)
    assert slope.value == expected


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        ([2, 3, 4], [12, 8, 6]),
        ([0, 3, 4], [12, 0, 0]),
        ([0, 0, 4], [0, 0, 0]),
    ],
)
def test_a_product_with_zeros_is_exact(x, expected):
    x = gg.Parameter(np.array(x, dtype=float))
    product = gg.Prod(x)
    product.backward()
    np.testing.assert_allclose(x.grad, expected, rtol=1e-15)
    np.testing.assert_array_equal(gg.grad(product, x).value, x.grad)


def test_second_derivatives_of_a_product_with_a_zero():
    x = gg.Parameter([0.0, 3.0, 4.0])
    first = gg.grad(gg.Prod(x), x)
    hessian = [gg.grad(first, x, seed=row).value for row in np.eye(3)]
    np.testing.assert_array_equal(hessian, [[0, 4, 3], [4, 0, 0], [3, 0, 0]])


def test_a_product_has_derivatives_of_any_order_also_at_zeros():
    x = gg.Parameter([0.0, 2.0, 0.0, 5.0])
    slope = gg.grad(gg.Prod(x), x)
    for k in (0, 2, 3):
        slope = gg.grad(slope[k], x)
    np.testing.assert_array_equal(slope.value, [0, 1, 0, 0])  # ∂⁴Π / ∂x₀ ∂x₂ ∂x₃ ∂x₁ and no other
    np.testing.assert_array_equal(gg.grad(slope[1], x).value, np.zeros(4))


@pytest.mark.parametrize("x", [0.0, 1e-9, -0.3, 1.9, 2.1, 5.5, -40.25])
@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_derivatives_of_the_cardinal_sine(x, order):
    leaf = gg.Parameter(x)
    out = np.sinc(leaf)
    for _ in range(order):
        out = gg.grad(out, leaf)
    exact = mpmath.pi**order * mpmath.quad(
        lambda t: t**order * mpmath.cos(mpmath.pi * mpmath.mpf(x) * t + order * mpmath.pi / 2),
        mpmath.linspace(0, 1, 60),
    )
    size = float(mpmath.pi) ** order / (order + 1) / max(1.0, abs(x))
    rounding = 1e-15 * (10 + 2 * float(mpmath.pi) * abs(x))  # of πx, too
    assert float(abs(mpmath.mpf(float(out.value)) - exact)) <= rounding * size


@pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_the_mean_of_nothing():
    x = gg.Parameter(np.zeros(0))
    mean = gg.Mean(x)
    mean.backward()
    assert math.isnan(mean.value)
    assert x.grad.shape == gg.grad(mean, x).shape == (0,)


@pytest.mark.parametrize(("op", "value"), [(gg.Sum, 0), (gg.Prod, 1)])
def test_the_sum_and_product_of_nothing(op, value):
    x = gg.Parameter(np.zeros((0, 3)))
    out = op(x)
    out.backward()
    assert out.value == value
    assert x.grad.shape == (0, 3)


@pytest.mark.parametrize("shapes", [((3, 1), (1, 4)), ((), (2, 3)), ((0, 4), (1, 4))])
def test_rank_broadcasting_gives_gradients_of_the_leaf_s_shape(shapes):
    a, b = (gg.Parameter(np.ones(shape)) for shape in shapes)
    gg.Sum(a + b).backward()
    count = np.prod(np.broadcast_shapes(*shapes))
    np.testing.assert_array_equal(a.grad, np.full(shapes[0], count / max(a.size, 1)))
    np.testing.assert_array_equal(b.grad, np.full(shapes[1], count / max(b.size, 1)))


def test_a_second_backward_gives_the_same_answer():
    """Nothing is left over from the first: the slope of x⁶ at 2 is 192 each time."""
    x = gg.Parameter(2.0)
    square = x * x
    out = (square * x) ** 2
    for _ in range(3):
        out.backward()
        assert x.grad == 192
        assert square.grad == 2 * 8 * 2


# The tails, against 50 digits

ALONG_750 = np.concatenate([np.linspace(-750, 750, 1501), np.linspace(-40, 40, 801), np.linspace(-1, 1, 201)])


def log_sigmoid_exactly(z):
    return -mpmath.log1p(mpmath.exp(-mpmath.mpf(z)))


def sigmoid_exactly(z):
    return 1 / (1 + mpmath.exp(-mpmath.mpf(z)))


PRECISE = {
    "softplus(-z) = -log sigmoid(z)": (lambda z: gg.Softplus(-z), lambda z: -log_sigmoid_exactly(z)),
    "softplus(z)": (gg.Softplus, lambda z: -log_sigmoid_exactly(-z)),
    "log sigmoid(z)": (gg.LogSigmoid, log_sigmoid_exactly),
    "sigmoid(z)": (gg.Sigmoid, sigmoid_exactly),
    "gradient of softplus(-z)": (lambda z: _slope(gg.Softplus(-z), z), lambda z: -sigmoid_exactly(-z)),
    "gradient of softplus(z)": (lambda z: _slope(gg.Softplus(z), z), sigmoid_exactly),
    "gradient of log sigmoid(z)": (lambda z: _slope(gg.LogSigmoid(z), z), lambda z: sigmoid_exactly(-z)),
}


def _slope(out, z):
    return gg.grad(out, z, seed=np.ones(out.shape))


def ulps(actual, exact):
    """The distance in units of the last place of the exact result."""
    return float(abs(mpmath.mpf(float(actual)) - exact) / np.spacing(abs(float(exact))))


@pytest.mark.parametrize("name", PRECISE)
def test_two_ulps_along_the_whole_line(name):
    build, exactly = PRECISE[name]
    values = build(gg.Parameter(ALONG_750)).value
    judged = [(value, exactly(float(z))) for value, z in zip(values, ALONG_750, strict=True)]
    distances = [ulps(value, exact) for value, exact in judged if abs(exact) > SMALLEST_NORMAL]
    print(f"{name}: at most {max(distances):.2f} ulp at {len(distances)} points")
    assert len(distances) > 1700
    assert max(distances) <= 2


TAILS = [(z, y) for z in (-1000.0, -40.0, -37.0, 0.0, 37.0, 40.0, 1000.0) for y in (0.0, 1.0)]


@pytest.mark.parametrize(("z", "y"), TAILS)
def test_bce_with_logits_in_both_tails(z, y):
    leaf = gg.Parameter(z)
    loss = gg.bce_with_logits(leaf, y)
    loss.backward()
    exact = -log_sigmoid_exactly(z if y else -z)
    slope = -sigmoid_exactly(-z) if y else sigmoid_exactly(z)
    if exact > SMALLEST_NORMAL:
        assert ulps(loss.value, exact) <= 2
        assert ulps(leaf.grad, slope) <= 2
    else:
        assert (loss.value, leaf.grad) == (0, 0)


def test_the_tail_that_p_minus_y_loses():
    z = gg.Parameter(40.0)
    assert gg.Sigmoid(z).value - 1 == 0
    assert float(gg.grad(gg.bce_with_logits(z, 1.0), z).value) == pytest.approx(-4.248354255291589e-18, rel=1e-15)


# Kinks, ties, infinities and NaN, elementwise: value and gradients, worked out by hand. Where the value is NaN or
# infinite by its inputs, NumPy's warnings are its own; every other row gives none.

ROOT_HALF = math.sqrt(0.5)
QUIET = [
    ("abs", gg.Abs, [[0.0, -0.0, -2.0, NAN]], [0, 0, 2, NAN], [[0, 0, -1, NAN]]),
    ("sign", gg.Sign, [[0.0, -0.0, -2.0, INF]], [0, 0, -1, 1], [[0, 0, 0, 0]]),
    ("relu", gg.ReLU, [[-0.0, INF, -INF]], [0, INF, 0], [[0, 1, 0]]),
    ("sigmoid", gg.Sigmoid, [[INF, -INF]], [1, 0], [[0, 0]]),
    ("softplus", gg.Softplus, [[INF, -INF, NAN]], [INF, 0, NAN], [[1, 0, NAN]]),
    ("tanh", gg.Tanh, [[INF, -INF]], [1, -1], [[0, 0]]),
    ("arctan", gg.ArcTan, [[INF, -INF]], [math.pi / 2, -math.pi / 2], [[0, 0]]),
    ("exp", gg.Exp, [[-INF, INF]], [0, INF], [[0, INF]]),
    ("expm1", gg.Expm1, [[-INF, 0.0]], [-1, 0], [[0, 1]]),
    (
        "clip", lambda x: gg.Clip(x, -1, 1), [[-2.0, -1.0, 0.0, 1.0, 2.0, NAN]],
        [-1, -1, 0, 1, 1, NAN], [[0, 0.5, 1, 0.5, 0, NAN]],
    ),
    ("clip by nothing", gg.Clip, [[0.0, INF, NAN]], [0, INF, NAN], [[1, 1, 1]]),
    ("clip, limits crossed: the upper one", lambda x: gg.Clip(x, 2, 1), [[0.0, 1.5, 3.0]], [1, 1, 1], [[0, 0, 0]]),
    ("clip by nodes", gg.Clip, [[0.0, 5.0, -3.0], -1.0, 1.0], [0, 1, -1], [[1, 0, 0], 1, 1]),
    ("maximum, ties", gg.Maximum, [[2.0, 0.0, 1.0], [2.0, -0.0, 3.0]], [2, 0, 3], [[0.5, 0.5, 0], [0.5, 0.5, 1]]),
    ("minimum, ties", gg.Minimum, [[2.0, 0.0, 1.0], [2.0, -0.0, 3.0]], [2, 0, 1], [[0.5, 0.5, 1], [0.5, 0.5, 0]]),
    (
        "maximum, infinities", gg.Maximum, [[INF, -INF, INF], [INF, -INF, -INF]],
        [INF, -INF, INF], [[0.5, 0.5, 1], [0.5, 0.5, 0]],
    ),
    ("maximum, NaN", gg.Maximum, [[NAN, 1.0], [1.0, NAN]], [NAN, NAN], [[NAN, NAN], [NAN, NAN]]),
    ("minimum, NaN", gg.Minimum, [[NAN, 1.0], [1.0, NAN]], [NAN, NAN], [[NAN, NAN], [NAN, NAN]]),
    (
        "hypot", gg.Hypot, [[0.0, 0.0, -3.0, 1e200], [0.0, 2.0, 4.0, 1e200]],
        [0, 2, 5, 1e200 / ROOT_HALF], [[0, 0, -0.6, ROOT_HALF], [0, 1, 0.8, ROOT_HALF]],
    ),
    (
        "arctan2", gg.ArcTan2, [[0.0, 0.0, 1.0, -0.0], [0.0, -1.0, 0.0, -1.0]],
        [0, math.pi, math.pi / 2, -math.pi], [[0, -1, 0, -1], [0, 0, -1, 0]],
    ),
    (
        "mod", gg.Mod, [[5.0, -5.0, 5.0, -5.0, 6.0], [3.0, 3.0, -3.0, -3.0, 3.0]],
        [2, 1, -1, -2, 0], [[1] * 5, [-1, 2, 2, -1, -2]],
    ),
    ("floor_divide", gg.FloorDivide, [[5.0, -5.0], [3.0, 3.0]], [1, -2], [[0, 0], [0, 0]]),
    ("round, half to even", gg.Round, [[0.5, 1.5, 2.5, -0.5, -1.5]], [0, 2, 2, 0, -2], [[0] * 5]),
    ("round to tens", lambda x: gg.Round(x, decimals=-1), [[15.0, 25.0, 34.0]], [20, 20, 30], [[0, 0, 0]]),
    ("floor and ceil", lambda x: gg.Floor(x) + 10 * gg.Ceil(x), [[-0.5, 2.0, 2.1]], [-1, 22, 32], [[0, 0, 0]]),
    ("logaddexp, one term 0", gg.LogAddExp, [[-INF, 2.0], [2.0, -INF]], [2, 2], [[0, 1], [1, 0]]),
    ("heaviside as a factor", lambda x: gg.Heaviside(x, 0.5) * x, [[0.0, 3.0, -3.0]], [0, 3, 0], [[0.5, 1, 0]]),
    ("comparisons as factors", lambda x: gg.Greater(x, 0.0) * x, [[NAN, 3.0, -3.0]], [NAN, 3, 0], [[NAN, 1, 0]]),
    ("NaN is unequal, and no number", lambda x: gg.NotEqual(x, x) + x, [[NAN, 3.0]], [NAN, 3], [[1, 1]]),
    ("0 log y", gg.XLogY, [[0.0, 0.0], [0.5, 3.0]], [0, 0], [[math.log(0.5), math.log(3)], [0, 0]]),
    (
        "the cure for where", lambda x: gg.Where(x > 0, gg.Sqrt(gg.Where(x > 0, x, 1)), 0), [[0.0, 4.0]],
        [0, 2], [[0, 0.25]],
    ),
]  # fmt: skip
WARNED = [
    ("where", lambda x: gg.Where(x > 0, gg.Sqrt(x), 0), [[0.0, 4.0]], [0, 2], [[NAN, 0.25]]),
    ("cbrt", gg.Cbrt, [[0.0, -8.0]], [0, -2], [[INF, 1 / 12]]),
    ("arcsin", gg.ArcSin, [[1.0, -1.0, 1.5]], [math.pi / 2, -math.pi / 2, NAN], [[INF, INF, NAN]]),
    ("arccos", gg.ArcCos, [[1.0, -1.0]], [0, math.pi], [[-INF, -INF]]),
    ("arccosh", gg.ArcCosh, [[1.0, 0.5]], [0, NAN], [[INF, NAN]]),
    ("arctanh", gg.ArcTanh, [[1.0, -1.0]], [INF, -INF], [[INF, INF]]),
    ("log1p", gg.Log1p, [[-1.0, 0.0]], [-INF, 0], [[INF, 1]]),
    ("reciprocal", gg.Reciprocal, [[0.0, -0.0]], [INF, -INF], [[-INF, -INF]]),
    ("divide", gg.Div, [[1.0, 0.0], [0.0, 0.0]], [INF, NAN], [[INF, INF], [-INF, NAN]]),
    ("mod by 0", gg.Mod, [[5.0], [0.0]], [NAN], [[1], [-INF]]),
    ("floor_divide by 0", gg.FloorDivide, [[5.0, -5.0], [0.0, 0.0]], [INF, -INF], [[0, 0], [0, 0]]),
    ("0**0.5, 0**-1", lambda x: x ** np.array([0.5, -1]), [[0.0, 0.0]], [0, INF], [[INF, -INF]]),
]  # fmt: skip


def gradients_agree(build, values, expected, slopes, seed=None):
    leaves = [gg.Parameter(value) for value in values]
    out = build(*leaves)
    out.backward(np.ones(out.shape) if seed is None else seed)
    np.testing.assert_allclose(out.value, expected, rtol=1e-15)
    graphs = gg.grad(out, leaves, seed=np.ones(out.shape) if seed is None else seed)
    for leaf, graph, slope in zip(leaves, graphs, slopes, strict=True):
        np.testing.assert_allclose(leaf.grad, slope, rtol=1e-15)
        np.testing.assert_allclose(graph.value, slope, rtol=1e-15)


@pytest.mark.parametrize(("build", "values", "expected", "slopes"), [q[1:] for q in QUIET], ids=[q[0] for q in QUIET])
def test_a_corner_without_a_warning(build, values, expected, slopes):
    gradients_agree(build, values, expected, slopes)


@pytest.mark.parametrize(("build", "values", "expected", "slopes"), [w[1:] for w in WARNED], ids=[w[0] for w in WARNED])
def test_a_corner_that_numpy_warns_of(build, values, expected, slopes):
    with pytest.warns(RuntimeWarning, match=r"encountered in"):  # noqa: PT031
        leaves = [gg.Parameter(value) for value in values]
        out = build(*leaves)
        out.backward(np.ones(out.shape))
    with np.errstate(all="ignore"):
        gradients_agree(build, values, expected, slopes)


# Over axes

E = math.exp(1)
OVER_AXES = [
    ("max, ties", gg.Max, [2.0, 1.0, 2.0], 2, [0.5, 0, 0.5]),
    ("min, all tie", gg.Min, [2.0, 2.0, 2.0, 2.0], 2, [0.25] * 4),
    ("max of infinities", gg.Max, [INF, INF, 0.0], INF, [0.5, 0.5, 0]),
    ("max of minus infinities", gg.Max, [-INF, -INF], -INF, [0.5, 0.5]),
    ("max of NaN", gg.Max, [1.0, NAN], NAN, [NAN, NAN]),
    ("logsumexp with −∞", gg.LogSumExp, [0.0, -INF], 0, [1, 0]),
    ("logsumexp far up", gg.LogSumExp, [1000.0, 0.0], 1000, [1, 0]),
    ("logsumexp far down", gg.LogSumExp, [-1000.0, -2000.0], -1000, [1, 0]),
    ("logsumexp of NaN", gg.LogSumExp, [NAN, 0.0], NAN, [NAN, NAN]),
    ("softmax with −∞", lambda x: gg.Softmax(x)[0], [0.0, -INF], 1, [0, 0]),
    ("softmax far apart", lambda x: gg.Softmax(x)[1], [1000.0, -1000.0], 0, [0, 0]),
    ("log softmax with −∞", lambda x: gg.LogSoftmax(x)[1], [0.0, -INF], -INF, [-1, 1]),
    ("log softmax far apart", lambda x: gg.LogSoftmax(x)[1], [1000.0, -1000.0], -2000, [-1, 1]),
    ("norm at 0", gg.Norm, [0.0, 0.0], 0, [0, 0]),
    ("norm, ord=1, at 0", lambda x: gg.Norm(x, ord=1), [0.0, -2.0], 2, [0, -1]),
    ("norm, ord=inf, ties", lambda x: gg.Norm(x, ord=INF), [2.0, -2.0, 1.0], 2, [0.5, -0.5, 0]),
    ("norm of nothing", gg.Norm, [], 0, []),
    ("var of a constant", gg.Var, [2.0, 2.0, 2.0], 0, [0, 0, 0]),
    ("prod with NaN", gg.Prod, [2.0, NAN], NAN, [NAN, 2]),
    ("an element taken three times", lambda x: gg.Sum(x[[0, 0, 2, 0]]), [1.0, 2.0, 3.0], 6, [3, 0, 1]),
    ("no element taken", lambda x: gg.Sum(x[np.zeros(3, bool)]), [1.0, 2.0, 3.0], 0, [0, 0, 0]),
    ("cumsum of nothing", lambda x: gg.Sum(gg.CumSum(x)), [], 0, []),
    ("sort of nothing", lambda x: gg.Sum(gg.Sort(x)), [], 0, []),
    ("einsum of nothing", lambda x: gg.Einsum("i,i", x, x), [], 0, []),
    ("trace by einsum", lambda x: gg.Einsum("ii", x), [[1.0, 2.0], [3.0, 4.0]], 5, [[1, 0], [0, 1]]),
    (
        "a diagonal of three axes", lambda x: gg.Einsum("iii", x), [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]],
        9, [[[1, 0], [0, 0]], [[0, 0], [0, 1]]],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("build", "x", "expected", "slope"), [o[1:] for o in OVER_AXES], ids=[o[0] for o in OVER_AXES])
def test_a_corner_over_axes(build, x, expected, slope):
    gradients_agree(build, [x], expected, [slope])


@pytest.mark.parametrize("values", [[2.0, 2.0], [3.0]])
def test_the_std_of_a_constant_has_gradient_0(values):
    x = gg.Parameter(values)
    out = gg.Std(x)
    out.backward()
    assert (out.value, x.grad.tolist()) == (0, [0] * len(values))


@pytest.mark.parametrize("x", [[-INF, -INF], [INF, 0.0]], ids=str)
def test_the_softmax_of_undefined_shares_is_nan(x):
    with np.errstate(all="ignore"):
        assert math.isnan(gg.Softmax(x).value[0])
        assert gg.LogSumExp(x).value == max(x)


@pytest.mark.parametrize(
    ("x", "expected", "slope"),
    [
        ([2.0, 1.0, 2.0, 1.0], [1, 1, 2, 2], [3, 1, 4, 2]),  # those that tie keep their order
        ([NAN, 1.0, NAN, 0.0], [0, 1, NAN, NAN], [3, 2, 4, 1]),  # NaN comes last
    ],
)
def test_sorting_ties_and_nan(x, expected, slope):
    gradients_agree(gg.Sort, [x], expected, [slope], np.array([1.0, 2.0, 3.0, 4.0]))


@pytest.mark.parametrize(
    "shapes", [((2, 0), (0, 3)), ((0, 2), (2, 3)), ((2, 3), (3, 0)), ((0,), (0,)), ((2, 0), (0,)), ((0, 2, 3), (3, 2))]
)
def test_matrix_products_of_nothing(shapes):
    a, b = (gg.Parameter(np.ones(shape)) for shape in shapes)
    product = a @ b
    product.backward(np.ones(product.shape))
    np.testing.assert_array_equal(product.value, np.ones(shapes[0]) @ np.ones(shapes[1]))
    for leaf in (a, b):
        np.testing.assert_array_equal(leaf.grad, np.zeros(leaf.shape))


def test_comparisons_with_nan_are_numpy_s():
    x = gg.Parameter([NAN, 1.0])
    np.testing.assert_array_equal([x > 0, x == x, x != x], [[False, True], [False, True], [True, False]])
    np.testing.assert_array_equal([gg.Equal(x, x).value, gg.NotEqual(x, x).value], [[NAN, 1], [NAN, 0]])


def test_clipping_caps_the_loss_and_falsifies_the_gradient():
    """Why no p̂ is ever clipped: at p̂ = 1e−9 the clipped loss is 16.118, and flat where it should be steep."""
    clipped = -math.log(max(1e-9, 1e-7))
    p = gg.Parameter(1e-9)
    loss = gg.bce(p, 1.0)
    loss.backward()
    assert clipped == pytest.approx(16.118, abs=5e-4)
    assert float(loss.value) == pytest.approx(20.723, abs=5e-4)
    assert float(p.grad) == pytest.approx(-1e9)


def test_an_output_that_no_derivative_reaches_has_no_gradient():
    x = gg.Parameter(1.0, name="x")
    out = -gg.Greater(x, 0)
    out.backward()
    assert (out.grad, x.grad) == (None, 0)


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_division_by_a_literal_zero():
    x = gg.Parameter([1.0, -2.0], name="x")
    out = x / 0.0
    out.backward([1.0, 1.0])
    assert x.grad.tolist() == gg.grad(out, x, seed=[1.0, 1.0]).value.tolist() == [INF, INF]
    assert np.var(gg.Parameter([1.0, 2.0]), ddof=2).value == gg.Var([1.0, 2.0], ddof=3).value == INF


def test_equal_shares_of_large_logits_are_exact():
    x = gg.Parameter([1000.0, 1000.0], name="x")
    assert gg.Softmax(x).value.tolist() == [0.5, 0.5]
    assert gg.LogSoftmax(x).value.tolist() == [-math.log(2)] * 2


@pytest.mark.parametrize(
    "function",
    [lambda t: np.arctan2(t[0], t[1]), lambda t: np.hypot(t[0], t[1]), np.linalg.norm, lambda t: np.sum(np.abs(t))],
)
def test_at_a_corner_that_is_guarded_all_derivatives_are_0(function):
    assert not gg.grad_of(function)(np.zeros(2)).any()
    assert not gg.hessian_of(function)(np.zeros(2)).any()


def test_the_sign_of_a_determinant_that_underflows():
    sign, log = np.linalg.slogdet(gg.Parameter(0.1 * np.eye(400)))
    assert (sign.value, log.value) == (1, pytest.approx(400 * math.log(0.1)))


def test_the_cholesky_factor_reads_the_lower_triangle_as_numpy_does():
    x = gg.Parameter([[4.0, 7.0], [2.0, 3.0]], name="x")
    root = gg.Cholesky(x)
    np.testing.assert_array_equal(root.value, np.linalg.cholesky(x.value))
    gg.Sum(root).backward()
    assert x.grad[0, 1] == 0


# Where eigenvalues or singular values coincide: what has no derivative is never a number that looks like one

EQUAL = np.array([[2.0, 1.0, 1.0], [1.0, 2.0, 1.0], [1.0, 1.0, 2.0]])
"""Its eigenvalues are 1, 1 and 4; in floating point the first two differ a little."""
WEIGHTS = np.arange(9.0).reshape(3, 3)


def eigenvector(x, k):
    return np.linalg.eigh(x).eigenvectors[:, k]


@pytest.mark.parametrize("x", [EQUAL, np.eye(3), np.zeros((3, 3)), np.diag([1.0, 1.0, 4.0])], ids=str)
@pytest.mark.parametrize("k", [0, 1])
def test_an_eigenvector_of_an_eigenvalue_that_coincides_has_no_derivative(x, k):
    x = gg.Parameter(x)
    with np.errstate(all="ignore"):
        (eigenvector(x, k) @ [1.0, 2.0, 3.0]).backward()
    assert not np.isfinite(x.grad).all()


@pytest.mark.parametrize("make", [np.linalg.eigvalsh, lambda x: np.linalg.eigh(x).eigenvalues])
@pytest.mark.parametrize("x", [EQUAL, np.eye(3), np.zeros((3, 3))], ids=str)
def test_eigenvalues_that_coincide_have_the_derivative_of_their_sum(make, x):
    leaf = gg.Parameter(x)
    gg.Sum(make(leaf) ** 2).backward()  # Σλ² = Σxᵢⱼ², of which only the lower triangle is read
    np.testing.assert_allclose(leaf.grad, 2 * np.tril(x) + 2 * np.tril(x, k=-1), atol=1e-14)


def test_an_eigenvector_beside_those_that_nearly_coincide_is_differentiated():
    """The projector on the last one, to which no sign belongs, against differences."""

    def projected(x):
        last = eigenvector(x, -1)
        return gg.Sum(gg.Outer(last, last) * WEIGHTS)

    gg.testing.check_grads(projected, EQUAL, order=1)


@pytest.mark.parametrize("k", [0, 2])
def test_a_singular_vector_of_a_coinciding_value_has_no_derivative(k):
    x = gg.Parameter(3 * np.eye(3)[:, :2])
    with np.errstate(all="ignore"):
        gg.Sum(np.linalg.svd(x, full_matrices=False)[k] * [1.0, 2.0]).backward()
    assert not np.isfinite(x.grad).all()


def test_a_left_singular_vector_of_the_value_0_has_no_derivative_unless_x_is_square():
    tall, square = gg.Parameter(np.outer([1.0, 2.0, 3.0], [1.0, 1.0])), gg.Parameter([[1.0, 2.0], [2.0, 4.0]])
    with np.errstate(all="ignore"):
        np.linalg.svd(tall, full_matrices=False)[0][0, 1].backward()
    assert not np.isfinite(tall.grad).all()
    gg.testing.check_grads(lambda x: np.linalg.svd(x)[0], square.value)


def test_the_gradient_of_the_nuclear_norm_is_a_subgradient_at_its_kinks():
    x = np.outer([1.0, 2.0, 3.0], [1.0, 1.0])  # of rank 1, so the norm is the length
    beyond = gg.grad_of(lambda x: np.linalg.norm(x, ord="nuc"))(x) - x / np.linalg.norm(x)
    assert np.linalg.norm(beyond, 2) <= 1 + 1e-12
    np.testing.assert_allclose(x.T @ beyond, 0, atol=1e-12)
    np.testing.assert_allclose(beyond @ x.T, 0, atol=1e-12)
    assert not gg.grad_of(lambda x: np.linalg.norm(x, ord="nuc"))(np.zeros((3, 2))).any()


def test_a_small_singular_value_has_its_gradient():
    x = gg.Parameter(np.diag([1.0, 4e-7]).astype("f4"))
    gg.Sum(gg.Log(np.linalg.svdvals(x))).backward()
    np.testing.assert_allclose(x.grad, np.diag([1.0, 2.5e6]), rtol=1e-6)
    np.testing.assert_array_equal(gg.grad_of(lambda x: np.linalg.norm(x, -2))(np.diag([1e17, 1.0])), np.diag([0, 1]))


def test_a_pseudo_inverse_of_lower_rank_is_differentiated_along_that_rank():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(4, 2)), rng.normal(size=(2, 3))
    gg.testing.check_grads(lambda a, b: np.linalg.pinv(a @ b), a, b)


def test_what_a_decomposition_takes_apart_can_be_put_together():
    """U diag(s) Vᵀ, V diag(λ) Vᵀ and Q R are x, so the gradient is what came in, whatever the signs."""
    x = np.array([[3.0, 1.0, 0.2], [1.0, 2.0, 0.3], [0.2, 0.3, 5.0]])
    together = {
        "svd": lambda u, s, vh: (u * s) @ vh,
        "eigh": lambda values, vectors: (vectors * values) @ vectors.T,
        "qr": lambda q, r: q @ r,
    }
    for name, build in together.items():
        leaf = gg.Parameter(x)
        out = build(*getattr(np.linalg, name)(leaf))
        out.backward(WEIGHTS)
        read = np.tril(WEIGHTS) + np.tril(WEIGHTS.T, k=-1) if name == "eigh" else WEIGHTS
        np.testing.assert_allclose(out.value, x, rtol=1e-13)
        np.testing.assert_allclose(leaf.grad, read, atol=1e-13)
        moved = out.replace({leaf: x + 0.1 * np.eye(3)})
        np.testing.assert_allclose(moved.value, x + 0.1 * np.eye(3), rtol=1e-13)


def test_a_change_of_shape_keeps_the_derivative_of_singular_vectors_right():
    """A square x has no part outside the space of its singular vectors, an oblong one has."""
    x = gg.Parameter(np.diag([3.0, 2.0]), name="x")
    u, v = gg.Parameter(np.ones((2, 2)), name="u"), gg.Parameter(np.ones((2, 1)), name="v")
    slope = gg.grad(gg.Sum(u @ np.linalg.svd(x).U @ v), x)
    taller = {"x": np.vstack([np.diag([3.0, 2.0]), [[1.0, 1.0]]]), "u": np.ones((2, 3)), "v": np.ones((2, 1))}
    anew = gg.Parameter(taller["x"])
    gg.Sum(taller["u"] @ np.linalg.svd(anew, full_matrices=False).U @ taller["v"]).backward()
    np.testing.assert_allclose(slope.replace(**taller).value, anew.grad, rtol=1e-13)
