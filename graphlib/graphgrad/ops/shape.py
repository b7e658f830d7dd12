"""Ops that rearrange elements: each gradient goes back to the place its element came from."""

from __future__ import annotations

from operator import index
from typing import Any, ClassVar

import numpy as np

from graphgrad.expression import Notation, call_notation
from graphgrad.op import Op


class Rearrangement(Op):
    """An op that moves elements without changing them: its local gradient is 1, in another place."""

    jacobian = "rearrangement"

    def local(self, xp: Any, out: Any, *inputs: Any) -> Any:
        """1 for each element, wherever it went."""
        return (1,) * len(inputs)


class Reshape(Rearrangement):
    """The elements of x in another shape, in the same order.

    Args:
        x: the node.
        shape: the new shape; one length may be −1, and is then worked out.
    """

    cure: ClassVar[str] = "shape= must hold as many elements as the input"

    def __init__(self, x: Any, shape: Any, *, name: str | None = None) -> None:
        self.new_shape = tuple(map(index, shape)) if np.iterable(shape) else index(shape)
        super().__init__(x, name=name)

    def notation(self) -> Notation:
        """The new shape is named."""
        return call_notation(self.function, 1, f"shape={self.new_shape}")

    def forward(self, xp, x):
        return xp.reshape(x, self.new_shape)

    def vjp(self, xp, upstream, out, x):
        return (lambda: xp.reshape_like(upstream, x),)


class Transpose(Rearrangement):
    """x with its axes in another order; in reverse order, if none is given.

    Args:
        x: the node.
        axes: for each axis of the result, the axis of x that it is.
    """

    cure: ClassVar[str] = "axes= names each axis of the input once"

    def __init__(self, x: Any, axes: Any = None, *, name: str | None = None) -> None:
        self.axes = None if axes is None else tuple(map(index, axes))
        super().__init__(x, name=name)

    def notation(self) -> Notation:
        """The transpose sign, or the order of the axes."""
        if self.axes is None:
            return Notation("transpose(<open>)", "<call>^{T}", latex_level="power")
        return call_notation(self.function, 1, f"axes={self.axes}")

    def forward(self, xp, x):
        return xp.transpose(x, self.axes)

    def vjp(self, xp, upstream, out, x):
        if self.axes is None:
            return (lambda: xp.transpose(upstream),)
        ndim = len(self.axes)
        order = [axis % ndim for axis in self.axes]
        return (lambda: xp.transpose(upstream, tuple(order.index(k) for k in range(ndim))),)
