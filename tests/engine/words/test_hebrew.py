"""Sentences from right to left: every formula in them is set apart, from left to right, where the blanks are filled."""

import json
import re
from pathlib import Path
from string import Formatter

import pytest
from chalkgrad.engine import Value
from chalkgrad.engine.stepping.answers import check
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.stepping.wrong_answers import Gradients
from chalkgrad.engine.words import language
from chalkgrad.engine.words.language import section, speaking
from textbook import colah

FOLDER = Path(language.__file__).parent
FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.json")}
FROM_RIGHT = [code for code, file in FILES.items() if file.get("language", {}).get("direction") == "rtl"]
APART = re.compile("\u2066[^\u2066\u2069]*\u2069")
HEBREW = re.compile("[\u05d0-\u05ea]")
READ = [
    "tables",
    "mistakes",
    "mistaken",
    "what is taken",
    "what mends",
    "other engines",
    "tangents",
    "patterns",
    "chain",
    "symbolic",
    "cost",
    "nudge",
    "gradcheck",
    "four ways",
    "counts",
    "shown as",
    "stepping",
    "widget",
    "pictures",
    "folding",
    "slides",
    "drawings",
    "plots",
    "prompt",
    "networks",
    "examples",
]
WORDS = {"maybe", "perhaps", "said", "why", "one", "other", "nodes", "beside", "position"}  # sentences, or names in a list


def forms(template):
    return template.values() if isinstance(template, dict) else [template]


def sentences(code, read):
    """The section, the key and the text of every template of a language that is no part of a formula."""
    for name, texts in read.items():
        if name not in ("plural", "language", *language.FORMULAS):
            yield from ((name, key, text) for key, template in texts.items() for text in forms(template))


def blanks(template):
    return [name for _, name, _, _ in Formatter().parse(template) if name is not None]


def test_hebrew_is_read_from_right_to_left():
    assert "he" in FROM_RIGHT


@pytest.mark.parametrize("code", FROM_RIGHT)
def test_every_blank_is_set_apart_but_for_words(code):
    found = {(name, key): text for name, key, text in sentences(code, language._read(code))}
    written = {(name, key): text for name, key, text in sentences(code, FILES[code])}
    assert {key: sorted(blanks(text)) for key, text in found.items()} == {
        key: sorted(blanks(text)) for key, text in written.items()
    }
    for (name, key), text in found.items():
        assert sum(map(text.count, "\u2066\u2067\u2068")) == text.count("\u2069"), (name, key)
        bare = blanks(APART.sub("", text))
        marked = [blank for _, blank, _, kind in Formatter().parse(written[name, key]) if kind == "s"]
        assert sorted(bare) == sorted(marked), (name, key)


@pytest.mark.parametrize("name", ["slips", "asking", "lists"])
def test_latin_letters_and_signs_of_formulas_are_set_apart_in_hebrew_sentences(name):
    for key, text in language._read("he")[name].items():
        rest = re.sub(r"\{\w+\}", "", APART.sub("", text))
        assert not re.search("[A-Za-z=+·]", rest), (key, rest)
        assert set(blanks(APART.sub("", text))) <= WORDS


def test_words_in_a_line_of_a_formula_are_set_apart_from_right_to_left():
    assert language._read("he")["values"]["holds where"] == "{reason} \u2067כאשר\u2069 {test}"
    with speaking("he"):
        x = Value(3.0, "x")
        r = x.relu()
        r.label = "r"
        assert "∂r/∂x = 1 \u2067כאשר\u2069 x > 0" in str(r.tape())


# Lines of formulas, file names and what Python shows of an object: they begin on the left.
FROM_LEFT = {("mistaken", "update"), ("other engines", "representation"), ("pictures", "data"), ("shown as", "tape")}


@pytest.mark.parametrize("name", [name for name in FILES["he"] if name in READ])
def test_latin_letters_and_signs_of_formulas_are_set_apart_in_what_is_read(name):
    for key, template in language._read("he")[name].items():
        for text in forms(template):
            rest = re.sub(r"\{\w+[^}]*\}", "", APART.sub("", text))
            if (name, key) not in FROM_LEFT and not text.startswith("<"):
                assert not re.search("[A-Za-z=+·]", rest), (key, rest)


# What a text says in English, in one word of the lecture and not in others that mean the same.
TERMS = {
    r"backward pass": ("אחורה", "פעפוע|לאחור"),
    r"\bsamples?\b": ("דגימ|דגימה", "דוגמ"),
    r"\binputs?\b": ("כניס", "קלט"),
    r"\boutputs?\b": ("מוצא", "פלט"),
    r"\b(bias|biases)\b": ("היסט", "הטי"),
    r"\bweights?\b": ("משקל|משקולות", "משקלים"),
}


@pytest.mark.parametrize("term", TERMS)
def test_a_term_of_the_lecture_has_one_word_everywhere(term):
    ours, others = TERMS[term]
    english = {(name, key) for name, key, text in sentences("en", FILES["en"]) if re.search(term, text)}
    said = [text for name, key, text in sentences("he", FILES["he"]) if (name, key) in english]
    assert len([text for text in said if re.search(ours, text)]) >= 3
    assert [text for text in said if re.search(others, text)] == []


def test_blanks_that_are_set_apart_already_are_not_so_twice():
    texts = {"a": "אם \u2066{x} = 1\u2069 אז {y}, {z!s}", "b": {"one": "{n:,} א", "other": "ב"}}
    assert language._set_apart(texts, formula=False) == {
        "a": "אם \u2066{x} = 1\u2069 אז \u2066{y}\u2069, {z}",
        "b": {"one": "\u2066{n:,}\u2069 א", "other": "ב"},
    }
    assert language._set_apart("{x!s} {y}", formula=True) == "{x} {y}"


def test_a_slip_is_named_in_hebrew_with_its_formulas_from_left_to_right():
    with speaking("he"):
        assert str.__str__(check(colah(), {"b": "2"}, {})).startswith("\u2066b\u2069: אולי ספרתם רק את המסלול דרך c")
        assert str.__str__(check(colah(), {"b": "10"}, {})) == (
            "\u2066b\u2069: \u206610\u2069 הוא פי שניים מ־\u2066∂e/∂b\u2069: שני מעברים אחורה בלי "
            "\u2066zero_grad()\u2069 ביניהם מצטברים, או שיש 2 אחד מיותר"
        )
        assert str.__str__(check(colah(), {"b": "5"}, {})) == "\u2066b\u2069: נכון, \u2066∂e/∂b = 5\u2069"


def deep():
    x, w = Value(0.5, "x"), Value(-1.5, "w")
    h = (w * x + 1).tanh()
    s = h * h + h.exp()
    h.label, s.label = "h", "s"
    return s


@pytest.mark.parametrize("graph", [colah, deep])
def test_every_slip_of_a_graph_is_said_in_hebrew(graph):
    root = graph()
    gradients = Gradients(Sweep(root))
    numbers = {leaf: {f"{found.number:.9g}" for found in gradients.wrong(leaf)} for leaf in gradients.leaves}
    names = {name for node, name in gradients.sweep.names.items()}
    said = []
    with speaking("he"):
        for leaf, wrong in numbers.items():
            said += [str.__str__(check(root, {leaf: number}, {})) for number in sorted(wrong)]
    assert len(said) > 15
    for text in said:
        assert HEBREW.search(text), text
        rest = text
        while APART.search(rest):
            rest = APART.sub("", rest)
        assert set(re.findall("[A-Za-z]+[0-9]*", rest)) <= names, text


def test_what_is_said_in_hebrew_is_english_again_outside():
    with speaking("he"):
        assert section("slips")["sign"] == "הגודל נכון, הסימן לא"
    assert section("slips")["sign"] == "the size is right, the sign is not"
