"""Building, running and differentiating small models, as eager libraries do at each step of a descent.

Beside graphgrad: PyTorch, autograd and micrograd, each in a process of its own, asked in turn. They start anew
several times, because the place of memory differs from process to process.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from peers import micrograd_bce
from timing import Sample, Worker, absent, interleaved, present, seconds_each, serve, table

PROCESSES, ROUNDS = 5, 7
MODULES = {"graphgrad": "graphgrad", "PyTorch": "torch", "autograd": "autograd", "micrograd": "micrograd"}
EXAMPLES = (1, 3, 100, 10_000)
TASKS = {f"BCE, m = {m:,}": m for m in EXAMPLES} | {"network 2-16-16-1, 100 rows": 0}
LARGE = f"BCE, m = {EXAMPLES[-1]:,}"
KEEPING = {"MALLOC_TRIM_THRESHOLD_": str(2**30)}
"""What makes glibc keep up to 1 GiB of freed memory, so that it need not be taken from the system again."""
Step = Callable[[], tuple[float, list[Any]]]
"""One build, forward and backward pass: it gives the loss and the gradients."""


def report() -> Iterator[str]:
    """The tables of this file as Markdown."""
    yield "## Eager: build, forward and backward"
    yield (
        "Each call builds the graph anew, runs it and differentiates it; leaves and data are made once. "
        "p̂ = σ(w·x + b) and mean(y·(−log p̂) + (1 − y)·(−log(1 − p̂))) are written with the same ops in each library, "
        "for m = 1 with scalars; `fused` is PyTorch's `binary_cross_entropy`. The network has two layers of tanh, and "
        "a sigmoid with the same loss. *ratio* is graphgrad's median divided by that of the row. Below a thousand rows "
        "most of graphgrad's time is Python's own, so it counts how Python was built: one built without profile-guided "
        "optimisation, as from source by default, takes 10 to 20 % longer for graphgrad and autograd, and as long as "
        "any for PyTorch."
    )
    samples = [_in_new_processes() for _ in range(PROCESSES)]
    rows = []
    for task, first in samples[0].items():
        joined = {
            name: Sample(tuple(seconds for sample in samples for seconds in sample[task][name].seconds))
            for name in first
        }
        ours = joined["graphgrad"].median
        rows += [[task, name, *sample.cells(), f"{ours / sample.median:.2f}"] for name, sample in joined.items()]
    rows += [["all", *absent(name, 5)] for name, module in MODULES.items() if not present(module)]
    yield table(["task", "library", "median", "min", "max", "ratio"], rows)
    yield (
        "Before timing, all libraries gave the same loss and gradients, to ten digits. At m = 10,000 most of the time "
        "can go into memory that the C library gives back to the system and takes again at each step; whether it "
        "does so depends on what else the process has loaded. *Memory kept* is with the environment variable "
        f"`{next(iter(KEEPING))}` at 1 GiB, which tells glibc to keep it."
    )


def _in_new_processes() -> dict[str, dict[str, Sample]]:
    """For each task the sample of each library; all libraries start anew."""
    kept = _measured([LARGE], KEEPING)
    return _measured(TASKS, {}) | {f"{LARGE}, memory kept": kept[LARGE]}


def _measured(tasks: Iterable[str], variables: dict[str, str]) -> dict[str, dict[str, Sample]]:
    workers = {name: Worker(__file__, name, **variables) for name, module in MODULES.items() if present(module)}
    samples = {task: interleaved(_candidates(task, workers), ROUNDS) for task in tasks}
    for worker in workers.values():
        worker.__exit__()
    return samples


def _candidates(task: str, workers: dict[str, Worker]) -> dict[str, Callable[[], float]]:
    """How to ask each worker that knows the task for its seconds, after its result was found right."""
    candidates: dict[str, Callable[[], float]] = {}
    results = []
    for name, worker in workers.items():
        for variant in ("", ", fused"):
            result = worker.ask(f"result of {task}{variant}")
            if result is not None:
                results.append(np.concatenate([np.ravel(part) for part in result]))
                np.testing.assert_allclose(results[-1], results[0], rtol=1e-10, atol=1e-14)
                candidates[name + variant] = partial(worker.ask, task + variant)
                candidates[name + variant]()
    return candidates


def bce_data(m: int) -> tuple[Any, Any]:
    """x and y of m examples; scalars if m is 1."""
    if m == 1:
        return 2.0, 1.0
    random = np.random.default_rng(m)
    return random.normal(size=m), random.integers(0, 2, m).astype(float)


def network_data() -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """The rows, their labels, and weights and biases of the three layers in turn."""
    random = np.random.default_rng(0)
    x = random.normal(size=(100, 2))
    y = (x[:, :1] * x[:, 1:] > 0).astype(float)
    widths = [2, 16, 16, 1]
    parameters = []
    for before, after in pairwise(widths):
        parameters += [random.normal(size=(before, after)) / before**0.5, np.zeros(after)]
    return x, y, parameters


def graphgrad_step(m: int) -> Step:
    import graphgrad as gg

    if m:
        x, y = map(gg.Input, bce_data(m))
        parameters = [gg.Parameter(0.7, name="w"), gg.Parameter(-0.4, name="b")]

        def loss() -> gg.Node:
            w, b = parameters
            return gg.bce(gg.Sigmoid(w * x + b), y)
    else:
        rows, labels, weights = network_data()
        x, y = gg.Input(rows), gg.Input(labels)
        parameters = [gg.Parameter(weight) for weight in weights]

        def loss() -> gg.Node:
            w1, b1, w2, b2, w3, b3 = parameters
            hidden = gg.Tanh(gg.Tanh(x @ w1 + b1) @ w2 + b2)
            return gg.bce(gg.Sigmoid(hidden @ w3 + b3), y)

    def step() -> tuple[float, list[Any]]:
        out = loss()
        out.backward()
        return out.value, [parameter.grad for parameter in parameters]

    return step


def torch_step(m: int, fused: bool = False) -> Step:
    import torch

    torch.set_num_threads(1)

    def bce(p: Any, y: Any) -> Any:
        if fused:
            return torch.nn.functional.binary_cross_entropy(p, y)
        return torch.mean(y * -torch.log(p) + (1 - y) * -torch.log(1 - p))

    def leaf(value: Any, wanted: bool = False) -> Any:
        return torch.tensor(value, dtype=torch.float64, requires_grad=wanted)

    if m:
        x, y = map(leaf, bce_data(m))
        parameters = [leaf(0.7, True), leaf(-0.4, True)]

        def loss() -> Any:
            w, b = parameters
            return bce(torch.sigmoid(w * x + b), y)
    else:
        rows, labels, weights = network_data()
        x, y = leaf(rows), leaf(labels)
        parameters = [leaf(weight, True) for weight in weights]

        def loss() -> Any:
            w1, b1, w2, b2, w3, b3 = parameters
            hidden = torch.tanh(torch.tanh(x @ w1 + b1) @ w2 + b2)
            return bce(torch.sigmoid(hidden @ w3 + b3), y)

    def step() -> tuple[float, list[Any]]:
        for parameter in parameters:
            parameter.grad = None
        out = loss()
        out.backward()
        return out.item(), [parameter.grad for parameter in parameters]

    return step


def autograd_step(m: int) -> Step:
    import autograd.numpy as anp
    from autograd import value_and_grad

    def bce(p: Any, y: Any) -> Any:
        return anp.mean(y * -anp.log(p) + (1 - y) * -anp.log(1 - p))

    def sigmoid(z: Any) -> Any:
        return 1 / (1 + anp.exp(-z))

    parameters: tuple[Any, ...]
    if m:
        x, y = bce_data(m)
        parameters = (0.7, -0.4)

        def loss(w: Any, b: Any) -> Any:
            return bce(sigmoid(w * x + b), y)
    else:
        x, y, weights = network_data()
        parameters = tuple(weights)

        def loss(w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any) -> Any:
            hidden = anp.tanh(anp.tanh(x @ w1 + b1) @ w2 + b2)
            return bce(sigmoid(hidden @ w3 + b3), y)

    both = value_and_grad(loss, argnum=tuple(range(len(parameters))))
    return lambda: both(*parameters)


def micrograd_step(m: int) -> Step:
    from micrograd.engine import Value

    assert m == 1
    x, y = map(Value, bce_data(1))
    parameters = w, b = [Value(0.7), Value(-0.4)]

    def step() -> tuple[float, list[Any]]:
        w.grad = b.grad = 0
        out = micrograd_bce(w, x, b, y)
        out.backward()
        return out.data, [parameter.grad for parameter in parameters]

    return step


STEPS = {"graphgrad": graphgrad_step, "PyTorch": torch_step, "autograd": autograd_step, "micrograd": micrograd_step}


def _answers(library: str) -> dict[str, Callable[[], Any]]:
    answers: dict[str, Callable[[], Any]] = {}
    for task, m in TASKS.items():
        for variant in ("", ", fused"):
            if (variant and library != "PyTorch") or (library == "micrograd" and m != 1):
                answers[f"result of {task}{variant}"] = lambda: None
                continue
            step = torch_step(m, fused=True) if variant else STEPS[library](m)
            answers[f"result of {task}{variant}"] = partial(_result, step)
            answers[task + variant] = partial(seconds_each, step)
    return answers


def _result(step: Step) -> list[Any]:
    """The loss and the gradients, as lists of numbers."""
    loss, gradients = step()
    return [float(loss), *[np.asarray(gradient).tolist() for gradient in gradients]]


if __name__ == "__main__":
    serve(_answers(sys.argv[1]))
