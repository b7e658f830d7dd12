"""Names as mathematics, and names that wish to be something else."""

import unicodedata

import graphgrad as gg
import pytest
from graphgrad.names import LONGEST, Symbol, mathematics, partial_derivative, shown
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("name", "text", "latex"),
    [
        ("x", "x", "x"),
        ("p_hat", "p\u0302", r"\hat{p}"),
        ("x_bar", "x\u0304", r"\bar{x}"),
        ("x_bar_1", "x\u0304₁", r"\bar{x}_{1}"),
        ("theta_hat", "θ\u0302", r"\hat{\theta}"),
        ("w1", "w₁", "w_{1}"),
        ("W_12", "W₁₂", "W_{12}"),
        ("w_out", "wₒᵤₜ", r"w_{\mathrm{out}}"),
        ("x_bc", "x_bc", r"x_{\mathrm{bc}}"),
        ("sigma", "σ", r"\sigma"),
        ("lambda", "λ", r"\lambda"),
        ("lambda_", "λ", r"\lambda"),
        ("alpha1", "α₁", r"\alpha_{1}"),
        ("ell", "ℓ", r"\ell"),
        ("ell_1", "ℓ₁", r"\ell_{1}"),
        ("loss", "loss", r"\mathrm{loss}"),
        ("hat", "hat", r"\mathrm{hat}"),
        ("dL_dz", "∂L/∂z", r"\frac{\partial L}{\partial z}"),
        ("dL_dw1", "∂L/∂w₁", r"\frac{\partial L}{\partial w_{1}}"),
        ("dL_dp_hat", "∂L/∂p\u0302", r"\frac{\partial L}{\partial \hat{p}}"),
        ("p\u0302", "p\u0302", r"\hat{p}"),
        ("my loss", "my loss", r"\text{my loss}"),
        ("é", "é", r"\text{é}"),
        ("日本", "日本", r"\text{日本}"),
        ("1", "1", r"\text{1}"),
        ("_x", "_x", r"\text{\_x}"),
    ],
)
def test_a_name_as_mathematics(name, text, latex):
    assert mathematics(name) == Symbol(text, latex)


def test_a_partial_derivative():
    symbol = partial_derivative(mathematics("cost"), mathematics("w1"))
    assert symbol == Symbol("∂cost/∂w₁", r"\frac{\partial \mathrm{cost}}{\partial w_{1}}")


HOSTILE = {
    "control characters": ("a\x00b\n\x1b[31mc", "ab[31mc"),
    "nothing but control": ("\x00\x01", "?"),
    "a lone surrogate": ("a\ud800b", "ab"),
    "right-to-left override": ("\u202etxt.exe\u202c", "txt.exe"),
    "zero width": ("a\u200bb\u2066", "ab"),
    "markup": ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    "dot syntax": ('"];', '"];'),
    "1,000 characters": ("x" * 1000, "x" * 16 + "…" + "x" * 16),
    "1,000 words": ("x " * 1000, "x x x x x x x x … x x x x x x x x"),
    "spaces": ("   ", "?"),
}


@pytest.mark.parametrize(("name", "text"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_is_shown_as_harmless_text(name, text):
    assert mathematics(name).text == text
    assert len(text) <= LONGEST + 1
    text.encode("utf-8")
    assert gg.Parameter(1.0, name=name).name == name


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        (r"\input{a}", r"\text{\textbackslash input\{a\}}"),
        ("}$x$", r"\text{\}\$x\$}"),
        ("a%b&c#d_ e", r"\text{a\%b\&c\#d\_ e}"),
        ("x" * 1000, r"\text{" + "x" * 16 + "…" + "x" * 16 + "}"),
    ],
)
def test_a_hostile_name_leaves_no_latex_open(name, latex):
    assert mathematics(name).latex == latex


@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(st.text(st.characters(), min_size=1, max_size=60))
def test_any_name_can_be_shown(name):
    text = shown(name)
    assert 1 <= len(text) <= LONGEST + 1
    assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"} for c in text)
    symbol = mathematics(name)
    symbol.latex.encode("utf-8")
    plain = symbol.latex.replace(r"\{", "").replace(r"\}", "")
    assert plain.count("{") == plain.count("}")
