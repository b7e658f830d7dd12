"""The steps of a run as tables for the terminal: forward, then backward, then the gradients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any, TextIO

from graphgrad import numerals
from graphgrad.names import partial_derivative
from graphgrad.node import Parameter

if TYPE_CHECKING:
    from rich.table import Table

    from graphgrad.drawing.scene import Scene
    from graphgrad.events import Step
    from graphgrad.views.player import Player

WIDEST = 1_000_000

KINDS = {
    "forward": "value",
    "upstream": "gradient",
    "local": "local gradient",
    "flow": "flow",
    "sum": "sum of flows",
    "update": "update",
}
"""What each kind of step makes known."""

Row = tuple[str, ...]


def table(player: Player) -> str:
    """Every step of the run as an equation, and the gradients, as text that is as wide as it must be."""
    from rich.console import Console

    file = StringIO()
    console = Console(file=file, width=WIDEST, color_system=None, force_terminal=False, legacy_windows=False)
    for part in _parts(player):
        console.print(part, markup=False, highlight=False)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()).strip("\n")


def show(player: Player, file: TextIO | None = None) -> None:
    """Print :func:`table`: in the terminal's own width and style, elsewhere as plain text."""
    from rich.console import Console

    console = Console(file=file)
    if not console.is_terminal:
        print(table(player), file=file)
        return
    for part in _parts(player):
        console.print(part, markup=False, highlight=False)


def _parts(player: Player) -> Iterator[Any]:
    """The tables, and the notes below them."""
    from rich.text import Text

    steps = list(enumerate(player.steps, start=1))
    out = player.scene.labels.symbol(player.node).text
    yield from _section("forward", [(k, step) for k, step in steps if step.kind == "forward"])
    backward = [(k, step) for k, step in steps if step.kind not in ("forward", "update")]
    yield from _section(f"backward from {out}", backward)
    gradients = [_gradient(step, player.scene) for _, step in backward if _is_asked_for(step)]
    if gradients:
        yield _table("gradients", ("of the parameters", "value"), gradients)
    yield from _section("update", [(k, step) for k, step in steps if step.kind == "update"])
    for note in player.view.notes:
        yield Text(note)


def _section(title: str, steps: list[tuple[int, Step]]) -> Iterator[Table]:
    if steps:
        rows = [(str(k), KINDS[step.kind], step.numbers) for k, step in steps]
        yield _table(title, ("step", "makes known", "equation"), rows)


def _gradient(step: Step, scene: Scene) -> Row:
    labels, shown = scene.labels, scene.shown
    derivative = partial_derivative(labels.symbol(scene.run.out), labels.symbol(step.node))
    return derivative.text, numerals.array(step.value, shown.digits, shown.elements)


def _is_asked_for(step: Step) -> bool:
    return isinstance(step.node, Parameter) and step.kind in ("upstream", "sum")


def _table(title: str, heads: Row, rows: Sequence[Row]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    built = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        built.add_column(Text(head), justify="right" if head == "step" else "left")
    for row in rows:
        built.add_row(*map(Text, row))  # as plain text: a name is never markup
    return built
