"""player(node): a run to be stepped through, in a notebook, on a page, as a film, or in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graphgrad import numerals
from graphgrad.descent import rates_of
from graphgrad.drawing import export
from graphgrad.drawing.content import View
from graphgrad.drawing.drawing import Drawing, drawing
from graphgrad.drawing.layout import Layout
from graphgrad.drawing.scene import Scene
from graphgrad.drawing.shown import Shown
from graphgrad.drawing.theme import Theme
from graphgrad.events import Step, told
from graphgrad.names import caller_names
from graphgrad.node import Node, Parameter
from graphgrad.parse import number
from graphgrad.sweep import topological
from graphgrad.views.cues import Cue, cues

if TYPE_CHECKING:
    from graphgrad.views.widget import PlayerWidget

SUFFIXES = (".html", ".gif")


def player(
    node: Node,
    *,
    update: Any = None,
    seed: Any = None,
    names: Mapping[Any, str] | None = None,
    digits: int = numerals.DIGITS,
    direction: str = "auto",
    theme: str = "auto",
    collapse: str | Collection[str] = (),
    engine: str = "embedded",
    elements: int = numerals.FULL,
    max_nodes: int = 600,
    predict: bool = False,
) -> Player:
    """A player that steps through one forward and one backward pass from `node`.

    It shows itself in notebooks; `print` gives a table; :meth:`Player.save` writes a page or a film,
    and :meth:`Player.widget` is the player in touch with Python.

    Args:
        node: the output; gradients are those of this node.
        update: a step size, or ``{name or node: step size}`` as in :func:`descend`: the run ends with one
            step of gradient descent.
        seed: the gradient to start from, an array of `node`'s shape, for an output that is not a scalar.
        names: ``{node: name}``, which goes before the caller's variables.
        digits: significant digits, from 1 to 15.
        direction: ``"LR"``, ``"TB"``, or ``"auto"`` for what fits a page.
        theme: ``"light"``, ``"dark"``, or ``"auto"`` to follow the page.
        collapse: labels of scopes to be drawn, and stepped through, as one box each.
        engine: ``"embedded"``, the same on every machine, or ``"dot"``, the system's Graphviz.
        elements: arrays of up to this many elements are printed in full, larger ones as mean and range; from 1 to 1000.
        max_nodes: of a graph with more boxes a summary is played, which says what it leaves out; from 2 to a million.
        predict: whether the player opens with *Predict* switched on: it asks for each number before it shows it.

    Raises:
        TypeError: `node` is not a Node, a rate is no number, the seed is no real numbers, or `names` or `collapse` is
            nothing of that kind.
        ValueError: a setting is none of those above, no scope has a label to collapse, the seed has another shape than
            the output, there is nothing to update, a rate is not finite or not that of a Parameter, or an update needs
            a seed.
        KeyError: `update` names a leaf that the graph does not have.
        NotImplementedError: there is an update, and an op on the way states no derivative.

    >>> a = gg.Parameter(2.0, name="a")
    >>> run = gg.player(gg.Mul(a, a, name="s"))
    >>> len(run.steps), run.steps[-1].numbers
    (8, '∂s/∂a = 2 + 2 = 4')
    """
    labels = (collapse,) if isinstance(collapse, str) else collapse
    rates = (
        {}
        if update is None or not isinstance(node, Node)
        else rates_of(topological(node), update, "player(node, update=…)")
    )
    shown = Shown(digits=digits, elements=elements, collapse=labels, max_nodes=max_nodes, call="player", rates=rates)
    called = caller_names(sys._getframe(1), Node)
    picture = drawing(node, seed, names, called, shown, direction, theme, engine)
    return Player(picture, {**called, **(names or {})}, seed, predict)


@dataclass(frozen=True)
class Leaf:
    """A leaf whose value may be changed.

    Attributes:
        node: the leaf.
        key: the key of its box.
        symbol: how it is written.
        name: how it is named in Python: by its name, else by the caller's variable, else as it is written.
        kind: ``"parameter"`` or ``"input"``.
        text: its numbers, all of their digits, to be edited.

    >>> (leaf,) = gg.player(gg.Parameter([0.5, 2.0], name="w1") * 3).leaves
    >>> leaf.symbol, leaf.name, leaf.kind, leaf.text, leaf.shape
    ('w₁', 'w1', 'parameter', '0.5, 2', (2,))
    """

    node: Node
    key: str
    symbol: str
    name: str
    kind: str
    text: str

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of its value."""
        return self.node.shape

    def read(self, text: str) -> Any:
        """The value that `text` writes, of the leaf's shape: as many numbers as it has, with commas between.

        Raises:
            ValueError: they are more, fewer, or no numbers.

        >>> (leaf,) = gg.player(gg.Parameter([0.5, 2.0], name="w1") * 3).leaves
        >>> leaf.read("1, -20")
        array([  1., -20.])
        """
        parts = text.split(",")
        if len(parts) != self.node.size:
            count = f"{self.node.size} number{'s' * (self.node.size != 1)}"
            raise ValueError(f"{self.symbol} takes {count}{', with commas between' * (self.node.size > 1)}")
        return np.reshape([number(part) for part in parts], self.node.shape)


class Player:
    """A run with its picture, step by step. Made by :func:`player`.

    Printed, it is a table; in a notebook it shows itself.

    Attributes:
        steps: the steps, as :func:`steps` gives them; nodes that are drawn as one are one step each way.
        predict: whether it opens with each number to be predicted.

    >>> run = gg.player(gg.Mul(gg.Parameter(2.0, name="a"), 3, name="s"))
    >>> print(str(run).partition("backward")[0].rstrip())
    forward
    <BLANKLINE>
     step   makes known   equation
     ──────────────────────────────────────
        1   value         a = 2
        2   value         s = a·3 = 2·3 = 6
    """

    def __init__(self, drawing: Drawing, names: Mapping[Node, str], seed: Any, predict: bool) -> None:
        self._drawing = drawing
        self._names = names
        self._seed = seed
        self.predict = bool(predict)
        self.steps: list[Step] = told(self.scene)

    # What it plays

    @property
    def node(self) -> Node:
        """The output, a node."""
        return self.scene.run.out

    @property
    def title(self) -> str:
        """What is played, in words."""
        how = "Backpropagation" if self.scene.run.gradients else "Computation"
        return f"{how} of {self.scene.labels.symbol(self.node).text}, step by step"

    @property
    def scene(self) -> Scene:
        """The run, and how it is told."""
        return self._drawing._scene

    @property
    def view(self) -> View:
        """What the picture says."""
        return self._drawing._view

    @property
    def layout(self) -> Layout:
        """Where everything is on the picture."""
        return self._drawing._layout

    @property
    def theme(self) -> Theme:
        """The theme: ``"light"``, ``"dark"``, or ``"auto"``."""
        return self._drawing._theme

    @cached_property
    def cues(self) -> list[Cue]:
        """What each step does to the picture."""
        return cues(self.scene, self.view, self.steps)

    @cached_property
    def warned(self) -> set[str]:
        """The keys of the boxes and chips where NaN or infinity first appears."""
        return {box.key for box in self.view.boxes if box.warning}

    # What if

    @cached_property
    def leaves(self) -> list[Leaf]:
        """The leaves of few elements, which may be changed."""
        few = self.scene.shown.elements
        found = [
            part.node
            for part in self.scene.parts
            if part.group is None and not part.node.inputs and not part.node.is_literal and 0 < part.node.size <= few
        ]
        symbols = [self.scene.labels.symbol(node).text for node in found]
        names = [node.name or self._names.get(node) or symbol for node, symbol in zip(found, symbols, strict=True)]
        words = [*names, *symbols]  # a name that could mean another leaf is none
        return [
            self._leaf(node, name if words.count(name) == 1 + (name == symbol) else symbol, symbol)
            for node, name, symbol in zip(found, names, symbols, strict=True)
        ]

    def _leaf(self, node: Node, name: str, symbol: str) -> Leaf:
        kind = "parameter" if isinstance(node, Parameter) else "input"
        text = ", ".join(f"{element!r}".removesuffix(".0") for element in np.ravel(node.value).tolist())
        return Leaf(node, self.view.box_of[node], symbol, name, kind, text)

    def replaced(self, changes: Mapping[Node, Any]) -> Player:
        """The player of the graph in which some leaves have other values; this one stays as it is.

        Args:
            changes: ``{leaf: value}``, as :meth:`Node.replace` takes it.

        Raises:
            KeyError: a node is no leaf of the graph.
            ValueError: a value has another form than its leaf.
            TypeError: a value is no real numbers.

        >>> a = gg.Parameter(2.0, name="a")
        >>> run = gg.player(gg.Mul(a, 3, name="s"))
        >>> print(run.replaced({a: 5.0}).steps[1])
        s = a·3 = 5·3 = 15
        """
        with np.errstate(all="ignore"):  # the picture shows where a number is not finite
            new = self.node.replace(changes)
        same = dict(zip(topological(self.node), topological(new), strict=True))
        names = {same[node]: name for node, name in self._names.items() if node in same}
        rates = {same[node]: rate for node, rate in self.scene.shown.rates.items()}
        shown = replace(self.scene.shown, rates=rates)  # type: ignore[arg-type]
        again = drawing(new, self._seed, None, names, shown, *self._drawing.settings)
        return Player(again, names, self._seed, self.predict)

    # Views

    def save(self, path: str | Path, *, seconds: float | None = None, scale: float | None = None) -> Path:
        """Write the run to `path`, in the format of its suffix, and return the path.

        Args:
            path: ends in ``.html``, a page that needs no network, or ``.gif``, a film.
            seconds: how long a film shows each step, from 0.02 to 60; 1.5 by default.
            scale: pixels of a film per unit of the picture, a positive number; 1 by default.

        Raises:
            ValueError: the suffix is unknown, a setting is not for it or out of range, or the film would be
                too large.
            ImportError: the film needs Pillow, which is not installed.
            OSError: the file cannot be written.

        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> run = gg.player(gg.Parameter(2.0, name="a") * 3)
        >>> with TemporaryDirectory() as folder:
        ...     path = run.save(Path(folder, "run.html"))
        ...     path.name, path.read_text(encoding="utf-8")[:15]
        ('run.html', '<!doctype html>')
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix != ".gif" and (seconds, scale) != (None, None):
            raise ValueError(f"save({str(path)!r}, seconds={seconds}, scale={scale}): these are for a film, .gif")
        if suffix == ".html":
            from graphgrad.views.html import page

            content = page(self).encode()
        elif suffix == ".gif":
            from graphgrad.views.animation import film

            content = film(self, 1.5 if seconds is None else seconds, 1 if scale is None else scale)
        else:
            raise ValueError(f"save({str(path)!r}): the suffix says the format; it is one of {', '.join(SUFFIXES)}")
        export.write(path, content)
        return path

    def widget(self) -> PlayerWidget:
        """The player as a widget for notebooks: its ``index``, ``playing`` and ``values`` are in sync with Python.

        Raises:
            ImportError: anywidget is not installed.

        >>> widget = gg.player(gg.Mul(gg.Parameter(2.0, name="a"), 3, name="s")).widget()
        >>> widget.index, widget.values
        (0, {'a': 2.0})
        >>> widget.values = {"a": 5.0}
        >>> widget.node
        <Mul s: 15>
        """
        from graphgrad.views.widget import PlayerWidget

        return PlayerWidget(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from graphgrad.views.html import fragment

        return {"text/html": fragment(self), "text/plain": repr(self)}

    def _mime_(self) -> tuple[str, str]:
        """For marimo, where scripts in plain HTML do not run."""
        from graphgrad.views.html import frame

        return "text/html", frame(self)

    def __str__(self) -> str:
        from graphgrad.views.text import table

        return table(self)

    def __repr__(self) -> str:
        return f"<{self.title}: {len(self.steps):,} steps; .save('run.html') writes it>"
