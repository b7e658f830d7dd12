"""What a picture shows, and how much of it."""

from collections.abc import Collection
from dataclasses import dataclass

from graphgrad import numerals


@dataclass(frozen=True)
class Shown:
    """The settings of :func:`graphgrad.draw` that decide what a picture says."""

    values: bool = True
    local_gradients: bool = True
    gradients: bool = True
    flows: bool = True
    digits: int = numerals.DIGITS
    elements: int = numerals.FULL
    collapse: Collection[str] = ()
    max_nodes: int = 600
