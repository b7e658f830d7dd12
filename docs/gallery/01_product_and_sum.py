"""A product and a sum

Follow the solid arrows for the values, then the dashed arrows for the gradients. The chip on an edge holds the local
gradient: for a factor of a product it is the other factor, for a term of a sum it is 1. Below the line of a chip
stands upstream × local = flow.
"""

import graphgrad as gg

a = gg.Parameter(3.0)
b = gg.Parameter(2.0)
c = gg.Parameter(-1.0)
L = a * b + c

L.backward()
print(f"∂L/∂a = {a.grad:g}, ∂L/∂b = {b.grad:g}, ∂L/∂c = {c.grad:g}")

picture = gg.draw(L)
