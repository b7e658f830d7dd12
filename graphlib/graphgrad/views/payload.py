"""What a page needs to play a run: the picture, the steps and the leaves, as plain data for JSON."""

from __future__ import annotations

import re
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from graphgrad.drawing.labels import Labels
from graphgrad.drawing.svg import svg
from graphgrad.drawing.typeset import EM
from graphgrad.formula import UNWRITTEN
from graphgrad.sentences import Plain, Term

if TYPE_CHECKING:
    from graphgrad.drawing.scene import Scene
    from graphgrad.events import Step
    from graphgrad.expression import Written
    from graphgrad.node import Node
    from graphgrad.views.cues import Cue
    from graphgrad.views.player import Player


_RESULT = re.compile(r"[=≈] [(\[−]*[\d∞N]")
"""A sign, and a number after it: where an equation gives its result away."""


def payload(player: Player) -> dict[str, Any]:
    """The data that ``player.js`` plays.

    - ``title``, ``output``: what is played, and the symbol of its output.
    - ``picture``: the SVG with everything in it; see `live` of :func:`graphgrad.drawing.svg.svg`.
    - ``theme``: light, dark or auto.
    - ``predict``: whether it opens with each number to be predicted.
    - ``notes``: what the picture leaves out, and why there is no backward pass, where that is so.
    - ``symbols``: typeset terms, each once: text, path, width, ascent and descent in units of the font size.
    - ``steps``: for each its kind, ``label`` (what becomes known), ``words``, ``text`` (the equation as
      text) and ``terms`` (the same as numbers of symbols and plain strings), ``box`` and ``stage`` that
      become known, ``lit`` boxes and ``edges``, ``answer`` (the numbers to predict, or null),
      ``asked`` (how many terms stand before them) and ``warning`` (whether NaN or infinity first appears here).
    - ``leaves``: for each its key, symbol, kind, shape, and its numbers as text that can be edited.
    """
    symbols = _Symbols(player.scene.labels)
    told = [_step(step, cue, player, symbols) for step, cue in zip(player.steps, player.cues, strict=True)]
    return {
        "title": player.title,
        "output": player.scene.labels.symbol(player.node).text,
        "picture": svg(player.view, player.layout, player.theme, live=True),
        "notes": list(player.view.notes),
        "theme": player.theme,
        "predict": player.predict,
        "symbols": symbols.drawn,
        "steps": told,
        "leaves": [
            {"key": leaf.key, "symbol": leaf.symbol, "kind": leaf.kind, "shape": list(leaf.shape), "text": leaf.text}
            for leaf in player.leaves
        ],
    }


def _step(step: Step, cue: Cue, player: Player, symbols: _Symbols) -> dict[str, Any]:
    sentence = step.sentence
    asked = next(
        (k for k, term in enumerate(sentence.terms) if isinstance(term, Plain) and _RESULT.search(term.text)), 0
    )
    return {
        "kind": step.kind,
        "label": _label(step, player.scene),
        "words": sentence.words,
        "text": sentence.numbers,
        "terms": [symbols.place(term) for term in sentence.terms],
        "box": cue.box,
        "stage": cue.stage,
        "lit": cue.lit,
        "edges": cue.edges,
        "answer": _answer(step, player.scene.shown.elements) if asked else None,
        "asked": asked,
        "warning": cue.box in player.warned and cue.stage in ("value", "flow"),
    }


def _label(step: Step, scene: Scene) -> str:
    """What a step makes known, in symbols."""

    def name(node: Node) -> str:
        return scene.labels.written.get(node, UNWRITTEN).text

    if step.source is not None:
        consumer, source = name(scene.part_of[step.node].node), name(step.source)
        return f"{consumer} → {source}" if step.kind == "flow" else f"∂{consumer}/∂{source}"
    return f"∂{name(scene.run.out)}/∂{name(step.node)}" if step.kind in ("upstream", "sum") else name(step.node)


def _answer(step: Step, most: int) -> list[float | str] | None:
    """The numbers to be predicted, if they are few; those of a leaf are given."""
    given = step.kind == "forward" and not step.node.inputs
    if given or step.value is None or not 0 < np.size(step.value) <= most:
        return None
    numbers = np.ravel(step.value).astype(float).tolist()
    return [number if isfinite(number) else repr(number) for number in numbers]  # JSON has no NaN


class _Symbols:
    """The typeset terms of all equations, each once."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self.drawn: list[dict[str, Any]] = []
        self._places: dict[Written, int] = {}

    def place(self, term: Term) -> int | str:
        """The number of a typeset term; a plain one as it is."""
        if isinstance(term, Plain):
            return term.text
        outline = self.labels.math(term, "ink").outline
        if outline is None:
            return term.text
        if term not in self._places:
            self._places[term] = len(self.drawn)
            self.drawn.append(
                {
                    "text": term.text,
                    "path": outline.path,
                    "width": round(outline.width / EM, 3),
                    "ascent": round(outline.ascent / EM, 3),
                    "descent": round(outline.descent / EM, 3),
                }
            )
        return self._places[term]
