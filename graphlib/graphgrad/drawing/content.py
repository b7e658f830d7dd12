"""What stands in a box: lines of text and typeset mathematics, and small tables of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from graphgrad.drawing import typeset

if TYPE_CHECKING:
    from graphgrad.node import Node

GAP = 5.0
"""Between the spans of a line, in pixels."""

COLUMN_GAP = 9.0
LEADING = 1.0
"""Between lines."""


@dataclass(frozen=True)
class Span:
    """A run of text, or of mathematics if `latex` is given; `role` is what it tells, and so its colour."""

    text: str
    role: str = "ink"
    size: float = 12.0
    latex: str = ""

    @cached_property
    def outline(self) -> typeset.Outline | None:
        """The typeset form, for mathematics."""
        return typeset.outline(self.latex) if self.latex else None

    @cached_property
    def width(self) -> float:
        """In pixels."""
        if self.outline:
            return self.outline.width * self.size / typeset.EM
        return typeset.text_width(self.text) * self.size

    @cached_property
    def ascent(self) -> float:
        """Above the baseline, in pixels."""
        high = self.outline.ascent / typeset.EM if self.outline else 0.0
        return max(high, typeset.ASCENT) * self.size

    @cached_property
    def descent(self) -> float:
        """Below the baseline, in pixels."""
        low = self.outline.descent / typeset.EM if self.outline else 0.0
        return max(low, typeset.DESCENT) * self.size


@dataclass(frozen=True)
class Line:
    """Spans on one baseline, centred in their box; `stage` says when a run makes them known."""

    spans: tuple[Span, ...]
    stage: str = ""

    @property
    def width(self) -> float:
        """In pixels."""
        return sum(span.width for span in self.spans) + GAP * (len(self.spans) - 1)

    @property
    def ascent(self) -> float:
        """Above the baseline, in pixels."""
        return max(span.ascent for span in self.spans) + LEADING

    @property
    def height(self) -> float:
        """In pixels."""
        outlined = any(span.outline for span in self.spans)  # a denominator keeps off the next line
        return self.ascent + max(span.descent for span in self.spans) + LEADING * (2 if outlined else 1)

    @property
    def text(self) -> str:
        """The line as plain text."""
        return " ".join(span.text for span in self.spans)


@dataclass(frozen=True)
class Table:
    """Rows of cells: the first column to the left, the others, numbers, to the right."""

    rows: tuple[tuple[Span, ...], ...]
    stage: str = ""

    @property
    def columns(self) -> tuple[float, ...]:
        """The width of each column, in pixels."""
        count = max(map(len, self.rows))
        return tuple(max(row[k].width for row in self.rows if k < len(row)) for k in range(count))

    @property
    def width(self) -> float:
        """In pixels."""
        return sum(self.columns) + COLUMN_GAP * (len(self.columns) - 1)

    @property
    def row_height(self) -> float:
        """In pixels."""
        return max(cell.ascent + cell.descent for row in self.rows for cell in row) + 2 * LEADING

    @property
    def height(self) -> float:
        """In pixels."""
        return self.row_height * len(self.rows)

    @property
    def text(self) -> str:
        """The table as plain text, a row a line."""
        return "\n".join(" ".join(cell.text for cell in row) for row in self.rows)


@dataclass(frozen=True)
class Rule:
    """A thin line across the box."""

    width: float = 0.0
    height: float = 3.0
    text: str = ""
    stage: str = ""


Block = Line | Table | Rule


def known_at(stage: str, blocks: Iterable[Block]) -> list[Block]:
    """`blocks` as what becomes known at `stage`.

    That is ``value``, ``gradient`` or ``update`` in the box of a node, ``local`` or ``flow`` on a chip;
    what has no stage is known from the start.
    """
    return [replace(block, stage=stage) for block in blocks]


@dataclass(frozen=True)
class Box:
    """A box of the picture.

    Attributes:
        key: its own short id, such as ``n3``, or ``e3_0`` for the chip on the edge into input 0 of n3.
        kind: ``input``, ``parameter``, ``op``, ``output``, ``scope``, ``rest``, ``again`` or ``chip``.
        title: what it is, in plain words.
        blocks: what stands in it.
        cluster: the cluster it lies in, or None.
        warning: whether NaN or infinity first appears here.
    """

    key: str
    kind: str
    title: str
    blocks: tuple[Block, ...]
    cluster: str | None = None
    warning: bool = False

    @property
    def padding(self) -> tuple[float, float]:
        """Beside and above its content, in pixels."""
        return (8.0, 3.0) if self.kind in ("chip", "again") else (11.0, 3.5)

    @cached_property
    def width(self) -> float:
        """In pixels."""
        return max(block.width for block in self.blocks) + 2 * self.padding[0]

    @cached_property
    def height(self) -> float:
        """In pixels."""
        return sum(block.height for block in self.blocks) + 2 * self.padding[1]

    @property
    def text(self) -> str:
        """All that stands in it, as plain text."""
        return "\n".join(block.text for block in self.blocks if block.text)


@dataclass(frozen=True)
class Edge:
    """From the box `tail` to the box `head`, where it is edge number `position`; `backward` if a gradient flows back.

    `chip` is the box in its middle that tells of the gradient, if it is shown.
    """

    tail: str
    head: str
    position: int
    backward: bool = False
    chip: str | None = None


@dataclass(frozen=True)
class Cluster:
    """A scope: its boxes are drawn inside a labelled frame."""

    key: str
    label: str
    parent: str | None


@dataclass(frozen=True)
class View:
    """Everything that a picture says, before any of it has a place.

    `box_of` names the box in which a node is drawn, `chip_of` the chip of an edge that carries a
    gradient: of the input of a node at a position.
    """

    title: str
    description: str
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    clusters: tuple[Cluster, ...]
    notes: tuple[str, ...]
    has_gradients: bool
    box_of: Mapping[Node, str] = field(default_factory=dict)
    chip_of: Mapping[tuple[Node, int], str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """The number of boxes, without chips and without those that repeat another."""
        return sum(box.kind not in ("chip", "again") for box in self.boxes)
