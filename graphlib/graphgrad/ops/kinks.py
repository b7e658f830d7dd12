"""Ops with kinks and jumps: signs, whole numbers, the larger and the smaller, choices.

At a kink the local gradient is the mean of both sides: |x| has 0 at 0, and where two inputs tie for
the maximum each has one half.
"""

from __future__ import annotations

from typing import Any

from graphgrad.composition import composition
from graphgrad.expression import Notation
from graphgrad.ops.elementwise import Elementwise


class Abs(Elementwise):
    """|x|; its local gradient at 0 is 0."""

    aliases = ("absolute", "fabs")
    written = Notation("abs(<open>)", r"\left|<open>\right|")

    def forward(self, xp, x):
        return xp.abs(x)

    def local(self, xp, out, x):
        return (xp.sign(x),)


class Sign(Elementwise):
    """1 where x is positive, −1 where it is negative, 0 at 0; its local gradient is 0."""

    def forward(self, xp, x):
        return xp.sign(x)

    def local(self, xp, out, x):
        return (0,)


class Floor(Elementwise):
    """The largest whole number not above x; its local gradient is 0."""

    written = Notation("floor(<open>)", r"\lfloor <open> \rfloor")

    def forward(self, xp, x):
        return xp.floor(x)

    def local(self, xp, out, x):
        return (0,)


class Ceil(Elementwise):
    """The smallest whole number not below x; its local gradient is 0."""

    written = Notation("ceil(<open>)", r"\lceil <open> \rceil")

    def forward(self, xp, x):
        return xp.ceil(x)

    def local(self, xp, out, x):
        return (0,)


class Round(Elementwise):
    """x rounded to `decimals` places, ties to even; its local gradient is 0."""

    aliases = ("around", "rint")

    def __init__(self, x: Any, *, decimals: int = 0, name: str | None = None) -> None:
        self.decimals = decimals
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.round(x, self.decimals)

    def local(self, xp, out, x):
        return (0,)


class FloorDivide(Elementwise):
    """The largest whole number not above a / b; its local gradients are 0."""

    function = "floor_divide"
    written = Notation("floor_divide(<open>, <open>)", r"\lfloor <product> / <power> \rfloor")

    def forward(self, xp, a, b):
        return a // b

    def local(self, xp, out, a, b):
        return 0, 0


class Mod(Elementwise):
    """The remainder a − b·⌊a/b⌋, which has the sign of b."""

    aliases = ("remainder",)
    written = Notation("mod(<open>, <open>)", r"<product> \bmod <power>", latex_level="product")

    def forward(self, xp, a, b):
        return a % b

    def local(self, xp, out, a, b):
        return 1, lambda: -xp.floor_divide(a, b)


class Maximum(Elementwise):
    """The larger of a and b; where they tie, each has half of the gradient."""

    written = Notation("maximum(<open>, <open>)", r"\max(<open>, <open>)")

    def forward(self, xp, a, b):
        return xp.maximum(a, b)

    def local(self, xp, out, a, b):
        return lambda: share(xp, xp.is_greater(a, b), a, b), lambda: share(xp, xp.is_less(a, b), a, b)


class Minimum(Elementwise):
    """The smaller of a and b; where they tie, each has half of the gradient."""

    written = Notation("minimum(<open>, <open>)", r"\min(<open>, <open>)")

    def forward(self, xp, a, b):
        return xp.minimum(a, b)

    def local(self, xp, out, a, b):
        return lambda: share(xp, xp.is_less(a, b), a, b), lambda: share(xp, xp.is_greater(a, b), a, b)


def share(xp, wins, a, b):
    """1 where one wins, one half where a and b tie."""
    return wins + 0.5 * xp.is_equal(a, b)


class Where(Elementwise):
    """a where `condition` is not 0, else b. The condition has no derivative.

    Where a derivative of the branch not taken is infinite or NaN, 0 times it is NaN. Keep such points out of
    that branch: ``Where(x > 0, Sqrt(Where(x > 0, x, 1)), 0)``.
    """

    detached = (0,)
    written = Notation("where(<open>, <open>, <open>)", r"\operatorname{where}(<open>, <open>, <open>)")

    def forward(self, xp, condition, a, b):
        return xp.where(xp.not_equal(condition, 0), a, b)

    def local(self, xp, out, condition, a, b):
        return None, lambda: xp.is_not_equal(condition, 0), lambda: xp.is_equal(condition, 0)


@composition("clip")
def Clip(xp, x, /, a_min=None, a_max=None, *, min=None, max=None):
    """x, but not less than `a_min` and not more than `a_max`, also called `min` and `max`; None sets no limit.

    At a limit, x and the limit have half of the gradient each; beyond it, x has none.
    """
    for limit in (a_min, min):
        x = x if limit is None else xp.maximum(x, limit)
    for limit in (a_max, max):
        x = x if limit is None else xp.minimum(x, limit)
    return x
