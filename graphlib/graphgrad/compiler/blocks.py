"""A program over NumPy: rows in blocks that stay in the cache, in buffers that are used again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from graphgrad.compiler.calls import argument, may_raise, numpy_call
from graphgrad.compiler.loops import Buffer, Loop, reference
from graphgrad.compiler.rows import Rows, row_axis
from graphgrad.compiler.stages import Plan, Stage
from graphgrad.compiler.text import Text, number, operation
from graphgrad.compiler.trace import ELEMENTWISE
from graphgrad.compiler.traced import Traced, traced_in


def quiet(function: np.ufunc) -> Any:
    """The same function without NumPy's warning of an overflow, which a rule says is right."""

    def quietly(*args: Any) -> Any:
        with np.errstate(over="ignore"):
            return function(*args)

    return quietly


NAMES = {"np": np, "asarray": np.asarray, "add_up": np.add.reduce, "copyto": np.copyto}
NAMES |= {name: getattr(np, name) for name in ELEMENTWISE}
NAMES |= {f"quiet_{name}": quiet(getattr(np, name)) for name in ELEMENTWISE}
"""What the text of a program may use."""

_OUT_BY_NAME = frozenset({"maximum", "minimum"})


@dataclass(eq=False, slots=True)
class BlockText:
    """A program as text: `text` defines ``run`` and a function for each of `loops`."""

    text: str
    loops: list[Loop]
    constants: dict[str, np.ndarray]


def block_text(plan: Plan, outputs: Sequence[Traced], arguments: Sequence[str], has_rows: bool) -> BlockText:
    """Write a planned program; with rows, its function also takes how many there are and what runs a loop."""
    constants: dict[str, np.ndarray] = {}
    loops: list[Loop] = []
    lines: list[str] = []
    for stage in plan.stages:
        for value in stage.before:
            lines += _flat_line(value, constants)
        if stage.rows or stage.reductions:
            loop = _Writer(stage, len(loops), constants).loop()
            loops.append(loop)
            lines.append(_call(loop))
    results = [_result(value) for value in outputs]
    signature = ", ".join([*arguments, *(["rows", "loop"] if has_rows else [])])
    run = "\n    ".join([f"def run({signature}):", *lines, f"return {', '.join(results)},"])
    return BlockText("\n\n".join([*(loop.text for loop in loops), run + "\n"]), loops, constants)


def _call(loop: Loop) -> str:
    """The line of `run` that runs a loop."""
    results = _tuple(reference(value) for value in (*loop.reduced, *loop.stored))
    return f"{results} = loop({loop.number}, {_tuple(map(reference, loop.sliced))}, {_tuple(map(_flat, loop.flats))})"


def _flat(value: Traced) -> str:
    """A value without rows as an array, which NumPy takes faster than a number; a number without a dtype as it is."""
    return reference(value) if value.is_weak else f"asarray({reference(value)})"


def _tuple(items: Any) -> str:
    inside = ", ".join(items)
    return f"({inside},)" if inside else "()"


def _result(value: Traced) -> str:
    """A result; what may be an argument, or a part of one, is copied, so that nobody's later change reaches it."""
    if value.function == "literal":
        return number(value.args[0], whole=False).text
    is_ours = (row_axis(value.shape) is not None and value.function != "leaf") or _allocates(value)
    return reference(value) if is_ours else f"np.array({reference(value)})"


def _flat_line(value: Traced, constants: dict[str, np.ndarray]) -> list[str]:
    """The line of a value that is computed at once."""
    if value.function in ("leaf", "literal"):
        return []
    if value.function == "constant":
        constants[reference(value)] = value.args[0]
        return []
    if value.function == "rows":
        return [f"{reference(value)} = rows"]
    operands = [argument(arg, lambda operand: Text(reference(operand))) for arg in value.args]
    if value.is_quiet and value.function != "power":
        return [f"{reference(value)} = quiet_{value.function}({', '.join(operand.text for operand in operands)})"]
    written = None if may_raise(value) else operation(value.function, operands)
    text = written or numpy_call(value, operands, _length)
    return [f"{reference(value)} = {text.text}"]


def _length(length: Any) -> str:
    return "int(rows)" if isinstance(length, Rows) else str(length)


def _allocates(value: Traced) -> bool:
    """Whether the result of an instruction is new memory; of others it may be that of an operand."""
    return value.function in ELEMENTWISE or value.function in ("matmul", "sum", "mean", "max", "min", "prod", "full")


class _Writer:
    """Writes the body of one loop: each value gets a buffer, which is free again after its last use."""

    def __init__(self, stage: Stage, place: int, constants: dict[str, np.ndarray]) -> None:
        self.out = Loop(place, stored=stage.stored, reduced=stage.reductions)
        self.constants = constants
        self.computed = {value.number for value in stage.rows}
        self.stored = {value.number for value in stage.stored}
        self.fused = self._fused(stage)
        self.steps = [value for value in (*stage.rows, *stage.reductions) if value.number not in self.fused]
        self.roots = self._roots(stage)
        self.last_use = {
            root: step
            for step, value in enumerate(self.steps)
            for operand in self._operands(value)
            for root in self.roots.get(operand.number, ())
        }
        self.names: dict[int, str] = {}
        self.held: dict[int, tuple[Buffer, str]] = {}
        self.free: dict[Buffer, list[str]] = defaultdict(list)

    def loop(self) -> Loop:
        """The loop."""
        results = []
        for step, value in enumerate(self.steps):
            if value.number in self.computed:
                self._row(step, value)
            else:
                name = reference(value)
                self.out.lines.append(f"{name} = {self._reduction(value)}")
                results.append(name)
            self._release(step)
        self.out.lines.append(f"return {_tuple(results)}")
        for value in self.steps:
            if value.function == "matmul":
                self.out.products_per_row = max(self.out.products_per_row, _products_per_row(value))
        return self.out

    # What is read, and for how long

    def _fused(self, stage: Stage) -> set[int]:
        """Products of two vectors that are summed and nothing else: one dot product does both."""
        uses: dict[int, int] = defaultdict(int)
        for value in (*stage.rows, *stage.reductions):
            for operand in traced_in(value.args):
                uses[operand.number] += 1
        sums = [value for value in stage.reductions if value.function == "sum" and not value.settings["keepdims"]]
        summed = [operand for value in sums for operand in value.operands()]
        return {
            product.number
            for product in summed
            if uses[product.number] == 1
            and product.number in self.computed - self.stored
            and factors(product) is not None
        }

    def _operands(self, value: Traced) -> list[Traced]:
        """The values that are read to compute a value."""
        read: list[Traced] = []
        for operand in traced_in(value.args):
            read += factors(operand) or [] if operand.number in self.fused else [operand]
        return read

    def _roots(self, stage: Stage) -> dict[int, set[int]]:
        """For each value the values in whose buffers it may lie: its own, or, as a view, those of its operands."""
        roots: dict[int, set[int]] = {}
        for value in stage.rows:
            own = {value.number}
            inherited = (roots.get(operand.number, set()) for operand in self._operands(value))
            roots[value.number] = own if _allocates(value) else own.union(*inherited)
        return roots

    def _release(self, step: int) -> None:
        """Free the buffers that are not read after a step."""
        for root in [root for root in self.held if self.last_use.get(root, -1) <= step]:
            buffer, name = self.held.pop(root)
            self.free[buffer].append(name)

    # Names

    def _name(self, value: Traced) -> str:
        """Where a value is: in a buffer, in a variable, or in an argument."""
        if value.function == "literal":
            return number(value.args[0], whole=False).text
        if value.function == "constant":
            self.constants[reference(value)] = value.args[0]
            return reference(value)
        if value.number not in self.names:
            (self.out.flats if row_axis(value.shape) is None else self.out.sliced).append(value)
            self.names[value.number] = reference(value)
        return self.names[value.number]

    def _number(self, arg: float, value: Traced) -> str:
        """A number as an array without axes, which NumPy takes faster than Python's own."""
        floats = [operand.dtype for operand in value.operands() if operand.dtype.kind == "f" and not operand.is_weak]
        array = np.array(arg, np.result_type(*floats) if floats else np.float64)
        name = f"c_{array.dtype.char}{array.tobytes().hex()}"
        self.constants[name] = array
        return name

    def _ones(self) -> str:
        self.out.needs_ones = True
        return "ones"

    def _target(self, step: int, value: Traced, *, in_place: bool = False) -> str:
        """What a value is written to: its part of the result, the buffer of an operand that ends here, or another."""
        if value.number in self.stored:
            name = f"out{value.number}"
        else:
            buffer = Buffer.of(value)
            ends = [operand.number for operand in self._operands(value) if self.last_use.get(operand.number) == step]
            reused = [n for n in ends if in_place and n in self.held and self.held[n][0] == buffer]
            if reused:
                _, name = self.held.pop(reused[0])
            elif self.free[buffer]:
                name = self.free[buffer].pop()
            else:
                name = f"t{len(self.out.buffers)}"
                self.out.buffers.append(buffer)
            self.held[value.number] = (buffer, name)
        self.names[value.number] = name
        return name

    # Lines

    def _row(self, step: int, value: Traced) -> None:
        """The line that computes a value for a block of rows."""
        function = value.function
        names = [self._name(arg) if isinstance(arg, Traced) else self._number(arg, value) for arg in _plain_args(value)]
        if function == "full" and value.ndim == 1 and _is_one(value.args[0]) and value.dtype == np.float64:
            self.names[value.number] = self._ones()
            if value.number in self.stored:
                self.out.lines.append(f"out{value.number}[...] = 1.0")
        elif function in ELEMENTWISE - {"where", "round"}:
            target = self._target(step, value, in_place=True)
            target = f"out={target}" if function in _OUT_BY_NAME else target
            quiet = "quiet_" * value.is_quiet
            self.out.lines.append(f"{quiet}{function}({', '.join([*names, target])})")
        elif function == "full":
            self.out.lines.append(f"copyto({self._target(step, value)}, {names[0]})")
        elif function == "matmul":
            target = self._target(step, value)
            is_dot = value.ndim <= 2 and not (value.number in self.stored and row_axis(value.shape))
            product = f"{names[0]}.dot({names[1]}" if is_dot else f"np.matmul({names[0]}, {names[1]}"
            self.out.lines.append(f"{product}, {target})")
        elif function == "sum":
            axis, keepdims = value.settings["axis"], value.settings["keepdims"]
            self.out.lines.append(f"add_up({names[0]}, {axis}, None, {self._target(step, value)}, {keepdims})")
        else:
            self._allocated(value)

    def _allocated(self, value: Traced) -> None:
        """The line of a value that NumPy finds memory for, or that is a view."""
        operands = [argument(arg, self._text) for arg in value.args]
        self.names[value.number] = name = f"v{value.number}"
        self.out.lines.append(f"{name} = {numpy_call(value, operands, _block_length).text}")
        if value.number in self.stored:
            self.out.lines.append(f"out{value.number}[...] = {name}")

    def _text(self, value: Traced) -> Text:
        return Text(self._name(value))

    def _reduction(self, value: Traced) -> str:
        """The expression of what a block of rows is reduced to."""
        if value.function == "matmul":
            a, b = map(self._name, value.operands())
            return f"{a}.dot({b})" if max(operand.ndim for operand in value.operands()) <= 2 else f"np.matmul({a}, {b})"
        if value.function == "einsum":
            return numpy_call(value, [argument(arg, self._text) for arg in value.args], _block_length).text
        (source,) = value.operands()
        axis, keepdims = value.settings["axis"], value.settings["keepdims"]
        if source.number in self.fused:
            first, second = map(self._name, factors(source) or [])
            return f"{first}.dot({second})"
        name = self._name(source)
        is_plain = axis == (0,) and not keepdims and source.ndim <= 2 and source.dtype == np.float64
        if value.function == "sum" and is_plain:
            return f"{self._ones()}.dot({name})"
        function = {"sum": "add_up"}.get(value.function, f"np.{value.function}")
        settings = ", None, None, True" if function == "add_up" else ", keepdims=True"
        axes = "None" if len(axis) == source.ndim else axis
        return f"{function}({name}, {axes}{settings * keepdims})"


def factors(product: Traced) -> list[Traced] | None:
    """The two vectors of one length whose product a value is; None if it is another."""
    if product.ndim != 1 or product.function not in ("multiply", "square"):
        return None
    operands = [arg for arg in product.args if isinstance(arg, Traced)]
    operands *= 2 if product.function == "square" else 1
    fit = len(operands) == 2 and all((o.shape, o.dtype) == (product.shape, product.dtype) for o in operands)
    return operands if fit else None


def _products_per_row(product: Traced) -> int:
    """How many products of numbers a matrix product takes for each row."""
    a, b = product.operands()
    lengths = [*a.shape, *(b.shape[-1:] if b.ndim > 1 else ())]
    return prod(length for length in lengths if not isinstance(length, Rows))


def _plain_args(value: Traced) -> tuple[Any, ...]:
    return value.args if all(isinstance(arg, Traced | float) for arg in value.args) else ()


def _block_length(length: Any) -> str:
    return "-1" if isinstance(length, Rows) else str(length)


def _is_one(value: Any) -> bool:
    return isinstance(value, Traced) and value.function == "literal" and value.args[0] == 1
