"""Sheets as a notebook shows them: their questions one below the other, under each of them its key, folded.

The elements are those of the printed page (html.py) in a style of their own, which takes letters and colours from the notebook.

>>> from chalkgrad.classroom.paper import Box, Exercise, Formula, Paper, Paragraph, Question
>>> box = Box("1.c", "value", 7919.25, asked="c")
>>> question = Question("numbers", "Compute", "", (Paragraph((Formula("c = "), box)),), minutes=1)
>>> paper = Paper("By hand", "Week 3", "en", "A", "NSGEAY", (Exercise((Formula("c = a + b"),), (question,)),))
>>> asked, key = shown(paper).split("<details")
>>> "7919.25" in asked, "7919.25" in key
(False, True)
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from chalkgrad.classroom.paper import Paper
from chalkgrad.classroom.printing.html import folded
from chalkgrad.engine.words.language import section, speaking
from chalkgrad.viz.letters.text import escape


def shown(*papers: Paper) -> str:
    """Returns sheets of one language as a part of a page, their questions numbered through. Raises ValueError for a language
    that has no file.
    """
    language, number, made = papers[0].language, 1, []
    with speaking(language):
        for paper in papers:
            made.append(folded(paper, number))
            number += len(paper.questions)
        top = f'<div class="chalkgrad-sheet" lang="{escape(language)}" dir="{section("language")["direction"]}">'
        return "\n".join([top, f"<style>\n{_style()}</style>", *made, "</div>"])


@cache
def _style() -> str:
    return (Path(__file__).parent / "notebook.css").read_text("utf-8")
