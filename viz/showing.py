"""From a Value to what can be looked at: a drawing, the page that plays the sweep, a file.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.label = "e"
>>> draw(e)
<Drawing of e = a·b: 3 values, 2 edges; .save("e.svg")>

What draws is imported when something is drawn: `from chalkgrad import *` has these functions, and would take twice as long.
"""

from __future__ import annotations

from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from chalkgrad.engine.basics.arguments_of_others import CALLS, answering
from chalkgrad.engine.basics.tracebacks import short_traceback
from chalkgrad.viz.defaults import LIMIT

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

    import graphviz  # type: ignore[import-untyped] # it has no types
    from chalkgrad.engine import Value
    from chalkgrad.engine.stepping.blanks import Asked
    from chalkgrad.engine.words.manner import Notation
    from chalkgrad.viz.drawing.drawing import Drawing
    from chalkgrad.viz.page.document import Page
    from chalkgrad.viz.pictures.folding import Collapse
    from chalkgrad.viz.pictures.picture import Direction
    from chalkgrad.viz.skins.skin import Skin


@short_traceback
def draw(
    *roots: Any,
    skin: str | Skin = "cards",
    show: str | Iterable[str] | None = None,
    digits: int = 4,
    highlight: Any = None,
    caption: str | None = None,
    wrap: bool | int | None = None,
    collapse: Collapse = None,
    theme: str = "light",
    direction: Direction = "LR",
    notation: Notation = "∂",
    renderer: str | os.PathLike[str] | None = None,
    limit: int = LIMIT,
    slide: bool = False,
    blanks: Asked | None = None,
    filled: bool = False,
) -> Drawing:
    """Draws the graph of everything that ``roots`` were computed from, as it is now.

    Each value is a card; each edge says its local derivative with the reason and, once swept, the contribution that it
    carried: a card's grad is the sum of those on the edges that leave it.

    Args:
        roots: one Value, or several; or the root of another engine, such as a student's own, whose graph is drawn with its
            wrong gradients beside the right ones; or a tape, such as ``tape(x, grad="derivative")``, which names attributes.
        skin: ``"cards"``; ``"circuit"``, a gate for each operation, its value above its wire and the gradient below, ?
            where it is not computed; ``"edges"``, round nodes and the local derivatives large on the edges; or one of your
            own, of the class `chalkgrad.viz.skins.Skin`, or its name if it is registered.
        show: what is written, of ``"data"``, ``"grad"``, ``"local"`` (derivatives) and ``"contributions"``; by default all
            on cards, data and grad in a circuit, data and local derivatives on edges.
        digits: the significant digits of numbers, 1 to 17.
        highlight: what to highlight, the rest fading: a Value or its name; an edge, ``(node, parent)`` or ``(node, slot)``;
            ``chain_rule(y, x)`` or one of its paths; a step of ``L.steps()``, which shows the gradients as they are after
            it; or several of these.
        caption: what is written below; by default the sentence of a highlighted step, or the chain rule. "" for nothing.
        wrap: True, the default where values were folded, breaks a deep graph into rows, so that it is as large as may be
            on a slide; a number says how many levels a row has. The text for other Graphvizes, ``.dot``, cannot have rows.
        theme: ``"light"``, ``"dark"`` or ``"print"``.
        direction: ``"LR"`` from left to right, or ``"TB"`` from top to bottom.
        notation: how derivatives are written: ``"∂"``; ``"functions"``, local ones with the name of the function, ∂h₈/∂z₅;
            ``"d"``, total ones with d; or ``"bar"``, gradients as z̄₅.
        renderer: what lays it out: a program's name or path, ``"javascript"``, or ``"layered"`` for our own layout; by default
            the first that is there of graphviz-pure, dot and, in a browser, a JavaScript Graphviz, else our own layout.
        collapse: what is folded into one card that shows how many values it stands for and the range of their gradients:
            ``"neurons"`` or ``"layers"``, each into one; a number, all but so many levels of places; the name of a place, or
            a list of names; False, nothing; by default, if there are more values than the limit, as much as needed.
        limit: how many values to draw one by one at most; a larger picture can hardly be read.
        slide: True draws it so that every number can be read from the back row, on a slide of 16:9 with a title: if need be as
            a circuit, in rows, folded, or the surroundings of the step, with all else as dots. What was chosen depends on
            the graph only, not on today's numbers; the drawing says it.
        blanks: what is left out, to be filled in, in a box: "values" (those of leaves stay), "locals" (derivatives),
            "contributions", "gradients", one or several of them, or "all"; or a mapping from values, or their names, to
            what is left out of each. Boxes of a kind are as wide as its widest answer, or as {"values": 4} says, in characters.
            The answers are those of the whole backward pass, and no byte of the drawing has one; without ``show`` nothing else
            is written than data and boxes.
        filled: True draws the answers in their boxes, for a key; `Drawing.filled` does so later.

    Raises:
        TypeError: a root is not a Value, or something cannot be highlighted.
        ValueError: an invalid option, or one that does nothing to this graph; more values than the limit without folding.

    >>> from chalkgrad.engine import Value
    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> e = a * b
    >>> print(draw(e, highlight=e.steps()[1]).picture.caption)
    1/2   e = a·b   ∂e/∂a = b = -3
    a.grad += ∂e/∂e · ∂e/∂a = 1 · (-3) = -3      0 → -3   complete
    """
    from chalkgrad.viz.drawing.drawing import Drawing
    from chalkgrad.viz.drawing.graph import call_for_slide, picture_of

    options: dict[str, Any] = {
        "skin": skin,
        "show": show,
        "digits": digits,
        "highlight": highlight,
        "caption": caption,
        "wrap": wrap,
        "collapse": collapse,
        "theme": theme,
        "direction": direction,
        "limit": limit,
        "notation": notation,
    }
    if slide and blanks is not None:
        raise ValueError("a drawing for a slide has no boxes: leave slide out, or blanks")
    if blanks is not None:
        from chalkgrad.viz.pictures.picture import emptied

        key = picture_of(roots, blanks=blanks, **options)
        return Drawing(key if filled else emptied(key), renderer, key=key)
    if filled:
        raise ValueError('filled=True is for a drawing with boxes: add blanks, such as blanks="values"')
    if slide:
        from chalkgrad.viz.drawing.slide import draw_for_slide

        return draw_for_slide(roots, options, renderer)
    return Drawing(picture_of(roots, **options), renderer, call_for_slide(roots, options))


@short_traceback
def draw_dot(root: Value, format: str = "svg", rankdir: Direction = "LR") -> graphviz.Digraph:  # noqa: A002 - as there
    """Returns the graph of ``root`` as a `graphviz.Digraph`: micrograd's function, with its names of arguments.

    >>> from chalkgrad.engine import Value
    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> draw_dot(a * b)
    <Digraph of v3 = a·b: 3 values, 2 edges; .render("v3") writes v3.svg, .source is the text in DOT>
    """
    from chalkgrad.viz.drawing.digraph import RenderedDigraph
    from chalkgrad.viz.drawing.graph import picture_of
    from chalkgrad.viz.layout import dot
    from chalkgrad.viz.pictures.picture import counts, readable

    picture = readable(picture_of([root], direction=rankdir, collapse=None))
    made = RenderedDigraph(format=format, body=dot.statements(picture))
    made.title, made.counts = picture.title, counts(picture.cards, picture.edges)
    return made


@short_traceback
def play(
    root: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    x: Any = None,
    data: Any = None,
    notes: Mapping[int | str, str] | None = None,
    theme: str = "auto",
    direction: Direction = "LR",
    notation: Notation = "∂",
    skin: Skin | str | None = None,
    renderer: str | os.PathLike[str] | None = None,
    limit: int = LIMIT,
    collapse: Collapse = None,
    title: str = "",
    opens: Value | str | None = None,
    languages: str | Sequence[str] = (),
) -> Page:
    """Returns a page that plays the forward pass and the backward pass from ``root``, one edge after the other.

    A model with its inputs, ``play(model, x=[…])``, and any graph that models of `chalkgrad.nn` have made is played from unit
    to unit: how each unit's output arises, then what goes back to each of its inputs. Values without a name of their own are
    called as in a lecture: z15 is the output of unit 5 of layer 1, u15 its sum, w15_2 and b15 its parameters.

    A notebook shows it, if it is the last line of a cell; elsewhere ``path``, or its method ``save``, says where to write it.
    One file without any request: it opens from a disk, in a frame, from a server. Arrow keys, space, Page Up and Page
    Down (the keys of a presenter's remote), Home and End move; each step asks first and answers then. ``L.html#7`` opens
    at step 7 of the backward pass, ``L.html#f3`` at the third value of the forward pass, with ``?`` behind at the question.
    Inputs can be moved, nudged and sent downhill, and every number, reason and sentence follows; constants stay. A leaf
    that is clicked has its chain rule written out, a computed value the curve of its operation too, through today's point and
    with its tangent; values, local derivatives and contributions can be predicted; the pass can be run with a mistake in it.
    The page itself lists its keys. No grad is changed.

    With ``data`` the root is a model, and the page trains it: the plane with the points, what each unit computes, the loss. One
    press is one step of gradient descent on all samples, with the numbers of ``fit(model, X, y, loss=…, batch_size=None,
    optimizer=GradientDescent(rate))``; the key ``g`` leads to the graph of one sample's loss, with the parameters as they are
    then, and a click on a point chooses the sample. The loss is the mean of ``binary_cross_entropy_with_logits`` for two
    classes and one output (``binary_cross_entropy`` after σ, ``squared_error`` after tanh for -1 and +1), of ``cross_entropy``
    for several classes with an output each, else of ``squared_error``. The address keeps the parameters, the rate and the
    epoch, but not the steps before, which can be taken back only until the page is closed.

    All that the page shows stands in its address, so that F5, a bookmark and a link bring it back, and by hand one can write
    more: ``L.html#7&a=2.5&b=-1&panel=inputs&theme=dark&mistake=overwrite&notation=bar&chosen=d&size=large``; where there are
    several, ``&look=circuit&root=y2``; with the curve of d's operation, ``&curve=d``. A step counts edges on a network, too,
    where the page stops once for each input of a unit: at a step between, the unit is opened. ``&hide=`` takes
    out of the page, with their keys, what a class should not see: any of inputs, table, predict, mistakes, more, controls,
    sentence, notes, root, curve, chain, data, as in ``&hide=mistakes,predict``. ``&embed`` leaves picture and sentence alone,
    for a frame of 480×270 and more, with the buttons back and forward where the pointer or the focus is. What is unknown
    there is passed over.

    Args:
        root: where the backward pass starts; of several, ``[y1, y2]``, or by other names ``{"loss": L, "y": y}``, the first,
            and on the page another can be chosen. What the backward pass from the chosen one does not reach stays dimmed.
            With ``x``, a Neuron, Layer, MLP or Network of `chalkgrad.nn`, a Module of your own, or a head, whose outputs are
            the roots.
        path: the file to write it to, ``.html``; an existing file is replaced. By default none.
        x: the inputs of a model, numbers or Values, one sample, as the model takes them; for a head its score or scores. The
            model's pass is recorded from them.
        data: the samples to train the model ``root`` on, at most 1,000, without ``x``: a table such as ``moons()``, or a pair
            ``(X, y)``.
        notes: what a lecturer wants to say or ask, by steps: ``{3: "ask: why +=?", "f2": "…"}`` for step 3 of the backward pass
            and the second value of the forward pass, with ``"3?"`` at its question only, as the page counts them: on a diagram
            from unit to unit; ``"#7"`` is the step of the address ``L.html#7``, which counts edges: on a diagram note 3 and the
            address ``#3`` are two steps. Each stands below the sentence of its step; in a unit that is opened, of its own edge.
        theme: ``"light"``, ``"dark"`` or ``"print"``, in which it opens; by default light or dark as the system is. The page
            can change it.
        direction: ``"LR"`` from left to right, or ``"TB"`` from top to bottom, as for a narrow screen.
        notation: how derivatives are written, ``"∂"``, ``"functions"``, ``"d"`` or ``"bar"``, when it opens; the page can
            change it.
        skin: how values look when it opens, as for `draw`; by default cards, or a circuit where these would be too small on a
            projector. The key k changes it where all of the graph is legible in another one, too. What
            no projector shows legibly as a whole is shown in part, around the step in play, beside all of it in dots.
        renderer: the program that lays the picture out, by name or path; by default the first one found.
        limit: how many values to draw one by one at most. A graph of more is folded as `draw` folds it, and all values of a
            card are one step; one of more than 3,000 is refused.
        collapse: what to fold, as for `draw`: by default, if there are more values than the limit, as much as needed.
        title: what the browser calls the page; by default the root's ``name = expression``.
        opens: of several roots the one, or its name, that the page opens with; ``y.html#root=y2`` in the address goes before.
        languages: the codes of the languages that the page speaks, the first one at first, as in ``("en", "he")``; by default
            the one that `language` has chosen. The key x and a button change it; ``e.html#language=he`` opens in another one.

    Raises:
        TypeError: ``root`` is not a Value, a list of them or a model; a model is without ``x`` and ``data``, or something else
            has one; the data are not rows with targets, the notes not texts.
        ValueError: an unknown theme, direction, notation, skin or language, more values than the limit, inputs of the wrong
            number, data that the model does not take, x beside data, a note to a step that there is not, a file that does not
            end in .html.
        StaleGraphError: a value has changed since others were computed from it.
        OSError: the file cannot be written.
        RendererMissing: there is no program to lay the picture out.

    >>> from chalkgrad.engine import Value
    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> e = a * b
    >>> e.label = "e"
    >>> from chalkgrad.nn import Neuron
    >>> play(Neuron(2, activation="tanh", seed=0), x=[1.0, -2.0])
    <Page of z = tanh(u): 7 values, 6 edges; .save("z.html") writes what a browser opens>
    >>> play(e)  # a notebook shows the page
    <Page of e = a·b: 3 values, 2 edges; .save("e.html") writes what a browser opens>
    """
    from chalkgrad.viz.page.play import Options, page_of

    options = Options(
        theme=theme,
        direction=direction,
        notation=notation,
        skin=skin,
        renderer=renderer,
        limit=limit,
        collapse=collapse,
        title=title,
        x=x,
        data=data,
        notes=notes,
        opens=opens,
        languages=languages,
    )
    return page_of(root, path, options)


@answering(*CALLS["save"])
def save(
    root: Value,
    path: str | os.PathLike[str],
    *,
    renderer: str | os.PathLike[str] | None = None,
    width: int | None = None,
    scale: float | None = None,
    **options: Any,
) -> None:
    """Draws ``root`` and writes it to ``path``, by its extension: .svg, .png, .pdf, .tex, .dot, or .html, the page of `play`.

    See `draw` for the options and `Drawing.save` for the errors. The page takes those of `play`. What a file of its kind has no
    use for is refused.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from chalkgrad.engine import Value
    >>> with TemporaryDirectory() as folder:
    ...     save(Value(2.0, "a") * 3, Path(folder, "y.svg"))
    ...     save(Value(2.0, "a") * 3, Path(folder, "y.html"))
    ...     sorted(path.name for path in Path(folder).iterdir())
    ['y.html', 'y.svg']
    """
    from inspect import signature
    from pathlib import Path

    if isinstance(root, (str, PathLike)) or not isinstance(path, (str, PathLike)):
        from chalkgrad.engine import Value
        from chalkgrad.engine.words.names import own_name

        first = next((own_name(x) for x in (root, path) if isinstance(x, Value)), "") or "e"
        file = fspath(root) if isinstance(root, (str, PathLike)) else "e.svg"
        raise TypeError(f"save takes a Value, then the name of a file: save({first}, {file!r})")
    kind = Path(path).suffix.lower().removeprefix(".")
    if kind in ("html", "htm"):
        usual, known = signature(draw).parameters, signature(play).parameters
        of_draw = [name for name in options if name in usual and name not in known]
        pixels = [name for name, given in (("width", width), ("scale", scale)) if given is not None]
        foreign = [name for name in of_draw if options[name] != usual[name].default] + pixels
        if foreign:
            raise ValueError(
                f"{' and '.join(foreign)} cannot be had in a page, which plays the steps: save a picture, as .svg."
            )
        taken = {name: value for name, value in options.items() if name not in of_draw}
        play(root, path, renderer=renderer, **taken)
        return
    named = renderer if kind == "dot" else None  # which refuses it; all others are laid out by it
    draw(root, renderer=renderer, **options).save(path, named, width=width, scale=scale)
