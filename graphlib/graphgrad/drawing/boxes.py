"""What stands in the box of a node: kind, title, value, and the gradient with the flows it is the sum of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphgrad.descent import moved
from graphgrad.drawing.cells import equals, factor, is_small, labelled, number, rows, words
from graphgrad.drawing.content import Block, Line, Span, Table, known_at
from graphgrad.drawing.labels import TEXT, Labels
from graphgrad.drawing.run import Run
from graphgrad.drawing.shown import Shown
from graphgrad.node import Constant, Node, Parameter
from graphgrad.numerals import sum_equals

Arriving = Sequence[tuple[str, Any]]
"""What flows into a node along each of its edges on the picture: out of which box, and how much."""

LOSSES = ("L", "J", "E", "loss", "cost", "error")
"""Names by which a scalar output is a loss."""

LOSS_SCOPES = ("BCE", "BCE with logits", "MSE", "negative log likelihood")
"""Scopes whose output is one."""

MANY = 4
"""A sum of more flows than this is told by its total alone."""


def kind_of(node: Node, run: Run) -> str:
    """``input``, ``parameter``, ``output`` or ``op``."""
    if node is run.out:
        return "output"
    if isinstance(node, Parameter):
        return "parameter"
    return "op" if node.inputs else "input"


def kind_word(node: Node, run: Run, labels: Labels) -> str:
    """The word for the kind, beside the title; none for ops."""
    if node is run.out and node.inputs:
        named = labels.is_named(node) and labels.symbol(node).text in LOSSES
        made = node.scope is not None and node.scope.label in LOSS_SCOPES
        return "loss" if (named or made) and run.gradients and node.size == 1 else "output"
    if isinstance(node, Constant):
        return "constant"
    if isinstance(node, Parameter):
        return "parameter"
    return "" if node.inputs else "input"


def node_blocks(node: Node, arriving: Arriving, run: Run, labels: Labels, shown: Shown) -> list[Block]:
    """Everything in the box of a single node."""
    counted = [f"{labels.count} = {node.inputs[0].size // max(node.size, 1)}"] if node.function == "mean" else []
    beside = ", ".join(filter(None, [kind_word(node, run, labels), *counted]))
    blocks: list[Block] = [headline(labels.title(node), beside)]
    if shown.values:
        blocks += known_at("value", labelled(words("value", "value", TEXT), node.value, "value", shown))
    if shown.gradients and node in run.gradients:
        blocks += known_at("gradient", gradient_blocks(node, arriving, run, labels, shown))
    if isinstance(node, Parameter) and node in shown.rates and node in run.gradients:
        new = moved(node.value, shown.rates[node], run.gradients[node])
        blocks += known_at("update", labelled(words("after the step", "value", TEXT), new, "value", shown))
    return blocks


def headline(title: Span, word: str) -> Line:
    """The title, and beside it the word for the kind."""
    return Line((title, words(word)) if word and word != title.text else (title,))


def gradient_blocks(node: Node, arriving: Arriving, run: Run, labels: Labels, shown: Shown) -> list[Block]:
    """∂L/∂node, as the sum of what flowed in where it was used several times."""
    gradient = run.gradients[node]
    left = labels.derivative(run.out, node, "gradient")
    if not 2 <= len(arriving) <= MANY or not is_small(shown, gradient):
        blocks = _total(left, gradient, shown)
        if len(arriving) >= 2:
            blocks.append(Line((words(f"the sum of {len(arriving)} flows", "gradient", TEXT - 1),)))
        return blocks
    parts = [flow for _, flow in arriving]
    is_sum = "=" if all(equals(part, shown) == "=" for part in parts) else "≈"
    sign = sum_equals(parts, gradient, shown.digits)
    if np.ndim(gradient) == 0:
        summands = [number(parts[0], shown), *(factor(part, shown) for part in parts[1:])]
        text = f"{is_sum} {' + '.join(summands)} {sign} {number(gradient, shown)}"
        return [Line((left, Span(text, "gradient", TEXT)))]
    table = [
        row
        for k, (origin, flow) in enumerate(arriving)
        for row in rows(words(f"{'+ ' if k else ''}from {origin}", "gradient", TEXT - 1), flow, "gradient", shown)
    ]
    table += rows(words(f"{sign} sum", "gradient", TEXT), gradient, "gradient", shown)
    return [Line((left, words(is_sum, "gradient", TEXT))), Table(tuple(table))]


def _total(left: Span, gradient: Any, shown: Shown) -> list[Block]:
    if not is_small(shown, gradient) or np.size(gradient) == 0:
        return labelled(left, gradient, "gradient", shown)
    sign = words(equals(gradient, shown), "gradient", TEXT)
    value = labelled(sign, gradient, "gradient", shown)
    if isinstance(value[0], Line):
        return [Line((left, *value[0].spans))]
    return [Line((left, sign)), *labelled(words("", "gradient"), gradient, "gradient", shown)]
