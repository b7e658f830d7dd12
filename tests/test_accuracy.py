"""How far the ops are from the truth, in units in the last place, against mpmath at 50 digits; and the page of it.

``python tests/test_accuracy.py`` raises the numbers on the page that are exceeded here; ``--anew`` measures all.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import graphgrad as gg
import numpy as np
import pytest
from mpmath import mp

mp.dps = 50
PAGE = Path(__file__).parents[1] / "docs" / "accuracy.md"
NORMAL, LARGE = 2.0**-1022, 1e300
SPECIAL = [-750.0, -40.3, -3.0, -1.1, -1.0, -0.1, -1e-9, -1e-100, 0.0]
SPECIAL += [1e-100, 1e-9, 0.1, 0.7, 1.0, 1 + 2**-40, 1.1, 3.0, 40.3, 1e100]
FOUND_BY_SEARCH = [-36.752943285177146, -36.78059019972022, -4.155885816476761, -1.2672876188175124]
EPS = 2.0**-52

Ends = tuple[float, float]


# Where to look


def inside(values: Any, low: float, high: float) -> np.ndarray:
    """Those from `low` to `high`, each once."""
    values = np.asarray(values)
    return np.unique(values[(values >= low) & (values <= high)])


def line(low: float, high: float) -> np.ndarray:
    """Numbers from `low` to `high`: evenly, at random, by powers of two, and close to 0, to ±1 and to both ends."""
    rng = np.random.default_rng(750)
    close = 2.0 ** -np.arange(1, 54)
    powers = 2.0 ** np.concatenate([np.arange(-1022, 1024, 13), np.arange(-12, 12)])
    sizes = np.concatenate([powers, np.nextafter(powers, 0), 2.0 ** rng.uniform(-40, 10, 400)])
    ends = [end + side * abs(end or 1) * close for end in (low, high) for side in (1, -1)]
    ones = [one + side * close for one in (1, -1) for side in (1, -1)]
    spans = [np.linspace(low, high, 401), rng.uniform(low, high, 400)]
    spans += [rng.uniform(-reach, reach, 1000) for reach in (2, 40)]
    return inside(np.concatenate([*spans, *ends, *ones, sizes, -sizes, FOUND_BY_SEARCH, [0.0]]), low, high)


def plane(*ends: Ends) -> list[np.ndarray]:
    """Pairs of numbers: each of a few with each, random ones, and such as nearly agree."""
    rng = np.random.default_rng(750)
    few = [inside([*end, *SPECIAL], *end) for end in ends]
    grid = [axis.ravel() for axis in np.meshgrid(*few)]
    drawn = [np.clip(2.0 ** rng.uniform(-9, 9, 3000) * rng.uniform(-1, 1, 3000), *end) for end in ends]
    drawn[1][:1000] = np.clip(drawn[0][:1000] * (1 + 2.0 ** rng.integers(-50, -1, 1000)), *ends[1])
    return [np.concatenate(pair) for pair in zip(grid, drawn, strict=True)]


def logits(*ends: Ends) -> list[np.ndarray]:
    """Rows of numbers: small and large, close to each other and far apart."""
    rng = np.random.default_rng(750)
    spread = rng.uniform(-1, 1, (1500, len(ends))) * 2.0 ** rng.uniform(-9, 6, (1500, 1))
    far = rng.uniform(*ends[0], (500, len(ends)))
    together = rng.uniform(*ends[0], (500, 1)) + rng.uniform(-3, 3, (500, len(ends)))
    equal = np.repeat([[0.0], [ends[0][1]], [ends[0][0]], [0.3]], len(ends), axis=1)
    return list(np.clip(np.concatenate([spread, far, together, equal]), *ends[0]).T)


# The ops, and the truth


@dataclass(frozen=True, eq=False)
class Row:
    """An op, the interval of each input, its exact value and local gradients.

    `absolute` has "value", "gradient" or both, where the difference of rounded numbers may leave no digit right.
    """

    op: Any
    ends: tuple[Ends, ...]
    value: Callable[..., Any]
    slopes: tuple[Callable[..., Any], ...]
    absolute: tuple[str, ...] = ()
    points: Callable[..., list[np.ndarray]] = plane

    @property
    def over(self) -> str:
        """The intervals, as the page has them."""
        different = dict.fromkeys(f"{written(low)} … {written(high)}" for low, high in self.ends)
        return ", ".join(different)

    def is_absolute(self, position: int) -> bool:
        """Whether the value (position 0) or the local gradients (from 1 on) are judged so."""
        return ("gradient" if position else "value") in self.absolute


def of_one(op: Any, low: float, high: float, value: Any, slope: Any, *absolute: str) -> Row:
    return Row(op, ((low, high),), value, (slope,), absolute, lambda ends: [line(*ends)])


def written(number: float) -> str:
    """A number of the page."""
    return f"{number:.4g}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-").replace("-", "−")


def sigma(z):
    return 1 / (1 + mp.exp(-z))


def softplus(z):
    return mp.log1p(mp.exp(z)) if z < 60 else z + mp.log1p(mp.exp(-z))


def away(x, y):
    """The distance of (x, y) from the origin."""
    return mp.sqrt(x * x + y * y) or mp.one


def log_sum_exp(*x):
    return max(x) + mp.log(mp.fsum(mp.exp(one - max(x)) for one in x))


def share(k, *x):
    """Element k of the softmax."""
    return mp.exp(x[k] - log_sum_exp(*x))


def of_rows(op, *, element=None):
    """The op along rows that are made of its inputs; one element of each row of the result, if asked."""

    def build(*columns):
        out = op(gg.Stack(columns, axis=1), axis=1)
        return out if element is None else out[:, element]

    build.__name__ = op.__name__
    return build


def log2(x):
    return mp.log(x) / mp.log(2)


ONE, MINUS_ONE = (lambda *x: mp.one), (lambda *x: -mp.one)
REAL, WIDE = (-750.0, 750.0), (-1e100, 1e100)
NEARLY_ONE = 1 - 2.0**-53
ROWS = [
    Row(gg.Add, (WIDE, WIDE), lambda a, b: a + b, (ONE, ONE)),
    Row(gg.Sub, (WIDE, WIDE), lambda a, b: a - b, (ONE, MINUS_ONE)),
    Row(gg.Mul, (WIDE, WIDE), lambda a, b: a * b, (lambda a, b: b, lambda a, b: a)),
    Row(gg.Div, (WIDE, (1e-100, 1e100)), lambda a, b: a / b, (lambda a, b: 1 / b, lambda a, b: -a / b**2)),
    Row(
        gg.Pow, ((0.1, 10.0), (-10.0, 10.0)), lambda x, y: x**y,
        (lambda x, y: y * x ** (y - 1), lambda x, y: x**y * mp.log(x)),
    ),
    Row(
        gg.Pow, ((1e-100, 1e100), (-2.0, 2.0)), lambda x, y: x**y,
        (lambda x, y: y * x ** (y - 1), lambda x, y: x**y * mp.log(x)),
    ),
    of_one(gg.Exp, -745, 709, mp.exp, mp.exp),
    of_one(gg.Log, NORMAL, LARGE, mp.log, lambda x: 1 / x),
    of_one(gg.NegLog, NORMAL, LARGE, lambda p: -mp.log(p), lambda p: -1 / p),
    of_one(gg.Sqrt, NORMAL, LARGE, mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x))),
    of_one(gg.Sigmoid, *REAL, sigma, lambda z: sigma(z) * sigma(-z), "gradient"),
    of_one(gg.LogSigmoid, *REAL, lambda z: -softplus(-z), lambda z: sigma(-z)),
    of_one(gg.Softplus, *REAL, softplus, sigma),
    of_one(gg.Tanh, *REAL, mp.tanh, lambda x: mp.sech(x) ** 2, "gradient"),
    Row(
        gg.XLogY, (WIDE, (1e-100, 1e100)), lambda x, y: x * mp.log(y),
        (lambda x, y: mp.log(y), lambda x, y: x / y),
    ),
    of_one(gg.Square, -1e150, 1e150, lambda x: x * x, lambda x: 2 * x),
    of_one(gg.Reciprocal, 1e-150, 1e150, lambda x: 1 / x, lambda x: -1 / x**2),
    of_one(gg.Cbrt, NORMAL, LARGE, mp.cbrt, lambda x: 1 / (3 * mp.cbrt(x) ** 2)),
    of_one(gg.Exp2, -1074, 1023, lambda x: mp.mpf(2) ** x, lambda x: mp.mpf(2) ** x * mp.log(2)),
    of_one(gg.Expm1, -750, 709, mp.expm1, mp.exp),
    of_one(gg.Log1p, -NEARLY_ONE, LARGE, mp.log1p, lambda x: 1 / (1 + x)),
    of_one(gg.Log2, NORMAL, LARGE, log2, lambda x: 1 / (x * mp.log(2))),
    of_one(gg.Log10, NORMAL, LARGE, mp.log10, lambda x: 1 / (x * mp.log(10))),
    Row(
        gg.LogAddExp, (REAL, REAL), lambda a, b: max(a, b) + softplus(-abs(a - b)),
        (lambda a, b: sigma(a - b), lambda a, b: sigma(b - a)), ("value",),
    ),
    of_one(gg.Sin, *REAL, mp.sin, mp.cos),
    of_one(gg.Cos, *REAL, mp.cos, lambda x: -mp.sin(x)),
    of_one(gg.Tan, *REAL, mp.tan, lambda x: mp.sec(x) ** 2),
    of_one(gg.ArcSin, -NEARLY_ONE, NEARLY_ONE, mp.asin, lambda x: 1 / mp.sqrt(1 - x * x)),
    of_one(gg.ArcCos, -NEARLY_ONE, NEARLY_ONE, mp.acos, lambda x: -1 / mp.sqrt(1 - x * x)),
    of_one(gg.ArcTan, -1e150, 1e150, mp.atan, lambda x: 1 / (1 + x * x)),
    of_one(gg.Sinh, -710, 710, mp.sinh, mp.cosh),
    of_one(gg.Cosh, -710, 710, mp.cosh, mp.sinh),
    of_one(gg.ArcSinh, -1e150, 1e150, mp.asinh, lambda x: 1 / mp.sqrt(x * x + 1)),
    of_one(gg.ArcCosh, 1 + EPS, 1e150, mp.acosh, lambda x: 1 / mp.sqrt(x * x - 1)),
    of_one(gg.ArcTanh, -NEARLY_ONE, NEARLY_ONE, mp.atanh, lambda x: 1 / (1 - x * x)),
    Row(
        gg.ArcTan2, (WIDE, WIDE), mp.atan2, (lambda y, x: x / away(y, x) ** 2, lambda y, x: -y / away(y, x) ** 2),
    ),
    Row(
        gg.Hypot, (WIDE, WIDE), lambda a, b: mp.sqrt(a * a + b * b),
        (lambda a, b: a / away(a, b), lambda a, b: b / away(a, b)),
    ),
    Row(
        gg.Mod, ((-1e9, 1e9), (0.1, 1e9)), lambda a, b: a - b * mp.floor(a / b),
        (ONE, lambda a, b: -mp.floor(a / b)),
    ),
    Row(of_rows(gg.LogSumExp), (REAL,) * 3, log_sum_exp, (lambda *x: share(0, *x),), ("value",), logits),
    Row(
        of_rows(gg.Softmax, element=0), (REAL,) * 3, lambda *x: share(0, *x),
        (lambda *x: share(0, *x) * (1 - share(0, *x)), lambda *x: -share(0, *x) * share(1, *x)), ("gradient",), logits,
    ),
    Row(
        of_rows(gg.LogSoftmax, element=0), (REAL,) * 3, lambda *x: x[0] - log_sum_exp(*x),
        (lambda *x: 1 - share(0, *x), lambda *x: -share(1, *x)), ("value", "gradient"), logits,
    ),
]  # fmt: skip
EXACT = {gg.Neg, gg.Abs, gg.Sign, gg.ReLU, gg.Floor, gg.Ceil, gg.Round, gg.FloorDivide, gg.Maximum, gg.Minimum}
EXACT |= {gg.Where, gg.Heaviside, gg.Greater, gg.GreaterEqual, gg.Less, gg.LessEqual, gg.Equal, gg.NotEqual}
"""Ops whose result is one of their inputs or a whole number: they are tested with their corners."""

every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.op.__name__} {row.over}")


# What was found


@dataclass(frozen=True)
class Worst:
    """The largest error, and the inputs that had it."""

    error: float
    at: tuple[float, ...]

    @property
    def where(self) -> str:
        """The inputs, as the page has them."""
        shown = ", ".join(map(written, self.at))
        return f"({shown})" if len(self.at) > 1 else shown


def worst(computed: Any, exact: list[Any], points: list[np.ndarray], absolute: bool, dtype: Any = np.float64) -> Worst:
    """The largest distance from the truth, in units in the last place of the true number, or as it is.

    Where the true number is 0, anything else is infinitely wrong; where it is subnormal or too large, it is left out.
    """
    form = np.finfo(dtype)
    found = Worst(0.0, tuple(float(point[0]) for point in points))
    for number, truth, *at in zip(computed.tolist(), exact, *points, strict=True):
        exponent = mp.frexp(truth)[1] if truth else form.maxexp
        if not form.minexp < exponent <= form.maxexp:
            continue
        distance = abs(mp.mpf(number) - truth)
        error = float(distance if absolute else distance / mp.ldexp(1, int(exponent) - 1 - form.nmant))
        if not math.isfinite(number) or (not truth and distance and not absolute):
            error = math.inf
        if error > found.error:
            found = Worst(error, tuple(map(float, at)))
    return found


def errors(row: Row, points: list[np.ndarray], dtype: Any = np.float64) -> list[Worst]:
    """The worst of the value, and of each local gradient that the row knows."""
    leaves = [gg.Parameter(point.astype(dtype)) for point in points]
    with np.errstate(over="raise" if dtype is np.float64 else "ignore"):
        out = row.op(*leaves)
        out.backward(np.ones(out.shape))
    inputs = list(zip(*([mp.mpf(number) for number in leaf.value.tolist()] for leaf in leaves), strict=True))
    found = [out.value, *(leaf.grad for leaf in leaves)]
    functions = (row.value, *row.slopes)
    return [
        worst(numbers, [function(*one) for one in inputs], points, row.is_absolute(k), dtype)
        for k, (numbers, function) in enumerate(zip(found, functions, strict=False))
    ]


@cache
def measured(row: Row) -> list[Worst]:
    return errors(row, row.points(*row.ends))


# The page

HEAD = """\
# Accuracy

An *ulp*, a unit in the last place, is the distance from one float64 number to the next. A result that is rounded once
is within 0.5 ulp. After three roundings an error of 1.5 ulp is usual, and just below a power of two it counts twice,
because there the ulp is half as large.

Each op was computed in float64 at some thousand points of the interval: even and random ones, powers of two, and points
close to 0, to ±1 and to the ends. The exact result comes from mpmath at 50 digits. An error is the distance from it, in
ulp of the exact result. Results below 2.2e−308 are left out: there float64 has fewer digits. The numbers are
rounded up to the next half ulp. With each stands the point where it was found.

Where two rounded numbers are subtracted, no digit of the difference may be right. Then the error is said as it is,
as *absolute*:

- `Sigmoid` and `Tanh` have the local gradients p(1 − p) and 1 − out², which are 0 where p or |out| rounds to 1. Who
  needs the tail takes `LogSigmoid`, `Softplus` or `bce_with_logits`, which keep their digits there: for z = 40 and
  y = 1 the gradient of `bce_with_logits` is −4.2e−18.
- `LogAddExp`, `LogSumExp` and `LogSoftmax` add a logarithm to a number that may nearly cancel it.

Other large errors have one cause. e^x makes of an absolute error in x a relative one: where x is 700 and rounded to
float64, e^x is wrong by up to 512 ulp. So it is with the local gradients of `LogAddExp` and `LogSumExp`, with
`Softmax`, and with y·x^(y − 1), where y − 1 is rounded and then multiplied by log x.

Which code NumPy runs depends on the processor, and so do the numbers. These are the largest of two, with and without
AVX512; the tests allow twice as much. `python tests/test_accuracy.py` raises those that are exceeded, `--anew` measures
all again. Ops that round nothing, such as `Maximum` and `Floor`, are not listed. `LogSumExp`, `Softmax` and
`LogSoftmax` are those of three numbers; of the last two the first element is shown.

| op | interval | value | at | local gradients | at |
|---|---|---|---|---|---|
"""
Line = dict[int, tuple[float, str]]
"""What the page says of one row: a number and the point where it was found, of the value (0) and of each gradient."""


def rounded(error: float, absolute: bool) -> float:
    """The number that stands for an error: no smaller than it."""
    if absolute and error:
        step = 10.0 ** (math.floor(math.log10(error)) - 1)
        return float(f"{math.ceil(error / step) * step:.1e}")
    return math.ceil(2 * error) / 2


def found(row: Row) -> Line:
    return {k: (rounded(one.error, row.is_absolute(k)), one.where) for k, one in enumerate(measured(row))}


def line_of(row: Row, said: Line) -> str:
    """A line of the table."""
    numbers = [written(said[k][0]) + " absolute" * row.is_absolute(k) for k in said]
    places = [said[k][1] for k in said]
    cells = [f"`{row.op.__name__}`", row.over, numbers[0], places[0], "; ".join(numbers[1:]), "; ".join(places[1:])]
    return f"| {' | '.join(cells)} |\n"


def read(line: str) -> Line:
    """What a line of the table says."""
    _, _, value, place, slopes, places = line.strip("| \n").split(" | ")
    numbers = [float(cell.split()[0].replace("−", "-")) for cell in (value, *slopes.split("; "))]
    return dict(enumerate(zip(numbers, (place, *places.split("; ")), strict=True)))


def said_before() -> dict[tuple[str, str], Line]:
    """The lines of the page, by op and interval."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    cells = {tuple(line.strip("| ").split(" | ")[:2]): line for line in lines if line.startswith("| `")}
    return {(op.strip("`"), over): read(line) for (op, over), line in cells.items()}


def page(before: dict[tuple[str, str], Line]) -> str:
    """The page: each number the larger of what it was and of what is found."""
    lines = []
    for row in ROWS:
        old, new = before.get((row.op.__name__, row.over), {}), found(row)
        lines.append(line_of(row, {k: max(old.get(k, new[k]), new[k], key=lambda said: said[0]) for k in new}))
    return HEAD + "".join(lines)


# The tests


@every_row
def test_no_error_is_twice_what_the_page_says(row):
    said = said_before()[row.op.__name__, row.over]
    for k, one in enumerate(measured(row)):
        assert one.error <= 2 * said[k][0], f"{one} is more than twice what docs/accuracy.md says"


def test_the_page_is_written_from_its_numbers():
    said = said_before()
    lines = [line_of(row, said[row.op.__name__, row.over]) for row in ROWS]
    assert PAGE.read_text(encoding="utf-8") == HEAD + "".join(lines), "run python tests/test_accuracy.py"


def test_every_elementwise_op_is_measured():
    ops = {op for op in vars(gg).values() if isinstance(op, type) and issubclass(op, gg.Elementwise)}
    assert ops == {row.op for row in ROWS if isinstance(row.op, type)} | EXACT | {gg.Elementwise}
    assert not EXACT & {row.op for row in ROWS if isinstance(row.op, type)}


@every_row
def test_float32_has_the_same_errors_in_its_own_units(row):
    """A coarse pass: a fifth of the points that float32 can hold; NumPy's float32 functions err by two units more."""
    points = row.points(*row.ends)
    with np.errstate(over="ignore"):
        narrow = [point.astype(np.float32).astype(float) + 0.0 for point in points]  # no −0
    held = np.ones(points[0].shape, bool)
    for point, (low, high) in zip(narrow, row.ends, strict=True):
        size = np.abs(point)
        held &= (point >= low) & (point <= high) & ((size == 0) | ((size > 1e-15) & (size < 1e15)))
    for k, one in enumerate(errors(row, [point[held][::5] for point in narrow], np.float32)):
        unit = 2.0**-23 if row.is_absolute(k) else 1
        largest = measured(row)[k].error / (EPS if row.is_absolute(k) else 1)
        assert one.error / unit <= largest + 2


Z = line(*REAL)
PROMISES = {
    "−log σ(z) as −LogSigmoid(z)": (lambda z: -gg.LogSigmoid(z), lambda z: softplus(-z), 2, 1.1),
    "−log σ(z) as Softplus(−z)": (lambda z: gg.Softplus(-z), lambda z: softplus(-z), 2, 1.1),
    "its gradient −σ(−z)": (lambda z: gg.grad(gg.Sum(gg.Softplus(-z)), z), lambda z: -sigma(-z), 2.5, 1.3),
    "σ(z)": (gg.Sigmoid, sigma, 2.5, 1.3),
}  # fmt: skip


@pytest.mark.parametrize(("build", "exactly", "ulps", "relative"), PROMISES.values(), ids=PROMISES)
def test_what_is_promised_of_the_sigmoid(build, exactly, ulps, relative):
    """Along ±750: so many units in the last place, and a relative error of so many times 2⁻⁵²."""
    computed = build(gg.Parameter(Z)).value
    exact = [exactly(mp.mpf(z)) for z in Z.tolist()]
    assert worst(computed, exact, [Z], False).error <= ulps
    normal = [(number, truth) for number, truth in zip(computed.tolist(), exact, strict=True) if abs(truth) > NORMAL]
    assert len(normal) > 3000
    assert max(abs(number / truth - 1) for number, truth in normal) <= relative * EPS


@pytest.mark.parametrize("y", [0.0, 1.0])
def test_bce_with_logits_keeps_its_relative_precision(y):
    """Of a mean of 2¹¹ losses: to divide by a power of two rounds nothing."""
    logit = Z[:: len(Z) // 2**11][: 2**11]
    z = gg.Parameter(logit)
    gg.bce_with_logits(z, np.full(2**11, y)).backward(2.0**11)
    exact = [-sigma(-mp.mpf(one)) if y else sigma(mp.mpf(one)) for one in logit.tolist()]
    assert worst(z.grad, exact, [logit], False).error <= 2.5


def test_the_gradient_of_the_loss_at_40():
    z = gg.Parameter(40.0)
    gg.bce_with_logits(z, 1.0).backward()
    assert written(z.grad) == "−4.248e−18"


FAR = [gg.Sigmoid, gg.LogSigmoid, gg.Softplus, gg.Tanh, gg.ReLU, gg.Abs, gg.Cbrt, gg.Sin, gg.Cos]


@pytest.mark.parametrize("op", FAR)
@pytest.mark.parametrize("x", [1e300, -1e300])
def test_far_out_nothing_overflows(op, x):
    """The suite makes errors of warnings, so none is given on the way either."""
    leaf = gg.Parameter(x)
    out = op(leaf)
    out.backward()
    assert np.isfinite([out.value, leaf.grad]).all()


def test_a_wrong_rule_would_be_seen():
    """A factor of 1 + 2⁻⁵¹ in the rule of the sine, two units in the last place, is found."""

    def off(x):
        return gg.Sin(x) * (1 + 2 * EPS)

    row = Row(off, ((-3.0, 3.0),), mp.sin, (mp.cos,), (), lambda ends: [line(*ends)])
    assert all(2 <= one.error <= 5 for one in measured(row))


if __name__ == "__main__":
    before = said_before() if PAGE.exists() and "--anew" not in sys.argv else {}
    PAGE.write_text(page(before), encoding="utf-8")
