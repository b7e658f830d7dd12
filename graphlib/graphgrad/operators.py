"""What nodes do as arrays do: operators, methods, indexing, and NumPy's functions. Each builds an op."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from graphgrad import protocol
from graphgrad.namespace import OPS, in_rule, nodes

if TYPE_CHECKING:
    from graphgrad.node import Node


class ArrayLike:
    """The operators and methods of NumPy's arrays, for :class:`Node`: each builds the op whose class says more.

    Comparisons give NumPy's Booleans, which carry no gradient. What would make a number or an array of a node, and so
    lose its gradient in silence, is refused with the cure.

    Raises:
        TypeError: a node is made a number, an array, a truth value or formatted text; it is assigned to at an index;
            it has no axes and is asked for its length; or what it meets is no real numbers.
        ValueError: shapes do not broadcast, or do not fit a matrix product.
        IndexError: there is no element at an index.

    >>> x = gg.Input([1.0, 2.0, 4.0], name="x")
    >>> 1 - x, x @ x, x[1:], -x**2 / 2
    (<Sub: [0 −1 −3]>, <MatMul: 21>, <GetItem: [2 4]>, <Div: [−0.5 −2 −8]>)
    """

    __slots__ = ()

    __pandas_priority__ = 5000  # pandas leaves an operator with a node to the node

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        raise NotImplementedError

    # Operators: each builds the op that is registered under the function's name

    __hash__ = object.__hash__

    def __add__(self, other: Any) -> Node:
        return OPS["add"](self, other)

    def __radd__(self, other: Any) -> Node:
        return OPS["add"](other, self)

    def __sub__(self, other: Any) -> Node:
        return OPS["subtract"](self, other)

    def __rsub__(self, other: Any) -> Node:
        return OPS["subtract"](other, self)

    def __mul__(self, other: Any) -> Node:
        return OPS["multiply"](self, other)

    def __rmul__(self, other: Any) -> Node:
        return OPS["multiply"](other, self)

    def __truediv__(self, other: Any) -> Node:
        return OPS["divide"](self, other)

    def __rtruediv__(self, other: Any) -> Node:
        return OPS["divide"](other, self)

    def __pow__(self, other: Any) -> Node:
        return OPS["power"](self, other)

    def __rpow__(self, other: Any) -> Node:
        return OPS["power"](other, self)

    def __matmul__(self, other: Any) -> Node:
        return OPS["matmul"](self, other)

    def __rmatmul__(self, other: Any) -> Node:
        return OPS["matmul"](other, self)

    def __mod__(self, other: Any) -> Node:
        return OPS["mod"](self, other)

    def __rmod__(self, other: Any) -> Node:
        return OPS["mod"](other, self)

    def __floordiv__(self, other: Any) -> Node:
        return OPS["floor_divide"](self, other)

    def __rfloordiv__(self, other: Any) -> Node:
        return OPS["floor_divide"](other, self)

    def __abs__(self) -> Node:
        return OPS["abs"](self)

    def __round__(self, decimals: int | None = None) -> Node:
        return nodes.round(self, decimals=decimals or 0)

    def __neg__(self) -> Node:
        return OPS["negative"](self)

    def __pos__(self) -> Any:
        return self

    def sum(self, axis: Any = None, *, keepdims: bool = False) -> Node:
        """The sum over `axis`, one or several; over all elements, if it is None.

        With `keepdims` an axis that goes stays, of length 1: see :class:`Sum`.

        Raises:
            ValueError: there is no such axis, or one is named twice.
            TypeError: `axis` is no whole number, nor several.

        >>> gg.Input([[1, 2], [3, 4]]).sum(axis=0)
        <Sum: [4 6]>
        """
        return nodes.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, *, keepdims: bool = False) -> Node:
        """The mean over `axis`, one or several; over all elements, if it is None.

        With `keepdims` an axis that goes stays, of length 1. The mean of no elements is NaN: see :class:`Mean`.

        Raises:
            ValueError: there is no such axis, or one is named twice.
            TypeError: `axis` is no whole number, nor several.

        >>> gg.Input([[1, 2], [3, 4]]).mean(axis=1)
        <Mean: [1.5 3.5]>
        """
        return nodes.mean(self, axis=axis, keepdims=keepdims)

    def prod(self, axis: Any = None, *, keepdims: bool = False) -> Node:
        """The product over `axis`, one or several; over all elements, if it is None.

        With `keepdims` an axis that goes stays, of length 1: see :class:`Prod`.

        Raises:
            ValueError: there is no such axis, or one is named twice.
            TypeError: `axis` is no whole number, nor several.

        >>> gg.Input([[1, 2], [3, 4]]).prod(axis=0)
        <Prod: [3 8]>
        """
        return nodes.prod(self, axis=axis, keepdims=keepdims)

    def max(self, axis: Any = None, *, keepdims: bool = False) -> Node:
        """The largest element over `axis`, one or several; of all, if it is None.

        With `keepdims` an axis that goes stays, of length 1. Elements that tie share the gradient: see :class:`Max`.

        Raises:
            ValueError: there is no such axis, one is named twice, or there are no elements.
            TypeError: `axis` is no whole number, nor several.

        >>> gg.Input([[1, 2], [3, 4]]).max(axis=0)
        <Max: [3 4]>
        """
        return nodes.max(self, axis=axis, keepdims=keepdims)

    def min(self, axis: Any = None, *, keepdims: bool = False) -> Node:
        """The smallest element over `axis`, one or several; of all, if it is None.

        With `keepdims` an axis that goes stays, of length 1. Elements that tie share the gradient: see :class:`Min`.

        Raises:
            ValueError: there is no such axis, one is named twice, or there are no elements.
            TypeError: `axis` is no whole number, nor several.

        >>> gg.Input([[1, 2], [3, 4]]).min(axis=1)
        <Min: [1 3]>
        """
        return nodes.min(self, axis=axis, keepdims=keepdims)

    def var(self, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Node:
        """The variance over `axis`, one or several; of all elements, if it is None.

        The sum of squares is divided by the number of elements less `ddof`. With `keepdims` an axis that goes stays, of
        length 1: see :class:`Var`.

        Raises:
            ValueError: there is no such axis, or one is named twice.
            TypeError: `axis` is no whole number, nor several, or `ddof` no number.

        >>> gg.Input([1, 2, 3, 4]).var(), gg.Input([1, 2, 3]).var(ddof=1)
        (<Mean: 1.25>, <Div: 1>)
        """
        return nodes.var(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def std(self, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Node:
        """The standard deviation over `axis`, the root of the variance that :meth:`var` gives.

        The sum of squares is divided by the number of elements less `ddof`. With `keepdims` an axis that goes stays, of
        length 1: see :class:`Std`.

        Raises:
            ValueError: there is no such axis, or one is named twice.
            TypeError: `axis` is no whole number, nor several, or `ddof` no number.

        >>> gg.Input([1, 2, 3, 4]).std()
        <Div: 1.118>
        """
        return nodes.std(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def cumsum(self, axis: int | None = None) -> Node:
        """The running sum along `axis`, in the shape of this node; over all elements in a row, if it is None.

        Raises:
            ValueError: there is no such axis.
            TypeError: `axis` is no whole number.

        >>> gg.Input([[1, 2], [3, 4]]).cumsum(axis=0)
        <CumSum: [[1 2] [4 6]]>
        """
        return nodes.cumsum(self, axis=axis)

    def dot(self, other: Any) -> Node:
        """The product with `other`, a number, a vector or a matrix, as in NumPy: see :class:`Dot`.

        Raises:
            ValueError: the last axis of this node is not as long as the one of `other` that it meets.
            TypeError: `other` is no real numbers.

        >>> gg.Input([[1, 2], [3, 4]]).dot([10.0, 1.0])
        <MatMul: [12 34]>
        """
        return nodes.dot(self, other)

    def clip(self, min: Any = None, max: Any = None) -> Node:
        """Each element, but no less than `min` and no more than `max`; None is no bound: see :class:`Clip`.

        The bounds may be arrays that broadcast with this node. An element beyond them has gradient 0.

        Raises:
            ValueError: a bound does not broadcast with this node.
            TypeError: a bound is no real numbers.

        >>> gg.Input([-1.0, 0.5, 2.0]).clip(0, 1)
        <Minimum: [0 0.5 1]>
        """
        return nodes.clip(self, min, max)

    def round(self, decimals: int = 0) -> Node:
        """Each element, rounded to so many `decimals`, with gradient 0; what lies halfway goes to the even digit.

        Raises:
            TypeError: `decimals` is no whole number.

        >>> gg.Input([0.5, 1.5, 2.567]).round(), gg.Input(1234.5).round(-2)
        (<Round: [0 2 3]>, <Round: 1200>)
        """
        return nodes.round(self, decimals=decimals)

    def reshape(self, *shape: Any) -> Node:
        """The same elements in another `shape`, ``x.reshape(2, 3)`` or ``x.reshape((2, 3))``.

        One length may be −1: it becomes the one that fits.

        Raises:
            ValueError: the shape holds another number of elements.
            TypeError: a length is no whole number.

        >>> gg.Input([1, 2, 3, 4]).reshape(2, -1)
        <Reshape: [[1 2] [3 4]]>
        """
        return nodes.reshape(self, shape=shape[0] if len(shape) == 1 else shape)

    def astype(self, dtype: Any) -> Node:
        """The same numbers in another `dtype`, float64 or float32; the gradient comes back in that of this node.

        Raises:
            TypeError: it is neither of the two.

        >>> gg.Input([1, 2]).astype(np.float32).dtype
        dtype('float32')
        """
        return nodes.astype(self, dtype=dtype)

    def copy(self) -> Node:
        """The node itself: it never changes, so it needs no copy."""
        return nodes.copy(self)

    def any(self, axis: Any = None) -> Any:
        """Whether an element is not 0: NumPy's Booleans over `axis`, one or several, or over all; without a gradient.

        Raises:
            ValueError: there is no such axis.

        >>> gg.Input([[0, 1], [0, 0]]).any(axis=0)
        array([False,  True])
        """
        return np.any(self, axis=axis)

    def all(self, axis: Any = None) -> Any:
        """Whether no element is 0: NumPy's Booleans over `axis`, one or several, or over all; without a gradient.

        Raises:
            ValueError: there is no such axis.

        >>> gg.Input([[2, 1], [0, 1]]).all(axis=0)
        array([False,  True])
        """
        return np.all(self, axis=axis)

    def argmax(self, axis: int | None = None) -> Any:
        """The place of the largest element along `axis`, or among all in a row; without a gradient.

        Raises:
            ValueError: there is no such axis, or no element.

        >>> gg.Input([[1, 5], [7, 2]]).argmax(axis=1)
        array([1, 0])
        """
        return np.argmax(self, axis=axis)

    def argmin(self, axis: int | None = None) -> Any:
        """The place of the smallest element along `axis`, or among all in a row; without a gradient.

        Raises:
            ValueError: there is no such axis, or no element.

        >>> gg.Input([[1, 5], [7, 2]]).argmin(axis=1)
        array([0, 1])
        """
        return np.argmin(self, axis=axis)

    def argsort(self, axis: int | None = -1) -> Any:
        """The places of the elements in increasing order along `axis`, or of all in a row if it is None; no gradient.

        Raises:
            ValueError: there is no such axis.

        >>> gg.Input([3.0, 1.0, 2.0]).argsort()
        array([1, 2, 0])
        """
        return np.argsort(self, axis=axis)

    def ravel(self) -> Node:
        """All elements along one axis, the last axis fastest.

        >>> gg.Input([[1, 2], [3, 4]]).ravel()
        <Reshape: [1 2 3 4]>
        """
        return nodes.ravel(self)

    flatten = ravel

    def squeeze(self, axis: Any = None) -> Node:
        """Without `axis`, one or several of length 1; without all of these, if it is None: see :class:`Squeeze`.

        Raises:
            ValueError: there is no such axis, or it is longer.

        >>> gg.Input([[1, 2, 3]]).squeeze(axis=0).shape
        (3,)
        """
        return nodes.squeeze(self, axis=axis)

    def transpose(self, *axes: Any) -> Node:
        """With its `axes` in another order, ``x.transpose(1, 0)`` or ``x.transpose((1, 0))``; in reverse, if none.

        Raises:
            ValueError: the axes are not all of this node, each once.
            TypeError: an axis is no whole number.

        >>> gg.Input(np.ones((2, 3, 4))).transpose(2, 0, 1).shape
        (4, 2, 3)
        """
        return nodes.transpose(self, axes=(axes[0] if len(axes) == 1 else axes) if axes else None)

    def swapaxes(self, axis1: int, axis2: int) -> Node:
        """With `axis1` and `axis2` in each other's place: see :class:`SwapAxes`.

        Raises:
            ValueError: there is no such axis.

        >>> gg.Input(np.ones((2, 3, 4))).swapaxes(0, 2).shape
        (4, 3, 2)
        """
        return nodes.swapaxes(self, axis1, axis2)

    def repeat(self, repeats: Any, axis: int | None = None) -> Node:
        """Each element several times in succession, along `axis`, or all in a row if it is None: see :class:`Repeat`.

        Args:
            repeats: how often, from 0; or how often for each place along the axis.
            axis: the axis that becomes longer.

        Raises:
            ValueError: there is no such axis, or `repeats` is negative, or not one for each place.

        >>> gg.Input([1, 2]).repeat(2), gg.Input([1, 2]).repeat([0, 3])
        (<Repeat: [1 1 2 2]>, <Repeat: [2 2 2]>)
        """
        return nodes.repeat(self, repeats, axis=axis)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Node:
        """The diagonal over `axis1` and `axis2`, `offset` places above the main one; it is the last axis of the result.

        Raises:
            ValueError: there are no such axes, or they are the same.

        >>> gg.Input([[1, 2], [3, 4]]).diagonal(), gg.Input([[1, 2], [3, 4]]).diagonal(offset=1)
        (<Diagonal: [1 4]>, <Diagonal: [2]>)
        """
        return nodes.diagonal(self, offset=offset, axis1=axis1, axis2=axis2)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Node:
        """The sum of the diagonal that :meth:`diagonal` gives for `offset`, `axis1` and `axis2`.

        Raises:
            ValueError: there are no such axes, or they are the same.

        >>> gg.Input([[1, 2], [3, 4]]).trace()
        <Sum: 5>
        """
        return nodes.trace(self, offset=offset, axis1=axis1, axis2=axis2)

    @property
    def T(self) -> Node:
        """The transpose: all axes in reverse order."""
        return nodes.transpose(self)

    # Comparisons: NumPy Booleans, which carry no gradient

    def __eq__(self, other: Any) -> Any:
        return _compared("equal", self, other) if _is_comparable(other) else NotImplemented

    def __ne__(self, other: Any) -> Any:
        return _compared("not_equal", self, other) if _is_comparable(other) else NotImplemented

    def __lt__(self, other: Any) -> Any:
        return _compared("less", self, other)

    def __le__(self, other: Any) -> Any:
        return _compared("less_equal", self, other)

    def __gt__(self, other: Any) -> Any:
        return _compared("greater", self, other)

    def __ge__(self, other: Any) -> Any:
        return _compared("greater_equal", self, other)

    # NumPy's protocols

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **settings: Any) -> Any:
        return protocol.from_ufunc(ufunc, method, operands, settings)

    def __array_function__(self, function: Any, types: Any, args: Any, settings: Any) -> Any:
        return protocol.from_function(function, args, settings)

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(
            f"{self!r} is a node, not an array: NumPy's functions take it as it is; nodes are joined by np.stack([…]) "
            f"or np.concatenate([…]). node.value is its array, which no gradient passes"
        )

    def __float__(self) -> NoReturn:
        raise TypeError(
            f"{self!r} is a node, not a number: leave float(…) out, and write np.exp(node) for math.exp(node); "
            f"float(node.value) is its number, which no gradient passes"
        )

    def __format__(self, spec: str) -> str:
        if not spec:
            return repr(self)
        raise TypeError(f"{self!r} is a node, not a number: format node.value, as in f'{{loss.value:{spec}}}'")

    def __getitem__(self, index: Any) -> Node:
        return OPS["getitem"](self, index)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError(f"{self!r} has no axes, so it has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Node]:
        return map(self.__getitem__, range(len(self)))

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TypeError(
            f"{self!r} cannot be assigned to: values never change. Build the array from its parts, as in "
            f"np.where(mask, new, node) or np.concatenate([…]); loss.replace(…) gives a graph with other data"
        )

    def __int__(self) -> NoReturn:
        raise TypeError(f"{self!r} is a node, not a number: int(node.value) is one, which no gradient passes")

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"{self!r} has no truth value of its own: compare it, as in node > 0; "
            f"inside a rule, write xp.where(condition, a, b)"
        )


def _compared(comparison: str, a: Any, b: Any) -> Any:
    """NumPy's Booleans; a node, where a rule is being run on nodes."""
    return OPS[comparison](a, b) if in_rule.get() else getattr(np, comparison)(a, b)


def _is_comparable(other: object) -> bool:
    return isinstance(other, ArrayLike) or np.asarray(other).dtype.kind in "fiub"
