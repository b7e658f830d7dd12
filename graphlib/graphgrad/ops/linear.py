"""Products that sum: of matrices, of vectors, and over any axes."""

from __future__ import annotations

import re
from functools import partial
from itertools import chain
from operator import index, itemgetter
from string import ascii_letters
from typing import Any, ClassVar

from numpy.lib.array_utils import normalize_axis_tuple

from graphgrad.composition import composition
from graphgrad.expression import Notation
from graphgrad.op import Op
from graphgrad.ops.shape import Rearrangement


class MatMul(Op):
    """a @ b, the matrix product, over vectors, matrices and stacks of matrices, as NumPy defines it.

    Shapes: (…, n, k) @ (…, k, m) → (…, n, m), where the axes before the last two broadcast. A vector on the left counts
        as one row, a vector on the right as one column, and out lacks the axis of length 1 that comes of it. What does
        not fit is a ValueError, and so is a number: use Mul.
    Domain: all numbers.
    Corners: 0 where k = 0; 0 · ∞ is NaN.

    >>> a, b = gg.Parameter([[1.0, 2.0]]), gg.Parameter([[3.0], [4.0]])
    >>> (a @ b).backward()
    >>> a.grad, b.grad  # upstream @ bᵀ, aᵀ @ upstream
    (array([[3., 4.]]), array([[1.], [2.]]))
    """

    aliases = ("linalg.matmul",)
    jacobian = "product"
    written = Notation("<product> @ <power>", "<product> <function>", "product")
    cure: ClassVar[str] = (
        "The last axis of the first must be as long as the last but one of the second (or the only one, of a vector); "
        "for a number use Mul"
    )

    def forward(self, xp, a, b):
        return xp.matmul(a, b)

    def vjp(self, xp, upstream, out, a, b):
        if a.ndim > 1 and b.ndim > 1:
            return lambda: upstream @ transposed(xp, b), lambda: transposed(xp, a) @ upstream
        if a.ndim == b.ndim == 1:
            return lambda: upstream * b, lambda: upstream * a
        row, column = partial(xp.expand_dims, axis=-2), partial(xp.expand_dims, axis=-1)
        if a.ndim == 1:
            to_a = upstream if b.ndim == 2 else row(upstream)
            return lambda: to_a @ transposed(xp, b), lambda: column(a) * row(upstream)
        to_b = upstream if a.ndim == 2 else row(upstream)
        return lambda: column(upstream) * b, lambda: to_b @ a

    def local(self, xp, out, a, b):
        """The factor that each contribution multiplies upstream with."""
        return lambda: transposed(xp, b), lambda: transposed(xp, a)


def transposed(xp, x):
    """x with its last two axes swapped; a vector as it is."""
    if x.ndim <= 2:
        return x.T
    return xp.transpose(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


class Contraction(Op):
    """Products of elements of several arrays, summed over the letters that the result lacks; see Einsum.

    In ``"ij,jk->ik"`` each letter is an axis. Here no letter stands twice in one array.
    """

    is_public = False
    cure: ClassVar[str] = "An axis with the same letter has the same length in all arrays, or 1"

    def __init__(self, *arrays: Any, subscripts: str, name: str | None = None) -> None:
        self.subscripts = subscripts
        super().__init__(*arrays, name=name)

    def notation(self) -> Notation:
        """As a call of einsum."""
        places = ", ".join(["<open>"] * len(self.inputs))
        return Notation(
            f"einsum('{self.subscripts}', {places})",
            rf"\operatorname{{einsum}}(\text{{{self.subscripts}}}, {places})",
        )

    def forward(self, xp, *arrays):
        return xp.einsum(self.subscripts, *arrays, optimize=len(arrays) > 1)

    def vjp(self, xp, upstream, out, *arrays):
        return [partial(self._to, k, xp, upstream, arrays) for k in range(len(arrays))]

    def _to(self, k, xp, upstream, arrays):
        """What flows to array k: upstream times the others, summed over the letters that k lacks."""
        given, result = self.subscripts.split("->")
        terms = given.split(",")
        term, others = terms[k], [result, *terms[:k], *terms[k + 1 :]]
        around = [upstream, *arrays[:k], *arrays[k + 1 :]]
        lengths = {*chain(*(zip(other, xp.shape(x), strict=True) for other, x in zip(others, around, strict=True)))}
        own = zip(term, xp.shape(arrays[k]), strict=True)
        lacking = tuple(axis for axis, (letter, n) in enumerate(own) if (letter, n) not in lengths)
        kept = "".join(letter for axis, letter in enumerate(term) if axis not in lacking)
        flow = xp.contraction(upstream, *arrays[:k], *arrays[k + 1 :], subscripts=f"{','.join(others)}->{kept}")
        return xp.broadcast_like(xp.expand_dims(flow, axis=lacking), arrays[k]) if lacking else flow


@composition("einsum")
def Einsum(xp, subscripts: str, /, *arrays, optimize=True):
    """Products of elements, summed: in ``"ij,jk->ik"`` each letter is an axis, and the result lacks those to be summed.

    Without ``->`` the result has the letters that stand once, in alphabetical order. A letter twice in one array
    takes its diagonal; ``...`` stands for all axes that are not named.

    Settings: `optimize` is NumPy's, and changes nothing here.
    Shapes: one letter for each axis; the same letter has the same length, or 1. A ValueError where the subscripts do
        not fit the arrays.
    Domain: all numbers.
    Corners: the sum over an axis of length 0 is 0; 0 · ∞ is NaN.

    >>> a, b = gg.Parameter([[1.0, 2.0], [3.0, 4.0]]), gg.Parameter([10.0, 100.0])
    >>> gg.Einsum("ij,j->i", a, b).value
    array([210., 430.])
    >>> gg.Einsum("ii", a).value
    np.float64(5.0)
    """
    terms, result = letters(subscripts, [xp.ndim(array) for array in arrays])
    operands = []
    for k, array in enumerate(arrays):
        term = terms[k]
        while len(set(term)) < len(term):
            twice = next(letter for letter in term if term.count(letter) > 1)
            first = term.index(twice)
            second = term.index(twice, first + 1)
            if xp.shape(array)[first] != xp.shape(array)[second]:
                raise ValueError(f"the axes of {twice!r} in {term!r} have different lengths; shape {xp.shape(array)}")
            array = xp.diagonal(array, axis1=first, axis2=second)  # the diagonal comes last
            term = term[:first] + term[first + 1 : second] + term[second + 1 :] + twice
        terms[k] = term
        operands.append(array)
    return xp.contraction(*operands, subscripts=f"{','.join(terms)}->{result}")


def letters(subscripts, ndims):
    """The letters of each array and of the result, with ``...`` and the result spelled out."""
    if not isinstance(subscripts, str) or not re.fullmatch(r"[A-Za-z.,\s]*(->[A-Za-z.\s]*)?", subscripts):
        raise ValueError("subscripts are letters, commas and ->, as in 'ij,jk->ik'")
    given, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = given.split(",")
    if len(terms) != len(ndims):
        raise ValueError(f"the subscripts are for {len(terms)} arrays, and {len(ndims)} are given")
    if not arrow:
        once = sorted(letter for letter in set(given) - {",", "."} if given.count(letter) == 1)
        result = "..." * ("..." in given) + "".join(once)
    spare = [letter for letter in ascii_letters if letter not in subscripts]
    unnamed = [ndim - len(term.replace("...", "")) for term, ndim in zip(terms, ndims, strict=True)]
    widest = max(unnamed)
    for k, (term, more) in enumerate(zip(terms, unnamed, strict=True)):
        if more < 0 or (more and "..." not in term) or "." in term.replace("...", "", 1):
            raise ValueError(f"{term!r} does not fit an array with {ndims[k]} axes")
        terms[k] = term.replace("...", "".join(spare[widest - more : widest]))
    result = result.replace("...", "".join(spare[:widest]))
    if not set(result) <= set("".join(terms)) or len(set(result)) < len(result):
        raise ValueError("the result may have each letter of the arrays once")
    return terms, result


@composition("tensordot", "linalg.tensordot")
def TensorDot(xp, a, b, /, axes=2):
    """Products of elements of a and b, summed over pairs of axes.

    Settings: `axes`, a number n for the last n axes of a and the first n of b, 2 by default, or two lists of axes to
        pair.
    Shapes: out has the axes of a that are not summed, then those of b. A ValueError where paired axes do not fit.
    Domain: all numbers.
    Corners: the sum over an axis of length 0 is 0; 0 · ∞ is NaN. With ``axes=0`` nothing is summed.

    >>> a, b = gg.Input([[1.0, 2.0], [3.0, 4.0]]), gg.Input([[0.0, 1.0], [1.0, 0.0]])
    >>> gg.TensorDot(a, b).value, gg.TensorDot(a, b, axes=([1], [0])).value
    (np.float64(5.0), array([[2., 1.], [4., 3.]]))
    """
    n, m = xp.ndim(a), xp.ndim(b)
    of_a, of_b = (range(n - axes, n), range(axes)) if isinstance(axes, int) else axes
    of_a, of_b = normalize_axis_tuple(of_a, n), normalize_axis_tuple(of_b, m)
    if len(of_a) != len(of_b):
        raise ValueError("as many axes of a as of b are summed")
    shape_a, shape_b = xp.shape(a), xp.shape(b)
    if any(shape_a[i] != shape_b[j] for i, j in zip(of_a, of_b, strict=True)):
        raise ValueError(
            f"axes {of_a} of shape {shape_a} and {of_b} of shape {shape_b} differ; pair axes of one length"
        )
    term_a, term_b = list(ascii_letters[:n]), list(ascii_letters[n : n + m])
    for i, j in zip(of_a, of_b, strict=True):
        term_b[j] = term_a[i]
    result = [letter for letter in (*term_a, *term_b) if (letter in term_a) != (letter in term_b)]
    return xp.contraction(a, b, subscripts=f"{''.join(term_a)},{''.join(term_b)}->{''.join(result)}")


@composition("dot")
def Dot(xp, a, b, /):
    """Σ a · b, the product of numbers, vectors, matrices.

    Shapes: with a number, Mul; of vectors and matrices, MatMul; of larger arrays, summed over the last axis of a and
        the last but one of b, or the only one. A ValueError where these do not fit.
    Domain: all numbers.
    Corners: the sum over an axis of length 0 is 0; 0 · ∞ is NaN.

    >>> w, x = gg.Parameter([1.0, 2.0]), gg.Parameter([3.0, 4.0])
    >>> gg.Dot(w, x).backward()
    >>> w.grad, x.grad
    (array([3., 4.]), array([1., 2.]))
    """
    if xp.ndim(a) == 0 or xp.ndim(b) == 0:
        return a * b
    if xp.ndim(b) <= 2 and xp.ndim(a) <= 2:
        return xp.matmul(a, b)
    return xp.tensordot(a, b, axes=([-1], [max(xp.ndim(b) - 2, 0)]))


@composition("inner", is_public=False)
def Inner(xp, a, b, /):
    """Σ a · b over the last axis of both.

    Shapes: (…, k) and (…, k); out has the other axes of a, then those of b. With a number, Mul. Else a ValueError.
    Domain: all numbers.
    Corners: the sum over an axis of length 0 is 0; 0 · ∞ is NaN.

    >>> np.inner(gg.Input([[1.0, 2.0], [3.0, 4.0]]), gg.Input([10.0, 1.0])).value
    array([12., 34.])
    """
    if xp.ndim(a) == 0 or xp.ndim(b) == 0:
        return a * b
    return xp.tensordot(a, b, axes=([-1], [-1]))


@composition("vdot", is_public=False)
def VDot(xp, a, b, /):
    """Σ a · b over all elements.

    Shapes: as many elements in a as in b, else a ValueError; out is a number.
    Domain: all numbers.
    Corners: 0 of no elements; 0 · ∞ is NaN.

    >>> np.vdot(gg.Input([[1.0, 2.0], [3.0, 4.0]]), gg.Input([1.0, 0.0, 0.0, 1.0])).value
    np.float64(5.0)
    """
    return xp.matmul(xp.reshape(a, -1), xp.reshape(b, -1))


@composition("outer", "linalg.outer")
def Outer(xp, a, b, /):
    """a bᵀ, the product of each element of a, in rows, with each of b, in columns.

    Shapes: any, flattened: n elements and m elements → (n, m).
    Domain: all numbers.
    Corners: 0 · ∞ is NaN.

    >>> a, b = gg.Parameter([1.0, 2.0]), gg.Parameter([3.0, 4.0])
    >>> gg.Sum(gg.Outer(a, b)).backward()
    >>> gg.Outer(a, b).value, a.grad
    (array([[3., 4.], [6., 8.]]), array([7., 7.]))
    """
    return xp.reshape(a, (-1, 1)) * xp.reshape(b, (1, -1))


@composition("trace")
def Trace(xp, x, /, offset=0, axis1=0, axis2=1):
    """Σ x[i, i + offset], the sum of a diagonal of a matrix, or of each.

    Settings: `offset`, 0 for the main diagonal; `axis1` and `axis2`, the axes of the matrix, the first two by default.
    Shapes: (n, m, …) → (…); a ValueError where x has no such axes.
    Domain: all numbers.
    Corners: 0 where the diagonal is empty.

    >>> x = gg.Parameter([[1.0, 2.0], [3.0, 4.0]])
    >>> gg.Trace(x).backward()
    >>> x.grad
    array([[1., 0.], [0., 1.]])
    """
    return xp.sum(xp.diagonal(x, offset=offset, axis1=axis1, axis2=axis2), axis=-1)


@composition("linalg.trace", is_public=False)
def MatrixTrace(xp, x, /, *, offset=0):
    """Σ x[…, i, i + offset], the sum of a diagonal of a matrix, or of each of a stack.

    Settings: `offset`, 0 for the main diagonal.
    Shapes: (…, n, m) → (…); a ValueError where x has fewer than two axes.
    Domain: all numbers.
    Corners: 0 where the diagonal is empty.

    >>> np.linalg.trace(gg.Input([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]])).value
    array([ 5., 13.])
    """
    return xp.trace(x, offset=offset, axis1=-2, axis2=-1)


@composition("linalg.diagonal", is_public=False)
def MatrixDiagonal(xp, x, /, *, offset=0):
    """x[…, i, i + offset], a diagonal of a matrix, or of each of a stack.

    Settings: `offset`, 0 for the main diagonal.
    Shapes: (…, n, m) → (…, length of the diagonal); a ValueError where x has fewer than two axes.
    Domain: all numbers.
    Corners: elements beside the diagonal have gradient 0.

    >>> np.linalg.diagonal(gg.Input([[1.0, 2.0], [3.0, 4.0]])).value
    array([1., 4.])
    """
    return xp.diagonal(x, offset=offset, axis1=-2, axis2=-1)


@composition("matrix_transpose", "linalg.matrix_transpose", is_public=False)
def MatrixTranspose(xp, x, /):
    """The transpose of a matrix, or of each of a stack.

    Shapes: (…, n, m) → (…, m, n); a ValueError where x has fewer than two axes.
    Domain: all numbers.
    Corners: none.

    >>> np.matrix_transpose(gg.Input([[1.0, 2.0], [3.0, 4.0]])).value
    array([[1., 3.], [2., 4.]])
    """
    return xp.swapaxes(x, -1, -2)


@composition("vecdot", "linalg.vecdot", is_public=False)
def VecDot(xp, a, b, /, *, axis=-1):
    """Σ a · b along one axis, the product of two vectors, or of each pair of two stacks.

    Settings: `axis`, the last one by default, of a and of b.
    Shapes: (…, k) and (…, k) → (…), where the other axes broadcast; else a ValueError.
    Domain: all numbers.
    Corners: 0 where k = 0; 0 · ∞ is NaN.

    >>> np.vecdot(gg.Input([[1.0, 2.0], [3.0, 4.0]]), [10.0, 1.0]).value
    array([12., 34.])
    """
    a, b = xp.moveaxis(a, axis, -1), xp.moveaxis(b, axis, -1)
    if xp.shape(a)[-1] != xp.shape(b)[-1]:
        raise ValueError(f"vectors of {xp.shape(a)[-1]} and {xp.shape(b)[-1]} numbers; give as many in both")
    return xp.sum(a * b, axis=-1)


@composition("matvec", is_public=False)
def MatVec(xp, a, b, /):
    """The product of a matrix and a vector, or of each pair of two stacks; NumPy has it from 2.2 on.

    Shapes: (…, n, k) and (…, k) → (…, n), where the axes before broadcast; else a ValueError.
    Domain: all numbers.
    Corners: 0 where k = 0; 0 · ∞ is NaN.

    >>> a = gg.Input([[1.0, 2.0], [3.0, 4.0]])
    >>> MatVec(a, [[1.0, 0.0], [0.0, 1.0]]).value  # of each of two vectors
    array([[1., 3.], [2., 4.]])
    """
    if xp.ndim(a) < 2 or not xp.ndim(b):
        raise ValueError("give a matrix, with two axes at least, and a vector, with one at least")
    return xp.squeeze(xp.matmul(a, xp.expand_dims(b, axis=-1)), axis=-1)


@composition("vecmat", is_public=False)
def VecMat(xp, a, b, /):
    """The product of a vector and a matrix, or of each pair of two stacks; NumPy has it from 2.2 on.

    Shapes: (…, k) and (…, k, m) → (…, m), where the axes before broadcast; else a ValueError.
    Domain: all numbers.
    Corners: 0 where k = 0; 0 · ∞ is NaN.

    >>> b = gg.Input([[1.0, 2.0], [3.0, 4.0]])
    >>> VecMat([[1.0, 0.0], [0.0, 1.0]], b).value  # of each of two vectors
    array([[1., 2.], [3., 4.]])
    """
    if not xp.ndim(a) or xp.ndim(b) < 2:
        raise ValueError("give a vector, with one axis at least, and a matrix, with two at least")
    return xp.squeeze(xp.matmul(xp.expand_dims(a, axis=-2), b), axis=-2)


class MergePairs(Rearrangement):
    """x with its axes made one in pairs: (a, b, c, d, …) → (ab, cd, …)."""

    is_public = False
    function = "merge_pairs"
    written = Notation("", "", "same")

    def forward(self, xp, x):
        lengths = xp.shape(x)
        return xp.reshape(x, tuple(a * b for a, b in zip(lengths[::2], lengths[1::2], strict=True)))

    def vjp(self, xp, upstream, out, x):
        return (lambda: xp.reshape_like(upstream, x),)


@composition("kron", is_public=False)
def Kron(xp, a, b, /):
    """a ⊗ b, the Kronecker product: a in which each element is a block, that element times b.

    Shapes: any; the one with fewer axes gets more in front. Along each axis out is as long as a times as long as b.
    Domain: all numbers.
    Corners: 0 · ∞ is NaN.

    >>> a, b = gg.Parameter([[1.0, 2.0]]), gg.Parameter([[1.0, 10.0]])
    >>> gg.Sum(np.kron(a, b)).backward()
    >>> np.kron(a, b).value, a.grad
    (array([[ 1., 10.,  2., 20.]]), array([[11., 11.]]))
    """
    n = max(xp.ndim(a), xp.ndim(b))
    outer = (*range(2 * (n - xp.ndim(a))), *range(2 * (n - xp.ndim(a)) + 1, 2 * n, 2))
    inner = (*range(2 * (n - xp.ndim(b))), *range(2 * (n - xp.ndim(b)), 2 * n, 2))
    return xp.merge_pairs(xp.expand_dims(a, axis=outer) * xp.expand_dims(b, axis=inner))


@composition("linalg.matrix_power", is_public=False)
def MatrixPower(xp, x, /, n):
    """x @ x @ … @ x, a whole power of a square matrix, or of each: with few products, by squaring.

    Settings: `n`, a whole number; a negative one is a power of the inverse.
    Shapes: (…, m, m) → the same, else a ValueError; a TypeError where `n` is not whole.
    Domain: all square matrices; for negative `n` invertible ones.
    Corners: ``n=0`` gives the identity, with gradient 0. For negative `n` as for Inv.
    Raises: LinAlgError, a ValueError, for negative `n` where a matrix is singular.

    >>> x = gg.Parameter([[1.0, 1.0], [0.0, 1.0]])
    >>> np.linalg.matrix_power(x, 5).value, np.linalg.matrix_power(x, -1).value
    (array([[1., 5.], [0., 1.]]), array([[ 1., -1.], [ 0.,  1.]]))
    """
    power = index(n)
    if len(xp.shape(x)) < 2 or xp.shape(x)[-1] != xp.shape(x)[-2]:
        raise ValueError("x needs two last axes of the same length")
    if power == 0:
        return xp.triu(xp.tril(xp.ones_like(x)))
    square = xp.inv(x) if power < 0 else x
    left, product = abs(power), None
    while left:
        if left % 2:
            product = square if product is None else xp.matmul(product, square)
        left //= 2
        if left:
            square = xp.matmul(square, square)
    return product


@composition("linalg.multi_dot", is_public=False)
def MultiDot(xp, arrays: list[Any], /):
    """a @ b @ c @ …, the product of several matrices, in the order that takes the fewest multiplications.

    Shapes: (n, k), (k, l), …, (l, m) → (n, m); the first may be a vector, as one row, and the last, as one column, and
        out lacks the axis of length 1 that comes of it. A ValueError where these do not fit.
    Domain: all numbers.
    Corners: as for MatMul.

    >>> a, b, c = gg.Input([[1.0, 2.0]]), gg.Input([[3.0], [4.0]]), gg.Input([[5.0, 6.0]])
    >>> np.linalg.multi_dot([a, b, c]).value
    array([[55., 66.]])
    """
    if len(arrays) < 2 or any(xp.ndim(array) != 2 for array in arrays[1:-1]):
        raise ValueError("give two arrays or more; those between the first and the last need two axes each")
    if any(xp.ndim(array) not in (1, 2) for array in arrays):
        raise ValueError("the first and the last array need two axes, or one")
    first, last = xp.shape(arrays[0]), xp.shape(arrays[-1])
    lengths = [first[0] if len(first) == 2 else 1, *(xp.shape(array)[0] for array in arrays[1:])]
    lengths = [lengths[0], first[-1], *lengths[2:], last[1] if len(last) == 2 else 1]
    return in_order(xp, arrays, cheapest_order(lengths))


def cheapest_order(lengths):
    """In which order to multiply matrices of lengths[k] rows and lengths[k + 1] columns: nested pairs of their places.

    The best order of each row of neighbours is that of two shorter rows, side by side.
    """
    count = len(lengths) - 1
    best: dict[tuple[int, int], tuple[int, Any]] = {(k, k): (0, k) for k in range(count)}
    for width in range(1, count):
        for i in range(count - width):
            j, found = i + width, []
            for k in range(i, j):
                (left, before), (right, after) = best[i, k], best[k + 1, j]
                found.append((left + right + lengths[i] * lengths[k + 1] * lengths[j + 1], (before, after)))
            best[i, j] = min(found, key=itemgetter(0))
    return best[0, count - 1][1]


def in_order(xp, arrays, order):
    """The product of the arrays at nested pairs of places."""
    if isinstance(order, int):
        return arrays[order]
    left, right = order
    return xp.matmul(in_order(xp, arrays, left), in_order(xp, arrays, right))
