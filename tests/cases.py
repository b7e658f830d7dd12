"""The table of ops: for each a reference in plain NumPy, where it is defined, and the shapes to try.

Every test of an op is generated from its rows here; an op of the registry without a row fails the
suite. References avoid the formula that the op itself uses where NumPy offers another.
"""

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import graphgrad as gg
import numpy as np
from graphgrad.ops import likes, masks, products

Shape = tuple[int, ...]


def between(low: float, high: float) -> Callable[[np.random.Generator, Shape], np.ndarray]:
    """Inputs drawn evenly from an interval."""
    return lambda rng, shape: rng.uniform(low, high, shape)


def away_from_zero(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Inputs of either sign that a difference quotient keeps on their side of 0."""
    return rng.uniform(0.3, 2.0, shape) * rng.choice([-1.0, 1.0], shape)


REAL, POSITIVE = between(-2.0, 2.0), between(0.3, 3.0)

ONE: list[tuple[Shape, ...]] = [((),), ((1,),), ((3,),), ((2, 3),), ((2, 1, 3),), ((0,),), ((0, 4),)]
PAIRS: list[tuple[Shape, ...]] = [
    ((), ()),
    ((3,), (3,)),
    ((3, 1), (1, 4)),
    ((), (2, 3)),
    ((2, 3), ()),
    ((2, 3), (3,)),
    ((3,), (2, 1)),
    ((1,), (2, 3)),
    ((2, 1, 3), (4, 1)),
    ((0, 4), (1, 4)),
    ((4,), (0, 4)),
    ((0,), ()),
]
MATRICES: list[tuple[Shape, ...]] = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 4)),
    ((4, 2, 3), (3, 2)),
    ((2, 3), (4, 3, 2)),
    ((2, 1, 2, 3), (2, 3, 2)),
    ((3,), (2, 3, 2)),
    ((2, 2, 3), (3,)),
    ((0, 3), (3, 2)),
    ((2, 0), (0, 3)),
    ((0,), (0,)),
]


@dataclass(frozen=True, eq=False)
class Case:
    """How one op is tested.

    Attributes:
        op: the op class.
        reference: the same function in plain NumPy, on real and, if `analytic`, on complex arrays.
        domain: for each input, how to draw it.
        shapes: for each trial, the shape of each input.
        settings: the settings of the op.
        analytic: the complex step applies.
        order: how often it can be differentiated (and the table's tests go up to 2).
        wrt: the positions that have a derivative; all of them if None.
    """

    op: type
    reference: Callable[..., Any]
    domain: tuple[Any, ...]
    shapes: list[tuple[Shape, ...]]
    settings: dict[str, Any] = field(default_factory=dict)
    analytic: bool = True
    order: int = 2
    wrt: tuple[int, ...] | None = None

    @property
    def positions(self) -> tuple[int, ...]:
        """The positions that have a derivative."""
        return tuple(range(len(self.domain))) if self.wrt is None else self.wrt

    def leaves(self, values: Any) -> list[gg.Node]:
        """Parameters of these values; an Input where the op offers no derivative and does not say why."""
        fit = {*self.positions, *self.op.detached}
        return [gg.Parameter(value) if k in fit else gg.Input(value) for k, value in enumerate(values)]

    @property
    def label(self) -> str:
        """The op and its settings."""
        settings = "-".join(f"{key}={value}" for key, value in self.settings.items())
        return f"{self.op.__name__}-{settings}".rstrip("-").replace(" ", "")

    def draw(self, shapes: tuple[Shape, ...]) -> list[np.ndarray]:
        """Inputs of these shapes; the same on every run."""
        rng = np.random.default_rng(zlib.crc32(f"{self.label}{shapes}".encode()))
        return [np.asarray(draw(rng, shape)) for draw, shape in zip(self.domain, shapes, strict=True)]

    def build(self, *inputs: Any) -> Any:
        """The node."""
        return self.op(*inputs, **self.settings)

    def expected(self, *inputs: Any) -> Any:
        """What the reference gives."""
        return self.reference(*inputs, **self.settings)


def sum_to(x: Any, like: Any) -> Any:
    """x summed until it has the shape of `like`."""
    while np.ndim(x) > np.ndim(like):
        x = np.sum(x, axis=0)
    for axis, length in enumerate(np.shape(like)):
        if length == 1:
            x = np.sum(x, axis=axis, keepdims=True)
    return x


def others(x: Any, *, axes: Shape) -> Any:
    """For each element the product of the others, by leaving it out."""
    result = np.empty_like(x)
    for index in np.ndindex(x.shape):
        line = tuple(slice(None) if axis in [a % x.ndim for a in axes] else i for axis, i in enumerate(index))
        without = x.copy()
        without[index] = 1
        result[index] = np.prod(without[line])
    return result


def pairs(upstream: Any, x: Any, *, axes: Shape) -> Any:
    """Σ over i ≠ j of upstream_i × the product of x without x_i and x_j, for vectors."""
    count = len(x)
    return np.array(
        [
            sum(upstream[i] * math.prod(x[k] for k in range(count) if k not in (i, j)) for i in range(count) if i != j)
            for j in range(count)
        ]
    )


def _reductions(op: type, reference: Callable[..., Any]) -> list[Case]:
    trials: list[tuple[Any, bool, list[tuple[Shape, ...]]]] = [
        (None, False, ONE if op is not gg.Mean else [shapes for shapes in ONE if 0 not in shapes[0]]),
        (None, True, [((2, 3),)]),
        (0, False, [((3,),), ((2, 3),), ((2, 1, 3),)]),
        (-1, True, [((3,),), ((2, 3),)]),
        (1, False, [((2, 3),), ((2, 0) if op is not gg.Mean else (0, 2),)]),
        ((0, 2), False, [((2, 2, 3),)]),
        ((2, -3), True, [((2, 2, 3),)]),
        ((), False, [((2, 3),)]),
    ]
    return [Case(op, reference, (REAL,), shapes, {"axis": axis, "keepdims": keep}) for axis, keep, shapes in trials]


CASES = [
    Case(gg.Add, np.add, (REAL, REAL), PAIRS),
    Case(gg.Sub, np.subtract, (REAL, REAL), PAIRS),
    Case(gg.Mul, np.multiply, (REAL, REAL), PAIRS),
    Case(gg.Div, np.divide, (REAL, away_from_zero), PAIRS),
    Case(gg.Neg, np.negative, (REAL,), ONE),
    Case(gg.Pow, np.power, (POSITIVE, REAL), PAIRS),
    Case(gg.Exp, np.exp, (REAL,), ONE),
    Case(gg.Log, np.log, (POSITIVE,), ONE),
    Case(gg.NegLog, lambda p: np.log(1 / p), (between(0.1, 1.0),), ONE),
    Case(gg.Sqrt, lambda x: np.power(x, 0.5), (POSITIVE,), ONE),
    Case(gg.Sigmoid, lambda z: (1 + np.tanh(z / 2)) / 2, (REAL,), ONE),
    Case(gg.LogSigmoid, lambda z: np.log((1 + np.tanh(z / 2)) / 2), (REAL,), ONE),
    Case(gg.Softplus, lambda z: np.log(1 + np.exp(z)), (REAL,), ONE),
    Case(gg.Tanh, lambda x: np.sinh(x) / np.cosh(x), (REAL,), ONE),
    Case(gg.ReLU, lambda x: np.where(x > 0, x, 0.0), (away_from_zero,), ONE, analytic=False),
    Case(gg.XLogY, lambda x, y: x * np.log(y), (REAL, POSITIVE), PAIRS),
    *_reductions(gg.Sum, np.sum),
    *_reductions(gg.Mean, np.mean),
    *_reductions(gg.Prod, np.prod),
    Case(gg.MatMul, np.matmul, (REAL, REAL), MATRICES),
    Case(gg.Reshape, np.reshape, (REAL,), [((2, 3),), ((6,),), ((1, 6),)], {"shape": (3, 2)}),
    Case(gg.Reshape, np.reshape, (REAL,), [((2, 3),), ((4,),), ((),)], {"shape": -1}),
    Case(gg.Reshape, np.reshape, (REAL,), [((0, 3),), ((0,),)], {"shape": (2, 0)}),
    Case(gg.Transpose, np.transpose, (REAL,), ONE, {"axes": None}),
    Case(gg.Transpose, np.transpose, (REAL,), [((2, 1, 3),), ((0, 2, 1),)], {"axes": (1, 2, 0)}),
    Case(gg.Transpose, np.transpose, (REAL,), [((2, 1, 3),)], {"axes": (-1, 0, 1)}),
    Case(
        masks.Heaviside,
        lambda x, at_zero: np.where(x > 0, 1.0, 0 * at_zero),
        (away_from_zero, REAL),
        PAIRS,
        analytic=False,
        wrt=(),
    ),
    Case(masks.Guard, lambda x, a, b: x + 0 * a * b, (REAL, POSITIVE, POSITIVE), [((2, 3),) * 3], wrt=(0,)),
    Case(likes.Count, lambda x, axis: float(x.shape[0]), (REAL,), [((2, 3),)], {"axis": (0,)}, wrt=()),
    Case(likes.SumLike, sum_to, (REAL, REAL), [(b, a) for a, b in PAIRS if np.broadcast_shapes(a, b) == b], wrt=(0,)),
    Case(
        likes.BroadcastLike,
        lambda x, like: np.broadcast_to(x, like.shape),
        (REAL, REAL),
        [shapes for shapes in PAIRS if np.broadcast_shapes(*shapes) == shapes[1]],
        wrt=(0,),
    ),
    Case(
        likes.ReshapeLike,
        lambda x, like: x.reshape(like.shape),
        (REAL, REAL),
        [((2, 3), (3, 2)), ((), (1, 1)), ((0, 2), (0,))],
        wrt=(0,),
    ),
    Case(likes.ExpandDims, np.expand_dims, (REAL,), [((2, 3),), ((3,),), ((0, 2),)], {"axis": 0}),
    Case(likes.ExpandDims, np.expand_dims, (REAL,), [((2, 3),), ((),)], {"axis": -1}),
    Case(products.Others, others, (REAL,), [((3,),), ((2, 3),), ((0,),)], {"axes": (0,)}, order=1),
    Case(products.Others, others, (REAL,), [((2, 3),), ((2, 2, 3),), ((0, 3),), ((3, 0),)], {"axes": (1,)}, order=1),
    Case(products.Others, others, (REAL,), [((2, 2, 3),)], {"axes": (0, 2)}, order=1),
    Case(products.Pairs, pairs, (REAL, REAL), [((3,), (3,)), ((4,), (4,))], {"axes": (0,)}, order=1, wrt=(0,)),
]

TRIALS = [(case, shapes) for case in CASES for shapes in case.shapes]


def trial_id(trial: Any) -> str:
    """The name of a trial in the test report."""
    if isinstance(trial, Case):
        return trial.label
    return "+".join(str(shape) for shape in trial).replace(" ", "")
