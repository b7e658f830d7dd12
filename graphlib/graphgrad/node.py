"""Nodes: a value, the ordered inputs it was computed from, and the operators that build more of them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, NoReturn, TypeVar

import numpy as np

from graphgrad import numerals
from graphgrad.expression import Notation, call_notation
from graphgrad.formula import LocalGradient, local_gradient
from graphgrad.namespace import OPS, nodes, numbers, register
from graphgrad.sweep import reached, seed_for, sweep, topological

_SCALARS = (np.float64, np.float32)
_COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")

Self = TypeVar("Self", bound="Node")


class Scope:
    """A named part of a graph, drawn as a labelled cluster. Made by :func:`scope`."""

    __slots__ = ("label", "parent")

    def __init__(self, label: str, parent: Scope | None) -> None:
        self.label = label
        self.parent = parent

    def __repr__(self) -> str:
        return f"<Scope {self.label}>"


_current_scope: ContextVar[Scope | None] = ContextVar("graphgrad scope", default=None)


@contextmanager
def scope(label: str) -> Iterator[Scope]:
    """Nodes built inside ``with scope("BCE"):`` belong to a cluster of that label; scopes nest."""
    if not isinstance(label, str) or not label:
        raise TypeError(f"scope({label!r}): the label must be a non-empty string")
    token = _current_scope.set(Scope(label, _current_scope.get()))
    try:
        yield _current_scope.get()  # type: ignore[misc]
    finally:
        _current_scope.reset(token)


class Node:
    """A value in a computational graph, and the ordered tuple of nodes it was computed from.

    Values are computed when the node is built and never change. Leaves are :class:`Input`,
    :class:`Parameter` and :class:`Constant`; every other node is an op.

    Attributes:
        inputs: the nodes this one was computed from, in order; empty for a leaf.
        grad: the gradient that the last :meth:`backward` computed, or None.
        scope: the innermost :func:`scope` it was built in, or None.
    """

    __slots__ = ("__weakref__", "_name", "_value", "grad", "inputs", "scope")

    function: ClassVar[str] = ""
    detached: ClassVar[tuple[int, ...]] = ()
    inputs: tuple[Node, ...]
    grad: Any
    scope: Scope | None
    _value: Any
    _name: str | None

    def __init__(self, inputs: tuple[Node, ...], value: Any, name: str | None) -> None:
        self.inputs = inputs
        self._value = value
        self.grad = None
        self.scope = _current_scope.get()
        if name is None:
            self._name = None
        else:
            self.name = name

    # What a node holds

    @property
    def value(self) -> Any:
        """The value: a read-only array, a NumPy scalar if it has no axes, a float if it is a literal."""
        return self._value

    @value.setter
    def value(self, new: Any) -> NoReturn:
        leaf = self.name or "w"
        raise AttributeError(
            f"the value of {self!r} cannot be set: values never change, so that no gradient goes stale. "
            f"loss.replace({leaf}=…) gives a new graph, gg.descend(loss, rate) the one after a step of descent"
        )

    @property
    def name(self) -> str | None:
        """The name by which `replace`, `find` and pictures know the node."""
        return self._name

    @name.setter
    def name(self, new: str | None) -> None:
        if new is not None and (not isinstance(new, str) or not new):
            raise TypeError(f"name={new!r}: a name is a non-empty string, or None")
        self._name = new

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value; () for a scalar."""
        return () if type(self._value) is float else self._value.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """float64 or float32."""
        return np.dtype(float) if type(self._value) is float else self._value.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.size(self._value))

    # Backward

    def backward(self, seed: Any = None) -> None:
        """Compute the gradient of this node with respect to every node that a Parameter reaches.

        Fills ``.grad`` on those nodes, each an array of its node's shape and dtype, and sets it to
        None on the others. Calling it again gives the same answer.

        Args:
            seed: the gradient to start from, of this node's shape; 1 if the node is a scalar.

        Raises:
            ValueError: the node is not a scalar and there is no seed, or no Parameter reaches it.
        """
        order = topological(self)
        parameters = [node for node in order if isinstance(node, Parameter)]
        if not parameters:
            raise ValueError(
                f"backward() of {self!r}: no Parameter leads to it, so no gradient is wanted; "
                f"make a leaf a Parameter, or ask gg.grad(node, wrt) for any other"
            )
        wanted = reached(parameters, order)
        gradients = sweep(order, seed_for(self, seed, "backward()"), wanted)
        for node in order:
            if node in gradients:
                node.grad = frozen(gradients[node])
            else:
                node.grad = frozen(np.zeros(node.shape, node.dtype)) if node in wanted else None

    def local_gradients(self) -> list[LocalGradient | None]:
        """For each input the derivative of this node with respect to it, as formula and as value.

        None stands where no gradient flows: no Parameter leads to that input, or it is a mask or a shape.
        """
        order = topological(self)
        wanted = reached([node for node in order if isinstance(node, Parameter)], order)
        return [
            local_gradient(self, position)  # type: ignore[arg-type]
            if source in wanted and position not in self.detached
            else None
            for position, source in enumerate(self.inputs)
        ]

    # The graph as a whole

    def find(self, name: str) -> Node:
        """The node of that name in the graph of this one; a leaf goes before an op.

        Raises:
            KeyError: no node, or more than one, has the name.
        """
        found = [node for node in topological(self) if node.name == name]
        found = [node for node in found if not node.inputs] or found
        if len(found) != 1:
            names = sorted({node.name for node in topological(self) if node.name})
            many = f"{len(found)} nodes have that name" if found else f"the graph has {names}"
            raise KeyError(f"find({name!r}): {many}")
        return found[0]

    def parameters(self) -> dict[str, Parameter]:
        """The Parameters of the graph by name.

        Raises:
            ValueError: a Parameter has no name, or two have the same.
        """
        parameters: dict[str, Parameter] = {}
        for node in topological(self):
            if isinstance(node, Parameter):
                if node.name is None:
                    raise ValueError(f"parameters(): {node!r} has no name; build it as Parameter(…, name='w')")
                if node.name in parameters:
                    raise ValueError(f"parameters(): two Parameters are named {node.name!r}; give each its own name")
                parameters[node.name] = node
        return parameters

    def replace(self, changes: Mapping[str | Node, Any] | None = None, /, **named: Any) -> Node:
        """A new graph in which some leaves have other values; this one stays as it is.

        Leaves are given by name, ``loss.replace(w=0.9)``, or as ``loss.replace({node: value})``.
        A leaf keeps its kind, its name and, for plain Python numbers, its dtype. An axis may change
        its length, as for more rows of data, but not to or from 1.

        Raises:
            KeyError: the graph has no such leaf.
            ValueError: two leaves have the name, or the value has other axes.
        """
        order = topological(self)
        values = resolve(order, dict[Any, Any](changes or {}) | named, "replace")
        new: dict[Node, Node] = {leaf: leaf._with_value(value) for leaf, value in values.items()}
        for node in order:
            if any(source in new for source in node.inputs):
                assert isinstance(node, Op)
                new[node] = node._with_inputs(tuple(new.get(source, source) for source in node.inputs))
        return new.get(self, self)

    def _with_value(self: Self, value: Any) -> Self:
        """A leaf like this one, with another value."""
        array = leaf_array(value, f"replace({self.name or 'leaf'}=…)")
        if not hasattr(value, "dtype"):
            array = array.astype(self.dtype)
        if len(array.shape) != self.ndim or any(
            (a == 1) != (b == 1) for a, b in zip(array.shape, self.shape, strict=True)
        ):
            raise ValueError(
                f"replace: {self!r} has shape {self.shape} and cannot take a value of shape {array.shape}; "
                f"an axis may change its length, but not to or from 1: build the graph again"
            )
        copy = self._clone(())
        copy._value = float(array) if isinstance(self, Constant) and type(self._value) is float else frozen(array)
        copy.grad = None
        return copy

    def _clone(self: Self, inputs: tuple[Node, ...]) -> Self:
        copy = object.__new__(type(self))
        if hasattr(self, "__dict__"):
            copy.__dict__.update(self.__dict__)
        copy.inputs = inputs
        copy.scope, copy._name, copy._value, copy.grad = self.scope, self._name, self._value, self.grad
        return copy

    def __copy__(self: Self) -> Self:
        return self._clone(self.inputs)

    def __deepcopy__(self: Self, memo: dict[int, Any]) -> Self:
        for node in topological(self):
            if id(node) not in memo:
                memo[id(node)] = node._clone(tuple(memo[id(source)] for source in node.inputs))
        return memo[id(self)]  # type: ignore[no-any-return]

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(
            f"{self!r} cannot be pickled; save the numbers, as in "
            f"np.savez(file, **{{name: p.value for name, p in loss.parameters().items()}}), and build the graph again"
        )

    def __repr__(self) -> str:
        name = f" {self.name}" if self.name else ""
        return f"<{type(self).__name__}{name}: {numerals.array(self._value)}>"

    # Operators: each builds the op that is registered under the function's name

    __hash__ = object.__hash__

    def __add__(self, other: Any) -> Node:
        return OPS["add"](self, other)  # type: ignore[no-any-return]

    def __radd__(self, other: Any) -> Node:
        return OPS["add"](other, self)  # type: ignore[no-any-return]

    def __sub__(self, other: Any) -> Node:
        return OPS["subtract"](self, other)  # type: ignore[no-any-return]

    def __rsub__(self, other: Any) -> Node:
        return OPS["subtract"](other, self)  # type: ignore[no-any-return]

    def __mul__(self, other: Any) -> Node:
        return OPS["multiply"](self, other)  # type: ignore[no-any-return]

    def __rmul__(self, other: Any) -> Node:
        return OPS["multiply"](other, self)  # type: ignore[no-any-return]

    def __truediv__(self, other: Any) -> Node:
        return OPS["divide"](self, other)  # type: ignore[no-any-return]

    def __rtruediv__(self, other: Any) -> Node:
        return OPS["divide"](other, self)  # type: ignore[no-any-return]

    def __pow__(self, other: Any) -> Node:
        return OPS["power"](self, other)  # type: ignore[no-any-return]

    def __rpow__(self, other: Any) -> Node:
        return OPS["power"](other, self)  # type: ignore[no-any-return]

    def __matmul__(self, other: Any) -> Node:
        return OPS["matmul"](self, other)  # type: ignore[no-any-return]

    def __rmatmul__(self, other: Any) -> Node:
        return OPS["matmul"](other, self)  # type: ignore[no-any-return]

    def __neg__(self) -> Node:
        return OPS["negative"](self)  # type: ignore[no-any-return]

    def __pos__(self) -> Node:
        return self

    def sum(self, axis: Any = None, *, keepdims: bool = False) -> Node:
        """The sum over `axis`, as in NumPy."""
        return OPS["sum"](self, axis=axis, keepdims=keepdims)  # type: ignore[no-any-return]

    def mean(self, axis: Any = None, *, keepdims: bool = False) -> Node:
        """The mean over `axis`, as in NumPy."""
        return OPS["mean"](self, axis=axis, keepdims=keepdims)  # type: ignore[no-any-return]

    def prod(self, axis: Any = None, *, keepdims: bool = False) -> Node:
        """The product over `axis`, as in NumPy."""
        return OPS["prod"](self, axis=axis, keepdims=keepdims)  # type: ignore[no-any-return]

    def reshape(self, *shape: Any) -> Node:
        """The same elements in another shape, as in NumPy: ``x.reshape(2, 3)`` or ``x.reshape((2, 3))``."""
        return OPS["reshape"](self, shape=shape[0] if len(shape) == 1 else shape)  # type: ignore[no-any-return]

    @property
    def T(self) -> Node:
        """The transpose: all axes in reverse order."""
        return OPS["transpose"](self)  # type: ignore[no-any-return]

    # Comparisons: NumPy Booleans, which carry no gradient

    def __eq__(self, other: object) -> Any:
        return _compared(np.equal, self, other)

    def __ne__(self, other: object) -> Any:
        return _compared(np.not_equal, self, other)

    def __lt__(self, other: Any) -> Any:
        return _compared(np.less, self, other)

    def __le__(self, other: Any) -> Any:
        return _compared(np.less_equal, self, other)

    def __gt__(self, other: Any) -> Any:
        return _compared(np.greater, self, other)

    def __ge__(self, other: Any) -> Any:
        return _compared(np.greater_equal, self, other)

    # NumPy's protocols

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **settings: Any) -> Any:
        name = ufunc.__name__
        if method == "__call__" and not settings:
            if name in _COMPARISONS:
                return _compared(ufunc, *operands)
            if name in OPS:
                return OPS[name](*operands)
        call = f"np.{name}" if method == "__call__" else f"np.{name}.{method}"
        raise TypeError(_unsupported(call, settings))

    def __array_function__(self, function: Any, types: Any, args: Any, settings: Any) -> Any:
        name = function.__name__
        op = OPS.get(name)
        if op is None or function.__module__ != "numpy":
            raise TypeError(_unsupported(f"{function.__module__.replace('numpy', 'np')}.{name}", {}))
        given = inspect.signature(function).bind(*args, **settings).arguments
        inputs = [given.pop(parameter) for parameter in list(given)[: op.arity]]
        if not given.keys() <= set(op.settings):
            raise TypeError(_unsupported(f"np.{name}", given))
        return op(*inputs, **given)

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(f"{self!r} is a node, not an array: its array is node.value")

    def __float__(self) -> NoReturn:
        raise TypeError(f"{self!r} is a node, not a number: use float(node.value)")

    def __int__(self) -> NoReturn:
        raise TypeError(f"{self!r} is a node, not a number: use int(node.value)")

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self!r} has no truth value of its own: compare it, as in node > 0, or use node.value")


class Input(Node):
    """Data: a leaf whose gradient is not wanted.

    Args:
        value: a number or an array of numbers of any shape. It is copied. float32 and float64 are
            kept; ints and Booleans become float64.
        name: the name by which `replace` and pictures know it.

    Raises:
        TypeError: `value` is complex, an object, text, or a masked array.
    """

    __slots__ = ()

    def __init__(self, value: Any, *, name: str | None = None) -> None:
        super().__init__((), frozen(leaf_array(value, f"{type(self).__name__}(…)")), name)


class Parameter(Input):
    """A leaf whose gradient is wanted, such as a weight. Takes what :class:`Input` takes."""

    __slots__ = ()


class Constant(Node):
    """A literal such as the 1 in ``1 - p``. Takes what :class:`Input` takes.

    A Python number stays one, so it never changes the dtype of what it is combined with.
    """

    __slots__ = ()

    def __init__(self, value: Any, *, name: str | None = None) -> None:
        array = leaf_array(value, "Constant(…)")
        super().__init__(
            (), float(array) if isinstance(value, int | float) and type(value) not in _SCALARS else frozen(array), name
        )


nodes.leaf, nodes.constant = Input, Constant


class Op(Node):
    """A node computed from others. A subclass states its rule: see :class:`Elementwise` for the usual kind.

    A subclass defines ``forward(self, xp, *inputs)`` and ``vjp(self, xp, upstream, out, *inputs)``,
    which returns for each input the gradient that flows to it: an array, or a function of no
    arguments that computes it only when it is wanted, or None where there is no derivative. Both
    are written over operators and the namespace `xp` alone.

    Class attributes:
        function: the name under which NumPy, `xp` and programs know it; by default the class name
            in lower case.
        written: how it is written in text and in LaTeX; by default as ``function(a, b)``.
        jacobian: what its local gradient is: ``"diagonal"`` (elementwise), ``"spread"`` (one number
            to each of many), ``"product"`` (a matrix product) or ``"rearrangement"``.
        detached: the positions of inputs that have no derivative, such as a mask or a shape.
        overflow_is_right: `forward` may overflow on its way to a right result, and no warning is due.
    """

    arity: ClassVar[int] = 0
    settings: ClassVar[tuple[str, ...]] = ()
    written: ClassVar[Notation | None] = None
    jacobian: ClassVar[str] = "general"
    overflow_is_right: ClassVar[bool] = False
    cure: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "forward" in cls.__dict__:
            inputs = inspect.signature(cls.forward).parameters
            cls.arity = len(inputs) - 2
            cls.settings = tuple(
                p.name
                for p in inspect.signature(cls.__init__).parameters.values()
                if p.kind is not p.VAR_POSITIONAL and p.name not in inputs and p.name != "name"
            )
            if "function" not in cls.__dict__:
                cls.function = cls.__name__.lower()
            register(cls.function, cls)

    def __init__(self, *inputs: Any, name: str | None = None) -> None:
        if len(inputs) != self.arity:
            raise TypeError(f"{type(self).__name__} takes {self.arity} input(s), got {len(inputs)}")
        super().__init__(tuple([i if isinstance(i, Node) else as_node(i) for i in inputs]), None, name)
        self._value = self._evaluate()

    def forward(self, xp: Any, *inputs: Any) -> Any:
        """The value from the values of the inputs."""
        raise NotImplementedError(f"{type(self).__name__} must define forward(self, xp, …)")

    def vjp(self, xp: Any, upstream: Any, out: Any, *inputs: Any) -> Any:
        """For each input, the gradient that flows to it when `upstream` arrives here."""
        raise NotImplementedError(f"{type(self).__name__} must define local(…) or vjp(self, xp, upstream, out, …)")

    def local(self, xp: Any, out: Any, *inputs: Any) -> Any:
        """For each input, the local gradient as it is shown."""
        raise NotImplementedError(f"{type(self).__name__} states no local gradient")

    def notation(self) -> Notation:
        """How this op, with its settings, is written."""
        return self.written or call_notation(self.function, self.arity)

    @classmethod
    def on_numbers(cls, *values: Any, **settings: Any) -> Any:
        """The op as a function of numbers: its forward rule alone, without a node."""
        blank = object.__new__(cls)
        blank.__dict__.update(settings)
        return blank._forward(values)

    def _forward(self, values: Any) -> Any:
        if self.overflow_is_right:
            with np.errstate(over="ignore"):
                return self.forward(numbers, *values)
        return self.forward(numbers, *values)

    def _evaluate(self) -> Any:
        values = [source._value for source in self.inputs]
        literal = type(values[0]) is float and all(type(value) is float for value in values)
        if literal:
            values = [np.float64(value) for value in values]
        try:
            value = self._forward(values)
        except (TypeError, ValueError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"{self._call()}: {error}. {self.cure}".rstrip()) from None
        if literal and np.ndim(value) == 0:
            return float(value)
        if isinstance(value, float) or value.dtype.kind == "f":
            return frozen(value)
        raise TypeError(f"{self._call()}: forward returned {value!r}; a rule must return floats")

    def _call(self) -> str:
        shown = ", ".join(f"{source.name or type(source).__name__}: {source.shape}" for source in self.inputs)
        return f"{type(self).__name__}({shown})"

    def _with_inputs(self: _AnyOp, inputs: tuple[Node, ...]) -> _AnyOp:
        copy = self._clone(inputs)
        copy.grad = None
        copy._value = copy._evaluate()
        return copy


_AnyOp = TypeVar("_AnyOp", bound=Op)


def as_node(value: Any) -> Node:
    """A node as it is, a number as a Constant, an array or a list as an Input."""
    if isinstance(value, Node):
        return value
    if isinstance(value, int | float | np.generic):
        return Constant(value)
    return Input(value)


def leaf_array(value: Any, call: str) -> np.ndarray:
    """A copy of `value` as a float64 or float32 array.

    Raises:
        TypeError: it is not real numbers; the message names the cure.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{call}: a masked array would lose its mask; fill it first, as in value.filled(0)")
    try:
        array = np.array(value)
    except ValueError as error:
        raise TypeError(f"{call}: {error}; give rows of equal length") from None
    if array.dtype in (np.float64, np.float32):
        return array
    if array.dtype.kind in "iub":
        converted = array.astype(np.float64)
        if array.dtype.kind in "iu" and array.dtype.itemsize == 8 and np.any(np.abs(converted) > 2**53):
            raise TypeError(f"{call}: {numerals.array(converted)} has integers beyond 2**53, which float64 cannot hold")
        return converted
    cures = {"c": "take value.real or abs(value)", "U": "convert text with float(…)", "S": "convert text with float(…)"}
    cure = cures.get(array.dtype.kind, "convert it first, as in np.asarray(value, dtype=float)")
    raise TypeError(f"{call}: {value!r:.60} has dtype {array.dtype}, and a node holds real numbers; {cure}")


def frozen(value: Any) -> Any:
    """`value` made read-only; an array without axes becomes a NumPy scalar."""
    if type(value) is np.ndarray:
        if value.ndim == 0:
            return value[()]
        value.setflags(write=False)
    return value


def resolve(order: list[Node], changes: Mapping[str | Node, Any], call: str) -> dict[Node, Any]:
    """`changes` by leaf, where its keys are names or nodes of the graph in `order`."""
    leaves = [node for node in order if not node.inputs]
    known = set(leaves)
    resolved: dict[Node, Any] = {}
    for key, value in changes.items():
        found = [key] if isinstance(key, Node) else [leaf for leaf in leaves if leaf.name == key]
        found = [leaf for leaf in found if leaf in known]
        if not found:
            names = sorted({leaf.name for leaf in leaves if leaf.name})
            raise KeyError(f"{call}: the graph has no leaf {key!r}; its named leaves are {names}")
        if len(found) > 1:
            raise ValueError(f"{call}: {len(found)} leaves are named {key!r}; give {{node: value}} instead")
        resolved[found[0]] = value
    return resolved


def _compared(comparison: np.ufunc, *operands: Any) -> Any:
    return comparison(*(o.value if isinstance(o, Node) else o for o in operands))


def _unsupported(call: str, settings: Mapping[str, Any]) -> str:
    known = ", ".join(sorted(name for name in OPS if hasattr(np, name)))
    with_settings = f" with {', '.join(settings)}" if settings else ""
    return f"{call}(node){with_settings} is not supported; on nodes there are {known}; on numbers use node.value"
