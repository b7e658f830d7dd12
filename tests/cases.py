"""The table of ops: for each a reference in plain NumPy, where it is defined, and the shapes to try.

Every test of an op is generated from its rows here; an op of the registry without a row fails the
suite. References avoid the formula that the op itself uses where NumPy offers another.
"""

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

import graphgrad as gg
import numpy as np
from graphgrad.ops import (
    calculus,
    decompositions,
    guards,
    inverse,
    joining,
    kinks,
    likes,
    linear,
    missing,
    order,
    products,
    reductions,
    samples,
    selection,
    shorthands,
    sinc,
    statistics,
    variable,
)

Shape = tuple[int, ...]


def between(low: float, high: float) -> Callable[[np.random.Generator, Shape], np.ndarray]:
    """Inputs drawn evenly from an interval."""
    return lambda rng, shape: rng.uniform(low, high, shape)


def away_from_zero(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Inputs of either sign that a difference quotient keeps on their side of 0."""
    return rng.uniform(0.3, 2.0, shape) * rng.choice([-1.0, 1.0], shape)


REAL, POSITIVE = between(-2.0, 2.0), between(0.3, 3.0)

ONE: list[tuple[Shape, ...]] = [
    ((),),
    ((1,),),
    ((3,),),
    ((2, 3),),
    ((1, 3),),
    ((3, 1),),
    ((1, 1),),
    ((2, 1, 3),),
    ((2, 2, 2),),
    ((0,),),
    ((0, 4),),
    ((2, 0, 3),),
]
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
        op: the op class, or a composition.
        reference: the same function in plain NumPy, on real and, if `analytic`, on complex arrays.
        domain: for each input, how to draw it.
        shapes: for each trial, the shape of each input.
        settings: the settings of the op.
        analytic: the complex step applies.
        order: how often it can be differentiated (and the table's tests go up to 2).
        wrt: the positions that have a derivative; all of them if None.
        before: what stands before the inputs, such as the subscripts of Einsum.
        pick: which result is tested, where the op gives a list.
    """

    op: Any
    reference: Callable[..., Any]
    domain: tuple[Any, ...]
    shapes: list[tuple[Shape, ...]]
    settings: dict[str, Any] = field(default_factory=dict)
    analytic: bool = True
    order: int = 2
    wrt: tuple[int, ...] | None = None
    before: tuple[str, ...] = ()
    pick: int | None = None

    @property
    def positions(self) -> tuple[int, ...]:
        """The positions that have a derivative."""
        return tuple(range(len(self.domain))) if self.wrt is None else self.wrt

    @property
    def is_composition(self) -> bool:
        """Whether the op is made of others, so that its node is the last of them."""
        return not isinstance(self.op, type)

    def leaves(self, values: Any) -> list[gg.Node]:
        """Parameters of these values; an Input where the op offers no derivative and does not say why."""
        fit = {*self.positions, *getattr(self.op, "detached", ())} or {0}
        return [gg.Parameter(value) if k in fit else gg.Input(value) for k, value in enumerate(values)]

    @property
    def label(self) -> str:
        """The op and its settings."""
        settings = "-".join(f"{key}={value}" for key, value in self.settings.items())
        return "-".join(part for part in (self.op.__name__, *self.before, settings) if part).replace(" ", "")

    def draw(self, shapes: tuple[Shape, ...]) -> list[np.ndarray]:
        """Inputs of these shapes; the same on every run."""
        rng = np.random.default_rng(zlib.crc32(f"{self.label}{shapes}".encode()))
        return [np.asarray(draw(rng, shape)) for draw, shape in zip(self.domain, shapes, strict=True)]

    def build(self, *inputs: Any) -> Any:
        """The node."""
        return self._called(self.op, inputs)

    def expected(self, *inputs: Any) -> Any:
        """What the reference gives."""
        return self._called(self.reference, inputs)

    def _called(self, function: Callable[..., Any], inputs: tuple[Any, ...]) -> Any:
        given = (list(inputs),) if self.op in LISTS else inputs
        if self.op is kinks.Select:  # conditions, and as many choices
            given = (list(inputs[: len(inputs) // 2]), list(inputs[len(inputs) // 2 :]))
        result = function(*self.before, *given, **self.settings)
        return result if self.pick is None else result[self.pick]


LISTS = (gg.Concatenate, gg.Stack, joining.VStack, joining.HStack, joining.ColumnStack, joining.DStack, linear.MultiDot)
"""What takes a list of arrays."""


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


def others_along(x: Any, *along: Any, axes: Shape) -> Any:
    """Σ over distinct indices of one direction each × the product of the elements without these, for vectors."""
    count = len(x)
    return np.array(
        [
            sum(
                math.prod(direction[i] for direction, i in zip(along, taken, strict=True))
                * math.prod(x[k] for k in range(count) if k not in (*taken, left_out))
                for taken in permutations([i for i in range(count) if i != left_out], len(along))
            )
            for left_out in range(count)
        ]
    )


def _reductions(op: Any, reference: Callable[..., Any], of_none: bool) -> list[Case]:
    """Rows for all kinds of axes; `of_none`: whether it has a value where there is nothing to reduce."""
    trials: list[tuple[Any, bool, list[tuple[Shape, ...]]]] = [
        (None, False, ONE if of_none else [shapes for shapes in ONE if 0 not in shapes[0]]),
        (None, True, [((2, 3),)]),
        (0, False, [((3,),), ((2, 3),), ((2, 1, 3),)]),
        (-1, True, [((3,),), ((2, 3),)]),
        (1, False, [((2, 3),), ((2, 0) if of_none else (0, 2),)]),
        ((0, 2), False, [((2, 2, 3),)]),
        ((2, -3), True, [((2, 2, 3),)]),
        ((), False, [((2, 3),)]),
    ]
    return [Case(op, reference, (REAL,), shapes, {"axis": axis, "keepdims": keep}) for axis, keep, shapes in trials]


def _along(op: Any, reference: Callable[..., Any], **settings: Any) -> list[Case]:
    """Rows for ops along one axis."""
    trials: list[tuple[int, list[tuple[Shape, ...]]]] = [
        (0, [((3,),), ((2, 3),), ((2, 1, 3),), ((1,),), ((3, 0),)]),
        (-1, [((3,),), ((2, 3),), ((3, 1),), ((1, 1),), ((2, 2, 3),)]),
        (1, [((2, 3),), ((0, 2),), ((2, 3, 2),)]),
    ]
    return [Case(op, reference, (REAL,), shapes, {"axis": axis, **settings}) for axis, shapes in trials]


def _rows(op: Any, reference: Callable[..., Any], *trials: tuple[dict[str, Any], list[Shape]]) -> list[Case]:
    """Rows for an op of one input that moves elements: settings, and shapes that they fit."""
    return [Case(op, reference, (REAL,), [(shape,) for shape in shapes], settings) for settings, shapes in trials]


def _unary(op: Any, reference: Callable[..., Any], domain: Any = REAL) -> Case:
    return Case(op, reference, (domain,), ONE)


def _binary(op: Any, reference: Callable[..., Any], *domain: Any) -> Case:
    return Case(op, reference, domain or (REAL, REAL), PAIRS)


def _einsum(subscripts: str, *shapes: tuple[Shape, ...]) -> Case:
    return Case(gg.Einsum, np.einsum, (REAL,) * len(shapes[0]), list(shapes), before=(subscripts,))


def regular(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Matrices far from singular."""
    return rng.uniform(-0.3, 0.3, shape) + np.eye(shape[-1]) * 1.5


def definite(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Symmetric positive definite matrices."""
    root = regular(rng, shape)
    return root @ np.swapaxes(root, -1, -2)


def lower_root(x: Any) -> Any:
    """The Cholesky factor of the lower triangle of x, element by element, so that it is analytic."""
    root = np.zeros_like(x)
    for j in range(x.shape[-1]):
        for i in range(j, x.shape[-1]):
            rest = x[..., i, j] - np.sum(root[..., i, :j] * root[..., j, :j], axis=-1)
            root[..., i, j] = np.sqrt(rest) if i == j else rest / root[..., j, j]
    return root


def apart(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Matrices whose eigenvalues, or singular values, are far from each other and from 0."""
    return rng.uniform(-0.2, 0.2, shape) + np.eye(*shape[-2:]) * (1.0 + np.arange(shape[-1]))


def at_right_angles(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Matrices whose columns are of length 1 and at right angles."""
    return np.linalg.qr(rng.uniform(-1, 1, shape) + np.eye(*shape))[0]


def mirrored(x: Any, uplo: str) -> Any:
    """The symmetric matrix that one triangle of x stands for."""
    half = np.tril(x) if uplo == "L" else np.triu(x)
    return half + np.swapaxes(half, -1, -2) - x * np.eye(x.shape[-1])


def newton(x: Any, values: Any, vectors: Any) -> tuple[Any, Any]:
    """Eigenvalues and eigenvectors of symmetric matrices, by a step of Newton from those of the real part.

    It solves (x − λ) v = 0 and vᵀv = what it is, so it is analytic, and knows nothing of other eigenvalues.
    """
    n, count = vectors.shape[-2:]
    better_values, better = np.zeros(values.shape, x.dtype), np.zeros(vectors.shape, x.dtype)
    for k in range(count):
        v = vectors[..., k]
        system = np.zeros((*x.shape[:-2], n + 1, n + 1), x.dtype)
        system[..., :n, :n] = x - values[..., k, None, None] * np.eye(n)
        system[..., :n, n], system[..., n, :n] = -v, v
        error = np.concatenate((np.squeeze(system[..., :n, :n] @ v[..., None], -1), 0 * v[..., :1]), axis=-1)
        step = np.linalg.solve(system, error[..., None])[..., 0]
        better[..., k], better_values[..., k] = v - step[..., :n], values[..., k] - step[..., n]
    return better_values, better


def eigen(x: Any, UPLO: str = "L") -> tuple[Any, Any]:
    """Eigenvalues and eigenvectors."""
    return newton(mirrored(x, UPLO), *np.linalg.eigh(x.real, UPLO))


def singular(x: Any, **settings: Any) -> tuple[Any, Any, Any]:
    """Singular vectors and values: eigenvectors and eigenvalues of [[0, x], [xᵀ, 0]]."""
    left, values, right = np.linalg.svd(x.real, full_matrices=False)
    n, m = x.shape[-2:]
    whole = np.zeros((*x.shape[:-2], n + m, n + m), x.dtype)
    whole[..., :n, n:], whole[..., n:, :n] = x, np.swapaxes(x, -1, -2)
    values, both = newton(whole, values, np.concatenate((left, np.swapaxes(right, -1, -2)), axis=-2))
    return both[..., :n, :], values, np.swapaxes(both[..., n:, :], -1, -2)


def orthogonal_triangular(x: Any, **settings: Any) -> tuple[Any, Any]:
    """Q and R, from the Cholesky factor of xᵀ x, with NumPy's signs."""
    signs = np.sign(np.diagonal(np.linalg.qr(x.real)[1], axis1=-2, axis2=-1))
    root = np.swapaxes(lower_root(np.swapaxes(x, -1, -2) @ x), -1, -2) * signs[..., None]
    return x @ np.linalg.inv(root), root


def pseudo_inverse(x: Any) -> Any:
    """The pseudo-inverse of a matrix of full rank."""
    back = np.swapaxes(x, -1, -2)
    return np.linalg.inv(back @ x) @ back if x.shape[-2] > x.shape[-1] else back @ np.linalg.inv(x @ back)


def matrix_norm(x: Any, ord: Any = "fro", keepdims: bool = False, axis: Any = (-2, -1)) -> Any:
    """The norm of matrices, without absolute values of complex numbers."""
    x = np.moveaxis(x, axis, (-2, -1))
    if ord == "fro":
        result = np.sqrt(np.sum(x * x, axis=(-2, -1)))
    elif ord in ("nuc", 2, -2):
        values = singular(x)[1]
        result = np.sum(values, axis=-1) if ord == "nuc" else values[..., 0 if ord == 2 else -1]
    else:
        sums = np.sum(np.sqrt(x**2), axis=-2 if abs(ord) == 1 else -1)
        result = np.max(sums, axis=-1) if ord > 0 else np.min(sums, axis=-1)
    return np.expand_dims(result, tuple(k % (x.ndim) for k in axis)) if keepdims else result


OBLONG: list[tuple[Shape, ...]] = [
    ((2, 2),),
    ((3, 2),),
    ((2, 3),),
    ((4, 2),),
    ((3, 3),),
    ((1, 3),),
    ((3, 1),),
    ((1, 1),),
    ((2, 3, 2),),
    ((2, 2, 3),),
    ((0, 2),),
    ((0, 3, 2),),
]
TALL = [shapes for shapes in OBLONG if shapes[0][-2] >= shapes[0][-1]]


SQUARE: list[tuple[Shape, ...]] = [
    ((1, 1),),
    ((2, 2),),
    ((3, 3),),
    ((4, 4),),
    ((1, 2, 2),),
    ((2, 2, 2),),
    ((3, 1, 1),),
    ((2, 1, 2, 2),),
    ((2, 2, 3, 3),),
    ((0, 0),),
    ((0, 2, 2),),
    ((2, 0, 0),),
]


def kept(condition: Any, a: Any, b: Any) -> Any:
    """`a` where the condition holds, else `b`, in their broadcast shape."""
    return np.where(condition, a, b)


def mask(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Ones and zeros."""
    return rng.integers(0, 2, shape).astype(float)


def mean_square(x: Any, axis: Any = None, keepdims: bool = False, ddof: int = 0) -> Any:
    """The variance, without absolute values, so that it is analytic."""
    count = x.size if axis is None else math.prod(x.shape[k] for k in np.atleast_1d(axis).astype(int))
    distance = x - np.mean(x, axis=axis, keepdims=True)
    return np.sum(distance**2, axis=axis, keepdims=keepdims) / (count - ddof)


def share_of_exp(x: Any, axis: Any) -> Any:
    """The softmax, as it is defined."""
    return np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True)


def vector_norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The norm, without absolute values of complex numbers."""
    size = np.sqrt(x**2)
    if ord in (np.inf, -np.inf):
        return (np.max if ord > 0 else np.min)(size, axis=axis, keepdims=keepdims)
    power = 2 if ord is None else ord
    return np.sum(size**power, axis=axis, keepdims=keepdims) ** (1 / power)


def put_where(x: Any, like: Any, selection: Any) -> Any:
    """x added to zeros at an index that takes some places twice."""
    result = np.zeros(like.shape, np.result_type(x))
    for place, value in zip(selection.index[0], x, strict=True):
        result[place] += value
    return result


def covariances(x: Any, rowvar: bool = True, bias: bool = False, ddof: int | None = None) -> Any:
    """The covariances as sums, so that they are analytic."""
    x = np.atleast_2d(x) if rowvar else np.swapaxes(x, 0, 1)
    distance = x - np.mean(x, axis=1, keepdims=True)
    return np.squeeze(distance @ distance.T / (x.shape[1] - ((not bias) if ddof is None else ddof)))


def correlations(x: Any, rowvar: bool = True) -> Any:
    """The correlations, from the covariances."""
    products = covariances(x, rowvar)
    return products / np.sqrt(np.outer(np.diagonal(products), np.diagonal(products)))


def areas(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """The area under each line, one trapezium after the other."""
    lines = np.moveaxis(y, axis, -1)
    places = dx * np.arange(lines.shape[-1]) if x is None else np.asarray(x)
    zero = np.zeros(lines.shape[:-1], y.dtype)
    return sum(
        ((places[k + 1] - places[k]) * (lines[..., k] + lines[..., k + 1]) / 2 for k in range(lines.shape[-1] - 1)),
        start=zero,
    )


def sinc_derivative(x: Any, order: int) -> Any:
    """The first or second derivative of the cardinal sine, by the quotient rule."""
    first = (np.cos(np.pi * x) - np.sinc(x)) / x
    return first if order == 1 else -(np.pi**2) * np.sinc(x) - 2 * first / x


def places(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Places in increasing order, not too close."""
    return np.cumsum(rng.uniform(0.5, 1.5, shape))


def with_gaps(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Inputs with NaN among them, but not alone in a row or a column."""
    x = rng.uniform(0.3, 2.0, shape) * rng.choice([-1.0, 1.0], shape)
    return np.where(np.arange(x.size).reshape(shape) % 4 == 1, np.nan, x)


GAPS_AND_SMALL = ((with_gaps, between(-0.2, 0.2)), (between(-0.2, 0.2), with_gaps))


def lines_of(function: Callable[..., Any]) -> list[Case]:
    """Rows for a function that passes over NaN, along all kinds of axes."""
    return [
        Case(
            getattr(missing, f"Nan{function.__name__.removeprefix('nan').capitalize()}"),
            function, (with_gaps,), [(shape,) for shape in shapes], settings, analytic=False,
        )
        for settings, shapes in (
            ({}, [(3,), (2, 3), (1,), (2, 2, 3)]),
            ({"axis": 0}, [(3, 2), (4,)]),
            ({"axis": -1, "keepdims": True}, [(2, 3)]),
            ({"axis": (0, 2)}, [(2, 2, 3)]),
        )
    ]  # fmt: skip


CASES = [
    _binary(gg.Add, np.add),
    _binary(gg.Sub, np.subtract),
    _binary(gg.Mul, np.multiply),
    _binary(gg.Div, np.divide, REAL, away_from_zero),
    _unary(gg.Neg, np.negative),
    _binary(gg.Pow, np.power, POSITIVE, REAL),
    _unary(gg.Exp, np.exp),
    _unary(gg.Log, np.log, POSITIVE),
    _unary(gg.NegLog, lambda p: np.log(1 / p), between(0.1, 1.0)),
    _unary(gg.Sqrt, lambda x: np.power(x, 0.5), POSITIVE),
    _unary(gg.Sigmoid, lambda z: (1 + np.tanh(z / 2)) / 2),
    _unary(gg.LogSigmoid, lambda z: np.log((1 + np.tanh(z / 2)) / 2)),
    _unary(gg.Softplus, lambda z: np.log(1 + np.exp(z))),
    _unary(gg.Tanh, lambda x: np.sinh(x) / np.cosh(x)),
    _unary(gg.ReLU, lambda x: kept(x.real > 0, x, 0.0), away_from_zero),
    _binary(gg.XLogY, lambda x, y: x * np.log(y), REAL, POSITIVE),
    # powers, exponentials, logarithms
    _unary(gg.Square, lambda x: x**2),
    _unary(gg.Reciprocal, lambda x: x**-1.0, away_from_zero),
    _unary(gg.Cbrt, lambda x: x ** (1 / 3), POSITIVE),
    _unary(gg.Exp2, lambda x: np.exp(x * np.log(2))),
    _unary(gg.Expm1, lambda x: np.exp(x) - 1),
    _unary(gg.Log1p, lambda x: np.log(1 + x), between(-0.7, 2.0)),
    _unary(gg.Log2, lambda x: np.log(x) / np.log(2), POSITIVE),
    _unary(gg.Log10, lambda x: np.log(x) / np.log(10), POSITIVE),
    _binary(gg.LogAddExp, lambda a, b: np.log(np.exp(a) + np.exp(b))),
    # angles and lengths
    _unary(gg.Sin, lambda x: np.cos(x - np.pi / 2)),
    _unary(gg.Cos, lambda x: np.sin(x + np.pi / 2)),
    _unary(gg.Tan, lambda x: np.sin(x) / np.cos(x), between(-1.2, 1.2)),
    _unary(gg.ArcSin, np.arcsin, between(-0.9, 0.9)),
    _unary(gg.ArcCos, lambda x: np.pi / 2 - np.arcsin(x), between(-0.9, 0.9)),
    _unary(gg.ArcTan, np.arctan),
    _unary(gg.Sinh, lambda x: (np.exp(x) - np.exp(-x)) / 2),
    _unary(gg.Cosh, lambda x: (np.exp(x) + np.exp(-x)) / 2),
    _unary(gg.ArcSinh, lambda x: np.log(x + np.sqrt(x**2 + 1))),
    _unary(gg.ArcCosh, lambda x: np.log(x + np.sqrt(x**2 - 1)), between(1.2, 3.0)),
    _unary(gg.ArcTanh, lambda x: np.log((1 + x) / (1 - x)) / 2, between(-0.7, 0.7)),
    _binary(
        gg.ArcTan2, lambda y, x: 2 * np.arctan(y / (np.sqrt(x**2 + y**2) + x)), away_from_zero, away_from_zero
    ),
    _binary(gg.Hypot, lambda a, b: np.sqrt(a**2 + b**2), away_from_zero, REAL),
    # steps and kinks
    _unary(gg.Abs, lambda x: np.sqrt(x**2), away_from_zero),
    _unary(gg.Sign, lambda x: np.sign(x.real) + 0 * x, away_from_zero),
    _unary(gg.Floor, lambda x: np.floor(x.real) + 0 * x),
    _unary(gg.Ceil, lambda x: np.ceil(x.real) + 0 * x),
    _unary(gg.Round, lambda x: np.round(x.real) + 0 * x),
    Case(gg.Round, lambda x, decimals: np.round(x.real, 1) + 0 * x, (REAL,), [((3,),)], {"decimals": 1}),
    _binary(gg.FloorDivide, lambda a, b: np.floor((a / b).real) + 0 * (a * b), REAL, away_from_zero),
    _binary(gg.Mod, lambda a, b: a - b * np.floor((a / b).real), REAL, away_from_zero),
    _unary(kinks.Trunc, lambda x: np.trunc(x.real) + 0 * x),
    _binary(kinks.FMod, lambda a, b: a - 2 * b, between(2.2, 2.8), between(0.95, 1.05)),
    _binary(kinks.FMod, lambda a, b: a + 2 * b, between(-2.8, -2.2), between(0.95, 1.05)),
    _binary(kinks.CopySign, lambda a, b: kept((a.real < 0) == (b.real < 0), a, -a), away_from_zero, away_from_zero),
    Case(
        kinks.Select, lambda conditions, choices: kept(conditions[0] != 0, choices[0], 0 * choices[0]),
        (mask, REAL), [((3,), (3,)), ((2, 1), (2, 3)), ((), ())], wrt=(1,),
    ),
    Case(
        kinks.Select,
        lambda conditions, choices, default: kept(
            conditions[0] != 0, choices[0], kept(conditions[1] != 0, choices[1], default)
        ),
        (mask, mask, REAL, REAL), [((3,),) * 4, ((2, 3), (3,), (2, 1), ())], {"default": 7.0}, wrt=(2, 3),
    ),
    _binary(gg.Maximum, lambda a, b: kept(a.real > b.real, a, b)),
    _binary(gg.Minimum, lambda a, b: kept(a.real < b.real, a, b)),
    Case(
        gg.Clip, lambda x, a_min, a_max: kept(x.real < -1, -1, kept(x.real > 0.5, 0.5, x)), (REAL,), ONE,
        {"a_min": -1.0, "a_max": 0.5},
    ),
    Case(gg.Clip, lambda x, min: kept(x.real < 0.1, 0.1, x), (REAL,), [((2, 3),)], {"min": 0.1}),
    Case(
        gg.Where, lambda condition, a, b: kept(condition.real != 0, a, b), (mask, REAL, REAL),
        [((), *shapes) for shapes in PAIRS] + [((3,),) * 3, ((2, 1), (3,), ()), ((2, 3), (), (1, 3))], wrt=(1, 2),
    ),
    *(
        Case(op, lambda a, b, compare=compare: compare(a, b).astype(float), (mask, mask), PAIRS, wrt=())
        for op, compare in [
            (gg.Greater, np.greater), (gg.GreaterEqual, np.greater_equal), (gg.Less, np.less),
            (gg.LessEqual, np.less_equal), (gg.Equal, np.equal), (gg.NotEqual, np.not_equal),
        ]
    ),
    # reductions
    *_reductions(gg.Sum, np.sum, True),
    *_reductions(gg.Mean, np.mean, False),
    *_reductions(gg.Prod, np.prod, True),
    *_reductions(gg.Max, np.max, False),
    *_reductions(gg.Min, np.min, False),
    *_reductions(gg.LogSumExp, lambda x, **over: np.log(np.sum(np.exp(x), **over)), False),
    *_reductions(gg.Norm, vector_norm, False),
    *_reductions(reductions.Length, vector_norm, False),
    *_reductions(gg.Var, mean_square, False),
    Case(gg.Var, mean_square, (REAL,), [((3,),), ((2, 3),)], {"axis": 0, "ddof": 1}),
    *(
        Case(gg.Std, lambda x, axis, **more: np.sqrt(mean_square(x, axis, **more)), (REAL,), shapes, settings)
        for settings, shapes in [
            ({"axis": None}, [((3,),), ((2, 3),), ((1, 3),), ((3, 1),), ((2, 1, 3),), ((2, 2, 2),)]),
            ({"axis": -1, "keepdims": True}, [((3,),), ((2, 3),), ((0, 2),)]),
            ({"axis": 0, "ddof": 1}, [((3,),), ((2, 3),), ((3, 0),)]),
            ({"axis": (0, 2)}, [((2, 2, 3),)]),
        ]
    ),
    *(
        Case(gg.Norm, vector_norm, (away_from_zero,), [((3,),), ((2, 3),)], {"ord": power, "axis": -1})
        for power in (1, 2, 3, np.inf, -np.inf)
    ),
    *(
        Case(gg.Norm, matrix_norm, (apart,), [((3, 3),), ((2, 3),), ((3, 2),)], {"ord": power, "axis": axis})
        for power in ("fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf)
        for axis in [(0, 1), (-1, 0)]
    ),
    *(
        Case(
            statistics.MatrixNorm, matrix_norm, (apart,), [((3, 3),), ((2, 2, 3),)],
            {"ord": power, "keepdims": power in ("nuc", 1)},
        )
        for power in ("fro", "nuc", 2, -2, 1, -np.inf)
    ),
    *(
        Case(
            statistics.VectorNorm, vector_norm, (away_from_zero,), [((3, 2),), ((2, 3),)],
            {"ord": power, "axis": axis, "keepdims": axis is None},
        )
        for power in (1, 2, 3, np.inf)
        for axis in (None, 0, (0, 1))
    ),
    *_along(gg.Softmax, share_of_exp),
    *_along(gg.LogSoftmax, lambda x, axis: np.log(share_of_exp(x, axis))),
    Case(
        statistics.PeakToPeak, lambda x, axis: np.max(x, axis=axis) - np.min(x, axis=axis), (REAL,),
        [((3,),), ((2, 3),)], {"axis": 0},
    ),
    # order
    *_along(gg.CumSum, np.cumsum),
    Case(gg.CumSum, np.cumsum, (REAL,), ONE, {"axis": None}),
    *_along(gg.Sort, np.sort),
    Case(gg.Sort, np.sort, (REAL,), [((2, 3),), ((0, 2),)], {"axis": None}),
    Case(order.Partition, lambda x, kth, axis: np.sort(x, axis), (REAL,), [((4, 2),), ((3,),)], {"kth": 1, "axis": 0}),
    *(
        Case(
            order.SortLike, lambda x, like, axis: np.take_along_axis(x, np.argsort(like.real, axis=axis), axis),
            (REAL, REAL), [((3, 2), (3, 2))], {"axis": axis}, wrt=(0,),
        )
        for axis in (0, 1)
    ),
    Case(
        order.UnsortLike, lambda x, like, axis: x[np.argsort(np.argsort(like.real))], (REAL, REAL),
        [((4,), (4,)), ((0,), (0,))], {"axis": 0}, wrt=(0,),
    ),
    Case(order.Diff, np.diff, (REAL,), [((4,),), ((2, 3),)], {"n": 1, "axis": 0}),
    Case(order.Diff, np.diff, (REAL,), [((4,),), ((2, 3),)], {"n": 2, "axis": -1}),
    # products that sum
    Case(gg.MatMul, np.matmul, (REAL, REAL), MATRICES),
    Case(gg.Dot, np.dot, (REAL, REAL), [shapes for shapes in MATRICES if len(shapes[0] + shapes[1]) < 5]),
    Case(gg.Dot, np.dot, (REAL, REAL), [((), ()), ((), (2, 3)), ((2,), ()), ((2, 2, 3), (2, 3, 2)), ((2, 2, 3), (3,))]),
    Case(
        gg.Outer, np.outer, (REAL, REAL),
        [(a, b) for a in [(), (3,), (2, 2), (0,)] for b in [(2,), (1, 3), ()]],
    ),
    Case(linear.Inner, np.inner, (REAL, REAL), [((3,), (3,)), ((2, 3), (3,)), ((2, 3), (4, 3)), ((), (2,))]),
    Case(linear.VDot, np.vdot, (REAL, REAL), [((3,), (3,)), ((2, 3), (3, 2))], analytic=False),
    *(
        Case(gg.TensorDot, np.tensordot, (REAL, REAL), shapes, {"axes": axes})
        for axes, shapes in [
            (0, [((), ()), ((2,), (3,)), ((2, 1), (3,)), ((0,), (2,))]),
            (1, [((3,), (3,)), ((2, 3), (3, 4)), ((2, 2, 3), (3,)), ((0, 3), (3, 2))]),
            (2, [((2, 3), (2, 3)), ((2, 2, 3), (2, 3, 1))]),
            (([0], [1]), [((3, 2), (2, 3))]),
            (([0, 1], [1, 0]), [((3, 2), (2, 3)), ((3, 2, 1), (2, 3, 2))]),
        ]
    ),
    _einsum("ij,jk->ik", ((2, 3), (3, 2)), ((0, 3), (3, 2))),
    _einsum("ij->ji", ((2, 3),)),
    _einsum("ij->", ((2, 3),)),
    _einsum("ij->i", ((2, 3),), ((2, 0),)),
    _einsum("ii->i", ((3, 3),)),
    _einsum("ii", ((3, 3),)),
    _einsum("iij,j->ij", ((2, 2, 3), (3,))),
    _einsum("i,i", ((3,), (3,))),
    _einsum("i,j", ((3,), (2,))),
    _einsum(",i->i", ((), (3,))),
    _einsum("ij,j,j->i", ((2, 3), (3,), (3,))),
    _einsum("...ij,...jk->...ik", ((2, 2, 3), (3, 2)), ((2, 1, 2, 3), (2, 3, 2))),
    _einsum("b...,b...", ((2, 3), (2, 3))),
    _einsum("ik,jk", ((2, 3), (1, 3))),
    Case(
        linear.Contraction, lambda a, b, subscripts: np.einsum(subscripts, a, b), (REAL, REAL),
        [((2, 3), (3, 2))], {"subscripts": "ij,jk->ik"},
    ),
    Case(gg.Inv, np.linalg.inv, (regular,), SQUARE),
    Case(gg.Cholesky, lower_root, (definite,), SQUARE),
    Case(inverse.LogAbsDet, lambda x: np.log(np.linalg.det(x)), (regular,), SQUARE),
    Case(inverse.SignOfDet, lambda x: np.sign(np.linalg.det(x)), (regular,), [((2, 2),), ((2, 3, 3),)], wrt=()),
    Case(inverse.SignAndLogDet, lambda x: (1.0, np.log(np.linalg.det(x))), (regular,), [((2, 2),)], pick=1),
    Case(gg.Det, np.linalg.det, (regular,), SQUARE),
    *(
        case
        for uplo in "LU"
        for case in (
            Case(decompositions.EigenValues, lambda x, UPLO: eigen(x, UPLO)[0], (apart,), SQUARE, {"UPLO": uplo}),
            Case(decompositions.EigenVectors, lambda x, UPLO: eigen(x, UPLO)[1], (apart,), SQUARE, {"UPLO": uplo}),
        )
    ),
    *(Case(decompositions.EigenDecomposition, eigen, (apart,), [((3, 3),)], pick=pick) for pick in (0, 1)),
    Case(decompositions.SingularValues, lambda x: singular(x)[1], (apart,), OBLONG),
    Case(decompositions.LeftVectors, lambda x: singular(x)[0], (apart,), OBLONG),
    Case(decompositions.RightVectors, lambda x: singular(x)[2], (apart,), OBLONG),
    *(
        Case(
            decompositions.SingularValueDecomposition, singular, (apart,), [((3, 2),), ((2, 2, 3),)],
            {"full_matrices": False}, pick=pick,
        )
        for pick in (0, 1, 2)
    ),
    Case(
        decompositions.SingularValueDecomposition, lambda x, compute_uv: singular(x)[1], (apart,), [((3, 2),)],
        {"compute_uv": False},
    ),
    Case(decompositions.PInv, pseudo_inverse, (apart,), OBLONG),
    *(
        Case(decompositions.PInv, lambda x, **given: pseudo_inverse(x), (apart,), [((3, 2),)], {given: 1e-6})
        for given in ("rcond", "rtol")
    ),
    Case(decompositions.Orthogonal, lambda x: orthogonal_triangular(x)[0], (apart,), TALL),
    Case(decompositions.UpperTriangular, lambda x: orthogonal_triangular(x)[1], (apart,), TALL),
    *(
        Case(decompositions.QRDecomposition, orthogonal_triangular, (apart,), [((3, 2),)], pick=pick)
        for pick in (0, 1)
    ),
    Case(
        decompositions.QRDecomposition, lambda x, mode: orthogonal_triangular(x)[1], (apart,), [((3, 2),)],
        {"mode": "r"},
    ),
    Case(
        decompositions.Outside, lambda x, u: x - u @ np.linalg.solve(u.T @ u, u.T @ x), (REAL, at_right_angles),
        [((3, 2), (3, 2)), ((3, 4), (3, 1)), ((2, 2), (2, 2))], order=1,
    ),
    Case(
        decompositions.Reliable, lambda x, size, used: x + 0 * size * used, (away_from_zero, REAL, REAL),
        [((2, 3), (1, 3), (2, 3))], wrt=(0,),
    ),
    Case(
        gg.Solve, np.linalg.solve, (regular, REAL),
        [
            ((2, 2), (2,)), ((3, 3), (3,)), ((1, 1), (1,)), ((0, 0), (0,)), ((2, 2), (2, 2)), ((3, 3), (3, 2)),
            ((2, 2), (2, 0)), ((2, 2, 2), (2, 2, 1)), ((2, 2, 2), (2,)), ((2, 2), (3, 2, 1)), ((2, 1, 2, 2), (3, 2, 2)),
            ((0, 2, 2), (2, 1)),
        ],
    ),
    *(
        Case(gg.Trace, np.trace, (REAL,), shapes, settings)
        for settings, shapes in [
            ({}, [((2, 2),), ((2, 3),), ((3, 2),), ((1, 1),), ((2, 2, 3),), ((0, 2),)]),
            ({"offset": 1}, [((3, 3),), ((2, 3),), ((2, 2, 2),)]),
            ({"offset": -1, "axis1": 1, "axis2": 2}, [((2, 3, 3),), ((2, 2, 2),), ((0, 2, 2),)]),
        ]
    ),
    *_rows(
        linear.MatrixTrace, lambda x, offset=0: np.trace(x, offset, -2, -1),
        ({}, [(2, 2), (2, 2, 3)]), ({"offset": 1}, [(2, 3, 3)]),
    ),
    *_rows(
        linear.MatrixDiagonal, lambda x, offset=0: np.diagonal(x, offset, -2, -1),
        ({}, [(2, 2), (2, 2, 3)]), ({"offset": 1}, [(2, 3, 3)]),
    ),
    *_rows(linear.MatrixTranspose, np.matrix_transpose, ({}, [(2, 3), (2, 1, 3)])),
    *(
        Case(
            linear.VecDot, lambda a, b, axis: np.sum(np.moveaxis(a, axis, -1) * np.moveaxis(b, axis, -1), axis=-1),
            (REAL, REAL), shapes, {"axis": axis},
        )
        for axis, shapes in [
            (-1, [((3,), (3,)), ((2, 3), (3,)), ((4, 1, 3), (2, 3)), ((2, 0), (0,))]),
            (0, [((3, 2), (3, 2)), ((3, 2), (3,))]),
        ]
    ),
    Case(
        linear.MatVec, lambda a, b: np.sum(a * b[..., None, :], axis=-1), (REAL, REAL),
        [((2, 3), (3,)), ((4, 2, 3), (3,)), ((2, 3), (4, 3)), ((2, 0), (0,))],
    ),
    Case(
        linear.VecMat, lambda a, b: np.sum(a[..., None] * b, axis=-2), (REAL, REAL),
        [((2,), (2, 3)), ((2,), (4, 2, 3)), ((4, 2), (2, 3)), ((0,), (0, 2))],
    ),
    Case(
        linear.Kron, np.kron, (REAL, REAL),
        [
            ((), ()), ((3,), (2,)), ((2, 3), (3, 2)), ((2, 1), (3,)), ((2,), (1, 2, 2)), ((), (2, 2)), ((0,), (2,)),
            ((2, 1, 2), (1, 2, 2)),
        ],
    ),
    *_rows(
        linear.MergePairs, lambda x: x.reshape([a * b for a, b in zip(x.shape[::2], x.shape[1::2], strict=True)]),
        ({}, [(2, 3), (2, 1, 3, 2), ()]),
    ),
    *(
        Case(linear.MatrixPower, np.linalg.matrix_power, (regular,), [((2, 2),), ((2, 3, 3),)], {"n": n}, wrt=wrt)
        for n, wrt in [(-3, None), (-1, None), (0, ()), (2, None), (3, None), (5, None), (6, None)]
    ),
    Case(
        linear.MultiDot, lambda arrays: np.linalg.multi_dot(arrays), (REAL, REAL),
        [((2, 3), (3, 2)), ((3,), (3, 2)), ((2, 3), (3,)), ((3,), (3,))],
    ),
    Case(
        linear.MultiDot, lambda arrays: np.linalg.multi_dot(arrays), (REAL,) * 4,
        [((2, 3), (3, 1), (1, 4), (4, 2)), ((3,), (3, 2), (2, 4), (4,)), ((0, 3), (3, 2), (2, 2), (2, 1))],
    ),
    # shapes
    *_rows(
        gg.Reshape, np.reshape,
        ({"shape": (3, 2)}, [(2, 3), (6,), (1, 6), (6, 1), (3, 2)]),
        ({"shape": -1}, [(2, 3), (4,), (), (1, 1), (2, 1, 3)]),
        ({"shape": (2, 0)}, [(0, 3), (0,)]),
    ),
    *_rows(gg.Ravel, np.ravel, ({}, [shape for (shape,) in ONE])),
    *_rows(
        gg.Transpose, np.transpose,
        ({"axes": None}, [shape for (shape,) in ONE]),
        ({"axes": (1, 2, 0)}, [(2, 1, 3), (0, 2, 1)]),
        ({"axes": (-1, 0, 1)}, [(2, 1, 3)]),
    ),
    *_rows(
        gg.SwapAxes, np.swapaxes,
        ({"axis1": 0, "axis2": 1}, [(2, 3), (1, 3), (3, 1), (2, 1, 3), (0, 4), (2, 2, 3)]),
        ({"axis1": -1, "axis2": 0}, [(3,), (2, 3), (2, 1, 3), (2, 2, 3), (0, 2), (2, 0, 1)]),
    ),
    *_rows(
        gg.MoveAxis, np.moveaxis,
        ({"source": 0, "destination": -1}, [(3,), (2, 3), (2, 1, 3), (2, 2, 3), (0, 4), (2, 1, 3, 2)]),
        ({"source": (0, 1), "destination": (-1, -2)}, [(2, 3), (2, 1, 3), (2, 0, 1), (2, 1, 3, 2)]),
        ({"source": (2, 0), "destination": (0, 1)}, [(2, 1, 3), (2, 1, 3, 2)]),
    ),
    *_rows(
        gg.ExpandDims, np.expand_dims,
        ({"axis": 0}, [(2, 3), (3,), (0, 2), (1,), ()]),
        ({"axis": -1}, [(2, 3), (), (0,), (1, 1)]),
        ({"axis": (0, 2)}, [(2, 3), (3,), (0,)]),
    ),
    *_rows(
        gg.Squeeze, np.squeeze,
        ({"axis": None}, [(1, 3), (), (1,), (1, 1), (2, 1, 3), (2, 3), (1, 0)]),
        ({"axis": 0}, [(1, 3), (1,), (1, 1), (1, 0)]),
        ({"axis": (0, -1)}, [(1, 3, 1), (1, 1)]),
    ),
    *_rows(
        gg.BroadcastTo, np.broadcast_to,
        ({"shape": (2, 3)}, [(), (1,), (3,), (1, 3), (2, 1), (1, 1), (2, 3)]),
        ({"shape": (4, 2, 3)}, [(2, 3), (3,), (1, 2, 1), (4, 1, 1)]),
        ({"shape": (0, 3)}, [(3,), (1, 1), (), (0, 1)]),
    ),
    # selections
    *_rows(
        gg.GetItem, lambda x, index: x[index],
        ({"index": 0}, [(3,), (2, 3), (2, 0)]),
        ({"index": (-1, slice(None, None, -1))}, [(2, 3), (1, 1), (2, 3, 2)]),
        ({"index": (Ellipsis, slice(0, 2), None)}, [(3,), (2, 3), (0,)]),
        ({"index": ([0, 2, 0],)}, [(3,), (3, 2), (3, 0)]),
        ({"index": ([0, 1, 0], [1, 1, 1])}, [(2, 3), (2, 2, 2)]),
        ({"index": (slice(None), [1, 1])}, [(2, 3), (0, 2)]),
        ({"index": np.array([True, False, True])}, [(3,), (3, 2)]),
        ({"index": ()}, [(), (2, 3)]),
        ({"index": []}, [(3,)]),
        ({"index": slice(5, 9)}, [(3,)]),
    ),
    *_rows(
        gg.Diagonal, np.diagonal,
        ({}, [(2, 2), (2, 3), (3, 2), (1, 1), (2, 2, 3), (0, 2)]),
        ({"offset": 1}, [(3, 3), (2, 3), (2, 2, 2)]),
        ({"offset": -1, "axis1": 1, "axis2": 2}, [(2, 3, 3), (2, 2, 2), (0, 2, 2)]),
    ),
    *_rows(
        gg.Repeat, np.repeat,
        ({"repeats": 2}, [shape for (shape,) in ONE[:9]]),
        ({"repeats": 3, "axis": 1}, [(2, 3), (1, 3), (2, 0)]),
        ({"repeats": [0, 2, 1], "axis": -1}, [(3,), (2, 3)]),
    ),
    *_rows(
        gg.Tile, np.tile,
        ({"reps": 2}, [(), (3,), (2, 3), (1,), (0, 2), (2, 1, 3)]),
        ({"reps": (2, 3)}, [(), (3,), (2, 3), (2, 1, 3), (0,), (1, 1)]),
    ),
    *_rows(
        gg.Roll, np.roll,
        ({"shift": 1}, [(), (3,), (2, 3), (1,), (0,), (2, 1, 3)]),
        ({"shift": -2, "axis": 0}, [(3,), (2, 3), (0, 2), (3, 1)]),
        ({"shift": (1, 2), "axis": (0, 1)}, [(2, 3), (3, 1)]),
    ),
    *_rows(
        gg.Flip, np.flip,
        ({"axis": None}, [(), (3,), (2, 3), (0,), (2, 1, 3)]),
        ({"axis": 0}, [(3,), (2, 3), (0, 2), (3, 1)]),
        ({"axis": (0, -1)}, [(2, 3), (2, 1, 3), (1, 1)]),
    ),
    *_rows(
        gg.Pad, np.pad,
        ({"pad_width": 1}, [(3,), (2, 3), (1,), (0,), (), (2, 1, 3)]),
        ({"pad_width": ((0, 2), (1, 0))}, [(2, 3), (1, 1), (0, 2)]),
        *(({"pad_width": 1, "mode": mode}, [(3,), (2, 3)]) for mode in ("edge", "reflect", "symmetric", "wrap")),
    ),
    *_rows(
        selection.TakeAlongAxis, np.take_along_axis,
        ({"indices": np.array([[1], [0]]), "axis": 1}, [(2, 3)]),
        ({"indices": np.array([[2, 0, 0]]), "axis": 0}, [(3, 3)]),
        ({"indices": np.array([1, 1, 4]), "axis": None}, [(2, 3)]),
    ),
    *_rows(
        selection.Delete, np.delete,
        ({"obj": 1}, [(3,), (2, 2)]), ({"obj": [0, -1], "axis": 1}, [(2, 3)]),
        ({"obj": slice(0, 2), "axis": 0}, [(3, 2)]),
    ),
    *_rows(selection.DiagFlat, np.diagflat, ({}, [(2,), (2, 2), ()]), ({"k": -1}, [(2,)])),
    *_rows(
        gg.Triu, np.triu,
        ({}, [(2, 2), (2, 3), (3, 2), (1, 1), (2, 2, 3), (0, 2), (2, 3, 3)]),
        ({"k": 1}, [(3, 3), (2, 3), (2, 2, 2)]),
        ({"k": -1}, [(3, 3), (4, 2)]),
    ),
    *_rows(
        gg.Tril, np.tril,
        ({}, [(2, 2), (2, 3), (3, 2), (1, 1), (2, 2, 3), (0, 2), (2, 3, 3)]),
        ({"k": 1}, [(3, 3), (2, 3), (2, 2, 2)]),
        ({"k": -1}, [(3, 3), (4, 2)]),
    ),
    Case(
        selection.PutBack, put_where, (REAL, REAL), [((3,), (4,))],
        {"selection": gg.GetItem(np.zeros(4), [0, 2, 0])}, wrt=(0,),
    ),
    Case(
        selection.Part, lambda x, position, indices_or_sections: np.split(x, indices_or_sections)[position], (REAL,),
        [((4,),), ((4, 2),)], {"position": 1, "indices_or_sections": 2},
    ),
    *_rows(
        selection.Diag, np.diag,
        ({"k": 0}, [(3,), (2, 3), (0,)]),
        ({"k": -1}, [(2,), (3, 3)]),
    ),
    # joining and cutting
    *(
        Case(gg.Concatenate, np.concatenate, (REAL,) * len(shapes[0]), shapes, {"axis": axis})
        for axis, shapes in [
            (0, [((3,), (2,)), ((2, 3), (1, 3)), ((0, 2), (2, 2)), ((1,), (1,))]),
            (0, [((3,), (2,), (0,)), ((2, 1), (1, 1), (3, 1))]),
            (-1, [((2, 3), (2, 1)), ((2, 1, 3), (2, 1, 2)), ((3,), (3,))]),
            (None, [((2, 3), (2,)), ((), (2, 1)), ((1, 2), (0,))]),
        ]
    ),
    *(
        Case(gg.Stack, np.stack, (REAL, REAL), [(shape, shape) for shape in shapes], {"axis": axis})
        for axis, shapes in [
            (0, [(), (3,), (2, 3), (0,), (1, 1), (2, 1, 3)]),
            (-1, [(), (3,), (2, 3), (0, 2), (1,)]),
            (1, [(3,), (2, 3)]),
        ]
    ),
    *(
        Case(gg.Split, np.split, (REAL,), shapes, {"indices_or_sections": cut, "axis": axis}, pick=pick)
        for cut, axis, pick, shapes in [
            (2, 0, 1, [((4,),), ((2, 3),), ((4, 1),), ((2, 0),)]),
            (3, -1, 0, [((3,),), ((2, 3),), ((0, 3),), ((2, 1, 6),)]),
            ([1, 3], 0, 1, [((4,),), ((3, 2),), ((4, 2, 1),), ((2, 2),)]),
        ]
    ),
    Case(joining.DStack, np.dstack, (REAL, REAL), [((3,), (3,)), ((), (1, 1)), ((2, 2), (2, 2, 3))]),
    Case(joining.VStack, np.vstack, (REAL, REAL), [((3,), (2, 3)), ((), (2, 1)), ((2, 2), (1, 2))]),
    Case(joining.HStack, np.hstack, (REAL, REAL), [((3,), (2,)), ((), (2,)), ((2, 2), (2, 1))]),
    Case(joining.ColumnStack, np.column_stack, (REAL, REAL), [((3,), (3, 2)), ((2, 2), (2, 1)), ((2,), (2,))]),
    Case(
        joining.Piece, lambda x, a, b, position, axis: x[len(a) :], (REAL, REAL, REAL), [((5,), (2,), (3,))],
        {"position": 1, "axis": 0}, wrt=(0,),
    ),
    *(
        Case(op, split, (REAL,), [(shape,)], {"indices_or_sections": cut}, pick=1)
        for op, split, cut, shape in [
            (joining.ArraySplit, np.array_split, 3, (5, 2)),
            (joining.ArraySplit, np.array_split, [1, 2], (5,)),
            (joining.VSplit, np.vsplit, 2, (4, 3)),
            (joining.HSplit, np.hsplit, 2, (2, 4)),
            (joining.HSplit, np.hsplit, [1], (4,)),
            (joining.DSplit, np.dsplit, 2, (1, 2, 4)),
        ]
    ),
    Case(joining.Append, np.append, (REAL, REAL), [((2, 3), (1, 3))], {"axis": 0}),
    Case(joining.Append, np.append, (REAL, REAL), [((2, 3), (2,)), ((), ())]),
    # other words
    Case(shorthands.Itself, np.positive, (REAL,), [((2, 3),), ((),)]),
    Case(shorthands.Degrees, lambda x: x * 180 / np.pi, (REAL,), [((2, 3),)]),
    Case(shorthands.Radians, lambda x: x * np.pi / 180, (REAL,), [((2, 3),)]),
    Case(shorthands.AsType, lambda x, dtype: x + 0, (REAL,), [((2, 3),), ((),)], {"dtype": "f8"}),
    Case(
        shorthands.FullLike, lambda like, x: np.broadcast_to(x, like.shape), (REAL, REAL),
        [((2, 3), ()), ((2, 3), (3,))], wrt=(1,),
    ),
    Case(shorthands.OnesLike, np.ones_like, (REAL,), [((2, 3),), ((),)], wrt=()),
    Case(shorthands.ZerosLike, np.zeros_like, (REAL,), [((2, 3),), ((),)], wrt=()),
    *_rows(
        shorthands.Take, np.take,
        ({"indices": [0, 2, 0]}, [(3,), (2, 3)]),
        ({"indices": [[1, 0]], "axis": 1}, [(2, 3), (2, 2, 2)]),
        ({"indices": -1, "axis": 0}, [(3,), (2, 3)]),
    ),
    *_rows(shorthands.AtLeast1D, np.atleast_1d, ({}, [(), (3,), (2, 3)])),
    *_rows(shorthands.AtLeast2D, np.atleast_2d, ({}, [(), (3,), (2, 3)])),
    *_rows(shorthands.AtLeast3D, np.atleast_3d, ({}, [(), (3,), (2, 3), (2, 1, 3)])),
    *_rows(shorthands.FlipUD, np.flipud, ({}, [(3,), (2, 3)])),
    *_rows(shorthands.FlipLR, np.fliplr, ({}, [(2, 3), (2, 3, 2)])),
    *_rows(
        shorthands.Rot90, np.rot90,
        ({}, [(2, 3), (2, 3, 2)]), ({"k": 2}, [(2, 3)]), ({"k": -1}, [(2, 3)]), ({"axes": (2, 1)}, [(2, 2, 3)]),
    ),
    *_rows(
        shorthands.RollAxis, np.rollaxis,
        ({"axis": 2}, [(2, 1, 3)]), ({"axis": 0, "start": 3}, [(2, 1, 3)]), ({"axis": -1, "start": 1}, [(2, 1, 3)]),
    ),
    Case(shorthands.Cross, np.cross, (REAL, REAL), [((3,), (3,)), ((2, 3), (3,)), ((2, 3), (2, 3))]),
    Case(shorthands.Cross, np.cross, (REAL, REAL), [((3, 2), (3, 2))], {"axis": 0}),
    Case(shorthands.Cross, np.cross, (REAL, REAL), [((3, 2), (2, 3))], {"axisa": 0, "axisc": 0}),
    Case(shorthands.Angle, lambda x: kept(x < 0, np.pi, 0.0), (away_from_zero,), ONE, wrt=()),
    Case(shorthands.Angle, lambda x, deg: kept(x < 0, 180.0, 0.0), (away_from_zero,), [((3,),)], {"deg": True}, wrt=()),
    _binary(shorthands.LogAddExp2, lambda a, b: np.log(np.exp(a * np.log(2)) + np.exp(b * np.log(2))) / np.log(2)),
    *_rows(shorthands.FFTShift, np.fft.fftshift, ({}, [(3,), (2, 3)]), ({"axes": 1}, [(2, 3)])),
    *_rows(shorthands.IFFTShift, np.fft.ifftshift, ({}, [(3,), (2, 3)]), ({"axes": 1}, [(2, 3)])),
    Case(shorthands.Average, np.average, (REAL,), [((2, 3),)], {"axis": 0}),
    Case(
        shorthands.Average, lambda x, weights: np.sum(x * weights) / 6, (REAL,), [((3,),)],
        {"weights": np.array([1.0, 2.0, 3.0])},
    ),
    # the cardinal sine
    _unary(sinc.Sinc, np.sinc, between(-1.5, 1.5)),
    Case(sinc.Sinc, np.sinc, (between(2.5, 9.5),), [((3,),), ((2, 3),)]),
    *(
        Case(sinc.SincDerivative, sinc_derivative, (domain,), [((3,),), ((2, 3),), ((),), ((0,),)], {"order": order})
        for domain in (between(0.4, 1.9), between(-9.5, -4.5))
        for order in (1, 2)
    ),
    # missing values
    *(Case(missing.FMax, np.fmax, domain, PAIRS, analytic=False) for domain in GAPS_AND_SMALL),
    *(Case(missing.FMin, np.fmin, domain, PAIRS, analytic=False) for domain in GAPS_AND_SMALL),
    Case(missing.NanToNum, np.nan_to_num, (with_gaps,), ONE, analytic=False),
    Case(missing.NanToNum, np.nan_to_num, (with_gaps,), [((3,),)], {"nan": 5.0}, analytic=False),
    *(
        row
        for function in (np.nansum, np.nanprod, np.nanmean, np.nanvar, np.nanstd, np.nanmax, np.nanmin)
        for row in lines_of(function)
    ),
    *(
        Case(op, function, (with_gaps,), [((4, 3),)], {"axis": 1, "ddof": 1}, analytic=False)
        for op, function in ((missing.NanVar, np.nanvar), (missing.NanStd, np.nanstd))
    ),
    Case(missing.IsNumber, lambda x: (x == x).astype(float), (with_gaps,), ONE, wrt=()),
    # samples
    *(
        Case(samples.Quantile, np.quantile, (REAL,), [(shape,) for shape in shapes], settings, analytic=False)
        for settings, shapes in (
            ({"q": 0.3}, [(5,), (2, 3), (), (1,)]),
            ({"q": 0.25, "axis": 1, "keepdims": True}, [(2, 5), (2, 3, 2)]),
            ({"q": 1.0, "axis": 0}, [(3, 2)]),
            ({"q": [0.1, 0.75], "axis": 0}, [(4, 2), (3,)]),
            ({"q": [0.0, 0.5], "keepdims": True}, [(2, 2)]),
        )
    ),
    Case(samples.Percentile, np.percentile, (REAL,), [((2, 4),)], {"q": 30, "axis": 1}, analytic=False),
    *(
        Case(samples.Median, np.median, (REAL,), [(shape,) for shape in shapes], settings, analytic=False)
        for settings, shapes in (({}, [(5,), (2, 3)]), ({"axis": 1, "keepdims": True}, [(2, 4)]))
    ),
    Case(
        samples.QuantileWeights, lambda x, q: np.maximum(1 - np.abs(np.arange(x.shape[-1]) - q * (x.shape[-1] - 1)), 0),
        (REAL,), [((5,),), ((2, 1),)], {"q": 0.3}, wrt=(),
    ),
    *_rows(
        samples.Cov, covariances,
        ({}, [(2, 4), (1, 3), (4,)]), ({"rowvar": False}, [(4, 2)]), ({"bias": True}, [(2, 3)]), ({"ddof": 0}, [(3,)]),
    ),
    *_rows(samples.CorrCoef, correlations, ({}, [(2, 4), (3, 3)]), ({"rowvar": False}, [(4, 2)])),
    # grids
    *_rows(
        calculus.Trapezoid, areas,
        ({}, [(4,), (2, 3), (1,), (0,)]), ({"axis": 0, "dx": 0.5}, [(3, 2)]),
        ({"x": [0.0, 1.0, 4.0]}, [(3,), (2, 3)]), ({"x": [0.0, 1.0, 4.0], "axis": 0}, [(3, 2)]),
    ),
    *(
        Case(calculus.Gradient, np.gradient, (REAL,), [(shape,) for shape in shapes], settings)
        for settings, shapes in (
            ({}, [(4,), (2,)]),
            ({"axis": 1}, [(2, 3), (2, 3, 2)]),
            ({"axis": 0, "edge_order": 2}, [(4, 2), (3,)]),
        )
    ),
    Case(calculus.Gradient, np.gradient, (REAL,), [((2, 3),)], {"axis": (1, 0)}, pick=1),
    *(
        Case(calculus.Gradient, np.gradient, (REAL, places), [((5,), (5,)), ((3,), (3,))], {"edge_order": edge_order})
        for edge_order in (1, 2)
    ),
    Case(calculus.Gradient, np.gradient, (REAL, POSITIVE), [((4,), ())]),
    Case(
        calculus.EvenShares, lambda a, b, num, endpoint: np.linspace(0, 1, num).reshape(-1, 1), (REAL, REAL),
        [((3,), ()), ((0,), (1,))], {"num": 5, "endpoint": True}, wrt=(),
    ),
    *(
        Case(calculus.Linspace, np.linspace, (REAL, REAL), shapes, settings)
        for settings, shapes in (
            ({"num": 4}, [((), ()), ((3,), (2, 1)), ((0,), ())]),
            ({"num": 3, "endpoint": False, "axis": -1}, [((2,), ())]),
            ({"num": 1}, [((2,), (2,))]),
            ({"num": 0}, [((), ())]),
        )
    ),
    # what derivatives need
    Case(
        gg.Heaviside,
        lambda x, at_zero: kept(x.real > 0, 1.0, 0 * at_zero),
        (away_from_zero, REAL),
        PAIRS,
        wrt=(1,),
    ),
    Case(variable.Variable, lambda x: x + 0, (REAL,), [((2, 3),), ((),)]),
    Case(guards.Guard, lambda x, a, b: x + 0 * a * b, (REAL, POSITIVE, POSITIVE), [((2, 3),) * 3], wrt=(0,)),
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
    Case(products.Others, others, (REAL,), [((3,),), ((2, 3),), ((0,),)], {"axes": (0,)}),
    Case(products.Others, others, (REAL,), [((2, 3),), ((2, 2, 3),), ((0, 3),), ((3, 0),)], {"axes": (1,)}),
    Case(products.Others, others, (REAL,), [((2, 2, 3),)], {"axes": (0, 2)}),
    Case(products.Others, others_along, (REAL, REAL), [((3,), (3,)), ((4,), (4,)), ((1,), (1,))], {"axes": (0,)}),
    Case(products.Others, others_along, (REAL,) * 3, [((3,),) * 3, ((4,),) * 3], {"axes": (0,)}),
]  # fmt: skip

TRIALS = [(case, shapes) for case in CASES for shapes in case.shapes]


def trial_id(trial: Any) -> str:
    """The name of a trial in the test report."""
    if isinstance(trial, Case):
        return trial.label
    return "+".join(str(shape) for shape in trial).replace(" ", "")
