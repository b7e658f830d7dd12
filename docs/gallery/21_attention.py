"""Attention

One query q is compared with three keys, the rows of K. The softmax turns the scores into weights, and the output is
the weighted mean of the values v. So the gradient at v is the weights. The gradient at a score is its weight times
what its value has above the output, and these sum to 0.
"""

import graphgrad as gg
import numpy as np

q = gg.Parameter([1.0, 0.5])
K = gg.Parameter([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
v = gg.Parameter([1.0, 2.0, 4.0])
s = K @ q / np.sqrt(2)
a = gg.Softmax(s)
o = a @ v

o.backward()
print("gradient at the scores:  ", s.grad.round(4))
print("a times (v − their mean):", (a.value * (v.value - o.value)).round(4))

picture = gg.draw(o, digits=3)
