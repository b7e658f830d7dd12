"""A program over Python's own numbers: for one example, or for few, faster than any array."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphgrad.compiler.loops import reference
from graphgrad.compiler.rows import row_axis
from graphgrad.compiler.stages import Plan, Stage
from graphgrad.compiler.text import OPERATORS, Text, number, operation
from graphgrad.compiler.traced import Traced, traced_in

MOST_ROWS = 28
"""From about so many rows on, arrays are faster."""

WIDEST = 120
"""A longer expression becomes a variable of its own."""

NAMES = {name: getattr(math, name) for name in dir(math) if not name.startswith("_")}
"""What the text of a program may use."""

_SAME_NAME = ("exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "sqrt", "cbrt", "hypot")
_TRIGONOMETRY = ("sin", "cos", "tan", "sinh", "cosh", "tanh")
CALLS = {name: name for name in (*_SAME_NAME, *_TRIGONOMETRY)}
CALLS |= {f"arc{name}": f"a{name}" for name in (*_TRIGONOMETRY, "tan2")}
CALLS |= {"absolute": "fabs", "power": "pow"}
"""NumPy's functions that Python's math has, and their names there."""

TEMPLATES = {
    "square": "{0} * {0}",
    "reciprocal": "1.0 / {0}",
    "maximum": "({0} if {0} >= {1} or {0} != {0} else {1})",
    "minimum": "({0} if {0} <= {1} or {0} != {0} else {1})",
    "where": "({1} if {0} else {2})",
    "heaviside": "(0.0 if {0} < 0.0 else 1.0 if {0} > 0.0 else {1} if {0} == 0.0 else nan)",
    "sign": "(-1.0 if {0} < 0.0 else 1.0 if {0} > 0.0 else {0})",
    "isnan": "({0} != {0})",
    "logical_not": "(not {0})",
    "logical_or": "({0} != 0 or {1} != 0)",
    "logical_and": "({0} != 0 and {1} != 0)",
    "astype": "float({0})",
}
"""How NumPy's functions are written for single numbers. What stands in braces is a variable or a number."""

_STARTS = {"sum": "0.0", "prod": "1.0", "max": "-inf", "min": "inf"}
_STEPS = {
    "sum": "{0} += {1}",
    "prod": "{0} *= {1}",
    "max": "{0} = {1} if {1} > {0} or {1} != {1} else {0}",
    "min": "{0} = {1} if {1} < {0} or {1} != {1} else {0}",
}
_OPERATORS = frozenset({"negative", *OPERATORS} - {"matmul", "power"})
_COMPARISONS = frozenset({"greater", "greater_equal", "less", "less_equal", "equal", "not_equal"})
_BARE = frozenset({"leaf", "literal", "rows"})


def is_scalar(plan: Plan, outputs: Sequence[Traced]) -> bool:
    """Whether a program computes single numbers alone, for each row or for all, with functions known here."""
    computed = [value for stage in plan.stages for value in (*stage.before, *stage.rows, *stage.reductions)]
    values = [*computed, *(operand for value in computed for operand in value.operands())]
    known = {*_OPERATORS, *CALLS, *TEMPLATES, *_BARE}
    return (
        not plan.whole
        and not any(stage.stored for stage in plan.stages)
        and all(_is_number(value) and (value.function in known or value.function in _STEPS) for value in values)
        and all(not output.ndim for output in outputs)
        and all(value.is_weak or value.dtype in (np.float64, np.bool_) for value in values)
        and not any(map(_is_boolean_arithmetic, values))
    )


def _is_boolean_arithmetic(value: Traced) -> bool:
    """Whether Booleans are counted with, which NumPy does in its own way."""
    if value.function not in _OPERATORS - _COMPARISONS and value.function not in ("square", "absolute", "sign"):
        return value.function == "astype" and value.dtype == np.bool_
    return all(operand.dtype == np.bool_ for operand in value.operands()) and bool(list(value.operands()))


def _is_number(value: Traced) -> bool:
    return value.ndim == 0 or (value.ndim == 1 and row_axis(value.shape) == 0)


def scalar_text(plan: Plan, outputs: Sequence[Traced], arguments: Sequence[str], has_rows: bool) -> str:
    """Write a program that :func:`is_scalar` accepts, as a function ``run`` of numbers and of lists of them."""
    lines: list[str] = []
    writer = _Writer(plan, outputs)
    for stage in plan.stages:
        for value in stage.before:
            lines += writer.line(value, is_used_in_rows=has_rows)
        if stage.reductions:
            lines += writer.loop(stage)
    results = ", ".join(writer.text(output).text for output in outputs)
    signature = ", ".join([*arguments, "rows"] if has_rows else arguments)
    return "\n    ".join([f"def run({signature}):", *lines, f"return {results},"]) + "\n"


class _Writer:
    def __init__(self, plan: Plan, outputs: Sequence[Traced]) -> None:
        self.uses: dict[int, int] = {}
        for stage in plan.stages:
            for value in (*stage.before, *stage.rows, *stage.reductions):
                repeats = 2 if value.function in TEMPLATES else 1  # a template may write its operand more than once
                for operand in traced_in(value.args):
                    self.uses[operand.number] = self.uses.get(operand.number, 0) + repeats
        for output in outputs:
            self.uses[output.number] = self.uses.get(output.number, 0) + 2
        self.texts: dict[int, Text] = {}

    def loop(self, stage: Stage) -> list[str]:
        """The lines of a loop over the rows."""
        self.texts = {n: text for n, text in self.texts.items() if n not in {value.number for value in stage.rows}}
        body = [line for value in stage.rows for line in self.line(value)]
        starts = []
        for value in stage.reductions:
            (source,) = value.operands()
            starts.append(f"{reference(value)} = {_STARTS[value.function]}")
            text = self.text(source)
            if value.function in ("max", "min") and not text.text.isidentifier():
                body.append(f"v{source.number} = {text.text}")
                text = Text(f"v{source.number}")
            body.append(_STEPS[value.function].format(reference(value), text.text))
            self.texts[value.number] = Text(reference(value))
        given = {
            operand.number: reference(operand)
            for value in (*stage.rows, *stage.reductions)
            for operand in traced_in(value.args)
            if operand.function == "leaf" and operand.ndim
        }
        names = list(given.values())
        each = f"for {', '.join(f'{name}_i' for name in names)} in zip({', '.join(names)}):"
        each = f"for {names[0]}_i in {names[0]}:" if len(names) == 1 else each
        each = each if names else "for _ in range(int(rows)):"
        return [*starts, each, *(f"    {line}" for line in body)]

    def line(self, value: Traced, is_used_in_rows: bool = False) -> list[str]:
        """The line that computes a value; none if it is written where it is used."""
        if value.function in _BARE:
            return []
        text = self._written(value)
        if self.uses.get(value.number, 0) == 1 and len(text.text) <= WIDEST and not is_used_in_rows:
            self.texts[value.number] = text
            return []
        self.texts[value.number] = Text(f"v{value.number}")
        return [f"v{value.number} = {text.text}"]

    def text(self, arg: Any) -> Text:
        """An operand."""
        if not isinstance(arg, Traced):
            return _number(arg)
        if arg.function == "literal":
            return _number(arg.args[0])
        if arg.function == "rows":
            return Text("rows")
        if arg.function == "leaf":
            return Text(f"{reference(arg)}_i" if arg.ndim else reference(arg))
        return self.texts[arg.number]

    def _written(self, value: Traced) -> Text:
        operands = [self.text(arg) for arg in value.args]
        function = value.function
        if function in CALLS:
            return Text(f"{CALLS[function]}({', '.join(operand.text for operand in operands)})")
        if function in TEMPLATES:
            level = {"square": 2, "reciprocal": 2}.get(function, 5)
            return Text(TEMPLATES[function].format(*(operand.within(5) for operand in operands)), level)
        found = operation(function, operands)
        assert found is not None
        return found


def _number(value: float) -> Text:
    text = number(value, whole=False)
    return Text(text.text.replace("np.", ""), text.level)
