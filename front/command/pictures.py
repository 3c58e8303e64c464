"""Pictures for the command line: they are drawn and saved, and every obstacle becomes one sentence."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chalkgrad.command.console import UserError
from chalkgrad.engine import Value
from chalkgrad.engine.words.language import section

__all__ = ["frames", "not_written", "obstacles", "printed", "save"]


LONGEST = 60  # characters of a name that a sentence repeats


def shortened(name: str | Path) -> str:
    """Returns a name; of a long one its beginning and its end.

    >>> shortened("x" * 300 + ".svg")
    'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…xxxxxxxxxxxxxxx.svg'
    """
    text = str(name)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 20]}…{text[-19:]}"


def not_written(place: str | Path, error: OSError) -> str:
    """Returns the sentence for a file or folder that cannot be written, which names it once."""
    said = error.strerror or str(error)
    if str(place) in said and len(str(place)) <= LONGEST:
        return said
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    reason = cause.strerror or str(cause)
    return f"{shortened(place)} cannot be written: {reason[:1].lower()}{reason[1:]}"


@contextmanager
def obstacles(file: str | Path | None = None, folder: str | Path | None = None) -> Iterator[None]:
    """Turns any failure to draw or write `file`, or a `folder` of files, into a UserError."""
    try:
        if file is not None and Path(file).is_dir():
            raise UserError(f"{file} is a folder: name a file in it, such as {Path(file) / 'L.svg'}")
        yield
    except OSError as error:
        place = file or folder
        raise UserError(str(error) if place is None else not_written(place, error)) from None
    except (ValueError, RuntimeError) as error:
        from chalkgrad.viz.drawing.graph import TooLarge

        said = (
            error.said(f"--limit {error.count}", "--root NAME", "chalkgrad draw") if isinstance(error, TooLarge) else str(error)
        )
        raise UserError(said) from None


def printed(roots: Sequence[Value], kind: str, for_slide: str = "", **options: Any) -> tuple[bytes, str]:
    """Returns the content of the file that `save` would write, and its remark; `kind` is the ending of that file."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"drawing.{kind}")
        remark = save(roots, file, for_slide, **options)
        return file.read_bytes(), remark


def save(roots: Sequence[Value], file: str | Path, for_slide: str = "", **options: Any) -> str:
    """Draws what `roots` are computed from into `file`; `options` are those of `chalkgrad.viz.save`.

    Returns what was chosen for a slide or was folded, which options of the command line unfold it, and, if there is a number in
    it that is too small for a slide, the command `for_slide`; "" for nothing.

    Raises:
        UserError: if the graph cannot be drawn so, or the file cannot be written.

    >>> save([Value(2.0, "a")], "a.jpg")                # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
        ...
    chalkgrad.command.console.UserError: a drawing is saved as …
    """
    from chalkgrad.viz import draw, save
    from chalkgrad.viz.drawing.slide import SlideDrawing

    with obstacles(file):
        if Path(file).suffix.lower() in (".html", ".htm") and len(roots) == 1:
            save(roots[0], file, **options)
            return ""
        pixels = {name: options.pop(name) for name in ("width", "scale") if name in options}
        drawing = draw(*roots, **options)
        drawing.save(file, **pixels)
    said = section("command line")
    if isinstance(drawing, SlideDrawing):
        return section("slides")["chosen"].format(chosen=drawing.chosen)
    values, cards = sum(card.count for card in drawing.picture.cards), len(drawing.picture.cards)
    words = {True: "", False: " no"}
    asked = " ".join(f"--{name}{words.get(value, f' {value}')}" for name, value in drawing.picture.suggestion.items())
    remarks = []
    if values > cards:
        folded = said.form("folded", cards).format(values=values, count=cards)
        remarks.append(said["unfold"].format(folded=folded, options=asked) if asked else folded)
    if for_slide and Path(file).suffix.lower() != ".dot" and drawing.too_small:
        remarks.append(said["larger"].format(command=for_slide))
    return "\n".join(remarks)


def frames(
    root: Value, folder: str | Path, kind: str, by: str, forward: bool, *, renderer: str | None = None, **look: Any
) -> tuple[list[Path], str]:
    """Draws the steps of the backward pass into `folder`; the options are those of `chalkgrad.viz.frames`, `kind` its format.

    Returns the files, and what was chosen for slides.
    """
    from chalkgrad.viz.drawing.frames import written

    how = {name: look.pop(name) for name in ("width", "scale", "limit") if name in look}
    files, chosen = written(root, folder, format=kind, by=by, forward=forward, renderer=renderer, look=look, **how)
    return files, section("slides")["chosen"].format(chosen=chosen)
