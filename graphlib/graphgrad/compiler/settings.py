"""Settings of instructions: of a few plain types, so that their text is what we wrote, whoever chose them."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrad.compiler.rows import Rows, RowsMixed
from graphgrad.compiler.traced import Traced, Untraceable


def plain(item: Any) -> Any:
    """A setting as one of Python's own types, of NumPy's dtypes and arrays, or nested lists and tuples of them.

    Raises:
        RowsMixed: it holds the number of rows.
        Untraceable: it is of another type.
    """
    match item:
        case None | Traced():
            return item
        case bool() | np.bool():
            return bool(item)
        case float():
            return float.__pos__(item)
        case int():
            return int.__pos__(item)
        case np.floating() | np.integer():
            return item.item()
        case str():
            return "".join(map(chr, map(ord, item)))
        case list():
            return [plain(part) for part in item]
        case tuple():
            return tuple(plain(part) for part in item)
        case slice():
            return slice(plain(item.start), plain(item.stop), plain(item.step))
        case range():
            return item
        case np.ndarray() if item.dtype.kind in "biuf":
            return np.array(item, subok=False)
        case np.dtype() | type() if np.dtype(item).kind in "biuf":
            return np.dtype(item)
        case Rows():
            raise RowsMixed("it needs to know the number of rows")
    if item is Ellipsis:
        return item
    raise Untraceable(f"{item!r:.40} is no setting that can be written down")


def key(item: Any) -> Any:
    """What two plain settings share exactly if they are the same to a program."""
    if isinstance(item, Traced):
        return item.number
    if isinstance(item, float):
        return repr(item)
    if isinstance(item, np.ndarray):
        return item.shape, item.dtype.str, item.tobytes()
    if isinstance(item, list | tuple):
        return type(item), *map(key, item)
    if isinstance(item, slice):
        return "slice", key(item.start), key(item.stop), key(item.step)
    return type(item), item
