"""What a node holds: real numbers as a read-only array, as a NumPy scalar, or as a literal, a Python float."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrad import numerals

REAL = frozenset({np.dtype(np.float64), np.dtype(np.float32)})
"""The dtypes of what a node holds."""

ARRAYS = (np.ndarray, np.generic)
"""The types of what NumPy computes."""

SMALL = frozenset(np.dtype(kind) for kind in (bool, np.int8, np.uint8, np.int16, np.uint16))
"""The dtypes whose numbers float32 holds exactly."""

_CURES = {
    "c": "take value.real or abs(value)",
    "U": "convert text with float(…)",
    "S": "convert text with float(…)",
}


def real_array(value: Any, call: str) -> np.ndarray:
    """A copy of `value` as a float64 or float32 array; ints and Booleans become float64.

    Raises:
        TypeError: it is not real numbers, or not all of them fit; the message names the cure.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{call}: a masked array would lose its mask; fill it first, as in value.filled(0)")
    try:
        array = np.array(value)
    except ValueError as error:
        raise TypeError(f"{call}: {error}; give rows of equal length") from None
    if array.dtype in REAL:
        return array
    if array.dtype.kind in "iub":
        converted = array.astype(np.float64)
        with np.errstate(invalid="ignore"):  # what is rounded up to 2⁶³ has no way back
            exact = converted.astype(array.dtype) == array
        if not np.all(exact):
            raise TypeError(f"{call}: {numerals.array(converted)} has integers that float64 cannot hold exactly")
        return converted
    cure = _CURES.get(array.dtype.kind, "convert it first, as in np.asarray(value, dtype=float)")
    raise TypeError(f"{call}: {value!r:.60} has dtype {array.dtype}, and a node holds real numbers; {cure}")


def is_python_number(value: Any) -> bool:
    """Whether `value` is a literal to NumPy's promotion: a Python int, float or bool, and no NumPy scalar."""
    return isinstance(value, int | float) and not isinstance(value, np.generic)


def frozen(value: Any) -> Any:
    """`value` made read-only; an array without axes becomes a NumPy scalar."""
    if isinstance(value, np.ndarray):
        if value.ndim == 0:
            return value[()]
        value.setflags(write=False)
    return value


def settled(setting: Any) -> Any:
    """A setting that no later change of what was given can reach: lists become tuples, arrays frozen copies."""
    if isinstance(setting, list | tuple):
        return tuple(map(settled, setting))
    return frozen(np.array(setting)) if isinstance(setting, np.ndarray) else setting


def same_form(new: tuple[int, ...], old: tuple[int, ...]) -> bool:
    """Whether two shapes have as many axes, and length 1 in the same places: a derivative's form depends on that."""
    return len(new) == len(old) and all((a == 1) == (b == 1) for a, b in zip(new, old, strict=True))
