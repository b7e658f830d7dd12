"""The table for the terminal: each step of the run on a line, and nothing that a name could turn into markup."""

import io

import graphgrad as gg
import numpy as np
import pytest
from graphgrad.views.text import show
from rich.cells import cell_len
from rich.console import Console


def example():
    w, x, b = gg.Parameter(0.7, name="w"), gg.Input(2.0, name="x"), gg.Parameter(-0.4, name="b")
    return gg.NegLog(gg.Sigmoid(w * x + b, name="p_hat"), name="L")


EXAMPLE = """\
forward

 step   makes known   equation
 ────────────────────────────────────────────────────────
    1   value         w = 0.7
    2   value         x = 2
    3   value         t₁ = w·x = 0.7·2 = 1.4
    4   value         b = −0.4
    5   value         t₂ = t₁ + b = 1.4 + (−0.4) = 1
    6   value         p̂ = σ(t₂) = σ(1) ≈ 0.7311
    7   value         L = −log(p̂) = −log(0.7311) ≈ 0.3133

backward from L

 step   makes known      equation
 ───────────────────────────────────────────────────────────────────────────
    8   gradient         ∂L/∂L = 1
    9   local gradient   ∂L/∂p̂ = −1/p̂ ≈ −1.368
   10   flow             ∂L/∂p̂ = ∂L/∂L · ∂L/∂p̂ = 1 × (−1.368) = −1.368
   11   gradient         ∂L/∂p̂ ≈ −1.368
   12   local gradient   ∂p̂/∂t₂ = p̂·(1 − p̂) ≈ 0.1966
   13   flow             ∂L/∂t₂ = ∂L/∂p̂ · ∂p̂/∂t₂ = −1.368 × 0.1966 ≈ −0.2689
   14   gradient         ∂L/∂t₂ ≈ −0.2689
   15   local gradient   ∂t₂/∂t₁ = 1
   16   flow             ∂L/∂t₁ = ∂L/∂t₂ · ∂t₂/∂t₁ = −0.2689 × 1 = −0.2689
   17   local gradient   ∂t₂/∂b = 1
   18   flow             ∂L/∂b = ∂L/∂t₂ · ∂t₂/∂b = −0.2689 × 1 = −0.2689
   19   gradient         ∂L/∂b ≈ −0.2689
   20   gradient         ∂L/∂t₁ ≈ −0.2689
   21   local gradient   ∂t₁/∂w = x = 2
   22   flow             ∂L/∂w = ∂L/∂t₁ · ∂t₁/∂w = −0.2689 × 2 ≈ −0.5379
   23   gradient         ∂L/∂w ≈ −0.5379

gradients

 of the parameters   value
 ───────────────────────────
 ∂L/∂b               −0.2689
 ∂L/∂w               −0.5379

update

 step   makes known   equation
 ───────────────────────────────────────────────────────────────────────
   24   update        w ← w − 1 · ∂L/∂w = 0.7 − 1 × (−0.5379) ≈ 1.238
   25   update        b ← b − 1 · ∂L/∂b = −0.4 − 1 × (−0.2689) = −0.1311"""


def lines(_node, **settings):
    """The rows of the printed table, without the spaces between columns."""
    return [" ".join(line.split()) for line in str(gg.player(_node, **settings)).splitlines()]


def test_whole():
    assert str(gg.player(example(), update=1.0)) == EXAMPLE


def test_its_rows_are_the_steps():
    loss = example()
    run = gg.player(loss)
    rows = lines(loss)
    for k, step in enumerate(run.steps, start=1):
        assert any(row.startswith(f"{k} ") and row.endswith(step.numbers) for row in rows)
    assert loss.grad is None


def test_flows_that_meet_are_added():
    w = gg.Parameter(0.7, name="w")
    assert "8 sum of flows ∂L/∂w = 0.7 + 0.7 = 1.4" in lines(gg.Mul(w, w, name="L"))


def test_many_flows_are_counted():
    w = gg.Parameter(0.1, name="w")
    node = w
    for _ in range(500):
        node = node + w
    rows = lines(node)
    assert any("the sum of 501 flows" in row for row in rows)
    assert max(map(len, rows)) < 120


def test_symbols_are_those_of_the_picture():
    w = gg.Parameter(2.0)
    other = gg.Parameter(3.0, name="t1")
    rows = lines(gg.Exp(w * other + 1), names={w: "v"})
    assert "1 value v = 2" in rows
    assert any("t₂ = v·t₁ = 2·3 = 6" in row for row in rows)
    assert " value         w = 2\n" in str(gg.player(gg.Exp(w)))


def test_large_arrays_are_summed_up():
    text = str(gg.player(gg.Mean(gg.Input(np.arange(1000.0), name="x") * gg.Parameter(0.5, name="w"))))
    assert "shape (1000,), mean 499.5, from 0 to 999" in text
    assert "Σ ≈ 499.5" in text
    assert "998" not in text


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        (gg.Input([1.0, 2.0], name="x") * gg.Parameter(2.0), "the output has shape (2,); player(node, seed=…) adds"),
        (gg.Exp(gg.Input(1.0)), "no Parameter leads to the output"),
    ],
)
def test_without_a_backward_pass_it_says_why(node, reason):
    text = str(gg.player(node))
    assert reason in text
    assert "backward from" not in text


def test_seed():
    node = gg.Mul(gg.Input([1.0, 2.0], name="x"), gg.Parameter(2.0, name="w"), name="v")
    assert "∂v/∂w 21" in lines(node, seed=[1.0, 10.0])
    with pytest.raises(ValueError, match=r"player\(\): seed has shape \(3,\)"):
        gg.player(node, seed=[1.0, 2.0, 3.0])


def test_digits():
    assert "L = w/3 = 1/3 ≈ 0.33" in str(gg.player(gg.Div(gg.Parameter(1.0, name="w"), 3, name="L"), digits=2))


def test_columns_are_aligned_where_letters_have_accents():
    with_accents = gg.player(gg.Sum(gg.Exp(gg.Parameter([1.0, 2.0], name="p_hat"))), collapse=())
    rows = [line for line in str(with_accents).splitlines() if line.strip().startswith(("p̂", "∂L/∂p̂"))]
    heads = [line for line in str(with_accents).splitlines() if "of the parameters" in line]
    assert cell_len(rows[-1][: rows[-1].index("[")]) == heads[0].index("value")


def test_a_name_is_never_markup():
    assert "[red]w[/]" in str(gg.player(gg.Exp(gg.Parameter(1.0, name="[red]w[/]"))))


def test_show_prints_plain_text_where_there_is_no_terminal():
    file = io.StringIO()
    show(gg.player(example(), update=1.0), file=file)
    assert file.getvalue() == EXAMPLE + "\n"


def test_show_in_a_terminal_keeps_to_its_width(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    file = io.StringIO()
    show(gg.player(example()), file=file)
    text = file.getvalue()
    assert "\x1b[" in text
    plain = Console(file=io.StringIO()).render_str(text).plain
    assert "∂L/∂w" in plain
