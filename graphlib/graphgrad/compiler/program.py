"""Programs: a graph and its gradients as a function of its leaves, for any number of rows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from graphgrad.compiler.agreement import check_agreement
from graphgrad.compiler.arguments import Argument, bound, count_of_rows
from graphgrad.compiler.code import Code
from graphgrad.compiler.entry import NotPlain, entry, exit_of
from graphgrad.compiler.explain import explained
from graphgrad.compiler.graph import identifiers, traced_graph
from graphgrad.compiler.reserved import is_reserved
from graphgrad.compiler.rows import RowsMixed
from graphgrad.compiler.scalars import MOST_ROWS
from graphgrad.compiler.traced import Untraceable
from graphgrad.compiler.wrt import as_met, rows_of, targets_of
from graphgrad.node import Node
from graphgrad.sweep import topological

_OF_DERIVATIVES = frozenset({"sum_like", "broadcast_like", "reshape_like"})
KEPT = 8
"""For how many numbers of rows a program that cannot take them in blocks is kept."""


def compile(
    loss: Node,
    wrt: Any = None,
    *,
    rows: Iterable[str] | None = None,
    workers: int = 1,
    block: int | None = None,
) -> Program:
    """The graph and its backward pass as one fast function of its leaves, for any number of rows.

    The rows lie along the first axis of every Input that has an axis. Where they are independent but for sums, means
    and the like, the program takes them in blocks that stay in the processor's cache, forward and backward together.

    What a loss checked when it was built, such as its labels, the program does not check again.

    Args:
        loss: the node to be computed, of one element; of any shape where `wrt` is empty.
        wrt: the nodes, or names of nodes, to differentiate with respect to, one or several; by default all Parameters.
        rows: the names of the leaves along whose first axis the rows lie, where it is not every Input with an axis.
        workers: how many threads share the blocks, from 1. Two pay from some hundred thousand rows on.
        block: how many rows a block has, from 1; by default as many as fit in the cache.

    Raises:
        TypeError: `loss` is no node, `wrt` or `rows` holds what is neither a node nor a name, or a rule cannot be
            traced; the message names the op.
        ValueError: `loss` has several elements, the Inputs differ in their first axis, two leaves have one name, a
            node or a name is given that the graph does not have, or `workers` or `block` is none of these numbers.

    >>> x, y, w = gg.Input([1.0, 2.0], name="x"), gg.Input([1.0, 3.0], name="y"), gg.Parameter(0.5, name="w")
    >>> program = gg.compile(gg.mse(w * x, y))
    >>> value, gradients = program(x=[1.0, 2.0, 3.0], y=[1.0, 3.0, 5.0], w=1.0)
    >>> print(f"{value:.4f} {gradients['w']:.4f}")
    1.6667 -5.3333
    """
    call = f"compile({loss!r:.60})"
    targets = targets_of(loss, wrt, call)
    for name, number in (("workers", workers), ("block", block)):
        may_be_none = name == "block"
        is_count = isinstance(number, int | np.integer) and not isinstance(number, bool) and number >= 1
        if not is_count and not (may_be_none and number is None):
            raise ValueError(f"{call}: {name}={number!r:.40}; give a whole number from 1")
    wrt = {target.name or target: target for target in targets}
    if len(wrt) < len(targets):
        raise ValueError(f"{call}: wrt holds two nodes of one name; give each its own name")
    try:
        program = Program(loss, wrt, rows_of(topological(loss), rows, call), workers, block)
    except Untraceable as error:
        raise TypeError(f"{call}: {error}") from error.__cause__
    twice = sorted({name for name in program.names if program.names.count(name) > 1})
    if twice:
        raise ValueError(f"{call}: two leaves are named {twice[0]!r}; give each its own name")
    return program


def program_of(loss: Node, leaves: Sequence[Node]) -> Callable[[Mapping[Node, Any]], tuple[Any, dict[Node, Any]]]:
    """A graph and its gradients as a function of some of its leaves, by node; the others keep their values."""
    order = topological(loss)
    try:
        with_rows = rows_of(order, None, "")
    except ValueError:  # which axis holds the rows is not clear, so nothing is taken in blocks
        with_rows = set()
    program = Program(loss, {leaf: leaf for leaf in leaves}, with_rows)
    rows = next((len(leaf.value) for leaf in with_rows), None)
    return partial(program.at, rows)


class Program:
    """A compiled graph: call it with its leaves by name, and get its value and its gradients.

    Several threads may call it at once. Made by :func:`compile`, which says what can go wrong.

    Attributes:
        names: the names of the leaves that it takes.
        wrt: for each gradient the name of its node; the node itself, if it has none.
        workers: how many threads share the blocks of rows.
        block: how many rows a block has; None for as many as fit in the cache.

    >>> w, x = gg.Parameter(0.5, name="w"), gg.Input([1.0, 2.0], name="x")
    >>> program = gg.compile(gg.Mean((w * x) ** 2))
    >>> program, program.names, program.wrt
    (<Program of x, w: value and 1 gradient>, ('x', 'w'), ('w',))
    """

    def __init__(
        self,
        loss: Node,
        wrt: Mapping[Any, Node],
        with_rows: set[Node],
        workers: int = 1,
        block: int | None = None,
    ) -> None:
        targets = list(wrt.values())
        self._order = topological(loss)
        self._targets = targets
        self._with_rows = with_rows
        self._identifiers = identifiers(self._order, {}, is_reserved)
        self._arguments = [
            Argument(leaf, leaf.name, leaf.shape[leaf in with_rows :], leaf in with_rows, leaf.dtype)
            for leaf in as_met(self._order)
        ]
        self.names = tuple(argument.name for argument in self._arguments if argument.name)
        self.wrt = tuple(wrt)
        self.workers = workers
        self.block = block
        self._call = f"program({', '.join(f'{name}=…' for name in self.names)})"
        self._mixed = ""
        self._code: Code | None = None
        self._by_count: dict[int, Code] = {}
        self._lock = threading.Lock()
        self._is_bare = False
        try:
            self._code = self._traced(None)
        except (RowsMixed, Untraceable) as mixed:  # with a number of rows, the rules may be as they must
            self._mixed = str(mixed)
            self._code_for(None)
        else:
            self._is_bare = self._code.is_scalar and not with_rows and len(self.names) == len(self._arguments)
        self._only_one_row = self._own_rows() == 1 and any(node.function in _OF_DERIVATIVES for node in self._order)
        self._finish = exit_of(self.wrt, [leaf.dtype for leaf in (loss, *targets)])
        names = [self._identifiers[argument.leaf] for argument in self._arguments]
        on_numbers = self._code is not None and self._code.is_scalar and block is None
        self._enter = entry(self._arguments, names, MOST_ROWS if on_numbers and not self._only_one_row else 0)
        self._on_numbers = self._code if on_numbers else None

    def __call__(
        self, given: Mapping[Node, Any] | None = None, /, *more: Any, **values: Any
    ) -> tuple[Any, dict[Any, Any]]:
        """The value and the gradients, by name; arrays are read-only.

        A leaf without a name keeps the value that it has in the graph, unless it is given as ``{node: value}``. Lists,
        integers and Booleans are converted, and float32 to float64; a program of float32 refuses arrays of float64.

        Args:
            given: leaves as ``{node: value}``.
            more: nothing; what comes without a name is refused.
            values: leaves by name, each of the shape it has in the graph, but with any number of rows from 1.

        Returns:
            The value, and a dict of gradients: by name, or by node where the node has none.

        Raises:
            TypeError: a leaf is missing, unknown, given twice or without a name, or is no real numbers of its dtype.
            ValueError: a shape or a number of rows does not fit, or a number is beyond the range of float32.

        >>> w, x = gg.Parameter(0.5, name="w"), gg.Input([1.0, 2.0], name="x")
        >>> program = gg.compile(gg.Sum(w * x), wrt=["w", "x"])
        >>> program(x=[1.0, 2.0, 3.0], w=2.0)
        (np.float64(12.0), {'w': np.float64(6.0), 'x': array([2., 2., 2.])})
        """
        if given is None and self._enter is not None:
            try:
                plain, rows, are_numbers = self._enter(**values)
                if are_numbers and self._on_numbers is not None:
                    return self._finish(*self._on_numbers.scalar_function(*plain))
            except (NotPlain, TypeError, ArithmeticError, ValueError):
                pass  # the values are looked at more closely below, and Python raises where NumPy gives an infinity
            else:
                return self._run(plain, rows)
        if more:
            raise TypeError(f"{self._call}: {1 + len(more)} values came without a name; give the leaves by name")
        checked = bound(self._arguments, given, values, self._call)
        return self._run(checked, count_of_rows(self._arguments, checked, self._call))

    def _run(self, values: Sequence[Any], rows: int | None) -> tuple[Any, dict[Any, Any]]:
        if self._only_one_row and rows != 1:
            raise ValueError(
                f"{self._call}: {rows} rows are given. The graph, which holds a derivative, was built of one, and for "
                f"more its form is another: compile it from two rows or more"
            )
        code = self._code or self._code_for(rows)
        if code.is_scalar and (rows is None or rows <= MOST_ROWS) and self.block is None:
            try:
                numbers = [value if type(value) is float else value.tolist() for value in values]
                return self._finish(*code.scalar_function(*numbers, *[rows] * code.has_rows))
            except (ArithmeticError, ValueError):
                pass  # Python raises where NumPy gives an infinity or NaN
        return self._finish(*code.run(values, rows if code.has_rows else None, self.workers, self.block))

    def at(self, rows: int | None, values: Mapping[Node, Any]) -> tuple[Any, dict[Node, Any]]:
        """The value and the gradients by node, of `rows` rows, where some leaves have other `values`.

        Nothing is checked: the values have the shape and dtype of their leaves. A loop such as that of :func:`fit` asks
        for no more; :meth:`__call__` is for everyone else.

        >>> w, x = gg.Parameter(0.5, name="w"), gg.Input(np.ones(2), name="x")
        >>> gg.compile(gg.Sum(w * x)).at(2, {w: np.float64(2.0)})
        (np.float64(4.0), {'w': np.float64(2.0)})
        """
        given = [values.get(argument.leaf, argument.leaf.value) for argument in self._arguments]
        return self._run(given, rows)

    @property
    def bare(self) -> Callable[..., tuple[Any, ...]]:
        """The function of a graph of single numbers, without checks: it takes them in the order of `names`.

        It gives the value and the gradients as a tuple of Python's numbers, and raises Python's own errors, such as
        OverflowError, where the program would give an infinity or NaN.

        Raises:
            ValueError: the program works with arrays, or a leaf has no name.

        >>> program = gg.compile(gg.Parameter(2.0, name="a") * gg.Parameter(5.0, name="b"))
        >>> program.names, program.bare(3.0, 4.0)
        (('a', 'b'), (12.0, 4.0, 3.0))
        """
        if not self._is_bare or self._code is None:
            raise ValueError("bare: only a program of single numbers has a bare function; call the program itself")
        return self._code.scalar_function

    @property
    def source(self) -> str:
        """The text of the functions that run, as Python; :func:`graphgrad.source` gives one to read.

        >>> program = gg.compile(gg.Parameter(2.0, name="a") * gg.Parameter(5.0, name="b"))
        >>> print(program.source.partition("# over NumPy")[0].strip())
        # over Python's numbers
        <BLANKLINE>
        def run(a, b):
            v2 = a * b
            return v2, b, a,
        """
        code = self._code or self._code_for(None)
        texts = [f"# over NumPy\n\n{code.block_text.text}"]
        if code.is_scalar:
            few = f", for up to {MOST_ROWS} rows" if code.has_rows else ""
            texts.insert(0, f"# over Python's numbers{few}\n\n{code.scalar_text}")
        return "\n\n".join(texts)

    def explain(self) -> str:
        """How the program runs: what it takes in blocks, what is computed whole and why, what memory it needs.

        >>> x, w = gg.Input(np.ones((100, 3)), name="x"), gg.Parameter(np.ones(3), name="w")
        >>> print(gg.compile(gg.Mean(gg.Sigmoid(x @ w)), block=50).explain())
        Rows: the first axis of x.
        Any number of rows:
          loop 1 of 1 over blocks of up to 50 rows. Instructions: 9; sums and the like: 2; buffers: 2, with the data
          48 bytes for each row of a block.
        Arrays as long as the data that it needs beside them: none.
        """
        rows = [argument.name or "an unnamed leaf" for argument in self._arguments if argument.has_rows]
        return explained(self._code or self._code_for(None), rows, self._mixed, self.block, self.workers)

    def __repr__(self) -> str:
        return f"<Program of {', '.join(self.names)}: value and {len(self.wrt)} gradient{'s' * (len(self.wrt) != 1)}>"

    def _traced(self, count: int | None) -> Code:
        """The program for any number of rows, or for one."""
        graph = traced_graph(self._order, self._targets, self._identifiers, self._with_rows, count)
        code = Code(graph, [self._identifiers[argument.leaf] for argument in self._arguments])
        rows = self._own_rows() if self._with_rows else None
        if count in (None, rows):
            leaves = [argument.leaf for argument in self._arguments]
            check_agreement(code, self._order, self._targets, leaves, rows if code.has_rows else None)
        return code

    def _own_rows(self) -> int:
        """How many rows the graph has that the program was compiled from."""
        return next((len(leaf.value) for leaf in self._with_rows), 0)

    def _code_for(self, count: int | None) -> Code:
        """The program for one number of rows, by default that of the graph it was compiled from."""
        count = self._own_rows() if count is None else count
        known = self._by_count.get(count)
        if known is not None:
            return known
        try:
            code = self._traced(count)
        except (Untraceable, ValueError) as error:
            if count == self._own_rows():
                raise
            raise ValueError(
                f"{self._call}: {count} rows do not fit the graph, which was compiled with {self._own_rows()}: "
                f"{error.__cause__ or error}. Give as many rows, or build the graph of these"
            ) from None
        with self._lock:
            while len(self._by_count) >= KEPT:
                self._by_count.pop(next(iter(self._by_count)))
            self._by_count[count] = code
        return code
