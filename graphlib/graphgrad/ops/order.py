"""Ops along an axis in which the order of the elements matters: running sums, sorting, differences."""

from __future__ import annotations

from typing import Any, ClassVar

from graphgrad.composition import composition
from graphgrad.op import Op
from graphgrad.ops.shape import Rearrangement


class CumSum(Op):
    """The running sum along `axis`; along one axis of all elements, if it is None."""

    cure: ClassVar[str] = "axis= takes None, or an axis that the input has"

    def __init__(self, x: Any, *, axis: int | None = None, name: str | None = None) -> None:
        self.axis = axis
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.cumsum(x, axis=self.axis)

    def vjp(self, xp, upstream, out, x):
        axis = 0 if self.axis is None else self.axis
        return (lambda: xp.reshape_like(xp.flip(xp.cumsum(xp.flip(upstream, axis=axis), axis=axis), axis=axis), x),)


class Sort(Rearrangement):
    """x in increasing order along `axis`; along one axis of all elements, if it is None."""

    cure: ClassVar[str] = "axis= takes None, or an axis that the input has"

    def __init__(self, x: Any, *, axis: int | None = -1, name: str | None = None) -> None:
        self.axis = axis
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.sort(x, axis=self.axis)

    def vjp(self, xp, upstream, out, x):
        return (lambda: xp.unsort_like(upstream, x, axis=self.axis),)


class SortLike(Rearrangement):
    """x in the order that sorts `like` along `axis`."""

    is_public = False
    function = "sort_like"
    detached = (1,)

    def __init__(self, x: Any, like: Any, *, axis: int | None, name: str | None = None) -> None:
        self.axis = axis
        super().__init__(x, like, name=name)

    def forward(self, xp, x, like):
        return xp.take_along_axis(x, xp.argsort(like, axis=self.axis, kind="stable"), axis=self.axis)

    def vjp(self, xp, upstream, out, x, like):
        return lambda: xp.unsort_like(upstream, like, axis=self.axis), None


class UnsortLike(Rearrangement):
    """x, which stands in the order that sorts `like`, put in the order of `like` itself."""

    is_public = False
    function = "unsort_like"
    detached = (1,)

    def __init__(self, x: Any, like: Any, *, axis: int | None, name: str | None = None) -> None:
        self.axis = axis
        super().__init__(x, like, name=name)

    def forward(self, xp, x, like):
        axis = -1 if self.axis is None else self.axis
        order = xp.argsort(like, axis=self.axis, kind="stable")
        return xp.reshape(xp.take_along_axis(x, xp.argsort(order, axis=axis), axis=axis), xp.shape(like))

    def vjp(self, xp, upstream, out, x, like):
        return lambda: xp.sort_like(upstream, like, axis=self.axis), None


@composition("diff", is_public=False)
def Diff(xp, x, /, n=1, axis=-1):
    """The differences of neighbours along `axis`, taken `n` times."""
    for _ in range(n):
        upper = [slice(None)] * xp.ndim(x)
        lower = list(upper)
        upper[axis], lower[axis] = slice(1, None), slice(None, -1)
        x = x[tuple(upper)] - x[tuple(lower)]
    return x
