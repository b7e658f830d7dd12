"""One moment of a run: what is known by then, and what is lit."""

from collections.abc import Set
from dataclasses import dataclass


@dataclass(frozen=True)
class Moment:
    """What a picture shows of a run at one step.

    Attributes:
        known: the stages that have been reached, each with the key of its box or chip.
        lit: the keys of the boxes and chips that the step is about.
        edges: the edges that it is about, as places in the list of the picture's edges.
    """

    known: Set[tuple[str, str]]
    lit: Set[str]
    edges: Set[int]
