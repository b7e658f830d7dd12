"""Instructions as calls of NumPy, and as methods and indices of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graphgrad.compiler.text import ATOM, Text, number
from graphgrad.compiler.traced import Traced


def numpy_call(value: Traced, operands: list[Text], length: Callable[[Any], str]) -> Text:
    """A call of NumPy, or a method of an array, that computes a value; ``length(n)`` writes a length."""
    function, settings = value.function, value.settings
    first = operands[0] if operands else Text("")
    match function:
        case "constant":
            return _array(value.args[0])
        case "astype" if not value.shape:
            return Text(f"np.{value.dtype}({first.text})")
        case "astype":
            return Text(f"{first.within(ATOM)}.astype(np.{value.dtype})")
        case "getitem":
            return Text(f"{first.within(ATOM)}[{', '.join(map(_index, settings['index'])) or '()'}]")
        case "item":
            return Text(f"{first.within(ATOM)}[{settings['place']}]")
        case "transpose" if settings["axes"] == tuple(range(value.ndim))[::-1]:
            return Text(f"{first.within(ATOM)}.T")
        case "reshape":
            return Text(f"{first.within(ATOM)}.reshape({', '.join(map(length, value.shape)) or '()'})")
        case "full" if not value.args[0].ndim:
            dtype = "" if value.dtype == np.float64 else f", np.{value.dtype}"
            return Text(f"np.full({_shape(value, length)}, {first.text}{dtype})")
        case "full":
            cast = "" if value.args[0].dtype == value.dtype else f".astype(np.{value.dtype})"
            return Text(f"np.broadcast_to({first.within(ATOM)}{cast}, {_shape(value, length)})")
        case "sum" | "mean" | "max" | "min" | "prod" if not value.ndim and not settings["keepdims"]:
            return Text(f"np.{function}({first.text})")
        case "sum" | "mean" | "max" | "min" | "prod":
            axis = settings["axis"] if len(settings["axis"]) > 1 else settings["axis"][0]
            return Text(f"np.{function}({first.text}, axis={axis}{', keepdims=True' * settings['keepdims']})")
    given = [operand.text for operand in operands]
    function = {"absolute": "abs"}.get(function, function)
    given += [f"{key}={_setting(setting)}" for key, setting in settings.items()]
    call = f"np.{function}({', '.join(given)})"
    return Text(f"float({call})" if value.is_weak else call)  # what NumPy gives would change the dtype of what it meets


def may_raise(value: Traced) -> bool:
    """Whether Python's operator, between its own numbers, can raise or turn complex where NumPy gives ±∞ or NaN."""
    if not value.is_weak or value.function not in ("divide", "floor_divide", "remainder", "power"):
        return False
    second = value.args[1]
    if value.function == "power":
        return not (isinstance(second, float) and second >= 0 and second.is_integer())
    return second == 0 if isinstance(second, float) else second.function != "rows"


def argument(arg: Any, text_of: Callable[[Traced], Text], *, whole: bool = False) -> Text:
    """An argument of a call; `text_of` writes traced values."""
    if isinstance(arg, Traced):
        return number(arg.args[0], whole=whole) if arg.function == "literal" else text_of(arg)
    if isinstance(arg, list | tuple):
        inside = ", ".join(argument(item, text_of, whole=whole).text for item in arg)
        return Text(f"[{inside}]" if isinstance(arg, list) else f"({inside},)")
    return number(arg, whole=whole) if isinstance(arg, float) else Text(_setting(arg))


def _shape(value: Traced, length: Callable[[Any], str]) -> str:
    return f"({', '.join(map(length, value.shape))}{',' * (value.ndim == 1)})"


def _array(array: np.ndarray) -> Text:
    if array.dtype == np.bool_ and not array.ndim:
        return Text(str(bool(array)))
    if not array.ndim:
        return Text(f"np.{array.dtype}({number(float(array), whole=False).text})")
    items = str(array.tolist()).replace("nan", "np.nan").replace("inf", "np.inf")
    dtype = "" if array.dtype in (np.float64, np.int64, np.bool_) and array.size else f", dtype=np.{array.dtype}"
    text = f"np.array({items}{dtype})"
    return Text(text if array.size else f"np.zeros({array.shape}{dtype})")


def _setting(setting: Any) -> str:
    if isinstance(setting, np.ndarray):
        return _array(setting).text
    return f"np.{np.dtype(setting)}" if isinstance(setting, np.dtype | type) else repr(setting)


def _index(part: Any) -> str:
    if isinstance(part, slice):
        start, stop, step = ("" if end is None else str(end) for end in (part.start, part.stop, part.step))
        return f"{start}:{stop}" + f":{step}" * bool(step)
    if part is Ellipsis:
        return "..."
    return _array(part).text if isinstance(part, np.ndarray) and part.ndim else str(part)
