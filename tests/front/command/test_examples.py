"""Worked examples by name: each can be loaded, built, overridden, shown, and typed as an expression."""

import math
import re
from dataclasses import replace

import pytest
from chalkgrad import Value, chain_rule
from chalkgrad.__main__ import main
from chalkgrad.command import examples
from chalkgrad.engine.words import language
from chalkgrad.expressions.caret import ExpressionError
from chalkgrad.expressions.expression import parse
from student_engines import engine


def swept(name, output=None):
    """The root of an example after a backward sweep from it, and the example's Values by name."""
    result = examples.build(examples.load(name))
    root = result.names[output or examples.load(name).outputs[0]]
    root.backward()
    return root, result.names


def grads(name, output=None):
    return {value: node.grad for value, node in swept(name, output)[1].items()}


@pytest.mark.parametrize("name", examples.names())
def test_an_example_has_what_a_reader_needs(name):
    example = examples.load(name)
    assert example.title
    assert example.source
    assert examples.show(example).isprintable() or "\t" not in examples.show(example)
    assert example.name in examples.show(example)
    assert example.name.isidentifier()


def test_the_words_of_examples_are_of_examples_that_there_are():
    told = {key.rpartition(" ")[0] for key in language._read("en")["examples"]}
    assert told == set(examples.names())
    assert {key.rpartition(" ")[2] for key in language._read("en")["examples"]} == {"title", "note"}
    assert examples.load("cs231n_patterns").notes == ""


@pytest.mark.parametrize("name", examples.names())
def test_the_roots_are_the_outputs(name):
    example = examples.load(name)
    result = examples.build(example)
    assert result.roots == tuple(result.names[output] for output in example.outputs)
    assert {*example.inputs, *(step for step, _ in example.steps)} == set(result.names)


@pytest.mark.parametrize("name", [name for name in examples.names() if not examples.load(name).operations])
def test_its_statements_are_an_expression_of_the_command_line(name):
    example = examples.load(name)
    result = parse(example.statements(), {**example.inputs, **example.constants})
    assert [root.data for root in result.roots] == [root.data for root in examples.build(example).roots]


def test_other_numbers_take_the_place_of_its_own():
    example = examples.load("colah")
    assert examples.build(example, {"b": 3}).root.data == 20.0
    assert examples.build(example).root.data == 6.0
    assert examples.build(examples.load("mazur"), {"t1": 0.5}).names["E_o1"].data < 0.1


def test_a_name_that_is_no_input_is_refused():
    with pytest.raises(ExpressionError, match="z has a value but is not in the expression"):
        examples.build(examples.load("colah"), {"z": 3})


def test_units_of_a_figure_place_its_values():
    names = examples.build(examples.load("network")).names
    assert (names["u3"].place, names["z3"].place, names["x1"].place) == ("h3", "h3", "")


# By what they teach ---------------------------------------------------------------------------------------------------


def test_every_example_is_in_one_group_and_no_group_is_empty():
    members = [name for group in examples.groups().values() for name in group]
    assert sorted(members) == sorted(examples.names())
    assert all(examples.groups().values())
    assert {examples.load(name).teaches for name in members} == set(examples.groups())


def test_the_groups_go_from_one_path_to_order():
    groups = list(examples.groups())
    assert (groups[0], groups[1], groups[-1]) == ("one path", "several paths", "order")
    assert groups.index("neurons") < groups.index("networks") < groups.index("depth")


def test_the_list_has_a_line_for_each_example_on_a_terminal_of_80_columns():
    lines = examples.listing(79).splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ")] == [
        name for group in examples.groups().values() for name in group
    ]
    assert max(map(len, lines)) <= 79
    assert examples.listing(79) == examples.listing(200)


def test_a_narrow_list_says_the_same_in_more_lines():
    narrow = examples.listing(59)
    assert max(map(len, narrow.splitlines())) <= 59
    assert narrow.split() == examples.listing().split()


@pytest.mark.parametrize("words", [["examples"], ["examples", "micrograd_68"]])
def test_where_the_width_is_told_no_line_is_longer_even_if_it_goes_into_a_file(words, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert main(words) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) < 60


def index_of(start, lines):
    """The index of the first line that starts so, or of the end."""
    return next((i for i, line in enumerate(lines) if line.startswith(start)), len(lines))


@pytest.mark.parametrize("name", examples.names())
def test_a_narrow_terminal_wraps_sentences_but_not_code(name):
    narrow, wide = (examples.show(examples.load(name), columns).splitlines() for columns in (59, 200))
    assert " ".join(narrow).split() == " ".join(wide).split()
    for step, expression in examples.load(name).steps:
        assert any(line.endswith(f"  {step} = {expression}") for line in narrow)
    notes = [line for line in narrow[index_of("  notes", narrow) :] if not line.startswith("chalkgrad")]
    assert max(map(len, notes), default=0) <= 59


# What the notes say of mistakes ----------------------------------------------------------------------------------------


def micrograds_68():
    """The graph of micrograd's issue 68 in an engine as micrograd's, which knows nothing of this one."""
    Micrograds = engine(parents=list)
    a, b = Micrograds(2), Micrograds(3)
    c, d = a + b, a * b
    y = (c + d) + c * d
    y.grad = 1
    return y, a, b


def recursive(node):
    node._backward()
    for parent in node._prev:
        recursive(parent)


def depth_first(node, seen):
    if node not in seen:
        seen.add(node)
        node._backward()
        for parent in node._prev:
            depth_first(parent, seen)


def post_order(node, seen):
    if node not in seen:
        seen.add(node)
        for parent in node._prev:
            post_order(parent, seen)
        node._backward()


def twice(y):
    y.backward()
    y.backward()


@pytest.mark.parametrize(
    ("sweep", "wrong", "said"),
    [
        (recursive, (29, 22), "29 for a and 22 for b"),
        (lambda y: depth_first(y, set()), (4, 3), "depth first, each node once, 4 and 3"),
        (lambda y: post_order(y, set()), (0, 0), "leaves first 0 and 0"),
        (twice, (100, 76), "100 and 76"),
    ],
    ids=["recursion", "depth first", "leaves first", "second backward"],
)
def test_what_goes_wrong_on_micrograds_68_is_what_the_notes_say(sweep, wrong, said):
    y, a, b = micrograds_68()
    sweep(y)
    assert (a.grad, b.grad) == wrong
    assert said in examples.load("micrograd_68").notes
    right = grads("micrograd_68")
    assert (right["a"], right["b"]) == (25, 19)


def test_softmax_and_cross_entropy_by_single_steps_end_in_p_minus_y():
    z = [1, 2, 0.5]
    p = [math.exp(x) / sum(map(math.exp, z)) for x in z]
    L, names = swept("softmax_ce")
    for name, probability, y in zip(("z1", "z2", "z3"), p, (0, 1, 0), strict=True):
        assert names[name].grad == pytest.approx(probability - y, rel=1e-12)
        assert f"= {probability - y:.4g}" in str(chain_rule(L, names[name]).factored()).splitlines()[-1]
    paths = chain_rule(L, names["z2"])
    assert paths.terms == pytest.approx([-1, p[1]], rel=1e-12)
    assert str(paths).endswith("= -1 + 0.6285 = -0.3715")
    assert (
        {f"{x:.4f}" for x in p}
        == {"0.2312", "0.6285", "0.1402"}
        <= set(re.findall(r"0\.\d{4}", examples.load("softmax_ce").notes))
    )


def test_the_sign_of_the_difference_does_not_change_the_gradient():
    one, other = grads("sign", "L1"), grads("sign", "L2")
    assert (one["w"], one["y"], one["e1"]) == (-16, -8, -8)
    assert (other["w"], other["y"], other["e2"]) == (-16, -8, 8)
    notes = examples.load("sign").notes
    for direction, w, loss in ((-1, 1.6, "0.64"), (1, -1.6, "51.84")):
        assert 0 + direction * 0.1 * one["w"] == w
        assert examples.build(examples.load("sign"), {"w": w}).names["L1"].data == pytest.approx(float(loss))
        assert loss in notes


def test_the_bias_has_a_share_from_each_sample():
    S, names = swept("batch_bias", "S")
    assert sorted(chain_rule(S, names["b"]).terms) == [-9, -6, -3]
    assert (names["b"].grad, names["w"].grad) == (-18, 2 * (-1.5 * 1 - 3 * 2 - 4.5 * 3))
    mean = grads("batch_bias")
    assert (mean["b"], mean["w"]) == pytest.approx((-18 / 3, -42 / 3))


def test_weight_decay_is_a_second_path():
    L, names = swept("weight_decay")
    assert sorted(chain_rule(L, names["w"]).terms) == [1, 8]


def test_behind_a_dead_relu_nothing_learns_but_the_last_bias():
    found = grads("dead_relu")
    assert {found[name] for name in ("w1", "b1", "w2", "x", "u")} == {0}
    assert found["b2"] == -1


def test_a_saturated_sigmoid_stops_the_squared_error_and_not_the_cross_entropy():
    p = 1 / (1 + math.exp(6))
    squared, entropy = grads("saturated", "L1")["u"], grads("saturated", "L2")["u"]
    assert squared == pytest.approx(2 * (p - 1) * p * (1 - p))
    assert entropy == pytest.approx(p - 1)
    notes = examples.load("saturated").notes
    assert all(text in notes for text in (f"{p:.4f}", f"{squared:.4f}", f"{entropy:.4f}"))


def test_ten_sigmoids_leave_hardly_a_gradient_and_residual_blocks_leave_it():
    vanished = grads("deep_sigmoids")["x"]
    assert f"{vanished:.1e}".replace("e-07", "e-7") in examples.load("deep_sigmoids").notes
    assert vanished < 0.25**10
    x2, names = swept("residual")
    assert len(chain_rule(x2, names["x"]).terms) == 4
    assert names["x"].grad > 1
    blocks = [names[w].data * (1 - names[f].data ** 2) for w, f in (("w1", "f1"), ("w2", "f2"))]
    assert names["x"].grad == pytest.approx((1 + blocks[0]) * (1 + blocks[1]))
    assert math.prod(blocks) == pytest.approx(0.02, abs=2e-3)


def test_a_shared_weight_has_a_path_for_each_use():
    h3, names = swept("rnn3")
    terms = chain_rule(h3, names["w"]).terms
    assert len(terms) == 3
    slopes = [1 - names[h].data ** 2 for h in ("h1", "h2", "h3")]
    expected = [0.5 * slopes[0], names["h1"].data, names["h2"].data]  # ∂h/∂w where it is used, then on to h3
    expected = [expected[0] * 0.8 * slopes[1] * 0.8, expected[1] * slopes[1] * 0.8, expected[2]]
    assert sorted(terms) == pytest.approx(sorted(slopes[2] * term for term in expected))


def test_the_graph_for_finding_slips_has_the_four_paths_that_its_notes_say():
    L, names = swept("diagnosis")
    h, slope = names["h"].data, names["h"].data * (1 - names["h"].data)
    outer = 2 * names["y"].data
    expected = [outer * 3 * 0.5 * slope * 3, outer * 3 * h, -outer * 0.5 * slope * 3, -outer * h]
    assert sorted(chain_rule(L, names["w"]).terms) == pytest.approx(sorted(expected))
    assert "1.317 + 2.325 - 0.439 - 0.775" in examples.load("diagnosis").notes
    assert [f"{abs(term):.3f}" for term in expected] == ["1.317", "2.325", "0.439", "0.775"]


# A loop of descent ----------------------------------------------------------------------------------------------------


def shown_rows(name, title):
    """The lines of a shown example beside and below a title, up to the next title."""
    lines = examples.show(examples.load(name)).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"  {title} "))
    end = next(i for i in range(start + 1, len(lines)) if lines[i][:3].strip())
    indent = len(lines[start + 1]) - len(lines[start + 1].lstrip()) if title == "losses" else lines[start].index("w = Value")
    return [line[indent:] for line in lines[start:end]]


def losses_of(code):
    """Runs lines of Python that define w and L, and returns the losses that L has gone through."""
    seen = []
    lines = [line.replace("L.backward()", "L.backward(); seen.append(L.data)") for line in code]
    exec("\n".join(lines), {"Value": Value, "seen": seen})
    return seen


def test_the_six_lines_shown_have_the_losses_shown_beside_each_other():
    code, rows = shown_rows("zero_grad", "loop"), [row.split() for row in shown_rows("zero_grad", "losses")]
    assert len(code) == 6
    right, wrong = losses_of(code), losses_of([line for line in code if "zero_grad" not in line])
    assert right == pytest.approx([16 * 0.36**step for step in range(6)])
    assert [f"{loss:.2g}" for loss in wrong] == ["16", "5.8", "0.026", "7.1", "17", "15"]
    assert [row for row in rows if row[0].isdigit()] == [
        [str(step), f"{one:.3g}", f"{other:.3g}"] for step, (one, other) in enumerate(zip(right, wrong, strict=True))
    ]
    example = examples.load("zero_grad")
    assert examples.descend(example) == pytest.approx(right)
    assert examples.descend(example, zero_grad=False) == pytest.approx(wrong)


def test_the_loop_starts_where_the_example_does_to_the_last_digit():
    example = replace(examples.load("zero_grad"), inputs={"w": 0.123456789})
    assert examples.code(example)[0] == 'w = Value(0.123456789, "w")'
    assert examples.descend(example)[0] == (2 * 0.123456789 - 4) ** 2


def test_only_a_loop_descends():
    with pytest.raises(ValueError, match="colah is not a loop of descent: its steps are c = a"):
        examples.descend(examples.load("colah"))
