"""The namespaces in which a rule runs: NumPy for numbers, the ops themselves for Nodes.

A rule is written over `xp`. With `xp = numbers` it computes; with `xp = nodes` the same lines
build the graph of the derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from graphgrad.composition import Composition
    from graphgrad.node import Node
    from graphgrad.op import Op

OPS: dict[str, type[Op] | Composition] = {}
"""The ops by function name, such as ``"log"``: classes, and compositions of others; filled as they are defined."""


NEEDED = frozenset(
    {
        *("arange", "asarray", "full", "ndim", "result_type", "shape"),
        *("isfinite", "isnan", "logical_and", "logical_not", "logical_or", "nan", "spacing"),
        *("argsort", "bincount", "cumprod", "fft", "linalg"),
    }
)
"""What rules of ours take from NumPy and is no op: an op of that name would change them."""


def register(op: type[Op] | Composition, *functions: str) -> None:
    """Make `op` known by its function names. The first op of a name keeps it, unless it is defined anew.

    Raises:
        TypeError: the rules of other ops need NumPy's function of that name.
    """
    for function in functions:
        if function in NEEDED:
            raise TypeError(
                f"{op.__qualname__}: the rules of other ops need NumPy's {function}, so no op can have that name; "
                f"give it another, as in function = 'my_{function}'"
            )
        known = OPS.get(function)
        if known is None or (known.__module__, known.__qualname__) == (op.__module__, op.__qualname__):
            OPS[function] = op
            vars(numbers).pop(function, None)  # found there before


_added: Callable[..., Any] = np.add.reduce


class Numbers:
    """NumPy's functions; where NumPy has none of that name, the op's own rule run on numbers.

    What is found is kept, unless it is a user's, who may define it anew. The few that are written out here do what
    NumPy's do, for small arrays in less time.
    """

    @staticmethod
    def shape(x: Any) -> tuple[int, ...]:
        """The length of each axis."""
        try:
            lengths: tuple[int, ...] = x.shape
        except AttributeError:
            lengths = np.shape(x)
        return lengths

    @staticmethod
    def ndim(x: Any) -> int:
        """The number of axes."""
        try:
            count: int = x.ndim
        except AttributeError:
            count = np.ndim(x)
        return count

    @staticmethod
    def full(shape: int | tuple[int, ...], fill_value: Any, dtype: Any = None) -> Any:
        """An array of that shape and dtype, in which `fill_value` stands."""
        filled = np.empty(shape, np.asarray(fill_value).dtype if dtype is None else dtype)
        filled[...] = fill_value
        return filled

    @staticmethod
    def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        """The sum over `axis`."""
        return _added(x, axis=axis, keepdims=keepdims)

    @staticmethod
    def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        """The sum over `axis`, divided by the number of elements that went into it."""
        x = np.asarray(x)
        if not x.size:  # NaN, with NumPy's warning
            return np.mean(x, axis=axis, keepdims=keepdims)
        total = _added(x, axis=axis, keepdims=keepdims)
        return total / (x.size // getattr(total, "size", 1))  # an exact decimal has no size

    def __getattr__(self, function: str) -> Callable[..., Any]:
        op = OPS.get(function)
        if op is not None and not op.__module__.startswith("graphgrad."):
            return partial(op.on, self)  # a user's op goes before NumPy's function here too, as it does on nodes
        found: Callable[..., Any] | None = getattr(np, function, partial(op.on, self) if op else None)
        if found is None:
            raise AttributeError(f"no op and no NumPy function is called {function!r}")
        setattr(self, function, found)
        return found


class Nodes:
    """The ops by their function names: each call builds a Node.

    `leaf` and `constant` build the leaves that formulas need.
    """

    leaf: Callable[..., Node]
    constant: Callable[..., Node]

    @staticmethod
    def shape(node: Node) -> tuple[int, ...]:
        """The shape of the node's value."""
        return node.shape

    @staticmethod
    def ndim(node: Node) -> int:
        """The number of the node's axes."""
        return node.ndim

    def __getattr__(self, function: str) -> Callable[..., Node]:
        if function in OPS:
            return OPS[function]
        raise AttributeError(
            f"no op is called {function!r}, so a rule that uses xp.{function} cannot be differentiated again; "
            f"define an Elementwise op with function = {function!r}"
        )


in_rule: ContextVar[bool] = ContextVar("whether a rule is being run on nodes", default=False)


@contextmanager
def rules_on_nodes() -> Iterator[None]:
    """Inside, comparisons of nodes are nodes, so that the graph of a derivative compares anew for other values."""
    token = in_rule.set(True)
    try:
        yield
    finally:
        in_rule.reset(token)


numbers = Numbers()
nodes = Nodes()
