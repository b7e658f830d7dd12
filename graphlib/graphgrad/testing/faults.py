"""Finding where a derivative is wrong: what the rules give against what the values say."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from graphgrad.derivatives import along, grad
from graphgrad.node import Input, Node
from graphgrad.op import Op
from graphgrad.sweep import reached, sweep, topological
from graphgrad.testing.differences import Noise, Point, is_analytic, is_smooth, scale, signs, slope, spread

SMALL = 50
"""An array of at most this many elements is checked element by element, a larger one in random directions."""

DIRECTIONS = 3
"""How many random directions."""

NEARBY = 1e-4
"""How far, in proportion to each value, the second point lies from the first."""

UNDERFLOW = 1e-290
"""What is smaller counts as 0."""


class Fault(NamedTuple):
    """A derivative that is wrong.

    Attributes:
        graphs: what was checked, then the graph of its derivative, and so on: the derivative of the last is wrong.
        kind: how it was found; a key of FOUND.
        place: which derivative it is, such as ``∂Half[0]/∂x[0]``.
        got: what the rules give.
        right: what they should give.
    """

    graphs: list[Node]
    kind: str
    place: str
    got: float
    right: float

    @property
    def order(self) -> int:
        """How often one must differentiate to see it."""
        return len(self.graphs) + (self.kind == "close by")


class Check:
    """One check. It remembers which ops are analytic, and draws the same random numbers on each run."""

    def __init__(self, rtol: float) -> None:
        self.rtol = rtol
        self.rng = np.random.default_rng(0)
        self.analytic: dict[Op, bool] = {}

    def fault(self, out: Node, variables: list[Node], order: int) -> Fault | None:
        """The first fault in the derivatives of `out` up to `order`."""
        graphs: list[Node] = []
        while len(graphs) < order and out in reached(variables, topological(out)):
            graphs = [*graphs, out]
            seed = Input(signs(self.rng, out.shape).astype(out.dtype))
            slopes = grad(out, variables, seed)
            found = self.in_rules(graphs, variables, seed, slopes) or self.in_paths(graphs, variables, seed, slopes)
            if found is None and len(graphs) < order:
                inner = reached(variables, topological(out))
                first = [one for one in variables if not any(source in inner for source in one.inputs)]
                moved = {one: one.value + NEARBY * scale(one.value) * signs(self.rng, one.shape) for one in first}
                with suppress(ValueError):  # it may not be defined there
                    found = self.in_rules(graphs, variables, seed, slopes, moved)
            if found is not None:
                return found
            out = along(slopes, [Input(signs(self.rng, slope.shape).astype(slope.dtype)) for slope in slopes])
        return None

    def in_rules(
        self, graphs: list[Node], variables: list[Node], seed: Node, slopes: list[Node], moved: Any = None
    ) -> Fault | None:
        """Where the graph of the gradient, in double precision, differs from what the values say."""
        out, small = graphs[-1], 1 if moved else SMALL
        rules = Point(slopes, [*variables, seed], moved)
        seeds = self.directions(out.shape, small)
        rows = [rules.run({seed: upstream}) for upstream in seeds]
        for k, variable in enumerate(variables):
            values = Point([out], [variable], moved)
            complex_step = all(self.is_analytic(node, values) for node in values.active if isinstance(node, Op))
            told = _Told(rules, k, seed, seeds, rows, values, complex_step)
            for direction in self.directions(variable.shape, small):
                direction = direction * scale(values.values[variable])
                if told.differ(direction, self.rtol, self.rng):
                    if not told.smooth(direction):
                        raise ValueError(
                            f"check_grads: {graphs[0]!r} has no derivative of order {len(graphs)} at {variable!r}: "
                            f"there is a kink, a jump, or the edge of where it is defined; choose other values"
                        )
                    row, element, got, right = told.worst(direction)
                    index = index_of(row, out.shape) if out.size <= small else None
                    kind = "close by" if moved else "complex step" if complex_step else "difference"
                    return Fault(graphs, kind, place_of(graphs, index, variable, element), got, right)
        return None

    def in_paths(self, graphs: list[Node], variables: list[Node], seed: Node, slopes: list[Node]) -> Fault | None:
        """Where the sweep over arrays or over nodes, in the dtype of the leaves, differs from double precision."""
        order = topological(graphs[-1])
        on_arrays = sweep(order, seed.value, reached([one for one in variables if not one.is_literal], order))
        epsilon = float(max(np.finfo(node.dtype).eps for node in order))
        rules = Point(slopes, [*variables, seed])
        for k, exact in enumerate(rules.run({})):
            nothing = slopes[k].value if variables[k].is_literal else np.zeros(exact.shape)
            arrays = on_arrays.get(variables[k], nothing)  # a literal has no gradient on arrays
            for kind, given in (("arrays", arrays), ("nodes", slopes[k].value)):
                gap, allowed = np.abs(given - exact), epsilon ** (2 / 3) * np.abs(exact) + UNDERFLOW
                if np.all(gap <= allowed):
                    continue
                rounding = spread(partial(_result, rules, k), self.rng, epsilon)
                wrong = ~((gap <= allowed + rounding) & np.isfinite(gap))
                if np.any(wrong):
                    element = int(np.argmax(wrong))
                    place = place_of(graphs, None, variables[k], element)
                    return Fault(graphs, kind, place, np.ravel(given)[element], np.ravel(exact)[element])
        return None

    def directions(self, shape: tuple[int, ...], small: int) -> list[Any]:
        """Each element alone, for an array of at most so many; else some random directions."""
        size = int(np.prod(shape))
        if size <= small:
            return [unit.reshape(shape) for unit in np.eye(size)]
        return [signs(self.rng, shape) for _ in range(DIRECTIONS)]

    def is_analytic(self, op: Op, values: Point) -> bool:
        """Whether the complex step may be used on an op."""
        if op not in self.analytic:
            sources = [values.values[source] for source in op.inputs]
            moving = [k for k in range(len(sources)) if k not in op.detached and type(sources[k]) is not float]
            self.analytic[op] = is_analytic(op, sources, moving, self.rng)
        return self.analytic[op]


class _Told(NamedTuple):
    """One derivative for each of some upstream gradients, told in two ways: by the rules and by the values.

    Attributes:
        rules: the graphs of the gradient.
        k: which of them is meant.
        seed: the node in them that stands for the upstream gradient.
        seeds: the upstream gradients.
        rows: for each of them all gradients.
        values: the graph that is differentiated, with the one variable that moves.
        complex_step: whether the complex step applies.
    """

    rules: Point
    k: int
    seed: Node
    seeds: list[Any]
    rows: list[list[Any]]
    values: Point
    complex_step: bool

    def got(self, direction: Any, noise: Noise | None = None) -> Any:
        """What the rules give along a direction."""
        rows = self.rows if noise is None else [self.rules.run({self.seed: one}, noise) for one in self.seeds]
        return _along([row[self.k] for row in rows], direction)

    def right(self, direction: Any, noise: Noise | None = None) -> tuple[Any, Any]:
        """What the values give along a direction, and how far off that may be."""
        derivative, slack = slope(lambda t: self.at(t * direction, noise), complex_step=self.complex_step)
        return _along(self.seeds, derivative), _along([np.abs(seed) for seed in self.seeds], slack)

    def at(self, move: Any, noise: Noise | None = None) -> Any:
        """The value of the graph when the variable has moved."""
        (variable,) = self.values.variables
        return self.values.run({variable: self.values.values[variable] + move}, noise)[0]

    def differ(self, direction: Any, rtol: float, rng: np.random.Generator) -> bool:
        """Whether the two differ by more than rounding, for any of the seeds."""
        got, (right, slack) = self.got(direction), self.right(direction)
        gap, allowed = np.abs(got - right), rtol * np.abs(right) + slack + UNDERFLOW
        if np.all(gap <= allowed):
            return False
        allowed = allowed + spread(lambda noise: self.got(direction, noise), rng)
        allowed = allowed + spread(lambda noise: self.right(direction, noise)[0], rng)
        return not np.all((gap <= allowed) & np.isfinite(gap))

    def smooth(self, direction: Any) -> bool:
        """Whether the values have a derivative along a direction at all."""
        return is_smooth(lambda t: self.at(t * direction))

    def worst(self, direction: Any) -> tuple[int, int, float, float]:
        """The seed and the element of the largest difference, found by halving, and both numbers there."""

        def part(places: Any) -> Any:
            return np.where(np.isin(np.arange(direction.size), places).reshape(direction.shape), direction, 0.0)

        def gap(places: Any) -> Any:
            return np.nan_to_num(np.abs(self.got(part(places)) - self.right(part(places))[0]), nan=np.inf)

        places = np.flatnonzero(direction)
        while len(places) > 1:
            places = max(np.array_split(places, 2), key=lambda half: gap(half).max())
        row, alone, size = int(np.argmax(gap(places))), part(places), direction.ravel()[places[0]]
        return row, int(places[0]), self.got(alone)[row] / size, self.right(alone)[0][row] / size


def _result(rules: Point, k: int, noise: Noise | None) -> Any:
    return rules.run({}, noise)[k]


def _along(rows: list[Any], direction: Any) -> Any:
    """The sum of the elements of each row times those of the direction; where that is 0, they do not count."""
    return np.array([np.sum(np.where(direction == 0, 0.0, row * direction)) for row in rows])


def place_of(graphs: list[Node], index: str | None, variable: Node, element: int) -> str:
    """Which derivative is meant: of one element or, without an index, of a weighted sum of all."""
    what = title(graphs[0])
    if len(graphs) > 1:
        what = f"(weighted derivatives of {what}, of order {len(graphs) - 1})"
    elif index is None:
        what = f"(weighted sum of {what})"
    return f"∂{what}{index or ''}/∂{title(variable)}{index_of(element, variable.shape)}"


def title(node: Node) -> str:
    """The class of an op, with its name if it has one; the name of a leaf."""
    kind = type(node).__name__
    return f"{kind} {node.name!r}" if node.inputs and node.name else node.name or kind


def index_of(place: int, shape: tuple[int, ...]) -> str:
    """The index of an element, given its place among all, in brackets; nothing for a scalar."""
    return str([int(k) for k in np.unravel_index(place, shape)]) if shape else ""
