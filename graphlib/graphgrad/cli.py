"""The command line: ``graphgrad draw``, ``graphgrad step``, ``graphgrad source`` and ``graphgrad demo``."""

from __future__ import annotations

import argparse
import io
import os
import sys
import textwrap
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import graphgrad
from graphgrad.data import Columns, iris, read_csv
from graphgrad.losses import bce
from graphgrad.node import Input, Node, Parameter
from graphgrad.ops import Sigmoid
from graphgrad.parse import FUNCTIONS, LONGEST, is_name, number, parse

_EXAMPLE = """\
example:
  graphgrad draw "p = sigmoid(w*x + b); L = bce(p, y)" --data x=2,0.5,-1 --data y=1,0,1 \\
                 --param w=0.7 --param b=-0.4 -o bce.svg

A program that begins with a minus sign goes last, after --.

functions:
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command line; the result is the exit code: 0, or 2 after an error in what was asked for."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # σ and p̂, where the terminal has no Unicode
    arguments = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], None] = arguments.command
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", RuntimeWarning)
            command(arguments)
        for text in dict.fromkeys(str(warning.message) for warning in caught):
            print(f"graphgrad: note: {text}", file=sys.stderr)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (ImportError, ValueError, OSError, RuntimeError) as error:
        print(f"graphgrad: error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="graphgrad",
        description="Computational graphs and backpropagation, with every local gradient in the picture.",
        epilog=_EXAMPLE
        + textwrap.fill(", ".join(sorted(FUNCTIONS, key=str.lower)), 76, initial_indent="  ", subsequent_indent="  "),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"graphgrad {graphgrad.__version__}")
    commands = parser.add_subparsers(required=True, metavar="draw | step | source | demo")
    graph, picture = _graph_options(), _picture_options()

    draw = commands.add_parser("draw", parents=[graph, picture], allow_abbrev=False, help="draw the graph of a program")
    draw.set_defaults(command=_draw)
    draw.add_argument(
        "-o", "--output", required=True, metavar="FILE", help=".png, .svg, .pdf, .dot or .gv; - for stdout"
    )
    draw.add_argument("--format", choices=("svg", "dot"), help="what -o - writes (default: svg)")
    draw.add_argument("--scale", type=float, default=2.0, metavar="S", help="pixels per unit of a PNG (default: 2)")
    draw.add_argument(
        "--hide",
        action="append",
        default=[],
        choices=("values", "gradients", "local-gradients", "flows"),
        help="leave these out; may be given several times",
    )

    step = commands.add_parser(
        "step",
        parents=[graph, picture],
        allow_abbrev=False,
        help="step through the run: on a page, in a film, in the terminal",
    )
    step.set_defaults(command=_step)
    step.add_argument("-o", "--output", default="-", metavar="FILE", help=".html or .gif; - prints it (default)")
    step.add_argument("--update", type=_rate, metavar="RATE", help="end with one step of gradient descent")
    step.add_argument("--seconds", type=float, metavar="S", help="per step of a film (default: 1.5)")
    step.add_argument("--scale", type=float, metavar="S", help="pixels per unit of a film (default: 1)")

    source = commands.add_parser(
        "source",
        parents=[graph],
        allow_abbrev=False,
        help="print a program and its backward pass as NumPy",
        description="Print a program and its backward pass as one function over NumPy, for any number of rows of data.",
        epilog='example: graphgrad source "mean((w*x - y)**2)" --data x=1,2 --data y=2,3 --param w=1 > mse.py',
    )
    source.set_defaults(command=_source)
    source.add_argument("--name", default="f", metavar="NAME", help="of the function (default: f)")

    demo = commands.add_parser("demo", allow_abbrev=False, help="logistic regression on Iris petals, drawn and printed")
    demo.set_defaults(command=_demo)
    demo.add_argument("--rows", type=_count, default=6, metavar="N", help="flowers, of 150 (default: 6)")
    demo.add_argument("-o", "--output", default=".", metavar="DIR", help="where bce.png and bce.svg go (default: here)")
    return parser


def _graph_options() -> argparse.ArgumentParser:
    """The options that give a program and its numbers."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("program", metavar="PROGRAM", help="such as 'mean((w*x - y)**2)'; - reads it from stdin")
    options.add_argument("--data", action="append", default=[], metavar="x=2,0.5", help="an Input: a number or several")
    options.add_argument("--param", action="append", default=[], metavar="w=0.7", help="a Parameter")
    options.add_argument("--csv", metavar="FILE", help="its columns become Inputs by the names in the first line")
    options.add_argument("--rows", type=_count, metavar="N", help="take the first N rows of the CSV file")
    return options


def _picture_options() -> argparse.ArgumentParser:
    """The options that say how a graph is drawn."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--digits", type=_digits, default=4, metavar="N", help="significant digits (default: 4)")
    options.add_argument("--direction", choices=("LR", "TB", "auto"), default="auto")
    options.add_argument("--theme", choices=("light", "dark", "auto"), help="auto follows the page")
    options.add_argument("--collapse", action="append", default=[], metavar="LABEL", help="draw this scope as one box")
    options.add_argument("--engine", choices=("embedded", "dot"), default="embedded", help="what places the boxes")
    options.add_argument(
        "--elements", type=_count, default=6, metavar="N", help="print arrays of up to N elements in full"
    )
    options.add_argument("--max-nodes", type=_count, default=600, metavar="N", help="draw larger graphs as a summary")
    return options


# The commands


def _draw(arguments: argparse.Namespace) -> None:
    to_stdout = arguments.output == "-"
    if arguments.format and not to_stdout:
        raise ValueError(f"--format {arguments.format} is for -o -; a file's suffix says what is written")
    hidden: dict[str, Any] = {what.replace("-", "_"): False for what in arguments.hide}
    drawing = graphgrad.draw(_graph(arguments), theme=arguments.theme or "light", **_picture(arguments), **hidden)
    if to_stdout:
        print(drawing.digraph.source if arguments.format == "dot" else drawing.svg)
    else:
        print(f"wrote {drawing.save(arguments.output, scale=arguments.scale)}")


def _step(arguments: argparse.Namespace) -> None:
    from graphgrad.views.text import show

    run = graphgrad.player(
        _graph(arguments), update=arguments.update, theme=arguments.theme or "auto", **_picture(arguments)
    )
    if arguments.output == "-":
        if (arguments.seconds, arguments.scale) != (None, None):
            raise ValueError("--seconds and --scale are for a film: -o run.gif")
        show(run)
    else:
        written = run.save(arguments.output, seconds=arguments.seconds, scale=arguments.scale)
        print(f"wrote {written}: {len(run.steps):,} steps")


def _source(arguments: argparse.Namespace) -> None:
    text = graphgrad.source(_graph(arguments), name=arguments.name)
    print(f"import numpy as np\n\n\n{text}")


def _picture(arguments: argparse.Namespace) -> dict[str, Any]:
    """The settings of a picture, but for the theme, which is another where pages are written."""
    return {
        "digits": arguments.digits,
        "elements": arguments.elements,
        "direction": arguments.direction,
        "collapse": tuple(arguments.collapse),
        "engine": arguments.engine,
        "max_nodes": arguments.max_nodes,
    }


def _demo(arguments: argparse.Namespace) -> None:
    from graphgrad.views.text import show

    loss = _iris_loss(arguments.rows)
    folder = Path(arguments.output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f"-o {folder}: {error.strerror}; give a folder that can be made or written") from None
    drawing = graphgrad.draw(loss)
    files = [folder / "bce.png", folder / "bce.svg"]
    for file in files:
        drawing.save(file)
    print(f"Logistic regression on {arguments.rows} of Fisher's Iris flowers.")
    print("x₁ is the petal length and x₂ the petal width in cm; y is 1 for virginica, 0 for the two other species.\n")
    show(graphgrad.player(loss))
    print(f"\nThe same as a picture: {files[0]} and {files[1]}.")
    print(
        'Next, your own numbers: graphgrad draw "mean((w*x - y)**2)" --data x=1,2 --data y=2,3 --param w=1 -o mse.svg'
    )
    print("Or in Python: import graphgrad as gg, build a loss from gg.Parameter and gg.Input, then gg.draw(loss).")


def _iris_loss(rows: int) -> Node:
    """Is a flower virginica? Logistic regression on the petals of `rows` flowers, from all three species."""
    if not 2 <= rows <= 150:
        raise ValueError(f"--rows {rows}: the demo takes from 2 to 150 flowers, so that both labels occur")
    flowers = iris()
    chosen = np.linspace(0, 149, rows).round().astype(int)
    length, width = flowers["petal_length"].value[chosen], flowers["petal_width"].value[chosen]
    x1, x2 = Input(length, name="x1"), Input(width, name="x2")
    y = Input(chosen >= 100, name="y")  # the last 50 flowers are virginica
    w1, w2, b = Parameter(0.5, name="w1"), Parameter(1.0, name="w2"), Parameter(-4.0, name="b")
    z = w1 * x1 + w2 * x2 + b
    z.name = "z"
    loss = bce(Sigmoid(z, name="p_hat"), y)
    loss.name = "L"
    return loss


# Programs and numbers


def _graph(arguments: argparse.Namespace) -> Node:
    """The graph that the options describe."""
    program = sys.stdin.read(LONGEST + 1) if arguments.program == "-" else arguments.program
    return parse(program, _leaves(arguments))


def _leaves(arguments: argparse.Namespace) -> Mapping[str, Node]:
    given: dict[str, Node] = {}
    for option, kind, texts in (("--data", Input, arguments.data), ("--param", Parameter, arguments.param)):
        for text in texts:
            name, value = _named_value(option, text)
            if name in given:
                raise ValueError(f"{option} {text}: {name} is given twice")
            given[name] = kind(value, name=name)
    if arguments.csv is None:
        if arguments.rows is not None:
            raise ValueError("--rows takes rows of a table: give --csv FILE too")
        return given
    return _Leaves(given, read_csv(arguments.csv, arguments.rows))


class _Leaves(Mapping[str, Node]):
    """The leaves given one by one, and those of a table, which are converted when they are asked for."""

    def __init__(self, given: Mapping[str, Node], columns: Columns) -> None:
        both = [name for name in given if name in columns]
        if both:
            raise ValueError(f"{both[0]} is given as an option and is a column of {columns.source}; rename one")
        self.given = given
        self.columns = columns

    def __getitem__(self, name: str) -> Node:
        return self.given[name] if name in self.given else self.columns[name]

    def __iter__(self) -> Iterator[str]:
        yield from self.given
        yield from self.columns

    def __len__(self) -> int:
        return len(self.given) + len(self.columns)


def _named_value(option: str, text: str) -> tuple[str, float | list[float]]:
    """``w=0.7`` is a number, ``x=2,0.5`` several."""
    name, equals, numbers = text.partition("=")
    name = name.strip()
    if not equals or not is_name(name):
        raise ValueError(f"{option} {text}: expected a name, = and numbers, such as {option} x=2,0.5,-1")
    values = [_number(option, text, part) for part in numbers.split(",")]
    return name, values if len(values) > 1 else values[0]


def _number(option: str, text: str, part: str) -> float:
    try:
        return number(part)
    except ValueError as error:
        raise ValueError(f"{option} {text}: {error}; write numbers with commas between") from None


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 9 or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no count; give a whole number from 1")
    return int(text)


def _rate(text: str) -> float:
    try:
        return number(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}; give a step size, such as 0.1") from None


def _digits(text: str) -> int:
    if not text.isdecimal() or len(text) > 2 or not 1 <= int(text) <= 15:
        raise argparse.ArgumentTypeError(f"{text!r}: give from 1 to 15 digits")
    return int(text)
