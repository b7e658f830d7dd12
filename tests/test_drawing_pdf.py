"""A PDF is the picture in vectors: what PDFium reads in it and paints of it is what the SVG and the PNG are."""

import ctypes
import hashlib
import io
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import graphgrad as gg
import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
import pytest
from drawing_examples import EXAMPLES, bce_one, chain, drawn, fan_out
from graphgrad.drawing import export
from PIL import Image
from test_drawing_hostile import NAMES, SVG, graph

POINT = 72 / 96
"""A unit of the picture on the page."""

SCALE = 4
"""Pixels per unit, where pixels are compared."""

BLOCK = 4 * SCALE
"""Two painters shade the rims of shapes each in its way: so squares of that many pixels are compared, not pixels."""

ALIKE = 30
"""The mean colours of two squares are alike, if no channel differs by more, of 255."""

TYPST_NAMES = {
    "code": '#read("/etc/passwd")',
    "include": '#include "/etc/passwd"',
    "import": '#import "@preview/cetz:0.3.0"',
    "data": "#sys.inputs.text",
    "formula": "$ x $ $",
    "brackets": "[*a*] ] #] ]]>",
    "quotes": '"quoted" `raw` <label> @reference',
    "backslash": r"\u{41} \ \\",
    "comments": "a // b /* c",
    "page": "a #pagebreak() b",
    "10,000 characters": "#" * 10_000,
}


class Pdf:
    """A PDF of one page, as PDFium reads it."""

    def __init__(self, content: bytes) -> None:
        self.document = pdfium.PdfDocument(content)
        assert len(self.document) == 1
        self.page = self.document[0]
        self.objects = list(self.page.get_objects())

    @property
    def kinds(self) -> Counter[str]:
        """How many objects there are of each kind."""
        kinds = {pdfium_c.FPDF_PAGEOBJ_TEXT: "text", pdfium_c.FPDF_PAGEOBJ_PATH: "path"}
        return Counter(kinds.get(each.type, "other") for each in self.objects)

    @property
    def text(self) -> str:
        """The text that can be selected."""
        return self.page.get_textpage().get_text_range()

    @property
    def alternative(self) -> str:
        """The text that stands for the picture where it is read aloud."""
        tree = pdfium_c.FPDF_StructTree_GetForPage(self.page)
        document = pdfium_c.FPDF_StructTree_GetChildAtIndex(tree, 0)
        figure = pdfium_c.FPDF_StructElement_GetChildAtIndex(document, 0)
        length = pdfium_c.FPDF_StructElement_GetAltText(figure, None, 0)
        words = ctypes.create_string_buffer(length)
        pdfium_c.FPDF_StructElement_GetAltText(figure, words, length)
        pdfium_c.FPDF_StructTree_Close(tree)
        return words.raw.decode("utf-16-le").removesuffix("\0")

    def fonts(self) -> set[tuple[str, bool]]:
        """The font of each text, and whether it is in the file."""
        texts = [each for each in self.objects if each.type == pdfium_c.FPDF_PAGEOBJ_TEXT]
        fonts = [pdfium_c.FPDFTextObj_GetFont(each) for each in texts]
        return {(self._name(font), bool(pdfium_c.FPDFFont_GetIsEmbedded(font))) for font in fonts}

    def _name(self, font) -> str:
        buffer = ctypes.create_string_buffer(100)
        pdfium_c.FPDFFont_GetBaseFontName(font, buffer, 100)
        return buffer.value.decode().partition("+")[2]

    def painted(self, size: tuple[int, int], scale: float = SCALE) -> Image.Image:
        """The page from its left upper corner, at so many pixels per unit of the picture."""
        bitmap = pdfium.PdfBitmap.new_native(*size, pdfium_c.FPDFBitmap_BGRx)
        bitmap.fill_rect((255, 0, 255, 255), 0, 0, *size)
        zoom = scale / POINT
        matrix, frame = pdfium_c.FS_MATRIX(zoom, 0, 0, zoom, 0, 0), pdfium_c.FS_RECTF(0, 0, *size)
        pdfium_c.FPDF_RenderPageBitmapWithMatrix(bitmap, self.page, matrix, frame, 0)
        return bitmap.to_pil().convert("RGB")


def opened(png):
    """A PNG, to be compared."""
    return Image.open(io.BytesIO(png)).convert("RGB")


def apart(image, other):
    """How far the most different squares of two images are apart, but for those on the rim, which may not be whole."""
    squares, others = (np.asarray(each.reduce(BLOCK), int)[:-1, :-1] for each in (image, other))
    return np.abs(squares - others).max()


def difference(pdf, image):
    """How far the most different squares of a PDF and an image are apart."""
    return apart(Pdf(pdf).painted(image.size), image)


def of(svg):
    """A PDF of any SVG."""
    return export.pdf(svg, "title", "text")


def written(svg):
    """The text in an SVG that is no path."""
    return "".join(each.text for each in ElementTree.fromstring(svg).iter(f"{SVG}text"))


def plain(text):
    """Text without spaces, which readers of PDF add and drop."""
    return "".join(text.split())


def characters(text):
    """The characters of a text, how often each: readers of PDF go line by line, across the boxes."""
    return Counter(plain(text))


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_one_page_of_the_size_of_the_picture_all_vectors(example, direction):
    drawing = drawn(EXAMPLES[example](), direction=direction)
    pdf = Pdf(drawing.pdf())
    assert pdf.page.get_size() == pytest.approx([POINT * side for side in export.size(drawing.svg)], abs=0.01)
    shapes = [each for each in ElementTree.fromstring(drawing.svg).iter() if each.tag in (f"{SVG}rect", f"{SVG}path")]
    assert pdf.kinds["path"] == len(shapes) > 8
    assert set(pdf.kinds) == {"path", "text"}
    assert characters(pdf.text) == characters(written(drawing.svg))


def test_words_and_numbers_can_be_searched():
    text = Pdf(drawn(bce_one(), direction="TB").pdf()).text
    assert "local gradient, and upstream × local = flow" in text
    assert "−1.368 × 0.1966 ≈ −0.2689" in text


@pytest.mark.parametrize(
    ("example", "settings"),
    [
        ("bce_one", {}),
        ("square", {"theme": "dark", "direction": "LR"}),
        ("bce_one", {"collapse": "BCE"}),
        ("fan_out", {"direction": "LR"}),
        ("matrices", {"direction": "TB"}),
        ("not_finite", {"theme": "dark"}),
        ("nested", {"max_nodes": 3}),
    ],
)
def test_it_is_painted_as_the_png_is(example, settings):
    drawing = drawn(EXAMPLES[example](), **settings)
    assert difference(drawing.pdf(), opened(drawing.png(SCALE))) < ALIKE


MISSING = {
    "an arrow head": r'<path d="M[^C"]*z" fill="[^"]*"/>',
    "a line": r'<path d="[^"]*" fill="none" stroke="[^"]*" stroke-width="1.5"/>',
    "a dashed line": r'<path d="[^"]*" fill="none" stroke="[^"]*" stroke-width="1.5" stroke-dasharray="5 3"/>',
    "a chip": r'<g class="gg-chip".*?</g>',
    "a frame": r'<rect x="[^>]*rx="[^>]*stroke-width="1.5"/>',
    "a formula": r'<path transform="[^>]*"/>',
    "a number": r"<text [^>]*>−?[\d.]+</text>",
}


@pytest.mark.parametrize("missing", MISSING)
def test_the_comparison_sees_whatever_is_missing(missing):
    drawing = drawn(fan_out())
    svg, png = drawing.svg, opened(drawing.png(SCALE))
    assert difference(of(svg), png) < ALIKE
    parts = list(re.finditer(MISSING[missing], svg))
    assert len(parts) > 2
    for part in parts:
        assert difference(of(svg[: part.start()] + svg[part.end() :]), png) > ALIKE


def test_the_comparison_sees_lines_that_are_not_dashed_and_wrong_colours():
    drawing = drawn(fan_out())
    png = opened(drawing.png(SCALE))
    assert difference(of(drawing.svg.replace(' stroke-dasharray="5 3"', "")), png) > ALIKE
    assert difference(of(drawing.svg.replace("#1b2130", "#a8330a")), png) > ALIKE
    assert difference(drawn(fan_out(), theme="dark").pdf(), png) > ALIKE


def test_themes():
    light, dark, auto = (drawn(fan_out(), theme=theme).pdf() for theme in ("light", "dark", "auto"))
    assert auto == light
    assert Pdf(light).painted((2, 2)).getpixel((0, 0)) == (255, 255, 255)
    assert Pdf(dark).painted((2, 2)).getpixel((0, 0)) == (0x14, 0x17, 0x1D)


def test_it_has_a_title_an_alternative_text_and_no_date():
    drawing = drawn(bce_one())
    pdf = Pdf(drawing.pdf())
    about = {key: value for key, value in pdf.document.get_metadata_dict().items() if value}
    assert about.pop("Creator").startswith("Typst")
    assert about == {"Title": "Computational graph of L"}
    assert pdf.alternative == drawing.text
    assert pdf.document.get_version() == 15


def test_the_font_is_in_the_file():
    assert Pdf(drawn(bce_one()).pdf()).fonts() == {("DejaVuSans", True)}


@pytest.mark.parametrize("name", TYPST_NAMES.values(), ids=TYPST_NAMES)
@pytest.mark.parametrize("settings", [{}, {"max_nodes": 2}])
def test_names_are_text_for_typst(name, settings):
    drawing = drawn(graph(name), **settings)
    pdf = Pdf(drawing.pdf())
    assert characters(pdf.text) == characters(written(drawing.svg))
    label = name if len(name) < 33 else name[:16] + "…" + name[-16:]
    assert plain(label) in plain(pdf.text)
    assert plain(label) in plain(pdf.alternative)


@pytest.mark.parametrize(("name", "shown"), NAMES.values(), ids=NAMES)
def test_names_are_text(name, shown):
    pdf = Pdf(drawn(gg.Log(gg.Parameter(2.0), name=name)).pdf())
    title = pdf.document.get_metadata_value("Title")
    assert title == f"Computational graph of {shown}"
    assert title in pdf.alternative
    assert pdf.kinds["path"] > 10


def test_the_title_of_a_name_that_is_code():
    pdf = Pdf(drawn(gg.Log(gg.Parameter(2.0), name='#read("/etc/passwd")')).pdf())
    assert pdf.document.get_metadata_value("Title") == 'Computational graph of #read("/etc/passwd")'


def test_hundreds_of_nodes_on_the_largest_page_there_is():
    drawing = drawn(chain(300), direction="TB")
    width, height = export.size(drawing.svg)
    assert POINT * height > export.MOST_POINTS
    pdf = Pdf(drawing.pdf())
    assert pdf.page.get_height() == pytest.approx(14_400, abs=0.5)
    assert pdf.page.get_width() == pytest.approx(14_400 * width / height, abs=0.01)
    assert characters(pdf.text) == characters(written(drawing.svg))


def test_a_picture_that_is_just_too_large_is_drawn_smaller(monkeypatch):
    drawing = drawn(fan_out())
    width, height = export.size(drawing.svg)
    monkeypatch.setattr(export, "MOST_POINTS", 100.0)
    pdf = Pdf(drawing.pdf())
    assert pdf.page.get_size() == pytest.approx((100 * width / height, 100), abs=0.01)
    png = opened(drawing.png(SCALE))
    assert apart(pdf.painted(png.size, scale=SCALE * height * POINT / 100), png) < ALIKE


DIGESTS = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from drawing_examples import EXAMPLES, drawn
for example in ("bce_three", "nested", "multinomial"):
    print(hashlib.sha256(drawn(EXAMPLES[example]()).pdf()).hexdigest())
"""


def test_another_process_writes_the_same_bytes(tmp_path):
    said = subprocess.run(
        [sys.executable, "-W", "error", "-c", DIGESTS, str(Path(__file__).parent)],
        env=os.environ | {"PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "999999999"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    examples = ("bce_three", "nested", "multinomial")
    assert said == [hashlib.sha256(drawn(EXAMPLES[example]()).pdf()).hexdigest() for example in examples]


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be removed there")
def test_it_needs_no_working_directory(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert Pdf(drawn(fan_out()).pdf()).text


def test_without_typst_the_error_names_the_cure(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(
        ModuleNotFoundError, match=r"needs typst.*pip install typst; .*\.save\('graph\.svg'\)"
    ) as raised:
        drawn(fan_out()).save(tmp_path / "graph.pdf")
    assert raised.value.name == "typst"
    assert not list(tmp_path.iterdir())


def test_typst_is_loaded_for_a_pdf_alone():
    code = "import sys, graphgrad as gg; a = gg.Parameter(2.0); gg.draw(a * a).png(); print('typst' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
