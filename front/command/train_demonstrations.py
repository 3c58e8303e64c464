"""The tasks of `chalkgrad train` that have no data: one hidden layer as an approximation, and the parameters of a cubic."""

from __future__ import annotations

import sys
import time
from typing import Any

from chalkgrad.command import pictures
from chalkgrad.command.console import UserError, in_terminal, say
from chalkgrad.command.tasks import CUBIC, ONE_LAYER
from chalkgrad.command.train_options import Settings, refuse_large, refuse_untrainable
from chalkgrad.command.train_reports import COMPUTED_BY, REPORTS, Outcome, say_paragraph, sentence_of, time_taken, unbroken


def approximation(settings: Settings) -> Outcome:
    """Fits a curve by networks of one hidden layer, wider and wider, and says how large an error each leaves."""
    from chalkgrad.engine import DomainError, NonFiniteError
    from chalkgrad.nn.demonstrations import Approximations, approximations, evenly_placed_units

    widths = settings.widths or (1, 2, 4, 8, 16, 32, 64)
    activation: Any = settings.activation or "tanh"
    refuse_large(1, [max(widths), 1])
    refuse_untrainable(evenly_placed_units(1, activation), [0.5])
    given: dict[str, Any] = {"epochs": settings.epochs, "rate": settings.rate, "batch_size": settings.batch}
    say_paragraph(REPORTS["approximation"].format(task=ONE_LAYER, activation=activation))
    start, done = time.perf_counter(), Approximations()
    try:
        for one in approximations(
            widths=widths,
            activation=activation,
            seed=settings.seed or 0,
            compiled=settings.compiled_option,
            progress=in_terminal(sys.stderr),
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
        left_out = widths[len(done) :]
        say(REPORTS.form("widths left out", len(left_out)).format(widths=", ".join(map(str, left_out))))
    short = REPORTS["stopped"]
    if done:
        best = min(done, key=lambda one: one.error)
        short = REPORTS["sup error"].format(error=f"{best.error:.4f}")
        time_and_target = {"time": time_taken(seconds), "by": COMPUTED_BY[target]}
        say_paragraph(REPORTS["best width"].format(result=short, width=best.width, **time_and_target))
        say_paragraph(REPORTS["universal approximation"])
    if settings.plot is not None and done:
        from chalkgrad.viz.plots import plots

        with pictures.obstacles(settings.plot):
            plots.plot_sup_error([one.width for one in done], [one.error for one in done], save=settings.plot)
        say_paragraph(REPORTS["wrote"].format(file=settings.plot, content=REPORTS["sup error plot"]))
    network = f"1-{min(done, key=lambda one: one.error).width if done else widths[0]}-1"
    facts = {
        "task": ONE_LAYER,
        "model": {"activation": activation},
        "training": {"stopped": stopped, "computed_by": target},
        "metrics": [{"width": one.width, "sup_error": one.error} for one in done],
        "files": {"plot": settings.plot if done else None},
    }
    return Outcome(ONE_LAYER, network, short, seconds, target, stopped, facts)


def polynomial(settings: Settings) -> Outcome:
    """Says how many parameters a cubic polynomial has, and a network."""
    from chalkgrad.nn.demonstrations import polynomial_parameters

    widths = (*(settings.widths or (100,)), 1)
    counts = polynomial_parameters([2, 10, 100, 1000, 10_000], 3, widths)
    say_paragraph(REPORTS["polynomial"].format(task=CUBIC))
    say(repr(counts))
    cubic, network = counts[-1].monomials, counts[-1].network
    say_paragraph(
        REPORTS["sizes"].format(
            cubic=f"{cubic:,}",
            network=f"{network:,}",
            terabytes=unbroken(REPORTS["terabytes"].format(size=f"{cubic * 8 / 1e12:.1f}")),
            megabytes=unbroken(REPORTS["megabytes"].format(size=f"{network * 8 / 1e6:.2g}")),
        )
    )
    rows = [{"inputs": row.inputs, "cubic": row.monomials, "network": row.network} for row in counts]
    facts = {"task": CUBIC, "model": {"widths": list(widths)}, "metrics": rows}
    short = REPORTS["cubic"].format(count=f"{cubic:,}")
    return Outcome(CUBIC, "-".join(map(str, (10_000, *widths))), short, facts=facts)
