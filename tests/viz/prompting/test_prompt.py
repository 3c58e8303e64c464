"""The stepping prompt, over a pipe and on a real (pseudo-)terminal."""

import fcntl
import io
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

import pytest
from chalkgrad.command import examples
from chalkgrad.engine import Value
from chalkgrad.engine.stepping.mistakes import MISTAKES
from chalkgrad.engine.stepping.steps import Steps
from chalkgrad.viz import prompt

STEP = [sys.executable, "-m", "chalkgrad", "step"]


def said(commands, name="colah"):
    """What the prompt writes for the given lines."""
    out = io.StringIO()
    prompt(examples.build(examples.load(name)).root, stdin=io.StringIO("".join(f"{line}\n" for line in commands)), stdout=out)
    return out.getvalue()


def piped(commands, *words, **environment):
    done = subprocess.run(
        [*STEP, *(words or ("colah",))],
        input="\n".join(commands) + "\n",
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def on_a_terminal(commands, columns, **environment):
    """What appears on a terminal of that many columns while the lines are typed one after another."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    settings = {"TERM": "xterm", "PYTHONIOENCODING": "utf-8", "COLUMNS": str(columns), **environment}
    inherited = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR",)}
    process = subprocess.Popen([*STEP, "colah"], stdin=child, stdout=child, stderr=child, env={**inherited, **settings})
    os.close(child)
    screen = b""
    deadline = time.monotonic() + 60

    def read_until_prompt(count):
        nonlocal screen
        while screen.count(b"(e) ") < count and time.monotonic() < deadline and process.poll() is None:
            if select.select([parent], [], [], 0.2)[0]:
                screen += os.read(parent, 65536)

    for i, command in enumerate(commands, 1):
        read_until_prompt(i)
        os.write(parent, command.encode() + b"\n")
    while process.poll() is None and time.monotonic() < deadline:
        if select.select([parent], [], [], 0.1)[0]:
            try:
                screen += os.read(parent, 65536)
            except OSError:
                break
    process.wait(timeout=60)
    os.close(parent)
    assert process.returncode == 0
    return screen.decode()


def test_it_steps_forwards_and_back_and_an_empty_line_repeats():
    text = said(["n", "", "b", "", "n 3", "q"])
    assert re.findall(r"^(seed|\d/5)", text, re.M) == ["seed", "1/5", "2/5", "1/5", "seed", "3/5"]
    assert "b.grad += ∂e/∂d · ∂d/∂b = 3 · 1 = 3      0 → 3   1 of 2, still to come: through c" in text


def test_it_goes_to_a_place_to_the_end_and_says_where_the_ends_are():
    text = said(["until b", "n", "g 2", "g", "c", "g 0", "b"])
    assert re.findall(r"^(seed|\d/5)", text, re.M) == ["seed", "5/5", "2/5", "2/5", "5/5", "seed"]
    assert "2 of 2, complete: ∂e/∂b = 3 + 2 = 5" in text
    assert "This is the end already." in text
    assert "This is the seed already." in text


def test_it_shows_a_value_the_table_so_far_and_why():
    text = said(["n 3", "p b", "p c", "l", "pending", "w b", "w"])
    assert "b = 1, grad 3 (steps under way)\n  b: 1 of 2, still to come: through c" in text
    assert "c = a + b = 3, grad 2" in text
    assert re.search(r"^ a │ +│ 2 +│ +│$", text, re.M)
    assert "b: 1 of 2, still to come: through c\na: 0 of 1, still to come: through c" in text
    assert text.count("2 · 1 + 3 · 1 = 5") == 2
    assert "= 5\neach product is only the part through its own nodes: to cancel ∂c would claim that it is all\n" in text
    assert "cancel" not in said(["w a", "w c"])


def test_it_nudges_leaves_and_computed_values_where_it_stands():
    text = said(["n 3", "nudge c 0.5", "nudge b", "p b"])
    assert "c: 3 → 3.5 moves e: 6 → 7\nc = a + b is held at 3.5, and everything after it is computed anew\n" in text
    assert "b: 1 → 1.001 moves e: 6 → 6.005001" in text
    assert "b = 1, grad 3 (steps under way)" in text


def test_a_prediction_steps_when_it_is_right_and_explains_when_it_is_not():
    text = said(["n 2", "?", "? 1", "? 3", "g"])
    assert "What is added to b.grad?\n      b.grad += ∂e/∂d · ∂d/∂b = ?" in text
    assert "no: 1 is ∂d/∂b alone; it is still to be multiplied by ∂e/∂d" in text
    assert "right: b.grad += ∂e/∂d · ∂d/∂b = 3 · 1 = 3" in text
    assert re.findall(r"^(\d/5)", text, re.M)[-1] == "3/5"


def test_it_makes_a_mistake_on_purpose_and_the_steps_stay_where_they_are():
    root = examples.build(examples.load("colah")).root
    text = said(["n 2", "m overwrite", "m update at once 0.5", "m", "g"])
    assert str(root.steps(mistake="overwrite")) in text
    assert str(root.steps(mistake="update at once", rate=0.5)) in text
    for mistake in MISTAKES:
        assert re.search(rf"^{mistake} +\S", text, re.M), mistake
    assert re.findall(r"^(\d/5)   [a-e] = .*∂e/∂", text, re.M)[-1] == "2/5"


def test_a_mistaken_sweep_is_walked_through_beside_the_right_one():
    run = examples.build(examples.load("colah")).root.steps(mistake="overwrite")
    text = said(
        ["n 2", "m Over", "m next", "m next 3", "", "m back 2", "m next 9", "m next", "m back 9", "m back", "m all", "g"]
    )
    assert "5 steps: m next and m back go through them, m all lists them\n" in text
    after = text.partition("m all lists them\n")[2]
    walked = [run[0], run[3], run[4], run[2], run[4]]
    assert after.startswith("\n".join([*map(str, walked), "This is the end already.", str(run[0])]))
    assert "This is the beginning already.\n" + "\n".join(map(str, run)) in after
    assert re.findall(r"^(\d/5)", after, re.M)[-1] == "2/5"  # where the right sweep has stayed


def test_it_draws_the_moment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = said(["n 3", "d", f"d {tmp_path / 'x.dot'}", "d picture.jpeg"])
    assert "wrote e-3.svg" in text
    assert "not computed" in (tmp_path / "e-3.svg").read_text(encoding="utf-8")
    assert (tmp_path / "x.dot").exists()
    assert ".svg, .png, .pdf, .tex, .html or .dot" in text


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("frobnicate", "there is no command 'frobnicate': h lists them"),
        ("until zz", "there is no zz here; the values are a, b, c, d, e"),
        ("until", "name a value, one of a, b, c, d, e"),
        ("n x", "a number of steps is a whole number, not 'x'"),
        ("g 17", "positions go from 0, the seed, to 5"),
        ("? six", "'six' is not a number: type one, such as -2.5, 2/3 or 2·(3 + 1)"),
        ("p", "name a value"),
        ("nudge", "name a value"),
        ("nudge zz 0.1", "there is no zz here"),
        ("nudge b far", "nudge a value by a number, such as nudge b 0.1, not by 'far'"),
        ("nudge b 1e308", "is too large"),
        (
            "m order",
            "there is no mistake 'order' to make: did you mean 'depth first', 'breadth first' or 'leaves first'? There",
        ),
        ("m recursoin", "there is no mistake 'recursoin' to make: did you mean 'recursion'? There are 'overwrite', "),
        ("m update -1", "a step of descent has a rate above 0, such as 0.1, and rate=-1.0 was given"),
        ("m next", "there is no mistake yet to go through: make one, such as  m recursion"),
        ("m overwrite 0.5", "the mistake 'overwrite' has no use for rate=0.5"),
    ],
)
def test_what_cannot_be_gets_a_sentence_and_the_prompt_goes_on(command, sentence):
    text = said([command, "n"])
    assert sentence in text
    assert "1/5" in text


def test_the_help_lists_every_command():
    text = said(["h"])
    for letter in ("n", "b", "c", "until", "g", "p", "l", "pending", "w", "nudge", "m", "?", "d", "h", "q"):
        assert re.search(rf"^{re.escape(letter)}[\s,]", text, re.M), letter


def test_names_are_completed():
    from chalkgrad.viz.prompting.prompt import Prompt

    loop = Prompt(examples.build(examples.load("karpathy_tanh_neuron")).root, stdin=io.StringIO(), stdout=io.StringIO())
    assert loop.completedefault("x1", "until x1", 6, 8) == ["x1", "x1w1"]
    assert "until" in loop.completenames("un")
    assert loop.complete_m("re", "m re", 2, 4) == ["recursion"]
    assert loop.complete_m("ne", "m ne", 2, 4) == ["next"]
    assert loop.complete_m("fi", "m leaves fi", 9, 11) == ["first"]


def graph(*, swept):
    e = examples.build(examples.load("colah")).root
    if swept:
        e.backward()
    return e


def grads(e):
    return [(value.has_grad, value.grad) for value in e.tape()]


@pytest.mark.parametrize("swept", [False, True])
@pytest.mark.parametrize("commands", [["q"], ["n", "q"], ["n 3"], ["c", "b", "q"], ["c", "g 0", "q"], ["until b", "g 2"]])
def test_it_puts_back_the_grads_that_it_found_unless_the_sweep_is_at_its_end(commands, swept):
    e = graph(swept=swept)
    before = grads(e)
    out = io.StringIO()
    prompt(e, stdin=io.StringIO("\n".join(commands)), stdout=out)
    assert grads(e) == before
    assert out.getvalue().endswith("\nEvery grad is again as it was before.\n")


@pytest.mark.parametrize("swept", [False, True])
@pytest.mark.parametrize("commands", [["c", "q"], ["n 9"], ["until b", "p b", "q"], ["n 4", "? 2", "frobnicate", "n x"]])
def test_after_a_sweep_to_the_end_its_gradient_stays_and_it_says_so(commands, swept):
    e = graph(swept=swept)
    out = io.StringIO()
    prompt(e, stdin=io.StringIO("\n".join(commands)), stdout=out)
    a, b, c, d, root = e.tape()
    assert [value.grad for value in (a, b, c, d, root)] == [2, 5, 2, 3, 1]
    assert out.getvalue().endswith("\nThe gradient of the whole backward pass stays in grad.\n")


class Interrupted(io.StringIO):
    """An input whose lines come to an end with Ctrl-C, or with another error."""

    def __init__(self, lines, error=KeyboardInterrupt):
        super().__init__(lines)
        self.error = error

    def readline(self, *size):
        line = super().readline(*size)
        if not line:
            raise self.error
        return line


def test_ctrl_c_and_an_error_put_the_grads_back_too():
    e = graph(swept=True)
    before = grads(e)
    out = io.StringIO()
    prompt(e, stdin=Interrupted("n 3\n"), stdout=out)
    assert grads(e) == before
    assert out.getvalue().endswith("\nEvery grad is again as it was before.\n")
    with pytest.raises(ZeroDivisionError):
        prompt(e, stdin=Interrupted("n 3\n", ZeroDivisionError), stdout=out)
    assert grads(e) == before


def test_ctrl_c_at_the_end_of_the_sweep_leaves_its_gradient():
    e = graph(swept=False)
    prompt(e, stdin=Interrupted("c\n"), stdout=io.StringIO())
    assert [value.grad for value in e.tape()] == [2, 5, 2, 3, 1]


def test_an_interrupted_way_back_from_the_end_puts_the_grads_back(monkeypatch):
    e = graph(swept=True)
    before = grads(e)
    write = Steps._write
    written = []

    def interrupted(self, value, grad):
        written.append(value)
        if len(written) == 4:  # the seed, for to the end is one leap, and the third on the way back
            raise KeyboardInterrupt
        write(self, value, grad)

    monkeypatch.setattr(Steps, "_write", interrupted)
    prompt(e, stdin=io.StringIO("c\ng 1\n"), stdout=io.StringIO())
    assert len(written) == 4
    assert grads(e) == before


def test_a_prompt_on_a_leaf_leaves_no_seed_behind():
    a = Value(2.0, "a")
    prompt(a, stdin=io.StringIO("q"), stdout=io.StringIO())
    assert not a.has_grad


def test_an_empty_line_after_a_command_that_was_refused_is_a_step():
    text = said(["n 2", "n x", "", "b -1", "", "b", "n x", "", "b", "nowhere", ""])
    assert text.count("a number of steps is a whole number, not 'x'") == 2
    assert re.findall(r"^(seed|\d/5)", text, re.M) == ["seed", "2/5", "3/5", "4/5", "3/5", "4/5", "3/5", "4/5"]
    text = said(["m overwrite", "m next", "p a", "n x", ""])  # the m next is long ago
    assert text.splitlines()[-3].startswith("1/5")


def test_the_list_marks_the_rows_that_the_step_adds_to():
    def marked(*commands):
        return [line.split()[1 if line[1] == " " else 0] for line in said([*commands, "l"]).splitlines() if line[0] == ">"]

    assert marked("n 3") == [">b"]
    assert marked("by node", "n") == [">c", ">d"]
    assert marked("forward", "n 2") == [">c"]


def test_a_step_backwards_by_a_negative_number_is_refused_instead_of_going_around():
    text = said(["n -1", "c", "b -1"])
    assert "a number of steps is 0 or more, not -1: n goes forward, b back" in text
    assert re.findall(r"^(seed|\d/5)", text, re.M) == ["seed", "5/5"]


@pytest.mark.parametrize("command", ["c", "forward", "pending"])
def test_what_a_command_has_no_use_for_is_refused(command):
    text = said([f"{command} 3"])
    assert f"\n{command} takes nothing behind it, and 3 was typed\n" in text
    assert re.findall(r"^(seed|\d/5)", text, re.M) == ["seed"]


def test_over_a_pipe_there_is_no_prompt_and_no_colour():
    text = piped(["n", "q"], "(a*b + c)*f", "a=2", "b=-3", "c=10", "f=-2")
    assert "\033" not in text
    assert "(y) " not in text
    assert "1/6   y = " in text


def test_where_the_encoding_has_no_arrows_the_text_is_ascii():
    text = piped(["n 3", "l", "q"], "colah", PYTHONIOENCODING="ascii")
    assert text.isascii()
    assert "b.grad += de/dd * dd/db = 3 * 1 = 3      0 -> 3" in text


def test_a_mistake_in_the_expression_is_a_sentence_and_status_2():
    done = subprocess.run([*STEP, "log(b)", "b=-3"], capture_output=True, text=True, timeout=60, input="")
    assert done.returncode == 2
    assert "log needs x > 0" in done.stderr
    done = subprocess.run([*STEP, "paths"], capture_output=True, text=True, timeout=60, input="")
    assert done.returncode == 2
    assert "choose one: --root y1" in done.stderr


@pytest.mark.parametrize("columns", [60, 200])
def test_on_a_terminal_lines_fit_and_the_update_stands_out(columns):
    screen = on_a_terminal(["n 3", "", "q"], columns)
    assert "\033[1m" in screen
    plain = re.sub(r"\033\[[0-9;?]*[a-zA-Z]", "", screen).replace("\r", "")
    assert max(map(len, plain.splitlines())) <= columns
    assert "through c" in " ".join(plain.split())


def test_colour_is_left_out_on_request():
    assert "\033[1m" not in on_a_terminal(["n", "q"], 80, NO_COLOR="1")


def test_the_end_of_the_input_and_ctrl_c_end_it_quietly():
    assert said(["n"]).count("1/5") == 1
    screen = on_a_terminal(["n", "\x04"], 80)
    assert "Traceback" not in screen


def test_the_prompt_writes_in_the_notation_that_it_is_given():
    e, out = examples.build(examples.load("colah")).root, io.StringIO()
    prompt(e, io.StringIO("n 5\nl\nw b\nq\n"), out, notation="bar")
    said = out.getvalue()
    assert "b̄ += c̄ · ∂c/∂b = 2 · 1 = 2      3 → 5   2 of 2, complete: b̄ = 3 + 2 = 5" in said
    assert "│ v̄" in said
    assert "b̄ = ∂e/∂c · ∂c/∂b + ∂e/∂d · ∂d/∂b" in said
    with pytest.raises(ValueError, match='the notation is "∂", "functions", "d" or "bar"'):
        prompt(e, io.StringIO("q"), out, notation="dots")
