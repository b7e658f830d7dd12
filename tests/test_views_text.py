"""The table for the terminal: its rows are those of the sweep, and its equations are true as printed."""

import io

import graphgrad as gg
import numpy as np
import pytest
from graphgrad.views.text import show, table
from rich.cells import cell_len
from rich.console import Console


def example():
    w, x, b = gg.Parameter(0.7, name="w"), gg.Input(2.0, name="x"), gg.Parameter(-0.4, name="b")
    return gg.NegLog(gg.Sigmoid(w * x + b, name="p_hat"), name="L")


EXAMPLE = """\
forward

 node   is          shape   value
 ─────────────────────────────────
 w      parameter   ()      0.7
 x      input       ()      2
 t₁     w·x         ()      1.4
 b      parameter   ()      −0.4
 t₂     t₁ + b      ()      1
 p̂      σ(t₂)       ()      0.7311
 L      −log(p̂)     ()      0.3133

backward from L, each edge in turn

 edge      upstream   local gradient                upstream × local = flow
 ──────────────────────────────────────────────────────────────────────────
 L → p̂     1          ∂L/∂p̂ = −1/p̂ ≈ −1.368         = −1.368
 p̂ → t₂    −1.368     ∂p̂/∂t₂ = p̂·(1 − p̂) ≈ 0.1966   ≈ −0.2689
 t₂ → t₁   −0.2689    ∂t₂/∂t₁ = 1                   = −0.2689
 t₂ → b    −0.2689    ∂t₂/∂b = 1                    = −0.2689
 t₁ → w    −0.2689    ∂t₁/∂w = x = 2                ≈ −0.5379

gradients

 of the parameters   value
 ───────────────────────────
 ∂L/∂w               −0.5379
 ∂L/∂b               −0.2689
"""


def test_whole():
    assert table(example()) == EXAMPLE


def lines(text):
    return [" ".join(line.split()) for line in text.splitlines()]


def test_it_reads_the_sweep_and_leaves_grad_alone():
    loss = example()
    table(loss)
    assert loss.grad is None


def test_flows_that_meet_are_added():
    loss = gg.Parameter(0.7, name="w") ** 2 * 3
    w = loss.find("w")
    both = lines(table(w * w))
    assert "L → w, input 1 1 ∂L/∂w = w = 0.7 = 0.7" in both
    assert "L → w, input 2 1 ∂L/∂w = w = 0.7 = 0.7" in both
    start = both.index("sum at w ∂L/∂w: flows from L 0.7")
    assert both[start + 1 : start + 3] == ["+ 0.7", "= 1.4"]


def test_many_flows_are_counted():
    w = gg.Parameter(0.1, name="w")
    node = w
    for _ in range(500):
        node = node + w
    rows = lines(table(node))
    assert "sum at w ∂node/∂w: 501 flows Σ ≈ 501" in rows
    assert max(map(len, rows)) < 120


def test_what_was_broadcast_is_summed_back():
    x, w = gg.Input([1.0, 2.0], name="x"), gg.Parameter(3.0, name="w")
    rows = lines(table(gg.Sum(w * x)))
    start = rows.index("t₁ → w [1 1] ∂t₁/∂w = x = [1 2]")
    assert rows[start + 1] == "= [1 2] Σ = 3"


@pytest.mark.parametrize(
    ("build", "row"),
    [
        (lambda a: gg.Sum(a @ [0.5, 0.25]), "∂L/∂A [[0.5 0.25] [0.5 0.25]]"),
        (lambda a: gg.Sum(gg.Transpose(a)), "t₁ → A [[1 1] [1 1]] ∂t₁/∂A = 1, rearranged = [[1 1] [1 1]]"),
        (lambda a: gg.Mean(a), "L → A 1 ∂L/∂A = 1/m = 0.25 = [[0.25 0.25] [0.25 0.25]]"),
        (lambda a: gg.Sum(gg.Mean(a, axis=1)), "t₁ → A [1 1] ∂t₁/∂A = 1/m = 0.5 = [[0.5 0.5] [0.5 0.5]]"),
        (lambda a: gg.Sum(a @ gg.Transpose(a)), "transpose(A) = [[1 3] [2 4]]"),
        (lambda a: gg.Sum(a @ [1 / 3, 1.0]), "≈ [0.3333 1]"),
    ],
)
def test_ops_that_are_not_elementwise(build, row):
    rows = lines(table(build(gg.Parameter([[1.0, 2.0], [3.0, 4.0]], name="A"))))
    assert any(row in line for line in rows), rows


def test_unnamed_nodes_take_the_callers_variables_then_the_next_free_t():
    w = gg.Parameter(2.0)
    other = gg.Parameter(3.0, name="t1")
    rows = lines(table(gg.Exp(w * other + 1), names={w: "v"}))
    assert "v parameter () 2" in rows
    assert "t₁ parameter () 3" in rows
    assert "t₂ v·t₁ () 6" in rows
    assert "w parameter () 2" in lines(table(gg.Exp(w)))


def test_literals_are_no_rows_but_an_output_is_one():
    assert not any(line.startswith("1 ") for line in lines(table(1 - gg.Parameter(2.0, name="w"))))
    text = table(gg.Constant(3))
    assert "L constant () 3" in lines(text)


def test_symbols_are_those_of_the_picture():
    p = gg.Parameter([0.25, 0.5], name="p")
    rows = lines(table(gg.bce(p, gg.Input([1.0, 0.0], name="y"))))
    assert any("(1 − y)·ℓ₀ (2,) [0 0.6931]" in row for row in rows)
    assert not any("1 − y (2,)" in row for row in rows)
    assert any("= 1 − y" in row for row in rows)


def test_large_arrays_are_summed_up():
    text = table(gg.Mean(gg.Input(np.arange(1000.0), name="x") * gg.Parameter(0.5, name="w")))
    assert "shape (1000,), mean 499.5, from 0 to 999" in text
    assert "Σ ≈ 499.5" in text
    assert "998" not in text
    columns = gg.Input(np.ones((4, 2)), name="x") * gg.Parameter([1.0, 2.0], name="w")
    assert "Σ ≈ [4 4]" in table(gg.Sum(columns))  # the eight numbers that add up are not printed


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        (gg.Input([1.0, 2.0], name="x") * gg.Parameter(2.0), "L has shape (2,); give seed=, or reduce it"),
        (gg.Exp(gg.Input(1.0)), "no Parameter leads here"),
    ],
)
def test_without_a_backward_pass_it_says_why(node, reason):
    node.name = "L"
    text = table(node)
    assert reason in text
    assert "backward from" not in text


def test_seed():
    node = gg.Input([1.0, 2.0], name="x") * gg.Parameter(2.0, name="w")
    rows = lines(table(node, seed=[1.0, 10.0]))
    assert "node → w [1 10] ∂node/∂w = x = [1 20]" in rows
    assert "∂node/∂w 21" in rows
    with pytest.raises(ValueError, match=r"table\(\): seed has shape \(3,\)"):
        table(node, seed=[1.0, 2.0, 3.0])


def test_digits():
    assert "0.33 " in table(gg.Parameter(1.0, name="w") / 3, digits=2)


def test_columns_are_aligned_where_letters_have_accents():
    rows = table(example()).splitlines()
    value = next(line for line in rows if line.startswith(" node")).index("value")
    hat = next(line for line in rows if line.startswith(" p̂ "))
    assert cell_len(hat[: hat.index("0.7311")]) == value


def test_a_name_is_never_markup():
    assert "[red]w[/]" in table(gg.Exp(gg.Parameter(1.0, name="[red]w[/]")))


def test_show_prints_plain_text_where_there_is_no_terminal():
    file = io.StringIO()
    show(example(), file=file)
    assert file.getvalue() == EXAMPLE


def test_show_in_a_terminal_keeps_to_its_width(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    file = io.StringIO()
    show(example(), file=file)
    text = file.getvalue()
    assert "\x1b[" in text
    plain = Console(file=io.StringIO()).render_str(text)
    assert "∂L/∂w" in plain.plain


def test_equations_are_true_as_printed():
    for line in lines(table(example())):
        if " → " in line and " = " in line:
            *_, equals, flow = line.split()
            upstream = float(line.split()[3].replace("−", "-"))
            local = float(line.split()[-3].replace("−", "-"))
            exact = np.isclose(upstream * local, float(flow.replace("−", "-")), rtol=1e-12)
            assert equals == ("=" if exact else "≈"), line
