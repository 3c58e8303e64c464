"""What the prompt does on a terminal: a table that stays in sight, the size of an answer, marks instead of colours."""

import io
import os
import re

import pytest
from chalkgrad.command import examples
from chalkgrad.engine import Value, affine
from chalkgrad.engine.basics.terminal import columns
from chalkgrad.nn import MLP
from chalkgrad.viz import prompt
from chalkgrad.viz.prompting.rows import cells, fitted, widths, window
from chalkgrad.viz.prompting.screen import CLEAR, hanging, wrapped


class Typed(io.StringIO):
    """An input at a terminal, which records what was on the screen whenever a line is read."""

    def __init__(self, commands, screen):
        super().__init__("".join(f"{line}\n" for line in commands))
        self.screen, self.answers = screen, []

    def isatty(self):
        return True

    def readline(self, *size):
        self.answers.append(self.screen.getvalue())
        self.screen.seek(0)
        self.screen.truncate()
        return super().readline(*size)


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


class Ascii(Terminal):
    encoding = "ascii"

    def write(self, text):
        text.encode("ascii")
        return super().write(text)


@pytest.fixture
def answers(monkeypatch):
    """Answers to lines typed at a terminal of this size; the first is what the prompt begins with."""

    def typed(commands, size=(80, 24), root=None, screen=None, **environment):
        monkeypatch.setattr("shutil.get_terminal_size", lambda *fallback: os.terminal_size(size))
        for name in ("NO_COLOR", "TERM"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        screen = screen or Terminal()
        lines = Typed([*commands, "q"], screen)
        prompt(root or examples.build(examples.load("karpathy_tanh_neuron")).root, stdin=lines, stdout=screen)
        return lines.answers

    return typed


def bare(text):
    """The lines of an answer without styles, and without the prompt that follows."""
    return re.sub(r"\033\[[0-9;]*[a-zA-Z]", "", text).rpartition("\n")[0].splitlines()


@pytest.fixture(scope="module")
def loss():
    model = MLP(2, [8, 1], seed=0)
    total = sum(((model([i / 10, 1 - i / 10]) - 1) ** 2 for i in range(5)), Value(0.0))
    total.label = "L"
    return total


# The table that stays in sight ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("height", [14, 24, 50])
def test_the_page_fits_the_terminal_and_lights_the_row_that_the_step_adds_to(answers, loss, width, height):
    moments = answers(["sticky", "n", "", "until layer1.neuron3.w1", "by node", "n", "forward", "c"], (width, height), loss)[2:]
    for moment in moments:
        assert CLEAR not in moment[1:]
        lines = bare(moment)
        assert max(map(columns, lines)) <= width
        assert len(lines) < height or CLEAR not in moment
    lit = [[line.split()[0] for line in bare(moment) if line.startswith(">")] for moment in moments[:3]]
    if height > 14:
        assert all(moment.startswith(CLEAR) for moment in moments[:3])
        sweep = loss.steps().sweep
        parents = [sweep.names[loss.steps()[i].parent] for i in (1, 2)]
        assert lit[:2] == [[f">{name}"] for name in parents]
        assert lit[2][0] == ">layer1.neuron3.w1" if width > 60 else lit[2][0].startswith(">layer")


def test_the_lit_row_is_marked_where_there_are_no_colours(answers):
    shown = answers(["sticky", "n"])[2]
    assert re.search(r"\033\[7m>n .*\033\[0m\n", shown)
    assert re.search(r"\033\[1m o .*\033\[0m\n", shown)  # the node that the edge leads from
    shown = answers(["sticky", "n"], NO_COLOR="1")[2]
    assert "\033" not in shown.removeprefix(CLEAR)
    assert re.search(r"^>n ", shown, re.M)
    shown = answers(["sticky", "n"], TERM="dumb")[2]
    assert "\033" not in shown
    assert re.search(r"^>n ", shown, re.M)


def test_answers_and_displays_stand_below_the_table_and_the_sentence(answers):
    shown = bare(answers(["sticky", "display n", "n", "p s*2"])[4])
    start = shown.index("1/9   o = tanh(n)       ∂o/∂n = 1 - o² = 0.5")
    assert shown[start - 1] == ""
    assert shown[start + 2 :] == ["s*2 = -12"]
    shown = bare(answers(["sticky", "display n", "n"])[3])
    assert shown[-1].startswith("display  n = s + b = 0.8814, grad 0.5")


def test_what_is_said_at_the_end_is_not_held_back(answers, loss):
    for commands in (["sticky", "n"], ["l"], ["sticky", "pending"]):
        screen = Terminal()
        answers(commands, root=loss, screen=screen)
        assert screen.getvalue() == "Every grad is again as it was before.\n"


def test_a_sentence_that_leaves_no_room_for_the_table_is_cut_like_every_answer(answers):
    xs = [Value(float(i), f"x{i}") for i in range(30)]
    product = xs[0] + affine(xs[1:15], xs[15:29], xs[29])
    _, _, _, answer, more = answers(["by node", "sticky", "n 2", ""], (60, 16), product)
    lines = bare(answer)
    assert CLEAR not in answer
    assert len(lines) <= 32
    assert re.fullmatch(r"… \d+ more lines: more, or an empty line, goes on", lines[-1])
    assert len(bare(more)) <= 16


def test_a_long_answer_is_shown_without_the_table_and_the_table_comes_again(answers):
    _, on, help_, again, off, after = answers(["sticky", "h", "n", "sticky", "n"])
    assert CLEAR in on
    assert CLEAR not in help_
    assert "\nn, next [N] " in help_
    assert again.startswith(CLEAR)
    assert "The table is no longer kept in sight: l lists it.\n" in off
    assert CLEAR not in after
    assert "2/9" in after


def test_the_table_so_far_is_that_of_the_tape():
    e = examples.build(examples.load("colah")).root
    steps = e.steps()
    for position in range(6):
        steps.goto(position)
        whole = [line for lines in fitted(cells(steps, range(5)), 200) for line in lines]
        assert "\n".join(whole) == str(e.tape())


def test_a_table_gives_way_where_it_is_explained_elsewhere():
    root = examples.build(examples.load("karpathy_tanh_neuron")).root
    steps = root.steps()
    steps.run()
    rows = cells(steps, range(len(root.tape())))
    for width in range(40, 201):
        lines = [line for group in fitted(rows, width) for line in group]
        assert max(map(columns, lines)) <= width
        for line, row in zip(lines[2:], rows[1:], strict=True):
            assert row[2] in line  # the value and the adjoint are always whole
            assert line.endswith(row[4])
    assert widths(rows, 40)[3] == 0
    for group in fitted(rows, 60, wrap=True):
        assert all(columns(line) <= 60 for line in group)
    words = [" ".join(line.split("│")[3].strip() for line in group) for group in fitted(rows, 60, wrap=True)[1:]]
    assert [text.strip() for text in words] == [row[3] for row in rows[1:]]  # no word is broken


@pytest.mark.parametrize("lit", [{0}, {50}, {99}, {40, 60}, {0, 99}, set()])
def test_a_window_has_its_height_and_the_first_lit_row(lit):
    shown = window(range(100), lit, 11)
    assert len(shown) == 11
    assert set(shown) <= set(range(100))
    assert not lit or min(lit) in shown
    assert window(range(5), {1}, 11) == range(5)


# The size of an answer ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(60, 24), (80, 24), (200, 30)])
def test_no_answer_takes_more_than_two_screens_and_all_of_it_can_be_read(answers, loss, size):
    commands = [
        "l",
        "l 20",
        "pending",
        "m overwrite",
        "m all",
        "w layer1.neuron1.w1",
        "h",
        "m",
        "c",
        "p L",
        "nudge layer1.neuron1.b",
    ]
    for answer in answers(commands, size, loss):
        assert len(bare(answer)) <= 2 * size[1]
        assert max(map(columns, bare(answer))) <= size[0]
    pending = loss.steps().pending.text().splitlines()
    read = [line for answer in answers(["pending"] + [""] * 20, size, loss)[1:] for line in bare(answer)]
    assert [line for line in pending if any(line.startswith(part[:30]) for part in read)] == pending
    assert "There is no more" not in "".join(read)


def test_the_rows_of_a_long_table_are_listed_part_by_part(answers, loss):
    count, first, seen = len(loss.tape()), 1, []
    while first <= count:
        answer = bare(answers([f"l {first}"], (80, 24), loss)[1])
        found = re.fullmatch(rf"rows {first} to (\d+) of {count}(: l (\d+) goes on)?", answer[-1])
        seen += [line.lstrip(">").split()[0] for line in answer if not re.match(r" v  |  |─", line)][:-1]
        first = int(found[1]) + 1
        assert found[3] is None if first > count else int(found[3]) == first
    assert [name for name in seen if name != "│"] == [*loss.tape().names.values()]


def test_over_a_pipe_nothing_is_cut_and_nothing_waits(loss):
    out = io.StringIO()
    prompt(loss, stdin=io.StringIO("pending\n"), stdout=out)
    assert loss.steps().pending.text() in out.getvalue()


# Encodings and lines --------------------------------------------------------------------------------------------------


def test_a_terminal_that_knows_ascii_only_has_an_aligned_table(answers):
    shown = answers(["n 2", "sticky", "n", "sticky", "l", "h"], (80, 24), screen=Ascii())
    rows = [line for line in bare(shown[3]) if " | " in line or "-+-" in line]
    assert len(rows) == 12
    assert len({tuple(match.start() for match in re.finditer(r"\||\+(?=-)", line[:40])) for line in rows}) == 1


def test_a_sentence_breaks_where_its_parts_stand_apart():
    line = "      x1w1.grad += ∂o/∂s · ∂s/∂x1w1 = 0.5 · 1 = 0.5      0 → 0.5   complete"
    assert wrapped(line, 60) == ["      x1w1.grad += ∂o/∂s · ∂s/∂x1w1 = 0.5 · 1 = 0.5", "        0 → 0.5   complete"]
    assert wrapped(line, 100) == [line]
    long = "1/9   v = " + " + ".join(["layer1.neuron1.w·x"] * 5)
    assert max(map(len, wrapped(long, 50))) <= 50
    assert wrapped(long, 50)[0].startswith("1/9   v = layer1")
    path = "∂L/∂w = ∂L/∂v122 · ∂v122/∂v100 · ∂v100/∂v78   │ 1 · (-0.4563) · 0.8195 = -0.3739"
    assert wrapped(path, 60) == [path.partition("   │")[0], "  " + path[path.index("│") :]]
    row = " a │ " + "b" * 60 + " │ c"
    assert wrapped(row, 60) == [row]
    assert hanging("m [NAME]   make a mistake on purpose", 30) == ["m [NAME]   make a mistake on", "           purpose"]
