"""Wrong calls: the message restates the call with shapes, says what is wrong, and gives the cure."""

import re

import graphgrad as gg
import numpy as np
import pytest
from graphgrad.ops import linear

ONES = np.ones(3)
x = gg.Parameter(np.ones((2, 3)), name="x")
v = gg.Parameter(np.ones(3), name="v")
w = gg.Parameter(np.ones(4), name="w")
s = gg.Parameter(1.0, name="s")
singular = gg.Parameter([[1.0, 2.0], [2.0, 4.0]], name="A")
with np.errstate(divide="ignore"):
    log_of_singular = np.linalg.slogdet(singular)[1]
table = gg.data.Columns("hours,passed\n1,0\n", "exam.csv")


class Asking(gg.Elementwise):
    """An op whose rule cannot be traced."""

    def forward(self, xp, x):
        return x * float(x)

    def local(self, xp, out, x):
        return (2 * x,)


AXES = "axis= takes None, or axes that the input has"
ONE_AXIS = "axis= takes None, or an axis that the input has"
INDEX = "index= takes what NumPy takes: integers, slices, masks, and arrays of integers"
BROADCAST = "Shapes broadcast where, from the right, each pair of lengths is equal or one of them is 1"
WRONG = [
    # axes
    (lambda: gg.Sum(x, axis=2), "Sum(x: (2, 3)): axis 2 is out of bounds", AXES),
    (lambda: gg.Max(x, axis=(0, 0)), "Max(x: (2, 3)): repeated axis", AXES),
    (lambda: np.max(x, axis=5), "Max(x: (2, 3)): axis 5 is out of bounds", AXES),
    (lambda: gg.Mean(x, axis=1.0), "Mean(x: (2, 3)): ", AXES),
    (lambda: gg.Prod(x, axis="a"), "Prod(x: (2, 3)): ", AXES),
    (lambda: gg.Softmax(x, axis=3), "Softmax(x: (2, 3)): axis 3", "axis= is an axis that the input has"),
    (lambda: x.var(axis=3), "Var(x: (2, 3), axis=3, ", AXES),
    (lambda: gg.Norm(x, axis=3), "Norm(x: (2, 3), axis=3): ", AXES),
    (lambda: gg.Norm(x, ord=3), "Norm(x: (2, 3), ord=3): ord=3 is not supported", "of a matrix it is 'fro', 'nuc'"),
    (lambda: gg.Norm(np.ones((2, 2, 2)), ord=1), "Norm(Input: (2, 2, 2), ord=1): ", "give axis=, a number or two"),
    (lambda: gg.CumSum(x, axis=4), "CumSum(x: (2, 3)): axis 4 is out of bounds", ONE_AXIS),
    (lambda: np.sort(s), "Sort(s: ()): axis -1 is out of bounds", ONE_AXIS),
    (lambda: gg.SwapAxes(x, 0, 5), "SwapAxes(x: (2, 3), 0, 5): axis 5 is out of bounds", "dimension 2"),
    (lambda: gg.MoveAxis(x, 0, (0, 1)), "MoveAxis(x: (2, 3), 0, (0, 1)): ", "name different numbers of axes"),
    (lambda: gg.Squeeze(x, axis=0), "Squeeze(x: (2, 3)): ", "axes of length 1"),
    (lambda: gg.ExpandDims(x, axis=9), "ExpandDims(x: (2, 3)): axis 9", "axes that the result has, each once"),
    (lambda: gg.Roll(x, 1, axis=4), "Roll(x: (2, 3)): axis 4", "axis= an axis of x"),
    (lambda: gg.Flip(x, axis=4), "Flip(x: (2, 3)): axis 4", "axis= takes None, or axes that x has"),
    (lambda: gg.Split(x, [1], axis=4), "Split(x: (2, 3), [1], axis=4): axis 4 is out of bounds", "dimension 2"),
    (lambda: gg.Trace(v), "Trace(v: (3,)): Diagonal(v: (3,)): ", "two axes of x"),
    # nothing to take from
    (lambda: gg.Max(np.zeros(0)), "Max(Input: (0,)): ", "It needs at least one element"),
    (lambda: gg.Min(np.zeros((0, 2)), axis=0), "Min(Input: (0, 2)): ", "It needs at least one element"),
    (lambda: gg.LogSumExp(np.zeros((2, 0)), axis=1), "LogSumExp(Input: (2, 0)): ", "It needs at least one element"),
    (lambda: gg.Concatenate([]), "Concatenate([]): give a list of nodes and arrays, one at least", ""),
    (lambda: gg.Stack([]), "Stack([]): give a list of nodes and arrays, one at least", ""),
    # shapes
    (lambda: gg.Maximum(x, w), "Maximum(x: (2, 3), w: (4,)): ", BROADCAST),
    (lambda: np.where(x > 0, v, w), "Where(Input: (2, 3), v: (3,), w: (4,)): ", BROADCAST),
    (lambda: x % w, "Mod(x: (2, 3), w: (4,)): ", BROADCAST),
    (lambda: gg.MatMul(x, w), "MatMul(x: (2, 3), w: (4,)): ", "for a number use Mul"),
    (lambda: np.dot(x, w), "Dot(x: (2, 3), w: (4,)): MatMul", "for a number use Mul"),
    (lambda: gg.TensorDot(x, w, axes=1), "TensorDot(x: (2, 3), w: (4,), axes=1): ", "pair axes of one length"),
    (lambda: gg.TensorDot(x, x[:1], axes=([0], [0])), "TensorDot(x: (2, 3), GetItem: (1, 3), ", "of one length"),
    (lambda: np.inner(x, v[:1]), "Inner(x: (2, 3), GetItem: (1,)): ", "pair axes of one length"),
    (lambda: np.diff(x, axis=2), "Diff(x: (2, 3), axis=2): axis 2 is out of bounds", ""),
    (lambda: gg.TensorDot(x, w, axes=7), "TensorDot(x: (2, 3), w: (4,), axes=7): axis -5 is out of bounds", ""),
    (
        lambda: gg.TensorDot(x, x, axes=([0], [0, 1])),
        "TensorDot(x: (2, 3), x: (2, 3), axes=([0], [0, 1])): ",
        "as many",
    ),
    (lambda: gg.Einsum("ij,j->i", x, w), "Einsum('ij,j->i', x: (2, 3), w: (4,)): ", "same letter has the same length"),
    (lambda: gg.Einsum("ij,k->i", x, w, v), "Einsum('ij,k->i', ", "the subscripts are for 2 arrays, and 3 are given"),
    (lambda: gg.Einsum("ijk->i", x), "Einsum('ijk->i', x: (2, 3)): ", "'ijk' does not fit an array with 2 axes"),
    (lambda: gg.Einsum("ii", x), "Einsum('ii', x: (2, 3)): the axes of 'i' in 'ii' have different lengths", "(2, 3)"),
    (lambda: gg.Einsum("i!", x), "Einsum('i!', x: (2, 3)): ", "as in 'ij,jk->ik'"),
    (lambda: gg.Einsum("ij->ik", x), "Einsum('ij->ik', x: (2, 3)): ", "each letter of the arrays once"),
    (lambda: gg.Einsum(x, x), "Einsum(", "subscripts are letters, commas and ->"),
    (lambda: gg.Reshape(x, (4, 2)), "Reshape(x: (2, 3)): ", "shape= must hold as many elements as the input"),
    (lambda: gg.Reshape(x, "a"), "Reshape(x, shape='a'): give whole numbers, as in shape=(2, 3)", ""),
    (lambda: gg.BroadcastTo(x, (3, 3)), "BroadcastTo(x: (2, 3)): ", "that of shape=, or 1"),
    (lambda: gg.Concatenate([x, v]), "Concatenate(x: (2, 3), v: (3,)): ", "the same lengths along all but axis="),
    (lambda: np.stack([x, v]), "Stack([x: (2, 3), v: (3,)]): ", "the same lengths along all but axis="),
    (lambda: np.split(x, 2, axis=1), "Split(x: (2, 3), ", "does not result in an equal division"),
    (lambda: gg.Repeat(x, [1, 2], axis=1), "Repeat(x: (2, 3)): ", "one for each element along axis="),
    (lambda: gg.Tile(x, 1.5), "Tile(x: (2, 3)): ", "reps= is a number"),
    (lambda: gg.Pad(x, -1), "Pad(x: (2, 3)): ", "pad_width= is a number ≥ 0"),
    (lambda: gg.Pad(x, 1, mode="foo"), "Pad(x, 1, mode='foo'): mode is one of constant, edge", ""),
    (lambda: gg.Triu(s), "Triu(s: ()): a number has no triangle", "x needs an axis"),
    (lambda: gg.Tril(1.0), "Tril(Constant: ()): a number has no triangle", "x needs an axis"),
    (lambda: np.triu(x, k=1.5), "Triu(x: (2, 3)): 'float' object cannot be interpreted", "k= is a whole number"),
    (lambda: gg.Tril(x, k="a"), "Tril(x: (2, 3)): 'str' object cannot be interpreted", "k= is a whole number"),
    (lambda: np.percentile(x, 101), "Percentile(x: (2, 3), q=101): q=101: give a number from 0 to 100", "in a row"),
    (
        lambda: np.take_along_axis(x, v, axis=1),
        "take_along_axis: <Parameter v: [1 1 1]> holds no indices",
        "astype(int)",
    ),
    (lambda: np.gradient(x, [1.0, 2.0]), "Gradient(x: (2, 3), Input: (2,)): places of shape (2,)", "one for each of 3"),
    (lambda: np.delete(x, v), "delete: <Parameter v: [1 1 1]> holds no indices", "astype(int)"),
    (lambda: linear.MatVec(v, v), "MatVec(v: (3,), v: (3,)): give a matrix", "and a vector"),
    (lambda: linear.VecMat(x, v), "VecMat(x: (2, 3), v: (3,)): give a vector", "and a matrix"),
    (lambda: np.cov(x, "a"), "Cov(x: (2, 3), y='a'): Input(…): 'a' has dtype", "convert text"),
    (lambda: np.trapezoid(v, x=[0, 1j, 2]), "Trapezoid(v: (3,), x=[0, 1j, 2]): ", "take value.real"),
    (lambda: np.linalg.pinv(x, rcond=0.1, rtol=0.1), "pinv(x, rcond=0.1, rtol=0.1): both", "give one of them"),
    (lambda: np.linalg.svdvals(np.nan * x), "SingularValues(Mul: (2, 3)): ", "finite numbers"),
    (lambda: np.partition(x, 3), "Partition(x: (2, 3), kth=3): kth=3 is no place among 3 elements", ""),
    (lambda: np.linalg.slogdet(x), "SignAndLogDet(x: (2, 3)): ", "two last axes of the same length"),
    (lambda: x.transpose(1), "Transpose(x: (2, 3)): ", "axes= names each axis of the input once"),
    (lambda: x.transpose(0.5, 1), "Transpose(x, axes=(0.5, 1)): give whole numbers, as in axes=(1, 0)", ""),
    (lambda: np.transpose(x, "a"), "Transpose(x, axes='a'): give whole numbers, as in axes=(1, 0)", ""),
    # indices
    (lambda: x[5], "GetItem(x: (2, 3)): index 5 is out of bounds", INDEX),
    (lambda: x[0, 0, 0], "GetItem(x: (2, 3)): too many indices", INDEX),
    (lambda: x[1.0], "GetItem(x: (2, 3)): ", INDEX),
    (lambda: x[v], "x[<Parameter v: [1 1 1]>]: a node is no index", "x[node.value.astype(int)]"),
    (lambda: x[np.array([True, False, True])], "GetItem(x: (2, 3)): boolean index did not match", INDEX),
    (lambda: len(s), "<Parameter s: 1> has no axes, so it has no length", ""),
    (lambda: list(s), "<Parameter s: 1> has no axes", ""),
    # what is no number
    (lambda: gg.Parameter([[1.0], [2.0, 3.0]]), "Parameter(…): ", "give rows of equal length"),
    (lambda: gg.Sin([1 + 2j]), "Input(…): [(1+2j)] has dtype complex128", "take value.real or abs(value)"),
    (lambda: x % "a", "Input(…): 'a' has dtype <U1", "convert text with float(…)"),
    (lambda: x + None, "Input(…): None has dtype object", "np.asarray(value, dtype=float)"),
    (lambda: gg.Concatenate(3.0), "Concatenate(3.0): give a list of nodes and arrays", ""),
    (lambda: gg.Stack(3.0), "Stack(3.0): give a list of nodes and arrays", ""),
    (lambda: np.array([x, x]), "is a node, not an array", "joined by np.stack([…])"),
    # settings and functions that are not supported
    (lambda: np.sum(x, out=np.zeros(3)), "np.sum(node) with out is not supported", "it takes axis= and keepdims="),
    (lambda: np.sin(x, where=[True]), "np.sin(node) with where is not supported", "it takes no settings"),
    (lambda: np.linalg.eig(x), "np.linalg.eig(node) is not supported", "which no gradient passes"),
    (lambda: np.linalg.svd(x), "SingularValueDecomposition(x: (2, 3)): ", "give full_matrices=False"),
    (lambda: np.linalg.svd(x, hermitian=True), "np.linalg.svd(node) with hermitian", "full_matrices= and compute_uv="),
    (lambda: np.linalg.svdvals(v), "SingularValues(v: (3,)): ", "x needs two axes"),
    (lambda: np.linalg.eigh(x), "EigenDecomposition(x: (2, 3)): EigenValues(x: (2, 3)): ", "of the same length"),
    (lambda: np.linalg.eigvalsh(singular, UPLO="X"), "EigenValues(A: (2, 2)): ", "UPLO= is 'L' or 'U'"),
    (lambda: np.linalg.qr(x), "QRDecomposition(x: (2, 3)): Orthogonal(x: (2, 3)): ", "at least as many rows"),
    (lambda: np.linalg.qr(x, mode="raw"), "QRDecomposition(x: (2, 3), mode='raw'): ", "it is 'reduced' or 'r'"),
    (lambda: np.linalg.pinv(v), "PInv(v: (3,)): ", "x needs two axes"),
    (lambda: np.linalg.matrix_power(x, 2), "MatrixPower(x: (2, 3), n=2): ", "two last axes of the same length"),
    (lambda: np.linalg.matrix_power(singular, -1), "MatrixPower(A: (2, 2), n=-1): ", "no matrix may be singular"),
    (lambda: np.linalg.multi_dot([x]), "MultiDot([x: (2, 3)]): ", "give two arrays or more"),
    (lambda: np.linalg.vecdot(v, w), "VecDot(v: (3,), w: (4,)): vectors of 3 and 4 numbers", "give as many in both"),
    (lambda: np.linalg.inv(x), "Inv(x: (2, 3)): ", "no matrix may be singular"),
    (lambda: gg.Solve(np.zeros((3, 3)), v), "Solve(Input: (3, 3), v: (3,)): Singular matrix", "may not be singular"),
    (lambda: gg.Norm(v, ord=0), "Norm(v: (3,), ord=0): ord=0 is not supported", "another number but 0"),
    (lambda: np.multiply.outer(x, x), "np.multiply.outer(node) is not supported", "which no gradient passes"),
    (lambda: gg.Sin(x, x), "Sin takes 1 input(s), got 2", ""),
    (lambda: x.astype("foo"), "astype('foo'): a node holds float64 or float32", "node.value.astype(…) has no gradient"),
    (lambda: gg.Notation("<call>", "<call>", "powr"), "Notation('<call>', …): 'powr' is no level", "product, power"),
    (lambda: gg.Notation("f <call>", "<cal>"), "Notation('f <call>', …): 'cal' is no level", "product, power"),
    (lambda: gg.Notation("a", "a", latex_level="up"), "Notation('a', …): 'up' is no level", "product, power"),
    (lambda: gg.draw(s).png(True), "png(scale=True): the scale is a positive number", "such as 2"),
    # graphs
    (lambda: gg.grad(gg.Sum(x), v, strict=True), "grad(<Sum: 6>, <Parameter v", "on it: build it from that very node"),
    (lambda: gg.grad(x, x), "grad(out, wrt): the output <Parameter x", "give seed=, an array of that shape"),
    (lambda: gg.grad(x, x, seed=s), "grad(out, wrt): seed has shape (), the output <Parameter x", "they must agree"),
    (lambda: gg.value_and_grad(x, x), "value_and_grad(out, wrt): the output <Parameter x", "give seed=, an array"),
    (lambda: gg.value_and_grad(s, v, strict=True), "value_and_grad(<Parameter s", "or let strict=False give 0"),
    (lambda: gg.vjp(x, x, [1.0]), "vjp(out, wrt, cotangent): cotangent has shape (1,)", "they must agree"),
    (lambda: gg.vjp(x, x, s), "vjp(out, wrt, cotangent): cotangent has shape ()", "they must agree"),
    (lambda: gg.vjp(x, x, None), "vjp(out, wrt, cotangent): the output <Parameter x", "give cotangent=, an array"),
    (lambda: gg.hvp(x, x, x), "hvp(out, wrt, vector): the output <Parameter x", "single gradient; reduce the output"),
    (lambda: gg.hessian(x, x), "hessian(out, wrt): the output <Parameter x", "single gradient; reduce the output"),
    (lambda: gg.descend(3.0, 0.1), "descend(3.0, 0.1): the loss is no node", "give one, such as gg.bce(p_hat, y)"),
    (lambda: gg.descend(x, 0.1), "descend(loss, rate): the output <Parameter x", "single gradient; reduce the output"),
    (lambda: gg.topological(3), "topological(3): give a node, such as a loss", ""),
    (lambda: gg.topological(gg.Sin), "topological(<class 'graphgrad.ops", "give a node, such as a loss"),
    (lambda: gg.source(Asking(s)), "source(<Asking: 1>): the forward rule of Asking", "Write it with operators"),
    (lambda: gg.compile(Asking(s)), "compile(<Asking: 1>): the forward rule of Asking", "Write it with operators"),
    (lambda: gg.Det(singular).backward(), "Det(A: (2, 2)): its derivative takes the inverse", "write a small one out"),
    (lambda: gg.grad(gg.Det(singular), singular), "Det(A: (2, 2)): its derivative takes the inverse", "is singular"),
    (lambda: log_of_singular.backward(), "LogAbsDet(A: (2, 2)): its derivative takes the", "has no derivative there"),
    # functions
    (lambda: gg.grad_of(lambda t: [])(1.0), "the function returned nothing, and", "return one, as in np.sum(…)"),
    (lambda: gg.vjp_of(np.argmax)(ONES, cotangent=1.0), "vjp_of(argmax): the function returned np.int64(0)", ""),
    (lambda: gg.jvp_of(np.argmax)(ONES, tangent=ONES), "jvp_of(argmax): the function returned np.int64(0)", ""),
    (lambda: gg.vjp_of(np.isnan)(ONES, cotangent=ONES), "vjp_of(isnan): the function returned array(", "no gradient"),
    (lambda: gg.jvp_of(np.isnan)(ONES, tangent=ONES), "jvp_of(isnan): the function returned array(", "no gradient"),
    (lambda: gg.testing.check_grads(gg.Sin, 1.0, rtol=-1), "check_grads(…, rtol=-1): give the relative difference", ""),
    (lambda: gg.testing.check_grads(gg.Sin, 1.0, rtol=np.nan), "check_grads(…, rtol=nan): give the relative", "1e-8"),
    (lambda: gg.testing.check_grads(gg.Sin, 1.0, order=True), "check_grads(…, order=True): order says how often", ""),
    # tables
    (lambda: gg.data.Columns("a\n1\n", "t", rows="a"), "t: rows='a'; give a whole number from 1", "None for all rows"),
    (lambda: gg.data.Columns("a\n1\n", "t", rows=-1), "t: rows=-1; give a whole number from 1", "None for all rows"),
    (lambda: gg.data.Columns("a\n1\n", "t", rows=1.5), "t: rows=1.5; give a whole number from 1", "None for all rows"),
    (lambda: gg.data.read_csv(3), "read_csv(3): give the path of a CSV file, a str or a Path", ""),
    (lambda: table["zz"], "exam.csv: no column is called 'zz'; there are hours, passed", ""),
    (lambda: table["hour"], "exam.csv: no column is called 'hour'; the nearest is 'hours'", "there are hours, passed"),
]


@pytest.mark.parametrize(("call", "start", "end"), WRONG, ids=[start for _, start, _ in WRONG])
def test_a_wrong_call(call, start, end):
    kinds = (TypeError, ValueError, IndexError, KeyError)
    with pytest.raises(kinds, match=rf"{re.escape(start)}.*{re.escape(end)}"):
        call()


@pytest.mark.parametrize("axes", [(), (None,), (1, 2, 0), ((1, 2, 0),), ([-1, 0, 1],), (np.array([2, 0, 1]),)], ids=str)
def test_a_transpose_takes_what_numpy_takes(axes):
    array = np.arange(24.0).reshape(2, 3, 4)
    node = gg.Parameter(array, name="x")
    np.testing.assert_array_equal(node.transpose(*axes).value, array.transpose(*axes))
    np.testing.assert_array_equal(v.transpose(0).value, v.value)


@pytest.mark.parametrize("scale", [np.float32(2), np.int64(2)], ids=repr)
def test_a_scale_may_be_a_number_of_numpy(scale):
    drawing = gg.draw(s)
    assert drawing.png(scale) == drawing.png(2)


def test_a_function_among_the_settings_can_be_written():
    class Applied(gg.Elementwise):
        def __init__(self, x, *, f, name=None):
            self.f = f
            super().__init__(x, name=name)

        def forward(self, xp, x):
            return self.f(x)

        def local(self, xp, out, x):
            return (2,)

    assert "‹lambda›" in gg.draw(Applied(s, f=lambda x: 2 * x)).svg
