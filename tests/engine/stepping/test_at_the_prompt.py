"""What a session sees of steps: where the cursor is, what can be typed, all sentences, in the width of the terminal."""

import copy

import pytest
from chalkgrad.engine import Value, affine, total
from chalkgrad.engine.basics.terminal import columns, wrapped
from chalkgrad.engine.stepping.steps import NodeStep, Step, Steps
from textbook import two_paths

STEP_3 = """\
3/5   d = b + 1   ∂d/∂b = 1
      b.grad += ∂e/∂d · ∂d/∂b = 3 · 1 = 3      0 → 3   1 of 2, still to come: through c"""
STEP_5 = """\
5/5   c = a + b   ∂c/∂b = 1
      b.grad += ∂e/∂c · ∂c/∂b = 2 · 1 = 2      3 → 5   2 of 2, complete: ∂e/∂b = 3 + 2 = 5"""


def chain(length):
    x = Value(1.0, "x")
    y = x
    for _ in range(length):
        y = y + x
    y.label = "y"
    return y


# Where the cursor is, and what can be typed -------------------------------------------------------------------------


def test_the_repr_is_the_position_its_sentence_and_what_can_be_typed():
    *_, e = two_paths()
    walk = e.steps()
    assert repr(walk) == (
        "Steps of e, at position 0 of 5:\nseed  e.grad = ∂e/∂e = 1\n"
        'type walk.step(), .run_to("b"), .run() or .ask(); print(walk) shows all'
    )
    walk.step(3)
    assert repr(walk) == (
        f"Steps of e, at position 3 of 5:\n{STEP_3}\n"
        'type walk.step(), .back(), .run_to("b"), .run(), .ask(), .pending or .table(); print(walk) shows all'
    )
    walk.run()
    assert repr(walk) == (
        f"Steps of e, at position 5 of 5:\n{STEP_5}\nat the end: type walk.back(), .reset() or .table(); print(walk) shows all"
    )


@pytest.mark.parametrize("options", [{}, {"by": "node"}, {"forward": True}, {"mistake": "overwrite"}, {"wrt": "b"}], ids=str)
@pytest.mark.parametrize("at", [0, 1, -1])
def test_whatever_a_repr_says_can_be_typed_can_be_typed(options, at):
    e = two_paths()[-1]
    walk = e.steps(**options)
    walk.goto(at)
    verbs = repr(walk).split("type walk.")[1].split(";")[0].replace(" or .", ", .").split(", .")
    assert len(verbs) >= 2
    for verb in verbs:
        walk = e.steps(**options)
        walk.goto(at)
        result = eval(f"walk.{verb}", {"walk": walk})
        assert not getattr(result, "note", ""), verb


def test_steps_that_have_no_name_are_to_be_kept_under_one():
    *_, e = two_paths()
    assert "as in steps = e.steps(), then type steps.step()" in repr(e.steps())
    assert "keep them" not in repr([walk := e.steps(), walk][1])


@pytest.mark.parametrize("lines", [14, 24])
def test_of_a_node_with_many_edges_as_many_lines_are_printed_as_two_screens_have(monkeypatch, lines):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", str(lines))
    out = affine([Value(1.0, f"w{i}") for i in range(60)], [Value(2.0, f"x{i}") for i in range(60)], Value(1.0, "b"))
    out.label = "n"
    walk = out.steps(by="node")
    for position in (0, 1):
        walk.goto(position)
        for shown in (str(walk), repr(walk), repr(walk[1:]), repr(walk[1])):
            assert shown.count("\n") < 2 * lines - 1
            assert max(map(columns, shown.splitlines())) <= 80
    (more,) = [line for line in str(walk).splitlines() if "lines more of this step: print(walk[1]) shows them all" in line]
    whole, shown = len(str(walk[1]).splitlines()), str(walk).splitlines()
    assert more.split()[1] == str(whole - shown.index(more) + 1)  # the line above them says how many steps are before


@pytest.mark.parametrize(
    "options",
    ['by="node"', 'wrt="b"', 'by="node", wrt=["a", "b"], upstream=2.0', "forward=True"],
)
def test_the_hint_repeats_the_options_that_were_given(options):
    *_, e = two_paths()
    assert f"as in steps = e.steps({options}), then type steps." in repr(eval(f"e.steps({options})", {"e": e}))


def test_the_hint_does_not_repeat_a_long_list_of_names():
    x = [Value(1.0, f"x{i}") for i in range(30)]
    y = total(x)
    assert "as in steps = y.steps(wrt=[…]), then type" in repr(y.steps(wrt=x))


def test_the_options_of_a_mistake_are_known_to_it():
    *_, e = two_paths()
    assert e.steps(mistake="update at once", rate=0.5)._options() == ['mistake="update at once"', "rate=0.5"]
    assert e.steps(mistake="overwrite")._options() == ['mistake="overwrite"']


def test_the_repr_of_steps_by_node_of_a_forward_pass_and_of_a_mistake():
    *_, e = two_paths()
    nodes, forward, mistake = e.steps("node"), e.steps(forward=True), e.steps(mistake="overwrite")
    assert repr(nodes).startswith("Steps of e, a node each, at position 0 of 3:\nseed  e.grad")
    assert repr(forward).startswith("Forward pass to e, before the first of 5 values.\ntype forward.step(), .run_to(")
    forward.step(3)
    assert repr(forward).startswith("Forward pass to e, at value 3 of 5:\n3/5   c = a + b = 2 + 1 = 3\n")
    assert repr(mistake) == str(mistake)
    mistake.run()
    assert repr(mistake).startswith("overwrite on e, at step 5 of 5:\n5/5   c = a + b")
    assert repr(mistake).endswith("; print(mistake) shows the report")


def test_a_repr_of_steps_whose_graph_has_changed_says_so():
    a, *_, e = two_paths()
    walk = e.steps()
    walk.step()
    a.data = 5
    assert "was computed before it changed" in repr(walk)
    assert "was computed before it changed" in str(walk)
    e.forward()
    assert "make new ones with steps()" in repr(walk)


def test_steps_are_copied_with_their_place_and_have_no_name_that_begins_with_an_underscore():
    *_, e = two_paths()
    walk = e.steps()
    walk.step(2)
    assert copy.copy(walk).position == 2
    with pytest.raises(AttributeError, match="_nothing"):
        _ = walk._nothing
    assert not hasattr(walk, "_repr_html_")


# At the ends, and what is none --------------------------------------------------------------------------------------


def test_a_movement_that_goes_nowhere_says_where_the_cursor_is():
    *_, e = two_paths()
    walk = e.steps()
    assert repr(walk.back()).splitlines()[0] == "This is the seed already."
    assert repr(walk.step(3)) == STEP_3
    assert repr(walk.goto(3)) == f"This is position 3 already.\n{STEP_3}"
    assert repr(walk.run()) == STEP_5
    assert repr(walk.run_to("b")) == f"This is the end already.\n{STEP_5}"
    assert repr(walk[5]) == STEP_5
    assert walk.reset().note == walk.reset().note == ""
    for options in ({"forward": True}, {"mistake": "overwrite"}):
        walk = e.steps(**options)
        assert walk.step().note == ""
        assert walk.back().note == "This is the beginning already."
        walk.run()
        assert walk.step().note == "This is the end already."
        assert walk[-1].note == ""


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ("next", "step() goes to the next"),
        ("previous", "back() goes back"),
        ("where", "print(steps) shows"),
        ("list", "print(steps) shows"),
        ("hint", "ask()"),
        ("setp", "did you mean step?"),
        ("pendign", "did you mean pending?"),
        ("gobbledegook", "there are ask, back,"),
    ],
)
def test_a_name_that_is_none_is_answered_by_one_that_is(attribute, said):
    *_, e = two_paths()
    with pytest.raises(AttributeError) as caught:
        getattr(e.steps(), attribute)
    assert f"Steps has no attribute {attribute!r}: {said}" in str(caught.value)


def test_current_and_done():
    *_, e = two_paths()
    walk = e.steps()
    assert (str(walk.current), walk.done) == ("seed  e.grad = ∂e/∂e = 1", False)
    walk.run()
    assert (str(walk.current), walk.done) == (STEP_5, True)
    with pytest.raises(IndexError, match=r"before the first value: step\(\) goes there"):
        _ = e.steps(forward=True).current


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (lambda walk, b: walk.step("b"), "such as step(3), not the str 'b': run_to(\"b\") goes"),
        (lambda walk, b: walk.back(b), "run_to(b) goes to where its turn comes"),
        (lambda walk, b: walk.goto(b), "run_to(b) goes to where its turn comes"),
        (lambda walk, b: walk["b"], "such as 3 in steps[3], not the str 'b': run_to(\"b\")"),
        (lambda walk, b: walk.goto(1.5), "a position is a whole number"),
        (lambda walk, b: next(walk), "steps.step() goes to the next"),
    ],
)
def test_what_is_no_number_of_steps_and_no_position(typed, said):
    _, b, *_, e = two_paths()
    with pytest.raises(TypeError) as caught:
        typed(e.steps(), b)
    assert said in str(caught.value)


def test_a_forward_pass_goes_to_a_value_by_its_name():
    a, b, c, *_, e = two_paths()
    walk = e.steps(forward=True)
    assert walk.run_to("c").node is walk.run_to(c).node is c
    y = (a * b) + c
    assert y.steps(forward=True).run_to("v3").node is y.parents[0]
    with pytest.raises(ValueError, match="there is no x here; the values are a, b"):
        walk.run_to("x")
    with pytest.raises(ValueError, match="e is not computed from z: the pass does not go there"):
        walk.run_to(Value(1.0, "z"))


def test_a_mistake_goes_to_the_last_change_of_a_value():
    a, b, *_, e = two_paths()
    walk = e.steps(mistake="overwrite")
    assert walk.run_to("b").index == walk.run_to(b).index == 5
    assert walk.run_to(a).index == 4
    with pytest.raises(ValueError, match="no step of this backward pass changes the gradient of e"):
        walk.run_to(e)
    with pytest.raises(ValueError, match="there is no x here"):
        walk.run_to("x")


def test_steps_of_a_value_that_was_not_computed():
    x = Value(1.0, "x")
    walk, forward, mistake = x.steps(), x.steps(forward=True), x.steps(mistake="overwrite")
    assert repr(walk) == (
        "Steps of x, at position 0 of 0:\nseed  x.grad = ∂x/∂x = 1\nat the end: type walk.table(); print(walk) shows all"
    )
    assert walk.step().note == "This is the end already."
    assert str(walk) == "> seed  x.grad = ∂x/∂x = 1"
    assert str(forward) == "  1/1   x = 1"
    assert repr(mistake) == str(mistake)


# All sentences -------------------------------------------------------------------------------------------------------


def test_print_shows_all_sentences_with_a_mark_at_the_cursor():
    *_, e = two_paths()
    walk = e.steps()
    walk.step(3)
    lines = [line for step in walk for line in str(step).splitlines()]
    assert [line[2:] for line in str(walk).splitlines()] == lines
    assert [line for line in str(walk).splitlines() if line[0] != " "] == ["> 3/5   d = b + 1   ∂d/∂b = 1"]


@pytest.mark.parametrize("at", [0, 1, 100, 299, 300])
@pytest.mark.parametrize("width", [60, 80, 200])
def test_of_many_steps_print_shows_two_screens_and_how_to_see_the_rest(monkeypatch, width, at):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("LINES", "24")
    walk = chain(150).steps()
    walk.goto(at)
    lines = str(walk).splitlines()
    assert 40 < len(lines) < 48
    assert max(map(columns, lines)) <= width
    marked = [line for line in lines if line.startswith("> ")]
    assert len(marked) == 1
    assert marked[0].split()[1] == ("seed" if at == 0 else f"{at}/300")
    suggested = [line for line in lines if "walk[" in line]
    assert len(suggested) == (1 if at in (0, 1, 299, 300) else 2)
    shown = [int(line.split("/300")[0]) for line in (line[2:] for line in lines) if "/300" in line[:8]]
    for line in suggested:
        count, part = int(line.split()[1]), line.split("walk[")[1].split("]")[0]
        first, last = map(int, part.split(":"))
        assert 1 <= last - first <= 20
        assert (last == shown[0] and count == last) or (first == shown[-1] + 1 and count == 301 - first)


def test_a_slice_shows_a_sentence_after_another_two_screens_of_them_at_most(monkeypatch):
    monkeypatch.setenv("LINES", "24")
    walk = chain(150).steps()
    assert repr(walk[3:5]) == f"{walk[3]}\n{walk[4]}"
    assert isinstance(walk[3:5], list)
    lines = repr(walk[:]).splitlines()
    assert 40 < len(lines) < 48
    assert lines[-1] == f"… {301 - len(lines) // 2:,} more: for step in a slice: print(step) shows all of them"
    assert repr(walk[3:3]) == "[]"


def test_a_step_of_more_lines_than_two_screens_is_cut(monkeypatch):
    monkeypatch.setenv("LINES", "20")
    y = total([Value(float(i), f"x{i}") for i in range(60)])
    walk = y.steps("node")
    walk.run()
    assert len(str(walk).splitlines()) < 40
    assert len(repr(walk).splitlines()) < 40
    assert repr(walk).splitlines()[-1].startswith("at the end: type walk.back()")
    lines = repr(walk.current).splitlines()
    assert len(lines) < 40
    assert lines[-1] == f"… {len(str(walk.current).splitlines()) - len(lines) + 1} lines more: print() shows them all"


# The terminal's width ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [60, 80, 200])
def test_sentences_are_no_wider_than_the_terminal_and_lose_nothing(monkeypatch, width):
    w = [Value(0.5, f"layer1.neuron1.w{i}") for i in range(9)]
    u = total([a * a for a in w])
    u.label = "u"
    for options in ({}, {"by": "node"}, {"forward": True}, {"mistake": "overwrite"}):
        monkeypatch.delenv("COLUMNS", raising=False)
        whole = [str(step) for step in u.steps(**options)]
        assert max(columns(line) for said in whole for line in said.splitlines()) > 100
        monkeypatch.setenv("COLUMNS", str(width))
        walk = u.steps(**options)
        for said, step in zip(whole, walk, strict=True):
            assert max(map(columns, str(step).splitlines())) <= width
            assert str(step).split() == said.split()
        walk.step(3)
        assert max(map(columns, repr(walk).splitlines())) <= width


@pytest.mark.parametrize(
    ("line", "width", "parts"),
    [
        ("      b.grad += 1 · 3 = 3      0 → 3   complete", 30, ["      b.grad += 1 · 3 = 3", "          0 → 3   complete"]),
        ("3/5   u = a·b + c·d   ∂u/∂a = 1", 22, ["3/5   u = a·b + c·d", "       ∂u/∂a = 1"]),
        ("2/2   " + "x" * 50, 40, ["2/2   " + "x" * 34, " " * 10 + "x" * 16]),
        ("1/1   世界世界 = 世界世界世界 + 世界世界世界", 30, ["1/1   世界世界 = 世界世界世界", "          + 世界世界世界"]),
        ("short", 40, ["short"]),
    ],
)
def test_a_line_breaks_at_its_wide_gaps_first(line, width, parts):
    assert wrapped(line, width) == parts
    assert max(map(columns, parts)) <= width


# The table -----------------------------------------------------------------------------------------------------------


def marked_rows(walk, **options):
    return [row.split("│")[0].split()[1] for row in str(walk.table(**options)).splitlines() if row.startswith(" > ")]


def test_the_table_marks_what_the_step_at_the_cursor_has_changed():
    *_, e = two_paths()
    walk, nodes, forward = e.steps(), e.steps("node"), e.steps(forward=True)
    for position, name in enumerate(["e", "c", "d", "b", "a", "b"]):
        walk.goto(position)
        assert marked_rows(walk) == [name]
    for position, names in enumerate([["e"], ["c", "d"], ["b"], ["a", "b"]]):
        nodes.goto(position)
        assert marked_rows(nodes) == names
    assert marked_rows(forward) == []
    forward.step(3)
    assert marked_rows(forward) == ["c"]


def test_the_table_has_the_gradients_at_the_cursor_whether_it_has_moved_or_not():
    *_, e = two_paths()
    e.backward()
    walk = e.steps()
    for position in (0, 2, 5, 3, 1, 0):
        if position:
            walk.goto(position)
        cells = [row.split("│")[-1].strip() for row in str(walk.table()).splitlines()[2:]]
        expected = str(e.tape().table(position=walk.position)).splitlines()[2:]
        assert cells == [row.split("│")[-1].strip() for row in expected]
    upstream = e.steps(upstream=3.0)
    assert str(upstream.table()).splitlines()[-1].endswith("│ 3")
    wanted = e.steps(wrt="a")
    wanted.run()
    assert [row.split("│")[-1].strip() for row in str(wanted.table()).splitlines()[2:]] == ["2", "", "2", "", "1"]


def test_a_forward_pass_has_no_values_and_no_gradients_yet():
    *_, e = two_paths()
    e.backward()
    walk = e.steps(forward=True)
    walk.step(4)
    rows = [[cell.strip() for cell in row.split("│")] for row in str(walk.table()).splitlines()[2:]]
    assert [row[2] for row in rows] == ["2", "1", "3", "2", ""]
    assert {row[4] for row in rows} == {""}
    assert rows[4][3] == ""


@pytest.mark.parametrize("at", [0, 60, 140, 300])
def test_of_a_long_table_the_rows_around_the_cursor_are_shown(monkeypatch, at):
    monkeypatch.setenv("LINES", "24")
    walk = chain(150).steps()
    walk.goto(at)
    rows = str(walk.table()).splitlines()
    assert len(rows) < 48
    assert len(marked_rows(walk)) == 1
    left_out = sum(int(row.split("│ … ")[1].split()[0]) for row in rows if "rows more" in row)
    assert left_out + len(rows) - 2 - sum("rows more" in row for row in rows) == 151
    assert len(str(walk.table(limit=10)).splitlines()) <= 14


def test_the_marked_table_in_other_media():
    *_, e = two_paths()
    walk = e.steps()
    walk.step(3)
    assert r"\triangleright\text{ }b &" in walk.table().latex()
    assert '<th scope="row"' in walk.table().html()
    assert "&gt; b" in walk.table().html()


# Help ----------------------------------------------------------------------------------------------------------------


def test_help_shows_the_verbs_on_its_first_screen_and_what_they_return():
    import pydoc

    first = [line.strip(" |").split("  ")[0] for line in pydoc.plain(pydoc.render_doc(Steps)).splitlines()[:23]]
    verbs = ["step(n)", "back(n)", "run()", "run_to(value)", "goto(i)", "reset()", "ask(answer)", "pending", "table()"]
    assert [line for line in first if line in verbs] == verbs
    assert "current, position, done" in first
    assert "step(self, n: 'int' = 1) -> 'Step'" in pydoc.plain(pydoc.render_doc(Steps))


def test_the_steps_of_a_node_and_of_an_edge_are_what_they_say():
    *_, e = two_paths()
    assert {type(step) for step in e.steps()} == {Step}
    assert [type(step) for step in e.steps("node")] == [Step, NodeStep, NodeStep, NodeStep]
