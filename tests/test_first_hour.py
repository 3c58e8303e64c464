"""What a student may do wrong in the first hour: what is typed, and what the answer must contain and must not.

The answer is the error's message, or what is shown: the repr of an expression, what is printed, and warnings.
"""

import contextlib
import io
import linecache
import math
import traceback
import warnings

import pytest
from chalkgrad import engine
from typed_lines import BEFORE, TYPED


def answered(typed: str) -> str:
    """Types lines as a student does; returns the error's message, or what is shown."""
    _typed = {"__name__": "__main__", "io": io}
    exec(BEFORE, _typed)
    shown = _typed["out"] = io.StringIO()
    file = "<the student's lines>"
    linecache.cache[file] = (len(typed), None, typed.splitlines(keepends=True), file)
    *lines, last = typed.split("; ") if "\n" not in typed and not typed.startswith("with ") else [typed]
    with contextlib.redirect_stdout(shown), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            for line in lines:
                exec(compile(line, file, "exec"), _typed)
            try:
                code = compile(f"__shown = repr({last})", file, "exec")
                compile(last, file, "eval")
            except SyntaxError:
                code = compile(last, file, "exec")
            exec(code, _typed)
            shown.write(str(_typed.get("__shown", "")))
        except Exception as error:
            shown.write("".join(traceback.format_exception_only(error)))
    return shown.getvalue() + "".join(str(warning.message) for warning in warned)


@pytest.mark.parametrize(("typed", "has", "has_not"), TYPED, ids=[typed for typed, *_ in TYPED])
def test_a_slip_of_the_first_hour_is_answered_with_what_to_write(typed, has, has_not):
    answer = answered(typed)
    for part in has:
        assert part in answer
    for part in has_not:
        assert part not in answer


def test_a_line_that_has_run_many_times_is_read_as_one_that_has_not():
    messages = set()
    x = engine.Value(2.0)
    for argument in [1.0] * 100 + [x]:
        try:
            math.sin(argument)
        except TypeError as error:
            messages.add(str(error))
    assert [message.partition("own ")[2] for message in messages] == ["sin(x), not math.sin(x), to go on recording"]
