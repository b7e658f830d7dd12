"""check_grads: it passes what is right, on every op of the table, and names the edge of what is wrong."""

import re
import subprocess
import sys

import graphgrad as gg
import numpy as np
import pytest
from cases import TRIALS, trial_id
from graphgrad.namespace import nodes, numbers

check_grads = gg.testing.check_grads


def holds_nan(case, shapes):
    """Whether there is NaN where a derivative is asked for."""
    values = case.draw(shapes)
    return any(np.isnan(values[k]).any() for k in case.positions)


WITH_GAPS = [trial for trial in TRIALS if holds_nan(*trial)]
SMOOTH = [(case, shapes) for case, shapes in TRIALS if case.positions and not holds_nan(case, shapes)]
SINGLE = list({case.op: (case, shapes) for case, shapes in SMOOTH}.values())
STEPPED = [(case, shapes) for case, shapes in TRIALS if not case.positions]


def leaves_of(case, shapes, dtype="f8"):
    leaves = case.leaves([value.astype(dtype) for value in case.draw(shapes)])
    return leaves, [leaves[k] for k in case.positions]


# What is right


def test_the_table_is_tried_with_and_without_derivatives():
    assert len(SMOOTH) > 1000
    assert len(SMOOTH) + len(STEPPED) + len(WITH_GAPS) == len(TRIALS)


@pytest.mark.parametrize(("case", "shapes"), SMOOTH, ids=trial_id)
def test_every_op_passes(case, shapes):
    leaves, wrt = leaves_of(case, shapes)
    check_grads(case.build(*leaves), *wrt, order=case.order)


@pytest.mark.parametrize(("case", "shapes"), STEPPED, ids=trial_id)
def test_what_has_no_derivative_is_not_passed(case, shapes):
    leaves, _ = leaves_of(case, shapes)
    with pytest.raises(ValueError, match="nothing to check"):
        check_grads(case.build(*leaves), *leaves)


@pytest.mark.parametrize(("case", "shapes"), WITH_GAPS, ids=trial_id)
def test_nan_among_the_values_is_told(case, shapes):
    leaves, wrt = leaves_of(case, shapes)
    with pytest.raises(ValueError, match=r"is NaN at \[.*choose other values"):
        check_grads(case.build(*leaves), *wrt)


@pytest.mark.parametrize(("case", "shapes"), SINGLE, ids=trial_id)
def test_every_op_passes_in_single_precision(case, shapes):
    leaves, wrt = leaves_of(case, shapes, "f4")
    check_grads(case.build(*leaves), *wrt)


class Softsign(gg.Elementwise):
    """Right, and not analytic."""

    def forward(self, xp, x):
        return x / (1 + xp.abs(x))

    def local(self, xp, out, x):
        return (1 / (1 + xp.abs(x)) ** 2,)


class Scale(gg.Op):
    """Right, with a setting and a general vjp."""

    def __init__(self, x, factor, *, axis=0, name=None):
        self.axis = axis
        super().__init__(x, factor, name=name)

    def forward(self, xp, x, factor):
        return x * xp.expand_dims(factor, axis=self.axis)

    def vjp(self, xp, upstream, out, x, factor):
        return lambda: upstream * xp.expand_dims(factor, axis=self.axis), lambda: xp.sum(upstream * x, axis=self.axis)


class Stopped(gg.Elementwise):
    """x · y, where y is held on purpose."""

    detached = (1,)

    def forward(self, xp, x, y):
        return x * y

    def local(self, xp, out, x, y):
        return y, None


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (Softsign, [[-30.0, -0.5, 1e-6, 2.0]]),
        (Scale, [np.arange(1.0, 7.0).reshape(2, 3), [0.5, -1.0, 3.0]]),
        (lambda x: gg.Sum(Stopped(x, np.exp(x))), [[0.5, 2.0]]),
        (lambda x: x * x * x, [3.0]),
        (lambda x: 2.0 * x + 1.0, [-1.5]),
        (lambda x: np.maximum(x, 0) ** 2 * x[::-1], [[-1.0, 2.0, 3.0]]),
        (lambda x: np.sin(x) * x, [[1e-300, 1e-200, 1e-8]]),
        (lambda x: x**2, [[1e-200, 1e-160]]),
        (lambda x: np.sqrt(x) * x, [[1e200, 1e8]]),
        (lambda w, b: gg.Softmax(w @ np.ones(3) + b), [np.arange(6.0).reshape(2, 3), [1.0, -1.0]]),
        (lambda layer: gg.Sum(layer["w"] * layer["b"][0]), [{"w": [1.0, 2.0], "b": (3.0,)}]),
        (lambda pair: gg.Sum(pair[0]) * pair[1], [[np.ones(2), 3.0]]),
        (gg.Exp, [np.zeros((0, 3))]),
        (gg.Floor, [[0.3, 1.5]]),
        (gg.Tanh, [np.linspace(-2, 2, 1000)]),
        (gg.Abs, [np.linspace(-2, 2, 1000)]),
    ],
)  # fmt: skip
def test_what_is_right_passes(function, arguments):
    check_grads(function, *arguments, order=3)


class OneAndSoftplus(gg.Elementwise):
    """Flat for z far below 0, where a complex step gives 0: it is not analytic."""

    def forward(self, xp, z):
        return 1 + xp.maximum(z, 0) + xp.log1p(xp.exp(-xp.abs(z)))

    def local(self, xp, out, z):
        return (xp.sigmoid(z),)


@pytest.mark.parametrize("z", [-800.0, -400.0, -40.0, -30.0, 0.0, 30.0, 36.0, 40.0, 800.0])
@pytest.mark.parametrize(
    "function",
    [gg.Sigmoid, gg.LogSigmoid, lambda z: gg.bce_with_logits(z, 1.0), OneAndSoftplus, np.tanh],
    ids=["sigmoid", "log_sigmoid", "bce_with_logits", "1 + softplus", "tanh"],
)
def test_saturation_raises_no_alarm(function, z):
    check_grads(function, z, order=3)


def test_at_a_kink_what_is_not_wrong_passes():
    """Softsign has a first derivative at 0. Its second jumps there from 2 to −2, and the rule gives the mean."""
    check_grads(Softsign, 0.0, order=2)
    with pytest.raises(ValueError, match="no derivative of order 3"):
        check_grads(Softsign, 0.0, order=3)


@pytest.mark.parametrize("z", [-30.0, 30.0, 36.0])
def test_what_is_lost_in_rounding_raises_no_alarm(z):
    check_grads(lambda z: gg.bce(gg.Sigmoid(z), [1.0, 0.0]), [z, -z])


def test_a_mask_of_infinities_passes():
    mask = gg.Input([0.0, -np.inf, 0.0])
    check_grads(lambda x: gg.Softmax(x + mask), [1.0, 2.0, 3.0])


def test_the_point_close_by_may_lie_beyond_the_edge():
    check_grads(gg.ArcSin, np.full(8, 0.99999))


def test_intermediate_nodes_inputs_and_literals_may_be_asked_for():
    x, one = gg.Input(1.5, name="x"), gg.Constant(1.0)
    h = x * x
    out = h * gg.Exp(h / 3) + one
    check_grads(out, h, x, one, order=3)
    check_grads(out, [{"x": x}])


def test_all_parameters_are_checked_if_none_is_named():
    x, y = gg.Parameter(1.0, name="x"), gg.Parameter(2.0, name="y")
    with pytest.raises(AssertionError, match=r"input 0 \(y\)"):
        check_grads(x * TwiceTheSlope(y))
    check_grads(x * TwiceTheSlope(y), x)


def test_a_check_leaves_no_trace():
    x = gg.Parameter([1.0, 2.0], name="x")
    out = gg.Sum(x**2)
    out.backward()
    before = x.grad
    check_grads(out)
    assert x.grad is before
    assert np.array_equal(x.value, [1.0, 2.0])


# What is wrong


class TwiceTheSlope(gg.Elementwise):
    def forward(self, xp, x):
        return x * x

    def local(self, xp, out, x):
        return (4 * x,)


class WrongSign(gg.Elementwise):
    def forward(self, xp, x):
        return xp.cos(x)

    def local(self, xp, out, x):
        return (xp.sin(x),)


class AThousandth(gg.Elementwise):
    def forward(self, xp, x):
        return xp.exp(x)

    def local(self, xp, out, x):
        return (1.001 * out,)


class SevenDigits(gg.Elementwise):
    def forward(self, xp, x):
        return xp.exp2(x)

    def local(self, xp, out, x):
        return (0.6931472 * out,)


class MissingTerm(gg.Elementwise):
    def forward(self, xp, x):
        return x * xp.sin(x)

    def local(self, xp, out, x):
        return (xp.sin(x),)


class WrongOrder(gg.Elementwise):
    def forward(self, xp, a, b):
        return a * b

    def local(self, xp, out, a, b):
        return a, b


class SecondInputWrong(gg.Elementwise):
    def forward(self, xp, a, b):
        return a / b

    def local(self, xp, out, a, b):
        return 1 / b, out / b


class NoneForAnInput(gg.Elementwise):
    def forward(self, xp, a, b):
        return a + b

    def local(self, xp, out, a, b):
        return 1, None


class WrongAxis(gg.Op):
    def forward(self, xp, x):
        return xp.sum(x, axis=0)

    def vjp(self, xp, upstream, out, x):
        return (lambda: xp.broadcast_like(xp.expand_dims(upstream, axis=1), x),)


class NotDivided(gg.Reduction):
    def forward(self, xp, x):
        return xp.mean(x, axis=self.axis, keepdims=self.keepdims)

    def local(self, xp, out, x):
        return (1,)


class NotTransposed(gg.Op):
    def forward(self, xp, a, b):
        return a @ b

    def vjp(self, xp, upstream, out, a, b):
        return lambda: upstream @ b, lambda: xp.transpose(a) @ upstream


class NotReversed(gg.Op):
    def forward(self, xp, x):
        return xp.flip(x)

    def vjp(self, xp, upstream, out, x):
        return (upstream,)


class SecondOrder(gg.Elementwise):
    """Its derivative is right, the derivative of that is not."""

    def forward(self, xp, x):
        return xp.tan(x)

    def local(self, xp, out, x):
        return (xp.secondorderslope(x),)


class SecondOrderSlope(gg.Elementwise):
    def forward(self, xp, x):
        return 1 / xp.cos(x) ** 2

    def local(self, xp, out, x):
        return (out,)


class NumbersInTheGraph(gg.Elementwise):
    """Its local gradient is a number, where a node belongs."""

    def forward(self, xp, x):
        return x**3

    def local(self, xp, out, x):
        return (gg.Input(3 * x.value**2) if xp is nodes else 3 * x**2,)


class OtherOnNodes(gg.Elementwise):
    def forward(self, xp, x):
        return x**3

    def local(self, xp, out, x):
        return (x**2 if xp is numbers else 3 * x**2,)


class OneInAThousand(gg.Elementwise):
    def forward(self, xp, x):
        return x * x

    def local(self, xp, out, x):
        return (2 * x * np.where(np.arange(1000) == 617, 1.001, 1.0),)


class WrongInSaturation(gg.Elementwise):
    """Precise in both tails, and 1 % off in one: a difference quotient cannot see it."""

    def forward(self, xp, z):
        return 1 / (1 + xp.exp(-z))

    def local(self, xp, p, z):
        return (p * xp.sigmoid(-z) * (1 + 0.01 * xp.is_greater(z, 20.0)),)


class WrongBelowZero(gg.Elementwise):
    """Not analytic, and wrong on one side."""

    def forward(self, xp, x):
        return xp.abs(x) * x

    def local(self, xp, out, x):
        return (2 * x,)


class Overflows(gg.Elementwise):
    """Right in double precision alone."""

    def forward(self, xp, x):
        return x

    def local(self, xp, out, x):
        return ((x * 1e30) * (x * 1e30) * x**-2 * 1e-30 * 1e-30,)


class OverflowsOnNodes(gg.Elementwise):
    """Right on arrays, and on nodes in double precision."""

    def forward(self, xp, x):
        return x

    def local(self, xp, out, x):
        return (1 if xp is numbers else (x * 1e30) * (x * 1e30) * x**-2 * 1e-30 * 1e-30,)


class LeakySlope(gg.Elementwise):
    """Wrong for negative x alone."""

    def forward(self, xp, x):
        return xp.maximum(x, 0.1 * x)

    def local(self, xp, out, x):
        return (xp.is_greater(x, 0.0),)


SQUARE = np.array([[1.0, 2.0], [3.0, 5.0]])
VECTOR = [0.5, -1.2, 2.0]
WRONG = [
    (TwiceTheSlope, [VECTOR], "TwiceTheSlope", "input 0 (x)", 1, "local"),
    (WrongSign, [VECTOR], "WrongSign", "input 0 (x)", 1, "local"),
    (AThousandth, [VECTOR], "AThousandth", "input 0 (x)", 1, "local"),
    (SevenDigits, [VECTOR], "SevenDigits", "input 0 (x)", 1, "local"),
    (MissingTerm, [VECTOR], "MissingTerm", "input 0 (x)", 1, "local"),
    (WrongOrder, [VECTOR, 3.0], "WrongOrder", "input 0 (x)", 1, "local"),
    (SecondInputWrong, [2.0, VECTOR], "SecondInputWrong", "input 1 (y)", 1, "local"),
    (NoneForAnInput, [2.0, VECTOR], "NoneForAnInput", "input 1 (y)", 1, "local"),
    (WrongAxis, [SQUARE], "WrongAxis", "input 0 (x)", 1, "vjp"),
    (NotDivided, [SQUARE], "NotDivided", "input 0 (x)", 1, "local"),
    (NotTransposed, [SQUARE, SQUARE.T], "NotTransposed", "input 0 (x)", 1, "vjp"),
    (NotReversed, [VECTOR], "NotReversed", "input 0 (x)", 1, "vjp"),
    (SecondOrder, [VECTOR], "SecondOrderSlope", "input 0 (x)", 2, "local"),
    (NumbersInTheGraph, [VECTOR], "NumbersInTheGraph", "input 0 (x)", 2, "local"),
    (OtherOnNodes, [VECTOR], "OtherOnNodes", "input 0 (x)", 1, "local"),
    (OneInAThousand, [np.linspace(-1, 1, 1000)], "OneInAThousand", "input 0 (x)", 1, "local"),
    (WrongInSaturation, [30.0], "WrongInSaturation", "input 0 (x)", 1, "local"),
    (WrongBelowZero, [VECTOR], "WrongBelowZero", "input 0 (x)", 1, "local"),
    (LeakySlope, [VECTOR], "LeakySlope", "input 0 (x)", 1, "local"),
    (Overflows, [np.array(VECTOR, "f4")], "Overflows", "input 0 (x)", 1, "local"),
    (OverflowsOnNodes, [np.array(VECTOR, "f4")], "OverflowsOnNodes", "input 0 (x)", 1, "local"),
]


def said_of(function, *arguments, **settings):
    with pytest.raises(AssertionError) as caught:
        check_grads(function, *arguments, **settings)
    return str(caught.value)


@pytest.mark.parametrize(
    ("op", "arguments", "culprit", "edge", "order", "rule"), WRONG, ids=[case[0].__name__ for case in WRONG]
)
def test_what_is_wrong_is_named(op, arguments, culprit, edge, order, rule):
    """Among right ops before and behind it."""

    def graph(x, y=None):
        out = op(x) if y is None else op(x, y)
        return gg.Sum(np.sin(gg.Mul(out, 0.5, name="half"))) + gg.Mean(out)

    said = said_of(graph, *arguments)
    assert f"the derivative of {culprit} with respect to {edge} is wrong, at order {order}." in said
    assert f"{rule} of {culprit}" in said.splitlines()[-1]


@pytest.mark.parametrize("op", [SecondOrder, NumbersInTheGraph])
def test_what_is_wrong_at_second_order_alone_passes_at_first(op):
    check_grads(op, VECTOR, order=1)


def test_the_element_and_both_numbers_are_named():
    said = said_of(lambda x: gg.Sum(MissingTerm(x, name="m")), [0.0, 2.0])
    assert said == (
        "check_grads: the derivative of MissingTerm 'm' with respect to input 0 (x) is wrong, at order 1.\n"
        "∂MissingTerm 'm'[1]/∂x[1]: the rule gives 0.9092974, the complex step 0.07700375.\n"
        "Mend local of MissingTerm."
    )


def test_one_wrong_element_of_a_thousand_is_found():
    assert "/∂x[617]: " in said_of(lambda x: gg.Sum(OneInAThousand(x)), np.linspace(-1, 1, 1000))


def test_where_a_rule_is_not_analytic_a_difference_quotient_is_named():
    said = said_of(lambda x: WrongBelowZero(x), [1.0, -3.0])
    assert "∂WrongBelowZero[1]/∂x[1]: the rule gives −6, a difference quotient 6." in said


def test_a_graph_that_is_right_at_one_point_alone_is_told_from_a_wrong_rule():
    said = said_of(NumbersInTheGraph, VECTOR)
    assert "at a point close by" in said
    assert said.endswith(
        "It holds numbers in place of nodes. Write local of NumbersInTheGraph with operators and xp alone."
    )


def test_arrays_and_nodes_are_told_apart():
    said = said_of(OtherOnNodes, 2.0)
    assert "on arrays the rule gives" in said


def test_a_wrong_op_is_found_wherever_it_stands():
    w = gg.Parameter(SQUARE, name="w")
    x = gg.Input([1.0, -1.0], name="x")
    hidden = AThousandth(w @ x, name="hidden")
    said = said_of(gg.mse(gg.Tanh(hidden), gg.Input([0.0, 1.0])))
    assert "the derivative of AThousandth 'hidden' with respect to input 0 is wrong" in said


def test_overflow_on_nodes_is_told_from_overflow_on_arrays():
    assert "on arrays the rule gives ∞" in said_of(Overflows, np.array(VECTOR, "f4"))
    assert "on nodes the rule gives ∞" in said_of(OverflowsOnNodes, np.array(VECTOR, "f4"))


def test_a_looser_tolerance_lets_a_small_fault_pass():
    check_grads(AThousandth, VECTOR, rtol=1e-2)


class Counting(gg.Elementwise):
    """Its value depends on how often it was computed."""

    calls = 0

    def forward(self, xp, x):
        Counting.calls += 1
        return x * (1 + 1e-3 * Counting.calls)

    def local(self, xp, out, x):
        return (out / x,)


def test_an_op_that_is_no_function_does_not_pass():
    with pytest.raises((AssertionError, ValueError), match="check_grads: "):
        check_grads(Counting, VECTOR)


# Contracts of a rule


class NoTuple(gg.Elementwise):
    def forward(self, xp, x):
        return 2 * x

    def local(self, xp, out, x):
        return 2


class OneTooMany(gg.Elementwise):
    def forward(self, xp, x):
        return 2 * x

    def local(self, xp, out, x):
        return 2, 2


class WrongShape(gg.Op):
    def forward(self, xp, x):
        return xp.sum(x, axis=0)

    def vjp(self, xp, upstream, out, x):
        return (lambda: xp.sum(upstream),)


class Complains(gg.Elementwise):
    def forward(self, xp, x):
        if np.any(np.real(x) > 1.0001):
            raise ValueError("x is above 1")
        return x * x

    def local(self, xp, out, x):
        return (2 * x,)


@pytest.mark.parametrize(
    ("op", "argument", "error"),
    [(NoTuple, VECTOR, TypeError), (OneTooMany, VECTOR, TypeError), (WrongShape, SQUARE, ValueError)],
)
def test_a_rule_that_breaks_its_contract_is_refused_by_name(op, argument, error):
    with pytest.raises(error, match=op.__name__):
        check_grads(op, argument)


def test_a_rule_may_refuse_what_lies_beside_the_point():
    with pytest.raises(ValueError, match="x is above 1"):
        check_grads(lambda x: gg.Sum(Complains(x)) * gg.Sum(Softsign(x)), [1.0])


# Bad input

X = gg.Parameter(2.0, name="x")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: check_grads(X * X, order=0), ValueError, "order=0.*give 1, 2, 3"),
        (lambda: check_grads(X * X, order=1.5), ValueError, "order=1.5"),
        (lambda: check_grads(3.0), TypeError, r"check_grads\(3\.0\): give a node, or a function"),
        (lambda: check_grads(gg.Input(1.0) * 2), ValueError, r"<Mul: 2>.*no Parameter.*check_grads\(loss, x\)"),
        (lambda: check_grads(X * X, gg.Input(1.0, name="u")), ValueError, "<Input u: 1> is not in its graph"),
        (lambda: check_grads(X * X, "x"), TypeError, "'x' is no node"),
        (lambda: check_grads(gg.Exp), ValueError, r"check_grads\(Exp, …\): give the arrays"),
        (lambda: check_grads(lambda x: 3.0, 1.0), TypeError, "returned 3.0, and not a node"),
        (lambda: check_grads(gg.Exp, X), TypeError, "<Parameter x: 2>"),
        (lambda: check_grads(gg.Exp, "one"), TypeError, "convert text"),
        (lambda: check_grads(lambda x: gg.Parameter(1.0) * 2, 1.0), ValueError, "nothing to check"),
        (lambda: check_grads(lambda x: gg.Greater(x, 1.0) * 2, 3.0), ValueError, "nothing to check"),
        (lambda: check_grads(gg.Abs, [1.0, 0.0]), ValueError, "no derivative of order 2 at <Parameter.*kink"),
        (lambda: check_grads(gg.ReLU, [1.0, 0.0]), ValueError, "no derivative of order 1 at <Parameter.*kink"),
        (lambda: check_grads(gg.Floor, [1.0, 0.5]), ValueError, "order 1.*a jump"),
        (lambda: check_grads(gg.Sqrt, [0.0, 1.0]), ValueError, "order 1.*edge"),
        (lambda: check_grads(gg.ArcSin, [0.5, 1.0]), ValueError, "order 1.*edge"),
        (lambda: check_grads(gg.ArcSin, 1.0), ValueError, "order 1.*edge"),
        (lambda: check_grads(gg.Sum, [1.0, np.nan]), ValueError, r"<Parameter.*> is NaN at \[1\].*choose other values"),
        (lambda: check_grads(gg.Sum, [1.0, np.inf]), ValueError, r"<Sum: ∞> is ∞, so"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_bad_input_is_refused_with_the_cure(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert re.search(message, str(caught.value), re.DOTALL)


def test_data_may_have_gaps():
    w, x = gg.Parameter(2.0), gg.Input([1.0, np.nan, 3.0])
    check_grads(gg.Sum(gg.Square(w) * np.nan_to_num(x)))
    check_grads(np.nanmax(gg.Square(w) * gg.Input([1.0, 2.0])))  # there is a NaN in its graph, which is never taken


def test_a_nan_on_the_way_is_named():
    with np.errstate(invalid="ignore"):
        out = gg.Sum(gg.Where([1.0, 0.0], gg.Parameter([1.0, 2.0]), gg.Log([1.0, -1.0])))
    with pytest.raises(ValueError, match=r"<Log: \[0 NaN\]> is NaN at \[1\]"):
        check_grads(out)


def test_a_call_says_the_same_each_time():
    assert len({said_of(AThousandth, np.linspace(-1, 1, 200)) for _ in range(3)}) == 1


def test_it_is_loaded_when_it_is_asked_for():
    code = "import sys, graphgrad as gg; a = 'graphgrad.testing' in sys.modules; gg.testing.check_grads; print(a)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
