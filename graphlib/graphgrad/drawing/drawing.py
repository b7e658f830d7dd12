"""draw(node): the picture of a graph, and the ways to show and save it."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from graphgrad import numerals
from graphgrad.drawing import export
from graphgrad.drawing.digraph import digraph
from graphgrad.drawing.layout import ENGINES, Layout, layout
from graphgrad.drawing.scene import Scene, scene
from graphgrad.drawing.settings import check_choice, check_count, check_names
from graphgrad.drawing.shown import Shown
from graphgrad.drawing.svg import svg
from graphgrad.drawing.theme import Theme, colour
from graphgrad.drawing.view import view
from graphgrad.names import caller_names
from graphgrad.node import Node
from graphgrad.sweep import seed_for

SUFFIXES = (".png", ".svg", ".pdf", ".dot", ".gv")


def draw(
    node: Node,
    *,
    seed: Any = None,
    names: Mapping[Any, str] | None = None,
    values: bool = True,
    local_gradients: bool = True,
    gradients: bool = True,
    flows: bool = True,
    digits: int = numerals.DIGITS,
    direction: str = "auto",
    theme: str = "light",
    collapse: str | Collection[str] = (),
    engine: str = "embedded",
    elements: int = numerals.FULL,
    max_nodes: int = 600,
) -> Drawing:
    """The picture of the graph that ends in `node`, with one backward sweep of its own.

    An unnamed node goes by the caller's variable that holds it, else by t₁, t₂ … No ``.grad`` is
    read or written.

    Args:
        node: the output; gradients are those of this node.
        seed: the gradient to start from, for an output that is not a scalar.
        names: names for nodes, which go before the caller's variables.
        values: show the value in each box.
        local_gradients: show the local gradient on each edge, as formula and number.
        gradients: show the gradient in each box.
        flows: show upstream × local = flow on each edge.
        digits: significant digits, from 1 to 15.
        direction: ``"LR"``, ``"TB"``, or ``"auto"`` for what fits a page.
        theme: ``"light"``, ``"dark"``, or ``"auto"`` to follow the page that shows it.
        collapse: labels of scopes to be drawn as one box each.
        engine: ``"embedded"``, the same on every machine, or ``"dot"``, the system's Graphviz.
        elements: arrays of up to this many elements are printed in full, larger ones as mean and range; from 1 to 1000.
        max_nodes: a graph with more boxes is drawn as a summary that says what it leaves out; from 2 to a million.

    Raises:
        TypeError: `node` is not a Node, the seed is no real numbers, or `names` or `collapse` is nothing of that kind.
        ValueError: a setting is none of those above, no scope has a label to collapse, or the seed has
            another shape than the output.

    >>> a = gg.Parameter(2.0, name="a")
    >>> print(gg.draw(gg.Mul(a, 3, name="s")).text)
    Computational graph of s. 2 boxes, from the inputs to s.
    a parameter; value 2; ∂s/∂a = 3.
    s = a·3 output; value 6; ∂s/∂s = 1.
    ∂s/∂a = 3; 1 × 3 = 3.
    """
    labels = (collapse,) if isinstance(collapse, str) else collapse
    shown = Shown(values, local_gradients, gradients, flows, digits, elements, labels, max_nodes)
    called = caller_names(sys._getframe(1), Node)
    return drawing(node, seed, names, called, shown, direction, theme, engine)


def drawing(
    node: Node,
    seed: Any,
    names: Mapping[Any, str] | None,
    called: Mapping[Node, str],
    shown: Shown,
    direction: str,
    theme: str,
    engine: str,
) -> Drawing:
    """The picture that a function such as :func:`draw` is asked for, once all that it was given is checked.

    `names` are those that the user gave, `called` those of the user's variables.
    """
    call = shown.call
    if not isinstance(node, Node):
        raise TypeError(f"{call}({node!r:.60}): give a node, such as a loss")
    check_choice(call, "direction", direction, ("LR", "TB", "auto"))
    check_choice(call, "theme", theme, ("light", "dark", "auto"))
    check_choice(call, "engine", engine, tuple(ENGINES))
    check_count(call, "digits", shown.digits, 1, 15)
    check_count(call, "elements", shown.elements, 1, 1000)
    check_count(call, "max_nodes", shown.max_nodes, 2, 1_000_000)
    check_names(call, names)
    labels = shown.collapse
    if not isinstance(labels, Collection) or not all(isinstance(label, str) for label in labels):
        raise TypeError(f"{call}(collapse={labels!r:.40}): give the label of a scope, or several")
    if seed is not None:
        seed_for(node, seed, f"{call}()")
    told = scene(node, {**called, **(names or {})}, seed, shown)
    return Drawing(told, direction, theme, engine)  # type: ignore[arg-type]


class Drawing:
    """A picture: it shows itself in notebooks, and is saved with :meth:`save`. Made by :func:`draw`.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> drawing = gg.draw(gg.Parameter(2.0, name="a") * 3)
    >>> with TemporaryDirectory() as folder:
    ...     path = drawing.save(Path(folder, "graph.svg"))
    ...     path.name, path.read_text(encoding="utf-8") == drawing.svg
    ('graph.svg', True)
    """

    def __init__(self, scene: Scene, direction: str, theme: Theme, engine: str) -> None:
        self._scene = scene
        self._view = view(scene)
        self._direction = direction
        self._theme = theme
        self._engine = engine

    @cached_property
    def _layout(self) -> Layout:
        return layout(self._view, self._direction, self._engine)

    @property
    def settings(self) -> tuple[str, Theme, str]:
        """Direction, theme and engine, as they were asked for."""
        return self._direction, self._theme, self._engine

    @cached_property
    def svg(self) -> str:
        """The picture as SVG text: the same for the same named graph, in every process.

        Raises:
            RuntimeError: the layout engine is not installed, gave up, or took longer than a minute.
        """
        return svg(self._view, self._layout, self._theme)

    def png(self, scale: float = 2) -> bytes:
        """The picture as PNG, at `scale` pixels per unit; theme ``"auto"`` is drawn as ``"light"``.

        Raises:
            ValueError: `scale` is no positive number, or the picture would have too many pixels, or none; the message
                names a scale that fits.

        >>> gg.draw(gg.Parameter(2.0, name="a") * 3).png(scale=1)[1:4]
        b'PNG'
        """
        theme = "light" if self._theme == "auto" else self._theme
        return export.png(svg(self._view, self._layout, theme, outlined=True), scale, colour("paper", theme))

    def pdf(self) -> bytes:
        """The picture as PDF, all vectors; theme ``"auto"`` is drawn as ``"light"``. Needs ``pip install typst``.

        A unit of the picture is 1/96 inch on the page. A page holds 200 inches; a larger picture is drawn smaller.

        Raises:
            ModuleNotFoundError: typst is not installed.

        >>> gg.draw(gg.Parameter(2.0, name="a") * 3).pdf()[1:4]
        b'PDF'
        """
        theme = "light" if self._theme == "auto" else self._theme
        return export.pdf(svg(self._view, self._layout, theme), self._view.title, self.text)

    @cached_property
    def digraph(self) -> Any:
        """A ``graphviz.Digraph`` with the same content as plain labels, to be restyled."""
        direction = self._layout.direction if self._direction == "auto" else self._direction
        return digraph(self._view, direction)

    @property
    def text(self) -> str:
        """What the picture says, in words: its alternative text."""
        return f"{self._view.title}. {self._view.description}"

    def save(self, path: str | Path, *, scale: float = 2) -> Path:
        """Write the picture to `path`, in the format of its suffix, and return the path.

        Args:
            path: ends in ``.png``, ``.svg``, ``.pdf``, ``.dot`` or ``.gv``; for ``.pdf`` see :meth:`pdf`.
            scale: pixels per unit, for ``.png``; the other formats have no pixels.

        Raises:
            ValueError: the suffix is unknown, or the picture would have too many pixels.
            ModuleNotFoundError: the suffix is ``.pdf``, and typst is not installed.
            OSError: the file cannot be written.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES:
            raise ValueError(f"save({str(path)!r}): the suffix says the format; it is one of {', '.join(SUFFIXES)}")
        if suffix == ".png":
            content = self.png(scale)
        elif suffix == ".pdf":
            content = self.pdf()
        else:
            content = (self.svg if suffix == ".svg" else self.digraph.source).encode()
        export.write(path, content)
        return path

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<{self._view.title}: {self._view.count} boxes; .save('graph.png') writes it>"
