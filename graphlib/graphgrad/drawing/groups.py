"""A collapsed scope: one box, whose chips tell what an inner sweep through the scope gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrad import numerals
from graphgrad.drawing.boxes import Arriving, gradient_blocks, headline, kind_word
from graphgrad.drawing.cells import factor, labelled, words
from graphgrad.drawing.content import Block, Line, Rule, Span
from graphgrad.drawing.labels import TEXT, TITLE, Labels, equation
from graphgrad.drawing.parts import Part
from graphgrad.drawing.run import Run
from graphgrad.drawing.shown import Shown
from graphgrad.expression import Written, symbol
from graphgrad.formula import local_gradient
from graphgrad.names import shown as shown_name
from graphgrad.names import text_latex
from graphgrad.node import Node
from graphgrad.numerals import path_sum_equals, product_equals
from graphgrad.sweep import sweep

MOST_PATHS = 3
"""The inner factors are printed for at most this many paths through a scope."""


def group_blocks(
    part: Part, sources: list[Node], arriving: Arriving, run: Run, labels: Labels, shown: Shown
) -> list[Block]:
    """The box of a collapsed scope: its output as a function of what enters, its value and gradient."""
    out = part.node
    arguments = [labels.written[source] for source in sources]
    inside = ", ".join(argument.text for argument in arguments)
    inside_latex = ", ".join(argument.latex for argument in arguments)
    label = shown_name(part.group or "")
    call = Written(f"{label}({inside})", f"{text_latex(label)}({inside_latex})")
    title = labels.math(equation(symbol(labels.symbol(out)), call), "ink", TITLE)
    blocks: list[Block] = [headline(title, kind_word(out, run))]
    blocks.append(Line((words(f"{len(part.nodes)} nodes drawn as one"),)))
    if shown.values:
        blocks += labelled(words("value", "value", TEXT), out.value, "value", shown.digits)
    if shown.gradients and out in run.gradients:
        blocks += gradient_blocks(out, arriving, run, labels, shown.digits)
    return blocks


def rest_blocks(part: Part) -> list[Block]:
    """The box that stands for nodes that are left out."""
    counts: dict[str, int] = {}
    for node in part.nodes:
        counts[type(node).__name__] = counts.get(type(node).__name__, 0) + 1
    kinds = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    listed = [f"{count:,} {kind}" for kind, count in kinds[:3]] + ["…"] * (len(kinds) > 3)
    return [
        Line((Span(f"⋯ {len(part.nodes):,} nodes ⋯", "ink", 15.0),)),
        Line((words(", ".join(listed), "muted", TEXT),)),
        Line((words("left out of the picture", "muted", TEXT - 1),)),
    ]


def group_chip_blocks(part: Part, source: Node, run: Run, labels: Labels, shown: Shown) -> tuple[Block, ...]:
    """The edge from `source` into a group: the inner sweep's derivative, its inner factors, and the flow."""
    out, members = part.node, set(part.nodes)
    total = sum(flow.flow for flow in run.arriving[source] if flow.node in members)
    blocks: list[Block] = []
    if part.group and np.ndim(total) == 0 and out.ndim == 0 and _is_only_exit(part, run):
        inner = sweep(list(part.nodes), np.ones((), out.dtype)[()], members | {source})[source]
        if shown.local_gradients:
            blocks += _inner_derivative(part, source, inner, labels, shown.digits)
        if shown.flows:
            upstream = run.gradients[out]
            equals = product_equals(upstream, inner, total, shown.digits)
            left = f"{numerals.number(upstream, shown.digits)} × {factor(inner, shown.digits)}"
            blocks += [Rule()] * bool(blocks)
            blocks.append(Line((Span(f"{left} {equals} {numerals.number(total, shown.digits)}", "gradient", TEXT),)))
    elif shown.flows:
        blocks += labelled(words("flow from within", "gradient", TEXT), total, "gradient", shown.digits)
    return tuple(blocks)


def _inner_derivative(part: Part, source: Node, inner: Any, labels: Labels, digits: int) -> list[Block]:
    left = labels.derivative(part.node, source, "local")
    equals = numerals.equals(inner, digits)
    blocks: list[Block] = [
        Line((left, words(equals, "local", TEXT), words(numerals.number(inner, digits), "local", TEXT)))
    ]
    paths = _paths(part, source)
    if 0 < len(paths) <= MOST_PATHS:
        equals = path_sum_equals(paths, inner, digits)
        for k, path in enumerate(paths):
            telling = [local for local in path if local != 1] or [1]
            sign = f"{equals} " if k == 0 else "+ "
            product = " × ".join(factor(local, digits) for local in telling)
            blocks.append(Line((words(sign + product, "local", TEXT - 1),)))
        blocks.append(Line((words("local gradients along each way within"),)))
    return blocks


def _paths(part: Part, source: Node) -> list[list[Any]]:
    """The local gradients along each path from the group's output down to `source`, if they are few."""
    members = set(part.nodes)
    found: list[list[Any]] = []
    walks: list[tuple[Node, list[Any]]] = [(part.node, [])]
    while walks and len(found) <= MOST_PATHS and len(walks) < 100:
        node, factors = walks.pop()
        for position, below in enumerate(node.inputs):
            if below is not source and below not in members:
                continue
            local = local_gradient(node, position) if position not in node.detached else None  # type: ignore[arg-type]
            if local is None or local.value is None or np.ndim(local.value) or below.ndim:
                continue
            path = [*factors, local.value]
            if below is source:
                found.append(path)
            else:
                walks.append((below, path))
    return found


def _is_only_exit(part: Part, run: Run) -> bool:
    """Whether everything that leaves the group leaves through its last node."""
    members, inner = set(part.nodes), set(part.nodes[:-1])
    return not any(source in inner for node in run.order if node not in members for source in node.inputs)
