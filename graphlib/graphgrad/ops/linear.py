"""The matrix product."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from graphgrad.expression import Notation
from graphgrad.op import Op


class MatMul(Op):
    """The matrix product a @ b, over vectors, matrices and stacks of matrices, as NumPy defines it."""

    jacobian = "product"
    written = Notation("<product> @ <power>", "<product> <function>", "product")
    cure: ClassVar[str] = (
        "The last axis of the first must be as long as the last but one of the second (or the only one, of a vector); "
        "for a number use Mul"
    )

    def forward(self, xp, a, b):
        return xp.matmul(a, b)

    def vjp(self, xp, upstream, out, a, b):
        if a.ndim == b.ndim == 1:
            return lambda: upstream * b, lambda: upstream * a
        row, column = partial(xp.expand_dims, axis=-2), partial(xp.expand_dims, axis=-1)
        if a.ndim == 1:
            to_a = upstream if b.ndim == 2 else row(upstream)
            return lambda: to_a @ transposed(xp, b), lambda: column(a) * row(upstream)
        if b.ndim == 1:
            to_b = upstream if a.ndim == 2 else row(upstream)
            return lambda: column(upstream) * b, lambda: to_b @ a
        return lambda: upstream @ transposed(xp, b), lambda: transposed(xp, a) @ upstream

    def local(self, xp, out, a, b):
        """The factor that each contribution multiplies upstream with."""
        return lambda: transposed(xp, b), lambda: transposed(xp, a)


def transposed(xp, x):
    """x with its last two axes swapped; a vector as it is."""
    if x.ndim <= 2:
        return xp.transpose(x)
    return xp.transpose(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))
