"""The sweeps as a page: one file that plays them step by step, in a browser, on a projector, without a network.

Every text in it is written by `chalkgrad.engine`, with its numbers left open (script.py). Positions come from the layout of
the picture, which never moves. The numbers are computed by JavaScript generated from the tape's program. The page's own
markup, style and script are in the folder player.

What the page's script is told is one dict in JSON: `read`, and with the edition of the root in play `told`. `Script` lists most
of its keys; those beside are

    choices, opened    the names of the roots, for the choice among them; the place of that which the page opens with
    looks              what is told of each look, in the order in which they stand on the page: see `Look`
    notes              a lecturer's notes and the moments at which they are shown: see notes.py
    training           of a model with data, else left out: see `Training.told`
    languages          of a page in several, else left out: see languages.py
    packed             stands in a dict in place of a long list, or beside `keys` in place of a dict: see packing.py

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.label = "e"
>>> from chalkgrad.viz import play
>>> written = play(e).html
>>> "function evaluate(v)" in written, "https://" in written
(True, False)
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, NamedTuple

from chalkgrad.engine import Tape, Value, tape
from chalkgrad.engine.stepping.mirrors import refuse_unknown
from chalkgrad.engine.words.language import section, speaking
from chalkgrad.engine.words.lists import joined
from chalkgrad.engine.words.manner import Notation, manner, set_in_type
from chalkgrad.engine.words.names import own_name, value_of
from chalkgrad.viz.defaults import LIMIT
from chalkgrad.viz.drawing.graph import TooLarge, drawn_elsewhere
from chalkgrad.viz.formats.policy import policy
from chalkgrad.viz.letters import text, themes
from chalkgrad.viz.page.document import Page, file_of_page
from chalkgrad.viz.page.folded import MOST, FoldedScript, fold
from chalkgrad.viz.page.languages import chosen
from chalkgrad.viz.page.languages import markup as markups
from chalkgrad.viz.page.languages import told as languages_told
from chalkgrad.viz.page.models import is_model, outputs_of
from chalkgrad.viz.page.notes import moments
from chalkgrad.viz.page.packing import compact
from chalkgrad.viz.page.script import Script
from chalkgrad.viz.page.stage import stage
from chalkgrad.viz.page.svg_groups import COLOURS
from chalkgrad.viz.page.training import Training
from chalkgrad.viz.page.units import labelled
from chalkgrad.viz.pictures.folding import Collapse, refuse_nothing
from chalkgrad.viz.pictures.highlight import drawn_from
from chalkgrad.viz.pictures.picture import Direction, counts
from chalkgrad.viz.skins.skin import Skin

# The page's script is one module, and its files stand in it in this order. Functions are there from the beginning, and may use
# whatever is there when they are called. What runs while the page is loaded may use only constants of its own file and of those
# before; so files give what they do at a moment that another decides on, such as a key or the end of each render, to the
# registers in state.js. The last file renders the page for the first time.
SCRIPTS = (
    "numbers.js",
    "texts.js",
    "state.js",
    "picture.js",
    "caption.js",
    "predict.js",
    "unit_steps.js",
    "diagram.js",
    "folded.js",
    "panels.js",
    "curve.js",
    "stage.js",
    "trainer.js",
    "plane.js",
    "training.js",
    "looks.js",
    "languages.js",
    "address.js",
    "lectern.js",
    "keys.js",
)

_BLANK = re.compile(r"\{\{(?:words: ([^}]*)|(\w+))\}\}")

# Beside the themes of pictures: light or dark, as the system is.
AUTO = "auto"


class Options(NamedTuple):
    """What `play` was asked for, which explains it."""

    theme: str = AUTO
    direction: Direction = "LR"
    notation: Notation = "∂"
    skin: Skin | str | None = None
    renderer: str | os.PathLike[str] | None = None
    limit: int = LIMIT
    collapse: Collapse = None
    title: str = ""
    x: Any = None
    data: Any = None
    notes: Mapping[int | str, str] | None = None
    opens: Value | str | None = None
    languages: str | Sequence[str] = ()


def page_of(root: Any, path: str | os.PathLike[str] | None, options: Options) -> Page:
    """Returns the page, and writes it to ``path`` if there is one."""
    file = None if path is None else file_of_page(path)  # refused before any work
    languages = chosen(options.languages)
    with speaking(languages[0]), manner(options.notation, typeset=True):
        try:
            made = _page_of(root, options, languages)
        except TooLarge as error:  # what cannot be folded until it is small enough is said of pictures
            raise TooLarge(error.count, error.limit, "play", folded=error.folded) from None
    if file is not None:
        made.save(file)
    return made


def _page_of(root: Any, options: Options, languages: Sequence[str]) -> Page:
    theme, limit = options.theme, options.limit
    usual = "light" if theme == AUTO else theme  # the page's colours are its style's; this only refuses an unknown theme
    if options.x is not None and options.data is not None:
        raise ValueError(
            "play(model, x=[…]) plays the pass of one sample, and play(model, data=…) trains on all samples, "
            "each of which can be played: leave x out, or data"
        )
    training = None if options.data is None else Training(root, options.data)
    given, called = ([training.root], {}) if training else _roots(root, options.x)
    nodes = tape(*given).nodes
    refuse_unknown(nodes, "play")
    count = len(nodes)
    foldable = training is None and options.collapse is not False
    if count > (max(limit, MOST) if foldable else limit):
        raise TooLarge(count, max(limit, MOST) if foldable else limit, "play")
    collapse = False if options.collapse is None and count <= limit else options.collapse
    roots = labelled(given)
    script = Script(roots[0], roots[1:], languages) if collapse is False else _folded_script(roots, collapse, limit, languages)
    program = f"{script.program}\n{script.curves}"
    if training is not None:
        program = f"{program}\n{training.program}"
    trained = script.in_each(lambda: {} if training is None else {"training": training.told(script)})
    names = tape(*roots).names
    named = {called.get(mine, names[copy]): mine for mine, copy in zip(given, roots, strict=True)}
    opened = _opened(options.opens, named)
    shown = stage(
        roots,
        script,
        skin=options.skin,
        theme=usual,
        direction=options.direction,
        renderer=options.renderer,
        limit=limit,
        collapse=collapse,
    )
    picture = shown.looks[0].picture
    edition = script.editions[opened]
    stops = _unit_stops(script.contents["forward"], edition) if shown.looks[0].told["name"] == "diagram" else None
    noted = moments(options.notes, len(script.contents["forward"]), len(edition["steps"]) - 1, stops)
    style = _bare_style(_player_file("style.css").replace("/*colours*/", _colours()))
    left_out = dict.fromkeys(("trainer.js", "plane.js", "training.js"), training is None)
    left_out["diagram.js"] = not script.contents["units"]
    left_out["folded.js"] = collapse is False
    left_out["languages.js"] = len(languages) < 2
    scripts = [_player_file(name) for name in SCRIPTS if not left_out.get(name)]
    behaviour = bare_script("\n".join([program, *scripts]))
    language = section("language")
    spoken = {}
    if len(languages) > 1:
        contents = [script.contents, *script.translations.values()]
        in_each = zip(contents, trained, script.in_each(shown.said), strict=True)
        all_told = [texts | told | {"looks": said} for texts, told, said in in_each]
        spoken = {"languages": languages_told(all_told, languages, script.contents["names"])}
    markup = _player_file("page.html")

    def filling(blank: re.Match[str]) -> str:
        said, name = blank.groups()
        # The page's attributes stand in double quotes, so an apostrophe does not end one.
        return blanks[name] if name else text.escape(section("page")[said]).replace("&#39;", "'")

    blanks = {
        "language": language["code"],
        "direction": "" if language["direction"] == "ltr" else f' dir="{language["direction"]}"',
        "title": text.escape(text.clean(options.title or picture.title)),
        "heading": text.escape(text.keep_order(text.clean(shown.heading))),
        "theme": theme,
        "policy": policy(styles=[style], scripts=[behaviour]),
        "style": style,
        "picture": shown.html,
        "script": _json_in_html(
            compact(script.contents)
            | trained[0]
            | spoken
            | {"opened": opened, "choices": [*named], "looks": [look.told for look in shown.looks], "notes": noted}
        ),
        "behaviour": behaviour,
    }

    blanks["languages"] = markups(markup, languages, lambda body: re.sub(_BLANK, filling, body))
    # All blanks at once: what fills one is not searched for others.
    written = re.sub(_BLANK, filling, markup)
    return Page(written, picture.title, counts(picture.cards, picture.edges))


def _folded_script(roots: Sequence[Value], collapse: Collapse, limit: int, languages: Sequence[str]) -> Script:
    """Returns what is told of a graph that is folded."""
    whole = tape(*roots)
    folding = fold(whole, collapse, limit)
    refuse_nothing(collapse, folding, whole)
    return FoldedScript(roots, folding, languages)


def _roots(given: Any, x: Any) -> tuple[list[Value], dict[Value, str]]:
    """Returns the roots, each once, or a model's outputs for its inputs x; and the names given to some for the choice."""
    if is_model(given):
        given = outputs_of(given, x)
    elif x is not None:
        raise TypeError(f"x has the inputs of a model, as in play(model, x=[…]), and {type(given).__name__} is not a model")
    named = dict(given) if isinstance(given, Mapping) else {}
    given = [*named.values()] if named else given.roots if isinstance(given, Tape) else given
    several = isinstance(given, (list, tuple)) and (not given or any(isinstance(x, Value) for x in given))
    if several and not given:
        raise ValueError("play takes a Value, as in play(L), or several, as in play([y1, y2]), and was given none.")
    roots = [drawn_from(root)[0] for root in (given if several else [given])]
    for root in roots:
        if not isinstance(root, Value):
            instead = drawn_elsewhere(root).replace("draw(model(x)) the graph", "play(model, x=[…]) plays the graph")
            kind = f"{type(root).__name__}{instead and '; '}{instead}"
            raise TypeError(f"play takes a Value, as in play(L), or a list of them, and was given {kind}.")
    called = {root: set_in_type(str(name)) for name, root in zip(named, roots, strict=False)}
    return [*dict.fromkeys(roots)], called


def _unit_stops(forward: Sequence[Any], edition: Mapping[str, Any]) -> tuple[list[int], list[int]] | None:
    """Returns the steps by which each unit is computed, and by which each of their links has carried its gradient, the last of
    them when all have."""
    if edition["units"] is None:
        return None
    computed = {step["node"]: at for at, step in enumerate(forward, start=1)}
    links = [last for _, _, last, *_ in edition["units"]["links"]]
    return [computed[nodes[-1]] for _, nodes, *_ in edition["units"]["list"]], [*links[:-1], len(edition["steps"]) - 1]


def _opened(opens: Value | str | None, roots: Mapping[str, Value]) -> int:
    """Returns the place of the root that is played first; it may be given by its name."""
    if opens is None:
        return 0
    names = {root: name for name, root in roots.items()}
    root = value_of(opens, names)
    if root not in names:
        raise ValueError(f"opens is one of the roots, {joined([*roots], 8)}, and not {own_name(root) or 'another Value'}.")
    return [*names].index(root)


# The file ------------------------------------------------------------------------------------------------------------


def _colours() -> str:
    """Returns all themes as CSS variables: the page's attribute or the system chooses one, and paper has the one for print."""

    def variables(theme: themes.Theme) -> str:
        named = {name.replace("_", "-"): getattr(theme, name) for name in COLOURS}
        named |= {f"place-{i}": colour for i, colour in enumerate(theme.places, 1)}
        return " ".join(f"--{name}: {colour};" for name, colour in named.items())

    def rule(name: str, theme: str) -> str:
        scheme = "dark" if theme == "dark" else "light"
        return f':root[data-theme="{name}"] {{ color-scheme: {scheme}; {variables(themes.THEMES[theme])} }}'

    rules = [rule(name, name) for name in themes.THEMES]
    by_system = [rule(AUTO, "light"), f"@media (prefers-color-scheme: dark) {{ {rule(AUTO, 'dark')} }}"]
    on_paper = f"@media print {{ :root[data-theme] {{ color-scheme: light; {variables(themes.THEMES['print'])} }} }}"
    return "\n".join([*rules, *by_system, on_paper])


def _player_file(name: str) -> str:
    return files("chalkgrad.viz.page").joinpath("player", name).read_text(encoding="utf-8")


def bare_script(source: str) -> str:
    """Returns JavaScript without what the browser need not load: comments that are sure to be such, indentation, empty lines.

    Within a template that goes over several lines nothing is taken out.

    >>> print(bare_script("if (x) {\\n  // both\\n\\n  f(x); // or g\\n  g(`a\\n  b`, '// c');\\n}"))
    if (x) {
    f(x);
    g(`a
      b`, '// c');
    }
    """
    lines: list[str] = []
    within = False  # a template
    for line in source.split("\n"):
        left = line
        if not within:
            left = re.sub(r"^ *(?://.*)?", "", line)
            if "`" not in left:  # a comment with quotes in it might be the end of a string
                left = re.sub(r"""(?<=\S) +// [^"'/]*$""", "", left)
        if left or within:
            lines.append(left)
        within ^= left.count("`") % 2 == 1
    return "\n".join(lines)


def _bare_style(source: str) -> str:
    """Returns a style sheet without its comments and indentation; no string in it has any."""
    return re.sub(r"\n[\s]*", "\n", re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL))


def _json_in_html(contents: Mapping[str, Any]) -> str:
    """Returns JSON from which no label can break out: it has no character with a meaning in HTML, and no lone surrogate."""
    text = json.dumps(contents, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return re.sub("[<>&\u2028\u2029\ud800-\udfff]", lambda sign: f"\\u{ord(sign[0]):04x}", text)
