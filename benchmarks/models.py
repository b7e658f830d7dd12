"""The models whose value and gradients benchmarks/compiled.py measures, in every library.

The functions that make a model import their library only when they are called, so that each runs in a process of its
own with nothing else in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from peers import micrograd_bce, micrograd_bce_with_logits, micrograd_sin

FEATURES, CHAIN = 30, 100
WIDTHS = {"network 2-16-16-1": (2, 16, 16, 1), "network 2-64-64-1": (2, 64, 64, 1)}
Step = Callable[[], tuple[Any, Any]]
"""One value with its gradients."""


@dataclass(frozen=True)
class Ops:
    """What a library calls the functions of the models."""

    sigmoid: Callable[[Any], Any]
    tanh: Callable[[Any], Any]
    sin: Callable[[Any], Any]
    bce: Callable[[Any, Any], Any]
    bce_with_logits: Callable[[Any, Any], Any]


def loss(task: str, ops: Ops, x: Any, y: Any, *parameters: Any) -> Any:
    """The loss of a model, from its data and its parameters in turn."""
    if task.startswith("chain"):
        return chain(int(task.split()[2]), ops.sin, x, *parameters)
    if task in WIDTHS:
        w1, b1, w2, b2, w3, b3 = parameters
        hidden = ops.tanh(ops.tanh(x @ w1 + b1) @ w2 + b2)
        return ops.bce_with_logits(hidden @ w3 + b3, y)
    w, b = parameters
    z = x @ w + b if task == "logistic regression" else w * x + b
    return ops.bce_with_logits(z, y) if task == "BCE on logits" else ops.bce(ops.sigmoid(z), y)


def chain(length: int, sin: Callable[[Any], Any], node: Any, w: Any, b: Any) -> Any:
    """sin, product and sum in turn, `length` of them."""
    for k in range(length):
        node = sin(node) if k % 3 == 0 else node * w if k % 3 == 1 else node + b
    return node


def data(task: str, m: int, dtype: str = "float64") -> tuple[Any, Any, list[Any]]:
    """x and y of m examples, and the parameters; plain numbers if m is 1.

    No array is made on the way that is let go again: the peak of memory is then what is held now.
    """
    random = np.random.default_rng(m)
    if m == 1:
        return 2.0, 1.0, [0.7, -0.4]
    widths = WIDTHS.get(task)
    columns = widths[0] if widths else FEATURES if task == "logistic regression" else None
    x = random.standard_normal((m, columns) if columns else m, dtype=np.dtype(dtype))
    y = random.random((m, 1) if widths else m, dtype=np.dtype(dtype))
    np.rint(y, out=y)
    parameters: list[Any]
    if widths:
        parameters = []
        for before, after in pairwise(widths):
            parameters += [random.normal(size=(before, after)) / before**0.5, np.zeros(after)]
    elif columns:
        parameters = [random.normal(size=columns) / columns**0.5, np.float64(-0.4)]
    else:
        parameters = [np.dtype(dtype).type(0.7), np.dtype(dtype).type(-0.4)]
    return x, y, parameters


def graphgrad_ops() -> Ops:
    import graphgrad as gg

    return Ops(gg.Sigmoid, gg.Tanh, gg.Sin, gg.bce, gg.bce_with_logits)


def graphgrad_eager(task: str, *given: Any) -> Step:
    import graphgrad as gg

    ops = graphgrad_ops()
    x, y, parameters = given
    x, y, parameters = gg.Input(x), gg.Input(y), [gg.Parameter(parameter) for parameter in parameters]

    def step() -> tuple[Any, Any]:
        out = loss(task, ops, x, y, *parameters)
        out.backward()
        return out.value, [parameter.grad for parameter in parameters]

    return step


def graphgrad_compiled(task: str, *given: Any, workers: int = 1, bare: bool = False) -> Step:
    import graphgrad as gg

    values = by_name(task, *given)
    program = gg.compile(graphgrad_graph(task, values), workers=workers)
    parameters = [name for name in values if name not in "xy"]
    assert [name for name in program.wrt if name in parameters] == parameters

    def step() -> tuple[Any, Any]:
        return program(**values)

    if not bare:
        return step
    function, in_order = program.bare, [values[name] for name in program.names]

    def bare_step() -> tuple[Any, Any]:
        value, *gradients = function(*in_order)
        return value, gradients

    return bare_step


def by_name(task: str, x: Any, y: Any, parameters: list[Any]) -> dict[str, Any]:
    """What a program of the model takes."""
    data = {"x": x} if task.startswith("chain") else {"x": x, "y": y}
    return data | {f"p{k}": parameter for k, parameter in enumerate(parameters)}


def graphgrad_graph(task: str, values: dict[str, Any]) -> Any:
    """The loss as a graph of the first rows: a program takes any number of them."""
    import graphgrad as gg

    few = slice(3) if np.ndim(values["x"]) else ()
    data = [gg.Input(np.asarray(values[name])[few], name=name) for name in "xy" if name in values]
    parameters = [gg.Parameter(value, name=name) for name, value in values.items() if name not in "xy"]
    return loss(task, graphgrad_ops(), data[0], data[-1], *parameters)


def by_hand(task: str, x: Any, y: Any, parameters: list[Any], shortcut: bool = False, xp: Any = np) -> Step:
    """Forward and backward as one writes them from the chain rule; with `shortcut` from p − y.

    Plain numbers are computed with the functions of `xp`, NumPy or math.
    """
    if np.ndim(x) == 0:
        hand = chain_by_hand if task.startswith("chain") else SCALARS_BY_HAND[task, shortcut]
        return partial(hand, x, y, *parameters, xp)
    if task in WIDTHS:
        return partial(network_by_hand, x, y, *parameters)
    return partial(ARRAYS_BY_HAND[task, shortcut], x, y, *parameters)


def bce_by_hand(x: Any, y: Any, w: Any, b: Any) -> tuple[Any, Any]:
    p = 1 / (1 + np.exp(-(w * x + b)))
    q = 1 - p
    value = np.mean(y * -np.log(p) + (1 - y) * -np.log(q))
    dp = ((1 - y) / q - y / p) / len(y)
    dz = dp * p * q
    return value, [np.sum(dz * x), np.sum(dz)]


def bce_shortcut(x: Any, y: Any, w: Any, b: Any) -> tuple[Any, Any]:
    p = 1 / (1 + np.exp(-(w * x + b)))
    value = np.mean(y * -np.log(p) + (1 - y) * -np.log(1 - p))
    dz = (p - y) / len(y)
    return value, [np.sum(dz * x), np.sum(dz)]


def logits_by_hand(x: Any, y: Any, w: Any, b: Any) -> tuple[Any, Any]:
    value, dz = _logits(w * x + b, y)
    return value, [np.sum(dz * x), np.sum(dz)]


def _logits(z: Any, y: Any) -> tuple[Any, Any]:
    """The mean of y · softplus(−z) + (1 − y) · softplus(z), and its derivative by z."""
    small = np.exp(-np.abs(z))
    log = np.log1p(small)
    value = np.mean(y * (np.maximum(-z, 0) + log) + (1 - y) * (np.maximum(z, 0) + log))
    p = np.where(z >= 0, 1, small) / (1 + small)
    return value, ((1 - y) * p - y * (1 - p)) / len(y)


def logits_shortcut(x: Any, y: Any, w: Any, b: Any) -> tuple[Any, Any]:
    z = w * x + b
    small = np.exp(-np.abs(z))
    value = np.mean(np.maximum(z, 0) - y * z + np.log1p(small))
    dz = (np.where(z >= 0, 1, small) / (1 + small) - y) / len(y)
    return value, [np.sum(dz * x), np.sum(dz)]


def regression_by_hand(x: Any, y: Any, w: Any, b: Any) -> tuple[Any, Any]:
    p = 1 / (1 + np.exp(-(x @ w + b)))
    q = 1 - p
    value = np.mean(y * -np.log(p) + (1 - y) * -np.log(q))
    dp = ((1 - y) / q - y / p) / len(y)
    dz = dp * p * q
    return value, [dz @ x, np.sum(dz)]


def network_by_hand(x: Any, y: Any, w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any) -> tuple[Any, Any]:
    first = np.tanh(x @ w1 + b1)
    second = np.tanh(first @ w2 + b2)
    value, d3 = _logits(second @ w3 + b3, y)
    d2 = (d3 @ w3.T) * (1 - second * second)
    d1 = (d2 @ w2.T) * (1 - first * first)
    return value, [x.T @ d1, d1.sum(axis=0), first.T @ d2, d2.sum(axis=0), second.T @ d3, d3.sum(axis=0)]


def scalar_bce_by_hand(x: float, y: float, w: float, b: float, xp: Any) -> tuple[Any, Any]:
    p = 1 / (1 + xp.exp(-(w * x + b)))
    q = 1 - p
    value = y * -xp.log(p) + (1 - y) * -xp.log(q)
    dz = ((1 - y) / q - y / p) * p * q
    return value, [dz * x, dz]


def scalar_bce_shortcut(x: float, y: float, w: float, b: float, xp: Any) -> tuple[Any, Any]:
    p = 1 / (1 + xp.exp(-(w * x + b)))
    dz = p - y
    return y * -xp.log(p) + (1 - y) * -xp.log(1 - p), [dz * x, dz]


def scalar_logits_by_hand(x: float, y: float, w: float, b: float, xp: Any) -> tuple[Any, Any]:
    z = w * x + b
    small = xp.exp(-abs(z))
    log = xp.log1p(small)
    value = y * (max(-z, 0.0) + log) + (1 - y) * (max(z, 0.0) + log)
    p = (1 if z >= 0 else small) / (1 + small)
    dz = (1 - y) * p - y * (1 - p)
    return value, [dz * x, dz]


def scalar_logits_shortcut(x: float, y: float, w: float, b: float, xp: Any) -> tuple[Any, Any]:
    z = w * x + b
    small = xp.exp(-abs(z))
    dz = (1 if z >= 0 else small) / (1 + small) - y
    return max(z, 0.0) - y * z + xp.log1p(small), [dz * x, dz]


def chain_by_hand(x: float, _: float, w: float, b: float, xp: Any) -> tuple[Any, Any]:
    """The chain as a loop, forward and backward."""
    nodes = [x]
    for k in range(CHAIN):
        last = nodes[-1]
        nodes.append(xp.sin(last) if k % 3 == 0 else last * w if k % 3 == 1 else last + b)
    d, dw, db = 1.0, 0.0, 0.0
    for k in range(CHAIN - 1, -1, -1):
        if k % 3 == 0:
            d *= xp.cos(nodes[k])
        elif k % 3 == 1:
            dw += d * nodes[k]
            d *= w
        else:
            db += d
    return nodes[-1], [dw, db]


ARRAYS_BY_HAND = {
    ("BCE", False): bce_by_hand,
    ("BCE", True): bce_shortcut,
    ("BCE on logits", False): logits_by_hand,
    ("BCE on logits", True): logits_shortcut,
    ("logistic regression", False): regression_by_hand,
}
SCALARS_BY_HAND = {
    ("BCE", False): scalar_bce_by_hand,
    ("BCE", True): scalar_bce_shortcut,
    ("BCE on logits", False): scalar_logits_by_hand,
    ("BCE on logits", True): scalar_logits_shortcut,
}


def autograd_step(task: str, x: Any, y: Any, parameters: list[Any]) -> Step:
    import autograd.numpy as anp
    from autograd import value_and_grad

    def bce(p: Any, y: Any) -> Any:
        return anp.mean(y * -anp.log(p) + (1 - y) * -anp.log(1 - p))

    def bce_with_logits(z: Any, y: Any) -> Any:
        return anp.mean(y * anp.logaddexp(0, -z) + (1 - y) * anp.logaddexp(0, z))

    ops = Ops(lambda z: 1 / (1 + anp.exp(-z)), anp.tanh, anp.sin, bce, bce_with_logits)
    both = value_and_grad(lambda *parameters: loss(task, ops, x, y, *parameters), argnum=tuple(range(len(parameters))))
    return lambda: both(*parameters)


def torch_step(task: str, x: Any, y: Any, parameters: list[Any], fused: bool = False) -> Step:
    import torch
    from torch.nn import functional

    def bce(p: Any, y: Any) -> Any:
        return torch.mean(y * -torch.log(p) + (1 - y) * -torch.log(1 - p))

    def bce_with_logits(z: Any, y: Any) -> Any:
        return torch.mean(y * functional.softplus(-z) + (1 - y) * functional.softplus(z))

    losses = functional.binary_cross_entropy, functional.binary_cross_entropy_with_logits
    ops = Ops(torch.sigmoid, torch.tanh, torch.sin, *(losses if fused else (bce, bce_with_logits)))

    def tensor(value: Any) -> Any:
        return torch.from_numpy(np.asarray(value))  # the memory of NumPy's array is shared

    x, y = tensor(x), tensor(y)
    leaves = [tensor(parameter).clone().requires_grad_() for parameter in parameters]

    def step() -> tuple[Any, Any]:
        for leaf in leaves:
            leaf.grad = None
        out = loss(task, ops, x, y, *leaves)
        out.backward()
        return out.item(), [leaf.grad for leaf in leaves]

    return step


def jax_step(task: str, x: Any, y: Any, parameters: list[Any]) -> Step:
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp

    def bce(p: Any, y: Any) -> Any:
        return jnp.mean(y * -jnp.log(p) + (1 - y) * -jnp.log(1 - p))

    def bce_with_logits(z: Any, y: Any) -> Any:
        return jnp.mean(y * jax.nn.softplus(-z) + (1 - y) * jax.nn.softplus(z))

    ops = Ops(jax.nn.sigmoid, jnp.tanh, jnp.sin, bce, bce_with_logits)
    arrays = [jnp.asarray(value) for value in (x, y, *parameters)]
    compiled = jax.jit(jax.value_and_grad(partial(loss, task, ops), argnums=tuple(range(2, len(arrays)))))
    return lambda: jax.block_until_ready(compiled(*arrays))


def micrograd_step(task: str, x: Any, y: Any, parameters: list[Any]) -> Step:
    from micrograd.engine import Value

    x, y, w, b = map(Value, (x, y, *parameters))

    def forward() -> Any:
        if task.startswith("chain"):
            return chain(CHAIN, micrograd_sin, x, w, b)
        return (micrograd_bce if task == "BCE" else micrograd_bce_with_logits)(w, x, b, y)

    def step() -> tuple[Any, Any]:
        w.grad = b.grad = 0
        out = forward()
        out.backward()
        return out.data, [w.grad, b.grad]

    return step


STEPS: dict[str, Callable[..., Step]] = {
    "graphgrad, eager": graphgrad_eager,
    "graphgrad compiled": graphgrad_compiled,
    "graphgrad compiled, 2 workers": partial(graphgrad_compiled, workers=2),
    "graphgrad compiled, bare": partial(graphgrad_compiled, bare=True),
    "by hand": by_hand,
    "by hand, p − y": partial(by_hand, shortcut=True),
    "by hand, math": partial(by_hand, xp=math),
    "autograd": autograd_step,
    "PyTorch": torch_step,
    "PyTorch, fused": partial(torch_step, fused=True),
    "JAX": jax_step,
    "micrograd": micrograd_step,
}


def numbers(value: Any, gradients: Any) -> list[float]:
    """The value and the gradients, one after the other, as numbers."""
    parts = gradients.values() if isinstance(gradients, dict) else gradients
    return [float(value), *(float(each) for part in parts for each in np.ravel(np.asarray(part)))]


def fresh(library: str, task: str) -> Callable[[], Any]:
    """A graph that is built and waits to be compiled and called once."""
    given = data(task, 1 if task.startswith("chain") else 3)
    if library == "JAX":
        return jax_step(task, *given)
    import graphgrad as gg

    values = by_name(task, *given)
    graph = graphgrad_graph(task, values)
    return lambda: gg.compile(graph)(**values)
