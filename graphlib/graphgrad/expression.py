"""Expressions as text and as LaTeX: the precedence table, and how an op's notation is filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from graphgrad import numerals
from graphgrad.names import Symbol, mathematics

if TYPE_CHECKING:
    from graphgrad.node import Node
    from graphgrad.op import Op

LEVELS = {"open": 0, "sum": 1, "negative": 2, "function": 3, "product": 4, "power": 5, "call": 6}
"""How tightly an expression binds; what binds less than its place asks for is put in parentheses."""

COUNT = "m"
"""The number of elements of a mean, unless a picture uses that symbol for something else."""

_PLACE = re.compile(r"(\\, )?<(\w+)>")


@dataclass(frozen=True, slots=True)
class Notation:
    r"""How an op is written. ``<level>`` stands for the next input, in parentheses if it binds less than that level.

    The levels, from loose to tight: ``"open"``, ``"sum"``, ``"negative"``, ``"function"``, ``"product"``, ``"power"``,
    ``"call"``. ``<count>`` stands for the m of a mean.

    Attributes:
        text: as Unicode text.
        latex: as LaTeX.
        level: how tightly the whole binds; ``"same"`` writes the first input alone.
        latex_level: the same in LaTeX, where it differs, as in ``\log p``.

    Raises:
        ValueError: a level is none of these.

    >>> class Cube(gg.Elementwise):
    ...     written = gg.Notation("<call>³", "<call>^{3}", "power")
    ...
    ...     def forward(self, xp, x):
    ...         return x**3
    ...
    ...     def local(self, xp, out, x):
    ...         return (3 * x**2,)
    >>> a = gg.Parameter(-2.0, name="a")
    >>> print(gg.steps(Cube(a, name="y"))[1])
    y = a³ = (−2)³ = −8
    """

    text: str
    latex: str
    level: str = "call"
    latex_level: str = ""

    def __post_init__(self) -> None:
        places = {place for _, place in _PLACE.findall(self.text + self.latex)} - {"count"}
        unknown = (places | {self.level} - {"same"} | {self.latex_level} - {""}) - LEVELS.keys()
        if unknown:
            what = ", ".join(sorted(map(repr, unknown)))
            raise ValueError(f"Notation({self.text!r:.60}, …): {what:.60} is no level; take {', '.join(LEVELS)}")


class Written(NamedTuple):
    """A written expression in both styles, and how tightly each binds."""

    text: str
    latex: str
    level: str = "call"
    latex_level: str = "call"


def call_notation(function: str, arity: int, settings: str = "") -> Notation:
    """The notation of an op that states none: ``name(a, b)``."""
    places = ", ".join(["<open>"] * arity)
    settings = _PLACE.sub(r"‹\2›", settings)  # the <lambda> of a function is no place
    latex_name = function.replace("_", r"\_")
    latex_settings = rf", \text{{{settings}}}" if settings else ""
    text_settings = f", {settings}" if settings else ""
    return Notation(f"{function}({places}{text_settings})", rf"\operatorname{{{latex_name}}}({places}{latex_settings})")


def write(node: Node, known: Mapping[Node, Written] | None = None, count: str = COUNT) -> Written:
    """`node` as an expression of the nodes in `known`, of names and of literals; `count` is the m of a mean."""
    known = known or {}
    if node in known:
        return known[node]
    if node.inputs:
        return application(node, [write(source, known, count) for source in node.inputs], count)  # type: ignore[arg-type]
    return symbol(mathematics(node.name)) if node.name else literal(node.value)


def application(op: Op, operands: list[Written], count: str = COUNT) -> Written:
    """`op`'s own notation, filled in with its written inputs."""
    notation = op.notation()
    if notation.level == "same":
        return operands[0]
    latex_level = notation.latex_level or notation.level
    text = _filled(notation.text.replace("<count>", count), [(o.text, o.level, f"({o.text})") for o in operands])
    latex = _filled(
        notation.latex.replace("<count>", count),
        [(o.latex, o.latex_level, _latex_parentheses(o.latex)) for o in operands],
    )
    return Written(text, latex, notation.level, latex_level)


def symbol(name: Symbol) -> Written:
    """A name."""
    return Written(name.text, name.latex)


def literal(value: Any) -> Written:
    """A number: exactly in text, in the usual digits in LaTeX."""
    short = numerals.array(value)
    text = numerals.exact(value) if np.ndim(value) == 0 else short
    latex = re.sub(r"e(−?\d+)$", r" \\cdot 10^{\1}", short).replace("∞", r"\infty").replace("−", "-")
    level = "negative" if text.startswith("−") else "call"
    return Written(text, latex, level, "product" if "cdot" in latex and level == "call" else level)


def _filled(template: str, operands: list[tuple[str, str, str]]) -> str:
    waiting = iter(operands)

    def fill(place: re.Match[str]) -> str:
        bare, level, parenthesised = next(waiting)
        gap, least = place.groups(default="")
        operand = bare if LEVELS[level] >= LEVELS[least] else parenthesised
        return (r"\cdot " if gap and operand[0].isdigit() else gap) + operand

    return _PLACE.sub(fill, template)


def _latex_parentheses(latex: str) -> str:
    return rf"\left({latex}\right)" if "\\frac" in latex else f"({latex})"
