"""What a picture says: a graph and its backward sweep as boxes, chips and edges, with all their words."""

from __future__ import annotations

from graphgrad.drawing.boxes import kind_of, node_blocks
from graphgrad.drawing.cells import words
from graphgrad.drawing.chips import chip_blocks
from graphgrad.drawing.content import Box, Cluster, Edge, Line, View
from graphgrad.drawing.groups import group_blocks, group_chip_blocks, rest_blocks
from graphgrad.drawing.parts import Part, enclosing
from graphgrad.drawing.scene import Scene
from graphgrad.names import shown as shown_name
from graphgrad.node import Node, Parameter
from graphgrad.scope import Scope
from graphgrad.sweep import Flow

FAR = 8
"""An edge over more ranks than this begins in a small box that repeats the name of its origin."""

TOLD = 100
"""So many boxes, and so many chips, are told in the alternative text."""


def view(scene: Scene) -> View:
    """Everything that the picture of a scene says."""
    return _Builder(scene).view()


class _Builder:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.run, self.parts, self.labels, self.shown = scene.run, scene.parts, scene.labels, scene.shown
        self.part_of = scene.part_of
        self.clusters: dict[Scope, Cluster] = {}
        self.boxes: list[Box] = []
        self.chips: list[Box] = []
        self.edges: list[Edge] = []
        self.rank: dict[str, int] = {}
        self.chip_of: dict[tuple[Node, int], str] = {}

    def view(self) -> View:
        for part in self.parts:
            self._add_box(part)
        self._add_edges()
        return View(
            title=f"Computational graph of {self.labels.symbol(self.run.out).text}",
            description=self._description(),
            boxes=(*self.boxes, *self.chips),
            edges=tuple(self.edges),
            clusters=tuple(self.clusters.values()),
            notes=tuple(self._notes()),
            has_gradients=any(edge.backward for edge in self.edges),
            box_of={node: part.key for node, part in self.part_of.items()},
            chip_of=self.chip_of,
        )

    def _add_box(self, part: Part) -> None:
        node = part.node
        if part.group is None:
            title, kind = self.labels.symbol(node).text, kind_of(node, self.run)
            blocks = node_blocks(node, self.scene.arriving(node), self.run, self.labels, self.shown)
        elif part.group:
            title, kind = shown_name(part.group), "output" if node is self.run.out else "scope"
            blocks = group_blocks(part, self.scene)
        else:
            title, kind, blocks = "left out", "rest", rest_blocks(part, self.scene)
        found = [what for what, node in self.scene.first_bad.items() if any(member is node for member in part.nodes)]
        if found:
            blocks.append(Line((words(f"⚠ the first {' and the first '.join(found)}", "warning", 12.0),), "value"))
        box = Box(part.key, kind, title, tuple(blocks), self._cluster(part), bool(found))
        self.boxes.append(box)

    def _add_edges(self) -> None:
        """Edges and their chips in topological order; far ones begin in a box that repeats their origin."""
        near: dict[str, int] = {}
        for part in self.parts:
            entering = self.scene.entering(part)
            ranks = [self.rank[self.part_of[source].key] for source, _, _ in entering if source.inputs]
            self.rank[part.key] = 1 + max(ranks, default=0)
            for position, (source, consumer, place) in enumerate(entering):
                origin = self.part_of[source]
                start = self.rank[origin.key] if source.inputs else near.setdefault(origin.key, self.rank[part.key])
                flows = self.scene.carried(part, source, consumer, place)
                chip = self._chip(part, flows, position) if flows else None
                tail = origin.key
                if self.rank[part.key] - start > FAR:
                    tail = self._again(source, part, position)
                backward = bool(flows) and (chip is not None or self.shown.gradients)
                self.edges.append(Edge(tail, part.key, position, backward, chip))

    def _chip(self, part: Part, flows: list[Flow], position: int) -> str | None:
        """The chip on edge number `position` into a part, which carries `flows` back; None if it would be empty."""
        first = flows[0]
        source = first.node.inputs[first.position]
        if part.group is None:
            blocks = chip_blocks(first, self.run, self.labels, self.shown)
        else:
            blocks = group_chip_blocks(part, flows, self.scene)
        if not blocks:
            return None
        if part.group == "" or self.part_of[source].group == "":
            title = "left out"
        else:
            title = f"∂{self.labels.symbol(part.node).text}/∂{self.labels.symbol(source).text}"
        warning = part.group is None and first is self.scene.first_bad_flow
        if warning:
            blocks = (*blocks, Line((words("⚠ the first gradient that is not finite", "warning", 11.0),), "flow"))
        key = f"e{part.key[1:]}_{position}"
        self.chips.append(Box(key, "chip", title, blocks, self._cluster(part), warning))
        self.chip_of.update({(flow.node, flow.position): key for flow in flows})
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
        notes, call = [], self.shown.call
        if not self.run.gradients:
            out = self.run.out
            if self.run.refused:
                notes.append(f"forward half only: {self.run.refused}")
            elif out.size != 1 and any(isinstance(node, Parameter) for node in self.run.order):
                why = f"the output has shape {out.shape}; {call}(node, seed=…) adds gradients"
                notes.append(f"forward half only: {why}")
            else:
                notes.append("forward half only: no Parameter leads to the output, so no gradient is wanted")
        drawn_as_one = {part.group for part in self.parts if part.group} - set(self.shown.collapse)
        if drawn_as_one:
            count = len(self.run.order)
            notes.append(f"scopes are drawn as one box each; {call}(node, max_nodes={count}) draws all {count:,} nodes")
        left_out = sum(len(part.nodes) for part in self.parts if part.group == "")
        if left_out:
            count = len(self.run.order)
            notes.append(
                f"{left_out:,} of {count:,} nodes are left out; {call}(node, max_nodes={count}) draws them all"
            )
        boxed = {part.node for part in self.parts if part.group is None}
        unseen = len(self.shown.rates.keys() - boxed)
        if unseen:
            notes.append(f"{unseen:,} more Parameter{'s' * (unseen != 1)} would move, which the picture leaves out")
        return notes

    def _description(self) -> str:
        out = self.labels.symbol(self.run.out).text
        lines = [f"{len(self.parts)} box{'es' * (len(self.parts) != 1)}, from the inputs to {out}."]
        lines += [box.text.replace("\n", "; ") + "." for box in (*self.boxes[:TOLD], *self.chips[:TOLD])]
        more = max(len(self.boxes) - TOLD, 0) + max(len(self.chips) - TOLD, 0)
        if more:
            lines.append(f"… and {more:,} more.")
        return "\n".join(lines)
