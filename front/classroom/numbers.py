"""Numbers that one can do by hand: whole ones and halves, say, none too large.

>>> HALVES = by_name("halves")
>>> HALVES.hold(-1.5), HALVES.hold(0.25), HALVES.hold(61.0)
(True, False, False)
>>> by_name("thirds").hold(7 / 3), by_name("halves", small=True).hold(10.5)
(True, False)
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

from chalkgrad.engine.words.decimals import constant
from chalkgrad.engine.words.expressions import number

LARGEST, LARGEST_SMALL = 60.0, 10.0
LEAST = 0.05  # in two decimals: what is smaller has one digit left, or none
ROUNDED_AWAY = 0.005
ENDS = 6  # decimals: a number that has more is taken to have no end
PARTS = {"integers": 1, "halves": 2, "thirds": 3, "quarters": 4, "decimals": 0}


class Numbers(NamedTuple):
    """A kind of numbers.

    Attributes:
        name: as it is asked for
        parts: of which 1 they are whole multiples; 0 for those that are rounded to two decimals
        most: none is larger in size
    """

    name: str
    parts: int
    most: float

    def hold(self, x: float) -> bool:
        """Tells whether a number is one of these."""
        if not abs(x) <= self.most:  # NaN, too
            return False
        if not self.parts:
            return x == 0.0 or abs(x) >= LEAST
        multiple = x * self.parts
        return abs(multiple - round(multiple)) <= 1e-9

    @property
    def decimals(self) -> int | None:
        """How many decimals an answer is rounded to; None where all are exact."""
        return None if self.parts else 2

    @property
    def apart(self) -> float:
        """How far two numbers are apart at least that are told as different."""
        return 1e-9 if self.parts else 0.015


def by_name(name: str, small: bool = False) -> Numbers:
    """Returns the kind of numbers of that name. Raises KeyError if there is none."""
    return Numbers(name, PARTS[name], LARGEST_SMALL if small else LARGEST)


def written(x: float, decimals: int | None = None) -> str:
    """Returns a number as sheets and keys write it: rounded to ``decimals``, or in full.

    Thirds, which have no end as decimals, are fractions; what has no end otherwise, as some slips give it, has four digits.

    >>> written(-1.5), written(2 / 3), written(-7 / 3), written(1234.5), written(100.25), written(12.125), written(1 / 7)
    ('-1.5', '2/3', '-7/3', '1234.5', '100.25', '12.125', '0.1429')
    >>> written(100.256, 2), written(-0.001, 2), written(2 / 3, 2)
    ('100.26', '0', '0.67')
    """
    if decimals is not None:
        return constant(round(x, decimals) + 0.0)
    if math.isfinite(x) and round(x, ENDS) == x:
        return constant(x + 0.0)
    third = Fraction(round(3 * x), 3) if abs(x) < 1000 else Fraction(0)
    return str(third) if third.denominator == 3 and abs(x - third) <= 1e-9 else number(x)


def exact(x: float) -> str:
    """Returns an exact number as a key writes it."""
    return written(x)
