"""The table for the terminal: every value on the way forward, and every flow on the way back."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator, Mapping
from io import StringIO
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from graphgrad import numerals
from graphgrad.drawing.labels import Labels
from graphgrad.drawing.parts import folded
from graphgrad.drawing.run import Run, run
from graphgrad.formula import LocalGradient, local_gradient
from graphgrad.names import caller_names, partial_derivative
from graphgrad.namespace import numbers
from graphgrad.node import Node, Parameter
from graphgrad.op import Op
from graphgrad.ops import Reduction
from graphgrad.sweep import Flow, called, seed_for

if TYPE_CHECKING:
    from rich.table import Table

WIDEST = 1_000_000

Row = tuple[str, ...]


def table(node: Node, *, seed: Any = None, names: Mapping[Node, str] | None = None, digits: int = 4) -> str:
    """The forward values, each backward step, and the gradients, as text that is as wide as it must be.

    Symbols are those of the picture: an unnamed node goes by the caller's variable that holds it,
    else by t₁, t₂ …; literals, and data such as 1 − y that no gradient passes, have none and are
    written where they are used.

    Without a Parameter, or where `node` is not a scalar and there is no `seed`, it has the forward
    half and says why. Nothing is written to any ``.grad``.

    Args:
        node: the output.
        seed: the gradient to start from, of the output's shape; 1 if it is a scalar.
        names: what to call nodes that have no name; it goes before the caller's variables.
        digits: the significant digits.

    Raises:
        ValueError: `seed` has another shape than the output.
    """
    return _plain(list(_parts(node, seed, _names(names, inspect.currentframe()), digits)))


def show(
    node: Node,
    *,
    seed: Any = None,
    names: Mapping[Node, str] | None = None,
    digits: int = 4,
    file: TextIO | None = None,
) -> None:
    """Print :func:`table`: in the terminal's own width and style, elsewhere as plain text."""
    from rich.console import Console

    parts = list(_parts(node, seed, _names(names, inspect.currentframe()), digits))
    console = Console(file=file)
    if not console.is_terminal:
        print(_plain(parts), end="", file=file)
        return
    for part in parts:
        console.print(part, markup=False, highlight=False)


def forward_rows(sweep: Run, labels: Labels, hidden: Collection[Node], digits: int) -> list[Row]:
    """For each node that is not hidden: its symbol, its kind or expression, its shape and its value."""
    rows: list[Row] = []
    for node in sweep.order:
        if node in hidden:
            continue
        how = labels.application(node).text if isinstance(node, Op) else type(node).__name__.lower()
        rows.append((labels.symbol(node).text, how, str(node.shape), numerals.array(node.value, digits)))
    return rows


def backward_rows(sweep: Run, labels: Labels, digits: int) -> Iterator[Row]:
    """For each edge, from the output back: the edge, upstream, the local gradient and the flow.

    Where several flows meet, a row with their sum comes before the edges that pass it on.
    """
    for node in reversed(sweep.order):
        flows = sweep.arriving.get(node, [])
        if len(flows) > 1:
            yield _total(node, flows, sweep, labels, digits)
        for position in range(len(node.inputs)):
            if (node, position) in sweep.flows:
                yield _edge(sweep.flows[node, position], labels, digits)


def _parts(node: Node, seed: Any, names: Mapping[Node, str], digits: int) -> Iterator[Any]:
    from rich.text import Text

    if seed is not None:
        seed_for(node, seed, "table()")
    sweep = run(node, seed)
    hidden = folded(sweep, names)
    labels = Labels(sweep.order, names, hidden, typeset=False)
    out = labels.symbol(node).text
    yield _table("forward", ("node", "is", "shape", "value"), forward_rows(sweep, labels, hidden, digits))
    if not sweep.gradients:
        yield Text(_why_no_backward(node, out, sweep.refused))
        return
    heads = ("edge", "upstream", "local gradient", "upstream × local = flow")
    yield _table(f"backward from {out}, each edge in turn", heads, list(backward_rows(sweep, labels, digits)))
    gradients: list[Row] = [
        (
            partial_derivative(labels.symbol(node), labels.symbol(leaf)).text,
            numerals.array(sweep.gradients[leaf], digits),
        )
        for leaf in sweep.order
        if isinstance(leaf, Parameter) and leaf in sweep.gradients
    ]
    yield _table("gradients", ("of the parameters", "value"), gradients)


def _why_no_backward(node: Node, out: str, refused: str) -> str:
    if refused:
        return f"No backward pass: {refused}."
    if node.size != 1:
        return f"No backward pass: {out} has shape {node.shape}; give seed=, or reduce it with Sum or Mean."
    return "No backward pass: no Parameter leads here, so no gradient is wanted."


def _edge(flow: Flow, labels: Labels, digits: int) -> Row:
    """One edge: ``p̂ → z``, what arrives, what it is multiplied by, and what flows on."""
    node, source = flow.node, flow.node.inputs[flow.position]
    assert isinstance(node, Op)
    local = local_gradient(node, flow.position, labels.written, labels.count)
    left = partial_derivative(labels.symbol(node), labels.symbol(source)).text
    carried = f"{_equals(flow, local, digits)} {numerals.array(flow.product, digits)}"
    if np.size(flow.product) != np.size(flow.flow):
        printed = np.size(flow.product) <= numerals.FULL
        equals = _sum_equals(_summands(flow.product, source.shape), flow.flow, digits) if printed else "≈"
        carried += f"\nΣ {equals} {numerals.array(flow.flow, digits)}"
    edge = f"{labels.symbol(node).text} → {labels.symbol(source).text}"
    if sum(other is source for other in node.inputs) > 1:
        edge += f", input {flow.position + 1}"
    return (
        edge,
        numerals.array(flow.upstream, digits),
        _local_text(left, local, flow.position, digits),
        carried,
    )


def _local_text(left: str, local: LocalGradient, position: int, digits: int) -> str:
    """The local gradient as formula and number; a matrix product says on which side it stands."""
    if local.jacobian == "general":
        return f"flow = {local.formula}"
    if local.jacobian == "rearrangement":
        return f"{left} = 1, rearranged"
    number = numerals.array(local.value, digits)
    if local.jacobian == "product":
        side = f"upstream @ {local.formula}" if position == 0 else f"{local.formula} @ upstream"
        return f"flow = {side}\n{local.formula} {numerals.equals(local.value, digits)} {number}"
    if number == local.formula:
        return f"{left} = {number}"
    lines = "\n" if np.ndim(local.value) else " "
    return f"{left} = {local.formula}{lines}{numerals.equals(local.value, digits)} {number}"


def _total(node: Node, flows: list[Flow], sweep: Run, labels: Labels, digits: int) -> Row:
    """The sum of the flows into a node that is used several times."""
    parts = [flow.flow for flow in flows]
    total = sweep.gradients[node]
    head = partial_derivative(labels.symbol(sweep.out), labels.symbol(node)).text
    printed = numerals.array(total, digits)
    where = f"sum at {labels.symbol(node).text}"
    if len(flows) > numerals.FULL:
        return (where, "", f"{head}: {len(flows)} flows", f"Σ ≈ {printed}")
    users = " and ".join(dict.fromkeys(labels.symbol(flow.node).text for flow in flows))
    summed = "\n+ ".join(numerals.array(part, digits) for part in parts)
    carried = f"  {summed}\n{_sum_equals(parts, total, digits)} {printed}"
    return (where, "", f"{head}: flows from {users}", carried)


def _equals(flow: Flow, local: LocalGradient, digits: int) -> str:
    """``=`` where the printed upstream and local gradient give the printed product; else ``≈``."""
    if local.jacobian == "rearrangement":
        return "="
    if max(np.size(flow.upstream), np.size(flow.product), np.size(local.value)) > numerals.FULL:
        return "≈"
    if local.jacobian == "diagonal":
        return numerals.product_equals(flow.upstream, local.value, flow.product, digits)
    if local.jacobian == "spread" and isinstance(flow.node, Reduction):
        upstream = flow.node.spread(numbers, flow.upstream, flow.node.inputs[0].value)
        return numerals.product_equals(upstream, local.value, flow.product, digits)
    return _rule_on_printed(flow, digits)


def _rule_on_printed(flow: Flow, digits: int) -> str:
    """``=`` where the op's own rule, run on the numbers as printed, gives the product as printed."""
    node = flow.node
    sources = [_as_printed(source.value, digits) for source in node.inputs]
    with np.errstate(all="ignore"):
        products = node.vjp(numbers, _as_printed(flow.upstream, digits), _as_printed(node.value, digits), *sources)
        product = called(products[flow.position])
    return "=" if np.allclose(product, _as_printed(flow.product, digits), rtol=1e-12, atol=0, equal_nan=True) else "≈"


def _as_printed(value: Any, digits: int) -> Any:
    array = np.asarray(value, dtype=float)
    rounded = [float(f"{element:.{digits}g}") for element in array.ravel().tolist()]
    return np.reshape(np.array(rounded), array.shape)[()]


def _summands(product: np.ndarray, shape: tuple[int, ...]) -> list[Any]:
    """The slices of `product` that add up to an array of `shape`, from which it was broadcast."""
    extra = product.ndim - len(shape)
    stretched = [extra + k for k, length in enumerate(shape) if length == 1 and product.shape[extra + k] != 1]
    axes = [*range(extra), *stretched]
    count = int(np.prod([product.shape[axis] for axis in axes]))
    return list(np.moveaxis(product, axes, range(len(axes))).reshape((count, *shape)))


def _sum_equals(parts: list[Any], total: Any, digits: int) -> str:
    """As :func:`numerals.sum_equals`, and ``≈`` where arrays are too large to be printed in full."""
    if np.size(total) > numerals.FULL:
        return "≈"
    return numerals.sum_equals(parts, total, digits) if parts else numerals.equals(total, digits)


def _names(names: Mapping[Node, str] | None, frame: FrameType | None) -> Mapping[Node, str]:
    """The given names, and those of the variables of the caller of the function in `frame`."""
    return caller_names(frame.f_back if frame else None, Node) | dict(names or {})


def _plain(parts: list[Any]) -> str:
    from rich.console import Console

    file = StringIO()
    console = Console(file=file, width=WIDEST, color_system=None, force_terminal=False, legacy_windows=False)
    for part in parts:
        console.print(part, markup=False, highlight=False)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()).strip("\n") + "\n"


def _table(title: str, heads: Row, rows: list[Row]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    built = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        built.add_column(Text(head))
    for row in rows:
        built.add_row(*map(Text, row))  # as plain text: a name is never markup
    return built
