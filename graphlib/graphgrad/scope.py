"""Scopes: named parts of a graph."""

from __future__ import annotations

from contextlib import AbstractContextManager, ContextDecorator
from contextvars import ContextVar


class Scope:
    """A named part of a graph, drawn as a labelled cluster. Made by :func:`scope`.

    Attributes:
        label: what the cluster is called.
        parent: the scope around it, or None.

    >>> with gg.scope("network"), gg.scope("layer 1") as inner:
    ...     pass
    >>> inner, inner.parent
    (<Scope layer 1>, <Scope network>)
    """

    __slots__ = ("label", "parent")

    def __init__(self, label: str, parent: Scope | None) -> None:
        self.label = label
        self.parent = parent

    def __repr__(self) -> str:
        return f"<Scope {self.label}>"


current_scope: ContextVar[Scope | None] = ContextVar("graphgrad scope", default=None)


class Scoped(ContextDecorator):
    """Inside, nodes belong to a new scope of that label, within the one that is current outside."""

    def __init__(self, label: str) -> None:
        self.label = label

    def __enter__(self) -> Scope:
        inner = Scope(self.label, current_scope.get())
        current_scope.set(inner)
        return inner

    def __exit__(self, *error: object) -> None:
        inner = current_scope.get()
        current_scope.set(inner and inner.parent)


def scope(label: str) -> AbstractContextManager[Scope]:
    """Nodes built inside ``with scope("BCE"):`` belong to a cluster of that label; scopes nest.

    Pictures draw the cluster with a frame, or as one box: ``draw(loss, collapse="BCE")``.

    Args:
        label: what the cluster is called; several scopes may have the same.

    Returns:
        A context manager, which gives the scope that each node built inside holds as ``node.scope``. It decorates
        functions too: each call is a scope of its own.

    Raises:
        TypeError: the label is no text, or empty.

    >>> with gg.scope("layer 1"):
    ...     z = gg.Parameter(0.5, name="w") * 2
    >>> z.scope
    <Scope layer 1>
    """
    if not isinstance(label, str) or not label:
        raise TypeError(f"scope({label!r}): the label must be a non-empty string")
    return Scoped(label)
