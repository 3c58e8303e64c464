"""The languages: each has the words that English has, and no file that writes for students has words of its own."""

import copy
import json
import re
from functools import cache
from pathlib import Path
from string import Formatter

import chalkgrad.engine
import chalkgrad.viz
import pytest
from chalkgrad.engine import Value, log
from chalkgrad.engine.words import language
from chalkgrad.engine.words.language import counted, section
from chalkgrad.nn import MLP, Network, Neuron
from chalkgrad.viz import diagram, draw, play
from chalkgrad.viz.drawing.graph import picture_of
from processes import python
from sentences import SENTENCE, sentences

LANGUAGES = {path.stem: json.loads(path.read_text("utf-8")) for path in Path(language.__file__).parent.glob("*.json")}
ENGLISH = LANGUAGES["en"]

# The folders whose files write for students.
HOUSE = {"engine": Path(chalkgrad.engine.__file__).parent, "viz": Path(chalkgrad.viz.__file__).parent}
FOLDERS = ("engine/checking", "engine/explaining", "engine/stepping", "engine/words", "viz")

# Files of error messages, which are the same in every language.
ERRORS = ("engine/words/failures.py",)

# Tags of HTML and SVG, begun or ended by another text, too: what stands in them is not read.
MARKUP = re.compile(r"""^[^<>]*"/?>|<[^<>]*(?:>|$)""")

# Texts that look like sentences: why they are none, and how each begins. A folder stands for each file in it.
NOT_SENTENCES = {
    "engine/stepping/cursor.py": (
        "advice in an error",
        [
            "step() goes",
            "back() goes",
            "print(steps) shows",
            "run_to(",
            "ask() asks",
            "goto(i) goes",
            "run() goes",
            "reset() starts",
            "draw(L, highlight",
            "play(L) makes",
            "table() shows",
        ],
    ),
    "engine/stepping/tape.py": ("advice in an error", ["print(tape) shows", "its root has", "draw(L) draws", "() writes it"]),
    "engine/words/other_names.py": (
        "formulas, in an error",
        ["exp(a)/total", "the formula itself", "the name alone", "the number itself"],
    ),
    "engine/words/tex.py": ("LaTeX", ["\\def\\cgframed"]),
    "engine/words/write_operators.py": ("docstrings that it writes", [" for each element", "Raises DomainError outside"]),
    "viz/drawing/digraph.py": ("what an error names", ["the drawing"]),
    "viz/formats/pdf.py": ("PDF", ["/CIDInit /ProcSet", "endcmap CMapName"]),
    "viz/formats/raster.py": ("DOT", ["style=invis"]),
    "viz/layout/javascript.py": (
        "JavaScript, and a note like an error",
        ["(address) => import", "there is no JavaScript Graphviz at "],
    ),
    "viz/formats/tikz.py": (
        "LaTeX and TikZ",
        [
            "\\def\\cgframed",
            "pt)}%\n\\scalebox",
            "dash pattern=on ",
            "base west",
            "base east",
            ", fill opacity=.8",
            ", line width=",
            "line width=",
            "rounded corners=",
        ],
    ),
    "viz/layout/dot.py": ("DOT", ["\tnode [shape=", "shape=ellipse", "shape=circle", "subgraph cluster_"]),
    "viz/letters/fonts.py": ("a list of fonts", ["Arial, Helvetica"]),
    "viz/drawing/drawing.py": ("what an error calls a file", ["the drawing"]),
    "viz/drawing/frames.py": ("what an error calls a file", ["the drawing"]),
    "viz/page/document.py": ("what an error calls a file", ["the drawing"]),
    "viz/page": (
        "JavaScript, classes of SVG, a content security policy and CSS",
        [
            "const p = [], t = [], f = [];",
            "const called = {",
            "const curves = ",
            "function evaluate(v) {\n    return",
            "function evaluate(v) {",
            "function computeUnits(v, x, n, kept) {",
            "let reason = 0",
            "return {p, t, f,",
            ", reason, numbers);",
            'class="card leaf input ',
            "grad most",
            "wrong gradients",
            "note legend of-",
            "name above",
            "@media print",
        ],
    ),
    "viz/__init__.py": (
        "advice in an error",
        ["draw(L) shows", "draw(L) draws", "plot_losses(history)", "prompt(L) steps"],
    ),
    "viz/plots/axes.py": ("options of matplotlib", ["offset points", "axes fraction", "upper left"]),
    "viz/plots/figures.py": ("what an error calls a file", ["the drawing"]),
    "viz/plots/plots.py": ("options of matplotlib", ["offset points", "axes fraction"]),
}


# What differs ---------------------------------------------------------------------------------------------------------


def forms(template):
    return {"other": template} if isinstance(template, str) else template


def blanks(template):
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def differences(english, other):
    """What a language lacks or has beyond English, and which of its templates have other blanks, in sentences."""
    if missing := english.keys() ^ other.keys():
        yield f"sections: {sorted(missing)}"
    for name in english.keys() & other.keys() - {"plural"}:
        if missing := english[name].keys() ^ other[name].keys():
            yield f"keys of {name}: {sorted(missing)}"
        for key in english[name].keys() & other[name].keys():
            ours, theirs = forms(english[name][key]), forms(other[name][key])
            if "other" not in theirs:
                yield f"{name}, {key}: the form other is missing"
            known = set.union(*map(blanks, ours.values()))
            for form, template in theirs.items():
                needed = blanks(ours.get(form, ours["other"])) if form == "other" else set()
                if not needed <= blanks(template) <= known:
                    yield f"{name}, {key}, {form}: the blanks are {sorted(known)}"


# What is English in every language: what is said in errors alone, and comments in TeX files, which are ASCII.
ERRORS_ALONE = {"symbolic": ["too long", "advice", "last advice", "last advice of higher order"]}
COMMENTS = {"tables": ["columns left out"], "drawings": ["how to input", "which font"]}
STAYS_ENGLISH = ERRORS_ALONE | COMMENTS


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_has_the_keys_and_the_blanks_of_english(code):
    stays = {} if code == "en" else STAYS_ENGLISH
    english = {
        name: {key: template for key, template in texts.items() if key not in stays.get(name, ())}
        for name, texts in ENGLISH.items()
    }
    assert list(differences(english, LANGUAGES[code])) == []


def test_what_stays_english_is_there():
    assert [name for name, keys in STAYS_ENGLISH.items() if not ENGLISH[name].keys() >= set(keys)] == []


@pytest.mark.parametrize("name", [name for name in LANGUAGES["he"] if name not in ("plural", "language", "ordinals")])
def test_what_hebrew_says_is_hebrew(name):
    """Where English has a word of two letters or more, other than a name or a key, Hebrew has letters of its own."""
    said = LANGUAGES["he"][name]
    for key in ENGLISH[name].keys() & said.keys():
        english = " ".join(forms(ENGLISH[name][key]).values())
        if (name, key) not in CODE and re.search(r"[a-z]{2}", KEPT.sub("", re.sub(r"\{.*?\}", "", english))):
            assert re.search("[\u05d0-\u05ea]", " ".join(forms(said[key]).values())), (name, key)


# What is a name, or a line of code, in every language.
CODE = {
    ("computed by", "numpy"),
    ("computed by", "python"),
    ("feedback", "identifier"),
    ("feedback", "level 1"),
    ("feedback", "level 10"),
    ("found matrices", "representation"),
    ("grading", "pass"),
    ("grading tests", "parameters"),
    ("training", "numpy"),
    ("training", "python"),
}
KEPT = re.compile(r"\b(?:Value|display|zero_grad|grad|data|Page Down|Page Up|Home|End|Tab|Enter|Esc|Ctrl|tanh|softmax)\b")


@pytest.mark.parametrize(
    ("section_name", "key", "template", "said"),
    [
        ("page", "back", None, "keys of page: ['back']"),
        ("counts", "edge", {"one": "{count} Kante"}, "counts, edge: the form other is missing"),
        ("counts", "edge", "{number} Kanten", "counts, edge, other: the blanks are ['count']"),
        ("values", "stale", "{value}, {what}", "values, stale, other: the blanks are ['value']"),
        ("values", "step", "{name}", "values, step, other: the blanks are ['expression', 'name', 'pad', 'position', 'reason']"),
    ],
)
def test_a_language_with_a_key_or_a_blank_too_few_or_too_many_is_found(section_name, key, template, said):
    other = copy.deepcopy(ENGLISH)
    if template is None:
        del other[section_name][key]
    else:
        other[section_name][key] = template
    assert list(differences(ENGLISH, other)) == [said]


def test_a_language_may_have_forms_that_english_has_not():
    other = copy.deepcopy(ENGLISH)
    other["counts"]["edge"] = {"one": "jedna krawędź", "few": "{count} krawędzie", "other": "{count} krawędzi"}
    other["values"]["complete"] = {"feminine": "vollständige", "other": "vollständig"}
    assert list(differences(ENGLISH, other)) == []


def test_the_forms_of_english_are_those_of_its_plural():
    said = {form for texts in ENGLISH.values() for text in texts.values() if isinstance(text, dict) for form in text}
    assert said <= {*ENGLISH["plural"], "other"}


# Another language -----------------------------------------------------------------------------------------------------


@pytest.fixture
def made_up(tmp_path, monkeypatch):
    """A language in which every text is English with x for its letters, and whose page is read from right to left."""

    def crossed(template):
        if isinstance(template, dict):
            return {form: crossed(text) for form, text in template.items()}
        parts = Formatter().parse(template)
        return "".join(
            "".join("x" if c.isalpha() else c for c in text) + (f"{{{name}}}" if name else "") for text, name, *_ in parts
        )

    words = {
        name: texts if name == "plural" else {key: crossed(text) for key, text in texts.items()}
        for name, texts in ENGLISH.items()
    }
    words["language"] = {"code": "xx", "name": "xx", "direction": "rtl"}
    assert list(differences(ENGLISH, words)) == []
    read = language._read
    monkeypatch.setattr(language, "_read", lambda code: words if code == "xx" else read(code))
    there = language.languages()
    monkeypatch.setattr(language, "languages", lambda: [*there, "xx"])
    monkeypatch.setattr(language, "_current", ["xx"])


def swept():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    c = a * b
    e = c + a
    c.label, e.label = "c", "e"
    e.backward()
    return e


@pytest.mark.usefixtures("made_up")
def test_what_is_said_follows_the_language():
    assert counted(1200, "edge") == "1,200 xxxxx"
    assert section("slips")["sign"] == "xxx xxxx xx xxxxx, xxx xxxx xx xxx"


@pytest.mark.usefixtures("made_up")
def test_the_page_is_in_the_language_throughout():
    written = play(swept()).html
    assert written.startswith('<!DOCTYPE html>\n<html lang="xx" dir="rtl" data-theme="auto">')
    body = written.partition("<body>")[2].replace("&amp;", "&")
    markup = re.sub(r"<(script|style|svg)\b.*?</\1>", "", body, flags=re.DOTALL)
    said = re.findall(r">([^<>]+)<", markup) + re.findall(r'(?:title|aria-label)="([^"]*)"', markup)
    assert len(said) > 80
    assert [text for text in said if re.search(r"[A-Za-z]{2}", re.sub(r"\{.*?\}|x", "", text))] == []


def test_in_hebrew_no_page_spells_out_what_sets_its_formulas_apart():
    x = Value(2.0, "x")
    with language.speaking("he"):
        pages = [play(log(x) * x), play(MLP(2, [2, 1], "tanh", seed=0), data=([[0, 1], [1, 0], [1, 1]], [0, 1, 1]))]
    for page in pages:
        assert f'<p class="hint">{LANGUAGES["he"]["page"]["draft"]}</p>' in page.html
        assert "\\\\u2066" not in page.html
        assert "\\\\u2069" not in page.html


@pytest.mark.usefixtures("made_up")
def test_pictures_and_diagrams_are_in_the_language_throughout():
    e = swept()
    picture = picture_of([e], highlight="a")
    network = Network("a b", "c = f(a, b); d = g(a, c)", "tanh", seed=0)
    descriptions = [
        picture.description,
        *(diagram(network, [1, 2], path="a d", show="weights").scene.description.split()),
        *(diagram(MLP(20, [30, 2], seed=0), show="weights").scene.description.split()),
        *(diagram(Neuron(9, seed=0), [1] * 9).scene.description.split()),
        repr(draw(e)),
    ]
    assert set(re.findall(r"[A-Za-z]{2,}", " ".join(descriptions).replace("x", ""))) <= {"tanh", "linear", "relu", "svg"}


# The files that write -------------------------------------------------------------------------------------------------


def keys():
    return {key for texts in ENGLISH.values() for key in texts} | ENGLISH.keys()


@cache
def sentences_of(name):
    """The sentences of a file of the house, such as "viz/prompt.py", or of a folder's files, after their lines."""
    top, _, rest = name.partition("/")
    place = HOUSE[top] / rest
    files = [place] if place.suffix else sorted(place.glob("*.py"))
    found = [said for file in files for said in sentences(file.read_text("utf-8"))]
    return [(line, text) for line, text in found if SENTENCE.search(MARKUP.sub(" ", text))]


def own_sentences(name):
    """The sentences of a file that are neither keys of the languages nor among the exceptions."""
    allowed = tuple(text for place in (name, name.rpartition("/")[0]) for text in NOT_SENTENCES.get(place, ("", []))[1])
    return [
        f"{name}:{line}: {text!r}"
        for line, text in sentences_of(name)
        if not any(key.startswith(text) for key in keys()) and not text.startswith(allowed)
    ]


def files_of(folder):
    top, _, rest = folder.partition("/")
    return [path.relative_to(HOUSE[top]).as_posix() for path in sorted((HOUSE[top] / rest).rglob("*.py"))]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_file_that_writes_for_students_holds_a_sentence(folder):
    names = [f"{folder.partition('/')[0]}/{file}" for file in files_of(folder)]
    assert [said for name in names if name not in ERRORS for said in own_sentences(name)] == []


@pytest.mark.parametrize("name", NOT_SENTENCES)
def test_every_exception_is_still_needed(name):
    found = [text for _, text in sentences_of(name)]
    assert [beginning for beginning in NOT_SENTENCES[name][1] if not any(text.startswith(beginning) for text in found)] == []


def test_a_sentence_in_a_file_is_found():
    source = '''
TITLES = {"loss": "Loss of the model"}
def draw(count):
    """Draws a picture."""
    if count < 0:
        hint = "count from zero"
        raise ValueError(f"there is no such picture: {hint}")
    _checked(count, "the number of pictures")
    print(f"These are {count} pictures of it.", _refusal(count), TEMPLATES["to come"])
def _checked(count, what):
    if count > 9:
        raise ValueError(f"{what} is too large: " + _limit())
def _limit():
    return "there are nine at most"
def _refusal(count):
    return "It was not drawn"
'''
    assert [text for _, text in sentences(source) if text not in keys()] == [
        "Loss of the model",
        "It was not drawn",
        "These are ",
        " pictures of it.",
    ]


def test_a_language_that_there_is_not_is_named_once_and_english_is_spoken():
    script = """
        import warnings
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            from chalkgrad.engine import Value, log
        print(*[warning.message for warning in caught])
        print(repr(Value(2.0, "x")))
        """
    said, shown = python(script, CHALKGRAD_LANGUAGE="xx").splitlines()
    assert said == "CHALKGRAD_LANGUAGE: there is no language 'xx': choose one of 'en', 'he'; English is spoken"
    assert shown == "<Value x = 2, grad not computed>"


def test_what_a_language_lacks_is_said_in_english_with_the_forms_of_english(monkeypatch):
    monkeypatch.setattr(language, "_current", ["other"])
    files = {"en": {"plural": {"one": [1]}, "counts": ENGLISH["counts"]}, "other": {"plural": {"one": [0, 1, 21]}}}
    monkeypatch.setattr(language, "_read", files.__getitem__)
    assert language.counted(21, "edge") == "21 edges"
    with pytest.raises(KeyError, match="no language has the template 'nothing' of 'counts'"):
        language.section("counts")["nothing"]
