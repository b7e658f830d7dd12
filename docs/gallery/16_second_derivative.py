"""A second derivative

For the label 1, Binary Cross-Entropy is −log p̂, and its slope in z is p̂ − 1. `gg.grad` gives the slope as a graph
of its own, the second picture, which can be differentiated like any other. Three flows meet at p̂ and add up to 1,
and σ multiplies that by p̂·(1 − p̂). This second derivative is positive, so the loss is convex in z.
"""

import graphgrad as gg

z = gg.Parameter(0.5)
p_hat = gg.Sigmoid(z)
L = gg.NegLog(p_hat)
slope = gg.grad(L, z)
curvature = gg.grad(slope, z)

p = p_hat.value
print(f"slope {slope.value:.6f}, p̂ − 1 = {p - 1:.6f}")
print(f"second derivative {curvature.value:.6f}, p̂·(1 − p̂) = {p * (1 - p):.6f}")

picture = gg.draw(L)
second = gg.draw(slope)
