"""The pages of the lecture: each cell runs, they ask what the sheet asks, and notebooks and programs are made of them."""

import ast
import json
import re
import sys
from contextlib import redirect_stdout
from io import StringIO

import nbformat
import pytest
from chalkgrad import Value
from chalkgrad.command import commands
from chalkgrad.engine.words.language import language, speaking
from chalkgrad.lecture import index
from chalkgrad.lecture.notebooks import Cell, Page, notebook, page_in, page_of, script
from chalkgrad.lecture.rows import rows

PAGES = {
    f"{code} {row.number}": (code, row, page)
    for code in ("en", "he")
    for row in rows()
    if (page := page_in(row.number, code)) is not None
}
each_page = pytest.mark.parametrize(("code", "row", "page"), PAGES.values(), ids=PAGES.keys())
TRANSLATED = {name: one for name, one in PAGES.items() if one[0] != "en"}
# A translated page has the English code, and the site's build runs its cells, too: here it is enough that some do.
RUN = {name: one for name, one in PAGES.items() if name not in TRANSLATED or name in ("he 2", "he 6")}
HEADINGS = {
    "en": ["Make it happen", "Predict", "The picture", "Play it", "Exercises", "To take away"],
    "he": ["למעשה", "נחשו", "התמונה", "שחקו", "תרגילים", "לקחת הביתה"],
}


def result_of(cell, variables):
    """What a notebook shows below a cell: what it prints, and its last statement, if that is an expression, as a value."""
    statements = ast.parse(cell.text).body
    last = ast.Expression(statements.pop().value) if isinstance(statements[-1], ast.Expr) else None
    with redirect_stdout(StringIO()) as printed:
        exec(compile(ast.Module(statements, []), "<cell>", "exec"), variables)
        value = eval(compile(last, "<cell>", "eval"), variables) if last else None
    return printed.getvalue(), value


def shown(value):
    """What a notebook makes of a value, as one text."""
    made = [
        getattr(value, name)() for name in ("_repr_html_", "_repr_svg_", "_repr_latex_", "_repr_png_") if hasattr(value, name)
    ]
    return [*filter(None, made), repr(value)][0]


@pytest.mark.parametrize(("code", "row", "page"), RUN.values(), ids=RUN.keys())
def test_all_cells_of_a_page_run_and_show_something(code, row, page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    variables = {"__name__": "__main__"}
    results = []
    with speaking(code):
        try:
            for cell in page.cells:
                if cell.code:
                    results.append(result_of(cell, variables))
        finally:
            language("en")  # a page in another language chooses it in its first cell
        made = [shown(value) for _, value in results if value is not None]
    assert len(results) >= 5
    assert all(made)
    assert any("chalkgrad-sheet" in one for one in made), "exercises with their keys"
    assert any(printed.startswith("% needs \\usepackage{amsmath}\n") for printed, _ in results), "LaTeX to take away"


@pytest.mark.parametrize("number", [1, 2, 6, 7, 8, 13, 14, 15])
def test_a_page_builds_the_graph_of_the_sheet(number):
    _, row, page = PAGES[f"en {number}"]
    sheet, ours = {"__name__": "__main__"}, {"__name__": "__main__"}
    exec(row.code, sheet)
    exec(next(cell.text for cell in page.cells if cell.code), ours)
    values = {name: value.data for name, value in sheet.items() if isinstance(value, Value)}
    same = {name: value.data for name, value in ours.items() if isinstance(value, Value)}
    assert len(same) >= 3
    assert same.items() <= values.items()


@each_page
def test_a_page_has_the_title_and_the_question_of_the_sheet(code, row, page):
    with speaking(code):
        assert page.cells[0].text.startswith(f"# {row.number}. {row.title}\n")
        assert f"\n> {row.question}\n" in page.text


@each_page
def test_a_page_is_plain_markdown_for_every_notebook(code, row, page):
    words = "\n".join(cell.text for cell in page.cells if not cell.code)
    assert re.findall(r"\{\w+\}`|^```|^:::", words, re.MULTILINE) == []
    code_lines = [line for cell in page.cells if cell.code for line in cell.text.splitlines()]
    assert max(map(len, code_lines)) <= 88  # so many letters a page shows beside its contents


@each_page
def test_a_page_has_the_headings_of_its_language_and_ends_with_a_note_for_the_lecturer(code, row, page):
    assert re.findall("^## (.*)$", page.text, re.MULTILINE) == HEADINGS[code]
    assert page.cells[-1].text.splitlines()[-1].startswith(">")
    assert f"\n> **{({'en': 'For the lecturer', 'he': 'למרצה'})[code]}.** " in f"\n{page.cells[-1].text}"


@pytest.mark.parametrize(("code", "row", "page"), TRANSLATED.values(), ids=TRANSLATED.keys())
def test_a_translated_page_chooses_its_language_first_and_has_words_of_it_on_each_fold(code, row, page):
    first = next(cell.text for cell in page.cells if cell.code)
    choice = f'from chalkgrad.engine.words.language import language\n\nlanguage("{code}")\n'
    assert first.startswith(choice)
    prompts = re.findall(r"code_prompt_\w+: ([^,}]+)", page.text)
    assert {*prompts} == {"התשובה"}
    assert len(prompts) == 2 * sum(cell.folded for cell in page.cells)


def untranslated(cell):
    """The code of a cell without what a translation may change: the choice of the language, comments, and what print says."""
    kept = [re.sub(r" *#.*", "", line) for line in cell.text.splitlines() if not re.search(r"\blanguage\b", line)]
    return [re.sub(r'"[^"]*"', '""', line) if line.startswith("print(") else line for line in kept if line]


def test_what_a_translation_may_change():
    cell = Cell(
        'from chalkgrad.engine.words.language import language\nlanguage("he")\nx = "a"  # words\nprint(x, "words")', True
    )
    assert untranslated(cell) == ['x = "a"', 'print(x, "")']


def test_a_translated_page_has_the_code_of_the_english_one():
    for code, row, page in PAGES.values():
        english = PAGES[f"en {row.number}"][2]
        ours, theirs = ([(untranslated(cell), cell.folded) for cell in some.cells if cell.code] for some in (page, english))
        assert ours == theirs, f"{code} {row.number}"


def test_every_row_has_a_page():
    assert [row.number for code, row, _ in PAGES.values() if code == "en"] == [*range(1, 16)]


@each_page
def test_a_page_becomes_a_valid_notebook(code, row, page):
    made = nbformat.reads(notebook(page.text), as_version=4)
    nbformat.validate(made)
    turned = '<div dir="rtl">\n\n{}\n\n</div>' if code == "he" else "{}"
    assert [cell.source for cell in made.cells] == [cell.text if cell.code else turned.format(cell.text) for cell in page.cells]


@each_page
def test_a_page_becomes_a_program(code, row, page):
    made = script(page.text)
    compile(made, "<page>", "exec")
    code_of = [part.strip() for part in re.split(r"^# %%(?! \[markdown\])\n", made, flags=re.MULTILINE)[1:]]
    assert [part.partition("\n# %% [markdown]")[0].strip() for part in code_of] == [
        cell.text.strip() for cell in page.cells if cell.code
    ]


def test_a_page_is_cut_into_words_and_cells_with_their_folds():
    page = Page(
        "01-x",
        "---\nkernelspec: {name: python3}\n---\n\n# One\n\n"
        "```{code-cell} python\n---\ntags: [hide-cell]\n---\na = 1\n\na\n```\n"
        ":::{note}\n**Two.**\n\nThree.\n:::\n",
    )
    assert page.cells == [Cell("# One", False), Cell("a = 1\n\na", True, True), Cell("> **Two.**\n>\n> Three.", False)]


def test_a_row_without_a_page_has_no_notebook():
    assert page_of(16) is None


def test_the_command_writes_the_notebook_and_the_program_beside_the_page(tmp_path, capsys):
    assert commands.run(["lecture", "-o", str(tmp_path), "--rows", "13"]) == 0
    made = nbformat.read(tmp_path / "13-two-passes.ipynb", as_version=4)
    nbformat.validate(made)
    assert made.cells[0].source == page_of(13).cells[0].text
    assert (tmp_path / "13-two-passes.py").read_text("utf-8").startswith("# %% [markdown]\n# # 13. Two passes")
    assert '<a href="13-two-passes.ipynb"' in (tmp_path / "index.html").read_text("utf-8")


# Codes ----------------------------------------------------------------------------------------------------------------


def lecture(folder, *arguments):
    return commands.run(["lecture", "-o", str(folder), "--rows", "5", *arguments])


def test_from_an_address_the_sheet_has_a_code_for_each_row_and_else_none(tmp_path, capsys):
    lecture(tmp_path)
    assert 'class="phone"' not in (tmp_path / "index.html").read_text("utf-8")
    lecture(tmp_path, "--address", "https://example.org/week3/")
    sheet = (tmp_path / "index.html").read_text("utf-8")
    assert sheet.count('class="phone" href="https://example.org/week3/index.html#row-5"') == 1
    assert json.loads((tmp_path / "lecture.json").read_text("utf-8"))["address"] == "https://example.org/week3/"
    lecture(tmp_path)  # the address stays
    assert (tmp_path / "index.html").read_text("utf-8") == sheet
    lecture(tmp_path, "--address", "")
    assert 'class="phone"' not in (tmp_path / "index.html").read_text("utf-8")


def test_a_code_leads_to_the_page_of_its_row():
    row = rows()[12]
    sheet = index.page([(row, ["13-two-passes.html"], {})], "https://example.org/week3")
    (shown,) = re.findall(r'<a class="phone" href="([^"]*)"[^>]*>(.*?)</a>', sheet, re.DOTALL)
    assert shown[0] == "https://example.org/week3/13-two-passes.html"
    assert index.qr_code(shown[0]) in shown[1]
    assert index.qr_code("https://example.org/other") != index.qr_code(shown[0])


@pytest.mark.parametrize("address", ["example.org", "ftp://example.org", "https://", "https://a.org/x?y", "https://a b.org"])
def test_an_address_that_a_phone_cannot_open_is_refused(address, tmp_path, capsys):
    assert lecture(tmp_path, "--address", address) == 2
    assert "--address is where the folder is served from" in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == []


def test_without_segno_the_command_says_what_installs_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "segno", None)
    assert lecture(tmp_path, "--address", "https://example.org") == 2
    assert 'pip install "chalkgrad[qr]"' in capsys.readouterr().err
    assert lecture(tmp_path) == 0
