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
    """Arrays one after the other along `axis`; all their elements along one axis, if it is None.

    Args:
        arrays: a list of nodes and arrays. Their shapes agree, save along `axis`.
        axis: the axis along which they are joined.
    """

    takes_list = True
    cure: ClassVar[str] = "The arrays need as many axes, and the same lengths along all but axis="

    def __init__(self, arrays: Any, *, axis: int | None = 0, name: str | None = None) -> None:
        if not isinstance(arrays, list | tuple | Node):
            raise TypeError(f"Concatenate({arrays!r:.60}): give a list of nodes and arrays")
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
    """Arrays of one shape along a new axis, which is then at `axis`."""
    return xp.concatenate([xp.expand_dims(array, axis=axis) for array in arrays], axis=axis)


@composition("split")
def Split(xp, x, /, indices_or_sections, axis=0):
    """x cut along `axis` into a list: into so many equal parts, or before each index of a list."""
    return parts(xp, x, indices_or_sections, axis, uneven=False)


@composition("array_split", is_public=False)
def ArraySplit(xp, x, /, indices_or_sections, axis=0):
    """As Split; the first parts may be longer by one."""
    return parts(xp, x, indices_or_sections, axis, uneven=True)


@composition("vsplit", is_public=False)
def VSplit(xp, x, /, indices_or_sections):
    """x cut between rows."""
    return parts(xp, x, indices_or_sections, 0, uneven=False)


@composition("hsplit", is_public=False)
def HSplit(xp, x, /, indices_or_sections):
    """x cut between columns; a vector between its elements."""
    return parts(xp, x, indices_or_sections, min(xp.ndim(x) - 1, 1), uneven=False)


@composition("dsplit", is_public=False)
def DSplit(xp, x, /, indices_or_sections):
    """x cut along its third axis."""
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
    """`values` after x along `axis`; all elements along one axis, if it is None."""
    return xp.concatenate([x, values], axis=axis)


@composition("vstack", is_public=False)
def VStack(xp, arrays: list[Any], /):
    """Arrays one below the other; vectors are rows."""
    return xp.concatenate([as_rows(xp, array) for array in arrays], axis=0)


@composition("hstack", is_public=False)
def HStack(xp, arrays: list[Any], /):
    """Arrays side by side; numbers and vectors one after the other."""
    flat = [xp.reshape(array, -1) if xp.ndim(array) == 0 else array for array in arrays]
    return xp.concatenate(flat, axis=0 if xp.ndim(flat[0]) == 1 else 1)


@composition("column_stack", is_public=False)
def ColumnStack(xp, arrays: list[Any], /):
    """Arrays side by side; vectors are columns."""
    return xp.concatenate([xp.reshape(a, (-1, 1)) if xp.ndim(a) < 2 else a for a in arrays], axis=1)


def as_rows(xp, array):
    """A number or a vector as one row."""
    return xp.reshape(array, (1, -1)) if xp.ndim(array) < 2 else array
