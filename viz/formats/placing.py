"""Where each run of a text begins or ends, for formats in which one element of text has one place and one font.

>>> from chalkgrad.viz.letters.primitives import Run, TextLine
>>> line = TextLine(100, 20, "middle", (Run("c", 20, True, "#000000"), Run(" = a + b", 20, False, "#000000")))
>>> [(run.words, round(x, 1), anchor) for run, x, anchor in placed(line)]
[('c', 71.6, 'end'), ('= a + b', 77.2, 'start')]
"""

from collections.abc import Iterator
from dataclasses import replace

from chalkgrad.viz.letters import fonts
from chalkgrad.viz.letters.primitives import Run, TextLine


def placed(text: TextLine) -> Iterator[tuple[Run, float, str]]:
    """Yields each run of ``text`` with its x and its anchor.

    A single run keeps the text's own. Of several, the first ends where the second starts: where widths are other than
    estimated, both shift away from there, and there is neither a gap nor a collision between them. Blanks between two runs
    are a distance, because many programs drop those at the beginning of an element.
    """
    first, *others = text.runs
    if not others:
        yield first, text.x, text.anchor
        return
    widths = [fonts.width(run.words, run.size, bold=run.bold) for run in text.runs]
    x = text.x - sum(widths) * {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor] + widths[0]
    yield first, x, "end"
    for run, width in zip(others, widths[1:], strict=True):
        words = run.words.lstrip(" ")
        blanks = fonts.width(" " * (len(run.words) - len(words)), run.size, bold=run.bold)
        yield replace(run, words=words), x + blanks, "start"
        x += width
