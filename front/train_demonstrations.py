"""The tasks of `chalkgrad train` that have no data: one hidden layer as an approximation, and the parameters of a cubic."""

from __future__ import annotations

import time
from typing import Any

from chalkgrad import pictures
from chalkgrad.console import UserError, say
from chalkgrad.tasks import CUBIC, ONE_LAYER
from chalkgrad.train_options import Settings, refuse_untrainable
from chalkgrad.train_reports import NO_BREAK, TARGETS, Outcome, say_paragraph, sentence_of, time_taken


def approximation(settings: Settings) -> Outcome:
    """Fits a curve by networks of one hidden layer, wider and wider, and says how large an error each leaves."""
    from chalkgrad.engine import DomainError, NonFiniteError
    from chalkgrad.nn.demonstrations import Approximations, approximations, evenly_placed_units

    widths = settings.widths or (1, 2, 4, 8, 16, 32, 64)
    activation = settings.activation or "tanh"
    refuse_untrainable(evenly_placed_units(1, activation), [0.5])
    given: dict[str, Any] = {"epochs": settings.epochs, "rate": settings.rate, "batch_size": settings.batch}
    say_paragraph(
        f"{ONE_LAYER}: f(x) = sin(2πx) + 0.3·cos(6πx) on [0, 1] by W2·φ(W1·x + b1) + b2, φ being {activation}; "
        "65 points to train on, the sup error between them; hidden units begin spread over [0, 1]"
    )
    start, done = time.perf_counter(), Approximations()
    try:
        for one in approximations(
            widths=widths,
            activation=activation,
            seed=settings.seed or 0,
            compiled=settings.compiled_option,
            progress=True,
            **{name: option for name, option in given.items() if option is not None},
        ):
            done.append(one)
    except (ImportError, ValueError, NonFiniteError, DomainError) as error:
        raise UserError(sentence_of(error)) from None
    seconds = time.perf_counter() - start
    stopped = len(done) < len(widths)
    if done:
        say(repr(done))
    target = done[-1].history.target if done else ""
    if stopped:
        say(f"stopped: width{'s' * (len(widths) - len(done) > 1)} {', '.join(map(str, widths[len(done) :]))} left out")
    short = "stopped"
    if done:
        best = min(done, key=lambda one: one.error)
        short = f"sup error {best.error:.4f}"
        say_paragraph(f"{short} at width {best.width}; {time_taken(seconds)}, {TARGETS[target]}")
        say_paragraph(
            "The theorem of universal approximation says that for every ε some width is enough, if φ is continuous and no "
            "polynomial. It does not say which; training finds what it finds, and --activation linear nothing at all."
        )
    if settings.plot is not None and done:
        from chalkgrad.viz.plots import plots

        with pictures.obstacles(settings.plot):
            plots.plot_sup_error([one.width for one in done], [one.error for one in done], save=settings.plot)
        say_paragraph(f"wrote {settings.plot}: the sup error against the width")
    network = f"1-{min(done, key=lambda one: one.error).width if done else widths[0]}-1"
    return Outcome(ONE_LAYER, network, short, seconds, target, stopped)


def polynomial(settings: Settings) -> Outcome:
    """Says how many parameters a cubic polynomial has, and a network."""
    from chalkgrad.nn.demonstrations import polynomial_parameters

    widths = (*(settings.widths or (100,)), 1)
    counts = polynomial_parameters([2, 10, 100, 1000, 10_000], 3, widths)
    say_paragraph(
        f"{CUBIC}: the parameters of a polynomial of degree 3 in D variables, and those of a network; "
        "D = 10,000 is a picture of 100×100 pixels"
    )
    say(repr(counts))
    cubic, network = counts[-1].monomials, counts[-1].network
    say_paragraph(
        f"At 8 bytes each the cubic's {cubic:,} parameters take {cubic * 8 / 1e12:.1f}{NO_BREAK}TB, "
        f"the {network:,} of the network {network * 8 / 1e6:.2g}{NO_BREAK}MB: the one grows as D³, the other as D."
    )
    return Outcome(CUBIC, "-".join(map(str, (10_000, *widths))), f"{cubic:,} in a cubic")
