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
    """``[a > b]``: 1 where a is greater than b, else 0.

    Shapes: a and b broadcast, else a ValueError.
    Domain: all numbers.
    Corners: NaN where a or b is NaN, unlike ``a > b``, which is False there. No gradient passes.

    >>> x = gg.Parameter([-1.0, 2.0], name="x")
    >>> positive = gg.Greater(x, 0)
    >>> positive.value, positive.replace(x=[3.0, -4.0]).value  # it compares anew
    (array([0., 1.]), array([1., 0.]))
    """

    function = "is_greater"
    aliases = ("greater",)
    written = Notation("[<sum> > <sum>]", "[<sum> > <sum>]")

    def forward(self, xp, a, b):
        return as_number(xp, a > b, a, b)


class GreaterEqual(Comparison):
    """``[a ≥ b]``: 1 where a is greater than b or equal, else 0.

    Shapes: a and b broadcast, else a ValueError.
    Domain: all numbers.
    Corners: NaN where a or b is NaN, unlike ``a >= b``, which is False there. No gradient passes.

    >>> gg.GreaterEqual([1.0, 2.0, 3.0], 2.0).value
    array([0., 1., 1.])
    """

    function = "is_greater_equal"
    aliases = ("greater_equal",)
    written = Notation("[<sum> ≥ <sum>]", r"[<sum> \ge <sum>]")

    def forward(self, xp, a, b):
        return as_number(xp, a >= b, a, b)


class Less(Comparison):
    """``[a < b]``: 1 where a is less than b, else 0.

    Shapes: a and b broadcast, else a ValueError.
    Domain: all numbers.
    Corners: NaN where a or b is NaN, unlike ``a < b``, which is False there. No gradient passes.

    >>> gg.Less([1.0, 2.0, 3.0], 2.0).value
    array([1., 0., 0.])
    """

    function = "is_less"
    aliases = ("less",)
    written = Notation("[<sum> < <sum>]", "[<sum> < <sum>]")

    def forward(self, xp, a, b):
        return as_number(xp, a < b, a, b)


class LessEqual(Comparison):
    """``[a ≤ b]``: 1 where a is less than b or equal, else 0.

    Shapes: a and b broadcast, else a ValueError.
    Domain: all numbers.
    Corners: NaN where a or b is NaN, unlike ``a <= b``, which is False there. No gradient passes.

    >>> gg.LessEqual([1.0, 2.0, 3.0], 2.0).value
    array([1., 1., 0.])
    """

    function = "is_less_equal"
    aliases = ("less_equal",)
    written = Notation("[<sum> ≤ <sum>]", r"[<sum> \le <sum>]")

    def forward(self, xp, a, b):
        return as_number(xp, a <= b, a, b)


class Equal(Comparison):
    """``[a = b]``: 1 where a and b are equal, else 0.

    Shapes: a and b broadcast, else a ValueError.
    Domain: all numbers.
    Corners: 0 equals −0, and an infinity itself. NaN where a or b is NaN. No gradient passes.

    >>> gg.Equal([0.0, 1.0, np.nan], [-0.0, 2.0, np.nan]).value
    array([ 1.,  0., nan])
    """

    function = "is_equal"
    aliases = ("equal",)
    written = Notation("[<sum> = <sum>]", "[<sum> = <sum>]")

    def forward(self, xp, a, b):
        return as_number(xp, a == b, a, b)


class NotEqual(Comparison):
    """``[a ≠ b]``: 1 where a and b differ, else 0.

    Shapes: a and b broadcast, else a ValueError.
    Domain: all numbers.
    Corners: 0 equals −0, and an infinity itself. NaN where a or b is NaN. No gradient passes.

    >>> gg.NotEqual([0.0, 1.0, np.nan], [-0.0, 2.0, np.nan]).value
    array([ 0.,  1., nan])
    """

    function = "is_not_equal"
    aliases = ("not_equal",)
    written = Notation("[<sum> ≠ <sum>]", r"[<sum> \ne <sum>]")

    def forward(self, xp, a, b):
        return as_number(xp, a != b, a, b)


class Heaviside(Elementwise):
    """1 where x > 0, `at_zero` where x is 0, 0 below.

    Shapes: x and at_zero broadcast, else a ValueError.
    Domain: all numbers.
    Corners: no gradient passes to x, as if the step were flat at 0 too; that of at_zero is 1 where x is 0, and 0
        elsewhere. NaN at x = NaN, and the local gradient too.

    >>> half = gg.Parameter(0.5)
    >>> step = gg.Heaviside([-1.0, 0.0, 2.0], half)
    >>> step.value, step.local_gradients()[1].value
    (array([0. , 0.5, 1. ]), array([0., 1., 0.]))
    """

    written = Notation("heaviside(<open>, <open>)", "[<sum> > 0]")
    detached = (0,)

    def forward(self, xp, x, at_zero):
        return xp.heaviside(x, at_zero)

    def local(self, xp, out, x, at_zero):
        return None, lambda: xp.is_equal(x, 0)
