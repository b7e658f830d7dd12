"""What stands in the box of a node: kind, title, value, and the gradient with the flows it is the sum of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphgrad import numerals
from graphgrad.drawing.cells import factor, is_small, labelled, row, words
from graphgrad.drawing.content import Block, Line, Span, Table
from graphgrad.drawing.labels import TEXT, Labels
from graphgrad.drawing.run import Run
from graphgrad.drawing.shown import Shown
from graphgrad.node import Constant, Node, Parameter

Arriving = Sequence[tuple[str, Any]]
"""What flows into a node along each of its edges on the picture: out of which box, and how much."""

MANY = 4
"""A sum of more flows than this is told by its total alone."""


def kind_of(node: Node, run: Run) -> str:
    """``input``, ``parameter``, ``output`` or ``op``."""
    if node is run.out:
        return "output"
    if isinstance(node, Parameter):
        return "parameter"
    return "op" if node.inputs else "input"


def kind_word(node: Node, run: Run) -> str:
    """The word for the kind, beside the title; none for ops."""
    if node is run.out:
        return "loss" if run.gradients and node.size == 1 else "output"
    if isinstance(node, Constant):
        return "constant"
    return "" if node.inputs else kind_of(node, run)


def node_blocks(node: Node, arriving: Arriving, run: Run, labels: Labels, shown: Shown) -> list[Block]:
    """Everything in the box of a single node."""
    counted = [f"{labels.count} = {node.inputs[0].size // max(node.size, 1)}"] if node.function == "mean" else []
    beside = ", ".join(filter(None, [kind_word(node, run), *counted]))
    blocks: list[Block] = [headline(labels.title(node), beside)]
    if shown.values:
        blocks += labelled(words("value", "value", TEXT), node.value, "value", shown.digits)
    if shown.gradients and node in run.gradients:
        blocks += gradient_blocks(node, arriving, run, labels, shown.digits)
    return blocks


def headline(title: Span, word: str) -> Line:
    """The title, and beside it the word for the kind."""
    return Line((title, words(word)) if word and word != title.text else (title,))


def gradient_blocks(node: Node, arriving: Arriving, run: Run, labels: Labels, digits: int) -> list[Block]:
    """∂L/∂node, as the sum of what flowed in where it was used several times."""
    gradient = run.gradients[node]
    left = labels.derivative(run.out, node, "gradient")
    if not 2 <= len(arriving) <= MANY or not is_small(gradient):
        blocks = _total(left, gradient, digits)
        if len(arriving) >= 2:
            blocks.append(Line((words(f"the sum of {len(arriving)} flows", "gradient", TEXT - 1),)))
        return blocks
    parts = [flow for _, flow in arriving]
    is_sum = "=" if all(numerals.equals(part, digits) == "=" for part in parts) else "≈"
    equals = numerals.sum_equals(parts, gradient, digits)
    if np.ndim(gradient) == 0:
        summands = [numerals.number(parts[0], digits), *(factor(part, digits) for part in parts[1:])]
        summed = f"{is_sum} {' + '.join(summands)}"
        total = f"{equals} {numerals.number(gradient, digits)}"
        return [Line((left, Span(f"{summed} {total}", "gradient", TEXT)))]
    rows = [
        row(
            words(f"{'+ ' if k else ''}from {origin}", "gradient", TEXT - 1),
            flow,
            "gradient",
            digits,
        )
        for k, (origin, flow) in enumerate(arriving)
    ]
    total_row = row(words(f"{equals} sum", "gradient", TEXT), gradient, "gradient", digits)
    return [Line((left, words(is_sum, "gradient", TEXT))), Table((*rows, total_row))]


def _total(left: Span, gradient: Any, digits: int) -> list[Block]:
    if not is_small(gradient) or np.size(gradient) == 0:
        return labelled(left, gradient, "gradient", digits)
    equals = words(numerals.equals(gradient, digits), "gradient", TEXT)
    if np.ndim(gradient) > 1:
        return [Line((left, equals)), *labelled(words("", "gradient"), gradient, "gradient", digits)[1:]]
    return [Line((left, equals, Span(numerals.array(gradient, digits), "gradient", TEXT)))]
