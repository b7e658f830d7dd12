"""Gradient descent: one step of it, as a new graph."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

import numpy as np

from graphgrad.node import Node, Parameter, resolve
from graphgrad.sweep import reached, seed_for, sweep, topological


def descend(loss: Node, rate: Any) -> Node:
    """The graph after one step of gradient descent: each Parameter w becomes w − rate · ∂loss/∂w.

    Args:
        loss: a node of one element.
        rate: the step size for all Parameters; or ``{name or node: step size}`` for those to be moved. A negative one
            ascends.

    Returns:
        The loss of a new graph; the one that was given stays as it is.

    Raises:
        ValueError: `loss` has several elements, no Parameter leads to it, a step size is not finite, or `rate` names a
            leaf that is no Parameter, shares its name, or is named twice.
        KeyError: `rate` names a leaf that the graph does not have.
        TypeError: `loss` is no node, a step size is no number, or a key of `rate` neither a name nor a node.

    >>> w = gg.Parameter(3.0, name="w")
    >>> loss = (w - 1) ** 2
    >>> after = gg.descend(loss, rate=0.25)
    >>> loss, after, after.find("w")
    (<Pow: 4>, <Pow: 1>, <Parameter w: 2>)
    """
    if not isinstance(loss, Node):
        raise TypeError(f"descend({loss!r:.60}, {rate!r:.60}): the loss is no node; give one, such as gg.bce(p_hat, y)")
    order = topological(loss)
    rates = rates_of(order, rate, "descend(loss, rate)")
    seed = seed_for(loss, None, "descend(loss, rate)", "")
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
        TypeError: a step size is no number, or a key of `rate` neither a name nor a node.
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
    return order[-1].replace({leaf: moved(leaf.value, rate, gradients.get(leaf, 0.0)) for leaf, rate in rates.items()})


def moved(value: Any, rate: Any, gradient: Any) -> Any:
    """The rule of gradient descent, w − rate · ∂loss/∂w: the next value of a Parameter, in its shape and dtype."""
    return (value - rate * gradient).astype(value.dtype)
