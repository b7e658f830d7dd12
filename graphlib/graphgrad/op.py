"""Op: a node computed from others by a rule."""

from __future__ import annotations

import inspect
import re
from typing import Any, ClassVar, Self

import numpy as np

from graphgrad.arrays import ARRAYS, frozen
from graphgrad.expression import Notation, call_notation
from graphgrad.namespace import numbers, register
from graphgrad.node import Node, as_node
from graphgrad.scope import current_scope


class Op(Node):
    """A node computed from others. A subclass states its rule: see :class:`Elementwise` for the usual kind.

    A subclass defines ``forward(self, xp, a, b, …)`` and ``vjp(self, xp, upstream, out, a, b, …)``,
    which returns for each input the gradient that flows to it: an array, or a function of no
    arguments that computes it only when it is wanted, or None where there is no derivative. Both
    are written over operators and the namespace `xp` alone. What they return belongs to the graph: a rule that
    keeps an array and changes it later gives a copy of it. Settings, such as an axis, are attributes
    that ``__init__`` sets before it calls ``super().__init__(*inputs, name=name)``. A rule that ends in
    ``*inputs`` takes as many as it is given.

    Shapes: as forward has it; what it refuses is an error of its kind that restates the call and says what fits.
    Domain: float64 and float32; integers and Booleans become float64, and complex numbers are a TypeError.
    Corners: NumPy warns where a value becomes infinite or NaN; a rule adds no warning, and hides none that a value
        causes.

    Class attributes:
        function: the name under which NumPy, `xp` and programs know it; by default the class name
            in lower case.
        aliases: other names under which NumPy knows it, such as ``"linalg.norm"``.
        written: how it is written in text and in LaTeX; by default as ``function(a, b)``.
        jacobian: what its local gradient is: ``"diagonal"`` (elementwise), ``"spread"`` (one number
            to each of many), ``"product"`` (a matrix product) or ``"rearrangement"``.
            ``"general"``, the default, is shown as the formula of what flows.
        detached: the positions of inputs that have no derivative, such as a mask or a shape.
        shape_only: the positions among them of which no more than the shape is taken.
        cure: what to do where the inputs do not fit; it ends the error message.
        is_public: whether it is named in lists of what there is.
        takes_list: whether its inputs are given as one list.
        by_local: whether what flows to an input is upstream × local; the sweep then asks for `local`, not for `vjp`.

    >>> class Reversed(gg.Op):
    ...     def forward(self, xp, x):
    ...         return xp.flip(x)
    ...
    ...     def vjp(self, xp, upstream, out, x):
    ...         return (lambda: xp.flip(upstream),)
    >>> x = gg.Parameter([1.0, 2.0, 3.0])
    >>> Reversed(x).backward([10.0, 20.0, 30.0])
    >>> x.grad
    array([30., 20., 10.])
    """

    aliases: ClassVar[tuple[str, ...]] = ()
    arity: ClassVar[int | None] = 0
    settings: ClassVar[tuple[str, ...]] = ()
    written: ClassVar[Notation | None] = None
    jacobian: ClassVar[str] = "general"
    cure: ClassVar[str] = ""
    is_public: ClassVar[bool] = True
    takes_list: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "forward" in cls.__dict__:
            cls._read_signatures()
            if "function" not in cls.__dict__:
                cls.function = cls.__name__.lower()
            register(cls, cls.function, *cls.__dict__.get("aliases", ()))

    @classmethod
    def _read_signatures(cls) -> None:
        """How many inputs the rule takes, and which settings the op; refuses a rule that cannot work."""
        parameters = inspect.signature(cls.forward).parameters
        last = list(parameters.values())[-1]
        takes_many = last.kind is last.VAR_POSITIONAL
        fixed = list(parameters.values())[: len(parameters) - takes_many]
        plain = all(parameter.kind is parameter.POSITIONAL_OR_KEYWORD for parameter in fixed)
        if not plain or len(parameters) < 3 or len(fixed) < 2:
            raise TypeError(f"{cls.__name__}: forward must be forward(self, xp, a, b, …), with at least one input")
        cls.arity = None if takes_many else len(parameters) - 2
        cls.settings = tuple(
            parameter.name
            for parameter in inspect.signature(cls.__init__).parameters.values()
            if parameter.kind is not parameter.VAR_POSITIONAL and parameter.name not in (*parameters, "name")
        )
        if cls.arity is not None and not set(cls.detached) <= set(range(cls.arity)):
            raise TypeError(f"{cls.__name__}: detached = {cls.detached}; it holds positions from 0 to {cls.arity - 1}")

    def __init__(self, *inputs: Any, name: str | None = None) -> None:
        if len(inputs) != self.arity and (self.arity is not None or not inputs):
            takes = "at least one input" if self.arity is None else f"{self.arity} input(s)"
            raise TypeError(f"{type(self).__name__} takes {takes}, got {len(inputs)}")
        for given in inputs:
            if not isinstance(given, Node):
                inputs = tuple([as_node(each, inputs) for each in inputs])
                break
        self.inputs = inputs
        self._value = self._evaluate()
        self.grad = None
        self.scope = current_scope.get()
        self._name = None
        if name is not None:
            self.name = name

    def forward(self, xp: Any, *inputs: Any) -> Any:
        """The value from the values of the inputs."""
        raise NotImplementedError(f"{type(self).__name__} must define forward(self, xp, …)")

    def vjp(self, xp: Any, upstream: Any, out: Any, *inputs: Any) -> Any:
        """For each input, the gradient that flows to it when `upstream` arrives here."""
        raise NotImplementedError(f"{type(self).__name__} must define local(…) or vjp(self, xp, upstream, out, …)")

    def local(self, xp: Any, out: Any, *inputs: Any) -> Any:
        """For each input, the local gradient as it is shown."""
        given = ", ".join(["self", "xp", "out", *list(inspect.signature(self.forward).parameters)[1:]])
        raise NotImplementedError(
            f"{type(self).__name__} states no local gradient: define local({given}), which returns a tuple with one "
            f"local gradient for each input"
        )

    def notation(self) -> Notation:
        """How this op is written: by its notation, or as a call that names the settings that are not the usual ones."""
        return self.written or call_notation(self.function, len(self.inputs), self._settings_written())

    def _settings_written(self) -> str:
        parameters = inspect.signature(type(self)).parameters
        return ", ".join(
            f"{setting}={_setting_written(value)}"
            for setting, value in self.given().items()
            if repr(value) != repr(parameters[setting].default)
        )

    def given(self) -> dict[str, Any]:
        """The settings by name."""
        return {setting: getattr(self, setting) for setting in self.settings}

    @classmethod
    def on(cls, xp: Any, *values: Any, **settings: Any) -> Any:
        """The op as a function of what `xp` computes with: its forward rule alone, without a node."""
        blank = object.__new__(cls)
        if settings:
            blank.__dict__.update(settings)
        return blank.forward(xp, *values)

    def _evaluate(self) -> Any:
        values = [source._value for source in self.inputs]
        literal = type(values[0]) is type(values[-1]) is float and set(map(type, values)) == {float}
        if literal:
            values = [np.float64(value) for value in values]
        try:
            value = self.forward(numbers, *values)
        except (TypeError, ValueError, IndexError) as error:
            cure = self._cure()
            cause = None if type(self).__module__.startswith("graphgrad.") else error  # shows the line of a user's rule
            raise kind_of(error)(f"{self._call()}: {str(error).rstrip('. ')}{cure and f'. {cure}'}") from cause
        if isinstance(value, ARRAYS) and value.dtype.char in "df":
            return float(value) if literal and value.ndim == 0 else frozen(value)
        if type(value) is float and len(self.detached) == len(self.inputs):  # such as a count: as weak as a literal
            return value
        raise TypeError(f"{self._call()}: forward returned {value!r:.60}; a rule must return float64 or float32")

    def _cure(self) -> str:
        """What to do about an error of `forward`, as far as it is known."""
        return self.cure

    def _call(self) -> str:
        shown = ", ".join(f"{source.name or type(source).__name__}: {source.shape}" for source in self.inputs)
        return f"{type(self).__name__}({shown})"

    def _with_inputs(self, inputs: tuple[Node, ...]) -> Self:
        copy = self._clone(inputs)
        copy.grad = None
        copy._value = copy._evaluate()
        self._check_form(copy.shape)
        return copy


def kind_of(error: Exception) -> type[Exception]:
    """What an error of a rule is raised as when it is restated: a kind that is made from a message alone."""
    kinds = (np.linalg.LinAlgError, TypeError, ValueError, IndexError)
    return next(kind for kind in kinds if isinstance(error, kind))


def _setting_written(value: Any) -> str:
    """A setting as it stands in a formula: the same in every process, so without an address in memory."""
    if isinstance(value, ARRAYS):
        return str(value.tolist())
    return str(getattr(value, "__name__", None) or re.sub(" at 0x[0-9a-fA-F]+", "", repr(value)))
