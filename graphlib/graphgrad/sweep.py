"""The one backward sweep. Everything that shows, prints or uses a gradient reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from graphgrad.arrays import frozen, real_array
from graphgrad.namespace import numbers

if TYPE_CHECKING:
    from graphgrad.node import Node


def topological(node: Node) -> list[Node]:
    """All nodes from which `node` is computed, inputs before their consumers, `node` last.

    The order is that of a depth-first walk along the ordered inputs, so it depends on the graph
    alone. Works iteratively: a chain of a million nodes is no deeper than one of ten.

    Args:
        node: the output.

    Raises:
        TypeError: it is no node.

    >>> a = gg.Parameter(2.0, name="a")
    >>> gg.topological(a * a + 1)
    [<Parameter a: 2>, <Mul: 4>, <Constant: 1>, <Add: 5>]
    """
    if not isinstance(getattr(node, "inputs", None), tuple):
        raise TypeError(f"topological({node!r:.60}): give a node, such as a loss")
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


def reached(targets: Iterable[Node], order: list[Node]) -> set[Node]:
    """The nodes of `order` that depend on one of `targets`: those that want a gradient.

    What an op takes without a derivative, such as a mask or a shape, does not count.
    """
    wanted = set(targets)
    for node in order:
        sources: Sequence[Node] = node.inputs
        if node.detached:
            sources = [source for position, source in enumerate(sources) if position not in node.detached]
        if not wanted.isdisjoint(sources):
            wanted.add(node)
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
    order: list[Node],
    seed: Any,
    wanted: set[Node],
    *,
    xp: Any = numbers,
    values: Mapping[Node, Any] | None = None,
    record: list[Flow] | None = None,
) -> dict[Node, Any]:
    """Backpropagate `seed` from the last node of `order` to every node in `wanted`.

    With ``xp = numbers`` gradients are arrays, computed from the nodes' values; with
    ``xp = nodes`` they are Nodes, computed from the nodes themselves; with another namespace they are what it
    computes from `values`, which holds one of its own for each node. Each has the shape and dtype
    of its node, and no array can be written to; a node that feeds only what has no derivative, such
    as a mask, has none. Where a node is used several times, the flows are added in the order of the
    sweep. A `record`, if given, receives every flow.
    """
    on_numbers = xp is numbers
    gradients: dict[Node, Any] = {order[-1]: seed}
    try:
        for node in reversed(order):
            upstream = gradients.get(node)
            if upstream is None:
                continue
            if on_numbers:  # several nodes may share it, so no rule may change it
                upstream = gradients[node] = frozen(upstream)
            inputs = node.inputs
            if not inputs or node not in wanted:
                continue
            by_local = node.by_local
            out: Any = node
            sources: Sequence[Any] = inputs
            if on_numbers:
                out, sources = node._value, [source._value for source in inputs]
            elif values is not None:
                out, sources = values[node], [values[source] for source in inputs]
            terms = node.local(xp, out, *sources) if by_local else node.vjp(xp, upstream, out, *sources)
            if type(terms) is not tuple or len(terms) != len(inputs):
                terms = one_per_input(node, "local" if by_local else "vjp", terms)
            for position, source in enumerate(inputs):
                term = terms[position]
                if term is None or source not in wanted or position in node.detached:
                    continue
                if callable(term):
                    term = term()
                product = times(upstream, term) if by_local else term
                flow, like = product, sources[position]
                if getattr(flow, "shape", None) != like.shape or flow.dtype != like.dtype:
                    flow = _summed_back(node, position, product, out, like, xp)
                gradients[source] = gradients[source] + flow if source in gradients else flow
                if record is not None:
                    record.append(Flow(node, position, upstream, product, flow))
    except Exception as error:
        error.add_note(f"in the backward rule of {type(node).__name__} {node.name or ''}".rstrip())
        raise
    return gradients


def times(upstream: Any, local: Any) -> Any:
    """Upstream × local, without the multiplication where local is the literal 1 or −1."""
    if type(local) is int and local in (1, -1):
        return upstream if local == 1 else -upstream
    if hasattr(upstream, "inputs") and isinstance(local, (np.ndarray, np.generic)):
        raise TypeError(
            f"a local gradient is {local!r:.40} where nodes were expected, so the graph of the derivative would not "
            f"follow other values; write it with operators and xp, not with NumPy or node.value"
        )
    return upstream * local


def one_per_input(op: Node, rule: str, given: Any) -> Any:
    """What a rule returned, if it is one item per input.

    Raises:
        TypeError: it is anything else, as when the comma of a tuple of one is forgotten.
    """
    if isinstance(given, (tuple, list)) and len(given) == len(op.inputs):
        return given
    raise TypeError(
        f"{type(op).__name__}.{rule} must return a tuple with one item per input, {len(op.inputs)} of them, "
        f"such as (…,); it returned {given!r:.60}"
    )


def called(item: Any) -> Any:
    """What a rule gave for one input: computed now, if it was left for when it is wanted."""
    return item() if callable(item) else item


def _summed_back(node: Node, position: int, product: Any, out: Any, source: Any, xp: Any) -> Any:
    """`product` in the shape and dtype of the input that it flows to: summed over what was broadcast."""
    shape, wanted = getattr(product, "shape", type(product).__name__), source.shape
    fits = isinstance(shape, tuple) and _broadcasts(wanted, shape)
    if not fits or (node.jacobian == "diagonal" and shape != out.shape):
        raise ValueError(
            f"{type(node).__name__}: the gradient for input {position} has shape {shape}, which does not come "
            f"from broadcasting the input's {wanted} to {node.shape}; return one that fits"
        )
    return xp.sum_like(product, source)


def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    if not shape:
        return True
    matching = zip(reversed(shape), reversed(to), strict=False)
    return len(shape) <= len(to) and all(length in (1, wide) for length, wide in matching)


def seed_for(out: Node, seed: Any, call: str, name: str = "seed") -> Any:
    """The gradient to start from: 1 for a scalar, else what the caller gives, in the form of `out`.

    `name` is what the call names it, in errors; nothing if it takes none.
    """
    if seed is None:
        if out.size != 1:
            given = f"give {name}=, an array of that shape, or " if name else ""
            raise ValueError(
                f"{call}: the output {out!r} has shape {out.shape}, so there is no single gradient; "
                f"{given}reduce the output first, as in Sum(…) or Mean(…)"
            )
        return np.ones(out.shape, out.dtype)[()] if out.ndim else out.dtype.type(1)
    seed = real_array(seed, f"{call}, {name}=").astype(out.dtype)
    if seed.shape != out.shape:
        raise ValueError(
            f"{call}: {name} has shape {seed.shape}, the output {out!r} has shape {out.shape}; they must agree"
        )
    return seed[()]
