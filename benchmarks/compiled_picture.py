"""The picture of benchmarks/compiled.py: time per row against the number of rows, each line with name and marker."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator
from matplotlib.transforms import IdentityTransform
from timing import UNITS


@dataclass(frozen=True)
class Look:
    """How the line of one candidate is drawn."""

    name: str
    color: str
    marker: str
    style: Any = "-"
    width: float = 1.3


GREY = "#5b6470"
LOOKS = {
    "graphgrad compiled": Look("graphgrad compiled", "#0b5cad", "o", width=2.6),
    "graphgrad compiled, 2 workers": Look("compiled, 2 workers", "#0b5cad", "D", (0, (4, 1.5)), 2.2),
    "graphgrad, eager": Look("graphgrad, eager", "#3f86c6", "o", (0, (1, 1.2)), 1.8),
    "by hand": Look("NumPy by hand", "#2b2f36", "s"),
    "autograd": Look("autograd", "#8a6d1f", "v"),
    "PyTorch": Look("PyTorch", "#c2410c", "^"),
    "PyTorch, fused": Look("PyTorch, fused", "#c2410c", "x", (0, (4, 1.5))),
    "JAX": Look("JAX, jit", "#16794f", "P"),
}
SIZE, DOTS, TEXT = (11.6, 5.0), 72, 9.0  # inches, dots an inch so that a dot is a point, points
GAP, KEY = 14.0, 22.0  # points between two names, and of the bit of line before a name
LEFT = 0.058  # where the first panel begins, of the width
SETTINGS = {"svg.hashsalt": "graphgrad", "font.family": "DejaVu Sans", "font.size": TEXT, "axes.linewidth": 0.8}


def picture(medians: dict[tuple[str, int], dict[str, float]], panels: dict[str, str]) -> str:
    """An SVG with a panel for each model of `panels`, from the seconds of each candidate by model and rows."""
    with matplotlib.rc_context(SETTINGS):
        figure = Figure(figsize=SIZE, dpi=DOTS, facecolor="white")
        for place, (task, title) in enumerate(panels.items()):
            left = LEFT + 0.497 * place
            axes = figure.add_axes((left, 0.115, 0.258, 0.74))
            by_rows = {m: each for (of, m), each in sorted(medians.items()) if of == task}
            _panel(axes, title, by_rows)
        figure.text(LEFT, 0.945, "Value and all gradients, time per row", fontsize=13, fontweight="bold")
        about = "float64 · threads as each library takes them · 1 row: plain numbers"
        figure.text(0.985, 0.945, about, color=GREY, ha="right")
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def _panel(axes: Axes, title: str, by_rows: dict[int, dict[str, float]]) -> None:
    rows = list(by_rows)
    axes.set(xscale="log", yscale="log")
    axes.set_title(title, loc="left", fontsize=10.5, pad=8)
    axes.set_xlabel("rows")
    axes.grid(color="#e3e6ea", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.tick_params(colors=GREY, which="both")
    ends: dict[str, tuple[float, float]] = {}
    for name, look in LOOKS.items():
        points = [(m, each[name] / m) for m, each in by_rows.items() if name in each]
        if not points:
            continue
        ends[name] = points[-1]
        axes.plot(
            *zip(*points, strict=True),
            linestyle=look.style,
            linewidth=look.width,
            **_marker(look),
            zorder=4 if "graphgrad" in name else 3,
        )
    axes.set_xlim(rows[0] / 1.5, rows[-1] * 1.5)
    axes.set_xticks(_powers(rows[0], rows[-1]))
    axes.set_yticks(_powers(*axes.get_ylim(), (1,) if rows[0] == 1 else (1, 2, 5)))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda m, _: f"{m:.0f}" if m < 1e3 else f"{m / 1e3:.0f}k" if m < 1e6 else f"{m / 1e6:.0f}M")
    )
    axes.yaxis.set_major_formatter(FuncFormatter(lambda seconds, _: _seconds(seconds)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_locator(NullLocator())
    _names(axes, ends)


def _names(axes: Axes, ends: dict[str, tuple[float, float]]) -> None:
    """Each line's name to the right of the panel, as near the height of its end as the other names let it be."""
    box = axes.get_window_extent()
    last = max(m for m, _ in ends.values())
    tips = {name: axes.transData.transform(end) for name, end in ends.items()}
    order = sorted(ends, key=lambda name: float(tips[name][1]))
    places = _apart([float(tips[name][1]) for name in order], GAP, box.y0, box.y1)
    for name, height in zip(order, places, strict=True):
        look, key = LOOKS[name], box.x1 + 16
        if ends[name][0] == last:
            _drawn(
                axes, [tips[name][0] + 5, key - 3], [tips[name][1], height], color=look.color, linewidth=0.6, alpha=0.6
            )
        _drawn(axes, [key, key + KEY], [height] * 2, color=look.color, linestyle=look.style, linewidth=look.width)
        _drawn(axes, [key + KEY / 2], [height], **_marker(look))
        axes.annotate(
            look.name,
            (key + KEY + 5, height),
            xycoords="figure points",
            color=look.color,
            fontweight="bold" if "compiled" in name else "normal",
            va="center_baseline",
            annotation_clip=False,
        )


def _drawn(axes: Axes, x: list[float], y: list[float], **looks: Any) -> None:
    """A line in points of the figure, which has 72 dots an inch."""
    axes.add_line(Line2D(x, y, transform=IdentityTransform(), clip_on=False, **looks))


def _marker(look: Look) -> dict[str, Any]:
    thin = look.marker == "x"
    return {
        "color": look.color,
        "marker": look.marker,
        "markersize": 7 if look.marker == "P" else 5.5,
        "markeredgewidth": 1.6 if thin else 0.7,
        "markeredgecolor": look.color if thin else "white",
    }


def _apart(heights: list[float], gap: float, least: float, most: float) -> list[float]:
    """The heights, which ascend, moved as little as makes them `gap` apart between `least` and `most`."""
    groups: list[tuple[list[float], float]] = []  # the heights of neighbours that touch, and where the first one lies
    for height in heights:
        group, low = [height], height
        while True:
            low = min(max(low, least), most - gap * (len(group) - 1))
            if not groups or groups[-1][1] + gap * len(groups[-1][0]) <= low:
                break
            before, _ = groups.pop()
            group = before + group
            low = float(np.mean([each - gap * k for k, each in enumerate(group)]))
        groups.append((group, low))
    return [low + gap * k for group, low in groups for k in range(len(group))]


def _powers(least: float, most: float, times: tuple[int, ...] = (1,)) -> list[float]:
    """The powers of ten between two numbers, and some multiples of them."""
    first, last = np.floor(np.log10(least)), np.ceil(np.log10(most))
    powers = [float(f"{n}e{k:.0f}") for k in np.arange(first, last + 1) for n in times]
    return [power for power in powers if least * 0.999 <= power <= most * 1.001]


def _seconds(seconds: float) -> str:
    size, unit = next((each for each in UNITS if seconds >= each[0] * 0.999), (1e-12, "ps"))
    return f"{seconds / size:.0f} {unit}"
