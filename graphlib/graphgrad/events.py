"""The steps of a run, forward and backward, read from the one recorded sweep."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np

from graphgrad import numerals
from graphgrad.arrays import frozen
from graphgrad.descent import moved, rates_of
from graphgrad.drawing.parts import Part
from graphgrad.drawing.scene import Scene, scene
from graphgrad.drawing.settings import check_count, check_names
from graphgrad.drawing.shown import Shown
from graphgrad.formula import local_value
from graphgrad.names import caller_names
from graphgrad.node import Node
from graphgrad.op import Op
from graphgrad.sentences import Narrator, Sentence
from graphgrad.sweep import Flow, reached, seed_for, topological


@dataclass(frozen=True, eq=False)
class Step:
    """One step of a run.

    Attributes:
        kind: ``"forward"``: `node` is computed. ``"upstream"``: the gradient of `node` has arrived, by the
            one edge that leads to it, or as the seed. ``"local"``: the derivative of `node` with respect
            to its input. ``"flow"``: upstream × local flows to that input. ``"sum"``: `node` was used
            several times, and its flows are added up. ``"update"``: a Parameter moves.
        node: the node that the step is about; for ``"local"`` and ``"flow"`` the one that passes back.
        position: which input of `node` the edge leads to, for ``"local"`` and ``"flow"``; else None.
        value: what the step makes known, in full precision: the value, gradient, local gradient (None
            if the op states its vjp alone, or only moves elements), flow, total, or new value.
        parts: what `value` was made from: upstream and local gradient of a flow; the flows of a sum;
            old value, rate and gradient of an update.

    >>> w = gg.Parameter(3.0, name="w")
    >>> step = gg.steps(gg.Pow(w, 2, name="L"))[3]
    >>> step.kind, step.source, step.value
    ('local', <Parameter w: 3>, np.float64(6.0))
    >>> print(step)
    ∂L/∂w = 2·w = 6
    """

    kind: str
    node: Node
    position: int | None
    value: Any
    parts: tuple[Any, ...] = ()
    _tell: Callable[[], Sentence] = field(kw_only=True, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", frozen(self.value))
        object.__setattr__(self, "parts", tuple(map(frozen, self.parts)))

    @property
    def source(self) -> Node | None:
        """The input that the edge of the step leads to; None if the step is about a node."""
        return None if self.position is None else self.node.inputs[self.position]

    @cached_property
    def sentence(self) -> Sentence:
        """The step told, in the symbols of the picture: `words`, `numbers` and `latex` together."""
        with np.errstate(all="ignore"):  # the sentence itself says where a number is not finite
            return self._tell()

    @property
    def words(self) -> str:
        """The step in words."""
        return self.sentence.words

    @property
    def numbers(self) -> str:
        """The step as an equation, true as printed: ``=`` where the printed numbers agree, else ``≈``."""
        return self.sentence.numbers

    @property
    def latex(self) -> str:
        """The equation in LaTeX."""
        return self.sentence.latex

    def __str__(self) -> str:
        return self.numbers


def steps(
    node: Node,
    update: Any = None,
    *,
    seed: Any = None,
    names: Mapping[Any, str] | None = None,
    digits: int = numerals.DIGITS,
) -> list[Step]:
    """Every step of one forward and one backward pass from `node`, in order.

    Each node is computed in turn. Then the backward pass begins at `node`; each gradient arrives, or
    is added up from several flows, and goes on along each edge: local gradient, then upstream × local.
    Literals, and data that no gradient passes, such as 1 − y, are written where they are used and are
    no steps of their own. Without a Parameter, or for an array without a seed, there is no backward pass.

    Args:
        node: the output; gradients are those of this node.
        update: a step size, or ``{name or node: step size}`` as in :func:`descend`: the run ends with one
            step of gradient descent.
        seed: the gradient to start from, an array of `node`'s shape, for an output that is not a scalar.
        names: ``{node: name}``, which goes before the caller's variables.
        digits: significant digits of the sentences, from 1 to 15.

    Raises:
        TypeError: `node` is not a Node, a rate is no number, the seed is no real numbers, or `names` is no such dict.
        ValueError: the seed has another shape than `node`, `digits` is out of range, there is nothing to
            update, a rate is not finite or not that of a Parameter, or an update needs a seed.
        KeyError: `update` names a leaf that the graph does not have.
        NotImplementedError: there is an update, and an op on the way states no derivative.

    >>> a, b = gg.Parameter(2.0, name="a"), gg.Parameter(5.0, name="b")
    >>> for step in gg.steps(gg.Mul(a, b, name="c")):
    ...     print(step.kind.ljust(8), step)
    forward  a = 2
    forward  b = 5
    forward  c = a·b = 2·5 = 10
    upstream ∂c/∂c = 1
    local    ∂c/∂a = b = 5
    flow     ∂c/∂a = ∂c/∂c · ∂c/∂a = 1 × 5 = 5
    upstream ∂c/∂a = 5
    local    ∂c/∂b = a = 2
    flow     ∂c/∂b = ∂c/∂c · ∂c/∂b = 1 × 2 = 2
    upstream ∂c/∂b = 2
    """
    if not isinstance(node, Node):
        raise TypeError(f"steps({node!r:.60}): give a node, such as a loss")
    check_count("steps", "digits", digits, 1, 15)
    check_names("steps", names)
    if seed is not None:
        seed_for(node, seed, "steps()")
    called = caller_names(sys._getframe(1), Node) | dict(names or {})
    rates = {} if update is None else rates_of(topological(node), update, "steps(node, update)")
    shown = Shown(digits=digits, max_nodes=sys.maxsize, call="steps", rates=rates)
    return told(scene(node, called, seed, shown, typeset=False))


def told(scene: Scene) -> list[Step]:
    """The steps of a scene; a group that is drawn as one is computed, and passes back, as one."""
    teller = _Teller(scene)
    with np.errstate(all="ignore"):
        return [*teller.forward(), *teller.backward(), *teller.updates()]


class _Teller:
    def __init__(self, scene: Scene) -> None:
        self.scene, self.run = scene, scene.run
        self.say = Narrator(scene)

    def forward(self) -> Iterator[Step]:
        """Each box in turn."""
        for part in self.scene.parts:
            node = part.node
            if part.group is not None:
                tell = partial(self.say.group, part)
            else:
                tell = partial(self.say.value, node) if isinstance(node, Op) else partial(self.say.leaf, node)
            yield Step("forward", node, None, node.value, _tell=tell)

    def backward(self) -> Iterator[Step]:
        """From the output back. A leaf, which passes nothing on, has its gradient as soon as it is complete."""
        waiting = {node: len(self.scene.arriving(node)) for node in self.run.arriving if self._is_leaf(node)}
        for part in reversed(self.scene.parts):
            exits = self.scene.exits(part) if part.group is not None else part.nodes
            told = [node for node in reversed(exits) if node in self.run.gradients]
            yield from (self._arrival(node) for node in told if node.inputs or node is self.run.out)
            for source, consumer, place in self.scene.entering(part):
                flows = self.scene.carried(part, source, consumer, place)
                if not flows:
                    continue
                yield from self._edge(flows[0]) if part.group is None else self._way(part, flows)
                if source in waiting:
                    waiting[source] -= 1
                    if waiting[source] == 0:
                        yield self._arrival(source)

    def updates(self) -> Iterator[Step]:
        """One step of gradient descent, of the Parameters that the picture holds.

        Raises:
            ValueError: the output is no scalar, and there is no seed.
            NotImplementedError: an op has no derivative of this order.
        """
        rates, call = self.scene.shown.rates, f"{self.scene.shown.call}(node, update)"
        if not self.run.gradients and self.run.out in reached(rates, self.run.order):
            seed_for(self.run.out, None, call)
            if self.run.refused:
                raise NotImplementedError(f"{call}: {self.run.refused}")
        for leaf, rate in rates.items():
            if not self._is_leaf(leaf):
                continue
            gradient = self.run.gradients.get(leaf, np.zeros(leaf.shape, leaf.dtype)[()])
            new = moved(leaf.value, rate, gradient)
            tell = partial(self.say.update, leaf, rate, gradient, new)
            yield Step("update", leaf, None, new, (leaf.value, rate, gradient), _tell=tell)

    def _is_leaf(self, node: Node) -> bool:
        """Whether a node is a leaf with a box of its own."""
        return not node.inputs and node in self.scene.part_of and self.scene.part_of[node].group is None

    def _arrival(self, node: Node) -> Step:
        """The gradient of a node: the seed, the one flow that arrived, or the sum of several."""
        gradient, flows = self.run.gradients[node], self.scene.arriving(node)
        if len(flows) > 1:
            parts = tuple(flow for _, flow in flows)
            return Step("sum", node, None, gradient, parts, _tell=partial(self.say.total, node))
        tell = self.say.arrival if flows else self.say.start
        return Step("upstream", node, None, gradient, _tell=partial(tell, node))

    def _edge(self, flow: Flow) -> Iterator[Step]:
        node, position = flow.node, flow.position
        moves = node.jacobian == "rearrangement"  # what it moves, it multiplies by nothing
        local = None if moves else local_value(node, position)  # type: ignore[arg-type]
        yield Step("local", node, position, local, _tell=partial(self.say.local, flow))
        parts = (flow.upstream, local)
        yield Step("flow", node, position, flow.flow, parts, _tell=partial(self.say.flow, flow))

    def _way(self, part: Part, flows: list[Flow]) -> Iterator[Step]:
        """An edge into a group: the derivative that its inner sweep gives, and all that flows out along it."""
        node, position = flows[0].node, flows[0].position
        source, total = node.inputs[position], sum(flow.flow for flow in flows)
        inner = self.scene.inner_derivatives(part).get(source)
        if inner is not None:
            yield Step("local", node, position, inner, _tell=partial(self.say.group_local, part, source, inner))
        parts = (self.run.gradients.get(part.node), inner)
        tell = partial(self.say.group_flow, part, source, inner, total)
        yield Step("flow", node, position, total, parts, _tell=tell)
