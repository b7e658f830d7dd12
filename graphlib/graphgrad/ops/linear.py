"""The matrix product."""

from __future__ import annotations

from typing import ClassVar

from graphgrad.expression import Notation
from graphgrad.node import Op


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
        if a.ndim == 1:
            row = xp.expand_dims(upstream, axis=-2)
            return lambda: row @ transposed(xp, b), lambda: xp.expand_dims(a, axis=-1) * row
        if b.ndim == 1:
            return lambda: xp.expand_dims(upstream, axis=-1) * b, lambda: xp.expand_dims(upstream, axis=-2) @ a
        return lambda: upstream @ transposed(xp, b), lambda: transposed(xp, a) @ upstream

    def local(self, xp, out, a, b):
        """The factor that each contribution multiplies upstream with."""
        return lambda: transposed(xp, b), lambda: transposed(xp, a)


def transposed(xp, x):
    """x with its last two axes swapped; a vector as it is."""
    if x.ndim <= 2:
        return xp.transpose(x)
    return xp.transpose(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))
