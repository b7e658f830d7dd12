"""Ops that the rules need beside the public ones: masks for corners, and shapes taken from another node.

What a derivative takes from a node, its shape or a count, it takes as an input: so a derivative
graph stays right when `replace` gives its leaves more rows.
"""

from __future__ import annotations

import math
from typing import Any

from graphgrad.expression import Notation
from graphgrad.node import Op
from graphgrad.ops.elementwise import Elementwise


class Heaviside(Elementwise):
    """1 where x > 0, `at_zero` where x is 0, 0 below."""

    written = Notation("heaviside(<open>, <open>)", "[<sum> > 0]")
    detached = (0, 1)

    def forward(self, xp, x, at_zero):
        return xp.heaviside(x, at_zero)

    def local(self, xp, out, x, at_zero):
        return None, None


class Guard(Elementwise):
    """x, but 1 where a and b are both 0: keeps a corner such as 0 · log 0 out of a rule.

    It is written as x, so that a formula shows the general case.
    """

    written = Notation("", "", "same")
    detached = (1, 2)

    def forward(self, xp, x, a, b):
        if type(b) is float and b:  # a literal exponent, as in x ** 2, has no corner
            return x
        guarded = xp.where(xp.logical_or(xp.logical_or(a, b), xp.isnan(x)), x, 1)
        return guarded.astype(xp.result_type(x, a, b)) if type(x) is float else guarded

    def local(self, xp, out, x, a, b):
        return 1, None, None


class Count(Op):
    """The number of elements along `axis`, as a literal, or NaN if there are none; written m."""

    written = Notation("m", "m")
    detached = (0,)

    def __init__(self, x: Any, *, axis: Any = None, name: str | None = None) -> None:
        self.axis = axis
        super().__init__(x, name=name)

    def forward(self, xp, x):
        shape = xp.shape(x)
        axes = range(len(shape)) if self.axis is None else self.axis
        count = 1.0
        for axis in axes:
            count *= shape[axis]
        return count or float("nan")

    def vjp(self, xp, upstream, out, x):
        return (None,)


class SumLike(Op):
    """x summed over the axes that broadcasting gave it beyond `like`, in the dtype of `like`."""

    function = "sum_like"
    detached = (1,)
    written = Notation(r"sum(<open>)", r"\sum <product>", latex_level="function")

    def forward(self, xp, x, like):
        shape, extra = xp.shape(like), xp.ndim(x) - xp.ndim(like)
        stretched = tuple(extra + k for k, length in enumerate(shape) if length == 1)
        summed = xp.sum(x, axis=(*range(extra), *stretched))
        return xp.reshape(summed, shape).astype(xp.asarray(like).dtype)

    def vjp(self, xp, upstream, out, x, like):
        return lambda: xp.broadcast_like(upstream, x), None


class BroadcastLike(Op):
    """x broadcast to the shape of `like`, in its dtype."""

    function = "broadcast_like"
    detached = (1,)
    written = Notation("", "", "same")

    def forward(self, xp, x, like):
        return xp.broadcast_to(xp.asarray(x, dtype=xp.asarray(like).dtype), xp.shape(like))

    def vjp(self, xp, upstream, out, x, like):
        return upstream, None


class ReshapeLike(Op):
    """x in the shape of `like`."""

    function = "reshape_like"
    detached = (1,)
    written = Notation("", "", "same")

    def forward(self, xp, x, like):
        return xp.reshape(x, xp.shape(like))

    def vjp(self, xp, upstream, out, x, like):
        return lambda: xp.reshape_like(upstream, x), None


class ExpandDims(Op):
    """x with axes of length 1 inserted at `axis`."""

    function = "expand_dims"
    written = Notation("", "", "same")

    def __init__(self, x: Any, *, axis: Any, name: str | None = None) -> None:
        self.axis = axis
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.expand_dims(x, self.axis)

    def vjp(self, xp, upstream, out, x):
        return (lambda: xp.reshape_like(upstream, x),)


class Others(Op):
    """For each element the product of all the others along `axes`: exact where some are 0."""

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
