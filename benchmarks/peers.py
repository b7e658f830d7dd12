"""The same Binary Cross-Entropy, one example with w = 0.7, x = 2, b = −0.4, y = 1, in every library."""

from __future__ import annotations

import math
from typing import Any

W, X, B, Y = 0.7, 2.0, -0.4, 1.0


def graphgrad_loss(mark: str = "") -> Any:
    """A graphgrad node; `mark` is appended to the names of the leaves."""
    import graphgrad as gg

    w, x = gg.Parameter(W, name=f"w{mark}"), gg.Input(X, name=f"x{mark}")
    b, y = gg.Parameter(B, name=f"b{mark}"), gg.Input(Y, name=f"y{mark}")
    return gg.bce(gg.Sigmoid(w * x + b, name="p_hat"), y)


def torch_loss() -> tuple[Any, dict[str, Any]]:
    """A PyTorch scalar, and its parameters by name."""
    import torch

    def leaf(value: float, **settings: Any) -> Any:
        return torch.tensor(value, dtype=torch.float64, **settings)

    w, b = leaf(W, requires_grad=True), leaf(B, requires_grad=True)
    p, y = torch.sigmoid(w * leaf(X) + b), leaf(Y)
    return torch.mean(y * -torch.log(p) + (1 - y) * -torch.log(1 - p)), {"w": w, "b": b}


def micrograd_loss() -> Any:
    """A micrograd Value after its backward pass. micrograd has neither e^x nor log x, so they are added here."""
    from micrograd.engine import Value

    w, x, b, y = Value(W), Value(X), Value(B), Value(Y)
    loss = micrograd_bce(w, x, b, y)
    loss.backward()
    return loss


def micrograd_bce(w: Any, x: Any, b: Any, y: Any) -> Any:
    """The loss as a micrograd Value, from its leaves."""
    p = (1 + _exp(-(w * x + b))) ** -1
    return y * -_log(p) + (1 - y) * -_log(1 - p)


def micrograd_bce_with_logits(w: Any, x: Any, b: Any, y: Any) -> Any:
    """The loss from the logit, as the mean of y · softplus(−z) + (1 − y) · softplus(z)."""
    z = w * x + b
    return y * _softplus(-z) + (1 - y) * _softplus(z)


def micrograd_sin(x: Any) -> Any:
    return _unary(x, math.sin(x.data), math.cos(x.data), "sin")


def _softplus(x: Any) -> Any:
    small = math.exp(-abs(x.data))
    return _unary(x, max(x.data, 0.0) + math.log1p(small), (1 if x.data >= 0 else small) / (1 + small), "softplus")


def _exp(x: Any) -> Any:
    value = math.exp(x.data)
    return _unary(x, value, value, "exp")


def _log(x: Any) -> Any:
    return _unary(x, math.log(x.data), 1 / x.data, "log")


def _unary(x: Any, value: float, local: float, name: str) -> Any:
    """A micrograd op of one input."""
    out = type(x)(value, (x,), name)

    def backward() -> None:
        x.grad += local * out.grad

    out._backward = backward
    return out
