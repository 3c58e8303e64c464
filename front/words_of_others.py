"""Names that people look for in the package because other libraries have them, and what to write here."""

from chalkgrad.nn.elsewhere import MODULES

_VALUE = "Value(2.0) is a number that remembers what it was computed from"
_DATA = "chalkgrad.nn.data has data: from chalkgrad.nn.data import iris"

WORDS = MODULES | {
    **dict.fromkeys(("Tensor", "tensor", "Variable", "Scalar", "Var", "value", "scalar"), _VALUE),
    **dict.fromkeys(
        ("grad", "derivative", "value_and_grad", "autograd", "diff"), "gradient(f)(2.0) is the derivative of f at 2"
    ),
    **dict.fromkeys(("sum", "add_n"), "total([a, b]) is the sum, as one node; Python's sum() works, too"),
    "max": "maximum(a, b) takes two values; Python's max() returns one of them",
    "min": "minimum(a, b) takes two values; Python's min() returns one of them",
    "mean": "write total(values) / len(values)",
    "ln": "it is log",
    "pow": "write a**b",
    "abs": "Python's own abs(a) is recorded",
    "step": "the activation is heaviside; L.steps() steps through backprop",
    "backward": "the result has it: L.backward()",
    "steps": "the result has it: L.steps()",
    **dict.fromkeys(("seed", "manual_seed", "set_seed"), "models and fit have an option for it: MLP(2, [3, 1], seed=0)"),
    **dict.fromkeys(("datasets", "data", "load_iris", "make_moons"), _DATA),
    **dict.fromkeys(("optim", "optimizers", "optimisers"), "they are in chalkgrad.nn: from chalkgrad.nn import Adam"),
    **dict.fromkeys(("losses", "layers", "models"), "chalkgrad.nn has them, by name: from chalkgrad.nn import cross_entropy"),
    **dict.fromkeys(("mlp", "net", "network"), "MLP(2, [16, 1]) has 2 inputs, a layer of 16 neurons and one of 1"),
    **dict.fromkeys(("plot", "show", "picture", "graph"), 'draw(L).save("L.svg") draws the graph of L'),
}
