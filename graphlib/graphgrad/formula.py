"""The formula of a local gradient: the op's own rule, run on named stand-ins and written down."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from graphgrad.expression import Written, symbol, write
from graphgrad.names import mathematics
from graphgrad.namespace import nodes, numbers
from graphgrad.simplify import simplify

if TYPE_CHECKING:
    from graphgrad.node import Node, Op


@dataclass(frozen=True, eq=False, slots=True)
class LocalGradient:
    """The derivative of a node with respect to one of its inputs.

    Attributes:
        input: the input.
        formula: the derivative in Unicode text, such as ``p·(1 − p)``.
        latex: the same in LaTeX.
        value: its value, which broadcasts to the shape of the input; for a matrix product the
            matrix that multiplies the upstream gradient; None if the op states its vjp alone.
        jacobian: ``"diagonal"`` (elementwise), ``"spread"`` (from one number to each of many),
            ``"product"`` (a matrix product), ``"rearrangement"``, or ``"general"``: the formula is
            then the flow itself, written in terms of the upstream gradient.
    """

    input: Node
    formula: str
    latex: str
    value: Any
    jacobian: str


def local_gradient(op: Op, position: int, known: Mapping[Node, Written] | None = None) -> LocalGradient:
    """The local gradient of `op` with respect to its input at `position`.

    `known` says how nodes are written; without it they go by their names, and the unnamed by the
    names that the rule uses.
    """
    rule = op.vjp if op.jacobian == "general" else op.local
    names = list(inspect.signature(rule).parameters)[-len(op.inputs) - 1 :]
    around = [op, *op.inputs]
    stand_ins = [node if _is_literal(node) else _stand_in(node) for node in around]
    taken = {node.name for node in around}
    written = {
        stand_in: (known or {}).get(node) or symbol(mathematics(node.name or _free(name, taken)))
        for node, stand_in, name in zip(around, stand_ins, names, strict=True)
        if not _is_literal(node)
    }
    with np.errstate(all="ignore"):
        if op.jacobian == "general":
            upstream = _stand_in(op)
            written[upstream] = Written("upstream", r"\text{upstream}")
            value, derivative = None, op.vjp(nodes, upstream, *stand_ins)[position]
        else:
            value = called(op.local(numbers, op.value, *[source.value for source in op.inputs])[position])
            derivative = op.local(nodes, *stand_ins)[position]
        derivative = called(derivative)
        if not hasattr(derivative, "inputs"):
            derivative = nodes.constant(derivative)
        formula = write(simplify(derivative, written), written)
    return LocalGradient(op.inputs[position], formula.text, formula.latex, value, op.jacobian)


def called(item: Any) -> Any:
    """What a rule gave for one input: computed now, if it was left for when it is wanted."""
    return item() if callable(item) else item


def _is_literal(node: Node) -> bool:
    return not node.inputs and type(node.value) is float


def _free(name: str, taken: Collection[str | None]) -> str:
    """The rule's own name for an operand, marked where a node is called the same."""
    return name if name not in taken else _free(f"{name}_0", taken)


def _stand_in(node: Node) -> Node:
    """A small leaf with as many axes as `node`: formulas depend on no number."""
    return nodes.leaf(np.ones([min(length, 2) for length in node.shape]))  # type: ignore[no-any-return]
