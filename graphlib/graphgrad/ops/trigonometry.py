"""Trigonometric and hyperbolic functions, and lengths. Angles are in radians."""

from __future__ import annotations

from math import inf

from graphgrad.expression import Notation
from graphgrad.ops.elementwise import Elementwise


class Sin(Elementwise):
    """The sine."""

    written = Notation("sin(<open>)", r"\sin <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.sin(x)

    def local(self, xp, out, x):
        return (xp.cos(x),)


class Cos(Elementwise):
    """The cosine."""

    written = Notation("cos(<open>)", r"\cos <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.cos(x)

    def local(self, xp, out, x):
        return (-xp.sin(x),)


class Tan(Elementwise):
    """The tangent."""

    written = Notation("tan(<open>)", r"\tan <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.tan(x)

    def local(self, xp, out, x):
        return (1 + out**2,)


class ArcSin(Elementwise):
    """The angle between −π/2 and π/2 whose sine is x; its local gradient is ∞ at ±1."""

    written = Notation("arcsin(<open>)", r"\arcsin <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.arcsin(x)

    def local(self, xp, out, x):
        return (1 / xp.sqrt((1 - x) * (1 + x)),)


class ArcCos(Elementwise):
    """The angle between 0 and π whose cosine is x; its local gradient is −∞ at ±1."""

    written = Notation("arccos(<open>)", r"\arccos <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.arccos(x)

    def local(self, xp, out, x):
        return (-(1 / xp.sqrt((1 - x) * (1 + x))),)


class ArcTan(Elementwise):
    """The angle between −π/2 and π/2 whose tangent is x."""

    written = Notation("arctan(<open>)", r"\arctan <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.arctan(x)

    def local(self, xp, out, x):
        return (1 / (1 + x**2),)


class Sinh(Elementwise):
    """The hyperbolic sine."""

    written = Notation("sinh(<open>)", r"\sinh <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.sinh(x)

    def local(self, xp, out, x):
        return (xp.cosh(x),)


class Cosh(Elementwise):
    """The hyperbolic cosine."""

    written = Notation("cosh(<open>)", r"\cosh <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.cosh(x)

    def local(self, xp, out, x):
        return (xp.sinh(x),)


class ArcSinh(Elementwise):
    """The number whose hyperbolic sine is x."""

    written = Notation("arcsinh(<open>)", r"\operatorname{arcsinh}(<open>)")

    def forward(self, xp, x):
        return xp.arcsinh(x)

    def local(self, xp, out, x):
        return (1 / xp.hypot(x, 1),)


class ArcCosh(Elementwise):
    """The number ≥ 0 whose hyperbolic cosine is x ≥ 1; its local gradient is ∞ at 1."""

    written = Notation("arccosh(<open>)", r"\operatorname{arccosh}(<open>)")

    def forward(self, xp, x):
        return xp.arccosh(x)

    def local(self, xp, out, x):
        return (1 / (xp.sqrt(x - 1) * xp.sqrt(x + 1)),)


class ArcTanh(Elementwise):
    """The number whose hyperbolic tangent is x, between −1 and 1."""

    written = Notation("arctanh(<open>)", r"\operatorname{arctanh}(<open>)")

    def forward(self, xp, x):
        return xp.arctanh(x)

    def local(self, xp, out, x):
        return (1 / ((1 - x) * (1 + x)),)


class ArcTan2(Elementwise):
    """The angle of the point (x, y), between −π and π; at the origin its local gradients are 0."""

    def forward(self, xp, y, x):
        return xp.arctan2(y, x)

    def local(self, xp, out, y, x):
        length = xp.hypot(y, x)
        length = xp.guard(length, length, 0.0, stand_in=inf)
        return lambda: x / length / length, lambda: -(y / length / length)


class Hypot(Elementwise):
    """√(a² + b²), without overflow; at a = b = 0 its local gradients are 0."""

    written = Notation("hypot(<open>, <open>)", r"\sqrt{<call>^2 + <call>^2}")

    def forward(self, xp, a, b):
        return xp.hypot(a, b)

    def local(self, xp, out, a, b):
        length = xp.guard(out, out, 0.0, stand_in=inf)
        return lambda: a / length, lambda: b / length
