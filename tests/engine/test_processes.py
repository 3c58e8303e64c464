"""What must hold between two processes: the same texts whatever the hash seed, and pickles that live on."""

import os
import pickle

import pytest
from chalkgrad.engine import Value, operation, sin
from processes import python

TEXTS = """
    from chalkgrad.engine import *
    from chalkgrad.engine.words import expressions as words
    from chalkgrad.engine.words.printer import LaTeX, Plain
    from chalkgrad.engine.rules import RULES
    a, b, c = Value(2.0, "a"), Value(-3.0, "b"), Value(0.5)
    wave = operation("wave", lambda x, k: sin(k * x) / (1 + x * x))
    with unit("layer1"):
        p = softmax([a, b, c, 1.5])
        s = affine([a, b], [c, 2.0], 1) + total([a, a, b]) + logsumexp([a, b])
    L = maximum(tanh(s) * p[0] ** 2, wave(a, 3)) - a**b / elu(c)
    print(repr(L), L.steps(), L.tape(), tape(L, s))
    L.backward()
    print(L.tape())
    for step in L.steps():
        print(step)
    for v in L.tape():
        print(repr(v), LaTeX().expression(v), [LaTeX().reason(v, i) for i in range(len(v.parents))])
    a.data = 7
    print(L.tape())
    for rule in RULES.values():
        print(rule, [write.formula(tree) for tree in rule.shown for write in (Plain(), LaTeX())])
    try:
        log(b)
    except DomainError as error:
        print(error)
    try:
        L.backward()
    except StaleGraphError as error:
        print(error)
"""


def test_every_text_is_the_same_in_two_processes():
    first = python(TEXTS, PYTHONHASHSEED="1")
    assert "∂wave/∂a" in first  # of an operation of one's own the function is differentiated
    assert first.count("\n") > 100
    assert first == python(TEXTS, PYTHONHASHSEED="4242")


def test_no_text_has_a_memory_address_in_it():
    assert "0x" not in python(TEXTS)


def test_in_a_terminal_without_these_letters_the_ascii_form_is_shown_instead_of_a_crash():
    shown = python(
        """
        from chalkgrad.engine import Value
        a, b = Value(2.0, "a"), Value(-3.0, "b")
        L = a * b
        print(L.steps()[1])
        print(L.tape())
        print(repr(L))
        """,
        PYTHONIOENCODING="ascii",
    )
    assert "dL/da = b = -3" in shown
    assert "L = a*b = -6" in shown


FORMS = [pytest.param(protocol, id=f"protocol {protocol}") for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]


@pytest.mark.parametrize("protocol", FORMS)
def test_a_graph_restored_in_a_fresh_process_is_extended_and_swept(protocol, tmp_path):
    x, frozen = Value(3.0, "x"), Value(2.0, "k", constant=True)
    y = x * frozen + 1
    x.data = 4  # the clock has ticked: a fresh process, whose clock stands at 0, must not think what it makes older
    y.forward()
    y.backward()
    (tmp_path / "graph").write_bytes(pickle.dumps({"x": x, "y": y, "frozen": frozen}, protocol=protocol))
    shown = python(
        """
        import pickle, sys
        from chalkgrad.engine import Value
        with open(sys.argv[1], "rb") as file:
            kept = pickle.load(file)
        x, y, frozen = kept["x"], kept["y"], kept["frozen"]
        print(x.grad, frozen.constant, y.parents[0].parents == (x, frozen), y.tape().stale)
        z = y * x + Value(1.0)
        z.zero_grad()
        z.backward()
        print(z.data, x.grad, frozen.has_grad)
        x.data = 1
        print(z.forward())
        """,
        tmp_path / "graph",
    )
    assert shown.splitlines() == ["2.0 True True []", f"{9.0 * 4 + 1} {9.0 + 2 * 4} False", f"{3.0 * 1 + 1}"]


def test_an_operation_of_ones_own_is_restored_with_its_node(tmp_path):
    wave = operation("wave", lambda x, k: sin(k * x))
    x = Value(0.25, "x")
    y = wave(x, 3)
    (tmp_path / "graph").write_bytes(pickle.dumps((x, y)))
    shown = python(
        """
        import pickle, sys
        with open(sys.argv[1], "rb") as file:
            x, y = pickle.load(file)
        print(y.op, y.partials, y.arguments[1])
        x.data = 0.0
        print(y.forward(), y.partials)
        y.backward()
        print(y.steps()[1])
        """,
        tmp_path / "graph",
    )
    first, second, *sentence = shown.splitlines()
    assert first == f"<operation wave> {y.partials} 3.0"
    assert second == "0.0 (3.0,)"
    assert "y = wave(x, 3)" in sentence[0]


def test_a_deep_graph_is_restored_in_a_fresh_process(tmp_path):
    v = x = Value(1.0, "x")
    for _ in range(100_000):
        v = v + x
    (tmp_path / "graph").write_bytes(pickle.dumps((x, v)))
    shown = python(
        """
        import pickle, sys
        with open(sys.argv[1], "rb") as file:
            x, v = pickle.load(file)
        v.backward()
        print(v.data, x.grad)
        """,
        tmp_path / "graph",
    )
    assert shown.split() == ["100001.0", "100001.0"]


def test_where_processes_cannot_fork_sweeps_are_told_apart_all_the_same():
    shown = python(
        """
        import os, random, threading  # which ask for it themselves
        if hasattr(os, "register_at_fork"):
            del os.register_at_fork
        from chalkgrad.engine import Value
        x = Value(3.0, "x")
        (x * x).backward()
        (5 * x).backward()
        print(repr(x))
        """
    )
    assert shown == "<Value x = 3, grad 11: 6 from before + 5>\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot fork here")
def test_the_sweeps_of_a_fork_have_numbers_of_their_own():
    """Else a graph that a fork sends back would hold grads of a sweep that its parent has run as well, of another root."""
    shown = python(
        """
        import os
        from chalkgrad.engine import sweep
        before, (read, write) = sweep.numbers.next(), os.pipe()
        if os.fork() == 0:
            os.write(write, str(sweep.numbers.next()).encode())
            os._exit(0)
        os.wait()
        print(int(os.read(read, 100)) > before + 1000, sweep.numbers.next() == before + 1)
        """
    )
    assert shown == "True True\n"
