"""Nodes: a value, the ordered inputs it was computed from, and the operators that build more of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NoReturn, Self

import numpy as np

from graphgrad import numerals
from graphgrad.arrays import SMALL, frozen, is_python_number, real_array, same_form
from graphgrad.formula import LocalGradient, local_gradient
from graphgrad.namespace import nodes
from graphgrad.operators import ArrayLike
from graphgrad.scope import Scope, current_scope
from graphgrad.sweep import reached, seed_for, sweep, topological


class Node(ArrayLike):
    """A value in a computational graph, and the ordered tuple of nodes it was computed from.

    Values are computed when the node is built and never change. Leaves are :class:`Input`,
    :class:`Parameter` and :class:`Constant`; every other node is an op. Operators, indexing, methods such as
    ``x.sum(axis=0)`` and NumPy's functions on nodes build more of them; comparisons give NumPy's Booleans.

    Attributes:
        inputs: the nodes this one was computed from, in order; empty for a leaf.
        grad: the gradient that the last :meth:`backward` computed, of the shape and dtype of the value, or None.
        scope: the innermost :func:`scope` it was built in, or None.

    Raises:
        TypeError: a node is made a number, an array, a truth value or formatted text, which no gradient would pass;
            it is assigned to at an index, or pickled; or it has no axes and is asked for its length.

    >>> w, x = gg.Parameter(0.5, name="w"), gg.Input([2.0, -4.0], name="x")
    >>> w * x, (w * x)[0], np.exp(w * x).inputs
    (<Mul: [1 −2]>, <GetItem: 1>, (<Mul: [1 −2]>,))
    >>> w * x > 0
    array([ True, False])
    """

    __slots__ = ("__weakref__", "_name", "_value", "grad", "inputs", "scope")

    function: ClassVar[str] = ""
    detached: tuple[int, ...] = ()
    shape_only: tuple[int, ...] = ()
    jacobian: ClassVar[str] = "none"
    by_local: ClassVar[bool] = False
    inputs: tuple[Node, ...]
    grad: Any
    scope: Scope | None
    _value: Any
    _name: str | None

    def __init__(self, inputs: tuple[Node, ...], value: Any, name: str | None) -> None:
        self.inputs = inputs
        self._value = value
        self.grad = None
        self.scope = current_scope.get()
        self._name = None
        if name is not None:
            self.name = name

    # What a node holds

    @property
    def value(self) -> Any:
        """The value: a read-only array, a NumPy scalar if it has no axes, a float if it is a literal.

        Raises:
            AttributeError: it is set. Values never change: :meth:`replace` gives a new graph.
        """
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
        """The name by which `replace`, `find` and pictures know the node, or None; it may be set.

        Raises:
            TypeError: it is set to what is neither a non-empty string nor None.
        """
        return self._name

    @name.setter
    def name(self, new: str | None) -> None:
        if new is not None and (not isinstance(new, str) or not new):
            raise TypeError(f"name={new!r}: a name is a non-empty string, or None")
        self._name = new

    @property
    def is_literal(self) -> bool:
        """Whether the value is a Python number, which never changes the dtype of what it meets."""
        return type(self._value) is float

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value; () for a scalar."""
        return () if type(self._value) is float else self._value.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the value: float64, as which a literal counts too, or float32."""
        return np.dtype(float) if type(self._value) is float else self._value.dtype

    @property
    def ndim(self) -> int:
        """The number of axes; 0 for a scalar."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements; 1 for a scalar."""
        return 1 if type(self._value) is float else self._value.size

    # Backward

    def backward(self, seed: Any = None) -> None:
        """Compute the gradient of this node with respect to every node that a Parameter reaches.

        Fills ``.grad`` on those nodes, each an array of its node's shape and dtype, and sets it to
        None on the others. Calling it again gives the same answer.

        Args:
            seed: the gradient to start from, an array of this node's shape; 1 if the node has one element.

        Raises:
            ValueError: no Parameter reaches the node, it has several elements and there is no seed, or the seed has
                another shape.
            TypeError: the seed is no real numbers.
            NotImplementedError: an op on the way states no derivative.

        >>> w, x = gg.Parameter(0.5, name="w"), gg.Input([2.0, -4.0], name="x")
        >>> y = w * x
        >>> gg.Sum(y).backward()
        >>> w.grad, y.grad, x.grad
        (np.float64(-2.0), array([1., 1.]), None)
        >>> y.backward(seed=[1.0, 0.0])
        >>> w.grad
        np.float64(2.0)
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
            if node not in wanted:
                node.grad = None
            elif node in gradients:
                node.grad = gradients[node]
            else:
                node.grad = frozen(np.zeros(node.shape, node.dtype))

    def local_gradients(self) -> list[LocalGradient | None]:
        """For each input, in order, the derivative of this node with respect to it, as formula and as value.

        None stands where no gradient flows: no Parameter leads to that input, or it is a mask or a shape.

        >>> p = gg.Sigmoid(gg.Parameter(0.0, name="z"), name="p")
        >>> (local,) = p.local_gradients()
        >>> print(local.formula, "=", local.value)
        p·(1 − p) = 0.25
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
        """The node called `name` in the graph of this one; a leaf goes before an op.

        Raises:
            KeyError: no node, or more than one, has the name.

        >>> loss = (gg.Parameter(3.0, name="w") - 1) ** 2
        >>> loss.find("w")
        <Parameter w: 3>
        """
        found = [node for node in topological(self) if node.name == name]
        found = [node for node in found if not node.inputs] or found
        if len(found) != 1:
            names = sorted({node.name for node in topological(self) if node.name})
            many = f"{len(found)} nodes have that name" if found else f"the graph has {names}"
            raise KeyError(f"find({name!r}): {many}")
        return found[0]

    def parameters(self) -> dict[str, Parameter]:
        """The Parameters of the graph by name, in the order of :func:`topological`.

        Raises:
            ValueError: a Parameter has no name, or two have the same.

        >>> w, b, x = gg.Parameter(0.5, name="w"), gg.Parameter(-1.0, name="b"), gg.Input(2.0, name="x")
        >>> (w * x + b).parameters()
        {'w': <Parameter w: 0.5>, 'b': <Parameter b: −1>}
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

    def replace(self, changes: Mapping[Any, Any] | None = None, /, **named: Any) -> Node:
        """A new graph in which some leaves have other values; this one stays as it is.

        A leaf keeps its kind, its name and its dtype. An axis may change its length, as for more
        rows of data, but not to or from 1: the form of a derivative depends on that. What a loss
        checked when it was built, such as its labels, is not checked again.

        Args:
            changes: ``{leaf: value}``, each leaf as a node or by its name.
            named: the values of leaves by name, as in ``loss.replace(w=0.9)``.

        Raises:
            KeyError: the graph has no such leaf.
            ValueError: two leaves have the name, a leaf is given twice or is a literal, a value has other axes, or
                the new shapes do not fit an op.
            TypeError: a value is no real numbers, a key is neither a name nor a node, or `changes` is no mapping.

        >>> w, x = gg.Parameter(0.5, name="w"), gg.Input([2.0, 4.0], name="x")
        >>> y = w * x
        >>> y.replace(w=3.0), y.replace({x: [1.0, 2.0, 3.0]}), y
        (<Mul: [6 12]>, <Mul: [0.5 1 1.5]>, <Mul: [1 2]>)
        """
        if changes is not None and not isinstance(changes, Mapping):
            raise TypeError(f"replace({changes!r:.60}): give names, as in replace(w=0.9), or {{node: value}}")
        order = topological(self)
        values = resolve(order, [*(changes or {}).items(), *named.items()], "replace")
        new: dict[Node, Node] = {leaf: leaf._with_value(value) for leaf, value in values.items()}
        for node in order:
            if any(source in new for source in node.inputs):
                new[node] = node._with_inputs(tuple(new.get(source, source) for source in node.inputs))
        return new.get(self, self)

    def _with_value(self, value: Any) -> Self:
        """A leaf like this one, with another value."""
        if self.is_literal:
            raise ValueError(
                f"replace: {self!r} is a literal, which derivatives may have folded into others; "
                f"make it an Input to change it"
            )
        array = real_array(value, f"replace({self.name or 'leaf'}=…)").astype(self.dtype)
        self._check_form(array.shape)
        copy = self._clone(())
        copy._value, copy.grad = frozen(array), None
        return copy

    def _check_form(self, shape: tuple[int, ...]) -> None:
        if not same_form(shape, self.shape):
            raise ValueError(
                f"replace: {self!r} has shape {self.shape} and would get shape {shape}; "
                f"an axis may change its length, but not to or from 1: build the graph again"
            )

    def local(self, xp: Any, out: Any, *inputs: Any) -> Any:
        """For each of the `inputs`, the local gradient at `out`, over the namespace `xp`; a leaf has none."""
        return ()

    def vjp(self, xp: Any, upstream: Any, out: Any, *inputs: Any) -> Any:
        """For each of the `inputs`, what flows to it when `upstream` arrives at `out`, over `xp`; a leaf has none."""
        return ()

    def _with_inputs(self, inputs: tuple[Node, ...]) -> Node:
        """A node like this one with other inputs; a leaf has none."""
        return self

    def _clone(self, inputs: tuple[Node, ...]) -> Self:
        copy = object.__new__(type(self))
        if hasattr(self, "__dict__"):
            copy.__dict__.update(self.__dict__)
        copy.inputs = inputs
        copy.scope, copy._name, copy._value, copy.grad = self.scope, self._name, self._value, self.grad
        return copy

    def __copy__(self) -> Node:
        return self._copied(self.inputs)

    def __deepcopy__(self, memo: dict[int, Any]) -> Node:
        for node in topological(self):
            if id(node) not in memo:
                memo[id(node)] = node._copied(tuple(memo[id(source)] for source in node.inputs))
        copied: Node = memo[id(self)]
        return copied

    def _copied(self, inputs: tuple[Node, ...]) -> Node:
        """What stands for this node in a copy of its graph."""
        return self._clone(inputs)

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(
            f"{self!r} cannot be pickled; save the numbers, as in "
            f"np.savez(file, **{{name: p.value for name, p in loss.parameters().items()}}), and build the graph again"
        )

    def __repr__(self) -> str:
        name = f" {self.name}" if self.name else ""
        return f"<{type(self).__name__}{name}: {numerals.array(self._value)}>"


class Input(Node):
    """Data: a leaf whose gradient is not wanted.

    Args:
        value: a number or an array of numbers of any shape. It is copied. float32 and float64 are
            kept; ints and Booleans become float64.
        name: the name by which `replace` and pictures know it.

    Raises:
        TypeError: `value` is complex, text, a node or another object, a masked array, rows of unequal length, floats of
            another size, or integers that float64 cannot hold; or `name` is no non-empty string.

    >>> gg.Input([[1, 2, 3], [4, 5, 6]], name="x").value
    array([[1., 2., 3.],
           [4., 5., 6.]])
    """

    __slots__ = ()

    def __init__(self, value: Any, *, name: str | None = None) -> None:
        super().__init__((), frozen(real_array(value, f"{type(self).__name__}(…)")), name)


class Parameter(Input):
    """A leaf whose gradient is wanted, such as a weight.

    Args:
        value: a number or an array of any shape, as :class:`Input` takes it.
        name: the name by which `replace`, `descend` and pictures know it.

    Raises:
        TypeError: `value` or `name` is none that :class:`Input` takes.

    >>> w = gg.Parameter([0.5, -1.0], name="w")
    >>> gg.Sum(w**2).backward()
    >>> w.grad
    array([ 1., -2.])
    """

    __slots__ = ()


class Constant(Node):
    """A literal such as the 1 in ``1 - p``.

    A Python number stays one, so it never changes the dtype of what it is combined with.

    Args:
        value: a number or an array of any shape, as :class:`Input` takes it.
        name: the name that pictures show.

    Raises:
        TypeError: `value` or `name` is none that :class:`Input` takes.

    >>> p = gg.Input(np.float32(0.25))
    >>> (gg.Constant(1) - p).dtype, (1 - p).inputs
    (dtype('float32'), (<Constant: 1>, <Input: 0.25>))
    """

    __slots__ = ()

    def __init__(self, value: Any, *, name: str | None = None) -> None:
        if type(value) is int and abs(value) <= 2**53:  # exact as a float
            value = float(value)
        elif type(value) is not float:
            array = real_array(value, "Constant(…)")
            value = float(array) if is_python_number(value) else frozen(array)
        super().__init__((), value, name)


nodes.leaf, nodes.constant = Input, Constant


def as_node(value: Any, beside: Iterable[Any] = ()) -> Node:
    """A node as it is, a number as a Constant, an array or a list as an Input.

    Booleans and small integers take the dtype of a float32 node among the operands `beside`, as in NumPy.
    """
    if isinstance(value, Node):
        return value
    if type(value) is float or type(value) is int:
        return Constant(value)
    if getattr(value, "dtype", None) in SMALL and any(isinstance(o, Node) and o.dtype == np.float32 for o in beside):
        value = value.astype(np.float32)
    return Constant(value) if isinstance(value, (int, float, np.generic)) else Input(value)


def is_bare_number(node: Node) -> bool:
    """Whether a node is an unnamed number, which is written where it is used."""
    return isinstance(node, Constant) and node.name is None and node.ndim == 0


def resolve(order: list[Node], changes: Iterable[tuple[Any, Any]], call: str) -> dict[Node, Any]:
    """`changes` by leaf, where each is a name or a node of the graph in `order`, and a value.

    Raises:
        KeyError: the graph has no such leaf.
        ValueError: two leaves have the name, or a leaf is given twice.
        TypeError: a key is neither a name nor a node.
    """
    leaves = {node for node in order if not node.inputs}
    resolved: dict[Node, Any] = {}
    for key, value in changes:
        if not isinstance(key, Node) and not (isinstance(key, str) and key):
            raise TypeError(f"{call}: {key!r:.40} is neither the name of a leaf nor a node")
        found = [leaf for leaf in leaves if (leaf is key if isinstance(key, Node) else leaf.name == key)]
        if not found:
            names = sorted({leaf.name for leaf in leaves if leaf.name})
            raise KeyError(f"{call}: the graph has no leaf {key!r}; its named leaves are {names or 'none'}")
        if len(found) > 1:
            raise ValueError(f"{call}: {len(found)} leaves are named {key!r}; give {{node: value}} instead")
        if found[0] in resolved:
            raise ValueError(f"{call}: {key!r} is given twice")
        resolved[found[0]] = value
    return resolved
