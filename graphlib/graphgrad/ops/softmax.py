"""Probabilities from many logits."""

from __future__ import annotations

from typing import Any, ClassVar

from graphgrad.op import Op


class _AlongAxis(Op):
    """An op over the elements along one axis, each of which depends on all of them."""

    cure: ClassVar[str] = "axis= is an axis that the input has, with at least one element"

    def __init__(self, x: Any, *, axis: int = -1, name: str | None = None) -> None:
        self.axis = axis
        super().__init__(x, name=name)

    def shifted(self, xp: Any, x: Any) -> Any:
        """x less its largest element along the axis, so that e^x does not overflow."""
        return x - xp.max(x, axis=self.axis, keepdims=True)

    def total(self, xp: Any, x: Any) -> Any:
        """The sum along the axis."""
        return xp.sum(x, axis=self.axis, keepdims=True)


class Softmax(_AlongAxis):
    """e^x / Σ e^x along `axis`, without overflow: the probabilities whose logits are x.

    Settings: `axis`, the last one by default.
    Shapes: any; out has the same. A ValueError where x has no such axis, or no element along it.
    Domain: all finite numbers, and −∞ beside one of them.
    Corners: a logit of −∞ has probability 0, and no gradient. Where one is ∞ or NaN, or all are −∞, all are NaN. A
        single element is 1, with gradient 0.

    >>> gg.Softmax([1000.0, 1000.0, -np.inf]).value
    array([0.5, 0.5, 0. ])
    >>> gg.jacobian_of(gg.Softmax)(np.array([0.0, 0.0]))
    array([[ 0.25, -0.25], [-0.25,  0.25]])
    """

    def forward(self, xp, x):
        weight = xp.exp(self.shifted(xp, x))
        return weight / self.total(xp, weight)

    def vjp(self, xp, upstream, out, x):
        return (lambda: out * (upstream - self.total(xp, out * upstream)),)


class LogSoftmax(_AlongAxis):
    """x − log Σ e^x along `axis`: the logarithm of the softmax, precise in both tails.

    Settings: `axis`, the last one by default.
    Shapes: any; out has the same. A ValueError where x has no such axis, or no element along it.
    Domain: all finite numbers, and −∞ beside one of them.
    Corners: a logit of −∞ has the value −∞. Where one is ∞ or NaN, or all are −∞, all are NaN. A single element is 0,
        with gradient 0.

    >>> gg.LogSoftmax([1000.0, -1000.0]).value
    array([    0., -2000.])
    >>> gg.jacobian_of(gg.LogSoftmax)(np.array([0.0, 0.0]))
    array([[ 0.5, -0.5], [-0.5,  0.5]])
    """

    function = "log_softmax"

    def forward(self, xp, x):
        x = self.shifted(xp, x)
        return x - xp.log(self.total(xp, xp.exp(x)))

    def vjp(self, xp, upstream, out, x):
        return (lambda: upstream - xp.exp(out) * self.total(xp, upstream),)
