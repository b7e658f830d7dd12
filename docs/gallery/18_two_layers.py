"""Two layers

Two inputs, three hidden units, one output. Each layer is a scope, and so a frame. The gradient at the weights of a
layer is the gradient at its product times its input: ∂L/∂a times xᵀ, and ∂L/∂z times hᵀ. To reach the hidden layer,
the gradient is multiplied by the weights w₂, and then by 1 − h². There are no biases, to keep the picture small.
"""

import graphgrad as gg
import numpy as np

x = gg.Input([1.0, -0.5])
y = gg.Input(1.0)
W1 = gg.Parameter([[0.5, -1.0], [1.0, 0.5], [-0.5, 1.0]])
w2 = gg.Parameter([1.0, -0.5, 0.8])

with gg.scope("hidden layer"):
    a = W1 @ x
    h = gg.Tanh(a)
with gg.scope("output layer"):
    z = w2 @ h
    p_hat = gg.Sigmoid(z)
L = gg.bce(p_hat, y)

L.backward()
print("∂L/∂W₁ is ∂L/∂a times xᵀ:", np.allclose(W1.grad, np.outer(a.grad, x.value)))
print("∂L/∂w₂ is ∂L/∂z times hᵀ:", np.allclose(w2.grad, z.grad * h.value))

picture = gg.draw(L, collapse="BCE", digits=3)
