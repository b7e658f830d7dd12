"""Guards: they keep 0 · ∞ out of a derivative."""

from __future__ import annotations

from typing import Any

from graphgrad.expression import Notation
from graphgrad.ops.elementwise import Elementwise


class Guard(Elementwise):
    """x, but 1 where a and b are both 0: keeps a corner such as 0 · log 0 out of a rule.

    It is written as x, so that a formula shows the general case. In a denominator, `stand_in` is infinity: then all
    derivatives at the corner are 0.
    """

    is_public = False
    written = Notation("", "", "same")
    detached = (1, 2)
    stand_in: float = 1.0

    def __init__(self, x: Any, a: Any, b: Any, *, stand_in: float = 1.0, name: str | None = None) -> None:
        self.stand_in = stand_in
        super().__init__(x, a, b, name=name)

    def forward(self, xp, x, a, b):
        if type(b) is float and b:  # a literal exponent, as in x ** 2, has no corner
            return x
        guarded = xp.where(xp.logical_or(xp.logical_or(a, b), xp.isnan(x)), x, self.stand_in)
        return guarded.astype(xp.result_type(x, a, b)) if type(x) is float else guarded

    def local(self, xp, out, x, a, b):
        return 1, None, None
