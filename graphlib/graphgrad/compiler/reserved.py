"""The names that the text of a program uses itself."""

from __future__ import annotations

import re

from graphgrad.compiler import blocks, entry, scalars

_OWN = re.compile(r"([tva]|out|block_)\d+|c_.[0-9a-f]+|.*_i|ones|rows|loop|run|entry|NotPlain|_")


def is_reserved(name: str) -> bool:
    """Whether no leaf may have that name in the text of a program."""
    return name in blocks.NAMES or name in scalars.NAMES or name in entry.NAMES or _OWN.fullmatch(name) is not None
