"""The clean form of a derivative graph: literals folded, and ×1, ×(−1), +0 taken out."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from graphgrad.namespace import nodes
from graphgrad.sweep import topological

if TYPE_CHECKING:
    from graphgrad.node import Node


def simplify(node: Node, known: Collection[Node] = ()) -> Node:
    """`node` without what a person would not write; the nodes in `known` stay as they are.

    The value is unchanged. Terms that merely happen to be 0 or 1 stay: only literals are folded.
    """
    clean: dict[Node, Node] = {}
    for old in topological(node):
        if not old.inputs or old in known:
            clean[old] = old
            continue
        sources = tuple(clean[source] for source in old.inputs)
        clean[old] = _clean(old, sources)
    return clean[node]


def _clean(old: Node, sources: tuple[Node, ...]) -> Node:
    """The simplest node for `old`, given the simplest of its inputs."""
    if type(old.value) is float and all(map(_is_literal, sources)):
        return nodes.constant(old.value)  # type: ignore[no-any-return]
    identity = _identity(old.function, sources)
    if identity is not None:
        return identity
    unchanged = all(a is b for a, b in zip(sources, old.inputs, strict=True))
    return old if unchanged else old._with_inputs(sources)  # type: ignore[attr-defined]


def _identity(function: str, sources: tuple[Node, ...]) -> Node | None:
    """What `function` of `sources` is by an identity of algebra, if one applies."""
    match function, sources:
        case "add", (a, b) if _is(b, 0):
            return a
        case "add", (a, b) if _is(a, 0):
            return b
        case "subtract", (a, b) if _is(b, 0):
            return a
        case "subtract", (a, b) if _is(a, 0):
            return nodes.negative(b)  # type: ignore[no-any-return]
        case "multiply", (a, b) if _is(b, 1):
            return a
        case "multiply", (a, b) if _is(a, 1):
            return b
        case "multiply", (a, b) if _is(b, -1):
            return nodes.negative(a)  # type: ignore[no-any-return]
        case "multiply", (a, b) if _is(a, -1):
            return nodes.negative(b)  # type: ignore[no-any-return]
        case "multiply", (a, b) if _is_spread(a) and b.shape == a.shape:  # one number × each of many
            return b if _is(a.inputs[0], 1) else a.inputs[0] * b
        case "multiply", (a, b) if _is_spread(a) and _is(a.inputs[0], 1) and b.ndim == 0:
            return nodes.broadcast_like(b, a.inputs[1])  # type: ignore[no-any-return]
        case "divide", (a, b) if _is(b, 1):
            return a
        case "power", (a, b) if _is(b, 1):
            return a
        case "negative", (a,) if a.function == "negative":
            return a.inputs[0]
        case "guard", (a, _, b) if _is_literal(b) and not _is(b, 0):
            return a
    return None


def _is_literal(node: Node) -> bool:
    return not node.inputs and type(node.value) is float


def _is(node: Node, value: float) -> bool:
    return _is_literal(node) and bool(np.equal(node.value, value))


def _is_spread(node: Node) -> bool:
    """Whether the node is one number, given to every element of another node's shape."""
    return node.function == "broadcast_like" and node.inputs[0].ndim == 0
