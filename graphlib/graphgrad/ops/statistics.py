"""Compositions over `axis`: how numbers are spread, and how long vectors are."""

from __future__ import annotations

from math import inf

import numpy as np
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
    """√Σ x², the length of the vector of all elements, or of those along `axis`; or another norm of a vector or matrix.

    Settings: `axis`, `keepdims` as for Reduction. `ord`: None for the length.
        Of a vector, x itself or along `axis`, a number: 2 (the length), 1 (the sum of absolute values), inf or −inf
        (the largest, the smallest absolute value), or another number p but 0: ``(Σ|x|^p)^(1/p)``.
        Of a matrix, x itself or over `axis`, two numbers: "fro" (the length), "nuc" (the sum of the singular values), 2
        or −2 (the largest, the smallest singular value), 1 or −1 (the largest, the smallest sum of absolute values of a
        column), inf or −inf (the same of a row).
    Shapes: any; out lacks the reduced axes. With another `ord` than None, x is a vector or a matrix, or `axis` says
        where they lie, else a ValueError.
    Domain: all finite numbers; beyond ±1.34e154 the squares overflow, and NumPy warns.
    Corners: the length of zeros is 0, with gradient 0, the mean over all directions. Where one is infinite so is the
        length, and the local gradient of that one is NaN. Of no elements it is 0; ∞ for p < 0, and a ValueError for
        ±inf. ord=1 has local gradient 0 at 0, and ord=±inf shares it among ties. That of another p is NaN where all are
        0, and for p < 1 wherever x is 0. Norms of matrices share the gradient among ties too, and a singular value of 0
        has gradient 0. Of no elements the sums are 0, and a ValueError is raised where there is nothing to choose from.

    >>> gg.grad_of(gg.Norm)(np.array([3.0, 4.0])), gg.grad_of(gg.Norm)(np.zeros(2))
    (array([0.6, 0.8]), array([0., 0.]))
    >>> gg.Norm([[3.0, 0.0], [0.0, -4.0]], ord="nuc").value
    np.float64(7.0)
    """
    if ord is None:
        return xp.length(x, axis=axis, keepdims=keepdims)
    axes = tuple(range(xp.ndim(x))) if axis is None else normalize_axis_tuple(axis, xp.ndim(x))
    if len(axes) == 1:
        return xp.vector_norm(x, ord=ord, axis=axes, keepdims=keepdims)
    if len(axes) == 2:
        return norm_of_matrices(xp, x, ord, axes, keepdims)
    raise ValueError(f"ord={ord!r} is for vectors and matrices; give axis=, a number or two")


@composition("vector_norm", "linalg.vector_norm", is_public=False)
def VectorNorm(xp, x, /, *, axis=None, keepdims=False, ord=2):
    """The norm of the vector of all elements, or of those along `axis`, as Norm has it.

    Settings: `axis`, `keepdims` as for Reduction; `ord` as for a vector in Norm, 2 by default.
    Shapes: any; out lacks the reduced axes.
    Domain: all finite numbers.
    Corners: as for Norm.

    >>> np.linalg.vector_norm(gg.Input([[3.0, 0.0], [0.0, 4.0]]), ord=1).value
    np.float64(7.0)
    """
    if ord == 2:
        return xp.length(x, axis=axis, keepdims=keepdims)
    if not isinstance(ord, int | float | np.number) or ord == 0:
        raise ValueError(f"ord={ord!r} is not supported; of a vector it is 1, 2, inf, -inf, or another number but 0")
    size = xp.abs(x)
    if abs(ord) == inf:
        return (xp.max if ord > 0 else xp.min)(size, axis=axis, keepdims=keepdims)
    if ord == 1:
        return xp.sum(size, axis=axis, keepdims=keepdims)
    return xp.sum(size**ord, axis=axis, keepdims=keepdims) ** (1 / ord)


@composition("matrix_norm", "linalg.matrix_norm", is_public=False)
def MatrixNorm(xp, x, /, *, keepdims=False, ord="fro"):
    """The norm of a matrix, or of each of a stack, as Norm has it.

    Settings: `keepdims` as for Reduction; `ord` as for a matrix in Norm, "fro" by default.
    Shapes: (…, n, m) → (…); a ValueError where x has fewer than two axes.
    Domain: all finite numbers.
    Corners: as for Norm.

    >>> np.linalg.matrix_norm(gg.Input([[3.0, 0.0], [0.0, -4.0]]), ord=2).value
    np.float64(4.0)
    """
    return xp.norm(x, ord=ord, axis=(-2, -1), keepdims=keepdims)


def norm_of_matrices(xp, x, ord, axes, keepdims):
    """The norm of each matrix over two axes, its rows and its columns."""
    if ord == "fro":
        return xp.length(x, axis=axes, keepdims=keepdims)
    if ord in (1, -1, inf, -inf):
        along, across = axes if abs(ord) == 1 else axes[::-1]
        sums = xp.sum(xp.abs(x), axis=along, keepdims=True)
        largest = (xp.max if ord > 0 else xp.min)(sums, axis=across, keepdims=True)
        return largest if keepdims else xp.squeeze(largest, axis=axes)
    if ord not in ("nuc", 2, -2):
        raise ValueError(f"ord={ord!r} is not supported; of a matrix it is 'fro', 'nuc', ±1, ±2 or ±inf")
    last = (xp.ndim(x) - 2, xp.ndim(x) - 1)
    values = xp.svdvals(x if axes == last else xp.moveaxis(x, axes, last))
    value = (xp.sum if ord == "nuc" else xp.max if ord == 2 else xp.min)(values, axis=-1)
    return xp.expand_dims(value, axis=tuple(sorted(axes))) if keepdims else value


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
