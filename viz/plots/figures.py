"""The files that a figure of matplotlib becomes: words stay words, and the same figure gives the same bytes.

>>> from matplotlib.figure import Figure
>>> figure = Figure()
>>> figure.add_subplot().set_title("A line")
Text(0.5, 1.0, 'A line')
>>> b">A line</text>" in file_of(figure, "svg", 100)
True

matplotlib is imported when a file is written.
"""

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalkgrad.engine.basics.whole_file import write_whole
from chalkgrad.engine.words.language import section
from chalkgrad.viz.formats import raster
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.letters.text import clean, escape, keep_order, right_to_left, runs_right_to_left, sentence_order
from chalkgrad.viz.letters.visual_order import seen

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("svg", "png", "pdf")
PLOTS = section("plots")
NUMBER = re.compile("[-−]?[0-9.,]*(10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?")
LONG = 2000  # characters of a line that has many points, each of them on its way

# Settings that the saved bytes and the look depend on; everything else is matplotlib's default.
STYLE: dict[str, Any] = {
    "axes.unicode_minus": False,  # as all numbers here
    "svg.fonttype": "none",
    "svg.hashsalt": "chalkgrad",
    "pdf.fonttype": 42,
    "pdf.compression": 6,
}


def save_figure(figure: "Figure", path: str | os.PathLike[str], *, width: int | None = None) -> None:
    """Writes ``figure`` to ``path``; see `chalkgrad.viz.plots.saved.PlotAxes.save`."""
    path = Path(path).expanduser()
    kind = kind_of(path)
    raster.refuse_pixels(kind, width, None)
    across, down = (float(inches) for inches in figure.get_size_inches())
    wide, _ = raster.pixels(across, down, width)
    write_whole(
        path, file_of(figure, kind, dpi=(wide + 0.01) / across), "the drawing"
    )  # a pixel that is nearly whole would be cut off


def kind_of(path: Path) -> str:
    """Returns the kind of file that ``path`` is, by its extension.

    Raises:
        ValueError: a plot is saved as no such file.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise ValueError(f'a plot is saved as .svg, .png or .pdf, and "{path.name}" ends in none of these.')
    return kind


def whole_figure(ax: "Axes") -> "Figure":
    """Returns the figure that contains the Axes, through any subfigures."""
    figure: Any = ax.figure
    while figure.figure is not figure:
        figure = figure.figure
    return figure  # type: ignore[no-any-return] # a Figure is its own


def file_of(figure: "Figure", kind: str, dpi: float) -> bytes:
    """Returns the figure as a file, without time and versions, so that the same plot gives the same bytes."""
    from matplotlib import style

    title = clean(next((words for ax in figure.axes if (words := ax.get_title(loc="left") or ax.get_title())), ""))
    unsaid: dict[str, dict[str, Any]] = {
        "svg": {"Date": None, "Creator": "chalkgrad"},
        "png": {"Software": None},
        "pdf": {"CreationDate": None, "Creator": "chalkgrad", "Producer": None, "Title": title or None},
    }
    buffer = io.BytesIO()
    with style.context(["default", STYLE]), in_order(figure, kind):
        figure.savefig(buffer, format=kind, dpi=dpi, metadata=unsaid[kind])
    if kind != "svg":
        return buffer.getvalue()
    said = clean(PLOTS["description"].format(words="; ".join(_words(figure))))
    return _for_slides(buffer.getvalue().decode(), title, said).encode()


@contextmanager
def in_order(figure: "Figure", kind: str) -> Iterator[None]:
    """Puts the letters of all texts into the order in which this kind of file needs them, for a time.

    Browsers order letters themselves, and so does matplotlib from 3.11 on, which has libraqm; both see the marks around names
    and formulas. Older ones set each letter right of the one before. The PDFs of matplotlib move what stands beside such marks,
    so there these texts are outlines.
    """
    from matplotlib import ft2font
    from matplotlib.patheffects import Normal
    from matplotlib.text import Text

    texts: list[Any] = [one for one in figure.findobj(Text) if any(map(right_to_left, one.get_text()))]
    before = [(one, one.get_text(), one.get_path_effects()) for one in texts]
    orders = kind == "svg" or hasattr(ft2font, "__libraqm_version__")
    try:
        for one, words, effects in before:
            one.set_text("\n".join(_ordered(line, marked=orders) for line in words.split("\n")))
            if kind == "pdf":
                one.set_path_effects([*effects, Normal()])
        yield
    finally:
        for one, words, effects in before:
            one.set_text(words)
            one.set_path_effects(effects)


def _ordered(line: str, *, marked: bool) -> str:
    """Returns a line for a renderer that orders letters and sees marks, or for one that does not."""
    line, rtl = clean(line), runs_right_to_left(line)
    if not marked:
        return seen(line, right_to_left=rtl)
    return (sentence_order if rtl else keep_order)(line)


def _words(figure: "Figure") -> list[str]:
    """Returns what is written in the figure besides titles and the numbers at its ticks, each once."""
    found: list[str] = []
    for ax in figure.axes:
        legend = ax.get_legend()
        found += [f"{ax.get_xlabel()} →", f"{ax.get_ylabel()} ↑"]
        texts = [*ax.get_xticklabels(), *ax.get_yticklabels(), *ax.texts, *(legend.get_texts() if legend else [])]
        found += [text.get_text() for text in texts if text in ax.texts or not NUMBER.fullmatch(text.get_text())]
    return list(dict.fromkeys(" ".join(words.split()) for words in found if words.strip(" →↑")))


# The SVG -------------------------------------------------------------------------------------------------------------


def _for_slides(svg: str, title: str, description: str) -> str:
    """Returns the SVG with what programs that import it keep: attributes for each text, and words for those who do not see it.

    Its style sheet, which would be the whole page's, becomes attributes as well; coordinates have the decimals that are seen.
    """
    svg = re.sub(r" <defs>\n  <style[^>]*>\*\{[^}]*\}</style>\n </defs>\n", "", svg)
    svg = re.sub(r' d="[^"]*"', _rounded, svg)
    svg = re.sub(r'<text style="([^"]*)"([^>]*?)( transform="rotate\(-?0 [^"]*\)")?>', _with_attributes, svg)
    said = f' role="img" aria-label="{escape(title)}" stroke-linejoin="round" stroke-linecap="butt"'
    words = f"<title>{escape(title)}</title>\n <desc>{escape(description)}</desc>"
    return re.sub(r"(<svg[^>]*)>", lambda opening: f"{opening[1]}{said}>\n {words}", svg, count=1)


def _rounded(course: re.Match[str]) -> str:
    """Returns the course of a line with two decimals, or, of a long one such as a contour, with one."""
    places = 1 if len(course[0]) > LONG else 2

    def rounded(number: re.Match[str]) -> str:
        return f"{float(number[0]):.{places}f}".rstrip("0").rstrip(".")

    return re.sub(r"-?\d+\.\d+", rounded, course[0].replace(" \n", "\n"))


def _with_attributes(text: re.Match[str]) -> str:
    """Returns the opening of a text with its style in attributes, in the fonts of all pictures."""
    given = dict(part.split(": ", 1) for part in text[1].split("; "))
    if "font" in given:  # as matplotlib wrote it before 3.10
        *more, size = given.pop("font").partition("px")[0].split(" ")
        given |= {"font-size": size} | ({"font-weight": "bold"} if "700" in more or "bold" in more else {})
    given |= {"font-size": given["font-size"].removesuffix("px"), "font-family": fonts.FAMILY}
    return f"<text {' '.join(f'{name}={chr(34)}{value}{chr(34)}' for name, value in given.items())}{text[2]}>"
