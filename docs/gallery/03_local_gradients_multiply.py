"""Local gradients multiply

No node is used twice, so nothing is added here. Read the chips from L back to x: each flow is the upstream gradient
of the next edge, and the gradient at x is the product of all local gradients. That is the chain rule.
"""

import graphgrad as gg
import numpy as np

x = gg.Parameter(0.8)
a = x**2
b = np.sin(a)
c = np.exp(b)
L = np.sqrt(c)

L.backward()
factors = [node.local_gradients()[0].value for node in (L, c, b, a)]
print("local gradients:", *[f"{factor:.6f}" for factor in factors])
print(f"their product:   {np.prod(factors):.6f}")
print(f"gradient at x:   {x.grad:.6f}")

picture = gg.draw(L, direction="TB")
