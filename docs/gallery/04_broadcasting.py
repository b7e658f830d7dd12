"""Broadcasting undone

Each of the three rows of X gets the same b, so b is used three times, although only one edge is drawn. What comes
back along it has the shape of H. A gradient has the shape of its own node, so the rows are added up.
"""

import graphgrad as gg

X = gg.Input([[1.0, 2.0], [0.0, -1.0], [3.0, 1.0]])
Y = gg.Input([[0.0, 1.0], [2.0, -5.0], [5.0, 6.0]])
b = gg.Parameter([0.5, -1.0])
H = X + b
L = gg.mse(H, Y)

L.backward()
print("shape of ∂L/∂H:", H.grad.shape)
print("shape of ∂L/∂b:", b.grad.shape)
print("sum of the rows of ∂L/∂H:", H.grad.sum(axis=0))

picture = gg.draw(L, collapse="MSE")
