"""The graph in micrograd's terms, beside the graph that micrograd's own operators build of the same lines."""

import pytest
from chalkgrad.engine import (
    StaleGraphError,
    Value,
    affine,
    maximum,
    micrograd_graph,
    no_grad,
    operation,
    relu,
    sigmoid,
    tanh,
    total,
)
from chalkgrad.nn import MLP


class Micrograd:
    """micrograd's Value, as engine.py of karpathy/micrograd has it; its children are kept in order, too."""

    def __init__(self, data, children=(), op=""):
        self.data, self.grad, self._op = data, 0, op
        self._children, self._prev = tuple(children), set(children)
        self._backward = lambda: None

    def __add__(self, other):
        other = other if isinstance(other, Micrograd) else Micrograd(other)
        out = Micrograd(self.data + other.data, (self, other), "+")

        def backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Micrograd) else Micrograd(other)
        out = Micrograd(self.data * other.data, (self, other), "*")

        def backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = backward
        return out

    def __pow__(self, other):
        out = Micrograd(self.data**other, (self,), f"**{other}")

        def backward():
            self.grad += (other * self.data ** (other - 1)) * out.grad

        out._backward = backward
        return out

    def relu(self):
        out = Micrograd(0 if self.data < 0 else self.data, (self,), "ReLU")

        def backward():
            self.grad += (out.data > 0) * out.grad

        out._backward = backward
        return out

    def backward(self):
        topo, visited = [], set()

        def build_topo(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build_topo(child)
                topo.append(v)

        build_topo(self)
        self.grad = 1
        for v in reversed(topo):
            v._backward()

    def __neg__(self):
        return self * -1

    def __radd__(self, other):
        return self + other

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return other + (-self)

    def __rmul__(self, other):
        return self * other

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return other * self**-1


def flat(root):
    """The graph as a list: every node once, its operation, its number, which nodes it is of, and its gradient."""
    found, numbered = [], {}

    def visit(node):
        if node not in numbered:
            children = [visit(child) for child in node._children]
            assert node._prev == set(node._children)
            numbered[node] = len(found)
            found.append((node._op, float(node.data), children, float(node.grad)))
        return numbered[node]

    visit(root)
    return found


def is_the_same(ours, theirs):
    ours, theirs = flat(ours), flat(theirs)
    assert [node[:3] for node in ours] == [node[:3] for node in theirs]
    assert [node[3] for node in ours] == pytest.approx([node[3] for node in theirs], rel=1e-13)
    return True


LINES = {
    "all signs": lambda a, b: (a + b * 2 - a / b) * (3 - b) + 4 / a - 7 + -b + a**3 + a / 5 + 2 * a,
    "one value twice": lambda a, b: (a * a + a) * (b + b) ** 2,
    "relu": lambda a, b: (a * b + 5).relu() + (-a).relu() * b,
    "micrograd's README": lambda a, b: readme(a, b),
}


def readme(a, b):
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
@pytest.mark.filterwarnings("ignore::chalkgrad.engine.errors.GradientWarning")
def test_it_is_the_graph_that_micrograd_builds(line):
    theirs = line(Micrograd(-4.0), Micrograd(2.0))
    theirs.backward()
    ours = line(Value(-4.0), Value(2.0))
    ours.backward()
    assert is_the_same(micrograd_graph(ours), theirs)
    ours.zero_grad()
    node = micrograd_graph(ours)
    assert {grad for *_, grad in flat(node)} == {0.0}
    node.backward()
    assert is_the_same(node, theirs)
    node.backward()
    assert is_the_same(node, theirs)


def test_a_neurons_sum_begins_with_its_bias_and_a_total_with_its_first_term():
    def neuron(value, add):
        w, b = [value(0.1), value(-0.7), value(0.3)], value(0.9)
        y = add(w, [2.0, value(3.0), 4.0], b).relu()
        return y

    ours = neuron(Value, affine)
    theirs = neuron(Micrograd, lambda w, x, b: sum((wi * xi for wi, xi in zip(w, x, strict=True)), b))
    ours.backward()
    theirs.backward()
    assert is_the_same(micrograd_graph(ours), theirs)
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    assert [op for op, *_ in flat(micrograd_graph(total([a, b, 5.0, c])))] == ["", "", "+", "", "+", "", "+"]
    assert flat(micrograd_graph(total([a]))) == [("", 1.0, [], 0.0)]


def test_a_walker_for_micrograd_computes_a_network():
    def code(v):
        parents = list(v._prev)
        if v._op == "":
            return repr(float(v.data))
        if v._op in ("+", "*"):
            left, right = parents
            return f"({code(left)} {v._op} {code(right)})"
        if v._op == "ReLU":
            return f"max(0, {code(parents[0])})"
        raise ValueError(f"no such operation: {v._op!r} with {len(parents)} parents")

    x, y = Value(3.0), Value(4.0)
    assert [eval(code(micrograd_graph(v))) for v in (x * 2.0, x - y)] == [6.0, -1.0]
    out = MLP(2, [2, 1], seed=1)([1.0, -2.0])
    assert eval(code(micrograd_graph(out))) == pytest.approx(out.data, rel=1e-14)


def test_what_micrograd_lacks_is_one_node_with_the_operations_name():
    x, y = Value(0.5, "x"), Value(-1.5, "y")
    swing = operation("swing", lambda x, k: x * x * k)
    for v, op, children in (
        (tanh(x), "tanh", [0.5]),
        (x.exp(), "exp", [0.5]),
        (sigmoid(x), "sigmoid", [0.5]),
        (maximum(x, y), "maximum", [0.5, -1.5]),
        (x**y, "**", [0.5, -1.5]),
        (x ** (1 / 3), "**0.3333333333333333", [0.5]),
        (2**x, "**", [2.0, 0.5]),
        (y % 2, "%", [-1.5, 2.0]),
        (swing(x, 3.0), "swing", [0.5, 3.0]),
    ):
        v.backward()
        node = micrograd_graph(v)
        assert (node._op, node.data, node.grad) == (op, v.data, 1.0)
        assert [child.data for child in node._children] == children
        assert node._children[0].grad == pytest.approx(v.parents[0].grad if children[0] != 2.0 else 0.5 * 2**-0.5)
        v.zero_grad()


def test_the_lectures_sweep_by_hand_and_its_drawing_run_on_it():
    x = Value(2.0, "x")
    root = micrograd_graph(relu(x * 3.0) + 1)
    root.grad = 1.0
    nodes = [root, root._children[0], root._children[0]._children[0]]
    for node in nodes:
        node._backward()
    leaf = nodes[-1]._children[0]
    assert (leaf.label, leaf.grad) == ("x", 3.0)
    seen, edges = set(), set()  # draw_dot's trace(root)

    def build(v):
        if v not in seen:
            seen.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(root)
    assert sorted(node._op for node in seen) == ["", "", "", "*", "+", "ReLU"]
    assert len(edges) == 5
    assert repr(root) == "Value(data=7.0, grad=1.0)"


def test_graphs_of_any_depth_and_leaves_alone():
    v = x = Value(1.0)
    for _ in range(20_000):
        v = v + x
    v.backward()
    root = micrograd_graph(v)
    assert (root.data, root._children[1].grad) == (20_001.0, 20_001.0)
    root.backward(2.0)
    assert root._children[1].grad == 40_002.0
    assert flat(micrograd_graph(x)) == [("", 1.0, [], 20_001.0)]
    with no_grad():
        assert micrograd_graph(x + 1)._prev == set()
    with pytest.raises(TypeError, match=r"takes the Value whose graph is to be walked, as in micrograd_graph\(loss\), not 3.0"):
        micrograd_graph(3.0)


@pytest.mark.parametrize("swept", [True, False])
def test_a_graph_whose_leaf_has_changed_is_refused_until_it_is_computed_anew(swept):
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    y = a * b
    if swept:
        y.backward()
    a.data = 5.0
    with pytest.raises(StaleGraphError, match=r"forward\(\)"):
        micrograd_graph(y)
    y.forward()
    y.zero_grad()
    y.backward()
    node = micrograd_graph(y)
    assert (node.data, node._children[1].grad) == (-15.0, 5.0)
