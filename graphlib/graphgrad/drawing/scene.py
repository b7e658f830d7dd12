"""What a picture is made from: one run, cut into parts, with a name for everything that is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite
from typing import Any

import numpy as np

from graphgrad.drawing.labels import Labels
from graphgrad.drawing.parts import Part, folded, parts
from graphgrad.drawing.run import Run, run
from graphgrad.drawing.shown import Shown
from graphgrad.names import shown as shown_name
from graphgrad.node import Node
from graphgrad.sweep import Flow, reached, sweep

TYPESET = 150
"""With more boxes than this mathematics is plain text, for typesetting takes milliseconds a formula."""


@dataclass(frozen=True)
class Scene:
    """A run, and how it is told.

    Attributes:
        run: one forward and one backward pass.
        hidden: the nodes that are written into their consumers.
        parts: what each box stands for, in topological order.
        labels: the symbols and expressions.
        shown: how much is told.
        part_of: the part that a node belongs to.
    """

    run: Run
    hidden: Collection[Node]
    parts: list[Part]
    labels: Labels
    shown: Shown
    part_of: Mapping[Node, Part] = field(init=False)
    _inner: dict[str, Mapping[Node, Any]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "part_of", {node: part for part in self.parts for node in part.nodes})

    @cached_property
    def first_bad(self) -> Mapping[str, Node]:
        """The first node that holds ``"∞"``, and the first that holds ``"NaN"``, where there are such."""
        bad = [node for node in self.run.order if not is_finite(node.value)]
        first = {"∞": next((node for node in bad if np.any(np.isinf(node.value))), None)}
        first["NaN"] = next((node for node in bad if np.any(np.isnan(node.value))), None)
        return {what: node for what, node in first.items() if node is not None}

    @cached_property
    def first_bad_flow(self) -> Flow | None:
        """The first flow that is not finite."""
        return next((flow for flow in self.run.flows.values() if not is_finite(flow.flow)), None)

    def entering(self, part: Part) -> list[tuple[Node, Node, int]]:
        """What enters a part from outside: source, consumer and position; each source once for a group."""
        members, seen, entering = set(part.nodes), set[Node](), []
        for node in part.nodes:
            for position, source in self._drawn_inputs(node):
                if source in members or (part.group is not None and source in seen):
                    continue
                seen.add(source)
                entering.append((source, node, position))
        return entering

    def exits(self, part: Part) -> list[Node]:
        """The nodes of a part that something outside it uses, and the output."""
        return self._exits.get(part.key, [])

    @cached_property
    def _exits(self) -> dict[str, list[Node]]:
        used = {self.run.out}
        for node in self.run.order:
            part = self.part_of.get(node)
            used.update(source for source in node.inputs if self.part_of.get(source) is not part)
        return {part.key: [node for node in part.nodes if node in used] for part in self.parts}

    def gradient_stage(self, node: Node) -> str:
        """The stage at which the gradient of a node is known: each exit of a group has its own."""
        exits = self.exits(self.part_of[node])
        if len(exits) < 2:
            return "gradient"
        return next(f"gradient {k}" for k, way in enumerate(exits, start=1) if way is node)

    def inner_derivatives(self, part: Part) -> Mapping[Node, Any]:
        """∂(the output of a group)/∂(what enters it), by one sweep through it; empty without one scalar output."""
        if part.key not in self._inner:
            one_scalar = part.group and not part.node.ndim and len(self.exits(part)) == 1
            self._inner[part.key] = self._swept(part) if one_scalar else {}
        return self._inner[part.key]

    def _swept(self, part: Part) -> Mapping[Node, Any]:
        order = list(part.nodes)
        with np.errstate(all="ignore"):
            return sweep(order, np.ones((), part.node.dtype)[()], reached(self.sources(part), order))

    def sources(self, part: Part) -> list[Node]:
        """The nodes that enter a part."""
        return [source for source, _, _ in self.entering(part)]

    def carried(self, part: Part, source: Node, consumer: Node, place: int) -> list[Flow]:
        """What an edge into `part` carries back to `source`: one flow, or all those out of a group."""
        if part.group is None:
            flow = self.run.flows.get((consumer, place))
            return [flow] if flow else []
        return [flow for flow in self.run.arriving.get(source, []) if self.part_of[flow.node] is part]

    def arriving(self, node: Node) -> list[tuple[str, Any]]:
        """What flows into a node along each of its edges: out of which box, and how much."""
        arriving: dict[object, tuple[str, Any]] = {}
        for flow in self.run.arriving.get(node, []):
            part = self.part_of[flow.node]
            edge: object = flow if part.group is None else part
            if edge in arriving:
                origin, so_far = arriving[edge]
                arriving[edge] = origin, so_far + flow.flow
            else:
                arriving[edge] = self._origin(part), flow.flow
        return list(arriving.values())

    def _origin(self, part: Part) -> str:
        if part.group == "":
            return "what is left out"
        alone = len(self.exits(part)) < 2
        return self.labels.symbol(part.node).text if alone else shown_name(part.group or "")

    def _drawn_inputs(self, node: Node) -> list[tuple[int, Node]]:
        """The inputs that have boxes; for an input that is written into `node`, what it was made from."""
        drawn: list[tuple[int, Node]] = []
        for position, source in enumerate(node.inputs):
            if position in node.shape_only:
                continue
            if source not in self.hidden:
                drawn.append((position, source))
                continue
            for _, origin in self._drawn_inputs(source):
                if all(origin is not known for _, known in drawn):
                    drawn.append((-1, origin))
        return drawn


def scene(out: Node, names: Mapping[Node, str], seed: Any, shown: Shown, typeset: bool = True) -> Scene:
    """One recorded run from `out`, cut and named; a large graph, or `typeset` false, gets plain text."""
    recorded = run(out, seed)
    hidden = folded(recorded, names)
    cut = parts(recorded, hidden, shown)
    labels = Labels(_written(recorded, cut, hidden), names, hidden, typeset and len(cut) <= TYPESET)
    return Scene(recorded, hidden, cut, labels, shown)


def is_finite(value: Any) -> bool:
    """Whether all elements are."""
    return isfinite(value) if np.ndim(value) == 0 else bool(np.isfinite(value).all())


def _written(run: Run, parts: list[Part], hidden: Collection[Node]) -> list[Node]:
    """The nodes that are written somewhere: those in boxes, and what they are computed from; of a group its exits."""
    written: set[Node] = {run.out}
    for part in parts:
        inside = set() if part.group is None else set(part.nodes)
        if part.group != "":
            written.update(node for node in part.nodes if node not in inside)
            written.update(source for node in part.nodes for source in node.inputs if source not in inside)
    for node in reversed(run.order):
        if node in hidden and node in written:
            written.update(node.inputs)
    return [node for node in run.order if node in written]
