"""What the prompt shows and tries beyond steps: displays, conditions, values that are set, passes, completion."""

import io
import re

import pytest
from chalkgrad.command import examples
from chalkgrad.engine import Value
from chalkgrad.viz import prompt
from chalkgrad.viz.prompting.loop import ALIASES, COMMANDS, meant
from chalkgrad.viz.prompting.prompt import Prompt


def colah():
    return examples.build(examples.load("colah")).root


def said(commands, root=None):
    """What the prompt writes for the given lines, after the seed."""
    out = io.StringIO()
    prompt(root or colah(), stdin=io.StringIO("".join(f"{line}\n" for line in commands)), stdout=out)
    return out.getvalue().partition("\nseed  e.grad = ∂e/∂e = 1\n")[2]


def positions(text):
    return re.findall(r"^(seed|\d+/\d+)", text, re.M)


# Expressions and displays ---------------------------------------------------------------------------------------------


def test_an_expression_is_computed_with_p_or_without_unless_it_is_a_command():
    text = said(["p c*d", "c*d + 1", "c * d", "!d", "a", "p  exp( a )", "n 2", "p 2*d.grad"])
    assert text.startswith("c*d = 6\nc*d + 1 = 7\nc * d = 6\nd = b + 1 = 2, grad not computed\n")
    assert "\na = 2, grad not computed\n" in text
    assert "\nexp( a ) = 7.389\n" in text
    assert "\n2*d.grad = 6\n" in text
    assert positions(text) == ["2/5"]


def test_what_is_displayed_is_shown_when_it_changes_and_only_then():
    text = said(["display b", "display c + 1", "n 2", "n", "n", "n", "undisplay b", "g 0", "display"])
    shown = [line for line in text.splitlines() if line.startswith("display")]
    assert shown == [
        "display  b = 1, grad not computed",
        "display  c + 1 = 4",
        "display  b = 1, grad 3 (steps under way)   (before: grad not computed)",
        "display  b = 1, grad 5   (before: grad 3 (steps under way))",
        "display  c + 1 = 4",
    ]


def test_a_display_of_what_is_not_there_yet_says_so_and_of_what_never_is_is_refused():
    text = said(["display 2*b.grad", "n 3", "display zz", "undisplay d", "undisplay", "c"])
    assert "display  2*b.grad: b.grad is not computed yet\n" in text
    assert "display  2*b.grad = 6   (before: 2*b.grad: b.grad is not computed yet)\n" in text
    assert "there is no zz here" in text
    assert "d is not displayed; 2*b.grad is" in text
    assert text.count("display  ") == 2


def test_until_a_condition_goes_to_the_first_step_after_which_it_holds():
    text = said(["until b.grad > 2", "until b.grad>4", "g 0", "until grad > 2.5", "g 0", "until grad > 9", "until d.foo > 1"])
    assert positions(text) == ["3/5", "5/5", "seed", "2/5", "seed", "5/5"]
    assert "grad > 9 does not come true until the end.\n" in text
    assert "d.foo has no place in an expression" in text


# Setting a value ------------------------------------------------------------------------------------------------------


def values(root):
    return [(node.data, node.partials, node.has_grad, node.grad) for node in root.tape()]


def expected(**numbers):
    """The gradient of (a + b)·(b + 1), by hand."""
    a, b = numbers["a"], numbers["b"]
    return [b + 1, (b + 1) + (a + b)]


def test_a_value_is_set_and_all_is_computed_from_it_again():
    root = colah()
    text = said(["n 3", "set b 2", "c", "a = 1/2", "set", "c", "q"], root)
    assert "b: 1 → 2 moves e: 6 → 12; the steps start afresh.\nseed  e.grad = ∂e/∂e = 1\n" in text
    assert "a: 2 → 0.5 moves e: 12 → 7.5; the steps start afresh.\n" in text
    assert "Set so far: b: 1 → 2 and a: 2 → 0.5\n" in text
    assert text.endswith(
        "The gradient of the whole backward pass stays in grad.\n"
        "What was set stays too: b = 2 (it was 1) and a = 0.5 (it was 2)\n"
    )
    a, b, *_, e = root.tape()
    assert e.data == (0.5 + 2) * (2 + 1)
    assert [a.grad, b.grad] == expected(a=0.5, b=2)


@pytest.mark.parametrize("commands", [["set b 2", "q"], ["set b 2", "set a 7", "n 3"], ["c", "set b 2"], ["set b 2", "c", "b"]])
@pytest.mark.parametrize("swept", [False, True])
def test_what_was_set_is_put_back_with_the_grads_unless_the_steps_are_at_their_end(commands, swept):
    root = colah()
    other = root.tape()[1] * 7  # another graph from the same b, which is not to be stale
    if swept:
        root.backward()
    before, steps = values(root), root.steps()
    text = said(commands, root)
    assert values(root) == before
    assert "\nEvery grad is again as it was before.\nWhat was set is put back too: b = 1" in text
    other.backward()
    assert steps.run().after == 5  # steps that were made before go on


def test_an_error_puts_back_what_was_set():
    root = colah()

    class Failing(io.StringIO):
        def readline(self, *size):
            return super().readline(*size) or 1 / 0

    with pytest.raises(ZeroDivisionError):
        prompt(root, stdin=Failing("set b 2\n"), stdout=io.StringIO())
    assert root.data == 6
    root.backward()


def test_a_value_outside_of_a_domain_changes_nothing():
    x = Value(2.0, "x")
    y = x.log()
    y.label = "y"
    out = io.StringIO()
    prompt(y, stdin=io.StringIO("n\nset x -1\ng\np y\nn\n"), stdout=out)
    assert "log needs x > 0" in out.getvalue()
    assert positions(out.getvalue()) == ["seed", "1/1", "1/1"]
    assert "y = log(x) = 0.6931, grad 1" in out.getvalue()
    assert x.data == 2.0
    assert x.grad == 0.5


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("set c 3", "c is computed, so it cannot be set: set what it comes from, a and b"),
        ("set zz 3", "there is no zz here"),
        ("set a", "set a value to a number, as in set a 3"),
        ("set a b c", "'b c' cannot be read"),
        ("set", "Nothing has been set"),
        ("set a exp(1000)", "too large for a float"),
        ("by edges", "steps go by edge or by node, not by edges"),
        ("l 9", "rows go from 1 to 5, and '9' is none of them"),
        ("sticky", "sticky keeps the table in sight on a terminal, and this is none: l lists it"),
        ("h zz", "there is no command 'zz' to help with"),
        ("pendign", "there is no command 'pendign', did you mean pending?"),
        ("break 3", "There are no breakpoints here: until NAME"),
        ("more", "There is no more of the last answer."),
    ],
)
def test_what_cannot_be_is_said(command, sentence):
    text = said([command, "p a", "n"])
    assert sentence in text
    assert "\na = 2, grad not computed\n  a: 0 of 1, still to come: through c\n1/5" in text


# Passes and granularity -----------------------------------------------------------------------------------------------


def test_the_forward_pass_is_stepped_through_and_the_backward_pass_waits():
    root = colah()
    text = said(["n 2", "forward", "n", "", "b", "until d", "l", "w", "?", "c", "n", "backward", "n"], root)
    forward = [str(step) for step in root.steps(forward=True)]
    assert "The forward pass to e: 5 values. backward leads back to the gradients.\n" + forward[0] in text
    assert positions(text) == ["2/5", "1/5", "2/5", "3/5", "2/5", "4/5", "5/5", "5/5", "2/5", "3/5"]
    assert forward[4] + "\nThe forward pass is complete: backward steps back through it.\nThis is the end already.\n" in text
    assert re.search(r"^>d │ b \+ 1 +│ 2 +│ ∂d/∂b = 1$", text, re.M)
    assert re.search(r"^ e │ c·d +│ +│$", text, re.M)  # not computed yet
    assert "5/5   e = c·d = 3 · 2 = ?\nType  ? NUMBER  to answer; h is the help.\n" + forward[4] in text


def test_values_and_local_derivatives_are_asked_for_too():
    text = said(["? local", "? local 3", "? local d", "g", "? d·1", "g", "forward", "n", "? 1", "? a + b", "g", "? local"])
    assert "1/5   e = c·d   What is the local derivative by c?\n      ∂e/∂c = ?\nType  ? local NUMBER  to answer" in text
    assert "no: 3 is ∂e/∂d; asked is ∂e/∂c\nright: ∂e/∂c = d = 2\nseed" in text
    assert "right, the very product d·1: c.grad += ∂e/∂e · ∂e/∂c = 1 · 2 = 2\n1/5" in text
    assert "no: 1 is a - b; c is a + b; or 1 is b alone; c is a + b\n" in text
    assert "right: c = a + b = 2 + 1 = 3\n3/5" in text
    assert "? local asks for a local derivative of the backward pass: type backward first" in text


def test_by_node_takes_all_edges_of_a_node_and_stays_in_place():
    root = colah()
    text = said(["n 3", "by node", "n", "b 9", "? 2", "?", "? 3", "g", "by edge", "by", "w"], root)
    by_node = root.steps(by="node")
    assert f"Each step is a node with all its edges.\n{by_node[2]}\n{by_node[3]}\n" in text
    assert "right: c.grad += ∂e/∂e · ∂e/∂c = 1 · 2 = 2\n2/5   e = c·d   What is added to d.grad?" in text
    assert f"right: d.grad += ∂e/∂e · ∂e/∂d = 1 · 3 = 3\n{by_node[1]}\nEach step is one edge.\n2/5" in text


def test_mistakes_are_listed_with_how_to_make_one():
    text = said(["mistakes"])
    assert "m recursion, say, makes one; its steps can then be gone through.\n" in text


# Words ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("full", "short"), [("next 2", "n 2"), ("print b", "p b"), ("why b", "w b"), ("list", "l"), ("where", "g"), ("help", "h")]
)
def test_commands_work_in_full(full, short):
    assert said(["n 2", full]) == said(["n 2", short])
    assert positions(said(["n 2", "back"])) == ["2/5", "1/5"]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_more_about_every_command_under_each_of_its_names(name):
    text = said([f"h {name}"])
    assert text.startswith("?" if name == "ask" else name)
    for alias in COMMANDS[name]:
        assert said([f"help {alias}"]) == text
    assert said(["? until"]) == said(["h until"])


def test_help_fits_on_two_screens_of_60_columns():
    from chalkgrad.viz.prompting.screen import hanging

    page = said(["h"]).partition("\nEvery grad")[0].splitlines()
    lines = [part for line in page for part in hanging(line, 60)]
    assert len(lines) <= 46
    assert max(map(len, lines)) <= 60
    assert all(re.search(rf"\b{name}\b", "\n".join(page)) for name in COMMANDS.keys() - {"ask", "more"})


def test_a_line_means_a_command_only_if_it_is_one():
    assert meant("b -1") == ("b", "-1")
    assert meant("d pictures/x.svg") == ("d", "pictures/x.svg")
    assert meant("d / 2") == ("", "d / 2")
    assert meant("until b.grad == 3") == ("until", "b.grad == 3")
    assert meant("c = 3") == ("set", "c = 3")
    assert meant("EOF") == ("q", "")
    assert set(ALIASES.values()) <= set(COMMANDS)


def test_tab_completes_commands_names_functions_and_mistakes():
    loop = Prompt(examples.build(examples.load("karpathy_tanh_neuron")).root, io.StringIO(), io.StringIO())
    assert loop.completenames("un") == ["undisplay", "until"]
    assert loop.completenames("ba") == ["back", "backward"]
    assert loop.complete_p("x1", "p 2*x1", 4, 6) == ["x1", "x1w1"]
    assert loop.complete_p("ta", "p ta", 2, 4)[:2] == ["tan(", "tanh("]
    assert loop.complete_set("x", "set x", 4, 5) == ["x1", "x2"]  # x1w1 is computed
    assert loop.complete_by("n", "by n", 3, 4) == ["node"]
    assert loop.complete_h("st", "h st", 2, 4) == ["sticky"]
    assert loop.complete_n("x", "n x", 2, 3) == []
    assert loop.complete_m("al", "m al", 2, 4) == ["all"]
    w, x = Value(2.0, "x1*w1"), Value(1.0, "ws[0]")
    loop = Prompt(w * x, io.StringIO(), io.StringIO())
    assert loop.completedefault("w", "until x1*w", 9, 10) == ["ws[0]", "w1"]
    assert loop.completedefault("ws[", "until ws[", 6, 9) == ["ws[0]"]
