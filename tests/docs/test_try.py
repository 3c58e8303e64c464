"""The page in the browser: what runs what is typed, what it offers as a beginning, and the page itself, where it is built.

It is built with the site, or by docs/try/build.py, with npm's packages; .ci/run does so before it runs these tests.
"""

import ast
import base64
import contextlib
import functools
import http.server
import importlib.util
import json
import re
import runpy
import shutil
import threading
from pathlib import Path

import pytest
from browsing import findings
from chalkgrad.command import examples
from chalkgrad.engine.words.language import languages
from chalkgrad.lecture.rows import rows
from student_engines import engine as student_engine

HOME = Path(__file__).resolve().parents[2]
TRY = HOME / "docs" / "try"
ENGLISH = json.loads((HOME / "engine/words/language/en.json").read_text("utf-8"))["try"]
BUILT = [HOME / "build" / "site" / "try", HOME / "build" / "try"]
COLAH = "from chalkgrad import *\na, b = Value(2), Value(1)\nc = a + b\nd = b + 1\ne = c * d\n"


@pytest.fixture(scope="module")
def build():
    return runpy.run_path(str(TRY / "build.py"))


# What is typed is run ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def session_module(tmp_path_factory):
    """What runs programs, from a folder of packages, as in the page: else its own variables would lend names."""
    place = tmp_path_factory.mktemp("python") / "site-packages" / "chalkgrad_session.py"
    place.parent.mkdir()
    shutil.copyfile(TRY / "chalkgrad_session.py", place)
    spec = importlib.util.spec_from_file_location(place.stem, place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def session(session_module, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = []
    session = session_module.Session(told.append, str(tmp_path))
    session.told = told
    return session


def kinds(session):
    return [message["kind"] for message in session.told]


def test_each_expression_is_shown_and_named_as_it_was_typed(session):
    session.run(COLAH + "e\nprint(a.data)\nNone\na.data")
    assert [message["text"] for message in session.told] == ["<Value e = c·d = 6, grad not computed>", "2.0\n", "2.0"]


def test_the_prompt_has_the_variables_of_the_program_and_a_program_begins_anew(session):
    session.run(COLAH)
    session.run("e.backward(); b.grad", anew=False)
    assert session.told[-1]["text"] == "5.0"
    session.run("b")
    assert session.told[-1]["text"].endswith("NameError: name 'b' is not defined")


@pytest.mark.parametrize(
    ("typed", "kind", "mime", "part"),
    [
        ("draw(e)", "rich", "image/svg+xml", "<svg "),
        ("e.tape()", "rich", "text/html", "<table"),
        ("chain_rule(e, b)", "rich", "text/latex", r"\frac{\partial e}{\partial b}"),
        ("play(e)", "page", None, "<!DOCTYPE html>"),
    ],
)
def test_an_object_is_shown_as_a_notebook_shows_it(session, typed, kind, mime, part):
    session.run(COLAH + typed)
    [message] = session.told
    assert (message["kind"], message.get("mime")) == (kind, mime)
    assert part in (message.get("content") or message["html"])
    json.dumps(message)


def test_an_error_shows_the_lines_that_were_typed_and_its_message(session):
    session.run(COLAH + 'def f(x):\n    return Value("x")\nf(1)')
    [message] = session.told
    assert message["kind"] == "error"
    assert re.findall(r"line (\d+), in (\S+)", message["text"]) == [("8", "<module>"), ("7", "f")]
    assert message["text"].endswith("numbers given as text must be converted first: float(text)")


def test_an_error_of_syntax_shows_the_line_alone(session):
    session.run("b +")
    assert session.told[0]["text"].startswith('  File "<editor>", line 1\n    b +')


@pytest.mark.parametrize("typed", ["exit()", "raise KeyboardInterrupt", "input()", "import numpyy"])
def test_nothing_that_is_typed_ends_the_session(session, typed):
    session.run(typed)
    session.run("1 + 1", anew=False)
    assert session.told[-1]["text"] == "2"


def test_what_is_not_there_is_said(session):
    session.run("import no_such_package")
    assert session.told[0]["text"].endswith("chalkgrad and Python's own library, and no other packages.")
    session.run("input('your name')")
    assert "write the value into the program" in session.told[1]["text"]


def test_what_a_long_loop_prints_comes_in_few_messages_and_before_what_follows(session):
    session.run("for i in range(5000):\n    print(i)\n1")
    assert "".join(message["text"] for message in session.told[:-1]) == "".join(f"{i}\n" for i in range(5000))
    assert len(session.told) < 500
    assert session.told[-1] == {"kind": "text", "text": "1"}


def test_buttons_move_the_steps_and_the_gradients_in_python_and_python_moves_the_picture(session):
    session.run(COLAH + "steps = e.steps()\nsteps")
    [shown] = session.told
    assert (shown["kind"], shown["position"], shown["last"], shown["words"]["forward"]) == ("steps", 0, 5, "one step forward")
    session.go(shown["id"], 1)
    assert (session.told[-1]["kind"], session.told[-1]["position"]) == ("moved", 1)
    assert "∂e/∂c = d = 2" in session.told[-1]["sentence"]
    session.run("c.grad\nsteps.step()", anew=False)
    assert [message.get("text", message.get("position")) for message in session.told[2:4]] == ["2.0", 2]


def test_a_step_that_is_refused_says_why(session):
    session.run(COLAH + "steps = e.steps()\nsteps\na.data = 7")
    session.go(session.told[0]["id"], 1)
    assert session.told[-1]["kind"] == "moved"
    assert "a" in session.told[-1]["refused"]


def test_buttons_of_a_program_that_is_gone_do_nothing(session):
    session.run(COLAH + "e.steps()")
    session.run("1")
    session.go(session.told[0]["id"], 1)
    assert kinds(session) == ["steps", "text"]


def test_what_a_program_saves_is_handed_over_once(session):
    session.run(COLAH + 'draw(e).save("e.svg")')
    session.run("1", anew=False)
    assert kinds(session) == ["file", "text"]
    assert session.told[0]["name"] == "e.svg"
    assert base64.b64decode(session.told[0]["content"]).startswith(b"<svg")


RIGHT = """
import math
class Value:
    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents, self.send = data, 0.0, parents, lambda: None
    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))
        def send():
            self.grad += out.grad
            other.grad += out.grad
        out.send = send
        return out
    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))
        def send():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out.send = send
        return out
    __radd__, __rmul__ = __add__, __mul__
    def backward(self):
        order, seen = [], set()
        def visit(v):
            if v not in seen:
                seen.add(v)
                for p in v.parents:
                    visit(p)
                order.append(v)
        visit(self)
        for v in order:
            if v.parents:
                v.grad = 0.0
        self.grad = 1.0
        for v in reversed(order):
            v.send()
"""


def test_the_engine_in_the_editor_is_judged(session):
    session.grade_source(RIGHT.replace("self.grad += other.data", "self.grad = other.data"))
    [message] = session.told
    assert message["kind"] == "page"
    assert "= for +=" in message["html"]
    session.grade_source(RIGHT)
    assert "= for +=" not in session.told[1]["html"]


@pytest.mark.parametrize(
    ("source", "said"), [("", "the file is empty"), ("class Value(", "never closed"), ("1/0", "line 1: ZeroDivisionError")]
)
def test_an_engine_that_cannot_run_is_told_so(session, source, said):
    session.grade_source(source)
    assert said in session.told[0]["html"].replace("&#x27;", "'")


def test_a_program_judges_a_class_of_its_own(session):
    session.names["Mine"] = student_engine("no seed")
    session.run("grade(Mine)", anew=False)
    assert kinds(session) == ["page"]
    assert "Value" in session.told[0]["html"]


# Where one can start -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", examples.names())
def test_an_example_as_a_program_computes_what_the_example_does(build, session, name):
    example = examples.load(name)
    session.run(build["code_of"](example))
    assert kinds(session) == ["steps"]
    right = examples.build(example)
    assert [session.names[output].data for output in example.outputs] == [root.data for root in right.roots]
    assert session.told[0]["last"] == len(right.roots[0].steps()) - 1


@pytest.mark.parametrize("number", [1, 5, 13])
def test_a_row_of_the_lecture_as_a_program_shows_its_pages_and_pictures(build, session, number):
    session.run(build["code_of_row"](number))
    assert kinds(session) == {1: ["page"], 5: ["rich"], 13: ["page", "rich"]}[number]


def test_every_row_and_every_example_is_offered_in_each_language(build):
    starts = build["starts"]()
    assert [one["name"] for one in starts[0]["starts"]] == [f"row{row.number}" for row in rows()]
    assert sorted(one["name"] for group in starts[1:] for one in group["starts"]) == sorted(examples.names())
    for row in starts[0]["starts"]:
        assert row["code"].keys() == {*languages()}
        for code in row["code"].values():
            ast.parse(code)
            assert not re.search(r"^plot_", code, re.MULTILINE)
    for example in (one for group in starts[1:] for one in group["starts"]):
        assert example["title"].keys() == example["code"].keys() == {*languages()}
        for language, code in example["code"].items():
            ast.parse(code)
            assert code.startswith(f"# {example['title'][language]}\n")
            assert bool(re.search("[א-ת]", example["title"][language])) == (language == "he")


# The page's text and policy ------------------------------------------------------------------------------------------


def test_each_word_of_the_page_is_in_the_language_and_each_in_the_language_is_on_the_page(build):
    page, script = (TRY / "page" / "try.html").read_text("utf-8"), (TRY / "page" / "try.js").read_text("utf-8")
    outputs, worker = ((TRY / "page" / name).read_text("utf-8") for name in ("outputs.js", "worker.js"))
    said = {*re.findall(r'data-(?:say|label|title)="([^"]+)"', page)} | {"documentation"}
    said |= {one or other for one, other in re.findall(r'words(?:\.(\w+)|\["([^"]+)"\])', script + outputs)}
    said |= {*re.findall(r'(?:say|enter)\("([^"]+)"\)', script)} | {*re.findall(r'"stage", name: "([^"]+)"', worker)}
    assert said - {"language"} == {*ENGLISH}
    assert "{{" not in build["page"]("../index.html")


def test_scripts_come_from_the_page_s_own_files_alone(build):
    page = build["page"]()
    policy = dict(part.split(" ", 1) for part in re.search(r'Policy" content="([^"]+)"', page)[1].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert {source for name in policy for source in policy[name].split()} <= {
        "'none'", "'self'", "'wasm-unsafe-eval'", "'unsafe-inline'", "blob:", "data:"
    }  # fmt: skip
    assert re.findall(r"<script(?![^>]* src=)|\son\w+=|javascript:", page) == []


def test_without_npm_the_page_says_what_to_install(build, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(build["build"].__globals__, "CACHE", tmp_path / "npm")
    with pytest.raises(build["NotHere"], match="there is no npm here: this page needs npm"):
        build["build"](tmp_path / "page")
    assert "this page needs npm" in (tmp_path / "page" / "try.html").read_text("utf-8")
    assert build["main"](["-o", str(tmp_path / "page")]) == 77


# In a browser --------------------------------------------------------------------------------------------------------


class _Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def served(folder):
    handler = functools.partial(_Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def site():
    """The folder of the page, if it is built, and from today's files."""
    built = [folder for folder in BUILT if (folder / "packages.tar.xz").exists()]
    if not built:
        pytest.skip("the page is not built here: python docs/try/build.py, with npm")
    folder = max(built, key=lambda folder: (folder / "packages.tar.xz").stat().st_mtime)
    for file in (TRY / "page").glob("*.js"):
        if file.name != "service.js" and file.read_bytes() != (folder / file.name).read_bytes():
            pytest.skip(f"the page was built from another {file.name}: python docs/try/build.py")
    with served(folder) as server:
        yield f"http://127.0.0.1:{server.server_port}/try.html"


class Page:
    """The page in a tab of a context of its own, in which Python has started."""

    def __init__(self, context, address):
        self.context, self.console, self.requests = context, [], []
        self.tab = context.new_page()
        self.tab.set_default_timeout(90_000)  # a busy machine takes its time to start Python
        self.tab.on("console", lambda message: self.console.append(message.text))
        self.tab.on("pageerror", lambda error: self.console.append(str(error)))
        context.on("request", lambda request: self.requests.append(request.url))
        self.tab.goto(address)
        self.tab.evaluate("addEventListener('securitypolicyviolation', (event) => console.log(event.violatedDirective))")
        self.ready()

    def ready(self):
        self.tab.wait_for_selector('html[data-state="ready"]')

    def run(self, source):
        self.tab.fill("#source", source)
        self.tab.press("#source", "Control+Enter")
        self.ready()

    def type(self, line):
        self.tab.fill("#prompt", line)
        self.tab.press("#prompt", "Enter")
        self.ready()

    @property
    def last(self):
        return self.tab.locator("#outputs > *").last.text_content()

    def count(self, selector):
        return self.tab.locator(f"#outputs {selector}").count()


@pytest.fixture(scope="module")
def started(browser, site):
    """A page that several tests use: each begins with a program of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    yield Page(context, site)
    context.close()


@pytest.fixture
def visited(browser, site):
    contexts = []

    def open_(fragment="", wait=True, **options):
        contexts.append(
            browser.new_context(**{"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"} | options)
        )
        return Page(contexts[-1], site + fragment)

    yield open_
    for context in contexts:
        context.close()


def test_the_first_visit_ends_in_a_picture_with_buttons(started):
    assert started.count("svg") == 1
    assert started.tab.locator(".chalkgrad-steps pre").text_content().startswith("seed  L.grad = ∂L/∂L = 1")
    assert started.console == []


def test_buttons_on_the_page_move_the_gradients_in_python(started):
    started.run(COLAH + "e.steps()")
    forward = started.tab.get_by_role("button", name="one step forward")
    forward.click()
    started.tab.wait_for_function("() => document.querySelector('.chalkgrad-steps pre').textContent.includes('∂e/∂c')")
    forward.press("ArrowRight")
    started.tab.wait_for_function("() => document.querySelector('.chalkgrad-steps pre').textContent.includes('∂e/∂d')")
    started.type("c.grad, d.grad")
    assert started.last == "(2.0, 3.0)"


def test_what_is_shown_has_its_own_form(started):
    started.run(COLAH + "chain_rule(e, b)\ne.tape()\ndraw(e)\nprint(e.tape())")
    assert [started.count(kind) for kind in ("math", "table", ".paper svg", "pre")] == [1, 1, 1, 1]
    assert started.tab.locator("#outputs math").text_content().count("∂e") >= 3


def test_play_runs_in_its_frame(started):
    started.run(COLAH + "play(e)")
    frame = started.tab.frame_locator("#outputs iframe")
    frame.locator("#forward").click()
    assert frame.locator("#position").text_content().replace("\u2060", "").startswith("forward 1")


def test_the_prompt_keeps_what_was_typed(started):
    started.run("x = 1")
    started.type("x + 1")
    started.type("x + 2")
    for key, line in (("ArrowUp", "x + 2"), ("ArrowUp", "x + 1"), ("ArrowDown", "x + 2"), ("ArrowDown", "")):
        started.tab.press("#prompt", key)
        assert started.tab.input_value("#prompt") == line


def test_a_line_goes_as_far_in_as_the_one_before_and_tab_leaves_the_editor(started):
    started.tab.fill("#source", "")
    started.tab.focus("#source")
    started.tab.keyboard.type("def f(x):\nreturn x + 1")
    assert started.tab.input_value("#source") == "def f(x):\n    return x + 1"
    assert started.tab.text_content("#numbers") == "1\n2"
    started.tab.keyboard.press("Tab")
    assert started.tab.evaluate("document.activeElement.id") == "run"


def test_the_engine_in_the_editor_is_judged_on_the_page(started):
    started.tab.fill("#source", RIGHT.replace("self.grad += other.data", "self.grad = other.data"))
    started.tab.click("#grade")
    started.tab.wait_for_selector("#outputs iframe")
    started.ready()
    assert "= for +=" in started.tab.frame_locator("#outputs iframe").locator("body").text_content()


def test_what_is_saved_can_be_downloaded(started):
    started.run(COLAH + 'draw(e).save("e.svg")')
    with started.tab.expect_download() as download:
        started.tab.click("#outputs a[download]")
    assert download.value.suggested_filename == "e.svg"
    assert Path(download.value.path()).read_text("utf-8").startswith("<svg")


def test_html_that_a_program_shows_runs_no_script(started):
    picture = "<img src=x onerror='document.title=1'><b>shown</b>"
    shown = f'class Shown:\n    def _repr_html_(self):\n        return "{picture}"\nShown()'
    before = started.tab.title()
    started.run(shown)
    started.tab.wait_for_timeout(100)
    assert (started.last, started.tab.title()) == ("shown", before)
    started.console.clear()


def test_python_reaches_no_other_server(started, tmp_path):
    (tmp_path / "secret.txt").write_text("told")
    with served(tmp_path) as other:
        address = f"http://127.0.0.1:{other.server_port}/secret.txt"
        fetch = "from js import XMLHttpRequest\nask = XMLHttpRequest.new()\n"
        fetch += f'ask.open("GET", "{address}", False)\nask.send()'
        started.run(fetch)
    assert "NetworkError" in started.last
    started.console.clear()


def test_a_loop_without_an_end_is_stopped_and_python_starts_again(started):
    started.tab.fill("#source", "while True:\n    pass")
    started.tab.click("#run")
    started.tab.wait_for_selector('html[data-state="running"]')
    assert started.tab.evaluate("1 + 1") == 2
    started.tab.click("#stop")
    assert started.last == ENGLISH["stopped"]
    started.ready()
    started.type("1 + 1")
    assert started.last == "2"


def test_a_program_travels_in_the_link_and_is_not_run_before_somebody_says_so(started, visited):
    program = COLAH + "# שלום, ∂\ndraw(e)\n"
    started.tab.fill("#source", program)
    started.tab.click("#copy")
    started.tab.wait_for_function("() => location.hash.includes('code=')")
    fragment = started.tab.evaluate("location.hash")
    assert re.fullmatch(r"#code=[\w-]+", fragment)
    other = visited(fragment)
    assert other.tab.input_value("#source") == program
    assert (other.count("svg"), other.last) == (0, ENGLISH["shared"])
    other.tab.click("#run")
    other.tab.wait_for_selector("#outputs svg")


def test_a_link_that_was_cut_off_says_so(visited):
    page = visited("#code=abc")
    assert page.last == ENGLISH["unreadable address"]


def test_an_example_has_an_address(visited):
    page = visited("#start=colah&language=he")
    page.tab.wait_for_selector("#outputs svg")
    comment = page.tab.input_value("#source").partition("\n")[0]
    assert comment.startswith("# ")
    assert "Colah" in comment
    assert "בנקודה" in comment
    assert page.tab.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["he", "rtl"]
    assert page.tab.evaluate("getComputedStyle(document.querySelector('#source')).direction") == "ltr"
    page.type("chain_rule(e, b)")
    assert page.count("math") == 1


def test_the_second_visit_needs_no_network(browser, site):
    context = browser.new_context()
    try:
        page = Page(context, site)
        page.tab.wait_for_function("() => navigator.serviceWorker.controller !== null")
        page.tab.evaluate("async () => { await navigator.serviceWorker.ready; }")
        context.set_offline(True)
        page.tab.reload()
        page.tab.wait_for_selector("#outputs svg")
        page.run(COLAH + "chain_rule(e, b)\nplay(e)")
        assert page.count("math") == 1
        page.tab.frame_locator("#outputs iframe").locator("#forward").click()
    finally:
        context.close()


@pytest.mark.parametrize(("fragment", "scheme"), [("", "light"), ("#language=he", "dark")])
def test_axe_finds_nothing_and_a_phone_shows_all(visited, fragment, scheme):
    page = visited(fragment, color_scheme=scheme, bypass_csp=True)  # for axe, which is a script from elsewhere
    page.run(COLAH + "e.steps()\ndraw(e)\ne.tape()\nchain_rule(e, b)\nprint(e.tape())\nplay(e)\n1/0")
    page.type("e.backward(); a")
    page.tab.frame_locator("#outputs iframe").locator("#forward").click()
    assert findings(page.tab) == []
    page.tab.set_viewport_size({"width": 390, "height": 844})
    page.tab.wait_for_timeout(100)
    assert findings(page.tab) == []
    assert page.tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
