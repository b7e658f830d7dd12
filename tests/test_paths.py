"""Graphs built step by step from small integers: every gradient is the sum over all paths, exactly.

Beside each node stands an array of cells in plain Python. A cell is an integer with an edge to each cell
it was computed from; on the edge stands the local gradient, a cell again. The gradient with respect to a cell
is the sum, over every path that leads to it, of the product along the path; nothing is shared between paths.
Such a sum is made of cells, so it can be differentiated as well.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from operator import add, matmul, mul, neg, sub
from typing import Any

import graphgrad as gg
import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

MOST_PATHS = 400
LARGEST_VALUE = 10**6
EXACT = 2**53  # up to here float64 holds every integer


class Cell:
    """An integer, its edges (input, local gradient), and how to make it from other inputs."""

    def __init__(self, value: int, edges: Any = (), make: Callable[..., Cell] | None = None) -> None:
        self.value = value
        self.edges = [(source, lifted(local)) for source, local in edges]
        self.make = make
        self.paths = sum(source.paths for source, _ in self.edges) or 1

    def __add__(self, other: Any) -> Cell:
        other = lifted(other)
        return Cell(self.value + other.value, [(self, 1), (other, 1)], add)

    __radd__ = __add__

    def __sub__(self, other: Cell) -> Cell:
        return Cell(self.value - other.value, [(self, 1), (other, -1)], sub)

    def __mul__(self, other: Any) -> Cell:
        other = lifted(other)
        return Cell(self.value * other.value, [(self, other), (other, self)], mul)

    def __neg__(self) -> Cell:
        return Cell(-self.value, [(self, -1)], neg)

    def __pow__(self, count: int) -> Cell:
        assert count == 2
        return Cell(self.value**2, [(self, self * 2)], lambda x: x**2)


def lifted(value: Any) -> Cell:
    """A cell as it is; a number as a cell."""
    return value if isinstance(value, Cell) else Cell(value)


def passed_on(value: Any) -> Cell:
    """A cell of its own, worth the same: elements that an op only moves are told apart from its inputs."""
    return Cell(lifted(value).value, [(lifted(value), 1)], passed_on)


def each(function: Callable[..., Any], cells: Any) -> np.ndarray:
    """The function of every element."""
    return np.asarray(np.frompyfunc(function, 1, 1)(np.asarray(cells, dtype=object)), dtype=object)


def values_of(cells: np.ndarray) -> np.ndarray:
    """The integers of cells, as floats."""
    return each(lambda cell: cell.value, cells).astype(float)


def walk(cell: Cell, product: Any) -> Iterator[tuple[Cell, Any]]:
    """Every path that starts at `cell`: where it ends, and `product` times the local gradients along it."""
    yield cell, product
    for source, local in cell.edges:
        yield from walk(source, product * (local if isinstance(product, Cell) else local.value))


def sums_over_paths(cells: np.ndarray, seed: np.ndarray, start: Callable[[int], Any]) -> dict[Cell, list[Any]]:
    """For each cell that a path leads to, the product along each path."""
    products: dict[Cell, list[Any]] = {}
    for cell, upstream in zip(cells.flat, seed.flat, strict=True):
        for end, product in walk(cell, start(int(upstream))):
            products.setdefault(end, []).append(product)
    return products


def remade(cell: Cell, moved: dict[Cell, Cell], renewed: Callable[[Cell], bool]) -> Cell:
    """The cell as it is when those in `moved` are replaced, and those that are `renewed` are made anew."""
    if cell not in moved:
        inputs = [remade(source, moved, renewed) for source, _ in cell.edges]
        same = all(new is source for new, (source, _) in zip(inputs, cell.edges, strict=True))
        if same and not renewed(cell):
            moved[cell] = cell
        else:
            moved[cell] = cell.make(*inputs) if inputs else Cell(cell.value)
    return moved[cell]


def below(node: gg.Node, *, detached: bool = True) -> set[gg.Node]:
    """The nodes that `node` is computed from, and itself; without those that it takes no derivative of, if asked."""
    found, waiting = set(), [node]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += [source for k, source in enumerate(node.inputs) if detached or k not in node.detached]
    return found


@dataclass(eq=False)
class Entry:
    """A node, and the cells of its elements."""

    node: gg.Node
    cells: np.ndarray

    @property
    def paths(self) -> int:
        return sum(cell.paths for cell in self.cells.flat)


# One line makes an op part of the graphs: the same text runs on nodes and on arrays of cells.

ONE = {
    "negative": neg,
    "square": lambda a: a**2,
    "total": lambda a: a.sum(),
    "column sums": lambda a: a.sum(axis=0) if a.ndim else -a,
    "row sums": lambda a: a.sum(axis=-1, keepdims=True) if a.ndim else -a,
    "flat": lambda a: a.reshape(-1),
    "transpose": lambda a: a.T,
}
TWO = {"add": add, "subtract": sub, "multiply": mul, "matmul": matmul}

SHAPES: list[tuple[int, ...]] = [(), (), (2,), (2, 2), (1, 2), (2, 1), (0,), (0, 2)]

shapes, numbers = st.sampled_from(SHAPES), st.integers(0, 2**32 - 1)


def fits(name: str, m: tuple[int, ...], n: tuple[int, ...]) -> bool:
    """Whether an op of two takes values of these shapes."""
    if name == "matmul":
        return bool(m and n and 0 not in (*m, *n) and m[-1] == n[max(len(n) - 2, 0)])
    return all(a == b or 1 in (a, b) for a, b in zip(m[::-1], n[::-1], strict=False))


def small_integers(number: int, shape: tuple[int, ...]) -> np.ndarray:
    """Integers from −3 to 3; the same on every run."""
    return np.asarray(np.random.default_rng(number).integers(-3, 4, shape))


class Paths(RuleBasedStateMachine):
    """Builds graphs, differentiates them, copies them; and keeps beside each node what must be true of it."""

    entries, results = Bundle("entries"), Bundle("results")  # all there is; what was computed

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[gg.Node, Entry] = {}
        self.grads: dict[gg.Node, np.ndarray | None] = {}

    # What is built

    @initialize(target=entries, shape=shapes, number=numbers)
    def first_leaf(self, shape, number):
        return self.leaf(gg.Parameter, shape, number)

    @initialize(target=entries, shape=shapes, number=numbers)
    def second_leaf(self, shape, number):
        return self.leaf(gg.Parameter, shape, number)

    @rule(target=entries, kind=st.sampled_from([gg.Parameter, gg.Input]), shape=shapes, number=numbers)
    def another_leaf(self, kind, shape, number):
        return self.leaf(kind, shape, number)

    def leaf(self, kind, shape, number):
        values = small_integers(number, shape)
        return self.added(kind(values), each(Cell, values.astype(object)))

    @rule(
        targets=(entries, results), names=st.lists(st.sampled_from([*ONE]), min_size=1, max_size=3), a=results | entries
    )
    def by_one(self, names, a):
        """One op after another."""
        made = [a]
        for name in names:
            made += self.computed(ONE[name], made[-1])
        return multiple(*made[1:])

    @rule(
        targets=(entries, results),
        names=st.lists(st.sampled_from([*TWO]), min_size=1, max_size=5),
        a=results | entries,
        b=results | entries,
    )
    def by_two(self, names, a, b):
        """Each op takes the two results before it, so their uses multiply."""
        made = [a, b]
        for name in names:
            if fits(name, made[-2].node.shape, made[-1].node.shape):
                made += self.computed(TWO[name], made[-2], made[-1])
        return multiple(*made[2:])

    def computed(self, function, *sources):
        cells = each(passed_on, function(*(source.cells for source in sources)))
        return [] if self.too_much(cells) else [self.added(function(*(source.node for source in sources)), cells)]

    def added(self, node, cells):
        """The node, from now on watched."""
        assert node not in self.known
        np.testing.assert_array_equal(node.value, values_of(cells))
        self.known[node] = Entry(node, cells)
        self.grads[node] = node.grad
        return self.known[node]

    @staticmethod
    def too_much(cells):
        """Whether paths or values grow beyond what is counted exactly, and quickly."""
        entry = Entry(None, cells)
        return entry.paths > MOST_PATHS or max((abs(cell.value) for cell in cells.flat), default=0) > LARGEST_VALUE

    # What is asked of it

    @rule(out=results, number=numbers)
    def backward(self, out, number):
        seed = small_integers(number, out.node.shape)
        expected = self.gradients(out, seed)
        if expected is None:
            return
        graph = below(out.node)
        parameters = {node for node in graph if isinstance(node, gg.Parameter)}
        if not parameters:
            with pytest.raises(ValueError, match="make a leaf a Parameter"):
                out.node.backward(seed)
            return
        out.node.backward(seed)
        for node in graph & self.known.keys():
            wanted = parameters & below(node, detached=False)
            self.grads[node] = expected(self.known[node].cells) if wanted else None

    @rule(targets=(entries, results), out=results, wrt=entries, number=numbers)
    def differentiate(self, out, wrt, number):
        """A derivative is right, and its negative joins the graphs that are differentiated."""
        seed = small_integers(number, out.node.shape)
        expected = self.gradients(out, seed)
        if expected is None:
            return multiple()
        slope = gg.grad(out.node, wrt.node, seed=seed)
        np.testing.assert_array_equal(slope.value, expected(wrt.cells))
        products = sums_over_paths(out.cells, seed, Cell)
        cells = each(passed_on, -each(lambda cell: sum(products.get(cell, []), start=Cell(0)), wrt.cells))
        return multiple() if self.too_much(cells) else self.added(-slope, cells)

    @rule(out=results, one=entries, other=entries, number=numbers)
    def differentiate_by_several(self, out, one, other, number):
        seed = small_integers(number, out.node.shape)
        expected = self.gradients(out, seed)
        if expected is not None:
            slopes = gg.grad(out.node, [one.node, other.node, one.node], seed=seed)
            for slope, wrt in zip(slopes, (one, other, one), strict=True):
                np.testing.assert_array_equal(slope.value, expected(wrt.cells))

    @rule(targets=(entries, results), out=results, number=numbers)
    def replace(self, out, number):
        """One leaf gets another value: the new graph has a new leaf, and shares the rest."""
        graph = below(out.node)
        leaves = [node for node in self.known if not node.inputs and node in graph]
        if not leaves:
            return multiple()
        old = leaves[number % len(leaves)]
        values = small_integers(number, old.shape)
        new = out.node.replace({old: values})
        (leaf,) = (node for node in below(new) - graph if not node.inputs)
        moved = dict(zip(self.known[old].cells.flat, each(Cell, values.astype(object)).flat, strict=True))
        above = [self.known[node].cells for node in graph & self.known.keys() if old in below(node)]
        renewed = {cell for cells in above for cell in cells.flat}
        return self.joined({old: leaf, out.node: new}, moved, renewed.__contains__)

    @rule(targets=(entries, results), out=results)
    def deepcopy(self, out):
        """A copy shares nothing with what it was copied from, and keeps the gradients."""
        twin = copy.deepcopy(out.node)
        assert not below(twin) & below(out.node)
        pairs = dict(zip(gg.topological(out.node), gg.topological(twin), strict=True))
        watched = {old: new for old, new in pairs.items() if old in self.known}
        return self.joined(watched, {}, lambda cell: True)

    def joined(self, pairs, moved, renewed):
        """New nodes made from old ones, with the old cells remade."""
        cells = {
            new: each(partial(remade, moved=moved, renewed=renewed), self.known[old].cells)
            for old, new in pairs.items()
        }
        if any(self.too_much(array) for array in cells.values()):
            return multiple()
        return multiple(*[self.added(new, array) for new, array in cells.items()])

    def gradients(self, out, seed):
        """The gradient for cells, or None if the numbers on the way might not be exact."""
        products = sums_over_paths(out.cells, seed, int)
        if max((sum(map(abs, several)) for several in products.values()), default=0) >= EXACT:
            return None
        return lambda cells: each(lambda cell: sum(products.get(cell, [])), cells).astype(float)

    # What must always hold

    @invariant()
    def no_value_and_no_gradient_has_changed(self):
        for node, entry in self.known.items():
            np.testing.assert_array_equal(node.value, values_of(entry.cells))
            expected = self.grads[node]
            assert (node.grad is None) == (expected is None)
            if expected is not None:
                np.testing.assert_array_equal(node.grad, expected)


Paths.TestCase.settings = settings(
    max_examples=300, stateful_step_count=30, derandomize=True, deadline=None, database=None
)
TestPaths = Paths.TestCase
