"""Products of all elements but one, or but two: the derivatives of a product, exact where elements are 0."""

from __future__ import annotations

import math
from typing import Any

from graphgrad.expression import Notation
from graphgrad.op import Op


class Others(Op):
    """For each element the product of all the others along `axes`: exact where some are 0."""

    is_public = False
    written = Notation("others(<open>)", r"\prod_{\text{others}} <product>", latex_level="function")

    def __init__(self, x: Any, *, axes: tuple[int, ...], name: str | None = None) -> None:
        self.axes = axes
        super().__init__(x, name=name)

    def forward(self, xp, x):
        flat = flattened(xp, x, self.axes)
        first = xp.ones_like(flat[..., :1])
        before = xp.cumprod(xp.concatenate((first, flat[..., :-1]), axis=-1), axis=-1)
        after = xp.cumprod(xp.concatenate((first, flat[..., :0:-1]), axis=-1), axis=-1)[..., ::-1]
        return unflattened(xp, before * after, x, self.axes)

    def vjp(self, xp, upstream, out, x):
        return (lambda: xp.pairs(upstream, x, axes=self.axes),)


class Pairs(Op):
    """For each x_j: Σ over i ≠ j of upstream_i · the product of all x along `axes` but x_i and x_j.

    It takes memory quadratic in the number of elements; only second derivatives of a product need it.
    """

    is_public = False

    def __init__(self, upstream: Any, x: Any, *, axes: tuple[int, ...], name: str | None = None) -> None:
        self.axes = axes
        super().__init__(upstream, x, name=name)

    def forward(self, xp, upstream, x):
        weights, flat = flattened(xp, upstream, self.axes), flattened(xp, x, self.axes)
        on_diagonal = xp.eye(flat.shape[-1], dtype=bool)
        without = xp.where(on_diagonal, 1, flat[..., None, :])  # row i is x without x_i
        others = xp.where(on_diagonal, 0, xp.others(without, axes=(-1,)))
        return unflattened(xp, (weights[..., None, :] @ others)[..., 0, :], x, self.axes)

    def vjp(self, xp, upstream, out, weights, x):
        return lambda: xp.pairs(upstream, x, axes=self.axes), self._third

    def _third(self):
        raise NotImplementedError("third derivatives of Prod are not available: write the product with *")


def flattened(xp, x, axes):
    """x with `axes` made one, the last."""
    moved = xp.moveaxis(x, axes, range(-len(axes), 0))
    kept = moved.ndim - len(axes)
    return xp.reshape(moved, (*moved.shape[:kept], math.prod(moved.shape[kept:])))


def unflattened(xp, flat, x, axes):
    """What :func:`flattened` made of an array like x, as it was."""
    last = range(-len(axes), 0)
    return xp.moveaxis(xp.reshape(flat, xp.moveaxis(x, axes, last).shape), last, axes)
