"""What follows the last layer: the linear, the logistic and the softmax head, alone or one below the other.

>>> from chalkgrad.nn import logistic_head
>>> from chalkgrad.viz.letters.themes import theme
>>> scene = head_diagram([logistic_head], [0.0], theme("light"))
>>> [run.words for shape in scene.shapes if hasattr(shape, "runs") for run in shape.runs][-4:]
['σ', 'P(y = 1) = σ(s) = 0.5', 'P(y = 0) = 1 - σ(s) = 0.5', 'loss: binary_cross_entropy_with_logits']
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from chalkgrad.engine import no_grad, sigmoid
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.tables import ends
from chalkgrad.nn.heads import Head, LinearHead, LogisticHead, SoftmaxHead
from chalkgrad.nn.losses import as_list
from chalkgrad.viz.diagrams import sketch
from chalkgrad.viz.diagrams.neuron_diagram import RADIUS, curve
from chalkgrad.viz.diagrams.sketch import DIAGRAMS
from chalkgrad.viz.formats.scene import Scene
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.letters.primitives import Rect, Shape
from chalkgrad.viz.letters.themes import Theme

CLASSES = 3  # of a softmax head whose scores are not given
SHOWN, FEWEST = 6, 3  # outputs; of more, the first and the last; fewer where several heads need the height
HIDDEN, HIDDEN_RADIUS, HIDDEN_PITCH = 3, 13, 33  # units of the layer before
SUM, HEAD, OUTPUT = 170, 400, 516  # where Σ, the head and the outputs stand, from the layer before
SUM_RADIUS = 22
PITCH, REMARKED, TALL = 50, 64, 94  # from one output to the next; with "no activation" between them; with a σ of its own
BOX = 124  # the width of softmax
ROOM = sketch.HEIGHT - 2 * sketch.MARGIN
BAR, BAR_HEIGHT = 170, 20  # for the probability 1
TITLE, APART, REMARK = 34, 16, 18  # the heights of a title, of what lies between two heads, and of softmax's remark


class _Output(NamedTuple):
    """One output of a head: its score, in words, and what it says; with the probability for a bar, if there is one."""

    score: str
    said: str
    probability: float | None


def head_diagram(heads: Sequence[Head], scores: Sequence[Any], colours: Theme, *, caption: str = "", digits: int = 4) -> Scene:
    """Draws heads, one below the other, each behind a last layer; with the numbers for these scores, None if not given."""
    top, shapes, said = 0.0, list[Shape](), list[str]()
    given = [None if one is None else [sketch.plain(s) for s in as_list(one)] for one in scores]
    outputs = [_outputs(head, values, digits) for head, values in zip(heads, given, strict=True)]
    bars = OUTPUT + 24 + max(fonts.width(one.said, sketch.SMALL, bold=True) for column in outputs for one in column)
    shown = next((n for n in range(SHOWN, FEWEST, -1) if _height(heads, outputs, n) <= ROOM), FEWEST)
    for head, column in zip(heads, outputs, strict=True):
        drawn, bottom = _panel(head, column, shown, top, bars, colours)
        shapes += drawn
        said.append(_spoken(head, column))
        top = bottom + APART
    shapes += sketch.caption(shapes, caption, colours)
    if caption:
        said.append(f"{caption.removesuffix('.')}.")
    return sketch.framed(shapes, colours, title_of(heads), " ".join(said))


def title_of(heads: Sequence[Head]) -> str:
    """Returns what the picture shows, in a few words."""
    if len(heads) == 1:
        return DIAGRAMS["figure of a head"].format(name=DIAGRAMS[heads[0].name])
    return DIAGRAMS["figure of heads"].format(names=", ".join(DIAGRAMS[head.name] for head in heads))


def _outputs(head: Head, scores: Sequence[float] | None, digits: int) -> list[_Output]:
    """Returns what the head has to say of each of its scores."""
    count = len(scores) if scores is not None else CLASSES if isinstance(head, SoftmaxHead) else 1
    if isinstance(head, SoftmaxHead) and count < 2:
        raise ValueError(
            "softmax_head takes a score for each class, such as x=[2.0, 1.0, -1.0]; one score is for logistic_head"
        )
    first = 0 if isinstance(head, SoftmaxHead) else 1
    indices = [sketch.subscript(k + first) if count > 1 else "" for k in range(count)]
    predictions: list[float] | None = None
    if scores is not None:
        with no_grad():
            predicted = as_list(head(scores if count > 1 else scores[0]))
        predictions = [sketch.plain(p) for p in predicted]

    def equal(x: float | None) -> str:
        return "" if x is None else f" = {words.number(x, digits)}"

    outputs = []
    for k, index in enumerate(indices):
        score = f"s{index}{equal(scores[k] if scores else None)}"
        p = predictions[k] if predictions else None
        match head:
            case LinearHead():
                outputs.append(_Output(score, f"ŷ{index} = s{index}{equal(p)}", None))
            case LogisticHead() if count == 1:
                outputs.append(_Output(score, f"P(y = 1) = σ(s){equal(p)}", p))
                outputs.append(
                    _Output("", f"P(y = 0) = 1 - σ(s){equal(None if p is None else 1 - p)}", None if p is None else 1 - p)
                )
            case LogisticHead():
                outputs.append(_Output(score, f"P(y{index} = 1) = σ(s{index}){equal(p)}", p))
            case _:
                outputs.append(_Output(score, f"P(y = {k}){equal(p)}", p))
    return outputs


def _places(head: Head, outputs: Sequence[_Output], shown: int) -> tuple[list[int | None], float, float]:
    """Returns which outputs are drawn, None for those left out, how far apart, and the height of all."""
    count = sum(bool(one.score) for one in outputs)
    places = ends(count, shown if count <= shown else shown - 1)
    pitch = TALL if isinstance(head, LogisticHead) else REMARKED if isinstance(head, LinearHead) else PITCH
    return places, pitch, max(pitch * len(places), TALL)


def _height(heads: Sequence[Head], outputs: Sequence[Sequence[_Output]], shown: int) -> float:
    """Returns the height of all heads if ``shown`` outputs of each are drawn."""
    tall = [_places(head, column, shown)[2] for head, column in zip(heads, outputs, strict=True)]
    remarks = REMARK * sum(isinstance(head, SoftmaxHead) for head in heads)
    return sum(tall) + remarks + TITLE * len(heads) + APART * (len(heads) - 1)


def _panel(
    head: Head, outputs: Sequence[_Output], shown: int, top: float, bars: float, colours: Theme
) -> tuple[list[Shape], float]:
    """Draws one head below the height ``top``, and returns how far down it reaches."""
    count = sum(bool(one.score) for one in outputs)
    places, pitch, tall = _places(head, outputs, shown)
    middle = top + TITLE + tall / 2
    heights = [middle + pitch * (place - (len(places) - 1) / 2) for place in range(len(places))]
    left = -HIDDEN_RADIUS
    title = sketch.words(left, top + 10, _title(head, count), colours.ink, anchor="start")
    shapes: list[Shape] = [sketch.phrase(title)]
    before = [(0.0, middle + HIDDEN_PITCH * (n - (HIDDEN - 1) / 2)) for n in range(HIDDEN)]
    nodes = [(float(SUM), y) for place, y in zip(places, heights, strict=True) if place is not None]
    for start in before:
        for end in nodes:
            ends_at = sketch.rim(start, HIDDEN_RADIUS, end), sketch.rim(end, SUM_RADIUS, start)
            shapes.append(sketch.line(*ends_at, colours.place_border, 1.5))
    shapes += (sketch.circle(*start, HIDDEN_RADIUS, colours.inner, colours.border) for start in before)
    softmax = isinstance(head, SoftmaxHead)
    if softmax:
        high = heights[-1] - heights[0] + 2 * SUM_RADIUS
        outline = Rect(HEAD - BOX / 2, middle - high / 2, BOX, high, 14, colours.root, colours.border, sketch.OUTLINE)
        shapes += [outline, sketch.words(HEAD, middle, "softmax", colours.ink, sketch.SIZE)]
    for place, y in zip(places, heights, strict=True):
        if place is None:
            shapes += sketch.dots(SUM, y, colours)
            continue
        shapes += _output(head, outputs[place], y, bars, colours)
    if isinstance(head, LogisticHead) and count == 1:
        y = heights[0] + sketch.LINE + 4
        shapes += _said(outputs[1], y, bars, colours)
    bottom = middle + tall / 2
    if softmax:
        bottom += REMARK
        add_up = sketch.words(OUTPUT, bottom - 8, DIAGRAMS["add up"], colours.ink, sketch.SMALL, bold=False, anchor="start")
        shapes.append(sketch.phrase(add_up))
    loss = DIAGRAMS["loss of the head"].format(loss=head.loss.name)
    shapes.append(sketch.phrase(sketch.words(OUTPUT, top + 10, loss, colours.ink, sketch.SMALL, bold=False, anchor="start")))
    return shapes, bottom


def _title(head: Head, count: int) -> str:
    several = isinstance(head, LogisticHead) and count > 1
    return DIAGRAMS["logistic head of several" if several else f"{head.name} head"].format(count=count)


def _output(head: Head, output: _Output, y: float, bars: float, colours: Theme) -> list[Shape]:
    """Draws a Σ, its score, what the head makes of it, and the output."""
    valued = "=" in output.score
    box = BOX / 2 if isinstance(head, SoftmaxHead) else RADIUS if isinstance(head, LogisticHead) else 0
    shapes: list[Shape] = [
        sketch.circle(SUM, y, SUM_RADIUS, colours.inner, colours.border),
        sketch.words(SUM, y, "Σ", colours.ink, 26),
    ]
    end = OUTPUT - 12
    if box:
        shapes += sketch.arrow((SUM + SUM_RADIUS, y), (HEAD - box - sketch.GAP, y), colours.edge)
        shapes += sketch.arrow((HEAD + box, y), (end, y), colours.edge)
    else:
        shapes += sketch.arrow((SUM + SUM_RADIUS, y), (end, y), colours.edge)
        middle = (SUM + SUM_RADIUS + end) / 2
        shapes.append(sketch.words(middle, y + 22, DIAGRAMS["no activation"], colours.ink, sketch.SMALL, bold=False))
    if isinstance(head, LogisticHead):
        shapes.append(sketch.circle(HEAD, y, RADIUS, colours.root, colours.border))
        shapes += curve(lambda v: sigmoid(v), (HEAD, y), colours)
    middle = (SUM + SUM_RADIUS + (HEAD - box if box else end)) / 2 - 4
    shapes.append(sketch.words(middle, y - 17, output.score, colours.data if valued else colours.ink, sketch.SMALL))
    if isinstance(head, LogisticHead):
        shapes.append(sketch.words(HEAD + RADIUS + 14, y - 18, "σ", colours.ink, sketch.SIZE))
    return [*shapes, *_said(output, y, bars, colours)]


def _said(output: _Output, y: float, bars: float, colours: Theme) -> list[Shape]:
    """Writes an output, and draws its probability as a bar in a frame that stands for 1."""
    valued = output.probability is not None or "=" in output.score
    shapes: list[Shape] = [
        sketch.words(OUTPUT, y, output.said, colours.data if valued else colours.ink, sketch.SMALL, anchor="start")
    ]
    if output.probability is not None:
        top = y - BAR_HEIGHT / 2
        shapes.append(Rect(bars, top, max(1.0, BAR * output.probability), BAR_HEIGHT, 0, colours.data))
        shapes.append(Rect(bars, top, BAR, BAR_HEIGHT, 0, "", colours.place_border, 1.5))
    return shapes


def _spoken(head: Head, outputs: Sequence[_Output]) -> str:
    """Describes a head in sentences."""
    count = sum(bool(one.score) for one in outputs)
    scores = ", ".join(one.score for one in outputs if one.score)
    said = [f"{_title(head, count)}, {DIAGRAMS['loss of the head'].format(loss=head.loss.name)}."]
    said.append(f"{scores}. {', '.join(one.said for one in outputs)}.")
    if isinstance(head, SoftmaxHead):
        said.append(f"{DIAGRAMS['add up'][:1].upper()}{DIAGRAMS['add up'][1:]}.")
    return " ".join(said)
