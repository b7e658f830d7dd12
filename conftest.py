"""The docstrings' examples know `gg` and `np` without importing them."""

from typing import Any

import graphgrad as gg
import numpy as np
import pytest


@pytest.fixture(autouse=True, scope="session")
def names_of_the_examples(doctest_namespace: dict[str, Any]) -> None:
    """Put `gg` and `np` where every doctest finds them; a class that one defines is a user's, not of the module."""
    doctest_namespace.update(gg=gg, np=np, __name__="__main__")
