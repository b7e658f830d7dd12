"""Flows add

Three edges leave x, two of them to the same product. Each brings a flow back, and the gradient at x is the sum of the
flows. On paper it is the derivative of x² + 3x, which is 2x + 3.
"""

import graphgrad as gg

x = gg.Parameter(2.0)
L = x * x + 3 * x

L.backward()
print(f"the sum of the flows is {x.grad:g}, and 2x + 3 is {2 * x.value + 3:g}")

picture = gg.draw(L)
