"""Random programs over the ops: the same text runs on nodes, and on plain arrays through the references of the table.

A program is a list of steps. Each takes one or two of the values made before it, so values are reused
and fan out. Every step keeps numbers around [−1, 1] there, so that errors of rounding stay small.
"""

from typing import Any

import graphgrad as gg
import numpy as np
from cases import CASES
from hypothesis import settings
from hypothesis import strategies as st

REFERENCES = {case.op: case.reference for case in reversed(CASES)}


def use(op: Any, *inputs: Any, **given: Any) -> Any:
    """The op on nodes; its reference from the table on plain arrays."""
    flat = [value for several in inputs for value in (several if isinstance(several, list) else [several])]
    on_nodes = any(isinstance(value, gg.Node) for value in flat)
    return (op if on_nodes else REFERENCES[op])(*inputs, **given)


def axis(a: Any, k: int) -> int | None:
    """One of the axes of `a`, if it has any."""
    return k % a.ndim if a.ndim else None


def waves(a: Any) -> np.ndarray:
    """Numbers of the shape of `a`, no two alike, none of them round."""
    return np.cos(0.7 + np.arange(a.size)).reshape(a.shape)


def regular(a: Any) -> Any:
    """Square matrices from those of `a`, far from singular."""
    return use(gg.MatMul, use(gg.SwapAxes, a, axis1=-1, axis2=-2), a) / 3 + 2 * np.eye(a.shape[-1])


# One line makes an op part of every random graph.

ONE = {
    "neg": lambda a: -a,
    "exp": lambda a: use(gg.Exp, a / 2) / 3,
    "exp2": lambda a: use(gg.Exp2, a) / 3,
    "expm1": lambda a: use(gg.Expm1, a) / 3,
    "log": lambda a: use(gg.Log, a * a + 1),
    "neg_log": lambda a: use(gg.NegLog, a * a + 0.5),
    "log1p": lambda a: use(gg.Log1p, a * a),
    "log2": lambda a: use(gg.Log2, a * a + 0.5),
    "log10": lambda a: use(gg.Log10, a * a + 0.5),
    "sqrt": lambda a: use(gg.Sqrt, a * a + 0.25),
    "cbrt": lambda a: use(gg.Cbrt, a * a + 0.25),
    "sigmoid": lambda a: use(gg.Sigmoid, a),
    "log_sigmoid": lambda a: use(gg.LogSigmoid, a) / 2,
    "softplus": lambda a: use(gg.Softplus, a) / 2,
    "tanh": lambda a: use(gg.Tanh, a),
    "sin": lambda a: use(gg.Sin, 2 * a),
    "cos": lambda a: use(gg.Cos, 2 * a),
    "tan": lambda a: use(gg.Tan, use(gg.Sin, a) / 2),
    "arcsin": lambda a: use(gg.ArcSin, use(gg.Sin, a) / 2),
    "arccos": lambda a: use(gg.ArcCos, use(gg.Sin, a) / 2) / 2,
    "arctan": lambda a: use(gg.ArcTan, a),
    "sinh": lambda a: use(gg.Sinh, use(gg.Sin, a)),
    "cosh": lambda a: use(gg.Cosh, use(gg.Sin, a)) / 2,
    "arcsinh": lambda a: use(gg.ArcSinh, a),
    "arccosh": lambda a: use(gg.ArcCosh, a * a + 1.2),
    "arctanh": lambda a: use(gg.ArcTanh, use(gg.Sin, a) / 2),
    "power": lambda a: a**2,
    "square": lambda a: use(gg.Square, a),
    "cube": lambda a: a**3 - a,
    "itself": lambda a: a * a - a,
    "literal first": lambda a: 1 / (2 + a * a) - 0.5,
    "reciprocal": lambda a: use(gg.Reciprocal, 2 + a * a),
}

TWO = {
    "add": lambda a, b: (a + b) / 2,
    "sub": lambda a, b: (a - b) / 2,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / (b * b + 1),
    "pow": lambda a, b: (a * a + 0.5) ** (b / 2),
    "xlogy": lambda a, b: use(gg.XLogY, a, b * b + 0.5),
    "logaddexp": lambda a, b: use(gg.LogAddExp, a, b) / 2,
    "hypot": lambda a, b: use(gg.Hypot, a, b * b + 0.5) / 2,
    "arctan2": lambda a, b: use(gg.ArcTan2, a, b * b + 0.5),
    "where": lambda a, b: use(gg.Where, (waves(a) > 0) * 1.0, a, b),
    "outer": lambda a, b: use(gg.Outer, a, b) if a.size * b.size < 10 else a * b,
    "concatenate": lambda a, b: use(gg.Concatenate, [a, b], axis=None),
}

# Of an array of any shape, and a number that chooses among its axes

SHAPING = {
    "sum": lambda a, k: use(gg.Sum, a, axis=axis(a, k)) / 2,
    "sum keepdims": lambda a, k: use(gg.Sum, a, axis=axis(a, k), keepdims=True) / 2,
    "prod": lambda a, k: use(gg.Prod, a, axis=axis(a, k)),
    "cumsum": lambda a, k: use(gg.CumSum, a, axis=axis(a, k)) / 2,
    "cumsum of all": lambda a, k: use(gg.CumSum, a, axis=None) / 2,
    "column": lambda a, k: use(gg.Reshape, a, shape=(a.size, 1)),
    "flat": lambda a, k: use(gg.Ravel, a),
    "transpose": lambda a, k: use(gg.Transpose, a),
    "rolled axes": lambda a, k: use(gg.Transpose, a, axes=tuple((axis + k) % a.ndim for axis in range(a.ndim))),
    "expand_dims": lambda a, k: use(gg.ExpandDims, a, axis=k % (a.ndim + 1)),
    "squeeze": lambda a, k: use(gg.Squeeze, a),
    "broadcast_to": lambda a, k: use(gg.BroadcastTo, a, shape=(2, *a.shape)),
    "new axis": lambda a, k: use(gg.GetItem, a, index=(..., None)),
    "repeat": lambda a, k: use(gg.Repeat, a, repeats=2, axis=axis(a, k)),
    "tile": lambda a, k: use(gg.Tile, a, reps=2),
    "roll": lambda a, k: use(gg.Roll, a, shift=k, axis=axis(a, k)),
    "flip": lambda a, k: use(gg.Flip, a, axis=axis(a, k)),
    "pad": lambda a, k: use(gg.Pad, a, pad_width=1),
}

# Of an array that has an axis and an element

ALONG = {
    "mean": lambda a, k: use(gg.Mean, a, axis=axis(a, k)),
    "mean of all": lambda a, k: use(gg.Mean, a),
    "logsumexp": lambda a, k: use(gg.LogSumExp, a, axis=axis(a, k), keepdims=True) / 2,
    "softmax": lambda a, k: use(gg.Softmax, a, axis=axis(a, k)),
    "log_softmax": lambda a, k: use(gg.LogSoftmax, a, axis=axis(a, k)) / 2,
    "var": lambda a, k: use(gg.Var, a, axis=axis(a, k), keepdims=True),
    "std": lambda a, k: use(gg.Std, use(gg.Concatenate, [a, 2 + a], axis=axis(a, k)), axis=axis(a, k)) / 2,
    "norm": lambda a, k: use(gg.Norm, a * a + 0.1, axis=axis(a, k)) / 2,
    "one of the first axis": lambda a, k: use(gg.GetItem, a, index=k % a.shape[0]),
    "some twice": lambda a, k: use(gg.GetItem, a, index=([k % a.shape[0], 0, 0],)),
    "half": lambda a, k: use(gg.Split, use(gg.Tile, a, reps=2), 2, axis=-1)[k % 2],
    "backwards": lambda a, k: use(gg.GetItem, a, index=(..., slice(None, None, -1))),
    "stack": lambda a, k: use(gg.Stack, [a, a * a], axis=k % (a.ndim + 1)),
    "pad with the edge": lambda a, k: use(gg.Pad, a, pad_width=1, mode="edge"),
    "einsum": lambda a, k: use(gg.Einsum, "...i,...j,j->...i", a, a, a[(0,) * (a.ndim - 1)]) / 3,
    "tensordot": lambda a, k: use(gg.TensorDot, a, a, axes=([axis(a, k)], [axis(a, k)])) / 3,
    "dot": lambda a, k: use(gg.Dot, a, a[(0,) * (a.ndim - 1)]) / 3,
}

# Of an array that has two axes, and an element

OF_MATRICES = {
    "diagonal": lambda a, k: use(gg.Diagonal, a),
    "trace": lambda a, k: use(gg.Trace, a) / 2,
    "triu": lambda a, k: use(gg.Triu, a, k=k % 3 - 1),
    "tril": lambda a, k: use(gg.Tril, a, k=k % 3 - 1),
    "swapaxes": lambda a, k: use(gg.SwapAxes, a, axis1=-1, axis2=axis(a, k)),
    "moveaxis": lambda a, k: use(gg.MoveAxis, a, source=-1, destination=axis(a, k)),
    "inv": lambda a, k: use(gg.Inv, regular(a)),
    "cholesky": lambda a, k: use(gg.Cholesky, regular(a)) / 2,
    "det": lambda a, k: use(gg.Det, regular(a) / 3),
    "solve": lambda a, k: use(gg.Solve, regular(a), use(gg.SwapAxes, a, axis1=-1, axis2=-2)),
    "product with itself": lambda a, k: use(gg.MatMul, use(gg.SwapAxes, a, axis1=-1, axis2=-2), a) / 3,
}

JOINING = {
    "matmul": lambda a, b: use(gg.MatMul, a, b) / 3 if chains(a, b) else None,
    "matmul transposed": lambda a, b: use(gg.MatMul, a, b.T) / 3 if chains(a, b.T) else None,
}

# With kinks, which random numbers do not meet: for first derivatives

KINKED = {
    "relu": lambda a, k: use(gg.ReLU, a + 0.3),
    "heaviside": lambda a, k: use(gg.Heaviside, a + 0.3, a) * a,
    "abs": lambda a, k: use(gg.Abs, a - 0.3),
    "floor": lambda a, k: use(gg.Floor, 3 * a + 0.1) * a,
    "sign": lambda a, k: use(gg.Sign, a - 0.2) * a,
    "mod": lambda a, k: use(gg.Mod, a + 0.1, 0.7),
    "clip": lambda a, k: use(gg.Clip, a, a_min=-1.0, a_max=0.5),
    "maximum": lambda a, k: use(gg.Maximum, a, 0.6 * waves(a) - a),
    "maximum of itself": lambda a, k: use(gg.Maximum, a, a),
    "minimum": lambda a, k: use(gg.Minimum, a, 0.6 * waves(a) - a),
    "max": lambda a, k: use(gg.Max if a.size else gg.Sum, a + waves(a), axis=axis(a, k)) / 2,
    "min": lambda a, k: use(gg.Min if a.size else gg.Sum, a + waves(a), axis=axis(a, k)) / 2,
    "sort": lambda a, k: use(gg.Sort, a + waves(a), axis=axis(a, k)) / 2,
}

BY_AXIS = {**SHAPING, **ALONG, **OF_MATRICES, **KINKED}
SMOOTH = [*ONE, *TWO, *SHAPING, *ALONG, *OF_MATRICES, *JOINING]
NAMES = [*SMOOTH, *KINKED]
LARGEST = 24


def broadcasts(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Whether two shapes broadcast together."""
    return all(m == n or 1 in (m, n) for m, n in zip(a[::-1], b[::-1], strict=False))


def chains(a: Any, b: Any) -> bool:
    """Whether two values have a matrix product."""
    return bool(
        a.ndim and b.ndim and a.shape[-1] == b.shape[max(b.ndim - 2, 0)] and broadcasts(a.shape[:-2], b.shape[:-2])
    )


def step(name: str, a: Any, b: Any, k: int) -> Any:
    """The result of one step, or a number from it if it is large; where values do not fit, another step."""
    result = _result(name, a, b, k)
    if result is None:
        result = a * number_from(b)
    return result if result.size <= LARGEST else number_from(result)


def _result(name: str, a: Any, b: Any, k: int) -> Any:
    """What an entry of the pool gives; None if it does not take such values."""
    if name in ONE:
        return ONE[name](a)
    if name in JOINING:
        return JOINING[name](a, b)
    if name in TWO:
        return TWO[name](a, b) if broadcasts(a.shape, b.shape) else None
    axes = 2 if name in OF_MATRICES else 1 if name in ALONG else 0
    return BY_AXIS[name](a, k) if a.ndim >= axes and (a.size or not axes) else None


def number_from(a: Any) -> Any:
    """A number to which every element contributes with a weight of its own."""
    return use(gg.Sum, a * waves(a)) / max(a.size, 1)


def run(program: Any, leaves: Any) -> Any:
    """A number that every leaf and every step leads to: the sum over what no step has used."""
    pool, used = list(leaves), set()
    for name, i, j in program:
        first, second = i % len(pool), j % len(pool)
        used |= {first, second} if name in (*TWO, *JOINING) else {first}
        pool.append(step(name, pool[first], pool[second], j))
    return sum(number_from(value) for k, value in enumerate(pool) if k not in used)


def drawn(shapes: Any, seed: int) -> list[np.ndarray]:
    """Values for leaves of these shapes; the same on every run."""
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.uniform(-1, 1, shape)) for shape in shapes]


BASES: list[tuple[int, ...]] = [(3,), (2, 3), (3, 3), (2, 1, 3), (2, 3, 2), (4, 1), (), (0, 3), (2, 0)]


def random_programs(longest: int, names: list[str] = NAMES) -> Any:
    """Programs of up to `longest` steps, the long ones as often as the short."""
    return exactly(st.tuples(st.sampled_from(names), st.integers(0, 99), st.integers(0, 99)), st.integers(0, longest))


def exactly(items: Any, lengths: Any) -> Any:
    """Lists of the items, of each of these lengths as often."""
    return lengths.flatmap(lambda length: st.lists(items, min_size=length, max_size=length))


def parts_of(base: tuple[int, ...]) -> Any:
    """Shapes that broadcast to `base`: without its first axes, and with some of the others of length 1."""

    def part(cut: int, ones: int) -> tuple[int, ...]:
        return tuple(1 if ones >> k & 1 else length for k, length in enumerate(base))[cut:]

    return st.builds(part, st.sampled_from([0, 0, 0, 1, 2, 3]), st.sampled_from([0, 0, 0, 1, 2, 4, 7]))


leaf_shapes = st.sampled_from(BASES).flatmap(lambda base: exactly(parts_of(base), st.integers(1, 4)))

seeds = st.integers(0, 2**32 - 1)

repeatable = settings(max_examples=500, derandomize=True, deadline=None, database=None)
