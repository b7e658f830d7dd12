"""Programs: mathematics as text, such as ``p = sigmoid(w*x + b); mean(y*neglog(p))``, read into a graph.

A program is a list of statements, separated by ``;`` or by new lines; the last one is the output.
It is read by the small parser below and by nothing else: no text of a program is ever evaluated as
Python. How operators bind, and how functions are called, is read from the ops' own notations, so
that what :func:`graphgrad.expression.write` prints can be read back.
"""

from __future__ import annotations

import difflib
import inspect
import keyword
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from graphgrad import losses, numerals, ops
from graphgrad.expression import LEVELS, literal
from graphgrad.names import mathematics
from graphgrad.namespace import OPS
from graphgrad.node import Input, Node, as_node

LONGEST = 10_000
"""The most characters of a program."""
LONGEST_NAME = 64
DEEPEST = 100
"""The most parentheses, calls, signs and exponents inside one another."""
MOST_NODES = 2_000
"""The most nodes that a program builds."""

Value = Node | float
"""What an expression is while it is read: numbers stay numbers until they meet a node, as in Python."""


class ParseError(ValueError):
    """A program that cannot be read: the message says what was found, what is expected, and where."""


def parse(program: str, leaves: Mapping[str, Node]) -> Node:
    """The graph of a program: the node of its last statement.

    A statement is an expression, or ``name = expression``, which names the node. A name is a leaf's
    or an earlier statement's, and is one node wherever it is used; ``p̂`` and ``w₁`` may stand for
    ``p_hat`` and ``w1``. An expression has numbers, names, ``+ - * / ** @``, parentheses, and calls
    of the public ops and losses, with settings by name: ``sum(x, axis=0)``. Operators bind as in
    mathematics: a minus sign takes the whole product after it, and ``**`` binds tighter.

    Args:
        program: the text.
        leaves: the nodes that it may use, by name. Only those in use are asked for; one that has
            no name of its own takes the name it is used by.

    Raises:
        ParseError: the text is no program, is too long or too deep, uses an unknown name, gives one
            twice, or combines nodes that do not fit.
        TypeError: `program` is no string.

    >>> leaves = {"w": gg.Parameter(0.5, name="w"), "x": gg.Input(2.0, name="x")}
    >>> parse("z = w*x - 1; sigmoid(z) ** 2", leaves)
    <Pow: 0.25>
    """
    if not isinstance(program, str):
        raise TypeError(f"parse({program!r:.60}, leaves): a program is a string, such as 'mean(x**2)'")
    if len(program) > LONGEST:
        raise ParseError(f"the program has more than {LONGEST:,} characters, which is the most that is read")
    return _Parser(program.replace("\r\n", "\n"), leaves).program()


def is_name(text: str) -> bool:
    """Whether a program can use `text` as a name.

    >>> is_name("w1"), is_name("my column")
    (True, False)
    """
    match = _TOKEN.fullmatch(text)
    return match is not None and match.lastgroup == "name" and len(text) <= LONGEST_NAME


def number(text: str) -> float:
    """The float that `text` writes: digits as in a program, with a sign, or nan, inf, -inf.

    Raises:
        ValueError: it is no number, or one that a float cannot hold.

    >>> number("−2.5e3")
    -2500.0
    """
    plain = text.strip().replace("−", "-").replace("∞", "inf")
    if plain.lower() in ("nan", "inf", "-inf"):
        return float(plain)
    if not _NUMBER.fullmatch(plain):
        raise ValueError(f"{_cut(text)!r} is no number")
    value = float(plain)
    if math.isinf(value):
        raise ValueError(f"{_cut(text)} is too large for a float, which ends near 1.8e308")
    if value == 0 and re.search("[1-9]", re.split("[eE]", plain)[0]):
        raise ValueError(f"{_cut(text)} is too small for a float: it would become 0")
    return value


# What a program is made of

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


class Token(NamedTuple):
    """A piece of a program: a number, a name, a sign, a separator of statements, or the end."""

    kind: str
    text: str
    start: int


_TOKEN = re.compile(
    r"""(?P<number> (?: [0-9]+ \.? [0-9]* | \.[0-9]+ ) (?: [eE][+\-−]?[0-9]+ )? )
      | (?P<name> (?![⁰¹²³⁴-⁹]) [^\W\d] (?: (?![⁰¹²³⁴-⁹]) [\w\u0302\u0303\u0304\u0307] )* )
      | (?P<separator> [;\n] )
      | (?P<space> [^\S\n]+ )
      | (?P<sign> \*\* | == | != | <= | >= | := | // | . )
    """,
    re.VERBOSE,
)


def _tokens(program: str) -> Iterator[Token]:
    open_parentheses = 0
    for match in _TOKEN.finditer(program):
        kind, text = match.lastgroup, match[0]
        assert kind is not None
        open_parentheses += (text == "(") - (text == ")" and open_parentheses > 0)
        within = text == "\n" and open_parentheses > 0  # an expression in parentheses may go on in the next line
        if kind != "space" and not within:
            yield Token(kind, text, match.start())
    yield Token("end", "", len(program))


_SPELLINGS = {"*": "·", "×": "·", "-": "−", ">=": "≥", "<=": "≤", "==": "=", "!=": "≠"}
"""Other ways to write the signs of the notations."""

_HINTS = {
    "^": "a power is written **",
    "==": "a comparison stands in brackets, as in [x > 0]",
    "!=": "a comparison stands in brackets, as in [x > 0]",
    "<": "a comparison stands in brackets, as in [x > 0]",
    ">": "a comparison stands in brackets, as in [x > 0]",
    "<=": "a comparison stands in brackets, as in [x > 0]",
    ">=": "a comparison stands in brackets, as in [x > 0]",
    "[": "indexing is not part of a program",
    ".": "attributes are not part of a program: write sum(x) for x.sum()",
    '"': "text is not part of a program",
    "'": "text is not part of a program",
    ":=": "a statement names its node with =",
    "//": "a quotient is written /",
    "%": "remainders are not part of a program",
    "#": "comments are not part of a program",
    "{": "sets are not part of a program",
} | {c: f"a power is written **, as in x**{unicodedata.digit(c)}" for c in "⁰¹²³⁴⁵⁶⁷⁸⁹"}

_AN_OPERAND = "a number, a name, a function or '('"
_AN_OPERATOR = "an operator or the end of the statement"
_NO_KEYWORDS = "Python keywords are not part of a program"

_SETTINGS = {
    "axis": "a number such as 0, or a tuple such as (0, 1)",
    "keepdims": "True or False",
    "shape": "a tuple such as (2, 3)",
    "axes": "a tuple such as (1, 0)",
    "reps": "a number such as 2, or a tuple such as (2, 1)",
    **dict.fromkeys(
        ("axis1", "axis2", "ddof", "decimals", "destination", "k", "offset", "repeats", "shift", "source"),
        "a number such as 1",
    ),
}
"""The settings that calls may have, and what they take."""


class Infix(NamedTuple):
    """An operator between two operands: how tightly the whole binds, and how tightly the right one must."""

    op: Any
    level: str
    right: str


class Function(NamedTuple):
    """What a call may build: how many inputs it takes, which settings, and which of them it needs."""

    build: Callable[..., Node]
    arity: int
    settings: tuple[str, ...]
    needed: tuple[str, ...] = ()


def _public_ops() -> Iterator[Any]:
    """The ops that a program may use: those that take nodes alone, and settings that can be written."""
    for op in dict.fromkeys(OPS.values()):
        is_ours = op.__name__ in ops.__all__ and vars(ops)[op.__name__] is op
        if is_ours and op.arity and set(_needed(op)) <= _SETTINGS.keys() and not op.takes_list:
            yield op


def _needed(op: Any) -> tuple[str, ...]:
    """The settings that have no default."""
    parameters = inspect.signature(op).parameters
    return tuple(name for name in op.settings if parameters[name].default is inspect.Parameter.empty)


def _notated(pattern: str) -> Iterator[tuple[Any, re.Match[str]]]:
    """The public ops whose notation is of that form."""
    for op in _public_ops():
        written = getattr(op, "written", None)
        match = re.fullmatch(pattern, written.text) if written else None
        if match:
            yield op, match


def _functions() -> dict[str, Function]:
    functions: dict[str, Function] = {}
    for op in _public_ops():
        entry = Function(op, op.arity, tuple(name for name in _SETTINGS if name in op.settings), _needed(op))
        functions |= {op.function: entry, op.__name__: entry}
    for op, match in _notated(r"(\w+)\(.*\)"):  # σ(…)
        functions.setdefault(match[1], functions[op.function])
    for loss in (
        losses.bce,
        losses.bce_with_logits,
        losses.bernoulli,
        losses.likelihood,
        losses.log_bernoulli,
        losses.log_likelihood,
        losses.mse,
        losses.negative_log_likelihood,
    ):
        functions[loss.__name__] = Function(loss, 2, ())
    return functions


FUNCTIONS = _functions()
"""Every function that a program can call, by each name it goes by."""
INFIX = {match[1]: Infix(op, op.written.level, match[2]) for op, match in _notated(r"<\w+> ?([^\w\s<(]+) ?<(\w+)>")}
"""The operators, by the sign in their op's notation."""
COMPARISONS = {match[1]: op for op, match in _notated(r"\[<\w+> (.) <\w+>\]")}
"""The comparisons in brackets, by their sign."""
PREFIX = {match[1]: (op, match[2]) for op, match in _notated(r"([^\w\s<(]+)<(\w+)>")}
"""The signs before an operand: their op, and how tightly the operand must bind."""


class _Parser:
    """One reading of one program: a precedence climb over its tokens that builds the nodes as it goes."""

    def __init__(self, text: str, leaves: Mapping[str, Node]) -> None:
        self.text = text
        self.leaves = leaves
        self.tokens = list(_tokens(text))
        self.position = 0
        self.nodes: dict[str, Node] = {}
        self.symbols: dict[str, list[str]] = {}
        for name in leaves:
            self.symbols.setdefault(_symbol(name), []).append(name)
        self.depth = 0
        self.count = 0

    # Statements

    def program(self) -> Node:
        output: Value | None = None
        while self.here.kind != "end":
            if self.here.kind == "separator":
                self.position += 1
                continue
            output = self.statement()
        if output is None:
            raise ParseError("the program is empty; write an expression, such as mean(x**2)")
        return as_node(output)

    def statement(self) -> Value:
        start = self.here
        name = self.target() if start.kind == "name" and self.next.text == "=" else None
        if name and self.here.kind == "name" and self.next.text == "=":
            raise self.error(self.next, "found a second '=', expected one name for each statement: name = expression")
        value = self.expression("open")
        if self.here.text == "=":
            raise self.error(self.here, f"found '=', expected {_AN_OPERATOR}; left of = stands one name alone")
        if self.here.kind not in ("separator", "end"):
            raise self.unexpected(_AN_OPERATOR)
        if name is None:
            if any(token.kind not in ("separator", "end") for token in self.tokens[self.position :]):
                raise self.error(start, "nothing uses this statement: name it, as in a = …, or put it last")
            return value
        node = value if isinstance(value, Node) else Input(value)  # a named number may be replaced, so it is no literal
        if node.name is None:
            node.name = name
        self.nodes[name] = node
        self.symbols.setdefault(_symbol(name), []).append(name)
        return node

    def target(self) -> str:
        """The name before ``=``, which must be new."""
        token = self.advance()
        if keyword.iskeyword(token.text):
            raise self.error(token, f"{token.text!r} is a Python keyword and cannot be a name")
        for known in self.matching(token):
            first = "an earlier statement" if known in self.nodes and known not in self.leaves else "a leaf"
            raise self.error(token, f"{token.text!r} already names {first}; a name is given once: choose another")
        self.advance()
        return token.text

    # Expressions

    def expression(self, level: str) -> Value:
        """What stands here and binds at least as tightly as `level`."""
        left = self.operand(level)
        while True:
            infix = INFIX.get(_sign(self.here))
            if infix is None or LEVELS[infix.level] < LEVELS[level]:
                return left
            sign = self.advance()
            chain_nests = infix.right == infix.level  # as in a ** b ** c
            right = self.nested(infix.right, sign) if chain_nests else self.expression(infix.right)
            left = self.apply(infix.op, (left, right), sign)

    def operand(self, level: str) -> Value:
        token = self.here
        if token.kind == "sign" and (token.text == "+" or _sign(token) in PREFIX):
            self.advance()
            op, own_level = PREFIX.get(_sign(token), PREFIX["−"])  # a plus binds as a minus does
            value = self.nested(max(level, own_level, key=LEVELS.__getitem__), token)
            return value if token.text == "+" else self.apply(op, (value,), token)
        if token.kind == "number":
            return self.number(self.advance())
        if token.kind == "name":
            return self.call() if self.next.text == "(" else self.node(self.advance())
        if token.text == "(":
            self.advance()
            value = self.nested("open", token)
            self.close(token)
            return value
        if token.text == "[":
            return self.comparison(self.advance())
        raise self.unexpected(_AN_OPERAND)

    def comparison(self, bracket: Token) -> Value:
        """``[a > b]``, the number 1 where it is true and 0 where it is false."""
        left = self.nested("open", bracket)
        op = COMPARISONS.get(_sign(self.here))
        if op is None:
            raise self.unexpected("a comparison in brackets, such as [x > 0]")
        sign = self.advance()
        right = self.nested("open", sign)
        if self.here.text != "]":
            raise self.unexpected("']' after the comparison")
        self.advance()
        return self.apply(op, (left, right), sign)

    def nested(self, level: str, token: Token) -> Value:
        """An expression one level deeper."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error(token, f"this nests more than {DEEPEST} deep; name a part of it in a statement of its own")
        value = self.expression(level)
        self.depth -= 1
        return value

    def number(self, token: Token) -> float:
        try:
            return number(token.text)
        except ValueError as error:
            raise self.error(token, str(error)) from None

    def node(self, token: Token) -> Node:
        """The leaf or the statement of that name."""
        found = self.matching(token)
        if not found:
            raise self.unknown(token)
        if len(found) > 1:
            raise self.error(token, f"{token.text!r} may be {' or '.join(found)}; write the one that is meant")
        name = found[0]
        if name not in self.nodes:
            leaf = self.leaves[name]
            if not isinstance(leaf, Node):
                raise TypeError(f"parse(…, leaves): leaves[{name!r}] is {leaf!r:.60}; give a node, as in gg.Input(2.0)")
            if leaf.name is None:
                leaf.name = name
            self.nodes[name] = leaf
        return self.nodes[name]

    def matching(self, token: Token) -> list[str]:
        """The known names that `token` may stand for: the same, else those that look the same as mathematics."""
        name = token.text
        if len(name) > LONGEST_NAME:
            raise self.error(token, f"a name of {len(name):,} characters; names have at most {LONGEST_NAME}")
        if name in self.nodes or name in self.leaves:
            return [name]
        return self.symbols.get(_symbol(name), [])

    # Calls

    def call(self) -> Value:
        name = self.advance()
        function = FUNCTIONS.get(name.text)
        if function is None:
            raise self.unknown_function(name)
        parenthesis = self.advance()
        operands: list[Value] = []
        settings: dict[str, Any] = {}
        while self.here.text != ")":
            if self.here.kind == "name" and self.next.text == "=":
                setting = self.setting_name(name, function, settings)
                settings[setting] = self.setting_value(setting)
            elif settings:
                raise self.error(self.here, f"found {_found(self.here)}, expected a setting: inputs come first")
            else:
                operands.append(self.nested("open", name))
            if self.here.text != ",":
                break
            self.advance()
        self.close(parenthesis)
        if len(operands) != function.arity:
            raise self.error(name, f"{name.text} takes {_inputs(function.arity)}, found {len(operands)}")
        for setting in function.needed:
            if setting not in settings:
                raise self.error(name, f"{name.text} needs {setting}=, {_SETTINGS[setting]}")
        return self.apply(function.build, tuple(operands), name, settings)

    def setting_name(self, name: Token, function: Function, settings: Mapping[str, Any]) -> str:
        token = self.advance()
        self.advance()
        if token.text not in function.settings:
            known = " and ".join(f"{setting}=" for setting in function.settings) or "no settings"
            raise self.error(token, f"{name.text} has no setting {_cut(token.text)!r}; it takes {known}")
        if token.text in settings:
            raise self.error(token, f"{token.text}= is given twice")
        return token.text

    def setting_value(self, setting: str) -> Any:
        if setting == "keepdims" and self.here.text in ("True", "False"):
            return self.advance().text == "True"
        if "a tuple" in _SETTINGS[setting] and self.here.text == "(":
            return self.integers(setting)
        if "a number" in _SETTINGS[setting] and (self.here.kind == "number" or _sign(self.here) == "−"):
            return self.integer(setting)
        raise self.unexpected(f"{setting}= with {_SETTINGS[setting]}")

    def integers(self, setting: str) -> tuple[int, ...]:
        parenthesis = self.advance()
        numbers: list[int] = []
        while self.here.text != ")":
            numbers.append(self.integer(setting))
            if self.here.text != ",":
                break
            self.advance()
        self.close(parenthesis)
        return tuple(numbers)

    def integer(self, setting: str) -> int:
        negative = _sign(self.here) == "−"
        if negative:
            self.advance()
        if not re.fullmatch("[0-9]{1,9}", self.here.text):
            raise self.unexpected(f"a whole number of at most 9 digits in {setting}=")
        number = int(self.advance().text)
        return -number if negative else number

    # Nodes

    def apply(
        self, build: Callable[..., Node], operands: tuple[Value, ...], token: Token, settings: Mapping[str, Any] = {}
    ) -> Value:
        """What `build` makes of the operands: a node, or a number if it is an operator on numbers alone."""
        values = [operand.value if isinstance(operand, Node) else operand for operand in operands]
        numbers_alone = all(type(value) is float for value in values)
        try:
            with np.errstate(all="ignore" if numbers_alone else None):  # an error below says more
                node = build(*operands, **settings)
        except (ValueError, TypeError, MemoryError) as error:
            raise self.error(token, str(error)) from None
        if numbers_alone and not np.all(np.isfinite(node.value)):
            given = " and ".join(literal(value).text for value in values)
            result = numerals.array(node.value)
            raise self.error(token, f"{token.text!r} of {given} is {result}: numbers alone must give a finite number")
        if token.kind == "sign" and not any(isinstance(operand, Node) for operand in operands):
            return float(node.value)
        self.count_nodes(node, operands, token)
        return node

    def count_nodes(self, node: Node, operands: tuple[Value, ...], token: Token) -> None:
        """Count the nodes from `node` back to its operands."""
        seen = {operand for operand in operands if isinstance(operand, Node)}
        waiting = [node]
        while waiting:
            new = waiting.pop()
            if new not in seen:
                seen.add(new)
                self.count += 1
                waiting.extend(new.inputs)
        if self.count > MOST_NODES:
            raise self.error(token, f"the program builds more than {MOST_NODES:,} nodes; split it")

    # Tokens and errors

    @property
    def here(self) -> Token:
        return self.tokens[self.position]

    @property
    def next(self) -> Token:
        return self.tokens[min(self.position + 1, len(self.tokens) - 1)]

    def advance(self) -> Token:
        self.position += 1
        return self.tokens[self.position - 1]

    def close(self, parenthesis: Token) -> None:
        if self.here.text != ")":
            line, column = self.place(parenthesis)
            raise self.unexpected(f"an operator, or ')' for the '(' at line {line}, column {column}")
        self.advance()

    def unexpected(self, expected: str) -> ParseError:
        token = self.here
        hint = _HINTS.get(token.text, "")
        if token.kind == "name" and keyword.iskeyword(token.text):
            hint = _NO_KEYWORDS
        elif token.text == "," and "')'" in expected:
            hint = "only calls and settings such as axis=(0, 1) have commas"
        elif "operator" in expected and (token.kind in ("number", "name") or token.text == "("):
            hint = "a product is written with *"
        return self.error(token, f"found {_found(token)}, expected {expected}" + (f"; {hint}" if hint else ""))

    def unknown(self, token: Token) -> ParseError:
        name = token.text
        if name in FUNCTIONS:
            return self.error(token, f"{name!r} is a function: call it, as in {name}(…)")
        if keyword.iskeyword(name):
            return self.error(token, f"found {name!r}, expected {_AN_OPERAND}; {_NO_KEYWORDS}")
        known = list(dict.fromkeys([*self.nodes, *self.leaves]))
        return self.error(token, f"unknown name {name!r}{_suggestion(name, known, 'no names are given')}")

    def unknown_function(self, token: Token) -> ParseError:
        name = token.text
        if self.matching(token):
            return self.error(token, f"{name!r} is a node and cannot be called; a product is written {name}*(…)")
        if keyword.iskeyword(name):
            return self.error(token, f"found {name!r}, expected {_AN_OPERAND}; {_NO_KEYWORDS}")
        return self.error(
            token, f"unknown function {name!r}{_suggestion(name, [f for f in FUNCTIONS if f.islower()], '')}"
        )

    def place(self, token: Token) -> tuple[int, int]:
        """Line and column of a token, counted from 1."""
        before = self.text[: token.start]
        return before.count("\n") + 1, token.start - before.rfind("\n")

    def error(self, token: Token, message: str) -> ParseError:
        line, column = self.place(token)
        marked = max(len(token.text), 1) if token.kind != "separator" else 1
        shown = _marked(self.text.split("\n")[line - 1], column - 1, marked)
        return ParseError(f"line {line}, column {column}: {message}\n{shown}")


def _sign(token: Token) -> str:
    return _SPELLINGS.get(token.text, token.text)


def _symbol(name: str) -> str:
    return unicodedata.normalize("NFC", mathematics(name).text)


def _inputs(count: int) -> str:
    return f"{count} input" if count == 1 else f"{count} inputs"


def _found(token: Token) -> str:
    if token.kind == "end":
        return "the end of the program"
    return "the end of the line" if token.text == "\n" else repr(_cut(token.text))


def _cut(text: str, longest: int = 24) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def _suggestion(name: str, known: list[str], none: str) -> str:
    close = difflib.get_close_matches(name, known, n=3)
    if close:
        return f"; did you mean {' or '.join(close)}?"
    if not known:
        return f"; {none}"
    more = ", …" if len(known) > 12 else ""
    return f"; known: {', '.join(sorted(known)[:12])}{more}"


def _marked(line: str, column: int, length: int, width: int = 100) -> str:
    """The line, cut around the spot if it is long, and carets under the spot."""
    start = max(0, column - width // 2) if len(line) > width else 0
    end = min(len(line), start + width)
    head, tail = "…" * (start > 0), "…" * (end < len(line))
    before, spot = line[start:column], line[column : min(column + length, end)]
    shown = "".join(c if c.isprintable() else " " for c in line[start:end])
    return f"    {head}{shown}{tail}\n    {' ' * (len(head) + _columns(before))}{'^' * max(_columns(spot), 1)}"


def _columns(text: str) -> int:
    """How many columns of a terminal `text` takes: combining marks take none, wide characters two."""
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)
