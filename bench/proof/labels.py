"""Names that were made to break out: as labels of Values, names of units and titles of sheets, through every medium.

What a medium may hold beside names is known: the same graph with harmless names says it. So tags are those of a list, a source
has the same instructions, LaTeX no other commands, a table the same cells. A browser, Node and LaTeX then read some of them.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import random
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from bench.proof.cases import WRONG, counted, each
from bench.proof.figure import Figure

PROMISE = "A name is only ever shown, in every medium: nothing in it runs, and nothing breaks out"

HOSTILE = [
    *("<script>alert(1)</script>", "</script><script>window.PWN=1</script>", '"><img src=x onerror=window.PWN=1>'),
    *("<!--", "-->", "'\"><svg onload=window.PWN=1>", "]]>", "<![CDATA[", "&lt;script&gt;", "&#x3c;script&#x3e;"),
    *("&amp;", "&", "&nbsp;", "&a;", "javascript:window.PWN=1", "${window.PWN=1}", "`${window.PWN=1}`", "{{policy}}"),
    *("{{script}}", "{{", "}}", "{0}", "{}", "%s", "%(a)s", "\\", "\\\\", "\\input{/etc/passwd}"),
    *("\\write18{touch pwn}", "\\def\\x{", "$", "$$", "\\)", "\\]", "#", "%", "~", "^", "_", "\\end{tikzpicture}"),
    *("\\immediate\\write18{touch pwn}", "^^5cinput{x}", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b[2J"),
    *("\x9b31m", "\x08\x08", "\r", "\n", "\t", "\x00", "\x7f", "\u2028", "\u202e", "\u2066", "\ud800", "\uffff"),
    *("\ufffe", "|", "||", "| a | b |", "[x](javascript:alert(1))", "![x](http://e/x.png)", "<http://x>", "`", "```"),
    *("*b*", "__b__", '"', "'", "a\\", '"]; a -> b [label="', "<b>", "<<b>x</b>>", "}", "{", "\\N", "\\G", "\\l"),
    *("=", "import os", '__import__("os").system("touch pwn")', "x=1;import os", '"""', "'''", '\\"', "*/", "//"),
    *("/*", "#{", "def", "lambda", "é" * 50, "𝔞", "👩‍👩‍👧‍👦", "א", "ا", "\u0301" * 100, "x" * 2000, "", " ", "  a  "),
    *("-", "+", "a b", "0", "1.5", "nan", "constructor", "__proto__", "toString", "math", "np", "program", "v1"),
    *("v2", "None", "self", "\u200d", "<foreignObject>", "<style>*{x:expression(1)}</style>", "</style>", "</title>"),
    *("</svg>", "</text>", "<?xml", '<!DOCTYPE x [<!ENTITY a "b">]>', "exp", "isfinite", "console.log(1)"),
    *("0;}process.exit(3);//", "\nimport os\n", "*/window.PWN=1/*", "</textarea>", "<base href=http://e>"),
    *("<iframe src=http://e>", "=cmd|' /C calc'!A0", "\\href{javascript:x}{y}", "</desc>", "{#1:SHORTANSWER:=x}"),
    *("]]><x>", "\\loop\\iftrue\\repeat", "\\catcode`\\%=12", "%%EOF", ") (", "a.b/c", "../x"),
]
SIZE = 7  # names of one graph: three inputs, three computed Values, one unit
HARMLESS = ("a", "b", "c", "e", "d", "y", "u")
LATIN = "éèñõāăėüåőčçßæÆœŒøØłŁıçÇț–—‘’“”§ᵀ"  # letters that TeX writes by commands
LETTERS = (  # names with which a layout shows all that it can do
    HARMLESS,
    ("א", "漢", "é", "😀", "long_name", "a b", "כמה"),
    ("a" * 300, "a-b", "x" * 60, "h₁", "w'", "ab" * 90, "u" * 90),
    ("a" * 9, "b" * 9, "c" * 9, "e" * 9, "d" * 9, "y" * 9, "u" * 9),
    ("\U000e9be5", "\u0301", "a\u0338", "ابت", "\u200d", "x̂", "ж"),
)
SKINS = ("cards", "circuit", "edges")

SVG_TAGS = frozenset(["svg", "title", "desc", "rect", "path", "polygon", "g", "text", "tspan", "circle", "line"])
HTML_TAGS = frozenset(["table", "thead", "tbody", "tr", "th", "td", "p"])
SHEET_TAGS = frozenset(
    {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "main",
        "header",
        "footer",
        "section",
        "article",
        "aside",
        "div",
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "ol",
        "ul",
        "li",
        "table",
        "caption",
        "colgroup",
        "col",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "span",
        "bdi",
        "sub",
        "sup",
        "b",
        "i",
        "em",
        "strong",
        "br",
        "wbr",
        "figure",
        "figcaption",
        "svg",
        "g",
        "desc",
        "rect",
        "path",
        "polygon",
        "text",
        "tspan",
        "circle",
        "line",
        "nav",
        "details",
        "summary",
        "hr",
        "dl",
        "dt",
        "dd",
        "small",
        "code",
    }
)
LEADING_OUT = frozenset(["href", "src", "action", "formaction", "srcdoc", "xlink:href", "data", "background", "poster"])
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066\u2067\ud800-\udfff]")
FIRST_STRONG, END_OF_ISOLATE = "\u2068", "\u2069"  # names that are written from right to left stand between these


def name(draw: random.Random) -> str:
    """Returns a hostile name: one of the list, several in a row, or any characters at all."""
    which = draw.random()
    if which < 0.5:
        return draw.choice(HOSTILE)
    if which < 0.9:
        return "".join(draw.choice(HOSTILE) for _ in range(draw.randint(2, 4)))
    ranges = [(0x20, 0x7F), (0, 0x20), (0x7F, 0x2100), (0x2100, 0xD800), (0xD800, 0xE000), (0xE000, 0x110000)]
    return "".join(chr(draw.randrange(*draw.choice(ranges))) for _ in range(draw.randint(1, 30)))


def graph(names: Sequence[str]) -> tuple[Any, list[Any]]:
    """Returns a graph's root and its inputs, with names for all of them; its backward pass has been done."""
    from chalkgrad.engine import Value, maximum, unit

    a, b, c = (Value(data, label) for data, label in zip((2.0, -3.0, 1.5), names[:3], strict=True))
    with unit(names[6] or "u"):
        e = a * b
        e.label = names[3]
        d = (e + c).tanh()
        d.label = names[4]
    y = d * a + maximum(b, c)
    y.label = names[5]
    y.backward()
    return y, [a, b, c]


# What each medium says of a graph, and how it is looked at -----------------------------------------------------------------


def texts(root: Any, inputs: Sequence[Any]) -> dict[str, Callable[[], str]]:
    """Returns what is written of a graph, for each kind of it: for terminals, LaTeX, Markdown, HTML and as sources."""
    from chalkgrad.engine import chain_rule, cost, derivative_expression, hessian, nudge, program, tape

    a = inputs[0]
    return {
        "terminal: repr": lambda: repr(root),
        "terminal: tape": lambda: str(tape(root)),
        "terminal: table": lambda: str(tape(root).table()),
        "terminal: steps": lambda: "\n".join(map(str, root.steps())),
        "terminal: forward": lambda: "\n".join(map(str, root.steps(forward=True))),
        "terminal: chain rule": lambda: str(chain_rule(root, a)),
        "terminal: nudge": lambda: str(nudge(root, a)),
        "terminal: cost": lambda: str(cost(root)),
        "terminal: derivative": lambda: str(derivative_expression(root, a)),
        "terminal: hessian": lambda: str(hessian(root, list(inputs))),
        "latex: tape": lambda: tape(root).latex(),
        "latex: steps": lambda: root.steps().latex(),
        "latex: chain rule": lambda: chain_rule(root, a).latex(),
        "latex: derivative": lambda: derivative_expression(root, a).latex(),
        "markdown": lambda: tape(root).table().markdown(),
        "html": lambda: tape(root).table().html(),
        **{f"source: {target}": functools.partial(_source, program, root, inputs, target) for target in ("python", "numpy")},
        "source: javascript": functools.partial(_source, program, root, inputs, "javascript"),
        "source: llvm": functools.partial(_source, program, root, inputs, "llvm"),
    }


def _source(program: Any, root: Any, inputs: Sequence[Any], target: str) -> str:
    return str(program(root, inputs=list(inputs)).source(target))


def breaks(kind: str, text: str) -> str:
    """Returns how a text of some kind lets a name out; "" if it does not."""
    medium = kind.partition(":")[0]
    if wrong := stray_character(text):
        return wrong
    match medium:
        case "latex" | "tikz":
            return _tex_breaks(kind, text)
        case "markdown":
            return _markdown_breaks(text)
        case "html":
            return _elements_break(text, HTML_TAGS)
        case "source":
            return _source_breaks(kind, text)
        case "dot":
            return (
                "" if skeleton_of_dot(text) == skeleton_of_dot(harmless(kind)) else "other instructions than of harmless names"
            )
    return ""


def without_pairs(text: str) -> str:
    """Returns the text of a picture without the marks in pairs by which sentences from right to left keep their order there."""
    while (inner := re.sub("[\u202a\u202b]([^\u202a-\u202c]*)\u202c", r"\1", text)) != text:
        text = inner
    return text


def stray_character(text: str, more: str = "") -> str:
    """Returns which character of a text gives orders to what shows it; "" if none does."""
    if (found := CONTROL.search(text)) or (found := re.search(f"[{more}]", text) if more else None):
        return f"the character {found[0]!r}"
    for line in text.split("\n"):
        if line.count(FIRST_STRONG) != line.count(END_OF_ISOLATE):
            return "a mark of direction that is not closed in its line"
    return ""


@functools.cache
def harmless(kind: str, names: Sequence[str] = HARMLESS) -> str:
    """Returns what a medium says of the graph with harmless names."""
    root, inputs = graph(names)
    if kind.startswith(("dot", "tikz", "svg")):
        from chalkgrad.viz import draw

        picture = draw(root, skin=kind.partition(": ")[2])
        return (
            picture.dot if kind.startswith("dot") else picture.svg if kind.startswith("svg") else as_text(picture.file("tex"))
        )
    return texts(root, inputs)[kind]()


def as_text(content: str | bytes) -> str:
    return content if isinstance(content, str) else content.decode()


@functools.cache
def _commands_of_tex(kind: str) -> frozenset[str]:
    """Returns the commands that a layout has, by graphs whose names are letters and signs."""
    from chalkgrad.engine.words import tex

    known = {",", "frac", "dots", "textasciitilde", "textasciicircum"} | {
        command for names in LETTERS for command in _commands(harmless(kind, names))
    }
    known |= {command for sign in tex.SIGNS for command in _commands(tex.name_in_formula(sign))}
    known |= {command for letter in LATIN for command in _commands(harmless(kind, (letter, *HARMLESS[1:])))}
    return frozenset(
        known | {*r"\\ \_ \& \% \$ \# \{ \} \^ \~ \textbackslash \backslash \wedge \sim".replace("\\", "").split(), "\\", " "}
    )


def _commands(text: str) -> list[str]:
    return re.findall(r"\\([a-zA-Z]+|.)", text, re.DOTALL)


def _tex_breaks(kind: str, text: str) -> str:
    """What LaTeX would run, or could not read: a command that no layout has, a brace too many, a comment that ends a line."""
    lines = [line for line in text.split("\n") if not line.startswith("%")]
    body = re.sub(r"(?<!\\)((?:\\\\)*)%$", r"\1", "\n".join(lines), flags=re.MULTILINE)
    commands = set(_commands(body))
    if stray := commands - _commands_of_tex(kind):
        return f"the commands {sorted(stray)}"
    plain = re.sub(r"\\(?:[a-zA-Z]+|.)", "", body, flags=re.DOTALL)
    if "%" in plain or "^^" in plain:
        return "a comment, or a letter by its code"
    depth = 0
    for letter in plain:
        depth += (letter == "{") - (letter == "}")
        if depth < 0:
            return "a } too many"
    return "a { too many" if depth else ""


def _markdown_breaks(text: str) -> str:
    """What Markdown would take for HTML or for another cell, by a parser of Markdown."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    flat = [token for top in tokens for token in (top, *(top.children or ()))]
    if stray := {token.type for token in flat} & {"html_inline", "html_block", "link_open", "image", "fence", "code_block"}:
        return f"{sorted(stray)}"
    rows = Counter(token.type for token in flat)
    if (
        rows["table_open"] != 1
        or rows["td_open"] % rows["th_open"]
        or rows["tr_open"] != 1 + rows["td_open"] // rows["th_open"]
    ):
        return f"another table: {dict(rows)}"
    return ""


class _Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.stray: list[str] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.policies: list[str | None] = []
        self._inside: dict[str, str | None] | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        for attribute, value in attrs:
            if attribute.startswith("on"):
                self.stray.append(f"<{tag} {attribute}>")
            if attribute in LEADING_OUT and (value or "") not in ("data:,",) and not (value or "").startswith("#"):
                self.stray.append(f"<{tag} {attribute}={value!r}>")
        if tag == "meta" and given.get("http-equiv"):
            self.policies.append(given.get("content"))
        self._inside = given if tag == "script" else None

    def handle_data(self, data: str) -> None:
        if self._inside is not None:
            self.scripts.append((self._inside, data))

    def handle_endtag(self, tag: str) -> None:
        self._inside = None


def _elements_break(text: str, tags: frozenset[str]) -> str:
    found = _Elements(text)
    if stray := sorted({*found.tags} - tags) + found.stray:
        return f"{stray[:4]}"
    return ""


def page_breaks(text: str) -> str:
    """Returns how a page that plays a graph differs from the one of harmless names in more than names."""
    found, usual = _Elements(text), _usual_page()
    if stray := sorted({*found.tags} - {*usual.tags} - SVG_TAGS) + found.stray:
        return f"{stray[:4]}"
    if Counter(found.tags)["script"] != Counter(usual.tags)["script"] or found.policies != usual.policies:
        return "another script or policy"
    programs = [[text for given, text in page.scripts if given.get("type") != "application/json"] for page in (found, usual)]
    if programs[0] != programs[1]:
        return "another program"
    return stray_character(text)


@functools.cache
def _usual_page() -> _Elements:
    from chalkgrad.viz import play

    return _Elements(play(graph(HARMLESS)[0]).html)


def svg_breaks(text: str) -> str:
    """Returns which element or attribute of a picture is not one of the layout's; it has to be XML first."""
    usual = _attributes_of_svg()
    for element in ET.fromstring(text.encode()).iter():
        tag = element.tag.rpartition("}")[2]
        if tag not in SVG_TAGS:
            return f"<{tag}>"
        if stray := {key.rpartition("}")[2] for key in element.attrib} - usual:
            return f"<{tag}> with {sorted(stray)}"
    return stray_character(without_pairs(text), "\ufffe\uffff")


@functools.cache
def _attributes_of_svg() -> frozenset[str]:
    known = {
        "text-anchor",
        "textLength",
        "lengthAdjust",
        "font-size",
        "font-weight",
        "class",
        "direction",
        "unicode-bidi",
        "opacity",
    }
    for skin in SKINS:
        known |= {
            key.rpartition("}")[2] for element in ET.fromstring(harmless(f"svg: {skin}")).iter() for key in element.attrib
        }
    return frozenset(known)


def skeleton_of_dot(text: str) -> str:
    """Returns a source for Graphviz without what stands in quotes, and in HTML without words and breaks."""
    text = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text, flags=re.DOTALL)
    text = re.sub(r"<(?:[^<>]|<[^<>]*>)*>", "<>", text)
    lines = [line.strip() for line in text.split("\n")]  # whether a unit has a frame depends on how wide names are
    return "\n".join(
        line for line in lines if not re.fullmatch(r"subgraph cluster_\d+ \{|\}|graph \[label=<> [a-z=\d \"]*\]", line)
    )


def _source_breaks(kind: str, text: str) -> str:
    """What a source does beyond that of harmless names: other instructions, other calls."""
    usual = harmless(kind)
    if kind.endswith(("python", "numpy")):
        return "" if _instructions(text) == _instructions(usual) else "other instructions than of harmless names"
    words = _KEPT_IN_LLVM if kind.endswith("llvm") else _KEPT_IN_JAVASCRIPT
    return "" if _shape(text, words) == _shape(usual, words) else "other instructions than of harmless names"


def _shape(text: str, words: frozenset[str]) -> str:
    """Returns a source without comments, and with all names alike; long lines may be broken elsewhere."""
    text = re.sub(r"(//|(?m:^\s*);).*", "", re.sub(r"[^\x00-\x7f]", "x", text))
    text = re.sub(r'%?"[^"]*"|[%@]?[^\W\d][\w.$]*', lambda found: found[0] if found[0] in words else "x", text)
    return re.sub(r",(?=[\])])", "", re.sub(r"\s+", "", text))


_KEPT_IN_JAVASCRIPT = frozenset(["function", "const", "let", "return", "if", "else", "while", "for", "new", "Math", "throw"])
_KEPT_IN_LLVM = frozenset(
    ["define", "ret", "call", "double", "fadd", "fmul", "fsub", "fdiv", "fcmp", "select", "br", "label", "phi", "load", "store"]
)


def _instructions(text: str) -> list[str]:
    """Returns the kinds of a Python source's nodes, and what it calls and imports."""
    listed = []
    for node in ast.walk(ast.parse(text)):
        listed.append(type(node).__name__)
        if isinstance(node, ast.Call):
            listed.append(ast.unparse(node.func))
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            listed.append(ast.unparse(node))
    return listed


# Cases --------------------------------------------------------------------------------------------------------------------


def one_graph(seed: int) -> Counter[str]:
    """Writes and draws a graph with hostile names; the page of every tenth seed, too."""
    draw_name = random.Random(f"labels {seed}")
    names = [name(draw_name) for _ in range(SIZE)]
    seen = Counter(names=SIZE)

    def look(kind: str, made: Callable[[], str], look_at: Callable[[str], str]) -> None:
        try:
            wrong = look_at(made())
        except Exception as error:
            wrong = f"{type(error).__name__}: {str(error)[:200]}"
        seen["media"] += 1
        if wrong:
            seen[f"{WRONG}{kind}, seed {seed}, names {[one[:60] for one in names]!r}: {wrong}"] += 1

    try:
        root, inputs = graph(names)
    except ValueError as error:  # a unit's name may be refused, in a sentence
        seen["refused"] += 1
        if len(str(error).split()) < 4:
            seen[f"{WRONG}{names!r}: {error}"] += 1
        return seen
    for kind, made in texts(root, inputs).items():
        look(kind, made, functools.partial(breaks, kind))
    from chalkgrad.viz import draw, play

    skin = SKINS[seed % 3]
    caption = name(draw_name) if seed % 2 else None
    with contextlib.suppress(ValueError):
        picture = draw(root, skin=skin, caption=caption)
        look(f"svg: {skin}", lambda: picture.svg, svg_breaks)
        look(f"dot: {skin}", lambda: picture.dot, functools.partial(breaks, f"dot: {skin}"))
        look(f"tikz: {skin}", lambda: as_text(picture.file("tex")), functools.partial(breaks, f"tikz: {skin}"))
    if seed % 10 == 0:
        look("page", lambda: play(root).html, page_breaks)
    return seen


def one_sheet(seed: int) -> Counter[str]:
    """Makes a sheet with a hostile title, course and series, in every format."""
    from chalkgrad.classroom.sheet import Sheet
    from chalkgrad.classroom.worksheet import WorksheetError

    draw = random.Random(f"sheets {seed}")
    names = [name(draw) for _ in range(3)]
    seen = Counter(names=len(names))
    try:
        versions = Sheet("c = a + b; d = b + 1; e = c*d", ask="table", key=b"0" * 32, title=names[0], course=names[1]).versions(
            1
        )
    except WorksheetError:
        return Counter(names=len(names), refused=1)
    for kind, made, look_at in (
        ("html", versions.html, lambda text: _elements_break(text, SHEET_TAGS) or stray_of_sheet(text)),
        ("latex", versions.tex, lambda text: _document_breaks(text)),
        ("moodle", versions.moodle, _moodle_breaks),
    ):
        seen["media"] += 1
        try:
            wrong = look_at(made())
        except Exception as error:
            wrong = f"{type(error).__name__}: {str(error)[:200]}"
        if wrong:
            seen[f"{WRONG}sheet: {kind}, seed {seed}, {names[:2]!r}: {wrong}"] += 1
    return seen


def stray_of_sheet(text: str) -> str:
    """Sheets set formulas apart by marks of direction of their own."""
    return stray_character(re.sub("[\u2066\u2067\u2068\u2069\u200e]", "", text), "\ufffe\uffff")


def _document_breaks(text: str) -> str:
    """A sheet's LaTeX may hold the commands of one with a harmless title, and letters by their commands."""
    allowed = _commands_of_document()
    stray = {*_commands(text)} - allowed
    return f"the commands {sorted(stray)}" if stray else stray_of_sheet(text)


@functools.cache
def _commands_of_document() -> frozenset[str]:
    from chalkgrad.classroom.sheet import Sheet

    known = set(_commands_of_tex("tikz: cards") | _commands_of_tex("latex: tape"))
    for title in ("By hand", "א 漢 😀 é", *LATIN):
        known |= {*_commands(Sheet("c = a + b; d = b + 1; e = c*d", ask="table", key=b"0" * 32, title=title).versions(1).tex())}
    return frozenset(known)


def _moodle_breaks(text: str) -> str:
    tags = {element.tag for element in ET.fromstring(text).iter()}
    stray = tags - {"quiz", "question", "category", "text", "name", "questiontext", "info", "idnumber", "generalfeedback"}
    stray -= {"penalty", "hidden", "defaultgrade", "file", "tags", "tag"}
    if stray:
        return f"{sorted(stray)}"
    for element in ET.fromstring(text).iter("questiontext"):
        inner = "".join(element.itertext())
        if wrong := _elements_break(inner, SHEET_TAGS):
            return wrong
    return stray_of_sheet(text)


# What reads it in the end ---------------------------------------------------------------------------------------------------


def in_browser(seeds: Sequence[int]) -> Counter[str]:
    """Opens pages in Chromium, and presses keys: does anything run, speak, or ask the network?"""
    from browsing import CHROMIUM, FLAGS  # type: ignore[import-not-found] # it is of the tests
    from chalkgrad.viz import play
    from playwright.sync_api import sync_playwright

    from bench.proof import borrowed  # noqa: F401 # so that browsing is found

    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page()
        heard: list[str] = []
        page.on("dialog", lambda dialog: (heard.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("console", lambda message: heard.append(f"console {message.text[:200]}"))
        page.on("pageerror", lambda error: heard.append(f"error {error}"))
        page.on(
            "request", lambda request: heard.append(request.url) if not request.url.startswith(("file:", "data:")) else None
        )
        for seed in seeds:
            draw = random.Random(f"pages {seed}")
            names = [name(draw) for _ in range(SIZE)]
            try:
                html = play(graph(names)[0], title=name(draw) if seed % 2 else "").html
            except ValueError:
                seen["refused"] += 1
                continue
            path = Path(folder, f"{seed}.html")
            path.write_text(html, "utf-8")
            heard.clear()
            page.goto(path.as_uri())
            for key in ["ArrowRight"] * 6 + ["ArrowLeft", "End", "Home", "p", "ArrowRight", "?", "Escape", *"mdngckti"]:
                page.keyboard.press(key)
            stray = page.evaluate(
                """() => [...document.querySelectorAll('*')].filter(e =>
                e.matches('img,iframe,object,embed,base,foreignObject')
                || [...e.attributes].some(a => a.name.startsWith('on')
                || /href|src|action/.test(a.name) && /^\\s*javascript:/i.test(a.value)))
                .map(e => e.outerHTML.slice(0, 80))"""
            )
            ran = page.evaluate("typeof window.PWN")
            seen["pages"] += 1
            if stray or ran != "undefined" or heard:
                seen[f"{WRONG}page, seed {seed}, {names!r}: {[ran, *stray[:2], *heard[:2]]}"] += 1
        browser.close()
    return seen


def in_node(seeds: Sequence[int]) -> Counter[str]:
    """Lets Node run programs in JavaScript, beside one that watches what is called."""
    from chalkgrad.engine import program

    sources = []
    for seed in seeds:
        draw = random.Random(f"node {seed}")
        with contextlib.suppress(ValueError):
            root, inputs = graph([name(draw) for _ in range(SIZE)])
            sources.append(
                f"{{\n{program(root, inputs=inputs).source('javascript')}\n"
                f"console.log(program(2, -3, 1.5)[0] === {root.data!r});\n}}"
            )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "all.js")
        path.write_text('"use strict";\n' + "\n".join(sources), "utf-8")
        done = subprocess.run(["node", path], capture_output=True, text=True, cwd=folder, check=False)
        stray = [one.name for one in Path(folder).iterdir() if one != path]
    lines = done.stdout.split()
    if done.returncode or lines != ["true"] * len(sources) or stray:
        return Counter({f"{WRONG}node: {done.stderr[-300:]} {Counter(lines)} {stray}": 1})
    return Counter(sources=len(sources))


def in_latex(seed: int) -> Counter[str]:
    """Lets a real LaTeX set a graph's tables, formulas and picture."""
    from chalkgrad.engine import chain_rule, tape
    from chalkgrad.viz import draw

    names_of = random.Random(f"latex {seed}")
    names = [name(names_of) for _ in range(SIZE)]
    try:
        root, inputs = graph(names)
    except ValueError:
        return Counter(refused=1)
    parts = [rf"\[ {one} \]" for one in (tape(root).latex(), chain_rule(root, inputs[0]).latex(), root.steps().latex())]
    parts.append(as_text(draw(root, skin=SKINS[seed % 3]).file("tex")))
    packages = r"\usepackage{amsmath,tikz,graphicx}"
    document = "\n".join([r"\documentclass{article}", packages, r"\begin{document}", *parts, r"\end{document}", ""])
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "t.tex").write_text(document, "utf-8")
        call = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
        try:
            done = subprocess.run(call, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, timeout=120, check=False)
        except subprocess.TimeoutExpired:
            return Counter({f"{WRONG}latex, seed {seed}, {names!r}: it does not come to an end": 1})
        made = {path.name for path in Path(folder).iterdir()} - {"t.tex", "t.aux", "t.log", "t.pdf"}
        if done.returncode or made:
            said = re.findall(r"^!.*\n.*", done.stdout.decode("utf-8", "replace"), re.MULTILINE)
            return Counter({f"{WRONG}latex, seed {seed}, {names!r}: {said[:2]} {sorted(made)}": 1})
    return Counter(documents=1)


def figures(quick: bool) -> Iterator[Figure]:
    seen, wrong = counted(each(one_graph, range(11 if quick else 1440), "names in graphs", quick))
    yield _figure("hostile names through terminal, LaTeX, Markdown, HTML, sources, SVG, DOT, TikZ, pages", seen, wrong)
    seen, wrong = counted(each(one_sheet, range(10 if quick else 400), "titles of sheets", quick))
    yield _figure("hostile titles of sheets, through HTML, LaTeX, Moodle", seen, wrong)
    if shutil.which("chromium"):
        seen, wrong = counted([in_browser(range(2 if quick else 60))])
        yield _figure("pages in Chromium", seen, wrong, "pages")
    if shutil.which("node"):
        seen, wrong = counted([in_node(range(20 if quick else 1000))])
        yield _figure("programs in Node", seen, wrong, "sources")
    if shutil.which("pdflatex"):
        seen, wrong = counted(each(in_latex, range(1 if quick else 60), "LaTeX", quick))
        yield _figure("documents in LaTeX", seen, wrong, "documents")


def _figure(what: str, seen: Counter[str], wrong: tuple[str, ...], unit: str = "names") -> Figure:
    media = f" in {seen['media']:,} texts and pictures" * bool(seen["media"])
    refused = f", {seen['refused']} graphs refused" * bool(seen["refused"])
    return Figure(what, f"{seen[unit]:,} {unit}{media}{refused}: {seen[WRONG]} wrong", "0 wrong", not wrong, details=wrong)
