"""The picture's content as a ``graphviz.Digraph`` with plain labels, to restyle and render elsewhere."""

from __future__ import annotations

from typing import Any

from graphgrad.drawing.content import Box, Cluster, View
from graphgrad.drawing.theme import COLOURS


def digraph(view: View, direction: str) -> Any:
    """A ``graphviz.Digraph`` of the view: boxes, clusters, forward edges, and backward edges with their chips."""
    import graphviz

    dot = graphviz.Digraph("graphgrad")
    dot.attr(rankdir=direction, fontname="DejaVu Sans", label=_label(view.title), labelloc="t")
    dot.attr("node", shape="box", style="rounded,filled", fontname="DejaVu Sans", fontsize="11")
    dot.attr("edge", fontname="DejaVu Sans", fontsize="10")
    _fill(dot, view, None)
    chips = {box.key: box for box in view.boxes if box.kind == "chip"}
    for edge in view.edges:
        dot.edge(edge.tail, edge.head, color=COLOURS["value"][0])
        if edge.backward:
            label = _label(chips[edge.chip].text) if edge.chip else ""
            colour = COLOURS["gradient"][0]
            dot.edge(
                edge.head, edge.tail, label=label, style="dashed", color=colour, fontcolor=colour, constraint="false"
            )
    for k, note in enumerate(view.notes):
        dot.node(f"note{k}", _label(note), shape="plaintext", style="")
    return dot


def _fill(dot: Any, view: View, parent: str | None) -> None:
    """The boxes and clusters directly inside `parent`."""
    for box in view.boxes:
        if box.kind != "chip" and box.cluster == parent:
            _add(dot, box)
    for cluster in view.clusters:
        if cluster.parent == parent:
            _add_cluster(dot, view, cluster)


def _add_cluster(dot: Any, view: View, cluster: Cluster) -> None:
    with dot.subgraph(name=f"cluster_{cluster.key}") as inner:
        inner.attr(label=_label(cluster.label), style="rounded,filled", fillcolor=COLOURS["cluster"][0])
        _fill(inner, view, cluster.key)


def _add(dot: Any, box: Box) -> None:
    kind = {"again": "op", "rest": "op"}.get(box.kind, box.kind)
    dot.node(box.key, _label(box.text), fillcolor=COLOURS[kind][0], color=COLOURS[f"{kind}-edge"][0])


def _label(text: str) -> str:
    """Text as a label that Graphviz takes as it is: no escape sequence, no entity, no HTML, no port."""
    import graphviz

    escaped = text.replace("&", "&amp;").replace("\\", "\\\\").replace("\n", "\\n")
    return graphviz.nohtml(escaped)  # type: ignore[no-any-return]
