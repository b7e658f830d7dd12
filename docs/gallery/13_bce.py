"""Binary Cross-Entropy

One example in full. The label shuts one of the two paths and opens the other: for y = 1 the loss is −log p̂, with the
local gradient −1/p̂. Then σ has p̂·(1 − p̂). Multiply the two, and the fraction cancels: what reaches z is p̂ − y.
"""

import graphgrad as gg

z = gg.Parameter(1.0)
y = gg.Input(1.0)
p_hat = gg.Sigmoid(z)
L = gg.bce(p_hat, y)

L.backward()
print(f"∂L/∂z = {z.grad:.6f}, p̂ − y = {p_hat.value - y.value:.6f}")

picture = gg.draw(L)
