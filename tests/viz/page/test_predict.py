"""Predicting on the page: what is asked, what is said of answers, what is not told before, and the score."""

import json
import math
import random
import re

import pytest
from browsing import example, said
from chalkgrad.engine import Value
from chalkgrad.engine.basics.typed import number_typed
from chalkgrad.engine.stepping import answers
from chalkgrad.engine.stepping.forward import ForwardPass
from chalkgrad.engine.stepping.unit_sentences import UnitNames
from chalkgrad.engine.stepping.units import Units
from chalkgrad.engine.words.expressions import called
from chalkgrad.engine.words.manner import manner
from chalkgrad.nn import MLP
from chalkgrad.viz.page.models import outputs_of
from chalkgrad.viz.page.units import labelled
from javascript import NODE, numbers_of_the_page, printed

ALL = "values,locals,contributions"


def ask_for(player, kinds=ALL):
    """Asks for these kinds: the keys, or the buttons."""
    player.press("p")
    for kind in ("values", "locals", "contributions"):
        button = player.tab.locator(f'#predicting [data-kind="{kind}"]')
        if (button.get_attribute("aria-pressed") == "true") != (kind in kinds.split(",")):
            button.click()


def answer(player, text):
    """What is said of an answer."""
    player.tab.fill("#answer", text)
    player.press("Enter")
    return player.text("#caption .status")


JUDGED = """(texts) => texts.map((text) => {
  const field = document.querySelector("#answer"), line = document.querySelector("#caption .status");
  field.value = text;
  field.dispatchEvent(new Event("input"));
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
  return [line.textContent, line.classList.contains("right")];
})"""


def judged(player, texts):
    """What is said of answers, and whether each is right."""
    return [(said(text), right) for text, right in player.tab.evaluate(JUDGED, texts)]


def questions(root):
    """Every question on a graph in the order of the page: what makes it, the step, the right number, its slips."""
    for step in ForwardPass(root):
        if step.node.parents:
            yield answers.value_asked, step, step.node.data, answers.value_slips
    for step in root.steps()[1:]:
        yield answers.local_asked, step, step.partial, answers.local_slips
        yield answers.contribution_asked, step, step.contribution, answers.step_slips


@pytest.mark.parametrize("name", ["colah", "karpathy_tanh_neuron"])
def test_all_that_is_asked_is_judged_in_the_engines_words(opened, name):
    root = example(name)
    player = opened(name)
    ask_for(player)
    asked = list(questions(root))
    for i, (question, step, exact, slips) in enumerate(asked):
        while not player.tab.locator("#answer").count():
            player.press("PageDown")
        wrong = dict.fromkeys(x for x, *_ in slips(step) if x is not None and math.isfinite(x) and not answers.agrees(x, exact))
        given = list(map(repr, dict.fromkeys((*list(wrong)[:: 1 + len(wrong) // 3], 77.5, float(f"{exact:.1g}"), exact))))
        with manner(typeset=True):
            expected = [answers.judged(question(step), number_typed(text)) for text in given]
        assert judged(player, given) == [(said(one), bool(one)) for one in expected], (i, given)
        player.press("Enter")
    assert player.text("#score").startswith(f"0 of {len(asked)} at the first try; look again at ")
    assert player.console == []


@pytest.mark.parametrize(
    ("kinds", "numbers"), [("values", 3), ("locals", 5), ("contributions", 5), ("locals,contributions", 10), (ALL, 13)]
)
def test_only_what_was_chosen_is_asked(opened, kinds, numbers):
    player = opened("colah")
    ask_for(player, kinds)
    asked = """() => Array.from({ length: 40 }, () => {
      const found = document.querySelectorAll("#answer").length;
      window.dispatchEvent(new KeyboardEvent("keydown", { key: "PageDown" }));
      return found;
    })"""
    assert sum(player.tab.evaluate(asked)) == numbers


def test_all_is_asked_from_the_first_press_on(opened):
    player = opened("colah", "#0")
    player.press("Home", "p")
    assert [button.get_attribute("aria-pressed") for button in player.tab.locator("#predicting [data-kind]").all()] == [
        "true"
    ] * 3
    player.press("PageDown")
    assert player.tab.locator("#answer").count() == 1
    assert player.sentence.endswith("c = a + b = 2 + 1 = ?")


def test_w_in_the_empty_field_shows_the_answer(opened):
    player = opened("colah", "#f1?&predict=values")
    player.tab.focus("#answer")
    player.press("w")
    assert player.text("#caption .status") == "c = a + b = 2 + 1 = 3"
    player.press("Enter", "PageDown", "1", "w")  # after a digit it is typed
    assert player.tab.input_value("#answer") == "1w"
    assert player.text("#score") == "0 of 1 at the first try"


def test_where_names_begin_with_w_it_is_typed_and_enter_after_it_shows(opened):
    w, x = Value(0.5, "w1"), Value(-3.0, "x1")
    root = w * x
    root.label = "y"
    player = opened(root, "#f1?&predict=values")
    player.tab.focus("#answer")
    player.press("w", "1", "*", "x", "1", "Enter")
    assert player.text("#caption .status").startswith("right: y = ")
    player.tab.fill("#answer", "")
    player.press("w", "Enter")
    assert player.text("#caption .status") == "y = w₁·x₁ = 0.5 · (-3) = -1.5"
    player.press("Enter")
    assert player.position == ("forward 1 / 1", False)


def test_what_is_asked_goes_round_by_a_key(opened):
    player = opened("colah")
    get, asked = 'document.querySelectorAll("#predicting [aria-pressed=true]")', []
    for _ in range(5):
        player.press("P")
        asked.append(player.tab.evaluate(f"[...{get}].map(one => one.dataset.kind).join()"))
    assert asked == [ALL, "contributions", "locals,contributions", "values", ALL]
    player.press("p")
    assert not player.tab.is_visible("#predicting")


# What is not told ------------------------------------------------------------------------------------------------------

# What is seen or read aloud with each panel open: by panel, all texts.
SHOWN = """() => {
  const click = (what) => document.querySelector(what)?.click();
  const choose = () => document.querySelector('g.card[data-number="0"]')
    .dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  const texts = () => [...document.querySelectorAll("#stage *")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) || one.id === "said")
    .flatMap((one) => [...["aria-label", "title", "aria-valuetext"].map((name) => one.getAttribute(name)),
      ...[":scope > title", ":scope > desc"].map((name) => one.querySelector(name)?.textContent),
      ...[...one.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data)])
    .concat(document.title).filter(Boolean);
  const found = { none: texts() };
  click('[data-panel="table"]');
  found.table = texts();
  click('[data-panel="inputs"]');
  if (!document.querySelector("#leaves pre:not([hidden])")) click("#leaves button");
  found.inputs = texts();
  choose();
  found.chain = texts();
  choose();
  return found;
}"""


def telling():
    """L = (a·b + c)·tanh(c), in which every value, local derivative and contribution is another number."""
    a, b, c = Value(1.25, "a"), Value(-3.4, "b"), Value(0.7, "c")
    p, t = a * b, c.tanh()
    s = p + c
    root = s * t
    for name, value in {"p": p, "t": t, "s": s, "L": root}.items():
        value.label = name
    return root


def test_nothing_on_the_page_tells_a_number_before_it_is_answered(opened):
    root = telling()
    known = {"1.25", "3.4", "0.7", "1"}
    player = opened(root)
    ask_for(player)
    for _, _, exact, _ in questions(root):
        while not player.tab.locator("#answer").count():
            player.press("PageDown")
        number = f"{exact:.4g}".removeprefix("-")
        for panel, texts in player.tab.evaluate(SHOWN).items() if number not in known else ():
            assert [text for text in texts if number in text] == [], (panel, player.sentence)
        answer(player, repr(exact))
        known.add(number)
        player.press("Enter")
    player.press("End")
    shown = " ".join(text for texts in player.tab.evaluate(SHOWN).values() for text in texts)
    assert [number for number in known if number not in shown] == []


def test_local_derivatives_are_told_once_they_are_answered_and_always_where_they_are_not_asked(opened):
    player = opened("colah", "#1?")
    usual = player.texts("g.label .local")
    ask_for(player, "locals")
    assert sorted(player.texts("g.label .local")) == ["∂c/∂a", "∂c/∂b", "∂d/∂b", "∂e/∂c = ?", "∂e/∂d"]  # of one it is asked
    answer(player, "2")
    player.press("Enter")
    assert [text for text in player.texts("g.label .local") if " = " in text] == ["∂e/∂c = d = 2"]
    player.press("End")
    assert player.texts("g.label .local") == usual
    player.press("p", "Home", "r")
    assert player.texts("g.label .local") == usual


# On the diagram --------------------------------------------------------------------------------------------------------


def asked_of_units(root):
    """Every question of the steps from unit to unit: its sentence's beginning, and the right number."""
    units = Units(root)
    names, adjoints = {node: called(name) for node, name in units.sweep.tape.names.items()}, units.sweep.adjoints
    for one in units.units:
        yield f"{names[one.output]} = ", one.output.data
    for link in units.links:
        function, source = called(UnitNames(units).function(link.unit)), names[link.source]
        yield f"∂{function}/∂{source} = ", link.partial
        yield (
            f"{source}.grad += ∂{names[root]}/∂{names[link.unit.output]} · ∂{function}/∂{source} = ",
            link.contribution(adjoints),
        )


def test_what_a_unit_gives_its_derivatives_and_what_goes_back_are_asked_on_a_network(opened):
    model = MLP(2, [2, 1], "tanh", seed=1)
    player = opened(model, "#f0&predict=" + ALL, x=[0.6, -0.4])
    with manner(typeset=True):
        asked = list(asked_of_units(labelled(outputs_of(model, [0.6, -0.4]))[0]))
    for i, (beginning, exact) in enumerate(asked):
        while not player.tab.locator("#answer").count():
            player.press("PageDown")
        if i % 2:
            player.tab.click("#show")
            assert said(player.text("#caption .status")).startswith(beginning)
        (wrong, is_right), right = judged(player, ["77.5", repr(exact)])
        assert wrong.startswith("no: 77.5 is not ")
        assert not is_right
        assert right[0].startswith(f"right: {beginning}")
        assert right[1]
        player.press("Enter")
    assert player.text("#score").startswith(f"0 of {len(asked)} at the first try; look again at z₁₁, z₁₂, z₂₁, ∂h₂₁/∂z₁₁, ")
    assert player.console == []


# Answers ---------------------------------------------------------------------------------------------------------------


def test_names_and_products_are_answers(opened):
    player = opened("colah", "#2?")  # d.grad += ∂e/∂e · ∂e/∂d = 1 · 3
    ask_for(player, "contributions")
    for typed in ("1*3", "3·1", "e.grad·c", "c * 1", "(3)·1"):
        assert answer(player, typed).startswith(f"right, the very product {typed}: ")
    for typed in ("(3)", "6/2", "c", "3.0", "a + b", "2½ + ½", "−3 + 6"):
        assert answer(player, typed).startswith("right: ")
    for typed in ("d.grad", "q", "3 3", "d d"):
        assert answer(player, typed).startswith("type a number")
    assert player.text("#score") == "1 of 1 at the first try"


def test_what_is_not_computed_yet_has_no_name_to_answer_with(opened):
    player = opened("colah")
    ask_for(player, "values")
    player.press("PageDown")
    assert answer(player, "c").startswith("type a number")
    assert answer(player, "a + b") == "right: c = a + b = 2 + 1 = 3"


def test_names_are_typed_as_they_are_shown_and_as_on_a_keyboard(opened):
    w, x, b = Value(0.5, "w11_1"), Value(-3.0, "x1"), Value(0.25, "theta1")
    u = w * x
    s = u + b
    root = s.tanh()
    for name, value in {"u11": u, "s1": s, "z1": root}.items():
        value.label = name
    player = opened(root)
    ask_for(player, "values")
    player.press("PageDown")
    for typed in ("w11_1·x1", "w₁₁,₁·x₁", "w11_1 * x1", "x1·w₁₁,₁"):
        assert answer(player, typed).startswith("right: u₁₁")
    player.press("Enter", "PageDown")
    assert answer(player, "u11 + theta1").startswith("right: s₁")
    player.press("Enter", "PageDown")
    assert answer(player, "tanh(s1)").startswith("right: z₁")


def test_the_score_counts_a_question_once_and_what_is_shown_as_not_known(opened):
    player = opened("colah", "#0")
    ask_for(player, "contributions")
    player.press("PageDown")
    answer(player, "1")
    answer(player, "2")
    assert player.text("#score") == "0 of 1 at the first try"
    player.press("Enter", "PageDown")
    answer(player, "3")
    answer(player, "4")
    assert player.text("#score") == "1 of 2 at the first try"
    answer(player, "3")
    player.press("Enter", "PageDown")
    player.tab.click("#show")
    assert player.text("#caption .status") == "b.grad += ∂e/∂d · ∂d/∂b = 3 · 1 = 3"
    assert player.tab.evaluate("document.activeElement.id") == "answer"
    player.press("Enter")
    assert player.position == ("backward 3 / 5", False)
    assert player.text("#score") == "1 of 3 at the first try"
    player.press("PageDown", "Shift+Enter", "Enter", "PageDown")
    answer(player, "2")
    player.press("Enter")
    assert player.text("#score") == "2 of 5 at the first try; look again at c.grad, b.grad, a.grad"
    player.tab.click("#afresh")
    assert player.text("#score") == ""
    player.press("PageUp")
    answer(player, "2")
    player.press("Enter")
    assert player.text("#score") == "all is answered: 1 of 1 at the first try"
    player.press("Home")
    assert player.text("#score") == ""


def test_a_reload_keeps_the_question_that_is_put_and_the_score(opened):
    player = opened("colah", "#1?")
    ask_for(player, "locals,contributions")
    answer(player, "7")
    answer(player, "d")
    player.press("Enter", "Shift+Enter")
    wanted = "#1?&predict=locals,contributions&asked=contributions&score=1l~,1!"
    player.tab.wait_for_function("wanted => decodeURIComponent(location.hash) === wanted", arg=wanted)
    asked, score = player.caption, player.text("#score")
    player.tab.reload()
    assert "c.grad += " in player.sentence
    assert asked.startswith(player.caption)
    assert player.text("#score") == score == "0 of 2 at the first try"
    answer(player, "2")
    assert player.text("#score") == score  # a question counts once
    player.tab.click("#last")
    assert player.text("#score").endswith("look again at ∂e/∂c, c.grad")
    player.press("Home", "PageDown")
    player.tab.evaluate("location.hash = '#2?&predict=locals&asked=values&score=9,f1l,0,x,1u,2~'")
    player.tab.wait_for_function("() => document.querySelector('#score').textContent === '0 of 1 at the first try'")
    assert player.sentence.endswith("∂e/∂d = ?")
    assert player.console == []


def test_a_reload_keeps_the_score_of_units(opened):
    player = opened(MLP(2, [2, 1], "tanh", seed=1), "#f0&predict=locals,contributions", x=[0.6, -0.4])
    while not player.tab.locator("#answer").count():
        player.press("PageDown")
    player.press("Shift+Enter", "Enter", "Shift+Enter")
    player.tab.wait_for_function("() => /score=.*,/.test(location.hash)")
    player.tab.reload()
    player.tab.click("#last")
    assert player.text("#score") == "0 of 2 at the first try; look again at ∂h₂₁/∂z₁₁, z₁₁.grad"


def test_a_reload_keeps_what_is_typed_and_not_yet_checked(opened):
    player = opened("colah", "#1?&predict=contributions")
    player.tab.fill("#answer", "0.2")
    player.tab.wait_for_function("() => location.hash.includes('typed=0.2')")
    player.tab.reload()
    assert player.tab.input_value("#answer") == "0.2"
    player.tab.evaluate("location.hash = '#2?&predict=contributions&typed=d'")
    player.tab.wait_for_function("() => document.getElementById('answer').value === 'd'")
    player.tab.click("#forward")
    player.tab.wait_for_function("() => !location.hash.includes('typed')")
    player.tab.click("#forward")
    assert player.tab.input_value("#answer") == ""


def test_after_a_right_answer_the_arrows_step_and_w_is_not_typed(opened):
    player = opened("colah", "#f1?&predict=values")
    answer(player, "3")
    player.press("w")
    assert player.tab.input_value("#answer") == "3"
    player.press("ArrowRight")
    assert player.position == ("forward 1 / 3", False)
    player.press("ArrowRight")
    answer(player, "77")
    player.press("ArrowRight", "w")
    assert player.tab.input_value("#answer") == "77w"  # it is not answered yet
    answer(player, "1")
    player.press("Shift+Enter", "ArrowLeft")
    assert player.position == ("forward 1 / 3", False)


def test_enter_goes_from_the_local_derivative_to_the_contribution_and_back_again(opened):
    player = opened("colah", "#0")
    ask_for(player, "locals,contributions")
    player.press("PageDown")
    assert player.sentence.endswith("∂e/∂c = ?")
    answer(player, "d")
    player.press("Enter")
    assert player.sentence.endswith("c.grad += ∂e/∂e · ∂e/∂c = ?")
    player.press("PageUp")
    assert player.sentence.endswith("∂e/∂c = ?")
    assert "∂e/∂e" not in player.sentence
    player.press("PageDown", "PageDown")
    assert player.position == ("backward 1 / 5", False)


def test_the_picture_keeps_its_place_while_answers_are_judged(opened):
    player = opened("colah", "#0")
    ask_for(player)
    place = "document.querySelector('g.card').getBoundingClientRect().top"
    tops = set()
    for _ in range(5):
        player.press("PageDown")
        tops.add(player.tab.evaluate(place))
        if player.tab.locator("#answer").count():
            answer(player, "77")
            tops.add(player.tab.evaluate(place))
    player.press("End")
    assert len(tops | {player.tab.evaluate(place)}) == 1


def test_fields_and_buttons_are_large_enough_for_fingers(opened):
    phone = {"has_touch": True, "is_mobile": True}
    player = opened("colah", "#1?", (390, 844), phone)
    player.tab.tap("#predict")
    boxes = [player.tab.locator(f"#{name}").bounding_box() for name in ("answer", "check", "show")]
    boxes += [one.bounding_box() for one in player.tab.locator("#predicting [data-kind]").all()]
    assert all(box["width"] >= 44 and box["height"] >= 44 for box in boxes), boxes
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes), boxes
    font = "getComputedStyle(document.querySelector('#caption')).fontSize"
    assert float(player.tab.evaluate(font).removesuffix("px")) >= 14


# The same numbers in JavaScript ------------------------------------------------------------------------------------------


@NODE
def test_the_page_judges_what_is_typed_as_the_engine_does(tmp_path):
    chance = random.Random(11)
    pairs = [("0.50", 0.4999), ("0.500", 0.4999), ("1.00", 0.9961), ("10.0", 9.96), ("1.0", 0.96), ("0.280", 0.2789)]
    for _ in range(3000):
        scaled = chance.uniform(-1, 1) * 10.0 ** chance.randint(-6, 6)
        exact = chance.choice([chance.uniform(-10, 10), scaled, 1 - 10 ** -chance.uniform(1, 5)])
        places = chance.randint(0, 6)
        near = exact * (1 + chance.choice([0.0, 0.0, 0.01, -0.004]))
        text = chance.choice([f"{near:.{places}f}", f"{near:.{places}e}", f"{near:.{places + 1}g}"])
        pairs.append((text if re.search(r"\.\d{3}(?!\d)", text) else text.replace(".", chance.choice(".,")), exact))
    source = (
        f"{numbers_of_the_page()}\nconsole.log(JSON.stringify({json.dumps(pairs)}.map(([text, exact]) => {{\n"
        "  const { x } = typedIn(text), digits = typedDigits(text) || digitsOf(x);\n"
        "  return [agrees(x, exact, digits), rounding(x, exact, digits)];\n})));"
    )
    for (text, exact), found in zip(pairs, printed(tmp_path, source), strict=True):
        given = number_typed(text)
        assert found == [answers.agrees(given, exact), answers.rounding(given, exact)], (text, exact)


@NODE
def test_the_page_reads_names_and_products_as_the_engine_does(tmp_path):
    names = {"d": 3.0, "x1": 2.0, "w[0]": 4.0, "x1*w1": 7.0, "a b": 9.0, "θ1": 0.5, "e": 6.0, "e.grad": 1.0, "∂e/∂d": 1.5}
    parts = [*names, "x₁", "θ₁", "2", "0.5", "(3)", "sqrt(4)", "sqrt(d + 1)", "½", "d²", "1,5"]
    chance = random.Random(12)
    texts = [
        "d d",
        "2d",
        "d.x",
        "d(2)",
        "sqrt 4",
        "x1w1",
        "",
        "·",
        "1,250",
        "1e3",
        "e1",
        "2·3",
        "-d·1",
        "2·d·1",
        "d/1",
        "(d·1)",
    ]
    for _ in range(1500):
        picked = [chance.choice(parts) for _ in range(chance.randint(1, 4))]
        texts.append("".join(f"{part}{chance.choice([' + ', '·', ' * ', '-', '/', '·'])}" for part in picked)[:-1] + picked[0])
    source = (
        f"{numbers_of_the_page()}\nconst names = new Map(Object.entries({json.dumps(names)}));\n"
        "const found = (text) => typedIn(text, names, { sqrt: Math.sqrt });\n"
        f"console.log(JSON.stringify({json.dumps(texts)}.map((text) => [found(text).x, found(text).factors])));"
    )
    for text, (number, factors) in zip(texts, printed(tmp_path, source), strict=True):
        try:
            ours = number_typed(text, names, {"sqrt": lambda x: x**0.5})
        except ValueError:
            assert number is None, text
            continue
        assert number == pytest.approx(ours, rel=1e-12), text
        assert factors == pytest.approx(list(ours.factors)), text
