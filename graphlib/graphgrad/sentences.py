"""What each step of a run says: in words, in numbers and in LaTeX. Its equations are true as printed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from graphgrad import numerals
from graphgrad.drawing.boxes import MANY, kind_word
from graphgrad.drawing.chips import ORDINALS
from graphgrad.drawing.labels import equation
from graphgrad.drawing.parts import Part
from graphgrad.drawing.scene import Scene
from graphgrad.expression import Written, application, literal, symbol
from graphgrad.formula import UNWRITTEN, LocalGradient, local_gradient
from graphgrad.names import Symbol, partial_derivative, text_latex
from graphgrad.names import shown as shown_name
from graphgrad.node import Node, Parameter, is_bare_number
from graphgrad.op import Op
from graphgrad.printed import flow_equals, summed_back_equals, value_equals
from graphgrad.sweep import Flow

_LATEX = {"×": r"\times ", "·": r"\cdot ", "≈": r"\approx ", "←": r"\leftarrow ", "Σ": r"\sum ", "−": "-"}
_LATEX |= {"⋯": r"\cdots ", "∞": r"\infty ", "NaN": r"\mathrm{NaN}", " @ ": r"\,"}
_SIGNS = re.compile("|".join(map(re.escape, _LATEX)))
_POWER_OF_TEN = re.compile(r"(\d)e(−?\d+)")
_BETWEEN = re.compile(r"(?<=[\d\]∞N]) (?=−?[∞N\d]|\[)")
_IN_WORDS = re.compile("[−∞⋯]")


class Plain(NamedTuple):
    """Numbers, signs and words: plain text on the picture, and what they are in LaTeX."""

    text: str
    latex: str


Term = Written | Plain
"""A symbol or formula to be typeset, or plain text."""

Terms = tuple[Term, ...]


@dataclass(frozen=True)
class Sentence:
    """One sentence, told twice: `words` to be listened to, `terms` to be read as an equation."""

    words: str
    terms: Terms

    @property
    def numbers(self) -> str:
        """The equation in Unicode text."""
        return "".join(term.text for term in self.terms)

    @property
    def latex(self) -> str:
        """The equation in LaTeX."""
        return " ".join(term.latex for term in self.terms)


class Narrator:
    """Tells the steps of a scene, in the symbols and digits of its picture."""

    def __init__(self, scene: Scene) -> None:
        self.run, self.labels, self.scene = scene.run, scene.labels, scene
        self.digits, self.elements = scene.shown.digits, scene.shown.elements
        self._arriving = cache(scene.arriving)
        self._local = cache(self._local_gradient)

    # Forward

    def leaf(self, node: Node) -> Sentence:
        """A leaf has its value from the start."""
        kind = kind_word(node, self.run, self.labels) or "input"
        article = "an" if kind[0] in "aeiou" else "a"
        words = f"{self._name(node)} is {article} {kind}: {self._value(node.value)}.{self._warning(node)}"
        return Sentence(words, (self._symbol(node), self._is(node.value)))

    def value(self, node: Op) -> Sentence:
        """An op is computed from its inputs."""
        sources = self.scene.sources(self.scene.part_of[node])
        value = self._value(node.value)
        words = f"{self._name(node)} is computed{self._from(sources)}: {value}.{self._warning(node)}"
        title = equation(self._symbol(node), self.labels.application(node))
        values = [source.value for source in node.inputs]
        if self._small(node.value, *values):
            put_in = application(node, [self._operand(source) for source in node.inputs], self.labels.count)
            if put_in.text != value:
                result = _plain(f" {value_equals(node, self.digits, self.elements)} {value}")
                all_literals = put_in.text == self.labels.application(node).text
                numbers = () if all_literals else (_plain(" = "), Plain(put_in.text, put_in.latex))
                return Sentence(words, (title, *numbers, result))
        return Sentence(words, (title, self._is(node.value)))

    def group(self, part: Part) -> Sentence:
        """Nodes that are drawn as one are computed together."""
        exits = [node for node in self.scene.exits(part) if self.labels.has_symbol(node)]
        count = f"{len(part.nodes):,} node{'s' * (len(part.nodes) != 1)}"
        if not part.group:
            words = f"{count} that the picture leaves out are computed."
            return Sentence(words, (_said(f"⋯ {count} ⋯"),))
        told = ", ".join(f"{self._name(node)}{self._is(node.value).text}" for node in exits)
        sources = self._from(self.scene.sources(part))
        words = (
            f"{shown_name(part.group)}, {count} drawn as one, is computed{sources}: {told}.{self._warning(*part.nodes)}"
        )
        terms: list[Term] = []
        for node in exits:
            terms += [*([_plain(", ")] * bool(terms)), self._symbol(node), self._is(node.value)]
        return Sentence(words, tuple(terms))

    # Backward

    def start(self, node: Node) -> Sentence:
        """The backward pass begins at the output."""
        name, seed = self._name(node), self.run.gradients[node]
        if node.size == 1 and np.ravel(seed)[0] == 1:
            words = f"The backward pass begins at {name}: the derivative of {name} with respect to itself is 1."
        else:
            words = f"The backward pass begins at {name} with the gradient that was given: {self._value(seed)}."
        return Sentence(words, (self._gradient(node), self._is(seed)))

    def arrival(self, node: Node) -> Sentence:
        """The gradient of a node that was used once is what flowed to it."""
        gradient = self.run.gradients[node]
        origin = self._arriving(node)[0][0]
        words = f"The gradient of {self._name(node)} is what flowed to it from {origin}: {self._value(gradient)}."
        return Sentence(words + self._meaning(node), (self._gradient(node), self._is(gradient)))

    def total(self, node: Node) -> Sentence:
        """The gradient of a node that was used several times is the sum of the flows."""
        arriving, total = self._arriving(node), self.run.gradients[node]
        count = f"{len(arriving)} flows"
        words = f"{self._name(node)} was used {len(arriving)} times, so its gradient is the sum of {count}"
        ending = f": {self._value(total)}.{self._meaning(node)}"
        if len(arriving) > MANY or not self._small(total):
            return Sentence(words + ending, (self._gradient(node), self._is(total), _said(f", the sum of {count}")))
        parts = [flow for _, flow in arriving]
        told = _listed([f"{self._value(flow)} from {origin}" for origin, flow in arriving])
        exact = all(numerals.equals(part, self.digits, self.elements) == "=" for part in parts)
        sign = numerals.sum_equals(parts, total, self.digits)
        summands = " + ".join([self._value(parts[0]), *map(self._factor, parts[1:])])
        numbers = _plain(f" {'=' if exact else '≈'} {summands} {sign} {self._value(total)}")
        return Sentence(f"{words}, {told}{ending}", (self._gradient(node), numbers))

    def local(self, flow: Flow) -> Sentence:
        """How a node responds to one of its inputs."""
        local = self._local(flow)
        node, source = flow.node, local.input
        name, of, which = self._name(node), self._name(source), self._which(flow)
        formula = Written(local.formula, local.latex)
        passed = (self._gradient(source), _plain(" = "))
        if local.jacobian == "rearrangement":
            words = f"{name} holds the elements of {of} in another order: what arrives is put back into theirs."
            return Sentence(words, (*passed, self._gradient(node), _said(", rearranged")))
        if local.jacobian == "general":
            words = f"The rule of {name} says how what arrives flows on to {of}{which}: {local.formula}."
            return Sentence(words, (*passed, formula))
        if local.jacobian == "product":
            words = f"Through a matrix product the gradient flows back to {of}{which} by the other factor."
            both = (self._gradient(node), _plain(" @ "), formula)
            factors = both if flow.position == 0 else reversed(both)
            return Sentence(words, (*passed, *factors, _plain(", "), formula, self._is(local.value)))
        value = self._value(local.value)
        if np.ndim(local.value):
            words = f"The local gradient, how {name} responds to {of}{which}, element by element: {value}."
        else:
            words = f"The local gradient: when {of} grows a little{which}, {name} changes by {value} times as much."
        derivative = self._derivative(node, source)
        if value == local.formula:
            return Sentence(words, (derivative, self._is(local.value)))
        return Sentence(words, (derivative, _plain(" = "), formula, self._is(local.value)))

    def flow(self, flow: Flow) -> Sentence:
        """Upstream × local flows on, and is summed back over what was broadcast."""
        local = self._local(flow)
        gradient = self._if_alone(local.input)
        summed = np.shape(flow.product) != np.shape(flow.flow)
        whole = () if summed else gradient
        if local.jacobian in ("product", "general", "rearrangement"):
            words, terms = self._passed(flow, local, whole)
        else:
            words, terms = self._multiplied(flow, local, whole)
        if summed:
            total = f"Σ {summed_back_equals(flow, self.digits, self.elements)} {self._value(flow.flow)}"
            terms = (*terms, _plain(", "), *gradient, _plain(total))
            of, shape = self._name(local.input), np.shape(flow.product)
            words += f" {of} was broadcast to {shape}, so the flow is summed back: {self._value(flow.flow)}."
        if flow is self.scene.first_bad_flow:
            words += " It is the first gradient that is not finite."
        return Sentence(words, terms)

    def _passed(self, flow: Flow, local: LocalGradient, whole: Terms) -> tuple[str, Terms]:
        """What a matrix product, or an op with a rule of its own, passes back; `whole` begins it if it is all of it."""
        name, of, value = self._name(flow.node), self._name(local.input), self._value(flow.product)
        words = f"What arrived at {name}, passed back to {of}{self._which(flow)}: {value}."
        left = whole[:1] or (_said("flow to "), self._symbol(local.input))
        return words, (*left, self._is(flow.product))

    def _multiplied(self, flow: Flow, local: LocalGradient, whole: Terms) -> tuple[str, Terms]:
        """Upstream × local; `whole` begins it if it is all of the gradient."""
        name, of = self._name(flow.node), self._name(local.input) + self._which(flow)
        upstream, factor = self._value(flow.upstream), self._value(local.value)
        symbols = (*whole, self._gradient(flow.node), _plain(" · "), self._derivative(flow.node, local.input))
        if not self._small(flow.upstream, local.value, flow.product):
            value = self._value(flow.product)
            words = f"Upstream times local, element by element, flows from {name} back to {of}: {value}."
            return words, (*symbols, self._is(flow.product))
        sign = flow_equals(flow, local, self.digits, self.elements)
        product, each = flow.product, ""
        if np.ndim(local.value) == 0 and np.size(product) > np.size(flow.upstream):  # each number goes to several
            each = f" to each of {np.size(product) // np.size(flow.upstream)}"
            product = flow.upstream * local.value
        value = self._value(product)
        words = f"Upstream {upstream} times local {factor}: {value} flows from {name} back to {of}{each and ','}{each}."
        numbers = _plain(f" = {upstream} × {self._factor(local.value)} {sign} {value}")
        return words, (*symbols, numbers, *([_said(f",{each}")] * bool(each)))

    def group_local(self, part: Part, source: Node, inner: Any) -> Sentence:
        """How a group responds to what enters it."""
        name, of, where = self._name(part.node), self._name(source), shown_name(part.group or "")
        words = f"By the chain rule inside {where}, {name} responds to {of} by {self._value(inner)}."
        return Sentence(words, (self._derivative(part.node, source), self._is(inner)))

    def group_flow(self, part: Part, source: Node, inner: Any, flow: Any) -> Sentence:
        """What flows out of a group."""
        of, where = self._name(source), shown_name(part.group) if part.group else "what is left out"
        words = f"From {where}, {self._value(flow)} flows back to {of}."
        if inner is None or not self._small(inner, flow):
            return Sentence(words, (_said("flow to "), self._symbol(source), self._is(flow)))
        upstream = self.run.gradients[part.node]
        sign = numerals.product_equals(upstream, inner, flow, self.digits)
        numbers = f" = {self._value(upstream)} × {self._factor(inner)} {sign} {self._value(flow)}"
        factors = (self._gradient(part.node), _plain(" · "), self._derivative(part.node, source))
        return Sentence(words, (*self._if_alone(source), *factors, _plain(numbers)))

    def update(self, node: Parameter, rate: float, gradient: Any, new: Any) -> Sentence:
        """A parameter moves against its gradient."""
        own, step = self._symbol(node), self._factor(rate)
        before, after = self._value(node.value), self._value(new)
        words = f"{own.text} moves by −{step} times its gradient, from {before} to {after}."
        rule = (own, _plain(" ← "), own, _plain(f" − {step} · "), self._gradient(node))
        if not self._small(new):
            return Sentence(words, (*rule, self._is(new)))
        triples = zip(*(np.ravel(array).tolist() for array in (node.value, gradient, new)), strict=True)
        exact = all(numerals.path_sum_equals([[w], [-rate, g]], n, self.digits) == "=" for w, g, n in triples)
        numbers = f" = {before} − {step} × {self._factor(gradient)} {'=' if exact else '≈'} {after}"
        return Sentence(words, (*rule, _plain(numbers)))

    # Words

    def _local_gradient(self, flow: Flow) -> LocalGradient:
        return local_gradient(flow.node, flow.position, self.labels.written, self.labels.count)  # type: ignore[arg-type]

    def _name(self, node: Node) -> str:
        return self._symbol(node).text

    def _symbol(self, node: Node) -> Written:
        return self.labels.written.get(node, UNWRITTEN)

    def _derivative(self, above: Node, below: Node) -> Written:
        a, b = self._symbol(above), self._symbol(below)
        return symbol(partial_derivative(Symbol(a.text, a.latex), Symbol(b.text, b.latex)))

    def _gradient(self, node: Node) -> Written:
        return self._derivative(self.run.out, node)

    def _if_alone(self, node: Node) -> Terms:
        """∂L/∂node =, before the one flow that is all of it."""
        return (self._gradient(node), _plain(" = ")) if len(self._arriving(node)) == 1 else ()

    def _small(self, *values: Any) -> bool:
        return all(0 < np.size(value) <= self.elements for value in values)

    def _value(self, value: Any) -> str:
        return numerals.array(value, self.digits, self.elements)

    def _factor(self, value: Any) -> str:
        text = self._value(value)
        return f"({text})" if text.startswith("−") else text

    def _operand(self, source: Node) -> Written:
        """A number that is put in for a symbol; a literal stays as it is."""
        value = source.value
        if is_bare_number(source):
            return literal(value)
        text, level = self._value(value), "negative" if np.ndim(value) == 0 and value < 0 else "call"
        latex = _plain(text).latex
        return Written(text, latex, level, "product" if "cdot" in latex and level == "call" else level)

    def _is(self, value: Any) -> Plain:
        """``= 1``, ``≈ 0.3333``, or what a large array comes to."""
        if not self._small(value):
            return _said(f": {self._value(value)}")
        return _plain(f" {numerals.equals(value, self.digits, self.elements)} {self._value(value)}")

    def _from(self, sources: Sequence[Node]) -> str:
        names = [self._name(source) for source in sources]
        if len(names) > MANY:
            names = [*names[: MANY - 1], f"{len(names) - MANY + 1:,} more"]
        return f" from {_listed(names)}" if names else ""

    def _warning(self, *nodes: Node) -> str:
        found = [what for what, node in self.scene.first_bad.items() if any(member is node for member in nodes)]
        return f" Here is the first {' and the first '.join(found)}." if found else ""

    def _which(self, flow: Flow) -> str:
        """Which of several equal inputs an edge leads to."""
        source = flow.node.inputs[flow.position]
        if sum(other is source for other in flow.node.inputs) < 2:
            return ""
        return f" as its {ORDINALS[min(flow.position, len(ORDINALS) - 1)]} input"

    def _meaning(self, node: Node) -> str:
        if not isinstance(node, Parameter) or node.ndim or self.run.out.ndim:
            return ""
        out, own, times = self._name(self.run.out), self._name(node), self._value(self.run.gradients[node])
        return f" So when {own} grows a little, {out} changes by {times} times as much."


def _listed(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def _said(words: str) -> Plain:
    """Words, and the signs among them."""
    latex = _IN_WORDS.sub(lambda sign: f"}}{_LATEX[sign[0]]}\\text{{", text_latex(words))
    return Plain(words, latex.replace(r"\text{}", "").strip())


def _plain(text: str) -> Plain:
    """Numbers and the signs between them."""
    scaled = _POWER_OF_TEN.sub(r"\1 \\cdot 10^{\2}", _BETWEEN.sub(r" \\; ", text))
    return Plain(text, _SIGNS.sub(lambda sign: _LATEX[sign[0]], scaled).strip())
