"""From the Gaussian to the squared error

The first picture goes all the way: the distance of x from μ, the density there, and its negative logarithm. On the
way back the slopes of log and exp cancel, and what reaches μ is (μ − x)/σ². In the second picture the logarithm is
taken on paper, and three observations are averaged. What is left is the mean squared error over 2σ², and a constant
that no gradient passes.
"""

import graphgrad as gg
import numpy as np

x = gg.Input(3.0)
mu = gg.Parameter(2.0)
sigma = gg.Input(2.0)
s = (x - mu) / sigma
density = np.exp(-0.5 * s**2) / (sigma * np.sqrt(2 * np.pi))
L = gg.NegLog(density)

L.backward()
expected = (mu.value - x.value) / sigma.value**2
print(f"one observation:    (μ − x)/σ² = {expected:g}, gradient {mu.grad:g}")
picture = gg.draw(L)

many = gg.Input([3.0, 1.0, 6.5])
error = gg.mse(mu, many)
scaled = error / (2 * sigma**2)
cost = scaled + np.log(sigma * np.sqrt(2 * np.pi))

cost.backward()
expected = (mu.value - many.value.mean()) / sigma.value**2
print(f"three observations: (μ − mean)/σ² = {expected:g}, gradient {mu.grad:g}")
second = gg.draw(cost, collapse="MSE")
