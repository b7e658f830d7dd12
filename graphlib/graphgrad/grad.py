"""Gradients as functions: of a graph, as a new graph; and one step of gradient descent."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

import numpy as np

from graphgrad.namespace import nodes
from graphgrad.node import Constant, Node, Parameter, as_node, resolve
from graphgrad.simplify import simplify
from graphgrad.sweep import reached, seed_for, sweep, topological


def grad(out: Node, wrt: Any, seed: Any = None, *, strict: bool = False) -> Any:
    """The derivative of `out` with respect to `wrt`, as a graph of its own.

    The result is a Node (or a list, tuple or dict of Nodes, as `wrt` is one of nodes) with the shape
    and dtype of what it is the derivative with respect to. It can be drawn, evaluated with other
    leaf values, and differentiated again. Nothing is written to any ``.grad``.

    Args:
        out: what is differentiated.
        wrt: any node of the graph, inputs and intermediate nodes included, or a list, tuple or dict.
        seed: the gradient to start from, of `out`'s shape: an array, or a Node; 1 if `out` is a scalar.
        strict: raise if `out` does not depend on a node in `wrt`, where the derivative is otherwise 0.

    Raises:
        ValueError: `out` is not a scalar and there is no seed, or `strict` and no dependence.

    >>> import graphgrad as gg
    >>> z = gg.Parameter(0.5, name="z")
    >>> slope = gg.grad(gg.Sigmoid(z), z)
    >>> curvature = gg.grad(slope, z)
    >>> slope, curvature
    (<Mul: 0.235>, <Mul: −0.05756>)
    """
    if not isinstance(out, Node):
        raise TypeError(f"grad({out!r:.60}, wrt): the output is no node; give a loss built from nodes")
    targets = list(wrt.values()) if isinstance(wrt, Mapping) else list(wrt) if isinstance(wrt, list | tuple) else [wrt]
    for target in targets:
        if not isinstance(target, Node):
            raise TypeError(
                f"grad({out!r}, wrt): wrt holds {target!r:.60}; give nodes, as in gg.grad(loss, loss.find('w'))"
            )
    order = topological(out)
    for target in targets:
        if strict and out not in reached([target], order):
            raise ValueError(f"grad({out!r}, {target!r}): the output does not depend on it")
    start = _seed_node(out, seed)
    gradients = sweep(order, start, reached(targets, order), xp=nodes)
    known = {*order, *topological(start)}
    results = [_of_form(target, gradients.get(target), known) for target in targets]
    if isinstance(wrt, Mapping):
        return dict(zip(wrt, results, strict=True))
    if isinstance(wrt, list | tuple):
        build: Any = type(wrt)
        return build(*results) if hasattr(wrt, "_fields") else build(results)
    return results[0]


def descend(loss: Node, rate: Any) -> Node:
    """The graph after one step of gradient descent: each Parameter w becomes w − rate · ∂loss/∂w.

    Args:
        loss: a scalar node.
        rate: the step size for all Parameters; or {name or node: step size} for those to be moved.

    Raises:
        ValueError: `loss` is not a scalar, no Parameter leads to it, or a step size is not finite.
        KeyError: `rate` names a Parameter that the graph does not have.
        TypeError: a step size is no number.
    """
    order = topological(loss)
    rates = rates_of(order, rate, "descend(loss, rate)")
    seed = seed_for(loss, None, "descend(loss, rate)")
    return stepped(order, seed, reached(rates, order), rates)


def rates_of(order: list[Node], rate: Any, call: str) -> dict[Parameter, Any]:
    """The step size of each Parameter that is to be moved, in the graph of a loss, the last of `order`.

    Args:
        order: the graph, as :func:`topological` gives it.
        rate: the step size for all Parameters; or {name or node: step size} for those to be moved.
        call: the call, for errors.

    Raises:
        ValueError: no Parameter leads to the loss, `rate` names what is no Parameter, or is not finite.
        KeyError: `rate` names a leaf that the graph does not have.
        TypeError: a step size is no number.
    """
    parameters = [node for node in order if isinstance(node, Parameter)]
    if not parameters:
        raise ValueError(f"{call}: no Parameter leads to the loss; make a leaf a Parameter")
    function = call.partition("(")[0]
    given = resolve(order, rate.items(), function) if isinstance(rate, Mapping) else dict.fromkeys(parameters, rate)
    rates: dict[Parameter, Any] = {}
    for leaf, size in given.items():
        if not isinstance(leaf, Parameter):
            raise ValueError(f"{function}: {leaf!r} is not a Parameter, so it has no gradient to follow")
        if not isinstance(size, int | float | np.integer | np.floating) or isinstance(size, bool):
            raise TypeError(f"{call}: the rate {size!r:.60} is no number; give one, such as 0.1")
        if not -inf < size < inf:
            raise ValueError(f"{call}: the rate is {size}; give a finite number, such as 0.1")
        rates[leaf] = size
    return rates


def stepped(order: list[Node], seed: Any, wanted: set[Node], rates: Mapping[Parameter, Any]) -> Node:
    """The graph of `order` after each Parameter in `rates` has moved; `seed` and `wanted` are the sweep's."""
    gradients = sweep(order, seed, wanted)
    return order[-1].replace({leaf: moved(leaf, rate, gradients.get(leaf, 0.0)) for leaf, rate in rates.items()})


def moved(leaf: Parameter, rate: Any, gradient: Any) -> Any:
    """The rule of gradient descent, w − rate · ∂loss/∂w: the next value of a Parameter, in its shape and dtype."""
    return (leaf.value - rate * gradient).astype(leaf.dtype)


def _seed_node(out: Node, seed: Any) -> Node:
    if isinstance(seed, Node):
        if seed.shape != out.shape:
            raise ValueError(
                f"grad: seed has shape {seed.shape}, the output {out!r} has shape {out.shape}; they must agree"
            )
        return seed
    start = seed_for(out, seed, "grad(out, wrt)")
    return Constant(1.0) if seed is None and out.ndim == 0 else as_node(start)


def _of_form(target: Node, gradient: Node | None, known: set[Node]) -> Node:
    """The gradient cleaned, in the shape and dtype of its target."""
    if gradient is None:
        return nodes.broadcast_like(0.0, target)
    clean = simplify(gradient, known)
    if clean.shape != target.shape or clean.dtype != target.dtype or type(clean.value) is float:
        return nodes.broadcast_like(clean, target)
    return clean
