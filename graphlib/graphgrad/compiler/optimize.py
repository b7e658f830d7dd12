"""The same program with less to do for each row: factors that all rows share are taken out of sums.

Every value is seen as factor · core, where the factor is a number and a value without rows. Products and quotients
multiply the factors, sums of values with the same factor keep it, and so a mean over m rows multiplies by 1/m once,
not m times.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from graphgrad.compiler.rows import row_axis
from graphgrad.compiler.trace import ELEMENTWISE, Tracer
from graphgrad.compiler.traced import Traced

_POWERS = {2.0: "square", 0.5: "sqrt", -1.0: "reciprocal"}
"""How NumPy itself computes powers of arrays."""

_LINEAR = frozenset({"transpose", "reshape", "getitem"})


class _Scaled(NamedTuple):
    """number · scalar · core; the scalar and the core may be absent."""

    number: float
    scalar: Traced | None
    core: Traced

    def without_number(self) -> tuple[int, int]:
        return (-1 if self.scalar is None else self.scalar.number), self.core.number


def optimize(tracer: Tracer, live: list[Traced], outputs: list[Traced], uses: list[int]) -> list[Traced]:
    """Note the cheaper instructions, and give the outputs as they compute them."""
    optimizer = _Optimizer(tracer, uses)
    for value in live:
        tracer.maker = tracer.made_by.get(value.number)
        optimizer.add(value)
    tracer.maker = None
    return [optimizer.plain(value) for value in outputs]


class _Optimizer:
    def __init__(self, tracer: Tracer, uses: list[int]) -> None:
        self.tracer = tracer
        self.uses = uses
        self.scaled: dict[int, _Scaled] = {}
        self.realized: dict[tuple[float, int, int], Traced] = {}

    def add(self, value: Traced) -> None:
        """Find factor and core of a value, those of its operands being known."""
        self.scaled[value.number] = self._rewritten(value)

    def plain(self, arg: Any) -> Any:
        """An argument as a value of the new program, its factor multiplied in."""
        if isinstance(arg, list | tuple):
            return type(arg)([self.plain(item) for item in arg])
        if not isinstance(arg, Traced):
            return arg
        return self._realize(self.scaled[arg.number])

    def _realize(self, scaled: _Scaled) -> Traced:
        number, scalar, core = scaled
        if number == 1 and scalar is None:
            return core
        key = (number, *scaled.without_number())
        if key not in self.realized:
            self.realized[key] = self.tracer.traced(self._factor(number, scalar) * core)
        return self.realized[key]

    @staticmethod
    def _factor(number: float, scalar: Traced | None) -> Any:
        return number if scalar is None else scalar * number

    def _times(self, a: Traced | None, b: Traced | None) -> Traced | None:
        return b if a is None else a if b is None else self.tracer.traced(a * b)

    def _rewritten(self, value: Traced) -> _Scaled:
        """Factor and core of a value."""
        has_rows = any(row_axis(operand.shape) is not None for operand in value.operands())
        operands = [self.scaled[arg.number] if isinstance(arg, Traced) else arg for arg in value.args]
        rule = _RULES.get(value.function) if has_rows or value.function == "full" else None
        found = rule(self, value, *operands) if rule is not None else None
        if found is not None and value.function != "mean" and not _keeps(found, value):
            found = None
        if found is None and has_rows and value.function in _LINEAR:
            number, scalar, core = operands[0]
            return _Scaled(number, scalar, self._again(value, (core,)))
        return found or _Scaled(1.0, None, self._again(value, self.plain(value.args)))

    def _again(self, value: Traced, args: tuple[Any, ...]) -> Traced:
        """The same function of other values."""
        if all(new is old for new, old in zip(args, value.args, strict=True)):
            return value
        if value.function in ELEMENTWISE:
            new = self.tracer.traced(self.tracer.elementwise(value.function, *args, **value.settings))
            new.is_quiet |= value.is_quiet
            return new
        return self.tracer.note(value.function, args, value.settings, value.shape, value.dtype, value.is_weak)

    def _multiply(self, value: Traced, a: Any, b: Any) -> _Scaled:
        a, b = self._parts(a), self._parts(b)
        scalar = self._times(a.scalar, b.scalar)
        number = a.number * b.number
        if _is_one(a.core) and a.core.ndim == 0:
            return _Scaled(number, scalar, self._fit(b.core, value))
        if _is_one(b.core) and b.core.ndim == 0:
            return _Scaled(number, scalar, self._fit(a.core, value))
        for first, second, arg in ((a, b, value.args[1]), (b, a, value.args[0])):
            core = second.core
            if core.function == "divide" and _is_one(core.args[0]) and self.uses[arg.number] == 1:
                return _Scaled(number, scalar, self.tracer.traced(first.core / core.args[1]))
        return _Scaled(number, scalar, self.tracer.traced(a.core * b.core))

    def _divide(self, value: Traced, a: Any, b: Any) -> _Scaled | None:
        a, b = self._parts(a), self._parts(b)
        if _is_one(b.core) and not b.core.ndim:
            if b.number == 0 or not (b.scalar is None or b.scalar.is_weak):
                return None  # 1/b may overflow where a/b does not
            scalar = a.scalar if b.scalar is None else self._times(a.scalar, 1 / b.scalar)
            return _Scaled(a.number / b.number, scalar, self._fit(a.core, value))
        if b.core.function == "divide" and b.number == 1 and b.scalar is None and _is_one(b.core.args[0]):
            return _Scaled(a.number, a.scalar, self.tracer.traced(a.core * b.core.args[1]))  # a / (1/b) is a · b
        sign = -1.0 if b.number == -1 else 1.0
        divisor = self._realize(_Scaled(b.number * sign, b.scalar, b.core))
        quotient = self.tracer.traced((1.0 if _is_one(a.core) and not a.core.ndim else a.core) / divisor)
        return _Scaled(a.number * sign, a.scalar, quotient)

    def _negative(self, value: Traced, x: _Scaled) -> _Scaled:
        core = x.core
        if core.function == "add" and self.uses[value.args[0].number] == 1:  # −(a + b) is (−b) − a, and −b has no rows
            for a, b in (core.args, core.args[::-1]):
                if not isinstance(b, Traced) or row_axis(b.shape) is None:
                    return _Scaled(x.number, x.scalar, self.tracer.traced(-b - a))
        return _Scaled(-x.number, x.scalar, core)

    def _add(self, value: Traced, a: Any, b: Any) -> _Scaled | None:
        return self._sum_of(self._parts(a), self._parts(b))

    def _subtract(self, value: Traced, a: Any, b: Any) -> _Scaled | None:
        b = self._parts(b)
        return self._sum_of(self._parts(a), b._replace(number=-b.number))

    def _sum_of(self, a: _Scaled, b: _Scaled) -> _Scaled:
        if a.scalar is b.scalar and (a.scalar is None or a.core.ndim) and abs(a.number) == abs(b.number):
            if a.number == b.number:
                return _Scaled(a.number, a.scalar, self.tracer.traced(a.core + b.core))
            if b.number < 0:
                return _Scaled(a.number, a.scalar, self.tracer.traced(a.core - b.core))
            return _Scaled(b.number, a.scalar, self.tracer.traced(b.core - a.core))
        first, second = (a, b) if a.number >= 0 else (b, a)
        if second.number < 0:
            core = self._realize(first) - self._realize(second._replace(number=-second.number))
        else:
            core = self._realize(first) + self._realize(second)
        return _Scaled(1.0, None, self.tracer.traced(core))

    def _power(self, value: Traced, a: Any, b: Any) -> _Scaled | None:
        exponent = b.core.args[0] if isinstance(b, _Scaled) and b.core.function == "literal" else b
        function = _POWERS.get(exponent) if isinstance(exponent, float) else None
        if function is None or not isinstance(a, _Scaled):
            return None
        return _Scaled(1.0, None, self.tracer.traced(self.tracer.elementwise(function, self._realize(a))))

    def _sum(self, value: Traced, x: _Scaled) -> _Scaled:
        total = self.tracer.sum(x.core, value.settings["axis"], value.settings["keepdims"])
        return _Scaled(x.number, x.scalar, self.tracer.traced(total))

    def _mean(self, value: Traced, x: _Scaled) -> _Scaled:
        (source,) = value.operands()
        count = 1.0
        for axis in value.settings["axis"]:
            count = count * source.shape[axis]
        total = self._sum(value, x)
        if isinstance(count, Traced):
            return _Scaled(total.number, self._times(total.scalar, self.tracer.traced(1 / count)), total.core)
        return _Scaled(total.number / count if count else float("nan"), total.scalar, total.core)

    def _matmul(self, value: Traced, a: _Scaled, b: _Scaled) -> _Scaled:
        product = self.tracer.traced(self.tracer.matmul(a.core, b.core))
        return _Scaled(a.number * b.number, self._times(a.scalar, b.scalar), product)

    def _full(self, value: Traced, x: _Scaled) -> _Scaled | None:
        if row_axis(value.shape) is None or x.core.ndim or value.args[0].function == "literal":
            return None
        ones = self.tracer.full(value.shape, self.tracer.literal(1.0), value.dtype)
        x = self._parts(x)
        return _Scaled(x.number, self._times(x.scalar, None if _is_one(x.core) else x.core), ones)

    def _parts(self, arg: Any) -> _Scaled:
        """Factor and core of an operand: of a number or a value without axes, all of it is factor."""
        one = self.tracer.literal(1.0)
        if not isinstance(arg, _Scaled):
            return _Scaled(float(arg), None, one)
        number, scalar, core = arg
        if core.ndim or any(isinstance(part, float) and not isfinite(part) for part in core.args):
            return arg
        if core.function == "literal":
            return _Scaled(number * core.args[0], scalar, one)
        return _Scaled(number, self._times(scalar, core), one)

    def _fit(self, core: Traced, value: Traced) -> Traced:
        """A core in the shape of the value that it is the core of."""
        return self.tracer.traced(self.tracer.full(value.shape, core, value.dtype))


_RULES: dict[str, Callable[..., _Scaled | None]] = {
    "multiply": _Optimizer._multiply,
    "divide": _Optimizer._divide,
    "negative": _Optimizer._negative,
    "add": _Optimizer._add,
    "subtract": _Optimizer._subtract,
    "power": _Optimizer._power,
    "sum": _Optimizer._sum,
    "mean": _Optimizer._mean,
    "matmul": _Optimizer._matmul,
    "full": _Optimizer._full,
}
"""How functions treat factors. A rule gives None where it does not apply."""


def _keeps(found: _Scaled, value: Traced) -> bool:
    """Whether factor and core have the precision of a value, and the factor the range of its dtype."""
    number, scalar, core = found
    if core.function != "literal" and core.dtype != value.dtype:
        return False
    if scalar is not None and not scalar.is_weak and np.result_type(scalar.dtype, core.dtype) != value.dtype:
        return False
    return number in (1, -1) or 1e-9 < abs(number) < 1e9


def _is_one(value: Any) -> bool:
    return (value.function == "literal" and value.args[0] == 1) if isinstance(value, Traced) else value == 1
