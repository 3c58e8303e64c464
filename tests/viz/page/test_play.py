"""The page that plays the sweeps: what is written into it, and the numbers that its JavaScript computes and shows."""

import doctest
import gc
import gzip
import html
import json
import math
import os
import random
import re
import stat
import struct
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from browsing import example
from chalkgrad.command import examples
from chalkgrad.engine import (
    StaleGraphError,
    Value,
    chain_rule,
    log,
    maximum,
    nonfinite,
    operation,
    recording,
    sqrt,
    tape,
)
from chalkgrad.engine.checking.nudge import digits_of_difference
from chalkgrad.engine.errors import DomainError, NonFiniteError
from chalkgrad.engine.formulas.trees import choose
from chalkgrad.engine.stepping import answers
from chalkgrad.engine.stepping.mistakes import MISTAKES, differ
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.decimals import constant, digits_apart
from chalkgrad.engine.words.manner import manner
from chalkgrad.nn import MLP, Neuron
from chalkgrad.nn.data import moons
from chalkgrad.viz import draw, play
from chalkgrad.viz.page import play as page_of_graph
from chalkgrad.viz.page.filling import computed, evaluated, filled, truths
from chalkgrad.viz.page.folded import MOST
from chalkgrad.viz.page.packing import compact
from chalkgrad.viz.page.play import SCRIPTS
from chalkgrad.viz.page.script import SHOWN, Script
from chalkgrad.viz.page.stage import stage
from hostile_graphs import NAMES, hostile_graph
from hypothesis import given, settings
from hypothesis import strategies as st
from javascript import NODE, numbers_of_the_page, printed


def script_of(root):
    """What the page is given: its names are set in type."""
    with manner(typeset=True):
        return Script(root)


class Tags(HTMLParser):
    """The tags of a page and the content of its scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.contents = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        if self.tags[-1:] and self.tags[-1][0] in ("script", "style", "title"):
            self.contents.append((self.tags[-1][0], data))


# In a notebook, and at a prompt ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("root", [example("colah"), hostile_graph()], ids=["colah", "hostile"])
def test_a_notebook_gets_a_frame_with_the_whole_page_in_it(root, tmp_path):
    shown = play(root)
    shown.save(tmp_path / "L.html")
    attributes = dict(Tags(shown._repr_html_()).tags)["iframe"]
    assert attributes["srcdoc"].encode() == (tmp_path / "L.html").read_bytes()
    assert not {"\r", "\0"} & set(shown.html)  # which an attribute could not hold
    assert "width:100%" in attributes["style"]


def test_without_a_path_it_says_how_to_save_it_and_then_where_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = play(example("colah"))
    assert repr(shown) == '<Page of e = c·d: 5 values, 5 edges; .save("e.html") writes what a browser opens>'
    assert [*tmp_path.iterdir()] == []
    shown.save("e.html")
    assert repr(shown) == "<Page of e = c·d: 5 values, 5 edges; written to e.html, which a browser opens>"
    assert repr(play(example("colah"), "L.html")) == repr(shown).replace("e.html", "L.html")
    assert (tmp_path / "L.html").read_bytes() == (tmp_path / "e.html").read_bytes()
    with pytest.raises(ValueError, match=r'a page is saved as \.html, and "e\.svg" does not end in it'):
        shown.save("e.svg")


def test_the_help_of_play_ends_in_an_example_that_runs():
    (*_, last) = doctest.DocTestParser().get_examples(play.__doc__)
    assert "play(e)" in last.source
    assert play.__doc__.rstrip().endswith(last.want.rstrip())


# What is written ------------------------------------------------------------------------------------------------------


def test_a_grad_reads_3_and_more_and_then_3_and_2_make_5():
    root = example("colah")
    numbers = {label: number for number, label in enumerate(node.label for node in tape(root))}
    script = Script(root)
    said = [
        (place, script.current(full), script.current(brief)) for place, full, brief in script.contents["grads"][numbers["b"]]
    ]
    assert said == [(3, "3 + …", "3 + …"), (5, "3 + 2 = 5", "5")]


def test_a_sum_too_wide_for_its_card_is_drawn_in_brief():
    x = Value(0.123456, "x")
    y = x * x
    for _ in range(4):
        y = y + x * 0.7654321
    drawn = re.findall(r'class="grad"[^>]*>([^<]*)<', play(y).html)
    assert drawn[0] == words.number(0.246912 + 4 * 0.7654321)


def test_playing_changes_no_grad(tmp_path):
    root = example("colah")
    nodes = list(tape(root))
    nodes[0].grad = 7.0
    before = [(node.grad, node.has_grad) for node in nodes]
    play(root, tmp_path / "L.html")
    assert [(node.grad, node.has_grad) for node in nodes] == before


def test_the_same_graph_gives_the_same_bytes_whatever_its_grads():
    first, second = example("karpathy_L"), example("karpathy_L")
    second.backward()
    assert play(first).html == play(second).html


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_the_page_asks_for_nothing_and_allows_no_script_but_its_own(theme):
    text = play(example("colah"), theme=theme).html
    tags = Tags(text).tags
    [policy] = [attributes["content"] for tag, attributes in tags if attributes.get("http-equiv")]
    assert policy.startswith("default-src 'none'")
    assert policy.count("'sha256-") == 2
    assert "unsafe" not in policy
    for _, attributes in tags:
        assert "src" not in attributes
        assert "style" not in attributes
        assert attributes.get("href") in (None, "data:,")
        assert not any(name.startswith("on") for name in attributes)
    assert not re.search(r"\{\{\w+\}\}|/\*(program|colours)\*/", text)
    text.encode()


def test_the_page_holds_every_theme_and_is_drawn_in_none_of_them():
    text = play(example("colah"), theme="dark").html
    assert 'data-theme="dark"' in text
    for colour in ("#14171c", "#fdead6", "#ececec"):  # of the dark theme, the light one and the one for print
        assert colour in text
    assert not re.search(r'(fill|stroke)="#', text)


def test_the_scripts_own_words_all_stand_in_the_page_and_all_of_them_are_used():
    scripts = "\n".join(files("chalkgrad.viz.page").joinpath("player", name).read_text("utf-8") for name in SCRIPTS)
    listed = set(
        re.findall(r'data-name="([^"]*)"', files("chalkgrad.viz.page").joinpath("player", "page.html").read_text("utf-8"))
    )
    used = set(re.findall(r'phrase\("([^"]*)"', scripts))
    mistakes = {f"mistake {name}" for name in ["", *MISTAKES]}
    assert listed == used | mistakes | {"forward", "reverse", "mistaken", "grad mistaken", "grad right"}


@pytest.mark.parametrize("name", ["mazur", "mlp", "micrograd_readme"])
def test_eleven_mistakes_take_less_than_half_of_what_the_page_says(name):
    def size(*parts):
        return len(json.dumps(parts, separators=(",", ":"), ensure_ascii=False))

    contents = compact(script_of(example(name)).contents)
    assert size(*(contents[part] for part in ("mistakes", "moments"))) < 0.5 * size(contents)
    assert max(len(mistake["steps"]["packed"][1]) for mistake in contents["mistakes"].values()) <= SHOWN


def test_every_text_that_the_script_writes_has_a_class():
    root = example("colah")
    shown, *others = play(root).html.split('<div class="look"')[1:]
    for picture, lines in (shown, ["local", "contribution"]), *((other, None) for other in others):
        cards = re.findall(r'<g class="card (?:leaf|inner|root)" data-number="\d+">(.*?)</g>', picture, re.DOTALL)
        labels = re.findall(r'<g class="label" data-number="\d+">(.*?)</g>', picture, re.DOTALL)
        assert [sorted(re.findall(r'<text class="(\w+)"', card)) for card in cards] == [["data", "grad"]] * 5
        assert len(labels) == 5
        for label in labels:
            found = re.findall(r'<text class="(\w+)"', label)
            assert found == lines or (lines is None and found[0] == "local")


@pytest.mark.parametrize("name", ["colah", "neuron_relu", "xor"])
def test_the_picture_shows_what_the_script_would_write_there_today(name):
    with manner(typeset=True):
        root = example(name)
        script = Script(root)
        made = stage(root, script, skin=None if name == "colah" else "circuit").looks[0]  # no network's diagram
        for number, lines in made.told["labels"].items():
            labels = re.findall(rf'<g class="label" data-number="{number}">(.*?)</g>', made.html, re.DOTALL)
            assert labels or name == "neuron_relu"  # whose circuit has no room for them
            written = [*map(script.current, lines), script.current(script.contents["contributions"][number])]
            for label in labels:
                shown = [html.unescape(words) for words in re.findall(r"<text[^>]*>([^<]*)</text>", label)]
                assert shown == written[: None if name == "colah" else -1]


def test_a_card_has_room_for_other_numbers_than_todays():
    one = Value(1.0, "one") * Value(1.0, "two")
    shown = play(one).html.partition("<template>")[0]
    widths = [float(width) for width in re.findall(r'<g class="card.*?<rect[^>]* width="([\d.]+)"', shown, re.DOTALL)]
    usual = [float(width) for width in re.findall(r'<rect x[^>]* width="([\d.]+)"', draw(one).svg)][1:]
    assert min(widths) > min(usual)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.text(st.characters(codec=None, exclude_categories=()), max_size=20), min_size=1, max_size=3))
def test_no_label_changes_what_the_page_is_made_of(names):
    plain, text = Tags(play(hostile_graph(["x"] * len(names))).html), play(hostile_graph(names)).html
    hostile = Tags(text)
    kept = ("script", "style", "meta", "button", "main", "nav")  # the picture of longer names may be another
    assert [tag for tag, _ in hostile.tags if tag in kept] == [tag for tag, _ in plain.tags if tag in kept]
    [data] = re.findall(r'<script type="application/json" id="script">(.*?)</script>', text)
    assert not re.search("[<>&\u2028\u2029]", data)
    text.encode()
    written = json.loads(json.dumps(compact(script_of(hostile_graph(names)).contents)))
    chosen = {"labels", "numbers", "symbols", "words"}  # with the skin
    told = json.loads(data)
    assert {part: told[part] for part in written.keys() - chosen} == {part: written[part] for part in written.keys() - chosen}


def test_a_hostile_label_stays_what_it_is():
    test_no_label_changes_what_the_page_is_made_of.hypothesis.inner_test(NAMES)


def test_a_hebrew_name_keeps_its_place_in_what_is_read_and_seen():
    x = Value(2.0, "שגיאה")
    y = x * x
    y.label = "ריבוע"
    told = Script(y).contents
    assert told["steps"][1]["blanks"]["parent"] == "\u200eשגיאה\u200e"
    kinked = Script(x.relu()).labels(brief=False)[0]
    assert json.dumps(kinked, ensure_ascii=False).count("\u200eשגיאה\u200e") == json.dumps(kinked, ensure_ascii=False).count(
        "שגיאה"
    )


def test_a_graph_too_large_is_refused_with_what_to_do(tmp_path):
    x = Value(1.0, "x")
    for _ in range(MOST):
        x = x + 1
    with pytest.raises(ValueError, match=r"this graph has 3001 values, .* more than 3000 .* play\(…, limit=3001\)"):
        play(x, tmp_path / "x.html")
    assert not (tmp_path / "x.html").exists()


@pytest.mark.parametrize("name", ["L.svg", "L", "L.html.txt"])
def test_a_page_is_saved_as_html(tmp_path, name):
    with pytest.raises(ValueError, match=re.escape(f'a page is saved as .html, and "{name}" does not end in it.')):
        play(Value(1.0, "x"), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_value_or_out_of_date_is_refused(tmp_path):
    with pytest.raises(TypeError, match="play takes a Value"):
        play(3.0, tmp_path / "x.html")
    a = Value(1.0, "a")
    b = a * 2
    a.data = 3.0
    with pytest.raises(StaleGraphError):
        play(b, tmp_path / "x.html")
    with pytest.raises(ValueError, match="no theme"):
        play(a, tmp_path / "x.html", theme="pink")


def test_the_page_has_a_title_and_is_a_file_like_others(tmp_path):
    os.umask(mask := os.umask(0))
    play(Value(1.0, "x"), str(tmp_path / "x.HTML"), title="Backprop & <you>")
    play(example("colah"), tmp_path / "e.htm")
    assert "<title>Backprop &amp; &lt;you&gt;</title>" in (tmp_path / "x.HTML").read_text("utf-8")
    assert "<title>e = c·d</title>" in (tmp_path / "e.htm").read_text("utf-8")
    assert stat.S_IMODE((tmp_path / "e.htm").stat().st_mode) == 0o666 & ~mask


def test_drawings_themselves_stay_free_of_classes():
    assert not re.search(r"class=|data-|id=", draw(example("colah")).svg)


def test_of_astronomically_many_paths_eight_are_listed_and_the_rest_counted():
    x = Value(1.0, "x")
    for _ in range(99):
        x = x + x
    chain = Script(x).contents["chain"][0]
    assert len(chain["paths"]) == 8
    assert any("more paths" in str(row) for row in chain["rows"])
    assert len(json.dumps(chain)) < 6_000


def test_of_many_paths_common_factors_are_taken_out_where_that_is_shorter():
    root = example("paths")
    script = Script(root)
    chains, equations = (script.contents[kind] for kind in ("chain", "equations"))
    assert [number for number, chain in chains.items() if chain["factored"]] == [0]  # x1, to which there are eleven
    said = [" ".join(map(script.current, equations[place])) for place in chains[0]["factored"]]
    assert said == chain_rule(root, tape(root)[0]).factored().equations


def test_what_is_said_of_a_neuron_grows_as_its_inputs_do_so_that_200_take_less_than_3_mb():
    def length(inputs):
        script = Script(Neuron(inputs, activation="tanh", seed=0)([0.1] * inputs))
        return len(json.dumps(script.contents)) + len(script.program)

    few, more, many = map(length, (12, 24, 36))
    assert many - more < 1.1 * (more - few)  # no input is told about every other
    assert many + (many - more) * (200 - 36) / 12 < 3e6


def test_a_graph_whose_shape_python_decided_by_its_values_is_played_but_has_no_leaves_to_move():
    x = Value(3.0, "x")
    with recording():
        y = 2 * x if x > 0 else x
    script = Script(y)
    assert script.contents["leaves"] == []
    assert script.contents["fixed"].startswith("x > 0 was decided by Python")
    assert {name for name, _ in script.contents["numbers"]} == {"="}
    assert script.current(script.contents["data"][1]) == "6"


def test_a_graph_with_infinities_in_it_is_played_but_has_no_leaves_to_move():
    with nonfinite("propagate"):
        x = Value(0.0, "x")
        y = x.log() * 0.0
        script = Script(y)
        assert script.contents["leaves"] == []
        assert "is not finite" in script.contents["fixed"]
        assert [script.current(text) for text in script.contents["data"].values()] == ["0", "-inf", "nan"]
        json.loads(play(y).html.partition('id="script">')[2].partition("</script>")[0])


# What the page's JavaScript computes ----------------------------------------------------------------------------------


def evaluations(tmp_path, cases):
    """What each script's `evaluate` makes of each of its lists of leaves' numbers: [(v, result), …] for each case."""
    parts = ["const all = [];"]
    for script, samples in cases:
        leaves = json.dumps([dict(zip(script.contents["leaves"], sample, strict=False)) for sample in samples])
        values = json.dumps(script.contents["values"])
        parts.append(
            f"{{\n{script.program}\nall.push({leaves}.map(leaves => {{\n"
            f"  const v = Object.assign({values}, leaves);\n  const found = evaluate(v);\n"
            "  const lists = [v, found.p, found.t, found.f, found.given];\n"
            "  return lists.map(a => [...a].map(String)).concat([found.bad, found.why]);\n}));\n}"
        )
    found = printed(tmp_path, "\n".join([*parts, "console.log(JSON.stringify(all));"]))
    return [
        [
            ([*map(number, v)], [*map(number, p)], (t, [*map(number, f)]), [*map(number, outside)], bad, why)
            for v, p, t, f, outside, bad, why in results
        ]
        for results in found
    ]


def number(text):
    return math.nan if text in ("undefined", "NaN") else float(text)


def moved(root, numbers):
    """The graph with other numbers in its leaves; False where it has no value then."""
    leaves = [leaf for leaf in tape(root) if not leaf.parents and not leaf.constant]
    for leaf, x in zip(leaves, numbers, strict=False):
        leaf.data = x
    try:
        root.forward()
    except (DomainError, NonFiniteError):
        return False
    return True


def alike(ours, exact):
    return ours == exact or abs(ours - exact) <= 1e-12 * abs(exact) or (ours != ours and exact != exact)


def check_all(script, root, result):
    """That node's values, local derivatives and tests are the engine's, and every number of the page with all its digits."""
    v, p, (t, f), _, bad, _ = result
    placeholders, data = script.symbolic.placeholders, [node.data for node in tape(root)]
    assert t == [str(holds).lower() for holds in truths(placeholders.tests, data)]
    assert all(map(alike, f, evaluated(placeholders.formulas, data)))
    nodes = list(tape(root))
    assert bad == -1
    values, partials = [node.data for node in nodes], [slope for node in nodes for slope in node.partials]
    assert all(map(alike, v, values))
    assert all(alike(ours, exact) for ours, exact in zip(p, partials, strict=False) if ours == ours)
    numbers = script.contents["numbers"]
    in_page = computed(numbers, v, [*p, *[math.nan] * len(partials)], f=f)
    in_engine = computed(numbers, values, partials, f=evaluated(placeholders.formulas, data))
    pairs = zip(in_page, in_engine, strict=True)
    assert [(a, b) for a, b in pairs if words.number(a) != words.number(b) and abs(a - b) > 1e-13] == []


@NODE
def test_the_pages_numbers_are_the_engines_in_every_displayed_digit_on_all_examples(tmp_path):
    chance = random.Random(6)
    cases = []
    for name in examples.names():
        root = example(name)
        script = Script(root)
        today = [script.contents["values"][leaf] for leaf in script.contents["leaves"]]
        samples = [today, *([chance.uniform(-3, 3) for _ in today] for _ in range(4)), [x + 0.125 for x in today]]
        cases.append((name, script, samples))
    found = evaluations(tmp_path, [(script, samples) for _, script, samples in cases])
    compared = 0
    for (name, script, samples), results in zip(cases, found, strict=True):
        for sample, result in zip(samples, results, strict=True):
            root = example(name)
            if not moved(root, sample):
                assert result[4] >= 0
                continue
            check_all(script, root, result)
            compared += 1
    assert compared > 5 * len(cases)


piecewise = operation("piecewise", lambda x, y: choose(x > y, x * y, choose(x < -y, log(y * y + 1), x)))


@NODE
def test_kinks_are_taken_as_the_engine_takes_them(tmp_path):
    def graph():
        x, y = Value(2.0, "x"), Value(-3.0, "y")
        return maximum(x, y) * x.relu() + abs(y) ** 3 + piecewise(x, y) + (x + y).heaviside() + y.softplus() * x.gelu()

    root = graph()
    script = Script(root)
    samples = [[a, b] for a in (-1.0, 0.0, 1.0, 2.5) for b in (-1.0, 0.0, 1.0, 2.5)]
    [results] = evaluations(tmp_path, [(script, samples)])
    for sample, result in zip(samples, results, strict=True):
        root = graph()
        assert moved(root, sample)
        check_all(script, root, result)


inner = operation("inner", lambda x, y: sqrt(x - 1) / y + choose(x > 5, log(y), 0))
BAD = {
    "domain": (lambda x, y: (x - y).log() * 2, [[1.0, 2.0], [1.0, 1.0], [3.0, 1.0]]),
    "division": (lambda x, y: 1 / (x / y), [[1.0, 0.0], [0.0, 1.0], [1.0, 2.0]]),
    "overflow": (lambda x, y: (x * 100).exp() + y, [[10.0, 1.0], [0.5, 1.0]]),
    "pow": (lambda x, y: x**y, [[-2.0, 0.5], [0.0, -1.0], [1e200, 2.0], [-2.0, 3.0]]),
    "swallowed": (lambda x, y: maximum(x.log(), y).relu() ** (x - x), [[-1.0, 1.0], [1.0, 1.0]]),
    "inner": (lambda x, y: inner(x, y) + 1, [[0.0, 1.0], [2.0, 0.0], [6.0, -1.0], [2.0, -1.0], [0.0, 0.0]]),
    "product": (lambda x, y: x * y, [[1e200, 1e200], [1.0, 2.0]]),
}


@NODE
@pytest.mark.parametrize("name", BAD)
def test_a_value_that_does_not_exist_is_told_where_and_why_in_the_engines_words(tmp_path, name):
    make, samples = BAD[name]

    def graph():
        x, y = Value(4.0, "x"), Value(2.0, "y")
        root = make(x, y)
        for node, label in tape(root).names.items():
            node.label = label
        return root

    script = Script(graph())
    [results] = evaluations(tmp_path, [(script, samples)])
    for sample, (v, p, t, outside, bad, why) in zip(samples, results, strict=True):
        root = graph()
        said = error_of(root, sample)
        if not said:
            check_all(script, root, (v, p, t, outside, bad, why))
            continue
        numbers = computed(script.contents["numbers"], v, [*p, *[math.nan] * 20], given=[*outside, math.nan, math.nan])
        assert filled(script.contents["errors"][bad][why], numbers) == said
        nodes, depending = list(tape(root)), {bad}
        for i, value in enumerate(nodes):
            if any(nodes.index(parent) in depending for parent in value.parents):
                depending.add(i)
        assert all(v[i] != v[i] for i in depending)


def error_of(root, numbers):
    """What the engine says of these numbers in the leaves; nothing where all is well."""
    for leaf, x in zip([leaf for leaf in tape(root) if not leaf.parents], numbers, strict=True):
        leaf.data = x
    try:
        root.forward()
    except (DomainError, NonFiniteError) as error:
        return str(error)
    return ""


@NODE
def test_the_page_writes_numbers_as_the_engine_does(tmp_path):
    chance = random.Random(4)
    floats = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1.7976931348623157e308, 2.0**53, 0.1 + 0.2, 999999.5, 123456.5]
    floats += [sign * k / 8 * 10.0**e for k in range(1, 100) for e in range(-8, 9) for sign in (1, -1)]
    floats += [chance.choice([1, -1]) * float(f"{chance.randint(1, 99999)}5e{chance.randint(-12, 8)}") for _ in range(20_000)]
    floats += [chance.uniform(-10, 10) * 10.0 ** chance.randint(-6, 6) for _ in range(40_000)]
    floats += [round(chance.uniform(-1000, 1000), chance.randint(0, 4)) for _ in range(20_000)]
    floats += struct.unpack("<20000d", chance.randbytes(160_000))
    (tmp_path / "floats.bin").write_bytes(struct.pack(f"<{len(floats)}d", *floats))
    results = printed(
        tmp_path,
        f"{numbers_of_the_page()}\nconst bytes = require('fs').readFileSync({json.dumps(str(tmp_path / 'floats.bin'))});\n"
        "const floats = Array.from(new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8));\n"
        "console.log(JSON.stringify(floats.map((x, i) => [number(x), number(x, 3 + i % 15), factor(x), signed(x)])));",
    )
    for i, (x, found) in enumerate(zip(floats, results, strict=True)):
        assert found == [words.number(x), words.number(x, 3 + i % 15), words.factor(x), words.signed(x)], x


@NODE
def test_the_page_accepts_the_answers_that_the_engine_accepts(tmp_path):
    chance = random.Random(5)
    pairs = []
    for _ in range(4000):
        scaled = chance.uniform(-1, 1) * 10.0 ** chance.randint(-9, 9)
        exact = chance.choice([chance.uniform(-10, 10), chance.randint(-20, 20) / 8, scaled])
        digits = chance.randint(1, 6)
        given = [float(f"{exact:.{digits}g}"), float(f"{exact:.{digits}f}"), exact, -exact, exact * (1 + 10.0**-digits), 0.0]
        pairs += [(answer, exact) for answer in given] + [(exact, 0.0)]
    asked = f"{json.dumps(pairs)}.map(([answer, exact]) => agrees(answer, exact))"
    found = printed(tmp_path, f"{numbers_of_the_page()}\nconsole.log(JSON.stringify({asked}));")
    for (answer, exact), ours in zip(pairs, found, strict=True):
        assert ours == answers.agrees(answer, exact), (answer, exact)


@NODE
def test_the_page_tells_numbers_apart_and_repeats_typed_ones_as_the_engine_does(tmp_path):
    chance = random.Random(8)
    groups = [[0.0, -0.0], [1.0, 1.0], [0.3, 0.1 + 0.2], [1.0, 1 + 1e-16, 1 - 1e-16], [2.0, -2.0, 1 / 3]]
    for _ in range(3000):
        x = chance.choice([chance.randint(-20, 20) / 8, chance.uniform(-10, 10) * 10.0 ** chance.randint(-6, 6)])
        groups.append([x, x + chance.uniform(-1, 1) * 10.0 ** chance.randint(-12, 0), x * (1 + 10.0 ** -chance.randint(3, 15))])
    asked = f"{json.dumps(groups)}.map((g) => [apart(g), apart(g, 6, 17), ...g.map((x) => number(x)), ...g.map(constant)])"
    found = printed(tmp_path, f"{numbers_of_the_page()}\nconsole.log(JSON.stringify({asked}));")
    for group, theirs in zip(groups, found, strict=True):
        digits = [digits_apart(*group), digits_apart(*group, digits=6, most=17)]
        assert theirs == [*digits, *map(words.number, group), *map(constant, group)], group


@NODE
def test_the_page_takes_for_a_wrong_gradient_what_the_engine_does(tmp_path):
    chance = random.Random(9)
    groups = [(0.1 + 0.2, 0.3, 1.0), (5e-17, 0.0, 1.0), (5e-17, 0.0, 1e-9), (0.0, -0.0, 0.0), (1e308, -1e308, 1e308)]
    for _ in range(3000):
        x = chance.uniform(-10, 10) * 10.0 ** chance.randint(-20, 6)
        groups.append((x, x * (1 + 10.0 ** -chance.randint(7, 16)), 10.0 ** chance.randint(-6, 6)))
    found = printed(
        tmp_path, f"{numbers_of_the_page()}\nconsole.log(JSON.stringify({json.dumps(groups)}.map((g) => differ(...g))));"
    )
    assert found == [differ(*group) for group in groups]
    assert 100 < sum(found) < len(groups) - 100


@NODE
def test_the_page_shows_a_nudge_with_as_many_digits_as_the_engine(tmp_path):
    chance = random.Random(7)
    pairs = [(0.0, 0.0), (1.0, 1.0), (1e300, -1e300)]
    for _ in range(3000):
        before = chance.uniform(-10, 10) * 10.0 ** chance.randint(-6, 6)
        pairs.append((before, before + chance.uniform(-1, 1) * 10.0 ** chance.randint(-9, 3)))
    asked = f"{json.dumps(pairs)}.map(([a, b]) => [telling(a, b), telling(a, b, 1, 8)])"
    found = printed(tmp_path, f"{numbers_of_the_page()}\nconsole.log(JSON.stringify({asked}));")
    assert found == [[digits_of_difference(a, b), digits_of_difference(a, b, 1, 8)] for a, b in pairs]


def test_of_another_root_only_what_differs_is_told():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    with manner(typeset=True):
        script = Script(a * b, [a + b])
    same, other = script.contents["editions"]
    assert same == {}
    assert 0 < len(other) < len(script.editions[1])
    assert all(part != script.contents[key] for key, part in other.items())
    assert {**script.contents, **other} | script.editions[1] == {**script.contents, **other}


def test_all_that_the_script_is_told_is_described():
    page = play(MLP(1, [1]), data=([[1.0]], [2.0]), languages=("en", "he")).html
    told = json.loads(re.search(r'<script[^>]* id="script">(.*?)</script>', page)[1])
    described = re.findall(r"^ {4,8}(\w+(?:, \w+)*)  +\w", f"{page_of_graph.__doc__}\n{Script.__doc__}", re.MULTILINE)
    assert set(told) == {name for names in described for name in names.split(", ")} - {"packed"}


# Its size --------------------------------------------------------------------------------------------------------------


def model():
    return MLP(2, [8, 8, 1], "tanh", seed=0)


@pytest.mark.parametrize(
    ("make", "most"),
    [
        (lambda: play(example("colah")), 80),
        (lambda: play(model(), x=[1.0, 2.0]), 150),
        (lambda: play(model(), data=moons()), 150),
    ],
    ids=["colah", "network", "training"],
)
def test_a_page_is_no_larger_than_it_may_be(make, most):
    size = len(gzip.compress(make().html.encode(), 9))
    assert size < 1000 * most


def test_a_page_leaves_nothing_behind_that_waits_for_the_collector(tmp_path):
    def page():
        a, b = Value(2.0, "a"), Value(-3.0, "b")
        play((a * b + a).tanh(), tmp_path / "page.html")

    page()  # what is made at first use stays, and may
    gc.collect()
    gc.disable()
    try:
        before = sum(isinstance(x, Value) for x in gc.get_objects())
        page()
        assert sum(isinstance(x, Value) for x in gc.get_objects()) == before
    finally:
        gc.enable()


def test_a_name_that_no_page_is_wide_enough_for_is_played_all_the_same():
    a, b = Value(2.0, "a"), Value(-3.0, "W" * 1500)
    assert "W" * 20 in play(a * b).html
