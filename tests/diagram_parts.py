"""What tests of diagrams read off a scene: its words, and where they stand; and a model that several diagrams show."""

from chalkgrad.nn import MLP
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.letters.primitives import TextLine


def without_activations():
    """Returns the model with W₂ = (2 -1), W₁ = (1 2; 1 0.5), b₁ = (-1, 3), b₂ = 1."""
    model = MLP(2, [2, 1], activation=None, seed=0)
    model.layer1.W, model.layer1.b = [[1, 2], [1, 0.5]], [-1, 3]
    model.layer2.W, model.layer2.b = [[2, -1]], [1]
    return model


def words(scene):
    """Returns the lines of text."""
    return ["".join(run.words for run in shape.runs) for shape in scene.shapes if isinstance(shape, TextLine)]


def rectangle(text):
    """Returns where the capitals of a text stand: left, top, right, bottom."""
    wide = sum(fonts.width(run.words, run.size, bold=run.bold) for run in text.runs)
    left = text.x - wide * {"start": 0, "middle": 0.5, "end": 1}[text.anchor]
    return left, text.y - 0.72 * text.runs[0].size, left + wide, text.y
