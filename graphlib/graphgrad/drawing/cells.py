"""Numbers as spans: scalars in a line, small arrays in rows and columns, large ones in summary."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrad import numerals
from graphgrad.drawing.content import Block, Line, Span, Table
from graphgrad.drawing.labels import SMALL, TEXT
from graphgrad.drawing.shown import Shown

Row = tuple[Span, ...]


def words(text: str, role: str = "muted", size: float = SMALL) -> Span:
    """Plain text."""
    return Span(text, role, size)


def number(value: Any, shown: Shown) -> str:
    """One number."""
    return numerals.number(value, shown.digits)


def factor(value: Any, shown: Shown) -> str:
    """A number as a factor or a summand: in parentheses if it has a sign."""
    text = number(value, shown)
    return f"({text})" if text.startswith("−") else text


def equals(value: Any, shown: Shown) -> str:
    """``=`` where what is printed for `value` is `value` itself, else ``≈``."""
    return numerals.equals(value, shown.digits, shown.elements)


def is_small(shown: Shown, *values: Any) -> bool:
    """Whether the elements of all `values` can be printed in full."""
    return all(np.size(value) <= shown.elements for value in values)


def rows(head: Span, value: Any, role: str, shown: Shown) -> list[Row]:
    """The rows of a table that hold `value`, a row for each of a matrix; `head` stands before the first."""
    value = np.asarray(value)
    lines = value.reshape(-1, value.shape[-1]) if value.ndim > 1 and value.size else value.reshape(1, -1)
    heads = [head, *[words("")] * (len(lines) - 1)]
    return [
        (first, *(Span(number(element, shown), role, TEXT) for element in line))
        for first, line in zip(heads, lines, strict=True)
    ]


def labelled(label: Span, value: Any, role: str, shown: Shown) -> list[Block]:
    """`label` and a value of any size."""
    value = np.asarray(value)
    if not is_small(shown, value):
        shape, mean, extent = numerals.summary(value, shown.digits)
        return [Line((label, Span(shape, role, TEXT))), Line((Span(f"{mean}, {extent}", role, TEXT - 1),))]
    if value.ndim > 1 and value.size > value.shape[-1]:
        return [Table(tuple(rows(label, value, role, shown)))]
    return [Line((label, Span(numerals.array(value, shown.digits, shown.elements), role, TEXT)))]


def elements(value: Any, role: str, shown: Shown) -> list[Block]:
    """The elements of an array: in full, or as mean and range."""
    if is_small(shown, value):
        return labelled(words(""), value, role, shown)
    _, mean, extent = numerals.summary(np.asarray(value), shown.digits)
    return [Line((Span(f"{mean}, {extent}", role, TEXT - 1),))]
