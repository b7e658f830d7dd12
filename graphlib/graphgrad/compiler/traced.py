"""Traced values: what a rule computes with while its instructions are noted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from graphgrad.compiler.rows import RowsMixed, Shape

if TYPE_CHECKING:
    from graphgrad.compiler.trace import Tracer


class Untraceable(TypeError):  # noqa: N818 - what the rule is
    """A rule cannot be traced: it asks for what is known only when the program runs, or leaves NumPy."""


class Traced(NDArrayOperatorsMixin):
    """A value in a program that is being written: the instruction that computes it, its shape and its dtype.

    Attributes:
        function: the function of NumPy, such as ``"exp"``; or ``"leaf"``, ``"constant"``, ``"literal"``, ``"rows"``
            (how many there are), ``"full"`` (given to every element of a shape), ``"getitem"``, ``"astype"``
            and ``"item"`` (one of several results).
        args: traced values and Python numbers, in lists where NumPy takes a list.
        settings: by name.
        shape: the length of each axis.
        dtype: of NumPy; float64 for a Python number.
        is_quiet: whether a rule says that an overflow is right here, so that NumPy is not to warn of it.
        is_weak: whether it is a Python number, which never changes the dtype of what it meets.
        number: its place in the order in which the values are computed.
    """

    __slots__ = ("args", "dtype", "function", "is_quiet", "is_weak", "number", "settings", "shape", "tracer")
    __hash__ = object.__hash__

    args: tuple[Any, ...]
    dtype: np.dtype[Any]
    function: str
    is_quiet: bool
    is_weak: bool
    number: int
    settings: dict[str, Any]
    shape: Shape
    tracer: Tracer

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> Any:
        """The number of elements: a traced number, if there are rows."""
        return prod(self.shape)

    @property
    def T(self) -> Traced:
        """The transpose."""
        transposed: Traced = self.tracer.transpose(self)
        return transposed

    def astype(self, dtype: Any) -> Traced:
        """The same numbers in another dtype."""
        return self.tracer.astype(self, np.dtype(dtype))

    def __getitem__(self, index: Any) -> Traced:
        taken: Traced = self.tracer.getitem(self, index)
        return taken

    def operands(self) -> Iterator[Traced]:
        """The traced values among the arguments."""
        return traced_in(self.args)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **settings: Any) -> Any:
        if "out" in settings:
            raise Untraceable("an array is written to, as by a *= b; write a = a * b")
        if method != "__call__" or settings or getattr(np, ufunc.__name__, None) is not ufunc:
            raise Untraceable(f"{ufunc.__name__} with {method}, {', '.join(settings)} cannot be traced")
        return self.tracer.numpy(ufunc.__name__)(*operands)

    def __array_function__(self, function: Any, types: Any, args: Any, settings: Any) -> Any:
        name = f"{function.__module__}.{function.__name__}".removeprefix("numpy.")
        return self.tracer.numpy(name)(*args, **settings)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise Untraceable("it is made an array, which it is only when the program runs")

    def __bool__(self) -> bool:
        if self.is_weak and self.function in ("rows", "multiply"):  # how many elements there are, one at least
            return True
        if self.is_weak or (self.args and all(operand.is_weak for operand in self.operands())):
            raise RowsMixed("it needs to know the number of rows")
        raise Untraceable("it is asked whether it is true, which is known only when the program runs")

    def __float__(self) -> float:
        raise RowsMixed("it needs to know the number of rows") if self.is_weak else Untraceable("it is made a number")

    __index__ = __int__ = __float__

    def __repr__(self) -> str:
        return f"<{self.function} #{self.number} {self.shape}>"


def traced_in(given: Any) -> Iterator[Traced]:
    """The traced values in nested lists and tuples."""
    for item in given:
        if isinstance(item, Traced):
            yield item
        elif isinstance(item, list | tuple):
            yield from traced_in(item)


def live_uses(values: list[Traced], outputs: Iterable[Traced]) -> list[int]:
    """How often each value is used, on the way to the outputs; an output counts as one use."""
    uses = [0] * len(values)
    for output in outputs:
        uses[output.number] += 1
    for value in reversed(values):
        if uses[value.number]:
            for operand in traced_in(value.args):
                uses[operand.number] += 1
    return uses


def live(values: list[Traced], uses: list[int]) -> list[Traced]:
    """The values that are used, in order."""
    return [value for value in values if uses[value.number]]
