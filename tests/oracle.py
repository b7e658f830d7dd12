"""Derivatives by means that share nothing with the library: complex step and central differences."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Function = Callable[..., Any]


def complex_step(function: Function, inputs: Sequence[np.ndarray], position: int) -> np.ndarray:
    """The Jacobian ∂function/∂inputs[position], of shape output shape + input shape; exact to rounding."""
    step = 1e-30

    def column(index: tuple[int, ...]) -> Any:
        moved = [np.array(value, dtype=complex) for value in inputs]
        moved[position][index] += 1j * step
        return np.imag(function(*moved)) / step

    return _columns(column, function, inputs, position)


def central_difference(
    function: Function, inputs: Sequence[np.ndarray], position: int, step: float = 1e-3
) -> np.ndarray:
    """The same by a difference quotient of fourth order, right to about 1e-9."""

    def column(index: tuple[int, ...]) -> Any:
        def at(offset: float) -> Any:
            moved = [np.array(value, dtype=float) for value in inputs]
            moved[position][index] += offset * step
            return np.asarray(function(*moved))

        return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step)

    return _columns(column, function, inputs, position)


def _columns(column: Function, function: Function, inputs: Sequence[np.ndarray], position: int) -> np.ndarray:
    shape = np.shape(inputs[position])
    out_shape = np.shape(function(*inputs))
    jacobian = np.zeros(out_shape + shape)
    for index in np.ndindex(shape):
        jacobian[(..., *index)] = column(index)
    return jacobian
