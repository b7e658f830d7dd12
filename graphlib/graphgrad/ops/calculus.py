"""Functions on a grid: areas, slopes, and the grid itself."""

from __future__ import annotations

from operator import index
from typing import Any

from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from graphgrad.composition import composition, operand
from graphgrad.op import Op


@composition("trapezoid", is_public=False)
def Trapezoid(xp, y, /, x=None, dx=1.0, axis=-1):
    """The area under y along `axis`, by the trapezoidal rule: Σ (yₖ + yₖ₊₁)/2 · (xₖ₊₁ − xₖ).

    Settings: `x`, where the elements of y stand, of the shape of y or along the axis alone; without it they stand `dx`
        apart, 1 by default; `axis`, the last one by default.
    Shapes: any with the axis, else a ValueError; out lacks it.
    Domain: all numbers.
    Corners: 0 for less than two elements.

    >>> np.trapezoid(gg.Input([1.0, 2.0, 4.0]), x=[0.0, 1.0, 3.0]).value
    np.float64(7.5)
    """
    axis = normalize_axis_index(axis, xp.ndim(y))
    width = dx
    if x is not None:
        x = operand(xp, x)
        width = _spread(xp, xp.diff(x), axis, xp.ndim(y)) if xp.ndim(x) == 1 else xp.diff(x, axis=axis)
    heights = (_part(y, axis, 1, None) + _part(y, axis, None, -1)) / 2
    return xp.sum(heights * width, axis=axis)


def _part(x, axis, start, stop):
    """The elements from `start` to `stop` along an axis."""
    return x[(slice(None),) * axis + (slice(start, stop),)]


def _spread(xp, x, axis, ndim):
    """A vector along `axis` of an array with `ndim` axes."""
    return xp.expand_dims(x, axis=tuple(k for k in range(ndim) if k != axis))


@composition("gradient", is_public=False)
def Gradient(xp, f, /, *spacing, axis=None, edge_order=1):
    """The slopes of f along its axes: central differences inside, one-sided ones at both ends.

    Settings: `spacing`, 1 by default, one for all axes or one for each: how far elements stand apart, or where they
        stand; `axis`, one or several, None for all; `edge_order`, 1 or 2, the order of the differences at the ends.
    Shapes: any with the axes and with `edge_order` + 1 elements along each, else a ValueError; out has the same, and is
        a tuple where there are several axes.
    Domain: all numbers; no two elements stand in one place.
    Corners: NaN and ∞ reach their neighbours.

    >>> np.gradient(gg.Input([1.0, 4.0, 9.0, 16.0]), 1.0).value
    array([3., 4., 6., 7.])
    """
    axes = tuple(range(xp.ndim(f))) if axis is None else normalize_axis_tuple(axis, xp.ndim(f))
    if not axes:
        raise ValueError("a number has no slope; give an array, with its elements along an axis")
    steps = spacing or (1.0,)
    steps = steps * len(axes) if len(steps) == 1 else steps
    if len(steps) != len(axes):
        raise ValueError(f"{len(spacing)} spacings do not fit {len(axes)} axes; give none, one, or one for each axis")
    if edge_order not in (1, 2):
        raise ValueError(f"edge_order={edge_order!r}; it is 1 or 2")
    slopes = tuple(_slope(xp, f, step, k, edge_order) for step, k in zip(steps, axes, strict=True))
    return slopes if len(slopes) > 1 else slopes[0]


def _slope(xp, f, step, axis, edge_order):
    """The slope along one axis, whose elements stand `step` apart, or in the places that it lists."""
    length = xp.shape(f)[axis]
    if length <= edge_order:
        raise ValueError(f"axis {axis} has {length} elements; edge_order={edge_order} takes {edge_order + 1} at least")
    is_even = not getattr(step, "ndim", 0)
    if not is_even and xp.shape(step) != (length,):
        raise ValueError(f"places of shape {xp.shape(step)} do not fit axis {axis}; give one for each of {length}")
    gaps = step if is_even else _spread(xp, xp.diff(step), axis, xp.ndim(f))

    def at(start, stop):
        return _part(f, axis, start, stop)

    def gap(start, stop):
        return gaps if is_even else _part(gaps, axis, start, stop)

    if is_even:
        inside = (at(2, None) - at(None, -2)) / (2 * gaps)
    else:
        before, after = gap(None, -1), gap(1, None)
        rising, falling = (at(2, None) - at(1, -1)) / after, (at(1, -1) - at(None, -2)) / before
        inside = (rising * before + falling * after) / (before + after)
    first = (at(1, 2) - at(0, 1)) / gap(0, 1)
    last = (at(-1, None) - at(-2, -1)) / gap(-1, None)
    if edge_order == 2:  # the slope of the parabola through three points
        second, last_but_one = (at(2, 3) - at(1, 2)) / gap(1, 2), (at(-2, -1) - at(-3, -2)) / gap(-2, -1)
        first = first + (first - second) * gap(0, 1) / (gap(0, 1) + gap(1, 2))
        last = last + (last - last_but_one) * gap(-1, None) / (gap(-1, None) + gap(-2, -1))
    return xp.concatenate([first, inside, last], axis=axis)


class EvenShares(Op):
    """0, …, 1: `num` numbers, evenly spaced, of which 1 is the last if `endpoint` holds; of a and b is the dtype.

    They stand along a first axis, with as many of length 1 behind it as the broadcast of a and b has axes.
    """

    is_public = False
    function = "even_shares"
    detached = shape_only = (0, 1)

    def __init__(self, a: Any, b: Any, *, num: int, endpoint: bool, name: str | None = None) -> None:
        self.num, self.endpoint = num, endpoint
        super().__init__(a, b, name=name)

    def forward(self, xp, a, b):
        axes = (1,) * max(xp.ndim(a), xp.ndim(b))
        shares = xp.reshape(xp.arange(self.num), (self.num, *axes)) / max(self.num - self.endpoint, 1)
        return shares.astype(xp.result_type(a, b))

    def vjp(self, xp, upstream, out, a, b):
        return None, None


@composition("linspace", is_public=False)
def Linspace(xp, start, stop, /, num=50, endpoint=True, *, axis=0):
    """`num` numbers from `start` to `stop`, evenly spaced.

    Settings: `num`, 50 by default; `endpoint`, whether `stop` is the last of them; `axis`, where the new axis goes.
    Shapes: start and stop broadcast, else a ValueError; out has an axis of length `num`, 0 or more, besides.
    Domain: all finite numbers.
    Corners: `start` alone, if `num` is 1.

    >>> np.linspace(gg.Input(0.0), gg.Input(1.0), 5).value
    array([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    num = index(num)
    if num < 0:
        raise ValueError(f"num={num}; give how many numbers there are to be")
    share = xp.even_shares(start, stop, num=num, endpoint=endpoint)
    return xp.moveaxis(start * (1 - share) + stop * share, 0, axis)
