"""Ops that join arrays, and those that take them apart."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from graphgrad.composition import composition
from graphgrad.node import Node
from graphgrad.ops.shape import Rearrangement


class Concatenate(Rearrangement):
    """Arrays one after the other along `axis`, given as a list of nodes and arrays.

    Settings: `axis`, the first by default; None joins all their elements along one axis.
    Shapes: as many axes in each, and the same lengths, save along `axis`; else a ValueError. A TypeError for no list,
        and for an empty one.
    Domain: all numbers.
    Corners: an array without elements adds nothing, and its gradient has none.

    >>> a, b = gg.Parameter([1.0, 2.0]), gg.Parameter([3.0])
    >>> gg.Concatenate([a, b]).backward([10.0, 20.0, 30.0])
    >>> a.grad, b.grad
    (array([10., 20.]), array([30.]))
    """

    takes_list = True
    cure: ClassVar[str] = "The arrays need as many axes, and the same lengths along all but axis="

    def __init__(self, arrays: Any, *, axis: int | None = 0, name: str | None = None) -> None:
        if not isinstance(arrays, list | tuple | Node) or not len(arrays):
            raise TypeError(f"Concatenate({arrays!r:.60}): give a list of nodes and arrays, one at least")
        self.axis = axis
        super().__init__(*arrays, name=name)

    def forward(self, xp, *arrays):
        return xp.concatenate(arrays, axis=self.axis)

    def vjp(self, xp, upstream, out, *arrays):
        return [partial(xp.piece, upstream, *arrays, position=k, axis=self.axis) for k in range(len(arrays))]


class Piece(Rearrangement):
    """The piece of a joined array that came from the array at `position`."""

    is_public = False

    def __init__(self, joined: Any, *arrays: Any, position: int, axis: int | None, name: str | None = None) -> None:
        self.position, self.axis = position, axis
        self.detached = self.shape_only = tuple(range(1, len(arrays) + 1))
        super().__init__(joined, *arrays, name=name)

    def forward(self, xp, joined, *arrays):
        shapes = [xp.shape(array) for array in arrays]
        lengths = [prod(shape) if self.axis is None else shape[self.axis] for shape in shapes]
        start = sum(lengths[: self.position])
        places = range(start, start + lengths[self.position])
        return xp.reshape(xp.take(joined, places, axis=self.axis), shapes[self.position])

    def vjp(self, xp, upstream, out, joined, *arrays):
        def among_zeros():
            parts = [xp.broadcast_like(0.0, array) for array in arrays]
            parts[self.position] = upstream
            return xp.concatenate(parts, axis=self.axis)

        return [among_zeros, *[None] * len(arrays)]


@composition("stack")
def Stack(xp, arrays: list[Any], /, *, axis=0):
    """Arrays of one shape along a new axis, given as a list of nodes and arrays.

    Settings: `axis`, where the new axis is in out, 0 by default.
    Shapes: n arrays of (…) → (n, …); a ValueError where their shapes differ, a TypeError for an empty list.
    Domain: all numbers.
    Corners: none.

    >>> gg.Stack([[1.0, 2.0], [3.0, 4.0]], axis=1).value
    array([[1., 3.], [2., 4.]])
    """
    return xp.concatenate([xp.expand_dims(array, axis=axis) for array in arrays], axis=axis)


@composition("split")
def Split(xp, x, /, indices_or_sections, axis=0):
    """x cut along `axis` into a list of nodes.

    Settings: `indices_or_sections`: a number of equal parts, or a list of indices before which to cut; `axis`, 0 by
        default.
    Shapes: any with the axis; a ValueError where x has none, or where the parts would not be equal.
    Domain: all numbers.
    Corners: indices beyond the end give parts without elements.

    >>> [part.value.tolist() for part in gg.Split([1.0, 2.0, 3.0, 4.0], [1, 3])]
    [[1.0], [2.0, 3.0], [4.0]]
    """
    return parts(xp, x, indices_or_sections, axis, uneven=False)


@composition("array_split", is_public=False)
def ArraySplit(xp, x, /, indices_or_sections, axis=0):
    """x cut along `axis` into parts of about the same length: the first may be longer by one.

    Settings: `indices_or_sections`, `axis` as for Split.
    Shapes: any with the axis, else a ValueError.
    Domain: all numbers.
    Corners: more parts than elements leave the last without any.

    >>> [part.shape for part in np.array_split(gg.Input([1.0, 2.0, 3.0]), 2)]
    [(2,), (1,)]
    """
    return parts(xp, x, indices_or_sections, axis, uneven=True)


@composition("vsplit", is_public=False)
def VSplit(xp, x, /, indices_or_sections):
    """x cut between rows.

    Settings: `indices_or_sections` as for Split.
    Shapes: any with an axis, else a ValueError.
    Domain: all numbers.
    Corners: as for Split.

    >>> [part.shape for part in np.vsplit(gg.Input(np.zeros((4, 3))), 2)]
    [(2, 3), (2, 3)]
    """
    return parts(xp, x, indices_or_sections, 0, uneven=False)


@composition("hsplit", is_public=False)
def HSplit(xp, x, /, indices_or_sections):
    """x cut between columns; a vector between its elements.

    Settings: `indices_or_sections` as for Split.
    Shapes: any with an axis, else a ValueError.
    Domain: all numbers.
    Corners: as for Split.

    >>> [part.shape for part in np.hsplit(gg.Input(np.zeros((4, 3))), 3)]
    [(4, 1), (4, 1), (4, 1)]
    """
    return parts(xp, x, indices_or_sections, min(xp.ndim(x) - 1, 1), uneven=False)


@composition("dsplit", is_public=False)
def DSplit(xp, x, /, indices_or_sections):
    """x cut along its third axis.

    Settings: `indices_or_sections` as for Split.
    Shapes: any with three axes, else a ValueError.
    Domain: all numbers.
    Corners: as for Split.

    >>> [part.shape for part in np.dsplit(gg.Input(np.zeros((2, 3, 4))), 2)]
    [(2, 3, 2), (2, 3, 2)]
    """
    return parts(xp, x, indices_or_sections, 2, uneven=False)


def parts(xp, x, indices_or_sections, axis, uneven):
    """The parts of x, cut along `axis`."""
    (axis,) = normalize_axis_tuple(axis, xp.ndim(x))
    cut = {"indices_or_sections": indices_or_sections, "axis": axis, "uneven": uneven}
    split = np.array_split if uneven else np.split
    count = len(split(np.empty(xp.shape(x)), indices_or_sections, axis))
    return [xp.part(x, position=k, **cut) for k in range(count)]


@composition("append", is_public=False)
def Append(xp, x, values, /, axis=None):
    """`values` after x along `axis`.

    Settings: `axis`; None, the default, joins all elements along one axis.
    Shapes: as for Concatenate.
    Domain: all numbers.
    Corners: as for Concatenate.

    >>> np.append(gg.Input([1.0, 2.0]), 3.0).value
    array([1., 2., 3.])
    """
    return xp.concatenate([x, values], axis=axis)


@composition("vstack", is_public=False)
def VStack(xp, arrays: list[Any], /):
    """Arrays one below the other; vectors are rows.

    Shapes: as many columns in each, else a ValueError.
    Domain: all numbers.
    Corners: as for Concatenate.

    >>> np.vstack([gg.Input([1.0, 2.0]), [[3.0, 4.0]]]).value
    array([[1., 2.], [3., 4.]])
    """
    return xp.concatenate([as_rows(xp, array) for array in arrays], axis=0)


@composition("hstack", is_public=False)
def HStack(xp, arrays: list[Any], /):
    """Arrays side by side; numbers and vectors one after the other.

    Shapes: as many rows in each, else a ValueError.
    Domain: all numbers.
    Corners: as for Concatenate.

    >>> np.hstack([gg.Input([1.0, 2.0]), 3.0]).value
    array([1., 2., 3.])
    """
    flat = [xp.reshape(array, -1) if xp.ndim(array) == 0 else array for array in arrays]
    return xp.concatenate(flat, axis=0 if xp.ndim(flat[0]) == 1 else 1)


@composition("column_stack", is_public=False)
def ColumnStack(xp, arrays: list[Any], /):
    """Arrays side by side; vectors are columns.

    Shapes: as many rows in each, else a ValueError.
    Domain: all numbers.
    Corners: as for Concatenate.

    >>> np.column_stack([gg.Input([1.0, 2.0]), gg.Input([3.0, 4.0])]).value
    array([[1., 3.], [2., 4.]])
    """
    return xp.concatenate([xp.reshape(a, (-1, 1)) if xp.ndim(a) < 2 else a for a in arrays], axis=1)


@composition("dstack", is_public=False)
def DStack(xp, arrays: list[Any], /):
    """Arrays one behind the other, along the third axis; vectors are rows.

    Shapes: the same first two axes in each, else a ValueError.
    Domain: all numbers.
    Corners: as for Concatenate.

    >>> np.dstack([gg.Input([1.0, 2.0]), gg.Input([3.0, 4.0])]).value
    array([[[1., 3.], [2., 4.]]])
    """
    return xp.concatenate([xp.atleast_3d(array) for array in arrays], axis=2)


def as_rows(xp, array):
    """A number or a vector as one row."""
    return xp.reshape(array, (1, -1)) if xp.ndim(array) < 2 else array
