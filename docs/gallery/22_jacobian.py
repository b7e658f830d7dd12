"""A Jacobian, row by row

From polar to Cartesian coordinates: two outputs, so two backward passes, and two pictures. Each pass fills one row of
the Jacobian, with the derivatives of one output. The determinant is r, the factor by which areas grow.
"""

import graphgrad as gg
import numpy as np

r = gg.Parameter(2.0)
theta = gg.Parameter(np.pi / 6)
x = r * np.cos(theta)
y = r * np.sin(theta)

rows = [[gg.grad(out, wrt).value for wrt in (r, theta)] for out in (x, y)]
print(np.round(rows, 4))
print(f"determinant {np.linalg.det(rows):g}, r = {r.value:g}")

picture = gg.draw(x)
second = gg.draw(y)
