"""Numbers as spans: scalars in a line, small arrays in columns, large ones in summary."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrad import numerals
from graphgrad.drawing.content import Block, Line, Span, Table
from graphgrad.drawing.labels import SMALL, TEXT


def words(text: str, role: str = "muted", size: float = SMALL) -> Span:
    """Plain text."""
    return Span(text, role, size)


def factor(value: Any, digits: int) -> str:
    """A number as a factor or a summand: in parentheses if it has a sign."""
    text = numerals.number(value, digits)
    return f"({text})" if text.startswith("−") else text


def row(head: Span, value: Any, role: str, digits: int) -> tuple[Span, ...]:
    """A row of a table: its head, and the elements of `value` in order."""
    return (head, *(Span(numerals.number(element, digits), role, TEXT) for element in np.ravel(value)))


def labelled(label: Span, value: Any, role: str, digits: int) -> list[Block]:
    """`label` and a value of any size."""
    value = np.asarray(value)
    if value.size <= numerals.FULL:
        if value.ndim == 2 and value.shape[0] > 1 and value.size:
            return [Line((label,)), Table(tuple(row(words(""), line, role, digits) for line in value))]
        return [Line((label, Span(numerals.array(value, digits), role, TEXT)))]
    shape, mean, extent = numerals.summary(value, digits)
    return [Line((label, Span(shape, role, TEXT))), Line((Span(f"{mean}, {extent}", role, TEXT - 1),))]


def elements(value: Any, role: str, digits: int) -> list[Block]:
    """The elements of an array: in full, or as mean and range."""
    if is_small(value):
        return [Line((Span(numerals.array(value, digits), role, TEXT),))]
    _, mean, extent = numerals.summary(np.asarray(value), digits)
    return [Line((Span(f"{mean}, {extent}", role, TEXT - 1),))]


def is_small(*values: Any) -> bool:
    """Whether the elements of all `values` can be printed in full."""
    return all(np.size(value) <= numerals.FULL for value in values)
