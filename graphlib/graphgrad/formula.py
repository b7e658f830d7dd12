"""The formula of a local gradient: the op's own rule, run on named stand-ins and written down."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from graphgrad.arrays import is_python_number
from graphgrad.expression import COUNT, Written, symbol, write
from graphgrad.names import mathematics
from graphgrad.namespace import nodes, numbers, rules_on_nodes
from graphgrad.simplify import simplify
from graphgrad.sweep import called, one_per_input, topological

if TYPE_CHECKING:
    from graphgrad.node import Node
    from graphgrad.op import Op


LONGEST = 60
"""A formula of more symbols and operations than this is not written out."""

UNWRITTEN = Written("…", r"\ldots")


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
            then the flow itself, written in terms of the upstream gradient. A formula that cannot
            be written, or is too long, is ``…``.

    >>> w, x = gg.Parameter(0.5, name="w"), gg.Input([2.0, -4.0], name="x")
    >>> local, _ = (w * x).local_gradients()
    >>> local.input, local.formula, local.value, local.jacobian
    (<Parameter w: 0.5>, 'x', array([ 2., -4.]), 'diagonal')
    """

    input: Node
    formula: str
    latex: str
    value: Any
    jacobian: str


def local_gradient(
    op: Op, position: int, known: Mapping[Node, Written] | None = None, count: str = COUNT
) -> LocalGradient:
    """The local gradient of `op` with respect to its input at `position`.

    `known` says how nodes are written; without it they go by their names, and the unnamed by the
    names that the rule uses. `count` is the symbol for the m of a mean.
    """
    try:
        with np.errstate(all="ignore"):
            formula = _formula(op, position, known or {}, count)
    except (ArithmeticError, AttributeError, LookupError, NotImplementedError, TypeError, ValueError):
        formula = UNWRITTEN  # a rule that computes, but cannot be written down
    value = local_value(op, position)
    return LocalGradient(op.inputs[position], formula.text, formula.latex, value, op.jacobian)


def local_value(op: Op, position: int) -> Any:
    """The value of a local gradient: see :class:`LocalGradient`."""
    if op.jacobian == "general":
        return None
    with np.errstate(all="ignore"):
        given = op.local(numbers, op.value, *[source.value for source in op.inputs])
        return called(one_per_input(op, "local", given)[position])


def _formula(op: Op, position: int, known: Mapping[Node, Written], count: str) -> Written:
    """What the op's rule gives for stand-ins of its inputs, written down."""
    names = _names_in_rule(type(op), len(op.inputs))  # type: ignore[arg-type]
    around = [op, *op.inputs]
    stand_ins = [node if node.is_literal and not node.inputs else _stand_in(node) for node in around]
    taken = {node.name for node in around}
    written = {
        stand_in: known.get(node) or symbol(mathematics(node.name or _free(name, taken)))
        for node, stand_in, name in zip(around, stand_ins, names, strict=True)
        if stand_in is not node
    }
    with rules_on_nodes():
        if op.jacobian == "general":
            upstream = _stand_in(op)
            written[upstream] = Written("upstream", r"\text{upstream}")
            given = op.vjp(nodes, upstream, *stand_ins)
        else:
            given = op.local(nodes, *stand_ins)
        derivative = called(given[position])
    if not hasattr(derivative, "inputs"):
        if not is_python_number(derivative):
            raise TypeError("the rule gives numbers where nodes were expected")
        derivative = nodes.constant(derivative)
    clean = simplify(derivative, written.keys())
    return write(clean, written, count) if _length(clean) <= LONGEST else UNWRITTEN


@cache
def _names_in_rule(op: type[Op], count: int) -> list[str]:
    """What the rule of an op calls its output and its inputs; of many it takes, each by its number."""
    out = list(inspect.signature(op.local).parameters)[2]
    _, _, *inputs = inspect.signature(op.forward).parameters.values()
    fixed = [parameter.name for parameter in inputs if parameter.kind is not parameter.VAR_POSITIONAL]
    many = inputs[-1].name.removesuffix("s")
    return [out, *fixed, *(f"{many}_{k}" for k in range(1, count - len(fixed) + 1))]


def _length(node: Node) -> int:
    """The number of symbols and operations in the expression of `node`."""
    lengths: dict[Node, int] = {}
    for part in topological(node):
        lengths[part] = 1 + sum(lengths[source] for source in part.inputs)
    return lengths[node]


def _free(name: str, taken: Collection[str | None]) -> str:
    """The rule's own name for an operand, marked where a node is called the same."""
    return name if name not in taken else _free(f"{name}_0", taken)


def _stand_in(node: Node) -> Node:
    """A leaf in the shape of `node`, or a small one with as many axes: formulas depend on no number.

    It holds ones, and a matrix has an inverse.
    """
    shape = [min(length, 2) for length in node.shape] if node.size > 4096 else node.shape
    is_square = len(shape) > 1 and shape[-1] == shape[-2]
    return nodes.leaf(np.ones(shape) + (np.eye(shape[-1]) if is_square else 0))
