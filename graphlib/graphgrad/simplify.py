"""The clean form of a derivative graph: literals folded, and ×1, ×(−1), +0 taken out."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import TYPE_CHECKING, Any

from graphgrad.namespace import nodes
from graphgrad.sweep import topological

if TYPE_CHECKING:
    from graphgrad.node import Node


def simplify(node: Node, known: Set[Node] = frozenset()) -> Node:
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
    if old.is_literal and all(not source.inputs and source.is_literal for source in sources):
        return nodes.constant(old.value)
    identity = _identity(old.function, sources)
    if identity is not None:
        return identity
    unchanged = all(a is b for a, b in zip(sources, old.inputs, strict=True))
    return old if unchanged else old._with_inputs(sources)


def _identity(function: str, sources: tuple[Node, ...]) -> Node | None:
    """What `function` of `sources` is by an identity of algebra, if one applies."""
    match function, sources:
        case "multiply", (a, b) if _is_spread(a) and (a.shape, a.dtype) == (b.shape, b.dtype):
            return b if _is(a.inputs[0], 1) else nodes.multiply(a.inputs[0], b)
        case "multiply", (a, b) if _is_spread(a) and _is(a.inputs[0], 1) and b.ndim == 0:
            return nodes.broadcast_like(b, a.inputs[1])
        case "negative", (a,) if a.function == "negative":
            return a.inputs[0]
        case "guard", (a, _, b) if not b.inputs and b.is_literal and not _is(b, 0):
            return a
    same: Node | None = arithmetic_identity(nodes, function, sources, _is)
    return same


def arithmetic_identity(xp: Any, function: str, operands: tuple[Any, ...], is_literal: Callable[..., bool]) -> Any:
    """What `function` of `operands` is where one of them is a literal 0, 1 or −1 that changes nothing but a sign.

    ``is_literal(operand, number)`` tells whether an operand is that literal. None if no identity applies.
    """
    match function, operands:
        case "add", (a, b) if is_literal(b, 0):
            return a
        case "add", (a, b) if is_literal(a, 0):
            return b
        case "subtract", (a, b) if is_literal(b, 0):
            return a
        case "subtract", (a, b) if is_literal(a, 0):
            return xp.negative(b)
        case "multiply", (a, b) if is_literal(b, 1):
            return a
        case "multiply", (a, b) if is_literal(a, 1):
            return b
        case "multiply", (a, b) if is_literal(b, -1):
            return xp.negative(a)
        case "multiply", (a, b) if is_literal(a, -1):
            return xp.negative(b)
        case (("divide" | "power"), (a, b)) if is_literal(b, 1):
            return a
    return None


def _is(node: Node, value: float) -> bool:
    return not node.inputs and node.is_literal and bool(node.value == value)


def _is_spread(node: Node) -> bool:
    """Whether the node is one number, given to every element of another node's shape."""
    return node.function == "broadcast_like" and node.inputs[0].ndim == 0
