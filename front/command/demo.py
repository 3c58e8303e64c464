"""The demonstration, `chalkgrad demo`: a chain rule worked in full, two pictures, a network that learns."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chalkgrad.command import examples, pictures
from chalkgrad.command.console import UserError, in_terminal, say
from chalkgrad.engine import Value, relu, total
from chalkgrad.engine.words.expressions import number
from chalkgrad.engine.words.language import section
from tqdm import tqdm

if TYPE_CHECKING:
    from chalkgrad.nn import MLP

DEMO_WORDS = section("demo")
SEED = 1337
DESCENT_STEPS = 200


def run(out: Path, seed: int = SEED) -> None:
    """Runs the whole demonstration; the pictures go to the folder `out`."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"the folder {out} cannot be made: {(error.strerror or str(error)).lower()}") from None
    drawn = [expression(out), neuron(out)]
    network(seed)
    ending([file for file in drawn if file is not None])


def expression(out: Path) -> Path | None:
    """Prints the trace and the backward pass of L = (a*b + c)*f, and draws it; returns the picture's file."""
    L = examples.build(examples.load("karpathy_L")).root  # noqa: N806 (the loss is L in every book)
    say(f"{DEMO_WORDS['expression']}\n")
    L.backward()
    say(f"{DEMO_WORDS['trace']}\n")
    say(str(L.tape()))
    say(f"\n{DEMO_WORDS['sweep']}\n")
    for step in L.steps():
        say(str(step))
    return _drawn(L, out / "L.svg")


def neuron(out: Path) -> Path | None:
    """Prints the gradients of a tanh neuron and draws it; returns the picture's file."""
    parsed = examples.build(examples.load("karpathy_tanh_neuron"))
    o, w1, w2 = (parsed.names[name] for name in ("o", "w1", "w2"))
    o.backward()
    say(f"\n{DEMO_WORDS['neuron']}\n")
    say(DEMO_WORDS["gradients"].format(o=number(o.data), w1=number(w1.grad), w2=number(w2.grad)))
    return _drawn(o, out / "neuron.svg")


def _drawn(root: Value, file: Path) -> Path | None:
    try:
        pictures.save([root], file)
    except UserError as error:  # no renderer or a full disk: the rest of the demonstration goes on
        say("\n" + DEMO_WORDS["not drawn"].format(error=error))
        return None
    say("\n" + DEMO_WORDS["drawn"].format(file=file))
    return file


def network(seed: int) -> None:
    """Trains MLP(2, [16, 16, 1]) on two moons; Ctrl-C keeps what it has learned so far."""
    from chalkgrad.nn import MLP
    from chalkgrad.nn.data import moons

    points, targets = moons(n=100, noise=0.1, seed=seed)
    model = MLP(2, [16, 16, 1], seed=seed)
    say(f"\n{DEMO_WORDS['network'].format(count=len(model.parameters()))}\n")
    reached = DEMO_WORDS["stopped at once"]
    hidden = not in_terminal(sys.stderr)
    bar = tqdm(total=len(points), desc=DEMO_WORDS["right"], unit="", bar_format=DEMO_WORDS["bar"], disable=hidden)
    try:
        for step in range(DESCENT_STEPS + 1):
            right, loss = descend(model, points, targets, rate=1.0 - 0.9 * step / DESCENT_STEPS)
            bar.n = right
            bar.set_postfix_str(DEMO_WORDS["now"].format(step=step, loss=number(loss)))
            words = {"right": right, "points": len(points), "count": step, "loss": number(loss)}
            reached = DEMO_WORDS.form("reached", step).format_map(words)
            if right == len(points):
                break
    except KeyboardInterrupt:
        say(f"\n{DEMO_WORDS['stopped']}")
    finally:
        bar.close()
    say(reached)


def descend(model: MLP, points: Sequence[Sequence[float]], targets: Sequence[float], rate: float) -> tuple[int, float]:
    """Returns how many points the model gets right, and its loss; unless all are right, takes a step of gradient descent.

    The loss is the mean of relu(1 - target·score), plus 1e-4 times the sum of the squared parameters.
    """
    scores = [model(point) for point in points]
    right = sum((score.data > 0) == (target > 0) for score, target in zip(scores, targets, strict=True))
    misses = [relu(1 - target * score) for score, target in zip(scores, targets, strict=True)]
    loss = total(misses) / len(misses) + 1e-4 * total([p * p for p in model.parameters()])
    if right < len(points):
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= rate * p.grad
    return right, loss.data


def ending(drawn: list[Path]) -> None:
    """Says what to open, and what to type next."""
    command, python = commands()
    files = str(drawn[0]) if drawn else ""
    for file in drawn[1:]:
        files = DEMO_WORDS["and"].format(one=files, other=file)
    opening = DEMO_WORDS["open"].format(files=files) if drawn else DEMO_WORDS["type"]
    say(f"\n{opening}\n")
    say(f'  {command} draw "(a*b + c)*f" a=2 b=-3 c=10 f=-2 -o L.svg')
    say(f"  {command} examples")
    say(f"  {command} step colah")
    say(f"  {command} play colah")
    say(f'  {python} -i -c "from chalkgrad import *"')


def commands() -> tuple[str, str]:
    """Returns how chalkgrad and its Python are called from here: by name if the PATH has them."""
    if shutil.which("chalkgrad"):
        return "chalkgrad", "python"
    script = Path(sys.argv[0])
    if script.stem == "chalkgrad":
        return shlex.quote(str(script)), shlex.quote(str(script.with_name("python")))
    return f"{shlex.quote(sys.executable)} -m chalkgrad", shlex.quote(sys.executable)
