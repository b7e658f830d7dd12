"""The mean and its 1/m

Four examples share one weight. The mean gives each of them the local gradient 1/m, so the gradient at w is the mean
of what the examples ask for. It does not grow with their number, as that of a sum would.
"""

import graphgrad as gg

x = gg.Input([1.0, 2.0, 3.0, 4.0])
y = gg.Input([2.0, 3.0, 5.0, 9.0])
w = gg.Parameter(1.5)
e = w * x - y
L = gg.Mean(e**2)

L.backward()
each = 2 * e.value * x.value
print("each example asks for", each)
print(f"their mean is {each.mean():g}, the gradient at w {w.grad:g}")

picture = gg.draw(L)
