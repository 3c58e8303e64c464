"""Names that a Value does not have: sentences for the words of others and for misspellings; attributes of one's own."""

import abc
import copy
import gc
import inspect
import pickle
import pydoc
import weakref

import pytest
from chalkgrad.engine import GradientWarning, Value
from chalkgrad.nn import MLP

WORDS = {
    "item": r"x\.data is the number",
    "numpy": r"x\.data is the number",
    "value": r"x\.data is the number",
    "tolist": r"x\.data is the number",
    "detach": r"Value\(x\.data\)",
    "requires_grad": "constant=True",
    "is_leaf": r"not x\.parents",
    "gradient": r"x\.grad is the gradient",
    "derivative": r"x\.grad is the gradient",
    "children": r"x\.parents",
    "grad_fn": r"x\.op is the operation, x\.parents",
    "retain_grad": "leave it out",
    "zero_": r"x\.zero_grad\(\)",
    "assign": r"x\.data = …",
    "play": r"write play\(x\), after: from chalkgrad\.viz import play",
    "draw": r"write draw\(x\), after: from chalkgrad\.viz import draw",
    "frames": r"frames\(x, 'slides/'\), after: from chalkgrad\.viz import frames",
    "prompt": r"write prompt\(x\), after: from chalkgrad\.viz import prompt",
    "chain_rule": r"write chain_rule\(x, …\), after: from chalkgrad import chain_rule",
    "nudge": "from chalkgrad import nudge",
    "gradcheck": "from chalkgrad import gradcheck",
    "gard": r"did you mean grad\?",
    "grda": r"did you mean grad\?",
    "grads": "grad",
    "dta": r"did you mean data\?",
    "lable": r"did you mean label\?",
    "bakward": r"did you mean backward\?",
    "parent": r"did you mean parents\?",
    "zero_gard": r"did you mean zero_grad\?",
}


@pytest.mark.parametrize("name", WORDS)
def test_the_words_of_others_and_misspellings_say_what_to_write(name):
    x = Value(2.0, "x")
    with pytest.raises(AttributeError, match=rf"^a Value has no {name}: .*{WORDS[name]}") as caught:
        getattr(x, name)
    assert caught.value.name == name
    with pytest.raises(AttributeError, match=WORDS[name]):
        setattr(x, name, 1.0)
    with pytest.raises(AttributeError):
        delattr(x, name)
    assert not hasattr(x, name)
    assert not hasattr(Value, name)


def test_what_a_sentence_says_to_import_is_there():
    import chalkgrad
    from chalkgrad import viz
    from chalkgrad.engine.basics import missing

    for name, advice in missing._WORDS.items():
        for package, module in ((" from chalkgrad.viz import ", viz), (" from chalkgrad import ", chalkgrad)):
            if package in advice:
                assert hasattr(module, advice.partition(package)[2].partition(",")[0].partition(";")[0]), name


def test_what_is_absent_is_not_listed():
    x = Value(2.0)
    for names in (dir(x), dir(Value), pydoc.render_doc(Value), [name for name, _ in inspect.getmembers(Value)]):
        assert "grad" in names
        assert "backward" in names
        for name in ("retain_grad", "is_leaf", "gard", "exp_avg"):
            assert name not in names
    x.m = 0.0
    assert "m" in dir(x)
    assert {"_prev", "_op", "__add__"} <= set(dir(x))


def test_a_step_is_answered_with_steps_where_no_operation_has_the_name():
    from chalkgrad.engine.basics.foreign import Foreign

    with pytest.raises(AttributeError, match=r"to step through backprop, write .*\.steps\(\)"):
        Foreign.step.__get__  # noqa: B018 - a read is what is tried


def test_protocols_that_ask_for_names_find_nothing_new():
    x = Value(2.0, "x")
    for name in ("__array__", "__array_interface__", "__len__", "__iter__", "_repr_html_", "_ipython_display_", "_ipython_key"):
        assert not hasattr(x, name)
    for name in ("ndim", "shape", "dtype", "__dict__"):
        with pytest.raises(AttributeError, match=f"'Value' object has no attribute '{name}'"):
            getattr(x, name)


# Attributes ----------------------------------------------------------------------------------------------------------


def test_an_optimiser_keeps_its_moments_on_parameters_and_a_drawing_its_colours_on_nodes():
    model = MLP(2, [3, 1], seed=0)
    for p in model.parameters():
        assert not hasattr(p, "m")
        p.m = p.v = 0.0
        p._vis_color = "lightgreen"
    y = model([1.0, 2.0])
    y._vis_color = "white"
    y.backward()
    for p in model.parameters():
        p.m = 0.9 * p.m + 0.1 * p.grad
    assert [p.m for p in model.parameters()] == [0.9 * 0.0 + 0.1 * p.grad for p in model.parameters()]
    del y._vis_color
    assert not hasattr(y, "_vis_color")
    with pytest.raises(AttributeError, match="nothing has set it"):
        del y._vis_color


@pytest.mark.parametrize(
    "twin_of", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["copy", "deepcopy", "pickle"]
)
def test_attributes_are_copied(twin_of):
    x = Value(2.0, "x")
    x.m, x.exp_avg = 0.5, [1.0]
    y = x * x
    y._vis_color = "white"
    twin = twin_of(y)
    assert twin._vis_color == "white"
    leaf = twin.parents[0]
    assert (leaf.m, leaf.exp_avg) == (0.5, [1.0])
    twin._vis_color = "black"
    assert y._vis_color == "white"
    assert not hasattr(Value(1.0), "m")


class Weight(Value):
    """As one makes it to keep attributes of any name."""


def test_a_subclass_takes_any_attribute_and_its_misspellings_are_reported_by_the_next_sweep():
    w = Weight(3.0, "w")
    w.momentum = w.colour = w.value = 0.5
    assert (w.momentum, w.colour, w.value) == (0.5, 0.5, 0.5)
    del w.value
    assert not hasattr(w, "value")
    y = w * w
    y.backward()  # no name is close to one that a Value has
    for name, meant in (("gard", "grad"), ("grda", "grad"), ("dta", "data"), ("lable", "label")):
        w = Weight(3.0, "w")
        setattr(w, name, 1)
        y = w * w
        with pytest.warns(GradientWarning, match=rf"w\.{name} is an attribute of your own.*did you mean w\.{meant}\?"):
            y.backward()
        assert w.grad == 6.0
    y.zero_grad()
    with pytest.warns(GradientWarning, match=r"did you mean w\.label\?"):
        y.steps()


def test_what_runs_before_garbage_is_collected_is_not_python_in_which_ctrl_c_would_be_lost():
    class Mine(Value):
        pass

    assert gc.callbacks
    assert [call for call in gc.callbacks if getattr(call, "__module__", None) and "chalkgrad" in call.__module__] == []
    assert Mine(1.0).data == 1.0


def test_a_subclass_is_let_go_with_its_last_instance_and_is_warned_of_after_a_collection_too():
    class Gone(Value):
        pass

    x = Gone(2.0, "x")
    (x * x + 1).backward()
    assert x.grad == 4.0
    gc.collect()
    x.gard = 1
    y = x * 3
    gc.collect()
    with pytest.warns(GradientWarning, match=r"did you mean x\.grad\?"):
        y.backward()
    kept = weakref.ref(Gone)
    del Gone, x, y
    gc.collect()
    assert kept() is None


def test_a_class_that_is_also_abstract_needs_a_metaclass_that_is_both():
    with pytest.raises(TypeError, match="metaclass conflict"):
        type("M", (Value, abc.ABC), {})

    class Both(type(Value), abc.ABCMeta):
        pass

    class M(Value, abc.ABC, metaclass=Both):
        pass

    x = M(3.0)
    (x * x).backward()
    assert x.grad == 6.0


def test_the_program_that_keeps_everything_on_its_nodes_runs():
    """The shape of a small AdamW with decoupled decay, and of a drawing's colours, on neurons made of single Values."""
    import random

    draw = random.Random(7)

    class Unit:
        def __init__(self, nin, nonlinear):
            self.w = [Value(draw.uniform(-1, 1) * nin**-0.5) for _ in range(nin)]
            self.b = Value(0.0)
            for p in [self.b, *self.w]:
                p._vis_color = "lightgreen"
            self.nonlinear = nonlinear

        def __call__(self, x):
            act = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
            return act.tanh() if self.nonlinear else act

    hidden, out = [Unit(2, True) for _ in range(4)], [Unit(4, False) for _ in range(2)]
    parameters = [p for unit in hidden + out for p in [*unit.w, unit.b]]
    for p in parameters:
        p.m = p.v = 0.0
    points = [([0.5, 1.0], 0), ([-1.0, 0.3], 1), ([0.9, -0.2], 0), ([-0.4, -0.8], 1)]
    losses = []
    for t in range(1, 41):
        total = Value(0.0)
        for x, label in points:
            x = [Value(xi) for xi in x]
            for xi in x:
                xi._vis_color = "lightblue"
            scores = [unit([unit_(x) for unit_ in hidden]) for unit in out]
            top = max(s.data for s in scores)
            exps = [(s - top).exp() for s in scores]
            total = total + -(exps[label] / sum(exps)).log()
        loss = total / len(points)
        losses.append(loss.data)
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        for p in parameters:
            p.m = 0.9 * p.m + 0.1 * p.grad
            p.v = 0.95 * p.v + 0.05 * p.grad**2
            p.data -= 0.1 * ((p.m / (1 - 0.9**t)) / ((p.v / (1 - 0.95**t)) ** 0.5 + 1e-8) + 1e-4 * p.data)
    assert losses[-1] < 0.05 < losses[0]
    colours = {getattr(node, "_vis_color", None) for node in loss.tape()}
    assert colours == {"lightgreen", "lightblue", None}
