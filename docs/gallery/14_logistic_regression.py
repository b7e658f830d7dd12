"""Logistic regression: p̂ − y

Three examples, with σ and Binary Cross-Entropy drawn as one box. Its local gradient with respect to z is (p̂ − y)/m:
prediction minus label, shared among the examples. From there it is multiplied by x and added up to reach w, and added
up to reach b.
"""

import graphgrad as gg

x = gg.Input([2.0, -1.0, 0.5])
y = gg.Input([1.0, 0.0, 1.0])
w, b = gg.Parameter(0.7), gg.Parameter(-0.4)
z = w * x + b
with gg.scope("σ and BCE"):
    p_hat = gg.Sigmoid(z)
    L = gg.bce(p_hat, y)

L.backward()
print("∂L/∂z     =", z.grad.round(5))
print("(p̂ − y)/3 =", ((p_hat.value - y.value) / 3).round(5))

picture = gg.draw(L, collapse="σ and BCE")
