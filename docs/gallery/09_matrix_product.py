"""A matrix product

The rows of X are three examples with two features; W makes two outputs of each. The shapes leave one order for the
factors: the gradient at W is Xᵀ times ∂L/∂Z, and that at X is ∂L/∂Z times Wᵀ. The product with Xᵀ adds up the shares
of the examples.
"""

import graphgrad as gg
import numpy as np

X = gg.Parameter([[1.0, 2.0], [0.0, 1.0], [-1.0, 3.0]])
W = gg.Parameter([[0.5, -1.0], [1.0, 0.0]])
Y = gg.Input([[-0.5, -1.0], [1.0, 3.0], [2.5, -2.0]])
Z = X @ W
L = gg.mse(Z, Y)

L.backward()
w_by_hand = X.value.T @ Z.grad
x_by_hand = Z.grad @ W.value.T
print(f"Xᵀ @ ∂L/∂Z: {X.T.shape} @ {Z.shape} gives {w_by_hand.shape}")
print(f"∂L/∂Z @ Wᵀ: {Z.shape} @ {W.T.shape} gives {x_by_hand.shape}")
print("the same numbers at W:", np.array_equal(w_by_hand, W.grad))
print("the same numbers at X:", np.array_equal(x_by_hand, X.grad))

picture = gg.draw(L, collapse="MSE", direction="TB")
