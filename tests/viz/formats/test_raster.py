"""A PNG comes out of every picture, whatever letters are in it and however much of them."""

import pytest
from chalkgrad.nn import MLP
from chalkgrad.viz import diagram
from chalkgrad.viz.formats import raster
from chalkgrad.viz.formats.scene import Scene
from chalkgrad.viz.layout import renderer
from chalkgrad.viz.letters.primitives import Run, TextLine

DOT = pytest.mark.skipif(renderer.find_dot() is None, reason="there is no dot here (Debian: apt-get install graphviz)")


def scene(*lines):
    texts = (TextLine(10, 20 * n, "start", (Run(words, 16, True, "#000000"),)) for n, words in enumerate(lines, 1))
    return Scene(400, 20 * len(lines) + 20, "#ffffff", tuple(texts), "", "")


@pytest.mark.parametrize("collapsed", [False, True])
@pytest.mark.parametrize("widths", [[20, 10], [20, 20]])
def test_a_dense_diagram_needs_no_letter_that_the_pure_renderer_lacks(monkeypatch, widths, collapsed):
    monkeypatch.setattr(renderer, "find_dot", lambda: pytest.fail("dot was asked"))
    model = MLP(10, widths, activation=None if collapsed else "tanh", seed=0)
    assert diagram(model, collapsed=collapsed).file("png")[1:4] == b"PNG"


@DOT
def test_dot_takes_a_picture_longer_than_the_longest_string_that_it_reads():
    picture = scene(*(f'⌊x⌋ \\ "{n}"' for n in range(400)))
    assert len(raster.background(picture)) > 20_000
    assert raster.png(picture, renderer.find_dot())[1:4] == b"PNG"


def test_no_piece_of_a_string_ends_in_a_backslash():
    source = raster.background(scene("\\" * 20_000))
    assert source.count('" + "') > 4
    assert '\\" + "' not in source


def test_where_dot_fails_there_is_a_picture_nevertheless(monkeypatch):
    def run(executable, *arguments):
        if executable == "dot":
            raise renderer.RenderingFailed("no picture")
        return executable.encode()

    monkeypatch.setattr(renderer, "find", lambda program: program or "graphviz-pure")
    monkeypatch.setattr(renderer, "find_dot", lambda: "dot")
    monkeypatch.setattr(renderer, "run", run)
    assert raster.png(scene("⌊x⌋")) == b"graphviz-pure"
    with pytest.raises(renderer.RenderingFailed):  # of the very program that was named there is no other
        raster.png(scene("⌊x⌋"), "dot")


@pytest.mark.parametrize(
    ("letters", "pure"),
    [
        ("∂θ₁ = σ′(u) · ŷ ᵀ", True),
        ("שגיאה", True),
        ("ħ ℏ ℓ Ω ⁻⁵", True),
        ("⌊x⌋", False),
        ("⋮", False),
        ("Հայ", False),
        ("漢", False),
    ],
)
def test_which_letters_the_pure_renderer_has(monkeypatch, letters, pure):  # as the tables of its fonts say
    asked = []
    monkeypatch.setattr(renderer, "find", lambda program: "graphviz-pure")
    monkeypatch.setattr(renderer, "find_dot", lambda: "dot")
    monkeypatch.setattr(renderer, "run", lambda executable, *rest: asked.append(executable))
    raster.png(scene(letters))
    assert asked == ["graphviz-pure" if pure else "dot"]
