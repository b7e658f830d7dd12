"""Graphs as programs: the derivative as readable NumPy, and as a function faster than the graph itself."""

from graphgrad.compiler.program import Program as Program
from graphgrad.compiler.program import compile as compile
from graphgrad.compiler.program import program_of as program_of
from graphgrad.compiler.readable import source as source
from graphgrad.compiler.traced import Untraceable as Untraceable
