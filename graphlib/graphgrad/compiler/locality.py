"""How an instruction treats rows: each by itself, all of them as a sum, or only the whole of them."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any

import numpy as np

from graphgrad.compiler.rows import RowsMixed, row_axis
from graphgrad.compiler.trace import ELEMENTWISE
from graphgrad.compiler.traced import Traced


class Treatment(Enum):
    """What becomes of rows."""

    NONE = "no rows go in"
    EACH = "each row of the result depends on that row alone"
    REDUCED = "the rows are added up, or the largest of them is found, which blocks of them allow"
    WHOLE = "rows depend on each other"


COMBINED: dict[str, np.ufunc] = {"sum": np.add, "matmul": np.add, "einsum": np.add, "prod": np.multiply}
COMBINED |= {"max": np.maximum, "min": np.minimum}
"""How the results of two blocks of rows make that of both."""

_BY_AXIS = frozenset({"cumsum", "cumprod", "sort", "argsort", "flip", "roll", "take_along_axis", "take", "repeat"})
_OF_MATRICES = frozenset({"linalg.inv", "linalg.det", "linalg.cholesky", "linalg.slogdet", "tril", "triu"})
_OF_MATRICES |= {"linalg.eigh", "linalg.eigvalsh", "linalg.svd", "linalg.pinv", "linalg.qr"}
_KEEP_LENGTH = _BY_AXIS - {"take", "repeat"}


def treatment(value: Traced) -> Treatment:
    """How the instruction of a value treats rows.

    Raises:
        RowsMixed: it is not known to keep the rows along one axis for any number of them.
    """
    operands = list(value.operands())
    axes = [row_axis(operand.shape) for operand in operands]
    if value.function in ("leaf", "full") or all(axis is None for axis in axes):
        return Treatment.EACH if row_axis(value.shape) is not None else Treatment.NONE
    if value.function in ELEMENTWISE or value.function in ("astype", "transpose", "reshape"):
        return Treatment.EACH
    if value.function == "item":
        return treatment(operands[0])
    found = _of_function(value, operands, [axis for axis in axes if axis is not None])
    if found is None:
        shapes = " and ".join(str(operand.shape) for operand in operands)
        raise RowsMixed(f"np.{value.function} of {shapes} is not known to treat rows alike")
    return found


def _of_function(value: Traced, operands: list[Traced], axes: list[int]) -> Treatment | None:
    function, settings, axis, ndim = value.function, value.settings, axes[0], operands[0].ndim
    if function in ("sum", "mean", "max", "min", "prod"):
        is_reduced = function in COMBINED
        return Treatment.EACH if axis not in settings["axis"] else Treatment.REDUCED if is_reduced else None
    if function == "matmul":
        return _of_matmul(operands)
    if function == "einsum":
        return _of_einsum(value)
    if function == "getitem":
        return Treatment.EACH if _takes_all(settings["index"], axis, ndim) else None
    if function == "concatenate":
        aligned = len(axes) == len(operands) and {*axes} == {axis}
        return Treatment.EACH if aligned and settings["axis"] % ndim != axis else None
    if function in _BY_AXIS:
        return _along(function, settings.get("axis", _positional_axis(value)), axes, ndim)
    if function in _OF_MATRICES:
        return Treatment.EACH if axis < ndim - 2 else None
    return None


def _of_matmul(operands: list[Traced]) -> Treatment:
    left, right = (row_axis(operand.shape) for operand in operands)
    inner_left, inner_right = operands[0].ndim - 1, max(operands[1].ndim - 2, 0)
    both = left == inner_left and right == inner_right
    return Treatment.REDUCED if both else Treatment.EACH


def _of_einsum(value: Traced) -> Treatment | None:
    terms, result = re.split("->", value.args[0])
    letters = {
        term[axis]
        for term, operand in zip(terms.split(","), value.args[1:], strict=True)
        if (axis := row_axis(operand.shape)) is not None
    }
    if len(letters) != 1:
        return None
    return Treatment.EACH if letters <= set(result) else Treatment.REDUCED


def _takes_all(index: tuple[Any, ...], axis: int, ndim: int) -> bool:
    """Whether an index takes all rows, in order: a slice without ends where they lie, or nothing there."""
    if any(isinstance(part, np.ndarray) and part.dtype == bool for part in index):
        return False
    named = sum(part is not None and part is not Ellipsis for part in index)
    place = 0
    for part in index:
        if part is Ellipsis:
            place += ndim - named
        elif part is not None:
            if place == axis:
                return isinstance(part, slice) and part == slice(None)
            place += 1
    return True


def _along(function: str, along: Any, axes: list[int], ndim: int) -> Treatment | None:
    if along is None or {*axes} != {axes[0]}:
        return None
    places = along if isinstance(along, tuple) else (along,)
    if not all(isinstance(place, int) for place in places):
        return None
    given = {place % ndim for place in places}
    if axes[0] not in given:
        return Treatment.EACH
    return Treatment.WHOLE if function in _KEEP_LENGTH else None


def _positional_axis(value: Traced) -> Any:
    """The axis of flip(x, axis), roll(x, shift, axis) and the like, as rules give it."""
    place = 2 if value.function in ("roll", "repeat", "take", "take_along_axis") else 1
    return value.args[place] if len(value.args) > place else None
