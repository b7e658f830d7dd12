"""What describes samples: quantiles, covariances, correlations."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from graphgrad.arrays import real_array
from graphgrad.composition import composition, operand
from graphgrad.op import Op


class QuantileWeights(Op):
    """How much each of the sorted elements along the last axis counts for the quantile `q`, of which x is the shape.

    Element k counts 1 − |k − q·(n − 1)|, but not less than 0: so two neighbours share, or one counts alone.
    """

    is_public = False
    function = "quantile_weights"
    detached = shape_only = (0,)

    def __init__(self, x: Any, *, q: float, name: str | None = None) -> None:
        self.q = q
        super().__init__(x, name=name)

    def forward(self, xp, x):
        count = xp.shape(x)[-1]
        away = xp.abs(xp.arange(count) - self.q * (count - 1))
        return xp.maximum(1 - away, 0).astype(xp.result_type(x))

    def vjp(self, xp, upstream, out, x):
        return (None,)


@composition("quantile", is_public=False)
def Quantile(xp, x, /, q, axis=None, *, keepdims=False):
    """What a share `q` of the elements over `axis` does not exceed; between two of them on the straight line.

    Settings: `q`, from 0 to 1, or several in a row, for which out has a first axis; `axis`, a number, or None for all
        elements; `keepdims` as for Reduction.
    Shapes: any with an element to choose, else a ValueError; out lacks the reduced axis.
    Domain: all numbers.
    Corners: where elements tie, the gradient goes to those that sorting puts in the place. NaN gives NaN. Between a
        number and ∞, and between two of ∞, it is ∞.

    >>> x = gg.Parameter([4.0, 1.0, 3.0])
    >>> quarter = np.quantile(x, 0.25)
    >>> quarter.backward()
    >>> quarter.value, x.grad
    (np.float64(2.0), array([0. , 0.5, 0.5]))
    """
    return _quantiles(xp, x, _shares(q, 1), axis, keepdims)


def _shares(q, whole):
    """Shares of 1 from shares of a whole."""
    shares = real_array(q, f"q={q!r:.60}") / whole
    if shares.ndim > 1 or not np.all((shares >= 0) & (shares <= 1)):
        raise ValueError(f"q={q!r}: give a number from 0 to {whole}, or several in a row")
    return shares


def _quantiles(xp, x, shares, axis, keepdims):
    """The quantile of each share, or that of the only one."""
    axes = tuple(range(xp.ndim(x))) if axis is None else normalize_axis_tuple(axis, xp.ndim(x))
    if len(axes) > 1 and len(axes) < xp.ndim(x):
        raise ValueError(f"axis={axis!r}: give one axis, or None; x.reshape(…) makes one of several")
    if 0 in [xp.shape(x)[k] for k in axes]:
        raise ValueError("there is no element to choose")
    if len(axes) != 1:
        x = xp.ravel(x)
    elif axes[0] != xp.ndim(x) - 1:
        x = xp.moveaxis(x, axes[0], -1)
    ordered = xp.sort(x)
    found = [_weighted(xp, ordered, float(share)) for share in shares.ravel()]
    if keepdims:
        found = [xp.expand_dims(each, axis=axes) for each in found]
    return xp.stack(found) if shares.ndim else found[0]


def _weighted(xp, ordered, q):
    """The quantile of elements in order along the last axis, of which the last is NaN if one is."""
    weights = xp.quantile_weights(ordered, q=q)
    value = xp.sum(xp.where(weights, ordered, 0.0) * weights, axis=-1)
    last = ordered[..., -1]
    return xp.where(xp.is_number(last), value, last)


@composition("percentile", is_public=False)
def Percentile(xp, x, /, q, axis=None, *, keepdims=False):
    """The quantile of `q` in a hundred: see Quantile.

    Settings: `q`, from 0 to 100, or several; `axis` and `keepdims` as for Quantile.
    Shapes: as for Quantile.
    Domain: all numbers.
    Corners: as for Quantile.

    >>> np.percentile(gg.Input([4.0, 1.0, 3.0]), 25).value
    np.float64(2.0)
    """
    return _quantiles(xp, x, _shares(q, 100), axis, keepdims)


@composition("median", is_public=False)
def Median(xp, x, /, axis=None, keepdims=False):
    """The middle of the elements over `axis`, or the mean of the middle two.

    Settings: `axis`, a number, or None for all elements; `keepdims` as for Reduction.
    Shapes: as for Quantile.
    Domain: all numbers.
    Corners: as for Quantile.

    >>> x = gg.Parameter([4.0, 1.0, 3.0, 9.0])
    >>> np.median(x).backward()
    >>> np.median(x).value, x.grad
    (np.float64(3.5), array([0.5, 0. , 0.5, 0. ]))
    """
    return xp.quantile(x, 0.5, axis=axis, keepdims=keepdims)


@composition("cov", is_public=False)
def Cov(xp, x, /, y=None, rowvar=True, bias=False, ddof=None):
    """The covariances of variables: the mean products of their distances from their means.

    Settings: `rowvar`, whether each row of x is a variable, else each column; `y`, more variables, of which a single
        row is one in any case; `ddof`, a whole number by which the number of observations is reduced before it divides,
        1 by default and 0 with `bias`.
    Shapes: (k, m), k variables with m observations each → (k, k), or () for a single variable; (m,) is one variable.
    Domain: all finite numbers, with more observations than `ddof`.
    Corners: with no more observations than `ddof` it divides by 0, and NumPy warns.

    >>> np.cov(gg.Input([[1.0, 2.0, 3.0], [6.0, 4.0, 2.0]])).value
    array([[ 1., -2.], [-2.,  4.]])
    """
    x = _variables(xp, x, rowvar)
    if y is not None:
        y = operand(xp, y)
        is_row = xp.ndim(y) == 2 and xp.shape(y)[0] == 1
        x = xp.concatenate([x, _variables(xp, y, rowvar or is_row)], axis=0)
    distance = x - xp.mean(x, axis=1, keepdims=True)
    freedom = int(not bias) if ddof is None else index(ddof)
    products = distance @ xp.swapaxes(distance, 0, 1) / xp.maximum(xp.count(x, axis=(1,)) - freedom, 0)
    return products[0, 0] if xp.shape(x)[0] == 1 else products


def _variables(xp, x, rowvar):
    """x with a variable in each row."""
    if xp.ndim(x) > 2:
        raise ValueError(f"x has shape {xp.shape(x)}; give a matrix, whose rows are variables, or a vector")
    return xp.swapaxes(x, 0, 1) if xp.ndim(x) == 2 and not rowvar else xp.atleast_2d(x)


@composition("corrcoef", is_public=False)
def CorrCoef(xp, x, /, y=None, rowvar=True):
    """The correlations of variables: covariances divided by both standard deviations.

    Settings: `rowvar` and `y` as for Cov.
    Shapes: as for Cov.
    Domain: all finite numbers, at least two for each variable, and not all equal.
    Corners: NaN for a variable that does not vary, and NumPy warns. What rounding puts beyond ±1 becomes ±1.

    >>> np.corrcoef(gg.Input([[1.0, 2.0, 3.0], [6.0, 4.0, 2.0]])).value
    array([[ 1., -1.], [-1.,  1.]])
    """
    products = xp.cov(x, y, rowvar)
    if not xp.ndim(products):
        return products / products
    deviation = xp.sqrt(xp.diagonal(products))
    return xp.clip(products / xp.expand_dims(deviation, axis=1) / deviation, -1, 1)
