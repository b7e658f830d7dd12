"""Trigonometric and hyperbolic functions, and lengths. Angles are in radians."""

from __future__ import annotations

from math import inf

from graphgrad.expression import Notation
from graphgrad.ops.elementwise import Elementwise


class Sin(Elementwise):
    """sin x, the sine of x radians.

    Shapes: any; out has the same.
    Domain: all finite numbers.
    Corners: at ±∞ value and local gradient are NaN.

    >>> x = gg.Parameter([0.0, np.pi / 2])
    >>> gg.Sin(x).value, gg.Sin(x).local_gradients()[0].value.round(4)
    (array([0., 1.]), array([1., 0.]))
    """

    written = Notation("sin(<open>)", r"\sin <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.sin(x)

    def local(self, xp, out, x):
        return (xp.cos(x),)


class Cos(Elementwise):
    """cos x, the cosine of x radians.

    Shapes: any; out has the same.
    Domain: all finite numbers.
    Corners: at ±∞ value and local gradient are NaN.

    >>> x = gg.Parameter([0.0, np.pi / 2])
    >>> gg.Cos(x).value.round(4), gg.Cos(x).local_gradients()[0].formula
    (array([1., 0.]), '−sin(x)')
    """

    written = Notation("cos(<open>)", r"\cos <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.cos(x)

    def local(self, xp, out, x):
        return (-xp.sin(x),)


class Tan(Elementwise):
    """tan x, the tangent of x radians.

    Shapes: any; out has the same.
    Domain: all finite numbers but the poles at π/2 + kπ.
    Corners: no float lies on a pole, so value and local gradient are finite: at ``np.pi / 2`` 1.6e16 and 2.7e32. At ±∞
        both are NaN.

    >>> x = gg.Parameter(np.pi / 4)
    >>> gg.Tan(x).value.round(4), gg.Tan(x).local_gradients()[0].value.round(4)
    (np.float64(1.0), np.float64(2.0))
    """

    written = Notation("tan(<open>)", r"\tan <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.tan(x)

    def local(self, xp, out, x):
        return (1 + out**2,)


class ArcSin(Elementwise):
    """arcsin x, the angle between −π/2 and π/2 whose sine is x.

    Shapes: any; out has the same.
    Domain: −1 ≤ x ≤ 1.
    Corners: ±π/2 at ±1, with local gradient ∞. Beyond them both are NaN.

    >>> gg.ArcSin(gg.Parameter([0.0, 0.6, 1.0])).local_gradients()[0].value
    array([1.  , 1.25,  inf])
    """

    written = Notation("arcsin(<open>)", r"\arcsin <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.arcsin(x)

    def local(self, xp, out, x):
        return (1 / xp.sqrt((1 - x) * (1 + x)),)


class ArcCos(Elementwise):
    """arccos x, the angle between 0 and π whose cosine is x.

    Shapes: any; out has the same.
    Domain: −1 ≤ x ≤ 1.
    Corners: π at −1 and 0 at 1, with local gradient −∞. Beyond them both are NaN.

    >>> gg.ArcCos(gg.Parameter([0.0, 0.6, 1.0])).local_gradients()[0].value
    array([-1.  , -1.25,  -inf])
    """

    written = Notation("arccos(<open>)", r"\arccos <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.arccos(x)

    def local(self, xp, out, x):
        return (-(1 / xp.sqrt((1 - x) * (1 + x))),)


class ArcTan(Elementwise):
    """arctan x, the angle between −π/2 and π/2 whose tangent is x.

    Shapes: any; out has the same.
    Domain: all numbers; beyond ±1.34e154 (float32: ±1.84e19) the x² of the local gradient overflows, and NumPy warns.
    Corners: ±π/2 at ±∞, with local gradient 0.

    >>> x = gg.Parameter([0.0, 1.0])
    >>> gg.ArcTan(x).value.round(4), gg.ArcTan(x).local_gradients()[0].value
    (array([0.    , 0.7854]), array([1. , 0.5]))
    """

    written = Notation("arctan(<open>)", r"\arctan <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.arctan(x)

    def local(self, xp, out, x):
        return (1 / (1 + x**2),)


class Sinh(Elementwise):
    """sinh x = (e^x − e^−x) / 2, the hyperbolic sine.

    Shapes: any; out has the same.
    Domain: all numbers; beyond ±710.47 (float32: ±89.41) it overflows to ±∞, and NumPy warns.
    Corners: ±∞ at ±∞, with local gradient ∞.

    >>> gg.Sinh([0.0, np.log(2)]).value.round(4)
    array([0.  , 0.75])
    """

    written = Notation("sinh(<open>)", r"\sinh <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.sinh(x)

    def local(self, xp, out, x):
        return (xp.cosh(x),)


class Cosh(Elementwise):
    """cosh x = (e^x + e^−x) / 2, the hyperbolic cosine.

    Shapes: any; out has the same.
    Domain: all numbers; beyond ±710.47 (float32: ±89.41) it overflows to ∞, and NumPy warns.
    Corners: ∞ at ±∞, with local gradient ±∞.

    >>> gg.Cosh([0.0, np.log(2)]).value.round(4)
    array([1.  , 1.25])
    """

    written = Notation("cosh(<open>)", r"\cosh <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.cosh(x)

    def local(self, xp, out, x):
        return (xp.sinh(x),)


class ArcSinh(Elementwise):
    """arcsinh x = log(x + √(x² + 1)), the number whose hyperbolic sine is x.

    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: ±∞ at ±∞, with local gradient 0.

    >>> gg.ArcSinh(gg.Parameter([0.0, 0.75])).local_gradients()[0].value
    array([1. , 0.8])
    """

    written = Notation("arcsinh(<open>)", r"\operatorname{arcsinh}(<open>)")

    def forward(self, xp, x):
        return xp.arcsinh(x)

    def local(self, xp, out, x):
        return (1 / xp.hypot(x, 1),)


class ArcCosh(Elementwise):
    """arccosh x = log(x + √(x² − 1)), the number ≥ 0 whose hyperbolic cosine is x.

    Shapes: any; out has the same.
    Domain: x ≥ 1.
    Corners: 0 at 1, with local gradient ∞; ∞ at ∞, with 0. Below 1 both are NaN.

    >>> gg.ArcCosh(gg.Parameter([1.0, 1.25])).local_gradients()[0].value.round(4)
    array([   inf, 1.3333])
    """

    written = Notation("arccosh(<open>)", r"\operatorname{arccosh}(<open>)")

    def forward(self, xp, x):
        return xp.arccosh(x)

    def local(self, xp, out, x):
        return (1 / (xp.sqrt(x - 1) * xp.sqrt(x + 1)),)


class ArcTanh(Elementwise):
    """arctanh x = log((1 + x) / (1 − x)) / 2, the number whose hyperbolic tangent is x.

    Shapes: any; out has the same.
    Domain: −1 < x < 1.
    Corners: ±∞ at ±1, with local gradient ∞. Beyond them it is NaN, while the local gradient 1/((1 − x)·(1 + x)) is a
        number.

    >>> x = gg.Parameter([0.0, 0.5])
    >>> gg.ArcTanh(x).value.round(4), gg.ArcTanh(x).local_gradients()[0].value.round(4)
    (array([0.    , 0.5493]), array([1.    , 1.3333]))
    """

    written = Notation("arctanh(<open>)", r"\operatorname{arctanh}(<open>)")

    def forward(self, xp, x):
        return xp.arctanh(x)

    def local(self, xp, out, x):
        return (1 / ((1 - x) * (1 + x)),)


class ArcTan2(Elementwise):
    """The angle of the point (x, y), between −π and π; y comes first.

    Shapes: y and x broadcast, else a ValueError.
    Domain: all points but the origin.
    Corners: at the origin the angle is 0, as NumPy has it (π where x is −0), and the local gradients are 0. Left of it
        the angle jumps, from π at y = 0 to −π at y = −0. Where a coordinate is infinite, the local gradient in the
        other is NaN.

    >>> y, x = gg.Parameter([1.0, 0.0, 0.0]), gg.Parameter([0.0, -1.0, 0.0])
    >>> gg.ArcTan2(y, x).value.round(4), gg.ArcTan2(y, x).local_gradients()[1].value
    (array([1.5708, 3.1416, 0.    ]), array([-1., -0., -0.]))
    """

    def forward(self, xp, y, x):
        return xp.arctan2(y, x)

    def local(self, xp, out, y, x):
        length = xp.hypot(y, x)
        length = xp.guard(length, length, 0.0, stand_in=inf)
        return lambda: x / length / length, lambda: -(y / length / length)


class Hypot(Elementwise):
    """√(a² + b²), the length of the vector (a, b), without overflow.

    Shapes: a and b broadcast, else a ValueError.
    Domain: all numbers.
    Corners: at a = b = 0 both local gradients are 0, the mean over all directions. Where one is infinite so is the
        length, and the local gradient in that one is NaN.

    >>> a, b = gg.Parameter([3.0, 0.0]), gg.Parameter([4.0, 0.0])
    >>> gg.Hypot(a, b).value, gg.Hypot(a, b).local_gradients()[0].value
    (array([5., 0.]), array([0.6, 0. ]))
    """

    written = Notation("hypot(<open>, <open>)", r"\sqrt{<call>^2 + <call>^2}")

    def forward(self, xp, a, b):
        return xp.hypot(a, b)

    def local(self, xp, out, a, b):
        length = xp.guard(out, out, 0.0, stand_in=inf)
        return lambda: a / length, lambda: b / length
