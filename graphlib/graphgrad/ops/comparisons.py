"""Comparisons as nodes: numbers 1 and 0, which rules use to tell cases apart.

Unlike ``a > b``, which gives NumPy's Booleans once and for all, such a node compares anew when `replace`
gives its inputs other values. Inside a rule that runs on nodes, ``a > b`` is such a node. It has no derivative.
"""

from __future__ import annotations

from graphgrad.expression import Notation
from graphgrad.ops.elementwise import Elementwise


class Comparison(Elementwise):
    """1 where a comparison of a and b is true, 0 where it is false, NaN where a or b is NaN."""

    detached = (0, 1)

    def local(self, xp, out, a, b):
        return None, None


def as_number(xp, truth, a, b):
    """`truth`, the result of comparing a and b, as 1, 0 or NaN of their dtype."""
    defined = xp.logical_not(xp.logical_or(xp.isnan(a), xp.isnan(b)))
    return xp.where(defined, truth, xp.nan).astype(xp.result_type(a, b))


class Greater(Comparison):
    """1 where a > b, else 0."""

    function = "is_greater"
    aliases = ("greater",)
    written = Notation("[<sum> > <sum>]", "[<sum> > <sum>]")

    def forward(self, xp, a, b):
        return as_number(xp, a > b, a, b)


class GreaterEqual(Comparison):
    """1 where a ≥ b, else 0."""

    function = "is_greater_equal"
    aliases = ("greater_equal",)
    written = Notation("[<sum> ≥ <sum>]", r"[<sum> \ge <sum>]")

    def forward(self, xp, a, b):
        return as_number(xp, a >= b, a, b)


class Less(Comparison):
    """1 where a < b, else 0."""

    function = "is_less"
    aliases = ("less",)
    written = Notation("[<sum> < <sum>]", "[<sum> < <sum>]")

    def forward(self, xp, a, b):
        return as_number(xp, a < b, a, b)


class LessEqual(Comparison):
    """1 where a ≤ b, else 0."""

    function = "is_less_equal"
    aliases = ("less_equal",)
    written = Notation("[<sum> ≤ <sum>]", r"[<sum> \le <sum>]")

    def forward(self, xp, a, b):
        return as_number(xp, a <= b, a, b)


class Equal(Comparison):
    """1 where a = b, else 0."""

    function = "is_equal"
    aliases = ("equal",)
    written = Notation("[<sum> = <sum>]", "[<sum> = <sum>]")

    def forward(self, xp, a, b):
        return as_number(xp, a == b, a, b)


class NotEqual(Comparison):
    """1 where a ≠ b, else 0."""

    function = "is_not_equal"
    aliases = ("not_equal",)
    written = Notation("[<sum> ≠ <sum>]", r"[<sum> \ne <sum>]")

    def forward(self, xp, a, b):
        return as_number(xp, a != b, a, b)


class Heaviside(Elementwise):
    """1 where x > 0, `at_zero` where x is 0, 0 below."""

    written = Notation("heaviside(<open>, <open>)", "[<sum> > 0]")
    detached = (0,)

    def forward(self, xp, x, at_zero):
        return xp.heaviside(x, at_zero)

    def local(self, xp, out, x, at_zero):
        return None, lambda: xp.is_equal(x, 0)
