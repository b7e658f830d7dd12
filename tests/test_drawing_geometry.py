"""Where things lie: read from the SVG, nothing overlaps, leaves its box, or ends in the air."""

import re
from functools import cache
from itertools import combinations, pairwise
from math import hypot
from xml.etree import ElementTree

import pytest
from drawing_examples import EXAMPLES, drawn

SVG = "{http://www.w3.org/2000/svg}"
CASES = [(example, direction) for example in EXAMPLES for direction in ("LR", "TB")]
everywhere = pytest.mark.parametrize(("example", "direction"), CASES)

TAGS = {"svg", "title", "desc", "rect", "g", "path", "text"}
ATTRIBUTES = {
    *("class", "role", "viewBox", "width", "height", "font-family", "style", "transform", "x", "y", "rx", "d"),
    *("fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "textLength", "lengthAdjust", "aria-label"),
    *("data-tail", "data-head", "data-node", "data-edge"),
    "{http://www.w3.org/XML/1998/namespace}space",
}


@cache
def picture(example, direction):
    """The drawing, and its SVG as elements."""
    drawing = drawn(EXAMPLES[example](), direction=direction)
    return drawing, ElementTree.fromstring(drawing.svg)


def number(element, key):
    return float(element.get(key))


def rectangle(element):
    """Left, top, right, bottom."""
    x, y = number(element, "x"), number(element, "y")
    return (x, y, x + number(element, "width"), y + number(element, "height"))


def groups(root, kind):
    """The groups of boxes with that attribute, by its value."""
    return {g.get(kind): g for g in root.iter(f"{SVG}g") if g.get(kind)}


def boxes(root):
    """The rectangles of all boxes and chips."""
    found = groups(root, "data-node") | groups(root, "data-edge")
    return {key: rectangle(group.find(f"{SVG}rect")) for key, group in found.items()}


def points(path):
    """The points of a path of absolute M, C and relative m, l, q, c, h, v commands."""
    x = y = 0.0
    for command, text in re.findall(r"([A-Za-z])([^A-Za-z]*)", path):
        values = [float(part) for part in re.findall(r"-?\d+(?:\.\d+)?", text)]
        if command in "hv":
            x, y = (x + values[0], y) if command == "h" else (x, y + values[0])
            yield x, y
        elif command != "z":
            pairs = list(zip(values[::2], values[1::2], strict=True))
            if command.islower():
                pairs = [(x + dx, y + dy) for dx, dy in pairs]
            yield from pairs
            x, y = pairs[-1]


def ink(element):
    """The rectangle around a text or an outline."""
    if element.tag == f"{SVG}text":
        x, y, size = number(element, "x"), number(element, "y"), number(element, "font-size")
        return (x, y - 0.73 * size, x + number(element, "textLength"), y + 0.15 * size)
    x, y, scale = map(
        float, re.fullmatch(r"translate\((\S+) (\S+)\) scale\((\S+)\)", element.get("transform")).groups()
    )
    outline = list(points(element.get("d")))
    xs, ys = zip(*outline, strict=True)
    return (x + scale * min(xs), y + scale * min(ys), x + scale * max(xs), y + scale * max(ys))


def written(group):
    """The texts and outlines directly in a group, each with the rectangle around it."""
    return [
        (one.text or one.get("aria-label"), ink(one))
        for one in group
        if one.tag == f"{SVG}text" or one.get("aria-label")
    ]


def overlap(a, b, by=0.0):
    """Whether two rectangles have more than `by` in common, both ways."""
    return min(a[2], b[2]) - max(a[0], b[0]) > by and min(a[3], b[3]) - max(a[1], b[1]) > by


def inside(a, b, by=0.0):
    """Whether `a` lies in `b`, give or take `by`."""
    return a[0] >= b[0] - by and a[1] >= b[1] - by and a[2] <= b[2] + by and a[3] <= b[3] + by


def from_border(point, box):
    """How far a point is from the border of a box."""
    x, y = point
    dx, dy = max(box[0] - x, 0, x - box[2]), max(box[1] - y, 0, y - box[3])
    if dx or dy:
        return hypot(dx, dy)
    return min(x - box[0], box[2] - x, y - box[1], box[3] - y)


@everywhere
def test_the_svg_is_plain(example, direction):
    _, root = picture(example, direction)
    assert root.tag == f"{SVG}svg"
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= TAGS
    assert {name for element in root.iter() for name in element.attrib} <= ATTRIBUTES
    assert root[0].tag == f"{SVG}title"
    assert root[0].text.startswith("Computational graph of ")
    assert root[1].tag == f"{SVG}desc"
    assert len(root[1].text.splitlines()) > 2


@everywhere
def test_no_two_boxes_overlap(example, direction):
    drawing, root = picture(example, direction)
    placed = boxes(root)
    assert set(placed) == {box.key for box in drawing._view.boxes}
    assert not [pair for pair in combinations(placed, 2) if overlap(placed[pair[0]], placed[pair[1]])]


@everywhere
def test_what_is_written_stays_in_its_box(example, direction):
    _, root = picture(example, direction)
    placed, count = boxes(root), 0
    for key, group in (groups(root, "data-node") | groups(root, "data-edge")).items():
        for text, place in written(group):
            count += 1
            assert inside(place, placed[key], 0.1), (key, text)
    assert count > len(placed)


@everywhere
def test_no_two_texts_overlap(example, direction):
    _, root = picture(example, direction)
    for key, group in (groups(root, "data-node") | groups(root, "data-edge")).items():
        for (one, first), (other, second) in combinations(written(group), 2):
            assert not overlap(first, second, 0.5), (key, one, other)


@everywhere
def test_boxes_lie_inside_the_frames_of_their_scopes(example, direction):
    drawing, root = picture(example, direction)
    said, placed = drawing._view, boxes(root)
    frames = [rectangle(rect) for rect in root.iter(f"{SVG}rect") if rect.get("class") == "gg-frame"]
    frames = dict(zip([cluster.key for cluster in said.clusters], frames, strict=True))
    parent = {cluster.key: cluster.parent for cluster in said.clusters}
    for cluster in said.clusters:
        assert cluster.parent is None or inside(frames[cluster.key], frames[cluster.parent])
    for box in said.boxes:
        around, key = set(), box.cluster
        while key is not None:
            around.add(key)
            key = parent[key]
        for key, frame in frames.items():
            if key in around:
                assert inside(placed[box.key], frame), (box.key, key)
            else:
                assert not overlap(placed[box.key], frame, 0.1), (box.key, key)


@everywhere
def test_the_labels_of_frames_are_clear_of_boxes_and_lie_over_the_edges(example, direction):
    _, root = picture(example, direction)
    frames = [rect for rect in root.iter(f"{SVG}rect") if rect.get("class") == "gg-frame"]
    labels = [g for g in root.iter(f"{SVG}g") if g.get("class") == "gg-label"]
    order = [id(element) for element in root.iter()]
    edges = [id(g) for g in root.iter(f"{SVG}g") if g.get("class") == "gg-edge"]
    for frame, group in zip(frames, labels, strict=True):
        ((text, label),) = written(group)
        ground = rectangle(group.find(f"{SVG}rect"))
        assert inside(label, ground), text
        assert inside(ground, rectangle(frame)), text
        assert all(order.index(edge) < order.index(id(group)) for edge in edges), text
        assert not [key for key, box in boxes(root).items() if overlap(label, box)], text


@everywhere
def test_everything_lies_in_the_picture_and_the_legend_below(example, direction):
    _, root = picture(example, direction)
    width, height = number(root, "width"), number(root, "height")
    (drawing,) = (g for g in root if g.get("transform"))
    dx, dy = map(float, re.fullmatch(r"translate\((\S+) (\S+)\)", drawing.get("transform")).groups())
    lowest = 0.0
    for x0, y0, x1, y1 in boxes(root).values():
        assert inside((x0 + dx, y0 + dy, x1 + dx, y1 + dy), (0, 0, width, height))
        lowest = max(lowest, y1 + dy)
    legend = written(root)
    assert legend
    for text, place in legend:
        assert inside(place, (0, lowest, width, height)), text
    assert not [pair for pair in combinations(legend, 2) if overlap(pair[0][1], pair[1][1])]


def lines(group):
    """The lines of an edge: its points, from start to end or to the tip of its head, and whether it has one."""
    paths = list(group)
    for k, path in enumerate(paths):
        if path.get("fill") == "none":
            line = list(points(path.get("d")))
            head = k + 1 < len(paths) and paths[k + 1].get("fill") != "none"
            yield [*line[:-1], next(points(paths[k + 1].get("d")))] if head else line, head


@everywhere
def test_edges_end_on_the_borders_of_what_they_join(example, direction):
    drawing, root = picture(example, direction)
    placed = boxes(root)
    edges = [g for g in root.iter(f"{SVG}g") if g.get("class") == "gg-edge"]
    for group, edge in zip(edges, drawing._view.edges, strict=True):
        assert (group.get("data-tail"), group.get("data-head")) == (edge.tail, edge.head)
        drawn_lines = list(lines(group))
        stops = [edge.tail, edge.chip, edge.head] if edge.chip else [edge.tail, edge.head]
        expected = []
        for tail, head in pairwise(stops):
            expected += [(tail, head, head == edge.head)]
            expected += [(head, tail, tail == edge.tail)] if edge.chip else []
        for (line, has_head), (start, end, wants_head) in zip(drawn_lines, expected, strict=True):
            assert has_head == wants_head
            assert from_border(line[0], placed[start]) <= 1.2, (start, end)
            assert from_border(line[-1], placed[end]) <= 1.2, (start, end)


@everywhere
def test_the_two_lines_of_an_edge_stay_side_by_side(example, direction):
    drawing, root = picture(example, direction)
    edges = [g for g in root.iter(f"{SVG}g") if g.get("class") == "gg-edge"]
    for group, edge in zip(edges, drawing._view.edges, strict=True):
        both = [line for line, _ in lines(group)] if edge.chip else []
        for forward, backward in zip(both[::2], both[1::2], strict=True):
            for (x0, y0), (x1, y1) in zip(forward[:-1], backward[:0:-1], strict=True):
                assert abs(hypot(x1 - x0, y1 - y0) - 7.2) < 0.2, (edge, x0, y0)


@everywhere
def test_arrowheads_point_along_the_picture(example, direction):
    _, root = picture(example, direction)
    heads = [one for g in root.iter(f"{SVG}g") if g.get("class") == "gg-edge" for one in g if one.get("fill") != "none"]
    assert heads
    for head in heads:
        tip, left, right = points(head.get("d"))
        x, y = tip[0] - (left[0] + right[0]) / 2, tip[1] - (left[1] + right[1]) / 2
        assert abs(x if direction == "LR" else y) > 0.8 * hypot(x, y), tip


@everywhere
def test_edges_keep_clear_of_other_boxes(example, direction):
    drawing, root = picture(example, direction)
    placed = boxes(root)
    edges = [g for g in root.iter(f"{SVG}g") if g.get("class") == "gg-edge"]
    for group, edge in zip(edges, drawing._view.edges, strict=True):
        others = {key: box for key, box in placed.items() if key not in (edge.tail, edge.chip, edge.head)}
        for line, _ in lines(group):
            for x, y in along(line):
                crossed = [key for key, (x0, y0, x1, y1) in others.items() if x0 < x < x1 and y0 < y < y1]
                assert not crossed, (edge, x, y)


def along(line):
    """Points along a path of cubic Bézier curves."""
    for k in range(0, len(line) - 1, 3):
        for step in range(21):
            t = step / 20
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
            four = line[k : k + 4]
            yield tuple(sum(w * p[axis] for w, p in zip(weights, four, strict=True)) for axis in (0, 1))


@pytest.mark.parametrize(
    ("example", "direction"), [("square", "LR"), ("double", "LR"), ("fan_out", "TB"), ("bce_one", "TB")]
)
def test_the_direction_is_what_fits(example, direction):
    across = drawn(EXAMPLES[example](), direction="LR")._layout
    assert (across.width <= 3 * across.height) == (direction == "LR")
    assert drawn(EXAMPLES[example]())._layout.direction == direction
