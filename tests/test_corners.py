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
