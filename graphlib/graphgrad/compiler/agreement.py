"""Whether a program computes what its graph does: asked once, of graphs with ops of the user's own.

A rule may do what tracing does not see: ask for a type, draw random numbers, write to an array through another name.
The graph knows its own value, so one run of the program tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphgrad.compiler.code import Code
from graphgrad.compiler.traced import Untraceable
from graphgrad.node import Node
from graphgrad.sweep import reached, seed_for, sweep


def check_agreement(code: Code, order: list[Node], targets: Sequence[Node], leaves: Sequence[Node], rows: Any) -> None:
    """Run a program on the values of its own graph.

    Raises:
        Untraceable: it gives other numbers, or fails.
    """
    if all(type(node).__module__.startswith("graphgrad.") for node in order):
        return
    loss = order[-1]
    with np.errstate(all="ignore"):
        expected = [loss.value]
        if targets:
            gradients = sweep(order, seed_for(loss, None, "compile(loss)"), reached(targets, order))
            expected += [gradients.get(target, np.zeros(target.shape)) for target in targets]
        try:
            found = code.run([leaf.value for leaf in leaves], rows, 1, None)
        except Exception as error:
            raise Untraceable(f"the traced rules fail where the graph does not: {error}") from error
    for mine, right in zip(found, expected, strict=True):
        scale = np.max(np.abs(right), initial=0, where=np.isfinite(right))
        if np.shape(mine) != np.shape(right) or not np.allclose(mine, right, 1e-4, 1e-4 * scale, equal_nan=True):
            raise Untraceable(
                f"the traced rules give {mine!r:.60}, and the graph {right!r:.60}: a rule of yours does what "
                f"tracing does not see. Write it with operators and xp alone"
            )
