"""What the docstrings of the ops say of corners and errors, beside what test_corners.py has of them already."""

import math
import warnings

import graphgrad as gg
import numpy as np
import pytest

INF, NAN, PI = math.inf, math.nan, math.pi

# Op, inputs, value, local gradients; each number is one element, so the flow from a seed of ones is the local gradient.
ELEMENTWISE = [
    ("Add", (INF, -INF), NAN, (1, 1)),
    ("Sub", (INF, INF), NAN, (1, -1)),
    ("Mul", (0, INF), NAN, (INF, 0)),
    ("Div", (-1, 0), -INF, (INF, INF)),
    ("Div", (INF, INF), NAN, (0, NAN)),
    ("Pow", (0, 0.5), 0, (INF, 0)),
    ("Pow", (0, -1), INF, (-INF, NAN)),
    ("Pow", (-2, 2), 4, (-4, NAN)),
    ("Pow", (-2, 0.5), NAN, (NAN, NAN)),
    ("Pow", (1, NAN), 1, (NAN, 0)),
    ("Log", (INF,), INF, (0,)),
    ("Log", (-2,), NAN, (-0.5,)),
    ("NegLog", (1,), 0, (-1,)),
    ("NegLog", (-2,), NAN, (0.5,)),
    ("Sqrt", (INF,), INF, (0,)),
    ("Sqrt", (-1,), NAN, (NAN,)),
    ("LogSigmoid", (-INF,), -INF, (1,)),
    ("ReLU", (0,), 0, (0,)),
    ("XLogY", (-1, 0), INF, (-INF, -INF)),
    ("XLogY", (0, -1), 0, (NAN, 0)),
    ("XLogY", (0, INF), 0, (INF, 0)),
    ("XLogY", (2, -1), NAN, (NAN, -2)),
    ("XLogY", (0, NAN), NAN, (NAN, NAN)),
    ("Square", (INF,), INF, (INF,)),
    ("Square", (-INF,), INF, (-INF,)),
    ("Reciprocal", (INF,), 0, (0,)),
    ("Reciprocal", (-INF,), 0, (0,)),
    ("Cbrt", (INF,), INF, (0,)),
    ("Cbrt", (-INF,), -INF, (0,)),
    ("Exp2", (-INF,), 0, (0,)),
    ("Exp2", (INF,), INF, (INF,)),
    ("Expm1", (INF,), INF, (INF,)),
    ("Log1p", (INF,), INF, (0,)),
    ("Log1p", (-2,), NAN, (-1,)),
    ("Log2", (0,), -INF, (INF,)),
    ("Log2", (INF,), INF, (0,)),
    ("Log2", (-1,), NAN, (-1 / math.log(2),)),
    ("Log10", (0,), -INF, (INF,)),
    ("Log10", (INF,), INF, (0,)),
    ("Log10", (-1,), NAN, (-1 / math.log(10),)),
    ("LogAddExp", (INF, 2), INF, (1, 0)),
    ("LogAddExp", (INF, -INF), INF, (1, 0)),
    ("LogAddExp", (INF, INF), INF, (NAN, NAN)),
    ("LogAddExp", (-INF, -INF), -INF, (NAN, NAN)),
    *((op, (end,), NAN, (NAN,)) for op in ("Sin", "Cos", "Tan") for end in (INF, -INF)),
    ("Tan", (PI / 2,), 1.633123935319537e16, (2.6670937881135714e32,)),
    ("ArcSin", (-1.5,), NAN, (NAN,)),
    ("ArcCos", (1.5,), NAN, (NAN,)),
    ("ArcTan", (1.4e154,), PI / 2, (0,)),
    ("Sinh", (INF,), INF, (INF,)),
    ("Sinh", (-INF,), -INF, (INF,)),
    ("Cosh", (INF,), INF, (INF,)),
    ("Cosh", (-INF,), INF, (-INF,)),
    ("ArcSinh", (INF,), INF, (0,)),
    ("ArcSinh", (-INF,), -INF, (0,)),
    ("ArcCosh", (INF,), INF, (0,)),
    ("ArcTanh", (2,), NAN, (-1 / 3,)),
    ("ArcTan2", (0, -0.0), PI, (0, 0)),
    ("ArcTan2", (1, INF), 0, (NAN, 0)),
    ("ArcTan2", (INF, 1), PI / 2, (0, NAN)),
    ("ArcTan2", (INF, INF), PI / 4, (NAN, NAN)),
    ("Hypot", (INF, 1), INF, (NAN, 0)),
    ("Hypot", (0, -INF), INF, (0, NAN)),
    ("Sign", (NAN,), NAN, (0,)),
    ("FloorDivide", (0, 0), NAN, (0, 0)),
    ("FloorDivide", (INF, 1), NAN, (0, 0)),
    ("Mod", (-5, 0), NAN, (1, INF)),
    ("Mod", (0, 0), NAN, (1, NAN)),
    ("Mod", (INF, 3), NAN, (1, NAN)),
    ("Where", (NAN, 2, 3), 2, (0, NAN, NAN)),
    ("Where", (-0.0, 2, 3), 3, (0, 0, 1)),
    ("Clip", (1, NAN), NAN, (NAN, NAN)),
    *(
        (op, (a, b), NAN, (0, 0))
        for op in ("Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual")
        for a, b in [(NAN, 1), (1, NAN)]
    ),
    ("Equal", (0, -0.0), 1, (0, 0)),
    ("Equal", (INF, INF), 1, (0, 0)),
    ("NotEqual", (-INF, -INF), 0, (0, 0)),
    ("Heaviside", (-0.0, 0.5), 0.5, (0, 1)),
    ("Heaviside", (3, NAN), 1, (0, 0)),
    ("Heaviside", (NAN, 0.5), NAN, (0, NAN)),
]


def value_and_flows(build, *values, seed=None):
    """The value, and what flows to each input from a seed of ones."""
    leaves = [gg.Parameter(np.asarray(value, dtype=float)) for value in values]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        out = build(*leaves)
        out.backward(np.ones(out.shape) if seed is None else seed)
    return out.value, [leaf.grad for leaf in leaves]


def agree(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-14)


@pytest.mark.parametrize(("op", "values", "value", "flows"), ELEMENTWISE, ids=str)
def test_an_elementwise_corner(op, values, value, flows):
    found = value_and_flows(getattr(gg, op), *values)
    agree(found[0], value)
    agree(found[1], flows)


# Op, the last float of its kind before it overflows (or underflows, or saturates), and one beyond; what it is then.
ENDS = [
    ("Exp", np.float64, 709.78, 709.79, INF),
    ("Exp", np.float32, 88.72, 88.73, INF),
    ("Exp2", np.float64, 1023.99, 1024, INF),
    ("Exp2", np.float32, 127.99, 128, INF),
    ("Expm1", np.float64, 709.78, 709.79, INF),
    ("Expm1", np.float32, 88.72, 88.73, INF),
    ("Square", np.float64, 1.34e154, 1.35e154, INF),
    ("Square", np.float32, -1.84e19, -1.85e19, INF),
    ("Sinh", np.float64, -710.47, -710.48, -INF),
    ("Sinh", np.float32, 89.41, 89.42, INF),
    ("Cosh", np.float64, 710.47, 710.48, INF),
    ("Cosh", np.float32, -89.41, -89.42, INF),
    ("Sigmoid", np.float64, -709.78, -709.79, 0),
    ("Sigmoid", np.float32, -88.72, -88.73, 0),
]
SATURATED = [
    ("Sigmoid", np.float64, 36.7, 37),
    ("Sigmoid", np.float32, 16.5, 17),
    ("Tanh", np.float64, 18.9, 19.1),
    ("ArcTan", np.float64, 1.3e154, 1.4e154),
    ("ArcTan", np.float32, 1.8e19, 1.9e19),
]


@pytest.mark.parametrize(("op", "dtype", "inside", "beyond", "then"), ENDS, ids=str)
def test_where_a_value_ends(op, dtype, inside, beyond, then):
    values = [getattr(gg, op)(dtype(inside)).value]
    with np.errstate(over="ignore"):
        values.append(getattr(gg, op)(dtype(beyond)).value)
    assert math.isfinite(values[0])
    assert values[0] != 0
    assert values[1] == then


@pytest.mark.parametrize(("op", "dtype", "inside", "beyond"), SATURATED, ids=str)
def test_where_a_local_gradient_ends(op, dtype, inside, beyond):
    slopes = [getattr(gg, op)(gg.Parameter(dtype(x))).local_gradients()[0].value for x in (inside, beyond)]
    assert slopes[0] != 0
    assert slopes[1] == 0


@pytest.mark.parametrize(("op", "x"), [("Exp", 1000.0), ("Square", 1e200), ("Sinh", 1000.0)])
def test_numpy_warns_of_an_overflow(op, x):
    with pytest.warns(RuntimeWarning, match="overflow"):
        getattr(gg, op)(x)


def test_nan_stays_in_its_element():
    for op in (gg.Exp, gg.Sigmoid, gg.ReLU, gg.Abs, gg.Cbrt):
        value, (flow,) = value_and_flows(op, [NAN, 0.5])
        assert np.isnan(value).tolist() == np.isnan(flow).tolist() == [True, False]


# Over axes, of matrices, and where elements move: a build, its inputs, the value and what flows to each input

BUILT = {
    "sum, ∞ − ∞": (gg.Sum, [[INF, -INF]], NAN, [[1, 1]]),
    "sum over no axes": (lambda x: gg.Sum(x, axis=()), [[1, 2]], [1, 2], [[1, 1]]),
    "mean, ∞ − ∞": (gg.Mean, [[INF, -INF]], NAN, [[0.5, 0.5]]),
    "prod, 0 and ∞": (gg.Prod, [[0, INF]], NAN, [[INF, 0]]),
    "min, NaN": (gg.Min, [[NAN, 1]], NAN, [[NAN, NAN]]),
    "logsumexp, all −∞": (gg.LogSumExp, [[-INF, -INF]], -INF, [[NAN, NAN]]),
    "logsumexp, one ∞": (gg.LogSumExp, [[INF, 0]], INF, [[NAN, 0]]),
    "logsumexp, far out": (gg.LogSumExp, [[1e200, 1e200]], 1e200, [[1, 1]]),
    "softmax, one ∞": (gg.Softmax, [[INF, 0]], [NAN, NAN], [[NAN, NAN]]),
    "softmax, NaN": (gg.Softmax, [[NAN, 0]], [NAN, NAN], [[NAN, NAN]]),
    "softmax, all −∞": (gg.Softmax, [[-INF, -INF]], [NAN, NAN], [[NAN, NAN]]),
    "softmax of one": (gg.Softmax, [[3]], [1], [[0]]),
    "log softmax, one ∞": (gg.LogSoftmax, [[INF, 0]], [NAN, NAN], [[NAN, NAN]]),
    "log softmax, NaN": (gg.LogSoftmax, [[NAN, 0]], [NAN, NAN], [[NAN, NAN]]),
    "log softmax, all −∞": (gg.LogSoftmax, [[-INF, -INF]], [NAN, NAN], [[NAN, NAN]]),
    "log softmax of one": (gg.LogSoftmax, [[3]], [0], [[0]]),
    "var of nothing": (gg.Var, [[]], NAN, [[]]),
    "var, ∞": (gg.Var, [[INF, 1]], NAN, [[NAN, NAN]]),
    "var, ddof too large": (lambda x: gg.Var(x, ddof=2), [[1, 2]], INF, [[NAN, NAN]]),
    "var, ddof larger still": (lambda x: gg.Var(x, ddof=3), [[1, 2]], INF, [[NAN, NAN]]),
    "var, ddof of one": (lambda x: gg.Var(x, ddof=1), [[2]], NAN, [[NAN]]),
    "std of nothing": (gg.Std, [[]], NAN, [[]]),
    "std, ∞": (gg.Std, [[INF, 1]], NAN, [[NAN, NAN]]),
    "std, ddof too large": (lambda x: gg.Std(x, ddof=2), [[1, 2]], INF, [[NAN, NAN]]),
    "std, ddof of one": (lambda x: gg.Std(x, ddof=1), [[2]], NAN, [[NAN]]),
    "norm, ∞": (gg.Norm, [[INF, 1]], INF, [[NAN, 0]]),
    "norm, squares overflow": (gg.Norm, [[1.4e154, 0]], INF, [[0, 0]]),
    "norm 1 of nothing": (lambda x: gg.Norm(x, ord=1), [[]], 0, [[]]),
    "norm −1 of nothing": (lambda x: gg.Norm(x, ord=-1), [[]], INF, [[]]),
    "norm 3 of zeros": (lambda x: gg.Norm(x, ord=3), [[0, 0]], 0, [[NAN, NAN]]),
    "norm 3, one 0": (lambda x: gg.Norm(x, ord=3), [[0, -2]], 2, [[0, -1]]),
    "norm ½, one 0": (lambda x: gg.Norm(x, ord=0.5), [[0, -2]], 2, [[NAN, -1]]),
    "norm −1, one 0": (lambda x: gg.Norm(x, ord=-1), [[0, -2]], 0, [[NAN, 0]]),
    "norm −∞, ties": (lambda x: gg.Norm(x, ord=-INF), [[2, -2, 3]], 2, [[0.5, -0.5, 0]]),
    "ptp, all agree": (np.ptp, [[2, 2]], 0, [[0, 0]]),
    "ptp, ties": (np.ptp, [[2, 2, 1]], 1, [[0.5, 0.5, -1]]),
    "ptp, NaN": (np.ptp, [[NAN, 1]], NAN, [[NAN, NAN]]),
    "average, weights add up to 0": (lambda x: np.average(x, weights=[1.0, -1.0]), [[1, 2]], -INF, [[INF, -INF]]),
    "cumsum, ∞ − ∞": (gg.CumSum, [[INF, -INF, 1]], [INF, NAN, NAN], [[3, 2, 1]]),
    "diff, ∞ − ∞": (np.diff, [[INF, INF]], [NAN], [[-1, 1]]),
    "diff to nothing": (lambda x: np.diff(x, n=5), [[1, 2]], [], [[0, 0]]),
    "matmul, 0 · ∞": (gg.MatMul, [[0, 1], [INF, 1]], NAN, [[INF, 1], [0, 1]]),
    "einsum, 0 · ∞": (lambda a, b: gg.Einsum("i,i", a, b), [[0], [INF]], NAN, [[INF], [0]]),
    "tensordot of nothing": (lambda a, b: gg.TensorDot(a, b, axes=1), [[], []], 0, [[], []]),
    "dot of nothing": (gg.Dot, [[], []], 0, [[], []]),
    "dot with a number": (gg.Dot, [2, [1, 2]], [2, 4], [3, [2, 2]]),
    "inner of nothing": (np.inner, [[], []], 0, [[], []]),
    "vdot of nothing": (np.vdot, [[], []], 0, [[], []]),
    "outer, 0 · ∞": (gg.Outer, [[0], [INF]], [[NAN]], [[INF], [0]]),
    "trace of nothing": (gg.Trace, [np.zeros((0, 3))], 0, [np.zeros((0, 3))]),
    "inverse of nothing": (gg.Inv, [np.zeros((0, 0))], np.zeros((0, 0)), [np.zeros((0, 0))]),
    "determinant of nothing": (gg.Det, [np.zeros((0, 0))], 1, [np.zeros((0, 0))]),
    "cholesky reads below": (gg.Cholesky, [[[1, 9], [0, 1]]], [[1, 0], [0, 1]], [[[0.5, 0], [1, 0.5]]]),
    "eigenvalues of nothing": (np.linalg.eigvalsh, [np.zeros((0, 0))], [], [np.zeros((0, 0))]),
    "eigvalsh reads below": (np.linalg.eigvalsh, [[[1, 9], [0, 2]]], [1, 2], [[[1, 0], [0, 1]]]),
    "eigvalsh, UPLO='U'": (lambda x: np.linalg.eigvalsh(x, UPLO="U"), [[[1, 0], [9, 2]]], [1, 2], [[[1, 0], [0, 1]]]),
    "eigenvalues coincide": (np.linalg.eigvalsh, [[[3, 0], [0, 3]]], [3, 3], [[[1, 0], [0, 1]]]),
    "singular values of nothing": (np.linalg.svdvals, [np.zeros((0, 3))], [], [np.zeros((0, 3))]),
    "singular values coincide": (np.linalg.svdvals, [[[3, 0], [0, 3]]], [3, 3], [[[1, 0], [0, 1]]]),
    "singular values of 0": (np.linalg.svdvals, [[[0, 3, 0], [0, 0, 0]]], [3, 0], [[[0, 1, 0], [0, 0, 0]]]),
    "pseudo-inverse of 0": (np.linalg.pinv, [[[0, 0, 0]]], [[0], [0], [0]], [[[0, 0, 0]]]),
    "pseudo-inverse of rank 1": (np.linalg.pinv, [[[2, 0], [0, 0]]], [[0.5, 0], [0, 0]], [[[-0.25, 0.25], [0.25, 0]]]),
    "matrix power 0": (
        lambda x: np.linalg.matrix_power(x, 0), [[[2, 3], [4, 5]]], [[1, 0], [0, 1]], [[[0, 0], [0, 0]]],
    ),
    "matrix power 1": (lambda x: np.linalg.matrix_power(x, 1), [[[2, 3], [4, 5]]], [[2, 3], [4, 5]], [np.ones((2, 2))]),
    "nuclear norm at a kink": (lambda x: gg.Norm(x, ord="nuc"), [[[3, 0], [0, 0]]], 3, [[[1, 0], [0, 0]]]),
    "nuclear norm of nothing": (lambda x: gg.Norm(x, ord="nuc"), [np.zeros((0, 2))], 0, [np.zeros((0, 2))]),
    "norm 2 of a matrix, ties": (lambda x: gg.Norm(x, ord=2), [[[3, 0], [0, -3]]], 3, [[[0.5, 0], [0, -0.5]]]),
    "norm −2 of a singular matrix": (lambda x: gg.Norm(x, ord=-2), [[[3, 0], [0, 0]]], 0, [[[0, 0], [0, 0]]]),
    "norm 1 of a matrix, ties": (lambda x: gg.Norm(x, ord=1), [[[3, 0], [0, -3]]], 3, [[[0.5, 0], [0, -0.5]]]),
    "kron, 0 · ∞": (np.kron, [[0], [INF]], [NAN], [[INF], [0]]),
    "vecdot of nothing": (np.vecdot, [[], []], 0, [[], []]),
    "solve nothing": (gg.Solve, [np.zeros((0, 0)), []], [], [np.zeros((0, 0)), []]),
    "transpose of a vector": (gg.Transpose, [[1, 2]], [1, 2], [[1, 1]]),
    "ravel a number": (gg.Ravel, [2], [2], [1]),
    "broadcast to nothing": (lambda x: gg.BroadcastTo(x, (0, 2)), [[1, 2]], np.zeros((0, 2)), [[0, 0]]),
    "diagonal": (gg.Diagonal, [[[1, 2], [3, 4]]], [1, 4], [[[1, 0], [0, 1]]]),
    "diag, off the middle": (
        lambda x: np.diag(x, k=-1), [[1, 2]], [[0, 0, 0], [1, 0, 0], [0, 2, 0]], [[1, 1]],
    ),
    "repeat 0 times": (lambda x: gg.Repeat(x, [0, 2]), [[1, 2]], [2, 2], [[0, 2]]),
    "tile 0 times": (lambda x: gg.Tile(x, 0), [[1, 2]], [], [[0, 0]]),
    "pad with zeros": (lambda x: gg.Pad(x, 1), [[1, 2]], [0, 1, 2, 0], [[1, 1]]),
    "pad around": (lambda x: gg.Pad(x, 1, mode="wrap"), [[1, 2]], [2, 1, 2, 1], [[2, 2]]),
    "triu, NaN below": (gg.Triu, [[[1, 2], [NAN, INF]]], [[1, 2], [0, INF]], [[[1, 1], [0, 1]]]),
    "triu of a vector": (gg.Triu, [[1, 2]], [[1, 2], [0, 2]], [[1, 2]]),
    "tril, NaN above": (gg.Tril, [[[1, NAN], [3, 4]]], [[1, 0], [3, 4]], [[[1, 0], [1, 1]]]),
    "tril of a vector": (gg.Tril, [[1, 2]], [[1, 0], [1, 2]], [[2, 1]]),
    "concatenate nothing": (lambda a, b: gg.Concatenate([a, b]), [[], [1]], [1], [[], [1]]),
    "split beyond the end": (lambda x: gg.Split(x, [1, 5])[2], [[1, 2]], [], [[0, 0]]),
    "more parts than elements": (lambda x: np.array_split(x, 3)[2], [[1, 2]], [], [[0, 0]]),
    "astype overflows": (lambda x: x.astype("float32"), [[1e300, 1]], [INF, 1], [[1, 1]]),
    "logaddexp2, both ∞": (np.logaddexp2, [INF, INF], INF, [NAN, NAN]),
    "cross of parallels": (np.cross, [[1, 2, 3], [2, 4, 6]], [0, 0, 0], [[-2, 4, -2], [1, -2, 1]]),
    "full_like": (np.full_like, [[1, 2], 7], [7, 7], [[0, 0], 2]),
    "sinc at 0 and −0": (np.sinc, [[0, -0.0]], [1, 1], [[0, 0]]),
    "sinc at ∞": (np.sinc, [[INF, 0]], [NAN, 1], [[NAN, 0]]),
    "trunc at a jump": (np.trunc, [[-2, 0, 2]], [-2, 0, 2], [[0, 0, 0]]),
    "fmod at multiples": (np.fmod, [[6, -6], [3, 3]], [0, 0], [[1, 1], [-2, 2]]),
    "fmod, b = 0": (np.fmod, [[5, -5, 0], [0, 0, 0]], [NAN] * 3, [[1, 1, 1], [NAN, NAN, NAN]]),
    "fmod, a quotient that is nearly whole": (np.fmod, [1, 0.1], math.fmod(1, 0.1), [1, -9]),
    "nanvar, ∞": (np.nanvar, [[INF, NAN]], NAN, [[NAN, NAN]]),
    "nanstd, two of ∞": (np.nanstd, [[INF, INF, 1]], NAN, [[NAN, NAN, NAN]]),
    "nanvar, too few numbers": (lambda x: np.nanvar(x, ddof=2), [[1, 2, NAN]], NAN, [[NAN, NAN, NAN]]),
    "quantile, two of ∞": (lambda x: np.quantile(x, 0.75), [[1, INF, INF]], INF, [[0, 0.5, 0.5]]),
    "corrcoef, of the same": (lambda x: np.corrcoef(x, x)[0, 1], [[0.1, 0.3, 0.2]], 1, [[0, 0, 0]]),
    "linspace, far apart": (lambda a, b: np.linspace(a, b, 3), [-1e308, 1e308], [-1e308, 0, 1e308], [1.5, 1.5]),
    "copysign of 0 and −0": (np.copysign, [[1, 1, 0], [0, -0.0, 1]], [1, -1, 0], [[1, -1, 0], [0, 0, 0]]),
    "select, none holds": (lambda a: np.select([[0, 0]], [a], default=7), [[1, 2]], [7, 7], [[0, 0]]),
    "fmax, ties and NaN": (np.fmax, [[1, NAN, 2], [1, 3, NAN]], [1, 3, 2], [[0.5, 0, 1], [0.5, 1, 0]]),
    "fmin, ties and NaN": (np.fmin, [[1, NAN, 2], [1, 3, NAN]], [1, 3, 2], [[0.5, 0, 1], [0.5, 1, 0]]),
    "nan_to_num": (
        lambda x: np.nan_to_num(x, posinf=5.0),
        [[1, NAN, INF, -INF]], [1, 0, 5, -1.7976931348623157e308], [[1, 0, 0, 0]],
    ),
    "nan_to_num by ∞": (lambda x: np.nan_to_num(x, nan=INF), [[NAN, 2]], [INF, 2], [[0, 1]]),
    "nansum, all NaN": (np.nansum, [[NAN, NAN]], 0, [[0, 0]]),
    "nansum, ∞": (np.nansum, [[INF, NAN]], INF, [[1, 0]]),
    "nanprod, all NaN": (np.nanprod, [[NAN]], 1, [[0]]),
    "nanprod, 0 beside NaN": (np.nanprod, [[0, NAN, 3]], 0, [[3, 0, 0]]),
    "nanmean, ∞": (np.nanmean, [[INF, NAN, 1]], INF, [[0.5, 0, 0.5]]),
    "nanstd, all agree": (np.nanstd, [[2, NAN, 2]], 0, [[0, 0, 0]]),
    "nanmax, all NaN": (np.nanmax, [[NAN, NAN]], NAN, [[0, 0]]),
    "nanmin, all NaN": (np.nanmin, [[NAN, NAN]], NAN, [[0, 0]]),
    "nanmax, ties": (np.nanmax, [[2, NAN, 2]], 2, [[0.5, 0, 0.5]]),
    "nanmin, ∞ beside NaN": (np.nanmin, [[INF, NAN]], INF, [[0.5, 0]]),
    "quantile, NaN": (lambda x: np.quantile(x, 0.3), [[1, NAN, 2]], NAN, [[0, 1, 0]]),
    "median, ∞ at the end": (np.median, [[INF, 1, 2]], 2, [[0, 0, 1]]),
    "quantile, ties": (lambda x: np.quantile(x, 0.5), [[1, 1]], 1, [[0.5, 0.5]]),
    "cov of one variable": (np.cov, [[1, 3]], 2, [[-2, 2]]),
    "corrcoef of one variable": (np.corrcoef, [[1, 3]], 1, [[0, 0]]),
    "trapezoid of one": (np.trapezoid, [[3]], 0, [[0]]),
    "gradient, NaN": (np.gradient, [[1, NAN, 3, 4]], [NAN, 1, NAN, 1], [[-1.5, 0.5, -0.5, 1.5]]),
    "linspace of one": (lambda a, b: np.linspace(a, b, 1), [2, 5], [2], [1, 0]),
    "take a place twice": (lambda x: np.take_along_axis(x, np.array([1, 1]), axis=0), [[3, 4]], [4, 4], [[0, 2]]),
    "delete": (lambda x: np.delete(x, [0]), [[3, 4]], [4], [[0, 1]]),
}  # fmt: skip


@pytest.mark.parametrize(("build", "inputs", "value", "flows"), BUILT.values(), ids=BUILT)
def test_a_corner_of_many_elements(build, inputs, value, flows):
    found = value_and_flows(build, *inputs)
    agree(found[0], value)
    for actual, expected in zip(found[1], flows, strict=True):
        agree(actual, expected)


def test_stable_ties_of_sort():
    _, (flow,) = value_and_flows(gg.Sort, [2, NAN, 2], seed=[1.0, 2.0, 4.0])
    assert flow.tolist() == [1, 4, 2]


def test_the_way_back_through_a_singular_matrix():
    x = gg.Parameter([[1.0, 2.0], [2.0, 4.0]])
    with np.errstate(divide="ignore"):
        sign, size = np.linalg.slogdet(x)
    assert (gg.Det(x).value, sign.value, size.value) == (0, 0, -INF)
    for out in (gg.Det(x), size):
        with pytest.raises(np.linalg.LinAlgError):
            out.backward()


REFUSED = {
    "add": (lambda: gg.Add([1, 2], [1, 2, 3]), ValueError),
    "where": (lambda: gg.Where([1, 0], [1, 2, 3], 0), ValueError),
    "clip": (lambda: gg.Clip([1, 2], [1, 2, 3]), ValueError),
    "heaviside": (lambda: gg.Heaviside([1, 2, 3], [1, 2]), ValueError),
    "complex": (lambda: gg.Exp(1j), TypeError),
    "sum": (lambda: gg.Sum([1, 2], axis=1), ValueError),
    "max": (lambda: gg.Max(np.zeros((0, 2)), axis=0), ValueError),
    "min": (lambda: gg.Min([]), ValueError),
    "logsumexp": (lambda: gg.LogSumExp([]), ValueError),
    "ptp": (lambda: np.ptp(gg.Input([])), ValueError),
    "softmax, empty": (lambda: gg.Softmax(np.zeros((3, 0))), ValueError),
    "softmax, no axis": (lambda: gg.Softmax([1], axis=1), ValueError),
    "log softmax": (lambda: gg.LogSoftmax([]), ValueError),
    "norm of a matrix": (lambda: gg.Norm(np.ones((2, 2)), ord=3), ValueError),
    "norm of three axes": (lambda: gg.Norm(np.ones((2, 2, 2)), ord=1), ValueError),
    "norm 2 of an empty matrix": (lambda: gg.Norm(np.ones((0, 2)), ord=2), ValueError),
    "norm 1 of an empty matrix": (lambda: gg.Norm(np.ones((2, 0)), ord=1), ValueError),
    "matrix norm of a vector": (lambda: np.linalg.matrix_norm(gg.Input([1])), ValueError),
    "norm, ord=0": (lambda: gg.Norm([1], ord=0), ValueError),
    "select, one choice too few": (lambda: np.select([[1], [0]], [gg.Input([1])]), ValueError),
    "select, shapes": (lambda: np.select([[1, 0]], [gg.Input([1, 2, 3])]), ValueError),
    "nanmax": (lambda: np.nanmax(gg.Input([])), ValueError),
    "nanmin": (lambda: np.nanmin(gg.Input([])), ValueError),
    "fmax": (lambda: np.fmax(gg.Input([1, 2]), [1, 2, 3]), ValueError),
    "quantile, no share": (lambda: np.quantile(gg.Input([1]), 1.5), ValueError),
    "quantile, NaN share": (lambda: np.quantile(gg.Input([1]), NAN), ValueError),
    "quantile of nothing": (lambda: np.quantile(gg.Input([]), 0.5), ValueError),
    "quantile, two axes of three": (lambda: np.quantile(gg.Input(np.ones((2, 2, 2))), 0.5, axis=(0, 1)), ValueError),
    "median": (lambda: np.median(gg.Input(np.ones((2, 0))), axis=1), ValueError),
    "cov": (lambda: np.cov(gg.Input(np.ones((2, 2, 2)))), ValueError),
    "trapezoid": (lambda: np.trapezoid(gg.Input(1.0)), ValueError),
    "gradient of a number": (lambda: np.gradient(gg.Input(1.0)), ValueError),
    "gradient, too short": (lambda: np.gradient(gg.Input([1, 2]), edge_order=2), ValueError),
    "gradient, spacings": (lambda: np.gradient(gg.Input([1, 2]), 1.0, 2.0), ValueError),
    "gradient, places": (lambda: np.gradient(gg.Input([1, 2]), [0.0, 1.0, 2.0]), ValueError),
    "gradient, order": (lambda: np.gradient(gg.Input([1, 2, 3, 4, 5]), edge_order=3), ValueError),
    "linspace": (lambda: np.linspace(gg.Input([1, 2]), gg.Input([1, 2, 3]), 4), ValueError),
    "linspace, fewer than none": (lambda: np.linspace(gg.Input(1.0), 2.0, -1), ValueError),
    "take_along_axis": (lambda: np.take_along_axis(gg.Input([1, 2]), np.array([2]), axis=0), IndexError),
    "delete": (lambda: np.delete(gg.Input([1, 2]), 5), IndexError),
    "norm inf of nothing": (lambda: gg.Norm([], ord=INF), ValueError),
    "cumsum": (lambda: gg.CumSum([1], axis=1), ValueError),
    "sort": (lambda: gg.Sort(1.0), ValueError),
    "diff": (lambda: np.diff(gg.Input(1.0)), ValueError),
    "partition": (lambda: np.partition(gg.Input([1, 2]), 2), ValueError),
    "matmul": (lambda: gg.MatMul(np.ones((2, 3)), np.ones((2, 3))), ValueError),
    "matmul of a number": (lambda: gg.MatMul(1.0, [1]), ValueError),
    "einsum, lengths": (lambda: gg.Einsum("i,i", [1, 2], [1, 2, 3]), ValueError),
    "einsum, axes": (lambda: gg.Einsum("ij,jk", [1], [1]), ValueError),
    "tensordot": (lambda: gg.TensorDot(np.ones((2, 3)), np.ones((2, 3)), axes=1), ValueError),
    "dot": (lambda: gg.Dot(np.ones((2, 2, 3)), np.ones(2)), ValueError),
    "inner": (lambda: np.inner(gg.Input([1, 2, 3]), [1, 2]), ValueError),
    "vdot": (lambda: np.vdot(gg.Input([1, 2, 3]), [1, 2]), ValueError),
    "trace": (lambda: gg.Trace([1]), ValueError),
    "inv, singular": (lambda: gg.Inv(np.ones((2, 2))), np.linalg.LinAlgError),
    "inv, oblong": (lambda: gg.Inv(np.ones((2, 3))), np.linalg.LinAlgError),
    "det": (lambda: gg.Det(np.ones((2, 3))), np.linalg.LinAlgError),
    "slogdet": (lambda: np.linalg.slogdet(gg.Input([1])), np.linalg.LinAlgError),
    "solve, lengths": (lambda: gg.Solve(np.eye(2), np.ones(3)), ValueError),
    "solve, singular": (lambda: gg.Solve(np.ones((2, 2)), np.ones(2)), np.linalg.LinAlgError),
    "cholesky, indefinite": (lambda: gg.Cholesky(np.zeros((2, 2))), np.linalg.LinAlgError),
    "cholesky, oblong": (lambda: gg.Cholesky(np.ones((2, 3))), np.linalg.LinAlgError),
    "reshape": (lambda: gg.Reshape([1, 2], 3), ValueError),
    "transpose": (lambda: gg.Transpose(np.ones((2, 3)), (0, 0)), ValueError),
    "expand_dims": (lambda: gg.ExpandDims([1], axis=5), ValueError),
    "squeeze": (lambda: gg.Squeeze([1, 2], axis=0), ValueError),
    "broadcast_to": (lambda: gg.BroadcastTo([1, 2], 3), ValueError),
    "swapaxes": (lambda: gg.SwapAxes([1], 0, 1), ValueError),
    "moveaxis": (lambda: gg.MoveAxis(np.ones((2, 2)), (0, 1), 0), ValueError),
    "getitem, no place": (lambda: gg.Input([1, 2])[5], IndexError),
    "getitem, a node": (lambda: gg.Input([1, 2])[gg.Input(1.0)], TypeError),
    "diagonal": (lambda: gg.Diagonal([1]), ValueError),
    "diag": (lambda: np.diag(gg.Input(1.0)), ValueError),
    "repeat": (lambda: gg.Repeat([1, 2], [1, 2, 3]), ValueError),
    "tile": (lambda: gg.Tile([1], -1), ValueError),
    "roll": (lambda: gg.Roll([1], 1, axis=1), ValueError),
    "flip": (lambda: gg.Flip([1], axis=1), ValueError),
    "pad, negative": (lambda: gg.Pad([1], -1), ValueError),
    "pad, no such mode": (lambda: gg.Pad([1], 1, mode="mean"), ValueError),
    "pad, nothing to continue": (lambda: gg.Pad([], 1, mode="edge"), ValueError),
    "triu": (lambda: gg.Triu(1.0), TypeError),
    "tril": (lambda: gg.Tril(1.0), TypeError),
    "concatenate": (lambda: gg.Concatenate([[1], [[1]]]), ValueError),
    "concatenate, no list": (lambda: gg.Concatenate(1.0), TypeError),
    "concatenate, empty list": (lambda: gg.Concatenate([]), TypeError),
    "stack": (lambda: gg.Stack([[1], [1, 2]]), ValueError),
    "stack, empty list": (lambda: gg.Stack([]), TypeError),
    "split, unequal": (lambda: gg.Split([1, 2, 3], 2), ValueError),
    "split, no axis": (lambda: gg.Split(1.0, 1), ValueError),
    "array_split": (lambda: np.array_split(gg.Input(1.0), 1), ValueError),
    "vsplit": (lambda: np.vsplit(gg.Input(1.0), 1), ValueError),
    "hsplit": (lambda: np.hsplit(gg.Input(1.0), 1), ValueError),
    "dsplit": (lambda: np.dsplit(gg.Input([[1]]), 1), ValueError),
    "append": (lambda: np.append(gg.Input([[1]]), [1], axis=0), ValueError),
    "vstack": (lambda: np.vstack([gg.Input([1, 2]), [1]]), ValueError),
    "hstack": (lambda: np.hstack([gg.Input([[1, 2]]), [1]]), ValueError),
    "column_stack": (lambda: np.column_stack([gg.Input([1, 2]), [1]]), ValueError),
    "astype": (lambda: gg.Input([1]).astype(int), TypeError),
    "full_like": (lambda: np.full_like(gg.Input([1, 2]), gg.Input([1, 2, 3])), ValueError),
    "take": (lambda: np.take(gg.Input([1]), 5), IndexError),
    "flipud": (lambda: np.flipud(gg.Input(1.0)), ValueError),
    "fliplr": (lambda: np.fliplr(gg.Input([1])), ValueError),
    "rot90": (lambda: np.rot90(gg.Input([1])), ValueError),
    "rollaxis": (lambda: np.rollaxis(gg.Input([1]), 2), ValueError),
    "cross": (lambda: np.cross(gg.Input([1, 2]), [1, 2]), ValueError),
    "average": (lambda: np.average(gg.Input([1, 2]), weights=[1]), ValueError),
}


@pytest.mark.parametrize(("call", "error"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused(call, error):
    with pytest.raises(error) as caught:
        call()
    assert caught.type is error
