"""Texts with living numbers: filled in, they are what the engine says, today and after the leaves have changed."""

import json
import math

import pytest
from chalkgrad.command import examples
from chalkgrad.engine import (
    Value,
    affine,
    chain_rule,
    elu,
    exp,
    hypot,
    leaky_relu,
    log,
    logsumexp,
    maximum,
    minimum,
    nudge,
    operation,
    tape,
    total,
)
from chalkgrad.engine.errors import DomainError, NonFiniteError
from chalkgrad.engine.formulas.trees import choose
from chalkgrad.engine.stepping import answers, sentences
from chalkgrad.engine.stepping.forward import ForwardPass
from chalkgrad.engine.stepping.mistaken import mistake_sentence
from chalkgrad.engine.stepping.mistakes import MISTAKES, differ
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.placeholders import Placeholders
from chalkgrad.viz.page.filling import PlaceholderGraph, computed, evaluated, filled, truths
from chalkgrad.viz.page.script import SHOWN, WIDE, Script
from hypothesis import assume, given, settings
from hypothesis import strategies as st


def built(name):
    return examples.build(examples.load(name)).roots[0]


class Filled:
    """A script's texts for the values that its graph has now; `told` has gone through JSON, as the page gets it."""

    def __init__(self, script, told, root, **given):
        self.told = told
        nodes = list(tape(root))
        values = [node.data for node in nodes]
        partials = [partial for node in nodes for partial in node.partials]
        formulas = evaluated(script.symbolic.placeholders.formulas, values)
        self.numbers = computed(told["numbers"], values, partials, f=formulas, **given)
        self.tests = truths(script.symbolic.placeholders.tests, values)

    def __call__(self, text, blanks=None, answer=math.nan):
        everywhere = {**self.told["blanks"], **(blanks or {})}
        return filled(text, self.numbers, self.tests, everywhere, answer, self.told["symbols"])

    def step(self, template, position, more=None, answer=math.nan):
        step = self.told["steps"][position]
        return self(self.told["templates"][template], {**step.get("blanks", {}), **(more or {})}, answer)

    def pieces(self, lines, blanks):
        return "   ".join(self(text, blanks) for cells in lines for pieces in cells for text, _ in [*pieces, (" ", "")])


def plain(text):
    return " ".join(text.split())


def compare(script, told, root, every=1):
    """Every text of the script against what the engine says of the graph as it is now."""
    fill, templates = Filled(script, told, root), told["templates"]
    steps, nodes = root.steps(), list(tape(root))
    names = steps.sweep.names
    assert fill(templates["seed"]) == sentences.sentence(steps[0])
    for position, step in enumerate(steps[1:], 1):
        said = sentences.sentence(step)
        assert fill.step("said", position) == said
        asked = answers.contribution_asked(step)
        asked = asked._replace(slips=[*asked.slips])  # read for each answer
        assert fill.step("asked", position) == asked.text
        blanks = told["steps"][position]["blanks"]
        for lines, whole in ((templates["pieces"], said), (templates["question"], asked.text)):
            pieces = ["".join(fill(text, blanks) for text, _ in cell) for line in lines for cell in line]
            assert f"{position}/{len(steps) - 1} " + plain(" ".join(pieces)) == plain(whole)
        assert fill.step("right", position) == str(answers.judged(asked, step.contribution))
        wrong = [-step.contribution, step.adjoint, step.partial, step.after, step.adjoint + step.partial, 0.123456]
        for answer in wrong + [step.adjoint * partial for partial in step.node.partials]:
            assert verdict(fill, position, answer) == str(answers.judged(asked, answer))
    for position, step in enumerate(steps):
        node = nodes.index(step.parent)
        [(full, brief)] = [(fill(a), b and fill(b)) for at, a, b in told["grads"][str(node)] if at == position]
        assert full.startswith(words.number(step.contributions[0] if step.index else 1.0))
        assert full.endswith("…" if step.number < step.of else words.number(step.after))
        assert brief is None or brief.startswith(words.number(step.after))
    forward = [step for step in ForwardPass(root) if step.node.parents]
    assert len(forward) == len(told["forward"])
    for k, (moment, step) in enumerate(zip(told["forward"], forward, strict=True), 1):
        whole = sentences.forward_sentence(step)
        equation, value = fill(moment["equation"]), fill(told["data"][str(moment["node"])])
        reasons = ", ".join(map(fill, moment["reasons"]))
        assert plain(f"{moment['position']}{equation}{value} {reasons}").split(" ", 1) == [
            f"{k}/{len(forward)}",
            plain(whole).split(" ", 1)[1],
        ]
    _, *rows = root.tape().table(position=0, limit=None).cells("text")
    for expression, cells in zip(told["expressions"], rows, strict=True):
        assert fill(expression) == cells[1]
    for number, node in enumerate(nodes):
        assert fill(told["data"][str(number)]) == words.number(node.data)
        compare_chain(fill, told, chain_rule(root, node), str(number))
        if number in told["leaves"]:
            measured = nudge(root, node, 0.01) if moves(root, node, 0.01) else None
            if measured is not None:
                moved = Filled(script, told, root, h=0.01, after=measured.after)
                measured.turning = ()  # of kinks on the way the page does not know
                assert "\n".join(map(moved, told["nudge"][str(number)])) == measured.text()
    edges = [(node, slot) for node in nodes for slot in range(len(node.parents))]
    for number, (node, slot) in enumerate(edges):
        if not node.parents[slot].constant:
            lines = list(filter(None, map(fill, script.labels(brief=False)[number])))
            assert " ".join(lines) == words.reason(node, slot, names) or "…" in " ".join(lines)
    for mistake, said in told["mistakes"].items():
        compare_mistake(fill, told, root, mistake, said, every)


def compare_chain(fill, told, expansion, number):
    """A chain rule's rows against the engine's own: the text where it is one reason, else its sum over paths taken apart."""
    chain, parts = told["chain"][number], expansion.parts(equations=10**9)
    rows = [" ".join(map(fill, row)).split(" ") for row in chain["rows"]]
    if parts is None:
        assert [" ".join(row) for row in rows] == expansion.text(WIDE).split("\n")
        return
    assert len(chain["paths"]) == len(parts.terms)
    totals = [row for row in rows[len(parts.terms) :] if row[-1] == parts.result]
    assert totals
    sides = "\n".join(" ".join(row) for row in rows)
    assert sides.startswith(f"{parts.head} = {' · '.join(parts.terms[0].symbols)}")
    for term in parts.terms:
        assert " · ".join(term.symbols) in sides
        assert " · ".join(term.numbers).strip("()") in sides
    if parts.sum and len(parts.terms) > 1:
        assert f"= {parts.sum} = {parts.result}" in sides
    if chain["factored"]:
        equations = [" ".join(map(fill, told["equations"][place])) for place in chain["factored"]]
        assert equations == [*(f"{head} = {rest}" for head, rest in parts.factored), *parts.remarks]


def compare_mistake(fill, told, root, mistake, said, every):
    """What the page says of a sweep with a mistake in it, against the engine's run on the graph as it is now.

    Of the sentences only every so many is compared, of the numbers all are.
    """
    run = root.steps(mistake=mistake)
    report = str(run).split("\n")
    assert report[0] == f"{mistake}: {said['what']}"
    if said.get("refused") or not said["steps"]:
        assert said.get("refused") or run.parts_at is None
        assert said.get("refused") or report[2:] == [*filter(None, [said["here"], said["smallest"]])]
        return
    assert len(said["steps"]) == min(run.in_full, max(len(root.steps()) - 1, SHOWN))
    parts_at = None
    for place, step in zip(said["steps"], run, strict=False):
        right, after, wanted, added, own = told["moments"][place]
        if step.index % every == 0:
            blanks = {**told["steps"][right]["blanks"], **own}
            assert fill(told["templates"]["mistaken"], blanks) == mistake_sentence(step)
        for number, exact in ((after, step.after), (wanted, step.right), (added, step.contribution)):
            assert fill.numbers[number] == exact or (math.isnan(fill.numbers[number]) and math.isnan(exact))
        largest = max(1.0, *(abs(fill.numbers[other["after"]]) for other in told["steps"][1:]))
        if parts_at is None and differ(fill.numbers[after], fill.numbers[wanted], largest):
            parts_at = step.index
    assert parts_at == run.parts_at or len(said["steps"]) < (run.parts_at or 0)
    if run.parts_at is not None:
        early = said["early"].get(str(run.parts_at))
        assert [*([early] if early else []), *map(fill, said["why"])] == report[len(report) - len(said["why"]) - bool(early) :]
    elif not run.is_cut:
        other = next((name for name in MISTAKES if root.steps(mistake=name).parts_at is not None), "")
        harmless = fill(told["harmless"]["other"], {"other": other}) if other else told["harmless"]["none"]
        assert report[1:] == [*filter(None, [harmless, said["here"], said["smallest"]])]


def moves(root, leaf, h):
    try:
        nudge(root, leaf, h)
    except (DomainError, NonFiniteError, ValueError):
        return False
    return True


def verdict(fill, position, answer):
    """What the page says of an answer: Python's order, its numbers and its templates."""
    step = fill.told["steps"][position]
    if answers.agrees(answer, fill.numbers[step["contribution"]]):
        return fill.step("right", position)
    templates, perhaps = fill.told["templates"], fill.told["words"]["perhaps"] if answers.digits_of(answer) < 3 else ""
    fitting = {}
    for number, slip, *more in step["slips"]:
        if number is not None and answers.agrees(answer, fill.numbers[number]):
            maybe = "" if answers.exactly(answer, fill.numbers[number]) else perhaps
            fitting.setdefault(templates["kins"][slip], (slip, more, maybe))
    rounded = answers.rounding(answer, fill.numbers[step["contribution"]])
    named = [*fitting.values()][:2] or [(rounded or "unexplained", [], "")]
    said = []
    for slip, more, maybe in named:
        blanks = {name: text for extra in more for name, text in extra.items()} | {"perhaps": perhaps, "maybe": maybe}
        said.append(fill(templates["slips"][slip], {**step["blanks"], **blanks}, answer))
    why = said[0] if len(said) == 1 else fill(templates["either"], {"one": said[0], "other": said[1]})
    return fill(templates["wrong"], {"why": why})


def scripted(root):
    for node, name in tape(root).names.items():
        node.label = name  # or variables of the functions here would become names
    script = Script(root)
    return script, json.loads(json.dumps(script.contents, allow_nan=False))


def move(root, numbers):
    """Gives the leaves other numbers; skips those for which there is no value."""
    for leaf, number in zip([node for node in tape(root) if not node.parents and not node.constant], numbers, strict=False):
        leaf.data = number
    try:
        root.forward()
        for node in tape(root):
            assume(all(math.isfinite(adjoint) for adjoint in [*node.partials, node.data]))
        chain_rule(root, tape(root)[0])
        root.backward()
    except (DomainError, NonFiniteError):
        assume(False)


NUMBERS = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 2.0, 0.5, -0.5, 3.0, 1e-6, 123456.0]),
    st.floats(-4, 4, allow_subnormal=False),
    st.floats(-1e6, 1e6, allow_subnormal=False),
)


@pytest.mark.parametrize("name", examples.names())
def test_filled_in_with_todays_numbers_and_with_others_every_text_is_what_the_engine_then_says(name):
    root = built(name)
    script, told = scripted(root)
    compare(script, told, root)

    @settings(max_examples=2, deadline=None)
    @given(st.lists(NUMBERS, min_size=40, max_size=40))
    def other_numbers(numbers):
        move(root, numbers)
        compare(script, told, root, every=1 if len(told["steps"]) < 20 else 7)

    other_numbers()


piecewise = operation("piecewise", lambda x, y: choose(x > y, x * y, choose(x < -y, log(y * y + 1), x)))
KINKED = {
    "relu": lambda x, y: (x * y).relu() * x,
    "maximum": lambda x, y: maximum(x, y) * minimum(x, 2 * y),
    "abs": lambda x, y: abs(x - y) + abs(y),
    "leaky": lambda x, y: leaky_relu(x, y) + leaky_relu(x, 0.1),
    "elu": lambda x, y: elu(x, y) * elu(y, 1.0),
    "pow": lambda x, y: (x + 1e-3) ** 2 + y**3 + 2**x,
    "power of two": lambda x, y: (abs(x) + 1) ** y,
    "hypot": lambda x, y: hypot(x, y) * x,
    "lists": lambda x, y: affine([x, y], [y, x], x) * logsumexp([x, y, x]) + total([x, y, x, x, y, x, y]),
    "own": lambda x, y: piecewise(x, y) + piecewise(y, x),
    "quotient": lambda x, y: x / (y * y + 1) - (x - y) / 4,
    "quotient of leaves": lambda x, y: (x / y).tanh() * 2,
    "exponential": lambda x, y: exp(-(x * x)) * y.tanh().sigmoid(),
    "named like a number": lambda x, y: Value(2.0, "2") * x + y * Value(1.0, "1"),
    "constant": lambda x, y: Value(3.0, "k", constant=True) * x + (Value(2.0, "m", constant=True) * 2) * y,
}


@pytest.mark.parametrize("name", KINKED)
def test_what_depends_on_the_side_of_a_kink_changes_with_it(name):
    x, y = Value(0.75, "x"), Value(-1.25, "y")
    root = KINKED[name](x, y)
    root.label = "L"
    script, told = scripted(root)

    @settings(max_examples=6, deadline=None)
    @given(st.lists(NUMBERS, min_size=4, max_size=4))
    def other_numbers(numbers):
        move(root, numbers)
        compare(script, told, root)

    other_numbers()


def test_a_kink_is_told_on_each_side_and_at_it():
    x = Value(2.0, "x")
    y = x.relu()
    y.label = "y"
    script, told = scripted(y)
    said = {}
    for number in (2.0, 0.0, -1.0):
        x.data = number
        y.forward()
        said[number] = Filled(script, told, y)(told["forward"][0]["reasons"][0])
    assert said == {2.0: "∂y/∂x = 1 where x > 0", 0.0: "∂y/∂x = 0 where x ≤ 0", -1.0: "∂y/∂x = 0 where x ≤ 0"}


def test_a_sum_that_overflows_is_told_to_stop_the_sweep():
    x = Value(1.0, "x")
    y = x.sqrt()
    script, told = scripted(y)
    x.data = 0.0
    y.forward()
    assert Filled(script, told, y).step("said", 1).endswith("not finite: backward() stops here")


@pytest.mark.parametrize(("make", "numbers", "said"), [
    (lambda x, y: log(x - y), (1.0, 2.0), "log(v3) with v3 = -1: log needs x > 0"),
    (lambda x, y: x / y, (1.0, 0.0), "x/y with x = 1, y = 0: / needs a divisor other than 0"),
])  # fmt: skip
def test_an_error_is_told_in_the_words_that_recording_would_use(make, numbers, said):
    x, y = Value(3.0, "x"), Value(1.0, "y")
    root = make(x, y)
    _, told = scripted(root)
    bad = len(told["names"]) - 1
    values = [*numbers, numbers[0] - numbers[1], math.nan]
    fill = computed(told["numbers"], values, [math.nan] * len(told["edges"]))
    assert filled(told["errors"][str(bad)][1], fill) == said


# The book ------------------------------------------------------------------------------------------------------------


def test_a_label_cannot_pass_for_the_place_of_a_number():
    marks = "".join(map(chr, range(0xE000, 0xE100)))
    x = Value(2.0, f"{marks[0]}0{marks[1]}")
    y = x * x
    y.label = marks
    script, told = scripted(y)
    compare(script, told, y)


def test_a_number_is_entered_once_and_after_its_parts():
    placeholders = Placeholders()
    x, y = placeholders.value(0, 2.0), placeholders.value(1, 3.0)
    both = x * y + x * y
    assert both == both
    placeholders.number(both)
    assert placeholders.numbers == [["v", 0], ["v", 1], ["*", 0, 1], ["+", 2, 2]]


def test_arithmetic_that_changes_nothing_makes_no_entry():
    x = Placeholders().value(0, 2.0)
    assert (x * 1.0) is x
    assert (1 * x) is x
    assert (0.0 + x) is x
    assert (x / 1) is x


@pytest.mark.parametrize("decide", [bool, lambda test: test and 1])
def test_an_open_test_refuses_to_be_decided(decide):
    placeholders = Placeholders()
    with pytest.raises(TypeError, match="may change"):
        decide(placeholders.finite(placeholders.value(0, 1.0)))


def test_a_living_number_refuses_to_be_compared():
    x = Placeholders().value(0, 1.0)
    for compared in (lambda: x > 0, lambda: x == 1.0, lambda: x != 2.0, lambda: x <= 1.0):
        with pytest.raises(TypeError, match="may change"):
            compared()


def test_the_graph_itself_is_left_as_it_was():
    root = built("colah")
    root.backward()
    before = [(node.data, node.grad, node.label, node.partials) for node in tape(root)]
    Script(root)
    assert [(node.data, node.grad, node.label, node.partials) for node in tape(root)] == before
    assert all(type(node.data) is float for node in tape(root))


def test_what_does_not_depend_on_a_leaf_that_may_change_is_no_living_number():
    k = Value(3.0, "k", constant=True)
    x = Value(2.0, "x")
    alive = PlaceholderGraph((k * k) * x)
    living = {node.label: type(node.data) is not float for node in alive.tape}
    assert living == {"k": False, "v2": False, "x": True, "v4": True}
