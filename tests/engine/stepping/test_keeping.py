"""Grads are put back as they were found, bit by bit, unless somebody takes them out."""

import math

import pytest
from chalkgrad.engine import Value
from chalkgrad.engine.stepping.keeping import data_kept, grads_kept


def graph():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    e = a * b
    e.backward()
    a.grad = -0.0
    return a, b, e


def fail_after_a_sweep(e):
    e.backward()
    raise ZeroDivisionError


def state(values):
    return [(v.has_grad, v._grad, math.copysign(1.0, v._grad or 0.0)) for v in values]


def test_grads_are_put_back_after_a_sweep_and_after_an_error():
    values = a, _, e = graph()
    a.zero_grad()
    before = state(values)
    with grads_kept(values):
        e.backward()
        assert state(values) != before
    assert state(values) == before
    with pytest.raises(ZeroDivisionError), grads_kept(values):
        fail_after_a_sweep(e)
    assert state(values) == before


def test_what_is_taken_out_stays_as_it_is_left():
    a, b, e = graph()
    with grads_kept([a, b, e]) as found:
        e.backward()
        del found[b]
    assert (math.copysign(1.0, a.grad), b.grad) == (-1.0, 4.0)
    with grads_kept([a, b, e]) as found:
        e.backward()
        found.clear()
    assert (a.grad, b.grad) == (-3.0, 6.0)


def test_a_cursor_in_the_middle_of_a_sweep_finds_its_grads_again():
    a, b, e = graph()
    steps = e.steps()
    steps.step()
    with grads_kept([a, b, e]):
        e.backward()
    steps.step()
    assert (a.grad, b.grad) == (-3.0, 2.0)


def test_data_that_is_set_within_is_put_back_and_nothing_else_becomes_stale():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    e, other = a * b, b + 1
    with data_kept(e):
        b.data = 5
        assert e.forward() == 10
    assert (b.data, e.data, e.partials) == (3.0, 6.0, (3.0, 2.0))
    e.backward()
    other.backward()


def test_data_that_is_set_within_stays_if_that_is_wanted():
    a = Value(2.0, "a")
    e = a * 3
    with data_kept(e) as found:
        a.data = 5
        e.forward()
        found.clear()
    assert (a.data, e.data) == (5.0, 15.0)
