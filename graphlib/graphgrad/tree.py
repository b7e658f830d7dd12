"""Nested lists, tuples and dicts: what they hold, in order, and how to build another of the same form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

DEEPEST = 100
"""The most containers inside one another."""


def flatten(tree: Any) -> tuple[list[Any], Callable[[Any], Any]]:
    """What nested lists, tuples and dicts hold, and a function that puts as many other things in their places.

    Anything else, an array or a node, is held as it is. Tuples with names stay such.

    Raises:
        ValueError: more than 100 containers stand inside one another.

    >>> leaves, rebuild = flatten({"w": [1, 2], "b": 3})
    >>> leaves, rebuild("xyz")
    ([1, 2, 3], {'w': ['x', 'y'], 'b': 'z'})
    """
    leaves: list[Any] = []
    form = _form(tree, leaves, 0)
    return leaves, lambda others: form(iter(others))


def _form(tree: Any, leaves: list[Any], depth: int) -> Callable[[Iterator[Any]], Any]:
    """How to build a tree like this one from an iterator; what it holds is appended to `leaves`."""
    if depth > DEEPEST:
        raise ValueError(f"more than {DEEPEST} lists, tuples and dicts stand inside one another")
    if isinstance(tree, Mapping):
        values = [_form(value, leaves, depth + 1) for value in tree.values()]
        empty = tree.copy() if isinstance(tree, dict) else {}  # of the same kind, with the keys in the same order
        return lambda others: _filled(empty, [(key, build(others)) for key, build in zip(tree, values, strict=True)])
    if isinstance(tree, list | tuple):
        items = [_form(item, leaves, depth + 1) for item in tree]
        kind: Any = type(tree)
        if hasattr(tree, "_fields"):
            return lambda others: kind(*(build(others) for build in items))
        return lambda others: kind(build(others) for build in items)
    leaves.append(tree)
    return next


def _filled(empty: Any, items: list[tuple[Any, Any]]) -> Any:
    """A copy of a dict with other values."""
    filled = empty.copy()
    filled.update(items)
    return filled


def beside(tree: Any, other: Any, what: str) -> list[Any]:
    """What stands in `other` in the place of each thing that `tree` holds; `what` names it in errors.

    Raises:
        ValueError: `other` is not nested as `tree` is.

    >>> beside({"w": 1, "b": 2}, {"w": [0.1, 0.2], "b": 3.0}, "tangent")
    [[0.1, 0.2], 3.0]
    """
    if isinstance(tree, Mapping):
        if not isinstance(other, Mapping) or tree.keys() != other.keys():
            raise ValueError(f"{what} is {other!r:.60}; give a dict with the keys {list(tree)}")
        return [part for key, value in tree.items() for part in beside(value, other[key], what)]
    if isinstance(tree, list | tuple):
        if not isinstance(other, list | tuple) or len(tree) != len(other):
            raise ValueError(f"{what} is {other!r:.60}; give a {type(tree).__name__} of {len(tree)}")
        return [part for item, given in zip(tree, other, strict=True) for part in beside(item, given, what)]
    return [other]
