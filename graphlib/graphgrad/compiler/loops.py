"""One loop over blocks of rows: what it is given, what it writes to, and its text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from graphgrad.compiler.rows import row_axis
from graphgrad.compiler.traced import Traced


@dataclass(frozen=True, slots=True)
class Buffer:
    """An array that blocks write to: its shape but for the number of rows, where the rows lie, and its dtype."""

    shape: tuple[int, ...]
    axis: int
    dtype: np.dtype[Any]

    @classmethod
    def of(cls, value: Traced) -> Buffer:
        """The buffer for a value that has rows."""
        axis = row_axis(value.shape)
        assert axis is not None
        return cls(value.shape[:axis] + value.shape[axis + 1 :], axis, value.dtype)

    def made(self, rows: int) -> np.ndarray:
        """The array, for so many rows."""
        return np.empty((*self.shape[: self.axis], rows, *self.shape[self.axis :]), self.dtype)

    @property
    def bytes_per_row(self) -> int:
        """How many bytes one row takes."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize


@dataclass(eq=False, slots=True)
class Loop:
    """The text of one loop's body, and what it is called with.

    Attributes:
        number: its place among the loops.
        sliced: the values of all rows of which it takes a block.
        flats: the values without rows that it takes.
        stored: the values of all rows of which it computes a block.
        reduced: the values that it computes a part of, in the order in which it gives them.
        buffers: the arrays that it writes to.
        lines: the body.
        needs_ones: whether it takes as many ones as there are rows.
        products_per_row: how many products of numbers its largest matrix product takes for each row.
    """

    number: int
    sliced: list[Traced] = field(default_factory=list)
    flats: list[Traced] = field(default_factory=list)
    stored: list[Traced] = field(default_factory=list)
    reduced: list[Traced] = field(default_factory=list)
    buffers: list[Buffer] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    needs_ones: bool = False
    products_per_row: int = 0

    @property
    def bytes_per_row(self) -> int:
        """How many bytes of one row a block touches."""
        given = sum(Buffer.of(value).bytes_per_row for value in (*self.sliced, *self.stored))
        return given + sum(buffer.bytes_per_row for buffer in self.buffers) + 8 * self.needs_ones

    @property
    def text(self) -> str:
        """The loop's body as a function."""
        arguments = [reference(value) for value in (*self.sliced, *self.flats)]
        arguments += [f"out{value.number}" for value in self.stored]
        arguments += [f"t{k}" for k in range(len(self.buffers))] + ["ones"] * self.needs_ones
        return "\n    ".join([f"def block_{self.number}({', '.join(arguments)}):", *self.lines]) + "\n"


def reference(value: Traced) -> str:
    """The variable of a value that is no buffer."""
    return str(value.settings["name"]) if value.function == "leaf" else f"v{value.number}"
