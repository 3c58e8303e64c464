"""A sheet and its key as data, for other programs: dictionaries that are JSON, each with its schema and version.

A sheet's has no answer in it. Lines of words, formulas and boxes are lists: a text in the sheet's language is a string, a
formula is {"formula", "latex"}, a fraction {"over", "under"}, a box {"box": its name}.
"""

from __future__ import annotations

from typing import Any

from chalkgrad.classroom.paper import Block, Box, Choices, Formula, Fraction, Grid, Line, Paper, Paragraph, Piece, Question

VERSION = 1


def sheet(paper: Paper) -> dict[str, Any]:
    """Returns a sheet: what is given and asked, and its boxes, without an answer."""
    return {
        **_head(paper, "chalkgrad/sheet"),
        "exercises": [
            {"given": _line(exercise.given), "questions": [_question(question) for question in exercise.questions]}
            for exercise in paper.exercises
        ],
    }


def key(paper: Paper) -> dict[str, Any]:
    """Returns the key of a sheet: for each box the answer with its tolerance, what it follows from, and what slips give."""
    return {
        **_head(paper, "chalkgrad/key"),
        "boxes": {box.name: _answer(box) for box in paper.boxes},
        "notes": {
            str(number): [_line(line) for line in question.notes]
            for number, question in enumerate(paper.questions, 1)
            if question.notes
        },
    }


def _head(paper: Paper, schema: str) -> dict[str, Any]:
    return {
        "schema": schema,
        "version": VERSION,
        "title": paper.title,
        "course": paper.course,
        "language": paper.language,
        "sheet": paper.version,
        "code": paper.code,
        "points": paper.points,
        "minutes": paper.minutes,
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "form": question.form,
        "title": question.title,
        "hint": question.hint,
        "minutes": question.minutes,
        "points": question.points,
        "given": _line(question.given),
        "blocks": [_block(block) for block in question.blocks],
        "boxes": [_box(box) for box in question.boxes],
    }


def _box(box: Box) -> dict[str, Any]:
    found: dict[str, Any] = {"box": box.name, "kind": box.kind, "asked": box.asked, "points": box.points, "width": box.width}
    found |= {"group": box.group} if box.group else {}
    return found | ({"options": list(box.options)} if box.options else {})


def _answer(box: Box) -> dict[str, Any]:
    found: dict[str, Any] = {"answer": box.answer, "asked": box.asked, "points": box.points}
    if not isinstance(box.answer, str):
        found["tolerance"] = box.tolerance
    if box.accepted:
        found["accepted"] = list(box.accepted)
    if box.follows is not None:
        found["needs"] = list(box.follows.needs)
    if box.slips:
        found["slips"] = [
            {"number": slip.number, "slip": slip.name, "said": slip.said} | ({"option": slip.letter} if slip.letter else {})
            for slip in box.slips
        ]
    return found


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Paragraph):
        return {"line": _line(block.pieces), "formula": block.formula}
    if isinstance(block, Grid):
        return {"headings": list(block.headings), "rows": [[_line(cell) for cell in row] for row in block.rows]}
    if isinstance(block, Choices):
        return {"box": block.box.name, "options": {letter: _line(line) for letter, line in block.options}}
    return {"described": block.described, "edges": [_line(line) for line in block.edges], "svg": block.svg(False)}


def _line(line: Line) -> list[Any]:
    return [_piece(piece) for piece in line]


def _piece(piece: Piece) -> Any:
    if isinstance(piece, Formula):
        return {"formula": piece.plain, "latex": piece.latex or piece.plain}
    if isinstance(piece, Fraction):
        return {"over": _line(piece.over), "under": _line(piece.under)}
    return {"box": piece.name} if isinstance(piece, Box) else piece
