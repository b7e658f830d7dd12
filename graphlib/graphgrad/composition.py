"""Compositions: functions of nodes that are no op of their own, but a few others."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import update_wrapper
from typing import Any

import numpy as np

from graphgrad.namespace import nodes, register
from graphgrad.node import Node, as_node
from graphgrad.op import kind_of


class Composition:
    """A rule over `xp` that builds nodes from nodes; made by :func:`composition`.

    Attributes:
        function: the name under which NumPy, `xp` and programs know it.
        arity: how many inputs it takes; None if as many as it is given.
        settings: the names of what else it takes.
        is_public: whether it is named in lists of what there is.
        takes_list: whether an input is a list of nodes.

    >>> gg.Clip, gg.Clip.function, gg.Clip.arity, gg.Clip.settings
    (<composition Clip>, 'clip', 1, ('a_min', 'a_max', 'min', 'max'))
    """

    __module__: str
    __qualname__: str
    __name__: str

    def __init__(self, rule: Callable[..., Any], function: str, is_public: bool) -> None:
        update_wrapper(self, rule)
        _, *parameters = inspect.signature(rule).parameters.values()
        inputs = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL)]
        takes_many = any(p.kind is p.VAR_POSITIONAL for p in inputs)
        self.__signature__ = inspect.Signature(parameters)
        self.rule = rule
        self.function = function
        self.inputs = inputs
        self.arity = None if takes_many else len(inputs)
        self.settings = tuple(p.name for p in parameters if p not in inputs)
        self.is_public = is_public
        self.takes_list = any(str(p.annotation).startswith("list") for p in inputs)

    def __call__(self, *inputs: Any, name: str | None = None, **settings: Any) -> Any:
        """The node, or the list of nodes; `name` is that of the node."""
        given = [self._as_nodes(value, k) for k, value in enumerate(inputs)]
        try:
            built = self.rule(nodes, *given, **settings)
        except (TypeError, ValueError, IndexError) as error:
            raise restated(error, self._call(given, settings)) from None
        if name is None:
            return built
        if not isinstance(built, Node):
            raise TypeError(f"{self._call(given, settings)} gives several nodes, and name={name!r} is one name")
        named: Node = nodes.variable(built) if any(built is value for value in given) else built
        named.name = name
        return named

    def on(self, xp: Any, *values: Any, **settings: Any) -> Any:
        """The same of what `xp` computes with."""
        return self.rule(xp, *values, **settings)

    def _as_nodes(self, value: Any, position: int) -> Any:
        """What is given at a position: an input as a node, a list of inputs as a list of nodes, the rest as it is."""
        if not self.inputs or (position >= len(self.inputs) and self.arity is not None):
            return value
        kind = str(self.inputs[min(position, len(self.inputs) - 1)].annotation)
        if kind == "str":
            return value
        if not kind.startswith("list"):
            return as_node(value)
        if isinstance(value, list | tuple | Node) and len(value):
            return [as_node(item) for item in value]
        raise TypeError(f"{self.__name__}({value!r:.60}): give a list of nodes and arrays, one at least")

    def _call(self, given: list[Any], settings: dict[str, Any]) -> str:
        """The call as errors restate it, with shapes for arrays."""
        shown = [_shown(value) for value in given] + [f"{key}={value!r:.40}" for key, value in settings.items()]
        return f"{self.__name__}({', '.join(shown)})"

    def __repr__(self) -> str:
        return f"<composition {self.__name__}>"


def operand(xp: Any, setting: Any) -> Any:
    """A setting that may be an array or a list, as what `xp` computes with."""
    return as_node(setting) if xp is nodes else np.asarray(setting)


def restated(error: Exception, call: str) -> Exception:
    """An error that begins with the call; where it began with a call inside this one, in place of that."""
    inner = getattr(error, "without_call", str(error))
    outer = kind_of(error)(f"{call}: {inner}")
    outer.without_call = inner  # type: ignore[attr-defined]
    return outer


def _shown(value: Any) -> str:
    if isinstance(value, Node):
        return f"{value.name or type(value).__name__}: {value.shape}"
    return f"[{', '.join(map(_shown, value))}]" if isinstance(value, list) else f"{value!r:.40}"


def composition(function: str, *aliases: str, is_public: bool = True) -> Callable[[Callable[..., Any]], Composition]:
    """Make a rule ``f(xp, a, b, /, setting=…)`` a function of nodes, known to NumPy under `function`.

    Its inputs stand before the ``/``; a list of them is marked ``arrays: list[Any]``, and what is no array ``: str``.
    It uses operators, `xp`, and what they give alone, so the same body runs on numbers and on nodes.

    >>> from graphgrad.composition import composition
    >>> @composition("root_mean_square")
    ... def RootMeanSquare(xp, x, /, *, axis=None):
    ...     return xp.sqrt(xp.mean(x * x, axis=axis))
    >>> RootMeanSquare(gg.Input([1.0, 7.0])), RootMeanSquare.on(np, np.array([1.0, 7.0]))
    (<Sqrt: 5>, np.float64(5.0))
    """

    def build(rule: Callable[..., Any]) -> Composition:
        built = Composition(rule, function, is_public)
        register(built, function, *aliases)
        return built

    return build
