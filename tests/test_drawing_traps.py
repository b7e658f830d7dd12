"""Graphs on which a picture once said something false, or nothing at all."""

import graphgrad as gg
import numpy as np
import pytest
from graphgrad.drawing import typeset
from graphgrad.scope import current_scope


def marked(drawing):
    return [(box.title, box.text.splitlines()[-1]) for box in drawing._view.boxes if box.warning]


def chip(drawing, title):
    return next(box.text for box in drawing._view.boxes if box.kind == "chip" and box.title == title)


def test_the_first_gradient_of_an_array_that_is_not_finite_is_marked():
    w = gg.Parameter([0.0, 1.0, 4.0], name="w")
    root = gg.Sqrt(w)
    total = gg.Sum(root)
    assert marked(gg.draw(total)) == [("∂root/∂w", "⚠ the first gradient that is not finite")]


def test_one_edge_alone_is_marked_among_equal_values():
    w, v = gg.Parameter(0.0, name="w"), gg.Parameter(0.0, name="v")
    root = gg.Sqrt(w)
    product = 5 * v
    assert marked(gg.draw(root + product)) == [("∂root/∂w", "⚠ the first gradient that is not finite")]


def test_a_scope_with_literals_inside_is_collapsed():
    p = gg.Parameter(0.8, name="p")
    loss = gg.bce(p, 1.0)
    assert "∂loss/∂p = −1.25" in chip(gg.draw(loss, collapse="BCE"), "∂loss/∂p")


def test_a_collapsed_scope_at_a_corner_gives_no_warning():
    p = gg.Parameter(0.0, name="p")
    with np.errstate(all="ignore"):
        loss = gg.bce(p, 0.0)
    assert "NaN" in gg.draw(loss, collapse="BCE").text


def test_paths_are_printed_only_if_they_are_all_there():
    x = gg.Parameter(3.0, name="x")
    with gg.scope("mixed"):
        out = x * 2 + gg.Sum(x * [1.0, 2.0, 3.0])
    assert chip(gg.draw(out, collapse="mixed"), "∂out/∂x") == "∂out/∂x = 8\n1 × 8 = 8"


def test_a_ladder_of_many_paths_is_drawn():
    x, b = gg.Parameter(1.0, name="x"), gg.Parameter(1.0, name="b")
    with gg.scope("ladder"):
        out = x
        for _ in range(60):
            out = (out + out) * 0.5
        out = out + b
    assert "∂out/∂b = 1" in chip(gg.draw(out, collapse="ladder"), "∂out/∂b")


def test_a_matrix_times_itself_names_each_factor_on_its_side():
    a = gg.Parameter([[1.0, 2.0], [3.0, 4.0]], name="A")
    square = a @ a
    left, right = (box.text for box in gg.draw(gg.Sum(square))._view.boxes if box.title == "∂square/∂A")
    assert left.startswith("∂L/∂A = ∂L/∂square transpose(A)\n")
    assert right.startswith("∂L/∂A = transpose(A) ∂L/∂square\n")


@pytest.mark.parametrize(
    ("build", "word"),
    [
        (lambda p: gg.likelihood(p, 1.0), "output"),
        (lambda p: gg.log_likelihood(p, 1.0), "output"),
        (lambda p: gg.negative_log_likelihood(p, 1.0), "loss"),
        (lambda p: gg.bce(p, 1.0), "loss"),
        (lambda p: gg.mse(p, 1.0), "loss"),
        (lambda p: gg.grad(p * p, p), "output"),
        (lambda p: p, "parameter"),
    ],
)
def test_a_loss_is_what_is_descended(build, word):
    out = build(gg.Parameter(0.8, name="p"))
    box = next(box for box in gg.draw(out)._view.boxes if box.kind == "output")
    assert box.text.splitlines()[0].split(",")[0].endswith(f" {word}")


def test_a_scope_that_a_path_leaves_and_enters_again():
    x = gg.Parameter(0.5, name="x")
    with gg.scope("outer"):
        a = gg.Tanh(x)
    between = gg.Exp(a)
    c = a * between
    c.scope = a.scope
    with pytest.raises(ValueError, match="a path leaves that scope and comes back, so it cannot be one box"):
        gg.draw(c, collapse="outer")


def test_two_exits_of_a_collapsed_scope_have_a_value_each():
    x = gg.Parameter(0.5, name="x")
    with gg.scope("two"):
        a, b = gg.Exp(x), gg.Tanh(x)
    out = a * b
    text = next(box.text for box in gg.draw(out, collapse="two")._view.boxes if box.kind == "scope")
    assert "a ≈ 1.649" in text
    assert "b ≈ 0.4621" in text
    assert "∂out/∂a ≈ 0.4621" in text


def test_many_taken_letters_leave_one_for_the_count():
    nodes = [gg.Parameter([1.0, 2.0], name=name) for name in ("m", "n", "N", "m1")]
    assert "m0 = 2" in gg.draw(gg.Mean(nodes[0] * nodes[1] * nodes[2] * nodes[3])).text


def test_a_summary_by_scopes_says_so():
    out = gg.Parameter(0.5, name="x")
    for k in range(4):
        with gg.scope(f"layer {k}"):
            out = gg.Tanh(gg.Tanh(gg.Tanh(out)))
    assert (
        "scopes are drawn as one box each; draw(node, max_nodes=13) draws all 13 nodes" in gg.draw(out, max_nodes=6).svg
    )


BAD_SETTINGS = [
    ({"digits": True}, ValueError, "a whole number from 1 to 15"),
    ({"names": ["p"]}, TypeError, "names are given as {node: 'name'}"),
    ({"names": {"w": "v"}}, TypeError, "names are given as {node: 'name'}"),
    ({"collapse": 3}, TypeError, "give the label of a scope"),
    ({"seed": [1.0, 2.0, 3.0]}, ValueError, r"seed has shape \(3,\)"),
]


@pytest.mark.parametrize(("settings", "error", "message"), BAD_SETTINGS)
def test_settings_of_another_kind_are_refused(settings, error, message):
    x = gg.Input([1.0, 2.0], name="x")
    with pytest.raises(error, match=message):
        gg.draw(x * 2, **settings)


def test_the_seed_and_key_of_no_leaf_are_refused():
    w = gg.Parameter(1.0, name="w")
    with pytest.raises(TypeError, match="None is neither the name of a leaf nor a node"):
        (w * gg.Input(2.0)).replace({None: 7})


@pytest.mark.parametrize("shape", [(), (3,)])
def test_a_collapsed_scope_waits_for_nodes_of_equal_value(shape):
    x, w = gg.Parameter(np.full(shape, 0.5), name="x"), gg.Parameter(np.full(shape, 0.5), name="w")
    with gg.scope("inner") as inner:
        b = gg.Tanh(x, name="b")
    d = gg.Mul(gg.Mul(w, 1.0, name="e"), 1.0, name="d")
    token = current_scope.set(inner)
    c = gg.Add(b, d, name="c")
    current_scope.reset(token)
    boxes = gg.draw(gg.Sum(gg.Add(gg.Mul(b, 2.0, name="m"), c)), collapse="inner")._view.boxes
    places = {box.title: k for k, box in enumerate(boxes) if box.kind != "chip"}
    assert places["w"] < places["e"] < places["d"] < places["inner"] < places["m"]


def test_settings_are_typeset_as_they_are():
    x = gg.Parameter([[1.0, 2.0]], name="x")
    svg = gg.draw(gg.Sum(x, axis=-1, keepdims=True, name="L")).svg
    assert 'aria-label="L = sum(x, axis=-1, keepdims=True)"' in svg
    inside = typeset._mathml(r"\operatorname{sum}(x, \text{axis=-1}) = -1")
    assert "axis=-1" in "".join(inside.itertext())


def test_a_name_with_an_underscore_is_one_upright_word():
    parts = typeset._mathml(r"\operatorname{put\_back}(x)").iter()
    assert [part.tag.rpartition("}")[2] for part in parts if part.text == "put_back"] == ["mtext"]


@pytest.mark.parametrize("before", ["=", "(", ", ", "< ", "> "])
def test_the_sign_of_a_number_stands_close_to_it(before):
    """A minus sign after these is no difference: the formula is as wide as with the sign in a group of its own."""
    width = typeset.outline(rf"f{before}-1").width
    assert width == typeset.outline(rf"f{before}{{-}}1").width
    assert width < typeset.outline(rf"f{before}x-1").width - typeset.outline("x").width
