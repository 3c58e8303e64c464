"""Arrays that are given back as soon as nothing reads them: else every array of a function is alive until it returns.

The pages of memory that all of them need are then new ones in each call, which costs more than what is computed in them.

>>> print("\\n".join(released(["u = x @ W", "z = np.tanh(u)", "t = u * z", "L = t * z", "return L"])))
u = x @ W
z = np.tanh(u)
t = u * z
del u
L = t * z
del z, t
return L
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_NAME = re.compile(r"(?<![\w.])[^\W\d]\w*")
_ASSIGNED = re.compile(r"([^\W\d]\w*) = ")


def released(lines: Sequence[str]) -> list[str]:
    """Returns lines of assignments to names, and after each one the `del` of the names that nothing after it mentions."""
    last: dict[str, int] = {}
    for number, line in enumerate(lines):
        assigned = _ASSIGNED.match(line)
        if assigned:
            last[assigned[1]] = number
        for name in _NAME.findall(line) if not line.startswith("#") else ():
            if name in last:
                last[name] = number
    ends: dict[int, list[str]] = {}
    for name, number in last.items():
        ends.setdefault(number, []).append(name)
    found: list[str] = []
    returned = next((number for number, line in enumerate(lines) if line.startswith("return ")), len(lines))
    for number, line in enumerate(lines):
        found.append(line)
        if number in ends and number < returned:
            if line.startswith(" ") or line.endswith("("):  # a call over several lines: after the line behind it
                ends.setdefault(number + 1, []).extend(ends[number])
                continue
            found.append(f"del {', '.join(ends[number])}")
    return found
