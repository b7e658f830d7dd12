"""NumPy's functions on nodes, by NumPy's own protocols: each builds the op that is registered under its name."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from graphgrad.namespace import OPS

NUMBERS_ONLY = frozenset(
    {
        *("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"),
        *("logical_and", "logical_or", "logical_xor", "logical_not", "isnan", "isinf", "isfinite", "signbit"),
        *("isposinf", "isneginf", "iscomplex", "isreal", "iscomplexobj", "isrealobj", "isin"),
        *("all", "any", "allclose", "isclose", "array_equal", "array_equiv", "count_nonzero"),
        *("argmax", "argmin", "nanargmax", "nanargmin", "argsort", "argpartition", "searchsorted", "digitize"),
        *("nonzero", "flatnonzero", "argwhere"),
        *("shape", "ndim", "size", "zeros_like", "ones_like", "empty_like"),
    }
)
"""NumPy's functions that no gradient passes: they are computed from the values, and give NumPy's own results."""


def from_ufunc(ufunc: np.ufunc, method: str, operands: tuple[Any, ...], settings: Mapping[str, Any]) -> Any:
    """What ``np.add(node, 1)`` and its like give.

    Raises:
        TypeError: there is no op for it, or it has settings such as ``out=``.
    """
    name = ufunc.__name__
    if method == "__call__" and name in NUMBERS_ONLY and not settings:
        return ufunc(*map(_number, operands))
    if method == "__call__" and name in OPS and settings.keys() <= {*OPS[name].settings}:
        return OPS[name](*operands, **settings)
    if method == "__call__" and not settings:
        raise TypeError(_unsupported(f"np.{name}"))
    if "out" in settings:
        raise TypeError(f"np.{name} cannot write a node into an array: write y = y + node for y += node")
    if method == "__call__":
        raise TypeError(f"np.{name}(node) with {', '.join(settings)} is not supported: it takes no settings")
    raise TypeError(_unsupported(f"np.{name}.{method}"))


def from_function(function: Any, args: tuple[Any, ...], settings: Mapping[str, Any]) -> Any:
    """What ``np.sum(node, axis=0)`` and its like give.

    Raises:
        TypeError: there is no op for it, or not with these settings.
    """
    name = f"{function.__module__}.{function.__name__}".removeprefix("numpy.")
    if name in NUMBERS_ONLY:
        return function(*map(_number, args), **{key: _number(value) for key, value in settings.items()})
    if name not in OPS:
        raise TypeError(_unsupported(f"np.{name}"))
    op = OPS[name]
    inputs, given = _bound(function, args, settings, 1 if op.takes_list and op.arity is None else op.arity, op.settings)
    unknown = given.keys() - set(op.settings)
    if unknown:
        takes = " and ".join(f"{setting}=" for setting in op.settings) or "no settings"
        raise TypeError(f"np.{name}(node) with {', '.join(sorted(unknown))} is not supported: it takes {takes}")
    return op(*inputs, **given)


def _bound(
    function: Any, args: tuple[Any, ...], settings: Mapping[str, Any], arity: int | None, known: tuple[str, ...]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The inputs of a call, and its settings by name, less those that have NumPy's default."""
    try:
        signature = inspect.signature(function)
    except ValueError:  # some of NumPy's functions are written in C; their settings come in the order of ours
        return args[:arity], {**dict(zip(known, args[len(args[:arity]) :], strict=False)), **settings}
    takes_any = any(p.kind is p.VAR_POSITIONAL for p in signature.parameters.values())
    if takes_any and arity is not None and len(args) > arity:
        raise TypeError(f"np.{function.__name__} takes one node at a time here, and {len(args)} arrays are given")
    bound = signature.bind(*args, **settings)
    inputs = bound.args[:arity]
    names = list(signature.parameters)
    given = dict(zip(names[len(inputs) :], bound.args[len(inputs) :], strict=False)) | bound.kwargs
    defaults = {name: parameter.default for name, parameter in signature.parameters.items()}
    return inputs, {k: v for k, v in given.items() if k in known or v is not defaults.get(k, inspect.Parameter.empty)}


def _number(value: Any) -> Any:
    """The value of a node; anything else as it is."""
    return value.value if hasattr(value, "inputs") else value


def _unsupported(call: str) -> str:
    public = sorted(name for name in OPS if name.partition(".")[0] in vars(np))
    close = difflib.get_close_matches(call.removeprefix("np."), public, n=3)
    hint = f"; the nearest are {', '.join(f'np.{name}' for name in close)}" if close else ""
    return (
        f"{call}(node) is not supported{hint}; the page of ops in the documentation lists the {len(public)} that are. "
        f"{call}(node.value) is a number or an array, which no gradient passes"
    )
