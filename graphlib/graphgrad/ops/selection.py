"""Ops whose every element is one of their input's, or 0: each gradient is added where its element was taken."""

from __future__ import annotations

from math import prod
from typing import Any, ClassVar

import numpy as np

from graphgrad.arrays import frozen, settled
from graphgrad.expression import Notation
from graphgrad.node import Node
from graphgrad.ops.shape import Rearrangement


class Selection(Rearrangement):
    """An op that takes elements of x, each as often as it likes, and may put zeros between them.

    A subclass states ``forward(self, xp, x)`` alone, which must treat elements alike: where it takes them
    from is found by running it on their numbers, 1, 2, 3, …
    """

    def again(self, xp: Any, x: Any) -> Any:
        """The same elements of another x: numbers of numbers, a node of a node."""
        select = type(self) if isinstance(x, Node) else type(self).on_numbers
        return select(x, **self.given())

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
    """x[index], as NumPy defines it: integers, slices, ``...``, None, Boolean masks, and arrays of integers.

    Where an array of integers takes an element several times, its gradients are added.
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
    """The elements x[i, i + offset] over two axes, along a new last axis."""

    cure: ClassVar[str] = "axis1= and axis2= are two axes of x"

    def __init__(self, x: Any, *, offset: int = 0, axis1: int = 0, axis2: int = 1, name: str | None = None) -> None:
        self.offset, self.axis1, self.axis2 = offset, axis1, axis2
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.diagonal(x, self.offset, self.axis1, self.axis2)


class Diag(Selection):
    """The matrix with the vector x on its diagonal `k`, and zeros elsewhere; of a matrix that diagonal."""

    is_public = False
    cure: ClassVar[str] = "x has one axis or two"

    def __init__(self, x: Any, *, k: int = 0, name: str | None = None) -> None:
        self.k = k
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.diag(x, self.k)


class Repeat(Selection):
    """Each element `repeats` times in succession, along `axis`; along one axis of all, if it is None."""

    cure: ClassVar[str] = "repeats= is a number, or one for each element along axis="

    def __init__(self, x: Any, repeats: Any, *, axis: int | None = None, name: str | None = None) -> None:
        self.repeats, self.axis = frozen(np.array(repeats)), axis
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.repeat(x, self.repeats, self.axis)


class Tile(Selection):
    """x laid side by side, `reps` times along each axis."""

    cure: ClassVar[str] = "reps= is a number, or one for each axis"

    def __init__(self, x: Any, reps: Any, *, name: str | None = None) -> None:
        self.reps = settled(reps)
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.tile(x, self.reps)


class Roll(Selection):
    """x shifted along `axis`; what leaves at one end comes in at the other."""

    cure: ClassVar[str] = "shift= is a whole number, and axis= an axis of x, or as many of each"

    def __init__(self, x: Any, shift: Any, *, axis: Any = None, name: str | None = None) -> None:
        self.shift, self.axis = settled(shift), settled(axis)
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.roll(x, self.shift, self.axis)


class Flip(Selection):
    """x in reverse order along `axis`: None for all axes, a number, or a tuple."""

    cure: ClassVar[str] = "axis= takes None, or axes that x has"

    def __init__(self, x: Any, *, axis: Any = None, name: str | None = None) -> None:
        self.axis = settled(axis)
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.flip(x, self.axis)


class Pad(Selection):
    """x with a border, as wide as `pad_width` says.

    Args:
        x: the node.
        pad_width: the numbers of elements before and after each axis, as in NumPy.
        mode: ``"constant"`` (zeros), ``"edge"``, ``"reflect"``, ``"symmetric"`` or ``"wrap"``.
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


class Triu(Selection):
    """The upper triangle of a matrix, or of each: 0 below diagonal `k`."""

    cure: ClassVar[str] = "x needs an axis, and k= is a whole number"

    def __init__(self, x: Any, *, k: int = 0, name: str | None = None) -> None:
        self.k = k
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.triu(x, self.k)


class Tril(Selection):
    """The lower triangle of a matrix, or of each: 0 above diagonal `k`."""

    cure: ClassVar[str] = "x needs an axis, and k= is a whole number"

    def __init__(self, x: Any, *, k: int = 0, name: str | None = None) -> None:
        self.k = k
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.tril(x, self.k)


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
