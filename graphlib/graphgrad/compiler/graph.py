"""A graph and its derivative, traced: forward by the ops' rules, backward by the one sweep."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphgrad.compiler.rows import RowsMixed, Shape
from graphgrad.compiler.text import RESERVED
from graphgrad.compiler.trace import Traced, Tracer, Untraceable
from graphgrad.names import spelled
from graphgrad.node import Constant, Node
from graphgrad.sweep import reached, seed_for, sweep


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
    tracer = Tracer(with_rows=bool(with_rows) and count is None)
    values: dict[Node, Any] = {}
    leaves: dict[str, Traced] = {}
    for node in order:
        if node.inputs:
            values[node] = _forward(tracer, node, [values[source] for source in node.inputs])
        elif isinstance(node, Constant):
            values[node] = node.value if node.is_literal else tracer.traced(node.value)
        else:
            shape: Shape = (tracer.rows or count, *node.shape[1:]) if node in with_rows else node.shape
            values[node] = leaves[names[node]] = tracer.leaf(names[node], shape, node.dtype)
    output = tracer.traced(values[order[-1]])
    forward_count = len(tracer.values)
    found = _gradients(tracer, order, targets, values)
    gradients = [_of_form(tracer, tracer.traced(values[node]), found.get(node)) for node in targets]
    named: dict[int, str] = {}
    for node in order:
        if node in names and node.inputs:
            _name(named, values[node], names[node])
    for node in reversed(order):
        if node in names and node in found:
            _name(named, found[node], f"d_{names[node]}")
    for node, gradient in zip(targets, gradients, strict=True):
        if node in names:
            _name(named, gradient, f"d_{names[node]}")
    return TracedGraph(tracer, leaves, output, gradients, named, forward_count)


def _forward(tracer: Tracer, node: Node, inputs: list[Any]) -> Any:
    if node.is_literal and {*map(type, inputs)} == {float}:
        return node.value
    tracer.maker = f"{node!r:.80}"
    try:
        value = node.forward(tracer, *inputs)  # type: ignore[attr-defined]
        return value if type(value) is float else tracer.traced(value)
    except RowsMixed as mixed:
        raise RowsMixed(f"{node!r:.60}: {mixed}") from None
    except Exception as error:
        raise _untraceable(node, "forward", error) from error
    finally:
        tracer.maker = None


def _gradients(
    tracer: Tracer, order: Sequence[Node], targets: Sequence[Node], values: Mapping[Node, Any]
) -> dict[Node, Any]:
    if not targets:
        return {}
    seed = tracer.literal(float(seed_for(order[-1], None, "compile(loss)").reshape(())), order[-1].dtype)
    start = tracer.full(tracer.traced(values[order[-1]]).shape, seed)
    as_list = list(order)
    try:
        return sweep(as_list, start, reached(targets, as_list), xp=tracer, values=values)
    except RowsMixed as mixed:
        raise RowsMixed("; ".join([str(mixed), *getattr(mixed, "__notes__", [])])) from None
    except Exception as error:
        raise _untraceable(order[-1], "backward", error) from error


def _untraceable(node: Node, half: str, error: Exception) -> Untraceable:
    notes = "; ".join([str(error), *getattr(error, "__notes__", [])])
    return Untraceable(
        f"compile: the {half} rule of {node!r:.80} cannot be traced: {notes}. Write it with operators and xp, "
        f"and without asking for particular numbers"
    )


def _of_form(tracer: Tracer, target: Traced, gradient: Traced | None) -> Traced:
    """A gradient in the shape and dtype of its target; zeros where there is none."""
    flow = tracer.literal(0.0) if gradient is None else tracer.traced(gradient)
    form: Traced = tracer.full(target.shape, flow, target.dtype)
    return form


def _name(named: dict[int, str], value: Any, name: str) -> None:
    if isinstance(value, Traced) and value.function not in ("leaf", "literal", "rows"):
        named.setdefault(value.number, name)


def identifiers(
    order: Sequence[Node], known: Mapping[Node, str], is_reserved: Callable[[str], bool] = RESERVED.__contains__
) -> dict[Node, str]:
    """For each node that has a name, and each leaf but literals, an identifier of its own.

    What is no identifier in a name becomes ``_``, and what Python or the program needs gets a ``_`` at its end.
    """
    taken: set[str] = set()
    chosen: dict[Node, str] = {}
    unnamed = 0
    for node in sorted(order, key=lambda node: (bool(node.inputs), node.name is None)):
        name = node.name or known.get(node)
        if isinstance(node, Constant) or (name is None and node.inputs):
            continue
        if name is None:
            unnamed += 1
            name = f"data{unnamed}"
        identifier = _identifier(name)
        while identifier in taken or f"d_{identifier}" in taken or identifier in RESERVED or is_reserved(identifier):
            identifier += "_"
        taken |= {identifier, f"d_{identifier}"}
        chosen[node] = identifier
    return chosen


def _identifier(name: str) -> str:
    plain = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in spelled(name))[:40]
    return plain if plain[:1].isalpha() else f"v{plain}"
