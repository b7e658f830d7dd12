"""The way to Binary Cross-Entropy, each stage a composition of nodes inside a scope of its own.

Throughout, p is the probability that a label is 1, and y the label, 0 or 1; arrays hold one
element per example, and examples are independent.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrad.node import Node, as_node
from graphgrad.ops import Log, Mean, NegLog, Prod, Sigmoid, Softplus, Sub, Sum
from graphgrad.scope import scope


def bernoulli(p: object, y: object) -> Node:
    """p^y · (1 − p)^(1 − y): the probability of each label y under p, of their broadcast shape.

    For y = 1 that is p, for y = 0 it is 1 − p. In p it is a straight line, so a single trial has no p at which the
    derivative is 0.

    Args:
        p: the probability that a label is 1, from 0 to 1: a node, an array or a number.
        y: the labels, 0 or 1: a node, an array or a number.

    Raises:
        ValueError: a probability or a label lies outside [0, 1], or the shapes do not broadcast.
        TypeError: they are no real numbers.

    >>> p = gg.Parameter([0.7, 0.7], name="p")
    >>> trial = gg.bernoulli(p, [1, 0])
    >>> trial, gg.grad(gg.Sum(trial), p)
    (<Mul: [0.7 0.3]>, <Add: [1 −1]>)
    """
    p, y = _probability(p, "bernoulli"), _label(y, "bernoulli")
    with scope("Bernoulli"):
        return p**y * (1 - p) ** (1 - y)


def log_bernoulli(p: object, y: object) -> Node:
    """y log p + (1 − y) log(1 − p): the logarithm of :func:`bernoulli`, concave in p.

    At p = 0 and p = 1 it holds 0 · ∞ = NaN where the label agrees, with NumPy's warnings.

    Args:
        p: the probability that a label is 1, from 0 to 1: a node, an array or a number.
        y: the labels, 0 or 1: a node, an array or a number.

    Raises:
        ValueError: a probability or a label lies outside [0, 1], or the shapes do not broadcast.
        TypeError: they are no real numbers.

    >>> gg.log_bernoulli([0.7, 0.7], [1, 0]).value.round(4)
    array([-0.3567, -1.204 ])
    """
    p, y = _probability(p, "log_bernoulli"), _label(y, "log_bernoulli")
    with scope("log Bernoulli"):
        return y * Log(p) + (1 - y) * Log(1 - p)


def likelihood(p: object, y: object) -> Node:
    """The product of :func:`bernoulli` over all examples: a scalar, which underflows for many of them.

    Args:
        p: the probability that a label is 1, from 0 to 1, one for each example: a node, an array or a number.
        y: the labels, 0 or 1, of the shape of `p`: a node, an array, or a number for all examples.

    Raises:
        ValueError: a probability or a label lies outside [0, 1], or `p` and `y` are arrays of different shapes.
        TypeError: they are no real numbers.

    >>> gg.likelihood([0.7, 0.8, 0.9], 1)
    <Prod: 0.504>
    >>> gg.likelihood([0.5] * 1075, 1), gg.negative_log_likelihood([0.5] * 1075, 1)
    (<Prod: 0>, <Neg: 745.1>)
    """
    p, y = _probability(p, "likelihood"), _label(y, "likelihood")
    _paired(p, y, "likelihood(p, y)")
    with scope("likelihood"):
        return Prod(bernoulli(p, y))


def log_likelihood(p: object, y: object) -> Node:
    """The sum of :func:`log_bernoulli` over all examples: a scalar, to be ascended.

    Args:
        p: the probability that a label is 1, from 0 to 1, one for each example: a node, an array or a number.
        y: the labels, 0 or 1, of the shape of `p`: a node, an array, or a number for all examples.

    Raises:
        ValueError: a probability or a label lies outside [0, 1], or `p` and `y` are arrays of different shapes.
        TypeError: they are no real numbers.

    >>> gg.log_likelihood([0.7, 0.8, 0.9], 1)
    <Sum: −0.6852>
    """
    p, y = _probability(p, "log_likelihood"), _label(y, "log_likelihood")
    _paired(p, y, "log_likelihood(p, y)")
    with scope("log likelihood"):
        return Sum(log_bernoulli(p, y))


def negative_log_likelihood(p: object, y: object) -> Node:
    """The log-likelihood, negated: a scalar, to be descended. See :func:`log_likelihood`.

    Args:
        p: the probability that a label is 1, from 0 to 1, one for each example: a node, an array or a number.
        y: the labels, 0 or 1, of the shape of `p`: a node, an array, or a number for all examples.

    Raises:
        ValueError: a probability or a label lies outside [0, 1], or `p` and `y` are arrays of different shapes.
        TypeError: they are no real numbers.

    >>> gg.negative_log_likelihood([0.7, 0.8, 0.9], 1)
    <Neg: 0.6852>
    """
    p, y = _probability(p, "negative_log_likelihood"), _label(y, "negative_log_likelihood")
    _paired(p, y, "negative_log_likelihood(p, y)")
    with scope("negative log likelihood"):
        return -log_likelihood(p, y)


def bce(p: object, y: object) -> Node:
    """Binary Cross-Entropy: the mean of y · (−log p) + (1 − y) · (−log(1 − p)), a scalar.

    This is the plain form: at p = y = 0 it is 0 · ∞ = NaN, and a picture shows where. From a logit
    take :func:`bce_with_logits`, which is exact for every finite logit.

    Args:
        p: the probability that a label is 1, from 0 to 1, one for each example: a node, an array or a number.
        y: the labels, 0 or 1, of the shape of `p`: a node, an array, or a number for all examples.

    Raises:
        ValueError: a probability or a label lies outside [0, 1], or `p` and `y` are arrays of different shapes.
        TypeError: they are no real numbers.

    >>> z, y = gg.Parameter([1.0, -1.1], name="z"), gg.Input([1, 0], name="y")
    >>> p = gg.Sigmoid(z)
    >>> loss = gg.bce(p, y)
    >>> loss.backward()
    >>> loss, np.allclose(z.grad, (p.value - y.value) / 2)
    (<Mean: 0.3003>, True)
    """
    p, y = _probability(p, "bce"), _label(y, "bce")
    _paired(p, y, "bce(p, y)")
    with scope("BCE"):
        q = Sub(1, p, name="q")
        return Mean(y * NegLog(p, name="ell_1") + (1 - y) * NegLog(q, name="ell_0"))


def bce_with_logits(z: object, y: object) -> Node:
    """:func:`bce` of σ(z), as the mean of y · softplus(−z) + (1 − y) · softplus(z).

    For finite z it never overflows, and value and gradient keep their relative precision in both tails. The two terms
    are −log σ(z) and −log(1 − σ(z)), since softplus(z) = log(1 + eᶻ).

    Args:
        z: the logits, log(p/(1 − p)), one for each example: a node, an array or a number.
        y: the labels, 0 or 1, of the shape of `z`: a node, an array, or a number for all examples.

    Raises:
        ValueError: a label lies outside [0, 1], or `z` and `y` are arrays of different shapes.
        TypeError: they are no real numbers.

    >>> z = gg.Parameter([40.0, -1000.0], name="z")
    >>> loss = gg.bce_with_logits(z, 1)
    >>> loss.backward()
    >>> loss, z.grad
    (<Mean: 500>, array([-2.12417713e-18, -5.00000000e-01]))
    """
    z, y = as_node(z), _label(y, "bce_with_logits")
    _paired(z, y, "bce_with_logits(z, y)")
    with scope("BCE with logits"):
        return Mean(y * Softplus(-z) + (1 - y) * Softplus(z))


def mse(prediction: object, y: object) -> Node:
    """Mean squared error: the mean of (prediction − y)², a scalar.

    Args:
        prediction: one number or several for each example: a node, an array or a number.
        y: what they should be, of the same shape: a node, an array, or a number for all.

    Raises:
        ValueError: `prediction` and `y` are arrays of different shapes.
        TypeError: they are no real numbers.

    >>> gg.mse([1.0, 2.0], [1.0, 4.0])
    <Mean: 2>
    """
    prediction, y = as_node(prediction), as_node(y)
    _paired(prediction, y, "mse(prediction, y)")
    with scope("MSE"):
        return Mean((prediction - y) ** 2)


def _label(y: Any, call: str) -> Node:
    node = as_node(y)
    values = np.asarray(node.value)
    if not values.size:
        return node
    least, most = values.item(values.argmin()), values.item(values.argmax())
    if not (least >= 0 and most <= 1):  # NaN is neither
        wrong = most if least >= 0 else least
        raise ValueError(f"{call}(…, y): a label is {wrong:g}; labels lie in [0, 1], 1 for the event and 0 for none")
    return node


def _probability(p: Any, call: str) -> Node:
    node = as_node(p)
    if type(node) is Sigmoid:  # it gives nothing else
        return node
    if np.count_nonzero((node.value < 0) | (node.value > 1)):
        raise ValueError(
            f"{call}(p, …): p = {node!r} leaves [0, 1], so it holds no probabilities; "
            f"pass Sigmoid(z), or give the logits z to bce_with_logits"
        )
    return node


def _paired(a: Node, y: Node, call: str) -> None:
    """One label for each example: what only broadcasts would pair every example with every label."""
    if a.shape != y.shape and a.ndim and y.ndim:
        raise ValueError(f"{call}: {a.shape} predictions and {y.shape} labels do not pair up; reshape one of them")
