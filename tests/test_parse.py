"""Programs: what they mean, how errors read, and that no text does more than be read."""

import re

import graphgrad as gg
import numpy as np
import pytest
from graphgrad.expression import LEVELS, write
from graphgrad.parse import DEEPEST, FUNCTIONS, INFIX, LONGEST, PREFIX, ParseError, is_name, parse
from hypothesis import assume, given
from hypothesis import strategies as st


def leaves():
    return {
        "w": gg.Parameter(0.5, name="w"),
        "x": gg.Input([2.0, 0.5, -1.0], name="x"),
        "w1": gg.Parameter(3.0, name="w1"),
        "p_hat": gg.Parameter(0.25, name="p_hat"),
        "sigma": gg.Parameter(4.0, name="sigma"),
        "y": gg.Input([1.0, 0.0, 1.0], name="y"),
        "w_hat": gg.Parameter(7.0, name="w_hat"),
        "A": gg.Parameter([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], name="A"),
    }


def error(program, names=None):
    with pytest.raises(ParseError) as caught:
        parse(program, leaves() if names is None else names)
    return str(caught.value)


X = np.array([2.0, 0.5, -1.0])
A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


@pytest.mark.parametrize(
    ("program", "value"),
    [
        ("w", 0.5),
        ("2*w + 1", 2.0),
        ("w - 1 - 2", -2.5),
        ("w / 2 / 5", 0.05),
        ("w * -2 * 3", -3.0),
        ("w / -2 / 5", -0.05),
        ("-w**2", -0.25),
        ("(-w)**2", 0.25),
        ("2**-1", 0.5),
        ("2**3**2", 512.0),
        ("2**-w**2", 2**-0.25),
        ("- - w", 0.5),
        ("+w", 0.5),
        ("w--1", 1.5),
        ("w+-1", -0.5),
        ("-w*2", -1.0),
        ("1e-3 * 1E3 + .5 + 1.", 2.5),
        ("1e−3·w×2", 0.001),
        ("σ(0)", 0.5),
        ("σ + 1", 5.0),
        ("w₁ * p̂", 0.75),
        ("\u0175 - 1", 6.0),  # ŵ as one character
        ("x*x", X * X),
        ("A @ x", A @ X),
        ("-A @ x", -A @ X),
        ("A @ x * w", A @ X * 0.5),
        ("transpose(A)", A.T),
        ("transpose(A, axes=(1, 0))", A.T),
        ("reshape(A, shape=(3, -1))", A.reshape(3, -1)),
        ("reshape(w, shape=())", 0.5),
        ("sum(A)", 21.0),
        ("sum(A, axis=0)", A.sum(0)),
        ("sum(A, axis=-1)", A.sum(-1)),
        ("mean(A, axis=(0, 1),)", A.mean()),
        ("prod(A, axis=(0,), keepdims=True)", A.prod(0, keepdims=True)),
        ("xlogy(0, w)", 0.0),
        ("NegLog(w) + neglog(w)", 2 * np.log(2)),
        ("relu(x)", [2, 0.5, 0]),
        ("mse(w, 1)", 0.25),
        ("bce(p_hat, 1)", -np.log(0.25)),
        ("p = w*2\n\nq = p + p;\n;q*q", 4.0),
        ("p = w;\r\nq = p", 0.5),
        ("(w\n + 1)", 1.5),
        ("log = w; log * 2", 1.0),
    ],
)
def test_value(program, value):
    np.testing.assert_allclose(parse(program, leaves()).value, value, rtol=1e-15)


def test_a_whole_loss():
    given = leaves()
    node = parse("p = sigmoid(w*x + sigma); mean(y*neglog(p) + (1-y)*neglog(1-p))", given)
    p = node.find("p")
    assert isinstance(p, gg.Sigmoid)
    assert sum(source is p for consumer in gg.topological(node) for source in consumer.inputs) == 2
    w, x, y = given["w"], given["x"], given["y"]
    expected = gg.bce(gg.Sigmoid(w * x + given["sigma"]), y)
    np.testing.assert_allclose(node.value, expected.value, rtol=1e-15)


def test_numbers_stay_numbers_until_they_meet_a_node():
    node = parse("2*3*w", leaves())
    assert [type(source).__name__ for source in node.inputs] == ["Constant", "Parameter"]
    assert parse("1 - f", {"f": gg.Parameter(np.float32(0.5))}).dtype == np.float32


def test_a_name_is_one_node_and_an_alias_renames_nothing():
    given = leaves()
    node = parse("a = w; b = a; a * b", given)
    assert node.inputs == (given["w"], given["w"])
    assert given["w"].name == "w"
    assert parse("k = 2; k*k + w", given).find("k").value == 2.0
    assert parse("L = w*w", given).name == "L"


def test_a_leaf_without_a_name_takes_the_one_it_is_used_by():
    leaf, other = gg.Parameter(1.0), gg.Parameter(2.0)
    parse("u + 1", {"u": leaf, "v": other})
    assert (leaf.name, other.name) == ("u", None)


def test_only_leaves_in_use_are_asked_for():
    class Leaves(dict):
        def __missing__(self, name):
            raise AssertionError(name)

        def __getitem__(self, name):
            assert name == "w"
            return super().__getitem__(name)

    assert parse("w*w", Leaves(leaves())).value == 0.25


def test_the_operators_are_those_of_the_notations():
    assert {sign: (infix.op.__name__, infix.level) for sign, infix in INFIX.items()} == {
        "+": ("Add", "sum"),
        "−": ("Sub", "sum"),
        "·": ("Mul", "product"),
        "/": ("Div", "product"),
        "@": ("MatMul", "product"),
        "**": ("Pow", "power"),
    }
    assert [(sign, op.__name__, level) for sign, (op, level) in PREFIX.items()] == [("−", "Neg", "product")]
    assert all(infix.level in LEVELS and infix.right in LEVELS for infix in INFIX.values())


@pytest.mark.parametrize(
    ("program", "value"),
    [
        ("[2 > 1] + [1 ≥ 1]", 2.0),
        ("3 * [x <= 2] - [x = 3] + [x != 2] + [x == 2] + [x < 0]", 4.0),
        ("[x + 1 > 2 * 1]·x", 2.0),
        ("roll(v, shift=-1) @ v + sum(tile(v, reps=(2, 1)))", 23.0),
        ("norm(v) + max(v, axis=0) + softmax(v - v, axis=-1) @ v", 14**0.5 + 5.0),
        ("maximum(x, 3) + clip(x) + where([x > 5], x, -x)", 3.0),
    ],
)
def test_comparisons_and_settings(program, value):
    leaves = {"x": gg.Input(2.0), "v": gg.Input([1.0, 2.0, 3.0])}
    assert parse(program, leaves).value == pytest.approx(value, rel=1e-15)


def test_every_public_op_can_be_called_and_no_other():
    kinds = {"Elementwise", "Reduction", "Selection"}
    unwritable = {"Concatenate", "Einsum", "GetItem", "Pad", "Split", "Stack"}  # they take lists and text
    assert set(gg.ops.__all__) - kinds - unwritable <= FUNCTIONS.keys()
    assert not unwritable & FUNCTIONS.keys()
    assert not {"guard", "count", "sum_like", "put_back", "Guard"} & FUNCTIONS.keys()


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (
            "p = sigmod(w*x)\nmean(p)",
            """\
line 1, column 5: unknown function 'sigmod'; did you mean sigmoid or log_sigmoid or mod?
    p = sigmod(w*x)
        ^^^^^^""",
        ),
        (
            "p = w\nmean(p + p_hot)",
            """\
line 2, column 10: unknown name 'p_hot'; did you mean p_hat or w_hat?
    mean(p + p_hot)
             ^^^^^""",
        ),
        (
            "x^2",
            """\
line 1, column 2: found '^', expected an operator or the end of the statement; a power is written **
    x^2
     ^""",
        ),
        (
            "p̂\t+ ]",
            """\
line 1, column 6: found ']', expected a number, a name, a function or '('
    p̂ + ]
        ^""",
        ),
        (
            "sum(x",
            """\
line 1, column 6: found the end of the program, expected an operator, or ')' for the '(' at line 1, column 4
    sum(x
         ^""",
        ),
        (
            "9**9**9",
            """\
line 1, column 2: '**' of 9 and 387420489 is ∞: numbers alone must give a finite number
    9**9**9
     ^^""",
        ),
    ],
)
def test_error_as_a_whole(program, message):
    assert error(program) == message


@pytest.mark.parametrize(
    ("program", "part"),
    [
        ("", "the program is empty"),
        (" ;\n ; ", "the program is empty"),
        ("a = b = 3", "found a second '=', expected one name"),
        ("w + x = 3", "left of = stands one name alone"),
        ("w = 3", "'w' already names a leaf"),
        ("w₁ = 3", "'w₁' already names a leaf"),
        ("a = 3; a = 4", "'a' already names an earlier statement"),
        ("w; x", "nothing uses this statement: name it"),
        ("w\n+ x", "nothing uses this statement"),
        ("w < 1", "a comparison stands in brackets, as in [x > 0]"),
        ("[w]", "found ']', expected a comparison in brackets, such as [x > 0]"),
        ("[w > 1", "found the end of the program, expected ']' after the comparison"),
        ("[w > 1 > x]", "expected ']' after the comparison"),
        ("swapaxes(w, axis1=0)", "swapaxes needs axis2=, a number such as 1"),
        ("w == 1", "a comparison stands in brackets, as in [x > 0]"),
        ("w.value", "attributes are not part of a program"),
        ("w.__class__", "attributes are not part of a program"),
        ("x[0]", "indexing is not part of a program"),
        ("'w'", "text is not part of a program"),
        ("w := 3", "names its node with ="),
        ("w // 2", "a quotient is written /"),
        ("w # it", "comments are not part of a program"),
        ("x²", "a power is written **, as in x**2"),
        ("2w", "a product is written with *"),
        ("w x", "a product is written with *"),
        ("w(x + 1)", "a product is written w*(…)"),
        ("2(x)", "a product is written with *"),
        ("lambda x: x", "Python keywords are not part"),
        ("import os", "Python keywords are not part"),
        ("w if x else y", "Python keywords are not part"),
        ("if = 3", "'if' is a Python keyword"),
        ("True", "Python keywords are not part"),
        ("yield(3)", "Python keywords are not part"),
        ("__import__('os')", "unknown function '__import__'"),
        ("eval(w)", "unknown function 'eval'"),
        ("guard(w, w, w)", "unknown function 'guard'"),
        ("log", "'log' is a function: call it"),
        ("log()", "log takes 1 input, found 0"),
        ("log(w, w)", "log takes 1 input, found 2"),
        ("bce(w)", "bce takes 2 inputs, found 1"),
        ("w, x", "found ','"),
        ("(w, x)", "only calls and settings such as axis=(0, 1) have commas"),
        ("reshape(x)", "reshape needs shape="),
        ("reshape(x, shape=3)", "expected shape= with a tuple"),
        ("reshape(x, shape=(2, 2))", "Reshape(x: (3,))"),
        ("transpose(A, axes=(0, 0))", "axes= names each axis of the input once"),
        ("sum(x, axis=3)", "axis 3 is out of bounds"),
        ("sum(x, axis=w)", "expected axis= with a number"),
        ("sum(x, axis=1.5)", "a whole number of at most 9 digits"),
        ("sum(x, axis=12345678901)", "a whole number of at most 9 digits"),
        ("sum(x, axis=(0, w))", "a whole number of at most 9 digits"),
        ("sum(x, axis=0, axis=0)", "axis= is given twice"),
        ("sum(axis=0, x)", "inputs come first"),
        ("sum(x, keepdims=1)", "expected keepdims= with True or False"),
        ("sum(x, dtype=1)", "sum has no setting 'dtype'; it takes axis= and keepdims="),
        ("log(w, axis=0)", "log has no setting 'axis'; it takes no settings"),
        ("x + reshape(x, shape=(3, 1)) @ A", "The last axis of the first"),
        ("x + A @ transpose(A)", "Shapes broadcast where"),
        ("A @ A", "MatMul(A: (2, 3), A: (2, 3))"),
        ("bce(2*w1, y)", "holds no probabilities"),
        ("1e999", "1e999 is too large for a float"),
        ("1e-999", "1e-999 is too small for a float"),
        ("9" * 9_999, "is too large for a float"),
        ("1/0", "'/' of 1 and 0 is ∞"),
        ("0/0", "'/' of 0 and 0 is NaN"),
        ("1e300*1e300", "is ∞"),
        ("log(0)", "'log' of 0 is −∞"),
        ("exp(1000)", "'exp' of 1000 is ∞"),
        ("(" * 9_000, "this nests more than 100 deep"),
        ("-" * 9_000, "this nests more than 100 deep"),
        ("**".join("w" * 3_000), "this nests more than 100 deep"),
        ("log(" * 2_000, "this nests more than 100 deep"),
        ("(" * 100_000, "the program has more than 10,000 characters"),
        ("-" * 100_000, "the program has more than 10,000 characters"),
        ("+".join("w" * 5_000), "builds more than 2,000 nodes"),
        ("a" * 5_000, "a name of 5,000 characters"),
        ("da_d" * 2_000 + "a", "a name of 8,001 characters"),
        ("w\x00", r"found '\x00'"),
    ],
)
def test_error(program, part):
    message = error(program)
    assert part in message
    assert "\x00" not in message
    assert all(len(line) < 400 for line in message.split("\n"))


def test_a_name_that_two_leaves_look_like():
    two = {"w1": gg.Input(1.0), "w_1": gg.Input(2.0)}
    assert parse("w1 + w_1", two).value == 3.0
    assert "'w₁' may be w1 or w_1" in error("w₁", two)


def test_without_leaves_the_error_says_so():
    assert "unknown name 'q'; no names are given" in error("q", {})


@pytest.mark.parametrize(("program", "given"), [(3, {}), (b"w", {}), ("w", {"w": 2.0})])
def test_wrong_types(program, given):
    with pytest.raises(TypeError, match=r"^parse\("):
        parse(program, given)


def test_the_caret_of_a_long_line_stands_under_the_spot():
    _, line, caret = error(f"{'w+' * 1_000}?{'+w' * 1_000}").split("\n")
    assert line[caret.index("^")] == "?"


def test_the_deepest_allowed():
    assert parse("(" * DEEPEST + "w" + ")" * DEEPEST, leaves()).value == 0.5
    nested = "w"
    for _ in range(DEEPEST):
        nested = f"1+2*({nested})"
    assert np.isfinite(parse(nested, leaves()).value)


@pytest.mark.parametrize(
    ("text", "usable"),
    [("w", True), ("p̂", True), ("petal_width", True), ("1w", False), ("a b", False), ("", False), ("a" * 65, False)],
)
def test_is_name(text, usable):
    assert is_name(text) is usable


PIECES = st.sampled_from(
    [
        *"+-*/@()=;,.^<>[]'\"\n\t \x00²₁",
        "**",
        "w",
        "x",
        "A",
        "p̂",
        "sum",
        "log(",
        "axis=",
        "1",
        "0",
        "1e9",
        "if",
        "shape=(",
        "É",
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=40).map("".join)))
def test_no_text_does_more_than_fail_with_a_place(program):
    with np.errstate(all="ignore"):
        try:
            message = type(parse(program, leaves())).__name__
        except ParseError as refused:
            message = str(refused)
    assert re.match("line [0-9]+, column [0-9]+: |the program is empty" + r"|\w+$", message)


def expressions():
    named = leaves()
    atom = st.one_of(
        st.sampled_from(["w", "x", "w1", "p_hat", "sigma", "y"]).map(named.get),
        st.floats(-1e6, 1e6).map(gg.Constant),
        st.integers(-3, 3).map(gg.Constant),
    )
    binary = st.sampled_from([gg.Add, gg.Sub, gg.Mul, gg.Div, gg.Pow, gg.XLogY])
    unary = st.sampled_from(
        [
            gg.Neg,
            gg.Exp,
            gg.Log,
            gg.NegLog,
            gg.Sqrt,
            gg.Sigmoid,
            gg.Softplus,
            gg.LogSigmoid,
            gg.Tanh,
            gg.ReLU,
            gg.Sum,
            gg.Mean,
            gg.Prod,
            gg.Transpose,
        ]
    )
    return st.recursive(
        atom,
        lambda inner: st.one_of(
            st.builds(lambda op, a, b: op(a, b), binary, inner, inner), st.builds(lambda op, a: op(a), unary, inner)
        ),
        max_leaves=12,
    )


with np.errstate(all="ignore"):
    EXPRESSIONS = expressions()


@given(st.data())
def test_what_is_written_can_be_read(data):
    with np.errstate(all="ignore"):
        node = data.draw(EXPRESSIONS)
        assume(all(np.all(np.isfinite(part.value)) for part in gg.topological(node)))
        text = write(node).text
        read = parse(text, leaves())
    np.testing.assert_array_equal(read.value, node.value)
    assert read.shape == node.shape


@pytest.mark.parametrize(
    "build",
    [
        lambda a: gg.Sum(a, axis=1),
        lambda a: gg.Mean(a, axis=(0, 1)),
        lambda a: gg.Transpose(a, axes=(1, 0)),
        lambda a: a @ gg.Transpose(a),
        lambda a: -((a @ gg.Transpose(a)) ** 2),
    ],
)
def test_settings_and_matrices_that_are_written_can_be_read(build):
    node = build(leaves()["A"])
    text = write(node).text
    read = parse(text, leaves())
    np.testing.assert_array_equal(read.value, node.value)
    assert write(read).text == text


def test_length_is_checked_before_anything_else():
    assert "characters" in error("\0" * (LONGEST + 1))
