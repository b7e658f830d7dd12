"""Golden text: how every op and its local gradients are written, in Unicode and in LaTeX."""

import math

import graphgrad as gg
import numpy as np
import pytest
from graphgrad.expression import literal, write
from graphgrad.formula import local_gradient
from graphgrad.namespace import OPS
from graphgrad.ops import (
    calculus,
    decompositions,
    guards,
    inverse,
    joining,
    kinks,
    likes,
    linear,
    missing,
    order,
    products,
    reductions,
    samples,
    selection,
    shorthands,
    sinc,
    variable,
)


def matrix(name):
    return gg.Parameter(np.full((2, 3), 2.0), name=name)


x, y, z = matrix("x"), matrix("y"), matrix("z")
v, u = gg.Parameter([1.0, 2.0, 3.0], name="v"), gg.Input([1.0, 1.0, 1.0], name="u")
square = gg.Parameter([[2.0, 1.0], [1.0, 2.0]], name="S")
OTHERS = ("others(x)", r"\prod_{\text{others}} x")
UPSTREAM = ("upstream", r"\text{upstream}")
ONE, MINUS_ONE = ("1", "1"), ("−1", "-1")

# The op; how it is written, as text and as LaTeX; and its local gradient with respect to each input.
GOLDEN = [
    (gg.Add(x, y), ("x + y", "x + y"), [ONE, ONE]),
    (gg.Sub(x, y), ("x − y", "x - y"), [ONE, MINUS_ONE]),
    (gg.Mul(x, y), ("x·y", r"x \, y"), [("y", "y"), ("x", "x")]),
    (gg.Div(x, y), ("x/y", r"\frac{x}{y}"), [("1/y", r"\frac{1}{y}"), ("−out/y", r"-\frac{\mathrm{out}}{y}")]),
    (gg.Neg(x), ("−x", "-x"), [MINUS_ONE]),
    (
        gg.Pow(x, y),
        ("x**y", "{x}^{y}"),
        [("y·x**(y − 1)", r"y \, {x}^{y - 1}"), ("out·log(x)", r"\mathrm{out} \, \log x")],
    ),
    (gg.Exp(x), ("exp(x)", "e^{x}"), [("out", r"\mathrm{out}")]),
    (gg.Log(x), ("log(x)", r"\log x"), [("1/x", r"\frac{1}{x}")]),
    (gg.NegLog(x), ("−log(x)", r"-\log x"), [("−1/x", r"-\frac{1}{x}")]),
    (gg.Sqrt(x), ("sqrt(x)", r"\sqrt{x}"), [("1/(2·out)", r"\frac{1}{2 \, \mathrm{out}}")]),
    (gg.Sigmoid(x), ("σ(x)", r"\sigma(x)"), [("p·(1 − p)", r"p \, (1 - p)")]),
    (gg.LogSigmoid(x), ("log_sigmoid(x)", r"\log \sigma(x)"), [("σ(−x)", r"\sigma(-x)")]),
    (gg.Softplus(x), ("softplus(x)", r"\operatorname{softplus}(x)"), [("σ(x)", r"\sigma(x)")]),
    (gg.Tanh(x), ("tanh(x)", r"\tanh(x)"), [("1 − out**2", r"1 - {\mathrm{out}}^{2}")]),
    (gg.ReLU(x), ("relu(x)", r"\operatorname{relu}(x)"), [("heaviside(x, 0)", "[x > 0]")]),
    (gg.XLogY(x, y), ("xlogy(x, y)", r"x \log y"), [("log(y)", r"\log y"), ("x/y", r"\frac{x}{y}")]),
    (gg.Sum(x), ("sum(x)", r"\sum x"), [ONE]),
    (gg.Sum(x, axis=0), ("sum(x, axis=0)", r"\operatorname{sum}(x, \text{axis=0})"), [ONE]),
    (gg.Mean(x), ("mean(x)", r"\frac{1}{m} \sum x"), [("1/m", r"\frac{1}{m}")]),
    (
        gg.Mean(x, axis=(0, 1)),
        ("mean(x, axis=(0, 1))", r"\operatorname{mean}(x, \text{axis=(0, 1)})"),
        [("1/m", r"\frac{1}{m}")],
    ),
    (gg.Prod(x), ("prod(x)", r"\prod x"), [OTHERS]),
    (gg.Prod(x, axis=1), ("prod(x, axis=1)", r"\operatorname{prod}(x, \text{axis=1})"), [OTHERS]),
    (gg.MatMul(x, v), ("x @ v", "x v"), [("transpose(v)", "v^{T}"), ("transpose(x)", "x^{T}")]),
    (gg.Reshape(x, (3, 2)), ("reshape(x, shape=(3, 2))", r"\operatorname{reshape}(x, \text{shape=(3, 2)})"), [ONE]),
    (gg.Transpose(x), ("transpose(x)", "x^{T}"), [ONE]),
    (
        gg.Transpose(x, (1, 0)),
        ("transpose(x, axes=(1, 0))", r"\operatorname{transpose}(x, \text{axes=(1, 0)})"),
        [ONE],
    ),
    (gg.Heaviside(x, y), ("heaviside(x, y)", "[x > 0]"), [None, ("[x = 0]", "[x = 0]")]),
    (variable.Variable(x), ("x", "x"), [ONE]),
    (shorthands.AsType(x, dtype="f4"), ("x", "x"), [ONE]),
    (selection.Diag(v), ("diag(v)", r"\operatorname{diag}(v)"), [ONE]),
    (guards.Guard(x, y, z), ("x", "x"), [ONE, None, None]),
    (likes.Count(x, axis=(0,)), ("m", "m"), [None]),
    (likes.SumLike(x, v), ("sum(x)", r"\sum x"), [UPSTREAM, None]),
    (likes.BroadcastLike(v, x), ("v", "v"), [ONE, None]),
    (likes.ReshapeLike(x, y), ("x", "x"), [ONE, None]),
    (gg.ExpandDims(x, axis=0), ("x", "x"), [ONE]),
    (gg.Square(x), ("square(x)", "{x}^{2}"), [("2·x", r"2 \, x")]),
    (gg.Reciprocal(x), ("1/x", r"\frac{1}{x}"), [("−out**2", r"-{\mathrm{out}}^{2}")]),
    (gg.Cbrt(x), ("cbrt(x)", r"\sqrt[3]{x}"), [("1/(3·out**2)", r"\frac{1}{3 \, {\mathrm{out}}^{2}}")]),
    (gg.Exp2(x), ("exp2(x)", "2^{x}"), [("out·0.6931471805599453", r"\mathrm{out} \cdot 0.6931")]),
    (gg.Expm1(x), ("expm1(x)", r"\operatorname{expm1}(x)"), [("exp(x)", "e^{x}")]),
    (gg.Log1p(x), ("log1p(x)", r"\operatorname{log1p}(x)"), [("1/(1 + x)", r"\frac{1}{1 + x}")]),
    (gg.Log2(x), ("log2(x)", r"\log_2 x"), [("1.4426950408889634/x", r"\frac{1.443}{x}")]),
    (gg.Log10(x), ("log10(x)", r"\log_{10} x"), [("0.43429448190325176/x", r"\frac{0.4343}{x}")]),
    (
        gg.LogAddExp(x, y),
        ("logaddexp(x, y)", r"\operatorname{logaddexp}(x, y)"),
        [("σ(x − y)", r"\sigma(x - y)"), ("σ(y − x)", r"\sigma(y - x)")],
    ),
    (gg.Sin(x), ("sin(x)", r"\sin x"), [("cos(x)", r"\cos x")]),
    (gg.Cos(x), ("cos(x)", r"\cos x"), [("−sin(x)", r"-\sin x")]),
    (gg.Tan(x), ("tan(x)", r"\tan x"), [("1 + out**2", r"1 + {\mathrm{out}}^{2}")]),
    (
        gg.ArcSin(x / 4),
        ("arcsin(x/4)", r"\arcsin \left(\frac{x}{4}\right)"),
        [("1/sqrt((1 − x)·(1 + x))", r"\frac{1}{\sqrt{(1 - x) \, (1 + x)}}")],
    ),
    (
        gg.ArcCos(x / 4),
        ("arccos(x/4)", r"\arccos \left(\frac{x}{4}\right)"),
        [("−1/sqrt((1 − x)·(1 + x))", r"-\frac{1}{\sqrt{(1 - x) \, (1 + x)}}")],
    ),
    (gg.ArcTan(x), ("arctan(x)", r"\arctan x"), [("1/(1 + x**2)", r"\frac{1}{1 + {x}^{2}}")]),
    (gg.Sinh(x), ("sinh(x)", r"\sinh x"), [("cosh(x)", r"\cosh x")]),
    (gg.Cosh(x), ("cosh(x)", r"\cosh x"), [("sinh(x)", r"\sinh x")]),
    (gg.ArcSinh(x), ("arcsinh(x)", r"\operatorname{arcsinh}(x)"), [("1/hypot(x, 1)", r"\frac{1}{\sqrt{x^2 + 1^2}}")]),
    (
        gg.ArcCosh(x),
        ("arccosh(x)", r"\operatorname{arccosh}(x)"),
        [("1/(sqrt(x − 1)·sqrt(x + 1))", r"\frac{1}{\sqrt{x - 1} \, \sqrt{x + 1}}")],
    ),
    (
        gg.ArcTanh(x / 4),
        ("arctanh(x/4)", r"\operatorname{arctanh}(\frac{x}{4})"),
        [("1/((1 − x)·(1 + x))", r"\frac{1}{(1 - x) \, (1 + x)}")],
    ),
    (
        gg.ArcTan2(y, x),
        ("arctan2(y, x)", r"\operatorname{arctan2}(y, x)"),
        [
            ("x/hypot(y, x)/hypot(y, x)", r"\frac{\frac{x}{\sqrt{y^2 + x^2}}}{\sqrt{y^2 + x^2}}"),
            ("−y/hypot(y, x)/hypot(y, x)", r"-\frac{\frac{y}{\sqrt{y^2 + x^2}}}{\sqrt{y^2 + x^2}}"),
        ],
    ),
    (
        gg.Hypot(x, y),
        ("hypot(x, y)", r"\sqrt{x^2 + y^2}"),
        [("x/out", r"\frac{x}{\mathrm{out}}"), ("y/out", r"\frac{y}{\mathrm{out}}")],
    ),
    (gg.Abs(x), ("abs(x)", r"\left|x\right|"), [("sign(x)", r"\operatorname{sign}(x)")]),
    (gg.Sign(x), ("sign(x)", r"\operatorname{sign}(x)"), [("0", "0")]),
    (gg.Floor(x), ("floor(x)", r"\lfloor x \rfloor"), [("0", "0")]),
    (gg.Ceil(x), ("ceil(x)", r"\lceil x \rceil"), [("0", "0")]),
    (gg.Round(x), ("round(x)", r"\operatorname{round}(x)"), [("0", "0")]),
    (gg.Round(x, decimals=2), ("round(x, decimals=2)", r"\operatorname{round}(x, \text{decimals=2})"), [("0", "0")]),
    (gg.FloorDivide(x, y), ("floor_divide(x, y)", r"\lfloor x / y \rfloor"), [("0", "0"), ("0", "0")]),
    (gg.Mod(x, y), ("mod(x, y)", r"x \bmod y"), [ONE, ("−floor_divide(x, y)", r"-\lfloor x / y \rfloor")]),
    (
        gg.Maximum(x, y),
        ("maximum(x, y)", r"\max(x, y)"),
        [
            ("[x > y] + 0.5·[x = y]", r"[x > y] + 0.5 \, [x = y]"),
            ("[x < y] + 0.5·[x = y]", r"[x < y] + 0.5 \, [x = y]"),
        ],
    ),
    (
        gg.Minimum(x, y),
        ("minimum(x, y)", r"\min(x, y)"),
        [
            ("[x < y] + 0.5·[x = y]", r"[x < y] + 0.5 \, [x = y]"),
            ("[x > y] + 0.5·[x = y]", r"[x > y] + 0.5 \, [x = y]"),
        ],
    ),
    (
        gg.Where(z, x, y),
        ("where(z, x, y)", r"\operatorname{where}(z, x, y)"),
        [None, ("[z ≠ 0]", r"[z \ne 0]"), ("[z = 0]", "[z = 0]")],
    ),
    (gg.Greater(x, y), ("[x > y]", "[x > y]"), [None, None]),
    (gg.GreaterEqual(x, y), ("[x ≥ y]", r"[x \ge y]"), [None, None]),
    (gg.Less(x, y), ("[x < y]", "[x < y]"), [None, None]),
    (gg.LessEqual(x, y), ("[x ≤ y]", r"[x \le y]"), [None, None]),
    (gg.Equal(x, y), ("[x = y]", "[x = y]"), [None, None]),
    (gg.NotEqual(x, y), ("[x ≠ y]", r"[x \ne y]"), [None, None]),
    (
        gg.Max(x),
        ("max(x)", r"\max x"),
        [("[x = out]/sum([x = out])", r"\frac{[x = \mathrm{out}]}{\sum [x = \mathrm{out}]}")],
    ),
    (
        gg.Max(x, axis=0),
        ("max(x, axis=0)", r"\operatorname{max}(x, \text{axis=0})"),
        [
            (
                "[x = out]/sum([x = out], axis=0)",
                r"\frac{[x = \mathrm{out}]}{\operatorname{sum}([x = \mathrm{out}], \text{axis=0})}",
            )
        ],
    ),
    (
        gg.Min(x),
        ("min(x)", r"\min x"),
        [("[x = out]/sum([x = out])", r"\frac{[x = \mathrm{out}]}{\sum [x = \mathrm{out}]}")],
    ),
    (gg.LogSumExp(x), ("logsumexp(x)", r"\log \sum e^{x}"), [("exp(x − out)", r"e^{x - \mathrm{out}}")]),
    (reductions.Length(x), ("norm(x)", r"\left\|x\right\|"), [("x/out", r"\frac{x}{\mathrm{out}}")]),
    (
        gg.Softmax(v),
        ("softmax(v)", r"\operatorname{softmax}(v)"),
        [
            (
                "out·(upstream − sum(out·upstream, axis=-1, keepdims=True))",
                r"\mathrm{out} \, (\text{upstream} - "
                r"\operatorname{sum}(\mathrm{out} \, \text{upstream}, \text{axis=-1, keepdims=True}))",
            )
        ],
    ),
    (
        gg.LogSoftmax(v, axis=0),
        ("log_softmax(v, axis=0)", r"\operatorname{log\_softmax}(v, \text{axis=0})"),
        [
            (
                "upstream − exp(out)·sum(upstream, axis=0, keepdims=True)",
                r"\text{upstream} - e^{\mathrm{out}} \, "
                r"\operatorname{sum}(\text{upstream}, \text{axis=0, keepdims=True})",
            )
        ],
    ),
    (
        gg.CumSum(x, axis=0),
        ("cumsum(x, axis=0)", r"\operatorname{cumsum}(x, \text{axis=0})"),
        [
            (
                "flip(cumsum(flip(upstream, axis=0), axis=0), axis=0)",
                r"\operatorname{flip}(\operatorname{cumsum}(\operatorname{flip}(\text{upstream}, \text{axis=0}), "
                r"\text{axis=0}), \text{axis=0})",
            )
        ],
    ),
    (gg.Sort(x), ("sort(x)", r"\operatorname{sort}(x)"), [ONE]),
    (
        order.SortLike(x, y, axis=0),
        ("sort_like(x, y, axis=0)", r"\operatorname{sort\_like}(x, y, \text{axis=0})"),
        [ONE, None],
    ),
    (
        order.UnsortLike(x, y, axis=0),
        ("unsort_like(x, y, axis=0)", r"\operatorname{unsort\_like}(x, y, \text{axis=0})"),
        [ONE, None],
    ),
    (
        linear.Contraction(x, v, subscripts="ij,j->i"),
        ("einsum('ij,j->i', x, v)", r"\operatorname{einsum}(\text{ij,j->i}, x, v)"),
        [
            ("einsum('i,j->ij', upstream, v)", r"\operatorname{einsum}(\text{i,j->ij}, \text{upstream}, v)"),
            ("einsum('i,ij->j', upstream, x)", r"\operatorname{einsum}(\text{i,ij->j}, \text{upstream}, x)"),
        ],
    ),
    (gg.Cholesky(square), ("cholesky(S)", r"\operatorname{cholesky}(S)"), [("…", r"\ldots")]),
    (
        inverse.LogAbsDet(square),
        ("log_abs_det(S)", r"\operatorname{log\_abs\_det}(S)"),
        [("upstream·transpose(inv(S))", r"\text{upstream} \, \operatorname{inv}(S)^{T}")],
    ),
    (shorthands.FFTShift(x), ("fftshift(x)", r"\operatorname{fftshift}(x)"), [ONE]),
    (shorthands.IFFTShift(x, axes=1), ("ifftshift(x, axes=1)", r"\operatorname{ifftshift}(x, \text{axes=1})"), [ONE]),
    (inverse.SignOfDet(square), ("sign_of_det(S)", r"\operatorname{sign\_of\_det}(S)"), [None]),
    (gg.Squeeze(x), ("x", "x"), [ONE]),
    (
        gg.Inv(square),
        ("inv(S)", r"\operatorname{inv}(S)"),
        [("−transpose(out) @ upstream @ transpose(out)", r"-\mathrm{out}^{T} \text{upstream} \mathrm{out}^{T}")],
    ),
    (
        gg.Det(square),
        ("det(S)", r"\operatorname{det}(S)"),
        [("upstream·out·transpose(inv(S))", r"\text{upstream} \, \mathrm{out} \, \operatorname{inv}(S)^{T}")],
    ),
    (
        gg.Solve(square, square),
        ("solve(S, S)", r"\operatorname{solve}(S, S)"),
        [
            (
                "−solve(transpose(S), upstream) @ transpose(out)",
                r"-\operatorname{solve}(S^{T}, \text{upstream}) \mathrm{out}^{T}",
            ),
            ("solve(transpose(S), upstream)", r"\operatorname{solve}(S^{T}, \text{upstream})"),
        ],
    ),
    (
        gg.BroadcastTo(v, (2, 3)),
        ("broadcast_to(v, shape=(2, 3))", r"\operatorname{broadcast\_to}(v, \text{shape=(2, 3)})"),
        [ONE],
    ),
    (gg.GetItem(x, (0, slice(None, 2))), ("x[0, :2]", r"x[\text{0, :2}]"), [ONE]),
    (gg.Diagonal(x), ("diagonal(x)", r"\operatorname{diagonal}(x)"), [ONE]),
    (gg.Diagonal(x, offset=1), ("diagonal(x, offset=1)", r"\operatorname{diagonal}(x, \text{offset=1})"), [ONE]),
    (gg.Repeat(x, 2), ("repeat(x, repeats=2)", r"\operatorname{repeat}(x, \text{repeats=2})"), [ONE]),
    (gg.Tile(x, 2), ("tile(x, reps=2)", r"\operatorname{tile}(x, \text{reps=2})"), [ONE]),
    (gg.Roll(x, 1, axis=0), ("roll(x, shift=1, axis=0)", r"\operatorname{roll}(x, \text{shift=1, axis=0})"), [ONE]),
    (gg.Flip(x), ("flip(x)", r"\operatorname{flip}(x)"), [ONE]),
    (gg.Pad(x, 1), ("pad(x, pad_width=1)", r"\operatorname{pad}(x, \text{pad_width=1})"), [ONE]),
    (gg.Triu(x), ("triu(x)", r"\operatorname{triu}(x)"), [ONE]),
    (gg.Tril(x, k=-1), ("tril(x, k=-1)", r"\operatorname{tril}(x, \text{k=-1})"), [ONE]),
    (selection.PutBack(v, x, selection=gg.GetItem(x, 0)), ("put_back(v)", r"\operatorname{put\_back}(v)"), [ONE, None]),
    (
        selection.Part(x, position=1, indices_or_sections=2),
        (
            "part(x, position=1, indices_or_sections=2)",
            r"\operatorname{part}(x, \text{position=1, indices_or_sections=2})",
        ),
        [ONE],
    ),
    (gg.Concatenate([x, y]), ("concatenate(x, y)", r"\operatorname{concatenate}(x, y)"), [ONE, ONE]),
    (
        joining.Piece(v, u, position=0, axis=0),
        ("piece(v, u, position=0, axis=0)", r"\operatorname{piece}(v, u, \text{position=0, axis=0})"),
        [ONE, None],
    ),
    (
        products.Others(x, axes=(0,)),
        ("others(x)", r"\prod_{\text{others}} x"),
        [("others(x, upstream)", r"\operatorname{others}(x, \text{upstream})")],
    ),
    (
        products.Others(v, u, axes=(0,)),
        ("others(v, u)", r"\operatorname{others}(v, u)"),
        [("others(v, u, upstream)", r"\operatorname{others}(v, u, \text{upstream})"), None],
    ),
    (
        calculus.EvenShares(x, y, num=3, endpoint=True),
        ("even_shares(x, y, num=3, endpoint=True)", r"\operatorname{even\_shares}(x, y, \text{num=3, endpoint=True})"),
        [None, None],
    ),
    (
        decompositions.EigenValues(square),
        ("eigvalsh(S)", r"\operatorname{eigvalsh}(S)"),
        [
            (
                (
                    "tril(eigenvectors(S)·upstream @ transpose(eigenvectors(S))) + tril(eigenvectors(S)·upstream @ "
                    "transpose(eigenvectors(S)), k=-1)"
                ),
                (
                    r"\operatorname{tril}(\operatorname{eigenvectors}(S) \, \text{upstream} "
                    r"\operatorname{eigenvectors}(S)^{T}) + \operatorname{tril}(\operatorname{eigenvectors}(S) \, "
                    r"\text{upstream} \operatorname{eigenvectors}(S)^{T}, \text{k=-1})"
                ),
            )
        ],
    ),
    (
        decompositions.EigenVectors(square, UPLO="U"),
        ("eigenvectors(S, UPLO='U')", r"\operatorname{eigenvectors}(S, \text{UPLO='U'})"),
        [("…", r"\ldots")],
    ),
    (decompositions.LeftVectors(square), ("left_vectors(S)", r"\operatorname{left\_vectors}(S)"), [("…", r"\ldots")]),
    (
        decompositions.RightVectors(square),
        ("right_vectors(S)", r"\operatorname{right\_vectors}(S)"),
        [("…", r"\ldots")],
    ),
    (
        decompositions.SingularValues(square),
        ("svdvals(S)", r"\operatorname{svdvals}(S)"),
        [
            (
                "left_vectors(S)·(upstream·sign(out)) @ right_vectors(S)",
                (
                    r"\operatorname{left\_vectors}(S) \, \text{upstream} \, \operatorname{sign}(\mathrm{out}) "
                    r"\operatorname{right\_vectors}(S)"
                ),
            )
        ],
    ),
    (
        decompositions.Orthogonal(square),
        ("orthogonal(S)", r"\operatorname{orthogonal}(S)"),
        [
            (
                (
                    "transpose(solve(upper_triangular(S), transpose(upstream − out @ (tril(transpose(upstream) @ "
                    "out) + transpose(tril(transpose(upstream) @ out, k=-1))))))"
                ),
                (
                    r"\operatorname{solve}(\operatorname{upper\_triangular}(S), (\text{upstream} - \mathrm{out} "
                    r"(\operatorname{tril}(\text{upstream}^{T} \mathrm{out}) + "
                    r"\operatorname{tril}(\text{upstream}^{T} \mathrm{out}, \text{k=-1})^{T}))^{T})^{T}"
                ),
            )
        ],
    ),
    (
        decompositions.UpperTriangular(square),
        ("upper_triangular(S)", r"\operatorname{upper\_triangular}(S)"),
        [
            (
                (
                    "transpose(solve(out, transpose(orthogonal(S) @ (tril(out @ transpose(upstream)) + "
                    "transpose(tril(out @ transpose(upstream), k=-1))))))"
                ),
                (
                    r"\operatorname{solve}(\mathrm{out}, (\operatorname{orthogonal}(S) "
                    r"(\operatorname{tril}(\mathrm{out} \text{upstream}^{T}) + \operatorname{tril}(\mathrm{out} "
                    r"\text{upstream}^{T}, \text{k=-1})^{T}))^{T})^{T}"
                ),
            )
        ],
    ),
    (
        decompositions.Outside(square, square[:, :1]),
        ("outside(S, S[:, :1])", r"\operatorname{outside}(S, S[\text{:, :1}])"),
        [
            ("outside(upstream, vectors)", r"\operatorname{outside}(\text{upstream}, \mathrm{vectors})"),
            (
                (
                    "−(outside(upstream, vectors) @ transpose(solve(transpose(vectors) @ vectors, "
                    "transpose(vectors) @ S)) + out @ transpose(solve(transpose(vectors) @ vectors, "
                    "transpose(vectors) @ upstream)))"
                ),
                (
                    r"-(\operatorname{outside}(\text{upstream}, \mathrm{vectors}) "
                    r"\operatorname{solve}(\mathrm{vectors}^{T} \mathrm{vectors}, \mathrm{vectors}^{T} S)^{T} + "
                    r"\mathrm{out} \operatorname{solve}(\mathrm{vectors}^{T} \mathrm{vectors}, \mathrm{vectors}^{T} "
                    r"\text{upstream})^{T})"
                ),
            ),
        ],
    ),
    (
        decompositions.PInv(square),
        ("pinv(S)", r"\operatorname{pinv}(S)"),
        [
            (
                (
                    "(transpose(upstream) − S @ (out @ transpose(upstream))) @ (out @ transpose(out)) + "
                    "transpose(out) @ out @ (transpose(upstream) − transpose(upstream) @ out @ S) − transpose(out) "
                    "@ upstream @ transpose(out)"
                ),
                (
                    r"(\text{upstream}^{T} - S \mathrm{out} \text{upstream}^{T}) \mathrm{out} \mathrm{out}^{T} + "
                    r"\mathrm{out}^{T} \mathrm{out} (\text{upstream}^{T} - \text{upstream}^{T} \mathrm{out} S) - "
                    r"\mathrm{out}^{T} \text{upstream} \mathrm{out}^{T}"
                ),
            )
        ],
    ),
    (decompositions.Reliable(x, y, z), ("x", "x"), [ONE, None, None]),
    (
        kinks.CopySign(x, y),
        ("copysign(x, y)", r"\operatorname{copysign}(x, y)"),
        [("sign(x)·copysign(1, y)", r"\operatorname{sign}(x) \, \operatorname{copysign}(1, y)"), ("0", "0")],
    ),
    (
        kinks.FMod(x, y),
        ("fmod(x, y)", r"\operatorname{fmod}(x, y)"),
        [ONE, ("−round((x − out)/y)", r"-\operatorname{round}(\frac{x - \mathrm{out}}{y})")],
    ),
    (kinks.Trunc(x), ("trunc(x)", r"\operatorname{trunc}(x)"), [("0", "0")]),
    (linear.MergePairs(square), ("S", "S"), [ONE]),
    (missing.IsNumber(x), ("[x ≠ NaN]", r"[x \ne \text{NaN}]"), [None]),
    (
        samples.QuantileWeights(x, q=0.5),
        ("quantile_weights(x, q=0.5)", r"\operatorname{quantile\_weights}(x, \text{q=0.5})"),
        [None],
    ),
    (selection.Delete(v, obj=1), ("delete(v, obj=1)", r"\operatorname{delete}(v, \text{obj=1})"), [ONE]),
    (selection.DiagFlat(v), ("diagflat(v)", r"\operatorname{diagflat}(v)"), [ONE]),
    (
        selection.TakeAlongAxis(v, indices=[0, 0], axis=0),
        (
            "take_along_axis(v, indices=[0, 0], axis=0)",
            r"\operatorname{take\_along\_axis}(v, \text{indices=[0, 0], axis=0})",
        ),
        [ONE],
    ),
    (
        sinc.Sinc(x),
        ("sinc(x)", r"\operatorname{sinc}(x)"),
        [("sinc_derivative(x, order=1)", r"\operatorname{sinc\_derivative}(x, \text{order=1})")],
    ),
    (
        sinc.SincDerivative(x, order=1),
        ("sinc_derivative(x, order=1)", r"\operatorname{sinc\_derivative}(x, \text{order=1})"),
        [("sinc_derivative(x, order=2)", r"\operatorname{sinc\_derivative}(x, \text{order=2})")],
    ),
]


def test_every_op_is_in_the_golden_table():
    ours = {op for op in OPS.values() if isinstance(op, type) and op.__module__.startswith("graphgrad.")}
    assert {type(node) for node, _, _ in GOLDEN} == ours


@pytest.mark.parametrize(("node", "written", "local"), GOLDEN, ids=[repr(type(n).__name__) for n, _, _ in GOLDEN])
def test_an_op_and_its_local_gradients_as_text_and_latex(node, written, local):
    expression = write(node)
    assert (expression.text, expression.latex) == written
    found = [gradient and (gradient.formula, gradient.latex) for gradient in node.local_gradients()]
    assert found == local


a, b, c = (gg.Parameter(2.0, name=name) for name in "abc")

EXPRESSIONS = [
    (a + b * c, "a + b·c", r"a + b \, c"),
    ((a + b) * c, "(a + b)·c", r"(a + b) \, c"),
    (a - (b - c), "a − (b − c)", "a - (b - c)"),
    (a - b - c, "a − b − c", "a - b - c"),
    (a - (-b), "a − (−b)", "a - (-b)"),
    (-(a**2), "−a**2", "-{a}^{2}"),
    ((-a) ** 2, "(−a)**2", "{(-a)}^{2}"),
    (a ** (b**c), "a**b**c", "{a}^{{b}^{c}}"),
    ((a**b) ** c, "(a**b)**c", "{({a}^{b})}^{c}"),
    (a**-1, "a**(−1)", "{a}^{-1}"),
    (2 ** gg.Log(a), "2**log(a)", r"{2}^{\log a}"),
    (a / b / c, "a/b/c", r"\frac{\frac{a}{b}}{c}"),
    (a / (b * c), "a/(b·c)", r"\frac{a}{b \, c}"),
    ((a / b) ** 2, "(a/b)**2", r"{\left(\frac{a}{b}\right)}^{2}"),
    (-(a + b), "−(a + b)", "-(a + b)"),
    (-gg.Log(a), "−log(a)", r"-\log a"),
    (a + gg.Log(b), "a + log(b)", r"a + \log b"),
    (a - gg.Sum(b), "a − sum(b)", r"a - \sum b"),
    (gg.Log(a) * b, "log(a)·b", r"(\log a) \, b"),
    (a * gg.Log(b), "a·log(b)", r"a \, \log b"),
    (a * gg.NegLog(b), "a·(−log(b))", r"a \, (-\log b)"),
    (2 * a, "2·a", r"2 \, a"),
    (a * 2, "a·2", r"a \cdot 2"),
    (a * 1e-7, "a·1e−7", r"a \cdot 1 \cdot 10^{-7}"),
    (a * (2 - b), "a·(2 − b)", r"a \, (2 - b)"),
    (a * -1.0, "a·(−1)", r"a \, (-1)"),
    (gg.Log(gg.Constant(2.0)), "log(2)", r"\log 2"),
    (gg.Log(gg.Parameter(1.0, name="my 2nd p")), "log(my 2nd p)", r"\log \text{my 2nd p}"),
    (gg.Transpose(x + 1), "transpose(x + 1)", "(x + 1)^{T}"),
    (a + np.array([1.0, 2.0]), "a + [1 2]", "a + [1 2]"),
]


@pytest.mark.parametrize(("node", "text", "latex"), EXPRESSIONS, ids=[text for _, text, _ in EXPRESSIONS])
def test_parentheses_stand_where_they_are_needed_and_nowhere_else(node, text, latex):
    expression = write(node)
    assert (expression.text, expression.latex) == (text, latex)


@pytest.mark.parametrize("text", [text for node, text, _ in EXPRESSIONS if node.ndim == 0 and "my" not in text])
def test_what_is_written_means_what_was_built(text):
    """The text, read with Python's own precedence, has the value of the node."""
    node = next(node for node, written, _ in EXPRESSIONS if written == text)
    python = text.replace("·", "*").replace("−", "-")
    value = eval(python, {"log": math.log, "sum": lambda item: item, "a": 2.0, "b": 2.0, "c": 2.0})
    assert value == pytest.approx(float(node.value), rel=1e-15)


@pytest.mark.parametrize(
    ("value", "text", "latex"),
    [
        (1.0, "1", "1"),
        (-1.0, "−1", "-1"),
        (0.1, "0.1", "0.1"),
        (1 / 3, "0.3333333333333333", "0.3333"),
        (1e-7, "1e−7", r"1 \cdot 10^{-7}"),
        (math.inf, "inf", r"\infty"),
        (np.float64(1 / 3), "0.3333333333333333", "0.3333"),
        (np.array([1.0, -2.0]), "[1 −2]", "[1 -2]"),
    ],
)
def test_a_literal_is_exact_as_text_and_short_in_latex(value, text, latex):
    written = literal(value)
    assert (written.text, written.latex) == (text, latex)


# Literals fold, and what a person would not write is left out

SIMPLIFIED = [
    (lambda p: p**2, "2·p"),
    (lambda p: p**3, "3·p**2"),
    (lambda p: p**0.5, "0.5·p**(−0.5)"),
    (lambda p: p * 1, "1"),
    (lambda p: 3 * p, "3"),
    (lambda p: p / 4, "0.25"),
    (lambda p: 1 - p, "−1"),
    (lambda p: -p, "−1"),
    (lambda p: gg.NegLog(p), "−1/p"),
    (lambda p: 1 / p, "−out/p"),
]


@pytest.mark.parametrize(("build", "formula"), SIMPLIFIED, ids=[formula for _, formula in SIMPLIFIED])
def test_a_formula_is_what_a_person_would_write(build, formula):
    p = gg.Parameter(0.5, name="p")
    gradient = next(gradient for gradient in build(p).local_gradients() if gradient)
    assert gradient.input is p
    assert gradient.formula == formula


def test_a_formula_goes_by_the_names_of_the_nodes():
    logit = gg.Parameter(0.3, name="z")
    p_hat = gg.Sigmoid(logit, name="p_hat")
    (local,) = p_hat.local_gradients()
    assert (local.formula, local.latex) == ("p\u0302·(1 − p\u0302)", r"\hat{p} \, (1 - \hat{p})")
    p = float(p_hat.value)
    assert local.value == pytest.approx(p * (1 - p), rel=1e-15)


def test_a_formula_goes_by_the_names_it_is_given():
    product = gg.Parameter(2.0) * gg.Parameter(3.0)
    known = {product.inputs[1]: write(gg.Parameter(0.0, name="sigma"))}
    assert local_gradient(product, 0, known).formula == "σ"


def test_no_local_gradient_where_no_gradient_flows():
    loss = gg.Parameter(2.0, name="w") * gg.Input(3.0, name="x")
    of_w, of_x = loss.local_gradients()
    assert (of_w.formula, of_w.value) == ("x", 3)
    assert of_x is None


def test_derivative_graphs_are_clean():
    p = gg.Parameter(0.25, name="p")
    assert write(gg.grad(gg.NegLog(p), p)).text == "−1/p"
    assert write(gg.grad(p**3, p)).text == "3·p**2"
    assert write(gg.grad(gg.grad(p**3, p), p)).text == "3·(2·p)"
    assert write(gg.grad(2 * p + 1, p)).text == "2"
