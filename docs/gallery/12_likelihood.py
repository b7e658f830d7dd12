"""Likelihood and log-likelihood

p is the probability that was given to the label that came: p̂ where y is 1, and 1 − p̂ where it is 0. In the product,
the local gradient of each example is the product of all the others. In the sum of logarithms it is 1, and no example
waits for another. A product of many probabilities underflows to 0; the sum of their logarithms does not.
"""

import graphgrad as gg
import numpy as np

p_hat = gg.Parameter([0.9, 0.2, 0.7])
y = gg.Input([1.0, 0.0, 1.0])
p = gg.bernoulli(p_hat, y)
likelihood = gg.Prod(p)
ell = gg.Log(p)
logarithm = gg.Sum(ell)

half = np.full(1075, 0.5)
print(f"{half.size} probabilities of one half")
print(f"their product:   {gg.Prod(half).value:g}")
print(f"sum of the logs: {gg.Sum(gg.Log(half)).value:.4f}")

picture = gg.draw(likelihood, collapse="Bernoulli")
second = gg.draw(logarithm, collapse="Bernoulli")
