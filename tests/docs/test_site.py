"""The site: what it takes from the code, its links, and how its pages stand in a browser, opened from a disk.

The whole site is built by .ci/run, with warnings as errors; here two pages are, by the same conf.py.
"""

import importlib
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from browsing import findings
from chalkgrad.command.commands import PARSERS
from chalkgrad.engine.rules import RULES

for needed in ("furo", "myst_nb", "sphinx"):
    pytest.importorskip(needed, reason='the site is built by Sphinx: pip install -e ".[docs]"')

DOCS = Path(__file__).resolve().parents[2] / "docs"
CELL = "```{code-cell} python\n%s\n```\n"
FRONT = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n  display_name: Python 3\n---\n"
WIDE = "| " + " | ".join(f"a long heading {i}" for i in range(12)) + " |\n|" + "---|" * 12 + "\n|" + " 1 |" * 12
ENGLISH = f"""{FRONT}
# Two paths

The derivative $\\frac{{\\partial e}}{{\\partial b}}$ is the sum over $n$ paths: [the other page](he/01_paths.md).

{CELL % "from chalkgrad import *; a, b = Value(2), Value(1); e = (a + b) * (b + 1); e.backward(); chain_rule(e, b)"}
{CELL % "draw(e)"}
{CELL % "play(e)"}
{CELL % "e.steps()"}
{WIDE}
"""
HEBREW = f"""{FRONT}
# שני מסלולים

הנגזרת $\\frac{{\\partial e}}{{\\partial b}}$ היא סכום על פני המסלולים, `e.backward()`.

$$L = (a \\cdot b + c) \\cdot f$$

:::{{note}}
הערה למרצה.
:::

{CELL % "print('a = 2')"}
{CELL % "print('נכון: b = 1')"}
"""
INDEX = "# Pages\n\n```{toctree}\n:glob:\nlecture/*\nlecture/he/*\n```\n"


@pytest.fixture(scope="module")
def house():
    """The modules of the site's extension."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DOCS / "_ext"))
        names = ("commands", "direction", "docstrings", "editions", "links", "mathematics", "operations", "rooms")
        yield SimpleNamespace(**{name: importlib.import_module(f"house.{name}") for name in names})


def built_site(folder, pages, *options):
    """Builds pages with docs/conf.py, as the site is; returns where they are, and what the build said."""
    source, site = folder / "source", folder / "site"
    for name, text in pages.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-c", DOCS, "-b", "html", *options, source, site]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    return site, done


@pytest.fixture(scope="module")
def two_pages(tmp_path_factory):
    pages = {"index.md": INDEX, "lecture/01_paths.md": ENGLISH, "lecture/he/01_paths.md": HEBREW}
    site, done = built_site(tmp_path_factory.mktemp("two pages"), pages)
    assert done.returncode == 0, done.stderr
    return site


@pytest.fixture
def visited(browser, two_pages):
    """Opens a page of the two from the disk; what it asks for is in `requests`."""
    contexts = []

    def open_(name, size=(1280, 800), scheme="light"):
        width, height = size
        contexts.append(
            browser.new_context(color_scheme=scheme, reduced_motion="reduce", viewport={"width": width, "height": height})
        )
        tab = contexts[-1].new_page()
        requests = []
        tab.on("request", lambda request: requests.append(request.url))
        tab.goto((two_pages / f"{name}.html").as_uri() if "?" not in name else f"{two_pages.as_uri()}/{name}")
        return tab, requests

    yield open_
    for context in contexts:
        context.close()


# What is taken from the code -----------------------------------------------------------------------------------------


def test_the_page_of_operations_has_each_of_the_table_once(house):
    headings = re.findall(r"^### (\w+)$", house.operations.markdown(), re.MULTILINE)
    assert sorted(headings) == sorted(RULES)


def test_the_page_of_operations_says_each_domain_and_each_convention(house):
    entries = dict(re.findall(r"^### (\w+)$(.*?)(?=^##|\Z)", house.operations.markdown(), re.MULTILINE | re.DOTALL))
    missing = [
        (rule.name, said)
        for rule in RULES.values()
        for said in (rule.says[1:], rule.requires, rule.kink)
        if said not in entries[rule.name]
    ]
    assert missing == []


def test_local_derivatives_on_the_page_are_those_of_a_handbook(house):
    page = house.operations.markdown()
    for formula in (
        r"\frac{\partial v}{\partial x} = 1 - v^{2}",  # tanh
        r"\frac{\partial v}{\partial x} = v \cdot (1 - v)",  # σ
        r"\frac{\partial v}{\partial x_{i}} = \exp\left(x_{i} - v\right)",  # logsumexp
        r"\frac{\partial v}{\partial w_{i}} = x_{i}",  # affine
        r"\begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{else} \end{cases}",  # relu
    ):
        assert f"{formula}$" in page


def test_every_formula_of_the_operations_becomes_mathml(house):
    formulas = re.findall(r"\$([^$]+)\$", house.operations.markdown())
    assert len(formulas) > 2 * len(RULES)
    assert all(house.mathematics.mathml(formula).startswith("<math") for formula in formulas)


def test_a_command_of_latex_that_the_converter_does_not_know_is_named(house):
    with pytest.raises(Exception, match=r"\\frobnicate"):
        house.mathematics.mathml(r"\frobnicate{x}")


def test_a_plot_reaches_a_little_beyond_the_domain(house):
    low, high = house.operations.span(RULES["asin"])
    assert -1.5 < low < -1 < 1 < high < 1.5
    assert house.operations.span(RULES["tanh"]) == (-4, 4)
    assert house.operations.span(RULES["hypot"]) is None


def test_each_public_name_stands_once_in_the_reference():
    named = []
    for page in sorted((DOCS / "reference").glob("*.md")):
        text = page.read_text("utf-8")
        for module, block in re.findall(r"currentmodule:: (\S+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            named += [f"{module}.{name}" for name in re.findall(r"^\.\. auto\w+:: (\w+)", block, re.MULTILINE)]
    for module, place in {"engine": "", "nn": "", "viz": "", "nn.data": ".nn.data", "classroom": ".classroom"}.items():
        public = importlib.import_module(f"chalkgrad.{module}").__all__
        table = RULES if module == "engine" else {}
        named_here = [name for name in public if f"chalkgrad{place}.{name}" in named]
        assert [name for name in public if name not in named_here and name not in table] == []
    assert len(named) == len(set(named))


def test_the_command_line_page_has_the_help_of_each_command(house):
    page = house.commands.markdown()
    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == [*PARSERS]
    assert page.count("usage: chalkgrad") >= len(PARSERS) + 1


def test_the_map_has_each_room_and_each_file_with_a_sentence(house):
    page = house.rooms.markdown()
    home = DOCS.parent
    found = [file for name in ("engine", "nn", "viz", "front") for file in home.glob(f"{name}/**/__init__.py")]
    rooms = [file.parent.relative_to(home).as_posix() for file in found]
    assert sorted(re.findall(r"^##+ (\S+)$", page, re.MULTILINE)) == sorted(rooms)
    assert re.search(r"^\| sweep\.py \| \S", page, re.MULTILINE)
    assert re.findall(r"^\| \S+ \|\s*\|$", page, re.MULTILINE) == []


def test_bars_and_indices_of_formulas_in_docstrings_are_no_markup(house):
    assert house.docstrings.marked(["|x - y| of z_, as `|x|`"]) == [r"\|x - y\| of z\_, as `|x|`"]
    assert house.docstrings.marked([">>> a | b_", "|c|"]) == [">>> a | b_", "|c|"]


def test_what_a_cell_says_runs_as_its_first_letter_does_but_columns_do_not(house):
    said = "\u2066b\u2069: נכון", "a = 2, נכון", "ערך │ גרדיאנט", "1\n2"
    turned = house.direction.turned("".join(f"<pre>{text}</pre>" for text in said), "he")
    assert re.findall('<pre dir="rtl">(.*?)</pre>', turned) == [said[0]]
    assert 'dir="rtl">\u2066b' not in house.direction.turned(f"<pre>{said[0]}</pre>", "en")


# Links ---------------------------------------------------------------------------------------------------------------


def test_a_link_without_a_file_or_without_its_fragment_is_found(house, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.html").write_text('<h1 id="here">b</h1><a href="../a.html#top">a</a><a href="#there">x</a>', "utf-8")
    (tmp_path / "a.html").write_text(
        '<a name="top"></a><a href="sub/b.html#here">1</a><a href="sub/b.html#gone">2</a><img src="no%20file.png">'
        '<a href="https://example.org/">3</a><a href="#">4</a><a href="mailto:someone@example.org">5</a>',
        "utf-8",
    )
    broken, outside = house.links.followed(tmp_path)
    assert [link.address for link in broken] == ["sub/b.html#gone", "no%20file.png", "#there"]
    assert [link.address for link in outside] == ["https://example.org/", "mailto:someone@example.org"]


def test_a_build_with_a_link_that_leads_nowhere_fails_and_says_which(tmp_path):
    _, done = built_site(tmp_path, {"index.md": '# Page\n\n<a href="gone.html">a link</a>\n'})
    assert done.returncode == 1
    assert "index.html: the link 'gone.html' leads nowhere" in done.stderr


def test_a_build_with_a_cell_that_fails_fails(tmp_path):
    _, done = built_site(tmp_path, {"index.md": f"{FRONT}\n# Page\n\n{CELL % '1 / 0'}"}, "-T")
    assert done.returncode != 0
    assert "ZeroDivisionError" in done.stderr


# The lecture ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("folder", "words"), [("lecture", "# Two paths"), ("lecture/he", '<div dir="rtl">\n\n# שני מסלולים')])
def test_beside_a_page_of_the_lecture_are_its_notebook_and_its_program(two_pages, folder, words):
    made = nbformat.read(two_pages / folder / "01-paths.ipynb", as_version=4)
    nbformat.validate(made)
    assert made.cells[0].source.startswith(words)
    program = (two_pages / folder / "01-paths.py").read_text("utf-8")
    assert program.startswith(f"# %% [markdown]\n# {words.rpartition(chr(10))[2]}\n")
    compile(program, "01-paths.py", "exec")


def test_a_page_in_one_language_alone_leads_to_no_other(house):
    pages = ["lecture/index", "lecture/he/index", "lecture/01_paths", "lecture/02_more", "lecture/he/02_more"]
    assert {page: house.editions.others(page, pages) for page in pages} == {
        "lecture/index": {"he": "lecture/he/index"},
        "lecture/he/index": {"en": "lecture/index"},
        "lecture/01_paths": {},
        "lecture/02_more": {"he": "lecture/he/02_more"},
        "lecture/he/02_more": {"en": "lecture/02_more"},
    }


def test_rows_alone_are_made_into_notebooks(house):
    assert house.editions.is_row("lecture/01_paths")
    assert house.editions.is_row("lecture/he/01_paths")
    assert not any(map(house.editions.is_row, ["lecture", "lecture/index", "lecture/he/index", "after/01_paths"]))


# In a browser --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lecture/01_paths", "lecture/he/01_paths", "search.html?q=derivative"])
def test_a_page_opened_from_the_disk_asks_the_network_for_nothing(visited, name):
    tab, requests = visited(name)
    tab.wait_for_load_state("networkidle")
    assert len(requests) > 3
    assert [address for address in requests if not address.startswith(("file:", "data:", "about:", "blob:"))] == []


def test_the_search_finds_a_page_from_the_disk(visited):
    tab, _ = visited("search.html?q=derivative")
    tab.wait_for_selector("#search-results li a")
    assert tab.locator("#search-results li a").first.text_content() == "Two paths"


def test_a_cell_shows_its_output_its_picture_and_its_page(visited):
    tab, _ = visited("lecture/01_paths")
    assert tab.locator(".cell_output math").count() == 1
    assert tab.locator(".cell_output img").first.get_attribute("alt") == "The computation graph of e = v3·v4: 5 values, 5 edges"
    assert tab.frame_locator(".cell_output iframe").locator("#position").count() == 1


def test_a_page_of_the_lecture_leads_to_the_other_language_and_back(visited):
    tab, _ = visited("lecture/01_paths")
    offered = ["עברית", "the page of this row, for Jupyter", "the same for an editor that knows cells"]
    assert tab.locator(".editions a").all_text_contents() == offered
    tab.click(".editions a[hreflang=he]")
    assert tab.text_content("article h1").startswith("שני מסלולים")
    assert {*tab.eval_on_selector_all(".editions a[download]", "(found) => found.map((one) => one.getAttribute('href'))")} == {
        "01-paths.ipynb",
        "01-paths.py",
    }
    tab.click(".editions a[hreflang=en]")
    assert tab.text_content("article h1").startswith("Two paths")


def test_hebrew_runs_from_right_to_left_and_code_and_formulas_from_left_to_right(visited):
    tab, _ = visited("lecture/he/01_paths")
    assert tab.evaluate("() => document.documentElement.lang") == "he"

    def directions(selector):
        return {*tab.eval_on_selector_all(selector, "(found) => found.map((one) => getComputedStyle(one).direction)")}

    assert directions("article h1, article p") == {"rtl"}
    assert directions("article pre:not([dir]), article math, article code, article div.math") == {"ltr"}
    assert tab.locator("article pre[dir]").all_text_contents() == ["נכון: b = 1\n"]
    assert directions("article pre[dir]") == {"rtl"}
    assert tab.text_content("article .admonition-title") == "הערה"
    assert directions(".sidebar-drawer, .toc-drawer") == {"ltr"}
    sidebar, article = (tab.locator(selector).bounding_box() for selector in (".sidebar-container", "article"))
    assert sidebar["x"] < article["x"]
    heading = tab.evaluate(
        "() => { const text = document.createRange(); text.selectNodeContents(document.querySelector('article h1').firstChild);"
        "const { left, right } = text.getBoundingClientRect(); return [left, right]; }"
    )
    assert heading[0] > article["x"] + 200
    assert article["x"] + article["width"] - 60 < heading[1] <= article["x"] + article["width"] + 1


def test_a_printed_line_runs_as_its_first_word_does(visited):
    tab, _ = visited("lecture/he/01_paths")
    ends = tab.eval_on_selector_all(
        ".cell_output pre",
        "(found) => found.map((one) => { const text = document.createTreeWalker(one, NodeFilter.SHOW_TEXT).nextNode();"
        "const place = (word) => { const range = document.createRange(), at = text.data.indexOf(word);"
        "range.setStart(text, at); range.setEnd(text, at + 1); return range.getBoundingClientRect().left; };"
        "return [place(text.data[0]), place('=')]; })",
    )
    (english, later), (hebrew, formula) = ends
    assert english < later
    assert hebrew > formula


def test_a_title_from_right_to_left_has_its_side_for_itself(visited):
    for name, is_left in (("lecture/01_paths", False), ("lecture/he/01_paths", True)):
        tab, _ = visited(name)
        icons, article = (tab.locator(selector).bounding_box() for selector in (".content-icon-container", "article"))
        middle = article["x"] + article["width"] / 2
        assert (icons["x"] + icons["width"] < middle) == is_left


def test_a_page_whose_wording_is_a_draft_says_so(visited):
    tab, _ = visited("lecture/he/01_paths")
    assert "טיוטה" in tab.text_content("article footer")
    tab, _ = visited("lecture/01_paths")
    assert tab.locator("article footer").count() == 0
    assert tab.evaluate("() => document.documentElement.lang") == "en"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(visited, size, scheme):
    for name in ("index", "lecture/01_paths", "lecture/he/01_paths", "search"):
        tab, _ = visited(name, size, scheme)
        assert (name, findings(tab)) == (name, [])
        assert (name, tab.evaluate("() => document.documentElement.scrollWidth - innerWidth")) <= (name, 0)
