"""How nodes are called and written on one picture: each symbol is the title of one box."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import chain
from itertools import count as counting

from graphgrad.drawing import typeset
from graphgrad.drawing.content import Span
from graphgrad.expression import COUNT, Written, application, literal, symbol
from graphgrad.formula import UNWRITTEN
from graphgrad.names import Symbol, mathematics, partial_derivative
from graphgrad.node import Node
from graphgrad.op import Op

TITLE, FORMULA, TEXT, SMALL = 16.0, 12.0, 12.0, 10.0

DEEPEST = 4
"""Data computed by at most this many ops may be written into its consumer."""

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Labels:
    """The symbols and expressions of one picture.

    Args:
        order: the nodes that are written anywhere, inputs first, the output last.
        names: the caller's names.
        folded: nodes that have no box, and are written out where they are used.
        typeset: whether mathematics is typeset, or written as plain text to save time.
    """

    def __init__(self, order: list[Node], names: Mapping[Node, str], folded: Collection[Node], typeset: bool) -> None:
        self.typeset = typeset
        self._folded = folded
        self._symbols: dict[Node, Symbol] = {}
        self.written: dict[Node, Written] = {}
        self._name(order, names)
        used = {symbol.text for symbol in self._symbols.values()}
        letters = chain((COUNT, "n", "N"), map("m{}".format, counting()))
        self.count = next(letter for letter in letters if mathematics(letter).text not in used)
        for node in order:
            if node in folded and isinstance(node, Op):
                self.written[node] = self.application(node)
            else:
                self.written[node] = literal(node.value) if node in folded else symbol(self._symbols[node])

    def _name(self, order: list[Node], names: Mapping[Node, str]) -> None:
        used: set[str] = set()
        for node in order:
            name = node.name or names.get(node)
            if name is None or node in self._folded:
                continue
            chosen = mathematics(name)
            plain, copies = chosen, 1
            while chosen.text in used:  # two nodes of one name: the second is marked
                copies += 1
                raised = str(copies).translate(_RAISED)
                chosen = Symbol(f"{plain.text}⁽{raised}⁾", f"{{{plain.latex}}}^{{({copies})}}")
            used.add(chosen.text)
            self._symbols[node] = chosen
        self._named = set(self._symbols)
        count = 0
        for node in order:
            if node in self._symbols or node in self._folded:
                continue
            if node is order[-1] and "L" not in used:
                self._symbols[node] = mathematics("L")
                continue
            count += 1
            while mathematics(f"t{count}").text in used:
                count += 1
            self._symbols[node] = mathematics(f"t{count}")

    def symbol(self, node: Node) -> Symbol:
        """The symbol of a node that has a box."""
        return self._symbols[node]

    def is_named(self, node: Node) -> bool:
        """Whether the symbol of a node is a name that someone gave it."""
        return node in self._named

    def has_symbol(self, node: Node) -> bool:
        """Whether a node has a symbol of its own, and is not written out where it is used."""
        return node in self._symbols

    def name(self, node: Node) -> Span:
        """The symbol as a span in title size."""
        return self.math(symbol(self._symbols[node]), "ink", TITLE)

    def title(self, node: Node) -> Span:
        """``p̂ = σ(z)`` for an op, ``w`` for a leaf."""
        own = symbol(self._symbols[node])
        if not isinstance(node, Op):
            return self.math(own, "ink", TITLE)
        return self.math(equation(own, self.application(node)), "ink", TITLE)

    def application(self, node: Op) -> Written:
        """The op of its inputs, each as it is written on this picture."""
        return application(node, [self.written.get(source, UNWRITTEN) for source in node.inputs], self.count)

    def derivative(self, above: Node, below: Node, role: str) -> Span:
        """∂above/∂below."""
        return self.math(symbol(partial_derivative(self.symbol(above), self.symbol(below))), role, FORMULA)

    def math(self, written: Written, role: str, size: float = FORMULA) -> Span:
        """A span of mathematics: typeset, unless the font lacks a character or the picture is large."""
        latex = written.latex if self.typeset and typeset.mathematical(plain_characters(written.text)) else ""
        return Span(written.text, role, size, latex) if latex else Span(written.text, role, min(size, 14.0))


def equation(left: Written, right: Written) -> Written:
    """left = right."""
    return Written(f"{left.text} = {right.text}", f"{left.latex} = {right.latex}", "open", "open")


def plain_characters(text: str) -> str:
    """The characters that must be in a font for `text`: no spaces, no combining marks, no sub- or superscripts."""
    return "".join(
        c for c in text if not c.isspace() and c.isprintable() and not 0x300 <= ord(c) < 0x370 and not _lowered(c)
    )


def _lowered(character: str) -> bool:
    return 0x2070 <= ord(character) < 0x20A0
