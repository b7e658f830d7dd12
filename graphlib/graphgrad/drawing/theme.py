"""Colours. Each role has one for light and one for dark; no role is told by colour alone."""

from typing import Literal

Theme = Literal["light", "dark", "auto"]

COLOURS: dict[str, tuple[str, str]] = {
    "paper": ("#ffffff", "#14171d"),
    "ink": ("#1b2130", "#e9edf5"),
    "muted": ("#5a6275", "#a3adc2"),
    "value": ("#0a5685", "#7cc4f2"),
    "gradient": ("#a8330a", "#ffa27d"),
    "local": ("#5a23b0", "#c9acff"),
    "warning": ("#a3001b", "#ff8f9b"),
    "op": ("#ffffff", "#1d222c"),
    "op-edge": ("#98a2b5", "#667085"),
    "input": ("#eaf5ec", "#17281d"),
    "input-edge": ("#4b8f57", "#63ad70"),
    "parameter": ("#fff6dd", "#2d2610"),
    "parameter-edge": ("#b8860b", "#d8ab3a"),
    "output": ("#fdecea", "#311a1a"),
    "output-edge": ("#b8443c", "#e07a72"),
    "scope": ("#eef1f7", "#232a37"),
    "scope-edge": ("#5a6275", "#a3adc2"),
    "chip": ("#faf7ff", "#211a30"),
    "chip-edge": ("#8a63cf", "#8d6fd1"),
    "lit": ("#ffd24d", "#7a5a00"),
    "cluster": ("#f5f7fa", "#191d26"),
    "cluster-edge": ("#ccd3df", "#3b4354"),
}


def colour(role: str, theme: Theme) -> str:
    """The colour of `role`; under ``auto`` a CSS variable that :func:`variables` defines."""
    if theme == "auto":
        return f"var(--gg-{role})"
    return COLOURS[role][theme == "dark"]


def variables(theme: Theme) -> str:
    """The style of the whole picture: under ``auto`` each colour follows the page's colour scheme."""
    if theme != "auto":
        return ""
    return ";".join(f"--gg-{role}:light-dark({light},{dark})" for role, (light, dark) in COLOURS.items())
