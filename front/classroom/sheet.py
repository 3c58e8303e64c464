"""Sheets to be filled in, made from a graph: versions that differ in their numbers alone, and their keys.

>>> versions = Sheet("c = a + b; d = b + 1; e = c*d", ask="table", key=b"0" * 32).versions(2)
>>> versions
<2 versions, A and B, of 'Backpropagation by hand': 1 question, 13 cells, 6 minutes>
>>> [box.name for box in versions[0].boxes][:3]
['1.c.value', '1.d.value', '1.e.value']

The key makes the numbers: without one there are others each time. `chalkgrad sheet --help` says more.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, overload

from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.course import BYTES, CourseError, code_of, key_in
from chalkgrad.classroom.forms.cells import Symbols
from chalkgrad.classroom.forms.form import FORMS, line
from chalkgrad.classroom.forms.step import linked
from chalkgrad.classroom.numbers import by_name
from chalkgrad.classroom.paper import CannotFollowError, Exercise, Formula, Line, Paper, Piece, Question, with_widths
from chalkgrad.classroom.posed import Posed
from chalkgrad.classroom.templates import Template
from chalkgrad.classroom.versions import MOST_CHECKED, Chosen, Drawn, GraphDrawing, ModelDrawing, NotEnoughError, NumberDrawing
from chalkgrad.classroom.worksheet import (
    MOST_VERSIONS,
    Problem,
    Worksheet,
    WorksheetError,
    of_graph,
)
from chalkgrad.engine import Value
from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.formulas.trees import Call
from chalkgrad.engine.recording.computers import FAILURES, computer
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.words.expressions import formula, operation_name
from chalkgrad.engine.words.language import section, speaking
from chalkgrad.engine.words.manner import manner
from chalkgrad.expressions.caret import ExpressionError

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
VERSIONS = 4
WORDS, SAID = section("sheets"), section("sheet command")


class Versions(Sequence[Paper]):
    """The versions of a sheet, or a sheet for each student; their keys; and what was said when they were made.

    Attributes:
        papers: the sheets
        students: the salt of each student whose sheet it is, by the sheet's code; empty for versions A, B, …
        remarks: what had to be allowed, and how many versions there are, as sentences

    >>> versions = Sheet("e = a*b", "numbers", key=b"0" * 32).versions(2)
    >>> [paper.version for paper in versions], len(versions[0].boxes)
    (['A', 'B'], 2)
    """

    def __init__(self, papers: Sequence[Paper], students: Mapping[str, str], remarks: Sequence[str]) -> None:
        self.papers, self.students, self.remarks = tuple(papers), dict(students), tuple(remarks)

    @overload
    def __getitem__(self, index: int) -> Paper: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Paper]: ...
    def __getitem__(self, index: int | slice) -> Paper | Sequence[Paper]:
        return self.papers[index]

    def __len__(self) -> int:
        return len(self.papers)

    def __repr__(self) -> str:
        first = self.papers[0]
        letters = [paper.version for paper in self.papers if paper.version]
        which = f" {_listed(letters)}," if letters and not self.students else ""
        each = f"{amount(len(self), 'version')},{which}" if not self.students else f"{amount(len(self), 'sheet')}"
        size = f"{amount(len(first.questions), 'question')}, {amount(len(first.boxes), 'cell')}, {first.minutes} minutes"
        return f"<{each} of {first.title!r}: {size}>"

    def html(self, version: str = "", filled: bool = False, large: bool = False) -> str:
        """Returns a sheet as a page of HTML, which prints to A4; its key if it is `filled`.

        >>> Sheet("e = a*b", "numbers", key=b"0" * 32).versions(1).html()[:15]
        '<!DOCTYPE html>'
        """
        from chalkgrad.classroom.printing import html

        return html.page(self.of(version), filled=filled, large=large)

    def _repr_html_(self) -> str:
        """Returns the first sheet, for a notebook, with the key of each question folded below it."""
        from chalkgrad.classroom.printing import notebook

        return notebook.shown(self.papers[0])

    def tex(self, filled: bool = False, large: bool = False) -> str:
        """Returns all sheets, or all keys, as one LaTeX document.

        >>> "documentclass" in Sheet("e = a*b", "numbers", key=b"0" * 32).versions(1).tex()
        True
        """
        from chalkgrad.classroom.printing import tex

        return tex.document(self.papers, filled=filled, large=large)

    def moodle(self) -> str:
        """Returns all sheets as a category of questions for Moodle.

        >>> Sheet("e = a*b", "numbers", key=b"0" * 32).versions(2).moodle().count('type="cloze"')
        2
        """
        from chalkgrad.classroom.printing import moodle

        return moodle.quiz(self.papers)

    def data(self, version: str = "", filled: bool = False) -> dict[str, Any]:
        """Returns a sheet, or its key, as data that JSON can hold.

        >>> Sheet("e = a*b", "numbers", key=b"0" * 32).versions(1).data()["title"]
        'Backpropagation by hand'
        """
        from chalkgrad.classroom.printing import data

        return data.key(self.of(version)) if filled else data.sheet(self.of(version))

    def of(self, version: str) -> Paper:
        """Returns the sheet of a version or a code, the first for "". Raises ValueError if there is none.

        >>> Sheet("e = a*b", "numbers", key=b"0" * 32).versions(2).of("B").version
        'B'
        """
        for paper in self.papers:
            if version in ("", paper.version, paper.code):
                return paper
        known = ", ".join(paper.version or paper.code for paper in self.papers[:MOST_VERSIONS])
        raise ValueError(f"there is no version {version}; there are {known}")


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


class Sheet:
    """What is asked of a graph, or of several; `versions` draws the numbers.

    Args:
        graph: a Value, an expression as `chalkgrad draw` takes it, the name of an example, or a Worksheet.
        ask: the forms, such as "table" or ["table", "graph"].
        title, course: what stands on top.
        series: sheets of one series, graph and key have the same numbers; the title, if it is left out.
        language: of the words, such as "he"; the one that is spoken, if it is left out.
        inputs: what each input may be: `{"a": "-4..4 except 0", "b": [1, 2, 3], "t": "last"}`.
        of: the inputs whose gradients are asked for; all of them if it is left out.
        root: what is differentiated, where there are several results.
        upstream: the gradient given for the root.
        rate: of the step of descent; without one, a rate at which it leads downhill.
        numbers: "integers", "halves", "thirds", "quarters" or "decimals".
        small: whether no number is above 10.
        options: what the forms take beside.
        key: 32 bytes, or the file that holds them, which is made if it is not there and ends in .key; without one
            a new one is drawn.

    Raises WorksheetError or ExpressionError for what cannot be asked.

    >>> Sheet("c = a + b; e = c*a", ask=["numbers", "chain"], numbers="halves")
    <Sheet of 1 exercise, numbers, chain: versions() makes it>
    """

    looked_at = MOST_CHECKED  # graphs of an exercise whose slips are compared, at most

    def __init__(
        self,
        graph: Value | str | Worksheet,
        ask: str | Sequence[str] = "table",
        *,
        title: str = "",
        course: str = "",
        series: str = "",
        language: str = "",
        inputs: Mapping[str, Any] | None = None,
        of: Sequence[str] = (),
        root: str = "",
        upstream: float = 1.0,
        rate: float | None = None,
        numbers: str = "halves",
        small: bool = False,
        options: Mapping[str, Any] | None = None,
        key: bytes | str | Path | None = None,
    ) -> None:
        self.worksheet = (
            graph
            if isinstance(graph, Worksheet)
            else of_graph(
                {
                    "graph": graph if isinstance(graph, str) else "a graph",
                    "ask": ask,
                    "inputs": inputs or {},
                    "of": of,
                    "root": root,
                    "upstream": upstream,
                    **({} if rate is None else {"rate": rate}),
                    "numbers": numbers,
                    "small": small,
                    "options": options or {},
                },
                title=title,
                course=course,
                series=series,
                language=language,
            )
        )
        self.language = self.worksheet.language or section("language")["code"]
        self.series = self.worksheet.series or self.worksheet.titled("en")
        self.key = _key(key)
        self._values = {0: graph} if isinstance(graph, Value) else {}

    @property
    def from_values(self) -> bool:
        """Whether it was made from Values, which are not written into a file."""
        return bool(self._values)

    def __repr__(self) -> str:
        forms = ", ".join(form for one in self.worksheet.exercises for form in one.ask)
        return f"<Sheet of {amount(len(self.worksheet.exercises), 'exercise')}, {forms}: versions() makes it>"

    def versions(self, count: int = VERSIONS) -> Versions:
        """Returns ``count`` versions, A, B, …: equal in their cells, in negative answers and in paths; neighbours differ.

        Raises NotEnoughError, which has the number that there are.

        >>> Sheet("e = a*b", "numbers", key=b"0" * 32).versions(3)[2].version
        'C'
        """
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST_VERSIONS:
            raise WorksheetError(f"there are 1 to {MOST_VERSIONS} versions, not {count!r}")
        letters = LETTERS[:count]
        rows, remarks = self._each(lambda drawing: drawing.versions(count), letters)
        papers = self._papers([(letter, [row[i] for row in rows]) for i, letter in enumerate(letters)])
        return Versions(papers, {}, remarks)

    def for_students(self, salts: Sequence[str]) -> Versions:
        """Returns a sheet for each student, by the salts that stand for their ids (`salt_of`); versions may repeat.

        >>> sheets = Sheet("e = a*b", "numbers", key=b"0" * 32).for_students(["one", "another"])
        >>> [*sheets.students.values()]
        ['one', 'another']
        """
        if not salts:
            raise WorksheetError("there are no students")
        rows, remarks = self._each(lambda drawing: drawing.pool())
        # The whole worksheet is in it: who share a version in one week are others in the next.
        words = (self.series, *(problem.words for problem in self.worksheet.exercises))
        picks = [
            [Chance(self.key, "pick", salt, f"{i}", *words).below(len(row)) for i, row in enumerate(rows)] for salt in salts
        ]
        chosen = [[row[i] for row, i in zip(rows, pick, strict=True)] for pick in picks]
        papers = self._papers([*zip(salts, chosen, strict=True)])
        said = [SAID.form("versions of exercise", len(row)).format(number=i, count=len(row)) for i, row in enumerate(rows, 1)]
        different = len({tuple(pick) for pick in picks})
        sheets = SAID.form("different sheets", different).format(
            count=different, students=SAID.form("students", len(salts)).format(count=len(salts))
        )
        remarks = ["; ".join([*said, sheets]), *remarks]
        return Versions(papers, dict(zip((paper.code for paper in papers), salts, strict=True)), remarks)

    @cached_property
    def _makers(self) -> dict[int, _Maker]:
        return {}

    def _each(self, draw: Callable[[NumberDrawing], Chosen], letters: str = "") -> tuple[list[list[_Version]], list[str]]:
        """Returns what is drawn for each exercise, and remarks on it; what is wrong with one is said with its place."""
        rows, remarks, number = [], [], 1
        problems = self.worksheet.exercises
        for i, problem in enumerate(problems):
            place = self.worksheet.place(i)
            try:
                if i not in self._makers:
                    self._makers[i] = _Maker(self, problem, number, self._values.get(i))
                chosen = draw(self._makers[i].drawing)
                rows.append(self._makers[i].versions(chosen.versions))
                if said := chosen.remark(letters):
                    remarks.append(SAID["of exercise"].format(number=i + 1, said=said) if len(problems) > 1 else said)
            except NotEnoughError as error:
                raise NotEnoughError(f"{place}{error}", error.found) from None
            except WorksheetError as error:
                raise WorksheetError(f"{place}{error}") from None
            except ExpressionError as error:
                raise ExpressionError(f"{place}{error.message}", error.text, error.position) from None
            number += len(problem.ask)
        return rows, remarks

    def _papers(self, sheets: Sequence[tuple[str, list[_Version]]]) -> list[Paper]:
        with speaking(self.language):
            title = self.worksheet.titled(self.language) or WORDS["title"]
        papers: list[Paper] = []
        taken: set[str] = set()
        for sheet, chosen in sheets:
            code = code_of(self.key, sheet, [self.series, *(version.words for version in chosen)], taken)
            taken.add(code)
            exercises = tuple(version.exercise for version in chosen)
            letter = sheet if len(sheet) == 1 else ""
            papers.append(Paper(title, self.worksheet.course, self.language, letter, code, exercises))
        return papers


def _key(key: bytes | str | Path | None) -> bytes:
    if key is None:
        return secrets.token_bytes(BYTES)
    if not isinstance(key, bytes):
        path = Path(key).expanduser()
        if path.suffix != ".key" and not path.exists():
            raise CourseError(f"there is no {path}: the file of a key is made if its name ends in .key, such as course.key")
        key = key_in(path)[0]
    if len(key) != BYTES:
        raise CourseError(f"the key of a course is {BYTES} bytes, not {len(key)}")
    return key


class _Version(NamedTuple):
    """A version of an exercise, and its numbers as a text."""

    words: str
    exercise: Exercise


class _Maker:
    """Makes the versions of one exercise, whose questions are numbered from `first`."""

    def __init__(self, sheet: Sheet, problem: Problem, first: int, value: Value | None) -> None:
        self.problem, self.language, self.first = problem, sheet.language, first
        self.forms = [FORMS[name] for name in problem.ask]
        self.numbers = by_name(problem.numbers, problem.small)
        self.model = any(form.model for form in self.forms)
        self.template = None if self.model else Template(problem, value)
        self.drawing: NumberDrawing = (
            ModelDrawing(problem, sheet.key, self.questions, sheet.looked_at, sheet.series)
            if self.template is None
            else GraphDrawing(self.template, sheet.key, self.questions, sheet.looked_at, sheet.series)
        )
        hiding = [form.name for form in self.forms if form.hides]
        others = [form.name for form in self.forms if not form.hides]
        if hiding and others:
            raise WorksheetError(f"{others[0]} tells what {hiding[0]} asks for: give it an exercise of its own")

    def questions(self, posed: Posed) -> tuple[Question, ...] | None:
        """Returns the questions; None for numbers that do not suit a form. Raises WorksheetError for what cannot be asked."""
        with speaking(self.language), manner(typeset=True):
            found: list[Question] = []
            for i, form in enumerate(self.forms):
                try:
                    if said := form.refusal(posed):
                        raise WorksheetError(said)
                    if not form.suits(posed):
                        return None
                    found.append(form.question(posed, self.first + i))
                except CannotFollowError:
                    return None
                except ValueError as error:  # of an option
                    raise WorksheetError(str(error)) from None
            return linked(posed, found) if self.model or all(map(self._is_nice, found)) else None

    def _is_nice(self, question: Question) -> bool:
        return all(self.numbers.hold(box.answer) for box in question.boxes if isinstance(box.answer, float))

    def versions(self, drawn: Sequence[Drawn]) -> list[_Version]:
        """Returns the versions with boxes of one width: as wide as the widest answer that each and its like have in any."""
        widths: dict[tuple[int, str], int] = {}
        for version in drawn:
            for i, question in enumerate(version.questions):
                for box in question.boxes:
                    wide = len(box.answer if isinstance(box.answer, str) else version.posed.written(box.answer))
                    widths[i, box.kind] = max(wide, box.width, widths.get((i, box.kind), 0))
        return [self._version(version, widths) for version in drawn]

    def _version(self, version: Drawn, widths: Mapping[tuple[int, str], int]) -> _Version:
        made = self.questions(replace(version.posed, said=True))
        assert made is not None  # it was made before, without the sentences
        questions = []
        for i, question in enumerate(made):
            questions.append(with_widths(question, {box.name: widths[i, box.kind] for box in question.boxes}))
        with speaking(self.language), manner(typeset=True):
            given = self._given(version)
        words = f"{self.problem.words} {version.key}"
        return _Version(words, Exercise(given, tuple(questions)))

    # What is given ---------------------------------------------------------------------------------------------------

    def _given(self, version: Drawn) -> Line:
        if self.template is None:
            return ()
        symbols, posed = Symbols(version.posed), version.posed
        nodes = [node for node in posed.nodes if not node.constant]
        numbers = [symbols.formula(symbols.name(node), " = ", symbols.number(node.data)) for node in nodes if not node.parents]
        equations = [symbols.equation(node) for node in nodes if node.parents]
        hidden = any(form.hides for form in self.forms)
        key = "given numbers" if hidden or not equations else "given"
        return line(WORDS[key], equations=_in_a_row(equations), numbers=_in_a_row(numbers)) + self._tables()

    def _tables(self) -> Line:
        """Returns the tables of functions that a sheet in decimals has."""
        assert self.template is not None
        if self.numbers.parts:
            return ()
        pieces: list[Piece] = []
        for rule in dict.fromkeys(node.op for node, _ in self.template.looked_up if node.op is not None):
            entries = [Formula(entry, entry.replace("σ", r"\sigma")) for entry in _entries(rule, self.template.table)]
            pieces += ["   ", *line(WORDS["table of"], entries=_in_a_row(entries))]
        return tuple(pieces)


def _in_a_row(formulas: Sequence[Formula]) -> Line:
    return tuple(piece for formula in formulas for piece in (",  ", formula))[1:]


def _entries(rule: Rule, arguments: Sequence[float]) -> Iterator[str]:
    """Yields the entries of a function's table, such as σ(-1) = 0.27, in two decimals."""
    for x in arguments:
        try:
            value = computer(rule, (False,))(x)[0]
        except FAILURES:
            continue
        if abs(value) < 1000:
            applied = formula(Call(rule.name, x)) if RULES.get(rule.name) is rule else f"{operation_name(rule)}({x:g})"
            yield f"{applied} = {round(value, 2) + 0.0:g}"
