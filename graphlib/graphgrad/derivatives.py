"""Derivatives of a graph, each as a graph of its own: it can be drawn, evaluated anew, and differentiated again.

Wherever `wrt` stands for nodes to differentiate with respect to, it is a node, or a list, tuple or dict of
nodes, nested as you like; the result has the same form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from graphgrad.arrays import real_array
from graphgrad.namespace import nodes, rules_on_nodes
from graphgrad.node import Constant, Input, Node, as_node
from graphgrad.simplify import simplify
from graphgrad.sweep import reached, seed_for, sweep, topological
from graphgrad.tree import beside, flatten


def grad(out: Node, wrt: Any = None, seed: Any = None, *, strict: bool = False) -> Any:
    """The derivative of `out` with respect to `wrt`, as a graph of its own.

    The result is a Node, nested as `wrt` is, with the shape and dtype of what it is the derivative with
    respect to. It can be drawn, evaluated with other leaf values, and differentiated again. Nothing is
    written to any ``.grad``.

    Args:
        out: what is differentiated, of any shape.
        wrt: any node of the graph, inputs and intermediate nodes included, or nested nodes.
        seed: the gradient to start from, of `out`'s shape: an array, or a Node; 1 if `out` has one element.
        strict: raise if `out` does not depend on a node in `wrt`, where the derivative is otherwise 0.

    Returns:
        A Node for each node in `wrt`.

    Raises:
        ValueError: `out` has several elements and there is no seed, the seed has another shape, or `strict` and no
            dependence.
        TypeError: `out` is no node, `wrt` holds what is none, or the seed is no real numbers.
        NotImplementedError: an op on the way states no derivative.

    >>> z = gg.Parameter(0.5, name="z")
    >>> slope = gg.grad(gg.Sigmoid(z), z)
    >>> curvature = gg.grad(slope, z)
    >>> slope, curvature
    (<Mul: 0.235>, <Mul: −0.05756>)
    """
    return _grad(out, wrt, seed, "grad(out, wrt)", strict=strict)


def _grad(out: Node, wrt: Any, seed: Any, call: str, seed_name: str = "seed", *, strict: bool = False) -> Any:
    """What :func:`grad` gives; errors name the call, and the seed as it calls it, if it takes one."""
    targets, rebuild = _targets(out, wrt, call)
    order = topological(out)
    for target in targets:
        if strict and out not in reached([target], order):
            raise ValueError(
                f"{call.partition('(')[0]}({out!r}, {target!r}, strict=True): shapes {out.shape} and {target.shape}; "
                f"the output does not depend on it: build it from that very node, or let strict=False give 0"
            )
    start = _seed_node(out, seed, call, seed_name)
    with rules_on_nodes():
        gradients = sweep(order, start, reached(targets, order), xp=nodes)
    known = {*order, *topological(start)}
    return rebuild([_of_form(target, gradients.get(target), known) for target in targets])


def value_and_grad(out: Node, wrt: Any, seed: Any = None, *, strict: bool = False) -> tuple[Node, Any]:
    """`out` itself, and its derivative as :func:`grad` gives it.

    Args:
        out: what is differentiated, of any shape.
        wrt: a node, or nested nodes.
        seed: the gradient to start from, of `out`'s shape; 1 if `out` has one element.
        strict: raise if `out` does not depend on a node in `wrt`, where the derivative is otherwise 0.

    Raises:
        ValueError: as for :func:`grad`.
        TypeError: as for :func:`grad`.
        NotImplementedError: as for :func:`grad`.

    >>> w = gg.Parameter(3.0, name="w")
    >>> gg.value_and_grad(w**2, w)
    (<Pow: 9>, <Mul: 6>)
    """
    return out, _grad(out, wrt, seed, "value_and_grad(out, wrt)", strict=strict)


def vjp(out: Node, wrt: Any, cotangent: Any) -> Any:
    """The vector-Jacobian product: for each node in `wrt`, Σ over elements of `cotangent` · ∂out/∂wrt.

    Args:
        out: what is differentiated, of any shape.
        wrt: a node, or nested nodes.
        cotangent: an array or a Node of `out`'s shape.

    Returns:
        A Node for each node in `wrt`, of its shape and dtype, nested as `wrt` is.

    Raises:
        ValueError: the cotangent has another shape than `out`.
        TypeError: `out` is no node, `wrt` holds what is none, or the cotangent is no real numbers.
        NotImplementedError: as for :func:`grad`.

    >>> x = gg.Parameter([1.0, 2.0], name="x")
    >>> gg.vjp(x**2, x, [10.0, 1.0]).value
    array([20.,  4.])
    """
    return _grad(out, wrt, cotangent, "vjp(out, wrt, cotangent)", "cotangent")


def jvp(out: Node, wrt: Any, tangent: Any) -> Node:
    """The Jacobian-vector product: how `out` changes when `wrt` moves along `tangent`; of `out`'s shape.

    It is the derivative of a vjp, which is linear in its cotangent, with respect to that cotangent
    (J. Townsend, A new trick for calculating Jacobian vector products, 2017).

    Args:
        out: what is differentiated, of any shape.
        wrt: a node, or nested nodes.
        tangent: an array or a Node for each, of its shape, nested as `wrt` is.

    Raises:
        ValueError: the tangent is not nested as `wrt` is, or a part of it has another shape.
        TypeError: `out` is no node, `wrt` holds what is none, or the tangent is no real numbers.
        NotImplementedError: as for :func:`grad`.

    >>> x = gg.Parameter([1.0, 2.0], name="x")
    >>> gg.jvp(x**2, x, [1.0, 0.5]).value
    array([2., 2.])
    """
    targets, _ = _targets(out, wrt, "jvp(out, wrt, tangent)")
    tangents = alongside(wrt, tangent, "jvp(out, wrt, tangent): tangent")
    cotangent = nodes.variable(nodes.broadcast_like(1.0, out))  # which number is all the same
    moved: Node = grad(along(grad(out, targets, cotangent), tangents), cotangent)
    return moved


def hvp(out: Node, wrt: Any, vector: Any) -> Any:
    """The Hessian-vector product of a scalar `out`: how its gradient changes when `wrt` moves along `vector`.

    It is the gradient of the sum of gradient × vector, so no Hessian is built.

    Args:
        out: a node of one element.
        wrt: a node, or nested nodes.
        vector: an array or a Node for each, of its shape, nested as `wrt` is.

    Returns:
        A Node for each node in `wrt`, of its shape and dtype, nested as `wrt` is.

    Raises:
        ValueError: `out` has several elements, or the vector is not nested as `wrt` is, or has another shape.
        TypeError: `out` is no node, `wrt` holds what is none, or the vector is no real numbers.
        NotImplementedError: as for :func:`grad`.

    >>> x = gg.Parameter([1.0, 2.0], name="x")
    >>> gg.hvp(gg.Sum(x**3), x, [1.0, 10.0]).value
    array([  6., 120.])
    """
    call = "hvp(out, wrt, vector)"
    targets, rebuild = _targets(out, wrt, call)
    vectors = alongside(wrt, vector, f"{call}: vector")
    return rebuild(grad(along(_grad(out, targets, None, call, ""), vectors), targets))


def jacobian(out: Node, wrt: Any) -> Any:
    """All derivatives of all elements: for each node in `wrt` a Node of shape `out.shape + wrt.shape`.

    It runs one backward sweep for each element of `out`, so `replace` cannot give `out` another number of elements.

    Args:
        out: what is differentiated, of any shape.
        wrt: a node, or nested nodes; the result is nested as they are.

    Raises:
        TypeError: `out` is no node, or `wrt` holds what is none.
        NotImplementedError: as for :func:`grad`.

    >>> x = gg.Parameter([1.0, 2.0, 3.0], name="x")
    >>> gg.jacobian(x[:2] * x[1:], x).value
    array([[2., 1., 0.],
           [0., 3., 2.]])
    """
    targets, rebuild = _targets(out, wrt, "jacobian(out, wrt)")
    rows = [grad(out, targets, seed) for seed in unit_seeds(out)]
    if not rows:
        return rebuild([nodes.leaf(np.zeros((*out.shape, *target.shape), target.dtype)) for target in targets])
    return rebuild([_stacked([row[k] for row in rows], out.shape) for k in range(len(targets))])


def hessian(out: Node, wrt: Any) -> Any:
    """All second derivatives of a scalar `out`: for a node x a Node of shape `x.shape + x.shape`.

    For nested nodes it is nested twice: the place of the first derivative, and in it that of the second.

    Args:
        out: a node of one element.
        wrt: a node, or nested nodes.

    Raises:
        ValueError: `out` has several elements.
        TypeError: `out` is no node, or `wrt` holds what is none.
        NotImplementedError: as for :func:`grad`.

    >>> x = gg.Parameter([2.0, 3.0], name="x")
    >>> gg.hessian(x[0] ** 2 * x[1], x).value
    array([[6., 4.],
           [4., 0.]])
    """
    call = "hessian(out, wrt)"
    targets, rebuild = _targets(out, wrt, call)
    return rebuild([jacobian(slope, wrt) for slope in _grad(out, targets, None, call, "")])


def unit_seeds(out: Node) -> Iterator[np.ndarray]:
    """For each element of `out`, in order, the seed that is 1 there and 0 elsewhere."""
    for place in range(out.size):
        seed = np.zeros(out.size, out.dtype)
        seed[place] = 1
        yield seed.reshape(out.shape)


def _stacked(rows: list[Node], shape: tuple[int, ...]) -> Node:
    """The rows of a Jacobian, one for each element of an output of that shape, as one node."""
    if not shape:
        return rows[0]
    each = len(rows) // shape[0]
    return nodes.stack([_stacked(rows[k * each : (k + 1) * each], shape[1:]) for k in range(shape[0])])


def along(slopes: list[Node], vectors: list[Node]) -> Node:
    """Σ of slope × vector, over all elements of all."""
    total: Node = sum(
        (nodes.sum(slope * vector) for slope, vector in zip(slopes, vectors, strict=True)), start=Constant(0.0)
    )
    return total


def _targets(out: Any, wrt: Any, call: str) -> tuple[list[Node], Callable[[Any], Any]]:
    """The nodes in `wrt`, and how to build what has its form."""
    if callable(out):
        raise TypeError(f"{call}: {out!r:.60} is a function; take gg.grad_of(function)(x), or another of that kind")
    if not isinstance(out, Node):
        raise TypeError(f"{call}: the output {out!r:.60} is no node; give a loss built from nodes")
    targets, rebuild = flatten(wrt)
    for target in targets:
        if not isinstance(target, Node):
            raise TypeError(f"{call}: wrt holds {target!r:.60}; give nodes, as in gg.grad(loss, loss.find('w'))")
    return targets, rebuild


def alongside(wrt: Any, given: Any, what: str) -> list[Node]:
    """What is given beside each node in `wrt`, as nodes of its shape and dtype."""
    targets, _ = flatten(wrt)
    parts = beside(wrt, given, what)
    found = []
    for target, part in zip(targets, parts, strict=True):
        node = part if isinstance(part, Node) else Input(real_array(part, what).astype(target.dtype))
        if node.shape != target.shape:
            raise ValueError(f"{what} has shape {node.shape}, but {target!r:.80} has shape {target.shape}")
        found.append(node)
    return found


def _seed_node(out: Node, seed: Any, call: str, name: str) -> Node:
    if isinstance(seed, Node):
        if seed.shape != out.shape:
            raise ValueError(
                f"{call}: {name} has shape {seed.shape}, the output {out!r} has shape {out.shape}; they must agree"
            )
        return seed
    start = seed_for(out, seed, call, name)
    return Constant(1.0) if seed is None and out.ndim == 0 else as_node(start)


def _of_form(target: Node, gradient: Node | None, known: set[Node]) -> Node:
    """The gradient cleaned, in the shape and dtype of its target."""
    if gradient is None:
        return nodes.broadcast_like(0.0, target)
    clean = simplify(gradient, known)
    if clean.shape != target.shape or clean.dtype != target.dtype or type(clean.value) is float:
        return nodes.broadcast_like(clean, target)
    return clean
