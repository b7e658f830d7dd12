"""What a picture says: the words and numbers in its boxes and on its edges."""

import graphgrad as gg
import numpy as np
import pytest
from drawing_examples import EXAMPLES, bce_one, bce_three, fan_out, large, matrices, nested, not_finite, seen, texts

ONE_EXAMPLE = """\
y           y input | value 1
w           w parameter | value 0.7 | ∂L/∂w ≈ −0.5379
x           x input | value 2
t₁          t₁ = w·x | value 1.4 | ∂L/∂t₁ ≈ −0.2689
b           b parameter | value −0.4 | ∂L/∂b ≈ −0.2689
z           z = t₁ + b | value 1 | ∂L/∂z ≈ −0.2689
p̂           p̂ = σ(z) | value 0.7311 | ∂L/∂p̂ ≈ 0 + (−1.368) = −1.368
ℓ₁          ℓ₁ = −log(p̂) | value 0.3133 | ∂L/∂ℓ₁ = 1
t₂          t₂ = y·ℓ₁ | value 0.3133 | ∂L/∂t₂ = 1
q           q = 1 − p̂ | value 0.2689 | ∂L/∂q = 0
ℓ₀          ℓ₀ = −log(q) | value 1.313 | ∂L/∂ℓ₀ = 0
t₃          t₃ = (1 − y)·ℓ₀ | value 0 | ∂L/∂t₃ = 1
t₄          t₄ = t₂ + t₃ | value 0.3133 | ∂L/∂t₄ = 1
L           L = mean(t₄) loss, m = 1 | value 0.3133 | ∂L/∂L = 1
∂t₁/∂w      ∂t₁/∂w = x = 2 | −0.2689 × 2 ≈ −0.5379
∂z/∂t₁      ∂z/∂t₁ = 1 | −0.2689 × 1 = −0.2689
∂z/∂b       ∂z/∂b = 1 | −0.2689 × 1 = −0.2689
∂p̂/∂z       ∂p̂/∂z = p̂·(1 − p̂) ≈ 0.1966 | −1.368 × 0.1966 ≈ −0.2689
∂ℓ₁/∂p̂      ∂ℓ₁/∂p̂ = −1/p̂ ≈ −1.368 | 1 × (−1.368) = −1.368
∂t₂/∂ℓ₁     ∂t₂/∂ℓ₁ = y = 1 | 1 × 1 = 1
∂q/∂p̂       ∂q/∂p̂ = −1 | 0 × (−1) = 0
∂ℓ₀/∂q      ∂ℓ₀/∂q = −1/q ≈ −3.718 | 0 × (−3.718) = 0
∂t₃/∂ℓ₀     ∂t₃/∂ℓ₀ = 1 − y = 0 | 1 × 0 = 0
∂t₄/∂t₂     ∂t₄/∂t₂ = 1 | 1 × 1 = 1
∂t₄/∂t₃     ∂t₄/∂t₃ = 1 | 1 × 1 = 1
∂L/∂t₄      ∂L/∂t₄ = 1/m = 1 | 1 × 1 = 1"""


def test_one_example():
    said = texts(bce_one())
    expected = [line.split(maxsplit=1) for line in ONE_EXAMPLE.splitlines()]
    assert [[title, text.replace("\n", " | ")] for title, text in said.items()] == expected


BATCH = {
    "x": "x input\nvalue [2 −1 0.5]",
    "p̂": "p̂ = σ(z)\nvalue [0.7311 0.2497 0.4875]\n"
    "∂L/∂p̂ ≈\nfrom q 0 0.4443 0\n+ from ℓ₁ −0.456 0 −0.6838\n= sum −0.456 0.4443 −0.6838",
    "L": "L = mean(t₄) loss, m = 3\nvalue 0.4397\n∂L/∂L = 1",
    "∂L/∂t₄": "∂L/∂t₄ = 1/m ≈ 0.3333\n1 × 0.3333 = 0.3333\nto each of 3",
    "∂p̂/∂z": "∂p̂/∂z = p̂·(1 − p̂)\n"
    "upstream −0.456 0.4443 −0.6838\n× local 0.1966 0.1874 0.2498\n≈ flow −0.08965 0.08325 −0.1708",
    "∂z/∂b": "∂z/∂b = 1\nupstream × 1 = −0.08965 0.08325 −0.1708\nΣ, since () was broadcast to (3,)\nΣ flow = −0.1772",
    "∂t₁/∂w": "∂t₁/∂w = x\nupstream −0.08965 0.08325 −0.1708\n× local 2 −1 0.5\n≈ flow −0.1793 −0.08325 −0.08542\n"
    "Σ, since () was broadcast to (3,)\nΣ flow ≈ −0.348",
}


@pytest.mark.parametrize("title", BATCH)
def test_batch_of_three(title):
    assert texts(bce_three())[title] == BATCH[title]


def test_a_fan_out_shows_the_sum_of_its_flows():
    said = texts(fan_out())
    assert said["b"] == "b parameter\nvalue 5\n∂e/∂b = 10 + 12 = 22"
    assert said["∂c/∂b"] == "∂c/∂b = a = 2\n6 × 2 = 12"
    assert said["∂d/∂b"] == "∂d/∂b = 1\n10 × 1 = 10"


@pytest.mark.parametrize(
    ("title", "total", "first"),
    [
        ("square", "∂s/∂x = 3 + 3 = 6", "∂s/∂x = x = 3\n1 × 3 = 3"),
        ("double", "∂s/∂x = 1 + 1 = 2", "∂s/∂x = 1\n1 × 1 = 1"),
    ],
)
def test_one_node_used_twice_by_one_op(title, total, first):
    said = seen(EXAMPLES[title]())
    x, _, *chips = said.boxes
    assert x.text.endswith(total)
    assert [chip.text for chip in chips] == [f"{first}\nas first input", f"{first}\nas second input"]
    assert [(edge.tail, edge.head, edge.position) for edge in said.edges] == [("n0", "n1", 0), ("n0", "n1", 1)]


def test_more_than_four_flows_are_told_by_their_total():
    x = gg.Parameter(2.0, name="x")
    total = x + x * 2 + x * 3 + x * 4 + x * 5
    assert texts(total)["x"].endswith("= 15\nthe sum of 5 flows")


def test_kinds():
    out = gg.Constant(3.0, name="g") * gg.Parameter(1.0, name="w") + gg.Input(2.0, name="x")
    kinds = {box.title: box.kind for box in seen(out).boxes if box.kind != "chip"}
    assert kinds == {"g": "input", "w": "parameter", "t₁": "op", "x": "input", "L": "output"}
    said = texts(out)
    assert [said[title].split("\n")[0] for title in ("g", "w", "x")] == ["g constant", "w parameter", "x input"]


def test_clusters_nest_and_two_of_one_label_stay_apart():
    said = seen(nested())
    assert [(c.label, c.parent) for c in said.clusters] == [
        ("net", None), ("layer", "c0"), ("layer", "c0"), ("MSE", None),
    ]  # fmt: skip
    where = {box.title: box.cluster for box in said.boxes}
    assert [where[title] for title in ("w", "h", "o", "L", "∂h/∂t₁", "∂t₂/∂h")] == [None, "c1", "c2", "c3", "c1", "c2"]


def test_data_is_written_into_its_consumer_unless_it_has_a_name():
    p = gg.Sigmoid(gg.Parameter(0.5, name="z"), name="p")
    y = gg.Input(1.0, name="y")
    assert "t₂ = (1 − y)·t₁" in texts(gg.Add(p, (1 - y) * gg.Log(p), name="L"))["t₂"]
    said = texts(gg.Mul(gg.Sub(1, y, name="n"), p, name="L"))
    assert said["L"].startswith("L = n·p")
    assert said["n"] == "n = 1 − y\nvalue 0"
    caller = 1 - y
    assert "caller" in [box.title for box in gg.draw(caller * p)._view.boxes]


def test_literals_have_no_box():
    w = gg.Parameter(2.0, name="w")
    titles = [box.title for box in seen(gg.Add(3 * w**2, 1, name="L")).boxes if box.kind != "chip"]
    assert titles == ["w", "t₁", "t₂", "L"]


ARRAYS = {
    "sum, to each": ("reductions", "∂r/∂x", "∂r/∂x = 1\nupstream × 1 = 15 6\nto each of 3"),
    "mean, to each": ("reductions", "∂c/∂x", "∂c/∂x = 1/m = 0.5\nupstream × 0.5 ≈ 0.1667 0.1667 0.1667\nto each of 2"),
    "product": ("reductions", "∂q/∂r", "∂q/∂r = others(r)\nupstream 1 1\n× local 15 6\n= flow 15 6"),
    "m of an axis": ("reductions", "c", "c = mean(x, axis=0) m = 2\nvalue [2.5 3.5 4.5]\n∂out/∂c ≈ [0.3333 0.3333"),
    "matrix product": (
        "matrices",
        "∂t₂/∂t₁",
        "∂S/∂t₁ = transpose(X) ∂S/∂t₂\nflow −0.2532 0.07762\n −0.8087 0.1544",
    ),
    "rearranged": (
        "matrices",
        "∂t₁/∂W",
        "∂S/∂W = ∂S/∂t₁ rearranged\nflow −0.2532 −0.8087\n 0.07762 0.1544",
    ),
    "a row, added to each": (
        "matrices",
        "∂t₃/∂b",
        "Σ, since (2,) was broadcast to (2, 2)\nflow [−0.3396 0.07737]",
    ),
    "many, in summary": ("large", "p", "value shape (1000,)\nmean 0.5, from 0.3775 to 0.6225"),
    "many on an edge": (
        "large",
        "∂t₂/∂p",
        "∂t₂/∂p = 2·p\nmean 1, from 0.7551 to 1.245\n"
        "upstream × local = flow\nmean 0.001, from 0.0007551 to 0.001245",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ARRAYS)
def test_arrays(case):
    example, title, expected = ARRAYS[case]
    assert expected in texts(EXAMPLES[example]())[title]


def test_empty_arrays_say_so():
    said = texts(gg.Sum(gg.Mul(gg.Parameter(np.zeros((0, 3)), name="x"), 2, name="d"), name="L"))
    assert said["x"] == "x parameter\nvalue empty, shape (0, 3)\n∂L/∂x empty, shape (0, 3)"
    assert said["∂d/∂x"] == "∂d/∂x = 2\nflow empty, shape (0, 3)"


def test_the_first_factor_of_a_matrix_product_comes_last():
    a, b = gg.Parameter([[1.0, 2.0]], name="a"), gg.Input([[3.0], [4.0]], name="b")
    assert texts(gg.Sum(gg.MatMul(a, b, name="c"), name="L"))["∂c/∂a"].startswith("∂L/∂a = ∂L/∂c transpose(b)\nflow")


@pytest.mark.parametrize(
    ("out", "note"),
    [
        (
            gg.Mul(gg.Parameter([1.0, 2.0], name="w"), 3, name="v"),
            "forward half only: the output has shape (2,); draw(node, seed=…) adds gradients",
        ),
        (
            gg.Mul(gg.Input(1.0, name="x"), 3, name="v"),
            "forward half only: no Parameter leads to the output, so no gradient is wanted",
        ),
        (
            gg.Mul(gg.Input([1.0, 2.0], name="x"), 3, name="v"),
            "forward half only: no Parameter leads to the output, so no gradient is wanted",
        ),
    ],
)
def test_the_forward_half_alone_says_so(out, note):
    said = seen(out)
    assert said.notes == (note,)
    assert not said.has_gradients
    assert not [box for box in said.boxes if box.kind == "chip" or "∂" in box.text]
    assert "forward half only" in gg.draw(out).svg


def test_an_array_output_with_a_seed_has_gradients():
    said = texts(EXAMPLES["forward_only"](), seed=[10.0, 1.0])
    assert said["w"] == "w parameter\nvalue [1 2]\n∂v/∂w = [30 3]"
    assert said["v"] == "v = w·3 output\nvalue [3 6]\n∂v/∂v = [10 1]"
    with pytest.raises(ValueError, match=r"seed has shape \(3,\)"):
        gg.draw(EXAMPLES["forward_only"](), seed=[1.0, 1.0, 1.0])


@pytest.mark.parametrize(
    ("left_out", "gone", "kept"),
    [
        ("values", "value 10", "∂c/∂a = b = 5\n6 × 5 = 30"),
        ("local_gradients", "∂c/∂a = b", "6 × 5 = 30"),
        ("gradients", "∂e/∂b = 10", "6 × 5 = 30"),
        ("flows", "6 × 5", "∂c/∂a = b = 5"),
    ],
)
def test_each_half_can_be_left_out(left_out, gone, kept):
    whole = "\n".join(texts(fan_out()).values())
    said = "\n".join(texts(fan_out(), **{left_out: False}).values())
    assert gone in whole
    assert gone not in said
    assert kept in said


def test_without_local_gradients_and_flows_there_are_no_chips():
    said = seen(fan_out(), local_gradients=False, flows=False)
    assert not [box for box in said.boxes if box.kind == "chip"]
    assert all(edge.chip is None for edge in said.edges)


def test_names():
    weight = gg.Parameter(2.0)
    own = gg.Mul(weight, 3, name="own")
    _hidden = own + 1
    loss = _hidden**2
    said = [box.title for box in gg.draw(loss)._view.boxes if box.kind != "chip"]
    assert said == ["weight", "own", "t₁", "loss"]
    said = [box.title for box in gg.draw(loss, names={weight: "w_out", _hidden: "h"})._view.boxes if box.kind != "chip"]
    assert said == ["wₒᵤₜ", "own", "h", "loss"]


def test_two_nodes_of_one_name_are_told_apart():
    out = gg.Mul(gg.Parameter(2.0, name="w"), gg.Parameter(3.0, name="w"), name="w")
    said = texts(out)
    assert list(said)[:3] == ["w", "w⁽²⁾", "w⁽³⁾"]
    assert said["∂w⁽³⁾/∂w"] == "∂w⁽³⁾/∂w = w⁽²⁾ = 3\n1 × 3 = 3"


def test_made_up_names_avoid_those_in_use():
    w = gg.Parameter(2.0, name="t1")
    titles = [box.title for box in seen(gg.Exp(w * 2, name="L") + w).boxes if box.kind != "chip"]
    assert titles == ["t₁", "t₂", "L", "t₃"]


def test_drawing_leaves_grad_alone():
    loss = bce_one()
    w = loss.find("w")
    assert gg.draw(loss).svg
    assert w.grad is None
    loss.backward()
    w.grad = before = np.float64(17.0)
    assert "∂L/∂w ≈ −0.5379" in texts(loss)["w"]
    assert w.grad is before


def test_the_first_nan_and_infinity_are_marked():
    said = seen(not_finite())
    marked = {box.title: box.text.split("\n")[-1] for box in said.boxes if box.warning}
    assert marked == {
        "ℓ₁": "⚠ the first ∞",
        "t₁": "⚠ the first NaN",
        "∂ℓ₁/∂p": "⚠ the first gradient that is not finite",
    }
    assert texts(not_finite())["p"].endswith("= 1 + NaN = NaN")
    assert not [box for box in seen(bce_one()).boxes if box.warning]


def test_the_alternative_text_says_what_the_boxes_say():
    said = gg.draw(fan_out()).text
    assert said.startswith("Computational graph of e. ")
    assert "b parameter; value 5; ∂e/∂b = 10 + 12 = 22." in said


def test_large_arrays_stay_small_in_the_picture():
    assert len(gg.draw(large()).svg) < 2 * len(gg.draw(matrices()).svg)
