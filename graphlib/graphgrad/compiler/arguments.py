"""What a program is called with: checked before any work is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphgrad.arrays import is_python_number, real_array
from graphgrad.node import Node


@dataclass(frozen=True, eq=False, slots=True)
class Argument:
    """One leaf of a compiled graph.

    Attributes:
        leaf: the node.
        name: its name; None if it has none, and then it keeps its value unless it is given by node.
        shape: its shape, without the axis of the rows.
        has_rows: whether the rows lie along its first axis.
        dtype: float64 or float32.
    """

    leaf: Node
    name: str | None
    shape: tuple[int, ...]
    has_rows: bool
    dtype: np.dtype[Any]

    def checked(self, value: Any, call: str) -> Any:
        """A value in the dtype and shape of the leaf: a float or an array.

        Raises:
            TypeError: it is not real numbers, or not those of its dtype.
            ValueError: it has another shape, or no rows.
        """
        if type(value) is not np.ndarray or value.dtype != self.dtype:
            value = self._converted(value, call)
        shape = value.shape
        if (shape[1:] if self.has_rows else shape) != self.shape or len(shape) != len(self.shape) + self.has_rows:
            lengths = ["rows"] * self.has_rows + list(map(str, self.shape))
            wanted = f"({', '.join(lengths)}{',' * (len(lengths) == 1)})" if lengths else "a single number, of shape ()"
            raise ValueError(f"{call}: {self._named()} has shape {shape}, and the program takes {wanted}")
        if self.has_rows and not shape[0]:
            raise ValueError(f"{call}: {self._named()} has no rows; give one at least")
        return value

    def _converted(self, value: Any, call: str) -> np.ndarray:
        if isinstance(value, Node):
            raise TypeError(f"{call}: {self._named()} is a node; give its numbers, {self._named()}.value")
        array = real_array(value, f"{call}: {self._named()}")
        if array.dtype == self.dtype:
            return array
        has_dtype = isinstance(value, np.ndarray | np.generic) and value.dtype.kind == "f"
        if self.dtype == np.float32 and has_dtype and not is_python_number(value):
            raise TypeError(
                f"{call}: {self._named()} is {array.dtype}, and the program was compiled for {self.dtype}; "
                f"give {self._named()}.astype(np.{self.dtype}), or compile a graph of {array.dtype}"
            )
        with np.errstate(over="ignore"):
            converted = array.astype(self.dtype)
        if np.any(np.isinf(converted) & np.isfinite(array)):
            raise ValueError(f"{call}: {self._named()} has numbers beyond the range of {self.dtype}")
        return converted

    def _named(self) -> str:
        return self.name or "an unnamed leaf"


def bound(
    arguments: list[Argument], given: Mapping[Node, Any] | None, named: Mapping[str, Any], call: str
) -> list[Any]:
    """The value for each argument, checked.

    Raises:
        TypeError: one is missing, or is given that the program does not take.
        ValueError: shapes or numbers of rows do not fit.
    """
    by_leaf: dict[Node, Any] = {}
    if given is not None and not isinstance(given, Mapping):
        raise TypeError(f"{call}: a {type(given).__name__} came without a name; give the leaves by name")
    for node, value in (given or {}).items():
        found = [argument for argument in arguments if argument.leaf is node]
        if not found:
            raise TypeError(f"{call}: {node!r:.60} is no leaf of the compiled graph; give the leaves by name")
        if found[0].name in named:
            raise TypeError(f"{call}: {found[0].name} is given twice, by name and as a node")
        by_leaf[node] = value
    names = [argument.name for argument in arguments if argument.name]
    unknown = sorted(set(named) - set(names))
    if unknown:
        raise TypeError(f"{call}: unknown {', '.join(unknown)}; the program takes {', '.join(names) or 'nothing'}")
    values = []
    missing = []
    for argument in arguments:
        if argument.leaf in by_leaf:
            values.append(by_leaf[argument.leaf])
        elif argument.name is None:
            values.append(argument.leaf.value)
        elif argument.name in named:
            values.append(named[argument.name])
        else:
            missing.append(argument.name)
    if missing:
        raise TypeError(f"{call}: missing {', '.join(missing)}; the program takes {', '.join(names)}")
    return [argument.checked(value, call) for argument, value in zip(arguments, values, strict=True)]


def count_of_rows(arguments: list[Argument], values: list[Any], call: str) -> int | None:
    """How many rows the values have; None if the program takes no rows.

    Raises:
        ValueError: they have different numbers of rows.
    """
    counts = [
        (argument._named(), len(value)) for argument, value in zip(arguments, values, strict=True) if argument.has_rows
    ]
    if len({count for _, count in counts}) > 1:
        shown = ", ".join(f"{name} has {count:,}" for name, count in counts)
        raise ValueError(f"{call}: the numbers of rows differ: {shown}")
    return counts[0][1] if counts else None
