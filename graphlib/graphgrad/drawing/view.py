"""What a picture says: a graph and its backward sweep as boxes, chips and edges, with all their words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import isfinite
from typing import Any

import numpy as np

from graphgrad.drawing.boxes import kind_of, node_blocks
from graphgrad.drawing.cells import words
from graphgrad.drawing.chips import chip_blocks
from graphgrad.drawing.content import Box, Cluster, Edge, Line, View
from graphgrad.drawing.groups import group_blocks, group_chip_blocks, rest_blocks
from graphgrad.drawing.labels import Labels
from graphgrad.drawing.parts import Part, enclosing, folded, parts
from graphgrad.drawing.run import Run, run
from graphgrad.drawing.shown import Shown
from graphgrad.names import shown as shown_name
from graphgrad.node import Node, Parameter
from graphgrad.scope import Scope

FAR = 8
"""An edge over more ranks than this begins in a small box that repeats the name of its origin."""

TOLD = 100
"""So many boxes, and so many chips, are told in the alternative text."""

TYPESET = 150
"""With more boxes than this mathematics is plain text, for typesetting takes milliseconds a formula."""


def view(out: Node, names: Mapping[Node, str], seed: Any, shown: Shown) -> View:
    """Everything that the picture of `out` says."""
    return _Builder(run(out, seed), names, shown).view()


class _Builder:
    def __init__(self, run: Run, names: Mapping[Node, str], shown: Shown) -> None:
        self.run = run
        self.shown = shown
        hidden = folded(run, names)
        self.parts = parts(run, hidden, shown.collapse, shown.max_nodes)
        self.labels = Labels(self._written(hidden), names, hidden, typeset=len(self.parts) <= TYPESET)
        self.hidden = hidden
        self.part_of = {node: part for part in self.parts for node in part.nodes}
        self.clusters: dict[Scope, Cluster] = {}
        self.boxes: list[Box] = []
        self.chips: list[Box] = []
        self.edges: list[Edge] = []
        self.rank: dict[str, int] = {}

    def _written(self, hidden: Collection[Node]) -> list[Node]:
        """The nodes that the picture writes: those in it, and what they are computed from."""
        written: set[Node] = {self.run.out}
        for part in self.parts:
            if part.group != "":
                written.update(part.nodes)
                written.update(source for node in part.nodes for source in node.inputs)
        for node in reversed(self.run.order):
            if node in hidden and node in written:
                written.update(node.inputs)
        return [node for node in self.run.order if node in written]

    def view(self) -> View:
        bad = [node for node in self.run.order if not _finite(node.value)]
        first = {
            "∞": next((node for node in bad if np.any(np.isinf(node.value))), None),
            "NaN": next((node for node in bad if np.any(np.isnan(node.value))), None),
        }
        self.first_bad_flow = next((flow for flow in self.run.flows.values() if not _finite(flow.flow)), None)
        for part in self.parts:
            self._add_box(part, first)
        self._add_edges()
        return View(
            title=f"Computational graph of {self.labels.symbol(self.run.out).text}",
            description=self._description(),
            boxes=(*self.boxes, *self.chips),
            edges=tuple(self.edges),
            clusters=tuple(self.clusters.values()),
            notes=tuple(self._notes()),
            has_gradients=any(edge.backward for edge in self.edges),
        )

    def _add_box(self, part: Part, first: Mapping[str, Node | None]) -> None:
        node = part.node
        if part.group is None:
            title, kind = self.labels.symbol(node).text, kind_of(node, self.run)
            blocks = node_blocks(node, self._arriving(node), self.run, self.labels, self.shown)
        elif part.group:
            title, kind = shown_name(part.group), "output" if node is self.run.out else "scope"
            blocks = group_blocks(part, self._sources(part), self._arriving(node), self.run, self.labels, self.shown)
        else:
            title, kind, blocks = "left out", "rest", rest_blocks(part, self.run, self.labels)
        found = [what for what, node in first.items() if any(member is node for member in part.nodes)]
        if found:
            blocks.append(Line((words(f"⚠ the first {' and the first '.join(found)}", "warning", 12.0),)))
        box = Box(part.key, kind, title, tuple(blocks), self._cluster(part), bool(found))
        self.boxes.append(box)

    def _arriving(self, node: Node) -> list[tuple[str, Any]]:
        """What flows into a node along each of its edges: out of which box, and how much."""
        arriving: dict[object, tuple[str, Any]] = {}
        for flow in self.run.arriving.get(node, []):
            part = self.part_of[flow.node]
            edge: object = flow if part.group is None else part
            if edge in arriving:
                origin, so_far = arriving[edge]
                arriving[edge] = origin, so_far + flow.flow
            else:
                origin = "what is left out" if part.group == "" else self.labels.symbol(part.node).text
                arriving[edge] = origin, flow.flow
        return list(arriving.values())

    def _add_edges(self) -> None:
        """Edges and their chips in topological order; far ones begin in a box that repeats their origin."""
        near: dict[str, int] = {}
        for part in self.parts:
            entering = self._entering(part)
            ranks = [self.rank[self.part_of[source].key] for source, _, _ in entering if source.inputs]
            self.rank[part.key] = 1 + max(ranks, default=0)
            for position, (source, consumer, place) in enumerate(entering):
                origin = self.part_of[source]
                start = self.rank[origin.key] if source.inputs else near.setdefault(origin.key, self.rank[part.key])
                backward = self._carries_gradient(part, source, consumer, place)
                chip = self._chip(part, source, consumer, place, position) if backward else None
                tail = origin.key
                if self.rank[part.key] - start > FAR:
                    tail = self._again(source, part, position)
                self.edges.append(Edge(tail, part.key, position, backward, chip))

    def _entering(self, part: Part) -> list[tuple[Node, Node, int]]:
        """What enters a part from outside: source, consumer and position; each source once for a group."""
        members, seen, entering = set(part.nodes), set[Node](), []
        for node in part.nodes:
            for position, source in self._drawn_inputs(node):
                if source in members or (part.group is not None and source in seen):
                    continue
                seen.add(source)
                entering.append((source, node, position))
        return entering

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

    def _sources(self, part: Part) -> list[Node]:
        return [source for source, _, _ in self._entering(part)]

    def _carries_gradient(self, part: Part, source: Node, consumer: Node, place: int) -> bool:
        if part.group is None:
            return (consumer, place) in self.run.flows
        members = set(part.nodes)
        return any(flow.node in members for flow in self.run.arriving.get(source, []))

    def _chip(self, part: Part, source: Node, consumer: Node, place: int, position: int) -> str | None:
        bad = self.first_bad_flow
        warning = part.group is None and bad is not None and bad is self.run.flows.get((consumer, place))
        if part.group is None:
            blocks = chip_blocks(consumer, place, self.run, self.labels, self.shown)  # type: ignore[arg-type]
        else:
            blocks = group_chip_blocks(part, source, self.run, self.labels, self.shown)
        if not blocks:
            return None
        if part.group == "" or self.part_of[source].group == "":
            title = "left out"
        else:
            title = f"∂{self.labels.symbol(part.node).text}/∂{self.labels.symbol(source).text}"
        key = f"e{part.key[1:]}_{position}"
        if warning:
            blocks = (*blocks, Line((words("⚠ the first gradient that is not finite", "warning", 11.0),)))
        self.chips.append(Box(key, "chip", title, blocks, self._cluster(part), warning))
        return key

    def _again(self, source: Node, part: Part, position: int) -> str:
        key = f"a{part.key[1:]}_{position}"
        name = self.labels.name(source)
        blocks = (Line((name, words("repeated"))),)
        self.boxes.append(Box(key, "again", self.labels.symbol(source).text, blocks, self._cluster(part)))
        return key

    def _cluster(self, part: Part) -> str | None:
        """The key of the cluster a part lies in, which is made with those around it when first needed."""
        scopes = list(enclosing(part.node))
        if part.group:
            scopes = scopes[max(k for k, scope in enumerate(scopes) if scope.label == part.group) + 1 :]
        if part.group == "":
            return None
        parent: str | None = None
        for scope in reversed(scopes):
            if scope not in self.clusters:
                self.clusters[scope] = Cluster(f"c{len(self.clusters)}", shown_name(scope.label), parent)
            parent = self.clusters[scope].key
        return parent

    def _notes(self) -> list[str]:
        notes = []
        if not self.run.gradients:
            out = self.run.out
            if self.run.refused:
                notes.append(f"forward half only: {self.run.refused}")
            elif out.size != 1 and any(isinstance(node, Parameter) for node in self.run.order):
                notes.append(f"forward half only: the output has shape {out.shape}; draw(node, seed=…) adds gradients")
            else:
                notes.append("forward half only: no Parameter leads to the output, so no gradient is wanted")
        drawn_as_one = {part.group for part in self.parts if part.group} - set(self.shown.collapse)
        if drawn_as_one:
            count = len(self.run.order)
            notes.append(f"scopes are drawn as one box each; draw(node, max_nodes={count}) draws all {count:,} nodes")
        left_out = sum(len(part.nodes) for part in self.parts if part.group == "")
        if left_out:
            count = len(self.run.order)
            notes.append(f"{left_out:,} of {count:,} nodes are left out; draw(node, max_nodes={count}) draws them all")
        return notes

    def _description(self) -> str:
        out = self.labels.symbol(self.run.out).text
        lines = [f"{len(self.parts)} box{'es' * (len(self.parts) != 1)}, from the inputs to {out}."]
        lines += [box.text.replace("\n", "; ") + "." for box in (*self.boxes[:TOLD], *self.chips[:TOLD])]
        more = max(len(self.boxes) - TOLD, 0) + max(len(self.chips) - TOLD, 0)
        if more:
            lines.append(f"… and {more:,} more.")
        return "\n".join(lines)


def _finite(value: Any) -> bool:
    return isfinite(value) if np.ndim(value) == 0 else bool(np.isfinite(value).all())
