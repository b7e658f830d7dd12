"""The ops: one class each, in which forward and local gradients are written once."""

from graphgrad.ops import corners as corners
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
from graphgrad.ops.linear import MatMul
from graphgrad.ops.reductions import Mean, Prod, Reduction, Sum
from graphgrad.ops.shape import Reshape, Transpose

__all__ = [
    "Add",
    "Div",
    "Elementwise",
    "Exp",
    "Log",
    "LogSigmoid",
    "MatMul",
    "Mean",
    "Mul",
    "Neg",
    "NegLog",
    "Pow",
    "Prod",
    "ReLU",
    "Reduction",
    "Reshape",
    "Sigmoid",
    "Softplus",
    "Sqrt",
    "Sub",
    "Sum",
    "Tanh",
    "Transpose",
    "XLogY",
]
