"""The sheet as LaTeX: it compiles, in English and in Hebrew, and holds no answer."""

import re
from dataclasses import replace

import pytest
from chalkgrad.classroom.paper import Box, Exercise, Paragraph, Question, Slip
from chalkgrad.classroom.printing import tex
from latex import LUALATEX, PDFLATEX, log_of
from papers_by_hand import LETTERS, paper

BOXES = {r"\cgbox": 3, r"\cgtag": 1, r"\cgworking": 2}  # which argument is what is in the box


def end_of(text, start):
    """Where the argument ends that begins here."""
    depth = 0
    for i in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            return i + 1
    raise AssertionError(text[start : start + 40])


def emptied(text):
    """A document without what is in its boxes, of which the tag and the space for working are two."""
    preamble, begin, body = text.partition(r"\begin{document}")
    kept, at = [], 0
    for found in re.finditer("|".join(name.replace("\\", r"\\") + r"(?=\{)" for name in BOXES), body):
        if found.start() < at:  # within the key's remarks
            continue
        start = found.end()
        for _ in range(BOXES[found[0]] - 1):
            start = end_of(body, start)
        kept.append(body[at : start + 1])
        at = end_of(body, start) - 1
    return preamble + begin + re.sub(r"(\\node at \([\d.,]+\) \{)[\d.]*", r"\1", "".join(kept) + body[at:])


@pytest.mark.parametrize("large", [False, True])
def test_sheet_and_key_differ_in_the_boxes_alone(large):
    sheet, key = (tex.document([paper()], filled, large) for filled in (False, True))
    assert sheet != key
    assert emptied(key) == sheet
    assert len(re.findall(r"\\cgbox\{\w+\}\{[\d.]+em\}\{\}", sheet)) == len(paper().boxes) - (1 if large else 2)
    assert r"\cgtag{}" in sheet
    assert re.search(r"\\cgworking\{Space for working\}\{\}", sheet)


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("language", ["en", "he"])
def test_a_sheet_holds_no_answer_and_no_slip_and_the_key_holds_all(language, large):
    made = paper(language)
    sheet, key = (tex.document([made], filled, large) for filled in (False, True))
    secrets = {f"{box.answer:g}"[:4] for box in made.boxes if not isinstance(box.answer, str)} | {"3217", "3218", "{Q}"}
    assert len(secrets) > 15
    assert LETTERS[1] == "Q"
    assert [secret for secret in secrets if secret in sheet] == []
    assert [secret for secret in secrets if secret not in key] == []


def test_each_sheet_of_a_document_begins_with_a_page_one():
    made = tex.document([paper(), paper("he")])
    assert made.count(r"\setcounter{page}{1}") == 2
    assert made.count(r"\documentclass") == made.count(r"\end{document}") == 1
    assert re.findall(r"\\cgdirection([LR])\n", made) == ["L", "R"]
    assert made.isascii()


def test_a_table_is_turned_in_hebrew_and_its_formulas_are_not():
    rows = [line for line in tex.document([paper("he")]).splitlines() if r"\partial c/\partial a" in line]
    assert len(rows) == 1
    cells = rows[0].split(" & ")
    assert ["3" in cells[4], "c = a + b" in cells[3], r"\partial e/\partial c" in cells[0]] == [True, True, True]
    assert re.search(r"\\cgright\{\\mbox\{.*\\partial c/\\partial a =.*\\cgbox\{frame\}", cells[1])


def test_brackets_among_hebrew_words_are_turned_and_those_of_formulas_are_not():
    made = tex.document([paper("he", said={"note": "הערך (של f(x)) בלבד"})], filled=True)
    said = re.sub(r"\\cgleft\{[^ ]*\}\}", "word", made)
    assert r" word )word \cgright{f(x)}( word" in said


def test_what_tex_takes_for_commands_is_text():
    said = dict.fromkeys(("title", "course", "given", "table", "new", "none"), r"100% & #1 _x^ {\input{secret}} $y$ ~")
    made = tex.document([paper(said=said)])
    assert r"\input{secret}" not in made
    assert r"100\% \& \#1 \_x" in made


def test_short_options_stand_two_on_a_line_and_parts_of_a_line_in_columns():
    made = tex.document([paper()])
    body = made[made.index(r"\begin{document}") :]
    assert re.search(r"\\cghalves\{\\cghalf\{A\}.*\\cghalf\{B\}", body)
    assert re.search(r"\\cgparts\{\\cgpart\{.*\\cgpart\{.*new e: ", body)


COMPLAINTS = r"^(?:! .*|Overfull .*|.*Missing character.*|chalkgrad: .*)$"


@PDFLATEX
def test_an_english_sheet_and_key_compile_with_pdflatex(tmp_path):
    made = tex.document([paper()], filled=True)
    log = log_of(made, "pdflatex", tmp_path)
    assert re.findall(COMPLAINTS, log, re.MULTILINE) == []
    assert re.search(r"Output written on all.pdf \([12] page", log)


@LUALATEX
def test_the_column_of_wrong_numbers_is_as_wide_as_the_widest(tmp_path):
    """It is measured where it is set; a number that is wider than its column is over the text beside it."""
    box = Box("1.a", "gradient", 1.0, "a", slips=(Slip(-1234.0625, "", "long"), Slip(2.0, "", "short")))
    other = Box("1.b", "gradient", 1.0, "b", slips=(Slip(3.0, "", "short"),))
    questions = tuple(Question("numbers", "", "", (Paragraph((one,)),), 1) for one in (box, other))
    made = tex.document([replace(paper(), exercises=(Exercise((), questions),))], filled=True)
    told = r"{\cgsmall\setbox0\hbox{\bfseries #1}\typeout{wide: \ifdim\wd0>\cgnumbers too \fi\the\cgnumbers}}"
    made = made.replace(
        "\\begin{document}", "\\let\\cgset\\cgslip\\def\\cgslip#1#2{" + told + "\\cgset{#1}{#2}}\\begin{document}"
    )
    first, second, third = re.findall("^wide: (.*)pt$", log_of(made, "lualatex", tmp_path), re.MULTILINE)
    assert first == second
    assert float(first) > float(third)  # which "too" is not


@LUALATEX
def test_a_hebrew_sheet_compiles_with_lualatex(tmp_path):
    log = log_of(tex.document([paper("he")]), "lualatex", tmp_path)
    if "chalkgrad: no font" in log:
        pytest.skip("no font here has Hebrew letters (Debian: apt-get install fonts-dejavu-core)")
    assert re.findall(COMPLAINTS, log, re.MULTILINE) == []
    assert re.search(r"Output written on all.pdf \([12] page", log)
