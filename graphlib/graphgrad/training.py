"""Many steps of gradient descent, and what came of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from graphgrad.arrays import frozen
from graphgrad.descent import moved, rates_of
from graphgrad.node import Node, Parameter
from graphgrad.numerals import number
from graphgrad.plots import boundary, loss_curve
from graphgrad.progress import progress_bar
from graphgrad.sweep import reached, seed_for, sweep, topological

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_STEPS = 10_000_000
"""The most steps that one call of :func:`fit` takes."""


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class History:
    """What :func:`fit` did.

    Attributes:
        loss: the graph after the last step.
        losses: the loss before the first step and after each, in order: read-only float64, of shape (steps + 1,).
        rate: the step size, as it was given.

    >>> history = gg.fit((gg.Parameter(3.0, name="w") - 1) ** 2, 0.25, 20, progress=False)
    >>> history, history.loss.find("w")
    (<History: 20 steps, loss 4 to 3.638e−12>, <Parameter w: 1>)
    """

    loss: Node
    losses: np.ndarray
    rate: Any

    @property
    def parameters(self) -> dict[str, Any]:
        """The value of each Parameter after the last step, by name.

        Raises:
            ValueError: a Parameter has no name, or two have the same.

        >>> gg.fit((gg.Parameter(3.0, name="w") - 1) ** 2, 0.25, 2, progress=False).parameters
        {'w': np.float64(1.5)}
        """
        return {name: leaf.value for name, leaf in self.loss.parameters().items()}

    def __repr__(self) -> str:
        steps = len(self.losses) - 1
        span = f"{number(self.losses[0])} to {number(self.losses[-1])}" if steps else number(self.losses[0])
        return f"<History: {steps:,} step{'s' * (steps != 1)}, loss {span}>"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Plot the loss over the steps, on a logarithmic axis if it spans more than a decade.

        The line is labelled with the rate, so ``ax.legend()`` tells several histories on one `ax` apart.

        Args:
            ax: the matplotlib Axes to draw on; by default those of a new figure.

        Returns:
            The Axes. A notebook shows them; a script calls ``matplotlib.pyplot.show()``.

        Raises:
            ModuleNotFoundError: matplotlib is not installed.
            TypeError: `ax` is no Axes.

        >>> from matplotlib.figure import Figure
        >>> ax = Figure().subplots()
        >>> for rate in (0.1, 0.25):
        ...     _ = gg.fit((gg.Parameter(3.0, name="w") - 1) ** 2, rate, 20, progress=False).plot(ax)
        >>> ax.get_legend_handles_labels()[1]
        ['rate 0.1', 'rate 0.25']
        """
        return loss_curve(self.losses, f"rate {self.rate}", self.loss.name, ax)

    def plot_boundary(self, features: Any, labels: Any, prediction: Any = "p_hat", ax: Axes | None = None) -> Axes:
        """Plot the plane of two features: the examples, the probability after the last step, and where it is ½.

        Circles are examples of label 0, triangles of label 1. The background is the probability that the label
        is 1, and the line the decision boundary, if it crosses the part of the plane that is shown.

        Args:
            features: two Inputs of shape (m,), or one of shape (m, 2), each by name or as a node.
            labels: the node of the labels 0 and 1, of shape (m,) or (m, 1), or its name.
            prediction: the node of the probabilities, of shape (m,) or (m, 1), or its name in the graph of the
                loss. A node need not be part of that graph: where the loss takes logits z, give ``Sigmoid(z)``.
                Its Parameters take the values after the last step, by name.
            ax: the matplotlib Axes to draw on; by default those of a new figure.

        Returns:
            The Axes. A notebook shows them; a script calls ``matplotlib.pyplot.show()``.

        Raises:
            ModuleNotFoundError: matplotlib is not installed.
            KeyError: a graph has no node of a given name.
            ValueError: the shapes are others, the prediction is no probability, a label is neither 0 nor 1, or
                the prediction of an example depends on more than its two features.
            TypeError: what is given is neither a name nor a node, or `ax` is no Axes.

        >>> from matplotlib.figure import Figure
        >>> flowers = gg.data.iris()
        >>> x1, x2 = flowers["petal_length"], flowers["petal_width"]
        >>> y = gg.Input([row[-1] == "virginica" for row in flowers.rows], name="y")
        >>> w1, w2, b = gg.Parameter(0.0, name="w1"), gg.Parameter(0.0, name="w2"), gg.Parameter(0.0, name="b")
        >>> p_hat = gg.Sigmoid(w1 * x1 + w2 * x2 + b, name="p_hat")
        >>> history = gg.fit(gg.bce(p_hat, y), 0.1, 500, progress=False)
        >>> ax = history.plot_boundary(("petal_length", "petal_width"), "y", ax=Figure().subplots())
        >>> ax.get_xlabel(), ax.get_ylabel()
        ('petal_length', 'petal_width')
        """
        call = f"plot_boundary({features!r:.60}, {labels!r:.60}, …)"
        p = self._fitted(prediction, call)
        y = labels if isinstance(labels, Node) else _find(self.loss, labels, "labels", call)
        return boundary(p, features, y, ax, call)

    def _fitted(self, prediction: Any, call: str) -> Node:
        """The node of the probabilities, its Parameters at their last values."""
        if isinstance(prediction, str):
            return _find(self.loss, prediction, "prediction", call)
        if not isinstance(prediction, Node):
            raise TypeError(f"{call}: prediction={prediction!r:.60} is neither a name nor a node")
        last = self.parameters
        leaves = [node for node in topological(prediction) if isinstance(node, Parameter)]
        for leaf in leaves:
            if leaf.name not in last:
                raise ValueError(
                    f"{call}: the prediction depends on {leaf!r}, and the loss has no Parameter of that name, only "
                    f"{sorted(last)}; build both from the same Parameters"
                )
        return prediction.replace({leaf: last[leaf.name] for leaf in leaves if leaf.name})


def fit(loss: Node, rate: Any, steps: int, *, progress: bool = True) -> History:
    """Descend `steps` times, each time as :func:`descend` does, and keep every loss.

    The graph is compiled first, so losses may differ from those of :func:`descend` in their last digits.

    If the loss becomes NaN or infinite, descent stops there with a RuntimeWarning, and the history ends with
    that loss. NumPy's own warnings are silent meanwhile: they would come with every step.

    Args:
        loss: a node of one element.
        rate: the step size for all Parameters; or ``{name or node: step size}`` for those to be moved.
        steps: how many steps, from 0 to ten million.
        progress: whether a progress bar is shown, with the loss now and then.

    Raises:
        ValueError: `loss` has several elements, no Parameter leads to it, a step size is not finite, `steps` is
            negative or too large, or `rate` names a leaf that is no Parameter, shares its name, or is named twice.
        KeyError: `rate` names a leaf that the graph does not have.
        TypeError: `loss` is no node, a step size is no number, a key of `rate` is neither a name nor a node, or `steps`
            is no whole number.

    >>> w = gg.Parameter(3.0, name="w")
    >>> history = gg.fit((w - 1) ** 2, 0.25, 20, progress=False)
    >>> history, history.losses[:3]
    (<History: 20 steps, loss 4 to 3.638e−12>, array([4.  , 1.  , 0.25]))
    >>> print(f"{history.parameters['w']:.4f}")
    1.0000
    """
    call = f"fit({loss!r:.60}, {rate!r:.60}, {steps!r:.60})"
    if not isinstance(loss, Node):
        raise TypeError(f"{call}: the loss is no node; give one built from nodes, such as gg.bce(p_hat, y)")
    if not isinstance(steps, int | np.integer) or isinstance(steps, bool):
        raise TypeError(f"{call}: the number of steps is no whole number; give one, such as 1000")
    if not 0 <= steps <= MOST_STEPS:
        raise ValueError(f"{call}: the number of steps must be from 0 to {MOST_STEPS:,}")
    rates = rates_of(topological(loss), rate, call)
    if loss.size != 1:
        raise ValueError(
            f"{call}: the loss has shape {loss.shape}, so there is no single gradient; reduce it, as in gg.Mean(…)"
        )

    losses: list[float] = []
    with np.errstate(all="ignore"), _bar(int(steps), progress) as show:
        for value, values in _descent(loss, rates):
            losses.append(float(np.asarray(value).item()))
            if len(losses) > 1:
                show(len(losses) - 1, losses[-1])
            if len(losses) > steps or not isfinite(losses[-1]):
                last = loss.replace(values) if len(losses) > 1 else loss
                break
    if not isfinite(losses[-1]):
        warnings.warn(_diverged(call, losses), RuntimeWarning, stacklevel=2)
    return History(last, frozen(np.array(losses)), dict(rate) if isinstance(rate, Mapping) else rate)


def _descent(loss: Node, rates: Mapping[Parameter, Any]) -> Iterator[tuple[Any, dict[Node, Any]]]:
    """The loss and the Parameters that move, before each step, without end."""
    value_and_gradients = _compiled(loss, list(rates))
    values: dict[Node, Any] = {leaf: leaf.value for leaf in rates}
    while True:
        value, gradients = value_and_gradients(values)
        yield value, values
        values = {leaf: moved(values[leaf], rate, gradients[leaf]) for leaf, rate in rates.items()}


def _compiled(loss: Node, leaves: list[Parameter]) -> Callable[[dict[Node, Any]], tuple[Any, Mapping[Node, Any]]]:
    """The loss and its gradients as a function of the Parameters that move."""
    from graphgrad.compiler import Untraceable, program_of

    try:
        return program_of(loss, leaves)
    except Untraceable:  # a user's rule may do what runs on numbers alone
        return partial(_eager, loss, leaves)


def _eager(loss: Node, leaves: list[Parameter], values: dict[Node, Any]) -> tuple[Any, dict[Node, Any]]:
    """The same, by a graph that is built anew."""
    order = topological(loss)
    graph = loss.replace(values)
    new = dict(zip(order, topological(graph), strict=True))
    targets = [new[leaf] for leaf in leaves]
    new_order = list(new.values())
    gradients = sweep(new_order, seed_for(graph, None, "fit"), reached(targets, new_order))
    return graph.value, {leaf: gradients.get(new[leaf], np.zeros(leaf.shape, leaf.dtype)) for leaf in leaves}


def _diverged(call: str, losses: list[float]) -> str:
    """What to do about a loss that is not finite: the last of `losses`."""
    what = f"{call}: the loss is {number(losses[-1])}"
    if len(losses) == 1:
        return (
            f"{what} before the first step, so no step was taken; gg.draw(loss) shows where it arises. "
            f"In place of bce(Sigmoid(z), y), take bce_with_logits(z, y)"
        )
    return (
        f"{what} after step {len(losses) - 1:,}, so descent stopped there; the history holds the losses up to it. "
        f"Take a smaller rate, or bce_with_logits(z, y) in place of bce(Sigmoid(z), y)"
    )


@contextmanager
def _bar(steps: int, progress: bool) -> Iterator[Callable[[int, float], None]]:
    """A progress bar, as a function that is told of each step and of the loss after it."""
    if not progress:
        yield lambda step, loss: None
        return
    bar = progress_bar(total=steps, desc="fit", unit=" steps")
    every = max(steps // 100, 1)

    def show(step: int, loss: float) -> None:
        if step % every == 0 or step == steps or not isfinite(loss):
            bar.set_postfix_str(f"loss {number(loss)}", refresh=False)
        bar.update()

    with bar:
        yield show


def _find(loss: Node, name: Any, what: str, call: str) -> Node:
    """The node of that name in the graph of the loss."""
    if not isinstance(name, str):
        raise TypeError(f"{call}: {what}={name!r:.60} is neither a name nor a node")
    try:
        return loss.find(name)
    except KeyError as error:
        raise KeyError(
            f"{call}: {what}={name!r}, {error.args[0].partition(': ')[2]}; give the node itself, "
            f"or build the graph with a name, as in Input(…, name='y') or Sigmoid(z, name='p_hat')"
        ) from None
