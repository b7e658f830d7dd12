"""Names as mathematics: ``p_hat`` is p̂, ``w1`` is w₁, ``sigma`` is σ, ``dL_dz`` is ∂L/∂z."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import FrameType
from typing import Any

LONGEST = 32
"""A longer name is shown with an ellipsis in its middle."""

_GREEK_LETTERS = (
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega"
)
_GREEK = {
    word: (unicodedata.lookup(f"GREEK SMALL LETTER {word.replace('lambda', 'lamda')}"), f"\\{word}")
    for word in _GREEK_LETTERS.split()
} | {"ell": ("ℓ", "\\ell"), "lambda_": ("λ", "\\lambda")}

_ACCENTS = {
    "hat": ("\N{COMBINING CIRCUMFLEX ACCENT}", "\\hat"),
    "bar": ("\N{COMBINING MACRON}", "\\bar"),
    "tilde": ("\N{COMBINING TILDE}", "\\tilde"),
    "dot": ("\N{COMBINING DOT ABOVE}", "\\dot"),
}
_ACCENT_OF = dict(_ACCENTS.values())

_SPELLED = {letter: word for word, (letter, _) in _GREEK.items() if not word.endswith("_")}
_SPELLED |= {digit: str(k) for k, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")} | {"′": "_prime", "'": "_prime", "²": "2"}
_SPELLED |= {mark: f"_{accent}" for accent, (mark, _) in _ACCENTS.items()}

_SUBSCRIPTS = str.maketrans("0123456789aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*_?")
_QUANTITY = rf"(?:{'|'.join(_GREEK)}|loss|cost|[A-Za-z])\d*(?:_[A-Za-z0-9]+)*?"
_DERIVATIVE = re.compile(f"d({_QUANTITY})_d({_QUANTITY})")
_LATEX_ESCAPES = {c: f"\\{c}" for c in "{}$%&#_"} | {"\\": "\\textbackslash ", "^": "\\^", "~": "\\~"}


@dataclass(frozen=True)
class Symbol:
    """A name as it is shown: `text` in Unicode, `latex` for typesetting."""

    text: str
    latex: str


@lru_cache(maxsize=4096)
def mathematics(name: str) -> Symbol:
    r"""The symbol that a name stands for; a name that is no identifier is shown as plain text.

    >>> [mathematics(name).text for name in ("p_hat", "w1", "sigma", "dL_dz", "w_out", "my loss")]
    ['p̂', 'w₁', 'σ', '∂L/∂z', 'wₒᵤₜ', 'my loss']
    >>> mathematics("p_hat").latex, mathematics("w1").latex, mathematics("loss").latex
    ('\\hat{p}', 'w_{1}', '\\mathrm{loss}')
    """
    if len(name) > LONGEST:
        return _other(name)
    derivative = _DERIVATIVE.fullmatch(name)
    if derivative:
        above, below = mathematics(derivative[1]), mathematics(derivative[2])
        return partial_derivative(above, below)
    if name in _GREEK:
        return Symbol(*_GREEK[name])
    if _IDENTIFIER.fullmatch(name):
        return _identifier(name.rstrip("_"))
    return _other(name)


def partial_derivative(above: Symbol, below: Symbol) -> Symbol:
    """∂above/∂below."""
    return Symbol(
        f"∂{above.text}/∂{below.text}",
        f"\\frac{{\\partial {above.latex}}}{{\\partial {below.latex}}}",
    )


def shown(name: str) -> str:
    """`name` with control characters, surrogates and direction marks removed, and a long middle elided."""
    text = "".join(c for c in name if c.isprintable()).strip() or "?"
    if len(text) > LONGEST:
        half = LONGEST // 2
        text = f"{text[:half]}…{text[-half:]}"
    return text


def spelled(name: str) -> str:
    """`name` with Greek letters and accents as words, as in source code.

    >>> [spelled(name) for name in ("σ", "p̂", "Δ loss")]
    ['sigma', 'p_hat', 'Δ loss']
    """
    return "".join(_SPELLED.get(c, c) for c in unicodedata.normalize("NFD", name))


def caller_names(frame: FrameType | None, node_type: type) -> dict[Any, str]:
    """The caller's variables that hold nodes: for each node its first binding without a leading ``_``."""
    names: dict[Any, str] = {}
    if frame is None:
        return names
    scopes: list[Mapping[str, Any]] = [frame.f_locals]
    if frame.f_globals is not frame.f_locals:
        scopes.append(frame.f_globals)
    for scope in scopes:
        for variable, value in list(scope.items()):
            if isinstance(value, node_type) and variable.isidentifier() and not variable.startswith("_"):
                names.setdefault(value, variable)
    return names


def _identifier(name: str) -> Symbol:
    base, *subscripts = name.split("_")
    accents = [subscripts.pop(0)] if subscripts and subscripts[0] in _ACCENTS else []
    letters = base.rstrip("0123456789")
    if len(letters) < len(base):
        subscripts.insert(0, base[len(letters) :])
    if len(letters) > 1 and letters not in _GREEK:
        if any(len(subscript) > 1 and not subscript.isdigit() for subscript in subscripts):
            return Symbol(shown(name), text_latex(shown(name)))  # words, such as petal_length
        text, latex = letters, f"\\mathrm{{{letters}}}"
    else:
        text, latex = _GREEK.get(letters, (letters, letters))
    for accent in accents:
        mark, command = _ACCENTS[accent]
        text, latex = text + mark, f"{command}{{{latex}}}"
    if subscripts:
        lowered = "".join(subscripts).translate(_SUBSCRIPTS)
        plain = any(c.isascii() for c in lowered)
        text += "_" + "_".join(subscripts) if plain else lowered
        latex += "_{" + ",".join(map(_subscript_latex, subscripts)) + "}"
    return Symbol(text, latex)


def _subscript_latex(subscript: str) -> str:
    if subscript.isdigit() or len(subscript) == 1:
        return subscript
    return _GREEK[subscript][1] if subscript in _GREEK else f"\\mathrm{{{subscript}}}"


def _other(name: str) -> Symbol:
    text = shown(name)
    letter, *marks = list(unicodedata.normalize("NFD", text))
    if letter.isalpha() and len(marks) == 0:
        return Symbol(text, letter)
    if letter.isalpha() and len(marks) == 1 and marks[0] in _ACCENT_OF:
        return Symbol(letter + marks[0], f"{_ACCENT_OF[marks[0]]}{{{letter}}}")
    return Symbol(text, text_latex(text))


def text_latex(text: str) -> str:
    """Plain text in LaTeX, every character of it meant as it is."""
    escaped = "".join(_LATEX_ESCAPES.get(c, c) for c in text)
    return f"\\text{{{escaped}}}"
