"""Saturation

One op at three values. The local gradient of tanh is 1 − h²: it is largest at 0, where the curve is steepest, and
nearly 0 far out, where the curve is flat. What arrives from later nodes is multiplied by it, so hardly any of it gets
back to a saturated z.
"""

import graphgrad as gg

z = gg.Parameter([0.0, 1.0, 5.0])
h = gg.Tanh(z)
s = gg.Sum(h)

picture = gg.draw(s)
