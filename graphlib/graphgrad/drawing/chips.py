"""What stands on an edge: the local gradient as formula and number, and upstream × local = flow."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrad.drawing.cells import elements, equals, factor, is_small, labelled, number, rows, words
from graphgrad.drawing.content import Block, Line, Rule, Span, Table, known_at
from graphgrad.drawing.labels import TEXT, Labels
from graphgrad.drawing.run import Run
from graphgrad.drawing.shown import Shown
from graphgrad.expression import Written
from graphgrad.formula import LocalGradient, local_gradient
from graphgrad.namespace import numbers
from graphgrad.node import Node
from graphgrad.numerals import product_equals, sum_equals
from graphgrad.ops import Reduction
from graphgrad.sweep import Flow

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


def chip_blocks(flow: Flow, run: Run, labels: Labels, shown: Shown) -> tuple[Block, ...]:
    """The words and numbers on the edge that carries `flow`."""
    node, position = flow.node, flow.position
    local = local_gradient(node, position, labels.written, labels.count)  # type: ignore[arg-type]
    blocks: list[Block] = []
    if shown.local_gradients:
        blocks += known_at("local", _local(node, position, local, run, labels, shown))
    if shown.flows:
        blocks += [Rule()] * bool(blocks) + known_at("flow", _carried(flow, local, shown))
    same = [k for k, source in enumerate(node.inputs) if source is node.inputs[position]]
    if len(same) > 1 and blocks:
        blocks.append(Line((words(f"as {ORDINALS[min(position, 5)]} input"),)))
    return tuple(blocks)


def _local(node: Node, position: int, local: LocalGradient, run: Run, labels: Labels, shown: Shown) -> list[Block]:
    formula = Written(local.formula, local.latex)
    if local.jacobian in ("product", "general", "rearrangement"):
        return [_transported(node, position, local, run, labels)]
    left = labels.derivative(node, local.input, "local")
    line = [left, words("=", "local", TEXT), labels.math(formula, "local")]
    if np.ndim(local.value) == 0 and number(local.value, shown) != local.formula:
        line += [words(equals(local.value, shown), "local", TEXT), words(number(local.value, shown), "local", TEXT)]
    blocks: list[Block] = [Line(tuple(line))]
    if np.ndim(local.value) and not (shown.flows and is_small(shown, local.value)):
        blocks += elements(local.value, "local", shown)
    return blocks


def _transported(node: Node, position: int, local: LocalGradient, run: Run, labels: Labels) -> Line:
    """The flow itself as a formula, where the local gradient is no elementwise factor."""
    upstream = labels.derivative(run.out, node, "local")
    flow = labels.derivative(run.out, local.input, "local")
    is_equal = words("=", "local", TEXT)
    if local.jacobian == "rearrangement":
        return Line((flow, is_equal, upstream, words("rearranged", "local", TEXT)))
    if local.jacobian == "general":
        return Line((flow, is_equal, labels.math(Written(local.formula, local.latex), "local")))
    other = labels.math(Written(local.formula, local.latex, "call", "call"), "local")
    first = position == 0
    return Line((flow, is_equal, upstream, other) if first else (flow, is_equal, other, upstream))


def _carried(flow: Flow, local: LocalGradient, shown: Shown) -> list[Block]:
    """Upstream × local = flow, and the sum over what was broadcast."""
    if local.jacobian in ("product", "general", "rearrangement") or np.size(flow.product) == 0:
        blocks = labelled(words("flow", "gradient", TEXT), flow.product, "gradient", shown)
    elif np.ndim(flow.product) == 0:
        blocks = [scalar_product(flow.upstream, local.value, flow.product, shown)]
    elif local.jacobian == "spread" and is_small(shown, flow.upstream, local.value):
        blocks = _spread(flow, local.value, shown)
    elif not is_small(shown, flow.product):
        blocks = [Line((words("upstream × local = flow", "gradient", TEXT),))]
        blocks += elements(flow.product, "gradient", shown)
    else:
        blocks = [product_table(flow.upstream, local.value, flow.product, shown)]
    if np.shape(flow.product) != np.shape(flow.flow):
        blocks += _summed_back(flow, shown)
    return blocks


def scalar_product(upstream: Any, local: Any, product: Any, shown: Shown) -> Line:
    """Upstream × local = product, of numbers."""
    sign = product_equals(upstream, local, product, shown.digits)
    left = f"{number(upstream, shown)} × {factor(local, shown)}"
    return Line((Span(f"{left} {sign} {number(product, shown)}", "gradient", TEXT),))


def _spread(flow: Flow, local: Any, shown: Shown) -> list[Block]:
    """One number of upstream goes to each of many."""
    if np.ndim(local) == 0:
        share = flow.upstream * local
        each = int(np.size(flow.product) / max(np.size(share), 1))
        if np.ndim(share) == 0:
            blocks: list[Block] = [scalar_product(flow.upstream, local, share, shown)]
        else:
            blocks = [product_table(flow.upstream, local, share, shown)]
        return [*blocks, Line((words(f"to each of {each}", "gradient", TEXT - 1),))]
    if not isinstance(flow.node, Reduction):
        return labelled(words("flow", "gradient", TEXT), flow.product, "gradient", shown)
    spread = flow.node.spread(numbers, flow.upstream, local)
    return [product_table(spread, local, flow.product, shown)]


def product_table(upstream: Any, local: Any, product: Any, shown: Shown) -> Table:
    """Upstream, × local, = flow, element by element."""
    sign = product_equals(upstream, local, product, shown.digits)
    if np.ndim(local) == 0:
        head = words(f"upstream × {factor(local, shown)} {sign}", "gradient", TEXT)
        return Table(tuple(rows(head, product, "gradient", shown)))
    shape = np.shape(product)
    return Table(
        (
            *rows(words("upstream", "gradient", TEXT), np.broadcast_to(upstream, shape), "gradient", shown),
            *rows(words("× local", "local", TEXT), np.broadcast_to(local, shape), "local", shown),
            *rows(words(f"{sign} flow", "gradient", TEXT), product, "gradient", shown),
        )
    )


def _summed_back(flow: Flow, shown: Shown) -> list[Block]:
    """What broadcasting repeated is added up again."""
    shape = np.shape(flow.product)
    head = words(f"Σ, since {flow.node.inputs[flow.position].shape} was broadcast to {shape}", "gradient", TEXT - 1)
    if np.size(flow.flow) == 1 and is_small(shown, flow.product):
        total = np.ravel(flow.flow)[0]
        parts = np.ravel(flow.product)
        sign = sum_equals(list(parts), total, shown.digits)
        return [Line((head,)), Line((Span(f"Σ flow {sign} {number(total, shown)}", "gradient", TEXT),))]
    return [Line((head,)), *labelled(words("flow", "gradient", TEXT), flow.flow, "gradient", shown)]
