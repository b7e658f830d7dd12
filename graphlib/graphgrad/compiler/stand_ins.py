"""What shape and dtype a function of NumPy gives: found by running it on stand-ins, so that no table repeats NumPy."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from graphgrad.compiler.rows import Rows, RowsMixed, Shape
from graphgrad.compiler.traced import Traced, traced_in


@lru_cache(maxsize=4096)
def dtype_given(function: str, kinds: tuple[str, ...]) -> np.dtype[Any]:
    """The dtype that a function gives of numbers of some dtypes: each a letter of NumPy's, none for one of Python's."""
    found: np.dtype[Any] = np.asarray(quietly(getattr(np, function), *map(one_of, kinds))).dtype
    return found


def one_of(kind: str) -> Any:
    """A number of a dtype; of none, one of Python's."""
    return np.ones((), kind)[()] if kind else 1.0


def quietly(function: Callable[..., Any], *args: Any, **settings: Any) -> Any:
    """What a function gives, without NumPy's warnings."""
    with np.errstate(all="ignore"):
        return function(*args, **settings)


def shape_given(function: Callable[..., Any], args: Any, settings: dict[str, Any]) -> Shape:
    """The shape that a function gives."""
    shape: Shape = results_given(function, args, settings)[0]
    return shape


def results_given(function: Callable[..., Any], args: Any, settings: dict[str, Any]) -> Any:
    """The shape and dtype that a function gives, or a list of them, if it gives several.

    It is run on stand-ins of five rows, and on stand-ins of seven: the lengths that differ are those of the rows.
    """
    rows = next((length for value in traced_in(args) for length in value.shape if type(length) is Rows), None)
    if rows is None:
        results = quietly(function, *_stand_ins(args, 0), **settings)
        if isinstance(results, tuple | list):
            return [(result.shape, result.dtype) for result in map(np.asarray, results)]
        return np.shape(results), np.asarray(results).dtype
    try:
        five, seven = (quietly(function, *_stand_ins(args, count), **settings) for count in (5, 7))
    except (ValueError, IndexError) as error:
        raise RowsMixed(f"it needs to know the number of rows: {error}") from None
    if isinstance(five, tuple | list):
        if len(five) != len(seven):
            raise RowsMixed("how many results it has depends on the number of rows")
        return [_common(rows, *pair) for pair in zip(five, seven, strict=True)]
    return _common(rows, five, seven)


def _common(rows: Rows, five: Any, seven: Any) -> tuple[Shape, np.dtype[Any]]:
    """The shape of a result that was found with five rows, and with seven."""
    pairs = list(zip(np.shape(five), np.shape(seven), strict=True))
    if any(pair[0] != pair[1] and pair != (5, 7) for pair in pairs):
        raise RowsMixed(f"its result has shape {np.shape(five)} for five rows and {np.shape(seven)} for seven")
    return tuple(rows if pair == (5, 7) else pair[0] for pair in pairs), np.asarray(five).dtype


def _stand_ins(args: Any, count: int) -> Any:
    """Arrays of the shapes and dtypes of traced values; square matrices are regular, and positive definite."""
    if isinstance(args, list | tuple):
        return type(args)([_stand_ins(item, count) for item in args])
    if not isinstance(args, Traced):
        return args
    if args.function == "constant":
        return args.args[0]
    shape = tuple(count if type(length) is Rows else length for length in args.shape)
    if args.dtype.kind == "f" and len(shape) > 1:
        return np.broadcast_to(np.eye(*shape[-2:], dtype=args.dtype), shape)
    return np.broadcast_to(np.zeros((), args.dtype), shape)
