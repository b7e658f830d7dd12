"""Elementwise ops. Each states its value and its local gradients, one per input, as mathematics."""

from typing import ClassVar

import numpy as np

from graphgrad.expression import Notation
from graphgrad.op import Op


class Elementwise(Op):
    """An op that treats every element alike: output element i depends on input elements i only.

    A subclass defines ``forward(self, xp, *inputs)`` and ``local(self, xp, out, *inputs)``, which
    returns one local gradient per input: the derivative of an output element with respect to its
    input element; a function of no arguments where computing it costs or may warn; None where there
    is no derivative. The gradient that flows to an input is upstream × local.

    Write a rule with operators and `xp`. A comparison such as ``a >= b`` is a Boolean on numbers, and on nodes
    a node that is 1 or 0; choose with ``xp.where(a >= b, …, …)``.
    """

    jacobian = "diagonal"
    cure: ClassVar[str] = (
        "Shapes broadcast where, from the right, each pair of lengths is equal or one of them is 1: "
        "reshape one of the two"
    )

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.by_local = cls.vjp is Op.vjp

    def _cure(self) -> str:
        try:
            np.broadcast_shapes(*(source.shape for source in self.inputs))
        except ValueError:
            return self.cure
        return ""


class Add(Elementwise):
    """a + b."""

    written = Notation("<sum> + <product>", "<sum> + <function>", "sum")

    def forward(self, xp, a, b):
        return a + b

    def local(self, xp, out, a, b):
        return 1, 1


class Sub(Elementwise):
    """a − b."""

    function = "subtract"
    written = Notation("<sum> − <product>", "<sum> - <function>", "sum")

    def forward(self, xp, a, b):
        return a - b

    def local(self, xp, out, a, b):
        return 1, -1


class Mul(Elementwise):
    """a · b, element by element."""

    function = "multiply"
    written = Notation("<product>·<power>", r"<product> \, <function>", "product")

    def forward(self, xp, a, b):
        return a * b

    def local(self, xp, out, a, b):
        return b, a


class Div(Elementwise):
    """a / b."""

    function = "divide"
    written = Notation("<product>/<power>", r"\frac{<open>}{<open>}", "product")

    def forward(self, xp, a, b):
        return a / b

    def local(self, xp, out, a, b):
        return lambda: xp.divide(1, b), lambda: -(out / b)


class Neg(Elementwise):
    """−x."""

    function = "negative"
    written = Notation("−<product>", "-<function>", "negative")

    def forward(self, xp, x):
        return -x

    def local(self, xp, out, x):
        return (-1,)


class Pow(Elementwise):
    """x ** y. At x = y = 0 the value is 1 and both local gradients are 0.

    The derivative with respect to y is NaN where x is negative, and 0 where x is 0 and y is not negative.
    """

    function = "power"
    written = Notation("<call>**<power>", "{<call>}^{<open>}", "power")

    def forward(self, xp, x, y):
        return x**y

    def local(self, xp, out, x, y):
        return lambda: y * xp.guard(x, x, y) ** (y - 1), lambda: out * xp.log(xp.guard(x, x, 0.0))


class Exp(Elementwise):
    """e^x."""

    written = Notation("exp(<open>)", "e^{<open>}", latex_level="power")

    def forward(self, xp, x):
        return xp.exp(x)

    def local(self, xp, out, x):
        return (out,)


class Log(Elementwise):
    """The natural logarithm of x > 0; −∞ with local gradient ∞ at 0, NaN below."""

    written = Notation("log(<open>)", r"\log <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.log(x)

    def local(self, xp, out, x):
        return (1 / x,)


class NegLog(Elementwise):
    """−log p, the surprise at an event of probability p."""

    written = Notation("−log(<open>)", r"-\log <call>", "negative")

    def forward(self, xp, p):
        return -xp.log(p)

    def local(self, xp, out, p):
        return (-(1 / p),)


class Sqrt(Elementwise):
    """The square root of x ≥ 0; its local gradient is ∞ at 0."""

    written = Notation("sqrt(<open>)", r"\sqrt{<open>}")

    def forward(self, xp, x):
        return xp.sqrt(x)

    def local(self, xp, out, x):
        return (1 / (2 * out),)


class Sigmoid(Elementwise):
    """p = 1 / (1 + e^−z), the probability whose logit is z."""

    written = Notation("σ(<open>)", r"\sigma(<open>)")

    @np.errstate(over="ignore")  # e^−z = ∞ gives p = 0, which is right
    def forward(self, xp, z):
        return 1 / (1 + xp.exp(-z))

    def local(self, xp, p, z):
        return (p * (1 - p),)


class Softplus(Elementwise):
    """log(1 + e^z) = −log σ(−z), without overflow and precise in both tails."""

    def forward(self, xp, z):
        return xp.maximum(z, 0) + xp.log1p(xp.exp(-xp.abs(z)))

    def local(self, xp, out, z):
        return (xp.sigmoid(z),)


class LogSigmoid(Elementwise):
    """log σ(z), without overflow and precise in both tails."""

    function = "log_sigmoid"
    written = Notation("log_sigmoid(<open>)", r"\log \sigma(<open>)", latex_level="function")

    def forward(self, xp, z):
        return -xp.softplus(-z)

    def local(self, xp, out, z):
        return (xp.sigmoid(-z),)


class Tanh(Elementwise):
    """The hyperbolic tangent."""

    written = Notation("tanh(<open>)", r"\tanh(<open>)")

    def forward(self, xp, x):
        return xp.tanh(x)

    def local(self, xp, out, x):
        return (1 - out**2,)


class ReLU(Elementwise):
    """max(x, 0); its local gradient at 0 is 0."""

    def forward(self, xp, x):
        return xp.maximum(x, 0)

    def local(self, xp, out, x):
        return (xp.heaviside(x, 0),)


class XLogY(Elementwise):
    """x · log y, and 0 where x is 0 and y is a number."""

    written = Notation("xlogy(<open>, <open>)", r"<product> \log <call>", latex_level="function")

    def forward(self, xp, x, y):
        return x * xp.log(xp.guard(y, x, 0.0))

    def local(self, xp, out, x, y):
        return lambda: xp.log(y), lambda: x / xp.guard(y, x, y)
