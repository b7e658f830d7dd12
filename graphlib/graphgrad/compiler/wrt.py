"""What a program is asked for: which gradients, and which leaves hold rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from graphgrad.node import Constant, Input, Node, Parameter
from graphgrad.sweep import topological


def targets_of(loss: Any, wrt: Any, call: str) -> list[Node]:
    """The nodes to differentiate with respect to: those given, each as a node or by name, or all Parameters.

    Raises:
        TypeError: `loss` is no node, or `wrt` holds neither nodes nor names.
        ValueError: `loss` is not a scalar, a name is not in the graph, or a Parameter has no name.
    """
    if not isinstance(loss, Node):
        raise TypeError(f"{call}: {loss!r:.60} is no node; give a loss built from nodes, such as gg.bce(p_hat, y)")
    order = topological(loss)
    if wrt is None:
        found: list[Node] = [node for node in order if isinstance(node, Parameter)]
    else:
        given = _listed(wrt, f"{call}: wrt={wrt!r:.40}; give nodes or names, one or several")
        found = [_target(loss, order, target, call) for target in given]
    if found and loss.size != 1:
        raise ValueError(
            f"{call}: the output has shape {loss.shape}, so there is no single gradient; reduce it first, "
            f"as in gg.Mean(…), or ask for none: wrt=()"
        )
    return list(dict.fromkeys(found))


def _listed(given: Any, complaint: str) -> list[Any]:
    if isinstance(given, str | Node):
        return [given]
    if not isinstance(given, Iterable):
        raise TypeError(complaint)
    return list(given)


def _target(loss: Node, order: Sequence[Node], target: Any, call: str) -> Node:
    if isinstance(target, str):
        try:
            return loss.find(target)
        except KeyError as error:
            raise ValueError(f"{call}: wrt={target!r}: {error.args[0].partition(': ')[2]}") from None
    if not isinstance(target, Node):
        raise TypeError(f"{call}: wrt holds {target!r:.60}; give nodes of the graph, or their names")
    if not any(target is node for node in order) or isinstance(target, Constant):
        raise ValueError(f"{call}: {target!r:.60} is no leaf or op of this graph, so there is no gradient to it")
    return target


def as_met(order: Sequence[Node]) -> list[Node]:
    """The leaves that a program takes: Inputs, then Parameters, those with the longest way to the output first."""
    steps = dict.fromkeys(order, 0)
    for node in reversed(order):
        for source in node.inputs:
            steps[source] = max(steps[source], steps[node] + 1)
    leaves = [node for node in order if isinstance(node, Input)]
    return sorted(leaves, key=lambda leaf: (isinstance(leaf, Parameter), -steps[leaf]))


def rows_of(order: Sequence[Node], rows: Iterable[str] | None, call: str) -> set[Node]:
    """The leaves along whose first axis the rows lie: those named, or all Inputs that have an axis.

    Raises:
        ValueError: their first axes differ in length, or a name is not that of a leaf with an axis.
    """
    leaves = [node for node in order if isinstance(node, Input)]
    if rows is None:
        chosen = [leaf for leaf in leaves if leaf.ndim and not isinstance(leaf, Parameter)]
    else:
        names = _listed(rows, f"{call}: rows={rows!r:.40}; give the names of leaves, such as ('x', 'y')")
        chosen = []
        for name in names:
            found = [
                leaf for leaf in leaves if leaf.ndim and (leaf is name if isinstance(name, Node) else leaf.name == name)
            ]
            if not found:
                raise ValueError(f"{call}: rows={names!r:.60}: the graph has no leaf {name!r:.40} with an axis")
            chosen += found
    lengths = {leaf.shape[0] for leaf in chosen}
    if len(lengths) > 1:
        shapes = ", ".join(f"{leaf.name or 'an unnamed Input'}: {leaf.shape}" for leaf in chosen)
        raise ValueError(
            f"{call}: the first axes of the Inputs differ in length ({shapes}), so which of them hold the rows? "
            f"Name them, as in rows=('x', 'y')"
        )
    return set(chosen)
