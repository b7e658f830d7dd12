"""The bar that shows how far long work has come."""

import warnings
from typing import Any


def progress_bar(*iterable: Any, **settings: Any) -> Any:
    """A bar of tqdm, in the form that suits a terminal or a notebook; takes what tqdm takes."""
    from tqdm import TqdmWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TqdmWarning)  # a notebook without ipywidgets gets a bar of text, and no lecture
        from tqdm.auto import tqdm

        return tqdm(*iterable, **settings)
