"""Pictures of graphs: every value, every local gradient, and what flows back along every edge."""

from graphgrad.drawing.drawing import Drawing, draw

__all__ = ["Drawing", "draw"]
