"""What a page says of a step of descent, filled in with numbers, beside what is said of these numbers themselves."""

import math

import pytest
from chalkgrad.engine.words.placeholders import Placeholders
from chalkgrad.nn.downhill import DescentStep, limit_along
from chalkgrad.viz.page.filling import computed, filled
from hypothesis import example, given
from hypothesis import strategies as st

NUMBERS = st.sampled_from([-16.0, -0.1, 0.0, 0.64, 1.0, 16.0, 16.000001, 5e20, math.nan, math.inf])
FALLS = DescentStep(0.1, -16.0, 1.6, 1, 1, 16.0, 0.64, 51.84)
RISES = DescentStep(0.3, -16.0, 4.8, 2, 3, 16.0, 31.36, 185.0)


@given(st.builds(DescentStep, *[st.sampled_from([-0.1, 0.3])] * 3, *[st.integers(0, 2)] * 2, *[NUMBERS] * 5))
@example(FALLS)
@example(RISES._replace(bound=0.25))
@example(RISES._replace(falling=0.15))
@example(RISES._replace(rate=-0.1))
def test_a_text_for_all_steps_is_filled_in_with_what_is_said_of_each(step):
    if not math.isfinite(step.before):  # from there no step is taken
        step = step._replace(before=2.0)
    placeholders = Placeholders()
    given_ = DescentStep(*[placeholders.given("descent", math.nan, i) for i in range(len(step))])
    text = placeholders.text(given_.text("w", "L"))
    assert filled(text, computed(placeholders.numbers, [], descent=list(step))) == step.text("w", "L")


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (FALLS, "w - 0.1·(-16) = 1.6: L falls 16 → 0.64; + would make it 51.84"),
        (FALLS._replace(after=math.nan, other=math.nan), "L has no value there; + would lead to where it has no value"),
        (FALLS._replace(after=16.0), ": L stays at 16; + would make it 51.84"),
        (FALLS._replace(moves=0), ""),
        (RISES._replace(bound=0.25), "above 2/f'' = 0.25 (f'' along the gradient)? The sign was -; below that rate L falls"),
        (RISES._replace(falling=0.15), "too large? The sign was -; with rate 0.15 L falls"),
        (RISES, "The sign was -, and no smaller rate was found with which L falls: is the gradient right?"),
        (RISES._replace(rate=-0.3), "The sign was +: a step goes against the gradient"),
        (RISES, ", the largest of 2 moves: L rises 16 → 31.36; + would make it 185\nL rose: was the sign +"),
    ],
)
def test_what_is_said_of_a_step(step, says):
    text = step.text("w", "L")
    assert says in text
    assert bool(text) == bool(step.moves)


def test_a_limit_is_a_rate_below_which_a_parabola_falls_and_above_which_it_does_not():
    def f(w):
        return 3 * w * w - 5 * w + 1

    def along(rate):
        return limit_along(lambda share: f(2 - rate * share * 7), f(2), -rate * 49, rate)  # f'(2) = 7

    assert along(1.0).bound == pytest.approx(2 / 6)  # 2/f''
    assert along(40.0).bound == pytest.approx(2 / 6)
    assert math.isnan(along(-1.0).bound)
    assert f(2 - 0.333 * 7) < f(2) < f(2 - 0.334 * 7)
