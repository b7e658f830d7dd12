"""A collapsed scope: one box, whose chips tell what an inner sweep through the scope gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrad.drawing.boxes import gradient_blocks, headline, kind_word
from graphgrad.drawing.cells import elements, equals, factor, is_small, labelled, number, words
from graphgrad.drawing.chips import product_table, scalar_product
from graphgrad.drawing.content import Block, Line, Rule, Span, known_at
from graphgrad.drawing.labels import TEXT, TITLE, Labels, equation
from graphgrad.drawing.parts import Part
from graphgrad.drawing.scene import Scene
from graphgrad.drawing.shown import Shown
from graphgrad.expression import Written, symbol
from graphgrad.formula import local_value
from graphgrad.names import shown as shown_name
from graphgrad.names import text_latex
from graphgrad.node import Node
from graphgrad.numerals import path_sum_equals
from graphgrad.sweep import Flow

MOST_EXITS = 3
"""So many of the nodes that leave a summary are named."""

MOST_PATHS = 3
"""The inner factors are printed for at most this many paths through a scope."""


def group_blocks(part: Part, scene: Scene) -> list[Block]:
    """The box of a collapsed scope: its output as a function of what enters, its value and gradient."""
    run, labels, shown, out = scene.run, scene.labels, scene.shown, part.node
    arguments = [labels.written[source] for source in scene.sources(part)]
    inside = ", ".join(argument.text for argument in arguments)
    inside_latex = ", ".join(argument.latex for argument in arguments)
    label = shown_name(part.group or "")
    call = Written(f"{label}({inside})", f"{text_latex(label)}({inside_latex})")
    exits = [node for node in scene.exits(part) if labels.has_symbol(node)]
    ways = [symbol(labels.symbol(node)) for node in exits]
    left = Written(", ".join(way.text for way in ways), ", ".join(way.latex for way in ways))
    title = labels.math(equation(left, call), "ink", TITLE)
    blocks: list[Block] = [headline(title, kind_word(out, run, labels))]
    count = len(part.nodes)
    blocks.append(Line((words(f"{count} node{'s' * (count != 1)} drawn as one"),)))
    for node in exits:
        what = f"{labels.symbol(node).text} {equals(node.value, shown)}" if len(exits) > 1 else "value"
        if shown.values:
            blocks += known_at("value", labelled(words(what, "value", TEXT), node.value, "value", shown))
        if shown.gradients and node in run.gradients:
            arriving = scene.arriving(node) if node is out else ()
            gradient = gradient_blocks(node, arriving, run, labels, shown)
            blocks += known_at(scene.gradient_stage(node), gradient)
    return blocks


def rest_blocks(part: Part, scene: Scene) -> list[Block]:
    """The box that stands for nodes that are left out; it names those that the rest of the picture uses."""
    labels = scene.labels
    exits = [labels.symbol(node).text for node in scene.exits(part) if labels.has_symbol(node)]
    named = ", ".join(exits[:MOST_EXITS]) + ", …" * (len(exits) > MOST_EXITS)
    counts: dict[str, int] = {}
    for node in part.nodes:
        counts[type(node).__name__] = counts.get(type(node).__name__, 0) + 1
    kinds = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    listed = [f"{count:,} {kind}" for kind, count in kinds[:3]] + ["…"] * (len(kinds) > 3)
    return [
        Line((Span(f"⋯ {len(part.nodes):,} nodes ⋯", "ink", 15.0),)),
        Line((words(", ".join(listed), "muted", TEXT),)),
        Line((words(f"left out of the picture, up to {named}", "muted", TEXT - 1),)),
    ]


def group_chip_blocks(part: Part, flows: list[Flow], scene: Scene) -> tuple[Block, ...]:
    """The edge on which a group sends `flows` back: the inner sweep's derivative, its inner factors, and the flow."""
    run, labels, shown = scene.run, scene.labels, scene.shown
    source = flows[0].node.inputs[flows[0].position]
    total = sum(flow.flow for flow in flows)
    inner = scene.inner_derivatives(part).get(source)
    if inner is None:
        flow = labelled(words("flow from within", "gradient", TEXT), total, "gradient", shown)
        return tuple(known_at("flow", flow)) * shown.flows
    blocks: list[Block] = []
    if shown.local_gradients:
        blocks += known_at("local", _within(part, source, inner, labels, shown))
    if shown.flows:
        blocks += [Rule()] * bool(blocks)
        blocks += known_at("flow", _carried(run.gradients[part.node], inner, total, shown))
    return tuple(blocks)


def _carried(upstream: Any, inner: Any, total: Any, shown: Shown) -> list[Block]:
    if np.ndim(total) == 0:
        return [scalar_product(upstream, inner, total, shown)]
    if is_small(shown, total):
        return [product_table(upstream, inner, total, shown)]
    return [Line((words("upstream × local = flow", "gradient", TEXT),)), *elements(total, "gradient", shown)]


def _within(part: Part, source: Node, inner: Any, labels: Labels, shown: Shown) -> list[Block]:
    left, sign = labels.derivative(part.node, source, "local"), words(equals(inner, shown), "local", TEXT)
    if np.ndim(inner):
        by_chain_rule = Line((left, words("by the chain rule inside", "local", TEXT - 1)))
        in_table = shown.flows and is_small(shown, inner)
        return [by_chain_rule] if in_table else [by_chain_rule, *elements(inner, "local", shown)]
    blocks: list[Block] = [Line((left, sign, words(number(inner, shown), "local", TEXT)))]
    paths = _paths(part, source)
    if len(paths) > 1 or any(len(path) > 1 for path in paths):
        relation = path_sum_equals(paths, inner, shown.digits)
        for k, path in enumerate(paths):
            telling = [local for local in path if local != 1] or [1]
            product = " × ".join(factor(local, shown) for local in telling)
            blocks.append(Line((words((f"{relation} " if k == 0 else "+ ") + product, "local", TEXT - 1),)))
        blocks.append(Line((words("by the chain rule along each path inside"),)))
    return blocks


def _paths(part: Part, source: Node) -> list[list[Any]]:
    """The local gradients along every path from the group's output down to `source`; none if any is no number."""
    ways = {source: 1}
    for node in part.nodes:
        ways[node] = sum(ways.get(below, 0) for k, below in enumerate(node.inputs) if k not in node.detached)
    if ways[part.node] > MOST_PATHS:
        return []
    found: list[list[Any]] = []
    walks: list[tuple[Node, list[Any]]] = [(part.node, [])]
    while walks:
        node, factors = walks.pop()
        if node is source:
            found.append(factors)
            continue
        for position, below in enumerate(node.inputs):
            if position not in node.detached and ways.get(below):
                local = local_value(node, position)  # type: ignore[arg-type]
                if local is None or np.ndim(local) or below.ndim:
                    return []
                walks.append((below, [*factors, local]))
    return found
