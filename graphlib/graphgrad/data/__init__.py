"""Tables of numbers: the columns of a CSV file, and the Iris flowers that come with the package."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterator, Mapping
from importlib import resources
from numbers import Integral
from os import PathLike
from pathlib import Path

from graphgrad.node import Input
from graphgrad.parse import is_name, number

LARGEST = 50_000_000
"""The most bytes of a CSV file."""


class Columns(Mapping[str, Input]):
    r"""The columns of a CSV table as Inputs, by the names in its first line.

    A column is converted when it is asked for, so that columns of text do not matter until then. Each is an Input of
    shape (rows,), which bears the name of its column.

    Args:
        text: the table; rows have as many cells as the first line.
        source: what the table is called in errors.
        rows: take this many rows from the top, from 1; all, if it is None.

    Attributes:
        header: the cells of the first line.
        rows: the cells of each row below it, as text.
        source: what the table is called in errors.

    Raises:
        ValueError: the table has no rows, fewer than `rows`, or one of another length, or is no CSV; `rows` is no whole
            number from 1; or a column that is asked for has a cell that is no number, shares its name, or has one that
            no program can use.
        KeyError: there is no column of a name that is asked for.

    >>> table = gg.data.Columns("hours,passed,who\n1,0,Ann\n4.5,1,Ben\n", "exam.csv")
    >>> list(table), table["hours"], table.rows[0]
    (['hours', 'passed', 'who'], <Input hours: [1 4.5]>, ['1', '0', 'Ann'])
    """

    def __init__(self, text: str, source: str, rows: int | None = None) -> None:
        if rows is not None and (not isinstance(rows, Integral) or isinstance(rows, bool) or rows < 1):
            raise ValueError(f"{source}: rows={rows!r:.40}; give a whole number from 1, or None for all rows")
        self.source = source
        self._inputs: dict[str, Input] = {}
        try:
            self._read(csv.reader(io.StringIO(text, newline=""), strict=True), rows)
        except csv.Error as error:
            raise ValueError(f"{source}: not a CSV table: {error}") from None

    def _read(self, lines: Iterator[list[str]], rows: int | None) -> None:
        self.header = [name.strip() for name in next(lines, [])]
        self.rows: list[list[str]] = []
        for cells in lines:
            if len(self.rows) == rows:
                break
            if not cells:
                continue
            if len(cells) != len(self.header):
                raise ValueError(
                    f"{self.source}: row {len(self.rows) + 1} has {len(cells)} cells, "
                    f"the first line names {len(self.header)} columns"
                )
            self.rows.append(cells)
        if not self.rows:
            raise ValueError(f"{self.source}: no rows; the first line names the columns, the others hold numbers")
        if rows is not None and len(self.rows) < rows:
            raise ValueError(f"{self.source}: {rows} rows are asked for, the table has {len(self.rows)}")

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(_usable(name) for name in self.header))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, name: object) -> bool:
        return any(_usable(known) == name for known in self.header)

    def __getitem__(self, name: str) -> Input:
        """The column called `name`, the same Input each time.

        Raises:
            KeyError: there is none; the message names those that there are.
            ValueError: two columns have the name, it is no name of a program, or a cell is no number.
        """
        if name not in self:
            close = difflib.get_close_matches(str(name), self, n=1)
            nearest = f"the nearest is {close[0]!r}; " if close else ""
            raise KeyError(f"{self.source}: no column is called {name!r}; {nearest}there are {', '.join(self):.300}")
        if name not in self._inputs:
            self._inputs[name] = Input(self._column(name), name=name)
        return self._inputs[name]

    def _column(self, name: str) -> list[float]:
        places = [place for place, known in enumerate(self.header) if _usable(known) == name]
        if len(places) > 1:
            raise ValueError(
                f"{self.source}: {len(places)} columns go by the name {name!r}; rename one in the first line"
            )
        (place,) = places
        if self.header[place] != name:
            raise ValueError(
                f"{self.source}: the column {self.header[place]!r} has no name that a program can use; "
                f"rename it {name!r} in the first line"
            )
        return [self._number(name, row, cells[place]) for row, cells in enumerate(self.rows, start=1)]

    def _number(self, name: str, row: int, cell: str) -> float:
        try:
            return number(cell)
        except ValueError as error:
            what = str(error) if cell.strip() else "the cell is empty"
            raise ValueError(
                f"{self.source}: column {name!r}, row {row}: {what}; "
                f"mend the cell, or leave the column out of the program"
            ) from None


def read_csv(path: str | PathLike[str], rows: int | None = None) -> Columns:
    r"""The columns of a CSV file.

    Args:
        path: a file of UTF-8 text: names in the first line, then numbers with a point for decimals, and commas between.
        rows: take this many rows from the top, from 1; all, if it is None.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is larger than 50 MB, is no text, or is no table, or `rows` is no such number: see
            :class:`Columns`.
        TypeError: `path` is no path.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "exam.csv")
    ...     _ = path.write_text("hours,passed\n1,0\n4.5,1\n", encoding="utf-8")
    ...     table = gg.data.read_csv(path)
    >>> table["hours"], table["passed"]
    (<Input hours: [1 4.5]>, <Input passed: [0 1]>)
    """
    if not isinstance(path, str | PathLike):
        raise TypeError(f"read_csv({path!r:.60}): give the path of a CSV file, a str or a Path")
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise OSError(f"{path}: {error.strerror}; give the path of a CSV file that can be read") from None
    if len(content) > LARGEST:
        raise ValueError(f"{path}: larger than {LARGEST // 1_000_000} MB; keep the rows that the picture needs")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text: {error.reason} at byte {error.start}; save it as UTF-8") from None
    return Columns(text, str(path), rows)


def iris() -> Columns:
    """Fisher's 150 Iris flowers: sepal and petal lengths and widths in cm, and the species as text.

    50 each of setosa, versicolor and virginica, measured by E. Anderson (R. A. Fisher, The use of multiple measurements
    in taxonomic problems, Annals of Eugenics 7, 1936).

    >>> flowers = gg.data.iris()
    >>> list(flowers)
    ['sepal_length', 'sepal_width', 'petal_length', 'petal_width', 'species']
    >>> flowers["petal_length"]
    <Input petal_length: shape (150,), mean 3.758, from 1 to 6.9>
    >>> is_virginica = gg.Input([row[-1] == "virginica" for row in flowers.rows], name="y")
    """
    return Columns(_iris_text(), "iris.csv")


def _iris_text() -> str:
    """The table inside the installed package; in a source tree, where there is one copy, that of the notebooks."""
    installed = resources.files("graphgrad") / "data" / "iris.csv"
    if installed.is_file():
        return installed.read_text(encoding="utf-8")
    return (Path(__file__).parents[3] / "notebooks" / "data" / "iris.csv").read_text(encoding="utf-8")


def _usable(name: str) -> str:
    """`name`, or what it could be called in a program."""
    if is_name(name):
        return name
    words = re.sub(r"\W+", "_", name).strip("_")
    return words if is_name(words) else f"column_{words}"
