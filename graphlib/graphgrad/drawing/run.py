"""A graph with one recorded backward sweep over it: what every part of a picture reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphgrad.node import Node, Parameter
from graphgrad.sweep import Flow, reached, seed_for, sweep, topological


@dataclass(frozen=True)
class Run:
    """One forward and one backward pass.

    Attributes:
        order: the nodes that contribute, inputs before consumers, the output last.
        gradients: the gradient of each node that one flows to; empty if there is no backward pass.
        flows: what each edge, a consumer and the position of its input, carried back.
        arriving: the flows into each node, in the order in which they were added up.
        refused: why an op has no derivative of this order, if that is why there is no backward pass.
    """

    order: list[Node]
    gradients: Mapping[Node, Any]
    flows: Mapping[tuple[Node, int], Flow]
    arriving: Mapping[Node, list[Flow]]
    refused: str = ""

    @property
    def out(self) -> Node:
        """The output."""
        return self.order[-1]


def run(out: Node, seed: Any) -> Run:
    """One sweep from `out`, recorded. It has no backward pass without a Parameter, or without a scalar or a seed."""
    order = _contributing(topological(out))
    wanted = reached([node for node in order if isinstance(node, Parameter)], order)
    record: list[Flow] = []
    gradients: dict[Node, Any] = {}
    refused = ""
    if out in wanted and (out.size == 1 or seed is not None):
        try:
            with np.errstate(all="ignore"):  # the picture itself shows where a number is not finite
                gradients = sweep(order, seed_for(out, seed, "draw()"), wanted, record=record)
        except NotImplementedError as error:
            refused, record = str(error), []
    arriving: dict[Node, list[Flow]] = {}
    for flow in record:
        arriving.setdefault(flow.node.inputs[flow.position], []).append(flow)
    return Run(order, gradients, {(flow.node, flow.position): flow for flow in record}, arriving, refused)


def _contributing(order: list[Node]) -> list[Node]:
    """The nodes of `order` that the output is computed from: not those that only lend it a shape."""
    contributing = {order[-1]}
    for node in reversed(order):
        if node in contributing:
            for position, source in enumerate(node.inputs):
                if position not in node.shape_only:
                    contributing.add(source)
    return [node for node in order if node in contributing]
