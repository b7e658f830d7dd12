"""A graph and its derivative, traced: forward by the ops' rules, backward by the one sweep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphgrad.compiler.rows import RowsMixed, Shape
from graphgrad.compiler.text import RESERVED
from graphgrad.compiler.trace import Tracer
from graphgrad.compiler.traced import Traced, Untraceable
from graphgrad.names import spelled
from graphgrad.node import Constant, Node
from graphgrad.sweep import reached, sweep


@dataclass(frozen=True, eq=False, slots=True)
class TracedGraph:
    """What a program computes.

    Attributes:
        tracer: all instructions, in order.
        leaves: what the program is given, by name.
        output: the value of the graph.
        gradients: those that are asked for, in the shape and dtype of what they are gradients of.
        named: the names of values, by their number: as the user called the nodes, d_… for gradients.
        forward_count: how many instructions the forward half has.
    """

    tracer: Tracer
    leaves: dict[str, Traced]
    output: Traced
    gradients: list[Traced]
    named: dict[int, str]
    forward_count: int


def traced_graph(
    order: Sequence[Node],
    targets: Sequence[Node],
    names: Mapping[Node, str],
    with_rows: Collection[Node],
    count: int | None = None,
) -> TracedGraph:
    """Trace the graph in `order`, and the gradients of its last node with respect to `targets`.

    Args:
        order: the graph, as :func:`topological` gives it.
        targets: the nodes to differentiate with respect to.
        names: an identifier for each leaf that is no constant, and for other nodes as far as they have one.
        with_rows: the leaves along whose first axis the rows lie.
        count: how many rows there are; None for any number of them.

    Raises:
        RowsMixed: the rows are not treated alike somewhere, so the length of that axis must be a number.
        Untraceable: a rule cannot be traced; the message names the op.
    """
    graph = _traced(order, targets, names, with_rows, count)
    if not all(type(node).__module__.startswith("graphgrad.") for node in order):
        again = _traced(order, targets, names, with_rows, count)
        if list(again.tracer.known) != list(graph.tracer.known):
            raise Untraceable("a rule gives other instructions each time it is run, as with random numbers")
    return graph


def _traced(
    order: Sequence[Node],
    targets: Sequence[Node],
    names: Mapping[Node, str],
    with_rows: Collection[Node],
    count: int | None,
) -> TracedGraph:
    tracer = Tracer(with_rows=bool(with_rows) and count is None)
    order, targets, names, with_rows = _without_values(order, targets, names, with_rows)
    values: dict[Node, Any] = {}
    leaves: dict[str, Traced] = {}
    for node in order:
        if node.inputs:
            values[node] = _forward(tracer, node, [values[source] for source in node.inputs])
        elif isinstance(node, Constant):
            values[node] = node._value if node.is_literal else tracer.traced(node._value)
        else:
            rows = (tracer.rows or count,) if node in with_rows else ()
            shape: Shape = (*rows, *node._value.shape[len(rows) :])
            values[node] = leaves[names[node]] = tracer.leaf(names[node], shape, node._value.dtype)
    output = tracer.traced(values[order[-1]])
    forward_count = len(tracer.values)
    found = _gradients(tracer, order, targets, values)
    gradients = [_of_form(tracer, tracer.traced(values[node]), found.get(node)) for node in targets]
    named: dict[int, str] = {}
    for node in order:
        if node in names and node.inputs:
            _name(named, values[node], names[node])
    for node in reversed(order):
        if node in names and node in found and found[node].number >= forward_count:
            _name(named, found[node], f"d_{names[node]}")
    for node, gradient in zip(targets, gradients, strict=True):
        if node in names and gradient.number >= forward_count:
            _name(named, gradient, f"d_{names[node]}")
    return TracedGraph(tracer, leaves, output, gradients, named, forward_count)


def _forward(tracer: Tracer, node: Node, inputs: list[Any]) -> Any:
    literal = {*map(type, inputs)} == {float}
    tracer.maker = described(node)
    try:
        value = node.forward(tracer.xp, *map(np.float64, inputs) if literal else inputs)  # type: ignore[attr-defined]
        if literal and np.ndim(value) == 0:
            return float(value)
        return value if type(value) is float else tracer.traced(value)
    except RowsMixed as mixed:
        raise RowsMixed(f"{described(node)}: {mixed}") from None
    except Exception as error:
        raise _untraceable(node, "forward", error) from error
    finally:
        tracer.maker = None


def _gradients(
    tracer: Tracer, order: Sequence[Node], targets: Sequence[Node], values: Mapping[Node, Any]
) -> dict[Node, Any]:
    if not targets:
        return {}
    out = tracer.traced(values[order[-1]])
    start = tracer.full(out.shape, tracer.literal(1.0, out.dtype), out.dtype)
    as_list = list(order)
    try:
        found = sweep(as_list, start, reached(targets, as_list), xp=tracer.xp, values=values)
        return {node: tracer.traced(gradient) for node, gradient in found.items()}
    except RowsMixed as mixed:
        raise RowsMixed("; ".join([str(mixed), *getattr(mixed, "__notes__", [])])) from None
    except Exception as error:
        raise _untraceable(order[-1], "backward", error) from error


def _untraceable(node: Node, half: str, error: Exception) -> Untraceable:
    notes = "; ".join([str(error), *getattr(error, "__notes__", [])])
    return Untraceable(
        f"the {half} rule of {described(node)} cannot be traced: {notes}. Write it with operators and xp, "
        f"and without asking for particular numbers"
    )


def described(node: Node) -> str:
    """A node by its kind and its name."""
    return f"{type(node).__name__} {node.name!r:.60}" if node.name else type(node).__name__


class _Untold:
    """Stands where a node of a traced graph would have its value: a rule is given all that it may use."""

    def __getattr__(self, name: str) -> Any:
        raise Untraceable("it reads the value of a node, which is another at each call: use what the rule is given")

    __array_ufunc__ = None


def _without_values(
    order: Sequence[Node], targets: Sequence[Node], names: Mapping[Node, str], with_rows: Collection[Node]
) -> tuple[list[Node], list[Node], dict[Node, str], set[Node]]:
    """The same graph, and what belongs to its nodes, without the values of its ops."""
    twins: dict[Node, Node] = {}
    for node in order:
        twins[node] = node
        if node.inputs:
            twins[node] = twin = node._clone(tuple(twins[source] for source in node.inputs))
            twin._value = _Untold()
    return (
        list(twins.values()),
        [twins[target] for target in targets],
        {twins[node]: name for node, name in names.items()},
        {twins[node] for node in with_rows},
    )


def _of_form(tracer: Tracer, target: Traced, gradient: Traced | None) -> Traced:
    """A gradient in the shape and dtype of its target; zeros where there is none."""
    flow = tracer.literal(0.0) if gradient is None else gradient
    form: Traced = tracer.full(target.shape, flow, target.dtype)
    return form


def _name(named: dict[int, str], value: Any, name: str) -> None:
    if isinstance(value, Traced) and value.function not in ("leaf", "literal", "rows"):
        named.setdefault(value.number, name)


def identifiers(
    order: Sequence[Node], known: Mapping[Node, str], is_reserved: Callable[[str], bool] = lambda name: False
) -> dict[Node, str]:
    """For each node that has a name, and each leaf but literals, an identifier of its own.

    What is no identifier in a name becomes ``_``, and what is taken, or what Python or the program needs, is numbered.
    """
    taken: set[str] = set()
    chosen: dict[Node, str] = {}
    counts: dict[str, int] = defaultdict(lambda: 1)
    unnamed = 0
    for node in sorted(order, key=lambda node: (bool(node.inputs), node.name is None)):
        name = node.name or known.get(node)
        if isinstance(node, Constant) or (name is None and node.inputs):
            continue
        if name is None:
            unnamed += 1
            name = f"data{unnamed}"
        stem = identifier = _identifier(name)
        while identifier in taken or f"d_{identifier}" in taken or identifier in RESERVED or is_reserved(identifier):
            counts[stem] += 1
            identifier = f"{stem}_{counts[stem]}"
        taken |= {identifier, f"d_{identifier}"}
        chosen[node] = identifier
    return chosen


def _identifier(name: str) -> str:
    plain = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in spelled(name))[:40]
    return plain if plain[:1].isalpha() else f"v{plain}"
