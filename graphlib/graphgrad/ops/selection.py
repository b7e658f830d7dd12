"""Ops whose every element is one of their input's, or 0: each gradient is added where its element was taken."""

from __future__ import annotations

from math import prod
from operator import index
from typing import Any, ClassVar

import numpy as np

from graphgrad.arrays import frozen, settled
from graphgrad.expression import Notation
from graphgrad.namespace import numbers
from graphgrad.node import Node
from graphgrad.ops.shape import Rearrangement


class Selection(Rearrangement):
    """An op that takes elements of x, each as often as it likes, and may put zeros between them.

    A subclass states ``forward(self, xp, x)`` alone, which must treat elements alike: where it takes them
    from is found by running it on their numbers, 1, 2, 3, …

    Shapes: as forward has it.
    Domain: all numbers.
    Corners: an element that is taken several times gets the sum of what flows to its copies, one that is not taken 0.

    >>> class EverySecond(gg.Selection):
    ...     def forward(self, xp, x):
    ...         return x[::2]
    >>> x = gg.Parameter([1.0, 2.0, 3.0])
    >>> EverySecond(x).backward([10.0, 100.0])
    >>> x.grad
    array([ 10.,   0., 100.])
    """

    def again(self, xp: Any, x: Any) -> Any:
        """The same elements of another x: numbers of numbers, a node of a node."""
        return type(self)(x, **self.given()) if isinstance(x, Node) else self.on(numbers, x, **self.given())

    def vjp(self, xp: Any, upstream: Any, out: Any, x: Any) -> Any:
        """Upstream, each element added to the place that its element of the result was taken from."""
        return (lambda: xp.put_back(upstream, x, selection=self),)


class PutBack(Rearrangement):
    """Zeros shaped as `like`, to which each element of x is added in the place that `selection` takes it from."""

    is_public = False
    function = "put_back"
    detached = shape_only = (1,)
    written = Notation("put_back(<open>)", r"\operatorname{put\_back}(<open>)")

    def __init__(self, x: Any, like: Any, *, selection: Selection, name: str | None = None) -> None:
        self.selection = selection
        super().__init__(x, like, name=name)

    def forward(self, xp, x, like):
        shape = xp.shape(like)
        size = prod(shape)
        places = self.selection.forward(xp, xp.reshape(xp.arange(1, size + 1), shape))
        sums = xp.bincount(xp.ravel(places), xp.ravel(x), size + 1)  # place 0 is that of a zero
        return xp.reshape(sums[1:], shape).astype(xp.asarray(x).dtype)

    def vjp(self, xp, upstream, out, x, like):
        return lambda: self.selection.again(xp, upstream), None


class GetItem(Selection):
    """x[index], as NumPy defines it.

    Settings: `index`: integers, slices, ``...``, None, Boolean masks, arrays of integers, or a tuple of these.
    Shapes: as in NumPy; an IndexError where x has no such place, a TypeError where the index is a node.
    Domain: all numbers.
    Corners: an element that is taken several times gets the sum of what flows to its copies, one that is not taken 0.

    >>> x = gg.Parameter([1.0, 2.0, 3.0])
    >>> gg.Sum(x[[0, 0, 2]]).backward()
    >>> x.grad
    array([2., 0., 1.])
    """

    cure: ClassVar[str] = "index= takes what NumPy takes: integers, slices, masks, and arrays of integers"

    def __init__(self, x: Any, index: Any, *, name: str | None = None) -> None:
        parts = index if isinstance(index, tuple) else (index,)
        self.index = tuple(self._part(part) for part in parts)
        super().__init__(x, name=name)

    @staticmethod
    def _part(part: Any) -> Any:
        """One part of an index, safe from changes."""
        if isinstance(part, Node):
            raise TypeError(f"x[{part!r}]: a node is no index; take its numbers, as in x[node.value.astype(int)]")
        if part is None or part is Ellipsis or isinstance(part, slice | int | np.integer):
            return part
        array = np.array(part)
        return frozen(array if array.size or hasattr(part, "dtype") else array.astype(int))  # x[[]] takes nothing

    def notation(self) -> Notation:
        """The index in brackets."""
        inside = ", ".join(map(_written, self.index)) or "()"
        return Notation(f"<call>[{inside}]", rf"<call>[\text{{{inside}}}]")

    def forward(self, xp, x):
        return x[self.index]


def _written(part: Any) -> str:
    """A part of an index as in Python; of a long one what it is."""
    if isinstance(part, slice):
        step = "" if part.step is None else f":{part.step}"
        return f"{'' if part.start is None else part.start}:{'' if part.stop is None else part.stop}{step}"
    if part is Ellipsis:
        return "..."
    if not np.ndim(part):
        return str(part)
    if part.ndim == 1 and part.size <= 6:
        return f"[{', '.join(map(str, part.tolist()))}]"
    return "mask" if part.dtype == bool else f"{part.size} integers"


class Diagonal(Selection):
    """The elements x[i, i + offset] over two axes, along a new last axis.

    Settings: `offset`, 0 for the main diagonal; `axis1` and `axis2`, the first two axes by default.
    Shapes: (n, m, …) → (…, length of the diagonal); a ValueError where x has no such axes.
    Domain: all numbers.
    Corners: elements beside the diagonal have gradient 0.

    >>> gg.Diagonal([[1.0, 2.0], [3.0, 4.0]]).value
    array([1., 4.])
    """

    cure: ClassVar[str] = "axis1= and axis2= are two axes of x"

    def __init__(self, x: Any, *, offset: int = 0, axis1: int = 0, axis2: int = 1, name: str | None = None) -> None:
        self.offset, self.axis1, self.axis2 = offset, axis1, axis2
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.diagonal(x, self.offset, self.axis1, self.axis2)


class Diag(Selection):
    """The matrix with the vector x on its diagonal `k`, and zeros elsewhere; of a matrix that diagonal.

    Settings: `k`, 0 for the main diagonal.
    Shapes: (n,) → (n, n), wider by the distance of `k` from 0; (n, m) → (length of the diagonal,); else a ValueError.
    Domain: all numbers.
    Corners: elements beside the diagonal have gradient 0.

    >>> np.diag(gg.Input([1.0, 2.0])).value
    array([[1., 0.], [0., 2.]])
    """

    is_public = False
    cure: ClassVar[str] = "x has one axis or two"

    def __init__(self, x: Any, *, k: int = 0, name: str | None = None) -> None:
        self.k = k
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.diag(x, self.k)


class Repeat(Selection):
    """Each element several times in succession.

    Settings: `repeats`, a number, or one for each element; along `axis`, or along one axis of all elements, if it is
        None.
    Shapes: out is as long along `axis` as the repeats add up to; a ValueError where they do not fit x.
    Domain: all numbers.
    Corners: an element gets the sum of what flows to its copies, and 0 where it is repeated 0 times.

    >>> x = gg.Parameter([1.0, 2.0])
    >>> gg.Sum(gg.Repeat(x, [3, 0])).backward()
    >>> x.grad
    array([3., 0.])
    """

    cure: ClassVar[str] = "repeats= is a number, or one for each element along axis="

    def __init__(self, x: Any, repeats: Any, *, axis: int | None = None, name: str | None = None) -> None:
        self.repeats, self.axis = frozen(np.array(repeats)), axis
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.repeat(x, self.repeats, self.axis)


class Tile(Selection):
    """x laid side by side.

    Settings: `reps`, how often, along each axis; a number is for the last one.
    Shapes: out is reps times as long along each axis, and has an axis for each of `reps`; a ValueError where one is
        negative.
    Domain: all numbers.
    Corners: an element gets the sum of what flows to its copies, and 0 where it is laid 0 times.

    >>> gg.Tile([1.0, 2.0], 2).value
    array([1., 2., 1., 2.])
    """

    cure: ClassVar[str] = "reps= is a number, or one for each axis"

    def __init__(self, x: Any, reps: Any, *, name: str | None = None) -> None:
        self.reps = settled(reps)
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.tile(x, self.reps)


class Roll(Selection):
    """x shifted along `axis`; what leaves at one end comes in at the other.

    Settings: `shift` by so many places, `axis` along which; None shifts all elements as one axis. As many of each.
    Shapes: any; out has the same. A ValueError where x has no such axis.
    Domain: all numbers.
    Corners: none.

    >>> gg.Roll([1.0, 2.0, 3.0], 1).value
    array([3., 1., 2.])
    """

    cure: ClassVar[str] = "shift= is a whole number, and axis= an axis of x, or as many of each"

    def __init__(self, x: Any, shift: Any, *, axis: Any = None, name: str | None = None) -> None:
        self.shift, self.axis = settled(shift), settled(axis)
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.roll(x, self.shift, self.axis)


class Flip(Selection):
    """x in reverse order along `axis`.

    Settings: `axis`, a number or a tuple; None reverses all axes.
    Shapes: any; out has the same. A ValueError where x has no such axis.
    Domain: all numbers.
    Corners: none.

    >>> gg.Flip([[1.0, 2.0], [3.0, 4.0]], axis=1).value
    array([[2., 1.], [4., 3.]])
    """

    cure: ClassVar[str] = "axis= takes None, or axes that x has"

    def __init__(self, x: Any, *, axis: Any = None, name: str | None = None) -> None:
        self.axis = settled(axis)
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.flip(x, self.axis)


class Pad(Selection):
    """x with a border.

    Settings: `pad_width`, the numbers of elements before and after each axis, as in NumPy; `mode`: "constant" (zeros),
        "edge", "reflect", "symmetric" or "wrap".
    Shapes: out is longer by the widths. A ValueError where one is negative, there is no such mode, or an axis of length
        0 is to be continued.
    Domain: all numbers.
    Corners: what flows to a zero of the border is lost; in the other modes it is added to the element that stands
        there.

    >>> x = gg.Parameter([1.0, 2.0])
    >>> padded = gg.Pad(x, (0, 2), mode="edge")
    >>> gg.Sum(padded).backward()
    >>> padded.value, x.grad
    (array([1., 2., 2., 2.]), array([1., 3.]))
    """

    cure: ClassVar[str] = "pad_width= is a number ≥ 0, or a pair (before, after) for each axis"
    modes: ClassVar[tuple[str, ...]] = ("constant", "edge", "reflect", "symmetric", "wrap")

    def __init__(self, x: Any, pad_width: Any, *, mode: str = "constant", name: str | None = None) -> None:
        if mode not in self.modes:
            raise ValueError(f"Pad(x, {pad_width!r}, mode={mode!r}): mode is one of {', '.join(self.modes)}")
        self.pad_width, self.mode = settled(pad_width), mode
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.pad(x, self.pad_width, mode=self.mode)


class TakeAlongAxis(Selection):
    """The elements of x at some places along `axis`, other ones in each line: as argsort gives them, or labels.

    Settings: `indices`, an array of whole numbers with as many axes as x; `axis`, the last one by default; None takes
        x as one axis.
    Shapes: those of the indices, which broadcast with x but for the axis; an IndexError where x has no such place.
    Domain: all numbers.
    Corners: an element that is taken several times gets the sum of what flows to its copies, one that is not taken 0.

    >>> log_p = gg.Parameter([[-0.1, -2.4], [-1.6, -0.2]])
    >>> np.take_along_axis(log_p, np.array([[0], [1]]), axis=1).value  # of each row that of its label
    array([[-0.1], [-0.2]])
    """

    is_public = False
    function = "take_along_axis"
    cure: ClassVar[str] = "indices= are whole numbers, with as many axes as x; axis= is one of them, or None"

    def __init__(self, x: Any, *, indices: Any, axis: int | None = -1, name: str | None = None) -> None:
        self.indices, self.axis = frozen(np.array(no_node(indices, "take_along_axis"))), axis
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.take_along_axis(x, self.indices, axis=self.axis)


def no_node(places, call):
    """What says where elements are taken from, which no node can."""
    if isinstance(places, Node):
        raise TypeError(f"{call}: {places!r} holds no indices; take node.value.astype(int)")
    return places


class Delete(Selection):
    """x without some places along `axis`.

    Settings: `obj`, a whole number, a slice, a mask, or an array of whole numbers; `axis`, or None for all elements as
        one axis.
    Shapes: out has as many places less along the axis; an IndexError where x has no such place.
    Domain: all numbers.
    Corners: what is left out has gradient 0.

    >>> np.delete(gg.Input([1.0, 2.0, 3.0]), 1).value
    array([1., 3.])
    """

    is_public = False

    def __init__(self, x: Any, *, obj: Any, axis: int | None = None, name: str | None = None) -> None:
        self.obj, self.axis = settled(no_node(obj, "delete")), axis
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.delete(x, self.obj, axis=self.axis)


class DiagFlat(Selection):
    """A matrix with the elements of x on its diagonal `k`, and 0 elsewhere.

    Settings: `k`, 0 for the main diagonal, 1 for that above it.
    Shapes: any, with n elements → (n + |k|, n + |k|).
    Domain: all numbers.
    Corners: none.

    >>> np.diagflat(gg.Input([[1.0, 2.0]])).value
    array([[1., 0.], [0., 2.]])
    """

    is_public = False

    def __init__(self, x: Any, *, k: int = 0, name: str | None = None) -> None:
        self.k = k
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.diagflat(x, self.k)


class Triu(Selection):
    """The upper triangle of a matrix, or of each: 0 below diagonal `k`.

    Settings: `k`, 0 for the main diagonal, 1 for that above it.
    Shapes: (…, n, m) → the same; a vector of n is taken for n equal rows; a TypeError for a number.
    Domain: all numbers.
    Corners: elements below the diagonal have gradient 0; NaN and ∞ there become 0.

    >>> gg.Triu([[1.0, 2.0], [3.0, 4.0]]).value
    array([[1., 2.], [0., 4.]])
    """

    cure: ClassVar[str] = "x needs an axis, and k= is a whole number"

    def __init__(self, x: Any, *, k: int = 0, name: str | None = None) -> None:
        self.k = k
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.triu(with_axes(xp, x), index(self.k))


class Tril(Selection):
    """The lower triangle of a matrix, or of each: 0 above diagonal `k`.

    Settings: `k`, 0 for the main diagonal, 1 for that above it.
    Shapes: (…, n, m) → the same; a vector of n is taken for n equal rows; a TypeError for a number.
    Domain: all numbers.
    Corners: elements above the diagonal have gradient 0; NaN and ∞ there become 0.

    >>> gg.Tril([[1.0, 2.0], [3.0, 4.0]]).value
    array([[1., 0.], [3., 4.]])
    """

    cure: ClassVar[str] = "x needs an axis, and k= is a whole number"

    def __init__(self, x: Any, *, k: int = 0, name: str | None = None) -> None:
        self.k = k
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.tril(with_axes(xp, x), index(self.k))


def with_axes(xp, x):
    """x, which is no single number; NumPy's own words for one would be about something else."""
    if not xp.ndim(x):
        raise TypeError("a number has no triangle")
    return x


class Part(Selection):
    """Part `position` of x, cut along `axis` as NumPy's split does, or its array_split if `uneven`; see Split."""

    is_public = False

    def __init__(
        self,
        x: Any,
        *,
        position: int,
        indices_or_sections: Any,
        axis: int = 0,
        uneven: bool = False,
        name: str | None = None,
    ) -> None:
        self.position, self.indices_or_sections = position, settled(indices_or_sections)
        self.axis, self.uneven = axis, uneven
        super().__init__(x, name=name)

    def forward(self, xp, x):
        split = xp.array_split if self.uneven else xp.split
        return split(x, self.indices_or_sections, self.axis)[self.position]
