"""Every public name says what it is: its meaning, its parameters, the errors it raises, and an example that is run.

The ops have a test of their own.
"""

import ast
import dataclasses
import doctest
import inspect
import os
import pickle
import re
import sys
import textwrap
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any
from unittest.mock import patch

import graphgrad as gg
import numpy as np
import pytest
from graphgrad.composition import Composition
from graphgrad.scope import Scope
from graphgrad.views.player import Leaf
from graphgrad.views.widget import PlayerWidget
from traitlets import TraitError

# What is public

INSIDE = {
    **{f"data.{name}": getattr(gg.data, name) for name in ("Columns", "iris", "read_csv")},
    **{f"testing.{name}": getattr(gg.testing, name) for name in gg.testing.__all__},
}
GIVEN = {"Leaf": Leaf, "PlayerWidget": PlayerWidget, "Scope": Scope}
"""What public functions give that has no public name of its own."""


def is_op(thing: Any) -> bool:
    return isinstance(thing, Composition) or (isinstance(thing, type) and issubclass(thing, gg.Op))


def members(cls: type) -> dict[str, Any]:
    """The public methods and properties of a class, and its call; without those of other libraries."""
    ours = [base for base in reversed(cls.__mro__) if base.__module__.startswith("graphgrad.")]
    found = {name: thing for base in ours for name, thing in vars(base).items()}
    return {
        name: thing
        for name, thing in found.items()
        if (inspect.isfunction(thing) or isinstance(thing, property | cached_property))
        and (name == "__call__" or not name.startswith("_"))
    }


def public() -> dict[str, Any]:
    """Every public name that is no op, with its methods and properties; those of all nodes are named for Node alone."""
    found = {name: getattr(gg, name) for name in gg.__all__ if not is_op(getattr(gg, name))} | INSIDE | GIVEN
    for name, cls in list(found.items()):
        if isinstance(cls, type) and cls.__base__ not in found.values():
            found |= {f"{name}.{member}": thing for member, thing in members(cls).items()}
    return found


PUBLIC = public()
CALLS = [name for name, thing in PUBLIC.items() if inspect.isfunction(thing)]
CLASSES = [name for name, thing in PUBLIC.items() if isinstance(thing, type)]
ALL_BUT_MODULES = [name for name, thing in PUBLIC.items() if not isinstance(thing, ModuleType)]

BUILT = ["Constant", "Input", "Notation", "Parameter", "data.Columns"]
"""The classes that users build; the others are made by functions."""

WITHOUT_EXAMPLE = {"Drawing.save", "Node.copy", "Node.local", "Node.vjp"}
"""`Drawing` shows the first; the second gives the node itself; the others are rules, which `Op` explains."""

# What a docstring says


def said(name: str) -> str:
    """The docstring of a public name; nothing, if a dataclass has none but the one that is generated."""
    written = inspect.cleandoc(PUBLIC[name].__doc__ or "")
    return "" if written.startswith(f"{name}(") else written


def text(name: str) -> str:
    """The same without its example."""
    return said(name).partition(">>>")[0]


def entries(name: str, section: str) -> set[str]:
    """What a section of a docstring names, such as its arguments or its errors."""
    found = re.search(rf"^{section}:\n((?: .*\n?)+)", text(name), re.MULTILINE)
    return set(re.findall(r"^    (\w+):", found[1], re.MULTILINE)) if found else set()


@pytest.mark.parametrize("name", PUBLIC)
def test_the_first_line_is_a_sentence(name: str) -> None:
    assert re.fullmatch(r".+[.:]", said(name).partition("\n")[0])


@pytest.mark.parametrize("name", [*CALLS, *BUILT])
def test_every_parameter_is_named(name: str) -> None:
    parameters = inspect.signature(PUBLIC[name]).parameters.keys() - {"self"}
    listed = entries(name, "Args") | entries(name, "Attributes")
    named = listed or set(re.findall(r"`(\w+)`", text(name)))
    assert parameters - named == set()


@pytest.mark.parametrize("name", CLASSES)
def test_every_attribute_is_named(name: str) -> None:
    cls = PUBLIC[name]
    fields = [field.name for field in dataclasses.fields(cls)] if dataclasses.is_dataclass(cls) else []
    assigned = re.findall(r"\bself\.([a-z]\w*)(?:: [^=\n]+)? = ", inspect.getsource(cls))
    attributes = {*fields, *getattr(cls, "_fields", ()), *assigned} - {"_tell"}
    assert attributes - members(cls).keys() - entries(name, "Attributes") == set()


@pytest.mark.parametrize("name", ALL_BUT_MODULES)
def test_there_is_an_example_and_it_is_run(name: str) -> None:
    thing = getattr(PUBLIC[name], "fget", PUBLIC[name])
    if isinstance(thing, cached_property):
        assert ">>>" not in said(name), "doctest does not look there"
    elif ">>>" in said(name):
        assert f"{thing.__module__}.{thing.__qualname__}" in examples(sys.modules[thing.__module__])
        assert "+SKIP" not in said(name)
        assert "import graphgrad" not in said(name), "an example knows gg and np"
    else:
        assert isinstance(PUBLIC[name], property) or name in WITHOUT_EXAMPLE


def examples(module: ModuleType) -> set[str]:
    """The names in a module whose examples doctest finds."""
    return {test.name for test in doctest.DocTestFinder().find(module) if test.examples}


@pytest.mark.parametrize("name", ALL_BUT_MODULES)
def test_the_errors_that_its_own_lines_raise_are_named(name: str) -> None:
    thing = PUBLIC[name]
    if isinstance(thing, type):
        lines = [method for method in vars(thing).values() if inspect.isfunction(method) and is_special(method)]
    else:
        lines = [getattr(thing, "fget", getattr(thing, "func", thing)), getattr(thing, "fset", None)]
    assert {error for method in lines if method for error in errors_in(method)} <= entries(name, "Raises")


def is_special(method: Any) -> bool:
    return method.__name__.startswith("__") and method.__name__ != "__call__"


def errors_in(function: Any) -> set[str]:
    """The errors that a function raises itself; none, if it was generated."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except OSError:
        return set()
    raises = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    return {ast.unparse(error.func) for error in raises if isinstance(error, ast.Call)}


# The errors, provoked


class Unruly(gg.Op):
    """An op that states no derivative."""

    def forward(self, xp: Any, x: Any) -> Any:
        return x * 1


class Undecided(gg.Elementwise):
    """An op whose rule cannot be traced."""

    def forward(self, xp: Any, x: Any) -> Any:
        return x * 1 if x > 0 else x * 2

    def local(self, xp: Any, out: Any, x: Any) -> Any:
        return (1 if x > 0 else 2,)


class Halved(gg.Elementwise):
    """An op with a wrong derivative."""

    def forward(self, xp: Any, x: Any) -> Any:
        return x / 2

    def local(self, xp: Any, out: Any, x: Any) -> Any:
        return (2,)


def without(module: str, call: Any) -> Any:
    """A call where a module is not installed."""
    ours = ("graphgrad.views.animation", "graphgrad.views.widget")
    left = {name: known for name, known in sys.modules.items() if name not in ours}
    with patch.dict(sys.modules, left | {module: None}, clear=True):
        return call()


def without_dot(drawing: gg.Drawing) -> str:
    """A picture where the system has no Graphviz."""
    with patch.dict(os.environ, {"PATH": ""}):
        return drawing.svg


def of_bytes(content: bytes) -> gg.data.Columns:
    """The table in a file that holds these bytes."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "table.csv")
        path.write_bytes(content)
        return gg.data.read_csv(path)


def entered(manager: Any) -> None:
    with manager:
        pass


def assign(thing: Any, name: str, value: Any) -> None:
    setattr(thing, name, value)


w, b, x = gg.Parameter(0.5, name="w"), gg.Parameter([[1.0, 2.0]], name="b"), gg.Input([1.0, 2.0, 4.0], name="x")
y, s, v = gg.Input([0, 1, 1], name="y"), gg.Parameter(2.0, name="s"), gg.Parameter([1.0, 2.0, 3.0], name="v")
p = gg.Sigmoid(w * x, name="p_hat")
loss = gg.bce(p, y)
twins = gg.Parameter(1.0, name="t") * gg.Parameter(2.0, name="t")
unruly = gg.Sum(Unruly(w))
ragged = gg.Sum(gg.Input([1.0, 2.0], name="c")) + gg.Sum(gg.Input([1.0, 2.0, 3.0], name="d") * w)
history = gg.fit(loss, 0.1, 1, progress=False)
x1, x2 = gg.Input([0.0, 1.0, 2.0], name="x1"), gg.Input([1.0, 0.0, 2.0], name="x2")
plane = gg.fit(gg.bce(gg.Sigmoid(w * x1 + x2, name="p_hat"), y), 0.1, 1, progress=False)
BOTH = ("x1", "x2")
program = gg.compile(loss)
single = gg.compile(gg.Sum(gg.Input(np.float32([1, 2]), name="x") * gg.Parameter(np.float32(2), name="w")))
ROWS = {"x": [1.0, 2.0], "y": [0.0, 1.0], "w": 0.5}
drawing = gg.draw(gg.Mul(w, 2, name="d"))
run = gg.player(gg.Mul(w, 2, name="d"))
table = gg.data.Columns("a,a,b c,d\n1,2,3,four\n", "table.csv")
ONES = np.ones(3)


def squares(x: Any) -> Any:
    return x**2


def total(x: Any) -> Any:
    return np.sum(x**2)


def argmax(x: Any) -> Any:
    return np.argmax(x)


PROVOKED = [
    # leaves and nodes
    ("Input", TypeError, "take value.real", lambda: gg.Input(1j)),
    ("Input", TypeError, "convert text with float", lambda: gg.Input("1")),
    ("Input", TypeError, "has dtype object", lambda: gg.Input(None)),
    ("Input", TypeError, "is a node, not an array", lambda: gg.Input(w)),
    ("Input", TypeError, "would lose its mask", lambda: gg.Input(np.ma.masked_array([1.0], [True]))),
    ("Input", TypeError, "rows of equal length", lambda: gg.Input([[1.0], [1.0, 2.0]])),
    ("Input", TypeError, "has dtype float16", lambda: gg.Input(np.float16(1))),
    ("Input", TypeError, "cannot hold exactly", lambda: gg.Input(2**53 + 1)),
    ("Input", TypeError, "a non-empty string", lambda: gg.Input(1.0, name="")),
    ("Parameter", TypeError, "take value.real", lambda: gg.Parameter(1j)),
    ("Constant", TypeError, "convert text with float", lambda: gg.Constant("1")),
    ("Node", TypeError, "is a node, not a number", lambda: float(w)),
    ("Node", TypeError, "is a node, not a number", lambda: int(w)),
    ("Node", TypeError, "no truth value", lambda: bool(w)),
    ("Node", TypeError, "is a node, not an array", lambda: np.array(w)),
    ("Node", TypeError, "format node.value", lambda: f"{w:.2f}"),
    ("Node", TypeError, "cannot be assigned to", lambda: v.__setitem__(0, 1.0)),
    ("Node", TypeError, "cannot be pickled", lambda: pickle.dumps(w)),
    ("Node", TypeError, "has no length", lambda: len(w)),
    ("Node.value", AttributeError, "cannot be set", lambda: assign(w, "value", 1.0)),
    ("Node.name", TypeError, "a non-empty string", lambda: assign(w, "name", 1)),
    ("Node.backward", ValueError, "no Parameter leads to it", lambda: gg.Sum(x).backward()),
    ("Node.backward", ValueError, "give seed=", lambda: p.backward()),
    ("Node.backward", ValueError, "must agree", lambda: p.backward(seed=[1.0])),
    ("Node.backward", TypeError, "holds real numbers", lambda: p.backward(seed="one")),
    ("Node.backward", NotImplementedError, "must define local", lambda: unruly.backward()),
    ("topological", TypeError, "give a node", lambda: gg.topological(3)),
    ("Node.find", KeyError, "the graph has", lambda: loss.find("q_")),
    ("Node.find", KeyError, "2 nodes have that name", lambda: twins.find("t")),
    ("Node.parameters", ValueError, "has no name", lambda: (gg.Parameter(1.0) * 2).parameters()),
    ("Node.parameters", ValueError, "two Parameters are named", lambda: twins.parameters()),
    ("Node.replace", KeyError, "the graph has no leaf", lambda: loss.replace(z=1.0)),
    ("Node.replace", ValueError, "2 leaves are named", lambda: twins.replace(t=1.0)),
    ("Node.replace", ValueError, "is given twice", lambda: loss.replace({w: 1.0}, w=1.0)),
    ("Node.replace", ValueError, "is a literal", lambda: (d := w + 1).replace({d.inputs[1]: 2.0})),
    ("Node.replace", ValueError, "not to or from 1", lambda: loss.replace(w=[1.0])),
    ("Node.replace", ValueError, "could not be broadcast", lambda: (v * x).replace(x=[1.0, 2.0])),
    ("Node.replace", TypeError, "holds real numbers", lambda: loss.replace(w="one")),
    ("Node.replace", TypeError, "neither the name of a leaf nor a node", lambda: loss.replace({3: 1.0})),
    ("Node.replace", TypeError, "give names", lambda: loss.replace(3)),
    # as arrays
    ("Node.sum", ValueError, "out of bounds", lambda: v.sum(axis=1)),
    ("Node.sum", ValueError, "repeated axis", lambda: b.sum(axis=(0, 0))),
    ("Node.sum", TypeError, "axis= takes", lambda: v.sum(axis=0.5)),
    ("Node.mean", ValueError, "out of bounds", lambda: v.mean(axis=1)),
    ("Node.mean", ValueError, "repeated axis", lambda: b.mean(axis=(0, 0))),
    ("Node.mean", TypeError, "axis= takes", lambda: v.mean(axis=0.5)),
    ("Node.prod", ValueError, "out of bounds", lambda: v.prod(axis=1)),
    ("Node.prod", ValueError, "repeated axis", lambda: b.prod(axis=(0, 0))),
    ("Node.prod", TypeError, "axis= takes", lambda: v.prod(axis=0.5)),
    ("Node.max", ValueError, "out of bounds", lambda: v.max(axis=1)),
    ("Node.max", ValueError, "repeated axis", lambda: b.max(axis=(0, 0))),
    ("Node.max", ValueError, "at least one element", lambda: v[:0].max()),
    ("Node.max", TypeError, "axis= takes", lambda: v.max(axis=0.5)),
    ("Node.min", ValueError, "out of bounds", lambda: v.min(axis=1)),
    ("Node.min", ValueError, "repeated axis", lambda: b.min(axis=(0, 0))),
    ("Node.min", ValueError, "at least one element", lambda: v[:0].min()),
    ("Node.min", TypeError, "axis= takes", lambda: v.min(axis=0.5)),
    ("Node.var", ValueError, "out of bounds", lambda: v.var(axis=1)),
    ("Node.var", ValueError, "repeated axis", lambda: b.var(axis=(0, 0))),
    ("Node.var", TypeError, "Var(v: (3,)", lambda: v.var(axis=0.5)),
    ("Node.var", TypeError, "holds real numbers", lambda: v.var(ddof="one")),
    ("Node.std", ValueError, "out of bounds", lambda: v.std(axis=1)),
    ("Node.std", ValueError, "repeated axis", lambda: b.std(axis=(0, 0))),
    ("Node.std", TypeError, "Std(v: (3,)", lambda: v.std(axis=0.5)),
    ("Node.std", TypeError, "holds real numbers", lambda: v.std(ddof="one")),
    ("Node.cumsum", ValueError, "out of bounds", lambda: v.cumsum(axis=1)),
    ("Node.cumsum", TypeError, "axis= takes", lambda: v.cumsum(axis=0.5)),
    ("Node.dot", ValueError, "MatMul(v: (3,), Input: (2,))", lambda: v.dot([1.0, 2.0])),
    ("Node.dot", TypeError, "holds real numbers", lambda: v.dot("one")),
    ("Node.clip", ValueError, "could not be broadcast", lambda: v.clip([0.0, 1.0], 2.0)),
    ("Node.clip", TypeError, "holds real numbers", lambda: v.clip("one", 2.0)),
    ("Node.round", TypeError, "Round(v: (3,))", lambda: v.round("one")),
    ("Node.reshape", ValueError, "as many elements", lambda: v.reshape(2, 2)),
    ("Node.reshape", TypeError, "give whole numbers", lambda: v.reshape("two")),
    ("Node.astype", TypeError, "float64 or float32", lambda: v.astype(int)),
    ("Node.any", ValueError, "out of bounds", lambda: v.any(axis=1)),
    ("Node.all", ValueError, "out of bounds", lambda: v.all(axis=1)),
    ("Node.argmax", ValueError, "out of bounds", lambda: v.argmax(axis=1)),
    ("Node.argmax", ValueError, "empty sequence", lambda: v[:0].argmax()),
    ("Node.argmin", ValueError, "out of bounds", lambda: v.argmin(axis=1)),
    ("Node.argmin", ValueError, "empty sequence", lambda: v[:0].argmin()),
    ("Node.argsort", ValueError, "out of bounds", lambda: v.argsort(axis=1)),
    ("Node.squeeze", ValueError, "axes of length 1", lambda: v.squeeze(axis=0)),
    ("Node.squeeze", ValueError, "out of bounds", lambda: v.squeeze(axis=1)),
    ("Node.transpose", ValueError, "each axis of the input once", lambda: b.transpose(0, 0)),
    ("Node.transpose", TypeError, "give whole numbers", lambda: b.transpose(0.5, 0)),
    ("Node.swapaxes", ValueError, "out of bounds", lambda: v.swapaxes(0, 1)),
    ("Node.repeat", ValueError, "out of bounds", lambda: v.repeat(2, axis=1)),
    ("Node.repeat", ValueError, "repeats= is a number", lambda: v.repeat(-1)),
    ("Node.repeat", ValueError, "one for each element", lambda: v.repeat([1, 2])),
    ("Node.diagonal", ValueError, "two axes of x", lambda: v.diagonal()),
    ("Node.diagonal", ValueError, "cannot be the same", lambda: b.diagonal(axis1=0, axis2=0)),
    ("Node.trace", ValueError, "two axes of x", lambda: v.trace()),
    ("Node.trace", ValueError, "cannot be the same", lambda: b.trace(axis1=0, axis2=0)),
    # derivatives of graphs
    ("grad", ValueError, "give seed=", lambda: gg.grad(p, w)),
    ("grad", ValueError, "must agree", lambda: gg.grad(p, w, [1.0])),
    ("grad", ValueError, "must agree", lambda: gg.grad(p, w, s)),
    ("grad", ValueError, "does not depend on it", lambda: gg.grad(loss, s, strict=True)),
    ("grad", TypeError, "is a function", lambda: gg.grad(total, w)),
    ("grad", TypeError, "is no node", lambda: gg.grad(3.0, w)),
    ("grad", TypeError, "wrt holds 'w'", lambda: gg.grad(loss, "w")),
    ("grad", TypeError, "holds real numbers", lambda: gg.grad(p, w, "one")),
    ("grad", NotImplementedError, "must define local", lambda: gg.grad(unruly, w)),
    ("value_and_grad", ValueError, "give seed=", lambda: gg.value_and_grad(p, w)),
    ("value_and_grad", TypeError, "is no node", lambda: gg.value_and_grad(3.0, w)),
    ("value_and_grad", NotImplementedError, "must define local", lambda: gg.value_and_grad(unruly, w)),
    ("vjp", ValueError, "must agree", lambda: gg.vjp(p, w, [1.0])),
    ("vjp", TypeError, "is no node", lambda: gg.vjp(3.0, w, 1.0)),
    ("vjp", TypeError, "wrt holds 'w'", lambda: gg.vjp(p, "w", ONES)),
    ("vjp", TypeError, "holds real numbers", lambda: gg.vjp(p, w, "one")),
    ("vjp", NotImplementedError, "must define local", lambda: gg.vjp(unruly, w, 1.0)),
    ("jvp", ValueError, "tangent has shape (1,)", lambda: gg.jvp(p, w, [1.0])),
    ("jvp", ValueError, "give a dict with the keys", lambda: gg.jvp(p, {"w": w}, 1.0)),
    ("jvp", TypeError, "is no node", lambda: gg.jvp(3.0, w, 1.0)),
    ("jvp", TypeError, "wrt holds 'w'", lambda: gg.jvp(p, "w", 1.0)),
    ("jvp", TypeError, "holds real numbers", lambda: gg.jvp(p, w, "one")),
    ("jvp", NotImplementedError, "must define local", lambda: gg.jvp(unruly, w, 1.0)),
    ("hvp", ValueError, "there is no single gradient", lambda: gg.hvp(p, w, 1.0)),
    ("hvp", ValueError, "vector has shape (1,)", lambda: gg.hvp(loss, w, [1.0])),
    ("hvp", ValueError, "give a dict with the keys", lambda: gg.hvp(loss, {"w": w}, 1.0)),
    ("hvp", TypeError, "is no node", lambda: gg.hvp(3.0, w, 1.0)),
    ("hvp", TypeError, "wrt holds 'w'", lambda: gg.hvp(loss, "w", 1.0)),
    ("hvp", TypeError, "holds real numbers", lambda: gg.hvp(loss, w, "one")),
    ("hvp", NotImplementedError, "must define local", lambda: gg.hvp(unruly, w, 1.0)),
    ("jacobian", TypeError, "is no node", lambda: gg.jacobian(3.0, w)),
    ("jacobian", TypeError, "wrt holds 'w'", lambda: gg.jacobian(p, "w")),
    ("jacobian", NotImplementedError, "must define local", lambda: gg.jacobian(unruly, w)),
    ("hessian", ValueError, "there is no single gradient", lambda: gg.hessian(p, w)),
    ("hessian", TypeError, "is no node", lambda: gg.hessian(3.0, w)),
    ("hessian", TypeError, "wrt holds 'w'", lambda: gg.hessian(loss, "w")),
    ("hessian", NotImplementedError, "must define local", lambda: gg.hessian(unruly, w)),
    # derivatives of functions
    ("grad_of", TypeError, "is no function", lambda: gg.grad_of(loss)),
    ("grad_of", TypeError, "no number and no array", lambda: gg.grad_of(lambda x: None)(ONES)),
    ("grad_of", TypeError, "have no gradient", lambda: gg.grad_of(argmax)(ONES)),
    ("grad_of", TypeError, "have no gradient", lambda: gg.grad_of(lambda x: np.any(x > 0))(ONES)),
    ("grad_of", TypeError, "holds real numbers", lambda: gg.grad_of(total)("one")),
    ("grad_of", ValueError, "return one", lambda: gg.grad_of(squares)(ONES)),
    ("grad_of", ValueError, "the call has 1 argument", lambda: gg.grad_of(total, 1)(ONES)),
    ("grad_of", ValueError, "named twice", lambda: gg.grad_of(total, (0, 0))(ONES)),
    ("value_and_grad_of", TypeError, "is no function", lambda: gg.value_and_grad_of(loss)),
    ("value_and_grad_of", TypeError, "have no gradient", lambda: gg.value_and_grad_of(argmax)(ONES)),
    ("value_and_grad_of", ValueError, "return one", lambda: gg.value_and_grad_of(squares)(ONES)),
    ("jacobian_of", TypeError, "is no function", lambda: gg.jacobian_of(loss)),
    ("jacobian_of", TypeError, "have no gradient", lambda: gg.jacobian_of(argmax)(ONES)),
    ("jacobian_of", ValueError, "the call has 1 argument", lambda: gg.jacobian_of(squares, 1)(ONES)),
    ("jacobian_of", ValueError, "named twice", lambda: gg.jacobian_of(squares, (0, 0))(ONES)),
    ("hessian_of", TypeError, "is no function", lambda: gg.hessian_of(loss)),
    ("hessian_of", TypeError, "have no gradient", lambda: gg.hessian_of(argmax)(ONES)),
    ("hessian_of", ValueError, "return one", lambda: gg.hessian_of(squares)(ONES)),
    ("vjp_of", TypeError, "is no function", lambda: gg.vjp_of(loss)),
    ("vjp_of", TypeError, "no number and no array", lambda: gg.vjp_of(lambda x: None)(ONES, cotangent=ONES)),
    ("vjp_of", TypeError, "have no gradient", lambda: gg.vjp_of(argmax)(ONES, cotangent=1.0)),
    ("vjp_of", TypeError, "cotangent", lambda: gg.vjp_of(squares)(ONES)),
    ("vjp_of", TypeError, "holds real numbers", lambda: gg.vjp_of(squares)("one", cotangent=ONES)),
    ("vjp_of", TypeError, "holds real numbers", lambda: gg.vjp_of(squares)(ONES, cotangent="one")),
    ("vjp_of", ValueError, "cotangent has shape", lambda: gg.vjp_of(squares)(ONES, cotangent=[1.0])),
    ("vjp_of", ValueError, "give a list of 1", lambda: gg.vjp_of(lambda x: [x])(ONES, cotangent=ONES)),
    ("vjp_of", ValueError, "the call has 1 argument", lambda: gg.vjp_of(squares, 1)(ONES, cotangent=ONES)),
    ("vjp_of", ValueError, "named twice", lambda: gg.vjp_of(squares, (0, 0))(ONES, cotangent=ONES)),
    ("jvp_of", TypeError, "is no function", lambda: gg.jvp_of(loss)),
    ("jvp_of", TypeError, "no number and no array", lambda: gg.jvp_of(lambda x: None)(ONES, tangent=ONES)),
    ("jvp_of", TypeError, "have no gradient", lambda: gg.jvp_of(argmax)(ONES, tangent=ONES)),
    ("jvp_of", TypeError, "tangent", lambda: gg.jvp_of(squares)(ONES)),
    ("jvp_of", TypeError, "holds real numbers", lambda: gg.jvp_of(squares)("one", tangent=ONES)),
    ("jvp_of", TypeError, "holds real numbers", lambda: gg.jvp_of(squares)(ONES, tangent="one")),
    ("jvp_of", ValueError, "tangent has shape", lambda: gg.jvp_of(squares)(ONES, tangent=[1.0])),
    ("jvp_of", ValueError, "give a list of 1", lambda: gg.jvp_of(lambda x: x[0])([ONES], tangent=ONES)),
    ("jvp_of", ValueError, "the call has 1 argument", lambda: gg.jvp_of(squares, 1)(ONES, tangent=ONES)),
    ("jvp_of", ValueError, "named twice", lambda: gg.jvp_of(squares, (0, 0))(ONES, tangent=(ONES, ONES))),
    ("hvp_of", TypeError, "is no function", lambda: gg.hvp_of(loss)),
    ("hvp_of", TypeError, "have no gradient", lambda: gg.hvp_of(argmax)(ONES, vector=ONES)),
    ("hvp_of", TypeError, "vector", lambda: gg.hvp_of(total)(ONES)),
    ("hvp_of", TypeError, "holds real numbers", lambda: gg.hvp_of(total)(ONES, vector="one")),
    ("hvp_of", ValueError, "return one", lambda: gg.hvp_of(squares)(ONES, vector=ONES)),
    ("hvp_of", ValueError, "vector has shape", lambda: gg.hvp_of(total)(ONES, vector=[1.0])),
    # losses
    ("bernoulli", ValueError, "leaves [0, 1]", lambda: gg.bernoulli(1.5, 1)),
    ("bernoulli", ValueError, "labels lie in [0, 1]", lambda: gg.bernoulli(0.5, 2)),
    ("bernoulli", ValueError, "could not be broadcast", lambda: gg.bernoulli([0.5, 0.5], [0, 1, 1])),
    ("bernoulli", TypeError, "holds real numbers", lambda: gg.bernoulli("one", 1)),
    ("log_bernoulli", ValueError, "leaves [0, 1]", lambda: gg.log_bernoulli(1.5, 1)),
    ("log_bernoulli", ValueError, "labels lie in [0, 1]", lambda: gg.log_bernoulli(0.5, 2)),
    ("log_bernoulli", ValueError, "could not be broadcast", lambda: gg.log_bernoulli([0.5, 0.5], [0, 1, 1])),
    ("log_bernoulli", TypeError, "holds real numbers", lambda: gg.log_bernoulli(0.5, "one")),
    *[
        row
        for likelihood in (gg.likelihood, gg.log_likelihood, gg.negative_log_likelihood, gg.bce)
        for row in [
            (likelihood.__name__, ValueError, "leaves [0, 1]", partial(likelihood, 1.5, 1)),
            (likelihood.__name__, ValueError, "labels lie in [0, 1]", partial(likelihood, 0.5, -1)),
            (likelihood.__name__, ValueError, "do not pair up", partial(likelihood, [0.5, 0.5], [[0], [1]])),
            (likelihood.__name__, TypeError, "holds real numbers", partial(likelihood, "one", 1)),
        ]
    ],
    ("bce_with_logits", ValueError, "labels lie in [0, 1]", lambda: gg.bce_with_logits(0.5, 2)),
    ("bce_with_logits", ValueError, "do not pair up", lambda: gg.bce_with_logits([0.5, 0.5], [[0], [1]])),
    ("bce_with_logits", TypeError, "holds real numbers", lambda: gg.bce_with_logits("one", 1)),
    ("mse", ValueError, "do not pair up", lambda: gg.mse([0.5, 0.5], [[0], [1]])),
    ("mse", TypeError, "holds real numbers", lambda: gg.mse("one", 1)),
    # descent
    *[
        row
        for name, call in (("descend", gg.descend), ("fit", lambda loss, rate: gg.fit(loss, rate, 1, progress=False)))
        for row in [
            (name, ValueError, "there is no single gradient", partial(call, p, 0.1)),
            (name, ValueError, "no Parameter leads to the loss", partial(call, gg.Sum(x), 0.1)),
            (name, ValueError, "give a finite number", partial(call, loss, np.inf)),
            (name, ValueError, "is not a Parameter", partial(call, loss, {"x": 0.1})),
            (name, ValueError, "2 leaves are named", partial(call, twins, {"t": 0.1})),
            (name, ValueError, "is given twice", partial(call, loss, {"w": 0.1, w: 0.1})),
            (name, KeyError, "the graph has no leaf", partial(call, loss, {"z": 0.1})),
            (name, TypeError, "is no node", partial(call, 3.0, 0.1)),
            (name, TypeError, "is no number", partial(call, loss, "fast")),
            (name, TypeError, "neither the name of a leaf nor a node", partial(call, loss, {3: 0.1})),
        ]
    ],
    ("fit", ValueError, "from 0 to 10,000,000", lambda: gg.fit(loss, 0.1, -1)),
    ("fit", ValueError, "from 0 to 10,000,000", lambda: gg.fit(loss, 0.1, 10**8)),
    ("fit", TypeError, "no whole number", lambda: gg.fit(loss, 0.1, 1.5)),
    ("History.parameters", ValueError, "two Parameters", lambda: gg.fit(twins, 0.1, 0, progress=False).parameters),
    (
        "History.parameters",
        ValueError,
        "has no name",
        lambda: gg.fit(gg.Parameter(1.0) ** 2, 0.1, 0, progress=False).parameters,
    ),
    ("History.plot", TypeError, "give matplotlib Axes", lambda: history.plot(3)),
    ("History.plot", ModuleNotFoundError, "pip install matplotlib", lambda: without("matplotlib", history.plot)),
    (
        "History.plot_boundary",
        ModuleNotFoundError,
        "pip install matplotlib",
        lambda: without("matplotlib", lambda: plane.plot_boundary(BOTH, "y")),
    ),
    ("History.plot_boundary", KeyError, "the graph has no leaf", lambda: plane.plot_boundary(("x1", "x3"), "y")),
    ("History.plot_boundary", KeyError, "labels='z'", lambda: plane.plot_boundary(BOTH, "z")),
    ("History.plot_boundary", KeyError, "prediction='z'", lambda: plane.plot_boundary(BOTH, "y", "z")),
    ("History.plot_boundary", ValueError, "the features have the shapes", lambda: plane.plot_boundary("x1", "y")),
    ("History.plot_boundary", ValueError, "no probability", lambda: plane.plot_boundary(BOTH, "y", w * x1 + 9 * x2)),
    ("History.plot_boundary", ValueError, "a label is 2", lambda: plane.plot_boundary(BOTH, "x1")),
    (
        "History.plot_boundary",
        ValueError,
        "also depends on",
        lambda: plane.plot_boundary(BOTH, "y", gg.Sigmoid(w * x1 + x2 + x)),
    ),
    ("History.plot_boundary", TypeError, "neither a name nor a node", lambda: plane.plot_boundary(BOTH, 3)),
    ("History.plot_boundary", TypeError, "give matplotlib Axes", lambda: plane.plot_boundary(BOTH, "y", ax=3)),
    # programs
    ("scope", TypeError, "a non-empty string", lambda: entered(gg.scope(""))),
    ("source", ValueError, "give an identifier", lambda: gg.source(loss, name="a b")),
    ("source", ValueError, "give an identifier", lambda: gg.source(loss, name="np")),
    ("source", ValueError, "there is no single gradient", lambda: gg.source(p)),
    ("source", ValueError, "differ in length", lambda: gg.source(ragged)),
    ("source", ValueError, "the graph has", lambda: gg.source(loss, "z")),
    ("source", ValueError, "no leaf or op of this graph", lambda: gg.source(loss, s)),
    ("source", ValueError, "the graph has no leaf", lambda: gg.source(loss, rows="z")),
    ("source", TypeError, "is no node", lambda: gg.source(3.0)),
    ("source", TypeError, "wrt holds 3", lambda: gg.source(loss, [3])),
    ("source", TypeError, "give the names of leaves", lambda: gg.source(loss, rows=3)),
    ("source", TypeError, "Undecided cannot be traced", lambda: gg.source(Undecided(w))),
    ("compile", ValueError, "there is no single gradient", lambda: gg.compile(p)),
    ("compile", ValueError, "differ in length", lambda: gg.compile(ragged)),
    ("compile", ValueError, "of one name", lambda: gg.compile(twins)),
    ("compile", ValueError, "the graph has", lambda: gg.compile(loss, "z")),
    ("compile", ValueError, "no leaf or op of this graph", lambda: gg.compile(loss, s)),
    ("compile", ValueError, "the graph has no leaf", lambda: gg.compile(loss, rows="z")),
    ("compile", ValueError, "give a whole number from 1", lambda: gg.compile(loss, workers=0)),
    ("compile", ValueError, "give a whole number from 1", lambda: gg.compile(loss, block=0)),
    ("compile", TypeError, "is no node", lambda: gg.compile(3.0)),
    ("compile", TypeError, "wrt holds 3", lambda: gg.compile(loss, [3])),
    ("compile", TypeError, "give the names of leaves", lambda: gg.compile(loss, rows=3)),
    ("compile", TypeError, "Undecided cannot be traced", lambda: gg.compile(Undecided(w))),
    ("Program.__call__", TypeError, "missing y, w", lambda: program(x=[1.0])),
    ("Program.__call__", TypeError, "unknown z", lambda: program(**ROWS, z=1.0)),
    ("Program.__call__", TypeError, "is given twice", lambda: program({w: 1.0}, **ROWS)),
    ("Program.__call__", TypeError, "came without a name", lambda: program([1.0])),
    ("Program.__call__", TypeError, "came without a name", lambda: program([1.0], [1.0])),
    ("Program.__call__", TypeError, "holds real numbers", lambda: program(**{**ROWS, "w": "one"})),
    ("Program.__call__", TypeError, "compiled for float32", lambda: single(x=np.ones(2), w=1.0)),
    ("Program.__call__", ValueError, "the program takes a single number", lambda: program(**{**ROWS, "w": [1.0]})),
    ("Program.__call__", ValueError, "numbers of rows differ", lambda: program(**{**ROWS, "x": [1.0]})),
    ("Program.__call__", ValueError, "has no rows", lambda: program(x=[], y=[], w=1.0)),
    ("Program.__call__", ValueError, "beyond the range of float32", lambda: single(x=[1e300], w=1.0)),
    ("Program.bare", ValueError, "only a program of single numbers", lambda: program.bare),
    # pictures, steps, players
    ("Notation", ValueError, "is no level", lambda: gg.Notation("<up>", "<up>")),
    ("draw", TypeError, "give a node", lambda: gg.draw(3)),
    ("draw", TypeError, "names are given as", lambda: gg.draw(loss, names={"w": "v"})),
    ("draw", TypeError, "give the label of a scope", lambda: gg.draw(loss, collapse=3)),
    ("draw", TypeError, "holds real numbers", lambda: gg.draw(p, seed="one")),
    ("draw", ValueError, "'LR', 'TB', 'auto'", lambda: gg.draw(loss, direction="up")),
    ("draw", ValueError, "'light', 'dark', 'auto'", lambda: gg.draw(loss, theme="blue")),
    ("draw", ValueError, "'embedded', 'dot'", lambda: gg.draw(loss, engine="neato")),
    ("draw", ValueError, "from 1 to 15", lambda: gg.draw(loss, digits=0)),
    ("draw", ValueError, "from 1 to 1,000", lambda: gg.draw(loss, elements=0)),
    ("draw", ValueError, "from 2 to 1,000,000", lambda: gg.draw(loss, max_nodes=1)),
    ("draw", ValueError, "no scope has that label", lambda: gg.draw(loss, collapse="hidden")),
    ("draw", ValueError, "must agree", lambda: gg.draw(p, seed=[1.0])),
    ("Drawing.svg", RuntimeError, "which is not on the PATH", lambda: without_dot(gg.draw(loss, engine="dot"))),
    ("Drawing.png", ValueError, "a positive number", lambda: drawing.png(0)),
    ("Drawing.png", ValueError, "smaller than a pixel", lambda: drawing.png(1e-6)),
    ("Drawing.png", ValueError, "take a scale below", lambda: drawing.png(1000)),
    ("Drawing.pdf", ModuleNotFoundError, "pip install typst", lambda: without("typst", drawing.pdf)),
    ("Drawing.save", ValueError, "the suffix says the format", lambda: drawing.save("drawing.txt")),
    ("Drawing.save", ValueError, "take a scale below", lambda: drawing.save("drawing.png", scale=1000)),
    ("Drawing.save", ModuleNotFoundError, "pip install typst", lambda: without("typst", lambda: drawing.save("d.pdf"))),
    ("Drawing.save", OSError, "choose a folder that exists", lambda: drawing.save("no/folder/drawing.svg")),
    *[
        row
        for name, call in (("steps", gg.steps), ("player", gg.player))
        for row in [
            (name, TypeError, "give a node", partial(call, 3)),
            (name, TypeError, "is no number", partial(call, loss, update="fast")),
            (name, TypeError, "holds real numbers", partial(call, p, seed="one")),
            (name, TypeError, "names are given as", partial(call, loss, names={"w": "v"})),
            (name, ValueError, "must agree", partial(call, p, seed=[1.0])),
            (name, ValueError, "from 1 to 15", partial(call, loss, digits=0)),
            (name, ValueError, "no Parameter leads to the loss", partial(call, gg.Sum(x), update=0.1)),
            (name, ValueError, "give a finite number", partial(call, loss, update=np.inf)),
            (name, ValueError, "is not a Parameter", partial(call, loss, update={"x": 0.1})),
            (name, ValueError, "give seed=", partial(call, p, update=0.1)),
            (name, KeyError, "the graph has no leaf", partial(call, loss, update={"z": 0.1})),
            (name, NotImplementedError, "must define local", partial(call, unruly, update=0.1)),
        ]
    ],
    ("player", TypeError, "give the label of a scope", lambda: gg.player(loss, collapse=3)),
    ("player", ValueError, "'LR', 'TB', 'auto'", lambda: gg.player(loss, direction="up")),
    ("player", ValueError, "'light', 'dark', 'auto'", lambda: gg.player(loss, theme="blue")),
    ("player", ValueError, "'embedded', 'dot'", lambda: gg.player(loss, engine="neato")),
    ("player", ValueError, "from 1 to 1,000", lambda: gg.player(loss, elements=0)),
    ("player", ValueError, "from 2 to 1,000,000", lambda: gg.player(loss, max_nodes=1)),
    ("player", ValueError, "no scope has that label", lambda: gg.player(loss, collapse="hidden")),
    ("Player.replaced", KeyError, "the graph has no leaf", lambda: run.replaced({s: 1.0})),
    ("Player.replaced", ValueError, "not to or from 1", lambda: run.replaced({w: [1.0]})),
    ("Player.replaced", TypeError, "holds real numbers", lambda: run.replaced({w: "one"})),
    ("Player.save", ValueError, "the suffix says the format", lambda: run.save("run.txt")),
    ("Player.save", ValueError, "these are for a film", lambda: run.save("run.html", seconds=1)),
    ("Player.save", ValueError, "these are for a film", lambda: run.save("run.html", scale=1)),
    ("Player.save", ValueError, "from 0.02 to 60", lambda: run.save("run.gif", seconds=0)),
    ("Player.save", ValueError, "a positive number", lambda: run.save("run.gif", scale=0)),
    ("Player.save", ValueError, "more than fits", lambda: run.save("run.gif", scale=1000)),
    ("Player.save", ImportError, "pip install pillow", lambda: without("PIL", lambda: run.save("run.gif"))),
    ("Player.save", OSError, "choose a folder that exists", lambda: run.save("no/folder/run.html")),
    ("Player.widget", ImportError, "pip install anywidget", lambda: without("anywidget", run.widget)),
    ("Leaf.read", ValueError, "takes 1 number", lambda: run.leaves[0].read("1, 2")),
    ("Leaf.read", ValueError, "is no number", lambda: run.leaves[0].read("one")),
    ("PlayerWidget", TraitError, "from 0 to", lambda: assign(run.widget(), "index", 99)),
    ("PlayerWidget", TraitError, "there is no 'z'", lambda: assign(run.widget(), "values", {"z": 1.0})),
    ("PlayerWidget", TraitError, "has shape ()", lambda: assign(run.widget(), "values", {"w": [1.0]})),
    ("PlayerWidget", TraitError, "data is made from the graph", lambda: assign(run.widget(), "data", {})),
    ("PlayerWidget", TypeError, "would not reach the player", lambda: run.widget().values.update(w=1.0)),
    # tables, checks
    ("data.Columns", ValueError, "no rows", lambda: gg.data.Columns("a,b\n", "t")),
    ("data.Columns", ValueError, "2 rows are asked for", lambda: gg.data.Columns("a\n1\n", "t", rows=2)),
    ("data.Columns", ValueError, "row 1 has 1 cells", lambda: gg.data.Columns("a,b\n1\n", "t")),
    ("data.Columns", ValueError, "not a CSV table", lambda: gg.data.Columns('a\n"1\n', "t")),
    ("data.Columns", ValueError, "is no number", lambda: table["d"]),
    ("data.Columns", ValueError, "2 columns go by the name", lambda: table["a"]),
    ("data.Columns", ValueError, "no name that a program can use", lambda: table["b_c"]),
    ("data.Columns", ValueError, "give a whole number from 1", lambda: gg.data.Columns("a\n1\n", "t", rows=0)),
    ("data.Columns", KeyError, "no column is called", lambda: table["z"]),
    ("data.read_csv", OSError, "give the path of a CSV file", lambda: gg.data.read_csv("no/table.csv")),
    ("data.read_csv", ValueError, "larger than", lambda: of_bytes(b"1\n" * 30_000_000)),
    ("data.read_csv", ValueError, "not UTF-8 text", lambda: of_bytes(b"a\n\xff\n")),
    ("data.read_csv", ValueError, "no rows", lambda: of_bytes(b"")),
    ("data.read_csv", TypeError, "give the path", lambda: gg.data.read_csv(3)),
    ("testing.check_grads", AssertionError, "Mend local of Halved", lambda: gg.testing.check_grads(Halved, [1.0])),
    ("testing.check_grads", ValueError, "no Parameter leads to it", lambda: gg.testing.check_grads(gg.Sum(x))),
    ("testing.check_grads", ValueError, "is not in its graph", lambda: gg.testing.check_grads(loss, s)),
    ("testing.check_grads", ValueError, "give the arrays", lambda: gg.testing.check_grads(gg.Sin)),
    ("testing.check_grads", ValueError, "give 1, 2, 3", lambda: gg.testing.check_grads(loss, order=0)),
    ("testing.check_grads", ValueError, "the relative difference", lambda: gg.testing.check_grads(loss, rtol=-1)),
    ("testing.check_grads", ValueError, "choose other values", lambda: gg.testing.check_grads(gg.Log, [0.0])),
    ("testing.check_grads", ValueError, "there is a kink", lambda: gg.testing.check_grads(gg.Abs, [0.0])),
    ("testing.check_grads", TypeError, "give a node, or a function", lambda: gg.testing.check_grads(3)),
    ("testing.check_grads", TypeError, "not a node", lambda: gg.testing.check_grads(lambda x: 3.0, [1.0])),
    ("testing.check_grads", TypeError, "3 is no node", lambda: gg.testing.check_grads(loss, 3)),
    ("testing.check_grads", TypeError, "is checked at arrays", lambda: gg.testing.check_grads(gg.Sin, s)),
    ("testing.check_grads", TypeError, "holds real numbers", lambda: gg.testing.check_grads(gg.Sin, "one")),
]
"""What is called; the error that its docstring names; words of the message; and the call."""


@pytest.mark.parametrize(
    ("name", "error", "words", "call"), PROVOKED, ids=[f"{name}-{words}" for name, _, words, _ in PROVOKED]
)
def test_an_error_that_it_names_is_raised(name: str, error: Any, words: str, call: Any) -> None:
    with np.errstate(all="ignore"), pytest.raises(error, match=re.escape(words)):
        call()
    assert error.__name__ in entries(name, "Raises")


def test_every_error_that_a_docstring_names_is_provoked() -> None:
    provoked = {(name, error.__name__) for name, error, _, _ in PROVOKED}
    assert {(name, error) for name in PUBLIC for error in entries(name, "Raises")} - provoked == set()
