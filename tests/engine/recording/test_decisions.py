"""What Python's `if` decides while recording is not on the tape: `with recording()` notes it, and a program refuses it."""

import gc

import pytest
from chalkgrad.engine import Value, maximum, nonfinite, program, recording, relu
from chalkgrad.engine.formulas.trees import evaluate
from chalkgrad.engine.recording.functions import FUNCTIONS
from chalkgrad.engine.rules import RULES
from processes import python


def refused(root, inputs, words):
    with pytest.raises(ValueError, match=r"was decided by Python while this was recorded") as caught:
        program(root, inputs=inputs)
    assert words in str(caught.value)


def test_a_decision_by_an_input_is_refused_and_named():
    x, w = Value(3.0, "x"), Value(2.0, "w")
    with recording():
        y = 2 * x if x > 0 else w
    refused(y, [x], "x > 0 was decided by Python while this was recorded, and depends on the input x")
    assert program(y * w, inputs=[w]).compile()(5.0) == (30.0, (6.0,))  # x is a constant here


@pytest.mark.parametrize(
    ("decide", "words"),
    [
        (lambda x, w: x * w < 7, "x·w < 7"),
        (lambda x, w: x <= w, "x <= w"),
        (lambda x, w: x <= 2, "x <= 2"),
        (lambda x, w: max(x, w) is x, "w > x"),
        (lambda x, w: sorted([w, x]), "x < w"),
        (lambda x, w: abs(x) > w, "|x| > w"),
    ],
)
def test_comparisons_of_every_kind_and_by_python_itself(decide, words):
    x, w = Value(3.0, "x"), Value(2.0, "w")
    with recording():
        decide(x, w)
        y = x + w
    refused(y, [x], words)


def test_a_decision_on_a_value_that_is_not_on_the_tape_counts_too():
    x = Value(3.0, "x")
    with recording():
        sign = 1.0 if (x * x - 4).sin() > 0 else -1.0
        y = x * sign
    gc.collect()
    refused(y, [x], "sin(")


def test_outside_recording_and_about_other_leaves_nothing_is_refused():
    x, w, k = Value(3.0, "x"), Value(2.0, "w"), Value(1.0, "k")
    y = x * w if x > 0 else x
    assert program(y, inputs=[x]).compile()(2.0) == (4.0, (2.0,))
    with recording():
        z = x * w if k > 0 and x.data > 0 else x
    assert program(z, inputs=[x, w]).compile()(2.0, 3.0) == (6.0, (3.0, 2.0))


def test_several_recordings_and_programs_made_inside():
    x, w = Value(3.0, "x"), Value(2.0, "w")
    with recording():
        y = x if x > 0 else -x
        refused(y, [x], "x > 0")
        with recording():
            z = w * w
        assert program(z, inputs=[w]).compile()(3.0) == (9.0, (6.0,))
    with recording():
        u = w if w > 1 else w * w
    refused(y, [x], "x > 0")
    refused(u, [w], "w > 1")
    with pytest.raises(RuntimeError), recording():
        raise RuntimeError
    assert (x < 1) is False


def test_a_leaf_may_be_used_again_in_a_graph_without_the_decision():
    x, w = Value(3.0, "x"), Value(2.0, "w")
    before = x * w
    with recording():
        y = x * w if x > 0 else x
    after = x * w
    with recording():
        again = relu(x) * w
    refused(y, [x], "x > 0")
    for root in (before, after, again):
        assert program(root, inputs=[x, w]).compile()(3.0, 2.0) == (6.0, (2.0, 3.0))
    x.data = 5.0
    y.forward()
    refused(y, [x], "x > 0")
    refused(y + after, [x], "x > 0")


def test_choices_of_the_table_are_no_decisions():
    x, w = Value(3.0, "x"), Value(-2.0, "w")
    with recording():
        y = relu(x) + maximum(x, w) + abs(w)
        for name in ("relu", "maximum", "abs", "leaky_relu", "pow"):  # derivatives of derivatives go through them on Values
            rule = RULES[name]
            values = dict(zip(rule.arguments, (x, w), strict=False)) | {"v": x}
            with nonfinite("propagate"):
                evaluate(rule.partials[0], values, FUNCTIONS)
    assert program(y, inputs=[x, w]).compile()(1.0, 2.0) == (5.0, (1.0, 2.0))


def test_frozen_leaves_stay_frozen_and_copies_are_noted_too():
    import copy
    import pickle

    x = Value(3.0, "x", constant=True)
    w = Value(2.0, "w")
    with recording():
        y = w * x if x > 0 else w
    assert x.constant
    y.backward()
    assert (x.has_grad, w.grad) == (False, 3.0)
    refused(y, [x, w], "x > 0")
    for twin in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        leaf = next(leaf for leaf in twin.tape() if leaf.label == "x")
        assert leaf.constant
        refused(twin, [leaf], "x > 0")


def test_what_is_noted_keeps_no_graph_alive():
    class Watched(Value):
        """A Value whose end can be seen."""

        ended = 0

        def __del__(self):
            Watched.ended += 1

    def record():
        with recording():
            y = Watched(2.0) * Value(1.0, "x")
            return 1 if y > 0 else -1

    assert record() == 1
    assert Watched.ended == 1


@pytest.mark.parametrize(
    ("missing", "target", "words"),
    [
        ("numpy", "numpy", 'pip install "chalkgrad[fast]"'),
        ("numpy", "llvm", 'pip install "chalkgrad[fast]"'),
        ("llvmlite", "llvm", 'pip install "chalkgrad[fast]"'),
    ],
)
def test_a_target_that_is_not_installed_says_what_installs_it(missing, target, words):
    shown = python(
        f"""
        import sys
        sys.modules[{missing!r}] = None
        from chalkgrad.engine import Value, program
        x = Value(2.0, "x")
        p = program(x * x, inputs=[x])
        try:
            p.compile({target!r})(3.0)
        except ImportError as error:
            print(error)
        print(p.compile("python")(3.0), "# forward pass" in p.source("numpy"))
        """
    )
    sentence, after = shown.strip().splitlines()
    assert words in sentence
    assert after == "(9.0, (6.0,)) True"


def test_targets_and_threads_that_do_not_exist():
    x = Value(2.0, "x")
    p = program(x * x, inputs=[x])
    with pytest.raises(ValueError, match="a program can be made for 'python', 'javascript', 'numpy' and 'llvm', not for 'c'"):
        p.compile("c")
    with pytest.raises(ValueError, match=r"JavaScript runs in a page or in Node: take the text, p\.source\(\"javascript\"\)"):
        p.compile("javascript")
    with pytest.raises(ValueError, match='threads are for the target "llvm"; "numpy" runs on one'):
        p.compile("numpy", threads=2)
