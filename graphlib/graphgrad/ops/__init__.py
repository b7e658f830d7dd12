"""The ops: one class each, in which forward and local gradients are written once; and compositions of them."""

# Imported for their ops, which the rules of the others use by name
from graphgrad.ops import calculus as calculus
from graphgrad.ops import decompositions as decompositions
from graphgrad.ops import guards as guards
from graphgrad.ops import likes as likes
from graphgrad.ops import missing as missing
from graphgrad.ops import products as products
from graphgrad.ops import samples as samples
from graphgrad.ops import shorthands as shorthands
from graphgrad.ops import sinc as sinc
from graphgrad.ops import variable as variable
from graphgrad.ops.comparisons import Equal, Greater, GreaterEqual, Heaviside, Less, LessEqual, NotEqual
from graphgrad.ops.elementwise import (
    Add,
    Div,
    Elementwise,
    Exp,
    Log,
    LogSigmoid,
    Mul,
    Neg,
    NegLog,
    Pow,
    ReLU,
    Sigmoid,
    Softplus,
    Sqrt,
    Sub,
    Tanh,
    XLogY,
)
from graphgrad.ops.inverse import Cholesky, Det, Inv, Solve
from graphgrad.ops.joining import Concatenate, Split, Stack
from graphgrad.ops.kinks import Abs, Ceil, Clip, Floor, FloorDivide, Maximum, Minimum, Mod, Round, Sign, Where
from graphgrad.ops.linear import Dot, Einsum, MatMul, Outer, TensorDot, Trace
from graphgrad.ops.order import CumSum, Sort
from graphgrad.ops.powers import Cbrt, Exp2, Expm1, Log1p, Log2, Log10, LogAddExp, Reciprocal, Square
from graphgrad.ops.reductions import LogSumExp, Max, Mean, Min, Prod, Reduction, Sum
from graphgrad.ops.selection import Diagonal, Flip, GetItem, Pad, Repeat, Roll, Selection, Tile, Tril, Triu
from graphgrad.ops.shape import BroadcastTo, ExpandDims, MoveAxis, Ravel, Reshape, Squeeze, SwapAxes, Transpose
from graphgrad.ops.softmax import LogSoftmax, Softmax
from graphgrad.ops.statistics import Norm, Std, Var
from graphgrad.ops.trigonometry import (
    ArcCos,
    ArcCosh,
    ArcSin,
    ArcSinh,
    ArcTan,
    ArcTan2,
    ArcTanh,
    Cos,
    Cosh,
    Hypot,
    Sin,
    Sinh,
    Tan,
)

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
    "Cholesky",
    "Clip",
    "Concatenate",
    "Cos",
    "Cosh",
    "CumSum",
    "Det",
    "Diagonal",
    "Div",
    "Dot",
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
    "Hypot",
    "Inv",
    "Less",
    "LessEqual",
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
    "Norm",
    "NotEqual",
    "Outer",
    "Pad",
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
    "Solve",
    "Sort",
    "Split",
    "Sqrt",
    "Square",
    "Squeeze",
    "Stack",
    "Std",
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
]
