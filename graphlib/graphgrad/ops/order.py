"""Ops along an axis in which the order of the elements matters: running sums, sorting, differences."""

from __future__ import annotations

from operator import index
from typing import Any, ClassVar

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from graphgrad.composition import composition
from graphgrad.op import Op
from graphgrad.ops.shape import Rearrangement


class CumSum(Op):
    """x₁, x₁ + x₂, …: the running sum along `axis`.

    Settings: `axis`; None, the default, runs through all elements as one axis.
    Shapes: any; out has the same, or one axis for None. A ValueError where x has no such axis.
    Domain: all numbers.
    Corners: NaN and ∞ stay from their place on, ∞ − ∞ is NaN; each element gets the sum of the upstream gradients from
        its place on, there too.

    >>> x = gg.Parameter([1.0, 2.0, 3.0])
    >>> running = gg.CumSum(x)
    >>> running.backward([1.0, 1.0, 1.0])
    >>> running.value, x.grad
    (array([1., 3., 6.]), array([3., 2., 1.]))
    """

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
    """x in increasing order along `axis`.

    Settings: `axis`, the last one by default; None sorts all elements along one axis.
    Shapes: any; out has the same, or one axis for None. A ValueError where x has no such axis.
    Domain: all numbers.
    Corners: those that tie keep their order, and the gradient follows them. NaN comes last.

    >>> x = gg.Parameter([3.0, 1.0, 2.0])
    >>> gg.Sort(x).backward([1.0, 2.0, 3.0])
    >>> x.grad
    array([3., 1., 2.])
    """

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


@composition("partition", is_public=False)
def Partition(xp, x, /, kth, axis=-1):
    """x with the smallest elements along `axis` before place `kth`, and the largest behind it.

    Settings: `kth`, a whole number or several, of which there must be a place; `axis`, the last one by default; None
        takes x as one axis.
    Shapes: any; out has the same, or one axis for None. A ValueError where x has no such axis, or no such place.
    Domain: all numbers.
    Corners: before and behind the place, where NumPy leaves it open, the elements are in order too. Ties and NaN as for
        Sort.

    >>> np.partition(gg.Input([3.0, 1.0, 4.0, 2.0]), 1).value
    array([1., 2., 3., 4.])
    """
    ordered = xp.sort(x, axis=axis)
    length = xp.shape(ordered)[-1 if axis is None else axis]
    if not all(-length <= index(place) < length for place in np.atleast_1d(kth)):
        raise ValueError(f"kth={kth!r} is no place among {length} elements")
    return ordered


@composition("diff", is_public=False)
def Diff(xp, x, /, n=1, axis=-1):
    """x₂ − x₁, x₃ − x₂, …: the differences of neighbours along `axis`.

    Settings: `n`, how often they are taken, 1 by default; `axis`, the last one by default.
    Shapes: any with the axis, else a ValueError; out has n elements less along it, but not less than none.
    Domain: all numbers.
    Corners: ∞ − ∞ is NaN. The gradients are ±1 there too.

    >>> np.diff(gg.Input([1.0, 4.0, 9.0])).value
    array([3., 5.])
    """
    axis = normalize_axis_index(axis, xp.ndim(x))
    for _ in range(n):
        upper = [slice(None)] * xp.ndim(x)
        lower = list(upper)
        upper[axis], lower[axis] = slice(1, None), slice(None, -1)
        x = x[tuple(upper)] - x[tuple(lower)]
    return x
