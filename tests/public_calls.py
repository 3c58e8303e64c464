"""Public calls, one for each name that is exported, on small graphs and models: for what must hold of all of them.

`calls(folder)` returns them by name; files are written into the folder. Operations are made from the table.
"""

import copy
import os
import pickle
from io import StringIO

import chalkgrad
from chalkgrad import engine, nn, viz
from chalkgrad.engine import (
    DomainError,
    NonFiniteError,
    StaleGraphError,
    Value,
    affine,
    chain_rule,
    cost,
    derivative_expression,
    exp,
    four_ways,
    gradcheck,
    gradient,
    hessian,
    hvp,
    jacobian,
    jvp,
    log,
    micrograd_graph,
    no_grad,
    nonfinite,
    nudge,
    operation,
    program,
    recording,
    sqrt,
    tape,
    unit,
    vjp,
)
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.stepping.mistakes import MISTAKES
from chalkgrad.nn import MLP, Adam, Layer, Network, Neuron, fit, squared_error
from chalkgrad.viz import draw

INPUTS, TARGETS = [[0.0, 1.0], [1.0, 0.5], [0.5, 0.0]], [0.0, 1.0, 1.0]

# What is exported and not called by itself: kinds of things that the calls below make, and words of an operation's formulas.
KINDS = {"Value", "Tape", "Steps", "Step", "Program", "Module", "History", "Descent", "Drawing", "Figure", "Page"}
# What they return is made of cycles by the library that draws it, or that writes machine code.
CYCLES_OF_OTHERS = {name: "Matplotlib" for name in viz.__all__ if name.startswith("plot_")} | {"source, llvm": "llvmlite"}
WORDS = {"choose", "equal", "GradientWarning"}


def graph():
    x, w = Value(1.5, "x"), Value(2.0, "w")
    y = (x * w + 3).tanh() * exp(x / 5)
    return x, y + affine([x, y], [y, x], 1.0)


def swept():
    x, z = graph()
    z.backward()
    return x, z


def model():
    return MLP(2, [2, 1], "tanh", seed=0)


def trained(**options):
    net = model()
    return net, fit(net, INPUTS, TARGETS, loss=squared_error.mean, epochs=2, progress=False, **options)


def refused(kind, call):
    try:
        call()
    except kind as error:
        return str(error)
    raise AssertionError(f"{kind.__name__} was expected")


def inside(mode):
    with mode:
        return graph()[1].data


def changed():
    x, z = graph()
    x.data = 2.0
    z.forward()
    x.data = 3.0
    return refused(StaleGraphError, z.backward)


def moved(steps):
    steps.run()
    steps.back(2)
    steps.reset()
    return [*map(str, steps)], repr(steps), steps.latex(), steps.table()


def compiled(target):
    x, z = graph()
    return program(z, inputs=[x]).compile(target)(1.0)


def recorded():
    with recording() as seen:
        graph()
    return seen


def own_operation():
    x = Value(2.0)
    operation("square", lambda x: x * x)(x).backward()
    return x.grad


def descended():
    return nn.gradient_descent(lambda x, y: (x - 1) ** 2 + y * y, 0.0, 1.0, rate=0.1, steps=5)


def used(rule):
    """Applies an operation, where it is defined, and sweeps."""
    number = 1.5 if rule.name == "acosh" else 0.5
    given = [[Value(number), Value(number)] if i < rule.lists else Value(number) for i, _ in enumerate(rule.arguments)]
    getattr(engine, rule.name)(*given).backward()


def calls(folder):
    """Returns for each name a call of it, without arguments; what it returns is dropped."""

    def place(name):
        return os.path.join(folder, name)

    def saved():
        net = model()
        net.save(place("net.json"))
        return MLP.load(place("net.json")), net.load_parameters(place("net.json"))

    made = {
        # The engine
        "Value": graph,
        "backward": swept,
        "zero_grad": lambda: swept()[1].zero_grad(),
        "forward": changed,
        "repr": lambda: (repr(swept()[1]), f"{swept()[1]:.3f}", swept()[1].name),
        "deepcopy": lambda: copy.deepcopy(swept()[1]),
        "pickle": lambda: pickle.loads(pickle.dumps(swept()[1])),
        "check": lambda: str(graph()[1].check(x=1)),
        "tape": lambda: (tape(*swept()), str(swept()[1].tape()), swept()[1].tape().latex(), swept()[1].tape().table()),
        "tangents": lambda: (lambda x, z: str(z.tape().tangents(x)))(*swept()),
        "steps": lambda: moved(graph()[1].steps()),
        "steps by node": lambda: moved(graph()[1].steps("node")),
        "steps forward": lambda: [*map(str, graph()[1].steps(forward=True))],
        "steps.ask": lambda: (str(graph()[1].steps().ask()), str(graph()[1].steps().ask(3))),
        "steps.pending": lambda: str(graph()[1].steps().pending),
        "line_of": lambda: engine.line_of(graph()[1]),
        "gradient": lambda: (lambda x, z: gradient(z, x))(*graph()),
        "gradient, create_graph": lambda: (lambda x, z: gradient(gradient(z, x, create_graph=True), x))(*graph()),
        "gradient of a function": lambda: gradient(lambda x: x * x)(2.0),
        "hessian": lambda: (lambda x, z: str(hessian(z, [x])))(*graph()),
        "hessian, create_graph": lambda: (lambda x, z: hessian(z, [x], create_graph=True))(*graph()),
        "hessian of a function": lambda: hessian(lambda x, y: x * y)(2.0, 3.0),
        "hvp": lambda: (lambda x, z: hvp(z, [x], [1.0]))(*graph()),
        "jvp": lambda: (lambda x, z: jvp([z], [x], [1.0], create_graph=True))(*graph()),
        "vjp": lambda: (lambda x, z: vjp([z], [x], [1.0], create_graph=True))(*graph()),
        "jacobian": lambda: (lambda x, z: str(jacobian([z], [x])))(*graph()),
        "chain_rule": lambda: (lambda x, z: (repr(chain_rule(z, x)), repr(chain_rule(z, x).factored())))(*swept()),
        "nudge": lambda: (lambda x, z: (repr(nudge(z, x)), repr(nudge(z, x, [0.1, 0.01]))))(*swept()),
        "cost": lambda: repr(cost(swept()[1])),
        "derivative_expression": lambda: (lambda x, z: repr(derivative_expression(z, x, 2)))(*swept()),
        "gradcheck": lambda: (lambda x, z: repr(gradcheck(z, x)))(*swept()),
        "four_ways": lambda: repr(four_ways(lambda x, y: x * y, 2, 3)),
        "micrograd_graph": lambda: micrograd_graph(swept()[1]),
        "operation": own_operation,
        "program": lambda: (lambda x, z: (str(program(z, inputs=[x])), program(z, inputs=[x]).matrices()))(*graph()),
        "DomainError": lambda: refused(DomainError, lambda: log(graph()[0] - 9)),
        "NonFiniteError": lambda: refused(NonFiniteError, lambda: sqrt(graph()[0] * 0).backward()),
        "StaleGraphError": changed,
        "no_grad": lambda: inside(no_grad()),
        "nonfinite": lambda: inside(nonfinite("propagate")),
        "unit": lambda: inside(unit("cell")),
        "lines": lambda: inside(engine.lines()),
        "recording": recorded,
        "softmax": lambda: [x.backward() for x in engine.softmax([Value(1.0), Value(2.0), 0.5])],
        # Networks and training
        "Neuron": lambda: Neuron(2, seed=0)([1.0, 2.0]).backward(),
        "Layer": lambda: Layer(2, 2, seed=0)([1.0, 2.0])[0].backward(),
        "MLP": lambda: (model()([1.0, 2.0]).backward(), str(model().describe()), model().predict(INPUTS)),
        "MLP.trace": lambda: str(model().trace([1.0, 2.0])),
        "MLP.latex": lambda: model().latex(),
        "Network": lambda: repr(Network("x y", "h = tanh(x, y); out = linear(h, x)", "tanh", seed=0)([1.0, 2.0])),
        "save and load": saved,
        "fit": lambda: str(trained()),
        "fit, as recorded": lambda: str(trained(compiled=False)),
        "Adam": lambda: trained(optimizer=Adam(0.01)),
        "GradientDescent": lambda: trained(optimizer=nn.GradientDescent(0.1, 0.9)),
        "L1": lambda: trained(prior=nn.L1(0.01)),
        "L2": lambda: trained(prior=nn.L2(0.01)),
        "Gaussian": lambda: trained(prior=nn.Gaussian(1.0)),
        "Laplace": lambda: trained(prior=nn.Laplace(1.0)),
        "gradient_descent": lambda: (str(descended()), descended().latex()),
        "Descents": lambda: str(nn.Descents([descended(), descended()])),
        "newton": lambda: str(nn.newton(lambda x: (x - 1) ** 4, 0.0, steps=3)),
        "rosenbrock": lambda: nn.rosenbrock(Value(1.0), Value(2.0)).backward(),
        "polynomial_parameters": lambda: str(nn.polynomial_parameters(10)),
        "untrainable": lambda: nn.untrainable(model(), [1.0, 2.0]),
        "collapse": lambda: str(nn.collapse(MLP(2, [2, 1], "linear", seed=0))),
        "squared_error": lambda: squared_error(Value(1.0), 2.0).backward(),
        "mean_squared_error": lambda: nn.mean_squared_error([Value(1.0)], [2.0]).backward(),
        "binary_cross_entropy": lambda: nn.binary_cross_entropy(Value(0.5), 1).backward(),
        "binary_cross_entropy_with_logits": lambda: nn.binary_cross_entropy_with_logits(Value(0.5), 1).backward(),
        "cross_entropy": lambda: nn.cross_entropy([Value(0.5), Value(1.0)], 1).backward(),
        "cross_entropy_of_probabilities": lambda: nn.cross_entropy_of_probabilities([Value(0.5), Value(0.5)], 1).backward(),
        "hinge": lambda: nn.hinge(Value(0.5), 1).backward(),
        "linear_head": lambda: nn.linear_head([Value(0.5)]),
        "logistic_head": lambda: nn.logistic_head([Value(0.5)]),
        "softmax_head": lambda: nn.softmax_head([Value(0.5), Value(1.0)]),
        # Pictures
        "draw, as a circuit": lambda: draw(swept()[1], skin="circuit").svg,
        "draw, as edges": lambda: draw(swept()[1], skin="edges").svg,
        "draw": lambda: draw(swept()[1]).svg,
        "draw_dot": lambda: draw(swept()[1]).dot,
        "save": lambda: viz.save(swept()[1], place("graph.svg")),
        "frames": lambda: viz.frames(swept()[1], place("frames")),
        "play": lambda: viz.play(swept()[1], place("page.html")),
        "diagram": lambda: viz.diagram(model()).svg,
        "prompt": lambda: viz.prompt(swept()[1], StringIO("\n2\nq\n"), StringIO()),
        "plot_activation": lambda: viz.plot_activation("tanh", save=place("a.svg")),
        "plot_confusion": lambda: viz.plot_confusion([0, 1], [0, 0], save=place("c.svg")),
        "plot_descent": lambda: viz.plot_descent(descended(), save=place("d.svg")),
        "plot_fit": lambda: viz.plot_fit(MLP(1, [1], seed=0), [0.0, 1.0], [0.0, 1.0], save=place("f.svg")),
        "plot_losses": lambda: viz.plot_losses(trained()[1], save=place("l.svg")),
        "plot_parameters": lambda: viz.plot_parameters(100, save=place("p.svg")),
        "plot_regions": lambda: viz.plot_regions(model(), INPUTS, [0, 1, 1], save=place("r.svg"), resolution=5),
        "plot_sup_error": lambda: viz.plot_sup_error([1, 2], [0.5, 0.1], save=place("s.svg")),
    }
    made |= {f"steps, {name}": lambda name=name: str(graph()[1].steps(mistake=name)) for name in MISTAKES}
    made |= {f"compile, {target}": lambda target=target: compiled(target) for target in ("python", "numpy", "llvm")}
    for target in ("python", "numpy", "javascript", "llvm"):
        made[f"source, {target}"] = lambda target=target: (lambda x, z: program(z, inputs=[x]).source(target))(*graph())
    return made | {name: lambda rule=rule: used(rule) for name, rule in RULES.items() if name in exported()}


def exported():
    """Returns all that the packages promise to users."""
    return {name for package in (chalkgrad, engine, nn, viz) for name in package.__all__}
