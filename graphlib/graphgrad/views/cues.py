"""What each step of a run does to its picture: what becomes known, and what is lit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from graphgrad.drawing.content import View
from graphgrad.drawing.moment import Moment
from graphgrad.drawing.scene import Scene
from graphgrad.events import Step


@dataclass(frozen=True)
class Cue:
    """The part of one step in the picture.

    Attributes:
        box: the key of the box or chip where something becomes known.
        stage: what becomes known there.
        lit: the keys of the boxes and chips that the step is about, `box` first.
        edges: the edges that it is about, as places in the list of the picture's edges.
    """

    box: str
    stage: str
    lit: tuple[str, ...]
    edges: tuple[int, ...]


def cues(scene: Scene, view: View, steps: Iterable[Step]) -> list[Cue]:
    """A cue for each step of a scene."""
    entering: dict[str, list[int]] = {}
    carrying: dict[str | None, int] = {}
    for k, edge in enumerate(view.edges):
        entering.setdefault(edge.head, []).append(k)
        carrying[edge.chip] = k
    return [_cue(step, scene, view, entering, carrying) for step in steps]


def _cue(step: Step, scene: Scene, view: View, entering: dict[str, list[int]], carrying: dict[str | None, int]) -> Cue:
    box = view.box_of[step.node]
    if step.kind in ("local", "flow"):
        chip = view.chip_of[step.node, step.position]  # type: ignore[index]
        other = view.box_of[step.source] if step.kind == "flow" else box  # type: ignore[index]
        return Cue(chip, step.kind, (chip, other), (carrying[chip],))
    if step.kind == "forward":
        return Cue(box, "value", (box,), tuple(entering.get(box, ())))
    if step.kind == "update":
        return Cue(box, "update", (box,), ())
    flows = scene.run.arriving.get(step.node, [])
    ways = [(flow.node, flow.position) for flow in flows]
    chips = dict.fromkeys(view.chip_of[way] for way in ways if way in view.chip_of)  # not those inside a group
    return Cue(box, scene.gradient_stage(step.node), (box, *chips), tuple(carrying[chip] for chip in chips))


def moments(cues: Sequence[Cue]) -> Iterator[Moment]:
    """The picture at each step."""
    first = {(cue.box, cue.stage): k for k, cue in enumerate(cues)}
    return (Moment(first, k, frozenset(cue.lit), frozenset(cue.edges)) for k, cue in enumerate(cues))
