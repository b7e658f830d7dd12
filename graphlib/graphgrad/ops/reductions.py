"""Ops that reduce axes: one number from many, so one upstream gradient is spread to each of many."""

from __future__ import annotations

from math import inf
from typing import Any, ClassVar

from numpy.lib.array_utils import normalize_axis_tuple

from graphgrad.expression import Notation, call_notation
from graphgrad.op import Op
from graphgrad.sweep import called, one_per_input, times


class Reduction(Op):
    """An op over `axis`: None for all axes, a number, or a tuple of numbers.

    A subclass states ``forward(self, xp, x)`` and ``local(self, xp, out, x)``: the derivative of
    the result with respect to each element, of the shape of x or a number for all. The gradient
    that flows to x is the upstream gradient, spread back over the reduced axes, × local. Both read
    ``self.axis`` and ``self.keepdims``.

    Settings: `axis`, the axes to reduce; `keepdims` keeps them, with length 1.
    Shapes: any; out lacks the reduced axes. A ValueError where x has no such axis, or where forward gives another
        shape.
    Domain: where the rule is defined.
    Corners: an axis of length 0 is up to the rule; no axes, ``axis=()``, leave each element by itself.

    >>> class SumOfSquares(gg.Reduction):
    ...     def forward(self, xp, x):
    ...         return xp.sum(x**2, axis=self.axis, keepdims=self.keepdims)
    ...
    ...     def local(self, xp, out, x):
    ...         return (2 * x,)
    >>> x = gg.Parameter([[1.0, 2.0], [3.0, 4.0]])
    >>> total = SumOfSquares(x, axis=1)
    >>> total.backward([1.0, 10.0])
    >>> total.value, x.grad
    (array([ 5., 25.]), array([[ 2.,  4.], [60., 80.]]))
    """

    jacobian = "spread"
    cure: ClassVar[str] = "axis= takes None, or axes that the input has"
    over_all: ClassVar[Notation | None] = None

    def __init__(
        self, x: Any, *, axis: int | tuple[int, ...] | None = None, keepdims: bool = False, name: str | None = None
    ) -> None:
        self.axis = tuple(axis) if isinstance(axis, list | tuple) else axis
        self.keepdims = keepdims
        super().__init__(x, name=name)

    def notation(self) -> Notation:
        """How this reduction is written; its settings are named, where they are not the usual ones."""
        if self.axis is None and not self.keepdims and self.over_all is not None:
            return self.over_all
        settings = [f"axis={self.axis}"] * (self.axis is not None) + ["keepdims=True"] * self.keepdims
        return call_notation(self.function, 1, ", ".join(settings))

    def axes(self, ndim: int) -> tuple[int, ...]:
        """The reduced axes of an input with `ndim` axes, counted from the left.

        Raises:
            ValueError: the input has no such axis.
        """
        return tuple(range(ndim)) if self.axis is None else normalize_axis_tuple(self.axis, ndim)

    def spread(self, xp: Any, reduced: Any, x: Any) -> Any:
        """`reduced`, one number per result, given to each element of x that made the result."""
        if not xp.ndim(x):
            return reduced
        if not self.keepdims and xp.ndim(reduced):
            reduced = xp.expand_dims(reduced, axis=tuple(sorted(self.axes(xp.ndim(x)))))
        return xp.broadcast_like(reduced, x)

    def vjp(self, xp: Any, upstream: Any, out: Any, x: Any) -> Any:
        """Upstream × local, spread; or, where local differs from element to element, upstream, spread, × local."""
        (local,) = one_per_input(self, "local", self.local(xp, out, x))
        local = called(local)
        if getattr(local, "ndim", 0):
            return (times(self.spread(xp, upstream, x), local),)
        return (self.spread(xp, times(upstream, local), x),)

    def _cure(self) -> str:
        try:
            self.axes(self.inputs[0].ndim)
        except (TypeError, ValueError):
            return self.cure
        return "It needs at least one element along each axis" if self.inputs[0].size == 0 else ""

    def _reduced(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of the result for an input of that shape."""
        if self.axis is None and not self.keepdims:
            return ()
        axes = self.axes(len(shape))
        return tuple([1 if k in axes else length for k, length in enumerate(shape) if self.keepdims or k not in axes])

    def _evaluate(self) -> Any:
        value = super()._evaluate()
        given, expected = getattr(value, "shape", ()), self._reduced(self.inputs[0].shape)
        if given != expected:
            axes = self.axes(self.inputs[0].ndim)
            raise ValueError(
                f"{self._call()}: forward gave shape {given}, but reducing axes {axes} gives "
                f"{expected}; pass axis=self.axis and keepdims=self.keepdims on"
            )
        return value


class Sum(Reduction):
    """Σ x, the sum over `axis`.

    Shapes: any; `axis` and `keepdims` as for Reduction.
    Domain: all numbers.
    Corners: 0 where there is nothing to add; ∞ − ∞ is NaN. The local gradients are 1 there too.

    >>> x = gg.Parameter([[1.0, 2.0], [3.0, 4.0]])
    >>> rows = gg.Sum(x, axis=1)
    >>> rows.backward([1.0, 10.0])
    >>> rows.value, x.grad
    (array([3., 7.]), array([[ 1.,  1.], [10., 10.]]))
    """

    over_all = Notation("sum(<open>)", r"\sum <product>", latex_level="function")

    def forward(self, xp, x):
        return xp.sum(x, axis=self.axes(xp.ndim(x)), keepdims=self.keepdims)

    def local(self, xp, out, x):
        return (1,)


class Mean(Reduction):
    """Σ x / m, the mean of the m elements over `axis`.

    Shapes: any; `axis` and `keepdims` as for Reduction.
    Domain: all numbers, at least one of them.
    Corners: NaN where there is nothing to average; ∞ − ∞ is NaN. The local gradients are 1/m there too.

    >>> local = gg.Mean(gg.Parameter([1.0, 2.0, 6.0, 7.0])).local_gradients()[0]
    >>> local.formula, local.value
    ('1/m', 0.25)
    """

    over_all = Notation("mean(<open>)", r"\frac{1}{<count>} \sum <product>", latex_level="function")

    def forward(self, xp, x):
        return xp.mean(x, axis=self.axes(xp.ndim(x)), keepdims=self.keepdims)

    def local(self, xp, out, x):
        return (lambda: 1 / xp.count(x, axis=self.axes(xp.ndim(x))),)


class Extremum(Reduction):
    """One of the elements over `axis`; those that tie share the gradient evenly."""

    def local(self, xp, out, x):
        return (lambda: self._shares(xp, out, x),)

    def _shares(self, xp, out, x):
        """1 over the number of elements that are the result, at each of them; 0 elsewhere."""
        hit = xp.is_equal(x, self.spread(xp, out, x))
        return hit / self.spread(xp, xp.sum(hit, axis=self.axis, keepdims=self.keepdims), x)


class Max(Extremum):
    """max x, the largest element over `axis`.

    Shapes: any with an element to choose, else a ValueError; `axis` and `keepdims` as for Reduction.
    Domain: all numbers.
    Corners: those that tie share the gradient evenly. NaN among the elements gives NaN, and all their local gradients
        are NaN.

    >>> gg.Max(gg.Parameter([2.0, 1.0, 2.0])).local_gradients()[0].value
    array([0.5, 0. , 0.5])
    """

    aliases = ("amax",)
    over_all = Notation("max(<open>)", r"\max <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.max(x, axis=self.axes(xp.ndim(x)), keepdims=self.keepdims)


class Min(Extremum):
    """min x, the smallest element over `axis`.

    Shapes: any with an element to choose, else a ValueError; `axis` and `keepdims` as for Reduction.
    Domain: all numbers.
    Corners: those that tie share the gradient evenly. NaN among the elements gives NaN, and all their local gradients
        are NaN.

    >>> gg.Min(gg.Parameter([[2.0, 1.0], [3.0, 1.0]]), axis=1).local_gradients()[0].value
    array([[0., 1.], [0., 1.]])
    """

    aliases = ("amin",)
    over_all = Notation("min(<open>)", r"\min <call>", latex_level="function")

    def forward(self, xp, x):
        return xp.min(x, axis=self.axes(xp.ndim(x)), keepdims=self.keepdims)


class LogSumExp(Reduction):
    """log Σ e^x over `axis`, without overflow.

    Shapes: any with an element to add, else a ValueError; `axis` and `keepdims` as for Reduction.
    Domain: all numbers. The local gradients e^(x − out) are shares of 1; the further out is from 0, the fewer digits
        they have.
    Corners: −∞ counts for nothing, with local gradient 0; where all are −∞, out is −∞, and the local gradients are NaN.
        Where one is ∞, so is out, and its local gradient is NaN. NaN gives NaN, and all local gradients are NaN.

    >>> x = gg.Parameter([1000.0, 1000.0, -np.inf])
    >>> out = gg.LogSumExp(x)
    >>> out.value.round(4), out.local_gradients()[0].value.round(4)
    (np.float64(1000.6931), array([0.5, 0.5, 0. ]))
    """

    over_all = Notation("logsumexp(<open>)", r"\log \sum e^{<open>}", latex_level="function")

    def forward(self, xp, x):
        axes = self.axes(xp.ndim(x))
        largest = xp.max(x, axis=axes, keepdims=True)
        shift = xp.where(xp.isfinite(largest), largest, 0)
        total = xp.sum(xp.exp(x - shift), axis=axes, keepdims=self.keepdims)
        return xp.log(total) + (shift if self.keepdims else xp.squeeze(shift, axis=axes))

    def local(self, xp, out, x):
        return (lambda: xp.exp(x - self.spread(xp, out, x)),)


class Length(Reduction):
    """The root of the sum of squares over `axis`; where all are 0, its local gradient is 0."""

    is_public = False
    over_all = Notation("norm(<open>)", r"\left\|<open>\right\|")

    def forward(self, xp, x):
        return xp.sqrt(xp.sum(x * x, axis=self.axes(xp.ndim(x)), keepdims=self.keepdims))

    def local(self, xp, out, x):
        return (lambda: x / self.spread(xp, xp.guard(out, out, 0.0, stand_in=inf), x),)


class Prod(Reduction):
    """Π x, the product over `axis`.

    Shapes: any; `axis` and `keepdims` as for Reduction.
    Domain: all numbers; its derivatives are exact to any order where elements are 0.
    Corners: 1 where there is nothing to multiply. The local gradients are the products of the others: where one element
        is 0 all but its own are 0, where two are 0 all are. With 0 and ∞ the value is NaN.

    >>> gg.Prod(gg.Parameter([0.0, 3.0, 4.0])).local_gradients()[0].value
    array([12.,  0.,  0.])
    """

    over_all = Notation("prod(<open>)", r"\prod <product>", latex_level="function")

    def forward(self, xp, x):
        return xp.prod(x, axis=self.axes(xp.ndim(x)), keepdims=self.keepdims)

    def local(self, xp, out, x):
        return (lambda: xp.others(x, axes=self.axes(xp.ndim(x))),)
