"""Ops that rearrange elements: each gradient goes back to the place its element came from."""

from __future__ import annotations

from operator import index
from typing import Any, ClassVar

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from graphgrad.arrays import settled
from graphgrad.composition import composition
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

    Settings: `shape`, a number or a tuple; one length may be −1, and is then worked out.
    Shapes: any of as many elements, else a ValueError.
    Domain: all numbers.
    Corners: none.

    >>> gg.Reshape([1.0, 2.0, 3.0, 4.0], (2, -1)).value
    array([[1., 2.], [3., 4.]])
    """

    cure: ClassVar[str] = "shape= must hold as many elements as the input"

    def __init__(self, x: Any, shape: Any, *, name: str | None = None) -> None:
        self.new_shape = lengths(shape, type(self).__name__)
        super().__init__(x, name=name)

    def notation(self) -> Notation:
        """The new shape is named."""
        return call_notation(self.function, 1, f"shape={self.new_shape}")

    def forward(self, xp, x):
        return xp.reshape(x, self.new_shape)

    def vjp(self, xp, upstream, out, x):
        return (lambda: xp.reshape_like(upstream, x),)


def lengths(shape, call):
    """A shape as a number or a tuple of numbers."""
    try:
        return tuple(map(index, shape)) if np.iterable(shape) else index(shape)
    except TypeError:
        raise TypeError(f"{call}(x, shape={shape!r:.40}): give whole numbers, as in shape=(2, 3)") from None


class Transpose(Rearrangement):
    """xᵀ, or x with its axes in another order.

    Settings: `axes`, for each axis of out the axis of x that it is; None reverses them.
    Shapes: any; the lengths move with their axes. A ValueError where `axes` does not name each axis once, a TypeError
        where it holds no whole numbers.
    Domain: all numbers.
    Corners: a vector or a number stays as it is.

    >>> gg.Transpose([[1.0, 2.0, 3.0]]).value
    array([[1.], [2.], [3.]])
    """

    cure: ClassVar[str] = "axes= names each axis of the input once"

    def __init__(self, x: Any, axes: Any = None, *, name: str | None = None) -> None:
        try:
            self.axes = None if axes is None else tuple(map(index, axes if np.iterable(axes) else (axes,)))
        except TypeError:
            raise TypeError(f"Transpose(x, axes={axes!r:.40}): give whole numbers, as in axes=(1, 0)") from None
        super().__init__(x, name=name)

    def notation(self) -> Notation:
        """The transpose sign, or the order of the axes."""
        if self.axes is None:
            return Notation("transpose(<open>)", "<call>^{T}", latex_level="power")
        return super().notation()

    def forward(self, xp, x):
        return xp.transpose(x, self.axes)

    def vjp(self, xp, upstream, out, x):
        if self.axes is None:
            return (lambda: xp.transpose(upstream),)
        ndim = len(self.axes)
        order = [axis % ndim for axis in self.axes]
        return (lambda: xp.transpose(upstream, tuple(order.index(k) for k in range(ndim))),)


class ExpandDims(Rearrangement):
    """x with axes of length 1 inserted.

    Settings: `axis`, a number or a tuple: where they are in out.
    Shapes: any; out has the new axes besides. A ValueError where out would have no such axis.
    Domain: all numbers.
    Corners: none.

    >>> gg.ExpandDims([1.0, 2.0], axis=1).shape
    (2, 1)
    """

    function = "expand_dims"
    cure: ClassVar[str] = "axis= names axes that the result has, each once"
    written = Notation("", "", "same")

    def __init__(self, x: Any, *, axis: Any, name: str | None = None) -> None:
        self.axis = settled(axis)
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.expand_dims(x, self.axis)

    def vjp(self, xp, upstream, out, x):
        return (lambda: xp.reshape_like(upstream, x),)


class Squeeze(Rearrangement):
    """x without axes of length 1.

    Settings: `axis`, a number or a tuple; None takes away all of them.
    Shapes: any; a ValueError where `axis` names an axis that is longer.
    Domain: all numbers.
    Corners: none.

    >>> gg.Squeeze([[1.0], [2.0]]).shape
    (2,)
    """

    cure: ClassVar[str] = "axis= takes None, or axes of length 1"
    written = Notation("", "", "same")

    def __init__(self, x: Any, *, axis: Any = None, name: str | None = None) -> None:
        self.axis = settled(axis)
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.squeeze(x, self.axis)

    def vjp(self, xp, upstream, out, x):
        return (lambda: xp.reshape_like(upstream, x),)


class BroadcastTo(Rearrangement):
    """x repeated along new axes, and along those of length 1.

    Settings: `shape`, that of out, a number or a tuple.
    Shapes: from the right, each length of x is that of `shape`, or 1, else a ValueError.
    Domain: all numbers.
    Corners: an element gets the sum of what flows to its copies, and 0 where `shape` holds none.

    >>> x = gg.Parameter([[1.0], [2.0]])
    >>> gg.Sum(gg.BroadcastTo(x, (2, 3))).backward()
    >>> x.grad
    array([[3.], [3.]])
    """

    function = "broadcast_to"
    cure: ClassVar[str] = "From the right, each length of x must be that of shape=, or 1"

    def __init__(self, x: Any, shape: Any, *, name: str | None = None) -> None:
        self.new_shape = lengths(shape, type(self).__name__)
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.broadcast_to(x, self.new_shape)

    def vjp(self, xp, upstream, out, x):
        return (upstream,)  # the sweep sums it back


@composition("ravel")
def Ravel(xp, x, /):
    """All elements of x along one axis, the last axis fastest.

    Shapes: any → (n,), where n is the number of elements.
    Domain: all numbers.
    Corners: none; a number is a vector of one.

    >>> gg.Ravel([[1.0, 2.0], [3.0, 4.0]]).value
    array([1., 2., 3., 4.])
    """
    return xp.reshape(x, -1)


@composition("swapaxes")
def SwapAxes(xp, x, /, axis1, axis2):
    """x with two axes in each other's place.

    Settings: `axis1` and `axis2`, the two axes.
    Shapes: any; a ValueError where x has no such axis.
    Domain: all numbers.
    Corners: none.

    >>> gg.SwapAxes(np.zeros((2, 3, 4)), 0, 2).shape
    (4, 3, 2)
    """
    order = list(range(xp.ndim(x)))
    (first,), (second,) = (normalize_axis_tuple(axis, xp.ndim(x)) for axis in (axis1, axis2))
    order[first], order[second] = second, first
    return xp.transpose(x, axes=order)


@composition("moveaxis")
def MoveAxis(xp, x, /, source, destination):
    """x with some axes moved; the others keep their order.

    Settings: `source` and `destination`, two numbers, or two tuples as long as each other.
    Shapes: any; a ValueError where x has no such axis, or the two differ in length.
    Domain: all numbers.
    Corners: none.

    >>> gg.MoveAxis(np.zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    ndim = xp.ndim(x)
    source, destination = (normalize_axis_tuple(axes, ndim) for axes in (source, destination))
    if len(source) != len(destination):
        raise ValueError(f"source {source} and destination {destination} name different numbers of axes")
    order = [axis for axis in range(ndim) if axis not in source]
    for place, axis in sorted(zip(destination, source, strict=True)):
        order.insert(place, axis)
    return xp.transpose(x, axes=order)
