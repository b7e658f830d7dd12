"""Functions of NumPy that are other ops in other words."""

from __future__ import annotations

from math import log, pi
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from graphgrad.arrays import REAL, settled
from graphgrad.composition import composition
from graphgrad.expression import Notation
from graphgrad.ops.elementwise import Elementwise
from graphgrad.ops.selection import Selection


class AsType(Elementwise):
    """x in another dtype; its gradient comes back in the dtype of x.

    Settings: `dtype`, float64 or float32, else a TypeError.
    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: what float32 cannot hold becomes ±∞, and NumPy warns; the local gradient is 1 there too.

    >>> x = gg.Parameter([1.0, 2.0])
    >>> gg.Sum(x.astype("float32")).backward()
    >>> x.grad.dtype
    dtype('float64')
    """

    is_public = False
    written = Notation("", "", "same")

    def __init__(self, x: Any, *, dtype: Any, name: str | None = None) -> None:
        try:
            is_held = np.dtype(dtype) in REAL
        except (TypeError, ValueError):  # NumPy knows no such dtype
            is_held = False
        if not is_held:
            raise TypeError(
                f"astype({dtype!r:.40}): a node holds float64 or float32; node.value.astype(…) has no gradient"
            )
        self.dtype_given = dtype
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.asarray(x).astype(self.dtype_given)

    def local(self, xp, out, x):
        return (1,)


@composition("positive", "copy", "conjugate", "real", "real_if_close", is_public=False)
def Itself(xp, x, /):
    """x itself, which is real and never changes.

    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: none.

    >>> x = gg.Input([1.0, 2.0])
    >>> np.copy(x) is x
    True
    """
    return x


@composition("angle", is_public=False)
def Angle(xp, x, /, deg=False):
    """The angle of x, which is real, in the complex plane: π below 0, else 0.

    Settings: `deg`, whether in degrees.
    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: the local gradient is 0 everywhere, at the jump too, where the value is 0 (at −0, where NumPy has π, too).

    >>> np.angle(gg.Input([-2.0, 3.0])).value.round(4)
    array([3.1416, 0.    ])
    """
    return xp.is_less(x, 0) * (180 if deg else pi)


@composition("degrees", "rad2deg", is_public=False)
def Degrees(xp, x, /):
    """An angle in degrees, from radians: x · 180/π.

    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: none.

    >>> np.degrees(gg.Input(np.pi)).value
    np.float64(180.0)
    """
    return x * (180 / pi)


@composition("radians", "deg2rad", is_public=False)
def Radians(xp, x, /):
    """An angle in radians, from degrees: x · π/180.

    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: none.

    >>> np.radians(gg.Input(180.0)).value.round(4)
    np.float64(3.1416)
    """
    return x * (pi / 180)


@composition("logaddexp2", is_public=False)
def LogAddExp2(xp, a, b, /):
    """log₂(2^a + 2^b), without overflow.

    Shapes: a and b broadcast, else a ValueError.
    Domain: all numbers.
    Corners: as for LogAddExp.

    >>> np.logaddexp2(gg.Input(3.0), 3.0).value.round(4)
    np.float64(4.0)
    """
    return xp.logaddexp(a * log(2), b * log(2)) / log(2)


class FFTShift(Selection):
    """x with its halves exchanged along `axes`, so that the first element comes to the middle.

    Settings: `axes`, a number or a tuple; None for all.
    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: none.

    >>> np.fft.fftshift(gg.Input([0.0, 1.0, 2.0, -2.0, -1.0])).value
    array([-2., -1.,  0.,  1.,  2.])
    """

    is_public = False
    aliases = ("fft.fftshift",)

    def __init__(self, x: Any, *, axes: Any = None, name: str | None = None) -> None:
        self.axes = settled(axes)
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.fft.fftshift(x, self.axes)


class IFFTShift(FFTShift):
    """x with the middle element along `axes` brought to the front.

    Settings: `axes`, a number or a tuple; None for all.
    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: none.

    >>> np.fft.ifftshift(gg.Input([-2.0, -1.0, 0.0, 1.0, 2.0])).value
    array([ 0.,  1.,  2., -2., -1.])
    """

    aliases = ("fft.ifftshift",)

    def forward(self, xp, x):
        return xp.fft.ifftshift(x, self.axes)


@composition("full_like", is_public=False)
def FullLike(xp, like, fill_value, /):
    """`fill_value` in the shape and dtype of `like`.

    Shapes: fill_value broadcasts to the shape of like, else a ValueError.
    Domain: all numbers.
    Corners: no gradient passes to like, of which the shape alone is taken.

    >>> np.full_like(gg.Input([1.0, 2.0]), gg.Input(7.0)).value
    array([7., 7.])
    """
    return xp.broadcast_like(fill_value, like)


@composition("ones_like", is_public=False)
def OnesLike(xp, x, /):
    """Ones in the shape and dtype of x."""
    return xp.broadcast_like(1.0, x)


@composition("zeros_like", "imag", is_public=False)
def ZerosLike(xp, x, /):
    """Zeros in the shape and dtype of x: the imaginary part of what is real.

    Shapes: any; out has the same.
    Domain: all numbers.
    Corners: no gradient passes to x, of which the shape alone is taken.

    >>> np.imag(gg.Input([1.0, np.nan])).value
    array([0., 0.])
    """
    return xp.broadcast_like(0.0, x)


@composition("take", is_public=False)
def Take(xp, x, /, indices, axis=None):
    """The elements or slices of x at some places along `axis`.

    Settings: `indices`, whole numbers; `axis`, or None for all elements as one axis.
    Shapes: out has the axes of the indices in place of `axis`; an IndexError where x has no such place.
    Domain: all numbers.
    Corners: an element that is taken several times gets the sum of what flows to its copies, one that is not taken 0.

    >>> np.take(gg.Input([10.0, 20.0, 30.0]), [2, 0, 0]).value
    array([30., 10., 10.])
    """
    if axis is None:
        return xp.ravel(x)[indices]
    (axis,) = normalize_axis_tuple(axis, xp.ndim(x))
    return x[(slice(None),) * axis + (indices,)]


@composition("atleast_1d", is_public=False)
def AtLeast1D(xp, x, /):
    """x with an axis, if it has none.

    Shapes: () → (1,); others stay.
    Domain: all numbers.
    Corners: none.

    >>> np.atleast_1d(gg.Input(5.0)).shape
    (1,)
    """
    return x if xp.ndim(x) else xp.expand_dims(x, axis=0)


@composition("atleast_2d", is_public=False)
def AtLeast2D(xp, x, /):
    """x as a matrix: a vector is one row.

    Shapes: () → (1, 1); (n,) → (1, n); others stay.
    Domain: all numbers.
    Corners: none.

    >>> np.atleast_2d(gg.Input([1.0, 2.0])).shape
    (1, 2)
    """
    return x if xp.ndim(x) > 1 else xp.expand_dims(x, axis=tuple(range(2 - xp.ndim(x))))


@composition("atleast_3d", is_public=False)
def AtLeast3D(xp, x, /):
    """x with three axes: a vector lies along the second, a matrix along the first two.

    Shapes: () → (1, 1, 1); (n,) → (1, n, 1); (n, m) → (n, m, 1); others stay.
    Domain: all numbers.
    Corners: none.

    >>> np.atleast_3d(gg.Input([1.0, 2.0])).shape
    (1, 2, 1)
    """
    missing: dict[int, tuple[int, ...]] = {0: (0, 1, 2), 1: (0, 2), 2: (2,)}
    return x if xp.ndim(x) > 2 else xp.expand_dims(x, axis=missing[xp.ndim(x)])


@composition("flipud", is_public=False)
def FlipUD(xp, x, /):
    """The rows of x in reverse order.

    Shapes: any with an axis, else a ValueError; out has the same.
    Domain: all numbers.
    Corners: none.

    >>> np.flipud(gg.Input([[1.0, 2.0], [3.0, 4.0]])).value
    array([[3., 4.], [1., 2.]])
    """
    return xp.flip(x, axis=0)


@composition("fliplr", is_public=False)
def FlipLR(xp, x, /):
    """The columns of x in reverse order.

    Shapes: any with two axes, else a ValueError; out has the same.
    Domain: all numbers.
    Corners: none.

    >>> np.fliplr(gg.Input([[1.0, 2.0], [3.0, 4.0]])).value
    array([[2., 1.], [4., 3.]])
    """
    return xp.flip(x, axis=1)


@composition("rot90", is_public=False)
def Rot90(xp, x, /, k=1, axes=(0, 1)):
    """x turned by 90 degrees, from the first of two axes to the second.

    Settings: `k`, how often, 1 by default; `axes`, the first two by default.
    Shapes: any with these axes, else a ValueError; for odd `k` their lengths are exchanged.
    Domain: all numbers.
    Corners: none.

    >>> np.rot90(gg.Input([[1.0, 2.0], [3.0, 4.0]])).value
    array([[2., 4.], [1., 3.]])
    """
    first, second = axes
    for _ in range(k % 4):
        x = xp.swapaxes(xp.flip(x, axis=second), first, second)
    return x


@composition("rollaxis", is_public=False)
def RollAxis(xp, x, /, axis, start=0):
    """x with one axis moved before another.

    Settings: `axis` moves before that at `start`, the first by default.
    Shapes: any with these axes, else a ValueError.
    Domain: all numbers.
    Corners: none.

    >>> np.rollaxis(gg.Input(np.zeros((2, 3, 4))), 2).shape
    (4, 2, 3)
    """
    (axis,) = normalize_axis_tuple(axis, xp.ndim(x))
    start = start + xp.ndim(x) if start < 0 else start
    return xp.moveaxis(x, axis, start - (start > axis))


@composition("cross", "linalg.cross", is_public=False)
def Cross(xp, a, b, /, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """a × b, the vector at right angles to a and b, whose length is the area between them.

    Settings: `axisa` and `axisb`, along which a and b hold vectors, and `axisc`, along which out does, the last by
        default; `axis`, instead of all three.
    Shapes: (…, 3) and (…, 3), where the axes before broadcast; else a ValueError.
    Domain: all numbers.
    Corners: 0 where a and b are parallel.

    >>> np.cross(gg.Input([1.0, 0.0, 0.0]), gg.Input([0.0, 1.0, 0.0])).value
    array([0., 0., 1.])
    """
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    a, b = (xp.moveaxis(x, k, -1) if xp.ndim(x) else x for x, k in ((a, axisa), (b, axisb)))
    if xp.shape(a)[-1:] != (3,) or xp.shape(b)[-1:] != (3,):
        raise ValueError(f"the last axes of {xp.shape(a)} and {xp.shape(b)} must hold three numbers each")
    after, before = [1, 2, 0], [2, 0, 1]
    return xp.moveaxis(a[..., after] * b[..., before] - a[..., before] * b[..., after], -1, axisc)


@composition("average", is_public=False)
def Average(xp, x, /, axis=None, weights=None, keepdims=False):
    """Σ w · x / Σ w over `axis`, the mean in which each element counts as its weight says.

    Settings: `axis`, `keepdims` as for Reduction; `weights`, of the shape of x, else a ValueError. None is the mean.
    Shapes: any; out lacks the reduced axes.
    Domain: all numbers; the weights do not add up to 0.
    Corners: NaN or ±∞ where the weights add up to 0.

    >>> np.average(gg.Input([1.0, 5.0]), weights=[3.0, 1.0]).value
    np.float64(2.0)
    """
    if weights is None:
        return xp.mean(x, axis=axis, keepdims=keepdims)
    if np.shape(weights) != xp.shape(x):
        raise ValueError(f"weights of shape {np.shape(weights)} do not fit {xp.shape(x)}; give one for each element")
    return xp.sum(x * weights, axis=axis, keepdims=keepdims) / xp.sum(weights, axis=axis, keepdims=keepdims)
