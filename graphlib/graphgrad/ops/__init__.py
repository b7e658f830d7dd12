"""The ops: one class each, in which forward and local gradients are written once."""

# Imported for their ops, which the rules of the others use by name
from graphgrad.ops import likes as likes
from graphgrad.ops import masks as masks
from graphgrad.ops import products as products
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
