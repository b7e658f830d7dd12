"""The picture in the README is the picture that its caption promises."""

from pathlib import Path

import graphgrad as gg

PICTURE = Path(__file__).parents[1] / "docs" / "bce.svg"


def example() -> gg.Drawing:
    x, y = gg.Input(2.0, name="x"), gg.Input(1.0, name="y")
    w, b = gg.Parameter(0.7, name="w"), gg.Parameter(-0.4, name="b")
    u = gg.Mul(w, x, name="u")
    z = gg.Add(u, b, name="z")
    loss = gg.bce(gg.Sigmoid(z, name="p_hat"), y)
    loss.name = "L"
    return gg.draw(loss)


def test_the_readme_shows_what_draw_draws() -> None:
    assert PICTURE.read_text(encoding="utf-8") == example().svg, (
        "docs/bce.svg is not what draw() gives; look at the new one, and if it is right, run python tests/test_docs.py"
    )


if __name__ == "__main__":
    example().save(PICTURE)
