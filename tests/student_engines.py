"""Engines as students write them, after micrograd's lecture: closures that add to `grad`, and a set of parents.

`engine()` is right; `engine("overwrite")` has that bug, and so on for BUGS.
"""

import math

BUGS = {
    "overwrite": "= for += in + and *",
    "wrong tanh": "tanh' is 1 - t",
    "no upstream": "tanh passes on its local derivative alone",
    "no local derivative": "tanh passes on its gradient as it is",
    "swapped": "* gives each factor its own value",
    "minus": "a factor of * gets the wrong sign",
    "cut": "/ sends nothing to the divisor",
    "no seed": "backward() forgets self.grad = 1",
    "no order": "backward() goes breadth first",
    "wrong sum": "a + b is computed as a + b + 1",
}


def engine(bug="", parents=set, exponent=True, direct=False):
    """Returns the class.

    `parents` is the collection that keeps them, `exponent` whether the op of a power says it, `direct` whether - and / are
    nodes of their own, not a + -b and a * b**-1 as in micrograd.
    """

    class Value:
        def __init__(self, data, parents_=(), op=""):
            self.data, self.grad = data, 0.0
            self._prev, self._op = parents(parents_), op
            self._backward = lambda: None

        def __add__(self, other):
            other = other if isinstance(other, Value) else Value(other)
            out = Value(self.data + other.data + (bug == "wrong sum"), (self, other), "+")

            def _backward():
                if bug == "overwrite":
                    self.grad = out.grad
                    other.grad = out.grad
                else:
                    self.grad += out.grad
                    other.grad += out.grad

            out._backward = _backward
            return out

        def __mul__(self, other):
            other = other if isinstance(other, Value) else Value(other)
            out = Value(self.data * other.data, (self, other), "*")

            def _backward():
                to_self, to_other = other.data * out.grad, self.data * out.grad
                if bug == "swapped":
                    to_self, to_other = to_other, to_self
                if bug == "minus":
                    to_other = -to_other
                if bug == "overwrite":
                    self.grad = to_self
                    other.grad = to_other
                else:
                    self.grad += to_self
                    other.grad += to_other

            out._backward = _backward
            return out

        def __pow__(self, n):
            out = Value(self.data**n, (self,), f"**{n}" if exponent else "**")

            def _backward():
                self.grad += n * self.data ** (n - 1) * out.grad

            out._backward = _backward
            return out

        def tanh(self):
            t = math.tanh(self.data)
            out = Value(t, (self,), "tanh")

            def _backward():
                slope = 1 - t if bug == "wrong tanh" else 1.0 if bug == "no local derivative" else 1 - t**2
                self.grad += slope * (1.0 if bug == "no upstream" else out.grad)

            out._backward = _backward
            return out

        def relu(self):
            out = Value(max(0, self.data), (self,), "ReLU")

            def _backward():
                self.grad += (out.data > 0) * out.grad

            out._backward = _backward
            return out

        def exp(self):
            out = Value(math.exp(self.data), (self,), "exp")

            def _backward():
                self.grad += out.data * out.grad

            out._backward = _backward
            return out

        def __truediv__(self, other):
            other = other if isinstance(other, Value) else Value(other)
            if not direct and bug != "cut":
                return self * other**-1
            out = Value(self.data / other.data, (self, other), "/")

            def _backward():
                self.grad += out.grad / other.data
                if bug != "cut":
                    other.grad += -self.data / other.data**2 * out.grad

            out._backward = _backward
            return out

        def __neg__(self):
            return self * -1

        def __sub__(self, other):
            other = other if isinstance(other, Value) else Value(other)
            if not direct:
                return self + (-other)
            out = Value(self.data - other.data, (self, other), "-")

            def _backward():
                self.grad += out.grad
                other.grad -= out.grad

            out._backward = _backward
            return out

        def __radd__(self, other):
            return self + other

        def __rmul__(self, other):
            return self * other

        def __rsub__(self, other):
            return Value(other) - self

        def __rtruediv__(self, other):
            return Value(other) / self

        def backward(self):
            order, seen, waiting = [], set(), [(self, False)]
            while waiting:  # without recursion, for long chains
                node, done = waiting.pop()
                if done:
                    order.append(node)
                elif node not in seen:
                    seen.add(node)
                    waiting += [(node, True), *((parent, False) for parent in node._prev)]
            if bug == "no order":
                order = [self]
                for node in order:
                    order += [parent for parent in node._prev if parent not in order]
                order.reverse()
            self.grad = 0.0 if bug == "no seed" else 1.0
            for node in reversed(order):
                node._backward()

    return Value
