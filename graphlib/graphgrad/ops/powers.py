"""Powers, exponentials and logarithms beside those of :mod:`elementwise`."""

from __future__ import annotations

from math import log

from graphgrad.expression import Notation
from graphgrad.ops.elementwise import Elementwise


class Square(Elementwise):
    """x²."""

    written = Notation("square(<open>)", "{<call>}^{2}", latex_level="power")

    def forward(self, xp, x):
        return x * x

    def local(self, xp, out, x):
        return (2 * x,)


class Reciprocal(Elementwise):
    """1 / x."""

    written = Notation("1/<power>", r"\frac{1}{<open>}", "product")

    def forward(self, xp, x):
        return 1 / x

    def local(self, xp, out, x):
        return (-(out**2),)


class Cbrt(Elementwise):
    """The cube root of x, of either sign; its local gradient is ∞ at 0."""

    written = Notation("cbrt(<open>)", r"\sqrt[3]{<open>}")

    def forward(self, xp, x):
        return xp.cbrt(x)

    def local(self, xp, out, x):
        return (1 / (3 * out**2),)


class Exp2(Elementwise):
    """2^x."""

    written = Notation("exp2(<open>)", "2^{<open>}", latex_level="power")

    def forward(self, xp, x):
        return xp.exp2(x)

    def local(self, xp, out, x):
        return (out * log(2),)


class Expm1(Elementwise):
    """e^x − 1, precise near x = 0."""

    written = Notation("expm1(<open>)", r"\operatorname{expm1}(<open>)")

    def forward(self, xp, x):
        return xp.expm1(x)

    def local(self, xp, out, x):
        return (xp.exp(x),)


class Log1p(Elementwise):
    """log(1 + x), precise near x = 0; −∞ at −1."""

    written = Notation("log1p(<open>)", r"\operatorname{log1p}(<open>)")

    def forward(self, xp, x):
        return xp.log1p(x)

    def local(self, xp, out, x):
        return (1 / (1 + x),)


class Log2(Elementwise):
    """The logarithm of x > 0 to base 2."""

    written = Notation("log2(<open>)", r"\log_2 <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.log2(x)

    def local(self, xp, out, x):
        return (1 / log(2) / x,)


class Log10(Elementwise):
    """The logarithm of x > 0 to base 10."""

    written = Notation("log10(<open>)", r"\log_{10} <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.log10(x)

    def local(self, xp, out, x):
        return (1 / log(10) / x,)


class LogAddExp(Elementwise):
    """log(e^a + e^b), without overflow."""

    def forward(self, xp, a, b):
        return xp.logaddexp(a, b)

    def local(self, xp, out, a, b):
        return lambda: xp.sigmoid(a - b), lambda: xp.sigmoid(b - a)
