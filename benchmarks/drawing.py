"""How long pictures take: warm, first in a process, and of a chain in which a leaf is used again and again.

Beside graphgrad: plain Graphviz on the same graph, torchviz, and micrograd's way of drawing.
"""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

from peers import graphgrad_loss, micrograd_loss, torch_loss
from timing import Sample, Worker, absent, child, duration, interleaved, present, seconds_of, serve, table

ROUNDS, FIRST_ROUNDS, CHAIN_ROUNDS = 21, 7, 5
CHAIN, FANOUT, PATIENCE = 500, 24, 120.0
PEERS = {"graphgrad": "graphgrad", "torchviz": "torchviz", "micrograd": "micrograd"}
HEAD = ["picture", "median", "min", "max"]


def report() -> Iterator[str]:
    """The tables of this file as Markdown."""
    yield "## Drawing: the BCE graph of one example"
    yield "The picture is drawn again and again in one process; goals: SVG in 50 ms, PNG in 250 ms."
    yield table([*HEAD, "goal"], _warm())
    yield (
        "graphgrad's picture has every value, local gradient and product on it, torchviz's only the names of the "
        "backward functions, micrograd's the values and gradients. `dot` gets finished DOT text, in a process of its "
        "own for each picture, as torchviz's and micrograd's pictures do too."
    )
    yield "## Drawing: the first picture in a new process"
    yield (
        "graphgrad lays out with Graphviz as WebAssembly, which is compiled once per user and kept in the user's cache "
        "folder. Each round begins with an empty one. *First svg* has the imports in it, *whole process* also the "
        "start and the end of Python."
    )
    yield table(HEAD, _first())
    yield f"## Drawing: a chain of {CHAIN} nodes in which one leaf feeds {FANOUT}"
    yield "Goal: 3 s."
    yield table([*HEAD, "goal"], _chain())
    yield (
        "Plain `dot` gets the whole graph with boxes and local gradients of fixed size, the leaf once; graphgrad "
        "repeats the leaf beside its consumers. It was run once."
    )


def _warm() -> Iterator[list[str]]:
    goals = {"graphgrad: svg": "50 ms", "graphgrad: png(2)": "250 ms"}
    workers = {name: Worker(__file__, name) for name, module in PEERS.items() if present(module)}
    candidates: dict[str, Callable[[], float]] = {}
    for name, worker in workers.items():
        for picture in worker.ask("pictures"):
            candidates[f"{name}: {picture}"] = partial(worker.ask, picture)
    if shutil.which("dot"):
        source = workers["graphgrad"].ask("dot source")
        for kind in ("svg", "png"):
            candidates[f"dot -T{kind} of the same graph"] = partial(seconds_of, partial(_dot, source, kind))
    for measure in candidates.values():
        measure()
    for name, sample in interleaved(candidates, ROUNDS).items():
        yield [name, *sample.cells(), goals.get(name, "")]
    for worker in workers.values():
        worker.__exit__()
    yield from _missing(5)


def _first() -> Iterator[list[str]]:
    caches = ["no compiled module yet", "compiled module in the cache"]
    seconds: dict[str, list[float]] = {}
    for turn in range(FIRST_ROUNDS + 1):  # the round before the first keeps the bytecode of all modules
        with tempfile.TemporaryDirectory() as home:
            for name, module in PEERS.items():
                for cache in caches if name == "graphgrad" else [""]:
                    for what, spent in _first_in_process(name, home, present(module)).items():
                        key = f"{name}, {cache}: {what}" if cache else f"{name}: {what}"
                        seconds.setdefault(key, [])
                        if turn:
                            seconds[key].append(spent)
    for key, times in seconds.items():
        yield [key, *Sample(tuple(times)).cells()]
    yield from _missing(4)


def _first_in_process(name: str, home: str, installed: bool) -> dict[str, float]:
    if not installed or (name != "graphgrad" and not shutil.which("dot")):
        return {}
    folders = {"HOME": home, "XDG_CACHE_HOME": os.path.join(home, "cache"), "PYTHONUSERBASE": site.getuserbase()}
    start = time.perf_counter()
    first, second = child(__file__, name, "first", **folders).split()
    whole = time.perf_counter() - start
    return {"whole process": whole - float(second), "first svg": float(first), "second svg": float(second)}


def _chain() -> Iterator[list[str]]:
    with Worker(__file__, "graphgrad") as worker:
        sample = interleaved({"svg": partial(worker.ask, "chain")}, CHAIN_ROUNDS)["svg"]
    yield ["graphgrad: svg", *sample.cells(), duration(3)]
    if shutil.which("dot"):
        try:
            spent = duration(seconds_of(partial(_dot, chain_dot(), "svg", timeout=PATIENCE)))
        except subprocess.TimeoutExpired:
            spent = f"> {PATIENCE:.0f} s"
        yield ["dot -Tsvg of the whole graph", spent, "", "", ""]
    else:
        yield absent("dot", 5)


def _missing(columns: int) -> Iterator[list[str]]:
    for name, module in PEERS.items():
        if not present(module):
            yield absent(name, columns)
    if not shutil.which("dot"):
        yield absent("dot", columns)


def _dot(source: str, kind: str, timeout: float | None = None) -> bytes:
    """A picture by the system's dot."""
    done = subprocess.run(
        ["dot", f"-T{kind}"], input=source.encode(), stdout=subprocess.PIPE, check=True, timeout=timeout
    )
    return done.stdout


def chain() -> Any:
    """A chain of :data:`CHAIN` nodes; one of them, a leaf, feeds :data:`FANOUT` others."""
    import graphgrad as gg

    w = gg.Parameter(0.9, name="w")
    node: gg.Node = gg.Input(0.5, name="x")
    for uses_leaf in _uses_leaf():
        node = w * node if uses_leaf else gg.Tanh(node)
    return node


def chain_dot() -> str:
    """The same chain as DOT, with boxes for the nodes and smaller ones for the local gradients between them."""
    box, chip = "[width=1.8 height=0.8]", "[width=1.3 height=0.45]"
    lines = ["digraph {", 'node [shape=box fixedsize=true label=""]', "edge [arrowhead=none]", f"w {box}", f"n0 {box}"]

    def edge(tail: str, head: str) -> str:
        middle = f"c_{tail}_{head}"
        return f"{middle} {chip} {tail} -> {middle} -> {head}"

    for position, uses_leaf in enumerate(_uses_leaf(), start=1):
        lines += [f"n{position} {box}", edge(f"n{position - 1}", f"n{position}")]
        lines += [edge("w", f"n{position}")] if uses_leaf else []
    return "\n".join([*lines, "}"])


def _uses_leaf() -> list[bool]:
    """For each op of the chain, whether it takes the leaf: two of the nodes are leaves."""
    ops = CHAIN - 2
    return [(k * FANOUT) // ops != ((k - 1) * FANOUT) // ops for k in range(1, ops + 1)]


def _graphgrad() -> dict[str, Callable[[], Any]]:
    import graphgrad as gg

    loss, deep, fresh = graphgrad_loss(), chain(), count()
    gg.draw(loss).png(2)
    return {
        "svg": lambda: gg.draw(loss).svg,
        "svg, names not seen before": lambda: gg.draw(graphgrad_loss(str(next(fresh)))).svg,
        "svg, engine='dot'": lambda: gg.draw(loss, engine="dot").svg,
        "png(2)": lambda: gg.draw(loss).png(2),
        "chain": lambda: gg.draw(deep).svg,
    }


def _torchviz() -> dict[str, Callable[[], Any]]:
    from torchviz import make_dot

    loss, parameters = torch_loss()
    return {kind: lambda kind=kind: make_dot(loss, params=parameters).pipe(kind) for kind in ("svg", "png")}


def _micrograd() -> dict[str, Callable[[], Any]]:
    loss = micrograd_loss()
    return {kind: lambda kind=kind: micrograd_digraph(loss).pipe(kind) for kind in ("svg", "png")}


def micrograd_digraph(root: Any) -> Any:
    """A graph of micrograd Values, with a record for each value and an ellipse for each op."""
    import graphviz

    picture = graphviz.Digraph(graph_attr={"rankdir": "LR"})
    waiting, seen = [root], {root}
    while waiting:
        value = waiting.pop()
        own = str(id(value))
        picture.node(own, label=f"{{ data {value.data:.4f} | grad {value.grad:.4f} }}", shape="record")
        if value._op:
            picture.node(own + value._op, label=value._op)
            picture.edge(own + value._op, own)
        for source in value._prev:
            picture.edge(str(id(source)), own + value._op)
            if source not in seen:
                seen.add(source)
                waiting.append(source)
    return picture


def _answers(name: str) -> dict[str, Callable[[], Any]]:
    pictures = {"graphgrad": _graphgrad, "torchviz": _torchviz, "micrograd": _micrograd}[name]()
    answers = {picture: partial(seconds_of, draw) for picture, draw in pictures.items()}
    alone = name == "graphgrad"  # draws without the system's dot
    has_dot = shutil.which("dot") is not None
    warm = [p for p in pictures if p != "chain" and (has_dot or (alone and "dot" not in p))]
    if name == "graphgrad":
        import graphgrad as gg

        answers["dot source"] = lambda: gg.draw(graphgrad_loss()).digraph.source
    return answers | {"pictures": lambda: warm}


def _first_picture(name: str) -> None:
    """Print the seconds that the first and the second picture of this process take, imports included."""

    def picture() -> Any:
        if name == "graphgrad":
            import graphgrad as gg

            return gg.draw(graphgrad_loss()).svg
        return (_torchviz if name == "torchviz" else _micrograd)()["svg"]()

    print(seconds_of(picture), seconds_of(picture))


if __name__ == "__main__":
    if sys.argv[2:] == ["first"]:
        _first_picture(sys.argv[1])
    else:
        serve(_answers(sys.argv[1]))
