"""A graph by its units: which values are one unit, what goes along its links, and what is said of it."""

import pytest
from chalkgrad.command import examples
from chalkgrad.engine import Value, tape, unit
from chalkgrad.engine.stepping.unit_sentences import UnitNames, link_slips, unit_sentence
from chalkgrad.engine.stepping.units import NoUnitsError, Units
from chalkgrad.engine.words.manner import manner
from chalkgrad.nn import MLP, Layer, Network, Neuron
from chalkgrad.viz.page.units import labelled

XOR = """4/5   y = w21_1·z11 + w21_2·z12 + w21_3·z13 + b21
      = 0.9 · 0.8617 + (-0.8) · (-0.8005) + 0.5 · 0.6911 + 0 = 1.761
      layer 2, unit 1 of 1"""


def roots_of(name):
    return examples.build(examples.load(name)).roots


def deep():
    """The outputs of a network of layers of eight, without names of their own."""
    return MLP(2, [8, 8, 1], activation="sigmoid", seed=3)([3.0, 1.0])


def residual():
    x = Value(0.5, "x")
    z = Neuron(1, activation="tanh", name="h1", seed=2)([x])
    return x * 2.0 + Neuron(1, activation="tanh", name="h2", seed=1)([z]) + z


def hand_made():
    a, b, t = Value(0.5, "a"), Value(-1.5, "b"), Value(1.0, "t")
    with unit("h1"):
        z = (a * b).exp() + a
    return (z - t) ** 2


def twice():
    """A unit that takes one input twice, in operations of its own."""
    x, w = Value(0.7, "x"), Value(1.5, "w")
    with unit("h1"):
        return (x * w).sin() * x


GRAPHS = {
    "mlp": lambda: roots_of("mlp")[0],
    "network": lambda: roots_of("network")[1],
    "xor": lambda: roots_of("xor")[0],
    "deep": deep,
    "residual": residual,
    "hand_made": hand_made,
    "twice": twice,
    "expanded": lambda: MLP(2, [2, 1], activation="tanh", expanded=True, seed=0)([1.0, -2.0]),
}


# Which values are one unit --------------------------------------------------------------------------------------------


def test_each_neuron_is_a_unit_of_its_inputs_and_its_parameters():
    model = MLP(3, [2, 2], activation="tanh", seed=0)
    y1, y2 = model([1.0, 2.0, 3.0])
    units = Units(y1, [y1, y2])
    assert [one.place for one in units.units] == [f"layer{i}.neuron{j}" for i in (1, 2) for j in (1, 2)]
    for neuron, one in zip([*model.layer1.neurons, *model.layer2.neurons], units.units, strict=True):
        assert one.parameters == (*neuron.w, neuron.b)
    first, *_, last = units.units
    assert [x.label for x in units.inputs] == ["x1", "x2", "x3"]
    assert first.inputs == units.inputs
    assert last.output is y2
    assert last.inputs == (units.units[0].output, units.units[1].output)
    assert not [link for link in units.links if link.unit is last]  # the sweep is that of the other output


def test_what_follows_the_units_is_one_and_what_stands_between_them_is_each_its_own():
    assert [one.place for one in Units(roots_of("xor")[0]).units][-2:] == ["layer2.neuron1", ""]
    assert len(Units(roots_of("xor")[0]).units[-1].nodes) == 2
    x = Value(0.5, "x")
    z = Neuron(1, activation="tanh", name="h1", seed=2)([x])
    between = (x + z) * 2.0
    y = Neuron(1, activation="tanh", name="h2", seed=2)([between])
    assert [(one.place, len(one.nodes)) for one in Units(y).units] == [("h1", 2), ("", 1), ("", 1), ("h2", 2)]


def test_a_unit_has_one_output():
    neuron = Neuron(1, activation="tanh", seed=0)
    with pytest.raises(NoUnitsError, match="neuron has 2 outputs"):
        Units(neuron([1.0]) + neuron([2.0]))
    with pytest.raises(NoUnitsError, match="nothing of it was computed in a unit"):
        Units(Value(1.0) * 2)


def test_what_two_units_give_to_one_value_is_not_added_in_turns():
    x = Value(0.5, "x")
    with unit("h1"):
        first = x * 2.0
    with unit("h2"):
        between = x * 3.0
    with unit("h1"):
        y = first + between + x
    with pytest.raises(NoUnitsError, match="in turns"):
        Units(y)


# What goes along the links --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GRAPHS)
def test_the_links_carry_the_gradient(name):
    root = GRAPHS[name]()
    units, adjoints = Units(root), root.steps().sweep.adjoints
    sums = dict.fromkeys((link.source for link in units.links), 0.0)
    for link in units.links:
        sums[link.source] += link.contribution(adjoints)
        assert link.contribution(adjoints) == pytest.approx(adjoints[link.unit.output] * link.partial, rel=1e-12)
    assert set(units.inputs) <= set(sums) | {x for x in units.inputs if x.constant}
    assert sums == pytest.approx({source: adjoints[source] for source in sums}, rel=1e-12)
    for x in units.inputs:  # which need not be taken on trust: what the root does when they move
        at, moved = x.data, []
        for h in (1e-5, -1e-5):
            x.data = at + h
            root.forward()
            moved.append(root.data)
        x.data = at
        assert sums[x] == pytest.approx((moved[0] - moved[1]) / 2e-5, rel=1e-6, abs=1e-9)


def test_the_derivative_of_a_neuron_is_the_slope_times_the_weight():
    root = deep()
    units = Units(root)
    for link in units.links:
        z, w = link.unit.output.data, link.unit.parameters[link.unit.inputs.index(link.source)].data
        slope = 1.0 if link.unit.output is root else z * (1 - z)
        assert link.partial == pytest.approx(slope * w, rel=1e-12)
        assert link.unit.weight_of(link.source) == w


@pytest.mark.parametrize("name", GRAPHS)
def test_a_link_is_complete_at_its_last_step(name):
    root = GRAPHS[name]()
    steps, ends = root.steps(), []
    for link in Units(root).links:
        assert steps[link.last].parent is steps[link.first].parent is link.source
        ends.append(link.last)
    assert ends == sorted(ends)


# What is said ---------------------------------------------------------------------------------------------------------


def said(root, *which):
    units = Units(root)
    return [unit_sentence(units, (units.units if kind == "unit" else units.links)[i]) for kind, i in which]


def test_a_unit_is_said_as_its_sum_its_function_and_which_it_is():
    [z21] = said(roots_of("mlp")[0], ("unit", 2))
    assert z21.splitlines() == [
        "3/6   u21 = w21_1·z11 + w21_2·z12 + b21 = 0.7 · 0.8178 + (-0.5) · (-0.6911) + 0.2 = 1.118",
        "      z21 = tanh(u21) = tanh(1.118) = 0.8069",
        "      layer 2, unit 1 of 3",
    ]
    with manner(typeset=True):
        assert said(roots_of("mlp")[0], ("unit", 2))[0].splitlines()[1].strip() == "z₂₁ = tanh(u₂₁) = tanh(1.118) = 0.8069"


def test_a_unit_without_an_activation_is_said_in_names_and_below_them_in_numbers():
    assert said(roots_of("xor")[0], ("unit", 3)) == [XOR]


def test_a_unit_of_a_network_is_counted_among_all():
    z3, y2 = said(roots_of("network")[1], ("unit", 1), ("unit", -1))
    assert z3.endswith("unit 2 of 4")
    assert y2.splitlines()[-1].strip() == "unit 4 of 4"


def test_what_follows_the_units_is_said_in_its_own_equations():
    [loss] = said(roots_of("xor")[0], ("unit", 4))
    assert loss.splitlines() == [
        "5/5   r = y - 1 = 1.761 - 1 = 0.7615",
        "      L = r² = 0.7615² = 0.5799",
        "      the loss, after the network",
    ]


def test_a_link_is_said_with_the_function_of_its_unit():
    x2, _, x1 = said(roots_of("network")[0], ("link", 4), ("link", 5), ("link", 6))
    total = "2 of 2, complete: ∂y1/∂x1 = 0.3747 + 0.5092 = 0.8839"
    assert x1.splitlines() == [
        "7/8   z2 = h2(x1, x2)   ∂h2/∂x1 = 0.4472",
        f"      x1.grad += ∂y1/∂z2 · ∂h2/∂x1 = 1.139 · 0.4472 = 0.5092      0.3747 → 0.8839   {total}",
    ]
    assert x2.endswith("1 of 2, still to come: through h2")
    [loss] = said(roots_of("xor")[0], ("link", 0))
    assert loss.splitlines()[0] == "1/10   L = (y - 1)²   ∂L/∂y = 1.523"


@pytest.mark.parametrize(("notation", "update"), [
    ("∂", "x2.grad += ∂y1/∂z2 · ∂h2/∂x2"),
    ("functions", "x2.grad += ∂y1/∂z2 · ∂h2/∂x2"),
    ("d", "x2.grad += dy1/dz2 · ∂h2/∂x2"),
    ("bar", "x̄2 += z̄2 · ∂h2/∂x2"),
])  # fmt: skip
def test_a_link_is_said_in_every_notation(notation, update):
    with manner(notation):
        [link] = said(roots_of("network")[0], ("link", 7))
    assert link.splitlines()[1].strip().partition(" = ")[0] == update


def test_of_many_inputs_and_many_ways_some_are_named():
    model = MLP(2, [8, 8, 1], activation="sigmoid", seed=3)
    root = model([3.0, 1.0])
    units = Units(root)
    for value, name in UnitNames(units).labels().items():
        value.label = name
    units = Units(root)
    into_x1 = [link for link in units.links if link.source.label == "x1"]
    last = unit_sentence(units, into_x1[-1]).splitlines()
    assert "z11 = h11(x1, x2)   ∂h11/∂x1 = " in last[0]
    assert last[1].count("…") == 1
    assert "8 of 8, complete: ∂" in last[1]
    assert "3 of 8, still to come: through h15, h14, h13, h12 and 1 more" in unit_sentence(units, into_x1[2])
    first, _ = unit_sentence(units, units.links[5]).splitlines()
    assert "h" in first
    assert "(z21, z22, …, z28)" in first
    assert all(len(line) < 110 for one in units.units for line in unit_sentence(units, one).splitlines())


def test_where_another_way_leads_to_an_input_it_is_held():
    x = Value(0.5, "x")
    with unit("h1"):
        z = x.tanh()
    z.label = "z"
    y = x * z
    y.label = "y"
    units = Units(y)
    assert "∂y/∂x|z = 0.4621" in unit_sentence(units, next(link for link in units.links if link.unit.output is y))


def test_where_a_gradient_stops_it_is_said_and_that_it_stops_in_the_unit():
    x = Value(-1.0, "x")
    with unit("h1"):
        z = x.relu()
    z.label = "z"
    y = z * 3.0
    y.label = "y"
    assert said(y, ("link", -1))[0].endswith("complete; the gradient stops in this unit, because ∂h1/∂x = 0")


def test_slips_of_a_link_are_those_of_its_two_factors():
    units = Units(roots_of("network")[0])
    link = units.links[6]
    numbers = {name: wrong for wrong, name, _ in link_slips(units, link)}
    assert numbers["upstream alone"] == units.sweep.adjoints[link.unit.output]
    assert numbers["local alone"] == link.partial
    assert numbers["the total"] == pytest.approx(units.sweep.adjoints[link.source])
    assert numbers["unexplained"] is None


# Names ----------------------------------------------------------------------------------------------------------------


def names(made):
    """The names that are given to what is made, which no variable holds: these win."""
    return list(UnitNames(Units(made())).labels().values())


def test_values_of_a_model_are_called_as_in_a_lecture():
    assert names(lambda: MLP(2, [2, 1], activation="tanh", seed=0)([1.0, 2.0])) == [
        *("z11", "u11", "w11_1", "w11_2", "b11", "z12", "u12", "w12_1", "w12_2", "b12", "z21", "w21_1", "w21_2", "b21"),
    ]  # fmt: skip
    assert names(lambda: Network("x1 x2", "z = h3(x1, x2); y = h4(z)", "tanh", seed=0)([1.0, 2.0])) == [
        "u3", "w3_1", "w3_2", "b3", "u4", "w4_1", "b4",
    ]  # fmt: skip
    assert names(lambda: Neuron(1, activation="tanh", seed=0)([1.0])) == ["z", "u", "b"]
    assert names(lambda: Layer(1, 2, activation=None, seed=0)([Value(2.0)])[1]) == ["z2", "w2_1", "b2", "x1"]
    expanded = names(lambda: MLP(2, [1, 1], activation="tanh", expanded=True, seed=0)([1.0, 2.0]))
    assert expanded[:2] == ["z11", "u11"]


def test_what_is_inside_of_a_unit_is_called_after_it():
    x, t = Value(0.5, "x"), Value(1.0, "t")
    with unit("gate"):
        g = ((x * Value(2.0, "w")).exp() + 1).log()
    loss = ((g - t) ** 2 * 3).exp()
    assert names(lambda: loss) == ["gate1", "gate2", "gate3", "loss1", "loss2", "loss3"]
    root = MLP(2, [1], activation=["tanh"], expanded=True, seed=0)([1.0, 2.0])
    numbered = [name for name in tape(*labelled([root])).names.values() if name.startswith("v")]
    assert numbered == []


def test_what_follows_the_network_is_the_loss_where_it_is_called_so():
    z = MLP(2, [1], activation=["tanh"], seed=0)([1.0, 2.0])
    loss, doubled = (z - 1.0) ** 2, z * 2.0
    followed = map(Units, (loss, doubled))
    assert [UnitNames(units).title(units.units[-1]) for units in followed] == [
        "the loss, after the network",
        "after the network",
    ]


def test_the_forward_pass_begins_with_the_inputs_and_how_many_parameters_there_are():
    assert UnitNames(Units(roots_of("xor")[0])).beginning() == "x1 = 1, x2 = 0; 13 parameters"
    assert UnitNames(Units(twice())).beginning() == "x = 0.7, w = 1.5"


def test_where_a_layer_has_more_than_nine_units_the_index_is_set_off():
    model = MLP(1, [10, 1], seed=0)
    assert {"w1_10_1", "b1_1", "z2_1", "w2_1_10"} <= set(names(lambda: model([1.0])))


def test_names_of_the_user_stay():
    mine = MLP(1, [1, 1], activation="tanh", seed=0)
    mine.layer1.neurons[0].b.label = "β"
    assert names(lambda: (mine([Value(1.0, "age")]) - Value(2.0, "target")) ** 2) == [
        "z11",
        "u11",
        "w11_1",
        "z21",
        "w21_1",
        "b21",
    ]
    assert "z11" not in names(lambda: MLP(1, [1, 1], activation="tanh", seed=0)([Value(1.0, "z11")]))
    assert names(lambda: roots_of("mlp")[0]) == []
    y = mine([1.0])
    assert "z21" not in names(lambda: y)


def test_a_unit_that_leads_nowhere_is_counted():
    root = roots_of("mlp")[1]
    units = Units(root)
    assert UnitNames(units).title(units.units[-1]) == "layer 3, unit 2 of 2"
    assert len(tape(root).nodes) < len(tape(*roots_of("mlp")).nodes)
