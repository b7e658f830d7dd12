"""The cardinal sine, and its derivatives, which are precise at 0 too."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np

from graphgrad.ops.elementwise import Elementwise


class Sinc(Elementwise):
    """sin(πx)/(πx), and 1 at 0: the cardinal sine.

    Shapes: any; out has the same.
    Domain: all finite numbers.
    Corners: 1 at 0, with local gradient 0. NaN at ±∞, and NumPy warns.

    >>> x = gg.Parameter([0.0, 0.5, 1.0])
    >>> gg.Sum(np.sinc(x)).backward()
    >>> np.sinc(x).value.round(4), x.grad.round(4)
    (array([1.    , 0.6366, 0.    ]), array([ 0.    , -1.2732, -1.    ]))
    """

    is_public = False

    def forward(self, xp, x):
        return xp.sinc(x)

    def local(self, xp, out, x):
        return (xp.sinc_derivative(x, order=1),)


class SincDerivative(Elementwise):
    """The derivative of the cardinal sine of some `order`: πⁿ ∫ tⁿ cos(πxt + nπ/2) dt, for t from 0 to 1.

    Near 0, where sin(πx) and its derivatives divided by x would lose digits, it is that integral, by Gauss and
    Legendre; further out each order follows from the one before.
    """

    is_public = False
    function = "sinc_derivative"

    def __init__(self, x: Any, *, order: int, name: str | None = None) -> None:
        self.order = order
        super().__init__(x, name=name)

    def forward(self, xp, x):
        order = self.order
        is_near = xp.abs(x) < order + 1
        t, weights = np.polynomial.legendre.leggauss(2 * order + 16)
        t, weights = (t + 1) / 2, weights / 2
        near = turned(xp, pi * xp.expand_dims(x, axis=-1) * t, order) @ (weights * (pi * t) ** order)
        far = xp.where(is_near, 1.0, x)
        value = xp.sinc(far)
        for n in range(1, order + 1):
            value = (pi ** (n - 1) * turned(xp, pi * far, n - 1) - n * value) / far
        return xp.where(is_near, near, value).astype(xp.result_type(x))

    def local(self, xp, out, x):
        return (xp.sinc_derivative(x, order=self.order + 1),)


def turned(xp, angle, quarters):
    """The cosine of an angle and some quarter turns."""
    wave = xp.sin(angle) if quarters % 2 else xp.cos(angle)
    return -wave if quarters % 4 in (1, 2) else wave
