"""The network's diagram: where all of it stands, how thick its wires are, and what a unit's lens shows."""

import html
import json
import re
from functools import cache
from itertools import combinations
from math import hypot, isfinite

import pytest
from browsing import Player
from chalkgrad.engine.basics.digits import TO_LOWERED
from chalkgrad.engine.recording.computers import computer
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.stepping.units import Units
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.manner import manner
from chalkgrad.viz import play
from chalkgrad.viz.formats.legible import LEAST
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.page import diagram, unit_lens
from chalkgrad.viz.page.diagram_places import BOTTOM, HALF, WIDTH, NetDrawing, along, overlap
from chalkgrad.viz.page.net import Net
from chalkgrad.viz.page.packing import compact
from chalkgrad.viz.page.script import Script
from chalkgrad.viz.page.stage import stage
from chalkgrad.viz.page.units import labelled
from unit_graphs import GRAPHS, SHAPES, Bare, model

PAGE = section("page")
SHARE = 720 * LEAST  # of the window: the least size of a number, in the drawing's pixels


USUAL = ("mlp", "network", "xor", "2-8-8-1")
SEEN_WHOLE = ("mlp", "2-3-1", "hand made")  # of each kind of unit one


@cache
def script_of(name):
    roots = labelled(GRAPHS[name]())
    with manner(typeset=True):
        return Script(roots[0], roots[1:])


@cache
def look_of(name):
    with manner(typeset=True):
        script = script_of(name)
        return stage(script.roots, script).looks[0]


@cache
def drawings(name):
    with manner(typeset=True):
        net = Net(Bare(labelled((GRAPHS | SHAPES)[name]())))
        return NetDrawing(net, WIDTH, labelled=True), NetDrawing(net, HALF)


def passes_through(points, place, apart=2.0):
    """Whether a wire runs through a unit, or as near as `apart`."""
    left, top, right, bottom = place.box
    across, down = zip(*points, strict=True)  # within which the curves lie
    if not overlap(place.box, (min(across), min(down), max(across), max(down)), apart):
        return False
    for n in range(101):
        x, y = along(points, n / 100)
        if place.kind in ("circle", "mark"):
            if hypot(x - place.x, y - place.y) < place.width / 2 + apart:
                return True
        elif left - apart < x < right + apart and top - apart < y < bottom + apart:
            return True
    return False


# Where all stands -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GRAPHS | SHAPES)
def test_units_stand_apart_and_no_wire_runs_through_a_foreign_one(name):
    for drawing in drawings(name):
        for one, other in combinations(drawing.places.values(), 2):
            assert not overlap(one.box, other.box, 1)
        for place in drawing.places.values():
            left, top, right, bottom = place.box
            assert (min(left, top) >= 0, right <= drawing.width, bottom <= BOTTOM + 1) == (True, True, True)
        for (k, source, *_), points in zip(drawing.net.wires, drawing.wires, strict=True):
            ends = {("unit", k), drawing.net.source(source)}
            through = [key for key, place in drawing.places.items() if key not in ends and passes_through(points, place)]
            assert not through


@pytest.mark.parametrize("name", GRAPHS | SHAPES)
def test_the_labels_of_a_units_weights_touch_neither_each_other_nor_any_unit(name):
    wide, _ = drawings(name)
    places = [place.box for place in wide.places.values()]
    for k in range(len(wide.net.units)):
        boxes = [
            (x - room / 2, y - 11, x + room / 2, y + 11)
            for i, ((x, y), room) in wide.labels.items()
            if wide.net.wires[i][0] == k
        ]
        if k in wide.biases:
            (x, y), room = wide.biases[k]
            boxes.append((x, y - 11, x + room, y + 11))
        assert not any(overlap(one, other, 0) for one, other in combinations(boxes, 2))
        assert not any(overlap(box, place, 0) for box in boxes for place in places)


def apart(points, x, y):
    return min(hypot(a - x, b - y) for a, b in (along(points, n / 50) for n in range(51)))


@pytest.mark.parametrize("name", GRAPHS | SHAPES)
def test_each_weight_stands_by_its_own_wire_and_none_is_left_out_of_few(name):
    wide, _ = drawings(name)
    net = wide.net
    for k, (place, _, sources, *_) in enumerate(net.units):
        own = [i for i, wire in enumerate(net.wires) if wire[0] == k]
        shown = [i for i in own if i in wide.labels]
        assert not place or len(sources) > 4 or shown == [i for i in own if net.weight_text(i)]
        for i in shown:
            (x, y), _ = wide.labels[i]
            assert min(own, key=lambda j: apart(wide.wires[j], x, y)) == i
            said = [part for part in wide.weight_text(i) if isinstance(part, str)]
            assert bool(said) == (len(sources) <= 4)  # of many the number alone


@pytest.mark.parametrize("name", ["mlp's first output", "network", "xor"])
def test_where_there_is_room_weights_stand_beside_their_wires_also_of_steep_ones(name):
    wide, _ = drawings(name)
    assert wide.labels
    for i, ((x, y), room) in wide.labels.items():
        course = [along(wide.wires[i], n / 100) for n in range(101)]
        assert not any(abs(a - x) < room / 2 and abs(b - y) < 12 for a, b in course)


@pytest.mark.parametrize("name", [*USUAL, "mlp's first output"])
def test_no_wire_of_a_unit_runs_through_the_label_of_its_bias(name):
    wide, _ = drawings(name)
    for k, ((x, y), room) in wide.biases.items():
        for i, points in enumerate(wide.wires):
            if wide.net.wires[i][0] == k:
                course = (along(points, n / 200) for n in range(201))
                assert not any(x < a < x + room and abs(b - y) < 11 for a, b in course)


@pytest.mark.parametrize("name", [*USUAL, "mlp's first output"])
def test_every_weight_and_bias_of_the_usual_networks_has_its_label(name):
    wide, _ = drawings(name)
    neurons = [k for k, (place, *_) in enumerate(wide.net.units) if place]
    assert {i for i, wire in enumerate(wide.net.wires) if wire[0] in neurons} == set(wide.labels)
    assert set(neurons) == set(wide.biases)


@pytest.mark.parametrize("name", SEEN_WHOLE)
def test_numbers_are_written_large_enough_for_the_back_row(name):
    look = look_of(name)
    written = re.findall(r'<text class="([^"]*)"[^>]*? font-size="([\d.]+)"', look.html)
    assert min(float(size) for kind, size in written if "name" not in kind) >= SHARE
    assert look.told["least"] * diagram.SMALLEST >= LEAST - 1e-6
    for group in lens_groups(look):
        scale = float(re.search(r"scale\(([\d.]+)\)", group)[1])
        # A function of two values with long names is drawn smaller; those of the lecture's networks are not.
        least = 0.8 * SHARE if name == "hand made" else SHARE
        sizes = re.findall(r'<text class="(?:data|grad|local)"[^>]*? font-size="([\d.]+)"', group)
        assert min(map(float, sizes)) * scale >= least


def lens_groups(look):
    """The views as the page's script draws them from their shapes."""
    opened = look.told["opened"]
    for shape, *given in unpacked(opened["drawn"]):
        parts = [str(part) for pair in zip(opened["shapes"][shape], [*given, ""], strict=True) for part in pair]
        yield "".join(parts)


def test_columns_are_those_of_the_layers_and_names_are_sorted_as_numbers_are():
    net = drawings("2-8-8-1")[0].net
    assert [len(column) for column in net.columns] == [2, 8, 8, 1]
    assert [net.heading(c) for c in range(4)] == ["x", "z₁", "z₂", "z₃"]
    assert net.between(1) == "W₁, b₁, σ"
    with manner(typeset=True):
        many = Net(Bare(labelled(model(11, 2, 1))))
    assert [many.names[key[1]] for key in many.columns[0]][-2:] == ["x₁₀", "x₁₁"]
    late = drawings("hand made")[0].net  # a target stands just before the loss
    assert [[late.names[late.output(key)] for key in column] for column in late.columns] == [*map(list, ("wx", "z", "yt", "L"))]


def test_the_description_gives_no_number_away():
    look = look_of("mlp")
    said = html.unescape(re.search(r"<desc>(.*?)</desc>", look.html, re.S)[1])
    values = {words.number(node.data) for node in script_of("mlp").symbolic.tape if node.parents}
    assert said
    assert not any(value in said for value in values)


# Lenses ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SEEN_WHOLE)
def test_every_edge_is_shown_by_a_view_of_its_own_unit(name):
    look, script = look_of(name), script_of(name)
    opened, units = look.told["opened"], script.contents["units"]["list"]
    of = {node: k for k, (_, nodes, *_) in enumerate(units) for node in nodes}
    shown = [[int(e) for e in re.findall(r'<g class="wire" data-number="(\d+)"', group)] for group in lens_groups(look)]
    assert {e for edges in shown for e in edges} == {*range(len(script.contents["edges"]))}
    for k, views in enumerate(opened["units"]):
        assert {of[script.contents["edges"][e][0]] for view in views for e in shown[view]} == {k}


@pytest.mark.parametrize("name", SEEN_WHOLE)
def test_no_words_of_a_lens_lie_on_others(name):
    look, script = look_of(name), script_of(name)
    texts = {int(e): said for e, said in unpacked(look.told["labels"]).items()}
    for group in lens_groups(look):
        boxes = []
        for label, line in re.findall(r'(?:<g class="label" data-number="(\d+)"[^>]*>)?<text ([^\n]*)</text>', group):
            at = dict(re.findall(r'([\w-]+)="([^"]*)"', line))
            said = line.partition(">")[2] or (script.current(texts[int(label)][0]) if label else "")
            size, x, y = (float(at[key]) for key in ("font-size", "x", "y"))
            wide = fonts.width(said, size, bold=True)
            left = x - wide * {"middle": 0.5, "end": 1}.get(at.get("text-anchor", ""), 0)
            if said:
                boxes.append((left, y - 0.72 * size, left + wide, y))
        assert len(boxes) > 2
        assert not any(overlap(one, other, 0) for one, other in combinations(boxes, 2))


def test_a_lens_multiplies_to_the_derivative_of_the_unit_by_its_input():
    script, look = script_of("2-3-1"), look_of("2-3-1")
    opened, units = look.told["opened"], script.contents["units"]
    [link] = [link for link in units["links"] if link[0] == 1 and script.contents["names"][link[1]] == "x₁"]
    factors = [dict(of_view) for of_view in unpacked(opened["factors"])]
    view = next(view for view in opened["units"][1] if link[1] in factors[view])
    symbols, numbers = map(script.current, factors[view][link[1]])
    assert symbols == "∂h₁₂/∂x₁ = ∂z₁₂/∂u₁₂ · ∂u₁₂/∂x₁"
    partial = script.current([["n", link[3]]])
    first, second = re.fullmatch(rf"= (\S+) · (\S+) = {re.escape(partial)}", numbers).groups()
    assert float(first) * float(second.strip("()")) == pytest.approx(float(partial), rel=1e-3)
    assert opened["remarks"] == [PAGE["slope of an activation"].format(function="σ", bound="0.25")] * 3 + [""]
    value = {node.label: node.data for node in Units(labelled(model(2, 3, 1))[0]).tape.nodes}
    others = words.number(value["w12_2"] * value["x2"] + value["b12"])
    assert script.current(unpacked(opened["folds"])[view]) == f"w₁₂,₂·x₂ + b₁₂ = {others}"


def test_nothing_is_said_of_slopes_that_need_not_make_a_gradient_smaller():
    assert not any(look_of("mlp").told["opened"]["remarks"])  # tanh' is 1 at 0


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if len(rule.arguments) == 1 and not rule.lists], ids=repr)
def test_no_slope_of_a_function_that_flattens_out_is_above_its_bound(rule):
    bound = unit_lens.steepest(rule)
    slopes = [abs(computer(rule, propagate=True)(n / 97)[1][0]) for n in range(-2000, 2001)]
    if bound is None:
        assert not all(map(isfinite, slopes)) or max(slopes[0], slopes[-1]) > 1e-8 or not any(slopes)
    else:
        assert bound - 2e-4 < max(slopes) <= bound


# The page --------------------------------------------------------------------------------------------------------------


def unpacked(told, names=()):
    """What packing.py has packed, taken apart by another way than the page's."""
    shapes, which, columns, constants = told["packed"]
    if isinstance(constants, dict):
        constants = [
            "".join((names[-1 - part] if part < 0 else str(part)) if isinstance(part, int) else part for part in whole)
            if isinstance(whole, list)
            else whole
            for whole in unpacked(constants, names)
        ]
    left = iter(columns)

    def columns_of(shape):
        if isinstance(shape, int):
            column = next(left)
            numbers = column if isinstance(column, int) else [sum(column[: i + 1]) for i in range(len(column))]
            known = constants.__getitem__ if shape else int
            return lambda i: known(numbers if isinstance(numbers, int) else numbers[i])
        if isinstance(shape, list):
            parts = [columns_of(part) for part in shape]
            return lambda i: [part(i) for part in parts]
        parts = {key: columns_of(part) for key, part in shape.items()} if isinstance(shape, dict) else shape
        return lambda i: {key: part(i) for key, part in parts.items()} if isinstance(parts, dict) else parts

    items = [columns_of(shape) for shape in shapes]
    items = [items[k](which[:place].count(k)) for place, k in enumerate(which)]
    return dict(zip(map(str, told["keys"]), items, strict=True)) if "keys" in told else items


def test_what_is_packed_is_all_that_is_told():
    contents = json.loads(json.dumps(script_of("xor").contents))
    told = json.loads(json.dumps(compact(script_of("xor").contents)))
    for part, whole in ((told, contents), *((told[key], contents[key]) for key in ("units", "curves"))):
        for key, value in part.items():
            if isinstance(value, dict) and "packed" in value:
                assert unpacked(value, contents["names"]) == whole[key]
    assert len(json.dumps(told)) < 0.8 * len(json.dumps(contents))


@pytest.fixture(scope="module")
def pages(browser, tmp_path_factory):
    """Opens the page of a graph, once, and goes to its beginning."""
    folder = tmp_path_factory.mktemp("diagrams")

    @cache
    def player(name):
        file = folder / f"{name}.html"
        play(GRAPHS[name](), file)
        return Player(browser, file.as_uri())

    opened = {}

    def page(name):
        opened[name] = player(name)
        opened[name].tab.bring_to_front()
        opened[name].press("Escape", "Home")
        return opened[name].tab

    yield page
    assert not [said for player in opened.values() for said in player.console]
    for player in opened.values():
        player.close()


# Of all texts that are seen and have a digit, but for names: the words, and the size as a share of the window.
SEEN = """() => [...document.querySelectorAll('.look:not([hidden]) svg.drawing text')].filter((text) => {
  const box = text.getBoundingClientRect(), style = getComputedStyle(text);
  return /[0-9]/.test(text.textContent) && box.width && style.visibility !== 'hidden' && !text.matches('.name, .unit-name');
}).map((text) => [text.textContent, parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a / innerHeight])"""
UNITS = """(kind) => [...document.querySelectorAll('g.unit')].filter((group) => group.getBoundingClientRect().width)
      .map((group) => group.querySelector('.' + kind).textContent)"""
WIRES = """() => [...document.querySelectorAll('.wide g.link')].map((group) =>
  [Number(group.dataset.wire), parseFloat(getComputedStyle(group.querySelector('.line')).strokeWidth)])
  .sort((a, b) => a[0] - b[0])"""


def fitting(x):
    """What a circle may show of a number: four digits, or fewer of a small one that is as long as there is no room for."""
    return {words.number(x, few) for few in ([2, 3, 4] if abs(x) < 0.01 else [4])}


def test_units_show_the_engines_numbers_in_every_digit(pages):
    page = pages("mlp")
    roots = GRAPHS["mlp"]()
    units = Units(roots[0], roots)
    page.keyboard.press("r")
    page.keyboard.press("ArrowLeft")
    for shown, one in zip(page.evaluate(UNITS, "data"), units.units, strict=True):
        assert shown in fitting(one.output.data)
    page.keyboard.press("End")
    adjoints = units.sweep.adjoints
    for shown, one in zip(page.evaluate(UNITS, "grad"), units.units, strict=True):
        assert shown in (fitting(adjoints[one.output]) if one.output in adjoints else {""})


def test_wires_are_as_thick_as_what_they_carry_and_nothing_else(pages):
    page = pages("mlp")
    roots = GRAPHS["mlp"]()
    units = Units(roots[0], roots)
    assert {wide for _, wide in page.evaluate(WIRES)} == {1.5}  # of what is not computed nothing is told
    page.keyboard.press("r")
    page.keyboard.press("ArrowLeft")
    weights = [abs(one.weight_of(source)) for one in units.units for source in one.inputs]
    measured = [wide for _, wide in page.evaluate(WIRES)]
    assert measured == pytest.approx([1.5 + 8.5 * weight / max(weights) for weight in weights], abs=2e-3)
    page.keyboard.press("End")
    of = {(link.unit, link.source): abs(link.contribution(units.sweep.adjoints)) for link in units.links}
    carried = [of.get((one, source)) for one in units.units for source in one.inputs]
    measured = [wide for _, wide in page.evaluate(WIRES)]
    wanted = [0.9 + (12.1 * x / max(of.values()) if x is not None else 0) for x in carried]
    assert measured == pytest.approx(wanted, abs=2e-3)


def test_wires_that_multiply_by_no_weight_are_plain(pages):
    page = pages("xor")
    page.keyboard.press("r")
    page.keyboard.press("ArrowLeft")
    *_, loss = page.evaluate(WIRES)
    assert loss[1] == 1.5
    page.keyboard.press("Home")


NUMBERS_OVER_RIMS = """() => [...document.querySelectorAll('g:is(.unit, .input):is(.circle, .tall)')]
  .filter((group) => group.getBoundingClientRect().width).flatMap((group) => {
    const rim = group.querySelector('.outline');
    const [y, wide, high, r] = ['y', 'width', 'height', 'rx'].map((at) => Number(rim.getAttribute(at)));
    return [...group.querySelectorAll('.data, .grad, .gradient')].filter((text) => {
      if (getComputedStyle(text).visibility === 'hidden') return false;
      const box = text.getBBox(), below = Math.abs(box.y + box.height / 2 - y - high / 2) + box.height * 0.3;
      const half = r >= wide / 2 - 1 ? Math.sqrt((wide / 2) ** 2 - below ** 2) : wide / 2;
      return box.width / 2 > half - 1;
    }).map((text) => text.textContent);
  })"""


@pytest.mark.parametrize("name", ["mlp", "network"])
def test_numbers_keep_within_the_rims_of_their_units(pages, name):
    page = pages(name)
    page.keyboard.press("End")
    assert not page.evaluate(NUMBERS_OVER_RIMS)
    page.keyboard.press("Home")


LABELS_ON_WIRES = """() => [...document.querySelectorAll('.wide .weight.shown')].map((group) => {
  const plate = group.querySelector('.plate').getBBox(), text = group.querySelector('text').getBBox();
  return group.previousElementSibling.matches('.link') || plate.x > text.x || plate.x + plate.width < text.x + text.width;
})"""


def test_no_wire_runs_through_the_label_of_a_weight(pages):
    page = pages("2-3-1")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(LABELS_ON_WIRES) == [False, False]
    page.keyboard.press("Home")


def test_what_stands_in_a_wide_layer_is_named_beside_its_mark(pages):
    page = pages("2-12-1")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    seen = page.locator("g.unit.mark text").evaluate_all(
        "all => all.filter((one) => getComputedStyle(one).visibility !== 'hidden').map((one) => one.textContent)"
    )
    seen = [text for text in seen if text]
    [root] = labelled(GRAPHS["2-12-1"]())
    third = Units(root).units[2].output
    assert seen == ["z₁,₃", words.number(third.data, 3)]
    assert page.locator(".wide g.link.playing").count() == page.locator(".wide g.weight.shown").count() == 2


def test_without_javascript_the_page_has_the_numbers_of_the_end():
    root = GRAPHS["2-3-1"]()[0]
    units = Units(root)
    wide = look_of("2-3-1").html.partition('<g class="lens beside"')[0]
    shown = re.findall(r'<g class="unit[^>]*>.*?<text class="grad"[^>]*>([^<]*)</text>', wide, re.S)
    assert shown == [words.number(units.sweep.adjoints[one.output], 4) for one in units.units]
    given = re.findall(r'<text class="gradient"[^>]*>([^<]*)</text>', wide)
    for shown, x in zip(given, units.inputs, strict=True):
        assert shown in fitting(units.sweep.adjoints[x])


@pytest.mark.parametrize("name", ["network", "2-8-8-1"])
def test_in_the_browser_every_number_is_large_enough_and_in_view_with_a_unit_opened_or_not(pages, name):
    page = pages(name)
    for keys, opened in ((["Home", "ArrowRight", "ArrowRight"], 0), (["End"], 0), (["End"], 1), (["Home", "ArrowRight"], 1)):
        for key in keys:
            page.keyboard.press(key)
        if opened:
            page.locator("g.unit:visible").first.click()
        assert page.locator("g.playing:visible").count()
        sizes = page.evaluate(SEEN)
        assert len(sizes) > 3
        assert min(size for _, size in sizes) >= LEAST - 1e-4
        inside = page.evaluate(
            """() => { const frame = document.getElementById('picture').getBoundingClientRect();
            return [...document.querySelectorAll('.look:not([hidden]) :is(g.unit, g.input, g.opened)')]
              .map((one) => one.getBoundingClientRect())
              .filter((box) => box.width).every((box) => box.left >= frame.left - 1 && box.right <= frame.right + 1
                && box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1); }"""
        )
        assert inside
        page.keyboard.press("Escape")


def test_a_unit_is_opened_and_closed_by_mouse_and_by_key(pages):
    page = pages("mlp")
    frame, unit = page.locator("g.opened"), page.locator("g.unit:visible")
    assert not frame.is_visible()
    unit.nth(2).click()
    assert frame.is_visible()
    assert page.locator(".unit-name").text_content() == "h₂₁"
    page.locator("g.closing").click()
    assert not frame.is_visible()
    unit.nth(2).focus()
    assert "h21" in unit.nth(2).get_attribute("aria-label")
    page.keyboard.press("Enter")
    assert frame.is_visible()
    assert page.evaluate("document.activeElement.closest('.beside') && document.activeElement.dataset.unit") == "2"
    page.keyboard.press("Escape")
    assert not frame.is_visible()
    page.keyboard.press("Enter")  # the focus is on the same unit, in the other drawing
    page.keyboard.press("Enter")
    assert not frame.is_visible()


def test_an_input_is_typed_and_moved_where_it_stands(pages):
    page = pages("xor")
    written = page.url.partition("#")[0].partition("?")[0]
    page.goto("about:blank")  # whatever other tests have left open there
    page.goto(written)
    page.keyboard.press("Home")
    data = page.locator(".wide g.input[data-number]").first.locator(".data")
    data.click()
    page.wait_for_function("() => document.activeElement.id === 'editor'")
    page.keyboard.type("0.75")
    page.keyboard.press("Enter")
    assert data.text_content() == "0.75"
    page.keyboard.press("+")
    assert data.text_content() != "0.75"
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    assert data.text_content() == "2"
    root = GRAPHS["xor"]()[0]
    units = Units(root)
    units.inputs[0].data = 2.0
    root.forward()
    page.keyboard.press("r")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(UNITS, "data") == [words.number(one.output.data) for one in units.units]


def test_a_lens_shows_the_factor_that_the_sentence_has(pages):
    page = pages("2-3-1")
    page.keyboard.press("End")
    for _ in range(3):
        local = page.locator("#caption .local").first.text_content().split()[-1]
        current = page.locator(".wide g.unit.playing")
        current.click()
        assert page.locator(".factors.numbers").text_content().endswith(f"= {local}")
        assert page.locator(".beside g.playing.unit").count() == page.locator(".beside g.link.playing").count() == 1
        page.keyboard.press("Escape")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")


def test_only_one_unit_is_lit_where_another_one_is_opened(pages):
    page = pages("2-3-1")
    page.keyboard.press("End")
    page.locator("g.unit:visible").first.click()
    assert page.locator(".beside g.unit:is(.playing, .opened-unit)").count() == 1
    assert page.locator(".beside g.link.playing").get_attribute("data-wire") in ("0", "1")


def test_what_is_carried_at_most_is_not_written_before_anything_is(pages):
    page = pages("2-3-1")
    page.keyboard.press("r")
    assert not page.locator(".wide .mosts .note").is_visible()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    assert page.locator(".wide .mosts .note").is_visible()
    page.keyboard.press("Home")


def test_a_unit_that_is_opened_while_another_one_is_stepped_in_is_the_one_that_is_spoken_of(pages):
    page, contents = pages("mlp"), script_of("mlp").contents
    names, units = contents["names"], contents["units"]
    first, last = units["links"][0][0], units["links"][-1][0]
    own = [n for n, step in enumerate(contents["steps"]) if step.get("node") in units["list"][first][1]]
    first_name, last_name = (names[units["list"][k][1][-1]] for k in (first, last))
    told = []
    for opened in (first, last):  # the step is one of the first unit, of which the other one has had nothing yet
        page.evaluate("where => { location.hash = where; }", f"#{own[1]}&unit={opened + 1}&inside")
        page.locator(f".beside g.unit.opened-unit[data-unit='{opened}']").wait_for()
        told.append(page.text_content("#caption"))
    assert first_name in told[0]
    assert told[1].count(last_name) > told[0].count(last_name)
    assert first_name not in told[1]
    page.keyboard.press("Escape")
    page.evaluate("where => { location.hash = where; }", f"#{own[1]}&unit={first + 1}&inside")
    page.locator(f".beside g.unit.opened-unit[data-unit='{first}']").wait_for()
    assert page.text_content("#caption") == told[0]
    page.locator(f".beside g.unit[data-unit='{last}']").click()
    assert page.text_content("#caption") == told[1]
    page.keyboard.press("Escape")
    page.keyboard.press("Home")


def test_what_follows_the_units_is_opened_too(pages):
    page = pages("xor")
    page.keyboard.press("End")
    page.locator("g.unit:visible").last.click()
    assert page.locator(".unit-name").text_content() == "L"
    assert page.locator(".factors.symbols").text_content().startswith("∂L/∂y = ")


def test_the_address_keeps_whether_a_unit_is_stepped_in(pages):
    page = pages("2-3-1")
    page.locator("g.unit:visible").first.click()
    for inside in (True, False):
        if inside:
            for _ in range(4):
                page.keyboard.press("ArrowRight")
        page.wait_for_timeout(100)
        before = [page.text_content(part) for part in ("#position", "#said", ".unit-name")]
        page.reload()
        assert [page.text_content(part) for part in ("#position", "#said", ".unit-name")] == before
        page.keyboard.press("Escape")
        page.keyboard.press("Home")
        page.locator("g.unit:visible").first.click()


def test_with_a_mistake_the_unit_in_play_is_opened_by_itself_and_shows_its_gradients(pages):
    page = pages("mlp")
    page.keyboard.press("m")
    page.locator("#mistakes input[value=overwrite]").click()
    page.keyboard.press("End")
    rows = page.locator("#mistakes tbody tr").all_inner_texts()
    wrong = {cells[0]: cells[1] for cells in (row.split("\t") for row in rows)}
    names = page.locator(".beside g.unit .name").all_text_contents()
    shown = dict(zip(names, page.evaluate(UNITS, "grad"), strict=True))
    assert {name: shown[name] for name in ("z₁₁", "z₁₂")} == {name: wrong[name] for name in ("z₁₁", "z₁₂")}
    said = page.text_content("#said").partition(".grad")[0].split()[-1]
    assert said.translate(TO_LOWERED) in page.locator(".lens.shown g.card text").all_text_contents()
    assert page.locator(".of-wrong-gradients:visible").count() == 1
    assert not page.locator("g.closing").is_visible()
    page.locator("#mistakes input").first.click()
    page.keyboard.press("m")
    assert not page.locator("g.opened").is_visible()
