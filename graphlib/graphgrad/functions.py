"""Derivatives of plain Python functions: of arrays, or of nested lists, tuples and dicts of arrays.

A function is run on nodes that hold the arrays, so it may use operators, indexing, NumPy's functions, loops
and branches. Arrays go in and arrays come out. Where a node goes in as an argument, or a Parameter is used from
outside the function, nodes come out: so these transforms nest, to any order, and threads may use them at the
same time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import index
from typing import Any, NamedTuple

import numpy as np

from graphgrad import derivatives
from graphgrad.node import Node, Parameter, as_node
from graphgrad.ops.variable import Variable
from graphgrad.sweep import reached, seed_for, sweep, topological
from graphgrad.tree import flatten

Function = Callable[..., Any]


def grad_of(function: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives the gradient of `function`, which returns a number.

    Args:
        function: takes arrays, or nested lists, tuples and dicts of arrays, and returns a scalar.
        argnums: the position of the argument to differentiate with respect to, or a tuple of positions.

    Returns:
        A function of the same arguments. Its result has the form of the argument, or is a tuple of these.

    Raises:
        TypeError: `function` is none; or, when called, it returns what is no number, or a Boolean or a whole number, as
            comparisons and ``np.argmax`` give them; or an argument holds no real numbers.
        ValueError: when called, if `function` returns more than one number, the call has no argument at `argnums`, or
            one is named twice.

    >>> gg.grad_of(lambda x: np.sum(np.sin(x) ** 2))(np.array([0.0, np.pi / 4]))
    array([0., 1.])
    >>> gg.grad_of(gg.grad_of(lambda x: x**3))(2.0)
    np.float64(12.0)
    """
    both = _value_and_grad(function, argnums, f"grad_of({_name(function)})")
    return _named(function, lambda *args, **settings: both(args, settings)[1], "gradient")


def value_and_grad_of(function: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives ``(value, gradient)`` of `function` in one run.

    Args:
        function: takes arrays, or nested lists, tuples and dicts of arrays, and returns a scalar.
        argnums: the position of the argument to differentiate with respect to, or a tuple of positions.

    Raises:
        TypeError: as for :func:`grad_of`.
        ValueError: as for :func:`grad_of`.

    >>> gg.value_and_grad_of(lambda point: point["x"] * point["y"])({"x": 2.0, "y": 3.0})
    (np.float64(6.0), {'x': np.float64(3.0), 'y': np.float64(2.0)})
    """
    both = _value_and_grad(function, argnums, f"value_and_grad_of({_name(function)})")
    return _named(function, lambda *args, **settings: both(args, settings), "value and gradient")


def jacobian_of(function: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives all derivatives of all that `function` returns: arrays or nested arrays.

    For each array that it returns the result has, in its place, the form of the argument; each array in it has
    the shape of what is returned, then that of the argument.

    Args:
        function: takes and returns arrays, or nested lists, tuples and dicts of arrays.
        argnums: the position of the argument to differentiate with respect to, or a tuple of positions.

    Raises:
        TypeError: as for :func:`grad_of`.
        ValueError: when called, if the call has no argument at `argnums`, or one is named twice.

    >>> gg.jacobian_of(lambda x: x[:2] * x[1:])(np.array([1.0, 2.0, 3.0]))
    array([[2., 1., 0.],
           [0., 3., 2.]])
    """

    def jacobian(*args: Any, **settings: Any) -> Any:
        call = _called(function, argnums, args, settings, f"jacobian_of({_name(function)})")
        call.refuse_what_has_no_gradient()
        return call.rebuild_out([call.rebuild(_jacobian(call, out)) for out in call.outs])

    return _named(function, jacobian, "Jacobian")


def hessian_of(function: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives all second derivatives of `function`, which returns a number.

    For an array x the result has shape ``x.shape + x.shape``. For nested arrays it is nested twice.

    Args:
        function: takes arrays, or nested lists, tuples and dicts of arrays, and returns a scalar.
        argnums: the position of the argument to differentiate with respect to, or a tuple of positions.

    Raises:
        TypeError: as for :func:`grad_of`.
        ValueError: as for :func:`grad_of`.

    >>> gg.hessian_of(lambda x: x[0] ** 2 * x[1])(np.array([2.0, 3.0]))
    array([[6., 4.],
           [4., 0.]])
    """

    def hessian(*args: Any, **settings: Any) -> Any:
        call = _called(function, argnums, args, settings, f"hessian_of({_name(function)})")
        slopes = derivatives.grad(call.number(), call.variables)
        return call.rebuild([call.rebuild(_jacobian(call, slope)) for slope in slopes])

    return _named(function, hessian, "Hessian")


def vjp_of(function: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives vector-Jacobian products: it takes the same arguments, and ``cotangent=``.

    The cotangent has the form of what `function` returns; the result has that of the argument.

    Args:
        function: takes and returns arrays, or nested lists, tuples and dicts of arrays.
        argnums: the position of the argument to differentiate with respect to, or a tuple of positions.

    Raises:
        TypeError: as for :func:`grad_of`; also when called without a cotangent, or with one that holds no real numbers.
        ValueError: when called, if the cotangent has another form or shape than what `function` returns, the call has
            no argument at `argnums`, or one is named twice.

    >>> gg.vjp_of(lambda x: x**2)(np.array([1.0, 2.0]), cotangent=np.array([10.0, 1.0]))
    array([20.,  4.])
    """

    def product(*args: Any, cotangent: Any, **settings: Any) -> Any:
        call = _called(function, argnums, args, settings, f"vjp_of({_name(function)})")
        call.refuse_what_has_no_gradient()
        given = derivatives.alongside(call.rebuild_out(call.outs), cotangent, f"{call.name}(…): cotangent")
        return call.rebuild(call.plain(derivatives.grad(derivatives.along(call.outs, given), call.variables), given))

    return _named(function, product, "vector-Jacobian product")


def jvp_of(function: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives Jacobian-vector products: it takes the same arguments, and ``tangent=``.

    The tangent has the form of the argument; the result has that of what `function` returns.

    Args:
        function: takes and returns arrays, or nested lists, tuples and dicts of arrays.
        argnums: the position of the argument to differentiate with respect to, or a tuple of positions.

    Raises:
        TypeError: as for :func:`grad_of`; also when called without a tangent, or with one that holds no real numbers.
        ValueError: when called, if the tangent has another form or shape than the argument, the call has no argument
            at `argnums`, or one is named twice.

    >>> gg.jvp_of(lambda x: x**2)(np.array([1.0, 2.0]), tangent=np.array([1.0, 0.5]))
    array([2., 2.])
    """

    def product(*args: Any, tangent: Any, **settings: Any) -> Any:
        call = _called(function, argnums, args, settings, f"jvp_of({_name(function)})")
        call.refuse_what_has_no_gradient()
        given = derivatives.alongside(call.rebuild(call.variables), tangent, f"{call.name}(…): tangent")
        return call.rebuild_out(call.plain([derivatives.jvp(out, call.variables, given) for out in call.outs], given))

    return _named(function, product, "Jacobian-vector product")


def hvp_of(function: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives Hessian-vector products: it takes the same arguments, and ``vector=``.

    The vector and the result have the form of the argument.

    Args:
        function: takes arrays, or nested lists, tuples and dicts of arrays, and returns a scalar.
        argnums: the position of the argument to differentiate with respect to, or a tuple of positions.

    Raises:
        TypeError: as for :func:`grad_of`; also when called without a vector, or with one that holds no real numbers.
        ValueError: as for :func:`grad_of`; also when called with a vector of another form or shape than the argument.

    >>> gg.hvp_of(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), vector=np.array([1.0, 10.0]))
    array([  6., 120.])
    """

    def product(*args: Any, vector: Any, **settings: Any) -> Any:
        call = _called(function, argnums, args, settings, f"hvp_of({_name(function)})")
        given = derivatives.alongside(call.rebuild(call.variables), vector, f"{call.name}(…): vector")
        return call.rebuild(call.plain(derivatives.hvp(call.number(), call.variables, given), given))

    return _named(function, product, "Hessian-vector product")


class _Call(NamedTuple):
    """One run of a function on nodes.

    Attributes:
        name: the call, for errors.
        variables: the nodes that it was given in place of the arrays to differentiate with respect to.
        rebuild: builds what has the form of these arguments.
        outs: what it returned, as nodes.
        returned: the same as the function gave it.
        rebuild_out: builds what has the form of that.
        on_nodes: whether a node went in, so that nodes come out.
    """

    name: str
    variables: list[Node]
    rebuild: Function
    outs: list[Node]
    returned: list[Any]
    rebuild_out: Function
    on_nodes: bool

    def number(self) -> Node:
        """What the function returned, which must be one number."""
        self.refuse_what_has_no_gradient()
        if len(self.outs) != 1 or self.outs[0].size != 1:
            shapes = ", ".join(str(out.shape) for out in self.outs)
            returned = f"arrays of shape {shapes}" if shapes else "nothing"
            raise ValueError(
                f"{self.name}: the function returned {returned}, and a gradient is that of one number; "
                f"return one, as in np.sum(…), or take jacobian_of or vjp_of"
            )
        return self.outs[0]

    def refuse_what_has_no_gradient(self) -> None:
        """Comparisons, `np.argmax` and their like give results that are no derivative's concern: no zeros for them."""
        for value in self.returned:
            if isinstance(value, bool) or getattr(value, "dtype", np.dtype(float)).kind in "biu":
                raise TypeError(
                    f"{self.name}: the function returned {value!r:.60}; Booleans and whole numbers, as comparisons and "
                    f"np.argmax give them, have no gradient"
                )

    def plain(self, results: list[Node], given: list[Node]) -> list[Any]:
        """The results as arrays, unless a node went in."""
        if self.on_nodes or any(node.inputs or isinstance(node, Parameter) for node in given):
            return results
        return [_array(result.value) for result in results]


class Argument(Parameter):
    """An array that a function is given, to be differentiated with respect to it. Its copies are itself.

    Attributes:
        is_open: whether the function is still running, so that what comes from this node may be differentiated yet.
    """

    __slots__ = ("is_open",)

    is_open: bool

    def _copied(self, inputs: tuple[Node, ...]) -> Node:
        return self


def _called(function: Function, argnums: Any, args: tuple[Any, ...], settings: dict[str, Any], name: str) -> _Call:
    """The function, run on nodes in place of the arrays in the arguments at `argnums`."""
    is_one = not isinstance(argnums, list | tuple)
    positions = [_position(position, len(args), name) for position in ([argnums] if is_one else argnums)]
    if len(set(positions)) < len(positions):
        raise ValueError(f"{name}, argnums={argnums!r}: an argument is named twice")
    chosen = tuple(args[position] for position in positions)
    leaves, rebuild = flatten(chosen[0] if is_one else chosen)
    variables: list[Any] = [Variable(leaf) if isinstance(leaf, Node) else Argument(leaf) for leaf in leaves]
    given = list(args)
    rebuilt = rebuild(variables)
    for position, value in zip(positions, [rebuilt] if is_one else rebuilt, strict=True):
        given[position] = value
    for variable in variables:
        variable.is_open = True
    try:
        returned, rebuild_out = flatten(function(*given, **settings))
    finally:
        for variable in variables:
            variable.is_open = False
    outs = [_returned(value, name) for value in returned]
    on_nodes = any(isinstance(leaf, Node) for leaf in leaves) or any(map(_is_open, outs))
    return _Call(name, variables, rebuild, outs, returned, rebuild_out, on_nodes)


def _position(position: Any, count: int, name: str) -> int:
    """A position among the arguments, counted from the left."""
    try:
        return range(count)[index(position)]
    except (TypeError, IndexError):
        counted = f"the call has {count} argument{'s' * (count != 1)} by position, counted from 0"
        raise ValueError(f"{name}, argnums={position!r}: {counted}; give a whole number, or a tuple of them") from None


def _returned(value: Any, name: str) -> Node:
    """What a function returned, as a node."""
    try:
        return as_node(value)
    except TypeError:
        raise TypeError(f"{name}: the function returned {value!r:.60}, which is no number and no array") from None


def _is_open(out: Node) -> bool:
    """Whether `out` comes from an argument of a function that is still running, or from a Parameter of the user's."""
    return any(getattr(node, "is_open", isinstance(node, Parameter)) for node in topological(out))


def _value_and_grad(function: Function, argnums: int | Sequence[int], name: str) -> Function:
    def value_and_grad(args: tuple[Any, ...], settings: dict[str, Any]) -> tuple[Any, Any]:
        call = _called(function, argnums, args, settings, name)
        out = call.number()
        if call.on_nodes:
            return out, call.rebuild(derivatives.grad(out, call.variables))
        return _array(out.value), call.rebuild(_gradients(out, call.variables, seed_for(out, None, name)))

    return value_and_grad


def _gradients(out: Node, variables: list[Node], seed: Any) -> list[Any]:
    """The gradient of `out` with respect to each variable, as arrays."""
    order = topological(out)
    found = sweep(order, seed, reached(variables, order))
    return [
        _array(found[variable]) if variable in found else np.zeros(variable.shape, variable.dtype)[()]
        for variable in variables
    ]


def _jacobian(call: _Call, out: Node) -> list[Any]:
    """The Jacobian of `out` with respect to each variable."""
    if call.on_nodes:
        jacobians: list[Any] = derivatives.jacobian(out, call.variables)
        return jacobians
    shapes = [(*out.shape, *variable.shape) for variable in call.variables]
    rows = [_gradients(out, call.variables, seed) for seed in derivatives.unit_seeds(out)]
    return [
        np.reshape([row[k] for row in rows], shape).astype(variable.dtype)[()]
        for k, (shape, variable) in enumerate(zip(shapes, call.variables, strict=True))
    ]


def _array(value: Any) -> Any:
    """A value as an array of its own, or as a NumPy scalar."""
    return np.array(value)[()]


def _name(function: Any) -> str:
    return getattr(function, "__name__", type(function).__name__)


def _named(function: Function, transformed: Function, what: str) -> Function:
    """`transformed` with the name and the docstring of what it is."""
    if not callable(function):
        raise TypeError(f"{function!r:.60} is no function; of a graph take gg.grad(loss, w), or another of that kind")
    transformed.__name__ = transformed.__qualname__ = f"{what.replace(' ', '_')}_of_{_name(function)}"
    transformed.__doc__ = f"The {what} of {_name(function)}."
    return transformed
