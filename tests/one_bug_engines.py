"""An engine as students write it after micrograd's lecture, right in everything, and many with one bug each.

A bug is one place of the source with other text. The first 33 are kinds that students make; micrograd's own tests let 13 of
them through. Those after them are in the same spirit, and the last ones are found by few tests: they show for some numbers
alone, or after many uses.
"""

from types import SimpleNamespace
from typing import NamedTuple

SOURCE = """
import math


class Value:
    def __init__(self, data, parents=(), op=""):
        self.data = data
        self.grad = 0.0
        self._prev = tuple(parents)
        self._op = op
        self._backward = lambda: None

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other), "+")

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), "*")

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def __sub__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data - other.data, (self, other), "-")

        def _backward():
            self.grad += 1.0 * out.grad
            other.grad += -1.0 * out.grad

        out._backward = _backward
        return out

    def __truediv__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data / other.data, (self, other), "/")

        def _backward():
            self.grad += 1 / other.data * out.grad
            other.grad += -self.data / other.data**2 * out.grad

        out._backward = _backward
        return out

    def __pow__(self, n):
        if isinstance(n, Value):
            out = Value(self.data**n.data, (self, n), "**")

            def _backward():
                self.grad += n.data * self.data ** (n.data - 1) * out.grad
                n.grad += math.log(self.data) * out.data * out.grad

        else:
            out = Value(self.data**n, (self,), f"**{n}")

            def _backward():
                self.grad += (n * self.data ** (n - 1)) * out.grad

        out._backward = _backward
        return out

    def __neg__(self):
        out = Value(-self.data, (self,), "neg")

        def _backward():
            self.grad -= out.grad

        out._backward = _backward
        return out

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value(other) - self

    def __rtruediv__(self, other):
        return other * self**-1

    def tanh(self):
        t = math.tanh(self.data)
        out = Value(t, (self,), "tanh")

        def _backward():
            self.grad += (1 - t**2) * out.grad

        out._backward = _backward
        return out

    def exp(self):
        e = math.exp(self.data)
        out = Value(e, (self,), "exp")

        def _backward():
            self.grad += e * out.grad

        out._backward = _backward
        return out

    def log(self):
        out = Value(math.log(self.data), (self,), "log")

        def _backward():
            self.grad += (1 / self.data) * out.grad

        out._backward = _backward
        return out

    def sqrt(self):
        r = math.sqrt(self.data)
        out = Value(r, (self,), "sqrt")

        def _backward():
            self.grad += 1 / (2 * r) * out.grad

        out._backward = _backward
        return out

    def sigmoid(self):
        s = (1 + math.tanh(self.data / 2)) / 2
        out = Value(s, (self,), "sigmoid")

        def _backward():
            self.grad += s * (1 - s) * out.grad

        out._backward = _backward
        return out

    def relu(self):
        out = Value(max(0.0, self.data), (self,), "ReLU")

        def _backward():
            self.grad += (self.data > 0) * out.grad

        out._backward = _backward
        return out

    def backward(self):
        order, seen, waiting = [], set(), [(self, False)]
        while waiting:
            node, done = waiting.pop()
            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                waiting.append((node, True))
                waiting.extend((parent, False) for parent in node._prev)
        for node in order:
            if node._prev:
                node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            node._backward()


class Neuron:
    def __init__(self, nin):
        self.w = [Value(0.1 * (i + 1)) for i in range(nin)]
        self.b = Value(0.0)

    def __call__(self, x):
        z = self.b
        for wi, xi in zip(self.w, x):
            z = z + wi * xi
        return z.tanh()

    def parameters(self):
        return self.w + [self.b]


class Layer:
    def __init__(self, nin, nout):
        self.neurons = [Neuron(nin) for _ in range(nout)]

    def __call__(self, x):
        out = [n(x) for n in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self):
        return [p for n in self.neurons for p in n.parameters()]


class MLP:
    def __init__(self, nin, nouts):
        sizes = [nin] + nouts
        self.layers = [Layer(a, b) for a, b in zip(sizes, nouts)]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]
"""


class Bug(NamedTuple):
    """One bug: the place, the text that stands there instead, and the slip that is to be named, about which operation."""

    kind: str
    place: str
    text: str
    slip: str
    about: str = ""


_DFS = """        order, seen, waiting = [], set(), [(self, False)]
        while waiting:
            node, done = waiting.pop()
            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                waiting.append((node, True))
                waiting.extend((parent, False) for parent in node._prev)
"""
_SET = "        self.grad = 1.0\n"
_RUN = "        for node in reversed(order):\n            node._backward()\n"
_PLUS = "            self.grad += out.grad\n            other.grad += out.grad\n"
_TIMES = "            self.grad += other.data * out.grad\n            other.grad += self.data * out.grad\n"
_ZERO = "        for node in order:\n            if node._prev:\n                node.grad = 0.0\n"
_DATA = "        self.data = data\n"

OF_STUDENTS = (
    # What micrograd's own tests let through
    Bug("= for += in tanh only", "self.grad += (1 - t**2)", "self.grad = (1 - t**2)", "overwrite", "tanh"),
    Bug(
        "a + a sent once",
        _PLUS,
        ("            self.grad += out.grad\n            if other is not self:\n                other.grad += out.grad\n"),
        "sent once",
        "+",
    ),
    Bug("2 - a with the wrong sign", "return Value(other) - self", "return self - other", "operands swapped", "-"),
    Bug(
        "division cut from the divisor", "            other.grad += -self.data / other.data**2 * out.grad\n", "", "nothing", "/"
    ),
    Bug("tanh' without its square", "(1 - t**2) * out.grad", "(1 - t) * out.grad", "square lost", "tanh"),
    Bug("exp' as of a power", "e * out.grad", "self.data * math.exp(self.data - 1) * out.grad", "power rule", "exp"),
    Bug("exp without upstream", "e * out.grad", "e", "local alone", "exp"),
    Bug(
        "gradients zeroed inside backward",
        "            if node._prev:\n                node.grad",
        "            if 1:\n                node.grad",
        "zeroed in backward",
    ),
    Bug("seed added, not set", _ZERO + _SET, "        self.grad += 1.0\n", "seed added"),
    Bug("interior gradients kept", _ZERO, "", "inner kept"),
    Bug(
        "data changed by backward",
        _RUN,
        _RUN + ("            if not node._prev:\n                node.data -= 0.01 * node.grad\n"),
        "data changed",
    ),
    Bug(
        "order kept between calls",
        "order, seen, waiting = [], set(), [",
        "order, seen, waiting = ORDER, set(), [",
        "order kept",
    ),
    Bug(
        "tanh by naive exp",
        "t = math.tanh(self.data)",
        "t = (math.exp(2 * self.data) - 1) / (math.exp(2 * self.data) + 1)",
        "overflow",
        "tanh",
    ),
    # What they catch
    Bug("= for += in +", _PLUS, ("            self.grad = out.grad\n            other.grad = out.grad\n"), "overwrite", "+"),
    Bug("= for += in *", _TIMES, _TIMES.replace("+=", "="), "overwrite", "*"),
    Bug("= for += in relu", "self.grad += (self.data > 0)", "self.grad = (self.data > 0)", "overwrite", "relu"),
    Bug(
        "factors swapped",
        _TIMES,
        ("            self.grad += self.data * out.grad\n            other.grad += other.data * out.grad\n"),
        "own factor",
        "*",
    ),
    Bug("+ without upstream", _PLUS, "            self.grad += 1.0\n            other.grad += 1.0\n", "local alone", "+"),
    Bug("* without upstream", _TIMES, _TIMES.replace(" * out.grad", ""), "local alone", "*"),
    Bug("relu without upstream", "(self.data > 0) * out.grad", "(self.data > 0)", "local alone", "relu"),
    Bug("** without upstream", "(n * self.data ** (n - 1)) * out.grad", "(n * self.data ** (n - 1))", "local alone", "**"),
    Bug("relu lets everything through", "(self.data > 0) * out.grad", "out.grad", "upstream alone", "relu"),
    Bug("- loses its minus", "other.grad += -1.0 * out.grad", "other.grad += 1.0 * out.grad", "minus lost", "-"),
    Bug(
        "a factor with the wrong sign", "other.grad += self.data * out.grad", "other.grad -= self.data * out.grad", "sign", "*"
    ),
    Bug("exponent left out", "(n * self.data ** (n - 1))", "(self.data ** (n - 1))", "no exponent", "**"),
    Bug("exponent not lowered", "(n * self.data ** (n - 1))", "(n * self.data ** n)", "exponent kept", "**"),
    Bug("seed missing", _SET, "", "no seed"),
    Bug(
        "breadth first",
        _DFS,
        (
            "        order = [self]\n"
            "        for node in order:\n"
            "            order += [p for p in dict.fromkeys(node._prev) if p not in order]\n"
            "        order.reverse()\n"
        ),
        "breadth first",
    ),
    Bug(
        "depth first",
        (
            "            if done:\n"
            "                order.append(node)\n"
            "            elif node not in seen:\n"
            "                seen.add(node)\n"
            "                waiting.append((node, True))\n"
        ),
        ("            if node not in seen:\n                seen.add(node)\n                order.insert(0, node)\n"),
        "depth first",
    ),
    Bug("not reversed", "in reversed(order)", "in order", "leaves first"),
    Bug(
        "recursion without an order",
        _RUN,
        (
            "        def back(node):\n"
            "            node._backward()\n"
            "            for parent in node._prev:\n"
            "                back(parent)\n"
            "\n"
            "        back(self)\n"
        ),
        "recursion",
    ),
    Bug("relu with its sides exchanged", "(self.data > 0) * out.grad", "(self.data < 0) * out.grad", "sides swapped", "relu"),
    Bug("+ sends nothing to the right", _PLUS, "            self.grad += out.grad\n", "nothing", "+"),
)

OF_OUR_OWN = (
    Bug("** computes a product", "Value(self.data**n, (self,)", "Value(self.data * n, (self,)", "a * n", "**"),
    Bug("/ is //", "Value(self.data / other.data,", "Value(self.data // other.data,", "a // b", "/"),
    Bug("relu is the absolute value", "Value(max(0.0, self.data)", "Value(abs(self.data)", "abs(a)", "relu"),
    Bug("-a is a", "Value(-self.data, (self,)", "Value(self.data, (self,)", "a", "neg"),
    Bug("+ is off by one", "Value(self.data + other.data,", "Value(self.data + other.data + 1,", "value shifted", "+"),
    Bug("sigmoid of twice the argument", "math.tanh(self.data / 2)", "math.tanh(self.data)", "value", "sigmoid"),
    Bug("tanh has four decimals", "t = math.tanh(self.data)", "t = round(math.tanh(self.data), 4)", "imprecise", "tanh"),
    Bug(
        "-a changes a",
        "out = Value(-self.data, (self,)",
        "self.data = -self.data\n        out = Value(self.data, (self,)",
        "operand changed",
        "neg",
    ),
    Bug("2 + a refused", "    def __radd__(self, other):\n        return self + other\n\n", "", "left refused", "+"),
    Bug(
        "a * 2 refused",
        ("        other = other if isinstance(other, Value) else Value(other)\n        out = Value(self.data * other.data"),
        "        out = Value(self.data * other.data",
        "number refused",
        "*",
    ),
    Bug("tanh' at the input", "(1 - t**2) * out.grad", "(1 - self.data**2) * out.grad", "formula of input", "tanh"),
    Bug("tanh' of the output", "(1 - t**2) * out.grad", "(1 - math.tanh(t) ** 2) * out.grad", "slope at output", "tanh"),
    Bug("tanh for tanh'", "(1 - t**2) * out.grad", "t * out.grad", "value for slope", "tanh"),
    Bug("tanh' with plus", "(1 - t**2) * out.grad", "(1 + t**2) * out.grad", "sign inside", "tanh"),
    Bug("sigmoid' half", "s * (1 - s) * out.grad", "s * out.grad", "value for slope", "sigmoid"),
    Bug("sigmoid' the other half", "s * (1 - s) * out.grad", "(1 - s) * out.grad", "second factor", "sigmoid"),
    Bug("sigmoid with upstream twice", "s * (1 - s) * out.grad", "s * (1 - s) * out.grad**2", "upstream squared", "sigmoid"),
    Bug("log without its derivative", "(1 / self.data) * out.grad", "out.grad", "upstream alone", "log"),
    Bug("log' is x", "(1 / self.data) * out.grad", "self.data * out.grad", "divided", "log"),
    Bug("log' has a minus", "(1 / self.data) * out.grad", "(-1 / self.data) * out.grad", "sign", "log"),
    Bug("sqrt' without its 2", "1 / (2 * r)", "1 / r", "constant lost", "sqrt"),
    Bug("exp adds", "e * out.grad", "e + out.grad", "added", "exp"),
    Bug("/ without the square", "-self.data / other.data**2", "-self.data / other.data", "square lost", "/"),
    Bug("/ without the minus", "-self.data / other.data**2", "self.data / other.data**2", "minus lost", "/"),
    Bug("/ passes on to the dividend", "1 / other.data * out.grad", "out.grad", "upstream alone", "/"),
    Bug(
        "- sends half to the left",
        "1.0 * out.grad\n            other.grad += -1.0",
        "0.5 * out.grad\n            other.grad += -1.0",
        "half",
        "-",
    ),
    Bug(
        "a ** b: nothing to the exponent",
        ("                n.grad += math.log(self.data) * out.data * out.grad\n"),
        "",
        "nothing",
        "**",
    ),
    Bug("a ** b: the logarithm left out", "math.log(self.data) * out.data", "out.data", "second factor", "**"),
    Bug(
        "a * a sent once",
        _TIMES,
        _TIMES.replace("            other", "            if other is not self:\n                other"),
        "sent once",
        "*",
    ),
    Bug("= for += on the left of *", _TIMES, _TIMES.replace("self.grad +=", "self.grad ="), "overwrite", "*"),
    Bug("equality by value", _DATA, _DATA, "equal values"),
    Bug(
        "visited kept between calls",
        "order, seen, waiting = [], set(), [",
        "order, seen, waiting = [], SEEN, [",
        "visited kept",
    ),
    Bug(
        "order and visited kept",
        _DFS + _ZERO,
        _DFS.replace("[], set(), [", "ORDER, SEEN, ["),
        "order and visited kept",
    ),
    Bug(
        "gradients begin at 1",
        "        self.grad = 0.0\n        self._prev",
        "        self.grad = 1.0\n        self._prev",
        "begins at 1",
    ),
    Bug("seed is the value", _SET, "        self.grad = self.data\n", "seed of value"),
    Bug("seed is -1", _SET, "        self.grad = -1.0\n", "minus seed"),
    Bug(
        "sigmoid by naive exp",
        "s = (1 + math.tanh(self.data / 2)) / 2",
        "s = 1 / (1 + math.exp(-self.data))",
        "overflow",
        "sigmoid",
    ),
    Bug("relu passes on at 0", "(self.data > 0) * out.grad", "(self.data >= 0) * out.grad", "kink", "relu"),
    Bug(
        "an order by recursion",
        _DFS,
        (
            "        order, seen = [], set()\n"
            "\n"
            "        def visit(node):\n"
            "            if node not in seen:\n"
            "                seen.add(node)\n"
            "                for parent in node._prev:\n"
            "                    visit(parent)\n"
            "                order.append(node)\n"
            "\n"
            "        visit(self)\n"
        ),
        "depth",
    ),
    Bug(
        "- with its operands exchanged",
        "            self.grad += 1.0 * out.grad\n            other.grad += -1.0 * out.grad\n",
        "            self.grad += -1.0 * out.grad\n            other.grad += 1.0 * out.grad\n",
        "swapped",
        "-",
    ),
    Bug("both to the left of +", _PLUS, _PLUS.replace("other.", "self."), "all to one", "+"),
    Bug("both to the left of *", _TIMES, _TIMES.replace("other.grad +=", "self.grad +="), "all to one", "*"),
    Bug("each node has its turn twice", _RUN, _RUN + "            node._backward()\n", "twice"),
    Bug("one parent alone", "for parent in node._prev)", "for parent in node._prev[-1:])", "one parent"),
    Bug("tanh' as 1/cosh", "(1 - t**2) * out.grad", "1 / math.cosh(self.data) * out.grad", "local derivative", "tanh"),
    Bug("whole numbers alone", _DATA, "        self.data = round(data)\n", "leaf"),
    Bug("relu for relu'", "(self.data > 0) * out.grad", "out.data * out.grad", "value for slope", "relu"),
    Bug("a neuron without its bias", "z = self.b\n", "z = Value(0.0)\n", "no bias", "Neuron"),
    Bug("parameters without the bias", "return self.w + [self.b]", "return self.w", "parameters", "Neuron"),
    Bug("parameters of one layer", "for layer in self.layers for p", "for layer in self.layers[:1] for p", "parameters", "MLP"),
    Bug(
        "a layer's first output alone", "return out[0] if len(out) == 1 else out", "return out[0]", "count of outputs", "Layer"
    ),
)

_MUL = "        other = other if isinstance(other, Value) else Value(other)\n        out = Value(self.data * other.data"
_ADD = "        other = other if isinstance(other, Value) else Value(other)\n        out = Value(self.data + other.data"
_USES = """        uses = {}
        for node in order:
            for parent in node._prev:
                uses[parent] = uses.get(parent, 0) + 1
            if uses.get(node, 0) > 3:
                node.grad /= 2
"""
_RETURN = "    def __radd__"
_RPOW = """    def __rpow__(self, x):
        out = Value(x**self.data, (self,), '**')

        def _backward():
            self.grad += out.data * out.grad

        out._backward = _backward
        return out

    def __radd__"""
_ABS = """    def abs(self):
        out = Value(abs(self.data), (self,), 'abs')

        def _backward():
            self.grad += out.grad

        out._backward = _backward
        return out

    def __radd__"""
_IADD = """    def __iadd__(self, other):
        self.data += other.data if isinstance(other, Value) else other
        return self

    def __radd__"""

HARD_TO_FIND = (
    Bug(
        "* is short for zeros",
        _MUL,
        _MUL.replace("        out", "        if 0 in (self.data, other.data):\n            return Value(0.0)\n        out"),
        "zero",
        "*",
    ),
    Bug(
        "+ is short for zeros",
        _ADD,
        _ADD.replace("        out", "        if other.data == 0:\n            return self\n        out"),
        "zero",
        "+",
    ),
    Bug(
        "* by a quotient",
        "self.grad += other.data * out.grad",
        "self.grad += out.data / self.data * out.grad",
        "backward raises",
        "*",
    ),
    Bug("exp is cut off", "e = math.exp(self.data)", "e = math.exp(min(self.data, 5.0))", "far off", "exp"),
    Bug("relu is cut off", "Value(max(0.0, self.data)", "Value(min(6.0, max(0.0, self.data))", "far off", "relu"),
    Bug(
        "sigmoid is cut off", "math.tanh(self.data / 2)", "math.tanh(max(-6.0, min(6.0, self.data)) / 2)", "far off", "sigmoid"
    ),
    Bug(
        "tanh is 1 from 3 on",
        "t = math.tanh(self.data)",
        "t = math.tanh(self.data) if abs(self.data) < 3 else math.copysign(1.0, self.data)",
        "far off",
        "tanh",
    ),
    Bug("log is never infinite", "math.log(self.data), (", "math.log(self.data + 1e-7), (", "value close", "log"),
    Bug("log to base 10", "math.log(self.data), (", "math.log10(self.data), (", "log10(a)", "log"),
    Bug(
        "exponents are whole",
        "        if isinstance(n, Value):",
        "        n = n if isinstance(n, Value) else int(n)\n        if isinstance(n, Value):",
        "whole exponent",
        "**",
    ),
    Bug("exponents lose their sign", "(n * self.data ** (n - 1))", "(abs(n) * self.data ** (n - 1))", "local derivative", "**"),
    Bug(
        "2 ** a as e ** a",
        _RETURN,
        _RPOW,
        "value for slope",
        "**",
    ),
    Bug(
        "abs lets everything through",
        _RETURN,
        _ABS,
        "upstream alone",
        "abs",
    ),
    Bug(
        "a sum in place",
        _RETURN,
        _IADD,
        "in place",
    ),
    Bug("2 + a is a", "        return self + other\n\n    def __rmul__", "        return self\n\n    def __rmul__", "a", "+"),
    Bug(
        "2 + a is a leaf",
        "        return self + other\n\n    def __rmul__",
        "        return Value(self.data + other)\n\n    def __rmul__",
        "nothing",
        "+",
    ),
    Bug("numbers lose their decimals", _MUL, _MUL.replace("Value(other)", "Value(int(other))"), "number cut", "*"),
    Bug("all values are rounded", _DATA, "        self.data = round(data, 4)\n", "imprecise", "exp"),
    Bug(
        "gradients are rounded",
        _PLUS,
        _PLUS.replace("other.grad += out.grad", "other.grad += round(out.grad, 6)"),
        "few digits",
    ),
    Bug(
        "gradients are cut off",
        _RUN,
        _RUN + "        for node in order:\n            node.grad = max(-10.0, min(10.0, node.grad))\n",
        "gradients cut",
    ),
    Bug(
        "gradients are means",
        _RUN,
        _USES.replace("> 3", "> 1")
        .replace("/= 2", "/= uses[node]")
        .replace("            if", "        for node in reversed(order):\n            if")
        + "            node._backward()\n",
        "mean",
    ),
    Bug(
        "no more than six nodes",
        "for parent in node._prev)",
        "for parent in node._prev if len(seen) < 6)",
        "unexplained",
    ),
    Bug(
        "halved after the third use",
        _RUN,
        _USES.replace("            if", "        for node in reversed(order):\n            if")
        + "            node._backward()\n",
        "unexplained",
    ),
    Bug("an order by value", "reversed(order)", "sorted(order, key=lambda node: -node.data)", "by value"),
    Bug(
        "equality without a hash",
        _RETURN,
        "    def __eq__(self, other):\n        return isinstance(other, Value) and self.data == other.data\n\n    def __radd__",
        "backward raises",
    ),
    Bug("relu leaks", "(self.data > 0) * out.grad", "(1.0 if self.data > 0 else 0.01) * out.grad", "local derivative", "relu"),
    Bug("sigmoid' with plus", "s * (1 - s) * out.grad", "s * (1 + s) * out.grad", "sign inside", "sigmoid"),
    Bug("sqrt' without its brackets", "1 / (2 * r)", "1 / 2 * r", "local derivative", "sqrt"),
    Bug("tanh' squared as a whole", "(1 - t**2) * out.grad", "(1 - t) ** 2 * out.grad", "local derivative", "tanh"),
    Bug("exp' of exp", "e * out.grad", "math.exp(out.data) * out.grad", "slope at output", "exp"),
    Bug(
        "one weight in all places",
        "[Value(0.1 * (i + 1)) for i in range(nin)]",
        "[Value(0.1)] * nin",
        "shared parameters",
        "Neuron",
    ),
    Bug("one neuron in all places", "[Neuron(nin) for _ in range(nout)]", "[Neuron(nin)] * nout", "shared parameters", "Layer"),
    Bug("a bias for each input", "z = z + wi * xi", "z = z + wi * xi + self.b", "outputs", "Neuron"),
)

_BESIDE = {
    "equality by value": (
        "    def __add__(self, other):",
        (
            "    def __eq__(self, other):\n"
            "        return self.data == other.data\n"
            "\n"
            "    def __hash__(self):\n"
            "        return hash(self.data)\n"
            "\n"
            "    def __add__(self, other):"
        ),
    ),
}


def source(bug: Bug | None = None) -> str:
    """Returns the engine's source, with a bug in one place."""
    text = "ORDER, SEEN = [], set()\n" + SOURCE
    if bug is None:
        return text
    place, new = _BESIDE.get(bug.kind, (bug.place, bug.text))
    assert text.count(place) == 1, (bug.kind, text.count(place))
    return text.replace(place, new)


def engine(bug: Bug | None = None) -> SimpleNamespace:
    """Returns the engine as a module has it."""
    names: dict[str, object] = {"__name__": "student"}
    exec(compile(source(bug), "student.py", "exec"), names)
    return SimpleNamespace(**names)
