"""Residual connections

Each block adds something to what came in, so two ways lead back: past the block, where the local gradient is 1, and
through it, where a small weight makes it small. Without the way past, the gradient at x would be a product of small
numbers.
"""

import graphgrad as gg

x = gg.Parameter(0.5)
w1, w2 = gg.Parameter(0.1), gg.Parameter(-0.2)
with gg.scope("block 1"):
    h = x + gg.Tanh(w1 * x)
with gg.scope("block 2"):
    out = h + gg.Tanh(w2 * h)

plain = gg.Tanh(w2 * gg.Tanh(w1 * x))
print(f"gradient at x:        {gg.grad(out, x).value:7.4f}")
print(f"without the way past: {gg.grad(plain, x).value:7.4f}")

picture = gg.draw(out)
