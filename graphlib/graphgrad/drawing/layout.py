"""From boxes of fixed size to places: Graphviz lays out, and knows neither text nor fonts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from graphgrad.drawing import engines
from graphgrad.drawing.content import Box, Edge, View

Point = tuple[float, float]
Rectangle = tuple[float, float, float, float]

ENGINES: dict[str, Callable[[str], bytes]] = {"embedded": engines.embedded, "dot": engines.system}

LABEL_SIZE = 12.0
WIDEST = 3.0
"""A picture up to this many times as wide as high runs from left to right."""

_INCH = 72.0
_FEW = 20
"""Up to so many boxes, both directions are tried."""

_QUICK = 60
"""With more boxes than this Graphviz is told to try less hard."""


@dataclass(frozen=True)
class Layout:
    """Where everything is, in pixels from the top left.

    Attributes:
        direction: ``"LR"`` or ``"TB"``.
        width, height: of the whole.
        centres: of each box, by key.
        frames: of each cluster, by key: left, top, right, bottom.
        curves: of each edge its parts, tail to chip and chip to head: control points of Bézier curves.
    """

    direction: str
    width: float
    height: float
    centres: dict[str, Point]
    frames: dict[str, Rectangle]
    curves: dict[Edge, tuple[tuple[Point, ...], ...]]


def layout(view: View, direction: str, engine: str) -> Layout:
    """Places for everything in `view`; ``direction="auto"`` takes what fits a page or a notebook."""
    if direction != "auto":
        return _laid_out(view, direction, engine)
    if _deep(view):
        return _laid_out(view, "TB", engine)
    across = _laid_out(view, "LR", engine)
    return across if across.width <= WIDEST * across.height else _laid_out(view, "TB", engine)


def dot_source(view: View, direction: str) -> str:
    """DOT with boxes of fixed size and ids of our own: no text of a user is in it."""
    apart = 0.28 if direction == "TB" else 0.52
    quick = " nslimit=0.5 nslimit1=0.5 mclimit=0.3" if len(view.boxes) > _QUICK else ""
    lines = [
        "digraph {",
        f"graph [rankdir={direction} nodesep=0.22 ranksep={apart} splines=true{quick}]",
        'node [shape=box fixedsize=true label=""]',
        "edge [arrowhead=none]",
    ]
    children: dict[str | None, list[str]] = {}
    for box in view.boxes:
        size = f"width={box.width / _INCH:.4f} height={box.height / _INCH:.4f}"
        children.setdefault(box.cluster, []).append(f"{box.key} [{size}]")
    for cluster in reversed(view.clusters):  # inner scopes come after the outer ones
        room = "M" * ceil(len(cluster.label) * 0.75)
        inside = " ".join(children.pop(cluster.key, []))
        children.setdefault(cluster.parent, []).append(
            f'subgraph cluster_{cluster.key} {{ label="{room}" fontsize={LABEL_SIZE} labeljust=l margin=10 {inside} }}'
        )
    lines += children.get(None, [])
    out, into = ("s", "n") if direction == "TB" else ("e", "w")
    for edge in view.edges:
        for tail, head in _parts(edge):
            lines.append(f"{tail}:{out} -> {head}:{into}")
    return "\n".join([*lines, "}"])


def _parts(edge: Edge) -> list[tuple[str, str]]:
    return [(edge.tail, edge.chip), (edge.chip, edge.head)] if edge.chip else [(edge.tail, edge.head)]


def _laid_out(view: View, direction: str, engine: str) -> Layout:
    answer = json.loads(ENGINES[engine](dot_source(view, direction)))
    left, low, right, high = _numbers(answer["bb"])
    objects = answer.get("objects", [])

    def place(x: float, y: float) -> Point:
        return (x - left, high - y)

    centres, frames = {}, {}
    for thing in objects:
        if "pos" in thing:
            x, y = _numbers(thing["pos"])
            centres[thing["name"]] = place(x, y)
        elif "bb" in thing:
            x0, y0, x1, y1 = _numbers(thing["bb"])
            frames[thing["name"].removeprefix("cluster_")] = (*place(x0, y1), *place(x1, y0))
    splines: dict[tuple[str, str], list[tuple[Point, ...]]] = {}
    for part in answer.get("edges", []):
        ends = objects[part["tail"]]["name"], objects[part["head"]]["name"]
        points = tuple(place(*_numbers(point)) for point in part["pos"].split())
        splines.setdefault(ends, []).append(points)
    curves = {edge: tuple(splines[part].pop(0) for part in _parts(edge)) for edge in view.edges}
    return Layout(direction, right - left, high - low, centres, frames, curves)


def _deep(view: View) -> bool:
    """Whether a picture of many boxes would be too wide from left to right, by the length of its longest path."""
    if len(view.boxes) <= _FEW:
        return False
    width: dict[str, float] = {}
    sizes: dict[str, Box] = {box.key: box for box in view.boxes}
    for edge in view.edges:  # in topological order
        for tail, head in _parts(edge):
            reach = width.get(tail, 0.0) + sizes[tail].width
            width[head] = max(width.get(head, 0.0), reach)
    longest = max(width.values(), default=0.0)
    return longest > WIDEST * sum(box.height for box in view.boxes) / 3


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]
