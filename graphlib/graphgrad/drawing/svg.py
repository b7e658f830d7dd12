"""A view with its places as SVG: the same bytes for the same graph, in every process."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise
from math import inf
from xml.sax.saxutils import escape, quoteattr

from graphgrad.drawing.content import COLUMN_GAP, GAP, LEADING, Block, Box, Cluster, Edge, Line, Rule, Span, Table, View
from graphgrad.drawing.curves import Curve, head, joined, offset, shortened
from graphgrad.drawing.layout import LABEL_SIZE, Layout
from graphgrad.drawing.moment import Moment
from graphgrad.drawing.theme import Theme, colour, variables
from graphgrad.drawing.typeset import EM, covered, text_outline, text_width

MARGIN = 14.0
FONT = "DejaVu Sans, Verdana, sans-serif"

NARROWEST = 416.0
"""The legend of a narrower picture may be this wide: room for the two longest entries of a player."""

_APART = 3.6
"""How far the forward and the backward line of an edge are from its middle."""

_SPREAD = 30.0
"""How far apart edges meet one side of a box, where it is long enough."""

_HEAD = 8.0

_RING = 4.0
_RADII = {"chip": 5.0, "again": 10.0}


def svg(
    view: View,
    layout: Layout,
    theme: Theme,
    *,
    outlined: bool = False,
    moment: Moment | None = None,
    live: bool = False,
) -> str:
    """The picture as SVG text.

    Args:
        view: what is painted.
        layout: where.
        theme: in which colours.
        outlined: draw plain text as paths too, so that the picture needs no font.
        moment: a moment of the run: what is not known yet is an empty slot, and what is lit is marked.
        live: mark what becomes known at each stage (``data-stage``), its empty slot (``data-slot``) and
            the ring of a lit box (``gg-ring``), so that a page can show any moment of the run.
    """
    return "".join(_Painter(view, layout, theme, outlined, moment, live).picture())


def painted(span: Span, x: float, baseline: float, theme: Theme, *, outlined: bool = False) -> str:
    """A span that begins at `x`, `outlined` if plain text is to be drawn as paths too."""
    fill = colour(span.role, theme)
    if not span.text:
        return ""
    outline = text_outline(span.text) if outlined and covered(span.text) else None
    outline = span.outline or outline
    if outline:
        scale = span.size / EM
        return (
            f'<path transform="translate({x:.1f} {baseline:.1f}) scale({scale:g})" fill="{fill}" '
            f'd="{outline.path}" aria-label={quoteattr(span.text)}/>'
        )
    return (
        f'<text x="{x:.1f}" y="{baseline:.1f}" font-size="{span.size:g}" fill="{fill}" '
        f'textLength="{span.width:.1f}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">'
        f"{escape(span.text)}</text>"
    )


class _Painter:
    def __init__(
        self, view: View, layout: Layout, theme: Theme, outlined: bool, moment: Moment | None, live: bool
    ) -> None:
        self.outlined, self.moment, self.live = outlined, moment, live
        self.view, self.layout, self.theme = view, layout, theme
        self.boxes = {box.key: box for box in view.boxes}
        self.across = layout.direction == "LR"
        self.slots = self._slots()
        self.ranks = _Ranks(self.boxes, layout, self.across)
        steps = moment is not None or live
        self.legend = [*_legend(view, steps), *[(None, note) for note in view.notes]]

    def picture(self) -> Iterator[str]:
        rows = self._legend_rows()
        legend_width = max((sum(_legend_width(entry) for entry in row) for row in rows), default=0.0)
        width = max(self.layout.width, legend_width) + 2 * MARGIN
        top = self.layout.height + 2 * MARGIN
        height = top + len(rows) * 22.0
        style = variables(self.theme)
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="graphgrad" role="img" '
            f'viewBox="0 0 {width:.1f} {height:.1f}" width="{width:.1f}" height="{height:.1f}" '
            f'font-family="{FONT}"' + (f' style="{style}"' if style else "") + ">"
        )
        told = "" if self.live else f"<desc>{escape(self.view.description)}</desc>"  # a page tells it step by step
        yield f"<title>{escape(self.view.title)}</title>{told}"
        yield f'<rect width="{width:.1f}" height="{height:.1f}" fill="{self._colour("paper")}"/>'
        shift = (width - self.layout.width) / 2
        yield f'<g transform="translate({shift:.1f} {MARGIN})">'
        yield from self._clusters()
        for k, edge in enumerate(self.view.edges):
            yield from self._edge(edge, lit=self.moment is not None and k in self.moment.edges)
        yield from self._cluster_labels()
        for box in self.view.boxes:
            yield from self._box(box)
        yield "</g>"
        for k, row in enumerate(rows):
            yield from self._legend_row(row, width, top + 22.0 * k)
        yield "</svg>\n"

    def _colour(self, role: str) -> str:
        return colour(role, self.theme)

    # Clusters

    def _clusters(self) -> Iterator[str]:
        for _, (left, top, right, bottom) in self._frames():
            yield (
                f'<rect class="gg-frame" x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" '
                f'height="{bottom - top:.1f}" rx="12" fill="{self._colour("cluster")}" '
                f'stroke="{self._colour("cluster-edge")}"/>'
            )

    def _cluster_labels(self) -> Iterator[str]:
        """What the frames are called, on ground of its own: an edge that passes there goes beneath."""
        for cluster, (left, top, _, _) in self._frames():
            label = Span(cluster.label, "muted", LABEL_SIZE)
            yield (
                f'<g class="gg-label"><rect x="{left + 8:.1f}" y="{top + 6:.1f}" width="{label.width + 8:.1f}" '
                f'height="17" rx="4" fill="{self._colour("cluster")}"/>{self._text(label, left + 12, top + 18)}</g>'
            )

    def _frames(self) -> Iterator[tuple[Cluster, tuple[float, float, float, float]]]:
        for cluster in self.view.clusters:
            if cluster.key in self.layout.frames:
                yield cluster, self.layout.frames[cluster.key]

    # Boxes

    def _box(self, box: Box) -> Iterator[str]:
        x, y = self.layout.centres[box.key]
        left, top = x - box.width / 2, y - box.height / 2
        fill = {"again": "op", "rest": "op"}.get(box.kind, box.kind)
        weight = 1.0 if box.kind == "chip" else 1.5
        dash = ' stroke-dasharray="3 3"' if box.kind in ("again", "rest") else ""
        attribute = "data-edge" if box.kind == "chip" else "data-node"
        radius = _RADII.get(box.kind, 9.0)
        yield f'<g class="gg-{box.kind}" {attribute}="{box.key}"><title>{escape(box.title)}</title>'
        yield self._ring(box, left, top, radius)
        frame = f'<rect x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="{radius:g}"'
        edge = self._colour(f"{fill}-edge")
        yield f'{frame} fill="{self._colour(fill)}" stroke="{edge}" stroke-width="{weight}"{dash}/>'
        if box.warning:
            alarm = f'{frame} fill="none" stroke="{self._colour("warning")}" stroke-width="2.6"/>'
            yield self._staged(box.key, "flow" if box.kind == "chip" else "value", alarm, "")
        at = top + box.padding[1]
        for stage, group in groupby(box.blocks, key=lambda block: block.stage):
            blocks = list(group)
            content = "".join(self._stacked(blocks, box, x, at))
            yield self._staged(box.key, stage, content, self._slot(blocks, x, at))
            at += sum(block.height for block in blocks)
        yield "</g>"

    def _stacked(self, blocks: list[Block], box: Box, centre: float, top: float) -> Iterator[str]:
        for block in blocks:
            yield from self._block(block, box, centre, top)
            top += block.height

    # A run, step by step

    def _staged(self, key: str, stage: str, content: str, slot: str) -> str:
        """`content` if it is known at this moment, else its empty slot; on a live page, both."""
        if stage and self.live:
            of = f'data-of="{key}"'
            hidden = slot and f'<g {of} data-slot="{stage}" display="none">{slot}</g>'
            return f'<g {of} data-stage="{stage}">{content}</g>{hidden}'
        known = not stage or self.moment is None or self.moment.knows(key, stage)
        return content if known else slot

    def _slot(self, blocks: list[Block], centre: float, top: float) -> str:
        """An empty frame where `blocks` will stand."""
        width = max(block.width for block in blocks) + 4
        height = sum(block.height for block in blocks) - 4
        return self._empty(centre - width / 2, top + 2, width, height)

    def _empty(self, left: float, top: float, width: float, height: float) -> str:
        return (
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="4" fill="none" '
            f'stroke="{self._colour("muted")}" stroke-width="0.8" stroke-dasharray="1.5 3"/>'
        )

    def _ring(self, box: Box, left: float, top: float, radius: float) -> str:
        """The ring around a box that is lit."""
        if not self.live and (self.moment is None or box.key not in self.moment.lit):
            return ""
        hidden = ' class="gg-ring" display="none"' if self.live else ""
        return (
            f'<rect{hidden} x="{left - _RING:.1f}" y="{top - _RING:.1f}" width="{box.width + 2 * _RING:.1f}" '
            f'height="{box.height + 2 * _RING:.1f}" rx="{radius + _RING:g}" fill="{self._colour("lit")}" '
            f'stroke="{self._colour("ink")}" stroke-width="1.6"/>'
        )

    def _block(self, block: Block, box: Box, centre: float, top: float) -> Iterator[str]:
        if isinstance(block, Rule):
            middle, half = top + block.height / 2, box.width / 2 - 6
            yield (
                f'<path d="M{centre - half:.1f} {middle:.1f}H{centre + half:.1f}" '
                f'stroke="{self._colour("chip-edge")}" stroke-width="0.6" fill="none"/>'
            )
        elif isinstance(block, Line):
            at = centre - block.width / 2
            for span in block.spans:
                yield self._text(span, at, top + block.ascent)
                at += span.width + GAP
        else:
            yield from self._table(block, centre - block.width / 2, top)

    def _table(self, table: Table, left: float, top: float) -> Iterator[str]:
        columns = table.columns
        for k, row in enumerate(table.rows):
            baseline = top + k * table.row_height + max(cell.ascent for cell in row) + LEADING
            at = left
            for j, cell in enumerate(row):
                yield self._text(cell, at if j == 0 else at + columns[j] - cell.width, baseline)
                at += columns[j] + COLUMN_GAP

    def _text(self, span: Span, x: float, baseline: float) -> str:
        return painted(span, x, baseline, self.theme, outlined=self.outlined)

    # Edges

    def _slots(self) -> dict[tuple[str, Edge], float]:
        """Where along its side each edge meets a box, from the middle: the edges of a side stand apart."""
        sides: dict[tuple[str, str], list[tuple[float, int, Edge]]] = {}
        for k, edge in enumerate(self.view.edges):
            towards_tail, towards_head = edge.chip or edge.head, edge.chip or edge.tail
            sides.setdefault((edge.tail, "out"), []).append((self._along(towards_tail), k, edge))
            sides.setdefault((edge.head, "in"), []).append((self._along(towards_head), k, edge))
        slots: dict[tuple[str, Edge], float] = {}
        for (key, side), meeting in sides.items():
            box = self.boxes[key]
            room = (box.height if self.across else box.width) - 34.0
            step = min(_SPREAD, room / max(len(meeting) - 1, 1)) if room > 0 else 0.0
            for k, (_, _, edge) in enumerate(sorted(meeting, key=lambda item: item[:2])):
                slots[side, edge] = (k - (len(meeting) - 1) / 2) * step
        return slots

    def _along(self, key: str) -> float:
        x, y = self.layout.centres[key]
        return y if self.across else x

    def _edge(self, edge: Edge, *, lit: bool) -> Iterator[str]:
        parts = list(self.layout.curves[edge])
        parts[0] = self._moved(parts[0], self.slots["out", edge], edge.tail, 0)
        parts[-1] = self._moved(parts[-1], self.slots["in", edge], edge.head, -1)
        stops = [edge.tail, edge.chip, edge.head] if edge.chip else [edge.tail, edge.head]
        parts = [self._smooth(curve, *ends) for curve, ends in zip(parts, pairwise(stops), strict=True)]
        yield f'<g class="gg-edge" data-tail="{edge.tail}" data-head="{edge.head}">'
        apart = _APART if edge.backward else 0.0
        weight = 3.0 if lit else 1.5
        for k, curve in enumerate(parts):
            yield self._line(offset(curve, -apart), "value", arrow=k == len(parts) - 1, weight=weight)
            if edge.backward:
                backward = tuple(reversed(offset(curve, apart)))
                line = self._line(backward, "gradient", arrow=k == 0, weight=weight)
                yield self._staged(edge.chip or "", "flow", line, "") if edge.chip else line
        yield "</g>"

    def _moved(self, curve: Curve, by: float, box: str, end: int) -> Curve:
        """The curve with one end moved along the side of its box, and the rest less the nearer the next rank is."""
        axis, rank = 0 if self.across else 1, self.ranks.index[box]
        start = curve[end][axis]
        straight = curve[-2:] if end else curve[:2]
        reach = abs((self.ranks.ends[rank - 1] if end else self.ranks.starts[rank + 1]) - start)
        moved = []
        for point in curve:
            x, y = point
            shift = by if point in straight else by * max(0.0, 1 - abs(point[axis] - start) / reach)
            moved.append((x, y + shift) if self.across else (x + shift, y))
        return tuple(moved)

    def _smooth(self, curve: Curve, tail: str, head: str) -> Curve:
        """Between neighbouring ranks: straight out of the one, one bend in the free space, straight into the other."""
        if self.ranks.index[head] - self.ranks.index[tail] != 1:
            return curve
        (x0, y0), (x1, y1) = curve[0], curve[-1]
        begin, end = (x0, x1) if self.across else (y0, y1)
        leave = max(begin, self.ranks.ends[self.ranks.index[tail]])
        enter = min(end, self.ranks.starts[self.ranks.index[head]])
        stops = [(leave, y0), (enter, y1)] if self.across else [(x0, leave), (x1, enter)]
        return joined((x0, y0), *stops, (x1, y1), across=self.across)

    def _line(self, curve: Curve, role: str, *, arrow: bool, weight: float = 1.5) -> str:
        """An edge, or a part of it; backward ones, which carry gradients, are dashed."""
        stroke = self._colour(role)
        dashes = ' stroke-dasharray="5 3"' if role == "gradient" else ""
        line = shortened(curve, _HEAD - 1) if arrow else curve
        (x, y), rest = line[0], line[1:]
        path = f"M{x:.1f} {y:.1f}C" + " ".join(f"{px:.1f} {py:.1f}" for px, py in rest)
        drawn = f'<path d="{path}" fill="none" stroke="{stroke}" stroke-width="{weight}"{dashes}/>'
        if not arrow:
            return drawn
        corners = "L".join(f"{px:.1f} {py:.1f}" for px, py in head(curve, _HEAD))
        return f'{drawn}<path d="M{corners}z" fill="{stroke}"/>'

    # Legend

    def _legend_rows(self) -> list[list[tuple[str | None, str]]]:
        rows: list[list[tuple[str | None, str]]] = [[]]
        room = max(self.layout.width + MARGIN, NARROWEST)
        for entry in self.legend:
            if rows[-1] and sum(map(_legend_width, rows[-1])) + _legend_width(entry) > room:
                rows.append([])
            rows[-1].append(entry)
        return [row for row in rows if row]

    def _legend_row(self, row: list[tuple[str | None, str]], width: float, top: float) -> Iterator[str]:
        at = (width - sum(map(_legend_width, row))) / 2
        middle = top
        for sample, text in row:
            entry = self._sample(sample, at, middle)
            entry += self._text(Span(text, "muted", 11.0), at + (34 if sample else 0), middle + 4)
            only_live = self.live and sample == "slot"
            yield f'<g class="gg-legend" display="none">{entry}</g>' if only_live else entry
            at += _legend_width((sample, text))

    def _sample(self, sample: str | None, left: float, middle: float) -> str:
        if sample == "chip":
            return (
                f'<rect x="{left:.1f}" y="{middle - 7:.1f}" width="26" height="14" rx="4" '
                f'fill="{self._colour("chip")}" stroke="{self._colour("chip-edge")}"/>'
            )
        if sample == "slot":
            return self._empty(left, middle - 7, 26, 14)
        if sample:
            ends = ((left, middle), (left + 9, middle), (left + 18, middle), (left + 28, middle))
            return self._line(ends if sample == "value" else tuple(reversed(ends)), sample, arrow=True)
        return ""


class _Ranks:
    """The rows (or columns) of boxes that Graphviz made: which box is in which, and where each begins and ends."""

    def __init__(self, boxes: dict[str, Box], layout: Layout, across: bool) -> None:
        self.index: dict[str, int] = {}
        self.starts: list[float] = []
        self.ends: list[float] = []
        middle = -inf
        axis = 0 if across else 1
        for key in sorted(boxes, key=lambda key: layout.centres[key][axis]):
            centre = layout.centres[key][axis]
            half = (boxes[key].width if across else boxes[key].height) / 2
            if centre - middle > 1.0:
                middle = centre
                self.starts.append(inf)
                self.ends.append(-inf)
            self.index[key] = len(self.starts) - 1
            self.starts[-1] = min(self.starts[-1], centre - half)
            self.ends[-1] = max(self.ends[-1], centre + half)


def _legend(view: View, steps: bool) -> list[tuple[str | None, str]]:
    entries: list[tuple[str | None, str]] = [("value", "forward: values")]
    if view.has_gradients:
        entries.append(("gradient", "backward: gradients"))
        told = {block.stage for box in view.boxes if box.kind == "chip" for block in box.blocks}
        parts = {"local": "local gradient", "flow": "upstream × local = flow"}
        if not told.isdisjoint(parts):
            entries.append(("chip", ", and ".join(words for stage, words in parts.items() if stage in told)))
    if steps:
        entries.append(("slot", "not yet known"))
    return entries


def _legend_width(entry: tuple[str | None, str]) -> float:
    return text_width(entry[1]) * 11.0 + (34.0 if entry[0] else 0.0) + 14.0
