"""Where a printed equation is true: rules, run in exact decimals on the numbers as they are printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import MAX_EMAX, MIN_EMIN, Decimal, InvalidOperation, localcontext
from functools import partial
from typing import Any

import numpy as np

from graphgrad import numerals
from graphgrad.formula import LocalGradient
from graphgrad.namespace import OPS, Numbers, numbers
from graphgrad.op import Op
from graphgrad.ops import Reduction
from graphgrad.sweep import Flow, called

FUNCTIONS = 50
"""Significant digits of exp and log: enough to tell their values, which have no end, from any printed number."""


def value_equals(op: Op, digits: int, full: int = numerals.FULL) -> str:
    """``=`` where `op`, of its inputs as printed, gives its value as printed; else ``≈``.

    >>> import graphgrad as gg
    >>> value_equals(gg.Add(1.4, -0.4), 4), value_equals(gg.Sigmoid(1.0), 4), value_equals(gg.Exp(0.0), 4)
    ('=', '≈', '=')
    """
    return _sign(op.forward, [source.value for source in op.inputs], op.value, digits, full)


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
    return _sign(passed_back, operands, flow.product, digits, full)


def summed_back_equals(flow: Flow, digits: int, full: int = numerals.FULL) -> str:
    """``=`` where the printed product, summed over what was broadcast, gives the printed flow; else ``≈``."""
    if np.size(flow.product) > full:
        return "≈"
    parts = _summands(flow.product, flow.node.inputs[flow.position].shape)
    return numerals.sum_equals(parts, flow.flow, digits) if parts else numerals.equals(flow.flow, digits)


def _sign(rule: Callable[..., Any], operands: Iterable[Any], result: Any, digits: int, full: int) -> str:
    """``=`` where `rule` of the printed operands is the printed result: in decimals, or in floats if it needs them."""
    operands = list(operands)
    if any(np.size(value) > full for value in (*operands, result)):
        return "≈"
    with localcontext(prec=numerals.EXACT, Emax=MAX_EMAX, Emin=MIN_EMIN) as context, np.errstate(all="ignore"):
        context.traps[InvalidOperation] = False
        printed = _decimals(result, digits)
        try:
            computed = rule(decimals, *[_decimals(operand, digits) for operand in operands])
        except (ArithmeticError, AttributeError, TypeError, ValueError):  # a function that decimals do not have
            computed = rule(numbers, *[_decimals(operand, digits).astype(float)[()] for operand in operands])
            printed = printed.astype(float)
        pairs = zip(np.ravel(np.broadcast_to(computed, printed.shape)), printed.ravel(), strict=True)
        return "=" if all(a == b or (a != a and b != b) for a, b in pairs) else "≈"


def _exp(x: Decimal) -> Decimal:
    with localcontext(prec=FUNCTIONS):
        return x.exp()


def _log(x: Decimal) -> Decimal:
    with localcontext(prec=FUNCTIONS):
        return x.ln()


class Decimals(Numbers):
    """The namespace in which rules run on exact decimals: NumPy's functions, and those that decimals lack."""

    exp = np.frompyfunc(_exp, 1, 1)
    log = np.frompyfunc(_log, 1, 1)
    log1p = np.frompyfunc(lambda x: _log(1 + x), 1, 1)
    tanh = np.frompyfunc(lambda x: 1 - 2 / (1 + _exp(2 * x)), 1, 1)
    isnan = np.frompyfunc(Decimal.is_nan, 1, 1)

    def __getattr__(self, function: str) -> Callable[..., Any]:
        if function in OPS and not hasattr(np, function):
            return partial(self._ruled, OPS[function])
        return super().__getattr__(function)

    def _ruled(self, op: type[Op], *values: Any, **settings: Any) -> Any:
        """The rule of `op`, run on decimals in its turn."""
        blank = object.__new__(op)
        blank.__dict__.update(settings)
        return blank.forward(self, *values)


decimals = Decimals()


def _decimals(value: Any, digits: int) -> np.ndarray:
    """The numbers of `value` as they are printed."""
    array = np.asarray(value, dtype=float)
    exact = np.empty(array.shape, dtype=object)
    for index, element in np.ndenumerate(array):
        exact[index] = numerals.printed(float(element), digits)
    return exact


def _summands(product: np.ndarray, shape: tuple[int, ...]) -> list[Any]:
    """The slices of `product` that add up to an array of `shape`, from which it was broadcast."""
    extra = product.ndim - len(shape)
    stretched = [extra + k for k, length in enumerate(shape) if length == 1 and product.shape[extra + k] != 1]
    axes = [*range(extra), *stretched]
    count = int(np.prod([product.shape[axis] for axis in axes]))
    return list(np.moveaxis(product, axes, range(len(axes))).reshape((count, *shape)))
