r"""Draws a picture for each step of the backward pass, for slides: from one to the next, only words and colours change.

>>> from tempfile import TemporaryDirectory
>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.label = "e"
>>> with TemporaryDirectory() as folder:
...     [path.name for path in frames(e, folder)]
['e-000.svg', 'e-001.svg', 'e-002.svg']
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from chalkgrad.engine import Steps, Tape, Value
from chalkgrad.engine.basics.arguments_of_others import CALLS, answering
from chalkgrad.engine.basics.whole_file import write_whole
from chalkgrad.engine.stepping.cursor import Moves
from chalkgrad.engine.stepping.forward import ForwardPass
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.manner import Notation
from chalkgrad.viz.defaults import LIMIT
from chalkgrad.viz.drawing.drawing import DRAWINGS, Figure, RendererName
from chalkgrad.viz.drawing.graph import TooLarge, picture_of
from chalkgrad.viz.drawing.slide import Surroundings, chosen_words, fitting, settled
from chalkgrad.viz.formats import raster
from chalkgrad.viz.formats.legible import LEAST, smallest_number
from chalkgrad.viz.formats.scene import Scene, scene
from chalkgrad.viz.layout.labels import place_labels
from chalkgrad.viz.layout.layout import lay_out
from chalkgrad.viz.layout.positions import Layout
from chalkgrad.viz.letters import text
from chalkgrad.viz.letters.primitives import TextLine
from chalkgrad.viz.pictures.highlight import drawn_from
from chalkgrad.viz.pictures.picture import Card, CardRow, Direction, Edge, EdgeLine, Picture
from chalkgrad.viz.skins.skin import Skin, skin_of

FORMATS = ("svg", "png", "pdf", "tex")
MOST = 1000  # frames at most

# How LaTeX includes a frame of each format; for SVG with the package svg.
_FIT = "[width=\\linewidth,height=0.8\\textheight,keepaspectratio]"
_INCLUDED_BY = {
    "svg": f"\\includesvg{_FIT}",
    "png": f"\\includegraphics{_FIT}",
    "pdf": f"\\includegraphics{_FIT}",
    "tex": "\\input",
}


@answering(*CALLS["frames"])
def frames(
    root: Value,
    folder: str | os.PathLike[str],
    *,
    format: str = "svg",  # noqa: A002 (what matplotlib and graphviz call it)
    by: str = "edge",
    forward: bool = False,
    caption: bool = True,
    skin: str | Skin = "cards",
    show: str | Iterable[str] | None = None,
    digits: int = 4,
    wrap: bool | int = False,
    theme: str = "light",
    direction: Direction = "LR",
    notation: Notation = "∂",
    renderer: RendererName = None,
    width: int | None = None,
    scale: float | None = None,
    limit: int = LIMIT,
) -> list[Path]:
    """Writes a picture of each step of the sweep from ``root`` into ``folder``, and returns their paths in order.

    ``L-000.svg`` is the seed, ``L-001.svg`` the first step, and so on: the edge of the step is highlighted, its
    sentence stands below, and nothing moves from one to the next. ``L-slides.tex`` beside them shows them one after the other
    on a Beamer slide; it also lists the files that a second call may replace. No grad is changed.

    Every number can be read from the back row, on a slide with a title: if need be the graph is drawn as a circuit, in rows, or
    as the surroundings of each step, with all else as dots. The graph decides, not today's numbers, and all frames are alike;
    ``L-slides.tex`` says how.

    Args:
        root: where the sweep starts.
        folder: where to write; created if necessary.
        format: ``"svg"``, ``"png"``, ``"pdf"`` or ``"tex"`` (TikZ).
        by: ``"edge"`` for a step for each edge, ``"node"`` for all edges of a node at once.
        forward: the forward pass first, a picture for each value.
        caption: whether the sentence is written below.
        skin, show, digits, wrap, theme, direction, notation, renderer, limit: as in `draw`.
        width: how many pixels a PNG is wide, 1920 by default; all are equally large.
        scale: instead, how many pixels it has per unit.

    Raises:
        TypeError: ``root`` is not a Value.
        ValueError: an invalid option, or more values or steps than can be drawn.
        StaleGraphError: a value has changed since others were computed from it.
        FileExistsError: a file that is in the way was not written by this function.
        OSError: a file cannot be written.
        RendererMissing: no program was found for it.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> e = a * b
    >>> e.label = "e"
    >>> with TemporaryDirectory() as folder:
    ...     [path.name for path in frames(e, folder, format="tex")]
    ['e-000.tex', 'e-001.tex', 'e-002.tex']
    """
    look = {"skin": skin, "show": show, "digits": digits, "theme": theme, "direction": direction, "wrap": wrap}
    look["notation"] = notation
    return written(
        root,
        folder,
        format=format,
        by=by,
        forward=forward,
        caption=caption,
        renderer=renderer,
        width=width,
        scale=scale,
        limit=limit,
        look=look,
    )[0]


def written(
    root: Value,
    folder: str | os.PathLike[str],
    *,
    format: str = "svg",  # noqa: A002 (as in `frames`)
    by: str = "edge",
    forward: bool = False,
    caption: bool = True,
    renderer: RendererName = None,
    width: int | None = None,
    scale: float | None = None,
    limit: int = LIMIT,
    look: Mapping[str, Any],
) -> tuple[list[Path], str]:
    """Writes the pictures of `frames`, whose other options are in ``look``; returns their paths, and how they are drawn."""
    root = drawn_from(root)[0]
    if not isinstance(root, Value):
        raise TypeError(f'frames takes a Value, as in frames(L, "slides"), and was given {type(root).__name__}.')
    if format not in FORMATS:
        raise ValueError(f"the format is {', '.join(map(repr, FORMATS[:-1]))} or {FORMATS[-1]!r}, not {format!r}.")
    raster.refuse_pixels(format, width, scale)
    values = len(Tape([root]))
    if values > limit:
        raise TooLarge(values, limit, "frames")
    steps: Steps[Any] = Steps(root, by)
    passes: tuple[Moves[Any], ...] = (ForwardPass(root), steps) if forward else (steps,)
    count = sum(map(len, passes))
    if count > MOST:
        fewer = ', by="node" has fewer,' if by == "edge" else ""
        raise ValueError(
            f"these are {count} steps, and {MOST} pictures are the most: draw a part of the graph,{fewer} or play it."
        )
    drawn_steps = list(chain.from_iterable(passes))
    pictures, shown_in, chosen = legible(root, drawn_steps, {**look, "limit": limit}, caption, renderer)
    folder = Path(folder).expanduser()
    name = _stem(Tape([root]).names[root])
    places = max(3, len(str(count - 1)))
    paths = [folder / f"{name}-{number:0{places}}.{format}" for number in range(count)]
    index = folder / f"{name}-slides.tex"
    known = _frames_listed_in(index)
    for path in paths:
        if path.name not in known and os.path.lexists(path):
            raise FileExistsError(f"{path} is there already, and frames did not write it: name another folder, or remove it.")
    from tqdm.auto import tqdm  # not before it is needed: importing it takes longer than most drawings

    done: list[Path] = []
    try:
        drawn = tqdm(shown_in, total=count, desc=DRAWINGS["frames"], delay=1, leave=False)
        for path, shown in zip(paths, drawn, strict=True):
            content = Figure(shown, name).file(format, renderer, width=width, scale=scale)
            _make_folder(folder)
            write_whole(path, content, "the drawing")
            done.append(path)
        for old in known.difference(path.name for path in paths):
            (folder / old).unlink(missing_ok=True)
    finally:  # also after Ctrl-C: the frames that are there are complete, and listed as written by us
        if done:
            write_whole(
                index, _slides(done, pictures[0].title, chosen, known if len(done) < count else ()).encode(), "the drawing"
            )
    return paths, chosen


def legible(
    root: Value, steps: Sequence[Any], look: Mapping[str, Any], caption: bool, program: RendererName = None
) -> tuple[list[Picture], Iterator[Scene], str]:
    """Returns a picture for each of ``steps``, scenes in which every number is large on a slide, and how they are drawn."""
    options = {**look, "caption": None if caption else ""}
    picture_of([root], **options)  # refuses what cannot be
    for way in fitting([root], {**options, "highlight": steps[0]}, "…" if caption else "", program):
        pictures = [way.dressed(picture_of([root], **{**options, **way.options}, highlight=step)) for step in steps]
        captions = [picture.caption for picture in pictures]
        if way.part:
            around = Surroundings(pictures[0], captions, options, program, [root])
            return pictures, map(around.scene, pictures), around.said(way, pictures[-1], several=True)
        positions = settled(_largest(pictures), captions, program)
        if all(smallest_number(shown) >= LEAST for shown in _at(pictures[:: max(len(pictures) - 1, 1)], positions, pictures)):
            return pictures, _at(pictures, positions, pictures), chosen_words(way)
    raise AssertionError("the surroundings of a value fit every slide")


def scenes(pictures: Sequence[Picture]) -> Iterator[Scene]:
    """Yields a scene for each of ``pictures``, which show one graph at different moments: nothing moves between them.

    The layout is that of a picture with the largest card and label of all moments, and each card reserves all its rows.
    """
    largest = _largest(pictures)
    positions = lay_out(largest, captions=[picture.caption for picture in pictures])
    return _at(pictures, place_labels(largest, positions), pictures)


def _at(pictures: Iterable[Picture], positions: Layout, moments: Sequence[Picture]) -> Iterator[Scene]:
    """Yields a scene for each of ``pictures``, with the ``positions`` of the largest of all ``moments``."""
    rows, heights = _reserved(moments), _heights(moments)
    for picture in pictures:
        # Lines still to come are empty ones for now, so that those above them do not move later.
        filled = (
            replace(edge, lines=edge.lines + (EdgeLine("", "contribution"),) * (high - _height(edge, picture)))
            for edge, high in zip(picture.edges, heights, strict=True)
        )
        drawn = scene(replace(picture, cards=_reserving(picture, rows), edges=tuple(filled)), positions)
        yield replace(drawn, shapes=tuple(shape for shape in drawn.shapes if not _blank(shape)))


def _largest(pictures: Sequence[Picture]) -> Picture:
    """Returns a picture with the largest card and label of all moments."""
    first, rows = pictures[0], _reserved(pictures)
    cards = zip(*(_reserving(picture, rows) for picture in pictures), strict=True)
    edges = zip(*(picture.edges for picture in pictures), strict=True)
    return replace(
        first,
        cards=tuple(max(moments, key=lambda card: skin_of(first.skin).size(card, first.direction)) for moments in cards),
        edges=tuple(max(moments, key=lambda edge: (_height(edge, first), "dead" in edge.marks)) for moments in edges),
    )


def _reserved(pictures: Sequence[Picture]) -> list[tuple[CardRow, ...]]:
    """Returns for each card the rows that it has at any moment."""
    cards = zip(*(picture.cards for picture in pictures), strict=True)
    return [tuple(dict.fromkeys(row for card in moments for row in card.rows)) for moments in cards]


def _reserving(picture: Picture, rows: Sequence[tuple[CardRow, ...]]) -> tuple[Card, ...]:
    return tuple(replace(card, reserved=reserved) for card, reserved in zip(picture.cards, rows, strict=True))


def _heights(pictures: Sequence[Picture]) -> list[int]:
    """Returns for each edge how many lines its label has at most."""
    edges = zip(*(picture.edges for picture in pictures), strict=True)
    return [max(_height(edge, pictures[0]) for edge in moments) for moments in edges]


def _height(edge: Edge, picture: Picture) -> int:
    shape = skin_of(picture.skin).label(edge)
    return len(shape.lines) if shape else 0


def _blank(shape: object) -> bool:
    return isinstance(shape, TextLine) and not any(run.words for run in shape.runs)


def _stem(name: str) -> str:
    """Returns the beginning of the file names: the root's name, if every file system and LaTeX can handle it."""
    return name if re.fullmatch(r"\w{1,40}", name, re.ASCII) else "frame"


def _slides(paths: Sequence[Path], title: str, chosen: str, known: Iterable[str]) -> str:
    """Returns the LaTeX that shows the frames one after the other on a Beamer slide; ``known`` are older ones to list.

    ``chosen`` says how they are drawn.
    """
    folder = paths[0].parent.name
    lines = [
        f"% {DRAWINGS['slides'].format(title=text.clean(title))}",
        f"% {section('slides')['chosen'].format(chosen=chosen)}",
        f"%   \\begin{{frame}}\\centering\\input{{{folder}/{_index_name(paths[0])}}}\\end{{frame}}",
        "% " + DRAWINGS["slides elsewhere"].format(command="\\newcommand\\chalkgradframes{…/}"),
        f"\\begingroup\\providecommand\\chalkgradframes{{{folder}/}}%",
        *(
            f"\\only<{n}>{{{_INCLUDED_BY[path.suffix[1:]]}{{\\chalkgradframes {path.name}}}}}%"
            for n, path in enumerate(paths, 1)
        ),
        *(f"% {name}" for name in sorted(set(known).difference(path.name for path in paths))),
        "\\endgroup",
    ]
    return "\n".join(lines) + "\n"


def _index_name(frame: Path) -> str:
    return f"{frame.stem.rpartition('-')[0]}-slides.tex"


def _make_folder(folder: Path) -> None:
    """Creates ``folder``, unless it exists."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OSError(error.errno, f"the folder {folder} cannot be made ({reason}): name another place") from error


def _frames_listed_in(index: Path) -> set[str]:
    """Returns the names of the frames that an earlier call has listed in ``index``."""
    try:
        listed = index.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return set()
    return set(re.findall(rf"\b{index.name.removesuffix('-slides.tex')}-\d{{3,}}\.(?:{'|'.join(FORMATS)})\b", listed))
