"""Faults planted in a copy of the library, one at a time: each must be found by the tests that are named for it.

``python tests/faults.py`` plants all of them and prints which test found each; with names, it plants those.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).parents[1]
AT_ONCE = min(4, os.cpu_count() or 1)

CONFTEST = """
from pathlib import Path

import graphgrad
import hypothesis

HERE = Path(__file__).parent
assert HERE in Path(graphgrad.__file__).parents, f"{graphgrad.__file__} is not in {HERE}"
hypothesis.settings.register_profile("first", phases=[hypothesis.Phase.generate])
hypothesis.settings.load_profile("first")
"""
"""In a copy: its tests import its own library, and the first example that fails is enough."""


@dataclass(frozen=True)
class Fault:
    """A text of one source file and what is planted in its place, and the tests that must find it.

    Attributes:
        name: what is wrong.
        file: the source file, below the package.
        right: the text as it is; it occurs once in the file.
        wrong: what is planted in its place.
        tests: the ids of tests, or of their files, below ``tests/``.
    """

    name: str
    file: str
    right: str
    wrong: str
    tests: tuple[str, ...]

    def planted_in(self, source: str) -> str:
        """The source with the fault.

        Raises:
            ValueError: the text to be replaced does not occur exactly once.
        """
        if source.count(self.right) != 1:
            raise ValueError(f"{self.name}: {self.right!r} occurs {source.count(self.right)} times in {self.file}")
        return source.replace(self.right, self.wrong)


ADDED = "gradients[source] = gradients[source] + flow if source in gradients else flow"

FAULTS = [
    # the sweep
    Fault(
        "broadcasting is not undone",
        "sweep.py",
        'if getattr(flow, "shape", None) != like.shape or flow.dtype != like.dtype:',
        "if flow.dtype != like.dtype:",
        ("test_corners.py::test_rank_broadcasting_gives_gradients_of_the_leaf_s_shape",),
    ),
    Fault(
        "the gradient of a float32 leaf is float64",
        "sweep.py",
        'if getattr(flow, "shape", None) != like.shape or flow.dtype != like.dtype:',
        'if getattr(flow, "shape", None) != like.shape:',
        ("test_ops.py::test_a_gradient_has_the_shape_and_dtype_of_its_leaf[f4+f8-Mul-(3,)+(3,)]",),
    ),
    Fault("a use of a node is lost", "sweep.py", ADDED, "gradients[source] = flow", ("test_paths.py",)),
    Fault(
        "a flow is added into an array that other nodes share",
        "sweep.py",
        ADDED,
        """if isinstance(gradients.get(source), np.ndarray):
                    gradients[source].setflags(write=True)
                    gradients[source] += flow
                else:
                    gradients[source] = gradients[source] + flow if source in gradients else flow""",
        ("test_linearity.py::test_what_is_added_for_one_node_does_not_reach_another",),
    ),
    Fault(
        "the seed is ignored",
        "sweep.py",
        "return seed[()]",
        "return np.ones(out.shape, out.dtype)[()]",
        ("test_linearity.py::test_gradients_of_an_op_are_linear_in_the_seed[Neg-(3,)]",),
    ),
    Fault(
        "a leaf is visited at each use",
        "sweep.py",
        "if source not in seen:",
        "if source not in seen or not source.inputs:",
        ("test_node.py::test_topological_order",),
    ),
    Fault(
        "the order is found by recursion",
        "sweep.py",
        "    order: list[Node] = []\n    seen = {node}\n",
        """    order: list[Node] = []
    seen = {node}

    def visit(consumer: Node) -> None:
        for source in consumer.inputs:
            if source not in seen:
                seen.add(source)
                visit(source)
        order.append(consumer)

    visit(node)
    return order
""",
        ("test_scale.py::test_a_sum_of_many_leaves",),
    ),
    Fault(
        "a mask is differentiated",
        "sweep.py",
        "        if node.detached:\n",
        "        if False:\n",
        ("test_paths.py",),
    ),
    # leaves, copies, the graph of a derivative
    Fault(
        "a leaf shares the array that it was given",
        "arrays.py",
        "array = np.array(value)",
        "array = np.asarray(value)",
        ("test_linearity.py::test_arrays_may_change_after_they_were_given[Mul-(3,)+(3,)]",),
    ),
    Fault(
        "values can be written to",
        "arrays.py",
        "value.setflags(write=False)",
        "pass",
        ("test_linearity.py::test_what_is_returned_cannot_be_written_to[Mul-(3,)+(3,)]",),
    ),
    Fault(
        "a replaced node keeps its old value",
        "op.py",
        "        copy._value = copy._evaluate()\n",
        "",
        ("test_paths.py",),
    ),
    Fault(
        "x · 0 is folded to 0",
        "simplify.py",
        '        case "multiply", (a, b) if is_literal(b, 1):\n',
        '        case "multiply", (a, b) if is_literal(b, 0):\n            return b\n'
        '        case "multiply", (a, b) if is_literal(b, 1):\n',
        ("test_simplify.py::test_what_merely_happens_to_be_0_or_1_stays",),
    ),
    Fault(
        "−(−x) is folded to −x",
        "simplify.py",
        """(a,) if a.function == "negative":
            return a.inputs[0]""",
        """(a,) if a.function == "negative":
            return a""",
        ("test_random_graphs.py::test_gradients_are_the_complex_step_s",),
    ),
    # rules
    Fault(
        "a wrong sign",
        "ops/elementwise.py",
        "return 1, -1",
        "return 1, 1",
        ("test_ops.py::test_the_full_jacobian[Sub-()+()]",),
    ),
    Fault(
        "a factor is left out",
        "ops/elementwise.py",
        "return (p * (1 - p),)",
        "return (p,)",
        ("test_ops.py::test_the_full_jacobian[Sigmoid-(3,)]",),
    ),
    Fault(
        "a mean is not divided by the count",
        "ops/reductions.py",
        "lambda: 1 / xp.count(x, axis=self.axes(xp.ndim(x)))",
        "lambda: 1",
        ("test_ops.py::test_the_full_jacobian[Mean-axis=None-keepdims=False-(3,)]",),
    ),
    Fault(
        "what is reduced is spread along another axis",
        "ops/reductions.py",
        "axis=tuple(sorted(self.axes(xp.ndim(x)))))",
        "axis=tuple(range(len(self.axes(xp.ndim(x))))))",
        ("test_ops.py::test_the_full_jacobian[Max-axis=(0,2)-keepdims=False-(2,2,3)]",),
    ),
    Fault(
        "the two gradients of a matrix product are swapped",
        "ops/linear.py",
        "return lambda: upstream * b, lambda: upstream * a",
        "return lambda: upstream * a, lambda: upstream * b",
        ("test_ops.py::test_the_full_jacobian[MatMul-(3,)+(3,)]",),
    ),
    Fault(
        "axes are not put back in their order",
        "ops/shape.py",
        "tuple(order.index(k) for k in range(ndim))",
        "tuple(order)",
        ("test_ops.py::test_the_full_jacobian[Transpose-axes=(1,2,0)-(2,1,3)]",),
    ),
    Fault(
        "an element that is taken twice gets one of its gradients",
        "ops/selection.py",
        """        sums = xp.bincount(xp.ravel(places), xp.ravel(x), size + 1)""",
        """        sums = np.zeros(size + 1)
        sums[xp.ravel(places)] = xp.ravel(x)""",
        ("test_ops.py::test_the_full_jacobian[GetItem-index=([0,2,0],)-(3,)]",),
    ),
    Fault(
        "a running sum flows back from the front",
        "ops/order.py",
        "xp.flip(xp.cumsum(xp.flip(upstream, axis=axis), axis=axis), axis=axis)",
        "xp.cumsum(upstream, axis=axis)",
        ("test_ops.py::test_the_full_jacobian[CumSum-axis=0-(3,)]",),
    ),
    Fault(
        "what was sorted is not put back",
        "ops/order.py",
        "return (lambda: xp.unsort_like(upstream, x, axis=self.axis),)",
        "return (lambda: xp.reshape_like(upstream, x),)",
        ("test_ops.py::test_the_full_jacobian[Sort-axis=0-(3,)]",),
    ),
    # corners
    Fault(
        "the first wins a tie",
        "ops/kinks.py",
        "wins + 0.5 * xp.is_equal(a, b)",
        "wins + 1.0 * xp.is_equal(a, b)",
        ("test_random_graphs.py::test_gradients_are_the_complex_step_s",),
    ),
    Fault(
        "the root has slope 0 at 0",
        "ops/elementwise.py",
        "return (1 / (2 * out),)",
        "return (xp.heaviside(out, 0) / (2 * xp.guard(out, out, 0.0)),)",
        ("test_corners.py::test_value_and_gradients_at_a_corner[sqrt at 0]",),
    ),
    Fault(
        "relu has slope 1 at 0",
        "ops/elementwise.py",
        "return (xp.heaviside(x, 0),)",
        "return (xp.heaviside(x, 1),)",
        ("test_corners.py::test_value_and_gradients_at_a_corner[relu at 0]",),
    ),
    Fault(
        "0 ** 0 has no guard",
        "ops/elementwise.py",
        "y * xp.guard(x, x, y) ** (y - 1)",
        "y * x ** (y - 1)",
        ("test_corners.py::test_value_and_gradients_at_a_corner[0**0]",),
    ),
    Fault(
        "the elements that tie for the maximum all get the whole gradient",
        "ops/reductions.py",
        "return hit / self.spread(",
        "return hit + 0 * self.spread(",
        ("test_corners.py::test_a_corner_over_axes[max, ties]",),
    ),
    Fault(
        "where takes the other branch back",
        "ops/kinks.py",
        "return None, lambda: xp.is_not_equal(condition, 0), lambda: xp.is_equal(condition, 0)",
        "return None, lambda: xp.is_equal(condition, 0), lambda: xp.is_not_equal(condition, 0)",
        ("test_ops.py::test_the_full_jacobian[Where-()+(3,)+(3,)]",),
    ),
    Fault(
        "a joined array gets the piece of its neighbour",
        "ops/joining.py",
        "start = sum(lengths[: self.position])",
        "start = sum(lengths) - sum(lengths[: self.position + 1])",
        ("test_ops.py::test_the_full_jacobian[Concatenate-axis=0-(3,)+(2,)]",),
    ),
    Fault(
        "einsum forgets the letters that stand in one array alone",
        "ops/linear.py",
        "return xp.broadcast_like(xp.expand_dims(flow, axis=lacking), arrays[k]) if lacking else flow",
        "return xp.broadcast_like(flow, arrays[k]) if lacking else flow",
        ("test_ops.py::test_the_full_jacobian[Einsum-ij->i-(2,3)]",),
    ),
    Fault(
        "an inner derivative counts what the outer variable does",
        "functions.py",
        "Variable(leaf) if isinstance(leaf, Node) else Argument(leaf)",
        "leaf if isinstance(leaf, Node) else Argument(leaf)",
        ("test_transforms.py::test_inner_and_outer_variables_are_told_apart",),
    ),
]


def copied_to(folder: Path) -> Path:
    """A copy of the library and its tests in that folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("graphlib", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "golden"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    return folder


def outcome(copy: Path, tests: Iterable[str]) -> tuple[int, str]:
    """The exit status of pytest on some tests of the copy, and what it printed."""
    alone = {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment = os.environ | alone | {"PYTHONPATH": str(copy / "graphlib")}
    options = ["-x", "-q", "-rf", "-p", "no:cacheprovider", "--tb=no", "--color=no"]
    command = [sys.executable, "-m", "pytest", *options, *(f"tests/{test}" for test in tests)]
    run = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


def killer(copy: Path, fault: Fault) -> str:
    """The test that fails when the fault is planted in the copy; nothing if none does.

    Raises:
        RuntimeError: the tests did not run.
    """
    file = copy / "graphlib" / "graphgrad" / fault.file
    source = file.read_text(encoding="utf-8")
    file.write_text(fault.planted_in(source), encoding="utf-8")
    try:
        status, printed = outcome(copy, fault.tests)
    finally:
        file.write_text(source, encoding="utf-8")
    if status == 0:
        return ""
    failed = re.search(r"^FAILED tests/(\S+::.*?)(?: - .*)?$", printed, re.MULTILINE)
    if status != 1 or not failed:
        raise RuntimeError(f"{fault.name}: the tests did not run\n{printed}")
    return failed[1]


def planted(pool: ThreadPoolExecutor, faults: list[Fault], copies: list[Path]) -> list[Future[tuple[str, float]]]:
    """For each fault the test that finds it, and the seconds it took: several at a time, each in one of the copies."""
    free: Queue[Path] = Queue()
    for copy in copies:
        free.put(copy)

    def plant(fault: Fault) -> tuple[str, float]:
        copy, start = free.get(), time.perf_counter()
        try:
            return killer(copy, fault), time.perf_counter() - start
        finally:
            free.put(copy)

    return [pool.submit(plant, fault) for fault in faults]


def complaints(pool: ThreadPoolExecutor, faults: list[Fault], copies: list[Path]) -> str:
    """What the tests that are named for some faults find wrong without a fault; nothing if they pass."""
    tests = list(dict.fromkeys(test for fault in faults for test in fault.tests))
    shares = [tests[k :: len(copies)] for k in range(len(copies))]
    outcomes = pool.map(outcome, copies, filter(None, shares))
    return "".join(printed for status, printed in outcomes if status)


def main(names: list[str]) -> int:
    """Plant the faults of these names, or all, and print a row for each; 1 if one survives, else 0."""
    faults = [fault for fault in FAULTS if not names or fault.name in names]
    if unknown := set(names) - {fault.name for fault in FAULTS}:
        sys.exit(f"no fault is called {', '.join(sorted(unknown))}")
    width, survived = max(len(fault.name) for fault in faults), 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        copies = [copied_to(Path(folder, str(k))) for k in range(AT_ONCE)]
        if wrong := complaints(pool, faults, copies):
            print(f"without a fault the tests fail:\n{wrong}")
            return 1
        for fault, found in zip(faults, planted(pool, faults, copies), strict=True):
            test, seconds = found.result()
            survived += not test
            print(f"{fault.name:{width}}  {seconds:4.1f} s  {test or 'SURVIVED'}", flush=True)
    print(f"{len(faults) - survived} of {len(faults)} found")
    return 1 if survived else 0


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("names", nargs="*", metavar="NAME", help="a fault to plant; all of them, if none is named")
    sys.exit(main(arguments.parse_args().names))
