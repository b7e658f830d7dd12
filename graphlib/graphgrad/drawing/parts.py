"""Which nodes get a box of their own, which are drawn as one, and which are written into their consumers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from graphgrad.drawing.labels import DEEPEST
from graphgrad.drawing.run import Run
from graphgrad.drawing.shown import Shown
from graphgrad.node import Node, is_bare_number
from graphgrad.op import Op
from graphgrad.scope import Scope

ENDS = 6
"""A summary draws this many nodes at either end of a graph."""


@dataclass(frozen=True, eq=False)
class Part:
    """What one box stands for: a node, or a group of nodes that is drawn as one.

    `group` is None for a node, the label of a collapsed scope, or "" for nodes that are left out.
    """

    key: str
    nodes: tuple[Node, ...]
    group: str | None = None

    @property
    def node(self) -> Node:
        """The node, or the last of the group."""
        return self.nodes[-1]


def folded(run: Run, names: Mapping[Node, str]) -> set[Node]:
    """The nodes without a box: literals, and small data such as 1 − y that no gradient passes."""
    depth: dict[Node, int] = {}
    for node in run.order[:-1]:
        if is_bare_number(node):
            depth[node] = 0
        elif isinstance(node, Op) and _is_data(node, run, names):
            steps = 1 + max(depth.get(source, 0) for source in node.inputs)
            if steps <= DEEPEST:
                depth[node] = steps
    return set(depth)


def _is_data(node: Op, run: Run, names: Mapping[Node, str]) -> bool:
    if node.function == "count":
        return True
    return bool(run.gradients) and node not in run.gradients and node.name is None and node not in names


def parts(run: Run, hidden: Collection[Node], shown: Shown) -> list[Part]:
    """The boxes in topological order; a graph with too many has its scopes, then its middle, drawn as one.

    Raises:
        ValueError: no scope has one of the labels to collapse, or a path leaves one and comes back.
    """
    known = {scope.label for node in run.order for scope in enclosing(node)}
    for label in shown.collapse:
        if label not in known:
            there = f"there are {', '.join(map(repr, sorted(known)))}" if known else "the graph has no scopes"
            raise ValueError(f"{shown.call}(collapse={label!r}): no scope has that label; {there}")
    asked = _collapsed(run, shown.collapse)
    broken = {scope.label for scope in _reentered(run, asked)}
    if broken:
        raise ValueError(
            f"{shown.call}(collapse={min(broken)!r}): a path leaves that scope and comes back, "
            f"so it cannot be one box; put what lies between into the scope too"
        )
    outermost = {scope.label for node in run.order for scope in list(enclosing(node))[-1:]}
    scopes = _collapsed(run, outermost)
    reentered = _reentered(run, scopes)
    ends = {*run.order[:ENDS], *run.order[-ENDS:]}
    for groups in (
        asked,
        {node: scope for node, scope in scopes.items() if scope not in reentered},
        {node: "" for node in run.order if node not in ends},
    ):
        single = sum(1 for node in run.order if node not in hidden and node not in groups)
        if single + len(set(groups.values())) <= shown.max_nodes:
            break
    return _grouped(run, hidden, groups)


def _reentered(run: Run, groups: Mapping[Node, Scope]) -> set[Scope]:
    """The groups that some path leaves and enters again: as one box they would be before and after another."""
    left: dict[Node, frozenset[Scope]] = {}
    reentered: set[Scope] = set()
    if groups:
        for node in run.order:
            own = groups.get(node)
            behind: frozenset[Scope] = frozenset()
            for source in node.inputs:
                behind |= left.get(source, frozenset())
                if source in groups and groups[source] is not own:
                    behind |= {groups[source]}
            if own in behind:
                reentered.add(own)
            left[node] = behind
    return reentered


def enclosing(node: Node) -> Iterator[Scope]:
    """The scopes around a node, the innermost first."""
    scope = node.scope
    while scope is not None:
        yield scope
        scope = scope.parent


def _collapsed(run: Run, labels: Collection[str]) -> dict[Node, Scope]:
    """The outermost scope with one of `labels`, for each op inside one."""
    groups: dict[Node, Scope] = {}
    if labels:
        for node in run.order:
            matching = [scope for scope in enclosing(node) if scope.label in labels]
            if matching and node.inputs:
                groups[node] = matching[-1]
    return groups


def _grouped(run: Run, hidden: Collection[Node], groups: Mapping[Node, Scope] | Mapping[Node, str]) -> list[Part]:
    """The boxes, each after those that it takes from."""
    members: dict[object, list[Node]] = {}
    for node in run.order:
        if node in groups or node not in hidden:
            members.setdefault(groups.get(node, node), []).append(node)
    by_node = {node: key for key, nodes in members.items() for node in nodes}
    boxes = _sorted({key: list(_taken(nodes, by_node)) for key, nodes in members.items()})
    return [Part(f"n{k}", tuple(members[key]), _label(key)) for k, key in enumerate(boxes)]


def _label(key: object) -> str | None:
    if isinstance(key, Node):
        return None
    return key.label if isinstance(key, Scope) else ""


def _taken(nodes: list[Node], by_node: Mapping[Node, object]) -> Iterator[object]:
    """The boxes that `nodes` take from, also through what is written into them."""
    inputs = [source for node in nodes for source in node.inputs]
    while inputs:
        source = inputs.pop()
        if source in by_node:
            yield by_node[source]
        else:
            inputs += source.inputs


def _sorted(taken: Mapping[object, list[object]]) -> list[object]:
    """The keys of `taken`, each after those that it takes from, else in their order: by a depth-first walk."""
    done: dict[object, None] = {}
    for key in taken:
        stack = [key]
        while stack:
            waiting = [below for below in taken[stack[-1]] if below not in done and below is not stack[-1]]
            if waiting:
                stack += reversed(waiting)
            else:
                done.setdefault(stack.pop())
    return list(done)
