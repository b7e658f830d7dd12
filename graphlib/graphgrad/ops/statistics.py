"""Compositions over `axis`: how numbers are spread, and how long vectors are."""

from __future__ import annotations

from numpy.lib.array_utils import normalize_axis_tuple

from graphgrad.composition import composition


@composition("var")
def Var(xp, x, /, *, axis=None, ddof=0, keepdims=False):
    """The mean squared distance from the mean; with `ddof`, the sum is divided by that much less than the count."""
    squares = xp.square(x - xp.mean(x, axis=axis, keepdims=True))
    if ddof == 0:
        return xp.mean(squares, axis=axis, keepdims=keepdims)
    return xp.sum(squares, axis=axis, keepdims=keepdims) / freedom(xp, x, axis, ddof)


@composition("std")
def Std(xp, x, /, *, axis=None, ddof=0, keepdims=False):
    """The square root of the variance. Where all elements agree, its gradient is 0."""
    distance = xp.length(x - xp.mean(x, axis=axis, keepdims=True), axis=axis, keepdims=keepdims)
    return distance / xp.sqrt(freedom(xp, x, axis, ddof))


def freedom(xp, x, axis, ddof):
    """The number of elements over `axis` less `ddof`, but not less than 0."""
    axes = range(xp.ndim(x)) if axis is None else normalize_axis_tuple(axis, xp.ndim(x))
    count = xp.count(x, axis=tuple(axes))
    return xp.maximum(count - ddof, 0) if ddof else count


@composition("norm", "linalg.norm")
def Norm(xp, x, /, *, ord=None, axis=None, keepdims=False):
    """The length of the vector of all elements, or of those along `axis`: the root of the sum of squares.

    `ord` may be 1 (the sum of absolute values), `inf` or `-inf` (the largest, the smallest absolute value),
    or another number p but 0: (Σ|x|^p)^(1/p), for vectors. At 0 the gradient of the Euclidean length is 0.
    """
    if ord in (None, "fro") or (ord == 2 and (xp.ndim(x) == 1 or isinstance(axis, int))):
        return xp.length(x, axis=axis, keepdims=keepdims)
    if not isinstance(ord, int | float) or ord == 0:
        raise ValueError(f"ord={ord!r} is not supported; it is None, 1, 2, inf, -inf, or another number but 0")
    if not (xp.ndim(x) == 1 or isinstance(axis, int)):
        raise ValueError("norms of matrices are not supported, but that of all elements; give axis=, a number")
    size = xp.abs(x)
    if abs(ord) == float("inf"):
        return (xp.max if ord > 0 else xp.min)(size, axis=axis, keepdims=keepdims)
    if ord == 1:
        return xp.sum(size, axis=axis, keepdims=keepdims)
    return xp.sum(size**ord, axis=axis, keepdims=keepdims) ** (1 / ord)


@composition("ptp", is_public=False)
def PeakToPeak(xp, x, /, axis=None, keepdims=False):
    """The largest minus the smallest element."""
    return xp.max(x, axis=axis, keepdims=keepdims) - xp.min(x, axis=axis, keepdims=keepdims)
