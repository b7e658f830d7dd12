"""Functions that pass over missing values, which are NaN: they get no gradient, and count for nothing."""

from __future__ import annotations

from math import inf, nan

import numpy as np

from graphgrad.composition import composition
from graphgrad.expression import Notation
from graphgrad.ops.elementwise import Elementwise


class IsNumber(Elementwise):
    """1 where x is a number, an infinite one too, 0 where it is NaN. It has no derivative."""

    is_public = False
    function = "is_number"
    written = Notation("[<sum> ≠ NaN]", r"[<sum> \ne \text{NaN}]")
    detached = (0,)

    def forward(self, xp, x):
        return xp.logical_not(xp.isnan(x)).astype(xp.result_type(x))

    def local(self, xp, out, x):
        return (None,)


def known(xp, x, instead):
    """x, but `instead` where it is NaN."""
    return xp.where(xp.is_number(x), x, instead)


@composition("fmax", is_public=False)
def FMax(xp, a, b, /):
    """max(a, b), the larger of two, or the one that is no NaN.

    Shapes: a and b broadcast, else a ValueError.
    Domain: all numbers, and NaN.
    Corners: where they tie, each local gradient is ½. NaN beside a number has no gradient; two of them give NaN.

    >>> np.fmax(gg.Input([1.0, np.nan]), 0.5).value
    array([1. , 0.5])
    """
    return xp.maximum(known(xp, a, b), known(xp, b, a))


@composition("fmin", is_public=False)
def FMin(xp, a, b, /):
    """min(a, b), the smaller of two, or the one that is no NaN.

    Shapes: a and b broadcast, else a ValueError.
    Domain: all numbers, and NaN.
    Corners: where they tie, each local gradient is ½. NaN beside a number has no gradient; two of them give NaN.

    >>> np.fmin(gg.Input([1.0, np.nan]), 0.5).value
    array([0.5, 0.5])
    """
    return xp.minimum(known(xp, a, b), known(xp, b, a))


@composition("nan_to_num", is_public=False)
def NanToNum(xp, x, /, *, nan=0.0, posinf=None, neginf=None):
    """x, with other numbers in place of NaN and of what is infinite.

    Settings: `nan`, 0 by default; `posinf` and `neginf`, by default the largest and the least number of the dtype.
    Shapes: any; out has the same.
    Domain: all numbers, and NaN.
    Corners: what is replaced has local gradient 0, the rest 1.

    >>> x = gg.Parameter([1.0, np.nan, -np.inf])
    >>> np.nan_to_num(x, neginf=-9.0).value
    array([ 1.,  0., -9.])
    """
    largest = float(np.finfo(x.dtype).max)
    nan, posinf, neginf = (each.item() if isinstance(each, np.generic) else each for each in (nan, posinf, neginf))
    number = known(xp, x, 0.0)
    finite = xp.where(xp.is_equal(number, inf), largest if posinf is None else posinf, number)
    finite = xp.where(xp.is_equal(number, -inf), -largest if neginf is None else neginf, finite)
    return xp.where(xp.is_number(x), finite, nan)


@composition("nansum", is_public=False)
def NanSum(xp, x, /, axis=None, keepdims=False):
    """Σ x over `axis`, without those that are NaN.

    Settings: `axis`, `keepdims` as for Reduction.
    Shapes: any; out lacks the reduced axes.
    Domain: all numbers, and NaN.
    Corners: 0 where all are NaN. NaN has gradient 0.

    >>> np.nansum(gg.Input([1.0, np.nan, 2.0])).value
    np.float64(3.0)
    """
    return xp.sum(known(xp, x, 0.0), axis=axis, keepdims=keepdims)


@composition("nanprod", is_public=False)
def NanProd(xp, x, /, axis=None, keepdims=False):
    """Π x over `axis`, without those that are NaN.

    Settings: `axis`, `keepdims` as for Reduction.
    Shapes: any; out lacks the reduced axes.
    Domain: all numbers, and NaN.
    Corners: 1 where all are NaN. NaN has gradient 0.

    >>> np.nanprod(gg.Input([3.0, np.nan, 2.0])).value
    np.float64(6.0)
    """
    return xp.prod(known(xp, x, 1.0), axis=axis, keepdims=keepdims)


@composition("nanmean", is_public=False)
def NanMean(xp, x, /, axis=None, keepdims=False):
    """The mean over `axis`, without those that are NaN.

    Settings: `axis`, `keepdims` as for Reduction.
    Shapes: any; out lacks the reduced axes.
    Domain: all numbers, and NaN.
    Corners: NaN where all are NaN, and NumPy warns. NaN beside numbers has gradient 0.

    >>> np.nanmean(gg.Input([1.0, np.nan, 2.0])).value
    np.float64(1.5)
    """
    total = xp.nansum(x, axis=axis, keepdims=keepdims)
    return total / xp.sum(xp.is_number(x), axis=axis, keepdims=keepdims)


@composition("nanvar", is_public=False)
def NanVar(xp, x, /, axis=None, ddof=0, keepdims=False):
    """The variance over `axis`, without those that are NaN.

    Settings: `axis`, `keepdims` as for Reduction; `ddof` as for Var.
    Shapes: any; out lacks the reduced axes.
    Domain: all finite numbers, more than `ddof` of them, and NaN.
    Corners: NaN where no more than `ddof` are numbers, and where one is infinite; so are all local gradients there.
        Elsewhere NaN has gradient 0.

    >>> np.nanvar(gg.Input([1.0, np.nan, 3.0])).value
    np.float64(1.0)
    """
    squares = xp.square(distance(xp, x, axis))
    return xp.sum(squares, axis=axis, keepdims=keepdims) / freedom(xp, x, axis, ddof, keepdims)


@composition("nanstd", is_public=False)
def NanStd(xp, x, /, axis=None, ddof=0, keepdims=False):
    """The standard deviation over `axis`, without those that are NaN.

    Settings: `axis`, `keepdims` as for Reduction; `ddof` as for Var.
    Shapes: any; out lacks the reduced axes.
    Domain: all finite numbers, more than `ddof` of them, and NaN.
    Corners: 0 with gradient 0 where all numbers agree. NaN where no more than `ddof` are numbers, and where one is
        infinite; so are all local gradients there. Elsewhere NaN has gradient 0.

    >>> np.nanstd(gg.Input([1.0, np.nan, 3.0])).value
    np.float64(1.0)
    """
    length = xp.length(distance(xp, x, axis), axis=axis, keepdims=keepdims)
    return length / xp.sqrt(freedom(xp, x, axis, ddof, keepdims))


def distance(xp, x, axis):
    """How far each number is from the mean of those over `axis`; 0 for NaN."""
    return xp.where(xp.is_number(x), x - xp.nanmean(x, axis=axis, keepdims=True), 0.0)


def freedom(xp, x, axis, ddof, keepdims):
    """How many are numbers over `axis`, less `ddof`; NaN where that is nothing."""
    rest = xp.sum(xp.is_number(x), axis=axis, keepdims=keepdims) - ddof
    return xp.where(xp.is_greater(rest, 0), rest, nan)


@composition("nanmax", is_public=False)
def NanMax(xp, x, /, axis=None, keepdims=False):
    """The largest element over `axis` that is no NaN.

    Settings: `axis`, `keepdims` as for Reduction.
    Shapes: any with an element to choose, else a ValueError; out lacks the reduced axes.
    Domain: all numbers, and NaN.
    Corners: NaN where all are NaN, with gradient 0. Those that tie share the gradient; where −∞ is the largest, NaN
        counts among them.

    >>> np.nanmax(gg.Input([1.0, np.nan, 2.0])).value
    np.float64(2.0)
    """
    largest = xp.max(known(xp, x, -inf), axis=axis, keepdims=keepdims)
    return xp.where(xp.sum(xp.is_number(x), axis=axis, keepdims=keepdims), largest, nan)


@composition("nanmin", is_public=False)
def NanMin(xp, x, /, axis=None, keepdims=False):
    """The smallest element over `axis` that is no NaN.

    Settings: `axis`, `keepdims` as for Reduction.
    Shapes: any with an element to choose, else a ValueError; out lacks the reduced axes.
    Domain: all numbers, and NaN.
    Corners: NaN where all are NaN, with gradient 0. Those that tie share the gradient; where ∞ is the smallest, NaN
        counts among them.

    >>> np.nanmin(gg.Input([1.0, np.nan, 2.0])).value
    np.float64(1.0)
    """
    smallest = xp.min(known(xp, x, inf), axis=axis, keepdims=keepdims)
    return xp.where(xp.sum(xp.is_number(x), axis=axis, keepdims=keepdims), smallest, nan)
