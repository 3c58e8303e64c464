"""A scalar reverse-mode autodiff engine for the blackboard.

>>> from chalkgrad import *
>>> a, b = Value(2), Value(-3)
>>> L = (a * b + 10) * -2
>>> L.backward()
>>> a, b
(<Value a = 2, grad 6>, <Value b = -3, grad -4>)

To compute  Value(2); + - * / ** %; exp(a), log sqrt sin cos tan tanh
            sigmoid relu softmax maximum minimum; more: chalkgrad.functions
            L.backward(), then a.grad is ∂L/∂a; a.data = 5, L.forward()
            gradient(f)(2.0); by name: jacobian, hessian, jvp, vjp, program
To see why  L.steps(), the backward pass edge by edge; print(L.tape())
            chain_rule(L, a), the sum over paths; nudge(L, a)
To draw     draw(L), save(L, "L.svg"), play(L, "L.html"), chalkgrad.viz
To train    model = MLP(2, [16, 1]); fit(model, X, y, loss=…); no_grad()
            Neuron, Layer, Network; losses and data are in chalkgrad.nn
To check    L.check(a=6), an answer; gradcheck(f, 2.0), a derivative
To go on    help(Value), help(chalkgrad.nn); at a terminal chalkgrad --help

The star brings 26 names, those above without a dot that do not come "by
name"; all others do: from chalkgrad import hessian.
"""

TYPE_CHECKING = False  # for type checkers, which go by the name; typing takes longer to import than all that is here

# fmt: off
__all__ = [  # what a blackboard needs, and nothing that a student's own line is called: cost, step, total, tape, unit
    "MLP", "Layer", "Network", "Neuron", "Value", "chain_rule", "cos", "draw", "exp", "fit", "gradcheck", "gradient", "log",
    "maximum", "minimum", "no_grad", "nudge", "play", "relu", "save", "sigmoid", "sin", "softmax", "sqrt", "tan", "tanh",
]
# fmt: on

if TYPE_CHECKING:
    from chalkgrad import engine, functions, nn, viz  # noqa: F401 - there without an import
    from chalkgrad.engine import *  # noqa: F403 - all public names can be imported from here
    from chalkgrad.nn import *  # noqa: F403
    from chalkgrad.viz import *  # noqa: F403

    __version__: str
else:
    _ROOMS = ("engine", "nn", "viz")

    def __getattr__(name):
        # Nothing is imported before it is asked for, so that the command can answer Ctrl-C from its first line on. A
        # distribution's metadata take longer to read than the engine to import.
        if name == "__version__":
            from importlib.metadata import version

            return version("chalkgrad")
        from importlib import import_module

        if name in (*_ROOMS, "functions"):
            return import_module(f"chalkgrad.{name}")
        for room in _ROOMS:
            package = import_module(f"chalkgrad.{room}")
            if name in package.__all__:
                found = globals()[name] = getattr(package, name)
                return found
        from chalkgrad.engine.basics.later import not_there
        from chalkgrad.words_of_others import WORDS

        raise not_there(__name__, name, _public(), WORDS)

    def _public():
        from importlib import import_module

        return [name for room in _ROOMS for name in import_module(f"chalkgrad.{room}").__all__]

    def __dir__():
        from chalkgrad.engine.basics.later import names_for_caller

        return names_for_caller([*_public(), *_ROOMS, "functions", "__version__"])

    def _for_notebooks():
        # The engine knows no pictures: it calls this when a notebook first asks what to show.
        import chalkgrad.viz.widget.notebook  # noqa: F401
