"""Scopes: named parts of a graph."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


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

    __slots__ = ("_made_by", "label", "parent")

    def __init__(self, label: str, parent: Scope | None, made_by: Scoped | None = None) -> None:
        self.label = label
        self.parent = parent
        self._made_by = made_by

    def __repr__(self) -> str:
        return f"<Scope {self.label}>"


current_scope: ContextVar[Scope | None] = ContextVar("graphgrad scope", default=None)


class Scoped:
    """While entered, nodes belong to a new scope of that label, within the one that was current. Made by :func:`scope`.

    >>> with gg.scope("layer 1") as inner:
    ...     z = gg.Parameter(0.5, name="w") * 2
    >>> z.scope is inner
    True
    """

    __slots__ = ("_label",)

    def __init__(self, label: str) -> None:
        self._label = label

    def __enter__(self) -> Scope:
        inner = Scope(self._label, current_scope.get(), self)
        current_scope.set(inner)
        return inner

    def __exit__(self, *error: object) -> None:
        """End the scope, and those inside it; nothing, where another thread or generator has ended it already."""
        ending = current_scope.get()
        while ending is not None and ending._made_by is not self:
            ending = ending.parent
        if ending is not None:
            current_scope.set(ending.parent)

    def __call__(self, function: Callable[P, T]) -> Callable[P, T]:
        """`function`, each call of which is a scope of its own."""

        @wraps(function)
        def scoped(*args: P.args, **kwargs: P.kwargs) -> T:
            with Scoped(self._label):
                return function(*args, **kwargs)

        return scoped


def scope(label: str) -> Scoped:
    """Nodes built inside ``with scope("BCE"):`` belong to a cluster of that label; scopes nest.

    Pictures draw the cluster with a frame, or as one box: ``draw(loss, collapse="BCE")``.

    Args:
        label: what the cluster is called; several scopes may have the same.

    Returns:
        A context manager, which gives the scope that each node built inside holds as ``node.scope``. It decorates
        functions too, but not generators and coroutines: each call is a scope of its own.

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
