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
    """``|x|``, the absolute value.

    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: the kink at 0, where the local gradient is 0, the mean of both sides. NaN at NaN, both.

    >>> gg.Abs(gg.Parameter([-2.0, 0.0, 3.0])).local_gradients()[0].value
    array([-1.,  0.,  1.])
    """

    aliases = ("absolute", "fabs")
    written = Notation("abs(<open>)", r"\left|<open>\right|")

    def forward(self, xp, x):
        return xp.abs(x)

    def local(self, xp, out, x):
        return (xp.sign(x),)


class Sign(Elementwise):
    """1 where x is positive, −1 where it is negative, 0 at 0.

    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: the local gradient is 0 everywhere, at the jump and at NaN too, where the value is NaN.

    >>> gg.Sign([-2.0, 0.0, 3.0]).value
    array([-1.,  0.,  1.])
    """

    def forward(self, xp, x):
        return xp.sign(x)

    def local(self, xp, out, x):
        return (0,)


class Floor(Elementwise):
    """⌊x⌋, the largest whole number not above x.

    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: the local gradient is 0 everywhere, at the jumps too, where the value is x.

    >>> gg.Floor([-0.5, 2.0, 2.9]).value
    array([-1.,  2.,  2.])
    """

    written = Notation("floor(<open>)", r"\lfloor <open> \rfloor")

    def forward(self, xp, x):
        return xp.floor(x)

    def local(self, xp, out, x):
        return (0,)


class Ceil(Elementwise):
    """⌈x⌉, the smallest whole number not below x.

    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: the local gradient is 0 everywhere, at the jumps too, where the value is x.

    >>> gg.Ceil([-1.5, 2.0, 2.1]).value
    array([-1.,  2.,  3.])
    """

    written = Notation("ceil(<open>)", r"\lceil <open> \rceil")

    def forward(self, xp, x):
        return xp.ceil(x)

    def local(self, xp, out, x):
        return (0,)


class Trunc(Elementwise):
    """x without its decimals: the next whole number towards 0.

    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: the local gradient is 0 everywhere, at the jumps too, where the value is x.

    >>> np.trunc(gg.Input([-1.5, 2.0, 2.9])).value
    array([-1.,  2.,  2.])
    """

    is_public = False
    aliases = ("fix",)

    def forward(self, xp, x):
        return xp.trunc(x)

    def local(self, xp, out, x):
        return (0,)


class Round(Elementwise):
    """x rounded to `decimals` places, ties to even.

    Settings: `decimals`, 0 by default; −1 rounds to tens.
    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: 0.5 and −0.5 give 0, 1.5 and 2.5 give 2. The local gradient is 0 everywhere, at the jumps too.

    >>> gg.Round([0.5, 1.5, 2.5]).value, gg.Round(1.234, decimals=1).value
    (array([0., 2., 2.]), 1.2)
    """

    aliases = ("around", "rint")

    def __init__(self, x: Any, *, decimals: int = 0, name: str | None = None) -> None:
        self.decimals = decimals
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.round(x, self.decimals)

    def local(self, xp, out, x):
        return (0,)


class FloorDivide(Elementwise):
    """⌊a / b⌋, the largest whole number not above the quotient.

    Shapes: a and b broadcast, else a ValueError.
    Domain: b ≠ 0, and a finite.
    Corners: a // 0 is ±∞, with the sign of a, and 0 // 0 is NaN. The local gradients are 0 everywhere, at the jumps
        too.

    >>> gg.FloorDivide([5.0, -5.0], 3.0).value
    array([ 1., -2.])
    """

    function = "floor_divide"
    written = Notation("floor_divide(<open>, <open>)", r"\lfloor <product> / <power> \rfloor")

    def forward(self, xp, a, b):
        return a // b

    def local(self, xp, out, a, b):
        return 0, 0


class Mod(Elementwise):
    """a − b·⌊a/b⌋, the remainder, which has the sign of b.

    Shapes: a and b broadcast, else a ValueError.
    Domain: b ≠ 0, and a finite.
    Corners: at multiples of b it jumps; it is 0 there, and the local gradients are 1 and −a/b. At b = 0 it is NaN, with
        1 and, where a > 0, −∞ (a < 0: ∞, a = 0: NaN).

    >>> a, b = gg.Parameter([5.0, -5.0, 6.0]), gg.Parameter(3.0)
    >>> gg.Mod(a, b).value, gg.Mod(a, b).local_gradients()[1].value
    (array([2., 1., 0.]), array([-1.,  2., -2.]))
    """

    aliases = ("remainder",)
    written = Notation("mod(<open>, <open>)", r"<product> \bmod <power>", latex_level="product")

    def forward(self, xp, a, b):
        return a % b

    def local(self, xp, out, a, b):
        return 1, lambda: -xp.floor_divide(a, b)


class FMod(Elementwise):
    """a − b·trunc(a/b), the remainder, which has the sign of a.

    Shapes: a and b broadcast, else a ValueError.
    Domain: b ≠ 0, and a finite.
    Corners: at multiples of b it jumps; it is 0 there, and the local gradients are 1 and −a/b. At b = 0 it is NaN, with
        1 and NaN.

    >>> np.fmod(gg.Input([5.0, -5.0]), 3.0).value
    array([ 2., -2.])
    """

    is_public = False
    written = Notation("fmod(<open>, <open>)", r"\operatorname{fmod}(<open>, <open>)")

    def forward(self, xp, a, b):
        return xp.fmod(a, b)

    def local(self, xp, out, a, b):
        return 1, lambda: -xp.round((a - out) / b)  # not trunc(a/b): a quotient that is nearly whole is rounded up


class CopySign(Elementwise):
    """The size of a with the sign of b.

    Shapes: a and b broadcast, else a ValueError.
    Domain: all numbers.
    Corners: 0 and −0 as b have a sign too; b has local gradient 0, at the jump too. The kink at a = 0, where the local
        gradient is 0.

    >>> np.copysign(gg.Input([1.0, -2.0]), -1.0).value
    array([-1., -2.])
    """

    is_public = False

    def forward(self, xp, a, b):
        return xp.copysign(a, b)

    def local(self, xp, out, a, b):
        return lambda: xp.sign(a) * xp.copysign(1.0, b), 0


class Maximum(Elementwise):
    """max(a, b), the larger of two.

    Shapes: a and b broadcast, else a ValueError.
    Domain: all numbers.
    Corners: where they tie, as 0 and −0 or two equal infinities do, each local gradient is ½. NaN in one gives NaN, and
        both local gradients are NaN.

    >>> gg.Maximum(gg.Parameter([1.0, 2.0, 3.0]), 2.0).local_gradients()[0].value
    array([0. , 0.5, 1. ])
    """

    written = Notation("maximum(<open>, <open>)", r"\max(<open>, <open>)")

    def forward(self, xp, a, b):
        return xp.maximum(a, b)

    def local(self, xp, out, a, b):
        return lambda: share(xp, xp.is_greater(a, b), a, b), lambda: share(xp, xp.is_less(a, b), a, b)


class Minimum(Elementwise):
    """min(a, b), the smaller of two.

    Shapes: a and b broadcast, else a ValueError.
    Domain: all numbers.
    Corners: where they tie, as 0 and −0 or two equal infinities do, each local gradient is ½. NaN in one gives NaN, and
        both local gradients are NaN.

    >>> gg.Minimum(gg.Parameter([1.0, 2.0, 3.0]), 2.0).local_gradients()[0].value
    array([1. , 0.5, 0. ])
    """

    written = Notation("minimum(<open>, <open>)", r"\min(<open>, <open>)")

    def forward(self, xp, a, b):
        return xp.minimum(a, b)

    def local(self, xp, out, a, b):
        return lambda: share(xp, xp.is_less(a, b), a, b), lambda: share(xp, xp.is_greater(a, b), a, b)


def share(xp, wins, a, b):
    """1 where one wins, one half where a and b tie."""
    return wins + 0.5 * xp.is_equal(a, b)


class Where(Elementwise):
    """a where `condition` is not 0, else b.

    Shapes: condition, a and b broadcast, else a ValueError.
    Domain: all numbers; the condition has no derivative.
    Corners: NaN as condition takes a, and the local gradients are NaN. Where the derivative of the branch that is not
        taken is infinite or NaN, 0 times it is NaN. Keep such points out of that branch: ``Where(x > 0, Sqrt(Where(x >
        0, x, 1)), 0)``. A condition such as ``x > 0`` is what it was when the node was built, whatever `replace` gives
        x; with Greater and its like it is compared anew.

    >>> x = gg.Parameter([0.0, 4.0])
    >>> gg.Sum(gg.Where(x > 0, gg.Sqrt(gg.Where(x > 0, x, 1)), 0)).backward()
    >>> x.grad
    array([0.  , 0.25])
    """

    detached = (0,)
    written = Notation("where(<open>, <open>, <open>)", r"\operatorname{where}(<open>, <open>, <open>)")

    def forward(self, xp, condition, a, b):
        return xp.where(xp.not_equal(condition, 0), a, b)

    def local(self, xp, out, condition, a, b):
        return None, lambda: xp.is_not_equal(condition, 0), lambda: xp.is_equal(condition, 0)


@composition("select", is_public=False)
def Select(xp, conditions: list[Any], choices: list[Any], /, default=0):
    """The first of the choices whose condition is not 0; where there is none, `default`.

    Settings: `default`, a number, an array or a node, 0 by default.
    Shapes: conditions, choices and default broadcast, else a ValueError; as many choices as conditions.
    Domain: all numbers; the conditions have no derivative.
    Corners: as for Where. Conditions such as ``x < 0`` are what they were when the node was built, whatever `replace`
        gives x; with Less and its like they are compared anew.

    >>> x = gg.Parameter([-2.0, 0.5, 3.0])
    >>> np.select([x < 0, x < 1], [-x, x**2]).value
    array([2.  , 0.25, 0.  ])
    """
    if len(conditions) != len(choices):
        raise ValueError(f"{len(conditions)} conditions and {len(choices)} choices; give as many of both")
    chosen = default
    for condition, choice in zip(reversed(conditions), reversed(choices), strict=True):
        chosen = xp.where(condition, choice, chosen)
    return chosen


@composition("clip")
def Clip(xp, x, /, a_min=None, a_max=None, *, min=None, max=None):
    """min(max(x, a_min), a_max): x, but not below the one limit nor above the other.

    Settings: `a_min` and `a_max`, numbers, arrays or nodes, also called `min` and `max`; None sets no limit.
    Shapes: x and the limits broadcast, else a ValueError.
    Domain: all numbers.
    Corners: at a limit x and the limit have half of the gradient each; beyond it x has none. Where the limits cross,
        the upper one is the value. NaN in x or in a limit gives NaN, with NaN as gradient.

    >>> x = gg.Parameter([-2.0, 0.0, 1.0])
    >>> gg.Sum(gg.Clip(x, -1, 1)).backward()
    >>> x.grad
    array([0. , 1. , 0.5])
    """
    for limit in (a_min, min):
        x = x if limit is None else xp.maximum(x, limit)
    for limit in (a_max, max):
        x = x if limit is None else xp.minimum(x, limit)
    return x
