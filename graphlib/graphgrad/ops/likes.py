"""What a derivative takes from another node: its shape, or a count.

It takes them as inputs, so a derivative graph stays right when `replace` gives its leaves more rows.
"""

from __future__ import annotations

from typing import Any

from graphgrad.expression import Notation
from graphgrad.op import Op
from graphgrad.ops.shape import Rearrangement


class Count(Op):
    """The number of elements along `axis`, as a literal, or NaN if there are none; written m."""

    is_public = False
    written = Notation("<count>", "<count>")
    detached = shape_only = (0,)

    def __init__(self, x: Any, *, axis: Any = None, name: str | None = None) -> None:
        self.axis = axis
        super().__init__(x, name=name)

    def forward(self, xp, x):
        shape = xp.shape(x)
        axes = range(len(shape)) if self.axis is None else self.axis
        count = 1.0
        for axis in axes:
            count = count * shape[axis]
        return count or float("nan")

    def vjp(self, xp, upstream, out, x):
        return (None,)


class SumLike(Op):
    """x summed over the axes that broadcasting gave it beyond `like`, in the dtype of `like`."""

    is_public = False
    function = "sum_like"
    detached = shape_only = (1,)
    written = Notation(r"sum(<open>)", r"\sum <product>", latex_level="function")

    def forward(self, xp, x, like):
        shape, dtype = xp.shape(like), xp.asarray(like).dtype
        if not shape:
            total = xp.sum(x)
        else:
            extra = xp.ndim(x) - len(shape)
            stretched = [extra + k for k, length in enumerate(shape) if length == 1]
            total = xp.reshape(xp.sum(x, axis=(*range(extra), *stretched)), shape)
        return total if total.dtype == dtype else total.astype(dtype)

    def vjp(self, xp, upstream, out, x, like):
        return lambda: xp.broadcast_like(upstream, x), None


class BroadcastLike(Rearrangement):
    """x broadcast to the shape of `like`, in its dtype."""

    is_public = False
    function = "broadcast_like"
    detached = shape_only = (1,)
    written = Notation("", "", "same")

    def forward(self, xp, x, like):
        return xp.full(xp.shape(like), x, dtype=xp.asarray(like).dtype)

    def vjp(self, xp, upstream, out, x, like):
        return upstream, None


class ReshapeLike(Rearrangement):
    """x in the shape of `like`."""

    is_public = False
    function = "reshape_like"
    detached = shape_only = (1,)
    written = Notation("", "", "same")

    def forward(self, xp, x, like):
        return xp.reshape(x, xp.shape(like))

    def vjp(self, xp, upstream, out, x, like):
        return lambda: xp.reshape_like(upstream, x), None
