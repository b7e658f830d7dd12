"""A graph and its derivative as one readable function over NumPy."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from graphgrad.compiler.calls import argument, may_raise, numpy_call
from graphgrad.compiler.graph import TracedGraph, identifiers, traced_graph
from graphgrad.compiler.rows import Rows, RowsMixed, row_axis
from graphgrad.compiler.text import RESERVED, Text, number, operation
from graphgrad.compiler.traced import Traced, Untraceable, live_uses
from graphgrad.compiler.wrt import as_met, rows_of, targets_of
from graphgrad.names import caller_names
from graphgrad.node import Node
from graphgrad.sweep import topological

WIDEST = 60
"""A longer expression becomes a variable of its own."""


def source(loss: Node, wrt: Any = None, name: str = "f", *, rows: Iterable[str] | None = None) -> str:
    """The graph and its backward pass as the text of one Python function over NumPy.

    The function takes the leaves, data before parameters and of each those that come in first before those that come in
    late, as numbers and arrays, and returns the value and the gradients.
    Variables are called as the nodes are: by their names, else by the caller's variables. It needs
    ``import numpy as np`` and nothing else, and works for any number of rows, unless its docstring says otherwise.

    Args:
        loss: the node to be computed, of one element; of any shape where `wrt` is empty.
        wrt: the nodes, or names of nodes, to differentiate with respect to, one or several; by default all Parameters.
        name: the name of the function.
        rows: the names of the leaves along whose first axis the rows lie; by default all Inputs that have an axis.

    Raises:
        ValueError: `name` is no identifier, or one that the text needs; `loss` has several elements; the Inputs differ
            in their first axis; or a node or a name is given that the graph does not have.
        TypeError: `loss` is no node, `wrt` or `rows` holds what is neither a node nor a name, or a rule cannot be
            traced; the message names the op.

    >>> x, y, w = gg.Input([1.0, 2.0], name="x"), gg.Input([1.0, 3.0], name="y"), gg.Parameter(0.5, name="w")
    >>> print(gg.source(gg.mse(w * x, y), name="mse"))
    def mse(x, y, w):
        \"\"\"The value and its gradient with respect to w.\"\"\"
        # forward
        t1 = w * x - y
        L = np.mean(t1 ** 2)
    <BLANKLINE>
        # backward: each d_… is ∂L/∂…, the upstream gradient times the local one
        d_w = np.sum(1 / len(x) * 2 * t1 * x)  # all rows share w, so what flows to it is added
    <BLANKLINE>
        return L, d_w
    """
    call = f"source({loss!r:.60})"
    if not isinstance(name, str) or not name.isidentifier() or name in RESERVED:
        raise ValueError(
            f"source(loss, name={name!r:.40}): give an identifier, such as 'bce', that Python and NumPy do not need"
        )
    frame = inspect.currentframe()
    known = caller_names(frame.f_back if frame else None, Node)
    targets = targets_of(loss, wrt, call)
    order = topological(loss)
    unnamed = {target: "v" for target in targets if target.inputs}
    names = identifiers(order, {**unnamed, loss: "L", **known})
    try:
        with_rows = rows_of(order, rows, call)
        graph = traced_graph(order, targets, names, with_rows)
        only = "" if any(leaf.ndim for leaf in as_met(order)) else ", of single numbers"
    except (RowsMixed, Untraceable):
        try:
            graph = traced_graph(order, targets, names, ())
        except Untraceable as error:
            raise TypeError(f"{call}: {error}") from error.__cause__
        only = ", for arrays of these shapes: " + ", ".join(f"{leaf} {v.shape}" for leaf, v in graph.leaves.items())
    arguments = [names[leaf] for leaf in as_met(order)]
    body = _Writer(graph).body([names[target] for target in targets], only)
    return f"def {name}({', '.join(arguments)}):\n" + "\n".join(f"    {line}".rstrip() for line in body)


class _Writer:
    """Writes the values of a graph, in order, as lines of Python."""

    def __init__(self, graph: TracedGraph) -> None:
        self.graph = graph
        self.outputs = [graph.output, *graph.gradients]
        self.uses = live_uses(graph.tracer.values, self.outputs)
        self.texts: dict[int, Text] = {}
        self.variables: dict[int, str] = {}
        self.taken = {*graph.leaves, *graph.named.values()}
        self.unnamed = 0

    def body(self, wrt: list[str], only: str) -> list[str]:
        """The lines of the function."""
        forward: list[str] = []
        backward: list[str] = []
        for value in self.graph.tracer.values:
            if self.uses[value.number]:
                half = forward if value.number < self.graph.forward_count else backward
                half.extend(self._line(value))
        output = self._named(self.graph.output, self.graph.named.get(self.graph.output.number, "L"), forward)
        gradients = [self._named(g, f"d_{name}", backward) for g, name in zip(self.graph.gradients, wrt, strict=True)]
        lines = [_docstring(wrt, only), "# forward" if backward else "", *forward]
        if backward:
            upstream = f"each d_… is ∂{output}/∂…, the upstream gradient times the local one"
            lines += ["", f"# backward: {upstream}", *backward]
        return [*filter(None, lines[:2]), *lines[2:], "", f"return {', '.join([output, *gradients])}"]

    def _line(self, value: Traced) -> list[str]:
        """The line that computes a value; none if it is written where it is used."""
        text = self._text(value)
        self.texts[value.number] = text
        name = self.graph.named.get(value.number)
        if value.function in ("leaf", "literal"):
            return []
        if name is None:
            is_output = any(value is output for output in self.outputs)
            if self.uses[value.number] == 1 and not is_output and len(text.text) <= WIDEST:
                return []
            name = self._fresh("m" if value.function == "rows" else "")
        self.texts[value.number] = Text(name)
        self.variables[value.number] = name
        return [f"{name} = {text.text}{self._comment(value, name.removeprefix('d_'))}"]

    def _comment(self, value: Traced, leaf: str) -> str:
        """What is to be said of the gradient of a leaf that broadcasting gave to all rows."""
        known = self.graph.leaves.get(leaf)
        adds_rows = value.function == "sum" and row_axis(value.args[0].shape) in value.settings["axis"]
        is_shared = known is not None and adds_rows and row_axis(known.shape) is None
        return f"  # all rows share {leaf}, so what flows to it is added" if is_shared else ""

    def _named(self, value: Traced, name: str, lines: list[str]) -> str:
        """The variable of a result: where it has none of that name, another line gives it one."""
        if self.variables.get(value.number) == name:
            return name
        name = name if name not in {*self.variables.values(), *self.graph.leaves} else self._fresh("")
        text = number(value.args[0], whole=False) if value.function == "literal" else self.texts[value.number]
        lines.append(f"{name} = {text.text}")
        self.variables.setdefault(value.number, name)
        return name

    def _fresh(self, wish: str) -> str:
        """A name that nothing has."""
        name = wish
        while not name or name in self.taken:
            self.unnamed += 1
            name = f"t{self.unnamed}"
        self.taken.add(name)
        return name

    def _text(self, value: Traced) -> Text:
        """The expression that computes a value."""
        function, settings = value.function, value.settings
        whole = function not in ("where", "full")
        if function == "leaf":
            return Text(settings["name"])
        if function == "literal":
            return number(value.args[0])
        if function == "rows":
            return Text(_count_of_rows(self.graph.leaves))
        operands = [self._operand(arg, whole) for arg in value.args]
        if may_raise(value):
            return numpy_call(value, operands, self._length)
        is_division = function == "multiply" and self._is_reciprocal(value.args[1])
        if is_division and not (value.is_weak and may_raise(value.args[1])):
            sign, over = value.args[1].args
            dividend = operands[0] if sign > 0 else operation("negative", operands[:1])
            return operation("divide", [dividend, self._operand(over, whole)])  # type: ignore[list-item, return-value]
        written = operation(function, operands, regroup=True)
        if written is not None:
            return written
        return numpy_call(value, operands, self._length)

    def _operand(self, arg: Any, whole: bool) -> Text:
        return argument(arg, lambda value: self.texts[value.number], whole=whole)

    def _is_reciprocal(self, value: Any) -> bool:
        """Whether a factor is 1 or −1 over something, written here only: as a quotient it is plainer."""
        is_quotient = isinstance(value, Traced) and value.function == "divide" and isinstance(value.args[0], float)
        return is_quotient and abs(value.args[0]) == 1 and value.number not in self.variables

    def _length(self, length: Any) -> str:
        return _count_of_rows(self.graph.leaves) if isinstance(length, Rows) else str(length)


def _docstring(wrt: list[str], only: str) -> str:
    gradients = f" and its gradient{'s' * (len(wrt) > 1)} with respect to {', '.join(wrt)}" if wrt else ""
    return f'"""The value{gradients}{only}."""'


def _count_of_rows(leaves: Mapping[str, Traced]) -> str:
    return next(f"len({name})" for name, leaf in leaves.items() if row_axis(leaf.shape) == 0)
