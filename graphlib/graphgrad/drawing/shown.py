"""What a picture shows, and how much of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from graphgrad import numerals
from graphgrad.node import Parameter


@dataclass(frozen=True)
class Shown:
    """The settings of :func:`graphgrad.draw` that decide what a picture says.

    `call` is the function that was called, which errors and notes name; `rates` are the step sizes of
    Parameters that are to be moved, for the pictures of a player.
    """

    values: bool = True
    local_gradients: bool = True
    gradients: bool = True
    flows: bool = True
    digits: int = numerals.DIGITS
    elements: int = numerals.FULL
    collapse: Collection[str] = ()
    max_nodes: int = 600
    call: str = "draw"
    rates: Mapping[Parameter, float] = field(default_factory=dict)
