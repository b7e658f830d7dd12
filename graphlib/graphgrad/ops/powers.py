"""Powers, exponentials and logarithms beside those of :mod:`elementwise`."""

from __future__ import annotations

from math import log

from graphgrad.expression import Notation
from graphgrad.ops.elementwise import Elementwise


class Square(Elementwise):
    """x², the square.

    Shapes: any; out has the same.
    Domain: all numbers; beyond ±1.34e154 (float32: ±1.84e19) it overflows to ∞, and NumPy warns.
    Corners: ∞ at ±∞; the local gradient is ±∞ there.

    >>> x = gg.Parameter([3.0, -1.0])
    >>> gg.Sum(gg.Square(x)).backward()
    >>> x.grad
    array([ 6., -2.])
    """

    written = Notation("square(<open>)", "{<call>}^{2}", latex_level="power")

    def forward(self, xp, x):
        return x * x

    def local(self, xp, out, x):
        return (2 * x,)


class Reciprocal(Elementwise):
    """1 / x, the reciprocal.

    Shapes: any; out has the same.
    Domain: x ≠ 0.
    Corners: ∞ at 0 and −∞ at −0, with local gradient −∞; 0 at ±∞, with 0.

    >>> x = gg.Parameter([2.0, -0.5])
    >>> gg.Reciprocal(x).value, gg.Reciprocal(x).local_gradients()[0].value
    (array([ 0.5, -2. ]), array([-0.25, -4.  ]))
    """

    written = Notation("1/<power>", r"\frac{1}{<open>}", "product")

    def forward(self, xp, x):
        return 1 / x

    def local(self, xp, out, x):
        return (-(out**2),)


class Cbrt(Elementwise):
    """∛x, the cube root of x, of either sign.

    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: 0 at 0, with local gradient ∞; ±∞ at ±∞, with 0.

    >>> x = gg.Parameter([-8.0, 0.0])
    >>> gg.Cbrt(x).value, gg.Cbrt(x).local_gradients()[0].value.round(4)
    (array([-2.,  0.]), array([0.0833,    inf]))
    """

    written = Notation("cbrt(<open>)", r"\sqrt[3]{<open>}")

    def forward(self, xp, x):
        return xp.cbrt(x)

    def local(self, xp, out, x):
        return (1 / (3 * out**2),)


class Exp2(Elementwise):
    """2^x, a power of two.

    Shapes: any; out has the same.
    Domain: all numbers; from 1024 (float32: 128) on it overflows to ∞, and NumPy warns.
    Corners: 0 at −∞, ∞ at ∞; the local gradients are 0 and ∞ there.

    >>> gg.Exp2([-1.0, 0.0, 10.0]).value
    array([5.000e-01, 1.000e+00, 1.024e+03])
    """

    written = Notation("exp2(<open>)", "2^{<open>}", latex_level="power")

    def forward(self, xp, x):
        return xp.exp2(x)

    def local(self, xp, out, x):
        return (out * log(2),)


class Expm1(Elementwise):
    """e^x − 1, precise near x = 0.

    Shapes: any; out has the same.
    Domain: all numbers; above 709.78 (float32: 88.72) it overflows to ∞, and NumPy warns.
    Corners: −1 at −∞, with local gradient 0; ∞ at ∞, with ∞.

    >>> gg.Expm1(1e-20).value, (gg.Exp(1e-20) - 1).value
    (1e-20, 0.0)
    """

    written = Notation("expm1(<open>)", r"\operatorname{expm1}(<open>)")

    def forward(self, xp, x):
        return xp.expm1(x)

    def local(self, xp, out, x):
        return (xp.exp(x),)


class Log1p(Elementwise):
    """log(1 + x), precise near x = 0.

    Shapes: any; out has the same.
    Domain: x > −1.
    Corners: −∞ at −1, with local gradient ∞; ∞ at ∞, with 0. Below −1 it is NaN, while the local gradient 1/(1 + x) is
        a number.

    >>> gg.Log1p(1e-20).value, gg.Log(1 + 1e-20).value
    (1e-20, 0.0)
    """

    written = Notation("log1p(<open>)", r"\operatorname{log1p}(<open>)")

    def forward(self, xp, x):
        return xp.log1p(x)

    def local(self, xp, out, x):
        return (1 / (1 + x),)


class Log2(Elementwise):
    """log₂ x, the logarithm to base 2.

    Shapes: any; out has the same.
    Domain: x > 0.
    Corners: −∞ at 0, with local gradient ∞ (−∞ at −0); ∞ at ∞, with 0. Below 0 it is NaN, while the local gradient is a
        number.

    >>> gg.Log2([1.0, 8.0]).value
    array([0., 3.])
    """

    written = Notation("log2(<open>)", r"\log_2 <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.log2(x)

    def local(self, xp, out, x):
        return (1 / log(2) / x,)


class Log10(Elementwise):
    """log₁₀ x, the logarithm to base 10.

    Shapes: any; out has the same.
    Domain: x > 0.
    Corners: −∞ at 0, with local gradient ∞ (−∞ at −0); ∞ at ∞, with 0. Below 0 it is NaN, while the local gradient is a
        number.

    >>> gg.Log10([1.0, 1000.0]).value
    array([0., 3.])
    """

    written = Notation("log10(<open>)", r"\log_{10} <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.log10(x)

    def local(self, xp, out, x):
        return (1 / log(10) / x,)


class LogAddExp(Elementwise):
    """log(e^a + e^b), without overflow.

    Shapes: a and b broadcast, else a ValueError.
    Domain: all numbers.
    Corners: where one is −∞ it is the other, and where one is ∞ it is ∞; the local gradients are 1 for the larger and 0
        for the smaller. Where both are ∞ or both −∞ it is that, and the local gradients are NaN.

    >>> a, b = gg.Parameter([0.0, 1000.0]), gg.Parameter([0.0, -1000.0])
    >>> total = gg.LogAddExp(a, b)
    >>> total.value.round(4), total.local_gradients()[0].value
    (array([6.931e-01, 1.000e+03]), array([0.5, 1. ]))
    """

    def forward(self, xp, a, b):
        return xp.logaddexp(a, b)

    def local(self, xp, out, a, b):
        return lambda: xp.sigmoid(a - b), lambda: xp.sigmoid(b - a)
