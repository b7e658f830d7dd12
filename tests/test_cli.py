"""The command line: what it writes, and that every error is a sentence and the exit code 2."""

import io
import runpy
import sys

import graphgrad as gg
import numpy as np
import pytest
from graphgrad.cli import main
from graphgrad.data import LARGEST, Columns, iris, read_csv

PROGRAM = "p = sigmoid(w*x + b); L = bce(p, y)"
NUMBERS = ["--data", "x=2,0.5,-1", "--data", "y=1,0,1", "--param", "w=0.7", "--param", "b=-0.4"]


@pytest.fixture
def drawn(monkeypatch):
    """What `draw` was called with; it draws nothing."""
    calls = []

    class Drawing:
        svg = "<svg/>"
        digraph = type("Digraph", (), {"source": "digraph {}"})

        def save(self, path, scale=2):
            calls.append(str(path))
            return path

    def draw(node, **settings):
        calls.append((node, settings))
        return Drawing()

    monkeypatch.setattr(gg, "draw", draw, raising=False)
    return calls


def failed(capsys, *arguments):
    assert main(list(arguments)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("graphgrad: error: ")
    assert "Traceback" not in err
    return err


def test_draw_gives_the_graph_and_the_settings(drawn):
    options = "--direction LR --theme dark --engine dot --digits 3 --max-nodes 50 --collapse BCE --collapse inner"
    assert main(["draw", PROGRAM, *NUMBERS, "-o", "a.svg", *options.split()]) == 0
    (node, settings), path = drawn
    assert path == "a.svg"
    assert settings == {
        "direction": "LR",
        "theme": "dark",
        "engine": "dot",
        "digits": 3,
        "elements": 6,
        "max_nodes": 50,
        "collapse": ("BCE", "inner"),
    }

    assert {name: float(leaf.value) for name, leaf in node.parameters().items()} == {"w": 0.7, "b": -0.4}
    assert isinstance(node.find("x"), gg.Input)
    assert node.name == "L"
    np.testing.assert_array_equal(node.find("x").value, [2.0, 0.5, -1.0])


def test_draw_leaves_out_what_it_is_told_to_hide(drawn):
    hidden = ["--hide", "flows", "--hide", "local-gradients"]
    assert main(["draw", PROGRAM, *NUMBERS, "-o", "a.svg", *hidden]) == 0
    (_, settings), _ = drawn
    assert (settings["flows"], settings["local_gradients"]) == (False, False)
    assert not {"values", "gradients"} & settings.keys()


@pytest.mark.parametrize(("extra", "written"), [([], "<svg/>\n"), (["--format", "dot"], "digraph {}\n")])
def test_draw_to_stdout(drawn, capsys, extra, written):
    assert main(["draw", "w*w", "--param", "w=1", "-o", "-", *extra]) == 0
    assert capsys.readouterr().out == written


def test_program_from_stdin(drawn, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("k = w\nk*k\n"))
    assert main(["draw", "-", "--param", "w=3", "-o", "-"]) == 0
    assert drawn[0][0].value == 9.0


def test_a_program_may_begin_with_a_minus(drawn):
    assert main(["draw", "--param", "w=3", "-o", "-", "--", "-w**2"]) == 0
    assert drawn[0][0].value == -9.0


@pytest.mark.parametrize(
    ("suffix", "start"), [(".png", b"\x89PNG"), (".svg", b"<svg"), (".pdf", b"%PDF-"), (".dot", b""), (".gv", b"")]
)
def test_draw_writes_files(tmp_path, suffix, start):
    file = tmp_path / f"graph{suffix}"
    assert main(["draw", "w*w", "--param", "w=3", "-o", str(file)]) == 0
    content = file.read_bytes()
    assert content.startswith(start)
    assert start or b"digraph" in content


def test_without_typst_a_pdf_is_an_error_that_names_the_cure(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    said = failed(capsys, "draw", "w*w", "--param", "w=3", "-o", str(tmp_path / "graph.pdf"))
    assert "pip install typst" in said
    assert not list(tmp_path.iterdir())


def test_step_prints_the_run(capsys):
    assert main(["step", PROGRAM, *NUMBERS]) == 0
    out = capsys.readouterr().out
    assert "sum of flows     ∂L/∂p" in out
    assert " ∂L/∂w               0.152\n" in out
    assert "update" not in out


def test_step_writes_files_and_says_what(tmp_path, capsys):
    page, film = tmp_path / "run.html", tmp_path / "run.gif"
    assert main(["step", "w*w", "--param", "w=3", "--update", "0.1", "-o", str(page)]) == 0
    assert capsys.readouterr().out == f"wrote {page}: 9 steps\n"
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert main(["step", "w*w", "--param", "w=3", "-o", str(film), "--seconds", "0.5", "--scale", "0.5"]) == 0
    assert film.read_bytes().startswith(b"GIF89a")


def test_values_without_limit_are_a_note(capsys):
    assert main(["step", "mean(neglog(x*w))", "--data", "x=0,1", "--param", "w=1"]) == 0
    out, err = capsys.readouterr()
    assert "∞" in out
    assert err.startswith("graphgrad: note: divide by zero")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["draw", "w*w", "--param", "w=1", "-o", "a.bmp"], ".png, .svg, .pdf, .dot, .gv"),
        (["draw", "w*w", "--param", "w=1", "-o", "no/such/folder/a.svg"], "no/such/folder/a.svg"),
        (["draw", "w*w", "--param", "w=1", "-o", "a.svg", "--format", "dot"], "--format dot is for -o -"),
        (["draw", "w*v", "--param", "w=1", "-o", "-"], "unknown name 'v'; known: w\n    w*v\n      ^\n"),
        (["draw", "", "-o", "-"], "the program is empty"),
        (["step", "w*w", "--param", "w=1", "-o", "a.mp4"], ".html, .gif"),
        (["step", "x*x", "--data", "x=1", "--update", "1"], "no Parameter leads to the loss"),
        (["step", "w", "--param", "w"], "--param w: expected a name, = and numbers"),
        (["step", "w", "--param", "2=3"], "--param 2=3: expected a name, = and numbers"),
        (["step", "w", "--param", "w=a,1"], "--param w=a,1: 'a' is no number"),
        (["step", "w", "--data", "w="], "--data w=: '' is no number"),
        (["step", "w", "--data", "w=1", "--param", "w=2"], "w is given twice"),
        (["step", "w", "--data", "w=1", "--rows", "3"], "give --csv FILE too"),
        (["step", "w", "--csv", "no-such.csv"], "no-such.csv"),
        (["demo", "--rows", "1"], "from 2 to 150"),
        (["demo", "--rows", "151"], "from 2 to 150"),
    ],
)
def test_errors(capsys, arguments, part):
    assert part in failed(capsys, *arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["draw"],
        ["draw", "w"],
        ["paint"],
        ["draw", "w", "-o", "-", "--direction", "UP"],
        ["step", "w", "--rows", "0"],
        ["step", "w", "--digits", "99"],
        ["step", "w", "--update", "fast"],
        ["demo", "--rows", "many"],
    ],
)
def test_wrong_options(capsys, arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: graphgrad" in capsys.readouterr().err


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"graphgrad {gg.__version__}\n"


def test_as_a_module(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["graphgrad", "step", "w*w", "--param", "w=3"])
    with pytest.raises(SystemExit) as stop:
        runpy.run_module("graphgrad", run_name="__main__")
    assert stop.value.code == 0
    assert "∂L/∂w               6\n" in capsys.readouterr().out


@pytest.mark.parametrize("rows", [2, 6, 150])
def test_demo(drawn, tmp_path, capsys, rows):
    folder = tmp_path / "new" / "folder"
    assert main(["demo", "--rows", str(rows), "-o", str(folder)]) == 0
    (loss, _), *files = drawn
    assert files == [str(folder / "bce.png"), str(folder / "bce.svg")]
    assert set(loss.parameters()) == {"w1", "w2", "b"}
    assert loss.find("y").shape == (rows,)
    assert 0 < loss.find("y").value.mean() <= 0.5
    out = capsys.readouterr().out
    assert "p̂ = σ(z)" in out
    assert "∂L/∂w₁" in out
    assert str(folder / "bce.svg") in out
    assert len(out.rstrip().split("\n\n")[-1].splitlines()) == 3


def test_demo_draws(tmp_path, capsys):
    assert main(["demo", "--rows", "3", "-o", str(tmp_path)]) == 0
    assert (tmp_path / "bce.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "bce.svg").read_text(encoding="utf-8").startswith("<svg")


def test_iris_is_fishers():
    flowers = iris()
    assert list(flowers) == ["sepal_length", "sepal_width", "petal_length", "petal_width", "species"]
    length, width = flowers["petal_length"].value, flowers["petal_width"].value
    assert length.shape == width.shape == (150,)
    np.testing.assert_allclose([length.mean(), width.mean()], [3.758, 1.199333], rtol=1e-6)
    np.testing.assert_array_equal([width[34], flowers["sepal_width"].value[37], length[37]], [0.2, 3.6, 1.4])
    assert [row[4] for row in flowers.rows[::50]] == ["setosa", "versicolor", "virginica"]
    assert all(row[4] == "virginica" for row in flowers.rows[100:])


# CSV files


def csv_file(tmp_path, content):
    file = tmp_path / "t.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(file)


@pytest.mark.parametrize(
    "content",
    [
        "x,y,note\n1,2,a\n3,4,b\n",
        "\ufeffx,y,note\r\n1,2,a\r\n3,4,b\r\n",
        ' x , y ,note\n" 1",2,"a,b"\n\n3,4,"b\nb"\n',
    ],
)
def test_columns_are_inputs(tmp_path, content):
    columns = read_csv(csv_file(tmp_path, content))
    assert list(columns) == ["x", "y", "note"]
    assert isinstance(columns["x"], gg.Input)
    assert columns["x"] is columns["x"]
    assert columns["x"].name == "x"
    np.testing.assert_array_equal(columns["x"].value, [1.0, 3.0])
    np.testing.assert_array_equal(columns["y"].value, [2.0, 4.0])


def test_the_first_rows_only(tmp_path):
    path = csv_file(tmp_path, "x\n1\n2\n3\nno number, and ragged\n")
    np.testing.assert_array_equal(read_csv(path, rows=2)["x"].value, [1.0, 2.0])


@pytest.mark.parametrize(
    ("content", "program", "part"),
    [
        ("x,kind\n1,a\n2,b\n", "w*kind", "t.csv: column 'kind', row 1: 'a' is no number; mend the cell"),
        ("x,y\n1,2\n,4\n", "w*x", "t.csv: column 'x', row 2: the cell is empty"),
        ("x,y\n1,2\n3\n", "w*x", "t.csv: row 2 has 1 cells, the first line names 2 columns"),
        ("x,y\n1,2\n", "w*z", "unknown name 'z'"),
        ("petal width,y\n1,2\n", "w*petal_width", "column 'petal width' has no name that a program can use"),
        ("x,x\n1,2\n", "w*x", "2 columns go by the name 'x'"),
        ("x,y\n", "w*x", "t.csv: no rows"),
        ("", "w*x", "t.csv: no rows"),
        ("w,x\n1,2\n", "w*x", "w is given as an option and is a column of"),
        ('x\n"1\n', "w*x", "t.csv: not a CSV table"),
        (b"x\n\xff\n", "w*x", "t.csv: not UTF-8 text"),
    ],
)
def test_csv_errors(tmp_path, capsys, content, program, part):
    message = failed(capsys, "step", program, "--param", "w=1", "--csv", csv_file(tmp_path, content))
    assert part.replace("t.csv", str(tmp_path / "t.csv")).replace("column 'petal", "the column 'petal") in message


def test_more_rows_than_there_are(tmp_path, capsys):
    path = csv_file(tmp_path, "x\n1\n")
    assert "2 rows are asked for, the table has 1" in failed(capsys, "step", "x", "--csv", path, "--rows", "2")


def test_text_columns_do_not_matter_until_they_are_used(tmp_path, capsys):
    path = csv_file(tmp_path, "x,kind\n1,a\n2,b\n")
    assert main(["step", "mean(w*x)", "--param", "w=2", "--csv", path]) == 0
    assert "[1 2]" in capsys.readouterr().out


def test_a_file_that_is_too_large(tmp_path, capsys):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    assert "larger than 50 MB" in failed(capsys, "step", "x", "--csv", str(path))


def test_columns_as_a_mapping():
    columns = Columns("a,b c\n1,2\n", "table")
    assert len(columns) == 2
    assert "b_c" in columns
    assert "d" not in columns
    with pytest.raises(KeyError, match="d"):
        columns["d"]


@pytest.mark.parametrize(
    ("number", "message"),
    [("1_0", "'1_0' is no number"), ("1e400", "1e400 is too large for a float"), ("1e-400", "too small for a float")],
)
@pytest.mark.parametrize("option", ["--data", "--param"])
def test_options_take_the_numbers_of_programs(option, number, message, capsys):
    assert main(["draw", "w*2", option, f"w={number}", "-o", "-"]) == 2
    assert message in capsys.readouterr().err


def test_a_csv_file_that_is_not_there(tmp_path, capsys):
    assert main(["draw", "w*2", "--csv", str(tmp_path / "none.csv"), "-o", "-"]) == 2
    assert "none.csv: No such file or directory; give the path of a CSV file" in capsys.readouterr().err
