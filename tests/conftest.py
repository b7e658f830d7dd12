"""Fixtures that several test files share."""

from browser import browser, visit

__all__ = ["browser", "visit"]
