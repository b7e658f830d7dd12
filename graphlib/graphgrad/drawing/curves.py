"""Curves of an edge: chains of Bézier curves, each three control points after the first point."""

from __future__ import annotations

from math import dist, hypot

from graphgrad.drawing.layout import Point

Curve = tuple[Point, ...]

_SHORT = 2.0
"""A straight piece shorter than this is left out of an edge."""


def offset(curve: Curve, by: float) -> Curve:
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


def joined(*stops: Point, across: bool) -> Curve:
    """One curve through `stops`, each piece of it beginning and ending along the direction of the picture."""
    first, *between, last = stops
    curve = [first]
    for x, y in (*[stop for stop in between if min(dist(stop, first), dist(stop, last)) > _SHORT], last):
        x0, y0 = curve[-1]
        middle = (x0 + x) / 2 if across else (y0 + y) / 2
        curve += [(middle, y0), (middle, y), (x, y)] if across else [(x0, middle), (x, middle), (x, y)]
    return tuple(curve)


def shortened(curve: Curve, by: float) -> Curve:
    """The curve, ending `by` earlier, to leave room for the head of the arrow."""
    (x0, y0), (x1, y1) = curve[-2], curve[-1]
    length = hypot(x1 - x0, y1 - y0)
    if length < 1e-6:
        return curve
    by = min(by, length)
    return (*curve[:-1], (x1 - by * (x1 - x0) / length, y1 - by * (y1 - y0) / length))


def head(curve: Curve, length: float) -> Curve:
    """The three corners of the arrowhead at the end of the curve, the tip first."""
    (x0, y0), (x1, y1) = curve[-2], curve[-1]
    reach = hypot(x1 - x0, y1 - y0) or 1.0
    ux, uy = (x1 - x0) / reach, (y1 - y0) / reach
    bx, by = x1 - length * ux, y1 - length * uy
    half = length * 0.3875
    return (x1, y1), (bx - half * uy, by + half * ux), (bx + half * uy, by - half * ux)
