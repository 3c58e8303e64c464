"""Modes concern the thread or the task that is in them: with barriers, so that no test depends on who comes first."""

import asyncio
import contextvars
import gc
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from chalkgrad.engine import Value, affine, chain_rule, no_grad, nonfinite, program, recording, total, unit
from chalkgrad.engine.basics import modes
from chalkgrad.nn import MLP, Neuron
from chalkgrad.nn.losses import squared_error
from chalkgrad.nn.training import fit
from counting import lines

MAKERS = [no_grad, lambda: nonfinite("propagate"), lambda: unit("u"), recording]


def here():
    """What this thread or task records with."""
    state = modes.current()
    return state.taping, state.propagate, state.place, state.comparisons


PLAIN = (True, False, "", None)


@pytest.fixture(autouse=True)
def _no_mode_is_left():
    yield
    assert modes.in_use == 0
    assert here() == PLAIN


def together(functions):
    """Runs each in a thread of its own, all at once, and returns what they return; what one raises is raised."""
    with ThreadPoolExecutor(len(functions)) as pool:
        return [future.result(60) for future in [pool.submit(function) for function in functions]]


# Threads -------------------------------------------------------------------------------------------------------------


def test_a_mode_in_one_thread_changes_nothing_in_another():
    entered, seen = threading.Barrier(2), threading.Barrier(2)

    def inside():
        with no_grad(), unit("mine"), nonfinite("propagate"), recording():
            entered.wait(30)
            seen.wait(30)
            return here()[:3]

    def outside():
        entered.wait(30)
        x = Value(2.0)
        y = x * x + total([x, 3.0]) + x.relu()
        found = here(), y.place, x.place, len(y.tape())
        seen.wait(30)
        return found

    assert together([inside, outside]) == [(False, True, "mine"), (PLAIN, "", "", 6)]


def test_units_of_eight_threads_do_not_mix():
    barrier = threading.Barrier(8)

    def places(name):
        found = set()
        for _ in range(50):
            with unit(name):
                barrier.wait(30)
                x = Value(1.0)
                found |= {node.place for node in (x, x * x, x + 1, affine([x], [x]), x.tanh())}
                with unit("inner"):
                    barrier.wait(30)
                    found.add((x * x).place)
        return found

    names = [f"thread{i}" for i in range(8)]
    found = together([lambda name=name: places(name) for name in names])
    assert found == [{name, f"{name}.inner"} for name in names]


def test_one_unit_entered_by_eight_threads_gives_each_its_own_place():
    shared, barrier = unit("shared"), threading.Barrier(8)

    def places(name):
        with unit(name):
            barrier.wait(30)
            with shared:
                barrier.wait(30)
                return Value(1.0).place

    assert together([lambda i=i: places(f"t{i}") for i in range(8)]) == [f"t{i}.shared" for i in range(8)]


def test_eight_threads_that_call_one_model_get_every_place_right():
    model = MLP(2, [3, 2, 1], activation="tanh", seed=0)
    wanted = [node.place for node in model([1.0, 2.0]).tape()]
    barrier = threading.Barrier(8)

    def places():
        found = []
        for _ in range(20):
            barrier.wait(30)
            found.append([node.place for node in model([1.0, 2.0]).tape()])
        return found

    for found in together([places] * 8):
        assert found == [wanted] * 20


def test_three_trainings_at_once_end_with_the_bits_they_have_one_after_the_other():
    rows, targets = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]

    def trained(seed, barrier=None):
        model = MLP(2, [3, 1], activation="tanh", seed=seed)
        callbacks = [lambda epoch, history, model: barrier.wait(60) and None] if barrier else []
        fit(model, rows, targets, loss=squared_error, epochs=8, compiled=False, progress=False, seed=seed, callbacks=callbacks)
        return [parameter.data for parameter in model.parameters()]

    alone = [trained(seed) for seed in range(3)]
    barrier, over = threading.Barrier(3), threading.Event()

    def idle():  # one more thread computes without recording all the while
        with no_grad(), unit("idle"):
            over.wait(60)

    bystander = threading.Thread(target=idle)
    bystander.start()
    try:
        assert together([lambda seed=seed: trained(seed, barrier) for seed in range(3)]) == alone
    finally:
        over.set()
        bystander.join()


def test_the_clock_of_staleness_is_one_for_all_threads_and_gives_no_time_twice():
    barrier = threading.Barrier(8)

    def times():
        barrier.wait(30)
        return [modes.tick() for _ in range(2000)]

    found = [time for times in together([times] * 8) for time in times]
    assert len(set(found)) == len(found) == 16000
    assert modes.clock >= max(found)


def test_a_value_changed_in_one_thread_is_stale_in_another():
    x = Value(3.0, "x")
    y = x * x

    def change():
        x.data = 5.0

    together([change])
    assert [node is y for node in y.tape().stale] == [True]
    assert y.forward() == 25.0


# Blocks that overlap -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", MAKERS)
def test_blocks_that_overlap_leave_nothing_behind(make):
    first, second = make(), make()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert here() != PLAIN
    second.__exit__(None, None, None)
    assert here() == PLAIN


def test_the_innermost_mode_of_a_kind_decides():
    with no_grad(), modes.taped():
        assert modes.current().taping
        with no_grad():
            assert not modes.current().taping
        assert modes.current().taping
    with nonfinite("propagate"), nonfinite("raise"), pytest.raises(ValueError, match="finite"):
        Value(float("inf"))


# Tasks ---------------------------------------------------------------------------------------------------------------


def test_a_tasks_mode_around_an_await_concerns_that_task_alone():
    async def main():
        inside, looked = asyncio.Event(), asyncio.Event()

        async def one():
            with no_grad(), unit("one"):
                inside.set()
                await looked.wait()
                return here()

        async def other():
            await inside.wait()
            x = Value(2.0)
            found = here(), (x * x).parents == (x, x)
            looked.set()
            return found

        return await asyncio.gather(one(), other())

    assert asyncio.run(main()) == [(False, False, "one", None), (PLAIN, True)]


def test_a_task_has_the_modes_of_what_started_it_as_long_as_that_is_in_them():
    async def main():
        left = asyncio.Event()

        async def child():
            before = modes.current().taping
            await left.wait()
            return before, modes.current().taping

        with no_grad():
            task = asyncio.create_task(child())
            await asyncio.sleep(0)
        left.set()
        return await task

    assert asyncio.run(main()) == (False, True)


# Decorators ----------------------------------------------------------------------------------------------------------


def test_a_mode_is_a_decorator_of_functions():
    @no_grad()
    def square(x):
        """Squares."""
        return x * x

    x = Value(2.0)
    assert square(x).parents == ()
    assert (square.__name__, square.__doc__) == ("square", "Squares.")
    assert (x * x).parents == (x, x)


def test_a_decorated_generator_is_in_the_mode_while_it_runs_and_not_while_it_waits():
    x = Value(2.0)

    @no_grad()
    def squares():
        sent = yield x * x
        try:
            yield sent, x * x
        except KeyError:
            yield "caught", x * x
        return "done"

    running = squares()
    assert next(running).parents == ()
    assert (x * x).parents == (x, x)
    sent, square = running.send("sent")
    assert (sent, square.parents) == ("sent", ())
    assert (x * x).parents == (x, x)
    caught, square = running.throw(KeyError())
    assert (caught, square.parents) == ("caught", ())
    with pytest.raises(StopIteration, match="done"):
        next(running)


def test_a_decorated_generator_may_be_closed_or_dropped():
    closed = []

    @no_grad()
    def numbers():
        try:
            yield 1
            yield 2
        finally:
            closed.append(modes.current().taping)

    running = numbers()
    next(running)
    running.close()
    running = numbers()
    next(running)
    del running
    gc.collect()
    assert closed == [False, False]


def test_a_mode_is_a_decorator_of_coroutines():
    @unit("task")
    async def place():
        await asyncio.sleep(0)
        return Value(1.0).place

    async def main():
        return await asyncio.gather(place(), place())

    assert asyncio.run(main()) == ["task", "task"]


def test_an_asynchronous_generator_is_refused_with_what_to_do():
    async def numbers():
        yield 1

    with pytest.raises(TypeError, match="enter the mode inside it"):
        no_grad()(numbers)


def test_a_generator_that_yields_inside_a_mode_leaves_its_caller_in_it_until_it_goes_on():
    # As the module says: Python runs a generator in its caller's context.
    def numbers():
        with no_grad():
            yield 1

    running = numbers()
    next(running)
    assert not modes.current().taping
    running.close()
    assert modes.current().taping


def test_a_generator_dropped_in_another_thread_leaves_its_mode_there_and_everywhere():
    def numbers():
        with no_grad():
            yield 1

    running = [numbers()]

    def begin():
        next(running[0])
        return modes.current().taping

    assert together([begin]) == [False]
    running.clear()
    gc.collect()
    assert modes.in_use == 0


# What recording does under a mode ------------------------------------------------------------------------------------


def test_comparisons_are_noted_by_the_thread_that_is_recording():
    entered, compared = threading.Barrier(2), threading.Barrier(2)
    x, y = Value(3.0, "x"), Value(4.0, "y")

    def noting():
        with recording():
            entered.wait(30)
            compared.wait(30)
            return 2 * x if x > 0 else x

    def comparing():
        entered.wait(30)
        z = 2 * y if y > 0 else y
        compared.wait(30)
        return z

    noted, free = together([noting, comparing])
    with pytest.raises(ValueError, match="x > 0 was decided by Python"):
        program(noted, inputs=[x])
    assert program(free, inputs=[y]).compile()(5.0) == (10.0, (2.0,))


def test_a_generator_that_is_decorated_is_one_recording():
    x = Value(3.0, "x")

    @recording()
    def choices():
        large = x > 0
        yield None
        yield 2 * x if large else x

    *_, y = choices()
    with pytest.raises(ValueError, match="x > 0 was decided by Python"):
        program(y, inputs=[x])


# What comes between ----------------------------------------------------------------------------------------------------


def interrupted(work, at):
    """Runs, and presses Ctrl-C when so many lines of modes.py have been begun; whether it came to that.

    The two lines of __exit__ before its `try` is on are left out: nothing of ours is running then that could leave the mode.
    """
    lines = 0

    def trace(frame, event, _):
        nonlocal lines
        if frame.f_code.co_filename != modes.__file__:
            return None
        if event == "call" and frame.f_code.co_name == "__exit__":
            return lambda *_: lambda *_: trace
        if event == "line":
            lines += 1
            if lines == at:
                raise KeyboardInterrupt
        return trace

    outer = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(outer)
        while modes._lock._is_owned():  # a trace function raises where Ctrl-C cannot come, too: before `with` leaves a lock
            modes._lock.release()
    return False


@pytest.mark.parametrize("make", MAKERS)
def test_ctrl_c_at_any_line_leaves_no_mode_on(make):
    x = Value(2.0)

    def work():
        with make(), make():
            return x * x

    at = 1
    while interrupted(work, at):
        assert (modes.in_use, here()) == (0, PLAIN), at
        at += 1
    assert at > 30


def test_a_mode_is_left_when_its_exit_raises():
    class Unnamed(float):
        def __str__(self):
            raise RuntimeError("no name")

    x = Value(2.0)
    with pytest.raises(RuntimeError, match="no name"), recording():
        assert x < Unnamed(3.0)


def test_leaving_what_has_been_left_already_does_nothing():
    stack = ExitStack()
    with modes.restored_modes():
        stack.enter_context(unit("late"))
    stack.close()


def test_each_block_leaves_the_entry_that_it_has_made():
    shared, x = no_grad(), Value(2.0)

    def numbers():
        with shared:
            yield 1

    running = numbers()
    contextvars.copy_context().run(next, running)
    with shared:
        running.close()
        assert (x * x).parents == ()


def test_a_block_may_be_left_in_another_frame_than_it_was_entered_in():
    with ExitStack() as stack:
        stack.enter_context(no_grad())
        assert Value(2.0).exp().parents == ()


def test_generators_that_the_collector_closes_while_modes_are_entered_do_no_harm():
    # Each holds itself in a cycle and waits inside a mode, so that the collector closes it whenever it comes by.
    class Holding:
        def __init__(self):
            self.items = self.numbers()
            next(self.items)

        def numbers(self):
            with no_grad():
                yield self

        @no_grad()
        def decorated(self):
            yield self

    threshold = gc.get_threshold()
    gc.set_threshold(5, 2, 2)
    try:
        for _ in range(3000):
            holding = Holding()
            holding.more = holding.decorated()
            next(holding.more)
            with no_grad(), unit("u"):
                pass
    finally:
        gc.set_threshold(*threshold)
    del holding
    gc.collect()


def test_many_modes_inside_each_other_take_time_in_proportion():
    def nested(depth):
        with ExitStack() as stack:
            for _ in range(depth):
                stack.enter_context(no_grad())

    few, many = lines(lambda: nested(50)), lines(lambda: nested(400))
    assert many < 12 * few  # eight times as many; the square would be 64 times


@pytest.mark.parametrize("decorated", [property(lambda self: 1), classmethod(lambda cls: 1), int])
def test_what_is_not_a_function_is_not_decorated(decorated):
    with pytest.raises(TypeError, match="decorator of functions"):
        no_grad()(decorated)


def test_a_decorator_without_its_parentheses_says_so():
    with pytest.raises(TypeError, match=r"write @no_grad\(\)"):

        @no_grad
        def function():
            """Does nothing."""


def test_what_a_terminal_would_act_upon_is_escaped_in_the_name_of_a_unit():
    with unit("l\x1b[2Jayer\r"):
        a, b = Value(2.0, "a"), Value(3.0, "a")
    y = a * b
    y.label = "y"
    assert a.place == "l\\x1b[2Jayer\\r"
    for text in (str(y.steps()[1]), str(chain_rule(y, a)), str(y.tape()), repr(a)):
        assert set(text.replace("\n", "")) & {chr(i) for i in range(32)} == set()
    with unit("σ layer-1 שכבה"):
        assert Value(1.0).place == "σ layer-1 שכבה"


def test_so_it_is_in_the_name_of_a_neuron():
    neuron = Neuron(1, name="n\x1b[31m", seed=0)
    assert neuron([1.0]).place == neuron.w[0].place == "n\\x1b[31m"
