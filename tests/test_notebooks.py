"""The notebooks run from top to bottom, and what is saved in them is what running gives.

Each runs in a kernel of this Python, in a process of its own. The folders of Jupyter, IPython and matplotlib are
temporary ones, so no configuration of the user matters. To run them all and save what comes out:

    python tests/test_notebooks.py
"""

import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
RENEW = "Look at what changed; if it is right, run python tests/test_notebooks.py"
LARGEST = 1_500_000

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}

FACTS = {
    "0-where-bce-comes-from": [
        r"y = 1:  P = 0\.8,  ∂P/∂p̂ = \+1\ny = 0:  P = 0\.2,  ∂P/∂p̂ = -1\n",
        r"y = 1:  ℓ = 0\.6931,  ∂ℓ/∂p̂ = -2\ny = 0:  ℓ = 0\.6931,  ∂ℓ/∂p̂ = \+2\n",
        r"A: 0\.7 · 0\.8 · 0\.9 = 0\.504\nB: 0\.8 · 0\.8 · 0\.8 = 0\.512\n",
        r" 1074 +4\.941e-324 .* 0\.6931\n 1075 +0 .* 0\.6931\n",
        r"A: .* mean NLL = 0\.228393, .*\nB: .* mean NLL = 0\.223144, ",
        r"slope of the BCE at 0\.7 is 0 to 12 decimals: True",
        r"y = 1: largest difference from p̂ − y below 1e-14: True",
        r"   40  0 +inf +nan +40 +1\n   40  1 +nan +nan +4\.248e-18 -4\.248e-18\n",
        r"the largest loss that clipping allows: 16\.118\nslope at z = −40: clipped 0, with logits -1\n",
        r"squared error: minima at the weights -0\.07 and 1\.92\ncross-entropy: minima at the weights -0\.11\n",
    ],
    "1-first-graph": [
        r"∂e/∂b = 10 \+ 12 = 22",
        r"∂L/∂a = ∂L/∂c · ∂c/∂a = 20 × 5 = 100",
        r"(?s)∂e/∂a = 30\.0\n∂e/∂b = 22\.0.*∂e/∂a = 30\.0\n∂e/∂b = 22\.0",
        r"0\.001 +22\.00200 +22\.00000",
    ],
    "2-bce-step-by-step": [
        r"p̂ = 0\.5\nL = 0\.693147\n",
        r"∂L/∂p̂ = 2\.0\n∂p̂/∂z = 0\.25\n∂L/∂z = 0\.5\n∂L/∂b = 0\.5\n",
        r"p̂ = 0\.378\nL = 0\.4741\n",
        r"z = \[0\. +0\.6 0\.1 0\.7\]\np̂ = \[0\.5 +0\.646 0\.525 0\.668\]\ncost = 0\.71955\n",
        r"∂cost/∂z +=.*0\.125 +0\.161 +0\.131 +-0\.083\]",
        r"∂cost/∂w +=.*0\.048 +0\.078\]\n∂cost/∂b +=.*0\.335\n",
        r"cost = 0\.61831\n",
        r" 40 +inf +nan +40\.0000 +1\.0000\n",
    ],
    "3-train-a-classifier": [
        r"150 flowers, 50 of them virginica",
        r"after 5,000 steps: 0\.080472\n",
        r"d_w = d_z @ x\n",
        r"cost 0\.693147, slope of the bias -0\.500000\n",
        r"after 5,000 steps: 0\.0685450\n",
        r"loss on the petals in cm: 0\.0685450\n",
        r"10  0\.0685450\n",
        r"accuracy 96%: 144 of 150",
    ],
    "4-your-own-op": [
        r"s = -0\.75\n∂s/∂x = 1/\(1 \+ abs\(x\)\)\*\*2 = 0\.0625\n",
        r"Careless 's' with respect to input 0 \(z\) is wrong, at order 1\.\n.* 0\.5, a difference quotient 0\.25\.",
        r"order 1: right\norder 2: check_grads: the derivative of Numbers",
        r"Mend local of Careless\.\n(?s:.*)\nright\n",
    ],
    "5-networks": [
        r"p̂ = \[0\.5 0\.5 0\.5 0\.5\]\nloss 0\.693147, log 2 = 0\.693147\n",
        r"W₁ +\(2, 3\) +\(2, 3\)\n",
        r"0\.062500 × 0 = +0\.000000\n(?s:.*)\nsum +-0\.004782\n",
        r"(?:d.. +\(.*\) +as gg\.grad says\n){7}",
        r"Xᵀ +· dZ₁ +\(2, 4\) · \(4, 3\) +\(2, 3\)\n",
        r"d_W1 = X\.T @ d_Z1\n",
        r"p̂ = \[0\.003 0\.996 0\.999 0\.003\]\n",
        r"(?:largest gradient in .. ?: 0\.0\n){4}loss after 1,000 steps: 0\.693147\n",
        r"\[\[ 3\.3262  3\.3262  3\.3262\]\n \[-3\.6377 -3\.6377 -3\.6377\]\]\np̂ = \[0\.337 0\.331 0\.995 0\.334\]\n",
        r"learned: 46 of 50, with losses up to 0\.0014\n",
        r"losses +0\.00020  0\.34665  0\.00030  0\.34665\n.*\n½ log 2 = 0\.34657\n",
        r"factor +0\.01  0\.03   0\.1   0\.3   1\.0   3\.0  10\.0\n",
        r"2 hidden +0% +2% +76% +82% +44% +26% +24%\n3 hidden +0% +0% +92% +100% +92% +78% +56%\n",
        r"factor 10\.0:  73% of the local gradients are below 0\.01\n",
        r"rate 1, other order\n.*True\n.*True\n.*False\n",
        r"rate 6, other order\n.*True\n.*False\n.*True\n",
        r"more than half have learned: True\nafter 2,000 steps all have learned: False\n",
        r"(?:gradient of ..: all three agree to 12 digits: True\n){4}",
    ],
}
"""The numbers worked out by hand, as they stand in the saved output."""


# Running


def started(path, work):
    """A process that runs a notebook, and prints it with its output."""
    kernel = work / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel.write_text(json.dumps({**KERNELSPEC, "argv": command}), encoding="utf-8")
    startup = work / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "strict.py").write_text('__import__("warnings").simplefilter("error")\n', encoding="utf-8")
    folders = {
        "JUPYTER_PATH": work,
        "JUPYTER_DATA_DIR": work / "data",
        "JUPYTER_CONFIG_DIR": work / "config",
        "JUPYTER_RUNTIME_DIR": work / "runtime",
        "IPYTHONDIR": work / "ipython",
        "MPLCONFIGDIR": work / "matplotlib",
    }
    own = ("MPLBACKEND", "MATPLOTLIBRC", "PYTHONWARNINGS")
    kept = {name: value for name, value in os.environ.items() if name not in own}
    return subprocess.Popen(
        [sys.executable, __file__, path],
        env={**kept, **{name: str(folder) for name, folder in folders.items()}, "JUPYTER_NO_CONFIG": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def run_all(work):
    """For each notebook what running it printed, what it complained of, and its exit code; they run side by side."""
    processes = {path: started(path, work / path.stem) for path in NOTEBOOKS}
    try:
        return {path: (*process.communicate(timeout=180), process.returncode) for path, process in processes.items()}
    finally:
        for process in processes.values():
            if process.poll() is None:
                process.kill()
                process.communicate()


def ran(path):
    """The notebook with the output of a new kernel, as text; without what differs from run to run."""
    import matplotlib.font_manager  # noqa: F401  it makes its list of fonts now; in a notebook it might say so
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        timeout=60,
        kernel_name="python3",
        resources={"metadata": {"path": str(FOLDER)}},
        store_widget_state=False,
        record_timing=False,
        coalesce_streams=True,
    )
    client.execute()
    notebook.metadata = {"kernelspec": KERNELSPEC, "language_info": LANGUAGE}
    return nbformat.writes(notebook).rstrip("\n") + "\n"


@pytest.fixture(scope="session")
def results(tmp_path_factory):
    return run_all(tmp_path_factory.mktemp("jupyter"))


# Reading


def code_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def joined(text):
    """The text of a field, which is one string or a list of lines; the data of a widget as JSON."""
    return text if isinstance(text, str) else json.dumps(text) if isinstance(text, dict) else "".join(text)


def said(output):
    """An output as text, for comparison: a plot is known by its being there, a number by 12 digits."""
    kind = output["output_type"]
    if kind == "stream":
        return f"{output['name']}:\n{joined(output['text'])}"
    if kind == "error":
        return f"error: {output['ename']}: {output['evalue']}"
    data = {mime: "a plot" if mime == "image/png" else joined(text) for mime, text in output["data"].items()}
    if "text/html" in data:
        data["text/html"] = re.sub(r"\d+\.\d{12,}(e-?\d+)?", lambda n: f"{float(n[0]):.12g}", data["text/html"])
    return "\n".join(f"{kind}, {mime}:\n{text}" for mime, text in sorted(data.items()))


def text_of(notebook):
    """All that the cells printed."""
    outputs = [output for cell in code_cells(notebook) for output in cell["outputs"]]
    return "".join(joined(output.get("text", output.get("data", {}).get("text/plain", ""))) for output in outputs)


def difference(saved, new):
    """Both texts, from a little before the place where they part."""
    alike = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(saved, new, strict=False)))
    start = max(alike - 80, 0)
    return f"saved: …{saved[start : start + 300]}\nnow:   …{new[start : start + 300]}"


def last_words(complaints):
    """The end of what a process complained of, without the colours of IPython."""
    return re.sub(r"\x1b\[[\d;]*m", "", complaints)[-4000:]


# Tests

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_the_notebooks_are_those_with_facts():
    assert [path.stem for path in NOTEBOOKS] == sorted(FACTS)


@each
def test_it_runs(path, results):
    _, complaints, code = results[path]
    assert code == 0, f"{path.name} fails:\n{last_words(complaints)}"


@each
def test_its_saved_output_is_what_running_gives(path, results):
    printed, _, code = results[path]
    if code:
        pytest.skip("it does not run")
    saved, new = json.loads(path.read_text(encoding="utf-8")), json.loads(printed)
    for old_cell, new_cell in zip(code_cells(saved), code_cells(new), strict=True):
        old, now = ("\n".join(map(said, cell["outputs"])) for cell in (old_cell, new_cell))
        where = f"{path.name}, cell {old_cell['id']!r}"
        if old != now:  # no assert: pytest would compare two players of 200,000 characters line by line
            pytest.fail(f"{where} gives another output than is saved.\n{RENEW}\n{difference(old, now)}", pytrace=False)
        assert old_cell["execution_count"] == new_cell["execution_count"], f"{where} is out of order. {RENEW}"


@each
def test_it_holds_nothing_of_one_machine_or_run(path):
    import nbformat

    notebook = json.loads(path.read_text(encoding="utf-8"))
    nbformat.validate(notebook)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert notebook["metadata"] == {"kernelspec": KERNELSPEC, "language_info": LANGUAGE}
    assert path.stat().st_size < LARGEST

    cells = notebook["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)
    assert all(cell["metadata"] == {} for cell in cells)
    counts = [cell["execution_count"] for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))

    outputs = [output for cell in code_cells(notebook) for output in cell["outputs"]]
    assert {output["output_type"] for output in outputs} <= {"stream", "display_data", "execute_result"}
    assert not [output for output in outputs if output.get("name") == "stderr"], "a warning or a progress bar is saved"
    mimes = {mime for output in outputs for mime in output.get("data", {})}
    assert mimes <= {"text/plain", "text/html", "image/svg+xml", "image/png"}, "no state of widgets"
    sources = "\n".join(joined(cell["source"]) for cell in cells)
    shown = re.sub(r"base64,[\w+/=]+", "", "\n".join(map(said, outputs)))
    found = re.search(r".{0,40}(?:/(?:home|root|tmp|work)\b|[A-Z]:\\).{0,40}", f"{sources}\n{shown}")
    assert found is None, f"a path of a machine: {found[0]}"


@each
def test_the_facts_stand_in_its_output(path):
    text = text_of(json.loads(path.read_text(encoding="utf-8")))
    missing = [fact for fact in FACTS[path.stem] if not re.search(fact, text)]
    assert not missing, f"{path.name} does not say: {missing}"


def renew():
    """Run all notebooks, and save them with their output; one that fails stays as it is."""
    with tempfile.TemporaryDirectory() as work:
        results = run_all(Path(work))
    for path, (printed, complaints, code) in results.items():
        if code:
            print(f"{path.name} fails and stays as it is:\n{last_words(complaints)}", file=sys.stderr)
            continue
        path.write_text(printed, encoding="utf-8", newline="\n")
        print(f"{path.name}: {path.stat().st_size / 1000:,.0f} kB")
    return int(any(code for _, _, code in results.values()))


if __name__ == "__main__":
    if len(sys.argv) == 2:
        sys.stdout.reconfigure(encoding="utf-8")
        sys.stdout.write(ran(Path(sys.argv[1])))
    else:
        sys.exit(renew())
