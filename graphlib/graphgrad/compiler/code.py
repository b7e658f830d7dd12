"""The texts of a program, each written and made a function when it is first needed."""

from __future__ import annotations

import linecache
import threading
import weakref
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import count
from typing import Any

import numpy as np

from graphgrad.compiler import blocks, scalars
from graphgrad.compiler.blocks import BlockText, block_text
from graphgrad.compiler.graph import TracedGraph
from graphgrad.compiler.looping import Looper, Loops
from graphgrad.compiler.optimize import optimize
from graphgrad.compiler.stages import Plan, plan
from graphgrad.compiler.traced import live, live_uses

_numbers = count(1)


class Code:
    """What runs: a function over Python's numbers, where the graph allows it, and one over NumPy.

    Both take the leaves in order and give the value and the gradients.
    """

    def __init__(self, graph: TracedGraph, arguments: list[str]) -> None:
        outputs = [graph.output, *graph.gradients]
        values = graph.tracer.values
        uses = live_uses(values, outputs)
        self.outputs = optimize(graph.tracer, live(values, uses), outputs, uses)
        self.plan: Plan = plan(live(values, live_uses(values, self.outputs)), self.outputs)
        self.arguments = arguments
        self.has_rows = graph.tracer.rows is not None
        self.is_scalar = scalars.is_scalar(self.plan, self.outputs)
        self.made_by = graph.tracer.made_by
        self._lock = threading.RLock()

    @cached_property
    def scalar_text(self) -> str:
        """The function over Python's numbers."""
        return scalars.scalar_text(self.plan, self.outputs, self.arguments, self.has_rows)

    @cached_property
    def block_text(self) -> BlockText:
        """The function over NumPy."""
        return block_text(self.plan, self.outputs, self.arguments, self.has_rows)

    @cached_property
    def scalar_function(self) -> Callable[..., tuple[Any, ...]]:
        """The function over Python's numbers, compiled."""
        function: Callable[..., tuple[Any, ...]] = self._defined(self.scalar_text, dict(scalars.NAMES))["run"]
        return function

    @cached_property
    def _over_arrays(self) -> tuple[Callable[..., tuple[Any, ...]], list[Looper]]:
        with self._lock:
            names = self._defined(self.block_text.text, blocks.NAMES | self.block_text.constants)
            return names["run"], [Looper(loop, names[f"block_{loop.number}"]) for loop in self.block_text.loops]

    @property
    def loopers(self) -> list[Looper]:
        """What runs the loops over rows."""
        return self._over_arrays[1]

    def run(self, values: Sequence[Any], rows: int | None, workers: int, block: int | None) -> tuple[Any, ...]:
        """The value and the gradients, over NumPy."""
        run, loopers = self._over_arrays
        values = [np.float64(value) if type(value) is float else value for value in values]
        try:
            if rows is None:
                return run(*values)
            return run(*values, float(rows), Loops(loopers, rows, workers, block).run)
        except Exception as error:
            self._name_place(error)
            raise

    def _defined(self, text: str, names: dict[str, Any]) -> dict[str, Any]:
        """The names after the text has run. It is our own: of the user's it holds checked identifiers and numbers."""
        origin = f"<graphgrad program {next(_numbers)}>"
        linecache.cache[origin] = (len(text), None, text.splitlines(keepends=True), origin)  # for tracebacks
        weakref.finalize(self, linecache.cache.pop, origin, None)
        exec(compile(text, origin, "exec"), names)
        return names

    def _name_place(self, error: Exception) -> None:
        """Add to an error the node at which it arose."""
        trace = error.__traceback__
        line = None
        while trace is not None:
            if trace.tb_frame.f_code.co_filename.startswith("<graphgrad program"):
                line = trace.tb_lineno
            trace = trace.tb_next
        if line is None:
            return
        text = self.block_text.text.splitlines()[line - 1].strip()
        name = text.partition(" = ")[0].removeprefix("v")
        node = self.made_by.get(int(name)) if name.isdigit() else None
        error.add_note(f"in the compiled program, where {node or 'a gradient'} is computed: {text}")
