"""A stable loss

The logit is 40 and the label 0: a sure prediction, and a wrong one. In the first picture σ(z) is rounded to 1, so q
is 0, its logarithm is infinite, and on the way back ∞ × 0 is not a number. The second picture is
`gg.bce_with_logits`. It never computes p̂: softplus(z) = log(1 + eᶻ) keeps its digits, however large z is.
"""

import graphgrad as gg
import numpy as np

z = gg.Parameter(40.0)
y = gg.Input(0.0)
with np.errstate(all="ignore"):
    p_hat = gg.Sigmoid(z)
    q = 1 - p_hat
    L = (1 - y) * gg.NegLog(q)
    picture = gg.draw(L)

stable = gg.bce_with_logits(z, y)
second = gg.draw(stable, names={stable: "L"})

stable.backward()
print(f"plain: {L.value:g}, stable: {stable.value:g} with gradient {z.grad:g}")
