"""Inverses, determinants and roots of square matrices, or of stacks of them, and linear equations."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, NamedTuple

from graphgrad.composition import composition
from graphgrad.op import Op
from graphgrad.ops.linear import transposed


class Inv(Op):
    """The inverse of a square matrix, or of each.

    Raises:
        ValueError: a matrix is singular, or not square.
    """

    aliases = ("linalg.inv",)
    cure: ClassVar[str] = "x needs two last axes of the same length, and no matrix may be singular"

    def forward(self, xp, x):
        return xp.linalg.inv(x)

    def vjp(self, xp, upstream, out, x):
        return (lambda: -(transposed(xp, out) @ upstream @ transposed(xp, out)),)


class Det(Op):
    """The determinant of a square matrix, or of each; its derivative needs the inverse.

    Raises:
        ValueError: a matrix is not square.
    """

    aliases = ("linalg.det",)
    cure: ClassVar[str] = "x needs two last axes of the same length"

    def forward(self, xp, x):
        return xp.linalg.det(x)

    def vjp(self, xp, upstream, out, x):
        return (lambda: xp.expand_dims(upstream * out, axis=(-2, -1)) * transposed(xp, xp.inv(x)),)


class Solve(Op):
    """The x for which a @ x = b: for a vector b, if it has one axis, else for each column of a matrix.

    Raises:
        ValueError: a is singular, or not square, or does not fit b.
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
        return (lambda: xp.expand_dims(upstream, axis=(-2, -1)) * transposed(xp, xp.inv(x)),)


class SignOfDet(Op):
    """The sign of the determinant: 1, −1 or 0, also where the determinant itself under- or overflows."""

    is_public = False
    function = "sign_of_det"
    detached = (0,)

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
    """The sign of the determinant, and the logarithm of its size."""
    return SlogdetResult(xp.sign_of_det(x), xp.log_abs_det(x))


class Cholesky(Op):
    """The lower triangular L for which L @ Lᵀ = x, a symmetric positive definite matrix, or each of a stack.

    Of x only the lower triangle is read, so the gradient is 0 above it. The derivative is that of Murray 2016,
    "Differentiation of the Cholesky decomposition".

    Raises:
        ValueError: a matrix is not square, or not positive definite.
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
