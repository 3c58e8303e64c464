'''A worksheet as it is written down, in TOML: what stands on top, and the exercises with what is asked of them.

>>> sheet = read("""
... title = "Two paths"
... course = "Introduction to deep learning"
...
... [[exercise]]
... graph = "c = a + b; d = b + 1; e = c*d"
... inputs = { a = "-4..4 except 0", b = [1, 2, 3] }
... ask = ["table", "graph"]
... of = ["a", "b"]
... """)
>>> sheet.title, sheet.exercises[0].ask, sheet.exercises[0].inputs["b"]
('Two paths', ('table', 'graph'), (1.0, 2.0, 3.0))

On top, all of it optional:

    title = "Backpropagation by hand"     # or one for each language: title = { en = "…", he = "…" }
    course = "Introduction to deep learning"
    series = "exam"              # another draw of the same; what bears the same series, or title, has the same numbers
    language = "he"              # of the words; the one that is spoken, if it is left out
    versions = 4                 # how many; A, B, C, D
    numbers = "halves"           # integers, halves, thirds, quarters, or decimals (two, with a table of σ on the sheet)
    small = false                # true: no number above 10; else none above 60

Each exercise has one graph, or the widths of a network, and the forms in which it is asked:

    [[exercise]]
    graph = "z = w*x + b; L = (z - t)**2"   # as for chalkgrad draw; or the name of one of chalkgrad examples
    root = "L"                   # what is differentiated, where there are several results
    inputs.w = "-4..4 except 0"  # whole numbers; "-2..2 step 0.5" goes by halves
    inputs.x = [-3, -2, 2, 3]    # one of these
    inputs.b = 2                 # always this
    inputs.t = "last"            # the target: drawn last, so that what it is subtracted from misses it by little
    ask = ["table", "step"]      # forms, in this order; chalkgrad sheet --help lists them
    of = ["w", "b"]              # whose gradients are asked for; without it, those of all inputs
    upstream = 0.5               # the gradient given for the root; 1 without it. It may be drawn, too: [2, -3]
    rate = 0.125                 # of the step of descent; it may be drawn, too. Without it, one that leads downhill
    numbers = "quarters"         # for this exercise alone
    options = { columns = ["values"] }      # what a form takes beside; each form says which

    [[exercise]]
    widths = ["2..3", [3, 4], 1] # of a network's layers, whole numbers, each drawn as an input is; for "shapes"
    ask = ["shapes"]

An input that is left out is a whole number from -4 to 4 (from -3 to 3 with small numbers) and not 0; a target that is found,
an input used once, subtracted from something computed that is squared then, is drawn last.
'''

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final
from unicodedata import category

from chalkgrad.classroom.exercises import exercise_names
from chalkgrad.classroom.forms.form import FORMS
from chalkgrad.classroom.numbers import PARTS
from chalkgrad.engine.words.language import languages
from chalkgrad.expressions.examples import names as names_of_examples

MOST_VERSIONS = 26
MOST_CHOICES = 400  # numbers of one range
MOST_LETTERS = 200  # of a title
TOP: Final = ("title", "course", "series", "language", "versions", "numbers", "small", "exercise")
KEYS: Final = ("graph", "root", "inputs", "widths", "ask", "of", "upstream", "rate", "numbers", "small", "options")
LAST: Final = "last"
Choice = tuple[float, ...]  # an input is one of these


class WorksheetError(ValueError):
    """What is wrong with a worksheet, as a sentence with the place."""


@dataclass(frozen=True)
class Problem:
    """An exercise as it is written down: the values that its inputs may take, and what is asked.

    Attributes:
        graph: an expression, or the name of an example; "" for a network's widths
        root: what is differentiated; "" where there is one result
        inputs: by name the numbers that one may be, or "last"
        widths: for each layer the numbers that its width may be
        ask: the forms' names
        of: whose gradients are asked for; () for those of all inputs
        upstream, rate: what these may be; () for a rate at which steps lead downhill
        numbers: the kind's name
        small: whether no number is above 10
        options: what forms take beside
    """

    graph: str
    ask: tuple[str, ...]
    root: str = ""
    inputs: Mapping[str, Choice | str] = field(default_factory=dict)
    widths: tuple[Choice, ...] = ()
    of: tuple[str, ...] = ()
    upstream: Choice = (1.0,)
    rate: Choice = ()
    numbers: str = "halves"
    small: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """What the numbers are drawn for, as one text: two exercises draw the same numbers if it is the same."""
        return json.dumps(facts_of(self), sort_keys=True, ensure_ascii=False)


@dataclass(frozen=True)
class Worksheet:
    """A worksheet as it is written down; "" and 0 stand for what is left out. Errors call it by its `name`, a file's."""

    exercises: tuple[Problem, ...]
    title: str = ""
    course: str = ""
    language: str = ""
    versions: int = 0
    series: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)  # by language, where there is not one for all
    name: str = field(default="", compare=False)

    def place(self, i: int) -> str:
        """Returns what an error about an exercise begins with: "week3.toml: exercise 2: ", say."""
        return f"{_at(self.name)}exercise {i + 1}: " if self.name or len(self.exercises) > 1 else ""

    def titled(self, language: str) -> str:
        """Returns what stands on top of a sheet in a language; in English if there is no title in that."""
        return self.title or self.titles.get(language) or self.titles.get("en", "")


# Reading -------------------------------------------------------------------------------------------------------------


def read(text: str, name: str = "") -> Worksheet:
    """Returns the worksheet in a text of TOML; `name` is what errors call it. Raises WorksheetError."""
    try:
        contents = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WorksheetError(f"{_at(name)}this is not TOML: {str(error)[:1].lower()}{str(error)[1:]}") from None
    except ValueError:  # of int(), which has a limit
        raise WorksheetError(f"{_at(name)}this is not TOML: a number in it has more digits than can be read") from None
    except RecursionError:
        raise WorksheetError(f"{_at(name)}this is not a worksheet: its brackets are nested too deep") from None
    return from_facts(contents, name)


def from_facts(contents: Mapping[str, Any], name: str = "") -> Worksheet:
    """Returns the worksheet with these contents, as TOML or JSON has them. Raises WorksheetError."""
    exercises = contents.get("exercise", [])
    if not isinstance(exercises, list) or not exercises or not all(isinstance(one, dict) for one in exercises):
        _refuse_unknown(contents, TOP, _at(name))
        raise WorksheetError(f"{_at(name)}a worksheet has exercises, each under a line [[exercise]]")
    return _worksheet(contents, [(f"{_at(name)}exercise {i}: ", one) for i, one in enumerate(exercises, 1)], name)


def of_graph(facts: Mapping[str, object], **top: object) -> Worksheet:
    """Returns the worksheet of a single exercise, from its keys as TOML has them, and those on top. Raises WorksheetError.

    >>> of_graph({"graph": "e = a*b", "inputs": {"a": [2, 3]}}, title="By hand").exercises[0].inputs
    {'a': (2.0, 3.0)}
    """
    return _worksheet(top, [("", facts)], "")


def _worksheet(top: Mapping[str, Any], exercises: Sequence[tuple[str, Mapping[str, Any]]], name: str) -> Worksheet:
    """Returns the worksheet with these exercises, each with what errors begin with."""
    _refuse_unknown(top, TOP, _at(name))
    table = _Table(top, _at(name))
    language = table.text("language", "")
    if language not in ("", *languages()):
        raise WorksheetError(f"{_at(name)}language is {' or '.join(languages())}, not {language}{meant(language, languages())}")
    versions = table.take("versions", 0)
    if isinstance(versions, bool) or not isinstance(versions, int) or not 0 <= versions <= MOST_VERSIONS:
        raise WorksheetError(f"{_at(name)}versions is a whole number from 1 to {MOST_VERSIONS}, not {versions!r}")
    numbers, small = _numbers(table, "halves"), table.flag("small", False)
    problems = tuple(_problem(one, place, numbers, small) for place, one in exercises)
    for i, (problem, (place, _)) in enumerate(zip(problems, exercises, strict=True)):
        if problem in problems[:i]:
            same = problems.index(problem) + 1
            raise WorksheetError(f"{place}this is exercise {same} once more, with the same numbers: leave one out")
    course, series = (table.line(key) for key in ("course", "series"))
    titles = table.take("title", "")
    if not isinstance(titles, Mapping):
        return Worksheet(problems, table.line("title"), course, language, versions, series, name=name)
    of_languages = _Table(titles, f"{_at(name)}title: ")
    _refuse_unknown(titles, languages(), of_languages.place)
    titles = {code: of_languages.line(code) for code in titles}
    return Worksheet(problems, "", course, language, versions, series, titles, name)


def heading(text: str, what: str) -> str:
    """Returns what stands on top of a sheet as one line.

    Raises WorksheetError, which says of `what`, for one that is too long or cannot be printed.
    """
    text = " ".join(text.split())
    if len(text) > MOST_LETTERS:
        raise WorksheetError(f"{what} has {len(text)} letters: a line on top of a sheet has {MOST_LETTERS} at most")
    # Control characters, bytes that are not letters, and the two that no XML may hold, and so no quiz of Moodle's.
    if any(category(letter) in ("Cc", "Cs") or letter in "\ufffe\uffff" for letter in text):
        raise WorksheetError(f"{what} has a character that cannot be printed: {text!a}")
    return text


def _problem(contents: Mapping[str, Any], place: str, numbers: str, small: bool) -> Problem:
    _refuse_unknown(contents, KEYS, place)
    table = _Table(contents, place)
    ask = forms_in(table.take("ask", ["table"]), place)
    graph, widths = _asked_of(table, ask)
    inputs = table.take("inputs", {})
    if not isinstance(inputs, Mapping):
        raise WorksheetError(f'{place}inputs are given by name: inputs = {{ a = "-4..4 except 0", b = [1, 2, 3] }}')
    at = f"{place}inputs." if place else ""
    of = table.take("of", [])
    of = [of] if isinstance(of, str) else of
    if not isinstance(of, (list, tuple)) or not all(isinstance(one, str) for one in of):
        raise WorksheetError(f'{place}of names inputs: of = ["a", "b"]')
    return Problem(
        graph=graph,
        ask=ask,
        root=table.text("root", ""),
        inputs={name: LAST if given == LAST else choice_in(given, f"{at}{name}") for name, given in inputs.items()},
        widths=widths,
        of=tuple(of),
        upstream=choice_in(table.take("upstream", 1), f"{place}upstream"),
        rate=choice_in(table.take("rate", None), f"{place}rate") if "rate" in contents else (),
        numbers=_numbers(table, numbers),
        small=table.flag("small", small),
        options=_options(table, ask),
    )


def _asked_of(table: _Table, ask: Sequence[str]) -> tuple[str, tuple[Choice, ...]]:
    """Returns the graph, or the widths of a network, of which these forms ask."""
    place, widths = table.place, table.take("widths", [])
    if not isinstance(widths, (list, tuple)):
        raise WorksheetError(f'{place}widths has a number for each layer, such as widths = [2, "3..4", 1]')
    graph = table.text("graph", "").strip()
    _refuse_misspelt(graph, place)
    models = [name for name in ask if FORMS[name].model]
    if models and (graph or len(models) < len(ask)):
        others = [name for name in ask if name not in models]
        also = f"; {others[0]} is asked of a graph: give it an exercise of its own" if others else ""
        raise WorksheetError(f"{place}{models[0]} is asked of a network, which has widths = [2, 3, 1] and no graph{also}")
    if not models and (widths or not graph):
        of_models = [name for name, form in FORMS.items() if form.model]
        what = f"widths is for {' and '.join(of_models)}" if widths else 'what is its graph? graph = "c = a*b"'
        raise WorksheetError(f"{place}{what}")
    return graph, tuple(_whole(choice_in(width, f"{place}widths"), f"{place}widths") for width in widths)


def _options(table: _Table, ask: Sequence[str]) -> Mapping[str, Any]:
    """Returns what the forms take beside."""
    options = table.take("options", {})
    if not isinstance(options, Mapping):
        raise WorksheetError(f"{table.place}options are given by name, as in options = {{ columns = ['values'] }}")
    known = sorted({option for form in ask for option in FORMS[form].options})
    if options and not known:
        raise WorksheetError(f"{table.place}options: {', '.join(ask)} {'takes' if len(ask) == 1 else 'take'} none")
    _refuse_unknown(options, known, f"{table.place}options: ")
    return dict(options)


def _refuse_misspelt(graph: str, place: str) -> None:
    """Refuses a single word that is not an example: as an expression it would be an input alone."""
    examples, exercises = names_of_examples(), exercise_names()
    if graph in exercises and graph not in examples:
        raise WorksheetError(f"{place}{graph} is an exercise of its own, and not a graph: chalkgrad sheet {graph}")
    if graph.isidentifier() and graph not in examples:
        advice = meant(graph, [*examples, *exercises])
        advice = advice or "; chalkgrad examples lists them, chalkgrad sheet --help the exercises"
        raise WorksheetError(f"{place}there is no example or exercise {graph}{advice}")


class _Table:
    """A table of TOML and its place, with what its keys are to hold."""

    def __init__(self, contents: Mapping[str, Any], place: str) -> None:
        self.contents, self.place = contents, place

    def take(self, key: str, otherwise: Any) -> Any:
        return self.contents.get(key, otherwise)

    def text(self, key: str, otherwise: str) -> str:
        found = self.take(key, otherwise)
        if not isinstance(found, str):
            raise WorksheetError(f"{self.place}{key} is a text in quotes, not {found!r}")
        return found

    def line(self, key: str) -> str:
        return heading(self.text(key, ""), f"{self.place}{key}")

    def flag(self, key: str, otherwise: bool) -> bool:
        found = self.take(key, otherwise)
        if not isinstance(found, bool):
            raise WorksheetError(f"{self.place}{key} is true or false, not {found!r}")
        return found


def _numbers(table: _Table, otherwise: str) -> str:
    kind = table.text("numbers", otherwise)
    if kind not in PARTS:
        raise WorksheetError(f"{table.place}numbers is {', '.join(PARTS)}, not {kind}{meant(kind, list(PARTS))}")
    return kind


def _at(name: str) -> str:
    return f"{name}: " if name else ""


def _refuse_unknown(contents: Mapping[str, Any], known: Sequence[str], place: str) -> None:
    for key in contents:
        if key not in known:
            raise WorksheetError(f"{place}there is no key {key}{meant(key, known) or '; there are ' + ', '.join(known)}")


def meant(word: str, names: Sequence[str]) -> str:
    """Returns the question whether the nearest of the names was meant; "" if none is near."""
    folded = word.casefold()
    begun = [name for name in names if name and folded.startswith(name.casefold())]
    near = difflib.get_close_matches(folded, names, n=1) or begun
    return f": did you mean {near[0]}?" if near else ""


def forms_in(asked: object, place: str = "") -> tuple[str, ...]:
    """Returns the names of forms that are asked for, a text with commas or a list. Raises WorksheetError."""
    names = [name.strip() for name in asked.split(",")] if isinstance(asked, str) else asked
    if not isinstance(names, (list, tuple)) or not names or not all(isinstance(name, str) and name for name in names):
        raise WorksheetError(f'{place}ask names forms: ask = ["table", "graph"]; there are {", ".join(FORMS)}')
    names = [name if name in FORMS else name.replace("-", " ") for name in names]
    for name in names:
        if name not in FORMS:
            hint = meant(name, list(FORMS)) or f"; there are {', '.join(FORMS)}"
            raise WorksheetError(f"{place}there is no form {name}{hint}")
        if names.count(name) > 1:
            raise WorksheetError(f"{place}ask names {name} twice, which would ask the same again: give it one exercise more")
    return tuple(names)


# Numbers that an input may be ----------------------------------------------------------------------------------------

_NUMBER = r"[-+−]?\s*(?:\d+(?:\.\d*)?|\.\d+)(?:/\d+)?"
_RANGE = re.compile(
    rf"(?P<low>{_NUMBER})\s*\.\.\s*(?P<high>{_NUMBER})(?:\s*step\s*(?P<step>{_NUMBER}))?"
    rf"(?:\s*(?:except|without)\s*(?P<left>{_NUMBER}(?:\s*,\s*{_NUMBER})*))?"
)


def choice_in(given: object, what: str) -> Choice:
    """Returns the numbers that an input may be: one, a list of some, or a range. Raises WorksheetError, which says of `what`.

    >>> choice_in("-2..2 except 0", "a"), choice_in("0..1 step 1/2", "a"), choice_in([1, "1/4"], "a"), choice_in(3, "a")
    ((-2.0, -1.0, 1.0, 2.0), (0.0, 0.5, 1.0), (1.0, 0.25), (3.0,))
    """
    if isinstance(given, (list, tuple)):
        if not given:
            raise WorksheetError(f"{what} is one of no numbers")
        return tuple(dict.fromkeys(_number(one, what) for one in given))
    if isinstance(given, str) and (found := _RANGE.fullmatch(given.strip())):
        low, high = _fraction(found["low"]), _fraction(found["high"])
        step = _fraction(found["step"]) if found["step"] else Fraction(1)
        left = {_fraction(one) for one in (found["left"] or "").split(",") if one.strip()}
        if step <= 0 or low > high or (high - low) / step > MOST_CHOICES:
            raise WorksheetError(f"{what}: {given!r} goes from a number up to a larger one, in at most {MOST_CHOICES} steps")
        count = int((high - low) / step) + 1
        numbers = [low + i * step for i in range(count)]
        if not (kept := [float(x) for x in numbers if x not in left]):
            raise WorksheetError(f"{what}: {given!r} leaves no number")
        return tuple(kept)
    return (_number(given, what),)


def _number(given: object, what: str) -> float:
    if isinstance(given, str) and re.fullmatch(_NUMBER, given.strip()):
        return float(_fraction(given))
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not abs(given) < 1e9:
        raise WorksheetError(f'{what} is a number, a list of numbers, or a range such as "-4..4 except 0", not {given!r}')
    return float(given)


def _fraction(text: str) -> Fraction:
    try:
        return Fraction(re.sub(r"\s", "", text).replace("−", "-").rstrip("."))
    except (ValueError, ZeroDivisionError):
        raise WorksheetError(f"{text} is not a number") from None


def _whole(choice: Choice, what: str) -> Choice:
    if not all(x == int(x) and x >= 1 for x in choice):
        raise WorksheetError(f"{what} are whole numbers from 1 on, not {choice}")
    return choice


# Writing -------------------------------------------------------------------------------------------------------------


def facts_of(problem: Problem) -> dict[str, Any]:
    """Returns an exercise as JSON has it, from which `from_facts` reads it."""
    facts: dict[str, Any] = {
        "graph": problem.graph,
        "root": problem.root,
        "inputs": {name: given if isinstance(given, str) else list(given) for name, given in problem.inputs.items()},
        "widths": [list(width) for width in problem.widths],
        "ask": list(problem.ask),
        "of": list(problem.of),
        "upstream": list(problem.upstream),
        "rate": list(problem.rate),
        "numbers": problem.numbers,
        "small": problem.small,
        "options": dict(problem.options),
    }
    return {key: x for key, x in facts.items() if x not in ("", [], {})}


def facts_of_worksheet(sheet: Worksheet) -> dict[str, Any]:
    """Returns a worksheet as JSON has it, from which `from_facts` reads it."""
    top = {
        "title": sheet.title or dict(sheet.titles),
        "course": sheet.course,
        "language": sheet.language,
        "versions": sheet.versions,
        "series": sheet.series,
    }
    kept = {key: x for key, x in top.items() if x}
    return {**kept, "exercise": [facts_of(problem) for problem in sheet.exercises]}
