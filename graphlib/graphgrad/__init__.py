"""graphgrad: computational graphs and backpropagation, with every local gradient in the picture.

>>> import graphgrad as gg
>>> w, x, b = gg.Parameter(0.7, name="w"), gg.Input(2.0, name="x"), gg.Parameter(-0.4, name="b")
>>> p = gg.Sigmoid(w * x + b)
>>> loss = gg.bce(p, gg.Input(1.0, name="y"))
>>> loss.backward()
>>> print(f"{loss.value:.4f} {w.grad:.4f}")
0.3133 -0.5379
"""

from typing import TYPE_CHECKING, Any

from graphgrad.derivatives import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from graphgrad.descent import descend
from graphgrad.expression import Notation
from graphgrad.formula import LocalGradient
from graphgrad.functions import grad_of, hessian_of, hvp_of, jacobian_of, jvp_of, value_and_grad_of, vjp_of
from graphgrad.losses import (
    bce,
    bce_with_logits,
    bernoulli,
    likelihood,
    log_bernoulli,
    log_likelihood,
    mse,
    negative_log_likelihood,
)
from graphgrad.node import Constant, Input, Node, Parameter
from graphgrad.op import Op
from graphgrad.ops import (
    Abs,
    Add,
    ArcCos,
    ArcCosh,
    ArcSin,
    ArcSinh,
    ArcTan,
    ArcTan2,
    ArcTanh,
    BroadcastTo,
    Cbrt,
    Ceil,
    Clip,
    Concatenate,
    Cos,
    Cosh,
    CumSum,
    Diagonal,
    Div,
    Dot,
    Einsum,
    Elementwise,
    Equal,
    Exp,
    Exp2,
    ExpandDims,
    Expm1,
    Flip,
    Floor,
    FloorDivide,
    GetItem,
    Greater,
    GreaterEqual,
    Heaviside,
    Hypot,
    Less,
    LessEqual,
    Log,
    Log1p,
    Log2,
    Log10,
    LogAddExp,
    LogSigmoid,
    LogSoftmax,
    LogSumExp,
    MatMul,
    Max,
    Maximum,
    Mean,
    Min,
    Minimum,
    Mod,
    MoveAxis,
    Mul,
    Neg,
    NegLog,
    Norm,
    NotEqual,
    Outer,
    Pad,
    Pow,
    Prod,
    Ravel,
    Reciprocal,
    Reduction,
    ReLU,
    Repeat,
    Reshape,
    Roll,
    Round,
    Selection,
    Sigmoid,
    Sign,
    Sin,
    Sinh,
    Softmax,
    Softplus,
    Sort,
    Split,
    Sqrt,
    Square,
    Squeeze,
    Stack,
    Std,
    Sub,
    Sum,
    SwapAxes,
    Tan,
    Tanh,
    TensorDot,
    Tile,
    Trace,
    Transpose,
    Tril,
    Triu,
    Var,
    Where,
    XLogY,
)
from graphgrad.scope import scope
from graphgrad.sweep import topological
from graphgrad.training import History, fit

if TYPE_CHECKING:
    from graphgrad import data, testing
    from graphgrad.drawing import Drawing, draw
    from graphgrad.events import Step, steps
    from graphgrad.views.player import Player, player

__version__ = "0.1.0"

__all__ = [
    "Abs",
    "Add",
    "ArcCos",
    "ArcCosh",
    "ArcSin",
    "ArcSinh",
    "ArcTan",
    "ArcTan2",
    "ArcTanh",
    "BroadcastTo",
    "Cbrt",
    "Ceil",
    "Clip",
    "Concatenate",
    "Constant",
    "Cos",
    "Cosh",
    "CumSum",
    "Diagonal",
    "Div",
    "Dot",
    "Drawing",
    "Einsum",
    "Elementwise",
    "Equal",
    "Exp",
    "Exp2",
    "ExpandDims",
    "Expm1",
    "Flip",
    "Floor",
    "FloorDivide",
    "GetItem",
    "Greater",
    "GreaterEqual",
    "Heaviside",
    "History",
    "Hypot",
    "Input",
    "Less",
    "LessEqual",
    "LocalGradient",
    "Log",
    "Log1p",
    "Log2",
    "Log10",
    "LogAddExp",
    "LogSigmoid",
    "LogSoftmax",
    "LogSumExp",
    "MatMul",
    "Max",
    "Maximum",
    "Mean",
    "Min",
    "Minimum",
    "Mod",
    "MoveAxis",
    "Mul",
    "Neg",
    "NegLog",
    "Node",
    "Norm",
    "NotEqual",
    "Notation",
    "Op",
    "Outer",
    "Pad",
    "Parameter",
    "Player",
    "Pow",
    "Prod",
    "Ravel",
    "ReLU",
    "Reciprocal",
    "Reduction",
    "Repeat",
    "Reshape",
    "Roll",
    "Round",
    "Selection",
    "Sigmoid",
    "Sign",
    "Sin",
    "Sinh",
    "Softmax",
    "Softplus",
    "Sort",
    "Split",
    "Sqrt",
    "Square",
    "Squeeze",
    "Stack",
    "Std",
    "Step",
    "Sub",
    "Sum",
    "SwapAxes",
    "Tan",
    "Tanh",
    "TensorDot",
    "Tile",
    "Trace",
    "Transpose",
    "Tril",
    "Triu",
    "Var",
    "Where",
    "XLogY",
    "bce",
    "bce_with_logits",
    "bernoulli",
    "data",
    "descend",
    "draw",
    "fit",
    "grad",
    "grad_of",
    "hessian",
    "hessian_of",
    "hvp",
    "hvp_of",
    "jacobian",
    "jacobian_of",
    "jvp",
    "jvp_of",
    "likelihood",
    "log_bernoulli",
    "log_likelihood",
    "mse",
    "negative_log_likelihood",
    "player",
    "scope",
    "steps",
    "testing",
    "topological",
    "value_and_grad",
    "value_and_grad_of",
    "vjp",
    "vjp_of",
]


_LATER = {
    "Drawing": "graphgrad.drawing",
    "draw": "graphgrad.drawing",
    "Step": "graphgrad.events",
    "steps": "graphgrad.events",
    "Player": "graphgrad.views.player",
    "player": "graphgrad.views.player",
}


def __getattr__(name: str) -> Any:
    """Drawing, stepping and testing are loaded when they are first asked for: importing graphgrad loads nothing heavy."""
    import importlib

    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name]), name)
    if name in ("data", "testing"):
        return importlib.import_module(f"graphgrad.{name}")
    import difflib

    close = difflib.get_close_matches(name.lower(), {known.lower() for known in __all__}, n=3)
    names = [known for known in __all__ if known.lower() in close]
    hint = f"; did you mean {' or '.join(names)}?" if names else ""
    raise AttributeError(f"module 'graphgrad' has no attribute {name!r}{hint}")


def __dir__() -> list[str]:
    return __all__
