"""Printed equations are true as printed: ``=`` only where exact, ``≈`` only where not.

They are read back from the words of many random pictures and worked out anew in decimals, without
the module that prints them.
"""

import re
from collections import Counter
from decimal import Decimal, InvalidOperation, localcontext
from math import prod

import graphgrad as gg
import numpy as np
import pytest
from drawing_examples import EXAMPLES, drawn
from graphgrad.names import mathematics

NUMBER = r"−?\d+(?:\.\d+)?(?:e−?\d+)?|−?∞|NaN"
FACTOR = rf"(?:{NUMBER}|\((?:{NUMBER})\))"
PRODUCT = re.compile(rf"({FACTOR}) × ({FACTOR}) ([=≈]) ({NUMBER})")
SUM = re.compile(rf"∂\S+ ([=≈]) ({FACTOR}(?: \+ {FACTOR})+) ([=≈]) ({NUMBER})")
GRADIENT = re.compile(rf"∂\S+ ([=≈]) (?:({NUMBER})|\[([^]]*)\])")
LOCAL = re.compile(rf"∂\S+ = (.*) ([=≈]) ({NUMBER})")
TABLE = re.compile(r"upstream (.*)\n× local (.*)\n([=≈]) flow (.*)")
CONSTANT = re.compile(rf"upstream × ({FACTOR}) ([=≈]) (.*)")
BACK = re.compile(rf"Σ flow ([=≈]) ({NUMBER})")
FLOWS = re.compile(r"∂\S+ ([=≈])\n((?:(?:\+ )?from \S+ .*\n)+)([=≈]) sum (.*)")


def in_one_line(text):
    """`text` with the rows of each matrix in one line."""
    return re.sub(r"\n (?=[−∞N\d])", " ", text)


def number(text):
    plain = text.strip("()").replace("−", "-").replace("∞", "Infinity")
    return Decimal(plain)


def numbers(text):
    return [number(part) for part in text.split()]


def rounded(value, digits):
    """A float in `digits` significant digits."""
    with localcontext(prec=digits):
        return +Decimal(float(value))


def is_printed(value, digits):
    """Whether rounding changes `value`, but for the noise of floats."""
    value, noise = Decimal(float(value)), 4 * Decimal(float(np.finfo(np.float64).eps))
    return not value.is_finite() or abs(rounded(value, digits) - value) <= noise * abs(value)


@pytest.fixture(autouse=True)
def _exact():
    """Decimals that never round, where ∞ − ∞ and 0 × ∞ are NaN."""
    with localcontext(prec=700, Emax=10**6, Emin=-(10**6)) as context:
        context.traps[InvalidOperation] = False
        yield


class Checker:
    """Checks equations, and counts them by kind and sign."""

    def __init__(self, digits):
        self.digits = digits
        self.count = Counter()

    def equation(self, kind, sign, pairs, sizes=None):
        """`pairs` of what the left side comes to and what the right side says; `sizes` of the summands."""
        self.count[kind, sign] += 1
        exact = all(left == right or (left.is_nan() and right.is_nan()) for left, right in pairs)
        assert sign == ("=" if exact else "≈"), (kind, sign, pairs)
        for k, (left, right) in enumerate(pairs):
            if left.is_finite() and right.is_finite():
                size = sizes[k] if sizes else abs(left)
                assert abs(left - right) <= 2 * Decimal(10) ** (1 - self.digits) * size, (kind, sign, left, right)

    def claim(self, kind, sign, printed, values):
        """A symbol is said to be the `printed` numbers; it is `values`."""
        self.count[kind, sign] += 1
        values = np.ravel(values).tolist()
        for said, value in zip(printed, values, strict=True):
            assert said == rounded(value, self.digits) or said.is_nan()
        assert sign == ("=" if all(is_printed(value, self.digits) for value in values) else "≈"), (kind, values)

    def box(self, text, gradient):
        """The box of a node with that gradient."""
        text = in_one_line(text)
        flows = FLOWS.search(text)
        if flows:
            rows = [numbers(row.split("from ")[1].split(" ", 1)[1]) for row in flows[2].splitlines()]
            self.equation(
                "sum of arrays",
                flows[3],
                list(zip(map(sum, zip(*rows, strict=True)), numbers(flows[4]), strict=True)),
                [sum(map(abs, column)) for column in zip(*rows, strict=True)],
            )
            return
        for line in text.splitlines():
            summed, claimed = SUM.fullmatch(line), GRADIENT.fullmatch(line)
            if summed:
                parts = numbers(summed[2].replace("+", " "))
                self.equation("sum", summed[3], [(sum(parts), number(summed[4]))], [sum(map(abs, parts))])
            elif claimed:
                self.claim("gradient", claimed[1], numbers(claimed[2] or claimed[3]), gradient)

    def chip(self, text, local, upstream):
        """The chip of an edge with that local gradient, out of a node with gradient `upstream`."""
        text = in_one_line(text)
        flow = None
        for line in text.splitlines():
            product, constant, claimed = PRODUCT.fullmatch(line), CONSTANT.fullmatch(line), LOCAL.fullmatch(line)
            if product:
                left = number(product[1]) * number(product[2])
                self.equation("product", product[3], [(left, number(product[4]))])
            elif constant and not line.startswith("upstream × local"):
                flow = numbers(constant[3])
                above = [rounded(value, self.digits) for value in np.ravel(upstream)]
                if len(above) == len(flow):
                    left = [value * number(constant[1]) for value in above]
                    self.equation("constant", constant[2], list(zip(left, flow, strict=True)))
            elif claimed and not re.fullmatch(NUMBER, claimed[1]):
                self.claim("local", claimed[2], [number(claimed[3])], local)
            back = BACK.fullmatch(line)
            if back:
                self.equation("back", back[1], [(sum(flow), number(back[2]))], [sum(map(abs, flow))])
            table = TABLE.search(text)
            if table and "flow" in line and not back:
                flow = numbers(table[4])
                left = [a * b for a, b in zip(numbers(table[1]), numbers(table[2]), strict=True)]
                self.equation("table", table[3], list(zip(left, flow, strict=True)))


def check(out, digits):
    """Check all equations of the picture of `out`; every node but the literals has a name of its own."""
    nodes = {mathematics(node.name).text: node for node in gg.topological(out) if node.name}
    out.backward()
    checker = Checker(digits)
    said = drawn(out, digits=digits)._view
    boxes = {box.key: box for box in said.boxes}
    for box in said.boxes:
        if box.kind != "chip" and nodes[box.title].grad is not None:
            checker.box(box.text, nodes[box.title].grad)
    met = Counter()
    for edge in said.edges:
        if edge.chip:
            node = nodes[boxes[edge.head].title]
            source = nodes[boxes[edge.tail].title]
            place = [position for position, one in enumerate(node.inputs) if one is source][met[source, node]]
            met[source, node] += 1
            checker.chip(boxes[edge.chip].text, node.local_gradients()[place].value, node.grad)
    return checker.count


ONE = [
    gg.Tanh,
    gg.Sigmoid,
    lambda a: gg.Exp(a) / 3,
    lambda a: gg.NegLog(a * a + 0.5),
    lambda a: a**2,
    lambda a: -a,
    lambda a: 1 - a,
    lambda a: a + a,
    lambda a: a * a,
    lambda a: gg.Mean(a, axis=0) if a.ndim else gg.Mean(a),
    lambda a: gg.Sum(a, axis=0) / 3 if a.ndim else a,
    lambda a: gg.Prod(a, axis=0) if a.ndim else a,
]
TWO = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / (b * b + 1),
]


def random_graph(seed):
    """A scalar of a few leaves; half of the leaves are short decimals, so that some equations are exact."""
    rng = np.random.default_rng(seed)
    shapes = [[()], [(), (3,)], [(), (2, 3), (3,)]][seed % 3]
    pool = []
    for k in range(4):
        shape = shapes[rng.integers(len(shapes))]
        value = rng.integers(-8, 9, shape) / 4 if rng.random() < 0.5 else rng.normal(size=shape)
        pool.append(gg.Parameter(value) if k < 3 else gg.Input(value))
    for _ in range(10):
        a, b = (pool[-1 - rng.integers(min(len(pool), 6))] for _ in range(2))
        rule = rng.integers(len(ONE) + len(TWO))
        pool.append(ONE[rule](a) if rule < len(ONE) else TWO[rule - len(ONE)](a, b))
    out = sum((gg.Sum(node) for node in pool[-3:]), gg.Sum(pool[0] * pool[1]))
    for k, node in enumerate(gg.topological(out)):
        if not (isinstance(node, gg.Constant) and node.ndim == 0):
            node.name = f"v{k}"
    return out


@pytest.mark.parametrize("digits", [2, 4, 7])
def test_random_pictures(digits):
    count = Counter()
    with np.errstate(all="ignore"):
        for seed in range(60):
            count += check(random_graph(seed), digits)
    for kind in ("sum", "sum of arrays", "gradient", "product", "constant", "local", "back", "table"):
        assert count[kind, "="] >= 5, (kind, count)
        assert count[kind, "≈"] >= 5 or kind == "constant", (kind, count)


@pytest.mark.parametrize("digits", [2, 4, 7])
@pytest.mark.parametrize("example", sorted(EXAMPLES.keys() - {"second", "forward_only"}))
def test_examples(example, digits):
    out = EXAMPLES[example]()
    for k, node in enumerate(gg.topological(out)):
        if node.name is None and not (isinstance(node, gg.Constant) and node.ndim == 0):
            node.name = f"v{k}"
    with np.errstate(all="ignore"):
        assert sum(check(out, digits).values()) > 2


WITHIN = re.compile(rf"∂\S+ ([=≈]) ({NUMBER})\n([=≈]) (.*(?:\n\+ .*)*)\nby the chain rule along each path inside")


@pytest.mark.parametrize("digits", [2, 4, 7])
def test_the_ways_through_a_collapsed_scope(digits):
    rng = np.random.default_rng(digits)
    checker = Checker(digits)
    for k in range(40):
        x = gg.Parameter(rng.integers(-8, 9) / 4 if k % 2 else rng.normal(), name="x")
        with gg.scope("inner"):
            out = TWO[k % 3](ONE[k % 7](x), ONE[k % 5 + 4](x) if k % 4 else 3 * x)
        out = gg.Mul(out, 1.5, name="L")
        for box in drawn(out, digits=digits, collapse="inner")._view.boxes:
            found = WITHIN.search(box.text) if box.title.endswith("/∂x") else None
            if found:
                ways = [[number(factor) for factor in way.split(" × ")] for way in found[4].split("\n+ ")]
                products = [prod(way, start=Decimal(1)) for way in ways]
                sizes = [sum(abs(product) for product in products) * max(map(len, ways))]
                checker.equation("ways", found[3], [(sum(products), number(found[2]))], sizes)
    assert checker.count["ways", "="] >= 5
    assert checker.count["ways", "≈"] >= 5


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a\n2 × (−3) ≈ −6", "product"),
        ("a\n0.3333 × 3 = 1", "product"),
        ("upstream 1 2\n× local 3 0.5\n≈ flow 3 1", "table"),
    ],
)
def test_the_checker_finds_what_is_false(text, kind):
    with pytest.raises(AssertionError, match=kind):
        Checker(4).chip(text, 1.0, 1.0)
