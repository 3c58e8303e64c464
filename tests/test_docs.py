"""README, the pages of docs/ and their pictures: what they link is there, and says what the code says today."""

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import fenced
import pytest

HOME = Path(__file__).parent.parent
PAGES = [HOME / "README.md", HOME / "CONTRIBUTING.md", *sorted((HOME / "docs").rglob("*.md"))]
MADE = sorted((HOME / "docs" / "pages").glob("*.html"))


@pytest.fixture(scope="module")
def made_now(tmp_path_factory):
    """What docs/make.py makes, without the screenshot, in another folder."""
    folder = tmp_path_factory.mktemp("docs")
    make = runpy.run_path(str(HOME / "docs" / "make.py"))
    for name in ("pictures", "pages"):
        make[name].__globals__[name.upper()] = folder / name
        make[name]()
    make["slips"].__globals__["SLIPS_PAGE"] = folder / "slips.md"
    make["slips"]()
    return folder


def words(picture):
    """The texts of an SVG in order; where they stand depends on the version of the layout's program."""
    return ["".join(text.itertext()) for text in ET.parse(picture).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HOME)))
def test_every_link_leads_to_a_file(page):
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if link and not (page.parent / link).exists()] == []


def test_the_pictures_say_what_the_code_says_today(made_now):
    names = sorted(path.name for path in (made_now / "pictures").iterdir())
    assert len(names) >= 7
    for name in names:
        assert sorted(words(HOME / "docs" / "pictures" / name)) == sorted(words(made_now / "pictures" / name)), (
            f"{name}: docs/make.py"
        )


def content(page):
    """A page without its picture, whose places depend on the layout's program, and without the last digits of numbers: from
    Python 3.12 on sums are rounded otherwise.
    """
    text = re.sub(r"<svg.*?</svg>", "", page.read_text(encoding="utf-8"), flags=re.S)
    return re.sub(r"\d+\.\d{9,}(e-?\d+)?", lambda number: f"{float(number[0]):.12g}", text)


def test_the_page_on_slips_is_the_table_of_today(made_now):
    assert (HOME / "docs" / "slips.md").read_text("utf-8") == (made_now / "slips.md").read_text("utf-8"), "docs/make.py"


def test_the_list_of_pages_has_each_of_them(made_now):
    place = made_now / "pages"
    linked = re.findall(r'href="([^"]+)"', (place / "index.html").read_text("utf-8"))
    assert len({*linked}) == len(linked)
    assert {*linked, "index.html"} == {path.name for path in place.iterdir()}
    listed = (HOME / "docs" / "how-to" / "page.md").read_text("utf-8")
    assert [name for name in [*linked, "index.html"] if f"(../pages/{name})" not in listed] == []


def test_what_can_be_taken_out_of_a_page_is_listed():
    hidden = {*re.findall(r'data-hide="([a-z]+)"', (HOME / "viz/page/player/page.html").read_text("utf-8"))}
    page = re.search(r"`hide=` takes ([a-z,\s]+)\.", (HOME / "docs/page.md").read_text("utf-8"))[1]
    assert {*re.split(r", | and ", re.sub(r"\s+", " ", page))} == hidden


def test_a_page_of_several_outputs_plays_all_of_them(made_now):
    for name, outputs in (("paths", "y₁ y₂ y₃"), ("network", "y₁ y₂"), ("mlp", "z₃₁ z₃₂")):
        page = (made_now / "pages" / f"{name}.html").read_text("utf-8")
        assert f'"choices":{json.dumps(outputs.split(), ensure_ascii=False, separators=(",", ":"))}' in page


def test_the_pages_are_what_the_code_makes_today(made_now):
    assert [path.name for path in MADE] == sorted(path.name for path in (made_now / "pages").iterdir())
    for path in MADE:
        assert content(path) == content(made_now / "pages" / path.name), f"{path.name}: docs/make.py makes it anew"


# What is typed ------------------------------------------------------------------------------------------------------------


def test_every_fence_is_closed_and_of_a_kind_that_something_runs_or_builds():
    assert [(block.place, block.tag) for block in fenced.blocks() if not fenced.is_known(block)] == []


def test_what_can_be_typed_says_so_behind_its_fence():
    """Blocks of Python are transcripts, which are run as such; what stands behind a bare fence is a picture in letters."""
    blocks = fenced.blocks()
    typed = re.compile(rf"^(>>>|\$ |({'|'.join(fenced.PROGRAMS)}) )", re.MULTILINE)
    assert [block.place for block in blocks if block.tag == "" and typed.search(block.text)] == []
    assert [block.place for block in blocks if block.tag in fenced.TRANSCRIPTS and ">>> " not in block.text] == []


def test_a_command_on_a_page_is_one_that_there_is_with_options_that_it_has():
    lines = [(block.place, line) for block in fenced.blocks() if block.tag == fenced.SHELL for line in fenced.lines_of(block)]
    programs = {(place, fenced.program_of(words)) for place, line in lines for words in fenced.simple_commands(line)}
    assert {(place, program) for place, program in programs if program not in fenced.PROGRAMS} == set()
    typed = [(place, words) for place, line in lines for words in fenced.ours(line)]
    assert len(typed) > 30
    assert [(place, words, fenced.refused(words)) for place, words in typed if fenced.refused(words)] == []


def test_a_command_in_the_help_is_one_that_there_is_with_options_that_it_has():
    lines = [(name, line) for name, lines in fenced.examples_of_help().items() for line in lines]
    typed = [(name, words) for name, line in lines for words in fenced.ours(line)]
    assert len(typed) > 40
    assert [(name, words, fenced.refused(words)) for name, words in typed if fenced.refused(words)] == []


def test_a_command_in_a_sentence_is_one_that_there_is_with_options_that_it_has():
    named = fenced.commands_in_text()
    assert sum(fenced.is_whole(command.words) for command in named) > 30
    assert [command for command in named if "there is no command" in fenced.refused(command.words)] == []
    assert [
        (command, fenced.unknown_options(command.words)) for command in named if fenced.unknown_options(command.words)
    ] == []


# What a line of Python needs beside chalkgrad, and what brings it.
NEEDED = {
    r"(?m)^\W*(import|from) numpy|\bnp\.": ("fast", "scipy", "jax"),
    r"(?m)^\W*(import|from) jax": ("jax",),
    r"(?m)^\W*(import|from) scipy": ("scipy",),
    r"(?m)^\W*(import|from) sympy": ("sympy",),
    r"(?m)^\W*(import|from) torch": ("torch",),
    r"\bplot\w*\(": ("plot",),
    r"\.save\([^)]*\.pdf": ("plot",),
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HOME)))
def test_a_page_says_what_its_python_needs(page):
    code = [block.text for block in fenced.parts(page)[0] if block.tag in (fenced.CELLS, *fenced.TRANSCRIPTS)]
    shown = re.compile(r"(?m)^(?!>>> |\.\.\. ).*$")  # what a transcript prints needs nothing
    typed = "\n".join(shown.sub("", text) if ">>> " in text else text for text in code)
    said = " ".join(re.findall(r"pip install [^`\n']+", page.read_text("utf-8")))
    wanted = [needed for needed in NEEDED if re.search(needed, typed)]
    assert [needed for needed in wanted if not any(brought in said for brought in NEEDED[needed])] == []


def test_a_help_says_what_its_examples_need():
    lines = [(name, line) for name, lines in fenced.examples_of_help().items() for line in lines]
    plotted = {name for name, line in lines if "--plot" in line}
    printed = {name for name, line in lines if re.search(r"--as \S*pdf", line)}
    assert plotted
    assert printed
    assert [name for name in plotted if 'pip install "chalkgrad[plot]"' not in fenced.helps()[name]] == []
    assert [name for name in printed if "takes Chromium or LaTeX" not in fenced.helps()[name]] == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="the lines are for a shell")
def test_what_the_help_on_completion_has_typed_runs_in_a_new_home(tmp_path):
    lines = fenced.examples_of_help()["completion"]
    assert lines
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    call = ["bash", "-euo", "pipefail", "-c", "\n".join(lines)]
    done = subprocess.run(call, cwd=tmp_path, env=os.environ | {"HOME": str(tmp_path), "PATH": path}, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len([file for file in tmp_path.rglob("*") if file.is_file() and "chalkgrad" in file.read_text("utf-8")]) == 3
