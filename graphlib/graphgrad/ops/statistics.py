"""Compositions over `axis`: how numbers are spread, and how long vectors are."""

from __future__ import annotations

from numpy.lib.array_utils import normalize_axis_tuple

from graphgrad.composition import composition


@composition("var")
def Var(xp, x, /, *, axis=None, ddof=0, keepdims=False):
    """Σ (x − mean)² / m over `axis`: the variance, the mean squared distance from the mean.

    Settings: `axis`, `keepdims` as for Reduction; with `ddof` the sum is divided by m − ddof, but never by less than 0.
    Shapes: any; out lacks the reduced axes.
    Domain: all finite numbers, more than `ddof` of them.
    Corners: 0 with gradient 0 where all agree. NaN of no elements, and where one is infinite. Where m ≤ ddof it divides
        by 0: ∞, or NaN where all agree, with gradient NaN.

    >>> gg.Var([1.0, 2.0, 3.0, 6.0]).value, gg.Var([1.0, 2.0, 3.0, 6.0], ddof=1).value.round(4)
    (np.float64(3.5), np.float64(4.6667))
    """
    squares = xp.square(x - xp.mean(x, axis=axis, keepdims=True))
    if ddof == 0:
        return xp.mean(squares, axis=axis, keepdims=keepdims)
    return xp.sum(squares, axis=axis, keepdims=keepdims) / freedom(xp, x, axis, ddof)


@composition("std")
def Std(xp, x, /, *, axis=None, ddof=0, keepdims=False):
    """√Var, the standard deviation.

    Settings: `axis`, `keepdims` as for Reduction; `ddof` as for Var.
    Shapes: any; out lacks the reduced axes.
    Domain: all finite numbers, more than `ddof` of them.
    Corners: 0 with gradient 0 where all agree, the mean over all directions. NaN of no elements, and where one is
        infinite. Where m ≤ ddof it divides by 0: ∞, or NaN where all agree, with gradient NaN.

    >>> gg.grad_of(gg.Std)(np.array([1.0, 3.0])), gg.grad_of(gg.Std)(np.array([2.0, 2.0]))
    (array([-0.5,  0.5]), array([0., 0.]))
    """
    distance = xp.length(x - xp.mean(x, axis=axis, keepdims=True), axis=axis, keepdims=keepdims)
    return distance / xp.sqrt(freedom(xp, x, axis, ddof))


def freedom(xp, x, axis, ddof):
    """The number of elements over `axis` less `ddof`, but not less than 0."""
    axes = range(xp.ndim(x)) if axis is None else normalize_axis_tuple(axis, xp.ndim(x))
    count = xp.count(x, axis=tuple(axes))
    return xp.maximum(count - ddof, 0) if ddof else count


@composition("norm", "linalg.norm")
def Norm(xp, x, /, *, ord=None, axis=None, keepdims=False):
    """√Σ x², the length of the vector of all elements, or of those along `axis`.

    Settings: `axis`, `keepdims` as for Reduction. `ord`: None, or 2 along one axis, for the length; 1 (the sum of
        absolute values), inf or −inf (the largest, the smallest absolute value), or another number p but 0:
        ``(Σ|x|^p)^(1/p)``.
    Shapes: any; out lacks the reduced axes. With `ord`, x is a vector or `axis` a number, else a ValueError.
    Domain: all finite numbers; beyond ±1.34e154 the squares overflow, and NumPy warns.
    Corners: the length of zeros is 0, with gradient 0, the mean over all directions. Where one is infinite so is the
        length, and the local gradient of that one is NaN. Of no elements it is 0; ∞ for p < 0, and a ValueError for
        ±inf. ord=1 has local gradient 0 at 0, and ord=±inf shares it among ties. That of another p is NaN where all are
        0, and for p < 1 wherever x is 0.

    >>> gg.grad_of(gg.Norm)(np.array([3.0, 4.0])), gg.grad_of(gg.Norm)(np.zeros(2))
    (array([0.6, 0.8]), array([0., 0.]))
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
    """max x − min x over `axis`, the range of the elements.

    Settings: `axis`, `keepdims` as for Reduction.
    Shapes: any with an element to choose, else a ValueError; out lacks the reduced axes.
    Domain: all numbers.
    Corners: those that tie share the gradient evenly; where all agree it is 0. NaN gives NaN.

    >>> np.ptp(gg.Input([3.0, 1.0, 6.0])).value
    np.float64(5.0)
    """
    return xp.max(x, axis=axis, keepdims=keepdims) - xp.min(x, axis=axis, keepdims=keepdims)
