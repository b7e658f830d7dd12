"""Expressions as text: operators with no more parentheses than they need, numbers as a person writes them."""

from __future__ import annotations

import builtins
import keyword
import math
from typing import NamedTuple

RESERVED = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "np", "math", "rows"})
"""What no variable may be called."""

ATOM, POWER, SIGN, PRODUCT, SUM, COMPARISON = 5, 4, 3, 2, 1, 0

OPERATORS = {
    "add": ("+", SUM),
    "subtract": ("-", SUM),
    "multiply": ("*", PRODUCT),
    "divide": ("/", PRODUCT),
    "floor_divide": ("//", PRODUCT),
    "remainder": ("%", PRODUCT),
    "matmul": ("@", PRODUCT),
    "power": ("**", POWER),
    "greater": (">", COMPARISON),
    "greater_equal": (">=", COMPARISON),
    "less": ("<", COMPARISON),
    "less_equal": ("<=", COMPARISON),
    "equal": ("==", COMPARISON),
    "not_equal": ("!=", COMPARISON),
}


class Text(NamedTuple):
    """An expression, how tightly its outermost operator binds, and whether a product with it needs no parentheses."""

    text: str
    level: int = ATOM
    is_product: bool = False

    def within(self, level: int) -> str:
        """The expression where one of that level or tighter may stand."""
        return self.text if self.level >= level else f"({self.text})"


def operation(function: str, operands: list[Text], *, regroup: bool = False) -> Text | None:
    """A sign or an operator and its operands; None if `function` is no operator.

    With `regroup`, ``a * (b * c)`` is written ``a * b * c``, which may differ in the last digit.
    """
    if function == "negative" and regroup and operands[0].is_product:
        return Text(f"-{operands[0].text}", PRODUCT, is_product=True)
    if function == "negative":
        return Text(f"-{operands[0].within(SIGN)}", SIGN)
    if function not in OPERATORS or len(operands) != 2:
        return None
    sign, level = OPERATORS[function]
    left, right = operands
    if function == "power":
        return Text(f"{left.within(ATOM)} ** {right.within(SIGN)}", level)
    if regroup and function in ("add", "subtract"):
        sign, left, right = _without_double_signs(sign, left, right)
    flat = regroup and function == "multiply" and right.is_product
    after = right.text if flat else right.within(level + 1)
    is_product = function in ("multiply", "divide") and (left.level != PRODUCT or left.is_product)
    return Text(f"{left.within(max(level, SUM))} {sign} {after}", level, is_product)


def _without_double_signs(sign: str, left: Text, right: Text) -> tuple[str, Text, Text]:
    """A sum or a difference in which no sign follows another, and none comes first if that can be."""
    if _begins_with_sign(right):
        sign, right = {"+": "-", "-": "+"}[sign], right._replace(text=right.text[1:])
    if sign == "+" and _begins_with_sign(left):
        return "-", right, left._replace(text=left.text[1:])
    return sign, left, right


def _begins_with_sign(text: Text) -> bool:
    """Whether an expression is another with a sign before it: ``-a * b`` is, ``-a % b`` is not."""
    return text.text.startswith("-") and (text.level > PRODUCT or text.is_product)


def number(value: float, *, whole: bool = True) -> Text:
    """A number; ``1`` for 1.0 where `whole` allows it."""
    if not math.isfinite(value):
        text = "np.nan" if math.isnan(value) else "np.inf" if value > 0 else "-np.inf"
    elif whole and value == int(value) and abs(value) < 1e15 and math.copysign(1, value) * (value or 1) == (value or 1):
        text = str(int(value))
    else:
        text = repr(value)
    return Text(text, SIGN if text.startswith("-") else ATOM)
