"""The number of rows of the data: a symbol in a shape, so that sixteen rows are never taken for sixteen features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from graphgrad.compiler.traced import Traced

Length = Any  # int | Rows
Shape = tuple[Length, ...]


class RowsMixed(Exception):  # noqa: N818 - not an error of the user's: the graph is then computed whole
    """What is computed does not treat rows alike, or needs to know how many there are."""


class Rows:
    """The length of the axis along which the rows lie.

    It can be counted with, as in ``1 / rows``, which gives a traced number. Whatever would take it for a particular
    number raises :class:`RowsMixed`.
    """

    __slots__ = ("count",)

    count: Traced

    def __mul__(self, other: Any) -> Any:
        return self.count * other

    def __truediv__(self, other: Any) -> Any:
        return self.count / other

    def __rtruediv__(self, other: Any) -> Any:
        return other / self.count

    def __add__(self, other: Any) -> Any:
        return self.count + other

    def __sub__(self, other: Any) -> Any:
        return self.count - other

    def __rsub__(self, other: Any) -> Any:
        return other - self.count

    __rmul__ = __mul__
    __radd__ = __add__

    def __refused(self, *others: Any) -> NoReturn:
        raise RowsMixed("it needs to know the number of rows")

    __index__ = __int__ = __float__ = __floordiv__ = __mod__ = __refused
    __lt__ = __le__ = __gt__ = __ge__ = __refused

    def __repr__(self) -> str:
        return "rows"


def row_axis(shape: Shape) -> int | None:
    """The axis along which the rows lie; None if the shape has no rows.

    Raises:
        RowsMixed: there are two.
    """
    found = [axis for axis, length in enumerate(shape) if type(length) is Rows]
    if len(found) > 1:
        raise RowsMixed(f"its shape {shape} has the rows twice")
    return found[0] if found else None


def broadcast(shapes: list[Shape]) -> Shape:
    """The shape to which all of them broadcast.

    Raises:
        ValueError: they do not broadcast.
        RowsMixed: rows meet an axis of another length.
    """
    if len({*shapes}) == 1:
        return shapes[0]
    result: list[Length] = [1] * max(map(len, shapes))
    for shape in shapes:
        for place, length in enumerate(shape, start=len(result) - len(shape)):
            known = result[place]
            if known is length or length == 1:
                continue
            if known == 1:
                result[place] = length
            elif type(known) is Rows or type(length) is Rows:
                raise RowsMixed(f"rows meet an axis of another length, in shapes {' and '.join(map(str, shapes))}")
            elif known != length:
                raise ValueError(f"shapes {' and '.join(map(str, shapes))} do not broadcast")
    return tuple(result)
