"""Layer normalisation

The mean is taken off, and what is left is divided by its standard deviation. Add a number to every x, or stretch
their distances from the mean, and x̂ stays the same. So the gradient at x sums to 0, and is at right angles to x̂.
"""

import graphgrad as gg
import numpy as np

x = gg.Parameter([1.0, 2.0, 6.0])
c = gg.Input([1.0, 0.0, 2.0])
mu = gg.Mean(x)
d = x - mu
sigma = np.sqrt(gg.Mean(d**2))
x_hat = d / sigma
L = c @ x_hat

L.backward()
print("gradient at x:", x.grad.round(4))
print("sums to 0:", np.isclose(x.grad.sum(), 0))
print("at right angles to x̂:", np.isclose(x.grad @ x_hat.value, 0))

picture = gg.draw(L, digits=3)
