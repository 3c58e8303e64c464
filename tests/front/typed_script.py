"""A student's script, as type checkers and editors see it; behind each call what they are to infer.

It is not run: test_types.py hands it to mypy and pyright, and compares what they reveal with the comments.
"""

from typing import TYPE_CHECKING

import chalkgrad as cg
from chalkgrad import *
from chalkgrad import cross_entropy, hessian, hvp, jacobian, jvp, operation, program, tape, unit, vjp
from chalkgrad import functions as F
from chalkgrad.nn import Adam, squared_error
from chalkgrad.nn.data import iris
from chalkgrad.viz import diagram, frames, prompt

if TYPE_CHECKING:
    from typing import reveal_type

a, b = Value(2, "a"), Value(-3.0, label="b")
L = (a * b + 10) * -2
L.backward()
a.data -= 0.1 * a.grad
a.data = 5.0
reveal_type(a.data)  # float
reveal_type(a.grad)  # float
reveal_type(L)  # Value
reveal_type(2 / a + a**2)  # Value
reveal_type(tanh(a))  # Value
reveal_type(a.relu())  # Value
reveal_type(exp(2.0))  # float
reveal_type(maximum(a, 0))  # Value
reveal_type(softmax([a, b]))  # list[Value]
reveal_type(F.cosh(a))  # Value
reveal_type(cg.hessian(L, [a, b]))  # Matrix[float]
reveal_type(L.parents)  # tuple[Value, ...]
reveal_type(L.partials)  # tuple[float, ...]
reveal_type(L.forward())  # float
reveal_type(L.tape())  # Tape
reveal_type(tape(L, a))  # Tape
reveal_type(L.check(a=6))  # Verdict

steps = L.steps()
reveal_type(steps)  # Steps[Step]
reveal_type(steps.step(2))  # Step
reveal_type(steps.back())  # Step
reveal_type(steps.run_to("b"))  # Step
reveal_type(steps[1])  # Step
reveal_type(L.steps(forward=True))  # ForwardPass
reveal_type(L.steps(mistake="recursion"))  # MistakenSteps

reveal_type(gradient(L, a))  # float
reveal_type(gradient(L, [a, b]))  # list[float]
reveal_type(gradient(L, a, create_graph=True))  # Value
reveal_type(gradient(lambda x: x**3)(2.0))  # float
reveal_type(gradient(lambda x, y: x * y)(2.0, 3.0))  # list[float]
reveal_type(gradient(gradient(lambda x: x**3))(2.0))  # float
reveal_type(jacobian([a * b, a + b], [a, b]))  # Matrix[float]
reveal_type(jacobian([a * b, a + b], [a, b])[0][1])  # float
reveal_type(jacobian(lambda x: [x, x * x])(2.0))  # Matrix[float]
reveal_type(hessian(L, [a, b], create_graph=True)[0][0])  # Value
reveal_type(hvp(L, [a, b], [1.0, 0.0]))  # list[float]
reveal_type(jvp(L, [a, b], [1.0, 0.0]))  # float
reveal_type(vjp([L, a], [a, b], [1.0, 0.0]))  # list[float]
reveal_type(chain_rule(L, a))  # Expansion
reveal_type(nudge(L, a, 0.001))  # Nudge

swing = operation("swing", lambda x, k: F.sin(k * x))
reveal_type(swing(a, 3))  # Value
reveal_type(swing(2.0, 3.0))  # float
reveal_type(program(L, inputs=[a, b]).compile())  # CompiledProgram[tuple[float, tuple[float, ...]]]
reveal_type(program(L, inputs=[a, b]).compile()(5, 7))  # tuple[float, tuple[float, ...]]

model = MLP(2, [16, 1], activation="tanh")
reveal_type(model([1.0, -2.0]))  # Output
reveal_type((model([1.0, -2.0]) - 1) ** 2)  # Value
reveal_type(model([1.0, -2.0])[0])  # Value
reveal_type(model.predict([1.0, -2.0]))  # Prediction
reveal_type(model.predict([[1.0, -2.0], [0.0, 0.0]]))  # list[Prediction]
reveal_type(model.parameters())  # list[Value]
reveal_type(model.layer1.W[0][1])  # Value
reveal_type(model.trace([1.0, -2.0]).output)  # Output
reveal_type(Neuron(2)([1.0, 2.0]))  # Value
reveal_type(Network("x1 x2", "y = h1(x1, x2)", "tanh")([1.0, 2.0]))  # Output
reveal_type(fit(MLP(4, [8, 3]), iris(), loss=cross_entropy, optimizer=Adam(0.01)))  # History
reveal_type(squared_error.mean)  # Loss

reveal_type(draw(L, highlight=steps[1]))  # Drawing
reveal_type(play(L))  # Page
reveal_type(diagram(model))  # Figure
save(L, "L.svg")
frames(L, "frames")
prompt(L)

with no_grad():
    reveal_type(a * b)  # Value
with unit("neuron1"):
    reveal_type(a * b)  # Value

for n in L.tape():
    reveal_type(n)  # Value
MLP(2, [1], activation="tahn")  # error
L.steps().stp()  # error
sigmoid("1")  # error
model.sumary()  # error
a * "3"  # error
