"""What a student may do wrong in the first hour: what is typed, and what the answer must contain and must not.

The answer is the error's message, or what is shown: the repr of an expression, what is printed, and warnings.
"""

import contextlib
import io
import linecache
import math
import traceback
import warnings

import pytest
from chalkgrad import engine

BEFORE = """
from chalkgrad import *
from chalkgrad import Adam, GradientDescent, Module, choose, cross_entropy, operation, prompt, squared_error, total, unit
from chalkgrad import binary_cross_entropy, draw_dot, frames
from chalkgrad.nn.data import read_csv
import math
a, b = Value(2), Value(1)
c = a + b
d = b + 1
e = c*d
"""

# Rows of three: typed, the parts that the answer has, and parts that it must not have.
TYPED = [
    # imports, and names that are not there
    ("hessian", ["NameError: name 'hessian' is not defined"], ["chalkgrad"]),  # it comes by name; Python's own answer
    ("Sequential(2, 3)", ["NameError: name 'Sequential' is not defined"], ["chalkgrad"]),
    ("sigmiod(a)", ["NameError: name 'sigmiod' is not defined"], ["chalkgrad"]),
    ("import chalkgrad; chalkgrad.sigmiod", ["chalkgrad has no attribute 'sigmiod': did you mean sigmoid?"], []),
    ("import chalkgrad; chalkgrad.Tensor", ["Value(2.0) is a number that remembers"], ["did you mean"]),
    ("import chalkgrad; chalkgrad.grad", ["gradient(f)(2.0) is the derivative of f at 2"], ["did you mean"]),
    ("import chalkgrad; chalkgrad.nn.Adma", ["chalkgrad.nn has no attribute 'Adma': did you mean Adam?"], []),
    ("import chalkgrad; [name for name in dir(chalkgrad.nn) if name in ('Adam', 'Linear')]", ["['Adam']"], []),
    ("import chalkgrad; [name for name in dir(chalkgrad) if name in ('Adam', 'Tensor')]", ["['Adam']"], []),
    ("from chalkgrad import ReLU", ['ImportError: chalkgrad has no \'ReLU\'', 'activation="relu"'], []),
    ("from chalkgrad import Adma", ["ImportError: chalkgrad has no 'Adma': did you mean Adam?"], []),
    ("from chalkgrad.nn import Linear", ["ImportError: chalkgrad.nn has no 'Linear'", "Layer(2, 3, activation=None)"], []),
    ("from chalkgrad.viz import plot", ["plot_losses(history)"], []),
    # micrograd's and PyTorch's people
    ("n = (a*b).tanh(); n.grad = 1.0; n._backward(); n.parents[0].grad", ["0.0706"], []),
    ("w = Value(2); w.gard", ["grad"], []),
    ("w = Value(2.0); w.gard = 1; y = w*3; y.backward(); w", ["gard", "grad"], []),
    ("a.value", ["data"], []),
    ("a.item()", ["data"], []),
    ("a.numpy()", ["data"], []),
    ("a.detach()", ["data"], []),
    ("a.requires_grad", ["constant"], []),
    ("a.gradient", ["grad"], ["no attribute 'gradient'\n"]),
    ("a.children", ["parents"], []),
    ("e.play()", ["play(e)"], ["place"]),
    ("e.backward(retain_graph=True); a.grad", ["the graph is kept", "leave it out"], ["unexpected keyword"]),
    ("v = Value(5.0, (a, b), '+')", ["operation"], ["positional arguments"]),
    ("Value(1, name='a')", ["label"], ["unexpected keyword"]),
    ("import numpy as np; np.exp(a)", ["exp"], ["use chalkgrad's own function"]),
    ("import numpy as np; np.maximum(a, b)", ["max(a, b) = 2"], ["use chalkgrad's own function"]),
    # steps
    ("e.steps().run_to('b')", ["b.grad += "], []),
    ("e.steps(wrt='b')", ["Steps"], ["no attribute"]),
    ("w = 2; e.steps().run_to(w)", ["2 is a number, not a Value"], ["no attribute"]),
    ("e.check(b='5')", ["right"], []),
    ("e.steps().ask('3')", ["asked is"], []),
    ("e.check({'b': 5})", ["right"], []),
    ("e.check()", ["e.check(a=…, b=…)"], []),
    ("e.check('b')", ["check"], ["no attribute"]),
    ("e.steps().goto(99)", ["positions go from 0, the seed, to 5"], ["range object"]),
    ("e.steps()[6]", ["positions go from 0, the seed, to 5"], ["range object"]),
    # plain numbers
    ("math.exp(a)", ["a = 2", "exp(a)", "a.data"], []),
    ("math.sqrt(a)", ["own sqrt(a), not math.sqrt(a)", "a.data"], ["exp("]),
    ("from math import *; exp(a)", ["a.exp()", "your exp is that of the module math"], ["not math.exp"]),
    ("from math import exp; 2*exp(a)", ["a.exp()", "your exp is that of the module math"], []),
    ("float(a)", ["a.data"], ["exp"]),
    ("round(a)", ["round(a.data)", 'f"{a:.2f}"'], ["exp"]),
    ("int(a)", ["int(a.data)"], ["exp"]),
    ("xs = [1, 2, 3]; xs[a]", ["xs[int(a.data)]"], ["exp"]),
    ("range(a)", ["range(int(a.data))"], ["exp"]),
    ("'%.2f' % a", ['f"{a:.2f}"'], ["exp"]),
    ("f'{a:.2f}'", ["2.00"], []),
    # outside a domain
    ("Value(0)**-1", ["a base of 0 needs an exponent ≥ 0"], ["odd root", "negative base"]),
    ("Value(-2)**0.5", ["a negative base needs a whole exponent"], ["odd root", "base of 0"]),
    ("Value(-8)**(1/3)", ["a negative base needs a whole exponent", "-((-x)**p)"], ["base of 0"]),
    ("log(b - 4)", ["log(b - 4) with b - 4 = -3, from b = 1", "x > 0"], []),
    ("log(d - 3)", ["log(d - 3) with d - 3 = -1, from d = 2"], []),
    ("1/(a - 2)", ["1/(a - 2) with a - 2 = 0, from a = 2"], []),
    ("log(sigmoid(Value(-1000)))", ["σ(s) was rounded to 0", "binary_cross_entropy_with_logits"], []),
    ("log(softmax([Value(1000), Value(0)])[1])", ["rounded to 0", "x - logsumexp(xs)", "cross_entropy"], ["x itself"]),
    ("p = exp(Value(-1000)); log(p/(p + 1))", ["rounded to 0", "x - log(Σ)", "cross_entropy"], ["x itself"]),
    ("log(exp(Value(-1000)))", ["rounded to 0: its logarithm is x itself"], ["cross_entropy"]),
    ("exp(a*1000)", ["a·1000 = 2000, from a = 2", "too large"], []),
    # formulas
    ("operation('f', lambda x: x.exp())(a)", ["f(", "7.389"], []),
    ("operation('f', lambda x: x.data**2)", ["write x, not x.data"], ["Argument"]),
    ("operation('f', lambda x: Value(2)*x)", ["write the number 2"], ["gradient"]),
    ("operation('f', lambda x: math.exp(x))", ["exp, not math.exp"], []),
    ("operation('f', lambda x: x if x > 0 else 0)", ["choose(x > 0, this, that)"], []),
    # networks
    ("MLP([3, 4, 1])", ["MLP(3, [4, 1])"], ["positional"]),
    ("MLP(3, 4)", ["MLP(3, [16, 16, 1])"], []),
    ("MLP(3, [4, 1], nonlin='tanh')", ["activation='tanh'"], ["multiple values"]),
    ("MLP(3, [4, 1], activation='softmax')", ["cross_entropy", "leave the outputs as they are"], []),
    ("MLP(3, [4, 1], activation='tahn')", ["tanh"], []),
    ("MLP(3, [4, 1])([[1, 2, 3], [4, 5, 6]])", ["one sample at a time", "[model(x) for x in X]", "model.predict(X)"], []),
    ("MLP(3, [4, 1])([1, 2])", ["3 inputs", "[x1, …, x3]", "was given 2"], []),
    ("MLP(3, [4, 1])(1)", ["list of 3 numbers"], []),
    ("MLP(3, [4, 1]).forward([1, 2, 3])", ["model(x)"], []),
    ("MLP(3, [4, 1]).fit([[1, 2, 3]], [1])", ["fit(model, X, y, loss="], []),
    ("MLP(3, [4, 1]).weights", ["model.layer1.W", "theta"], []),
    ("MLP(3, [4, 1]).state_dict()", ["save(path)"], []),
    ("MLP(3, [4, 1]).train()", ["fit(model, X, y, loss="], []),
    ("MLP(3, [4, 1]).prediction([1])", ["no attribute 'prediction'"], []),
    ("class Net(Module):\n    def forward(self, x): return x\nNet()([1])", ["rename it to __call__"], ["does not say"]),
    ("MLP()", ["MLP(2, [16, 16, 1])"], ["positional"]),
    ("Layer(2)", ["Layer(2, 3)"], ["positional"]),
    ("Neuron()", ["Neuron(2)"], ["positional"]),
    ("Neuron(2, units=3)", ["Neuron has no option units"], ["unexpected keyword"]),
    # files
    ("read_csv('f.csv', sep=';')", ["separator=';'"], ["unexpected keyword"]),
    ("read_csv('f.csv', delimiter=';')", ["separator=';'"], ["unexpected keyword"]),
    ("read_csv('f.csv', usecols=['a'])", ["columns=[…]"], ["unexpected keyword"]),
    ("read_csv('f.csv', index_col=0)", ["drop=[…]"], ["unexpected keyword"]),
    ("read_csv('f.csv', droped=['a'])", ["did you mean drop?"], ["unexpected keyword"]),
    ("read_csv(['f.csv', 'g.csv'])", ["read_csv(*files)"], ["PathLike"]),
    ("read_csv()", ["read_csv('points.csv')"], ["positional"]),
    # losses
    ("binary_cross_entropy.mean([[.5, .4]], [[0, 1]])", ["binary_cross_entropy.mean.over(outputs, targets)"], ["[0, 1]"]),
    ("cross_entropy([[1., 2.], [3., 4.]], [0, 1])", ["2 samples, write cross_entropy.over(outputs, targets)"], ["a list of 2"]),
    ("m = MLP(2, [1]); squared_error(1.0, m([1, 2]))", ["outputs first", "squared_error(model(x), y)"], [".formula"]),
    ("m = MLP(2, [2]); cross_entropy(1, m([1, 2]))", ["outputs first", "cross_entropy(model(x), y)"], ["only one"]),
    ("cross_entropy.mean.over([[1, 2]], [3])", ["sample 0, counting from 0: cross_entropy was given class 3 of 2"], []),
    # training
    ("X, y = [[1, 2]], [1]; fit(MLP(2, [1]), X, y)", ["needs loss=…", "squared_error.mean", "cross_entropy.mean"], []),
    ("X, y = [[1, 2]], [1]; fit(MLP(2, [1]), X, y, loss='mse')", ["loss=squared_error.mean"], []),
    ("X, y = [[1, 2]], [1]; fit(MLP(2, [1]), X, y, loss=squared_error, lr=10)", ["optimizer=Adam(0.01)"], []),
    ("X, y = [[1, 2]], [1]; fit(MLP(2, [1]), X, y, loss=squared_error, optimizer=Adam)", ["optimizer=Adam(0.01)"], []),
    ("X, y = [[1, 2]], [1]; fit(MLP(2, [1]), X, y, loss=squared_error, optimizer='sgd')", ['"gradient descent"'], []),
    ("X, y = [[1, 2]], [1]; fit(MLP(2, [1]), X, y, loss=squared_error, validation_data=3)", ["validation=(X, y)"], []),
    ("X, y = [[1, 2]], [1]; fit(MLP(2, [1]), X, y, loss=squared_error, verbose=0)", ["progress=False"], []),
    ("X, y = [[1, 2]], [1]; fit(MLP(2, [1]), X, y, loss=squared_error, epoch=3)", ["epochs=…"], []),
    ("X, y = [[1, 2]], [1]; fit(MLP(2, [1]), X, y, loss=squared_error, epochs='3')", ["a whole number from 1"], []),
    ("X, y = [[1, 2]], [1]; fit(MLP(2, [1]), X, X, loss=squared_error)", ["y is the very list that X is"], []),
    ("from chalkgrad.nn.data import iris; i = iris(); fit(MLP(4, [3]), i, i, loss=cross_entropy)", ["y is given twice"], []),
    ("X, y = [[1, 2]], [1, 2]; fit(MLP(2, [1]), X, y, loss=squared_error)", ["y has 2 targets, and X has 1 row"], []),
    ("X, y = [[1, 2, 3]], [1]; fit(MLP(2, [1]), X, y, loss=squared_error)", ["takes 2 inputs", "was given 3"], []),
    ("X, y = [[1, 2]], ['a']; fit(MLP(2, [1]), X, y, loss=squared_error)", ["'a' is no number"], []),
    ("X, y = [[1, 2]], [1]; fit(MLP, X, y, loss=squared_error)", ["such as MLP(2, [16, 1])"], []),
    ("GradientDescent(lr=0.1)", ["GradientDescent(0.1)"], ["unexpected keyword"]),
    ("Adam(MLP(2, [1]).parameters(), lr=0.01)", ["Adam(0.1)"], ["unexpected keyword"]),
    ("Adam(MLP(2, [1]).parameters())", [".step(model)"], []),
    ("Adam(0.01).zero_grad()", ["model.zero_grad()"], []),
    ("GradientDescent(-0.1)", ["above 0", "the minus is there already"], []),
    ("GradientDescent(0.1).step([a])", ["call backward() on the loss first"], []),
    # seeing why, and drawing
    ("chain_rule(a, e)", ["a does not depend on e", "chain_rule(e, a)"], []),
    ("nudge(a, e)", ["nudge of e does not move a", "nudge(e, a)"], ["KeyError"]),
    ("chain_rule(e, 'q')", ["there is no q here", "a, b, c, d, e"], []),
    ("nudge(e, 3)", ["two Values", "nudge(L, a)"], []),
    ("chain_rule(e)", ["chain_rule(L, a)"], ["positional"]),
    ("nudge(e)", ["nudge(L, a)"], ["positional"]),
    ("chain_rule(e, a, limits=3)", ["did you mean limit?"], ["unexpected keyword"]),
    ("e.steps(mistakes='recursion')", ["did you mean mistake?"], ["unexpected keyword"]),
    ("e.steps(seed=2)", ["upstream=2"], ["unexpected keyword"]),
    ("e.tape().html()", ["table().html()"], ["object has no"]),
    ("gradcheck(e, eps=1e-3)", ["step=0.001"], ["unexpected keyword"]),
    ("gradcheck(e, wrt=a)", ["gradcheck(L, a, b)"], ["unexpected keyword"]),
    ("gradcheck()", ["gradcheck(L)", "gradcheck(f, 3.0, 4.0)"], ["positional"]),
    ("gradient(e)", ["[a, b]"], []),
    ("gradient(lambda x, y: x*y)(1)", ["for each of its parameters"], []),
    ("gradient(lambda x: None)(1)", ["must return a Value"], []),
    ("draw(e, highlight=e.steps())", ["Drawing of e = c·d"], []),
    ("draw(e.steps()[3])", ["Drawing of e = c·d"], []),
    ("draw(e.steps())", ["Drawing of e = c·d"], []),
    ("play(e.steps())", ["Page of e = c·d"], []),
    ("prompt(e.steps(), io.StringIO('q'), out)", ["e = c·d: 5 steps"], []),
    ("draw(3)", ["draw(L)", "given int"], []),
    ("draw([a, b])", ["draw(*values)"], []),
    ("draw(e, 'e.svg')", ["save(e, 'e.svg')"], ["draw(*values)"]),
    ("save('e.svg', e)", ["save(e, 'e.svg')"], ["PathLike"]),
    ("save(e)", ["save(e, 'e.svg')"], ["positional"]),
    ("frames(e)", ["frames(e, 'slides/')"], ["positional"]),
    ("draw(e).show()", ["a notebook shows it", ".save('e.svg')"], ["object has no"]),
    ("draw(e).open()", ["a notebook shows it", ".save('e.svg')"], ["object has no"]),
    ("draw(e).savefig('e.png')", [".save('e.svg')"], ["object has no"]),
    ("draw(e).save()", [".save('e.svg')"], ["positional"]),
    ("play(e).show()", ["a notebook shows it", ".save('e.html')"], ["object has no"]),
    ("play(e).save()", [".save('e.html')"], ["positional"]),
    ("draw(MLP(2, [1]))", ["diagram(model)", "draw(model(x))"], ["draw(*values)"]),
    ("play(MLP(2, [1]))", ["play(model, x=[x1, x2])"], []),
    ("save(MLP(2, [1]), 'm.svg')", ["diagram(model)"], ["draw(*values)"]),
    (
        "h = fit(MLP(1, [1]), [[1], [2]], [1, 2], loss=squared_error, epochs=1, progress=False); draw(h)",
        ["plot_losses(history)"],
        ["draw(*values)"],
    ),
    ("draw_dot(e)", ["<Digraph of e = c·d: 5 values, 5 edges", '.render("e") writes e.svg', ".source"], ["object at"]),
    ("draw()", ["draw(L)", "nothing"], []),
    ("play(3)", ["play(L)", "given int"], []),
    # leaves, numbers, and Python
    ("Value('3')", ["float(text)"], []),
    ("Value([1, 2])", ["[Value(x) for x in xs]"], []),
    ("Value(None)", ["not None"], []),
    ("Value(1, 2)", ["Value(1, 'x')"], []),
    ("Value(float('nan'))", ["finite", 'nonfinite("propagate")'], []),
    ("Value(a)", ["already a Value", ".data"], []),
    ("a + 'x'", ["float(text)"], []),
    ("[1] + a", ["[Value(x) for x in xs]"], []),
    ("a + None", ["not None"], []),
    ("a ^ 2", ["x**2"], ["unsupported operand"]),
    ("-a**2", ["-a² = -4"], []),
    ("a == b", ["False"], []),
    ("a == 2", ["True"], []),
    ("if a - 2: pass", [".data != 0"], []),
    ("sum([])", ["0"], []),
    ("total([])", ["at least one element"], []),
    ("softmax(a)", ["softmax([a, b])"], []),
    ("max([a, b])", ["a = 2"], []),
    ("sorted([a, b])", ["[<Value b = 1", "<Value a = 2"], []),
    ("abs(b - 3)", ["|b - 3| = 2"], []),
    ("a.backward()", ["a is a leaf", "backward() is called of the result"], []),
    ("print(a.grad)", ["not computed", "call backward()"], []),
    ("x = Value(2)\nfor i in range(3): x += 1", ["x.data += …"], []),
    ("e.data = 3", ["e = c·d is computed", "forward()"], []),
    ("a.data = 'x'", ["float(text)"], []),
    ("a.data = 5; e.backward()", ["a is now 5", "e.forward()"], []),
    ("a.steps()", ["Steps of a"], []),
    ("e.backward(); e.backward(); b", ["5 from before + 5"], []),
    ("with no_grad: f = a*b", ["with no_grad():"], ["context manager"]),
    ("with no_grad(): q = a*b\nq.backward()", ["no_grad()", "nothing to go"], []),
    ("unit(3)", ["unit('neuron3')"], []),
    ("choose(a > 0, a, b)", ["choose(x > 0, x, 0)"], []),
]  # fmt: skip


def answered(typed: str) -> str:
    """Types lines as a student does; returns the error's message, or what is shown."""
    _typed = {"__name__": "__main__", "io": io}
    exec(BEFORE, _typed)
    shown = _typed["out"] = io.StringIO()
    file = "<the student's lines>"
    linecache.cache[file] = (len(typed), None, typed.splitlines(keepends=True), file)
    *lines, last = typed.split("; ") if "\n" not in typed and not typed.startswith("with ") else [typed]
    with contextlib.redirect_stdout(shown), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            for line in lines:
                exec(compile(line, file, "exec"), _typed)
            try:
                code = compile(f"__shown = repr({last})", file, "exec")
                compile(last, file, "eval")
            except SyntaxError:
                code = compile(last, file, "exec")
            exec(code, _typed)
            shown.write(str(_typed.get("__shown", "")))
        except Exception as error:
            shown.write("".join(traceback.format_exception_only(error)))
    return shown.getvalue() + "".join(str(warning.message) for warning in warned)


@pytest.mark.parametrize(("typed", "has", "has_not"), TYPED, ids=[typed for typed, *_ in TYPED])
def test_a_slip_of_the_first_hour_is_answered_with_what_to_write(typed, has, has_not):
    answer = answered(typed)
    for part in has:
        assert part in answer
    for part in has_not:
        assert part not in answer


def test_a_line_that_has_run_many_times_is_read_as_one_that_has_not():
    messages = set()
    x = engine.Value(2.0)
    for argument in [1.0] * 100 + [x]:
        try:
            math.sin(argument)
        except TypeError as error:
            messages.add(str(error))
    assert [message.partition("own ")[2] for message in messages] == ["sin(x), not math.sin(x), to go on recording"]
