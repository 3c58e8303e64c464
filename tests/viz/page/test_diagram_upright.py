"""The diagram of a window that is higher than wide: from top to bottom, all of it seen, and a unit's lens below it."""

from itertools import combinations

import pytest
from browsing import Player
from chalkgrad.viz import play
from chalkgrad.viz.page.diagram_places import overlap
from chalkgrad.viz.page.diagram_upright import ABOVE_LENS, HEIGHT, STRIP, WIDTH, Upright
from chalkgrad.viz.page.net import Net
from unit_graphs import GRAPHS, SHAPES, Bare, model

ALL = {**GRAPHS, **SHAPES, "6-8-8-8-1": lambda: model(6, 8, 8, 8, 1)}


@pytest.mark.parametrize("height", [HEIGHT, ABOVE_LENS])
@pytest.mark.parametrize("name", ALL)
def test_units_stand_in_rows_apart_from_each_other_and_what_wires_carry(name, height):
    drawing = Upright(Net(Bare(ALL[name]())), height)
    rows = [{drawing.places[key].y for key in column} for column in drawing.net.columns]
    assert all(len(row) == 1 for row in rows)
    heights = [row.pop() for row in rows]
    assert heights == sorted(set(heights))
    boxes = [place.box for place in drawing.places.values()]
    assert all(box[0] >= 0 and box[1] >= 0 and box[2] <= WIDTH - STRIP and box[3] <= height for box in boxes)
    assert not any(overlap(one, other, 1) for one, other in combinations(boxes, 2))


@pytest.mark.parametrize("name", ALL)
def test_wires_run_down_from_the_rim_of_a_unit_to_that_of_another(name):
    drawing = Upright(Net(Bare(ALL[name]())), HEIGHT)
    for points, (unit, source, *_) in zip(drawing.wires, drawing.net.wires, strict=True):
        tail, head = drawing.places[drawing.net.source(source)], drawing.places["unit", unit]
        assert tail.y < points[0][1] <= tail.box[3] + 0.1
        assert head.box[1] - 0.1 <= points[-1][1] < head.y
        assert [y for _, y in points] == sorted(y for _, y in points)


def test_eight_units_in_a_row_show_their_numbers():
    drawing = Upright(Net(Bare(model(2, 8, 8, 1))), HEIGHT)
    assert {place.kind for place in drawing.places.values()} == {"pill"}


@pytest.fixture(scope="module")
def held(browser, tmp_path_factory):
    """A telephone's window of the wide network's page, for all tests: each says where it begins."""
    path = tmp_path_factory.mktemp("held") / "net.html"
    play(model(2, 8, 8, 1), path)
    player = Player(browser, path.as_uri(), (390, 844))
    yield player.tab
    player.close()


UPRIGHT = """() => { const { width, height } = document.querySelector('.drawing').viewBox.baseVal; return height > width; }"""
SMALLEST = """() => Math.min(...[...document.querySelectorAll('.drawing text')].filter((text) => /[0-9]/.test(text.textContent)
    && text.checkVisibility({checkVisibilityCSS: true})
    && text.matches('.data, .grad, .gradient, .factors')).map((text) => parseFloat(getComputedStyle(text).fontSize)
    * text.getScreenCTM().a))"""
SEEN = """(what) => [...document.querySelectorAll(what)]
    .filter((one) => one.checkVisibility() && one.textContent + one.tagName !== "text").map((one) => {
    const a = one.getBoundingClientRect(), b = document.getElementById('picture').getBoundingClientRect();
    return a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1; })"""


@pytest.mark.parametrize("place", ["#5", "#40?", "#1000000", "#8?&unit=6", "#1000000?&unit=3"])
def test_all_of_it_is_seen_in_a_telephone_and_can_be_read(held, place):
    held.evaluate("(hash) => { location.hash = hash; }", place)
    held.wait_for_timeout(150)
    assert held.evaluate(UPRIGHT)
    seen = held.evaluate(SEEN, ".unit, .link .line, .frame, .factors")
    assert len(seen) > 90
    assert all(seen)
    assert held.evaluate(SMALLEST) >= 10


def test_the_lens_of_a_unit_stands_below_the_diagram_and_is_tied_to_it(held):
    held.evaluate("location.hash = '#8?&unit=6'")
    held.wait_for_timeout(150)
    low = held.evaluate(
        "Math.max(...[...document.querySelectorAll('.beside .unit')].map((u) => u.getBoundingClientRect().bottom))"
    )
    frame = held.evaluate("document.querySelector('.frame').getBoundingClientRect().top")
    assert low < frame
    assert held.evaluate("document.querySelectorAll('.lens.shown text.data').length") > 0
    ends = held.evaluate(
        "document.querySelector('.wedge').getAttribute('points').split(' ').map((p) => Number(p.split(',')[1]))"
    )
    assert ends[0] == ends[3] < ends[1] == ends[2]


def test_a_window_that_is_turned_shows_the_usual_diagram_and_back(held):
    held.evaluate("location.hash = '#8?&unit=6'")
    title = ".unit-name"
    named = held.text_content(title)
    held.set_viewport_size({"width": 844, "height": 390})
    held.wait_for_function(f"() => !({UPRIGHT})()")
    assert held.text_content(title) == named
    assert held.locator(".unit-opened .lens.shown").count() == 1
    held.set_viewport_size({"width": 390, "height": 844})
    held.wait_for_function(f"() => ({UPRIGHT})()")
    assert held.text_content(title) == named
    assert held.locator(".unit-opened .lens.shown").count() == 1
