"""The third namespace in which a rule runs: it notes down what NumPy would compute, as a list of instructions.

The tracer knows NumPy's functions and none of the ops: an op's rule, run on traced values, is what it is made of.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from graphgrad.compiler.rows import Rows, RowsMixed, Shape, broadcast, row_axis
from graphgrad.compiler.settings import key, plain
from graphgrad.compiler.stand_ins import dtype_given, one_of, quietly, results_given, shape_given
from graphgrad.compiler.traced import Traced, Untraceable, traced_in
from graphgrad.composition import Composition
from graphgrad.namespace import OPS
from graphgrad.simplify import arithmetic_identity

ELEMENTWISE = frozenset(
    name
    for name, function in vars(np).items()
    if isinstance(function, np.ufunc) and function.nout == 1 and not function.signature
) | {"where", "round"}
"""NumPy's functions that treat every element alike."""


class Namespace:
    """The namespace `xp` of a rule that is traced: NumPy's functions, and the ops that NumPy has not."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def __getattr__(self, function: str) -> Any:
        op = OPS.get(function)
        is_ours = op is None or op.__module__.startswith("graphgrad.")
        found: Any
        if isinstance(op, Composition) and not (is_ours and function in _OWN | _NUMPY_S_OWN):
            found = partial(op.rule, self)
        elif isinstance(op, type) and not (is_ours and hasattr(np, function)):
            found = partial(op.on, self)
        else:
            found = self._tracer.numpy(function)
        setattr(self, function, found)
        return found


class Part:
    """A part of NumPy in that namespace, such as linalg."""

    def __init__(self, tracer: Tracer, name: str) -> None:
        self._tracer, self._name = tracer, name

    def __getattr__(self, function: str) -> Any:
        return self._tracer.numpy(f"{self._name}.{function}")


class Tracer:
    """Notes an instruction for each function of NumPy that a rule calls, once, and gives its value.

    Attributes:
        xp: the namespace to be given to rules.
        values: what was noted, in order.
        rows: the symbol for the number of rows, or None if all lengths are numbers.
        maker: the node whose rule is being traced, in words, or None.
        made_by: the maker of each value that has one, by the value's number.
    """

    def __init__(self, with_rows: bool = True) -> None:
        self.xp = Namespace(self)
        self.values: list[Traced] = []
        self.maker: str | None = None
        self.made_by: dict[int, str] = {}
        self.known: dict[Any, Traced] = {}
        self.rows: Rows | None = None
        if with_rows:
            self.rows = Rows()
            self.rows.count = self.note("rows", (), {}, (), _FLOAT64, is_weak=True)

    def numpy(self, name: str) -> Any:
        """NumPy's function of that name, traced; what is no function as it is."""
        if name in _OWN:
            return getattr(self, name)
        found: Any = np
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is None:
            raise Untraceable(f"NumPy has no function {name!r}, and no op has that name")
        if name in ELEMENTWISE:
            return partial(self.elementwise, found.__name__)
        if isinstance(found, type(np)):
            return Part(self, name)
        return partial(self.other, name, found) if callable(found) and not isinstance(found, type) else found

    # Notes

    def note(
        self,
        function: str,
        args: tuple[Any, ...],
        settings: dict[str, Any],
        shape: Shape,
        dtype: np.dtype[Any],
        is_weak: bool = False,
    ) -> Traced:
        """The value of an instruction: noted now, or the one that was noted before."""
        given = [(name, key(settings[name])) for name in sorted(settings)]
        identity = (function, *map(key, args), *given, shape, dtype)
        known = self.known.get(identity)
        if known is not None:
            return known
        value = Traced()
        value.tracer, value.function, value.args, value.settings = self, function, args, settings
        value.shape, value.dtype, value.is_weak, value.number = shape, dtype, is_weak, len(self.values)
        value.is_quiet = function in _OVERFLOWING and np.geterr()["over"] == "ignore"
        row_axis(shape)
        self.values.append(value)
        if self.maker is not None:
            self.made_by[value.number] = self.maker
        self.known[identity] = value
        return value

    def leaf(self, name: str, shape: Shape, dtype: Any) -> Traced:
        """What the program is given."""
        return self.note("leaf", (), {"name": name}, shape, dtype)

    def literal(self, number: float, dtype: Any = None) -> Traced:
        """A Python number, which passes for one of a dtype."""
        return self.note("literal", (float(number),), {}, (), dtype or _FLOAT64, is_weak=True)

    def traced(self, value: Any) -> Traced:
        """A value, a Python number or an array as a traced value."""
        if isinstance(value, Traced):
            return value
        if isinstance(value, Rows):
            return value.count
        if isinstance(value, float | int) and not isinstance(value, np.generic):
            return self.literal(value)
        array = plain(np.asarray(value))
        return self.note("constant", (array,), {}, array.shape, array.dtype)

    # Elementwise functions

    def elementwise(self, function: str, *args: Any, **settings: Any) -> Any:
        """A function that treats every element alike, of what broadcasts."""
        if function == "round":
            args, settings = args[:1], {"decimals": plain(args[1] if len(args) > 1 else settings.get("decimals", 0))}
        elif settings:
            raise Untraceable(f"np.{function} with {', '.join(settings)} cannot be traced")
        if not any(isinstance(arg, Traced | Rows) for arg in args):
            result = getattr(np, function)(*args, **settings)
            is_literal = all(type(arg) in (int, float) for arg in args) and isinstance(result, np.floating)
            return float(result) if is_literal else result
        operands = tuple(map(self._operand, args))
        bare = tuple(arg.args[0] if isinstance(arg, Traced) and arg.function == "full" else arg for arg in operands)
        if any(a is not b for a, b in zip(bare, operands, strict=True)):
            return self._spread(function, operands, bare, settings)
        if not any(isinstance(operand, Traced) for operand in operands):
            return self.literal(quietly(getattr(np, function), *map(np.float64, operands), **settings))
        dtype = dtype_given(function, tuple(map(_kind, operands)))
        same = arithmetic_identity(self.xp, function, operands, _is_literal)
        same = self._without_signs(function, operands) if same is None else same
        if same is not None:
            return same if same.is_weak else self.astype(same, dtype)
        shape = broadcast([_shape(operand) for operand in operands])
        is_weak = dtype == _FLOAT64 and not any(map(_kind, operands))
        return self.note(function, operands, settings, shape, dtype, is_weak)

    def _without_signs(self, function: str, operands: tuple[Any, ...]) -> Any:
        """The same with a sign less, if there is a sign that is not needed."""
        match function, operands:
            case (("negative" | "absolute"), (Traced(function="negative", args=(x,)),)):
                return x if function == "negative" else self.elementwise("absolute", x)
            case "negative", (Traced(function="divide", args=(float() as a, b)),):
                return self.elementwise("divide", -a, b)
            case "add", (a, Traced(function="negative", args=(b,))):
                return self.elementwise("subtract", a, b)
            case "add", (Traced(function="negative", args=(a,)), b):
                return self.elementwise("subtract", b, a)
            case "subtract", (a, Traced(function="negative", args=(b,))):
                return self.elementwise("add", a, b)
        return None

    def _spread(self, function: str, operands: Any, bare: Any, settings: dict[str, Any]) -> Any:
        """The same of values that are one number for many elements, computed before it is given to each of them."""
        shape = broadcast([_shape(operand) for operand in operands])
        dtype = dtype_given(function, tuple(map(_kind, operands)))
        value = self.traced(self.elementwise(function, *bare, **settings))
        return value if (value.shape, value.dtype) == (shape, dtype) else self.full(shape, value, dtype)

    def _operand(self, arg: Any) -> Any:
        """A traced value as it is, a Python number as a float, an array as a constant."""
        if isinstance(arg, Traced):
            return arg if arg.function != "literal" else arg.args[0]
        if isinstance(arg, int | float) and not isinstance(arg, np.generic):
            return float(arg)
        return self.traced(arg)

    def astype(self, x: Traced, dtype: np.dtype[Any]) -> Traced:
        """x in another dtype."""
        if x.dtype == dtype and not (x.is_weak and x.function != "literal"):
            return x
        if x.function == "literal":
            return self.literal(x.args[0], dtype)
        if x.function == "full":
            spread: Traced = self.full(x.shape, x.args[0], dtype)
            return spread
        return self.note("astype", (x,), {"dtype": dtype}, x.shape, dtype)

    # What only looks at a value

    @staticmethod
    def shape(x: Any) -> Shape:
        """The length of each axis."""
        return _shape(x)

    @staticmethod
    def ndim(x: Any) -> int:
        """The number of axes."""
        return len(_shape(x))

    @staticmethod
    def size(x: Any) -> Any:
        """The number of elements."""
        return prod(_shape(x))

    def asarray(self, x: Any) -> Any:
        """The value itself."""
        return x if isinstance(x, Traced) else np.asarray(x)

    def result_type(self, *args: Any) -> np.dtype[Any]:
        """The dtype that NumPy would give to what is computed from all of them."""
        return np.result_type(*[one_of(_kind(self._operand(arg))) for arg in args])

    # Sums and the like

    def sum(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        """The sum over `axis`; of one number, given to each element, that number times their count."""
        axes = _axes(x, axis)
        if isinstance(x, Traced) and x.function == "full" and x.dtype.kind == "f" and not x.args[0].ndim:
            count = prod([x.shape[k] for k in axes])
            return self.full(_reduced(x.shape, axes, keepdims), x.args[0] * count, x.dtype)
        return self._reduced("sum", x, axes, keepdims)

    def mean(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        """The mean over `axis`."""
        return self._reduced("mean", x, _axes(x, axis), keepdims)

    def max(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        """The largest element over `axis`."""
        return self._reduced("max", x, _axes(x, axis), keepdims)

    def min(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        """The smallest element over `axis`."""
        return self._reduced("min", x, _axes(x, axis), keepdims)

    def prod(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        """The product over `axis`."""
        return self._reduced("prod", x, _axes(x, axis), keepdims)

    def _reduced(self, function: str, x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
        if not isinstance(x, Traced):
            return getattr(np, function)(x, axis=axes, keepdims=keepdims)
        if not axes:
            return x
        shape = _reduced(x.shape, axes, keepdims)
        if x.dtype.kind != "f" and function in ("sum", "mean", "prod"):
            x = self.astype(x, _FLOAT64)
        return self.note(function, (x,), {"axis": axes, "keepdims": keepdims}, shape, x.dtype)

    def matmul(self, a: Any, b: Any) -> Any:
        """The matrix product."""
        if not isinstance(a, Traced) and not isinstance(b, Traced):
            return np.matmul(a, b)
        left, right = _shape(a), _shape(b)
        if not left or not right:
            raise ValueError("matmul takes no numbers")
        inner, other = left[-1], right[-2] if len(right) > 1 else right[-1]
        if inner is not other and inner != other:
            if type(inner) is Rows or type(other) is Rows:
                raise RowsMixed(f"rows meet an axis of another length, in a product of {left} and {right}")
            raise ValueError(f"shapes {left} and {right} do not fit a matrix product")
        shape = (*broadcast([left[:-2], right[:-2]]), *left[-2:-1], *(right[-1:] if len(right) > 1 else ()))
        operands = (self.traced(a), self.traced(b))
        return self.note("matmul", operands, {}, shape, np.result_type(operands[0].dtype, operands[1].dtype))

    def einsum(self, subscripts: str, *arrays: Any, optimize: bool = False) -> Any:
        """Products of elements, summed."""
        subscripts = plain(subscripts).replace(" ", "")
        if "." in subscripts:
            raise Untraceable(f"einsum({subscripts!r}): name each axis by a letter")
        if "->" not in subscripts:
            letters = subscripts.replace(",", "")
            subscripts += "->" + "".join(sorted(letter for letter in {*letters} if letters.count(letter) == 1))
        return self.other("einsum", np.einsum, subscripts, *arrays, optimize=optimize)

    # Arrangements

    def full(self, shape: Any, fill_value: Any, dtype: Any = None) -> Any:
        """An array of that shape, to which the value broadcasts."""
        shape = _lengths(shape)
        if not isinstance(fill_value, Traced) and not any(isinstance(length, Rows) for length in shape):
            return np.full(shape, fill_value, dtype)
        value = self.traced(fill_value)
        dtype = np.dtype(dtype) if dtype is not None else value.dtype
        if value.function == "full":
            value = value.args[0]
        if value.shape == shape and (value.dtype == dtype or value.is_weak):
            return self.astype(value, dtype)
        return self.note("full", (value,), {}, shape, dtype)

    def broadcast_to(self, x: Any, shape: Any) -> Any:
        """x given to every element of a shape."""
        if not isinstance(x, Traced):
            return np.broadcast_to(x, shape)
        shape = _lengths(shape)
        if broadcast([x.shape, shape]) != shape:
            raise ValueError(f"shape {x.shape} does not broadcast to {shape}")
        return self.full(shape, x, x.dtype)

    def transpose(self, x: Any, axes: Any = None) -> Any:
        """x with its axes in another order."""
        if not isinstance(x, Traced):
            return np.transpose(x, axes)
        order = tuple(range(x.ndim))[::-1] if axes is None else tuple(axis % x.ndim for axis in plain(tuple(axes)))
        if order == tuple(range(x.ndim)):
            return x
        if x.function == "transpose":
            return self.transpose(x.args[0], tuple(x.settings["axes"][k] for k in order))
        shape = tuple(x.shape[axis] for axis in order)
        if x.function == "full" and not x.args[0].ndim:
            return self.full(shape, x.args[0], x.dtype)
        return self.note("transpose", (x,), {"axes": order}, shape, x.dtype)

    def reshape(self, x: Any, shape: Any) -> Any:
        """The elements of x in another shape."""
        shape = _lengths(shape)
        if not isinstance(x, Traced):
            return np.reshape(x, shape)
        shape = _filled_in(x.shape, shape)
        if shape == x.shape:
            return x
        if x.is_weak or (x.function == "full" and not x.args[0].ndim):
            return self.full(shape, x if x.is_weak else x.args[0], x.dtype)
        return self.note("reshape", (x,), {}, shape, x.dtype)

    def expand_dims(self, x: Any, axis: Any) -> Any:
        """x with axes of length 1 inserted."""
        if not isinstance(x, Traced):
            return np.expand_dims(x, axis)
        axes = axis if isinstance(axis, tuple) else (axis,)
        axes = normalize_axis_tuple(axes, x.ndim + len(axes))
        rest = iter(x.shape)
        return self.reshape(x, tuple(1 if k in axes else next(rest) for k in range(x.ndim + len(axes))))

    def squeeze(self, x: Any, axis: Any = None) -> Any:
        """x without axes of length 1."""
        if not isinstance(x, Traced):
            return np.squeeze(x, axis)
        axes = [k for k, length in enumerate(x.shape) if length == 1] if axis is None else _axes(x, axis)
        if any(isinstance(x.shape[k], Rows) for k in axes):
            raise RowsMixed("it takes the axis of the rows away")
        if any(x.shape[k] != 1 for k in axes):
            raise ValueError(f"an axis of {x.shape} that is to go is not of length 1")
        return self.reshape(x, tuple(length for k, length in enumerate(x.shape) if k not in axes))

    def getitem(self, x: Traced, index: Any) -> Any:
        """x[index]."""
        parts = plain(index if isinstance(index, tuple) else (index,))
        if x.is_weak:  # Python's numbers take no index
            x = self.note("astype", (x,), {"dtype": x.dtype}, (), x.dtype)
        if x.function == "full" and not x.args[0].ndim:
            shape = shape_given(lambda array: array[parts], (x,), {})
            return self.full(shape, x.args[0], x.dtype)
        return self.other("getitem", lambda array, index: array[index], x, index=parts)

    def concatenate(self, arrays: Any, axis: int | None = 0) -> Any:
        """Arrays one after the other."""
        if axis is None:
            arrays, axis = [self.reshape(array, -1) for array in arrays], 0
        return self.other("concatenate", np.concatenate, list(arrays), axis=axis)

    # All other functions

    def other(self, name: str, function: Callable[..., Any], *args: Any, **settings: Any) -> Any:
        """Any function of NumPy: what shape it gives is found by running it on stand-ins."""
        if not any(True for _ in traced_in((args, tuple(settings.values())))):
            return function(*args, **settings)
        if any(True for _ in traced_in(tuple(settings.values()))):
            raise Untraceable(f"np.{name} takes arrays by name; give them by position")
        args, settings = plain(args), {name: plain(setting) for name, setting in settings.items()}
        noted = _wrapped(self, args)
        results = results_given(function, noted, settings)
        if isinstance(results, list):
            call = self.note(name, noted, settings, *results[0])
            return tuple(
                self.note("item", (call,), {"place": k}, shape, dtype) for k, (shape, dtype) in enumerate(results)
            )
        shape, dtype = results
        return self.note(name, noted, settings, shape, dtype)


_FLOAT64 = np.dtype(np.float64)
_OVERFLOWING = frozenset({"exp", "exp2", "expm1", "sinh", "cosh", "power"})
_NUMPY_S_OWN = frozenset({"split", "array_split"})  # their compositions are of an op whose rule asks for them
_OWN = frozenset(
    {"shape", "ndim", "size", "asarray", "result_type", "sum", "mean", "max", "min", "prod", "matmul", "full"}
)
_OWN |= {"broadcast_to", "transpose", "reshape", "expand_dims", "squeeze", "concatenate", "einsum"}


def _is_literal(operand: Any, number: float) -> bool:
    return isinstance(operand, float) and operand == number


def _shape(x: Any) -> Shape:
    return x.shape if isinstance(x, Traced | np.ndarray | np.generic) else np.shape(x)


def _kind(operand: Any) -> str:
    """The letter of a dtype; none for a Python number."""
    return "" if not isinstance(operand, Traced) or operand.is_weak else operand.dtype.char


def _lengths(shape: Any) -> Shape:
    """A shape as a tuple."""
    lengths = shape if isinstance(shape, list | tuple) else (shape,)
    return tuple(length if isinstance(length, Rows | Traced) else plain(length) for length in lengths)


def _axes(x: Any, axis: Any) -> tuple[int, ...]:
    ndim = len(_shape(x))
    return tuple(range(ndim)) if axis is None else tuple(sorted(normalize_axis_tuple(axis, ndim)))


def _reduced(shape: Shape, axes: tuple[int, ...], keepdims: bool) -> Shape:
    return tuple(1 if k in axes else length for k, length in enumerate(shape) if keepdims or k not in axes)


def _filled_in(old: Shape, new: Shape) -> Shape:
    """The new shape with the length that −1 stands for.

    Raises:
        RowsMixed: the rows would no longer lie along one axis.
        ValueError: it holds another number of elements.
    """
    axis = row_axis(old)
    if any(isinstance(length, Traced) for length in new):
        raise RowsMixed("it needs to know the number of rows")
    if axis is None:
        return np.empty(old, np.bool_).reshape(new).shape
    before, after = prod(old[:axis]), prod(old[axis + 1 :])
    known = [length for length in new if type(length) is not Rows and length != -1]
    has_rows, has_open = any(type(length) is Rows for length in new), -1 in new
    if before != 1 or not after or not all(known):
        raise RowsMixed(f"the rows of {old} would be mixed with others in {new}")
    if not has_rows and has_open and prod(known) == after:
        found: Shape = tuple(old[axis] if length == -1 else length for length in new)
    elif has_rows and (prod(known) == after or (has_open and after % prod(known) == 0)):
        found = tuple(after // prod(known) if length == -1 else length for length in new)
    else:
        raise RowsMixed(f"the rows of {old} would be mixed with others in {new}")
    if prod([1, *found[: row_axis(found)]]) != 1:
        raise RowsMixed(f"the rows of {old} would be mixed with others in {found}")
    return found


def _wrapped(tracer: Tracer, args: Any) -> Any:
    """Arguments in which arrays are constants."""
    if isinstance(args, list | tuple):
        return type(args)([_wrapped(tracer, item) for item in args])
    return tracer.traced(args) if isinstance(args, np.ndarray | np.generic) else args
