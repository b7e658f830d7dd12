"""The one backward sweep. Everything that shows, prints or uses a gradient reads it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from graphgrad.namespace import numbers

if TYPE_CHECKING:
    from graphgrad.node import Node


def topological(node: Node) -> list[Node]:
    """All nodes from which `node` is computed, inputs before their consumers, `node` last.

    The order is that of a depth-first walk along the ordered inputs, so it depends on the graph
    alone. Works iteratively: a chain of a million nodes is no deeper than one of ten.

    >>> import graphgrad as gg
    >>> a = gg.Parameter(2.0, name="a")
    >>> gg.topological(a * a + 1)
    [<Parameter a: 2>, <Mul: 4>, <Constant: 1>, <Add: 5>]
    """
    order: list[Node] = []
    seen = {node}
    stack = [(node, iter(node.inputs))]
    while stack:
        consumer, rest = stack[-1]
        for source in rest:
            if source not in seen:
                seen.add(source)
                if source.inputs:
                    stack.append((source, iter(source.inputs)))
                    break
                order.append(source)
        else:
            order.append(consumer)
            stack.pop()
    return order


def reached(targets: Collection[Node], order: list[Node]) -> set[Node]:
    """The nodes of `order` that depend on one of `targets`: those that want a gradient.

    What an op takes without a derivative, such as a mask or a shape, does not count.
    """
    wanted = set(targets)
    for node in order:
        for position, source in enumerate(node.inputs):
            if source in wanted and position not in node.detached:
                wanted.add(node)
                break
    return wanted


@dataclass(frozen=True, eq=False, slots=True)
class Flow:
    """What one edge carried: `node` passed `flow` back to its input at `position`.

    `product` is upstream × local before it was summed back over broadcast axes to `flow`.
    """

    node: Node
    position: int
    upstream: Any
    product: Any
    flow: Any


def sweep(
    order: list[Node], seed: Any, wanted: set[Node], *, xp: Any = numbers, record: list[Flow] | None = None
) -> dict[Node, Any]:
    """Backpropagate `seed` from the last node of `order` to every node in `wanted`.

    With ``xp = numbers`` gradients are arrays, computed from the nodes' values; with
    ``xp = nodes`` they are Nodes, computed from the nodes themselves. Each has the shape and dtype
    of its node; a node that feeds only what has no derivative, such as a mask, has none. Where a
    node is used several times, the flows are added in the order of the sweep. A `record`, if given,
    receives every flow.
    """
    on_numbers = xp is numbers
    gradients: dict[Node, Any] = {order[-1]: seed}
    for node in reversed(order):
        upstream = gradients.get(node)
        if upstream is None or not node.inputs or node not in wanted:
            continue
        sources = [source.value for source in node.inputs] if on_numbers else node.inputs
        out = node.value if on_numbers else node
        products = node.vjp(xp, upstream, out, *sources)  # type: ignore[attr-defined]
        for position, source in enumerate(node.inputs):
            if source not in wanted or products[position] is None:
                continue
            product = products[position]
            if callable(product):
                product = product()
            flow = product
            if flow.shape != source.shape or flow.dtype != source.dtype:
                flow = xp.sum_like(product, sources[position])
            gradients[source] = gradients[source] + flow if source in gradients else flow
            if record is not None:
                record.append(Flow(node, position, upstream, product, flow))
    return gradients


def seed_for(out: Node, seed: Any, call: str) -> Any:
    """The gradient to start from: 1 for a scalar, else what the caller gives, in the form of `out`."""
    if seed is None:
        if out.size != 1:
            raise ValueError(
                f"{call}: the output {out!r} has shape {out.shape}, so there is no single gradient; "
                f"give seed=, an array of that shape, or reduce the output first, as in Sum(…) or Mean(…)"
            )
        return np.ones(out.shape, out.dtype)[()]
    try:
        seed = np.array(seed, dtype=out.dtype)
    except (TypeError, ValueError):
        raise TypeError(f"{call}: seed={seed!r:.60} is no array of numbers; give one of shape {out.shape}") from None
    if seed.shape != out.shape:
        raise ValueError(
            f"{call}: seed has shape {seed.shape}, the output {out!r} has shape {out.shape}; they must agree"
        )
    return seed[()]
