"""What a setting must be: each check restates the call, and says what fits."""

from collections.abc import Mapping

import numpy as np

from graphgrad.node import Node


def check_choice(call: str, setting: str, given: str, known: tuple[str, ...]) -> None:
    """Refuse what is none of `known`."""
    if given not in known:
        raise ValueError(f"{call}({setting}={given!r}): it is one of {', '.join(map(repr, known))}")


def check_count(call: str, setting: str, given: object, least: int, most: int) -> None:
    """Refuse what is no whole number from `least` to `most`."""
    whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
    if not whole or not least <= given <= most:  # type: ignore[operator]
        raise ValueError(f"{call}({setting}={given!r}): a whole number from {least} to {most:,}")


def check_names(call: str, names: object) -> None:
    """Refuse names that are not given as ``{node: 'name'}``."""
    if names is not None and not isinstance(names, Mapping):
        raise TypeError(f"{call}(names={names!r:.40}): names are given as {{node: 'name'}}")
    for named, name in (names or {}).items():
        if not isinstance(named, Node) or not isinstance(name, str):
            raise TypeError(f"{call}(names={{{named!r:.40}: {name!r:.40}}}): names are given as {{node: 'name'}}")
