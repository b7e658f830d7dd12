"""Where a printed equation is true: rules, run in exact decimals on the numbers as they are printed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    Underflow,
    localcontext,
)
from functools import partial
from typing import Any

import numpy as np

from graphgrad import numerals
from graphgrad.composition import Composition
from graphgrad.formula import LocalGradient
from graphgrad.namespace import OPS, Numbers, numbers
from graphgrad.node import is_bare_number
from graphgrad.op import Op
from graphgrad.ops import Reduction
from graphgrad.sweep import Flow, called

FUNCTIONS = 50
"""Significant digits of exp and log, which are exact at one point only: more would change no sign."""


def value_equals(op: Op, digits: int, full: int = numerals.FULL) -> str:
    """``=`` where `op`, of its inputs as printed, gives its value as printed; else ``≈``.

    >>> import graphgrad as gg
    >>> value_equals(gg.Add(1.4, -0.4), 4), value_equals(gg.Sigmoid(1.0), 4), value_equals(gg.Exp(0.0), 4)
    ('=', '≈', '=')
    """
    operands = [(source.value, numerals.EXACT if is_bare_number(source) else digits) for source in op.inputs]
    return _sign(op.forward, operands, op.value, digits, full)


def flow_equals(flow: Flow, local: LocalGradient, digits: int, full: int = numerals.FULL) -> str:
    """``=`` where the printed upstream times the printed local gradient is the printed product; else ``≈``."""
    if any(np.size(value) > full for value in (flow.upstream, flow.product, local.value)):
        return "≈"
    node = flow.node
    if local.jacobian == "diagonal":
        return numerals.product_equals(flow.upstream, local.value, flow.product, digits)
    if isinstance(node, Reduction):
        upstream = node.spread(numbers, flow.upstream, node.inputs[0].value)
        return numerals.product_equals(upstream, local.value, flow.product, digits)

    def passed_back(xp: Any, upstream: Any, out: Any, *inputs: Any) -> Any:
        return called(node.vjp(xp, upstream, out, *inputs)[flow.position])

    operands = [flow.upstream, node.value, *(source.value for source in node.inputs)]
    return _sign(passed_back, [(value, digits) for value in operands], flow.product, digits, full)


def summed_back_equals(flow: Flow, digits: int, full: int = numerals.FULL) -> str:
    """``=`` where the printed product, summed over what was broadcast, gives the printed flow; else ``≈``."""
    if np.size(flow.product) > full:
        return "≈"
    parts = _summands(flow.product, flow.node.inputs[flow.position].shape)
    return numerals.sum_equals(parts, flow.flow, digits) if parts else numerals.equals(flow.flow, digits)


def _sign(rule: Callable[..., Any], operands: list[tuple[Any, int]], result: Any, digits: int, full: int) -> str:
    """``=`` where `rule` of the operands, each in its digits, is exactly the printed result; else ``≈``."""
    if any(np.size(value) > full for value, _ in (*operands, (result, digits))):
        return "≈"
    with localcontext(prec=numerals.EXACT, Emax=MAX_EMAX, Emin=MIN_EMIN) as context, np.errstate(all="ignore"):
        for signal in (InvalidOperation, DivisionByZero, Overflow):
            context.traps[signal] = False
        said, given = _decimals(result, digits), [_decimals(*operand) for operand in operands]
        decimals = Decimals()
        try:
            computed = np.broadcast_to(rule(decimals, *given), said.shape)
        except (ArithmeticError, AttributeError, TypeError, ValueError):  # a function that decimals do not have
            computed = np.full(said.shape, Decimal("NaN"))
        exact = decimals.exact or not (decimals.vanished or np.any(computed))  # 0 × anything is exact
        if _is_nan(computed) and not _is_nan(said):  # decimals have no 0⁰ either; whole floats are exact too
            floats = [operand.astype(float)[()] for operand in given]
            computed, said = np.broadcast_to(rule(numbers, *floats), said.shape), said.astype(float)
            exact = all(np.all(np.mod(value, 1) == 0) for value in (*floats, said))
    return "=" if exact and _agreeing(computed, said) else "≈"


def _is_nan(values: np.ndarray) -> bool:
    return any(value != value for value in values.ravel())


def _agreeing(computed: Any, said: np.ndarray) -> bool:
    pairs = zip(np.ravel(np.broadcast_to(computed, said.shape)), said.ravel(), strict=True)
    return all(a == b or (a != a and b != b) for a, b in pairs)


class Decimals(Numbers):
    """The namespace in which rules run on exact decimals: NumPy's functions, and those that decimals lack.

    Attributes:
        exact: whether no e^x or log has been taken but at the one point where it is exact.
        vanished: whether an e^x was too small for a decimal, and became 0.
    """

    isnan = np.frompyfunc(Decimal.is_nan, 1, 1)

    def __init__(self) -> None:
        self.exact, self.vanished = True, False
        self.exp = np.frompyfunc(partial(self._rounded, Decimal.exp), 1, 1)
        self.log = np.frompyfunc(partial(self._rounded, Decimal.ln), 1, 1)

    def log1p(self, x: Any) -> Any:
        """log(1 + x)."""
        return self.log(1 + x)

    def tanh(self, x: Any) -> Any:
        """By e^2x."""
        return 1 - 2 / (1 + self.exp(2 * x))

    def _rounded(self, function: Callable[[Decimal], Decimal], x: Decimal | int) -> Decimal:
        with localcontext(prec=FUNCTIONS) as context:
            context.clear_flags()
            result = function(Decimal(x))  # rules may hold whole numbers
            self.exact = self.exact and not context.flags[Inexact]
            self.vanished = self.vanished or context.flags[Underflow]
        return result

    def __getattr__(self, function: str) -> Callable[..., Any]:
        if function in OPS and not hasattr(np, function):
            op = OPS[function]
            return partial(op.rule, self) if isinstance(op, Composition) else partial(self._ruled, op)
        return super().__getattr__(function)

    def _ruled(self, op: type[Op], *values: Any, **settings: Any) -> Any:
        """The rule of `op`, run on decimals in its turn."""
        blank = object.__new__(op)
        blank.__dict__.update(settings)
        return blank.forward(self, *values)


def _decimals(value: Any, digits: int) -> np.ndarray:
    """The numbers of `value` as they are printed."""
    array = np.asarray(value, dtype=float)
    exact = np.empty(array.shape, dtype=object)
    for index, element in np.ndenumerate(array):
        text = repr(float(element)) if digits == numerals.EXACT else None
        exact[index] = Decimal(text) if text else numerals.printed(float(element), digits)
    return exact


def _summands(product: np.ndarray, shape: tuple[int, ...]) -> list[Any]:
    """The slices of `product` that add up to an array of `shape`, from which it was broadcast."""
    extra = product.ndim - len(shape)
    stretched = [extra + k for k, length in enumerate(shape) if length == 1 and product.shape[extra + k] != 1]
    axes = [*range(extra), *stretched]
    count = int(np.prod([product.shape[axis] for axis in axes]))
    return list(np.moveaxis(product, axes, range(len(axes))).reshape((count, *shape)))
