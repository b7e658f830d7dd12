"""The ways into a program and out of it, written out for its leaves and gradients: checks, and names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from graphgrad.compiler.arguments import Argument

NAMES: dict[str, Any] = {"ndarray": np.ndarray, "float64": np.float64, "float32": np.float32}
NAMES |= {"dtype_float64": np.dtype(np.float64), "dtype_float32": np.dtype(np.float32)}
"""What the text of an entry may use."""

Entry = Callable[..., tuple[tuple[Any, ...], int | None, bool]]


class NotPlain(Exception):  # noqa: N818 - not an error: the call is looked at more closely
    """A value has to be converted, or does not fit."""


def entry(arguments: Sequence[Argument], identifiers: Sequence[str], most_listed: int) -> Entry | None:
    """A function of the leaves by name: their values in order, the number of rows, and whether these are all numbers.

    Up to `most_listed` rows become lists of numbers. It raises :class:`NotPlain` for values that are not already what
    the program works with. None if a leaf's name is no identifier.
    """
    if not identifiers or [argument.name for argument in arguments] != list(identifiers):
        return None
    names = NAMES | {"NotPlain": NotPlain}
    exec(entry_text(arguments, identifiers, most_listed), names)
    found: Entry = names["entry"]
    return found


def entry_text(arguments: Sequence[Argument], identifiers: Sequence[str], most_listed: int) -> str:
    """The text of that function."""
    lines = []
    known_rows = False
    for argument, name in zip(arguments, identifiers, strict=True):
        lengths = [str(length) for length in argument.shape]
        if argument.has_rows:
            lengths.insert(0, "rows")
        if not lengths and argument.dtype == np.float64:
            lines.append(f"if type({name}) is not float:")
            lines.append(f"    if type({name}) is not float64: raise NotPlain")
            lines.append(f"    {name} = float({name})")
            continue
        lines.append(f"if type({name}) is not ndarray or {name}.dtype is not dtype_{argument.dtype}: raise NotPlain")
        if argument.has_rows and not known_rows:
            lines.append(f"if not {name}.size: raise NotPlain")
            lines.append(f"rows = {name}.shape[0]")
            known_rows = True
        shape = f"({', '.join(lengths)}{',' * (len(lengths) == 1)})"
        lines.append(f"if {name}.shape != {shape}: raise NotPlain")
    listed = [
        f"{name}.tolist()" if argument.has_rows else name for argument, name in zip(arguments, identifiers, strict=True)
    ]
    if known_rows and most_listed:
        lines.append(f"if rows <= {most_listed}: return ({', '.join(listed)}, rows), rows, True")
    lines.append(f"return ({', '.join(identifiers)},), {'rows' if known_rows else None}, {not known_rows}")
    return "\n    ".join([f"def entry(*, {', '.join(identifiers)}):", *lines]) + "\n"


def exit_of(wrt: Sequence[Any], dtypes: Sequence[np.dtype[Any]]) -> Callable[..., tuple[Any, dict[Any, Any]]]:
    """A function of the value and the gradients that gives them with names, and numbers as those of NumPy.

    `dtypes` are those of the value and of the gradients.
    """
    names = NAMES | {f"key{k}": key for k, key in enumerate(wrt)} | {"finished": _finished}
    value, *gradients = (
        f"{dtype}(r{k}) if type(r{k}) is float else r{k} if type(r{k}) is {dtype} else finished(r{k}, {dtype})"
        for k, dtype in enumerate(dtypes)
    )
    items = ", ".join(f"key{k}: {gradient}" for k, gradient in enumerate(gradients))
    given = ", ".join(f"r{k}" for k in range(len(dtypes)))
    exec(f"def leave({given}):\n    return ({value}), {{{items}}}\n", names)
    found: Callable[..., tuple[Any, dict[Any, Any]]] = names["leave"]
    return found


def _finished(result: Any, dtype: Any) -> Any:
    """An array that shares no memory and is not to be written to; without axes, a number of NumPy."""
    if not result.ndim:
        return dtype(result)
    if result.base is not None:
        result = result.copy()
    result.setflags(write=False)
    return result
