"""Checks that gradients are right: those of a graph, of a function, and above all of ops of your own."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from math import inf
from numbers import Integral, Real
from typing import Any

import numpy as np

from graphgrad.node import Constant, Input, Node, Parameter
from graphgrad.numerals import number
from graphgrad.op import Op
from graphgrad.sweep import reached, topological
from graphgrad.testing.faults import Check, Fault, index_of, title
from graphgrad.tree import flatten

__all__ = ["check_grads"]

DIGITS = 7


def check_grads(out: Node | Callable[..., Any], *arguments: Any, order: int = 2, rtol: float = 1e-8) -> None:
    """Check the gradients of a graph, or of a function, against derivatives taken from values alone.

    It returns nothing if they are right. Each array of at most 50 elements is moved element by element, a larger
    one along three random directions, the same on each run. What the rules give must agree with the complex step
    where every op on the way is analytic, else with a difference quotient. It must agree once more at a point
    close by, where the graph of the gradient is evaluated anew. Then that graph is checked in the same way.

    This is done in double precision. What the sweep gives on arrays and on nodes, in the dtype of the leaves, must
    agree with it to two thirds of the digits of that dtype. How much rounding does to each number is found by
    adding noise to it, so a derivative that is lost in rounding raises no alarm.

    Keep away from kinks, such as that of an absolute value at 0: the two sides differ there, and no derivative is
    right. An input that an op names as ``detached`` is held as it is.

    The complex step is described by W. Squire and G. Trapp, Using complex variables to estimate derivatives of real
    functions, SIAM Review 40, 1998.

    Args:
        out: a node of any shape, or a function of nodes that returns one.
        arguments: for a node, what to differentiate with respect to: nodes of its graph, or all Parameters if none
            is given. For a function, the arrays at which it is checked; a list of numbers is an array. Either
            may stand in lists, tuples and dicts.
        order: how often to differentiate, from 1.
        rtol: the relative difference that is allowed beside rounding, from 0.

    Raises:
        AssertionError: a gradient is wrong. The message names the op, its input, both numbers, and what to mend.
        ValueError: there is nothing to check, or a node is not in the graph; `order` is no whole number from 1, or
            `rtol` no number from 0; a value is not finite; or the rules and the values disagree at a kink, a jump, or
            the edge of where the function is defined.
        TypeError: `out` is neither a node nor a function, or the function returns no node; or an argument is no node
            where one is due, or no real numbers.

    >>> gg.testing.check_grads(gg.Softplus, [-40.0, 0.5, 3.0], order=3)
    >>> class Half(gg.Elementwise):
    ...     def forward(self, xp, x):
    ...         return x / 2
    ...
    ...     def local(self, xp, out, x):
    ...         return (2,)
    >>> gg.testing.check_grads(lambda x: gg.Sum(Half(x) ** 2), [1.0, 3.0])
    Traceback (most recent call last):
    AssertionError: check_grads: the derivative of Half with respect to input 0 (x) is wrong, at order 1.
    ∂Half[0]/∂x[0]: the rule gives 2, the complex step 0.5.
    Mend local of Half.
    """
    if not isinstance(order, Integral) or isinstance(order, bool) or order < 1:
        raise ValueError(f"check_grads(…, order={order!r:.40}): order says how often to differentiate; give 1, 2, 3 …")
    if not isinstance(rtol, Real) or isinstance(rtol, bool) or not 0 <= rtol < inf:
        raise ValueError(f"check_grads(…, rtol={rtol!r:.40}): give the relative difference to allow, such as 1e-8")
    node, variables = _graph(out, arguments)
    with np.errstate(all="ignore"):
        _refuse_what_is_not_finite(node, variables)
        check = Check(rtol)
        fault = check.fault(node, variables, order)
        if fault is not None:
            raise AssertionError(f"check_grads: {_message(check, fault, variables)}")


def _graph(out: Any, arguments: tuple[Any, ...]) -> tuple[Node, list[Node]]:
    """The node to check, and what to differentiate it with respect to."""
    if isinstance(out, Node):
        call = f"check_grads({out!r})"
        order = topological(out)
        variables, _ = flatten(arguments or [node for node in order if isinstance(node, Parameter)])
        if not variables:
            raise ValueError(f"{call}: no Parameter leads to it; name other nodes, as in check_grads(loss, x)")
        for variable in variables:
            if not isinstance(variable, Node):
                raise TypeError(f"{call}: {variable!r:.60} is no node; give nodes, as in check_grads(loss, x)")
            if variable not in set(order):
                raise ValueError(f"{call}: {variable!r} is not in its graph; give nodes that lead to it")
    elif callable(out):
        call = f"check_grads({getattr(out, '__name__', type(out).__name__)}, …)"
        if not arguments:
            raise ValueError(f"{call}: give the arrays at which to check it, as in check_grads(function, [0.5, 2.0])")
        given, variables = _parameters(out, arguments, call)
        out = out(*given)
        if not isinstance(out, Node):
            raise TypeError(f"{call}: the function returned {out!r:.60}, and not a node; build it from its arguments")
    else:
        raise TypeError(f"check_grads({out!r:.60}): give a node, or a function and the arrays at which to check it")
    if out not in reached(variables, topological(out)):
        raise ValueError(f"{call}: nothing to check: no derivative leads from {out!r} to {variables!r:.80}")
    return out, variables


def _parameters(function: Callable[..., Any], arguments: tuple[Any, ...], call: str) -> tuple[list[Any], list[Node]]:
    """The arguments with Parameters in place of arrays, and these, named as the function names them."""
    try:
        taken = [one.name for one in inspect.signature(function).parameters.values() if one.kind < one.VAR_POSITIONAL]
    except ValueError:  # what is written in C may not say
        taken = []
    given: list[Any] = []
    variables: list[Node] = []
    for k, argument in enumerate(arguments):
        name = taken[k] if k < len(taken) else f"arg{k}"
        leaves, rebuild = flatten(_with_arrays(argument))
        for leaf in leaves:
            if isinstance(leaf, Node):
                raise TypeError(f"{call}: a function is checked at arrays; give the value of {leaf!r:.60}")
        nodes = [Parameter(leaf, name=f"{name}_{i}" if len(leaves) > 1 else name) for i, leaf in enumerate(leaves)]
        given.append(rebuild(nodes))
        variables += nodes
    return given, variables


def _with_arrays(argument: Any) -> Any:
    """An argument in which each list of numbers, or of such lists, is an array."""
    if _is_list_of_numbers(argument):
        return np.array(argument)
    if isinstance(argument, Mapping):
        return {key: _with_arrays(value) for key, value in argument.items()}
    return [_with_arrays(part) for part in argument] if isinstance(argument, list) else argument


def _is_list_of_numbers(argument: Any) -> bool:
    if isinstance(argument, list):
        return all(_is_list_of_numbers(part) for part in argument)
    return isinstance(argument, int | float)


def _refuse_what_is_not_finite(out: Node, variables: list[Node]) -> None:
    data = {node for node in topological(out) if not node.inputs} - {*variables}  # it may have gaps
    for node in topological(out):
        if node in data:
            continue
        wrong = np.ravel(~np.isfinite(node.value) if node is out else np.isnan(node.value))
        if np.any(wrong):
            place = int(np.argmax(wrong))
            where = f" at {index_of(place, node.shape)}" if node.ndim else ""
            raise ValueError(
                f"check_grads({out!r}): {node!r} is {number(np.ravel(node.value)[place])}{where}, so it has no "
                f"derivative there; choose other values"
            )


FOUND = {
    "complex step": "the rule gives {got}, the complex step {right}.\nMend {rule}.",
    "difference": "the rule gives {got}, a difference quotient {right}.\nMend {rule}.",
    "close by": "at a point close by, the graph of the derivative gives {got} where {right} is right.\n"
    "It holds numbers in place of nodes. Write {rule} with operators and xp alone.",
    "arrays": "on arrays the rule gives {got}, on nodes in double precision {right}.\n"
    "Write {rule} with operators and xp alone, so that it is the same on arrays of any dtype and on nodes.",
    "nodes": "on nodes the rule gives {got}, in double precision {right}.\n"
    "Write {rule} so that it keeps the dtype of its inputs, and does not overflow.",
}


def _message(check: Check, fault: Fault, variables: list[Node]) -> str:
    """What is wrong and what to mend: the edge at fault, if an op is wrong by itself."""
    for op, position, found in _edges(check, fault, variables):
        name = op.inputs[position].name
        rule = "local" if op.jacobian in ("diagonal", "spread") else "vjp"
        got, right = number(found.got, DIGITS), number(found.right, DIGITS)
        return (
            f"the derivative of {title(op)} with respect to input {position}{f' ({name})' if name else ''} "
            f"is wrong, at order {fault.order}.\n{found.place}: "
            + FOUND[found.kind].format(got=got, right=right, rule=f"{rule} of {type(op).__name__}")
        )
    return (
        f"a derivative of {fault.graphs[0]!r} is wrong, at order {fault.order}.\n{fault.place}: the rules give "
        f"{number(fault.got, DIGITS)}, but right is {number(fault.right, DIGITS)}.\nEach op on the way is right by "
        f"itself: look for one that depends on more than its inputs, such as a random number or a count of its calls."
    )


def _edges(check: Check, fault: Fault, variables: list[Node]) -> Iterator[tuple[Op, int, Fault]]:
    """The edges that are wrong by themselves: ops of the last graph to first order, of that before to second, …"""
    for order, graph in enumerate(reversed(fault.graphs), 1 + (fault.kind == "close by")):
        nodes: list[Any] = topological(graph)
        active = reached(variables, nodes)
        for op in nodes:
            for position, source in enumerate(op.inputs):
                if source in active:
                    alone, moving = _alone(op, position)
                    with suppress(ValueError):
                        found = check.fault(alone, [moving], order)
                        if found is not None:
                            yield op, position, found


def _alone(op: Any, position: int) -> tuple[Node, Node]:
    """The op on leaves of its own, and the one at `position`, which is a Parameter."""
    leaves: list[Node] = [
        Parameter(source.value, name=source.name)
        if k == position
        else (Constant if source.is_literal else Input)(source.value, name=source.name)
        for k, source in enumerate(op.inputs)
    ]
    return op._with_inputs(tuple(leaves)), leaves[position]
