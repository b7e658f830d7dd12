"""Sentences are true as printed: each equation is read back from its words and worked out anew.

Numbers are read as decimals and functions worked out by mpmath, without the modules that print them.
"""

import re
import unicodedata
from collections import Counter
from decimal import Decimal, InvalidOperation, localcontext

import graphgrad as gg
import mpmath
import numpy as np
import pytest
from drawing_examples import EXAMPLES, bce_one
from graphgrad.drawing.typeset import outline
from graphgrad.views.player import player
from test_drawing_hostile import NAMES, graph
from test_drawing_truth import ONE, TWO, is_printed, rounded

NUMBER = r"−?\d+(?:\.\d+)?(?:e−?\d+)?|−?∞|NaN"
TOKEN = re.compile(
    r"(?P<number>\d+(?:\.\d+)?(?:e−?\d+)?|∞|NaN)|(?P<name>[a-zσ_]+=?|True)|(?P<sign>\*\*|[-+−·/@()\[\],])|\s+"
)
ARRAY = rf"(?:{NUMBER}|\[[^=≈×+]*\])"
FACTOR = rf"(?:{ARRAY}|\((?:{NUMBER})\))"
D = r"∂[^/ ]+/∂[^ ,:]+"
SUMMARY = r": (shape .*|empty, shape .*)"


@pytest.fixture(autouse=True)
def _exact():
    """Decimals that never round, where ∞ − ∞ and 0 × ∞ are NaN."""
    with localcontext(prec=700, Emax=10**9, Emin=-(10**9)) as context, mpmath.workdps(150):
        context.traps[InvalidOperation] = False
        yield


# Reading what is printed


def exactly(function):
    """A function of real numbers, by mpmath in more digits than it rounds to."""

    def of_decimal(x):
        if x.is_nan():
            return x
        result = function(mpmath.mpf(str(x).replace("Infinity", "inf")))
        if not isinstance(result, mpmath.mpf) or mpmath.isnan(result):
            return Decimal("NaN")
        if mpmath.isinf(result):
            return Decimal("Infinity" if result > 0 else "-Infinity")
        with localcontext(prec=120):
            return +Decimal(mpmath.nstr(result, 140, min_fixed=1, max_fixed=0))

    return np.frompyfunc(of_decimal, 1, 1)


def safely(function):
    """`function` of finite numbers; at ±∞ its limit is that at a large number."""

    def of_real(x):
        return function(mpmath.mpf(-(10**9) if x < 0 else 10**9)) if mpmath.isinf(x) else function(x)

    return of_real


def root(x, y):
    """x ** y of decimals."""
    if y == y.to_integral_value() and x.is_finite():
        return x ** int(y) if x or y >= 0 else Decimal("Infinity")
    return exactly(lambda base: mpmath.power(base, mpmath.mpf(str(y))))(x)


LOG = exactly(lambda x: mpmath.log(x) if x > 0 else (mpmath.mpf("-inf") if x == 0 else mpmath.nan))
FUNCTIONS = {
    "σ": exactly(lambda z: 1 / (1 + mpmath.exp(-z))),
    "exp": exactly(mpmath.exp),
    "log": LOG,
    "sqrt": exactly(lambda x: mpmath.sqrt(x) if x >= 0 else mpmath.nan),
    "tanh": exactly(mpmath.tanh),
    "softplus": exactly(lambda z: mpmath.log(1 + mpmath.exp(z))),
    "log_sigmoid": exactly(lambda z: -mpmath.log(1 + mpmath.exp(-z))),
    "relu": np.frompyfunc(lambda x: max(x, Decimal(0)), 1, 1),
    "xlogy": lambda x, y: np.frompyfunc(lambda a, b: a * LOG(b) if a else Decimal(0), 2, 1)(x, y),
    "sum": np.sum,
    "prod": np.prod,
    "mean": lambda x, **settings: np.sum(x, **settings) * Decimal(np.size(np.sum(x, **settings))) / Decimal(np.size(x)),
    "reshape": lambda x, shape: np.reshape(x, shape),
    "transpose": np.transpose,
}


class Reader:
    """Works out an expression of printed numbers, and keeps them."""

    def __init__(self, text):
        self.tokens, at = [], 0
        while at < len(text):
            found = TOKEN.match(text, at)
            assert found, (text, text[at:])
            if found.lastgroup:
                self.tokens.append((found.lastgroup, found[0]))
            at = found.end()
        self.at, self.numbers = 0, []
        self.result = self.sum()
        assert self.at == len(self.tokens), text

    def sign(self):
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, expected=None):
        kind, text = self.tokens[self.at]
        assert expected in (None, text), (expected, text)
        self.at += 1
        return kind, text

    def sum(self):
        left = self.signed()
        while self.sign() in ("+", "−"):
            _, sign = self.take()
            right = self.signed()
            left = left + right if sign == "+" else left - right
        return left

    def signed(self):
        if self.sign() == "−":
            start = len(self.numbers)
            self.take()
            whole = self.tokens[self.at][0] == "number"
            value = self.product()
            if whole and len(self.numbers) == start + 1:
                self.numbers[start] = -self.numbers[start]  # the sign of a number is part of it
            return -value
        return self.product()

    def product(self):
        left = self.power()
        while self.sign() in ("·", "/", "@"):
            _, sign = self.take()
            right = self.power()
            if sign == "/":
                left = np.frompyfunc(lambda a, b: a / b if b else Decimal("NaN"), 2, 1)(left, right)
            else:
                left = left * right if sign == "·" else np.matmul(left, right)
        return left

    def power(self):
        base = self.atom()
        if self.sign() == "**":
            self.take()
            return np.frompyfunc(root, 2, 1)(base, self.power())
        return base

    def atom(self):
        kind, text = self.take()
        if kind == "number":
            self.numbers.append(decimal(text))
            return self.numbers[-1]
        if text == "(":
            value = self.sum()
            self.take(")")
            return value
        if text == "[":
            return self.array()
        assert kind == "name", (text, self.tokens)
        return self.call(text)

    def array(self):
        items = []
        while self.sign() != "]":
            negative = self.sign() == "−" and self.take()
            kind, text = self.take()
            if kind == "number":
                self.numbers.append(-decimal(text) if negative else decimal(text))
                items.append(self.numbers[-1])
            else:
                assert text == "["
                items.append(self.array())
        self.take("]")
        return np.array(items, dtype=object)

    def call(self, name):
        self.take("(")
        given, settings = [self.sum()], {}
        while self.sign() == ",":
            self.take()
            if self.tokens[self.at][1].endswith("="):
                _, setting = self.take()
                settings[setting.removesuffix("=")] = self.setting()
            else:
                given.append(self.sum())
        self.take(")")
        return FUNCTIONS[name](*given, **settings)

    def setting(self):
        """A number, a tuple of numbers, or True."""
        if self.sign() == "(":
            self.take()
            items = []
            while self.sign() != ")":
                items.append(self.setting())
                if self.sign() == ",":
                    self.take()
            self.take(")")
            return tuple(items)
        _kind, text = self.take()
        if text == "-":
            return -int(self.take()[1])
        return True if text == "True" else int(text)


def decimal(text):
    return Decimal(text.replace("−", "-").replace("∞", "Infinity"))


def read(text):
    """The number or the array that `text` prints, as an array of decimals."""
    text = text.removeprefix("(").removesuffix(")")
    return np.asarray(Reader(text).result, dtype=object)


class Checker:
    """Checks the equation of each step, and counts them by kind and sign."""

    def __init__(self, digits):
        self.digits = digits
        self.count = Counter()

    def is_value(self, printed, value, where):
        """The printed numbers are those of `value`, rounded."""
        said, meant = np.ravel(printed).tolist(), np.ravel(value).astype(float).tolist()
        assert len(said) == len(meant), where
        for one, other in zip(said, meant, strict=True):
            assert one == rounded(other, self.digits) or (one.is_nan() and other != other), where

    def is_exact(self, value):
        """Whether rounding changes nothing, but for the noise of floats."""
        if np.asarray(value).dtype == np.float32:
            noise = 4 * Decimal(float(np.finfo(np.float32).eps))
            exact = [(Decimal(float(one)), rounded(float(one), self.digits)) for one in np.ravel(value)]
            return all(not one.is_finite() or abs(one - said) <= noise * abs(one) for one, said in exact)
        return all(is_printed(one, self.digits) for one in np.ravel(value).astype(float).tolist())

    def claim(self, kind, sign, text, value, where):
        """Something is said to be the printed numbers; it is `value`."""
        self.is_value(read(text), value, where)
        assert np.shape(read(text)) == np.shape(value), where
        exact = self.is_exact(value)
        assert sign == ("=" if exact else "≈"), where
        self.count[kind, sign] += 1

    def equation(self, kind, sign, left, right, sizes, where, single=False):
        """Two sides, element by element; they differ by no more than rounding the terms, of these sizes."""
        left, right, sizes = np.broadcast_arrays(left, right, sizes)
        pairs = list(zip(left.ravel(), right.ravel(), sizes.ravel(), strict=True))
        exact = all(a == b or (a.is_nan() and b.is_nan()) for a, b, _ in pairs)
        assert sign == ("=" if exact else "≈"), where
        for a, b, size in pairs:
            if a.is_finite() and b.is_finite():
                rounding = max(Decimal(10) ** (1 - self.digits), Decimal("4e-7") if single else 0)
                assert abs(a - b) <= 2 * rounding * size, where
        self.count[kind, sign] += 1

    def check(self, step):
        text = step.numbers
        assert "…" not in text
        assert not re.search(r"[−+×·] −[\d∞]", text), text  # a negative number after a sign is in parentheses
        getattr(self, step.kind)(step, text)

    def forward(self, step, text):
        node = step.node
        if re.search(SUMMARY + "$", text):
            self.count["summary"] += 1
            return
        left, sign, right = re.fullmatch(rf"(.*) ([=≈]) ({ARRAY})", text).groups()
        sides = left.split(" = ")
        if len(sides) < 3:
            self.claim("value" if node.inputs else "leaf", sign, right, node.value, text)
            return
        put_in = Reader(sides[2])
        printed = read(right)
        self.is_value(printed, node.value, text)
        said = iter(put_in.numbers)
        for source in node.inputs:
            for value in np.ravel(source.value).tolist():
                if isinstance(source, gg.Constant) and source.name is None and not source.ndim:
                    assert next(said) == Decimal(repr(value)), text  # a literal stays as it is
                else:
                    self.is_value(next(said), value, text)
        assert next(said, None) is None, text
        computed = np.asarray(put_in.result, dtype=object)
        assert computed.shape == printed.shape, text
        pairs = zip(computed.ravel(), printed.ravel(), strict=True)
        exact = all(a == b or (a.is_nan() and b.is_nan()) for a, b in pairs)
        assert sign == ("=" if exact else "≈"), text
        self.count[f"forward {type(node).__name__}", sign] += 1
        self.count["forward", sign] += 1

    def upstream(self, step, text):
        if not re.search(SUMMARY + "$", text):
            sign, right = re.fullmatch(rf"{D} ([=≈]) ({ARRAY})", text).groups()
            self.claim("upstream", sign, right, step.value, text)

    def sum(self, step, text):
        told = re.fullmatch(rf"{D}(?: ([=≈]) (.*)|{SUMMARY}), the sum of (\d+) flows", text)
        if told:
            assert int(told[4]) == len(step.parts)
            if told[1]:
                self.claim("sum of many", told[1], told[2], step.value, text)
            return
        claims, summands, sign, total = re.fullmatch(
            rf"{D} ([=≈]) ({FACTOR}(?: \+ {FACTOR})+) ([=≈]) ({ARRAY})", text
        ).groups()
        parts = [read(part) for part in summands.split(" + ")]
        for printed, part in zip(parts, step.parts, strict=True):
            self.is_value(printed, part, text)
        self.is_value(read(total), step.value, text)
        exact = all(map(self.is_exact, step.parts))
        assert claims == ("=" if exact else "≈"), text
        sizes = sum(np.abs(part) for part in parts)
        self.equation("sum", sign, sum(parts), read(total), sizes, text, any_single(step))

    def local(self, step, text):
        if step.node.jacobian in ("product", "general", "rearrangement"):
            assert re.match(rf"{D} = ", text)
            return
        if re.search(SUMMARY + "$", text):
            return
        sign, right = re.fullmatch(rf"{D}(?: = .*)? ([=≈]) ({ARRAY})", text).groups()
        self.claim("local", sign, right, step.value, text)

    def flow(self, step, text):
        upstream, local = step.parts
        node, source = step.node, step.source
        text, _, each = text.partition(", to each of ")
        if each:
            assert np.ndim(local) == 0
            assert int(each) * np.size(upstream) == np.size(step.value)
        passed = re.fullmatch(rf"(?:flow to [^ :]+|{D})(?: ([=≈]) ({ARRAY}))(?:, (.*))?", text)
        multiplied = re.fullmatch(rf"(?:({D}) = )?{D} · {D} = ({ARRAY}) × ({FACTOR}) ([=≈]) ({ARRAY})(?:, (.*))?", text)
        if passed:
            sign, product, back = passed.groups()
            if not back:
                self.claim("passed", sign, product, step.value, text)
        elif multiplied:
            alone, above, factor, sign, product, back = multiplied.groups()
            above, factor, printed = read(above), read(factor), read(product)
            self.is_value(above, upstream, text)
            self.is_value(factor, local, text)
            if isinstance(node, gg.Mean | gg.Sum | gg.Prod) and np.ndim(above) and not node.keepdims and not each:
                above = np.expand_dims(above, node.axis)
            left = above * factor
            if np.shape(printed) == np.shape(step.value) and not each:
                assert not back, text
                if np.result_type(upstream, local) == source.dtype:
                    self.is_value(printed, step.value, text)
            if each:
                shared = printed if not np.ndim(printed) or node.keepdims else np.expand_dims(printed, node.axis)
                self.is_value(np.broadcast_to(shared, step.value.shape), step.value, text)
            kind = "product" if np.ndim(printed) == 0 else "product of arrays"
            self.equation(kind, sign, left, printed, np.abs(left), text, any_single(step))
            assert np.broadcast_shapes(np.shape(left), np.shape(printed)) == np.shape(printed), text
            if alone:
                assert alone.endswith(f"/∂{symbol_of(source)}"), text
        else:
            assert re.search(rf"{SUMMARY}(, .*)?$", text), text
            return
        if back:
            sign, total = re.fullmatch(rf"(?:{D} = )?Σ ([=≈]) ({ARRAY})", back).groups()
            printed, total = read(product), read(total)
            self.is_value(total, step.value, text)
            extra = printed.ndim - source.ndim
            axes = (*range(extra), *(extra + k for k, length in enumerate(source.shape) if length == 1))
            left, sizes = (np.reshape(part.sum(axis=axes), source.shape) for part in (printed, np.abs(printed)))
            self.equation("back", sign, left, total, sizes, text, any_single(step))

    def update(self, step, text):
        value, rate, gradient = step.parts
        if re.search(SUMMARY + "$", text):
            return
        times, before, again, flowed, sign, after = re.fullmatch(
            rf"\S+ ← \S+ − ({FACTOR}) · {D} = ({ARRAY}) − ({FACTOR}) × ({FACTOR}) ([=≈]) ({ARRAY})", text
        ).groups()
        assert times == again
        left = read(before) - read(times) * read(flowed)
        for printed, meant in ((before, value), (times, rate), (flowed, gradient), (after, step.value)):
            self.is_value(read(printed), meant, text)
        sizes = np.abs(read(before)) + np.abs(read(times) * read(flowed)) * 2
        self.equation("update", sign, left, read(after), sizes, text, any_single(step))


def any_single(step):
    """Whether one of the numbers has no more than single precision."""
    return any(np.asarray(value).dtype == np.float32 for value in (step.value, *step.parts))


def symbol_of(node):
    """The symbol of a node that is named v and a number."""
    return node.name[0] + "".join(chr(ord(digit) - ord("0") + ord("₀")) for digit in node.name[1:])


def named(out):
    """The graph with every node but the literals named v and a number."""
    for k, node in enumerate(gg.topological(out)):
        if not (isinstance(node, gg.Constant) and node.ndim == 0):
            node.name = f"v{k}"
    return out


MORE = [
    lambda a: gg.Softplus(a),
    lambda a: gg.LogSigmoid(a),
    lambda a: gg.Sqrt(a * a + 0.25),
    lambda a: gg.Log(a * a + 1),
    lambda a: gg.ReLU(a),
    lambda a: a.T,
    lambda a: gg.Reshape(a, (-1,)),
    lambda a: gg.Sum(a, axis=-1, keepdims=True) if a.ndim else a,
    lambda a: a @ gg.Input(np.arange(a.shape[-1]) / 4) if a.ndim == 2 else a * 0.3333333,
    lambda a: a**3 / 7,
    lambda a: gg.XLogY(a, a * a + 0.5),
    lambda a: a * (1 - gg.Input(0.25)),
]


def random_graph(seed, ops=10):
    """A scalar of a few leaves; half of the leaves are short decimals, so that some equations are exact."""
    rng = np.random.default_rng(seed)
    shapes = [[()], [(), (3,)], [(), (2, 3), (3,)], [(2, 1), (1,), (3,)]][seed % 4]
    pool = []
    for k in range(4):
        shape = shapes[rng.integers(len(shapes))]
        value = rng.integers(-8, 9, shape) / 4 if rng.random() < 0.5 else rng.normal(size=shape)
        if rng.random() < 0.2:
            value = np.float32(value)
        pool.append(gg.Parameter(value) if k < 3 else gg.Input(value))
    one = [*ONE, *MORE]
    for _ in range(ops):
        a, b = (pool[-1 - rng.integers(min(len(pool), 6))] for _ in range(2))
        rule = rng.integers(len(one) + 2 * len(TWO))
        try:
            pool.append(one[rule](a) if rule < len(one) else TWO[rule % len(TWO)](a, b))
        except ValueError:  # shapes that do not fit
            pool.append(a * gg.Mean(b))
    return sum((gg.Sum(node) for node in pool[-3:]), gg.Sum(pool[0] * pool[1]))


@pytest.mark.parametrize("digits", [2, 4, 7, 12])
def test_random_graphs(digits):
    checker = Checker(digits)
    with np.errstate(all="ignore"):
        for seed in range(60):
            for step in gg.steps(named(random_graph(seed)), (0.1, 0.5, 1 / 3, -2)[seed % 4], digits=digits):
                checker.check(step)
    count = checker.count
    for kind in ("leaf", "forward", "upstream", "local", "product", "product of arrays", "sum", "back", "update"):
        assert count[kind, "="] >= 10, (kind, count)
        assert count[kind, "≈"] >= 10, (kind, count)
    for op in ("Add", "Sub", "Mul", "Div", "Neg", "Pow", "Sqrt", "ReLU", "Sum", "Mean", "Prod", "MatMul"):
        assert count[f"forward {op}", "="] >= 1, (op, count)
    for op in ("Sigmoid", "Tanh", "Exp", "Log", "NegLog", "Softplus", "LogSigmoid", "XLogY"):
        assert count[f"forward {op}", "≈"] >= 2, (op, count)


@pytest.mark.parametrize("digits", [2, 4, 7])
@pytest.mark.parametrize("example", EXAMPLES)
def test_examples(example, digits):
    checker = Checker(digits)
    with np.errstate(all="ignore"):
        out = named(EXAMPLES[example]())
        seed = None if out.size == 1 else np.linspace(0.5, 1.0, out.size).reshape(out.shape)
        for step in gg.steps(out, 0.25, seed=seed, digits=digits):
            checker.check(step)
    assert sum(checker.count.values()) >= 8
    assert checker.count["update", "="] + checker.count["update", "≈"] >= 1


def test_the_story_told_in_the_order_of_the_brief():
    w, x = gg.Parameter(0.7, name="w"), gg.Input(2.0, name="x")
    assert gg.steps(gg.Mul(w, x, name="t"))[-4].numbers != ""
    L = bce_one()  # the variable lends its name
    told = [step.numbers for step in gg.steps(L, 1)]
    for sentence in (
        "t₁ = w·x = 0.7·2 = 1.4",
        "z = t₁ + b = 1.4 + (−0.4) = 1",
        "p̂ = σ(z) = σ(1) ≈ 0.7311",
        "∂p̂/∂z = p̂·(1 − p̂) ≈ 0.1966",
        "∂L/∂z = ∂L/∂p̂ · ∂p̂/∂z = −1.368 × 0.1966 ≈ −0.2689",
        "∂L/∂p̂ ≈ 0 + (−1.368) = −1.368",
        "∂L/∂z ≈ −0.2689",
        "w ← w − 1 · ∂L/∂w = 0.7 − 1 × (−0.5379) ≈ 1.238",
    ):
        assert sentence in told


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda v: gg.Tanh(v), ("tanh(20) ≈ 1", "tanh(0) = 0")),
        (lambda v: gg.Softplus(v), ("softplus(40) ≈ 40", "softplus(0) ≈ 0.6931")),
        (lambda v: gg.Sigmoid(v), ("σ(−800) ≈ 0", "σ(0) = 0.5", "σ(40) ≈ 1")),
        (lambda v: gg.LogSigmoid(v), ("log_sigmoid(−40) ≈ −40",)),
        (lambda v: gg.Exp(v), ("exp(0) = 1", "exp(1) ≈ 2.718", "exp(−1000) ≈ 0")),
        (lambda v: gg.Log(v), ("log(1) = 0", "log(2) ≈ 0.6931")),
        (lambda v: gg.Sqrt(v), ("sqrt(2.25) = 1.5", "sqrt(1.21) = 1.1", "sqrt(2) ≈ 1.414")),
        (lambda v: v**0.5, ("2.25**0.5 = 1.5", "2**0.5 ≈ 1.414")),
        (lambda v: v / 3, ("1/3 ≈ 0.3333", "0.75/3 = 0.25")),
        (lambda v: gg.XLogY(v, 0.3), ("xlogy(0, 0.3) = 0", "xlogy(1, 0.3) ≈ −1.204")),
        (lambda v: -v, ("v = −0.25", "v ≈ −0.3333")),
    ],
)
def test_where_a_function_is_exact(build, said):
    for sentence in said:
        first = re.search(NUMBER, sentence)[0].removeprefix("−" if sentence.startswith("v") else "")
        value = 1 / 3 if first == "0.3333" else float(decimal(first))
        step = next(s for s in gg.steps(build(gg.Parameter(value, name="v"))) if s.node.inputs)
        assert step.numbers.endswith(f" = {sentence}" if not sentence.startswith("v") else f"−{sentence}")


def test_a_literal_that_is_no_short_decimal():
    x = gg.Parameter(2.0, name="x")
    out = gg.Mul(x, np.float64(1 / 3), name="t")
    local = next(step for step in gg.steps(out) if step.kind == "local")
    assert local.numbers.endswith("≈ 0.3333")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("equation", "∂L/∂v₀ = ∂L/∂v₁ · ∂v₁/∂v₀ = 2 × (−3) ≈ −6"),
        ("equation", "∂L/∂v₀ = ∂L/∂v₁ · ∂v₁/∂v₀ = 2 × (−3) = −6.1"),
        ("symbol", "∂L/∂v₁ = ∂L/∂v₁ · ∂v₁/∂v₀ = 2 × (−3) = −6"),
    ],
)
def test_the_checker_finds_what_is_false(kind, text):
    v0 = gg.Parameter(2.0, name="v0")
    step = next(step for step in gg.steps(gg.Mul(v0, -3, name="v1"), seed=2.0) if step.kind == "flow")
    checker = Checker(4)
    checker.flow(step, "∂L/∂v₀ = ∂L/∂v₁ · ∂v₁/∂v₀ = 2 × (−3) = −6")
    with pytest.raises(AssertionError, match="2 × "):
        checker.flow(step, text)


@pytest.mark.parametrize("text", ["0.5·2 = 1", "σ(0)", "−[1 −2]·3 + (−1)", "mean([[1 2] [3 4]], axis=0)"])
def test_the_reader_reads(text):
    expected = {"0.5·2 = 1": 1, "σ(0)": 0.5, "−[1 −2]·3 + (−1)": [-4, 5], "mean([[1 2] [3 4]], axis=0)": [2, 3]}[text]
    assert np.array_equal(np.asarray(Reader(text.split(" = ")[0]).result, dtype=float), expected)


# LaTeX


def braces(latex):
    """How the braces nest, at each place; an escaped one is a character."""
    depth = 0
    for brace in re.findall(r"\\.|[{}]", latex):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        assert depth >= 0, latex
    return depth


def check_latex(latex):
    assert outline(latex).path, latex
    check_markup(latex)


def check_markup(latex):
    assert braces(latex) == 0, latex
    assert len(re.findall(r"\\left(?!arrow)", latex)) == latex.count(r"\right"), latex
    assert not re.search("[−∂∞≈×·←Σ⋯]", latex), latex
    assert not any(unicodedata.combining(character) for character in latex), latex


def all_steps(out, **settings):
    with np.errstate(all="ignore"):
        seed = None if out.size == 1 else np.ones(out.shape)
        return player(out, update=0.25, seed=seed, **settings).steps


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_latex_of_examples(example):
    with np.errstate(all="ignore"):
        out = EXAMPLES[example]()
    for settings in ({}, {"max_nodes": 4}, {"elements": 1}):
        for latex in {step.latex for step in all_steps(out, **settings)}:
            check_latex(latex)


def test_the_latex_of_random_graphs():
    told = {}
    with np.errstate(all="ignore"):
        for seed in range(40):
            for step in gg.steps(random_graph(seed, ops=5), 0.25):
                form = re.sub(r"\d+(\.\d+)?", "1", re.sub(r"\[[-\d\[\] \\;.]*\]", "[1]", step.latex))
                told.setdefault(form.replace("-", ""), step.latex)
                check_markup(step.latex)
    assert len(told) > 100
    for latex in told.values():  # one of each form
        assert outline(latex).path, latex


def test_numbers_in_latex():
    x = gg.Parameter([1e-9, -2e30], name="x")
    with np.errstate(all="ignore"):
        said = {step.kind: step.latex for step in gg.steps(gg.Sum(x**2 * 1e300), 0.1)}
    assert said["forward"].endswith(r"\infty")
    power = next(step.latex for step in gg.steps(gg.Parameter(3e-7, name="x") ** 2) if step.node.inputs)
    assert r"(3 \cdot 10^{-7})}^{2}" in power


hostile = pytest.mark.parametrize(("name", "shown"), NAMES.values(), ids=NAMES)
TEXT = re.compile(r"\\text\{((?:\\textbackslash |\\.|[^\\{}])*)\}")
COMMANDS = {"frac", "partial", "cdot", "times", "approx", "leftarrow", "sum", "text", "log", "mathrm"}
COMMANDS |= {"left", "right", "infty", "ldots", "cdots", ",", ";"}


@hostile
@pytest.mark.parametrize("settings", [{}, {"max_nodes": 2}, {"collapse": None}])
def test_hostile_names_stay_text(name, shown, settings):
    out = graph(name)
    if "collapse" in settings:
        settings = {"collapse": name}
    steps = player(out, update=0.1, **settings).steps
    for step in steps:
        assert braces(step.latex) == 0
        assert outline(step.latex).path
        markup = TEXT.sub("", step.latex)
        assert not set("$%&#~<>") & set(markup)
        assert set(re.findall(r"\\([A-Za-z]+|.)", markup)) <= COMMANDS
        for text in (step.words, step.numbers, step.latex):
            assert all(character.isprintable() for character in text)
    assert any(shown in step.words for step in steps) or shown == "x" * 16 + "…" + "y" * 16


@pytest.mark.parametrize("settings", [{}, {"max_nodes": 2}, {"elements": 1}])
@pytest.mark.parametrize("example", EXAMPLES)
def test_words_and_numbers_are_printable_in_one_line(example, settings):
    with np.errstate(all="ignore"):
        steps = all_steps(EXAMPLES[example](), **settings)
    for step in steps:
        for text in (step.words, step.numbers, step.latex):
            assert all(character.isprintable() or unicodedata.combining(character) for character in text)
        assert str(step) == step.numbers
        assert re.fullmatch(r"[^ ].*\.", step.words)
        assert "  " not in step.words
        assert "None" not in step.words


# Symbols

SYMBOL = re.compile(r"v[₀-₉]+|t[₀-₉]+")


def seen_in(player):
    """The symbols that are titles, or stand in the headline of what is drawn as one, or are what that leads to."""
    shown = set()
    for box in player.view.boxes:
        if box.kind in ("scope", "rest") or (box.kind == "output" and not SYMBOL.fullmatch(box.title)):
            shown |= set(SYMBOL.findall(box.text))
        elif box.kind != "chip":
            shown.add(box.title)
    return shown


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("settings", [{}, {"max_nodes": 8}, {"max_nodes": 2}])
def test_a_symbol_is_the_title_of_a_box(example, settings):
    with np.errstate(all="ignore"):
        out = EXAMPLES[example]()
        for k, node in enumerate(gg.topological(out)):
            if k % 2 and not (isinstance(node, gg.Constant) and node.ndim == 0):
                node.name = f"v{k}"
        seed = None if out.size == 1 else np.ones(out.shape)
        run = player(out, update=0.25, seed=seed, **settings)
    titles, used = seen_in(run), set()
    for step in run.steps:
        found = set(SYMBOL.findall(step.numbers + " " + step.words))
        assert found <= titles, (step.numbers, step.words)
        used |= found
        assert "…" not in step.words + step.numbers
    assert used or example == "forward_only"


def test_in_random_graphs_too():
    used = 0
    with np.errstate(all="ignore"):
        for seed in range(40):
            out = random_graph(seed)
            for k, node in enumerate(gg.topological(out)):
                if k % 3 and not (isinstance(node, gg.Constant) and node.ndim == 0):
                    node.name = f"v{k}"
            run = player(out, update=0.25)
            titles = seen_in(run)
            for step in run.steps:
                found = set(SYMBOL.findall(step.numbers + " " + step.words))
                assert found <= titles, (step.numbers, titles)
                used += len(found)
    assert used > 1000
