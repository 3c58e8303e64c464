"""An array is given back after the line that reads it last, and no line misses one."""

import random
import tokenize
from io import StringIO

import pytest
from chalkgrad.engine.programs.plan.lifetimes import released


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["a = x", "return a"], ["a = x", "return a"]),
        (["a = x", "b = a", "return b"], ["a = x", "b = a", "del a", "return b"]),
        (["a = x", "b = x", "c = a + b", "return c"], ["a = x", "b = x", "c = a + b", "del a, b", "return c"]),
        (["a = x", "# a, as it is", "b = 1", "return b"], ["a = x", "del a", "# a, as it is", "b = 1", "return b"]),
        (["a = x", "a = a + 1", "b = a", "return b"], ["a = x", "a = a + 1", "b = a", "del a", "return b"]),
        (["a = x", "b = a", "a = b", "return a"], ["a = x", "b = a", "a = b", "del b", "return a"]),
        (["a = x", "b = x.a + a_2", "return b"], ["a = x", "del a", "b = x.a + a_2", "return b"]),
        (["a = x", "a[0] = 1", "b = 2", "return b"], ["a = x", "a[0] = 1", "del a", "b = 2", "return b"]),
        (["a = x", "b = f(", "    a,", "    2)", "return b"], ["a = x", "b = f(", "    a,", "    2)", "return b"]),
        (["a = x", "b = f(", "    a)", "c = b", "return c"], ["a = x", "b = f(", "    a)", "c = b", "del b, a", "return c"]),
        (["a = f(", "    x)", "return x"], ["a = f(", "    x)", "return x"]),
        (["a = f(", "    x)", "b = 1", "return b"], ["a = f(", "    x)", "b = 1", "del a", "return b"]),
        (["a = x", "b = a", "return (", "    b,", "    a)"], ["a = x", "b = a", "return (", "    b,", "    a)"]),
    ],
)
def test_a_name_ends_after_the_line_that_mentions_it_last(lines, found):
    assert released(lines) == found


def mentioned(line):
    return [token.string for token in tokenize.generate_tokens(StringIO(line).readline) if token.type == tokenize.NAME]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_computed_stays_the_same_and_each_name_lives_as_long_as_it_is_read(seed):
    rng = random.Random(seed)
    names = ["x"]
    lines = []
    for k in range(30):
        read = rng.sample(names, min(len(names), 2))
        name = rng.choice(names[1:]) if len(names) > 1 and rng.random() < 0.2 else f"v{k}"
        lines.append(f"{name} = {' + 2 * '.join(read)}")
        names += [name] if name not in names else []
    lines.append(f"return {names[-1]}")
    found = released(lines)
    assert [line for line in found if not line.startswith("del ")] == lines
    made = [{} for _ in range(2)]
    for given, space in zip((lines, found), made, strict=True):
        exec("def f(x):\n " + "\n ".join(given), space)
    assert made[0]["f"](3) == made[1]["f"](3)
    for number, line in enumerate(found):
        for name in mentioned(line)[1:] if line.startswith("del ") else ():
            assert not any(name in mentioned(later) for later in found[number + 1 :])
            assert name in mentioned(next(before for before in reversed(found[:number]) if not before.startswith("del ")))
    ended = {name for line in found if line.startswith("del ") for name in mentioned(line)[1:]}
    assert ended == {*names} - {"x", names[-1]}
