"""Corners and ties

At a corner there is no single slope, so a library has to choose one. ReLU lets the gradient through where x is
positive, and stops it elsewhere, at 0 too. Where elements tie for the maximum, they share the gradient evenly. In the
chips, a comparison in brackets is 1 where it is true, and 0 elsewhere.
"""

import graphgrad as gg

x = gg.Parameter([-2.0, 0.0, 3.0])
h = gg.ReLU(x)
s = gg.Sum(h)
picture = gg.draw(s)

v = gg.Parameter([4.0, 1.0, 4.0])
top = gg.Max(v)
second = gg.draw(top)
