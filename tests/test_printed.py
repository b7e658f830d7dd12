"""Where an equation is true as printed: rules in exact decimals, against arithmetic by hand."""

from fractions import Fraction

import graphgrad as gg
import numpy as np
import pytest
from graphgrad import printed
from graphgrad.drawing.run import run


def flow_of(out, position=0, seed=None):
    """What the edge into the output carried, and its local gradient."""
    recorded = run(out, seed)
    return recorded.flows[out, position], out.local_gradients()[position]


P = gg.Parameter
EXACT = [
    gg.Add(1.4, -0.4),
    gg.Sub(P([1.0, 2.0]), P(0.5)),
    gg.Mul(P([0.5, 0.25]), 4),
    gg.Div(P(1.0), P(8.0)),
    gg.Neg(P(1 / 3)),
    gg.Pow(P([2.0, -3.0]), 3),
    gg.Pow(P(6.25), 0.5),
    gg.Sqrt(P([2.25, 0.0, 1.21])),
    gg.Exp(P(0.0)),
    gg.Exp(P([-np.inf, np.inf])),
    gg.Log(P(1.0)),
    gg.NegLog(P([1.0, 1.0])),
    gg.Tanh(P([0.0, np.inf, -np.inf, np.nan])),
    gg.Sigmoid(P([0.0, -np.inf])),
    gg.Softplus(P(-np.inf)),
    gg.ReLU(P([-1.5, 0.0, 2.5])),
    gg.XLogY(P([0.0, 2.0, 0.0]), P([0.3, 1.0, 0.0])),
    gg.Sum(P([0.1, 0.2, 0.3])),
    gg.Mean(P([[1.0, 2.0], [3.0, 5.0]]), axis=0),
    gg.Prod(P([0.5, 0.25, 2.0])),
    gg.MatMul(P([[1.0, 2.0]]), P([[0.5], [0.25]])),
    gg.Transpose(P([[1 / 3, 2.0]])),
    gg.Reshape(P([1 / 3, 2.0]), (2, 1)),
    gg.Mul(P(np.float32(0.1)), P(np.float32(3.0))),
]
ROUNDED = [
    gg.Add(P(1 / 3), P(1 / 3)),
    gg.Mul(P(1 / 7), P(7.0)),
    gg.Div(P(1.0), P(3.0)),
    gg.Sqrt(P(2.0)),
    gg.Pow(P(2.0), 0.5),
    gg.Pow(P(2.0), -1.5),
    gg.Exp(P([0.0, 1.0])),
    gg.Exp(P(-1000.0)),
    gg.Log(P(2.0)),
    gg.NegLog(P([1.0, 0.5])),
    gg.Tanh(P(20.0)),
    gg.Tanh(P(-400.0)),
    gg.Tanh(P(1e-9)),
    gg.Sigmoid(P([0.0, 1.0])),
    gg.Sigmoid(P(-800.0)),
    gg.Sigmoid(P(800.0)),
    gg.Softplus(P(40.0)),
    gg.Softplus(P(-40.0)),
    gg.LogSigmoid(P([-40.0, 40.0])),
    gg.XLogY(P(2.0), P(0.5)),
    gg.Mean(P([1.0, 1.0, 2.0])),
    gg.Sum(P([1 / 3, 1 / 3])),
    gg.Sum(P(np.full(7, 0.5))),
    gg.MatMul(P([1 / 3, 1 / 3]), P([1.0, 1.0])),
]


@pytest.mark.parametrize("op", EXACT, ids=repr)
def test_what_is_exact(op):
    assert printed.value_equals(op, 4) == "="


@pytest.mark.parametrize("op", ROUNDED, ids=repr)
@pytest.mark.parametrize("digits", [4, 9])
def test_what_is_rounded(op, digits):
    assert printed.value_equals(op, digits) == "≈"


def shown(value, digits):
    """`value` as it is printed, as a fraction."""
    return Fraction(f"{value:.{digits}g}")


@pytest.mark.parametrize("digits", [1, 2, 4, 7, 15])
def test_arithmetic_is_that_of_fractions(digits):
    rng = np.random.default_rng(digits)
    met = {"=": 0, "≈": 0}
    rules = [
        (gg.Add, lambda a, b: a + b),
        (gg.Sub, lambda a, b: a - b),
        (gg.Mul, lambda a, b: a * b),
        (gg.Div, lambda a, b: a / b),
    ]
    for k in range(400):
        a, b = rng.integers(1, 40, 2) / 4 if k % 2 else rng.normal(size=2)
        op, rule = rules[k % 3 if k % 2 else k % 4]
        node = op(P(a), P(b))
        exact = rule(shown(a, digits), shown(b, digits)) == shown(node.value, digits)
        sign = printed.value_equals(node, digits)
        assert sign == ("=" if exact else "≈"), (node, a, b)
        met[sign] += 1
    assert min(met.values()) > 20


@pytest.mark.parametrize("digits", [2, 4, 7])
def test_products_and_sums_back_are_those_of_fractions(digits):
    rng = np.random.default_rng(digits)
    met = {(kind, sign): 0 for kind in ("product", "back") for sign in "=≈"}
    for k in range(300):
        w = P(float(rng.integers(1, 9)) if k % 2 else rng.normal())
        x = gg.Input(rng.integers(1, 9, 3) / 4 if k % 2 else rng.normal(size=3))
        seed = rng.integers(1, 9, 3) / 2 if k % 2 else rng.normal(size=3)
        flow, local = flow_of(gg.Mul(w, x), 0, seed)
        pairs = zip(seed, x.value, flow.product, strict=True)
        exact = all(shown(a, digits) * shown(b, digits) == shown(c, digits) for a, b, c in pairs)
        sign = printed.flow_equals(flow, local, digits)
        assert sign == ("=" if exact else "≈")
        met["product", sign] += 1
        exact = sum(shown(part, digits) for part in flow.product) == shown(flow.flow, digits)
        sign = printed.summed_back_equals(flow, digits)
        assert sign == ("=" if exact else "≈")
        met["back", sign] += 1
    assert min(met.values()) >= 15, met


@pytest.mark.parametrize(
    ("out", "seed", "sign"),
    [
        (gg.Sum(P([1.0, 2.0])), 0.5, "="),
        (gg.Sum(P([[1.0, 2.0], [3.0, 4.0]]), axis=0), [1 / 3, 2.0], "="),
        (gg.Sum(P([[1.0, 2.0], [3.0, 4.0]]), axis=1, keepdims=True), [[1 / 3], [2.0]], "="),
        (gg.Mean(P([1.0, 2.0])), 0.5, "="),
        (gg.Mean(P([1.0, 2.0, 3.0])), 2.0, "≈"),
        (gg.Mean(P([[1.0, 2.0, 3.0]] * 2), axis=1), [1.0, 1.0], "="),
        (gg.Prod(P([0.5, 0.25])), 2.0, "="),
        (gg.Prod(P([1 / 3, 0.12345])), 2.0, "≈"),
        (gg.Sum(P(np.ones(7))), 1.0, "≈"),
    ],
)
def test_what_is_spread(out, seed, sign):
    assert printed.flow_equals(*flow_of(out, 0, seed), 4) == sign


def test_large_arrays_are_never_exact():
    w, x = P(2.0), gg.Input(np.ones(7))
    flow, local = flow_of(gg.Mul(w, x), 0, np.ones(7))
    assert (printed.flow_equals(flow, local, 4), printed.summed_back_equals(flow, 4)) == ("≈", "≈")
    assert (printed.flow_equals(flow, local, 4, 7), printed.summed_back_equals(flow, 4, 7)) == ("=", "=")
    assert (printed.value_equals(flow.node, 4), printed.value_equals(flow.node, 4, 7)) == ("≈", "=")


def test_nothing_to_sum_back():
    flow, _ = flow_of(gg.Mul(P(2.0), gg.Input(np.zeros(0))), 0, np.zeros(0))
    assert printed.summed_back_equals(flow, 4) == "="
    assert flow.flow == 0


# Ops of users


class Sine(gg.Elementwise):
    """sin x, which decimals do not have."""

    function = "sine_of_test_printed"

    def forward(self, xp, x):
        return xp.sin(x)

    def local(self, xp, out, x):
        return (xp.cos(x),)


class Halved(gg.Elementwise):
    """0.5 x, with a float in its rule."""

    function = "halved_of_test_printed"

    def forward(self, xp, x):
        return 0.5 * x

    def local(self, xp, out, x):
        return (0.5,)


class Doubled(gg.Op):
    """The sum of x, doubled: one number to each of many, by a vjp of its own."""

    function = "doubled_of_test_printed"
    jacobian = "spread"

    def forward(self, xp, x):
        return 2 * xp.sum(x)

    def local(self, xp, out, x):
        return (2,)

    def vjp(self, xp, upstream, out, x):
        return (upstream * (2 + 0 * x),)


@pytest.mark.parametrize(
    ("op", "sign"),
    [(Sine(P(0.0)), "="), (Sine(P(1.0)), "≈"), (Halved(P(4.0)), "="), (Halved(P(1 / 3)), "≈")],
)
def test_an_op_that_needs_floats(op, sign):
    assert printed.value_equals(op, 4) == sign
    assert next(s for s in gg.steps(op) if s.node is op).numbers.count(sign) >= 1


@pytest.mark.parametrize(("seed", "sign"), [(0.5, "="), (0.12345, "≈")])
def test_an_op_that_spreads_by_its_own_rule(seed, sign):
    out = Doubled(P([1.0, 2.0]))
    assert printed.flow_equals(*flow_of(out, 0, seed), 4) == sign


def test_no_warning_and_no_trap_is_left_behind():
    with np.errstate(all="ignore"):
        nodes = [gg.Log(P([-1.0, 0.0])), gg.Div(P(0.0), P(0.0)), gg.Div(P(1.0), P(0.0)), gg.Exp(P(1e6))]
        nodes += [gg.Pow(P(0.0), P(-1.0)), gg.Sub(P(np.inf), P(np.inf)), gg.Sqrt(P(-1.0)), gg.Tanh(P(np.nan))]
    assert [printed.value_equals(node, 4) for node in nodes] == ["=", "=", "=", "≈", "=", "=", "=", "="]
