"""Numbers as they are printed: everywhere the same significant digits, and ``=`` only where it is true."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation, localcontext
from math import prod
from typing import Any

import numpy as np

DIGITS = 4
FULL = 6
"""Arrays of at most this many elements are printed in full."""

EXACT = 700
"""Decimal places enough to add and multiply any printed floats without rounding."""


def number(value: Any, digits: int = DIGITS) -> str:
    """One number in `digits` significant digits, with a true minus sign.

    >>> number(-0.26894142), number(1.0), number(1234567.0), number(float("inf"))
    ('−0.2689', '1', '1.235e6', '∞')
    """
    value = float(value)
    if value != value:
        return "NaN"
    if value in (np.inf, -np.inf):
        return "∞" if value > 0 else "−∞"
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    if mantissa in ("0", "-0"):
        return "0"
    text = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    if exponent:
        text += f"e{int(exponent)}"
    return text.replace("-", "−")


def exact(value: Any) -> str:
    """One number in as many digits as tell it from all others of its dtype.

    >>> exact(1.00001), exact(1e-05), exact(-2.0)
    ('1.00001', '1e−5', '−2')
    """
    mantissa, _, exponent = str(value).removesuffix(".0").partition("e")
    return (mantissa + (f"e{int(exponent)}" if exponent else "")).replace("-", "−")


def array(value: Any, digits: int = DIGITS, full: int = FULL) -> str:
    """An array of up to `full` elements in full, a larger one as shape, mean and range.

    >>> array(np.array([2.0, -1.0, 0.5]))
    '[2 −1 0.5]'
    >>> array(np.arange(1000.0))
    'shape (1000,), mean 499.5, from 0 to 999'
    """
    value = np.asarray(value)
    if value.ndim == 0:
        return number(value, digits)
    if value.size > full:
        return ", ".join(summary(value, digits))
    if value.size == 0:
        return f"empty, shape {value.shape}"
    return "[" + " ".join(array(row, digits, full) for row in value) + "]"


def summary(value: np.ndarray, digits: int = DIGITS) -> tuple[str, str, str]:
    """Shape, mean and range of a large array; NaN in it shows in all of them."""
    with np.errstate(all="ignore"):
        low, high = value.min(), value.max()
        mean = value.mean(dtype=np.float64)
        if np.isinf(mean) and np.isfinite(value).all():  # the sum overflows, the mean does not
            mean = (value / value.size).sum(dtype=np.float64)
    return (
        f"shape {value.shape}",
        f"mean {number(mean, digits)}",
        f"from {number(low, digits)} to {number(high, digits)}",
    )


def equals(value: Any, digits: int = DIGITS, full: int = FULL) -> str:
    """``=`` where what is printed for `value` is `value` itself, up to the noise of floats; else ``≈``.

    >>> equals(0.25), equals(0.1 + 0.2), equals(1 / 3)
    ('=', '=', '≈')
    """
    value = np.asarray(value)
    if value.size > full:
        return "≈"
    noise = 4 * np.finfo(value.dtype).eps if value.dtype.kind == "f" else 0.0
    exact = (_same(element, printed(element, digits), noise) for element in value.ravel().tolist())
    return "=" if all(exact) else "≈"


def product_equals(left: Any, right: Any, product: Any, digits: int = DIGITS) -> str:
    """``=`` where the printed `left` times the printed `right` is the printed `product`; else ``≈``.

    >>> product_equals(-1.368, 0.1966, -0.2689488), product_equals(1, 0.25, 0.25)
    ('≈', '=')
    """
    triples = zip(*(np.ravel(a).tolist() for a in np.broadcast_arrays(left, right, product)), strict=True)
    return "=" if all(path_sum_equals([[a, b]], c, digits) == "=" for a, b, c in triples) else "≈"


def sum_equals(parts: Any, total: Any, digits: int = DIGITS) -> str:
    """``=`` where the printed `parts` add up to the printed `total`, element by element; else ``≈``.

    >>> sum_equals([-1.368, 0.0], -1.368), sum_equals([1 / 3, 1 / 3], 2 / 3)
    ('=', '≈')
    """
    columns = zip(*(np.ravel(part).tolist() for part in np.broadcast_arrays(*parts, total)), strict=True)
    sums = (path_sum_equals([[part] for part in column[:-1]], column[-1], digits) for column in columns)
    return "=" if all(sign == "=" for sign in sums) else "≈"


def path_sum_equals(paths: Sequence[Sequence[float]], total: float, digits: int = DIGITS) -> str:
    """``=`` where the printed factors along each path, multiplied, add up to the printed `total`; else ``≈``.

    >>> path_sum_equals([[1.0, -2.0], [0.5, 4.0]], 0.0)
    '='
    """
    with localcontext(prec=EXACT):
        try:
            products = [prod((printed(factor, digits) for factor in path), start=Decimal(1)) for path in paths]
            computed, said = sum(products, Decimal(0)), printed(total, digits)
            agree = computed.is_nan() if said.is_nan() else computed == said
        except InvalidOperation:  # 0 × ∞, or ∞ − ∞
            agree = total != total
    return "=" if agree else "≈"


def printed(value: float, digits: int) -> Decimal:
    """`value` as it is printed: rounded to `digits` significant digits."""
    text = number(value, digits).replace("−", "-").replace("∞", "Infinity")
    return Decimal(text)


def _same(value: float, said: Decimal, noise: float) -> bool:
    if not said.is_finite():
        return True
    return abs(float(said) - value) <= noise * abs(value)
