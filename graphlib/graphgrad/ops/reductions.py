"""Ops that reduce axes: one number from many, so one upstream gradient is spread to each of many."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from graphgrad.expression import Notation, call_notation
from graphgrad.node import Op
from graphgrad.ops.elementwise import times


class Reduction(Op):
    """An op over `axis`: None for all axes, a number, or a tuple of numbers.

    A subclass states ``forward(self, xp, x)`` and ``local(self, xp, out, x)``: the derivative of
    the result with respect to each element, of the shape of x or a number for all. The gradient
    that flows to x is the upstream gradient, spread back over the reduced axes, × local.

    Args:
        x: the node to reduce.
        axis: the axes to reduce.
        keepdims: keep the reduced axes, with length 1.
    """

    jacobian = "spread"
    cure: ClassVar[str] = "axis= takes None, or axes that the input has"
    over_all: ClassVar[Notation | None] = None

    def __init__(
        self, x: Any, *, axis: int | tuple[int, ...] | None = None, keepdims: bool = False, name: str | None = None
    ) -> None:
        self.axis = axis
        self.keepdims = keepdims
        super().__init__(x, name=name)

    def notation(self) -> Notation:
        """How this reduction is written; its settings are named, where they are not the usual ones."""
        if self.axis is None and not self.keepdims and self.over_all is not None:
            return self.over_all
        settings = [f"axis={self.axis}"] * (self.axis is not None) + ["keepdims=True"] * self.keepdims
        return call_notation(self.function, 1, ", ".join(settings))

    def axes(self, ndim: int) -> tuple[int, ...]:
        """The reduced axes of an input with `ndim` axes, counted from the left."""
        if self.axis is None:
            return tuple(range(ndim))
        axes = self.axis if isinstance(self.axis, tuple) else (self.axis,)
        return tuple(axis % ndim for axis in axes)

    def spread(self, xp: Any, reduced: Any, x: Any) -> Any:
        """`reduced`, one number per result, given to each element of x that made the result."""
        axes = self.axes(xp.ndim(x))
        if not self.keepdims and xp.ndim(reduced):
            reduced = xp.expand_dims(reduced, axis=tuple(sorted(axes)))
        return xp.broadcast_like(reduced, x)

    def vjp(self, xp: Any, upstream: Any, out: Any, x: Any) -> Any:
        """Upstream, spread, × local."""
        (local,) = self.local(xp, out, x)
        return (partial(times, self.spread(xp, upstream, x), local),)


class Sum(Reduction):
    """The sum over `axis`."""

    over_all = Notation("sum(<open>)", r"\sum <product>", latex_level="function")

    def forward(self, xp, x):
        return xp.sum(x, axis=self.axis, keepdims=self.keepdims)

    def local(self, xp, out, x):
        return (1,)


class Mean(Reduction):
    """The mean over `axis`; NaN if there is nothing to average."""

    over_all = Notation("mean(<open>)", r"\frac{1}{m} \sum <product>", latex_level="function")

    def forward(self, xp, x):
        return xp.mean(x, axis=self.axis, keepdims=self.keepdims)

    def local(self, xp, out, x):
        return (lambda: 1 / xp.count(x, axis=self.axes(xp.ndim(x))),)


class Prod(Reduction):
    """The product over `axis`; its derivatives are exact where elements are 0."""

    over_all = Notation("prod(<open>)", r"\prod <product>", latex_level="function")

    def forward(self, xp, x):
        return xp.prod(x, axis=self.axis, keepdims=self.keepdims)

    def local(self, xp, out, x):
        return (lambda: xp.others(x, axes=self.axes(xp.ndim(x))),)
