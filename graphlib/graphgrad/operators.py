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
    """The operators and methods of NumPy's arrays, for :class:`Node`.

    Comparisons give NumPy's Booleans, which carry no gradient. What would make a number or an array of a node, and so
    lose its gradient in silence, is refused with the cure.
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
        """The sum over `axis`, as in NumPy."""
        return nodes.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, *, keepdims: bool = False) -> Node:
        """The mean over `axis`, as in NumPy."""
        return nodes.mean(self, axis=axis, keepdims=keepdims)

    def prod(self, axis: Any = None, *, keepdims: bool = False) -> Node:
        """The product over `axis`, as in NumPy."""
        return nodes.prod(self, axis=axis, keepdims=keepdims)

    def max(self, axis: Any = None, *, keepdims: bool = False) -> Node:
        """The largest element over `axis`, as in NumPy."""
        return nodes.max(self, axis=axis, keepdims=keepdims)

    def min(self, axis: Any = None, *, keepdims: bool = False) -> Node:
        """The smallest element over `axis`, as in NumPy."""
        return nodes.min(self, axis=axis, keepdims=keepdims)

    def var(self, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Node:
        """The variance over `axis`, as in NumPy."""
        return nodes.var(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def std(self, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Node:
        """The standard deviation over `axis`, as in NumPy."""
        return nodes.std(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def cumsum(self, axis: int | None = None) -> Node:
        """The running sum along `axis`, as in NumPy."""
        return nodes.cumsum(self, axis=axis)

    def dot(self, other: Any) -> Node:
        """The product with a number, a vector or a matrix, as in NumPy."""
        return nodes.dot(self, other)

    def clip(self, min: Any = None, max: Any = None) -> Node:
        """No less than `min` and no more than `max`, as in NumPy."""
        return nodes.clip(self, min, max)

    def round(self, decimals: int = 0) -> Node:
        """Rounded, with gradient 0, as in NumPy."""
        return nodes.round(self, decimals=decimals)

    def reshape(self, *shape: Any) -> Node:
        """The same elements in another shape, as in NumPy: ``x.reshape(2, 3)`` or ``x.reshape((2, 3))``."""
        return nodes.reshape(self, shape=shape[0] if len(shape) == 1 else shape)

    def astype(self, dtype: Any) -> Node:
        """The same numbers in float64 or float32; the gradient comes back in the dtype of this node."""
        return nodes.astype(self, dtype=dtype)

    def copy(self) -> Node:
        """The node itself: it never changes, so it needs no copy."""
        return nodes.copy(self)

    def any(self, axis: Any = None) -> Any:
        """Whether an element is not 0, as in NumPy; without a gradient."""
        return np.any(self, axis=axis)

    def all(self, axis: Any = None) -> Any:
        """Whether no element is 0, as in NumPy; without a gradient."""
        return np.all(self, axis=axis)

    def argmax(self, axis: int | None = None) -> Any:
        """The place of the largest element, as in NumPy; without a gradient."""
        return np.argmax(self, axis=axis)

    def argmin(self, axis: int | None = None) -> Any:
        """The place of the smallest element, as in NumPy; without a gradient."""
        return np.argmin(self, axis=axis)

    def argsort(self, axis: int | None = -1) -> Any:
        """The places of the elements in increasing order, as in NumPy; without a gradient."""
        return np.argsort(self, axis=axis)

    def ravel(self) -> Node:
        """All elements along one axis, as in NumPy."""
        return nodes.ravel(self)

    flatten = ravel

    def squeeze(self, axis: Any = None) -> Node:
        """Without axes of length 1, as in NumPy."""
        return nodes.squeeze(self, axis=axis)

    def transpose(self, *axes: Any) -> Node:
        """With its axes in another order, as in NumPy: ``x.transpose(1, 0)`` or ``x.transpose((1, 0))``."""
        return nodes.transpose(self, axes=(axes[0] if len(axes) == 1 else axes) if axes else None)

    def swapaxes(self, axis1: int, axis2: int) -> Node:
        """With two axes in each other's place, as in NumPy."""
        return nodes.swapaxes(self, axis1, axis2)

    def repeat(self, repeats: Any, axis: int | None = None) -> Node:
        """Each element several times in succession, as in NumPy."""
        return nodes.repeat(self, repeats, axis=axis)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Node:
        """The diagonal over two axes, as in NumPy."""
        return nodes.diagonal(self, offset=offset, axis1=axis1, axis2=axis2)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Node:
        """The sum of the diagonal, as in NumPy."""
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
