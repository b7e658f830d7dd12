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

    Shapes: the inputs broadcast, else a ValueError; the gradient of each is summed to its own shape.
    Domain: where the rule is defined; elsewhere the value is NaN or infinite, and NumPy warns.
    Corners: NaN in one element stays in that element. No elements in, none out.

    >>> class Cube(gg.Elementwise):
    ...     def forward(self, xp, x):
    ...         return x**3
    ...
    ...     def local(self, xp, out, x):
    ...         return (3 * x**2,)
    >>> x = gg.Parameter([1.0, -2.0], name="x")
    >>> Cube(x).local_gradients()[0].formula
    '3·x**2'
    >>> gg.Sum(Cube(x)).backward()
    >>> x.grad
    array([ 3., 12.])
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
    """a + b, the sum of two.

    Shapes: a and b broadcast, else a ValueError.
    Domain: all numbers.
    Corners: ∞ − ∞ is NaN; the local gradients are 1 there too.

    >>> a, b = gg.Parameter([1.0, 2.0]), gg.Parameter(10.0)
    >>> gg.Sum(a + b).backward()
    >>> a.grad, b.grad  # b serves both elements, so it gets the sum of what flows
    (array([1., 1.]), np.float64(2.0))
    """

    written = Notation("<sum> + <product>", "<sum> + <function>", "sum")

    def forward(self, xp, a, b):
        return a + b

    def local(self, xp, out, a, b):
        return 1, 1


class Sub(Elementwise):
    """a − b, the difference.

    Shapes: a and b broadcast, else a ValueError.
    Domain: all numbers.
    Corners: ∞ − ∞ is NaN; the local gradients are 1 and −1 there too.

    >>> a, b = gg.Parameter(5.0), gg.Parameter(2.0)
    >>> (a - b).backward()
    >>> a.grad, b.grad
    (np.float64(1.0), np.float64(-1.0))
    """

    function = "subtract"
    written = Notation("<sum> − <product>", "<sum> - <function>", "sum")

    def forward(self, xp, a, b):
        return a - b

    def local(self, xp, out, a, b):
        return 1, -1


class Mul(Elementwise):
    """a · b, element by element.

    Shapes: a and b broadcast, else a ValueError.
    Domain: all numbers.
    Corners: 0 · ∞ is NaN; each local gradient is the other factor there too.

    >>> a, b = gg.Parameter(2.0), gg.Parameter(5.0)
    >>> (a * b).backward()
    >>> a.grad, b.grad
    (np.float64(5.0), np.float64(2.0))
    """

    function = "multiply"
    written = Notation("<product>·<power>", r"<product> \, <function>", "product")

    def forward(self, xp, a, b):
        return a * b

    def local(self, xp, out, a, b):
        return b, a


class Div(Elementwise):
    """a / b, the quotient.

    Shapes: a and b broadcast, else a ValueError.
    Domain: b ≠ 0.
    Corners: at b = 0 the value is ∞ for a > 0 and −∞ for a < 0, with local gradients ∞ in a and, in b, −∞ and ∞. 0 / 0
        is NaN, with ∞ and NaN; ∞ / ∞ is NaN, with 0 and NaN.

    >>> a, b = gg.Parameter(6.0, name="a"), gg.Parameter(2.0, name="b")
    >>> [(local.formula, float(local.value)) for local in gg.Div(a, b, name="q").local_gradients()]
    [('1/b', 0.5), ('−q/b', -1.5)]
    """

    function = "divide"
    written = Notation("<product>/<power>", r"\frac{<open>}{<open>}", "product")

    def forward(self, xp, a, b):
        return a / b

    def local(self, xp, out, a, b):
        return lambda: xp.divide(1, b), lambda: -(out / b)


class Neg(Elementwise):
    """−x, the opposite number.

    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: none.

    >>> gg.Neg([1.0, -2.0]).value
    array([-1.,  2.])
    """

    function = "negative"
    written = Notation("−<product>", "-<function>", "negative")

    def forward(self, xp, x):
        return -x

    def local(self, xp, out, x):
        return (-1,)


class Pow(Elementwise):
    """x ** y, the power.

    Shapes: x and y broadcast, else a ValueError.
    Domain: x > 0; x = 0 where y ≥ 0; x < 0 where y is a whole number. Elsewhere NaN, but infinite at x = 0 where y < 0.
    Corners: 0 ** 0 is 1, and both local gradients are 0. At x = 0 the local gradient in x is 0 for y > 1, 1 for y = 1,
        ∞ for 0 < y < 1 and −∞ for y < 0; that in y is 0, or NaN for y < 0. For x < 0 that in y is NaN; it is computed
        only if it is wanted. NaN ** 0 and 1 ** NaN are 1, as in NumPy.

    >>> x = gg.Parameter([0.0, 0.0, -2.0])
    >>> gg.Sum(x ** [0.0, 1.0, 3.0]).backward()
    >>> x.grad
    array([ 0.,  1., 12.])
    """

    function = "power"
    written = Notation("<call>**<power>", "{<call>}^{<open>}", "power")

    def forward(self, xp, x, y):
        return x**y

    def local(self, xp, out, x, y):
        return lambda: y * xp.guard(x, x, y) ** (y - 1), lambda: out * xp.log(xp.guard(x, x, 0.0))


class Exp(Elementwise):
    """e^x, the exponential.

    Shapes: any; out has the same.
    Domain: all numbers; above 709.78 (float32: 88.72) it overflows to ∞, and NumPy warns.
    Corners: 0 at −∞, ∞ at ∞; the local gradients are 0 and ∞ there.

    >>> x = gg.Parameter([0.0, 1.0])
    >>> gg.Sum(gg.Exp(x)).backward()
    >>> x.grad.round(4)  # its own value
    array([1.    , 2.7183])
    """

    written = Notation("exp(<open>)", "e^{<open>}", latex_level="power")

    def forward(self, xp, x):
        return xp.exp(x)

    def local(self, xp, out, x):
        return (out,)


class Log(Elementwise):
    """log x, the natural logarithm.

    Shapes: any; out has the same.
    Domain: x > 0.
    Corners: −∞ at 0, with local gradient ∞ (−∞ at −0); ∞ at ∞, with 0. Below 0 it is NaN, while the local gradient
        1/x is a number.

    >>> local = gg.Log(gg.Parameter(4.0, name="x")).local_gradients()[0]
    >>> local.formula, float(local.value)
    ('1/x', 0.25)
    """

    written = Notation("log(<open>)", r"\log <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.log(x)

    def local(self, xp, out, x):
        return (1 / x,)


class NegLog(Elementwise):
    """−log p, the surprise at an event of probability p.

    Shapes: any; out has the same.
    Domain: p > 0; a probability is at most 1.
    Corners: ∞ at 0, with local gradient −∞ (∞ at −0); 0 at 1, with −1. Below 0 it is NaN, while the local
        gradient −1/p is a number.

    >>> (gg.NegLog([1 / 2, 1 / 4, 1 / 8]) / gg.NegLog(1 / 2)).value  # in bits
    array([1., 2., 3.])
    """

    written = Notation("−log(<open>)", r"-\log <call>", "negative")

    def forward(self, xp, p):
        return -xp.log(p)

    def local(self, xp, out, p):
        return (-(1 / p),)


class Sqrt(Elementwise):
    """√x, the square root.

    Shapes: any; out has the same.
    Domain: x ≥ 0.
    Corners: 0 at 0, with local gradient ∞; ∞ at ∞, with 0. Below 0 both are NaN.

    >>> gg.Sqrt(gg.Parameter([0.0, 4.0])).local_gradients()[0].value
    array([ inf, 0.25])
    """

    written = Notation("sqrt(<open>)", r"\sqrt{<open>}")

    def forward(self, xp, x):
        return xp.sqrt(x)

    def local(self, xp, out, x):
        return (1 / (2 * out),)


class Sigmoid(Elementwise):
    """p = 1 / (1 + e^−z), the probability whose logit is z.

    Shapes: any; out has the same.
    Domain: all numbers, without a warning; below −709.78 (float32: −88.72) it is 0.
    Corners: 0 at −∞, 1 at ∞. The local gradient p·(1 − p) is 0 where p rounds to 1, from z = 37 (float32: 17) on;
        LogSigmoid and Softplus keep their digits there.

    >>> p = gg.Sigmoid(gg.Parameter([-2.0, 0.0, 2.0]), name="p")
    >>> local = p.local_gradients()[0]
    >>> local.formula, local.value.round(3)
    ('p·(1 − p)', array([0.105, 0.25 , 0.105]))
    """

    written = Notation("σ(<open>)", r"\sigma(<open>)")

    @np.errstate(over="ignore")  # e^−z = ∞ gives p = 0, which is right
    def forward(self, xp, z):
        return 1 / (1 + xp.exp(-z))

    def local(self, xp, p, z):
        return (p * (1 - p),)


class Softplus(Elementwise):
    """log(1 + e^z) = −log σ(−z), without overflow and precise in both tails.

    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: 0 at −∞, with local gradient 0; ∞ at ∞, with 1.

    >>> z = gg.Parameter([-50.0, 1000.0])
    >>> gg.Softplus(z).value, gg.Softplus(z).local_gradients()[0].value
    (array([1.92874985e-22, 1.00000000e+03]), array([1.92874985e-22, 1.00000000e+00]))
    """

    def forward(self, xp, z):
        return xp.maximum(z, 0) + xp.log1p(xp.exp(-xp.abs(z)))

    def local(self, xp, out, z):
        return (xp.sigmoid(z),)


class LogSigmoid(Elementwise):
    """log σ(z), without overflow and precise in both tails.

    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: −∞ at −∞, with local gradient 1; 0 at ∞, with 0.

    >>> z = gg.Parameter(-1000.0)
    >>> loss = -gg.LogSigmoid(z)  # NegLog(Sigmoid(z)) is ∞ here, and its gradient NaN
    >>> loss.backward()
    >>> loss.value, z.grad
    (np.float64(1000.0), np.float64(-1.0))
    """

    function = "log_sigmoid"
    written = Notation("log_sigmoid(<open>)", r"\log \sigma(<open>)", latex_level="function")

    def forward(self, xp, z):
        return -xp.softplus(-z)

    def local(self, xp, out, z):
        return (xp.sigmoid(-z),)


class Tanh(Elementwise):
    """tanh x = (e^x − e^−x) / (e^x + e^−x), the hyperbolic tangent.

    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: −1 at −∞, 1 at ∞. The local gradient 1 − out² is 0 where out rounds to ±1, beyond about ±19.

    >>> gg.Tanh(gg.Parameter([0.0, 1.0, 20.0])).local_gradients()[0].value.round(4)
    array([1.  , 0.42, 0.  ])
    """

    written = Notation("tanh(<open>)", r"\tanh(<open>)")

    def forward(self, xp, x):
        return xp.tanh(x)

    def local(self, xp, out, x):
        return (1 - out**2,)


class ReLU(Elementwise):
    """max(x, 0), the rectifier.

    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: the kink at 0, where the local gradient is 0, the slope on its left. NaN at NaN, both.

    >>> gg.ReLU(gg.Parameter([-1.0, 0.0, 2.0])).local_gradients()[0].value
    array([0., 0., 1.])
    """

    def forward(self, xp, x):
        return xp.maximum(x, 0)

    def local(self, xp, out, x):
        return (xp.heaviside(x, 0),)


class XLogY(Elementwise):
    """x · log y, and 0 where x is 0 and y is a number.

    Shapes: x and y broadcast, else a ValueError.
    Domain: y > 0; where x is 0, any y but NaN.
    Corners: 0 · log 0 is 0, with local gradients −∞ in x and 0 in y. At y = 0 it is −∞ for x > 0, with −∞ and ∞, and ∞
        for x < 0, with −∞ and −∞. For y < 0 it is NaN if x is not 0; the local gradient in x is NaN there, that in y
        x/y.

    >>> p = gg.Parameter([0.0, 0.5, 0.5])
    >>> entropy = -gg.Sum(gg.XLogY(p, p))
    >>> entropy.value.round(4)  # log 2: what has probability 0 counts for nothing
    np.float64(0.6931)
    """

    written = Notation("xlogy(<open>, <open>)", r"<product> \log <call>", latex_level="function")

    def forward(self, xp, x, y):
        return x * xp.log(xp.guard(y, x, 0.0))

    def local(self, xp, out, x, y):
        return lambda: xp.log(y), lambda: x / xp.guard(y, x, y)
