"""What stands below a picture: totals that are never lost, columns, sentences from right to left, names set in one way."""

import re

import pytest
from chalkgrad.command import examples
from chalkgrad.engine import Value, chain_rule, unit
from chalkgrad.engine.words.decimals import decimal as number
from chalkgrad.engine.words.manner import manner
from chalkgrad.engine.words.names import names_of, value_of
from chalkgrad.viz import draw, frames, play
from chalkgrad.viz.drawing.graph import picture_of
from chalkgrad.viz.formats.scene import Run, TextLine, parts
from chalkgrad.viz.formats.svg import elements
from chalkgrad.viz.formats.tikz import tikz
from chalkgrad.viz.layout.caption_setting import LINES, Sizes, rows, shape
from chalkgrad.viz.layout.layout import lay_out
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.letters.text import LRE, POP, RLE
from chalkgrad.viz.pictures.captions import Caption, of_expansion, of_sentence, shorter

HEBREW = "כלל השרשרת: הנגזרת של L לפי משקל היא 2·מכפלה"


def example(name, root=None):
    parsed = examples.build(examples.load(name), {})
    value = parsed.names[root] if root else parsed.root
    value.backward()
    return value, parsed.names


def captioned(picture):
    """The lines of a picture's caption, each as its texts from left to right."""
    layout = lay_out(picture)
    texts = next(part.shapes for part in parts(picture, layout) if part.kind == "caption")
    lines = {}
    for line in texts:
        lines.setdefault(line.y, []).append(line)
    return layout, [lines[y] for y in sorted(lines)]


def words(line):
    return " ".join(text.runs[0].words for text in line)


# Sums over paths -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("skin", ["cards", "circuit", "edges"])
@pytest.mark.parametrize(
    ("name", "root", "path", "total"),
    [("paths", "y1", "x1", "775.5"), ("paths", "y1", "θ1", "522"), ("paths", "y1", "θ3", "-189"),
     ("micrograd_readme", None, "a", "138.8"), ("colah", None, "b", "5")],
)  # fmt: skip
def test_a_sum_over_paths_ends_with_its_total(name, root, path, total, skin):
    y, names = example(name, root)
    layout, lines = captioned(picture_of([y], highlight=chain_rule(y, names[path]), skin=skin))
    assert words(lines[-1]).endswith(f"= {total}")
    assert len(lines) <= LINES
    for line in lines:
        for text in line:  # nothing is cut
            assert text.runs[0].words.count("│") == 0
            assert not text.runs[0].words.endswith("…")
            wide = fonts.width(text.runs[0].words, text.runs[0].size, bold=text.runs[0].bold)
            left = text.x - {"start": 0, "middle": wide / 2, "end": wide}[text.anchor]
            assert -0.5 <= left <= left + wide <= layout.width + 0.5


def test_each_line_of_a_sum_is_true_and_the_lines_add_up():
    y, names = example("paths", "y1")
    _, lines = captioned(picture_of([y], highlight=chain_rule(y, names["θ1"])))
    products = []
    for line in lines[:-1]:
        factors, _, product = line[-1].runs[0].words.partition(" = ")
        expected = 1.0
        for factor in factors.split(" · "):
            expected *= float(factor.strip("()"))
        assert float(product) == expected
        products.append(expected)
    assert products == [207, 126, 94.5, 63, 31.5]
    assert sum(products) == names["θ1"].grad == 522


def test_the_paths_that_are_left_out_are_counted():
    y, names = example("micrograd_readme")
    expansion = chain_rule(y, names["a"])
    _, lines = captioned(picture_of([y], highlight=expansion))
    terms = [line for line in lines if "∂g₀" in words(line)]
    assert words(lines[-2]) == f"+ … and {expansion.count - len(terms)} more paths"
    assert expansion.count == 24


def test_a_sum_stands_in_columns():
    y, names = example("paths", "y1")
    _, lines = captioned(picture_of([y], highlight=chain_rule(y, names["θ1"])))
    for column in (-1, -2):
        assert len({line[column].x for line in lines[:-1]}) == 1
    assert len({(line[-2].x, line[-2].anchor) for line in lines[1:]}) == 2  # the column of symbols, and that of the signs
    ends = [line[-2].x + fonts.width(line[-2].runs[0].words, line[-2].runs[0].size) for line in lines[:-1]]
    assert max(ends) < lines[0][-1].x


def test_where_the_sum_does_not_fit_and_its_factored_form_does_that_is_written():
    y, names = example("paths", "y1")
    expansion = chain_rule(y, names["x1"])
    _, lines = captioned(picture_of([y], highlight=expansion))
    with manner(typeset=True):
        assert [words(line) for line in lines] == expansion.factored().equations


@pytest.mark.parametrize(
    ("name", "root", "path", "total"),
    [("paths", "y1", "x1", "775.5"), ("paths", "y1", "θ1", "522"), ("paths", "y1", "θ3", "-189"),
     ("micrograd_readme", None, "a", "138.8"), ("chain", None, "x", None)],
)  # fmt: skip
def test_a_shorter_caption_has_fewer_lines_counts_what_it_leaves_out_and_keeps_its_total(name, root, path, total):
    y, names = example(name, root)
    expansion = chain_rule(y, names[path])
    total = total or number(names[path].grad)
    with manner(typeset=True):
        captions = [*shorter(of_expansion(expansion))]
    assert len(captions) == LINES
    for most, caption in zip(range(LINES, 0, -1), captions, strict=True):
        written = [" ".join(part.words for part in row.words) for row in rows(caption, 700, Sizes(20, 20, 20, 20))]
        assert len(written) <= most or most == LINES
        assert written[-1].endswith(f"= {total}")
        left = [int(count) for count in re.findall(r"… and (\d+) more path", " ".join(written))]
        if left:
            assert left == [expansion.count - len(written) + 2]
    assert re.fullmatch(rf"∂[^=]+ = … = {re.escape(total)}", written[0])


def test_a_long_path_is_broken_between_factors_and_keeps_its_result():
    x = Value(1.5, "input")
    y = x
    for n in range(8):
        y = y * 1.25
        y.label = f"long_name_of_a_node_{n}"
    written = rows(of_expansion(chain_rule(y, x)), 700, shape([of_expansion(chain_rule(y, x))], 700, 300).sizes)
    assert written[-1].words[-1].words.endswith("= 5.96")
    assert all(row.words[-1].x + fonts.width(row.words[-1].words, row.words[-1].size) <= 701 for row in written)


# Sentences -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["colah", "karpathy_tanh_neuron", "griewank"])
def test_the_sentence_is_the_largest_thing_and_none_of_its_lines_is_broken(name):
    root, _ = example(name)
    pictures = [picture_of([root], highlight=step) for step in root.steps()]
    layout = lay_out(pictures[0], captions=[picture.caption for picture in pictures])
    for picture, step in zip(pictures, root.steps(), strict=True):
        shapes = {part.kind: part.shapes for part in parts(picture, layout)}
        lines = shapes["caption"]
        assert len(lines) == (2 if step.node is None else 3)
        sizes = [line.runs[0].size for line in lines]
        others = [
            run.size for part in parts(picture, layout) if part.kind != "caption"
            for text in part.shapes if isinstance(text, TextLine) for run in text.runs
        ]  # fmt: skip
        assert sizes[1] > max(others)
        assert sizes[1] == max(sizes)
        assert lines[1].runs[0].bold
        for line in lines:
            assert fonts.width(line.runs[0].words, line.runs[0].size, bold=line.runs[0].bold) <= layout.width
    assert captioned(pictures[-1])[1]


def test_the_line_that_completes_a_gradient_is_one_line():
    root, _ = example("colah")
    _, lines = captioned(picture_of([root], highlight=root.steps()[5]))
    assert [words(line) for line in lines][1:] == [
        "b.grad += ∂e/∂c · ∂c/∂b = 2 · 1 = 2   3 → 5",
        "2 of 2, complete: ∂e/∂b = 3 + 2 = 5",
    ]


def test_from_frame_to_frame_the_lines_of_the_sentence_stay_at_their_heights(tmp_path):
    root, _ = example("colah")
    heights = set()
    for path in frames(root, tmp_path)[1:]:
        texts = re.findall(r'y="([\d.]+)" text-anchor="middle" font-size="(\d+)"', path.read_text("utf-8"))
        heights.add(tuple(texts[-3:]))
    assert len(heights) == 1


def test_all_edges_of_a_node_have_a_row_each():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    y = a * b
    roles = [line.role for line in of_sentence(str(y.steps(by="node")[1])).parts]
    assert roles == ["reason", "why", "update", "why", "update"]


def test_a_very_long_text_ends_in_an_ellipsis_and_no_line_is_joined_to_another():
    said = "\n".join(f"line number {n}" for n in range(12))
    found = shape([said], 400, 300)
    written = [row.words[0].words for row in rows(said, found.width, found.sizes)]
    assert written == [*(f"line number {n}" for n in range(7)), "line number 7 …"]


# From right to left --------------------------------------------------------------------------------------------------


def weighted():
    w, x = Value(2.0, "משקל"), Value(3.0, "x")
    y = w * x
    y.label = "L"
    y.backward()
    return y


def test_a_hebrew_caption_runs_from_right_to_left_with_its_formulas_from_left_to_right():
    [row] = rows(HEBREW, 2000, Sizes(20, 20, 20, 20))
    [said] = row.words
    line = TextLine(said.x, 0, said.anchor, (Run(said.words, said.size, said.bold, "#000000"),), rtl=said.rtl)
    assert (said.x, said.anchor, said.rtl) == (1000, "middle", True)
    [written] = re.findall(r">([^<>]+)</text>", elements([line]))
    assert (written[0], written[-1]) == (RLE, POP)
    formulas = [part.replace("\u200e", "") for part in re.findall(f"{LRE}(.*?){POP}", written)]
    assert formulas == ["L", "2·מכפלה"]
    assert re.sub(f"[{RLE}{LRE}{POP}\u200e]", "", written) == HEBREW


def test_a_formula_that_begins_with_a_hebrew_name_is_no_sentence():
    root = weighted()
    _, lines = captioned(picture_of([root], highlight=root.steps()[1]))
    assert not any(text.rtl for line in lines for text in line)


def test_the_lines_of_a_long_hebrew_caption_are_aligned_at_the_right():
    layout, lines = captioned(picture_of([weighted()], caption=f"{HEBREW}, {HEBREW}\nL היא המכפלה\nשתיים"))
    assert len(lines) > 3
    hebrew = [text for line in lines for text in line if text.rtl]
    assert {text.anchor for text in hebrew} == {"end"}
    assert len({text.x for text in hebrew}) == 1
    assert hebrew[0].x > layout.width * 0.9
    [latin] = [text for line in lines for text in line if not text.rtl]  # its first letter decides
    assert (latin.anchor, latin.runs[0].words) == ("start", "L היא המכפלה")


def test_a_hebrew_sentence_is_nested_in_tikz_too():
    written = tikz(draw(weighted(), caption="לפי x").scene)
    assert re.search(r"\\cgleft\{(\\cgletter\{05\}\{..\})+\\ \\cgright\{x\}\}", written)
    assert "\\def\\cgright" in written


def test_a_prefix_that_is_joined_to_a_formula_belongs_to_the_sentence():
    _, [[line]] = captioned(picture_of([weighted()], caption="לפי w ו-x"))
    assert f"ו-{LRE}x{POP}" in elements([line])


# Names ---------------------------------------------------------------------------------------------------------------


def test_every_name_in_a_picture_is_set_in_one_way():
    w, x, rate = Value(2.0, "w12_2"), Value(3.0, "x1"), Value(0.5, "theta1")
    with unit("h1"):
        y = w * x * rate
    y.label = "y1"
    y.backward()
    for options in ({}, {"highlight": chain_rule(y, x)}, {"highlight": y.steps()[3]}, {"skin": "circuit"}, {"skin": "edges"}):
        drawn = draw(y, **options).svg
        shown = " ".join(re.findall(r">([^<>]*)</(?:text|tspan)>", drawn))
        assert {"w₁₂,₂", "x₁", "y₁", "theta1", "h₁"} <= set(re.findall(r"[\w,₀-₉]+", shown.replace("/", " ").replace("·", " ")))
        assert not re.search(r"\b(w12_2|x1|y1|h1)\b", shown)


def test_what_names_a_file_and_what_is_read_aloud_is_typed(tmp_path):
    root, names = example("paths", "y1")
    assert repr(draw(root)).startswith("<Drawing of y1 = h8(z5, z7, θ8)")
    assert frames(root, tmp_path, caption=False)[0].name == "y1-000.svg"
    description = draw(root, highlight=chain_rule(root, names["θ3"])).picture.description
    assert not re.search("[₀-₉]", description)
    assert "∂h8/∂z7" in description


def test_a_name_copied_from_a_picture_is_found():
    a, b = Value(2.0, "w12_2"), Value(3.0, "θ1")
    names = names_of([a, b])
    assert value_of("w₁₂,₂", names) is a
    assert value_of("θ₁", names) is b
    y = a * b
    assert picture_of([y], highlight="θ₁").cards[1].marks == {"lit"}
    with pytest.raises(ValueError, match="there is no θ₂ here"):
        picture_of([y], highlight="θ₂")


def test_names_that_would_be_set_alike_stay_typed():
    x, y = Value(1.0, "x1"), Value(2.0, "x₁")
    assert [card.name for card in picture_of([x + y]).cards][:2] == ["x1", "x₁"]


def test_a_caption_of_ones_own_has_the_names_that_the_picture_has():
    root, _ = example("paths", "y1")
    assert picture_of([root], caption="z5 is used twice in v2").caption == "z₅ is used twice in v2"


def test_within_one_unit_all_names_are_whole_or_none_is():
    with unit("layer1.neuron1"):
        first = [Value(float(n), f"w{n}") for n in (1, 2, 3)]
    with unit("layer2.neuron1"):
        second = [Value(float(n), f"w{n}") for n in (1, 2)]
    assert [*names_of([*first, *second]).values()] == [
        "layer1.neuron1.w1", "layer1.neuron1.w2", "layer1.neuron1.w3", "layer2.neuron1.w1", "layer2.neuron1.w2"
    ]  # fmt: skip


# Notations -----------------------------------------------------------------------------------------------------------


def test_a_picture_is_written_in_the_notation_that_is_asked_for(tmp_path):
    root, names = example("colah")
    one = names["a"].tanh()
    one.label = "t"
    assert "dt/da" in draw(one, notation="d").svg
    assert "∂t/∂a" in draw(one).svg
    assert "de/db" in picture_of([root], highlight=chain_rule(root, names["b"]), notation="d").caption
    assert "∂c/∂b = 1" in draw(root).svg
    assert "de/dc · ∂c/∂b" in frames(root, tmp_path, notation="d")[-1].read_text("utf-8")
    page = play(root, notation="d").html
    assert "de/db" in page
    for call in (draw, play):
        with pytest.raises(ValueError, match="the notation is"):
            call(root, notation="x")


# What is read aloud --------------------------------------------------------------------------------------------------

SAID = {"data": "data", "grad": "grad", "local": "∂y/∂a = b = ", "contributions": "+"}


@pytest.mark.parametrize("show", [("data",), ("local",), ("data", "local"), ("grad", "contributions"), ("data", "grad")])
@pytest.mark.parametrize("skin", ["cards", "circuit"])
def test_what_is_shown_is_said_and_nothing_else(skin, show):
    a, b = Value(2.0, "a"), Value(7.0, "b")
    y = a * b
    y.label = "y"
    y.backward()
    description = draw(y, skin=skin, show=show).picture.description
    for what, said in SAID.items():
        assert (said in description) == (what in show), what


def test_a_page_that_asks_for_gradients_does_not_give_them_away():
    a, b = Value(2.0, "a"), Value(7.25, "b")
    descriptions = re.findall("<desc>(.*?)</desc>", play(a * b).html)  # of each look
    assert descriptions
    assert not any("7.25" in description for description in descriptions)
    assert all("From a to v3" in description for description in descriptions)


def test_a_card_in_a_place_is_said_to_be_there():
    with unit("layer1"), unit("neuron2"):
        w = Value(1.0, "w")
        y = w * 2.0
    assert "w, in layer1.neuron2: data 1" in picture_of([y]).description


def test_a_caption_is_a_text_too():
    said = "one\ntwo"
    assert Caption(said) == said
    assert Caption(said).parts == Caption(Caption(said)).parts


def test_a_factored_chain_rule_lights_what_its_expansion_does_and_is_written_below():
    root, names = example("colah")
    rule = chain_rule(root, names["b"])
    factored, expanded = picture_of([root], highlight=rule.factored()), picture_of([root], highlight=rule)
    assert [card.marks for card in factored.cards] == [card.marks for card in expanded.cards]
    assert factored.caption.splitlines()[-1] == "∂e/∂b = ∂e/∂c · ∂c/∂b + ∂e/∂d · ∂d/∂b = 2 · 1 + 3 · 1 = 5"
