"""The lens of an operation: the functions of its curve, and what the page shows and says of them."""

import itertools
import json
import math
import random
import re
from importlib import resources

import mpmath
import pytest
from browsing import aloud, said
from chalkgrad.engine import Value, heaviside, operation, sqrt, tape, total
from chalkgrad.engine.errors import DomainError
from chalkgrad.engine.formulas.trees import choose, holds
from chalkgrad.engine.programs.languages import LANGUAGES
from chalkgrad.engine.programs.text import helpers
from chalkgrad.engine.recording.computers import ON_FLOATS
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.words.manner import manner
from chalkgrad.nn import MLP
from chalkgrad.viz.page import play as page
from chalkgrad.viz.page.curves import Curves, function
from chalkgrad.viz.page.filling import PlaceholderGraph, computed, evaluated, filled, truths
from chalkgrad.viz.page.script import Script
from javascript import NODE, printed
from oracle import ORACLE

_random = random.Random(18)


def program(functions):
    source = "\n".join(["const curves = [", *functions, "];"])
    return "\n".join([*helpers(LANGUAGES["javascript"], source), source])


# The functions --------------------------------------------------------------------------------------------------------


def samples(rule):
    """Points inside a rule's domain, beside those of the table and of sizes that a curve is drawn at."""
    for point in rule.inside:
        if all(abs(x) < 40 for x in point):
            for _ in range(2):
                near = [x * _random.uniform(0.96, 0.999) + _random.uniform(1e-3, 0.02) for x in point]
                if rule.domain is None or holds(rule.domain, dict(zip(rule.arguments, near, strict=True)), ON_FLOATS):
                    yield near


def oracle(rule, point):
    return ORACLE[rule.name](*map(mpmath.mpf, point))


def slope(rule, point, place):
    """The slope by differences; the operation itself is all that it knows."""
    h = mpmath.mpf("1e-20")
    beside = [[mpmath.mpf(x) + (sign * h if i == place else 0) for i, x in enumerate(point)] for sign in (1, -1)]
    return (ORACLE[rule.name](*beside[0]) - ORACLE[rule.name](*beside[1])) / (2 * h)


@NODE
def test_the_functions_of_all_rules_give_values_and_slopes_in_agreement_with_differences(tmp_path):
    asked, lines = [], []
    for rule in RULES.values():
        for point in samples(rule):
            lines += function(rule, rule.length(len(point)))
            asked.append((rule, point))
    given = [[point, [rule.argument_at(len(point), place) for place in range(len(point))]] for rule, point in asked]
    found = printed(tmp_path, program(lines) + f"""
        console.log(JSON.stringify({json.dumps(given)}.map(([point, places], k) => places.map(([which, element]) => {{
          const found = curves[k](point, element);
          return [found[0], found[1 + which]].map(String);
        }}))));""")  # fmt: skip
    with mpmath.workdps(50):
        for (rule, point), results in zip(asked, found, strict=True):
            for place, (value, partial) in enumerate(results):
                assert float(value) == pytest.approx(float(oracle(rule, point)), rel=1e-12, abs=1e-15), rule
                assert float(partial) == pytest.approx(float(slope(rule, point, place)), rel=1e-9, abs=1e-12), (rule, place)
    assert {rule for rule, _ in asked} == {*RULES.values()}


@NODE
def test_outside_a_domain_there_is_no_value_and_a_value_too_large_is_infinite(tmp_path):
    cases = [(rule, point) for rule in RULES.values() for point in rule.outside]
    lines = [line for rule, point in cases for line in function(rule, rule.length(len(point)))]
    given = json.dumps([point for _, point in cases])
    found = printed(
        tmp_path, f"{program(lines)}\nconsole.log(JSON.stringify({given}.map((x, k) => String(curves[k](x, 0)[0]))));"
    )
    for (rule, point), value in zip(cases, found, strict=True):
        try:
            inside = rule.domain is None or holds(rule.domain, dict(zip(rule.arguments, point, strict=False)), ON_FLOATS)
        except OverflowError:
            inside = True
        assert math.isinf(float(value)) if inside else math.isnan(float(value)), (rule, point, value)


def test_an_operation_of_ones_own_has_a_curve_and_says_what_is_inside_it():
    x = Value(2.0, "x")
    y = operation("h", lambda t: choose(t > 3, sqrt(t), t * t))(x)
    curves = Curves(PlaceholderGraph(y))
    [[needs, sized]] = curves.contents["forms"]
    assert needs == "sqrt needs x ≥ 0"
    assert sized == [False]
    assert "v - v === 0 ? v : NaN" in curves.program(lambda text: [])


# In the browser -------------------------------------------------------------------------------------------------------

# Of operations at a point: what a step of the default size finds, and the slopes on either side of a kink.
CASES = {
    "tanh": (0.5, lambda x: x.tanh(), "bends"),
    "relu": (0.0, lambda x: x.relu(), "kink here", 0.0, 1.0),
    "before": (-0.25, lambda x: x.relu(), "kink"),  # the step goes past what is near
    "log": (2.0, lambda x: x.log(), "bends"),
    "acos": (0.875, lambda x: x.acos(), "outside"),
    "floor": (2.5, lambda x: x.floor(), "jump"),
    "root": (0.0, sqrt, "vertical"),
    "flat": (30.0, lambda x: x.sigmoid(), "bends"),  # though tangent and curve are as good as level
    "line": (3.0, lambda x: 3 * x, "straight"),
    "step": (0.25, heaviside, "level"),
    "edge": (0.0, heaviside, "jump here"),
    "size": (0.0, lambda x: abs(x), "kink here", -1.0, 1.0),
    "pole": (-0.125, lambda x: 1 / x, "pole"),
}
STEPS = {"pole": 0.5}  # typed: the step of the default size stays on this side


def one_of_each():
    parts = []
    for name, (x, f, *_) in CASES.items():
        y = f(Value(x, f"x_{name}"))
        y.label = name
        parts.append(y)
    root = total(parts)
    root.label = "L"
    return root


def sentences_of(root, script, node, numbers, gap):
    """What is said of a node's curve by its first argument, in the engine's words, with these numbers."""
    nodes, told = list(tape(root)), script.contents["curves"]
    number, parent = nodes.index(node), nodes.index(node.parents[0])
    _, _, [[_, _, _, _, local, reason, *_], *_] = told["nodes"][number]
    names = script.contents["names"]
    own = [told["operands"].get(i, names[i]) for i in (number, parent)]
    [reasons] = [step["reasons"] for step in script.contents["forward"] if step["node"] == number]
    blanks = {"name": names[number], "parent": names[parent], "y": own[0], "x": own[1], "local": local}
    blanks |= {
        "expression": script.contents["expressions"][number],
        "reason": reasons[reason],
        "needs": told["forms"][told["nodes"][number][0]][0],
    }
    blanks["gap"] = told["gaps"][gap]
    placeholders, values = script.symbolic.placeholders, [x.data for x in nodes]
    partials = [slope for x in nodes for slope in x.partials]
    formulas = evaluated(placeholders.formulas, values)
    found = computed(script.contents["numbers"], values, partials, f=formulas, curve=numbers)
    text = told["whole"]["usual"]
    return filled(text, found, truths(placeholders.tests, values), blanks, symbols=placeholders.symbols)


def rise_of(name, step):
    x, f, *_ = CASES[name]
    try:
        return f(Value(x + step)).data - f(Value(x)).data
    except DomainError:
        return math.nan


def test_what_is_said_of_a_curve_is_the_engines_at_kinks_jumps_borders_and_where_it_is_smooth(opened, monkeypatch):
    root = one_of_each()
    with manner(typeset=True):
        script = Script(root)
    monkeypatch.setattr(page, "Script", lambda root, others, languages: script)  # which takes its time
    player = opened(root)
    seen = {}
    for node in [node for node in tape(root) if node.parents and node is not root]:
        player.press("ArrowRight", "ArrowRight", "o")
        name = node.label
        if name in STEPS:
            player.tab.fill("#curve-step", str(STEPS[name]))
            player.press("Enter")
            player.tab.wait_for_timeout(450)  # what moves is said when it rests
        step = float(player.tab.input_value("#curve-step"))
        _, _, gap, *sides = CASES[name]
        rise = node.partials[0] * step if gap == "straight" else rise_of(name, step)
        numbers = [node.parents[0].data, node.data, node.partials[0], step, rise, *(sides or [math.nan] * 2)]
        with manner(typeset=True):
            assert said(player.sentence) == aloud(sentences_of(root, script, node, numbers, gap))
        seen[name] = player.tab.locator("#curve .plane").evaluate(
            "plane => Object.fromEntries(['flat', 'hole', 'pole', 'side', 'rise', 'true', 'tangent', 'none']"
            ".map(kind => [kind, plane.querySelectorAll('g:not(.handle) > .' + kind).length]))"
        )
        assert seen[name]["tangent"] == 1
        player.press("Escape")
    assert {name for name, kinds in seen.items() if kinds["flat"]} == {"tanh", "flat"}
    assert seen["tanh"]["flat"] == 2
    assert {name: kinds["hole"] for name, kinds in seen.items() if kinds["hole"]} == {"log": 1, "acos": 2, "root": 1}
    assert {name for name, kinds in seen.items() if kinds["pole"]} == {"pole"}
    assert {name for name, kinds in seen.items() if kinds["side"]} == {"relu", "size"}
    assert {name for name, kinds in seen.items() if not kinds["true"]} == {"acos"}
    assert player.console == []


def apart(path):
    """The pieces of a drawn curve, each a list of points."""
    return [[tuple(map(float, point.split())) for point in piece.split("L")] for piece in path.split("M")[1:]]


def test_no_line_crosses_a_pole_or_a_jump_and_corners_are_sharp(opened):
    x, y, z = Value(0.5, "x"), Value(2.5, "y"), Value(0.3, "z")
    root = total([1 / x, y.floor(), z.relu()])
    player = opened(root)
    pieces = []
    for _ in range(3):
        player.press("ArrowRight", "ArrowRight", "o")
        pieces.append(apart(player.tab.get_attribute(".plane path.line", "d")))
        player.press("o")
    pole, steps, corner = pieces
    assert len(pole) == 2
    assert all(one[0] <= other[0] for piece in pole for one, other in itertools.pairwise(piece))
    assert abs(pole[0][-1][0] - pole[1][0][0]) < 1
    assert pole[0][-1][1] > 0 > pole[1][0][1]  # down on the left, up on the right
    assert len([piece for piece in steps if piece[-1][0] - piece[0][0] > 1]) == 8  # from -4 to 4
    assert all(abs(first[1] - last[1]) < 0.2 for first, *_, last in (piece for piece in steps if len(piece) > 2))
    [line] = corner
    lowest = max(height for _, height in line)
    assert [height for at, height in line if at <= line[0][0] + 1] == [lowest]
    turn = max(at for at, height in line if height == lowest)
    slopes = {
        round((b[1] - a[1]) / (b[0] - a[0]), 1) for a, b in itertools.pairwise(line) if a[0] > turn + 1 and b[0] > a[0] + 1
    }
    assert len(slopes) == 1


def drag(player, selector, across):
    x, y = player.middle(selector)
    player.tab.mouse.move(x, y)
    player.tab.mouse.down()
    player.tab.mouse.move(x + across / 2, y)
    player.tab.mouse.move(x + across, y)


def test_a_computed_cards_curve_opens_by_click_and_its_point_and_step_are_dragged(opened):
    player = opened("karpathy_tanh_neuron", "#9")
    player.tab.click('.card[data-number="9"] text >> nth=0')
    assert (
        player.caption
        == "o = tanh(n) ∂o/∂n = 1 - o² = 0.5 do ≈ ∂o/∂n · dn = 0.5 · 0.8 = 0.4 the curve itself rises by 0.2259: it bends away"
    )
    assert math.tanh(0.8813735870195432 + 0.8) - math.tanh(0.8813735870195432) == pytest.approx(0.2259, abs=5e-5)
    assert min(player.tab.evaluate(CURVE_SIZES)) >= 0.028 * 720
    drag(player, ".handle.point", 250)  # n is computed: it is only asked what would be
    asked = said(player.text("#caption .reason"))
    at, value, slope = map(float, re.fullmatch(r"if n were ([\d.]+): o = ([\d.]+) ∂o/∂n = ([\d.]+)", asked).groups())
    assert at > 2.5
    assert value == pytest.approx(math.tanh(at), rel=1e-3)
    assert slope == pytest.approx(1 - math.tanh(at) ** 2, rel=1e-2)
    assert player.data(9) == "0.7071"
    player.tab.mouse.up()
    assert said(player.text("#caption .reason")) == "o = tanh(n) ∂o/∂n = 1 - o² = 0.5"
    drag(player, ".handle.step", -180)
    player.tab.mouse.up()
    assert "0.5 · (-" in said(player.text("#caption .update"))
    assert "falls by" in player.text("#caption .status")
    player.tab.fill("#curve-step", "1/2")
    player.press("Enter")
    assert said(player.text("#caption .update")).endswith("= 0.5 · 0.5 = 0.25")
    player.tab.click(".end >> nth=0")  # on to n = s + b
    player.tab.select_option("#curve-by", label="b")
    assert said(player.text("#curve h2")) == "n = s + b"
    assert player.text("#caption .status").endswith("exactly as much: it is straight")
    drag(player, ".handle.point", -40)
    player.tab.mouse.up()
    moved = float(player.data(7))
    assert moved < 6.88  # b is an input: all follows
    assert float(player.data(8)) == pytest.approx(moved - 6, abs=1e-3)
    player.tab.click(".end >> nth=1")
    assert not player.tab.is_visible("#curve")
    player.tab.click('.card[data-number="7"] text >> nth=0')
    assert player.tab.is_visible("#chain")  # of an input
    assert player.console == []


CURVE_SIZES = """() => [...document.querySelectorAll("#curve text, #curve .end span, #curve .between span")]
  .filter((one) => /[0-9]/.test(one.textContent)).map((one) => parseFloat(getComputedStyle(one).fontSize))"""


def test_keys_open_turn_zoom_and_close_the_curve_and_lead_to_the_chain_rule(opened):
    player = opened("colah", "#f3")
    player.press("o")
    assert player.caption.startswith("e = c·d ∂e/∂c = d = 2")
    player.press("2")
    assert player.caption.startswith("e = c·d ∂e/∂d = c = 3")
    ticks = player.texts(".plane .tick")
    player.press("-")
    farther = player.texts(".plane .tick")
    assert farther != ticks
    player.press("0")
    assert player.texts(".plane .tick") == ticks
    player.tab.focus(".handle.point")
    player.press("ArrowRight")
    assert player.caption.startswith("if d were 2.")
    assert player.tab.get_attribute(".handle.point", "aria-valuetext").startswith("d = 2.")
    player.tab.focus(".handle.step")
    assert player.caption.startswith("e = c·d")  # what was tried goes with the focus
    before = float(player.tab.input_value("#curve-step"))
    player.press("ArrowUp")
    assert float(player.tab.input_value("#curve-step")) > before
    player.press("Escape")
    assert not player.tab.is_visible("#curve")
    assert player.caption == "e = c·d = 3 · 2 = 6 ∂e/∂c = d = 2 ∂e/∂d = c = 3"
    player.press("o", "c")
    assert (player.tab.is_visible("#curve"), player.tab.is_visible("#chain")) == (False, True)
    player.press("Escape")
    player.tab.focus('.card[data-number="2"]')
    player.press("Enter")
    assert player.caption.startswith("c = a + b")
    player.press("p", "r", "ArrowRight")
    assert not player.tab.is_visible("#curve")  # a step is seen in the picture
    assert player.tab.is_visible("#answer")
    player.press("Escape")
    player.tab.focus('.card[data-number="0"]')
    player.press("Enter")
    assert player.tab.is_visible("#chain")
    assert player.console == []


def test_an_input_dragged_out_of_a_domain_is_told_and_comes_back(opened):
    x = Value(2.0, "x")
    y = x.log()
    y.label = "y"
    player = opened(y, "#1")
    player.press("o")
    drag(player, ".handle.point", -330)
    assert "log needs x > 0" in player.text("#said") or player.tab.wait_for_function(
        "() => document.querySelector('#said').textContent.includes('log needs x > 0')"
    )
    assert player.tab.locator(".plane .none").count() == 1
    player.tab.mouse.up()
    drag(player, ".handle.point", 400)
    player.tab.mouse.up()
    assert player.tab.locator(".plane .none").count() == 0
    assert player.caption.startswith("y = log(x)")
    assert player.console == []


def test_a_numbers_kind_is_told_apart_in_one_place_alone():
    player = resources.files("chalkgrad.viz.page").joinpath("player")
    sources = {file.name: re.sub("//.*", "", file.read_text("utf-8")) for file in player.iterdir() if file.name.endswith(".js")}
    assert {name for name, source in sources.items() if "told.numbers" in source} == {"texts.js"}


AT_VALUES = """(values) => {
  const press = (key) => window.dispatchEvent(new KeyboardEvent("keydown", { key }));
  const fields = [...document.querySelectorAll("#leaves input[type=text]")];
  return values.map((value) => {
    for (const field of fields) {
      field.value = value;
      field.dispatchEvent(new Event("change"));
    }
    press("Home");
    return fields.map(() => {
      ["ArrowRight", "ArrowRight", "o"].forEach(press);
      const said = document.querySelector("#caption").textContent, wild = document.querySelector("#curve").innerHTML;
      press("o");
      return [said, /NaN|="[^"]*Infinity/.test(wild)];
    });
  });
}"""


def test_a_curve_is_drawn_and_true_at_the_ends_of_the_floats(opened):
    kinds = [Value.log, Value.sin, Value.exp, lambda x: 1 / x]
    player = opened(total([f(Value(1.0, f"x{i}")) for i, f in enumerate(kinds)]))
    values = ["1e308", "1.7e308", "1e17", "1e-320", "-1e308"]
    found = dict(zip(values, player.tab.evaluate(AT_VALUES, values), strict=True))
    assert player.console == []
    assert [value for value in values if any(wild for _, wild in found[value])] == []
    log, at = found["1e308"][0][0], 1e308
    step = float(re.search(r"· ([\de+]+) = ", said(log))[1])
    assert f"rises by {math.log(at + step) - math.log(at):.4g}: it bends away" in said(log)
    assert not [text for value in ("1e308", "1.7e308") for text, _ in found[value] if "no value, for" in text]
    assert "is infinite" in found["1e-320"][0][0]  # 1/x is above the largest float
    assert not [text for texts in found.values() for text, _ in texts if "kink" in text or re.search("· (0|inf) =", said(text))]
    outside = "the curve has no value there: "
    assert said(found["-1e308"][0][0]).endswith(f"{outside}log needs x > 0")
    assert said(found["1e308"][2][0]).endswith(f"{outside}it is too large for a float")  # exp, and its slope


TEXTS = """() => [...document.querySelectorAll("#curve .plane text:not(.tick)")].map((one) => {
  const { x, y, width, height } = one.getBBox();
  return [one.textContent, x, y, width, height];
})"""


def test_texts_keep_off_the_part_without_values_whose_own_words_are_in_it(opened):
    y = Value(2.0, "x").log()
    y.label = "l"
    player = opened(y, "#1&curve=l")
    [left, wide] = player.tab.locator(".plane .hole").evaluate("hole => [hole.x.baseVal.value, hole.width.baseVal.value]")
    texts = {text: (x, x + width) for text, x, _, width, _ in player.tab.evaluate(TEXTS)}
    own = {text: ends for text, ends in texts.items() if text in said("log needs x\u00a0>\u00a00") or "\u00a0" in text}
    assert said(" ".join(own)) == "log needs x > 0"
    assert all(left <= start and end <= left + wide for start, end in own.values())
    others = {text: ends for text, ends in texts.items() if text not in own}
    assert {"x = 2", "l = 0.6931", "slope 0.5"} < others.keys()
    assert all(start >= left + wide for start, _ in others.values())
    assert player.text("#curve .row .local") == "∂l/∂x = 1/x"
    player.press("ArrowRight")
    assert player.tab.is_visible("#curve")  # there is not another step


def test_the_curves_own_point_is_hollow_where_the_step_ends_on_it_too(opened):
    y = Value(-0.5, "x").relu()
    y.label = "r"
    player = opened(y, "#1&curve=r")
    assert player.tab.input_value("#curve-step") == "1"  # past the kink
    assert player.text("#curve .row .local") == "∂r/∂x = 1 if x > 0 else 0"
    assert player.caption.endswith("the curve itself rises by 0.5: it has a kink on the way")
    player.tab.fill("#curve-step", "0.25")
    player.press("Enter")
    assert player.caption.endswith("it is level")
    x, y = map(round, player.middle(".hollow .true"))
    assert player.middle(".handle.step") == pytest.approx((x, y), abs=2)
    shot = player.picture()
    assert shot.getpixel((x, y)) == shot.getpixel((640, 715))  # the page


def test_in_a_unit_a_card_opens_its_curve_and_closing_it_leads_back(opened):
    player = opened(MLP(2, [2, 1], "tanh", seed=0), x=[1.0, -1.0])
    player.press("End")
    player.tab.click("g.unit >> nth=0")
    player.tab.wait_for_function("() => location.hash.includes('unit=1')")
    address = player.tab.evaluate("location.hash")
    cards = player.tab.evaluate(IN_SIGHT)
    _, x, y = cards[-1]
    player.tab.mouse.click(x, y)
    assert player.tab.is_visible("#curve")
    title = player.text("#curve h2")
    assert "tanh" in title
    assert player.caption.startswith(said(title))
    assert "it bends away" in player.caption
    assert player.tab.evaluate(IN_SIGHT) == []  # of the graph
    assert player.tab.locator("#picture :is(.beam, .local, text)").evaluate_all(
        "all => all.filter((one) => getComputedStyle(one).visibility !== 'hidden').length") == 0  # fmt: skip
    player.press("Escape")
    assert not player.tab.is_visible("#curve")
    player.tab.wait_for_function("address => location.hash === address", arg=address)
    assert player.tab.evaluate(IN_SIGHT) == cards
    for name in ("z₂₁", "z21"):  # as it stands on the page, and as it is typed
        player.tab.evaluate("name => { location.hash = `#1&curve=${name}`; }", name)
        player.tab.wait_for_selector("#curve", state="visible")
        assert player.text("#curve h2").startswith("z₂₁")
        player.press("+")
        player.press("Escape")
    assert player.console == []


IN_SIGHT = """() => [...document.querySelectorAll("#picture g.card.inner")].filter((one) => one.getBoundingClientRect().width
  && getComputedStyle(one).visibility === "visible").map((one) => {
    const { left, top, width } = one.getBoundingClientRect();
    return [one.dataset.number, left + width / 2, top + 12];
  })"""
