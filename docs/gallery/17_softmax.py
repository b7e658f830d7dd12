"""Softmax cross-entropy

The loss is log Σ eᶻ minus the score of the right class, which y picks out of z. Two flows meet at z. The local
gradient of log Σ eᶻ is the softmax p, and from the score comes −y. Their sum is p − y, as for two classes and σ.
"""

import graphgrad as gg

z = gg.Parameter([2.0, 1.0, -1.0])
y = gg.Input([0.0, 1.0, 0.0])
total = gg.LogSumExp(z)
score = y @ z
L = total - score

L.backward()
p = gg.Softmax(z)
print("∂L/∂z =", z.grad.round(4))
print("p − y =", (p.value - y.value).round(4))

picture = gg.draw(L)
