"""A neuron

Two weighted inputs, a bias, and σ, whose local gradient is p·(1 − p). One number, the gradient at z, reaches all
three parameters: each weight multiplies it by its own input, the bias by 1. One input is negative, so its weight has
to fall for p to rise.
"""

import graphgrad as gg

x1, x2 = gg.Input(1.0), gg.Input(-2.0)
w1, w2 = gg.Parameter(0.8), gg.Parameter(0.3)
b = gg.Parameter(0.1)
z = w1 * x1 + w2 * x2 + b
p = gg.Sigmoid(z)

picture = gg.draw(p)
