"""One moment of a run: what is known by then, and what is lit."""

from collections.abc import Mapping, Set
from dataclasses import dataclass


@dataclass(frozen=True)
class Moment:
    """What a picture shows of a run at one step.

    Attributes:
        first: at which step each stage of a box or chip, by its key, becomes known.
        index: the step.
        lit: the keys of the boxes and chips that the step is about.
        edges: the edges that it is about, as places in the list of the picture's edges.
    """

    first: Mapping[tuple[str, str], int]
    index: int
    lit: Set[str]
    edges: Set[int]

    def knows(self, key: str, stage: str) -> bool:
        """Whether a stage of a box or chip has been reached."""
        return self.first.get((key, stage), self.index + 1) <= self.index
