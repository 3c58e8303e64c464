"""Somebody who knows micrograd types through its lecture, with the slips that are made there, into Python's interpreter and
into IPython. What is answered to each line is compared with what is right.

The numbers are worked out by hand, as is said at each session; those of the perceptron come from `Perceptron` below, which
knows no engine: it differentiates by a complex step. A session is written as a doctest is, with three abbreviations: of a
traceback its last line alone, of a warning its sentence, and what is typed at the prompt of a viewer stands behind `(viewer)`.
"""

import cmath
import importlib.util
import os
import re
import subprocess
import sys

import pytest

# Shells --------------------------------------------------------------------------------------------------------------

PROMPTS = "import sys; sys.ps1, sys.ps2 = '\\x01', '\\x02'"
SHELLS = {  # with what its prompts look like
    "python": (["-i", "-q"], "[\x01\x02]"),
    "code": (["-c", f"{PROMPTS}; import code; code.interact(banner='', exitmsg='')"], "[\x01\x02]"),
    "IPython": (
        ["-m", "IPython", "--simple-prompt", "--no-banner", "--colors=NoColor", "--no-confirm-exit"],
        r"(?:(?<=\n)|^)In \[\d+\]: | +\.\.\.: ",
    ),
}


def answers(shell, lines, folder):
    """What a shell prints after each of the lines that it prompts for."""
    arguments, prompts = SHELLS[shell]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CHALKGRAD", "PYTHONWARN"))}
    environment |= {"PYTHONIOENCODING": "utf-8", "COLUMNS": "160", "TERM": "dumb", "IPYTHONDIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-u", *arguments],
        input="\n".join([*([f"{PROMPTS}; del sys"] if shell == "python" else []), *lines, ""]),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env=environment,
        cwd=folder,
        timeout=300,
    )
    return re.split(prompts, done.stdout)[1:]


def in_short(answer, typed):
    """An answer without what differs from shell to shell: `Out[3]:`, the frames of a traceback, the place of a warning."""
    answer = re.sub(r"^Out\[\d+\]: ?\n?", "", answer, flags=re.M)
    if "Traceback (most recent call last)" in answer:
        before, after = re.split(r"(?:^-+\n\w+ +)?Traceback \(most recent call last\).*\n", answer, maxsplit=1, flags=re.M)
        error = re.split(r"^(?=[\w.]+(?:Error|Exception): )", after, flags=re.M)[-1]
        answer = before + re.sub(r"^(\w+\.)*", "", error)
    answer = re.sub(r"^\S+:\d+: (?=GradientWarning: )", "", answer, flags=re.M)
    source = {f"  {line.strip()}" for line in typed}  # IPython's warnings end in their line
    return "\n".join(row.rstrip() for row in answer.split("\n") if row not in source).strip("\n")


def read(session):
    """The statements of a session: what is typed, how many of these lines the shell reads, and what is to be answered."""
    statements = []
    for row in session.strip("\n").split("\n"):
        if row.startswith(">>> "):
            statements.append(([row[4:]], 1, []))
        elif row.startswith("...") and not statements[-1][2]:
            typed, count, _ = statements.pop()
            statements.append(([*typed, row[4:]], count + 1, []))
        elif row.startswith("(viewer) "):
            statements[-1][0].append(row.removeprefix("(viewer) "))
        else:
            statements[-1][2].append(row)
    return [(typed, count, "\n".join(rows)) for typed, count, rows in statements]


def hold(session, shell, folder):
    """Types a session into a shell, and asserts that each statement is answered as the session says."""
    if shell == "IPython" and importlib.util.find_spec("IPython") is None:
        pytest.skip("IPython is not installed")
    if shell == "python" and "(viewer)" in session:
        pytest.skip("from a pipe, the interpreter and the viewer in it read ahead of each other")
    statements = read(session)
    printed = iter(answers(shell, [line for typed, _, _ in statements for line in typed], folder))
    for typed, count, right in statements:
        found = in_short("".join(next(printed, "(the shell has ended)") for _ in range(count)), typed)
        assert found == right, "\n".join(typed)


every_shell = pytest.mark.parametrize("shell", SHELLS)

# Values, by hand -----------------------------------------------------------------------------------------------------

# e = 3·(-2), d = e + 7, L = d·(-4); backwards f = d = 1, d = f = -4, c = e = -4, a = -4·b, b = -4·a. With a at 3.0001 L is
# 8·0.0001 higher. One step of ascent, 0.01 times each grad, leads to a = 3.08, b = -2.12, c = 6.96, f = -3.99, where
# e = -6.5296, d = 0.4304, L = -1.717296, and the gradient is f·b = 8.4588, f·a = -12.2892, f = -3.99, d = 0.4304.
BY_HAND = """
>>> from chalkgrad.engine import *
>>> a = Value(3.0, label='a')
>>> b = Value(-2.0, label='b')
>>> c = Value(7.0, label='c')
>>> e = a*b; e.label = 'e'
>>> d = e + c; d.label = 'd'
>>> f = Value(-4.0, label='f')
>>> L = d*f; L.label = 'L'
>>> L
<Value L = d·f = -4, grad not computed>
>>> d
<Value d = e + c = 1, grad not computed>
>>> d._op
'+'
>>> sorted(v.label for v in d._prev)
['c', 'e']
>>> a.grad
0.0 (not computed: call backward() on the result first)
>>> def slope(h):
...     first = ((a*b + c)*f).data
...     return (((Value(a.data + h)*b + c)*f).data - first)/h
...
>>> f"{slope(0.0001):.6f}"
'8.000000'
>>> L.grad = 1.0
>>> L
<Value L = d·f = -4, grad 1 (set by hand)>
>>> f.grad = d.data
>>> d.grad = f.data
>>> c.grad = e.grad = d.grad
>>> a.grad = e.grad * b.data
>>> b.grad = e.grad * a.data
>>> a
<Value a = 3, grad 8 (set by hand)>
>>> print(L.tape())
 v │ expression │ value │ local derivatives             │ gradient
───┼────────────┼───────┼───────────────────────────────┼───────────────────
 a │            │ 3     │                               │ 8 (set by hand)
 b │            │ -2    │                               │ -12 (set by hand)
 e │ a·b        │ -6    │ ∂e/∂a = b = -2, ∂e/∂b = a = 3 │ -4 (set by hand)
 c │            │ 7     │                               │ -4 (set by hand)
 d │ e + c      │ 1     │ ∂d/∂e = 1, ∂d/∂c = 1          │ -4 (set by hand)
 f │            │ -4    │                               │ 1 (set by hand)
 L │ d·f        │ -4    │ ∂L/∂d = f = -4, ∂L/∂f = d = 1 │ 1 (set by hand)
>>> L.check(a=a.grad, b=b.grad, c=c.grad, f=f.grad)
a: right, ∂L/∂a = 8
b: right, ∂L/∂b = -12
c: right, ∂L/∂c = -4
f: right, ∂L/∂f = 1
>>> for v in (a, b, c, f): v.data += 0.01 * v.grad
...
>>> L
<Value L = d·f = -4 (stale: call forward()), grad 1 (set by hand)>
>>> L.backward()
StaleGraphError: a is now 3.08, but e = a·b was computed before it changed: call L.forward() first, so that values and \
gradients belong together
>>> a
<Value a = 3.08, grad 8 (set by hand)>
>>> e = a*b
>>> d = e + c
>>> L = d*f
>>> L
<Value L = d·f = -1.717, grad not computed>
>>> f"{L.data:.6f}"
'-1.717296'
>>> L.backward()
>>> a
<Value a = 3.08, grad 16.46: 8 from before + 8.459>
>>> print(L.tape())
 v │ expression │ value  │ local derivatives                     │ gradient
───┼────────────┼────────┼───────────────────────────────────────┼──────────────────────────────────────────────────
 a │            │ 3.08   │                                       │ 8.459 (grad 16.46: 8 from before + 8.459)
 b │            │ -2.12  │                                       │ -12.29 (grad -24.29: -12 from before + (-12.29))
 e │ a·b        │ -6.53  │ ∂e/∂a = b = -2.12, ∂e/∂b = a = 3.08   │ -3.99
 c │            │ 6.96   │                                       │ -3.99 (grad -7.99: -4 from before + (-3.99))
 d │ e + c      │ 0.4304 │ ∂d/∂e = 1, ∂d/∂c = 1                  │ -3.99
 f │            │ -3.99  │                                       │ 0.4304 (grad 1.43: 1 from before + 0.4304)
 L │ d·f        │ -1.717 │ ∂L/∂d = f = -3.99, ∂L/∂f = d = 0.4304 │ 1
>>> L.zero_grad()
>>> a
<Value a = 3.08, grad not computed>
>>> L.backward()
>>> a
<Value a = 3.08, grad 8.459>
"""

# A neuron ------------------------------------------------------------------------------------------------------------

# n = 1.5·(-2) + 0.5·3 + 1.5 + ln 2 = ln 2, so e = exp(2n) = 4 and o = tanh n = 3/5, with the slope 1 - o² = 16/25. Then x1
# has 0.64·(-2), w1 0.64·1.5, x2 0.64·3, w2 0.64·0.5. Broken up, o = (e - 1)/(e + 1) has the slopes 1/5 and -3/25, so e has
# 0.2 - 0.12 = 0.08, 2n has 0.08·4 and n 0.64 again.
NEURON = """
>>> from chalkgrad.engine import *
>>> import math
>>> x1, x2 = Value(1.5, label='x1'), Value(0.5, label='x2')
>>> w1, w2 = Value(-2.0, label='w1'), Value(3.0, label='w2')
>>> b = Value(1.5 + math.log(2), label='b')
>>> x1w1 = x1*w1; x1w1.label = 'x1*w1'
>>> x2w2 = x2*w2; x2w2.label = 'x2*w2'
>>> both = x1w1 + x2w2; both.label = 'x1*w1 + x2*w2'
>>> n = both + b; n.label = 'n'
>>> o = n.tanh(); o.label = 'o'
>>> o
<Value o = tanh(n) = 0.6, grad not computed>
>>> o.grad = 1.0
>>> n.grad = 1 - o.data**2
>>> both.grad = b.grad = n.grad
>>> x1w1.grad = x2w2.grad = both.grad
>>> x1.grad, w1.grad = w1.data*x1w1.grad, x1.data*x1w1.grad
>>> print(x1, w1, b)
<Value x1 = 1.5, grad -1.28 (set by hand)> <Value w1 = -2, grad 0.96 (set by hand)> <Value b = 2.193, grad 0.64 (set by hand)>
>>> o.backward()
>>> b
<Value b = 2.193, grad 1.28: 0.64 from before + 0.64>
>>> x2
<Value x2 = 0.5, grad 1.92>
>>> o.zero_grad(); o.backward()
>>> print(x1, w1, b)
<Value x1 = 1.5, grad -1.28> <Value w1 = -2, grad 0.96> <Value b = 2.193, grad 0.64>
>>> print(x2, w2)
<Value x2 = 0.5, grad 1.92> <Value w2 = 3, grad 0.32>
>>> e = (2*n).exp()
>>> o = (e - 1)/(e + 1)
>>> o
<Value o = (e - 1)/(e + 1) = 0.6, grad not computed>
>>> o.backward()
>>> x1
<Value x1 = 1.5, grad -2.56: -1.28 from before + (-1.28)>
>>> e
<Value e = exp(2·n) = 4, grad 0.08>
>>> e - 1, e + 1
(<Value e - 1 = 3, grad not computed>, <Value e + 1 = 5, grad not computed>)
>>> {v.name: f"{v.grad:.2f}" for v in (x1, w1, x2, w2)}
{'x1': '-2.56', 'w1': '1.92', 'x2': '3.84', 'w2': '0.64'}
>>> def column(tape):
...     for row in str(tape).split("\\n")[2:]: print(row.split("│")[0].strip(), "│", row.split("│")[-1].strip())
...
>>> column(o.tape())
x1 │ -1.28 (grad -2.56: -1.28 from before + (-1.28))
w1 │ 0.96 (grad 1.92: 0.96 from before + 0.96)
x1*w1 │ 0.64
x2 │ 1.92 (grad 3.84: 1.92 from before + 1.92)
w2 │ 0.32 (grad 0.64: 0.32 from before + 0.32)
x2*w2 │ 0.64
x1*w1 + x2*w2 │ 0.64
b │ 0.64 (grad 1.28: 0.64 from before + 0.64)
n │ 0.64
v10 │ 0.32
e │ -0.12 + 0.2 = 0.08
v12 │ 0.2
v13 │ -0.12
o │ 1
>>> o.check(x1=x1.grad, w1=0.96, x2=1.92)
x1: -2.56 is -1.28 + ∂o/∂x1: x1.grad was -1.28 before this backward pass, and zero_grad() comes first
w1: right, ∂o/∂w1 = 0.96
x2: right, ∂o/∂x2 = 1.92
>>> o.zero_grad(); o.backward()
>>> x1
<Value x1 = 1.5, grad -1.28>
"""

# Values that are used twice ------------------------------------------------------------------------------------------

# b = a + a has the slope 2. f = (a·b)·(a + b) at -2, 3: ∂f/∂a = b·1 + (-6) = -3, ∂f/∂b = a·1 + (-6) = -8.
# c = a + b, d = b + 1, e = c·d at 4, 3: c = 7, d = 4; ∂e/∂a = 4, ∂e/∂b = 4 + 7.
TWICE = """
>>> from chalkgrad.engine import *
>>> a = Value(5.0, label='a')
>>> b = a + a; b.label = 'b'
>>> b.backward()
>>> a
<Value a = 5, grad 2>
>>> print(b.tape())
 v │ expression │ value │ local derivatives                    │ gradient
───┼────────────┼───────┼──────────────────────────────────────┼───────────
 a │            │ 5     │                                      │ 1 + 1 = 2
 b │ a + a      │ 10    │ ∂b/∂a (1st a) = 1, ∂b/∂a (2nd a) = 1 │ 1
>>> a, b = Value(-2.0, label='a'), Value(3.0, label='b')
>>> d = a*b
>>> e = a + b
>>> f = d*e
>>> f.backward()
>>> print(a, b)
<Value a = -2, grad -3> <Value b = 3, grad -8>
>>> f.backward()
>>> print(a, b)
<Value a = -2, grad -6: -3 from before + (-3)> <Value b = 3, grad -16: -8 from before + (-8)>
>>> f.check(b=b.grad)
b: -16 is twice ∂f/∂b: two backward() without zero_grad() between them add up
>>> a, b = Value(4), Value(3); c = a + b; d = b + 1; e = c*d
>>> e.steps(mistake="overwrite")
overwrite: = for +=, so that what comes last is all there is
the backward passes part at step 5/5:
5/5   c = a + b   ∂c/∂b = 1
      b.grad = ∂e/∂c · ∂c/∂b = 4 · 1 = 4      7 → 4   it should be 11
b: 4 instead of 11
+= adds what comes along every path
"""

# Stepping, and backward() in between. The same graph: the edges to b carry 7 and 4, ∂e/∂b = 11.
STEPPED = """
>>> from chalkgrad.engine import *
>>> a, b = Value(4), Value(3); c = a + b; d = b + 1; e = c*d
>>> steps = e.steps()
>>> steps.step(3)
3/5   d = b + 1   ∂d/∂b = 1
      b.grad += ∂e/∂d · ∂d/∂b = 7 · 1 = 7      0 → 7   1 of 2, still to come: through c
>>> b
<Value b = 3, grad 7 (steps under way)>
>>> print(e.tape())
 v │ expression │ value │ local derivatives            │ gradient
───┼────────────┼───────┼──────────────────────────────┼──────────
 a │            │ 4     │                              │
 b │            │ 3     │                              │ 7 + …
 c │ a + b      │ 7     │ ∂c/∂a = 1, ∂c/∂b = 1         │ 4
 d │ b + 1      │ 4     │ ∂d/∂b = 1                    │ 7
 e │ c·d        │ 28    │ ∂e/∂c = d = 4, ∂e/∂d = c = 7 │ 1
>>> e.backward()
>>> print(a, b)
<Value a = 4, grad 4> <Value b = 3, grad 11>
>>> e.check(a=a.grad, b=b.grad)
a: right, ∂e/∂a = 4
b: right, ∂e/∂b = 11
>>> print(e.tape())
 v │ expression │ value │ local derivatives            │ gradient
───┼────────────┼───────┼──────────────────────────────┼────────────
 a │            │ 4     │                              │ 4
 b │            │ 3     │                              │ 7 + 4 = 11
 c │ a + b      │ 7     │ ∂c/∂a = 1, ∂c/∂b = 1         │ 4
 d │ b + 1      │ 4     │ ∂d/∂b = 1                    │ 7
 e │ c·d        │ 28    │ ∂e/∂c = d = 4, ∂e/∂d = c = 7 │ 1
>>> steps.step()
StaleGraphError: the grad of a was changed by something else while these steps were under way: reset() starts them afresh
>>> e.zero_grad()
>>> steps = e.steps()
>>> steps.run()
5/5   c = a + b   ∂c/∂b = 1
      b.grad += ∂e/∂c · ∂c/∂b = 4 · 1 = 4      7 → 11   2 of 2, complete: ∂e/∂b = 7 + 4 = 11
>>> e.backward()
>>> b
<Value b = 3, grad 22: 11 from before + 11>
>>> print(e.tape())
 v │ expression │ value │ local derivatives            │ gradient
───┼────────────┼───────┼──────────────────────────────┼───────────────────────────────────────────
 a │            │ 4     │                              │ 4 (grad 8: 4 from before + 4)
 b │            │ 3     │                              │ 7 + 4 = 11 (grad 22: 11 from before + 11)
 c │ a + b      │ 7     │ ∂c/∂a = 1, ∂c/∂b = 1         │ 4
 d │ b + 1      │ 4     │ ∂d/∂b = 1                    │ 7
 e │ c·d        │ 28    │ ∂e/∂c = d = 4, ∂e/∂d = c = 7 │ 1
>>> e.check(b=22)
b: 22 is twice ∂e/∂b: two backward() without zero_grad() between them add up
>>> e.zero_grad(); e.backward(); e.backward(); b
<Value b = 3, grad 22: 11 from before + 11>
>>> e.zero_grad(); e.backward(3.0); b
<Value b = 3, grad 33>
>>> e.zero_grad(); e.steps(by="node").step(2)
2/3   d = b + 1   + copies: b gets ∂e/∂d
      ∂d/∂b = 1
      b.grad += ∂e/∂d · ∂d/∂b = 7 · 1 = 7      0 → 7   1 of 2, still to come: through c
>>> b
<Value b = 3, grad 7 (steps under way)>
"""

# One leaf, two results: ∂y/∂x = 2, ∂z/∂x = 5.
TWO_ROOTS = """
>>> from chalkgrad.engine import *
>>> x = Value(3); y = x*2; z = x*5
>>> y.backward()
>>> print(z.tape())
 v │ expression │ value │ local derivatives │ gradient
───┼────────────┼───────┼───────────────────┼───────────
 x │            │ 3     │                   │ 2 (∂y/∂x)
 z │ x·5        │ 15    │ ∂z/∂x = 5         │
>>> z.check(x=x.grad)
x: 2 is not ∂z/∂x
>>> z.backward()
>>> print(z.tape())
 v │ expression │ value │ local derivatives │ gradient
───┼────────────┼───────┼───────────────────┼───────────────────────────────
 x │            │ 3     │                   │ 5 (grad 7: 2 from before + 5)
 z │ x·5        │ 15    │ ∂z/∂x = 5         │ 1
>>> print(y.tape())
 v │ expression │ value │ local derivatives │ gradient
───┼────────────┼───────┼───────────────────┼───────────
 x │            │ 3     │                   │ 5 (∂z/∂x)
 y │ x·2        │ 6     │ ∂y/∂x = 2         │ 1
>>> x
<Value x = 3, grad 7: 2 from before + 5>
>>> x.grad = 4
>>> print(z.tape())
 v │ expression │ value │ local derivatives │ gradient
───┼────────────┼───────┼───────────────────┼─────────────────
 x │            │ 3     │                   │ 4 (set by hand)
 z │ x·5        │ 15    │ ∂z/∂x = 5         │ 1
>>> z.zero_grad()
>>> u = x*7
>>> u.backward()
>>> del u
>>> print(z.tape())
 v │ expression │ value │ local derivatives │ gradient
───┼────────────┼───────┼───────────────────┼──────────
 x │            │ 3     │                   │
 z │ x·5        │ 15    │ ∂z/∂x = 5         │
"""

# A viewer leaves what it found; through to the end, it leaves the gradient. The same graph as above.
VIEWED = """
>>> from chalkgrad.engine import *
>>> from chalkgrad.viz import prompt
>>> a, b = Value(4), Value(3); c = a + b; d = b + 1; e = c*d
>>> e.backward()
>>> prompt(e)
(viewer) n
(viewer) n
(viewer) n
(viewer) q
The backward pass of e = c·d: 5 steps. n goes to the next, h helps.
seed  e.grad = ∂e/∂e = 1
1/5   e = c·d     ∂e/∂c = d = 4
      c.grad += ∂e/∂e · ∂e/∂c = 1 · 4 = 4      0 → 4   complete
2/5   e = c·d     ∂e/∂d = c = 7
      d.grad += ∂e/∂e · ∂e/∂d = 1 · 7 = 7      0 → 7   complete
3/5   d = b + 1   ∂d/∂b = 1
      b.grad += ∂e/∂d · ∂d/∂b = 7 · 1 = 7      0 → 7   1 of 2, still to come: through c
Every grad is again as it was before.
>>> print(a, b)
<Value a = 4, grad 4> <Value b = 3, grad 11>
>>> e.zero_grad()
>>> prompt(e)
(viewer) n
(viewer) q
The backward pass of e = c·d: 5 steps. n goes to the next, h helps.
seed  e.grad = ∂e/∂e = 1
1/5   e = c·d     ∂e/∂c = d = 4
      c.grad += ∂e/∂e · ∂e/∂c = 1 · 4 = 4      0 → 4   complete
Every grad is again as it was before.
>>> print(b, c)
<Value b = 3, grad not computed> <Value c = a + b = 7, grad not computed>
>>> prompt(e)
(viewer) c
(viewer) q
The backward pass of e = c·d: 5 steps. n goes to the next, h helps.
seed  e.grad = ∂e/∂e = 1
5/5   c = a + b   ∂c/∂b = 1
      b.grad += ∂e/∂c · ∂c/∂b = 4 · 1 = 4      7 → 11   2 of 2, complete: ∂e/∂b = 7 + 4 = 11
The backward pass is complete, and no value has changed: b goes back, l shows the table, q quits.
The gradient of the whole backward pass stays in grad.
>>> b
<Value b = 3, grad 11>
"""

# Training by hand ----------------------------------------------------------------------------------------------------

# loss = (2w - 6)², with the slope 4·(2w - 6), and a rate of 0.05, so that 2w - 6 shrinks by 1 - 0.4. From w = 1: 2w - 6 is
# -4, -2.4, -1.44, and the loss 16, 5.76, 2.0736. Without zero_grad() the slopes -16 and -9.6 add up: w = 1.8, then
# 1.8 + 0.05·25.6 = 3.08, where the loss is 0.16² and the slope 0.64, and -25.6 + 0.64 = -24.96 leads to 4.328. There 2w - 6
# is 2.656.
LOOPS = """
>>> from chalkgrad.engine import *
>>> w = Value(1.0)
>>> for k in range(3):
...     loss = (2*w - 6)**2
...     w.data -= 0.05 * w.grad
...     print(k, loss.data)
...
GradientWarning: a gradient that is not computed reads 0.0 here: call backward() on the result first, and zero_grad() before it
0 16.0
1 16.0
2 16.0
>>> for k in range(3):
...     loss = (2*w - 6)**2
...     loss.backward()
...     loss.zero_grad()
...     w.data += -0.05 * w.grad
...     print(k, loss.data)
...
GradientWarning: a gradient that is not computed reads 0.0 here: call backward() on the result first, and zero_grad() before it
0 16.0
1 16.0
2 16.0
>>> w.grad / 2
GradientWarning: a gradient that is not computed reads 0.0 here: call backward() on the result first, and zero_grad() before it
0.0
>>> w.grad + 1, w.grad - 1, f"{w.grad:.4f}", "%.2f" % w.grad
(1.0, -1.0, '0.0000', '0.00')
>>> print(w.grad)
0.0 (not computed: call backward() on the result first)
>>> for k in range(3):
...     loss = (2*w - 6)**2
...     loss.backward()
...     w.data -= 0.05 * w.grad
...     print(k, f"{loss.data:.6f}", f"{w.grad:.6f}", f"{w.data:.6f}")
...
0 16.000000 -16.000000 1.800000
1 5.760000 -25.600000 3.080000
2 0.025600 -24.960000 4.328000
>>> w
<Value w = 4.328, grad -24.96: -25.6 from before + 0.64>
>>> loss
<Value loss = (2·w - 6)² = 0.0256 (stale: call forward()), grad 1>
>>> loss.backward()
StaleGraphError: w is now 4.328, but v2 = 2·w was computed before it changed: call loss.forward() first, so that values and \
gradients belong together
>>> f"{loss.forward():.6f}"
'7.054336'
>>> loss
<Value loss = (2·w - 6)² = 7.054, grad not computed>
>>> w.data = 1.0
>>> for k in range(3):
...     loss = (2*w - 6)**2
...     w.grad = 0.0
...     loss.backward()
...     w.data -= 0.05 * w.grad
...     print(k, f"{loss.data:.6f}")
...
0 16.000000
1 5.760000
2 2.073600
>>> w
<Value w = 2.568, grad -5.76>
>>> with no_grad(): loss = (2*w - 6)**2
...
>>> loss.backward()
RuntimeError: loss was computed under no_grad(), so it does not know what it was computed from, and there is nothing to go \
back through: compute it outside of no_grad()
>>> x = Value(2.0)
>>> x.backward()
GradientWarning: x is a leaf, so there is nothing to go back through: backward() is called of the result, which has been \
computed from such values
>>> x
<Value x = 2, grad 1>
>>> w = Value(2.0); y = w*w; y.backward()
>>> w -= 0.1 * w.grad
GradientWarning: w was a leaf and is now computed, a new Value: write w.data -= … to change its number
>>> w
<Value w = 2 - 0.4 = 1.6, grad not computed>
>>> ws = [Value(2.0)]
>>> y = ws[0]*ws[0]; y.backward()
>>> ws[0] -= 0.1 * ws[0].grad
GradientWarning: ws[0] was a leaf and is now computed, a new Value: write ws[0].data -= … to change its number
"""


# A perceptron of two inputs, two hidden neurons with tanh and one linear output, trained on three samples.
class Perceptron:
    """The losses and gradients of MLP(2, [2, 1], activation="tanh") by a complex step: f(θ + ih) = f(θ) + ih·f'(θ)."""

    START = (0.5, -0.25, 0.125, -0.75, 0.5, 0.25, 1.0, -0.5, 0.0)
    SAMPLES = (((2.0, 3.0), 1.0), ((3.0, -1.0), -1.0), ((0.5, 1.0), 0.5))

    def __init__(self):
        self.theta = list(self.START)
        self.grad = [0.0] * len(self.theta)

    @staticmethod
    def output(p, x):
        hidden = [cmath.tanh(p[i] * x[0] + p[i + 1] * x[1] + p[i + 2]) for i in (0, 3)]
        return p[6] * hidden[0] + p[7] * hidden[1] + p[8]

    def loss(self, p=None):
        total = sum((self.output(p or self.theta, x) - y) ** 2 for x, y in self.SAMPLES)
        return total if p else total.real

    def backward(self):
        for i in range(len(self.theta)):
            nudged = [value + 1e-30j * (i == j) for j, value in enumerate(self.theta)]
            self.grad[i] += self.loss(nudged).imag / 1e-30

    def descend(self, rate):
        self.theta = [value - rate * slope for value, slope in zip(self.theta, self.grad, strict=True)]

    def zero_grad(self):
        self.grad = [0.0] * len(self.theta)

    def shown(self):
        return str([f"{slope:.9f}" for slope in self.grad])


def perceptron_session():
    right = Perceptron()
    first = right.loss()
    right.backward()
    gradient = right.shown()
    right.backward()
    doubled = right.shown()
    right.zero_grad()
    accumulated = []
    for k in range(3):  # zero_grad() forgotten
        accumulated.append(f"{k} {right.loss():.9f}")
        right.backward()
        right.descend(0.01)
    trained = []
    for k in range(3):
        trained.append(f"{k} {right.loss():.9f}")
        right.zero_grad()
        right.backward()
        right.descend(0.01)
    outputs = [f"{right.output(right.theta, x).real:.9f}" for x, _ in right.SAMPLES]
    unchanged = f"{right.loss():.9f}"
    return f"""
>>> from chalkgrad.engine import *
>>> from chalkgrad.nn import MLP, Layer, Neuron
>>> model = MLP(2, [2, 1], activation="tanh")
>>> model
MLP 2 → 2 → 1, tanh, last layer linear, 9 parameters
>>> for p, number in zip(model.parameters(), {list(right.START)}): p.data = number
...
>>> xs = [[2.0, 3.0], [3.0, -1.0], [0.5, 1.0]]
>>> ys = [1.0, -1.0, 0.5]
>>> def loss_now(): return sum((model(x) - y)**2 for x, y in zip(xs, ys))
...
>>> loss = loss_now()
>>> print(f"{{loss.data:.9f}}")
{first:.9f}
>>> model.parameters()[0]
<Value w1 = 0.5, grad not computed>
>>> loss.backward()
>>> print([f"{{p.grad:.9f}}" for p in model.parameters()])
{gradient}
>>> loss.backward()
>>> print([f"{{p.grad:.9f}}" for p in model.parameters()])
{doubled}
>>> model.zero_grad()
>>> model.parameters()[0]
<Value w1 = 0.5, grad not computed>
>>> for k in range(3):
...     loss = loss_now()
...     loss.backward()
...     for p in model.parameters(): p.data -= 0.01 * p.grad
...     print(k, f"{{loss.data:.9f}}")
...
{chr(10).join(accumulated)}
>>> " from before + " in repr(model.parameters()[0])
True
>>> for k in range(3):
...     loss = loss_now()
...     model.zero_grad()
...     loss.backward()
...     for p in model.parameters(): p.data += -0.01 * p.grad
...     print(k, f"{{loss.data:.9f}}")
...
{chr(10).join(trained)}
>>> [f"{{model(x).data:.9f}}" for x in xs]
{outputs}
>>> [f"{{y:.9f}}" for y in model.predict(xs)]
{outputs}
>>> for k in range(2):
...     loss = loss_now()
...     loss.backward()
...     model.zero_grad()
...     for p in model.parameters(): p.data += -0.01 * p.grad
...     print(k, f"{{loss.data:.9f}}")
...
GradientWarning: a gradient that is not computed reads 0.0 here: call backward() on the result first, and zero_grad() before it
0 {unchanged}
1 {unchanged}
>>> with no_grad(): loss = loss_now()
...
>>> loss.backward()
RuntimeError: loss was computed under no_grad(), so it does not know what it was computed from, and there is nothing to go \
back through: compute it outside of no_grad()
>>> model.layers[0].neurons[1].w[0] -= 0.1
GradientWarning: w1 was a leaf and is now computed, a new Value: write w1.data -= … to change its number
>>> model(xs)
ValueError: MLP 2 → 2 → 1, tanh, last layer linear, 9 parameters, takes one sample at a time, and was given a list of 3 \
rows: write [model(x) for x in X], or model.predict(X) for the numbers alone
>>> MLP(3, [1], activation="sigmoid")
ValueError: MLP(3, [1]) has only its last layer, which is linear; activation=['sigmoid'] applies it there
>>> MLP(3, [1], activation=["sigmoid"])
MLP 3 → 1, sigmoid, 4 parameters
>>> MLP(3, [4], activation="tahn")
ValueError: there is no activation 'tahn': did you mean 'tanh'? There are relu, tanh, sigmoid, tanh_half, leaky_relu, elu, \
softplus, gelu, silu, mish, selu, softsign, step, linear, or give a function of a Value
>>> Neuron(2, activation="Tahn")
ValueError: there is no activation 'Tahn': did you mean 'tanh'? There are relu, tanh, sigmoid, tanh_half, leaky_relu, elu, \
softplus, gelu, silu, mish, selu, softsign, step, linear, or give a function of a Value
>>> MLP(3, [4, 1], activation="ReLU")
MLP 3 → 4 → 1, relu, last layer linear, 21 parameters
>>> MLP([3, 4, 1])
TypeError: an MLP takes the number of inputs, then the widths of its layers: MLP(3, [4, 1])
"""


# Names ---------------------------------------------------------------------------------------------------------------

# s = 1·4 + 2·5 + 3·6 = 32, so ∂s/∂w is x; r2 = 1·2·4, ∂r2/∂ws[0] = 2·4.
NAMES = """
>>> from chalkgrad.engine import *
>>> ws = [Value(1), Value(2), Value(3)]
>>> xs = [Value(4), Value(5), Value(6)]
>>> s = sum(w*x for w, x in zip(ws, xs))
>>> s
<Value s = ws[0]·xs[0] + ws[1]·xs[1] + ws[2]·xs[2] = 32, grad not computed>
>>> print([v.name for v in s.tape()])
['ws[0]', 'xs[0]', 'ws[0]·xs[0]', 'ws[1]', 'xs[1]', 'ws[1]·xs[1]', 'ws[0]·xs[0] + ws[1]·xs[1]', \
'ws[2]', 'xs[2]', 'ws[2]·xs[2]', 's']
>>> 0 + s is s
True
>>> s.backward()
>>> for w in ws: print(w)
...
<Value ws[0] = 1, grad 4>
<Value ws[1] = 2, grad 5>
<Value ws[2] = 3, grad 6>
>>> del w
>>> sum((wi*xi for wi, xi in zip(ws, xs)), Value(0.5))
<Value 0.5 + ws[0]·xs[0] + ws[1]·xs[1] + ws[2]·xs[2] = 32.5, grad not computed>
>>> W = [[Value(1), Value(2)], [Value(3), Value(4)]]
>>> D = {"w1": Value(7)}
>>> class Model: pass
...
>>> p = Model(); p.b = Value(9)
>>> print(W[1][0], D["w1"], p.b)
<Value W[1][0] = 3, grad not computed> <Value D["w1"] = 7, grad not computed> <Value p.b = 9, grad not computed>
>>> r = ws[0]*ws[1]; r2 = r*xs[0]
>>> def trace(node, depth=0):
...     print("  "*depth + repr(node))
...     for parent in node.parents: trace(parent, depth + 1)
...
>>> r2.zero_grad()
>>> trace(r2)
<Value r2 = r·xs[0] = 8, grad not computed>
  <Value r = ws[0]·ws[1] = 2, grad not computed>
    <Value ws[0] = 1, grad not computed>
    <Value ws[1] = 2, grad not computed>
  <Value xs[0] = 4, grad not computed>
>>> def build(node, found):
...     if node not in found:
...         found.append(node)
...         for child in node._prev: build(child, found)
...     return found
...
>>> print(sorted(repr(n) for n in build(r, [])))
['<Value r = ws[0]·ws[1] = 2, grad not computed>', '<Value ws[0] = 1, grad not computed>', \
'<Value ws[1] = 2, grad not computed>']
>>> def show(v): print(v)
...
>>> show(ws[2]); show(r2 - 1)
<Value ws[2] = 3, grad 6>
<Value r2 - 1 = 7, grad not computed>
>>> [(r2 + 1).name, (r2 + 2).name, r2.name]
['r2 + 1', 'r2 + 2', 'r2']
>>> chain_rule(r2, "ws[0]")
∂r2/∂ws[0] = ∂r2/∂r · ∂r/∂ws[0]
           = 4 · 2 = 8
>>> r2.check({"ws[0]": 8})
ws[0]: right, ∂r2/∂ws[0] = 8
>>> r2.steps().run_to("xs[0]")
2/4   r2 = r·xs[0]      ∂r2/∂xs[0] = r = 2
      xs[0].grad += ∂r2/∂r2 · ∂r2/∂xs[0] = 1 · 2 = 2      0 → 2   complete
>>> r2.steps(wrt="xs[0]").run()
1/1   r2 = r·xs[0]   ∂r2/∂xs[0] = r = 2
      xs[0].grad += ∂r2/∂r2 · ∂r2/∂xs[0] = 1 · 2 = 2      0 → 2   complete
>>> r2.steps().run_to("q")
ValueError: there is no q here; the values are ws[0], ws[1], r, xs[0], r2
>>> r2 == 8, r2 == 8.0, r2 != 8, r2 == 7, 8 == r2
(True, True, False, False, True)
>>> r2 == Value(8), r2 == r2
(False, True)
>>> if r2: print("not 0")
...
not 0
>>> zero = Value(0.0)
>>> if zero: print("not 0")
...
TypeError: whether zero = 0 counts as true is not clear: write zero.data != 0 for the number, or zero is not None for \
whether there is one
"""

# The lecture's own neuron, at 2·1 + 3·(-1) + 1 + ln 2 = ln 2, where tanh is 0.6 and its slope 0.64.
OWN_NEURON = """
>>> from chalkgrad.engine import *
>>> import math
>>> class Neuron:
...     def __init__(self, weights, bias):
...         self.w = [Value(weight) for weight in weights]
...         self.b = Value(bias)
...     def __call__(self, x):
...         act = sum((wi*xi for wi, xi in zip(self.w, x)), self.b)
...         out = act.tanh()
...         return out
...     def parameters(self): return self.w + [self.b]
...
>>> n = Neuron([1.0, -1.0], 1 + math.log(2))
>>> o = n([2.0, 3.0])
>>> o
<Value o = tanh(n.b + n.w[0]·2 + n.w[1]·3) = 0.6, grad not computed>
>>> o.backward()
>>> for p in n.parameters(): print(p)
...
<Value n.w[0] = 1, grad 1.28>
<Value n.w[1] = -1, grad 1.92>
<Value n.b = 1.693, grad 0.64>
>>> losses = [(n(x) - y)**2 for x, y in [([2.0, 3.0], 0.5), ([1.0, 2.0], -0.4)]]
>>> for each in losses: print(each.name, f"{each.data:.4f}")
...
losses[0] 0.0100
losses[1] 1.0000
"""

# Digits. 1.00001 a hundred times is 1 + 100·1e-5 + 4950·1e-10 = 1.0010005.
DIGITS = """
>>> from chalkgrad.engine import *
>>> a, b = Value(2.0), Value(-3.0); L = a*b
>>> a.data += 0.0001
>>> a
<Value a = 2.0001, grad not computed>
>>> L.backward()
StaleGraphError: a is now 2.0001, but L = a·b was computed before it changed: call L.forward() first, so that values and \
gradients belong together
>>> Value(1.99999)
<Value 1.99999, grad not computed>
>>> a*1.0000001
<Value a·1.0000001 = 2.0001, grad not computed>
>>> asin(Value(1.0000001))
DomainError: asin(1.0000001): asin needs -1 ≤ x ≤ 1
>>> q = Value(1.0)
>>> y = q
>>> for _ in range(100): y = y*1.00001
...
>>> chain_rule(y, q)
∂y/∂q = ∂y/∂v100 · ∂v100/∂v99 · … 96 factors … · ∂v3/∂v2 · ∂v2/∂q
      = 1.00001 · 1.00001 · … · 1.00001 · 1.00001 = 1.001
print(chain_rule(…).text(factors=None)) writes every factor
"""

# Data frames ---------------------------------------------------------------------------------------------------------


def frame_session():
    right = Perceptron()
    outputs = [f"{right.output(right.theta, x).real:.9f}" for x, _ in right.SAMPLES]
    return f"""
>>> import pandas as pd
>>> from chalkgrad.nn import *
>>> model = MLP(2, [2, 1], activation="tanh")
>>> for p, number in zip(model.parameters(), {list(right.START)}): p.data = number
...
>>> xs = [[2.0, 3.0], [3.0, -1.0], [0.5, 1.0]]
>>> named = pd.DataFrame(xs, columns=["a", "b"]); numbered = pd.DataFrame(xs)
>>> [f"{{y:.9f}}" for y in model.predict(xs)]
{outputs}
>>> [f"{{y:.9f}}" for y in model.predict(named)]
{outputs}
>>> [f"{{y:.9f}}" for y in model.predict(numbered)]
{outputs}
>>> [f"{{y:.9f}}" for y in model.predict(named.head(2))]
{outputs[:2]}
>>> f"{{model(named.iloc[1]).data:.9f}}"
'{outputs[1]}'
>>> model(named)
ValueError: MLP 2 → 2 → 1, tanh, last layer linear, 9 parameters, takes one sample at a time, and was given a list of 3 \
rows: write [model(x) for x in X], or model.predict(X) for the numbers alone
>>> model(numbered.head(2))
ValueError: MLP 2 → 2 → 1, tanh, last layer linear, 9 parameters, takes one sample at a time, and was given a list of 2 \
rows: write [model(x) for x in X], or model.predict(X) for the numbers alone
"""


SESSIONS = {
    "by hand": BY_HAND,
    "a neuron": NEURON,
    "used twice": TWICE,
    "stepped": STEPPED,
    "two roots": TWO_ROOTS,
    "viewed": VIEWED,
    "loops": LOOPS,
    "names": NAMES,
    "a neuron of one's own": OWN_NEURON,
    "digits": DIGITS,
}


@every_shell
@pytest.mark.parametrize("session", SESSIONS.values(), ids=list(SESSIONS))
def test_a_session(session, shell, tmp_path):
    hold(session, shell, tmp_path)


@every_shell
def test_a_perceptron_is_trained_by_hand(shell, tmp_path):
    hold(perceptron_session(), shell, tmp_path)


@every_shell
def test_data_frames(shell, tmp_path):
    pytest.importorskip("pandas")
    hold(frame_session(), shell, tmp_path)


# Outside of the session, where an exception is shown, the names are those of __main__, which code.interact() has not.
UNCAUGHT = """
>>> from chalkgrad.engine import *
>>> a, b = Value(2.0), Value(3.0)
>>> c = a*b
>>> raise ValueError(c)
ValueError: <Value {c} = 6, grad not computed>
>>> assert c == 7, c
AssertionError: <Value {c} = 6, grad not computed>
"""


@pytest.mark.parametrize(("shell", "shown"), [("python", "c = a·b"), ("code", "2·3"), ("IPython", "c = a·b")])
def test_an_uncaught_exception_has_the_names_of_main_or_none(shell, shown, tmp_path):
    hold(UNCAUGHT.replace("{c}", shown), shell, tmp_path)
