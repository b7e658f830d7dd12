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
    """x in another dtype, float64 or float32. Its gradient comes back in the dtype of x."""

    is_public = False
    written = Notation("", "", "same")

    def __init__(self, x: Any, *, dtype: Any, name: str | None = None) -> None:
        if np.dtype(dtype) not in REAL:
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
    """x: it is real, and never changes."""
    return x


@composition("degrees", "rad2deg", is_public=False)
def Degrees(xp, x, /):
    """An angle in degrees, from radians."""
    return x * (180 / pi)


@composition("radians", "deg2rad", is_public=False)
def Radians(xp, x, /):
    """An angle in radians, from degrees."""
    return x * (pi / 180)


@composition("logaddexp2", is_public=False)
def LogAddExp2(xp, a, b, /):
    """log₂(2^a + 2^b), without overflow."""
    return xp.logaddexp(a * log(2), b * log(2)) / log(2)


class FFTShift(Selection):
    """x with its halves exchanged along `axes`, so that the first element comes to the middle."""

    is_public = False
    aliases = ("fft.fftshift",)

    def __init__(self, x: Any, *, axes: Any = None, name: str | None = None) -> None:
        self.axes = settled(axes)
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.fft.fftshift(x, self.axes)


class IFFTShift(FFTShift):
    """x with the middle element along `axes` brought to the front."""

    aliases = ("fft.ifftshift",)

    def forward(self, xp, x):
        return xp.fft.ifftshift(x, self.axes)


@composition("full_like", is_public=False)
def FullLike(xp, like, fill_value, /):
    """`fill_value` in the shape and dtype of `like`."""
    return xp.broadcast_like(fill_value, like)


@composition("ones_like", is_public=False)
def OnesLike(xp, x, /):
    """Ones in the shape and dtype of x."""
    return xp.broadcast_like(1.0, x)


@composition("zeros_like", is_public=False)
def ZerosLike(xp, x, /):
    """Zeros in the shape and dtype of x."""
    return xp.broadcast_like(0.0, x)


@composition("take", is_public=False)
def Take(xp, x, /, indices, axis=None):
    """The elements or slices of x at some places along `axis`; of all elements, if it is None."""
    if axis is None:
        return xp.ravel(x)[indices]
    (axis,) = normalize_axis_tuple(axis, xp.ndim(x))
    return x[(slice(None),) * axis + (indices,)]


@composition("atleast_1d", is_public=False)
def AtLeast1D(xp, x, /):
    """x with an axis, if it has none."""
    return x if xp.ndim(x) else xp.expand_dims(x, axis=0)


@composition("atleast_2d", is_public=False)
def AtLeast2D(xp, x, /):
    """x as a matrix: a vector is one row."""
    return x if xp.ndim(x) > 1 else xp.expand_dims(x, axis=tuple(range(2 - xp.ndim(x))))


@composition("atleast_3d", is_public=False)
def AtLeast3D(xp, x, /):
    """x with three axes: a vector lies along the second, a matrix along the first two."""
    missing: dict[int, tuple[int, ...]] = {0: (0, 1, 2), 1: (0, 2), 2: (2,)}
    return x if xp.ndim(x) > 2 else xp.expand_dims(x, axis=missing[xp.ndim(x)])


@composition("flipud", is_public=False)
def FlipUD(xp, x, /):
    """The rows of x in reverse order."""
    return xp.flip(x, axis=0)


@composition("fliplr", is_public=False)
def FlipLR(xp, x, /):
    """The columns of x in reverse order."""
    return xp.flip(x, axis=1)


@composition("rot90", is_public=False)
def Rot90(xp, x, /, k=1, axes=(0, 1)):
    """x turned `k` times by 90 degrees, from the first of `axes` to the second."""
    first, second = axes
    for _ in range(k % 4):
        x = xp.swapaxes(xp.flip(x, axis=second), first, second)
    return x


@composition("rollaxis", is_public=False)
def RollAxis(xp, x, /, axis, start=0):
    """x with one axis moved before that at `start`."""
    (axis,) = normalize_axis_tuple(axis, xp.ndim(x))
    start = start + xp.ndim(x) if start < 0 else start
    return xp.moveaxis(x, axis, start - (start > axis))


@composition("cross", is_public=False)
def Cross(xp, a, b, /):
    """The vector at right angles to a and b, whose length is the area between them; three numbers each, last axis."""
    if xp.shape(a)[-1:] != (3,) or xp.shape(b)[-1:] != (3,):
        raise ValueError(f"the last axes of {xp.shape(a)} and {xp.shape(b)} must hold three numbers each")
    after, before = [1, 2, 0], [2, 0, 1]
    return a[..., after] * b[..., before] - a[..., before] * b[..., after]


@composition("average", is_public=False)
def Average(xp, x, /, axis=None, weights=None, keepdims=False):
    """The mean over `axis`, each element counted as often as its weight says; weights have the shape of x."""
    if weights is None:
        return xp.mean(x, axis=axis, keepdims=keepdims)
    if np.shape(weights) != xp.shape(x):
        raise ValueError(f"weights of shape {np.shape(weights)} do not fit {xp.shape(x)}; give one for each element")
    return xp.sum(x * weights, axis=axis, keepdims=keepdims) / xp.sum(weights, axis=axis, keepdims=keepdims)
