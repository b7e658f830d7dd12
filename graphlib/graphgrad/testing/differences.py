"""Derivatives of a graph from its values alone: it is evaluated beside a point, and no rule is asked.

The *complex step* gives the derivative of f at x as the imaginary part of f(x + ih)/h. Nothing is subtracted, so it
is exact to rounding, even where f is flat; but only where f is analytic, which an absolute value is not. The
*central difference* of fourth order takes any smooth f, and loses about four digits.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from graphgrad.arrays import frozen
from graphgrad.namespace import numbers
from graphgrad.node import Node
from graphgrad.op import Op
from graphgrad.sweep import reached, topological

Line = Callable[[Any], Any]
"""A function of one number, real or complex, with arrays as values."""

Noise = Callable[[Any], Any]
"""What rounding might do to a value."""

EPSILON = float(np.finfo(float).eps)
IMAGINARY, COARSE, FINE = 1e-20, 2e-3, 2.5e-4
"""Steps, in proportion to the value: one along the imaginary axis, two along the real one."""

AGREEMENT, NOTICED = 1e-6, 1e-9
SAMPLES, ROUNDING = 4, 50
PROBES = (1.0, 0.1, 0.01)
"""An op is tried at its inputs times these: what is flat there may be steep nearer to 0."""


class Point:
    """Graphs in double precision at one point, to be evaluated beside it.

    Inputs that an op names as ``detached`` keep the values they have at the point.

    Args:
        outs: the nodes whose values are asked for.
        variables: the nodes that will be moved.
        at: values for some of the variables; those of the nodes themselves for the others.
    """

    def __init__(self, outs: Sequence[Node], variables: Sequence[Node], at: Mapping[Node, Any] | None = None) -> None:
        self.outs, self.variables = outs, variables
        self.order: list[Any] = list(dict.fromkeys(node for end in (*outs, *variables) for node in topological(end)))
        self.active = reached(variables, self.order)
        self.values: dict[Node, Any] = {node: _double(value) for node, value in (at or {}).items()}
        for node in self.order:
            if node not in self.values:
                self.values[node] = self._at_the_point(node)

    def _at_the_point(self, node: Node) -> Any:
        if node.is_literal:
            return node.value
        if not isinstance(node, Op):
            return _double(node.value)
        return frozen(node.forward(numbers, *[self.values[source] for source in node.inputs]))

    def run(self, moved: Mapping[Node, Any], noise: Noise | None = None) -> list[Any]:
        """The values of the outs when some variables have other values; with `noise`, if any, in all on the way."""
        if noise is not None:
            moved = {node: noise(value) for node, value in {**self._start(), **moved}.items()}
        beside = dict(moved)
        is_complex = any(np.iscomplexobj(value) for value in beside.values())
        for node in self.order:
            if node in moved or node not in self.active or not any(source in beside for source in node.inputs):
                continue
            sources = [
                beside[source]
                if source in beside and position not in node.detached
                else _held(self.values[source], is_complex)
                for position, source in enumerate(node.inputs)
            ]
            value = node.forward(numbers, *sources)
            beside[node] = frozen(value if noise is None else noise(value))
        return [beside.get(out, self.values[out]) for out in self.outs]

    def _start(self) -> dict[Node, Any]:
        """The values of the variables at the point."""
        return {variable: self.values[variable] for variable in self.variables}


def _double(value: Any) -> Any:
    return frozen(np.array(value, float))


def _held(value: Any, is_complex: bool) -> Any:
    """A value in the dtype of those that move, which rules may take from it."""
    return value if type(value) is float or not is_complex else value.astype(complex)


def scale(value: Any) -> Any:
    """How far each element may move: in proportion to its size, so that it does not cross 0; 1 if it is 0."""
    return np.where(value == 0, 1.0, np.abs(value))


def slope(line: Line, *, complex_step: bool) -> tuple[Any, Any]:
    """The derivative of `line` at 0, and how far off it may be beside rounding."""
    if complex_step:
        return np.imag(line(IMAGINARY * 1j)) / IMAGINARY, 0.0
    fine, coarse = central_difference(line, FINE), central_difference(line, COARSE)
    return fine, np.abs(fine - coarse)


def central_difference(line: Line, step: float) -> Any:
    """The difference quotient of fourth order."""
    return (8 * (line(step) - line(-step)) - (line(2 * step) - line(-2 * step))) / (12 * step)


def is_smooth(line: Line) -> bool:
    """Whether `line` is finite on both sides of 0, and has neither a jump nor a kink there.

    Over a step eight times as long a smooth function rises eight times as much, and bends 64 times as much.
    """
    here, *beside = (line(step) for step in (0.0, FINE, -FINE, COARSE, -COARSE))
    size = np.max(np.abs([here, *beside]), axis=0)
    near, back, far, far_back = beside
    jumps = np.abs(near - back) > np.maximum(np.abs(far - far_back) / 4, NOTICED * size)
    bends = np.abs(near - 2 * here + back)
    kinks = bends > np.maximum(np.abs(far - 2 * here + far_back) / 16, NOTICED * size)
    return bool(np.all(np.isfinite(size)) and not np.any(jumps | kinks))


def spread(result: Callable[[Noise | None], Any], rng: np.random.Generator, epsilon: float = EPSILON) -> Any:
    """How far rounding to `epsilon` may move a result: fifty times what random noise of that size does to it."""

    def noise(value: Any) -> Any:
        return value * (1 + epsilon * rng.uniform(-1, 1, np.shape(value)))

    exact = result(None)
    moved = np.max([np.abs(result(noise) - exact) for _ in range(SAMPLES)], axis=0)
    return ROUNDING * np.where(np.isnan(moved), np.inf, moved)


def is_analytic(op: Op, sources: Sequence[Any], active: Sequence[int], rng: np.random.Generator) -> bool:
    """Whether the complex step may be used on `op`: where a difference can tell, both must agree to 1e-6.

    Only the inputs at the positions `active` move.
    """
    moves = {k: scale(sources[k]) * signs(rng, np.shape(sources[k])) for k in active}
    for probe in PROBES:

        def line(t: Any, probe: float = probe) -> Any:
            beside = [_held(value, np.iscomplexobj(t)) for value in sources]
            for k, move in moves.items():
                begin = sources[k] if probe == 1 else probe * np.where(sources[k] == 0, move, sources[k])
                beside[k] = begin + probe * t * move
            return op.forward(numbers, *beside)

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                exact, _ = slope(line, complex_step=True)
                rough, slack = slope(line, complex_step=False)
        except Exception:  # such as a function that takes no complex numbers
            return False
        rounding = 100 * EPSILON * np.abs(line(0.0)) / FINE
        differ = np.abs(exact - rough) > AGREEMENT * (np.abs(exact) + np.abs(rough)) + slack + rounding
        if np.any(differ) or (probe == 1 and not np.all(np.isfinite(exact))):
            return False
    return True


def signs(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Random weights from 0.5 to 1.5, of either sign: none is so small that what it multiplies is lost."""
    return rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape)
