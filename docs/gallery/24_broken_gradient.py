"""A broken gradient

The graph of the page before, but the rule has lost its second term. Nothing fails: there is a value, a gradient and a
picture. But the chip on the edge from z to h holds a wrong number, and so the gradients at z and w are wrong.
`gg.testing.check_grads` names the op and the input, and gives the number that is right.
"""

import graphgrad as gg


class Careless(gg.Elementwise):
    """x · σ(x), with a mistake in its derivative."""

    def forward(self, xp, x):
        return x * xp.sigmoid(x)

    def local(self, xp, out, x):
        return (xp.sigmoid(x),)


x, y = gg.Input(2.0), gg.Input(1.0)
w = gg.Parameter(0.5)
z = gg.Mul(w, x, name="z")
h = Careless(z)
L = (h - y) ** 2

try:
    gg.testing.check_grads(L)
except AssertionError as error:
    print(error)

picture = gg.draw(L)
