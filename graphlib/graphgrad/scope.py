"""Scopes: named parts of a graph."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Scope:
    """A named part of a graph, drawn as a labelled cluster. Made by :func:`scope`."""

    __slots__ = ("label", "parent")

    def __init__(self, label: str, parent: Scope | None) -> None:
        self.label = label
        self.parent = parent

    def __repr__(self) -> str:
        return f"<Scope {self.label}>"


current_scope: ContextVar[Scope | None] = ContextVar("graphgrad scope", default=None)


@contextmanager
def scope(label: str) -> Iterator[Scope]:
    """Nodes built inside ``with scope("BCE"):`` belong to a cluster of that label; scopes nest.

    Raises:
        TypeError: the label is no text, or empty.
    """
    if not isinstance(label, str) or not label:
        raise TypeError(f"scope({label!r}): the label must be a non-empty string")
    inner = Scope(label, current_scope.get())
    token = current_scope.set(inner)
    try:
        yield inner
    finally:
        current_scope.reset(token)
