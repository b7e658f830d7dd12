"""An op of your own

Swish is x·σ(x). Its class states two formulas, the value and the local gradient, and the picture typesets the second
as it does for graphgrad's own ops. `gg.testing.check_grads` compares it with derivatives taken from values alone, and
returns nothing if all is right.
"""

import graphgrad as gg


class Swish(gg.Elementwise):
    """x · σ(x)."""

    def forward(self, xp, x):
        return x * xp.sigmoid(x)

    def local(self, xp, out, x):
        return (xp.sigmoid(x) + out * xp.sigmoid(-x),)


x, y = gg.Input(2.0), gg.Input(1.0)
w = gg.Parameter(0.5)
z = w * x
h = Swish(z)
L = (h - y) ** 2
gg.testing.check_grads(L)

picture = gg.draw(L)
