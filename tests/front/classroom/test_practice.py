"""Exercises in a notebook: each has numbers of its own, its key is folded, and nothing of it collides with the notebook."""

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from chalkgrad import Value
from chalkgrad.classroom import Sheet, practice
from chalkgrad.classroom.worksheet import WorksheetError
from chalkgrad.engine.words.language import speaking

GRAPH = "c = a + b; d = b + 1; e = c*d"


class Parts(HTMLParser):
    """What stands outside and inside of the folded keys: the texts of boxes, and all ids."""

    def __init__(self, text):
        super().__init__()
        self.depth, self.open, self.boxes, self.ids, self.labels = 0, [], {False: [], True: []}, [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag in ("path", "line", "rect", "circle", "use", "stop", "meta", "br", "wbr"):
            return
        self.open.append((tag, given.get("class", "")))
        self.ids += [given["id"]] if "id" in given else []
        self.labels += [given["aria-labelledby"]] if "aria-labelledby" in given else []
        if self.open[-1][0] == "span" and self.open[-1][1].startswith("box "):
            self.boxes[self.in_key].append("")

    def handle_endtag(self, tag):
        if self.open[-1:] and self.open[-1][0] == tag:
            self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1][1].startswith("box "):
            self.boxes[self.in_key][-1] += data

    @property
    def in_key(self):
        return ("details", "key") in self.open


def test_boxes_are_empty_outside_of_the_key_and_hold_the_answers_in_it():
    exercises = practice(GRAPH, "table", "chain", of="b")
    parts = Parts(exercises._repr_html_())
    boxes = [box for paper in exercises.papers for box in paper.boxes]
    assert parts.boxes[False] == [""] * len(boxes)
    numbers = [float(text) for text in parts.boxes[True] if re.fullmatch(r"-?[\d.]+", text)]
    assert Counter(numbers) == Counter(box.answer for box in boxes if not isinstance(box.answer, str))


def test_each_exercise_has_numbers_of_its_own():
    given = [paper.exercises[0].given for paper in practice(GRAPH, "table", "chain", "choice", of="b").papers]
    assert len({*given}) == 3


def test_the_same_draw_has_the_same_numbers_and_another_one_others():
    once, again, other = (practice(GRAPH, "table", draw=draw)._repr_html_() for draw in (1, 1, 2))
    assert once == again != other


def test_questions_are_numbered_through_and_ids_are_unique_and_met():
    one, other = (practice(GRAPH, "table", "numbers", draw=draw)._repr_html_() for draw in (1, 2))
    parts = Parts(one + other)
    assert len({*parts.ids}) == len(parts.ids) == 4
    assert {*parts.labels} <= {*parts.ids}
    assert re.findall(r'class="ordinal">(\d)<', one) == ["1", "2"]


def test_it_has_no_heading_and_its_style_reaches_nothing_outside():
    shown = practice(GRAPH, "table")._repr_html_()
    assert re.findall(r"<h\d", shown) == []
    style = re.search(r"<style>(.*?)</style>", shown, re.DOTALL)[1]
    depth, outside = 0, ""
    for letter in re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL):
        depth += (letter == "{") - (letter == "}")
        outside += letter if depth == 0 and letter != "}" else ""
    assert outside.split() == [".chalkgrad-sheet"]


def test_a_value_is_asked_by_the_names_of_its_variables():
    x, y = Value(2), Value(3)
    z = x * y
    assert "∂z/∂x" in practice(z, "numbers")._repr_html_()


def test_a_network_is_asked_by_its_widths():
    exercises = practice([3, 2, 1], "shapes")
    assert exercises.papers[0].questions[0].form == "shapes"
    assert repr(exercises) == "<1 exercise, shapes: a notebook shows them with their keys>"


def test_in_hebrew_it_runs_from_right_to_left():
    with speaking("he"):
        shown = practice(GRAPH, "table")._repr_html_()
    assert '<div class="chalkgrad-sheet" lang="he" dir="rtl">' in shown
    assert "<summary>פתרון</summary>" in shown


def test_what_cannot_be_asked_is_an_error_that_says_why():
    with pytest.raises(WorksheetError, match="there is no form"):
        practice(GRAPH, "tabel")


def test_a_sheet_shows_its_first_version_in_a_notebook():
    versions = Sheet(GRAPH, "table", key=b"0" * 32).versions(2)
    assert f'id="{versions[0].code}-1"' in versions._repr_html_()
    assert versions[1].code not in versions._repr_html_()
