"""Exercises for a notebook, made from a graph in one line; the key of each is folded below it.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2, "a"), Value(1, "b")
>>> c, d = a + b, b + 1
>>> practice(c * d, "table", "chain", of="b")
<2 exercises, table, chain: a notebook shows them with their keys>
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from chalkgrad.classroom.paper import Paper
from chalkgrad.classroom.sheet import Sheet
from chalkgrad.classroom.worksheet import of_graph
from chalkgrad.engine import Value
from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.words.language import section

_DRAWS = 5  # of an exercise at most, so that its numbers are not those of an earlier one


class Practice:
    """Exercises to be done at once, each of `papers` with one question; a notebook shows them, the keys folded."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self.papers = tuple(papers)

    def _repr_html_(self) -> str:
        from chalkgrad.classroom.printing.notebook import shown

        return shown(*self.papers)

    def __repr__(self) -> str:
        forms = ", ".join(question.form for paper in self.papers for question in paper.questions)
        return f"<{amount(len(self.papers), 'exercise')}, {forms}: a notebook shows them with their keys>"


def practice(
    graph: Value | str | Sequence[Any], *ask: str, draw: int = 1, of: str | Sequence[str] = (), **options: Any
) -> Practice:
    """Returns exercises on a graph, each with numbers of its own: a notebook shows them, with their keys folded below.

    Args:
        graph: a Value, an expression, or the widths of a network's layers, such as [3, 2, 1], inputs first.
        ask: the forms, such as "table", "chain"; "table" alone if none is named.
        draw: the same number draws the same numbers, another one others.
        of: the inputs whose gradients are asked for; all of them if it is left out.
        options: as `Sheet` takes them.

    Raises WorksheetError or ExpressionError for what cannot be asked.

    >>> first, again, other = (practice("e = a*b", "numbers", draw=i).papers[0].code for i in (1, 1, 2))
    >>> first == again != other
    True
    """
    key = hashlib.sha256(f"practice {draw}".encode()).digest()
    language = section("language")["code"]

    def drawn(form: str, series: str) -> Paper:
        if isinstance(graph, Value | str):
            given = {"of": of, "key": key, "language": language, "series": series, **options}
            return Sheet(graph, form, **given).versions(1)[0]
        worksheet = of_graph({"widths": [*graph], "ask": form, **options}, language=language, series=series)
        return Sheet(worksheet, key=key).versions(1)[0]

    papers: list[Paper] = []
    for form in ask or ("table",):
        for again in range(_DRAWS):  # one exercise is not to give away the next
            paper = drawn(form, f"{form} {again}")
            if all(paper.exercises[0].given != other.exercises[0].given for other in papers):
                break
        papers.append(paper)
    return Practice(papers)
