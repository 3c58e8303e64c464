"""What is typed on the page in the browser is run here, and the page is told what to show, a message for each output.

>>> shown = []
>>> session = Session(shown.append)
>>> session.run("a = 2\\n3 * a\\nprint(a)")
>>> [(message["kind"], message["text"]) for message in shown]
[('text', '6'), ('printed', '2\\n')]

Each expression on a line of its own is shown, as at a prompt. A message is a dictionary that JSON can hold: the page runs this
in a worker.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import io
import linecache
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import FrameType, ModuleType, SimpleNamespace
from typing import Any

from chalkgrad.engine.stepping.cursor import Moves
from chalkgrad.engine.words.language import language

Message = dict[str, Any]
MIMES = ("text/html", "image/svg+xml", "image/png", "text/latex")  # what the page shows rather than text, the first first
MOST = 30_000  # characters of one text
WAIT = 0.1  # seconds after which what was printed is sent
TYPED = ("<editor>", "<prompt ")  # how the names of what is typed begin
ENGINE = "my_engine.py"  # what an engine is called that is graded


class Session:
    """The variables of a program that is typed piece by piece.

    `send` takes what is to be shown. Files that the program saves in `folder`, the current one, are handed over.
    """

    def __init__(self, send: Callable[[Message], object], folder: str = "") -> None:
        self._send, self._folder = send, folder
        self._printed = _Printed(send)
        self._steps: dict[int, tuple[Moves[Any], Any]] = {}
        self._ids, self._typed = count(1), count(1)
        self._files: dict[str, tuple[int, int]] = {}
        self._source = ""
        self.begin()

    def begin(self) -> None:
        """Forgets all variables."""
        main = ModuleType("__main__")
        self.names = vars(main)
        self.names.update(display=self.show, grade=self.grade, input=_nobody)
        self._steps.clear()
        self._main = main

    def speak(self, code: str) -> None:
        """Chooses the language of what is said from now on."""
        language(code)

    # Running -------------------------------------------------------------------------------------------------------------

    def run(self, source: str, anew: bool = True) -> None:
        """Runs a program, `anew` without the variables of the one before; what goes wrong is shown as well."""
        if anew:
            self.begin()
            self._source = source
        name = "<editor>" if anew else f"<prompt {next(self._typed)}>"
        linecache.cache[name] = (len(source), None, [f"{line}\n" for line in source.split("\n")], name)  # for tracebacks
        with self._as_main(), self._told():
            for statement in ast.parse(source, name).body:
                self._run(statement, name)
        self._offer_files()

    def _run(self, statement: ast.stmt, name: str) -> None:
        if isinstance(statement, ast.Expr):
            code = compile(ast.Expression(statement.value), name, "eval", dont_inherit=True)
            shown = eval(code, self.names)
            if shown is not None:
                self.names["_"] = shown
                self.show(shown)
        else:
            exec(compile(ast.Module([statement], []), name, "exec", dont_inherit=True), self.names)

    @contextlib.contextmanager
    def _as_main(self) -> Iterator[None]:
        """Makes the variables those of the main program, where chalkgrad looks for names."""
        before = sys.modules["__main__"]
        sys.modules["__main__"] = self._main
        try:
            yield
        finally:
            sys.modules["__main__"] = before

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Tells what is printed, and what goes wrong: nothing that is typed ends the session, sys.exit() neither."""
        try:
            with contextlib.redirect_stdout(self._printed), contextlib.redirect_stderr(self._printed):
                yield
        except BaseException as error:
            if said := described(error):
                self._tell({"kind": "error", "text": said})
        self._printed.flush()

    def _tell(self, message: Message) -> None:
        """Sends a message, after what was printed before it."""
        self._printed.flush()
        self._send(message)

    # Showing -------------------------------------------------------------------------------------------------------------

    def show(self, *shown: Any) -> None:
        """Shows objects as a notebook does: steps with buttons, pictures, pages, tables, formulas; all else as text."""
        for one in shown:
            self._tell(self._message(one))

    def _message(self, shown: Any) -> Message:
        if isinstance(shown, Moves):
            return self._with_buttons(shown)
        if _is_page(shown):
            return {"kind": "page", "html": shown.html, "text": repr(shown)}
        text = repr(shown)
        found = _rich(shown)
        for mime in MIMES:
            if content := found.get(mime):
                content = base64.b64encode(content).decode() if isinstance(content, bytes) else content
                return {"kind": "rich", "mime": mime, "content": content, "text": text}
        return {"kind": "text", "text": text if len(text) <= MOST else f"{text[:MOST]} …"}

    def _with_buttons(self, steps: Moves[Any]) -> Message:
        from chalkgrad.viz.widget.shown import WORDS, Pictures, state

        number, pictures = next(self._ids), Pictures(steps)
        self._steps[number] = steps, pictures
        steps._watching = (*steps._watching, lambda: self._moved(number))
        words = {key: WORDS[key] for key in ("back", "forward", "steps")}
        return {"kind": "steps", "id": number, "last": len(steps) - 1, "words": words, **state(steps, pictures)}

    def _moved(self, number: int, refused: str = "") -> None:
        from chalkgrad.viz.widget.shown import state

        if number in self._steps:  # its program is still the last
            self._tell({"kind": "moved", "id": number, **state(*self._steps[number]), "refused": refused})

    def go(self, number: int, position: int) -> None:
        """Moves the steps of that number, because a button was pressed; the gradients in Python follow."""
        if number not in self._steps:
            return
        steps, _ = self._steps[number]
        try:
            if position != steps.position:
                steps.goto(position)
        except (RuntimeError, ArithmeticError, IndexError) as error:
            self._moved(number, str(error))

    # Grading -------------------------------------------------------------------------------------------------------------

    def grade(self, engine: Any = None, *, needs: str = "") -> None:
        """Judges an engine, as `chalkgrad grade` does, and shows the feedback: smallest failing graphs, and why.

        `engine` is its source, its class, or a module; by default what stands in the editor. `needs` are the operations that
        are asked for, as in "+ * tanh".
        """
        from chalkgrad.classroom.grading.telling.report_page import page

        engine = self._source if engine is None else engine
        self._tell({"kind": "page", "html": page(_report(engine, needs)), "text": ENGINE})

    def grade_source(self, source: str) -> None:
        """Judges the engine that stands in the editor, with nothing of an earlier program."""
        self.begin()
        with self._told():
            self.grade(source)

    # Files ---------------------------------------------------------------------------------------------------------------

    def _offer_files(self) -> None:
        """Hands over what the program has saved in its folder since the last time."""
        if not self._folder:
            return
        for entry in sorted(os.scandir(self._folder), key=lambda entry: entry.name):
            if entry.is_file():
                known = (entry.stat().st_size, entry.stat().st_mtime_ns)
                if self._files.get(entry.name) != known:
                    self._files[entry.name] = known
                    content = base64.b64encode(Path(entry.path).read_bytes()).decode()
                    self._tell({"kind": "file", "name": entry.name, "content": content})


class _Printed(io.TextIOBase):
    """What print() writes to: it is sent in pieces, because a message for each line of a long loop would hold the page up."""

    encoding = "utf-8"

    def __init__(self, send: Callable[[Message], object]) -> None:
        self._send, self._pieces, self._sent = send, list[str](), 0.0

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        self._pieces.append(text)
        if time.monotonic() - self._sent > WAIT:
            self.flush()
        return len(text)

    def flush(self) -> None:
        if self._pieces:
            self._send({"kind": "printed", "text": "".join(self._pieces)})
            self._pieces.clear()
        self._sent = time.monotonic()


def described(error: BaseException) -> str:
    """Returns an error as Python writes it, from the line of what was typed on."""
    if isinstance(error, SystemExit) and error.code is None:
        return ""
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] not in sys.stdlib_module_names:
        error.add_note("On this page there are chalkgrad and Python's own library, and no other packages.")
    said = traceback.TracebackException(type(error), error, error.__traceback__)
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    typed = next((i for i, frame in enumerate(frames) if frame.f_code.co_filename.startswith(TYPED)), len(frames))
    said.stack[:] = [line for frame, line in [*zip(frames, said.stack, strict=False)][typed:] if not _is_ours(frame)]
    # What chalkgrad raises says all, and what made it do so would be read as the error.
    lines = said.format(chain=not (frames and _is_ours(frames[-1]))) if said.stack else said.format_exception_only()
    return "".join(lines).rstrip()


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).startswith("chalkgrad")


def _nobody(*prompt: object) -> str:
    raise EOFError("input() has nobody to ask on this page: write the value into the program.")


def _is_page(shown: object) -> bool:
    document = sys.modules.get("chalkgrad.viz.page.document")
    return document is not None and isinstance(shown, document.Page)


def _rich(shown: Any) -> Message:
    """Returns what an object offers a notebook, by media type."""
    kind, offers = type(shown), {}
    if hasattr(kind, "_repr_mimebundle_"):
        bundle = shown._repr_mimebundle_() or {}
        offers = dict(bundle[0] if isinstance(bundle, tuple) else bundle)
    methods = ("_repr_html_", "_repr_svg_", "_repr_png_", "_repr_latex_")
    for mime, method in zip(MIMES, methods, strict=True):
        if mime not in offers and (hasattr(kind, method) or method in getattr(shown, "__dict__", ())):
            content = getattr(shown, method)()
            offers[mime] = content[0] if isinstance(content, tuple) else content
    return offers


def _report(engine: Any, needs: str) -> Any:
    from chalkgrad.classroom.grading.judging.judge import judged
    from chalkgrad.classroom.grading.one_submission import why_unreadable
    from chalkgrad.classroom.grading.report import Report
    from chalkgrad.classroom.grading.running.driver import described as in_one_line
    from chalkgrad.classroom.grading.running.same_interpreter import in_this_interpreter

    if isinstance(engine, type):
        engine = SimpleNamespace(**{engine.__name__: engine})
    if isinstance(engine, str):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, ENGINE)
            file.write_text(engine, encoding="utf-8")
            unreadable = why_unreadable(file)
        if unreadable:
            return Report(ENGINE, "", "could not run", reason=unreadable[0], line=unreadable[1])
        module = ModuleType(ENGINE.removesuffix(".py"))
        try:
            exec(compile(engine, ENGINE, "exec", dont_inherit=True), vars(module))
        except BaseException as error:  # whatever a student's program does
            reason, line = in_one_line(error, ENGINE)
            return Report(ENGINE, "", "could not run", reason=reason, line=line)
        engine = module
    return judged(in_this_interpreter(engine), needs=needs, file=ENGINE)
