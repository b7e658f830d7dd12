"""Plots for people who would rather look than read: a loss over the steps, a probability over a plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from graphgrad.names import mathematics
from graphgrad.node import Node, Parameter, resolve
from graphgrad.numerals import number
from graphgrad.sweep import topological

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDE = 200
"""A probability map has so many points along each axis."""

INK = "#1b2130"
FILL = "#0a5685"


def loss_curve(losses: np.ndarray, label: str, name: str | None, ax: Axes | None) -> Axes:
    """The losses over the steps, as a line called `label`; the axis is called `name`."""
    ax = _axes(ax, "plot")
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

    # A loss that is not finite has no place in the picture, and near 1e300 matplotlib's axes overflow.
    shown = np.where(np.abs(losses) < 1e250, losses, np.nan)
    finite = shown[np.isfinite(shown)]
    if finite.size and 0 < 10 * finite.min() < finite.max():
        ax.set_yscale("log")
        if finite.max() < 1000 * finite.min():  # so few decades that their own ticks would be two or three
            ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter(lambda loss, _: number(loss))
        ax.yaxis.set_minor_formatter(NullFormatter())
    few = len(losses) <= 25  # each step can be told from the next
    ax.plot(shown, marker="o" if few else "", markersize=4, label=_plain(label))
    ax.set_xlabel("step")
    ax.set_ylabel(_symbol(name) if name else "loss")
    ax.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
    return ax


def boundary(prediction: Node, features: Any, labels: Node, ax: Axes | None, call: str) -> Axes:
    """The examples in the plane of two features, the probability of label 1, and the line where it is ½."""
    plane = _Plane(prediction, features, call)
    is_one = _is_one(labels, len(plane.examples), call)
    x1, x2, probability = plane.map(SIDE)
    ax = _axes(ax, "plot_boundary")

    p_symbol = _symbol(prediction.name) if prediction.name else ""
    y_symbol = _symbol(labels.name or "y")
    shades = ax.imshow(
        probability,
        extent=(x1[0], x1[-1], x2[0], x2[-1]),
        origin="lower",
        aspect="auto",
        cmap=_shades(),
        vmin=0,
        vmax=1,
    )
    bar = ax.figure.colorbar(shades, ax=ax, label=f"{p_symbol and p_symbol + ', the '}probability of {y_symbol} = 1")
    for chosen, marker, fill, label in ((~is_one, "o", "white", 0), (is_one, "^", FILL, 1)):
        ax.plot(
            *plane.examples[chosen].T,
            marker,
            markersize=6,
            markerfacecolor=fill,
            markeredgecolor=INK,
            markeredgewidth=0.9,
            label=f"{y_symbol} = {label}",
        )
    if probability.min() < 0.5 < probability.max():
        bar.add_lines(ax.contour(x1, x2, probability, levels=[0.5], colors=INK, linewidths=1.8))
        ax.plot([], [], color=INK, linewidth=1.8, label=f"{p_symbol or 'probability'} = 0.5")
    ax.set_xlabel(_symbol(plane.names[0]))
    ax.set_ylabel(_symbol(plane.names[1]))
    # Above the plane it hides no example, and on white it reads in a dark style too.
    legend = ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, handletextpad=0.4, labelcolor=INK)
    legend.get_frame().set(facecolor="white", edgecolor="none", alpha=1)
    return ax


class _Plane:
    """The plane of two features, and a prediction over it.

    Attributes:
        examples: the data, of shape (m, 2).
        names: what the axes are called.
    """

    def __init__(self, prediction: Node, features: Any, call: str) -> None:
        self.prediction, self.call = prediction, call
        pair = list(features) if isinstance(features, tuple | list) else [features]
        leaves = resolve(topological(prediction), [(feature, None) for feature in pair], call)
        self.features = list(leaves)
        names = [feature.name for feature in self.features]
        shapes = [feature.shape for feature in self.features]
        if len(shapes) == 2 and len(shapes[0]) == 1 and shapes[0] == shapes[1]:
            self.names = [name or f"x_{k}" for k, name in enumerate(names, start=1)]
            self.examples = np.column_stack([feature.value for feature in self.features])
        elif len(shapes) == 1 and len(shapes[0]) == 2 and shapes[0][1] == 2:
            self.names = [f"{names[0] or 'x'}_{k}" for k in (1, 2)]
            self.examples = self.features[0].value
        else:
            raise ValueError(
                f"{call}: the features have the shapes {', '.join(map(str, shapes)) or '–'}; "
                f"give two Inputs of shape (m,), as in ('x1', 'x2'), or one of shape (m, 2), as in 'x'"
            )
        self._check()

    def _check(self) -> None:
        """Refuse what has no map: each example's probability must come from its two features alone."""
        m = len(self.examples)
        if m < 2:
            raise ValueError(f"{self.call}: the features hold {m} example(s); a map needs at least two")
        if not np.isfinite(self.examples).all():
            raise ValueError(f"{self.call}: a feature is NaN or infinite; leave that example out")
        if self.prediction.shape not in ((m,), (m, 1)):
            raise ValueError(
                f"{self.call}: the prediction {self.prediction!r} has shape {self.prediction.shape}; "
                f"it must have one probability for each of the {m} examples, shape ({m},) or ({m}, 1)"
            )
        own = set(self.features)
        for leaf in (node for node in topological(self.prediction) if not node.inputs):
            if leaf in own and isinstance(leaf, Parameter):
                raise ValueError(f"{self.call}: the feature {leaf!r} is a Parameter; features are Inputs")
            if leaf not in own and not isinstance(leaf, Parameter) and leaf.shape[:1] == (m,):
                raise ValueError(
                    f"{self.call}: the prediction also depends on {leaf!r}, which has a value for each of the {m} "
                    f"examples; a plane has two axes, so fit a model of two features"
                )

    def map(self, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """`side` places along each axis, and the probability at each crossing, of shape (side, side)."""
        m, low, high = len(self.examples), self.examples.min(axis=0), self.examples.max(axis=0)
        margin = np.where(high > low, 0.06 * (high - low), 0.5)
        x1, x2 = np.linspace(low - margin, high + margin, side).T
        crossings = np.stack(np.meshgrid(x1, x2), axis=-1).reshape(-1, 2)
        # The examples come along: if their probabilities change in other company, the map would be wrong.
        rows = np.concatenate([self.examples, crossings])
        columns = [rows] if len(self.features) == 1 else list(rows.T)
        try:
            with np.errstate(all="ignore"):
                p = np.ravel(self.prediction.replace(dict(zip(self.features, columns, strict=True))).value)
        except ValueError as error:
            raise ValueError(f"{self.call}: the prediction takes no more than {m} examples: {error}") from None
        known, p = p[:m], p[m:]
        if not np.all((p >= 0) & (p <= 1)):
            wrong = p[~((p >= 0) & (p <= 1))][0]
            raise ValueError(
                f"{self.call}: the prediction {self.prediction!r} is {number(wrong)} somewhere in the plane, which is "
                f"no probability; give Sigmoid(z), and check that the loss is finite after the last step"
            )
        if not np.allclose(known, np.ravel(self.prediction.value), rtol=0, atol=1e-4):
            raise ValueError(
                f"{self.call}: the probability of one example depends on the other examples, as it does through "
                f"their mean, so there is no map of it; standardise the data before they become Inputs"
            )
        return x1, x2, p.reshape(side, side)


def _is_one(labels: Node, m: int, call: str) -> np.ndarray:
    """For each of m examples whether its label is 1."""
    if labels.shape not in ((m,), (m, 1)):
        raise ValueError(f"{call}: the labels {labels!r} have shape {labels.shape}; give one for each of {m} examples")
    y = np.ravel(labels.value)
    if not np.isin(y, (0, 1)).all():
        wrong = y[~np.isin(y, (0, 1))][0]
        raise ValueError(f"{call}: a label is {number(wrong)}; the plot tells 0 from 1, so give no other labels")
    return np.equal(y, 1)


def _axes(ax: Axes | None, method: str) -> Axes:
    """`ax`, or the Axes of a new figure."""
    try:
        from matplotlib import pyplot
        from matplotlib.axes import Axes
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{method}() draws with matplotlib, which is not installed: pip install matplotlib", name=error.name
        ) from None
    if ax is None:
        return pyplot.subplots(layout="constrained")[1]
    if not isinstance(ax, Axes):
        raise TypeError(f"{method}(ax={ax!r:.60}): give matplotlib Axes, as in fig, ax = pyplot.subplots()")
    return ax


def _shades() -> Any:
    """White at 0 to a middle blue at 1: growing darker, it reads without colour too, and ink stands out on it."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("probability", ["#ffffff", "#d5e6f3", "#8fbfe0"])


def _symbol(name: str) -> str:
    """A name as mathematics, for matplotlib; words stay plain text."""
    symbol = mathematics(name)
    return _plain(symbol.text) if r"\text" in symbol.latex else f"${symbol.latex}$"


def _plain(text: str) -> str:
    """Text that matplotlib takes as it is: dollars mark no mathematics."""
    return text.replace("$", r"\$")
