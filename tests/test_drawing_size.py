"""Large graphs: what is left out is said; a scope can be one box; nothing recurses."""

import re

import graphgrad as gg
import numpy as np
import pytest
from drawing_examples import EXAMPLES, bce_one, chain, drawn, nested, seen, texts


def test_a_very_long_chain_is_a_summary_that_says_so():
    drawing = drawn(chain(100_000))
    said = drawing._view
    assert len([box for box in said.boxes if box.kind != "chip"]) == 13
    (rest,) = (box for box in said.boxes if box.kind == "rest")
    assert rest.text == "⋯ 99,989 nodes ⋯\n99,989 Tanh\nleft out of the picture, up to t₆"
    note = "99,989 of 100,001 nodes are left out; draw(node, max_nodes=100001) draws them all"
    assert said.notes == (note,)
    assert note in drawing.svg


def test_the_summary_tells_the_flow_through_what_is_left_out():
    said = texts(chain(700))
    assert said["w"].startswith("w parameter\nvalue 0.5")
    assert said["left out"].startswith("⋯ 689 nodes ⋯")
    assert re.search(r"flow from within −?[\d.]+", said["left out"])


@pytest.mark.parametrize(("most", "left_out"), [(30, 0), (21, 0), (20, 9), (2, 9)])
def test_max_nodes(most, left_out):
    said = seen(chain(20), max_nodes=most)
    shown = [box for box in said.boxes if box.kind not in ("chip", "rest")]
    assert len(shown) == 21 - left_out
    assert bool(said.notes) == bool(left_out)


def test_what_the_summary_offers_draws_all():
    said = seen(chain(20), max_nodes=5)
    most = int(re.search(r"max_nodes=(\d+)", said.notes[0])[1])
    assert not seen(chain(20), max_nodes=most).notes


def test_too_many_boxes_first_collapse_the_scopes():
    node = gg.Parameter(0.5, name="w")
    for _ in range(5):
        with gg.scope("block"):
            for _ in range(10):
                node = gg.Tanh(node)
    said = seen(node, max_nodes=10)
    assert [box.kind for box in said.boxes if box.kind != "chip"] == ["parameter", *["scope"] * 4, "output"]
    assert all("10 nodes drawn as one" in box.text for box in said.boxes if box.kind in ("scope", "output"))


def shared_leaf():
    """A chain of 500 in which one leaf feeds 24 far apart."""
    leaf = node = gg.Parameter(0.5, name="w")
    for k in range(500):
        node = gg.Mul(node, leaf) if k % 21 == 20 else gg.Tanh(node)
    return node


def test_a_leaf_with_far_consumers_is_repeated_beside_them():
    drawing = drawn(shared_leaf())
    again = [box for box in drawing._view.boxes if box.kind == "again"]
    assert [box.text for box in again] == ["w repeated"] * 23
    assert {edge.tail for edge in drawing._view.edges} >= {box.key for box in again}
    assert drawing.svg.count('class="gg-again"') == 23


def test_many_examples_share_a_weight():
    w, b = gg.Parameter(0.5, name="w"), gg.Parameter(0.1, name="b")
    total = sum((gg.Tanh(w * float(k) + b) for k in range(120)), gg.Constant(0.0))
    drawing = drawn(total)
    assert len(drawing._view.boxes) > 600
    assert drawing.svg.count("<rect") > 600


def collapsed_edges(said):
    """What enters and leaves the boxes of scopes: pairs of titles."""
    title = {box.key: box.title for box in said.boxes}
    scopes = {box.key for box in said.boxes if box.kind in ("scope", "output")}
    return [(title[edge.tail], title[edge.head]) for edge in said.edges if {edge.tail, edge.head} & scopes]


def test_collapse():
    said = seen(bce_one(), collapse="BCE")
    assert [box.title for box in said.boxes if box.kind != "chip"] == ["y", "w", "x", "t₁", "b", "z", "p̂", "BCE"]
    assert not said.clusters
    assert collapsed_edges(said) == [("p̂", "BCE"), ("y", "BCE")]
    words = texts(bce_one(), collapse="BCE")
    assert words["BCE"] == "L = BCE(p̂, y) loss\n8 nodes drawn as one\nvalue 0.3133\n∂L/∂L = 1"
    assert words["p̂"].endswith("\n∂L/∂p̂ ≈ −1.368")  # one edge, one flow
    assert words["∂L/∂p̂"].startswith("∂L/∂p̂ ≈ −1.368\n")
    assert words["∂L/∂p̂"].endswith("\n1 × (−1.368) = −1.368")


def test_sigmoid_and_cross_entropy_together_are_p_minus_y():
    w, x, y = gg.Parameter(0.7, name="w"), gg.Input(2.0, name="x"), gg.Input(1.0, name="y")
    z = gg.Mul(w, x, name="z")
    with gg.scope("σ and BCE"):
        p = gg.Sigmoid(z, name="p_hat")
        loss = gg.bce(p, y)
    shown = float(re.search(r"∂L/∂z ≈ (\S+)", texts(loss, collapse="σ and BCE")["∂L/∂z"])[1].replace("−", "-"))
    assert shown == pytest.approx(p.value - y.value, rel=1e-3)


def test_collapse_outer_and_inner():
    outer = seen(nested(), collapse="net")
    assert [box.title for box in outer.boxes if box.kind != "chip"] == ["w", "x", "net", "y", "t₁", "t₂", "L"]
    assert [cluster.label for cluster in outer.clusters] == ["MSE"]
    both = seen(nested(), collapse=["layer", "net"])
    assert [box.text for box in both.boxes] == [box.text for box in outer.boxes]
    inner = seen(nested(), collapse=("layer",))
    assert [box.title for box in inner.boxes if box.kind == "scope"] == ["layer", "layer"]
    assert [cluster.label for cluster in inner.clusters] == ["net", "MSE"]
    assert collapsed_edges(inner) == [
        ("w", "layer"), ("x", "layer"), ("w", "layer"), ("layer", "layer"), ("layer", "t₁"), ("t₂", "L"),
    ]  # fmt: skip


def test_the_flows_of_a_sum_are_told_by_box():
    said = texts(EXAMPLES["multinomial"](), collapse="log Bernoulli")
    assert said["p"].split("\n")[2:] == [
        "∂L/∂p ≈", "from t₅ −0.5303 0", "+ from t₄ 0 0.4714", "+ from t₁ 1.25 −1.111", "≈ sum 0.7197 −0.6397",
    ]  # fmt: skip
    assert said["log Bernoulli"].startswith("t₁ = log Bernoulli(p, y)\n")


def two_exits(shape=()):
    """A scope with two ends."""
    x = gg.Parameter(np.full(shape, 0.5), name="x")
    with gg.scope("two"):
        a = gg.Tanh(x, name="a")
        b = gg.Exp(a, name="b")
    return gg.Sum(gg.Mul(a, b, name="c"), name="L")


def test_a_collapsed_scope_with_two_exits_tells_the_flow_alone():
    out = two_exits()
    said = texts(out, collapse="two")
    out.backward()
    flow = out.find("x").grad
    (chip,) = (text for title, text in said.items() if title.endswith("/∂x"))
    assert chip == f"flow from within {flow:.4g}"
    assert "×" not in chip


@pytest.mark.parametrize("shape", [(3,), (2, 2), (40,)])
def test_a_collapsed_scope_with_an_array_output(shape):
    said = texts(two_exits(shape), collapse="two")
    (chip,) = (text for title, text in said.items() if title.endswith("/∂x"))
    assert chip.startswith("flow from within")


def test_to_collapse_an_unknown_scope_is_an_error_that_names_those_there_are():
    with pytest.raises(
        ValueError, match=r"draw\(collapse='lair'\): no scope has that label; there are 'MSE', 'layer', 'net'"
    ):
        gg.draw(nested(), collapse=["layer", "lair"])
    with pytest.raises(ValueError, match=r"draw\(collapse='BCE'\): .* the graph has no scopes"):
        gg.draw(chain(3), collapse="BCE")


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_drawn_with_its_scopes_collapsed(example):
    labels = {cluster.label for cluster in seen(EXAMPLES[example]()).clusters}
    for label in sorted(labels):
        assert f"{label}(" in drawn(EXAMPLES[example](), collapse=label).text
    assert drawn(EXAMPLES[example](), max_nodes=2).svg
