"""What stands on an edge: the local gradient as formula and number, and upstream × local = flow."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrad import numerals
from graphgrad.drawing.cells import elements, factor, is_small, labelled, row, words
from graphgrad.drawing.content import Block, Line, Rule, Span, Table
from graphgrad.drawing.labels import TEXT, Labels
from graphgrad.drawing.run import Run
from graphgrad.drawing.shown import Shown
from graphgrad.expression import Written
from graphgrad.formula import LocalGradient, local_gradient
from graphgrad.namespace import numbers
from graphgrad.numerals import product_equals, sum_equals
from graphgrad.op import Op
from graphgrad.sweep import Flow

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


def chip_blocks(node: Op, position: int, run: Run, labels: Labels, shown: Shown) -> tuple[Block, ...]:
    """The words and numbers on the edge into `node`'s input at `position`."""
    flow = run.flows[node, position]
    local = local_gradient(node, position, labels.written, labels.count)
    blocks: list[Block] = []
    if shown.local_gradients:
        blocks += _local(node, local, run, labels, shown)
    if shown.flows:
        blocks += [Rule()] * bool(blocks) + _carried(flow, local, shown.digits)
    same = [k for k, source in enumerate(node.inputs) if source is node.inputs[position]]
    if len(same) > 1 and blocks:
        blocks.append(Line((words(f"as {ORDINALS[min(position, 5)]} input"),)))
    return tuple(blocks)


def _local(node: Op, local: LocalGradient, run: Run, labels: Labels, shown: Shown) -> list[Block]:
    formula = Written(local.formula, local.latex)
    if local.jacobian in ("product", "general", "rearrangement"):
        return [_transported(node, local, run, labels)]
    left = labels.derivative(node, local.input, "local")
    line = [left, words("=", "local", TEXT), labels.math(formula, "local")]
    number = numerals.number(local.value, shown.digits) if np.ndim(local.value) == 0 else None
    if number is not None and number != local.formula:
        line += [words(numerals.equals(local.value, shown.digits), "local", TEXT), words(number, "local", TEXT)]
    blocks: list[Block] = [Line(tuple(line))]
    if number is None and not (shown.flows and is_small(local.value)):
        blocks += elements(local.value, "local", shown.digits)
    return blocks


def _transported(node: Op, local: LocalGradient, run: Run, labels: Labels) -> Line:
    """The flow itself as a formula, where the local gradient is no elementwise factor."""
    upstream = labels.derivative(run.out, node, "local")
    flow = labels.derivative(run.out, local.input, "local")
    equals = words("=", "local", TEXT)
    if local.jacobian == "rearrangement":
        return Line((flow, equals, upstream, words("rearranged", "local", TEXT)))
    if local.jacobian == "general":
        return Line((flow, equals, labels.math(Written(local.formula, local.latex), "local")))
    other = labels.math(Written(local.formula, local.latex, "call", "call"), "local")
    first = local.input is node.inputs[0]
    return Line((flow, equals, upstream, other) if first else (flow, equals, other, upstream))


def _carried(flow: Flow, local: LocalGradient, digits: int) -> list[Block]:
    """Upstream × local = flow, and the sum over what was broadcast."""
    if local.jacobian in ("product", "general", "rearrangement") or np.size(flow.product) == 0:
        blocks = labelled(words("flow", "gradient", TEXT), flow.product, "gradient", digits)
    elif np.ndim(flow.product) == 0:
        blocks = [_scalar_product(flow.upstream, local.value, flow.product, digits)]
    elif local.jacobian == "spread" and is_small(flow.upstream, local.value):
        blocks = _spread(flow, local.value, digits)
    elif not is_small(flow.product):
        blocks = [Line((words("upstream × local = flow", "gradient", TEXT),))]
        blocks += elements(flow.product, "gradient", digits)
    else:
        blocks = [_table(flow.upstream, local.value, flow.product, digits)]
    if np.shape(flow.product) != np.shape(flow.flow):
        blocks += _summed_back(flow, digits)
    return blocks


def _scalar_product(upstream: Any, local: Any, product: Any, digits: int) -> Line:
    equals = product_equals(upstream, local, product, digits)
    left = f"{numerals.number(upstream, digits)} × {factor(local, digits)}"
    return Line((Span(f"{left} {equals} {numerals.number(product, digits)}", "gradient", TEXT),))


def _spread(flow: Flow, local: Any, digits: int) -> list[Block]:
    """One number of upstream goes to each of many."""
    if np.ndim(local) == 0:
        share = flow.upstream * local
        each = int(np.size(flow.product) / max(np.size(share), 1))
        if np.ndim(share) == 0:
            blocks: list[Block] = [_scalar_product(flow.upstream, local, share, digits)]
        else:
            blocks = [_table(flow.upstream, local, share, digits)]
        return [*blocks, Line((words(f"to each of {each}", "gradient", TEXT - 1),))]
    spread = flow.node.spread(numbers, flow.upstream, local)  # type: ignore[attr-defined]
    return [_table(spread, local, flow.product, digits)]


def _table(upstream: Any, local: Any, product: Any, digits: int) -> Table:
    equals = product_equals(upstream, local, product, digits)
    if np.ndim(local) == 0:
        head = words(f"upstream × {factor(local, digits)} {equals}", "gradient", TEXT)
        return Table((row(head, product, "gradient", digits),))
    return Table(
        (
            row(words("upstream", "gradient", TEXT), np.broadcast_to(upstream, np.shape(product)), "gradient", digits),
            row(words("× local", "local", TEXT), np.broadcast_to(local, np.shape(product)), "local", digits),
            row(words(f"{equals} flow", "gradient", TEXT), product, "gradient", digits),
        )
    )


def _summed_back(flow: Flow, digits: int) -> list[Block]:
    """What broadcasting repeated is added up again."""
    shape = np.shape(flow.product)
    head = words(f"Σ, since {flow.node.inputs[flow.position].shape} was broadcast to {shape}", "gradient", TEXT - 1)
    if np.size(flow.flow) == 1 and is_small(flow.product):
        total = np.ravel(flow.flow)[0]
        parts = np.ravel(flow.product)
        equals = sum_equals(list(parts), total, digits)
        return [Line((head,)), Line((Span(f"Σ flow {equals} {numerals.number(total, digits)}", "gradient", TEXT),))]
    return [Line((head,)), *labelled(words("flow", "gradient", TEXT), flow.flow, "gradient", digits)]
