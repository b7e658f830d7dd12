"""A view with its places as SVG: the same bytes for the same graph, in every process."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import dist, hypot, inf
from xml.sax.saxutils import escape, quoteattr

from graphgrad.drawing.content import COLUMN_GAP, GAP, LEADING, Block, Box, Edge, Line, Rule, Span, Table, View
from graphgrad.drawing.layout import LABEL_SIZE, Layout, Point
from graphgrad.drawing.theme import Theme, colour, variables
from graphgrad.drawing.typeset import EM, covered, text_outline, text_width

MARGIN = 14.0
FONT = "DejaVu Sans, Verdana, sans-serif"

_APART = 3.6
"""How far the forward and the backward line of an edge are from its middle."""

_SPREAD = 30.0
"""How far apart edges meet one side of a box, where it is long enough."""

_HEAD = 8.0
_SHORT = 2.0
"""A straight piece shorter than this is left out of an edge."""

_RADII = {"chip": 5.0, "again": 10.0}
_LEGEND = 13.0


def svg(view: View, layout: Layout, theme: Theme, *, outlined: bool = False) -> str:
    """The picture as SVG text; `outlined` draws plain text as paths too, so that it needs no font."""
    return "".join(_Painter(view, layout, theme, outlined).picture())


class _Painter:
    def __init__(self, view: View, layout: Layout, theme: Theme, outlined: bool) -> None:
        self.outlined = outlined
        self.view, self.layout, self.theme = view, layout, theme
        self.boxes = {box.key: box for box in view.boxes}
        self.across = layout.direction == "LR"
        self.slots = self._slots()
        self.ranks = _Ranks(self.boxes, layout, self.across)
        self.legend = [*_legend(view), *[(None, note) for note in view.notes]]

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
        yield f"<title>{escape(self.view.title)}</title><desc>{escape(self.view.description)}</desc>"
        yield f'<rect width="{width:.1f}" height="{height:.1f}" fill="{self._colour("paper")}"/>'
        shift = (width - self.layout.width) / 2
        yield f'<g transform="translate({shift:.1f} {MARGIN})">'
        yield from self._clusters()
        for edge in self.view.edges:
            yield from self._edge(edge)
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
        for cluster in self.view.clusters:
            if cluster.key not in self.layout.frames:
                continue
            left, top, right, bottom = self.layout.frames[cluster.key]
            yield (
                f'<g class="gg-cluster"><rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" '
                f'height="{bottom - top:.1f}" rx="12" fill="{self._colour("cluster")}" '
                f'stroke="{self._colour("cluster-edge")}"/>'
            )
            yield self._text(Span(cluster.label, "muted", LABEL_SIZE), left + 12, top + 18) + "</g>"

    # Boxes

    def _box(self, box: Box) -> Iterator[str]:
        x, y = self.layout.centres[box.key]
        left, top = x - box.width / 2, y - box.height / 2
        fill = {"again": "op", "rest": "op"}.get(box.kind, box.kind)
        stroke = "warning" if box.warning else f"{fill}-edge"
        weight = 2.6 if box.warning else 1.0 if box.kind == "chip" else 1.5
        dash = ' stroke-dasharray="3 3"' if box.kind in ("again", "rest") else ""
        attribute = "data-edge" if box.kind == "chip" else "data-node"
        yield f'<g class="gg-{box.kind}" {attribute}="{box.key}"><title>{escape(box.title)}</title>'
        yield (
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
            f'rx="{_RADII.get(box.kind, 9.0):g}" fill="{self._colour(fill)}" stroke="{self._colour(stroke)}" '
            f'stroke-width="{weight}"{dash}/>'
        )
        at = top + box.padding[1]
        for block in box.blocks:
            yield from self._block(block, box, x, at)
            at += block.height
        yield "</g>"

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
        fill = self._colour(span.role)
        if not span.text:
            return ""
        outline = text_outline(span.text) if self.outlined and covered(span.text) else None
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

    def _edge(self, edge: Edge) -> Iterator[str]:
        parts = list(self.layout.curves[edge])
        parts[0] = self._moved(parts[0], self.slots["out", edge], edge.tail, 0)
        parts[-1] = self._moved(parts[-1], self.slots["in", edge], edge.head, -1)
        stops = [edge.tail, edge.chip, edge.head] if edge.chip else [edge.tail, edge.head]
        parts = [self._smooth(curve, *ends) for curve, ends in zip(parts, pairwise(stops), strict=True)]
        yield f'<g class="gg-edge" data-tail="{edge.tail}" data-head="{edge.head}">'
        apart = _APART if edge.backward else 0.0
        for k, curve in enumerate(parts):
            yield self._line(_offset(curve, -apart), "value", head=k == len(parts) - 1, dash=False)
            if edge.backward:
                backward = tuple(reversed(_offset(curve, apart)))
                yield self._line(backward, "gradient", head=k == 0, dash=True)
        yield "</g>"

    def _moved(self, curve: tuple[Point, ...], by: float, box: str, end: int) -> tuple[Point, ...]:
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

    def _smooth(self, curve: tuple[Point, ...], tail: str, head: str) -> tuple[Point, ...]:
        """Between neighbouring ranks: straight out of the one, one bend in the free space, straight into the other."""
        if self.ranks.index[head] - self.ranks.index[tail] != 1:
            return curve
        (x0, y0), (x1, y1) = curve[0], curve[-1]
        begin, end = (x0, x1) if self.across else (y0, y1)
        leave = max(begin, self.ranks.ends[self.ranks.index[tail]])
        enter = min(end, self.ranks.starts[self.ranks.index[head]])
        stops = [(leave, y0), (enter, y1)] if self.across else [(x0, leave), (x1, enter)]
        return _joined((x0, y0), *stops, (x1, y1), across=self.across)

    def _line(self, curve: tuple[Point, ...], role: str, *, head: bool, dash: bool) -> str:
        stroke = self._colour(role)
        dashes = ' stroke-dasharray="5 3"' if dash else ""
        line = _shortened(curve, _HEAD - 1) if head else curve
        (x, y), rest = line[0], line[1:]
        path = f"M{x:.1f} {y:.1f}C" + " ".join(f"{px:.1f} {py:.1f}" for px, py in rest)
        drawn = f'<path d="{path}" fill="none" stroke="{stroke}" stroke-width="1.5"{dashes}/>'
        return drawn + (_arrowhead(curve, stroke) if head else "")

    # Legend

    def _legend_rows(self) -> list[list[tuple[str | None, str]]]:
        rows: list[list[tuple[str | None, str]]] = [[]]
        room = max(self.layout.width + MARGIN, 480.0)
        for entry in self.legend:
            if rows[-1] and sum(map(_legend_width, rows[-1])) + _legend_width(entry) > room:
                rows.append([])
            rows[-1].append(entry)
        return [row for row in rows if row]

    def _legend_row(self, row: list[tuple[str | None, str]], width: float, top: float) -> Iterator[str]:
        at = (width - sum(map(_legend_width, row))) / 2
        middle = top
        for sample, text in row:
            if sample == "chip":
                yield (
                    f'<rect x="{at:.1f}" y="{middle - 7:.1f}" width="26" height="14" rx="4" '
                    f'fill="{self._colour("chip")}" stroke="{self._colour("chip-edge")}"/>'
                )
            elif sample:
                ends = ((at, middle), (at + 9, middle), (at + 18, middle), (at + 28, middle))
                curve = ends if sample == "value" else tuple(reversed(ends))
                yield self._line(curve, sample, head=True, dash=sample == "gradient")
            yield self._text(Span(text, "muted", 11.0), at + (34 if sample else 0), middle + 4)
            at += _legend_width((sample, text))


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


def _legend(view: View) -> list[tuple[str | None, str]]:
    entries: list[tuple[str | None, str]] = [("value", "forward: values")]
    if view.has_gradients:
        entries.append(("gradient", "backward: gradients"))
        if any(box.kind == "chip" for box in view.boxes):
            entries.append(("chip", "local gradient, and upstream × local = flow"))
    return entries


def _legend_width(entry: tuple[str | None, str]) -> float:
    return text_width(entry[1]) * 11.0 + (34.0 if entry[0] else 0.0) + 14.0


def _offset(curve: tuple[Point, ...], by: float) -> tuple[Point, ...]:
    """The curve, moved sideways by `by`: each point across the way from the last to the next that differs from it."""
    if by == 0:
        return curve
    moved = []
    for k, (x, y) in enumerate(curve):
        x0, y0 = next((point for point in reversed(curve[:k]) if point != (x, y)), (x, y))
        x1, y1 = next((point for point in curve[k + 1 :] if point != (x, y)), (x, y))
        length = hypot(x1 - x0, y1 - y0) or 1.0
        moved.append((x - by * (y1 - y0) / length, y + by * (x1 - x0) / length))
    return tuple(moved)


def _joined(*stops: Point, across: bool) -> tuple[Point, ...]:
    """One curve through `stops`, each piece of it beginning and ending along the direction of the picture."""
    first, *between, last = stops
    curve = [first]
    for x, y in (*[stop for stop in between if min(dist(stop, first), dist(stop, last)) > _SHORT], last):
        x0, y0 = curve[-1]
        middle = (x0 + x) / 2 if across else (y0 + y) / 2
        curve += [(middle, y0), (middle, y), (x, y)] if across else [(x0, middle), (x, middle), (x, y)]
    return tuple(curve)


def _shortened(curve: tuple[Point, ...], by: float) -> tuple[Point, ...]:
    """The curve, ending `by` earlier, to leave room for the head of the arrow."""
    (x0, y0), (x1, y1) = curve[-2], curve[-1]
    length = hypot(x1 - x0, y1 - y0)
    if length < 1e-6:
        return curve
    by = min(by, length)
    return (*curve[:-1], (x1 - by * (x1 - x0) / length, y1 - by * (y1 - y0) / length))


def _arrowhead(curve: tuple[Point, ...], fill: str) -> str:
    (x0, y0), (x1, y1) = curve[-2], curve[-1]
    length = hypot(x1 - x0, y1 - y0) or 1.0
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    bx, by = x1 - _HEAD * ux, y1 - _HEAD * uy
    half = 3.1
    return (
        f'<path d="M{x1:.1f} {y1:.1f}L{bx - half * uy:.1f} {by + half * ux:.1f}'
        f'L{bx + half * uy:.1f} {by - half * ux:.1f}z" fill="{fill}"/>'
    )
