"""Moodle's cloze, read by a small parser of its own: the blanks of a question, with their answers and what is said of each.

>>> blanks("2 + 3 = {1:NUMERICAL:=5:0.1~%0%6:0#no &#126; no}")[0].answers[1]
Answer(share=0.0, text='6:0', feedback='no ~ no')
"""

import re
from html import unescape
from typing import NamedTuple

KINDS = "NUMERICAL|NM|SHORTANSWER|SHORTANSWER_C|SA|SAC|MULTICHOICE|MC"
BLANK = re.compile(rf"\{{(\d*):({KINDS}):(.*?[^\\])\}}", re.DOTALL)


class Answer(NamedTuple):
    """An answer, the share of the points that it gets, and what is said of it."""

    share: float
    text: str
    feedback: str


class Blank(NamedTuple):
    """A blank: its weight, its kind, its answers."""

    weight: int
    kind: str
    answers: list


def blanks(text):
    """Returns the blanks of a question's text, in order."""
    return [
        Blank(int(weight or 1), kind, [_answer(one) for one in re.split(r"(?<!\\)~", body)])
        for weight, kind, body in BLANK.findall(text)
    ]


def without_blanks(text):
    """Returns the text around the blanks."""
    return BLANK.sub("{}", text)


def _answer(text):
    share, rest = re.fullmatch(r"(=|%-?[\d.]+%)?(.*)", text, re.DOTALL).groups()
    said, _, feedback = re.match(r"((?:[^#]|(?<=&)#)*)(#?)(.*)", rest, re.DOTALL).groups()
    return Answer(100.0 if share == "=" else float((share or "%0%").strip("%")), unescape(said), unescape(feedback))
