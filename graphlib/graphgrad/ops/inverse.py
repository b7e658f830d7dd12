"""Inverses, determinants and roots of square matrices, or of stacks of them, and linear equations."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np

from graphgrad.composition import composition
from graphgrad.op import Op
from graphgrad.ops.linear import transposed


class Inv(Op):
    """x⁻¹, the inverse of a square matrix, or of each. Its derivative is d(x⁻¹) = −x⁻¹ dx x⁻¹.

    Shapes: (…, n, n) → the same.
    Domain: invertible matrices.
    Corners: n = 0 gives the empty matrix. The closer to singular, the fewer digits are right.
    Raises: LinAlgError, a ValueError, where a matrix is singular or not square.

    >>> x = gg.Parameter([[2.0, 0.0], [0.0, 4.0]])
    >>> gg.Sum(gg.Inv(x)).backward()
    >>> x.grad
    array([[-0.25  , -0.125 ], [-0.125 , -0.0625]])
    """

    aliases = ("linalg.inv",)
    cure: ClassVar[str] = "x needs two last axes of the same length, and no matrix may be singular"

    def forward(self, xp, x):
        return xp.linalg.inv(x)

    def vjp(self, xp, upstream, out, x):
        return (lambda: -(transposed(xp, out) @ upstream @ transposed(xp, out)),)


class Det(Op):
    """det x, the determinant of a square matrix, or of each. Its derivative is d(det x) = det x · tr(x⁻¹ dx).

    Shapes: (…, n, n) → (…).
    Domain: all square matrices; for the derivative invertible ones, as it takes the inverse.
    Corners: 1 where n = 0. Of a singular matrix it is 0, up to rounding; where the inverse does not exist in floating
        point either, the way back is a LinAlgError.
    Raises: LinAlgError, a ValueError, where a matrix is not square.

    >>> x = gg.Parameter([[1.0, 2.0], [3.0, 4.0]])
    >>> gg.Det(x).backward()
    >>> x.grad.round(4)  # the cofactors
    array([[ 4., -3.], [-2.,  1.]])
    """

    aliases = ("linalg.det",)
    cure: ClassVar[str] = "x needs two last axes of the same length"

    def forward(self, xp, x):
        return xp.linalg.det(x)

    def vjp(self, xp, upstream, out, x):
        def to_x():
            inverse = inverse_for(self, xp, x, "write a small one out, as in x[0, 0] * x[1, 1] - x[0, 1] * x[1, 0]")
            return xp.expand_dims(upstream * out, axis=(-2, -1)) * transposed(xp, inverse)

        return (to_x,)


def inverse_for(op, xp, x, cure):
    """x⁻¹, for the derivative of an op that is defined where there is none; the error says so."""
    try:
        return xp.inv(x)
    except np.linalg.LinAlgError:
        raise np.linalg.LinAlgError(
            f"{op._call()}: its derivative takes the inverse, and a matrix is singular; {cure}"
        ) from None


class Solve(Op):
    """The x for which a @ x = b. Its derivative is dx = a⁻¹ (db − da x).

    Shapes: (…, n, n) and (n,) → (…, n) for a vector b; (…, n, n) and (…, n, m) → (…, n, m), column by column.
    Domain: invertible matrices a.
    Corners: n = 0 gives no elements. The closer a is to singular, the fewer digits are right.
    Raises: ValueError where a and b do not fit; LinAlgError, which is one, where a matrix is singular or not square.

    >>> a, b = gg.Parameter([[2.0, 0.0], [0.0, 4.0]]), gg.Parameter([2.0, 4.0])
    >>> x = gg.Solve(a, b)
    >>> gg.Sum(x).backward()
    >>> x.value, b.grad
    (array([1., 1.]), array([0.5 , 0.25]))
    """

    aliases = ("linalg.solve",)
    cure: ClassVar[str] = "a needs two last axes of the same length, which is that of b, and may not be singular"

    def forward(self, xp, a, b):
        return xp.linalg.solve(a, b)

    def vjp(self, xp, upstream, out, a, b):
        row, column = partial(xp.expand_dims, axis=-2), partial(xp.expand_dims, axis=-1)

        def to_b():
            if b.ndim == 1:
                return xp.squeeze(xp.solve(transposed(xp, a), column(upstream)), axis=-1)
            return xp.solve(transposed(xp, a), upstream)

        def to_a():
            return -(column(to_b()) * row(out)) if b.ndim == 1 else -(to_b() @ transposed(xp, out))

        return to_a, to_b


class LogAbsDet(Op):
    """log |det x|, without overflow; −∞ if x is singular."""

    is_public = False
    function = "log_abs_det"
    cure: ClassVar[str] = "x needs two last axes of the same length"

    def forward(self, xp, x):
        return xp.linalg.slogdet(x)[1]

    def vjp(self, xp, upstream, out, x):
        def to_x():
            inverse = inverse_for(self, xp, x, "log |det x| has no derivative there, so give one that is invertible")
            return xp.expand_dims(upstream, axis=(-2, -1)) * transposed(xp, inverse)

        return (to_x,)


class SignOfDet(Op):
    """The sign of the determinant: 1, −1 or 0, also where the determinant itself under- or overflows."""

    is_public = False
    function = "sign_of_det"
    detached = (0,)
    cure: ClassVar[str] = LogAbsDet.cure

    def forward(self, xp, x):
        return xp.linalg.slogdet(x)[0]

    def vjp(self, xp, upstream, out, x):
        return (None,)


class SlogdetResult(NamedTuple):
    """What NumPy calls the sign of a determinant, and the logarithm of its size."""

    sign: Any
    logabsdet: Any


@composition("linalg.slogdet", is_public=False)
def SignAndLogDet(xp, x, /):
    """The sign of the determinant, and the logarithm of its absolute value.

    Shapes: (…, n, n) → two of (…).
    Domain: all square matrices; for the derivative of the logarithm invertible ones, as it takes the inverse.
    Corners: 1 and 0 where n = 0; 0 and −∞ for a matrix that is singular in floating point too, where the way back is a
        LinAlgError.
    Raises: LinAlgError, a ValueError, where a matrix is not square.

    >>> sign, size = np.linalg.slogdet(gg.Input([[0.0, 1e200], [1e200, 0.0]]))  # the determinant itself overflows
    >>> sign.value, size.value.round(4)
    (np.float64(-1.0), np.float64(921.034))
    """
    return SlogdetResult(xp.sign_of_det(x), xp.log_abs_det(x))


class Cholesky(Op):
    """The lower triangular L for which L @ Lᵀ = x, or each of a stack.

    The derivative is that of Murray 2016, "Differentiation of the Cholesky decomposition".

    Shapes: (…, n, n) → the same.
    Domain: symmetric positive definite matrices.
    Corners: of x only the lower triangle is read, so the gradient is 0 above it. n = 0 gives the empty matrix.
    Raises: LinAlgError, a ValueError, where a matrix is not square, or not positive definite.

    >>> x = gg.Parameter([[4.0, 2.0], [2.0, 5.0]])
    >>> root = gg.Cholesky(x)
    >>> gg.Sum(root).backward()
    >>> root.value, x.grad
    (array([[2., 0.], [1., 2.]]), array([[0.1875, 0.    ], [0.25  , 0.25  ]]))
    """

    aliases = ("linalg.cholesky",)
    cure: ClassVar[str] = "x needs to be symmetric and positive definite"

    def forward(self, xp, x):
        return xp.linalg.cholesky(x)

    def vjp(self, xp, upstream, out, x):
        def to_x():
            product = transposed(xp, out) @ upstream
            lower = (xp.tril(product) + xp.tril(product, k=-1)) / 2  # the diagonal counts half
            left = xp.solve(transposed(xp, out), lower)
            flow = transposed(xp, xp.solve(transposed(xp, out), transposed(xp, left)))
            flow = (flow + transposed(xp, flow)) / 2
            return xp.tril(flow) + xp.tril(flow, k=-1)

        return (to_x,)
