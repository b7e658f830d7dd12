"""An L2 penalty

The weight is used twice: to fit the data, and in the penalty λw². Each path sends its flow back, and they add. The
flow from the penalty is 2λw: it pulls w towards 0, the harder the further away w is.
"""

import graphgrad as gg

x = gg.Input([1.0, 2.0, 3.0])
y = gg.Input([1.0, 3.0, 5.0])
w = gg.Parameter(1.5)
lambda_ = gg.Input(0.1)
penalty = lambda_ * w**2
fit = gg.mse(w * x, y)
L = penalty + fit

L.backward()
print(f"from the fit:     {gg.grad(fit, w).value:7.4f}")
print(f"from the penalty: {2 * lambda_.value * w.value:7.4f}, which is 2λw")
print(f"gradient at w:    {w.grad:7.4f}")

picture = gg.draw(L, collapse="MSE")
